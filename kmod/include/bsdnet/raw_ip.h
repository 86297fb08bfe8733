/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * raw_ip.h - raw IPv4 sockets: counters and entry points.
 */
#ifndef _BSDNET_RAW_IP_H
#define _BSDNET_RAW_IP_H

#include <linux/types.h>
#include <bsdnet/counters.h>

struct inpcb;
struct mbuf;
struct mbuf_list;
struct netstack;
struct protosw;

enum raw_counter {
	RAWS_IPACKETS = COUNTER_FIRST(CG_RAW),	/* copies made for sockets */
	RAWS_DELIVERED,
	RAWS_FULLSOCK,		/* socket buffer full */
	RAWS_SHUTDOWN,		/* to a socket that is shut down for reading */
	RAWS_DEAD,		/* to a socket closed meanwhile */
	RAWS_FILTERED,		/* ICMP types that the socket does not want */
	RAWS_NOMEM,
	RAWS_BACKLOGGED,	/* put on a busy PCB's backlog */
	RAWS_BACKLOGFULL,
	RAWS_OPACKETS,
	RAWS_ODROPS,		/* refused by IP */
	RAWS_BADHDR,		/* sent with an impossible header of the program's own */
	RAWS_ERRIN,		/* ICMP errors about packets of our sockets */
	RAWS_END
};

extern const struct protosw raw_protosw;

/* raw_ip.c: copies @m (IP header in front) to the sockets that want it; @m stays. */
unsigned int raw_deliver(struct mbuf *m, unsigned int hlen, struct netstack *ns);
u32 raw_append(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns);

#endif /* _BSDNET_RAW_IP_H */
