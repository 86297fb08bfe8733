/* SPDX-License-Identifier: ((GPL-2.0+ WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * bsdnet/rtsock.h - routes as tools see them: flags, the ioctls' record, and the
 * messages of routing sockets, socket(AF_BSDROUTE, SOCK_RAW, 0).
 */
#ifndef _UAPI_BSDNET_RTSOCK_H
#define _UAPI_BSDNET_RTSOCK_H

#include <linux/types.h>
#include <bsdnet/if.h>

/* Route flags: OpenBSD's numbers under BSD_ names. */
#define BSD_RTF_UP		0x1
#define BSD_RTF_GATEWAY		0x2
#define BSD_RTF_HOST		0x4
#define BSD_RTF_REJECT		0x8	/* unreachable is told */
#define BSD_RTF_DYNAMIC		0x10	/* by redirect */
#define BSD_RTF_MODIFIED	0x20
#define BSD_RTF_DONE		0x40	/* messages: the request was carried out */
#define BSD_RTF_CLONING		0x100	/* host entries are made from it */
#define BSD_RTF_LLINFO		0x400	/* neighbour: link-layer address */
#define BSD_RTF_STATIC		0x800	/* by an administrator */
#define BSD_RTF_BLACKHOLE	0x1000	/* silence */
#define BSD_RTF_ANNOUNCE	0x4000	/* neighbour: ARP requests for it are answered */
#define BSD_RTF_CLONED		0x10000
#define BSD_RTF_MPATH		0x40000
#define BSD_RTF_LOCAL		0x200000	/* an address of ours */
#define BSD_RTF_BROADCAST	0x400000
#define BSD_RTF_CONNECTED	0x800000	/* prefix of an interface */

#define BSD_RTLABELLEN		32	/* a route label with its NUL */

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
	char	rtm_label[BSD_RTLABELLEN];	/* "": none; change: the old one */
	__u8	rtm_weight;		/* share of a BSD_RTF_MPATH route; 0: 1 */
	__u8	rtm_pad[7];
};

/*
 * BSIOCSRTSOURCE, BSIOCGRTSOURCE: source address of packets that leave this host by
 * a gateway, for sockets that have none; zero: the address of the interface.
 */
struct bsd_rtsource {
	__u32	rts_tableid;
	__u8	rts_family;		/* AF_INET */
	__u8	rts_pad[3];
	__u8	rts_addr[16];
};

/* BSIOCDUMPROUTE: a piece of a table; ask again until rtd_count is 0. */
struct bsd_rtdump {
	__u32	rtd_tableid;
	__u8	rtd_family;		/* AF_INET */
	__u8	rtd_more;		/* in, out: where to go on; zero at first */
	__u8	rtd_plen;		/* in, out: the same */
	__u8	rtd_flags;		/* in: 1 = neighbours only, 2 = without neighbours */
	__u16	rtd_index;		/* in, out: where to go on */
	__u16	rtd_pad;
	__u8	rtd_dst[16];		/* in, out: the same */
	__u32	rtd_max;		/* in: room in rtd_buf, records (at most 256) */
	__u32	rtd_count;		/* out: records written */
	__u32	rtd_pad2;
	__u64	rtd_buf;		/* in: user pointer to bsd_rtmsg records */
};

/* Messages of routing sockets: OpenBSD's types. */
#define BSD_RTM_VERSION		1
#define BSD_RTM_ADD		0x1	/* to and from: a route is added */
#define BSD_RTM_DELETE		0x2	/* to and from: a route is deleted */
#define BSD_RTM_CHANGE		0x3	/* to and from: a route is changed */
#define BSD_RTM_GET		0x4	/* to: the route to an address; the answer */
#define BSD_RTM_REDIRECT	0x6	/* from: a gateway told of a better one */
#define BSD_RTM_MISS		0x7	/* from: no route to an address */
#define BSD_RTM_RESOLVE		0xb	/* from: a neighbour's link-layer address is known */
#define BSD_RTM_NEWADDR		0xc	/* from: an interface got an address */
#define BSD_RTM_DELADDR		0xd	/* from: an interface lost one */
#define BSD_RTM_IFINFO		0xe	/* from: flags or link of an interface changed */
#define BSD_RTM_IFANNOUNCE	0xf	/* from: an interface came or went (rtm_flags) */
#define BSD_RTM_DESYNC		0x10	/* from: messages were lost: dump all again */
#define BSD_RTM_INVALIDATE	0x11	/* from: a neighbour is not known any more */
#define BSD_RTM_PROPOSAL	0x13	/* to and from: passed on to all listeners */
#define BSD_RTM_MAX		31

/* rtm_addrs: the addresses behind the header, in the order of these bits. */
#define BSD_RTA_DST		0x1
#define BSD_RTA_GATEWAY		0x2
#define BSD_RTA_NETMASK		0x4
#define BSD_RTA_IFP		0x10	/* bsd_sockaddr_dl */
#define BSD_RTA_IFA		0x20
#define BSD_RTA_AUTHOR		0x40	/* who told */
#define BSD_RTA_BRD		0x80
#define BSD_RTA_LABEL		0x400	/* bsd_sockaddr_rtlabel */
#define BSD_RTA_DNS		0x1000	/* of BSD_RTM_PROPOSAL; any content */
#define BSD_RTA_STATIC		0x2000
#define BSD_RTA_SEARCH		0x4000

/* rtm_inits: which of the metrics a request sets. */
#define BSD_RTV_MTU		0x1

/* rtm_flags of BSD_RTM_IFANNOUNCE */
#define BSD_IFAN_ARRIVAL	0
#define BSD_IFAN_DEPARTURE	1

#define BSD_AF_LINK		18	/* sdl_family */

/* Every address takes a multiple of 8 bytes, an empty one 8. */
static __inline__ __u32 bsd_rt_roundup(__u32 len)
{
	return len ? (len + 7) & ~7U : 8;
}

/* Addresses as BSD lays them out: the length first. */
struct bsd_sockaddr {
	__u8	sa_len;			/* bytes in all */
	__u8	sa_family;		/* AF_INET (2), BSD_AF_LINK */
	char	sa_data[14];
};

struct bsd_sockaddr_in {
	__u8	sin_len;		/* 16 */
	__u8	sin_family;		/* AF_INET */
	__u16	sin_port;
	__u8	sin_addr[4];
	__u8	sin_zero[8];
};

struct bsd_sockaddr_dl {
	__u8	sdl_len;		/* 40 */
	__u8	sdl_family;		/* BSD_AF_LINK */
	__u8	sdl_type;		/* BSD_IFT_* */
	__u8	sdl_nlen;		/* bytes of the name */
	__u8	sdl_alen;		/* bytes of the link-layer address */
	__u8	sdl_slen;		/* 0 */
	__u16	sdl_pad;
	__u32	sdl_index;		/* of the interface, 0: none */
	char	sdl_data[28];		/* name, then link-layer address */
};

struct bsd_sockaddr_rtlabel {
	__u8	sr_len;			/* 34 */
	__u8	sr_family;		/* 0 */
	char	sr_label[BSD_RTLABELLEN];	/* with a NUL */
};

/*
 * What every message begins with. A request is refused with an errno of its own;
 * one write() may hold many, which are carried out one after the other up to the
 * first that is refused: its return value says how far it came.
 */
struct bsd_rt_msghdr {
	__u16	rtm_msglen;		/* bytes of the message, a multiple of 8 */
	__u8	rtm_version;		/* BSD_RTM_VERSION */
	__u8	rtm_type;		/* BSD_RTM_* */
	__u16	rtm_hdrlen;		/* bytes before the addresses */
	__u8	rtm_priority;
	__u8	rtm_weight;
	__u32	rtm_index;		/* interface */
	__u32	rtm_tableid;
	__u32	rtm_addrs;		/* BSD_RTA_* */
	__u32	rtm_flags;		/* BSD_RTF_*, or of the interface */
	__u32	rtm_fmask;		/* flags that BSD_RTM_CHANGE changes */
	__u32	rtm_pid;		/* who asked, 0: nobody */
	__u32	rtm_seq;		/* as in the request */
	__s32	rtm_errno;		/* why it was refused */
	__u32	rtm_inits;		/* BSD_RTV_* */
	__u32	rtm_mtu;
	__u32	rtm_expire;		/* seconds left, 0: never */
	__u32	rtm_pad;
};

/* BSD_RTM_IFINFO */
struct bsd_if_msghdr {
	struct bsd_rt_msghdr	ifm_hdr;	/* rtm_flags: BSD_IFF_* */
	struct bsd_if_data	ifm_data;
};

/* Options of routing sockets, level AF_BSDROUTE; __u32 each. */
#define ROUTE_MSGFILTER		1	/* bits 1 << BSD_RTM_* that are wanted, 0: all */
#define ROUTE_TABLEFILTER	2	/* the only table wanted; BSD_RTABLE_ANY */
#define ROUTE_PRIOFILTER	3	/* the worst priority wanted, 0: all */
#define ROUTE_FLAGFILTER	4	/* routes with any of these flags are not wanted */
#define ROUTE_USELOOPBACK	5	/* own requests come back (1, the default) or not (0) */

#define BSD_RTABLE_ANY		0xffffffff

/* rtq_what */
#define BSD_NET_RT_DUMP		1	/* routes, as BSD_RTM_GET */
#define BSD_NET_RT_FLAGS	2	/* routes that have one of rtq_flags */
#define BSD_NET_RT_IFLIST	3	/* interfaces and their addresses */

/* BSIOCRTQUERY: messages of a table or of the interfaces, in pieces. */
struct bsd_rtquery {
	__u32	rtq_what;		/* BSD_NET_RT_* */
	__u32	rtq_tableid;
	__u32	rtq_flags;
	__u8	rtq_family;		/* AF_INET */
	__u8	rtq_plen;		/* in, out: where to go on; zero at first */
	__u16	rtq_seq;		/* in, out: the same */
	__u32	rtq_index;		/* in, out: the same */
	__u8	rtq_dst[16];		/* in, out: the same */
	__u32	rtq_max;		/* in: bytes in rtq_buf, 1024 to 1048576 */
	__u32	rtq_len;		/* out: bytes written; 0: that was all */
	__u32	rtq_pad;
	__u64	rtq_buf;		/* in: user pointer */
};

#endif /* _UAPI_BSDNET_RTSOCK_H */
