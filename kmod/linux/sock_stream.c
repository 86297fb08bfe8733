// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_stream.c - the calls of a Linux socket file that only streams have, or have
 * otherwise: connect, listen, accept, send, receive, poll.
 *
 * Send path: system call -> here (copy in) -> socket_send.c. Receive path:
 * socket_stream.c -> here (copy out, in place) -> user.
 *
 * Context: system call; user memory is touched with nothing but so_rcvio held, which
 * keeps other readers of the same stream out.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>
#include <uapi/bsdnet/sock.h>
#include <uapi/linux/tcp.h>

#include "sock_priv.h"

#define SOSK_CHUNK	(64 * 1024)	/* bytes of a send that go to TCP at a time */

/* Wait for the end of a handshake. */
static int sosk_wait_connect(struct socket *sock, int flags)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	long timeo = sock_sndtimeo(sock->sk, flags & O_NONBLOCK);
	int error;

	if (READ_ONCE(so->so_state) & SS_SYNDATA)
		return 0;	/* the first data sent begins it */
	while (READ_ONCE(so->so_state) & SS_ISCONNECTING) {
		if (!timeo)
			return -EINPROGRESS;
		error = sosk_wait_write(so, &timeo);
		if (error)
			return error == -EAGAIN ? -EINPROGRESS : error;
	}
	error = sotakeerror(so);
	if (error)
		return error;
	return READ_ONCE(so->so_state) & SS_ISCONNECTED ? 0 : -ECONNABORTED;
}

/* connect(2) to AF_UNSPEC: nothing of the connection is left for the next. */
static int sosk_stream_disconnect(struct socket *sock)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	int error = 0;

	mutex_lock(&so->so_rcvio);
	/* The buffer of a listener, which it becomes with the mutex held, counts connections. */
	if (READ_ONCE(so->so_state) & SS_ACCEPTCONN)
		goto out_unlock;
	sosplice_detach(so);
	error = sodisconnect(so);
	if (!error) {
		sb_flush(so, &so->so_rcv);
		sotakeerror(so);
		so_setstate(so, 0, SS_CANTRCVMORE | SS_CANTSENDMORE);
		sock->state = SS_UNCONNECTED;
	}
out_unlock:
	mutex_unlock(&so->so_rcvio);
	return error;
}

static int sosk_stream_connect(struct socket *sock, struct bsdnet_ksockaddr *name, int len,
			       int flags)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	struct sockaddr_in sin;
	int error;

	if (len < (int)sizeof(name->sa_family))
		return -EINVAL;
	if (name->sa_family == AF_UNSPEC)
		return sosk_stream_disconnect(sock);
	error = sosk_addr_connect(name, len, &sin);
	if (error)
		return error;
	sosk_sync(sock->sk, so);
	switch (sock->state) {
	case SS_CONNECTED:
		return -EISCONN;
	case SS_CONNECTING:
		if (flags & O_NONBLOCK && READ_ONCE(so->so_state) & SS_ISCONNECTING)
			return -EALREADY;	/* else it goes on, after a signal */
		break;
	default:
		error = soconnect(so, (struct sockaddr *)&sin);
		if (error)
			return error;
		sock->state = SS_CONNECTING;
	}
	error = sosk_wait_connect(sock, flags);
	if (!error)
		sock->state = READ_ONCE(so->so_state) & SS_SYNDATA ? SS_CONNECTING :
								     SS_CONNECTED;
	else if (error != -EINPROGRESS && !(READ_ONCE(so->so_state) & SS_ISCONNECTING))
		sock->state = SS_UNCONNECTED;
	return error;
}

static int sosk_listen(struct socket *sock, int backlog)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	int error;

	if (sock->state != SS_UNCONNECTED)
		return -EINVAL;
	sosk_sync(sock->sk, so);
	mutex_lock(&so->so_rcvio);
	sosplice_detach(so);	/* of a connection that is over */
	if (!(READ_ONCE(so->so_state) & SS_ACCEPTCONN))
		sb_flush(so, &so->so_rcv);	/* it counts connections from here on */
	error = solisten(so, backlog);
	mutex_unlock(&so->so_rcvio);
	if (!error)
		WRITE_ONCE(sock->sk->sk_state, TCP_LISTEN);	/* for SO_ACCEPTCONN */
	return error;
}

/* What a struct sock of a listener has that its connections take over. */
static void sosk_inherit(struct sock *sk, const struct sock *head)
{
	sk->sk_reuse = head->sk_reuse;
	sk->sk_reuseport = head->sk_reuseport;
	sk->sk_rcvtimeo = READ_ONCE(head->sk_rcvtimeo);
	sk->sk_sndtimeo = READ_ONCE(head->sk_sndtimeo);
	sk->sk_lingertime = head->sk_lingertime;
	sk->sk_userlocks |= head->sk_userlocks & (SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK);
	sk->sk_rcvlowat = READ_ONCE(head->sk_rcvlowat);
	sk->sk_bound_dev_if = READ_ONCE(head->sk_bound_dev_if);
	sosk_bs(sk)->bs_ifidx = sk->sk_bound_dev_if;
	if (sock_flag(head, SOCK_LINGER))
		sock_set_flag(sk, SOCK_LINGER);
	if (sock_flag(head, SOCK_KEEPOPEN))
		sock_set_flag(sk, SOCK_KEEPOPEN);
	if (sock_flag(head, SOCK_URGINLINE))
		sock_set_flag(sk, SOCK_URGINLINE);
	if (sock_flag(head, SOCK_LOCALROUTE))
		sock_set_flag(sk, SOCK_LOCALROUTE);
}

/*
 * The connection gets its struct sock here, in the context of its new owner. It is
 * made first: a connection that was taken off the queue must not be lost.
 */
static int sosk_accept(struct socket *sock, struct socket *newsock, BSDNET_ACCEPT_ARGS)
{
	struct sock *head = sock->sk;
	struct bsd_socket *so;
	struct sock *sk;
	int error;

	sk = sk_alloc(sock_net(head), AF_BSDINET, GFP_KERNEL, &bsdnet_prot,
		      BSDNET_ACCEPT_KERN);
	if (!sk)
		return -ENOMEM;
	error = soaccept(sosk_so(head), BSDNET_ACCEPT_FLAGS & O_NONBLOCK ? MSG_DONTWAIT : 0, &so);
	if (error) {
		sk_free(sk);
		return error;
	}
	sock_init_data(newsock, sk);
	sosk_inherit(sk, head);
#ifdef SOCK_CUSTOM_SOCKOPT
	set_bit(SOCK_CUSTOM_SOCKOPT, &newsock->flags);
#endif
	newsock->state = SS_CONNECTED;
	sosk_attach(sk, so);
	sosk_mirror(sk, so);
	smp_mb();	/* pairs with the one in sosaveerror() */
	if (READ_ONCE(so->so_error))
		sosk_seterror(so, READ_ONCE(so->so_error));
	return 0;
}

/* A write to nobody. */
static int sosk_pipe(struct msghdr *msg, int error)
{
	if (error == -EPIPE && !(msg->msg_flags & MSG_NOSIGNAL))
		send_sig(SIGPIPE, current, 0);
	return error;
}

/* MSG_FASTOPEN: connect, with the data if the stack knows a cookie. 0 or -errno. */
static int sosk_fastopen(struct socket *sock, struct msghdr *msg)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	const struct sockaddr *to = msg->msg_name;
	int yes = 1;
	int error;

	if (READ_ONCE(so->so_state) & SS_ISCONNECTED)
		return -EISCONN;
	if (READ_ONCE(so->so_state) & SS_ISCONNECTING)
		return -EALREADY;
	if (!msg->msg_name)
		return -EDESTADDRREQ;
	if (msg->msg_namelen < (int)sizeof(to->sa_family))
		return -EINVAL;
	if (to->sa_family == AF_UNSPEC)
		return -EOPNOTSUPP;
	error = so->so_proto->pr_usrreqs->pru_setsockopt(so, IPPROTO_TCP, TCP_FASTOPEN_CONNECT,
							 KERNEL_SOCKPTR(&yes), sizeof(yes));
	if (!error)
		error = sosk_stream_connect(sock, msg->msg_name, msg->msg_namelen, O_NONBLOCK);
	/* Without a cookie the data waits for the end of the handshake. */
	return error == -EINPROGRESS && !(msg->msg_flags & MSG_DONTWAIT) ? 0 : error;
}

/* A send ends with @error before all is sent. */
static void sosk_stream_stopped(struct socket *sock, const struct msghdr *msg, int error,
				size_t done)
{
	struct bsd_socket *so = sosk_so(sock->sk);

	if (done)
		sopush(so);	/* TCP was told that more comes at once */
	if (error == -EAGAIN)
		sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sock->sk);
	/* The connection of MSG_FASTOPEN, which did not wait for it, was refused. */
	if (msg->msg_flags & MSG_FASTOPEN && sock->state == SS_CONNECTING &&
	    !(READ_ONCE(so->so_state) & (SS_ISCONNECTED | SS_ISCONNECTING)))
		sock->state = SS_UNCONNECTED;
}

static int sosk_stream_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	struct msg_control ctl = { .mc_tos = -1, .mc_segment = -1 };
	size_t done = 0;
	struct mbuf *m;
	long timeo = -1;
	int error = 0;
	u32 room;
	u32 n;

	sosk_sync(sock->sk, so);
	if (unlikely(msg->msg_flags & MSG_FASTOPEN)) {
		error = sosk_fastopen(sock, msg);
		if (error)
			return error;
	}
	while (done < len) {
		error = sosendroom(so, msg->msg_flags, &timeo, &room);
		if (error)
			break;
		n = min3((size_t)room, len - done, (size_t)SOSK_CHUNK);
		if (msg->msg_flags & MSG_SPLICE_PAGES && iov_iter_is_bvec(&msg->msg_iter))
			m = sosk_lend(msg, n);
		else
			m = sosk_copyin(msg, n, 0);
		if (IS_ERR(m)) {
			error = PTR_ERR(m);
			break;
		}
		/* More comes at once only if it need not wait for room. */
		ctl.mc_more = (done + n < len && n < room) || msg->msg_flags & MSG_MORE;
		/* What is urgent ends with the last byte that the program gave. */
		ctl.mc_urgent = msg->msg_flags & MSG_OOB && done + n == len;
		error = sosend(so, m, NULL, &ctl);
		if (error)
			break;
		done += n;
	}
	if (unlikely(error))
		sosk_stream_stopped(sock, msg, error, done);
	return done ? (int)done : sosk_pipe(msg, error);
}

/* Copy @len bytes at @off of what waits. so_rcvio held. 0 or -EFAULT. */
static int sosk_stream_copy(const struct bsd_socket *so, u32 off, u32 len, struct msghdr *msg)
{
	const struct mbuf *m = READ_ONCE(so->so_rcv.sb_ml.ml_head);

	while (len) {
		u32 have = READ_ONCE(m->m_len);
		u32 n;

		if (off >= have) {
			off -= have;
			m = READ_ONCE(m->m_next);
			continue;
		}
		n = min(have - off, len);
		if (copy_to_iter(m->m_data + off, n, &msg->msg_iter) != n)
			return -EFAULT;
		len -= n;
		off = 0;
		m = READ_ONCE(m->m_next);
	}
	return 0;
}

/* The bytes of one recvmsg(2). so_rcvio held. Returns how many, or -errno. */
static int sosk_stream_read(struct bsd_socket *so, struct msghdr *msg, u32 len, u32 target,
			    int flags)
{
	bool peek = flags & MSG_PEEK;
	long timeo = -1;
	u32 done = 0;
	int error = 0;
	struct sb_span span;
	u32 n;

	do {
		error = soreceive_stream(so, done >= target ? MSG_DONTWAIT : flags, &timeo,
					 done, &span);
		if (error || !span.ss_len)
			break;
		n = min(span.ss_len, len - done);
		if (!(flags & MSG_TRUNC) || peek)
			error = sosk_stream_copy(so, span.ss_skip, n, msg);
		if (error)
			break;
		if (!peek)
			sorcvd(so, span.ss_skip + n);
		done += n;
	} while (done < len && !peek);
	return done ? (int)done : error;
}

/* MSG_OOB: the urgent byte, or why not. It counts as read when the copy fails, too. */
static int sosk_stream_recvoob(struct bsd_socket *so, struct msghdr *msg, size_t len, int flags)
{
	u8 byte;
	int n;

	n = soreceive_urgent(so, flags, &byte);
	if (n <= 0)
		return n;
	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(flags & MSG_TRUNC) && copy_to_iter(&byte, 1, &msg->msg_iter) != 1)
		return -EFAULT;
	return n;
}

static int sosk_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	struct sock *sk = sock->sk;
	struct bsd_socket *so = sosk_so(sk);
	u32 target;
	int n;

	sosk_sync(sk, so);
	if (flags & MSG_ERRQUEUE)
		return -EAGAIN;
	if (flags & MSG_OOB)
		return sosk_stream_recvoob(so, msg, len, flags);
	len = min_t(size_t, len, INT_MAX);
	target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);
	if (mutex_lock_interruptible(&so->so_rcvio))
		return -ERESTARTSYS;
	n = sosk_stream_read(so, msg, len, target, flags);
	mutex_unlock(&so->so_rcvio);
	/* One reader was woken for all that came: the next one's turn. */
	if (unlikely(READ_ONCE(so->so_rcv.sb_waiters)) && so_instream(so))
		sorwakeup(so);
	return n;
}

/*
 * Are there as many bytes as SO_RCVLOWAT wants, or as many as there can be? A reader that
 * waits for more than the buffer takes would wait for ever.
 */
static bool sosk_stream_enough(struct sock *sk, const struct bsd_socket *so)
{
	const struct sockbuf *sb = &so->so_rcv;
	u32 have = so_instream(so);

	return have && (have >= min_t(u32, sock_rcvlowat(sk, 0, INT_MAX),
				      READ_ONCE(sb->sb_hiwat) / 2) ||
			READ_ONCE(sb->sb_mbcnt) >= READ_ONCE(sb->sb_mbmax));
}

/*
 * poll(2) of a stream. EPOLLHUP: both directions are over, or there never was a
 * connection; EPOLLRDHUP: the peer sends no more (epoll_ctl(2)).
 */
static __poll_t sosk_stream_poll(struct file *file, struct socket *sock,
				 struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	struct bsd_socket *so = sosk_so(sk);
	__poll_t mask = 0;
	bool spliced;
	u32 state;

	sock_poll_wait(file, sock, wait);
	sosk_sync(sk, so);
	spliced = so_isspliced(so);
	state = READ_ONCE(so->so_state);
	if (READ_ONCE(sk->sk_err))
		mask |= EPOLLERR;
	if (state & SS_ACCEPTCONN && state & SS_CANTRCVMORE)
		return mask | EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLHUP;
	if (state & SS_ACCEPTCONN)
		return mask | (READ_ONCE(so->so_rcv.sb_mbcnt) ? EPOLLIN | EPOLLRDNORM : 0);
	if (state & SS_CANTRCVMORE && !spliced) {
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
		if (state & SS_CANTSENDMORE)
			mask |= EPOLLHUP;
	} else if (!(state & (SS_ISCONNECTED | SS_ISCONNECTING))) {
		mask |= EPOLLHUP | EPOLLOUT | EPOLLWRNORM;
	}
	if (so_unconnected(state))
		return mask;
	if (!spliced && sosk_stream_enough(sk, so))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (!spliced && READ_ONCE(so->so_rcv.sb_urgent) == SBU_HERE)
		mask |= EPOLLPRI;
	if (state & SS_CANTSENDMORE || sb_writable(&so->so_snd))
		mask |= EPOLLOUT | EPOLLWRNORM;
	else
		sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);	/* SIGIO when there is room */
	return mask;
}

/* SO_LINGER: close(2), but not exit(2), waits until the peer has everything. */
static void sosk_linger(struct sock *sk, struct bsd_socket *so)
{
	if (current->flags & PF_EXITING || !sock_flag(sk, SOCK_LINGER) || !sk->sk_lingertime ||
	    !(READ_ONCE(so->so_state) & SS_ISCONNECTED) || so_instream(so))
		return;
	soshutdown(so, SHUT_WR);
	wait_event_interruptible_timeout(*sk_sleep(sk), !READ_ONCE(so->so_snd.sb_cc) ||
					 !(READ_ONCE(so->so_state) & SS_ISCONNECTED),
					 sk->sk_lingertime);
}

static int sosk_stream_release(struct socket *sock)
{
	if (sock->sk) {
		sosk_sync(sock->sk, sosk_so(sock->sk));
		sosk_linger(sock->sk, sosk_so(sock->sk));
	}
	return sosk_release(sock);
}

const struct proto_ops bsdnet_stream_ops = {
	.family		= AF_BSDINET,
	.owner		= THIS_MODULE,
	.release	= sosk_stream_release,
	.bind		= sosk_bind,
	.connect	= sosk_stream_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sosk_accept,
	.getname	= sosk_getname,
	.poll		= sosk_stream_poll,
	.ioctl		= sosk_ioctl,
	.gettstamp	= sosk_gettstamp,
	.listen		= sosk_listen,
	.shutdown	= sosk_shutdown,
	.setsockopt	= sosk_setsockopt,
	.getsockopt	= sosk_getsockopt,
	.sendmsg	= sosk_stream_sendmsg,
	.recvmsg	= sosk_stream_recvmsg,
	BSDNET_SPLICE_EOF(sosk_splice_eof)
	.mmap		= sock_no_mmap,
};
