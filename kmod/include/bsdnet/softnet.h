/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * softnet.h - softnet threads: one a CPU, the only place where packets from
 * outside are processed.
 *
 * Three ways in, all legal from hard interrupt, softirq and process context:
 *	softnet_poll_schedule()	a device queue has work: its thread polls it
 *	softnet_task_add()	run a function on a CPU's thread, once an add
 *	softnet_enqueue()	a packet that came in on ph_ifidx, to its flow's home
 *
 * A turn of the thread: tasks; then for each scheduled poll, harvest up to
 * softnet/budget packets, one net_enter(), if_input_process(), net_leave();
 * queues that are empty are re-armed. The thread sleeps when nothing is left.
 */
#ifndef _BSDNET_SOFTNET_H
#define _BSDNET_SOFTNET_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/types.h>
#include <bsdnet/mbuf_queue.h>
#include <bsdnet/netstack.h>

struct softnet;
struct workqueue_struct;

/* A function to run on a softnet thread. Owner frees it after softnet_task_del(). */
struct softnet_task {
	struct llist_node	 st_node;	/* [o] on a thread's list while pending */
	unsigned long		 st_state;	/* [a] bit 0: pending */
	void			(*st_fn)(void *arg);	/* [I] process context, no lock held */
	void			*st_arg;	/* [I] */
};

/*
 * A device receive queue. The thread calls sp_poll without netlock: it appends
 * at most @budget packets (ph_ifidx set) to @ml and says how many it took;
 * fewer than @budget means empty, then sp_rearm unmasks the interrupt and says
 * true if packets slipped in meanwhile. Transmit completion belongs in sp_poll.
 * Created by a driver before its interrupt is requested; softnet_poll_del()
 * before it is freed.
 *
 * Its home is the CPU that was asked for (sp_want), or the one that does the work of
 * that one while it is not used. sp_moved, if there is one, points the queue's vector
 * to a new home.
 */
struct softnet_poll {
	struct llist_node	 sp_node;	/* [o] on a thread's list while scheduled */
	unsigned long		 sp_state;	/* [a] SOFTNET_POLL_* bits */
	unsigned int		 sp_cpu;	/* [a] home CPU, or SOFTNET_NOCPU */
	unsigned int		 sp_want;	/* [table mutex] CPU asked for, the same */
	unsigned int		(*sp_poll)(struct softnet_poll *sp, struct mbuf_list *ml,
					   unsigned int budget);	/* [I] */
	bool			(*sp_rearm)(struct softnet_poll *sp);	/* [I] */
	/* Process context, table mutex held; does not sleep. [I] */
	void			(*sp_moved)(struct softnet_poll *sp, unsigned int cpu);
	struct list_head	 sp_entry;	/* [table mutex] all polls, for hotplug */
	u64			 sp_taken;	/* [o] packets, written by who runs it */
};

#define SOFTNET_NOCPU	UINT_MAX

enum {
	SOFTNET_POLL_SCHED,	/* on a list or running */
	SOFTNET_POLL_DISABLED,	/* not added, or being deleted: schedule does nothing */
};

extern struct workqueue_struct *bsdnet_cfg;	/* ordered: configuration found by packets */

void softnet_task_init(struct softnet_task *st, void (*fn)(void *arg), void *arg);
bool softnet_task_add(unsigned int cpu, struct softnet_task *st);
void softnet_task_del(struct softnet_task *st);
void softnet_poll_init(struct softnet_poll *sp,
		       unsigned int (*poll)(struct softnet_poll *sp, struct mbuf_list *ml,
					    unsigned int budget),
		       bool (*rearm)(struct softnet_poll *sp),
		       void (*moved)(struct softnet_poll *sp, unsigned int cpu));
void softnet_poll_add(struct softnet_poll *sp, unsigned int cpu);
void softnet_poll_spread(struct softnet_poll *sp, int node);
int softnet_poll_move(struct softnet_poll *sp, unsigned int cpu);
void softnet_poll_flush(struct softnet_poll *sp);
void softnet_poll_schedule(struct softnet_poll *sp);
void softnet_poll_del(struct softnet_poll *sp);
void softnet_enqueue(u32 flow, struct mbuf *m);
unsigned int softnet_flow_cpu(u32 flow);
bool softnet_flow_busy(u32 flow);
void softnet_barrier(void);
u32 softnet_toeplitz4(__be32 src, __be32 dst, __be16 sport, __be16 dport);
extern const u8 softnet_rss_key[40];

#endif /* _BSDNET_SOFTNET_H */
