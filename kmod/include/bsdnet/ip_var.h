/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ip_var.h - the IPv4 implementation: counters, knobs, entry points.
 */
#ifndef _BSDNET_IP_VAR_H
#define _BSDNET_IP_VAR_H

#include <linux/types.h>
#include <uapi/linux/in.h>
#include <bsdnet/counters.h>

struct bsd_rtentry;
struct ifnet;
struct inpcb;
struct mbuf;
struct mbuf_list;
struct netstack;
struct route;

enum ip_counter {
	IPS_TOTAL = COUNTER_FIRST(CG_IP),	/* packets received */
	IPS_BADSUM,
	IPS_TOOSHORT,		/* data shorter than ip_len */
	IPS_TOOSMALL,		/* shorter than a header */
	IPS_BADHLEN,
	IPS_BADLEN,
	IPS_BADVERS,
	IPS_BADADDR,		/* martian source or destination (RFC 1812 5.3.7) */
	IPS_BADOPTIONS,
	IPS_SRCROUTE,		/* source routing refused */
	IPS_NOTFORUS,		/* not ours and not forwarding */
	IPS_WRONGIF,		/* ours, but on another interface (strong host model) */
	IPS_DELIVERED,
	IPS_NOPROTO,
	IPS_FRAGMENTS,		/* fragments received */
	IPS_FRAGDROPPED,	/* malformed, overlapping or duplicate */
	IPS_FRAGLIMIT,		/* over a limit */
	IPS_FRAGTIMEOUT,
	IPS_REASSEMBLED,
	IPS_TOOLONG,		/* reassembled to more than 65535 bytes */
	IPS_FORWARD,
	IPS_CANTFORWARD,	/* broadcast, multicast or martian: never forwarded */
	IPS_REDIRECTSENT,
	IPS_TTLEXCEEDED,
	IPS_NOROUTE,
	IPS_BLACKHOLE,		/* by a reject or blackhole route */
	IPS_IFDOWN,		/* output interface is gone or down */
	IPS_LOCALOUT,		/* packets sent from here */
	IPS_RAWOUT,		/* with their header made by the program */
	IPS_ODROPPED,		/* output: no memory */
	IPS_FRAGMENTED,		/* packets cut */
	IPS_OFRAGMENTS,		/* pieces made */
	IPS_CANTFRAG,		/* DF set, or too many pieces */
	IPS_EMSGSIZE,		/* longer than 65535 or than the socket may send */
	IPS_NOADDR,		/* no source address on the interface */
	IPS_EACCES,		/* broadcast without SO_BROADCAST */
	IPS_INSWCSUM,		/* header checksums verified here */
	IPS_OUTSWCSUM,		/* header checksums computed here */
	IPS_END
};

/* ip_output() flags */
#define IPOUT_RAWHDR	0x01	/* header is complete but for id, length, checksum */
#define IPOUT_FORWARD	0x02
#define IPOUT_BROADCAST	0x04	/* may send to a broadcast address */
#define IPOUT_DONTROUTE	0x08
#define IPOUT_NOLOOP	0x20	/* to a group: not for ourselves */
#define IPOUT_DF	0x10	/* set DF, never fragment here: -EMSGSIZE */

/* Rest of what a sender says of its packet. Zeroed is a fine default. */
struct ip_outarg {
	struct route	*io_ro;		/* the sender's cache, or NULL */
	struct inpcb	*io_inp;	/* PCB, locked, or NULL */
	unsigned int	 io_ifidx;	/* send by this interface whatever the table says */
	u32		 io_mtu;	/* in: 0; out: MTU that did not fit (-EMSGSIZE) */
	u8		 io_flags;	/* IPOUT_* */
};

extern unsigned int bsd_ip_forwarding;	/* knob ip/forwarding */
extern unsigned int bsd_ip_defttl;		/* knob ip/ttl */

int bsd_ip_init(void);
void bsd_ip_exit(void);
void bsd_ip_input(struct ifnet *ifp, struct mbuf *m, struct netstack *ns);
/* A packet to a broadcast address has M_BCAST, to a multicast one M_MCAST. */
void bsd_ip_deliver(struct mbuf *m, unsigned int hlen, struct netstack *ns);
void bsd_ip_forward(struct mbuf *m, struct ifnet *ifp, struct bsd_rtentry *rt,
		    struct netstack *ns);
int bsd_ip_output(struct mbuf *m, struct ip_outarg *arg, struct netstack *ns);
/* Cut @m (header in front, complete) for @mtu; pieces in order on @ml. 0 or -errno (consumed). */
int bsd_ip_fragment(struct mbuf *m, struct mbuf_list *ml, u32 mtu);
struct mbuf *bsd_ip_reass(struct mbuf *m);
void bsd_ip_reass_ifdetach(struct ifnet *ifp);
int bsd_ip_reass_init(void);
void bsd_ip_reass_exit(void);
/* Options: true if fine, else the packet was consumed (dropped or answered). */
bool bsd_ip_dooptions(struct mbuf **mp, struct ifnet *ifp, bool ours, struct netstack *ns);
void bsd_ip_stripoptions(struct mbuf *m);
unsigned int bsd_ip_optcopy(const u8 *from, unsigned int len, u8 *to);
__be16 bsd_ip_id(__be32 src, __be32 dst, u8 proto);
int bsd_ip_id_init(void);
void bsd_ip_id_exit(void);
/* raw_ip.c: copies of @m to the raw sockets that want it; @m stays the caller's. Returns
 * how many matched, at once if there are no raw sockets at all.
 */
unsigned int raw_deliver(struct mbuf *m, unsigned int hlen, struct netstack *ns);

#endif /* _BSDNET_IP_VAR_H */
