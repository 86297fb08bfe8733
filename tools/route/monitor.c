// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * monitor.c - print the messages of a routing socket as they come; output as
 * OpenBSD's "route monitor".
 */
#include "bsdnet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RTMSG_ROOM	4096	/* bytes of the longest message */

static const char usage[] =
	"monitor [--json] [-T RTABLE] [-c COUNT] [TYPE ...]\n"
	"\n"
	"Prints what happens to routes, neighbours, interfaces and addresses, as it happens,\n"
	"until COUNT messages have come. With --json one object a line.\n"
	"TYPE: add, delete, change, get, redirect, miss, resolve, newaddr, deladdr, ifinfo,\n"
	"  ifannounce, desync, invalidate, proposal; all of them if none is given.\n";

/* Types by number. */
static const struct {
	const char	*word;
	const char	*text;
} types[BSD_RTM_MAX + 1] = {
	[BSD_RTM_ADD] = { "add", "Add Route" },
	[BSD_RTM_DELETE] = { "delete", "Delete Route" },
	[BSD_RTM_CHANGE] = { "change", "Change Metrics, Flags or Gateway" },
	[BSD_RTM_GET] = { "get", "Report Metrics" },
	[BSD_RTM_REDIRECT] = { "redirect", "Told to use different route" },
	[BSD_RTM_MISS] = { "miss", "Lookup failed on this address" },
	[BSD_RTM_RESOLVE] = { "resolve", "Route resolved to link-layer address" },
	[BSD_RTM_NEWADDR] = { "newaddr", "address being added to iface" },
	[BSD_RTM_DELADDR] = { "deladdr", "address being removed from iface" },
	[BSD_RTM_IFINFO] = { "ifinfo", "iface status change" },
	[BSD_RTM_IFANNOUNCE] = { "ifannounce", "iface arrival/departure" },
	[BSD_RTM_DESYNC] = { "desync", "route socket overflow" },
	[BSD_RTM_INVALIDATE] = { "invalidate", "neighbour is not known any more" },
	[BSD_RTM_PROPOSAL] = { "proposal", "config proposal" },
};

struct bit {
	unsigned int	 value;
	const char	*name;
};

static const struct bit route_flags[] = {
	{ BSD_RTF_UP, "UP" }, { BSD_RTF_GATEWAY, "GATEWAY" }, { BSD_RTF_HOST, "HOST" },
	{ BSD_RTF_REJECT, "REJECT" }, { BSD_RTF_DYNAMIC, "DYNAMIC" },
	{ BSD_RTF_MODIFIED, "MODIFIED" }, { BSD_RTF_DONE, "DONE" },
	{ BSD_RTF_CLONING, "CLONING" }, { BSD_RTF_LLINFO, "LLINFO" },
	{ BSD_RTF_STATIC, "STATIC" }, { BSD_RTF_BLACKHOLE, "BLACKHOLE" },
	{ BSD_RTF_ANNOUNCE, "ANNOUNCE" }, { BSD_RTF_CLONED, "CLONED" },
	{ BSD_RTF_MPATH, "MPATH" }, { BSD_RTF_LOCAL, "LOCAL" },
	{ BSD_RTF_BROADCAST, "BROADCAST" }, { BSD_RTF_CONNECTED, "CONNECTED" }, { 0, NULL }
};

static const struct bit if_flags[] = {
	{ BSD_IFF_UP, "UP" }, { BSD_IFF_BROADCAST, "BROADCAST" }, { BSD_IFF_DEBUG, "DEBUG" },
	{ BSD_IFF_LOOPBACK, "LOOPBACK" }, { BSD_IFF_POINTOPOINT, "PTP" },
	{ BSD_IFF_STATICARP, "STATICARP" }, { BSD_IFF_RUNNING, "RUNNING" },
	{ BSD_IFF_NOARP, "NOARP" }, { BSD_IFF_PROMISC, "PROMISC" },
	{ BSD_IFF_ALLMULTI, "ALLMULTI" }, { BSD_IFF_MULTICAST, "MULTICAST" }, { 0, NULL }
};

static const struct bit addr_bits[] = {
	{ BSD_RTA_DST, "DST" }, { BSD_RTA_GATEWAY, "GATEWAY" }, { BSD_RTA_NETMASK, "NETMASK" },
	{ BSD_RTA_IFP, "IFP" }, { BSD_RTA_IFA, "IFA" }, { BSD_RTA_AUTHOR, "AUTHOR" },
	{ BSD_RTA_BRD, "BRD" }, { BSD_RTA_LABEL, "LABEL" }, { BSD_RTA_DNS, "DNS" },
	{ BSD_RTA_STATIC, "STATIC" }, { BSD_RTA_SEARCH, "SEARCH" }, { 0, NULL }
};

static void print_bits(unsigned int value, const struct bit *bits)
{
	const char *comma = "";

	putchar('<');
	for (; bits->name; bits++) {
		if (!(value & bits->value))
			continue;
		printf("%s%s", comma, bits->name);
		comma = ",";
	}
	putchar('>');
}

/* One address as text. */
static const char *address(const struct bsd_sockaddr *sa, unsigned int bit, char *buf,
			   size_t size)
{
	const struct bsd_sockaddr_in *sin = (const void *)sa;
	const struct bsd_sockaddr_dl *sdl = (const void *)sa;

	if (bit == BSD_RTA_LABEL) {
		snprintf(buf, size, "%.*s", sa->sa_len > 2 ? sa->sa_len - 2 : 0, sa->sa_data);
		return buf;
	}
	if (sa->sa_len >= 8 && sa->sa_family == AF_INET)
		return bn_addr(sin->sin_addr);
	if (sa->sa_len < sizeof(*sdl) || sa->sa_family != BSD_AF_LINK ||
	    sdl->sdl_nlen + sdl->sdl_alen > (int)sizeof(sdl->sdl_data))
		return "?";
	if (sdl->sdl_alen == 6)
		return bn_lladdr((const uint8_t *)sdl->sdl_data + sdl->sdl_nlen);
	snprintf(buf, size, "%.*s", sdl->sdl_nlen, sdl->sdl_data);
	return buf[0] ? buf : "link";
}

/* The addresses of a message, into @jo or on the line. */
static void addresses(const struct bsd_rt_msghdr *rtm, struct json_object *jo)
{
	unsigned int off = rtm->rtm_hdrlen;
	char buf[64], key[16];
	unsigned int i, k;

	for (i = 0; addr_bits[i].name && off + 8 <= rtm->rtm_msglen; i++) {
		const struct bsd_sockaddr *sa = (const void *)((const char *)rtm + off);

		if (!(rtm->rtm_addrs & addr_bits[i].value))
			continue;
		if (off + bsd_rt_roundup(sa->sa_len) > rtm->rtm_msglen)
			return;
		if (jo) {
			for (k = 0; addr_bits[i].name[k]; k++)
				key[k] = addr_bits[i].name[k] | 0x20;
			key[k] = '\0';
			bn_json_str(jo, key, address(sa, addr_bits[i].value, buf, sizeof(buf)));
		} else {
			printf(" %s", address(sa, addr_bits[i].value, buf, sizeof(buf)));
		}
		off += bsd_rt_roundup(sa->sa_len);
	}
}

static bool about_interface(const struct bsd_rt_msghdr *rtm)
{
	return rtm->rtm_type == BSD_RTM_IFINFO;
}

static void print_json(const struct bsd_rt_msghdr *rtm)
{
	struct json_object *jo = json_object_new_object();

	bn_json_str(jo, "type", types[rtm->rtm_type].word);
	bn_json_int(jo, "table", rtm->rtm_tableid);
	bn_json_int(jo, "priority", rtm->rtm_priority);
	bn_json_int(jo, "index", rtm->rtm_index);
	bn_json_int(jo, "flags", rtm->rtm_flags);
	bn_json_int(jo, "pid", rtm->rtm_pid);
	bn_json_int(jo, "seq", rtm->rtm_seq);
	bn_json_int(jo, "errno", rtm->rtm_errno);
	bn_json_int(jo, "mtu", rtm->rtm_mtu);
	if (about_interface(rtm))
		bn_json_int(jo, "link_state",
			    ((const struct bsd_if_msghdr *)rtm)->ifm_data.ifi_link_state);
	addresses(rtm, jo);
	printf("%s\n", json_object_to_json_string_ext(jo, JSON_C_TO_STRING_PLAIN));
	json_object_put(jo);
}

static void print_text(const struct bsd_rt_msghdr *rtm)
{
	time_t now = time(NULL);
	unsigned int k;

	printf("got message of size %u on %s", rtm->rtm_msglen, ctime(&now));
	printf("RTM_");
	for (k = 0; types[rtm->rtm_type].word[k]; k++)
		putchar(types[rtm->rtm_type].word[k] & ~0x20);
	printf(": %s: len %u, ", types[rtm->rtm_type].text, rtm->rtm_msglen);
	if (rtm->rtm_type == BSD_RTM_IFANNOUNCE)
		printf("if# %u, what: %s", rtm->rtm_index,
		       rtm->rtm_flags == BSD_IFAN_ARRIVAL ? "arrival" : "departure");
	else if (about_interface(rtm))
		printf("if# %u, link: %s, flags:", rtm->rtm_index,
		       ((const struct bsd_if_msghdr *)rtm)->ifm_data.ifi_link_state ==
		       BSD_LINK_STATE_DOWN ? "no carrier" : "active");
	else
		printf("priority %u, table %u, if# %u, pid: %u, seq %u, errno %d, flags:",
		       rtm->rtm_priority, rtm->rtm_tableid, rtm->rtm_index, rtm->rtm_pid,
		       rtm->rtm_seq, rtm->rtm_errno);
	if (rtm->rtm_type != BSD_RTM_IFANNOUNCE)
		print_bits(rtm->rtm_flags, about_interface(rtm) ? if_flags : route_flags);
	if (rtm->rtm_mtu)
		printf("\nmtu: %u", rtm->rtm_mtu);
	printf("\nsockaddrs: ");
	print_bits(rtm->rtm_addrs, addr_bits);
	putchar('\n');
	addresses(rtm, NULL);
	printf("\n\n");
}

static void set_filter(int fd, int opt, unsigned int value)
{
	if (setsockopt(fd, AF_BSDROUTE, opt, &value, sizeof(value)))
		bn_die("filter: %s", strerror(errno));
}

/* The types that are named, as bits. */
static unsigned int parse_types(char **words)
{
	unsigned int bits = 0, i;

	for (; *words; words++) {
		for (i = 0; i <= BSD_RTM_MAX; i++)
			if (types[i].word && !strcmp(types[i].word, *words))
				break;
		if (i > BSD_RTM_MAX)
			bn_die("'%s': no type of message", *words);
		bits |= 1U << i;
	}
	return bits;
}

static void receive(int fd, bool json)
{
	union {
		struct bsd_rt_msghdr	rtm;
		char			data[RTMSG_ROOM];
	} msg;
	ssize_t n = recv(fd, &msg, sizeof(msg), 0);

	if (n < 0)
		bn_die("routing socket: %s", strerror(errno));
	if (n < (ssize_t)sizeof(msg.rtm) || msg.rtm.rtm_version != BSD_RTM_VERSION ||
	    msg.rtm.rtm_type > BSD_RTM_MAX || !types[msg.rtm.rtm_type].word)
		return;
	if (json)
		print_json(&msg.rtm);
	else
		print_text(&msg.rtm);
	fflush(stdout);
}

int monitor_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	unsigned long left = 0;
	unsigned int table = BSD_RTABLE_ANY;
	bool forever = true;
	int n, fd;

	for (n = 1; n < argc && argv[n][0] == '-'; n += 2) {
		if (!strcmp(argv[n], "-T") && argv[n + 1]) {
			table = bn_number("-T", argv[n + 1], 0, 255);
		} else if (!strcmp(argv[n], "-c") && argv[n + 1]) {
			left = bn_number("-c", argv[n + 1], 1, 1000000000);
			forever = false;
		} else {
			bn_usage(false, usage);
		}
	}
	fd = socket(AF_BSDROUTE, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		bn_die("routing socket: %s", errno == EAFNOSUPPORT ? "bsdnet is not loaded" :
						      strerror(errno));
	set_filter(fd, ROUTE_TABLEFILTER, table);
	set_filter(fd, ROUTE_MSGFILTER, parse_types(argv + n));
	while (forever || left--)
		receive(fd, json);
	close(fd);
	return 0;
}
