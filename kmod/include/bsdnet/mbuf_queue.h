/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * mbuf_queue.h - lists of packets: mbuf_list (owned by one task, no lock) and
 * mbuf_queue (a list with its own lock and limit).
 */
#ifndef _BSDNET_MBUF_QUEUE_H
#define _BSDNET_MBUF_QUEUE_H

#include <linux/spinlock.h>
#include <bsdnet/mbuf.h>

/* No lock: owned by whoever holds it. */
struct mbuf_list {
	struct mbuf	*ml_head;
	struct mbuf	*ml_tail;
	u32		 ml_len;	/* packets */
};

/*
 * Locks protecting struct members:
 *	q	mq_lock
 *	I	immutable after creation
 */
struct mbuf_queue {
	spinlock_t	 mq_lock;	/* leaf; taken with bottom halves off */
	struct mbuf_list mq_list;	/* [q] */
	u32		 mq_maxlen;	/* [I] packets */
	u32		 mq_drops;	/* [q] */
};

#define MBUF_LIST_INIT		{ NULL, NULL, 0 }

static inline void ml_init(struct mbuf_list *ml)
{
	ml->ml_head = NULL;
	ml->ml_tail = NULL;
	ml->ml_len = 0;
}

static inline bool ml_empty(const struct mbuf_list *ml)
{
	return !ml->ml_head;
}

static inline u32 ml_len(const struct mbuf_list *ml)
{
	return ml->ml_len;
}

/* Append @m; the list owns it from here. */
static inline void ml_enqueue(struct mbuf_list *ml, struct mbuf *m)
{
	m->m_nextpkt = NULL;
	if (ml->ml_tail)
		ml->ml_tail->m_nextpkt = m;
	else
		ml->ml_head = m;
	ml->ml_tail = m;
	ml->ml_len++;
}

/* Take the first packet, or NULL; the caller owns it from here. */
static inline struct mbuf *ml_dequeue(struct mbuf_list *ml)
{
	struct mbuf *m = ml->ml_head;

	if (!m)
		return NULL;
	ml->ml_head = m->m_nextpkt;
	if (!ml->ml_head)
		ml->ml_tail = NULL;
	m->m_nextpkt = NULL;
	ml->ml_len--;
	return m;
}

/* Move all of @from behind @to; @from is empty after. */
static inline void ml_enlist(struct mbuf_list *to, struct mbuf_list *from)
{
	if (!from->ml_head)
		return;
	if (to->ml_tail)
		to->ml_tail->m_nextpkt = from->ml_head;
	else
		to->ml_head = from->ml_head;
	to->ml_tail = from->ml_tail;
	to->ml_len += from->ml_len;
	ml_init(from);
}

/* mbuf_queue.c */
u32 ml_purge(struct mbuf_list *ml);
struct mbuf *ml_dechain(struct mbuf_list *ml);
u32 ml_getbulk(struct mbuf_list *ml, u32 n, u32 size, int how);
void mq_init(struct mbuf_queue *mq, u32 maxlen);
int mq_enqueue(struct mbuf_queue *mq, struct mbuf *m);
u32 mq_enlist(struct mbuf_queue *mq, struct mbuf_list *ml);
struct mbuf *mq_dequeue(struct mbuf_queue *mq);
void mq_delist(struct mbuf_queue *mq, struct mbuf_list *ml);
u32 mq_purge(struct mbuf_queue *mq);

#endif /* _BSDNET_MBUF_QUEUE_H */
