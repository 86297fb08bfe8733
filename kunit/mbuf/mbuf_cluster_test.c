// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_cluster_test.c - tests of kmod/mbuf/mbuf_cluster.c: storage and its sharing.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf.h>

static void m_clget__refuses_data(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 10, 10);

	KUNIT_EXPECT_EQ(test, m_clget(m, M_DONTWAIT, MCLBYTES), -EINVAL);
	m_adj(m, 10);
	KUNIT_EXPECT_EQ(test, m_clget(m, M_DONTWAIT, MCLBYTES), 0);
	KUNIT_EXPECT_EQ(test, m_clget(m, M_DONTWAIT, MCLBYTES), -EINVAL);
	KUNIT_EXPECT_EQ(test, m_size(m), MCLBYTES);
	m_freem(m);
}

static void m_clget__failure_leaves_the_mbuf(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 0, 10);

	if (bsdnet_kunit_fail_nth(1)) {
		KUNIT_EXPECT_EQ(test, m_clget(m, M_DONTWAIT, MCLBYTES), -ENOBUFS);
		KUNIT_EXPECT_TRUE(test, bsdnet_kunit_failed());
		bsdnet_kunit_fail_nth(0);
	}
	KUNIT_EXPECT_EQ(test, m->m_flags, M_PKTHDR);
	m_freem(m);
}

static int ext_frees;

static void ext_free(struct m_store *ms)
{
	ext_frees++;
}

static void m_extadd__freed_by_the_last(struct kunit *test)
{
	struct m_store ms = { .ms_free = ext_free };
	struct mbuf *m = m_gethdr(M_DONTWAIT);
	struct mbuf *n = m_gethdr(M_DONTWAIT);
	u8 buf[64];

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, n);
	ext_frees = 0;
	refcount_set(&ms.ms_refs, 1);
	m_extadd(m, buf, sizeof(buf), &ms);
	m->m_len = 20;
	KUNIT_EXPECT_TRUE(test, m_writable(m));
	m_extref(n, m);
	KUNIT_EXPECT_FALSE(test, m_writable(m));
	KUNIT_EXPECT_FALSE(test, m_writable(n));
	KUNIT_EXPECT_PTR_EQ(test, n->m_data, (u8 *)buf);
	KUNIT_EXPECT_EQ(test, n->m_len, 20);
	m_freem(m);
	KUNIT_EXPECT_EQ(test, ext_frees, 0);
	KUNIT_EXPECT_TRUE(test, m_writable(n));
	n->m_flags |= M_EXTRDONLY;
	KUNIT_EXPECT_FALSE(test, m_writable(n));
	m_freem(n);
	KUNIT_EXPECT_EQ(test, ext_frees, 1);
}

static void m_unshare__copies_once(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 1000, 1000);
	struct mbuf *n = m_copym(m, 0, 1000, M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_PTR_EQ(test, n->m_data, m->m_data);
	KUNIT_EXPECT_EQ(test, m_unshare(n, M_DONTWAIT), 0);
	KUNIT_EXPECT_PTR_NE(test, n->m_data, m->m_data);
	KUNIT_EXPECT_TRUE(test, m_writable(m));
	KUNIT_EXPECT_EQ(test, m_unshare(m, M_DONTWAIT), 0);
	bsdnet_kunit_expect_bytes(test, n, 0, 1000, 0);
	m_freem(m);
	m_freem(n);
}

static struct kunit_case mbuf_cluster_cases[] = {
	KUNIT_CASE(m_clget__refuses_data),
	KUNIT_CASE(m_clget__failure_leaves_the_mbuf),
	KUNIT_CASE(m_extadd__freed_by_the_last),
	KUNIT_CASE(m_unshare__copies_once),
	{}
};

struct kunit_suite bsdnet_mbuf_cluster_suite = {
	.name = "bsdnet_mbuf_cluster",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = mbuf_cluster_cases,
};
