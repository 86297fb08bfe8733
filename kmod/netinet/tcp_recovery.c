// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_recovery.c - an acknowledgment of a connection with selective acknowledgments:
 * what has arrived, what is lost, and how much may be sent while that is mended.
 *
 * Receive path: tcp_ack.c -> here -> tcp_sent.c (what is under way), tcp_rack.c (what
 * of it is lost) -> tcp_output.c at the end of the run, which sends what is lost first.
 *
 * While a loss is mended, the window follows what arrives, so that as much leaves as
 * is proportionate (PRR), and is the congestion control's when that is done.
 *
 * Context: section, PCB locked.
 * Source: RFC 6675 (pipe), RFC 6937 (PRR), RFC 8985, RFC 2883 (duplicates).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/netstack.h>
#include <linux/math64.h>
#include <linux/minmax.h>

/**
 * bsd_tcp_rewind() - nothing that is under way will arrive: send it again
 * @tp: synchronized connection
 *
 * Context: PCB locked.
 */
void bsd_tcp_rewind(struct tcpcb *tp)
{
	tp->t_frto = FRTO_NONE;
	if (tp->t_flags & TF_SACK)
		bsd_tcp_sent_lost_all(&tp->t_sent);
	else
		tp->snd_nxt = tp->snd_una;
}

/* RFC 2883 4: the first block says that something came twice. */
static bool sack_is_duplicate(const struct tcp_seg *seg)
{
	struct tcp_block first = bsd_tcp_sack_block(&seg->ts_opts, 0);
	struct tcp_block second;

	if (seq_leq(first.tb_end, seg->ts_ack))
		return true;
	if (seg->ts_opts.to_nsack < 2)
		return false;
	second = bsd_tcp_sack_block(&seg->ts_opts, 1);
	return seq_geq(first.tb_start, second.tb_start) && seq_leq(first.tb_end, second.tb_end);
}

/*
 * What the peer acknowledges selectively. Both ends of a block are compared with what
 * is under way before they are with anything else: a block that begins before snd_una
 * must not be taken for one that is 2^31 ahead.
 */
static bool sack_blocks(struct tcpcb *tp, const struct tcp_seg *seg, struct tcp_delivery *td)
{
	u32 flight = tp->snd_max - tp->snd_una;
	bool duplicate = sack_is_duplicate(seg);
	unsigned int i;

	for (i = duplicate ? 1 : 0; i < seg->ts_opts.to_nsack; i++) {
		struct tcp_block b = bsd_tcp_sack_block(&seg->ts_opts, i);
		u32 start = b.tb_start - tp->snd_una;
		u32 end = b.tb_end - tp->snd_una;

		if (start >= end || end > flight) {
			if (seq_gt(b.tb_end, tp->snd_una))	/* else it is only old */
				counter_inc(TS_RCVBADSACK);
			continue;
		}
		if (!bsd_tcp_sent_sacked(&tp->t_sent, b.tb_start, b.tb_end, td))
			counter_inc(TS_SACKLIMIT);
	}
	return duplicate;
}

/* RFC 6937 3.1; @delivered for the first time by this acknowledgment. */
static void recovery_window(struct tcpcb *tp, u32 delivered)
{
	struct tcp_prr *pp = &tp->t_prr;
	u32 pipe = tcp_pipe(tp);
	u32 mss = tp->t_maxseg;
	s64 room;

	pp->pp_delivered += delivered;
	if (pipe > tp->snd_ssthresh)
		room = (s64)div_u64((u64)pp->pp_delivered * tp->snd_ssthresh + pp->pp_flight - 1,
				    pp->pp_flight) - pp->pp_out;
	else
		room = min_t(s64, tp->snd_ssthresh - pipe,
			     max_t(s64, (s64)pp->pp_delivered - pp->pp_out, delivered) + mss);
	if (!pp->pp_out)
		room = max_t(s64, room, mss);	/* the segment that was found lost */
	tp->snd_cwnd = pipe + max_t(s64, room, 0);
}

/* Something is lost, for the first time in this window. */
static void recovery_enter(struct tcpcb *tp)
{
	counter_inc(TS_FASTREXMIT);
	bsd_tcp_undo_save(tp, false);
	tp->t_frto = FRTO_NONE;		/* all that it asked about has arrived */
	tp->t_flags |= TF_RECOVERY;
	tp->snd_recover = tp->snd_max;
	tp->snd_ssthresh = tp->t_cc->cc_ssthresh(tp);
	tp->t_rtttime = 0;
	bsd_tcp_ecn_reduced(tp);
	tp->t_prr = (struct tcp_prr){ .pp_flight = tp->snd_max - tp->snd_una };
	bsd_tcp_timer_disarm(tp, TCPT_PROBE);
	bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
}

/* Everything that was under way then has arrived. */
static void recovery_leave(struct tcpcb *tp)
{
	tp->t_flags &= ~TF_RECOVERY;
	tp->snd_cwnd = tp->snd_ssthresh;
	bsd_tcp_rack_recovered(tp);
}

/**
 * bsd_tcp_recovery_ack() - an acknowledgment, of a connection with TF_SACK
 * @tp:      connection; snd_una is up to date, snd_max not less
 * @seg:     segment that acknowledges
 * @acked:   bytes that snd_una went on
 * @limited: the congestion window was used, and may grow
 *
 * Context: Section, PCB locked.
 */
void bsd_tcp_recovery_ack(struct tcpcb *tp, const struct tcp_seg *seg, u32 acked, bool limited)
{
	struct tcp_delivery td = { .td_fack = tp->t_rack.rk_fack };
	bool duplicate = false;
	u32 now = seg->ts_time.tm_us;

	if (acked)
		bsd_tcp_sent_acked(&tp->t_sent, tp->snd_una, &td);
	if (unlikely(seg->ts_opts.to_nsack))
		duplicate = sack_blocks(tp, seg, &td);
	if (td.td_bytes) {
		bsd_tcp_rack_update(tp, &td, now);
		tp->t_flags |= TF_OUTPUT;
	}
	if (unlikely(duplicate)) {
		bsd_tcp_rack_duplicate(tp);
		bsd_tcp_undo_duplicate(tp, bsd_tcp_sack_block(&seg->ts_opts, 0));
	}
	if (unlikely(bsd_tcp_probe_acked(tp, duplicate)) && !(tp->t_flags & TF_RECOVERY)) {
		tp->snd_ssthresh = max(tp->t_cc->cc_ssthresh(tp), tp->t_rack.rk_flight / 2);
		tp->snd_cwnd = min(tp->snd_cwnd, tp->snd_ssthresh);
		tp->t_undo.un_cwnd = 0;
		bsd_tcp_ecn_reduced(tp);
	}
	if (tp->t_flags & TF_RECOVERY && !(acked && bsd_tcp_undo_ack(tp, seg)) &&
	    seq_geq(tp->snd_una, tp->snd_recover))
		recovery_leave(tp);
	if (td.td_bytes && (tp->t_sent.sn_sacked || seq_lt(tp->snd_una, tp->snd_recover)) &&
	    bsd_tcp_rack_detect(tp, now) && !(tp->t_flags & TF_RECOVERY) &&
	    seq_geq(tp->snd_una, tp->snd_recover))
		recovery_enter(tp);
	if (tp->t_flags & TF_RECOVERY) {
		if (td.td_bytes)
			recovery_window(tp, td.td_bytes);
	} else if (!(unlikely(tp->t_frto) && bsd_tcp_frto_ack(tp, seg, acked, td.td_bytes)) &&
		   acked && limited) {
		tp->t_cc->cc_acked(tp, acked);
	}
	bsd_tcp_probe_arm(tp);
}

/**
 * bsd_tcp_recovery_late() - what was late is lost: the timer of tcp_rack.c
 * @tp: connection
 * @ns: section
 *
 * Context: Section, PCB locked.
 * Source:  RFC 8985 6.3.
 */
void bsd_tcp_recovery_late(struct tcpcb *tp, struct netstack *ns)
{
	if (!bsd_tcp_rack_detect(tp, bsd_tcp_time().tm_us))
		return;
	if (!(tp->t_flags & TF_RECOVERY) && seq_geq(tp->snd_una, tp->snd_recover))
		recovery_enter(tp);
	if (tp->t_flags & TF_RECOVERY)
		recovery_window(tp, 0);
	bsd_tcp_output(tp, ns);
}
