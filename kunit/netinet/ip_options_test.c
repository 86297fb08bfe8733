// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_options_test.c - tests of kmod/netinet/ip_options.c: records made, formats
 * checked.
 */
#include "ip_kunit.h"
#include "../suites.h"
#include <bsdnet/netstack.h>

#define TEST_ADDR	htonl(0xc0000263)	/* 192.0.2.99, ours */

/* Walk over @len bytes of options at @opts, which may change. */
static enum ip_optresult walk(u8 *opts, unsigned int len, unsigned int *bad)
{
	struct ip_optwalk iow = { };
	enum ip_optresult result;
	u8 hdr[IP_MAXHLEN] = { };
	struct netstack ns;

	memcpy(hdr + IP_HLEN, opts, len);
	iow.iow_hdr = hdr;
	iow.iow_hlen = IP_HLEN + len;
	iow.iow_addr = TEST_ADDR;
	net_enter(&ns, NETSEC_SOFTNET);
	result = ip_opt_walk(&iow);
	net_leave(&ns);
	memcpy(opts, hdr + IP_HLEN, len);
	*bad = iow.iow_bad - IP_HLEN;
	return result;
}

static void ip_opt_walk__record_route(struct kunit *test)
{
	u8 opts[] = { BSD_IPOPT_NOP, BSD_IPOPT_RR, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const u8 addr[] = { 192, 0, 2, 99 };
	unsigned int bad;

	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_CHANGED);
	KUNIT_EXPECT_EQ(test, opts[3], 8);
	KUNIT_EXPECT_EQ(test, memcmp(opts + 4, addr, 4), 0);
	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_CHANGED);
	KUNIT_EXPECT_EQ(test, opts[3], 12);
	KUNIT_EXPECT_EQ(test, memcmp(opts + 8, addr, 4), 0);
	/* Full: passes unchanged. */
	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_FINE);
}

static void ip_opt_walk__timestamp(struct kunit *test)
{
	u8 opts[] = { BSD_IPOPT_TS, 12, 5, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	unsigned int bad;
	u32 ms;

	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_CHANGED);
	KUNIT_EXPECT_EQ(test, opts[2], 9);
	ms = opts[4] << 24 | opts[5] << 16 | opts[6] << 8 | opts[7];
	KUNIT_EXPECT_LT(test, ms, 86400000U);
	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_CHANGED);
	KUNIT_EXPECT_EQ(test, opts[2], 13);
	/* Full: counted in the overflow. */
	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_CHANGED);
	KUNIT_EXPECT_EQ(test, opts[3], 0x10);
	/* Which itself may not overflow. */
	opts[3] = 0xf0;
	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_BAD);
	KUNIT_EXPECT_EQ(test, bad, 3U);
}

static void ip_opt_walk__timestamp_and_address(struct kunit *test)
{
	u8 opts[12] = { BSD_IPOPT_TS, 12, 5, 1 };
	static const u8 addr[] = { 192, 0, 2, 99 };
	unsigned int bad;

	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_CHANGED);
	KUNIT_EXPECT_EQ(test, opts[2], 13);
	KUNIT_EXPECT_EQ(test, memcmp(opts + 4, addr, 4), 0);
}

/* The address that shall stamp next is not ours: nothing is done. */
static void ip_opt_walk__timestamp_of_another(struct kunit *test)
{
	u8 opts[12] = { BSD_IPOPT_TS, 12, 5, 3, 198, 51, 100, 7 };
	unsigned int bad;

	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_FINE);
	KUNIT_EXPECT_EQ(test, opts[2], 5);
}

struct bad_param {
	const char	*name;
	u8		 opts[12];
	u8		 len;
	u8		 bad;	/* offset */
};

static const struct bad_param bad_params[] = {
	{ "no length", { 1, 1, 1, BSD_IPOPT_RR }, 4, 3 },
	{ "length 0", { 99, 0, 0, 0 }, 4, 1 },
	{ "length 1", { 99, 1, 0, 0 }, 4, 1 },
	{ "length beyond the header", { 1, 99, 4, 0 }, 4, 2 },
	{ "RR without pointer", { BSD_IPOPT_RR, 2, 0, 0 }, 4, 1 },
	{ "RR pointer into itself", { BSD_IPOPT_RR, 7, 3, 0, 0, 0, 0, 0 }, 8, 2 },
	{ "RR with half a slot", { BSD_IPOPT_RR, 6, 4, 0, 0, 0, 0, 0 }, 8, 2 },
	{ "TS without flags", { BSD_IPOPT_TS, 3, 5, 0 }, 4, 1 },
	{ "TS pointer into itself", { BSD_IPOPT_TS, 8, 4, 0, 0, 0, 0, 0 }, 8, 2 },
	{ "TS with unknown flags", { BSD_IPOPT_TS, 8, 5, 2, 0, 0, 0, 0 }, 8, 3 },
	{ "TS with half a slot", { BSD_IPOPT_TS, 8, 5, 1, 0, 0, 0, 0 }, 8, 2 },
};

static void bad_desc(const struct bad_param *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bad_params, bad_desc);

/* RFC 792, parameter problem: the pointer says which byte. */
static void ip_opt_walk__malformed(struct kunit *test)
{
	const struct bad_param *p = test->param_value;
	unsigned int bad;
	u8 opts[12];

	memcpy(opts, p->opts, sizeof(opts));
	KUNIT_EXPECT_EQ(test, walk(opts, p->len, &bad), IPOPT_BAD);
	KUNIT_EXPECT_EQ(test, bad, p->bad);
}

static void ip_opt_walk__source_routes_refused(struct kunit *test)
{
	u8 loose[] = { BSD_IPOPT_LSRR, 7, 4, 192, 0, 2, 1, 0 };
	u8 strict[] = { BSD_IPOPT_NOP, BSD_IPOPT_SSRR, 3, 4 };
	unsigned int bad;

	KUNIT_EXPECT_EQ(test, walk(loose, sizeof(loose), &bad), IPOPT_SRCROUTE);
	KUNIT_EXPECT_EQ(test, walk(strict, sizeof(strict), &bad), IPOPT_SRCROUTE);
}

/* RFC 1812 5.2.4.1: what we do not know passes; behind the end nothing counts. */
static void ip_opt_walk__unknown_pass(struct kunit *test)
{
	u8 opts[] = { BSD_IPOPT_RA, 4, 0, 0, 77, 3, 1, BSD_IPOPT_EOL, BSD_IPOPT_LSRR, 0, 0, 0 };
	unsigned int bad;

	KUNIT_EXPECT_EQ(test, walk(opts, sizeof(opts), &bad), IPOPT_FINE);
}

static void bsd_ip_stripoptions__leaves_the_rest(struct kunit *test)
{
	static const u8 opts[] = { BSD_IPOPT_NOP, BSD_IPOPT_RR, 7, 4, 0, 0, 0, 0 };
	struct mbuf *m = ip_kunit_packet(test, opts, sizeof(opts), 0, 100, 2000);
	const struct ip *ip;

	bsd_ip_stripoptions(m);
	ip = mtod(m, const struct ip *);
	KUNIT_EXPECT_EQ(test, ip_hdrlen(ip), IP_HLEN);
	KUNIT_EXPECT_EQ(test, ntohs(ip->ip_len), 120);
	KUNIT_EXPECT_EQ(test, ip_hdr_cksum(ip), 0);
	KUNIT_EXPECT_EQ(test, ip->ip_dst, htonl(0xc0000202));
	bsdnet_kunit_expect_packet(test, m, 120);
	bsdnet_kunit_expect_bytes(test, m, IP_HLEN, 100, 0);
	m_freem(m);
}

static struct kunit_case ip_options_cases[] = {
	KUNIT_CASE(ip_opt_walk__record_route),
	KUNIT_CASE(ip_opt_walk__timestamp),
	KUNIT_CASE(ip_opt_walk__timestamp_and_address),
	KUNIT_CASE(ip_opt_walk__timestamp_of_another),
	KUNIT_CASE_PARAM(ip_opt_walk__malformed, bad_gen_params),
	KUNIT_CASE(ip_opt_walk__source_routes_refused),
	KUNIT_CASE(ip_opt_walk__unknown_pass),
	KUNIT_CASE(bsd_ip_stripoptions__leaves_the_rest),
	{}
};

struct kunit_suite bsdnet_ip_options_suite = {
	.name = "bsdnet_ip_options",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = ip_options_cases,
};
