// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_fragment_test.c - tests of kmod/netinet/ip_fragment.c: datagrams cut in pieces.
 */
#include "ip_kunit.h"
#include "../suites.h"
#include <linux/errno.h>

struct cut_param {
	u32	len;	/* data */
	u32	mtu;
	u32	piece;	/* of the mbufs */
	u32	n;	/* fragments expected */
};

static const struct cut_param cut_params[] = {
	{ 1480, 1500, 2048, 1 },
	{ 1481, 1500, 2048, 2 },
	{ 4000, 1500, 2048, 3 },
	{ 4000, 1500, 100, 3 },
	{ 65515, 1500, 2048, 45 },
	{ 1000, 576, 100, 2 },
	{ 100, 68, 100, 3 },
	{ 100, 28, 10, 13 },
	{ 999, 67, 99, 25 },
};

static void cut_desc(const struct cut_param *p, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u bytes, MTU %u, mbufs of %u", p->len, p->mtu,
		 p->piece);
}

KUNIT_ARRAY_PARAM(cut, cut_params, cut_desc);

/* RFC 791 3.2: all but the last in multiples of eight, none longer than the MTU. */
static void bsd_ip_fragment__pieces_cover_all(struct kunit *test)
{
	const struct cut_param *p = test->param_value;
	struct mbuf_list ml = MBUF_LIST_INIT;
	const struct ip *ip;
	struct mbuf *m;
	u32 off = 0;
	u32 len;

	m = ip_kunit_packet(test, NULL, 0, 0, p->len, p->piece);
	KUNIT_ASSERT_EQ(test, bsd_ip_fragment(m, &ml, p->mtu), 0);
	KUNIT_EXPECT_EQ(test, ml_len(&ml), p->n);
	while ((m = ml_dequeue(&ml))) {
		ip = mtod(m, const struct ip *);
		len = m->m_pkthdr.len - IP_HLEN;
		bsdnet_kunit_expect_packet(test, m, m->m_pkthdr.len);
		KUNIT_EXPECT_LE(test, m->m_pkthdr.len, p->mtu);
		KUNIT_EXPECT_EQ(test, ntohs(ip->ip_len), m->m_pkthdr.len);
		KUNIT_EXPECT_EQ(test, (ntohs(ip->ip_off) & IP_OFF_MASK) << 3, off);
		KUNIT_EXPECT_EQ(test, ntohs(ip->ip_off) & IP_OFF_MF,
				ml_empty(&ml) ? 0 : IP_OFF_MF);
		KUNIT_EXPECT_EQ(test, ntohs(ip->ip_id), 0x1234);
		KUNIT_EXPECT_EQ(test, ip_hdr_cksum(ip), 0);
		bsdnet_kunit_expect_bytes(test, m, IP_HLEN, len, off);
		off += len;
		m_freem(m);
	}
	KUNIT_EXPECT_EQ(test, off, p->len);
}

/* RFC 791 3.1: record route only in the first, what has the copied flag in all. */
static void bsd_ip_fragment__options_by_copied_flag(struct kunit *test)
{
	static const u8 opts[] = {
		BSD_IPOPT_RR, 7, 4, 0, 0, 0, 0, BSD_IPOPT_NOP,
		BSD_IPOPT_RA, 4, 0, 0,
	};
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m;

	m = ip_kunit_packet(test, opts, sizeof(opts), 0, 200, 100);
	KUNIT_ASSERT_EQ(test, bsd_ip_fragment(m, &ml, 140), 0);
	KUNIT_ASSERT_EQ(test, ml_len(&ml), 2U);
	m = ml_dequeue(&ml);
	KUNIT_EXPECT_EQ(test, ip_hdrlen(mtod(m, struct ip *)), IP_HLEN + sizeof(opts));
	KUNIT_EXPECT_EQ(test, memcmp(mtod(m, u8 *) + IP_HLEN, opts, sizeof(opts)), 0);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.len, 32 + 104);
	m_freem(m);
	m = ml_dequeue(&ml);
	KUNIT_EXPECT_EQ(test, ip_hdrlen(mtod(m, struct ip *)), 24U);
	KUNIT_EXPECT_EQ(test, memcmp(mtod(m, u8 *) + IP_HLEN, opts + 8, 4), 0);
	KUNIT_EXPECT_EQ(test, ip_hdr_cksum(mtod(m, struct ip *)), 0);
	bsdnet_kunit_expect_bytes(test, m, 24, 96, 104);
	m_freem(m);
}

/* A fragment cut again: offsets add up, the last piece keeps its MF. */
static void bsd_ip_fragment__of_a_fragment(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m;

	m = ip_kunit_packet(test, NULL, 0, 0, 160, 100);
	mtod(m, struct ip *)->ip_off = htons(IP_OFF_MF | 185);
	KUNIT_ASSERT_EQ(test, bsd_ip_fragment(m, &ml, 100), 0);
	KUNIT_ASSERT_EQ(test, ml_len(&ml), 2U);
	m = ml_dequeue(&ml);
	KUNIT_EXPECT_EQ(test, ntohs(mtod(m, struct ip *)->ip_off), IP_OFF_MF | 185);
	m_freem(m);
	m = ml_dequeue(&ml);
	KUNIT_EXPECT_EQ(test, ntohs(mtod(m, struct ip *)->ip_off), IP_OFF_MF | 195);
	m_freem(m);
}

static void bsd_ip_fragment__df(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m;

	m = ip_kunit_packet(test, NULL, 0, 0, 1000, 100);
	mtod(m, struct ip *)->ip_off = htons(IP_OFF_DF);
	KUNIT_EXPECT_EQ(test, bsd_ip_fragment(m, &ml, 576), -EMSGSIZE);
	KUNIT_EXPECT_TRUE(test, ml_empty(&ml));
}

static void bsd_ip_fragment__no_room_for_data(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m;

	m = ip_kunit_packet(test, NULL, 0, 0, 1000, 100);
	KUNIT_EXPECT_EQ(test, bsd_ip_fragment(m, &ml, IP_HLEN + 7), -EMSGSIZE);
	KUNIT_EXPECT_TRUE(test, ml_empty(&ml));
}

/* A pending checksum is that of the whole datagram: done before it is cut. */
static void bsd_ip_fragment__pending_checksum(struct kunit *test)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	__sum16 stored = 0;
	struct mbuf *m;
	u16 sum;

	m = ip_kunit_packet(test, NULL, 0, 0, 1000, 2000);
	KUNIT_ASSERT_EQ(test, m_copyback(m, IP_HLEN + 6, 2, &stored, M_DONTWAIT), 0);
	sum = in4_cksum(m, IPPROTO_UDP, mtod(m, struct ip *)->ip_src,
			mtod(m, struct ip *)->ip_dst, IP_HLEN, 1000);
	m->m_pkthdr.csum_flags |= M_UDP_CSUM_OUT;
	KUNIT_ASSERT_EQ(test, bsd_ip_fragment(m, &ml, 576), 0);
	m = ml_dequeue(&ml);
	KUNIT_ASSERT_EQ(test, m_copydata(m, IP_HLEN + 6, sizeof(stored), &stored), 0);
	KUNIT_EXPECT_EQ(test, (__force u16)stored, sum);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, 0);
	m_freem(m);
	ml_purge(&ml);
}

static void bsd_ip_optcopy__malformed(struct kunit *test)
{
	static const u8 zero[] = { BSD_IPOPT_RA, 0, 0, 0 };
	static const u8 beyond[] = { BSD_IPOPT_RA, 4, 0, 0, BSD_IPOPT_RA, 5, 0, 0 };
	static const u8 cut[] = { BSD_IPOPT_NOP, BSD_IPOPT_NOP, BSD_IPOPT_NOP, BSD_IPOPT_RA };
	u8 to[IP_OPTMAX];

	KUNIT_EXPECT_EQ(test, bsd_ip_optcopy(zero, sizeof(zero), to), 0U);
	KUNIT_EXPECT_EQ(test, bsd_ip_optcopy(beyond, sizeof(beyond), to), 4U);
	KUNIT_EXPECT_EQ(test, bsd_ip_optcopy(cut, sizeof(cut), to), 0U);
}

static void bsd_ip_optcopy__padded(struct kunit *test)
{
	static const u8 opts[] = { BSD_IPOPT_SECURITY, 3, 9, BSD_IPOPT_RR, 3, 4, BSD_IPOPT_SSRR, 3,
				   4, BSD_IPOPT_EOL, BSD_IPOPT_RA, 4 };
	static const u8 want[] = { BSD_IPOPT_SECURITY, 3, 9, BSD_IPOPT_SSRR, 3, 4, 0, 0 };
	u8 to[IP_OPTMAX];

	KUNIT_EXPECT_EQ(test, bsd_ip_optcopy(opts, sizeof(opts), to), 8U);
	KUNIT_EXPECT_EQ(test, memcmp(to, want, sizeof(want)), 0);
}

static struct kunit_case ip_fragment_cases[] = {
	KUNIT_CASE_PARAM(bsd_ip_fragment__pieces_cover_all, cut_gen_params),
	KUNIT_CASE(bsd_ip_fragment__options_by_copied_flag),
	KUNIT_CASE(bsd_ip_fragment__of_a_fragment),
	KUNIT_CASE(bsd_ip_fragment__df),
	KUNIT_CASE(bsd_ip_fragment__no_room_for_data),
	KUNIT_CASE(bsd_ip_fragment__pending_checksum),
	KUNIT_CASE(bsd_ip_optcopy__malformed),
	KUNIT_CASE(bsd_ip_optcopy__padded),
	{}
};

struct kunit_suite bsdnet_ip_fragment_suite = {
	.name = "bsdnet_ip_fragment",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = ip_fragment_cases,
};
