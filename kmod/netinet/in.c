// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in.c - IPv4 addresses of interfaces: add, delete, list, and questions about them.
 *
 * An address is an entry of its interface's list and up to three routes: itself
 * (RTF_LOCAL, which is how bsd_ip_input() knows its own), its broadcast address,
 * and its prefix.
 * Context: changes with rtnl, netlock not held (taken exclusive here); questions in
 * a section.
 */
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip_mroute.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <bsdnet/arp.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/in.h>
#include <bsdnet/route.h>
#include <uapi/bsdnet/ioctl.h>

#define IFRA_DUPLICATED	1	/* ifra_flags */

static const u8 in_allhosts_lladdr[ETH_ALEN] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 };

static void in_ifaddr_free(struct ifaddr *ifa)
{
	kfree(ifatoia(ifa));
}

static struct sockaddr_in in_sockaddr(__be32 addr)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = addr };
}

/* Entry @ia of @ifp with exactly this address. Section, or rtnl. */
static struct bsd_in_ifaddr *in_ifaddr_find(struct ifnet *ifp, __be32 addr)
{
	struct ifaddr *ifa;

	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, if_list_held())
		if (ifa->ifa_addr->sa_family == AF_INET &&
		    ifatoia(ifa)->ia_addr.sin_addr.s_addr == addr)
			return ifatoia(ifa);
	return NULL;
}

/* Can this be the address of an interface? */
static bool in_validaddr(const struct ifnet *ifp, __be32 addr)
{
	if (!addr || in_multicast(addr) || in_zeronet(addr) || in_experimental(addr) ||
	    addr == htonl(INADDR_BROADCAST))
		return false;
	return in_loopback(addr) ? ifp->if_flags & BSD_IFF_LOOPBACK : true;
}

static struct bsd_in_ifaddr *in_ifaddr_alloc(struct ifnet *ifp, struct in_addr addr,
					     unsigned int plen)
{
	struct bsd_in_ifaddr *ia = kzalloc(sizeof(*ia), GFP_KERNEL);

	if (!ia)
		return NULL;
	ia->ia_plen = plen;
	ia->ia_addr = in_sockaddr(addr.s_addr);
	ia->ia_netmask = in_sockaddr(in_plen2mask(plen));
	ia->ia_ifa.ifa_ifp = ifp;
	ia->ia_ifa.ifa_addr = (struct sockaddr *)&ia->ia_addr;
	ia->ia_ifa.ifa_netmask = (struct sockaddr *)&ia->ia_netmask;
	ia->ia_ifa.ifa_free = in_ifaddr_free;
	refcount_set(&ia->ia_ifa.ifa_refcnt, 1);
	return ia;
}

/* Peer or broadcast address. A prefix of 31 bits has no broadcast (RFC 3021 2.2). */
static void in_ifaddr_setdst(struct ifnet *ifp, struct bsd_in_ifaddr *ia,
			     struct in_addr dstaddr, bool has_dstaddr)
{
	if (!has_dstaddr) {
		if (!(ifp->if_flags & BSD_IFF_BROADCAST) || ia->ia_plen > 30)
			return;
		dstaddr.s_addr = ia->ia_addr.sin_addr.s_addr | ~in_plen2mask(ia->ia_plen);
	}
	ia->ia_dstaddr = in_sockaddr(dstaddr.s_addr);
	ia->ia_ifa.ifa_dstaddr = (struct sockaddr *)&ia->ia_dstaddr;
}

/* The routes that an address brings; each may be there already, by another one. */
static void in_ifaddr_routes(struct bsd_in_ifaddr *ia, bool add)
{
	int (*change)(struct ifaddr *ifa, u32 flags, const union sockaddr_any *dst,
		      unsigned int plen) = add ? rt_ifa_add : rt_ifa_del;
	struct ifnet *ifp = ia->ia_ifa.ifa_ifp;
	union sockaddr_any sa;

	sa.sin = ia->ia_addr;
	change(&ia->ia_ifa, BSD_RTF_LOCAL, &sa, 32);
	if (ifp->if_flags & BSD_IFF_BROADCAST && ia->ia_ifa.ifa_dstaddr) {
		sa.sin = ia->ia_dstaddr;
		change(&ia->ia_ifa, BSD_RTF_BROADCAST, &sa, 32);
	}
	if (ifp->if_flags & BSD_IFF_POINTOPOINT && ia->ia_ifa.ifa_dstaddr) {
		sa.sin = ia->ia_dstaddr;
		change(&ia->ia_ifa, BSD_RTF_CONNECTED, &sa, 32);
	} else if (ia->ia_plen < 32) {
		sa.sin = ia->ia_addr;
		change(&ia->ia_ifa, BSD_RTF_CONNECTED, &sa, ia->ia_plen);
	}
}

/**
 * in_ifaddr_add() - give an interface an address
 * @ifp:         interface
 * @addr:        address
 * @plen:        prefix length
 * @dstaddr:     peer or broadcast address
 * @has_dstaddr: @dstaddr is given; otherwise the prefix's broadcast address
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 * Return:  0; -EINVAL; -EEXIST; -ENOMEM.
 */
int in_ifaddr_add(struct ifnet *ifp, struct in_addr addr, unsigned int plen,
		  struct in_addr dstaddr, bool has_dstaddr)
{
	struct bsd_in_ifaddr *ia;
	struct netstack ns;
	bool first;

	if (plen > 32 || !in_validaddr(ifp, addr.s_addr))
		return -EINVAL;
	if (in_ifaddr_find(ifp, addr.s_addr))
		return -EEXIST;
	ia = in_ifaddr_alloc(ifp, addr, plen);
	if (!ia)
		return -ENOMEM;
	in_ifaddr_setdst(ifp, ia, dstaddr, has_dstaddr);
	first = list_empty(&ifp->if_addrlist);
	if (first && ifp->if_flags & BSD_IFF_MULTICAST)
		if_addmulti(ifp, in_allhosts_lladdr);
	net_lock();
	ifa_add(ifp, &ia->ia_ifa);
	net_unlock();
	net_enter(&ns, NETSEC_SYSCALL);
	in_ifaddr_routes(ia, true);
	if (ifp->if_type == BSD_IFT_ETHER)
		bsd_arp_ifinit(ifp, ia);
	net_leave(&ns);
	return 0;
}

/* Take one address off: list, then routes, then those of others that it hid. */
static void in_ifaddr_remove(struct ifnet *ifp, struct bsd_in_ifaddr *ia)
{
	struct ifaddr *ifa;
	struct netstack ns;

	net_lock();
	ifa_del(ifp, &ia->ia_ifa);
	net_unlock();
	net_enter(&ns, NETSEC_SYSCALL);
	in_ifaddr_routes(ia, false);
	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, net_section_held())
		if (ifa->ifa_addr->sa_family == AF_INET)
			in_ifaddr_routes(ifatoia(ifa), true);
	net_leave(&ns);
	if (list_empty(&ifp->if_addrlist) && ifp->if_flags & BSD_IFF_MULTICAST)
		if_delmulti(ifp, in_allhosts_lladdr);
	ifa_put(&ia->ia_ifa);
}

/**
 * in_ifaddr_del() - take an address from an interface
 * @ifp:  interface
 * @addr: address
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 * Return:  0, or -EADDRNOTAVAIL.
 */
int in_ifaddr_del(struct ifnet *ifp, struct in_addr addr)
{
	struct bsd_in_ifaddr *ia = in_ifaddr_find(ifp, addr.s_addr);

	if (!ia)
		return -EADDRNOTAVAIL;
	in_ifaddr_remove(ifp, ia);
	return 0;
}

/**
 * in_ifdetach() - take all IPv4 addresses from an interface
 * @ifp: interface that goes, or changes its domain
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 */
void in_ifdetach(struct ifnet *ifp)
{
	struct ifaddr *ifa, *next;

	mrt_ifdetach(ifp);
	in_multi_ifdetach(ifp);
	list_for_each_entry_safe(ifa, next, &ifp->if_addrlist, ifa_list)
		if (ifa->ifa_addr->sa_family == AF_INET)
			in_ifaddr_remove(ifp, ifatoia(ifa));
}

/* BSIOCGIFADDRS: the address of number ifra_index. */
static int in_ifaddr_get(struct ifnet *ifp, struct bsd_ifaddreq *ra)
{
	u32 left = ra->ifra_index;
	struct ifaddr *ifa;

	list_for_each_entry(ifa, &ifp->if_addrlist, ifa_list) {
		const struct bsd_in_ifaddr *ia = ifatoia(ifa);

		if (ifa->ifa_addr->sa_family != AF_INET || left--)
			continue;
		ra->ifra_plen = ia->ia_plen;
		ra->ifra_flags = READ_ONCE(ia->ia_duplicate) ? IFRA_DUPLICATED : 0;
		memcpy(ra->ifra_addr, &ia->ia_addr.sin_addr, 4);
		ra->ifra_hasdst = !!ifa->ifa_dstaddr;
		if (ifa->ifa_dstaddr)
			memcpy(ra->ifra_dst, &ia->ia_dstaddr.sin_addr, 4);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

/**
 * in_ioctl() - requests about IPv4 addresses
 * @cmd:   BSIOCGIFADDRS, BSIOCAIFADDR or BSIOCDIFADDR
 * @data:  struct bsd_ifaddreq in kernel memory
 * @ifp:   interface
 * @admin: the caller may configure the network
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 * Return:  0; -EPERM; -EAFNOSUPPORT; or what is wrong.
 */
int in_ioctl(unsigned int cmd, void *data, struct ifnet *ifp, bool admin)
{
	struct bsd_ifaddreq *ra = data;
	struct in_addr addr, dst;

	if (ra->ifra_family != AF_INET)
		return -EAFNOSUPPORT;
	if (cmd == BSIOCGIFADDRS)
		return in_ifaddr_get(ifp, ra);
	if (!admin)
		return -EPERM;
	memcpy(&addr, ra->ifra_addr, sizeof(addr));
	memcpy(&dst, ra->ifra_dst, sizeof(dst));
	switch (cmd) {
	case BSIOCAIFADDR:
		return in_ifaddr_add(ifp, addr, ra->ifra_plen, dst, ra->ifra_hasdst);
	case BSIOCDIFADDR:
		return in_ifaddr_del(ifp, addr);
	default:
		return -ENOTTY;
	}
}

/**
 * in_ifaddr_for() - the address of an interface that best talks to another
 * @ifp: interface
 * @dst: whom to talk to
 *
 * The longest prefix that @dst is in; else the first address.
 *
 * Context: Section.
 * Return:  address, valid until the section ends; NULL: the interface has none.
 */
struct bsd_in_ifaddr *in_ifaddr_for(struct ifnet *ifp, __be32 dst)
{
	struct bsd_in_ifaddr *best = NULL, *first = NULL;
	struct ifaddr *ifa;

	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, if_list_held()) {
		struct bsd_in_ifaddr *ia = ifatoia(ifa);

		if (ifa->ifa_addr->sa_family != AF_INET)
			continue;
		if (!first)
			first = ia;
		if (!((ia->ia_addr.sin_addr.s_addr ^ dst) & ia->ia_netmask.sin_addr.s_addr) &&
		    (!best || ia->ia_plen > best->ia_plen))
			best = ia;
	}
	return best ? best : first;
}

/**
 * in_broadcast() - is this a broadcast address on an interface?
 * @dst: address
 * @ifp: interface
 *
 * Context: Section.
 */
bool in_broadcast(__be32 dst, const struct ifnet *ifp)
{
	struct ifaddr *ifa;

	if (dst == htonl(INADDR_BROADCAST))
		return true;
	if (!(READ_ONCE(ifp->if_flags) & BSD_IFF_BROADCAST))
		return false;
	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, if_list_held())
		if (ifa->ifa_addr->sa_family == AF_INET && ifa->ifa_dstaddr &&
		    ifatoia(ifa)->ia_dstaddr.sin_addr.s_addr == dst)
			return true;
	return false;
}

/**
 * in_ours() - is this an address of ours?
 * @dst:     address
 * @tableid: routing table
 *
 * Context: Section.
 */
bool in_ours(__be32 dst, unsigned int tableid)
{
	struct bsd_rtentry *rt = rtable_match(tableid, AF_INET, &dst);

	return rt && READ_ONCE(rt->rt_flags) & BSD_RTF_LOCAL;
}
