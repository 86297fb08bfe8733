// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ping.c - send ICMP echo requests through this stack; options as OpenBSD's ping(8).
 */
#include "bsdnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAXDATA		65507
#define MAXHEADER	60	/* of IP, with options */
#define MAXROUTE	9	/* addresses that fit into them */

static const char usage[] =
	"ping [--json] [-DRfnq] [-c COUNT] [-i SECONDS] [-I SOURCE] [-s SIZE] [-t TTL]\n"
	"            [-V RTABLE] [-w SECONDS] HOST\n"
	"\n"
	"  -D  do not fragment      -f  flood: as fast as answers come, or 100 a second\n"
	"  -w  wait for an answer   -q  only the summary\n"
	"  -R  record the route\n"
	"Exit status 0 if an answer came, 1 if none did or the request was wrong.\n";

/* What was asked for, and what came of it. */
static struct {
	struct sockaddr_in	to;
	struct in_addr		from;
	bool			hasfrom, df, flood, quiet, numeric, json, record;
	unsigned long		count;		/* 0: until interrupted */
	double			interval;	/* seconds */
	double			wait;		/* seconds */
	unsigned int		size;		/* bytes of data */
	int			ttl;
	int			rtable;
	int			fd;
	uint16_t		id;
	unsigned long		sent, received, duplicates, errors;
	double			min, max, sum, sum2;	/* ms */
	struct in_addr		route[MAXROUTE];	/* of the last answer */
	unsigned int		hops;
	double			sent_at[65536];	/* by sequence number, 0: answered */
} p = { .interval = 1, .wait = 10, .size = 56 };

/* RFC 1071 */
static uint16_t cksum(const void *buf, size_t len)
{
	const uint8_t *b = buf;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? b[i] : b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* An IP header with room for a route to be recorded, RFC 791 3.1. The kernel fills in the rest. */
static void own_header(uint8_t *buf)
{
	struct ip *ip = (struct ip *)buf;
	uint8_t *opt = buf + sizeof(*ip);

	memset(buf, 0, MAXHEADER);
	ip->ip_v = IPVERSION;
	ip->ip_hl = MAXHEADER / 4;
	ip->ip_off = htons(p.df ? IP_DF : 0);
	ip->ip_ttl = p.ttl;
	ip->ip_p = IPPROTO_ICMP;
	ip->ip_src = p.from;
	ip->ip_dst = p.to.sin_addr;
	opt[IPOPT_OPTVAL] = IPOPT_RR;
	opt[IPOPT_OLEN] = MAX_IPOPTLEN - 1;
	opt[IPOPT_OFFSET] = IPOPT_MINOFF;
}

static void send_one(void)
{
	static uint8_t packet[MAXHEADER + sizeof(struct icmphdr) + MAXDATA];
	unsigned int hlen = p.record ? MAXHEADER : 0;
	uint8_t *buf = packet + hlen;
	struct icmphdr *icmp = (struct icmphdr *)buf;
	uint16_t seq = p.sent;
	unsigned int i;

	memset(icmp, 0, sizeof(*icmp));
	icmp->type = ICMP_ECHO;
	icmp->un.echo.id = p.id;
	icmp->un.echo.sequence = htons(seq);
	for (i = 0; i < p.size; i++)
		buf[sizeof(*icmp) + i] = i;
	icmp->checksum = cksum(buf, sizeof(*icmp) + p.size);
	if (p.record)
		own_header(packet);
	p.sent_at[seq] = bn_now();
	p.sent++;
	if (sendto(p.fd, packet, hlen + sizeof(*icmp) + p.size, 0, (struct sockaddr *)&p.to,
		   sizeof(p.to)) < 0) {
		p.errors++;
		if (!p.quiet && !p.json)
			bn_warn("send: %s", strerror(errno));
	}
}

static void print_error(const struct icmphdr *icmp, const struct sockaddr_in *from)
{
	static const char *const unreach[] = {
		"net unreachable", "host unreachable", "protocol unreachable", "port unreachable",
		"fragmentation needed", "source route failed",
	};
	const char *what = "ICMP error";

	p.errors++;
	if (p.quiet || p.json)
		return;
	if (icmp->type == ICMP_DEST_UNREACH && icmp->code < ARRAY_SIZE(unreach))
		what = unreach[icmp->code];
	else if (icmp->type == ICMP_TIME_EXCEEDED)
		what = "time to live exceeded";
	else if (icmp->type == ICMP_REDIRECT)
		what = "redirect";
	printf("from %s: %s\n", bn_addr(&from->sin_addr), what);
}

/* Is the error about one of our requests? */
static bool quotes_us(const uint8_t *b, size_t len)
{
	const struct ip *ip = (const struct ip *)(b + sizeof(struct icmphdr));
	const struct icmphdr *quoted;
	size_t hlen;

	if (len < sizeof(struct icmphdr) + sizeof(*ip))
		return false;
	hlen = ip->ip_hl * 4;
	if (len < sizeof(struct icmphdr) + hlen + sizeof(*quoted))
		return false;
	quoted = (const struct icmphdr *)(b + sizeof(struct icmphdr) + hlen);
	return ip->ip_p == IPPROTO_ICMP && quoted->type == ICMP_ECHO &&
	       quoted->un.echo.id == p.id;
}

/* Take the route that a packet recorded out of its options; true: another than the last. */
static bool take_route(const struct ip *ip)
{
	const uint8_t *opt = (const uint8_t *)(ip + 1);
	const uint8_t *end = (const uint8_t *)ip + ip->ip_hl * 4;
	struct in_addr route[MAXROUTE];
	unsigned int hops = 0, len;
	bool other;

	for (; opt < end && *opt != IPOPT_EOL; opt += len) {
		len = *opt == IPOPT_NOP || end - opt < 2 ? 1 : opt[IPOPT_OLEN];
		if (!len || len > end - opt)
			break;
		if (*opt != IPOPT_RR || len <= IPOPT_OFFSET)
			continue;
		while (hops < MAXROUTE && IPOPT_MINOFF - 1 + 4 * (hops + 1) <= len &&
		       IPOPT_MINOFF + 4 * (hops + 1) <= opt[IPOPT_OFFSET]) {
			memcpy(&route[hops], opt + IPOPT_MINOFF - 1 + 4 * hops, sizeof(*route));
			hops++;
		}
		break;
	}
	other = hops != p.hops || memcmp(route, p.route, hops * sizeof(*route));
	memcpy(p.route, route, hops * sizeof(*route));
	p.hops = hops;
	return other;
}

/* Behind the line of an answer: its route. */
static void print_route(bool other)
{
	unsigned int i;

	if (p.record && p.hops && !other)
		printf("\t(same route)");
	putchar('\n');
	for (i = 0; p.record && other && i < p.hops; i++)
		printf("%s\t%s\n", i ? "" : "RR:", bn_name(&p.route[i], p.numeric));
}

/* Take one packet. True if it answers a request. */
static bool receive_one(void)
{
	static uint8_t buf[65536];
	struct sockaddr_in from;
	socklen_t fromlen = sizeof(from);
	const struct ip *ip = (const struct ip *)buf;
	const struct icmphdr *icmp;
	bool other;
	ssize_t n = recvfrom(p.fd, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &fromlen);
	double ms;
	uint16_t seq;
	size_t hlen;

	if (n < (ssize_t)sizeof(*ip))
		return false;
	hlen = ip->ip_hl * 4;
	if (n < (ssize_t)(hlen + sizeof(*icmp)))
		return false;
	icmp = (const struct icmphdr *)(buf + hlen);
	if (icmp->type == ICMP_DEST_UNREACH || icmp->type == ICMP_TIME_EXCEEDED ||
	    icmp->type == ICMP_REDIRECT) {
		if (quotes_us((const uint8_t *)icmp, n - hlen))
			print_error(icmp, &from);
		return false;
	}
	if (icmp->type != ICMP_ECHOREPLY || icmp->un.echo.id != p.id)
		return false;
	seq = ntohs(icmp->un.echo.sequence);
	ms = (bn_now() - p.sent_at[seq]) * 1000;
	if (p.sent_at[seq] == 0) {
		p.duplicates++;
		ms = 0;
	} else {
		p.sent_at[seq] = 0;
		p.received++;
		p.sum += ms;
		p.sum2 += ms * ms;
		p.min = p.received == 1 || ms < p.min ? ms : p.min;
		p.max = ms > p.max ? ms : p.max;
	}
	other = take_route(ip);
	if (!p.quiet && !p.json && !p.flood) {
		printf("%zd bytes from %s: icmp_seq=%u ttl=%u time=%.3f ms", n - hlen,
		       bn_name(&from.sin_addr, p.numeric), seq, ip->ip_ttl, ms);
		print_route(other);
	}
	return true;
}

/* Handle answers until @until; with flood an answer ends the wait. */
static void collect(double until)
{
	struct pollfd pfd = { .fd = p.fd, .events = POLLIN };
	double left;

	while (!bn_stopped && (left = until - bn_now()) > 0) {
		if (p.count && p.received >= p.count)
			return;
		if (poll(&pfd, 1, (int)ceil(left * 1000)) > 0 && receive_one() && p.flood &&
		    (!p.count || p.sent < p.count))
			return;
	}
}

static struct json_object *json_route(void)
{
	struct json_object *ja = json_object_new_array();
	unsigned int i;

	for (i = 0; i < p.hops; i++)
		json_object_array_add(ja, json_object_new_string(bn_addr(&p.route[i])));
	return ja;
}

static void summary(void)
{
	double loss = p.sent ? 100.0 * (p.sent - p.received) / p.sent : 0;
	double avg = p.received ? p.sum / p.received : 0;
	double dev = p.received ? sqrt(fmax(0, p.sum2 / p.received - avg * avg)) : 0;
	struct json_object *jo;

	if (p.json) {
		jo = json_object_new_object();
		bn_json_str(jo, "host", bn_addr(&p.to.sin_addr));
		bn_json_int(jo, "transmitted", p.sent);
		bn_json_int(jo, "received", p.received);
		bn_json_int(jo, "duplicates", p.duplicates);
		bn_json_int(jo, "errors", p.errors);
		bn_json_double(jo, "min_ms", p.min);
		bn_json_double(jo, "avg_ms", avg);
		bn_json_double(jo, "max_ms", p.max);
		if (p.record)
			json_object_object_add(jo, "route", json_route());
		bn_json_print(jo);
		return;
	}
	printf("\n--- %s ping statistics ---\n", bn_addr(&p.to.sin_addr));
	printf("%lu packets transmitted, %lu packets received, ", p.sent, p.received);
	if (p.duplicates)
		printf("%lu duplicates, ", p.duplicates);
	printf("%.1f%% packet loss\n", loss);
	if (p.received)
		printf("round-trip min/avg/max/std-dev = %.3f/%.3f/%.3f/%.3f ms\n", p.min, avg,
		       p.max, dev);
}

static double seconds(const char *what, const char *s)
{
	char *end;
	double v = strtod(s, &end);

	if (!*s || *end || !(v >= 0 && v <= 1e6))
		bn_die("%s: '%s' is not a time in seconds", what, s);
	return v;
}

static void parse(int argc, char **argv)
{
	int c;

	p.json = bn_options(&argc, argv, usage);
	while ((c = getopt(argc, argv, "DRnqfV:c:i:I:s:t:w:")) != -1) {
		switch (c) {
		case 'D':
			p.df = true;
			break;
		case 'R':
			p.record = true;
			break;
		case 'n':
			p.numeric = true;
			break;
		case 'q':
			p.quiet = true;
			break;
		case 'f':
			p.flood = true;
			break;
		case 'V':
			p.rtable = bn_number("-V", optarg, 0, 255);
			break;
		case 'c':
			p.count = bn_number("-c", optarg, 1, ~0UL >> 1);
			break;
		case 'i':
			p.interval = seconds("-i", optarg);
			break;
		case 's':
			p.size = bn_number("-s", optarg, 0, MAXDATA);
			break;
		case 't':
			p.ttl = bn_number("-t", optarg, 1, 255);
			break;
		case 'w':
			p.wait = seconds("-w", optarg);
			break;
		case 'I':
			if (!bn_parse_addr(optarg, &p.from))
				bn_die("-I: '%s' is not an address", optarg);
			p.hasfrom = true;
			break;
		default:
			bn_usage(false, usage);
		}
	}
	if (optind != argc - 1)
		bn_usage(false, usage);
	p.to.sin_family = AF_INET;
	if (!bn_resolve(argv[optind], &p.to.sin_addr))
		bn_die("%s: no such host", argv[optind]);
	if (p.flood)
		p.interval = 0.01;
}

static void set_option(int level, int name, int val, const char *what)
{
	if (setsockopt(p.fd, level, name, &val, sizeof(val)))
		bn_die("%s: %s", what, strerror(errno));
}

static void open_socket(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = p.from };
	int ttl = IN_MULTICAST(ntohl(p.to.sin_addr.s_addr)) ? IP_MULTICAST_TTL : IP_TTL;
	socklen_t len = sizeof(p.ttl);

	bn_ctl();
	p.fd = socket(AF_BSDINET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (p.fd < 0)
		bn_die("raw socket: %s", strerror(errno));
	set_option(SOL_SOCKET, SO_RCVBUF, 1 << 20, "receive buffer");
	set_option(SOL_SOCKET, SO_BROADCAST, 1, "broadcast");
	if (p.rtable)
		set_option(IPPROTO_IP, SO_RTABLE, p.rtable, "-V");
	if (p.ttl)
		set_option(IPPROTO_IP, ttl, p.ttl, "-t");
	set_option(IPPROTO_IP, IP_MTU_DISCOVER, p.df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT, "-D");
	if (p.record) {
		set_option(IPPROTO_IP, IP_HDRINCL, 1, "-R");
		if (getsockopt(p.fd, IPPROTO_IP, ttl, &p.ttl, &len))
			bn_die("-R: %s", strerror(errno));
	}
	if (p.hasfrom && bind(p.fd, (struct sockaddr *)&sin, sizeof(sin)))
		bn_die("-I: %s: %s", bn_addr(&p.from), strerror(errno));
}

int ping_main(int argc, char **argv)
{
	parse(argc, argv);
	open_socket();
	p.id = htons(getpid());
	bn_stop_after(0);
	if (!p.json) {
		printf("PING %s: %u data bytes\n", bn_addr(&p.to.sin_addr), p.size);
		fflush(stdout);
	}
	while (!bn_stopped && (!p.count || p.sent < p.count)) {
		bool last = p.count && p.sent + 1 >= p.count;

		send_one();
		collect(bn_now() + (last ? p.wait : p.interval));
	}
	summary();
	return !p.received;
}
