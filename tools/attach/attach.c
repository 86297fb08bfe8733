// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * attach.c - hand a network device from Linux's driver to ours, and back.
 *
 * A device is named by its Linux interface (eth0), by one of ours (vio0), by its
 * bus id (virtio1) or by its PCI address (0000:00:03.0). Whatever fails, the
 * device is bound again to the driver it had.
 */
#include "bsdnet.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VIRTIO_DEVICES	"/sys/bus/virtio/devices"
#define VIRTIO_DRIVERS	"/sys/bus/virtio/drivers"
#define VIRTIO_ID_NET	1

static const char attach_usage[] =
	"attach DEVICE\n"
	"\n"
	"DEVICE: eth0, virtio1 or 0000:00:03.0. Prints the interface it becomes.\n";
static const char detach_usage[] =
	"detach DEVICE\n"
	"\n"
	"DEVICE: vio0, virtio1 or 0000:00:03.0. Linux's driver gets it back.\n";

/* Drivers for virtio network devices: Linux's and ours. */
static const char linux_driver[] = "virtio_net";
static const char our_driver[] = "bsdnet_vio";

/* The last component of what the link points at, or false. */
static bool link_name(const char *path, char *name, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *last;

	if (n < 0)
		return false;
	target[n] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (strlen(last) >= size)
		return false;
	strcpy(name, last);
	return true;
}

/* The virtio device below a PCI device. */
static bool virtio_below(const char *pci, char *dev, size_t size)
{
	char path[PATH_MAX];
	struct dirent *de;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", pci);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (de = readdir(dir))) {
		found = !strncmp(de->d_name, "virtio", 6);
		if (found)
			snprintf(dev, size, "%s", de->d_name);
	}
	closedir(dir);
	return found;
}

/* Bus id of the virtio network device that @name means, or the end. */
static void find_device(const char *name, char *dev, size_t size)
{
	char path[PATH_MAX], id[32];

	dev[0] = '\0';
	if (strchr(name, '/'))
		bn_die("%s: no such device", name);
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	if (!link_name(path, dev, size) && !virtio_below(name, dev, size))
		snprintf(dev, size, "%s", name);
	snprintf(path, sizeof(path), VIRTIO_DEVICES "/%s/device", dev);
	if (bn_sysfs_read(path, id, sizeof(id)) < 0) {
		snprintf(path, sizeof(path), "/sys/class/net/%s", name);
		if (access(path, F_OK) && access("/sys/bus/pci/devices", F_OK))
			bn_die("%s: no such device", name);
		bn_die("%s: no such device, or none that a bsdnet driver knows", name);
	}
	if (strtoul(id, NULL, 16) != VIRTIO_ID_NET)
		bn_die("%s: not a network device", name);
}

static bool bound_to(const char *dev, char *driver, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), VIRTIO_DEVICES "/%s/driver", dev);
	return link_name(path, driver, size);
}

/* Write @val to attribute @attr of a driver. */
static int driver_write(const char *driver, const char *attr, const char *val)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), VIRTIO_DRIVERS "/%s/%s", driver, attr);
	return bn_sysfs_write(path, val);
}

/* Put on (or off) our driver's allow list. */
static int allow(const char *dev, bool on)
{
	char val[NAME_MAX + 2];

	snprintf(val, sizeof(val), "%s%s", on ? "" : "-", dev);
	return driver_write(our_driver, "allow", val);
}

/* Print the network interface that sits on the device. */
static void print_interface(const char *dev)
{
	char path[PATH_MAX];
	struct dirent *de;
	DIR *dir;

	snprintf(path, sizeof(path), VIRTIO_DEVICES "/%s/net", dev);
	dir = opendir(path);
	while (dir && (de = readdir(dir)))
		if (de->d_name[0] != '.')
			printf("%s\n", de->d_name);
	if (dir)
		closedir(dir);
}

/* Move @dev from driver @from (may be NULL) to @to; on failure back. */
static void move(const char *name, const char *dev, const char *from, const char *to)
{
	int error;

	if (from && driver_write(from, "unbind", dev))
		bn_die("%s: %s does not let go: %s", name, from, strerror(errno));
	if (!driver_write(to, "bind", dev))
		return;
	error = errno;
	if (from && driver_write(from, "bind", dev))
		bn_warn("%s: could not be given back to %s: %s", name, from, strerror(errno));
	if (!strcmp(to, our_driver))
		allow(dev, false);
	bn_die("%s: %s does not take it: %s", name, to, strerror(error));
}

static void need_driver(const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), VIRTIO_DRIVERS "/%s", driver);
	if (access(path, F_OK))
		bn_die("driver %s is not loaded (modprobe %s)", driver, driver);
}

int attach_main(int argc, char **argv)
{
	char dev[NAME_MAX + 1], driver[NAME_MAX + 1];
	bool bound;

	bn_options(&argc, argv, attach_usage);
	if (argc != 2)
		bn_usage(false, attach_usage);
	find_device(argv[1], dev, sizeof(dev));
	need_driver(our_driver);
	bound = bound_to(dev, driver, sizeof(driver));
	if (bound && !strcmp(driver, our_driver))
		bn_die("%s: is attached already", argv[1]);
	if (allow(dev, true))
		bn_die("%s: %s", argv[1], strerror(errno));
	move(argv[1], dev, bound ? driver : NULL, our_driver);
	print_interface(dev);
	return 0;
}

int detach_main(int argc, char **argv)
{
	char dev[NAME_MAX + 1], driver[NAME_MAX + 1];

	bn_options(&argc, argv, detach_usage);
	if (argc != 2)
		bn_usage(false, detach_usage);
	find_device(argv[1], dev, sizeof(dev));
	if (!bound_to(dev, driver, sizeof(driver)) || strcmp(driver, our_driver))
		bn_die("%s: is not attached", argv[1]);
	need_driver(linux_driver);
	move(argv[1], dev, our_driver, linux_driver);
	allow(dev, false);
	print_interface(dev);
	return 0;
}
