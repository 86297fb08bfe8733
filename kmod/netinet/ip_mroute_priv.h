/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ip_mroute_priv.h - the tables of a multicast router, between ip_mroute.c, which
 * forwards by them, and ip_mroute_opt.c, where a program fills them.
 */
#ifndef _BSDNET_IP_MROUTE_PRIV_H
#define _BSDNET_IP_MROUTE_PRIV_H

#include <linux/in.h>
#include <linux/mroute.h>
#include <linux/percpu.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <bsdnet/mbuf_queue.h>

/*
 * Locks protecting struct members in this file:
 *	I	immutable
 *	S	net_srcu for readers; writer holds rtnl
 *	r	rtnl_lock
 *	m	mr_lock
 *	a	read and written without a lock
 */

struct mrt_count {
	u64	mc_packets;
	u64	mc_bytes;
};

/* An interface that takes part. Freed by net_call_free(). */
struct mrt_vif {
	struct rcu_head		   mv_rcu;
	struct mrt_count __percpu *mv_in;	/* [a] */
	struct mrt_count __percpu *mv_out;	/* [a] */
	unsigned int		   mv_ifidx;	/* [I] */
	bool			   mv_allmulti;	/* [I] BSD_IFF_ALLMULTI is our doing */
};

struct mrt_key {
	__be32	mk_origin;
	__be32	mk_group;
};

/* What is done with the packets of one origin to one group. Freed by net_call_free(). */
struct mrt_mfc {
	struct rhash_head	   mf_hash;	/* [S] */
	struct list_head	   mf_list;	/* [r] mr_mfclist, by ascending mf_id */
	struct rcu_head		   mf_rcu;
	struct mrt_key		   mf_key;	/* [I] */
	u64			   mf_id;	/* [I] never used again */
	struct mrt_count __percpu *mf_count;	/* [a] */
	atomic_t		   mf_wrongif;	/* [a] */
	unsigned long		   mf_assert;	/* [a] jiffies of the last MRT WRONGVIF */
	unsigned int		   mf_parent;	/* [I] vif that they come in by */
	u8			   mf_ttls[MAXVIFS];	/* [I] leave above it; 255: never */
};

/* Packets for which the program has not said yet what to do. */
struct mrt_pending {
	struct list_head	mp_list;	/* [m] */
	struct mrt_key		mp_key;		/* [I] */
	struct mbuf_list	mp_packets;	/* [m] */
	unsigned long		mp_expire;	/* [I] jiffies */
};

/* The router of a routing domain: a raw socket of protocol IGMP. */
struct mrouter {
	struct list_head	 mr_list;	/* [S] mrouters */
	struct inpcb		*mr_inp;	/* [a] NULL: closed */
	unsigned int		 mr_rdomain;	/* [I] */
	bool			 mr_stopped;	/* [r] on no list, without vifs */
	bool			 mr_assert;	/* [a] MRT_ASSERT */
	bool			 mr_pim;	/* [a] MRT_PIM */
	u64			 mr_nextid;	/* [r] */
	struct mrt_vif __rcu	*mr_vif[MAXVIFS];	/* [S] */
	struct rhashtable	 mr_mfcs;	/* [S] */
	struct list_head	 mr_mfclist;	/* [r] the same, for listing */
	spinlock_t		 mr_lock;
	struct list_head	 mr_pending;	/* [m] the oldest first */
	unsigned int		 mr_npending;	/* [m] */
	struct mbuf_list	 mr_upcalls;	/* [m] messages for the socket */
	struct work_struct	 mr_tell;
	struct delayed_work	 mr_expire;
	struct work_struct	 mr_done;
};

extern const struct rhashtable_params mrt_mfc_params;

/* ip_mroute.c */
struct mrouter *mrt_find(unsigned int rdomain);
struct mrt_mfc *mrt_mfc_find(struct mrouter *mr, const struct mrt_key *key);
struct mrt_vif *mrt_vif(const struct mrouter *mr, unsigned int n);
void mrt_resolved(struct mrouter *mr, struct mrt_mfc *mf);
void mrt_tell_fn(struct work_struct *work);
void mrt_expire_fn(struct work_struct *work);
void mrt_pending_free(struct mrt_pending *mp);

#endif /* _BSDNET_IP_MROUTE_PRIV_H */
