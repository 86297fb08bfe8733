// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_respond.c - segments without data: headers, resets, challenges.
 *
 * Receive path: tcp_input.c, tcp_segment.c, tcp_syncache.c, tcp_timer.c -> here ->
 * ip_output.c. tcp_output.c makes its headers here, too.
 *
 * Context: section; the PCB locked where there is one.
 * Source: RFC 9293 3.10.7.1 (resets), RFC 5961 7 (challenges), RFC 1122 4.2.3.10.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/in.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/align.h>

/**
 * bsd_tcp_header() - a packet with nothing but headers
 * @inc:    both ends
 * @seq:    sequence number
 * @ack:    acknowledgment, 0 without BSD_TH_ACK
 * @flags:  BSD_TH_*
 * @optlen: bytes of options to follow, a multiple of four; the caller writes them
 *
 * Window, TTL and TOS are 0; the caller may mark it as capable of ECN. Room for a
 * link-layer header is in front.
 *
 * Context: Any but hard interrupt.
 * Return:  packet, NULL without memory (counted).
 */
struct mbuf *bsd_tcp_header(const struct in_conninfo *inc, u32 seq, u32 ack, u8 flags,
			    unsigned int optlen)
{
	unsigned int hlen = sizeof(struct ip) + TCP_MINHDR + optlen;
	struct bsd_tcphdr *th;
	struct mbuf *m;
	struct ip *ip;

	m = m_gethdr(M_DONTWAIT);
	if (unlikely(!m)) {
		counter_inc(TS_SNDNOMEM);
		return NULL;
	}
	m->m_data += ALIGN_DOWN(MHLEN - hlen, 4);
	m->m_len = hlen;
	m->m_pkthdr.len = hlen;
	m->m_pkthdr.ph_rtableid = inc->inc_rtableid;
	ip = mtod(m, struct ip *);
	ip->ip_tos = 0;
	ip->ip_ttl = 0;
	ip->ip_p = IPPROTO_TCP;
	ip->ip_src = inc->inc_laddr;
	ip->ip_dst = inc->inc_faddr;
	th = (struct bsd_tcphdr *)(ip + 1);
	th->th_sport = inc->inc_lport;
	th->th_dport = inc->inc_fport;
	th->th_seq = htonl(seq);
	th->th_ack = htonl(ack);
	th->th_off = ((TCP_MINHDR + optlen) >> 2) << 4;
	th->th_flags = flags;
	th->th_win = 0;
	th->th_urp = 0;
	return m;
}

/**
 * bsd_tcp_send() - checksum and send a segment
 * @m:   from bsd_tcp_header(), data appended and pkthdr.len right; consumed
 * @inp: PCB, locked: options, route cache, path MTU discovery; NULL: none
 * @ifidx: interface that it must leave by, 0: any
 * @ns:  section
 *
 * Context: Section.
 * Return:  0, or -errno of bsd_ip_output().
 */
int bsd_tcp_send(struct mbuf *m, struct inpcb *inp, u32 ifidx, struct netstack *ns)
{
	struct ip *ip = mtod(m, struct ip *);
	struct bsd_tcphdr *th = (struct bsd_tcphdr *)(ip + 1);
	struct ip_outarg arg = { .io_inp = inp, .io_ifidx = ifidx };
	int error;

	if (inp) {
		arg.io_ro = &inp->inp_route;
		if (READ_ONCE(inp->inp_pmtudisc) != IP_PMTUDISC_DONT)
			arg.io_flags |= IPOUT_DF;
		if (unlikely(READ_ONCE(inp->inp_socket->so_options) & BSD_SO_DONTROUTE))
			arg.io_flags |= IPOUT_DONTROUTE;
		ip->ip_ttl = READ_ONCE(inp->inp_ttl);
		ip->ip_tos |= READ_ONCE(inp->inp_tos) & ~IPTOS_ECN_MASK;	/* these are ours */
		m->m_pkthdr.ph_flowid = inp->inp_flowid;
	} else {
		m->m_pkthdr.ph_flowid = softnet_toeplitz4(ip->ip_src, ip->ip_dst, th->th_sport,
							  th->th_dport);
	}
	m->m_flags |= M_FLOWID;
	if (likely(!ip->ip_ttl))
		ip->ip_ttl = READ_ONCE(bsd_ip_defttl);
	th->th_sum = (__force __sum16)in4_pseudo(IPPROTO_TCP, ip->ip_src, ip->ip_dst,
						 m->m_pkthdr.len - sizeof(*ip));
	m->m_pkthdr.csum_flags |= M_TCP_CSUM_OUT;
	counter_add(TS_SNDTOTAL, m_segs(m));
	error = bsd_ip_output(m, &arg, ns);
	if (unlikely(error))
		counter_inc(TS_SNDFAIL);
	return error;
}

/**
 * bsd_tcp_reset() - refuse a segment that belongs to no connection
 * @m:   packet, IP header in front; consumed
 * @seg: what it says
 * @mk:  key to sign the answer with; NULL: none
 * @ns:  section
 *
 * Never in answer to a reset, nor to what came to many.
 *
 * Context: Section.
 * Source:  RFC 9293 3.10.7.1; RFC 1122 4.2.3.10.
 */
void bsd_tcp_reset(struct mbuf *m, const struct tcp_seg *seg, const struct tcp_md5key *mk,
		   struct netstack *ns)
{
	unsigned int optlen = mk ? TCP_MD5_SPACE : 0;
	struct in_conninfo inc;
	u32 len = seg->ts_len;

	if (seg->ts_flags & BSD_TH_RST || m->m_flags & (M_BCAST | M_MCAST) ||
	    READ_ONCE(bsd_tcp_blackhole)) {
		m_freem(m);	/* counted by whoever found that it belongs to nobody */
		return;
	}
	bsd_tcp_conninfo(m, &inc);
	m_freem(m);
	if (seg->ts_flags & BSD_TH_SYN)
		len++;
	if (seg->ts_flags & BSD_TH_FIN)
		len++;
	if (seg->ts_flags & BSD_TH_ACK)
		m = bsd_tcp_header(&inc, seg->ts_ack, 0, BSD_TH_RST, optlen);
	else
		m = bsd_tcp_header(&inc, 0, seg->ts_seq + len, BSD_TH_RST | BSD_TH_ACK, optlen);
	if (!m)
		return;
	if (mk) {
		bsd_tcp_md5_build(m->m_data + sizeof(struct ip) + TCP_MINHDR);
		bsd_tcp_md5_sign(mk, m);
	}
	counter_inc(TS_SNDRST);
	bsd_tcp_send(m, NULL, 0, ns);
}

/**
 * bsd_tcp_respond() - a segment of a connection without data
 * @tp:    connection
 * @seq:   sequence number
 * @flags: BSD_TH_*, acknowledging with BSD_TH_ACK what has come
 * @ns:    section
 *
 * Context: Section, PCB locked.
 */
void bsd_tcp_respond(struct tcpcb *tp, u32 seq, u8 flags, struct netstack *ns)
{
	u32 told = max_t(s32, tp->rcv_adv - tp->rcv_nxt, 0);	/* a FIN may be beyond it */
	unsigned int optlen = bsd_tcp_optlen(tp);
	struct inpcb *inp = tp->t_inpcb;
	struct in_conninfo inc;
	struct bsd_tcphdr *th;
	struct mbuf *m;

	bsd_tcp_inconninfo(inp, &inc);
	m = bsd_tcp_header(&inc, seq, flags & BSD_TH_ACK ? tp->rcv_nxt : 0, flags, optlen);
	if (!m)
		return;
	th = (struct bsd_tcphdr *)(m->m_data + sizeof(struct ip));
	bsd_tcp_build_options(tp, (u8 *)(th + 1), optlen, bsd_tcp_now());
	if (flags & BSD_TH_RST)
		counter_inc(TS_SNDRST);
	else
		th->th_win = htons(min_t(u32, told >> tp->rcv_scale, TCP_MAXWIN));
	if (flags & BSD_TH_ACK) {
		if (tp->t_flags & TF_ECE && !(flags & BSD_TH_RST))
			th->th_flags |= BSD_TH_ECE;
		tp->last_ack_sent = tp->rcv_nxt;
		tp->t_flags &= ~TF_ACKNOW;
		bsd_tcp_timer_disarm(tp, TCPT_DELACK);
	}
	if (unlikely(tcp_signed(tp)))
		bsd_tcp_md5_sign(tcp_signed(tp), m);
	bsd_tcp_send(m, inp, inp->inp_bound_ifidx, ns);
}

/**
 * bsd_tcp_challenge() - ask the peer whether it meant that
 * @tp: connection
 * @ns: section
 *
 * At most tcp/challenge_limit a second and connection: a limit that connections
 * share would tell one about another.
 *
 * Context: Section, PCB locked.
 * Source:  RFC 5961 3.2, 4.2, 5.2, 7.
 */
void bsd_tcp_challenge(struct tcpcb *tp, struct netstack *ns)
{
	u32 now = bsd_tcp_now();

	if (now - tp->t_challengeat >= MSEC_PER_SEC) {
		tp->t_challengeat = now;
		tp->t_challenges = 0;
	}
	if (tp->t_challenges++ >= READ_ONCE(bsd_tcp_challenge_limit)) {
		counter_inc(TS_CHALLENGELIMIT);
		return;
	}
	counter_inc(TS_SNDCHALLENGE);
	bsd_tcp_respond(tp, tcp_emptyseq(tp), BSD_TH_ACK, ns);
}
