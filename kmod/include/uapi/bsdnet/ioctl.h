/* SPDX-License-Identifier: ((GPL-2.0+ WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * bsdnet/ioctl.h - every ioctl on a bsdnet socket, in one table.
 *
 * Group 'i' (0x69) numbers do not meet Linux's 0x89, and the names have a B in
 * front because Linux uses the bare ones. Those marked (admin) need
 * CAP_NET_ADMIN. Any socket of family AF_BSDINET or AF_BSDROUTE
 * will do.
 */
#ifndef _UAPI_BSDNET_IOCTL_H
#define _UAPI_BSDNET_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <bsdnet/if.h>
#include <bsdnet/rtsock.h>
#include <bsdnet/stats.h>

/* One value about one interface. */
struct bsd_ifreq {
	char	bifr_name[BSD_IFNAMSIZ];
	union {
		__u32			bifru_value;	/* flags, MTU, rdomain, index, llprio */
		__u64			bifru_value64;
		char			bifru_group[BSD_IFNAMSIZ];
		char			bifru_descr[BSD_IFDESCRSIZE];
		__u8			bifru_lladdr[8];
		__u32			bifru_pair;	/* if_index of the peer, 0 none */
		struct bsd_if_data	bifru_data;
	};
};

/* An IPv4 address of an interface. Network order. */
struct bsd_ifaddreq {
	char	ifra_name[BSD_IFNAMSIZ];
	__u8	ifra_family;		/* AF_INET */
	__u8	ifra_plen;
	__u8	ifra_hasdst;		/* ifra_dst is given */
	__u8	ifra_flags;		/* out: 1 = duplicate seen (RFC 5227) */
	__u32	ifra_index;		/* BSIOCGIFADDRS: which, from 0, until EADDRNOTAVAIL */
	__u8	ifra_addr[16];
	__u8	ifra_dst[16];		/* peer or broadcast */
};

/* BSIOCGIFLIST: names of all interfaces, or of a group's members. */
struct bsd_iflist {
	char	ifl_group[BSD_IFNAMSIZ];	/* in: "" all */
	__u32	ifl_max;		/* in: room, names */
	__u32	ifl_count;		/* out: names there are (may exceed ifl_max) */
	__u64	ifl_buf;		/* in: user pointer to BSD_IFNAMSIZ-byte names */
};

/* A multicast group that an interface belongs to: BSIOCGIFMULTI. */
struct bsd_ifmulti {
	char	ifm_name[BSD_IFNAMSIZ];
	__u32	ifm_index;		/* in: which, from 0, until EADDRNOTAVAIL */
	__u32	ifm_max;		/* in: room, senders */
	__u64	ifm_buf;		/* in: user pointer to their addresses, 4 bytes each */
	__u8	ifm_group[4];		/* out: network order */
	__u32	ifm_members;		/* out: sockets that have joined */
	__u32	ifm_include;		/* out: 1: the senders are wanted; 0: all others are */
	__u32	ifm_count;		/* out: senders there are (may exceed ifm_max) */
};

/*
 * Queues of an interface's hardware, and descriptors of their rings: BSIOCGIFQUEUES;
 * BSIOCSIFQUEUES changes what is not 0 and not there already.
 */
struct bsd_ifqueues {
	char	ifqs_name[BSD_IFNAMSIZ];
	__u32	ifqs_queues;		/* pairs of queues in use */
	__u32	ifqs_maxqueues;		/* out: that there are */
	__u32	ifqs_rxring;
	__u32	ifqs_maxrxring;		/* out */
	__u32	ifqs_txring;
	__u32	ifqs_maxtxring;		/* out */
};

/* ifi_kind */
#define BSD_INTR_INTX	1
#define BSD_INTR_MSI	2
#define BSD_INTR_MSIX	3

#define BSD_INTR_NAMSIZ		48
#define BSD_INTR_NOQUEUE	0xffffffff

/*
 * An interrupt of an interface, and the queue that it serves: BSIOCGIFINTR. One that
 * serves several comes once for each. BSIOCSIFINTR moves a queue, with its interrupts
 * if they are its own, to another CPU.
 */
struct bsd_ifintr {
	char	ifi_name[BSD_IFNAMSIZ];
	__u32	ifi_index;		/* BSIOCGIFINTR: which, from 0, until EADDRNOTAVAIL */
	__u32	ifi_kind;		/* out: BSD_INTR_* */
	__u32	ifi_queue;		/* BSIOCSIFINTR: which; or BSD_INTR_NOQUEUE */
	__u32	ifi_cpu;		/* whose softnet thread does its work */
	char	ifi_vector[BSD_INTR_NAMSIZ];	/* out: as in /proc/interrupts */
};

/*
 * What one of an interface's queues has done: BSIOCGIFQSTATS. Those of an interface
 * without hardware only send.
 */
struct bsd_ifqstats {
	char	ifqt_name[BSD_IFNAMSIZ];
	__u32	ifqt_queue;		/* in: which in use, from 0, until EADDRNOTAVAIL */
	__u32	ifqt_cpu;		/* out: home, or BSD_INTR_NOQUEUE */
	__u64	ifqt_ipackets;		/* out: received */
	__u64	ifqt_opackets;		/* out: taken to be sent */
	__u64	ifqt_obytes;
	__u64	ifqt_oqdrops;		/* out: not taken, for want of room */
	__u64	ifqt_oerrors;		/* out: not sent by the driver */
	__u32	ifqt_olen;		/* out: wait now */
	__u32	ifqt_pad;
};

/* gr_flags of BSIOCSIFGEN */
#define BSD_GEN_START	0x01	/* begin a run; interface must be up */
#define BSD_GEN_STOP	0x02	/* end it */
#define BSD_GEN_DROP	0x04	/* free frames where protocols would get them: baseline */
#define BSD_GEN_CSUMOK	0x08	/* say that checksums are verified, as a NIC does */
#define BSD_GEN_STREAM	0x10	/* TCP: flows are connections: a SYN, then data in the window */
#define BSD_GEN_MORE	0x20	/* ... those of the last run, whose request was the same */

/*
 * gen(4), the maker of frames: BSIOCSIFGEN starts or stops a run, BSIOCGIFGEN
 * tells how it goes. Flow i has source address gr_src + i and port gr_sport + i,
 * destination address gr_dst + i % gr_ndst and port gr_dport + i % gr_ndport.
 */
struct bsd_genreq {
	char	gr_name[BSD_IFNAMSIZ];
	__u32	gr_flags;		/* BSD_GEN_* */
	__u32	gr_size;		/* bytes a frame, without FCS: 60 to 9014 */
	__u32	gr_flows;		/* 1 to 65536 */
	__u32	gr_ndst;		/* destination addresses, 0 means 1 */
	__u64	gr_count;		/* frames in all, 0: until stopped */
	__u8	gr_src[4];		/* first source address, network order */
	__u8	gr_dst[4];
	__u16	gr_sport;		/* host order */
	__u16	gr_dport;
	__u16	gr_ndport;		/* destination ports, 0 means 1 */
	__u8	gr_proto;		/* 17 UDP, 6 TCP (SYN), 1 ICMP echo, others: zeroes */
	__u8	gr_pad;
	__u8	gr_dmac[8];		/* zero: the interface's own */
	__u64	gr_sent;		/* out: frames made in the last run */
	__u64	gr_received;		/* out: frames sent to it and swallowed since its start */
	__u64	gr_nomem;		/* out: frames not made for want of memory */
	__u64	gr_ns;			/* out: from the first frame made to the last processed */
	__u32	gr_threads;		/* out: softnet threads that make frames */
	__u32	gr_running;		/* out: 1 a run is going on */
};

/*
 * BSIOCIFINJECT: frames of any content come in on a gen(4), one after the other
 * on one thread. Each is a __u16 length in host order and that many bytes, packed.
 * Returns when they have been processed.
 */
struct bsd_injectreq {
	char	bi_name[BSD_IFNAMSIZ];
	__u32	bi_len;			/* bytes in bi_buf, at most 65536 */
	__u32	bi_count;		/* out: frames taken */
	__u64	bi_buf;			/* in: user pointer */
};

/* ARP entry: BSIOCSETARP (admin), BSIOCDELARP (admin). */
struct bsd_arpreq {
	__u8	arpr_addr[4];
	__u8	arpr_lladdr[6];
	__u16	arpr_flags;		/* 1 permanent, 2 publish (proxy) */
	__u32	arpr_tableid;
	__u32	arpr_ifindex;		/* 0: by route */
};

/* BSIOCTCPDROP: a TCP connection, by both its ends; it has a peer. */
struct bsd_tcpdrop {
	__u8	td_family;		/* AF_INET */
	__u8	td_pad[3];
	__u32	td_rtableid;		/* its routing domain counts */
	__u16	td_lport;		/* network order */
	__u16	td_fport;
	__u8	td_laddr[16];
	__u8	td_faddr[16];
};

#define BSIOCGABI	_IOR('i', 1, __u32)			/* BSDNET_ABI */
#define BSIOCGIFLIST	_IOWR('i', 2, struct bsd_iflist)
#define BSIOCGIFFLAGS	_IOWR('i', 3, struct bsd_ifreq)		/* bifru_value */
#define BSIOCSIFFLAGS	_IOW('i', 4, struct bsd_ifreq)		/* (admin) */
#define BSIOCGIFMTU	_IOWR('i', 5, struct bsd_ifreq)		/* bifru_value */
#define BSIOCSIFMTU	_IOW('i', 6, struct bsd_ifreq)		/* (admin) */
#define BSIOCGIFDATA	_IOWR('i', 7, struct bsd_ifreq)		/* bifru_data */
#define BSIOCGIFLLADDR	_IOWR('i', 8, struct bsd_ifreq)		/* bifru_lladdr */
#define BSIOCSIFLLADDR	_IOW('i', 9, struct bsd_ifreq)		/* (admin) */
#define BSIOCGIFDESCR	_IOWR('i', 10, struct bsd_ifreq)
#define BSIOCSIFDESCR	_IOW('i', 11, struct bsd_ifreq)		/* (admin) */
#define BSIOCGIFRDOMAIN	_IOWR('i', 12, struct bsd_ifreq)	/* bifru_value */
#define BSIOCSIFRDOMAIN	_IOW('i', 13, struct bsd_ifreq)		/* (admin) */
#define BSIOCIFCREATE	_IOWR('i', 14, struct bsd_ifreq)	/* (admin) "pair": free unit */
#define BSIOCIFDESTROY	_IOW('i', 15, struct bsd_ifreq)		/* (admin) */
#define BSIOCAIFGROUP	_IOW('i', 16, struct bsd_ifreq)		/* (admin) */
#define BSIOCDIFGROUP	_IOW('i', 17, struct bsd_ifreq)		/* (admin) */
#define BSIOCGIFGROUPS	_IOWR('i', 18, struct bsd_iflist)	/* ifl_group: interface */
#define BSIOCGIFADDRS	_IOWR('i', 19, struct bsd_ifaddreq)
#define BSIOCAIFADDR	_IOW('i', 20, struct bsd_ifaddreq)	/* (admin) */
#define BSIOCDIFADDR	_IOW('i', 21, struct bsd_ifaddreq)	/* (admin) */
#define BSIOCGIFPAIR	_IOWR('i', 22, struct bsd_ifreq)	/* bifru_pair */
#define BSIOCSIFPAIR	_IOW('i', 23, struct bsd_ifreq)		/* (admin) */
#define BSIOCGIFXFLAGS	_IOWR('i', 24, struct bsd_ifreq)	/* bifru_value */

#define BSIOCSIFGEN	_IOW('i', 25, struct bsd_genreq)	/* (admin) */
#define BSIOCGIFGEN	_IOWR('i', 26, struct bsd_genreq)
#define BSIOCIFINJECT	_IOWR('i', 27, struct bsd_injectreq)	/* (admin) */
#define BSIOCGIFQDISC	_IOWR('i', 28, struct bsd_ifreq)	/* bifru_group: "priq" ... */
#define BSIOCSIFQDISC	_IOW('i', 29, struct bsd_ifreq)		/* (admin) */
#define BSIOCGIFMULTI	_IOWR('i', 30, struct bsd_ifmulti)
#define BSIOCGIFQUEUES	_IOWR('i', 31, struct bsd_ifqueues)
#define BSIOCSIFQUEUES	_IOW('i', 32, struct bsd_ifqueues)	/* (admin) */
#define BSIOCGIFINTR	_IOWR('i', 33, struct bsd_ifintr)
#define BSIOCSIFINTR	_IOW('i', 34, struct bsd_ifintr)	/* (admin) */
#define BSIOCGIFQSTATS	_IOWR('i', 35, struct bsd_ifqstats)
#define BSIOCSIFXFLAGS	_IOW('i', 36, struct bsd_ifreq)		/* (admin) */
#define BSIOCGIFLLPRIO	_IOWR('i', 37, struct bsd_ifreq)	/* bifru_value */
#define BSIOCSIFLLPRIO	_IOW('i', 38, struct bsd_ifreq)		/* (admin) 0 to BSD_IFQ_MAXPRIO */

#define BSIOCADDROUTE	_IOWR('i', 40, struct bsd_rtmsg)	/* (admin) */
#define BSIOCDELROUTE	_IOWR('i', 41, struct bsd_rtmsg)	/* (admin) */
#define BSIOCCHGROUTE	_IOWR('i', 42, struct bsd_rtmsg)	/* (admin) */
#define BSIOCGETROUTE	_IOWR('i', 43, struct bsd_rtmsg)	/* by longest match */
#define BSIOCDUMPROUTE	_IOWR('i', 44, struct bsd_rtdump)
#define BSIOCSETARP	_IOW('i', 45, struct bsd_arpreq)	/* (admin) */
#define BSIOCDELARP	_IOW('i', 46, struct bsd_arpreq)	/* (admin) */
#define BSIOCRTQUERY	_IOWR('i', 47, struct bsd_rtquery)
#define BSIOCSRTSOURCE	_IOW('i', 48, struct bsd_rtsource)	/* (admin) */
#define BSIOCGRTSOURCE	_IOWR('i', 49, struct bsd_rtsource)

#define BSIOCGCOUNTERS	_IOWR('i', 60, struct bsd_counters)
#define BSIOCGPCBS	_IOWR('i', 61, struct bsd_pcbs)
#define BSIOCGMFCS	_IOWR('i', 62, struct bsd_mfcs)
#define BSIOCTCPDROP	_IOW('i', 63, struct bsd_tcpdrop)	/* (admin) reset; ESRCH: none */

#endif /* _UAPI_BSDNET_IOCTL_H */
