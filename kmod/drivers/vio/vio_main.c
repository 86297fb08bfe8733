// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * vio_main.c - virtio network driver: probe, up and down, configuration changes.
 *
 * A queue pair a softnet thread, each ring with a vector of its own where the device
 * has enough. Receive: vio_rx.c; transmit: vio_tx.c; control queue: vio_ctrl.c; queues
 * at run time: vio_queue.c; interrupts: vio_intr.c.
 *
 * The driver never takes a device by itself: probe refuses what an administrator has not
 * put on its list (net/if_allow.c).
 *
 * Source: VIRTIO 1.2, 5.1.
 */
#include "vio_priv.h"
#include <linux/cpumask.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/slab.h>

static DEFINE_IDA(vio_units);

/* rtnl held: load filters as if_flags and if_multi say. */
static void vio_rxfilter(struct ifnet *ifp)
{
	struct vio_softc *sc = ifp->if_softc;
	bool promisc = ifp->if_flags & BSD_IFF_PROMISC;
	bool allmulti = ifp->if_flags & BSD_IFF_ALLMULTI;

	if (!virtio_has_feature(sc->sc_vdev, VIRTIO_NET_F_CTRL_RX))
		return;
	if (vio_ctrl_macs(sc))
		allmulti = true;
	if (vio_ctrl_rxmode(sc, promisc, allmulti))
		dev_warn(&sc->sc_vdev->dev, "%s: receive filter refused\n", ifp->if_xname);
}

static int vio_setlladdr(struct ifnet *ifp, const u8 *lladdr)
{
	struct vio_softc *sc = ifp->if_softc;

	if (!virtio_has_feature(sc->sc_vdev, VIRTIO_NET_F_CTRL_MAC_ADDR))
		return -EOPNOTSUPP;
	return vio_ctrl_lladdr(sc, lladdr);
}

static int vio_setlro(struct ifnet *ifp, bool on)
{
	struct vio_softc *sc = ifp->if_softc;

	if (!sc->sc_merges || !virtio_has_feature(sc->sc_vdev, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS))
		return -EOPNOTSUPP;
	return vio_ctrl_merge(sc, on);
}

static int vio_up(struct ifnet *ifp)
{
	struct vio_softc *sc = ifp->if_softc;
	unsigned int i;

	for (i = 0; i < sc->sc_nqueues; i++)
		vio_queue_start(&sc->sc_queues[i]);
	sc->sc_up = true;
	vio_rxfilter(ifp);
	/* The first poll unmasks the interrupts. */
	for (i = 0; i < sc->sc_nqueues; i++)
		softnet_poll_schedule(&sc->sc_queues[i].vq_poll);
	schedule_work(&sc->sc_config_work);
	return 0;
}

static void vio_down(struct ifnet *ifp)
{
	struct vio_softc *sc = ifp->if_softc;
	unsigned int i;

	sc->sc_up = false;
	for (i = 0; i < sc->sc_nqueues; i++)
		vio_queue_stop(&sc->sc_queues[i]);
}

static const struct ifnet_ops vio_ifops = {
	.ifo_up = vio_up,
	.ifo_down = vio_down,
	.ifo_lladdr = vio_setlladdr,
	.ifo_lro = vio_setlro,
	.ifo_rxfilter = vio_rxfilter,
	.ifo_getqueues = vio_getqueues,
	.ifo_setqueues = vio_setqueues,
	.ifo_vector = vio_vector,
	.ifo_poll = vio_poll,
};

/* Work: link state and announcements (5.1.4). */
static void vio_config_work(struct work_struct *work)
{
	struct vio_softc *sc = container_of(work, struct vio_softc, sc_config_work);
	struct virtio_device *vdev = sc->sc_vdev;
	u16 status = VIRTIO_NET_S_LINK_UP;
	u32 mbits = 0;

	if (virtio_has_feature(vdev, VIRTIO_NET_F_STATUS))
		virtio_cread(vdev, struct virtio_net_config, status, &status);
	if (virtio_has_feature(vdev, VIRTIO_NET_F_SPEED_DUPLEX))
		virtio_cread_le(vdev, struct virtio_net_config, speed, &mbits);
	if (mbits <= INT_MAX)
		WRITE_ONCE(sc->sc_if.if_baudrate, mbits * 1000000ULL);
	if_link_state_change(&sc->sc_if, status & VIRTIO_NET_S_LINK_UP ?
			     BSD_LINK_STATE_UP : BSD_LINK_STATE_DOWN);
	if (status & VIRTIO_NET_S_ANNOUNCE &&
	    virtio_has_feature(vdev, VIRTIO_NET_F_GUEST_ANNOUNCE)) {
		if_announce(&sc->sc_if);
		vio_ctrl_announced(sc);
	}
}

/* Hard interrupt: the configuration space changed. */
static void vio_config_changed(struct virtio_device *vdev)
{
	struct vio_softc *sc = vdev->priv;

	schedule_work(&sc->sc_config_work);
}

/* How many pairs the device has. */
static unsigned int vio_npairs(struct virtio_device *vdev)
{
	u16 max = 1;

	if (virtio_has_feature(vdev, VIRTIO_NET_F_CTRL_VQ) &&
	    (virtio_has_feature(vdev, VIRTIO_NET_F_MQ) ||
	     virtio_has_feature(vdev, VIRTIO_NET_F_RSS)))
		virtio_cread(vdev, struct virtio_net_config, max_virtqueue_pairs, &max);
	return max_t(unsigned int, max, 1);
}

/*
 * Find the rings. The control queue comes behind all pairs that the device has,
 * used or not (5.1.2), so every pair up to it must be named; those that are never
 * used get no interrupt.
 */
static int vio_find_rings(struct vio_softc *sc)
{
	struct virtio_device *vdev = sc->sc_vdev;
	bool ctrl = virtio_has_feature(vdev, VIRTIO_NET_F_CTRL_VQ);
	unsigned int n = sc->sc_ndevice * 2 + ctrl;
	struct bsdnet_vqspec *specs;
	struct virtqueue **rings;
	unsigned int i;
	bool hidden;
	int error = -ENOMEM;

	specs = kcalloc(n, sizeof(*specs), GFP_KERNEL);
	rings = kcalloc(n, sizeof(*rings), GFP_KERNEL);
	if (!specs || !rings)
		goto out;
	for (i = 0; i < 2 * sc->sc_ndevice; i++)
		specs[i].name = "unused";
	for (i = 0; i < sc->sc_maxqueues; i++) {
		struct vio_queue *vq = &sc->sc_queues[i];

		specs[2 * i] = (struct bsdnet_vqspec){ vq->vq_rxname, vio_rx_intr };
		specs[2 * i + 1] = (struct bsdnet_vqspec){ vq->vq_txname, vio_tx_intr };
	}
	if (ctrl)
		specs[n - 1] = (struct bsdnet_vqspec){ VIO_CTRLNAME, vio_ctrl_intr };
	hidden = if_intr_hide(vdev->dev.parent);
	error = bsdnet_find_vqs(vdev, n, rings, specs);
	if_intr_unhide(vdev->dev.parent, hidden);
	if (error)
		goto out;
	for (i = 0; i < sc->sc_maxqueues; i++) {
		sc->sc_queues[i].vq_rx = rings[2 * i];
		sc->sc_queues[i].vq_tx = rings[2 * i + 1];
		virtqueue_disable_cb(rings[2 * i]);
		virtqueue_disable_cb(rings[2 * i + 1]);
	}
	if (ctrl)
		sc->sc_ctrl = rings[n - 1];
out:
	kfree(rings);
	kfree(specs);
	return error;
}

/* Allocate pairs, rings and pools. */
static int vio_alloc_queues(struct vio_softc *sc)
{
	unsigned int i;
	int error;

	sc->sc_ndevice = vio_npairs(sc->sc_vdev);
	sc->sc_maxqueues = min_t(unsigned int, sc->sc_ndevice, VIO_MAXQUEUES);
	sc->sc_nqueues = min(sc->sc_maxqueues, num_online_cpus());
	sc->sc_queues = kvcalloc(sc->sc_maxqueues, sizeof(*sc->sc_queues), GFP_KERNEL);
	if (!sc->sc_queues)
		return -ENOMEM;
	for (i = 0; i < sc->sc_maxqueues; i++) {
		struct vio_queue *vq = &sc->sc_queues[i];

		vq->vq_sc = sc;
		vq->vq_idx = i;
		snprintf(vq->vq_rxname, sizeof(vq->vq_rxname), "rx%u", i);
		snprintf(vq->vq_txname, sizeof(vq->vq_txname), "tx%u", i);
		softnet_poll_init(&vq->vq_poll, vio_rx_poll, vio_rx_rearm, vio_moved);
		spin_lock_init(&vq->vq_txlock);
	}
	error = vio_find_rings(sc);
	if (error)
		return error;
	for (i = 0; i < sc->sc_maxqueues; i++) {
		error = vio_rx_init(&sc->sc_queues[i]);
		if (error)
			return error;
	}
	return 0;
}

/* Undo vio_alloc_queues(), however far it came. The device stops for good. */
static void vio_free_queues(struct vio_softc *sc)
{
	unsigned int i;

	virtio_reset_device(sc->sc_vdev);
	for (i = 0; sc->sc_queues && i < sc->sc_maxqueues; i++) {
		struct vio_queue *vq = &sc->sc_queues[i];

		if (!vq->vq_rx)
			break;
		vio_rx_exit(vq);
		vio_tx_discard(vq);
	}
	sc->sc_vdev->config->del_vqs(sc->sc_vdev);
	kvfree(sc->sc_queues);
}

/* Fill the ifnet from what was negotiated. */
static void vio_setup_ifnet(struct vio_softc *sc)
{
	struct virtio_device *vdev = sc->sc_vdev;
	struct ifnet *ifp = &sc->sc_if;
	u16 mtu = VIO_HARDMTU;

	snprintf(ifp->if_xname, sizeof(ifp->if_xname), "vio%d", sc->sc_unit);
	ifp->if_softc = sc;
	ifp->if_dev = &vdev->dev;
	ifp->if_owner = THIS_MODULE;
	ifp->if_ops = &vio_ifops;
	ifp->if_flags = BSD_IFF_BROADCAST | BSD_IFF_SIMPLEX | BSD_IFF_MULTICAST;
	if (virtio_has_feature(vdev, VIRTIO_NET_F_CSUM))
		ifp->if_capabilities |= IFCAP_CSUM_TCP4 | IFCAP_CSUM_UDP4;
	if (virtio_has_feature(vdev, VIRTIO_NET_F_HOST_TSO4))
		ifp->if_capabilities |= IFCAP_TSO;	/* with VIRTIO_NET_F_CSUM: 5.1.3.1 */
	if (sc->sc_merges)
		ifp->if_xflags |= BSD_IFXF_LRO;
	if (virtio_has_feature(vdev, VIRTIO_NET_F_MTU))
		virtio_cread(vdev, struct virtio_net_config, mtu, &mtu);
	/* A frame has one buffer then. */
	if (!sc->sc_mergeable)
		mtu = min_t(u16, mtu, VIO_ONEBUFMTU);
	ifp->if_hardmtu = max_t(unsigned int, mtu, ETH_MIN_MTU);
	ifp->if_mtu = min_t(unsigned int, ifp->if_hardmtu, ETH_DATA_LEN);
	if (virtio_has_feature(vdev, VIRTIO_NET_F_MAC))
		virtio_cread_bytes(vdev, offsetof(struct virtio_net_config, mac),
				   ifp->if_lladdr, ETH_ALEN);
	else
		bsd_ether_fakeaddr(ifp->if_lladdr);
}

static int vio_attach_ifnet(struct vio_softc *sc)
{
	struct ifnet *ifp = &sc->sc_if;
	unsigned int i;
	int error;

	vio_setup_ifnet(sc);
	error = if_alloc_queues(ifp, sc->sc_maxqueues, vio_start);
	if (error)
		return error;
	for (i = 0; i < sc->sc_maxqueues; i++)
		ifp->if_ifqs[i]->ifq_softc = &sc->sc_queues[i];
	ifp->if_nifqs = sc->sc_nqueues;
	error = bsd_ether_ifattach(ifp);
	if (error)
		if_free_queues(ifp);
	return error;
}

/* Merged segments need several buffers, and must be able to wait for their checksum. */
static int vio_validate(struct virtio_device *vdev)
{
	if (!virtio_has_feature(vdev, VIRTIO_NET_F_MRG_RXBUF) ||
	    !virtio_has_feature(vdev, VIRTIO_NET_F_GUEST_CSUM))
		__virtio_clear_bit(vdev, VIRTIO_NET_F_GUEST_TSO4);
	if (!virtio_has_feature(vdev, VIRTIO_NET_F_CSUM))
		__virtio_clear_bit(vdev, VIRTIO_NET_F_HOST_TSO4);
	if (!virtio_has_feature(vdev, VIRTIO_NET_F_CTRL_VQ))
		__virtio_clear_bit(vdev, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
	return 0;
}

static int vio_probe(struct virtio_device *vdev)
{
	struct vio_softc *sc;
	int error;

	if (!if_allowed(&vdev->dev))
		return -ENODEV;
	if (!virtio_has_feature(vdev, VIRTIO_F_VERSION_1)) {
		dev_err(&vdev->dev, "legacy device: vio needs virtio 1.0 or newer\n");
		return -ENODEV;
	}
	sc = kzalloc(sizeof(*sc), GFP_KERNEL);
	if (!sc)
		return -ENOMEM;
	sc->sc_vdev = vdev;
	vdev->priv = sc;
	INIT_WORK(&sc->sc_config_work, vio_config_work);
	sc->sc_mergeable = virtio_has_feature(vdev, VIRTIO_NET_F_MRG_RXBUF);
	sc->sc_hashes = virtio_has_feature(vdev, VIRTIO_NET_F_HASH_REPORT);
	sc->sc_merges = virtio_has_feature(vdev, VIRTIO_NET_F_GUEST_TSO4);
	sc->sc_hdrlen = sc->sc_hashes ? sizeof(struct virtio_net_hdr_v1_hash) :
					sizeof(struct virtio_net_hdr_v1);
	sc->sc_unit = ida_alloc(&vio_units, GFP_KERNEL);
	error = sc->sc_unit;
	if (error < 0)
		goto err_free;
	error = vio_ctrl_init(sc);
	if (error)
		goto err_unit;
	error = vio_alloc_queues(sc);
	if (error)
		goto err_queues;
	virtio_device_ready(vdev);
	error = vio_tell_queues(sc, sc->sc_nqueues);
	if (error)
		goto err_queues;
	error = vio_attach_ifnet(sc);
	if (error)
		goto err_queues;
	schedule_work(&sc->sc_config_work);
	return 0;

err_queues:
	vio_free_queues(sc);
	vio_ctrl_exit(sc);
err_unit:
	ida_free(&vio_units, sc->sc_unit);
err_free:
	kfree(sc);
	return error;
}

static void vio_remove(struct virtio_device *vdev)
{
	struct vio_softc *sc = vdev->priv;

	if_disallow(&vdev->dev);
	bsd_ether_ifdetach(&sc->sc_if);
	/* No ifnet any more: a configuration change finds nothing to tell. */
	vdev->config->reset(vdev);
	cancel_work_sync(&sc->sc_config_work);
	vio_free_queues(sc);
	if_free_queues(&sc->sc_if);
	vio_ctrl_exit(sc);
	ida_free(&vio_units, sc->sc_unit);
	kfree(sc);
}

static const unsigned int vio_features[] = {
	VIRTIO_NET_F_CSUM, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_MTU, VIRTIO_NET_F_MAC,
	VIRTIO_NET_F_MRG_RXBUF, VIRTIO_NET_F_STATUS, VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_RX,
	VIRTIO_NET_F_GUEST_ANNOUNCE, VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_MAC_ADDR,
	VIRTIO_NET_F_HASH_REPORT, VIRTIO_NET_F_RSS, VIRTIO_NET_F_SPEED_DUPLEX,
	VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS,
};

/* No MODULE_DEVICE_TABLE: the ids are virtio_net's too, autoload would race with it. */
static const struct virtio_device_id vio_ids[] = {
	{ VIRTIO_ID_NET, VIRTIO_DEV_ANY_ID },
	{ 0 },
};

static struct virtio_driver vio_driver = {
	.driver = {
		.name = "bsdnet_vio",
		.owner = THIS_MODULE,
		.groups = if_allow_groups,
	},
	.id_table = vio_ids,
	.feature_table = vio_features,
	.feature_table_size = ARRAY_SIZE(vio_features),
	.validate = vio_validate,
	.probe = vio_probe,
	.remove = vio_remove,
	.config_changed = vio_config_changed,
};

static int __init vio_init(void)
{
	return register_virtio_driver(&vio_driver);
}

static void __exit vio_exit(void)
{
	unregister_virtio_driver(&vio_driver);
	if_disallow_all(&vio_driver.driver);
}

module_init(vio_init);
module_exit(vio_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("bsdnet driver for virtio network devices");
BSDNET_IMPORT;
