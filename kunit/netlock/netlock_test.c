// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * netlock_test.c - sections, exclusive holders and deaths (kmod/netlock/netlock.c).
 */
#include <kunit/test.h>
#include "../suites.h"
#include <bsdnet/driver.h>
#include <bsdnet/netlock.h>
#include <bsdnet/netstack.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#define TESTNL_WAIT	(10 * HZ)

/* Another task in a section. */
struct testnl {
	struct completion	tn_inside;
	struct completion	tn_leave;
	bool			tn_left;
	bool			tn_exclusive;
	struct task_struct	*tn_task;
	struct rcu_head		tn_rcu;
	struct completion	tn_freed;
};

static int testnl_thread(void *arg)
{
	struct testnl *tn = arg;
	struct netstack ns;

	if (tn->tn_exclusive)
		net_lock();
	else
		net_enter(&ns, NETSEC_SYSCALL);
	complete(&tn->tn_inside);
	wait_for_completion_timeout(&tn->tn_leave, TESTNL_WAIT);
	WRITE_ONCE(tn->tn_left, true);
	if (tn->tn_exclusive)
		net_unlock();
	else
		net_leave(&ns);
	return 0;
}

static void testnl_start(struct kunit *test, struct testnl *tn, bool exclusive)
{
	tn->tn_exclusive = exclusive;
	tn->tn_task = kthread_run(testnl_thread, tn, "testnl");
	KUNIT_ASSERT_FALSE(test, IS_ERR(tn->tn_task));
	get_task_struct(tn->tn_task);
}

static void testnl_stop(struct testnl *tn)
{
	complete(&tn->tn_leave);
	kthread_stop_put(tn->tn_task);
}

static int netlock_test_init(struct kunit *test)
{
	struct testnl *tn = kunit_kzalloc(test, sizeof(*tn), GFP_KERNEL);

	if (!tn)
		return -ENOMEM;
	init_completion(&tn->tn_inside);
	init_completion(&tn->tn_leave);
	init_completion(&tn->tn_freed);
	test->priv = tn;
	return 0;
}

static void net_enter__two_sections_at_a_time(struct kunit *test)
{
	struct testnl *tn = test->priv;
	struct netstack ns;

	testnl_start(test, tn, false);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&tn->tn_inside, TESTNL_WAIT));
	net_enter(&ns, NETSEC_SYSCALL);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(tn->tn_left));
	KUNIT_EXPECT_EQ(test, ns.ns_mode, NETLOCK_SHARED);
	KUNIT_EXPECT_FALSE(test, ns.ns_ladder);
	net_leave(&ns);
	testnl_stop(tn);
}

static void net_lock__waits_for_sections(struct kunit *test)
{
	struct testnl *tn = test->priv;
	struct testnl *writer = kunit_kzalloc(test, sizeof(*writer), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, writer);
	init_completion(&writer->tn_inside);
	init_completion(&writer->tn_leave);
	testnl_start(test, tn, false);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&tn->tn_inside, TESTNL_WAIT));
	testnl_start(test, writer, true);
	/* Not in while the section is. */
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&writer->tn_inside, HZ / 5));
	testnl_stop(tn);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&writer->tn_inside, TESTNL_WAIT));
	testnl_stop(writer);
}

static void testnl_free(struct rcu_head *head)
{
	complete(&container_of(head, struct testnl, tn_rcu)->tn_freed);
}

static void net_call_free__waits_for_sections(struct kunit *test)
{
	struct testnl *tn = test->priv;

	testnl_start(test, tn, false);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&tn->tn_inside, TESTNL_WAIT));
	net_call_free(&tn->tn_rcu, testnl_free);
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&tn->tn_freed, HZ / 5));
	testnl_stop(tn);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&tn->tn_freed, TESTNL_WAIT));
}

static void net_synchronize__waits_for_what_was_freed_before(struct kunit *test)
{
	struct testnl *tn = test->priv;

	testnl_start(test, tn, false);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&tn->tn_inside, TESTNL_WAIT));
	complete(&tn->tn_leave);
	net_synchronize();
	KUNIT_EXPECT_TRUE(test, READ_ONCE(tn->tn_left));
	kthread_stop_put(tn->tn_task);
}

static struct kunit_case netlock_cases[] = {
	KUNIT_CASE(net_enter__two_sections_at_a_time),
	KUNIT_CASE(net_lock__waits_for_sections),
	KUNIT_CASE(net_call_free__waits_for_sections),
	KUNIT_CASE(net_synchronize__waits_for_what_was_freed_before),
	{}
};

struct kunit_suite bsdnet_netlock_suite = {
	.name = "bsdnet_netlock",
	.init = netlock_test_init,
	.test_cases = netlock_cases,
};
