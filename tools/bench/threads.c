// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * threads.c - what a second softnet thread gains, beside what a second thread of a
 * loop without locks gains at the same time on the same machine.
 *
 * Rates, so wall-clock time: each window is short and lies in the middle of a run,
 * the loop runs next to every other work, and gains are compared within a
 * repetition, so that what else the machine does hits both.
 *
 *	loop	user threads, each pinned, on 4 KiB of its own
 *	drop	gen0, many flows, frames freed where protocols would get them
 *	forward	gen0 -> gen1, many flows
 *	socket	a gen of one flow -> its socket -> its reader, for each thread; the
 *		reader shares the thread's CPU. Softnet runs nicer meanwhile, or it
 *		would fill the buffers and drop: what is counted are datagrams read.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define REPS		41
#define MAXREPS		80	/* with those that failed */
#define NTHREADS	2
#define LEAD		10000	/* us, until all threads are at work */
#define WINDOW		100000	/* us */
#define FLOWS		128	/* all from 10.0.0/24 */

enum work { LOOP, DROP, FORWARD, SOCKET, NWORKS };

static const char *const works[NWORKS] = { "loop", "drop", "forward", "socket" };

/* One user thread of a window. */
struct worker {
	pthread_t	w_thread;
	int		w_cpu;
	int		w_fd;		/* socket to read; -1: loop */
	uint64_t	w_done;		/* so far; others read it */
} __attribute__((aligned(128)));

static int ctl;				/* for ioctls */
static int sockets[NTHREADS];
static struct bsd_genreq flows[NTHREADS];	/* whose home is that thread */
static int stop __attribute__((aligned(128)));

/* Aligned: an emulator is slow where a loop goes over the end of a page. */
__attribute__((noinline, aligned(512)))
static void loop(struct worker *w)
{
	uint64_t words[512] = { 1 }, done = 0, x = 88172645463325252ULL;
	int i;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < 1000; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			words[x % 512] += words[i % 512] + x;
		}
		/* The compiler may not leave the work out. */
		__asm__ volatile("" : : "r" (words) : "memory");
		done += 1000;
		__atomic_store_n(&w->w_done, done, __ATOMIC_RELAXED);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t done = 0;

	pin(w->w_cpu);
	if (w->w_fd < 0)
		loop(w);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		done += receive(w->w_fd, MSG_WAITFORONE);
		__atomic_store_n(&w->w_done, done, __ATOMIC_RELAXED);
	}
	return NULL;
}

static uint64_t all_done(struct worker *w, int n)
{
	uint64_t done = 0;

	while (n--)
		done += __atomic_load_n(&w[n].w_done, __ATOMIC_RELAXED);
	return done;
}

/* @n workers on their CPUs for a window; what they did a second. */
static double run_workers(const int *fds, int n)
{
	struct worker w[NTHREADS];
	uint64_t done;
	double t;
	int i;

	__atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
	for (i = 0; i < n; i++) {
		w[i] = (struct worker){ .w_cpu = i, .w_fd = fds ? fds[i] : -1 };
		if (pthread_create(&w[i].w_thread, NULL, work, &w[i]))
			die("thread");
	}
	usleep(LEAD);
	done = all_done(w, n);
	t = now();
	usleep(WINDOW);
	done = all_done(w, n) - done;
	t = now() - t;
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < n; i++)
		pthread_join(w[i].w_thread, NULL);
	return done * 1e9 / t;
}

/* Many flows over @n threads for a window; frames a second. */
static double run_frames(enum work what, int n)
{
	const char *counter = "/sys/class/net/gen1/statistics/tx_packets";
	uint64_t forwarded = read_number(counter);
	struct bsd_genreq gr, before, after;

	gen_request(&gr, "gen0");
	gr.gr_flows = FLOWS;
	if (what == DROP)
		gr.gr_flags |= BSD_GEN_DROP;
	before = gr;
	after = gr;
	gen_begin(ctl, &gr);
	usleep(LEAD);
	if (ioctl(ctl, BSIOCGIFGEN, &before))
		die("gen");
	usleep(WINDOW);
	if (ioctl(ctl, BSIOCGIFGEN, &after))
		die("gen");
	gr = gen_end(ctl, gr);
	forwarded = read_number(counter) - forwarded;
	if ((int)gr.gr_threads != n || (what == FORWARD && forwarded < gr.gr_sent)) {
		fprintf(stderr, "%u threads, %llu frames, %llu forwarded\n", gr.gr_threads,
			gr.gr_sent, (unsigned long long)forwarded);
		die(works[what]);
	}
	return (after.gr_sent - before.gr_sent) * 1e9 / (after.gr_ns - before.gr_ns);
}

/*
 * A gen, a socket, a reader for each of @n threads; datagrams read a second. 0: most
 * were dropped, as happens where others take the processor from the machine.
 */
static double run_sockets(int n)
{
	double rate, most = 0;
	int i;

	for (i = 0; i < n; i++)
		while (receive(sockets[i], MSG_DONTWAIT))
			;
	set_number("softnet/nice", 19);
	for (i = 0; i < n; i++)
		gen_begin(ctl, &flows[i]);
	rate = run_workers(sockets, n);
	for (i = 0; i < n; i++) {
		struct bsd_genreq gr = gen_end(ctl, flows[i]);

		most += gr.gr_sent * 1e9 / gr.gr_ns;
	}
	set_number("softnet/nice", 0);
	return rate < most / 2 ? 0 : rate;
}

static double run(enum work what, int n)
{
	switch (what) {
	case LOOP:
		return run_workers(NULL, n);
	case SOCKET:
		return run_sockets(n);
	default:
		return run_frames(what, n);
	}
}

static double median(double *v, int n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

/* One of a pair's: @what and the loop side by side. False: it failed. */
static bool run_pair(enum work what, int n, bool loop_first, double *rate, double *loop_rate)
{
	set_number("softnet/threads", n);
	if (loop_first)
		*loop_rate = run(LOOP, n);
	*rate = run(what, n);
	if (!loop_first)
		*loop_rate = run(LOOP, n);
	return *rate > 0 && *loop_rate > 0;
}

/*
 * A line: what @what does a second with one and two threads, its gain, that of the
 * loop, and the quotient of the gains. Medians.
 */
static void print_work(enum work what)
{
	double one[REPS], two[REPS], gains[REPS], loops[REPS], parts[REPS];
	double loop_one, loop_two;
	int r, n = 0;

	for (r = 0; r < MAXREPS && n < REPS; r++) {
		/* The loop outside in one repetition, inside in the next. */
		if (!run_pair(what, 1, !(r & 1), &one[n], &loop_one) ||
		    !run_pair(what, 2, r & 1, &two[n], &loop_two) || !r)
			continue;	/* the first warms up */
		gains[n] = two[n] / one[n];
		loops[n] = loop_two / loop_one;
		parts[n] = gains[n] / loops[n];
		n++;
	}
	if (n < REPS) {
		fprintf(stderr, "%s: %d of %d repetitions\n", works[what], n, REPS);
		return;
	}
	printf("%s %.0f %.0f %.3f %.3f %.3f\n", works[what], median(one, n), median(two, n),
	       median(gains, n), median(loops, n), median(parts, n));
	fflush(stdout);
}

void bench_threads(void)
{
	struct timeval tv = { .tv_usec = 50000 };
	int i;

	ctl = socket(AF_BSDINET, SOCK_DGRAM, 0);
	set_number("softnet/threads", NTHREADS);
	for (i = 0; i < NTHREADS; i++) {
		sockets[i] = receiver(AF_BSDINET, BENCH_PORT + i);
		if (setsockopt(sockets[i], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
			die("SO_RCVTIMEO");
		gen_to_socket(ctl, &flows[i], i);
	}
	for (i = DROP; i < NWORKS; i++)
		print_work(i);
	set_number("softnet/threads", NTHREADS);
}
