// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * vio_intr.c - interrupts of vio: which there are, and where they go.
 *
 * Not in the packet path. Linux's virtio core asks for the vectors, and takes what it
 * gets: one a ring (MSI-X), one for all rings (MSI-X with fewer vectors), or the pin
 * (INTx); vio_find_rings() sees to it that quirks are heeded (net/if_intr.c). Handlers
 * see no difference, as each ring is asked whether it has something; here it is told to
 * who wants to know.
 * Context: process, rtnl held.
 */
#include "vio_priv.h"
#include <linux/cpumask.h>
#include <linux/pci.h>
#include <uapi/bsdnet/ioctl.h>

enum vio_vectors {
	VIO_INTX,	/* the pin, for everything */
	VIO_SHARED,	/* a vector for the configuration, one for all rings */
	VIO_EACH,	/* a vector for the configuration, one for each ring */
};

static enum vio_vectors vio_vectors(const struct vio_softc *sc)
{
	struct device *parent = sc->sc_vdev->dev.parent;

	if (!dev_is_pci(parent) || !to_pci_dev(parent)->msix_enabled)
		return VIO_INTX;
	/* Vector 0 is for the configuration, 1 for the first ring or all of them. */
	return pci_irq_vector(to_pci_dev(parent), 2) < 0 ? VIO_SHARED : VIO_EACH;
}

/* Interrupt @i of those that serve the queues; NULL: so many there are not. */
static const char *vio_queue_vector(const struct vio_softc *sc, unsigned int i,
				    unsigned int *queue)
{
	bool each = vio_vectors(sc) == VIO_EACH;
	const struct vio_queue *vq;

	*queue = each ? i / 2 : i;
	if (*queue >= sc->sc_nqueues)
		return NULL;
	vq = &sc->sc_queues[*queue];
	if (!each)
		return "virtqueues";
	return i % 2 ? vq->vq_txname : vq->vq_rxname;
}

/**
 * vio_vector() - one of the interrupts
 * @ifp: interface
 * @ii:  in: ifi_index; out: kind, queue and name
 *
 * Those of the queues in use, then those of the configuration and the control queue.
 * The names are those that Linux's virtio core makes.
 *
 * Context: Process, rtnl held.
 * Return:  false: no such interrupt.
 */
bool vio_vector(struct ifnet *ifp, struct bsd_ifintr *ii)
{
	const struct vio_softc *sc = ifp->if_softc;
	const char *device = dev_name(&sc->sc_vdev->dev);
	enum vio_vectors kind = vio_vectors(sc);
	unsigned int nrings = kind == VIO_EACH ? 2 * sc->sc_nqueues : sc->sc_nqueues;
	const char *ring = vio_queue_vector(sc, ii->ifi_index, &ii->ifi_queue);

	ii->ifi_kind = kind == VIO_INTX ? BSD_INTR_INTX : BSD_INTR_MSIX;
	if (!ring) {
		ii->ifi_queue = BSD_INTR_NOQUEUE;
		if (kind != VIO_INTX && ii->ifi_index == nrings)
			ring = "config";
		else if (kind == VIO_EACH && ii->ifi_index == nrings + 1 && sc->sc_ctrl)
			ring = VIO_CTRLNAME;
		else
			return false;
	}
	memset(ii->ifi_vector, 0, sizeof(ii->ifi_vector));
	if (kind == VIO_INTX)
		strscpy(ii->ifi_vector, device, sizeof(ii->ifi_vector));
	else
		snprintf(ii->ifi_vector, sizeof(ii->ifi_vector), "%s-%s", device, ring);
	return true;
}

/**
 * vio_poll() - the poll of a queue
 * @ifp:   interface
 * @queue: its number
 *
 * Context: Process, rtnl held.
 * Return:  poll, or NULL: no such queue is in use.
 */
struct softnet_poll *vio_poll(struct ifnet *ifp, unsigned int queue)
{
	struct vio_softc *sc = ifp->if_softc;

	return queue < sc->sc_nqueues ? &sc->sc_queues[queue].vq_poll : NULL;
}

/**
 * vio_moved() - a queue has another home: its vectors follow
 * @sp:  the queue's poll
 * @cpu: home
 *
 * A vector that all rings share goes along with the last one; a pin stays.
 *
 * Context: Process; does not sleep.
 */
void vio_moved(struct softnet_poll *sp, unsigned int cpu)
{
	struct vio_queue *vq = container_of(sp, struct vio_queue, vq_poll);

	virtqueue_set_affinity(vq->vq_rx, cpumask_of(cpu));
	virtqueue_set_affinity(vq->vq_tx, cpumask_of(cpu));
}
