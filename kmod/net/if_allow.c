// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_allow.c - the devices that an administrator gave to our drivers.
 *
 * Linux has drivers for the same devices, so ours never take one by themselves: each has
 * an attribute "allow", a list of names that an administrator edits ("virtio0" puts one
 * on, "-virtio0" takes it off), and refuses in probe what is not on it. "bsdnet attach"
 * puts a device on the list and binds it.
 *
 * Context: process, may sleep.
 */
#include <bsdnet/if_allow.h>
#include <bsdnet/if_var.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

/* A device that the administrator gave to a driver. Found by both on if_allows. */
struct if_allow {
	struct list_head		 al_list;	/* [if_allow_mtx] */
	const struct device_driver	*al_driver;	/* [I] */
	char				 al_name[32];	/* [I] "virtio0" */
};

static LIST_HEAD(if_allows);
static DEFINE_MUTEX(if_allow_mtx);

static struct if_allow *if_allow_find(const struct device_driver *drv, const char *name)
{
	struct if_allow *al;

	list_for_each_entry(al, &if_allows, al_list)
		if (al->al_driver == drv && !strcmp(al->al_name, name))
			return al;
	return NULL;
}

static void if_allow_del(const struct device_driver *drv, const char *name)
{
	struct if_allow *al;

	mutex_lock(&if_allow_mtx);
	al = if_allow_find(drv, name);
	if (al) {
		list_del(&al->al_list);
		kfree(al);
	}
	mutex_unlock(&if_allow_mtx);
}

static int if_allow_add(const struct device_driver *drv, const char *name)
{
	struct if_allow *al = kzalloc(sizeof(*al), GFP_KERNEL);

	if (!al)
		return -ENOMEM;
	al->al_driver = drv;
	strscpy(al->al_name, name, sizeof(al->al_name));
	mutex_lock(&if_allow_mtx);
	if (if_allow_find(drv, name))
		kfree(al);
	else
		list_add_tail(&al->al_list, &if_allows);
	mutex_unlock(&if_allow_mtx);
	return 0;
}

/**
 * if_allowed() - may the driver that probes a device have it?
 * @dev: device in probe
 *
 * Context: Process, may sleep.
 */
bool if_allowed(const struct device *dev)
{
	bool found;

	mutex_lock(&if_allow_mtx);
	found = if_allow_find(dev->driver, dev_name(dev));
	mutex_unlock(&if_allow_mtx);
	return found;
}

BSDNET_EXPORT(if_allowed);

/**
 * if_disallow() - take a device off its driver's list
 * @dev: device in remove: who comes back by its name may be another
 *
 * Context: Process, may sleep.
 */
void if_disallow(const struct device *dev)
{
	if_allow_del(dev->driver, dev_name(dev));
}

BSDNET_EXPORT(if_disallow);

/**
 * if_disallow_all() - empty a driver's list
 * @drv: unregistered
 *
 * Context: Process, may sleep.
 */
void if_disallow_all(const struct device_driver *drv)
{
	struct if_allow *al, *next;

	mutex_lock(&if_allow_mtx);
	list_for_each_entry_safe(al, next, &if_allows, al_list) {
		if (al->al_driver != drv)
			continue;
		list_del(&al->al_list);
		kfree(al);
	}
	mutex_unlock(&if_allow_mtx);
}

BSDNET_EXPORT(if_disallow_all);

static ssize_t allow_show(struct device_driver *drv, char *buf)
{
	struct if_allow *al;
	ssize_t n = 0;

	mutex_lock(&if_allow_mtx);
	list_for_each_entry(al, &if_allows, al_list)
		if (al->al_driver == drv)
			n += sysfs_emit_at(buf, n, "%s\n", al->al_name);
	mutex_unlock(&if_allow_mtx);
	return n;
}

static ssize_t allow_store(struct device_driver *drv, const char *buf, size_t count)
{
	char line[sizeof_field(struct if_allow, al_name) + 2];	/* with '-' and newline */
	char *name;
	int error = 0;

	if (strscpy(line, buf, sizeof(line)) < 0)
		return -EINVAL;
	name = strim(line);
	if (name[0] == '-')
		if_allow_del(drv, name + 1);
	else if (!name[0] || strchr(name, '/') ||
		 strlen(name) >= sizeof_field(struct if_allow, al_name))
		error = -EINVAL;
	else
		error = if_allow_add(drv, name);
	return error ? error : count;
}

static DRIVER_ATTR_RW(allow);

static struct attribute *if_allow_attrs[] = {
	&driver_attr_allow.attr,
	NULL
};

static const struct attribute_group if_allow_group = {
	.attrs = if_allow_attrs,
};

/* struct device_driver's groups, of each driver. */
const struct attribute_group *if_allow_groups[] = {
	&if_allow_group,
	NULL
};

BSDNET_EXPORT(if_allow_groups);
