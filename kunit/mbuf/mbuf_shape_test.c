// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_shape_test.c - tests of kmod/mbuf/mbuf_shape.c: where the bytes of a packet lie.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf.h>

static void m_prepend__uses_room(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 100, 1000);
	struct mbuf *n;

	m_adj(m, 20);
	n = m_prepend(m, 14, M_DONTWAIT);
	KUNIT_EXPECT_PTR_EQ(test, n, m);
	bsdnet_kunit_expect_packet(test, n, 94);
	bsdnet_kunit_expect_bytes(test, n, 14, 80, 20);
	m_freem(n);
}

static void m_prepend__shared_gets_a_new_mbuf(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 100, 1000);
	struct mbuf *c;

	m_adj(m, 20);
	c = m_copym(m, 0, 80, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, c);
	c = m_prepend(c, 14, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, c->m_len, 14);
	KUNIT_EXPECT_GE(test, m_leadingspace(c), MAX_LINKHDR);
	memset(c->m_data, 0xee, 14);
	bsdnet_kunit_expect_packet(test, c, 94);
	bsdnet_kunit_expect_bytes(test, c, 14, 80, 20);
	bsdnet_kunit_expect_bytes(test, m, 0, 80, 20);
	KUNIT_EXPECT_FALSE(test, c->m_next->m_flags & M_PKTHDR);
	m_freem(c);
	m_freem(m);
}

static void m_prepend__large_and_too_large(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 100, 100);

	m = m_prepend(m, 1500, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	bsdnet_kunit_expect_packet(test, m, 1600);
	KUNIT_EXPECT_EQ(test, m->m_len, 1500);
	KUNIT_EXPECT_PTR_EQ(test, m_prepend(m, MCLBYTES + 1, M_DONTWAIT), NULL);
}

static void m_prepend__without_memory(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 100, 100);

	if (!bsdnet_kunit_fail_nth(1)) {
		m_freem(m);
		kunit_skip(test, "no fault injection");
	}
	KUNIT_EXPECT_PTR_EQ(test, m_prepend(m, 100, M_DONTWAIT), NULL);
	bsdnet_kunit_fail_nth(0);
}

static void m_pullup__pieces(struct kunit *test)
{
	static const u32 pieces[] = { 1, 7, 20, 100, 136 };
	static const u32 lens[] = { 1, 20, 60, 72, 136, 137, 300, 400 };
	struct mbuf *m;
	int i;
	int j;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		for (j = 0; j < ARRAY_SIZE(lens); j++) {
			m = bsdnet_kunit_packet(test, 400, pieces[i]);
			m->m_pkthdr.ph_ifidx = 5;
			m = m_pullup(m, lens[j]);
			KUNIT_ASSERT_NOT_NULL(test, m);
			KUNIT_EXPECT_GE(test, m->m_len, lens[j]);
			KUNIT_EXPECT_EQ(test, m->m_pkthdr.ph_ifidx, 5);
			bsdnet_kunit_expect_packet(test, m, 400);
			bsdnet_kunit_expect_bytes(test, m, 0, 400, 0);
			m_freem(m);
		}
	}
}

static void m_pullup__shared_keeps_room(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 600, 300);
	struct mbuf *c = m_copym(m, 280, 320, M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c = m_pullup(c, 40);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_GE(test, m_leadingspace(c), MAX_LINKHDR);
	bsdnet_kunit_expect_bytes(test, c, 0, 320, 280);
	bsdnet_kunit_expect_bytes(test, m, 0, 600, 0);
	m_freem(c);
	m_freem(m);
}

static void m_pullup__too_short(struct kunit *test)
{
	u64 before = counter_read(MBS_TOOSHORT);

	KUNIT_EXPECT_PTR_EQ(test, m_pullup(bsdnet_kunit_packet(test, 39, 10), 40), NULL);
	KUNIT_EXPECT_EQ(test, counter_read(MBS_TOOSHORT), before + 1);
}

static void m_makewritable__leaves_the_other(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 1000, 1000);
	struct mbuf *c = m_copym(m, 0, 1000, M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c = m_makewritable(c, 20);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_TRUE(test, m_writable(c));
	KUNIT_EXPECT_GE(test, c->m_len, 20);
	bsdnet_kunit_expect_packet(test, c, 1000);
	bsdnet_kunit_expect_bytes(test, c, 0, 1000, 0);
	memset(c->m_data, 0, 20);
	bsdnet_kunit_expect_bytes(test, m, 0, 1000, 0);
	m_freem(m);
	m_freem(c);
}

static void m_adj__front_and_end(struct kunit *test)
{
	static const int trims[] = { 0, 1, 99, 100, 101, 250, 400 };
	struct mbuf *m;
	int i;
	int j;

	for (i = 0; i < ARRAY_SIZE(trims); i++) {
		for (j = 0; j < ARRAY_SIZE(trims); j++) {
			if (trims[i] + trims[j] > 400)
				continue;
			m = bsdnet_kunit_packet(test, 400, 100);
			m_adj(m, trims[i]);
			m_adj(m, -trims[j]);
			bsdnet_kunit_expect_packet(test, m, 400 - trims[i] - trims[j]);
			bsdnet_kunit_expect_bytes(test, m, 0, 400 - trims[i] - trims[j], trims[i]);
			m_freem(m);
		}
	}
}

static void m_adj__more_than_there_is(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 400, 100);

	m_adj(m, 401);
	bsdnet_kunit_expect_packet(test, m, 0);
	m_freem(m);
	m = bsdnet_kunit_packet(test, 400, 100);
	m_adj(m, INT_MIN);
	bsdnet_kunit_expect_packet(test, m, 0);
	m_freem(m);
}

static void m_split__everywhere_and_back(struct kunit *test)
{
	static const u32 pieces[] = { 100, 136, 300 };
	struct mbuf *m;
	struct mbuf *n;
	u32 cut;
	int i;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		for (cut = 0; cut <= 600; cut += 50) {
			m = bsdnet_kunit_packet(test, 600, pieces[i]);
			m->m_pkthdr.csum_flags = M_UDP_CSUM_OUT | M_IPV4_CSUM_OUT;
			n = m_split(m, cut, M_DONTWAIT);
			KUNIT_ASSERT_NOT_NULL(test, n);
			bsdnet_kunit_expect_packet(test, m, cut);
			bsdnet_kunit_expect_packet(test, n, 600 - cut);
			bsdnet_kunit_expect_bytes(test, m, 0, cut, 0);
			bsdnet_kunit_expect_bytes(test, n, 0, 600 - cut, cut);
			KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, M_IPV4_CSUM_OUT);
			KUNIT_EXPECT_EQ(test, n->m_pkthdr.csum_flags, 0);
			m_cat(m, n);
			bsdnet_kunit_expect_packet(test, m, 600);
			bsdnet_kunit_expect_bytes(test, m, 0, 600, 0);
			m_freem(m);
		}
	}
}

static void m_split__full_inline_mbuf(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 600, 136);
	struct mbuf *x = m_get(M_DONTWAIT);
	struct mbuf *n;

	/* MLEN bytes inline leave no place for a header. */
	KUNIT_ASSERT_NOT_NULL(test, x);
	memset(x->m_data, 1, MLEN);
	x->m_len = MLEN;
	x->m_next = m->m_next;
	m->m_next = x;
	m->m_pkthdr.len += MLEN;
	n = m_split(m, 136, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, n);
	bsdnet_kunit_expect_packet(test, m, 136);
	bsdnet_kunit_expect_packet(test, n, 464 + MLEN);
	m_freem(m);
	m = n;
	n = m_split(m, 10, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, n);
	bsdnet_kunit_expect_packet(test, n, 454 + MLEN);
	m_freem(m);
	m_freem(n);
}

static void m_split__beyond_the_end(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 600, 100);

	KUNIT_EXPECT_PTR_EQ(test, m_split(m, 601, M_DONTWAIT), NULL);
	bsdnet_kunit_expect_packet(test, m, 600);
	m_freem(m);
}

static void m_split__every_failure_is_survived(struct kunit *test)
{
	struct mbuf *m;
	struct mbuf *n;
	bool failed;
	int nth;

	if (!bsdnet_kunit_fail_nth(0))
		kunit_skip(test, "no fault injection");
	for (nth = 1; nth < 10; nth++) {
		m = bsdnet_kunit_packet(test, 300, 136);
		bsdnet_kunit_fail_nth(nth);
		n = m_split(m, 100, M_DONTWAIT);
		failed = bsdnet_kunit_failed();
		bsdnet_kunit_fail_nth(0);
		bsdnet_kunit_expect_packet(test, m, n ? 100 : 300);
		m_freem(m);
		m_freem(n);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_LT(test, nth, 10);
}

static void m_cat__verified_only_if_both(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 100, 1000);
	struct mbuf *n = bsdnet_kunit_packet(test, 100, 1000);

	m->m_pkthdr.csum_flags = M_UDP_CSUM_IN_OK | M_IPV4_CSUM_IN_OK;
	m_cat(m, n);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, M_IPV4_CSUM_IN_OK);
	bsdnet_kunit_expect_packet(test, m, 200);
	/* It was short, and there was room. */
	KUNIT_EXPECT_PTR_EQ(test, m->m_next, NULL);
	m_cat(m, NULL);
	m_freem(m);
}

static void m_defrag__sizes(struct kunit *test)
{
	static const u32 lens[] = { 2, 72, 136, 137, 224, 1500, 4000, 9000, 20000, MAXMCLBYTES };
	struct mbuf *m;
	int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		m = bsdnet_kunit_packet(test, lens[i], lens[i] < 1000 ? 1 : 999);
		KUNIT_EXPECT_EQ(test, m_defrag(m, M_DONTWAIT), 0);
		KUNIT_EXPECT_PTR_EQ(test, m->m_next, NULL);
		bsdnet_kunit_expect_packet(test, m, lens[i]);
		bsdnet_kunit_expect_bytes(test, m, 0, lens[i], 0);
		m_freem(m);
	}
	m = bsdnet_kunit_packet(test, MAXMCLBYTES + 1, 2000);
	KUNIT_EXPECT_EQ(test, m_defrag(m, M_DONTWAIT), -EMSGSIZE);
	m_freem(m);
}

static void m_getptr__edges(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 200, 100);
	u32 off;

	KUNIT_EXPECT_PTR_EQ(test, m_getptr(m, 99, &off), m);
	KUNIT_EXPECT_EQ(test, off, 99);
	KUNIT_EXPECT_PTR_EQ(test, m_getptr(m, 100, &off), m->m_next);
	KUNIT_EXPECT_EQ(test, off, 0);
	KUNIT_EXPECT_PTR_EQ(test, m_getptr(m, 200, &off), m->m_next);
	KUNIT_EXPECT_EQ(test, off, 100);
	KUNIT_EXPECT_PTR_EQ(test, m_getptr(m, 201, &off), NULL);
	m_freem(m);
}

static void m_span__counts_mbufs(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 300, 100);

	KUNIT_EXPECT_EQ(test, m_span(m, 0, 300, 3), 300);
	KUNIT_EXPECT_EQ(test, m_span(m, 0, 300, 2), 200);
	KUNIT_EXPECT_EQ(test, m_span(m, 50, 250, 1), 50);
	KUNIT_EXPECT_EQ(test, m_span(m, 100, 200, 1), 100);
	KUNIT_EXPECT_EQ(test, m_span(m, 250, 50, 9), 50);
	KUNIT_EXPECT_EQ(test, m_span(m, 10, 20, 1), 20);
	KUNIT_EXPECT_EQ(test, m_span(m, 90, 20, 9), 20);
	m_freem(m);
}

static struct kunit_case mbuf_shape_cases[] = {
	KUNIT_CASE(m_prepend__uses_room),
	KUNIT_CASE(m_prepend__shared_gets_a_new_mbuf),
	KUNIT_CASE(m_prepend__large_and_too_large),
	KUNIT_CASE(m_prepend__without_memory),
	KUNIT_CASE(m_pullup__pieces),
	KUNIT_CASE(m_pullup__shared_keeps_room),
	KUNIT_CASE(m_pullup__too_short),
	KUNIT_CASE(m_makewritable__leaves_the_other),
	KUNIT_CASE(m_adj__front_and_end),
	KUNIT_CASE(m_adj__more_than_there_is),
	KUNIT_CASE(m_split__everywhere_and_back),
	KUNIT_CASE(m_split__full_inline_mbuf),
	KUNIT_CASE(m_split__beyond_the_end),
	KUNIT_CASE(m_split__every_failure_is_survived),
	KUNIT_CASE(m_cat__verified_only_if_both),
	KUNIT_CASE(m_defrag__sizes),
	KUNIT_CASE(m_getptr__edges),
	KUNIT_CASE(m_span__counts_mbufs),
	{}
};

struct kunit_suite bsdnet_mbuf_shape_suite = {
	.name = "bsdnet_mbuf_shape",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = mbuf_shape_cases,
};
