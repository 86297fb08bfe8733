/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * netstack.h - struct netstack, the context of one section of the stack.
 *
 * Whoever runs protocol code holds one: a softnet thread (for each batch) or a
 * system call (on its stack). It says which mode was sampled, collects what is
 * done once a batch (packets to ourselves, protocol queue, runs of UDP
 * datagrams, doorbells) and is passed down every input and output function.
 *
 *	struct netstack ns;
 *
 *	net_enter(&ns, NETSEC_USRREQ);	netlock shared, net_srcu, ladder
 *	...				protocol code
 *	net_leave(&ns);			runs what is queued in ns, then unlocks
 *
 * net_leave() drains ns_local (packets that lo and pair looped back: at most
 * NETSTACK_LOCAL_MAX, the rest goes to the flows' home threads), delivers the
 * protocol queues and rings the doorbells; so no PCB mutex may be held there.
 */
#ifndef _BSDNET_NETSTACK_H
#define _BSDNET_NETSTACK_H

#include <bsdnet/mbuf_queue.h>
#include <bsdnet/netlock.h>

struct bsd_rtentry;
struct ifqueue;
struct inpcb;
struct softnet;

#define NETSTACK_LOCAL_MAX	64	/* packets a system call handles itself */
#define NETSTACK_NKICKS		8	/* queues whose doorbell waits */

/* Owned by one task, so no member has a lock. Zeroed by net_enter(). */
struct netstack {
	struct softnet		*ns_softnet;	/* its thread, or NULL in a system call */
	enum netlock_mode	 ns_mode;	/* sampled by net_enter() */
	enum net_section	 ns_section;	/* as entered */
	bool			 ns_ladder;	/* ladder mutex is held */
	bool			 ns_draining;	/* net_leave() runs ns_local */
	u8			 ns_nkicks;
	int			 ns_srcu;	/* srcu_read_lock()'s index */
	u32			 ns_nlocal;	/* packets run from ns_local so far */
	u64			 ns_start;	/* ns, when the lock was taken (if measured) */

	struct mbuf_list	 ns_local;	/* looped back, ph_ifidx says where to */
	struct mbuf_list	 ns_udp;	/* for UDP, ip header first: a run list */
	struct mbuf_list	 ns_tcp;	/* for TCP, the same */
	struct mbuf_list	 ns_proto;	/* protocol queue of the rungs below "udp" */
	struct ifqueue		*ns_kicks[NETSTACK_NKICKS];	/* to start at the end */
};

/* netstack.c: called by net_leave() and at the end of a softnet batch. */
void netstack_drain(struct netstack *ns);
/* Put @m, for interface ph_ifidx, on ns_local or on its flow's home thread. */
void netstack_loop(struct netstack *ns, struct mbuf *m);
/* Start @ifq when the batch ends. */
void netstack_kick(struct netstack *ns, struct ifqueue *ifq);

#endif /* _BSDNET_NETSTACK_H */
