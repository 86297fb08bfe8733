// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * arp.c - ARP packets in and out, and resolution of next hops.
 *
 * Transmit path: bsd_ether_output() -> bsd_arp_resolve() -> the frame goes on, or
 * waits on the neighbour's entry. Receive path: bsd_ether_input() -> arp_input()
 * -> what waited goes out.
 * Context: sections. rt_lock (an entry's lock) is a leaf: what is taken off an
 * entry under it is sent after it.
 * Source: RFC 826; RFC 1122 2.3.2 (timeout, flooding, queue); RFC 5227.
 */
#include <bsdnet/arp.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/icmp.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_var.h>
#include <bsdnet/mbuf.h>
#include "arp_priv.h"

#define ARP_HRD_ETHER		1
#define ARP_DEFEND_INTERVAL	10	/* seconds, RFC 5227 DEFEND_INTERVAL */

/* The fields of a packet that passed the checks. */
struct arp_packet {
	struct ether_arp	 ap_ea;
	bool			 ap_request;
	bool			 ap_probe;	/* sender address zero (RFC 5227 1.1) */
};

/*
 * Build and send one ARP packet: @sha has @spa. @whom is who a reply is for, NULL in
 * requests; @dst is where the frame goes. Counted by the caller.
 */
static void arp_send(struct ifnet *ifp, u16 op, const u8 *sha, __be32 spa, const u8 *whom,
		     __be32 tpa, const u8 *dst, struct netstack *ns)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };
	struct ether_header *eh = (struct ether_header *)sa.sa_data;
	struct ether_arp *ea;
	struct mbuf *m;

	m = m_gethdr(M_DONTWAIT);
	if (!m) {
		counter_inc(ARPS_NOMEM);
		return;
	}
	m->m_data += MAX_LINKHDR;
	m->m_len = sizeof(*ea);
	m->m_pkthdr.len = sizeof(*ea);
	m->m_pkthdr.ph_rtableid = ifp->if_rdomain;
	m->m_pkthdr.ph_prio = READ_ONCE(ifp->if_llprio);
	ea = mtod(m, struct ether_arp *);
	ea->arp_hrd = htons(ARP_HRD_ETHER);
	ea->arp_pro = htons(ETH_P_IP);
	ea->arp_hln = ETH_ALEN;
	ea->arp_pln = sizeof(struct in_addr);
	ea->arp_op = htons(op);
	memcpy(ea->arp_sha, sha, ETH_ALEN);
	ea->arp_spa = spa;
	if (whom)
		memcpy(ea->arp_tha, whom, ETH_ALEN);
	else
		memset(ea->arp_tha, 0, ETH_ALEN);
	ea->arp_tpa = tpa;
	memcpy(eh->ether_dhost, dst, ETH_ALEN);
	memcpy(eh->ether_shost, ifp->if_lladdr, ETH_ALEN);
	eh->ether_type = htons(ETH_P_ARP);
	if (ether_is_multicast(dst))
		m->m_flags |= M_BCAST;
	ifp->if_output(ifp, m, &sa, NULL, ns);
}

/**
 * bsd_arp_request() - ask who has an address
 * @ifp: interface
 * @spa: our address; 0: a probe
 * @tpa: the address; our own: an announcement (RFC 5227 2.3)
 * @dst: whom to ask: the broadcast address, or a neighbour to refresh
 * @ns:  section
 */
void bsd_arp_request(struct ifnet *ifp, __be32 spa, __be32 tpa, const u8 *dst, struct netstack *ns)
{
	counter_inc(!spa ? ARPS_SND_PROBE : spa == tpa ? ARPS_SND_ANNOUNCE : ARPS_SND_REQUEST);
	arp_send(ifp, BSD_ARPOP_REQUEST, ifp->if_lladdr, spa, NULL, tpa, dst, ns);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_arp_request);

/**
 * bsd_arp_send_held() - send packets that waited for a neighbour
 * @ifp: interface
 * @rt:  the neighbour's route, resolved
 * @ml:  packets, consumed
 * @ns:  section
 */
void bsd_arp_send_held(struct ifnet *ifp, struct bsd_rtentry *rt, struct mbuf_list *ml,
		       struct netstack *ns)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = rt_dest4(rt) };
	struct mbuf *m;

	while ((m = ml_dequeue(ml)))
		ifp->if_output(ifp, m, (struct sockaddr *)&sin, rt, ns);
}

/**
 * bsd_arp_unreachable() - a packet's next hop does not answer: tell its sender
 * @m:  packet, IP header in front; consumed
 * @ns: section
 *
 * A socket of ours is told in the same way, by an error that comes in on lo; it hears
 * of it with IP_RECVERR.
 *
 * Context: Section, no spinlock held.
 * Source:  RFC 1812 4.3.3.1, 5.3.4 (destination unreachable, code 1).
 */
void bsd_arp_unreachable(struct mbuf *m, struct netstack *ns)
{
	m_drop(NULL, ARPS_DOWN);
	bsd_icmp_error(m, BSD_ICMP_UNREACH, BSD_ICMP_UNREACH_HOST, 0, ns);
}

/* The neighbour is known not to answer. Who sent it here is told by the return value. */
static int arp_refuse(struct mbuf *m, struct netstack *ns)
{
	if (m->m_pkthdr.ph_ifidx)
		bsd_arp_unreachable(m, ns);
	else
		m_drop(m, ARPS_DOWN);
	return -EHOSTDOWN;
}

/* The entry of @dst: @rt if it is that, else looked up or made. */
static struct bsd_rtentry *arp_entry(struct bsd_rtentry *rt, struct in_addr dst,
				     unsigned int tableid)
{
	union sockaddr_any sa;

	if (rt && READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO)
		return rt;
	sa.sin = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = dst };
	rt = rtalloc(&sa, RT_RESOLVE, tableid);
	return rt && READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO ? rt : NULL;
}

static void arp_finish(struct ether_header *eh, const u8 *hdr)
{
	memcpy(eh, hdr, sizeof(*eh));
}

/**
 * bsd_arp_resolve() - find the link-layer header for a next hop
 * @ifp: interface
 * @rt:  route to @dst, or NULL
 * @m:   packet, network header in front
 * @dst: next hop
 * @eh:  out: header
 * @ns:  section
 *
 * Asks at most once a second (RFC 1122 2.3.2.1).
 *
 * Context: Section; takes the entry's lock.
 * Return:  0: *@eh is complete and @m still the caller's; -EAGAIN: @m waits for
 *          the answer; -EHOSTUNREACH, -EHOSTDOWN, -ENOBUFS (too many neighbours are
 *          being asked for): @m was dropped and counted.
 */
int bsd_arp_resolve(struct ifnet *ifp, struct bsd_rtentry *rt, struct mbuf *m,
		    struct in_addr dst, struct ether_header *eh, struct netstack *ns)
{
	u64 now = ktime_get_seconds();
	struct mbuf *lost = NULL;
	struct llinfo_arp *la;
	u8 hdr[RT_LLHDRLEN];
	bool ask = false;
	__be32 spa;

	rt = arp_entry(rt, dst, ifp->if_rdomain);
	if (!rt && bsd_arp_full()) {
		m_drop(m, ARPS_UNRESOLVED);
		return -ENOBUFS;
	}
	if (!rt || rt_ifidx(rt) != ifp->if_index) {
		m_drop(m, ARPS_NOENTRY);
		return -EHOSTUNREACH;
	}
	rt_setused(rt);
	if (likely(rt_getllhdr(rt, hdr) == ETH_HLEN)) {
		arp_finish(eh, hdr);
		return 0;
	}
	spin_lock(&rt->rt_lock);
	la = rt->rt_llinfo;
	if (!la) {
		spin_unlock(&rt->rt_lock);
		m_drop(m, ARPS_NOENTRY);
		return -EHOSTUNREACH;
	}
	if (la->la_state == ARP_DOWN && now < la->la_next) {
		spin_unlock(&rt->rt_lock);
		return arp_refuse(m, ns);
	}
	if (rt->rt_llhdrlen == ETH_HLEN) {
		/* The answer came since we looked. */
		arp_finish(eh, rt->rt_llhdr);
		spin_unlock(&rt->rt_lock);
		return 0;
	}
	lost = bsd_arp_hold(la, m);
	if (la->la_state == ARP_DOWN || !la->la_asked) {
		la->la_state = ARP_INCOMPLETE;
		la->la_asked = 1;
		la->la_next = now + 1;
		ask = true;
	}
	spin_unlock(&rt->rt_lock);
	if (lost)
		m_drop(lost, ARPS_HELD_DROP);
	if (ask) {
		spa = rt_ifa(rt) ? ifatoia(rt_ifa(rt))->ia_addr.sin_addr.s_addr : 0;
		bsd_arp_request(ifp, spa, dst.s_addr, bsd_ether_broadcast, ns);
	}
	return -EAGAIN;
}

/* Checks of RFC 826 and of what no honest host sends. */
static bool arp_check(const struct ether_arp *ea, struct arp_packet *ap)
{
	u16 op = ntohs(ea->arp_op);

	if (ea->arp_hrd != htons(ARP_HRD_ETHER) || ea->arp_pro != htons(ETH_P_IP) ||
	    ea->arp_hln != ETH_ALEN || ea->arp_pln != sizeof(struct in_addr) ||
	    (op != BSD_ARPOP_REQUEST && op != BSD_ARPOP_REPLY))
		return false;
	if (ether_is_multicast(ea->arp_sha) || in_multicast(ea->arp_spa) ||
	    ea->arp_spa == htonl(INADDR_BROADCAST) || in_loopback(ea->arp_spa))
		return false;
	ap->ap_ea = *ea;
	ap->ap_request = op == BSD_ARPOP_REQUEST;
	ap->ap_probe = !ea->arp_spa;
	return true;
}

/* The address entry of @ifp that is @addr, or NULL. */
static struct bsd_in_ifaddr *arp_ours(struct ifnet *ifp, __be32 addr)
{
	struct ifaddr *ifa;

	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, net_section_held())
		if (ifa->ifa_addr->sa_family == AF_INET &&
		    ifatoia(ifa)->ia_addr.sin_addr.s_addr == addr)
			return ifatoia(ifa);
	return NULL;
}

/* Somebody else uses our address: say so, and defend it now and then (RFC 5227 2.4). */
static void arp_conflict(struct ifnet *ifp, struct bsd_in_ifaddr *ia,
			 const struct arp_packet *ap, struct netstack *ns)
{
	u64 now = ktime_get_seconds();
	u64 last = READ_ONCE(ia->ia_defended);

	counter_inc(ARPS_RCV_CONFLICT);
	WRITE_ONCE(ia->ia_duplicate, true);
	pr_warn_ratelimited("bsdnet: %s: duplicate address %pI4 from %pM\n", ifp->if_xname,
			    &ap->ap_ea.arp_spa, ap->ap_ea.arp_sha);
	if (last && now < last + ARP_DEFEND_INTERVAL)
		return;
	WRITE_ONCE(ia->ia_defended, now);
	bsd_arp_request(ifp, ap->ap_ea.arp_spa, ap->ap_ea.arp_spa, bsd_ether_broadcast, ns);
}

/* The entry for a host of @ifp's own network that has none yet; NULL: it is elsewhere. */
static struct bsd_rtentry *arp_new(struct ifnet *ifp, const union sockaddr_any *sa)
{
	struct bsd_rtentry *rt = rtable_match(ifp->if_rdomain, AF_INET, &sa->sin.sin_addr);

	return rt && READ_ONCE(rt->rt_flags) & BSD_RTF_CLONING && rt_ifidx(rt) == ifp->if_index ?
	       rtalloc(sa, RT_RESOLVE | RT_KNOWN, ifp->if_rdomain) : NULL;
}

/*
 * RFC 826's merge: update the sender's entry if there is one, be it hidden by a better
 * route; make one if the packet is for us.
 */
static void arp_learn(struct ifnet *ifp, const struct arp_packet *ap, bool for_us,
		      struct netstack *ns)
{
	union sockaddr_any sa = { .sin = { .sin_family = AF_INET,
					   .sin_addr.s_addr = ap->ap_ea.arp_spa } };
	struct mbuf_list held = MBUF_LIST_INIT;
	struct bsd_rtentry *rt;

	rt = bsd_arp_lookup(ifp->if_rdomain, sa.sin.sin_addr.s_addr, BSD_RTF_LLINFO);
	if (!rt && for_us)
		rt = arp_new(ifp, &sa);
	if (!rt || !(READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO) ||
	    rt_ifidx(rt) != ifp->if_index || in_broadcast(ap->ap_ea.arp_spa, ifp)) {
		counter_inc(ARPS_RCV_UNSOLICITED);
		return;
	}
	if (bsd_arp_known(rt, ifp, ap->ap_ea.arp_sha, &held))
		counter_inc(ARPS_RCV_MOVED);
	bsd_arp_send_held(ifp, rt, &held, ns);
}

/*
 * Is a request to be answered by a published entry? Then @lladdr is what it says. Only
 * on the entry's own network, and not to the owner, who probes or announces its address
 * and would take the answer for a conflict (RFC 5227 2.1.1).
 */
static bool arp_proxied(struct ifnet *ifp, const struct arp_packet *ap, u8 *lladdr)
{
	struct bsd_rtentry *rt = bsd_arp_lookup(ifp->if_rdomain, ap->ap_ea.arp_tpa,
						BSD_RTF_ANNOUNCE);
	u8 hdr[RT_LLHDRLEN];

	if (!rt || rt_ifidx(rt) != ifp->if_index || rt_getllhdr(rt, hdr) != ETH_HLEN ||
	    !memcmp(hdr, ap->ap_ea.arp_sha, ETH_ALEN))
		return false;
	memcpy(lladdr, hdr, ETH_ALEN);
	return true;
}

/* Answer a request: @lladdr has the address. */
static void arp_reply(struct ifnet *ifp, const struct arp_packet *ap, const u8 *lladdr,
		      struct netstack *ns)
{
	counter_inc(ARPS_SND_REPLY);
	arp_send(ifp, BSD_ARPOP_REPLY, lladdr, ap->ap_ea.arp_tpa, ap->ap_ea.arp_sha,
		 ap->ap_ea.arp_spa, ap->ap_ea.arp_sha, ns);
}

static void arp_input(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	struct bsd_in_ifaddr *ia;
	u8 lladdr[ETH_ALEN];
	struct arp_packet ap;

	counter_inc(ARPS_RCV_TOTAL);
	if (m->m_pkthdr.len >= sizeof(struct ether_arp))
		m = m_pullup(m, sizeof(struct ether_arp));
	if (!m)
		return;
	if (m->m_len < sizeof(struct ether_arp) ||
	    !arp_check(mtod(m, struct ether_arp *), &ap) ||
	    READ_ONCE(ifp->if_flags) & BSD_IFF_NOARP) {
		m_drop(m, ARPS_RCV_BAD);
		return;
	}
	m_freem(m);
	/* Our own, come back. */
	if (!memcmp(ap.ap_ea.arp_sha, ifp->if_lladdr, ETH_ALEN))
		return;
	ia = ap.ap_probe ? NULL : arp_ours(ifp, ap.ap_ea.arp_spa);
	if (ia) {
		arp_conflict(ifp, ia, &ap, ns);
		return;
	}
	ia = arp_ours(ifp, ap.ap_ea.arp_tpa);
	if (!ap.ap_probe && !(READ_ONCE(ifp->if_flags) & BSD_IFF_STATICARP))
		arp_learn(ifp, &ap, ia, ns);
	if (!ap.ap_request) {
		counter_inc(ARPS_RCV_REPLY);
	} else if (ia) {
		counter_inc(ARPS_RCV_REQUEST);
		arp_reply(ifp, &ap, ifp->if_lladdr, ns);
	} else if (arp_proxied(ifp, &ap, lladdr)) {
		counter_inc(ARPS_RCV_PROXIED);
		arp_reply(ifp, &ap, lladdr, ns);
	}
}

static const struct counter_desc arp_counters[] = {
	[COUNTER_INDEX(ARPS_RCV_TOTAL)] = { "received", "packets received" },
	[COUNTER_INDEX(ARPS_RCV_REQUEST)] = { "requests_received", "requests for us" },
	[COUNTER_INDEX(ARPS_RCV_PROXIED)] = { "requests_proxied",
		"requests for published addresses" },
	[COUNTER_INDEX(ARPS_RCV_REPLY)] = { "replies_received", "replies received" },
	[COUNTER_INDEX(ARPS_RCV_BAD)] = { "bad", "malformed packets dropped" },
	[COUNTER_INDEX(ARPS_RCV_CONFLICT)] = { "conflicts",
		"packets from somebody who uses our address" },
	[COUNTER_INDEX(ARPS_RCV_UNSOLICITED)] = { "unsolicited",
		"packets about no entry of ours" },
	[COUNTER_INDEX(ARPS_RCV_MOVED)] = { "moved", "neighbours that changed their address" },
	[COUNTER_INDEX(ARPS_SND_REQUEST)] = { "requests_sent", "requests sent" },
	[COUNTER_INDEX(ARPS_SND_REPLY)] = { "replies_sent", "replies sent" },
	[COUNTER_INDEX(ARPS_SND_PROBE)] = { "probes_sent", "probes sent" },
	[COUNTER_INDEX(ARPS_SND_ANNOUNCE)] = { "announcements_sent", "announcements sent" },
	[COUNTER_INDEX(ARPS_HELD_DROP)] = { "held_dropped",
		"waiting packets dropped for newer ones or with their entry" },
	[COUNTER_INDEX(ARPS_TIMEOUT)] = { "timeouts", "neighbours that did not answer" },
	[COUNTER_INDEX(ARPS_LIMIT)] = { "evicted", "entries evicted at the limit" },
	[COUNTER_INDEX(ARPS_NOMEM)] = { "nomem", "packets or entries without memory" },
	[COUNTER_INDEX(ARPS_NOENTRY)] = { "noentry", "packets dropped: no entry for the next hop" },
	[COUNTER_INDEX(ARPS_UNRESOLVED)] = { "unresolved",
		"packets dropped: too many neighbours are being asked for" },
	[COUNTER_INDEX(ARPS_DOWN)] = { "down", "packets dropped: the neighbour does not answer" },
};

static const struct ether_proto arp_ether_proto = {
	.ep_type = ETH_P_ARP,
	.ep_input = arp_input,
	.ep_owner = NULL,
};

/**
 * bsd_arp_init() - start ARP
 *
 * Return: 0 or -errno.
 */
int bsd_arp_init(void)
{
	int error;

	error = counter_register(CG_ARP, "arp", arp_counters, ARRAY_SIZE(arp_counters));
	if (error)
		return error;
	error = bsd_arp_limit_init();
	if (error)
		goto err_counters;
	error = bsd_arp_table_init();
	if (error)
		goto err_limit;
	error = bsd_ether_type_register(&arp_ether_proto);
	if (error)
		goto err_table;
	return 0;

err_table:
	bsd_arp_table_exit();
err_limit:
	bsd_arp_limit_exit();
err_counters:
	counter_unregister(CG_ARP);
	return error;
}

/**
 * bsd_arp_exit() - stop ARP; the last interface is gone
 */
void bsd_arp_exit(void)
{
	bsd_ether_type_unregister(&arp_ether_proto);
	bsd_arp_table_exit();
	bsd_arp_limit_exit();
	counter_unregister(CG_ARP);
}
