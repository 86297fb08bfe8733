// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_addr_test.c - tests of kmod/linux/sock_addr.c.
 */
#include <kunit/test.h>
#include "../suites.h"
#include <linux/string.h>
#include <uapi/bsdnet/sock.h>

#include "../../kmod/linux/sock_priv.h"

struct addr_case {
	const char	*ac_name;
	int		(*ac_fn)(const void *name, int len, struct sockaddr_in *sin);
	int		 ac_len;
	u16		 ac_family;
	u32		 ac_addr;
	int		 ac_want;
};

#define FULL	((int)sizeof(struct sockaddr_in))
#define ADDR	0x0a4d0001

static const struct addr_case addr_cases[] = {
	{ "bind inet", sosk_addr_bind, FULL, AF_INET, ADDR, 0 },
	{ "bind bsdinet", sosk_addr_bind, FULL, AF_BSDINET, ADDR, 0 },
	{ "bind unspec any", sosk_addr_bind, FULL, AF_UNSPEC, 0, 0 },
	{ "bind unspec address", sosk_addr_bind, FULL, AF_UNSPEC, ADDR, -EAFNOSUPPORT },
	{ "bind inet6", sosk_addr_bind, FULL, AF_INET6, ADDR, -EAFNOSUPPORT },
	{ "bind long", sosk_addr_bind, 128, AF_INET, ADDR, 0 },
	{ "bind short", sosk_addr_bind, FULL - 1, AF_INET, ADDR, -EINVAL },
	{ "bind empty", sosk_addr_bind, 0, AF_INET, ADDR, -EINVAL },
	{ "connect inet", sosk_addr_connect, FULL, AF_INET, ADDR, 0 },
	{ "connect bsdinet", sosk_addr_connect, FULL, AF_BSDINET, ADDR, 0 },
	{ "connect unspec", sosk_addr_connect, FULL, AF_UNSPEC, ADDR, -EAFNOSUPPORT },
	{ "connect short", sosk_addr_connect, 8, AF_INET, ADDR, -EINVAL },
	{ "send inet", sosk_addr_send, FULL, AF_INET, ADDR, 0 },
	{ "send bsdinet", sosk_addr_send, FULL, AF_BSDINET, ADDR, 0 },
	{ "send unspec", sosk_addr_send, FULL, AF_UNSPEC, ADDR, 0 },
	{ "send unix", sosk_addr_send, FULL, AF_UNIX, ADDR, -EAFNOSUPPORT },
	{ "send short", sosk_addr_send, FULL - 1, AF_INET, ADDR, -EINVAL },
	{ "send negative", sosk_addr_send, -1, AF_INET, ADDR, -EINVAL },
};

static void addr_case_desc(const struct addr_case *ac, char *desc)
{
	strscpy(desc, ac->ac_name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(addr, addr_cases, addr_case_desc);

static void sosk_addr__families_and_lengths(struct kunit *test)
{
	const struct addr_case *ac = test->param_value;
	struct sockaddr_in given = {
		.sin_family = ac->ac_family,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(ac->ac_addr),
	};
	static const u8 zero[sizeof(given.__pad)];
	struct sockaddr_in sin;

	memset(given.__pad, 0xff, sizeof(given.__pad));
	memset(&sin, 0xff, sizeof(sin));
	KUNIT_ASSERT_EQ(test, ac->ac_fn(&given, ac->ac_len, &sin), ac->ac_want);
	if (ac->ac_want)
		return;
	KUNIT_EXPECT_EQ(test, sin.sin_family, AF_INET);
	KUNIT_EXPECT_EQ(test, ntohs(sin.sin_port), 53);
	KUNIT_EXPECT_EQ(test, ntohl(sin.sin_addr.s_addr), ac->ac_addr);
	KUNIT_EXPECT_MEMEQ(test, sin.__pad, zero, sizeof(zero));
}

static struct kunit_case sock_addr_cases[] = {
	KUNIT_CASE_PARAM(sosk_addr__families_and_lengths, addr_gen_params),
	{}
};

struct kunit_suite bsdnet_sock_addr_suite = {
	.name = "bsdnet_sock_addr",
	.test_cases = sock_addr_cases,
};
