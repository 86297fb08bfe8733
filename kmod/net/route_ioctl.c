// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * route_ioctl.c - routes and neighbours as tools ask for them: add, delete,
 * change, get, dump.
 *
 * Not in the packet path. Context: process, no lock; each request is a section
 * of its own, and what a dump copies to the user is collected in kernel memory
 * first, in pieces.
 */
#include <bsdnet/route.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <bsdnet/arp.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in_var.h>
#include <bsdnet/rtsock.h>
#include <uapi/bsdnet/ioctl.h>

#define RTDUMP_MAX		256	/* records a piece */
#define RTDUMP_NEIGHBOURS	1	/* rtd_flags: only they */
#define RTDUMP_NO_NEIGHBOURS	2	/* rtd_flags: all but they */

/* Flags that a request may set. */
#define RTM_USERFLAGS	(BSD_RTF_GATEWAY | BSD_RTF_REJECT | BSD_RTF_BLACKHOLE | \
			 BSD_RTF_STATIC | BSD_RTF_MPATH)

/* A request as routes understand it. */
static int rtm_to_info(const struct bsd_rtmsg *rtm, struct rt_addrinfo *info)
{
	if (rtm->rtm_family != AF_INET || rtm->rtm_plen > 32 ||
	    rtm->rtm_tableid > RT_TABLEID_MAX || rtm->rtm_mtu > RTM_MAXMTU)
		return -EINVAL;
	memset(info, 0, sizeof(*info));
	info->rti_dst.sin.sin_family = AF_INET;
	memcpy(&info->rti_dst.sin.sin_addr, rtm->rtm_dst, 4);
	info->rti_gateway.sin.sin_family = AF_INET;
	memcpy(&info->rti_gateway.sin.sin_addr, rtm->rtm_gateway, 4);
	info->rti_plen = rtm->rtm_plen;
	info->rti_flags = rtm->rtm_flags & RTM_USERFLAGS;
	info->rti_ifidx = rtm->rtm_ifindex;
	info->rti_fmask = RTM_USERFLAGS;
	info->rti_mtu = rtm->rtm_mtu;
	info->rti_setmtu = true;
	info->rti_priority = rtm->rtm_priority;
	info->rti_weight = rtm->rtm_weight;
	if (rtm->rtm_label[0])
		info->rti_label = rtm->rtm_label;
	info->rti_tableid = rtm->rtm_tableid;
	return 0;
}

/* A route as tools see it. */
static void rtm_from_route(struct bsd_rtmsg *rtm, struct bsd_rtentry *rt)
{
	u64 expire = rt_ishost(rt) ? READ_ONCE(rt->rt_expire) : 0;
	u64 now = ktime_get_seconds();
	u8 hdr[RT_LLHDRLEN];
	struct ifnet *ifp;

	memset(rtm, 0, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_plen = rt->rt_an.an_plen;
	rtm->rtm_priority = rt->rt_priority;
	rtm->rtm_flags = READ_ONCE(rt->rt_flags) | (rt_usable(rt) ? BSD_RTF_UP : 0);
	rtm->rtm_tableid = rt->rt_tableid;
	rtm->rtm_ifindex = rt_ifidx(rt);
	rtm->rtm_mtu = READ_ONCE(rt->rt_mtu);
	rtm->rtm_weight = rt->rt_weight;
	rtlabel_name(rt->rt_label, rtm->rtm_label);
	memcpy(rtm->rtm_dst, rt->rt_an.an_addr, 4);
	if (rtm->rtm_flags & BSD_RTF_GATEWAY)
		memcpy(rtm->rtm_gateway, &rt->rt_nh->nh_gateway.sin.sin_addr, 4);
	if (rt_ifa(rt))
		memcpy(rtm->rtm_ifaddr, &ifatoia(rt_ifa(rt))->ia_addr.sin_addr, 4);
	ifp = if_lookup(rt_ifidx(rt));
	if (ifp)
		strscpy(rtm->rtm_ifname, ifp->if_xname, sizeof(rtm->rtm_ifname));
	if (expire > now)
		rtm->rtm_expire = expire - now;
	if (!(rtm->rtm_flags & BSD_RTF_LLINFO))
		return;
	rtm->rtm_expire = bsd_arp_expire(rt);
	if (bsd_arp_isdown(rt))
		rtm->rtm_flags |= BSD_RTF_REJECT;
	if (rt_getllhdr(rt, hdr) == ETH_HLEN) {
		memcpy(rtm->rtm_lladdr, hdr, ETH_ALEN);
		rtm->rtm_llen = ETH_ALEN;
	}
}

/* BSIOCGETROUTE: the best route to an address. */
static int route_get(struct bsd_rtmsg *rtm)
{
	struct bsd_rtentry *rt;

	rt = rtable_match(rtm->rtm_tableid, AF_INET, rtm->rtm_dst);
	if (!rt)
		return -ESRCH;
	rtm_from_route(rtm, rt);
	return 0;
}

static int route_request(unsigned int cmd, struct bsd_rtmsg *rtm)
{
	struct rt_addrinfo info;
	struct netstack ns;
	int error;

	error = rtm_to_info(rtm, &info);
	if (error)
		return error;
	if (!rtable_exists(info.rti_tableid))
		return -ENXIO;
	net_enter(&ns, NETSEC_SYSCALL);
	switch (cmd) {
	case BSIOCADDROUTE:
		error = rtrequest_add(&info, NULL);
		break;
	case BSIOCDELROUTE:
		error = rtrequest_delete(&info);
		break;
	case BSIOCCHGROUTE:
		error = rtrequest_change(&info);
		break;
	default:
		error = route_get(rtm);
		break;
	}
	net_leave(&ns);
	return error;
}

/* A piece of a dump while it is collected. */
struct rtdump {
	struct bsd_rtmsg	*rd_msgs;
	u32			 rd_n;
	u32			 rd_max;
	u32			 rd_flags;
	struct rtable_cursor	 rd_cursor;
};

static int route_dump_one(struct bsd_rtentry *rt, void *arg)
{
	bool neighbour = READ_ONCE(rt->rt_flags) & BSD_RTF_LLINFO;
	struct rtdump *rd = arg;

	if ((neighbour && rd->rd_flags & RTDUMP_NO_NEIGHBOURS) ||
	    (!neighbour && rd->rd_flags & RTDUMP_NEIGHBOURS))
		return 0;
	if (rd->rd_n == rd->rd_max)
		return 1;
	rtm_from_route(&rd->rd_msgs[rd->rd_n++], rt);
	return 0;
}

static int route_dump(struct bsd_rtdump *rtd)
{
	struct rtdump rd = { .rd_max = rtd->rtd_max, .rd_flags = rtd->rtd_flags };
	struct netstack ns;
	int error;

	if (rtd->rtd_family != AF_INET || !rtd->rtd_max || rtd->rtd_max > RTDUMP_MAX ||
	    rtd->rtd_plen > 32)
		return -EINVAL;
	if (!rtable_exists(rtd->rtd_tableid))
		return -ENXIO;
	rd.rd_msgs = kvcalloc(rtd->rtd_max, sizeof(*rd.rd_msgs), GFP_KERNEL);
	if (!rd.rd_msgs)
		return -ENOMEM;
	rd.rd_cursor.rc_valid = rtd->rtd_more;
	rd.rd_cursor.rc_index = rtd->rtd_index;
	rd.rd_cursor.rc_at.an_plen = rtd->rtd_plen;
	memcpy(rd.rd_cursor.rc_at.an_addr, rtd->rtd_dst, 4);
	net_enter(&ns, NETSEC_SYSCALL);
	rtable_walk_on(rtd->rtd_tableid, AF_INET, &rd.rd_cursor, route_dump_one, &rd);
	net_leave(&ns);
	error = copy_to_user(u64_to_user_ptr(rtd->rtd_buf), rd.rd_msgs,
			     rd.rd_n * sizeof(*rd.rd_msgs)) ? -EFAULT : 0;
	rtd->rtd_count = rd.rd_n;
	rtd->rtd_more = rd.rd_cursor.rc_valid;
	rtd->rtd_index = rd.rd_cursor.rc_index;
	rtd->rtd_plen = rd.rd_cursor.rc_at.an_plen;
	memcpy(rtd->rtd_dst, rd.rd_cursor.rc_at.an_addr, 4);
	kvfree(rd.rd_msgs);
	return error;
}

/* BSIOCSRTSOURCE, BSIOCGRTSOURCE */
static int route_source(unsigned int cmd, struct bsd_rtsource *rts)
{
	struct netstack ns;
	__be32 addr;
	int error = 0;

	if (rts->rts_family != AF_INET)
		return -EAFNOSUPPORT;
	if (!rtable_exists(rts->rts_tableid))
		return -ENXIO;
	memcpy(&addr, rts->rts_addr, sizeof(addr));
	net_enter(&ns, NETSEC_SYSCALL);
	if (cmd == BSIOCSRTSOURCE)
		error = rtable_set_source(rts->rts_tableid, addr);
	else
		addr = rtable_source(rts->rts_tableid);
	net_leave(&ns);
	memcpy(rts->rts_addr, &addr, sizeof(addr));
	return error;
}

/**
 * route_ioctl() - requests about routes and neighbours
 * @cmd:   BSIOC*ROUTE, BSIOC*ARP, BSIOC*RTSOURCE or BSIOCRTQUERY
 * @data:  its argument, in kernel memory
 * @admin: the caller may configure the network
 *
 * Context: Process, may sleep; netlock not held.
 * Return:  0; -EPERM; -ENOTTY: no request of ours; or what is wrong.
 */
int route_ioctl(unsigned int cmd, void *data, bool admin)
{
	switch (cmd) {
	case BSIOCADDROUTE:
	case BSIOCDELROUTE:
	case BSIOCCHGROUTE:
		return admin ? route_request(cmd, data) : -EPERM;
	case BSIOCGETROUTE:
		return route_request(cmd, data);
	case BSIOCDUMPROUTE:
		return route_dump(data);
	case BSIOCRTQUERY:
		return rtsock_query(data);
	case BSIOCSRTSOURCE:
		return admin ? route_source(cmd, data) : -EPERM;
	case BSIOCGRTSOURCE:
		return route_source(cmd, data);
	case BSIOCSETARP:
	case BSIOCDELARP:
		return bsd_arp_ioctl(cmd, data, admin);
	default:
		return -ENOTTY;
	}
}
