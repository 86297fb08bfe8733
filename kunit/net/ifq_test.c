// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ifq_test.c - transmit queues (kmod/net/ifq.c) and their default discipline.
 *
 * The interface is not attached: a queue needs only its counters.
 */
#include <kunit/test.h>
#include "../suites.h"
#include <bsdnet/driver.h>

#define TESTQ_LEN	40	/* more than IFQ_BULK */

/* What the driver of a test does. */
struct testq {
	struct ifnet		 tq_if;
	struct mbuf_list	 tq_sent;
	u32			 tq_room;	/* frames the ring takes */
	u32			 tq_starts;
	struct mbuf		*tq_late;	/* enqueued while the driver runs */
};

static void testq_start(struct ifqueue *ifq)
{
	struct testq *tq = container_of(ifq->ifq_ifp, struct testq, tq_if);
	struct mbuf *m;

	tq->tq_starts++;
	while (tq->tq_room && (m = ifq_dequeue(ifq))) {
		ml_enqueue(&tq->tq_sent, m);
		tq->tq_room--;
	}
	if (!tq->tq_room)
		ifq_set_oactive(ifq);
	m = tq->tq_late;
	tq->tq_late = NULL;
	if (m)
		ifq_enqueue(ifq, m);
}

static int ifq_test_init(struct kunit *test)
{
	struct testq *tq = kunit_kzalloc(test, sizeof(*tq), GFP_KERNEL);

	if (!tq)
		return -ENOMEM;
	test->priv = tq;
	tq->tq_room = 1000;
	if (if_counters_alloc(&tq->tq_if))
		return -ENOMEM;
	if (if_alloc_queues(&tq->tq_if, 1, testq_start)) {
		if_counters_free(&tq->tq_if);
		return -ENOMEM;
	}
	tq->tq_if.if_ifqs[0]->ifq_maxlen = TESTQ_LEN;
	ifq_open(tq->tq_if.if_ifqs[0]);
	return 0;
}

static void ifq_test_exit(struct kunit *test)
{
	struct testq *tq = test->priv;

	if (!tq || !tq->tq_if.if_counters)
		return;
	ml_purge(&tq->tq_sent);
	if_free_queues(&tq->tq_if);
	if_counters_free(&tq->tq_if);
}

/* A frame that carries its number, of priority @prio. */
static struct mbuf *testq_frame(struct kunit *test, u32 number, u8 prio)
{
	struct mbuf *m = m_gethdr(M_WAIT);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->m_len = sizeof(number);
	m->m_pkthdr.len = sizeof(number);
	m->m_pkthdr.ph_prio = prio;
	memcpy(m->m_data, &number, sizeof(number));
	return m;
}

static u32 testq_next(struct kunit *test, struct testq *tq)
{
	struct mbuf *m = ml_dequeue(&tq->tq_sent);
	u32 number;

	KUNIT_ASSERT_NOT_NULL(test, m);
	memcpy(&number, m->m_data, sizeof(number));
	m_freem(m);
	return number;
}

static void ifq_enqueue__keeps_order_over_bulk(struct kunit *test)
{
	struct testq *tq = test->priv;
	struct ifqueue *ifq = tq->tq_if.if_ifqs[0];
	u32 i;

	for (i = 0; i < TESTQ_LEN; i++)
		KUNIT_EXPECT_EQ(test, ifq_enqueue(ifq, testq_frame(test, i, 0)), 0);
	KUNIT_EXPECT_EQ(test, ifq->ifq_len, TESTQ_LEN);
	ifq_start(ifq);
	KUNIT_EXPECT_TRUE(test, ifq_empty(ifq));
	KUNIT_EXPECT_EQ(test, ml_len(&tq->tq_sent), TESTQ_LEN);
	for (i = 0; i < TESTQ_LEN; i++)
		KUNIT_EXPECT_EQ(test, testq_next(test, tq), i);
	KUNIT_EXPECT_EQ(test, ifq->ifq_packets, TESTQ_LEN);
	KUNIT_EXPECT_EQ(test, ifq->ifq_bytes, TESTQ_LEN * sizeof(u32));
}

static void ifq_enqueue__full_drops_the_newcomer(struct kunit *test)
{
	struct testq *tq = test->priv;
	struct ifqueue *ifq = tq->tq_if.if_ifqs[0];
	u64 sums[IFC_N];
	u32 i;

	for (i = 0; i < TESTQ_LEN; i++)
		ifq_enqueue(ifq, testq_frame(test, i, 3));
	KUNIT_EXPECT_EQ(test, ifq_enqueue(ifq, testq_frame(test, i, 3)), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, ifq->ifq_len, TESTQ_LEN);
	KUNIT_EXPECT_EQ(test, ifq->ifq_qdrops, 1);
	if_counters_read(&tq->tq_if, sums);
	KUNIT_EXPECT_EQ(test, sums[IFC_OQDROPS], 1);
	ifq_start(ifq);
	KUNIT_EXPECT_EQ(test, testq_next(test, tq), 0);
}

static void ifq_enqueue__full_drops_lower_priority(struct kunit *test)
{
	struct testq *tq = test->priv;
	struct ifqueue *ifq = tq->tq_if.if_ifqs[0];
	u32 i;

	for (i = 0; i < TESTQ_LEN; i++)
		ifq_enqueue(ifq, testq_frame(test, i, 1));
	KUNIT_EXPECT_EQ(test, ifq_enqueue(ifq, testq_frame(test, 1000, 6)), 0);
	KUNIT_EXPECT_EQ(test, ifq->ifq_len, TESTQ_LEN);
	ifq_start(ifq);
	KUNIT_EXPECT_EQ(test, ml_len(&tq->tq_sent), TESTQ_LEN);
	KUNIT_EXPECT_EQ(test, testq_next(test, tq), 1000);
	KUNIT_EXPECT_EQ(test, testq_next(test, tq), 1);
}

static void ifq_enqueue__stopped_refuses(struct kunit *test)
{
	struct testq *tq = test->priv;
	struct ifqueue *ifq = tq->tq_if.if_ifqs[0];

	ifq_stop(ifq);
	KUNIT_EXPECT_EQ(test, ifq_enqueue(ifq, testq_frame(test, 0, 0)), -ENETDOWN);
	ifq_start(ifq);
	KUNIT_EXPECT_EQ(test, tq->tq_starts, 0);
}

static void ifq_dequeue__higher_priority_first(struct kunit *test)
{
	static const u8 prios[] = { 0, 7, 3, 7, 0 };
	static const u32 order[] = { 1, 3, 2, 0, 4 };
	struct testq *tq = test->priv;
	struct ifqueue *ifq = tq->tq_if.if_ifqs[0];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(prios); i++)
		ifq_enqueue(ifq, testq_frame(test, i, prios[i]));
	ifq_start(ifq);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_EXPECT_EQ(test, testq_next(test, tq), order[i]);
}

static void ifq_start__sends_what_came_meanwhile(struct kunit *test)
{
	struct testq *tq = test->priv;
	struct ifqueue *ifq = tq->tq_if.if_ifqs[0];

	ifq_enqueue(ifq, testq_frame(test, 0, 0));
	tq->tq_late = testq_frame(test, 1, 0);
	ifq_start(ifq);
	KUNIT_EXPECT_EQ(test, tq->tq_starts, 2);
	KUNIT_EXPECT_EQ(test, ml_len(&tq->tq_sent), 2);
}

static void ifq_restart__goes_on_when_the_ring_has_room(struct kunit *test)
{
	struct testq *tq = test->priv;
	struct ifqueue *ifq = tq->tq_if.if_ifqs[0];
	u32 i;

	tq->tq_room = 2;
	for (i = 0; i < 5; i++)
		ifq_enqueue(ifq, testq_frame(test, i, 0));
	ifq_start(ifq);
	KUNIT_EXPECT_EQ(test, ml_len(&tq->tq_sent), 2);
	KUNIT_EXPECT_TRUE(test, ifq_is_oactive(ifq));
	ifq_start(ifq);
	KUNIT_EXPECT_EQ(test, tq->tq_starts, 1);
	tq->tq_room = 100;
	ifq_restart(ifq);
	KUNIT_EXPECT_FALSE(test, ifq_is_oactive(ifq));
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, testq_next(test, tq), i);
}

static void ifq_purge__frees_both_halves(struct kunit *test)
{
	struct testq *tq = test->priv;
	struct ifqueue *ifq = tq->tq_if.if_ifqs[0];
	u32 i;

	tq->tq_room = 1;
	for (i = 0; i < TESTQ_LEN; i++)
		ifq_enqueue(ifq, testq_frame(test, i, i % 8));
	ifq_start(ifq);
	KUNIT_EXPECT_EQ(test, ml_len(&tq->tq_sent), 1);
	ifq_stop(ifq);
	ifq_purge(ifq);
	KUNIT_EXPECT_TRUE(test, ifq_empty(ifq));
	KUNIT_EXPECT_TRUE(test, ml_empty(&ifq->ifq_ready));
	ifq_open(ifq);
	tq->tq_room = 10;
	ifq_restart(ifq);
	KUNIT_EXPECT_EQ(test, ml_len(&tq->tq_sent), 1);
}

static struct kunit_case ifq_test_cases[] = {
	KUNIT_CASE(ifq_enqueue__keeps_order_over_bulk),
	KUNIT_CASE(ifq_enqueue__full_drops_the_newcomer),
	KUNIT_CASE(ifq_enqueue__full_drops_lower_priority),
	KUNIT_CASE(ifq_enqueue__stopped_refuses),
	KUNIT_CASE(ifq_dequeue__higher_priority_first),
	KUNIT_CASE(ifq_start__sends_what_came_meanwhile),
	KUNIT_CASE(ifq_restart__goes_on_when_the_ring_has_room),
	KUNIT_CASE(ifq_purge__frees_both_halves),
	{}
};

struct kunit_suite bsdnet_ifq_suite = {
	.name = "bsdnet_ifq",
	.init = ifq_test_init,
	.exit = ifq_test_exit,
	.test_cases = ifq_test_cases,
};
