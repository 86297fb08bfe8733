// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * nc.c - connections and listeners for standard input and output; options as OpenBSD's
 * nc(1).
 */
#include "bsdnet.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nc.h"

static const char usage[] =
	"nc [-4dNnuvz] [-I BYTES] [-i SECONDS] [-M TTL] [-m MINTTL] [-O BYTES] [-p PORT]\n"
	"          [-s ADDRESS] [-T TOS] [-V RTABLE] [-W COUNT] [-w SECONDS] HOST PORTS\n"
	"       bsdnet nc -l [-4dkNnuv] [-I BYTES] [-i SECONDS] [-M TTL] [-m MINTTL] [-O BYTES]\n"
	"          [-T TOS] [-V RTABLE] [-W COUNT] [-w SECONDS] [ADDRESS] PORT\n"
	"\n"
	"PORTS: one, or from 20 to 25 by 20-25.\n"
	"\n"
	"  -d  do not read input            -k  one connection after the other\n"
	"  -l  listen                       -N  tell the peer when the input ends\n"
	"  -n  no names                     -u  UDP\n"
	"  -v  tell of connections          -z  only look who listens\n"
	"  -I  receive buffer               -O  send buffer\n"
	"  -i  pause between reads          -w  give up after so long without anything\n"
	"  -M  TTL                          -m  least TTL of what comes in\n"
	"  -p  local port                   -s  local address\n"
	"  -T  TOS, or lowdelay, throughput, reliability, ef, cs0 to cs7, af11 to af43\n"
	"  -V  routing table                -W  end when so much was received, times\n";

struct nc_options nc = { .tos = -1 };

/* Where to. */
static struct {
	const char	*name;
	struct in_addr	 addr;		/* listener: 0 is any */
	unsigned int	 low, high;	/* ports */
} to;

/* By name, unless -n. */
static void resolve(const char *what, const char *name, struct in_addr *addr)
{
	if (!(nc.numeric ? bn_parse_addr(name, addr) : bn_resolve(name, addr)))
		bn_die("%s%s: no such host", what, name);
}

static void set_option(int fd, int level, int opt, int val, const char *what)
{
	if (setsockopt(fd, level, opt, &val, sizeof(val)))
		bn_die("%s: %s", what, strerror(errno));
}

/* Ports by hand may be those of a connection that has just ended. */
static void bind_to(int fd, struct in_addr addr, unsigned int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = addr,
				   .sin_port = htons(port) };

	if (port)
		set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if ((port || addr.s_addr) && bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		bn_die("%s port %u: %s", bn_addr(&addr), port, strerror(errno));
}

static int open_socket(void)
{
	int fd = bn_socket((nc.udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, false, nc.rtable);

	if (nc.rcvbuf)
		set_option(fd, SOL_SOCKET, SO_RCVBUF, nc.rcvbuf, "-I");
	if (nc.sndbuf)
		set_option(fd, SOL_SOCKET, SO_SNDBUF, nc.sndbuf, "-O");
	if (nc.tos >= 0)
		set_option(fd, IPPROTO_IP, IP_TOS, nc.tos, "-T");
	if (nc.ttl)
		set_option(fd, IPPROTO_IP, IP_TTL, nc.ttl, "-M");
	if (nc.minttl)
		set_option(fd, IPPROTO_IP, IP_MINTTL, nc.minttl, "-m");
	return fd;
}

/* Wait for @events on @fd as long as -w says. */
static bool wait_for(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int n;

	do {
		n = poll(&pfd, 1, nc.timeout ? (int)nc.timeout : -1);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

/* 0, or -1 with errno. */
static int connect_to(int fd, unsigned int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = to.addr,
				   .sin_port = htons(port) };
	socklen_t len = sizeof(int);
	int error = 0;

	if (!connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		return 0;
	if (errno != EINPROGRESS || !wait_for(fd, POLLOUT))
		return -1;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	errno = error;
	return error ? -1 : 0;
}

/* Does a port refuse datagrams? It may not be heard of at once. False: it does. */
static bool probe(int fd)
{
	struct pollfd pfd = { .fd = fd };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (send(fd, "X", 1, 0) < 0)
			return false;
		if (poll(&pfd, 1, 250) > 0) {
			errno = ECONNREFUSED;
			return false;
		}
	}
	return true;
}

static const char *protocol(void)
{
	return nc.udp ? "udp" : "tcp";
}

static void tell_connected(unsigned int port)
{
	const struct servent *se = nc.numeric ? NULL : getservbyport(htons(port), protocol());

	fprintf(stderr, "Connection to %s (%s) %u port [%s/%s] succeeded!\n", to.name,
		bn_addr(&to.addr), port, protocol(), se ? se->s_name : "*");
}

/* One port of the range. False: nobody is there, or an error ended it. */
static bool client(unsigned int port)
{
	bool ok;
	int fd = open_socket();

	bind_to(fd, nc.source, nc.port);
	ok = !connect_to(fd, port) && (!nc.udp || !(nc.verbose || nc.scan) || probe(fd));
	if (!ok) {
		/* Of a range, those who do not answer are told with -v only. */
		if (nc.verbose || (!nc.scan && to.low == to.high))
			bn_warn("connect to %s port %u (%s): %s", to.name, port, protocol(),
				strerror(errno));
	} else {
		if (nc.verbose)
			tell_connected(port);
		if (!nc.scan)
			ok = nc_relay(fd);
	}
	close(fd);
	return ok;
}

static void tell_received(const struct sockaddr_in *from)
{
	if (nc.verbose)
		fprintf(stderr, "Connection received on %s %u\n",
			bn_name(&from->sin_addr, nc.numeric), ntohs(from->sin_port));
}

static int listen_on(void)
{
	int fd = open_socket();

	bind_to(fd, to.addr, to.low);
	if (!nc.udp && listen(fd, 5))
		bn_die("listen: %s", strerror(errno));
	if (nc.verbose)
		fprintf(stderr, "Listening on %s %u\n", bn_addr(&to.addr), to.low);
	return fd;
}

/* Who sends the first datagram is the peer, and nobody else. */
static bool udp_server(int fd)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char c;

	if (nc.keep) {
		nc.noinput = true;	/* for whom would it be? */
		return nc_relay(fd);
	}
	while (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1) < 0 ||
	       recvfrom(fd, &c, 1, MSG_PEEK, (struct sockaddr *)&from, &len) < 0)
		if (errno != EAGAIN && errno != EINTR)
			bn_die("receive: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&from, len))
		bn_die("connect to %s: %s", bn_addr(&from.sin_addr), strerror(errno));
	tell_received(&from);
	return nc_relay(fd);
}

static bool tcp_server(int listener)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	bool ok;
	int fd;

	for (;;) {
		fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);
		if (fd >= 0)
			break;
		if (errno == EAGAIN)
			poll(&(struct pollfd){ .fd = listener, .events = POLLIN }, 1, -1);
		else if (errno != EINTR && errno != ECONNABORTED)
			bn_die("accept: %s", strerror(errno));
	}
	if (!nc.keep)
		close(listener);	/* others are refused */
	tell_received(&from);
	ok = nc_relay(fd);
	close(fd);
	return ok;
}

static bool server(void)
{
	int fd = listen_on();
	bool ok;

	if (nc.udp)
		return udp_server(fd);
	do {
		ok = tcp_server(fd);
	} while (nc.keep);
	return ok;
}

/* A number, or a name of a DiffServ code point or of an old type of service. */
static int parse_tos(const char *s)
{
	static const struct { const char *name; int tos; } names[] = {
		{ "lowdelay", IPTOS_LOWDELAY }, { "throughput", IPTOS_THROUGHPUT },
		{ "reliability", IPTOS_RELIABILITY }, { "ef", 0xb8 },
	};
	unsigned int i;
	char *end;
	long tos;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(s, names[i].name))
			return names[i].tos;
	/* Class selectors; assured forwarding, class and drop precedence: RFC 2474, 2597. */
	if (!strncmp(s, "cs", 2) && s[2] >= '0' && s[2] <= '7' && !s[3])
		return (s[2] - '0') << 5;
	if (!strncmp(s, "af", 2) && s[2] >= '1' && s[2] <= '4' && s[3] >= '1' && s[3] <= '3' &&
	    !s[4])
		return (s[2] - '0') << 5 | (s[3] - '0') << 3;
	tos = strtol(s, &end, 0);
	if (!*s || *end || tos < 0 || tos > 255)
		bn_die("-T: %s: no type of service", s);
	return tos;
}

static unsigned int parse_port(const char *s)
{
	unsigned int port = nc.numeric && (*s < '0' || *s > '9') ? 0 : bn_parse_port(s, nc.udp);

	if (!port)
		bn_die("%s: no such port", s);
	return port;
}

/* "80", "http" or, of a client, "20-25". */
static void parse_ports(const char *s)
{
	char *low, *dash;

	dash = *s >= '0' && *s <= '9' && !nc.listen ? strchr(s, '-') : NULL;
	if (!dash) {
		to.low = parse_port(s);
		to.high = to.low;
		return;
	}
	low = strndup(s, dash - s);
	if (!low)
		bn_die("out of memory");
	to.low = parse_port(low);
	to.high = parse_port(dash + 1);
	free(low);
	if (to.low > to.high)
		bn_die("%s: the ports are in the wrong order", s);
}

/* What stands alone. False: not an option. */
static bool parse_flag(int c)
{
	switch (c) {
	case '4':
		return true;
	case 'd':
		return nc.noinput = true;
	case 'k':
		return nc.keep = true;
	case 'l':
		return nc.listen = true;
	case 'N':
		return nc.shut = true;
	case 'n':
		return nc.numeric = true;
	case 'u':
		return nc.udp = true;
	case 'v':
		return nc.verbose = true;
	case 'z':
		return nc.scan = true;
	default:
		return false;
	}
}

static void parse_option(int c, const char **port, const char **source)
{
	switch (c) {
	case 'I':
		nc.rcvbuf = bn_number("-I", optarg, 1, 1 << 30);
		break;
	case 'i':
		nc.interval = bn_number("-i", optarg, 0, 86400);
		break;
	case 'M':
		nc.ttl = bn_number("-M", optarg, 1, 255);
		break;
	case 'm':
		nc.minttl = bn_number("-m", optarg, 0, 255);
		break;
	case 'O':
		nc.sndbuf = bn_number("-O", optarg, 1, 1 << 30);
		break;
	case 'p':
		*port = optarg;
		break;
	case 's':
		*source = optarg;
		break;
	case 'T':
		nc.tos = parse_tos(optarg);
		break;
	case 'V':
		nc.rtable = bn_number("-V", optarg, 0, 255);
		break;
	case 'W':
		nc.limit = bn_number("-W", optarg, 1, 1 << 30);
		break;
	case 'w':
		nc.timeout = 1000 * bn_number("-w", optarg, 0, 86400);
		break;
	default:
		bn_usage(false, usage);
	}
}

static void parse(int argc, char **argv)
{
	const char *port = NULL, *source = NULL;
	int c;

	bn_options(&argc, argv, usage);
	while ((c = getopt(argc, argv, "4dklNnuvzI:i:M:m:O:p:s:T:V:W:w:")) != -1)
		if (!parse_flag(c))
			parse_option(c, &port, &source);
	argc -= optind;
	argv += optind;
	/* -p and -s of a listener are what else stands behind the options. */
	if (nc.listen && port) {
		if (argc > 1)
			bn_usage(false, usage);
		to.name = argc ? argv[0] : source;
	} else {
		if (argc < 1 || argc > 2 || (argc == 1 && !nc.listen) || (nc.keep && !nc.listen))
			bn_usage(false, usage);
		to.name = argc == 2 ? argv[0] : source;
	}
	if (nc.listen && (nc.scan || (source && to.name != source)))
		bn_usage(false, usage);
	parse_ports(nc.listen && port ? port : argv[argc - 1]);
	if (to.name)
		resolve("", to.name, &to.addr);
	if (nc.listen)
		return;
	if (source)
		resolve("-s: ", source, &nc.source);
	if (port)
		nc.port = parse_port(port);
}

int nc_main(int argc, char **argv)
{
	unsigned int port;
	bool any = false;

	parse(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (nc.listen)
		return !server();
	for (port = to.low; port <= to.high; port++) {
		if (port > to.low && nc.interval)
			sleep(nc.interval);
		any |= client(port);
	}
	return !any;
}
