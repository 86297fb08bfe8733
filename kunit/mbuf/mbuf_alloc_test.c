// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_alloc_test.c - tests of kmod/mbuf/mbuf_alloc.c: life of mbufs, packet headers, magazines.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/mbuf_queue.h>
#include <bsdnet/mbuf_tag.h>
#include <linux/interrupt.h>
#include <linux/preempt.h>
#include <uapi/bsdnet/if.h>

static void m_get__empty_with_room(struct kunit *test)
{
	struct mbuf *m = m_get(M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_len, 0);
	KUNIT_EXPECT_EQ(test, m->m_flags, 0);
	KUNIT_EXPECT_EQ(test, m_trailingspace(m), MLEN);
	KUNIT_EXPECT_PTR_EQ(test, m_free(m), NULL);
}

static void m_get__zero_pad(struct kunit *test)
{
	struct mbuf *m = m_get(M_WAIT | M_ZERO_PAD | M_FOR_SOCK);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_flags, M_SOCK);
	for (i = 0; i < MLEN; i++)
		KUNIT_EXPECT_EQ(test, m->m_dat[i], 0);
	m_freem(m);
}

static void m_gethdr__header_is_empty(struct kunit *test)
{
	static const struct pkthdr empty = { .ph_prio = BSD_IFQ_DEFPRIO };
	struct mbuf *m = m_gethdr(M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_flags, M_PKTHDR);
	KUNIT_EXPECT_MEMEQ(test, &m->m_pkthdr, &empty, sizeof(empty));
	KUNIT_EXPECT_EQ(test, m_trailingspace(m), MHLEN);
	m_freem(m);
}

static void m_gethdr__nth_failure_is_survived(struct kunit *test)
{
	u64 before = counter_read(MBS_NOMEM);
	struct mbuf *m;

	if (!bsdnet_kunit_fail_nth(1))
		kunit_skip(test, "no fault injection");
	m = m_gethdr(M_DONTWAIT);
	bsdnet_kunit_fail_nth(0);
	KUNIT_EXPECT_PTR_EQ(test, m, NULL);
	KUNIT_EXPECT_EQ(test, counter_read(MBS_NOMEM), before + 1);
	m_freem(m);
}

static void m_getcl__sizes(struct kunit *test)
{
	static const u32 sizes[] = { 1, MCLBYTES, MCLBYTES + 1, 4096, 4097, 9216, 9217,
				     MAXMCLBYTES };
	struct mbuf *m;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		m = m_getcl(M_DONTWAIT, sizes[i]);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_GE(test, m_trailingspace(m), sizes[i]);
		memset(m->m_data, 0xff, m_size(m));
		m_freem(m);
	}
	KUNIT_EXPECT_PTR_EQ(test, m_getcl(M_DONTWAIT, MAXMCLBYTES + 1), NULL);
}

static void m_free__returns_next(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 300, 100);

	m = m_free(m);
	KUNIT_ASSERT_NOT_NULL(test, m);
	bsdnet_kunit_expect_bytes(test, m, 0, 200, 100);
	m_freem(m);
	m_freem(NULL);
}

static void m_free__magazine_reuses(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	bool old = mbuf_set_nocache(false);
	u64 before = mbuf_inuse();
	struct mbuf *m;
	int i;

	/* More than a magazine holds: refills and flushes. */
	for (i = 0; i < 300; i++) {
		m = m_getcl(M_DONTWAIT, MCLBYTES);
		KUNIT_ASSERT_NOT_NULL(test, m);
		ml_enqueue(&ml, m);
	}
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), before + 300);
	while ((m = ml_dequeue(&ml)))
		m_freem(m);
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), before);
	preempt_disable();
	m = m_gethdr(M_DONTWAIT);
	m_freem(m);
	KUNIT_EXPECT_PTR_EQ(test, m_gethdr(M_DONTWAIT), m);
	preempt_enable();
	m_freem(m);
	mbuf_set_nocache(old);
}

static struct mbuf *softirq_victim;
static struct mbuf *softirq_result;

static void free_in_softirq(struct tasklet_struct *t)
{
	softirq_result = m_gethdr(M_DONTWAIT);
	m_freem(softirq_victim);
}

static void m_freem__softirq_leaves_it_to_a_task(struct kunit *test)
{
	u64 remote = counter_read(MBS_REMOTE);
	struct tasklet_struct t;

	softirq_victim = bsdnet_kunit_packet(test, 5000, 2000);
	tasklet_setup(&t, free_in_softirq);
	tasklet_schedule(&t);
	tasklet_kill(&t);
	KUNIT_EXPECT_EQ(test, counter_read(MBS_REMOTE), remote + 1);
	KUNIT_EXPECT_NOT_NULL(test, softirq_result);
	m_freem(softirq_result);
	mbuf_reap();
}

static void m_dup_pkthdr__copies_tags(struct kunit *test)
{
	struct mbuf *from = bsdnet_kunit_packet(test, 10, 10);
	struct mbuf *to = m_get(M_DONTWAIT);
	struct m_tag *t = m_tag_get(M_TAG_TEST, 4);

	KUNIT_ASSERT_NOT_NULL(test, to);
	KUNIT_ASSERT_NOT_NULL(test, t);
	m_tag_prepend(from, t);
	from->m_pkthdr.ph_ifidx = 7;
	from->m_flags |= M_BCAST;
	KUNIT_EXPECT_EQ(test, m_dup_pkthdr(to, from, M_DONTWAIT), 0);
	KUNIT_EXPECT_EQ(test, to->m_pkthdr.ph_ifidx, 7);
	KUNIT_EXPECT_EQ(test, to->m_flags, M_PKTHDR | M_BCAST);
	KUNIT_EXPECT_PTR_EQ(test, to->m_data, (u8 *)to->m_pktdat);
	KUNIT_EXPECT_NOT_NULL(test, m_tag_find(to, M_TAG_TEST, NULL));
	KUNIT_EXPECT_PTR_NE(test, m_tag_find(to, M_TAG_TEST, NULL), t);
	m_freem(from);
	m_freem(to);
}

static void m_dup_pkthdr__data_in_the_way(struct kunit *test)
{
	struct mbuf *from = bsdnet_kunit_packet(test, 10, 10);
	struct mbuf *to = m_get(M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, to);
	to->m_len = 5;
	KUNIT_EXPECT_EQ(test, m_dup_pkthdr(to, from, M_DONTWAIT), -EINVAL);
	KUNIT_EXPECT_EQ(test, to->m_flags, 0);
	m_freem(from);
	m_freem(to);
}

static void m_move_pkthdr__leaves_no_header(struct kunit *test)
{
	struct mbuf *from = bsdnet_kunit_packet(test, 10, 10);
	struct mbuf *to = m_get(M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, to);
	from->m_pkthdr.ph_flowid = 99;
	from->m_flags |= M_FLOWID;
	m_move_pkthdr(to, from);
	KUNIT_EXPECT_EQ(test, from->m_flags, 0);
	KUNIT_EXPECT_EQ(test, to->m_flags, M_PKTHDR | M_FLOWID);
	KUNIT_EXPECT_EQ(test, to->m_pkthdr.ph_flowid, 99);
	bsdnet_kunit_expect_bytes(test, from, 0, 10, 0);
	m_freem(from);
	m_freem(to);
}

static void m_resethdr__keeps_length_and_loops(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 10, 10);

	m->m_pkthdr.ph_loopcnt = 3;
	m->m_pkthdr.ph_rtableid = 2;
	m->m_pkthdr.ph_prio = 6;
	m->m_pkthdr.csum_flags = M_UDP_CSUM_IN_OK;
	m->m_flags |= M_MCAST;
	m_resethdr(m);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.ph_loopcnt, 3);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.ph_rtableid, 2);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, 0);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.ph_prio, BSD_IFQ_DEFPRIO);
	KUNIT_EXPECT_EQ(test, m->m_flags, M_PKTHDR);
	bsdnet_kunit_expect_packet(test, m, 10);
	m_inithdr(m);
	bsdnet_kunit_expect_packet(test, m, 0);
	m_freem(m);
}

static struct kunit_case mbuf_alloc_cases[] = {
	KUNIT_CASE(m_get__empty_with_room),
	KUNIT_CASE(m_get__zero_pad),
	KUNIT_CASE(m_gethdr__header_is_empty),
	KUNIT_CASE(m_gethdr__nth_failure_is_survived),
	KUNIT_CASE(m_getcl__sizes),
	KUNIT_CASE(m_free__returns_next),
	KUNIT_CASE(m_free__magazine_reuses),
	KUNIT_CASE(m_freem__softirq_leaves_it_to_a_task),
	KUNIT_CASE(m_dup_pkthdr__copies_tags),
	KUNIT_CASE(m_dup_pkthdr__data_in_the_way),
	KUNIT_CASE(m_move_pkthdr__leaves_no_header),
	KUNIT_CASE(m_resethdr__keeps_length_and_loops),
	{}
};

struct kunit_suite bsdnet_mbuf_alloc_suite = {
	.name = "bsdnet_mbuf_alloc",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = mbuf_alloc_cases,
};
