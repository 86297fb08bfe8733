// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_input.c - TCP segments from the network to connections.
 *
 * Receive path: ip_deliver.c -> bsd_tcp_input(), which checks and gathers on ns_tcp
 * -> at the end of the batch bsd_tcp_input_flush() -> in_pcbinput() ->
 * bsd_tcp_deliver() -> tcp_segment.c, or tcp_listen.c for what opens a connection.
 *
 * Segments of one connection that come in one batch make a run: one PCB lock and
 * one wakeup for all of them, and one acknowledgment at its end (in_pcb_run.h); those
 * that follow each other are merged before (tcp_lro.c).
 *
 * Context: section of a softnet thread, or of a system call that sent to this host.
 * No lock is held on entry; PCB mutexes are only tried.
 *
 * Source: RFC 9293 3.10.7; RFC 1122 4.2.3.10 (broadcasts).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/in.h>
#include <bsdnet/ip.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>

#include "in_pcb_run.h"

/* Is the checksum right, or need nobody look? */
static bool tcp_cksum_ok(const struct mbuf *m, const struct ip *ip, unsigned int hlen)
{
	if (likely(m->m_pkthdr.csum_flags & (M_TCP_CSUM_IN_OK | M_TCP_CSUM_OUT)))
		return true;
	counter_inc(TS_RCVSWCSUM);
	return !in4_cksum(m, IPPROTO_TCP, ip->ip_src, ip->ip_dst, hlen,
			  m->m_pkthdr.len - hlen);
}

/**
 * bsd_tcp_input() - check a segment and keep it for the end of the batch
 * @m:    packet, IP header in front; consumed
 * @hlen: bytes of IP header
 * @ns:   section
 *
 * Context: Section.
 * Source:  RFC 9293 3.1 (MUST-2, MUST-3: checksum).
 */
void bsd_tcp_input(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	const struct bsd_tcphdr *th;
	unsigned int thlen;

	counter_add(TS_RCVTOTAL, m_segs(m));
	if (unlikely(m->m_pkthdr.len < hlen + TCP_MINHDR)) {
		m_drop(m, TS_RCVSHORT);
		return;
	}
	if (unlikely(m->m_len < hlen + TCP_MINHDR)) {
		m = m_pullup(m, hlen + TCP_MINHDR);
		if (!m) {
			counter_inc(TS_NOMEM);
			return;
		}
	}
	if (unlikely(m->m_flags & (M_BCAST | M_MCAST))) {
		m_drop(m, TS_RCVBCAST);
		return;
	}
	th = (const struct bsd_tcphdr *)(m->m_data + hlen);
	thlen = th->th_off >> 4 << 2;
	if (unlikely(thlen < TCP_MINHDR || hlen + thlen > m->m_pkthdr.len)) {
		m_drop(m, TS_RCVBADOFF);
		return;
	}
	if (unlikely(m->m_len < hlen + thlen)) {
		m = m_pullup(m, hlen + thlen);
		if (!m) {
			counter_inc(TS_NOMEM);
			return;
		}
		th = (const struct bsd_tcphdr *)(m->m_data + hlen);
	}
	if (unlikely(!tcp_cksum_ok(m, mtod(m, const struct ip *), hlen))) {
		m_drop(m, TS_RCVBADSUM);
		return;
	}
	if (unlikely(!th->th_sport || !th->th_dport)) {
		m_drop(m, TS_RCVBADPORT);
		return;
	}
	if (m->m_pkthdr.csum_flags & M_TCP_TSO)
		counter_inc(TS_RCVLRO);
	ml_enqueue(&ns->ns_tcp, m);
}

/* What @m says; its headers are checked and contiguous. */
static void tcp_parse(struct mbuf *m, struct tcp_seg *seg)
{
	const struct ip *ip = mtod(m, const struct ip *);
	unsigned int hlen = ip->ip_hl << 2;
	const struct bsd_tcphdr *th = (const void *)(m->m_data + hlen);
	unsigned int thlen = th->th_off >> 4 << 2;

	seg->ts_m = m;
	seg->ts_off = hlen + thlen;
	seg->ts_seq = ntohl(th->th_seq);
	seg->ts_ack = ntohl(th->th_ack);
	seg->ts_win = ntohs(th->th_win);
	seg->ts_up = seg->ts_seq + ntohs(th->th_urp);
	seg->ts_len = m->m_pkthdr.len - hlen - thlen;
	seg->ts_flags = th->th_flags;
	seg->ts_tos = ip->ip_tos;
	seg->ts_cut = false;
	bsd_tcp_parse_options((const u8 *)(th + 1), thlen - TCP_MINHDR,
			      th->th_flags & BSD_TH_SYN, &seg->ts_opts);
}

/* One segment of a connection. PCB locked. Returns SOW_*. */
static u32 tcp_deliver_one(struct inpcb *inp, struct mbuf *m, struct tcp_time now,
			   struct netstack *ns)
{
	struct tcpcb *tp = intotcpcb(inp);
	struct tcp_seg seg;
	unsigned int refused;
	u32 wake = 0;

	tcp_parse(m, &seg);
	seg.ts_time = now;
	refused = tcp_md5_refuse(tcp_signed(tp), m, &seg);
	if (unlikely(refused)) {
		m_drop(m, refused);
		return 0;
	}
	if (unlikely(!in_pcb_alive(inp) || tp->t_state == TCPS_CLOSED)) {
		counter_inc(TS_RCVDEAD);
		bsd_tcp_reset(m, &seg, tcp_signed(tp), ns);
		return 0;
	}
	if (unlikely(READ_ONCE(inp->inp_minttl) &&
		     mtod(m, struct ip *)->ip_ttl < READ_ONCE(inp->inp_minttl))) {
		m_drop(m, TS_RCVMINTTL);	/* RFC 5082 */
		return 0;
	}
	if (unlikely(tp->t_state == TCPS_LISTEN)) {
		/* It began to listen after the segment was looked up: it comes again. */
		m_drop(m, TS_RCVDEAD);
		return 0;
	}
	if (unlikely(tp->t_state == TCPS_SYN_SENT))
		wake = bsd_tcp_syn_sent(tp, &seg, ns);
	else
		wake = bsd_tcp_segment(tp, &seg, ns);
	if (seg.ts_m)
		m_freem(seg.ts_m);
	return wake;
}

/**
 * bsd_tcp_deliver() - process segments of a connection
 * @inp: PCB, locked; perhaps dead
 * @ml:  packets in order, consumed
 * @ns:  section
 *
 * What they ask to be sent is sent once, at the end.
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 * Return:  whom the caller wakes when it has unlocked.
 */
u32 bsd_tcp_deliver(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns)
{
	struct tcp_time now = bsd_tcp_time();
	struct tcpcb *tp = intotcpcb(inp);
	struct mbuf *m;
	u32 wake = 0;

	while ((m = ml_dequeue(ml))) {
		if (ml->ml_head && ml_empty(&tp->t_reass) && !tcp_signed(tp))
			bsd_tcp_lro(m, ml, tp->rcv_nxt);
		wake |= tcp_deliver_one(inp, m, now, ns);
	}
	if (in_pcb_alive(inp) && tp->t_state != TCPS_CLOSED && tp->t_flags & TF_OUTPUT) {
		tp->t_flags &= ~TF_OUTPUT;
		bsd_tcp_output(tp, ns);
	}
	return wake;
}

/* For nobody. RFC 9293 3.10.7.1. */
static void tcp_noport(struct mbuf *m, struct netstack *ns)
{
	struct tcp_seg seg;

	counter_inc(TS_RCVNOPORT);
	tcp_parse(m, &seg);
	if (unlikely(seg.ts_opts.to_md5))
		m_drop(m, TS_RCVMD5UNWANTED);	/* an answer could not be signed */
	else
		bsd_tcp_reset(m, &seg, NULL, ns);
}

/* A SYN for a connection that may be over? Not locked. */
static bool tcp_may_recycle(const struct inpcb *inp, const struct bsd_tcphdr *th)
{
	const struct tcpcb *tp = intotcpcb(inp);

	return (th->th_flags & (BSD_TH_SYN | BSD_TH_ACK | BSD_TH_RST)) == BSD_TH_SYN && tp &&
	       READ_ONCE(tp->t_state) == TCPS_TIME_WAIT;
}

/*
 * A SYN for a connection in TIME_WAIT, newer than all of it: that has ended then, and
 * the SYN is for whoever listens. RFC 9293 3.6.1 (MAY-2), RFC 6191 2.
 */
static bool tcp_recycle(struct inpcb *inp, struct mbuf *m, struct netstack *ns)
{
	struct tcpcb *tp = intotcpcb(inp);
	struct tcp_seg seg;
	bool done = false;
	u32 wake = 0;

	tcp_parse(m, &seg);
	if (!in_pcbtrylock(inp, ns))
		return false;
	if (in_pcb_alive(inp) && tp->t_state == TCPS_TIME_WAIT &&
	    !tcp_md5_refuse(tcp_signed(tp), m, &seg) &&
	    (seq_gt(seg.ts_seq, tp->rcv_nxt) ||
	     (tp->t_flags & TF_TSTMP && seg.ts_opts.to_flags & TO_TSTMP &&
	      seq_gt(seg.ts_opts.to_tsval, tp->ts_recent)))) {
		counter_inc(TS_TWRECYCLED);
		wake = bsd_tcp_close(tp);
		done = true;
	}
	in_pcbunlock(inp, ns);
	sowakeup(inp->inp_socket, wake);
	return done;
}

/* For a listener: no lock, it has no state of its own for what comes. */
static void tcp_listener(struct inpcb *inp, struct mbuf *m, struct netstack *ns)
{
	unsigned int refused;
	struct tcp_seg seg;

	if (unlikely(mtod(m, struct ip *)->ip_ttl < READ_ONCE(inp->inp_minttl))) {
		m_drop(m, TS_RCVMINTTL);	/* RFC 5082 */
		return;
	}
	tcp_parse(m, &seg);
	refused = tcp_md5_refuse(tcp_md5key(intotcpcb(inp), mtod(m, struct ip *)->ip_src),
				 m, &seg);
	if (unlikely(refused)) {
		m_drop(m, refused);
		return;
	}
	bsd_tcp_listen_input(inp, &seg, ns);
	if (seg.ts_m)
		m_freem(seg.ts_m);
}

/* Put one checked segment on the run of its connection. */
static void tcp_input_one(struct inp_runs *rs, struct mbuf *m, struct netstack *ns)
{
	const struct ip *ip = mtod(m, const struct ip *);
	const struct bsd_tcphdr *th = (const void *)(m->m_data + (ip->ip_hl << 2));
	__be32 ports = inp_run_ports(th);
	struct inp_run *ir = inp_run_same(rs, m, ip, ports);
	struct inpcb *inp;

	if (unlikely(!ir)) {
		inp = inp_run_lookup(&tcbtable, m, ip, th);
		if (inp && unlikely(tcp_may_recycle(inp, th)) && tcp_recycle(inp, m, ns))
			inp = inp_run_lookup(&tcbtable, m, ip, th);
		if (unlikely(!inp)) {
			tcp_noport(m, ns);
			return;
		}
		if (READ_ONCE(inp->inp_flags) & INP_LISTEN) {
			tcp_listener(inp, m, ns);
			return;
		}
		ir = inp_run_open(rs, inp, m, ip, ports, ns);
	}
	ml_enqueue(&ir->ir_ml, m);
}

/**
 * bsd_tcp_input_flush() - the batch ends: give its segments to their connections
 * @ns: section; ns_tcp is empty after
 *
 * Context: Section, no PCB locked. Takes the ladder mutex where the mode wants it.
 */
void bsd_tcp_input_flush(struct netstack *ns)
{
	inp_runs_flush(&ns->ns_tcp, NETSEC_TCPIN, TS_RCVRUNS, tcp_input_one, ns);
}
