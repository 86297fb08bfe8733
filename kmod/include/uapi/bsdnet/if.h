/* SPDX-License-Identifier: ((GPL-2.0+ WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * bsdnet/if.h - interface flags, types and data as tools and programs see them.
 */
#ifndef _UAPI_BSDNET_IF_H
#define _UAPI_BSDNET_IF_H

#include <linux/types.h>

#define BSD_IFNAMSIZ		16
#define BSD_IFDESCRSIZE		64

/* if_flags: numbers are OpenBSD's. */
#define BSD_IFF_UP		0x0001
#define BSD_IFF_BROADCAST	0x0002
#define BSD_IFF_DEBUG		0x0004
#define BSD_IFF_LOOPBACK	0x0008
#define BSD_IFF_POINTOPOINT	0x0010
#define BSD_IFF_STATICARP	0x0020
#define BSD_IFF_RUNNING		0x0040
#define BSD_IFF_NOARP		0x0080
#define BSD_IFF_PROMISC		0x0100
#define BSD_IFF_ALLMULTI	0x0200
#define BSD_IFF_SIMPLEX		0x0800
#define BSD_IFF_LINK0		0x1000
#define BSD_IFF_LINK1		0x2000
#define BSD_IFF_LINK2		0x4000
#define BSD_IFF_MULTICAST	0x8000

/* if_xflags */
#define BSD_IFXF_DYING		0x0001	/* being detached */
#define BSD_IFXF_CLONED		0x0002	/* made by "create" */
#define BSD_IFXF_LRO		0x0004	/* may merge segments */

/* if_type: RFC 2863 IANAifType numbers. */
#define BSD_IFT_ETHER		6
#define BSD_IFT_LOOP		24

/* Priorities of packets that wait to be sent; higher goes first. */
#define BSD_IFQ_MAXPRIO		7
#define BSD_IFQ_DEFPRIO		3

#define BSD_LINK_STATE_UNKNOWN	0
#define BSD_LINK_STATE_DOWN	2
#define BSD_LINK_STATE_UP	4

/* Sums of an interface, BSIOCGIFDATA. */
struct bsd_if_data {
	__u8	ifi_type;
	__u8	ifi_hdrlen;
	__u8	ifi_link_state;
	__u8	ifi_pad;
	__u32	ifi_mtu;
	__u32	ifi_index;
	__u32	ifi_rdomain;
	__u64	ifi_baudrate;		/* bits a second */
	__u64	ifi_lastchange;		/* seconds since 1970 */
	__u64	ifi_ipackets;
	__u64	ifi_ibytes;
	__u64	ifi_ierrors;
	__u64	ifi_iqdrops;
	__u64	ifi_noproto;
	__u64	ifi_imcasts;
	__u64	ifi_opackets;
	__u64	ifi_obytes;
	__u64	ifi_oerrors;
	__u64	ifi_oqdrops;
	__u64	ifi_omcasts;
	__u64	ifi_collisions;
};

#endif /* _UAPI_BSDNET_IF_H */
