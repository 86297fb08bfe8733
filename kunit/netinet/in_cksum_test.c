// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_cksum_test.c - tests of kmod/netinet/in_cksum.c: the Internet checksum, and pending ones.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/ip.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/udp.h>

/* Byte for byte, as RFC 1071 1 says it. */
static u16 naive(const u8 *p, u32 len, u32 sum)
{
	u32 i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void in_cksum_buf__rfc1071_3(struct kunit *test)
{
	static const u8 bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	/* RFC 1071 3: the sum is ddf2. */
	KUNIT_EXPECT_EQ(test, ntohs((__force __be16)in_cksum_buf(bytes, 8)), 0xddf2 ^ 0xffff);
	KUNIT_EXPECT_EQ(test, in_cksum_buf(bytes, 0), 0xffff);
}

static void in_cksum_buf__odd_lengths(struct kunit *test)
{
	u8 buf[67];
	u32 i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = i * 37 + 200;
	for (i = 0; i < sizeof(buf); i++)
		KUNIT_EXPECT_EQ(test, ntohs((__force __be16)in_cksum_buf(buf, i)),
				naive(buf, i, 0));
}

static void in_cksum__odd_pieces_and_offsets(struct kunit *test)
{
	static const u32 pieces[] = { 1, 2, 3, 7, 64, 99 };
	struct mbuf *m;
	u8 buf[200];
	u32 off;
	int i;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		m = bsdnet_kunit_packet(test, sizeof(buf), pieces[i]);
		KUNIT_ASSERT_EQ(test, m_copydata(m, 0, sizeof(buf), buf), 0);
		for (off = 0; off < 10; off++) {
			KUNIT_EXPECT_EQ(test,
					ntohs((__force __be16)in_cksum(m, off, 200 - off)),
					naive(buf + off, 200 - off, 0));
			KUNIT_EXPECT_EQ(test,
					ntohs((__force __be16)in_cksum(m, off, 151)),
					naive(buf + off, 151, 0));
		}
		m_freem(m);
	}
}

static void in_cksum__too_short(struct kunit *test)
{
	struct mbuf *m = bsdnet_kunit_packet(test, 10, 3);

	KUNIT_EXPECT_EQ(test, in_cksum(m, 0, 11), 0xffff);
	KUNIT_EXPECT_EQ(test, in4_cksum(m, IPPROTO_UDP, 0, 0, 11, 1), 0xffff);
	m_freem(m);
}

static void in4_pseudo__is_part_of_the_sum(struct kunit *test)
{
	__be32 src = htonl(0x0a4d0001);
	__be32 dst = htonl(0x0a4d0002);
	u8 ph[12] = { 10, 77, 0, 1, 10, 77, 0, 2, 0, IPPROTO_UDP, 0, 100 };
	struct mbuf *m = bsdnet_kunit_packet(test, 100, 33);
	u8 buf[100];

	m_copydata(m, 0, 100, buf);
	KUNIT_EXPECT_EQ(test, ntohs((__force __be16)in4_pseudo(IPPROTO_UDP, src, dst, 100)),
			(u16)~naive(ph, 12, 0));
	KUNIT_EXPECT_EQ(test,
			ntohs((__force __be16)in4_cksum(m, IPPROTO_UDP, src, dst, 0, 100)),
			naive(buf, 100, (u16)~naive(ph, 12, 0)));
	m_freem(m);
}

/* A UDP packet of @len bytes with everything pending. */
static struct mbuf *pending(struct kunit *test, u32 len, u32 piece)
{
	struct mbuf *m = bsdnet_kunit_packet(test, len, piece);
	struct ip ip = {
		.ip_v = IPVERSION, .ip_hl = 5, .ip_len = htons(len), .ip_ttl = 64,
		.ip_p = IPPROTO_UDP, .ip_src = htonl(0x0a4d0001), .ip_dst = htonl(0x0a4d0002),
	};

	KUNIT_ASSERT_EQ(test, m_copyback(m, 0, sizeof(ip), &ip, M_DONTWAIT), 0);
	m->m_pkthdr.csum_flags = M_IPV4_CSUM_OUT | M_UDP_CSUM_OUT;
	return m;
}

static u16 udp_residue(const struct mbuf *m, u32 len)
{
	return in4_cksum(m, IPPROTO_UDP, htonl(0x0a4d0001), htonl(0x0a4d0002), 20, len - 20);
}

static void in_proto_cksum_out__in_software(struct kunit *test)
{
	static const u32 pieces[] = { 9, 21, 100, 1000 };
	struct mbuf *m;
	int i;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		m = in_proto_cksum_out(pending(test, 501, pieces[i]), 0);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, 0);
		KUNIT_EXPECT_EQ(test, in_cksum(m, 0, 20), 0);
		KUNIT_EXPECT_EQ(test, udp_residue(m, 501), 0);
		bsdnet_kunit_expect_packet(test, m, 501);
		bsdnet_kunit_expect_bytes(test, m, 28, 473, 28);
		m_freem(m);
	}
}

static void in_proto_cksum_out__offloaded(struct kunit *test)
{
	struct mbuf *m = in_proto_cksum_out(pending(test, 500, 100),
					    IFCAP_CSUM_IPV4 | IFCAP_CSUM_UDP4);
	u16 field;

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, M_IPV4_CSUM_OUT | M_UDP_CSUM_OUT);
	m_copydata(m, 26, 2, &field);
	KUNIT_EXPECT_EQ(test, field, in4_pseudo(IPPROTO_UDP, htonl(0x0a4d0001),
						htonl(0x0a4d0002), 480));
	/* A device sums from the transport header on and complements. */
	field = in_cksum(m, 20, 480);
	m_copyback(m, 26, 2, &field, M_DONTWAIT);
	KUNIT_EXPECT_EQ(test, udp_residue(m, 500), 0);
	m_freem(m);
}

static void in_proto_cksum_out__only_ip_offloaded(struct kunit *test)
{
	struct mbuf *m = in_proto_cksum_out(pending(test, 500, 100), IFCAP_CSUM_IPV4);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, M_IPV4_CSUM_OUT);
	KUNIT_EXPECT_EQ(test, udp_residue(m, 500), 0);
	m_freem(m);
}

static void in_proto_cksum_out__nocsum_leaves_all(struct kunit *test)
{
	struct mbuf *m = in_proto_cksum_out(pending(test, 500, 100), IFCAP_NOCSUM);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, M_IPV4_CSUM_OUT | M_UDP_CSUM_OUT);
	m_freem(m);
}

static void in_proto_cksum_out__shared_headers(struct kunit *test)
{
	struct mbuf *m = pending(test, 500, 500);
	struct mbuf *c = m_copym(m, 0, 500, M_DONTWAIT);
	u16 before = in_cksum(m, 0, 500);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c = in_proto_cksum_out(c, 0);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, udp_residue(c, 500), 0);
	KUNIT_EXPECT_EQ(test, in_cksum(m, 0, 500), before);
	m_freem(m);
	m_freem(c);
}

static void in_proto_cksum_out__udp_zero_is_ffff(struct kunit *test)
{
	struct mbuf *m = pending(test, 30, 100);
	u16 field = 0;

	/* Choose the last word so that the sum becomes 0. */
	memset(m->m_data + 20, 0, 10);
	field = in4_cksum(m, IPPROTO_UDP, htonl(0x0a4d0001), htonl(0x0a4d0002), 20, 10);
	m_copyback(m, 28, 2, &field, M_DONTWAIT);
	m = in_proto_cksum_out(m, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	m_copydata(m, 26, 2, &field);
	KUNIT_EXPECT_EQ(test, field, 0xffff);
	m_freem(m);
}

static void in_proto_cksum_out__icmp(struct kunit *test)
{
	struct mbuf *m = pending(test, 84, 100);

	m->m_pkthdr.csum_flags = M_ICMP_CSUM_OUT;
	m = in_proto_cksum_out(m, IFCAP_CSUM_IPV4 | IFCAP_CSUM_UDP4 | IFCAP_CSUM_TCP4);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.csum_flags, 0);
	KUNIT_EXPECT_EQ(test, in_cksum(m, 20, 64), 0);
	m_freem(m);
}

static void in_proto_cksum_out__lying_header(struct kunit *test)
{
	struct mbuf *m = pending(test, 84, 100);

	mtod(m, struct ip *)->ip_len = htons(85);
	KUNIT_EXPECT_PTR_EQ(test, in_proto_cksum_out(m, 0), NULL);
	m = pending(test, 84, 100);
	mtod(m, struct ip *)->ip_hl = 4;
	KUNIT_EXPECT_PTR_EQ(test, in_proto_cksum_out(m, 0), NULL);
	m = pending(test, 84, 100);
	mtod(m, struct ip *)->ip_len = htons(27);
	KUNIT_EXPECT_PTR_EQ(test, in_proto_cksum_out(m, 0), NULL);
}

static struct kunit_case in_cksum_cases[] = {
	KUNIT_CASE(in_cksum_buf__rfc1071_3),
	KUNIT_CASE(in_cksum_buf__odd_lengths),
	KUNIT_CASE(in_cksum__odd_pieces_and_offsets),
	KUNIT_CASE(in_cksum__too_short),
	KUNIT_CASE(in4_pseudo__is_part_of_the_sum),
	KUNIT_CASE(in_proto_cksum_out__in_software),
	KUNIT_CASE(in_proto_cksum_out__offloaded),
	KUNIT_CASE(in_proto_cksum_out__only_ip_offloaded),
	KUNIT_CASE(in_proto_cksum_out__nocsum_leaves_all),
	KUNIT_CASE(in_proto_cksum_out__shared_headers),
	KUNIT_CASE(in_proto_cksum_out__udp_zero_is_ffff),
	KUNIT_CASE(in_proto_cksum_out__icmp),
	KUNIT_CASE(in_proto_cksum_out__lying_header),
	{}
};

struct kunit_suite bsdnet_in_cksum_suite = {
	.name = "bsdnet_in_cksum",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = in_cksum_cases,
};
