// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * works.c - what the points of points.c are measured with, on two processors.
 *
 *	tcp-single	gen0 sends into one established socket, as fast as it is read; its
 *			softnet thread on CPU 0, its reader on CPU 1
 *	tcp-multi	into 32 sockets, threads and readers on both
 *	udp		gen0 and gen1 each send full frames to a socket of their own, whose home
 *			threads and whose readers are on either CPU. Softnet runs nicer meanwhile,
 *			or it would fill the buffers and drop: what counts is what is read
 *	forward		gen0 -> gen1, many flows
 *	loopback	two tasks, one a CPU, each sends itself small datagrams and reads them
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"
#include "points.h"

#define MANY	32	/* streams */
#define FLOWS	128	/* that are forwarded */
#define ROOM	(256 << 10)	/* bytes a socket: all together far from the limit of mbufs */
#define DATAGRAM (BENCH_FULL - 42)	/* bytes in a full frame of UDP */
#define BURST	32	/* datagrams that a task of loopback has on the way */

/* A task that reads sockets, or sends itself datagrams. */
struct reader {
	pthread_t	rd_thread;
	int		rd_cpu, rd_poll;
	int		rd_fd;		/* loopback's own socket */
	uint64_t	rd_done;	/* so far; others read it */
} __attribute__((aligned(128)));

static struct reader readers[POINTS_CPUS];
static int ctl;
static struct bsd_genreq runs[POINTS_CPUS];	/* of gen0 and gen1 */
static unsigned int nruns, nfds;
static int fds[MANY];
static int stop __attribute__((aligned(128)));

static void count(struct reader *rd, uint64_t n)
{
	__atomic_fetch_add(&rd->rd_done, n, __ATOMIC_RELAXED);
}

static void *reader_main(void *arg)
{
	static __thread char buf[65536];
	struct epoll_event events[MANY];
	struct reader *rd = arg;
	ssize_t got;
	int i, n;

	pin(rd->rd_cpu);
	for (;;) {
		n = epoll_wait(rd->rd_poll, events, MANY, -1);
		for (i = 0; i < n; i++) {
			got = recv(events[i].data.fd, buf, sizeof(buf), MSG_DONTWAIT);
			if (got > 0)
				count(rd, got);
		}
	}
	return NULL;
}

static void reader_start(struct reader *rd, int cpu)
{
	rd->rd_cpu = cpu;
	rd->rd_done = 0;
	rd->rd_poll = epoll_create1(0);
	if (rd->rd_poll < 0 || pthread_create(&rd->rd_thread, NULL, reader_main, rd))
		die("reader");
}

static void reader_add(struct reader *rd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(rd->rd_poll, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
}

/* Readers of all sockets; the first socket's on CPU @first. */
static void readers_start(unsigned int first)
{
	unsigned int i;

	for (i = 0; i < POINTS_CPUS; i++)
		reader_start(&readers[i], i);
	for (i = 0; i < nfds; i++)
		reader_add(&readers[(i + first) % POINTS_CPUS], fds[i]);
}

static void readers_stop(void)
{
	unsigned int i;

	for (i = 0; i < POINTS_CPUS; i++) {
		pthread_cancel(readers[i].rd_thread);
		pthread_join(readers[i].rd_thread, NULL);
		close(readers[i].rd_poll);
	}
	for (i = 0; i < nfds; i++)
		close(fds[i]);
	close(ctl);
}

static double readers_done(void)
{
	double done = 0;
	unsigned int i;

	for (i = 0; i < POINTS_CPUS; i++)
		done += __atomic_load_n(&readers[i].rd_done, __ATOMIC_RELAXED);
	return done;
}

static void work_ctl(void)
{
	ctl = socket(AF_BSDINET, SOCK_DGRAM, 0);
	if (ctl < 0)
		die("socket");
}

static void gens_begin(void)
{
	unsigned int i;

	for (i = 0; i < nruns; i++)
		gen_begin(ctl, &runs[i]);
}

static void gens_end(void)
{
	unsigned int i;

	for (i = 0; i < nruns; i++)
		gen_end(ctl, runs[i]);
}

/* ---- TCP ---- */

static void tcp_open(unsigned int flows)
{
	struct bsd_genreq *gr = &runs[0];

	work_ctl();
	nruns = 1;
	nfds = flows;
	stream_request(gr, flows);
	while (flows == 1 && !gen_at_home(ctl, *gr, 0))
		gr->gr_sport++;
	open_streams(ctl, gr, fds, ROOM);
	gr->gr_size = BENCH_FULL;
	gr->gr_count = 0;
	readers_start(1);
}

static void tcp_single_open(void)
{
	tcp_open(1);
}

static void tcp_multi_open(void)
{
	tcp_open(MANY);
}

const struct work work_tcp_single = {
	.wk_name = "tcp-single", .wk_unit = "bytes", .wk_open = tcp_single_open,
	.wk_begin = gens_begin, .wk_done = readers_done, .wk_end = gens_end,
	.wk_close = readers_stop,
};

const struct work work_tcp_multi = {
	.wk_name = "tcp-multi", .wk_unit = "bytes", .wk_open = tcp_multi_open,
	.wk_begin = gens_begin, .wk_done = readers_done, .wk_end = gens_end,
	.wk_close = readers_stop,
};

/* ---- UDP ---- */

static void udp_open(void)
{
	unsigned int i;

	work_ctl();
	nruns = POINTS_CPUS;
	nfds = POINTS_CPUS;
	for (i = 0; i < POINTS_CPUS; i++) {
		fds[i] = receiver(AF_BSDINET, BENCH_PORT + i);
		gen_to_socket(ctl, &runs[i], i);
		runs[i].gr_size = BENCH_FULL;
	}
	readers_start(0);
}

static void udp_begin(void)
{
	set_number("softnet/nice", 19);
	gens_begin();
}

static void udp_end(void)
{
	gens_end();
	set_number("softnet/nice", 0);
}

static double udp_done(void)
{
	return readers_done() / DATAGRAM;
}

const struct work work_udp = {
	.wk_name = "udp", .wk_unit = "packets", .wk_open = udp_open, .wk_begin = udp_begin,
	.wk_done = udp_done, .wk_end = udp_end, .wk_close = readers_stop,
};

/* ---- forwarding ---- */

static void forward_open(void)
{
	work_ctl();
	nruns = 1;
	gen_request(&runs[0], "gen0");
	runs[0].gr_flows = FLOWS;
}

static double forward_done(void)
{
	return read_number("/sys/class/net/gen1/statistics/tx_packets");
}

static void forward_close(void)
{
	close(ctl);
}

const struct work work_forward = {
	.wk_name = "forward", .wk_unit = "packets", .wk_open = forward_open,
	.wk_begin = gens_begin, .wk_done = forward_done, .wk_end = gens_end,
	.wk_close = forward_close,
};

/* ---- loopback ---- */

static void *loopback_main(void *arg)
{
	struct reader *rd = arg;
	char data[64] = "";
	ssize_t got = 0;
	int i;

	pin(rd->rd_cpu);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < BURST; i++)
			if (send(rd->rd_fd, data, sizeof(data), 0) < 0)
				die("send");
		for (i = 0; i < BURST && got >= 0; i++)
			got = recv(rd->rd_fd, data, sizeof(data), 0);
		if (got < 0)
			die("recv");
		count(rd, BURST);
	}
	return NULL;
}

/* A socket connected to itself. */
static void loopback_open(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	unsigned int i;

	for (i = 0; i < POINTS_CPUS; i++) {
		sin.sin_port = htons(BENCH_PORT + i);
		sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		readers[i].rd_fd = receiver(AF_BSDINET, BENCH_PORT + i);
		if (connect(readers[i].rd_fd, (struct sockaddr *)&sin, sizeof(sin)))
			die("connect");
	}
}

static void loopback_begin(void)
{
	unsigned int i;

	__atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
	for (i = 0; i < POINTS_CPUS; i++) {
		readers[i].rd_cpu = i;
		readers[i].rd_done = 0;
		if (pthread_create(&readers[i].rd_thread, NULL, loopback_main, &readers[i]))
			die("thread");
	}
}

static void loopback_end(void)
{
	unsigned int i;

	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < POINTS_CPUS; i++)
		pthread_join(readers[i].rd_thread, NULL);
}

static void loopback_close(void)
{
	unsigned int i;

	for (i = 0; i < POINTS_CPUS; i++)
		close(readers[i].rd_fd);
}

const struct work work_loopback = {
	.wk_name = "loopback", .wk_unit = "packets", .wk_local = true,
	.wk_open = loopback_open, .wk_begin = loopback_begin, .wk_done = readers_done,
	.wk_end = loopback_end, .wk_close = loopback_close,
};
