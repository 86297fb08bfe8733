// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * softnet.c - the softnet threads: made by smpboot, one a CPU; their turns; CPUs
 * that come and go.
 *
 * Receive path: driver's interrupt -> softnet_poll_schedule() -> a turn here ->
 * sp_poll() -> if_input_process() -> net_leave().
 *
 * A thread takes whatever was brought to it (llists, any context), so bringing
 * work is one atomic exchange, and a wakeup only when the list was empty.
 * smpboot checks for work with the task state set before it sleeps, which is
 * why no wakeup is lost. Scheduling: normal class, nice by knob, a short slice,
 * so that a wakeup gets the CPU from a hog and a packet flood leaves it to others.
 */
#include "softnet_priv.h"
#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/smpboot.h>
#include <linux/workqueue.h>
#include <uapi/linux/sched/types.h>
#include <bsdnet/subsys.h>

#define SOFTNET_SLICE_NS	100000	/* where the scheduler takes a slice (6.12) */

struct softnet __percpu *softnets __read_mostly;
unsigned int softnet_budget __read_mostly = 64;	/* knob softnet/budget */
DEFINE_MUTEX(softnet_mtx);
int softnet_nice;
struct workqueue_struct *bsdnet_cfg;
BSDNET_EXPORT(bsdnet_cfg);

static const struct counter_desc softnet_counters[] = {
	[COUNTER_INDEX(SNS_QFULL)] = { "qfull", "packets dropped: queue of a thread full" },
	[COUNTER_INDEX(SNS_DEFERRED)] = { "deferred", "packets handed to their home thread" },
	[COUNTER_INDEX(SNS_LOCAL)] = { "local", "packets to ourselves run by their sender" },
	[COUNTER_INDEX(SNS_MOVED)] = { "moved", "times work moved to another CPU" },
};

/**
 * softnet_wake() - let a thread look for work
 * @sn: thread
 *
 * Context: Any.
 */
void softnet_wake(struct softnet *sn)
{
	struct task_struct *task = READ_ONCE(sn->sn_task);

	if (likely(task))
		wake_up_process(task);
}

/* smpboot: preemption is off, the task is about to sleep. */
static int softnet_should_run(unsigned int cpu)
{
	return softnet_has_work(per_cpu_ptr(softnets, cpu));
}

/* One turn; smpboot calls again while softnet_should_run(). */
static void softnet_turn(unsigned int cpu)
{
	struct softnet *sn = per_cpu_ptr(softnets, cpu);

	sn->sn_wakeups++;
	do {
		mbuf_reap();
		softnet_run_tasks(sn);
		softnet_run_packets(sn);
		softnet_run_polls(sn);
		cond_resched_tasks_rcu_qs();
	} while (softnet_has_work(sn) && !kthread_should_park() && !kthread_should_stop());
}

/* On the thread itself, first time and after it was parked. */
static void softnet_set_scheduling(struct task_struct *task)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_NORMAL,
		.sched_nice = READ_ONCE(softnet_nice),
		.sched_runtime = SOFTNET_SLICE_NS,
	};

	sched_setattr_nocheck(task, &attr);
}

/**
 * softnet_setnice() - apply the knob softnet/nice to every thread
 *
 * Context: Process, may sleep.
 */
void softnet_setnice(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct task_struct *task = READ_ONCE(per_cpu_ptr(softnets, cpu)->sn_task);

		if (task)
			softnet_set_scheduling(task);
	}
}

static void softnet_unpark(unsigned int cpu)
{
	struct softnet *sn = per_cpu_ptr(softnets, cpu);

	WRITE_ONCE(sn->sn_task, current);
	softnet_set_scheduling(current);
	mutex_lock(&softnet_mtx);
	WRITE_ONCE(sn->sn_parked, false);
	softnet_flow_build();
	mutex_unlock(&softnet_mtx);
}

/* The CPU goes: hand everything to the new homes. */
static void softnet_park(unsigned int cpu)
{
	struct softnet *sn = per_cpu_ptr(softnets, cpu);

	mutex_lock(&softnet_mtx);
	WRITE_ONCE(sn->sn_parked, true);
	softnet_flow_build();
	mutex_unlock(&softnet_mtx);
	/* Pairs with the barrier in softnet_bring(): either it sees the flag, or we its work. */
	smp_mb();
	softnet_move_packets(sn);
	softnet_move(sn);
}

static void softnet_cleanup(unsigned int cpu, bool online)
{
	WRITE_ONCE(per_cpu_ptr(softnets, cpu)->sn_task, NULL);
}

static struct task_struct * __percpu *softnet_store;

static struct smp_hotplug_thread softnet_threads = {
	.thread_should_run = softnet_should_run,
	.thread_fn = softnet_turn,
	.thread_comm = "softnet/%u",
	.setup = softnet_unpark,
	.cleanup = softnet_cleanup,
	.park = softnet_park,
	.unpark = softnet_unpark,
};

static void softnet_setup_threads(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct softnet *sn = per_cpu_ptr(softnets, cpu);

		sn->sn_cpu = cpu;
		sn->sn_parked = true;
		init_llist_head(&sn->sn_tasks);
		init_llist_head(&sn->sn_polls);
		init_llist_head(&sn->sn_packets);
		ml_init(&sn->sn_ml);
	}
	mutex_lock(&softnet_mtx);
	softnet_flow_build();
	mutex_unlock(&softnet_mtx);
}

/**
 * softnet_init() - start the threads
 *
 * Return: 0 or -errno.
 */
int softnet_init(void)
{
	int error = -ENOMEM;

	softnets = alloc_percpu(struct softnet);
	if (!softnets)
		return error;
	softnet_store = alloc_percpu(struct task_struct *);
	if (!softnet_store)
		goto err_softnets;
	bsdnet_cfg = alloc_ordered_workqueue("bsdnet_cfg", 0);
	if (!bsdnet_cfg)
		goto err_store;
	error = counter_register(CG_SOFTNET, "softnet", softnet_counters,
				 ARRAY_SIZE(softnet_counters));
	if (error)
		goto err_wq;
	error = softnet_flow_init();
	if (error)
		goto err_group;
	softnet_setup_threads();
	softnet_threads.store = softnet_store;
	error = smpboot_register_percpu_thread(&softnet_threads);
	if (error)
		goto err_flow;
	error = softnet_sysfs_init();
	if (error)
		goto err_threads;
	return 0;

err_threads:
	smpboot_unregister_percpu_thread(&softnet_threads);
err_flow:
	softnet_flow_exit();
err_group:
	counter_unregister(CG_SOFTNET);
err_wq:
	destroy_workqueue(bsdnet_cfg);
err_store:
	free_percpu(softnet_store);
err_softnets:
	free_percpu(softnets);
	return error;
}

/**
 * softnet_exit() - stop the threads
 *
 * Nothing brings work any more; packets that still wait are freed.
 */
void softnet_exit(void)
{
	int cpu;

	softnet_sysfs_exit();
	destroy_workqueue(bsdnet_cfg);
	softnet_barrier();
	smpboot_unregister_percpu_thread(&softnet_threads);
	for_each_possible_cpu(cpu) {
		struct softnet *sn = per_cpu_ptr(softnets, cpu);

		softnet_take_packets(sn, &sn->sn_ml);
		ml_purge(&sn->sn_ml);
	}
	mbuf_reap();
	softnet_flow_exit();
	counter_unregister(CG_SOFTNET);
	free_percpu(softnet_store);
	free_percpu(softnets);
}
