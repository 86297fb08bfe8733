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

#define MAXDATA	65507

static const char usage[] =
	"ping [--json] [-Dnqf] [-c COUNT] [-i SECONDS] [-I SOURCE] [-s SIZE] [-t TTL]\n"
	"            [-V RTABLE] [-w SECONDS] HOST\n"
	"\n"
	"  -D  do not fragment      -f  flood: as fast as answers come, or 100 a second\n"
	"  -w  wait for an answer   -q  only the summary\n"
	"Exit status 0 if an answer came, 1 if none did or the request was wrong.\n";

/* What was asked for, and what came of it. */
static struct {
	struct sockaddr_in	to;
	struct in_addr		from;
	bool			hasfrom, df, flood, quiet, numeric, json;
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

static void send_one(void)
{
	static uint8_t buf[sizeof(struct icmphdr) + MAXDATA];
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
	p.sent_at[seq] = bn_now();
	p.sent++;
	if (sendto(p.fd, buf, sizeof(*icmp) + p.size, 0, (struct sockaddr *)&p.to,
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

/* Take one packet. True if it answers a request. */
static bool receive_one(void)
{
	static uint8_t buf[65536];
	struct sockaddr_in from;
	socklen_t fromlen = sizeof(from);
	const struct ip *ip = (const struct ip *)buf;
	const struct icmphdr *icmp;
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
	if (!p.quiet && !p.json && !p.flood)
		printf("%zd bytes from %s: icmp_seq=%u ttl=%u time=%.3f ms\n", n - hlen,
		       bn_name(&from.sin_addr, p.numeric), seq, ip->ip_ttl, ms);
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
	while ((c = getopt(argc, argv, "DnqfV:c:i:I:s:t:w:")) != -1) {
		switch (c) {
		case 'D':
			p.df = true;
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

	bn_ctl();
	p.fd = socket(AF_BSDINET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (p.fd < 0)
		bn_die("raw socket: %s", strerror(errno));
	set_option(SOL_SOCKET, SO_RCVBUF, 1 << 20, "receive buffer");
	set_option(SOL_SOCKET, SO_BROADCAST, 1, "broadcast");
	if (p.rtable)
		set_option(IPPROTO_IP, SO_RTABLE, p.rtable, "-V");
	if (p.ttl)
		set_option(IPPROTO_IP, IP_TTL, p.ttl, "-t");
	set_option(IPPROTO_IP, IP_MTU_DISCOVER, p.df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT, "-D");
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
