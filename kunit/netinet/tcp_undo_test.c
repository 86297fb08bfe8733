// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_undo_test.c - tests of kmod/netinet/tcp_undo.c against RFC 5682 2.1 and 3.1,
 * RFC 3522 3.2 and RFC 3708 2, and of what congestion controls do about it.
 */
#include <bsdnet/tcp_var.h>
#include "../suites.h"
#include <kunit/test.h>

#define MSS	1000
#define FIRST	0xfffff000U	/* so that numbers wrap */
#define AGAIN_AT 5000		/* when something is sent again */

static const struct tcp_seg plain;	/* says nothing but what it acknowledges */

/* Echoes that it was sent when something was sent again, and just before. */
static const struct tcp_seg late = {
	.ts_opts = { .to_flags = TO_TSTMP, .to_tsecr = AGAIN_AT },
};

static const struct tcp_seg early = {
	.ts_opts = { .to_flags = TO_TSTMP, .to_tsecr = AGAIN_AT - 1 },
};

/* Ten segments are under way, in a window of 20; what congestion avoidance knows is 7. */
static struct tcpcb *connection(struct kunit *test, u32 flags)
{
	struct tcpcb *tp = kunit_kzalloc(test, sizeof(*tp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tp);
	tp->t_flags = flags;
	tp->t_maxseg = MSS;
	tp->t_cc = &bsd_tcp_cc_cubic;
	tp->t_cubic.cu_k = 7;
	tp->snd_una = FIRST;
	tp->snd_recover = FIRST;
	tp->snd_max = FIRST + 10 * MSS;
	tp->snd_nxt = tp->snd_max;
	tp->snd_cwnd = 20 * MSS;
	tp->snd_ssthresh = 15 * MSS;
	tp->t_rack.rk_fack = FIRST;
	bsd_tcp_sent_init(&tp->t_sent, FIRST);
	bsd_tcp_sent_new(&tp->t_sent, tp->snd_max, 1);
	return tp;
}

/* The timer, for the @n-th time in a row. True if that may turn out needless. */
static bool time_out(struct tcpcb *tp, unsigned int n)
{
	bool ask;

	tp->t_rxtshift = n;
	ask = bsd_tcp_frto_timeout(tp);
	if (n == 1)
		tp->snd_ssthresh = tp->t_cc->cc_ssthresh(tp);
	tp->snd_cwnd = MSS;
	tp->snd_recover = tp->snd_max;
	tp->t_frto = FRTO_NONE;
	tp->snd_nxt = tp->snd_una + MSS;
	if (tp->t_flags & TF_SACK) {
		bsd_tcp_sent_lost_all(&tp->t_sent);
		bsd_tcp_sent_again(&tp->t_sent, tp->snd_una, tp->snd_una + MSS, 2);
	}
	if (ask)
		bsd_tcp_frto_begin(tp);
	return ask;
}

/* @segs more are acknowledged. */
static bool acknowledge(struct tcpcb *tp, u32 segs)
{
	struct tcp_delivery td = { .td_fack = tp->t_rack.rk_fack };

	tp->snd_una += segs * MSS;
	bsd_tcp_sent_acked(&tp->t_sent, tp->snd_una, &td);
	if (td.td_bytes)
		tp->t_rack.rk_fack = td.td_high;
	return bsd_tcp_frto_ack(tp, &plain, segs * MSS, td.td_bytes);
}

/* Two segments of new data. */
static void send_new(struct tcpcb *tp)
{
	tp->snd_max += 2 * MSS;
	tp->snd_nxt = tp->snd_max;
	bsd_tcp_sent_new(&tp->t_sent, tp->snd_max, 3);
}

static void bsd_tcp_frto_ack__late(struct kunit *test)
{
	static const u32 flags[] = { 0, TF_SACK };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct tcpcb *tp = connection(test, flags[i]);

		KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
		KUNIT_EXPECT_EQ(test, tp->snd_ssthresh, 7U * MSS);
		KUNIT_EXPECT_TRUE(test, acknowledge(tp, 1));
		KUNIT_EXPECT_EQ(test, tp->t_frto, FRTO_NEW);
		KUNIT_EXPECT_EQ(test, tp->snd_cwnd, (flags[i] ? 2U : 11U) * MSS);
		KUNIT_EXPECT_EQ(test, tp->snd_nxt == tp->snd_max, !flags[i]);
		send_new(tp);
		KUNIT_EXPECT_TRUE(test, acknowledge(tp, 1));
		KUNIT_EXPECT_EQ(test, tp->t_frto, FRTO_NONE);
		KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 20U * MSS);
		KUNIT_EXPECT_EQ(test, tp->snd_ssthresh, 15U * MSS);
		KUNIT_EXPECT_EQ(test, tp->snd_nxt, tp->snd_max);
		KUNIT_EXPECT_EQ(test, tp->snd_recover, tp->snd_una);
		KUNIT_EXPECT_EQ(test, tp->t_sent.sn_lost, 0U);
		KUNIT_EXPECT_EQ(test, tp->t_cubic.cu_k, 7U);
		KUNIT_EXPECT_EQ(test, tp->t_cubic.cu_wmax, 0U);
		bsd_tcp_sent_free(&tp->t_sent);
	}
}

/* RFC 5682 2.1, step 3a: all is sent again behind what is acknowledged. */
static void bsd_tcp_frto_ack__duplicate(struct kunit *test)
{
	struct tcpcb *tp = connection(test, 0);

	KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
	acknowledge(tp, 1);
	send_new(tp);
	KUNIT_EXPECT_TRUE(test, bsd_tcp_frto_ack(tp, &plain, 0, 0));
	KUNIT_EXPECT_EQ(test, tp->t_frto, FRTO_NONE);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 3U * MSS);
	KUNIT_EXPECT_EQ(test, tp->snd_nxt, tp->snd_una);
}

/* RFC 5682 3.1, step 3a: the new data has arrived before the old. */
static void bsd_tcp_frto_ack__overtaken(struct kunit *test)
{
	struct tcpcb *tp = connection(test, TF_SACK);

	KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
	acknowledge(tp, 1);
	send_new(tp);
	tp->t_rack.rk_fack = tp->snd_max;
	KUNIT_EXPECT_TRUE(test, bsd_tcp_frto_ack(tp, &plain, 0, MSS));
	KUNIT_EXPECT_EQ(test, tp->t_frto, FRTO_NONE);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 3U * MSS);
	KUNIT_EXPECT_EQ(test, tp->t_sent.sn_lost, 9U * MSS);
	bsd_tcp_sent_free(&tp->t_sent);
}

/* RFC 5682 2.1, step 2a: the only one that was sent again, or all that was sent. */
static void bsd_tcp_frto_ack__says_nothing(struct kunit *test)
{
	struct tcpcb *part = connection(test, 0);
	struct tcpcb *all = connection(test, 0);

	KUNIT_ASSERT_TRUE(test, time_out(part, 1));
	part->snd_una += MSS - 1;
	KUNIT_EXPECT_FALSE(test, bsd_tcp_frto_ack(part, &plain, MSS - 1, MSS - 1));
	KUNIT_EXPECT_EQ(test, part->t_frto, FRTO_NONE);
	KUNIT_ASSERT_TRUE(test, time_out(all, 1));
	KUNIT_EXPECT_FALSE(test, acknowledge(all, 10));
	KUNIT_EXPECT_EQ(test, all->t_frto, FRTO_NONE);
}

static void bsd_tcp_frto_timeout__again(struct kunit *test)
{
	struct tcpcb *tp = connection(test, 0);

	KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
	KUNIT_ASSERT_TRUE(test, time_out(tp, 2));
	acknowledge(tp, 1);
	acknowledge(tp, 1);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 20U * MSS);
}

/* A loss was being mended before, or the first answer has said nothing. */
static void bsd_tcp_frto_timeout__not_asked(struct kunit *test)
{
	struct tcpcb *tp = connection(test, 0);

	KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
	acknowledge(tp, 1);
	KUNIT_EXPECT_FALSE(test, time_out(tp, 1));
	KUNIT_EXPECT_FALSE(test, time_out(tp, 2));
	tp = connection(test, TF_RECOVERY);
	KUNIT_EXPECT_FALSE(test, time_out(tp, 1));
}

/* Congestion that was told of by marks stays. */
static void bsd_tcp_frto_ack__marked(struct kunit *test)
{
	struct tcpcb *tp = connection(test, 0);

	KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
	tp->t_undo.un_cwnd = 0;
	acknowledge(tp, 1);
	acknowledge(tp, 1);
	KUNIT_EXPECT_EQ(test, tp->t_frto, FRTO_NONE);
	KUNIT_EXPECT_EQ(test, tp->snd_ssthresh, 7U * MSS);
}

/* RFC 5682 2.1, step 2b: without new data, or a window for it, as ever. */
static void bsd_tcp_frto_output__nothing_new(struct kunit *test)
{
	static const struct {
		u32	cc;		/* segments from snd_una on */
		u32	wnd;
		bool	asks;
	} cases[] = {
		{ 12, 20, true }, { 9, 20, false }, { 12, 9, false }, { 12, 10, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tcpcb *tp = connection(test, 0);

		KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
		acknowledge(tp, 1);
		tp->snd_wnd = cases[i].wnd * MSS;
		bsd_tcp_frto_output(tp, cases[i].cc * MSS);
		KUNIT_EXPECT_EQ_MSG(test, tp->t_frto == FRTO_NEW, cases[i].asks, "%u", i);
		if (!cases[i].asks)
			KUNIT_EXPECT_EQ(test, tp->snd_nxt, tp->snd_una);
	}
}

/* RFC 3522: the first acknowledgment says it, in the middle of everything. */
static void bsd_tcp_frto_ack__echo(struct kunit *test)
{
	struct tcpcb *tp = connection(test, TF_TSTMP);

	KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
	tp->t_undo.un_at = AGAIN_AT;
	tp->snd_una += MSS;
	KUNIT_EXPECT_TRUE(test, bsd_tcp_frto_ack(tp, &early, MSS, MSS));
	KUNIT_EXPECT_EQ(test, tp->t_frto, FRTO_NONE);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 20U * MSS);
	KUNIT_EXPECT_EQ(test, tp->snd_nxt, tp->snd_max);
	tp = connection(test, TF_TSTMP);
	KUNIT_ASSERT_TRUE(test, time_out(tp, 1));
	tp->t_undo.un_at = AGAIN_AT;
	tp->snd_una += MSS;
	KUNIT_EXPECT_TRUE(test, bsd_tcp_frto_ack(tp, &late, MSS, MSS));
	KUNIT_EXPECT_EQ(test, tp->t_frto, FRTO_NEW);
}

/* A fast retransmit of the first @segs segments, one by one. */
static struct tcpcb *fast_retransmit(struct kunit *test, u32 flags, u32 segs)
{
	struct tcpcb *tp = connection(test, flags);

	bsd_tcp_undo_save(tp, false);
	tp->t_undo.un_at = AGAIN_AT;
	tp->t_undo.un_bytes = segs * MSS;
	tp->snd_ssthresh = tp->t_cc->cc_ssthresh(tp);
	tp->snd_cwnd = tp->snd_ssthresh;
	tp->snd_recover = tp->snd_max;
	tp->t_flags |= TF_RECOVERY;
	bsd_tcp_sent_again(&tp->t_sent, FIRST, FIRST + segs * MSS, 2);
	return tp;
}

/* @seg acknowledges one segment more. */
static bool mended(struct tcpcb *tp, const struct tcp_seg *seg)
{
	struct tcp_delivery td = { .td_fack = tp->snd_max };

	tp->snd_una += MSS;
	bsd_tcp_sent_acked(&tp->t_sent, tp->snd_una, &td);
	return bsd_tcp_undo_ack(tp, seg);
}

static void bsd_tcp_undo_ack__echo(struct kunit *test)
{
	struct tcpcb *tp = fast_retransmit(test, TF_TSTMP, 1);

	KUNIT_EXPECT_TRUE(test, mended(tp, &early));
	KUNIT_EXPECT_FALSE(test, tp->t_flags & TF_RECOVERY);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 20U * MSS);
	KUNIT_EXPECT_EQ(test, tp->snd_ssthresh, 15U * MSS);
	KUNIT_EXPECT_EQ(test, tp->t_cubic.cu_k, 7U);
	/* An echo of what was sent again: the next one says nothing, either. */
	tp = fast_retransmit(test, TF_TSTMP, 1);
	KUNIT_EXPECT_FALSE(test, mended(tp, &late));
	KUNIT_EXPECT_FALSE(test, mended(tp, &early));
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 7U * MSS);
}

/* Each of three that were sent again must have come without that. */
static void bsd_tcp_undo_ack__several(struct kunit *test)
{
	struct tcpcb *tp = fast_retransmit(test, TF_TSTMP | TF_SACK, 3);

	KUNIT_EXPECT_FALSE(test, mended(tp, &early));
	KUNIT_EXPECT_FALSE(test, mended(tp, &early));
	KUNIT_EXPECT_TRUE(test, mended(tp, &early));
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 20U * MSS);
	KUNIT_EXPECT_TRUE(test, tp->t_rack.rk_reordered);
}

static void duplicate(struct tcpcb *tp, u32 first, u32 end)
{
	bsd_tcp_undo_duplicate(tp, (struct tcp_block){ FIRST + first * MSS, FIRST + end * MSS });
}

/* RFC 3708 2: when all that was sent again has come twice. */
static void bsd_tcp_undo_duplicate__all(struct kunit *test)
{
	struct tcpcb *tp = fast_retransmit(test, TF_SACK, 2);

	duplicate(tp, 0, 1);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 7U * MSS);
	tp->snd_cwnd = 8 * MSS;
	tp->t_flags &= ~TF_RECOVERY;	/* it may be told behind the end of it */
	duplicate(tp, 1, 2);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 20U * MSS);
	KUNIT_EXPECT_EQ(test, tp->snd_ssthresh, 15U * MSS);
}

/* What is old, or more than was sent again, or too late. */
static void bsd_tcp_undo_duplicate__others(struct kunit *test)
{
	struct tcpcb *tp = fast_retransmit(test, TF_SACK, 2);

	duplicate(tp, -2, 0);
	duplicate(tp, 0, 3);
	duplicate(tp, 2, 0);
	tp->snd_max += MSS;
	tp->snd_una = tp->snd_max;
	duplicate(tp, 0, 2);
	KUNIT_EXPECT_EQ(test, tp->snd_cwnd, 7U * MSS);
	KUNIT_EXPECT_EQ(test, tp->t_undo.un_bytes, 2U * MSS);
}

static struct kunit_case tcp_undo_cases[] = {
	KUNIT_CASE(bsd_tcp_frto_ack__late),
	KUNIT_CASE(bsd_tcp_frto_ack__duplicate),
	KUNIT_CASE(bsd_tcp_frto_ack__overtaken),
	KUNIT_CASE(bsd_tcp_frto_ack__says_nothing),
	KUNIT_CASE(bsd_tcp_frto_timeout__again),
	KUNIT_CASE(bsd_tcp_frto_timeout__not_asked),
	KUNIT_CASE(bsd_tcp_frto_ack__marked),
	KUNIT_CASE(bsd_tcp_frto_output__nothing_new),
	KUNIT_CASE(bsd_tcp_frto_ack__echo),
	KUNIT_CASE(bsd_tcp_undo_ack__echo),
	KUNIT_CASE(bsd_tcp_undo_ack__several),
	KUNIT_CASE(bsd_tcp_undo_duplicate__all),
	KUNIT_CASE(bsd_tcp_undo_duplicate__others),
	{}
};

struct kunit_suite bsdnet_tcp_undo_suite = {
	.name = "bsdnet_tcp_undo",
	.test_cases = tcp_undo_cases,
};
