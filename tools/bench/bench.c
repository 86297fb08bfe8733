// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * bench.c - the measured programs of "make bench", one a run:
 *
 *	bench floor|pair SIZE FAMILY	a pair of calls on datagram sockets of FAMILY
 *	bench gen INTERFACE [drop]	frames made, and forwarded or dropped
 *
 * Prints nanoseconds an operation; in scripts/vm --icount a nanosecond is one guest
 * instruction. Five repetitions, the first dropped, the median told.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <bsdnet/ioctl.h>
#include <bsdnet/sock.h>

#define REPS	5
#define PAIRS	20000	/* send and receive calls a repetition */
#define FRAMES	50000	/* frames a repetition */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

/* The first repetition only warms up. */
static void report(double *reps)
{
	qsort(reps + 1, REPS - 1, sizeof(*reps), compare);
	printf("%.0f\n", (reps[REPS / 2] + reps[REPS / 2 + 1]) / 2);
}

static int make_socket(int family, struct sockaddr_in *sin)
{
	socklen_t len = sizeof(*sin);
	int fd = socket(family, SOCK_DGRAM, 0);

	*sin = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)sin, sizeof(*sin)) ||
	    getsockname(fd, (struct sockaddr *)sin, &len))
		die("socket");
	return fd;
}

static void bench_pair(int family, unsigned int size)
{
	struct sockaddr_in a, b;
	int from = make_socket(family, &a), to = make_socket(family, &b);
	static char buf[65536];
	double reps[REPS], start;
	int r, i;

	if (connect(from, (struct sockaddr *)&b, sizeof(b)) ||
	    connect(to, (struct sockaddr *)&a, sizeof(a)))
		die("connect");
	for (r = 0; r < REPS; r++) {
		start = now();
		for (i = 0; i < PAIRS; i++)
			if (send(from, buf, size, 0) != (ssize_t)size ||
			    recv(to, buf, sizeof(buf), 0) != (ssize_t)size)
				die("pair");
		reps[r] = (now() - start) / PAIRS;
	}
	report(reps);
}

/* Calls that reach the family's functions and return at once. */
static void bench_floor(int family)
{
	struct sockaddr_in sin;
	int fd = make_socket(family, &sin);
	double reps[REPS], start;
	char buf[64];
	int r, i;

	for (r = 0; r < REPS; r++) {
		start = now();
		for (i = 0; i < PAIRS; i++)
			if (send(fd, buf, sizeof(buf), MSG_OOB) >= 0 ||
			    recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
				die("floor");
		reps[r] = (now() - start) / PAIRS;
	}
	report(reps);
}

static void bench_gen(const char *name, int drop)
{
	struct bsd_genreq gr, done;
	double reps[REPS];
	int fd = socket(AF_BSDINET, SOCK_DGRAM, 0);
	int r;

	memset(&gr, 0, sizeof(gr));
	snprintf(gr.gr_name, sizeof(gr.gr_name), "%s", name);
	gr.gr_flags = BSD_GEN_START | BSD_GEN_CSUMOK | (drop ? BSD_GEN_DROP : 0);
	gr.gr_size = 60;
	gr.gr_flows = 1;
	gr.gr_count = FRAMES;
	memcpy(gr.gr_src, "\x0a\x00\x00\x02", 4);
	memcpy(gr.gr_dst, "\x0a\x00\x01\x02", 4);
	gr.gr_sport = 1000;
	gr.gr_dport = 9;
	gr.gr_proto = 17;
	for (r = 0; r < REPS; r++) {
		if (fd < 0 || ioctl(fd, BSIOCSIFGEN, &gr))
			die("gen");
		done = gr;
		do {
			usleep(20000);
			if (ioctl(fd, BSIOCGIFGEN, &done))
				die("gen");
		} while (done.gr_running);
		reps[r] = (double)done.gr_ns / done.gr_sent;
	}
	report(reps);
}

int main(int argc, char **argv)
{
	mlockall(MCL_CURRENT | MCL_FUTURE);
	if (argc == 4 && !strcmp(argv[1], "pair"))
		bench_pair(atoi(argv[3]), atoi(argv[2]));
	else if (argc == 4 && !strcmp(argv[1], "floor"))
		bench_floor(atoi(argv[3]));
	else if (argc >= 3 && !strcmp(argv[1], "gen"))
		bench_gen(argv[2], argc > 3);
	else
		return 1;
	return 0;
}
