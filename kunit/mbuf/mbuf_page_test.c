// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_page_test.c - tests of kmod/mbuf/mbuf_page.c: packets to copy user data into.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf.h>

static void getuser_one(struct kunit *test, u32 len, u32 headroom)
{
	struct mbuf *m = m_getuser(len, headroom, M_WAIT | M_FOR_SOCK);
	struct mbuf *n;

	KUNIT_ASSERT_NOT_NULL(test, m);
	bsdnet_kunit_expect_packet(test, m, len);
	KUNIT_EXPECT_EQ(test, m_leadingspace(m), headroom);
	for (n = m; n; n = n->m_next) {
		KUNIT_EXPECT_TRUE(test, m_writable(n));
		memset(n->m_data, 0x55, n->m_len);
	}
	if (headroom + len <= MHLEN)
		KUNIT_EXPECT_FALSE(test, m->m_flags & M_EXT);
	if (headroom + len <= MAXMCLBYTES && len + headroom > MHLEN &&
	    m->m_ext.ext_size >= headroom + len)
		KUNIT_EXPECT_PTR_EQ(test, m->m_next, NULL);
	m_freem(m);
}

static void m_getuser__sizes(struct kunit *test)
{
	static const u32 lens[] = { 0, 1, 72, 73, 136, 1472, 1984, 1985, 2048, 8192, 16384,
				    32640, 32641, 65507, 262144 };
	bool old = mbuf_set_nocache(false);
	int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		getuser_one(test, lens[i], 0);
		getuser_one(test, lens[i], 64);
		mbuf_set_nocache(true);
		getuser_one(test, lens[i], 64);
		mbuf_set_nocache(false);
	}
	mbuf_set_nocache(old);
}

static void m_getuser__pieces_are_apart(struct kunit *test)
{
	bool old = mbuf_set_nocache(false);
	struct mbuf *m[20];
	int i;

	for (i = 0; i < ARRAY_SIZE(m); i++) {
		m[i] = m_getuser(3000 + 100 * i, 64, M_DONTWAIT);
		KUNIT_ASSERT_NOT_NULL(test, m[i]);
		memset(m[i]->m_data, i, m[i]->m_len);
	}
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		KUNIT_EXPECT_EQ(test, m[i]->m_data[0], i);
		KUNIT_EXPECT_EQ(test, m[i]->m_data[m[i]->m_len - 1], i);
		KUNIT_EXPECT_TRUE(test, m_writable(m[i]));
		m_freem(m[i]);
	}
	mbuf_set_nocache(old);
}

static void m_getuser__bad_arguments(struct kunit *test)
{
	u64 before = counter_read(MBS_BADARG);

	KUNIT_EXPECT_PTR_EQ(test, m_getuser(1 << 30, 0, M_DONTWAIT), NULL);
	KUNIT_EXPECT_PTR_EQ(test, m_getuser(1, MCLBYTES, M_DONTWAIT), NULL);
	KUNIT_EXPECT_EQ(test, counter_read(MBS_BADARG), before + 2);
}

/* Every allocation of a large packet fails in turn; it comes or it does not, nothing leaks. */
static void m_getuser__every_failure_is_survived(struct kunit *test)
{
	struct mbuf *m;
	bool failed;
	int nth;

	if (!bsdnet_kunit_fail_nth(0))
		kunit_skip(test, "no fault injection");
	for (nth = 1; nth < 50; nth++) {
		bsdnet_kunit_fail_nth(nth);
		m = m_getuser(100000, 64, M_DONTWAIT);
		failed = bsdnet_kunit_failed();
		bsdnet_kunit_fail_nth(0);
		if (m)
			bsdnet_kunit_expect_packet(test, m, 100000);
		m_freem(m);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_GT(test, nth, 4);
	KUNIT_EXPECT_LT(test, nth, 50);
}

static struct kunit_case mbuf_page_cases[] = {
	KUNIT_CASE(m_getuser__sizes),
	KUNIT_CASE(m_getuser__pieces_are_apart),
	KUNIT_CASE(m_getuser__bad_arguments),
	KUNIT_CASE(m_getuser__every_failure_is_survived),
	{}
};

struct kunit_suite bsdnet_mbuf_page_suite = {
	.name = "bsdnet_mbuf_page",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = mbuf_page_cases,
};
