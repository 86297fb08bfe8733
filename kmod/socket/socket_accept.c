// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * socket_accept.c - listeners, and the connections that wait on them.
 *
 * Receive path: tcp_syncache.c makes a socket for a connection whose handshake is
 * done -> sonewconn(), soqueue() here -> accept(2), linux/sock_stream.c -> soaccept().
 *
 * The queue of a listener is guarded by its receive buffer's lock, and sb_mbcnt is
 * its length, so that whoever waits for input waits for connections in the same way.
 *
 * Context: process; sonewconn() and soqueue() in a section.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>
#include <bsdnet/sysfs.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/socket.h>

#include "socket_priv.h"

unsigned int socket_somaxconn = 4096;

/* What a connection takes over of its listener's so_options. */
#define SO_INHERITED	(BSD_SO_REUSEADDR | BSD_SO_REUSEPORT | BSD_SO_DONTROUTE | \
			 BSD_SO_KEEPALIVE | BSD_SO_OOBINLINE | BSD_SO_RCVBUF | BSD_SO_SNDBUF)

/**
 * solisten() - a socket takes connections from now on
 * @so:      socket of a stream, without a peer
 * @backlog: how many may wait; socket/somaxconn at most; one more, as on Linux
 *
 * Again: changes the backlog.
 *
 * Context: Process, no lock held.
 * Return:  0, -EOPNOTSUPP, or -errno of the protocol.
 */
int solisten(struct bsd_socket *so, int backlog)
{
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	u32 max = READ_ONCE(socket_somaxconn);
	struct netstack ns;
	int error;

	if (!pru->pru_listen)
		return -EOPNOTSUPP;
	WRITE_ONCE(so->so_qlimit, min_t(u32, backlog, max) + 1);
	net_enter(&ns, so->so_proto->pr_section);
	error = pru->pru_listen(so, &ns);
	net_leave(&ns);
	return error;
}

/**
 * soqueue_full() - has a listener no place for another connection
 * @head: listener
 *
 * Context: Any.
 */
bool soqueue_full(const struct bsd_socket *head)
{
	return READ_ONCE(head->so_rcv.sb_mbcnt) >= READ_ONCE(head->so_qlimit) ||
	       READ_ONCE(head->so_rcv.sb_shut);
}

/**
 * sonewconn() - a socket for a connection that came to a listener
 * @head: listener, alive by the caller's section
 *
 * It is like the listener, and pays from the same account. It gets its PCB by the
 * protocol, and its struct sock by accept(2).
 *
 * Context: Section; does not sleep.
 * Return:  socket with one reference, for soqueue() or sodiscard(); NULL without
 *	    memory.
 */
struct bsd_socket *sonewconn(struct bsd_socket *head)
{
	struct bsd_socket *so;

	so = kmem_cache_zalloc(so_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!so)
		return NULL;
	so->so_proto = head->so_proto;
	__module_get(so->so_proto->pr_owner);	/* the listener holds it */
	so->so_type = head->so_type;
	so->so_protocol = head->so_protocol;
	so->so_uid = head->so_uid;
	so->so_user = so_user_hold(head->so_user);
	so->so_options = READ_ONCE(head->so_options) & SO_INHERITED;
	so->so_rtableid = READ_ONCE(head->so_rtableid);
	so->so_linger = READ_ONCE(head->so_linger);
	refcount_set(&so->so_refs, 1);
	sb_init(&so->so_rcv, READ_ONCE(head->so_rcv.sb_hiwat));
	sb_init(&so->so_snd, READ_ONCE(head->so_snd.sb_hiwat));
	ml_init(&so->so_errq);
	mutex_init(&so->so_rcvio);
	INIT_LIST_HEAD(&so->so_queue);
	counter_inc(SOS_CREATED);
	return so;
}

/**
 * soqueue() - a connection waits to be accepted
 * @so:   socket from sonewconn(), complete
 * @head: listener
 *
 * The caller wakes the listener (sorwakeup) when no lock is held.
 *
 * Context: Section. Takes and releases sb_lock of @head.
 * Return:  true, and soaccept() or soclose() of the listener takes care of @so; false
 *	    if the listener is closed or its queue full.
 */
bool soqueue(struct bsd_socket *so, struct bsd_socket *head)
{
	struct sockbuf *sb = &head->so_rcv;
	bool room;

	spin_lock(&sb->sb_lock);
	room = !sb->sb_shut && sb->sb_mbcnt < head->so_qlimit;
	if (room) {
		list_add_tail(&so->so_queue, &head->so_queue);
		WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt + 1);
	}
	spin_unlock(&sb->sb_lock);
	return room;
}

/* The first connection that waits on @head, or NULL. */
static struct bsd_socket *soqueue_take(struct bsd_socket *head)
{
	struct sockbuf *sb = &head->so_rcv;
	struct bsd_socket *so;

	spin_lock(&sb->sb_lock);
	so = list_first_entry_or_null(&head->so_queue, struct bsd_socket, so_queue);
	if (so) {
		list_del_init(&so->so_queue);
		WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt - 1);
	}
	spin_unlock(&sb->sb_lock);
	return so;
}

/**
 * soaccept() - take a connection, wait for one if there is none
 * @head:  listener
 * @flags: MSG_DONTWAIT
 * @sop:   out: socket, whose reference is the caller's, for soclose()
 *
 * Context: Process, no lock held; may sleep.
 * Return:  0; -EINVAL if it does not listen (any more), -EAGAIN, -EINTR, -ERESTARTSYS.
 */
int soaccept(struct bsd_socket *head, int flags, struct bsd_socket **sop)
{
	struct bsd_socket *so;
	long timeo = -1;
	int error = 0;

	for (;;) {
		u32 state = READ_ONCE(head->so_state);

		if (!(state & SS_ACCEPTCONN) || state & SS_CANTRCVMORE)
			return -EINVAL;
		so = soqueue_take(head);
		if (so)
			break;
		if (flags & MSG_DONTWAIT)
			return -EAGAIN;
		error = sosk_wait(head, &timeo);
		if (error)
			break;
	}
	if (READ_ONCE(head->so_rcv.sb_waiters) && READ_ONCE(head->so_rcv.sb_mbcnt))
		sorwakeup(head);	/* the next one's turn */
	if (!so)
		return error;
	counter_inc(SOS_ACCEPTED);
	so->so_proto->pr_usrreqs->pru_accepted(so);
	*sop = so;
	return 0;
}

/**
 * soqueue_purge() - a listener is closed: connections that nobody accepted end
 * @head: listener, its buffer shut; or a socket that never listened
 *
 * They are reset, because their peers may have sent already.
 *
 * Context: Process, no lock held.
 */
void soqueue_purge(struct bsd_socket *head)
{
	struct bsd_socket *so;

	if (!head->so_qlimit)
		return;
	while ((so = soqueue_take(head))) {
		so->so_linger = 0;
		soclose(so);
	}
}

/**
 * sodiscard() - a socket that no queue took
 * @so: socket from sonewconn(), its PCB detached or none
 *
 * Context: Section.
 */
void sodiscard(struct bsd_socket *so)
{
	sb_flush(so, &so->so_rcv);	/* data of a SYN (RFC 7413) */
	module_put(so->so_proto->pr_owner);
	counter_inc(SOS_CLOSED);
	sorele(so);
}
