// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * em_tx.c - transmit rings of em: frames from the ifq to the device, and back.
 *
 * Transmit path: ifq_start() -> em_start() (softnet thread or system call, ifq's start
 * lock held) -> device; completed frames are freed by a later em_start() or by the
 * queue's poll. A frame is a context, if a checksum is asked for, and then a descriptor a
 * piece; the last one asks the device to say when it is done.
 *
 * Source: "82574 GbE Controller Family Datasheet", 7.2 (transmit).
 */
#include "em_priv.h"
#include <linux/slab.h>
#include <uapi/linux/in.h>

#define EM_CSUM_TCP	16	/* where the sum lies in a header */
#define EM_CSUM_UDP	6
#define EM_CSUM_IP	10

static u32 em_tx_after(const struct em_txring *tx, u32 i)
{
	return (i + 1) & (tx->tx_n - 1);
}

/* Descriptors that may be used; one stays free. */
static u32 em_tx_free_descs(const struct em_txring *tx)
{
	return (tx->tx_reap - tx->tx_next - 1) & (tx->tx_n - 1);
}

/* The next descriptor. */
static struct em_txdesc *em_tx_desc(struct em_txring *tx, struct em_txbuf **tb)
{
	struct em_txdesc *td = &tx->tx_desc[tx->tx_next];

	*tb = &tx->tx_bufs[tx->tx_next];
	(*tb)->tb_m = NULL;
	(*tb)->tb_len = 0;
	tx->tx_next = em_tx_after(tx, tx->tx_next);
	return td;
}

/*
 * The headers of segments that the device cuts: it fills in lengths and IP's sum, and wants
 * the pseudo header's sum without a length (7.3). Returns the packet, whose headers were
 * copied if others have them too, or NULL.
 */
static struct mbuf *em_tx_tso(struct mbuf *m, u32 hlen, u32 *headers)
{
	struct bsd_tcphdr *th;
	struct ip *ip;

	m = m_makewritable(m, ETH_HLEN + hlen + sizeof(*th));
	if (unlikely(!m))
		return NULL;
	ip = (struct ip *)(m->m_data + ETH_HLEN);
	th = (struct bsd_tcphdr *)(m->m_data + ETH_HLEN + hlen);
	ip->ip_len = 0;
	ip->ip_sum = 0;
	th->th_sum = (__force __sum16)in4_pseudo(IPPROTO_TCP, ip->ip_src, ip->ip_dst, 0);
	*headers = ETH_HLEN + hlen + (th->th_off >> 4 << 2);
	return m;
}

/*
 * Put the context of a frame whose checksum is pending on the ring. It is told anew for
 * each frame, as the device remembers only one for both queues (7.2.6). @cmd and @popts
 * are for the frame's data. Returns the frame, or NULL: it was freed.
 */
static struct mbuf *em_tx_context(struct em_txring *tx, struct mbuf *m, u32 *cmd, u32 *popts)
{
	u16 flags = m->m_pkthdr.csum_flags;
	u32 context = EM_TXD_DEXT | EM_TXD_IP;
	struct em_txdesc *td;
	struct em_txbuf *tb;
	u32 headers = 0;
	u32 start;
	u8 vhl;

	if (m_copydata(m, ETH_HLEN, sizeof(vhl), &vhl) || vhl >> 4 != IPVERSION) {
		m_freem(m);
		return NULL;
	}
	start = ETH_HLEN + (vhl & 0xf) * 4;
	*cmd |= EM_TXD_DEXT | EM_TXD_DATA;
	*popts = EM_TXD_TXSM;
	if (flags & M_TCP_TSO) {
		m = em_tx_tso(m, start - ETH_HLEN, &headers);
		if (unlikely(!m))
			return NULL;
		*cmd |= EM_TXD_TSE;
		*popts |= EM_TXD_IXSM;
		context |= EM_TXD_TSE | (m->m_pkthdr.len - headers);
	}
	if (flags & M_TCP_CSUM_OUT)
		context |= EM_TXD_TCP;
	td = em_tx_desc(tx, &tb);
	td->td_ipcss = ETH_HLEN;
	td->td_ipcso = ETH_HLEN + EM_CSUM_IP;
	td->td_ipcse = cpu_to_le16(start - 1);
	td->td_tucss = start;
	td->td_tucso = start + (flags & M_TCP_CSUM_OUT ? EM_CSUM_TCP : EM_CSUM_UDP);
	td->td_tucse = 0;
	td->td_cmd = cpu_to_le32(context);
	td->td_sta = 0;
	td->td_hdrlen = headers;
	td->td_mss = cpu_to_le16(m->m_pkthdr.ph_mss);
	return m;
}

static void em_tx_unmap(struct em_queue *eq, struct em_txbuf *tb)
{
	if (tb->tb_len)
		dma_unmap_single(&eq->eq_sc->sc_pdev->dev, tb->tb_dma, tb->tb_len, DMA_TO_DEVICE);
	tb->tb_len = 0;
}

/* Descriptors for one mbuf's data. False: no mapping. */
static bool em_tx_piece(struct em_queue *eq, const struct mbuf *m, u32 cmd, u32 popts)
{
	struct em_txring *tx = &eq->eq_tx;
	u32 off, len;

	for (off = 0; off < m->m_len; off += len) {
		struct em_txdesc *td;
		struct em_txbuf *tb;
		dma_addr_t dma;

		len = min_t(u32, m->m_len - off, EM_TXD_MAXLEN);
		dma = dma_map_single(&eq->eq_sc->sc_pdev->dev, m->m_data + off, len, DMA_TO_DEVICE);
		if (unlikely(dma_mapping_error(&eq->eq_sc->sc_pdev->dev, dma)))
			return false;
		td = em_tx_desc(tx, &tb);
		tb->tb_dma = dma;
		tb->tb_len = len;
		td->td_addr = cpu_to_le64(dma);
		td->td_cmd = cpu_to_le32(cmd | len);
		td->td_status = cpu_to_le32(popts);
	}
	return true;
}

/* How many descriptors the pieces of a frame take. */
static u32 em_tx_count(const struct mbuf *m)
{
	u32 n = 0;

	for (; m; m = m->m_next)
		n += DIV_ROUND_UP(m->m_len, EM_TXD_MAXLEN);
	return n;
}

/* Put a frame on the ring, which has room for EM_TXSEGS. Consumes it; 0 or -errno. */
static int em_tx_frame(struct em_queue *eq, struct mbuf *m)
{
	struct em_txring *tx = &eq->eq_tx;
	u32 cmd = EM_TXD_IFCS;
	u32 popts = 0;
	u32 first = tx->tx_next;
	struct mbuf *n;
	u32 last;

	if (m->m_pkthdr.csum_flags & (M_TCP_CSUM_OUT | M_UDP_CSUM_OUT)) {
		m = em_tx_context(tx, m, &cmd, &popts);
		if (unlikely(!m))
			return -ENOMEM;
	}
	if (unlikely(em_tx_count(m) >= EM_TXSEGS) && m_defrag(m, M_DONTWAIT))
		goto undo;
	for (n = m; n; n = n->m_next)
		if (unlikely(!em_tx_piece(eq, n, cmd, popts)))
			goto undo;
	last = (tx->tx_next - 1) & (tx->tx_n - 1);
	tx->tx_desc[last].td_cmd |= cpu_to_le32(EM_TXD_EOP | EM_TXD_RS);
	tx->tx_bufs[last].tb_m = m;
	tx->tx_bufs[first].tb_last = last;
	return 0;

undo:
	for (last = first; last != tx->tx_next; last = em_tx_after(tx, last))
		em_tx_unmap(eq, &tx->tx_bufs[last]);
	tx->tx_next = first;
	m_freem(m);
	return -EIO;
}

/* Has the device sent the oldest frame? */
static bool em_tx_done(const struct em_txring *tx)
{
	u32 last;

	if (tx->tx_reap == tx->tx_next)
		return false;
	last = tx->tx_bufs[tx->tx_reap].tb_last;
	return le32_to_cpu(READ_ONCE(tx->tx_desc[last].td_status)) & EM_TXD_DD;
}

/* Take the oldest frame off the ring. */
static void em_tx_take(struct em_queue *eq, struct mbuf_list *done)
{
	struct em_txring *tx = &eq->eq_tx;
	u32 last = tx->tx_bufs[tx->tx_reap].tb_last;
	struct mbuf *m = tx->tx_bufs[last].tb_m;

	do {
		em_tx_unmap(eq, &tx->tx_bufs[tx->tx_reap]);
		tx->tx_reap = em_tx_after(tx, tx->tx_reap);
	} while (tx->tx_reap != em_tx_after(tx, last));
	ml_enqueue(done, m);
}

static void em_tx_reap(struct em_queue *eq, struct mbuf_list *done)
{
	lockdep_assert_held(&eq->eq_tx.tx_lock);
	while (em_tx_done(&eq->eq_tx))
		em_tx_take(eq, done);
}

/*
 * Is there room for one more frame? If not, the device interrupts when one is sent, and
 * the queue waits for em_txeof().
 */
static bool em_tx_room(struct em_queue *eq, struct ifqueue *ifq, struct mbuf_list *done)
{
	if (likely(em_tx_free_descs(&eq->eq_tx) >= EM_TXSEGS))
		return true;
	ifq_set_oactive(ifq);
	em_write(eq->eq_sc, EM_IMS, eq->eq_txcause);
	em_tx_reap(eq, done);
	if (em_tx_free_descs(&eq->eq_tx) < EM_TXSEGS)
		return false;
	ifq_clr_oactive(ifq);
	return true;
}

/**
 * em_start() - send what waits on a queue
 * @ifq: transmit queue
 *
 * Context: Process, ifq's start lock held; takes tx_lock.
 */
void em_start(struct ifqueue *ifq)
{
	struct em_queue *eq = ifq->ifq_softc;
	struct em_txring *tx = &eq->eq_tx;
	struct mbuf_list done = MBUF_LIST_INIT;
	struct mbuf *m;
	u32 from;

	spin_lock(&tx->tx_lock);
	from = tx->tx_next;
	if (em_tx_free_descs(tx) < tx->tx_n / 2)
		em_tx_reap(eq, &done);
	while (em_tx_room(eq, ifq, &done)) {
		m = ifq_dequeue(ifq);
		if (!m)
			break;
		if (unlikely(em_tx_frame(eq, m))) {
			ifq->ifq_errors++;
			if_counter_inc(ifq->ifq_ifp, IFC_OERRORS);
		}
	}
	if (tx->tx_next != from)
		em_write(eq->eq_sc, EM_TDT(eq->eq_idx), tx->tx_next);
	spin_unlock(&tx->tx_lock);
	ml_purge(&done);
}

/**
 * em_txeof() - free sent frames, go on if the ring was full
 * @eq: queue
 *
 * Context: Softnet thread, no lock held; takes tx_lock.
 */
void em_txeof(struct em_queue *eq)
{
	struct ifqueue *ifq = eq->eq_sc->sc_if.if_ifqs[eq->eq_idx];
	struct mbuf_list done = MBUF_LIST_INIT;

	spin_lock(&eq->eq_tx.tx_lock);
	em_tx_reap(eq, &done);
	spin_unlock(&eq->eq_tx.tx_lock);
	ml_purge(&done);
	if (unlikely(ifq_is_oactive(ifq)))
		ifq_restart(ifq);
}

/**
 * em_tx_rearm() - unmask the transmit cause, if the queue waits for room
 * @eq: queue
 *
 * Context: Softnet thread; takes tx_lock.
 * Return:  false if something was sent meanwhile: em_txeof() has work.
 */
bool em_tx_rearm(struct em_queue *eq)
{
	bool done;

	if (likely(!ifq_is_oactive(eq->eq_sc->sc_if.if_ifqs[eq->eq_idx])))
		return true;
	spin_lock(&eq->eq_tx.tx_lock);
	em_write(eq->eq_sc, EM_IMS, eq->eq_txcause);
	done = em_tx_done(&eq->eq_tx);
	spin_unlock(&eq->eq_tx.tx_lock);
	return !done;
}

/**
 * em_tx_idle() - has the device sent all that it was given?
 * @eq: queue
 *
 * Context: Process; takes tx_lock.
 */
bool em_tx_idle(struct em_queue *eq)
{
	struct mbuf_list done = MBUF_LIST_INIT;
	bool idle;

	spin_lock(&eq->eq_tx.tx_lock);
	em_tx_reap(eq, &done);
	idle = eq->eq_tx.tx_reap == eq->eq_tx.tx_next;
	spin_unlock(&eq->eq_tx.tx_lock);
	ml_purge(&done);
	return idle;
}

/**
 * em_tx_setup() - tell the device of an empty ring
 * @eq: queue of a device that was reset
 *
 * Context: Process, rtnl held.
 */
void em_tx_setup(struct em_queue *eq)
{
	struct em_softc *sc = eq->eq_sc;
	struct em_txring *tx = &eq->eq_tx;
	unsigned int q = eq->eq_idx;

	tx->tx_next = 0;
	tx->tx_reap = 0;
	em_write(sc, EM_TDBAL(q), lower_32_bits(tx->tx_dma));
	em_write(sc, EM_TDBAH(q), upper_32_bits(tx->tx_dma));
	em_write(sc, EM_TDLEN(q), tx->tx_n * sizeof(*tx->tx_desc));
	em_write(sc, EM_TDH(q), 0);
	em_write(sc, EM_TDT(q), 0);
	em_write(sc, EM_TXDCTL(q), EM_TXDCTL_FETCH);
}

/**
 * em_tx_discard() - free what is on a ring
 * @eq: queue, neither polled nor started, of a device that was reset
 *
 * Context: Process, rtnl held.
 */
void em_tx_discard(struct em_queue *eq)
{
	struct mbuf_list done = MBUF_LIST_INIT;

	while (eq->eq_tx.tx_reap != eq->eq_tx.tx_next)
		em_tx_take(eq, &done);
	ml_purge(&done);
}

/**
 * em_tx_alloc() - make a queue's ring, of another length if it has one
 * @eq: queue, neither polled nor started, its ring empty
 * @n:  descriptors
 *
 * Context: Process, may sleep.
 * Return:  0; -ENOMEM: it is as before.
 */
int em_tx_alloc(struct em_queue *eq, u32 n)
{
	struct em_txring *tx = &eq->eq_tx;
	struct em_txdesc *desc;
	struct em_txbuf *bufs;
	dma_addr_t dma;

	bufs = kvcalloc(n, sizeof(*bufs), GFP_KERNEL);
	if (!bufs)
		return -ENOMEM;
	desc = dma_alloc_coherent(&eq->eq_sc->sc_pdev->dev, n * sizeof(*desc), &dma, GFP_KERNEL);
	if (!desc) {
		kvfree(bufs);
		return -ENOMEM;
	}
	em_tx_free(eq);
	tx->tx_desc = desc;
	tx->tx_dma = dma;
	tx->tx_bufs = bufs;
	tx->tx_n = n;
	tx->tx_next = 0;
	tx->tx_reap = 0;
	return 0;
}

/**
 * em_tx_free() - undo em_tx_alloc()
 * @eq: queue, neither polled nor started, its ring empty or never made
 *
 * Context: Process, may sleep.
 */
void em_tx_free(struct em_queue *eq)
{
	struct em_txring *tx = &eq->eq_tx;

	if (!tx->tx_desc)
		return;
	dma_free_coherent(&eq->eq_sc->sc_pdev->dev, tx->tx_n * sizeof(*tx->tx_desc), tx->tx_desc,
			  tx->tx_dma);
	kvfree(tx->tx_bufs);
	tx->tx_desc = NULL;
}
