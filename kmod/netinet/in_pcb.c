// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_pcb.c - life, names and locks of Internet protocol control blocks.
 *
 * Receive path: in_pcb_lookup.c -> in_pcbinput() here -> the protocol's
 * io_deliver -> sockbuf.c. System calls: udp_usrreq.c, raw_usrreq.c -> here.
 *
 * Context: inside a section unless said otherwise. The caller locks the PCB.
 *
 * The backlog. A softnet thread that finds the mutex taken puts its run of
 * datagrams on the PCB's backlog and goes on; whoever unlocks runs the backlog.
 * Nothing is stranded: the thread tries the mutex again after it appended, the
 * owner looks at the backlog again after it unlocked, with a full barrier between
 * the two steps on both sides, so at least one of them sees the other.
 */
#include <bsdnet/in_pcb.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/softnet.h>
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <uapi/bsdnet/stats.h>

#define PORT_RESERVED	1024	/* ports below need CAP_NET_BIND_SERVICE */

static const struct counter_desc pcb_counters[] = {
	[COUNTER_INDEX(PCBS_LOCKS)] = { "locks", "PCB mutexes of UDP and raw sockets taken" },
	[COUNTER_INDEX(PCBS_CONTENDED)] = { "contended", "system calls that waited for a PCB" },
	[COUNTER_INDEX(PCBS_BUSY)] = { "busy", "PCBs that a softnet thread found locked" },
	[COUNTER_INDEX(PCBS_BACKLOGRUNS)] = { "backlogruns", "backlogs of PCBs run" },
	[COUNTER_INDEX(PCBS_ALLOC)] = { "alloc", "PCBs made" },
	[COUNTER_INDEX(PCBS_FREE)] = { "free", "PCBs freed" },
	[COUNTER_INDEX(PCBS_NOMEM)] = { "nomem", "requests refused for want of memory" },
	[COUNTER_INDEX(PCBS_RESIZED)] = { "resized", "hash tables enlarged" },
	[COUNTER_INDEX(PCBS_PORTFAIL)] = { "portfail", "requests refused for want of a port" },
	[COUNTER_INDEX(PCBS_MINTTL)] = { "minttl", "packets dropped by IP_MINTTL" },
	[COUNTER_INDEX(PCBS_FILTER)] = { "filter", "packets dropped by a socket's filter" },
	[COUNTER_INDEX(PCBS_FILTERNOMEM)] = { "filternomem",
		"packets dropped for want of memory to run a filter" },
};

static_assert(ARRAY_SIZE(pcb_counters) == COUNTER_INDEX(PCBS_END));

static struct kmem_cache *inpcb_cache;

/**
 * in_pcb_init() - memory, counters and knobs of all PCBs
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
int in_pcb_init(void)
{
	int error;

	inpcb_cache = kmem_cache_create("bsdnet_inpcb", sizeof(struct inpcb), 0,
					SLAB_HWCACHE_ALIGN, NULL);
	if (!inpcb_cache)
		return -ENOMEM;
	error = counter_register(CG_PCB, "pcb", pcb_counters, ARRAY_SIZE(pcb_counters));
	if (error)
		goto err_cache;
	error = in_pcb_port_init();
	if (error)
		goto err_counters;
	return 0;

err_counters:
	counter_unregister(CG_PCB);
err_cache:
	kmem_cache_destroy(inpcb_cache);
	return error;
}

/**
 * in_pcb_exit() - the other half of in_pcb_init()
 *
 * Waits for the freeing of the last PCBs.
 *
 * Context: Process, may sleep; all tables are gone.
 */
void in_pcb_exit(void)
{
	srcu_barrier(&net_srcu);
	in_pcb_port_exit();
	counter_unregister(CG_PCB);
	kmem_cache_destroy(inpcb_cache);
}

/**
 * in_pcbtable_init() - make a protocol's table of PCBs
 * @table: table
 * @ops:   what the protocol does with packets
 *
 * Context: Process, may sleep.
 * Return:  0 or -ENOMEM.
 */
int in_pcbtable_init(struct inpcbtable *table, const struct inpcb_ops *ops)
{
	memset(table, 0, sizeof(*table));
	table->inpt_ops = ops;
	table->inpt_hashkey = get_random_u32();
	get_random_bytes(&table->inpt_portkey, sizeof(table->inpt_portkey));
	mutex_init(&table->inpt_mtx);
	xa_init(&table->inpt_pcbs);
	return in_pcbhash_init(table);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbtable_init);

/**
 * in_pcbtable_exit() - free a table
 * @table: table; its protocol gives nothing any more
 *
 * Waits for the freeing of its last PCBs.
 *
 * Context: Process, may sleep, not in a section.
 */
void in_pcbtable_exit(struct inpcbtable *table)
{
	net_synchronize();
	srcu_barrier(&net_srcu);
	(void)KASSERT(!table->inpt_count);
	xa_destroy(&table->inpt_pcbs);
	in_pcbhash_exit(table);
	mutex_destroy(&table->inpt_mtx);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbtable_exit);

static void pcb_count(struct inpcbtable *table, int n)
{
	xa_lock(&table->inpt_pcbs);
	WRITE_ONCE(table->inpt_count, table->inpt_count + n);
	xa_unlock(&table->inpt_pcbs);
}

/* A PCB for @so, in no hash. 0 or -ENOMEM. */
static int pcb_alloc(struct bsd_socket *so, struct inpcbtable *table, int af, gfp_t gfp)
{
	struct inpcb *inp;
	int error;

	inp = kmem_cache_zalloc(inpcb_cache, gfp);
	if (!inp) {
		error = -ENOMEM;
		goto err_count;
	}
	inp->inp_af = af;
	inp->inp_table = table;
	inp->inp_rtableid = READ_ONCE(so->so_rtableid);
	inp->inp_rdomain = rtable_rdomain(inp->inp_rtableid);
	inp->inp_mcast_ttl = 1;		/* RFC 1112 6.1 */
	inp->inp_pmtudisc = IP_PMTUDISC_WANT;
	mutex_init(&inp->inp_mtx);
	refcount_set(&inp->inp_refs, 1);
	spin_lock_init(&inp->inp_bl_lock);

	inp->inp_id = atomic64_inc_return(&table->inpt_lastid);
	soref(so);
	inp->inp_socket = so;
	error = xa_err(xa_store(&table->inpt_pcbs, inp->inp_id, inp, gfp));
	if (error)
		goto err_free;
	so->so_pcb = inp;
	pcb_count(table, 1);
	counter_inc(PCBS_ALLOC);
	return 0;

err_free:
	sorele(so);
	mutex_destroy(&inp->inp_mtx);
	kmem_cache_free(inpcb_cache, inp);
err_count:
	counter_inc(PCBS_NOMEM);
	return error;
}

/**
 * in_pcballoc() - give a socket a PCB
 * @so:    socket without one; a reference is taken
 * @table: protocol's table
 * @af:    AF_INET
 *
 * Context: Process, may sleep, not in a section.
 * Return:  0, -EINVAL if it has one, -ENOMEM.
 */
int in_pcballoc(struct bsd_socket *so, struct inpcbtable *table, int af)
{
	int error;

	NET_ASSERT_UNLOCKED();
	if (so->so_pcb)
		return -EINVAL;
	error = pcb_alloc(so, table, af, GFP_KERNEL_ACCOUNT);
	if (!error)
		in_pcbhash_grow(table);
	return error;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcballoc);

/**
 * in_pcbaccept() - the PCB of a connection that came to a listener
 * @so:   socket of the connection, without a PCB
 * @head: PCB of the listener, whose options it takes over
 * @inc:  both ends
 *
 * The hashes grow when the connection is accepted, where memory may be waited for.
 *
 * Context: Section; does not sleep.
 * Return:  PCB with both ends in no hash (in_pcbhash_accept()); NULL: no memory.
 */
struct inpcb *in_pcbaccept(struct bsd_socket *so, const struct inpcb *head,
			   const struct in_conninfo *inc)
{
	struct inpcb *inp;

	if (pcb_alloc(so, head->inp_table, head->inp_af, GFP_ATOMIC | __GFP_NOWARN))
		return NULL;
	inp = so->so_pcb;
	WRITE_ONCE(inp->inp_rtableid, inc->inc_rtableid);
	WRITE_ONCE(inp->inp_rdomain, rtable_rdomain(inc->inc_rtableid));
	WRITE_ONCE(inp->inp_bound_ifidx, READ_ONCE(head->inp_bound_ifidx));
	WRITE_ONCE(inp->inp_flags, (READ_ONCE(head->inp_flags) & (INP_CONTROL | INP_FOREIGN)) |
				   INP_ADDRBOUND | INP_PORTBOUND);
	inp->inp_ttl = READ_ONCE(head->inp_ttl);
	inp->inp_tos = READ_ONCE(head->inp_tos);
	inp->inp_pmtudisc = READ_ONCE(head->inp_pmtudisc);
	inp->inp_minttl = READ_ONCE(head->inp_minttl);
	WRITE_ONCE(inp->inp_laddr.v4.s_addr, inc->inc_laddr);
	WRITE_ONCE(inp->inp_lport, inc->inc_lport);
	WRITE_ONCE(inp->inp_fport, inc->inc_fport);
	WRITE_ONCE(inp->inp_faddr.v4.s_addr, inc->inc_faddr);
	inp->inp_flowid = softnet_toeplitz4(inc->inc_laddr, inc->inc_faddr, inc->inc_lport,
					    inc->inc_fport);
	return inp;
}

/**
 * in_pcbtrylock() - lock a PCB without waiting, for a softnet thread
 * @inp: PCB
 * @ns:  its section
 *
 * Context: Section.
 * Return:  true if locked, or if this mode of the ladder needs no lock.
 */
bool in_pcbtrylock(struct inpcb *inp, const struct netstack *ns)
{
	if (!net_pcb_locking(ns))
		return true;
	if (unlikely(!mutex_trylock(&inp->inp_mtx))) {
		counter_inc(PCBS_BUSY);
		return false;
	}
	counter_inc(inp->inp_table->inpt_ops->io_locks);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbtrylock);

/**
 * in_pcblock() - lock a PCB for a system call
 * @inp: PCB
 * @ns:  its section
 *
 * Context: Section, no PCB locked. May sleep.
 */
void in_pcblock(struct inpcb *inp, const struct netstack *ns)
{
	if (!net_pcb_locking(ns))
		return;
	if (unlikely(!mutex_trylock(&inp->inp_mtx))) {
		counter_inc(inp->inp_table->inpt_ops->io_contended);
		mutex_lock(&inp->inp_mtx);
	}
	counter_inc(inp->inp_table->inpt_ops->io_locks);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcblock);

static bool backlog_empty(const struct inpcb *inp)
{
	return likely(!READ_ONCE(inp->inp_backlog.ml_head));
}

/* Give what waits to the socket. PCB locked. Returns whom to wake. */
static u32 backlog_run(struct inpcb *inp, struct netstack *ns)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	u32 wake = 0;

	while (!backlog_empty(inp)) {
		spin_lock(&inp->inp_bl_lock);
		ml_enlist(&ml, &inp->inp_backlog);
		inp->inp_bl_bytes = 0;
		spin_unlock(&inp->inp_bl_lock);
		counter_inc(PCBS_BACKLOGRUNS);
		wake |= inp->inp_table->inpt_ops->io_deliver(inp, &ml, ns);
	}
	return wake;
}

/* Unlock after the backlog. Returns whom to wake for what was in it. */
static u32 pcb_unlock(struct inpcb *inp, struct netstack *ns)
{
	u32 wake = 0;

	do {
		if (unlikely(!backlog_empty(inp)))
			wake |= backlog_run(inp, ns);
		mutex_unlock(&inp->inp_mtx);
		smp_mb();	/* pairs with smp_mb() in backlog_append() */
	} while (unlikely(!backlog_empty(inp)) && mutex_trylock(&inp->inp_mtx));
	return wake;
}

/**
 * in_pcbunlock() - run a PCB's backlog and unlock it
 * @inp: PCB, locked by in_pcblock() or in_pcbtrylock(); perhaps dead
 * @ns:  as given to them
 *
 * Context: Section, which keeps @inp alive past the unlock.
 */
void in_pcbunlock(struct inpcb *inp, struct netstack *ns)
{
	if (net_pcb_locking(ns))
		sowakeup(inp->inp_socket, pcb_unlock(inp, ns));
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbunlock);

/* The PCB is busy: leave @ml to whoever holds it. Drops what has no room. */
static void backlog_append(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns)
{
	const struct inpcb_ops *ops = inp->inp_table->inpt_ops;
	u32 limit = READ_ONCE(inp->inp_socket->so_rcv.sb_mbmax);
	struct mbuf *m;
	u32 n = 0;
	u32 size;

	spin_lock(&inp->inp_bl_lock);
	while ((m = ml->ml_head)) {
		size = sb_mbsize(m);
		if (inp->inp_bl_bytes + size > limit)
			break;
		inp->inp_bl_bytes += size;
		ml_enqueue(&inp->inp_backlog, ml_dequeue(ml));
		n++;
	}
	spin_unlock(&inp->inp_bl_lock);

	counter_add(ops->io_backlogged, n);
	while ((m = ml_dequeue(ml)))
		m_drop(m, ops->io_backlogfull);
	smp_mb();		/* pairs with smp_mb() in pcb_unlock() */
	if (mutex_trylock(&inp->inp_mtx))
		sowakeup(inp->inp_socket, pcb_unlock(inp, ns));
}

/*
 * The seeds' ways, for comparison: wait for the lock, for the run or for each packet of
 * it. A softnet thread then sleeps while a system call holds the PCB.
 */
static noinline void pcbinput_wait(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns,
				   bool each)
{
	struct mbuf_list one;
	u32 wake = 0;

	do {
		ml_init(&one);
		if (each)
			ml_enqueue(&one, ml_dequeue(ml));
		else
			ml_enlist(&one, ml);
		in_pcblock(inp, ns);
		if (unlikely(!backlog_empty(inp)))
			wake |= backlog_run(inp, ns);	/* of another mode */
		wake |= inp->inp_table->inpt_ops->io_deliver(inp, &one, ns);
		if (likely(net_pcb_locking(ns)))
			wake |= pcb_unlock(inp, ns);
	} while (!ml_empty(ml));
	sowakeup(inp->inp_socket, wake);
}

/**
 * in_pcbinput() - give a run of packets to a PCB
 * @inp: PCB, found in this section, not locked; perhaps dead
 * @ml:  packets in order, consumed
 * @ns:  section
 *
 * One lock, one append and one wakeup for all of them. Never sleeps: a busy PCB
 * gets them on its backlog (unless io_input_lock says otherwise).
 *
 * Context: Section, no PCB locked.
 */
void in_pcbinput(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns)
{
	const unsigned int *how = inp->inp_table->inpt_ops->io_input_lock;
	u32 wake = 0;

	if (how && unlikely(READ_ONCE(*how) != INP_LOCK_BACKLOG)) {
		pcbinput_wait(inp, ml, ns, READ_ONCE(*how) == INP_LOCK_PACKET);
		return;
	}
	if (unlikely(!in_pcbtrylock(inp, ns))) {
		backlog_append(inp, ml, ns);
		return;
	}
	if (unlikely(!backlog_empty(inp)))
		wake = backlog_run(inp, ns);	/* came before */
	wake |= inp->inp_table->inpt_ops->io_deliver(inp, ml, ns);
	if (likely(net_pcb_locking(ns)))
		wake |= pcb_unlock(inp, ns);
	sowakeup(inp->inp_socket, wake);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbinput);

/**
 * in_pcb_checkaddr() - may a socket be bound to this address
 * @inp:   PCB, locked, inp_rtableid set
 * @addr:  address
 * @flags: out: INP_NOSRC if it cannot be the source of packets, INP_FOREIGNADDR if
 *	   only once it is ours
 *
 * Context: Section.
 * Return:  0 for any, one of ours, a broadcast address, a group, or everything
 *	    with IP_FREEBIND; else -EADDRNOTAVAIL.
 */
int in_pcb_checkaddr(const struct inpcb *inp, __be32 addr, u32 *flags)
{
	struct bsd_rtentry *rt;

	*flags = 0;
	if (!addr || in_ours(addr, inp->inp_rtableid))
		return 0;
	*flags = INP_NOSRC;
	if (in_multicast(addr) || addr == htonl(INADDR_BROADCAST))
		return 0;
	rt = rtable_match(inp->inp_rtableid, AF_INET, &addr);
	if (rt && READ_ONCE(rt->rt_flags) & BSD_RTF_BROADCAST)
		return 0;
	*flags = INP_FOREIGNADDR;
	return inp->inp_flags & INP_FOREIGN ? 0 : -EADDRNOTAVAIL;
}

/**
 * in_pcb_source() - the source address for packets to a destination
 * @inp:   PCB, locked; its route cache is filled
 * @dst:   destination
 * @ifidx: interface they shall leave by, 0: by route
 * @src:   where to put it; 0 if the interface has none
 *
 * Context: Section, inp_mtx held.
 * Return:  0, -ENETUNREACH without a route, -EHOSTUNREACH by a reject route,
 *	    -ENODEV if the interface is gone.
 */
int in_pcb_source(struct inpcb *inp, __be32 dst, unsigned int ifidx, __be32 *src)
{
	struct in_addr addr = { .s_addr = dst };
	struct bsd_in_ifaddr *ia;
	struct bsd_rtentry *rt;
	struct ifnet *ifp;

	if (unlikely(ifidx)) {
		ifp = if_lookup(ifidx);
		if (!ifp)
			return -ENODEV;
		ia = in_ifaddr_for(ifp, dst);
	} else {
		rt = route_cache4(&inp->inp_route, addr, inp->inp_rtableid);
		if (unlikely(!rt))
			return -ENETUNREACH;
		if (unlikely(READ_ONCE(rt->rt_flags) & BSD_RTF_REJECT))
			return -EHOSTUNREACH;
		if (READ_ONCE(rt->rt_flags) & BSD_RTF_GATEWAY) {
			*src = rtable_source(inp->inp_rtableid);
			if (unlikely(*src))
				return 0;
		}
		ia = rt_ifa(rt) ? ifatoia(rt_ifa(rt)) : NULL;
	}
	*src = likely(ia) ? ia->ia_addr.sin_addr.s_addr : 0;
	return 0;
}

/**
 * in_pcb_mtu() - how large a packet to a destination may be
 * @inp:   PCB, locked; its route cache is filled
 * @dst:   destination
 * @ifidx: interface it shall leave by, 0: by route
 *
 * Context: Section, inp_mtx held.
 * Return:  bytes with IP header; 0 if there is no way.
 */
u32 in_pcb_mtu(struct inpcb *inp, __be32 dst, unsigned int ifidx)
{
	struct in_addr addr = { .s_addr = dst };
	struct bsd_rtentry *rt;
	struct ifnet *ifp;
	u32 mtu = 0;

	if (likely(!ifidx)) {
		rt = route_cache4(&inp->inp_route, addr, inp->inp_rtableid);
		if (unlikely(!rt))
			return 0;
		if (READ_ONCE(rt->rt_flags) & BSD_RTF_LOCAL)
			return IP_MAXPACKET;	/* by lo, which takes them all */
		mtu = READ_ONCE(rt->rt_mtu);
		ifidx = rt_ifidx(rt);
	}
	ifp = if_lookup(ifidx);
	if (unlikely(!ifp))
		return 0;
	return mtu && mtu < ifp->if_mtu ? mtu : ifp->if_mtu;
}

/* The routing table that the socket has now. PCB locked and not bound. */
static void pcb_set_rtable(struct inpcb *inp)
{
	u16 id = READ_ONCE(inp->inp_socket->so_rtableid);

	WRITE_ONCE(inp->inp_rtableid, id);
	WRITE_ONCE(inp->inp_rdomain, rtable_rdomain(id));
}

/**
 * in_pcb_autobind() - give a PCB that sends for the first time a port
 * @inp: PCB without one, locked
 *
 * Context: Section, inp_mtx held.
 * Return:  0, -EAGAIN, -ENOMEM.
 */
int in_pcb_autobind(struct inpcb *inp)
{
	pcb_set_rtable(inp);
	return in_pcb_pickport(inp, inp->inp_laddr.v4.s_addr, 0, 0);
}

static void pcb_flags(struct inpcb *inp, u32 set, u32 clear)
{
	WRITE_ONCE(inp->inp_flags, (inp->inp_flags & ~clear) | set);
}

/**
 * in_pcbbind() - give a PCB a local address and port
 * @inp:        PCB, locked
 * @sin:        address, 0 any; port, 0: one that is free
 * @privileged: may have a port below 1024
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 * Return:  0; -EINVAL if bound; -EADDRNOTAVAIL, -EADDRINUSE, -EACCES, -ENOMEM.
 */
int in_pcbbind(struct inpcb *inp, const struct sockaddr_in *sin, bool privileged)
{
	__be32 laddr = sin->sin_addr.s_addr;
	struct in_conninfo inc = { .inc_laddr = laddr };
	u32 flags;
	int error;

	if (!in_pcb_alive(inp) || inp->inp_lport)
		return -EINVAL;
	pcb_set_rtable(inp);
	error = in_pcb_checkaddr(inp, laddr, &flags);
	if (error)
		return error;
	if (sin->sin_port && ntohs(sin->sin_port) < PORT_RESERVED && !privileged)
		return -EACCES;
	if (sin->sin_port) {
		inc.inc_lport = sin->sin_port;
		error = in_pcb_claim(inp, &inc, INP_SHARE_OPTIONS);
	} else {
		error = in_pcb_pickport(inp, laddr, 0, 0);
		if (error == -EAGAIN)
			error = -EADDRINUSE;
	}
	if (error)
		return error;
	pcb_flags(inp, (laddr ? INP_ADDRBOUND : 0) | (sin->sin_port ? INP_PORTBOUND : 0) | flags,
		  0);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbbind);

/**
 * in_pcbdisconnect() - take the peer away
 * @inp: PCB, locked, with or without one
 *
 * What bind has given stays, what connect has chosen goes.
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 */
void in_pcbdisconnect(struct inpcb *inp)
{
	if (!inp->inp_faddr.v4.s_addr)
		return;
	in_pcbhash_disconnect(inp);
	if (!(inp->inp_flags & INP_PORTBOUND))
		in_pcbhash_remove(inp);
	WRITE_ONCE(inp->inp_faddr.v4.s_addr, 0);
	WRITE_ONCE(inp->inp_fport, 0);
	if (!(inp->inp_flags & INP_ADDRBOUND))
		WRITE_ONCE(inp->inp_laddr.v4.s_addr, 0);
	if (inp->inp_lport)
		in_pcbhash_rejoin(inp);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbdisconnect);

/**
 * in_pcbconnect() - give a PCB a peer
 * @inp: PCB, locked; one that has a peer gets another
 * @sin: peer; address 0 means this host, as on Linux
 *
 * Chooses a local port and address if it has none.
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 * Return:  0; -ENETUNREACH, -EHOSTUNREACH, -ENODEV; -EACCES for a broadcast
 *	    address without SO_BROADCAST; -EAGAIN if no port is free, -EADDRNOTAVAIL
 *	    for a stream, also if one has these ends already, and then it has no peer;
 *	    -ENOMEM.
 */
int in_pcbconnect(struct inpcb *inp, const struct sockaddr_in *sin)
{
	__be32 faddr = sin->sin_addr.s_addr;
	__be32 laddr = inp->inp_laddr.v4.s_addr;
	struct bsd_rtentry *rt;
	unsigned int ifidx;
	__be32 src;
	int error;

	if (!in_pcb_alive(inp))
		return -EINVAL;
	if (!inp->inp_lport)
		pcb_set_rtable(inp);
	if (!faddr)
		faddr = htonl(INADDR_LOOPBACK);
	error = in_pcb_sendif(inp, NULL, faddr, &ifidx);
	if (!error)
		error = in_pcb_source(inp, faddr, ifidx, &src);
	if (error)
		return error;
	rt = rtable_match(inp->inp_rtableid, AF_INET, &faddr);
	if ((faddr == htonl(INADDR_BROADCAST) ||
	     (rt && READ_ONCE(rt->rt_flags) & BSD_RTF_BROADCAST)) &&
	    !(READ_ONCE(inp->inp_socket->so_options) & BSD_SO_BROADCAST))
		return -EACCES;
	if (!(inp->inp_flags & INP_ADDRBOUND))
		laddr = src;
	if (!inp->inp_lport) {
		error = in_pcb_pickport(inp, laddr, faddr, sin->sin_port);
		if (error == -EAGAIN && inp->inp_table->inpt_ops->io_stream)
			return -EADDRNOTAVAIL;
		if (error)
			return error;
	}

	in_pcbhash_disconnect(inp);
	WRITE_ONCE(inp->inp_laddr.v4.s_addr, laddr);
	WRITE_ONCE(inp->inp_fport, sin->sin_port);
	WRITE_ONCE(inp->inp_faddr.v4.s_addr, faddr);
	error = in_pcbhash_connect(inp);
	if (error)
		return error;
	inp->inp_flowid = softnet_toeplitz4(laddr, faddr, inp->inp_lport, inp->inp_fport);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbconnect);

static void inpcb_free(struct rcu_head *rcu)
{
	struct inpcb *inp = container_of(rcu, struct inpcb, inp_rcu);
	const struct inpcb_ops *ops = inp->inp_table->inpt_ops;

	if (!KASSERT(ml_empty(&inp->inp_backlog)))
		ml_purge(&inp->inp_backlog);
	if (ops->io_free)
		ops->io_free(inp);
	sorele(inp->inp_socket);
	mutex_destroy(&inp->inp_mtx);
	kmem_cache_free(inpcb_cache, inp);
}

/**
 * in_pcb_rele() - give a reference back; the last frees after a grace period
 * @inp: PCB
 *
 * Context: Any but hard interrupt.
 */
void in_pcb_rele(struct inpcb *inp)
{
	if (refcount_dec_and_test(&inp->inp_refs))
		net_call_free(&inp->inp_rcu, inpcb_free);
}

/**
 * in_pcbdetach() - end a PCB; nothing finds it any more
 * @inp: PCB, locked; freed when the sections that may know it are over, this one too
 *
 * Context: Section, inp_mtx held (or the mode needs none); the caller unlocks.
 */
void in_pcbdetach(struct inpcb *inp)
{
	struct inpcbtable *table = inp->inp_table;

	NET_ASSERT_LOCKED();
	if (!KASSERT(in_pcb_alive(inp)))
		return;
	pcb_flags(inp, INP_DEAD, 0);
	in_pcbhash_remove(inp);
	in_mships_detach(inp);
	inp->inp_socket->so_pcb = NULL;
	xa_erase(&table->inpt_pcbs, inp->inp_id);
	pcb_count(table, -1);
	counter_inc(PCBS_FREE);
	in_pcb_rele(inp);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbdetach);

/**
 * in_pcb_flow() - hash of a connection, which says where its home is
 * @so: socket with a PCB
 *
 * Context: Any; the socket's user does not close it meanwhile.
 */
u32 in_pcb_flow(const struct bsd_socket *so)
{
	const struct inpcb *inp = so->so_pcb;

	return READ_ONCE(inp->inp_flowid);
}

/**
 * in_pcb_sockaddr() - getsockname(2)
 * @so:  socket with a PCB
 * @sin: out
 *
 * Context: Section.
 */
void in_pcb_sockaddr(struct bsd_socket *so, struct sockaddr_in *sin)
{
	const struct inpcb *inp = so->so_pcb;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = READ_ONCE(inp->inp_lport);
	sin->sin_addr.s_addr = READ_ONCE(inp->inp_laddr.v4.s_addr);
}

/**
 * in_pcb_peeraddr() - getpeername(2)
 * @so:  socket with a PCB
 * @sin: out
 *
 * Context: Section.
 * Return:  0 or -ENOTCONN.
 */
int in_pcb_peeraddr(struct bsd_socket *so, struct sockaddr_in *sin)
{
	const struct inpcb *inp = so->so_pcb;
	__be32 faddr = READ_ONCE(inp->inp_faddr.v4.s_addr);

	if (!faddr)
		return -ENOTCONN;
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = READ_ONCE(inp->inp_fport);
	sin->sin_addr.s_addr = faddr;
	return 0;
}

static void pcb_info(const struct inpcb *inp, u32 proto, struct bsd_pcbinfo *pi)
{
	const struct bsd_socket *so = inp->inp_socket;
	__be32 faddr = READ_ONCE(inp->inp_faddr.v4.s_addr);
	__be32 laddr = READ_ONCE(inp->inp_laddr.v4.s_addr);

	memset(pi, 0, sizeof(*pi));
	pi->pi_family = inp->inp_af;
	pi->pi_proto = proto == IPPROTO_RAW ? inp->inp_proto : proto;
	if (proto != IPPROTO_RAW) {
		pi->pi_lport = (__force u16)READ_ONCE(inp->inp_lport);
		pi->pi_fport = (__force u16)READ_ONCE(inp->inp_fport);
	}
	memcpy(pi->pi_laddr, &laddr, sizeof(laddr));
	memcpy(pi->pi_faddr, &faddr, sizeof(faddr));
	pi->pi_rtableid = READ_ONCE(inp->inp_rtableid);
	pi->pi_ifindex = READ_ONCE(inp->inp_bound_ifidx);
	pi->pi_uid = from_kuid_munged(&init_user_ns, so->so_uid);
	pi->pi_rcv_cc = READ_ONCE(so->so_rcv.sb_cc);
	pi->pi_snd_cc = READ_ONCE(so->so_snd.sb_cc);
	pi->pi_rcv_hiwat = READ_ONCE(so->so_rcv.sb_hiwat);
	pi->pi_snd_hiwat = READ_ONCE(so->so_snd.sb_hiwat);
	pi->pi_rcv_drops = READ_ONCE(so->so_rcv.sb_drops);
	pi->pi_id = inp->inp_id;
	if (inp->inp_table->inpt_ops->io_info)
		inp->inp_table->inpt_ops->io_info(inp, pi);
}

/**
 * in_pcb_dump() - list PCBs, for netstat -a
 * @proto: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_RAW: which table
 * @after: pi_id of the last one got, 0: from the start
 * @buf:   kernel memory
 * @max:   room in @buf, records
 *
 * Context: Process, not in a section: has its own. Values are read without the
 *	    PCBs' locks.
 * Return:  number of records; -EPROTONOSUPPORT.
 */
int in_pcb_dump(u32 proto, u64 after, struct bsd_pcbinfo *buf, u32 max)
{
	struct inpcbtable *table;
	unsigned long id = after;
	struct netstack ns;
	struct inpcb *inp;
	u32 n = 0;

	if (proto == IPPROTO_TCP)
		table = &tcbtable;
	else if (proto == IPPROTO_UDP)
		table = &udbtable;
	else if (proto == IPPROTO_RAW)
		table = &rawcbtable;
	else
		return -EPROTONOSUPPORT;
	net_enter(&ns, NETSEC_SYSCALL);
	while (n < max && (inp = xa_find_after(&table->inpt_pcbs, &id, ULONG_MAX, XA_PRESENT)))
		pcb_info(inp, proto, &buf[n++]);
	net_leave(&ns);
	return n;
}
