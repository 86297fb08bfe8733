// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * icmp_error_test.c - tests of kmod/netinet/icmp_error.c: when an error is sent, how
 * often, and what is in it.
 */
#include "ip_kunit.h"
#include "../suites.h"
#include <bsdnet/icmp.h>
#include <linux/time64.h>

struct may_param {
	const char	*name;
	u32		 src;
	u32		 dst;
	u16		 flags;		/* m_flags */
	u16		 off;		/* ip_off */
	int		 icmp;		/* type, -1: UDP */
	bool		 may;
};

#define TEST_SRC	0xc0000201
#define TEST_DST	0xc0000202

/* RFC 1122 3.2.2. */
static const struct may_param may_params[] = {
	{ "UDP", TEST_SRC, TEST_DST, 0, 0, -1, true },
	{ "first fragment", TEST_SRC, TEST_DST, 0, IP_OFF_MF, -1, true },
	{ "another fragment", TEST_SRC, TEST_DST, 0, 1, -1, false },
	{ "link broadcast", TEST_SRC, TEST_DST, M_BCAST, 0, -1, false },
	{ "link multicast", TEST_SRC, TEST_DST, M_MCAST, 0, -1, false },
	{ "our own error", TEST_SRC, TEST_DST, M_ICMPERR, 0, -1, false },
	{ "to broadcast", TEST_SRC, 0xffffffff, 0, 0, -1, false },
	{ "to multicast", TEST_SRC, 0xe0000001, 0, 0, -1, false },
	{ "from nobody", 0, TEST_DST, 0, 0, -1, false },
	{ "from multicast", 0xe0000001, TEST_DST, 0, 0, -1, false },
	{ "from class E", 0xf0000001, TEST_DST, 0, 0, -1, false },
	{ "from broadcast", 0xffffffff, TEST_DST, 0, 0, -1, false },
	{ "from loopback", 0x7f000001, 0x7f000001, 0, 0, -1, true },
	{ "echo", TEST_SRC, TEST_DST, 0, 0, BSD_ICMP_ECHO, true },
	{ "echo reply", TEST_SRC, TEST_DST, 0, 0, BSD_ICMP_ECHOREPLY, true },
	{ "unreachable", TEST_SRC, TEST_DST, 0, 0, BSD_ICMP_UNREACH, false },
	{ "redirect", TEST_SRC, TEST_DST, 0, 0, BSD_ICMP_REDIRECT, false },
	{ "time exceeded", TEST_SRC, TEST_DST, 0, 0, BSD_ICMP_TIMXCEED, false },
	{ "parameter problem", TEST_SRC, TEST_DST, 0, 0, BSD_ICMP_PARAMPROB, false },
	{ "unknown ICMP type", TEST_SRC, TEST_DST, 0, 0, 200, false },
};

static void may_desc(const struct may_param *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(may, may_params, may_desc);

static void icmp_may_answer__rfc1122_3_2_2(struct kunit *test)
{
	const struct may_param *p = test->param_value;
	struct mbuf *m = ip_kunit_packet(test, NULL, 0, 0, 64, 2000);
	struct ip *ip = mtod(m, struct ip *);
	u8 type;

	ip->ip_src = htonl(p->src);
	ip->ip_dst = htonl(p->dst);
	ip->ip_off = htons(p->off);
	m->m_flags |= p->flags;
	if (p->icmp >= 0) {
		ip->ip_p = IPPROTO_ICMP;
		type = p->icmp;
		KUNIT_ASSERT_EQ(test, m_copyback(m, IP_HLEN, 1, &type, M_DONTWAIT), 0);
	}
	KUNIT_EXPECT_EQ(test, icmp_may_answer(m), p->may);
	m_freem(m);
}

/* ICMP of which not even the type is there may be an error itself. */
static void icmp_may_answer__no_type(struct kunit *test)
{
	struct mbuf *m = ip_kunit_packet(test, NULL, 0, 0, 64, 2000);

	mtod(m, struct ip *)->ip_p = IPPROTO_ICMP;
	m_adj(m, -64);
	KUNIT_EXPECT_FALSE(test, icmp_may_answer(m));
	m_freem(m);
}

static const struct icmp *icmp_of(const struct mbuf *m)
{
	return (const struct icmp *)(m->m_data + IP_HLEN);
}

/* RFC 1812 4.3.2.3: as much as fits into 576 bytes. */
static void icmp_quote__at_most_576(struct kunit *test)
{
	struct mbuf *m = ip_kunit_packet(test, NULL, 0, 0, 2000, 100);
	u8 want[ICMP_QUOTE_MAX];
	struct mbuf *n;

	n = icmp_quote(m, BSD_ICMP_UNREACH, BSD_ICMP_UNREACH_PORT, 0);
	KUNIT_ASSERT_NOT_NULL(test, n);
	bsdnet_kunit_expect_packet(test, n, 576);
	KUNIT_EXPECT_EQ(test, icmp_of(n)->icmp_type, BSD_ICMP_UNREACH);
	KUNIT_EXPECT_EQ(test, icmp_of(n)->icmp_code, BSD_ICMP_UNREACH_PORT);
	KUNIT_EXPECT_EQ(test, icmp_of(n)->ih_void, 0);
	KUNIT_EXPECT_EQ(test, in_cksum(n, IP_HLEN, 576 - IP_HLEN), 0);
	KUNIT_ASSERT_EQ(test, m_copydata(m, 0, sizeof(want), want), 0);
	KUNIT_EXPECT_EQ(test, memcmp(icmp_of(n) + 1, want, sizeof(want)), 0);
	m_freem(n);
	m_freem(m);
}

static void icmp_quote__short_packet(struct kunit *test)
{
	struct mbuf *m = ip_kunit_packet(test, NULL, 0, 0, 8, 100);
	struct mbuf *n;

	n = icmp_quote(m, BSD_ICMP_TIMXCEED, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, n);
	bsdnet_kunit_expect_packet(test, n, 20 + 8 + 28);
	KUNIT_EXPECT_EQ(test, in_cksum(n, IP_HLEN, 36), 0);
	m_freem(n);
	m_freem(m);
}

static void icmp_quote__arguments(struct kunit *test)
{
	struct mbuf *m = ip_kunit_packet(test, NULL, 0, 0, 8, 100);
	struct mbuf *n;

	n = icmp_quote(m, BSD_ICMP_UNREACH, BSD_ICMP_UNREACH_NEEDFRAG, 1400);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_EQ(test, ntohs(icmp_of(n)->ih_pmtu.ipm_nextmtu), 1400);
	KUNIT_EXPECT_EQ(test, icmp_of(n)->ih_pmtu.ipm_void, 0);
	m_freem(n);
	n = icmp_quote(m, BSD_ICMP_PARAMPROB, 0, 21);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_EQ(test, icmp_of(n)->ih_pptr, 21);
	m_freem(n);
	n = icmp_quote(m, BSD_ICMP_REDIRECT, BSD_ICMP_REDIRECT_HOST, (__force u32)htonl(TEST_DST));
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_EQ(test, icmp_of(n)->ih_gwaddr, htonl(TEST_DST));
	m_freem(n);
	m_freem(m);
}

/*
 * A burst at one moment gets about what a second has, after a second again. The
 * sum of the random costs has a deviation of 8; ten of them are allowed for.
 */
static void icmp_ratelimit__burst_and_refill(struct kunit *test)
{
	unsigned int saved = bsd_icmp_errppslimit;
	u64 now = ktime_get_ns() + 10ULL * NSEC_PER_SEC;
	unsigned int passed;
	unsigned int round;
	unsigned int i;

	WRITE_ONCE(bsd_icmp_errppslimit, 100);
	for (round = 0; round < 3; round++) {
		passed = 0;
		for (i = 0; i < 1000; i++)
			passed += icmp_ratelimit(now);
		KUNIT_EXPECT_GE(test, passed, 40U);
		KUNIT_EXPECT_LE(test, passed, 200U);
		now += NSEC_PER_SEC;
	}
	WRITE_ONCE(bsd_icmp_errppslimit, saved);
}

static void icmp_ratelimit__none(struct kunit *test)
{
	unsigned int saved = bsd_icmp_errppslimit;
	unsigned int i;

	WRITE_ONCE(bsd_icmp_errppslimit, 0);
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_TRUE(test, icmp_ratelimit(0));
	WRITE_ONCE(bsd_icmp_errppslimit, saved);
}

static struct kunit_case icmp_error_cases[] = {
	KUNIT_CASE_PARAM(icmp_may_answer__rfc1122_3_2_2, may_gen_params),
	KUNIT_CASE(icmp_may_answer__no_type),
	KUNIT_CASE(icmp_quote__at_most_576),
	KUNIT_CASE(icmp_quote__short_packet),
	KUNIT_CASE(icmp_quote__arguments),
	KUNIT_CASE(icmp_ratelimit__burst_and_refill),
	KUNIT_CASE(icmp_ratelimit__none),
	{}
};

struct kunit_suite bsdnet_icmp_error_suite = {
	.name = "bsdnet_icmp_error",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = icmp_error_cases,
};
