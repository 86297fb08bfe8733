// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_queue.c - lists of packets: bulk allocation and free; queues with a lock.
 *
 * Receive rings -> ml_getbulk() -> ... -> ml_purge() of transmitted packets.
 *
 * Context: lists belong to one task; queues are used from softirq and process
 * context, mq_lock is a leaf taken with bottom halves off. Packets are freed
 * after it is dropped.
 */
#include <bsdnet/mbuf_queue.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include "mbuf_priv.h"

#define GETBULK_BATCH	32

/**
 * ml_purge() - free all packets of a list
 * @ml: list, left empty
 *
 * Mbufs and clusters go back in batches, one section of the magazine each.
 *
 * Context: Any but hard interrupt.
 * Return:  How many packets there were.
 */
u32 ml_purge(struct mbuf_list *ml)
{
	u32 n = ml->ml_len;
	struct mbuf *m;

	if (likely(in_task())) {
		mbuf_free_bulk(ml);
	} else {
		while ((m = ml_dequeue(ml)))
			m_freem(m);
	}
	return n;
}

BSDNET_EXPORT(ml_purge);

/**
 * ml_dechain() - take all packets of a list
 * @ml: list, left empty
 *
 * Context: As the list.
 * Return:  The first packet, the others linked by m_nextpkt; all the caller's.
 */
struct mbuf *ml_dechain(struct mbuf_list *ml)
{
	struct mbuf *m = ml->ml_head;

	ml_init(ml);
	return m;
}

BSDNET_EXPORT(ml_dechain);

/* At most GETBULK_BATCH of ml_getbulk()'s packets. */
static u32 getbulk_batch(struct mbuf_list *ml, u32 n, u32 size, int how)
{
	void *clusters[GETBULK_BATCH];
	void *mbufs[GETBULK_BATCH];
	struct mbuf *m;
	u32 got = n;
	u32 i;

	if (size)
		got = pool_getbulk(&mbuf_pools[POOL_CL2K], clusters, n, how);
	n = got ? pool_getbulk(&mbuf_pools[POOL_MBUF], mbufs, got, how) : 0;
	for (i = 0; i < n; i++) {
		m = mbufs[i];
		m_setuphdr(m, how);
		if (size) {
			cluster_attach(&mbuf_pools[POOL_CL2K], &m->m_ext, clusters[i]);
			m->m_data = m->m_ext.ext_buf;
			m->m_flags |= M_EXT;
		}
		ml_enqueue(ml, m);
	}
	if (size && n < got)
		pool_putbulk(&mbuf_pools[POOL_CL2K], clusters + n, got - n);
	return n;
}

/**
 * ml_getbulk() - allocate many empty packets
 * @ml:   list they are appended to
 * @n:    how many
 * @size: bytes of room each; up to MHLEN they lie in the mbuf
 * @how:  as m_get()
 *
 * Context: As m_get().
 * Return:  How many were appended; fewer than @n without memory or at the limit
 *          (counted).
 */
u32 ml_getbulk(struct mbuf_list *ml, u32 n, u32 size, int how)
{
	struct mbuf *m;
	u32 done;
	u32 got;
	u32 k;

	if (size <= MHLEN)
		size = 0;
	for (done = 0; done < n; done += got) {
		if (likely(size <= MCLBYTES)) {
			k = min_t(u32, n - done, GETBULK_BATCH);
			got = getbulk_batch(ml, k, size, how);
			if (got < k)
				return done + got;
		} else {
			m = m_getcl(how, size);
			if (!m)
				break;
			ml_enqueue(ml, m);
			got = 1;
		}
	}
	return done;
}

BSDNET_EXPORT(ml_getbulk);

/**
 * mq_init() - initialise a queue
 * @mq:     queue
 * @maxlen: packets it may hold
 *
 * Context: Any.
 */
void mq_init(struct mbuf_queue *mq, u32 maxlen)
{
	spin_lock_init(&mq->mq_lock);
	ml_init(&mq->mq_list);
	mq->mq_maxlen = maxlen;
	mq->mq_drops = 0;
}

BSDNET_EXPORT(mq_init);

/**
 * mq_enqueue() - append a packet to a queue
 * @mq: queue
 * @m:  packet, consumed
 *
 * Context: Any but hard interrupt. Takes and releases mq_lock.
 * Return:  0, or -ENOBUFS if the queue is full and @m was dropped (counted).
 */
int mq_enqueue(struct mbuf_queue *mq, struct mbuf *m)
{
	bool full;

	spin_lock_bh(&mq->mq_lock);
	full = mq->mq_list.ml_len >= mq->mq_maxlen;
	if (full)
		mq->mq_drops++;
	else
		ml_enqueue(&mq->mq_list, m);
	spin_unlock_bh(&mq->mq_lock);
	if (unlikely(full)) {
		m_drop(m, MBS_QFULL);
		return -ENOBUFS;
	}
	return 0;
}

BSDNET_EXPORT(mq_enqueue);

/**
 * mq_enlist() - append a list of packets to a queue
 * @mq: queue
 * @ml: packets, consumed; left empty
 *
 * Context: Any but hard interrupt. Takes and releases mq_lock once.
 * Return:  How many did not fit and were dropped (counted).
 */
u32 mq_enlist(struct mbuf_queue *mq, struct mbuf_list *ml)
{
	struct mbuf *m;
	u32 dropped;

	spin_lock_bh(&mq->mq_lock);
	if (likely(ml->ml_len <= mq->mq_maxlen - mq->mq_list.ml_len)) {
		ml_enlist(&mq->mq_list, ml);
	} else {
		while (mq->mq_list.ml_len < mq->mq_maxlen)
			ml_enqueue(&mq->mq_list, ml_dequeue(ml));
	}
	dropped = ml->ml_len;
	mq->mq_drops += dropped;
	spin_unlock_bh(&mq->mq_lock);
	while (unlikely((m = ml_dequeue(ml))))
		m_drop(m, MBS_QFULL);
	return dropped;
}

BSDNET_EXPORT(mq_enlist);

/**
 * mq_dequeue() - take the first packet of a queue
 * @mq: queue
 *
 * Context: Any but hard interrupt. Takes and releases mq_lock.
 * Return:  Packet, the caller's, or NULL.
 */
struct mbuf *mq_dequeue(struct mbuf_queue *mq)
{
	struct mbuf *m;

	spin_lock_bh(&mq->mq_lock);
	m = ml_dequeue(&mq->mq_list);
	spin_unlock_bh(&mq->mq_lock);
	return m;
}

BSDNET_EXPORT(mq_dequeue);

/**
 * mq_delist() - take all packets of a queue
 * @mq: queue, empty after
 * @ml: list they are appended to
 *
 * Context: Any but hard interrupt. Takes and releases mq_lock once.
 */
void mq_delist(struct mbuf_queue *mq, struct mbuf_list *ml)
{
	spin_lock_bh(&mq->mq_lock);
	ml_enlist(ml, &mq->mq_list);
	spin_unlock_bh(&mq->mq_lock);
}

BSDNET_EXPORT(mq_delist);

/**
 * mq_purge() - free all packets of a queue
 * @mq: queue, empty after
 *
 * Context: Any but hard interrupt. Takes and releases mq_lock once.
 * Return:  How many packets there were.
 */
u32 mq_purge(struct mbuf_queue *mq)
{
	struct mbuf_list ml = MBUF_LIST_INIT;

	mq_delist(mq, &ml);
	return ml_purge(&ml);
}

BSDNET_EXPORT(mq_purge);
