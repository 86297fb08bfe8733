// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ladder.c - what the rungs of the locking ladder, and the models of netisr, do to the works
 * of works.c.
 */
#include "bench.h"
#include "points.h"

/* The first is what the others are compared with. */
static const struct point tcp_rungs[] = {
	{ "exclusive", { { "netlock/mode", "exclusive" }, { "tcp/input_lock", "packet" } } },
	{ "giant", { { "netlock/mode", "giant" }, { "tcp/input_lock", "packet" } } },
	{ "unlocked-io", { { "netlock/mode", "unlocked-io" }, { "tcp/input_lock", "packet" } } },
	{ "locked", { { "netlock/mode", "locked" }, { "tcp/input_lock", "packet" } } },
	{ "forward", { { "netlock/mode", "forward" }, { "tcp/input_lock", "packet" } } },
	{ "udp", { { "netlock/mode", "udp" }, { "tcp/input_lock", "packet" } } },
	{ "shared/packet", { { "netlock/mode", "shared" }, { "tcp/input_lock", "packet" } } },
	{ "shared/thread", { { "netlock/mode", "shared" }, { "tcp/input_lock", "thread" } } },
	{ "shared/backlog", { { "netlock/mode", "shared" }, { "tcp/input_lock", "backlog" } } },
};

static const struct point rungs[] = {
	{ "exclusive", { { "netlock/mode", "exclusive" } } },
	{ "giant", { { "netlock/mode", "giant" } } },
	{ "unlocked-io", { { "netlock/mode", "unlocked-io" } } },
	{ "locked", { { "netlock/mode", "locked" } } },
	{ "forward", { { "netlock/mode", "forward" } } },
	{ "udp", { { "netlock/mode", "udp" } } },
	{ "shared", { { "netlock/mode", "shared" } } },
};

static const struct point dispatches[] = {
	{ "deferred/64", { { "softnet/dispatch", "deferred" }, { "softnet/budget", "64" } } },
	{ "hybrid/64", { { "softnet/dispatch", "hybrid" }, { "softnet/budget", "64" } } },
	{ "direct/64", { { "softnet/dispatch", "direct" }, { "softnet/budget", "64" } } },
	{ "deferred/1", { { "softnet/dispatch", "deferred" }, { "softnet/budget", "1" } } },
	{ "deferred/4", { { "softnet/dispatch", "deferred" }, { "softnet/budget", "4" } } },
	{ "deferred/16", { { "softnet/dispatch", "deferred" }, { "softnet/budget", "16" } } },
	{ "deferred/256", { { "softnet/dispatch", "deferred" }, { "softnet/budget", "256" } } },
};

static const struct point budgets[] = {
	{ "budget/64", { { "softnet/budget", "64" } } },
	{ "budget/1", { { "softnet/budget", "1" } } },
	{ "budget/4", { { "softnet/budget", "4" } } },
	{ "budget/16", { { "softnet/budget", "16" } } },
	{ "budget/256", { { "softnet/budget", "256" } } },
};

void bench_ladder(void)
{
	int threads;

	for (threads = 1; threads <= POINTS_CPUS; threads++) {
		bench_points(&work_tcp_single, threads, tcp_rungs, ARRAY_SIZE(tcp_rungs));
		bench_points(&work_tcp_multi, threads, tcp_rungs, ARRAY_SIZE(tcp_rungs));
		bench_points(&work_udp, threads, rungs, ARRAY_SIZE(rungs));
		bench_points(&work_forward, threads, rungs, ARRAY_SIZE(rungs));
	}
	set_knob("netlock/mode", "shared");
	set_knob("tcp/input_lock", "backlog");
}

void bench_netisr(void)
{
	int threads;

	for (threads = 1; threads <= POINTS_CPUS; threads++) {
		bench_points(&work_loopback, threads, dispatches, ARRAY_SIZE(dispatches));
		set_knob("softnet/dispatch", "hybrid");
		bench_points(&work_forward, threads, budgets, ARRAY_SIZE(budgets));
	}
	set_knob("softnet/budget", "64");
}
