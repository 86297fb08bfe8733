// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ifq_priq.c - the default discipline: eight lists, higher ph_prio first.
 *
 * Transmit path: inside ifq.c. A full queue drops the packet that comes, unless
 * one of lower priority waits: then that one goes.
 * Context: ifq_lock held.
 */
#include <bsdnet/ifq.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <uapi/bsdnet/if.h>

#define PRIQ_NPRIO	(BSD_IFQ_MAXPRIO + 1)

/* State of one queue. Locks: as struct ifqueue (q). */
struct priq {
	u32			 pq_waiting;	/* [q] bit n: pq_list[n] is not empty */
	struct mbuf_list	 pq_list[PRIQ_NPRIO];	/* [q] */
};

static struct mbuf *priq_take(struct priq *pq, unsigned int prio)
{
	struct mbuf *m = ml_dequeue(&pq->pq_list[prio]);

	if (ml_empty(&pq->pq_list[prio]))
		pq->pq_waiting &= ~BIT(prio);
	return m;
}

static bool priq_enq(struct ifqueue *ifq, struct mbuf *m, struct mbuf_list *drops)
{
	unsigned int prio = min_t(unsigned int, m->m_pkthdr.ph_prio, PRIQ_NPRIO - 1);
	struct priq *pq = ifq->ifq_state;

	if (unlikely(ifq->ifq_len >= READ_ONCE(ifq->ifq_maxlen))) {
		if (!pq->pq_waiting || __ffs(pq->pq_waiting) >= prio)
			return false;
		ml_enqueue(drops, priq_take(pq, __ffs(pq->pq_waiting)));
	}
	ml_enqueue(&pq->pq_list[prio], m);
	pq->pq_waiting |= BIT(prio);
	return true;
}

static struct mbuf *priq_deq(struct ifqueue *ifq, struct mbuf_list *drops)
{
	struct priq *pq = ifq->ifq_state;

	if (!pq->pq_waiting)
		return NULL;
	return priq_take(pq, __fls(pq->pq_waiting));
}

static void priq_purge(struct ifqueue *ifq, struct mbuf_list *ml)
{
	struct priq *pq = ifq->ifq_state;
	unsigned int i;

	for (i = 0; i < PRIQ_NPRIO; i++)
		ml_enlist(ml, &pq->pq_list[i]);
	pq->pq_waiting = 0;
}

static void *priq_alloc(void)
{
	return kzalloc(sizeof(struct priq), GFP_KERNEL);
}

static void priq_free(void *state)
{
	kfree(state);
}

const struct ifq_discipline ifq_priq = {
	.ifqd_name = "priq",
	.ifqd_enq = priq_enq,
	.ifqd_deq = priq_deq,
	.ifqd_purge = priq_purge,
	.ifqd_alloc = priq_alloc,
	.ifqd_free = priq_free,
};
