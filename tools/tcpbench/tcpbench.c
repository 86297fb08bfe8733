// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcpbench.c - TCP throughput, with arguments like OpenBSD's tcpbench(1).
 *
 * A thread and a socket a stream. The client sends, the server receives and counts
 * what goes through the sockets, in user space; main tells how it goes, each
 * interval. -L runs the same over Linux's own stack.
 */
#include "bsdnet.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tcpbench.h"

static const char usage[] =
	"tcpbench [--json] [-L] [-B BUF] [-b ADDRESS] [-k VARIABLES] [-n STREAMS] [-p PORT]\n"
	"                [-r INTERVAL] [-S SPACE] [-t SECONDS] [-V RTABLE] HOST\n"
	"       bsdnet tcpbench -s [--json] [-L] [-B BUF] [-k VARIABLES] [-p PORT]\n"
	"                [-r INTERVAL] [-S SPACE] [-t SECONDS] [-V RTABLE] [ADDRESS]\n"
	"       bsdnet tcpbench -l\n"
	"\n"
	"  -s  server: receive and count    -B  bytes a system call (262144)\n"
	"  -b  address to send from         -k  figures of connections to print, a,b,c\n"
	"  -l  list those of -k             -L  Linux's own stack\n"
	"  -n  streams (1)                  -p  port (12345)\n"
	"  -r  milliseconds a report, 0: none (1000)\n"
	"  -S  socket buffer, bytes         -t  seconds (client: 10; server: no end)\n"
	"  -V  routing table\n";

struct tcpbench_options tb = {
	.buf = 256 * 1024, .streams = 1, .port = 12345, .interval = 1000,
};

/* The streams that go on, in the order of their numbers; and how many there were. */
static struct stream *first;
static unsigned int opened;

static void set_space(int fd)
{
	int opt = tb.server ? SO_RCVBUF : SO_SNDBUF;

	if (tb.space && setsockopt(fd, SOL_SOCKET, opt, &tb.space, sizeof(tb.space)))
		bn_die("-S: %s", strerror(errno));
}

/* Calls come back from time to time to see whether they are to stop. */
static void set_timeout(int fd)
{
	struct timeval tv = { .tv_usec = 100000 };

	if (setsockopt(fd, SOL_SOCKET, tb.server ? SO_RCVTIMEO : SO_SNDTIMEO, &tv, sizeof(tv)))
		bn_die("timeout: %s", strerror(errno));
}

/* Move data until it is over; returns why, 0: time or the peer's end. */
static int move(struct stream *st, char *buf)
{
	ssize_t n;

	while (!bn_stopped) {
		n = tb.server ? recv(st->fd, buf, tb.buf, 0) :
			       send(st->fd, buf, tb.buf, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno;
		if (!n)
			return 0;
		if (n > 0)
			__atomic_fetch_add(&st->bytes, n, __ATOMIC_RELAXED);
	}
	return 0;
}

static void *run_stream(void *arg)
{
	struct stream *st = arg;
	char *buf = bn_alloc(1, tb.buf);

	st->error = move(st, buf);
	st->end = bn_now();
	free(buf);
	__atomic_store_n(&st->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static struct stream *new_stream(int fd)
{
	struct stream *st = bn_alloc(1, sizeof(*st));

	set_timeout(fd);
	st->fd = fd;
	st->id = ++opened;
	return st;
}

static void start_stream(struct stream *st)
{
	struct stream **end;

	st->start = bn_now();
	st->seen = st->start;
	for (end = &first; *end; end = &(*end)->next)
		;
	*end = st;
	if (pthread_create(&st->thread, NULL, run_stream, st))
		bn_die("cannot start a thread");
}

/* Take those that are over off the list, into the summary. Returns how many go on. */
static unsigned int reap(bool all)
{
	struct stream **sp = &first, *st;
	unsigned int n = 0;

	while ((st = *sp)) {
		if (!all && !__atomic_load_n(&st->done, __ATOMIC_ACQUIRE)) {
			sp = &st->next;
			n++;
			continue;
		}
		pthread_join(st->thread, NULL);
		*sp = st->next;
		if (st->error)
			bn_warn("stream %u: %s", st->id, strerror(st->error));
		tcpbench_account(st);
		close(st->fd);
		free(st);
	}
	return n;
}

static void open_client(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = tb.host,
				  .sin_port = htons(tb.port) };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = tb.source };
	struct stream **streams = bn_alloc(tb.streams, sizeof(*streams));
	unsigned int i;
	int fd;

	for (i = 0; i < tb.streams; i++) {
		fd = bn_socket(SOCK_STREAM, tb.linux_stack, tb.rtable);
		set_space(fd);
		if (tb.source.s_addr && bind(fd, (struct sockaddr *)&from, sizeof(from)))
			bn_die("-b: %s: %s", bn_addr(&tb.source), strerror(errno));
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
			bn_die("%s port %u: %s", bn_addr(&tb.host), tb.port, strerror(errno));
		streams[i] = new_stream(fd);
	}
	for (i = 0; i < tb.streams; i++)
		start_stream(streams[i]);
	free(streams);
}

static int open_server(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = tb.host,
				   .sin_port = htons(tb.port) };
	int fd = bn_socket(SOCK_STREAM | SOCK_NONBLOCK, tb.linux_stack, tb.rtable);
	int on = 1;

	/* What is accepted inherits the buffer, whose size the handshake tells. */
	set_space(fd);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) || listen(fd, 128))
		bn_die("%s port %u: %s", bn_addr(&tb.host), tb.port, strerror(errno));
	return fd;
}

/* Wait until @until, and take connections meanwhile if there is a listener. */
static void wait_until(int listener, double until)
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	double left;
	int fd, ms;

	while (!bn_stopped && (left = until - bn_now()) > 0) {
		/* A client is over when its last stream is. */
		if (listener < 0 && !reap(false))
			return;
		ms = listener < 0 && left > 0.1 ? 100 : (int)(left * 1000) + 1;
		if (poll(&pfd, 1, ms) <= 0)
			continue;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			start_stream(new_stream(fd));
		else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			bn_die("accept: %s", strerror(errno));
	}
}

static void parse(int argc, char **argv)
{
	int c;

	tb.json = bn_options(&argc, argv, usage);
	while ((c = getopt(argc, argv, "4lLsB:b:k:n:p:r:S:t:V:")) != -1) {
		switch (c) {
		case '4':
			break;
		case 'l':
			tcpbench_list_variables();
			exit(0);
		case 'L':
			tb.linux_stack = true;
			break;
		case 's':
			tb.server = true;
			break;
		case 'B':
			tb.buf = bn_number("-B", optarg, 1, 1 << 30);
			break;
		case 'b':
			if (!bn_resolve(optarg, &tb.source))
				bn_die("-b: %s: no such host", optarg);
			break;
		case 'k':
			tcpbench_parse_variables(optarg);
			break;
		case 'n':
			tb.streams = bn_number("-n", optarg, 1, 1024);
			break;
		case 'p':
			tb.port = bn_parse_port(optarg, false);
			if (!tb.port)
				bn_die("-p: %s: no such port", optarg);
			break;
		case 'r':
			tb.interval = bn_number("-r", optarg, 0, 3600000);
			break;
		case 'S':
			tb.space = bn_number("-S", optarg, 1, 1 << 30);
			break;
		case 't':
			tb.seconds = bn_number("-t", optarg, 1, 86400);
			break;
		case 'V':
			tb.rtable = bn_number("-V", optarg, 0, 255);
			break;
		default:
			bn_usage(false, usage);
		}
	}
	argc -= optind;
	argv += optind;
	if (argc > 1 || (!tb.server && !argc) || (tb.server && tb.source.s_addr))
		bn_usage(false, usage);
	if (argc && !bn_resolve(argv[0], &tb.host))
		bn_die("%s: no such host", argv[0]);
	if (!tb.server && !tb.seconds)
		tb.seconds = 10;
}

int tcpbench_main(int argc, char **argv)
{
	double step, next;
	int listener = -1;

	parse(argc, argv);
	if (tb.server)
		listener = open_server();
	else
		open_client();
	bn_stop_after(tb.seconds);
	step = tb.interval ? tb.interval / 1000.0 : 3600;
	for (next = bn_now() + step; !bn_stopped; next += step) {
		wait_until(listener, next);
		if (!tb.server && !reap(false))
			break;
		if (!bn_stopped && tb.interval)
			tcpbench_interval(first);
		if (tb.server)
			reap(false);
	}
	/* The last interval, if most of it has passed. */
	if (tb.interval && bn_now() > next - step / 2)
		tcpbench_interval(first);
	reap(true);
	tcpbench_summary();
	return !tb.server && tcpbench_failed();
}
