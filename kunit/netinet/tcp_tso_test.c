// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_tso_test.c - tests of kmod/netinet/tcp_tso.c and tcp_lro.c: packets of several
 * segments are cut, and merged again.
 */
#include "ip_kunit.h"
#include "../suites.h"
#include <bsdnet/in.h>
#include <bsdnet/tcp_var.h>

#define TSO_OPTLEN	12
#define TSO_HLEN	(IP_HLEN + TCP_MINHDR + TSO_OPTLEN)

struct tso_param {
	u32	len;	/* data */
	u16	mss;
	u32	piece;	/* of the mbufs */
	u32	n;	/* segments expected */
};

static const struct tso_param tso_params[] = {
	{ 1, 1448, 2048, 1 },
	{ 1448, 1448, 2048, 1 },
	{ 1449, 1448, 2048, 2 },
	{ 5000, 1000, 2048, 5 },
	{ 5000, 1000, 100, 5 },
	{ 4999, 1000, 999, 5 },
	{ 65160, 1448, 2048, 45 },
	{ 3000, 536, 37, 6 },
};

static void tso_desc(const struct tso_param *p, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u bytes, MSS %u, mbufs of %u", p->len, p->mss,
		 p->piece);
}

KUNIT_ARRAY_PARAM(tso, tso_params, tso_desc);

/* A packet of @p->len bytes with FIN, PSH and CWR; its options are 12 times NOP. */
static struct mbuf *tso_packet(struct kunit *test, const struct tso_param *p)
{
	struct mbuf *m = ip_kunit_packet(test, NULL, 0, 0, p->len, p->piece);
	struct ip hdr = *mtod(m, struct ip *);
	struct bsd_tcphdr *th;
	struct ip *ip;

	m_adj(m, IP_HLEN);
	m = m_prepend(m, TSO_HLEN, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	ip = mtod(m, struct ip *);
	*ip = hdr;
	ip->ip_len = htons(m->m_pkthdr.len);
	ip->ip_id = htons(0xfffe);
	ip->ip_off = htons(IP_OFF_DF);
	ip->ip_p = IPPROTO_TCP;
	th = (struct bsd_tcphdr *)(ip + 1);
	memset(th, 1, TCP_MINHDR + TSO_OPTLEN);
	th->th_seq = htonl(0xfffffc00);
	th->th_off = (TCP_MINHDR + TSO_OPTLEN) >> 2 << 4;
	th->th_flags = BSD_TH_ACK | BSD_TH_PUSH | BSD_TH_FIN | BSD_TH_CWR;
	m->m_pkthdr.csum_flags = M_TCP_TSO | M_TCP_CSUM_OUT;
	m->m_pkthdr.ph_mss = p->mss;
	m->m_pkthdr.ph_segs = p->n;
	return m;
}

static struct bsd_tcphdr *tso_th(struct mbuf *m)
{
	return (struct bsd_tcphdr *)(m->m_data + IP_HLEN);
}

/* One segment of the cut: @done bytes before it, @left from it on. */
static void tso_expect(struct kunit *test, struct mbuf *m, const struct tso_param *p, u32 done,
		       u32 left)
{
	u32 len = min_t(u32, left, p->mss);
	struct ip *ip = mtod(m, struct ip *);
	u8 flags = BSD_TH_ACK;

	if (!done)
		flags |= BSD_TH_CWR;
	if (len == left)
		flags |= BSD_TH_FIN | BSD_TH_PUSH;
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.len, TSO_HLEN + len);
	bsdnet_kunit_expect_packet(test, m, TSO_HLEN + len);
	KUNIT_EXPECT_EQ(test, ntohs(ip->ip_len), TSO_HLEN + len);
	KUNIT_EXPECT_EQ(test, ntohs(ip->ip_id), (0xfffe + done / p->mss) & 0xffff);
	KUNIT_EXPECT_EQ(test, ip_hdr_cksum(ip), 0);
	KUNIT_EXPECT_EQ(test, ntohl(tso_th(m)->th_seq), 0xfffffc00 + done);
	KUNIT_EXPECT_EQ(test, tso_th(m)->th_flags, flags);
	bsdnet_kunit_expect_bytes(test, m, TSO_HLEN, len, done);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, M_TCP_CSUM_OUT);
	m = in_proto_cksum_out(m, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	ip = mtod(m, struct ip *);
	KUNIT_EXPECT_EQ(test, in4_cksum(m, IPPROTO_TCP, ip->ip_src, ip->ip_dst, IP_HLEN,
					m->m_pkthdr.len - IP_HLEN), 0);
	m_freem(m);
}

/* RFC 9293 3.1: only number, length, end and checksum of the segments differ. */
static void bsd_tcp_chop__makes_segments(struct kunit *test)
{
	const struct tso_param *p = test->param_value;
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m;
	u32 done = 0;

	KUNIT_ASSERT_EQ(test, bsd_tcp_chop(tso_packet(test, p), &ml), 0);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), p->n);
	while ((m = ml_dequeue(&ml))) {
		tso_expect(test, m, p, done, p->len - done);
		done += p->mss;
	}
	KUNIT_EXPECT_GE(test, done, p->len);
}

/* RFC 9293 3.1: the urgent pointer counts from the segment that it is in. */
static void bsd_tcp_chop__urgent_pointer(struct kunit *test)
{
	static const struct tso_param p = { 3000, 1000, 2048, 3 };
	static const u16 want[] = { 1500, 500, 0 };
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m = tso_packet(test, &p);
	unsigned int i;

	tso_th(m)->th_flags = BSD_TH_ACK | BSD_TH_URG;
	tso_th(m)->th_urp = htons(1500);
	KUNIT_ASSERT_EQ(test, bsd_tcp_chop(m, &ml), 0);
	for (i = 0; (m = ml_dequeue(&ml)); i++) {
		bool urgent = tso_th(m)->th_flags & BSD_TH_URG;

		KUNIT_EXPECT_EQ(test, urgent, want[i] != 0);
		if (urgent)
			KUNIT_EXPECT_EQ(test, ntohs(tso_th(m)->th_urp), want[i]);
		m_freem(m);
	}
	KUNIT_EXPECT_EQ(test, i, 3U);
}

/* What was cut merges to what it was, but for the end that says FIN. */
static void bsd_tcp_lro__merges_what_was_cut(struct kunit *test)
{
	static const struct tso_param p = { 5000, 1000, 2048, 5 };
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m = tso_packet(test, &p);

	tso_th(m)->th_flags = BSD_TH_ACK | BSD_TH_FIN;
	KUNIT_ASSERT_EQ(test, bsd_tcp_chop(m, &ml), 0);
	m = ml_dequeue(&ml);
	bsd_tcp_lro(m, &ml, 0xfffffc00 + 1);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), 4);
	bsd_tcp_lro(m, &ml, 0xfffffc00);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), 1);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.len, TSO_HLEN + 4000);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.ph_segs, 4);
	bsdnet_kunit_expect_bytes(test, m, TSO_HLEN, 4000, 0);
	m_freem(m);
	ml_purge(&ml);
}

/* Each of them says something that is not in the first. */
static void bsd_tcp_lro__keeps_what_differs(struct kunit *test)
{
	static const struct tso_param p = { 2000, 1000, 2048, 2 };
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *second;
	struct mbuf *m;
	int what;

	for (what = 0; what < 8; what++) {
		m = tso_packet(test, &p);
		tso_th(m)->th_flags = BSD_TH_ACK;
		KUNIT_ASSERT_EQ(test, bsd_tcp_chop(m, &ml), 0);
		m = ml_dequeue(&ml);
		second = ml.ml_head;
		if (what == 0)
			tso_th(second)->th_seq = htonl(0xfffffc00 + 1001);
		else if (what == 1)
			tso_th(second)->th_ack++;
		else if (what == 2)
			tso_th(second)->th_win++;
		else if (what == 3)
			mtod(second, struct ip *)->ip_tos = IPTOS_ECN_CE;
		else if (what == 4)
			mtod(second, struct ip *)->ip_ttl--;
		else if (what == 5)
			((u8 *)(tso_th(second) + 1))[3]++;
		else if (what == 6)
			tso_th(second)->th_flags |= BSD_TH_URG;
		else
			m_adj(second, -600);
		bsd_tcp_lro(m, &ml, 0xfffffc00);
		KUNIT_EXPECT_EQ_MSG(test, ml_len(&ml), 1, "case %d", what);
		KUNIT_EXPECT_EQ_MSG(test, m->m_pkthdr.len, TSO_HLEN + 1000, "case %d", what);
		m_freem(m);
		ml_purge(&ml);
	}
}

/* What a device says of a packet is not believed. */
static void bsd_tcp_tso_check__refuses(struct kunit *test)
{
	static const struct tso_param p = { 2000, 1000, 2048, 2 };
	struct mbuf *m;
	int what;

	for (what = 0; what < 6; what++) {
		m = tso_packet(test, &p);
		if (what == 0)
			mtod(m, struct ip *)->ip_p = IPPROTO_UDP;
		else if (what == 1)
			mtod(m, struct ip *)->ip_off = htons(IP_OFF_MF);
		else if (what == 2)
			m->m_pkthdr.ph_mss = 1;
		else if (what == 3)
			tso_th(m)->th_off = 4 << 4;
		else if (what == 4)
			m_adj(m, -2000);	/* nothing to cut */
		else
			m_adj(m, -(2000 + TSO_OPTLEN + 4));
		KUNIT_EXPECT_NULL_MSG(test, bsd_tcp_tso_check(m), "case %d", what);
	}
}

/* Headers in three mbufs are in one after. */
static void bsd_tcp_tso_check__pulls_up(struct kunit *test)
{
	static const struct tso_param p = { 2000, 1000, 2048, 2 };
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m = tso_packet(test, &p);
	struct mbuf *data = m_split(m, 30, M_DONTWAIT);

	KUNIT_ASSERT_NOT_NULL(test, data);
	m_cat(m, data);
	m->m_pkthdr.csum_flags = M_TCP_TSO | M_TCP_CSUM_OUT;
	m = bsd_tcp_tso_check(m);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_GE(test, m->m_len, TSO_HLEN);
	KUNIT_ASSERT_EQ(test, bsd_tcp_chop(m, &ml), 0);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), 2);
	tso_expect(test, ml_dequeue(&ml), &p, 0, 2000);
	tso_expect(test, ml_dequeue(&ml), &p, 1000, 1000);
}

static struct kunit_case tcp_tso_cases[] = {
	KUNIT_CASE_PARAM(bsd_tcp_chop__makes_segments, tso_gen_params),
	KUNIT_CASE(bsd_tcp_tso_check__refuses),
	KUNIT_CASE(bsd_tcp_tso_check__pulls_up),
	KUNIT_CASE(bsd_tcp_chop__urgent_pointer),
	KUNIT_CASE(bsd_tcp_lro__merges_what_was_cut),
	KUNIT_CASE(bsd_tcp_lro__keeps_what_differs),
	{}
};

struct kunit_suite bsdnet_tcp_tso_suite = {
	.name = "bsdnet_tcp_tso",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = tcp_tso_cases,
};
