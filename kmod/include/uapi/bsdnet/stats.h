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
};

/* BSIOCGPCBS: PCBs of one table, in pieces; ask again until pis_count is 0. */
struct bsd_pcbs {
	__u32	pis_proto;		/* in: IPPROTO_UDP, IPPROTO_RAW */
	__u32	pis_max;		/* in: room, records (at most 256) */
	__u32	pis_count;		/* out */
	__u32	pis_pad;
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
