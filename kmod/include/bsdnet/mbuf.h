/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * mbuf.h - the packet: struct mbuf, its storage and the functions on both.
 *
 * A packet is a chain of mbufs by m_next; the first one carries M_PKTHDR.
 * Packets are queued by m_nextpkt (mbuf_queue.h). An mbuf is 256 bytes:
 *
 *	  0	links, data pointer, length, flags		32 bytes
 *	 32	packet header (only with M_PKTHDR)		 88 bytes
 *	120	external storage (only with M_EXT)		 24 bytes
 *		or inline data to the end			136 bytes
 *
 * without M_PKTHDR inline data starts at 32 (224 bytes). Data of an mbuf with
 * M_EXT is in storage that any number of mbufs share by reference, so that
 * copies for retransmission, multicast and taps copy no data. Shared storage is
 * read-only: ask m_writable() before writing.
 *
 * Ownership: a function that takes an mbuf consumes it on every path, unless
 * its comment says otherwise. Those that may replace it return the new one and
 * have freed the old one when they return NULL.
 */
#ifndef _BSDNET_MBUF_H
#define _BSDNET_MBUF_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/instruction_pointer.h>
#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <bsdnet/counters.h>

struct bio_vec;
struct inpcb;
struct m_tag;
struct page;

#define MSIZE		256
#define MHDRLEN		32			/* struct mbuf before its union */
#define MLEN		(MSIZE - MHDRLEN)	/* inline data without packet header */
#define MPKTHDRLEN	88
#define MHLEN		(MLEN - MPKTHDRLEN)	/* inline data with packet header */
#define MCLBYTES	2048			/* standard cluster */
#define MAXMCLBYTES	(32 * 1024 - 128)	/* largest storage of one mbuf */
#define M_LENT_MAX	16	/* pages of one m_getlent(); as many as a pipe has */
#define MAX_LINKHDR	64	/* room kept before IP headers: tunnel and link layer, aligned */

/* m_flags */
#define M_EXT		0x0001	/* data is in external storage */
#define M_PKTHDR	0x0002	/* first of a packet */
#define M_BCAST		0x0004	/* received or sent as link-layer broadcast */
#define M_MCAST		0x0008	/* received or sent as link-layer multicast */
#define M_LOOP		0x0010	/* in: from ourselves, 127/8 is fine; out: no copy to us */
#define M_VLANTAG	0x0020	/* ph_vtag is valid */
#define M_EXTRDONLY	0x0040	/* storage belongs to somebody who forbids writing */
#define M_TSVALID	0x0080	/* ph_timestamp is valid */
#define M_FRAG		0x0100	/* IP fragment made or seen by us */
#define M_SOCK		0x0200	/* charged to the sockets' share of memory */
#define M_FLOWID	0x0400	/* ph_flowid is valid */
#define M_ICMPERR	0x0800	/* generated ICMP error: never answered by another */
#define M_OURS		0x1000	/* from bsd_ip_output() by lo to _input(): to an address of ours */

/* csum_flags: OUT = pending, to be filled in; IN_OK = verified by device or us. */
#define M_IPV4_CSUM_OUT		0x0001
#define M_TCP_CSUM_OUT		0x0002
#define M_UDP_CSUM_OUT		0x0004
#define M_ICMP_CSUM_OUT		0x0008
#define M_IPV4_CSUM_IN_OK	0x0010
#define M_TCP_CSUM_IN_OK	0x0020
#define M_UDP_CSUM_IN_OK	0x0040
#define M_ICMP_CSUM_IN_OK	0x0080
#define M_TCP_TSO		0x0100	/* cut into ph_mss pieces on output */
#define M_PROTO_CSUM_OUT	(M_TCP_CSUM_OUT | M_UDP_CSUM_OUT | M_ICMP_CSUM_OUT)

#define M_LOOP_MAX	16	/* ph_loopcnt: passes through tunnels, pair, lo */

/* How to allocate. */
#define M_DONTWAIT	0x00	/* never sleeps; the only way under netlock */
#define M_WAIT		0x01	/* may reclaim; NET_ASSERT_UNLOCKED */
#define M_FOR_SOCK	0x02	/* for a socket: at most 3/4 of the limit */
#define M_ZERO_PAD	0x04	/* inline data starts zeroed */

/*
 * pkthdr: what is known of a whole packet. Owned by whoever owns the mbuf, so
 * no member has a lock. Host byte order.
 */
struct pkthdr {
	u32		 len;		/* bytes in the whole chain */
	u32		 ph_ifidx;	/* receive interface, 0: made here */
	u32		 ph_flowid;	/* symmetric hash (M_FLOWID) */
	u16		 ph_rtableid;	/* routing table, hence rdomain */
	u16		 csum_flags;	/* M_*_CSUM_* */
	u16		 ph_mss;	/* payload a segment; 0: not merged */
	u16		 ph_segs;	/* frames merged into this one; 0 means 1 */
	u16		 ph_vtag;	/* 802.1Q tag, host order (M_VLANTAG) */
	u8		 ph_prio;	/* 0..BSD_IFQ_MAXPRIO, at first BSD_IFQ_DEFPRIO */
	u8		 ph_loopcnt;	/* passes so far, limit M_LOOP_MAX */
	s64		 ph_timestamp;	/* CLOCK_REALTIME ns (M_TSVALID) */
	struct m_tag	*ph_tags;	/* singly linked, owned */
	struct inpcb	*ph_inp;	/* hint, checked before use; never freed through */
	void		*ph_cookie;	/* between two neighbours of the path only */
	u64		 ph_ipsec;	/* SA id a packet came through; 0 none */
	struct {
		void	*statekey;	/* state the packet belongs to */
		u32	 qid;		/* queue id */
		u16	 tag;		/* pf tag */
		u8	 flags;		/* PF_TAG_* */
		u8	 routed;	/* times route-to was taken */
	} ph_pf;
	u16		 ph_l3off;	/* of the network header, once ether_input is done */
	u8		 ph_drvpad[6];	/* [d] a driver's, between its own rx and tx halves */
};

/*
 * m_store: one piece of shared storage. It lies inside the storage it counts
 * (behind the data), so it costs no allocation; that of mbuf_lend.c lies in an
 * mbuf. Created by mbuf_cluster.c, mbuf_page.c, mbuf_lend.c or a driver; freed by
 * the last m_free().
 */
struct m_store {
	refcount_t	 ms_refs;	/* [a] mbufs on it */
	/*
	 * Bytes it stands for in a socket's budget. Storage of the caches here
	 * is charged to mbuf/limit_bytes as well; a driver's own is not.
	 */
	u32		 ms_truesize;	/* [I] */
	/* Takes it back; the last user may not have lowered ms_refs. Any context but hard irq. */
	void		(*ms_free)(struct m_store *ms);	/* [I] */
	void		*ms_arg;	/* [I] ms_free's: slab cache, page, page_pool */
};

/* m_ext: the storage of one mbuf; valid with M_EXT. */
struct m_ext {
	u8		*ext_buf;	/* start of the part that belongs to this packet */
	struct m_store	*ext_store;	/* one reference held */
	u32		 ext_size;	/* bytes from ext_buf that may be used; lent: that count */
	u32		 ext_pad;
};

struct mbuf {
	struct mbuf	*m_next;	/* next of this packet */
	union {
		struct mbuf		*m_nextpkt;	/* next packet of a queue */
		struct llist_node	 m_llnode;	/* on a lock-free list instead */
	};
	u8		*m_data;	/* first byte of data */
	u32		 m_len;		/* bytes of data here */
	u16		 m_flags;	/* M_* */
	u8		 m_spare;	/* 0 */
	u8		 m_poison;	/* life check: set while allocated (mbuf_priv.h) */
	union {
		struct {
			struct pkthdr	m_pkthdr;
			union {
				struct m_ext	m_ext;	/* with M_EXT, header or not */
				u8		m_pktdat[MHLEN];
			};
		};
		u8	m_dat[MLEN];
	};
};

static_assert(sizeof(struct pkthdr) == MPKTHDRLEN);
static_assert(sizeof(struct mbuf) == MSIZE);
static_assert(offsetof(struct mbuf, m_dat) == MHDRLEN);

enum mbuf_counter {
	MBS_NOMEM = COUNTER_FIRST(CG_MBUF),	/* the kernel had no memory */
	MBS_LIMIT,		/* refused: over mbuf/limit_bytes */
	MBS_SOCKLIMIT,		/* refused to sockets: over 3/4 of it */
	MBS_BADARG,		/* calls with impossible arguments, refused */
	MBS_TOOSHORT,		/* m_pullup() of more than the packet has */
	MBS_PULLUPS,		/* pullups that needed another mbuf */
	MBS_UNSHARED,		/* shared storage copied to be written */
	MBS_DEFRAGS,		/* chains copied into one piece */
	MBS_REFILLS,		/* magazines filled from the slab caches */
	MBS_FLUSHES,		/* magazines emptied into them */
	MBS_REMOTE,		/* packets freed in softirq, left to a thread */
	MBS_PAGES,		/* page blocks taken for large sends */
	MBS_LENT,		/* pages of others lent for sends (sendfile) */
	MBS_QFULL,		/* packets dropped at a full mbuf queue */
	MBS_BADFREE,		/* free of what was free already, refused */
	MBS_END
};

/* Data of @m as a pointer to @type. Check m_len first (m_pullup). */
#define mtod(m, type)	((type)((m)->m_data))

/* Frames that a packet stands for. */
static inline u32 m_segs(const struct mbuf *m)
{
	return m->m_pkthdr.ph_segs ? m->m_pkthdr.ph_segs : 1;
}

/* mbuf_alloc.c */
struct mbuf *m_get(int how);
struct mbuf *m_gethdr(int how);
struct mbuf *m_getcl(int how, u32 size);
struct mbuf *m_free(struct mbuf *m);
void m_freem(struct mbuf *m);
void mbuf_reap(void);
void m_inithdr(struct mbuf *m);
int m_dup_pkthdr(struct mbuf *to, struct mbuf *from, int how);
void m_move_pkthdr(struct mbuf *to, struct mbuf *from);
void m_resethdr(struct mbuf *m);

/* mbuf_cluster.c, mbuf_page.c */
int m_clget(struct mbuf *m, int how, u32 size);
void m_extadd(struct mbuf *m, u8 *buf, u32 size, struct m_store *ms);
void m_extref(struct mbuf *to, const struct mbuf *from);
int m_unshare(struct mbuf *m, int how);
struct mbuf *m_getuser(u32 len, u32 headroom, int how);

/* mbuf_lend.c */
struct mbuf *m_getlent(const struct bio_vec *bv, u32 n, int how);

/* mbuf_shape.c */
struct mbuf *m_prepend(struct mbuf *m, u32 len, int how);
struct mbuf *m_pullup(struct mbuf *m, u32 len);
struct mbuf *m_makewritable(struct mbuf *m, u32 len);
void m_adj(struct mbuf *m, int len);
struct mbuf *m_split(struct mbuf *m, u32 len, int how);
void m_cat(struct mbuf *m, struct mbuf *n);
int m_defrag(struct mbuf *m, int how);
struct mbuf *m_getptr(struct mbuf *m, u32 off, u32 *poff);
u32 m_span(struct mbuf *m, u32 off, u32 len, unsigned int max);

/* mbuf_copy.c */
struct mbuf *m_copym(struct mbuf *m, u32 off, u32 len, int how);
struct mbuf *m_dup_pkt(struct mbuf *m, u32 headroom, int how);
int m_copydata(const struct mbuf *m, u32 off, u32 len, void *buf);
int m_copyback(struct mbuf *m, u32 off, u32 len, const void *buf, int how);
int m_apply(const struct mbuf *m, u32 off, u32 len,
	    int (*fn)(void *arg, const u8 *data, u32 len), void *arg);

/* mbuf_stat.c */
void m_drop_reason(struct mbuf *m, unsigned int reason, unsigned long caller);
u64 mbuf_inuse(void);
u64 mbuf_bytes(void);
int mbuf_set_limit(u64 bytes);
u64 mbuf_get_limit(void);
bool mbuf_set_nocache(bool on);

/* Bits of mbuf_slow: why an allocation cannot take the short way. */
#define MBUF_SLOW_SOCK		0	/* over the sockets' 3/4 of the limit */
#define MBUF_SLOW_NOCACHE	1	/* magazines are switched off */

extern unsigned long mbuf_slow;	/* [a] read-mostly */

/**
 * mbuf_sock_pressure() - is the sockets' share of packet memory used up
 *
 * For whoever stores received packets in socket buffers: dropping then keeps
 * the last quarter for the receive rings.
 *
 * Context: Any.
 * Return: true over three quarters of mbuf/limit_bytes (within some 100 KiB a CPU).
 */
static inline bool mbuf_sock_pressure(void)
{
	return READ_ONCE(mbuf_slow) & BIT(MBUF_SLOW_SOCK);
}

/**
 * m_drop() - count why a packet is dropped, trace it, free it
 * @m:      packet, consumed; NULL counts only
 * @reason: counter id, e.g. IPS_BADSUM
 *
 * Context: Any but hard interrupt.
 */
static __always_inline void m_drop(struct mbuf *m, unsigned int reason)
{
	m_drop_reason(m, reason, _THIS_IP_);
}

/* First byte of the room that belongs to @m. */
static inline u8 *m_start(const struct mbuf *m)
{
	if (m->m_flags & M_EXT)
		return m->m_ext.ext_buf;
	return m->m_flags & M_PKTHDR ? (u8 *)m->m_pktdat : (u8 *)m->m_dat;
}

/* Size of the room that belongs to @m, in bytes. */
static inline u32 m_size(const struct mbuf *m)
{
	if (m->m_flags & M_EXT)
		return m->m_ext.ext_size;
	return m->m_flags & M_PKTHDR ? MHLEN : MLEN;
}

/* May the data of @m be changed: not shared, not read-only. */
static inline bool m_writable(const struct mbuf *m)
{
	if (!(m->m_flags & M_EXT))
		return true;
	return !(m->m_flags & M_EXTRDONLY) && refcount_read(&m->m_ext.ext_store->ms_refs) == 1;
}

/* Free bytes before the data, 0 if they may not be written. */
static inline u32 m_leadingspace(const struct mbuf *m)
{
	return m_writable(m) ? m->m_data - m_start(m) : 0;
}

/* Free bytes behind the data, 0 if they may not be written. */
static inline u32 m_trailingspace(const struct mbuf *m)
{
	return m_writable(m) ? m_start(m) + m_size(m) - (m->m_data + m->m_len) : 0;
}

#endif /* _BSDNET_MBUF_H */
