/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * in_pcb.h - Internet protocol control blocks: who talks to whom, and where a
 * packet for a socket is found.
 *
 * A PCB is made by attach, named by bind and connect, found by the two hashes
 * of its table (connected: all four of address and port; local: by port), and
 * dies by detach: marked dead under its mutex, unhashed, freed by
 * net_call_free(). A lookup inside a section therefore yields a PCB that stays
 * allocated until net_leave(); after locking it, recheck INP_DEAD.
 *
 * A bucket of the local hash has two chains: PCBs without a peer, which packets
 * look through, and those with one, which only bind looks at. So a server with
 * ten thousand connected sockets on one port costs a packet of a new peer
 * nothing, and still nobody else can bind the port. A raw PCB's "port" is its
 * protocol; it stays on the first chain.
 *
 * Two address families share the struct (inp_af); IPv6 adds addresses only.
 *
 * Why three locks. The table's mutex serialises growth of its hashes, which
 * allocates and so is never done under netlock. Bucket spinlocks serialise changes
 * of one chain, so that bind, connect and close of different sockets do not meet;
 * to look for a free port and to take it is one critical section of the port's
 * bucket. The PCB mutex serialises the
 * protocol state of one socket between its softnet thread (which only tries it)
 * and its system calls. Lookups take none of them.
 *
 * Chains end in a marker that names the chain (hlist_nulls), because a reader on
 * a PCB that moves to another chain is carried along: it starts again when it
 * arrives at a wrong end. While a table grows, the new array points to the old
 * one (ih_old); readers look at both, writers lock both buckets, new one first.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after creation
 *	a	atomic or READ_ONCE/WRITE_ONCE
 *	p	inp_mtx
 *	t	inpt_mtx (table)
 *	b	bucket lock; net_srcu for readers
 *	B	inp_bl_lock (backlog spinlock)
 */
#ifndef _BSDNET_IN_PCB_H
#define _BSDNET_IN_PCB_H

#include <linux/list_nulls.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <linux/sockptr.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>
#include <uapi/linux/in.h>
#include <uapi/linux/in6.h>
#include <bsdnet/counters.h>
#include <bsdnet/in.h>
#include <bsdnet/mbuf_queue.h>
#include <bsdnet/route.h>
#include <bsdnet/socketvar.h>

struct bsd_pcbinfo;
struct bsd_socket;
struct cmsg_sink;
struct in_conninfo;
struct inpcb;
struct in_mships;
struct inpcbtable;
struct ip;
struct msg_control;
struct netstack;

union in_addr_any {
	struct in_addr	v4;
	struct in6_addr	v6;
};

/* Both ends of a connection, seen from here. */
struct in_conninfo {
	__be32		inc_faddr;
	__be32		inc_laddr;
	__be16		inc_fport;
	__be16		inc_lport;
	u16		inc_rtableid;
	unsigned int	inc_ifidx;	/* of the interface its first packet came in by */
};

/*
 * inp_group: the PCBs that share a local address and port by SO_REUSEPORT: same
 * table, routing domain, interface and user, no peer. A packet goes to the member
 * that its flow hash says. Made when the second member binds, replaced when it
 * grows, freed with the last one.
 */
struct inp_group {
	struct rcu_head	 ig_rcu;
	u32		 ig_n;		/* [b; a for readers] members */
	u32		 ig_max;	/* [I] room for members */
	struct inpcb	*ig_members[];	/* [b; a for readers] */
};

struct inpcb {
	/* One cache line: what a lookup compares. */
	struct hlist_nulls_node	 inp_hash;	/* [b] connected hash */
	union in_addr_any	 inp_faddr;	/* [p; a for readers] 0: not connected */
	union in_addr_any	 inp_laddr;	/* [p; a for readers] 0: any */
	__be16			 inp_fport;	/* [p; a for readers] */
	__be16			 inp_lport;	/* [p b; a for readers] 0: not bound */
	u16			 inp_rdomain;	/* [p b] of inp_rtableid */
	u8			 inp_af;	/* [I] AF_INET or AF_INET6 */
	u8			 inp_proto;	/* [I] raw: protocol, 0 any */
	unsigned int		 inp_bound_ifidx;	/* [p; a for readers] 0 any */
	u32			 inp_flags;	/* [p; a for readers] INP_* */

	/* The next: on the way to the socket. */
	struct hlist_nulls_node	 inp_lhash;	/* [b] local hash */
	struct bsd_socket	*inp_socket;	/* [I] holds a reference until freed */
	struct inp_group __rcu	*inp_group;	/* [b] SO_REUSEPORT group or NULL */
	struct inpcbtable	*inp_table;	/* [I] */
	u32			 inp_icmpfilter;	/* [a] raw: ICMP types refused, bits */
	u16			 inp_rtableid;	/* [p; a for readers] for output */

	struct mutex		 inp_mtx ____cacheline_aligned_in_smp;
	struct route		 inp_route;	/* [p] output route cache */
	u8			 inp_ttl;	/* [a] 0: ip/ttl */
	u8			 inp_tos;	/* [a] */
	u8			 inp_mcast_ttl;	/* [a] */
	u8			 inp_pmtudisc;	/* [a] IP_PMTUDISC_* of Linux */
	u8			 inp_minttl;	/* [a] of packets that may come in */
	u16			 inp_portlow;	/* [p] ports to choose from; 0: pcb/port_first */
	u16			 inp_porthigh;	/* [p] 0: pcb/port_last */
	u16			 inp_segment;	/* [a] UDP: cut what is sent at so many bytes */
	unsigned int		 inp_unicast_ifidx;	/* [p] of unicasts, 0: by route */
	u32			 inp_flowid;	/* [p] of the connection */
	unsigned int		 inp_mcast_ifidx;	/* [p] 0: by route */
	struct in_addr		 inp_mcast_src;	/* [p] source for multicast, 0: chosen */

	spinlock_t		 inp_bl_lock;	/* leaf, guards the backlog */
	struct mbuf_list	 inp_backlog;	/* [B; a: head] what came while busy */
	u32			 inp_bl_bytes;	/* [B] storage in it */

	struct in_mships __rcu	*inp_mships;	/* in_mcast.c; NULL: joined nothing */
	void			*inp_ppcb;	/* [p] TCP's half; UDP: what is gathered */
	refcount_t		 inp_refs;	/* [a] the table's, armed timers, queued work */
	u64			 inp_id;	/* [I] never used again; ascending in the table */
	struct rcu_head		 inp_rcu;
};

static_assert(offsetof(struct inpcb, inp_lhash) == 64);

/* inp_flags */
#define INP_DEAD		0x0001	/* detached: do nothing with it */
#define INP_HDRINCL		0x0002	/* raw: program makes the header */
#define INP_RECVTTL		0x0004
#define INP_RECVTOS		0x0008
#define INP_PKTINFO		0x0010
#define INP_RECVERR		0x0020
#define INP_RECVDSTADDR		0x0040
#define INP_FREEBIND		0x0080
#define INP_PORTSHARED		0x0100	/* port by connect: others may have it to other peers */
#define INP_ADDRBOUND		0x0200	/* address by bind: kept by disconnect */
#define INP_PORTBOUND		0x0400	/* port by bind: kept by disconnect */
#define INP_NOSRC		0x0800	/* address is of a group or broadcast: no source */
#define INP_TRANSPARENT		0x1000	/* foreign addresses, by an administrator */
#define INP_FOREIGNADDR		0x2000	/* address was not ours at bind: a source once it is */
#define INP_NOMCASTALL		0x4000	/* only groups that it has joined itself */
#define INP_NOMCASTLOOP		0x8000	/* what it sends to groups is not for us */
#define INP_CORK		0x10000	/* UDP: gather what is sent */
#define INP_GRO			0x20000	/* UDP: give several datagrams in one */
#define INP_LISTEN		0x40000	/* TCP: takes connections, has no peer */
#define INP_FOREIGN		(INP_FREEBIND | INP_TRANSPARENT)
#define INP_CONTROL		(INP_RECVTTL | INP_RECVTOS | INP_PKTINFO | INP_RECVDSTADDR)

/* A bucket: chains and lock in one line of their own. */
struct inpcbhead {
	struct hlist_nulls_head	 inph_chain;	/* [b] connected hash: all; local: without peer */
	struct hlist_nulls_head	 inph_conn;	/* [b] local hash: with peer */
	spinlock_t		 inph_lock;	/* guards the chains */
};

/* One size of a hash. Made by resize, freed by net_call_free() when replaced. */
struct inpcbhash {
	struct inpcbhash __rcu	*ih_old;	/* [t; RCU] being emptied into this one */
	u32			 ih_mask;	/* [I] buckets - 1 */
	struct rcu_head		 ih_rcu;
	struct inpcbhead	 ih_heads[];
};

/* A bucket, locked; with the one of the smaller array while a table grows. */
struct inpcbbucket {
	struct inpcbhead	*ib_head;
	struct inpcbhead	*ib_old;	/* NULL: none */
};

/* How packets from the network lock a PCB: the knob tcp/input_lock. */
enum inp_input_lock {
	INP_LOCK_BACKLOG,	/* for a run, if it is free; else onto the backlog */
	INP_LOCK_THREAD,	/* for a run, waiting for it */
	INP_LOCK_PACKET,	/* for each packet, waiting for it */
	INP_LOCK_N
};

/* With whom a PCB wants to share a local port. */
enum inp_share {
	INP_SHARE_NOBODY,
	INP_SHARE_OPTIONS,	/* whom SO_REUSEADDR and SO_REUSEPORT allow */
	INP_SHARE_PEERS,	/* streams with other peers that have the port by connect */
};

/* What a protocol says of its PCBs. Immutable. */
struct inpcb_ops {
	const char	*io_name;	/* "udp" */
	/*
	 * Give the packets of @ml, in order, to @inp's socket. PCB locked, perhaps
	 * dead; consumes. Returns whom to wake after the unlock, SOW_*.
	 */
	u32		(*io_deliver)(struct inpcb *inp, struct mbuf_list *ml,
				      struct netstack *ns);
	unsigned int	 io_backlogged;	/* counter: put on the backlog of a busy PCB */
	unsigned int	 io_backlogfull;	/* counter: no room in it */
	unsigned int	 io_locks;	/* counter: PCB mutexes taken */
	unsigned int	 io_contended;	/* counter: ... by who had to wait */
	const unsigned int *io_input_lock;	/* enum inp_input_lock; NULL: the backlog */
	/* Free what inp_ppcb points to; softirq context. NULL: nothing to free. */
	void		(*io_free)(struct inpcb *inp);
	/* What else netstat shows, into @pi. NULL: nothing. Without the PCB's lock. */
	void		(*io_info)(const struct inpcb *inp, struct bsd_pcbinfo *pi);
	bool		 io_stream;	/* no two PCBs have both ends in common */
};

/* All PCBs of one protocol: tcbtable, udbtable, rawcbtable. */
struct inpcbtable {
	struct inpcbhash __rcu	*inpt_hash;	/* [t; RCU] connected */
	struct inpcbhash __rcu	*inpt_lhash;	/* [t; RCU] by local port */
	const struct inpcb_ops	*inpt_ops;	/* [I] */
	u32			 inpt_count;	/* [inpt_pcbs' lock; a for readers] PCBs */
	u32			 inpt_size;	/* [t; a for readers] more PCBs make it grow */
	u32			 inpt_hashkey;	/* [I] of the connected hash */
	siphash_key_t		 inpt_portkey;	/* [I] of port selection */
	struct mutex		 inpt_mtx;	/* resize; never under netlock */
	struct xarray		 inpt_pcbs;	/* [its own lock; net_srcu] all PCBs, by inp_id */
	atomic64_t		 inpt_lastid;	/* [a] */
};

enum pcb_counter {
	PCBS_LOCKS = COUNTER_FIRST(CG_PCB),	/* PCB mutexes of UDP and raw sockets taken */
	PCBS_CONTENDED,		/* ... by system calls that had to wait */
	PCBS_BUSY,		/* ... tries of softnet threads that found it taken */
	PCBS_BACKLOGRUNS,	/* backlogs run */
	PCBS_ALLOC,
	PCBS_FREE,
	PCBS_NOMEM,
	PCBS_RESIZED,
	PCBS_PORTFAIL,		/* no free port in pcb/port_first .. pcb/port_last */
	PCBS_MINTTL,		/* packets with too few hops left (IP_MINTTL) */
	PCBS_FILTER,		/* packets that a socket's program refused */
	PCBS_FILTERNOMEM,	/* packets that could not be shown to it */
	PCBS_END
};

/* in_pcb.c */
void in_pcb_rele(struct inpcb *inp);
int in_pcb_init(void);
void in_pcb_exit(void);
int in_pcbtable_init(struct inpcbtable *table, const struct inpcb_ops *ops);
void in_pcbtable_exit(struct inpcbtable *table);
int in_pcballoc(struct bsd_socket *so, struct inpcbtable *table, int af);
struct inpcb *in_pcbaccept(struct bsd_socket *so, const struct inpcb *head,
			   const struct in_conninfo *inc);
int in_pcbbind(struct inpcb *inp, const struct sockaddr_in *sin, bool privileged);
int in_pcbconnect(struct inpcb *inp, const struct sockaddr_in *sin);
void in_pcbdisconnect(struct inpcb *inp);
void in_pcbdetach(struct inpcb *inp);
int in_pcb_autobind(struct inpcb *inp);
int in_pcb_checkaddr(const struct inpcb *inp, __be32 addr, u32 *flags);
int in_pcb_source(struct inpcb *inp, __be32 dst, unsigned int ifidx, __be32 *src);
u32 in_pcb_flow(const struct bsd_socket *so);
void in_pcb_sockaddr(struct bsd_socket *so, struct sockaddr_in *sin);
int in_pcb_peeraddr(struct bsd_socket *so, struct sockaddr_in *sin);
u32 in_pcb_mtu(struct inpcb *inp, __be32 dst, unsigned int ifidx);
int in_pcb_dump(u32 proto, u64 after, struct bsd_pcbinfo *buf, u32 max);
/* Does nothing where the mode has no PCB lock. */
void in_pcblock(struct inpcb *inp, const struct netstack *ns);
void in_pcbunlock(struct inpcb *inp, struct netstack *ns);	/* runs the backlog first */
bool in_pcbtrylock(struct inpcb *inp, const struct netstack *ns);
void in_pcbinput(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns);

/* in_pcb_lookup.c: inside a section. */
struct inpcb *in_pcblookup4(struct inpcbtable *table, __be32 faddr, __be16 fport, __be32 laddr,
			    __be16 lport, unsigned int rtableid, unsigned int ifidx, u32 flow);
struct inpcb *in_pcblookup_conn4(struct inpcbtable *table, const struct in_conninfo *inc);
unsigned int in_pcblookup_all(struct inpcbtable *table, __be32 faddr, __be16 fport,
			      __be32 laddr, __be16 lport, unsigned int rtableid,
			      unsigned int ifidx, struct inpcb **inps, unsigned int max,
			      unsigned int skip);
int in_pcbhash_init(struct inpcbtable *table);
void in_pcbhash_exit(struct inpcbtable *table);
void in_pcbhash_grow(struct inpcbtable *table);
int in_pcbhash_connect(struct inpcb *inp);
int in_pcbhash_accept(struct inpcb *inp);
void in_pcbhash_disconnect(struct inpcb *inp);
int in_pcbhash_rejoin(struct inpcb *inp);
void in_pcbhash_remove(struct inpcb *inp);
void in_pcb_lbucket_lock(struct inpcbtable *table, __be16 lport, u16 rdomain,
			 struct inpcbbucket *ib);
void in_pcb_bucket_unlock(struct inpcbbucket *ib);

/* in_pcb_port.c */
int in_pcb_claim(struct inpcb *inp, const struct in_conninfo *inc, enum inp_share share);
int in_pcb_claimproto(struct inpcb *inp, u8 proto);
int in_pcb_listen(struct inpcb *inp);
int in_pcb_pickport(struct inpcb *inp, __be32 laddr, __be32 faddr, __be16 fport);
int in_pcb_group_join(struct inpcb *inp, struct inpcbbucket *ib);
void in_pcb_group_leave(struct inpcb *inp);
extern unsigned int pcb_port_first;	/* knob pcb/port_first */
extern unsigned int pcb_port_last;	/* knob pcb/port_last */
/**
 * in_pcb_sendif() - the interface that a socket wants a packet to leave by
 * @inp:   PCB, locked
 * @ctl:   control messages of the send, or NULL
 * @dst:   destination
 * @ifidx: out: interface, 0: by route
 *
 * What it is bound to, else what the control message says, else what options say
 * about groups (IP_MULTICAST_IF) and others (IP_UNICAST_IF).
 *
 * Context: Section.
 * Return:  0; -EINVAL: it is bound to another one than the control message says.
 */
static inline int in_pcb_sendif(const struct inpcb *inp, const struct msg_control *ctl,
				__be32 dst, unsigned int *ifidx)
{
	*ifidx = inp->inp_bound_ifidx;
	if (ctl && ctl->mc_ifidx) {
		if (*ifidx && *ifidx != ctl->mc_ifidx)
			return -EINVAL;
		*ifidx = ctl->mc_ifidx;
	}
	if (likely(!*ifidx))
		*ifidx = unlikely(in_multicast(dst)) ? inp->inp_mcast_ifidx :
						       inp->inp_unicast_ifidx;
	return 0;
}

/* Does a socket look at packets itself? Then in_pcb_filter() before they are appended. */
static inline bool in_pcb_filters(const struct inpcb *inp)
{
	return READ_ONCE(inp->inp_minttl) ||
	       READ_ONCE(inp->inp_socket->so_options) & BSD_SO_FILTER;
}

void in_pcb_filter(struct inpcb *inp, struct mbuf_list *ml, bool udp);
int in_pcb_port_init(void);
void in_pcb_port_exit(void);

/* ip_ctlopt.c: options of level IPPROTO_IP, and of SOL_SOCKET what sockets leave to us. */
int bsd_ip_setsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val,
		      unsigned int len);
int bsd_ip_getsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val, sockptr_t len);
int bsd_ip_getopt_out(const void *value, int size, sockptr_t val, sockptr_t len);
void bsd_ip_control(const struct inpcb *inp, const struct mbuf *m, struct cmsg_sink *sink);

/* Keep @inp allocated beyond the section. Given back by in_pcb_rele(). */
static inline void in_pcb_ref(struct inpcb *inp)
{
	refcount_inc(&inp->inp_refs);
}

extern struct inpcbtable tcbtable;
extern struct inpcbtable udbtable;
extern struct inpcbtable rawcbtable;

/* Is a PCB that a packet found, or that is locked, still somebody's. */
static inline bool in_pcb_alive(const struct inpcb *inp)
{
	return !(READ_ONCE(inp->inp_flags) & INP_DEAD);
}

#endif /* _BSDNET_IN_PCB_H */
