/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * arp_priv.h - the neighbour entry, between arp.c (packets), arp_table.c (entries,
 * timers, requests of tools) and arp_limit.c (how many, and which goes).
 *
 * Locks protecting struct members in this file:
 *	I	immutable after creation
 *	l	rt_lock of la_rt
 *	A	arp_lock
 *	a	atomic or READ_ONCE/WRITE_ONCE
 */
#ifndef _ARP_PRIV_H
#define _ARP_PRIV_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <bsdnet/arp.h>
#include <bsdnet/mbuf_queue.h>
#include <bsdnet/netstack.h>
#include <bsdnet/route.h>

enum arp_state {
	ARP_INCOMPLETE,	/* asked, no answer yet */
	ARP_REACHABLE,	/* rt_llhdr is valid until la_next */
	ARP_REFRESH,	/* the same, and asked again before it expires */
	ARP_DOWN,	/* nobody answered: refuse until la_next */
};

/* Where an entry is listed: arp_limit.c. */
enum arp_list {
	ARP_UNRESOLVED,
	ARP_RESOLVED,
	ARP_FIXED,
	ARP_NLISTS
};

#define ARP_BATCH	32	/* entries collected at a time */

#define ARP_PERMANENT	1	/* la_flags, arpr_flags: set by an administrator, never expires */
#define ARP_PUBLISH	2	/* answer requests for it (proxy) */

/*
 * What ARP knows of one neighbour: hangs on its host route (rt_llinfo). Made when
 * the route is cloned, freed when it is deleted; rt_lock is held to use it.
 */
struct llinfo_arp {
	struct list_head	 la_list;	/* [A] on one of arp_lists, oldest first */
	struct bsd_rtentry	*la_rt;		/* [I] not held: it owns us */
	struct mbuf_list	 la_hold;	/* [l] packets that wait */
	u64			 la_next;	/* [l] ktime seconds: when something is due */
	unsigned long		 la_made;	/* [I] jiffies */
	enum arp_list		 la_on;		/* [A l] */
	enum arp_state		 la_state;	/* [l] */
	u8			 la_asked;	/* [l] requests without an answer */
	u8			 la_flags;	/* [I l] ARP_PERMANENT, ARP_PUBLISH */
};

/* arp.c */
void bsd_arp_request(struct ifnet *ifp, __be32 spa, __be32 tpa, const u8 *dst, struct netstack *ns);
void bsd_arp_send_held(struct ifnet *ifp, struct bsd_rtentry *rt, struct mbuf_list *ml,
		       struct netstack *ns);
void bsd_arp_unreachable(struct mbuf *m, struct netstack *ns);

/* arp_limit.c */
void bsd_arp_enlist(struct llinfo_arp *la);
void bsd_arp_relist(struct llinfo_arp *la, enum arp_list to);
void bsd_arp_delist(struct llinfo_arp *la);
bool bsd_arp_full(void);
bool bsd_arp_collect(enum arp_list which, bool first, u64 now, struct bsd_rtentry **rts,
		     unsigned int *np);
struct mbuf *bsd_arp_hold(struct llinfo_arp *la, struct mbuf *m);
void bsd_arp_unhold(struct llinfo_arp *la, struct mbuf_list *to);
int bsd_arp_limit_init(void);
void bsd_arp_limit_exit(void);

/* arp_table.c */
int bsd_arp_table_init(void);
struct bsd_rtentry *bsd_arp_lookup(unsigned int tableid, __be32 addr, u32 flag);
void bsd_arp_table_exit(void);
bool bsd_arp_known(struct bsd_rtentry *rt, struct ifnet *ifp, const u8 *lladdr,
		   struct mbuf_list *held);
bool bsd_arp_set(struct bsd_rtentry *rt, struct ifnet *ifp, const u8 *lladdr, u8 flags,
		 struct mbuf_list *held);

#endif /* _ARP_PRIV_H */
