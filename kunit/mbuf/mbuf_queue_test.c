// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_queue_test.c - tests of kmod/mbuf/mbuf_queue.c: lists and queues of packets.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf_queue.h>

static void fill(struct kunit *test, struct mbuf_list *ml, u32 n)
{
	while (n--)
		ml_enqueue(ml, bsdnet_kunit_packet(test, n % 7, 10));
}

static void ml_enlist__keeps_order(struct kunit *test)
{
	struct mbuf_list a = MBUF_LIST_INIT;
	struct mbuf_list b = MBUF_LIST_INIT;
	struct mbuf *m;

	fill(test, &a, 3);
	fill(test, &b, 2);
	ml_enlist(&a, &b);
	KUNIT_EXPECT_TRUE(test, ml_empty(&b));
	KUNIT_EXPECT_EQ(test, ml_len(&a), 5);
	ml_enlist(&a, &b);
	m = ml_dequeue(&a);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.len, 2);
	m_freem(m);
	KUNIT_EXPECT_EQ(test, ml_purge(&a), 4);
	KUNIT_EXPECT_PTR_EQ(test, ml_dequeue(&a), NULL);
}

static void ml_dechain__takes_all(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *next;
	struct mbuf *m;
	u32 n = 0;

	fill(test, &ml, 4);
	for (m = ml_dechain(&ml); m; m = next) {
		next = m->m_nextpkt;
		m_freem(m);
		n++;
	}
	KUNIT_EXPECT_EQ(test, n, 4);
	KUNIT_EXPECT_TRUE(test, ml_empty(&ml));
}

static void getbulk(struct kunit *test, u32 n, u32 size)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m;

	KUNIT_EXPECT_EQ(test, ml_getbulk(&ml, n, size, M_DONTWAIT), n);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), n);
	for (m = ml.ml_head; m; m = m->m_nextpkt) {
		bsdnet_kunit_expect_packet(test, m, 0);
		KUNIT_EXPECT_GE(test, m_trailingspace(m), size);
		memset(m->m_data, 0, size);
	}
	KUNIT_EXPECT_EQ(test, ml_purge(&ml), n);
}

static void ml_getbulk__sizes(struct kunit *test)
{
	bool old = mbuf_set_nocache(false);
	int pass;

	for (pass = 0; pass < 2; pass++) {
		getbulk(test, 0, 0);
		getbulk(test, 1, 0);
		getbulk(test, 32, MHLEN);
		getbulk(test, 200, MCLBYTES);
		getbulk(test, 5, 4096);
		getbulk(test, 5, 9000);
		mbuf_set_nocache(true);
	}
	mbuf_set_nocache(old);
}

static void ml_getbulk__every_failure_is_survived(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	u32 got = 0;
	int nth;

	for (nth = 1; nth < 30 && got < 10 && bsdnet_kunit_fail_nth(nth); nth++) {
		got = ml_getbulk(&ml, 10, MCLBYTES, M_DONTWAIT);
		bsdnet_kunit_fail_nth(0);
		KUNIT_EXPECT_EQ(test, ml_len(&ml), got);
		ml_purge(&ml);
	}
	KUNIT_EXPECT_LT(test, nth, 30);
}

static void ml_purge__shared_and_chained(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m = bsdnet_kunit_packet(test, 5000, 500);
	int i;

	for (i = 0; i < 10; i++)
		ml_enqueue(&ml, m_copym(m, 0, 5000, M_DONTWAIT));
	KUNIT_EXPECT_EQ(test, ml_purge(&ml), 10);
	KUNIT_EXPECT_TRUE(test, m_writable(m));
	bsdnet_kunit_expect_bytes(test, m, 0, 5000, 0);
	m_freem(m);
}

static void mq_enqueue__drops_at_the_limit(struct kunit *test)
{
	u64 before = counter_read(MBS_QFULL);
	struct mbuf_queue mq;
	struct mbuf *m;

	mq_init(&mq, 2);
	KUNIT_EXPECT_EQ(test, mq_enqueue(&mq, bsdnet_kunit_packet(test, 1, 10)), 0);
	KUNIT_EXPECT_EQ(test, mq_enqueue(&mq, bsdnet_kunit_packet(test, 2, 10)), 0);
	KUNIT_EXPECT_EQ(test, mq_enqueue(&mq, bsdnet_kunit_packet(test, 3, 10)), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, counter_read(MBS_QFULL), before + 1);
	m = mq_dequeue(&mq);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.len, 1);
	m_freem(m);
	KUNIT_EXPECT_EQ(test, mq_purge(&mq), 1);
	KUNIT_EXPECT_PTR_EQ(test, mq_dequeue(&mq), NULL);
}

static void mq_enlist__takes_what_fits(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf_queue mq;

	mq_init(&mq, 5);
	fill(test, &ml, 3);
	KUNIT_EXPECT_EQ(test, mq_enlist(&mq, &ml), 0);
	fill(test, &ml, 4);
	KUNIT_EXPECT_EQ(test, mq_enlist(&mq, &ml), 2);
	KUNIT_EXPECT_TRUE(test, ml_empty(&ml));
	mq_delist(&mq, &ml);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), 5);
	KUNIT_EXPECT_EQ(test, ml_purge(&ml), 5);
}

static struct kunit_case mbuf_queue_cases[] = {
	KUNIT_CASE(ml_enlist__keeps_order),
	KUNIT_CASE(ml_dechain__takes_all),
	KUNIT_CASE(ml_getbulk__sizes),
	KUNIT_CASE(ml_getbulk__every_failure_is_survived),
	KUNIT_CASE(ml_purge__shared_and_chained),
	KUNIT_CASE(mq_enqueue__drops_at_the_limit),
	KUNIT_CASE(mq_enlist__takes_what_fits),
	{}
};

struct kunit_suite bsdnet_mbuf_queue_suite = {
	.name = "bsdnet_mbuf_queue",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = mbuf_queue_cases,
};
