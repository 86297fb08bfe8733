/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * icmp.h - ICMP for IPv4: wire format, counters, entry points.
 * Source: RFC 792, RFC 1122 3.2.2, RFC 1191, RFC 1812 4.3.
 */
#ifndef _BSDNET_ICMP_H
#define _BSDNET_ICMP_H

#include <linux/types.h>
#include <uapi/linux/in.h>
#include <bsdnet/counters.h>
#include <bsdnet/ip.h>

struct ifnet;
struct mbuf;
struct netstack;

struct icmp {
	u8	icmp_type;
	u8	icmp_code;
	__sum16	icmp_cksum;
	union {
		struct {
			__be16	icd_id;
			__be16	icd_seq;
		} ih_idseq;
		struct {
			__be16	ipm_void;
			__be16	ipm_nextmtu;	/* RFC 1191 4 */
		} ih_pmtu;
		__be32	ih_gwaddr;	/* redirect */
		u8	ih_pptr;	/* parameter problem */
		__be32	ih_void;
	};
};

#define ICMP_MINLEN		8
#define ICMP_TSLEN		20	/* timestamp and its reply */
#define ICMP_QUOTE_MAX		548	/* quoted by an error: it is 576 bytes at most */

#define BSD_ICMP_ECHOREPLY	0
#define BSD_ICMP_UNREACH	3
#define BSD_ICMP_SOURCEQUENCH	4
#define BSD_ICMP_REDIRECT	5
#define BSD_ICMP_ECHO		8
#define BSD_ICMP_TIMXCEED	11
#define BSD_ICMP_PARAMPROB	12
#define BSD_ICMP_TSTAMP		13
#define BSD_ICMP_TSTAMPREPLY	14
#define BSD_ICMP_MASKREQ	17

#define BSD_ICMP_UNREACH_NET		0
#define BSD_ICMP_UNREACH_HOST		1
#define BSD_ICMP_UNREACH_PROTOCOL	2
#define BSD_ICMP_UNREACH_PORT		3
#define BSD_ICMP_UNREACH_NEEDFRAG	4
#define BSD_ICMP_UNREACH_SRCFAIL	5
#define BSD_ICMP_UNREACH_ADMIN		13
#define BSD_ICMP_REDIRECT_HOST		1
#define BSD_ICMP_TIMXCEED_INTRANS	0
#define BSD_ICMP_TIMXCEED_REASS		1

/* On the wire, behind struct icmp: milliseconds since midnight UT. */
struct icmp_ts {
	__be32	its_otime;
	__be32	its_rtime;
	__be32	its_ttime;
};

enum icmp_counter {
	ICPS_TOTAL = COUNTER_FIRST(CG_ICMP),	/* messages received */
	ICPS_TOOSHORT,
	ICPS_BADSUM,
	ICPS_BADLEN,		/* quoted packet too short */
	ICPS_BADTYPE,		/* types nobody handles */
	ICPS_BMCAST,		/* echo or timestamp to broadcast, ignored */
	ICPS_ECHO,		/* echo requests answered */
	ICPS_TSTAMP,		/* timestamp requests answered */
	ICPS_ERRIN,		/* errors passed to sockets */
	ICPS_ERRNOPCB,		/* errors about nothing we sent (RFC 5927 4.1) */
	ICPS_PMTU,		/* path MTU lowered */
	ICPS_PMTUBAD,		/* nonsensical next-hop MTU */
	ICPS_REDIRECT,		/* redirects taken */
	ICPS_BADREDIRECT,	/* redirects refused */
	ICPS_ERROR,		/* errors asked for */
	ICPS_OLDICMP,		/* not sent: about an ICMP error, fragment, broadcast ... */
	ICPS_RATELIMIT,		/* not sent: over the rate limit */
	ICPS_NOMEM,
	ICPS_OUT,		/* messages sent */
	ICPS_END
};

extern unsigned int bsd_icmp_errppslimit;	/* knob icmp/errppslimit */

int bsd_icmp_init(void);
void bsd_icmp_exit(void);
void bsd_icmp_input(struct mbuf *m, unsigned int hlen, struct netstack *ns);
/* Send an error about @m (IP header in front), consuming it. @arg: next MTU, pointer of a
 * parameter problem, or gateway of a redirect (network order).
 */
void bsd_icmp_error(struct mbuf *m, u8 type, u8 code, u32 arg, struct netstack *ns);

/* Send a message: IP header with addresses, TOS and options in front, ICMP checksum done. */
void bsd_icmp_send(struct mbuf *m, u8 outflags, struct netstack *ns);

#endif /* _BSDNET_ICMP_H */
