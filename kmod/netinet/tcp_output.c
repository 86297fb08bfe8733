// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_output.c - what to send now, if anything.
 *
 * Send path: tcp_usrreq.c (data, close), tcp_input.c (acknowledgments, windows),
 * tcp_timer.c -> here -> tcp_respond.c (header) -> ip_output.c.
 *
 * Data stays in the send buffer until it is acknowledged; a segment refers to its
 * storage (m_copym()), so nothing is copied, however often it is sent.
 *
 * Context: section, PCB locked.
 * Source: RFC 9293 3.8.6 (windows), 3.7.4 (Nagle, RFC 896), 3.8.6.2 (silly windows).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/errno.h>
#include <linux/minmax.h>

/* A segment to be. */
struct tcp_out {
	u32	o_off;		/* of its first byte in the send buffer */
	u32	o_len;		/* bytes of data */
	u16	o_mss;		/* bytes of data that fit */
	u8	o_optlen;	/* bytes of options */
	u8	o_flags;	/* BSD_TH_* */
	bool	o_more;		/* another full one may follow */
};

/**
 * bsd_tcp_window() - how much we would take from the peer now
 * @tp: connection
 *
 * What was told once is not taken back, and small steps are not told (RFC 9293
 * 3.8.6.2.2).
 *
 * Context: PCB locked.
 * Return:  bytes, from rcv_nxt on.
 */
u32 bsd_tcp_window(const struct tcpcb *tp)
{
	const struct sockbuf *sb = &tcp_so(tp)->so_rcv;
	u32 mbcnt = READ_ONCE(sb->sb_mbcnt) + tp->t_reassbytes;
	u32 mbmax = READ_ONCE(sb->sb_mbmax);
	u32 hiwat = READ_ONCE(sb->sb_hiwat);
	u32 cc = READ_ONCE(sb->sb_cc);
	u32 told = tp->rcv_adv - tp->rcv_nxt;
	u32 space = cc < hiwat ? hiwat - cc : 0;

	if (mbcnt >= mbmax)
		space = 0;
	if (space < min_t(u32, hiwat / 4, tp->t_maxseg))
		space = 0;
	if ((s32)told > 0)
		space = max(space, told);
	return min_t(u32, space, (u32)TCP_MAXWIN << tp->rcv_scale);
}

/* Does the state want a FIN behind the data? */
static bool output_wants_fin(const struct tcpcb *tp)
{
	return tp->t_state == TCPS_FIN_WAIT_1 || tp->t_state == TCPS_CLOSING ||
	       tp->t_state == TCPS_LAST_ACK;
}

/* Is a window worth telling that opened since? */
static bool output_window_update(const struct tcpcb *tp)
{
	u32 adv = bsd_tcp_window(tp) - (tp->rcv_adv - tp->rcv_nxt);

	if (tcp_havercvd_fin(tp) || (s32)adv <= 0)
		return false;
	return adv >= 2U * tp->t_maxseg || 2 * adv >= READ_ONCE(tcp_so(tp)->so_rcv.sb_hiwat);
}

/* The data of the next segment, as the windows and the buffer allow. */
static void output_measure(struct tcpcb *tp, struct tcp_out *o)
{
	u32 cc = READ_ONCE(tcp_so(tp)->so_snd.sb_cc);
	u32 win = min(tp->snd_wnd, tp->snd_cwnd);
	s32 len;

	if (tp->t_flags & TF_FORCE) {
		tp->snd_nxt = tp->snd_una;
		win = max_t(u32, tp->snd_wnd, 1);
	}
	o->o_optlen = bsd_tcp_optlen(tp);
	o->o_mss = tp->t_maxseg;
	if (tp->t_flags & TF_TSTMP)
		o->o_mss += TCP_TSTAMP_SPACE;
	o->o_mss -= o->o_optlen;
	o->o_off = tp->snd_nxt - tp->snd_una;
	len = (s32)(min(cc, win) - o->o_off);
	if (o->o_off > cc)
		len = 0;	/* the FIN is out */
	o->o_len = clamp_t(s32, len, 0, o->o_mss);
	o->o_more = len > o->o_mss;
	o->o_flags = BSD_TH_ACK;
	if (output_wants_fin(tp) && o->o_off + o->o_len == cc)
		o->o_flags |= BSD_TH_FIN;
	if (o->o_len && o->o_off + o->o_len == cc)
		o->o_flags |= BSD_TH_PUSH;
}

/* Is the segment worth sending? @idle: nothing was under way when we came here. */
static bool output_worth(const struct tcpcb *tp, const struct tcp_out *o, bool idle)
{
	const struct sockbuf *sb = &tcp_so(tp)->so_snd;
	u32 cc = READ_ONCE(sb->sb_cc);
	/* What waits for more does not if there is no room for more. */
	bool corked = tp->t_flags & (TF_CORK | TF_MORE) && sb_space(sb);

	if (tp->t_flags & (TF_ACKNOW | TF_FORCE))
		return true;
	if (o->o_flags & BSD_TH_FIN &&
	    (!(tp->t_flags & TF_SENTFIN) || seq_leq(tp->snd_nxt, tp->snd_una + cc)))
		return true;
	if (o->o_len) {
		if (o->o_len >= o->o_mss)
			return true;
		if (seq_lt(tp->snd_nxt, tp->snd_max))
			return true;	/* again */
		if (!corked && (idle || tp->t_flags & TF_NODELAY) && o->o_off + o->o_len >= cc)
			return true;
		if (!corked && tp->snd_maxwnd && o->o_len >= tp->snd_maxwnd / 2)
			return true;
	}
	return output_window_update(tp);
}

/* A segment is out: numbers and timers. */
static void output_sent(struct tcpcb *tp, u32 len, u8 flags, u32 window)
{
	u32 start = tp->snd_nxt;
	u32 end = start + len;

	if (flags & BSD_TH_SYN)
		end++;
	if (flags & BSD_TH_FIN) {
		tp->t_flags |= TF_SENTFIN;
		end++;
	}
	tp->snd_nxt = end;
	if (seq_gt(end, tp->snd_max)) {
		if (!tp->t_rtttime) {
			tp->t_rtttime = bsd_tcp_now() | 1;
			tp->t_rtseq = start;
		}
		tp->snd_max = end;
	} else if (end != start) {
		tp->t_rexmits++;
		counter_inc(TS_SNDREXMIT);
		counter_add(TS_SNDREXMITBYTE, len);
	}
	if (end != start && !(tp->t_flags & TF_FORCE) && !tcp_timer_active(tp, TCPT_REXMT)) {
		bsd_tcp_timer_disarm(tp, TCPT_PERSIST);
		bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
	}
	if (flags & BSD_TH_ACK) {
		if (seq_gt(tp->rcv_nxt + window, tp->rcv_adv))
			tp->rcv_adv = tp->rcv_nxt + window;
		tp->last_ack_sent = tp->rcv_nxt;
		bsd_tcp_timer_disarm(tp, TCPT_DELACK);
	}
	tp->t_flags &= ~TF_ACKNOW;
}

/* Make and send one segment of a synchronized connection. 0 or -errno. */
static int output_segment(struct tcpcb *tp, const struct tcp_out *o, struct netstack *ns)
{
	u32 window = bsd_tcp_window(tp);
	struct inpcb *inp = tp->t_inpcb;
	struct in_conninfo inc;
	struct bsd_tcphdr *th;
	struct mbuf *m;

	bsd_tcp_inconninfo(inp, &inc);
	m = bsd_tcp_header(&inc, tp->snd_nxt, tp->rcv_nxt, o->o_flags, o->o_optlen);
	if (unlikely(!m))
		return -ENOBUFS;
	if (o->o_len) {
		m->m_next = m_copym(tcp_so(tp)->so_snd.sb_ml.ml_head, o->o_off, o->o_len,
				    M_DONTWAIT);
		if (unlikely(!m->m_next)) {
			counter_inc(TS_SNDNOMEM);
			m_freem(m);
			return -ENOBUFS;
		}
		m->m_pkthdr.len += o->o_len;
		counter_inc(tp->t_flags & TF_FORCE ? TS_SNDPROBE : TS_SNDPACK);
		counter_add(TS_SNDBYTE, o->o_len);
	} else {
		counter_inc(TS_SNDACKS);
	}
	th = (struct bsd_tcphdr *)(m->m_data + sizeof(struct ip));
	if (o->o_optlen)
		bsd_tcp_build_options(tp, (u8 *)(th + 1), o->o_optlen);
	th->th_win = htons(window >> tp->rcv_scale);
	output_sent(tp, o->o_len, o->o_flags, window);
	return bsd_tcp_send(m, inp, ns);
}

/* Our SYN, the first time or again; with an acknowledgment if the peer called, too. */
static int output_syn(struct tcpcb *tp, struct netstack *ns)
{
	bool both = tp->t_state == TCPS_SYN_RECEIVED;
	u8 flags = both ? BSD_TH_SYN | BSD_TH_ACK : BSD_TH_SYN;
	struct inpcb *inp = tp->t_inpcb;
	struct in_conninfo inc;
	u32 ts[2] = { bsd_tcp_now() + tp->ts_offset, tp->ts_recent };
	u8 opts[TCP_SYN_SPACE];
	struct bsd_tcphdr *th;
	unsigned int optlen;
	struct mbuf *m;
	u16 mss;

	mss = bsd_tcp_mss(inp->inp_faddr.v4.s_addr, inp->inp_rtableid);
	if (tp->t_usermss)
		mss = min(mss, tp->t_usermss);
	optlen = bsd_tcp_build_syn(opts, mss, both && !(tp->t_flags & TF_WSCALE) ? -1 :
					      tp->rcv_scale,
				   both && !(tp->t_flags & TF_TSTMP) ? NULL : ts,
				   both ? tp->t_flags & TF_SACK : READ_ONCE(bsd_tcp_sack));
	bsd_tcp_inconninfo(inp, &inc);
	tp->snd_nxt = tp->iss;
	m = bsd_tcp_header(&inc, tp->iss, tp->rcv_nxt, flags, optlen);
	if (!m)
		return -ENOBUFS;
	th = (struct bsd_tcphdr *)(m->m_data + sizeof(struct ip));
	memcpy(th + 1, opts, optlen);
	th->th_win = htons(min_t(u32, tp->rcv_wnd, TCP_MAXWIN));	/* RFC 7323 2.2 */
	output_sent(tp, 0, flags, 0);
	return bsd_tcp_send(m, inp, ns);
}

/* What IP said of a segment. True: try again, with smaller ones. */
static bool output_error(struct tcpcb *tp, int *error)
{
	u16 before = tp->t_maxseg;

	switch (*error) {
	case -EMSGSIZE:
		bsd_tcp_setmss(tp);
		tp->snd_nxt = tp->snd_una;
		*error = 0;
		return tp->t_maxseg < before;
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -ENETDOWN:
	case -EHOSTDOWN:
		/* A connection outlives that for a while (RFC 1122 4.2.3.9). */
		if (tcp_synchronized(tp)) {
			tp->t_softerror = -*error;
			*error = 0;
		}
		return false;
	case -ENOBUFS:
		/* As if it was lost on the way; if nothing else is, the timer sends it. */
		if (!tcp_timer_active(tp, TCPT_REXMT) && tcp_synchronized(tp))
			bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
		*error = 0;
		return false;
	default:
		return false;
	}
}

/* Data waits for a window, and nothing is under way that opens it: probe. */
static void output_persist(struct tcpcb *tp)
{
	if (!READ_ONCE(tcp_so(tp)->so_snd.sb_cc) || tp->snd_una != tp->snd_max ||
	    tcp_timer_active(tp, TCPT_REXMT) || tcp_timer_active(tp, TCPT_PERSIST))
		return;
	tp->t_rxtshift = 0;
	bsd_tcp_setpersist(tp);
}

/**
 * bsd_tcp_output() - send what may be sent
 * @tp: connection in any state
 * @ns: section
 *
 * Context: Section, PCB locked.
 * Return:  0, or -errno why a connection cannot be opened.
 */
int bsd_tcp_output(struct tcpcb *tp, struct netstack *ns)
{
	bool idle = tp->snd_una == tp->snd_max;
	struct tcp_out o;
	int error = 0;

	if (tp->t_state == TCPS_CLOSED || tp->t_state == TCPS_LISTEN)
		return 0;
	if (tp->t_state == TCPS_SYN_SENT || tp->t_state == TCPS_SYN_RECEIVED) {
		if (tp->t_flags & TF_ACKNOW || tp->snd_nxt == tp->iss)
			error = output_syn(tp, ns);
		output_error(tp, &error);
		return error;
	}
	do {
		output_measure(tp, &o);
		if (!output_worth(tp, &o, idle))
			break;
		error = output_segment(tp, &o, ns);
	} while (error ? output_error(tp, &error) : o.o_more && !(tp->t_flags & TF_FORCE));
	output_persist(tp);
	return error;
}
