// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ifq.c - transmit queues: many senders on one side, the driver on the other.
 *
 * Transmit path: if_output.c -> ifq_enqueue(); at the end of the batch
 * netstack_kick() -> ifq_start() -> the driver, which calls ifq_dequeue().
 *
 * Two locks, so that senders and the driver meet only once in IFQ_BULK frames:
 * ifq_lock for the discipline, ifq_start_lock for the driver's ring. Who finds
 * the start lock busy goes away; the holder looks again after it has let go, so
 * that nothing is stranded (ifq_start()).
 * Context: process (softnet threads, system calls), in or out of a section.
 */
#include <bsdnet/ifq.h>
#include <bsdnet/if_var.h>
#include <bsdnet/kassert.h>
#include <bsdnet/trace.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>

/* What the discipline dropped is not in the queue any more. */
static void ifq_dropped(struct ifqueue *ifq, const struct mbuf_list *drops)
{
	lockdep_assert_held(&ifq->ifq_lock);
	ifq->ifq_qdrops += ml_len(drops);
	WRITE_ONCE(ifq->ifq_len, ifq->ifq_len - ml_len(drops));
}

static noinline void ifq_free_drops(struct ifqueue *ifq, struct mbuf_list *drops,
				    unsigned int reason)
{
	struct mbuf *m;

	while ((m = ml_dequeue(drops))) {
		if_counter_inc(ifq->ifq_ifp, IFC_OQDROPS);
		m_drop(m, reason);
	}
}

/**
 * ifq_enqueue() - queue a frame for transmission
 * @ifq: transmit queue, of an attached interface
 * @m:   frame with packet header; consumed
 *
 * The discipline may drop @m or another frame to make room.
 *
 * Context: Process. Takes ifq_lock.
 * Return:  0; -ENOBUFS if @m itself was dropped, -ENETDOWN if the queue is
 *	    stopped. Counted.
 */
int ifq_enqueue(struct ifqueue *ifq, struct mbuf *m)
{
	struct mbuf_list drops = MBUF_LIST_INIT;
	u32 len = m->m_pkthdr.len;

	trace_bsdnet_ifq_enqueue(ifq->ifq_ifp->if_index, len);
	spin_lock(&ifq->ifq_lock);
	if (unlikely(ifq->ifq_stopped)) {
		spin_unlock(&ifq->ifq_lock);
		m_drop(m, IFS_ODOWN);
		return -ENETDOWN;
	}
	if (unlikely(!ifq->ifq_disc->ifqd_enq(ifq, m, &drops))) {
		ifq->ifq_qdrops++;
		spin_unlock(&ifq->ifq_lock);
		if_counter_inc(ifq->ifq_ifp, IFC_OQDROPS);
		m_drop(m, IFS_OQDROP);
		return -ENOBUFS;
	}
	ifq->ifq_packets++;
	ifq->ifq_bytes += len;
	WRITE_ONCE(ifq->ifq_len, ifq->ifq_len + 1);
	ifq_dropped(ifq, &drops);
	spin_unlock(&ifq->ifq_lock);
	if (unlikely(!ml_empty(&drops)))
		ifq_free_drops(ifq, &drops, IFS_OQDROP);
	return 0;
}

BSDNET_EXPORT(ifq_enqueue);

/* Take up to IFQ_BULK frames out of the discipline. */
static void ifq_refill(struct ifqueue *ifq)
{
	struct mbuf_list drops = MBUF_LIST_INIT;
	struct mbuf *m;
	unsigned int n;

	spin_lock(&ifq->ifq_lock);
	for (n = 0; n < IFQ_BULK; n++) {
		m = ifq->ifq_disc->ifqd_deq(ifq, &drops);
		if (!m)
			break;
		WRITE_ONCE(ifq->ifq_len, ifq->ifq_len - 1);
		ml_enqueue(&ifq->ifq_ready, m);
	}
	ifq_dropped(ifq, &drops);
	spin_unlock(&ifq->ifq_lock);
	if (unlikely(!ml_empty(&drops)))
		ifq_free_drops(ifq, &drops, IFS_CODELDROP);
}

/**
 * ifq_dequeue() - the next frame to send
 * @ifq: queue whose ifq_driver_start this is
 *
 * Context: Driver, inside ifq_driver_start (ifq_start_lock held).
 * Return:  Frame, the driver's from here, or NULL: nothing waits.
 */
struct mbuf *ifq_dequeue(struct ifqueue *ifq)
{
	lockdep_assert_held(&ifq->ifq_start_lock);
	if (ml_empty(&ifq->ifq_ready)) {
		if (ifq_empty(ifq))
			return NULL;
		ifq_refill(ifq);
	}
	return ml_dequeue(&ifq->ifq_ready);
}

BSDNET_EXPORT(ifq_dequeue);

/**
 * ifq_start() - let the driver take what waits
 * @ifq: transmit queue
 *
 * If another CPU is at it, this one does not wait. That one sees what we have
 * queued: our frame, then a full barrier, then our look at the lock; its unlock,
 * then a full barrier, then its look at the queue. One of the two must see the
 * other.
 *
 * Context: Process. Takes ifq_start_lock (tries), inside it ifq_lock.
 */
void ifq_start(struct ifqueue *ifq)
{
	bool more;

	do {
		smp_mb();	/* pairs with itself: see above */
		if (!spin_trylock(&ifq->ifq_start_lock))
			return;
		trace_bsdnet_ifq_start(ifq->ifq_ifp->if_index, READ_ONCE(ifq->ifq_len));
		if (likely(!ifq->ifq_stopped && !ifq->ifq_oactive))
			ifq->ifq_driver_start(ifq);
		more = !ml_empty(&ifq->ifq_ready);
		spin_unlock(&ifq->ifq_start_lock);
		smp_mb();	/* pairs with itself: see above */
	} while ((more || !ifq_empty(ifq)) && !ifq_is_oactive(ifq) &&
		 !READ_ONCE(ifq->ifq_stopped));
}

BSDNET_EXPORT(ifq_start);

/**
 * ifq_set_oactive() - the driver's ring is full
 * @ifq: queue whose ifq_driver_start this is
 *
 * Context: Driver, inside ifq_driver_start.
 */
void ifq_set_oactive(struct ifqueue *ifq)
{
	WRITE_ONCE(ifq->ifq_oactive, true);
}

BSDNET_EXPORT(ifq_set_oactive);

/**
 * ifq_clr_oactive() - the driver's ring has room again, found out while starting
 * @ifq: queue
 *
 * Context: ifq's start lock held.
 */
void ifq_clr_oactive(struct ifqueue *ifq)
{
	WRITE_ONCE(ifq->ifq_oactive, false);
}

BSDNET_EXPORT(ifq_clr_oactive);

/**
 * ifq_hold() - the driver's ring is not to be used until ifq_restart()
 * @ifq: transmit queue; frames are taken and wait, the driver's start function is not
 *	 running when this returns
 *
 * Context: Process, the driver's poll deleted.
 */
void ifq_hold(struct ifqueue *ifq)
{
	spin_lock(&ifq->ifq_start_lock);
	ifq_set_oactive(ifq);
	spin_unlock(&ifq->ifq_start_lock);
}

BSDNET_EXPORT(ifq_hold);

/**
 * ifq_restart() - the driver's ring has room again
 * @ifq: transmit queue
 *
 * Context: Process: softnet_poll of the driver.
 */
void ifq_restart(struct ifqueue *ifq)
{
	WRITE_ONCE(ifq->ifq_oactive, false);
	ifq_start(ifq);
}

BSDNET_EXPORT(ifq_restart);

/**
 * ifq_barrier() - wait until the driver's start function does not run
 * @ifq: transmit queue
 *
 * After ifq_stop() it will not run again.
 *
 * Context: Process.
 */
void ifq_barrier(struct ifqueue *ifq)
{
	spin_lock(&ifq->ifq_start_lock);
	spin_unlock(&ifq->ifq_start_lock);
}

BSDNET_EXPORT(ifq_barrier);

/**
 * ifq_purge() - free all that waits
 * @ifq: transmit queue
 *
 * Context: Process. Takes ifq_start_lock, inside it ifq_lock.
 */
void ifq_purge(struct ifqueue *ifq)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m;

	spin_lock(&ifq->ifq_start_lock);
	ml_enlist(&ml, &ifq->ifq_ready);
	spin_lock(&ifq->ifq_lock);
	ifq->ifq_disc->ifqd_purge(ifq, &ml);
	WRITE_ONCE(ifq->ifq_len, 0);
	spin_unlock(&ifq->ifq_lock);
	WRITE_ONCE(ifq->ifq_oactive, false);
	spin_unlock(&ifq->ifq_start_lock);

	while ((m = ml_dequeue(&ml)))
		m_drop(m, IFS_OPURGE);
}

BSDNET_EXPORT(ifq_purge);

static void ifq_set_stopped(struct ifqueue *ifq, bool stopped)
{
	spin_lock(&ifq->ifq_lock);
	WRITE_ONCE(ifq->ifq_stopped, stopped);
	spin_unlock(&ifq->ifq_lock);
}

/**
 * ifq_open() - take frames: the interface is up
 * @ifq: transmit queue
 *
 * Context: Process, rtnl held.
 */
void ifq_open(struct ifqueue *ifq)
{
	WRITE_ONCE(ifq->ifq_oactive, false);
	ifq_set_stopped(ifq, false);
}

BSDNET_EXPORT(ifq_open);

/**
 * ifq_stop() - refuse frames: the interface goes down
 * @ifq: transmit queue; the driver's start function is not running when this
 *	 returns, and will not run until ifq_open()
 *
 * Context: Process, rtnl held.
 */
void ifq_stop(struct ifqueue *ifq)
{
	ifq_set_stopped(ifq, true);
	ifq_barrier(ifq);
}

BSDNET_EXPORT(ifq_stop);

/**
 * ifq_init() - make a transmit queue, stopped
 * @ifq: zeroed memory
 * @ifp: its interface
 * @idx: number among its queues
 *
 * Context: Process, may sleep.
 * Return:  0 or -ENOMEM.
 */
int ifq_init(struct ifqueue *ifq, struct ifnet *ifp, unsigned int idx)
{
	ifq->ifq_ifp = ifp;
	ifq->ifq_idx = idx;
	ifq->ifq_disc = &ifq_priq;
	ifq->ifq_maxlen = READ_ONCE(ifq_defmaxlen);
	ifq->ifq_stopped = true;
	spin_lock_init(&ifq->ifq_lock);
	spin_lock_init(&ifq->ifq_start_lock);
	ml_init(&ifq->ifq_ready);
	ifq->ifq_state = ifq->ifq_disc->ifqd_alloc();
	return ifq->ifq_state ? 0 : -ENOMEM;
}

BSDNET_EXPORT(ifq_init);

/* Every discipline there is. */
static const struct ifq_discipline *const ifq_disciplines[] = { &ifq_priq, &ifq_fqcodel };

/* Another discipline; what waits is queued again, in the order in which it would go. */
static void ifq_setdisc(struct ifqueue *ifq, const struct ifq_discipline *disc, void *state)
{
	struct mbuf_list drops = MBUF_LIST_INIT;
	const struct ifq_discipline *old;
	void *oldstate;
	struct mbuf *m;
	bool full;

	spin_lock(&ifq->ifq_lock);
	old = ifq->ifq_disc;
	oldstate = ifq->ifq_state;
	ifq->ifq_disc = disc;
	ifq->ifq_state = state;
	while (true) {
		ifq->ifq_state = oldstate;
		m = old->ifqd_deq(ifq, &drops);
		ifq->ifq_state = state;
		if (!m)
			break;
		/* It makes the room that it needs. Never 0 so: maxlen is more than 1. */
		full = ifq->ifq_len >= READ_ONCE(ifq->ifq_maxlen);
		WRITE_ONCE(ifq->ifq_len, ifq->ifq_len - full);
		if (!disc->ifqd_enq(ifq, m, &drops))
			ml_enqueue(&drops, m);
		WRITE_ONCE(ifq->ifq_len, ifq->ifq_len + full);
	}
	ifq_dropped(ifq, &drops);
	spin_unlock(&ifq->ifq_lock);
	old->ifqd_free(oldstate);
	ifq_free_drops(ifq, &drops, IFS_OQDROP);
}

/**
 * if_setqdisc() - give the transmit queues of an interface another discipline
 * @ifp:  attached
 * @name: "priq" or "fq_codel"
 *
 * Frames that wait stay, as far as the discipline wants them.
 *
 * Context: rtnl held; process, sleeps. The interface may be sending.
 * Return:  0; -EOPNOTSUPP: it has no queues; -EINVAL: no such discipline; -ENOMEM, and
 *	    then some queues have it.
 */
int if_setqdisc(struct ifnet *ifp, const char *name)
{
	const struct ifq_discipline *disc = NULL;
	unsigned int i;
	void *state;

	for (i = 0; i < ARRAY_SIZE(ifq_disciplines); i++)
		if (!strncmp(ifq_disciplines[i]->ifqd_name, name, BSD_IFNAMSIZ))
			disc = ifq_disciplines[i];
	if (!disc)
		return -EINVAL;
	if (!ifp->if_maxifqs)
		return -EOPNOTSUPP;
	for (i = 0; i < ifp->if_maxifqs; i++) {
		if (ifp->if_ifqs[i]->ifq_disc == disc)
			continue;
		state = disc->ifqd_alloc();
		if (!state)
			return -ENOMEM;
		ifq_setdisc(ifp->if_ifqs[i], disc, state);
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(if_setqdisc);

/**
 * if_getqdisc() - name of the discipline
 * @ifp: attached
 *
 * Context: rtnl held.
 * Return:  name; NULL: it has no queues.
 */
const char *if_getqdisc(const struct ifnet *ifp)
{
	return ifp->if_maxifqs ? ifp->if_ifqs[0]->ifq_disc->ifqd_name : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(if_getqdisc);

/**
 * ifq_destroy() - undo ifq_init()
 * @ifq: nobody sends any more; what waits is freed
 *
 * Context: Process.
 */
void ifq_destroy(struct ifqueue *ifq)
{
	ifq_purge(ifq);
	ifq->ifq_disc->ifqd_free(ifq->ifq_state);
	ifq->ifq_state = NULL;
}

BSDNET_EXPORT(ifq_destroy);

/**
 * if_free_queues() - free an interface's transmit queues
 * @ifp: detached, or never attached
 *
 * Context: Process.
 */
void if_free_queues(struct ifnet *ifp)
{
	unsigned int i;

	for (i = 0; i < ifp->if_maxifqs; i++) {
		ifq_destroy(ifp->if_ifqs[i]);
		kfree(ifp->if_ifqs[i]);
	}
	kfree(ifp->if_ifqs);
	ifp->if_ifqs = NULL;
	ifp->if_nifqs = 0;
	ifp->if_maxifqs = 0;
}

BSDNET_EXPORT(if_free_queues);

/**
 * if_alloc_queues() - give an interface its transmit queues
 * @ifp:          not yet attached
 * @n:            how many, at least 1
 * @driver_start: takes frames by ifq_dequeue() and sends them; may not sleep
 *
 * Context: Process, may sleep.
 * Return:  0, -EINVAL or -ENOMEM, and then there are none.
 */
int if_alloc_queues(struct ifnet *ifp, unsigned int n,
		    void (*driver_start)(struct ifqueue *ifq))
{
	struct ifqueue *ifq;

	if (!KASSERT(n && driver_start))
		return -EINVAL;
	ifp->if_maxifqs = 0;
	ifp->if_ifqs = kcalloc(n, sizeof(*ifp->if_ifqs), GFP_KERNEL);
	if (!ifp->if_ifqs)
		return -ENOMEM;
	while (ifp->if_maxifqs < n) {
		/* Only sizes that are powers of two come aligned to cache lines. */
		ifq = kzalloc(roundup_pow_of_two(sizeof(*ifq)), GFP_KERNEL);
		if (!ifq)
			goto err_free;
		if (ifq_init(ifq, ifp, ifp->if_maxifqs)) {
			kfree(ifq);
			goto err_free;
		}
		ifq->ifq_driver_start = driver_start;
		ifp->if_ifqs[ifp->if_maxifqs++] = ifq;
	}
	ifp->if_nifqs = n;
	return 0;

err_free:
	if_free_queues(ifp);
	return -ENOMEM;
}

BSDNET_EXPORT(if_alloc_queues);
