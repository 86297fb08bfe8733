// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * socket_urgent_test.c - tests of kmod/socket/socket_urgent.c, and of the mark in
 * kmod/socket/sockbuf_stream.c.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf.h>
#include <bsdnet/sockbuf.h>
#include <bsdnet/socketvar.h>

/* @len bytes come. */
static void come(struct kunit *test, struct bsd_socket *so, u32 len)
{
	struct mbuf *m = m_getcl(M_DONTWAIT, MCLBYTES);

	KUNIT_ASSERT_NOT_NULL(test, m);
	memset(m->m_data, 'u', len);
	m->m_len = len;
	m->m_pkthdr.len = len;
	KUNIT_ASSERT_TRUE(test, sb_append_stream(so, &so->so_rcv, m));
}

/* A stream with 100 bytes in its buffer. */
static struct bsd_socket *stream(struct kunit *test)
{
	struct bsd_socket *so = kunit_kzalloc(test, sizeof(*so), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, so);
	sb_init(&so->so_rcv, SB_MIN);
	come(test, so, 100);
	return so;
}

static void expect_span(struct kunit *test, struct bsd_socket *so, u32 skip, u32 len, bool atmark)
{
	struct sb_span span;

	sb_span(so, &span);
	KUNIT_EXPECT_EQ(test, span.ss_skip, skip);
	KUNIT_EXPECT_EQ(test, span.ss_len, len);
	KUNIT_EXPECT_EQ(test, span.ss_atmark, atmark);
}

static void sourgent__only_what_is_newer(struct kunit *test)
{
	struct bsd_socket *so = stream(test);

	KUNIT_EXPECT_TRUE(test, sourgent(so, 5));
	KUNIT_EXPECT_FALSE(test, sourgent(so, 5));
	KUNIT_EXPECT_FALSE(test, sourgent(so, 4));
	KUNIT_EXPECT_TRUE(test, sourgent(so, 6));
	so->so_rcv.sb_shut = true;
	KUNIT_EXPECT_FALSE(test, sourgent(so, 7));
	sb_flush(so, &so->so_rcv);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_urgent, SBU_NONE);
}

/* The distance from the end of the buffer stays as it is, whoever reads. */
static void sb_drop__moves_the_mark(struct kunit *test)
{
	struct bsd_socket *so = stream(test);

	KUNIT_ASSERT_TRUE(test, sourgent(so, 5));
	sb_drop(so, &so->so_rcv, 40);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_mark, 65U);
	come(test, so, 20);
	expect_span(test, so, 0, 65, false);
	sb_drop(so, &so->so_rcv, 65);
	expect_span(test, so, 1, 14, true);
	sb_drop(so, &so->so_rcv, 15);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_urgent, SBU_NONE);
	sb_flush(so, &so->so_rcv);
}

static void sb_return_stream__moves_the_mark_back(struct kunit *test)
{
	struct bsd_socket *so = stream(test);
	struct mbuf *m;
	u32 len = 60;

	KUNIT_ASSERT_TRUE(test, sourgent(so, 0));
	m = sb_take_stream(so, &so->so_rcv, &len, U32_MAX);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_mark, 40U);
	sb_return_stream(so, &so->so_rcv, m, len);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_mark, 100U);
	sb_flush(so, &so->so_rcv);
}

static void sb_span__byte_alone_is_not_for_readers(struct kunit *test)
{
	struct bsd_socket *so = stream(test);

	KUNIT_ASSERT_TRUE(test, sourgent(so, 0));
	come(test, so, 1);
	sb_drop(so, &so->so_rcv, 100);
	expect_span(test, so, 1, 0, true);
	KUNIT_EXPECT_EQ(test, so_instream(so), 0U);
	come(test, so, 2);
	expect_span(test, so, 1, 2, true);
	KUNIT_EXPECT_EQ(test, so_instream(so), 2U);
	so->so_options = BSD_SO_OOBINLINE;
	expect_span(test, so, 0, 3, true);
	KUNIT_EXPECT_EQ(test, so_instream(so), 3U);
	sb_flush(so, &so->so_rcv);
}

/* Each new one is passed over at the mark of the next, as many as can be counted. */
static void sourgent__passes_those_at_the_mark(struct kunit *test)
{
	struct bsd_socket *so = stream(test);
	u32 i;

	sb_drop(so, &so->so_rcv, 100);
	for (i = 0; i < 300; i++) {
		KUNIT_ASSERT_TRUE(test, sourgent(so, 0));
		come(test, so, 1);
	}
	expect_span(test, so, U8_MAX, 299 - U8_MAX, false);
	sb_drop(so, &so->so_rcv, 299);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_urgpast, 0);
	expect_span(test, so, 1, 0, true);
	sb_flush(so, &so->so_rcv);
}

static struct kunit_case socket_urgent_cases[] = {
	KUNIT_CASE(sourgent__only_what_is_newer),
	KUNIT_CASE(sourgent__passes_those_at_the_mark),
	KUNIT_CASE(sb_span__byte_alone_is_not_for_readers),
	KUNIT_CASE(sb_drop__moves_the_mark),
	KUNIT_CASE(sb_return_stream__moves_the_mark_back),
	{}
};

struct kunit_suite bsdnet_socket_urgent_suite = {
	.name = "bsdnet_socket_urgent",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = socket_urgent_cases,
};
