// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rtsock_msg.c - messages to routing sockets: how they are laid out, and those
 * about routes.
 *
 * Not in the packet path. Who changes a table calls rtsock_route() with the table
 * mutex still held, so that messages come in the order of the changes; with nobody
 * listening that is one load. Interfaces and addresses: rtsock_link.c.
 *
 * Context: as each function says; nothing here sleeps.
 */
#include <bsdnet/rtsock.h>
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <bsdnet/arp.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_var.h>
#include <bsdnet/kassert.h>
#include <bsdnet/route.h>

#define RTSOCK_MISS_BURST	100	/* a second; remote peers can make us miss */

u32 rtsock_types __read_mostly;

static DEFINE_RATELIMIT_STATE(rtsock_misses, HZ, RTSOCK_MISS_BURST);

/**
 * rtsock_begin() - begin a message
 * @rb:     room
 * @type:   BSD_RTM_*
 * @hdrlen: bytes before its addresses
 *
 * Context: Any.
 */
void rtsock_begin(struct rtsock_buf *rb, u8 type, unsigned int hdrlen)
{
	static_assert(sizeof(rb->rb_hdr) % 8 == 0 && sizeof(rb->rb_if) % 8 == 0);
	memset(rb, 0, sizeof(*rb));
	rb->rb_hdr.rtm_version = BSD_RTM_VERSION;
	rb->rb_hdr.rtm_type = type;
	rb->rb_hdr.rtm_hdrlen = hdrlen;
	rb->rb_hdr.rtm_msglen = hdrlen;
	rb->rb_len = hdrlen;
}

/* Room for the address of @bit, whose bits come in order. */
static void *rtsock_put(struct rtsock_buf *rb, u32 bit, unsigned int len)
{
	void *sa = rb->rb_data + rb->rb_len;

	if (!KASSERT(rb->rb_len + bsd_rt_roundup(len) <= RTSOCK_MSGMAX &&
		     rb->rb_hdr.rtm_addrs < bit))
		return NULL;
	rb->rb_hdr.rtm_addrs |= bit;
	rb->rb_len += bsd_rt_roundup(len);
	rb->rb_hdr.rtm_msglen = rb->rb_len;
	return sa;
}

/**
 * rtsock_put_in() - add an IPv4 address
 * @rb:   message
 * @bit:  BSD_RTA_*, above those that are in it
 * @addr: four bytes, network order
 *
 * Context: Any.
 */
void rtsock_put_in(struct rtsock_buf *rb, u32 bit, const void *addr)
{
	struct bsd_sockaddr_in *sin = rtsock_put(rb, bit, sizeof(*sin));

	if (!sin)
		return;
	sin->sin_len = sizeof(*sin);
	sin->sin_family = AF_INET;
	memcpy(sin->sin_addr, addr, sizeof(sin->sin_addr));
}

/**
 * rtsock_put_link() - add an interface's name, or a link-layer address
 * @rb:     message
 * @bit:    BSD_RTA_*, above those that are in it
 * @ifidx:  interface; one that is gone has no name
 * @lladdr: ETH_ALEN bytes, or NULL
 *
 * Context: Any that may be in an SRCU section.
 */
void rtsock_put_link(struct rtsock_buf *rb, u32 bit, unsigned int ifidx, const u8 *lladdr)
{
	struct bsd_sockaddr_dl *sdl = rtsock_put(rb, bit, sizeof(*sdl));
	struct ifnet *ifp;
	int idx;

	if (!sdl)
		return;
	static_assert(sizeof(sdl->sdl_data) >= BSD_IFNAMSIZ - 1 + ETH_ALEN);
	sdl->sdl_len = sizeof(*sdl);
	sdl->sdl_family = BSD_AF_LINK;
	sdl->sdl_index = ifidx;
	idx = srcu_read_lock(&net_srcu);
	ifp = if_lookup(ifidx);
	if (ifp) {
		sdl->sdl_type = ifp->if_type;
		sdl->sdl_nlen = strnlen(ifp->if_xname, BSD_IFNAMSIZ - 1);
		memcpy(sdl->sdl_data, ifp->if_xname, sdl->sdl_nlen);
	}
	srcu_read_unlock(&net_srcu, idx);
	if (lladdr) {
		sdl->sdl_alen = ETH_ALEN;
		memcpy(sdl->sdl_data + sdl->sdl_nlen, lladdr, ETH_ALEN);
	}
}

/* Where a route leads: a router, a neighbour's link-layer address, or the network. */
static void rtsock_put_gateway(struct rtsock_buf *rb, struct bsd_rtentry *rt)
{
	u32 flags = READ_ONCE(rt->rt_flags);
	u8 hdr[RT_LLHDRLEN];

	if (flags & BSD_RTF_GATEWAY)
		rtsock_put_in(rb, BSD_RTA_GATEWAY, &rt->rt_nh->nh_gateway.sin.sin_addr);
	else
		rtsock_put_link(rb, BSD_RTA_GATEWAY, rt_ifidx(rt),
				rt_getllhdr(rt, hdr) == ETH_HLEN ? hdr : NULL);
}

static void rtsock_put_label(struct rtsock_buf *rb, u16 label)
{
	struct bsd_sockaddr_rtlabel *sr;
	char name[BSD_RTLABELLEN];

	if (!rtlabel_name(label, name))
		return;
	sr = rtsock_put(rb, BSD_RTA_LABEL, sizeof(*sr));
	if (!sr)
		return;
	sr->sr_len = sizeof(*sr);
	memcpy(sr->sr_label, name, sizeof(name));
}

/* Seconds until a route goes by itself; 0: never. */
static u32 rtsock_expire(struct bsd_rtentry *rt)
{
	u64 now = ktime_get_seconds();
	u64 expire;

	if (READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO)
		return bsd_arp_expire(rt);
	expire = rt_ishost(rt) ? READ_ONCE(rt->rt_expire) : 0;
	return expire > now ? expire - now : 0;
}

/**
 * rtsock_put_route() - a message about a route
 * @rb:   room
 * @type: BSD_RTM_*; of BSD_RTM_GET also when it expires
 * @rt:   route
 *
 * Context: Section, or table mutex held; the route's own lock may be held if @type
 *          is not BSD_RTM_GET.
 */
void rtsock_put_route(struct rtsock_buf *rb, u8 type, struct bsd_rtentry *rt)
{
	__be32 mask = in_plen2mask(rt->rt_an.an_plen);

	rtsock_begin(rb, type, sizeof(rb->rb_hdr));
	rb->rb_hdr.rtm_priority = rt->rt_priority;
	rb->rb_hdr.rtm_weight = rt->rt_weight;
	rb->rb_hdr.rtm_index = rt_ifidx(rt);
	rb->rb_hdr.rtm_tableid = rt->rt_tableid;
	rb->rb_hdr.rtm_flags = READ_ONCE(rt->rt_flags) | (rt_usable(rt) ? BSD_RTF_UP : 0);
	rb->rb_hdr.rtm_mtu = READ_ONCE(rt->rt_mtu);
	if (type == BSD_RTM_GET)
		rb->rb_hdr.rtm_expire = rtsock_expire(rt);
	rtsock_put_in(rb, BSD_RTA_DST, rt->rt_an.an_addr);
	rtsock_put_gateway(rb, rt);
	if (!rt_ishost(rt))
		rtsock_put_in(rb, BSD_RTA_NETMASK, &mask);
	rtsock_put_link(rb, BSD_RTA_IFP, rt_ifidx(rt), NULL);
	if (rt_ifa(rt))
		rtsock_put_in(rb, BSD_RTA_IFA, &ifatoia(rt_ifa(rt))->ia_addr.sin_addr);
	rtsock_put_label(rb, rt->rt_label);
}

/**
 * rtsock_send() - a message is complete: to all that want it
 * @rb:     message
 * @family: what it is about, 0: any
 * @route:  table and priority say something
 * @rq:     who asked, or NULL
 *
 * Context: Process; spinlocks may be held. Does not sleep.
 */
void rtsock_send(struct rtsock_buf *rb, u8 family, bool route, const struct rt_request *rq)
{
	struct rtsock_msg rm = { .rm_hdr = &rb->rb_hdr, .rm_request = rq, .rm_family = family,
				 .rm_route = route };

	if (rq) {
		rb->rb_hdr.rtm_pid = rq->rq_pid;
		rb->rb_hdr.rtm_seq = rq->rq_seq;
		rb->rb_hdr.rtm_flags |= BSD_RTF_DONE;
	}
	rtsock_deliver(&rm);
}

/**
 * rtsock_route() - tell of a route
 * @type: BSD_RTM_ADD, DELETE, CHANGE, RESOLVE or INVALIDATE
 * @rt:   route
 * @rq:   who asked, or NULL
 *
 * Context: Process; table mutex or the route's lock held. Does not sleep.
 */
void rtsock_route(u8 type, struct bsd_rtentry *rt, const struct rt_request *rq)
{
	struct rtsock_buf rb;

	if (!rtsock_wanted(type))
		return;
	rtsock_put_route(&rb, type, rt);
	rtsock_send(&rb, rt->rt_af, true, rq);
}

/**
 * rtsock_miss() - tell that there is no route
 * @dst:     to this address
 * @tableid: in this table
 *
 * Context: Section. Does not sleep.
 */
void rtsock_miss(__be32 dst, unsigned int tableid)
{
	struct rtsock_buf rb;

	if (!rtsock_wanted(BSD_RTM_MISS) || !__ratelimit(&rtsock_misses))
		return;
	rtsock_begin(&rb, BSD_RTM_MISS, sizeof(rb.rb_hdr));
	rb.rb_hdr.rtm_tableid = tableid;
	rtsock_put_in(&rb, BSD_RTA_DST, &dst);
	rtsock_send(&rb, AF_INET, true, NULL);
}

/**
 * rtsock_redirect() - tell that a redirect was believed
 * @rt:   the route it made
 * @from: gateway that sent it
 *
 * Context: Section. Does not sleep.
 */
void rtsock_redirect(struct bsd_rtentry *rt, __be32 from)
{
	struct rtsock_buf rb;

	if (!rtsock_wanted(BSD_RTM_REDIRECT))
		return;
	rtsock_begin(&rb, BSD_RTM_REDIRECT, sizeof(rb.rb_hdr));
	rb.rb_hdr.rtm_index = rt_ifidx(rt);
	rb.rb_hdr.rtm_tableid = rt->rt_tableid;
	rb.rb_hdr.rtm_priority = rt->rt_priority;
	rb.rb_hdr.rtm_flags = READ_ONCE(rt->rt_flags) | (rt_usable(rt) ? BSD_RTF_UP : 0) |
			      BSD_RTF_DONE;
	rtsock_put_in(&rb, BSD_RTA_DST, rt->rt_an.an_addr);
	rtsock_put_in(&rb, BSD_RTA_GATEWAY, &rt->rt_nh->nh_gateway.sin.sin_addr);
	rtsock_put_in(&rb, BSD_RTA_AUTHOR, &from);
	rtsock_send(&rb, AF_INET, true, NULL);
}
