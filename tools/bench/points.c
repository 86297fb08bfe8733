// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * points.c - one work done with the stack set in several ways, and what locks that takes.
 *
 * Wall-clock time on two processors: short windows, the points one after the other in
 * each repetition, quotients within it. The numbers of locks are exact.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "bench.h"
#include "points.h"

#define REPS	15
#define LEAD	20000	/* us, until all are at work */
#define WINDOW	150000	/* us */
#define TRIES	3	/* at a window in which the machine did other things */
#define MAXPOINTS 12
#define POINT_SUMMANDS 4

enum { PACKETS, NETLOCKS, PCBLOCKS, WAITS, WAITED_NS, BATCHES, BACKLOGGED, NCOUNTS };

/* Sums of knobs. */
static const char *const counts[NCOUNTS][POINT_SUMMANDS] = {
	[PACKETS] = { "softnet/0/packets", "softnet/1/packets" },
	[NETLOCKS] = { "netlock/shared", "netlock/exclusive", "netlock/ladder" },
	[PCBLOCKS] = { "tcp/pcb_locks", "pcb/locks" },
	[WAITS] = { "netlock/contended", "netlock/ladder_contended", "tcp/pcb_contended",
		    "pcb/contended" },
	[WAITED_NS] = { "netlock/wait_ns", "netlock/ladder_wait_ns" },
	[BATCHES] = { "softnet/0/batches", "softnet/1/batches" },
	[BACKLOGGED] = { "tcp/backlogged" },
};

/* What a point did in a window. */
struct window {
	double wi_rate;			/* units a second */
	double wi_done;
	double wi_counts[NCOUNTS];
};

static void look(double *now_counts)
{
	int i, k;

	for (i = 0; i < NCOUNTS; i++) {
		now_counts[i] = 0;
		for (k = 0; k < POINT_SUMMANDS && counts[i][k]; k++)
			now_counts[i] += read_knob(counts[i][k]);
	}
}

static void run_window(const struct work *wk, struct window *wi)
{
	double old[NCOUNTS], done, start;
	int i;

	wk->wk_begin();
	usleep(LEAD);
	look(old);
	done = wk->wk_done();
	start = now();
	usleep(WINDOW);
	wi->wi_done = wk->wk_done() - done;
	wi->wi_rate = wi->wi_done * 1e9 / (now() - start);
	look(wi->wi_counts);
	wk->wk_end();
	for (i = 0; i < NCOUNTS; i++)
		wi->wi_counts[i] -= old[i];
}

static void run_point(const struct work *wk, const struct point *pt, struct window *wi)
{
	int i;

	for (i = 0; i < POINT_SETTINGS && pt->pt_settings[i].se_knob; i++)
		set_knob(pt->pt_settings[i].se_knob, pt->pt_settings[i].se_value);
	for (i = 0; i < TRIES; i++) {
		run_window(wk, wi);
		if (wi->wi_done > 0)
			return;
		fprintf(stderr, "%s, %s: nothing came\n", wk->wk_name, pt->pt_name);
	}
	exit(1);
}

/*
 * WORK THREADS POINT, units a second and the unit, quotient to the first point and its
 * quartiles; of a packet: sections and ladder mutexes, PCB mutexes, nanoseconds waited for
 * the net lock and the ladder; of a million packets: waits for any lock, and segments on
 * a backlog; packets of a batch.
 */
static void print_point(const struct work *wk, int threads, const char *name,
			struct window *all, const struct window *first)
{
	double rates[REPS], parts[REPS], sums[NCOUNTS] = { 0 }, packets = 0;
	int r, i;

	for (r = 0; r < REPS; r++) {
		rates[r] = all[r].wi_rate;
		parts[r] = all[r].wi_rate / first[r].wi_rate;
		for (i = 0; i < NCOUNTS; i++)
			sums[i] += all[r].wi_counts[i];
		packets += all[r].wi_done;
	}
	if (!wk->wk_local)
		packets = sums[PACKETS];
	qsort(rates, REPS, sizeof(*rates), compare);
	qsort(parts, REPS, sizeof(*parts), compare);
	printf("%s %d %s %.0f %s %.3f %.3f %.3f %.4f %.4f %.1f %.1f %.1f %.1f\n", wk->wk_name,
	       threads, name, rates[REPS / 2], wk->wk_unit, parts[REPS / 2], parts[REPS / 4],
	       parts[REPS - 1 - REPS / 4], sums[NETLOCKS] / packets, sums[PCBLOCKS] / packets,
	       sums[WAITED_NS] / packets, 1e6 * sums[WAITS] / packets,
	       1e6 * sums[BACKLOGGED] / packets,
	       sums[BATCHES] > 0 ? sums[PACKETS] / sums[BATCHES] : 0);
	fflush(stdout);
}

/* A line for each of @n points of @wk with @threads softnet threads. */
void bench_points(const struct work *wk, int threads, const struct point *points, unsigned int n)
{
	static struct window all[MAXPOINTS][REPS];
	unsigned int i;
	int r;

	set_number("softnet/threads", POINTS_CPUS);
	wk->wk_open();
	set_number("softnet/threads", threads);
	for (r = -1; r < REPS; r++)	/* the first warms up, and counts for nothing */
		for (i = 0; i < n; i++)
			run_point(wk, &points[i], &all[i][r < 0 ? 0 : r]);
	for (i = 0; i < n; i++)
		print_point(wk, threads, points[i].pt_name, all[i], all[0]);
	wk->wk_close();
	set_number("softnet/threads", POINTS_CPUS);
}
