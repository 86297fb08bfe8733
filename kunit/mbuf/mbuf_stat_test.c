// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_stat_test.c - tests of kmod/mbuf/mbuf_stat.c: the limit, and drops.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf_queue.h>

static void m_drop__counts_and_frees(struct kunit *test)
{
	u64 before = counter_read(MBS_TOOSHORT);

	m_drop(bsdnet_kunit_packet(test, 100, 10), MBS_TOOSHORT);
	m_drop(NULL, MBS_TOOSHORT);
	KUNIT_EXPECT_EQ(test, counter_read(MBS_TOOSHORT), before + 2);
}

static void mbuf_bytes__counts_storage(struct kunit *test)
{
	u64 before = mbuf_bytes();
	struct mbuf *m = m_getcl(M_DONTWAIT, 9000);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_GE(test, mbuf_bytes(), before + 9000 + MSIZE);
	KUNIT_EXPECT_LE(test, mbuf_bytes(), before + 9300 + MSIZE);
	m_freem(m);
}

static void mbuf_set_limit__refuses_nonsense(struct kunit *test)
{
	u64 old = mbuf_get_limit();

	KUNIT_EXPECT_EQ(test, mbuf_set_limit(0), -EINVAL);
	KUNIT_EXPECT_EQ(test, mbuf_set_limit(U64_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, mbuf_get_limit(), old);
}

/* Sockets get three quarters, others the rest, nobody more; all of it comes back. */
static void limit(struct kunit *test)
{
	u64 socklimit = counter_read(MBS_SOCKLIMIT);
	struct mbuf_list ml = MBUF_LIST_INIT;
	u64 before = mbuf_bytes();
	u64 old = mbuf_get_limit();
	struct mbuf *m;
	u64 size;

	for (size = 1024 * 1024; mbuf_set_limit(size); size += 1024 * 1024) {
		if (size > old)
			break;
	}
	KUNIT_ASSERT_EQ(test, mbuf_get_limit(), size);
	while ((m = m_getcl(M_DONTWAIT | M_FOR_SOCK, MCLBYTES)))
		ml_enqueue(&ml, m);
	KUNIT_EXPECT_GT(test, counter_read(MBS_SOCKLIMIT), socklimit);
	KUNIT_EXPECT_LE(test, mbuf_bytes() - before, size - size / 4);
	KUNIT_EXPECT_GE(test, mbuf_bytes() - before, size / 4);
	while ((m = m_getcl(M_DONTWAIT, MCLBYTES)))
		ml_enqueue(&ml, m);
	KUNIT_EXPECT_TRUE(test, mbuf_sock_pressure());
	KUNIT_EXPECT_LE(test, mbuf_bytes() - before, size);
	KUNIT_EXPECT_GE(test, mbuf_bytes() - before, size - size / 4);
	ml_purge(&ml);
	KUNIT_EXPECT_FALSE(test, mbuf_sock_pressure());
	m = m_getcl(M_DONTWAIT | M_FOR_SOCK, MCLBYTES);
	KUNIT_EXPECT_NOT_NULL(test, m);
	m_freem(m);
	KUNIT_EXPECT_EQ(test, mbuf_set_limit(old), 0);
}

static void mbuf_charge__limits_with_magazines(struct kunit *test)
{
	bool old = mbuf_set_nocache(false);

	limit(test);
	mbuf_set_nocache(old);
}

static void mbuf_charge__limits_without_magazines(struct kunit *test)
{
	bool old = mbuf_set_nocache(true);

	limit(test);
	mbuf_set_nocache(old);
}

static struct kunit_case mbuf_stat_cases[] = {
	KUNIT_CASE(m_drop__counts_and_frees),
	KUNIT_CASE(mbuf_bytes__counts_storage),
	KUNIT_CASE(mbuf_set_limit__refuses_nonsense),
	KUNIT_CASE(mbuf_charge__limits_with_magazines),
	KUNIT_CASE(mbuf_charge__limits_without_magazines),
	{}
};

struct kunit_suite bsdnet_mbuf_stat_suite = {
	.name = "bsdnet_mbuf_stat",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = mbuf_stat_cases,
};
