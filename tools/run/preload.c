// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * preload.c - the library of "bsdnet run": socket(AF_INET, ...) makes one of ours.
 *
 * Sockets of this stack take and give AF_INET addresses and Linux's options, so
 * only socket() differs, and getsockopt(SO_DOMAIN), which must not tell. Types and
 * protocols that the stack does not have (SCTP) are Linux's; IPv6 is refused, so
 * that programs turn to IPv4. getifaddrs() says of the stack's interfaces which do
 * multicasts: to Linux none does, lest it sends there, and programs that route
 * multicasts pass over those.
 */
#include <dlfcn.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bsdnet/ioctl.h>
#include <bsdnet/sock.h>

int socket(int domain, int type, int protocol)
{
	static int (*real)(int domain, int type, int protocol);
	const char *rtable = getenv("BSDNET_RTABLE");
	int fd, table, error;

	if (!real)
		real = dlsym(RTLD_NEXT, "socket");
	if (domain == AF_INET)
		domain = AF_BSDINET;
	else if (domain == AF_INET6)
		domain = AF_BSDINET6;
	fd = real(domain, type, protocol);
	if (fd < 0 && domain == AF_BSDINET &&
	    (errno == ESOCKTNOSUPPORT || errno == EPROTONOSUPPORT))
		return real(AF_INET, type, protocol);
	if (fd < 0 || domain != AF_BSDINET || !rtable)
		return fd;
	table = atoi(rtable);
	if (setsockopt(fd, IPPROTO_IP, SO_RTABLE, &table, sizeof(table))) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int getsockopt(int fd, int level, int name, void *val, socklen_t *len)
{
	static int (*real)(int fd, int level, int name, void *val, socklen_t *len);
	int error;

	if (!real)
		real = dlsym(RTLD_NEXT, "getsockopt");
	error = real(fd, level, name, val, len);
	if (error || level != SOL_SOCKET || name != SO_DOMAIN || *len < sizeof(int))
		return error;
	if (*(int *)val == AF_BSDINET)
		*(int *)val = AF_INET;
	else if (*(int *)val == AF_BSDINET6)
		*(int *)val = AF_INET6;
	return 0;
}

/* Does an interface of the stack do multicasts? @fd is a socket of it. */
static int multicasts(int fd, const char *name)
{
	struct bsd_ifreq ifr = { .bifru_value = 0 };

	if (strlen(name) >= sizeof(ifr.bifr_name))
		return 0;
	strcpy(ifr.bifr_name, name);
	return !ioctl(fd, BSIOCGIFFLAGS, &ifr) && ifr.bifru_value & BSD_IFF_MULTICAST;
}

int getifaddrs(struct ifaddrs **list)
{
	static int (*real)(struct ifaddrs **list);
	struct ifaddrs *ifa;
	int fd, error;

	if (!real)
		real = dlsym(RTLD_NEXT, "getifaddrs");
	error = real(list);
	if (error)
		return error;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (ifa = fd < 0 ? NULL : *list; ifa; ifa = ifa->ifa_next)
		if (multicasts(fd, ifa->ifa_name))
			ifa->ifa_flags |= IFF_MULTICAST;
	if (fd >= 0)
		close(fd);
	return 0;
}
