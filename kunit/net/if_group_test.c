// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_group_test.c - interface groups (kmod/net/if_group.c), on an interface that
 * is not attached.
 */
#include <kunit/test.h>
#include "../suites.h"
#include <bsdnet/driver.h>

static int if_group_test_init(struct kunit *test)
{
	struct ifnet *ifp = kunit_kzalloc(test, sizeof(*ifp), GFP_KERNEL);

	if (!ifp)
		return -ENOMEM;
	INIT_LIST_HEAD(&ifp->if_groups);
	test->priv = ifp;
	return 0;
}

static void if_group_test_exit(struct kunit *test)
{
	struct ifnet *ifp = test->priv;
	struct ifg_member *ifgm;

	if (!ifp)
		return;
	bsd_rtnl_lock();
	while ((ifgm = list_first_entry_or_null(&ifp->if_groups, struct ifg_member, ifgm_next)))
		if_delgroup(ifp, ifgm->ifgm_name);
	bsd_rtnl_unlock();
}

static void if_addgroup__then_member(struct kunit *test)
{
	struct ifnet *ifp = test->priv;

	bsd_rtnl_lock();
	KUNIT_EXPECT_FALSE(test, if_ingroup(ifp, "egress"));
	KUNIT_EXPECT_EQ(test, if_addgroup(ifp, "egress"), 0);
	KUNIT_EXPECT_TRUE(test, if_ingroup(ifp, "egress"));
	KUNIT_EXPECT_FALSE(test, if_ingroup(ifp, "egres"));
	KUNIT_EXPECT_EQ(test, if_addgroup(ifp, "egress"), -EEXIST);
	bsd_rtnl_unlock();
}

static void if_addgroup__bad_names(struct kunit *test)
{
	struct ifnet *ifp = test->priv;

	bsd_rtnl_lock();
	KUNIT_EXPECT_EQ(test, if_addgroup(ifp, ""), -EINVAL);
	KUNIT_EXPECT_EQ(test, if_addgroup(ifp, "vio0"), -EINVAL);
	KUNIT_EXPECT_EQ(test, if_addgroup(ifp, "abcdefghijklmnop"), -EINVAL);
	KUNIT_EXPECT_TRUE(test, list_empty(&ifp->if_groups));
	bsd_rtnl_unlock();
}

static void if_delgroup__only_members(struct kunit *test)
{
	struct ifnet *ifp = test->priv;

	bsd_rtnl_lock();
	KUNIT_EXPECT_EQ(test, if_delgroup(ifp, "egress"), -ENOENT);
	KUNIT_EXPECT_EQ(test, if_addgroup(ifp, "egress"), 0);
	KUNIT_EXPECT_EQ(test, if_delgroup(ifp, "egress"), 0);
	KUNIT_EXPECT_FALSE(test, if_ingroup(ifp, "egress"));
	bsd_rtnl_unlock();
}

static struct kunit_case if_group_test_cases[] = {
	KUNIT_CASE(if_addgroup__then_member),
	KUNIT_CASE(if_addgroup__bad_names),
	KUNIT_CASE(if_delgroup__only_members),
	{}
};

struct kunit_suite bsdnet_if_group_suite = {
	.name = "bsdnet_if_group",
	.init = if_group_test_init,
	.exit = if_group_test_exit,
	.test_cases = if_group_test_cases,
};
