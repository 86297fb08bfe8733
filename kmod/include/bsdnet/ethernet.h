/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ethernet.h - Ethernet frames (IEEE 802.3): format, input, output, ether types.
 */
#ifndef _BSDNET_ETHERNET_H
#define _BSDNET_ETHERNET_H

#include <linux/string.h>
#include <linux/types.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/in.h>
#include <bsdnet/counters.h>

struct ifnet;
struct mbuf;
struct module;
struct netstack;
struct sockaddr;
struct bsd_rtentry;

/* On the wire. */
struct ether_header {
	u8	ether_dhost[ETH_ALEN];
	u8	ether_shost[ETH_ALEN];
	__be16	ether_type;
} __packed;

enum ether_counter {
	ETHERS_TOTAL = COUNTER_FIRST(CG_ETHER),	/* frames received */
	ETHERS_SHORT,		/* shorter than a header */
	ETHERS_NOTFORUS,	/* unicast to another station */
	ETHERS_UNKNOWN,		/* ether type nobody handles, or 802.3 length */
	ETHERS_NOHDR,		/* no mbuf for the header */
	ETHERS_LOOPCNT,		/* went round more than M_LOOP_MAX times */
	ETHERS_BADAF,		/* output of a family without a link layer */
	ETHERS_END
};

/* A protocol above Ethernet: in an RCU table with its module. */
struct ether_proto {
	u16		 ep_type;	/* [I] host order */
	/* @m starts behind the Ethernet header. Consumes. */
	void		(*ep_input)(struct ifnet *ifp, struct mbuf *m, struct netstack *ns);
	struct module	*ep_owner;	/* [I] */
};

int bsd_ether_type_register(const struct ether_proto *ep);
void bsd_ether_type_unregister(const struct ether_proto *ep);
int bsd_ether_ifattach(struct ifnet *ifp);	/* fills the Ethernet parts, then if_attach() */
void bsd_ether_fakeaddr(u8 *lladdr);	/* random, unicast, locally administered */
void bsd_ether_map_multicast(u8 *mac, struct in_addr group);
void bsd_ether_ifdetach(struct ifnet *ifp);
void bsd_ether_input(struct ifnet *ifp, struct mbuf *m, struct netstack *ns);
int bsd_ether_output(struct ifnet *ifp, struct mbuf *m, const struct sockaddr *dst,
		     struct bsd_rtentry *rt, struct netstack *ns);
int bsd_ether_init(void);
void bsd_ether_exit(void);

static inline bool ether_is_multicast(const u8 *addr)
{
	return addr[0] & 1;
}

/* Same station? The compiler makes two loads and no call of it. */
static inline bool ether_equal(const u8 *a, const u8 *b)
{
	return !memcmp(a, b, ETH_ALEN);
}

extern const u8 bsd_ether_broadcast[ETH_ALEN];

#endif /* _BSDNET_ETHERNET_H */
