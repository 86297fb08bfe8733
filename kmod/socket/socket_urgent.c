// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * socket_urgent.c - the urgent byte of a stream, and the mark in front of it.
 *
 * Receive path: tcp_segment.c tells of it -> here -> linux/sock_stream.c, which stops at
 * the mark; sockbuf_stream.c moves the mark with what is in front of it.
 *
 * The byte stays where it is in the receive buffer. Without SO_OOBINLINE readers pass over
 * it, and recv(MSG_OOB) has its value from sb_urgbyte. There is one mark: a newer one
 * takes the place of an older one, whose byte is data again, unless readers were at it.
 * The distance from sb_cc to a mark that is ahead does not depend on readers, so TCP may
 * look at it by the PCB lock alone.
 *
 * Context: process. Leaf lock sb_lock.
 * Source: RFC 9293 3.8.5, RFC 6093; tcp(7) and recv(2) of Linux for what programs see.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/mbuf.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/socket.h>

/* Does the next read begin at the mark? Buffer locked. */
static bool sb_atmark(const struct sockbuf *sb)
{
	return sb->sb_urgent && sb->sb_mark == sb->sb_urgpast;
}

/**
 * sourgent() - the peer says that a byte is urgent
 * @so:    socket, alive by the caller's section or reference
 * @ahead: bytes that will come before it, behind those in the receive buffer
 *
 * Older news is no news. The caller says the rest of it to the owner of the file
 * (sosk_sigurg()) when what the segment has is in the buffer, so that he finds it there.
 *
 * Context: PCB locked. Takes and releases sb_lock.
 * Return:  true if it is new.
 */
bool sourgent(struct bsd_socket *so, u32 ahead)
{
	struct sockbuf *sb = &so->so_rcv;
	bool inl = READ_ONCE(so->so_options) & BSD_SO_OOBINLINE;
	u32 mark;
	bool isnew;

	spin_lock(&sb->sb_lock);
	mark = sb->sb_cc + ahead;
	isnew = !sb->sb_shut && !(sb->sb_urgent && mark <= sb->sb_mark);
	if (isnew) {
		/* A reader who stands before an urgent byte need not see it, as on Linux. */
		if (sb_atmark(sb) && sb->sb_cc > sb->sb_mark && !inl && sb->sb_mark < U8_MAX)
			sb->sb_urgpast++;
		WRITE_ONCE(sb->sb_mark, mark);
		WRITE_ONCE(sb->sb_urgent, SBU_AHEAD);
	}
	spin_unlock(&sb->sb_lock);
	return isnew;
}
EXPORT_SYMBOL_IF_KUNIT(sourgent);

/**
 * sourgent_find() - is the urgent byte in what is appended next?
 * @so: socket, alive by the caller's section or reference
 * @m:  packet, its data not yet in the receive buffer
 *
 * Context: PCB locked. Takes and releases sb_lock.
 * Return:  its value for sourgent_come(), or -1.
 */
int sourgent_find(struct bsd_socket *so, const struct mbuf *m)
{
	struct sockbuf *sb = &so->so_rcv;
	u32 off;
	u8 byte;

	spin_lock(&sb->sb_lock);
	off = sb->sb_urgent == SBU_AHEAD ? sb->sb_mark - sb->sb_cc : U32_MAX;
	spin_unlock(&sb->sb_lock);
	if (off >= m->m_pkthdr.len || m_copydata(m, off, 1, &byte))
		return -1;
	return byte;
}

/**
 * sourgent_come() - the urgent byte is in the receive buffer
 * @so:   socket, alive by the caller's section or reference
 * @byte: its value
 *
 * A reader may have passed it by now. The caller wakes.
 *
 * Context: PCB locked. Takes and releases sb_lock.
 */
void sourgent_come(struct bsd_socket *so, u8 byte)
{
	struct sockbuf *sb = &so->so_rcv;

	spin_lock(&sb->sb_lock);
	if (sb->sb_urgent == SBU_AHEAD) {
		sb->sb_urgbyte = byte;
		WRITE_ONCE(sb->sb_urgent, SBU_HERE);
	}
	spin_unlock(&sb->sb_lock);
}

/**
 * sb_span() - what the next read of a stream may take
 * @so:   socket; nobody else reads it
 * @span: out
 *
 * A read ends before the mark. One that begins at it passes over the urgent byte, unless
 * that is in line; there may be nothing behind it, and then it stays.
 *
 * Context: Process. Takes and releases sb_lock.
 */
void sb_span(struct bsd_socket *so, struct sb_span *span)
{
	bool inl = READ_ONCE(so->so_options) & BSD_SO_OOBINLINE;
	struct sockbuf *sb = &so->so_rcv;
	u32 skip = 0;
	u32 end;

	spin_lock(&sb->sb_lock);
	end = sb->sb_cc;
	span->ss_atmark = false;
	if (unlikely(sb->sb_urgent)) {
		skip = sb->sb_urgpast;
		span->ss_atmark = sb_atmark(sb);
		if (!span->ss_atmark)
			end = min(end, sb->sb_mark);
		else if (!inl && end > sb->sb_mark)
			skip++;
	}
	spin_unlock(&sb->sb_lock);
	span->ss_skip = skip;
	span->ss_len = end - skip;
}
EXPORT_SYMBOL_IF_KUNIT(sb_span);

/**
 * so_instream_slow() - bytes of a stream with a mark that are for readers, for
 * so_instream() only
 * @so: socket
 *
 * Without a lock: who changes what is looked at here wakes those who wait.
 *
 * Context: Any.
 */
u32 so_instream_slow(const struct bsd_socket *so)
{
	const struct sockbuf *sb = &so->so_rcv;
	u32 past = READ_ONCE(sb->sb_urgpast);
	u32 cc = READ_ONCE(sb->sb_cc);

	if (!(READ_ONCE(so->so_options) & BSD_SO_OOBINLINE) && READ_ONCE(sb->sb_mark) == past)
		past++;
	return cc > past ? cc - past : 0;
}
EXPORT_SYMBOL_IF_KUNIT(so_instream_slow);

/**
 * so_beforemark() - bytes that a read can have before it has to stop (SIOCINQ)
 * @so: socket of a stream
 *
 * Without a mark, with one that is ahead, or with the urgent byte in line, it is all there
 * are, as on Linux.
 *
 * Context: Process. Takes and releases sb_lock.
 */
u32 so_beforemark(struct bsd_socket *so)
{
	struct sockbuf *sb = &so->so_rcv;
	u32 end;

	spin_lock(&sb->sb_lock);
	end = sb->sb_cc;
	if (sb->sb_urgent) {
		if (!(READ_ONCE(so->so_options) & BSD_SO_OOBINLINE))
			end = min(end, sb->sb_mark);
		end -= min_t(u32, end, sb->sb_urgpast);
	}
	spin_unlock(&sb->sb_lock);
	return end;
}

/**
 * soatmark() - is the urgent byte the next to be read (SIOCATMARK)?
 * @so: socket of a stream
 *
 * Context: Process. Takes and releases sb_lock.
 */
bool soatmark(struct bsd_socket *so)
{
	bool yes;

	spin_lock(&so->so_rcv.sb_lock);
	yes = sb_atmark(&so->so_rcv);
	spin_unlock(&so->so_rcv.sb_lock);
	return yes;
}

/**
 * sourgent_atmark() - the urgent byte, if it is the next to be read
 * @so: socket of a stream
 *
 * Context: Process. Takes and releases sb_lock.
 * Return:  0 to 255, -1: it is not, or not here yet.
 */
int sourgent_atmark(struct bsd_socket *so)
{
	struct sockbuf *sb = &so->so_rcv;
	int byte = -1;

	spin_lock(&sb->sb_lock);
	if (sb_atmark(sb) && sb->sb_urgent != SBU_AHEAD)
		byte = sb->sb_urgbyte;
	spin_unlock(&sb->sb_lock);
	return byte;
}

/**
 * soreceive_urgent() - the urgent byte: recv(2) with MSG_OOB
 * @so:    socket of a stream
 * @flags: MSG_PEEK: it can be had again
 * @byte:  out
 *
 * Never waits.
 *
 * Context: Process. Takes and releases sb_lock.
 * Return:  1; 0: it will not come any more; -EINVAL: there is none, it was read before, or
 *	    it is in line; -ENOTCONN: a listener, or the connection was reset; -EAGAIN: told
 *	    of, not here yet.
 */
int soreceive_urgent(struct bsd_socket *so, int flags, u8 *byte)
{
	struct sockbuf *sb = &so->so_rcv;
	u32 state = READ_ONCE(so->so_state);
	int error;

	if (state & SS_ACCEPTCONN)
		return -ENOTCONN;
	spin_lock(&sb->sb_lock);
	if (READ_ONCE(so->so_options) & BSD_SO_OOBINLINE || !sb->sb_urgent ||
	    sb->sb_urgent == SBU_TAKEN) {
		error = -EINVAL;
	} else if (!(state & (SS_ISCONNECTED | SS_ISCONNECTING | SS_RCVDFIN))) {
		error = -ENOTCONN;
	} else if (sb->sb_urgent == SBU_HERE) {
		*byte = sb->sb_urgbyte;
		if (!(flags & MSG_PEEK))
			WRITE_ONCE(sb->sb_urgent, SBU_TAKEN);
		error = 1;
	} else {
		error = state & SS_CANTRCVMORE ? 0 : -EAGAIN;
	}
	spin_unlock(&sb->sb_lock);
	return error;
}
