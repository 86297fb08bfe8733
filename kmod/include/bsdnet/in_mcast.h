/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * in_mcast.h - IPv4 multicast groups of interfaces and sockets, and their sources.
 */
#ifndef _BSDNET_IN_MCAST_H
#define _BSDNET_IN_MCAST_H

#include <linux/in.h>
#include <linux/list.h>
#include <linux/sockptr.h>
#include <linux/types.h>

struct ifnet;
struct in_mships;
struct inpcb;

/* Sources that a record of a report has room for; an interface remembers no more. */
#define IN_SOURCES_MAX	360

/*
 * Senders to a group whose packets are wanted (MCAST_INCLUDE) or are not
 * (MCAST_EXCLUDE). Ascending as numbers of network order, each once; immutable when
 * others can see it. A NULL pointer stands for all senders.
 */
struct in_sources {
	struct rcu_head	is_rcu;
	unsigned int	is_mode;	/* MCAST_INCLUDE, MCAST_EXCLUDE */
	unsigned int	is_n;
	__be32		is_src[];
};

extern const struct in_sources in_sources_none;	/* INCLUDE of nobody */

/*
 * A group that a socket has joined on an interface.
 *
 * Locks protecting struct members in this file:
 *	I	immutable
 *	S	net_srcu for readers; writer holds rtnl
 *	r	rtnl_lock
 */
struct in_mship {
	struct list_head	  im_list;	/* [r] its in_multi's; empty: interface gone */
	struct rcu_head		  im_rcu;
	struct in_sources __rcu	 *im_sources;	/* [S] */
	__be32			  im_group;	/* [I] */
	unsigned int		  im_ifidx;	/* [I] */
};

/* in_sources.c */
struct in_sources *in_sources_alloc(unsigned int mode, unsigned int room, gfp_t gfp);
void in_sources_free(struct in_sources *is);
bool in_sources_has(const struct in_sources *is, __be32 src);
bool in_sources_wants(const struct in_sources *is, __be32 src);
bool in_sources_equal(const struct in_sources *a, const struct in_sources *b);
bool in_sources_add(struct in_sources *is, unsigned int room, __be32 src);
struct in_sources *in_sources_edit(const struct in_sources *old, unsigned int mode, __be32 src,
				   bool add);
struct in_sources *in_sources_diff(const struct in_sources *a, const struct in_sources *b,
				   gfp_t gfp);
struct in_sources *in_sources_union(const struct in_sources *a, const struct in_sources *b,
				    gfp_t gfp);
struct in_sources *in_sources_merge(const struct list_head *ships);

/* in_multi.c */
bool in_multi_member(unsigned int ifidx, __be32 group);
const struct in_sources *in_multi_sources(unsigned int ifidx, __be32 group);
void in_multi_walk(unsigned int ifidx,
		   void (*fn)(__be32 group, const struct in_sources *is, void *arg), void *arg);
int in_multi_join(struct ifnet *ifp, struct in_mship *ship);
void in_multi_leave(struct in_mship *ship);
void in_multi_change(struct in_mship *ship, struct in_sources *is);
void in_multi_ifdetach(struct ifnet *ifp);
int in_multi_ioctl(void *data);

/* in_mcast.c */
bool in_mship_wants(const struct inpcb *inp, __be32 group, __be32 src, unsigned int ifidx);
int in_mship_join(struct inpcb *inp, struct ifnet *ifp, __be32 group, struct in_sources *is);
int in_mship_leave(struct inpcb *inp, unsigned int ifidx, __be32 group);
int in_mship_source(struct inpcb *inp, struct ifnet *ifp, __be32 group, __be32 src,
		    unsigned int mode, bool add);
int in_mship_filter(struct inpcb *inp, unsigned int ifidx, __be32 group, struct in_sources *is);
int in_mship_getfilter(struct inpcb *inp, unsigned int ifidx, __be32 group,
		       struct in_sources **is);
unsigned int in_mcast_maxsrc(void);
void in_mships_detach(struct inpcb *inp);
int in_mcast_init(void);
void in_mcast_exit(void);

/* ip_mcast_opt.c: socket options of groups. */
bool bsd_ip_mcast_is_opt(int opt);
int bsd_ip_mcast_setopt(struct inpcb *inp, int opt, sockptr_t val, unsigned int len);
int bsd_ip_mcast_getopt(struct inpcb *inp, int opt, sockptr_t val, sockptr_t len);

#endif /* _BSDNET_IN_MCAST_H */
