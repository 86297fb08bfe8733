// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_output.c - send an IPv4 packet from this host.
 *
 * Send path: udp_output.c, raw_ip.c, ip_icmp.c -> here (-> ip_fragment.c) ->
 * if_output of the interface.
 * Context: in a section; the sender's PCB mutex may be held; no lock taken.
 * Source: RFC 791 3.2, RFC 1122 3.3.1, 3.3.4 (source address), 3.3.6
 * (broadcasts), RFC 1112 6 and 7.2 (multicasts).
 *
 * The short way is a packet for a neighbour or gateway whose route the sender has
 * cached: fill in the header, sum it, give it to the interface. All else
 * (ourselves, broadcasts, multicasts, interfaces by name, dead routes) is sorted
 * out by ip_output_route(), which finds the interface and returns here. Of what
 * goes to many the link layer gives us our own copy.
 */
#include "ip_priv.h"
#include <bsdnet/counters.h>
#include <bsdnet/icmp.h>
#include <bsdnet/in_var.h>
#include <bsdnet/trace.h>

/* A packet on its way out. On the stack of bsd_ip_output(). */
struct ip_outway {
	struct ifnet		*ow_ifp;	/* leaves by */
	struct bsd_rtentry	*ow_rt;	/* route, NULL: none needed */
	bool			 ow_toall;	/* broadcast or multicast */
};

/* Count, free, tell the sender. */
static int ip_output_fail(struct mbuf *m, unsigned int reason, int error)
{
	m_drop(m, reason);
	return error;
}

/* Route to @dst, by the sender's cache if it has one. */
static struct bsd_rtentry *ip_output_lookup(const struct ip_outarg *arg, __be32 dst,
					    unsigned int tableid)
{
	union sockaddr_any sa;

	if (likely(arg->io_ro))
		return route_cache4(arg->io_ro, (struct in_addr){ dst }, tableid);
	sa.sin.sin_family = AF_INET;
	sa.sin.sin_port = 0;
	sa.sin.sin_addr.s_addr = dst;
	return rtalloc(&sa, RT_RESOLVE, tableid);
}

/* Broadcast: may the sender, can the interface? 0 or -errno, counted. */
static int ip_output_broadcast(const struct mbuf *m, const struct ip_outarg *arg,
			       const struct ifnet *ifp)
{
	if (!(arg->io_flags & IPOUT_BROADCAST)) {
		m_drop(NULL, IPS_EACCES);
		return -EACCES;
	}
	if (!(READ_ONCE(ifp->if_flags) & BSD_IFF_BROADCAST)) {
		m_drop(NULL, IPS_NOROUTE);
		return -ENETUNREACH;
	}
	/* Pieces of a broadcast are more than a network should have to bear. */
	if (m->m_pkthdr.len > ifp->if_mtu) {
		m_drop(NULL, IPS_EMSGSIZE);
		return -EMSGSIZE;
	}
	return 0;
}

/*
 * To a group or to everybody: the interface is the one the sender names, else the
 * one of the route, which is no next hop. 0 or -errno, counted.
 */
static int ip_output_group(struct mbuf *m, const struct ip_outarg *arg, struct ip_outway *way)
{
	struct ip *ip = mtod(m, struct ip *);
	struct ifnet *ifp = way->ow_ifp;

	if (!ifp && way->ow_rt)
		ifp = if_lookup(rt_ifidx(way->ow_rt));
	if (!ifp) {
		m_drop(NULL, IPS_NOROUTE);
		return -ENETUNREACH;
	}
	way->ow_ifp = ifp;
	way->ow_toall = true;
	if (!in_multicast(ip->ip_dst)) {
		m->m_flags |= M_BCAST;
		return ip_output_broadcast(m, arg, ifp);
	}
	if (!(READ_ONCE(ifp->if_flags) & BSD_IFF_MULTICAST)) {
		m_drop(NULL, IPS_NOROUTE);
		return -ENETUNREACH;
	}
	m->m_flags |= M_MCAST;
	if (arg->io_flags & IPOUT_NOLOOP)
		m->m_flags |= M_LOOP;
	return 0;
}

/* Routes of this destination that leave by @ifidx, the best first; or NULL. */
static struct bsd_rtentry *ip_output_byif(struct bsd_rtentry *rt, unsigned int ifidx)
{
	while (rt && rt_ifidx(rt) != ifidx && !(READ_ONCE(rt->rt_flags) & BSD_RTF_LOCAL))
		rt = net_dereference(rt->rt_next);
	return rt;
}

/* To an address of ours: bsd_ip_input() need not look for it again. */
static __always_inline struct ifnet *ip_output_lo(struct mbuf *m)
{
	m->m_flags |= M_OURS;
	return if_loop(rtable_rdomain(m->m_pkthdr.ph_rtableid));
}

/*
 * All that is not a plain unicast by a cached route. @way comes with the route,
 * if there is one. Returns 0 with @way filled in; 1: the packet was swallowed by
 * a blackhole; -errno, counted.
 */
static noinline int ip_output_route(struct mbuf *m, const struct ip_outarg *arg,
				    struct ip_outway *way)
{
	struct ip *ip = mtod(m, struct ip *);
	struct bsd_rtentry *rt = way->ow_rt;
	u32 flags;
	int error;

	if (arg->io_ifidx) {
		way->ow_ifp = if_lookup(arg->io_ifidx);
		if (!way->ow_ifp) {
			m_drop(NULL, IPS_IFDOWN);
			return -ENXIO;
		}
	}
	if (ntohl(ip->ip_dst) >= 0xe0000000) {
		error = ip_output_group(m, arg, way);
		way->ow_rt = NULL;
		return error;
	}
	if (arg->io_ifidx)
		rt = ip_output_byif(rt, arg->io_ifidx);
	else if (rt && READ_ONCE(rt->rt_flags) & BSD_RTF_MPATH)
		rt = rt_mpath_select(rt, m);
	flags = rt ? READ_ONCE(rt->rt_flags) : 0;
	if (!rt || ((arg->io_flags & IPOUT_DONTROUTE) && (flags & BSD_RTF_GATEWAY))) {
		m_drop(NULL, IPS_NOROUTE);
		return -ENETUNREACH;
	}
	way->ow_rt = rt;
	if (flags & (BSD_RTF_REJECT | BSD_RTF_BLACKHOLE)) {
		m_drop(NULL, IPS_BLACKHOLE);
		if (flags & BSD_RTF_BLACKHOLE)
			return 1;
		return flags & BSD_RTF_HOST ? -EHOSTUNREACH : -ENETUNREACH;
	}
	if (flags & BSD_RTF_BROADCAST) {
		error = ip_output_group(m, arg, way);
		way->ow_rt = NULL;
		return error;
	}
	way->ow_ifp = flags & BSD_RTF_LOCAL ? ip_output_lo(m) : if_lookup(rt_ifidx(rt));
	if (!way->ow_ifp) {
		m_drop(NULL, IPS_IFDOWN);
		return -ENETDOWN;
	}
	return 0;
}

/* Nobody said from which address: the route's, or one of the interface. */
static noinline __be32 ip_output_source(const struct mbuf *m, const struct ip_outway *way)
{
	const struct ip *ip = mtod(m, const struct ip *);
	const struct bsd_in_ifaddr *ia;
	u32 flags = way->ow_rt ? READ_ONCE(way->ow_rt->rt_flags) : 0;
	__be32 src = 0;

	if (flags & BSD_RTF_LOCAL)
		return ip->ip_dst;
	if (flags & BSD_RTF_GATEWAY)
		src = rtable_source(m->m_pkthdr.ph_rtableid);
	if (src)
		return src;
	if (way->ow_rt && rt_ifa(way->ow_rt) &&
	    rt_ifa(way->ow_rt)->ifa_addr->sa_family == AF_INET)
		return ifatoia(rt_ifa(way->ow_rt))->ia_addr.sin_addr.s_addr;
	ia = in_ifaddr_for(way->ow_ifp, ip->ip_dst);
	return ia ? ia->ia_addr.sin_addr.s_addr : 0;
}

/*
 * Last checks of what is not everyday: the source address is missing, or
 * one that must not leave this host. 0 or -errno, counted.
 */
static noinline int ip_output_checksrc(struct mbuf *m, const struct ip_outarg *arg,
				       const struct ip_outway *way)
{
	struct ip *ip = mtod(m, struct ip *);

	/* A DHCP client, by a raw socket, has no address yet. */
	if (!ip->ip_src && !(arg->io_flags & IPOUT_RAWHDR && way->ow_toall)) {
		ip->ip_src = ip_output_source(m, way);
		if (!ip->ip_src && !way->ow_toall) {
			m_drop(NULL, IPS_NOADDR);
			return -EADDRNOTAVAIL;
		}
	}
	if ((in_loopback(ip->ip_src) || in_loopback(ip->ip_dst)) &&
	    !(READ_ONCE(way->ow_ifp->if_flags) & BSD_IFF_LOOPBACK)) {
		m_drop(NULL, IPS_BADADDR);	/* RFC 1122 3.2.1.3 (g) */
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/* Fill in what every packet needs and no sender knows. */
static __always_inline void ip_output_header(struct mbuf *m, const struct ip_outarg *arg)
{
	struct ip *ip = mtod(m, struct ip *);

	if (likely(!(arg->io_flags & IPOUT_RAWHDR))) {
		*(u8 *)ip = IPVERSION << 4 | IP_HLEN >> 2;
		ip->ip_off = arg->io_flags & IPOUT_DF ? htons(IP_OFF_DF) : 0;
		ip->ip_id = bsd_ip_id(ip->ip_src, ip->ip_dst, ip->ip_p);
	} else {
		if (arg->io_inp)
			counter_inc(IPS_RAWOUT);
		if (!ip->ip_id)
			ip->ip_id = bsd_ip_id(ip->ip_src, ip->ip_dst, ip->ip_p);
	}
	ip->ip_len = htons(m->m_pkthdr.len);
	ip->ip_sum = 0;
}

/* Longer than the MTU: in pieces, or back to the sender. */
static noinline int ip_output_toolong(struct mbuf *m, struct ip_outarg *arg,
				      const struct ip_outway *way, u32 mtu, struct netstack *ns)
{
	if (mtod(m, struct ip *)->ip_off & htons(IP_OFF_DF)) {
		arg->io_mtu = mtu;
		return ip_output_fail(m, IPS_CANTFRAG, -EMSGSIZE);
	}
	return bsd_ip_fragment_output(way->ow_ifp, m, mtu, way->ow_rt, ns);
}

/**
 * bsd_ip_output() - send a packet
 * @m:	 packet with an IP header in front, contiguous and writable, in which source
 *	 (0: chosen here), destination, TTL, TOS and protocol are filled in (all but
 *	 id 0, length and checksum with IPOUT_RAWHDR); consumed
 * @arg: how
 * @ns:	 section
 *
 * Checksums of the protocol that are pending (M_*_CSUM_OUT) are filled in unless
 * the interface does it, or needs none. With M_TCP_TSO, which wants IPOUT_DF, the
 * packet is cut into its segments unless the interface does that.
 *
 * Context: In a section; the PCB mutex of arg->io_inp may be held.
 * Return:  0: sent, or swallowed by a blackhole route; all errors are counted:
 *	    -EMSGSIZE (arg->io_mtu says what would fit, if the path is the reason),
 *	    -ENETUNREACH, -EHOSTUNREACH, -EACCES (broadcast not allowed),
 *	    -EADDRNOTAVAIL, -ENXIO, -ENETDOWN, -ENOBUFS.
 * Source:  RFC 1122 3.3.1, 3.3.4.3.
 */
int bsd_ip_output(struct mbuf *m, struct ip_outarg *arg, struct netstack *ns)
{
	struct ip_outway way = { };
	struct bsd_rtentry *rt;
	struct ifnet *ifp;
	struct ip *ip;
	u32 flags;
	int error;
	u32 mtu;

	NET_ASSERT_LOCKED();
	counter_inc(IPS_LOCALOUT);
	trace_bsdnet_ip_output(arg->io_ifidx, m->m_pkthdr.len);
	ip = mtod(m, struct ip *);
	if (unlikely(m->m_pkthdr.len > IP_MAXPACKET))
		return ip_output_fail(m, IPS_EMSGSIZE, -EMSGSIZE);

	rt = ip_output_lookup(arg, ip->ip_dst, m->m_pkthdr.ph_rtableid);
	flags = rt ? READ_ONCE(rt->rt_flags) : 0;
	way.ow_rt = rt;
	if (likely(rt && !arg->io_ifidx && !(arg->io_flags & IPOUT_DONTROUTE) &&
		   !(flags & (BSD_RTF_REJECT | BSD_RTF_BLACKHOLE | BSD_RTF_BROADCAST |
			      BSD_RTF_MPATH)) &&
		   ntohl(ip->ip_dst) < 0xe0000000)) {
		way.ow_ifp = flags & BSD_RTF_LOCAL ? ip_output_lo(m) : if_lookup(rt_ifidx(rt));
	} else {
		error = ip_output_route(m, arg, &way);
		if (error) {
			m_freem(m);	/* counted there */
			return min(error, 0);
		}
	}
	ifp = way.ow_ifp;
	if (unlikely(!ifp || !ip_ifusable(ifp)))
		return ip_output_fail(m, IPS_IFDOWN, -ENETDOWN);
	if (unlikely(!ip->ip_src || in_loopback(ip->ip_src) || in_loopback(ip->ip_dst))) {
		error = ip_output_checksrc(m, arg, &way);
		if (error) {
			m_freem(m);	/* counted there */
			return error;
		}
	}
	ip_output_header(m, arg);

	mtu = ip_mtu(way.ow_rt, ifp);
	if (unlikely(ip_sendlen(m) > mtu))
		return ip_output_toolong(m, arg, &way, mtu, ns);
	if (ifp->if_capabilities & (IFCAP_NOCSUM | IFCAP_CSUM_IPV4)) {
		m->m_pkthdr.csum_flags |= M_IPV4_CSUM_OUT;
	} else {
		counter_inc(IPS_OUTSWCSUM);
		ip->ip_sum = ip_hdr_cksum(ip);
	}
	if (unlikely(m->m_pkthdr.csum_flags & M_TCP_TSO))
		return bsd_tcp_tso_output(ifp, m, mtu, way.ow_rt, ns);
	if ((m->m_pkthdr.csum_flags & M_PROTO_CSUM_OUT) &&
	    !(ifp->if_capabilities & IFCAP_NOCSUM)) {
		m = in_proto_cksum_out(m, ifp->if_capabilities);
		if (unlikely(!m))
			return -ENOBUFS;
	}
	return ip_ifoutput(ifp, m, way.ow_rt, ns);
}
BSDNET_EXPORT(bsd_ip_output);
