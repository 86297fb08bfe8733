// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_reass_test.c - tests of kmod/netinet/ip_reass.c: fragments in every order, and
 * those that somebody made up.
 */
#include "ip_kunit.h"
#include "../suites.h"
#include <linux/minmax.h>

/* Like the packets of ip_kunit_packet(), of 4000 bytes in up to eight fragments. */
#define TEST_DATA	4000
#define TEST_MAXFRAGS	8

static struct mbuf *reass(struct mbuf *m)
{
	struct netstack ns;

	net_enter(&ns, NETSEC_SOFTNET);
	m = bsd_ip_reass(m);
	net_leave(&ns);
	return m;
}

/* Bytes @off to @off + @len of datagram @id. */
static struct mbuf *frag(struct kunit *test, u16 id, u32 off, u32 len, bool more)
{
	struct mbuf *m = ip_kunit_packet(test, NULL, 0, off, len, 2000);
	struct ip *ip = mtod(m, struct ip *);

	ip->ip_id = htons(id);
	ip->ip_off = htons(off >> 3 | (more ? IP_OFF_MF : 0));
	ip->ip_sum = 0;
	ip->ip_sum = ip_hdr_cksum(ip);
	return m;
}

static void expect_nothing(struct kunit *test, struct mbuf *m)
{
	KUNIT_EXPECT_PTR_EQ(test, m, NULL);
	m_freem(m);
}

/* Forget what a test left. */
static void purge(struct kunit *test)
{
	struct ifnet *ifp = kunit_kzalloc(test, sizeof(*ifp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ifp);
	ifp->if_index = IP_KUNIT_IFIDX;
	bsd_ip_reass_ifdetach(ifp);
}

struct order_param {
	const char	*name;
	u32		 mtu;
	u32		 n;
	u8		 order[TEST_MAXFRAGS];
};

static const struct order_param order_params[] = {
	{ "in order", 1500, 3, { 0, 1, 2 } },
	{ "backwards", 1500, 3, { 2, 1, 0 } },
	{ "last first", 1500, 3, { 2, 0, 1 } },
	{ "first last", 1500, 3, { 1, 2, 0 } },
	{ "odd and even", 540, 8, { 1, 3, 5, 7, 0, 2, 4, 6 } },
	{ "from the middle", 540, 8, { 4, 3, 5, 2, 6, 1, 7, 0 } },
};

static void order_desc(const struct order_param *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(order, order_params, order_desc);

static void bsd_ip_reass__any_order(struct kunit *test)
{
	const struct order_param *p = test->param_value;
	struct mbuf *frags[TEST_MAXFRAGS] = { };
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *m = NULL;
	const struct ip *ip;
	u32 i;

	m = ip_kunit_packet(test, NULL, 0, 0, TEST_DATA, 2000);
	KUNIT_ASSERT_EQ(test, bsd_ip_fragment(m, &ml, p->mtu), 0);
	KUNIT_ASSERT_EQ(test, ml_len(&ml), p->n);
	for (i = 0; i < p->n; i++)
		frags[i] = ml_dequeue(&ml);
	for (i = 0; i < p->n; i++) {
		m = reass(frags[p->order[i]]);
		if (i < p->n - 1)
			expect_nothing(test, m);
	}
	KUNIT_ASSERT_NOT_NULL(test, m);
	bsdnet_kunit_expect_packet(test, m, IP_HLEN + TEST_DATA);
	ip = mtod(m, const struct ip *);
	KUNIT_EXPECT_EQ(test, ntohs(ip->ip_len), IP_HLEN + TEST_DATA);
	KUNIT_EXPECT_EQ(test, ip->ip_off, 0);
	KUNIT_EXPECT_EQ(test, ip_hdr_cksum(ip), 0);
	bsdnet_kunit_expect_bytes(test, m, IP_HLEN, TEST_DATA, 0);
	m_freem(m);
}

static void bsd_ip_reass__duplicate_ignored(struct kunit *test)
{
	struct mbuf *m;

	expect_nothing(test, reass(frag(test, 1, 800, 200, false)));
	expect_nothing(test, reass(frag(test, 1, 800, 200, false)));
	expect_nothing(test, reass(frag(test, 1, 0, 400, true)));
	expect_nothing(test, reass(frag(test, 1, 0, 400, true)));
	m = reass(frag(test, 1, 400, 400, true));
	KUNIT_ASSERT_NOT_NULL(test, m);
	bsdnet_kunit_expect_packet(test, m, IP_HLEN + 1000);
	bsdnet_kunit_expect_bytes(test, m, IP_HLEN, 1000, 0);
	m_freem(m);
}

struct overlap_param {
	const char	*name;
	u32		 off;
	u32		 len;
	bool		 more;
};

/* With 400..800 and 1200..1400 (the end) there, this comes. */
static const struct overlap_param overlap_params[] = {
	{ "into the next", 0, 408, true },
	{ "out of the one before", 792, 400, true },
	{ "inside", 480, 80, true },
	{ "around", 0, 1000, true },
	{ "same place, longer", 400, 408, true },
	{ "same place, shorter", 400, 392, true },
	{ "same place, the end now", 400, 400, false },
	{ "behind the end", 1400, 80, true },
	{ "another end", 800, 200, false },
};

static void overlap_desc(const struct overlap_param *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(overlap, overlap_params, overlap_desc);

/* RFC 5722 4: all goes, and what would have made it whole finds nothing there. */
static void bsd_ip_reass__overlap_drops_all(struct kunit *test)
{
	const struct overlap_param *p = test->param_value;
	u64 before = mbuf_inuse();

	expect_nothing(test, reass(frag(test, 2, 400, 400, true)));
	expect_nothing(test, reass(frag(test, 2, 1200, 200, false)));
	expect_nothing(test, reass(frag(test, 2, p->off, p->len, p->more)));
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), before);
	purge(test);
}

static void bsd_ip_reass__impossible(struct kunit *test)
{
	u64 before = mbuf_inuse();

	expect_nothing(test, reass(frag(test, 3, 0, 100, true)));	/* not times eight */
	expect_nothing(test, reass(frag(test, 3, 8, 0, false)));	/* nothing */
	expect_nothing(test, reass(frag(test, 3, 65528, 1, false)));	/* beyond 65535 */
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), before);
}

/* What differs in any part of the key is another datagram. */
static void bsd_ip_reass__keys_do_not_mix(struct kunit *test)
{
	struct mbuf *m;

	expect_nothing(test, reass(frag(test, 4, 0, 400, true)));
	expect_nothing(test, reass(frag(test, 5, 400, 80, false)));
	m = frag(test, 4, 400, 80, false);
	mtod(m, struct ip *)->ip_src ^= htonl(4);
	expect_nothing(test, reass(m));
	m = frag(test, 4, 400, 80, false);
	mtod(m, struct ip *)->ip_dst ^= htonl(4);
	expect_nothing(test, reass(m));
	m = frag(test, 4, 400, 80, false);
	mtod(m, struct ip *)->ip_p = IPPROTO_ICMP;
	expect_nothing(test, reass(m));
	m = reass(frag(test, 4, 400, 80, false));
	KUNIT_EXPECT_NOT_NULL(test, m);
	m_freem(m);
	purge(test);
}

/* The header is the first fragment's, options and all. */
static void bsd_ip_reass__first_header_counts(struct kunit *test)
{
	static const u8 opts[] = { BSD_IPOPT_RR, 3, 4, BSD_IPOPT_EOL };
	struct mbuf *m;

	expect_nothing(test, reass(frag(test, 0x1234, 400, 80, false)));
	m = ip_kunit_packet(test, opts, sizeof(opts), 0, 400, 2000);
	mtod(m, struct ip *)->ip_off = htons(IP_OFF_MF);
	m = reass(m);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, ip_hdrlen(mtod(m, struct ip *)), 24U);
	bsdnet_kunit_expect_packet(test, m, 24 + 480);
	bsdnet_kunit_expect_bytes(test, m, 24, 480, 0);
	m_freem(m);
}

struct ecn_param {
	u8	tos[2];
	int	want;	/* TOS of the whole, -1: dropped */
};

/* RFC 3168 5.3. */
static const struct ecn_param ecn_params[] = {
	{ { 0, 0 }, 0 }, { { 2, 2 }, 2 }, { { 1, 1 }, 1 }, { { 3, 3 }, 3 },
	{ { 2, 3 }, 3 }, { { 3, 2 }, 3 }, { { 1, 3 }, 3 },
	{ { 0, 3 }, -1 }, { { 3, 0 }, -1 }, { { 0, 2 }, -1 },
};

static void ecn_desc(const struct ecn_param *p, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u and %u", p->tos[0], p->tos[1]);
}

KUNIT_ARRAY_PARAM(ecn, ecn_params, ecn_desc);

static void bsd_ip_reass__ecn(struct kunit *test)
{
	const struct ecn_param *p = test->param_value;
	struct mbuf *m;

	m = frag(test, 6, 0, 80, true);
	mtod(m, struct ip *)->ip_tos = p->tos[0] | 0x10;
	expect_nothing(test, reass(m));
	m = frag(test, 6, 80, 80, false);
	mtod(m, struct ip *)->ip_tos = p->tos[1] | 0x10;
	m = reass(m);
	if (p->want < 0) {
		expect_nothing(test, m);
		return;
	}
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, mtod(m, struct ip *)->ip_tos, p->want | 0x10);
	m_freem(m);
}

/* One datagram of too many crumbs goes. */
static void bsd_ip_reass__too_many_pieces(struct kunit *test)
{
	u64 before = mbuf_inuse();
	u32 i;

	for (i = 0; i < 128; i++)
		expect_nothing(test, reass(frag(test, 7, i * 16, 8, true)));
	KUNIT_EXPECT_GE(test, mbuf_inuse(), before + 128);
	expect_nothing(test, reass(frag(test, 7, 128 * 16, 8, true)));
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), before);
}

/* More datagrams than there may be: older ones go, and the newest can be finished. */
static void bsd_ip_reass__packet_limit(struct kunit *test)
{
	unsigned int saved = bsd_ip_maxfragpackets;
	u64 before = mbuf_inuse();
	u64 four = 0;
	u32 i;

	WRITE_ONCE(bsd_ip_maxfragpackets, 4);
	for (i = 0; i < 20; i++) {
		expect_nothing(test, reass(frag(test, 100 + i, 0, 8, true)));
		if (i == 3)
			four = mbuf_inuse();
	}
	KUNIT_EXPECT_GT(test, four, before);
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), four);
	WRITE_ONCE(bsd_ip_maxfragpackets, saved);
	purge(test);
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), before);
}

/* One source has a quarter of the fragments at most; another still gets in. */
static void bsd_ip_reass__source_share(struct kunit *test)
{
	unsigned int saved = bsd_ip_maxfrags;
	u64 before = mbuf_inuse();
	struct mbuf *m;
	u64 share = 0;
	u32 i;

	WRITE_ONCE(bsd_ip_maxfrags, 16);
	for (i = 0; i < 20; i++) {
		expect_nothing(test, reass(frag(test, 200 + i, 0, 8, true)));
		if (i == 3)
			share = mbuf_inuse();
	}
	KUNIT_EXPECT_GT(test, share, before);
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), share);
	m = frag(test, 200, 0, 8, true);
	mtod(m, struct ip *)->ip_src ^= htonl(8);
	expect_nothing(test, reass(m));
	KUNIT_EXPECT_GT(test, mbuf_inuse(), share);
	WRITE_ONCE(bsd_ip_maxfrags, saved);
	purge(test);
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), before);
}

/* Limits at 0: no fragments at all. */
static void bsd_ip_reass__switched_off(struct kunit *test)
{
	unsigned int saved = bsd_ip_maxfragpackets;
	u64 before = mbuf_inuse();

	WRITE_ONCE(bsd_ip_maxfragpackets, 0);
	expect_nothing(test, reass(frag(test, 8, 0, 8, true)));
	WRITE_ONCE(bsd_ip_maxfragpackets, saved);
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), before);
}

static struct kunit_case ip_reass_cases[] = {
	KUNIT_CASE_PARAM(bsd_ip_reass__any_order, order_gen_params),
	KUNIT_CASE(bsd_ip_reass__duplicate_ignored),
	KUNIT_CASE_PARAM(bsd_ip_reass__overlap_drops_all, overlap_gen_params),
	KUNIT_CASE(bsd_ip_reass__impossible),
	KUNIT_CASE(bsd_ip_reass__keys_do_not_mix),
	KUNIT_CASE(bsd_ip_reass__first_header_counts),
	KUNIT_CASE_PARAM(bsd_ip_reass__ecn, ecn_gen_params),
	KUNIT_CASE(bsd_ip_reass__too_many_pieces),
	KUNIT_CASE(bsd_ip_reass__packet_limit),
	KUNIT_CASE(bsd_ip_reass__source_share),
	KUNIT_CASE(bsd_ip_reass__switched_off),
	{}
};

struct kunit_suite bsdnet_ip_reass_suite = {
	.name = "bsdnet_ip_reass",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = ip_reass_cases,
};
