// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcpdrop.c - end TCP connections; arguments as OpenBSD's tcpdrop(8), and those of
 * FreeBSD's that choose many.
 */
#include "bsdnet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage[] =
	"tcpdrop [-V RTABLE] LADDR LPORT FADDR FPORT | LADDR:LPORT FADDR:FPORT\n"
	"       bsdnet tcpdrop [-l] [-V RTABLE] -a | [-C ALGORITHM] [-s STATE]\n"
	"\n"
	"  -a  all connections              -C  those with this congestion control\n"
	"  -l  list what would be dropped   -s  those in this state, as netstat names it\n"
	"  -V  of this routing table (0; many: of all tables)\n";

static struct {
	bool		 all, list;
	const char	*cc;		/* NULL: any */
	int		 state;		/* 0: any */
	int		 rtable;	/* -1: any */
} o = { .rtable = -1 };

static void sentence(const struct bsd_tcpdrop *td, char *buf, size_t size)
{
	snprintf(buf, size, "%s %u %s %u", bn_addr(td->td_laddr), ntohs(td->td_lport),
		 bn_addr(td->td_faddr), ntohs(td->td_fport));
}

/* Drop one, and say so. False: it is not there. */
static bool drop(struct bsd_tcpdrop *td)
{
	char name[64];

	td->td_family = AF_INET;
	sentence(td, name, sizeof(name));
	if (bn_ioctl(BSIOCTCPDROP, td)) {
		if (errno != ESRCH)
			bn_die("%s: %s", name, strerror(errno));
		return false;
	}
	printf("%s: dropped\n", name);
	return true;
}

static bool wanted(const struct bsd_pcbinfo *pi)
{
	static const uint8_t any[sizeof(pi->pi_faddr)];

	return memcmp(pi->pi_faddr, any, sizeof(any)) &&
	       (o.rtable < 0 || pi->pi_rtableid == (unsigned int)o.rtable) &&
	       (!o.state || pi->pi_state == o.state) && (!o.cc || !strcmp(pi->pi_cc, o.cc));
}

static void drop_many(void)
{
	unsigned int i, n;
	struct bsd_pcbinfo *pi = bn_pcbs(IPPROTO_TCP, &n);

	for (i = 0; i < n; i++) {
		struct bsd_tcpdrop td = { .td_rtableid = pi[i].pi_rtableid,
					  .td_lport = pi[i].pi_lport, .td_fport = pi[i].pi_fport };
		char name[64];

		if (!wanted(&pi[i]))
			continue;
		memcpy(td.td_laddr, pi[i].pi_laddr, sizeof(td.td_laddr));
		memcpy(td.td_faddr, pi[i].pi_faddr, sizeof(td.td_faddr));
		if (!o.list) {
			drop(&td);	/* or it has ended meanwhile */
			continue;
		}
		sentence(&td, name, sizeof(name));
		if (td.td_rtableid)
			printf("bsdnet tcpdrop -V %u %s\n", td.td_rtableid, name);
		else
			printf("bsdnet tcpdrop %s\n", name);
	}
	free(pi);
}

static void parse_end(const char *host, const char *port, uint8_t *addr, uint16_t *nport)
{
	struct in_addr in;
	unsigned int n = bn_parse_port(port, false);

	if (!bn_resolve(host, &in))
		bn_die("%s: no such host", host);
	if (!n)
		bn_die("%s: no such port", port);
	memcpy(addr, &in, sizeof(in));
	*nport = htons(n);
}

/* "10.0.0.1:80", and "10.0.0.1.80" as netstat writes it. */
static void parse_joint(const char *s, uint8_t *addr, uint16_t *nport)
{
	char *host = strdup(s);
	char *sep;

	if (!host)
		bn_die("out of memory");
	sep = strrchr(host, ':');
	if (!sep)
		sep = strrchr(host, '.');
	if (!sep)
		bn_die("%s: neither ADDRESS:PORT nor ADDRESS.PORT", s);
	*sep++ = '\0';
	parse_end(host, sep, addr, nport);
	free(host);
}

static void drop_one(int argc, char **argv)
{
	struct bsd_tcpdrop td = { .td_rtableid = o.rtable < 0 ? 0 : o.rtable };
	char name[64];

	if (argc == 4) {
		parse_end(argv[0], argv[1], td.td_laddr, &td.td_lport);
		parse_end(argv[2], argv[3], td.td_faddr, &td.td_fport);
	} else {
		parse_joint(argv[0], td.td_laddr, &td.td_lport);
		parse_joint(argv[1], td.td_faddr, &td.td_fport);
	}
	if (!drop(&td)) {
		sentence(&td, name, sizeof(name));
		bn_die("%s: no such connection", name);
	}
}

int tcpdrop_main(int argc, char **argv)
{
	bool many;
	int c;

	bn_options(&argc, argv, usage);
	while ((c = getopt(argc, argv, "alC:s:V:")) != -1) {
		switch (c) {
		case 'a':
			o.all = true;
			break;
		case 'l':
			o.list = true;
			break;
		case 'C':
			o.cc = optarg;
			break;
		case 's':
			o.state = bn_parse_tcp_state(optarg);
			if (o.state < 0)
				bn_die("-s: %s: no such state", optarg);
			break;
		case 'V':
			o.rtable = bn_number("-V", optarg, 0, 255);
			break;
		default:
			bn_usage(false, usage);
		}
	}
	argc -= optind;
	argv += optind;
	many = o.all || o.cc || o.state;
	if (many ? argc || (o.all && (o.cc || o.state)) : o.list || (argc != 2 && argc != 4))
		bn_usage(false, usage);
	if (many)
		drop_many();
	else
		drop_one(argc, argv);
	return 0;
}
