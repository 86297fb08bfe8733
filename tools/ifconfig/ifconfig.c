// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ifconfig.c - show and configure interfaces; arguments as OpenBSD's ifconfig(8).
 *
 * All arguments are parsed into a list of requests before the first is carried
 * out, so that a typing error leaves nothing half-configured.
 */
#include "bsdnet.h"
#include "ifconfig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAXREQS	32

static const char usage[] =
	"ifconfig [--json] [-a] [INTERFACE | GROUP]\n"
	"       ifconfig INTERFACE create | destroy\n"
	"       ifconfig INTERFACE [inet] ADDRESS[/LEN] [PEER] [netmask MASK] [broadcast ADDRESS]\n"
	"                [alias | delete]\n"
	"       ifconfig INTERFACE PARAMETER ...\n"
	"\n"
	"Parameters: up, down, mtu N, lladdr MAC | random, description TEXT, -description,\n"
	"  group NAME, -group NAME, rdomain N, patch INTERFACE, -patch, qdisc NAME,\n"
	"  llprio N, queues N, rxring N, txring N,\n"
	"  debug, -debug, link0-2, -link0-2, promisc, -promisc, arp, -arp, tcplro,\n"
	"  -tcplro\n";

/* One thing to do: an ioctl with its argument, told as @rq_what if it fails. */
struct request {
	const char	*rq_what;
	unsigned long	 rq_cmd;
	unsigned long	 rq_getflags;	/* flags: clear and set bits of what this gets; 0: none */
	unsigned int	 rq_clear;
	unsigned int	 rq_set;
	union {
		struct bsd_ifreq	ifr;
		struct bsd_ifaddreq	ra;
		struct bsd_ifqueues	queues;
	};
};

static struct request reqs[MAXREQS];
static unsigned int nreqs;
static bool checking;	/* ifconfig_check(): other interfaces need not be there yet */

static struct request *request(const char *what, unsigned long cmd)
{
	struct request *rq = &reqs[nreqs];

	if (nreqs++ == MAXREQS)
		bn_die("too many parameters");
	rq->rq_what = what;
	rq->rq_cmd = cmd;
	return rq;
}

/* Verbs that change a flag. */
static const struct {
	const char	*word;
	unsigned int	 clear;
	unsigned int	 set;
	bool		 extended;	/* one of if_xflags */
} flag_verbs[] = {
	{ "up",		0, BSD_IFF_UP, false },
	{ "down",	BSD_IFF_UP, 0, false },
	{ "debug",	0, BSD_IFF_DEBUG, false },
	{ "-debug",	BSD_IFF_DEBUG, 0, false },
	{ "promisc",	0, BSD_IFF_PROMISC, false },
	{ "-promisc",	BSD_IFF_PROMISC, 0, false },
	{ "arp",		BSD_IFF_NOARP, 0, false },
	{ "-arp",	0, BSD_IFF_NOARP, false },
	{ "link0",	0, BSD_IFF_LINK0, false },
	{ "-link0",	BSD_IFF_LINK0, 0, false },
	{ "link1",	0, BSD_IFF_LINK1, false },
	{ "-link1",	BSD_IFF_LINK1, 0, false },
	{ "link2",	0, BSD_IFF_LINK2, false },
	{ "-link2",	BSD_IFF_LINK2, 0, false },
	{ "tcplro",	0, BSD_IFXF_LRO, true },
	{ "-tcplro",	BSD_IFXF_LRO, 0, true },
};

static bool parse_flag(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flag_verbs); i++) {
		struct request *rq;

		if (strcmp(word, flag_verbs[i].word))
			continue;
		rq = request(flag_verbs[i].word,
			     flag_verbs[i].extended ? BSIOCSIFXFLAGS : BSIOCSIFFLAGS);
		rq->rq_getflags = flag_verbs[i].extended ? BSIOCGIFXFLAGS : BSIOCGIFFLAGS;
		rq->rq_clear = flag_verbs[i].clear;
		rq->rq_set = flag_verbs[i].set;
		return true;
	}
	return false;
}

static void arg_mtu(struct request *rq, const char *arg)
{
	rq->ifr.bifru_value = bn_number("mtu", arg, 1, 65536);
}

static void arg_rdomain(struct request *rq, const char *arg)
{
	rq->ifr.bifru_value = bn_number("rdomain", arg, 0, 255);
}

static void arg_llprio(struct request *rq, const char *arg)
{
	rq->ifr.bifru_value = bn_number("llprio", arg, 0, BSD_IFQ_MAXPRIO);
}

static void arg_lladdr(struct request *rq, const char *arg)
{
	if (!strcmp(arg, "random")) {
		FILE *f = fopen("/dev/urandom", "r");

		if (!f || fread(rq->ifr.bifru_lladdr, 6, 1, f) != 1)
			bn_die("no random numbers");
		fclose(f);
		rq->ifr.bifru_lladdr[0] = (rq->ifr.bifru_lladdr[0] & 0xfc) | 2;
	} else if (!bn_parse_lladdr(arg, rq->ifr.bifru_lladdr)) {
		bn_die("lladdr: '%s' is not a MAC address", arg);
	}
}

static void arg_descr(struct request *rq, const char *arg)
{
	if (strlen(arg) >= BSD_IFDESCRSIZE)
		bn_die("description: longer than %d characters", BSD_IFDESCRSIZE - 1);
	strcpy(rq->ifr.bifru_descr, arg);
}

static void arg_group(struct request *rq, const char *arg)
{
	if (!*arg || strlen(arg) >= BSD_IFNAMSIZ)
		bn_die("group: '%s' is not a group name", arg);
	strcpy(rq->ifr.bifru_group, arg);
}

static void arg_qdisc(struct request *rq, const char *arg)
{
	if (strcmp(arg, "priq") && strcmp(arg, "fq_codel"))
		bn_die("qdisc: '%s' is neither priq nor fq_codel", arg);
	strcpy(rq->ifr.bifru_group, arg);
}

static void arg_queues(struct request *rq, const char *arg)
{
	rq->queues.ifqs_queues = bn_number("queues", arg, 1, 65535);
}

static void arg_rxring(struct request *rq, const char *arg)
{
	rq->queues.ifqs_rxring = bn_number("rxring", arg, 1, 65536);
}

static void arg_txring(struct request *rq, const char *arg)
{
	rq->queues.ifqs_txring = bn_number("txring", arg, 1, 65536);
}

static void arg_patch(struct request *rq, const char *arg)
{
	if (checking)
		return;
	rq->ifr.bifru_pair = bn_ifindex(arg);
	if (!rq->ifr.bifru_pair)
		bn_die("patch: %s: no such interface", arg);
}

/* Verbs with (or without) an argument, one ioctl each. */
static const struct {
	const char	*word;
	unsigned long	 cmd;
	void		(*arg)(struct request *rq, const char *arg);	/* NULL: none */
} verbs[] = {
	{ "mtu",		BSIOCSIFMTU,		arg_mtu },
	{ "rdomain",		BSIOCSIFRDOMAIN,	arg_rdomain },
	{ "lladdr",		BSIOCSIFLLADDR,		arg_lladdr },
	{ "llprio",		BSIOCSIFLLPRIO,		arg_llprio },
	{ "description",	BSIOCSIFDESCR,		arg_descr },
	{ "descr",		BSIOCSIFDESCR,		arg_descr },
	{ "-description",	BSIOCSIFDESCR,		NULL },
	{ "-descr",		BSIOCSIFDESCR,		NULL },
	{ "group",		BSIOCAIFGROUP,		arg_group },
	{ "-group",		BSIOCDIFGROUP,		arg_group },
	{ "qdisc",		BSIOCSIFQDISC,		arg_qdisc },
	{ "queues",		BSIOCSIFQUEUES,		arg_queues },
	{ "rxring",		BSIOCSIFQUEUES,		arg_rxring },
	{ "txring",		BSIOCSIFQUEUES,		arg_txring },
	{ "patch",		BSIOCSIFPAIR,		arg_patch },
	{ "-patch",		BSIOCSIFPAIR,		NULL },
	{ "create",		BSIOCIFCREATE,		NULL },
	{ "destroy",		BSIOCIFDESTROY,		NULL },
};

/* Returns arguments used, 0 if the word is no verb. */
static int parse_verb(char **argv)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		struct request *rq;

		if (strcmp(argv[0], verbs[i].word))
			continue;
		if (verbs[i].arg && !argv[1])
			bn_die("%s: needs an argument", argv[0]);
		rq = request(verbs[i].word, verbs[i].cmd);
		if (!verbs[i].arg)
			return 1;
		verbs[i].arg(rq, argv[1]);
		return 2;
	}
	return 0;
}

/* The words behind an address that belong to it. Returns arguments used. */
static int parse_addr_words(struct request *rq, char **argv, bool *havelen)
{
	unsigned int plen;
	struct in_addr addr;
	int n = 0;

	for (; argv[n]; n++) {
		if (!strcmp(argv[n], "alias")) {
			continue;
		} else if (!strcmp(argv[n], "delete") || !strcmp(argv[n], "-alias")) {
			rq->rq_cmd = BSIOCDIFADDR;
		} else if (!strcmp(argv[n], "netmask") && argv[n + 1]) {
			if (!bn_parse_mask(argv[++n], &plen))
				bn_die("netmask: '%s' is not a mask", argv[n]);
			rq->ra.ifra_plen = plen;
			*havelen = true;
		} else if (!strcmp(argv[n], "prefixlen") && argv[n + 1]) {
			rq->ra.ifra_plen = bn_number("prefixlen", argv[++n], 0, 32);
			*havelen = true;
		} else if (!strcmp(argv[n], "broadcast") && argv[n + 1]) {
			if (!bn_parse_addr(argv[++n], &addr))
				bn_die("broadcast: '%s' is not an address", argv[n]);
			memcpy(rq->ra.ifra_dst, &addr, sizeof(addr));
			rq->ra.ifra_hasdst = 1;
		} else if (bn_parse_addr(argv[n], &addr) && !rq->ra.ifra_hasdst) {
			memcpy(rq->ra.ifra_dst, &addr, sizeof(addr));
			rq->ra.ifra_hasdst = 1;
		} else {
			break;
		}
	}
	return n;
}

/* The classful length of an address without one, as ever. */
static unsigned int classful(struct in_addr addr)
{
	uint32_t a = ntohl(addr.s_addr);

	return a >> 31 == 0 ? 8 : a >> 30 == 2 ? 16 : 24;
}

/* "[inet] ADDRESS ..." or "delete ADDRESS". Returns arguments used, 0: no address. */
static int parse_address(char **argv)
{
	struct request *rq;
	struct in_addr addr;
	unsigned int plen;
	bool havelen;
	int n = 0;
	bool del;

	if (!strcmp(argv[n], "inet") && argv[n + 1])
		n++;
	del = !strcmp(argv[n], "delete") || !strcmp(argv[n], "-alias");
	if ((del || !strcmp(argv[n], "alias")) && argv[n + 1])
		n++;
	if (!bn_parse_prefix(argv[n], &addr, &plen, &havelen) || !strcmp(argv[n], "default")) {
		if (n)
			bn_die("'%s' is not an address", argv[n]);
		return 0;
	}
	rq = request(argv[n], del ? BSIOCDIFADDR : BSIOCAIFADDR);
	rq->ra.ifra_family = AF_INET;
	memcpy(rq->ra.ifra_addr, &addr, sizeof(addr));
	rq->ra.ifra_plen = plen;
	n += 1 + parse_addr_words(rq, argv + n + 1, &havelen);
	if (!havelen)
		rq->ra.ifra_plen = classful(addr);
	return n;
}

/* What the stack said is there is what was to be added. OpenBSD: no error. */
static bool is_so_already(const struct request *rq)
{
	struct bsd_ifaddreq ra = { .ifra_family = AF_INET };

	if (rq->rq_cmd != BSIOCAIFADDR)
		return rq->rq_cmd == BSIOCAIFGROUP;
	strcpy(ra.ifra_name, rq->ra.ifra_name);
	for (; !bn_ioctl(BSIOCGIFADDRS, &ra); ra.ifra_index++)
		if (!memcmp(ra.ifra_addr, rq->ra.ifra_addr, sizeof(struct in_addr)))
			return ra.ifra_plen == rq->ra.ifra_plen &&
			       (!rq->ra.ifra_hasdst ||
				!memcmp(ra.ifra_dst, rq->ra.ifra_dst, sizeof(struct in_addr)));
	errno = EEXIST;
	return false;
}

/* @ifname becomes the name that was chosen, if "pair" was to be created. */
static void perform(char *ifname, struct request *rq)
{
	struct bsd_ifreq ifr = {};

	/* Every kind of argument starts with the name. */
	strcpy(rq->ifr.bifr_name, ifname);
	if (rq->rq_getflags) {
		strcpy(ifr.bifr_name, ifname);
		if (bn_ioctl(rq->rq_getflags, &ifr))
			bn_die("%s: %s", ifname,
			       errno == ENXIO ? "no such interface" : strerror(errno));
		rq->ifr.bifru_value = (ifr.bifru_value & ~rq->rq_clear) | rq->rq_set;
	}
	if (bn_ioctl(rq->rq_cmd, &rq->ifr) && !(errno == EEXIST && is_so_already(rq)))
		bn_die("%s: %s: %s", ifname, rq->rq_what,
		       errno == ENXIO ? "no such interface" : strerror(errno));
	if (rq->rq_cmd == BSIOCIFCREATE && strcmp(ifname, rq->ifr.bifr_name)) {
		strcpy(ifname, rq->ifr.bifr_name);
		puts(ifname);
	}
}

/* The words behind the interface's name become requests. */
static void parse(char **argv)
{
	int used;

	for (; *argv; argv += used) {
		if (parse_flag(*argv)) {
			used = 1;
			continue;
		}
		used = parse_verb(argv);
		if (!used)
			used = parse_address(argv);
		if (!used)
			bn_die("%s: unknown parameter", *argv);
	}
}

int ifconfig_check(int argc, char **argv)
{
	checking = true;
	parse(argv + (argc > 2 ? 2 : argc));
	return 0;
}

int ifconfig_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	char ifname[BSD_IFNAMSIZ];
	unsigned int i;

	if (argc > 1 && (!strcmp(argv[1], "-a") || !strcmp(argv[1], "-A"))) {
		argv++;
		argc--;
	}
	if (argc < 3) {
		ifconfig_show(argc > 1 ? argv[1] : NULL, json);
		return 0;
	}
	if (strlen(argv[1]) >= BSD_IFNAMSIZ)
		bn_die("%s: no such interface", argv[1]);
	strcpy(ifname, argv[1]);
	parse(argv + 2);
	for (i = 0; i < nreqs; i++) {
		/* OpenBSD: an address brings the interface up. */
		perform(ifname, &reqs[i]);
		if (reqs[i].rq_cmd == BSIOCAIFADDR) {
			struct request up = { .rq_what = "up", .rq_cmd = BSIOCSIFFLAGS,
					      .rq_getflags = BSIOCGIFFLAGS,
					      .rq_set = BSD_IFF_UP };

			perform(ifname, &up);
		}
	}
	return 0;
}
