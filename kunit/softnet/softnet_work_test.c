// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * softnet_work_test.c - tasks and polls (kmod/softnet/softnet_work.c) on the real
 * threads.
 */
#include <kunit/test.h>
#include "../suites.h"
#include <bsdnet/driver.h>
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>

#define TESTSN_WAIT	(10 * HZ)
#define TESTSN_ROUNDS	2000

/* A device queue of a test, and a task. */
struct testsn {
	struct softnet_poll	 ts_poll;
	struct softnet_task	 ts_task;
	struct completion	 ts_entered;
	struct completion	 ts_go;
	atomic_t		 ts_inside;	/* threads in the poll now */
	unsigned int		 ts_left;	/* frames to take */
	unsigned int		 ts_runs;	/* of the task */
	unsigned int		 ts_polls;
	unsigned int		 ts_overlaps;	/* times two threads were inside */
	unsigned int		 ts_rearms;	/* that say true */
	int			 ts_cpu;	/* that ran it */
	unsigned int		 ts_vector;	/* CPU that its interrupt was pointed to */
};

static void testsn_task(void *arg)
{
	struct testsn *ts = arg;

	ts->ts_runs++;
	ts->ts_cpu = raw_smp_processor_id();
	complete(&ts->ts_entered);
}

static void testsn_blocked_task(void *arg)
{
	struct testsn *ts = arg;

	complete(&ts->ts_entered);
	wait_for_completion_timeout(&ts->ts_go, TESTSN_WAIT);
	ts->ts_runs++;
}

static unsigned int testsn_poll(struct softnet_poll *sp, struct mbuf_list *ml, unsigned int budget)
{
	struct testsn *ts = container_of(sp, struct testsn, ts_poll);
	unsigned int n = min(budget, ts->ts_left);

	if (atomic_inc_return(&ts->ts_inside) != 1)
		ts->ts_overlaps++;
	ts->ts_polls++;
	ts->ts_left -= n;
	ts->ts_cpu = raw_smp_processor_id();
	atomic_dec(&ts->ts_inside);
	return n;
}

static bool testsn_rearm(struct softnet_poll *sp)
{
	struct testsn *ts = container_of(sp, struct testsn, ts_poll);

	if (ts->ts_rearms) {
		ts->ts_rearms--;
		return true;
	}
	complete(&ts->ts_entered);
	return false;
}

static void testsn_moved(struct softnet_poll *sp, unsigned int cpu)
{
	container_of(sp, struct testsn, ts_poll)->ts_vector = cpu;
}

static int softnet_work_test_init(struct kunit *test)
{
	struct testsn *ts = kunit_kzalloc(test, sizeof(*ts), GFP_KERNEL);

	if (!ts)
		return -ENOMEM;
	test->priv = ts;
	init_completion(&ts->ts_entered);
	init_completion(&ts->ts_go);
	softnet_poll_init(&ts->ts_poll, testsn_poll, testsn_rearm, testsn_moved);
	return 0;
}

static void softnet_task_add__runs_once_where_asked(struct kunit *test)
{
	struct testsn *ts = test->priv;
	int cpu;

	for_each_online_cpu(cpu) {
		ts->ts_runs = 0;
		reinit_completion(&ts->ts_entered);
		softnet_task_init(&ts->ts_task, testsn_task, ts);
		KUNIT_ASSERT_TRUE(test, softnet_task_add(cpu, &ts->ts_task));
		KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&ts->ts_entered, TESTSN_WAIT));
		softnet_task_del(&ts->ts_task);
		KUNIT_EXPECT_EQ(test, ts->ts_runs, 1U);
		KUNIT_EXPECT_EQ(test, ts->ts_cpu, cpu);
	}
}

static void softnet_task_add__refuses_what_is_pending(struct kunit *test)
{
	struct testsn *ts = test->priv;
	struct softnet_task second;
	int cpu = cpumask_first(cpu_online_mask);

	/* The thread is kept busy, so the second task stays on its list. */
	softnet_task_init(&ts->ts_task, testsn_blocked_task, ts);
	softnet_task_init(&second, testsn_task, ts);
	softnet_task_add(cpu, &ts->ts_task);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&ts->ts_entered, TESTSN_WAIT));
	KUNIT_EXPECT_TRUE(test, softnet_task_add(cpu, &second));
	KUNIT_EXPECT_FALSE(test, softnet_task_add(cpu, &second));
	complete(&ts->ts_go);
	softnet_barrier();
	KUNIT_EXPECT_EQ(test, ts->ts_runs, 2U);
}

static void softnet_barrier__waits_for_a_running_task(struct kunit *test)
{
	struct testsn *ts = test->priv;

	softnet_task_init(&ts->ts_task, testsn_blocked_task, ts);
	softnet_task_add(cpumask_first(cpu_online_mask), &ts->ts_task);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&ts->ts_entered, TESTSN_WAIT));
	complete(&ts->ts_go);
	softnet_barrier();
	KUNIT_EXPECT_EQ(test, ts->ts_runs, 1U);
}

static void softnet_poll_schedule__ignored_until_added(struct kunit *test)
{
	struct testsn *ts = test->priv;

	softnet_poll_schedule(&ts->ts_poll);
	softnet_barrier();
	KUNIT_EXPECT_EQ(test, ts->ts_polls, 0U);

	softnet_poll_add(&ts->ts_poll, cpumask_first(cpu_online_mask));
	softnet_poll_schedule(&ts->ts_poll);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&ts->ts_entered, TESTSN_WAIT));
	softnet_poll_del(&ts->ts_poll);
	KUNIT_EXPECT_EQ(test, ts->ts_polls, 1U);

	softnet_poll_schedule(&ts->ts_poll);
	softnet_barrier();
	KUNIT_EXPECT_EQ(test, ts->ts_polls, 1U);
}

static void softnet_poll_schedule__polls_until_empty(struct kunit *test)
{
	struct testsn *ts = test->priv;

	/* Two budgets and a bit: three polls. */
	ts->ts_left = 2 * 64 + 1;
	softnet_poll_add(&ts->ts_poll, cpumask_first(cpu_online_mask));
	softnet_poll_schedule(&ts->ts_poll);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&ts->ts_entered, TESTSN_WAIT));
	softnet_poll_del(&ts->ts_poll);
	KUNIT_EXPECT_EQ(test, ts->ts_left, 0U);
	KUNIT_EXPECT_EQ(test, ts->ts_polls, 3U);
}

static void softnet_poll_schedule__polls_again_after_rearm(struct kunit *test)
{
	struct testsn *ts = test->priv;

	ts->ts_rearms = 3;
	softnet_poll_add(&ts->ts_poll, cpumask_first(cpu_online_mask));
	softnet_poll_schedule(&ts->ts_poll);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&ts->ts_entered, TESTSN_WAIT));
	softnet_poll_del(&ts->ts_poll);
	KUNIT_EXPECT_EQ(test, ts->ts_polls, 4U);
}

/* Its home changes all the time: never are two threads inside, and it ends. */
static void softnet_poll_schedule__one_thread_at_a_time(struct kunit *test)
{
	struct testsn *ts = test->priv;
	int cpu = cpumask_first(cpu_online_mask);
	unsigned long end = jiffies + TESTSN_WAIT;
	unsigned int i;

	ts->ts_left = UINT_MAX;
	softnet_poll_add(&ts->ts_poll, cpu);
	softnet_poll_schedule(&ts->ts_poll);
	for (i = 0; i < TESTSN_ROUNDS ||
	     (READ_ONCE(ts->ts_polls) < 2 && time_before(jiffies, end)); i++) {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		KUNIT_ASSERT_EQ(test, softnet_poll_move(&ts->ts_poll, cpu), 0);
		cond_resched();
	}
	softnet_poll_del(&ts->ts_poll);
	KUNIT_EXPECT_EQ(test, ts->ts_overlaps, 0U);
	KUNIT_EXPECT_EQ(test, atomic_read(&ts->ts_inside), 0);
	KUNIT_EXPECT_GT(test, ts->ts_polls, 1U);
}

static void softnet_poll_move__takes_the_vector_along(struct kunit *test)
{
	struct testsn *ts = test->priv;
	int cpu;

	softnet_poll_add(&ts->ts_poll, cpumask_first(cpu_online_mask));
	KUNIT_EXPECT_EQ(test, ts->ts_vector, cpumask_first(cpu_online_mask));
	for_each_online_cpu(cpu) {
		reinit_completion(&ts->ts_entered);
		KUNIT_EXPECT_EQ(test, softnet_poll_move(&ts->ts_poll, cpu), 0);
		KUNIT_EXPECT_EQ(test, ts->ts_vector, cpu);
		softnet_poll_schedule(&ts->ts_poll);
		KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&ts->ts_entered, TESTSN_WAIT));
		KUNIT_EXPECT_EQ(test, ts->ts_cpu, cpu);
	}
	KUNIT_EXPECT_EQ(test, softnet_poll_move(&ts->ts_poll, nr_cpu_ids), -EINVAL);
	softnet_poll_del(&ts->ts_poll);
}

/* As many polls as CPUs, and one more: each CPU has one, and one has two. */
static void softnet_poll_spread__goes_round(struct kunit *test)
{
	unsigned int i, n = num_online_cpus() + 1;
	unsigned int *had = kunit_kcalloc(test, nr_cpu_ids, sizeof(*had), GFP_KERNEL);
	struct softnet_poll *sp = kunit_kcalloc(test, n, sizeof(*sp), GFP_KERNEL);
	unsigned int twice = 0;

	KUNIT_ASSERT_NOT_NULL(test, had);
	KUNIT_ASSERT_NOT_NULL(test, sp);
	for (i = 0; i < n; i++) {
		softnet_poll_init(&sp[i], testsn_poll, testsn_rearm, NULL);
		softnet_poll_spread(&sp[i], NUMA_NO_NODE);
		had[sp[i].sp_cpu]++;
	}
	for (i = 0; i < nr_cpu_ids; i++)
		twice += had[i] == 2;
	KUNIT_EXPECT_EQ(test, twice, 1U);
	/* Down and up again: it has the home that it was given. */
	KUNIT_EXPECT_EQ(test, softnet_poll_move(&sp[0], sp[1].sp_cpu), 0);
	softnet_poll_del(&sp[0]);
	softnet_poll_spread(&sp[0], NUMA_NO_NODE);
	KUNIT_EXPECT_EQ(test, sp[0].sp_cpu, sp[1].sp_cpu);
	for (i = 0; i < n; i++)
		softnet_poll_del(&sp[i]);
}

static void softnet_toeplitz4__is_symmetric(struct kunit *test)
{
	__be32 a = htonl(0x420995bb), b = htonl(0xa18e6450);
	__be16 p = htons(2794), q = htons(1766);

	KUNIT_EXPECT_EQ(test, softnet_toeplitz4(a, b, p, q), softnet_toeplitz4(b, a, q, p));
	KUNIT_EXPECT_NE(test, softnet_toeplitz4(a, b, p, q), softnet_toeplitz4(a, b, p, p));
	KUNIT_EXPECT_EQ(test, softnet_toeplitz4(0, 0, 0, 0), 0U);
	/* One bit, the last of the source port: the key's window at that place. */
	KUNIT_EXPECT_EQ(test, softnet_toeplitz4(0, 0, htons(1), 0), rol32(0x6d5a6d5a, 15));
}

static struct kunit_case softnet_work_cases[] = {
	KUNIT_CASE(softnet_task_add__runs_once_where_asked),
	KUNIT_CASE(softnet_task_add__refuses_what_is_pending),
	KUNIT_CASE(softnet_barrier__waits_for_a_running_task),
	KUNIT_CASE(softnet_poll_schedule__ignored_until_added),
	KUNIT_CASE(softnet_poll_schedule__polls_until_empty),
	KUNIT_CASE(softnet_poll_schedule__polls_again_after_rearm),
	KUNIT_CASE(softnet_poll_schedule__one_thread_at_a_time),
	KUNIT_CASE(softnet_poll_move__takes_the_vector_along),
	KUNIT_CASE(softnet_poll_spread__goes_round),
	KUNIT_CASE(softnet_toeplitz4__is_symmetric),
	{}
};

struct kunit_suite bsdnet_softnet_work_suite = {
	.name = "bsdnet_softnet_work",
	.init = softnet_work_test_init,
	.test_cases = softnet_work_cases,
};
