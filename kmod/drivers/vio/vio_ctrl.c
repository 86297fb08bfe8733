// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * vio_ctrl.c - control queue of vio: receive filter, MAC, queue pairs, RSS, announce,
 * merging.
 *
 * Not in the packet path. Context: process, may sleep, netlock not held; one
 * command at a time under sc_ctrl_mtx. The device answers from its own thread,
 * so the caller sleeps; a device that is gone (hot unplug) ends the wait.
 * Source: VIRTIO 1.2, 5.1.6.5.
 */
#include "vio_priv.h"
#include <linux/slab.h>

#define VIO_MAXMACS		64	/* multicast filter entries; more: all multicast */
#define VIO_RSS_ENTRIES		128	/* indirection table, a power of two */
#define VIO_RSS_KEYLEN		40

/* RSS configuration as it goes over the wire (5.1.6.5.6.4), for our sizes. */
struct vio_rss {
	__le32	hash_types;
	__le16	table_mask;
	__le16	unclassified;
	__le16	table[VIO_RSS_ENTRIES];
	__le16	max_tx;
	u8	keylen;
	u8	key[VIO_RSS_KEYLEN];
} __packed;

/* Filter tables (5.1.6.5.2): unicast is empty, the device knows our own. */
struct vio_macs {
	__le32	nunicast;
	__le32	nmulticast;
	u8	multicast[VIO_MAXMACS][ETH_ALEN];
} __packed;

/* What the device reads and writes; one, because commands are serialised. */
struct vio_ctrl_buf {
	struct virtio_net_ctrl_hdr	hdr;
	virtio_net_ctrl_ack		ack;
	union {
		__le16		pairs;
		u8		onoff;
		__le64		offloads;
		u8		lladdr[ETH_ALEN];
		struct vio_rss	rss;
		struct vio_macs	macs;
	};
};

/* Send the command that is in sc_ctrl_buf, with @len bytes of argument. */
static int vio_ctrl_cmd(struct vio_softc *sc, u8 class, u8 cmd, unsigned int len)
{
	struct vio_ctrl_buf *cb = sc->sc_ctrl_buf;
	struct scatterlist hdr, arg, ack, *sgs[3];
	unsigned int out = 0;
	unsigned int used;
	int error;

	lockdep_assert_held(&sc->sc_ctrl_mtx);
	cb->hdr.class = class;
	cb->hdr.cmd = cmd;
	cb->ack = VIRTIO_NET_ERR;
	sg_init_one(&hdr, &cb->hdr, sizeof(cb->hdr));
	sgs[out++] = &hdr;
	if (len) {
		sg_init_one(&arg, &cb->onoff, len);
		sgs[out++] = &arg;
	}
	sg_init_one(&ack, &cb->ack, sizeof(cb->ack));
	sgs[out] = &ack;
	reinit_completion(&sc->sc_ctrl_done);
	error = virtqueue_add_sgs(sc->sc_ctrl, sgs, out, 1, sc, GFP_KERNEL);
	if (error)
		return error;
	if (!virtqueue_kick(sc->sc_ctrl))
		return -EIO;
	while (!virtqueue_get_buf(sc->sc_ctrl, &used)) {
		if (virtqueue_is_broken(sc->sc_ctrl))
			return -EIO;
		wait_for_completion_timeout(&sc->sc_ctrl_done, HZ / 20);
	}
	return cb->ack == VIRTIO_NET_OK ? 0 : -EIO;
}

/* A command whose argument is one byte. */
static int vio_ctrl_onoff(struct vio_softc *sc, u8 class, u8 cmd, bool on)
{
	int error;

	mutex_lock(&sc->sc_ctrl_mtx);
	sc->sc_ctrl_buf->onoff = on;
	error = vio_ctrl_cmd(sc, class, cmd, 1);
	mutex_unlock(&sc->sc_ctrl_mtx);
	return error;
}

/**
 * vio_ctrl_pairs() - say how many queue pairs are used
 * @sc: device
 * @n:  pairs
 *
 * Source: VIRTIO 1.2, 5.1.6.5.5.
 * Return: 0 or -errno.
 */
int vio_ctrl_pairs(struct vio_softc *sc, unsigned int n)
{
	int error;

	mutex_lock(&sc->sc_ctrl_mtx);
	sc->sc_ctrl_buf->pairs = cpu_to_le16(n);
	error = vio_ctrl_cmd(sc, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, 2);
	mutex_unlock(&sc->sc_ctrl_mtx);
	return error;
}

/**
 * vio_ctrl_rss() - spread received flows by the stack's symmetric key
 * @sc: device with VIRTIO_NET_F_RSS
 * @n:  pairs
 *
 * Source: VIRTIO 1.2, 5.1.6.5.6.4.
 * Return: 0 or -errno.
 */
int vio_ctrl_rss(struct vio_softc *sc, unsigned int n)
{
	struct vio_rss *rss = &sc->sc_ctrl_buf->rss;
	unsigned int i;
	u32 types;
	int error;

	virtio_cread_le(sc->sc_vdev, struct virtio_net_config, supported_hash_types, &types);
	types &= VIRTIO_NET_RSS_HASH_TYPE_IPv4 | VIRTIO_NET_RSS_HASH_TYPE_TCPv4 |
		 VIRTIO_NET_RSS_HASH_TYPE_UDPv4 | VIRTIO_NET_RSS_HASH_TYPE_IPv6 |
		 VIRTIO_NET_RSS_HASH_TYPE_TCPv6 | VIRTIO_NET_RSS_HASH_TYPE_UDPv6;
	mutex_lock(&sc->sc_ctrl_mtx);
	rss->hash_types = cpu_to_le32(types);
	rss->table_mask = cpu_to_le16(VIO_RSS_ENTRIES - 1);
	rss->unclassified = 0;
	for (i = 0; i < VIO_RSS_ENTRIES; i++)
		rss->table[i] = cpu_to_le16(i % n);
	rss->max_tx = cpu_to_le16(n);
	rss->keylen = VIO_RSS_KEYLEN;
	memcpy(rss->key, softnet_rss_key, VIO_RSS_KEYLEN);
	error = vio_ctrl_cmd(sc, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_RSS_CONFIG, sizeof(*rss));
	mutex_unlock(&sc->sc_ctrl_mtx);
	return error;
}

/**
 * vio_ctrl_rxmode() - promiscuous and all-multicast reception
 * @sc:       device with VIRTIO_NET_F_CTRL_RX
 * @promisc:  everything
 * @allmulti: every multicast frame
 *
 * Source: VIRTIO 1.2, 5.1.6.5.1.
 * Return: 0 or -errno.
 */
int vio_ctrl_rxmode(struct vio_softc *sc, bool promisc, bool allmulti)
{
	int error;

	error = vio_ctrl_onoff(sc, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, promisc);
	if (error)
		return error;
	return vio_ctrl_onoff(sc, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLMULTI, allmulti);
}

/**
 * vio_ctrl_macs() - load the multicast filter from the interface's list
 * @sc: device with VIRTIO_NET_F_CTRL_RX
 *
 * Source: VIRTIO 1.2, 5.1.6.5.2.
 * Return: 0; -E2BIG: more groups than the filter takes, receive all; or -errno.
 */
int vio_ctrl_macs(struct vio_softc *sc)
{
	struct vio_macs *macs = &sc->sc_ctrl_buf->macs;
	const struct if_maddr *ifm;
	struct netstack ns;
	unsigned int n = 0;
	bool fits = true;
	int error = -E2BIG;

	mutex_lock(&sc->sc_ctrl_mtx);
	net_enter(&ns, NETSEC_SYSCALL);
	list_for_each_entry(ifm, &sc->sc_if.if_multi, ifm_list) {
		fits = n < VIO_MAXMACS;
		if (!fits)
			break;
		memcpy(macs->multicast[n++], ifm->ifm_lladdr, ETH_ALEN);
	}
	net_leave(&ns);
	if (fits) {
		macs->nunicast = 0;
		macs->nmulticast = cpu_to_le32(n);
		error = vio_ctrl_cmd(sc, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET,
				     offsetof(struct vio_macs, multicast[n]));
	}
	mutex_unlock(&sc->sc_ctrl_mtx);
	return error;
}

/**
 * vio_ctrl_lladdr() - set the unicast address
 * @sc:     device with VIRTIO_NET_F_CTRL_MAC_ADDR
 * @lladdr: MAC address
 *
 * Source: VIRTIO 1.2, 5.1.6.5.2.
 * Return: 0 or -errno.
 */
int vio_ctrl_lladdr(struct vio_softc *sc, const u8 *lladdr)
{
	int error;

	mutex_lock(&sc->sc_ctrl_mtx);
	memcpy(sc->sc_ctrl_buf->lladdr, lladdr, ETH_ALEN);
	error = vio_ctrl_cmd(sc, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, ETH_ALEN);
	mutex_unlock(&sc->sc_ctrl_mtx);
	return error;
}

/**
 * vio_ctrl_announced() - tell the device that our address was announced
 * @sc: device with VIRTIO_NET_F_GUEST_ANNOUNCE
 *
 * Source: VIRTIO 1.2, 5.1.6.5.4.
 * Return: 0 or -errno.
 */
int vio_ctrl_announced(struct vio_softc *sc)
{
	int error;

	mutex_lock(&sc->sc_ctrl_mtx);
	error = vio_ctrl_cmd(sc, VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK, 0);
	mutex_unlock(&sc->sc_ctrl_mtx);
	return error;
}

/**
 * vio_ctrl_merge() - may the device merge TCP segments that it receives?
 * @sc: device with VIRTIO_NET_F_CTRL_GUEST_OFFLOADS and sc_merges
 * @on: it may
 *
 * Source: VIRTIO 1.2, 5.1.6.5.7.
 * Return: 0 or -errno.
 */
int vio_ctrl_merge(struct vio_softc *sc, bool on)
{
	u64 offloads = BIT_ULL(VIRTIO_NET_F_GUEST_CSUM);
	int error;

	if (on)
		offloads |= BIT_ULL(VIRTIO_NET_F_GUEST_TSO4);
	mutex_lock(&sc->sc_ctrl_mtx);
	sc->sc_ctrl_buf->offloads = cpu_to_le64(offloads);
	error = vio_ctrl_cmd(sc, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
			     VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, sizeof(offloads));
	mutex_unlock(&sc->sc_ctrl_mtx);
	return error;
}

/**
 * vio_ctrl_intr() - the device answered a command
 * @vq: control queue
 *
 * Context: Hard interrupt.
 */
void vio_ctrl_intr(struct virtqueue *vq)
{
	struct vio_softc *sc = vq->vdev->priv;

	complete(&sc->sc_ctrl_done);
}

/**
 * vio_ctrl_init() - allocate what commands need
 * @sc: device, before its queues are found
 *
 * Return: 0 or -ENOMEM.
 */
int vio_ctrl_init(struct vio_softc *sc)
{
	mutex_init(&sc->sc_ctrl_mtx);
	init_completion(&sc->sc_ctrl_done);
	sc->sc_ctrl_buf = kzalloc(sizeof(*sc->sc_ctrl_buf), GFP_KERNEL);
	return sc->sc_ctrl_buf ? 0 : -ENOMEM;
}

/**
 * vio_ctrl_exit() - undo vio_ctrl_init()
 * @sc: device whose queues are gone
 */
void vio_ctrl_exit(struct vio_softc *sc)
{
	kfree(sc->sc_ctrl_buf);
	mutex_destroy(&sc->sc_ctrl_mtx);
}
