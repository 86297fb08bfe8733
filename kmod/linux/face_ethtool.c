// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * face_ethtool.c - what ethtool(8) shows and changes of a BSD interface: its driver,
 * link, queues and rings.
 *
 * Called by Linux for the net_device of face.c; the work is that of if_queues.c.
 * Context: process, rtnl held, netlock not.
 */
#include "face_priv.h"
#include <bsdnet/if_var.h>
#include <linux/errno.h>
#include <linux/ethtool.h>
#include <linux/math64.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <uapi/bsdnet/ioctl.h>
#include <uapi/bsdnet/version.h>

static void face_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	const struct ifnet *ifp = face_ifnet(dev);

	strscpy(info->driver, ifp->if_dev && ifp->if_dev->driver ? ifp->if_dev->driver->name :
		"bsdnet", sizeof(info->driver));
	strscpy(info->version, BSDNET_VERSION, sizeof(info->version));
	if (ifp->if_dev)
		strscpy(info->bus_info, dev_name(ifp->if_dev), sizeof(info->bus_info));
}

static int face_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *ks)
{
	u64 bits = READ_ONCE(face_ifnet(dev)->if_baudrate);

	ks->base.speed = bits ? div_u64(bits, 1000000) : SPEED_UNKNOWN;
	ks->base.duplex = bits ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	ks->base.port = PORT_OTHER;
	return 0;
}

static void face_get_channels(struct net_device *dev, struct ethtool_channels *ch)
{
	struct bsd_ifqueues q = { };

	if (if_getqueues(face_ifnet(dev), &q))
		return;
	ch->combined_count = q.ifqs_queues;
	ch->max_combined = q.ifqs_maxqueues;
}

/* ethtool has checked the number against the maximum; other kinds have none. */
static int face_set_channels(struct net_device *dev, struct ethtool_channels *ch)
{
	struct bsd_ifqueues q = { .ifqs_queues = ch->combined_count };

	return if_setqueues(face_ifnet(dev), &q);
}

static void face_get_ringparam(struct net_device *dev, struct ethtool_ringparam *rp,
			       struct kernel_ethtool_ringparam *krp,
			       struct netlink_ext_ack *extack)
{
	struct bsd_ifqueues q = { };

	if (if_getqueues(face_ifnet(dev), &q))
		return;
	rp->rx_pending = q.ifqs_rxring;
	rp->rx_max_pending = q.ifqs_maxrxring;
	rp->tx_pending = q.ifqs_txring;
	rp->tx_max_pending = q.ifqs_maxtxring;
}

static int face_set_ringparam(struct net_device *dev, struct ethtool_ringparam *rp,
			      struct kernel_ethtool_ringparam *krp,
			      struct netlink_ext_ack *extack)
{
	struct bsd_ifqueues q = { .ifqs_rxring = rp->rx_pending, .ifqs_txring = rp->tx_pending };

	return if_setqueues(face_ifnet(dev), &q);
}

const struct ethtool_ops face_ethtool_ops = {
	.get_drvinfo = face_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = face_get_link_ksettings,
	.get_channels = face_get_channels,
	.set_channels = face_set_channels,
	.get_ringparam = face_get_ringparam,
	.set_ringparam = face_set_ringparam,
};
