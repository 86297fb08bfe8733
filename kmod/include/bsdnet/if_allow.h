/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * if_allow.h - which devices a driver may have. For drivers; see net/if_allow.c.
 *
 * A driver has if_allow_groups as its attributes, asks if_allowed() first in probe, and
 * calls if_disallow() in remove and if_disallow_all() once it is unregistered.
 */
#ifndef _BSDNET_IF_ALLOW_H
#define _BSDNET_IF_ALLOW_H

#include <linux/types.h>

struct attribute_group;
struct device;
struct device_driver;

extern const struct attribute_group *if_allow_groups[];

bool if_allowed(const struct device *dev);
void if_disallow(const struct device *dev);
void if_disallow_all(const struct device_driver *drv);

#endif /* _BSDNET_IF_ALLOW_H */
