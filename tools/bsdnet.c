// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * bsdnet.c - the multi-call program: "bsdnet APPLET ..." or a link of that name.
 */
#include "bsdnet.h"

#include <string.h>

static const struct applet applets[] = {
	{ "arp",	arp_main,	"show and change the neighbour table" },
	{ "attach",	attach_main,	"take a network device from Linux" },
	{ "detach",	detach_main,	"give a network device back to Linux" },
	{ "doctor",	doctor_main,	"tell what stands in the way of a session" },
	{ "ifconfig",	ifconfig_main,	"show and configure interfaces" },
	{ "intrctl",	intrctl_main,	"show interrupts and move them between CPUs" },
	{ "monitor",	monitor_main,	"print what happens to routes and interfaces" },
	{ "nc",		nc_main,	"connections for standard input and output" },
	{ "netstart",	netstart_main,	"start interfaces from /etc/bsdnet/hostname.IF" },
	{ "netstat",	netstat_main,	"show interfaces, routes, sockets, memory, counters" },
	{ "ping",	ping_main,	"send ICMP echo requests" },
	{ "route",	route_main,	"show and change routes" },
	{ "run",	run_main,	"run a program with its IPv4 sockets on this stack" },
	{ "sysctl",	sysctl_main,	"read and set knobs by their BSD names" },
	{ "tcpbench",	tcpbench_main,	"measure TCP throughput" },
	{ "tcpdrop",	tcpdrop_main,	"end TCP connections" },
	{ "top",	top_main,	"show load, lock waits and packet rates, live" },
	{ "udpbench",	udpbench_main,	"measure UDP throughput" },
};

static const struct applet *applet_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(applets); i++)
		if (!strcmp(applets[i].ap_name, name))
			return &applets[i];
	return NULL;
}

static void usage(FILE *f)
{
	unsigned int i;

	fprintf(f, "usage: bsdnet APPLET [ARGUMENTS]\n       bsdnet APPLET --help\n\n");
	for (i = 0; i < ARRAY_SIZE(applets); i++)
		fprintf(f, "  %-10s %s\n", applets[i].ap_name, applets[i].ap_summary);
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const struct applet *ap = applet_find(slash ? slash + 1 : argv[0]);

	if (!ap) {
		argc--;
		argv++;
		if (argc < 1) {
			usage(stderr);
			return 1;
		}
		if (!strcmp(argv[0], "--help")) {
			usage(stdout);
			return 0;
		}
		if (!strcmp(argv[0], "--version")) {
			printf("bsdnet %s (ABI %d)\n", BSDNET_VERSION, BSDNET_ABI);
			return 0;
		}
		ap = applet_find(argv[0]);
		if (!ap)
			bn_die("no applet '%s'; see bsdnet --help", argv[0]);
	}
	bn_progname = ap->ap_name;
	return ap->ap_main(argc, argv);
}
