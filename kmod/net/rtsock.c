// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rtsock.c - requests that programs write to routing sockets.
 *
 * write(2) -> linux/rtsock_ops.c -> rtsock_write() -> route.c, which tells every
 * listener through rtsock_msg.c. One write may hold many messages; each is checked
 * and carried out, or refused, alone.
 *
 * Context: process, no lock held; each request is a section of its own.
 */
#include <bsdnet/rtsock.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/netstack.h>
#include <bsdnet/route.h>

/* Flags that a request may set. */
#define RTSOCK_USERFLAGS	(BSD_RTF_GATEWAY | BSD_RTF_REJECT | BSD_RTF_BLACKHOLE | \
				 BSD_RTF_STATIC | BSD_RTF_MPATH)
/* Addresses that a request may have. */
#define RTSOCK_USERADDRS	(BSD_RTA_DST | BSD_RTA_GATEWAY | BSD_RTA_NETMASK | BSD_RTA_IFP | \
				 BSD_RTA_IFA | BSD_RTA_LABEL)
#define RTSOCK_RESCHED		64	/* requests between two looks at the scheduler */

/* The addresses of a request, inside it; NULL: not given. */
struct rtsock_addrs {
	const struct bsd_sockaddr	*ra_dst;
	const struct bsd_sockaddr	*ra_gateway;
	const struct bsd_sockaddr	*ra_netmask;
	const struct bsd_sockaddr	*ra_ifp;
	const struct bsd_sockaddr	*ra_ifa;
	const struct bsd_sockaddr	*ra_label;
};

static void rtsock_addr_set(struct rtsock_addrs *ra, u32 bit, const struct bsd_sockaddr *sa)
{
	switch (bit) {
	case BSD_RTA_DST:
		ra->ra_dst = sa;
		break;
	case BSD_RTA_GATEWAY:
		ra->ra_gateway = sa;
		break;
	case BSD_RTA_NETMASK:
		ra->ra_netmask = sa;
		break;
	case BSD_RTA_IFP:
		ra->ra_ifp = sa;
		break;
	case BSD_RTA_IFA:
		ra->ra_ifa = sa;
		break;
	case BSD_RTA_LABEL:
		ra->ra_label = sa;
		break;
	}
}

/* Find the addresses behind the header; -EINVAL if they are not all inside the message. */
static int rtsock_addrs_parse(const struct bsd_rt_msghdr *rtm, struct rtsock_addrs *ra)
{
	unsigned int off = rtm->rtm_hdrlen;
	u32 left = rtm->rtm_addrs;

	memset(ra, 0, sizeof(*ra));
	for (; left; left &= left - 1) {
		const struct bsd_sockaddr *sa = (const void *)((const u8 *)rtm + off);
		unsigned int len;

		if (off + bsd_rt_roundup(0) > rtm->rtm_msglen)
			return -EINVAL;
		len = bsd_rt_roundup(sa->sa_len);
		if (len > rtm->rtm_msglen - off)
			return -EINVAL;
		rtsock_addr_set(ra, left & -left, sa);
		off += len;
	}
	return 0;
}

/* An IPv4 address; ports do not matter, nor that the zeroes behind it are missing. */
static int rtsock_addr_in(const struct bsd_sockaddr *sa, union sockaddr_any *sin)
{
	const struct bsd_sockaddr_in *bsin = (const void *)sa;

	if (sa->sa_len < offsetofend(struct bsd_sockaddr_in, sin_addr))
		return -EINVAL;
	if (sa->sa_family != AF_INET)
		return -EAFNOSUPPORT;
	memset(sin, 0, sizeof(*sin));
	sin->sin.sin_family = AF_INET;
	memcpy(&sin->sin.sin_addr, bsin->sin_addr, sizeof(bsin->sin_addr));
	return 0;
}

/* Bits of a mask, whose family does not matter; -EINVAL if it has holes. */
static int rtsock_addr_plen(const struct bsd_sockaddr *sa)
{
	const struct bsd_sockaddr_in *bsin = (const void *)sa;
	__be32 mask;
	int plen;

	if (!sa->sa_len)
		return 0;
	if (sa->sa_len < offsetofend(struct bsd_sockaddr_in, sin_addr))
		return -EINVAL;
	memcpy(&mask, bsin->sin_addr, sizeof(mask));
	plen = hweight32((__force u32)mask);
	return mask == in_plen2mask(plen) ? plen : -EINVAL;
}

/* An interface by its index, or else by its name; 0: neither is given. */
static int rtsock_addr_ifidx(const struct bsd_sockaddr *sa, unsigned int *ifidx)
{
	const struct bsd_sockaddr_dl *sdl = (const void *)sa;
	char name[BSD_IFNAMSIZ];
	struct ifnet *ifp;

	if (sa->sa_len < offsetof(struct bsd_sockaddr_dl, sdl_data))
		return -EINVAL;
	if (sdl->sdl_family != BSD_AF_LINK)
		return -EAFNOSUPPORT;
	*ifidx = sdl->sdl_index;
	if (sdl->sdl_index || !sdl->sdl_nlen)
		return 0;
	if (sdl->sdl_nlen >= sizeof(name) ||
	    sdl->sdl_nlen > sdl->sdl_len - offsetof(struct bsd_sockaddr_dl, sdl_data))
		return -EINVAL;
	memcpy(name, sdl->sdl_data, sdl->sdl_nlen);
	name[sdl->sdl_nlen] = '\0';
	ifp = if_lookup_byname(name);
	if (!ifp)
		return -ENXIO;
	*ifidx = ifp->if_index;
	return 0;
}

/* A label, which ends inside its address. */
static int rtsock_label(const struct bsd_sockaddr *sa, const char **label)
{
	const struct bsd_sockaddr_rtlabel *sr = (const void *)sa;
	unsigned int room;

	if (sa->sa_len <= offsetof(struct bsd_sockaddr_rtlabel, sr_label))
		return -EINVAL;
	room = sa->sa_len - offsetof(struct bsd_sockaddr_rtlabel, sr_label);
	if (strnlen(sr->sr_label, room) == room)
		return -EINVAL;
	*label = sr->sr_label;
	return 0;
}

/* The gateway: a router's address, or a link: the interface itself. */
static int rtsock_gateway(const struct bsd_sockaddr *sa, struct rt_addrinfo *info)
{
	if (sa->sa_len >= 2 && sa->sa_family == BSD_AF_LINK) {
		info->rti_flags &= ~BSD_RTF_GATEWAY;
		return rtsock_addr_ifidx(sa, &info->rti_ifidx);
	}
	info->rti_flags |= BSD_RTF_GATEWAY;
	return rtsock_addr_in(sa, &info->rti_gateway);
}

/* A request as routes understand it. Section. */
static int rtsock_info(const struct bsd_rt_msghdr *rtm, const struct rtsock_addrs *ra,
		       const struct rt_request *rq, struct rt_addrinfo *info)
{
	union sockaddr_any ifa;
	int error, plen = 32;

	memset(info, 0, sizeof(*info));
	info->rti_request = rq;
	info->rti_tableid = rtm->rtm_tableid;
	info->rti_priority = rtm->rtm_priority;
	info->rti_weight = rtm->rtm_weight;
	info->rti_flags = rtm->rtm_flags & RTSOCK_USERFLAGS & ~BSD_RTF_GATEWAY;
	info->rti_fmask = rtm->rtm_fmask & RTSOCK_USERFLAGS & ~BSD_RTF_GATEWAY;
	info->rti_ifidx = rtm->rtm_index;
	info->rti_mtu = rtm->rtm_mtu;
	info->rti_setmtu = rtm->rtm_inits & BSD_RTV_MTU;
	if (!ra->ra_dst || rtm->rtm_mtu > RTM_MAXMTU || rtm->rtm_inits & ~BSD_RTV_MTU)
		return -EINVAL;
	error = rtsock_addr_in(ra->ra_dst, &info->rti_dst);
	if (!error && ra->ra_netmask) {
		plen = rtsock_addr_plen(ra->ra_netmask);
		error = min(plen, 0);
	}
	if (!error && ra->ra_gateway)
		error = rtsock_gateway(ra->ra_gateway, info);
	if (!error && ra->ra_ifp)
		error = rtsock_addr_ifidx(ra->ra_ifp, &info->rti_ifidx);
	if (!error && ra->ra_label)
		error = rtsock_label(ra->ra_label, &info->rti_label);
	if (error)
		return error;
	info->rti_plen = plen;
	if (!ra->ra_ifa)
		return 0;
	error = rtsock_addr_in(ra->ra_ifa, &ifa);
	if (error)
		return error;
	info->rti_ifa = ifa_ifwithaddr(&ifa.sa, rtable_rdomain(info->rti_tableid));
	return info->rti_ifa ? 0 : -EADDRNOTAVAIL;
}

/* RTM_GET: exactly the prefix if there is a mask, else the best route to the address. */
static int rtsock_get(const struct rt_addrinfo *info, bool exact)
{
	struct bsd_rtentry *rt;
	struct rtsock_buf rb;
	struct rtsock_msg rm = { .rm_hdr = &rb.rb_hdr, .rm_request = info->rti_request,
				 .rm_answer = true };

	if (exact)
		rt = rtable_lookup(info->rti_tableid, &info->rti_dst, info->rti_plen,
				   info->rti_priority);
	else
		rt = rtable_match(info->rti_tableid, AF_INET, &info->rti_dst.sin.sin_addr);
	if (!rt)
		return -ESRCH;
	rtsock_put_route(&rb, BSD_RTM_GET, rt);
	rb.rb_hdr.rtm_pid = info->rti_request->rq_pid;
	rb.rb_hdr.rtm_seq = info->rti_request->rq_seq;
	rb.rb_hdr.rtm_flags |= BSD_RTF_DONE;
	rtsock_deliver(&rm);
	return 0;
}

/* RTM_PROPOSAL: not for us; everybody who listens gets it as it is. */
static int rtsock_proposal(struct bsd_rt_msghdr *rtm, const struct rt_request *rq)
{
	struct rtsock_msg rm = { .rm_hdr = rtm, .rm_request = rq, .rm_route = true };

	rtm->rtm_pid = rq->rq_pid;
	rtm->rtm_errno = 0;
	rtm->rtm_flags |= BSD_RTF_DONE;
	rtsock_deliver(&rm);
	return 0;
}

/* One of the requests about routes; the header is checked. */
static int rtsock_route_request(const struct bsd_rt_msghdr *rtm, const struct rtsock_addrs *ra,
				const struct rt_request *rq)
{
	struct rt_addrinfo info;
	struct netstack ns;
	int error;

	if (rtm->rtm_type == BSD_RTM_ADD && !rtable_exists(rtm->rtm_tableid)) {
		error = rtable_add(rtm->rtm_tableid, 0);
		if (error)
			return error;
	}
	if (!rtable_exists(rtm->rtm_tableid))
		return -ENXIO;
	net_enter(&ns, NETSEC_SYSCALL);
	error = rtsock_info(rtm, ra, rq, &info);
	if (error)
		goto out;
	switch (rtm->rtm_type) {
	case BSD_RTM_ADD:
		error = rtrequest_add(&info, NULL);
		break;
	case BSD_RTM_DELETE:
		error = rtrequest_delete(&info);
		break;
	case BSD_RTM_CHANGE:
		error = rtrequest_change(&info);
		break;
	default:
		error = rtsock_get(&info, ra->ra_netmask);
		break;
	}
out:
	net_leave(&ns);
	return error;
}

/* Carry out one message, which is inside its buffer. */
static int rtsock_request(struct bsd_rt_msghdr *rtm, const struct rt_request *rq)
{
	struct rtsock_addrs ra;
	int error;

	if (rtm->rtm_version != BSD_RTM_VERSION)
		return -EPROTONOSUPPORT;
	if (rtm->rtm_type != BSD_RTM_GET && !rq->rq_admin)
		return -EPERM;
	if (rtm->rtm_hdrlen < sizeof(*rtm) || rtm->rtm_hdrlen > rtm->rtm_msglen ||
	    rtm->rtm_hdrlen % 8 || rtm->rtm_tableid > RT_TABLEID_MAX)
		return -EINVAL;
	error = rtsock_addrs_parse(rtm, &ra);
	if (error)
		return error;
	switch (rtm->rtm_type) {
	case BSD_RTM_ADD:
	case BSD_RTM_DELETE:
	case BSD_RTM_CHANGE:
	case BSD_RTM_GET:
		if (rtm->rtm_addrs & ~RTSOCK_USERADDRS)
			return -EINVAL;
		return rtsock_route_request(rtm, &ra, rq);
	case BSD_RTM_PROPOSAL:
		return rtsock_proposal(rtm, rq);
	default:
		return -EOPNOTSUPP;
	}
}

/* The request itself goes back to its sender, with what was wrong. */
static void rtsock_refuse(struct bsd_rt_msghdr *rtm, const struct rt_request *rq, int error)
{
	struct rtsock_msg rm = { .rm_hdr = rtm, .rm_request = rq, .rm_answer = true };

	rtm->rtm_pid = rq->rq_pid;
	rtm->rtm_errno = -error;
	rtsock_deliver(&rm);
}

/**
 * rtsock_write() - carry out what a program wrote to a routing socket
 * @buf: messages, one after the other; changed
 * @len: bytes
 * @rq:  who; rq_seq is filled in here
 *
 * Up to the first message that is refused, or a signal.
 *
 * Context: Process, no lock held; sleeps.
 * Return:  bytes of the messages carried out; if there are none: -EINVAL for what is
 *          no message or has a bad address in it, -EPERM, -EPROTONOSUPPORT (version),
 *          -EOPNOTSUPP (type), -EAFNOSUPPORT, -EADDRNOTAVAIL (RTA_IFA is not ours),
 *          -ENXIO (table, interface), or an error of rtrequest_add(), _delete() or
 *          _change(). Such a message also goes back to the socket with its errno.
 */
ssize_t rtsock_write(void *buf, size_t len, struct rt_request *rq)
{
	unsigned int n = 0;
	size_t off = 0;
	int error = 0;

	if (!len)
		return -EINVAL;
	while (off < len) {
		struct bsd_rt_msghdr *rtm = buf + off;

		if (len - off < sizeof(*rtm) || rtm->rtm_msglen < sizeof(*rtm) ||
		    rtm->rtm_msglen > len - off || rtm->rtm_msglen % 8) {
			error = -EINVAL;
			break;
		}
		rq->rq_seq = rtm->rtm_seq;
		error = rtsock_request(rtm, rq);
		if (error) {
			if (!off)
				rtsock_refuse(rtm, rq, error);
			break;
		}
		off += rtm->rtm_msglen;
		if (++n % RTSOCK_RESCHED)
			continue;
		cond_resched();
		if (signal_pending(current))
			break;
	}
	return off ? (ssize_t)off : error;
}
