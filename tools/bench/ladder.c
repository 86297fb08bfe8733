// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ladder.c - what the rungs of the locking ladder do to TCP input: gen0 sends into one
 * established socket or into many, as fast as they are read, and both softnet threads
 * and readers are at work at the same time.
 *
 * Wall-clock time on two processors: short windows, the rungs one after the other in
 * each repetition, quotients within it. The numbers of locks are exact.
 *
 *	one	its softnet thread on CPU 0, its reader on CPU 1
 *	many	threads and readers on both
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define REPS	15
#define MANY	32	/* flows */
#define NREADERS 2
#define LEAD	20000	/* us, until all are at work */
#define WINDOW	150000	/* us */
#define ROOM	(256 << 10)	/* bytes a socket: all together far from the limit of mbufs */

static const struct rung {
	const char *rg_name, *rg_mode, *rg_lock;
} rungs[] = {
	{ "exclusive", "exclusive", "packet" },
	{ "locked", "locked", "packet" },
	{ "shared/packet", "shared", "packet" },
	{ "shared/thread", "shared", "thread" },
	{ "shared/backlog", "shared", "backlog" },
};

#define NRUNGS	ARRAY_SIZE(rungs)

enum { SEGMENTS, LOCKS, CONTENDED, BACKLOGGED, NCOUNTS };

static const char *const counts[NCOUNTS] = {
	[SEGMENTS] = "tcp/segments", [LOCKS] = "tcp/pcb_locks",
	[CONTENDED] = "tcp/pcb_contended", [BACKLOGGED] = "tcp/backlogged",
};

/* A thread that reads its sockets. */
struct reader {
	pthread_t	rd_thread;
	int		rd_cpu, rd_poll;
	uint64_t	rd_bytes;	/* so far; others read it */
} __attribute__((aligned(128)));

/* What a rung did in a window. */
struct window {
	double wi_rate;			/* bytes a second */
	double wi_counts[NCOUNTS];
};

static struct reader readers[NREADERS];

static void *reader_main(void *arg)
{
	static __thread char buf[65536];
	struct epoll_event events[MANY];
	struct reader *rd = arg;
	cpu_set_t set;
	ssize_t got;
	int i, n;

	CPU_ZERO(&set);
	CPU_SET(rd->rd_cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("affinity");
	for (;;) {
		n = epoll_wait(rd->rd_poll, events, MANY, -1);
		for (i = 0; i < n; i++) {
			got = recv(events[i].data.fd, buf, sizeof(buf), 0);
			if (got > 0)
				__atomic_fetch_add(&rd->rd_bytes, got, __ATOMIC_RELAXED);
		}
	}
	return NULL;
}

static void reader_start(struct reader *rd, int cpu)
{
	rd->rd_cpu = cpu;
	rd->rd_bytes = 0;
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

static void reader_stop(struct reader *rd)
{
	pthread_cancel(rd->rd_thread);
	pthread_join(rd->rd_thread, NULL);
	close(rd->rd_poll);
}

static void look(double *bytes, double *now_counts)
{
	int i;

	*bytes = 0;
	for (i = 0; i < NREADERS; i++)
		*bytes += __atomic_load_n(&readers[i].rd_bytes, __ATOMIC_RELAXED);
	for (i = 0; i < NCOUNTS; i++)
		now_counts[i] = read_knob(counts[i]);
}

static void run_rung(int ctl, const struct bsd_genreq *streams, const struct rung *rg,
		     struct window *wi)
{
	double bytes, before, start, old[NCOUNTS];
	struct bsd_genreq gr = *streams;
	int i;

	set_knob("netlock/mode", rg->rg_mode);
	set_knob("tcp/input_lock", rg->rg_lock);
	gen_begin(ctl, &gr);
	usleep(LEAD);
	look(&before, old);
	start = now();
	usleep(WINDOW);
	look(&bytes, wi->wi_counts);
	wi->wi_rate = (bytes - before) * 1e9 / (now() - start);
	gr.gr_flags = BSD_GEN_STOP;
	if (ioctl(ctl, BSIOCSIFGEN, &gr))
		die("gen");
	for (i = 0; i < NCOUNTS; i++)
		wi->wi_counts[i] -= old[i];
	if (!(wi->wi_counts[SEGMENTS] > 0)) {
		fprintf(stderr, "%s: nothing came\n", rg->rg_name);
		exit(1);
	}
}

/*
 * NAME FLOWS, bytes a second, quotient to the first rung and its quartiles; locks a segment,
 * those waited for and segments put on a backlog, of a million.
 */
static void print_rung(unsigned int g, unsigned int flows, struct window (*all)[REPS])
{
	double rates[REPS], parts[REPS], sums[NCOUNTS] = { 0 };
	int r, i;

	for (r = 0; r < REPS; r++) {
		rates[r] = all[g][r].wi_rate;
		parts[r] = all[g][r].wi_rate / all[0][r].wi_rate;
		for (i = 0; i < NCOUNTS; i++)
			sums[i] += all[g][r].wi_counts[i];
	}
	qsort(rates, REPS, sizeof(*rates), compare);
	qsort(parts, REPS, sizeof(*parts), compare);
	printf("%s %u %.0f %.3f %.3f %.3f %.4f %.1f %.1f\n", rungs[g].rg_name, flows,
	       rates[REPS / 2], parts[REPS / 2], parts[REPS / 4], parts[REPS - 1 - REPS / 4],
	       sums[LOCKS] / sums[SEGMENTS], 1e6 * sums[CONTENDED] / sums[SEGMENTS],
	       1e6 * sums[BACKLOGGED] / sums[SEGMENTS]);
	fflush(stdout);
}

static void bench_flows(int ctl, unsigned int flows)
{
	static struct window all[NRUNGS][REPS];
	struct bsd_genreq gr;
	int fds[MANY];
	unsigned int i;
	int r;

	stream_request(&gr, flows);
	while (flows == 1 && !gen_at_home(ctl, gr, 0))
		gr.gr_sport++;
	open_streams(ctl, &gr, fds, ROOM);
	gr.gr_size = BENCH_FULL;
	gr.gr_count = 0;
	for (i = 0; i < NREADERS; i++)
		reader_start(&readers[i], i);
	for (i = 0; i < flows; i++)
		reader_add(&readers[(i + 1) % NREADERS], fds[i]);
	for (r = -1; r < REPS; r++)	/* the first warms up, and counts for nothing */
		for (i = 0; i < NRUNGS; i++)
			run_rung(ctl, &gr, &rungs[i], &all[i][r < 0 ? 0 : r]);
	for (i = 0; i < NRUNGS; i++)
		print_rung(i, flows, all);
	for (i = 0; i < NREADERS; i++)
		reader_stop(&readers[i]);
	for (i = 0; i < flows; i++)
		close(fds[i]);
}

void bench_ladder(void)
{
	int ctl = socket(AF_BSDINET, SOCK_DGRAM, 0);

	set_number("softnet/threads", NREADERS);
	bench_flows(ctl, 1);
	bench_flows(ctl, MANY);
	set_knob("netlock/mode", "shared");
	set_knob("tcp/input_lock", "backlog");
}
