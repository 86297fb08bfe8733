// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_autobuf.c - buffers that grow with what a path carries.
 *
 * Receive path: tcp_segment.c -> here, once a round trip: the receive buffer holds twice
 * what the program has read in that time, so that the window never is what holds the peer
 * back (dynamic right-sizing). Send path: tcp_output.c -> here: the send buffer holds two
 * congestion windows, one under way and one to follow.
 *
 * Buffers grow up to the knobs tcp/recvbuf_max and tcp/sendbuf_max, not while packets use
 * up the sockets' share of memory, never shrink, and stay as they are when the program has
 * set them (SO_RCVBUF, SO_SNDBUF), as on Linux.
 *
 * Context: section, PCB locked.
 * Source: Fisk, Feng: Dynamic right-sizing in TCP (2001); RFC 7323 2 (large windows).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/socketvar.h>
#include <linux/minmax.h>

#define TCP_AUTO_SEGS	16	/* segments more, so that slow start is not held back */

unsigned int bsd_tcp_recvbuf_max = 2 * 1024 * 1024;
unsigned int bsd_tcp_sendbuf_max = 2 * 1024 * 1024;

static void autobuf_grow(struct tcpcb *tp, struct sockbuf *sb, u32 want, u32 max)
{
	want = min(want, max);
	if (want > READ_ONCE(sb->sb_hiwat) && !mbuf_sock_pressure())
		sb_grow(tcp_so(tp), sb, want);
}

/**
 * bsd_tcp_autobuf_start() - a connection is open: measure from here on
 * @tp:  connection
 * @now: as of bsd_tcp_now()
 *
 * Context: PCB locked.
 */
void bsd_tcp_autobuf_start(struct tcpcb *tp, u32 now)
{
	tp->t_readat = now;
	tp->t_readseq = tp->rcv_nxt - READ_ONCE(tcp_so(tp)->so_rcv.sb_cc);
}

/**
 * bsd_tcp_autobuf_rcv() - data came: was so much read lately that more should be under way?
 * @tp:  connection
 * @now: as of bsd_tcp_now()
 *
 * The round trip is that of what we send, or of the handshake: queues on the way, which
 * make it longer later, need no window. Where neither was measured (SYN cookies) it is
 * taken for as long as the time-out.
 *
 * Context: PCB locked.
 */
void bsd_tcp_autobuf_rcv(struct tcpcb *tp, u32 now)
{
	struct sockbuf *sb = &tcp_so(tp)->so_rcv;
	u32 rtt = tp->t_srtt ? tp->t_srtt >> 3 : tp->t_rxtcur;
	u32 taken;

	if (now - tp->t_readat < max_t(u32, rtt, 1))
		return;
	taken = tp->rcv_nxt - READ_ONCE(sb->sb_cc) - tp->t_readseq;
	bsd_tcp_autobuf_start(tp, now);
	if ((s32)taken > 0 && !READ_ONCE(sb->sb_shut))
		autobuf_grow(tp, sb, 2 * min_t(u32, taken, SB_MAX) +
				     TCP_AUTO_SEGS * (u32)tp->t_maxseg,
			     READ_ONCE(bsd_tcp_recvbuf_max));
}

/**
 * bsd_tcp_autobuf_snd() - something is to be sent: does the buffer hold enough of it?
 * @tp: connection, synchronized
 *
 * A program that does not fill half of what it has needs no more.
 *
 * Context: PCB locked.
 */
void bsd_tcp_autobuf_snd(struct tcpcb *tp)
{
	struct sockbuf *sb = &tcp_so(tp)->so_snd;

	if (READ_ONCE(sb->sb_cc) > READ_ONCE(sb->sb_hiwat) / 2)
		autobuf_grow(tp, sb, 2 * min(tp->snd_cwnd, tp->snd_wnd),
			     READ_ONCE(bsd_tcp_sendbuf_max));
}
