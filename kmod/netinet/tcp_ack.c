// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_ack.c - what a segment acknowledges, and what that says of the path.
 *
 * Receive path: tcp_segment.c -> here -> sockbuf.c (data is let go), tcp_rtt.c, the
 * congestion control. With selective acknowledgments losses are tcp_recovery.c's;
 * without them they are found by three duplicates and mended segment by segment
 * (NewReno).
 *
 * Context: section, PCB locked.
 * Source: RFC 9293 3.10.7.4; RFC 5681 (fast retransmit); RFC 6582 (recovery);
 * RFC 5961 5 (acknowledgments that cannot be).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/minmax.h>

#define TCP_RTT_SANE	(10U * 60 * 1000)	/* ms: an echo of more is none of ours */
#define TCP_DUPTHRESH	3	/* duplicates that mean a loss (RFC 5681 3.2) */

/* Send the oldest segment again, whatever the window says. */
static void ack_retransmit(struct tcpcb *tp, struct netstack *ns)
{
	u16 mss = tp->t_maxseg;
	u32 next = tp->snd_nxt;
	u32 cwnd = tp->snd_cwnd;

	tp->t_rtttime = 0;
	tp->snd_nxt = tp->snd_una;
	tp->snd_cwnd = tp->t_maxseg;
	bsd_tcp_output(tp, ns);
	tp->snd_cwnd = cwnd;
	if (tp->t_maxseg == mss)	/* else all goes again, in smaller ones */
		tp->snd_nxt = seq_max(tp->snd_nxt, next);
}

/* RFC 5681 3.2, RFC 6582 3.2. */
static void ack_duplicate(struct tcpcb *tp, const struct tcp_seg *seg, struct netstack *ns)
{
	if (tp->t_dupacks < U8_MAX)
		tp->t_dupacks++;
	if (unlikely(tp->t_frto) && bsd_tcp_frto_ack(tp, seg, 0, 0))
		return;
	if (tp->t_flags & TF_RECOVERY) {
		/* A segment has left the network. */
		tp->snd_cwnd = min_t(u32, tp->snd_cwnd + tp->t_maxseg,
				     (u32)TCP_MAXWIN << TCP_MAX_WINSHIFT);
		tp->t_flags |= TF_OUTPUT;
		return;
	}
	if (tp->t_dupacks != TCP_DUPTHRESH || seq_lt(tp->snd_una, tp->snd_recover))
		return;
	counter_inc(TS_FASTREXMIT);
	bsd_tcp_undo_save(tp, false);
	tp->t_flags |= TF_RECOVERY;
	tp->snd_recover = tp->snd_max;
	tp->snd_ssthresh = tp->t_cc->cc_ssthresh(tp);
	bsd_tcp_ecn_reduced(tp);
	ack_retransmit(tp, ns);
	tp->snd_cwnd = tp->snd_ssthresh + TCP_DUPTHRESH * tp->t_maxseg;
	bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
	tp->t_flags |= TF_OUTPUT;
}

/* More is acknowledged while a loss is mended. */
static void ack_recovery(struct tcpcb *tp, const struct tcp_seg *seg, u32 acked,
			 struct netstack *ns)
{
	u32 ack = seg->ts_ack;

	if (bsd_tcp_undo_ack(tp, seg))
		return;
	if (seq_geq(ack, tp->snd_recover)) {
		u32 flight = tp->snd_max - ack;

		tp->t_flags &= ~TF_RECOVERY;
		tp->snd_cwnd = min_t(u32, tp->snd_ssthresh,
				     max_t(u32, flight, tp->t_maxseg) + tp->t_maxseg);
		return;
	}
	/* A partial one: the next segment was lost, too. */
	if (tp->snd_cwnd > tp->t_maxseg)	/* which may have grown meanwhile */
		tp->snd_cwnd -= min(acked, tp->snd_cwnd - tp->t_maxseg);
	if (acked >= tp->t_maxseg)
		tp->snd_cwnd += tp->t_maxseg;
	ack_retransmit(tp, ns);
}

/* How long did it take? RFC 7323 4.1, or the segment that is timed. */
static void ack_rtt(struct tcpcb *tp, const struct tcp_seg *seg)
{
	u32 now = seg->ts_time.tm_ms;

	if (tp->t_flags & TF_TSTMP && seg->ts_opts.to_flags & TO_TSTMP &&
	    seg->ts_opts.to_tsecr) {
		u32 sent = seg->ts_opts.to_tsecr - tp->ts_offset;

		if (now - sent < TCP_RTT_SANE)
			bsd_tcp_rtt_sample(tp, now - sent);
	} else if (tp->t_rtttime && seq_gt(seg->ts_ack, tp->t_rtseq)) {
		bsd_tcp_rtt_sample(tp, now - tp->t_rtttime);
	}
	if (seq_gt(seg->ts_ack, tp->t_rtseq))
		tp->t_rtttime = 0;
}

/* Our FIN is acknowledged. */
static u32 ack_fin(struct tcpcb *tp)
{
	switch (tp->t_state) {
	case TCPS_FIN_WAIT_1:
		bsd_tcp_halfclosed(tp);
		return SOW_ALL;		/* whoever lingers */
	case TCPS_CLOSING:
		bsd_tcp_timewait(tp);
		return SOW_ALL;
	case TCPS_LAST_ACK:
		return bsd_tcp_close(tp);
	}
	return 0;
}

/*
 * Was the congestion window what held us back? If not, nothing was learnt that would
 * let it grow (RFC 5681 4.1 forbids what an idle connection would do with it).
 */
static bool ack_cwnd_limited(const struct tcpcb *tp)
{
	u32 flight = tp->snd_max - tp->snd_una;

	if (tp->snd_cwnd < tp->snd_ssthresh)
		return 2 * flight >= tp->snd_cwnd;
	return flight + tp->t_maxseg >= tp->snd_cwnd;
}

/* Bytes are acknowledged for the first time. */
static u32 ack_new(struct tcpcb *tp, const struct tcp_seg *seg, struct netstack *ns)
{
	struct bsd_socket *so = tcp_so(tp);
	u32 acked = seg->ts_ack - tp->snd_una;
	u32 cc = READ_ONCE(so->so_snd.sb_cc);
	u32 data = min(acked, cc);
	bool fin = tp->t_flags & TF_SENTFIN && acked > cc;
	bool limited = ack_cwnd_limited(tp) && !(tp->t_flags & TF_ECN &&
						 seg->ts_flags & BSD_TH_ECE);
	u32 wake = 0;

	ack_rtt(tp, seg);
	tp->t_rxtshift = 0;
	tp->t_softerror = 0;
	tp->t_dupacks = 0;
	if (data) {
		bsd_tcp_snd_drop(tp, data);
		if (sb_writable(&so->so_snd))
			wake |= SOW_WRITE;
	}
	tp->snd_una = seg->ts_ack;
	tp->snd_nxt = seq_max(tp->snd_nxt, tp->snd_una);
	if (tp->snd_una == tp->snd_max)
		bsd_tcp_timer_disarm(tp, TCPT_REXMT);
	else
		bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
	tp->t_flags |= TF_OUTPUT;
	if (tp->t_flags & TF_SACK)
		bsd_tcp_recovery_ack(tp, seg, acked, limited);
	else if (tp->t_flags & TF_RECOVERY)
		ack_recovery(tp, seg, acked, ns);
	else if (!(unlikely(tp->t_frto) && bsd_tcp_frto_ack(tp, seg, acked, acked)) &&
		 limited)
		tp->t_cc->cc_acked(tp, acked);
	if (!(tp->t_flags & TF_RECOVERY))
		tp->snd_recover = seq_max(tp->snd_recover, tp->snd_una);
	if (fin)
		wake |= ack_fin(tp);
	return wake;
}

/*
 * Nothing is acknowledged that was not before. RFC 5681 2: is it a duplicate, which
 * says that something behind has arrived? An answer to a window probe is none.
 */
static void ack_old(struct tcpcb *tp, const struct tcp_seg *seg, struct netstack *ns)
{
	if (tp->t_flags & TF_SACK) {
		if (seg->ts_opts.to_nsack)
			bsd_tcp_recovery_ack(tp, seg, 0, false);
		else if (tp->t_flags & TF_PROBED && seg->ts_ack == tp->snd_una &&
			 !seg->ts_len && !seg->ts_cut && tp->snd_una == tp->t_rack.rk_probe)
			tp->t_flags &= ~TF_PROBED;	/* RFC 8985 7.4.2: both arrived */
		return;
	}
	if (seg->ts_ack == tp->snd_una && !seg->ts_len && !seg->ts_cut &&
	    !(seg->ts_flags & BSD_TH_FIN) &&
	    seg->ts_win << tp->snd_scale == tp->snd_wnd && tp->snd_una != tp->snd_max &&
	    !tcp_timer_active(tp, TCPT_PERSIST))
		ack_duplicate(tp, seg, ns);
}

/* RFC 9293 3.10.7.4: is its window newer than the one we know? */
static void ack_window(struct tcpcb *tp, const struct tcp_seg *seg)
{
	u32 win = seg->ts_win << tp->snd_scale;

	if (!(seq_lt(tp->snd_wl1, seg->ts_seq) ||
	      (tp->snd_wl1 == seg->ts_seq && seq_leq(tp->snd_wl2, seg->ts_ack))))
		return;
	tp->snd_wl1 = seg->ts_seq;
	tp->snd_wl2 = seg->ts_ack;
	if (win != tp->snd_wnd)
		tp->t_flags |= TF_OUTPUT;
	tp->snd_wnd = win;
	tp->snd_maxwnd = max(tp->snd_maxwnd, win);
	if (win && tcp_timer_active(tp, TCPT_PERSIST)) {
		bsd_tcp_timer_disarm(tp, TCPT_PERSIST);
		tp->t_rxtshift = 0;
		bsd_tcp_rewind(tp);	/* what the probe carried */
		tp->t_flags |= TF_OUTPUT;
	}
}

/* The third segment of a handshake in which both have called. */
static bool ack_handshake(struct tcpcb *tp, struct tcp_seg *seg, struct netstack *ns, u32 *wake)
{
	struct mbuf *m = seg->ts_m;

	if (seq_leq(seg->ts_ack, tp->snd_una) || seq_gt(seg->ts_ack, tp->snd_max)) {
		counter_inc(TS_RCVBADACK);
		seg->ts_m = NULL;
		bsd_tcp_reset(m, seg, tcp_signed(tp), ns);
		return false;
	}
	tp->snd_una = tp->iss + 1;
	tp->snd_nxt = seq_max(tp->snd_nxt, tp->snd_una);
	tp->snd_wnd = seg->ts_win << tp->snd_scale;
	tp->snd_maxwnd = max(tp->snd_maxwnd, tp->snd_wnd);
	bsd_tcp_timer_disarm(tp, TCPT_REXMT);
	*wake |= bsd_tcp_established(tp);
	return true;
}

/**
 * bsd_tcp_ack() - the acknowledgment and the window of a segment
 * @tp:   connection
 * @seg:  segment in the window, with BSD_TH_ACK; ts_m is NULL after if it was used
 * @ns:   section
 * @wake: SOW_* to wake are added
 *
 * Context: Section, PCB locked; the connection may be CLOSED after.
 * Return:  false if the segment goes no further.
 */
bool bsd_tcp_ack(struct tcpcb *tp, struct tcp_seg *seg, struct netstack *ns, u32 *wake)
{
	u32 ack = seg->ts_ack;
	u32 oldest;

	if (unlikely(tp->t_state == TCPS_SYN_RECEIVED) && !ack_handshake(tp, seg, ns, wake))
		return false;
	/* RFC 5961 5.2; and of bytes before the first nothing is acknowledged. */
	oldest = tp->snd_una - min(tp->snd_maxwnd, tp->snd_una - tp->iss);
	if (unlikely(seq_gt(ack, tp->snd_max) || seq_lt(ack, oldest))) {
		counter_inc(TS_RCVBADACK);
		bsd_tcp_challenge(tp, ns);	/* RFC 5961 5.2 */
		return false;
	}
	if (unlikely(tp->t_flags & TF_SYNACK)) {
		if (seq_lt(ack, tp->snd_una)) {	/* it has not seen our number yet */
			counter_inc(TS_RCVBADACK);
			bsd_tcp_challenge(tp, ns);
			return false;
		}
		bsd_tcp_fastopen_acked(tp);
	}
	if (seq_gt(ack, tp->snd_una)) {
		*wake |= ack_new(tp, seg, ns);
		if (tp->t_state == TCPS_CLOSED)
			return false;
	} else {
		ack_old(tp, seg, ns);
	}
	ack_window(tp, seg);
	return true;
}
