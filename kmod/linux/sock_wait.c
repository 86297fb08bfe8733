// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_wait.c - sleeping, poll, SIGIO and sk_err: the stack's news for struct sock.
 *
 * Receive path: sockbuf_wait.c -> here -> whoever sleeps in recvmsg(2), poll(2) or
 * epoll_wait(2). Waking costs a barrier and a look if nobody does.
 *
 * Context: process. The stack follows so_sk under rcu_read_lock(); system calls on
 * the file need not.
 */
#include <bsdnet/socketvar.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "sock_priv.h"

/**
 * sosk_rwakeup() - wake one reader and those who poll for input
 * @so: socket
 *
 * Context: Process.
 */
void sosk_rwakeup(struct bsd_socket *so)
{
	struct socket_wq *wq;
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (sk) {
		wq = rcu_dereference(sk->sk_wq);
		if (skwq_has_sleeper(wq)) {
			counter_inc(SOS_WAKEUPS);
			wake_up_interruptible_sync_poll(&wq->wait, EPOLLIN | EPOLLRDNORM |
							EPOLLPRI);
		}
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
	}
	rcu_read_unlock();
}

/**
 * sosk_wwakeup() - wake those who poll for output
 * @so: socket
 *
 * Context: Process.
 */
void sosk_wwakeup(struct bsd_socket *so)
{
	struct socket_wq *wq;
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (sk) {
		wq = rcu_dereference(sk->sk_wq);
		if (skwq_has_sleeper(wq))
			wake_up_interruptible_sync_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM |
							EPOLLWRBAND);
		sk_wake_async(sk, SOCK_WAKE_SPACE, POLL_OUT);
	}
	rcu_read_unlock();
}

/**
 * sosk_wakeall() - the state of the socket changed: wake everybody
 * @so: socket
 *
 * Context: Process.
 */
void sosk_wakeall(struct bsd_socket *so)
{
	struct socket_wq *wq;
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (sk) {
		wq = rcu_dereference(sk->sk_wq);
		if (skwq_has_sleeper(wq))
			wake_up_interruptible_all(&wq->wait);
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	}
	rcu_read_unlock();
}

/**
 * sosk_errwakeup() - wake a reader and those who poll: there is an error
 * @so: socket
 *
 * Context: Process.
 */
void sosk_errwakeup(struct bsd_socket *so)
{
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (sk)
		sk_error_report(sk);
	rcu_read_unlock();
}

/**
 * sosk_sigurg() - SIGURG for whom the file belongs to: urgent data is on its way
 * @so: socket
 *
 * Context: Process; a PCB mutex may be held.
 */
void sosk_sigurg(struct bsd_socket *so)
{
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (sk) {
		/* As long as sk_socket is set, close(2) has not come to the end of its file. */
		read_lock_bh(&sk->sk_callback_lock);
		sk_send_sigurg(sk);
		read_unlock_bh(&sk->sk_callback_lock);
	}
	rcu_read_unlock();
}

/**
 * sosk_showbuf() - what getsockopt(2) says of a buffer
 * @so: socket
 * @sb: so_rcv or so_snd of it
 *
 * Context: sb_lock held.
 */
void sosk_showbuf(struct bsd_socket *so, const struct sockbuf *sb)
{
	struct sock *sk;

	lockdep_assert_held(&sb->sb_lock);
	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (sk && sb == &so->so_rcv)
		WRITE_ONCE(sk->sk_rcvbuf, sb->sb_mbmax);
	else if (sk)
		WRITE_ONCE(sk->sk_sndbuf, sb->sb_mbmax);
	rcu_read_unlock();
}

/**
 * sosk_seterror() - SO_ERROR of a socket, for soseterror() only
 * @so:    socket
 * @error: positive errno
 *
 * Context: Process.
 * Return:  false if there is no struct sock.
 */
bool sosk_seterror(struct bsd_socket *so, int error)
{
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (sk)
		WRITE_ONCE(sk->sk_err, error);
	rcu_read_unlock();
	return sk;
}

/**
 * sosk_takeerror() - take SO_ERROR, for sotakeerror() only
 * @so:    socket
 * @error: what so_error said, positive; counts if there is no struct sock
 *
 * Context: Process.
 * Return:  0 if getsockopt(SO_ERROR) was first, else -errno.
 */
int sosk_takeerror(struct bsd_socket *so, int error)
{
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	error = sk ? sock_error(sk) : -error;
	rcu_read_unlock();
	return error;
}

/**
 * sosk_peekerror() - look at SO_ERROR, for sopeekerror() only
 * @so:    socket
 * @error: what so_error said, positive; counts if there is no struct sock
 *
 * Context: Process.
 * Return:  0 if getsockopt(SO_ERROR) took it, else the positive errno.
 */
int sosk_peekerror(struct bsd_socket *so, int error)
{
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (sk)
		error = READ_ONCE(sk->sk_err);
	rcu_read_unlock();
	return error;
}

/**
 * sosk_interrupted() - has a reader signals to look after first?
 * @so:    socket, its file open
 * @flags: MSG_DONTWAIT
 * @timeo: ticks that the reader may wait; < 0: not yet known, taken from SO_RCVTIMEO
 *
 * Context: Process.
 * Return:  0, -EAGAIN of a reader that does not wait, -EINTR or -ERESTARTSYS.
 */
int sosk_interrupted(struct bsd_socket *so, int flags, long *timeo)
{
	struct sock *sk = rcu_access_pointer(so->so_sk);

	if (!sk || !signal_pending(current))
		return 0;
	if (*timeo < 0)
		*timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	return *timeo ? sock_intr_errno(*timeo) : -EAGAIN;
}

static void sosk_count_waiter(struct sockbuf *sb, int n)
{
	spin_lock(&sb->sb_lock);
	WRITE_ONCE(sb->sb_waiters, sb->sb_waiters + n);
	spin_unlock(&sb->sb_lock);
}

/*
 * Sleep until @ready(@so). Readers wait alone: a batch wakes one of them; writers all.
 * 0, -EAGAIN when the time is over, -EINTR or -ERESTARTSYS.
 */
static int sosk_sleep(struct bsd_socket *so, struct sock *sk, long *timeo, bool exclusive,
		      bool (*is_ready)(const struct bsd_socket *so))
{
	DEFINE_WAIT(wait);
	int error = 0;

	if (!*timeo)
		return -EAGAIN;
	if (exclusive)
		prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
	else
		prepare_to_wait(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
	if (!is_ready(so)) {
		if (signal_pending(current))
			error = sock_intr_errno(*timeo);
		else
			*timeo = schedule_timeout(*timeo);
	}
	finish_wait(sk_sleep(sk), &wait);
	return error;
}

/**
 * sosk_wait() - sleep until soreceive() should look again
 * @so:    socket, its file open
 * @timeo: ticks left; < 0: not yet known, taken from SO_RCVTIMEO
 *
 * Context: Process, may sleep, no lock held.
 * Return:  0, -EAGAIN when the time is over or there is no struct sock to wait on,
 *	    -EINTR or -ERESTARTSYS.
 */
int sosk_wait(struct bsd_socket *so, long *timeo)
{
	struct sock *sk = rcu_access_pointer(so->so_sk);
	int error;

	if (!sk)
		return -EAGAIN;
	if (*timeo < 0)
		*timeo = sock_rcvtimeo(sk, false);
	sosk_count_waiter(&so->so_rcv, 1);
	error = sosk_sleep(so, sk, timeo, true, soreadable);
	sosk_count_waiter(&so->so_rcv, -1);
	return error;
}

/**
 * sosk_wait_write() - sleep until sosendroom() should look again
 * @so:    socket, its file open
 * @timeo: ticks left; < 0: not yet known, taken from SO_SNDTIMEO
 *
 * Context: Process, may sleep, no lock held.
 * Return:  as sosk_wait().
 */
int sosk_wait_write(struct bsd_socket *so, long *timeo)
{
	struct sock *sk = rcu_access_pointer(so->so_sk);

	if (!sk)
		return -EAGAIN;
	if (*timeo < 0)
		*timeo = sock_sndtimeo(sk, false);
	return sosk_sleep(so, sk, timeo, false, sowritable);
}

/**
 * sosk_poll() - what can be done without waiting
 * @file: open file
 * @sock: its socket
 * @wait: where to wait, by sock_poll_wait()
 *
 * Takes no lock. A datagram socket can always be written to: nothing is kept.
 *
 * Context: Process.
 * Return:  EPOLL* bits.
 */
__poll_t sosk_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	const struct bsd_socket *so = sosk_so(sk);
	__poll_t mask = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	u32 state;

	sock_poll_wait(file, sock, wait);
	state = READ_ONCE(so->so_state);
	if (READ_ONCE(so->so_rcv.sb_mbcnt) && !so_isspliced(so))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(sk->sk_err))
		mask |= EPOLLERR;
	if (READ_ONCE(so->so_errq.ml_head)) {
		mask |= EPOLLERR;
		if (sock_flag(sk, SOCK_SELECT_ERR_QUEUE))
			mask |= EPOLLPRI;
	}
	if (state & SS_CANTRCVMORE && !so_isspliced(so)) {
		mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
		if (state & SS_CANTSENDMORE)
			mask |= EPOLLHUP;
	}
	return mask;
}
