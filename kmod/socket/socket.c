// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * socket.c - the life of a socket: made, named, connected, shut down, closed.
 *
 * Between linux/sock_ops.c (or a kernel user) and the user requests of a protocol
 * (protosw.h). Data goes through socket_send.c and socket_recv.c.
 *
 * Life: socreate() holds the protocol's module and one reference; attach makes the
 * PCB, which holds another until it is freed. soclose() detaches, empties the
 * buffers, lets the module go and gives the reference back; softnet threads that
 * still know the PCB find a shut buffer. The last sorele() frees after a grace
 * period of net_srcu.
 *
 * Context: process, no lock held; each call enters a section of its own.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netstack.h>
#include <bsdnet/sysfs.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/socket.h>

#include "socket_priv.h"

#define SO_DEFSPACE	(64 * 1024)	/* limits until the protocol's attach sets its own */

unsigned int socket_maxbuf = 2 * 1024 * 1024;
struct kmem_cache *so_cache;

static const struct counter_desc socket_counters[SOS_END - SOS_CREATED] = {
	[COUNTER_INDEX(SOS_CREATED)]	= { "created", "sockets created" },
	[COUNTER_INDEX(SOS_CLOSED)]	= { "closed", "sockets closed" },
	[COUNTER_INDEX(SOS_LIMIT)]	= { "limit", "sends refused for want of memory" },
	[COUNTER_INDEX(SOS_RCVFULL)]	= { "rcvfull",
					    "records refused by a full receive buffer" },
	[COUNTER_INDEX(SOS_USERLIMIT)]	= { "userlimit",
					    "records refused, share of a user used up" },
	[COUNTER_INDEX(SOS_WAKEUPS)]	= { "wakeups", "wakeups given to readers" },
	[COUNTER_INDEX(SOS_ACCEPTED)]	= { "accepted", "connections accepted" },
	[COUNTER_INDEX(SOS_ERRFULL)]	= { "errfull",
					    "error records refused, queue full or no memory" },
};

static const struct knob socket_knobs[] = {
	KNOB_UINT("socket/maxbuf", &socket_maxbuf, SB_MIN, SB_MAX),
	KNOB_UINT("socket/somaxconn", &socket_somaxconn, 1, 65535),
	KNOB_UINT("socket/user_bytes", &so_user_bytes, 1024 * 1024, UINT_MAX),
};

static void so_free(struct rcu_head *head)
{
	struct bsd_socket *so = container_of(head, struct bsd_socket, so_rcu);

	so_user_put(so->so_user);
	kmem_cache_free(so_cache, so);
}

/**
 * soref() - take a reference
 * @so: socket, alive
 *
 * Context: Any.
 */
void soref(struct bsd_socket *so)
{
	refcount_inc(&so->so_refs);
}

/**
 * sorele() - give a reference back; the last frees after a grace period
 * @so: socket
 *
 * Context: Any but hard interrupt.
 */
void sorele(struct bsd_socket *so)
{
	if (refcount_dec_and_test(&so->so_refs))
		net_call_free(&so->so_rcu, so_free);
}

/* The protocol of (@type, @proto) with its module held, or ERR_PTR. */
static const struct protosw *so_getproto(int type, int proto)
{
	const struct protosw *pr;
	struct netstack ns;

	net_enter(&ns, NETSEC_SYSCALL);
	rcu_read_lock();
	pr = in_proto_find(type, proto);
	if (!pr || !pr->pr_usrreqs)
		pr = ERR_PTR(in_proto_find(type, 0) ? -EPROTONOSUPPORT : -ESOCKTNOSUPPORT);
	else if (!try_module_get(pr->pr_owner))
		pr = ERR_PTR(-EPROTONOSUPPORT);
	rcu_read_unlock();
	net_leave(&ns);
	return pr;
}

/**
 * socreate() - make a socket
 * @type:  SOCK_STREAM, SOCK_DGRAM or SOCK_RAW
 * @proto: IPPROTO_*, 0: the type's default
 * @uid:   who pays for what it stores; root has no limit of its own
 * @sop:   out: the socket, one reference, for soclose()
 *
 * Whether the caller may have a raw socket is the caller's question.
 *
 * Context: Process, may sleep, no lock held.
 * Return:  0, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -ENOMEM, -ENOBUFS or what the
 *	    protocol's attach says.
 */
int socreate(int type, int proto, kuid_t uid, struct bsd_socket **sop)
{
	const struct protosw *pr = so_getproto(type, proto);
	struct bsd_socket *so;
	int error;

	if (IS_ERR(pr))
		return PTR_ERR(pr);
	error = -ENOMEM;
	so = kmem_cache_zalloc(so_cache, GFP_KERNEL_ACCOUNT);
	if (!so)
		goto err_put_module;
	if (!uid_eq(uid, GLOBAL_ROOT_UID)) {
		so->so_user = so_user_get(uid);
		if (!so->so_user)
			goto err_free;
	}
	so->so_proto = pr;
	so->so_type = type;
	so->so_protocol = proto ?: pr->pr_protocol;
	so->so_uid = uid;
	refcount_set(&so->so_refs, 1);
	sb_init(&so->so_rcv, SO_DEFSPACE);
	sb_init(&so->so_snd, SO_DEFSPACE);
	ml_init(&so->so_errq);
	mutex_init(&so->so_rcvio);
	INIT_LIST_HEAD(&so->so_queue);
	so->so_linger = -1;
	error = pr->pr_usrreqs->pru_attach(so, so->so_protocol);
	if (error) {
		/* A PCB that was made, and is on its way out again, has a reference. */
		sorele(so);
		goto err_put_module;
	}
	counter_inc(SOS_CREATED);
	*sop = so;
	return 0;

err_free:
	kmem_cache_free(so_cache, so);
err_put_module:
	module_put(pr->pr_owner);
	return error;
}

/**
 * sobind() - give a socket its local address
 * @so:         socket
 * @name:        address, checked by linux/sock_addr.c
 * @privileged: may have a port below 1024
 *
 * Context: Process, no lock held.
 * Return:  0 or -errno of the protocol; -EOPNOTSUPP if it has no addresses.
 */
int sobind(struct bsd_socket *so, const struct sockaddr *name, bool privileged)
{
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	struct netstack ns;
	int error;

	if (!pru->pru_bind)
		return -EOPNOTSUPP;
	net_enter(&ns, so->so_proto->pr_section);
	error = pru->pru_bind(so, name, privileged, &ns);
	net_leave(&ns);
	return error;
}

/**
 * soconnect() - give a socket its peer
 * @so:  socket; a datagram socket may have had another peer
 * @name: address, checked by linux/sock_addr.c
 *
 * Context: Process, no lock held.
 * Return:  0 or -errno of the protocol.
 */
int soconnect(struct bsd_socket *so, const struct sockaddr *name)
{
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	struct netstack ns;
	int error;

	if (!pru->pru_connect)
		return -EOPNOTSUPP;
	net_enter(&ns, so->so_proto->pr_section);
	error = pru->pru_connect(so, name, &ns);
	net_leave(&ns);
	if (!error && !(so->so_proto->pr_flags & PR_CONNREQUIRED))
		so_setstate(so, SS_ISCONNECTED, 0);
	return error;
}

/**
 * sodisconnect() - forget the peer
 * @so: socket; without a peer nothing happens
 *
 * Context: Process, no lock held.
 * Return:  0 or -errno of the protocol.
 */
int sodisconnect(struct bsd_socket *so)
{
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	struct netstack ns;
	int error;

	/* A stream may be connecting, or have an end left of a connection that is over. */
	if (!(so->so_proto->pr_flags & PR_CONNREQUIRED) &&
	    !(READ_ONCE(so->so_state) & SS_ISCONNECTED))
		return 0;
	if (!pru->pru_disconnect)
		return -EOPNOTSUPP;
	net_enter(&ns, so->so_proto->pr_section);
	error = pru->pru_disconnect(so, &ns);
	net_leave(&ns);
	if (!error)
		so_setstate(so, 0, SS_ISCONNECTED);
	return error;
}

/**
 * soshutdown() - end one or both directions
 * @so:  socket
 * @how: SHUT_RD, SHUT_WR or SHUT_RDWR
 *
 * As Linux's, it also works on a socket without a peer, and then says -ENOTCONN:
 * programs use it to wake their readers. A listener takes no more connections, until
 * listen(2) is called again.
 *
 * Context: Process, no lock held.
 * Return:  0, -EINVAL, -ENOTCONN or -errno of the protocol.
 */
int soshutdown(struct bsd_socket *so, int how)
{
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	bool connected = READ_ONCE(so->so_state) & (SS_ISCONNECTED | SS_ISCONNECTING);
	struct netstack ns;
	int error = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (READ_ONCE(so->so_state) & SS_ACCEPTCONN) {
		if (how != SHUT_WR) {
			socantrcvmore(so);
			soqueue_purge(so);
		}
		return 0;
	}
	if (how != SHUT_WR)
		socantrcvmore(so);
	if (how != SHUT_RD)
		so_setstate(so, SS_CANTSENDMORE, 0);
	if (pru->pru_shutdown) {
		net_enter(&ns, so->so_proto->pr_section);
		error = pru->pru_shutdown(so, how, &ns);
		net_leave(&ns);
	}
	sowakeup(so, SOW_ALL);
	if (!error && !connected)
		error = -ENOTCONN;
	return error;
}

/**
 * soclose() - the last user leaves
 * @so: socket; the reference of socreate() is given back
 *
 * The caller has detached the struct sock, if there was one, and makes no other
 * call on @so.
 *
 * Context: Process, no lock held.
 */
void soclose(struct bsd_socket *so)
{
	const struct protosw *pr = so->so_proto;
	struct mbuf_list errq = MBUF_LIST_INIT;
	struct sockbuf *sb = &so->so_rcv;
	struct netstack ns;
	struct mbuf *m;

	sosplice_detach(so);
	spin_lock(&sb->sb_lock);
	WRITE_ONCE(sb->sb_shut, true);
	WRITE_ONCE(so->so_state,
		   so->so_state | SS_DETACHED | SS_CANTRCVMORE | SS_CANTSENDMORE);
	ml_enlist(&errq, &so->so_errq);
	spin_unlock(&sb->sb_lock);
	WRITE_ONCE(so->so_upcall, NULL);

	net_enter(&ns, so->so_proto->pr_section);
	if (so->so_pcb)
		pr->pr_usrreqs->pru_detach(so, &ns);
	net_leave(&ns);

	soqueue_purge(so);
	sb_flush(so, sb);
	/* What a stream has not sent yet belongs to its PCB. */
	if (!(pr->pr_flags & PR_CONNREQUIRED))
		sb_flush(so, &so->so_snd);
	while ((m = ml_dequeue(&errq))) {
		so_user_charge(so->so_user, -(s64)sb_mbsize(m));
		m_freem(m);
	}
	module_put(pr->pr_owner);
	counter_inc(SOS_CLOSED);
	sorele(so);
}

/* A 32nd of memory, 8 MiB to 1 GiB. */
static unsigned int so_user_default(void)
{
	u64 share = ((u64)totalram_pages() << PAGE_SHIFT) / 32;

	return clamp_t(u64, share, 8 << 20, 1 << 30);
}

/**
 * socket_init() - memory, counters and knobs of sockets
 *
 * Context: Process, at load.
 * Return:  0 or -errno, and then left nothing behind.
 */
int socket_init(void)
{
	int error;

	so_user_bytes = so_user_default();
	so_cache = kmem_cache_create("bsdnet_socket", sizeof(struct bsd_socket), 0,
				     SLAB_HWCACHE_ALIGN, NULL);
	if (!so_cache)
		return -ENOMEM;
	error = counter_register(CG_SOCKET, "socket", socket_counters,
				 ARRAY_SIZE(socket_counters));
	if (error)
		goto err_cache;
	error = knobs_register(socket_knobs, ARRAY_SIZE(socket_knobs));
	if (error)
		goto err_counters;
	error = sosplice_init();
	if (error)
		goto err_knobs;
	return 0;

err_knobs:
	knobs_unregister(socket_knobs, ARRAY_SIZE(socket_knobs));
err_counters:
	counter_unregister(CG_SOCKET);
err_cache:
	kmem_cache_destroy(so_cache);
	return error;
}

/**
 * socket_exit() - the reverse, when no socket is left
 *
 * Waits for sockets on their way to so_free(): first for splices and PCBs, whose end
 * may give the last reference back, then for the sockets themselves.
 *
 * Context: Process, at unload or failed load.
 */
void socket_exit(void)
{
	sosplice_exit();
	srcu_barrier(&net_srcu);
	srcu_barrier(&net_srcu);
	knobs_unregister(socket_knobs, ARRAY_SIZE(socket_knobs));
	counter_unregister(CG_SOCKET);
	kmem_cache_destroy(so_cache);
}
