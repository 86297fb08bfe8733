// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_ops.c - the calls of a Linux socket file, handed to so*().
 *
 * Data goes through sock_msg.c, options through sock_opt.c, ioctls through
 * sock_ioctl.c, poll and waiting through sock_wait.c.
 *
 * Context: system call, no lock held. A file's calls end before its release, so
 * bs_so needs no reference in them.
 */
#include <bsdnet/in_pcb.h>
#include <bsdnet/netstack.h>
#include <linux/capability.h>
#include <linux/module.h>
#include <uapi/bsdnet/sock.h>

#include "sock_priv.h"

#define SOSK_RESERVED	1024	/* ports below need CAP_NET_BIND_SERVICE */

/**
 * sosk_attach() - join a new struct sock and a new socket
 * @sk: from sock_init_data()
 * @so: from socreate()
 *
 * sk is freed after an RCU grace period, so that the stack may follow so_sk under
 * rcu_read_lock() without a reference.
 *
 * Context: Process; nobody else knows either.
 */
void sosk_attach(struct sock *sk, struct bsd_socket *so)
{
	sosk_bs(sk)->bs_so = so;
	sock_set_flag(sk, SOCK_RCU_FREE);
	sk->sk_protocol = so->so_protocol;
	sk->sk_rcvbuf = so->so_rcv.sb_mbmax;
	sk->sk_sndbuf = so->so_snd.sb_mbmax;
	rcu_assign_pointer(so->so_sk, sk);
}

/**
 * sosk_release() - close(2): the last user of a file leaves
 * @sock: its socket
 *
 * Context: Process.
 * Return:  0.
 */
int sosk_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct bsd_socket *so;

	if (!sk)
		return 0;
	so = sosk_so(sk);
	RCU_INIT_POINTER(so->so_sk, NULL);
	sock_orphan(sk);
	sock->sk = NULL;
	soclose(so);
	sock_put(sk);
	return 0;
}

/**
 * sosk_bind() - bind(2)
 * @sock: socket
 * @name: address
 * @len:  bytes of it
 *
 * Context: Process.
 * Return:  0 or -errno.
 */
int sosk_bind(struct socket *sock, struct bsdnet_ksockaddr *name, int len)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	struct sockaddr_in sin;
	bool privileged;
	int error;

	error = sosk_addr_bind(name, len, &sin);
	if (error)
		return error;
	sosk_sync(sock->sk, so);
	privileged = sin.sin_port && ntohs(sin.sin_port) < SOSK_RESERVED &&
		     capable(CAP_NET_BIND_SERVICE);
	return sobind(so, (struct sockaddr *)&sin, privileged);
}

static int sosk_connect(struct socket *sock, struct bsdnet_ksockaddr *name, int len, int flags)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	struct sockaddr_in sin;
	int error;

	if (len < (int)sizeof(name->sa_family))
		return -EINVAL;
	if (name->sa_family == AF_UNSPEC) {
		sosplice_detach(so);
		return sodisconnect(so);
	}
	error = sosk_addr_connect(name, len, &sin);
	if (error)
		return error;
	sosk_sync(sock->sk, so);
	return soconnect(so, (struct sockaddr *)&sin);
}

/**
 * sosk_getname() - getsockname(2), getpeername(2)
 * @sock: socket
 * @name: out
 * @peer: 0 own address, 1 the peer's, 2 the peer's for accept(2) and SO_PEERNAME
 *
 * Context: Process.
 * Return:  bytes of address, or -errno.
 */
int sosk_getname(struct socket *sock, struct sockaddr *name, int peer)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	struct sockaddr_in *sin = (struct sockaddr_in *)name;
	struct netstack ns;
	int error = 0;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	net_enter(&ns, so->so_proto->pr_section);
	if (peer == 2)
		error = in_pcb_peeraddr(so, sin);	/* it may have ended meanwhile */
	else if (peer)
		error = pru->pru_peeraddr(so, sin);
	else
		pru->pru_sockaddr(so, sin);
	net_leave(&ns);
	return error ?: (int)sizeof(*sin);
}

/**
 * sosk_shutdown() - shutdown(2)
 * @sock: socket
 * @how:  SHUT_*
 *
 * Context: Process.
 * Return:  0 or -errno.
 */
int sosk_shutdown(struct socket *sock, int how)
{
	return soshutdown(sosk_so(sock->sk), how);
}

/**
 * sosk_gettstamp() - SIOCGSTAMP and relatives; the first call asks for timestamps from then on
 * @sock:    socket
 * @stamp:   out
 * @timeval: microseconds, not nanoseconds
 * @time32:  of 32 bits
 *
 * Context: Process.
 * Return:  0 or -errno.
 */
int sosk_gettstamp(struct socket *sock, void __user *stamp, bool timeval, bool time32)
{
	struct sock *sk = sock->sk;
	int error;

	error = sock_gettstamp(sock, stamp, timeval, time32);
	lock_sock(sk);
	sosk_mirror(sk, sosk_so(sk));
	release_sock(sk);
	return error;
}

/**
 * sosk_splice_eof() - sendfile(2) or splice(2) came to its end sooner than it had said
 * @sock: its socket
 *
 * Context: Process.
 */
void sosk_splice_eof(struct socket *sock)
{
	sopush(sosk_so(sock->sk));
}

const struct proto_ops bsdnet_dgram_ops = {
	.family		= AF_BSDINET,
	.owner		= THIS_MODULE,
	.release	= sosk_release,
	.bind		= sosk_bind,
	.connect	= sosk_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sock_no_accept,
	.getname	= sosk_getname,
	.poll		= sosk_poll,
	.ioctl		= sosk_ioctl,
	.gettstamp	= sosk_gettstamp,
	.listen		= sock_no_listen,
	.shutdown	= sosk_shutdown,
	.setsockopt	= sosk_setsockopt,
	.getsockopt	= sosk_getsockopt,
	.sendmsg	= sosk_sendmsg,
	.recvmsg	= sosk_recvmsg,
	BSDNET_SPLICE_EOF(sosk_splice_eof)
	.mmap		= sock_no_mmap,
};
