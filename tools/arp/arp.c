// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * arp.c - show and change the neighbour table; arguments as OpenBSD's arp(8).
 */
#include "bsdnet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARP_PERMANENT	1
#define ARP_PUBLISH	2

static const char usage[] =
	"arp [--json] [-n] [-V RTABLE] -a | HOST\n"
	"       arp [-V RTABLE] -d HOST | -d -a\n"
	"       arp [-V RTABLE] -s HOST MAC [temp | permanent] [pub]\n";

static void show(const char *host, unsigned int tableid, bool numeric, bool json)
{
	struct json_object *ja = json ? json_object_new_array() : NULL;
	unsigned int i, n, shown = 0;
	struct bsd_rtmsg *all = bn_routes(tableid, 1, &n);
	struct in_addr want = {};

	if (host && !bn_resolve(host, &want))
		bn_die("%s: no such host", host);
	if (!json)
		printf("%-24s %-18s %-8s %8s %s\n", "Host", "Ethernet Address", "Netif", "Expire",
		       "Flags");
	for (i = 0; i < n; i++) {
		const struct bsd_rtmsg *rtm = &all[i];
		const char *mac = rtm->rtm_llen ? bn_lladdr(rtm->rtm_lladdr) : "(incomplete)";
		bool permanent = rtm->rtm_flags & BSD_RTF_STATIC;
		char expire[16] = "permanent";
		struct json_object *jo;

		if (host && memcmp(rtm->rtm_dst, &want, sizeof(want)))
			continue;
		shown++;
		if (json) {
			jo = json_object_new_object();
			bn_json_str(jo, "address", bn_addr(rtm->rtm_dst));
			if (rtm->rtm_llen)
				bn_json_str(jo, "lladdr", mac);
			bn_json_str(jo, "interface", rtm->rtm_ifname);
			bn_json_bool(jo, "permanent", permanent);
			bn_json_int(jo, "expire", rtm->rtm_expire);
			json_object_array_add(ja, jo);
			continue;
		}
		if (!permanent)
			snprintf(expire, sizeof(expire), "%us", rtm->rtm_expire);
		printf("%-24s %-18s %-8s %8s %s\n", bn_name(rtm->rtm_dst, numeric), mac,
		       rtm->rtm_ifname, expire, rtm->rtm_flags & BSD_RTF_REJECT ? "R" : "");
	}
	free(all);
	if (json)
		bn_json_print(ja);
	if (host && !shown)
		bn_die("%s: no entry", host);
}

static void delete_one(struct in_addr addr, unsigned int tableid)
{
	struct bsd_arpreq ar = { .arpr_tableid = tableid };

	memcpy(ar.arpr_addr, &addr, sizeof(addr));
	if (bn_ioctl(BSIOCDELARP, &ar))
		bn_die("%s: %s", bn_addr(&addr),
		       errno == ESRCH || errno == ENOENT ? "no entry" : strerror(errno));
}

static void delete_all(unsigned int tableid)
{
	unsigned int i, n;
	struct bsd_rtmsg *all = bn_routes(tableid, 1, &n);

	for (i = 0; i < n; i++) {
		struct bsd_arpreq ar = { .arpr_tableid = tableid };

		memcpy(ar.arpr_addr, all[i].rtm_dst, sizeof(ar.arpr_addr));
		if (bn_ioctl(BSIOCDELARP, &ar) && errno != ESRCH && errno != ENOENT)
			bn_die("%s: %s", bn_addr(all[i].rtm_dst), strerror(errno));
	}
	free(all);
}

static void set(char **argv, unsigned int tableid)
{
	struct bsd_arpreq ar = { .arpr_tableid = tableid, .arpr_flags = ARP_PERMANENT };
	struct in_addr addr;

	if (!argv[0] || !argv[1])
		bn_usage(false, usage);
	if (!bn_resolve(argv[0], &addr))
		bn_die("%s: no such host", argv[0]);
	if (!bn_parse_lladdr(argv[1], ar.arpr_lladdr))
		bn_die("'%s' is not a MAC address", argv[1]);
	memcpy(ar.arpr_addr, &addr, sizeof(addr));
	for (argv += 2; *argv; argv++) {
		if (!strcmp(*argv, "temp"))
			ar.arpr_flags &= ~ARP_PERMANENT;
		else if (!strcmp(*argv, "pub"))
			ar.arpr_flags |= ARP_PUBLISH;
		else if (strcmp(*argv, "permanent"))
			bn_die("'%s': unknown word", *argv);
	}
	if (bn_ioctl(BSIOCSETARP, &ar))
		bn_die("%s: %s", bn_addr(&addr),
		       errno == ENETUNREACH ? "not on a connected network" : strerror(errno));
}

int arp_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	bool all = false, del = false, add = false, numeric = false;
	unsigned int tableid = 0;
	struct in_addr addr;
	int c;

	while ((c = getopt(argc, argv, "+adnsV:")) != -1) {
		switch (c) {
		case 'a':
			all = true;
			break;
		case 'd':
			del = true;
			break;
		case 's':
			add = true;
			break;
		case 'n':
			numeric = true;
			break;
		case 'V':
			tableid = bn_number("-V", optarg, 0, 255);
			break;
		default:
			bn_usage(false, usage);
		}
	}
	argv += optind;
	if (add) {
		set(argv, tableid);
	} else if (del && all) {
		delete_all(tableid);
	} else if (del) {
		if (!argv[0])
			bn_usage(false, usage);
		if (!bn_resolve(argv[0], &addr))
			bn_die("%s: no such host", argv[0]);
		delete_one(addr, tableid);
	} else if (all || argv[0]) {
		show(argv[0], tableid, numeric, json);
	} else {
		bn_usage(false, usage);
	}
	return 0;
}
