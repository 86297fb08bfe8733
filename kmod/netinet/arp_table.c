// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * arp_table.c - neighbour entries: made and freed with their routes, aged by a
 * timer, changed by tools; probes and announcements of new addresses.
 *
 * Once a second a timer (softirq) adds a task to a softnet thread, which looks
 * for entries and addresses that have something due. An entry: INCOMPLETE asks
 * once a second, five times, then is DOWN for a while; REACHABLE, if packets were
 * sent to it, asks its neighbour directly when it expires (REFRESH) and so never runs
 * out under traffic. How many there are is arp_limit.c's.
 *
 * Lock order: arp_announce_lock is a leaf; rt_lock (an entry) is outside arp_limit.c's
 * lock of the lists. Routes that must be acted on are collected, held, and handled after.
 * Source: RFC 1122 2.3.2.1; RFC 5227 2.1.1, 2.3.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_var.h>
#include <bsdnet/softnet.h>
#include <bsdnet/sysfs.h>
#include <uapi/bsdnet/ioctl.h>
#include "arp_priv.h"

#define ARP_MAXTRIES		5	/* requests before a neighbour is down */
#define ARP_REFRESH_TRIES	3	/* requests to it before it expires, a second apart */
#define ARP_NPROBES		3	/* RFC 5227 PROBE_NUM */
#define ARP_NANNOUNCE		2	/* RFC 5227 ANNOUNCE_NUM */

static unsigned int arp_timeout = 1200;	/* knob arp/timeout, seconds */
static unsigned int arp_down = 20;	/* knob arp/down, seconds */

static LIST_HEAD(arp_announces);	/* [arp_announce_lock] of arp_announce */
static DEFINE_SPINLOCK(arp_announce_lock);
static struct timer_list arp_timer;
static struct softnet_task arp_task;

/* An address that is being probed and announced. Holds it until it is done. */
struct arp_announce {
	struct list_head	 aa_list;	/* [arp_announce_lock] */
	struct bsd_in_ifaddr	*aa_ia;		/* [I] held */
	unsigned int		 aa_ifidx;	/* [I] */
	unsigned int		 aa_left;	/* [task] packets to send */
};

static const struct knob arp_knobs[] = {
	KNOB_UINT("arp/timeout", &arp_timeout, 5, 86400),
	KNOB_UINT("arp/down", &arp_down, 1, 3600),
};

/**
 * bsd_arp_rtadd() - a neighbour's route is being made: give it an entry
 * @rt: route, not yet in its table
 *
 * Context: Section; bsd_arp_admit() was asked.
 * Return:  0 or -ENOMEM.
 */
int bsd_arp_rtadd(struct bsd_rtentry *rt)
{
	struct llinfo_arp *la;

	la = kzalloc(sizeof(*la), GFP_NOWAIT | __GFP_NOWARN);
	if (!la) {
		counter_inc(ARPS_NOMEM);
		return -ENOMEM;
	}
	la->la_rt = rt;
	ml_init(&la->la_hold);
	la->la_next = ktime_get_seconds() + arp_timeout;
	rt->rt_llinfo = la;
	bsd_arp_enlist(la);
	return 0;
}

/**
 * bsd_arp_rtdel() - a neighbour's route was deleted: free its entry
 * @rt: route, in no table
 *
 * Context: Section.
 */
void bsd_arp_rtdel(struct bsd_rtentry *rt)
{
	struct mbuf_list dead = MBUF_LIST_INIT;
	struct llinfo_arp *la;
	struct mbuf *m;

	spin_lock(&rt->rt_lock);
	la = rt->rt_llinfo;
	rt->rt_llinfo = NULL;
	rt_setllhdr_locked(rt, NULL, 0);
	spin_unlock(&rt->rt_lock);
	if (!la)
		return;
	bsd_arp_delist(la);
	bsd_arp_unhold(la, &dead);
	while ((m = ml_dequeue(&dead)))
		m_drop(m, ARPS_HELD_DROP);
	kfree(la);
}

/**
 * bsd_arp_lookup() - find an entry, also if a better route hides it
 * @tableid: table
 * @addr:    the neighbour's address
 * @flag:    BSD_RTF_LLINFO, or BSD_RTF_ANNOUNCE: a published one
 *
 * Who answers ARP requests for a host behind another interface has both: the published
 * entry, and a route of better priority that packets follow.
 *
 * Context: Section.
 * Return:  its route, valid until the section ends; NULL.
 */
struct bsd_rtentry *bsd_arp_lookup(unsigned int tableid, __be32 addr, u32 flag)
{
	struct bsd_rtentry *rt = rtable_match(tableid, AF_INET, &addr);

	while (rt && !(READ_ONCE(rt->rt_flags) & flag))
		rt = net_dereference(rt->rt_next);
	return rt;
}

/* Write a neighbour's link-layer address down; its route's lock held. As bsd_arp_set(). */
static bool arp_write(struct llinfo_arp *la, struct ifnet *ifp, const u8 *lladdr, u8 flags,
		      struct mbuf_list *held)
{
	struct ether_header eh = { .ether_type = htons(ETH_P_IP) };
	struct bsd_rtentry *rt = la->la_rt;
	bool moved;

	lockdep_assert_held(&rt->rt_lock);
	memcpy(eh.ether_dhost, lladdr, ETH_ALEN);
	memcpy(eh.ether_shost, ifp->if_lladdr, ETH_ALEN);
	moved = rt->rt_llhdrlen && memcmp(rt->rt_llhdr, lladdr, ETH_ALEN);
	rt_setllhdr_locked(rt, &eh, sizeof(eh));
	la->la_state = ARP_REACHABLE;
	la->la_asked = 0;
	WRITE_ONCE(la->la_flags, flags);
	la->la_next = flags & ARP_PERMANENT ? U64_MAX : ktime_get_seconds() + arp_timeout;
	bsd_arp_relist(la, flags & ARP_PERMANENT ? ARP_FIXED : ARP_RESOLVED);
	bsd_arp_unhold(la, held);
	WRITE_ONCE(rt->rt_flags,
		   (rt->rt_flags & ~(BSD_RTF_STATIC | BSD_RTF_ANNOUNCE)) |
		   (flags & ARP_PERMANENT ? BSD_RTF_STATIC : 0) |
		   (flags & ARP_PUBLISH ? BSD_RTF_ANNOUNCE : 0));
	return moved;
}

/**
 * bsd_arp_set() - write a neighbour's link-layer address down
 * @rt:     its route
 * @ifp:    interface
 * @lladdr: address
 * @flags:  ARP_PERMANENT, ARP_PUBLISH
 * @held:   out: packets that waited, to be sent
 *
 * Context: Section; takes the entry's lock.
 * Return:  the address is another than before.
 */
bool bsd_arp_set(struct bsd_rtentry *rt, struct ifnet *ifp, const u8 *lladdr, u8 flags,
		 struct mbuf_list *held)
{
	struct llinfo_arp *la;
	bool moved;

	spin_lock(&rt->rt_lock);
	la = rt->rt_llinfo;
	moved = la && arp_write(la, ifp, lladdr, flags, held);
	spin_unlock(&rt->rt_lock);
	return moved;
}

/**
 * bsd_arp_known() - a packet told a neighbour's address
 * @rt:     its route
 * @ifp:    interface
 * @lladdr: address
 * @held:   out: packets that waited, to be sent
 *
 * Permanent entries stay as they are; published ones stay published.
 *
 * Context: Section; takes the entry's lock.
 * Return:  the address is another than before.
 */
bool bsd_arp_known(struct bsd_rtentry *rt, struct ifnet *ifp, const u8 *lladdr,
		   struct mbuf_list *held)
{
	struct llinfo_arp *la;
	bool moved;

	spin_lock(&rt->rt_lock);
	la = rt->rt_llinfo;
	moved = la && !(la->la_flags & ARP_PERMANENT) &&
		arp_write(la, ifp, lladdr, la->la_flags & ARP_PUBLISH, held);
	spin_unlock(&rt->rt_lock);
	return moved;
}

/**
 * bsd_arp_expire() - when an entry expires
 * @rt: RTF_LLINFO route
 *
 * Return: seconds left, 0: permanent or gone.
 */
u32 bsd_arp_expire(struct bsd_rtentry *rt)
{
	u64 now = ktime_get_seconds();
	struct llinfo_arp *la;
	u32 left = 0;

	spin_lock(&rt->rt_lock);
	la = rt->rt_llinfo;
	if (la && !(la->la_flags & ARP_PERMANENT))
		left = la->la_next > now ? la->la_next - now : 1;
	spin_unlock(&rt->rt_lock);
	return left;
}

/**
 * bsd_arp_isdown() - are packets to a neighbour refused, as it did not answer?
 * @rt: RTF_LLINFO route
 *
 * Context: Section.
 */
bool bsd_arp_isdown(struct bsd_rtentry *rt)
{
	struct llinfo_arp *la;
	bool down;

	spin_lock(&rt->rt_lock);
	la = rt->rt_llinfo;
	down = la && la->la_state == ARP_DOWN;
	spin_unlock(&rt->rt_lock);
	return down;
}

/* What is due for an entry. */
enum arp_due {
	ARP_DUE_NOTHING,
	ARP_DUE_ASK,		/* the network */
	ARP_DUE_REFRESH,	/* the neighbour itself */
	ARP_DUE_DOWN,		/* packets in the list get no answer */
	ARP_DUE_DELETE
};

/* An entry's next step at @now; rt_lock held. */
static enum arp_due arp_step(struct bsd_rtentry *rt, struct llinfo_arp *la, u64 now, u8 *lladdr,
			     struct mbuf_list *dead)
{
	switch (la->la_state) {
	case ARP_INCOMPLETE:
		if (!la->la_asked)
			return ARP_DUE_DELETE;	/* made, and never used */
		if (la->la_asked < ARP_MAXTRIES) {
			la->la_asked++;
			la->la_next = now + 1;
			return ARP_DUE_ASK;
		}
		la->la_state = ARP_DOWN;
		la->la_asked = 0;
		la->la_next = now + arp_down;
		bsd_arp_unhold(la, dead);
		return ARP_DUE_DOWN;
	case ARP_REACHABLE:
		if (!READ_ONCE(rt->rt_used))
			return ARP_DUE_DELETE;
		WRITE_ONCE(rt->rt_used, false);
		la->la_state = ARP_REFRESH;
		la->la_asked = 0;
		fallthrough;
	case ARP_REFRESH:
		if (la->la_asked++ < ARP_REFRESH_TRIES) {
			la->la_next = now + 1;
			memcpy(lladdr, rt->rt_llhdr, ETH_ALEN);
			return ARP_DUE_REFRESH;
		}
		return ARP_DUE_DELETE;
	default:
		return ARP_DUE_DELETE;
	}
}

/* Do what is due for one entry. */
static void arp_act(struct bsd_rtentry *rt, u64 now, struct netstack *ns)
{
	struct mbuf_list dead = MBUF_LIST_INIT;
	enum arp_due due = ARP_DUE_NOTHING;
	u8 lladdr[ETH_ALEN];
	struct llinfo_arp *la;
	struct ifnet *ifp;
	struct mbuf *m;
	__be32 spa;

	spin_lock(&rt->rt_lock);
	la = rt->rt_llinfo;
	if (la && la->la_next <= now)
		due = arp_step(rt, la, now, lladdr, &dead);
	spin_unlock(&rt->rt_lock);
	if (due == ARP_DUE_DOWN)
		counter_inc(ARPS_TIMEOUT);
	while ((m = ml_dequeue(&dead)))
		bsd_arp_unreachable(m, ns);
	if (due == ARP_DUE_DELETE)
		rtable_delete(rt, NULL);
	ifp = if_lookup(rt_ifidx(rt));
	if (!ifp || (due != ARP_DUE_ASK && due != ARP_DUE_REFRESH))
		return;
	spa = rt_ifa(rt) ? ifatoia(rt_ifa(rt))->ia_addr.sin_addr.s_addr : 0;
	bsd_arp_request(ifp, spa, rt_dest4(rt),
			due == ARP_DUE_ASK ? bsd_ether_broadcast : lladdr, ns);
}

static void arp_age(enum arp_list which, struct netstack *ns)
{
	struct bsd_rtentry *rts[ARP_BATCH];
	u64 now = ktime_get_seconds();
	bool first = true, more;
	unsigned int i, n;

	do {
		more = bsd_arp_collect(which, first, now, rts, &n);
		first = false;
		for (i = 0; i < n; i++) {
			arp_act(rts[i], now, ns);
			rtfree(rts[i]);
		}
	} while (more);
}

/* Is the address still on its interface? */
static struct ifnet *arp_announce_ifp(const struct arp_announce *aa)
{
	struct ifnet *ifp = if_lookup(aa->aa_ifidx);
	struct ifaddr *ifa;

	if (!ifp)
		return NULL;
	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, net_section_held())
		if (ifatoia(ifa) == aa->aa_ia)
			return ifp;
	return NULL;
}

/* Send the next packet of each address that is probed or announced. */
static void arp_announce_all(struct netstack *ns)
{
	struct arp_announce *aa, *next;
	struct ifnet *ifp;
	LIST_HEAD(work);
	__be32 addr;

	spin_lock(&arp_announce_lock);
	list_splice_init(&arp_announces, &work);
	spin_unlock(&arp_announce_lock);
	list_for_each_entry_safe(aa, next, &work, aa_list) {
		ifp = arp_announce_ifp(aa);
		addr = aa->aa_ia->ia_addr.sin_addr.s_addr;
		/* While it is down nothing is lost: it begins when it is up. */
		if (ifp && if_link_ok(ifp))
			bsd_arp_request(ifp, aa->aa_left-- > ARP_NANNOUNCE ? 0 : addr, addr,
					bsd_ether_broadcast, ns);
		if (ifp && aa->aa_left)
			continue;
		list_del(&aa->aa_list);
		ifa_put(&aa->aa_ia->ia_ifa);
		kfree(aa);
	}
	spin_lock(&arp_announce_lock);
	list_splice(&work, &arp_announces);
	spin_unlock(&arp_announce_lock);
}

/* Have so many packets sent, one a second: the last ARP_NANNOUNCE announce, others probe. */
static void arp_announce_later(struct ifnet *ifp, struct bsd_in_ifaddr *ia, unsigned int n)
{
	struct arp_announce *aa;

	aa = kzalloc(sizeof(*aa), GFP_NOWAIT | __GFP_NOWARN);
	if (!aa) {
		counter_inc(ARPS_NOMEM);
		return;
	}
	refcount_inc(&ia->ia_ifa.ifa_refcnt);
	aa->aa_ia = ia;
	aa->aa_ifidx = ifp->if_index;
	aa->aa_left = n;
	spin_lock(&arp_announce_lock);
	list_add_tail(&aa->aa_list, &arp_announces);
	spin_unlock(&arp_announce_lock);
}

/**
 * bsd_arp_ifinit() - an address is new: probe for it, then announce it
 * @ifp: interface
 * @ia:  address; usable at once
 *
 * Context: Section.
 * Source:  RFC 5227 2.1.1, 2.3.
 * Deviation: the address is used while it is probed, as BSD does; a conflict is
 *            logged and shown by ifconfig as "duplicated".
 */
void bsd_arp_ifinit(struct ifnet *ifp, struct bsd_in_ifaddr *ia)
{
	arp_announce_later(ifp, ia, ARP_NPROBES + ARP_NANNOUNCE);
}

/**
 * bsd_arp_announce() - our address is to be found elsewhere: tell the neighbours
 * @ifp: interface
 * @ia:  address
 * @ns:  section
 *
 * At once, and once more a second later; when the link is down, as soon as it is up.
 *
 * Context: Section.
 * Source:  RFC 5227 2.3, 3.
 */
void bsd_arp_announce(struct ifnet *ifp, struct bsd_in_ifaddr *ia, struct netstack *ns)
{
	__be32 addr = ia->ia_addr.sin_addr.s_addr;

	if (if_link_ok(ifp)) {
		bsd_arp_request(ifp, addr, addr, bsd_ether_broadcast, ns);
		arp_announce_later(ifp, ia, ARP_NANNOUNCE - 1);
	} else {
		arp_announce_later(ifp, ia, ARP_NANNOUNCE);
	}
}

/* Softnet thread, once a second. */
static void arp_tick(void *arg)
{
	struct netstack ns;

	net_enter(&ns, NETSEC_SOFTNET);
	arp_announce_all(&ns);
	arp_age(ARP_UNRESOLVED, &ns);
	arp_age(ARP_RESOLVED, &ns);
	net_leave(&ns);
	mod_timer(&arp_timer, jiffies + HZ);
}

/* Softirq. */
static void arp_timer_fired(struct timer_list *t)
{
	softnet_task_add(softnet_flow_cpu(0), &arp_task);
}

/* BSIOCSETARP: make the entry, or take the one that is there. */
static int arp_ioctl_set(const struct bsd_arpreq *ar, struct netstack *ns)
{
	union sockaddr_any sa = { .sin = { .sin_family = AF_INET } };
	struct mbuf_list held = MBUF_LIST_INIT;
	struct bsd_rtentry *rt;
	struct ifnet *ifp;

	memcpy(&sa.sin.sin_addr, ar->arpr_addr, sizeof(sa.sin.sin_addr));
	rt = bsd_arp_lookup(ar->arpr_tableid, sa.sin.sin_addr.s_addr, BSD_RTF_LLINFO);
	if (!rt)
		rt = rtalloc(&sa, RT_RESOLVE | RT_KNOWN, ar->arpr_tableid);
	if (!rt || !(READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO))
		return -ENETUNREACH;
	ifp = if_lookup(rt_ifidx(rt));
	if (!ifp || (ar->arpr_ifindex && ar->arpr_ifindex != ifp->if_index))
		return -ENETUNREACH;
	bsd_arp_set(rt, ifp, ar->arpr_lladdr, ar->arpr_flags, &held);
	bsd_arp_send_held(ifp, rt, &held, ns);
	return 0;
}

/* BSIOCDELARP */
static int arp_ioctl_del(const struct bsd_arpreq *ar)
{
	struct bsd_rtentry *rt;
	__be32 addr;

	memcpy(&addr, ar->arpr_addr, sizeof(addr));
	rt = bsd_arp_lookup(ar->arpr_tableid, addr, BSD_RTF_LLINFO);
	return rt ? rtable_delete(rt, NULL) : -ESRCH;
}

/**
 * bsd_arp_ioctl() - tools set and delete entries
 * @cmd:   BSIOCSETARP or BSIOCDELARP
 * @data:  struct bsd_arpreq in kernel memory
 * @admin: the caller may configure the network
 *
 * Context: Process; netlock not held.
 * Return:  0; -EPERM; -EINVAL; -ENXIO: no such table; -ENETUNREACH: not on a
 *          connected Ethernet; -ESRCH: no entry.
 */
int bsd_arp_ioctl(unsigned int cmd, void *data, bool admin)
{
	const struct bsd_arpreq *ar = data;
	struct netstack ns;
	int error;

	if (!admin)
		return -EPERM;
	if (ar->arpr_flags & ~(ARP_PERMANENT | ARP_PUBLISH) ||
	    (cmd == BSIOCSETARP && ether_is_multicast(ar->arpr_lladdr)))
		return -EINVAL;
	if (!rtable_exists(ar->arpr_tableid))
		return -ENXIO;
	net_enter(&ns, NETSEC_SYSCALL);
	error = cmd == BSIOCSETARP ? arp_ioctl_set(ar, &ns) : arp_ioctl_del(ar);
	net_leave(&ns);
	return error;
}

/**
 * bsd_arp_table_init() - knobs and the timer
 *
 * Return: 0 or -errno.
 */
int bsd_arp_table_init(void)
{
	int error;

	error = knobs_register(arp_knobs, ARRAY_SIZE(arp_knobs));
	if (error)
		return error;
	softnet_task_init(&arp_task, arp_tick, NULL);
	timer_setup(&arp_timer, arp_timer_fired, 0);
	mod_timer(&arp_timer, jiffies + HZ);
	return 0;
}

/**
 * bsd_arp_table_exit() - stop the timer; routes took their entries along
 */
void bsd_arp_table_exit(void)
{
	struct arp_announce *aa, *next;

	/* The task arms the timer, the timer adds the task: end both, then the rest. */
	timer_shutdown_sync(&arp_timer);
	softnet_task_del(&arp_task);
	list_for_each_entry_safe(aa, next, &arp_announces, aa_list) {
		ifa_put(&aa->aa_ia->ia_ifa);
		kfree(aa);
	}
	INIT_LIST_HEAD(&arp_announces);
	knobs_unregister(arp_knobs, ARRAY_SIZE(arp_knobs));
}
