// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock.c - frames made inside the kernel, delivered to a UDP socket and read.
 *
 * First CHUNK frames are made and put into the socket's buffer, which has room for
 * all, then they are read. So nothing is lost, no scheduling is measured, and both
 * stacks do the same. Each chunk must have come whole.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "bench.h"

#define REPS	5
#define CHUNKS	20	/* a repetition */
#define CHUNK	1000	/* frames; scripts/bench-guest tells pktgen the same */
#define VLEN	64	/* datagrams a recvmmsg() */

/* A socket that gets all that comes for @port. */
int receiver(int family, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(family, SOCK_DGRAM, 0);
	int size = BENCH_RCVBUF;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("receiver");
	return fd;
}

/* One recvmmsg(); returns how many datagrams, 0 if there is none. */
unsigned int receive(int fd, int flags)
{
	static __thread char data[VLEN][64];
	static __thread struct iovec iov[VLEN];
	static __thread struct mmsghdr msgs[VLEN];
	int i, n;

	if (!iov[0].iov_base) {
		for (i = 0; i < VLEN; i++) {
			iov[i] = (struct iovec){ .iov_base = data[i], .iov_len = sizeof(data[i]) };
			msgs[i].msg_hdr.msg_iov = &iov[i];
			msgs[i].msg_hdr.msg_iovlen = 1;
		}
	}
	n = recvmmsg(fd, msgs, VLEN, flags, NULL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		die("recvmmsg");
	return n < 0 ? 0 : n;
}

/* Let pktgen make its frames, as it is set up; returns microseconds. */
static unsigned long pktgen_run(const char *dev)
{
	char path[64], line[256];
	unsigned long us = 0;
	FILE *f;

	f = fopen("/proc/net/pktgen/pgctrl", "w");
	if (!f || fputs("start\n", f) < 0 || fclose(f))
		die("pktgen");
	snprintf(path, sizeof(path), "/proc/net/pktgen/%s", dev);
	f = fopen(path, "r");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		char *ok = strstr(line, "OK: ");

		if (ok)
			us = strtoul(ok + 4, NULL, 10);
	}
	fclose(f);
	if (!us)
		die("pktgen's result");
	return us;
}

/* Prints nothing: it is to be watched. */
void bench_pktgen(const char *dev, unsigned int frames)
{
	pktgen_run(dev);
	mark_begin();
	pktgen_run(dev);
	mark_end(frames);
}

static double gen_chunk(int ctl, const char *name)
{
	struct bsd_genreq gr;

	gen_request(&gr, name);
	memcpy(gr.gr_dst, "\x0a\x00\x00\x01", 4);
	gr.gr_count = CHUNK;
	gen_begin(ctl, &gr);
	return gen_finish(ctl, &gr);
}

/* Returns nanoseconds a datagram. */
static double read_chunk(int fd)
{
	double start = now(), t;
	unsigned int n, got = 0;

	do {
		n = receive(fd, MSG_DONTWAIT);
		got += n;
	} while (n && got < CHUNK);
	t = now() - start;
	if (got != CHUNK || receive(fd, MSG_DONTWAIT)) {
		fprintf(stderr, "%u datagrams of %u\n", got, CHUNK);
		errno = EIO;
		die("read");
	}
	return t / CHUNK;
}

/* Prints nanoseconds a frame made and delivered, and nanoseconds a datagram read. */
void bench_sock(const char *name, int pktgen)
{
	int fd = receiver(pktgen ? AF_INET : AF_BSDINET, BENCH_PORT);
	int ctl = socket(AF_BSDINET, SOCK_DGRAM, 0);
	double made[REPS] = { 0 }, got[REPS] = { 0 };
	int r, i;

	for (r = 0; r < REPS; r++) {
		if (r == 1)
			mark_begin();
		for (i = 0; i < CHUNKS; i++) {
			made[r] += (pktgen ? pktgen_run(name) * 1000.0 / CHUNK :
				    gen_chunk(ctl, name)) / CHUNKS;
			got[r] += read_chunk(fd) / CHUNKS;
		}
		if (r == 1)
			mark_end(CHUNKS * CHUNK);
	}
	qsort(made + 1, REPS - 1, sizeof(*made), compare);
	qsort(got + 1, REPS - 1, sizeof(*got), compare);
	printf("%.0f %.0f\n", (made[REPS / 2] + made[REPS / 2 + 1]) / 2,
	       (got[REPS / 2] + got[REPS / 2 + 1]) / 2);
}
