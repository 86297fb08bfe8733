// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * vio_rx.c - receive rings of vio: fill, harvest, checksum and hash.
 *
 * Receive path: device -> vio_rx_intr() (hard interrupt: mask, schedule) ->
 * vio_rx_poll() (softnet thread, no netlock) -> if_input_process().
 * Source: VIRTIO 1.2, 5.1.6.3 (buffers), 5.1.6.4 (incoming packets).
 */
#include "vio_priv.h"
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>

#define VIO_REFILL_DELAY	msecs_to_jiffies(20)	/* before trying for memory again */
#define VIO_MAXMERGED	63	/* further buffers of one frame: 64 KiB at most */

/* Hand one buffer to the device. False: the ring is full. */
static bool vio_rx_post(struct vio_queue *vq, struct m_store *ms)
{
	struct scatterlist sg;

	sg_init_one(&sg, rxpool_buf(ms) + RXPOOL_OFFSET, VIO_RX_SIZE);
	return !virtqueue_add_inbuf(vq->vq_rx, &sg, 1, ms, GFP_NOWAIT | __GFP_NOWARN);
}

/**
 * vio_rx_fill() - give the device every buffer that its ring has room for
 * @vq: queue
 *
 * Without memory the ring may stay short or empty; a timer tries again, because
 * an empty ring raises no interrupt.
 *
 * Context: The thread that owns the ring.
 */
void vio_rx_fill(struct vio_queue *vq)
{
	unsigned int room = vq->vq_rx->num_free;
	unsigned int posted = 0;

	vq->vq_starved = false;
	while (room--) {
		struct m_store *ms = rxpool_get(vq->vq_pool);

		if (unlikely(!ms)) {
			vq->vq_starved = true;
			mod_timer(&vq->vq_refill_timer, jiffies + VIO_REFILL_DELAY);
			break;
		}
		if (unlikely(!vio_rx_post(vq, ms))) {
			rxpool_put(ms);
			break;
		}
		posted++;
	}
	if (posted)
		virtqueue_kick(vq->vq_rx);
}

/* Timer: memory ran out a while ago. */
static void vio_rx_refill_later(struct timer_list *t)
{
	struct vio_queue *vq = timer_container_of(vq, t, vq_refill_timer);

	softnet_poll_schedule(&vq->vq_poll);
}

/*
 * Several segments in one frame, whose checksum is pending then (5.1.6.4.1). What the
 * device says may be another guest's word: only TCP over IPv4 is believed to be so. Its
 * headers are looked at by whoever cuts it again (tcp_tso.c).
 */
static void vio_rx_merged(struct vio_softc *sc, struct mbuf *m,
			  const struct virtio_net_hdr_v1 *vh)
{
	u32 headers = virtio16_to_cpu(sc->sc_vdev, vh->hdr_len);
	u16 mss = virtio16_to_cpu(sc->sc_vdev, vh->gso_size);
	const struct ethhdr *eh = mtod(m, const struct ethhdr *);

	if (vh->gso_type != VIRTIO_NET_HDR_GSO_TCPV4 || !mss ||
	    !(m->m_pkthdr.csum_flags & M_TCP_CSUM_OUT) || m->m_len <= VIO_TCPHDRS ||
	    eh->h_proto != htons(ETH_P_IP) || ((const u8 *)(eh + 1))[VIO_IPPROTO] != IPPROTO_TCP)
		return;
	headers = clamp_t(u32, headers, VIO_TCPHDRS, m->m_pkthdr.len - 1);
	m->m_pkthdr.csum_flags |= M_TCP_TSO;
	m->m_pkthdr.ph_mss = mss;
	m->m_pkthdr.ph_segs = min_t(u32, DIV_ROUND_UP(m->m_pkthdr.len - headers, mss), U16_MAX);
}

/*
 * What the header says of the frame. DATA_VALID: the device checked one level
 * of checksum. NEEDS_CSUM: the frame was never on a wire, its checksum is
 * pending: as good as verified for us, and to be filled in when it is forwarded.
 */
static void vio_rx_offload(struct vio_softc *sc, struct mbuf *m,
			   const struct virtio_net_hdr_v1_hash *vh)
{
	if (vh->hdr.flags & (VIRTIO_NET_HDR_F_DATA_VALID | VIRTIO_NET_HDR_F_NEEDS_CSUM))
		m->m_pkthdr.csum_flags |= M_TCP_CSUM_IN_OK | M_UDP_CSUM_IN_OK;
	if (vh->hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		u16 offset = virtio16_to_cpu(sc->sc_vdev, vh->hdr.csum_offset);

		if (offset == VIO_CSUM_UDP)
			m->m_pkthdr.csum_flags |= M_UDP_CSUM_OUT;
		else if (offset == VIO_CSUM_TCP)
			m->m_pkthdr.csum_flags |= M_TCP_CSUM_OUT;
	}
	if (vh->hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		vio_rx_merged(sc, m, &vh->hdr);
	if (sc->sc_hashes && vh->hash_report != cpu_to_le16(VIRTIO_NET_HASH_REPORT_NONE)) {
		__le32 hash;

		/* Behind the common header; newer kernels name it in two halves. */
		memcpy(&hash, (const u8 *)vh + sizeof(vh->hdr), sizeof(hash));
		m->m_pkthdr.ph_flowid = le32_to_cpu(hash);
		m->m_flags |= M_FLOWID;
	}
}

/*
 * Take the other @more buffers of a frame off the ring and append them to @m
 * (NULL: only take them off). Returns the frame, or NULL if it is not whole.
 */
static struct mbuf *vio_rx_merge(struct vio_queue *vq, struct mbuf *m, unsigned int more)
{
	struct mbuf *tail = m;

	while (more--) {
		struct m_store *ms;
		struct mbuf *n = NULL;
		u32 len;

		ms = virtqueue_get_buf(vq->vq_rx, &len);
		if (unlikely(!ms)) {
			m_freem(m);
			return NULL;
		}
		if (likely(m && len && len <= VIO_RX_SIZE))
			n = rxpool_mbuf(ms, RXPOOL_OFFSET, len, false);
		else
			rxpool_put(ms);
		if (unlikely(!n)) {
			m_freem(m);
			m = NULL;
			continue;
		}
		m->m_pkthdr.len += len;
		tail->m_next = n;
		tail = n;
	}
	return m;
}

/* The frame that starts in buffer @ms, of which the device wrote @len bytes; or NULL. */
static struct mbuf *vio_rx_frame(struct vio_queue *vq, struct m_store *ms, u32 len)
{
	const u8 *buf = rxpool_buf(ms) + RXPOOL_OFFSET;
	struct vio_softc *sc = vq->vq_sc;
	struct virtio_net_hdr_v1_hash vh;
	unsigned int more = 0;
	struct mbuf *m = NULL;

	if (unlikely(len < sc->sc_hdrlen + ETH_HLEN || len > VIO_RX_SIZE)) {
		rxpool_put(ms);
		return NULL;
	}
	memcpy(&vh, buf, sizeof(vh));	/* ours to read even where sc_hdrlen is shorter */
	if (sc->sc_mergeable) {
		more = virtio16_to_cpu(sc->sc_vdev, vh.hdr.num_buffers) - 1;
		if (unlikely(more > VIO_MAXMERGED))
			more = 0;
	}
	len -= sc->sc_hdrlen;
	m = rxpool_mbuf(ms, RXPOOL_OFFSET + sc->sc_hdrlen, len, true);
	if (likely(m))
		m->m_pkthdr.len = len;
	if (unlikely(more))
		m = vio_rx_merge(vq, m, more);
	if (unlikely(!m))
		return NULL;
	m->m_pkthdr.ph_ifidx = sc->sc_if.if_index;
	vio_rx_offload(sc, m, &vh);
	return m;
}

/**
 * vio_rx_poll() - harvest a queue: received frames, then sent ones
 * @sp:     the queue's poll
 * @ml:     where received packets go
 * @budget: frames at most
 *
 * Context: Softnet thread, no netlock.
 * Return:  frames taken; less than @budget: the ring is empty.
 */
unsigned int vio_rx_poll(struct softnet_poll *sp, struct mbuf_list *ml, unsigned int budget)
{
	struct vio_queue *vq = container_of(sp, struct vio_queue, vq_poll);
	unsigned int taken;

	for (taken = 0; taken < budget; taken++) {
		struct m_store *ms;
		struct mbuf *m;
		u32 len;

		ms = virtqueue_get_buf(vq->vq_rx, &len);
		if (!ms)
			break;
		m = vio_rx_frame(vq, ms, len);
		if (likely(m))
			ml_enqueue(ml, m);
		else
			if_counter_inc(&vq->vq_sc->sc_if, IFC_IERRORS);
	}
	if (taken || vq->vq_starved)
		vio_rx_fill(vq);
	vio_txeof(vq);
	return taken;
}

/**
 * vio_rx_rearm() - unmask a queue's interrupts
 * @sp: the queue's poll
 *
 * An interrupt that came while the poll ran scheduled nothing, so both rings are
 * looked at again.
 *
 * Context: Softnet thread.
 * Return:  true if frames came or were sent meanwhile: poll again.
 */
bool vio_rx_rearm(struct softnet_poll *sp)
{
	struct vio_queue *vq = container_of(sp, struct vio_queue, vq_poll);

	return !virtqueue_enable_cb(vq->vq_rx) || !vio_tx_rearm(vq);
}

/**
 * vio_rx_intr() - a receive ring has frames
 * @vq: ring
 *
 * Context: Hard interrupt.
 */
void vio_rx_intr(struct virtqueue *vq)
{
	virtqueue_disable_cb(vq);
	softnet_poll_schedule(&vio_vqtopair(vq)->vq_poll);
}

/**
 * vio_rx_discard() - drop frames that came while the interface was down
 * @vq: queue, not polled
 *
 * Context: Process, rtnl held.
 */
void vio_rx_discard(struct vio_queue *vq)
{
	struct m_store *ms;
	u32 len;

	while ((ms = virtqueue_get_buf(vq->vq_rx, &len)))
		rxpool_put(ms);
}

static void vio_rx_recycle(struct virtqueue *vq, void *buf)
{
	rxpool_put(buf);
}

/**
 * vio_rx_resize() - a receive ring of another length, empty
 * @vq: queue, not polled
 * @n:  descriptors
 *
 * What it had received and nobody has fetched is lost.
 *
 * Context: Process, rtnl held; sleeps.
 * Return:  0 or -errno, and then it is empty too but as long as before.
 */
int vio_rx_resize(struct vio_queue *vq, u32 n)
{
	struct rxpool *rp = rxpool_create(n);
	int error;

	if (IS_ERR(rp))
		return PTR_ERR(rp);
	error = bsdnet_virtqueue_resize(vq->vq_rx, n, vio_rx_recycle);
	if (!error)
		swap(vq->vq_pool, rp);
	rxpool_destroy(rp);
	return error;
}

/**
 * vio_rx_init() - make a queue's pool
 * @vq: queue
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
int vio_rx_init(struct vio_queue *vq)
{
	struct rxpool *rp = rxpool_create(virtqueue_get_vring_size(vq->vq_rx));

	if (IS_ERR(rp))
		return PTR_ERR(rp);
	vq->vq_pool = rp;
	timer_setup(&vq->vq_refill_timer, vio_rx_refill_later, 0);
	return 0;
}

/**
 * vio_rx_exit() - free a queue's pool and what is left on the ring
 * @vq: queue of a device that was reset
 *
 * Context: Process, may sleep.
 */
void vio_rx_exit(struct vio_queue *vq)
{
	struct m_store *ms;

	if (!vq->vq_pool)
		return;
	vio_rx_discard(vq);
	while ((ms = virtqueue_detach_unused_buf(vq->vq_rx)))
		rxpool_put(ms);
	rxpool_destroy(vq->vq_pool);
	vq->vq_pool = NULL;
}
