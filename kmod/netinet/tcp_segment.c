// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_segment.c - a segment of a connection that both sides know.
 *
 * Receive path: tcp_input.c -> here, in the order of RFC 9293 3.10.7.4: is it in the
 * window, RST, SYN, ACK (tcp_ack.c), window, data, FIN -> sockbuf.c, tcp_reass.c.
 * What it asks to be sent is left to the end of the run (TF_OUTPUT).
 *
 * Context: section, PCB locked. Functions return whom to wake, SOW_*.
 * Source: RFC 9293 3.10.7.4; RFC 5961 (blind attacks); RFC 7323 (PAWS).
 * RFC 6093 (the urgent pointer points behind the last urgent byte).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#define TCP_PAWS_IDLE	(24U * 24 * 3600 * 1000)	/* ms: RFC 7323 5.5 */

/* Right edge of what the peer may send. */
static u32 rcv_right(const struct tcpcb *tp)
{
	return seq_max(tp->rcv_adv, tp->rcv_nxt);
}

/*
 * RFC 9293 3.4: does any of it fall into the window? What comes next does, even if the window
 * is shut: its data is cut off, but what it acknowledges and says of the peer's window, and a
 * FIN alone, count (3.10.7.4). And what has no data may be at the right edge, as of a peer
 * that has filled the window.
 */
static bool seg_in_window(const struct tcpcb *tp, const struct tcp_seg *seg)
{
	u32 len = seg->ts_len + (seg->ts_flags & BSD_TH_FIN ? 1 : 0);
	u32 right = rcv_right(tp);

	if (seg->ts_seq == tp->rcv_nxt)
		return true;
	if (!len)
		return seq_geq(seg->ts_seq, tp->rcv_nxt) && seq_leq(seg->ts_seq, right);
	return seq_lt(seg->ts_seq, right) && seq_gt(seg->ts_seq + len, tp->rcv_nxt);
}

/* RFC 7323 5.3: older than what came before? */
static bool seg_is_old(struct tcpcb *tp, const struct tcp_seg *seg)
{
	if (!(tp->t_flags & TF_TSTMP) || !(seg->ts_opts.to_flags & TO_TSTMP) ||
	    seg->ts_flags & BSD_TH_RST)
		return false;
	if (likely(!seq_lt(seg->ts_opts.to_tsval, tp->ts_recent)))
		return false;
	if (seg->ts_time.tm_ms - tp->ts_recent_at > TCP_PAWS_IDLE) {
		tp->ts_recent = seg->ts_opts.to_tsval;	/* its clock has gone round */
		return false;
	}
	return true;
}

/* RFC 5961 3.2: only one at the very edge is believed. */
static u32 seg_reset(struct tcpcb *tp, const struct tcp_seg *seg, struct netstack *ns)
{
	struct bsd_socket *so = tcp_so(tp);

	if (seg->ts_seq != tp->rcv_nxt) {
		counter_inc(TS_RCVBADRST);
		if (seg_in_window(tp, seg))
			bsd_tcp_challenge(tp, ns);
		return 0;
	}
	if (tp->t_state != TCPS_TIME_WAIT && tp->t_state != TCPS_LAST_ACK &&
	    tp->t_state != TCPS_CLOSING && !(tp->t_flags & TF_ORPHAN)) {
		counter_inc(TS_DROPS);
		sosaveerror(so, tp->t_state == TCPS_SYN_RECEIVED ? ECONNREFUSED :
				tp->t_state == TCPS_CLOSE_WAIT ? EPIPE : ECONNRESET);
	}
	if (tp->t_flags & TF_SYNACK)
		bsd_tcp_fastopen_done(tp, true);
	return bsd_tcp_close(tp);
}

/*
 * Say what we wait for. What has no data may be a keep-alive, or of two ends that disagree
 * for ever: not more often than challenges.
 */
static void seg_answer(struct tcpcb *tp, const struct tcp_seg *seg, struct netstack *ns)
{
	if (seg->ts_len || seg->ts_flags & BSD_TH_FIN)
		bsd_tcp_respond(tp, tcp_emptyseq(tp), BSD_TH_ACK, ns);
	else
		bsd_tcp_challenge(tp, ns);
}

/* Not in the window: say where it is, unless it is a reset (RFC 9293 3.10.7.4). */
static void seg_outside(struct tcpcb *tp, const struct tcp_seg *seg, struct netstack *ns)
{
	bool old = seq_leq(seg->ts_seq + seg->ts_len, tp->rcv_nxt);

	counter_inc(old && seg->ts_len ? TS_RCVDUP : TS_RCVOUTSIDE);
	if (old && seg->ts_len)
		bsd_tcp_sack_duplicate(tp, seg->ts_seq, seg->ts_seq + seg->ts_len);
	if (tp->t_state == TCPS_TIME_WAIT && seg->ts_flags & BSD_TH_FIN &&
	    seg->ts_seq + seg->ts_len + 1 == tp->rcv_nxt)
		bsd_tcp_timewait(tp);	/* our last acknowledgment was lost */
	seg_answer(tp, seg, ns);
}

/* Cut off what is old on the left and too much on the right. */
static void seg_trim(struct tcpcb *tp, struct tcp_seg *seg)
{
	u32 right = rcv_right(tp);
	u32 over;

	if (seq_lt(seg->ts_seq, tp->rcv_nxt)) {
		over = min(tp->rcv_nxt - seg->ts_seq, seg->ts_len);
		counter_inc(TS_RCVPARTDUP);
		bsd_tcp_sack_duplicate(tp, seg->ts_seq, seg->ts_seq + over);
		seg->ts_off += over;
		seg->ts_len -= over;
		seg->ts_seq += over;
		tp->t_flags |= TF_ACKNOW;
	}
	over = seg->ts_seq + seg->ts_len - right;
	if ((s32)over > 0) {
		seg->ts_len -= min(over, seg->ts_len);
		seg->ts_flags &= ~BSD_TH_FIN;
		seg->ts_cut = true;
		tp->t_flags |= TF_ACKNOW;
	}
}

/*
 * RFC 9293 3.8.5: the peer says that there is urgent data up to some byte. A pointer to what
 * has been received, or beyond the FIN, says nothing that could be of use. Returns whether
 * the owner of the socket is to be told.
 */
static bool seg_urgent(struct tcpcb *tp, const struct tcp_seg *seg)
{
	u32 last = seg->ts_up - 1;

	if (seq_lt(last, tp->rcv_nxt) || tcp_havercvd_fin(tp) ||
	    (tp->t_flags & TF_FINSEEN && seq_geq(last, tp->rcv_fin)))
		return false;
	if (!sourgent(tcp_so(tp), last - tp->rcv_nxt))
		return false;
	counter_inc(TS_RCVURG);
	return true;
}

/* The next bytes of the stream. False: there is no room for them. */
static bool seg_append(struct tcpcb *tp, struct mbuf *m, u32 *wake)
{
	struct bsd_socket *so = tcp_so(tp);
	u32 len = m->m_pkthdr.len;
	u32 segs = m_segs(m);
	int urgent = -1;

	if (unlikely(READ_ONCE(so->so_rcv.sb_urgent) == SBU_AHEAD))
		urgent = sourgent_find(so, m);
	if (unlikely(READ_ONCE(so->so_rcv.sb_shut))) {
		m_drop(m, TS_RCVCLOSED);	/* shutdown(SHUT_RD): taken, not kept */
	} else if (likely(sb_append_stream(so, &so->so_rcv, m))) {
		*wake |= SOW_READ;
		if (unlikely(urgent >= 0))
			sourgent_come(so, urgent);
	} else {
		m_drop(m, TS_RCVFULL);
		return false;
	}
	WRITE_ONCE(tp->rcv_nxt, tp->rcv_nxt + len);
	counter_add(TS_RCVPACK, segs);
	counter_add(TS_RCVBYTE, len);
	return true;
}

/* Acknowledge every second segment at once, one alone after tcp/delack. RFC 9293 3.8.6.3. */
static void seg_delay_ack(struct tcpcb *tp, u16 segs)
{
	if (segs > 1 || tcp_timer_active(tp, TCPT_DELACK) || tp->t_flags & TF_QUICKACK)
		tp->t_flags |= TF_ACKNOW;
	else
		bsd_tcp_timer_arm(tp, TCPT_DELACK, READ_ONCE(bsd_tcp_delack));
}

/* Data in the window. */
static u32 seg_data(struct tcpcb *tp, struct tcp_seg *seg)
{
	struct mbuf *m = seg->ts_m;
	u16 segs = m->m_pkthdr.ph_segs;
	u32 wake = 0;

	bsd_tcp_autobuf_rcv(tp, seg->ts_time.tm_ms);
	seg->ts_m = NULL;
	m_adj(m, seg->ts_off);
	if (m->m_pkthdr.len > seg->ts_len)
		m_adj(m, -(int)(m->m_pkthdr.len - seg->ts_len));
	if (seg->ts_seq == tp->rcv_nxt && ml_empty(&tp->t_reass)) {
		if (seg_append(tp, m, &wake))
			seg_delay_ack(tp, segs);
		else
			tp->t_flags |= TF_ACKNOW;
		return wake;
	}
	tp->t_flags |= TF_ACKNOW;	/* RFC 5681 4.2: a gap, or a gap filled */
	bsd_tcp_reass_insert(tp, m, seg->ts_seq);
	while ((m = bsd_tcp_reass_next(tp)))
		if (!seg_append(tp, m, &wake))
			break;
	if (ml_empty(&tp->t_reass))
		tp->t_nrcvsack = 0;
	return wake;
}

/* All that the peer will ever send is here. */
static u32 seg_fin(struct tcpcb *tp)
{
	tp->rcv_nxt++;
	tp->t_flags &= ~TF_FINSEEN;
	tp->t_flags |= TF_ACKNOW;
	switch (tp->t_state) {
	case TCPS_SYN_RECEIVED:
	case TCPS_ESTABLISHED:
		bsd_tcp_setstate(tp, TCPS_CLOSE_WAIT);
		break;
	case TCPS_FIN_WAIT_1:
		bsd_tcp_setstate(tp, TCPS_CLOSING);
		break;
	case TCPS_FIN_WAIT_2:
		bsd_tcp_timewait(tp);
		break;
	}
	so_setstate(tcp_so(tp), SS_CANTRCVMORE | SS_RCVDFIN, 0);
	return SOW_ALL;
}

/* Data and FIN, in the states that take them. */
static u32 seg_text(struct tcpcb *tp, struct tcp_seg *seg, struct netstack *ns)
{
	bool fin = seg->ts_flags & BSD_TH_FIN;
	u32 wake = 0;

	if (tcp_havercvd_fin(tp))
		return 0;
	/* Nobody is left to read it (RFC 2525 2.17, RFC 1122 4.2.2.13). */
	if (tp->t_flags & TF_ORPHAN && seg->ts_len) {
		counter_inc(TS_RCVCLOSED);
		return bsd_tcp_drop(tp, 0, ns);
	}
	if (fin) {
		tp->t_flags |= TF_FINSEEN;
		tp->rcv_fin = seg->ts_seq + seg->ts_len;
	}
	if (seg->ts_len)
		wake = seg_data(tp, seg);
	else if (fin && seg->ts_seq != tp->rcv_nxt)
		tp->t_flags |= TF_ACKNOW;
	if (tp->t_flags & TF_FINSEEN && tp->rcv_nxt == tp->rcv_fin)
		wake |= seg_fin(tp);
	return wake;
}

/* RFC 7323 4.3: which timestamp to echo. @seq: of the segment as it came. */
static void seg_timestamp(struct tcpcb *tp, const struct tcp_seg *seg, u32 seq)
{
	if (tp->t_flags & TF_TSTMP && seg->ts_opts.to_flags & TO_TSTMP &&
	    seq_leq(seq, tp->last_ack_sent) &&
	    seq_geq(seg->ts_opts.to_tsval, tp->ts_recent)) {
		tp->ts_recent = seg->ts_opts.to_tsval;
		tp->ts_recent_at = seg->ts_time.tm_ms;
	}
}

/* What must not be there, or must. True: the segment goes no further. */
static bool seg_refused(struct tcpcb *tp, const struct tcp_seg *seg, struct netstack *ns,
			u32 *wake)
{
	if (unlikely(seg_is_old(tp, seg))) {
		counter_inc(TS_RCVPAWS);
		seg_answer(tp, seg, ns);
		return true;
	}
	if (unlikely(seg->ts_flags & BSD_TH_RST)) {
		*wake = seg_reset(tp, seg, ns);
		return true;
	}
	if (unlikely(seg->ts_flags & BSD_TH_SYN) && tp->t_flags & TF_SYNACK &&
	    !(seg->ts_flags & BSD_TH_ACK) && seg->ts_seq == tp->irs) {
		counter_inc(TS_SC_DUPSYN);
		bsd_tcp_synack(tp, ns);
		return true;
	}
	if (unlikely(seg->ts_flags & BSD_TH_SYN)) {
		counter_inc(TS_RCVBADSYN);
		bsd_tcp_challenge(tp, ns);	/* RFC 5961 4.2 */
		return true;
	}
	if (unlikely(!seg_in_window(tp, seg))) {
		seg_outside(tp, seg, ns);
		return true;
	}
	if (unlikely(!(seg->ts_flags & BSD_TH_ACK))) {
		counter_inc(TS_RCVBADACK);
		return true;
	}
	return false;
}

/**
 * bsd_tcp_segment() - a segment of a synchronized connection
 * @tp:  connection
 * @seg: segment; ts_m is NULL after if its data was taken
 * @ns:  section
 *
 * Context: Section, PCB locked; the connection may be CLOSED after.
 * Return:  whom to wake, SOW_*.
 * Source:  RFC 9293 3.10.7.4.
 */
u32 bsd_tcp_segment(struct tcpcb *tp, struct tcp_seg *seg, struct netstack *ns)
{
	u32 seq = seg->ts_seq;
	bool urgent = false;
	u32 wake = 0;

	if (seg_refused(tp, seg, ns, &wake))
		return wake;
	seg_trim(tp, seg);
	if (!bsd_tcp_ack(tp, seg, ns, &wake))
		return wake;
	/* Who guesses the window, but not what we have sent, changes none of this. */
	tp->t_idlesince = seg->ts_time.tm_ms;
	tp->t_keepsent = 0;
	seg_timestamp(tp, seg, seq);
	if (tp->t_state == TCPS_CLOSED)
		return wake;
	if (tp->t_flags & TF_ECN)
		bsd_tcp_ecn_segment(tp, seg);
	if (unlikely(seg->ts_flags & BSD_TH_URG))
		urgent = seg_urgent(tp, seg);
	if (seg->ts_len || seg->ts_flags & BSD_TH_FIN)
		wake |= seg_text(tp, seg, ns);
	if (unlikely(urgent))
		sosk_sigurg(tcp_so(tp));
	if (tp->t_flags & TF_ACKNOW)
		tp->t_flags |= TF_OUTPUT;
	return wake;
}
