// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_output.c - what to send now, if anything.
 *
 * Send path: tcp_usrreq.c (data, close), tcp_input.c (acknowledgments, windows),
 * tcp_timer.c -> here -> tcp_respond.c (header) -> ip_output.c.
 *
 * Data stays in the send buffer until it is acknowledged; a segment refers to its
 * storage (m_copym()), so nothing is copied, however often it is sent. What is under
 * way, and what of it is lost, is tcp_sent.c's; without selective acknowledgments it is
 * all that is between snd_una and snd_nxt, which goes back when something is lost.
 * Several segments in a row leave as one packet that is cut later (tcp_tso.c).
 *
 * Context: section, PCB locked.
 * Source: RFC 9293 3.8.5 (urgent data), 3.8.6 (windows), 3.7.4 (Nagle, RFC 896), 3.8.6.2 (silly
 * windows).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>

#define TCP_TSO_MBUFS	16	/* pieces of data in a packet: rings have room for a few more */

/* A segment to be. */
struct tcp_out {
	u32	o_seq;		/* of its first byte */
	u32	o_len;		/* bytes of data */
	struct tcp_time o_time;	/* of the burst, if o_timed */
	u16	o_mss;		/* bytes of data that fit */
	u8	o_optlen;	/* bytes of options */
	u8	o_flags;	/* BSD_TH_* */
	bool	o_again;	/* it begins with what was sent before */
	bool	o_more;		/* another one may follow */
	bool	o_timed;	/* the clock was read */
	bool	o_sent;		/* one was sent */
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

/*
 * Bytes of the next packet, of @len that may go: more than a segment where that can
 * be cut by whoever sends it, whole ones then. Only the first segment that is cut off
 * could say CWR, which some devices do not know; each has its own signature, and its own
 * urgent pointer; and the pieces of a packet that routers may cut need numbers of their own.
 */
static u32 output_packet(struct tcpcb *tp, const struct tcp_out *o, u32 len)
{
	u32 most = IP_MAXPACKET - (u32)sizeof(struct ip) - TCP_MINHDR - o->o_optlen;
	struct mbuf *m;
	u32 off;

	if (likely(len <= o->o_mss) || !READ_ONCE(bsd_tcp_tso) ||
	    tp->t_flags & (TF_FORCE | TF_PROBE | TF_CWR | TF_URG) || tcp_signed(tp) ||
	    READ_ONCE(tp->t_inpcb->inp_pmtudisc) == IP_PMTUDISC_DONT)
		return min_t(u32, len, o->o_mss);
	m = bsd_tcp_snd_at(tp, o->o_seq - tp->snd_una, &off);
	len = m_span(m, off, min(len, most), TCP_TSO_MBUFS);
	return max_t(u32, rounddown(len, o->o_mss), o->o_mss);
}

/* The next segment of a connection without TF_SACK. Returns bytes that may go. */
static s32 measure_plain(const struct tcpcb *tp, struct tcp_out *o, u32 cc)
{
	u32 off = tp->snd_nxt - tp->snd_una;
	u32 win = tp->snd_wnd;

	/* What was sent into a window that has shut since is sent again all the same. */
	if (!win && seq_lt(tp->snd_nxt, tp->snd_max))
		win = min_t(u32, tp->snd_max - tp->snd_una, o->o_mss);
	o->o_seq = tp->snd_nxt;
	return off > cc ? 0 : (s32)(min3(cc, win, tp->snd_cwnd) - off);
}

/* With TF_SACK, what is lost, if the network has room for it. Returns bytes. */
static s32 measure_lost(const struct tcpcb *tp, struct tcp_out *o, u32 cc, u32 start, u32 end)
{
	u32 off = start - tp->snd_una;
	u32 pipe = tcp_pipe(tp);
	u32 room = tp->snd_cwnd > pipe ? tp->snd_cwnd - pipe : 0;
	u32 len;

	if (end == tp->snd_max)		/* new data may fill it up */
		len = min(cc, max(tp->snd_wnd, end - tp->snd_una)) - min(cc, off);
	else
		len = min(cc - off, end - start);
	if (pipe && room < min_t(u32, len, o->o_mss))
		return 0;
	o->o_seq = start;
	return min(len, max_t(u32, room, o->o_mss));
}

/* With TF_SACK: what is lost, then what is new. Returns bytes that may go. */
static s32 measure_sack(const struct tcpcb *tp, struct tcp_out *o, u32 cc)
{
	u32 off = tp->snd_max - tp->snd_una;
	u32 pipe = tcp_pipe(tp);
	u32 room = tp->snd_cwnd > pipe ? tp->snd_cwnd - pipe : 0;
	bool probe = tp->t_flags & TF_PROBE;
	u32 start;
	u32 end;
	u32 len;

	o->o_seq = tp->snd_max;
	if (unlikely(bsd_tcp_sent_next_lost(&tp->t_sent, &start, &end)) &&
	    tp->t_frto != FRTO_NEW)
		return measure_lost(tp, o, cc, start, end);
	if (probe)
		room = max_t(u32, room, o->o_mss);
	len = off < min(cc, tp->snd_wnd) ? min(min(cc, tp->snd_wnd) - off, room) : 0;
	if (unlikely(probe)) {
		len = min_t(u32, len, o->o_mss);
		if (!len) {		/* the last segment again */
			o->o_seq = tp->snd_max - min_t(u32, off, o->o_mss);
			len = min(cc, off) - min(cc, o->o_seq - tp->snd_una);
		}
	}
	return len;
}

/* The next segment, as the windows and the buffer allow. */
static void output_measure(struct tcpcb *tp, struct tcp_out *o)
{
	u32 cc = READ_ONCE(tcp_so(tp)->so_snd.sb_cc);
	u32 off;
	s32 len;

	o->o_optlen = bsd_tcp_optlen(tp);
	o->o_mss = tp->t_maxseg + tcp_fixed_optlen(tp) - o->o_optlen;
	if (unlikely(tp->t_frto == FRTO_NEW))
		bsd_tcp_frto_output(tp, cc);
	if (unlikely(tp->t_flags & TF_FORCE)) {
		tp->snd_nxt = tp->snd_una;
		o->o_seq = tp->snd_una;
		len = min(cc, max_t(u32, tp->snd_wnd, 1));
	} else if (tp->t_flags & TF_SACK) {
		len = measure_sack(tp, o, cc);
	} else {
		len = measure_plain(tp, o, cc);
	}
	o->o_len = output_packet(tp, o, max(len, 0));
	off = o->o_seq - tp->snd_una;
	o->o_again = seq_lt(o->o_seq, tp->snd_max);
	o->o_more = len > (s32)o->o_len || (o->o_again && tp->t_flags & TF_SACK);
	o->o_flags = BSD_TH_ACK;
	if (output_wants_fin(tp) && off + o->o_len == cc)
		o->o_flags |= BSD_TH_FIN;
	if (o->o_len && off + o->o_len == cc)
		o->o_flags |= BSD_TH_PUSH;
}

/* Is the segment worth sending? @idle: nothing was under way when we came here. */
static bool output_worth(const struct tcpcb *tp, const struct tcp_out *o, bool idle)
{
	const struct sockbuf *sb = &tcp_so(tp)->so_snd;
	u32 cc = READ_ONCE(sb->sb_cc);
	/* What waits for more does not if there is no room for more, or it is urgent. */
	bool corked = tp->t_flags & (TF_CORK | TF_MORE) && !(tp->t_flags & TF_URG) && sb_space(sb);

	if (tp->t_flags & (TF_ACKNOW | TF_FORCE | TF_URGTELL))
		return true;
	if (o->o_flags & BSD_TH_FIN &&
	    (!(tp->t_flags & TF_SENTFIN) || seq_leq(o->o_seq, tp->snd_una + cc)))
		return true;
	if (o->o_len) {
		if (o->o_len >= o->o_mss || o->o_again || tp->t_flags & TF_PROBE ||
		    tp->t_frto == FRTO_NEW)
			return true;
		if (!corked && (idle || tp->t_flags & (TF_NODELAY | TF_URG)) &&
		    o->o_seq + o->o_len - tp->snd_una >= cc)
			return true;
		if (!corked && tp->snd_maxwnd && o->o_len >= tp->snd_maxwnd / 2)
			return true;
	}
	return output_window_update(tp);
}

/* With TF_SACK: [@start, @end) is under way. */
static void output_note(struct tcpcb *tp, u32 start, u32 end, u32 now)
{
	if (tp->snd_una == tp->snd_max || tp->t_flags & TF_FORCE)
		bsd_tcp_rack_restart(tp, start, now);
	if (seq_lt(start, tp->snd_max))
		bsd_tcp_sent_again(&tp->t_sent, start,
				   seq_lt(end, tp->snd_max) ? end : tp->snd_max, now);
	if (seq_gt(end, tp->snd_max))
		bsd_tcp_sent_new(&tp->t_sent, end, now);
	if (tp->t_flags & TF_RECOVERY)
		tp->t_prr.pp_out += end - start;
}

/* A segment is out: numbers and timers. */
static void output_sent(struct tcpcb *tp, struct tcp_out *o, u32 window)
{
	u32 start = o->o_seq;
	u32 end = start + o->o_len;
	u32 again = 0;

	if (o->o_flags & BSD_TH_SYN)
		end++;
	if (o->o_flags & BSD_TH_FIN) {
		tp->t_flags |= TF_SENTFIN;
		end++;
	}
	if (o->o_again)			/* it may go on with what is new */
		again = seq_lt(end, tp->snd_max) ? end - start : tp->snd_max - start;
	if (tp->t_flags & TF_SACK && end != start && !(o->o_flags & BSD_TH_SYN))
		output_note(tp, start, end, o->o_time.tm_us);
	tp->snd_nxt = tp->t_flags & TF_SACK ? seq_max(end, tp->snd_max) : end;
	if (o->o_len)
		tp->t_sentat = o->o_time.tm_ms;
	if (seq_gt(end, tp->snd_max)) {
		if (!tp->t_rtttime && start == tp->snd_max) {
			tp->t_rtttime = o->o_time.tm_ms | 1;
			tp->t_rtseq = start;
		}
		tp->snd_max = end;
	}
	if (again) {
		u32 segs = o->o_mss && again > o->o_mss ? DIV_ROUND_UP(again, o->o_mss) : 1;

		tp->t_rtttime = 0;	/* Karn */
		tp->t_rexmits += segs;
		counter_add(TS_SNDREXMIT, segs);
		counter_add(TS_SNDREXMITBYTE, min(again, o->o_len));
		if (!(tp->t_flags & TF_PROBE)) {
			tp->t_undo.un_bytes += min(again, o->o_len);
			tp->t_undo.un_end = tp->snd_max;
		}
	}
	if (end != start && !(tp->t_flags & TF_FORCE) && !tcp_timer_active(tp, TCPT_REXMT)) {
		if (tcp_timer_active(tp, TCPT_PERSIST))
			tp->t_rxtshift = 0;	/* counted probes */
		bsd_tcp_timer_disarm(tp, TCPT_PERSIST);
		bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
	}
	if (o->o_flags & BSD_TH_ACK) {
		if (seq_gt(tp->rcv_nxt + window, tp->rcv_adv))
			tp->rcv_adv = tp->rcv_nxt + window;
		tp->last_ack_sent = tp->rcv_nxt;
		bsd_tcp_timer_disarm(tp, TCPT_DELACK);
	}
	tp->t_flags &= ~TF_ACKNOW;
}

/* Read the clock, once a burst. */
static void output_clock(struct tcp_out *o)
{
	if (!o->o_timed)
		o->o_time = bsd_tcp_time();
	o->o_timed = true;
}

/*
 * Nothing was sent for so long that what the window has learnt of the network is no
 * longer true (RFC 5681 4.1).
 */
static void output_restart(struct tcpcb *tp, struct tcp_out *o)
{
	output_clock(o);
	if (o->o_time.tm_ms - tp->t_sentat > tp->t_rxtcur)
		tp->snd_cwnd = min(tp->snd_cwnd, bsd_tcp_initial_window(tp));
}

/*
 * RFC 3168 6.1: new data may be marked, and says that the window is smaller. What is
 * sent again or as a probe may not, lest somebody else feigns congestion (6.1.5).
 */
static void output_ecn(struct tcpcb *tp, const struct tcp_out *o, struct mbuf *m,
		       struct bsd_tcphdr *th)
{
	if (tp->t_flags & TF_ECE)
		th->th_flags |= BSD_TH_ECE;
	if (!o->o_len || o->o_again || tp->t_flags & TF_FORCE)
		return;
	mtod(m, struct ip *)->ip_tos = IPTOS_ECN_ECT0;
	if (tp->t_flags & TF_CWR)
		th->th_flags |= BSD_TH_CWR;
	tp->t_flags &= ~TF_CWR;
}

/*
 * RFC 9293 3.8.5, RFC 6093: how far it is to the end of what is urgent. Where that is too far
 * for the field, it says so much, which must not be a byte that the peer may have: it would
 * take that for the last one.
 */
static void output_urgent(struct tcpcb *tp, u32 seq, struct bsd_tcphdr *th)
{
	u32 ahead = tp->snd_up - seq;

	tp->t_flags &= ~TF_URGTELL;
	if ((s32)ahead <= 0)
		return;
	if (ahead > U16_MAX) {
		ahead = U16_MAX;
		if (seq_leq(seq + ahead, tp->snd_max))
			return;
	}
	th->th_flags |= BSD_TH_URG;
	th->th_urp = htons(ahead);
	counter_inc(TS_SNDURG);
}

/* The data of a packet, by reference, behind its header. False: no memory (counted). */
static bool output_data(struct tcpcb *tp, const struct tcp_out *o, struct mbuf *m)
{
	struct mbuf *data;
	u32 segs = 1;
	u32 off;

	data = bsd_tcp_snd_at(tp, o->o_seq - tp->snd_una, &off);
	m->m_next = m_copym(data, off, o->o_len, M_DONTWAIT);
	if (unlikely(!m->m_next)) {
		counter_inc(TS_SNDNOMEM);
		return false;
	}
	m->m_pkthdr.len += o->o_len;
	if (o->o_len > o->o_mss) {
		segs = DIV_ROUND_UP(o->o_len, o->o_mss);
		m->m_pkthdr.csum_flags |= M_TCP_TSO;
		m->m_pkthdr.ph_mss = o->o_mss;
		m->m_pkthdr.ph_segs = segs;
		counter_inc(TS_SNDTSO);
	}
	counter_add(tp->t_flags & TF_FORCE ? TS_SNDPROBE : TS_SNDPACK, segs);
	counter_add(TS_SNDBYTE, o->o_len);
	return true;
}

/* Make and send one packet of a synchronized connection. 0 or -errno. */
static int output_segment(struct tcpcb *tp, struct tcp_out *o, struct netstack *ns)
{
	u32 window = bsd_tcp_window(tp);
	struct inpcb *inp = tp->t_inpcb;
	struct in_conninfo inc;
	struct bsd_tcphdr *th;
	struct mbuf *m;
	u32 seq;

	seq = o->o_len || o->o_flags & BSD_TH_FIN ? o->o_seq : tcp_emptyseq(tp);
	bsd_tcp_inconninfo(inp, &inc);
	m = bsd_tcp_header(&inc, seq, tp->rcv_nxt, o->o_flags, o->o_optlen);
	if (unlikely(!m))
		return -ENOBUFS;
	if (!o->o_len) {
		counter_inc(TS_SNDACKS);
	} else if (unlikely(!output_data(tp, o, m))) {
		m_freem(m);
		return -ENOBUFS;
	}
	output_clock(o);
	o->o_sent = true;
	th = (struct bsd_tcphdr *)(m->m_data + sizeof(struct ip));
	if (o->o_optlen)
		bsd_tcp_build_options(tp, (u8 *)(th + 1), o->o_optlen, o->o_time.tm_ms);
	th->th_win = htons(window >> tp->rcv_scale);
	if (tp->t_flags & TF_ECN)
		output_ecn(tp, o, m, th);
	if (unlikely(tp->t_flags & TF_URG))
		output_urgent(tp, seq, th);
	if (unlikely(tcp_signed(tp)))
		bsd_tcp_md5_sign(tcp_signed(tp), m);
	output_sent(tp, o, window);
	return bsd_tcp_send(m, inp, inp->inp_bound_ifidx, ns);
}

/*
 * The options of a SYN at @cp; @answer: the peer has called, too. @max: out: bytes of
 * data that may go with it.
 */
static unsigned int syn_options(const struct tcpcb *tp, u8 *cp, bool answer, u32 now, u32 *max)
{
	bool sack = answer ? tp->t_flags & TF_SACK : READ_ONCE(bsd_tcp_sack);
	u32 ts[2] = { now + tp->ts_offset, tp->ts_recent };
	const struct inpcb *inp = tp->t_inpcb;
	bool sign = tcp_signed(tp);
	/* Beside a signature and a timestamp there is no room for selective ones. */
	bool tstmp = answer ? tp->t_flags & TF_TSTMP : !(sign && sack);
	unsigned int len;
	u16 mss;

	mss = bsd_tcp_mss(inp->inp_faddr.v4.s_addr, inp->inp_rtableid);
	if (tp->t_usermss)
		mss = min(mss, tp->t_usermss);
	len = bsd_tcp_build_syn(cp, mss, answer && !(tp->t_flags & TF_WSCALE) ? -1 :
					 tp->rcv_scale, tstmp ? ts : NULL, sack, sign);
	*max = 0;
	/* A SYN does not say what is urgent. */
	if (tp->t_flags & TF_FASTOPEN && !answer && !sign && !tp->t_rxtshift &&
	    !(tp->t_flags & TF_URG)) {
		*max = mss;
		len += bsd_tcp_fastopen_request(tp, cp + len, max);
		*max -= min(*max, len);
	}
	return len;
}

/* A SYN; @len: out: bytes of data with it. NULL without memory. */
static struct mbuf *syn_segment(const struct tcpcb *tp, u8 flags, u32 now, u32 *len)
{
	const struct sockbuf *sb = &tcp_so(tp)->so_snd;
	u8 opts[TCP_MAXOPTLEN];
	struct in_conninfo inc;
	struct bsd_tcphdr *th;
	unsigned int optlen;
	struct mbuf *m;
	u32 max;

	optlen = syn_options(tp, opts, flags & BSD_TH_ACK, now, &max);
	bsd_tcp_inconninfo(tp->t_inpcb, &inc);
	m = bsd_tcp_header(&inc, tp->iss, tp->rcv_nxt, flags, optlen);
	if (!m)
		return NULL;
	th = (struct bsd_tcphdr *)(m->m_data + sizeof(struct ip));
	memcpy(th + 1, opts, optlen);
	th->th_win = htons(min_t(u32, tp->rcv_wnd, TCP_MAXWIN));	/* RFC 7323 2.2 */
	*len = min(READ_ONCE(sb->sb_cc), max);
	if (*len) {
		m->m_next = m_copym(sb->sb_ml.ml_head, 0, *len, M_DONTWAIT);
		if (!m->m_next)
			*len = 0;	/* it goes later */
		m->m_pkthdr.len += *len;
	}
	if (unlikely(tcp_signed(tp)))
		bsd_tcp_md5_sign(tcp_signed(tp), m);
	return m;
}

/* Our SYN, the first time or again; with an acknowledgment if the peer called, too. */
static int output_syn(struct tcpcb *tp, struct netstack *ns)
{
	bool both = tp->t_state == TCPS_SYN_RECEIVED;
	struct tcp_out o = {
		.o_seq = tp->iss,
		.o_time = bsd_tcp_time(),
		.o_again = tp->snd_max != tp->iss,
		.o_flags = both ? BSD_TH_SYN | BSD_TH_ACK : BSD_TH_SYN,
	};
	struct mbuf *m;
	u8 ecn = 0;

	tp->t_flags &= ~TF_ECN;
	if (!both && READ_ONCE(bsd_tcp_ecn) == 1 && !tp->t_rxtshift) {
		tp->t_flags |= TF_ECN;	/* a second one does without (RFC 3168 6.1.1.1) */
		ecn = BSD_TH_ECE | BSD_TH_CWR;
	}
	m = syn_segment(tp, o.o_flags | ecn, o.o_time.tm_ms, &o.o_len);
	if (!m)
		return -ENOBUFS;
	if (!both && tp->t_rxtshift == 1 && seq_gt(tp->snd_max, tp->iss + 1))
		bsd_tcp_fastopen_lost(tp);
	output_sent(tp, &o, 0);
	return bsd_tcp_send(m, tp->t_inpcb, tp->t_inpcb->inp_bound_ifidx, ns);
}

/**
 * bsd_tcp_synack() - answer the SYN that has opened a connection, or do so again
 * @tp: connection with TF_SYNACK
 * @ns: section
 *
 * Context: Section, PCB locked.
 * Source:  RFC 7413 4.2.2.
 */
void bsd_tcp_synack(struct tcpcb *tp, struct netstack *ns)
{
	u8 flags = BSD_TH_SYN | BSD_TH_ACK | (tp->t_flags & TF_ECN ? BSD_TH_ECE : 0);
	struct mbuf *m;
	u32 len;

	m = syn_segment(tp, flags, bsd_tcp_now(), &len);
	if (!m)
		return;		/* the timer repeats it */
	tp->last_ack_sent = tp->rcv_nxt;
	bsd_tcp_send(m, tp->t_inpcb, tp->t_inpcb->inp_bound_ifidx, ns);
}

/* What IP said of a segment. True: try again, with smaller ones. */
static bool output_error(struct tcpcb *tp, int *error)
{
	u16 before = tp->t_maxseg;

	switch (*error) {
	case -EMSGSIZE:
		bsd_tcp_setmss(tp);
		bsd_tcp_rewind(tp);
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
		if (!tcp_timer_active(tp, TCPT_REXMT) && !tcp_timer_active(tp, TCPT_PERSIST) &&
		    tp->t_state != TCPS_TIME_WAIT)
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
	struct tcp_out o = { };
	int error = 0;

	if (tp->t_state == TCPS_CLOSED || tp->t_state == TCPS_LISTEN)
		return 0;
	if (unlikely(tp->t_flags & TF_URG) && seq_leq(tp->snd_up, tp->snd_una))
		tp->t_flags &= ~(TF_URG | TF_URGTELL);
	if (tp->t_state == TCPS_SYN_SENT || tp->t_state == TCPS_SYN_RECEIVED) {
		if (!(tp->t_flags & TF_DEFER) &&
		    (tp->t_flags & TF_ACKNOW || tp->snd_nxt == tp->iss))
			error = output_syn(tp, ns);
		output_error(tp, &error);
		return error;
	}
	if (unlikely(2 * min(tp->snd_cwnd, tp->snd_wnd) > READ_ONCE(tcp_so(tp)->so_snd.sb_hiwat)))
		bsd_tcp_autobuf_snd(tp);
	if (idle && READ_ONCE(tcp_so(tp)->so_snd.sb_cc))
		output_restart(tp, &o);
	do {
		output_measure(tp, &o);
		if (!output_worth(tp, &o, idle))
			break;
		error = output_segment(tp, &o, ns);
	} while (error ? output_error(tp, &error) :
			 o.o_more && !(tp->t_flags & (TF_FORCE | TF_PROBE)));
	output_persist(tp);
	if (o.o_sent)
		bsd_tcp_probe_arm(tp);
	return error;
}
