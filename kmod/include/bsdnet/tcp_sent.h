/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * tcp_sent.h - what is under way: the bytes from snd_una to snd_max in ranges that
 * were sent at one time and had one fate.
 *
 * A range begins where the one before ends, the first at snd_una. Segments that leave
 * together make one range; a selective acknowledgment splits it, and ranges that were
 * acknowledged are one again. So a connection without losses has few, of 12 bytes.
 *
 * Their number is limited: a split beyond TCP_SENT_SPLIT is refused, which loses only
 * what the peer said of those bytes, and new data joins the last range.
 */
#ifndef _BSDNET_TCP_SENT_H
#define _BSDNET_TCP_SENT_H

#include <linux/types.h>

#define TCP_SENT_INLINE	4	/* ranges in the tcpcb itself */
#define TCP_SENT_KEEP	16	/* room that is kept when nothing is under way */
#define TCP_SENT_SPLIT	224	/* no more by what the peer says */
#define TCP_SENT_MAX	256	/* no more at all */

struct tcp_range {
	u32	tr_end;		/* sequence number behind its last byte */
	u32	tr_time;	/* tm_us when it was sent, the last time */
	u32	tr_flags;	/* TR_* */
};

#define TR_SACKED	0x01	/* the peer has it */
#define TR_LOST		0x02	/* ... has not, and it is to be sent again */
#define TR_AGAIN	0x04	/* was sent again */

/* All members: PCB locked. */
struct tcp_sent {
	struct tcp_range	*sn_range;	/* sn_inline, or allocated */
	u32			 sn_start;	/* snd_una */
	u32			 sn_sacked;	/* bytes that are TR_SACKED */
	u32			 sn_lost;	/* bytes that are TR_LOST */
	u16			 sn_n;
	u16			 sn_room;	/* of sn_range */
	struct tcp_range	 sn_inline[TCP_SENT_INLINE];
};

/* What an acknowledgment says has arrived, for tcp_rack.c. */
struct tcp_delivery {
	u32	td_bytes;	/* for the first time */
	u32	td_time;	/* when the last of them was sent, if td_bytes */
	u32	td_end;		/* its end */
	u32	td_flags;	/* its TR_* */
	u32	td_high;	/* the highest end of them, td_fack at least */
	u32	td_fack;	/* in: highest byte known to have arrived before, plus one */
	bool	td_reordered;	/* something arrived after what was sent later */
};

/* Was (@time, @end) sent after (@time0, @end0)? RFC 8985 5.2. */
static inline bool tcp_sent_after(u32 time, u32 end, u32 time0, u32 end0)
{
	return (s32)(time - time0) > 0 || (time == time0 && (s32)(end - end0) > 0);
}

/* Where the range @i begins. */
static inline u32 tcp_sent_start(const struct tcp_sent *sn, unsigned int i)
{
	return i ? sn->sn_range[i - 1].tr_end : sn->sn_start;
}

void bsd_tcp_sent_init(struct tcp_sent *sn, u32 seq);
void bsd_tcp_sent_free(struct tcp_sent *sn);
void bsd_tcp_sent_new(struct tcp_sent *sn, u32 end, u32 now);
void bsd_tcp_sent_again(struct tcp_sent *sn, u32 start, u32 end, u32 now);
void bsd_tcp_sent_acked(struct tcp_sent *sn, u32 ack, struct tcp_delivery *td);
bool bsd_tcp_sent_sacked(struct tcp_sent *sn, u32 start, u32 end, struct tcp_delivery *td);
void bsd_tcp_sent_lost(struct tcp_sent *sn, unsigned int i);
void bsd_tcp_sent_lost_all(struct tcp_sent *sn);
void bsd_tcp_sent_found_all(struct tcp_sent *sn);
bool bsd_tcp_sent_mending(const struct tcp_sent *sn);
bool bsd_tcp_sent_next_lost(const struct tcp_sent *sn, u32 *start, u32 *end);

#endif /* _BSDNET_TCP_SENT_H */
