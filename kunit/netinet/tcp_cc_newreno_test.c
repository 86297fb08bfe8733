// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_cc_newreno_test.c - tests of kmod/netinet/tcp_cc_newreno.c against RFC 5681 3.1,
 * RFC 3465 2 and RFC 6928 2.
 */
#include <bsdnet/tcp_var.h>
#include "../suites.h"
#include <kunit/test.h>

#define MSS	1000

static const struct tcp_cc *const reno = &bsd_tcp_cc_newreno;

static struct tcpcb *connection(struct kunit *test, u16 mss, u32 cwnd, u32 ssthresh)
{
	struct tcpcb *tp = kunit_kzalloc(test, sizeof(*tp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tp);
	tp->t_maxseg = mss;
	tp->snd_cwnd = cwnd;
	tp->snd_ssthresh = ssthresh;
	return tp;
}

static void newreno_init__window(struct kunit *test)
{
	static const u32 windows[][2] = {
		{ 500, 5000 }, { 1460, 14600 }, { 2190, 14600 }, { 8960, 17920 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(windows); i++) {
		struct tcpcb *tp = connection(test, windows[i][0], 0, 0);

		reno->cc_init(tp);
		KUNIT_EXPECT_EQ(test, tp->snd_cwnd, windows[i][1]);
		KUNIT_EXPECT_GT(test, tp->snd_ssthresh, (u32)TCP_MAXWIN << TCP_MAX_WINSHIFT);
	}
}

/* RFC 3465 2.2: no more than two segments an acknowledgment, whatever it covers. */
static void newreno_acked__slow_start(struct kunit *test)
{
	struct tcpcb *tp = connection(test, MSS, 10 * MSS, 100 * MSS);

	reno->cc_acked(tp, 10);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 10U * MSS + 10);
	reno->cc_acked(tp, 2 * MSS);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 12U * MSS + 10);
	reno->cc_acked(tp, 50 * MSS);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 14U * MSS + 10);
}

/* One segment a window, however many acknowledgments that takes. */
static void newreno_acked__avoidance(struct kunit *test)
{
	struct tcpcb *whole = connection(test, MSS, 20 * MSS, 10 * MSS);
	struct tcpcb *pieces = connection(test, MSS, 20 * MSS, 10 * MSS);
	unsigned int i;

	for (i = 0; i < 20; i++)
		reno->cc_acked(whole, MSS);
	KUNIT_EXPECT_LE(test, whole->snd_cwnd, 21U * MSS);
	KUNIT_EXPECT_GT(test, whole->snd_cwnd, 21U * MSS - 50);
	for (i = 0; i < 20 * 10; i++)
		reno->cc_acked(pieces, MSS / 10);
	KUNIT_EXPECT_LE(test, pieces->snd_cwnd, 21U * MSS);
	KUNIT_EXPECT_GT(test, pieces->snd_cwnd, 21U * MSS - 250);
}

static void newreno_acked__stays_in_bounds(struct kunit *test)
{
	u32 most = (u32)TCP_MAXWIN << TCP_MAX_WINSHIFT;
	struct tcpcb *tp = connection(test, 65483, most, U32_MAX);

	reno->cc_acked(tp, U32_MAX);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, most);
}

/* RFC 5681 equation 4: half of what is under way, two segments at least. */
static void newreno_ssthresh__half_the_flight(struct kunit *test)
{
	struct tcpcb *tp = connection(test, MSS, 100 * MSS, U32_MAX);

	tp->snd_una = U32_MAX - 5 * MSS;
	tp->snd_max = tp->snd_una + 40 * MSS;
	KUNIT_EXPECT_EQ(test, reno->cc_ssthresh(tp), 20U * MSS);
	tp->snd_max = tp->snd_una + MSS;
	KUNIT_EXPECT_EQ(test, reno->cc_ssthresh(tp), 2U * MSS);
}

static struct kunit_case tcp_cc_newreno_cases[] = {
	KUNIT_CASE(newreno_init__window),
	KUNIT_CASE(newreno_acked__slow_start),
	KUNIT_CASE(newreno_acked__avoidance),
	KUNIT_CASE(newreno_acked__stays_in_bounds),
	KUNIT_CASE(newreno_ssthresh__half_the_flight),
	{}
};

struct kunit_suite bsdnet_tcp_cc_newreno_suite = {
	.name = "bsdnet_tcp_cc_newreno",
	.test_cases = tcp_cc_newreno_cases,
};
