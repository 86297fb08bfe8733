/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * tcp.h - TCP: wire format, counters, entry points for the other layers.
 * Source: RFC 9293.
 */
#ifndef _BSDNET_TCP_H
#define _BSDNET_TCP_H

#include <linux/types.h>
#include <asm/byteorder.h>
#include <bsdnet/counters.h>

struct mbuf;
struct netstack;
struct protosw;

/* RFC 9293 3.1. */
struct bsd_tcphdr {
	__be16	th_sport;
	__be16	th_dport;
	__be32	th_seq;
	__be32	th_ack;
	u8	th_off;		/* upper four bits: words of header; lower: reserved */
	u8	th_flags;	/* BSD_TH_* */
	__be16	th_win;
	__sum16	th_sum;
	__be16	th_urp;
};

#define BSD_TH_FIN	0x01
#define BSD_TH_SYN	0x02
#define BSD_TH_RST	0x04
#define BSD_TH_PUSH	0x08
#define BSD_TH_ACK	0x10
#define BSD_TH_URG	0x20
#define BSD_TH_ECE	0x40
#define BSD_TH_CWR	0x80

#define TCP_MINHDR	20	/* bytes */
#define TCP_MAXWIN	65535	/* largest window without scaling */
#define TCP_MAX_WINSHIFT	14	/* RFC 7323 2.3 */
#define TCP_DEFMSS	536	/* RFC 9293 3.7.1: the peer said nothing */
#define TCP_MINMSS	216	/* less is not believed: overhead as an attack */

/* RFC 9293 3.2; RFC 7323. */
#define BSD_TCPOPT_EOL		0
#define BSD_TCPOPT_NOP		1
#define BSD_TCPOPT_MAXSEG	2
#define BSD_TCPOPT_WINDOW	3
#define BSD_TCPOPT_SACKOK	4
#define BSD_TCPOPT_SACK		5
#define BSD_TCPOPT_TIMESTAMP	8
#define BSD_TCPOPT_MD5		19	/* RFC 2385 */
#define BSD_TCPOPT_FASTOPEN	34	/* RFC 7413 */

#define BSD_TCPOLEN_MAXSEG	4
#define BSD_TCPOLEN_WINDOW	3
#define BSD_TCPOLEN_SACKOK	2
#define BSD_TCPOLEN_TIMESTAMP	10
#define TCP_TSTAMP_SPACE	12	/* a timestamp with two NOPs before it */
#define BSD_TCPOLEN_MD5		18
#define TCP_MD5_SPACE		20	/* a signature with two NOPs before it */
#define TCP_SYN_SPACE		20	/* all options of a SYN but those two */
#define TCP_FASTOPEN_MIN	4	/* bytes of a cookie */
#define TCP_FASTOPEN_MAX	16
#define TCP_FASTOPEN_SPACE	12	/* a cookie of ours with two NOPs before it */
#define TCP_MAXOPTLEN		40	/* all options */

/* RFC 9293 3.3.2, in the order of Linux's TCP_INFO. */
enum bsd_tcp_state {
	TCPS_ESTABLISHED = 1,
	TCPS_SYN_SENT,
	TCPS_SYN_RECEIVED,
	TCPS_FIN_WAIT_1,
	TCPS_FIN_WAIT_2,
	TCPS_TIME_WAIT,
	TCPS_CLOSED,
	TCPS_CLOSE_WAIT,
	TCPS_LAST_ACK,
	TCPS_LISTEN,
	TCPS_CLOSING
};

enum tcp_counter {
	TS_RCVTOTAL = COUNTER_FIRST(CG_TCP),	/* segments received */
	TS_RCVSHORT,		/* shorter than a header */
	TS_RCVBADOFF,
	TS_RCVBADSUM,
	TS_RCVBCAST,		/* to a broadcast or multicast address */
	TS_RCVNOPORT,
	TS_RCVBADPORT,		/* port 0 */
	TS_RCVDEAD,		/* for a connection that ended meanwhile */
	TS_RCVBADACK,		/* acknowledge what was never sent, or no ACK at all */
	TS_RCVOUTSIDE,		/* outside the window */
	TS_RCVBADRST,		/* RST outside the window, or not at its edge */
	TS_RCVBADSYN,		/* SYN on a connection */
	TS_RCVPAWS,
	TS_RCVDUP,		/* all of it was there already */
	TS_RCVPARTDUP,
	TS_RCVOOO,		/* out of order, kept */
	TS_RCVREASSFULL,	/* out of order, no room to keep it */
	TS_RCVFULL,		/* no room in the receive buffer's storage */
	TS_RCVCLOSED,		/* data after the program was gone */
	TS_RCVLRO,
	TS_RCVMERGED,
	TS_RCVPACK,		/* segments in order with data */
	TS_RCVBYTE,
	TS_RCVRUNS,		/* runs of segments of one connection */
	TS_RCVSWCSUM,
	TS_RCVURG,		/* urgent pointers that said something new */
	TS_RCVMINTTL,
	TS_RCVMD5MISSING,	/* no signature, and there is a key */
	TS_RCVMD5UNWANTED,	/* a signature, and there is no key */
	TS_RCVMD5BAD,
	TS_PCBLOCKS,		/* PCB mutexes taken */
	TS_PCBCONTENDED,	/* ... by who had to wait */
	TS_BACKLOGGED,
	TS_BACKLOGFULL,
	TS_USRBYTE,		/* bytes taken from programs */
	TS_SNDTOTAL,		/* segments sent */
	TS_SNDPACK,		/* ... with data */
	TS_SNDTSO,
	TS_HWTSO,
	TS_SWTSO,
	TS_BADTSO,
	TS_SNDBYTE,
	TS_SNDREXMIT,
	TS_SNDREXMITBYTE,
	TS_SNDACKS,		/* ... pure acknowledgments */
	TS_SNDPROBE,		/* ... window probes */
	TS_SNDSACK,		/* ... with selective acknowledgments */
	TS_SNDURG,		/* segments with an urgent pointer */
	TS_SNDRST,
	TS_SNDCHALLENGE,
	TS_CHALLENGELIMIT,
	TS_SNDNOMEM,
	TS_SNDFAIL,		/* refused by IP */
	TS_CONNATTEMPT,
	TS_ACCEPTS,
	TS_CONNECTS,
	TS_CLOSED,
	TS_DROPS,		/* connections ended by an error */
	TS_CONNDROPS,		/* ... before they were established */
	TS_REXMTTIMEO,
	TS_TIMEOUTDROP,
	TS_SPURIOUSTIMEO,	/* nothing was lost */
	TS_MSSREDUCED,		/* segments made smaller because full ones vanish */
	TS_PERSISTTIMEO,
	TS_PERSISTDROP,
	TS_KEEPTIMEO,
	TS_KEEPPROBE,
	TS_KEEPDROPS,
	TS_DELACK,
	TS_FASTREXMIT,		/* losses found by what came behind them */
	TS_SPURIOUSREXMIT,	/* ... nothing was lost */
	TS_SNDTLP,		/* tail loss probes */
	TS_RCVCE,		/* segments that were marked on the way */
	TS_ECNREDUCED,		/* windows made smaller because ours were */
	TS_REORDERED,		/* connections whose segments came out of order */
	TS_RCVDSACK,		/* duplicates that peers told of */
	TS_RCVBADSACK,		/* blocks that were never sent */
	TS_SACKLIMIT,		/* blocks that there was no room to note */
	TS_TIMEWAIT,		/* connections that waited 2 MSL */
	TS_TWRECYCLED,		/* ... ended early by a new SYN */
	TS_TWOVERFLOW,		/* ... ended at once: tcp/timewait_max */
	TS_ORPHANDROPS,		/* reset when their socket was closed: tcp/orphans_max */
	TS_LISTENFULL,		/* connections that found the listener's queue full */
	TS_LISTENNOMEM,
	TS_SC_ADDED,
	TS_SC_COMPLETED,
	TS_SC_DUPSYN,
	TS_SC_REXMIT,
	TS_SC_TIMEDOUT,
	TS_SC_EVICTED,		/* pushed out by newer ones */
	TS_SC_RESET,
	TS_SC_ORPHANED,
	TS_SC_BADACK,
	TS_SC_NOMEM,
	TS_SC_DEFERRED,		/* handshakes whose end waits for data */
	TS_SC_COOKIE,		/* answered with a cookie, not kept */
	TS_SC_COOKIEACK,	/* ... and opened by it */
	TS_FO_REQUEST,		/* SYNs that ask for a fast open cookie */
	TS_FO_BADCOOKIE,
	TS_FO_LIMIT,		/* beyond what the listener allows */
	TS_FO_PASSIVE,		/* connections that a SYN has opened */
	TS_FO_ACTIVE,		/* ours whose SYN's data was taken */
	TS_FO_ACTIVEFAIL,	/* ... was not */
	TS_FO_LOST,		/* SYNs with data that were not answered */
	TS_FO_EVICTED,		/* destinations forgotten for others */
	TS_ERRIN,
	TS_NOMEM,
	TS_END
};

extern const struct protosw bsd_tcp_protosw;

int bsd_tcp_init(void);
void bsd_tcp_exit(void);
void bsd_tcp_input(struct mbuf *m, unsigned int hlen, struct netstack *ns);
/* The batch ends: process what bsd_tcp_input() gathered on ns_tcp, in runs. */
void bsd_tcp_input_flush(struct netstack *ns);

#endif /* _BSDNET_TCP_H */
