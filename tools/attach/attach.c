// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * attach.c - hand a network device from Linux's driver to ours, and back.
 *
 * A device is named by its Linux interface (eth0), by one of ours (vio0, em0), by its
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

/* A kind of device that one of our drivers knows, and Linux's driver for it. */
struct kind {
	const char *bus;
	const char *device;		/* its attribute "device" */
	const char *vendor;		/* and "vendor", NULL: any */
	const char *ours;
	const char *theirs;
};

static const struct kind kinds[] = {
	{ "virtio", "0x0001", NULL, "bsdnet_vio", "virtio_net" },
	{ "pci", "0x10d3", "0x8086", "bsdnet_em", "e1000e" },
};

/* A device and what it is. */
struct nic {
	char dev[NAME_MAX + 1];		/* bus id */
	const struct kind *kind;
};

static const char attach_usage[] =
	"attach DEVICE\n"
	"\n"
	"DEVICE: eth0, virtio1 or 0000:00:03.0. Prints the interface it becomes.\n";
static const char detach_usage[] =
	"detach DEVICE\n"
	"\n"
	"DEVICE: vio0, em0, virtio1 or 0000:00:03.0. Linux's driver gets it back.\n";

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

/* Whether attribute @attr of device @dev is @want. */
static bool is(const char *bus, const char *dev, const char *attr, const char *want)
{
	char path[PATH_MAX], val[32];

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/%s", bus, dev, attr);
	return bn_sysfs_read(path, val, sizeof(val)) > 0 &&
	       !strcmp(val, want);
}

/* What kind of device @dev is; false: none that we know. */
static bool find_kind(struct nic *nic)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct kind *kind = &kinds[i];

		if (is(kind->bus, nic->dev, "device", kind->device) &&
		    (!kind->vendor || is(kind->bus, nic->dev, "vendor", kind->vendor))) {
			nic->kind = kind;
			return true;
		}
	}
	return false;
}

/* The device that @name means, or the end. */
static void find_nic(const char *name, struct nic *nic)
{
	char path[PATH_MAX];

	nic->dev[0] = '\0';
	if (strchr(name, '/'))
		bn_die("%s: no such device", name);
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	if (!link_name(path, nic->dev, sizeof(nic->dev)) &&
	    !virtio_below(name, nic->dev, sizeof(nic->dev)))
		snprintf(nic->dev, sizeof(nic->dev), "%s", name);
	if (find_kind(nic))
		return;
	snprintf(path, sizeof(path), "/sys/bus/virtio/devices/%s", nic->dev);
	if (!access(path, F_OK))
		bn_die("%s: not a network device", name);
	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	if (access(path, F_OK) && access("/sys/bus/pci/devices", F_OK))
		bn_die("%s: no such device", name);
	bn_die("%s: no such device, or none that a bsdnet driver knows", name);
}

static bool bound_to(const struct nic *nic, char *driver, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/driver", nic->kind->bus, nic->dev);
	return link_name(path, driver, size);
}

/* Write @val to attribute @attr of a driver for the device. */
static int driver_write(const struct nic *nic, const char *driver, const char *attr,
			const char *val)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/%s/drivers/%s/%s", nic->kind->bus, driver, attr);
	return bn_sysfs_write(path, val);
}

/* Put on (or off) our driver's allow list. */
static int allow(const struct nic *nic, bool on)
{
	char val[NAME_MAX + 2];

	snprintf(val, sizeof(val), "%s%s", on ? "" : "-", nic->dev);
	return driver_write(nic, nic->kind->ours, "allow", val);
}

/* Print the network interface that sits on the device. */
static void print_interface(const struct nic *nic)
{
	char path[PATH_MAX];
	struct dirent *de;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/net", nic->kind->bus, nic->dev);
	dir = opendir(path);
	while (dir && (de = readdir(dir)))
		if (de->d_name[0] != '.')
			printf("%s\n", de->d_name);
	if (dir)
		closedir(dir);
}

/* Move the device from driver @from (may be NULL) to @to; on failure back. */
static void move(const char *name, const struct nic *nic, const char *from, const char *to)
{
	int error;

	if (from && driver_write(nic, from, "unbind", nic->dev))
		bn_die("%s: %s does not let go: %s", name, from, strerror(errno));
	if (!driver_write(nic, to, "bind", nic->dev))
		return;
	error = errno;
	if (from && driver_write(nic, from, "bind", nic->dev))
		bn_warn("%s: could not be given back to %s: %s", name, from, strerror(errno));
	if (!strcmp(to, nic->kind->ours))
		allow(nic, false);
	bn_die("%s: %s does not take it: %s", name, to, strerror(error));
}

static void need_driver(const struct nic *nic, const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/%s/drivers/%s", nic->kind->bus, driver);
	if (access(path, F_OK))
		bn_die("driver %s is not loaded (modprobe %s)", driver, driver);
}

int attach_main(int argc, char **argv)
{
	char driver[NAME_MAX + 1];
	struct nic nic;
	bool bound;

	bn_options(&argc, argv, attach_usage);
	if (argc != 2)
		bn_usage(false, attach_usage);
	find_nic(argv[1], &nic);
	need_driver(&nic, nic.kind->ours);
	bound = bound_to(&nic, driver, sizeof(driver));
	if (bound && !strcmp(driver, nic.kind->ours))
		bn_die("%s: is attached already", argv[1]);
	if (allow(&nic, true))
		bn_die("%s: %s", argv[1], strerror(errno));
	move(argv[1], &nic, bound ? driver : NULL, nic.kind->ours);
	print_interface(&nic);
	return 0;
}

int detach_main(int argc, char **argv)
{
	char driver[NAME_MAX + 1];
	struct nic nic;

	bn_options(&argc, argv, detach_usage);
	if (argc != 2)
		bn_usage(false, detach_usage);
	find_nic(argv[1], &nic);
	if (!bound_to(&nic, driver, sizeof(driver)) || strcmp(driver, nic.kind->ours))
		bn_die("%s: is not attached", argv[1]);
	need_driver(&nic, nic.kind->theirs);
	move(argv[1], &nic, nic.kind->ours, nic.kind->theirs);
	allow(&nic, false);
	print_interface(&nic);
	return 0;
}
