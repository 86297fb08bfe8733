// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rtable.c - the routing tables: one tree for each (table, family), and the
 * routes of each prefix by priority.
 *
 * Packet path: bsd_ip_input() and bsd_ip_output() -> route_cache4() (route.c) ->
 * here on a cache miss. rtable_match() runs in a section without a lock; changes
 * take the table's mutex, with netlock shared or not held at all.
 *
 * A table's generation is incremented after every change, before anything that
 * was taken out is handed to net_call_free(): a section that still reads the old
 * generation began before the grace period that keeps the old routes allocated.
 */
#include <bsdnet/route.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <bsdnet/arp.h>
#include <bsdnet/netlock.h>

enum {
	RTABLE_INET,
	RTABLE_INET6,
	RTABLE_NAF
};

/* The tree of one family in one table. */
struct rtable_af {
	struct art_root	 ra_root;
	struct mutex	 ra_mtx;	/* table mutex: writers of this tree and its routes */
	u32		 ra_gen;	/* [a] written under ra_mtx */
};

/*
 * One routing table. Made by rtable_add(), found by number, there until the module
 * goes.
 *
 * Locks protecting struct members:
 *	I	immutable
 */
struct rtable_set {
	unsigned int	 rs_rdomain;	/* [I] */
	struct rtable_af rs_af[RTABLE_NAF];
};

static struct rtable_set __rcu *rtables[RT_TABLEID_MAX + 1];	/* [rtables_mtx] never removed */
static DEFINE_MUTEX(rtables_mtx);

static const struct counter_desc rtable_counters[] = {
	[COUNTER_INDEX(RTS_ADDED)] = { "added", "routes added" },
	[COUNTER_INDEX(RTS_DELETED)] = { "deleted", "routes deleted" },
	[COUNTER_INDEX(RTS_CLONED)] = { "cloned", "neighbour entries made" },
	[COUNTER_INDEX(RTS_CLONEFAIL)] = { "clonefail",
		"neighbour entries refused: limit or memory" },
	[COUNTER_INDEX(RTS_UNREACH)] = { "unreach", "lookups without a route" },
	[COUNTER_INDEX(RTS_CACHEMISS)] = { "cachemiss", "route caches filled again" },
};

static struct rtable_set *rtable_get(unsigned int tableid)
{
	/* Tables stay until the module goes, so any reader may look. */
	return tableid <= RT_TABLEID_MAX ? rcu_dereference_raw(rtables[tableid]) : NULL;
}

static struct rtable_af *rtable_af(unsigned int tableid, int af)
{
	struct rtable_set *rs = rtable_get(tableid);

	if (!rs || (af != AF_INET && af != AF_INET6))
		return NULL;
	return &rs->rs_af[af == AF_INET ? RTABLE_INET : RTABLE_INET6];
}

/* The address inside a sockaddr, network order. */
static const void *rtable_key(const union sockaddr_any *sa)
{
	return sa->sa.sa_family == AF_INET ? (const void *)&sa->sin.sin_addr :
					     (const void *)&sa->sin6.sin6_addr;
}

/* Every change ends here, before what it took out is freed. */
static void rtable_af_changed(struct rtable_af *ra)
{
	lockdep_assert_held(&ra->ra_mtx);
	/* The change is seen by who sees the number: rtable_generation(). */
	smp_store_release(&ra->ra_gen, ra->ra_gen + 1);
}

/**
 * rtable_exists() - is there such a table?
 * @tableid: number
 */
bool rtable_exists(unsigned int tableid)
{
	return rtable_get(tableid);
}

/**
 * rtable_rdomain() - routing domain of a table
 * @tableid: number
 *
 * Return: its domain; 0 if there is no such table.
 */
unsigned int rtable_rdomain(unsigned int tableid)
{
	const struct rtable_set *rs = rtable_get(tableid);

	return rs ? rs->rs_rdomain : 0;
}

/**
 * rtable_generation() - generation of a table: caches of another are stale
 * @tableid: number
 * @af:      family
 */
u32 rtable_generation(unsigned int tableid, int af)
{
	const struct rtable_af *ra = rtable_af(tableid, af);

	/* Read before the table is looked at: rtable_af_changed(). */
	return ra ? smp_load_acquire(&ra->ra_gen) : 0;
}

/**
 * rtable_mutex() - the lock of a table's writers
 * @tableid: number
 * @af:      family
 *
 * Return: mutex, NULL if there is no such table.
 */
struct mutex *rtable_mutex(unsigned int tableid, int af)
{
	struct rtable_af *ra = rtable_af(tableid, af);

	return ra ? &ra->ra_mtx : NULL;
}

/**
 * rtable_changed() - make all caches of a table stale
 * @tableid: number
 * @af:      family
 *
 * Context: Table mutex held.
 */
void rtable_changed(unsigned int tableid, int af)
{
	struct rtable_af *ra = rtable_af(tableid, af);

	if (ra)
		rtable_af_changed(ra);
}

static void rtable_set_free(struct rtable_set *rs)
{
	unsigned int i;

	for (i = 0; i < RTABLE_NAF; i++) {
		mutex_lock(&rs->rs_af[i].ra_mtx);
		art_destroy(&rs->rs_af[i].ra_root);
		mutex_unlock(&rs->rs_af[i].ra_mtx);
		mutex_destroy(&rs->rs_af[i].ra_mtx);
	}
	kfree(rs);
}

static struct rtable_set *rtable_set_alloc(unsigned int rdomain)
{
	static const unsigned int alens[RTABLE_NAF] = { 32, 128 };
	struct rtable_set *rs;
	unsigned int i;

	rs = kzalloc(sizeof(*rs), GFP_KERNEL);
	if (!rs)
		return NULL;
	rs->rs_rdomain = rdomain;
	for (i = 0; i < RTABLE_NAF; i++) {
		struct rtable_af *ra = &rs->rs_af[i];

		mutex_init(&ra->ra_mtx);
		ra->ra_gen = 1;		/* an empty cache (0) is stale */
		if (art_init(&ra->ra_root, alens[i], &ra->ra_mtx))
			goto err_free;
	}
	return rs;

err_free:
	while (i--) {
		mutex_lock(&rs->rs_af[i].ra_mtx);
		art_destroy(&rs->rs_af[i].ra_root);
		mutex_unlock(&rs->rs_af[i].ra_mtx);
	}
	kfree(rs);
	return NULL;
}

/**
 * rtable_add() - make a table if it is not there
 * @tableid: number, at most RT_TABLEID_MAX
 * @rdomain: its domain
 *
 * Context: Process, may sleep; netlock not held.
 * Return:  0; -EINVAL; -EEXIST: it is there in another domain; -ENOMEM.
 */
int rtable_add(unsigned int tableid, unsigned int rdomain)
{
	struct rtable_set *rs;
	int error = 0;

	if (tableid > RT_TABLEID_MAX)
		return -EINVAL;
	mutex_lock(&rtables_mtx);
	rs = rtable_get(tableid);
	if (rs) {
		error = rs->rs_rdomain == rdomain ? 0 : -EEXIST;
		goto out;
	}
	rs = rtable_set_alloc(rdomain);
	if (rs)
		rcu_assign_pointer(rtables[tableid], rs);
	else
		error = -ENOMEM;
out:
	mutex_unlock(&rtables_mtx);
	return error;
}

/**
 * rtable_match() - best route to an address: longest prefix, then priority
 * @tableid: table
 * @af:      family
 * @addr:    address, network order
 *
 * Context: Section.
 * Return:  a route that is up, valid until the section ends; NULL.
 */
struct bsd_rtentry *rtable_match(unsigned int tableid, int af, const void *addr)
{
	const struct rtable_af *ra = rtable_af(tableid, af);
	struct bsd_rtentry *rt;
	struct art_node *an;

	if (unlikely(!ra))
		return NULL;
	an = art_match(&ra->ra_root, addr);
	if (!an)
		return NULL;
	for (rt = net_dereference(an->an_value); rt; rt = net_dereference(rt->rt_next))
		if (likely(READ_ONCE(rt->rt_flags) & BSD_RTF_UP))
			return rt;
	return NULL;
}

/**
 * rtable_lookup() - find a route of exactly this prefix
 * @tableid:  table
 * @dst:      prefix
 * @plen:     its length, bits
 * @priority: of the route; 0: the best
 *
 * Context: Section (the route is valid until it ends); takes the table mutex.
 * Return:  route, up or not; NULL.
 */
struct bsd_rtentry *rtable_lookup(unsigned int tableid, const union sockaddr_any *dst,
				  unsigned int plen, u8 priority)
{
	struct rtable_af *ra = rtable_af(tableid, dst->sa.sa_family);
	struct bsd_rtentry *rt = NULL;
	struct art_node *an;

	if (!ra)
		return NULL;
	mutex_lock(&ra->ra_mtx);
	an = art_lookup(&ra->ra_root, rtable_key(dst), plen);
	if (an)
		rt = net_dereference_check(an->an_value, lockdep_is_held(&ra->ra_mtx));
	while (rt && priority && rt->rt_priority != priority)
		rt = net_dereference_check(rt->rt_next, lockdep_is_held(&ra->ra_mtx));
	mutex_unlock(&ra->ra_mtx);
	return rt;
}

/* The node of a route's prefix, made if it is not there. */
static struct art_node *rtable_node(struct rtable_af *ra, const struct bsd_rtentry *rt)
{
	const void *key = rtable_key(&rt->rt_dest);
	struct art_node *an, *new;

	an = art_lookup(&ra->ra_root, key, rt->rt_plen);
	if (an)
		return an;
	new = kzalloc(sizeof(*new), GFP_NOWAIT | __GFP_NOWARN);
	if (!new)
		return NULL;
	new->an_plen = rt->rt_plen;
	memcpy(new->an_addr, key, rt->rt_dest.sa.sa_family == AF_INET ? 4 : 16);
	an = art_insert(&ra->ra_root, new);
	if (!an)
		kfree(new);
	return an;
}

static void rtable_node_reap(struct rcu_head *head)
{
	kfree(container_of(head, struct art_node, an_rcu));
}

/* The pointer that holds, or would hold, a route of @priority. */
static struct bsd_rtentry __rcu **rtable_slot(struct art_node *an, u8 priority)
{
	struct bsd_rtentry __rcu **slot = (struct bsd_rtentry __rcu **)&an->an_value;
	struct bsd_rtentry *rt;

	while ((rt = rcu_dereference_raw(*slot)) && rt->rt_priority < priority)
		slot = &rt->rt_next;
	return slot;
}

/**
 * rtable_insert() - put a route into its table
 * @rt: filled in; the caller's reference becomes the table's
 *
 * Context: May be in a section; takes the table mutex. Does not sleep for memory.
 * Return:  0; -EEXIST: there is one of that prefix and priority; -ESRCH: no such
 *          table; -ENOMEM. On error the caller keeps its reference.
 */
int rtable_insert(struct bsd_rtentry *rt)
{
	struct rtable_af *ra = rtable_af(rt->rt_tableid, rt->rt_dest.sa.sa_family);
	struct bsd_rtentry __rcu **slot;
	struct bsd_rtentry *next;
	struct art_node *an;
	int error = -ENOMEM;

	if (!ra)
		return -ESRCH;
	mutex_lock(&ra->ra_mtx);
	an = rtable_node(ra, rt);
	if (!an)
		goto out;
	error = -EEXIST;
	slot = rtable_slot(an, rt->rt_priority);
	next = rcu_dereference_raw(*slot);
	if (next && next->rt_priority == rt->rt_priority)
		goto out;
	rt->rt_node = an;
	RCU_INIT_POINTER(rt->rt_next, next);
	rcu_assign_pointer(*slot, rt);
	rtable_af_changed(ra);
	counter_inc(RTS_ADDED);
	error = 0;
out:
	mutex_unlock(&ra->ra_mtx);
	return error;
}

/**
 * rtable_delete() - take a route out of its table, and a neighbour's entry with it
 * @rt: route; the table's reference is given up
 *
 * Context: May be in a section; takes the table mutex.
 * Return:  0, or -ESRCH if somebody else was faster.
 */
int rtable_delete(struct bsd_rtentry *rt)
{
	struct rtable_af *ra = rtable_af(rt->rt_tableid, rt->rt_dest.sa.sa_family);
	struct art_node *an;

	mutex_lock(&ra->ra_mtx);
	an = rt->rt_node;
	if (!an) {
		mutex_unlock(&ra->ra_mtx);
		return -ESRCH;
	}
	rt->rt_node = NULL;
	/* rt_next stays: a reader may stand on this route. */
	rcu_assign_pointer(*rtable_slot(an, rt->rt_priority),
			   rcu_dereference_raw(rt->rt_next));
	if (!rcu_access_pointer(an->an_value))
		art_delete(&ra->ra_root, an);
	rtable_af_changed(ra);
	if (!rcu_access_pointer(an->an_value))
		net_call_free(&an->an_rcu, rtable_node_reap);
	counter_inc(RTS_DELETED);
	mutex_unlock(&ra->ra_mtx);
	/* Before the reference goes: who finds a neighbour's entry may hold its route. */
	if (READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO)
		bsd_arp_rtdel(rt);
	rtfree(rt);
	return 0;
}

/**
 * rtable_replace() - put a route in the place of another
 * @old: route of a table; the table's reference is given up
 * @rt:  same prefix, priority and table; the caller's reference becomes the table's
 *
 * Lookups find one or the other, never none.
 *
 * Context: May be in a section; takes the table mutex.
 * Return:  0, or -ESRCH if @old is not in the table any more.
 */
int rtable_replace(struct bsd_rtentry *old, struct bsd_rtentry *rt)
{
	struct rtable_af *ra = rtable_af(old->rt_tableid, old->rt_dest.sa.sa_family);
	struct art_node *an;

	mutex_lock(&ra->ra_mtx);
	an = old->rt_node;
	if (!an) {
		mutex_unlock(&ra->ra_mtx);
		return -ESRCH;
	}
	rt->rt_node = an;
	RCU_INIT_POINTER(rt->rt_next, rcu_dereference_raw(old->rt_next));
	rcu_assign_pointer(*rtable_slot(an, old->rt_priority), rt);
	old->rt_node = NULL;
	rtable_af_changed(ra);
	mutex_unlock(&ra->ra_mtx);
	rtfree(old);
	return 0;
}

/* What rtable_walk() hands through art_walk(). */
struct rtable_walk_arg {
	int	(*rw_fn)(struct bsd_rtentry *rt, void *arg);
	void	*rw_arg;
};

static int rtable_walk_node(struct art_node *an, void *arg)
{
	const struct rtable_walk_arg *rw = arg;
	struct bsd_rtentry *rt, *next;
	int error;

	for (rt = rcu_dereference_raw(an->an_value); rt; rt = next) {
		next = rcu_dereference_raw(rt->rt_next);
		error = rw->rw_fn(rt, rw->rw_arg);
		if (error)
			return error;
	}
	return 0;
}

/**
 * rtable_walk() - call a function for every route of a table, in order of prefixes
 * @tableid:    table
 * @af:         family
 * @after:      begin behind this prefix, which need not be there; NULL: all
 * @after_plen: its length
 * @fn:         called with the table mutex held; other than 0 ends the walk; must
 *              not change the table
 * @arg:        for @fn
 *
 * Context: May be in a section; takes the table mutex.
 * Return:  what @fn returned last; 0 at the end; -ESRCH: no such table.
 */
int rtable_walk(unsigned int tableid, int af, const union sockaddr_any *after,
		unsigned int after_plen,
		int (*fn)(struct bsd_rtentry *rt, void *arg), void *arg)
{
	struct rtable_af *ra = rtable_af(tableid, af);
	struct rtable_walk_arg rw = { fn, arg };
	struct art_node behind = {};
	int error;

	if (!ra)
		return -ESRCH;
	if (after) {
		behind.an_plen = after_plen;
		memcpy(behind.an_addr, rtable_key(after), af == AF_INET ? 4 : 16);
	}
	mutex_lock(&ra->ra_mtx);
	error = art_walk(&ra->ra_root, after ? &behind : NULL, rtable_walk_node, &rw);
	mutex_unlock(&ra->ra_mtx);
	return error;
}

/**
 * rtable_init() - make table 0 and what all tables need
 *
 * Return: 0 or -errno.
 */
int rtable_init(void)
{
	int error;

	error = counter_register(CG_RTABLE, "route", rtable_counters,
				 ARRAY_SIZE(rtable_counters));
	if (error)
		return error;
	error = art_cache_init();
	if (error)
		goto err_counters;
	error = route_init();
	if (error)
		goto err_cache;
	error = rtable_add(0, 0);
	if (error)
		goto err_route;
	return 0;

err_route:
	route_exit();
err_cache:
	art_cache_exit();
err_counters:
	counter_unregister(CG_RTABLE);
	return error;
}

/**
 * rtable_exit() - free all tables and what is left in them
 */
void rtable_exit(void)
{
	unsigned int i;

	for (i = 0; i <= RT_TABLEID_MAX; i++)
		if (rtable_get(i))
			rt_flush(i);
	route_exit();
	for (i = 0; i <= RT_TABLEID_MAX; i++) {
		struct rtable_set *rs = rtable_get(i);

		RCU_INIT_POINTER(rtables[i], NULL);
		if (rs)
			rtable_set_free(rs);
	}
	/* Tables and nodes on their way to be freed use the cache. */
	srcu_barrier(&net_srcu);
	art_cache_exit();
	counter_unregister(CG_RTABLE);
}
