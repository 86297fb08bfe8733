/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * gen_priv.h - what the files of the module bsdnet_gen share.
 */
#ifndef _BSDNET_GEN_PRIV_H
#define _BSDNET_GEN_PRIV_H

#include <bsdnet/driver.h>
#include <linux/string.h>
#include <uapi/bsdnet/ioctl.h>

#define GEN_ALIGN	2		/* puts the IP header on four bytes */
#define GEN_HDRLEN	64		/* bytes of a frame that come from the template */
#define GEN_IPLEN	20
#define GEN_L4		(ETH_HLEN + GEN_IPLEN)

struct gen_conn;
struct gen_softc;

/* The first bytes of a flow's frames, complete with checksums. Immutable. */
struct gen_flow {
	u8			 gf_hdr[GEN_HDRLEN];
	u32			 gf_flowid;
	struct gen_conn		*gf_conn;	/* NULL: no stream */
};

/*
 * What one softnet thread does for a run. Made by gen_start(), freed by
 * gen_stop(). Threads write a frame's worth here, so none shares a line.
 *
 * Locks protecting struct members in this file:
 *	I	immutable during a run
 *	o	owned by the softnet thread; others READ_ONCE
 *	a	READ_ONCE/WRITE_ONCE
 *	r	rtnl_lock
 *	C	gc_lock
 */
struct gen_thread {
	struct softnet_poll	 gt_poll;
	struct gen_softc	*gt_sc;		/* [I] */
	struct gen_flow		*gt_flows;	/* [I] NULL: has none */
	u32			 gt_nflows;	/* [I] */
	u32			 gt_next;	/* [o] flow of the next frame */
	u64			 gt_left;	/* [o] frames to make */
	u64			 gt_sent;	/* [o] */
	u64			 gt_nomem;	/* [o] */
	u64			 gt_start;	/* [o] ns, 0: not yet */
	u64			 gt_end;	/* [o] ns, 0: still at it */
} ____cacheline_aligned_in_smp;

/*
 * A connection that a flow is, as its sender sees it. Numbers begin with 0, the SYN's.
 * What comes for it may be sent by any thread: gc_lock.
 */
struct gen_conn {
	spinlock_t		 gc_lock;	/* C */
	struct gen_thread	*gc_thread;	/* [a] who sends; NULL between runs */
	u32			 gc_seq;	/* [o, a] next to send */
	u32			 gc_una;	/* [C, a] acknowledged before this */
	u32			 gc_right;	/* [C, a] end of the window that was told */
	u32			 gc_ack;	/* [a] what we acknowledge */
	u8			 gc_state;	/* [a] GEN_* below */
	u8			 gc_shift;	/* [C] of the windows told */
	u8			 gc_dups;	/* [C] acknowledgments of nothing in a row */
	bool			 gc_again;	/* [a] send from gc_una on */
};

enum { GEN_CLOSED, GEN_SYN_SENT, GEN_OPEN, GEN_RESET };

/* All connections of an interface. Made by gen_stream_start(), freed by _free(). */
struct gen_streams {
	struct bsd_genreq	 gs_req;	/* [I] which they are */
	u32			 gs_addr;	/* [I] gs_req.gr_src, host order */
	struct gen_conn		 gs_conns[];	/* by flow */
};

/* One interface. Made by gen_create(), freed by gen_destroy(). */
struct gen_softc {
	struct ifnet		 sc_if;
	u32			 sc_size;	/* [I] bytes a frame */
	u16			 sc_csum;	/* [I] csum_flags of a frame */
	bool			 sc_drop;	/* [a] free frames in gen_input() */
	bool			 sc_stop;	/* [a] make no more */
	struct gen_thread	*sc_threads;	/* [r] by CPU; NULL: no run */
	struct gen_streams	*sc_streams;	/* [a, r] NULL: none */
	struct bsd_genreq	 sc_req;	/* [r] of the last run, with its results */
	u64			 sc_swallowed;	/* [r] IFC_OPACKETS at its start */
};

static inline void gen_put16(u8 *p, u16 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void gen_put32(u8 *p, u32 v)
{
	gen_put16(p, v >> 16);
	gen_put16(p + 2, v);
}

static inline u16 gen_get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static inline u32 gen_get32(const u8 *p)
{
	return (u32)gen_get16(p) << 16 | gen_get16(p + 2);
}

/* One's complement sum of an even number of bytes, not folded. */
static inline u32 gen_sum(const u8 *p, unsigned int len)
{
	u32 sum = 0;

	for (; len; len -= 2, p += 2)
		sum += gen_get16(p);
	return sum;
}

static inline u16 gen_fold(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Make a frame of @gf's template and zeroes, in an mbuf with room to align it. */
static inline void gen_fill(struct gen_thread *gt, const struct gen_flow *gf, struct mbuf *m,
			    u32 size, u16 csum)
{
	u8 *p = m->m_data + GEN_ALIGN;

	memcpy(p, gf->gf_hdr, GEN_HDRLEN);
	if (size > GEN_HDRLEN)
		memset(p + GEN_HDRLEN, 0, size - GEN_HDRLEN);
	m->m_data = p;
	m->m_len = size;
	m->m_flags |= M_FLOWID;
	m->m_pkthdr.len = size;
	m->m_pkthdr.ph_ifidx = gt->gt_sc->sc_if.if_index;
	m->m_pkthdr.ph_flowid = gf->gf_flowid;
	m->m_pkthdr.csum_flags = csum;
}

/* gen_stream.c */
int gen_stream_check(const struct gen_softc *sc, const struct bsd_genreq *gr);
int gen_stream_start(struct gen_softc *sc, const struct bsd_genreq *gr);
void gen_stream_stop(struct gen_softc *sc);
void gen_stream_free(struct gen_softc *sc);
void gen_stream_template(u8 *hdr);
unsigned int gen_stream_poll(struct gen_thread *gt, struct mbuf_list *ml, unsigned int want);
bool gen_stream_ready(const struct gen_thread *gt);
void gen_stream_heard(struct gen_softc *sc, const struct mbuf *m);

#endif /* _BSDNET_GEN_PRIV_H */
