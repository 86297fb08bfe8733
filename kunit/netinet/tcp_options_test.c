// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_options_test.c - tests of kmod/netinet/tcp_options.c, and of the shift that a
 * SYN tells. RFC 9293 3.1, RFC 7323
 */
#include <bsdnet/tcp_var.h>
#include "../suites.h"
#include <kunit/test.h>

static struct tcp_opts parse(const u8 *cp, unsigned int len, bool syn)
{
	struct tcp_opts to;

	bsd_tcp_parse_options(cp, len, syn, &to);
	return to;
}

static void bsd_tcp_parse_options__of_a_syn(struct kunit *test)
{
	static const u8 opts[] = {
		2, 4, 5, 180, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 100, 0, 0, 0, 9
	};
	struct tcp_opts to = parse(opts, sizeof(opts), true);

	KUNIT_EXPECT_EQ(test, to.to_mss, 1460);
	KUNIT_EXPECT_EQ(test, to.to_wscale, 7);
	KUNIT_EXPECT_EQ(test, to.to_flags, TO_TSTMP | TO_WSCALE | TO_SACKOK);
	KUNIT_EXPECT_EQ(test, to.to_tsval, 100U);
	KUNIT_EXPECT_EQ(test, to.to_tsecr, 9U);
}

/* What belongs into a SYN does not count elsewhere. */
static void bsd_tcp_parse_options__of_another(struct kunit *test)
{
	static const u8 opts[] = { 2, 4, 5, 180, 1, 3, 3, 7 };
	struct tcp_opts to = parse(opts, sizeof(opts), false);

	KUNIT_EXPECT_EQ(test, to.to_mss, 0);
	KUNIT_EXPECT_EQ(test, to.to_flags, 0);
}

/* RFC 7323 2.3. */
static void bsd_tcp_parse_options__shift_above_14(struct kunit *test)
{
	static const u8 opts[] = { 3, 3, 200 };

	KUNIT_EXPECT_EQ(test, parse(opts, sizeof(opts), true).to_wscale, 14);
}

static void bsd_tcp_parse_options__ends(struct kunit *test)
{
	static const u8 opts[] = { 0, 2, 4, 5, 180 };

	KUNIT_EXPECT_EQ(test, parse(opts, sizeof(opts), true).to_mss, 0);
}

struct bad_opts {
	const char	*name;
	unsigned int	 len;
	u8		 bytes[8];
};

static const struct bad_opts bad_opts[] = {
	{ "no_length", 1, { 2 } },
	{ "length_0", 4, { 99, 0, 2, 4 } },
	{ "length_1", 4, { 99, 1, 2, 4 } },
	{ "too_long", 4, { 2, 5, 5, 180 } },
	{ "mss_of_3", 3, { 2, 3, 5 } },
	{ "mss_of_5", 5, { 2, 5, 5, 180, 0 } },
	{ "timestamp_of_8", 8, { 8, 8, 0, 0, 0, 1, 0, 0 } },
	{ "scale_of_4", 4, { 3, 4, 7, 0 } },
	{ "sack_of_6", 6, { 5, 6, 0, 0, 0, 1 } },
	{ "sack_permitted_of_3", 3, { 4, 3, 0 } },
};

static void bad_desc(const struct bad_opts *bad, char *desc)
{
	strscpy(desc, bad->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bad_opts, bad_desc);

static void bsd_tcp_parse_options__malformed(struct kunit *test)
{
	const struct bad_opts *bad = test->param_value;
	struct tcp_opts to = parse(bad->bytes, bad->len, true);

	KUNIT_EXPECT_EQ(test, to.to_mss, 0);
	KUNIT_EXPECT_EQ(test, to.to_flags, 0);
	KUNIT_EXPECT_EQ(test, to.to_nsack, 0);
}

static void bsd_tcp_parse_options__fast_open_cookie(struct kunit *test)
{
	u8 opts[20] = { BSD_TCPOPT_FASTOPEN };
	struct tcp_opts to;
	unsigned int len;

	for (len = 2; len <= sizeof(opts); len++) {
		bool good = len == 2 || (len >= 6 && len <= 18 && !(len % 2));

		opts[1] = len;
		to = parse(opts, len, true);
		KUNIT_EXPECT_EQ(test, to.to_flags, good ? TO_FASTOPEN : 0);
		KUNIT_EXPECT_EQ(test, to.to_cookielen, good ? len - 2 : 0);
		KUNIT_EXPECT_EQ(test, parse(opts, len, false).to_flags, 0);
	}
}

static void bsd_tcp_build_syn__is_parsed(struct kunit *test)
{
	static const u32 ts[2] = { 0x12345678, 0x9abcdef0 };
	u8 opts[TCP_MAXOPTLEN];
	struct tcp_opts to;
	unsigned int len;

	len = bsd_tcp_build_syn(opts, 1460, 6, ts, true, false);
	KUNIT_EXPECT_EQ(test, len, 20);
	to = parse(opts, len, true);
	KUNIT_EXPECT_EQ(test, to.to_mss, 1460);
	KUNIT_EXPECT_EQ(test, to.to_wscale, 6);
	KUNIT_EXPECT_EQ(test, to.to_tsval, ts[0]);
	KUNIT_EXPECT_EQ(test, to.to_tsecr, ts[1]);
	KUNIT_EXPECT_EQ(test, to.to_flags, TO_TSTMP | TO_WSCALE | TO_SACKOK);
	len = bsd_tcp_build_syn(opts, 536, -1, NULL, true, false);
	KUNIT_EXPECT_EQ(test, len, 8U);
	KUNIT_EXPECT_EQ(test, parse(opts, len, true).to_flags, TO_SACKOK);
	len = bsd_tcp_build_syn(opts, 536, -1, NULL, false, false);
	KUNIT_EXPECT_EQ(test, len, 4U);
	KUNIT_EXPECT_EQ(test, parse(opts, len, true).to_flags, 0);
	KUNIT_EXPECT_NULL(test, parse(opts, len, true).to_md5);
	len = bsd_tcp_build_syn(opts, 1460, 6, ts, true, true);
	KUNIT_EXPECT_EQ(test, len, TCP_MAXOPTLEN);
	KUNIT_EXPECT_PTR_EQ(test, parse(opts, len, true).to_md5, opts + 4);
}

static void bsd_tcp_build_sack__is_parsed(struct kunit *test)
{
	static const struct tcp_block blocks[] = { { 0xfffffff0, 0x10 }, { 100, 200 } };
	u8 opts[4 + sizeof(blocks)];
	struct tcp_opts to;
	unsigned int i;

	bsd_tcp_build_sack(opts, blocks, ARRAY_SIZE(blocks));
	KUNIT_EXPECT_EQ(test, parse(opts, sizeof(opts), true).to_nsack, 0);
	to = parse(opts, sizeof(opts), false);
	KUNIT_ASSERT_EQ(test, to.to_nsack, ARRAY_SIZE(blocks));
	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		struct tcp_block b = bsd_tcp_sack_block(&to, i);

		KUNIT_EXPECT_EQ(test, b.tb_start, blocks[i].tb_start);
		KUNIT_EXPECT_EQ(test, b.tb_end, blocks[i].tb_end);
	}
}

static void bsd_tcp_winshift__covers_the_buffer(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, bsd_tcp_winshift(65535), 0);
	KUNIT_EXPECT_EQ(test, bsd_tcp_winshift(65536), 1);
	KUNIT_EXPECT_EQ(test, bsd_tcp_winshift(2 * 1024 * 1024), 6);
	KUNIT_EXPECT_EQ(test, bsd_tcp_winshift(U32_MAX), 14);
}

static void seq_lt__wraps(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, seq_lt(0xfffffff0, 0x10));
	KUNIT_EXPECT_FALSE(test, seq_lt(0x10, 0xfffffff0));
	KUNIT_EXPECT_TRUE(test, seq_leq(5, 5) && seq_geq(5, 5));
	KUNIT_EXPECT_EQ(test, seq_max(0xfffffff0, 0x10), 0x10U);
}

static struct kunit_case tcp_options_cases[] = {
	KUNIT_CASE(bsd_tcp_parse_options__of_a_syn),
	KUNIT_CASE(bsd_tcp_parse_options__of_another),
	KUNIT_CASE(bsd_tcp_parse_options__shift_above_14),
	KUNIT_CASE(bsd_tcp_parse_options__ends),
	KUNIT_CASE_PARAM(bsd_tcp_parse_options__malformed, bad_gen_params),
	KUNIT_CASE(bsd_tcp_parse_options__fast_open_cookie),
	KUNIT_CASE(bsd_tcp_build_syn__is_parsed),
	KUNIT_CASE(bsd_tcp_build_sack__is_parsed),
	KUNIT_CASE(bsd_tcp_winshift__covers_the_buffer),
	KUNIT_CASE(seq_lt__wraps),
	{}
};

struct kunit_suite bsdnet_tcp_options_suite = {
	.name = "bsdnet_tcp_options",
	.test_cases = tcp_options_cases,
};
