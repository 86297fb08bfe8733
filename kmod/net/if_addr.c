// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_addr.c - the address lists of an interface: network addresses (ifaddr) of
 * any family, and multicast MACs that its receive filter lets in.
 *
 * Beside the way of a packet: routes and sockets ask here for addresses; the
 * packet paths use the families' own, faster questions (in_ifaddr_for()).
 * Context: readers in a section; writers with rtnl and, for the list, netlock
 * exclusive.
 */
#include <bsdnet/if_var.h>
#include <bsdnet/rtsock.h>
#include <linux/errno.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/in.h>
#include <uapi/linux/in6.h>

/* The bytes of an address that count, and how many. NULL: family unknown here. */
static const u8 *sa_bytes(const struct sockaddr *sa, unsigned int *len)
{
	switch (sa->sa_family) {
	case AF_INET:
		*len = sizeof(struct in_addr);
		return (const u8 *)&((const struct sockaddr_in *)sa)->sin_addr;
	case AF_INET6:
		*len = sizeof(struct in6_addr);
		return (const u8 *)&((const struct sockaddr_in6 *)sa)->sin6_addr;
	default:
		return NULL;
	}
}

/* Same family and address; ports do not matter. */
static bool sa_equal(const struct sockaddr *a, const struct sockaddr *b)
{
	unsigned int len;
	const u8 *pa;
	const u8 *pb;

	if (a->sa_family != b->sa_family)
		return false;
	pa = sa_bytes(a, &len);
	pb = sa_bytes(b, &len);
	return pa && !memcmp(pa, pb, len);
}

/* Is @sa in @ifa's prefix? Then how many bits that has, else -1. */
static int ifa_prefix_match(const struct ifaddr *ifa, const struct sockaddr *sa)
{
	unsigned int len;
	const u8 *mask;
	const u8 *ours;
	const u8 *dst;
	unsigned int i;
	int bits = 0;

	dst = sa_bytes(sa, &len);
	if (!dst || !ifa->ifa_netmask)
		return -1;
	ours = sa_bytes(ifa->ifa_addr, &len);
	/* The mask's own family field may be unset: lay it out as the address. */
	mask = (const u8 *)ifa->ifa_netmask + (ours - (const u8 *)ifa->ifa_addr);
	for (i = 0; i < len; i++) {
		if ((dst[i] ^ ours[i]) & mask[i])
			return -1;
		bits += hweight8(mask[i]);
	}
	return bits;
}

/**
 * ifa_add() - put an address on its interface's list
 * @ifp: interface
 * @ifa: filled in; the list uses the reference that its creator made
 *
 * Context: Netlock held exclusive.
 */
void ifa_add(struct ifnet *ifp, struct ifaddr *ifa)
{
	NET_ASSERT_LOCKED_EXCLUSIVE();
	list_add_tail_rcu(&ifa->ifa_list, &ifp->if_addrlist);
	rtsock_ifaddr(BSD_RTM_NEWADDR, ifa);
}

BSDNET_EXPORT(ifa_add);

/**
 * ifa_del() - take an address off its interface's list
 * @ifp: interface
 * @ifa: on the list; the caller then owns the list's reference (ifa_put())
 *
 * Context: Netlock held exclusive.
 */
void ifa_del(struct ifnet *ifp, struct ifaddr *ifa)
{
	NET_ASSERT_LOCKED_EXCLUSIVE();
	list_del_rcu(&ifa->ifa_list);
	rtsock_ifaddr(BSD_RTM_DELADDR, ifa);
}

BSDNET_EXPORT(ifa_del);

static void ifa_free_rcu(struct rcu_head *head)
{
	struct ifaddr *ifa = container_of(head, struct ifaddr, ifa_rcu);

	ifa->ifa_free(ifa);
}

/**
 * ifa_put() - give back a reference to an address
 * @ifa: address, or NULL; the last reference frees it when all sections that may
 *	 see it have ended
 *
 * Context: Any.
 */
void ifa_put(struct ifaddr *ifa)
{
	if (ifa && refcount_dec_and_test(&ifa->ifa_refcnt))
		net_call_free(&ifa->ifa_rcu, ifa_free_rcu);
}

BSDNET_EXPORT(ifa_put);

/**
 * ifa_ifwithaddr() - find one of our own addresses
 * @sa:      address
 * @rdomain: routing domain
 *
 * Context: In a section.
 * Return:  The address, valid until the section ends, or NULL.
 */
struct ifaddr *ifa_ifwithaddr(const struct sockaddr *sa, unsigned int rdomain)
{
	struct ifaddr *ifa;
	struct ifnet *ifp;

	list_for_each_entry_srcu(ifp, &ifnetlist, if_list, if_list_held()) {
		if (ifp->if_rdomain != rdomain)
			continue;
		list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, if_list_held()) {
			if (sa_equal(ifa->ifa_addr, sa))
				return ifa;
		}
	}
	return NULL;
}

BSDNET_EXPORT(ifa_ifwithaddr);

/**
 * ifa_ifwithdstaddr() - find the address whose point-to-point peer is @sa
 * @sa:      peer's address
 * @rdomain: routing domain
 *
 * Context: In a section.
 * Return:  Our address on that link, valid until the section ends, or NULL.
 */
struct ifaddr *ifa_ifwithdstaddr(const struct sockaddr *sa, unsigned int rdomain)
{
	struct ifaddr *ifa;
	struct ifnet *ifp;

	list_for_each_entry_srcu(ifp, &ifnetlist, if_list, if_list_held()) {
		if (ifp->if_rdomain != rdomain ||
		    !(READ_ONCE(ifp->if_flags) & BSD_IFF_POINTOPOINT))
			continue;
		list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, if_list_held()) {
			if (ifa->ifa_dstaddr && sa_equal(ifa->ifa_dstaddr, sa))
				return ifa;
		}
	}
	return NULL;
}

BSDNET_EXPORT(ifa_ifwithdstaddr);

/**
 * ifaof_ifpforaddr() - which address of an interface talks best to @sa
 * @sa:  destination
 * @ifp: interface
 *
 * The address itself or the peer's; then the longest prefix that holds it; then
 * the first address of the family.
 *
 * Context: In a section.
 * Return:  Address, valid until the section ends, or NULL: none of the family.
 */
struct ifaddr *ifaof_ifpforaddr(const struct sockaddr *sa, struct ifnet *ifp)
{
	struct ifaddr *best = NULL;
	struct ifaddr *ifa;
	int bestbits = -2;
	int bits;

	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, if_list_held()) {
		if (ifa->ifa_addr->sa_family != sa->sa_family)
			continue;
		if (sa_equal(ifa->ifa_addr, sa))
			return ifa;
		if ((READ_ONCE(ifp->if_flags) & BSD_IFF_POINTOPOINT) && ifa->ifa_dstaddr &&
		    sa_equal(ifa->ifa_dstaddr, sa))
			return ifa;
		bits = ifa_prefix_match(ifa, sa);
		if (bits > bestbits) {
			bestbits = bits;
			best = ifa;
		}
	}
	return best;
}

BSDNET_EXPORT(ifaof_ifpforaddr);

static struct if_maddr *if_findmulti(struct ifnet *ifp, const u8 *lladdr)
{
	struct if_maddr *ifm;

	list_for_each_entry(ifm, &ifp->if_multi, ifm_list) {
		if (!memcmp(ifm->ifm_lladdr, lladdr, ETH_ALEN))
			return ifm;
	}
	return NULL;
}

static void if_rxfilter(struct ifnet *ifp)
{
	if (ifp->if_ops && ifp->if_ops->ifo_rxfilter)
		ifp->if_ops->ifo_rxfilter(ifp);
}

/**
 * if_addmulti() - let a multicast MAC in
 * @ifp:    attached
 * @lladdr: ETH_ALEN bytes; may be added more than once, and counts
 *
 * Context: rtnl held, netlock not; takes it exclusive.
 * Return:  0, -EINVAL for a unicast address, -ENOMEM.
 */
int if_addmulti(struct ifnet *ifp, const u8 *lladdr)
{
	struct if_maddr *new;
	struct if_maddr *ifm;

	bsd_rtnl_assert();
	if (!(lladdr[0] & 1))
		return -EINVAL;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	memcpy(new->ifm_lladdr, lladdr, ETH_ALEN);
	new->ifm_refs = 1;

	net_lock();
	ifm = if_findmulti(ifp, lladdr);
	if (ifm)
		ifm->ifm_refs++;
	else
		list_add_tail(&new->ifm_list, &ifp->if_multi);
	net_unlock();
	if (ifm)
		kfree(new);
	else
		if_rxfilter(ifp);
	return 0;
}

BSDNET_EXPORT(if_addmulti);

/**
 * if_delmulti() - undo one if_addmulti()
 * @ifp:    attached
 * @lladdr: ETH_ALEN bytes
 *
 * Context: rtnl held, netlock not; takes it exclusive.
 */
void if_delmulti(struct ifnet *ifp, const u8 *lladdr)
{
	struct if_maddr *ifm;

	bsd_rtnl_assert();
	net_lock();
	ifm = if_findmulti(ifp, lladdr);
	if (ifm && --ifm->ifm_refs)
		ifm = NULL;
	if (ifm)
		list_del(&ifm->ifm_list);
	net_unlock();
	if (!ifm)
		return;
	kfree(ifm);
	if_rxfilter(ifp);
}

BSDNET_EXPORT(if_delmulti);
