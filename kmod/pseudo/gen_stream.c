// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * gen_stream.c - TCP connections that gen(4) opens and sends into: the far ends.
 *
 * A flow sends a SYN; when the answer has come, data of zeroes as far as the window of
 * its peer goes, and no further. What sockets read and acknowledge lets it send more:
 * gen_stream_heard() schedules its poll. A third acknowledgment of the same in a row
 * has it send again from there on. There is no timer, and no congestion control: between
 * an interface and its own machine nothing is lost but by a limit. Data of the peer's
 * is not taken.
 * Context: polls in softnet threads; what is heard in any section.
 * Source: RFC 9293 3.4, 3.5, 3.8; RFC 7323 2 (window scale).
 */
#include "gen_priv.h"
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <uapi/linux/in.h>

#define GEN_MSS		1460
#define GEN_SYNOPTS	(BSD_TCPOLEN_MAXSEG + 1 + BSD_TCPOLEN_WINDOW)
#define GEN_SYNLEN	(GEN_L4 + TCP_MINHDR + GEN_SYNOPTS)
#define GEN_DUPACKS	3

static_assert(GEN_SYNLEN <= GEN_HDRLEN);

/* What of a request says which connections they are. */
static bool gen_stream_same(const struct bsd_genreq *a, const struct bsd_genreq *b)
{
	return a->gr_flows == b->gr_flows && a->gr_ndst == b->gr_ndst &&
	       !memcmp(a->gr_src, b->gr_src, sizeof(a->gr_src)) &&
	       !memcmp(a->gr_dst, b->gr_dst, sizeof(a->gr_dst)) &&
	       a->gr_sport == b->gr_sport && a->gr_dport == b->gr_dport &&
	       a->gr_ndport == b->gr_ndport;
}

/**
 * gen_stream_check() - can a run be one of streams?
 * @sc: interface
 * @gr: request; its zeroes have been replaced
 *
 * Context: Process, rtnl.
 * Return:  0 or -EINVAL.
 */
int gen_stream_check(const struct gen_softc *sc, const struct bsd_genreq *gr)
{
	bool more = gr->gr_flags & BSD_GEN_MORE;

	if (!(gr->gr_flags & BSD_GEN_STREAM))
		return more ? -EINVAL : 0;
	if (gr->gr_proto != IPPROTO_TCP || gr->gr_flags & BSD_GEN_DROP)
		return -EINVAL;
	if (more && (!sc->sc_streams || !gen_stream_same(gr, &sc->sc_streams->gs_req)))
		return -EINVAL;
	return 0;
}

/**
 * gen_stream_start() - the connections of a run
 * @sc: interface, no run going on
 * @gr: request, checked
 *
 * Those of the run before are forgotten, unless the request is for them.
 *
 * Context: Process, may sleep, rtnl.
 * Return:  0 or -ENOMEM.
 */
int gen_stream_start(struct gen_softc *sc, const struct bsd_genreq *gr)
{
	struct gen_streams *gs;
	u32 i;

	if (gr->gr_flags & BSD_GEN_MORE)
		return 0;
	gen_stream_free(sc);
	if (!(gr->gr_flags & BSD_GEN_STREAM))
		return 0;
	gs = kvzalloc(struct_size(gs, gs_conns, gr->gr_flows), GFP_KERNEL);
	if (!gs)
		return -ENOMEM;
	gs->gs_req = *gr;
	gs->gs_addr = gen_get32(gr->gr_src);
	for (i = 0; i < gr->gr_flows; i++)
		spin_lock_init(&gs->gs_conns[i].gc_lock);
	smp_store_release(&sc->sc_streams, gs);	/* pairs with gen_stream_heard() */
	return 0;
}

/**
 * gen_stream_stop() - a run ends; its connections may go on in the next
 * @sc: interface, whose threads make nothing any more
 *
 * When it returns, nobody who hears something knows the threads.
 *
 * Context: Process, may sleep, rtnl.
 */
void gen_stream_stop(struct gen_softc *sc)
{
	struct gen_streams *gs = sc->sc_streams;
	u32 i;

	if (!gs)
		return;
	for (i = 0; i < gs->gs_req.gr_flows; i++)
		WRITE_ONCE(gs->gs_conns[i].gc_thread, NULL);
	net_synchronize();
}

/**
 * gen_stream_free() - forget the connections
 * @sc: interface, no run going on
 *
 * Context: Process, may sleep, rtnl.
 */
void gen_stream_free(struct gen_softc *sc)
{
	struct gen_streams *gs = sc->sc_streams;

	if (!gs)
		return;
	WRITE_ONCE(sc->sc_streams, NULL);
	net_synchronize();
	kvfree(gs);
}

/**
 * gen_stream_template() - make a SYN's template that of data
 * @hdr: first bytes of a frame
 *
 * In place of the checksum stands the sum of all but both numbers.
 *
 * Context: Any.
 */
void gen_stream_template(u8 *hdr)
{
	u8 *ip = hdr + ETH_HLEN;
	u8 *th = hdr + GEN_L4;

	th[13] = BSD_TH_ACK;
	gen_put16(th + 16, 0);
	gen_put16(th + 16, ~gen_fold(gen_sum(ip + 12, 8) + IPPROTO_TCP +
				     gen_get16(ip + 2) - GEN_IPLEN + gen_sum(th, TCP_MINHDR)));
}

/* Turn a frame made from the template into the SYN. */
static void gen_stream_syn(u8 *hdr)
{
	u8 *ip = hdr + ETH_HLEN;
	u8 *th = hdr + GEN_L4;
	u8 *opt = th + TCP_MINHDR;
	u32 len = TCP_MINHDR + GEN_SYNOPTS;

	gen_put16(ip + 2, GEN_IPLEN + len);
	gen_put16(ip + 10, 0);
	gen_put16(ip + 10, gen_fold(gen_sum(ip, GEN_IPLEN)));
	th[12] = len / 4 << 4;
	th[13] = BSD_TH_SYN;
	opt[0] = BSD_TCPOPT_MAXSEG;
	opt[1] = BSD_TCPOLEN_MAXSEG;
	gen_put16(opt + 2, GEN_MSS);
	opt[4] = BSD_TCPOPT_NOP;
	opt[5] = BSD_TCPOPT_WINDOW;
	opt[6] = BSD_TCPOLEN_WINDOW;
	opt[7] = 0;
	gen_put16(th + 16, 0);
	gen_put16(th + 16, gen_fold(gen_sum(ip + 12, 8) + IPPROTO_TCP + len + gen_sum(th, len)));
}

/* Bytes of data in a frame of a run. */
static u32 gen_stream_len(const struct gen_softc *sc)
{
	return sc->sc_size - GEN_L4 - TCP_MINHDR;
}

/* May it send a segment? */
static bool gen_conn_ready(const struct gen_conn *gc, u32 len)
{
	switch (smp_load_acquire(&gc->gc_state)) {	/* pairs with gen_conn_open() */
	case GEN_CLOSED:
		return true;
	case GEN_OPEN:
		return READ_ONCE(gc->gc_again) ||
		       seq_leq(gc->gc_seq + len, READ_ONCE(gc->gc_right));
	default:
		return false;
	}
}

/* The flow that sends next, from gt_next on; @next: the one behind it. NULL: none may. */
static struct gen_flow *gen_stream_next(const struct gen_thread *gt, u32 *next)
{
	u32 len = gen_stream_len(gt->gt_sc);
	struct gen_flow *gf;
	u32 at = gt->gt_next;
	u32 i;

	for (i = 0; i < gt->gt_nflows; i++) {
		gf = &gt->gt_flows[at];
		if (++at == gt->gt_nflows)
			at = 0;
		if (gen_conn_ready(gf->gf_conn, len)) {
			*next = at;
			return gf;
		}
	}
	return NULL;
}

/**
 * gen_stream_ready() - may any of a thread's flows send?
 * @gt: thread
 *
 * Context: Softnet thread.
 */
bool gen_stream_ready(const struct gen_thread *gt)
{
	u32 next;

	return gen_stream_next(gt, &next);
}

static void gen_stream_fill(struct gen_thread *gt, struct gen_flow *gf, struct mbuf *m)
{
	struct gen_softc *sc = gt->gt_sc;
	struct gen_conn *gc = gf->gf_conn;
	u32 seq, ack;
	u8 *th;

	if (unlikely(gc->gc_state == GEN_CLOSED)) {
		gen_fill(gt, gf, m, GEN_SYNLEN, sc->sc_csum);
		gen_stream_syn(m->m_data);
		gc->gc_seq = 1;
		WRITE_ONCE(gc->gc_state, GEN_SYN_SENT);
		return;
	}
	if (unlikely(READ_ONCE(gc->gc_again))) {
		WRITE_ONCE(gc->gc_again, false);
		gc->gc_seq = READ_ONCE(gc->gc_una);
	}
	seq = gc->gc_seq;
	ack = READ_ONCE(gc->gc_ack);
	gen_fill(gt, gf, m, sc->sc_size, sc->sc_csum);
	th = m->m_data + GEN_L4;
	gen_put32(th + 4, seq);
	gen_put32(th + 8, ack);
	gen_put16(th + 16, gen_fold(gen_get16(th + 16) + (seq >> 16) + (seq & 0xffff) +
				    (ack >> 16) + (ack & 0xffff)));
	WRITE_ONCE(gc->gc_seq, seq + gen_stream_len(sc));
}

/**
 * gen_stream_poll() - make segments of the flows that may send, one of each in turn
 * @gt:   thread
 * @ml:   list to append to
 * @want: how many at most
 *
 * Context: Softnet thread.
 * Return:  segments made.
 */
unsigned int gen_stream_poll(struct gen_thread *gt, struct mbuf_list *ml, unsigned int want)
{
	u32 size = max_t(u32, gt->gt_sc->sc_size, GEN_HDRLEN) + GEN_ALIGN;
	struct mbuf_list made = MBUF_LIST_INIT;
	struct gen_flow *gf;
	unsigned int n = 0;
	struct mbuf *m;
	u32 got;

	if (!gen_stream_ready(gt))
		return 0;
	got = ml_getbulk(&made, want, size, M_DONTWAIT);
	if (unlikely(got < want))
		WRITE_ONCE(gt->gt_nomem, gt->gt_nomem + want - got);
	while (n < got) {
		gf = gen_stream_next(gt, &gt->gt_next);
		if (!gf)
			break;
		m = ml_dequeue(&made);
		gen_stream_fill(gt, gf, m);
		ml_enqueue(ml, m);
		n++;
	}
	ml_purge(&made);
	return n;
}

/* How far the peer's windows are shifted: of its SYN's options, @len bytes. */
static u8 gen_stream_shift(const u8 *opt, unsigned int len)
{
	while (len && *opt != BSD_TCPOPT_EOL) {
		if (*opt == BSD_TCPOPT_NOP) {
			opt++;
			len--;
			continue;
		}
		if (len < 2 || opt[1] < 2 || opt[1] > len)
			break;
		if (*opt == BSD_TCPOPT_WINDOW && opt[1] == BSD_TCPOLEN_WINDOW)
			return min_t(u8, opt[2], TCP_MAX_WINSHIFT);
		len -= opt[1];
		opt += opt[1];
	}
	return 0;
}

/* The answer to the SYN; locked. */
static void gen_conn_open(struct gen_conn *gc, const u8 *th, unsigned int room)
{
	unsigned int hlen = (th[12] >> 4) * 4;

	if (gen_get32(th + 8) != 1 || hlen < TCP_MINHDR || hlen > room)
		return;
	gc->gc_shift = gen_stream_shift(th + TCP_MINHDR, hlen - TCP_MINHDR);
	WRITE_ONCE(gc->gc_ack, gen_get32(th + 4) + 1);
	WRITE_ONCE(gc->gc_una, 1);
	WRITE_ONCE(gc->gc_right, 1 + gen_get16(th + 14));
	smp_store_release(&gc->gc_state, GEN_OPEN);	/* pairs with gen_conn_ready() */
}

/* An acknowledgment; locked. */
static void gen_conn_acked(struct gen_conn *gc, u32 ack, u32 win)
{
	if (seq_gt(ack, gc->gc_una)) {
		WRITE_ONCE(gc->gc_una, ack);
		gc->gc_dups = 0;
	} else if (ack == gc->gc_una && ack + win == gc->gc_right &&
		   ack != READ_ONCE(gc->gc_seq) && ++gc->gc_dups == GEN_DUPACKS) {
		WRITE_ONCE(gc->gc_again, true);
	}
	if (seq_gt(ack + win, gc->gc_right))
		WRITE_ONCE(gc->gc_right, ack + win);
}

static void gen_conn_heard(struct gen_conn *gc, const u8 *th, unsigned int room)
{
	struct gen_thread *gt;
	u8 flags = th[13];

	spin_lock(&gc->gc_lock);
	if (flags & BSD_TH_RST)
		WRITE_ONCE(gc->gc_state, GEN_RESET);
	else if (gc->gc_state == GEN_SYN_SENT && flags & BSD_TH_SYN && flags & BSD_TH_ACK)
		gen_conn_open(gc, th, room);
	else if (gc->gc_state == GEN_OPEN && flags & BSD_TH_ACK)
		gen_conn_acked(gc, gen_get32(th + 8), (u32)gen_get16(th + 14) << gc->gc_shift);
	spin_unlock(&gc->gc_lock);
	gt = READ_ONCE(gc->gc_thread);
	if (gt)
		softnet_poll_schedule(&gt->gt_poll);
}

/**
 * gen_stream_heard() - a frame was sent to the interface
 * @sc: interface
 * @m:  frame; stays the caller's
 *
 * Context: Section.
 */
void gen_stream_heard(struct gen_softc *sc, const struct mbuf *m)
{
	/* Pairs with gen_stream_start(). */
	struct gen_streams *gs = smp_load_acquire(&sc->sc_streams);
	const u8 *ip = m->m_data + ETH_HLEN;
	const u8 *th = m->m_data + GEN_L4;
	const struct bsd_genreq *gr;
	u32 i;

	if (!gs || m->m_len < GEN_L4 + TCP_MINHDR ||
	    gen_get16(m->m_data + 2 * ETH_ALEN) != ETH_P_IP || ip[0] != 0x45 ||
	    ip[9] != IPPROTO_TCP)
		return;
	gr = &gs->gs_req;
	i = gen_get32(ip + 16) - gs->gs_addr;
	if (i < gr->gr_flows && gen_get16(th + 2) == (u16)(gr->gr_sport + i) &&
	    gen_get16(th) == (u16)(gr->gr_dport + i % gr->gr_ndport))
		gen_conn_heard(&gs->gs_conns[i], th, m->m_len - GEN_L4);
}
