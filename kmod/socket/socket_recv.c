// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * socket_recv.c - the next datagram, or error record, for a user of a socket.
 *
 * Receive path: sockbuf.c -> here -> linux/sock_msg.c (copies to the user and
 * frees, no lock held).
 *
 * Readers sleep exclusively and a batch wakes one of them; whoever leaves with
 * records behind him wakes the next (soreceive_chain), so that none is stranded.
 *
 * Context: process, no lock held.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <uapi/linux/errqueue.h>
#include <uapi/linux/in.h>

#include "socket_priv.h"

static struct mbuf *soreceive_take(struct bsd_socket *so, int flags)
{
	if (so_isspliced(so))
		return NULL;
	if (unlikely(flags & MSG_PEEK))
		return sb_peek_record(&so->so_rcv);
	return sb_take_record(so, &so->so_rcv);
}

/* The same on the rungs of the ladder where buffers have no lock of their own. */
static noinline struct mbuf *soreceive_section(struct bsd_socket *so, int flags)
{
	struct netstack ns;
	struct mbuf *m;

	net_enter(&ns, NETSEC_SOCKBUF);
	m = soreceive_take(so, flags);
	net_leave(&ns);
	return m;
}

/* Somebody else sleeps although records wait: his turn. */
static void soreceive_chain(struct bsd_socket *so)
{
	if (unlikely(READ_ONCE(so->so_rcv.sb_waiters)) && READ_ONCE(so->so_rcv.sb_mbcnt))
		sorwakeup(so);
}

/**
 * soreceive() - take the next record, wait for it if there is none
 * @so:    socket
 * @mp:    out: the packet, owned by the caller; NULL: nothing more will come
 * @flags: MSG_PEEK: a copy, the record stays; MSG_DONTWAIT
 *
 * A pending error comes before data. Of a spliced socket no record is for readers:
 * they wait until that is over. The wait ends by SO_RCVTIMEO or a signal;
 * sockets without struct sock never wait.
 *
 * Context: Process, no lock held; may sleep. Takes and releases sb_lock.
 * Return:  0, the pending error, -EAGAIN, -EINTR, -ERESTARTSYS, -ENOBUFS.
 */
int soreceive(struct bsd_socket *so, struct mbuf **mp, int flags)
{
	struct mbuf *m;
	long timeo = -1;
	int error;

	for (;;) {
		error = sotakeerror(so);
		if (unlikely(error))
			break;
		if (unlikely(net_sockbuf_section()))
			m = soreceive_section(so, flags);
		else
			m = soreceive_take(so, flags);
		if (IS_ERR(m)) {
			error = PTR_ERR(m);
			break;
		}
		if (m || (READ_ONCE(so->so_state) & SS_CANTRCVMORE && !so_isspliced(so))) {
			*mp = m;
			break;
		}
		if (flags & MSG_DONTWAIT) {
			error = -EAGAIN;
			break;
		}
		error = sosk_wait(so, &timeo);
		if (error)
			break;
	}
	soreceive_chain(so);
	return error;
}

/**
 * sorecverr_append() - put an error on the queue that MSG_ERRQUEUE reads
 * @so:     socket with IP_RECVERR, alive by the caller's section or reference
 * @ce:     the error; ce_type, ce_code and ce_offender only if it came by ICMP
 * @origin: SO_EE_ORIGIN_LOCAL or SO_EE_ORIGIN_ICMP
 * @dst:    where the datagram was sent
 * @data:   its data as far as known (behind the UDP header), kernel memory
 * @len:    bytes of @data; more than SO_ERRQ_DATA is cut
 *
 * At most SO_ERRQ_MAX wait, within the user's share of storage. The caller then
 * calls soseterror(), without locks: that sets SO_ERROR and wakes.
 *
 * Context: Process, in a section or not. Takes and releases sb_lock.
 * Return:  0, or -ENOBUFS (counted in SOS_ERRFULL).
 */
int sorecverr_append(struct bsd_socket *so, const struct ctl_error *ce, u8 origin,
		     const struct sockaddr_in *dst, const void *data, u32 len)
{
	struct sockbuf *sb = &so->so_rcv;
	struct so_errhdr eh = {
		.eh_errno = ce->ce_errno,
		.eh_info = ce->ce_mtu,
		.eh_origin = origin,
		.eh_dst = dst->sin_addr.s_addr,
		.eh_dport = dst->sin_port,
	};
	struct mbuf *m;
	u32 size;

	len = min_t(u32, len, SO_ERRQ_DATA);
	if (origin == SO_EE_ORIGIN_ICMP) {
		eh.eh_type = ce->ce_type;
		eh.eh_code = ce->ce_code;
		eh.eh_offender = ce->ce_offender;
	}
	if (so_user_full(so->so_user))
		goto err_count;
	if (sizeof(eh) + len <= MHLEN)
		m = m_gethdr(M_DONTWAIT | M_FOR_SOCK);
	else
		m = m_getcl(M_DONTWAIT | M_FOR_SOCK, MCLBYTES);
	if (!m)
		goto err_count;
	memcpy(m->m_data, &eh, sizeof(eh));
	memcpy(m->m_data + sizeof(eh), data, len);
	m->m_len = sizeof(eh) + len;
	m->m_pkthdr.len = m->m_len;
	size = sb_mbsize(m);

	spin_lock(&sb->sb_lock);
	if ((so->so_state & SS_DETACHED) || ml_len(&so->so_errq) >= SO_ERRQ_MAX) {
		spin_unlock(&sb->sb_lock);
		m_freem(m);
		goto err_count;
	}
	ml_enqueue(&so->so_errq, m);
	spin_unlock(&sb->sb_lock);
	so_user_charge(so->so_user, size);
	return 0;

err_count:
	counter_inc(SOS_ERRFULL);
	return -ENOBUFS;
}

/**
 * sorecverr_take() - take the first record of the error queue
 * @so: socket
 *
 * Context: Process. Takes and releases sb_lock.
 * Return:  packet that starts with struct so_errhdr, contiguous, owned by the
 *	    caller; NULL if there is none.
 */
struct mbuf *sorecverr_take(struct bsd_socket *so)
{
	struct mbuf *m;

	spin_lock(&so->so_rcv.sb_lock);
	m = ml_dequeue(&so->so_errq);
	spin_unlock(&so->so_rcv.sb_lock);
	if (m)
		so_user_charge(so->so_user, -(s64)sb_mbsize(m));
	return m;
}
