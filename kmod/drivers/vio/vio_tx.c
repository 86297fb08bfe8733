// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * vio_tx.c - transmit rings of vio: frames from the ifq to the device, and back.
 *
 * Transmit path: ifq_start() -> vio_start() (softnet thread or system call,
 * ifq's start lock held) -> device; completed frames are freed by the next
 * vio_start() or by the queue's poll.
 * Source: VIRTIO 1.2, 5.1.6.2 (packet transmission).
 */
#include "vio_priv.h"

/* Where to cut, and how long the headers are (5.1.6.2.1). */
static bool vio_tx_tso(struct virtio_device *vdev, const struct mbuf *m, u32 start,
		       struct virtio_net_hdr_v1 *vh)
{
	u8 words;	/* of the TCP header, in its upper half */

	if (m_copydata(m, start + VIO_TCPOFF, sizeof(words), &words))
		return false;
	vh->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	vh->gso_size = cpu_to_virtio16(vdev, m->m_pkthdr.ph_mss);
	vh->hdr_len = cpu_to_virtio16(vdev, start + (words >> 4 << 2));
	return true;
}

/* Fill in the checksum request (5.1.6.2.1). False: the headers do not parse. */
static bool vio_tx_offload(struct virtio_device *vdev, const struct mbuf *m,
			   struct virtio_net_hdr_v1 *vh)
{
	u16 flags = m->m_pkthdr.csum_flags;
	u32 start;
	u8 vhl;

	if (!(flags & (M_TCP_CSUM_OUT | M_UDP_CSUM_OUT)))
		return true;
	if (m_copydata(m, ETH_HLEN, sizeof(vhl), &vhl) || vhl >> 4 != 4)
		return false;
	vh->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	start = ETH_HLEN + (vhl & 0xf) * 4;
	vh->csum_start = cpu_to_virtio16(vdev, start);
	vh->csum_offset = cpu_to_virtio16(vdev, flags & M_TCP_CSUM_OUT ? VIO_CSUM_TCP :
									VIO_CSUM_UDP);
	return !(flags & M_TCP_TSO) || vio_tx_tso(vdev, m, start, vh);
}

/* Scatter list of a frame: one entry an mbuf. Returns entries, 0: too many. */
static unsigned int vio_tx_map(struct vio_queue *vq, const struct mbuf *first)
{
	const struct mbuf *m;
	unsigned int n = 0;

	for (m = first; m; m = m->m_next)
		n += !!m->m_len;
	if (n > VIO_TXSEGS)
		return 0;
	sg_init_table(vq->vq_sg, n);
	n = 0;
	for (m = first; m; m = m->m_next)
		if (m->m_len)
			sg_set_buf(&vq->vq_sg[n++], m->m_data, m->m_len);
	return n;
}

/* Put a frame on the ring, which has room for VIO_TXSEGS. Consumes it; 0 or -errno. */
static int vio_tx_frame(struct vio_queue *vq, struct mbuf *m)
{
	unsigned int hdrlen = vq->vq_sc->sc_hdrlen;
	struct virtio_net_hdr_v1_hash vh = {};
	unsigned int n;

	if (unlikely(!vio_tx_offload(vq->vq_sc->sc_vdev, m, &vh.hdr)))
		goto drop;
	/* Header and frame in one piece (VIRTIO_F_VERSION_1, 5.1.6.6). */
	m = m_prepend(m, hdrlen, M_DONTWAIT);
	if (unlikely(!m))
		return -ENOMEM;
	memcpy(m->m_data, &vh, hdrlen);
	n = vio_tx_map(vq, m);
	if (unlikely(!n)) {
		if (m_defrag(m, M_DONTWAIT))
			goto drop;
		n = vio_tx_map(vq, m);
		if (!n)
			goto drop;
	}
	if (likely(!virtqueue_add_outbuf(vq->vq_tx, vq->vq_sg, n, m, GFP_NOWAIT | __GFP_NOWARN)))
		return 0;
drop:
	m_freem(m);
	return -EIO;
}

/* Take frames that the device has sent off the ring. */
static void vio_tx_reap(struct vio_queue *vq, struct mbuf_list *done)
{
	struct mbuf *m;
	u32 len;

	lockdep_assert_held(&vq->vq_txlock);
	while ((m = virtqueue_get_buf(vq->vq_tx, &len)))
		ml_enqueue(done, m);
}

/*
 * Is there room for one more frame? If not, the device is asked to interrupt
 * when a good part is sent, and the queue waits for vio_txeof().
 */
static bool vio_tx_room(struct vio_queue *vq, struct ifqueue *ifq, struct mbuf_list *done)
{
	if (likely(vq->vq_tx->num_free >= VIO_TXSEGS))
		return true;
	ifq_set_oactive(ifq);
	if (virtqueue_enable_cb_delayed(vq->vq_tx))
		return false;
	virtqueue_disable_cb(vq->vq_tx);
	vio_tx_reap(vq, done);
	if (vq->vq_tx->num_free < VIO_TXSEGS) {
		softnet_poll_schedule(&vq->vq_poll);
		return false;
	}
	ifq_clr_oactive(ifq);
	return true;
}

/**
 * vio_start() - send what waits on a queue
 * @ifq: transmit queue
 *
 * Context: Process, ifq's start lock held; takes vq_txlock.
 */
void vio_start(struct ifqueue *ifq)
{
	struct vio_queue *vq = ifq->ifq_softc;
	struct mbuf_list done = MBUF_LIST_INIT;
	unsigned int posted = 0;
	struct mbuf *m;

	spin_lock(&vq->vq_txlock);
	if (vq->vq_tx->num_free < virtqueue_get_vring_size(vq->vq_tx) / 2)
		vio_tx_reap(vq, &done);
	while (vio_tx_room(vq, ifq, &done)) {
		m = ifq_dequeue(ifq);
		if (!m)
			break;
		if (unlikely(vio_tx_frame(vq, m))) {
			ifq->ifq_errors++;
			if_counter_inc(ifq->ifq_ifp, IFC_OERRORS);
			continue;
		}
		posted++;
	}
	if (posted)
		virtqueue_kick(vq->vq_tx);
	spin_unlock(&vq->vq_txlock);
	ml_purge(&done);
}

/**
 * vio_txeof() - free sent frames, go on if the ring was full
 * @vq: queue
 *
 * Context: Softnet thread, no lock held; takes vq_txlock.
 */
void vio_txeof(struct vio_queue *vq)
{
	struct ifqueue *ifq = vq->vq_sc->sc_if.if_ifqs[vq->vq_idx];
	struct mbuf_list done = MBUF_LIST_INIT;

	spin_lock(&vq->vq_txlock);
	vio_tx_reap(vq, &done);
	spin_unlock(&vq->vq_txlock);
	ml_purge(&done);
	if (unlikely(ifq_is_oactive(ifq)))
		ifq_restart(ifq);
}

/**
 * vio_tx_rearm() - unmask the transmit interrupt, if the queue waits for room
 * @vq: queue
 *
 * Context: Softnet thread; takes vq_txlock.
 * Return:  false if a good part was sent meanwhile: vio_txeof() has work.
 */
bool vio_tx_rearm(struct vio_queue *vq)
{
	bool armed;

	if (likely(!ifq_is_oactive(vq->vq_sc->sc_if.if_ifqs[vq->vq_idx])))
		return true;
	spin_lock(&vq->vq_txlock);
	armed = virtqueue_enable_cb_delayed(vq->vq_tx);
	if (!armed)
		virtqueue_disable_cb(vq->vq_tx);
	spin_unlock(&vq->vq_txlock);
	return armed;
}

/**
 * vio_tx_intr() - a transmit ring that was full has room
 * @vq: ring
 *
 * Context: Hard interrupt.
 */
void vio_tx_intr(struct virtqueue *vq)
{
	virtqueue_disable_cb(vq);
	softnet_poll_schedule(&vio_vqtopair(vq)->vq_poll);
}

/**
 * vio_tx_idle() - has the device sent all that it was given?
 * @vq: queue
 *
 * Context: Process; takes vq_txlock.
 */
bool vio_tx_idle(struct vio_queue *vq)
{
	struct mbuf_list done = MBUF_LIST_INIT;
	bool idle;

	spin_lock(&vq->vq_txlock);
	vio_tx_reap(vq, &done);
	idle = vq->vq_tx->num_free == virtqueue_get_vring_size(vq->vq_tx);
	spin_unlock(&vq->vq_txlock);
	ml_purge(&done);
	return idle;
}

static void vio_tx_recycle(struct virtqueue *vq, void *buf)
{
	m_freem(buf);
}

/**
 * vio_tx_resize() - a transmit ring of another length, empty
 * @vq: queue that is neither polled nor started; what it has not sent is dropped
 * @n:  descriptors
 *
 * Context: Process, rtnl held; sleeps.
 * Return:  0 or -errno.
 */
int vio_tx_resize(struct vio_queue *vq, u32 n)
{
	return bsdnet_virtqueue_resize(vq->vq_tx, n, vio_tx_recycle);
}

/**
 * vio_tx_discard() - free frames left on the ring of a device that was reset
 * @vq: queue
 *
 * Context: Process.
 */
void vio_tx_discard(struct vio_queue *vq)
{
	struct mbuf *m;
	u32 len;

	while ((m = virtqueue_get_buf(vq->vq_tx, &len)))
		m_freem(m);
	while ((m = virtqueue_detach_unused_buf(vq->vq_tx)))
		m_freem(m);
}
