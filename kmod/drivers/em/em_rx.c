// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * em_rx.c - receive rings of em: fill, harvest, checksums and hash.
 *
 * Receive path: device -> em_queue_intr() (hard interrupt: mask, schedule) -> em_rx_poll()
 * (softnet thread, no netlock) -> if_input_process(). A frame that is longer than a buffer
 * takes several descriptors, the last of which tells what the device knows of it.
 *
 * Source: "82574 GbE Controller Family Datasheet", 7.1 (receive).
 */
#include "em_priv.h"
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#define EM_REFILL_DELAY	msecs_to_jiffies(20)	/* before trying for memory again */

static_assert(RXPOOL_OFFSET + EM_RXBUF <= RXPOOL_BUFSIZE);

static u32 em_rx_after(const struct em_rxring *rx, u32 i)
{
	return (i + 1) & (rx->rx_n - 1);
}

/* Map a buffer and put it on the ring, which has room. */
static bool em_rx_post(struct em_queue *eq, struct m_store *ms)
{
	struct em_rxring *rx = &eq->eq_rx;
	struct em_rxbuf *rb = &rx->rx_bufs[rx->rx_fill];
	struct em_rxdesc *rd = &rx->rx_desc[rx->rx_fill];
	dma_addr_t dma;

	dma = dma_map_single(&eq->eq_sc->sc_pdev->dev, rxpool_buf(ms) + RXPOOL_OFFSET, EM_RXBUF,
			     DMA_FROM_DEVICE);
	if (unlikely(dma_mapping_error(&eq->eq_sc->sc_pdev->dev, dma)))
		return false;
	rb->rb_ms = ms;
	rb->rb_dma = dma;
	rd->rd_addr = cpu_to_le64(dma);
	rd->rd_status = 0;
	rx->rx_fill = em_rx_after(rx, rx->rx_fill);
	return true;
}

/**
 * em_rx_fill() - give the device every buffer that its ring has room for
 * @eq: queue
 *
 * One descriptor stays free, so that a full ring is not taken for an empty one. Without
 * memory the ring may stay short or empty; a timer tries again, because an empty ring
 * raises no interrupt.
 *
 * Context: The thread that owns the ring.
 */
void em_rx_fill(struct em_queue *eq)
{
	struct em_rxring *rx = &eq->eq_rx;
	u32 from = rx->rx_fill;

	rx->rx_starved = false;
	while (em_rx_after(rx, rx->rx_fill) != rx->rx_next) {
		struct m_store *ms = rxpool_get(rx->rx_pool);

		if (likely(ms && em_rx_post(eq, ms)))
			continue;
		if (ms)
			rxpool_put(ms);
		rx->rx_starved = true;
		mod_timer(&rx->rx_timer, jiffies + EM_REFILL_DELAY);
		break;
	}
	if (rx->rx_fill != from)
		em_write(eq->eq_sc, EM_RDT(eq->eq_idx), rx->rx_fill);
}

/* Timer: memory ran out a while ago. */
static void em_rx_refill_later(struct timer_list *t)
{
	struct em_rxring *rx = timer_container_of(rx, t, rx_timer);

	softnet_poll_schedule(&container_of(rx, struct em_queue, eq_rx)->eq_poll);
}

/* Take the next buffer off the ring. */
static struct m_store *em_rx_take(struct em_queue *eq)
{
	struct em_rxring *rx = &eq->eq_rx;
	struct em_rxbuf *rb = &rx->rx_bufs[rx->rx_next];
	struct m_store *ms = rb->rb_ms;

	dma_unmap_single(&eq->eq_sc->sc_pdev->dev, rb->rb_dma, EM_RXBUF, DMA_FROM_DEVICE);
	rb->rb_ms = NULL;
	rx->rx_next = em_rx_after(rx, rx->rx_next);
	return ms;
}

/* Forget the frame whose first pieces are here. */
static void em_rx_forget(struct em_rxring *rx)
{
	m_freem(rx->rx_head);
	rx->rx_head = NULL;
	rx->rx_tail = NULL;
}

/* Append @len bytes of buffer @ms, consumed, to the frame. False: drop it. */
static bool em_rx_append(struct em_rxring *rx, struct m_store *ms, u32 len)
{
	struct mbuf *m;

	if (unlikely(!len || len > EM_RXBUF || rx->rx_skip ||
		     (rx->rx_head && rx->rx_head->m_pkthdr.len + len > EM_MAXFRAME))) {
		rxpool_put(ms);
		/* The device stripped all that this piece had. */
		return !len && rx->rx_head && !rx->rx_skip;
	}
	m = rxpool_mbuf(ms, RXPOOL_OFFSET, len, !rx->rx_head);
	if (unlikely(!m))
		return false;
	if (likely(!rx->rx_head)) {
		rx->rx_head = m;
		m->m_pkthdr.len = len;
	} else {
		rx->rx_tail->m_next = m;
		rx->rx_head->m_pkthdr.len += len;
	}
	rx->rx_tail = m;
	return true;
}

/* What the device says of a whole frame. */
static void em_rx_offload(struct mbuf *m, const struct em_rxdesc *rd, u32 status)
{
	if ((status & (EM_RXD_IXSM | EM_RXD_IPCS | EM_RXD_IPE)) == EM_RXD_IPCS)
		m->m_pkthdr.csum_flags |= M_IPV4_CSUM_IN_OK;
	if ((status & (EM_RXD_IXSM | EM_RXD_L4CS | EM_RXD_L4E)) == EM_RXD_L4CS)
		m->m_pkthdr.csum_flags |= M_TCP_CSUM_IN_OK | M_UDP_CSUM_IN_OK;
	if (EM_RXD_HASH(le32_to_cpu(rd->rd_mrq))) {
		m->m_pkthdr.ph_flowid = le32_to_cpu(rd->rd_hash);
		m->m_flags |= M_FLOWID;
	}
}

/*
 * Harvest one descriptor, whose status is @status. Returns a frame if it ends here;
 * *@drop: it ends here and is none.
 */
static struct mbuf *em_rx_desc(struct em_queue *eq, u32 status, bool *drop)
{
	struct em_rxring *rx = &eq->eq_rx;
	const struct em_rxdesc *rd = &rx->rx_desc[rx->rx_next];
	u32 len = le16_to_cpu(rd->rd_len);
	struct mbuf *m;

	*drop = false;
	if (unlikely(!em_rx_append(rx, em_rx_take(eq), len))) {
		em_rx_forget(rx);
		rx->rx_skip = true;
	}
	if (!(status & EM_RXD_EOP))
		return NULL;
	m = rx->rx_head;
	if (unlikely(!m || (status & EM_RXD_FRAMEERR) || m->m_pkthdr.len < ETH_HLEN)) {
		em_rx_forget(rx);
		rx->rx_skip = false;
		*drop = true;
		return NULL;
	}
	rx->rx_head = NULL;
	m->m_pkthdr.ph_ifidx = eq->eq_sc->sc_if.if_index;
	em_rx_offload(m, rd, status);
	return m;
}

/* The status of the next descriptor if the device is done with it, or 0. */
static u32 em_rx_status(const struct em_rxring *rx)
{
	u32 status;

	if (rx->rx_next == rx->rx_fill)
		return 0;
	status = le32_to_cpu(READ_ONCE(rx->rx_desc[rx->rx_next].rd_status));
	return status & EM_RXD_DD ? status : 0;
}

/**
 * em_rx_poll() - harvest a queue: received frames, then sent ones
 * @sp:     the queue's poll
 * @ml:     where received packets go
 * @budget: descriptors at most
 *
 * Context: Softnet thread, no netlock.
 * Return:  descriptors taken; less than @budget: the ring is empty.
 */
unsigned int em_rx_poll(struct softnet_poll *sp, struct mbuf_list *ml, unsigned int budget)
{
	struct em_queue *eq = container_of(sp, struct em_queue, eq_poll);
	unsigned int taken;

	for (taken = 0; taken < budget; taken++) {
		u32 status = em_rx_status(&eq->eq_rx);
		struct mbuf *m;
		bool drop;

		if (!status)
			break;
		/* The rest of the descriptor, and the frame, after the status. */
		dma_rmb();
		m = em_rx_desc(eq, status, &drop);
		if (likely(m))
			ml_enqueue(ml, m);
		else if (drop)
			if_counter_inc(&eq->eq_sc->sc_if, IFC_IERRORS);
	}
	if (taken || eq->eq_rx.rx_starved)
		em_rx_fill(eq);
	em_txeof(eq);
	return taken;
}

/**
 * em_rx_rearm() - unmask a queue's causes
 * @sp: the queue's poll
 *
 * Both rings are looked at again: what came while the cause was masked, and was cleared
 * for another queue's sake, interrupts nobody.
 *
 * Context: Softnet thread.
 * Return:  true if frames came or were sent meanwhile: poll again.
 */
bool em_rx_rearm(struct softnet_poll *sp)
{
	struct em_queue *eq = container_of(sp, struct em_queue, eq_poll);

	em_write(eq->eq_sc, EM_IMS, eq->eq_rxcause);
	return em_rx_status(&eq->eq_rx) || !em_tx_rearm(eq);
}

/**
 * em_rx_setup() - tell the device of an empty ring
 * @eq: queue of a device that was reset
 *
 * Context: Process, rtnl held.
 */
void em_rx_setup(struct em_queue *eq)
{
	struct em_softc *sc = eq->eq_sc;
	struct em_rxring *rx = &eq->eq_rx;
	unsigned int q = eq->eq_idx;

	rx->rx_next = 0;
	rx->rx_fill = 0;
	em_write(sc, EM_RDBAL(q), lower_32_bits(rx->rx_dma));
	em_write(sc, EM_RDBAH(q), upper_32_bits(rx->rx_dma));
	em_write(sc, EM_RDLEN(q), rx->rx_n * sizeof(*rx->rx_desc));
	em_write(sc, EM_RDH(q), 0);
	em_write(sc, EM_RDT(q), 0);
	em_write(sc, EM_RXDCTL(q), EM_RXDCTL_FETCH);
}

/**
 * em_rx_discard() - free what is on a ring
 * @eq: queue, not polled, of a device that was reset
 *
 * Context: Process, rtnl held.
 */
void em_rx_discard(struct em_queue *eq)
{
	struct em_rxring *rx = &eq->eq_rx;

	while (rx->rx_next != rx->rx_fill)
		rxpool_put(em_rx_take(eq));
	em_rx_forget(rx);
	rx->rx_skip = false;
}

/**
 * em_rx_alloc() - make a queue's ring, of another length if it has one
 * @eq: queue, not polled, its ring empty
 * @n:  descriptors
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno, and then it is as before.
 */
int em_rx_alloc(struct em_queue *eq, u32 n)
{
	struct device *dev = &eq->eq_sc->sc_pdev->dev;
	struct em_rxring *rx = &eq->eq_rx;
	struct em_rxdesc *desc;
	struct em_rxbuf *bufs;
	struct rxpool *rp;
	dma_addr_t dma;

	rp = rxpool_create(n);
	if (IS_ERR(rp))
		return PTR_ERR(rp);
	bufs = kvcalloc(n, sizeof(*bufs), GFP_KERNEL);
	desc = bufs ? dma_alloc_coherent(dev, n * sizeof(*desc), &dma, GFP_KERNEL) : NULL;
	if (!desc) {
		kvfree(bufs);
		rxpool_destroy(rp);
		return -ENOMEM;
	}
	em_rx_free(eq);
	rx->rx_desc = desc;
	rx->rx_dma = dma;
	rx->rx_bufs = bufs;
	rx->rx_pool = rp;
	rx->rx_n = n;
	rx->rx_next = 0;
	rx->rx_fill = 0;
	return 0;
}

/**
 * em_rx_free() - undo em_rx_alloc()
 * @eq: queue, not polled, its ring empty or never made
 *
 * Context: Process, may sleep.
 */
void em_rx_free(struct em_queue *eq)
{
	struct em_rxring *rx = &eq->eq_rx;

	if (!rx->rx_desc)
		return;
	dma_free_coherent(&eq->eq_sc->sc_pdev->dev, rx->rx_n * sizeof(*rx->rx_desc), rx->rx_desc,
			  rx->rx_dma);
	kvfree(rx->rx_bufs);
	rxpool_destroy(rx->rx_pool);
	rx->rx_desc = NULL;
}

/**
 * em_rx_init() - what a receive ring needs once
 * @eq: queue
 *
 * Context: Process.
 */
void em_rx_init(struct em_queue *eq)
{
	timer_setup(&eq->eq_rx.rx_timer, em_rx_refill_later, 0);
}
