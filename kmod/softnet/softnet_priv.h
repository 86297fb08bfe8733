/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * softnet_priv.h - one softnet thread's state. Private to softnet/.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after softnet_init()
 *	a	atomic or READ_ONCE/WRITE_ONCE
 *	o	owned by the thread (written by it, read by anybody)
 */
#ifndef _SOFTNET_PRIV_H
#define _SOFTNET_PRIV_H

#include <linux/cache.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <bsdnet/softnet.h>

#define SOFTNET_NFLOWS		256	/* buckets of the flow table */
#define SOFTNET_MAXBUDGET	1024
#define SOFTNET_QUEUE		4096	/* packets that may wait for one thread */
#define SOFTNET_NBATCHES	11	/* batch lengths by powers of two: 1 ... 1024 */

enum softnet_counter {
	SNS_QFULL = COUNTER_FIRST(CG_SOFTNET),	/* packet for a thread whose queue is full */
	SNS_DEFERRED,		/* packets handed to their flow's home thread */
	SNS_LOCAL,		/* packets to ourselves run by the sender */
	SNS_MOVED,		/* times a thread's work moved to another CPU */
	SNS_END
};

/* One a CPU, made by softnet_init(). */
struct softnet {
	/* Written by whoever brings work. */
	struct llist_head	 sn_tasks;	/* [a] */
	struct llist_head	 sn_polls;	/* [a] */
	struct llist_head	 sn_packets;	/* [a] of mbuf by m_llnode, newest first */
	atomic_t		 sn_npackets;	/* [a] packets waiting */

	struct task_struct	*sn_task ____cacheline_aligned_in_smp;	/* [I] by smpboot */
	unsigned int		 sn_cpu;	/* [I] */
	unsigned int		 sn_home;	/* [a] CPU that does its work */
	bool			 sn_parked;	/* [a] its CPU is going or gone */
	struct softnet_task	 sn_barrier;	/* [softnet_barrier_mtx] */
	struct mbuf_list	 sn_ml;		/* [o] taken off sn_packets, in order */
	u8			 sn_buckets[SOFTNET_MAXBUDGET];	/* [o] flows of the batch */
	u64			 sn_total;	/* [o] packets processed */
	u64			 sn_batches;	/* [o] sections entered for packets */
	u64			 sn_wakeups;	/* [o] turns after a sleep */
	u64			 sn_npolls;	/* [o] polls run */
	u64			 sn_hist[SOFTNET_NBATCHES];	/* [o] batch lengths */
};

/* softnet.c */
extern struct softnet __percpu *softnets;
extern unsigned int softnet_budget;
extern struct mutex softnet_mtx;	/* flow table, poll list; after cpus_read_lock */
void softnet_wake(struct softnet *sn);
void softnet_setnice(void);

/* softnet_work.c */
void softnet_run_tasks(struct softnet *sn);
void softnet_run_polls(struct softnet *sn);
void softnet_run_packets(struct softnet *sn);
void softnet_batch(struct softnet *sn, struct mbuf_list *ml);
bool softnet_has_work(const struct softnet *sn);
void softnet_move(struct softnet *from);
void softnet_move_packets(struct softnet *sn);
void softnet_rehome_polls(void);
void softnet_task_add_here(unsigned int cpu, struct softnet_task *st);
void softnet_take_packets(struct softnet *sn, struct mbuf_list *ml);

/* softnet_flow.c */
extern unsigned int softnet_nthreads;
extern atomic_t softnet_pending[SOFTNET_NFLOWS];
int softnet_flow_init(void);
void softnet_flow_exit(void);
void softnet_flow_build(void);
unsigned int softnet_home(unsigned int cpu);
int softnet_set_threads(unsigned int n);

/* softnet_sysfs.c */
int softnet_sysfs_init(void);
void softnet_sysfs_exit(void);
extern int softnet_nice;	/* knob softnet/nice */

/* netstack.c */
enum softnet_dispatch {
	DISPATCH_DIRECT,	/* the sender runs packets to itself, always */
	DISPATCH_HYBRID,	/* unless the flow has some at home */
	DISPATCH_DEFERRED,	/* the flow's home thread, always */
	DISPATCH_N
};

extern unsigned int softnet_dispatch;

#endif /* _SOFTNET_PRIV_H */
