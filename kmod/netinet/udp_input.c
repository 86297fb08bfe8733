// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * udp_input.c - UDP datagrams from the network to sockets.
 *
 * Receive path: ip_deliver.c -> bsd_udp_input(), which checks and gathers on
 * ns_udp -> at the end of the batch bsd_udp_input_flush() -> in_pcbinput() ->
 * bsd_udp_deliver() -> sockbuf.c.
 *
 * Datagrams of one socket that come in one batch make a run: one PCB lock, one
 * append and one wakeup for all of them (in_pcb_run.h).
 *
 * Context: section of a softnet thread, or of a system call that sent to this
 * host. No lock is held on entry; PCB mutexes are only tried.
 *
 * Source: RFC 768; RFC 1122 4.1.
 */
#include <bsdnet/udp.h>
#include <bsdnet/icmp.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/kernel.h>

#include "in_pcb_run.h"
#include "udp_priv.h"

#define UDP_HDRLEN	sizeof(struct bsd_udphdr)
#define UDP_NMULTI	32	/* receivers of a broadcast looked up at a time */

unsigned int bsd_udp_blackhole;	/* knob udp/blackhole: no ICMP for closed ports */

/**
 * bsd_udp_input() - check a datagram and keep it for the end of the batch
 * @m:    packet, IP header in front; consumed
 * @hlen: bytes of IP header
 * @ns:   section
 *
 * Context: Section.
 * Source:  RFC 768; RFC 1122 4.1.3.4 (checksum).
 */
void bsd_udp_input(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	const struct bsd_udphdr *uh;
	const struct ip *ip;
	u32 iplen;
	u32 len;

	counter_inc(UDPS_IPACKETS);
	iplen = m->m_pkthdr.len;
	if (unlikely(iplen < hlen + UDP_HDRLEN)) {
		m_drop(m, UDPS_HDROPS);
		return;
	}
	if (unlikely(m->m_len < hlen + UDP_HDRLEN)) {
		m = m_pullup(m, hlen + UDP_HDRLEN);
		if (!m) {
			counter_inc(UDPS_NOMEM);
			return;
		}
	}
	ip = mtod(m, const struct ip *);
	uh = (const struct bsd_udphdr *)(m->m_data + hlen);
	len = ntohs(uh->uh_ulen);
	if (unlikely(len < UDP_HDRLEN || len > iplen - hlen)) {
		m_drop(m, UDPS_BADLEN);
		return;
	}
	if (unlikely(len < iplen - hlen))
		m_adj(m, -(int)(iplen - hlen - len));

	if (!uh->uh_sum) {
		counter_inc(UDPS_NOSUM);
	} else if (unlikely(!(m->m_pkthdr.csum_flags & (M_UDP_CSUM_IN_OK | M_UDP_CSUM_OUT)))) {
		counter_inc(UDPS_INSWCSUM);
		if (in4_cksum(m, IPPROTO_UDP, ip->ip_src, ip->ip_dst, hlen, len)) {
			m_drop(m, UDPS_BADSUM);
			return;
		}
	}
	ml_enqueue(&ns->ns_udp, m);
}

/* Does the peer of @inp, if it has one, fit the datagram with header @ip? */
static bool udp_from_peer(const struct inpcb *inp, const struct ip *ip)
{
	const struct bsd_udphdr *uh = (const void *)((const u8 *)ip + (ip->ip_hl << 2));

	return ip->ip_src == inp->inp_faddr.v4.s_addr && uh->uh_sport == inp->inp_fport;
}

/* Drop those of @ml that are not from the peer: found before it connected. */
static void udp_filter_peer(const struct inpcb *inp, struct mbuf_list *ml)
{
	struct mbuf_list all = *ml;
	struct mbuf *m;

	ml_init(ml);
	while ((m = ml_dequeue(&all))) {
		if (likely(udp_from_peer(inp, m->m_pkthdr.ph_cookie)))
			ml_enqueue(ml, m);
		else
			m_drop(m, UDPS_NOTPEER);
	}
}

/**
 * bsd_udp_deliver() - append datagrams to the socket of a PCB
 * @inp: PCB, locked; perhaps dead
 * @ml:  data of datagrams, ph_cookie at their IP headers; consumed
 * @ns:  section
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 * Return:  whom the caller wakes when it has unlocked.
 */
u32 bsd_udp_deliver(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns)
{
	struct bsd_socket *so = inp->inp_socket;
	unsigned int reason = UDPS_FULLSOCK;
	struct mbuf *m;
	u32 n = 0;

	if (unlikely(!in_pcb_alive(inp))) {
		reason = UDPS_DEAD;
	} else if (unlikely(READ_ONCE(so->so_state) & SS_CANTRCVMORE)) {
		reason = UDPS_SHUTDOWN;
	} else {
		if (inp->inp_faddr.v4.s_addr)
			udp_filter_peer(inp, ml);
		if (unlikely(in_pcb_filters(inp)))
			in_pcb_filter(inp, ml, true);
		if (unlikely(inp->inp_flags & INP_GRO))
			bsd_udp_merge(ml);
		n = sb_append_records(so, &so->so_rcv, ml);
		counter_add(UDPS_DELIVERED, n);
	}
	while (unlikely((m = ml_dequeue(ml))))
		m_drop(m, reason);
	return n ? SOW_READ : 0;
}

/* Make a record of @m: data in front, ph_cookie at the headers before it. */
static void udp_to_record(struct mbuf *m, const struct ip *ip)
{
	m->m_pkthdr.ph_cookie = (void *)ip;
	m_adj(m, (ip->ip_hl << 2) + UDP_HDRLEN);
}

/* Is the datagram for everybody who listens? */
static bool udp_is_multi(const struct mbuf *m, const struct ip *ip)
{
	const struct ifnet *ifp;

	if (unlikely(in_multicast(ip->ip_dst) || ip->ip_dst == htonl(INADDR_BROADCAST)))
		return true;
	if (likely(!(m->m_flags & (M_BCAST | M_MCAST))))
		return false;
	ifp = if_lookup(m->m_pkthdr.ph_ifidx);
	return ifp && in_broadcast(ip->ip_dst, ifp);
}

/* A copy of the datagram @m for @inp. */
static void udp_input_copy(struct mbuf *m, struct inpcb *inp, struct netstack *ns)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *n;

	n = m_copym(m, 0, m->m_pkthdr.len, M_DONTWAIT);
	if (n)
		n = m_pullup(n, (mtod(m, struct ip *)->ip_hl << 2) + UDP_HDRLEN);
	if (!n) {
		counter_inc(UDPS_NOMEM);
		return;
	}
	counter_inc(UDPS_BCAST);
	udp_to_record(n, mtod(n, const struct ip *));
	ml_enqueue(&ml, n);
	in_pcbinput(inp, &ml, ns);
}

/* Broadcast or multicast: to all sockets that fit. */
static void udp_input_multi(struct mbuf *m, const struct ip *ip, const struct bsd_udphdr *uh,
			    struct netstack *ns)
{
	struct inpcb *inps[UDP_NMULTI];
	unsigned int wanted = 0;
	unsigned int total = 0;
	unsigned int i;
	unsigned int n;

	do {
		n = in_pcblookup_all(&udbtable, ip->ip_src, uh->uh_sport, ip->ip_dst,
				     uh->uh_dport, m->m_pkthdr.ph_rtableid,
				     m->m_pkthdr.ph_ifidx, inps, UDP_NMULTI, total);
		for (i = 0; i < n; i++) {
			if (in_multicast(ip->ip_dst) &&
			    !in_mship_wants(inps[i], ip->ip_dst, ip->ip_src,
					    m->m_pkthdr.ph_ifidx))
				continue;
			udp_input_copy(m, inps[i], ns);
			wanted++;
		}
		total += n;
	} while (n == UDP_NMULTI);
	if (wanted)
		m_freem(m);
	else
		m_drop(m, UDPS_NOPORTBCAST);
}

/* Nobody has the port. RFC 1122 4.1.3.1. */
static void udp_noport(struct mbuf *m, struct netstack *ns)
{
	if (READ_ONCE(bsd_udp_blackhole) || m->m_flags & (M_BCAST | M_MCAST)) {
		m_drop(m, UDPS_NOPORT);
		return;
	}
	counter_inc(UDPS_NOPORT);
	bsd_icmp_error(m, BSD_ICMP_UNREACH, BSD_ICMP_UNREACH_PORT, 0, ns);
}

/* Put one checked datagram on the run of its socket. */
static void udp_input_one(struct inp_runs *rs, struct mbuf *m, struct netstack *ns)
{
	const struct ip *ip = mtod(m, const struct ip *);
	const struct bsd_udphdr *uh = (const void *)(m->m_data + (ip->ip_hl << 2));
	__be32 ports = inp_run_ports(uh);
	struct inp_run *ir = inp_run_same(rs, m, ip, ports);
	struct inpcb *inp;

	if (unlikely(!ir)) {
		if (unlikely(udp_is_multi(m, ip))) {
			inp_runs_close(rs, ns);
			udp_input_multi(m, ip, uh, ns);
			return;
		}
		inp = inp_run_lookup(&udbtable, m, ip, uh);
		if (unlikely(!inp)) {
			udp_noport(m, ns);
			return;
		}
		ir = inp_run_open(rs, inp, m, ip, ports, ns);
	}
	udp_to_record(m, ip);
	ml_enqueue(&ir->ir_ml, m);
}

/**
 * bsd_udp_input_flush() - the batch ends: give its datagrams to their sockets
 * @ns: section; ns_udp is empty after
 *
 * Context: Section, no PCB locked. Takes the ladder mutex where the mode wants it.
 */
void bsd_udp_input_flush(struct netstack *ns)
{
	inp_runs_flush(&ns->ns_udp, NETSEC_PROTO, UDPS_RUNS, udp_input_one, ns);
}
