/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ifq.h - transmit queues between the stack and a driver.
 *
 * == ifq_enqueue() ==	stack: put a frame in, drop by discipline when full
 * == ifq_start() ==	stack: let the driver take frames (serialised a queue;
 *			once a batch, by netstack_kick())
 * == ifq_dequeue() ==	driver, inside ifq_driver_start: next frame or NULL
 * == ifq_set_oactive() / ifq_restart() ==	driver: ring full; room again
 * == ifq_open() / ifq_stop() ==	if_up(), if_down(): take frames, refuse them
 * == ifq_purge() ==	interface goes down: frees what waits
 * == if_setqdisc() ==	another discipline for all queues of an interface, at any time
 *
 * The driver's pattern:
 *
 *	start:	while (ring has room && (m = ifq_dequeue(ifq)))
 *			put m on the ring;
 *		if no room: ifq_set_oactive(ifq), enable the completion interrupt
 *		ring the doorbell once
 *	txeof:	free completed frames; if (ifq_is_oactive(ifq)) ifq_restart(ifq)
 *	down:	stop the ring, ifq_barrier(ifq), ifq_purge(ifq)
 *		(if_down() has called ifq_stop() before: nothing new comes)
 *
 * ifq_driver_start runs under ifq_start_lock (a spinlock, taken in process context by
 * softnet threads and system calls; never in interrupts), so it may not sleep.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after ifq_init()
 *	q	ifq_lock
 *	s	ifq_start_lock
 *	a	atomic or READ_ONCE/WRITE_ONCE
 */
#ifndef _BSDNET_IFQ_H
#define _BSDNET_IFQ_H

#include <linux/spinlock.h>
#include <bsdnet/mbuf_queue.h>

struct ifnet;
struct ifqueue;
struct netstack;

#define IFQ_BULK	32	/* frames ifq_dequeue() takes under one ifq_lock */

/*
 * A queue discipline. ifqd_enq, ifqd_deq and ifqd_purge are called with ifq_lock
 * held; ifq.c keeps ifq_len and frees what they drop. ifqd_purge moves all frames to
 * the list.
 */
struct ifq_discipline {
	const char	*ifqd_name;
	/* Queue @m, which may put some of those queued on @drops; or refuse it: false. */
	bool		(*ifqd_enq)(struct ifqueue *ifq, struct mbuf *m, struct mbuf_list *drops);
	struct mbuf	*(*ifqd_deq)(struct ifqueue *ifq, struct mbuf_list *drops);
	void		(*ifqd_purge)(struct ifqueue *ifq, struct mbuf_list *ml);
	void		*(*ifqd_alloc)(void);
	void		(*ifqd_free)(void *state);
};

struct ifqueue {
	struct ifnet		*ifq_ifp;	/* [I] */
	unsigned int		 ifq_idx;	/* [I] */
	void			*ifq_softc;	/* [I] the driver's ring */
	/* Take frames from @ifq and send them. [I] */
	void			(*ifq_driver_start)(struct ifqueue *ifq);

	spinlock_t		 ifq_lock ____cacheline_aligned_in_smp;
	u32			 ifq_len;	/* [q] frames waiting */
	u32			 ifq_maxlen;	/* [a] limit in frames */
	const struct ifq_discipline *ifq_disc;	/* [q] */
	void			*ifq_state;	/* [q] the discipline's */
	u64			 ifq_packets;	/* [q] accepted */
	u64			 ifq_bytes;	/* [q] */
	u64			 ifq_qdrops;	/* [q] dropped for want of room */
	u64			 ifq_errors;	/* [s] frames the driver could not send */

	spinlock_t		 ifq_start_lock ____cacheline_aligned_in_smp;
	struct mbuf_list	 ifq_ready;	/* [s] out of the discipline, for ifq_dequeue() */
	bool			 ifq_oactive;	/* [a] ring full */
	bool			 ifq_stopped;	/* [q a] interface down; written under q */
};

int ifq_init(struct ifqueue *ifq, struct ifnet *ifp, unsigned int idx);
void ifq_destroy(struct ifqueue *ifq);
int if_alloc_queues(struct ifnet *ifp, unsigned int n,
		    void (*driver_start)(struct ifqueue *ifq));
void if_free_queues(struct ifnet *ifp);
int ifq_enqueue(struct ifqueue *ifq, struct mbuf *m);
struct mbuf *ifq_dequeue(struct ifqueue *ifq);
void ifq_start(struct ifqueue *ifq);
void ifq_set_oactive(struct ifqueue *ifq);
void ifq_clr_oactive(struct ifqueue *ifq);
void ifq_hold(struct ifqueue *ifq);
void ifq_restart(struct ifqueue *ifq);
void ifq_barrier(struct ifqueue *ifq);
void ifq_purge(struct ifqueue *ifq);
void ifq_open(struct ifqueue *ifq);
void ifq_stop(struct ifqueue *ifq);

int if_setqdisc(struct ifnet *ifp, const char *name);
const char *if_getqdisc(const struct ifnet *ifp);

extern const struct ifq_discipline ifq_priq;	/* ifq_priq.c, the default */
extern const struct ifq_discipline ifq_fqcodel;	/* ifq_fqcodel.c */
extern unsigned int codel_target;
extern unsigned int codel_interval;
extern unsigned int codel_quantum;
#if IS_ENABLED(CONFIG_KUNIT)
extern u64 fqc_testtime;	/* for its tests */
#endif /* CONFIG_KUNIT */

static inline bool ifq_is_oactive(const struct ifqueue *ifq)
{
	return READ_ONCE(ifq->ifq_oactive);
}

static inline bool ifq_empty(const struct ifqueue *ifq)
{
	return !READ_ONCE(ifq->ifq_len);
}

#endif /* _BSDNET_IFQ_H */
