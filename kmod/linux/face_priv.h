/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * face_priv.h - between face.c and face_ethtool.c.
 */
#ifndef _FACE_PRIV_H
#define _FACE_PRIV_H

#include <linux/ethtool.h>

struct ifnet;
struct net_device;

extern const struct ethtool_ops face_ethtool_ops;

/* face.c: the interface that a net_device stands for; valid as long as it. */
struct ifnet *face_ifnet(const struct net_device *dev);

#endif /* _FACE_PRIV_H */
