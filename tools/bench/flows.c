// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * flows.c - frames of gen0 in as many flows as are wanted, over two softnet threads, each
 * flow with a socket that is read where its home is; one flow alone is read on the other
 * processor. This is what scripts/bench locks watches: with many flows nothing that is
 * written for each packet need be shared.
 *
 * As in sock.c a chunk is made and put into buffers that have room for it, then read, and
 * must have come whole.
 *
 *	forward	gen0 -> gen1, no sockets
 *	udp	frames of 60 bytes, a port for each flow
 *	tcp	full segments, a connection for each flow
 *	local	no frames of gen0: on each processor a task with two UDP sockets, which
 *		sends to itself over loopback
 *	stream	the same with a TCP connection
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define MAXFLOWS	64
#define STREAM_PORT	100	/* of a listener whose connections wait in TIME_WAIT */
#define NREADERS	2
#define CHUNK		512	/* frames that are read together */
#define CHUNKS		20
#define FRAMES		20000	/* to be forwarded */

enum work { FORWARD, UDP, TCP, LOCAL, STREAM, NWORKS };

static const char *const works[NWORKS] = { "forward", "udp", "tcp", "local", "stream" };

/* Who reads on a processor. The sockets are set up before it starts. */
struct reader {
	pthread_t	rd_thread;
	int		rd_cpu;
	int		rd_fds[MAXFLOWS];
	int		rd_n;
	unsigned int	rd_got;		/* frames, or bytes of TCP, this time */
	sem_t		rd_go, rd_done;
} __attribute__((aligned(128)));

static struct reader readers[NREADERS];
static enum work work;
static int ctl;				/* for ioctls */

/* Do readers send what they read? */
static int is_local(void)
{
	return work == LOCAL || work == STREAM;
}

/* A chunk of messages from @from to @to, each read at once. */
static unsigned int send_and_read(int from, int to)
{
	char buf[64] = "";
	int i;

	for (i = 0; i < CHUNK; i++)
		if (send(from, buf, sizeof(buf), 0) != sizeof(buf) ||
		    recv(to, buf, sizeof(buf), 0) != sizeof(buf))
			die("loopback");
	return i;
}

/* What @fd has; datagrams or bytes. */
static unsigned int read_socket(int fd)
{
	static __thread char buf[65536];
	unsigned int n, got = 0;
	ssize_t len;

	if (work == UDP) {
		while ((n = receive(fd, MSG_DONTWAIT)))
			got += n;
		return got;
	}
	while ((len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		got += len;
	if (!len || errno != EAGAIN)
		die("recv");
	return got;
}

static void *reader_main(void *arg)
{
	struct reader *rd = arg;
	int i;

	pin(rd->rd_cpu);
	for (;;) {
		sem_wait(&rd->rd_go);
		rd->rd_got = is_local() ? send_and_read(rd->rd_fds[0], rd->rd_fds[1]) : 0;
		for (i = 0; !is_local() && i < rd->rd_n; i++)
			rd->rd_got += read_socket(rd->rd_fds[i]);
		sem_post(&rd->rd_done);
	}
	return NULL;
}

/* Let all read, at the same time. */
static unsigned int read_all(void)
{
	unsigned int got = 0;
	int i;

	for (i = 0; i < NREADERS; i++)
		sem_post(&readers[i].rd_go);
	for (i = 0; i < NREADERS; i++) {
		sem_wait(&readers[i].rd_done);
		got += readers[i].rd_got;
	}
	return got;
}

/* Flow @i of @gr's by itself. */
static struct bsd_genreq one_flow(const struct bsd_genreq *gr, unsigned int i)
{
	struct bsd_genreq one = *gr;

	one.gr_flags = BSD_GEN_START | BSD_GEN_CSUMOK;
	one.gr_flows = 1;
	one.gr_src[3] += i;
	one.gr_sport += i;
	if (gr->gr_ndport)
		one.gr_dport += i;
	return one;
}

/* The number of the flow that @fd has accepted. */
static unsigned int flow_of(int fd, const struct bsd_genreq *gr)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	if (getpeername(fd, (struct sockaddr *)&sin, &len))
		die("getpeername");
	return (ntohl(sin.sin_addr.s_addr) & 0xff) - gr->gr_src[3];
}

static void start_readers(void)
{
	int i;

	for (i = 0; i < NREADERS; i++) {
		readers[i].rd_cpu = i;
		sem_init(&readers[i].rd_go, 0, 0);
		sem_init(&readers[i].rd_done, 0, 0);
		if (pthread_create(&readers[i].rd_thread, NULL, reader_main, &readers[i]))
			die("reader");
	}
	read_all();
}

static int listener(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_BSDINET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) || listen(fd, 1))
		die("listener");
	return fd;
}

/* Each reader gets a socket and one that is connected to it. */
static void open_pairs(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int i, port, from, to, one = 1;

	for (i = 0; i < NREADERS; i++) {
		port = i + (work == STREAM ? STREAM_PORT : BENCH_PORT);
		to = work == STREAM ? listener(port) : receiver(AF_BSDINET, port);
		from = socket(AF_BSDINET, work == STREAM ? SOCK_STREAM : SOCK_DGRAM, 0);
		sin.sin_port = htons(port);
		if (from < 0 || connect(from, (struct sockaddr *)&sin, sizeof(sin)))
			die("connect");
		if (work == STREAM) {
			to = accept(to, NULL, NULL);
			if (to < 0 || setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
				die("accept");
		}
		readers[i].rd_fds[0] = from;
		readers[i].rd_fds[1] = to;
	}
}

/* A socket for each flow, with its reader; @gr sends to them from now on. */
static void open_sockets(struct bsd_genreq *gr)
{
	unsigned int i, flow;
	int home[MAXFLOWS], fds[MAXFLOWS];
	struct reader *rd;

	for (i = 0; i < gr->gr_flows; i++)
		home[i] = !gen_at_home(ctl, one_flow(gr, i), 0);
	if (work == TCP)
		open_streams(ctl, gr, fds, BENCH_RCVBUF);
	for (i = 0; i < gr->gr_flows; i++) {
		if (work == UDP)
			fds[i] = receiver(AF_BSDINET, gr->gr_dport + i);
		flow = work == UDP ? i : flow_of(fds[i], gr);
		rd = &readers[gr->gr_flows == 1 ? !home[flow] : home[flow]];
		rd->rd_fds[rd->rd_n++] = fds[i];
	}
}

static void make_request(struct bsd_genreq *gr, unsigned int flows)
{
	if (work == TCP) {
		stream_request(gr, flows);
		return;
	}
	gen_request(gr, "gen0");
	gr->gr_flows = flows;
	if (work == UDP) {
		memcpy(gr->gr_dst, "\x0a\x00\x00\x01", 4);
		gr->gr_ndport = flows;
	}
}

/* A chunk is made, and read where there are sockets. */
static void run_chunk(const struct bsd_genreq *gr)
{
	static const unsigned int wants[NWORKS] = {
		[UDP] = CHUNK, [TCP] = CHUNK * (BENCH_FULL - 54),
		[LOCAL] = NREADERS * CHUNK, [STREAM] = NREADERS * CHUNK,
	};
	struct bsd_genreq done = *gr;
	unsigned int got;

	if (!is_local()) {
		gen_begin(ctl, gr);
		gen_finish(ctl, &done);
	}
	got = work == FORWARD ? 0 : read_all();
	if (got != wants[work]) {
		fprintf(stderr, "%u of %u were read\n", got, wants[work]);
		errno = EIO;
		die("read");
	}
}

static void open_work(struct bsd_genreq *gr, unsigned int flows)
{
	ctl = socket(AF_BSDINET, SOCK_DGRAM, 0);
	pin(0);
	make_request(gr, flows);
	if (is_local())
		open_pairs();
	else if (work != FORWARD)
		open_sockets(gr);
	if (work != FORWARD)
		start_readers();
	gr->gr_size = work == TCP ? BENCH_FULL : 60;
	gr->gr_count = work == FORWARD ? FRAMES : is_local() ? NREADERS * CHUNK : CHUNK;
}

/* @what by name, in @flows. Prints nothing: it is to be watched. Returns 1 if unknown. */
int bench_run_flows(const char *what, unsigned int flows)
{
	const char *counter = "/sys/class/net/gen1/statistics/tx_packets";
	uint64_t forwarded;
	struct bsd_genreq gr;
	int i, n;

	while (work < NWORKS && strcmp(what, works[work]))
		work++;
	if (work == NWORKS || !flows || flows > MAXFLOWS)
		return 1;
	open_work(&gr, flows);
	n = work == FORWARD ? 1 : CHUNKS;
	for (i = 0; i < n; i++)
		run_chunk(&gr);
	forwarded = read_number(counter);
	mark_begin();
	for (i = 0; i < n; i++)
		run_chunk(&gr);
	if (work == FORWARD && read_number(counter) - forwarded < gr.gr_count) {
		errno = EIO;
		die("forward");
	}
	mark_end(n * gr.gr_count);
	return 0;
}
