// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * arp_limit.c - how many neighbour entries there may be, and which one makes room.
 *
 * Anybody who can send us packets can have entries made: a router asks for each address
 * of its networks that somebody names, and who asks for our address is remembered. So
 * there are three lists:
 *
 *	unresolved	asked for, or known not to answer; at most arp/maxunresolved.
 *			The oldest makes room for a new one, but each has its second to
 *			be answered: before that the new one is refused. So no scan has
 *			us send more than arp/maxunresolved first requests a second, and
 *			as many repeated ones.
 *	resolved	used as long as it is fresh. At arp/maxentries, of both lists,
 *			an unresolved entry makes room, or else one of these: the first
 *			that no packet was sent to since the last such search passed it.
 *			So who has traffic stays, whatever strangers claim to be.
 *	fixed		set by an administrator: stays, and is looked at by nobody.
 *
 * Lock order: rt_lock (an entry) -> arp_lock (the lists). Routes that must be acted on
 * are held and handled after.
 * Source: RFC 1122 2.3.2.1 (flooding), 2.3.2.2 (packets that wait).
 */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sysfs.h>
#include <bsdnet/counters.h>
#include <bsdnet/sysfs.h>
#include "arp_priv.h"

#define ARP_EVICT	2	/* entries that go at most for one that comes */
#define ARP_STEPS	1024	/* entries looked at while arp_lock is held, at most */

unsigned int bsd_arp_maxqueue = 16;	/* knob arp/maxqueue, packets an entry */

static unsigned int arp_maxentries = 4096;	/* knob arp/maxentries */
static unsigned int arp_maxunresolved = 512;	/* knob arp/maxunresolved */
static unsigned int arp_maxheld = 2048;		/* knob arp/maxheld, packets */

static DEFINE_SPINLOCK(arp_lock);
static struct list_head arp_lists[ARP_NLISTS] = {	/* [A] of llinfo_arp */
	LIST_HEAD_INIT(arp_lists[ARP_UNRESOLVED]),
	LIST_HEAD_INIT(arp_lists[ARP_RESOLVED]),
	LIST_HEAD_INIT(arp_lists[ARP_FIXED]),
};

static unsigned int arp_counts[ARP_NLISTS];		/* [A] entries in them */
static struct llinfo_arp arp_cursor;	/* [A] where bsd_arp_collect() is; of no route */
static atomic_t arp_held;		/* packets that wait, in all entries */

static ssize_t arp_show_entries(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(arp_counts[ARP_UNRESOLVED]) +
			  READ_ONCE(arp_counts[ARP_RESOLVED]) + READ_ONCE(arp_counts[ARP_FIXED]));
}

static ssize_t arp_show_unresolved(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(arp_counts[ARP_UNRESOLVED]));
}

static ssize_t arp_show_held(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&arp_held));
}

static const struct knob arp_limit_knobs[] = {
	KNOB_UINT("arp/maxqueue", &bsd_arp_maxqueue, 1, 256),
	KNOB_UINT("arp/maxheld", &arp_maxheld, 1, 1000000),
	KNOB_UINT("arp/maxentries", &arp_maxentries, 16, 1000000),
	KNOB_UINT("arp/maxunresolved", &arp_maxunresolved, 16, 1000000),
	KNOB_CALL("arp/entries", arp_show_entries, NULL),
	KNOB_CALL("arp/unresolved", arp_show_unresolved, NULL),
	KNOB_CALL("arp/held", arp_show_held, NULL),
};

/**
 * bsd_arp_enlist() - a new entry, not resolved
 * @la: entry, filled in
 *
 * Context: Section.
 */
void bsd_arp_enlist(struct llinfo_arp *la)
{
	la->la_made = jiffies;
	la->la_on = ARP_UNRESOLVED;
	spin_lock(&arp_lock);
	list_add_tail(&la->la_list, &arp_lists[ARP_UNRESOLVED]);
	WRITE_ONCE(arp_counts[ARP_UNRESOLVED], arp_counts[ARP_UNRESOLVED] + 1);
	spin_unlock(&arp_lock);
}

/**
 * bsd_arp_relist() - an entry becomes another kind
 * @la: entry, its lock held
 * @to: list
 *
 * Context: Section.
 */
void bsd_arp_relist(struct llinfo_arp *la, enum arp_list to)
{
	lockdep_assert_held(&la->la_rt->rt_lock);
	if (la->la_on == to)
		return;
	spin_lock(&arp_lock);
	list_move_tail(&la->la_list, &arp_lists[to]);
	WRITE_ONCE(arp_counts[la->la_on], arp_counts[la->la_on] - 1);
	WRITE_ONCE(arp_counts[to], arp_counts[to] + 1);
	la->la_on = to;
	spin_unlock(&arp_lock);
}

/**
 * bsd_arp_delist() - an entry goes
 * @la: entry that its route does not lead to any more
 *
 * Context: Section.
 */
void bsd_arp_delist(struct llinfo_arp *la)
{
	spin_lock(&arp_lock);
	list_del(&la->la_list);
	WRITE_ONCE(arp_counts[la->la_on], arp_counts[la->la_on] - 1);
	spin_unlock(&arp_lock);
}

/* The oldest entry that is not resolved, if it has had its time; arp_lock held. */
static struct llinfo_arp *arp_stale(void)
{
	struct llinfo_arp *la;

	list_for_each_entry(la, &arp_lists[ARP_UNRESOLVED], la_list)
		if (la != &arp_cursor)
			return time_after_eq(jiffies, la->la_made + HZ) ? la : NULL;
	return NULL;
}

/*
 * The resolved entry that is missed least; arp_lock held. Those that were used go to
 * the end and have to be used again, so the search costs no more than there were packets.
 */
static struct llinfo_arp *arp_idle(void)
{
	struct llinfo_arp *la, *next, *first = NULL;
	unsigned int steps = 0;

	list_for_each_entry_safe(la, next, &arp_lists[ARP_RESOLVED], la_list) {
		if (la == &arp_cursor)
			continue;
		if (!READ_ONCE(la->la_rt->rt_used) || la == first || ++steps == ARP_STEPS)
			return la;
		if (!first)
			first = la;
		WRITE_ONCE(la->la_rt->rt_used, false);
		list_move_tail(&la->la_list, &arp_lists[ARP_RESOLVED]);
	}
	return first;
}

/**
 * bsd_arp_full() - are too many neighbours being asked for?
 *
 * Context: Any.
 */
bool bsd_arp_full(void)
{
	return READ_ONCE(arp_counts[ARP_UNRESOLVED]) >= READ_ONCE(arp_maxunresolved);
}

/* Take an entry away for a new one: of those not resolved only, with @full. */
static bool arp_evict(bool full)
{
	struct bsd_rtentry *rt = NULL;
	struct llinfo_arp *la;

	spin_lock(&arp_lock);
	la = arp_stale();
	if (!la && !full)
		la = arp_idle();
	if (la) {
		rt = la->la_rt;
		rtref(rt);
	}
	spin_unlock(&arp_lock);
	if (!rt)
		return false;
	if (!rtable_delete(rt, NULL))	/* or somebody else has */
		counter_inc(ARPS_LIMIT);
	rtfree(rt);
	return true;
}

/**
 * bsd_arp_admit() - may there be one more entry?
 * @known: its address is known, or an administrator wants it: it is not refused
 *
 * Another entry may make room for it. Threads that come at the same time may exceed the
 * limits by one each; who comes next takes two away.
 *
 * Context: Section; takes the table mutex.
 */
bool bsd_arp_admit(bool known)
{
	unsigned int tries;
	bool full;

	for (tries = 0;; tries++) {
		full = !known && bsd_arp_full();
		if (likely(!full && READ_ONCE(arp_counts[ARP_UNRESOLVED]) +
			   READ_ONCE(arp_counts[ARP_RESOLVED]) < READ_ONCE(arp_maxentries)))
			return true;
		if (tries == ARP_EVICT || !arp_evict(full))
			return !full;
	}
}

/**
 * bsd_arp_collect() - find entries that have something due
 * @which: list
 * @first: from its beginning; else from where the last call ended
 * @now:   ktime seconds
 * @rts:   out: their routes, held; room for ARP_BATCH
 * @np:    out: how many
 *
 * Context: The timer's task alone.
 * Return:  there is more of the list.
 */
bool bsd_arp_collect(enum arp_list which, bool first, u64 now, struct bsd_rtentry **rts,
		     unsigned int *np)
{
	struct llinfo_arp *la = &arp_cursor;
	unsigned int n = 0, steps = 0;
	bool more;

	spin_lock(&arp_lock);
	if (first)
		list_add(&arp_cursor.la_list, &arp_lists[which]);
	list_for_each_entry_continue(la, &arp_lists[which], la_list) {
		/* A guess without the entry's lock; who acts on it looks again. */
		if (READ_ONCE(la->la_next) <= now) {
			rtref(la->la_rt);
			rts[n++] = la->la_rt;
		}
		if (n == ARP_BATCH || ++steps == ARP_STEPS)
			break;
	}
	more = !list_entry_is_head(la, &arp_lists[which], la_list);
	if (more)
		list_move(&arp_cursor.la_list, &la->la_list);
	else
		list_del(&arp_cursor.la_list);
	spin_unlock(&arp_lock);
	*np = n;
	return more;
}

/**
 * bsd_arp_hold() - put a packet on an entry's queue
 * @la: entry, its lock held
 * @m:  packet, network header in front
 *
 * Whatever waits elsewhere, there is room for one.
 *
 * Return: packet that lost its place, to be dropped without the lock; NULL.
 * Source: RFC 1122 2.3.2.2: at least the latest packet is kept.
 */
struct mbuf *bsd_arp_hold(struct llinfo_arp *la, struct mbuf *m)
{
	struct mbuf *lost = NULL;

	if (ml_len(&la->la_hold) >= READ_ONCE(bsd_arp_maxqueue) ||
	    (!ml_empty(&la->la_hold) && atomic_read(&arp_held) >= READ_ONCE(arp_maxheld)))
		lost = ml_dequeue(&la->la_hold);
	else
		atomic_inc(&arp_held);
	ml_enqueue(&la->la_hold, m);
	return lost;
}

/**
 * bsd_arp_unhold() - take what waits for a neighbour
 * @la: entry, its lock held or going
 * @to: list to append to
 *
 * Context: Any.
 */
void bsd_arp_unhold(struct llinfo_arp *la, struct mbuf_list *to)
{
	atomic_sub(ml_len(&la->la_hold), &arp_held);
	ml_enlist(to, &la->la_hold);
}

/**
 * bsd_arp_limit_init() - knobs
 *
 * Context: Process, at load.
 * Return:  0 or -errno.
 */
int bsd_arp_limit_init(void)
{
	return knobs_register(arp_limit_knobs, ARRAY_SIZE(arp_limit_knobs));
}

/**
 * bsd_arp_limit_exit() - the entries are gone
 *
 * Context: Process, at unload.
 */
void bsd_arp_limit_exit(void)
{
	knobs_unregister(arp_limit_knobs, ARRAY_SIZE(arp_limit_knobs));
}
