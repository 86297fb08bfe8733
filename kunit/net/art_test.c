// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * art_test.c - tests of kmod/net/art.c: each function alone, then random changes
 * against a naive list. The test holds the writers' lock where a reader would be in
 * a section.
 */
#include <bsdnet/art.h>
#include "../suites.h"
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>

#define NAIVE_N		300	/* prefixes in the naive list */
#define NAIVE_STEPS	3000

/* One tree, its lock, and what it takes when empty. */
struct art_fixture {
	struct art_root	root;
	struct mutex	lock;	/* the tree's writers */
	u64		empty;
};

static struct art_fixture *fixture(struct kunit *test, unsigned int alen)
{
	struct art_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	mutex_init(&f->lock);
	KUNIT_ASSERT_EQ(test, art_init(&f->root, alen, &f->lock), 0);
	f->empty = f->root.ar_bytes;
	mutex_lock(&f->lock);
	return f;
}

/* Every test ends here: nothing is left in the tree. */
static void fixture_end(struct kunit *test, struct art_fixture *f)
{
	KUNIT_EXPECT_EQ(test, f->root.ar_nodes, 0);
	KUNIT_EXPECT_EQ(test, f->root.ar_bytes, f->empty);
	mutex_unlock(&f->lock);
	art_destroy(&f->root);
}

static struct art_node *node4(struct kunit *test, u32 addr, unsigned int plen)
{
	struct art_node *an = kunit_kzalloc(test, sizeof(*an), GFP_KERNEL);
	__be32 be = cpu_to_be32(addr);

	KUNIT_ASSERT_NOT_NULL(test, an);
	memcpy(an->an_addr, &be, sizeof(be));
	an->an_plen = plen;
	return an;
}

static struct art_node *match4(struct art_fixture *f, u32 addr)
{
	__be32 be = cpu_to_be32(addr);

	return art_match(&f->root, &be);
}

static void art_init__other_address_lengths_refused(struct kunit *test)
{
	struct art_root root;
	struct mutex lock;	/* writers of root */

	mutex_init(&lock);
	KUNIT_EXPECT_EQ(test, art_init(&root, 64, &lock), -EINVAL);
}

static void art_match__empty(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 32);

	KUNIT_EXPECT_NULL(test, match4(f, 0x0a000001));
	fixture_end(test, f);
}

static void art_match__longest_wins(struct kunit *test)
{
	static const u8 plens[] = { 8, 15, 16, 17, 20, 23, 24, 25, 28, 31, 32 };
	struct art_node *an[ARRAY_SIZE(plens)];
	struct art_fixture *f = fixture(test, 32);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plens); i++) {
		an[i] = node4(test, 0x0a010203 & (~0U << (32 - plens[i])), plens[i]);
		KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, an[i]), an[i]);
		KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x0a010203), an[i]);
	}
	/* Away again, longest first: the next shorter one answers. */
	for (i = ARRAY_SIZE(plens); i--; ) {
		KUNIT_EXPECT_EQ(test, art_delete(&f->root, an[i]), 0);
		KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x0a010203), i ? an[i - 1] : NULL);
	}
	fixture_end(test, f);
}

static void art_match__default_route_behind_subtable(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 32);
	struct art_node *def = node4(test, 0, 0);
	struct art_node *host = node4(test, 0xc0a80101, 32);

	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, host), host);
	KUNIT_EXPECT_NULL(test, match4(f, 0xc0a80102));
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, def), def);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0xc0a80102), def);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0xc0a80101), host);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x01020304), def);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, host), 0);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0xc0a80101), def);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, def), 0);
	fixture_end(test, f);
}

/* A prefix that ends where a subtable begins stands in that subtable's index 1. */
static void art_match__prefix_at_a_level_boundary(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 32);
	struct art_node *net16 = node4(test, 0x0a010000, 16);
	struct art_node *net20 = node4(test, 0x0a011000, 20);
	struct art_node *net24 = node4(test, 0x0a011100, 24);

	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, net24), net24);
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, net16), net16);
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, net20), net20);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x0a011101), net24);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x0a011201), net20);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x0a012001), net16);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, net20), 0);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x0a011201), net16);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, net24), 0);
	KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x0a011101), net16);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, net16), 0);
	fixture_end(test, f);
}

static void art_lookup__exact_only(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 32);
	struct art_node *an = node4(test, 0x0a000000, 8);

	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, an), an);
	KUNIT_EXPECT_PTR_EQ(test, art_lookup(&f->root, an->an_addr, 8), an);
	KUNIT_EXPECT_NULL(test, art_lookup(&f->root, an->an_addr, 7));
	KUNIT_EXPECT_NULL(test, art_lookup(&f->root, an->an_addr, 9));
	KUNIT_EXPECT_NULL(test, art_lookup(&f->root, an->an_addr, 0));
	KUNIT_EXPECT_NULL(test, art_lookup(&f->root, an->an_addr, 32));
	KUNIT_EXPECT_NULL(test, art_lookup(&f->root, an->an_addr, 33));
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, an), 0);
	fixture_end(test, f);
}

static void art_insert__gives_the_node_that_is_there(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 32);
	struct art_node *an = node4(test, 0x0a010000, 16);
	struct art_node *twin = node4(test, 0x0a010000, 16);

	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, an), an);
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, twin), an);
	KUNIT_EXPECT_EQ(test, f->root.ar_nodes, 1);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, an), 0);
	fixture_end(test, f);
}

static void art_delete__unknown_prefix(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 32);
	struct art_node *an = node4(test, 0x0a010000, 16);
	struct art_node *other = node4(test, 0x0a010000, 24);

	KUNIT_EXPECT_EQ(test, art_delete(&f->root, an), -ESRCH);
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, an), an);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, other), -ESRCH);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, an), 0);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, an), -ESRCH);
	fixture_end(test, f);
}

static void art_delete__frees_tables(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 128);
	struct art_node *an = kunit_kzalloc(test, sizeof(*an), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, an);
	memset(an->an_addr, 0xfd, sizeof(an->an_addr));
	an->an_plen = 128;
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, an), an);
	/* Thirty tables with a map, room to be freed and one slot, the first with two. */
	KUNIT_EXPECT_EQ(test, f->root.ar_bytes - f->empty,
			30 * (sizeof(u64) + sizeof(struct rcu_head)) + 31 * sizeof(void *));
	KUNIT_EXPECT_PTR_EQ(test, art_match(&f->root, an->an_addr), an);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, an), 0);
	fixture_end(test, f);
}

/* What a walk saw. */
struct walk {
	struct art_node	*last;
	unsigned int	 n;
	unsigned int	 stop;	/* end after so many; 0 never */
	bool		 disorder;
};

static int walk_one(struct art_node *an, void *arg)
{
	struct walk *w = arg;
	int order = -1;

	if (w->last) {
		order = memcmp(w->last->an_addr, an->an_addr, sizeof(an->an_addr));
		if (!order)
			order = w->last->an_plen - an->an_plen;
	}
	if (order >= 0)
		w->disorder = true;
	w->last = an;
	return ++w->n == w->stop;
}

static void art_walk__in_order(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 32);
	struct art_node *an[] = {
		node4(test, 0x0a010200, 24), node4(test, 0, 0), node4(test, 0x0a000000, 8),
		node4(test, 0x0a010000, 16), node4(test, 0xffffffff, 32), node4(test, 0, 32),
		node4(test, 0x80000000, 1), node4(test, 0x0a010203, 32),
	};
	struct walk w = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(an); i++)
		KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, an[i]), an[i]);
	KUNIT_EXPECT_EQ(test, art_walk(&f->root, NULL, walk_one, &w), 0);
	KUNIT_EXPECT_EQ(test, w.n, ARRAY_SIZE(an));
	KUNIT_EXPECT_FALSE(test, w.disorder);
	for (i = 0; i < ARRAY_SIZE(an); i++)
		KUNIT_EXPECT_EQ(test, art_delete(&f->root, an[i]), 0);
	fixture_end(test, f);
}

static void art_walk__begins_where_it_is_told(struct kunit *test)
{
	struct art_fixture *f = fixture(test, 32);
	struct art_node *a = node4(test, 0x0a010000, 16);
	struct art_node *b = node4(test, 0x0a010203, 32);
	struct art_node *c = node4(test, 0x0a020000, 16);
	struct walk w = { .stop = 1 };

	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, a), a);
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, b), b);
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, c), c);
	KUNIT_EXPECT_EQ(test, art_walk(&f->root, b, walk_one, &w), 1);
	KUNIT_EXPECT_PTR_EQ(test, w.last, b);
	/* With it go the tables that it stood in. */
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, b), 0);
	w = (struct walk){ .stop = 1 };
	KUNIT_EXPECT_EQ(test, art_walk(&f->root, b, walk_one, &w), 1);
	KUNIT_EXPECT_PTR_EQ(test, w.last, c);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, a), 0);
	KUNIT_EXPECT_EQ(test, art_delete(&f->root, c), 0);
	fixture_end(test, f);
}

/* In the root, where it is allotted, and in a table below it. */
static void art_replace__one_for_the_other(struct kunit *test)
{
	static const u8 plens[] = { 0, 9, 16, 19, 24 };
	struct art_fixture *f = fixture(test, 32);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plens); i++) {
		u32 net = plens[i] ? 0x0a010200 & (~0U << (32 - plens[i])) : 0;
		struct art_node *old = node4(test, net, plens[i]);
		struct art_node *new = node4(test, net, plens[i]);

		KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, old), old);
		art_replace(&f->root, old, new);
		KUNIT_EXPECT_PTR_EQ(test, match4(f, 0x0a010203), new);
		KUNIT_EXPECT_EQ(test, art_delete(&f->root, old), -ESRCH);
		KUNIT_EXPECT_EQ(test, art_delete(&f->root, new), 0);
		KUNIT_EXPECT_NULL(test, match4(f, 0x0a010203));
	}
	fixture_end(test, f);
}

/* How random addresses look: @mask leaves few bits, so that prefixes meet. */
struct naive_param {
	const char	*name;
	unsigned int	 alen;
	u8		 mask;
};

static const struct naive_param naive_params[] = {
	{ "IPv4, all addresses", 32, 0xff },
	{ "IPv4, dense", 32, 0x93 },
	{ "IPv6, all addresses", 128, 0xff },
	{ "IPv6, dense", 128, 0x11 },
};

static void naive_describe(const struct naive_param *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(naive, naive_params, naive_describe);

static void naive_address(struct rnd_state *rnd, const struct naive_param *p, u8 *addr)
{
	unsigned int i;

	for (i = 0; i < p->alen / 8; i++)
		addr[i] = prandom_u32_state(rnd) & p->mask;
}

static void naive_mask(u8 *addr, unsigned int plen)
{
	unsigned int i;

	for (i = plen; i < 128; i++)
		addr[i / 8] &= ~(0x80 >> (i % 8));
}

static struct art_node *naive_match(struct art_node **list, const u8 *addr)
{
	struct art_node *best = NULL;
	unsigned int i;
	u8 net[16];

	for (i = 0; i < NAIVE_N; i++) {
		if (!list[i] || (best && list[i]->an_plen <= best->an_plen))
			continue;
		memcpy(net, addr, sizeof(net));
		naive_mask(net, list[i]->an_plen);
		if (!memcmp(net, list[i]->an_addr, sizeof(net)))
			best = list[i];
	}
	return best;
}

/* Insert a random prefix as number @i, unless it is there. */
static void naive_insert(struct kunit *test, struct art_fixture *f, struct rnd_state *rnd,
			 struct art_node **list, unsigned int i)
{
	const struct naive_param *p = test->param_value;
	struct art_node *an = kzalloc(sizeof(*an), GFP_KERNEL);
	struct art_node *there;

	KUNIT_ASSERT_NOT_NULL(test, an);
	naive_address(rnd, p, an->an_addr);
	an->an_plen = prandom_u32_state(rnd) % (p->alen + 1);
	naive_mask(an->an_addr, an->an_plen);
	there = art_lookup(&f->root, an->an_addr, an->an_plen);
	KUNIT_EXPECT_PTR_EQ(test, art_insert(&f->root, an), there ? : an);
	if (there)
		kfree(an);
	else
		list[i] = an;
}

static void art_match__random_against_a_list(struct kunit *test)
{
	const struct naive_param *p = test->param_value;
	struct art_fixture *f = fixture(test, p->alen);
	struct art_node **list;
	struct walk w = {};
	struct rnd_state rnd;
	unsigned int i;
	unsigned int n;
	u8 addr[16] = {};
	unsigned int left = 0;

	list = kunit_kcalloc(test, NAIVE_N, sizeof(*list), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, list);
	prandom_seed_state(&rnd, 4711);
	for (n = 0; n < NAIVE_STEPS; n++) {
		i = prandom_u32_state(&rnd) % NAIVE_N;
		if (list[i]) {
			KUNIT_EXPECT_EQ(test, art_delete(&f->root, list[i]), 0);
			kfree(list[i]);
			list[i] = NULL;
		} else {
			naive_insert(test, f, &rnd, list, i);
		}
		naive_address(&rnd, p, addr);
		KUNIT_EXPECT_PTR_EQ(test, art_match(&f->root, addr), naive_match(list, addr));
		if (list[i])
			KUNIT_EXPECT_PTR_EQ(test, art_match(&f->root, list[i]->an_addr),
					    naive_match(list, list[i]->an_addr));
	}
	for (i = 0; i < NAIVE_N; i++)
		left += !!list[i];
	KUNIT_EXPECT_EQ(test, f->root.ar_nodes, left);
	art_walk(&f->root, NULL, walk_one, &w);
	KUNIT_EXPECT_EQ(test, w.n, left);
	KUNIT_EXPECT_FALSE(test, w.disorder);
	for (i = 0; i < NAIVE_N; i++) {
		if (list[i])
			KUNIT_EXPECT_EQ(test, art_delete(&f->root, list[i]), 0);
		kfree(list[i]);
	}
	fixture_end(test, f);
}

static struct kunit_case art_cases[] = {
	KUNIT_CASE(art_init__other_address_lengths_refused),
	KUNIT_CASE(art_match__empty),
	KUNIT_CASE(art_match__longest_wins),
	KUNIT_CASE(art_match__default_route_behind_subtable),
	KUNIT_CASE(art_match__prefix_at_a_level_boundary),
	KUNIT_CASE(art_lookup__exact_only),
	KUNIT_CASE(art_insert__gives_the_node_that_is_there),
	KUNIT_CASE(art_delete__unknown_prefix),
	KUNIT_CASE(art_delete__frees_tables),
	KUNIT_CASE(art_walk__in_order),
	KUNIT_CASE(art_replace__one_for_the_other),
	KUNIT_CASE(art_walk__begins_where_it_is_told),
	KUNIT_CASE_PARAM(art_match__random_against_a_list, naive_gen_params),
	{}
};

struct kunit_suite bsdnet_art_suite = {
	.name = "bsdnet_art",
	.test_cases = art_cases,
};
