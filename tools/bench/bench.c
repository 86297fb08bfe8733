// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * bench.c - the measured programs of "make bench", one a run:
 *
 *	bench floor|pair SIZE FAMILY	a pair of calls on datagram sockets of FAMILY
 *	bench stream bulk|file|rr|crr FAMILY	streams: a kilobyte, a byte to and fro, a connection
 *	bench stream copy|splice FAMILY	a kilobyte relayed by a program, or by the kernel
 *	bench gen INTERFACE [drop]	frames made, and forwarded or dropped
 *	bench full INTERFACE		the largest frames, made and dropped
 *	bench sock gen|pktgen INTERFACE	frames made, delivered to a socket and read
 *	bench segments FLOWS		segments made, put into established sockets and read
 *	bench flows WHAT N		packets of N flows on two processors, to be watched
 *	bench pktgen INTERFACE N	pktgen's frames, as it is set up for N, to be watched
 *	bench threads			what a second softnet thread gains
 *	bench ladder			what the rungs of the locking ladder do
 *	bench netisr			what dispatch, threads and budget of softnet do
 *	bench routes N TABLE		N routes into a table
 *	bench prefixes N GATEWAY	the same routes for "ip -batch"
 *	bench idle N FAMILY CACHE...	what memory N idle connections take
 *
 * Prints nanoseconds an operation (but for the last eight); in scripts/vm --icount a
 * nanosecond is one guest instruction. Five repetitions, the first dropped, the
 * median told.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "bench.h"

#define KNOBS	"/sys/kernel/bsdnet/"
#define REPS	5
#define PAIRS	20000	/* send and receive calls a repetition */
#define FRAMES	50000	/* frames a repetition */

void die(const char *what)
{
	perror(what);
	exit(1);
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* This thread runs on @cpu from now on. */
void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("affinity");
}

int compare(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

uint64_t read_number(const char *path)
{
	unsigned long long n;
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "%llu", &n) != 1)
		die(path);
	fclose(f);
	return n;
}

uint64_t read_knob(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), KNOBS "%s", name);
	return read_number(path);
}

void set_knob(const char *name, const char *value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), KNOBS "%s", name);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%s\n", value) < 0 || fclose(f))
		die(path);
}

void set_number(const char *name, int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", value);
	set_knob(name, text);
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
		if (r == 1)
			mark_begin();
		start = now();
		for (i = 0; i < PAIRS; i++)
			if (send(from, buf, size, 0) != (ssize_t)size ||
			    recv(to, buf, sizeof(buf), 0) != (ssize_t)size)
				die("pair");
		reps[r] = (now() - start) / PAIRS;
		if (r == 1)
			mark_end(PAIRS);
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
		if (r == 1)
			mark_begin();
		start = now();
		for (i = 0; i < PAIRS; i++)
			if (send(fd, buf, sizeof(buf), MSG_OOB) >= 0 ||
			    recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
				die("floor");
		reps[r] = (now() - start) / PAIRS;
		if (r == 1)
			mark_end(PAIRS);
	}
	report(reps);
}

static void bench_streams(const char *what, int family)
{
	double reps[REPS];
	int r;

	for (r = 0; r < REPS; r++)
		reps[r] = bench_stream(what, family);
	report(reps);
}

static void bench_gen(const char *name, int size, int drop)
{
	int fd = socket(AF_BSDINET, SOCK_DGRAM, 0);
	struct bsd_genreq gr, done;
	double reps[REPS];
	int r;

	gen_request(&gr, name);
	gr.gr_flags |= drop ? BSD_GEN_DROP : 0;
	gr.gr_size = size;
	gr.gr_count = FRAMES;
	for (r = 0; r < REPS; r++) {
		gen_begin(fd, &gr);
		done = gr;
		reps[r] = gen_finish(fd, &done);
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
	else if (argc == 4 && !strcmp(argv[1], "stream"))
		bench_streams(argv[2], atoi(argv[3]));
	else if (argc >= 3 && !strcmp(argv[1], "gen"))
		bench_gen(argv[2], 60, argc > 3);
	else if (argc == 3 && !strcmp(argv[1], "full"))
		bench_gen(argv[2], BENCH_FULL, 1);
	else if (argc == 4 && !strcmp(argv[1], "sock"))
		bench_sock(argv[3], !strcmp(argv[2], "pktgen"));
	else if (argc == 4 && !strcmp(argv[1], "routes"))
		bench_routes(atoi(argv[2]), atoi(argv[3]));
	else if (argc == 4 && !strcmp(argv[1], "prefixes"))
		bench_prefixes(atoi(argv[2]), argv[3]);
	else if (argc >= 4 && !strcmp(argv[1], "idle") && atoi(argv[2]) > 100)
		bench_idle(atoi(argv[2]), atoi(argv[3]), argv + 4);
	else if (argc == 3 && !strcmp(argv[1], "segments") && atoi(argv[2]) > 0)
		bench_segments(atoi(argv[2]));
	else if (argc == 4 && !strcmp(argv[1], "flows"))
		return bench_run_flows(argv[2], atoi(argv[3]));
	else if (argc == 4 && !strcmp(argv[1], "pktgen"))
		bench_pktgen(argv[2], atoi(argv[3]));
	else if (argc == 2 && !strcmp(argv[1], "threads"))
		bench_threads();
	else if (argc == 2 && !strcmp(argv[1], "ladder"))
		bench_ladder();
	else if (argc == 2 && !strcmp(argv[1], "netisr"))
		bench_netisr();
	else
		return 1;
	return 0;
}
