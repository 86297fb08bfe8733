// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * route.c - show and change routes; arguments as OpenBSD's route(8).
 */
#include "bsdnet.h"
#include "../netstat/netstat.h"

#include <errno.h>
#include <string.h>

static const char usage[] =
	"route [--json] [-n] [-T RTABLE] COMMAND [ARGUMENTS]\n"
	"       route add | change [-inet] [-net | -host] DESTINATION[/LEN] GATEWAY [MODIFIERS]\n"
	"       route delete | get [-inet] DESTINATION[/LEN] [GATEWAY]\n"
	"       route show | flush\n"
	"       route [-T RTABLE] sourceaddr [ADDRESS | -ifp INTERFACE | default]\n"
	"       route monitor [ARGUMENTS]\n"
	"       route [-T RTABLE] exec PROGRAM [ARGUMENTS]\n"
	"\n"
	"Modifiers: -netmask MASK, -prefixlen N, -priority N, -mtu N, -iface (GATEWAY is the\n"
	"  address of an own interface), -ifp INTERFACE, -blackhole, -reject, -mpath,\n"
	"  -weight N, -label NAME\n"
	"DESTINATION may be \"default\".\n";

/* Words that set flags of the route. */
static const struct {
	const char	*word;
	unsigned int	 flags;
} flag_words[] = {
	{ "-blackhole", BSD_RTF_BLACKHOLE }, { "-reject", BSD_RTF_REJECT },
	{ "-mpath", BSD_RTF_MPATH },
	{ "-iface", 0 }, { "-inet", 0 }, { "-net", 0 }, { "-host", 0 }, { "-static", 0 },
};

/* The modifier at @argv, if it is one. Returns arguments used. */
static int parse_modifier(char **argv, struct bsd_rtmsg *rtm, bool *iface)
{
	unsigned int i, plen;

	for (i = 0; i < ARRAY_SIZE(flag_words); i++) {
		if (strcmp(argv[0], flag_words[i].word))
			continue;
		rtm->rtm_flags |= flag_words[i].flags;
		*iface |= !strcmp(argv[0], "-iface");
		return 1;
	}
	if (argv[0][0] != '-')
		return 0;
	if (!argv[1])
		bn_die("%s: unknown, or needs an argument", argv[0]);
	if (!strcmp(argv[0], "-netmask")) {
		if (!bn_parse_mask(argv[1], &plen))
			bn_die("-netmask: '%s' is not a mask", argv[1]);
		rtm->rtm_plen = plen;
	} else if (!strcmp(argv[0], "-prefixlen")) {
		rtm->rtm_plen = bn_number("-prefixlen", argv[1], 0, 32);
	} else if (!strcmp(argv[0], "-priority")) {
		rtm->rtm_priority = bn_number("-priority", argv[1], 1, 63);
	} else if (!strcmp(argv[0], "-mtu")) {
		rtm->rtm_mtu = bn_number("-mtu", argv[1], 68, 65536);
	} else if (!strcmp(argv[0], "-weight")) {
		rtm->rtm_weight = bn_number("-weight", argv[1], 1, 255);
	} else if (!strcmp(argv[0], "-label")) {
		if (strlen(argv[1]) >= sizeof(rtm->rtm_label))
			bn_die("-label: at most %zu characters", sizeof(rtm->rtm_label) - 1);
		snprintf(rtm->rtm_label, sizeof(rtm->rtm_label), "%s", argv[1]);
	} else if (!strcmp(argv[0], "-ifp")) {
		rtm->rtm_ifindex = bn_ifindex(argv[1]);
		if (!rtm->rtm_ifindex)
			bn_die("-ifp: %s: no such interface", argv[1]);
	} else {
		bn_die("%s: unknown modifier", argv[0]);
	}
	return 2;
}

/* Destination, gateway and modifiers, in any order, into @rtm. */
static void parse_route(char **argv, struct bsd_rtmsg *rtm, bool needgw)
{
	struct in_addr dst, gw;
	unsigned int plen;
	int have = 0, used;
	bool iface = false;
	bool given;

	for (; *argv; argv += used) {
		used = parse_modifier(argv, rtm, &iface);
		if (used)
			continue;
		used = 1;
		if (have == 0) {
			if (!bn_parse_prefix(*argv, &dst, &plen, &given))
				bn_die("'%s' is not a destination", *argv);
			memcpy(rtm->rtm_dst, &dst, sizeof(dst));
			if (given || !rtm->rtm_plen)
				rtm->rtm_plen = plen;
		} else if (have == 1) {
			if (!bn_resolve(*argv, &gw))
				bn_die("'%s' is not a gateway", *argv);
			memcpy(rtm->rtm_gateway, &gw, sizeof(gw));
			rtm->rtm_flags |= BSD_RTF_GATEWAY;
		} else {
			bn_die("'%s': too many arguments", *argv);
		}
		have++;
	}
	if (!have)
		bn_die("a destination is needed");
	if (needgw && have < 2 && !rtm->rtm_ifindex && !rtm->rtm_mtu &&
	    !(rtm->rtm_flags & (BSD_RTF_BLACKHOLE | BSD_RTF_REJECT)))
		bn_die("a gateway is needed");
	if (iface) {
		/* The address of an own interface: the prefix is reached there directly. */
		struct bsd_rtmsg get = { .rtm_family = AF_INET, .rtm_plen = 32,
					 .rtm_tableid = rtm->rtm_tableid };

		memcpy(get.rtm_dst, rtm->rtm_gateway, sizeof(get.rtm_dst));
		if (bn_ioctl(BSIOCGETROUTE, &get) || !(get.rtm_flags & BSD_RTF_LOCAL))
			bn_die("-iface: %s is no address of ours", bn_addr(rtm->rtm_gateway));
		rtm->rtm_ifindex = get.rtm_ifindex;
		rtm->rtm_flags &= ~BSD_RTF_GATEWAY;
		memset(rtm->rtm_gateway, 0, sizeof(rtm->rtm_gateway));
	}
}

static const char *explain(int error)
{
	switch (error) {
	case ESRCH:
		return "not in table";
	case EEXIST:
		return "route is there already";
	case ENETUNREACH:
		return "gateway is not reachable directly";
	case ENXIO:
		return "no such routing table or interface";
	case EADDRNOTAVAIL:
		return "not an address of ours in this routing domain";
	default:
		return strerror(error);
	}
}

static void show_one(const struct bsd_rtmsg *rtm, bool json, bool numeric)
{
	struct json_object *jo;

	if (json) {
		jo = json_object_new_object();
		bn_json_str(jo, "destination", bn_prefix(rtm->rtm_dst, rtm->rtm_plen));
		if (rtm->rtm_flags & BSD_RTF_GATEWAY)
			bn_json_str(jo, "gateway", bn_addr(rtm->rtm_gateway));
		bn_json_str(jo, "interface", rtm->rtm_ifname);
		bn_json_str(jo, "if_address", bn_addr(rtm->rtm_ifaddr));
		bn_json_int(jo, "priority", rtm->rtm_priority);
		bn_json_int(jo, "flags", rtm->rtm_flags);
		bn_json_int(jo, "mtu", rtm->rtm_mtu);
		bn_json_int(jo, "weight", rtm->rtm_weight);
		if (rtm->rtm_label[0])
			bn_json_str(jo, "label", rtm->rtm_label);
		bn_json_print(jo);
		return;
	}
	printf("destination: %s\n", bn_prefix(rtm->rtm_dst, rtm->rtm_plen));
	if (rtm->rtm_flags & BSD_RTF_GATEWAY)
		printf("    gateway: %s\n", bn_name(rtm->rtm_gateway, numeric));
	printf("  interface: %s\n", rtm->rtm_ifname);
	printf(" if address: %s\n", bn_addr(rtm->rtm_ifaddr));
	printf("   priority: %u\n", rtm->rtm_priority);
	if (rtm->rtm_label[0])
		printf("      label: %s\n", rtm->rtm_label);
	if (rtm->rtm_flags & BSD_RTF_MPATH)
		printf("     weight: %u\n", rtm->rtm_weight);
	if (rtm->rtm_mtu)
		printf("        mtu: %u\n", rtm->rtm_mtu);
	if (rtm->rtm_expire)
		printf("     expire: %u\n", rtm->rtm_expire);
	if (rtm->rtm_flags & BSD_RTF_LLINFO && rtm->rtm_llen)
		printf("     lladdr: %s\n", bn_lladdr(rtm->rtm_lladdr));
}

/* Delete what an administrator or a daemon added. */
static void flush_one(const struct bsd_rtmsg *rtm, void *arg)
{
	struct bsd_rtmsg which = *rtm;

	(void)arg;
	if (!(rtm->rtm_flags & (BSD_RTF_STATIC | BSD_RTF_GATEWAY)))
		return;
	if (bn_ioctl(BSIOCDELROUTE, &which) && errno != ESRCH)
		bn_die("%s: %s", bn_prefix(rtm->rtm_dst, rtm->rtm_plen), explain(errno));
}

/* route sourceaddr: show or choose the source address of what leaves by a gateway. */
static int sourceaddr(char **argv, unsigned int tableid)
{
	struct bsd_rtsource rts = { .rts_tableid = tableid, .rts_family = AF_INET };
	struct bsd_ifaddreq req = { .ifra_family = AF_INET };
	struct in_addr addr = { };

	if (!argv[0]) {
		if (bn_ioctl(BSIOCGRTSOURCE, &rts))
			bn_die("sourceaddr: %s", explain(errno));
		memcpy(&addr, rts.rts_addr, sizeof(addr));
		printf("Preferred source address set for rdomain %u\nIPv4: %s\n", tableid,
		       addr.s_addr ? bn_addr(&addr) : "default");
		return 0;
	}
	if (!strcmp(argv[0], "-inet"))
		argv++;
	if (argv[0] && !strcmp(argv[0], "-ifp") && argv[1]) {
		snprintf(req.ifra_name, sizeof(req.ifra_name), "%s", argv[1]);
		if (bn_ioctl(BSIOCGIFADDRS, &req))
			bn_die("-ifp: %s: no such interface, or without an address", argv[1]);
		memcpy(&addr, req.ifra_addr, sizeof(addr));
		argv++;
	} else if (!argv[0] || (strcmp(argv[0], "default") && !bn_parse_addr(argv[0], &addr))) {
		bn_die("sourceaddr: an address, -ifp INTERFACE or \"default\" is needed");
	}
	if (argv[1])
		bn_die("'%s': too many arguments", argv[1]);
	memcpy(rts.rts_addr, &addr, sizeof(addr));
	if (bn_ioctl(BSIOCSRTSOURCE, &rts))
		bn_die("sourceaddr %s: %s", bn_addr(&addr), explain(errno));
	return 0;
}

/* Commands that send one message. */
static const struct {
	const char	*word;
	unsigned long	 cmd;
	bool		 needgw;
	const char	*done;
} commands[] = {
	{ "add",	BSIOCADDROUTE,	true,	"add" },
	{ "change",	BSIOCCHGROUTE,	true,	"change" },
	{ "delete",	BSIOCDELROUTE,	false,	"delete" },
	{ "del",	BSIOCDELROUTE,	false,	"delete" },
	{ "get",	BSIOCGETROUTE,	false,	NULL },
};

static int command(char **argv, unsigned int tableid, bool json, bool numeric)
{
	struct bsd_rtmsg rtm = { .rtm_family = AF_INET, .rtm_tableid = tableid };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].word))
			break;
	if (i == ARRAY_SIZE(commands))
		bn_die("'%s': unknown command", argv[0]);
	parse_route(argv + 1, &rtm, commands[i].needgw);
	if (commands[i].needgw)
		rtm.rtm_flags |= BSD_RTF_STATIC;
	if (bn_ioctl(commands[i].cmd, &rtm))
		bn_die("%s %s: %s", argv[0], bn_prefix(rtm.rtm_dst, rtm.rtm_plen), explain(errno));
	if (!commands[i].done)
		show_one(&rtm, json, numeric);
	else if (rtm.rtm_flags & BSD_RTF_GATEWAY)
		printf("%s net %s: gateway %s\n", commands[i].done,
		       bn_prefix(rtm.rtm_dst, rtm.rtm_plen), bn_addr(rtm.rtm_gateway));
	else
		printf("%s net %s\n", commands[i].done, bn_prefix(rtm.rtm_dst, rtm.rtm_plen));
	return 0;
}

/* route exec: "bsdnet run" in the table of "-T". */
static int exec_program(int argc, char **argv, char *table)
{
	char **args = bn_alloc(argc + 3, sizeof(*args));

	args[0] = argv[0];
	args[1] = (char *)"-T";
	args[2] = table;
	memcpy(args + 3, argv + 1, (argc - 1) * sizeof(*argv));
	return run_main(argc + 2, args);
}

/* Commands that are programs of their own, whose options are not ours. */
static bool other_program(int argc, char **argv, int *status)
{
	char zero[] = "0", *table = zero;
	int n;

	for (n = 1; n < argc && argv[n][0] == '-'; n++)
		if (!strcmp(argv[n], "-T") && argv[n + 1])
			table = argv[++n];
	if (n == argc || (strcmp(argv[n], "exec") && strcmp(argv[n], "monitor")))
		return false;
	*status = argv[n][0] == 'e' ? exec_program(argc - n, argv + n, table) :
				      monitor_main(argc - n, argv + n);
	return true;
}

static int route_command(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	unsigned int tableid = 0;
	bool numeric = false;
	int n = 1;

	for (; n < argc && argv[n][0] == '-'; n++) {
		if (!strcmp(argv[n], "-n"))
			numeric = true;
		else if (!strcmp(argv[n], "-T") && argv[n + 1])
			tableid = bn_number("-T", argv[++n], 0, 255);
		else
			bn_usage(false, usage);
	}
	if (n == argc)
		bn_usage(false, usage);
	if (!strcmp(argv[n], "flush")) {
		bn_each_route(tableid, 2, flush_one, NULL);
		return 0;
	}
	if (!strcmp(argv[n], "sourceaddr"))
		return sourceaddr(argv + n + 1, tableid);
	if (strcmp(argv[n], "show"))
		return command(argv + n, tableid, json, numeric);
	netstat_routes(tableid, numeric, json);
	return 0;
}

int route_main(int argc, char **argv)
{
	int status;

	return other_program(argc, argv, &status) ? status : route_command(argc, argv);
}
