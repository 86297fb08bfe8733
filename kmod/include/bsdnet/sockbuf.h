/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * sockbuf.h - one direction of a socket: a list of records under a spinlock.
 *
 * A datagram record is one packet (m_nextpkt links records); pkthdr.len counts
 * its data; ph_cookie points at the network header it came with, inside its own
 * storage, so that address and control messages are made only if asked for.
 *
 * Locks protecting struct members in this file:
 *	s	sb_lock (spinlock; process context only, softnet and system calls)
 *	a	atomic or READ_ONCE/WRITE_ONCE
 */
#ifndef _BSDNET_SOCKBUF_H
#define _BSDNET_SOCKBUF_H

#include <linux/spinlock.h>
#include <bsdnet/mbuf_queue.h>

struct bsd_socket;
struct so_user;

#define SB_MIN		2048			/* smallest sb_hiwat, bytes */
#define SB_MAX		(8 * 1024 * 1024)	/* largest sb_hiwat, bytes */

/* Of a stream: what is known of the byte that the peer calls urgent (sb_urgent). */
enum {
	SBU_NONE,
	SBU_AHEAD,	/* told of, not here yet */
	SBU_HERE,	/* in the buffer, its value in sb_urgbyte */
	SBU_TAKEN	/* in the buffer, and was read with MSG_OOB */
};

struct sockbuf {
	spinlock_t	 sb_lock;	/* guards the s members */
	u32		 sb_cc;		/* [s; a for readers] bytes of data */
	u32		 sb_mbcnt;	/* [s; a for readers] bytes of storage; 0: no record */
	u32		 sb_hiwat;	/* [a] limit of sb_cc */
	u32		 sb_mbmax;	/* [a] limit of sb_mbcnt */
	u32		 sb_waiters;	/* [s; a for readers] tasks asleep in soreceive() */
	bool		 sb_shut;	/* [s; a] no more comes in (or goes out) */
	u8		 sb_urgent;	/* [s; a for readers] SBU_*; not NONE: there is a mark */
	u8		 sb_urgbyte;	/* [s] with SBU_HERE */
	u8		 sb_urgpast;	/* [s; a for readers] first bytes that no read returns */
	u32		 sb_mark;	/* [s; a for readers] bytes before the urgent one */
	struct mbuf_list sb_ml;		/* [s] records */
	u64		 sb_drops;	/* [s; a for readers] records refused for want of room */
};

/* What a read of a stream may take. */
struct sb_span {
	u32	ss_skip;	/* bytes to pass over */
	u32	ss_len;		/* bytes behind them */
	bool	ss_atmark;	/* the first byte but those passed before is urgent */
};

/* sockbuf.c */
void sb_init(struct sockbuf *sb, u32 hiwat);
int sb_reserve(struct sockbuf *sb, u32 hiwat);
void sb_fix(struct bsd_socket *so, struct sockbuf *sb, u32 hiwat);
void sb_grow(struct bsd_socket *so, struct sockbuf *sb, u32 hiwat);
/*
 * Append records of @ml while they fit, under one lock; what does not fit stays in @ml.
 * Returns how many were appended. The caller wakes (sorwakeup) if not 0.
 */
u32 sb_append_records(struct bsd_socket *so, struct sockbuf *sb, struct mbuf_list *ml);
struct mbuf *sb_take_record(struct bsd_socket *so, struct sockbuf *sb);
void sb_return_record(struct bsd_socket *so, struct sockbuf *sb, struct mbuf *m);
struct mbuf *sb_peek_record(struct sockbuf *sb);
void sb_flush(struct bsd_socket *so, struct sockbuf *sb);
/* A stream: one chain of mbufs, no records. */
bool sb_append_stream(struct bsd_socket *so, struct sockbuf *sb, struct mbuf *m);
void sb_append_taken(struct bsd_socket *so, struct sockbuf *sb, struct mbuf *m, u32 len);
void sb_drop(struct bsd_socket *so, struct sockbuf *sb, u32 len);
struct mbuf *sb_take_stream(struct bsd_socket *so, struct sockbuf *sb, u32 *len, u32 max);
void sb_return_stream(struct bsd_socket *so, struct sockbuf *sb, struct mbuf *m, u32 len);
u32 sb_mbsize(const struct mbuf *m);	/* storage bytes of a packet */
bool so_user_full(struct so_user *user);
void so_user_charge(struct so_user *user, s64 bytes);

/* sockbuf_wait.c: from the stack, no lock held. */
void sowakeup_slow(struct bsd_socket *so, u32 what);
void sorwakeup(struct bsd_socket *so);
void sowwakeup(struct bsd_socket *so);

/* Bytes that may be added to a stream. */
static inline u32 sb_space(const struct sockbuf *sb)
{
	u32 hiwat = READ_ONCE(sb->sb_hiwat);
	u32 cc = READ_ONCE(sb->sb_cc);

	if (READ_ONCE(sb->sb_mbcnt) >= READ_ONCE(sb->sb_mbmax))
		return 0;
	return cc < hiwat ? hiwat - cc : 0;
}

/* Is there so much room in a stream's send buffer that a writer is worth waking? */
static inline bool sb_writable(const struct sockbuf *sb)
{
	return sb_space(sb) >= READ_ONCE(sb->sb_hiwat) / 3;
}

#endif /* _BSDNET_SOCKBUF_H */
