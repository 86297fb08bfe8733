// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rt_nexthop.c - ways out (struct rt_nexthop), shared by the routes that take them.
 *
 * Beside the way of a packet: route.c gets one for each route it makes; output
 * reads it through rt_nh. A link that goes down or comes up is one store a way
 * out and a new generation of the tables, however many routes there are.
 *
 * Context: sections, unless said otherwise. nexthop_lock is a leaf.
 */
#include <bsdnet/route.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <bsdnet/if_var.h>
#include <bsdnet/netlock.h>

#define NEXTHOP_BITS	10

static struct hlist_head nexthops[1 << NEXTHOP_BITS];	/* [nexthop_lock] */
static DEFINE_SPINLOCK(nexthop_lock);	/* nexthops and nh_hash; nh_up against rt_if_track() */

static struct hlist_head *nexthop_bucket(unsigned int tableid, unsigned int ifidx,
					 const union sockaddr_any *gateway)
{
	u32 gw = gateway ? jhash(gateway, sizeof(*gateway), 0) : 0;

	return &nexthops[hash_32(jhash_3words(tableid, ifidx, gw, 0), NEXTHOP_BITS)];
}

static bool nexthop_is(const struct rt_nexthop *nh, const struct rt_nexthop *key)
{
	return nh->nh_ifidx == key->nh_ifidx && nh->nh_tableid == key->nh_tableid &&
	       nh->nh_ifa == key->nh_ifa && nh->nh_local == key->nh_local &&
	       !memcmp(&nh->nh_gateway, &key->nh_gateway, sizeof(nh->nh_gateway));
}

/**
 * rt_nexthop_get() - the way out by an interface, made if it is not there
 * @tableid: routing table
 * @ifp:     interface
 * @ifa:     source address, or NULL; one that is going counts as none
 * @gateway: gateway, zero behind the address, or NULL
 * @local:   usable whatever the interface does
 *
 * Context: Section. Does not sleep.
 * Return:  with a reference for the caller; NULL without memory.
 */
struct rt_nexthop *rt_nexthop_get(unsigned int tableid, struct ifnet *ifp, struct ifaddr *ifa,
				  const union sockaddr_any *gateway, bool local)
{
	struct hlist_head *bucket = nexthop_bucket(tableid, ifp->if_index, gateway);
	struct rt_nexthop key = { .nh_ifidx = ifp->if_index, .nh_tableid = tableid,
				  .nh_local = local };
	struct rt_nexthop *nh;

	if (gateway)
		key.nh_gateway = *gateway;
	if (ifa && refcount_inc_not_zero(&ifa->ifa_refcnt))
		key.nh_ifa = ifa;
	spin_lock(&nexthop_lock);
	hlist_for_each_entry(nh, bucket, nh_hash)
		if (nexthop_is(nh, &key) && refcount_inc_not_zero(&nh->nh_refcnt))
			goto found;
	nh = kmemdup(&key, sizeof(key), GFP_NOWAIT | __GFP_NOWARN);
	if (!nh)
		goto found;
	key.nh_ifa = NULL;	/* the reference is the new one's */
	refcount_set(&nh->nh_refcnt, 1);
	nh->nh_up = local || if_link_ok(ifp);
	hlist_add_head(&nh->nh_hash, bucket);
found:
	spin_unlock(&nexthop_lock);
	if (key.nh_ifa)
		ifa_put(key.nh_ifa);
	return nh;
}

/**
 * rt_nexthop_hold() - one more reference
 * @nh: way out, held by the caller
 */
void rt_nexthop_hold(struct rt_nexthop *nh)
{
	refcount_inc(&nh->nh_refcnt);
}

/**
 * rt_nexthop_put() - give up a reference
 * @nh: way out
 *
 * Context: Any but hardirq; no section can find it by the caller's route any more.
 */
void rt_nexthop_put(struct rt_nexthop *nh)
{
	struct bsd_rtentry *gw;

	if (!refcount_dec_and_lock(&nh->nh_refcnt, &nexthop_lock))
		return;
	hlist_del(&nh->nh_hash);
	spin_unlock(&nexthop_lock);
	gw = rcu_dereference_raw(nh->nh_gwroute);
	if (gw)
		rtfree(gw);
	if (nh->nh_ifa)
		ifa_put(nh->nh_ifa);
	kfree(nh);
}

/**
 * rt_if_track() - an interface went up or down: so do the routes by it
 * @ifp: interface
 *
 * Routes of lower priority to the same prefixes take over.
 *
 * Context: Process; netlock not held.
 */
void rt_if_track(struct ifnet *ifp)
{
	struct rt_nexthop *nh;
	struct netstack ns;
	unsigned int i;
	bool up;

	spin_lock(&nexthop_lock);
	up = if_link_ok(ifp);
	for (i = 0; i < ARRAY_SIZE(nexthops); i++)
		hlist_for_each_entry(nh, &nexthops[i], nh_hash)
			if (nh->nh_ifidx == ifp->if_index && !nh->nh_local)
				WRITE_ONCE(nh->nh_up, up);
	spin_unlock(&nexthop_lock);
	net_enter(&ns, NETSEC_SYSCALL);
	for (i = 0; i <= RT_TABLEID_MAX; i++) {
		struct mutex *mtx = rtable_mutex(i, AF_INET);

		if (!mtx)
			continue;
		mutex_lock(mtx);
		rtable_changed(i, AF_INET);
		mutex_unlock(mtx);
	}
	net_leave(&ns);
}
