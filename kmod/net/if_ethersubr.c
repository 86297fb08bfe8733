// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_ethersubr.c - Ethernet: frames in to the protocols, packets out as frames.
 *
 * Receive path: if_input.c -> bsd_ether_input() -> ip_input.c, or by the table
 * of ether types (arp.c ...). Transmit path: ip_output.c -> bsd_ether_output()
 * (next hop to MAC by the route's finished header, or arp.c) -> if_output.c.
 * Context: in a section, netlock held shared.
 * Source: IEEE 802.3 3.1 (frame); RFC 894 (IP); RFC 1112 6.4 (multicast).
 */
#include <bsdnet/ethernet.h>
#include <bsdnet/arp.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/route.h>
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rculist.h>

#define ETHER_NPROTOS	16	/* protocols besides IPv4, looked through in order */

const u8 bsd_ether_broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
BSDNET_EXPORT(bsd_ether_broadcast);

/* Registered protocols. Readers: net_srcu; writer holds ether_mtx. */
static const struct ether_proto __rcu *ether_protos[ETHER_NPROTOS];
static DEFINE_MUTEX(ether_mtx);

static const struct counter_desc ether_descs[] = {
	[COUNTER_INDEX(ETHERS_TOTAL)] = { "total", "frames received" },
	[COUNTER_INDEX(ETHERS_SHORT)] = { "short", "frames shorter than a header" },
	[COUNTER_INDEX(ETHERS_NOTFORUS)] = { "notforus", "frames for another station" },
	[COUNTER_INDEX(ETHERS_UNKNOWN)] = { "unknown", "frames of a type that nobody handles" },
	[COUNTER_INDEX(ETHERS_NOHDR)] = { "nohdr", "frames not sent: no mbuf for the header" },
	[COUNTER_INDEX(ETHERS_LOOPCNT)] = { "loopcnt", "frames that went round too many times" },
	[COUNTER_INDEX(ETHERS_BADAF)] = { "badaf",
		"packets of a family that Ethernet cannot carry" },
};

/**
 * bsd_ether_type_register() - handle an ether type
 * @ep: static object; its module unregisters it before it goes
 *
 * Context: Process.
 * Return:  0, -EEXIST if the type is taken (0x0800 is), -ENOSPC.
 */
int bsd_ether_type_register(const struct ether_proto *ep)
{
	const struct ether_proto *other;
	int error = -ENOSPC;
	int slot = -1;
	int i;

	if (ep->ep_type == ETH_P_IP)
		return -EEXIST;
	mutex_lock(&ether_mtx);
	for (i = 0; i < ETHER_NPROTOS; i++) {
		other = rcu_dereference_protected(ether_protos[i], lockdep_is_held(&ether_mtx));
		if (!other && slot < 0)
			slot = i;
		if (other && other->ep_type == ep->ep_type) {
			error = -EEXIST;
			goto out;
		}
	}
	if (slot >= 0) {
		rcu_assign_pointer(ether_protos[slot], ep);
		error = 0;
	}
out:
	mutex_unlock(&ether_mtx);
	return error;
}

BSDNET_EXPORT(bsd_ether_type_register);

/**
 * bsd_ether_type_unregister() - no longer handle an ether type
 * @ep: registered; nobody runs it when this returns
 *
 * Context: Process, no netlock; sleeps for a grace period.
 */
void bsd_ether_type_unregister(const struct ether_proto *ep)
{
	int i;

	mutex_lock(&ether_mtx);
	for (i = 0; i < ETHER_NPROTOS; i++) {
		if (rcu_access_pointer(ether_protos[i]) == ep)
			RCU_INIT_POINTER(ether_protos[i], NULL);
	}
	mutex_unlock(&ether_mtx);
	net_synchronize();
}

BSDNET_EXPORT(bsd_ether_type_unregister);

/* All but IPv4: @m starts behind the header. */
static void ether_demux(struct ifnet *ifp, struct mbuf *m, u16 type, struct netstack *ns)
{
	const struct ether_proto *ep;
	int i;

	for (i = 0; i < ETHER_NPROTOS; i++) {
		ep = net_dereference_check(ether_protos[i], net_section_held());
		if (ep && ep->ep_type == type) {
			ep->ep_input(ifp, m, ns);
			return;
		}
	}
	if_counter_inc(ifp, IFC_NOPROTO);
	m_drop(m, ETHERS_UNKNOWN);
}

/*
 * Not our own address: group frames are marked and go on; a frame for another
 * station (promiscuous mode) has been seen by the hooks, and ends here.
 */
static bool ether_forus(struct ifnet *ifp, struct mbuf *m, const u8 *dst)
{
	if (!ether_is_multicast(dst))
		return false;
	m->m_flags |= ether_equal(dst, bsd_ether_broadcast) ? M_BCAST : M_MCAST;
	if_counter_inc(ifp, IFC_IMCASTS);
	return true;
}

/**
 * bsd_ether_input() - a frame came in
 * @ifp: interface; its counters have seen the frame
 * @m:   frame without FCS, Ethernet header in front; consumed
 * @ns:  section
 *
 * Context: In a section, netlock held shared.
 * Source:  RFC 894; RFC 1122 2.3.3 (802.3 length fields are dropped: we speak
 *	    no RFC 1042 encapsulation).
 */
void bsd_ether_input(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	struct ether_header *eh;
	u16 type;

	counter_inc(ETHERS_TOTAL);
	if (unlikely(m->m_len < ETH_HLEN)) {
		if (m->m_pkthdr.len < ETH_HLEN) {
			if_counter_inc(ifp, IFC_IERRORS);
			m_drop(m, ETHERS_SHORT);
			return;
		}
		m = m_pullup(m, ETH_HLEN);
		if (!m) {
			m_drop(NULL, IFS_NOMEM);
			return;
		}
	}
	eh = mtod(m, struct ether_header *);
	if (unlikely(!ether_equal(eh->ether_dhost, ifp->if_lladdr)) &&
	    !ether_forus(ifp, m, eh->ether_dhost)) {
		m_drop(m, ETHERS_NOTFORUS);
		return;
	}
	/* A tag that no vlan(4) took; VLAN 0 is only a priority (802.1Q 9.6). */
	if (unlikely(m->m_flags & M_VLANTAG) && (m->m_pkthdr.ph_vtag & 0xfff)) {
		if_counter_inc(ifp, IFC_NOPROTO);
		m_drop(m, ETHERS_UNKNOWN);
		return;
	}
	type = ntohs(eh->ether_type);
	m->m_data += ETH_HLEN;
	m->m_len -= ETH_HLEN;
	m->m_pkthdr.len -= ETH_HLEN;
	if (likely(type == ETH_P_IP))
		bsd_ip_input(ifp, m, ns);
	else
		ether_demux(ifp, m, type, ns);
}

BSDNET_EXPORT(bsd_ether_input);

/**
 * bsd_ether_map_multicast() - link-layer address of an IPv4 group
 * @mac:   out: 01:00:5e and the low 23 bits of the group
 * @group: group
 *
 * Context: Any.
 * Source:  RFC 1112 6.4.
 */
void bsd_ether_map_multicast(u8 *mac, struct in_addr group)
{
	u32 a = ntohl(group.s_addr);

	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	mac[3] = (a >> 16) & 0x7f;
	mac[4] = a >> 8;
	mac[5] = a;
}

/* Do we listen to the group frame that we send? A SIMPLEX device does not hear itself. */
static bool ether_hears(const struct ifnet *ifp, const u8 *dst)
{
	const struct if_maddr *ifm;

	if (!(READ_ONCE(ifp->if_flags) & BSD_IFF_SIMPLEX))
		return false;
	if (ether_equal(dst, bsd_ether_broadcast) ||
	    (READ_ONCE(ifp->if_flags) & BSD_IFF_ALLMULTI))
		return true;
	list_for_each_entry(ifm, &ifp->if_multi, ifm_list) {
		if (ether_equal(ifm->ifm_lladdr, dst))
			return true;
	}
	return false;
}

/* A copy of a group packet to ourselves; the network header is in front. */
static void ether_loopback(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	struct mbuf *copy;

	/* Deep, since the original's header is about to be written before it. */
	copy = m_dup_pkt(m, MAX_LINKHDR, M_DONTWAIT);
	if (!copy) {
		m_drop(NULL, IFS_NOMEM);
		return;
	}
	copy->m_flags |= m->m_flags & (M_BCAST | M_MCAST);
	if_input_local(ifp, copy, ns);
}

/*
 * Header for an IPv4 next hop. 0: *@eh is complete; else @m was consumed, and
 * -EAGAIN says that it waits for ARP.
 */
static int ether_resolve4(struct ifnet *ifp, struct mbuf *m, struct in_addr dst,
			  struct bsd_rtentry *rt, struct ether_header *eh,
			  struct netstack *ns)
{
	if (unlikely(in_multicast(dst.s_addr))) {
		m->m_flags |= M_MCAST;
		bsd_ether_map_multicast(eh->ether_dhost, dst);
	} else if (unlikely(m->m_flags & M_BCAST)) {
		memcpy(eh->ether_dhost, bsd_ether_broadcast, ETH_ALEN);
	} else {
		if (rt && (READ_ONCE(rt->rt_flags) & BSD_RTF_GATEWAY))
			rt = net_dereference(rt->rt_nh->nh_gwroute);
		return bsd_arp_resolve(ifp, rt, m, dst, eh, ns);
	}
	memcpy(eh->ether_shost, ifp->if_lladdr, ETH_ALEN);
	eh->ether_type = htons(ETH_P_IP);
	return 0;
}

/* The route's finished header, if its neighbour is known: the way of nearly all. */
static bool ether_finished(const struct mbuf *m, struct bsd_rtentry *rt, u8 *hdr)
{
	if (!rt || (m->m_flags & (M_BCAST | M_MCAST)))
		return false;
	if (READ_ONCE(rt->rt_flags) & BSD_RTF_GATEWAY) {
		rt = net_dereference(rt->rt_nh->nh_gwroute);
		if (!rt)
			return false;
	}
	if (unlikely(rt_getllhdr(rt, hdr) != ETH_HLEN))
		return false;
	rt_setused(rt);
	return true;
}

/**
 * bsd_ether_output() - send a packet to a next hop
 * @ifp: interface, found in this section
 * @m:   packet, network header in front; M_BCAST if @dst is a broadcast
 *	 address; consumed
 * @dst: next hop; AF_UNSPEC: sa_data is the complete Ethernet header
 * @rt:  its route, or that to it (then its gateway's is taken); NULL: none
 * @ns:  section
 *
 * Context: In a section, netlock held shared.
 * Return:  0, also when the packet waits for ARP; -ENETDOWN, -EAFNOSUPPORT,
 *	    -ENOBUFS, or the error of ARP or if_enqueue(). All are counted.
 * Source:  RFC 894; RFC 1112 6.4.
 */
int bsd_ether_output(struct ifnet *ifp, struct mbuf *m, const struct sockaddr *dst,
		     struct bsd_rtentry *rt, struct netstack *ns)
{
	union {
		struct ether_header	eh;
		u8			hdr[RT_LLHDRLEN];
	} u;
	int error;

	switch (dst->sa_family) {
	case AF_INET:
		if (likely(ether_finished(m, rt, u.hdr)))
			break;
		error = ether_resolve4(ifp, m, ((const struct sockaddr_in *)dst)->sin_addr,
				       rt, &u.eh, ns);
		if (error)
			return error == -EAGAIN ? 0 : error;
		if (ether_is_multicast(u.eh.ether_dhost) && !(m->m_flags & M_LOOP) &&
		    ether_hears(ifp, u.eh.ether_dhost))
			ether_loopback(ifp, m, ns);
		break;
	case AF_UNSPEC:
		memcpy(u.hdr, dst->sa_data, ETH_HLEN);
		if (ether_is_multicast(u.eh.ether_dhost))
			m->m_flags |= ether_equal(u.eh.ether_dhost, bsd_ether_broadcast) ?
				      M_BCAST : M_MCAST;
		break;
	default:
		if_counter_inc(ifp, IFC_OERRORS);
		m_drop(m, ETHERS_BADAF);
		return -EAFNOSUPPORT;
	}
	m = m_prepend(m, ETH_HLEN, M_DONTWAIT);
	if (unlikely(!m)) {
		if_counter_inc(ifp, IFC_OERRORS);
		m_drop(NULL, ETHERS_NOHDR);
		return -ENOBUFS;
	}
	memcpy(mtod(m, u8 *), u.hdr, ETH_HLEN);
	return if_enqueue(ifp, m, ns);
}

BSDNET_EXPORT(bsd_ether_output);

/**
 * bsd_ether_fakeaddr() - make up an address
 * @lladdr: out: ETH_ALEN random bytes, unicast and locally administered
 *
 * Context: Any.
 */
void bsd_ether_fakeaddr(u8 *lladdr)
{
	get_random_bytes(lladdr, ETH_ALEN);
	lladdr[0] = (lladdr[0] & ~0x01) | 0x02;
}

BSDNET_EXPORT(bsd_ether_fakeaddr);

/**
 * bsd_ether_ifattach() - attach an Ethernet interface
 * @ifp: as for if_attach(); if_lladdr is set; MTU 0 means 1500
 *
 * Context: Process, without rtnl and netlock.
 * Return:  As if_attach().
 */
int bsd_ether_ifattach(struct ifnet *ifp)
{
	ifp->if_type = BSD_IFT_ETHER;
	ifp->if_hdrlen = ETH_HLEN;
	if (!ifp->if_input)
		ifp->if_input = bsd_ether_input;
	if (!ifp->if_output)
		ifp->if_output = bsd_ether_output;
	if (!ifp->if_mtu)
		ifp->if_mtu = ETH_DATA_LEN;
	if (!ifp->if_hardmtu)
		ifp->if_hardmtu = ETH_DATA_LEN;
	ifp->if_flags |= BSD_IFF_BROADCAST | BSD_IFF_SIMPLEX | BSD_IFF_MULTICAST;
	return if_attach(ifp);
}

BSDNET_EXPORT(bsd_ether_ifattach);

/**
 * bsd_ether_ifdetach() - undo bsd_ether_ifattach()
 * @ifp: attached
 *
 * Context: Process, without rtnl and netlock; as if_detach().
 */
void bsd_ether_ifdetach(struct ifnet *ifp)
{
	if_detach(ifp);
}

BSDNET_EXPORT(bsd_ether_ifdetach);

/**
 * bsd_ether_init() - start Ethernet
 *
 * Context: Process, no locks.
 * Return:  0 or -ENOMEM.
 */
int bsd_ether_init(void)
{
	static_assert(ARRAY_SIZE(ether_descs) == COUNTER_INDEX(ETHERS_END));
	return counter_register(CG_ETHER, "ether", ether_descs, ARRAY_SIZE(ether_descs));
}

/**
 * bsd_ether_exit() - undo bsd_ether_init()
 *
 * Context: Process, no locks.
 */
void bsd_ether_exit(void)
{
	counter_unregister(CG_ETHER);
}
