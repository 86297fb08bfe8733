// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * route.c - routes: caches, neighbours cloned from prefixes, gateways, addition
 * and removal.
 *
 * Packet path: bsd_ip_input() and bsd_ip_output() -> route_cache4() -> next hop.
 * A hit is two compares. A miss looks the route up, clones a neighbour entry
 * where the prefix says so (RTF_CLONING), and finds the gateway's entry
 * (nh_gwroute), so that what a cache holds is ready for output.
 *
 * Context: sections, unless said otherwise. Nothing here needs netlock exclusive.
 */
#include <bsdnet/route.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <bsdnet/arp.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_var.h>
#include <bsdnet/rtsock.h>

#define ROUTE_BATCH		64		/* routes collected before they are acted on */

static struct kmem_cache *rtentry_cache;	/* up to what single hosts have more */
static struct kmem_cache *rthost_cache;

/**
 * rtref() - hold a route beyond its section
 * @rt: route
 */
void rtref(struct bsd_rtentry *rt)
{
	refcount_inc(&rt->rt_refcnt);
}

/**
 * rt_tryref() - the same for a route found without a lock, which may be going
 * @rt: route
 *
 * Return: it is not.
 */
bool rt_tryref(struct bsd_rtentry *rt)
{
	return refcount_inc_not_zero(&rt->rt_refcnt);
}

/* Nobody holds it, and no section sees it any more. */
static void rt_reap(struct rcu_head *head)
{
	struct bsd_rtentry *rt = container_of(head, struct bsd_rtentry, rt_rcu);

	if (rt->rt_nh)
		rt_nexthop_put(rt->rt_nh);
	rtlabel_put(rt->rt_label);
	if (!rt_ishost(rt)) {
		kmem_cache_free(rtentry_cache, rt);
		return;
	}
	if (rt->rt_parent)
		rtfree(rt->rt_parent);
	kmem_cache_free(rthost_cache, rt);
}

/**
 * rtfree() - give up a reference
 * @rt: route
 *
 * Context: Any.
 */
void rtfree(struct bsd_rtentry *rt)
{
	if (refcount_dec_and_test(&rt->rt_refcnt))
		net_call_free(&rt->rt_rcu, rt_reap);
}

/* A route with one reference, in no table. */
static struct bsd_rtentry *rt_alloc(unsigned int tableid, const union sockaddr_any *dst,
				    unsigned int plen)
{
	bool host = plen == (dst->sa.sa_family == AF_INET ? 32 : 128);
	struct bsd_rtentry *rt;

	rt = kmem_cache_zalloc(host ? rthost_cache : rtentry_cache, GFP_NOWAIT | __GFP_NOWARN);
	if (!rt)
		return NULL;
	refcount_set(&rt->rt_refcnt, 1);
	rt->rt_tableid = tableid;
	rt->rt_af = dst->sa.sa_family;
	rt->rt_weight = 1;
	rt->rt_an.an_plen = plen;
	memcpy(rt->rt_an.an_addr, &dst->sin.sin_addr, sizeof(dst->sin.sin_addr));
	if (host) {
		seqcount_init(&rt->rt_llseq);
		spin_lock_init(&rt->rt_lock);
		INIT_LIST_HEAD(&rt->rt_timed);
	}
	return rt;
}

/**
 * rt_setllhdr() - a neighbour is known: its finished link-layer header
 * @rt:  RTF_LLINFO route
 * @hdr: header, or NULL: not known any more
 * @len: bytes, at most RT_LLHDRLEN
 *
 * Context: Any process context; takes rt_lock.
 */
void rt_setllhdr(struct bsd_rtentry *rt, const void *hdr, unsigned int len)
{
	spin_lock(&rt->rt_lock);
	rt_setllhdr_locked(rt, hdr, len);
	spin_unlock(&rt->rt_lock);
}

/**
 * rt_setllhdr_locked() - the same for a caller that holds rt_lock
 * @rt:  RTF_LLINFO route
 * @hdr: header or NULL
 * @len: bytes
 */
void rt_setllhdr_locked(struct bsd_rtentry *rt, const void *hdr, unsigned int len)
{
	bool known = rt->rt_llhdrlen;

	lockdep_assert_held(&rt->rt_lock);
	preempt_disable();
	write_seqcount_begin(&rt->rt_llseq);
	if (hdr)
		memcpy(rt->rt_llhdr, hdr, len);
	rt->rt_llhdrlen = hdr ? len : 0;
	write_seqcount_end(&rt->rt_llseq);
	preempt_enable();
	if (known != !!hdr && READ_ONCE(rt->rt_intable))
		rtsock_route(hdr ? BSD_RTM_RESOLVE : BSD_RTM_INVALIDATE, rt, NULL);
}

/**
 * rt_getllhdr() - a neighbour's finished link-layer header
 * @rt:  route
 * @hdr: room for RT_LLHDRLEN bytes
 *
 * Context: Section; no lock.
 * Return:  its length, 0 if the neighbour is not known or @rt leads to no neighbour.
 */
unsigned int rt_getllhdr(const struct bsd_rtentry *rt, void *hdr)
{
	unsigned int seq, len;

	if (!(READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO))
		return 0;
	do {
		seq = read_seqcount_begin(&rt->rt_llseq);
		len = READ_ONCE(rt->rt_llhdrlen);
		memcpy(hdr, rt->rt_llhdr, RT_LLHDRLEN);
	} while (read_seqcount_retry(&rt->rt_llseq, seq));
	return len;
}

/*
 * A neighbour entry for @dst, made from prefix @parent; or the one that is there. NULL:
 * no memory, or too many are being asked for, unless @known says not to look at that.
 */
static struct bsd_rtentry *rt_clone(struct bsd_rtentry *parent, const union sockaddr_any *dst,
				    bool known)
{
	struct ifnet *ifp = if_lookup(rt_ifidx(parent));
	struct bsd_rtentry *rt;
	int error;

	if (!ifp)
		return NULL;
	if (!bsd_arp_admit(known))
		goto err_count;
	rt = rt_alloc(parent->rt_tableid, dst, dst->sa.sa_family == AF_INET ? 32 : 128);
	if (!rt)
		goto err_count;
	rt->rt_flags = BSD_RTF_HOST | BSD_RTF_LLINFO | BSD_RTF_CLONED;
	rt->rt_mtu = parent->rt_mtu;
	rt->rt_priority = parent->rt_priority;
	rt->rt_label = rtlabel_hold(parent->rt_label);
	rt_nexthop_hold(parent->rt_nh);
	rt->rt_nh = parent->rt_nh;
	if (!rt_tryref(parent))
		goto err_free;
	rt->rt_parent = parent;
	error = bsd_arp_rtadd(rt);
	if (error)
		goto err_free;
	error = rtable_insert(rt, NULL);
	if (!error) {
		counter_inc(RTS_CLONED);
		if (likely(READ_ONCE(parent->rt_intable)))
			return rt;
		/* The prefix went meanwhile, and may have missed its clone. */
		rtable_delete(rt, NULL);
		return NULL;
	}
	bsd_arp_rtdel(rt);
	if (error == -EEXIST) {
		rtfree(rt);
		rt = rtable_lookup(parent->rt_tableid, dst, 32, parent->rt_priority);
		return rt && rt_usable(rt) ? rt : NULL;
	}
err_free:
	rtfree(rt);
err_count:
	counter_inc(RTS_CLONEFAIL);
	return NULL;
}

/* Find the gateway's own entry, so that output finds a finished header there. */
static void rt_resolve_gateway(struct rt_nexthop *nh)
{
	struct mutex *mtx = rtable_mutex(nh->nh_tableid, nh->nh_gateway.sa.sa_family);
	struct bsd_rtentry *gw = net_dereference(nh->nh_gwroute);

	if (likely(gw && READ_ONCE(gw->rt_intable) && rt_usable(gw)))
		return;
	gw = rtable_match(rtable_rdomain(nh->nh_tableid), nh->nh_gateway.sa.sa_family,
			  &nh->nh_gateway.sin.sin_addr);
	if (gw && READ_ONCE(gw->rt_flags) & BSD_RTF_CLONING)
		gw = rt_clone(gw, &nh->nh_gateway, true);
	if (gw && READ_ONCE(gw->rt_flags) & BSD_RTF_GATEWAY)
		gw = NULL;
	if (!mtx)
		return;
	mutex_lock(mtx);
	if (gw && !rt_tryref(gw))
		gw = NULL;
	gw = rcu_replace_pointer(nh->nh_gwroute, gw, lockdep_is_held(mtx));
	mutex_unlock(mtx);
	if (gw)
		rtfree(gw);
}

/**
 * rt_resolve() - make a route by a gateway ready for output
 * @rt: route
 *
 * Context: Section.
 */
void rt_resolve(struct bsd_rtentry *rt)
{
	if (READ_ONCE(rt->rt_flags) & BSD_RTF_GATEWAY)
		rt_resolve_gateway(rt->rt_nh);
}

/**
 * rtalloc() - find the route to an address
 * @dst:     address
 * @flags:   RT_RESOLVE: ready for output, with the next hop's neighbour entry, if there
 *           may be one more; RT_KNOWN: there may be
 * @tableid: table
 *
 * Context: Section.
 * Return:  route, valid until the section ends; NULL (counted).
 */
struct bsd_rtentry *rtalloc(const union sockaddr_any *dst, int flags, unsigned int tableid)
{
	struct bsd_rtentry *rt, *clone;

	rt = rtable_match(tableid, dst->sa.sa_family, &dst->sin.sin_addr);
	if (!rt) {
		counter_inc(RTS_UNREACH);
		if (dst->sa.sa_family == AF_INET)
			rtsock_miss(dst->sin.sin_addr.s_addr, tableid);
		return NULL;
	}
	if (!(flags & RT_RESOLVE))
		return rt;
	if (READ_ONCE(rt->rt_flags) & BSD_RTF_CLONING) {
		clone = rt_clone(rt, dst, flags & RT_KNOWN);
		return clone ? clone : rt;
	}
	rt_resolve(rt);
	return rt;
}

/**
 * route_cache4() - the route to an IPv4 address, by a cache
 * @ro:      cache, owned by the caller
 * @dst:     address
 * @tableid: table
 *
 * Context: Section.
 * Return:  route ready for output, valid until the section ends; NULL (counted).
 */
struct bsd_rtentry *route_cache4(struct route *ro, struct in_addr dst, unsigned int tableid)
{
	u32 gen = rtable_generation(tableid, AF_INET);
	union sockaddr_any sa;

	if (likely(ro->ro_rt && ro->ro_gen == gen && ro->ro_dst4.s_addr == dst.s_addr &&
		   ro->ro_tableid == tableid))
		return ro->ro_rt;
	counter_inc(RTS_CACHEMISS);
	sa.sin = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = dst };
	ro->ro_rt = rtalloc(&sa, RT_RESOLVE, tableid);
	/* As of before the lookup, which may itself have changed the table. */
	ro->ro_gen = gen;
	ro->ro_tableid = tableid;
	ro->ro_dst4 = dst;
	ro->ro_src4.s_addr = 0;
	return ro->ro_rt;
}

/* Clear the bits behind the prefix; false: @plen is too long. */
static bool rt_mask(union sockaddr_any *sa, unsigned int plen)
{
	if (sa->sa.sa_family != AF_INET || plen > 32)
		return false;
	sa->sin.sin_addr.s_addr &= in_plen2mask(plen);
	sa->sin.sin_port = 0;
	memset(sa->sin.__pad, 0, sizeof(sa->sin.__pad));
	return true;
}

/* Do hosts of this prefix have link-layer addresses to be asked for? */
static bool rt_clones(const struct ifnet *ifp)
{
	return ifp->if_type == BSD_IFT_ETHER && !(READ_ONCE(ifp->if_flags) & BSD_IFF_NOARP);
}

/* Interface and source address of a route that is added. */
static int rt_way(const struct rt_addrinfo *info, struct ifnet **ifpp, struct ifaddr **ifap)
{
	unsigned int rdomain = rtable_rdomain(info->rti_tableid);
	struct bsd_rtentry *gw;

	*ifap = info->rti_ifa;
	*ifpp = info->rti_ifidx ? if_lookup(info->rti_ifidx) : NULL;
	if (info->rti_ifidx && !*ifpp)
		return -ENXIO;
	/* From one domain to another only through interfaces that join them. */
	if (*ifpp && (*ifpp)->if_rdomain != rdomain)
		return -ENETUNREACH;
	if (info->rti_flags & (BSD_RTF_REJECT | BSD_RTF_BLACKHOLE) && !*ifpp) {
		*ifpp = if_loop(rdomain);
	} else if (info->rti_flags & BSD_RTF_GATEWAY) {
		gw = rtable_match(rdomain, AF_INET, &info->rti_gateway.sin.sin_addr);
		if (!gw || READ_ONCE(gw->rt_flags) & (BSD_RTF_GATEWAY | BSD_RTF_BROADCAST))
			return -ENETUNREACH;
		if (*ifpp && (*ifpp)->if_index != rt_ifidx(gw))
			return -ENETUNREACH;
		*ifpp = if_lookup(rt_ifidx(gw));
		if (!*ifap)
			*ifap = rt_ifa(gw);
	}
	if (!*ifpp)
		return -ENETUNREACH;
	if (!*ifap) {
		struct bsd_in_ifaddr *ia = in_ifaddr_for(*ifpp,
							 info->rti_dst.sin.sin_addr.s_addr);

		*ifap = ia ? &ia->ia_ifa : NULL;
	}
	return 0;
}

/* A route as @info wants it, in no table. */
static int rt_make(const struct rt_addrinfo *info, struct bsd_rtentry **rtp)
{
	union sockaddr_any dst = info->rti_dst;
	struct bsd_rtentry *rt;
	struct ifaddr *ifa;
	struct ifnet *ifp;
	int label = 0;
	int error;

	if (!rt_mask(&dst, info->rti_plen))
		return -EINVAL;
	if (!rtable_exists(info->rti_tableid))
		return -ENXIO;
	error = rt_way(info, &ifp, &ifa);
	if (error)
		return error;
	if (info->rti_label)
		label = rtlabel_get(info->rti_label);
	if (label < 0)
		return label;
	rt = rt_alloc(info->rti_tableid, &dst, info->rti_plen);
	if (!rt) {
		rtlabel_put(label);
		return -ENOMEM;
	}
	rt->rt_label = label;
	rt->rt_nh = rt_nexthop_get(info->rti_tableid, ifp, ifa,
				   info->rti_flags & BSD_RTF_GATEWAY ? &info->rti_gateway : NULL,
				   info->rti_flags & BSD_RTF_LOCAL);
	if (!rt->rt_nh) {
		rtfree(rt);
		return -ENOMEM;
	}
	rt->rt_flags = info->rti_flags & ~(BSD_RTF_UP | BSD_RTF_HOST | BSD_RTF_CLONING);
	if (rt_ishost(rt))
		rt->rt_flags |= BSD_RTF_HOST;
	if (!(rt->rt_flags & (BSD_RTF_GATEWAY | BSD_RTF_LOCAL | BSD_RTF_BROADCAST |
			      BSD_RTF_REJECT | BSD_RTF_BLACKHOLE)) && rt_clones(ifp))
		rt->rt_flags |= BSD_RTF_CLONING;
	rt->rt_mtu = info->rti_mtu;
	rt->rt_priority = info->rti_priority ? info->rti_priority : BSD_RTP_STATIC;
	if (info->rti_weight)
		rt->rt_weight = info->rti_weight;
	*rtp = rt;
	return 0;
}

/**
 * rtrequest_add() - add a route
 * @info: what it is
 * @rtp:  out: the route, valid until the section ends; may be NULL
 *
 * Context: Section; takes the table mutex.
 * Return:  0; -EINVAL; -ENXIO: no such table or interface; -ENETUNREACH: the gateway
 *          is not on a connected network; -EEXIST; -ENOMEM.
 */
int rtrequest_add(const struct rt_addrinfo *info, struct bsd_rtentry **rtp)
{
	struct bsd_rtentry *rt;
	int error;

	error = rt_make(info, &rt);
	if (error)
		return error;
	error = rtable_insert(rt, info->rti_request);
	if (error) {
		rtfree(rt);
		return error;
	}
	if (rtp)
		*rtp = rt;
	return 0;
}

/* Routes found by a walk, held, to be acted on without the table mutex. */
struct rt_batch {
	struct bsd_rtentry	*rb_rts[ROUTE_BATCH];
	unsigned int		 rb_n;
	/* Which. */
	bool			 rb_all;	/* every route */
	unsigned int		 rb_ifidx;	/* of this interface, or 0 */
	const struct bsd_rtentry *rb_parent;	/* cloned from this one, or NULL */
};

/* Is @rt inside the prefix of @parent? The walk is over behind it. */
static bool rt_within(const struct bsd_rtentry *rt, const struct bsd_rtentry *parent)
{
	return rt->rt_an.an_plen >= parent->rt_an.an_plen &&
	       !((rt_dest4(rt) ^ rt_dest4(parent)) & in_plen2mask(parent->rt_an.an_plen));
}

static int rt_collect(struct bsd_rtentry *rt, void *arg)
{
	struct rt_batch *rb = arg;

	if (rb->rb_parent && !rt_within(rt, rb->rb_parent))
		return 1;
	if (rb->rb_all || (rb->rb_ifidx && rt_ifidx(rt) == rb->rb_ifidx) ||
	    (rb->rb_parent && READ_ONCE(rt->rt_flags) & BSD_RTF_CLONED &&
	     rt->rt_parent == rb->rb_parent)) {
		rtref(rt);
		rb->rb_rts[rb->rb_n++] = rt;
	}
	return rb->rb_n == ROUTE_BATCH;
}

/* Delete every route of a table that @rb describes. */
static void rt_remove_all(unsigned int tableid, struct rt_batch *rb)
{
	const struct art_node *from = rb->rb_parent ? &rb->rb_parent->rt_an : NULL;
	unsigned int i;

	do {
		rb->rb_n = 0;
		rtable_walk(tableid, AF_INET, from, rt_collect, rb);
		for (i = 0; i < rb->rb_n; i++) {
			rt_remove(rb->rb_rts[i], NULL);
			rtfree(rb->rb_rts[i]);
		}
	} while (rb->rb_n == ROUTE_BATCH);
}

/**
 * rt_remove() - take a route out, and with a prefix the neighbours made from it
 * @rt: route
 * @rq: who asked, or NULL
 *
 * Context: Section; takes the table mutex.
 * Return:  0, or -ESRCH if somebody else was faster.
 */
int rt_remove(struct bsd_rtentry *rt, const struct rt_request *rq)
{
	struct rt_batch *rb;
	int error;

	error = rtable_delete(rt, rq);
	if (error)
		return error;
	if (!(rt->rt_flags & BSD_RTF_CLONING))
		return 0;
	rb = kzalloc(sizeof(*rb), GFP_NOWAIT | __GFP_NOWARN);
	if (!rb)
		return 0;	/* they go when they expire: the parent is held till then */
	rb->rb_parent = rt;
	rt_remove_all(rt->rt_tableid, rb);
	kfree(rb);
	return 0;
}

/* Can a request mean this route? Not one with any of the flags @except. */
static bool rt_meant(const struct bsd_rtentry *rt, const struct rt_addrinfo *info, u32 except)
{
	u32 flags = READ_ONCE(rt->rt_flags);

	if (flags & except)
		return false;
	return !(info->rti_flags & BSD_RTF_GATEWAY) ||
	       (flags & BSD_RTF_GATEWAY &&
		rt_gateway4(rt) == info->rti_gateway.sin.sin_addr.s_addr);
}

/* The route that a request means, besides those with any of the flags @except. */
static struct bsd_rtentry *rt_find(const struct rt_addrinfo *info, u32 except)
{
	union sockaddr_any dst = info->rti_dst;
	struct bsd_rtentry *rt;

	if (!rt_mask(&dst, info->rti_plen))
		return NULL;
	/* Those that come from addresses go with them, unless they are named. */
	if (!info->rti_priority)
		except |= BSD_RTF_LOCAL | BSD_RTF_CONNECTED | BSD_RTF_BROADCAST;
	rt = rtable_lookup(info->rti_tableid, &dst, info->rti_plen, info->rti_priority);
	while (rt && !rt_meant(rt, info, except)) {
		rt = net_dereference(rt->rt_next);
		if (rt && info->rti_priority && rt->rt_priority != info->rti_priority)
			return NULL;
	}
	return rt;
}

/**
 * rtrequest_delete() - delete a route
 * @info: prefix, table, perhaps priority and gateway
 *
 * Context: Section; takes the table mutex.
 * Return:  0, or -ESRCH.
 */
int rtrequest_delete(const struct rt_addrinfo *info)
{
	struct bsd_rtentry *rt = rt_find(info, 0);

	return rt ? rt_remove(rt, info->rti_request) : -ESRCH;
}

/* What @old becomes if it is changed as @info says. */
static void rt_change_info(struct rt_addrinfo *what, const struct rt_addrinfo *info,
			   const struct bsd_rtentry *old)
{
	u32 mask = info->rti_fmask | BSD_RTF_GATEWAY;

	*what = *info;
	what->rti_priority = old->rt_priority;
	what->rti_flags = (info->rti_flags & mask) | (READ_ONCE(old->rt_flags) & ~mask);
	if (!info->rti_setmtu)
		what->rti_mtu = READ_ONCE(old->rt_mtu);
	if (!info->rti_weight)
		what->rti_weight = old->rt_weight;
	if (info->rti_ifidx || what->rti_flags & (BSD_RTF_GATEWAY | BSD_RTF_REJECT |
						  BSD_RTF_BLACKHOLE))
		return;
	/* It leads where it led. */
	what->rti_flags |= old->rt_flags & BSD_RTF_GATEWAY;
	what->rti_gateway = old->rt_nh->nh_gateway;
	what->rti_ifidx = rt_ifidx(old);
}

/**
 * rtrequest_change() - change gateway, MTU and flags of a route
 * @info: prefix, table and priority say which, the rest what it becomes
 *
 * Of several ways it is the one by the gateway given, or if there is none the first.
 *
 * Context: Section; takes the table mutex.
 * Return:  0, -ESRCH, or what rtrequest_add() returns.
 */
int rtrequest_change(const struct rt_addrinfo *info)
{
	struct rt_addrinfo which = *info, what;
	struct bsd_rtentry *old = NULL, *rt;
	int error;

	/* A neighbour's entry is ARP's, which would not know of the new one. */
	if (info->rti_flags & BSD_RTF_GATEWAY)
		old = rt_find(info, BSD_RTF_LLINFO);
	which.rti_flags &= ~BSD_RTF_GATEWAY;
	if (!old)
		old = rt_find(&which, BSD_RTF_LLINFO);
	if (!old)
		return -ESRCH;
	rt_change_info(&what, info, old);
	error = rt_make(&what, &rt);
	if (error)
		return error;
	if (!info->rti_label)
		rt->rt_label = rtlabel_hold(old->rt_label);
	error = rtable_replace(old, rt, info->rti_request);
	if (error)
		rtfree(rt);
	return error;
}

/**
 * rt_if_remove() - delete every route of an interface, in all tables
 * @ifp: interface that goes, or changes its domain
 *
 * Context: Process; netlock not held.
 */
void rt_if_remove(struct ifnet *ifp)
{
	struct netstack ns;
	struct rt_batch *rb;
	unsigned int i;

	rb = kzalloc(sizeof(*rb), GFP_KERNEL | __GFP_NOFAIL);
	rb->rb_ifidx = ifp->if_index;
	for (i = 0; i <= RT_TABLEID_MAX; i++) {
		if (!rtable_exists(i))
			continue;
		net_enter(&ns, NETSEC_SYSCALL);
		rt_remove_all(i, rb);
		net_leave(&ns);
	}
	kfree(rb);
}

/**
 * rt_flush() - delete every route of a table
 * @tableid: table
 *
 * Context: Process; netlock not held.
 */
void rt_flush(unsigned int tableid)
{
	struct netstack ns;
	struct rt_batch *rb;

	rb = kzalloc(sizeof(*rb), GFP_KERNEL | __GFP_NOFAIL);
	rb->rb_all = true;
	net_enter(&ns, NETSEC_SYSCALL);
	rt_remove_all(tableid, rb);
	net_leave(&ns);
	kfree(rb);
}

/* How an address's own routes are described. */
static void rt_ifa_info(struct rt_addrinfo *info, struct ifaddr *ifa, u32 flags,
			const union sockaddr_any *dst, unsigned int plen)
{
	memset(info, 0, sizeof(*info));
	info->rti_dst = *dst;
	info->rti_plen = plen;
	info->rti_flags = flags;
	info->rti_ifidx = ifa->ifa_ifp->if_index;
	info->rti_ifa = ifa;
	info->rti_tableid = ifa->ifa_ifp->if_rdomain;
	info->rti_priority = flags & (BSD_RTF_LOCAL | BSD_RTF_BROADCAST) ? BSD_RTP_LOCAL :
									   BSD_RTP_CONNECTED;
}

/**
 * rt_ifa_add() - add a route that comes from an address
 * @ifa:   address
 * @flags: BSD_RTF_LOCAL, BSD_RTF_BROADCAST or BSD_RTF_CONNECTED
 * @dst:   prefix
 * @plen:  its length
 *
 * Context: Section.
 * Return:  as rtrequest_add().
 */
int rt_ifa_add(struct ifaddr *ifa, u32 flags, const union sockaddr_any *dst, unsigned int plen)
{
	struct rt_addrinfo info;

	rt_ifa_info(&info, ifa, flags, dst, plen);
	return rtrequest_add(&info, NULL);
}

/**
 * rt_ifa_del() - delete what rt_ifa_add() added
 * @ifa:   address
 * @flags: as added
 * @dst:   prefix
 * @plen:  its length
 *
 * Context: Section.
 * Return:  0, or -ESRCH: it is another address's.
 */
int rt_ifa_del(struct ifaddr *ifa, u32 flags, const union sockaddr_any *dst, unsigned int plen)
{
	struct rt_addrinfo info;
	struct bsd_rtentry *rt;

	rt_ifa_info(&info, ifa, flags, dst, plen);
	rt = rt_find(&info, 0);
	return rt && rt_ifa(rt) == ifa ? rt_remove(rt, NULL) : -ESRCH;
}

/**
 * route_init() - prepare for routes
 *
 * Return: 0 or -ENOMEM.
 */
int route_init(void)
{
	rtentry_cache = kmem_cache_create("bsdnet_rtentry",
					  offsetofend(struct bsd_rtentry, rt_rcu), 0, 0, NULL);
	rthost_cache = kmem_cache_create("bsdnet_rthost", sizeof(struct bsd_rtentry), 0,
					 SLAB_HWCACHE_ALIGN, NULL);
	if (rtentry_cache && rthost_cache)
		return 0;
	kmem_cache_destroy(rthost_cache);
	kmem_cache_destroy(rtentry_cache);
	return -ENOMEM;
}

/**
 * route_exit() - the last route is gone
 */
void route_exit(void)
{
	/* A route's end may free its parent and gateway in turn: three rounds at most. */
	srcu_barrier(&net_srcu);
	srcu_barrier(&net_srcu);
	srcu_barrier(&net_srcu);
	kmem_cache_destroy(rthost_cache);
	kmem_cache_destroy(rtentry_cache);
}
