// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_sndbuf_test.c - tests of kmod/netinet/tcp_sndbuf.c.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include <bsdnet/in_pcb.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/tcp_var.h>
#include <linux/prandom.h>

#define TURNS	20000
#define PIECE	1500	/* bytes appended at a time, at most */

/* A connection with an empty buffer that takes all. */
struct sender {
	struct tcpcb	  se_tp;
	struct inpcb	  se_inp;
	struct bsd_socket se_so;
	u32		  se_first;	/* number of the first byte in the buffer */
	u32		  se_next;	/* of the next one to be appended */
};

static struct sender *sender_new(struct kunit *test)
{
	struct sender *se = kunit_kzalloc(test, sizeof(*se), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, se);
	se->se_tp.t_inpcb = &se->se_inp;
	se->se_inp.inp_socket = &se->se_so;
	sb_init(&se->se_so.so_snd, SB_MAX);
	return se;
}

/* The byte with a number, of no short period. */
static u8 byte(u32 number)
{
	return number ^ number >> 8 ^ number >> 16;
}

static void append(struct kunit *test, struct sender *se, u32 len)
{
	struct mbuf *m = m_getcl(M_DONTWAIT, MCLBYTES);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (i = 0; i < len; i++)
		m->m_data[i] = byte(se->se_next + i);
	m->m_len = len;
	m->m_pkthdr.len = len;
	KUNIT_ASSERT_TRUE(test, sb_append_stream(&se->se_so, &se->se_so.so_snd, m));
	se->se_next += len;
}

static void drop(struct sender *se, u32 len)
{
	bsd_tcp_snd_drop(&se->se_tp, len);
	se->se_first += len;
}

/* The byte @off bytes behind the first one is where it is said to be. */
static void look(struct kunit *test, struct sender *se, u32 off)
{
	u32 at = U32_MAX;
	struct mbuf *m = bsd_tcp_snd_at(&se->se_tp, off, &at);

	KUNIT_ASSERT_NOT_NULL(test, m);
	if (off == se->se_next - se->se_first) {
		KUNIT_ASSERT_EQ(test, at, (u32)m->m_len);
		KUNIT_ASSERT_NULL(test, m->m_next);
	} else {
		KUNIT_ASSERT_LT(test, at, (u32)m->m_len);
		KUNIT_ASSERT_EQ(test, m->m_data[at], byte(se->se_first + off));
	}
}

static void bsd_tcp_snd_at__every_byte_after_every_change(struct kunit *test)
{
	struct sender *se = sender_new(test);
	struct rnd_state rnd;
	u32 there;
	int i;

	prandom_seed_state(&rnd, 42);
	append(test, se, 1);
	for (i = 0; i < TURNS; i++) {
		there = se->se_next - se->se_first;
		switch (prandom_u32_state(&rnd) % 4) {
		case 0:
			if (there < 50 * PIECE)
				append(test, se, 1 + prandom_u32_state(&rnd) % PIECE);
			break;
		case 1:	/* few of them, most of them, or just up to the last look */
			drop(se, prandom_u32_state(&rnd) % 3 ? 0 : prandom_u32_state(&rnd) % there);
			drop(se, min(se->se_tp.t_sndoff, se->se_next - se->se_first - 1));
			break;
		default:
			look(test, se, prandom_u32_state(&rnd) % (there + 1));
		}
	}
	bsd_tcp_snd_flush(&se->se_tp);
}

static void bsd_tcp_snd_drop__all_and_more_comes(struct kunit *test)
{
	struct sender *se = sender_new(test);

	append(test, se, PIECE);
	look(test, se, PIECE);
	drop(se, PIECE);
	KUNIT_EXPECT_NULL(test, se->se_tp.t_sndm);
	append(test, se, 3);
	look(test, se, 0);
	look(test, se, 3);
	bsd_tcp_snd_flush(&se->se_tp);
}

static void bsd_tcp_snd_at__goes_on_where_it_was(struct kunit *test)
{
	struct sender *se = sender_new(test);
	struct mbuf *second;

	append(test, se, PIECE);
	append(test, se, PIECE);
	append(test, se, PIECE);
	look(test, se, PIECE);
	second = se->se_tp.t_sndm;
	KUNIT_EXPECT_PTR_EQ(test, second, se->se_so.so_snd.sb_ml.ml_head->m_next);
	drop(se, PIECE - 1);	/* a byte of the first is left */
	KUNIT_EXPECT_PTR_EQ(test, se->se_tp.t_sndm, second);
	KUNIT_EXPECT_EQ(test, se->se_tp.t_sndoff, 1U);
	look(test, se, PIECE + 7);
	bsd_tcp_snd_flush(&se->se_tp);
}

static struct kunit_case tcp_sndbuf_cases[] = {
	KUNIT_CASE(bsd_tcp_snd_at__every_byte_after_every_change),
	KUNIT_CASE(bsd_tcp_snd_drop__all_and_more_comes),
	KUNIT_CASE(bsd_tcp_snd_at__goes_on_where_it_was),
	{}
};

struct kunit_suite bsdnet_tcp_sndbuf_suite = {
	.name = "bsdnet_tcp_sndbuf",
	.init = bsdnet_kunit_leakcheck_init,
	.exit = bsdnet_kunit_leakcheck,
	.test_cases = tcp_sndbuf_cases,
};
