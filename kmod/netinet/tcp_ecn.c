// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_ecn.c - congestion that routers mark instead of dropping packets.
 *
 * Receive path: tcp_segment.c -> here, of connections whose both sides said in their
 * SYNs that they know of it (TF_ECN): tcp_listen.c, tcp_syncache.c. Send path:
 * tcp_output.c marks new data as capable and says what is to be said.
 *
 * Context: PCB locked.
 * Source: RFC 3168 6.1.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/ip.h>
#include <linux/minmax.h>

/**
 * bsd_tcp_ecn_reduced() - the congestion window was reduced: the peer is told so
 * @tp: connection
 *
 * It is not reduced again for what is under way now.
 *
 * Context: PCB locked.
 * Source:  RFC 3168 6.1.2.
 */
void bsd_tcp_ecn_reduced(struct tcpcb *tp)
{
	if (!(tp->t_flags & TF_ECN))
		return;
	tp->t_flags |= TF_CWR;
	tp->t_ecnrecover = tp->snd_max;
}

/* The peer says that something of ours was marked. */
static void ecn_echo(struct tcpcb *tp)
{
	tp->t_undo.un_cwnd = 0;		/* whatever was lost, there is congestion */
	/* Of the same congestion: the peer has not seen our answer before t_ecnrecover. */
	if (tp->t_flags & TF_RECOVERY || seq_leq(tp->snd_una, tp->t_ecnrecover))
		return;
	counter_inc(TS_ECNREDUCED);
	tp->snd_ssthresh = max_t(u32, tp->t_cc->cc_ssthresh(tp), tp->snd_cwnd / 2);
	tp->snd_cwnd = min(tp->snd_cwnd, tp->snd_ssthresh);
	bsd_tcp_ecn_reduced(tp);
}

/**
 * bsd_tcp_ecn_segment() - what a segment says of congestion
 * @tp:  connection with TF_ECN
 * @seg: segment in the window; what it acknowledges is done
 *
 * Context: PCB locked.
 * Source:  RFC 3168 6.1.2 (sender), 6.1.3 (receiver).
 */
void bsd_tcp_ecn_segment(struct tcpcb *tp, const struct tcp_seg *seg)
{
	if (seg->ts_flags & BSD_TH_CWR)
		tp->t_flags &= ~TF_ECE;
	if ((seg->ts_tos & IPTOS_ECN_MASK) == IPTOS_ECN_CE) {
		counter_inc(TS_RCVCE);
		if (!(tp->t_flags & TF_ECE))
			tp->t_flags |= TF_ECE | TF_ACKNOW;
	}
	if (seg->ts_flags & BSD_TH_ECE)
		ecn_echo(tp);
	else
		tp->t_ecnrecover = seq_max(tp->t_ecnrecover, tp->snd_una);
}
