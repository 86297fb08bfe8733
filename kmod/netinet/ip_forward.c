// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_forward.c - packets for others.
 *
 * Receive path: ip_input.c -> here -> if_output of the next interface (or
 * icmp_error.c).
 * Context: in a section; no lock.
 * Source: RFC 1812 4.2.2.9 (TTL), 5.2.7 (errors, redirects), 5.3.4, 5.3.5
 * (broadcasts stay), RFC 1624 (checksum), RFC 3927 2.7 (link-local stays).
 *
 * All that can go wrong is found before the packet is changed, so that it can be
 * quoted in an ICMP error as it came: no copy is made for an error that may
 * never happen. What the link layer refuses later (no neighbour, full queue) is
 * counted there and told to nobody.
 */
#include "ip_priv.h"
#include <bsdnet/counters.h>
#include <bsdnet/icmp.h>
#include <bsdnet/in_var.h>
#include <bsdnet/tcp.h>

/* An ICMP error instead of the packet, which is counted as @reason. */
static void ip_forward_error(struct mbuf *m, unsigned int reason, u8 type, u8 code, u32 arg,
			     struct netstack *ns)
{
	m_drop(NULL, reason);
	bsd_icmp_error(m, type, code, arg, ns);
}

/*
 * The packet leaves by the interface it came in on: tell a sender on the same
 * network the shorter way (RFC 1812 5.2.7.2). The packet itself goes on.
 */
static noinline void ip_forward_redirect(struct mbuf *m, struct ifnet *ifp,
					 const struct bsd_rtentry *rt, struct netstack *ns)
{
	const struct ip *ip = mtod(m, struct ip *);
	const struct bsd_in_ifaddr *ia;
	struct mbuf *copy;
	__be32 nexthop;
	__be32 mask;
	u32 flags;

	flags = READ_ONCE(rt->rt_flags);
	if ((flags & (BSD_RTF_DYNAMIC | BSD_RTF_MODIFIED)) || (m->m_flags & M_LOOP))
		return;
	nexthop = flags & BSD_RTF_GATEWAY ? rt_gateway4(rt) : ip->ip_dst;
	ia = in_ifaddr_for(ifp, ip->ip_src);
	if (!ia)
		return;
	mask = in_plen2mask(ia->ia_plen);
	if (((ip->ip_src ^ ia->ia_addr.sin_addr.s_addr) & mask) ||
	    ((nexthop ^ ia->ia_addr.sin_addr.s_addr) & mask))
		return;
	/* As much as bsd_icmp_error() quotes at most. */
	copy = m_copym(m, 0, min_t(u32, m->m_pkthdr.len, ICMP_QUOTE_MAX), M_DONTWAIT);
	if (!copy)
		return;
	counter_inc(IPS_REDIRECTSENT);
	bsd_icmp_error(copy, BSD_ICMP_REDIRECT, BSD_ICMP_REDIRECT_HOST, (__force u32)nexthop, ns);
}

/*
 * Routes that lead nowhere, and packets that must not go on. Returns true if
 * the packet was consumed.
 */
static __always_inline bool ip_forward_refuse(struct mbuf *m, struct bsd_rtentry *rt,
					      struct netstack *ns)
{
	const struct ip *ip = mtod(m, struct ip *);
	u32 flags;

	if (unlikely((m->m_flags & (M_BCAST | M_MCAST)) || in_linklocal(ip->ip_src) ||
		     in_linklocal(ip->ip_dst) || in_loopback(ip->ip_dst) ||
		     in_loopback(ip->ip_src))) {
		m_drop(m, IPS_CANTFORWARD);
		return true;
	}
	if (unlikely(ip->ip_ttl <= 1)) {
		ip_forward_error(m, IPS_TTLEXCEEDED, BSD_ICMP_TIMXCEED, BSD_ICMP_TIMXCEED_INTRANS,
				 0, ns);
		return true;
	}
	if (unlikely(!rt)) {
		ip_forward_error(m, IPS_NOROUTE, BSD_ICMP_UNREACH, BSD_ICMP_UNREACH_NET, 0, ns);
		return true;
	}
	flags = READ_ONCE(rt->rt_flags);
	if (unlikely(flags & (BSD_RTF_BLACKHOLE | BSD_RTF_REJECT))) {
		if (flags & BSD_RTF_BLACKHOLE)
			m_drop(m, IPS_BLACKHOLE);
		else
			ip_forward_error(m, IPS_BLACKHOLE, BSD_ICMP_UNREACH,
					 BSD_ICMP_UNREACH_HOST, 0, ns);
		return true;
	}
	return false;
}

/* One hop less to live; the sum follows by RFC 1624 (3), HC' = ~(~HC + ~m + m'). */
static __always_inline void ip_decttl(struct ip *ip)
{
	u32 sum;

	ip->ip_ttl--;
	/* The word of TTL and protocol lost 0x0100, so the sum of the header gains it. */
	sum = (__force u16)ip->ip_sum + (__force u16)htons(0x0100);
	ip->ip_sum = (__force __sum16)(sum + (sum >= 0xffff));
}

/*
 * Nothing is in the way any more: the packet is ours to change, and leaves. Longer
 * than @mtu it goes in pieces, and as its segments if it was merged from several.
 */
static __always_inline void ip_forward_send(struct mbuf *m, struct ifnet *oifp, u32 mtu,
					    struct bsd_rtentry *rt, struct netstack *ns)
{
	unsigned int hlen = ip_hdrlen(mtod(m, struct ip *));

	if (unlikely(hlen > IP_HLEN) && !bsd_ip_dooptions(&m, oifp, false, ns))
		return;
	if (unlikely(!m_writable(m))) {
		m = m_makewritable(m, hlen);
		if (!m) {
			m_drop(NULL, IPS_ODROPPED);
			return;
		}
	}
	ip_decttl(mtod(m, struct ip *));
	counter_inc(IPS_FORWARD);
	if (unlikely(m->m_pkthdr.csum_flags & M_TCP_TSO)) {
		m = bsd_tcp_tso_check(m);	/* the headers may lie apart now */
		if (m)
			bsd_tcp_tso_output(oifp, m, mtu, rt, ns);
		return;
	}
	ip_send(oifp, m, mtu, rt, ns);
}

/**
 * bsd_ip_forward_group() - send a copy of a multicast on its way
 * @m:    packet, header in front, TTL above 1; consumed
 * @oifp: interface that it leaves by, usable
 * @ns:   section
 *
 * Context: In a section.
 */
void bsd_ip_forward_group(struct mbuf *m, struct ifnet *oifp, struct netstack *ns)
{
	if (unlikely(m->m_pkthdr.csum_flags & M_TCP_TSO)) {
		m_drop(m, TS_BADTSO);	/* a group does not speak TCP (RFC 1122 4.2.3.10) */
		return;
	}
	m->m_flags |= M_MCAST | M_LOOP;	/* no copy to ourselves */
	ip_forward_send(m, oifp, oifp->if_mtu, NULL, ns);
}

/**
 * bsd_ip_forward() - send a packet for somebody else on its way
 * @m:   packet, header checked by bsd_ip_input(); consumed
 * @ifp: interface it came in on
 * @rt:  route to its destination, or NULL if there is none
 * @ns:  section
 *
 * Context: In a section.
 * Source:  RFC 1812 5.2.1.
 */
void bsd_ip_forward(struct mbuf *m, struct ifnet *ifp, struct bsd_rtentry *rt,
		    struct netstack *ns)
{
	struct ifnet *oifp;
	u32 mtu;

	if (rt && unlikely(READ_ONCE(rt->rt_flags) & BSD_RTF_MPATH))
		rt = rt_mpath_select(rt, m);
	if (ip_forward_refuse(m, rt, ns))
		return;
	oifp = if_lookup(rt_ifidx(rt));
	if (unlikely(!oifp || !ip_ifusable(oifp))) {
		ip_forward_error(m, IPS_IFDOWN, BSD_ICMP_UNREACH, BSD_ICMP_UNREACH_HOST, 0, ns);
		return;
	}
	mtu = ip_mtu(rt, oifp);
	if (unlikely(m->m_pkthdr.csum_flags & M_TCP_TSO)) {
		m = bsd_tcp_tso_check(m);
		if (!m)
			return;
	}
	if (unlikely(ip_sendlen(m) > mtu && (mtod(m, struct ip *)->ip_off & htons(IP_OFF_DF)))) {
		ip_forward_error(m, IPS_CANTFRAG, BSD_ICMP_UNREACH, BSD_ICMP_UNREACH_NEEDFRAG,
				 mtu, ns);
		return;
	}
	if (unlikely(oifp == ifp) && READ_ONCE(bsd_ip_sendredirects))
		ip_forward_redirect(m, ifp, rt, ns);
	ip_forward_send(m, oifp, mtu, rt, ns);
}
