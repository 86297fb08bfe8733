// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * face.c - the net_device that stands for a BSD interface on Linux's side.
 *
 * Its ifindex is our if_index, so that if_nametoindex(), IP_PKTINFO and
 * "fe80::1%vio0" mean the same everywhere; ip(8) and ifconfig see one up/down,
 * MTU, address, link and statistics. No packet passes through it: what Linux
 * sends is dropped and counted, what it would receive ends in our rx_handler,
 * which also keeps bridge, bond and macvlan off (-EBUSY). Linux gives it no
 * address, neither by itself nor by an administrator.
 *
 * Both sides can change it; whoever is first (fc_busy) does the work, and the
 * other side's callback then only writes down what was done.
 * Context: process, rtnl held, netlock not (order: rtnl, netlock).
 */
#include "face_priv.h"
#include <bsdnet/if_var.h>
#include <linux/errno.h>
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

/*
 * face: private part of the net_device; made and freed with it.
 *
 * Locks protecting struct members:
 *	I	immutable
 *	r	rtnl_lock
 *	a	atomic
 */
struct face {
	struct ifnet	*fc_ifp;	/* [I] */
	bool		 fc_busy;	/* [r] one side is telling the other */
	atomic_long_t	 fc_txdrops;	/* [a] packets that Linux wanted to send */
};

/**
 * bsd_rtnl_lock() - take Linux's lock of network configuration
 *
 * For code that may not include its header.
 *
 * Context: Process, netlock not held; sleeps.
 */
void bsd_rtnl_lock(void)
{
	NET_ASSERT_UNLOCKED();
	rtnl_lock();
}
BSDNET_EXPORT(bsd_rtnl_lock);

/**
 * bsd_rtnl_unlock() - undo bsd_rtnl_lock()
 *
 * Context: Process; may sleep, to finish off net_devices that went.
 */
void bsd_rtnl_unlock(void)
{
	rtnl_unlock();
}
BSDNET_EXPORT(bsd_rtnl_unlock);

/**
 * bsd_rtnl_held() - is rtnl held, as far as lockdep knows
 *
 * Context: Any.
 * Return:  true if it is, and always without lockdep.
 */
bool bsd_rtnl_held(void)
{
	return lockdep_rtnl_is_held();
}
BSDNET_EXPORT(bsd_rtnl_held);

/**
 * bsd_rtnl_assert() - warn if nobody holds rtnl
 *
 * Context: Any.
 */
void bsd_rtnl_assert(void)
{
	ASSERT_RTNL();
}
BSDNET_EXPORT(bsd_rtnl_assert);

/**
 * face_ifnet() - the interface that a face stands for
 * @dev: face
 *
 * Context: Any.
 */
struct ifnet *face_ifnet(const struct net_device *dev)
{
	return ((struct face *)netdev_priv(dev))->fc_ifp;
}

static int face_open(struct net_device *dev)
{
	struct face *fc = netdev_priv(dev);
	int error;

	if (fc->fc_busy)
		return 0;
	fc->fc_busy = true;
	error = if_up(fc->fc_ifp);
	fc->fc_busy = false;
	return error;
}

static int face_stop(struct net_device *dev)
{
	struct face *fc = netdev_priv(dev);

	if (fc->fc_busy)
		return 0;
	fc->fc_busy = true;
	if_down(fc->fc_ifp);
	fc->fc_busy = false;
	return 0;
}

/* Bottom halves off: drop what Linux, or a packet socket, wants to send. */
static netdev_tx_t face_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct face *fc = netdev_priv(dev);

	atomic_long_inc(&fc->fc_txdrops);
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static int face_change_mtu(struct net_device *dev, int mtu)
{
	struct face *fc = netdev_priv(dev);
	int error = 0;

	if (!fc->fc_busy) {
		fc->fc_busy = true;
		error = if_setmtu(fc->fc_ifp, mtu);
		fc->fc_busy = false;
	}
	if (!error)
		WRITE_ONCE(dev->mtu, mtu);
	return error;
}

static int face_set_mac_address(struct net_device *dev, void *addr)
{
	struct face *fc = netdev_priv(dev);
	struct sockaddr *sa = addr;
	int error;

	fc->fc_busy = true;
	error = if_setlladdr(fc->fc_ifp, (const u8 *)sa->sa_data);
	fc->fc_busy = false;
	if (!error)
		eth_hw_addr_set(dev, (const u8 *)sa->sa_data);
	return error;
}

static void face_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *st)
{
	struct face *fc = netdev_priv(dev);
	u64 sums[IFC_N];

	if_counters_read(fc->fc_ifp, sums);
	st->rx_packets = sums[IFC_IPACKETS];
	st->rx_bytes = sums[IFC_IBYTES];
	st->rx_errors = sums[IFC_IERRORS];
	st->rx_dropped = sums[IFC_IQDROPS];
	st->rx_nohandler = sums[IFC_NOPROTO];
	st->multicast = sums[IFC_IMCASTS];
	st->tx_packets = sums[IFC_OPACKETS];
	st->tx_bytes = sums[IFC_OBYTES];
	st->tx_errors = sums[IFC_OERRORS];
	st->tx_dropped = sums[IFC_OQDROPS] + atomic_long_read(&fc->fc_txdrops);
	st->collisions = sums[IFC_COLLISIONS];
}

static const struct net_device_ops face_ops = {
	.ndo_open = face_open,
	.ndo_stop = face_stop,
	.ndo_start_xmit = face_start_xmit,
	.ndo_change_mtu = face_change_mtu,
	.ndo_set_mac_address = face_set_mac_address,
	.ndo_get_stats64 = face_get_stats64,
};

/* Softirq: nothing comes in by a face, and what does goes no further. */
static rx_handler_result_t face_rx(struct sk_buff **pskb)
{
	return RX_HANDLER_EXACT;
}

static void face_setup(struct net_device *dev)
{
	dev->netdev_ops = &face_ops;
	dev->ethtool_ops = &face_ethtool_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE | BSDNET_IFF_NO_ADDRCONF;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->min_mtu = ETH_MIN_MTU;
	bsd_netdev_pin(dev);
}

static void face_carrier(struct ifnet *ifp)
{
	if (READ_ONCE(ifp->if_link_state) == BSD_LINK_STATE_DOWN)
		netif_carrier_off(ifp->if_face);
	else
		netif_carrier_on(ifp->if_face);
}

/**
 * face_attach() - make an interface's net_device
 * @ifp: not yet linked; out: if_face and if_index
 *
 * Context: Process, rtnl held, netlock not.
 * Return:  0; -ENOMEM; -EEXIST if Linux has an interface of that name; or
 *	    another error of register_netdevice().
 */
int face_attach(struct ifnet *ifp)
{
	struct net_device *dev;
	struct face *fc;
	int error;

	dev = alloc_netdev(sizeof(*fc), ifp->if_xname, NET_NAME_USER, face_setup);
	if (!dev)
		return -ENOMEM;
	fc = netdev_priv(dev);
	fc->fc_ifp = ifp;
	SET_NETDEV_DEV(dev, ifp->if_dev);
	dev->mtu = ifp->if_mtu;
	dev->max_mtu = ifp->if_hardmtu;
	if (ifp->if_type == BSD_IFT_ETHER) {
		dev->type = ARPHRD_ETHER;
		dev->hard_header_len = ETH_HLEN;
		dev->addr_len = ETH_ALEN;
		dev->flags |= IFF_BROADCAST;
		eth_broadcast_addr(dev->broadcast);
		eth_hw_addr_set(dev, ifp->if_lladdr);
	}
	ifp->if_face = dev;
	error = register_netdevice(dev);
	if (error) {
		free_netdev(dev);
		goto err_face;
	}
	error = netdev_rx_handler_register(dev, face_rx, ifp);
	if (error) {
		dev->needs_free_netdev = true;
		unregister_netdevice(dev);
		goto err_face;
	}
	ifp->if_index = dev->ifindex;
	return 0;

err_face:
	ifp->if_face = NULL;
	return error;
}

/**
 * face_detach() - take an interface's net_device away
 * @ifp: unlinked and dying; if_face is NULL after
 *
 * Context: Process, without rtnl and netlock; sleeps.
 */
void face_detach(struct ifnet *ifp)
{
	struct net_device *dev = ifp->if_face;

	rtnl_lock();
	netdev_rx_handler_unregister(dev);
	unregister_netdevice(dev);
	rtnl_unlock();
	ifp->if_face = NULL;
	free_netdev(dev);
}

/**
 * face_update() - tell Linux what became of an interface
 * @ifp: attached
 *
 * Context: Process, rtnl held, netlock not. Does nothing but the carrier inside a
 *	    change that came from Linux.
 */
void face_update(struct ifnet *ifp)
{
	struct net_device *dev = ifp->if_face;
	struct face *fc = netdev_priv(dev);
	bool up = ifp->if_flags & BSD_IFF_UP;

	ASSERT_RTNL();
	face_carrier(ifp);
	if (fc->fc_busy)
		return;
	fc->fc_busy = true;
	if (up != !!(dev->flags & IFF_UP)) {
		if (!up)
			dev_close(dev);
		else if (dev_open(dev, NULL))
			netdev_warn(dev, "Linux does not follow the interface up\n");
	}
	if (dev->mtu != ifp->if_mtu && dev_set_mtu(dev, ifp->if_mtu))
		netdev_warn(dev, "Linux does not follow MTU %u\n", ifp->if_mtu);
	if (dev->addr_len && !ether_addr_equal_unaligned(dev->dev_addr, ifp->if_lladdr)) {
		eth_hw_addr_set(dev, ifp->if_lladdr);
		call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
	}
	fc->fc_busy = false;
}

/* "ip addr add" on a face: addresses of these interfaces are ours, not Linux's. */
static int face_veto4(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct in_validator_info *ivi = ptr;

	if (event != NETDEV_UP || ivi->ivi_dev->dev->netdev_ops != &face_ops)
		return NOTIFY_DONE;
	NL_SET_ERR_MSG(ivi->extack, "interface of bsdnet: use bsdnet ifconfig");
	return notifier_from_errno(-EADDRNOTAVAIL);
}

static int face_veto6(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct in6_validator_info *i6vi = ptr;

	if (event != NETDEV_UP || i6vi->i6vi_dev->dev->netdev_ops != &face_ops)
		return NOTIFY_DONE;
	NL_SET_ERR_MSG(i6vi->extack, "interface of bsdnet: use bsdnet ifconfig");
	return notifier_from_errno(-EADDRNOTAVAIL);
}

static struct notifier_block face_nb4 = { .notifier_call = face_veto4 };
static struct notifier_block face_nb6 = { .notifier_call = face_veto6 };

/**
 * face_init() - refuse Linux's addresses on faces
 *
 * Context: Process, no locks.
 * Return:  0 or -errno.
 */
int face_init(void)
{
	int error;

	error = register_inetaddr_validator_notifier(&face_nb4);
	if (error)
		return error;
	error = register_inet6addr_validator_notifier(&face_nb6);
	if (error)
		unregister_inetaddr_validator_notifier(&face_nb4);
	return error;
}

/**
 * face_exit() - undo face_init()
 *
 * Context: Process, no locks.
 */
void face_exit(void)
{
	unregister_inet6addr_validator_notifier(&face_nb6);
	unregister_inetaddr_validator_notifier(&face_nb4);
}
