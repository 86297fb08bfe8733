// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * netstat.c - show the state of the stack; options as OpenBSD's netstat(1).
 */
#include "bsdnet.h"
#include "netstat.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"netstat [--json] [-a] [-g] [-i] [-m] [-n] [-r] [-s] [-p PROTOCOL] [-T RTABLE]\n"
	"\n"
	"  (none)  sockets with a peer, -a: all sockets\n"
	"  -g      multicast groups of interfaces, and how multicasts are forwarded\n"
	"  -i      interfaces\n"
	"  -m      memory\n"
	"  -n      addresses as numbers\n"
	"  -p NAME counters of one protocol: netstat -s names them\n"
	"  -r      routing table, -T: of another table than 0\n"
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

/* Names of bsd_tcp_state, by number; 0: a protocol without states. */
static const char *const states[] = {
	"", "ESTABLISHED", "SYN_SENT", "SYN_RCVD", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT",
	"CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
};

static const char *state_name(unsigned int state)
{
	return state < ARRAY_SIZE(states) ? states[state] : "?";
}

/* "10.0.0.1.53", "*.53", "*.*" */
static const char *endpoint(const void *addr, uint16_t port, char *buf, size_t size)
{
	struct in_addr any = {};
	char number[8] = "*";

	if (port)
		snprintf(number, sizeof(number), "%u", ntohs(port));
	snprintf(buf, size, "%s.%s", memcmp(addr, &any, sizeof(any)) ? bn_addr(addr) : "*",
		 number);
	return buf;
}

static void show_sockets_of(unsigned int proto, const char *name, bool all,
			    struct json_object *ja)
{
	unsigned int i, n;
	struct bsd_pcbinfo *pi = bn_pcbs(proto, &n);
	static const uint8_t any[sizeof(pi->pi_faddr)];
	char local[32], foreign[32];

	for (i = 0; i < n; i++) {
		const struct bsd_pcbinfo *p = &pi[i];
		struct json_object *jo;

		if (!all && !memcmp(p->pi_faddr, any, sizeof(any)))
			continue;
		endpoint(p->pi_laddr, p->pi_lport, local, sizeof(local));
		endpoint(p->pi_faddr, p->pi_fport, foreign, sizeof(foreign));
		if (!ja) {
			printf("%-6s %7u %7u  %-22s %-22s %5u  %s\n", name, p->pi_rcv_cc,
			       p->pi_snd_cc, local, foreign, p->pi_uid,
			       state_name(p->pi_state));
			continue;
		}
		jo = json_object_new_object();
		bn_json_str(jo, "protocol", name);
		bn_json_str(jo, "local", local);
		bn_json_str(jo, "foreign", foreign);
		if (p->pi_state)
			bn_json_str(jo, "state", state_name(p->pi_state));
		bn_json_int(jo, "recv_q", p->pi_rcv_cc);
		bn_json_int(jo, "send_q", p->pi_snd_cc);
		bn_json_int(jo, "recv_limit", p->pi_rcv_hiwat);
		bn_json_int(jo, "recv_drops", p->pi_rcv_drops);
		bn_json_int(jo, "rtable", p->pi_rtableid);
		bn_json_int(jo, "uid", p->pi_uid);
		json_object_array_add(ja, jo);
	}
	free(pi);
}

static void show_sockets(bool all, bool json)
{
	struct json_object *ja = json ? json_object_new_array() : NULL;

	if (!json)
		printf("Active Internet connections%s\n%-6s %7s %7s  %-22s %-22s %5s  %s\n",
		       all ? " (including servers)" : "", "Proto", "Recv-Q", "Send-Q",
		       "Local Address", "Foreign Address", "Uid", "State");
	show_sockets_of(IPPROTO_TCP, "tcp", all, ja);
	show_sockets_of(IPPROTO_UDP, "udp", all, ja);
	show_sockets_of(IPPROTO_RAW, "raw", all, ja);
	if (json)
		bn_json_print(ja);
}

int netstat_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	bool all = false, interfaces = false, memory = false, numeric = false;
	bool routes = false, counters = false, groups = false;
	unsigned int tableid = 0;
	const char *proto = NULL;
	int c;

	while ((c = getopt(argc, argv, "agimnrsp:T:")) != -1) {
		switch (c) {
		case 'a':
			all = true;
			break;
		case 'g':
			groups = true;
			break;
		case 'i':
			interfaces = true;
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
		case 'p':
			proto = optarg;
			break;
		case 'T':
			tableid = bn_number("-T", optarg, 0, 255);
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
	else if (counters || proto)
		netstat_counters(proto, json);
	else
		show_sockets(all, json);
	return 0;
}
