// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sockbuf_test.c - tests of kmod/socket/sockbuf.c.
 *
 * Records are mbufs without external storage: MSIZE bytes of storage each,
 * numbered by their first byte.
 */
#include <bsdnet/sockbuf.h>
#include "../suites.h"
#include <bsdnet/mbuf.h>
#include <bsdnet/socketvar.h>
#include <kunit/test.h>

#define HIWAT	SB_MIN			/* storage: 2 * HIWAT, 16 records */
#define FIT	(2 * HIWAT / MSIZE)

static struct mbuf *record(struct kunit *test, u8 id, u32 len)
{
	struct mbuf *m = m_gethdr(M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_LE(test, len, MHLEN);
	m->m_len = len;
	m->m_pkthdr.len = len;
	if (len)
		m->m_data[0] = id;
	return m;
}

static void records(struct kunit *test, struct mbuf_list *ml, u32 n, u32 len)
{
	u32 i;

	ml_init(ml);
	for (i = 0; i < n; i++)
		ml_enqueue(ml, record(test, i, len));
}

static struct bsd_socket *sock_new(struct kunit *test)
{
	struct bsd_socket *so = kunit_kzalloc(test, sizeof(*so), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, so);
	sb_init(&so->so_rcv, HIWAT);
	return so;
}

static void sb_reserve__limits(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct sockbuf *sb = &so->so_rcv;

	KUNIT_EXPECT_EQ(test, sb->sb_hiwat, HIWAT);
	KUNIT_EXPECT_EQ(test, sb->sb_mbmax, 2 * HIWAT);
	KUNIT_EXPECT_EQ(test, sb_reserve(sb, SB_MIN - 1), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, sb_reserve(sb, SB_MAX + 1), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, sb->sb_hiwat, HIWAT);
	KUNIT_EXPECT_EQ(test, sb_reserve(sb, SB_MAX), 0);
	KUNIT_EXPECT_EQ(test, sb->sb_mbmax, 2 * SB_MAX);
}

static void sb_mbsize__chain(struct kunit *test)
{
	struct mbuf *m = record(test, 0, 10);

	KUNIT_EXPECT_EQ(test, sb_mbsize(m), MSIZE);
	m->m_next = m_getcl(M_DONTWAIT, MCLBYTES);
	KUNIT_ASSERT_NOT_NULL(test, m->m_next);
	KUNIT_EXPECT_EQ(test, sb_mbsize(m), 2 * MSIZE + m->m_next->m_ext.ext_size);
	m_freem(m);
}

static void sb_append_records__all_fit_in_order(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct mbuf_list ml;
	struct mbuf *m;
	u32 i;

	records(test, &ml, 4, 10);
	KUNIT_EXPECT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), 4);
	KUNIT_EXPECT_TRUE(test, ml_empty(&ml));
	records(test, &ml, 1, 20);
	KUNIT_EXPECT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), 1);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_cc, 60);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_mbcnt, 5 * MSIZE);
	for (i = 0; i < 5; i++) {
		m = sb_take_record(so, &so->so_rcv);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_EQ(test, m->m_data[0], i % 4);
		KUNIT_EXPECT_NULL(test, m->m_nextpkt);
		m_freem(m);
	}
	KUNIT_EXPECT_NULL(test, sb_take_record(so, &so->so_rcv));
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_cc, 0);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_mbcnt, 0);
}

static void sb_append_records__storage_limit_keeps_rest(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct mbuf_list ml;

	records(test, &ml, FIT + 3, 1);
	KUNIT_EXPECT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), FIT);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), 3);
	KUNIT_EXPECT_EQ(test, ml.ml_head->m_data[0], FIT);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_mbcnt, 2 * HIWAT);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_drops, 3);
	KUNIT_EXPECT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), 0);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_drops, 6);
	ml_purge(&ml);
	sb_flush(so, &so->so_rcv);
}

static void sb_append_records__data_limit(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	u32 fit = HIWAT / MHLEN;
	struct mbuf_list ml;

	/* Storage for any number, so that bytes of data decide. */
	so->so_rcv.sb_mbmax = SB_MAX;
	records(test, &ml, fit + 1, MHLEN);
	KUNIT_EXPECT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), fit);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_cc, fit * MHLEN);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), 1);
	ml_purge(&ml);
	sb_flush(so, &so->so_rcv);
}

static void sb_append_records__empty_takes_any_size(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct mbuf_list ml;

	records(test, &ml, 2, MHLEN);
	so->so_rcv.sb_hiwat = 1;
	so->so_rcv.sb_mbmax = 1;
	KUNIT_EXPECT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), 1);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), 1);
	ml_purge(&ml);
	sb_flush(so, &so->so_rcv);
}

static void sb_append_records__shut_takes_nothing(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct mbuf_list ml;

	so->so_rcv.sb_shut = true;
	records(test, &ml, 2, 1);
	KUNIT_EXPECT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), 0);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), 2);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_drops, 0);
	ml_purge(&ml);
}

static void sb_append_records__zero_length(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct mbuf_list ml;
	struct mbuf *m;

	records(test, &ml, 1, 0);
	KUNIT_EXPECT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), 1);
	KUNIT_EXPECT_NE(test, so->so_rcv.sb_mbcnt, 0);
	m = sb_take_record(so, &so->so_rcv);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.len, 0);
	m_freem(m);
}

/* The copy carries the network header in front of the data, wherever that lies. */
static void sb_return_record__is_first_again(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct sockbuf *sb = &so->so_rcv;
	struct mbuf_list ml;
	struct mbuf *m;
	u32 i;

	records(test, &ml, 3, 10);
	KUNIT_ASSERT_EQ(test, sb_append_records(so, sb, &ml), 3U);
	sb_return_record(so, sb, sb_take_record(so, sb));
	KUNIT_EXPECT_EQ(test, sb->sb_cc, 30U);
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, 3U * MSIZE);
	for (i = 0; i < 3; i++) {
		m = sb_take_record(so, sb);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_EQ(test, m->m_data[0], i);
		sb_return_record(so, sb, m);	/* the last one, too */
		m_freem(sb_take_record(so, sb));
	}
	KUNIT_EXPECT_EQ(test, sb->sb_mbcnt, 0U);
	KUNIT_EXPECT_TRUE(test, ml_empty(&sb->sb_ml));
}

static void sb_peek_record__header_and_data(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m = record(test, 'h', 28 + 5);
	struct mbuf *n;

	memcpy(m->m_data + 28, "hello", 5);
	m->m_pkthdr.ph_cookie = m->m_data;
	m_adj(m, 28);
	ml_enqueue(&ml, m);
	KUNIT_ASSERT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), 1);

	n = sb_peek_record(&so->so_rcv);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(n));
	KUNIT_EXPECT_PTR_NE(test, n, m);
	KUNIT_EXPECT_EQ(test, n->m_pkthdr.len, 5);
	KUNIT_EXPECT_MEMEQ(test, n->m_data, "hello", 5);
	KUNIT_EXPECT_PTR_EQ(test, n->m_pkthdr.ph_cookie, (void *)(n->m_data - 28));
	KUNIT_EXPECT_EQ(test, *(u8 *)n->m_pkthdr.ph_cookie, 'h');
	m_freem(n);

	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_cc, 5);
	KUNIT_EXPECT_PTR_EQ(test, sb_take_record(so, &so->so_rcv), m);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.len, 5);
	KUNIT_EXPECT_MEMEQ(test, m->m_data, "hello", 5);
	m_freem(m);
}

static void sb_peek_record__empty(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);

	KUNIT_EXPECT_NULL(test, sb_peek_record(&so->so_rcv));
}

static void sb_flush__empties(struct kunit *test)
{
	struct bsd_socket *so = sock_new(test);
	struct mbuf_list ml;

	records(test, &ml, 5, 7);
	KUNIT_ASSERT_EQ(test, sb_append_records(so, &so->so_rcv, &ml), 5);
	sb_flush(so, &so->so_rcv);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_cc, 0);
	KUNIT_EXPECT_EQ(test, so->so_rcv.sb_mbcnt, 0);
	KUNIT_EXPECT_TRUE(test, ml_empty(&so->so_rcv.sb_ml));
	KUNIT_EXPECT_NULL(test, sb_take_record(so, &so->so_rcv));
	sb_flush(so, &so->so_rcv);
}

static struct kunit_case sockbuf_cases[] = {
	KUNIT_CASE(sb_reserve__limits),
	KUNIT_CASE(sb_mbsize__chain),
	KUNIT_CASE(sb_append_records__all_fit_in_order),
	KUNIT_CASE(sb_append_records__storage_limit_keeps_rest),
	KUNIT_CASE(sb_append_records__data_limit),
	KUNIT_CASE(sb_append_records__empty_takes_any_size),
	KUNIT_CASE(sb_append_records__shut_takes_nothing),
	KUNIT_CASE(sb_append_records__zero_length),
	KUNIT_CASE(sb_return_record__is_first_again),
	KUNIT_CASE(sb_peek_record__header_and_data),
	KUNIT_CASE(sb_peek_record__empty),
	KUNIT_CASE(sb_flush__empties),
	{}
};

struct kunit_suite bsdnet_sockbuf_suite = {
	.name = "bsdnet_sockbuf",
	.test_cases = sockbuf_cases,
};
