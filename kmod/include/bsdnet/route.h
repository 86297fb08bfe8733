/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * route.h - routes (struct bsd_rtentry), tables of them, and caches.
 *
 * A table is found by (table id, family); its prefixes live in an ART (art.h);
 * each prefix has a list of routes by priority. A neighbour is a host route
 * (RTF_LLINFO) cloned from its interface's RTF_CLONING prefix; it carries the
 * finished link-layer header, so output to a resolved neighbour is a lookup and
 * a memcpy.
 *
 * Readers are in a net_srcu section: a route found there stays allocated until
 * net_leave() without a reference. rtref()/rtfree() only where it must outlive
 * the section. Writers take the table's mutex (netlock shared or exclusive).
 *
 * Caches (struct route: in a PCB, in a softnet thread) hold no reference: they
 * are valid while ro_gen equals the table's generation, which every change of
 * the table increments before net_call_free().
 *
 * Locks protecting struct members in this file:
 *	I	immutable after insertion
 *	a	atomic or READ_ONCE/WRITE_ONCE
 *	R	net_srcu for readers; writer holds rt_table's mutex
 *	l	rt_lock of this entry (spinlock, leaf)
 */
#ifndef _BSDNET_ROUTE_H
#define _BSDNET_ROUTE_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <uapi/linux/in.h>
#include <uapi/linux/in6.h>
#include <uapi/bsdnet/rtsock.h>
#include <bsdnet/art.h>
#include <bsdnet/counters.h>

struct bsd_rtentry;
struct ifaddr;
struct ifnet;
struct mbuf;
struct rt_request;
struct rtable_set;

#define RT_TABLEID_MAX	255
#define RT_LLHDRLEN	16	/* finished link-layer header, Ethernet: 14 */

/* Number of a table that stands for all of them. */
#define RT_TABLEID_ALL	(~0U)

/* Any address a route or interface can hold. */
union sockaddr_any {
	struct sockaddr		sa;
	struct sockaddr_in	sin;
	struct sockaddr_in6	sin6;
};

/*
 * A way out, shared by all routes of a table that take it: a million prefixes by one
 * gateway have one. Made by rt_nexthop_get(), freed with the last route that holds
 * it; routes give it up after their grace period, so who found one in a section
 * may use it until the section ends.
 */
struct rt_nexthop {
	struct bsd_rtentry __rcu *nh_gwroute;	/* [R] held; the gateway's neighbour entry */
	struct ifaddr		*nh_ifa;	/* [I] holds a reference; source address */
	unsigned int		 nh_ifidx;	/* [I] output interface */
	u16			 nh_tableid;	/* [I] */
	bool			 nh_local;	/* [I] usable whatever its interface does */
	bool			 nh_up;		/* [a] usable: rt_if_track() */
	union sockaddr_any	 nh_gateway;	/* [I] family 0: none */
	refcount_t		 nh_refcnt;	/* [a] */
	struct hlist_node	 nh_hash;	/* [nexthop_lock] */
};

/*
 * A route. What follows rt_rcu is there for single hosts only (rt_ishost()): of the
 * others there may be a million.
 */
struct bsd_rtentry {
	/* Read by every packet. */
	u32			 rt_flags;	/* [a] RTF_* of rtsock.h, without RTF_UP */
	u32			 rt_mtu;	/* [a] bytes; 0: the interface's */
	struct rt_nexthop	*rt_nh;		/* [I] holds a reference */
	struct bsd_rtentry __rcu *rt_next;	/* [R] same prefix, same or next priority */
	u16			 rt_tableid;	/* [I] */
	u8			 rt_priority;	/* [I] lower is better */
	u8			 rt_af;		/* [I] AF_INET, AF_INET6 */
	struct art_node		 rt_an;		/* [I] prefix; of a list's head: in the tree */
	u8			 rt_weight;	/* [I] share among RTF_MPATH routes, from 1 */
	u16			 rt_label;	/* [I] held; rtlabel.c; 0: none */
	refcount_t		 rt_refcnt;	/* [a] 1 is the table's */
	bool			 rt_intable;	/* [R] */
	struct rcu_head		 rt_rcu;

	/* Single hosts. */
	u8			 rt_llhdrlen;	/* [l] bytes of rt_llhdr; 0: not resolved */
	bool			 rt_used;	/* [a] neighbour: a packet was sent to it */
	seqcount_t		 rt_llseq;	/* [l] writer; readers retry */
	u8			 rt_llhdr[RT_LLHDRLEN];	/* [l rt_llseq] */
	spinlock_t		 rt_lock;	/* leaf, guards the l members */
	void			*rt_llinfo;	/* [l] ARP's entry (RTF_LLINFO) */
	struct bsd_rtentry	*rt_parent;	/* [I] RTF_CLONED: held; the prefix it came from */
	struct list_head	 rt_timed;	/* [rttimer_lock] holds a reference while listed */
	u64			 rt_expire;	/* [a] ktime seconds: deleted then; 0: never */
	u64			 rt_mtuexpire;	/* [a] ktime seconds: rt_mtu is forgotten */
};

/* Is it a route to a single host, with all members? */
static inline bool rt_ishost(const struct bsd_rtentry *rt)
{
	return rt->rt_an.an_plen == (rt->rt_af == AF_INET ? 32 : 128);
}

/* Can it be used: is its interface up, with a link? */
static inline bool rt_usable(const struct bsd_rtentry *rt)
{
	return READ_ONCE(rt->rt_nh->nh_up);
}

/* A packet is sent to this neighbour. Few writes: all its packets share the line. */
static inline void rt_setused(struct bsd_rtentry *rt)
{
	if (unlikely(!READ_ONCE(rt->rt_used)))
		WRITE_ONCE(rt->rt_used, true);
}

/* Destination of an IPv4 route, network order. */
static inline __be32 rt_dest4(const struct bsd_rtentry *rt)
{
	__be32 addr;

	memcpy(&addr, rt->rt_an.an_addr, sizeof(addr));
	return addr;
}

/* Gateway of an IPv4 route with RTF_GATEWAY. */
static inline __be32 rt_gateway4(const struct bsd_rtentry *rt)
{
	return rt->rt_nh->nh_gateway.sin.sin_addr.s_addr;
}

/* The address of ours that a route is used with, or NULL. */
static inline struct ifaddr *rt_ifa(const struct bsd_rtentry *rt)
{
	return rt->rt_nh->nh_ifa;
}

static inline unsigned int rt_ifidx(const struct bsd_rtentry *rt)
{
	return rt->rt_nh->nh_ifidx;
}

/* A cached lookup; owner as its holder says (PCB mutex, or one thread). */
struct route {
	struct bsd_rtentry	*ro_rt;		/* valid while ro_gen is current */
	u32			 ro_gen;
	u32			 ro_tableid;
	union {
		struct in_addr	 ro_dst4;
		struct in6_addr	 ro_dst6;
	};
	struct in_addr		 ro_src4;	/* source used for ro_dst4's checks; 0 any */
};

/* What a change of the table is made of. */
struct rt_addrinfo {
	union sockaddr_any	 rti_dst;
	union sockaddr_any	 rti_gateway;	/* family 0: none */
	unsigned int		 rti_plen;
	u32			 rti_flags;
	u32			 rti_fmask;	/* of a change: flags that it changes */
	bool			 rti_setmtu;	/* of a change: to rti_mtu */
	unsigned int		 rti_ifidx;	/* 0: from gateway or address */
	struct ifaddr		*rti_ifa;	/* NULL: chosen */
	u32			 rti_mtu;
	u8			 rti_priority;	/* 0: by kind */
	u8			 rti_weight;	/* 0: 1 */
	const char		*rti_label;	/* NULL: none; of a change: the old one */
	unsigned int		 rti_tableid;
	const struct rt_request	*rti_request;	/* for rtsock.c; NULL: nobody asked */
};

#define RTM_MAXMTU	65536	/* that a request may set */

/* How far a walk through a table came that is made in pieces. */
struct rtable_cursor {
	struct art_node	rc_at;		/* prefix of the last route */
	u16		rc_index;	/* its place among the routes of that prefix */
	bool		rc_valid;	/* false: begin */
};

/* rtalloc() flags */
#define RT_RESOLVE	0x01	/* clone a host entry from an RTF_CLONING prefix */
#define RT_KNOWN	0x02	/* its link-layer address will be set: do not refuse it */

enum rtable_counter {
	RTS_ADDED = COUNTER_FIRST(CG_RTABLE),	/* routes added */
	RTS_DELETED,		/* routes deleted */
	RTS_CLONED,		/* neighbour entries made */
	RTS_CLONEFAIL,		/* neighbour entries refused: limit or memory */
	RTS_UNREACH,		/* lookups without a route */
	RTS_CACHEMISS,		/* route caches filled again */
	RTS_DYNLIMIT,		/* oldest learned host routes evicted: limit */
	RTS_SOCKFULL,		/* routing sockets that lost messages: full or no memory */
	RTS_SOCKLIMIT,		/* routing sockets refused to unprivileged users */
	RTS_END
};

/* rtable.c */
struct mutex *rtable_mutex(unsigned int tableid, int af);
int rtable_init(void);
void rtable_exit(void);
int rtable_add(unsigned int tableid, unsigned int rdomain);
bool rtable_exists(unsigned int tableid);
unsigned int rtable_rdomain(unsigned int tableid);
u32 rtable_generation(unsigned int tableid, int af);
__be32 rtable_source(unsigned int tableid);
int rtable_set_source(unsigned int tableid, __be32 addr);
struct bsd_rtentry *rtable_match(unsigned int tableid, int af, const void *addr);
struct bsd_rtentry *rtable_lookup(unsigned int tableid, const union sockaddr_any *dst,
				  unsigned int plen, u8 priority);
int rtable_insert(struct bsd_rtentry *rt, const struct rt_request *rq);
int rtable_delete(struct bsd_rtentry *rt, const struct rt_request *rq);
int rtable_replace(struct bsd_rtentry *old, struct bsd_rtentry *rt, const struct rt_request *rq);
void rtable_changed(unsigned int tableid, int af);
int rtable_walk(unsigned int tableid, int af, const struct art_node *from,
		int (*fn)(struct bsd_rtentry *rt, void *arg), void *arg);
int rtable_walk_on(unsigned int tableid, int af, struct rtable_cursor *rc,
		   int (*fn)(struct bsd_rtentry *rt, void *arg), void *arg);

/* route.c */
struct bsd_rtentry *rtalloc(const union sockaddr_any *dst, int flags, unsigned int tableid);
void rt_resolve(struct bsd_rtentry *rt);
struct bsd_rtentry *route_cache4(struct route *ro, struct in_addr dst, unsigned int tableid);
int rtrequest_add(const struct rt_addrinfo *info, struct bsd_rtentry **rtp);
int rtrequest_delete(const struct rt_addrinfo *info);
int rtrequest_change(const struct rt_addrinfo *info);
int rt_remove(struct bsd_rtentry *rt, const struct rt_request *rq);
void rt_flush(unsigned int tableid);
void rt_if_remove(struct ifnet *ifp);
int rt_ifa_add(struct ifaddr *ifa, u32 flags, const union sockaddr_any *dst, unsigned int plen);
int rt_ifa_del(struct ifaddr *ifa, u32 flags, const union sockaddr_any *dst, unsigned int plen);
void rt_setllhdr(struct bsd_rtentry *rt, const void *hdr, unsigned int len);
void rt_setllhdr_locked(struct bsd_rtentry *rt, const void *hdr, unsigned int len);
unsigned int rt_getllhdr(const struct bsd_rtentry *rt, void *hdr);
int route_init(void);
void route_exit(void);
void rtref(struct bsd_rtentry *rt);
bool rt_tryref(struct bsd_rtentry *rt);
void rtfree(struct bsd_rtentry *rt);

/* rt_nexthop.c */
struct rt_nexthop *rt_nexthop_get(unsigned int tableid, struct ifnet *ifp, struct ifaddr *ifa,
				  const union sockaddr_any *gateway, bool local);
void rt_nexthop_hold(struct rt_nexthop *nh);
void rt_nexthop_put(struct rt_nexthop *nh);
void rt_if_track(struct ifnet *ifp);

/* rtlabel.c */
int rtlabel_get(const char *name);
u16 rtlabel_hold(u16 id);
void rtlabel_put(u16 id);
bool rtlabel_name(u16 id, char *buf);

/* rt_mpath.c */
extern unsigned int rt_mpath_enabled;
struct bsd_rtentry *rt_mpath_select(struct bsd_rtentry *rt, const struct mbuf *m);

/* rttimer.c */
int rt_pmtu(unsigned int tableid, __be32 dst, u32 mtu);
int rt_redirect(unsigned int tableid, __be32 dst, __be32 gateway, __be32 from,
		unsigned int ifidx);
int rttimer_init(void);
void rttimer_exit(void);

/* route_ioctl.c */
int route_ioctl(unsigned int cmd, void *data, bool admin);

#endif /* _BSDNET_ROUTE_H */
