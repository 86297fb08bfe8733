// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_clone_test.c - names of cloned interfaces (kmod/net/if_clone.c).
 */
#include <kunit/test.h>
#include "../suites.h"
#include <bsdnet/driver.h>

struct clone_name {
	const char	*cn_name;
	const char	*cn_base;	/* NULL: refused */
	int		 cn_unit;
};

static const struct clone_name clone_names[] = {
	{ "pair0", "pair", 0 },
	{ "pair", "pair", -1 },
	{ "lo255", "lo", 255 },
	{ "pair32767", "pair", 32767 },
	{ "pair32768", NULL, 0 },
	{ "pair4294967296", NULL, 0 },
	{ "pair01", NULL, 0 },
	{ "pair00", NULL, 0 },
	{ "", NULL, 0 },
	{ "0", NULL, 0 },
	{ "Pair0", NULL, 0 },
	{ "pair0x", NULL, 0 },
	{ "pa/ir0", NULL, 0 },
	{ "pair-1", NULL, 0 },
	{ "abcdefghijklmno", "abcdefghijklmno", -1 },
	{ "abcdefghijklmnop", NULL, 0 },
};

static void clone_name_desc(const struct clone_name *cn, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%s\"", cn->cn_name);
}

KUNIT_ARRAY_PARAM(clone_name, clone_names, clone_name_desc);

static void if_clone_parse__name(struct kunit *test)
{
	const struct clone_name *cn = test->param_value;
	char name[BSD_IFNAMSIZ];
	char base[BSD_IFNAMSIZ];
	int unit;
	int error;

	/* As it comes from user space: not always with a zero at the end. */
	memset(name, 0, sizeof(name));
	memcpy(name, cn->cn_name, min(strlen(cn->cn_name), sizeof(name)));
	error = if_clone_parse(name, base, &unit);
	if (!cn->cn_base) {
		KUNIT_EXPECT_EQ(test, error, -EINVAL);
		return;
	}
	KUNIT_ASSERT_EQ(test, error, 0);
	KUNIT_EXPECT_STREQ(test, base, cn->cn_base);
	KUNIT_EXPECT_EQ(test, unit, cn->cn_unit);
}

static int nothing_create(struct if_clone *ifc, unsigned int unit, struct ifnet **ifpp)
{
	return -ENODEV;
}

static int nothing_destroy(struct ifnet *ifp)
{
	return 0;
}

static struct if_clone nothing_cloner = {
	.ifc_name = "nothingtest",
	.ifc_create = nothing_create,
	.ifc_destroy = nothing_destroy,
};

static struct if_clone nothing_again = {
	.ifc_name = "nothingtest",
	.ifc_create = nothing_create,
	.ifc_destroy = nothing_destroy,
};

static void if_clone_attach__name_taken(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, if_clone_attach(&nothing_cloner), 0);
	KUNIT_EXPECT_EQ(test, if_clone_attach(&nothing_again), -EEXIST);
	if_clone_detach(&nothing_cloner);
}

static void if_clone_create__passes_the_error_on(struct kunit *test)
{
	char name[BSD_IFNAMSIZ] = "nothingtest1";

	KUNIT_ASSERT_EQ(test, if_clone_attach(&nothing_cloner), 0);
	KUNIT_EXPECT_EQ(test, if_clone_create(name), -ENODEV);
	if_clone_detach(&nothing_cloner);
	KUNIT_EXPECT_EQ(test, if_clone_create(name), -ENXIO);
}

static void if_clone_destroy__unknown_and_fixed(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, if_clone_destroy("nothingtest1"), -ENXIO);
	KUNIT_EXPECT_EQ(test, if_clone_destroy("lo0"), -EPERM);
}

static struct kunit_case if_clone_test_cases[] = {
	KUNIT_CASE_PARAM(if_clone_parse__name, clone_name_gen_params),
	KUNIT_CASE(if_clone_attach__name_taken),
	KUNIT_CASE(if_clone_create__passes_the_error_on),
	KUNIT_CASE(if_clone_destroy__unknown_and_fixed),
	{}
};

struct kunit_suite bsdnet_if_clone_suite = {
	.name = "bsdnet_if_clone",
	.test_cases = if_clone_test_cases,
};
