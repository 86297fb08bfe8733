// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_addr_test.c - address lists of an interface (kmod/net/if_addr.c), on an
 * interface that is not attached.
 */
#include <kunit/test.h>
#include "../suites.h"
#include <bsdnet/driver.h>
#include <bsdnet/in.h>

/* An address with its family's sockaddrs. */
struct test_ifaddr {
	struct ifaddr		 ta_ifa;
	struct sockaddr_in	 ta_addr;
	struct sockaddr_in	 ta_dst;
	struct sockaddr_in	 ta_mask;
};

static struct sockaddr_in test_sin(u32 addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(addr) };

	return sin;
}

static struct ifaddr *test_add(struct kunit *test, u32 addr, unsigned int plen, u32 dst)
{
	struct test_ifaddr *ta = kunit_kzalloc(test, sizeof(*ta), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ta);
	ta->ta_addr = test_sin(addr);
	ta->ta_dst = test_sin(dst);
	ta->ta_mask.sin_addr.s_addr = in_plen2mask(plen);
	ta->ta_ifa.ifa_addr = (struct sockaddr *)&ta->ta_addr;
	ta->ta_ifa.ifa_netmask = (struct sockaddr *)&ta->ta_mask;
	if (dst)
		ta->ta_ifa.ifa_dstaddr = (struct sockaddr *)&ta->ta_dst;
	net_lock();
	ifa_add(test->priv, &ta->ta_ifa);
	net_unlock();
	return &ta->ta_ifa;
}

static struct ifaddr *test_find(struct kunit *test, u32 addr)
{
	struct sockaddr_in sin = test_sin(addr);
	struct ifaddr *ifa;
	struct netstack ns;

	net_enter(&ns, NETSEC_SYSCALL);
	ifa = ifaof_ifpforaddr((struct sockaddr *)&sin, test->priv);
	net_leave(&ns);
	return ifa;
}

static int if_addr_test_init(struct kunit *test)
{
	struct ifnet *ifp = kunit_kzalloc(test, sizeof(*ifp), GFP_KERNEL);

	if (!ifp)
		return -ENOMEM;
	INIT_LIST_HEAD(&ifp->if_addrlist);
	INIT_LIST_HEAD(&ifp->if_multi);
	test->priv = ifp;
	return 0;
}

static void ifa_del__no_longer_found(struct kunit *test)
{
	struct ifaddr *ifa = test_add(test, 0x0a000001, 8, 0);

	KUNIT_EXPECT_PTR_EQ(test, test_find(test, 0x0a000001), ifa);
	net_lock();
	ifa_del(test->priv, ifa);
	net_unlock();
	KUNIT_EXPECT_NULL(test, test_find(test, 0x0a000001));
}

static void ifaof_ifpforaddr__longest_prefix(struct kunit *test)
{
	struct ifaddr *first = test_add(test, 0xc0a80001, 24, 0);
	struct ifaddr *wide = test_add(test, 0x0a000001, 8, 0);
	struct ifaddr *narrow = test_add(test, 0x0a010001, 16, 0);

	KUNIT_EXPECT_PTR_EQ(test, test_find(test, 0x0a010203), narrow);
	KUNIT_EXPECT_PTR_EQ(test, test_find(test, 0x0a020304), wide);
	KUNIT_EXPECT_PTR_EQ(test, test_find(test, 0x08080808), first);
}

static void ifaof_ifpforaddr__exact_before_prefix(struct kunit *test)
{
	struct ifaddr *host = test_add(test, 0x0a010005, 8, 0);

	test_add(test, 0x0a010001, 24, 0);
	KUNIT_EXPECT_PTR_EQ(test, test_find(test, 0x0a010005), host);
}

static void ifaof_ifpforaddr__peer_of_a_link(struct kunit *test)
{
	struct ifnet *ifp = test->priv;
	struct ifaddr *link;

	test_add(test, 0x0a000001, 8, 0);
	link = test_add(test, 0xc0000201, 32, 0x0a000009);
	KUNIT_EXPECT_PTR_NE(test, test_find(test, 0x0a000009), link);
	ifp->if_flags |= BSD_IFF_POINTOPOINT;
	KUNIT_EXPECT_PTR_EQ(test, test_find(test, 0x0a000009), link);
}

static void if_addmulti__counts(struct kunit *test)
{
	static const u8 group[ETH_ALEN] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x05 };
	static const u8 station[ETH_ALEN] = { 0x02, 0x00, 0x00, 0x00, 0x00, 0x05 };
	struct ifnet *ifp = test->priv;

	bsd_rtnl_lock();
	KUNIT_EXPECT_EQ(test, if_addmulti(ifp, station), -EINVAL);
	KUNIT_EXPECT_EQ(test, if_addmulti(ifp, group), 0);
	KUNIT_EXPECT_EQ(test, if_addmulti(ifp, group), 0);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&ifp->if_multi));
	if_delmulti(ifp, group);
	KUNIT_EXPECT_FALSE(test, list_empty(&ifp->if_multi));
	if_delmulti(ifp, group);
	KUNIT_EXPECT_TRUE(test, list_empty(&ifp->if_multi));
	if_delmulti(ifp, group);
	bsd_rtnl_unlock();
}

static struct kunit_case if_addr_test_cases[] = {
	KUNIT_CASE(ifa_del__no_longer_found),
	KUNIT_CASE(ifaof_ifpforaddr__longest_prefix),
	KUNIT_CASE(ifaof_ifpforaddr__exact_before_prefix),
	KUNIT_CASE(ifaof_ifpforaddr__peer_of_a_link),
	KUNIT_CASE(if_addmulti__counts),
	{}
};

struct kunit_suite bsdnet_if_addr_suite = {
	.name = "bsdnet_if_addr",
	.init = if_addr_test_init,
	.test_cases = if_addr_test_cases,
};
