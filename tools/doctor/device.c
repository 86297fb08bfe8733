// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * device.c - doctor's look at virtio network devices: who has them, and what Linux
 * would lose if they were attached.
 */
#include "doctor.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VIRTIO_DEVICES		"/sys/bus/virtio/devices"
#define VIRTIO_ID_NET		1
#define VIRTIO_F_VERSION_1	32

/* The first entry of a folder below a device, or the last part of a link there. */
static bool below(const char *dev, const char *what, char name[NAME_MAX + 1])
{
	char path[PATH_MAX], target[PATH_MAX], *last;
	struct dirent *de;
	bool found = false;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), VIRTIO_DEVICES "/%s/%s", dev, what);
	n = readlink(path, target, sizeof(target) - 1);
	if (n > 0) {
		target[n] = '\0';
		last = strrchr(target, '/');
		snprintf(name, NAME_MAX + 1, "%.255s", last ? last + 1 : target);
		return true;
	}
	dir = opendir(path);
	while (dir && !found && (de = readdir(dir))) {
		found = de->d_name[0] != '.';
		if (found)
			snprintf(name, NAME_MAX + 1, "%s", de->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Linux's addresses of an interface but link-local ones, as a list; "": none. */
static void linux_addresses(const char *ifname, char *list, size_t size)
{
	struct ifaddrs *all, *ifa;
	char text[INET6_ADDRSTRLEN];
	size_t len = 0;

	*list = '\0';
	if (getifaddrs(&all))
		return;
	for (ifa = all; ifa; ifa = ifa->ifa_next) {
		const struct sockaddr_in6 *sin6 = (const void *)ifa->ifa_addr;
		const struct sockaddr_in *sin = (const void *)ifa->ifa_addr;

		if (!ifa->ifa_addr || strcmp(ifa->ifa_name, ifname) || len >= size)
			continue;
		if (ifa->ifa_addr->sa_family == AF_INET)
			inet_ntop(AF_INET, &sin->sin_addr, text, sizeof(text));
		else if (ifa->ifa_addr->sa_family == AF_INET6 &&
			 !IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr))
			inet_ntop(AF_INET6, &sin6->sin6_addr, text, sizeof(text));
		else
			continue;
		len += snprintf(list + len, size - len, "%s%s", len ? ", " : "", text);
	}
	freeifaddrs(all);
}

/* Whether Linux's IPv4 default route goes over an interface. */
static bool has_default(const char *ifname)
{
	char line[256], name[64];
	unsigned int dst, mask;
	bool found = false;
	FILE *f = fopen("/proc/net/route", "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%63s %x %*x %*x %*d %*d %*d %x", name, &dst, &mask) == 3 &&
			!dst && !mask && !strcmp(name, ifname);
	if (f)
		fclose(f);
	return found;
}

/* Virtio 1.0 or newer: what our driver wants. */
static bool is_modern(const char *dev)
{
	char path[PATH_MAX], bits[128];

	snprintf(path, sizeof(path), VIRTIO_DEVICES "/%s/features", dev);
	return bn_sysfs_read(path, bits, sizeof(bits)) <= VIRTIO_F_VERSION_1 ||
	       bits[VIRTIO_F_VERSION_1] == '1';
}

/* A device that Linux's driver has. */
static void with_linux(const char *dev, const char *ifname)
{
	char path[PATH_MAX], addrs[256];

	linux_addresses(ifname, addrs, sizeof(addrs));
	snprintf(path, sizeof(path), "/sys/class/net/%s/master", ifname);
	if (has_default(ifname))
		dr_tell(DR_WARN, dr_text("%s (%s) has Linux's default route", dev, ifname),
			"do not attach it if you are logged in over it");
	else if (*addrs)
		dr_tell(DR_WARN, dr_text("%s (%s) has addresses in Linux, %s", dev, ifname, addrs),
			"they are lost when it is attached");
	else if (!access(path, F_OK))
		dr_tell(DR_WARN, dr_text("%s (%s) is a member of a bridge or bond", dev, ifname),
			"take it out first: ip link set %s nomaster", ifname);
	else
		dr_tell(DR_OK, dr_text("%s (%s) can be attached", dev, ifname), NULL);
}

static void one(const char *dev)
{
	char driver[NAME_MAX + 1], ifname[NAME_MAX + 1] = "no interface";
	bool bound = below(dev, "driver", driver);

	below(dev, "net", ifname);
	if (bound && !strcmp(driver, "bsdnet_vio"))
		dr_tell(DR_OK, dr_text("%s is attached as %s", dev, ifname), NULL);
	else if (!is_modern(dev))
		dr_tell(DR_FAIL, dr_text("%s (%s) is older than virtio 1.0", dev, ifname),
			"have the machine offer a modern device (disable-modern=off)");
	else if (bound)
		with_linux(dev, ifname);
	else
		dr_tell(DR_OK, dr_text("%s has no driver and can be attached", dev), NULL);
}

/* Whether @name is what "bsdnet attach" or a session may call the device. */
static bool is_called(const char *dev, const char *name)
{
	char path[PATH_MAX], real[PATH_MAX], ifname[NAME_MAX + 1], *slash;

	if (!strcmp(dev, name) || (below(dev, "net", ifname) && !strcmp(ifname, name)))
		return true;
	snprintf(path, sizeof(path), VIRTIO_DEVICES "/%s", dev);
	if (!realpath(path, real))
		return false;
	slash = strrchr(real, '/');
	*slash = '\0';
	slash = strrchr(real, '/');
	return slash && !strcmp(slash + 1, name);
}

void dr_nics(const char *only)
{
	struct dirent **list = NULL;
	char path[PATH_MAX], id[32];
	int i, n = scandir(VIRTIO_DEVICES, &list, NULL, versionsort), seen = 0;

	if (dr_loaded("bsdnet") && !dr_loaded("bsdnet_vio"))
		dr_tell(DR_WARN, "the driver bsdnet_vio is not loaded", "modprobe bsdnet_vio");
	for (i = 0; i < n; i++) {
		const char *dev = list[i]->d_name;

		snprintf(path, sizeof(path), VIRTIO_DEVICES "/%s/device", dev);
		if (dev[0] != '.' && bn_sysfs_read(path, id, sizeof(id)) > 0 &&
		    strtoul(id, NULL, 16) == VIRTIO_ID_NET && (!only || is_called(dev, only))) {
			one(dev);
			seen++;
		}
		free(list[i]);
	}
	free(list);
	if (!seen && only)
		dr_tell(DR_FAIL, dr_text("%s is no virtio network device", only),
			"see ls -l /sys/class/net; only virtio has a driver here");
	else if (!seen)
		dr_tell(DR_WARN, "no virtio network device",
			"only lo, pair and gen can be used here");
}
