// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_sources_test.c - tests of kmod/netinet/in_sources.c: filters of senders.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <linux/overflow.h>
#include <linux/slab.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in_mcast.h>

#define MAXSHIPS	4

/* A set with room, freed with the test. */
static struct in_sources *empty(struct kunit *test, unsigned int mode)
{
	struct in_sources *is = kunit_kzalloc(test, struct_size(is, is_src, IN_SOURCES_MAX),
					      GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, is);
	is->is_mode = mode;
	return is;
}

/* A set of the letters of @names, freed with the test. */
static struct in_sources *set(struct kunit *test, unsigned int mode, const char *names)
{
	struct in_sources *is = empty(test, mode);

	for (; *names; names++)
		KUNIT_EXPECT_TRUE(test, in_sources_add(is, IN_SOURCES_MAX, htonl(*names)));
	return is;
}

/* Is @is, freed here, a set of the letters of @names? */
static void expect(struct kunit *test, struct in_sources *is, unsigned int mode,
		   const char *names)
{
	KUNIT_ASSERT_NOT_NULL(test, is);
	KUNIT_EXPECT_TRUE_MSG(test, in_sources_equal(is, set(test, mode, names)), "%s", names);
	kfree(is);
}

static void in_sources_add__each_once(struct kunit *test)
{
	struct in_sources *is = set(test, MCAST_INCLUDE, "cab");

	KUNIT_EXPECT_TRUE(test, in_sources_add(is, 3, htonl('a')));
	KUNIT_EXPECT_EQ(test, is->is_n, 3);
	KUNIT_EXPECT_FALSE(test, in_sources_add(is, 3, htonl('d')));
	KUNIT_EXPECT_TRUE(test, in_sources_has(is, htonl('a')));
	KUNIT_EXPECT_TRUE(test, in_sources_has(is, htonl('b')));
	KUNIT_EXPECT_TRUE(test, in_sources_has(is, htonl('c')));
	KUNIT_EXPECT_FALSE(test, in_sources_has(is, htonl('d')));
}

static void in_sources_wants__by_mode(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, in_sources_wants(NULL, htonl('a')));
	KUNIT_EXPECT_FALSE(test, in_sources_wants(&in_sources_none, htonl('a')));
	KUNIT_EXPECT_TRUE(test, in_sources_wants(set(test, MCAST_INCLUDE, "ab"), htonl('a')));
	KUNIT_EXPECT_FALSE(test, in_sources_wants(set(test, MCAST_INCLUDE, "ab"), htonl('c')));
	KUNIT_EXPECT_FALSE(test, in_sources_wants(set(test, MCAST_EXCLUDE, "ab"), htonl('a')));
	KUNIT_EXPECT_TRUE(test, in_sources_wants(set(test, MCAST_EXCLUDE, "ab"), htonl('c')));
}

static void in_sources_equal__all_is_exclude_of_nobody(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, in_sources_equal(NULL, set(test, MCAST_EXCLUDE, "")));
	KUNIT_EXPECT_FALSE(test, in_sources_equal(NULL, &in_sources_none));
	KUNIT_EXPECT_FALSE(test, in_sources_equal(set(test, MCAST_EXCLUDE, "ab"),
						  set(test, MCAST_EXCLUDE, "ac")));
}

static void in_sources_edit__one_more_or_less(struct kunit *test)
{
	struct in_sources *ac = set(test, MCAST_EXCLUDE, "ac");

	expect(test, in_sources_edit(ac, MCAST_EXCLUDE, htonl('b'), true), MCAST_EXCLUDE, "abc");
	expect(test, in_sources_edit(ac, MCAST_EXCLUDE, htonl('a'), false), MCAST_EXCLUDE, "c");
	expect(test, in_sources_edit(NULL, MCAST_INCLUDE, htonl('a'), true), MCAST_INCLUDE, "a");
}

static void in_sources_diff__either_way(struct kunit *test)
{
	struct in_sources *ab = set(test, MCAST_INCLUDE, "ab");
	struct in_sources *bc = set(test, MCAST_INCLUDE, "bc");

	expect(test, in_sources_diff(ab, bc, GFP_KERNEL), MCAST_INCLUDE, "ac");
	expect(test, in_sources_diff(NULL, bc, GFP_KERNEL), MCAST_INCLUDE, "bc");
	expect(test, in_sources_diff(ab, ab, GFP_KERNEL), MCAST_INCLUDE, "");
	expect(test, in_sources_union(ab, bc, GFP_KERNEL), MCAST_INCLUDE, "abc");
}

static void in_sources_union__has_a_limit(struct kunit *test)
{
	struct in_sources *is[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		is[i] = empty(test, MCAST_INCLUDE);
	for (i = 0; i < IN_SOURCES_MAX; i++)
		in_sources_add(is[i & 1], IN_SOURCES_MAX, htonl(i * 77));
	kfree(in_sources_union(is[0], is[1], GFP_KERNEL));
	in_sources_add(is[0], IN_SOURCES_MAX, htonl(1));
	KUNIT_EXPECT_NULL(test, in_sources_union(is[0], is[1], GFP_KERNEL));
}

/* RFC 9776 3.2, its examples and the cases between them. */
static void in_sources_merge__rfc9776_3_2(struct kunit *test)
{
	static const struct {
		const char	*ships[MAXSHIPS];	/* '+': INCLUDE, '-': EXCLUDE */
		const char	*merged;		/* NULL: all */
	} rows[] = {
		{ { "+abc", "+bcd", "+ef" }, "+abcdef" },
		{ { "-abcd", "-bcde", "+def" }, "-bc" },
		{ { "-ab", "-cd" }, "-" },
		{ { "-ab", "+ab" }, "-" },
		{ { "+a" }, "+a" },
		{ { "-a", "-" }, NULL },
		{ { "+a", "-" }, NULL },
	};
	struct in_mship ships[MAXSHIPS];
	unsigned int i, j;
	LIST_HEAD(list);

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct in_sources *is;

		INIT_LIST_HEAD(&list);
		for (j = 0; j < MAXSHIPS && rows[i].ships[j]; j++) {
			const char *s = rows[i].ships[j];

			is = set(test, *s == '+' ? MCAST_INCLUDE : MCAST_EXCLUDE, s + 1);
			RCU_INIT_POINTER(ships[j].im_sources, is);
			list_add_tail(&ships[j].im_list, &list);
		}
		bsd_rtnl_lock();
		is = in_sources_merge(&list);
		bsd_rtnl_unlock();
		if (rows[i].merged)
			expect(test, is, *rows[i].merged == '+' ? MCAST_INCLUDE : MCAST_EXCLUDE,
			       rows[i].merged + 1);
		else
			KUNIT_EXPECT_NULL(test, is);
	}
}

static void in_sources_merge__too_many_are_all(struct kunit *test)
{
	struct in_mship ships[2];
	struct in_sources *is;
	unsigned int i;
	LIST_HEAD(list);

	for (i = 0; i < 2; i++) {
		is = empty(test, MCAST_INCLUDE);
		while (is->is_n < IN_SOURCES_MAX / 2 + i)
			in_sources_add(is, IN_SOURCES_MAX, htonl(is->is_n * 2 + i));
		RCU_INIT_POINTER(ships[i].im_sources, is);
		list_add_tail(&ships[i].im_list, &list);
	}
	bsd_rtnl_lock();
	KUNIT_EXPECT_NULL(test, in_sources_merge(&list));
	bsd_rtnl_unlock();
}

static struct kunit_case in_sources_cases[] = {
	KUNIT_CASE(in_sources_add__each_once),
	KUNIT_CASE(in_sources_wants__by_mode),
	KUNIT_CASE(in_sources_equal__all_is_exclude_of_nobody),
	KUNIT_CASE(in_sources_edit__one_more_or_less),
	KUNIT_CASE(in_sources_diff__either_way),
	KUNIT_CASE(in_sources_union__has_a_limit),
	KUNIT_CASE(in_sources_merge__rfc9776_3_2),
	KUNIT_CASE(in_sources_merge__too_many_are_all),
	{}
};

struct kunit_suite bsdnet_in_sources_suite = {
	.name = "bsdnet_in_sources",
	.test_cases = in_sources_cases,
};
