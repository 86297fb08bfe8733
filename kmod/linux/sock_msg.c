// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_msg.c - sendmsg(2) and recvmsg(2): user memory <-> mbufs, and control
 * messages. Pages of splice(2) and sendfile(2) are sent as they are.
 *
 * Send path: system call -> here (copy in) -> socket_send.c. Receive path:
 * socket_recv.c -> here (copy out, free) -> user. The only copy of the data.
 *
 * Context: system call; user memory is touched only here and with no lock held.
 * Source: RFC 3542 style control messages as in ip(7), udp(7), socket(7) of Linux.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/mbuf.h>
#include <linux/bvec.h>
#include <linux/highmem.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/timekeeping.h>
#include <linux/uio.h>
#include <uapi/linux/udp.h>
#include <uapi/linux/errqueue.h>

#include "sock_priv.h"

/* Room in front of user data: link layer, IP header with some options, UDP header. */
#define SOSK_HEADROOM	(MAX_LINKHDR + 40)

#define LEND_LEAST	512	/* bytes of a page that are worth more than a copy */

/* What pru_control() gets when it is called from recvmsg(2). */
struct msg_sink {
	struct cmsg_sink	 ms_sink;	/* first member of the two */
	struct msghdr		*ms_msg;
};

static const struct msg_control no_control = { .mc_tos = -1, .mc_segment = -1 };

/* One control message of level IPPROTO_IP. 0 or -EINVAL. */
static int sosk_cmsg_ip(const struct cmsghdr *cmsg, struct msg_control *ctl)
{
	const void *data = CMSG_DATA((struct cmsghdr *)cmsg);
	size_t len = cmsg->cmsg_len - sizeof(*cmsg);
	const struct in_pktinfo *info;
	int val;

	switch (cmsg->cmsg_type) {
	case IP_PKTINFO:
		if (len != sizeof(*info))
			return -EINVAL;
		info = data;
		if (info->ipi_ifindex < 0)
			return -EINVAL;
		if (info->ipi_ifindex)
			ctl->mc_ifidx = info->ipi_ifindex;
		ctl->mc_src = info->ipi_spec_dst.s_addr;
		return 0;
	case IP_TTL:
		if (len != sizeof(val))
			return -EINVAL;
		val = *(const int *)data;
		if (val < 1 || val > 255)
			return -EINVAL;
		ctl->mc_ttl = val;
		return 0;
	case IP_TOS:
		if (len == sizeof(val))
			val = *(const int *)data;
		else if (len == sizeof(u8))
			val = *(const u8 *)data;
		else
			return -EINVAL;
		if (val < 0 || val > 255)
			return -EINVAL;
		ctl->mc_tos = val;
		return 0;
	default:
		return -EINVAL;
	}
}

/* The same of level SOL_UDP. */
static int sosk_cmsg_udp(const struct cmsghdr *cmsg, struct msg_control *ctl)
{
	if (cmsg->cmsg_type != UDP_SEGMENT ||
	    cmsg->cmsg_len != CMSG_LEN(sizeof(u16)))
		return -EINVAL;
	ctl->mc_segment = *(const u16 *)CMSG_DATA((struct cmsghdr *)cmsg);
	return 0;
}

/*
 * Control messages of sendmsg(2). Levels that are none of ours are passed over, as
 * in Linux; what would change the datagram (SO_MARK ...) is refused.
 */
static int sosk_cmsgs(struct msghdr *msg, struct msg_control *ctl)
{
	struct cmsghdr *cmsg;
	int error = 0;

	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level == IPPROTO_IP)
			error = sosk_cmsg_ip(cmsg, ctl);
		else if (cmsg->cmsg_level == SOL_UDP)
			error = sosk_cmsg_udp(cmsg, ctl);
		else if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type != SCM_RIGHTS &&
			 cmsg->cmsg_type != SCM_CREDENTIALS)
			error = -EINVAL;
		if (error)
			return error;
	}
	return 0;
}

/**
 * sosk_copyin() - user data in a new packet
 * @msg:      message
 * @len:      bytes of it
 * @headroom: bytes to keep free before them
 *
 * Context: Process, no lock held; may sleep.
 * Return:  packet, ERR_PTR(-ENOBUFS), ERR_PTR(-EFAULT).
 */
struct mbuf *sosk_copyin(struct msghdr *msg, size_t len, u32 headroom)
{
	struct mbuf *m;
	struct mbuf *n;

	m = m_getuser(len, headroom, M_WAIT | M_FOR_SOCK);
	if (unlikely(!m)) {
		counter_inc(SOS_LIMIT);
		return ERR_PTR(-ENOBUFS);
	}
	for (n = m; n; n = n->m_next) {
		if (unlikely(!copy_from_iter_full(n->m_data, n->m_len, &msg->msg_iter))) {
			m_freem(m);
			return ERR_PTR(-EFAULT);
		}
	}
	return m;
}

/* The next bytes of @it, at most @most, as parts of single pages. Returns how many bytes. */
static size_t lend_gather(struct iov_iter *it, size_t most, struct bio_vec *bv, u32 *n)
{
	const struct bio_vec *from = it->bvec;
	size_t skip = it->iov_offset;
	size_t done = 0;

	most = min(most, iov_iter_count(it));
	for (*n = 0; done < most && *n < M_LENT_MAX; ) {
		size_t at = from->bv_offset + skip;
		size_t len = min3(from->bv_len - skip, most - done, PAGE_SIZE - offset_in_page(at));

		if (len) {
			bvec_set_page(&bv[(*n)++],
				      pfn_to_page(page_to_pfn(from->bv_page) + at / PAGE_SIZE),
				      len, offset_in_page(at));
			done += len;
			skip += len;
		}
		if (skip == from->bv_len) {
			from++;
			skip = 0;
		}
	}
	iov_iter_advance(it, done);
	return done;
}

/* Can the stack read the pages where they are, and is it worth it? */
static bool lendable(const struct bio_vec *bv, u32 n, size_t len)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (PageHighMem(bv[i].bv_page) || !sendpage_ok(bv[i].bv_page))
			return false;
	return len >= n * LEND_LEAST;
}

/* A copy of @len bytes on @n pages as a packet. NULL: no memory. */
static struct mbuf *lend_copy(struct bio_vec *bv, u32 n, size_t len)
{
	struct mbuf *m = m_getuser(len, 0, M_WAIT | M_FOR_SOCK);
	u32 at = 0;
	u32 i;

	for (i = 0; m && i < n; i++) {
		void *data = bvec_kmap_local(&bv[i]);

		m_copyback(m, at, bv[i].bv_len, data, M_DONTWAIT);
		kunmap_local(data);
		at += bv[i].bv_len;
	}
	return m;
}

/* A packet of the next bytes of @msg, at most @most, and of M_LENT_MAX pages. */
static struct mbuf *lend_some(struct msghdr *msg, size_t most)
{
	struct bio_vec bv[M_LENT_MAX];
	struct mbuf *m;
	size_t len;
	u32 n;

	len = lend_gather(&msg->msg_iter, most, bv, &n);
	if (!len)
		return ERR_PTR(-EFAULT);
	m = lendable(bv, n, len) ? m_getlent(bv, n, M_WAIT | M_FOR_SOCK) : lend_copy(bv, n, len);
	if (unlikely(!m)) {
		counter_inc(SOS_LIMIT);
		return ERR_PTR(-ENOBUFS);
	}
	return m;
}

/**
 * sosk_lend() - pages that splice(2) gives (MSG_SPLICE_PAGES) as a new packet
 * @msg: message, its iterator is of pages (bvec)
 * @len: bytes of it
 *
 * Context: Process, no lock held; may sleep.
 * Return:  packet, ERR_PTR(-ENOBUFS), ERR_PTR(-EFAULT).
 */
struct mbuf *sosk_lend(struct msghdr *msg, size_t len)
{
	struct mbuf *m = lend_some(msg, len);

	while (!IS_ERR(m) && m->m_pkthdr.len < len) {
		struct mbuf *more = lend_some(msg, len - m->m_pkthdr.len);

		if (IS_ERR(more)) {
			m_freem(m);
			return more;
		}
		m_cat(m, more);
	}
	return m;
}

/**
 * sosk_sendmsg() - sendmsg(2) and its relatives
 * @sock: socket
 * @msg:  message; MSG_CONFIRM, MSG_NOSIGNAL, MSG_EOR, MSG_ZEROCOPY have no effect
 * @len:  bytes of data
 *
 * Never waits for room, because a datagram socket keeps nothing; so MSG_DONTWAIT
 * has no effect either. MSG_MORE is for UDP only.
 *
 * Context: Process, no lock held.
 * Return:  @len, or -errno.
 */
int sosk_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct bsd_socket *so = sosk_so(sock->sk);
	const struct msg_control *ctl = &no_control;
	struct sockaddr *name = NULL;
	struct msg_control given;
	struct sockaddr_in sin;
	struct mbuf *m;
	int error;

	if (unlikely(msg->msg_flags & (MSG_OOB | MSG_MORE)) &&
	    (msg->msg_flags & MSG_OOB || so->so_proto->pr_type != SOCK_DGRAM))
		return -EOPNOTSUPP;
	if (msg->msg_name) {
		error = sosk_addr_send(msg->msg_name, msg->msg_namelen, &sin);
		if (unlikely(error))
			return error;
		name = (struct sockaddr *)&sin;
	}
	if (unlikely(msg->msg_controllen || (msg->msg_flags & (MSG_DONTROUTE | MSG_MORE)))) {
		given = no_control;
		given.mc_dontroute = msg->msg_flags & MSG_DONTROUTE;
		given.mc_more = msg->msg_flags & MSG_MORE;
		if (msg->msg_controllen) {
			error = sosk_cmsgs(msg, &given);
			if (error)
				return error;
		}
		ctl = &given;
	}
	sosk_sync(sock->sk, so);
	error = sosendcheck(so, name, len);
	if (unlikely(error))
		return error;
	m = sosk_copyin(msg, len, SOSK_HEADROOM);
	if (IS_ERR(m))
		return PTR_ERR(m);
	error = sosend(so, m, name, ctl);
	return error ?: (int)len;
}

/* Copy the first @len bytes of @m to the user. 0 or -EFAULT. */
static int sosk_copyout(const struct mbuf *m, size_t len, struct msghdr *msg)
{
	for (; len; m = m->m_next) {
		size_t n = min_t(size_t, m->m_len, len);

		if (unlikely(copy_to_iter(m->m_data, n, &msg->msg_iter) != n))
			return -EFAULT;
		len -= n;
	}
	return 0;
}

/* SO_TIMESTAMP and relatives; time of arrival, or now if the stack did not note it. */
static void sosk_cmsg_time(struct sock *sk, const struct mbuf *m, struct msghdr *msg)
{
	bool new = sock_flag(sk, SOCK_TSTAMP_NEW);
	struct timespec64 ts;
	ktime_t kt;

	kt = m->m_flags & M_TSVALID ? ns_to_ktime(m->m_pkthdr.ph_timestamp) : ktime_get_real();
	if (!sock_flag(sk, SOCK_RCVTSTAMP)) {
		sock_write_timestamp(sk, kt);
		return;
	}
	ts = ktime_to_timespec64(kt);
	if (sock_flag(sk, SOCK_RCVTSTAMPNS) && new) {
		struct __kernel_timespec t = { .tv_sec = ts.tv_sec, .tv_nsec = ts.tv_nsec };

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_NEW, sizeof(t), &t);
	} else if (sock_flag(sk, SOCK_RCVTSTAMPNS)) {
		struct __kernel_old_timespec t = { .tv_sec = ts.tv_sec, .tv_nsec = ts.tv_nsec };

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_OLD, sizeof(t), &t);
	} else if (new) {
		struct __kernel_sock_timeval t = {
			.tv_sec = ts.tv_sec,
			.tv_usec = ts.tv_nsec / NSEC_PER_USEC,
		};

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_NEW, sizeof(t), &t);
	} else {
		struct __kernel_old_timeval t = {
			.tv_sec = ts.tv_sec,
			.tv_usec = ts.tv_nsec / NSEC_PER_USEC,
		};

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(t), &t);
	}
}

static void sosk_sink_put(struct cmsg_sink *cs, int level, int type, int len, const void *data)
{
	struct msg_sink *ms = container_of(cs, struct msg_sink, ms_sink);

	put_cmsg(ms->ms_msg, level, type, len, (void *)data);
}

/* All control messages that the socket asked for. */
static void sosk_recv_control(struct sock *sk, struct bsd_socket *so, const struct mbuf *m,
			      struct msghdr *msg)
{
	u32 options = READ_ONCE(so->so_options);
	struct msg_sink sink = {
		.ms_sink.cs_put	= sosk_sink_put,
		.ms_msg		= msg,
	};
	u32 drops;

	if (options & BSD_SO_TIMESTAMP)
		sosk_cmsg_time(sk, m, msg);
	if (options & BSD_SO_RXQ_OVFL) {
		drops = READ_ONCE(so->so_rcv.sb_drops);
		if (drops)
			put_cmsg(msg, SOL_SOCKET, SO_RXQ_OVFL, sizeof(drops), &drops);
	}
	if ((options & BSD_SO_CONTROL) && so->so_proto->pr_usrreqs->pru_control)
		so->so_proto->pr_usrreqs->pru_control(so, m, &sink.ms_sink);
}

/*
 * MSG_ERRQUEUE: an error about a datagram that was sent, in a control message; the
 * data and name are those of that datagram. Never waits.
 */
static int sosk_recv_error(struct sock *sk, struct bsd_socket *so, struct msghdr *msg, size_t len)
{
	struct sockaddr_in *sin = msg->msg_name;
	struct {
		struct sock_extended_err ee;
		struct sockaddr_in offender;
	} cm = {};
	struct so_errhdr eh;
	struct mbuf *m;
	int error;

	m = sorecverr_take(so);
	if (!m)
		return -EAGAIN;
	memcpy(&eh, m->m_data, sizeof(eh));
	m_adj(m, sizeof(eh));
	if (m->m_pkthdr.len > len)
		msg->msg_flags |= MSG_TRUNC;
	len = min_t(size_t, len, m->m_pkthdr.len);
	error = sosk_copyout(m, len, msg);
	m_freem(m);
	if (error)
		return error;
	if (sin) {
		memset(sin, 0, sizeof(*sin));
		sin->sin_family = AF_INET;
		sin->sin_port = eh.eh_dport;
		sin->sin_addr.s_addr = eh.eh_dst;
		msg->msg_namelen = sizeof(*sin);
	}
	cm.ee.ee_errno = eh.eh_errno;
	cm.ee.ee_origin = eh.eh_origin;
	cm.ee.ee_type = eh.eh_type;
	cm.ee.ee_code = eh.eh_code;
	cm.ee.ee_info = eh.eh_info;
	if (eh.eh_origin == SO_EE_ORIGIN_ICMP) {
		cm.offender.sin_family = AF_INET;
		cm.offender.sin_addr.s_addr = eh.eh_offender;
	}
	put_cmsg(msg, IPPROTO_IP, IP_RECVERR, sizeof(cm), &cm);
	msg->msg_flags |= MSG_ERRQUEUE;
	if (!READ_ONCE(so->so_errq.ml_head))
		WRITE_ONCE(sk->sk_err, 0);
	return len;
}

/**
 * sosk_recvmsg() - recvmsg(2) and its relatives
 * @sock:  socket
 * @msg:   message
 * @len:   room for data
 * @flags: MSG_PEEK, MSG_TRUNC (return the whole length), MSG_DONTWAIT, MSG_ERRQUEUE
 *
 * A datagram that does not fit is cut (MSG_TRUNC in msg_flags); one whose copy
 * faults is lost, as in Linux.
 *
 * Context: Process, no lock held; may sleep.
 * Return:  bytes copied (with MSG_TRUNC: of the datagram), 0 after shutdown, -errno.
 */
int sosk_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	struct sock *sk = sock->sk;
	struct bsd_socket *so = sosk_so(sk);
	struct sockaddr_in *sin;
	struct mbuf *m;
	size_t total;
	int error;

	sosk_sync(sk, so);
	if (unlikely(flags & (MSG_ERRQUEUE | MSG_OOB)))
		return flags & MSG_OOB ? -EOPNOTSUPP : sosk_recv_error(sk, so, msg, len);
	error = soreceive(so, &m, flags);
	if (unlikely(error || !m))
		return error;

	total = m->m_pkthdr.len;
	if (unlikely(len < total))
		msg->msg_flags |= MSG_TRUNC;
	else
		len = total;
	error = sosk_copyout(m, len, msg);
	if (unlikely(error))
		goto out_free;
	sin = msg->msg_name;
	if (sin) {
		*sin = (struct sockaddr_in){ .sin_family = AF_INET };
		so->so_proto->pr_usrreqs->pru_soname(m, sin);
		msg->msg_namelen = sizeof(*sin);
	}
	if (unlikely(READ_ONCE(so->so_options) & BSD_SO_RECVCTL))
		sosk_recv_control(sk, so, m, msg);
out_free:
	m_freem(m);
	if (unlikely(error))
		return error;
	return unlikely(flags & MSG_TRUNC) ? total : len;
}
