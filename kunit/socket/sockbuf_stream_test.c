// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sockbuf_stream_test.c - tests of kmod/socket/sockbuf_stream.c.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf.h>
#include <bsdnet/sockbuf.h>
#include <bsdnet/socketvar.h>

static struct bsd_socket *stream_new(struct kunit *test)
{
	struct bsd_socket *so = kunit_kzalloc(test, sizeof(*so), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, so);
	sb_init(&so->so_rcv, SB_MIN);
	sb_init(&so->so_snd, SB_MIN);
	return so;
}

/* @len bytes counting up from @first, in storage of their own. */
static struct mbuf *bytes(struct kunit *test, u8 first, u32 len)
{
	struct mbuf *m = m_getcl(M_DONTWAIT, MCLBYTES);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (i = 0; i < len; i++)
		m->m_data[i] = first + i;
	m->m_len = len;
	m->m_pkthdr.len = len;
	return m;
}

/* The buffer holds @len bytes counting up from @first. */
static void expect_bytes(struct kunit *test, struct sockbuf *sb, u8 first, u32 len)
{
	struct mbuf *m;
	u32 i;

	KUNIT_EXPECT_EQ(test, sb->sb_cc, len);
	for (m = sb->sb_ml.ml_head; m; m = m->m_next)
		for (i = 0; i < m->m_len; i++, len--)
			KUNIT_EXPECT_EQ(test, m->m_data[i], first++);
	KUNIT_EXPECT_EQ(test, len, 0U);
}

static void sb_append_stream__short_is_copied(struct kunit *test)
{
	struct bsd_socket *so = stream_new(test);
	struct sockbuf *sb = &so->so_rcv;
	u32 size;

	KUNIT_ASSERT_TRUE(test, sb_append_stream(so, sb, bytes(test, 0, 100)));
	size = sb->sb_mbcnt;
	KUNIT_ASSERT_TRUE(test, sb_append_stream(so, sb, bytes(test, 100, 50)));
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, size);
	expect_bytes(test, sb, 0, 150);
	sb_flush(so, sb);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, 0U);
}

static void sb_append_stream__storage_is_limited(struct kunit *test)
{
	struct bsd_socket *so = stream_new(test);
	struct sockbuf *sb = &so->so_rcv;
	struct mbuf *m;
	u32 n = 0;

	for (;;) {
		m = bytes(test, 0, MCLBYTES);
		if (!sb_append_stream(so, sb, m))
			break;
		n++;
		KUNIT_ASSERT_LT(test, n, 100U);
	}
	m_freem(m);
	KUNIT_EXPECT_GT(test, n, 2U);
	KUNIT_EXPECT_LE(test, sb->sb_mbcnt, 4 * sb->sb_mbmax);
	KUNIT_EXPECT_EQ(test, sb->sb_drops, 1ULL);
	sb_flush(so, sb);
}

static void sb_drop__part_and_all(struct kunit *test)
{
	struct bsd_socket *so = stream_new(test);
	struct sockbuf *sb = &so->so_rcv;

	KUNIT_ASSERT_TRUE(test, sb_append_stream(so, sb, bytes(test, 0, 600)));
	KUNIT_ASSERT_TRUE(test, sb_append_stream(so, sb, bytes(test, 600 % 256, 600)));
	sb_drop(so, sb, 1);
	expect_bytes(test, sb, 1, 1199);
	sb_drop(so, sb, 599);
	expect_bytes(test, sb, 600 % 256, 600);
	sb_drop(so, sb, 600);
	KUNIT_EXPECT_EQ(test, sb->sb_cc, 0U);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, 0U);
	KUNIT_EXPECT_NULL(test, sb->sb_ml.ml_head);
	KUNIT_ASSERT_TRUE(test, sb_append_stream(so, sb, bytes(test, 7, 10)));
	expect_bytes(test, sb, 7, 10);
	sb_flush(so, sb);
}

/* A stream of three mbufs: 600, 600 and 600 bytes counting up. */
static struct sockbuf *three(struct kunit *test, struct bsd_socket *so)
{
	u32 i;

	/* With so much room nothing is copied together. */
	KUNIT_ASSERT_EQ(test, sb_reserve(&so->so_rcv, 65536), 0);
	KUNIT_ASSERT_EQ(test, sb_reserve(&so->so_snd, 65536), 0);
	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_TRUE(test, sb_append_stream(so, &so->so_rcv,
							 bytes(test, i * 600, 600)));
	return &so->so_rcv;
}

static void sb_take_stream__ends_within_an_mbuf(struct kunit *test)
{
	struct bsd_socket *so = stream_new(test);
	struct sockbuf *sb = three(test, so);
	u32 before = sb->sb_mbcnt;
	u32 len = 700;
	struct mbuf *m;

	m = sb_take_stream(so, sb, &len, U32_MAX);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, len, 700U);
	expect_bytes(test, sb, 700 % 256, 1100);
	/* The cut costs an mbuf; storage is divided, not counted twice. */
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt + sb_mbsize(m), before + MSIZE);
	sb_append_taken(so, &so->so_snd, m, len);
	expect_bytes(test, &so->so_snd, 0, 700);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt + so->so_snd.sb_mbcnt, before + MSIZE);
	sb_flush(so, sb);
	sb_flush(so, &so->so_snd);
}

/* A byte would keep all of its storage from being freed for the price of a byte. */
static void sb_take_stream__small_part_counts_as_all(struct kunit *test)
{
	struct bsd_socket *so = stream_new(test);
	struct sockbuf *sb = three(test, so);
	u32 before = sb->sb_mbcnt;
	u32 len = MLEN + 1;
	struct mbuf *m;

	m = sb_take_stream(so, sb, &len, U32_MAX);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, len, MLEN + 1U);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, before);
	KUNIT_EXPECT_EQ(test, sb_mbsize(m), before / 3);
	m_freem(m);
	len = 1;
	m = sb_take_stream(so, sb, &len, U32_MAX);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, before);
	KUNIT_EXPECT_EQ(test, sb_mbsize(m), MSIZE);	/* copied */
	m_freem(m);
	expect_bytes(test, sb, (MLEN + 2) % 256, 1800 - MLEN - 2);
	sb_flush(so, sb);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, 0U);
}

static void sb_take_stream__all(struct kunit *test)
{
	struct bsd_socket *so = stream_new(test);
	struct sockbuf *sb = three(test, so);
	u32 len = 5000;
	struct mbuf *m;

	m = sb_take_stream(so, sb, &len, U32_MAX);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, len, 1800U);
	KUNIT_EXPECT_EQ(test, sb->sb_cc, 0U);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, 0U);
	KUNIT_EXPECT_NULL(test, sb->sb_ml.ml_tail);
	m_freem(m);
	KUNIT_EXPECT_NULL(test, sb_take_stream(so, sb, &len, U32_MAX));
	KUNIT_EXPECT_EQ(test, len, 0U);
}

static void sb_take_stream__storage_is_limited(struct kunit *test)
{
	struct bsd_socket *so = stream_new(test);
	struct sockbuf *sb = three(test, so);
	u32 len = 1800;
	struct mbuf *m;

	m = sb_take_stream(so, sb, &len, 1);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, len, 600U);
	expect_bytes(test, sb, 600 % 256, 1200);
	m_freem(m);
	sb_flush(so, sb);
}

static void sb_return_stream__is_first_again(struct kunit *test)
{
	struct bsd_socket *so = stream_new(test);
	struct sockbuf *sb = three(test, so);
	u32 len = 700;
	struct mbuf *m;

	m = sb_take_stream(so, sb, &len, U32_MAX);
	KUNIT_ASSERT_NOT_NULL(test, m);
	sb_return_stream(so, sb, m, len);
	KUNIT_ASSERT_TRUE(test, sb_append_stream(so, sb, bytes(test, 1800 % 256, 600)));
	expect_bytes(test, sb, 0, 2400);
	len = 2400;
	m = sb_take_stream(so, sb, &len, U32_MAX);
	KUNIT_EXPECT_EQ(test, len, 2400U);
	sb_return_stream(so, sb, m, len);
	expect_bytes(test, sb, 0, 2400);
	KUNIT_EXPECT_NULL(test, sb->sb_ml.ml_tail->m_next);
	sb_drop(so, sb, 2400);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, 0U);
}

static struct kunit_case sockbuf_stream_cases[] = {
	KUNIT_CASE(sb_append_stream__short_is_copied),
	KUNIT_CASE(sb_append_stream__storage_is_limited),
	KUNIT_CASE(sb_drop__part_and_all),
	KUNIT_CASE(sb_take_stream__ends_within_an_mbuf),
	KUNIT_CASE(sb_take_stream__small_part_counts_as_all),
	KUNIT_CASE(sb_take_stream__all),
	KUNIT_CASE(sb_take_stream__storage_is_limited),
	KUNIT_CASE(sb_return_stream__is_first_again),
	{}
};

struct kunit_suite bsdnet_sockbuf_stream_suite = {
	.name = "bsdnet_sockbuf_stream",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = sockbuf_stream_cases,
};
