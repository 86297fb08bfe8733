/* SPDX-License-Identifier: ((GPL-2.0+ WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * bsdnet/rtsock.h - routes as tools see them: flags and the ioctls' record.
 */
#ifndef _UAPI_BSDNET_RTSOCK_H
#define _UAPI_BSDNET_RTSOCK_H

#include <linux/types.h>

/* Route flags: OpenBSD's numbers under BSD_ names. */
#define BSD_RTF_UP		0x1
#define BSD_RTF_GATEWAY		0x2
#define BSD_RTF_HOST		0x4
#define BSD_RTF_REJECT		0x8	/* unreachable is told */
#define BSD_RTF_DYNAMIC		0x10	/* by redirect */
#define BSD_RTF_MODIFIED	0x20
#define BSD_RTF_CLONING		0x100	/* host entries are made from it */
#define BSD_RTF_LLINFO		0x400	/* neighbour: link-layer address */
#define BSD_RTF_STATIC		0x800	/* by an administrator */
#define BSD_RTF_BLACKHOLE	0x1000	/* silence */
#define BSD_RTF_CLONED		0x10000
#define BSD_RTF_MPATH		0x40000
#define BSD_RTF_LOCAL		0x200000	/* an address of ours */
#define BSD_RTF_BROADCAST	0x400000
#define BSD_RTF_CONNECTED	0x800000	/* prefix of an interface */

/* Priorities: OpenBSD's. */
#define BSD_RTP_LOCAL		1
#define BSD_RTP_CONNECTED	4
#define BSD_RTP_STATIC		8
#define BSD_RTP_DEFAULT		56

/*
 * One route: BSIOCADDROUTE, BSIOCDELROUTE, BSIOCCHGROUTE, BSIOCGETROUTE. Addresses
 * in network order; family AF_INET (2): the first four bytes.
 */
struct bsd_rtmsg {
	__u8	rtm_family;		/* AF_INET */
	__u8	rtm_plen;		/* prefix length */
	__u8	rtm_priority;		/* 0: default of the kind */
	__u8	rtm_llen;		/* bytes of rtm_lladdr, 0: none */
	__u32	rtm_flags;		/* BSD_RTF_* */
	__u32	rtm_tableid;
	__u32	rtm_ifindex;		/* 0: chosen */
	__u32	rtm_mtu;		/* 0: the interface's */
	__u32	rtm_expire;		/* seconds left, 0: never */
	__u8	rtm_dst[16];
	__u8	rtm_gateway[16];	/* BSD_RTF_GATEWAY */
	__u8	rtm_ifaddr[16];		/* source address, out */
	__u8	rtm_lladdr[8];		/* BSD_RTF_LLINFO */
	char	rtm_ifname[16];		/* out */
	__u16	rtm_index;		/* out: among the routes of its prefix, from 0 */
	__u8	rtm_weight;		/* share of a BSD_RTF_MPATH route; 0: 1 */
	__u8	rtm_pad[5];
};

/* BSIOCDUMPROUTE: a piece of a table; ask again until rtd_count is 0. */
struct bsd_rtdump {
	__u32	rtd_tableid;
	__u8	rtd_family;
	__u8	rtd_more;		/* in: rtd_after is valid */
	__u16	rtd_flags;		/* in: 1 = neighbours only, 2 = without neighbours */
	struct bsd_rtmsg rtd_after;	/* in: last record got; */
	__u32	rtd_max;		/* in: room in rtd_buf, records (at most 256) */
	__u32	rtd_count;		/* out: records written */
	__u64	rtd_buf;		/* in: user pointer to bsd_rtmsg records */
};

#endif /* _UAPI_BSDNET_RTSOCK_H */
