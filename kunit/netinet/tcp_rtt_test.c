// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_rtt_test.c - tests of kmod/netinet/tcp_rtt.c. RFC 6298
 */
#include <bsdnet/tcp_var.h>
#include "../suites.h"
#include <kunit/test.h>

static struct tcpcb *rtt_tcpcb(struct kunit *test)
{
	struct tcpcb *tp = kunit_kzalloc(test, sizeof(*tp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tp);
	bsd_tcp_rtt_reset(tp);
	return tp;
}

/* RFC 6298 2.1. */
static void bsd_tcp_rtt_reset__one_second(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, bsd_tcp_rexmtval(rtt_tcpcb(test)), 1000U);
}

/* RFC 6298 2.2: SRTT = R, RTTVAR = R/2, RTO = R + 4 * R/2. */
static void bsd_tcp_rtt_sample__first(struct kunit *test)
{
	struct tcpcb *tp = rtt_tcpcb(test);

	bsd_tcp_rtt_sample(tp, 100);
	KUNIT_EXPECT_EQ(test, tp->t_srtt >> 3, 100U);
	KUNIT_EXPECT_EQ(test, tp->t_rttvar >> 2, 50U);
	KUNIT_EXPECT_EQ(test, tp->t_rxtcur, 300U);
}

/* RFC 6298 2.3: RTTVAR = 3/4 * 50 + 1/4 * |100 - 180|, SRTT = 7/8 * 100 + 1/8 * 180. */
static void bsd_tcp_rtt_sample__second(struct kunit *test)
{
	struct tcpcb *tp = rtt_tcpcb(test);

	bsd_tcp_rtt_sample(tp, 100);
	bsd_tcp_rtt_sample(tp, 180);
	KUNIT_EXPECT_EQ(test, tp->t_srtt >> 3, 110U);
	KUNIT_EXPECT_EQ(test, tp->t_rttvar >> 2, 57U);
}

static void bsd_tcp_rtt_sample__settles(struct kunit *test)
{
	struct tcpcb *tp = rtt_tcpcb(test);
	unsigned int i;

	bsd_tcp_rtt_sample(tp, 5000);
	for (i = 0; i < 200; i++)
		bsd_tcp_rtt_sample(tp, 20);
	KUNIT_EXPECT_LE(test, tp->t_srtt >> 3, 21U);
	KUNIT_EXPECT_EQ(test, tp->t_rxtcur, 200U);
}

static void bsd_tcp_rtt_sample__limits(struct kunit *test)
{
	struct tcpcb *tp = rtt_tcpcb(test);

	bsd_tcp_rtt_sample(tp, 0);
	KUNIT_EXPECT_EQ(test, tp->t_rxtcur, 200U);
	bsd_tcp_rtt_reset(tp);
	bsd_tcp_rtt_sample(tp, 10000000);
	KUNIT_EXPECT_EQ(test, tp->t_rxtcur, 120000U);
	bsd_tcp_rtt_reset(tp);
	bsd_tcp_rtt_sample(tp, (u32)-1);
	KUNIT_EXPECT_EQ(test, tp->t_rxtcur, 200U);
}

/* RFC 6298 5.5. */
static void bsd_tcp_rexmtval__doubles(struct kunit *test)
{
	struct tcpcb *tp = rtt_tcpcb(test);
	u32 before = 0;

	for (tp->t_rxtshift = 0; tp->t_rxtshift < 7; tp->t_rxtshift++) {
		u32 now = bsd_tcp_rexmtval(tp);

		if (before)
			KUNIT_EXPECT_EQ(test, now, 2 * before);
		before = now;
	}
	tp->t_rxtshift = U8_MAX;
	KUNIT_EXPECT_EQ(test, bsd_tcp_rexmtval(tp), 120000U);
}

static struct kunit_case tcp_rtt_cases[] = {
	KUNIT_CASE(bsd_tcp_rtt_reset__one_second),
	KUNIT_CASE(bsd_tcp_rtt_sample__first),
	KUNIT_CASE(bsd_tcp_rtt_sample__second),
	KUNIT_CASE(bsd_tcp_rtt_sample__settles),
	KUNIT_CASE(bsd_tcp_rtt_sample__limits),
	KUNIT_CASE(bsd_tcp_rexmtval__doubles),
	{}
};

struct kunit_suite bsdnet_tcp_rtt_suite = {
	.name = "bsdnet_tcp_rtt",
	.test_cases = tcp_rtt_cases,
};
