// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * netstat.c - show the state of the stack; options as OpenBSD's netstat(1).
 */
#include "bsdnet.h"
#include "netstat.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"netstat [--json] [-aglimnrsv] [-p PROTOCOL] [-T RTABLE]\n"
	"\n"
	"  (none)  sockets with a peer; -a: all, -l: listeners, -v: with what TCP knows\n"
	"  -g      multicast groups of interfaces, and how multicasts are forwarded\n"
	"  -i      interfaces\n"
	"  -m      memory\n"
	"  -n      addresses as numbers\n"
	"  -p NAME sockets of one protocol (tcp, udp, raw); -s, or another: its counters\n"
	"  -r      routing table, -T: of another table than 0; else: sockets of that table\n"
	"  -s      counters of every protocol, of softnet threads and the net lock\n";

static void show_interfaces(bool json)
{
	struct json_object *ja = json ? json_object_new_array() : NULL;
	unsigned int i, n;
	char (*names)[BSD_IFNAMSIZ] = bn_iflist(NULL, &n);

	if (!json)
		printf("%-12s %6s %12s %6s %6s %12s %6s %6s\n", "Name", "Mtu", "Ipkts", "Ierrs",
		       "Iqdrop", "Opkts", "Oerrs", "Oqdrop");
	for (i = 0; i < n; i++) {
		struct bsd_ifreq ifr = {};
		const struct bsd_if_data *d = &ifr.bifru_data;
		struct json_object *jo;

		strcpy(ifr.bifr_name, names[i]);
		if (bn_ioctl(BSIOCGIFDATA, &ifr))
			continue;
		if (!json) {
			printf("%-12s %6u %12llu %6llu %6llu %12llu %6llu %6llu\n", names[i],
			       d->ifi_mtu, (unsigned long long)d->ifi_ipackets,
			       (unsigned long long)d->ifi_ierrors,
			       (unsigned long long)d->ifi_iqdrops,
			       (unsigned long long)d->ifi_opackets,
			       (unsigned long long)d->ifi_oerrors,
			       (unsigned long long)d->ifi_oqdrops);
			continue;
		}
		jo = json_object_new_object();
		bn_json_str(jo, "name", names[i]);
		bn_json_int(jo, "mtu", d->ifi_mtu);
		bn_json_int(jo, "ipackets", d->ifi_ipackets);
		bn_json_int(jo, "ibytes", d->ifi_ibytes);
		bn_json_int(jo, "ierrors", d->ifi_ierrors);
		bn_json_int(jo, "iqdrops", d->ifi_iqdrops);
		bn_json_int(jo, "noproto", d->ifi_noproto);
		bn_json_int(jo, "imcasts", d->ifi_imcasts);
		bn_json_int(jo, "opackets", d->ifi_opackets);
		bn_json_int(jo, "obytes", d->ifi_obytes);
		bn_json_int(jo, "oerrors", d->ifi_oerrors);
		bn_json_int(jo, "oqdrops", d->ifi_oqdrops);
		bn_json_int(jo, "omcasts", d->ifi_omcasts);
		json_object_array_add(ja, jo);
	}
	free(names);
	if (json)
		bn_json_print(ja);
}

int netstat_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	struct netstat_choice nc = { .rtable = -1 };
	bool interfaces = false, memory = false, numeric = false;
	bool routes = false, counters = false, groups = false;
	unsigned int tableid = 0;
	int c;

	while ((c = getopt(argc, argv, "aglimnrsvp:T:")) != -1) {
		switch (c) {
		case 'a':
			nc.all = true;
			break;
		case 'g':
			groups = true;
			break;
		case 'i':
			interfaces = true;
			break;
		case 'l':
			nc.listening = true;
			break;
		case 'm':
			memory = true;
			break;
		case 'n':
			numeric = true;
			break;
		case 'r':
			routes = true;
			break;
		case 's':
			counters = true;
			break;
		case 'v':
			nc.verbose = true;
			break;
		case 'p':
			nc.proto = optarg;
			break;
		case 'T':
			tableid = bn_number("-T", optarg, 0, 255);
			nc.rtable = tableid;
			break;
		default:
			bn_usage(false, usage);
		}
	}
	if (optind != argc)
		bn_usage(false, usage);
	if (interfaces)
		show_interfaces(json);
	else if (groups)
		netstat_groups(tableid, numeric, json);
	else if (memory)
		netstat_memory(json);
	else if (routes)
		netstat_routes(tableid, numeric, json);
	else if (counters || (nc.proto && !netstat_has_sockets(nc.proto)))
		netstat_counters(nc.proto, json);
	else
		netstat_sockets(&nc, json);
	return 0;
}
