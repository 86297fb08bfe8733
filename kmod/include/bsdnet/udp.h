/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * udp.h - UDP: wire format, counters, entry points. Source: RFC 768, RFC 8085.
 */
#ifndef _BSDNET_UDP_H
#define _BSDNET_UDP_H

#include <linux/types.h>
#include <asm/byteorder.h>
#include <bsdnet/counters.h>

struct inpcb;
struct mbuf;
struct mbuf_list;
struct msg_control;
struct netstack;
struct protosw;
struct sockaddr_in;

struct bsd_udphdr {
	__be16	uh_sport;
	__be16	uh_dport;
	__be16	uh_ulen;	/* header and data */
	__sum16	uh_sum;		/* 0: not computed */
};

enum udp_counter {
	UDPS_IPACKETS = COUNTER_FIRST(CG_UDP),	/* datagrams received */
	UDPS_HDROPS,		/* shorter than a header */
	UDPS_BADLEN,
	UDPS_BADSUM,
	UDPS_NOSUM,
	UDPS_NOPORT,
	UDPS_NOPORTBCAST,
	UDPS_NOTPEER,		/* to a socket connected to somebody else meanwhile */
	UDPS_DEAD,		/* to a socket closed meanwhile */
	UDPS_FULLSOCK,		/* socket buffer full */
	UDPS_NOMEM,
	UDPS_BACKLOGGED,	/* put on a busy PCB's backlog */
	UDPS_BACKLOGFULL,
	UDPS_RUNS,		/* runs of datagrams of one socket: PCB locks taken */
	UDPS_DELIVERED,
	UDPS_BCAST,		/* copies of broadcast or multicast datagrams */
	UDPS_SHUTDOWN,		/* to a socket that is shut down for reading */
	UDPS_INSWCSUM,
	UDPS_OPACKETS,
	UDPS_ODROPS,		/* refused by IP */
	UDPS_ERRIN,		/* ICMP errors about datagrams of our sockets */
	UDPS_OUTSWCSUM,
	UDPS_SEGMENTED,
	UDPS_MERGED,
	UDPS_END
};

#define UDP_MAXDATA	(65535 - 20 - 8)	/* bytes of data in one datagram */

extern const struct protosw bsd_udp_protosw;

int bsd_udp_init(void);
void bsd_udp_exit(void);
void bsd_udp_input(struct mbuf *m, unsigned int hlen, struct netstack *ns);
/* The batch ends: deliver what bsd_udp_input() gathered on ns_udp, in runs. */
void bsd_udp_input_flush(struct netstack *ns);
u32 bsd_udp_deliver(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns);
int bsd_udp_output(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
		   const struct msg_control *ctl, struct netstack *ns, u32 *mtu);

#endif /* _BSDNET_UDP_H */
