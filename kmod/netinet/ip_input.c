// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_input.c - IPv4 packets as they come in: checks, and for whom they are.
 *
 * Receive path: if_ethersubr.c, if_loop.c -> here -> ip_deliver.c (ours) or
 * ip_forward.c (not ours).
 * Context: in a section (NETSEC_SOFTNET, or a system call that drains its own
 * packets); no lock.
 * Source: RFC 791 3.1, RFC 1122 3.2.1, RFC 1812 5.2.2, 5.3.7.
 *
 * All checks of the header stand in ip_check(), once: behind it a packet has a
 * contiguous header of ip_hl words, exactly ip_len bytes, and addresses that
 * may occur. Then one lookup in the routing table decides. The table says of
 * each address of ours RTF_LOCAL, of each broadcast address RTF_BROADCAST, so
 * no list of addresses is walked for a packet. A softnet thread keeps a cache of
 * lookups, by destination.
 */
#include "ip_priv.h"
#include <bsdnet/counters.h>
#include <bsdnet/icmp.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip_mroute.h>
#include <bsdnet/sysfs.h>
#include <bsdnet/trace.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/percpu.h>

#define IP_RTCACHE_BITS	6	/* lookups a softnet thread remembers: 64 */

unsigned int bsd_ip_forwarding __read_mostly;
unsigned int bsd_ip_defttl __read_mostly = 64;	/* RFC 1700 */
unsigned int bsd_ip_sendredirects __read_mostly = 1;

/* Owned by the softnet thread that is bound to the CPU. */
struct ip_rtcache {
	struct route	irc_routes[1 << IP_RTCACHE_BITS];
};

static struct ip_rtcache __percpu *ip_rtcaches;	/* [I] */

static const struct counter_desc ip_counter_descs[] = {
	[COUNTER_INDEX(IPS_TOTAL)] = { "total", "packets received" },
	[COUNTER_INDEX(IPS_BADSUM)] = { "badsum", "bad header checksums" },
	[COUNTER_INDEX(IPS_TOOSHORT)] = { "tooshort", "with data size < data length" },
	[COUNTER_INDEX(IPS_TOOSMALL)] = { "toosmall", "with size smaller than minimum" },
	[COUNTER_INDEX(IPS_BADHLEN)] = { "badhlen", "with header length < data size" },
	[COUNTER_INDEX(IPS_BADLEN)] = { "badlen", "with data length < header length" },
	[COUNTER_INDEX(IPS_BADVERS)] = { "badvers", "with incorrect version number" },
	[COUNTER_INDEX(IPS_BADADDR)] = { "badaddr", "with impossible addresses" },
	[COUNTER_INDEX(IPS_BADOPTIONS)] = { "badoptions", "with bad options" },
	[COUNTER_INDEX(IPS_SRCROUTE)] = { "srcroute", "with a source route, refused" },
	[COUNTER_INDEX(IPS_NOTFORUS)] = { "notforus", "not for us, and not forwarding" },
	[COUNTER_INDEX(IPS_WRONGIF)] = { "wrongif", "for an address of another interface" },
	[COUNTER_INDEX(IPS_DELIVERED)] = { "delivered", "packets for this host" },
	[COUNTER_INDEX(IPS_NOPROTO)] = { "noproto", "packets for unknown/unsupported protocol" },
	[COUNTER_INDEX(IPS_FRAGMENTS)] = { "fragments", "fragments received" },
	[COUNTER_INDEX(IPS_FRAGDROPPED)] = {
		"fragdropped", "fragments dropped (malformed, overlapping or duplicate)"
	},
	[COUNTER_INDEX(IPS_FRAGLIMIT)] = { "fraglimit", "fragments dropped at a limit" },
	[COUNTER_INDEX(IPS_FRAGTIMEOUT)] = { "fragtimeout", "datagrams dropped after timeout" },
	[COUNTER_INDEX(IPS_REASSEMBLED)] = { "reassembled", "datagrams reassembled ok" },
	[COUNTER_INDEX(IPS_TOOLONG)] = { "toolong", "datagrams dropped (more than 65535 bytes)" },
	[COUNTER_INDEX(IPS_FORWARD)] = { "forward", "packets forwarded" },
	[COUNTER_INDEX(IPS_CANTFORWARD)] = { "cantforward", "packets that may not be forwarded" },
	[COUNTER_INDEX(IPS_REDIRECTSENT)] = { "redirectsent", "redirects sent" },
	[COUNTER_INDEX(IPS_TTLEXCEEDED)] = { "ttlexceeded", "packets whose time to live ran out" },
	[COUNTER_INDEX(IPS_NOROUTE)] = { "noroute", "packets discarded due to no route" },
	[COUNTER_INDEX(IPS_BLACKHOLE)] = {
		"blackhole", "packets discarded by a reject or blackhole route"
	},
	[COUNTER_INDEX(IPS_IFDOWN)] = { "ifdown", "packets whose output interface is down" },
	[COUNTER_INDEX(IPS_LOCALOUT)] = { "localout", "packets sent from this host" },
	[COUNTER_INDEX(IPS_RAWOUT)] = { "rawout", "packets sent with a header made by a program" },
	[COUNTER_INDEX(IPS_ODROPPED)] = { "odropped", "output packets dropped due to no memory" },
	[COUNTER_INDEX(IPS_FRAGMENTED)] = { "fragmented", "output datagrams fragmented" },
	[COUNTER_INDEX(IPS_OFRAGMENTS)] = { "ofragments", "fragments created" },
	[COUNTER_INDEX(IPS_CANTFRAG)] = { "cantfrag", "datagrams that can't be fragmented" },
	[COUNTER_INDEX(IPS_EMSGSIZE)] = { "emsgsize", "datagrams too long to send" },
	[COUNTER_INDEX(IPS_NOADDR)] = { "noaddr", "packets without a usable source address" },
	[COUNTER_INDEX(IPS_EACCES)] = { "eacces", "broadcasts without permission" },
	[COUNTER_INDEX(IPS_INSWCSUM)] = {
		"inswcsum", "input header checksums computed in software"
	},
	[COUNTER_INDEX(IPS_OUTSWCSUM)] = {
		"outswcsum", "output header checksums computed in software"
	},
};

static_assert(ARRAY_SIZE(ip_counter_descs) == COUNTER_INDEX(IPS_END));

static const struct knob ip_knobs[] = {
	KNOB_UINT("ip/forwarding", &bsd_ip_forwarding, 0, 1),
	KNOB_UINT("ip/ttl", &bsd_ip_defttl, 1, 255),
	KNOB_UINT("ip/redirect", &bsd_ip_sendredirects, 0, 1),
	KNOB_UINT("ip/multipath", &rt_mpath_enabled, 0, 1),
	KNOB_UINT("ip/maxfragpackets", &bsd_ip_maxfragpackets, 0, 65536),
	KNOB_UINT("ip/maxfrags", &bsd_ip_maxfrags, 0, 1048576),
	KNOB_UINT("ip/maxfragbytes", &bsd_ip_maxfragbytes, 0, 1073741824),
};

/**
 * bsd_ip_rtcache() - a place to remember the route to a destination
 * @dst:   destination
 * @local: what to use outside softnet threads; zeroed by the caller
 * @ns:    section
 *
 * Context: In a section. The place is the caller's until it leaves the section.
 * Return:  a cache for route_cache4(), possibly of another destination.
 */
struct route *bsd_ip_rtcache(__be32 dst, struct route *local, struct netstack *ns)
{
	if (!ns->ns_softnet)
		return local;
	return &raw_cpu_ptr(ip_rtcaches)->irc_routes[hash_32((__force u32)dst, IP_RTCACHE_BITS)];
}

/**
 * bsd_ip_rtlookup() - where does a packet that came in belong?
 * @dst:     destination
 * @tableid: routing table
 * @local:   place for the route outside softnet threads; zeroed by the caller
 * @ns:      section
 *
 * A host looks without making neighbour entries, or anybody on its network could
 * make it fill its table. A router makes them, as it is about to send there.
 *
 * Context: In a section.
 * Return:  the route, valid until the section ends, or NULL.
 */
struct bsd_rtentry *bsd_ip_rtlookup(__be32 dst, unsigned int tableid, struct route *local,
				    struct netstack *ns)
{
	struct in_addr in = { .s_addr = dst };
	struct bsd_rtentry *rt;
	struct route *ro;
	u32 gen;

	ro = bsd_ip_rtcache(dst, local, ns);
	gen = rtable_generation(tableid, AF_INET);
	if (likely(ro->ro_rt && ro->ro_gen == gen && ro->ro_dst4.s_addr == dst &&
		   ro->ro_tableid == tableid)) {
		rt = ro->ro_rt;
		if (likely(!(READ_ONCE(rt->rt_flags) & BSD_RTF_CLONING)))
			return rt;
	}
	if (READ_ONCE(bsd_ip_forwarding)) {
		ro->ro_rt = NULL;
		return route_cache4(ro, in, tableid);
	}
	rt = rtable_match(tableid, AF_INET, &in);
	ro->ro_rt = rt;
	ro->ro_gen = gen;
	ro->ro_tableid = tableid;
	ro->ro_dst4 = in;
	ro->ro_src4.s_addr = 0;
	return rt;
}

/* Addresses out of the usual ranges: which of them may occur in a received packet? */
static bool ip_martian(const struct ip *ip, const struct mbuf *m)
{
	__be32 src = ip->ip_src;
	__be32 dst = ip->ip_dst;

	if ((in_loopback(src) || in_loopback(dst)) && !(m->m_flags & M_LOOP))
		return true;	/* RFC 1122 3.2.1.3 (g) */
	if (in_zeronet(dst) || in_experimental(dst))
		return true;
	if (!src)		/* a host that has no address yet */
		return dst != htonl(INADDR_BROADCAST) && !in_multicast(dst);
	return in_zeronet(src) || ntohl(src) >= 0xe0000000;
}

/* Long form of the header's first check: make it contiguous, whatever its length. */
static noinline struct mbuf *ip_check_header(struct mbuf *m)
{
	unsigned int hlen;
	struct ip *ip;

	if (m->m_pkthdr.len < IP_HLEN) {
		m_drop(m, IPS_TOOSMALL);
		return NULL;
	}
	if (m->m_len < IP_HLEN) {
		m = m_pullup(m, IP_HLEN);
		if (!m) {
			m_drop(NULL, IPS_TOOSMALL);
			return NULL;
		}
	}
	ip = mtod(m, struct ip *);
	if (ip->ip_v != IPVERSION) {
		m_drop(m, IPS_BADVERS);
		return NULL;
	}
	hlen = ip_hdrlen(ip);
	if (hlen < IP_HLEN || hlen > m->m_pkthdr.len) {
		m_drop(m, IPS_BADHLEN);
		return NULL;
	}
	if (m->m_len < hlen) {
		m = m_pullup(m, hlen);
		if (!m)
			m_drop(NULL, IPS_BADHLEN);
	}
	return m;
}

/*
 * Everything that can be said of a packet from its header alone. Returns it, or
 * NULL when it was dropped.
 */
static __always_inline struct mbuf *ip_check(struct ifnet *ifp, struct mbuf *m)
{
	struct ip *ip = mtod(m, struct ip *);
	unsigned int hlen;
	unsigned int len;

	/* Version 4 and no options, by one byte. */
	if (unlikely(m->m_len < IP_HLEN || *(u8 *)ip != 0x45)) {
		m = ip_check_header(m);
		if (!m)
			return NULL;
		ip = mtod(m, struct ip *);
	}
	hlen = ip_hdrlen(ip);
	if (!(m->m_pkthdr.csum_flags & (M_IPV4_CSUM_IN_OK | M_IPV4_CSUM_OUT))) {
		counter_inc(IPS_INSWCSUM);
		if (unlikely(ip_hdr_cksum(ip))) {
			m_drop(m, IPS_BADSUM);
			return NULL;
		}
	}
	len = ntohs(ip->ip_len);
	if (unlikely(len < hlen)) {
		m_drop(m, IPS_BADLEN);
		return NULL;
	}
	if (unlikely(m->m_pkthdr.len != len)) {
		if (m->m_pkthdr.len < len) {
			m_drop(m, IPS_TOOSHORT);
			return NULL;
		}
		m_adj(m, -(int)(m->m_pkthdr.len - len));	/* padding of the link */
	}
	if (unlikely((ip_unusual(ip->ip_src) || ip_unusual(ip->ip_dst)) && ip_martian(ip, m))) {
		m_drop(m, IPS_BADADDR);
		return NULL;
	}
	/*
	 * A broadcast address as source (RFC 1812 5.3.7) is looked for on the
	 * interface; prefixes that have one end in two set bits at least.
	 */
	if ((ip->ip_src & htonl(3)) == htonl(3) && in_broadcast(ip->ip_src, ifp)) {
		m_drop(m, IPS_BADADDR);
		return NULL;
	}
	return m;
}

/* It is ours: options, then up. */
static __always_inline void ip_ours(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	unsigned int hlen = ip_hdrlen(mtod(m, struct ip *));

	if (unlikely(hlen > IP_HLEN) && !bsd_ip_dooptions(&m, ifp, true, ns))
		return;
	bsd_ip_deliver(m, hlen, ns);
}

/* To a group, or to all on this link: neither is in the routing table. */
static void ip_input_group(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	__be32 dst = mtod(m, struct ip *)->ip_dst;

	if (dst == htonl(INADDR_BROADCAST)) {
		m->m_flags |= M_BCAST;
	} else if (in_multicast(dst)) {
		bool ours = dst == htonl(INADDR_ALLHOSTS_GROUP) ||
			    in_multi_member(ifp->if_index, dst);
		enum mrt_verdict verdict = MRT_NOTOURS;

		m->m_flags |= M_MCAST;
		if (mrt_active())
			verdict = mrt_input(ifp, m, ns);
		if (!ours && verdict == MRT_TAKEN) {
			m_freem(m);
			return;
		}
		if (!ours && verdict == MRT_NOTOURS) {
			m_drop(m, IPS_NOTFORUS);
			return;
		}
	} else {
		m_drop(m, IPS_NOTFORUS);
		return;
	}
	ip_ours(ifp, m, ns);
}

/* The table has an address of ours, or a broadcast address, for this packet. */
static __always_inline void ip_input_local(struct ifnet *ifp, struct mbuf *m,
					   struct bsd_rtentry *rt, struct netstack *ns)
{
	bool here = rt_ifidx(rt) == ifp->if_index || (m->m_flags & M_LOOP);

	if (unlikely(READ_ONCE(rt->rt_flags) & BSD_RTF_BROADCAST)) {
		if (!here) {		/* directed broadcast: RFC 2644 */
			m_drop(m, IPS_CANTFORWARD);
			return;
		}
		m->m_flags |= M_BCAST;
	} else {
		if (unlikely(!here && !READ_ONCE(bsd_ip_forwarding))) {
			m_drop(m, IPS_WRONGIF);
			return;
		}
		if (unlikely(m->m_flags & M_BCAST)) {	/* RFC 1122 3.3.6 */
			m_drop(m, IPS_BADADDR);
			return;
		}
	}
	ip_ours(ifp, m, ns);
}

/**
 * bsd_ip_input() - a packet came in
 * @ifp: interface it came in on
 * @m:   packet, IP header in front; consumed
 * @ns:  section
 *
 * A host takes what is for an address of the receiving interface (strong model,
 * RFC 1122 3.3.4.2); a router takes what is for any of its addresses.
 *
 * Context: In a section.
 * Source:  RFC 1122 3.2.1, RFC 1812 5.2.
 */
void bsd_ip_input(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	struct route local = { };
	struct bsd_rtentry *rt;
	struct ip *ip;

	NET_ASSERT_LOCKED();
	counter_inc(IPS_TOTAL);
	trace_bsdnet_ip_input(ifp->if_index, m->m_pkthdr.len);
	m = ip_check(ifp, m);
	if (unlikely(!m))
		return;
	if (m->m_flags & M_OURS) {	/* the sender's route knew */
		m->m_flags &= ~M_OURS;
		ip_ours(ifp, m, ns);
		return;
	}
	ip = mtod(m, struct ip *);
	if (unlikely(ntohl(ip->ip_dst) >= 0xe0000000)) {
		ip_input_group(ifp, m, ns);
		return;
	}
	rt = bsd_ip_rtlookup(ip->ip_dst, m->m_pkthdr.ph_rtableid, &local, ns);
	if (rt && (READ_ONCE(rt->rt_flags) & (BSD_RTF_LOCAL | BSD_RTF_BROADCAST))) {
		ip_input_local(ifp, m, rt, ns);
		return;
	}
	if (unlikely(!READ_ONCE(bsd_ip_forwarding))) {
		m_drop(m, IPS_NOTFORUS);
		return;
	}
	bsd_ip_forward(m, ifp, rt, ns);
}
BSDNET_EXPORT(bsd_ip_input);

/**
 * bsd_ip_init() - start IPv4
 *
 * Context: Module load.
 * Return:  0 or -errno.
 */
int bsd_ip_init(void)
{
	int error;

	error = counter_register(CG_IP, "ip", ip_counter_descs, ARRAY_SIZE(ip_counter_descs));
	if (error)
		return error;
	ip_rtcaches = alloc_percpu(struct ip_rtcache);
	if (!ip_rtcaches) {
		error = -ENOMEM;
		goto err_counters;
	}
	error = bsd_ip_id_init();
	if (error)
		goto err_rtcaches;
	error = bsd_ip_reass_init();
	if (error)
		goto err_id;
	error = knobs_register(ip_knobs, ARRAY_SIZE(ip_knobs));
	if (error)
		goto err_reass;
	return 0;

err_reass:
	bsd_ip_reass_exit();
err_id:
	bsd_ip_id_exit();
err_rtcaches:
	free_percpu(ip_rtcaches);
err_counters:
	counter_unregister(CG_IP);
	return error;
}

/**
 * bsd_ip_exit() - stop IPv4
 *
 * Context: Module unload, process, sleeps.
 */
void bsd_ip_exit(void)
{
	knobs_unregister(ip_knobs, ARRAY_SIZE(ip_knobs));
	bsd_ip_reass_exit();
	bsd_ip_id_exit();
	free_percpu(ip_rtcaches);
	counter_unregister(CG_IP);
}
