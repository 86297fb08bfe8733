// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rttimer.c - what packets teach about routes, and how it is forgotten: path MTUs
 * (RFC 1191) and redirects (RFC 1122 3.2.2.2).
 *
 * Receive path: ip_icmp.c -> here -> route.c. What is learned is a host route, or
 * the MTU of one; it stands in a list until it expires, at most route/maxdynamic at
 * once: the oldest is forgotten first.
 *
 * Context: sections, unless said otherwise. rttimer_lock is a leaf.
 */
#include <bsdnet/route.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <bsdnet/netlock.h>
#include <bsdnet/rtsock.h>
#include <bsdnet/softnet.h>
#include <bsdnet/sysfs.h>

#define ROUTE_EXPIRE_PERIOD	(10 * HZ)	/* how often old routes are looked for */
#define ROUTE_LIFETIME		600		/* seconds: path MTU (RFC 1191 6.3), redirects */
#define ROUTE_BATCH		64		/* collected before they are acted on */

static LIST_HEAD(rttimer_list);			/* [rttimer_lock] oldest first */
static unsigned int rttimer_count;		/* [rttimer_lock] */
static unsigned int rttimer_max = 16384;	/* knob */
static DEFINE_SPINLOCK(rttimer_lock);		/* rttimer_list, rt_timed */

static const struct knob rttimer_knobs[] = {
	KNOB_UINT("route/maxdynamic", &rttimer_max, 16, 1048576),
};

/* Take a route off the list; its reference is the caller's then. */
static void rttimer_unlink(struct bsd_rtentry *rt)
{
	lockdep_assert_held(&rttimer_lock);
	list_del_init(&rt->rt_timed);
	rttimer_count--;
}

/* Forget what is due at @now; false: something is left for later. */
static bool rttimer_expire(struct bsd_rtentry *rt, u64 now)
{
	u64 mtuexpire = READ_ONCE(rt->rt_mtuexpire);
	u64 expire = READ_ONCE(rt->rt_expire);

	if (mtuexpire && mtuexpire <= now) {
		WRITE_ONCE(rt->rt_mtu, 0);
		WRITE_ONCE(rt->rt_mtuexpire, 0);
		mtuexpire = 0;
	}
	if (expire && expire <= now) {
		rt_remove(rt, NULL);
		return true;
	}
	return !READ_ONCE(rt->rt_intable) || (!mtuexpire && !expire);
}

/* Watch a route: it, or its path MTU, expires. The oldest goes if there are too many. */
static void rttimer_watch(struct bsd_rtentry *rt)
{
	struct bsd_rtentry *oldest = NULL;

	spin_lock(&rttimer_lock);
	if (list_empty(&rt->rt_timed)) {
		rtref(rt);
		list_add_tail(&rt->rt_timed, &rttimer_list);
		if (++rttimer_count > READ_ONCE(rttimer_max)) {
			oldest = list_first_entry(&rttimer_list, struct bsd_rtentry, rt_timed);
			rttimer_unlink(oldest);
		}
	}
	spin_unlock(&rttimer_lock);
	if (!oldest)
		return;
	counter_inc(RTS_DYNLIMIT);
	rttimer_expire(oldest, U64_MAX);
	rtfree(oldest);
}

/* A host route like @rt for one destination; expires. */
static int rt_add_host(struct bsd_rtentry *rt, __be32 dst, __be32 gateway, u32 mtu,
		       struct bsd_rtentry **hostp)
{
	struct rt_addrinfo info = {
		.rti_plen = 32,
		.rti_flags = BSD_RTF_HOST | BSD_RTF_DYNAMIC | BSD_RTF_GATEWAY,
		.rti_mtu = mtu,
		.rti_priority = rt->rt_priority,
		.rti_tableid = rt->rt_tableid,
	};
	int error;

	info.rti_dst.sin = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = dst };
	info.rti_gateway.sin = (struct sockaddr_in){ .sin_family = AF_INET,
						     .sin_addr.s_addr = gateway };
	error = rtrequest_add(&info, hostp);
	if (error)
		return error;
	WRITE_ONCE((*hostp)->rt_expire, ktime_get_seconds() + ROUTE_LIFETIME);
	rttimer_watch(*hostp);
	return 0;
}

/**
 * rt_pmtu() - the path to a destination takes no packet larger than this
 * @tableid: table
 * @dst:     destination
 * @mtu:     bytes
 *
 * Forgotten after ten minutes (RFC 1191 6.3).
 *
 * Context: Section.
 * Return:  0; -EHOSTUNREACH; -EINVAL: no change; or -errno.
 */
int rt_pmtu(unsigned int tableid, __be32 dst, u32 mtu)
{
	union sockaddr_any sa = { .sin = { .sin_family = AF_INET, .sin_addr.s_addr = dst } };
	struct bsd_rtentry *rt = rtalloc(&sa, RT_RESOLVE, tableid);
	struct bsd_rtentry *host;
	u32 flags, old;

	if (!rt)
		return -EHOSTUNREACH;
	flags = READ_ONCE(rt->rt_flags);
	old = READ_ONCE(rt->rt_mtu);
	if (flags & BSD_RTF_LOCAL || (old && old <= mtu))
		return -EINVAL;
	if (!(flags & BSD_RTF_HOST)) {
		if (!(flags & BSD_RTF_GATEWAY))
			return -EINVAL;
		return rt_add_host(rt, dst, rt_gateway4(rt), mtu, &host);
	}
	WRITE_ONCE(rt->rt_mtu, mtu);
	WRITE_ONCE(rt->rt_mtuexpire, ktime_get_seconds() + ROUTE_LIFETIME);
	rttimer_watch(rt);
	return 0;
}

/**
 * rt_redirect() - a gateway says that another one is nearer
 * @tableid: table
 * @dst:     destination
 * @gateway: the better gateway
 * @from:    who says so
 * @ifidx:   interface it came in by
 *
 * Context: Section.
 * Return:  0, or -EINVAL if it is not to be believed.
 * Source:  RFC 1122 3.2.2.2.
 */
int rt_redirect(unsigned int tableid, __be32 dst, __be32 gateway, __be32 from,
		unsigned int ifidx)
{
	struct bsd_rtentry *rt = rtable_match(tableid, AF_INET, &dst);
	struct bsd_rtentry *gw = rtable_match(tableid, AF_INET, &gateway);
	struct bsd_rtentry *host;
	u32 flags;
	int error;

	if (!rt || !gw)
		return -EINVAL;
	flags = READ_ONCE(rt->rt_flags);
	/* From the gateway in use, to one on the same network that is not we. */
	if (!(flags & BSD_RTF_GATEWAY) || rt_gateway4(rt) != from ||
	    rt_ifidx(rt) != ifidx || rt_ifidx(gw) != ifidx ||
	    READ_ONCE(gw->rt_flags) & (BSD_RTF_GATEWAY | BSD_RTF_LOCAL | BSD_RTF_BROADCAST))
		return -EINVAL;
	if (flags & BSD_RTF_DYNAMIC)
		rt_remove(rt, NULL);
	error = rt_add_host(rt, dst, gateway, 0, &host);
	if (!error)
		rtsock_redirect(host, from);
	return error;
}

static void rttimer_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(rttimer_work, rttimer_work_fn);

/* The next routes behind @last, held; the list may change between two calls. */
static unsigned int rttimer_collect(struct bsd_rtentry **rts, struct bsd_rtentry *last)
{
	struct bsd_rtentry *rt;
	unsigned int n = 0;

	spin_lock(&rttimer_lock);
	if (!last || list_empty(&last->rt_timed))
		rt = list_first_entry(&rttimer_list, struct bsd_rtentry, rt_timed);
	else
		rt = list_next_entry(last, rt_timed);
	list_for_each_entry_from(rt, &rttimer_list, rt_timed) {
		rtref(rt);
		rts[n++] = rt;
		if (n == ROUTE_BATCH)
			break;
	}
	spin_unlock(&rttimer_lock);
	return n;
}

/* Act on a batch; the last one of it stays held for rttimer_collect(). */
static void rttimer_batch(struct bsd_rtentry **rts, unsigned int n, u64 now)
{
	struct netstack ns;
	unsigned int i;
	bool listed;

	net_enter(&ns, NETSEC_SYSCALL);
	for (i = 0; i < n; i++) {
		if (!rttimer_expire(rts[i], now))
			continue;
		spin_lock(&rttimer_lock);
		listed = !list_empty(&rts[i]->rt_timed);
		if (listed)
			rttimer_unlink(rts[i]);
		spin_unlock(&rttimer_lock);
		if (listed)
			rtfree(rts[i]);
	}
	net_leave(&ns);
}

static void rttimer_work_fn(struct work_struct *work)
{
	u64 now = ktime_get_seconds();
	struct bsd_rtentry *last = NULL;
	struct bsd_rtentry **rts;
	unsigned int i, n;

	rts = kmalloc_array(ROUTE_BATCH, sizeof(*rts), GFP_KERNEL);
	while (rts && (n = rttimer_collect(rts, last))) {
		rttimer_batch(rts, n, now);
		if (last)
			rtfree(last);
		for (i = 0; i + 1 < n; i++)
			rtfree(rts[i]);
		last = rts[n - 1];
		if (n < ROUTE_BATCH)
			break;
	}
	if (last)
		rtfree(last);
	kfree(rts);
	queue_delayed_work(bsdnet_cfg, &rttimer_work, ROUTE_EXPIRE_PERIOD);
}

/**
 * rttimer_init() - knobs and the timer
 *
 * Return: 0 or -errno.
 */
int rttimer_init(void)
{
	int error;

	error = knobs_register(rttimer_knobs, ARRAY_SIZE(rttimer_knobs));
	if (error)
		return error;
	queue_delayed_work(bsdnet_cfg, &rttimer_work, ROUTE_EXPIRE_PERIOD);
	return 0;
}

/**
 * rttimer_exit() - stop the timer, forget what it watches
 *
 * Context: Process; the routes have left their tables, and nobody adds one.
 */
void rttimer_exit(void)
{
	struct bsd_rtentry *rt, *next;

	cancel_delayed_work_sync(&rttimer_work);
	list_for_each_entry_safe(rt, next, &rttimer_list, rt_timed) {
		list_del_init(&rt->rt_timed);
		rtfree(rt);
	}
	rttimer_count = 0;
	knobs_unregister(rttimer_knobs, ARRAY_SIZE(rttimer_knobs));
}
