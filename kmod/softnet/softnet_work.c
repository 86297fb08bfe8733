// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * softnet_work.c - what a thread does in a turn: tasks, polls, packets.
 *
 * Receive path: sp_poll() of a driver, or softnet_enqueue() -> softnet_batch():
 * one section for many packets -> if_input_process().
 *
 * Work is brought through llists from any context, newest first; the thread
 * takes a whole list and turns it round, so that order is kept.
 */
#include "softnet_priv.h"
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <bsdnet/if_var.h>

enum {
	SOFTNET_TASK_PENDING,	/* on a list */
	SOFTNET_TASK_CANCEL,	/* softnet_task_del() is at work: do not run */
};

#define SOFTNET_POLL_RUNNING	7	/* bit of sp_state beyond softnet.h's */

static LIST_HEAD(softnet_pollers);	/* [softnet_mtx] of softnet_poll by sp_entry */

/* Put @node on the list at @offset of @cpu's thread, or of who took over its work. */
static void softnet_bring(unsigned int cpu, struct llist_node *node, size_t offset)
{
	struct softnet *sn = per_cpu_ptr(softnets, softnet_home(cpu));
	struct llist_head *list = (struct llist_head *)((char *)sn + offset);

	if (llist_add(node, list))
		softnet_wake(sn);
	/* Pairs with the barrier in softnet_park(). */
	smp_mb__after_atomic();
	if (unlikely(READ_ONCE(sn->sn_parked)))
		softnet_move(sn);
}

/* Oldest first. */
static struct llist_node *softnet_take(struct llist_head *list)
{
	return llist_reverse_order(llist_del_all(list));
}

/**
 * softnet_has_work() - is there anything for a thread?
 * @sn: thread
 *
 * Context: Any.
 */
bool softnet_has_work(const struct softnet *sn)
{
	return !llist_empty(&sn->sn_tasks) || !llist_empty(&sn->sn_polls) ||
	       !llist_empty(&sn->sn_packets) || !ml_empty(&sn->sn_ml);
}

/**
 * softnet_task_init() - prepare a task
 * @st:  task
 * @fn:  function, called on a softnet thread without locks
 * @arg: its argument
 */
void softnet_task_init(struct softnet_task *st, void (*fn)(void *arg), void *arg)
{
	st->st_state = 0;
	st->st_fn = fn;
	st->st_arg = arg;
}

BSDNET_EXPORT(softnet_task_init);

/**
 * softnet_task_add() - run a task once on a CPU's thread
 * @cpu: CPU; another runs it if this one is not used
 * @st:  task
 *
 * Context: Any.
 * Return:  false if it was pending already.
 */
bool softnet_task_add(unsigned int cpu, struct softnet_task *st)
{
	if (test_and_set_bit(SOFTNET_TASK_PENDING, &st->st_state))
		return false;
	softnet_bring(cpu, &st->st_node, offsetof(struct softnet, sn_tasks));
	return true;
}

BSDNET_EXPORT(softnet_task_add);

/**
 * softnet_task_add_here() - run a task on a thread, in use for packets or not
 * @cpu: CPU that is online and stays so
 * @st:  task that is not pending
 */
void softnet_task_add_here(unsigned int cpu, struct softnet_task *st)
{
	struct softnet *sn = per_cpu_ptr(softnets, cpu);

	set_bit(SOFTNET_TASK_PENDING, &st->st_state);
	if (llist_add(&st->st_node, &sn->sn_tasks))
		softnet_wake(sn);
}

/**
 * softnet_task_del() - make sure that a task does not run, now or later
 * @st: task that nobody adds any more
 *
 * Context: Process, may sleep; netlock not held; not on a softnet thread.
 */
void softnet_task_del(struct softnet_task *st)
{
	set_bit(SOFTNET_TASK_CANCEL, &st->st_state);
	softnet_barrier();
	clear_bit(SOFTNET_TASK_CANCEL, &st->st_state);
}

BSDNET_EXPORT(softnet_task_del);

/**
 * softnet_run_tasks() - run what is on the task list
 * @sn: the calling thread
 */
void softnet_run_tasks(struct softnet *sn)
{
	struct softnet_task *st, *next;

	if (llist_empty(&sn->sn_tasks))
		return;
	llist_for_each_entry_safe(st, next, softnet_take(&sn->sn_tasks), st_node) {
		clear_bit(SOFTNET_TASK_PENDING, &st->st_state);
		/* Whatever was written before softnet_task_add() is seen by the function. */
		smp_mb__after_atomic();
		if (!test_bit(SOFTNET_TASK_CANCEL, &st->st_state))
			st->st_fn(st->st_arg);
	}
}

/**
 * softnet_batch() - process packets in one section
 * @sn: the calling thread
 * @ml: packets, consumed
 */
void softnet_batch(struct softnet *sn, struct mbuf_list *ml)
{
	u32 n = ml_len(ml);
	struct netstack ns;

	sn->sn_total += n;
	sn->sn_batches++;
	sn->sn_hist[min_t(unsigned int, ilog2(n), SOFTNET_NBATCHES - 1)]++;
	net_enter(&ns, NETSEC_SOFTNET);
	ns.ns_softnet = sn;
	if_input_process(&ns, ml);
	net_leave(&ns);
}

static void softnet_run_poll(struct softnet *sn, struct softnet_poll *sp)
{
	unsigned int budget = READ_ONCE(softnet_budget);
	struct mbuf_list ml = MBUF_LIST_INIT;
	unsigned int taken;
	bool again;

	/*
	 * RUNNING is seen before DISABLED is looked at (test_and_set_bit() is a full
	 * barrier); pairs with softnet_poll_del(). It is set already if the home has
	 * just changed and the old one is not quite through: this one comes back.
	 */
	if (unlikely(test_and_set_bit(SOFTNET_POLL_RUNNING, &sp->sp_state))) {
		softnet_bring(READ_ONCE(sp->sp_cpu), &sp->sp_node,
			      offsetof(struct softnet, sn_polls));
		return;
	}
	if (unlikely(test_bit(SOFTNET_POLL_DISABLED, &sp->sp_state))) {
		clear_bit(SOFTNET_POLL_SCHED, &sp->sp_state);
		clear_bit_unlock(SOFTNET_POLL_RUNNING, &sp->sp_state);
		return;
	}
	sn->sn_npolls++;
	taken = sp->sp_poll(sp, &ml, budget);
	WRITE_ONCE(sp->sp_taken, sp->sp_taken + taken);
	if (!ml_empty(&ml))
		softnet_batch(sn, &ml);
	again = taken >= budget;
	if (!again) {
		clear_bit(SOFTNET_POLL_SCHED, &sp->sp_state);
		/* An interrupt from here on finds SCHED clear. */
		smp_mb__after_atomic();
		again = sp->sp_rearm(sp) && !test_and_set_bit(SOFTNET_POLL_SCHED, &sp->sp_state);
	}
	clear_bit_unlock(SOFTNET_POLL_RUNNING, &sp->sp_state);
	/* With SCHED ours it stays; else it may be gone. More to come: others first. */
	if (again)
		softnet_bring(READ_ONCE(sp->sp_cpu), &sp->sp_node,
			      offsetof(struct softnet, sn_polls));
}

/**
 * softnet_run_polls() - harvest the device queues that have work
 * @sn: the calling thread
 */
void softnet_run_polls(struct softnet *sn)
{
	struct softnet_poll *sp, *next;

	if (llist_empty(&sn->sn_polls))
		return;
	llist_for_each_entry_safe(sp, next, softnet_take(&sn->sn_polls), sp_node)
		softnet_run_poll(sn, sp);
}

/**
 * softnet_poll_init() - prepare a device queue's poll
 * @sp:    poll, zero or deleted
 * @poll:  takes at most @budget packets from the queue
 * @rearm: unmasks the queue's interrupt; true if packets came meanwhile
 * @moved: points the queue's interrupt to its new home; or NULL
 *
 * Until softnet_poll_add() it is disabled: an interrupt that comes too early (a
 * ring's mask is but a hint to some devices) schedules nothing.
 *
 * Context: Before the queue's interrupt is requested.
 */
void softnet_poll_init(struct softnet_poll *sp,
		       unsigned int (*poll)(struct softnet_poll *sp, struct mbuf_list *ml,
					    unsigned int budget),
		       bool (*rearm)(struct softnet_poll *sp),
		       void (*moved)(struct softnet_poll *sp, unsigned int cpu))
{
	sp->sp_state = BIT(SOFTNET_POLL_DISABLED);
	sp->sp_cpu = SOFTNET_NOCPU;
	sp->sp_want = SOFTNET_NOCPU;
	sp->sp_poll = poll;
	sp->sp_rearm = rearm;
	sp->sp_moved = moved;
	sp->sp_taken = 0;
	INIT_LIST_HEAD(&sp->sp_entry);
}

BSDNET_EXPORT(softnet_poll_init);

/* The CPU asked for is home, or who does its work; tell the driver of a change. */
static void softnet_poll_sethome(struct softnet_poll *sp)
{
	unsigned int cpu = softnet_home(sp->sp_want);

	lockdep_assert_held(&softnet_mtx);
	if (cpu == sp->sp_cpu)
		return;
	WRITE_ONCE(sp->sp_cpu, cpu);
	if (sp->sp_moved)
		sp->sp_moved(sp, cpu);
}

/* Onto the list, with a home; from here on its interrupts are heeded. */
static void softnet_poll_enable(struct softnet_poll *sp)
{
	lockdep_assert_held(&softnet_mtx);
	softnet_poll_sethome(sp);
	list_add(&sp->sp_entry, &softnet_pollers);
	/* A handler that finds it enabled finds its home. */
	smp_mb__before_atomic();
	clear_bit(SOFTNET_POLL_DISABLED, &sp->sp_state);
}

/**
 * softnet_poll_add() - make a device queue known
 * @sp:  poll of softnet_poll_init(), or deleted
 * @cpu: its home
 *
 * Interrupts before it were ignored: the driver schedules the poll once after it.
 *
 * Context: Process, may sleep.
 */
void softnet_poll_add(struct softnet_poll *sp, unsigned int cpu)
{
	mutex_lock(&softnet_mtx);
	sp->sp_want = cpu;
	softnet_poll_enable(sp);
	mutex_unlock(&softnet_mtx);
}

BSDNET_EXPORT(softnet_poll_add);

/* Polls whose home a CPU is. */
static unsigned int softnet_npolls(unsigned int cpu)
{
	struct softnet_poll *sp;
	unsigned int n = 0;

	list_for_each_entry(sp, &softnet_pollers, sp_entry)
		n += sp->sp_cpu == cpu;
	return n;
}

/* The CPU in use that has the fewest polls; of several, one of @node. */
static unsigned int softnet_pick_cpu(int node)
{
	unsigned int best = SOFTNET_NOCPU;
	unsigned int least = UINT_MAX;
	unsigned int load;
	int cpu;

	lockdep_assert_held(&softnet_mtx);
	for_each_possible_cpu(cpu) {
		if (softnet_home(cpu) != cpu)
			continue;
		load = 2 * softnet_npolls(cpu) +
		       (node != NUMA_NO_NODE && cpu_to_node(cpu) != node);
		if (load < least) {
			least = load;
			best = cpu;
		}
	}
	return best;
}

/**
 * softnet_poll_spread() - make a device queue known, at a CPU that has few
 * @sp:   poll of softnet_poll_init(), or deleted
 * @node: NUMA node of the device, or NUMA_NO_NODE
 *
 * The queues of all devices go round robin over the CPUs in use, those of the
 * device's node first. One that had a home before, or was moved, keeps it.
 *
 * Context: Process, may sleep.
 */
void softnet_poll_spread(struct softnet_poll *sp, int node)
{
	mutex_lock(&softnet_mtx);
	if (sp->sp_want == SOFTNET_NOCPU)
		sp->sp_want = softnet_pick_cpu(node);
	softnet_poll_enable(sp);
	mutex_unlock(&softnet_mtx);
}

BSDNET_EXPORT(softnet_poll_spread);

/**
 * softnet_poll_move() - give a device queue another home
 * @sp:  poll, added or not
 * @cpu: CPU
 *
 * Under traffic: a turn that runs on the old home ends there, and no other begins
 * before. Packets of a flow keep their order.
 *
 * Context: Process, may sleep.
 * Return:  0; -EINVAL if no softnet thread is in use on that CPU.
 */
int softnet_poll_move(struct softnet_poll *sp, unsigned int cpu)
{
	int error = -EINVAL;

	mutex_lock(&softnet_mtx);
	if (cpu < nr_cpu_ids && cpu_possible(cpu) && softnet_home(cpu) == cpu) {
		sp->sp_want = cpu;
		softnet_poll_sethome(sp);
		error = 0;
	}
	mutex_unlock(&softnet_mtx);
	return error;
}

BSDNET_EXPORT(softnet_poll_move);

/**
 * softnet_poll_schedule() - a device queue has work
 * @sp: poll
 *
 * Context: Any.
 */
void softnet_poll_schedule(struct softnet_poll *sp)
{
	if (test_bit(SOFTNET_POLL_DISABLED, &sp->sp_state) ||
	    test_and_set_bit(SOFTNET_POLL_SCHED, &sp->sp_state))
		return;
	softnet_bring(READ_ONCE(sp->sp_cpu), &sp->sp_node, offsetof(struct softnet, sn_polls));
}

BSDNET_EXPORT(softnet_poll_schedule);

/* Wait until it neither runs nor is on a list, so many jiffies at most. */
static void softnet_poll_idle(const struct softnet_poll *sp, unsigned long most)
{
	unsigned long end = jiffies + most;

	while (READ_ONCE(sp->sp_state) & (BIT(SOFTNET_POLL_SCHED) | BIT(SOFTNET_POLL_RUNNING)) &&
	       (most == MAX_JIFFY_OFFSET || time_before(jiffies, end)))
		usleep_range(50, 500);
	/* What the last run wrote is seen by the caller. */
	smp_mb();
}

/**
 * softnet_poll_del() - a device queue goes
 * @sp: poll whose interrupt is masked
 *
 * Returns when it neither runs nor is on a list, and never will be again.
 *
 * Context: Process, may sleep; netlock not held; not on a softnet thread.
 */
void softnet_poll_del(struct softnet_poll *sp)
{
	NET_ASSERT_UNLOCKED();
	set_bit(SOFTNET_POLL_DISABLED, &sp->sp_state);
	/* Interrupt handlers that saw it enabled have ended. */
	synchronize_rcu();
	softnet_poll_idle(sp, MAX_JIFFY_OFFSET);
	mutex_lock(&softnet_mtx);
	list_del_init(&sp->sp_entry);
	mutex_unlock(&softnet_mtx);
}

BSDNET_EXPORT(softnet_poll_del);

/**
 * softnet_poll_flush() - what a device queue has is harvested
 * @sp: poll, added; its device brings nothing new, or it ends after a second
 *
 * Context: Process, may sleep; netlock not held; not on a softnet thread.
 */
void softnet_poll_flush(struct softnet_poll *sp)
{
	NET_ASSERT_UNLOCKED();
	softnet_poll_schedule(sp);
	softnet_poll_idle(sp, HZ);
}

BSDNET_EXPORT(softnet_poll_flush);

/**
 * softnet_enqueue() - give a received packet to its flow's home thread
 * @flow: flow hash
 * @m:    packet with ph_ifidx, consumed
 *
 * Packets of a flow keep their order.
 *
 * Context: Any.
 */
void softnet_enqueue(u32 flow, struct mbuf *m)
{
	unsigned int bucket = flow % SOFTNET_NFLOWS;
	unsigned int cpu = softnet_flow_cpu(flow);

	if (atomic_read(&per_cpu_ptr(softnets, cpu)->sn_npackets) >= SOFTNET_QUEUE) {
		m_drop(m, SNS_QFULL);
		return;
	}
	counter_inc(SNS_DEFERRED);
	m->m_pkthdr.ph_cookie = (void *)(unsigned long)bucket;
	atomic_inc(&softnet_pending[bucket]);
	atomic_inc(&per_cpu_ptr(softnets, cpu)->sn_npackets);
	softnet_bring(cpu, &m->m_llnode, offsetof(struct softnet, sn_packets));
}

BSDNET_EXPORT(softnet_enqueue);

/**
 * softnet_take_packets() - take what is queued, oldest first
 * @sn: thread
 * @ml: where it is appended
 */
void softnet_take_packets(struct softnet *sn, struct mbuf_list *ml)
{
	struct mbuf *m, *next;

	if (llist_empty(&sn->sn_packets))
		return;
	llist_for_each_entry_safe(m, next, softnet_take(&sn->sn_packets), m_llnode)
		ml_enqueue(ml, m);
}

/**
 * softnet_run_packets() - process packets of softnet_enqueue(), a budget of them
 * @sn: the calling thread
 */
void softnet_run_packets(struct softnet *sn)
{
	unsigned int budget = READ_ONCE(softnet_budget);
	struct mbuf_list ml = MBUF_LIST_INIT;
	unsigned int i, n;
	struct mbuf *m;

	softnet_take_packets(sn, &sn->sn_ml);
	if (ml_empty(&sn->sn_ml))
		return;
	for (n = 0; n < budget && (m = ml_dequeue(&sn->sn_ml)); n++) {
		sn->sn_buckets[n] = (unsigned long)m->m_pkthdr.ph_cookie;
		m->m_pkthdr.ph_cookie = NULL;
		ml_enqueue(&ml, m);
	}
	softnet_batch(sn, &ml);
	/* Only now may senders run packets of these flows themselves again. */
	for (i = 0; i < n; i++)
		atomic_dec(&softnet_pending[sn->sn_buckets[i]]);
	atomic_sub(n, &sn->sn_npackets);
}

/**
 * softnet_move_packets() - put packets that a parking thread has taken back on its list
 * @sn: the calling thread
 *
 * They are older than those on the list, so these are taken and put behind them.
 */
void softnet_move_packets(struct softnet *sn)
{
	struct mbuf *m;

	softnet_take_packets(sn, &sn->sn_ml);
	while ((m = ml_dequeue(&sn->sn_ml)))
		llist_add(&m->m_llnode, &sn->sn_packets);
}

/**
 * softnet_move() - hand a parked thread's work to the CPUs that took over
 * @from: thread that is parked
 *
 * Context: Any.
 */
void softnet_move(struct softnet *from)
{
	struct softnet_task *st, *stnext;
	struct softnet_poll *sp, *spnext;
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m;

	if (softnet_home(from->sn_cpu) == from->sn_cpu)
		return;
	counter_inc(SNS_MOVED);
	llist_for_each_entry_safe(st, stnext, softnet_take(&from->sn_tasks), st_node)
		softnet_bring(from->sn_cpu, &st->st_node, offsetof(struct softnet, sn_tasks));
	llist_for_each_entry_safe(sp, spnext, softnet_take(&from->sn_polls), sp_node)
		softnet_bring(from->sn_cpu, &sp->sp_node, offsetof(struct softnet, sn_polls));
	softnet_take_packets(from, &ml);
	while ((m = ml_dequeue(&ml))) {
		atomic_dec(&from->sn_npackets);
		atomic_inc(&per_cpu_ptr(softnets, softnet_home(from->sn_cpu))->sn_npackets);
		softnet_bring(from->sn_cpu, &m->m_llnode, offsetof(struct softnet, sn_packets));
	}
}

/**
 * softnet_rehome_polls() - other CPUs are in use: polls find their homes again
 *
 * Context: Process, softnet_mtx held.
 */
void softnet_rehome_polls(void)
{
	struct softnet_poll *sp;

	lockdep_assert_held(&softnet_mtx);
	list_for_each_entry(sp, &softnet_pollers, sp_entry)
		softnet_poll_sethome(sp);
}
