// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_cc_cubic_test.c - tests of kmod/netinet/tcp_cc_cubic.c against the formulas of
 * RFC 9438 4.2, computed by hand.
 */
#include <bsdnet/tcp_var.h>
#include "../suites.h"
#include <kunit/test.h>

#define MSS	1000
#define NOW	77777

/* W_max 100 segments, window 70: K = cbrt(30 / 0.4) = 4.217 s. */
static struct tcp_cubic after_loss(void)
{
	struct tcp_cubic cu = { .cu_wmax = 100 * MSS };

	cubic_epoch(&cu, MSS, 70 * MSS, NOW);
	return cu;
}

static void cubic_epoch__time_to_the_last_window(struct kunit *test)
{
	struct tcp_cubic cu = after_loss();

	KUNIT_EXPECT_EQ(test, cu.cu_k, 4217U);
	KUNIT_EXPECT_NE(test, cu.cu_epoch, 0U);
}

/* RFC 9438 4.8: after slow start without a loss. */
static void cubic_epoch__no_loss_before(struct kunit *test)
{
	struct tcp_cubic cu = { };

	cubic_epoch(&cu, MSS, 50 * MSS, NOW);
	KUNIT_EXPECT_EQ(test, cu.cu_k, 0U);
	KUNIT_EXPECT_EQ(test, cu.cu_wmax, 50U * MSS);
}

struct cubic_point {
	const char	*name;
	u32		 t;		/* ms */
	u32		 window;	/* bytes */
};

/* 0.4 * (t - 4.217)^3 + 100 segments. */
static const struct cubic_point points[] = {
	{ "begin", 0, 70003 },
	{ "second_1", 1000, 86682 },
	{ "plateau", 4217, 100000 },
	{ "second_6", 6000, 102267 },
	{ "second_10", 10000, 177360 },
};

static void point_desc(const struct cubic_point *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(point, points, point_desc);

static void cubic_window__point(struct kunit *test)
{
	const struct cubic_point *p = test->param_value;
	struct tcp_cubic cu = after_loss();
	u32 w = cubic_window(&cu, MSS, p->t);

	KUNIT_EXPECT_GE(test, w + 20, p->window);
	KUNIT_EXPECT_LE(test, w, p->window + 20);
}

static void cubic_window__grows_and_stays_in_bounds(struct kunit *test)
{
	struct tcp_cubic cu = { .cu_wmax = TCP_MAXWIN << TCP_MAX_WINSHIFT };
	u32 before = 0;
	u32 t;

	cubic_epoch(&cu, 65483, 65483, NOW);
	for (t = 0; t < 1000000; t += 1000) {
		u32 w = cubic_window(&cu, 65483, t);

		KUNIT_ASSERT_GE(test, w, before);
		KUNIT_ASSERT_LE(test, w, (u32)TCP_MAXWIN << TCP_MAX_WINSHIFT);
		before = w;
	}
	KUNIT_EXPECT_EQ(test, cubic_window(&cu, 65483, U32_MAX),
			(u32)TCP_MAXWIN << TCP_MAX_WINSHIFT);
}

static struct kunit_case tcp_cc_cubic_cases[] = {
	KUNIT_CASE(cubic_epoch__time_to_the_last_window),
	KUNIT_CASE(cubic_epoch__no_loss_before),
	KUNIT_CASE_PARAM(cubic_window__point, point_gen_params),
	KUNIT_CASE(cubic_window__grows_and_stays_in_bounds),
	{}
};

struct kunit_suite bsdnet_tcp_cc_cubic_suite = {
	.name = "bsdnet_tcp_cc_cubic",
	.test_cases = tcp_cc_cubic_cases,
};
