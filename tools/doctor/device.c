// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * device.c - doctor's look at the network devices that have a driver here: who has them,
 * and what Linux would lose if they were attached.
 */
#include "doctor.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VIRTIO_F_VERSION_1	32

/* Devices of one of our drivers: attributes that tell them from others of their bus. */
struct kind {
	const char	*k_devices;
	const char	*k_vendor;	/* NULL: any */
	const char	*k_device;
	const char	*k_driver;
};

static const struct kind kinds[] = {
	{ "/sys/bus/virtio/devices", NULL, "0x0001", "bsdnet_vio" },
	{ "/sys/bus/pci/devices", "0x8086", "0x10d3", "bsdnet_em" },
};

/* The first entry of a folder below a device, or the last part of a link there. */
static bool below(const struct kind *k, const char *dev, const char *what,
		  char name[NAME_MAX + 1])
{
	char path[PATH_MAX], target[PATH_MAX], *last;
	struct dirent *de;
	bool found = false;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s/%s", k->k_devices, dev, what);
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

/* Virtio 1.0 or newer, which our driver wants, or no virtio. */
static bool is_modern(const struct kind *k, const char *dev)
{
	char path[PATH_MAX], bits[128];

	snprintf(path, sizeof(path), "%s/%s/features", k->k_devices, dev);
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

static void one(const struct kind *k, const char *dev)
{
	char driver[NAME_MAX + 1], ifname[NAME_MAX + 1] = "no interface";
	bool bound = below(k, dev, "driver", driver);

	below(k, dev, "net", ifname);
	if (bound && !strcmp(driver, k->k_driver))
		dr_tell(DR_OK, dr_text("%s is attached as %s", dev, ifname), NULL);
	else if (!is_modern(k, dev))
		dr_tell(DR_FAIL, dr_text("%s (%s) is older than virtio 1.0", dev, ifname),
			"have the machine offer a modern device (disable-modern=off)");
	else if (bound)
		with_linux(dev, ifname);
	else
		dr_tell(DR_OK, dr_text("%s has no driver and can be attached", dev), NULL);
}

/* Whether @name is what "bsdnet attach" or a session may call the device. */
static bool is_called(const struct kind *k, const char *dev, const char *name)
{
	char path[PATH_MAX], real[PATH_MAX], ifname[NAME_MAX + 1], *slash;

	if (!strcmp(dev, name) || (below(k, dev, "net", ifname) && !strcmp(ifname, name)))
		return true;
	snprintf(path, sizeof(path), "%s/%s", k->k_devices, dev);
	if (!realpath(path, real))
		return false;
	slash = strrchr(real, '/');
	*slash = '\0';
	slash = strrchr(real, '/');
	return slash && !strcmp(slash + 1, name);
}

/* Whether an attribute of a device is so. */
static bool has(const struct kind *k, const char *dev, const char *attr, const char *want)
{
	char path[PATH_MAX], val[32];

	snprintf(path, sizeof(path), "%s/%s/%s", k->k_devices, dev, attr);
	return bn_sysfs_read(path, val, sizeof(val)) > 0 && !strcmp(val, want);
}

/* Devices of a kind, or the one that is called @only; returns how many. */
static int look(const struct kind *k, const char *only)
{
	struct dirent **list = NULL;
	int i, n = scandir(k->k_devices, &list, NULL, versionsort), seen = 0;

	for (i = 0; i < n; i++) {
		const char *dev = list[i]->d_name;

		if (has(k, dev, "device", k->k_device) &&
		    (!k->k_vendor || has(k, dev, "vendor", k->k_vendor)) &&
		    (!only || is_called(k, dev, only))) {
			if (dr_loaded("bsdnet") && !dr_loaded(k->k_driver))
				dr_tell(DR_WARN,
					dr_text("the driver %s is not loaded", k->k_driver),
					"modprobe %s", k->k_driver);
			one(k, dev);
			seen++;
		}
		free(list[i]);
	}
	free(list);
	return seen;
}

void dr_nics(const char *only)
{
	int seen = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		seen += look(&kinds[i], only);
	if (!seen && only)
		dr_tell(DR_FAIL, dr_text("%s is no network device with a driver here", only),
			"see ls -l /sys/class/net; vio(4) and em(4) tell which have one");
	else if (!seen)
		dr_tell(DR_WARN, "no network device with a driver here",
			"only lo, pair and gen can be used here");
}
