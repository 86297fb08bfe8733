// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ifq_fqcodel_test.c - FQ-CoDel (kmod/net/ifq_fqcodel.c) with a clock that the test
 * drives: whose turn it is, when frames go, and which are marked instead.
 *
 * The interface is not attached: a queue needs only its counters. Frames are taken
 * one at a time, as a wire would.
 */
#include <kunit/test.h>
#include "../suites.h"
#include <bsdnet/driver.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/ifq.h>
#include <bsdnet/in.h>
#include <bsdnet/ip.h>

#define TESTC_LEN	1000	/* bytes of a frame */
#define TESTC_MS	1000000ULL

struct testc {
	struct ifnet	 tc_if;
	struct ifqueue	*tc_ifq;
	struct mbuf_list tc_drops;
};

static void testc_start(struct ifqueue *ifq)
{
}

static int ifq_fqcodel_test_init(struct kunit *test)
{
	struct testc *tc = kunit_kzalloc(test, sizeof(*tc), GFP_KERNEL);

	if (!tc)
		return -ENOMEM;
	test->priv = tc;
	tc->tc_if.if_type = BSD_IFT_ETHER;
	if (if_counters_alloc(&tc->tc_if))
		return -ENOMEM;
	if (if_alloc_queues(&tc->tc_if, 1, testc_start) || if_setqdisc(&tc->tc_if, "fq_codel")) {
		if_free_queues(&tc->tc_if);
		if_counters_free(&tc->tc_if);
		return -ENOMEM;
	}
	tc->tc_ifq = tc->tc_if.if_ifqs[0];
	ifq_open(tc->tc_ifq);
	fqc_testtime = TESTC_MS;
	return 0;
}

static void ifq_fqcodel_test_exit(struct kunit *test)
{
	struct testc *tc = test->priv;

	fqc_testtime = 0;
	if (!tc || !tc->tc_ifq)
		return;
	ml_purge(&tc->tc_drops);
	if_free_queues(&tc->tc_if);
	if_counters_free(&tc->tc_if);
}

/* A frame with an IP header, of flow @flow, with @number for its IP id. */
static struct mbuf *testc_frame(struct kunit *test, u32 flow, u16 number, u8 tos)
{
	struct mbuf *m = m_gethdr(M_WAIT);
	struct ether_header *eh;
	struct ip *ip;

	KUNIT_ASSERT_NOT_NULL(test, m);
	eh = mtod(m, struct ether_header *);
	ip = (struct ip *)(eh + 1);
	memset(eh, 0, sizeof(*eh) + sizeof(*ip));
	eh->ether_type = htons(ETH_P_IP);
	ip->ip_v = IPVERSION;
	ip->ip_hl = sizeof(*ip) >> 2;
	ip->ip_tos = tos;
	ip->ip_id = htons(number);
	ip->ip_ttl = 64;
	ip->ip_sum = (__force __sum16)in_cksum_buf(ip, sizeof(*ip));
	m->m_len = sizeof(*eh) + sizeof(*ip);
	m->m_pkthdr.len = TESTC_LEN;	/* what a wire would carry */
	m->m_pkthdr.ph_flowid = flow;
	m->m_flags |= M_FLOWID;
	return m;
}

static void testc_fill(struct kunit *test, u32 flow, unsigned int n, u8 tos)
{
	struct testc *tc = test->priv;
	unsigned int i;

	for (i = 0; i < n; i++)
		KUNIT_ASSERT_EQ(test, ifq_enqueue(tc->tc_ifq, testc_frame(test, flow, i, tos)), 0);
}

/* The next frame, with the drops before it counted in *@drops. */
static struct mbuf *testc_take(struct testc *tc, unsigned int *drops)
{
	struct ifqueue *ifq = tc->tc_ifq;
	struct mbuf *m;

	spin_lock(&ifq->ifq_lock);
	m = ifq->ifq_disc->ifqd_deq(ifq, &tc->tc_drops);
	ifq->ifq_len -= ml_len(&tc->tc_drops) + !!m;
	spin_unlock(&ifq->ifq_lock);
	*drops = ml_len(&tc->tc_drops);
	ml_purge(&tc->tc_drops);
	return m;
}

/* Flow and number of the next frame; it is sent. */
static u32 testc_next(struct kunit *test, unsigned int *number)
{
	struct testc *tc = test->priv;
	unsigned int drops;
	struct mbuf *m = testc_take(tc, &drops);
	const struct ip *ip;
	u32 flow;

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, drops, 0U);
	ip = (const struct ip *)(mtod(m, struct ether_header *) + 1);
	*number = ntohs(ip->ip_id);
	flow = m->m_pkthdr.ph_flowid;
	m_freem(m);
	return flow;
}

/* Take a frame at @ms; how many were dropped before it. */
static unsigned int testc_drops_at(struct kunit *test, unsigned int ms)
{
	unsigned int drops;
	struct mbuf *m;

	fqc_testtime = (1 + ms) * TESTC_MS;
	m = testc_take(test->priv, &drops);
	KUNIT_EXPECT_NOT_NULL(test, m);
	m_freem(m);
	return drops;
}

static void fqcodel__flows_take_turns(struct kunit *test)
{
	unsigned int sent[2] = {}, n;
	unsigned int i;

	testc_fill(test, 1, 50, 0);
	testc_fill(test, 2, 50, 0);
	for (i = 0; i < 40; i++)
		sent[testc_next(test, &n) - 1]++;
	/* A turn is 1514 bytes, so two frames of 1000 at most run ahead. */
	KUNIT_EXPECT_LE(test, abs((int)sent[0] - (int)sent[1]), 2);
}

static void fqcodel__keeps_the_order_of_a_flow(struct kunit *test)
{
	unsigned int i, n;

	testc_fill(test, 7, 20, 0);
	for (i = 0; i < 20; i++) {
		KUNIT_EXPECT_EQ(test, testc_next(test, &n), 7U);
		KUNIT_EXPECT_EQ(test, n, i);
	}
}

static void fqcodel__new_flow_goes_first(struct kunit *test)
{
	unsigned int n;

	testc_fill(test, 1, 50, 0);
	testc_next(test, &n);
	testc_next(test, &n);
	testc_next(test, &n);
	testc_fill(test, 2, 1, 0);
	KUNIT_EXPECT_EQ(test, testc_next(test, &n), 2U);
}

static void fqcodel__short_waits_drop_nothing(struct kunit *test)
{
	unsigned int i;

	testc_fill(test, 1, 200, 0);
	for (i = 0; i < 200; i++)
		KUNIT_EXPECT_EQ(test, testc_drops_at(test, 4), 0U);
}

static void fqcodel__drops_after_an_interval_and_ever_sooner(struct kunit *test)
{
	testc_fill(test, 1, 100, 0);
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 20), 0U);	/* above the target from here */
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 119), 0U);
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 121), 1U);	/* next in 100 ms */
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 220), 0U);
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 222), 1U);	/* 100 / sqrt(2) = 70.7 */
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 291), 0U);
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 293), 1U);	/* 57.7 */
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 348), 0U);
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 351), 1U);
}

static void fqcodel__last_frames_of_a_flow_stay(struct kunit *test)
{
	struct testc *tc = test->priv;

	tc->tc_if.if_mtu = 1500;
	testc_fill(test, 1, 2, 0);
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 200), 0U);
	KUNIT_EXPECT_EQ(test, testc_drops_at(test, 900), 0U);
}

static void fqcodel__marks_who_knows_ecn(struct kunit *test)
{
	struct testc *tc = test->priv;
	unsigned int drops;
	const struct ip *ip;
	struct mbuf *m;

	testc_fill(test, 1, 100, 0x02);	/* RFC 3168 5: the ends know ECN */
	testc_drops_at(test, 20);
	fqc_testtime = 150 * TESTC_MS;
	m = testc_take(tc, &drops);
	KUNIT_ASSERT_NOT_NULL(test, m);
	ip = (const struct ip *)(mtod(m, struct ether_header *) + 1);
	KUNIT_EXPECT_EQ(test, drops, 0U);
	KUNIT_EXPECT_EQ(test, ip->ip_tos, 0x03);
	KUNIT_EXPECT_EQ(test, in_cksum_buf(ip, sizeof(*ip)), 0);
	m_freem(m);
}

static void fqcodel__full_queue_sheds_the_longest_flow(struct kunit *test)
{
	struct testc *tc = test->priv;
	unsigned int i, n, other = 0;

	tc->tc_ifq->ifq_maxlen = 100;
	testc_fill(test, 1, 90, 0);
	testc_fill(test, 2, 10, 0);
	testc_fill(test, 3, 1, 0);
	KUNIT_EXPECT_LT(test, tc->tc_ifq->ifq_len, 70U);
	KUNIT_EXPECT_EQ(test, tc->tc_ifq->ifq_qdrops, 101 - tc->tc_ifq->ifq_len);
	for (i = tc->tc_ifq->ifq_len; i; i--)
		other += testc_next(test, &n) != 1;
	KUNIT_EXPECT_EQ(test, other, 11U);
}

static void if_setqdisc__keeps_what_waits(struct kunit *test)
{
	struct testc *tc = test->priv;
	unsigned int i, n;

	testc_fill(test, 1, 20, 0);
	tc->tc_ifq->ifq_maxlen = 20;	/* it is full */
	KUNIT_EXPECT_EQ(test, if_setqdisc(&tc->tc_if, "none"), -EINVAL);
	KUNIT_EXPECT_EQ(test, if_setqdisc(&tc->tc_if, "priq"), 0);
	KUNIT_EXPECT_STREQ(test, if_getqdisc(&tc->tc_if), "priq");
	KUNIT_EXPECT_EQ(test, tc->tc_ifq->ifq_len, 20U);
	KUNIT_EXPECT_EQ(test, if_setqdisc(&tc->tc_if, "fq_codel"), 0);
	for (i = 0; i < 20; i++) {
		KUNIT_EXPECT_EQ(test, testc_next(test, &n), 1U);
		KUNIT_EXPECT_EQ(test, n, i);
	}
}

static struct kunit_case ifq_fqcodel_test_cases[] = {
	KUNIT_CASE(fqcodel__flows_take_turns),
	KUNIT_CASE(fqcodel__keeps_the_order_of_a_flow),
	KUNIT_CASE(fqcodel__new_flow_goes_first),
	KUNIT_CASE(fqcodel__short_waits_drop_nothing),
	KUNIT_CASE(fqcodel__drops_after_an_interval_and_ever_sooner),
	KUNIT_CASE(fqcodel__last_frames_of_a_flow_stay),
	KUNIT_CASE(fqcodel__marks_who_knows_ecn),
	KUNIT_CASE(fqcodel__full_queue_sheds_the_longest_flow),
	KUNIT_CASE(if_setqdisc__keeps_what_waits),
	{}
};

struct kunit_suite bsdnet_ifq_fqcodel_suite = {
	.name = "bsdnet_ifq_fqcodel",
	.init = ifq_fqcodel_test_init,
	.exit = ifq_fqcodel_test_exit,
	.test_cases = ifq_fqcodel_test_cases,
};
