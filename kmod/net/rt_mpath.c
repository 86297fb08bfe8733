// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rt_mpath.c - several routes to one prefix, each with a share of the flows.
 *
 * Packet path: ip_output.c and ip_forward.c come here only with a route that has
 * RTF_MPATH, and go on with the one chosen. All packets of a flow take one way, so
 * they stay in order; a flow changes its way only when a way of its prefix comes,
 * goes or loses its link.
 *
 * Context: section; no lock.
 * Source: RFC 2992 (hash threshold).
 */
#include <bsdnet/route.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <bsdnet/ip.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/softnet.h>

unsigned int rt_mpath_enabled = 1;	/* [a] knob ip/multipath */

/* Next route of the same prefix and priority that can be used, or NULL. */
static struct bsd_rtentry *rt_mpath_next(const struct bsd_rtentry *rt)
{
	struct bsd_rtentry *next = net_dereference(rt->rt_next);

	while (next && !rt_usable(next))
		next = net_dereference(next->rt_next);
	return next && next->rt_priority == rt->rt_priority ? next : NULL;
}

/* What tells the flow of a packet: the NIC's hash, or addresses, and ports if it has any. */
static u32 rt_mpath_hash(const struct mbuf *m)
{
	const struct ip *ip = mtod(m, const struct ip *);
	unsigned int hlen = ip->ip_hl << 2;
	__be16 ports[2] = {};

	if (m->m_flags & M_FLOWID)
		return m->m_pkthdr.ph_flowid;
	/* Of the pieces of a packet only the first has ports: none of them counts. */
	if ((ip->ip_p == IPPROTO_UDP || ip->ip_p == IPPROTO_TCP) &&
	    !(ip->ip_off & htons(IP_OFF_MF | IP_OFF_MASK)) && m->m_len >= hlen + sizeof(ports))
		memcpy(ports, (const u8 *)ip + hlen, sizeof(ports));
	return softnet_toeplitz4(ip->ip_src, ip->ip_dst, ports[0], ports[1]);
}

/**
 * rt_mpath_select() - which of several routes a packet takes
 * @rt: the first of them that can be used, with RTF_MPATH
 * @m:  packet, IP header in front and contiguous
 *
 * Context: Section.
 * Return:  route ready for output, valid until the section ends; @rt if it is alone.
 */
struct bsd_rtentry *rt_mpath_select(struct bsd_rtentry *rt, const struct mbuf *m)
{
	struct bsd_rtentry *other;
	unsigned int shares = 0;
	u32 share;

	if (!READ_ONCE(rt_mpath_enabled))
		return rt;
	for (other = rt; other; other = rt_mpath_next(other))
		shares += other->rt_weight;
	if (shares == rt->rt_weight)
		return rt;
	/* The flow hash also chose the thread; mix it, or each has but one way. */
	share = reciprocal_scale(hash_32(rt_mpath_hash(m), 32), shares);
	for (other = rt; other && share >= other->rt_weight; other = rt_mpath_next(other))
		share -= other->rt_weight;
	/* One may have lost its link between the two walks. */
	if (!other || other == rt)
		return rt;
	rt_resolve(other);
	return other;
}
