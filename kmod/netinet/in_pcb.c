// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_pcb.c - life, names and locks of Internet protocol control blocks.
 *
 * Receive path: in_pcb_lookup.c -> in_pcbinput() here -> the protocol's
 * io_deliver -> sockbuf.c. System calls: udp_usrreq.c, raw_usrreq.c -> here.
 *
 * Context: inside a section unless said otherwise. The PCB mutex is taken here
 * by bind, connect and detach; by the caller around output.
 *
 * The backlog. A softnet thread that finds the mutex taken puts its run of
 * datagrams on the PCB's backlog and goes on; whoever unlocks runs the backlog.
 * Nothing is stranded: the thread tries the mutex again after it appended, the
 * owner looks at the backlog again after it unlocked, with a full barrier between
 * the two steps on both sides, so at least one of them sees the other.
 */
#include <bsdnet/in_pcb.h>
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
	[COUNTER_INDEX(PCBS_LOCKS)] = { "locks", "PCB mutexes taken" },
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

/**
 * in_pcb_init() - register counters and knobs of all PCBs
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
int in_pcb_init(void)
{
	int error;

	error = counter_register(CG_PCB, "pcb", pcb_counters, ARRAY_SIZE(pcb_counters));
	if (error)
		return error;
	error = in_pcb_port_init();
	if (error)
		counter_unregister(CG_PCB);
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
	struct inpcb *inp;
	int error;

	NET_ASSERT_UNLOCKED();
	if (so->so_pcb)
		return -EINVAL;
	inp = kzalloc(sizeof(*inp), GFP_KERNEL_ACCOUNT);
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
	spin_lock_init(&inp->inp_bl_lock);

	inp->inp_id = atomic64_inc_return(&table->inpt_lastid);
	soref(so);
	inp->inp_socket = so;
	error = xa_err(xa_store(&table->inpt_pcbs, inp->inp_id, inp, GFP_KERNEL));
	if (error)
		goto err_free;
	so->so_pcb = inp;
	pcb_count(table, 1);
	in_pcbhash_grow(table);
	counter_inc(PCBS_ALLOC);
	return 0;

err_free:
	sorele(so);
	mutex_destroy(&inp->inp_mtx);
	kfree(inp);
err_count:
	counter_inc(PCBS_NOMEM);
	return error;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcballoc);

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
	if (ns && !net_pcb_locking(ns))
		return true;
	if (unlikely(!mutex_trylock(&inp->inp_mtx))) {
		counter_inc(PCBS_BUSY);
		return false;
	}
	counter_inc(PCBS_LOCKS);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbtrylock);

/**
 * in_pcblock() - lock a PCB for a system call
 * @inp: PCB
 * @ns:  its section; NULL locks in every mode
 *
 * Context: Section, no PCB locked. May sleep.
 */
void in_pcblock(struct inpcb *inp, const struct netstack *ns)
{
	if (ns && !net_pcb_locking(ns))
		return;
	if (unlikely(!mutex_trylock(&inp->inp_mtx))) {
		counter_inc(PCBS_CONTENDED);
		mutex_lock(&inp->inp_mtx);
	}
	counter_inc(PCBS_LOCKS);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcblock);

static bool backlog_empty(const struct inpcb *inp)
{
	return likely(!READ_ONCE(inp->inp_backlog.ml_head));
}

/* Give what waits to the socket. PCB locked. Returns how many were appended. */
static u32 backlog_run(struct inpcb *inp)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	u32 n = 0;

	while (!backlog_empty(inp)) {
		spin_lock(&inp->inp_bl_lock);
		ml_enlist(&ml, &inp->inp_backlog);
		inp->inp_bl_bytes = 0;
		spin_unlock(&inp->inp_bl_lock);
		counter_inc(PCBS_BACKLOGRUNS);
		n += inp->inp_table->inpt_ops->io_deliver(inp, &ml);
	}
	return n;
}

/* Unlock after the backlog. Returns how many of it were appended to the socket. */
static u32 pcb_unlock(struct inpcb *inp)
{
	u32 n = 0;

	do {
		if (unlikely(!backlog_empty(inp)))
			n += backlog_run(inp);
		mutex_unlock(&inp->inp_mtx);
		smp_mb();	/* pairs with smp_mb() in backlog_append() */
	} while (unlikely(!backlog_empty(inp)) && mutex_trylock(&inp->inp_mtx));
	return n;
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
	if (ns && !net_pcb_locking(ns))
		return;
	if (unlikely(pcb_unlock(inp)))
		sorwakeup(inp->inp_socket);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbunlock);

/* The PCB is busy: leave @ml to whoever holds it. Drops what has no room. */
static void backlog_append(struct inpcb *inp, struct mbuf_list *ml)
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
	if (mutex_trylock(&inp->inp_mtx) && pcb_unlock(inp))
		sorwakeup(inp->inp_socket);
}

/**
 * in_pcbinput() - give a run of packets to a PCB
 * @inp: PCB, found in this section, not locked; perhaps dead
 * @ml:  packets in order, consumed
 * @ns:  section
 *
 * One lock, one append and one wakeup for all of them. Never sleeps: a busy PCB
 * gets them on its backlog.
 *
 * Context: Section, no PCB locked.
 */
void in_pcbinput(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns)
{
	u32 n = 0;

	if (unlikely(!in_pcbtrylock(inp, ns))) {
		backlog_append(inp, ml);
		return;
	}
	if (unlikely(!backlog_empty(inp)))
		n = backlog_run(inp);	/* came before */
	n += inp->inp_table->inpt_ops->io_deliver(inp, ml);
	if (likely(net_pcb_locking(ns)))
		n += pcb_unlock(inp);
	if (n)
		sorwakeup(inp->inp_socket);
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

static int pcb_bind(struct inpcb *inp, const struct sockaddr_in *sin, bool privileged)
{
	__be32 laddr = sin->sin_addr.s_addr;
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
		error = in_pcb_claim(inp, laddr, sin->sin_port, false);
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

/**
 * in_pcbbind() - give a PCB a local address and port
 * @inp:        PCB
 * @sin:        address, 0 any; port, 0: one that is free
 * @privileged: may have a port below 1024
 *
 * Context: Section, inp_mtx not held: taken and released here.
 * Return:  0; -EINVAL if bound; -EADDRNOTAVAIL, -EADDRINUSE, -EACCES, -ENOMEM.
 */
int in_pcbbind(struct inpcb *inp, const struct sockaddr_in *sin, bool privileged)
{
	int error;

	NET_ASSERT_LOCKED();
	in_pcblock(inp, NULL);
	error = pcb_bind(inp, sin, privileged);
	in_pcbunlock(inp, NULL);
	return error;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbbind);

/* Forget the peer, and what of our own name connect had chosen. PCB locked. */
static void pcb_disconnect(struct inpcb *inp)
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

static int pcb_connect(struct inpcb *inp, const struct sockaddr_in *sin)
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
		if (error)
			return error;
	}

	in_pcbhash_disconnect(inp);
	WRITE_ONCE(inp->inp_laddr.v4.s_addr, laddr);
	WRITE_ONCE(inp->inp_fport, sin->sin_port);
	WRITE_ONCE(inp->inp_faddr.v4.s_addr, faddr);
	in_pcbhash_connect(inp);
	inp->inp_flowid = softnet_toeplitz4(laddr, faddr, inp->inp_lport, inp->inp_fport);
	return 0;
}

/**
 * in_pcbconnect() - give a PCB a peer
 * @inp: PCB; one that has a peer gets another
 * @sin: peer; address 0 means this host, as on Linux
 *
 * Chooses a local port and address if it has none.
 *
 * Context: Section, inp_mtx not held: taken and released here.
 * Return:  0; -ENETUNREACH, -EHOSTUNREACH, -ENODEV; -EACCES for a broadcast
 *	    address without SO_BROADCAST; -EAGAIN if no port is free; -ENOMEM.
 */
int in_pcbconnect(struct inpcb *inp, const struct sockaddr_in *sin)
{
	int error;

	NET_ASSERT_LOCKED();
	in_pcblock(inp, NULL);
	error = pcb_connect(inp, sin);
	in_pcbunlock(inp, NULL);
	return error;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbconnect);

/**
 * in_pcbdisconnect() - take the peer away
 * @inp: PCB, with or without one
 *
 * What bind has given stays, what connect has chosen goes.
 *
 * Context: Section, inp_mtx not held: taken and released here.
 */
void in_pcbdisconnect(struct inpcb *inp)
{
	in_pcblock(inp, NULL);
	pcb_disconnect(inp);
	in_pcbunlock(inp, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbdisconnect);

static void inpcb_free(struct rcu_head *rcu)
{
	struct inpcb *inp = container_of(rcu, struct inpcb, inp_rcu);

	if (!KASSERT(ml_empty(&inp->inp_backlog)))
		ml_purge(&inp->inp_backlog);
	sorele(inp->inp_socket);
	mutex_destroy(&inp->inp_mtx);
	kfree(inp);
}

/**
 * in_pcbdetach() - end a PCB; nothing finds it any more
 * @inp: PCB; freed when the sections that may know it are over
 *
 * Context: Section, inp_mtx not held: taken and released here.
 */
void in_pcbdetach(struct inpcb *inp)
{
	struct inpcbtable *table = inp->inp_table;
	bool again;

	NET_ASSERT_LOCKED();
	in_pcblock(inp, NULL);
	again = !in_pcb_alive(inp);
	if (KASSERT(!again)) {
		pcb_flags(inp, INP_DEAD, 0);
		in_pcbhash_remove(inp);
		inp->inp_socket->so_pcb = NULL;
	}
	in_pcbunlock(inp, NULL);
	if (again)
		return;

	xa_erase(&table->inpt_pcbs, inp->inp_id);
	pcb_count(table, -1);
	counter_inc(PCBS_FREE);
	net_call_free(&inp->inp_rcu, inpcb_free);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcbdetach);

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
}

/**
 * in_pcb_dump() - list PCBs, for netstat -a
 * @proto: IPPROTO_UDP or IPPROTO_RAW: which table
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

	if (proto == IPPROTO_UDP)
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
