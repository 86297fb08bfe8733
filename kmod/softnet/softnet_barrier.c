// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * softnet_barrier.c - a no-op through every thread.
 *
 * When it returns, every packet, task and poll that a thread had taken before
 * has been dealt with: the way to know that nobody still uses what was unlinked.
 */
#include "softnet_priv.h"
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/module.h>

/* The barrier under way. One at a time, so one for all. */
static DEFINE_MUTEX(softnet_barrier_mtx);
static struct completion softnet_barrier_done;
static atomic_t softnet_barrier_left;

static void softnet_barrier_pass(void *arg)
{
	if (atomic_dec_and_test(&softnet_barrier_left))
		complete(&softnet_barrier_done);
}

/**
 * softnet_barrier() - wait until every thread has gone through a turn
 *
 * Context: Process, may sleep; netlock not held; not on a softnet thread. Takes
 *          cpus_read_lock.
 */
void softnet_barrier(void)
{
	int cpu;

	NET_ASSERT_UNLOCKED();
	mutex_lock(&softnet_barrier_mtx);
	cpus_read_lock();
	init_completion(&softnet_barrier_done);
	atomic_set(&softnet_barrier_left, 1);
	for_each_online_cpu(cpu) {
		struct softnet_task *st = &per_cpu_ptr(softnets, cpu)->sn_barrier;

		softnet_task_init(st, softnet_barrier_pass, NULL);
		atomic_inc(&softnet_barrier_left);
		softnet_task_add_here(cpu, st);
	}
	softnet_barrier_pass(NULL);
	wait_for_completion(&softnet_barrier_done);
	cpus_read_unlock();
	mutex_unlock(&softnet_barrier_mtx);
}

BSDNET_EXPORT(softnet_barrier);
