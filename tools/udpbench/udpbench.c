// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * udpbench.c - UDP throughput, with arguments like OpenBSD's udpbench.
 *
 * A thread and a socket a stream. Counts what goes through the sockets, in user
 * space; -L runs the same over Linux's own stack.
 */
#include "bsdnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define BATCH	32	/* datagrams a sendmmsg or recvmmsg */

static const char usage[] =
	"udpbench [--json] [-Lm] [-b BUFSIZE] [-c COUNT] [-I ADDRESS] [-l LENGTH] [-N STREAMS]\n"
	"                [-p PORT] [-t SECONDS] [-V RTABLE] send HOST | recv [ADDRESS]\n"
	"\n"
	"  -b  socket buffer, bytes         -c  datagrams a stream, then stop\n"
	"  -I  our address in the network of a multicast group\n"
	"  -l  bytes a datagram (36)        -L  Linux's own stack\n"
	"  -m  many datagrams a call        -N  streams: sockets and threads (1)\n"
	"  -p  first port (12345): stream n uses port + n\n"
	"  -t  duration (10); recv starts to count with the first datagram\n";

static struct {
	bool		 json, linux_stack, mmsg, send;
	int		 bufsize;
	unsigned long	 count;		/* 0: by time */
	unsigned int	 length;
	unsigned int	 streams;
	unsigned int	 port;
	unsigned int	 seconds;
	int		 rtable;
	struct in_addr	 host;
	struct in_addr	 via;		/* interface of multicast */
} o = { .length = 36, .streams = 1, .port = 12345, .seconds = 10 };

/* One stream, of one thread; read by main after it ended. */
struct stream {
	pthread_t	 thread;
	unsigned int	 index;
	int		 fd;
	uint64_t	 packets;
	uint64_t	 bytes;
	uint64_t	 errors;	/* sends that failed: queue full, port unreachable */
	double		 start, end;
};

/* @host is a group: send out of the chosen interface, or be a member there. */
static void use_group(int fd)
{
	struct ip_mreq mreq = { .imr_multiaddr = o.host, .imr_interface = o.via };

	if (o.send ? o.via.s_addr && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &o.via,
						sizeof(o.via)) :
		     setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		bn_die("%s: %s", bn_addr(&o.host), strerror(errno));
}

static void open_stream(struct stream *st)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = o.host,
				   .sin_port = htons(o.port + st->index) };
	struct timeval tv = { .tv_usec = 100000 };

	st->fd = bn_socket(SOCK_DGRAM, o.linux_stack, o.rtable);
	if (o.bufsize && setsockopt(st->fd, SOL_SOCKET, o.send ? SO_SNDBUF : SO_RCVBUF, &o.bufsize,
				    sizeof(o.bufsize)))
		bn_die("-b: %s", strerror(errno));
	if (setsockopt(st->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
		bn_die("timeout: %s", strerror(errno));
	if (IN_MULTICAST(ntohl(o.host.s_addr)))
		use_group(st->fd);
	if (o.send ? connect(st->fd, (struct sockaddr *)&sin, sizeof(sin)) :
		     bind(st->fd, (struct sockaddr *)&sin, sizeof(sin)))
		bn_die("%s port %u: %s", bn_addr(&o.host), o.port + st->index, strerror(errno));
}

/* Messages of one buffer each, for sendmmsg and recvmmsg. */
static struct mmsghdr *make_messages(unsigned int n, unsigned int size)
{
	struct mmsghdr *mm = bn_alloc(n, sizeof(*mm));
	struct iovec *iov = bn_alloc(n, sizeof(*iov));
	unsigned int i;

	for (i = 0; i < n; i++) {
		iov[i].iov_base = bn_alloc(1, size);
		iov[i].iov_len = size;
		mm[i].msg_hdr.msg_iov = &iov[i];
		mm[i].msg_hdr.msg_iovlen = 1;
	}
	return mm;
}

static void *send_stream(void *arg)
{
	struct stream *st = arg;
	unsigned int n = o.mmsg ? BATCH : 1;
	struct mmsghdr *mm = make_messages(n, o.length);
	int sent;

	st->start = bn_now();
	while (!bn_stopped && (!o.count || st->packets < o.count)) {
		if (o.mmsg)
			sent = sendmmsg(st->fd, mm, n, 0);
		else
			sent = sendmsg(st->fd, &mm[0].msg_hdr, 0) < 0 ? -1 : 1;
		if (sent < 0) {
			st->errors++;
			if (errno == ECONNREFUSED || errno == ENOBUFS || errno == EAGAIN)
				continue;
			if (errno != EINTR)
				bn_die("send: %s", strerror(errno));
			continue;
		}
		st->packets += sent;
		st->bytes += (uint64_t)sent * o.length;
	}
	st->end = bn_now();
	return NULL;
}

static void *recv_stream(void *arg)
{
	struct stream *st = arg;
	unsigned int n = o.mmsg ? BATCH : 1;
	struct mmsghdr *mm = make_messages(n, 65536);
	int i, got;

	while (!bn_stopped && (!o.count || st->packets < o.count)) {
		if (o.mmsg) {
			got = recvmmsg(st->fd, mm, n, MSG_WAITFORONE, NULL);
		} else {
			ssize_t len = recvmsg(st->fd, &mm[0].msg_hdr, 0);

			got = len < 0 ? -1 : 1;
			mm[0].msg_len = len;
		}
		if (got < 0) {
			if (errno != EAGAIN && errno != EINTR)
				bn_die("receive: %s", strerror(errno));
			continue;
		}
		if (!st->packets)
			st->start = bn_now();
		for (i = 0; i < got; i++)
			st->bytes += mm[i].msg_len;
		st->packets += got;
		st->end = bn_now();
	}
	return NULL;
}

static void report(struct stream *streams)
{
	double start = 0, end = 0, secs;
	uint64_t packets = 0, bytes = 0, errors = 0;
	struct json_object *jo;
	unsigned int i;

	for (i = 0; i < o.streams; i++) {
		struct stream *st = &streams[i];

		packets += st->packets;
		bytes += st->bytes;
		errors += st->errors;
		if (!st->packets)
			continue;
		if (!start || st->start < start)
			start = st->start;
		if (st->end > end)
			end = st->end;
	}
	secs = end > start ? end - start : 0;
	if (o.json) {
		jo = json_object_new_object();
		bn_json_str(jo, "direction", o.send ? "send" : "recv");
		bn_json_str(jo, "stack", o.linux_stack ? "linux" : "bsdnet");
		bn_json_int(jo, "streams", o.streams);
		bn_json_int(jo, "packets", packets);
		bn_json_int(jo, "bytes", bytes);
		bn_json_int(jo, "errors", errors);
		bn_json_double(jo, "seconds", secs);
		bn_json_double(jo, "pps", secs ? packets / secs : 0);
		bn_json_double(jo, "bps", secs ? bytes * 8 / secs : 0);
		bn_json_print(jo);
		return;
	}
	printf("%s: %llu packets, %llu bytes, %.3f seconds, %.0f packets/s, %.0f bits/s",
	       o.send ? "send" : "recv", (unsigned long long)packets, (unsigned long long)bytes,
	       secs, secs ? packets / secs : 0, secs ? bytes * 8 / secs : 0);
	if (errors)
		printf(", %llu not sent", (unsigned long long)errors);
	putchar('\n');
}

static void parse(int argc, char **argv)
{
	int c;

	o.json = bn_options(&argc, argv, usage);
	while ((c = getopt(argc, argv, "Lmb:c:I:l:N:p:t:V:")) != -1) {
		switch (c) {
		case 'L':
			o.linux_stack = true;
			break;
		case 'm':
			o.mmsg = true;
			break;
		case 'b':
			o.bufsize = bn_number("-b", optarg, 1, 1 << 30);
			break;
		case 'c':
			o.count = bn_number("-c", optarg, 1, ~0UL >> 1);
			break;
		case 'I':
			if (!bn_parse_addr(optarg, &o.via))
				bn_die("-I: %s is no address", optarg);
			break;
		case 'l':
			o.length = bn_number("-l", optarg, 0, 65507);
			break;
		case 'N':
			o.streams = bn_number("-N", optarg, 1, 1024);
			break;
		case 'p':
			o.port = bn_number("-p", optarg, 1, 65535);
			break;
		case 't':
			o.seconds = bn_number("-t", optarg, 1, 86400);
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
	if (argc < 1)
		bn_usage(false, usage);
	o.send = !strcmp(argv[0], "send");
	if ((!o.send && strcmp(argv[0], "recv")) || argc > 2 || (o.send && argc != 2))
		bn_usage(false, usage);
	if (argc == 2 && !bn_resolve(argv[1], &o.host))
		bn_die("%s: no such host", argv[1]);
	if (o.port + o.streams - 1 > 65535)
		bn_die("-p: port %u with %u streams goes beyond 65535", o.port, o.streams);
}

int udpbench_main(int argc, char **argv)
{
	struct stream *streams;
	unsigned int i;

	parse(argc, argv);
	streams = bn_alloc(o.streams, sizeof(*streams));
	for (i = 0; i < o.streams; i++) {
		streams[i].index = i;
		open_stream(&streams[i]);
	}
	bn_stop_after(o.seconds);
	for (i = 0; i < o.streams; i++)
		if (pthread_create(&streams[i].thread, NULL, o.send ? send_stream : recv_stream,
				   &streams[i]))
			bn_die("cannot start a thread");
	for (i = 0; i < o.streams; i++)
		pthread_join(streams[i].thread, NULL);
	report(streams);
	return 0;
}
