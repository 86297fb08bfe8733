/* SPDX-License-Identifier: ((GPL-2.0+ WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * bsdnet/stats.h - counters and sockets as tools see them.
 */
#ifndef _UAPI_BSDNET_STATS_H
#define _UAPI_BSDNET_STATS_H

#include <linux/types.h>

/* BSIOCGCOUNTERS: one group of counters. Ask for group 0, 1, ... until ENOENT. */
struct bsd_counter {
	char	bc_name[32];		/* word: JSON key */
	char	bc_text[88];		/* sentence behind the number */
	__u64	bc_value;
};

struct bsd_counters {
	__u32	bcs_group;		/* in: index */
	__u32	bcs_max;		/* in: room in bcs_buf, records */
	__u32	bcs_count;		/* out */
	__u32	bcs_pad;
	char	bcs_name[16];		/* out: "ip" */
	__u64	bcs_buf;		/* in: user pointer to bsd_counter records */
};

/* One PCB, for netstat -a. */
struct bsd_pcbinfo {
	__u8	pi_family;		/* AF_INET */
	__u8	pi_proto;		/* IPPROTO_* */
	__u8	pi_state;		/* TCP state, else 0 */
	__u8	pi_pad;
	__u16	pi_lport;		/* network order */
	__u16	pi_fport;
	__u8	pi_laddr[16];
	__u8	pi_faddr[16];
	__u32	pi_rtableid;
	__u32	pi_ifindex;
	__u32	pi_uid;
	__u32	pi_rcv_cc;		/* bytes waiting */
	__u32	pi_snd_cc;
	__u32	pi_rcv_hiwat;
	__u32	pi_snd_hiwat;
	__u32	pi_pad2;
	__u64	pi_rcv_drops;
	__u64	pi_id;			/* of the PCB: where to go on */

	/* Only for those who know of it (pis_size). TCP with a peer; else 0. */
	__u32	pi_cwnd;		/* congestion window, bytes */
	__u32	pi_ssthresh;		/* bytes */
	__u32	pi_rtt;			/* smoothed round trip, microseconds; 0: none yet */
	__u32	pi_rttvar;		/* microseconds */
	__u32	pi_minrtt;		/* microseconds; 0: not known */
	__u32	pi_rto;			/* retransmission time-out, microseconds */
	__u32	pi_rexmits;		/* segments sent again */
	__u32	pi_backoff;		/* times that the oldest was, in a row */
	__u32	pi_mss;			/* bytes of data a segment */
	__u32	pi_snd_wnd;		/* the peer's window, bytes */
	__u32	pi_rcv_wnd;		/* ours, as told, bytes */
	__u32	pi_unacked;		/* bytes sent and not acknowledged */
	__u8	pi_options;		/* TCPI_OPT_* of <linux/tcp.h> */
	__u8	pi_snd_wscale;
	__u8	pi_rcv_wscale;
	__u8	pi_pad3;
	char	pi_cc[16];		/* congestion control */
	/* A listener. */
	__u32	pi_qlen;		/* connections that wait to be accepted */
	__u32	pi_qlimit;		/* that may wait: backlog of listen(2) */
	__u32	pi_pad4;
};

#define BSD_PCBINFO_SIZE1	88	/* bytes of the first version: pi_id is its last */

/* BSIOCGPCBS: PCBs of one table, in pieces; ask again until pis_count is 0. */
struct bsd_pcbs {
	__u32	pis_proto;		/* in: IPPROTO_TCP, IPPROTO_UDP, IPPROTO_RAW */
	__u32	pis_max;		/* in: room, records (at most 256) */
	__u32	pis_count;		/* out */
	__u32	pis_size;		/* in: bytes of a record, 0: first version's; out: given */
	__u64	pis_after;		/* in: pi_id of the last record got, 0 first */
	__u64	pis_buf;		/* in: user pointer to bsd_pcbinfo records */
};

#define BSD_MAXVIFS	32

/* An entry of the multicast forwarding cache, for netstat -g. */
struct bsd_mfcinfo {
	__u8	mi_origin[4];
	__u8	mi_group[4];
	__u32	mi_parent;		/* vif that its packets come in by */
	__u32	mi_wrongif;		/* packets that came in by others */
	__u8	mi_ttls[BSD_MAXVIFS];	/* TTL above which they leave, 255 never */
	__u64	mi_packets;
	__u64	mi_bytes;
	__u64	mi_id;			/* where to go on */
};

/* BSIOCGMFCS: the cache of a routing domain, in pieces, until mis_count is 0. */
struct bsd_mfcs {
	__u32	mis_rdomain;
	__u32	mis_max;		/* in: room, records (at most 256) */
	__u32	mis_count;		/* out */
	__u32	mis_pad;
	__u64	mis_after;		/* in: mi_id of the last record got, 0 first */
	__u64	mis_buf;		/* in: user pointer to bsd_mfcinfo records */
	__u32	mis_vif[BSD_MAXVIFS];	/* out: indices of interfaces, 0 none */
};

#endif /* _UAPI_BSDNET_STATS_H */
