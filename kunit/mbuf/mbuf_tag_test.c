// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_tag_test.c - tests of kmod/mbuf/mbuf_tag.c: tags of packets.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf.h>
#include <bsdnet/mbuf_tag.h>

static struct m_tag *tag(struct kunit *test, u16 id, u8 value)
{
	struct m_tag *t = m_tag_get(id, 1);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->mt_data[0] = value;
	return t;
}

static void m_tag_get__bounds(struct kunit *test)
{
	struct m_tag *t = m_tag_get(M_TAG_TEST, M_TAG_MAXLEN);

	KUNIT_EXPECT_NOT_NULL(test, t);
	m_tag_free(t);
	KUNIT_EXPECT_PTR_EQ(test, m_tag_get(M_TAG_TEST, M_TAG_MAXLEN + 1), NULL);
}

static void m_tag_find__behind_another(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 10, 10);
	struct m_tag *t;

	m_tag_prepend(m, tag(test, M_TAG_TEST, 1));
	m_tag_prepend(m, tag(test, M_TAG_TEST + 1, 2));
	m_tag_prepend(m, tag(test, M_TAG_TEST, 3));
	t = m_tag_find(m, M_TAG_TEST, NULL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_EXPECT_EQ(test, t->mt_data[0], 3);
	t = m_tag_find(m, M_TAG_TEST, t);
	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_EXPECT_EQ(test, t->mt_data[0], 1);
	KUNIT_EXPECT_PTR_EQ(test, m_tag_find(m, M_TAG_TEST, t), NULL);
	m_tag_delete(m, t);
	KUNIT_EXPECT_NOT_NULL(test, m_tag_find(m, M_TAG_TEST + 1, NULL));
	m_tag_delete_chain(m);
	KUNIT_EXPECT_PTR_EQ(test, m_tag_find(m, M_TAG_TEST, NULL), NULL);
	m_freem(m);
}

static void m_tag_copy_chain__keeps_order_and_fails_whole(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 10, 10);
	struct mbuf *n = bsdnet_kunit_packet(test, 10, 10);
	int failures = 0;
	int error;
	int nth;

	m_tag_prepend(m, tag(test, M_TAG_TEST, 1));
	m_tag_prepend(m, tag(test, M_TAG_TEST, 2));
	KUNIT_EXPECT_EQ(test, m_tag_copy_chain(n, m), 0);
	KUNIT_EXPECT_EQ(test, n->m_pkthdr.ph_tags->mt_data[0], 2);
	KUNIT_EXPECT_EQ(test, n->m_pkthdr.ph_tags->mt_next->mt_data[0], 1);
	/* Debugging kernels allocate for each allocation, so try some numbers. */
	for (nth = 1; nth < 10 && bsdnet_kunit_fail_nth(nth); nth++) {
		error = m_tag_copy_chain(n, m);
		bsdnet_kunit_fail_nth(0);
		if (error) {
			KUNIT_EXPECT_EQ(test, error, -ENOMEM);
			KUNIT_EXPECT_PTR_EQ(test, n->m_pkthdr.ph_tags, NULL);
			failures++;
		}
	}
	if (nth > 1)
		KUNIT_EXPECT_EQ(test, failures, 2);
	m_freem(m);
	m_freem(n);
}

static struct kunit_case mbuf_tag_cases[] = {
	KUNIT_CASE(m_tag_get__bounds),
	KUNIT_CASE(m_tag_find__behind_another),
	KUNIT_CASE(m_tag_copy_chain__keeps_order_and_fails_whole),
	{}
};

struct kunit_suite bsdnet_mbuf_tag_suite = {
	.name = "bsdnet_mbuf_tag",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = mbuf_tag_cases,
};
