// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rtsock_ops.c - routing sockets (AF_BSDROUTE) as Linux sockets: their queues, their
 * filters, and the calls on them.
 *
 * write(2) -> here -> net/rtsock.c. What the stack has to tell comes to
 * rtsock_deliver() and is queued as one sk_buff, shared by all sockets that want it.
 * A socket whose buffer is full gets nothing more until its reader has read all that
 * it has; then RTM_DESYNC tells that something is missing.
 *
 * Context: system calls without locks, but for rtsock_deliver(), which may be called
 * with spinlocks held. rtsock_lock is a leaf but for the queue's own lock.
 */
#include <bsdnet/rtsock.h>
#include <bsdnet/counters.h>
#include <bsdnet/route.h>
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/sockios.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <uapi/bsdnet/sock.h>
#include <asm/ioctls.h>

#include "sock_priv.h"

#define RTSOCK_USERMAX	256	/* sockets, from which on unprivileged users get no more */

/* A filter of a socket, ROUTE_*. */
enum rtsock_filter {
	RTSOCK_TYPES,		/* bits, 0: all */
	RTSOCK_TABLE,		/* BSD_RTABLE_ANY */
	RTSOCK_PRIORITY,	/* worst, 0: all */
	RTSOCK_FLAGS,		/* of routes that are not wanted */
	RTSOCK_LOOPBACK,	/* own requests come back */
	RTSOCK_NFILTERS
};

/*
 * A routing socket. Made by socket(2), off the list and without messages at
 * release(2), freed by Linux.
 *
 * Locks protecting struct members:
 *	R	rtsock_lock
 */
struct rtsock {
	struct sock		rs_sk;		/* first: Linux allocates and casts */
	struct hlist_node	rs_node;	/* [R] */
	u32			rs_filter[RTSOCK_NFILTERS];	/* [R] */
	bool			rs_desync;	/* [R] a message was lost, and not told */
};

static HLIST_HEAD(rtsocks);		/* [rtsock_lock] */
static unsigned int rtsock_count;	/* [rtsock_lock] */
static DEFINE_SPINLOCK(rtsock_lock);

static struct proto rtsock_prot = {
	.name		= "BSDROUTE",
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct rtsock),
};

static struct rtsock *sk_rtsock(const struct sock *sk)
{
	return container_of(sk, struct rtsock, rs_sk);
}

static u32 rtsock_all_types(const struct rtsock *rs)
{
	if (rs->rs_sk.sk_shutdown & RCV_SHUTDOWN)
		return 0;
	return rs->rs_filter[RTSOCK_TYPES] ? rs->rs_filter[RTSOCK_TYPES] : ~0U;
}

/* The sockets or a filter of theirs changed: what is wanted now? */
static void rtsock_retype(void)
{
	struct rtsock *rs;
	u32 types = 0;

	lockdep_assert_held(&rtsock_lock);
	hlist_for_each_entry(rs, &rtsocks, rs_node)
		types |= rtsock_all_types(rs);
	WRITE_ONCE(rtsock_types, types);
}

/* Does a socket want a message? */
static bool rtsock_wants(const struct rtsock *rs, const struct rtsock_msg *rm)
{
	const struct bsd_rt_msghdr *rtm = rm->rm_hdr;
	const u32 *filter = rs->rs_filter;
	bool own = rm->rm_request && rm->rm_request->rq_sock == rs;

	if (rs->rs_sk.sk_shutdown & RCV_SHUTDOWN)
		return false;
	/* What it asked for itself, and not who listens to everything, goes by no filter. */
	if (rm->rm_answer)
		return own && (filter[RTSOCK_LOOPBACK] || !rtm->rtm_errno);
	if (own && !filter[RTSOCK_LOOPBACK])
		return false;
	if (!(rtsock_all_types(rs) & BIT(rtm->rtm_type)))
		return false;
	if (rm->rm_family && rs->rs_sk.sk_protocol && rs->rs_sk.sk_protocol != rm->rm_family)
		return false;
	if (filter[RTSOCK_TABLE] != BSD_RTABLE_ANY && filter[RTSOCK_TABLE] != rtm->rtm_tableid)
		return false;
	if (!rm->rm_route)
		return true;
	if (filter[RTSOCK_PRIORITY] && rtm->rtm_priority > filter[RTSOCK_PRIORITY])
		return false;
	return !(filter[RTSOCK_FLAGS] & rtm->rtm_flags);
}

static struct sk_buff *rtsock_skb(const struct bsd_rt_msghdr *rtm)
{
	struct sk_buff *skb = alloc_skb(rtm->rtm_msglen, GFP_NOWAIT | __GFP_NOWARN);

	if (skb)
		skb_put_data(skb, rtm, rtm->rtm_msglen);
	return skb;
}

/* Its reader knows of all that was lost: it may get messages again. */
static void rtsock_resync(struct rtsock *rs)
{
	struct sk_buff *skb;
	struct rtsock_buf rb;

	lockdep_assert_held(&rtsock_lock);
	if (!rs->rs_desync || !skb_queue_empty_lockless(&rs->rs_sk.sk_receive_queue))
		return;
	rtsock_begin(&rb, BSD_RTM_DESYNC, sizeof(rb.rb_hdr));
	skb = rtsock_skb(&rb.rb_hdr);
	if (!skb)
		return;
	if (sock_queue_rcv_skb(&rs->rs_sk, skb))
		kfree_skb(skb);
	else
		rs->rs_desync = false;
}

/* Queue a message that is @skb, or could not be made. */
static void rtsock_queue(struct rtsock *rs, struct sk_buff *skb)
{
	struct sk_buff *clone;
	int error = -ENOMEM;

	rtsock_resync(rs);
	if (rs->rs_desync)
		return;
	clone = skb ? skb_clone(skb, GFP_NOWAIT | __GFP_NOWARN) : NULL;
	if (clone) {
		error = sock_queue_rcv_skb(&rs->rs_sk, clone);
		if (error)
			kfree_skb(clone);
	}
	/* Its own filter (SO_ATTACH_FILTER) may have refused it: nothing is missing. */
	if (!error || error == -EPERM)
		return;
	rs->rs_desync = true;
	counter_inc(RTS_SOCKFULL);
}

/**
 * rtsock_deliver() - give a message to the sockets that want it
 * @rm: message
 *
 * Context: Process; spinlocks may be held. Does not sleep.
 */
void rtsock_deliver(const struct rtsock_msg *rm)
{
	struct sk_buff *skb = NULL;
	bool made = false;
	struct rtsock *rs;

	spin_lock(&rtsock_lock);
	hlist_for_each_entry(rs, &rtsocks, rs_node) {
		if (!rtsock_wants(rs, rm))
			continue;
		if (!made)
			skb = rtsock_skb(rm->rm_hdr);
		made = true;
		rtsock_queue(rs, skb);
	}
	spin_unlock(&rtsock_lock);
	kfree_skb(skb);
}

static int rtsock_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;
	spin_lock(&rtsock_lock);
	hlist_del(&sk_rtsock(sk)->rs_node);
	rtsock_count--;
	rtsock_retype();
	spin_unlock(&rtsock_lock);
	sock_orphan(sk);
	sock->sk = NULL;
	skb_queue_purge(&sk->sk_receive_queue);
	sock_put(sk);
	return 0;
}

static int rtsock_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct rt_request rq = {
		.rq_sock = sk_rtsock(sock->sk),
		.rq_pid = task_tgid_nr(current),
		.rq_admin = sk_capable(sock->sk, CAP_NET_ADMIN),
	};
	ssize_t done;
	void *buf;

	if (msg->msg_flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (msg->msg_namelen)
		return -EISCONN;
	if (len > RTSOCK_WRITEMAX)
		return -EMSGSIZE;
	buf = kvmalloc(len, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	done = copy_from_iter_full(buf, len, &msg->msg_iter) ? rtsock_write(buf, len, &rq) :
							       -EFAULT;
	kvfree(buf);
	return done;
}

static int rtsock_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	struct sock *sk = sock->sk;
	struct sk_buff *skb;
	int copied, error;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	skb = skb_recv_datagram(sk, flags, &error);
	if (!skb)
		return sk->sk_shutdown & RCV_SHUTDOWN ? 0 : error;
	copied = min_t(size_t, len, skb->len);
	if (copied < skb->len)
		msg->msg_flags |= MSG_TRUNC;
	error = skb_copy_datagram_msg(skb, 0, msg, copied);
	if (!error)
		error = flags & MSG_TRUNC ? skb->len : copied;
	skb_free_datagram(sk, skb);
	spin_lock(&rtsock_lock);
	rtsock_resync(sk_rtsock(sk));
	spin_unlock(&rtsock_lock);
	return error;
}

static int rtsock_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	spin_lock(&rtsock_lock);
	/* Writing stays: BSD's route(8) only says that it will not read. */
	if (how != SHUT_WR)
		sk->sk_shutdown |= RCV_SHUTDOWN;
	rtsock_retype();
	spin_unlock(&rtsock_lock);
	sk->sk_state_change(sk);
	return 0;
}

static int rtsock_setsockopt(struct socket *sock, int level, int opt, sockptr_t val,
			     unsigned int len)
{
	struct rtsock *rs = sk_rtsock(sock->sk);
	u32 value;

	if (level != AF_BSDROUTE || opt < ROUTE_MSGFILTER || opt > RTSOCK_NFILTERS)
		return -ENOPROTOOPT;
	if (len < sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, val, sizeof(value)))
		return -EFAULT;
	if ((opt == ROUTE_TABLEFILTER && value != BSD_RTABLE_ANY && value > RT_TABLEID_MAX) ||
	    (opt == ROUTE_PRIOFILTER && value > U8_MAX) ||
	    (opt == ROUTE_USELOOPBACK && value > 1))
		return -EINVAL;
	spin_lock(&rtsock_lock);
	rs->rs_filter[opt - ROUTE_MSGFILTER] = value;
	rtsock_retype();
	spin_unlock(&rtsock_lock);
	return 0;
}

static int rtsock_getsockopt(struct socket *sock, int level, int opt, char __user *val,
			     int __user *lenp)
{
	struct rtsock *rs = sk_rtsock(sock->sk);
	int len;

	if (level != AF_BSDROUTE || opt < ROUTE_MSGFILTER || opt > RTSOCK_NFILTERS)
		return -ENOPROTOOPT;
	if (get_user(len, lenp))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	len = min_t(int, len, sizeof(u32));
	if (copy_to_user(val, &rs->rs_filter[opt - ROUTE_MSGFILTER], len) || put_user(len, lenp))
		return -EFAULT;
	return 0;
}

static int rtsock_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct sk_buff_head *queue = &sock->sk->sk_receive_queue;
	struct sk_buff *skb;
	int len;

	if (_IOC_TYPE(cmd) == 'i')
		return bsioc(cmd, (void __user *)arg);
	if (cmd != SIOCINQ)
		return -ENOTTY;
	spin_lock_bh(&queue->lock);
	skb = skb_peek(queue);
	len = skb ? skb->len : 0;
	spin_unlock_bh(&queue->lock);
	return put_user(len, (int __user *)arg);
}

static int rtsock_getname(struct socket *sock, struct sockaddr *name, int peer)
{
	memset(name, 0, sizeof(*name));
	name->sa_family = AF_BSDROUTE;
	return sizeof(name->sa_family);
}

static const struct proto_ops rtsock_ops = {
	.family		= AF_BSDROUTE,
	.owner		= THIS_MODULE,
	.release	= rtsock_release,
	.bind		= sock_no_bind,
	.connect	= sock_no_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sock_no_accept,
	.getname	= rtsock_getname,
	.poll		= datagram_poll,
	.ioctl		= rtsock_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= sock_no_listen,
	.shutdown	= rtsock_shutdown,
	.setsockopt	= rtsock_setsockopt,
	.getsockopt	= rtsock_getsockopt,
	.sendmsg	= rtsock_sendmsg,
	.recvmsg	= rtsock_recvmsg,
	.mmap		= sock_no_mmap,
};

/* On the list, unless there are too many for this user. */
static bool rtsock_enlist(struct rtsock *rs, bool admin)
{
	bool ok;

	spin_lock(&rtsock_lock);
	ok = admin || rtsock_count < RTSOCK_USERMAX;
	if (ok) {
		hlist_add_head(&rs->rs_node, &rtsocks);
		rtsock_count++;
		rtsock_retype();
	}
	spin_unlock(&rtsock_lock);
	return ok;
}

/* socket(2); @protocol is the family whose messages are wanted, 0: all. */
static int rtsock_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct rtsock *rs;
	struct sock *sk;

	if (!net_eq(net, &init_net))
		return -EAFNOSUPPORT;
	if (sock->type != SOCK_RAW)
		return -ESOCKTNOSUPPORT;
	if (protocol && protocol != AF_INET && protocol != AF_INET6)
		return -EPROTONOSUPPORT;
	sk = sk_alloc(net, AF_BSDROUTE, GFP_KERNEL, &rtsock_prot, kern);
	if (!sk)
		return -ENOMEM;
	sock->state = SS_UNCONNECTED;
	sock->ops = &rtsock_ops;
	sock_init_data(sock, sk);
	sk->sk_protocol = protocol;
	rs = sk_rtsock(sk);
	rs->rs_filter[RTSOCK_TABLE] = BSD_RTABLE_ANY;
	rs->rs_filter[RTSOCK_LOOPBACK] = 1;
	if (rtsock_enlist(rs, kern || ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN)))
		return 0;
	counter_inc(RTS_SOCKLIMIT);
	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	return -ENOBUFS;
}

static const struct net_proto_family rtsock_family = {
	.family	= AF_BSDROUTE,
	.create	= rtsock_create,
	.owner	= THIS_MODULE,
};

/**
 * rtsock_init() - from here on programs make routing sockets
 *
 * Context: Process, at load.
 * Return:  0 or -errno, and then left nothing behind.
 */
int rtsock_init(void)
{
	int error = proto_register(&rtsock_prot, 1);

	if (error)
		return error;
	error = sock_register(&rtsock_family);
	if (error)
		proto_unregister(&rtsock_prot);
	return error;
}

/**
 * rtsock_exit() - no more; open sockets hold the module, so there are none
 *
 * Context: Process, at unload.
 */
void rtsock_exit(void)
{
	sock_unregister(AF_BSDROUTE);
	rcu_barrier();
	proto_unregister(&rtsock_prot);
}
