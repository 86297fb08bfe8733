// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_sent_test.c - tests of kmod/netinet/tcp_sent.c: each function, its limits, and
 * all of them at random beside an array that has the fate of every byte.
 */
#include <bsdnet/tcp_sent.h>
#include <bsdnet/tcp_seq.h>
#include "../suites.h"
#include <kunit/test.h>
#include <linux/prandom.h>

#define FIRST	0xfffffc00U	/* so that numbers wrap */

static void forget(void *sn)
{
	bsd_tcp_sent_free(sn);
}

static struct tcp_sent *ranges(struct kunit *test)
{
	struct tcp_sent *sn = kunit_kzalloc(test, sizeof(*sn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sn);
	bsd_tcp_sent_init(sn, FIRST);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, forget, sn), 0);
	return sn;
}

static void bsd_tcp_sent_new__bursts_are_ranges(struct kunit *test)
{
	struct tcp_sent *sn = ranges(test);

	bsd_tcp_sent_new(sn, FIRST + 100, 7);
	bsd_tcp_sent_new(sn, FIRST + 200, 7);
	bsd_tcp_sent_new(sn, FIRST + 300, 8);
	KUNIT_EXPECT_EQ(test, sn->sn_n, 2);
	KUNIT_EXPECT_EQ(test, sn->sn_range[0].tr_end, FIRST + 200);
	KUNIT_EXPECT_EQ(test, sn->sn_range[1].tr_time, 8U);
}

static void bsd_tcp_sent_acked__a_part(struct kunit *test)
{
	struct tcp_delivery td = { .td_fack = FIRST };
	struct tcp_sent *sn = ranges(test);

	bsd_tcp_sent_new(sn, FIRST + 100, 7);
	bsd_tcp_sent_new(sn, FIRST + 200, 8);
	bsd_tcp_sent_acked(sn, FIRST + 150, &td);
	KUNIT_EXPECT_EQ(test, sn->sn_n, 1);
	KUNIT_EXPECT_EQ(test, tcp_sent_start(sn, 0), FIRST + 150);
	KUNIT_EXPECT_EQ(test, td.td_bytes, 150U);
	KUNIT_EXPECT_EQ(test, td.td_time, 8U);
	KUNIT_EXPECT_EQ(test, td.td_end, FIRST + 150);
	KUNIT_EXPECT_FALSE(test, td.td_reordered);
}

static void bsd_tcp_sent_sacked__counts_once(struct kunit *test)
{
	struct tcp_delivery td = { .td_fack = FIRST };
	struct tcp_sent *sn = ranges(test);

	bsd_tcp_sent_new(sn, FIRST + 1000, 7);
	KUNIT_EXPECT_TRUE(test, bsd_tcp_sent_sacked(sn, FIRST + 200, FIRST + 300, &td));
	KUNIT_EXPECT_TRUE(test, bsd_tcp_sent_sacked(sn, FIRST + 250, FIRST + 400, &td));
	KUNIT_EXPECT_EQ(test, td.td_bytes, 200U);
	KUNIT_EXPECT_EQ(test, td.td_high, FIRST + 400);
	KUNIT_EXPECT_EQ(test, sn->sn_sacked, 200U);
	KUNIT_EXPECT_EQ(test, sn->sn_n, 3);
	td = (struct tcp_delivery){ .td_fack = FIRST + 400 };
	bsd_tcp_sent_acked(sn, FIRST + 400, &td);
	KUNIT_EXPECT_EQ(test, td.td_bytes, 200U);
	KUNIT_EXPECT_TRUE(test, td.td_reordered);
	KUNIT_EXPECT_EQ(test, sn->sn_sacked, 0U);
}

static void bsd_tcp_sent_again__in_order(struct kunit *test)
{
	struct tcp_delivery td = { .td_fack = FIRST };
	struct tcp_sent *sn = ranges(test);
	u32 start, end;

	bsd_tcp_sent_new(sn, FIRST + 300, 7);
	bsd_tcp_sent_sacked(sn, FIRST + 200, FIRST + 300, &td);
	KUNIT_EXPECT_FALSE(test, bsd_tcp_sent_next_lost(sn, &start, &end));
	bsd_tcp_sent_lost(sn, 0);
	KUNIT_ASSERT_TRUE(test, bsd_tcp_sent_next_lost(sn, &start, &end));
	KUNIT_EXPECT_EQ(test, start, FIRST);
	KUNIT_EXPECT_EQ(test, end, FIRST + 200);
	bsd_tcp_sent_again(sn, FIRST, FIRST + 120, 9);
	KUNIT_ASSERT_TRUE(test, bsd_tcp_sent_next_lost(sn, &start, &end));
	KUNIT_EXPECT_EQ(test, start, FIRST + 120);
	KUNIT_EXPECT_EQ(test, sn->sn_lost, 80U);
	bsd_tcp_sent_again(sn, FIRST + 120, FIRST + 200, 9);
	KUNIT_EXPECT_FALSE(test, bsd_tcp_sent_next_lost(sn, &start, &end));
	KUNIT_EXPECT_EQ(test, sn->sn_n, 2);
	td = (struct tcp_delivery){ .td_fack = FIRST + 300 };
	bsd_tcp_sent_acked(sn, FIRST + 300, &td);
	KUNIT_EXPECT_FALSE(test, td.td_reordered);
	KUNIT_EXPECT_EQ(test, td.td_flags, TR_AGAIN);
}

/* RFC 2018 8. */
static void bsd_tcp_sent_lost_all__reneging(struct kunit *test)
{
	struct tcp_delivery td = { .td_fack = FIRST };
	struct tcp_sent *sn = ranges(test);

	bsd_tcp_sent_new(sn, FIRST + 300, 7);
	bsd_tcp_sent_sacked(sn, FIRST + 200, FIRST + 300, &td);
	bsd_tcp_sent_lost_all(sn);
	KUNIT_EXPECT_EQ(test, sn->sn_lost, 200U);
	KUNIT_EXPECT_EQ(test, sn->sn_sacked, 100U);
	bsd_tcp_sent_acked(sn, FIRST + 200, &td);
	bsd_tcp_sent_lost_all(sn);
	KUNIT_EXPECT_EQ(test, sn->sn_lost, 100U);
	KUNIT_EXPECT_EQ(test, sn->sn_sacked, 0U);
}

/* As many holes as a peer can make. */
static void bsd_tcp_sent_sacked__is_limited(struct kunit *test)
{
	struct tcp_delivery td = { .td_fack = FIRST };
	struct tcp_sent *sn = ranges(test);
	unsigned int refused = 0;
	unsigned int i;
	u32 start, end;

	bsd_tcp_sent_new(sn, FIRST + 100000, 7);
	for (i = 0; i < 10000; i++)
		if (!bsd_tcp_sent_sacked(sn, FIRST + 10 * i, FIRST + 10 * i + 5, &td))
			refused++;
	KUNIT_EXPECT_LE(test, sn->sn_n, TCP_SENT_SPLIT);
	KUNIT_EXPECT_GT(test, refused, 9000U);
	KUNIT_EXPECT_EQ(test, td.td_bytes, sn->sn_sacked);
	for (i = 0; i < 1000; i++)
		bsd_tcp_sent_new(sn, FIRST + 100000 + i, 10 + i);
	KUNIT_EXPECT_LE(test, sn->sn_n, TCP_SENT_MAX);
	bsd_tcp_sent_lost_all(sn);
	for (i = 0; i < 100000 && bsd_tcp_sent_next_lost(sn, &start, &end); i++)
		bsd_tcp_sent_again(sn, start, min(end, start + 3), 5000 + i);
	KUNIT_EXPECT_EQ(test, sn->sn_lost, 0U);
	KUNIT_EXPECT_LE(test, sn->sn_n, TCP_SENT_MAX);
}

#define SPACE	4096	/* bytes of the model */

struct model {
	u8	flags[SPACE];
	u32	una, max;	/* from FIRST on */
};

static void model_check(struct kunit *test, const struct tcp_sent *sn, const struct model *mo)
{
	u32 sacked = 0, lost = 0;
	unsigned int i;
	u32 at;

	KUNIT_ASSERT_EQ(test, sn->sn_start, FIRST + mo->una);
	for (i = 0; i < sn->sn_n; i++) {
		u32 end = sn->sn_range[i].tr_end - FIRST;

		at = tcp_sent_start(sn, i) - FIRST;
		KUNIT_ASSERT_GT(test, end, at);
		for (; at < end; at++)
			KUNIT_ASSERT_EQ(test, mo->flags[at],
					sn->sn_range[i].tr_flags & (TR_SACKED | TR_LOST));
	}
	KUNIT_ASSERT_EQ(test, tcp_sent_start(sn, i), FIRST + mo->max);
	for (at = mo->una; at < mo->max; at++) {
		sacked += !!(mo->flags[at] & TR_SACKED);
		lost += !!(mo->flags[at] & TR_LOST);
	}
	KUNIT_ASSERT_EQ(test, sn->sn_sacked, sacked);
	KUNIT_ASSERT_EQ(test, sn->sn_lost, lost);
}

static void model_step(struct tcp_sent *sn, struct model *mo, struct rnd_state *rnd, u32 now)
{
	struct tcp_delivery td = { .td_fack = FIRST + mo->una };
	u32 flight = mo->max - mo->una;
	u32 a = mo->una + (flight ? prandom_u32_state(rnd) % flight : 0);
	u32 b = min(a + 1 + prandom_u32_state(rnd) % 64, mo->max);
	u32 start, end, i;

	switch (prandom_u32_state(rnd) % 8) {
	case 0:
	case 1:
		b = min_t(u32, mo->max + 1 + prandom_u32_state(rnd) % 200, SPACE);
		if (b == mo->max)
			return;
		memset(mo->flags + mo->max, 0, b - mo->max);
		mo->max = b;
		bsd_tcp_sent_new(sn, FIRST + b, now);
		return;
	case 2:
		b = min(mo->una + prandom_u32_state(rnd) % 80, mo->max);
		bsd_tcp_sent_acked(sn, FIRST + b, &td);
		mo->una = b;
		return;
	case 3:
	case 4:
		if (b > a && bsd_tcp_sent_sacked(sn, FIRST + a, FIRST + b, &td))
			memset(mo->flags + a, TR_SACKED, b - a);
		return;
	case 5:
		for (i = 0; i < sn->sn_n; i++) {
			if (sn->sn_range[i].tr_flags & (TR_SACKED | TR_LOST) || i % 3)
				continue;
			start = tcp_sent_start(sn, i) - FIRST;
			memset(mo->flags + start, TR_LOST, sn->sn_range[i].tr_end - FIRST - start);
			bsd_tcp_sent_lost(sn, i);
		}
		return;
	default:
		if (!bsd_tcp_sent_next_lost(sn, &start, &end))
			return;
		end = min(end - FIRST, start - FIRST + 50) + FIRST;
		bsd_tcp_sent_again(sn, start, end, now);
		memset(mo->flags + (start - FIRST), 0, end - start);
	}
}

static void bsd_tcp_sent__beside_a_model(struct kunit *test)
{
	struct model *mo = kunit_kzalloc(test, sizeof(*mo), GFP_KERNEL);
	struct tcp_sent *sn = ranges(test);
	struct rnd_state rnd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, mo);
	prandom_seed_state(&rnd, 6675);
	for (i = 0; i < 5000; i++) {
		if (mo->una == SPACE) {
			bsd_tcp_sent_free(sn);
			bsd_tcp_sent_init(sn, FIRST);
			memset(mo, 0, sizeof(*mo));
		}
		model_step(sn, mo, &rnd, i / 3);
		model_check(test, sn, mo);
	}
}

static struct kunit_case tcp_sent_cases[] = {
	KUNIT_CASE(bsd_tcp_sent_new__bursts_are_ranges),
	KUNIT_CASE(bsd_tcp_sent_acked__a_part),
	KUNIT_CASE(bsd_tcp_sent_sacked__counts_once),
	KUNIT_CASE(bsd_tcp_sent_again__in_order),
	KUNIT_CASE(bsd_tcp_sent_lost_all__reneging),
	KUNIT_CASE(bsd_tcp_sent_sacked__is_limited),
	KUNIT_CASE(bsd_tcp_sent__beside_a_model),
	{}
};

struct kunit_suite bsdnet_tcp_sent_suite = {
	.name = "bsdnet_tcp_sent",
	.test_cases = tcp_sent_cases,
};
