// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_lend_test.c - tests of kmod/mbuf/mbuf_lend.c: packets on pages of others.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf.h>
#include <linux/bvec.h>
#include <linux/mm.h>

#define TEST_PAGES	3

/* Three pages that follow each other in memory, byte i of them is i % 251. */
struct lend_test {
	struct page	*pages;
	struct bio_vec	 bv[TEST_PAGES];
	u8		 want[TEST_PAGES * PAGE_SIZE];
};

static u8 *test_bytes(const struct lend_test *t)
{
	return page_address(t->pages);
}

static int lend_init(struct kunit *test)
{
	struct lend_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	u32 i;

	if (!t)
		return -ENOMEM;
	test->priv = t;
	t->pages = alloc_pages(GFP_KERNEL, 2);
	if (!t->pages)
		return -ENOMEM;
	split_page(t->pages, 2);
	for (i = 0; i < sizeof(t->want); i++) {
		t->want[i] = i % 251;
		test_bytes(t)[i] = t->want[i];
	}
	return bsdnet_kunit_leakcheck_init(test);
}

static void lend_exit(struct kunit *test)
{
	struct lend_test *t = test->priv;
	u32 i;

	bsdnet_kunit_leakcheck(test);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, page_count(t->pages + i), 1);
		__free_page(t->pages + i);
	}
}

static void expect_bytes(struct kunit *test, struct mbuf *m, const u8 *want, u32 len)
{
	u8 *got = kunit_kzalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, got);
	bsdnet_kunit_expect_packet(test, m, len);
	KUNIT_ASSERT_EQ(test, m_copydata(m, 0, len, got), 0);
	KUNIT_EXPECT_EQ(test, memcmp(got, want, len), 0);
}

static void m_getlent__neighbours_share_an_mbuf(struct kunit *test)
{
	struct lend_test *t = test->priv;
	const u32 len = 2 * PAGE_SIZE - 100;
	struct mbuf *m;

	bvec_set_page(&t->bv[0], t->pages, PAGE_SIZE - 100, 100);
	bvec_set_page(&t->bv[1], t->pages + 1, PAGE_SIZE, 0);
	m = m_getlent(t->bv, 2, M_WAIT | M_FOR_SOCK);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_PTR_EQ(test, m->m_next, NULL);
	KUNIT_EXPECT_PTR_EQ(test, m->m_data, test_bytes(t) + 100);
	KUNIT_EXPECT_EQ(test, page_count(t->pages + 1), 2);
	expect_bytes(test, m, t->want + 100, len);
	m_freem(m);
}

static void m_getlent__others_have_one_each(struct kunit *test)
{
	struct lend_test *t = test->priv;
	u64 before = mbuf_bytes();
	struct mbuf *copy;
	struct mbuf *m;

	bvec_set_page(&t->bv[0], t->pages, 1000, 0);
	bvec_set_page(&t->bv[1], t->pages + 2, 1000, 96);
	m = m_getlent(t->bv, 2, M_WAIT | M_FOR_SOCK);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, m->m_next);
	KUNIT_EXPECT_EQ(test, m->m_next->m_len, 1000U);
	/* A socket buffer must not take a page for a kilobyte. */
	KUNIT_EXPECT_GE(test, m_size(m) + m_size(m->m_next), 2 * PAGE_SIZE);
	KUNIT_EXPECT_GE(test, mbuf_bytes(), before + 2 * PAGE_SIZE);
	copy = m_copym(m, 500, 1000, M_WAIT);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	m_freem(m);
	/* All pages are held while one mbuf shows a byte of them. */
	KUNIT_EXPECT_EQ(test, page_count(t->pages), 2);
	KUNIT_EXPECT_EQ(test, m_copyback(copy, 0, 4, "four", M_WAIT), 0);
	KUNIT_EXPECT_EQ(test, memcmp(test_bytes(t), t->want, PAGE_SIZE), 0);
	m_freem(copy);
}

static void m_getlent__is_not_written(struct kunit *test)
{
	struct lend_test *t = test->priv;
	struct mbuf *m;

	bvec_set_page(&t->bv[0], t->pages, 600, 50);
	m = m_getlent(t->bv, 1, M_WAIT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_FALSE(test, m_writable(m));
	KUNIT_EXPECT_EQ(test, m_leadingspace(m), 0U);
	KUNIT_EXPECT_EQ(test, m_trailingspace(m), 0U);
	KUNIT_ASSERT_EQ(test, m_unshare(m, M_WAIT), 0);
	KUNIT_EXPECT_EQ(test, page_count(t->pages), 1);
	memset(m->m_data, 0, m->m_len);
	KUNIT_EXPECT_EQ(test, memcmp(test_bytes(t), t->want, PAGE_SIZE), 0);
	m_freem(m);
}

static void m_getlent__every_failure_is_survived(struct kunit *test)
{
	struct lend_test *t = test->priv;
	struct mbuf *m;
	bool failed;
	int nth;

	if (!bsdnet_kunit_fail_nth(0))
		kunit_skip(test, "no fault injection");
	bvec_set_page(&t->bv[0], t->pages, 1000, 0);
	bvec_set_page(&t->bv[1], t->pages + 2, 1000, 0);
	for (nth = 1; nth < 20; nth++) {
		bsdnet_kunit_fail_nth(nth);
		m = m_getlent(t->bv, 2, M_DONTWAIT);
		failed = bsdnet_kunit_failed();
		bsdnet_kunit_fail_nth(0);
		KUNIT_EXPECT_EQ(test, page_count(t->pages), m ? 2 : 1);
		m_freem(m);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_GT(test, nth, 2);
	KUNIT_EXPECT_LT(test, nth, 20);
}

static struct kunit_case mbuf_lend_cases[] = {
	KUNIT_CASE(m_getlent__neighbours_share_an_mbuf),
	KUNIT_CASE(m_getlent__others_have_one_each),
	KUNIT_CASE(m_getlent__is_not_written),
	KUNIT_CASE(m_getlent__every_failure_is_survived),
	{}
};

struct kunit_suite bsdnet_mbuf_lend_suite = {
	.name = "bsdnet_mbuf_lend",
	.init = lend_init,
	.exit = lend_exit,
	.test_cases = mbuf_lend_cases,
};
