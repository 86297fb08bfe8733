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
#include <bsdnet/if_var.h>
#include <bsdnet/netlock.h>
#include <bsdnet/rtsock.h>

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
 *	a	READ_ONCE/WRITE_ONCE
 */
struct rtable_set {
	unsigned int	 rs_rdomain;	/* [I] */
	__be32		 rs_source4;	/* [a] rtable_source() */
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
	[COUNTER_INDEX(RTS_DYNLIMIT)] = { "dynlimit",
		"learned host routes evicted: route/maxdynamic" },
	[COUNTER_INDEX(RTS_SOCKFULL)] = { "sockfull",
		"routing sockets that lost messages: buffer full or no memory" },
	[COUNTER_INDEX(RTS_SOCKLIMIT)] = { "socklimit",
		"routing sockets refused to unprivileged users" },
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

/* The first route of a prefix; NULL without a node. */
static struct bsd_rtentry *rt_head(struct art_node *an)
{
	return an ? container_of(an, struct bsd_rtentry, rt_an) : NULL;
}

static struct bsd_rtentry *rt_next(const struct rtable_af *ra, const struct bsd_rtentry *rt)
{
	return net_dereference_check(rt->rt_next, lockdep_is_held(&ra->ra_mtx));
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
 *
 * A table beside the main one of its domain finds its gateways there, so it also
 * changes with that: the sum of two numbers that only grow.
 */
u32 rtable_generation(unsigned int tableid, int af)
{
	const struct rtable_af *ra = rtable_af(tableid, af);
	const struct rtable_af *main;
	u32 gen;

	if (unlikely(!ra))
		return 0;
	/* Read before the table is looked at: rtable_af_changed(). */
	gen = smp_load_acquire(&ra->ra_gen);
	main = rtable_af(rtable_rdomain(tableid), af);
	if (likely(main == ra || !main))
		return gen;
	/* The same. */
	return gen + smp_load_acquire(&main->ra_gen);
}

/**
 * rtable_source() - source address of what leaves this host by a gateway
 * @tableid: table
 *
 * Context: Section.
 * Return:  an address of ours, on an interface that is up; 0: the interface's.
 */
__be32 rtable_source(unsigned int tableid)
{
	const struct rtable_set *rs = rtable_get(tableid);
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct ifaddr *ifa;

	sin.sin_addr.s_addr = rs ? READ_ONCE(rs->rs_source4) : 0;
	if (likely(!sin.sin_addr.s_addr))
		return 0;
	/* Its interface may have lost it since. */
	ifa = ifa_ifwithaddr((struct sockaddr *)&sin, rs->rs_rdomain);
	return ifa && READ_ONCE(ifa->ifa_ifp->if_flags) & BSD_IFF_UP ? sin.sin_addr.s_addr : 0;
}

/**
 * rtable_set_source() - choose it
 * @tableid: table
 * @addr:    address of ours in its domain; 0: the interface's
 *
 * Context: Section.
 * Return:  0; -ENXIO: no such table; -EADDRNOTAVAIL.
 */
int rtable_set_source(unsigned int tableid, __be32 addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = addr };
	struct rtable_set *rs = rtable_get(tableid);

	if (!rs)
		return -ENXIO;
	if (addr && !ifa_ifwithaddr((struct sockaddr *)&sin, rs->rs_rdomain))
		return -EADDRNOTAVAIL;
	WRITE_ONCE(rs->rs_source4, addr);
	return 0;
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

	if (unlikely(!ra))
		return NULL;
	rt = rt_head(art_match(&ra->ra_root, addr));
	while (rt && unlikely(!rt_usable(rt)))
		rt = net_dereference(rt->rt_next);
	return rt;
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
	struct bsd_rtentry *rt;

	if (!ra)
		return NULL;
	mutex_lock(&ra->ra_mtx);
	rt = rt_head(art_lookup(&ra->ra_root, rtable_key(dst), plen));
	while (rt && priority && rt->rt_priority != priority)
		rt = rt_next(ra, rt);
	mutex_unlock(&ra->ra_mtx);
	return rt;
}

/*
 * May @rt stand beside @other, of the same prefix and priority? Only if both are for
 * multipath and lead to different places.
 */
static bool rt_beside(const struct bsd_rtentry *rt, const struct bsd_rtentry *other)
{
	return READ_ONCE(rt->rt_flags) & READ_ONCE(other->rt_flags) & BSD_RTF_MPATH &&
	       rt->rt_nh != other->rt_nh;
}

/**
 * rtable_insert() - put a route into its table
 * @rt: filled in; the caller's reference becomes the table's
 * @rq: who asked, or NULL
 *
 * Context: May be in a section; takes the table mutex. Does not sleep for memory.
 * Return:  0; -EEXIST: there is one of that prefix and priority (RTF_MPATH: and way);
 *          -ESRCH: no such table; -ENOMEM. On error the caller keeps its reference.
 */
int rtable_insert(struct bsd_rtentry *rt, const struct rt_request *rq)
{
	struct rtable_af *ra = rtable_af(rt->rt_tableid, rt->rt_af);
	struct bsd_rtentry *head, *next, *prev = NULL;
	int error = -EEXIST;

	if (!ra)
		return -ESRCH;
	mutex_lock(&ra->ra_mtx);
	head = rt_head(art_lookup(&ra->ra_root, rt->rt_an.an_addr, rt->rt_an.an_plen));
	for (next = head; next && next->rt_priority <= rt->rt_priority; next = rt_next(ra, next)) {
		if (next->rt_priority == rt->rt_priority && !rt_beside(rt, next))
			goto out;
		prev = next;
	}
	RCU_INIT_POINTER(rt->rt_next, next);
	if (prev) {
		rcu_assign_pointer(prev->rt_next, rt);
	} else if (head) {
		art_replace(&ra->ra_root, &head->rt_an, &rt->rt_an);
	} else if (!art_insert(&ra->ra_root, &rt->rt_an)) {
		error = -ENOMEM;
		goto out;
	}
	rt->rt_intable = true;
	rtable_af_changed(ra);
	rtsock_route(BSD_RTM_ADD, rt, rq);
	counter_inc(RTS_ADDED);
	error = 0;
out:
	mutex_unlock(&ra->ra_mtx);
	return error;
}

/*
 * Put @next where @rt stands in the list of its prefix; NULL: the list ends there.
 * rt_next of @rt stays: a reader may stand on it.
 */
static void rtable_relink(struct rtable_af *ra, struct bsd_rtentry *rt, struct bsd_rtentry *next)
{
	struct bsd_rtentry *prev;

	prev = rt_head(art_lookup(&ra->ra_root, rt->rt_an.an_addr, rt->rt_an.an_plen));
	if (prev != rt) {
		while (rt_next(ra, prev) != rt)
			prev = rt_next(ra, prev);
		rcu_assign_pointer(prev->rt_next, next);
	} else if (next) {
		art_replace(&ra->ra_root, &rt->rt_an, &next->rt_an);
	} else {
		art_delete(&ra->ra_root, &rt->rt_an);
	}
	WRITE_ONCE(rt->rt_intable, false);
}

/**
 * rtable_delete() - take a route out of its table, and a neighbour's entry with it
 * @rt: route; the table's reference is given up
 * @rq: who asked, or NULL
 *
 * Context: May be in a section; takes the table mutex.
 * Return:  0, or -ESRCH if somebody else was faster.
 */
int rtable_delete(struct bsd_rtentry *rt, const struct rt_request *rq)
{
	struct rtable_af *ra = rtable_af(rt->rt_tableid, rt->rt_af);

	mutex_lock(&ra->ra_mtx);
	if (!rt->rt_intable) {
		mutex_unlock(&ra->ra_mtx);
		return -ESRCH;
	}
	rtable_relink(ra, rt, rt_next(ra, rt));
	rtable_af_changed(ra);
	rtsock_route(BSD_RTM_DELETE, rt, rq);
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
 * @rq:  who asked, or NULL
 *
 * Lookups find one or the other, never none.
 *
 * Context: May be in a section; takes the table mutex.
 * Return:  0, or -ESRCH if @old is not in the table any more.
 */
int rtable_replace(struct bsd_rtentry *old, struct bsd_rtentry *rt, const struct rt_request *rq)
{
	struct rtable_af *ra = rtable_af(old->rt_tableid, old->rt_af);

	mutex_lock(&ra->ra_mtx);
	if (!old->rt_intable) {
		mutex_unlock(&ra->ra_mtx);
		return -ESRCH;
	}
	RCU_INIT_POINTER(rt->rt_next, rt_next(ra, old));
	rt->rt_intable = true;
	rtable_relink(ra, old, rt);
	rtable_af_changed(ra);
	rtsock_route(BSD_RTM_CHANGE, rt, rq);
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

	for (rt = rt_head(an); rt; rt = next) {
		next = rcu_dereference_raw(rt->rt_next);
		error = rw->rw_fn(rt, rw->rw_arg);
		if (error)
			return error;
	}
	return 0;
}

/**
 * rtable_walk() - call a function for every route of a table, in order of prefixes
 * @tableid: table
 * @af:      family
 * @from:    begin at this prefix, or where it would stand; NULL: all
 * @fn:      called with the table mutex held; other than 0 ends the walk; must
 *           not change the table
 * @arg:     for @fn
 *
 * Context: May be in a section; takes the table mutex.
 * Return:  what @fn returned last; 0 at the end; -ESRCH: no such table.
 */
int rtable_walk(unsigned int tableid, int af, const struct art_node *from,
		int (*fn)(struct bsd_rtentry *rt, void *arg), void *arg)
{
	struct rtable_af *ra = rtable_af(tableid, af);
	struct rtable_walk_arg rw = { fn, arg };
	int error;

	if (!ra)
		return -ESRCH;
	mutex_lock(&ra->ra_mtx);
	error = art_walk(&ra->ra_root, from, rtable_walk_node, &rw);
	mutex_unlock(&ra->ra_mtx);
	return error;
}

/* What rtable_walk_on() hands through art_walk(). */
struct rtable_walk_on_arg {
	struct rtable_cursor	*rwo_rc;
	int			(*rwo_fn)(struct bsd_rtentry *rt, void *arg);
	void			*rwo_arg;
};

static int rtable_walk_on_node(struct art_node *an, void *arg)
{
	const struct rtable_walk_on_arg *rwo = arg;
	struct rtable_cursor *rc = rwo->rwo_rc;
	int done = rc->rc_valid && !memcmp(an, &rc->rc_at, sizeof(*an)) ? rc->rc_index : -1;
	struct bsd_rtentry *rt;
	int index = 0;
	int error;

	for (rt = rt_head(an); rt; rt = rcu_dereference_raw(rt->rt_next), index++) {
		if (index <= done)
			continue;
		error = rwo->rwo_fn(rt, rwo->rwo_arg);
		if (error)
			return error;
		rc->rc_at = *an;
		rc->rc_index = index;
		rc->rc_valid = true;
	}
	return 0;
}

/**
 * rtable_walk_on() - the same from where the last walk stopped
 * @tableid: table
 * @af:      family
 * @rc:      where; afterwards at the last route for which @fn returned 0
 * @fn:      as rtable_walk()
 * @arg:     for @fn
 *
 * Routes that are added or deleted between two walks make it neither stumble nor
 * begin again: it goes on behind the place of the prefix.
 *
 * Context: May be in a section; takes the table mutex.
 * Return:  as rtable_walk().
 */
int rtable_walk_on(unsigned int tableid, int af, struct rtable_cursor *rc,
		   int (*fn)(struct bsd_rtentry *rt, void *arg), void *arg)
{
	struct rtable_walk_on_arg rwo = { rc, fn, arg };
	struct rtable_af *ra = rtable_af(tableid, af);
	struct art_node from = rc->rc_at;
	int error;

	if (!ra)
		return -ESRCH;
	mutex_lock(&ra->ra_mtx);
	error = art_walk(&ra->ra_root, rc->rc_valid ? &from : NULL, rtable_walk_on_node, &rwo);
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
	error = rttimer_init();
	if (error)
		goto err_route;
	error = rtable_add(0, 0);
	if (error)
		goto err_timer;
	return 0;

err_timer:
	rttimer_exit();
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
	rttimer_exit();
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
