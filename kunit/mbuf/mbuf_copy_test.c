// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_copy_test.c - tests of kmod/mbuf/mbuf_copy.c: copies of packets.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf.h>
#include <linux/slab.h>

static void m_copym__parts(struct kunit *test)
{
	static const u32 pieces[] = { 50, 136, 300 };
	struct mbuf *m;
	struct mbuf *c;
	u32 off;
	u32 len;
	int i;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		m = bsdnet_kunit_packet(test, 600, pieces[i]);
		for (off = 0; off <= 600; off += 75) {
			for (len = 0; off + len <= 600; len += 75) {
				c = m_copym(m, off, len, M_DONTWAIT);
				KUNIT_ASSERT_NOT_NULL(test, c);
				bsdnet_kunit_expect_bytes(test, c, 0, len, off);
				if (off)
					KUNIT_EXPECT_FALSE(test, c->m_flags & M_PKTHDR);
				else
					bsdnet_kunit_expect_packet(test, c, len);
				m_freem(c);
			}
		}
		KUNIT_EXPECT_PTR_EQ(test, m_copym(m, 1, 600, M_DONTWAIT), NULL);
		KUNIT_EXPECT_PTR_EQ(test, m_copym(m, 601, 0, M_DONTWAIT), NULL);
		m_freem(m);
	}
}

static void m_copym__empty_first_mbuf(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 300, 100);
	struct mbuf *c;

	m_adj(m, 100);
	c = m_copym(m, 0, 200, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, c);
	bsdnet_kunit_expect_packet(test, c, 200);
	bsdnet_kunit_expect_bytes(test, c, 0, 200, 100);
	m_freem(c);
	m_freem(m);
}

static void m_copym__csum_of_a_part(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 600, 300);
	struct mbuf *c;

	m->m_pkthdr.csum_flags = M_TCP_CSUM_OUT | M_IPV4_CSUM_OUT;
	c = m_copym(m, 0, 600, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, c->m_pkthdr.csum_flags, M_TCP_CSUM_OUT | M_IPV4_CSUM_OUT);
	m_freem(c);
	c = m_copym(m, 0, 599, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, c->m_pkthdr.csum_flags, M_IPV4_CSUM_OUT);
	m_freem(c);
	m_freem(m);
}

static void m_copym__every_failure_is_survived(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 600, 100);
	struct mbuf *c = NULL;
	int nth;

	for (nth = 1; nth < 20 && !c && bsdnet_kunit_fail_nth(nth); nth++) {
		c = m_copym(m, 0, 600, M_DONTWAIT);
		bsdnet_kunit_fail_nth(0);
	}
	KUNIT_EXPECT_LT(test, nth, 20);
	m_freem(c);
	m_freem(m);
}

static void m_dup_pkt__is_writable(struct kunit *test)
{
	static const u32 lens[] = { 0, 10, 100, 1500, 5000, 70000 };
	struct mbuf *m;
	struct mbuf *c;
	int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		m = bsdnet_kunit_packet(test, lens[i], 1500);
		m->m_pkthdr.ph_ifidx = 3;
		c = m_dup_pkt(m, 64, M_DONTWAIT);
		KUNIT_ASSERT_NOT_NULL(test, c);
		KUNIT_EXPECT_TRUE(test, m_writable(c));
		KUNIT_EXPECT_GE(test, m_leadingspace(c), 64);
		KUNIT_EXPECT_EQ(test, c->m_pkthdr.ph_ifidx, 3);
		bsdnet_kunit_expect_packet(test, c, lens[i]);
		bsdnet_kunit_expect_bytes(test, c, 0, min(lens[i], 6000U), 0);
		m_freem(m);
		m_freem(c);
	}
}

static void m_copydata__bounds(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 200, 100);
	u8 buf[200];

	KUNIT_EXPECT_EQ(test, m_copydata(m, 0, 200, buf), 0);
	KUNIT_EXPECT_EQ(test, m_copydata(m, 50, 0, buf), 0);
	KUNIT_EXPECT_EQ(test, m_copydata(m, 200, 0, buf), 0);
	KUNIT_EXPECT_EQ(test, m_copydata(m, 201, 0, buf), -EINVAL);
	KUNIT_EXPECT_EQ(test, m_copydata(m, 1, 200, buf), -EINVAL);
	m_freem(m);
}

static void m_copyback__overwrites_and_extends(struct kunit *test)
{
	static const u32 offs[] = { 0, 50, 100, 199, 200, 230, 3000 };
	static const u32 lens[] = { 0, 1, 150, 400, 5000 };
	u8 *buf = kunit_kzalloc(test, 5000, GFP_KERNEL);
	struct mbuf *m;
	u32 want;
	int i;
	int j;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 0xcc, 5000);
	for (i = 0; i < ARRAY_SIZE(offs); i++) {
		for (j = 0; j < ARRAY_SIZE(lens); j++) {
			m = bsdnet_kunit_packet(test, 200, 100);
			KUNIT_EXPECT_EQ(test, m_copyback(m, offs[i], lens[j], buf, M_DONTWAIT), 0);
			want = lens[j] ? max(200U, offs[i] + lens[j]) : 200;
			bsdnet_kunit_expect_packet(test, m, want);
			bsdnet_kunit_expect_bytes(test, m, 0, min(offs[i], 200U), 0);
			if (lens[j]) {
				u8 b = 0;

				KUNIT_EXPECT_EQ(test, m_copydata(m, offs[i], 1, &b), 0);
				KUNIT_EXPECT_EQ(test, b, 0xcc);
				m_copydata(m, offs[i] + lens[j] - 1, 1, &b);
				KUNIT_EXPECT_EQ(test, b, 0xcc);
				if (offs[i] > 200) {
					m_copydata(m, offs[i] - 1, 1, &b);
					KUNIT_EXPECT_EQ(test, b, 0);
				}
			}
			m_freem(m);
		}
	}
	m = bsdnet_kunit_packet(test, 200, 100);
	KUNIT_EXPECT_EQ(test, m_copyback(m, U32_MAX, 1, buf, M_DONTWAIT), -EINVAL);
	m_freem(m);
}

static void m_copyback__does_not_write_shared(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 1000, 500);
	struct mbuf *c = m_copym(m, 0, 1000, M_DONTWAIT);
	u8 buf[20] = { 0 };

	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, m_copyback(c, 490, 20, buf, M_DONTWAIT), 0);
	bsdnet_kunit_expect_bytes(test, m, 0, 1000, 0);
	bsdnet_kunit_expect_bytes(test, c, 0, 490, 0);
	bsdnet_kunit_expect_bytes(test, c, 510, 490, 510);
	m_freem(m);
	m_freem(c);
}

static int apply_sum(void *arg, const u8 *data, u32 len)
{
	*(u32 *)arg += len;
	return len == 77 ? 5 : 0;
}

static void m_apply__counts_and_stops(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 200, 100);
	u32 sum = 0;

	KUNIT_EXPECT_EQ(test, m_apply(m, 20, 150, apply_sum, &sum), 0);
	KUNIT_EXPECT_EQ(test, sum, 150);
	KUNIT_EXPECT_EQ(test, m_apply(m, 23, 150, apply_sum, &sum), 5);
	KUNIT_EXPECT_EQ(test, m_apply(m, 20, 181, apply_sum, &sum), -EINVAL);
	m_freem(m);
}

static struct kunit_case mbuf_copy_cases[] = {
	KUNIT_CASE(m_copym__parts),
	KUNIT_CASE(m_copym__empty_first_mbuf),
	KUNIT_CASE(m_copym__csum_of_a_part),
	KUNIT_CASE(m_copym__every_failure_is_survived),
	KUNIT_CASE(m_dup_pkt__is_writable),
	KUNIT_CASE(m_copydata__bounds),
	KUNIT_CASE(m_copyback__overwrites_and_extends),
	KUNIT_CASE(m_copyback__does_not_write_shared),
	KUNIT_CASE(m_apply__counts_and_stops),
	{}
};

struct kunit_suite bsdnet_mbuf_copy_suite = {
	.name = "bsdnet_mbuf_copy",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = mbuf_copy_cases,
};
