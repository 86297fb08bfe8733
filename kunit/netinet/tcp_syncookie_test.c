// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_syncookie_test.c - tests of kmod/netinet/tcp_syncookie.c.
 */
#include <bsdnet/tcp_var.h>
#include "../suites.h"
#include <kunit/test.h>

#define IRS	0x12345678U

static const struct in_conninfo ends = {
	.inc_faddr = htonl(0x0a000001),
	.inc_laddr = htonl(0x0a000002),
	.inc_fport = htons(40000),
	.inc_lport = htons(80),
};

struct cookie_case {
	u16	mss;
	s8	scale;		/* -1: none */
	bool	sack;
	u16	told_mss;
	s8	told_scale;
};

static const struct cookie_case cases[] = {
	{ 0, -1, false, 536, -1 },
	{ 100, -1, true, 216, -1 },
	{ 216, 0, false, 216, 0 },
	{ 1459, 1, true, 1440, 0 },
	{ 1460, 7, true, 1460, 7 },
	{ 1460, 9, false, 1460, 8 },
	{ 8960, 14, true, 8960, 10 },
	{ 65495, 3, false, 8960, 2 },
};

static void bsd_syncookie_check__what_was_said(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cookie_case *cc = &cases[i];
		struct tcp_opts to = { .to_mss = cc->mss };
		u32 cookie;

		if (cc->scale >= 0) {
			to.to_wscale = cc->scale;
			to.to_flags = TO_WSCALE;
		}
		cookie = bsd_syncookie_make(&ends, IRS + i, &to, cc->sack);
		KUNIT_ASSERT_TRUE(test, bsd_syncookie_check(&ends, IRS + i, cookie, &to));
		KUNIT_EXPECT_EQ(test, to.to_mss, cc->told_mss);
		KUNIT_EXPECT_EQ(test, !!(to.to_flags & TO_WSCALE), cc->told_scale >= 0);
		if (cc->told_scale >= 0)
			KUNIT_EXPECT_EQ(test, to.to_wscale, cc->told_scale);
		KUNIT_EXPECT_EQ(test, !!(to.to_flags & TO_SACKOK), cc->sack);
	}
}

static void bsd_syncookie_check__of_others(struct kunit *test)
{
	struct tcp_opts to = { .to_mss = 1460 };
	u32 cookie = bsd_syncookie_make(&ends, IRS, &to, true);
	struct in_conninfo other = ends;
	unsigned int i;

	for (i = 0; i < 32; i++)
		KUNIT_EXPECT_FALSE(test, bsd_syncookie_check(&ends, IRS, cookie ^ 1U << i, &to));
	KUNIT_EXPECT_FALSE(test, bsd_syncookie_check(&ends, IRS + 1, cookie, &to));
	other.inc_fport = htons(40001);
	KUNIT_EXPECT_FALSE(test, bsd_syncookie_check(&other, IRS, cookie, &to));
	other = ends;
	other.inc_laddr = htonl(0x0a000003);
	KUNIT_EXPECT_FALSE(test, bsd_syncookie_check(&other, IRS, cookie, &to));
}

static struct kunit_case tcp_syncookie_cases[] = {
	KUNIT_CASE(bsd_syncookie_check__what_was_said),
	KUNIT_CASE(bsd_syncookie_check__of_others),
	{}
};

struct kunit_suite bsdnet_tcp_syncookie_suite = {
	.name = "bsdnet_tcp_syncookie",
	.test_cases = tcp_syncookie_cases,
};
