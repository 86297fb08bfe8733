// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_reass.c - data that came before what it follows.
 *
 * Receive path: tcp_segment.c -> here (t_reass, by sequence number) -> sockbuf.c when
 * the gap is filled. Of bytes that come twice the first stay.
 *
 * Storage is limited as the receive buffer is, and charged to the user; a segment
 * that has no room is dropped, and comes again. The one that all others wait for is
 * always taken: refused, it would be refused for ever.
 *
 * Context: PCB locked.
 * Source: RFC 9293 3.10.7.4 (SHLD-31).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/socketvar.h>
#include <linux/minmax.h>

/* Where @m, on t_reass, begins. */
static u32 rq_seq(const struct mbuf *m)
{
	return (u32)(unsigned long)m->m_pkthdr.ph_cookie;
}

static void rq_setseq(struct mbuf *m, u32 seq)
{
	m->m_pkthdr.ph_cookie = (void *)(unsigned long)seq;
}

static u32 rq_end(const struct mbuf *m)
{
	return rq_seq(m) + m->m_pkthdr.len;
}

static void rq_charge(struct tcpcb *tp, s64 bytes)
{
	tp->t_reassbytes += bytes;
	so_user_charge(tcp_so(tp)->so_user, bytes);
}

/* Take @m, behind @prev (NULL: first), off the list. */
static void rq_unlink(struct tcpcb *tp, struct mbuf *prev, struct mbuf *m)
{
	struct mbuf_list *ml = &tp->t_reass;

	if (prev)
		prev->m_nextpkt = m->m_nextpkt;
	else
		ml->ml_head = m->m_nextpkt;
	if (ml->ml_tail == m)
		ml->ml_tail = prev;
	ml->ml_len--;
	m->m_nextpkt = NULL;
	rq_charge(tp, -(s64)sb_mbsize(m));
}

static void rq_link(struct tcpcb *tp, struct mbuf *prev, struct mbuf *m)
{
	struct mbuf_list *ml = &tp->t_reass;

	m->m_nextpkt = prev ? prev->m_nextpkt : ml->ml_head;
	if (prev)
		prev->m_nextpkt = m;
	else
		ml->ml_head = m;
	if (!m->m_nextpkt)
		ml->ml_tail = m;
	ml->ml_len++;
	rq_charge(tp, sb_mbsize(m));
}

/* The last on the list that begins at or before @seq, NULL: none does. */
static struct mbuf *rq_before(const struct tcpcb *tp, u32 seq)
{
	struct mbuf *prev = NULL;
	struct mbuf *m;

	if (tp->t_reass.ml_tail && seq_leq(rq_seq(tp->t_reass.ml_tail), seq))
		return tp->t_reass.ml_tail;
	for (m = tp->t_reass.ml_head; m && seq_leq(rq_seq(m), seq); m = m->m_nextpkt)
		prev = m;
	return prev;
}

/**
 * bsd_tcp_reass_insert() - keep a segment that is out of order
 * @tp:  connection
 * @m:   data, in the window; consumed
 * @seq: of its first byte
 *
 * Context: PCB locked.
 */
void bsd_tcp_reass_insert(struct tcpcb *tp, struct mbuf *m, u32 seq)
{
	struct bsd_socket *so = tcp_so(tp);
	struct mbuf *prev = rq_before(tp, seq);
	u32 start = seq, end = seq + m->m_pkthdr.len;
	struct mbuf *next;
	u32 drop;

	if (seq != tp->rcv_nxt &&
	    (tp->t_reassbytes + sb_mbsize(m) > READ_ONCE(so->so_rcv.sb_mbmax) ||
	     so_user_full(so->so_user))) {
		m_drop(m, TS_RCVREASSFULL);
		return;
	}
	if (prev && seq_gt(rq_end(prev), seq)) {
		drop = min(rq_end(prev) - seq, m->m_pkthdr.len);
		bsd_tcp_sack_duplicate(tp, seq, seq + drop);
		if (drop == m->m_pkthdr.len) {
			bsd_tcp_sack_note(tp, seq, seq + drop);	/* RFC 2883 4: told next */
			m_drop(m, TS_RCVDUP);
			return;
		}
		m_adj(m, drop);
		seq += drop;
	}
	rq_setseq(m, seq);
	for (;;) {
		next = prev ? prev->m_nextpkt : tp->t_reass.ml_head;
		if (!next || seq_leq(rq_end(m), rq_seq(next)))
			break;
		if (seq_lt(rq_end(m), rq_end(next))) {
			m_adj(m, -(int)(rq_end(m) - rq_seq(next)));
			break;
		}
		rq_unlink(tp, prev, next);
		m_freem(next);
	}
	if (!m->m_pkthdr.len) {		/* two that touch each other have all of it */
		bsd_tcp_sack_duplicate(tp, start, end);
		bsd_tcp_sack_note(tp, rq_seq(prev), rq_end(next));
		m_drop(m, TS_RCVDUP);
		return;
	}
	counter_inc(TS_RCVOOO);
	rq_link(tp, prev, m);
	bsd_tcp_sack_note(tp, seq, rq_end(m));
}

/**
 * bsd_tcp_reass_next() - data that is in order now
 * @tp: connection
 *
 * Context: PCB locked.
 * Return:  data from rcv_nxt on, the caller's; NULL if there is none.
 */
struct mbuf *bsd_tcp_reass_next(struct tcpcb *tp)
{
	struct mbuf *m;

	while ((m = tp->t_reass.ml_head) && seq_leq(rq_seq(m), tp->rcv_nxt)) {
		rq_unlink(tp, NULL, m);
		if (seq_gt(rq_end(m), tp->rcv_nxt)) {
			if (rq_seq(m) != tp->rcv_nxt)
				m_adj(m, tp->rcv_nxt - rq_seq(m));
			return m;
		}
		m_drop(m, TS_RCVDUP);
	}
	return NULL;
}

/**
 * bsd_tcp_reass_flush() - the connection is over
 * @tp: connection
 *
 * Context: PCB locked.
 */
void bsd_tcp_reass_flush(struct tcpcb *tp)
{
	struct mbuf *m;

	while ((m = tp->t_reass.ml_head)) {
		rq_unlink(tp, NULL, m);
		m_freem(m);
	}
}
