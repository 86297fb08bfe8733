// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * vio_queue.c - queue pairs of vio while it runs: start and stop, how many are in use,
 * how long their rings are.
 *
 * Not in the packet path. A pair that is taken out of use first gets no new frames
 * (if_usequeues()), then sends what it has; then the device is told, and what it had
 * received is harvested; only then does the pair stop. So no frame is lost on our side.
 * A ring of another length is a new ring: its pair stops, and frames to be sent wait.
 *
 * Context: process, rtnl held, netlock not; sleeps.
 * Source: VIRTIO 1.2, 5.1.6.5.5 (pairs in use), 2.6.1 (reset of one ring).
 */
#include "vio_priv.h"
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <uapi/bsdnet/ioctl.h>

#define VIO_MINRING	64	/* descriptors: three frames in the most pieces */
#define VIO_DRAIN_WAIT	(HZ / 5)	/* for a device that does not send, as its link is down */

static struct ifqueue *vio_ifq(const struct vio_queue *vq)
{
	return vq->vq_sc->sc_if.if_ifqs[vq->vq_idx];
}

/**
 * vio_queue_start() - fill a pair's receive ring and let it be polled
 * @vq: pair that is not polled
 *
 * Its first poll unmasks the interrupts; the caller schedules it.
 */
void vio_queue_start(struct vio_queue *vq)
{
	vio_rx_discard(vq);
	vio_rx_fill(vq);
	softnet_poll_spread(&vq->vq_poll, dev_to_node(vq->vq_sc->sc_vdev->dev.parent));
}

/* Neither interrupts nor polls nor its timer from here on. */
static void vio_queue_quiet(struct vio_queue *vq)
{
	virtqueue_disable_cb(vq->vq_rx);
	virtqueue_disable_cb(vq->vq_tx);
	softnet_poll_del(&vq->vq_poll);
	timer_delete_sync(&vq->vq_refill_timer);
}

/*
 * Wait a while until a pair that gets no new frames has sent what it was given, and with
 * @waiting what still waits in its transmit queue.
 */
static void vio_queue_drain(struct vio_queue *vq, bool waiting)
{
	unsigned long end = jiffies + VIO_DRAIN_WAIT;
	struct ifqueue *ifq = vio_ifq(vq);

	while (((waiting && (!ifq_empty(ifq) || ifq_is_oactive(ifq))) || !vio_tx_idle(vq)) &&
	       time_before(jiffies, end)) {
		/* Goes on where the ring was full; ignored while the pair is quiet. */
		softnet_poll_schedule(&vq->vq_poll);
		usleep_range(100, 1000);
	}
}

/**
 * vio_queue_stop() - undo vio_queue_start(), and forget what waits to be sent
 * @vq: pair
 */
void vio_queue_stop(struct vio_queue *vq)
{
	vio_queue_quiet(vq);
	ifq_barrier(vio_ifq(vq));
	ifq_purge(vio_ifq(vq));
}

/**
 * vio_tell_queues() - tell the device how many pairs are used, and by which hash if it can
 * @sc: device
 * @n:  pairs
 *
 * Return: 0 or -errno.
 */
int vio_tell_queues(struct vio_softc *sc, unsigned int n)
{
	struct virtio_device *vdev = sc->sc_vdev;

	if (virtio_has_feature(vdev, VIRTIO_NET_F_RSS)) {
		if (!vio_ctrl_rss(sc, n))
			return 0;
		dev_warn(&vdev->dev, "RSS refused, the device spreads flows its own way\n");
	}
	if (!virtio_has_feature(vdev, VIRTIO_NET_F_MQ))
		return 0;
	return vio_ctrl_pairs(sc, n);
}

static int vio_more_pairs(struct vio_softc *sc, unsigned int n)
{
	unsigned int i, old = sc->sc_nqueues;
	int error;

	for (i = old; sc->sc_up && i < n; i++)
		vio_queue_start(&sc->sc_queues[i]);
	error = vio_tell_queues(sc, n);
	if (!error) {
		sc->sc_nqueues = n;
		if_usequeues(&sc->sc_if, n);
	}
	for (i = old; sc->sc_up && i < n; i++) {
		if (error)
			vio_queue_stop(&sc->sc_queues[i]);
		else
			softnet_poll_schedule(&sc->sc_queues[i].vq_poll);
	}
	return error;
}

static int vio_fewer_pairs(struct vio_softc *sc, unsigned int n)
{
	unsigned int i, old = sc->sc_nqueues;
	int error;

	if_usequeues(&sc->sc_if, n);
	for (i = n; sc->sc_up && i < old; i++)
		vio_queue_drain(&sc->sc_queues[i], true);
	error = vio_tell_queues(sc, n);
	if (error) {
		if_usequeues(&sc->sc_if, old);
		return error;
	}
	sc->sc_nqueues = n;
	for (i = n; sc->sc_up && i < old; i++) {
		softnet_poll_flush(&sc->sc_queues[i].vq_poll);
		vio_queue_stop(&sc->sc_queues[i]);
	}
	return 0;
}

/* Rings of other lengths for one pair. */
static int vio_queue_resize(struct vio_queue *vq, u32 rx, u32 tx)
{
	bool up = vq->vq_sc->sc_up && vq->vq_idx < vq->vq_sc->sc_nqueues;
	int error = 0;

	if (up) {
		vio_queue_quiet(vq);
		ifq_hold(vio_ifq(vq));
		vio_queue_drain(vq, false);
	}
	if (rx != virtqueue_get_vring_size(vq->vq_rx))
		error = vio_rx_resize(vq, rx);
	if (!error && tx != virtqueue_get_vring_size(vq->vq_tx))
		error = vio_tx_resize(vq, tx);
	if (up) {
		vio_queue_start(vq);
		ifq_restart(vio_ifq(vq));
		softnet_poll_schedule(&vq->vq_poll);
	}
	return error;
}

/* For all pairs, so that one taken into use later has them too; or for none. */
static int vio_setrings(struct vio_softc *sc, u32 rx, u32 tx)
{
	u32 oldrx = virtqueue_get_vring_size(sc->sc_queues[0].vq_rx);
	u32 oldtx = virtqueue_get_vring_size(sc->sc_queues[0].vq_tx);
	unsigned int i;
	int error = 0;

	for (i = 0; i < sc->sc_maxqueues && !error; i++)
		error = vio_queue_resize(&sc->sc_queues[i], rx, tx);
	while (error && i--)
		if (vio_queue_resize(&sc->sc_queues[i], oldrx, oldtx))
			dev_err(&sc->sc_vdev->dev, "queue %u is left with another ring\n", i);
	return error;
}

/**
 * vio_getqueues() - pairs and descriptors
 * @ifp: interface
 * @q:   out
 */
void vio_getqueues(struct ifnet *ifp, struct bsd_ifqueues *q)
{
	struct vio_softc *sc = ifp->if_softc;
	const struct vio_queue *first = &sc->sc_queues[0];

	q->ifqs_queues = sc->sc_nqueues;
	q->ifqs_maxqueues = sc->sc_maxqueues;
	q->ifqs_rxring = virtqueue_get_vring_size(first->vq_rx);
	q->ifqs_maxrxring = first->vq_rx->num_max;
	q->ifqs_txring = virtqueue_get_vring_size(first->vq_tx);
	q->ifqs_maxtxring = first->vq_tx->num_max;
}

/**
 * vio_setqueues() - other pairs, or rings of other lengths
 * @ifp: interface
 * @q:   what there shall be, within the maxima
 *
 * Return: 0; -EINVAL: not a length of a ring; -EOPNOTSUPP: the device cannot reset one
 *	   ring; -EIO: it refused; -ENOMEM.
 */
int vio_setqueues(struct ifnet *ifp, const struct bsd_ifqueues *q)
{
	struct vio_softc *sc = ifp->if_softc;
	struct bsd_ifqueues now;
	int error = 0;

	vio_getqueues(ifp, &now);
	if (q->ifqs_rxring != now.ifqs_rxring || q->ifqs_txring != now.ifqs_txring) {
		if (!virtio_has_feature(sc->sc_vdev, VIRTIO_F_RING_RESET))
			return -EOPNOTSUPP;
		if (q->ifqs_rxring < VIO_MINRING || !is_power_of_2(q->ifqs_rxring) ||
		    q->ifqs_txring < VIO_MINRING || !is_power_of_2(q->ifqs_txring))
			return -EINVAL;
		error = vio_setrings(sc, q->ifqs_rxring, q->ifqs_txring);
	}
	if (!error && q->ifqs_queues > now.ifqs_queues)
		error = vio_more_pairs(sc, q->ifqs_queues);
	else if (!error && q->ifqs_queues < now.ifqs_queues)
		error = vio_fewer_pairs(sc, q->ifqs_queues);
	return error;
}
