/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * arp.h - Address Resolution Protocol: wire format and entry points.
 * Source: RFC 826; RFC 5227 (probe, announce, conflict).
 */
#ifndef _BSDNET_ARP_H
#define _BSDNET_ARP_H

#include <linux/types.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/in.h>
#include <bsdnet/counters.h>

struct bsd_in_ifaddr;
struct bsd_rtentry;
struct ether_header;
struct ifnet;
struct mbuf;
struct netstack;

/* On the wire: RFC 826 packet for Ethernet and IPv4. */
struct ether_arp {
	__be16	arp_hrd;	/* 1 */
	__be16	arp_pro;	/* 0x0800 */
	u8	arp_hln;	/* 6 */
	u8	arp_pln;	/* 4 */
	__be16	arp_op;		/* BSD_ARPOP_* */
	u8	arp_sha[ETH_ALEN];
	__be32	arp_spa;
	u8	arp_tha[ETH_ALEN];
	__be32	arp_tpa;
} __packed;

#define BSD_ARPOP_REQUEST	1
#define BSD_ARPOP_REPLY		2

enum arp_counter {
	ARPS_RCV_TOTAL = COUNTER_FIRST(CG_ARP),	/* packets received */
	ARPS_RCV_REQUEST,	/* requests for us */
	ARPS_RCV_PROXIED,	/* requests for a published address */
	ARPS_RCV_REPLY,		/* replies */
	ARPS_RCV_BAD,		/* malformed */
	ARPS_RCV_CONFLICT,	/* somebody else uses our address */
	ARPS_RCV_UNSOLICITED,	/* not about an entry of ours */
	ARPS_RCV_MOVED,		/* neighbour changed its address */
	ARPS_SND_REQUEST,
	ARPS_SND_REPLY,
	ARPS_SND_PROBE,
	ARPS_SND_ANNOUNCE,
	ARPS_HELD_DROP,		/* waiting packets dropped for a newer one */
	ARPS_TIMEOUT,		/* entries nobody answered for */
	ARPS_LIMIT,		/* entries evicted at the limit */
	ARPS_NOMEM,
	ARPS_NOENTRY,		/* no entry for a next hop */
	ARPS_UNRESOLVED,	/* too many neighbours are being asked for */
	ARPS_DOWN,		/* next hop does not answer */
	ARPS_END
};

int bsd_arp_init(void);
void bsd_arp_exit(void);
/* Resolve @dst by @rt into *@hdr (14 bytes). 0: header is there; -EAGAIN: @m is
 * queued on the entry and consumed; other -errno: @m consumed and counted.
 */
int bsd_arp_resolve(struct ifnet *ifp, struct bsd_rtentry *rt, struct mbuf *m,
		    struct in_addr dst, struct ether_header *eh, struct netstack *ns);
bool bsd_arp_admit(bool known);
/* A route with RTF_LLINFO is made or goes. Called by route.c; leaf lock only. */
int bsd_arp_rtadd(struct bsd_rtentry *rt);
void bsd_arp_rtdel(struct bsd_rtentry *rt);
/* An address came up: probe, then announce (RFC 5227 2.1, 2.3). */
void bsd_arp_ifinit(struct ifnet *ifp, struct bsd_in_ifaddr *ia);
void bsd_arp_announce(struct ifnet *ifp, struct bsd_in_ifaddr *ia, struct netstack *ns);
int bsd_arp_ioctl(unsigned int cmd, void *data, bool admin);
/* Seconds until the entry of @rt expires, 0: permanent. */
u32 bsd_arp_expire(struct bsd_rtentry *rt);
bool bsd_arp_isdown(struct bsd_rtentry *rt);

#endif /* _BSDNET_ARP_H */
