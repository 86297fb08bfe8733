// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * socket_stream.c - the state of streams, and waiting for bytes or for room.
 *
 * Between tcp_*.c, which says what becomes of a connection, and linux/sock_stream.c,
 * which copies. Bytes are read in place (sockbuf_stream.c), under so_rcvio.
 *
 * Context: process; see each function.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/netstack.h>
#include <linux/errno.h>
#include <linux/socket.h>

/**
 * solistening() - the protocol takes connections for the socket
 * @so: socket
 *
 * Context: PCB locked. Takes and releases sb_lock.
 */
void solistening(struct bsd_socket *so)
{
	so_setstate(so, SS_ACCEPTCONN, SS_CANTSENDMORE | SS_CANTRCVMORE);
}

/**
 * soisconnecting() - a handshake has begun
 * @so: socket, perhaps of a connection that failed
 *
 * Context: PCB locked. Takes and releases sb_lock.
 */
void soisconnecting(struct bsd_socket *so)
{
	so_setstate(so, SS_ISCONNECTING,
		    SS_ISCONNECTED | SS_CANTSENDMORE | SS_CANTRCVMORE | SS_SYNDATA |
		    SS_RCVDFIN);
}

/**
 * soisconnected() - the handshake is done
 * @so: socket
 *
 * Context: PCB locked. Takes and releases sb_lock.
 * Return:  whom to wake.
 */
u32 soisconnected(struct bsd_socket *so)
{
	so_setstate(so, SS_ISCONNECTED, SS_ISCONNECTING);
	return SOW_ALL;
}

/**
 * soisdisconnected() - the connection is over, in both directions
 * @so: socket
 *
 * Context: PCB locked. Takes and releases sb_lock.
 * Return:  whom to wake.
 */
u32 soisdisconnected(struct bsd_socket *so)
{
	so_setstate(so, SS_CANTSENDMORE | SS_CANTRCVMORE,
		    SS_ISCONNECTING | SS_ISCONNECTED | SS_SYNDATA);
	return SOW_ALL;
}

/**
 * soreadable() - would a reader, or accept(2), go on at once
 * @so: socket
 *
 * Context: Any.
 */
bool soreadable(const struct bsd_socket *so)
{
	u32 state = READ_ONCE(so->so_state);

	if (so_isspliced(so))
		return READ_ONCE(so->so_error);
	if (state & SS_ACCEPTCONN)
		return READ_ONCE(so->so_rcv.sb_mbcnt) || (state & SS_CANTRCVMORE);
	/* A stream's storage may be kept while its bytes were read: cc counts. */
	if (so->so_proto->pr_flags & PR_CONNREQUIRED)
		return so_instream(so) || READ_ONCE(so->so_error) ||
		       (state & SS_CANTRCVMORE) ||
		       !(state & (SS_ISCONNECTED | SS_ISCONNECTING));
	return READ_ONCE(so->so_rcv.sb_mbcnt) || READ_ONCE(so->so_error) ||
	       (state & SS_CANTRCVMORE);
}

/**
 * sowritable() - would a writer of a stream go on at once
 * @so: socket
 *
 * Context: Any.
 */
bool sowritable(const struct bsd_socket *so)
{
	u32 state = READ_ONCE(so->so_state);

	return (sb_space(&so->so_snd) && !so_unconnected(state)) ||
	       READ_ONCE(so->so_error) || (state & SS_CANTSENDMORE);
}

/**
 * sosendroom() - wait until a stream takes bytes
 * @so:    socket
 * @flags: MSG_DONTWAIT
 * @timeo: ticks left, < 0: not yet known
 * @room:  out: bytes it takes now
 *
 * Context: Process, no lock held; may sleep.
 * Return:  0; the pending error; -EPIPE, -ENOTCONN, -EAGAIN, -EINTR, -ERESTARTSYS.
 */
int sosendroom(struct bsd_socket *so, int flags, long *timeo, u32 *room)
{
	u32 state;
	int error;

	for (;;) {
		error = sotakeerror(so);
		if (error)
			return error;
		state = READ_ONCE(so->so_state);
		if (state & SS_CANTSENDMORE)
			return -EPIPE;
		if (!(state & (SS_ISCONNECTED | SS_ISCONNECTING)))
			return -EPIPE;	/* as Linux's: it sends no -ENOTCONN */
		*room = so_unconnected(state) ? 0 : sb_space(&so->so_snd);
		if (*room)
			return 0;
		if (flags & MSG_DONTWAIT)
			return -EAGAIN;
		error = sosk_wait_write(so, timeo);
		if (error)
			return error;
	}
}

/**
 * soreceive_stream() - wait until a stream has bytes to read
 * @so:     socket, so_rcvio held; released while it waits; spliced, it has none
 * @flags:  MSG_DONTWAIT
 * @timeo:  ticks left, < 0: not yet known
 * @waited: bytes were read before: an error or the end is left to the next call
 * @span:   out: where the bytes are that can be read, none at the end
 *
 * Who has read before does not go beyond the mark of urgent data, and at it does not wait;
 * who begins there does so when his signals are handled.
 *
 * Context: Process, no other lock held; may sleep.
 * Return:  0; the pending error; -ENOTCONN, -EAGAIN, -EINTR, -ERESTARTSYS.
 */
int soreceive_stream(struct bsd_socket *so, int flags, long *timeo, bool waited,
		     struct sb_span *span)
{
	bool spliced;
	u32 state;
	int error;

	for (;;) {
		spliced = so_isspliced(so);
		sb_span(so, span);
		if (unlikely(spliced)) {
			span->ss_len = 0;
		} else if (unlikely(span->ss_atmark)) {
			if (waited) {
				span->ss_len = 0;
				return 0;
			}
			error = sosk_interrupted(so, flags, timeo);
			if (error)
				return error;
		}
		if (span->ss_len)
			return 0;
		state = READ_ONCE(so->so_state);
		if (waited && (READ_ONCE(so->so_error) || state & SS_CANTRCVMORE))
			return 0;
		error = sotakeerror(so);
		if (error)
			return error;
		if (!spliced && state & SS_CANTRCVMORE)
			return 0;
		if (!spliced && !(state & (SS_ISCONNECTED | SS_ISCONNECTING)))
			return -ENOTCONN;
		if (flags & MSG_DONTWAIT)
			return -EAGAIN;
		mutex_unlock(&so->so_rcvio);
		error = sosk_wait(so, timeo);
		mutex_lock(&so->so_rcvio);
		if (error)
			return error;
	}
}

/**
 * sorcvd() - bytes were read: forget them, and perhaps tell the peer
 * @so:  socket, so_rcvio held
 * @len: bytes
 *
 * Context: Process, no other lock held; enters a section.
 */
void sorcvd(struct bsd_socket *so, u32 len)
{
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	struct netstack ns;

	sb_drop(so, &so->so_rcv, len);
	net_enter(&ns, so->so_proto->pr_section);
	pru->pru_rcvd(so, true, &ns);
	net_leave(&ns);
}
