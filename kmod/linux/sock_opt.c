// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_opt.c - setsockopt(2) and getsockopt(2).
 *
 * Level SOL_SOCKET: Linux answers every get from struct sock, so a set of ours
 * leaves its value there too; most sets are Linux's own, and sosk_mirror() carries
 * their effect into so_options. What would change packets in ways that the stack
 * does not know is refused rather than accepted without effect. Levels below are
 * the protocol's.
 *
 * Context: system call, no lock held; takes lock_sock, never in the data path.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/netlock.h>
#include <bsdnet/route.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <uapi/bsdnet/sock.h>

#include "sock_priv.h"

/* An option of the protocol with a kernel int as its value. */
static int sosk_pru_int(struct bsd_socket *so, int level, int opt, int val)
{
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;

	if (!pru->pru_setsockopt)
		return -ENOPROTOOPT;
	return pru->pru_setsockopt(so, level, opt, KERNEL_SOCKPTR(&val), sizeof(val));
}

/**
 * sosk_mirror() - carry what Linux's SOL_SOCKET code changed into the socket
 * @sk: struct sock
 * @so: its socket
 *
 * Context: Process; lock_sock held, but not where Linux leaves us no choice
 *	    (sosk_sync(), 6.1), when the last of two racing calls decides.
 */
void sosk_mirror(struct sock *sk, struct bsd_socket *so)
{
	u32 options = READ_ONCE(so->so_options) & BSD_SO_CONTROL;
	int ifidx = READ_ONCE(sk->sk_bound_dev_if);
	u32 mbmax = READ_ONCE(sk->sk_rcvbuf);
	u32 sndmax = READ_ONCE(sk->sk_sndbuf);

	if (sk->sk_reuse)
		options |= BSD_SO_REUSEADDR;
	if (sk->sk_reuseport)
		options |= BSD_SO_REUSEPORT;
	if (sk->sk_no_check_tx)
		options |= BSD_SO_NO_CHECK;
	if (sock_flag(sk, SOCK_BROADCAST))
		options |= BSD_SO_BROADCAST;
	if (sock_flag(sk, SOCK_LOCALROUTE))
		options |= BSD_SO_DONTROUTE;
	if (sock_flag(sk, SOCK_TIMESTAMP) || sock_flag(sk, SOCK_RCVTSTAMP))
		options |= BSD_SO_TIMESTAMP;
	if (sock_flag(sk, SOCK_KEEPOPEN))
		options |= BSD_SO_KEEPALIVE;
	if (sock_flag(sk, SOCK_RXQ_OVFL))
		options |= BSD_SO_RXQ_OVFL;
	if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		options |= BSD_SO_RCVBUF;
	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK)
		options |= BSD_SO_SNDBUF;
	if (sock_flag(sk, SOCK_URGINLINE))
		options |= BSD_SO_OOBINLINE;
	if (rcu_access_pointer(sk->sk_filter))
		options |= BSD_SO_FILTER;
	if (options != READ_ONCE(so->so_options))
		WRITE_ONCE(so->so_options, options);
	WRITE_ONCE(so->so_linger, sock_flag(sk, SOCK_LINGER) ? sk->sk_lingertime / HZ : -1);
	/* What Linux has set (6.1); what it has not may have grown. */
	if (options & BSD_SO_RCVBUF && mbmax != READ_ONCE(so->so_rcv.sb_mbmax))
		sb_fix(so, &so->so_rcv, clamp_t(u32, mbmax / 2, SB_MIN, SB_MAX));
	if (options & BSD_SO_SNDBUF && sndmax != READ_ONCE(so->so_snd.sb_mbmax))
		sb_fix(so, &so->so_snd, clamp_t(u32, sndmax / 2, SB_MIN, SB_MAX));
	if (ifidx != sosk_bs(sk)->bs_ifidx) {
		sosk_bs(sk)->bs_ifidx = ifidx;
		sosk_pru_int(so, SOL_SOCKET, SO_BINDTOIFINDEX, ifidx);
	}
}

/* SO_RTABLE, at either level. */
static int sosk_set_rtable(struct sock *sk, sockptr_t val, unsigned int len)
{
	struct bsd_socket *so = sosk_so(sk);
	bool exists;
	int tableid;
	int error;
	int idx;

	if (len < sizeof(tableid))
		return -EINVAL;
	if (copy_from_sockptr(&tableid, val, sizeof(tableid)))
		return -EFAULT;
	if (tableid < 0 || tableid > RT_TABLEID_MAX)
		return -EINVAL;
	idx = srcu_read_lock(&net_srcu);
	exists = rtable_exists(tableid);
	srcu_read_unlock(&net_srcu, idx);
	if (!exists)
		return -EINVAL;
	lock_sock(sk);
	error = sosk_pru_int(so, SOL_SOCKET, SO_RTABLE, tableid);
	if (!error)
		WRITE_ONCE(so->so_rtableid, tableid);
	release_sock(sk);
	return error;
}

/* What SO_SPLICE is given: nothing, a descriptor, or all of it. */
static int sosk_get_splice(struct splice *sp, sockptr_t val, unsigned int len)
{
	*sp = (struct splice){ .sp_fd = -1 };
	if (!len)
		return 0;
	if (len < sizeof(sp->sp_fd))
		return -EINVAL;
	if (copy_from_sockptr(sp, val, len < sizeof(*sp) ? sizeof(sp->sp_fd) : sizeof(*sp)))
		return -EFAULT;
	if (sp->sp_max < 0 || sp->sp_idle.tv_sec < 0 || sp->sp_idle.tv_usec < 0 ||
	    sp->sp_idle.tv_usec >= USEC_PER_SEC)
		return -EINVAL;
	return 0;
}

/* SO_SPLICE, at either level. */
static int sosk_set_splice(struct socket *sock, sockptr_t val, unsigned int len)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	unsigned long idle;
	struct socket *drain;
	struct splice sp;
	int error;

	error = sosk_get_splice(&sp, val, len);
	if (error)
		return error;
	sosk_sync(sock->sk, so);
	if (sp.sp_fd < 0)
		return sounsplice(so);
	drain = sockfd_lookup(sp.sp_fd, &error);
	if (!drain)
		return error;
	idle = min_t(u64, sp.sp_idle.tv_sec, INT_MAX / HZ) * HZ +
	       usecs_to_jiffies(sp.sp_idle.tv_usec);
	/* The file keeps the drain open meanwhile. */
	if (drain->ops == &bsdnet_stream_ops || drain->ops == &bsdnet_dgram_ops)
		error = sosplice(so, sosk_so(drain->sk), sp.sp_max, idle,
				 sock->file && sock->file->f_flags & O_NONBLOCK);
	else
		error = -EPROTONOSUPPORT;
	sockfd_put(drain);
	return error;
}

/* Linux lets everybody bind a socket that is not bound; changing it takes CAP_NET_RAW. */
static int sosk_bindtoif(struct sock *sk, int ifidx)
{
	struct bsd_socket *so = sosk_so(sk);
	struct ifnet *ifp;
	int error;

	if (ifidx < 0)
		return -EINVAL;
	if (ifidx) {
		ifp = if_get(ifidx);
		if (!ifp)
			return -ENODEV;
		if_put(ifp);
	}
	lock_sock(sk);
	if (sk->sk_bound_dev_if && !capable(CAP_NET_RAW)) {
		error = -EPERM;
	} else {
		error = sosk_pru_int(so, SOL_SOCKET, SO_BINDTOIFINDEX, ifidx);
		if (!error) {
			WRITE_ONCE(sk->sk_bound_dev_if, ifidx);
			sosk_bs(sk)->bs_ifidx = ifidx;
		}
	}
	release_sock(sk);
	return error;
}

/* SO_BINDTODEVICE: a name, "" for none. */
static int sosk_set_device(struct sock *sk, sockptr_t val, unsigned int len)
{
	char name[BSD_IFNAMSIZ] = "";
	struct ifnet *ifp;
	int ifidx = 0;

	len = min_t(unsigned int, len, sizeof(name) - 1);
	if (copy_from_sockptr(name, val, len))
		return -EFAULT;
	if (name[0]) {
		ifp = if_get_byname(name);
		if (!ifp)
			return -ENODEV;
		ifidx = ifp->if_index;
		if_put(ifp);
	}
	return sosk_bindtoif(sk, ifidx);
}

/* Buffer sizes; Linux shows twice what was set, which here is the limit of storage. */
static int sosk_set_bufsize(struct sock *sk, int opt, int val)
{
	struct bsd_socket *so = sosk_so(sk);
	bool force = opt == SO_RCVBUFFORCE || opt == SO_SNDBUFFORCE;
	u32 max = READ_ONCE(socket_maxbuf);
	u32 hiwat;

	if (force) {
		if (!capable(CAP_NET_ADMIN))
			return -EPERM;
		max = SB_MAX;
		val = max(val, 0);
	}
	/* A negative one counts as huge, as in Linux. */
	hiwat = clamp_t(u32, min_t(u32, val, max), SB_MIN, SB_MAX);
	lock_sock(sk);
	if (opt == SO_RCVBUF || opt == SO_RCVBUFFORCE) {
		sk->sk_userlocks |= SOCK_RCVBUF_LOCK;
		sb_fix(so, &so->so_rcv, hiwat);
	} else {
		sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
		sb_fix(so, &so->so_snd, hiwat);
	}
	release_sock(sk);
	sowwakeup(so);		/* there may be room now */
	return 0;
}

/* Options that take an int and are ours. */
static int sosk_set_int(struct sock *sk, int opt, sockptr_t val, unsigned int len)
{
	int v;

	if (len < sizeof(v))
		return -EINVAL;
	if (copy_from_sockptr(&v, val, sizeof(v)))
		return -EFAULT;
	switch (opt) {
	case SO_BINDTOIFINDEX:
		return sosk_bindtoif(sk, v);
	case SO_REUSEPORT:
		lock_sock(sk);
		sk->sk_reuseport = !!v;
		sosk_mirror(sk, sosk_so(sk));
		release_sock(sk);
		return 0;
	default:
		return sosk_set_bufsize(sk, opt, v);
	}
}

static int sosk_set_socket(struct socket *sock, int opt, sockptr_t val, unsigned int len)
{
	struct sock *sk = sock->sk;
	int error;

	switch (opt) {
	case SO_RTABLE:
		return sosk_set_rtable(sk, val, len);
	case SO_SPLICE:
		return sosk_set_splice(sock, val, len);
	case SO_BINDTODEVICE:
		return sosk_set_device(sk, val, len);
	case SO_BINDTOIFINDEX:
	case SO_REUSEPORT:
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		return sosk_set_int(sk, opt, val, len);
	case SO_ZEROCOPY:
	case SO_ATTACH_REUSEPORT_CBPF:
	case SO_ATTACH_REUSEPORT_EBPF:
	case SO_DETACH_REUSEPORT_BPF:
		return -EOPNOTSUPP;
	case SO_TIMESTAMPING_OLD:
	case SO_TIMESTAMPING_NEW:
	case SO_MARK:
	case SO_RCVMARK:
	case SO_TXTIME:
	case SO_WIFI_STATUS:
	case SO_NOFCS:
	case SO_BUSY_POLL:
	case SO_PREFER_BUSY_POLL:
	case SO_BUSY_POLL_BUDGET:
	case SO_MAX_PACING_RATE:
	case SO_RESERVE_MEM:
		return -ENOPROTOOPT;
	}
	error = sock_setsockopt(sock, SOL_SOCKET, opt, val, len);
	if (error)
		return error;
	lock_sock(sk);
	sosk_mirror(sk, sosk_so(sk));
	release_sock(sk);
	return 0;
}

/**
 * sosk_setsockopt() - setsockopt(2)
 * @sock:  socket
 * @level: SOL_SOCKET, or the protocol's
 * @opt:   option
 * @val:   value
 * @len:   its length
 *
 * Context: Process, no lock held. Takes and releases lock_sock.
 * Return:  0 or -errno; -ENOPROTOOPT or -EOPNOTSUPP for what does not exist here.
 */
int sosk_setsockopt(struct socket *sock, int level, int opt, sockptr_t val, unsigned int len)
{
	struct sock *sk = sock->sk;
	struct bsd_socket *so = sosk_so(sk);
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	int error;

	if (level == SOL_SOCKET)
		return sosk_set_socket(sock, opt, val, len);
	if (level == IPPROTO_IP && opt == SO_RTABLE)
		return sosk_set_rtable(sk, val, len);
	if (level == IPPROTO_IP && opt == SO_SPLICE)
		return sosk_set_splice(sock, val, len);
	if (!pru->pru_setsockopt)
		return -ENOPROTOOPT;
	error = pru->pru_setsockopt(so, level, opt, val, len);
	if (error || (READ_ONCE(so->so_options) & BSD_SO_CONTROL))
		return error;
	lock_sock(sk);
	WRITE_ONCE(so->so_options, so->so_options | BSD_SO_CONTROL);
	release_sock(sk);
	return 0;
}

/**
 * sosk_getsockopt() - getsockopt(2) below SOL_SOCKET
 * @sock:  socket
 * @level: the protocol's
 * @opt:   option
 * @val:   room for the value
 * @len:   in: its size, out: bytes given
 *
 * Context: Process, no lock held.
 * Return:  0 or -errno.
 */
int sosk_getsockopt(struct socket *sock, int level, int opt, char __user *val, int __user *len)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	s64 spliced;
	int tableid;

	if (level == IPPROTO_IP && opt == SO_RTABLE) {
		tableid = READ_ONCE(so->so_rtableid);
		return bsd_ip_getopt_out(&tableid, sizeof(tableid), USER_SOCKPTR(val),
					 USER_SOCKPTR(len));
	}
	if (level == IPPROTO_IP && opt == SO_SPLICE) {
		spliced = READ_ONCE(so->so_spliced);
		return bsd_ip_getopt_out(&spliced, sizeof(spliced), USER_SOCKPTR(val),
					 USER_SOCKPTR(len));
	}
	if (!pru->pru_getsockopt)
		return -ENOPROTOOPT;
	return pru->pru_getsockopt(so, level, opt, USER_SOCKPTR(val), USER_SOCKPTR(len));
}
