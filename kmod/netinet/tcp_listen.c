// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_listen.c - segments that open a connection: those for a listener, and the
 * answers to our SYN.
 *
 * Receive path: tcp_input.c -> here -> tcp_syncache.c (a connection comes in),
 * tcp_subr.c (ours is answered).
 *
 * Context: section. A listener is not locked: what comes to it changes the SYN cache
 * only. A connection in SYN_SENT is locked.
 *
 * Source: RFC 9293 3.10.7.2, 3.10.7.3.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/err.h>
#include <linux/errno.h>

/* The last step of a handshake, or something that belongs to nobody. */
static void listen_ack(struct inpcb *head, const struct in_conninfo *inc, struct tcp_seg *seg,
		       struct netstack *ns)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m = seg->ts_m;
	struct inpcb *inp;

	inp = bsd_syncache_expand(head, inc, seg, ns);
	if (IS_ERR(inp)) {
		/* Or has it become a connection since it was looked up? */
		inp = in_pcblookup4(&tcbtable, inc->inc_faddr, inc->inc_fport, inc->inc_laddr,
				    inc->inc_lport, inc->inc_rtableid, inc->inc_ifidx, 0);
		if (!inp || READ_ONCE(inp->inp_flags) & INP_LISTEN) {
			seg->ts_m = NULL;
			bsd_tcp_reset(m, seg, tcp_md5key(intotcpcb(head), inc->inc_faddr), ns);
			return;
		}
	}
	if (!inp)
		return;		/* counted there; the peer repeats it */
	/* What else the segment says is for the connection. */
	seg->ts_m = NULL;
	ml_enqueue(&ml, m);
	in_pcbinput(inp, &ml, ns);
}

/**
 * bsd_tcp_listen_input() - a segment for a listener
 * @inp: its PCB, not locked; perhaps dead
 * @seg: segment; ts_m is NULL after if it was used
 * @ns:  section
 *
 * Context: Section.
 * Source:  RFC 9293 3.10.7.2.
 */
void bsd_tcp_listen_input(struct inpcb *inp, struct tcp_seg *seg, struct netstack *ns)
{
	struct in_conninfo inc;
	struct mbuf *m = seg->ts_m;

	bsd_tcp_conninfo(m, &inc);
	if (seg->ts_flags & BSD_TH_RST) {
		bsd_syncache_reset(&inc, seg);
	} else if (seg->ts_flags & BSD_TH_ACK) {
		if (seg->ts_flags & BSD_TH_SYN) {
			seg->ts_m = NULL;
			bsd_tcp_reset(m, seg, tcp_md5key(intotcpcb(inp), inc.inc_faddr), ns);
			return;
		}
		listen_ack(inp, &inc, seg, ns);
	} else if ((seg->ts_flags & (BSD_TH_SYN | BSD_TH_FIN)) == BSD_TH_SYN) {
		bsd_syncache_add(inp, &inc, seg, ns);
	} else {
		counter_inc(TS_RCVBADACK);
	}
}

/* What the peer's SYN says of itself. */
static void syn_sent_options(struct tcpcb *tp, const struct tcp_seg *seg)
{
	const struct tcp_opts *to = &seg->ts_opts;

	tp->irs = seg->ts_seq;
	tp->rcv_nxt = seg->ts_seq + 1;
	tp->rcv_adv = tp->rcv_nxt + tp->rcv_wnd;
	tp->t_peermss = to->to_mss;
	if (to->to_flags & TO_WSCALE) {
		tp->t_flags |= TF_WSCALE;
		tp->snd_scale = to->to_wscale;
	} else {
		tp->snd_scale = 0;
		tp->rcv_scale = 0;
	}
	/* RFC 3168 6.1.1: an answer that says ECE, and nothing else. */
	if ((seg->ts_flags & (BSD_TH_ACK | BSD_TH_ECE | BSD_TH_CWR)) != (BSD_TH_ACK | BSD_TH_ECE))
		tp->t_flags &= ~TF_ECN;
	if (to->to_flags & TO_SACKOK && READ_ONCE(bsd_tcp_sack))
		tp->t_flags |= TF_SACK;
	/* With a signature there is no room for both, and we have not asked for this one. */
	if (to->to_flags & TO_TSTMP && !(tp->t_flags & TF_SACK && tcp_signed(tp))) {
		tp->t_flags |= TF_TSTMP;
		tp->ts_recent = to->to_tsval;
		tp->ts_recent_at = seg->ts_time.tm_ms;
	}
	tp->snd_wnd = seg->ts_win;	/* never scaled in a SYN (RFC 7323 2.2) */
	tp->snd_maxwnd = max(tp->snd_maxwnd, tp->snd_wnd);
	tp->snd_wl1 = seg->ts_seq;
	tp->snd_wl2 = seg->ts_ack;
}

/**
 * bsd_tcp_syn_sent() - an answer to our SYN
 * @tp:  connection in SYN_SENT
 * @seg: segment; ts_m is NULL after if it was used
 * @ns:  section
 *
 * Data that comes with a SYN is left to be sent again.
 *
 * Context: Section, PCB locked.
 * Return:  whom to wake, SOW_*.
 * Source:  RFC 9293 3.10.7.3.
 */
u32 bsd_tcp_syn_sent(struct tcpcb *tp, struct tcp_seg *seg, struct netstack *ns)
{
	struct mbuf *m = seg->ts_m;
	bool acked = seg->ts_flags & BSD_TH_ACK;

	if (acked && (seq_leq(seg->ts_ack, tp->iss) || seq_gt(seg->ts_ack, tp->snd_max))) {
		counter_inc(TS_RCVBADACK);
		seg->ts_m = NULL;
		bsd_tcp_reset(m, seg, tcp_signed(tp), ns);
		return 0;
	}
	if (seg->ts_flags & BSD_TH_RST) {
		if (acked)
			return bsd_tcp_drop(tp, ECONNREFUSED, ns);
		counter_inc(TS_RCVBADRST);
		return 0;
	}
	if (!(seg->ts_flags & BSD_TH_SYN)) {
		counter_inc(TS_RCVBADACK);
		return 0;
	}
	syn_sent_options(tp, seg);
	tp->t_flags |= TF_ACKNOW | TF_OUTPUT;
	if (!acked) {
		/* Both called at once: our SYN goes again, with an acknowledgment. */
		if (tp->t_flags & TF_DEFER) {
			tp->t_flags &= ~TF_DEFER;
			so_setstate(tcp_so(tp), 0, SS_SYNDATA);
		}
		bsd_tcp_setstate(tp, TCPS_SYN_RECEIVED);
		tp->snd_nxt = tp->iss;
		tp->snd_max = tp->iss + 1;	/* of its data we know nothing */
		tp->t_rxtshift = 0;
		return 0;
	}
	tp->snd_una = seg->ts_ack;
	bsd_tcp_fastopen_answer(tp, seg);
	bsd_tcp_timer_disarm(tp, TCPT_REXMT);
	if (!tp->t_rxtshift)
		bsd_tcp_rtt_sample(tp, seg->ts_time.tm_ms - tp->t_rtttime);
	tp->t_rtttime = 0;
	return bsd_tcp_established(tp);
}
