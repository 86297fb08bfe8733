// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rtsock_dump.c - all routes, neighbours, interfaces and addresses as messages, in
 * pieces (BSIOCRTQUERY).
 *
 * Not in the packet path. A piece is collected in kernel memory, in a section, and
 * copied out when nothing is held any more; where the next begins is in the request.
 * What changes between two pieces is in one of them or not, each thing alone.
 *
 * Context: process, no lock held.
 */
#include <bsdnet/rtsock.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <bsdnet/if_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/route.h>

#define RTQUERY_MIN	1024	/* bytes of a piece */
#define RTQUERY_MAX	1048576

/* A piece while it is collected. */
struct rtquery {
	const struct bsd_rtquery *rq_req;
	u8			 *rq_data;
	u32			  rq_len;
};

/* Append a message; false: the piece is full. */
static bool rtquery_put(struct rtquery *rq, const struct rtsock_buf *rb)
{
	if (rb->rb_len > rq->rq_req->rtq_max - rq->rq_len)
		return false;
	memcpy(rq->rq_data + rq->rq_len, rb, rb->rb_len);
	rq->rq_len += rb->rb_len;
	return true;
}

static int rtquery_route(struct bsd_rtentry *rt, void *arg)
{
	struct rtquery *rq = arg;
	struct rtsock_buf rb;

	if (rq->rq_req->rtq_what == BSD_NET_RT_FLAGS &&
	    !(READ_ONCE(rt->rt_flags) & rq->rq_req->rtq_flags))
		return 0;
	rtsock_put_route(&rb, BSD_RTM_GET, rt);
	return !rtquery_put(rq, &rb);
}

static int rtquery_routes(struct bsd_rtquery *rtq, struct rtquery *rq)
{
	struct rtable_cursor rc = { .rc_valid = rtq->rtq_index, .rc_index = rtq->rtq_seq };

	if (rtq->rtq_plen > 32)
		return -EINVAL;
	rc.rc_at.an_plen = rtq->rtq_plen;
	memcpy(rc.rc_at.an_addr, rtq->rtq_dst, 4);
	rtable_walk_on(rtq->rtq_tableid, AF_INET, &rc, rtquery_route, rq);
	rtq->rtq_index = rc.rc_valid;
	rtq->rtq_seq = rc.rc_index;
	rtq->rtq_plen = rc.rc_at.an_plen;
	memcpy(rtq->rtq_dst, rc.rc_at.an_addr, 4);
	return 0;
}

/* One interface from its message @rtq_seq on: itself, then its addresses. */
static bool rtquery_interface(struct bsd_rtquery *rtq, struct rtquery *rq, struct ifnet *ifp)
{
	struct rtsock_buf rb;
	struct ifaddr *ifa;
	unsigned int n = 0;

	if (!rtq->rtq_seq) {
		rtsock_put_ifinfo(&rb, ifp);
		if (!rtquery_put(rq, &rb))
			return false;
		rtq->rtq_seq = 1;
	}
	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, net_section_held()) {
		if (ifa->ifa_addr->sa_family != AF_INET || ++n < rtq->rtq_seq)
			continue;
		rtsock_put_ifaddr(&rb, BSD_RTM_NEWADDR, ifa);
		if (!rtquery_put(rq, &rb))
			return false;
		rtq->rtq_seq = n + 1;
	}
	return true;
}

/* The list is in the order of the indices: Linux gives each a higher one. */
static void rtquery_interfaces(struct bsd_rtquery *rtq, struct rtquery *rq)
{
	struct ifnet *ifp;

	list_for_each_entry_srcu(ifp, &ifnetlist, if_list, net_section_held()) {
		if (ifp->if_index < rtq->rtq_index)
			continue;
		if (ifp->if_index != rtq->rtq_index)
			rtq->rtq_seq = 0;
		rtq->rtq_index = ifp->if_index;
		if (!rtquery_interface(rtq, rq, ifp))
			return;
		rtq->rtq_index = ifp->if_index + 1;
		rtq->rtq_seq = 0;
	}
}

/**
 * rtsock_query() - BSIOCRTQUERY
 * @rtq: request, in kernel memory
 *
 * Context: Process, no lock held; sleeps.
 * Return:  0; -EINVAL; -EAFNOSUPPORT; -ENXIO: no such table; -ENOMEM; -EFAULT.
 */
int rtsock_query(struct bsd_rtquery *rtq)
{
	struct rtquery rq = { .rq_req = rtq };
	struct netstack ns;
	int error = 0;

	if (rtq->rtq_max < RTQUERY_MIN || rtq->rtq_max > RTQUERY_MAX ||
	    rtq->rtq_what < BSD_NET_RT_DUMP || rtq->rtq_what > BSD_NET_RT_IFLIST)
		return -EINVAL;
	if (rtq->rtq_family != AF_INET)
		return -EAFNOSUPPORT;
	if (!rtable_exists(rtq->rtq_tableid))
		return -ENXIO;
	rq.rq_data = kvmalloc(rtq->rtq_max, GFP_KERNEL_ACCOUNT);
	if (!rq.rq_data)
		return -ENOMEM;
	net_enter(&ns, NETSEC_SYSCALL);
	if (rtq->rtq_what == BSD_NET_RT_IFLIST)
		rtquery_interfaces(rtq, &rq);
	else
		error = rtquery_routes(rtq, &rq);
	net_leave(&ns);
	if (!error && copy_to_user(u64_to_user_ptr(rtq->rtq_buf), rq.rq_data, rq.rq_len))
		error = -EFAULT;
	rtq->rtq_len = rq.rq_len;
	kvfree(rq.rq_data);
	return error;
}
