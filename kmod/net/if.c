// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if.c - interfaces: attach, detach, find, up and down, MTU, address, rdomain.
 *
 * Every path of a packet finds its interface here by index: if_lookup() is one
 * load of a hash head and one compare, because indexes are handed out in a row
 * and the table is far wider than a machine has interfaces. A fixed hash was
 * taken instead of an array by index: Linux's ifindex never comes down again,
 * so that an array would grow with every interface ever made.
 *
 * Context: if_lookup() in a section; the rest is configuration, in process
 * context under rtnl (see <bsdnet/if_var.h>: who holds rtnl).
 */
#include <bsdnet/if_var.h>
#include <bsdnet/ifq.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/kassert.h>
#include <bsdnet/route.h>
#include <bsdnet/rtsock.h>
#include <bsdnet/softnet.h>
#include <bsdnet/subsys.h>
#include <bsdnet/sysfs.h>
#include <linux/errno.h>
#include <linux/rculist.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#define IF_HASHSIZE	256	/* power of two */

/* Flags that BSIOCSIFFLAGS may change, besides UP. */
#define IFF_CHANGEABLE	(BSD_IFF_DEBUG | BSD_IFF_NOARP | BSD_IFF_STATICARP | BSD_IFF_PROMISC | \
			 BSD_IFF_ALLMULTI | BSD_IFF_LINK0 | BSD_IFF_LINK1 | BSD_IFF_LINK2)

LIST_HEAD(ifnetlist);
unsigned int if_input_limit = 8192;	/* [a] packets */
unsigned int ifq_defmaxlen = 2048;	/* [a] frames */

static struct hlist_head if_hash[IF_HASHSIZE];	/* [S] by if_index */
static DECLARE_WAIT_QUEUE_HEAD(if_refs_wait);	/* if_detach() sleeps here */

static const struct knob if_knobs[] = {
	KNOB_UINT("if/input_limit", &if_input_limit, 64, 1048576),
	KNOB_UINT("if/ifq_maxlen", &ifq_defmaxlen, 16, 65536),
	KNOB_UINT("if/codel_target", &codel_target, 100, 1000000),
	KNOB_UINT("if/codel_interval", &codel_interval, 1000, 10000000),
	KNOB_UINT("if/codel_quantum", &codel_quantum, 256, 65536),
};

/**
 * if_lookup() - find an interface by index
 * @index: Linux's ifindex of its face
 *
 * Context: In a section (net_enter) or under net_srcu.
 * Return:  Interface, valid until the section ends, or NULL.
 */
struct ifnet *if_lookup(unsigned int index)
{
	struct ifnet *ifp;

	hlist_for_each_entry_srcu(ifp, &if_hash[index % IF_HASHSIZE], if_hash, if_list_held()) {
		if (likely(ifp->if_index == index))
			return ifp;
	}
	return NULL;
}

BSDNET_EXPORT(if_lookup);

/**
 * if_lookup_byname() - find an interface by name
 * @name: "vio0"
 *
 * Context: In a section, or with rtnl held (then it stays until rtnl is dropped).
 * Return:  Interface or NULL.
 */
struct ifnet *if_lookup_byname(const char *name)
{
	struct ifnet *ifp;

	list_for_each_entry_srcu(ifp, &ifnetlist, if_list, if_list_held()) {
		if (!strncmp(ifp->if_xname, name, BSD_IFNAMSIZ))
			return ifp;
	}
	return NULL;
}

BSDNET_EXPORT(if_lookup_byname);

static struct ifnet *if_ref(struct ifnet *ifp)
{
	return ifp && refcount_inc_not_zero(&ifp->if_refs) ? ifp : NULL;
}

/**
 * if_get() - find an interface by index and hold it
 * @index: as if_lookup()
 *
 * A reference delays if_detach(): hold it for a bounded time, never over a wait
 * for rtnl.
 *
 * Context: Process, any locks.
 * Return:  Interface, for if_put(), or NULL.
 */
struct ifnet *if_get(unsigned int index)
{
	struct ifnet *ifp;
	int idx;

	idx = srcu_read_lock(&net_srcu);
	ifp = if_ref(if_lookup(index));
	srcu_read_unlock(&net_srcu, idx);
	return ifp;
}

BSDNET_EXPORT(if_get);

/**
 * if_get_byname() - find an interface by name and hold it
 * @name: "vio0"
 *
 * Context: Process, any locks. See if_get().
 * Return:  Interface, for if_put(), or NULL.
 */
struct ifnet *if_get_byname(const char *name)
{
	struct ifnet *ifp;
	int idx;

	idx = srcu_read_lock(&net_srcu);
	ifp = if_ref(if_lookup_byname(name));
	srcu_read_unlock(&net_srcu, idx);
	return ifp;
}

BSDNET_EXPORT(if_get_byname);

/**
 * if_put() - give back a reference
 * @ifp: from if_get() or if_get_byname(); NULL is ignored
 *
 * Context: Any.
 */
void if_put(struct ifnet *ifp)
{
	if (ifp && refcount_dec_and_test(&ifp->if_refs))
		wake_up_all(&if_refs_wait);
}

BSDNET_EXPORT(if_put);

static void if_link_in(struct ifnet *ifp)
{
	net_lock();
	list_add_tail_rcu(&ifp->if_list, &ifnetlist);
	hlist_add_head_rcu(&ifp->if_hash, &if_hash[ifp->if_index % IF_HASHSIZE]);
	net_unlock();
}

/**
 * if_attach() - make an interface known
 * @ifp: filled in by its owner: name, type, MTU, functions, queues, flags
 *	 without UP; zero elsewhere
 *
 * Makes its Linux face, whose ifindex becomes if_index. The owner keeps @ifp
 * until if_detach() has returned.
 *
 * Context: Process, without rtnl and netlock; takes both.
 * Return:  0; -EINVAL if it is not filled in; -EEXIST if the name is taken here
 *	    or in Linux; -ENOMEM or another
 *	    error of register_netdevice(), and then nothing is left behind.
 */
int if_attach(struct ifnet *ifp)
{
	int error;

	if (!KASSERT(ifp->if_xname[0] && ifp->if_input && ifp->if_output &&
		     (ifp->if_enqueue || ifp->if_nifqs)))
		return -EINVAL;
	INIT_LIST_HEAD(&ifp->if_addrlist);
	INIT_LIST_HEAD(&ifp->if_inhooks);
	INIT_LIST_HEAD(&ifp->if_groups);
	INIT_LIST_HEAD(&ifp->if_multi);
	refcount_set(&ifp->if_refs, 1);
	if_link_init(ifp);
	ifp->if_llprio = BSD_IFQ_DEFPRIO;
	ifp->if_lastchange = ktime_get_real_seconds();

	error = if_counters_alloc(ifp);
	if (error)
		return error;
	bsd_rtnl_lock();
	if (if_lookup_byname(ifp->if_xname)) {
		error = -EEXIST;
		goto err_unlock;
	}
	error = if_addgroup_name(ifp);
	if (error)
		goto err_unlock;
	error = face_attach(ifp);
	if (error)
		goto err_groups;
	if_link_in(ifp);
	face_update(ifp);
	rtsock_ifannounce(ifp, BSD_IFAN_ARRIVAL);
	bsd_rtnl_unlock();
	return 0;

err_groups:
	if_delgroups(ifp);
err_unlock:
	bsd_rtnl_unlock();
	if_counters_free(ifp);
	return error;
}

BSDNET_EXPORT(if_attach);

/**
 * if_detach() - take an interface out, whatever is going on
 * @ifp: attached; its owner lets no new intake begin
 *
 * Takes it down (which stops the driver's intake), removes its addresses and
 * routes, then unlinks it and waits until nobody can see it any more. The owner
 * frees it after.
 *
 * Context: Process, without rtnl and netlock; sleeps for grace periods.
 */
void if_detach(struct ifnet *ifp)
{
	bsd_rtnl_lock();
	if_down(ifp);
	in_ifdetach(ifp);
	rt_if_remove(ifp);
	bsd_ip_reass_ifdetach(ifp);
	rtsock_ifannounce(ifp, BSD_IFAN_DEPARTURE);

	net_lock();
	WRITE_ONCE(ifp->if_xflags, ifp->if_xflags | BSD_IFXF_DYING);
	list_del_rcu(&ifp->if_list);
	hlist_del_rcu(&ifp->if_hash);
	net_unlock();
	bsd_rtnl_unlock();

	net_synchronize();
	/* Routes that sections added while it was still to be found. */
	rt_if_remove(ifp);
	cancel_work_sync(&ifp->if_linkwork);
	softnet_barrier();
	if_put(ifp);
	wait_event(if_refs_wait, !refcount_read(&ifp->if_refs));

	face_detach(ifp);
	(void)KASSERT(list_empty(&ifp->if_addrlist));
	(void)KASSERT(list_empty(&ifp->if_inhooks));
	if_delgroups(ifp);
	if_counters_free(ifp);
}

BSDNET_EXPORT(if_detach);

/* Flags or link changed: tell the routes, the face and the clock. */
static void if_changed(struct ifnet *ifp)
{
	WRITE_ONCE(ifp->if_lastchange, ktime_get_real_seconds());
	rt_if_track(ifp);
	face_update(ifp);
	rtsock_ifinfo(ifp);
}

/**
 * if_up() - bring an interface up
 * @ifp: attached
 *
 * The face follows. Nothing happens if it is up.
 *
 * Context: rtnl held, netlock not; sleeps.
 * Return:  0, -ENODEV if it is being detached, or the driver's error.
 */
int if_up(struct ifnet *ifp)
{
	unsigned int i;
	int error = 0;

	bsd_rtnl_assert();
	NET_ASSERT_UNLOCKED();
	if (ifp->if_flags & BSD_IFF_UP)
		return 0;
	if (ifp->if_xflags & BSD_IFXF_DYING)
		return -ENODEV;
	if (ifp->if_ops && ifp->if_ops->ifo_up)
		error = ifp->if_ops->ifo_up(ifp);
	if (error)
		return error;
	for (i = 0; i < ifp->if_maxifqs; i++)
		ifq_open(ifp->if_ifqs[i]);
	WRITE_ONCE(ifp->if_flags, ifp->if_flags | BSD_IFF_UP | BSD_IFF_RUNNING);
	if_changed(ifp);
	return 0;
}

BSDNET_EXPORT(if_up);

/**
 * if_down() - take an interface down
 * @ifp: attached
 *
 * Frees what waits in its queues; when it returns the driver is quiet. The face
 * follows. Nothing happens if it is down.
 *
 * Context: rtnl held, netlock not; sleeps.
 */
void if_down(struct ifnet *ifp)
{
	unsigned int i;

	bsd_rtnl_assert();
	NET_ASSERT_UNLOCKED();
	if (!(ifp->if_flags & BSD_IFF_UP))
		return;
	WRITE_ONCE(ifp->if_flags, ifp->if_flags & ~(BSD_IFF_UP | BSD_IFF_RUNNING));
	for (i = 0; i < ifp->if_maxifqs; i++)
		ifq_stop(ifp->if_ifqs[i]);
	if (ifp->if_ops && ifp->if_ops->ifo_down)
		ifp->if_ops->ifo_down(ifp);
	for (i = 0; i < ifp->if_maxifqs; i++)
		ifq_purge(ifp->if_ifqs[i]);
	if_changed(ifp);
}

BSDNET_EXPORT(if_down);

/**
 * if_setflags() - change what an administrator may change
 * @ifp:   attached
 * @flags: BSD_IFF_*; bits that are not settings are ignored
 *
 * Context: rtnl held, netlock not; sleeps.
 * Return:  0 or the error of if_up().
 */
int if_setflags(struct ifnet *ifp, unsigned int flags)
{
	unsigned int changed = (ifp->if_flags ^ flags) & IFF_CHANGEABLE;

	bsd_rtnl_assert();
	WRITE_ONCE(ifp->if_flags, ifp->if_flags ^ changed);
	if (changed & (BSD_IFF_PROMISC | BSD_IFF_ALLMULTI) && ifp->if_ops &&
	    ifp->if_ops->ifo_rxfilter)
		ifp->if_ops->ifo_rxfilter(ifp);
	if (flags & BSD_IFF_UP)
		return if_up(ifp);
	if_down(ifp);
	return 0;
}

BSDNET_EXPORT(if_setflags);

/**
 * if_setmtu() - change the MTU
 * @ifp: attached
 * @mtu: bytes of network layer packets, 68 (RFC 791 3.2) to if_hardmtu
 *
 * Context: rtnl held, netlock not; takes it exclusive.
 * Return:  0; -EINVAL if out of range; -ENODEV if it is being detached; or the
 *	    driver's error.
 */
int if_setmtu(struct ifnet *ifp, unsigned int mtu)
{
	int error = 0;

	bsd_rtnl_assert();
	if (mtu == ifp->if_mtu)
		return 0;
	if (mtu < IP_MINMTU || mtu > ifp->if_hardmtu)
		return -EINVAL;
	if (ifp->if_xflags & BSD_IFXF_DYING)
		return -ENODEV;
	if (ifp->if_ops && ifp->if_ops->ifo_mtu)
		error = ifp->if_ops->ifo_mtu(ifp, mtu);
	if (error)
		return error;
	net_lock();
	WRITE_ONCE(ifp->if_mtu, mtu);
	net_unlock();
	if_changed(ifp);
	return 0;
}

BSDNET_EXPORT(if_setmtu);

/**
 * if_setxflags() - change what an interface may do
 * @ifp:    attached
 * @xflags: BSD_IFXF_*; only BSD_IFXF_LRO may differ from what is set
 *
 * Context: rtnl held, netlock not.
 * Return:  0; -EINVAL for another flag, -EOPNOTSUPP if the device cannot change that,
 *	    -ENODEV if it is being detached, or the driver's error.
 */
int if_setxflags(struct ifnet *ifp, unsigned int xflags)
{
	unsigned int changed = xflags ^ ifp->if_xflags;
	int error;

	bsd_rtnl_assert();
	if (changed & ~BSD_IFXF_LRO)
		return -EINVAL;
	if (!changed)
		return 0;
	if (ifp->if_xflags & BSD_IFXF_DYING)
		return -ENODEV;
	if (!ifp->if_ops || !ifp->if_ops->ifo_lro)
		return -EOPNOTSUPP;
	error = ifp->if_ops->ifo_lro(ifp, xflags & BSD_IFXF_LRO);
	if (error)
		return error;
	net_lock();
	WRITE_ONCE(ifp->if_xflags, xflags);
	net_unlock();
	if_changed(ifp);
	return 0;
}

/* Put the interface's new address into one neighbour's finished header. */
static int if_newllhdr(struct bsd_rtentry *rt, void *arg)
{
	u8 hdr[RT_LLHDRLEN];
	struct ifnet *ifp = arg;
	unsigned int len;

	if (rt_ifidx(rt) != ifp->if_index || !(READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO))
		return 0;
	len = rt_getllhdr(rt, hdr);
	if (len != ETH_HLEN)
		return 0;
	memcpy(hdr + ETH_ALEN, ifp->if_lladdr, ETH_ALEN);
	rt_setllhdr(rt, hdr, len);
	return 0;
}

/* The finished headers of all neighbours carry our address: make them new. */
static void if_newlladdr(struct ifnet *ifp)
{
	struct netstack ns;
	unsigned int id;

	net_enter(&ns, NETSEC_SYSCALL);
	for (id = 0; id <= RT_TABLEID_MAX; id++) {
		if (rtable_exists(id) && rtable_rdomain(id) == ifp->if_rdomain)
			rtable_walk(id, AF_INET, NULL, if_newllhdr, ifp);
	}
	net_leave(&ns);
}

/**
 * if_setlladdr() - change the link-layer address
 * @ifp:    attached, with a link layer
 * @lladdr: ETH_ALEN bytes, unicast and not zero
 *
 * Context: rtnl held, netlock not; takes it exclusive, then shared.
 * Return:  0, -EADDRNOTAVAIL for a bad address, -EOPNOTSUPP if the device
 *	    cannot, -ENODEV if it is being detached, or the driver's error.
 */
int if_setlladdr(struct ifnet *ifp, const u8 *lladdr)
{
	static const u8 none[ETH_ALEN];
	int error;

	bsd_rtnl_assert();
	if (!ifp->if_ops || !ifp->if_ops->ifo_lladdr)
		return -EOPNOTSUPP;
	if ((lladdr[0] & 1) || !memcmp(lladdr, none, ETH_ALEN))
		return -EADDRNOTAVAIL;
	if (ifp->if_xflags & BSD_IFXF_DYING)
		return -ENODEV;
	error = ifp->if_ops->ifo_lladdr(ifp, lladdr);
	if (error)
		return error;
	net_lock();
	memcpy(ifp->if_lladdr, lladdr, ETH_ALEN);
	net_unlock();
	if_newlladdr(ifp);
	if_announce(ifp);
	if_changed(ifp);
	return 0;
}

BSDNET_EXPORT(if_setlladdr);

/**
 * if_setrdomain() - move an interface to another routing domain
 * @ifp:     attached, not lo
 * @rdomain: 0 to RT_TABLEID_MAX; its table is made if it is not there
 *
 * Its addresses, and the routes by it, are removed first, as in OpenBSD: they
 * belong to the old domain. loop_rdomain() should have made the domain's lo.
 *
 * Context: rtnl held, netlock not; takes it exclusive.
 * Return:  0; -EINVAL out of range, or the table belongs to another domain;
 *	    -EPERM for lo, which is bound to its domain; or rtable_add()'s error.
 */
int if_setrdomain(struct ifnet *ifp, unsigned int rdomain)
{
	int error;

	bsd_rtnl_assert();
	if (rdomain > RT_TABLEID_MAX)
		return -EINVAL;
	if (rdomain == ifp->if_rdomain)
		return 0;
	if (ifp->if_flags & BSD_IFF_LOOPBACK)
		return -EPERM;
	if (!rtable_exists(rdomain)) {
		error = rtable_add(rdomain, rdomain);
		if (error)
			return error;
	}
	if (rtable_rdomain(rdomain) != rdomain)
		return -EINVAL;
	in_ifdetach(ifp);
	rt_if_remove(ifp);
	net_lock();
	ifp->if_rdomain = rdomain;
	net_unlock();
	if_changed(ifp);
	return 0;
}

BSDNET_EXPORT(if_setrdomain);

/**
 * if_init() - start the interface layer
 *
 * Context: Process, no locks.
 * Return:  0 or -errno, and then nothing is left behind.
 */
int if_init(void)
{
	int error;

	error = if_counters_init();
	if (error)
		return error;
	error = knobs_register(if_knobs, ARRAY_SIZE(if_knobs));
	if (error)
		goto err_counters;
	error = face_init();
	if (error)
		goto err_knobs;
	return 0;

err_knobs:
	knobs_unregister(if_knobs, ARRAY_SIZE(if_knobs));
err_counters:
	if_counters_exit();
	return error;
}

/**
 * if_exit() - undo if_init(); all interfaces are gone
 *
 * Context: Process, no locks.
 */
void if_exit(void)
{
	(void)KASSERT(list_empty(&ifnetlist));
	face_exit();
	knobs_unregister(if_knobs, ARRAY_SIZE(if_knobs));
	if_counters_exit();
}
