// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * leakcheck.c - no test may leave a packet behind; and packets to test with.
 *
 * Context: KUnit's thread.
 */
#include "kunit_lib.h"
#include <bsdnet/mbuf.h>
#include <linux/delay.h>
#include <linux/minmax.h>

#define LEAK_TRIES	50	/* of 20 ms: frees that wait for a grace period */

/* Made at the start of a test, found by its name, freed by KUnit. */
struct leakcheck {
	struct kunit_resource	lc_res;		/* owned by the test */
	u64			lc_inuse;	/* mbufs at the start */
	u64			lc_bytes;	/* their bytes */
};

static const char leakcheck_name[] = "bsdnet leakcheck";

/**
 * bsdnet_kunit_leakcheck_init() - remember how many mbufs there are
 * @test: test that begins
 *
 * Return: 0 or -errno.
 */
int bsdnet_kunit_leakcheck_init(struct kunit *test)
{
	struct leakcheck *lc = kunit_kzalloc(test, sizeof(*lc), GFP_KERNEL);

	if (!lc)
		return -ENOMEM;
	lc->lc_inuse = mbuf_inuse();
	lc->lc_bytes = mbuf_bytes();
	return kunit_add_named_resource(test, NULL, NULL, &lc->lc_res, leakcheck_name, lc);
}

/**
 * bsdnet_kunit_leakcheck() - expect as many mbufs as there were
 * @test: test that ends
 */
void bsdnet_kunit_leakcheck(struct kunit *test)
{
	struct kunit_resource *res = kunit_find_named_resource(test, leakcheck_name);
	struct leakcheck *lc;
	int tries;

	bsdnet_kunit_fail_nth(0);
	if (!res)
		return;
	lc = res->data;
	for (tries = 0; tries < LEAK_TRIES; tries++) {
		if (mbuf_inuse() == lc->lc_inuse && mbuf_bytes() == lc->lc_bytes)
			break;
		msleep(20);
	}
	KUNIT_EXPECT_EQ(test, mbuf_inuse(), lc->lc_inuse);
	KUNIT_EXPECT_EQ(test, mbuf_bytes(), lc->lc_bytes);
	kunit_put_resource(res);
}

static u8 pattern(u32 i)
{
	return i % 251;
}

/**
 * bsdnet_kunit_packet() - a packet of known bytes in pieces
 * @test:  test that asserts that there is memory
 * @len:   bytes
 * @piece: bytes in each mbuf, at most MCLBYTES
 *
 * Pieces that fit lie in the mbuf, others in a cluster.
 *
 * Return: Packet, the caller's.
 */
struct mbuf *bsdnet_kunit_packet(struct kunit *test, u32 len, u32 piece)
{
	struct mbuf *head = NULL;
	struct mbuf **np = &head;
	struct mbuf *m;
	u32 done = 0;
	u32 i;

	do {
		m = head ? m_get(M_DONTWAIT) : m_gethdr(M_DONTWAIT);
		KUNIT_ASSERT_NOT_NULL(test, m);
		*np = m;
		np = &m->m_next;
		if (piece > m_size(m))
			KUNIT_ASSERT_EQ(test, m_clget(m, M_DONTWAIT, piece), 0);
		m->m_len = min(piece, len - done);
		for (i = 0; i < m->m_len; i++)
			m->m_data[i] = pattern(done + i);
		done += m->m_len;
	} while (done < len);
	head->m_pkthdr.len = len;
	return head;
}

/**
 * bsdnet_kunit_expect_bytes() - expect the bytes of bsdnet_kunit_packet()
 * @test: test
 * @m:    packet or chain
 * @off:  first byte looked at
 * @len:  how many
 * @from: place of the first one in the sequence
 */
void bsdnet_kunit_expect_bytes(struct kunit *test, const struct mbuf *m, u32 off, u32 len,
			       u32 from)
{
	u32 i;
	u8 b;

	for (i = 0; i < len; i++) {
		if (m_copydata(m, off + i, 1, &b) || b != pattern(from + i)) {
			KUNIT_FAIL(test, "byte %u of %u is not byte %u of the sequence",
				   off + i, len, from + i);
			return;
		}
	}
}

/**
 * bsdnet_kunit_expect_packet() - expect that chain and header agree
 * @test: test
 * @m:    packet
 * @len:  bytes it should have
 */
void bsdnet_kunit_expect_packet(struct kunit *test, const struct mbuf *m, u32 len)
{
	u32 sum = 0;

	KUNIT_EXPECT_TRUE(test, m->m_flags & M_PKTHDR);
	KUNIT_EXPECT_EQ(test, m->m_pkthdr.len, len);
	for (; m; m = m->m_next) {
		sum += m->m_len;
		KUNIT_EXPECT_TRUE(test, m->m_data >= m_start(m));
		KUNIT_EXPECT_TRUE(test, m->m_data + m->m_len <= m_start(m) + m_size(m));
	}
	KUNIT_EXPECT_EQ(test, sum, len);
}
