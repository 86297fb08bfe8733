// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_sndbuf.c - where in its send buffer a connection is.
 *
 * Send path: tcp_output.c -> bsd_tcp_snd_at() -> m_copym(); tcp_ack.c ->
 * bsd_tcp_snd_drop().
 *
 * What is sent next lies behind what is under way, which may be megabytes in hundreds of
 * mbufs. So the mbuf that was looked at last is kept, and a look that is not before it
 * begins there.
 *
 * Appending, by tasks that do not have the PCB, changes the end of the chain only, so what
 * is kept stays right. Bytes are dropped with the PCB locked, as they are sent.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/kassert.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/socketvar.h>

/**
 * bsd_tcp_snd_at() - find a byte of the send buffer
 * @tp:	  connection
 * @off:  bytes before it, at most as many as the buffer has
 * @poff: filled in: bytes before it in its mbuf
 *
 * Context: Section, PCB locked.
 * Return:  mbuf, which stays the buffer's.
 */
struct mbuf *bsd_tcp_snd_at(struct tcpcb *tp, u32 off, u32 *poff)
{
	struct mbuf *m = tcp_so(tp)->so_snd.sb_ml.ml_head;
	u32 before = 0;

	if (!off) {	/* nothing is under way */
		*poff = 0;
		return m;
	}
	if (tp->t_sndm && off >= tp->t_sndoff) {
		m = tp->t_sndm;
		before = tp->t_sndoff;
	}
	m = m_getptr(m, off - before, poff);
	tp->t_sndm = m;
	tp->t_sndoff = off - *poff;
	return m;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_snd_at);

/**
 * bsd_tcp_snd_drop() - the first bytes of the send buffer are not needed any more
 * @tp:	 connection
 * @len: bytes, no more than are there
 *
 * Context: Section, PCB locked.
 */
void bsd_tcp_snd_drop(struct tcpcb *tp, u32 len)
{
	struct bsd_socket *so = tcp_so(tp);

	if (len < tp->t_sndoff) {
		tp->t_sndoff -= len;
	} else {	/* it is the first one now, or gone */
		tp->t_sndm = NULL;
		tp->t_sndoff = 0;
	}
	sb_drop(so, &so->so_snd, len);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_snd_drop);

/**
 * bsd_tcp_snd_flush() - nothing of the send buffer is needed any more
 * @tp: connection
 *
 * Context: Section, PCB locked.
 */
void bsd_tcp_snd_flush(struct tcpcb *tp)
{
	struct bsd_socket *so = tcp_so(tp);

	tp->t_sndm = NULL;
	tp->t_sndoff = 0;
	sb_flush(so, &so->so_snd);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_snd_flush);
