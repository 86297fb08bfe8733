// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * netlock_stat.c - how often, how long waited for, how long held: counters,
 * histograms and knobs of the net lock.
 *
 * Context: any process context; called after the lock was taken or released.
 */
#include "netlock_priv.h"
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <bsdnet/netlock.h>
#include <bsdnet/sysfs.h>
#include <bsdnet/trace.h>

#define NETLOCK_NBUCKETS	32	/* by powers of two, ns: up to 2 s and beyond */

/* Per CPU: how many waits and holds fell into each power of two. */
struct netlock_hist {
	u64	nh_wait[NETLOCK_NBUCKETS];
	u64	nh_hold[NETLOCK_NBUCKETS];
};

static struct netlock_hist __percpu *netlock_hist;

const char *const netlock_mode_names[NETLOCK_NMODES] = {
	[NETLOCK_GIANT] = "giant",
	[NETLOCK_EXCLUSIVE] = "exclusive",
	[NETLOCK_UNLOCKED_IO] = "unlocked-io",
	[NETLOCK_LOCKED] = "locked",
	[NETLOCK_FORWARD] = "forward",
	[NETLOCK_UDP] = "udp",
	[NETLOCK_SHARED] = "shared",
};

static const struct counter_desc netlock_counters[] = {
	[COUNTER_INDEX(NLS_SHARED)] = { "shared", "sections entered (netlock taken shared)" },
	[COUNTER_INDEX(NLS_EXCLUSIVE)] = { "exclusive", "times netlock was taken exclusive" },
	[COUNTER_INDEX(NLS_CONTENDED)] = { "contended", "sections that waited for a writer" },
	[COUNTER_INDEX(NLS_WAIT_NS)] = { "wait_ns", "nanoseconds waited for netlock" },
	[COUNTER_INDEX(NLS_HOLD_NS)] = { "hold_ns",
		"nanoseconds netlock was held (exclusive, softnet batches, ladder)" },
	[COUNTER_INDEX(NLS_LADDER)] = { "ladder", "times the ladder mutex was taken" },
	[COUNTER_INDEX(NLS_LADDER_CONTENDED)] = { "ladder_contended",
		"times the ladder mutex was waited for" },
	[COUNTER_INDEX(NLS_LADDER_WAIT_NS)] = { "ladder_wait_ns",
		"nanoseconds waited for the ladder mutex" },
};

static unsigned int netlock_bucket(u64 ns)
{
	return ns ? min_t(unsigned int, ilog2(ns), NETLOCK_NBUCKETS - 1) : 0;
}

/**
 * netlock_stat_wait() - count a wait
 * @counter:   NLS_WAIT_NS or NLS_LADDER_WAIT_NS
 * @ns:        how long
 * @exclusive: for the lock exclusive
 */
void netlock_stat_wait(unsigned int counter, u64 ns, bool exclusive)
{
	counter_add(counter, ns);
	this_cpu_inc(netlock_hist->nh_wait[netlock_bucket(ns)]);
	trace_bsdnet_netlock_wait(ns, exclusive);
}

/**
 * netlock_stat_hold() - count a hold
 * @ns:        how long
 * @exclusive: the lock was held exclusive
 */
void netlock_stat_hold(u64 ns, bool exclusive)
{
	counter_add(NLS_HOLD_NS, ns);
	this_cpu_inc(netlock_hist->nh_hold[netlock_bucket(ns)]);
	trace_bsdnet_netlock_hold(ns, exclusive);
}

/* "lower-bound-ns count" a line, empty buckets left out. */
static ssize_t netlock_show_hist(char *buf, size_t offset)
{
	ssize_t n = 0;
	int i, cpu;

	for (i = 0; i < NETLOCK_NBUCKETS; i++) {
		u64 sum = 0;

		for_each_possible_cpu(cpu)
			sum += ((u64 *)((char *)per_cpu_ptr(netlock_hist, cpu) + offset))[i];
		if (sum)
			n += scnprintf(buf + n, PAGE_SIZE - n, "%llu %llu\n", 1ULL << i, sum);
	}
	return n;
}

static ssize_t netlock_show_wait_hist(const struct knob *kn, char *buf)
{
	return netlock_show_hist(buf, offsetof(struct netlock_hist, nh_wait));
}

static ssize_t netlock_show_hold_hist(const struct knob *kn, char *buf)
{
	return netlock_show_hist(buf, offsetof(struct netlock_hist, nh_hold));
}

static ssize_t netlock_show_mode(const struct knob *kn, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%s\n", netlock_mode_names[netlock_get_mode()]);
}

static int netlock_store_mode(const struct knob *kn, const char *buf)
{
	int mode = sysfs_match_string(netlock_mode_names, buf);

	return mode < 0 ? mode : netlock_set_mode(mode);
}

static const struct knob netlock_knobs[] = {
	KNOB_CALL("netlock/mode", netlock_show_mode, netlock_store_mode),
	KNOB_COUNTER("netlock/shared", NLS_SHARED),
	KNOB_COUNTER("netlock/exclusive", NLS_EXCLUSIVE),
	KNOB_COUNTER("netlock/contended", NLS_CONTENDED),
	KNOB_COUNTER("netlock/wait_ns", NLS_WAIT_NS),
	KNOB_COUNTER("netlock/hold_ns", NLS_HOLD_NS),
	KNOB_COUNTER("netlock/ladder", NLS_LADDER),
	KNOB_COUNTER("netlock/ladder_contended", NLS_LADDER_CONTENDED),
	KNOB_COUNTER("netlock/ladder_wait_ns", NLS_LADDER_WAIT_NS),
	KNOB_CALL("netlock/wait_hist", netlock_show_wait_hist, NULL),
	KNOB_CALL("netlock/hold_hist", netlock_show_hold_hist, NULL),
};

/**
 * netlock_stat_init() - counters and knobs
 *
 * Return: 0 or -errno.
 */
int netlock_stat_init(void)
{
	int error = -ENOMEM;

	netlock_hist = alloc_percpu(struct netlock_hist);
	if (!netlock_hist)
		return error;
	error = counter_register(CG_NETLOCK, "netlock", netlock_counters,
				 ARRAY_SIZE(netlock_counters));
	if (error)
		goto err_hist;
	error = knobs_register(netlock_knobs, ARRAY_SIZE(netlock_knobs));
	if (error)
		goto err_counters;
	return 0;

err_counters:
	counter_unregister(CG_NETLOCK);
err_hist:
	free_percpu(netlock_hist);
	return error;
}

/**
 * netlock_stat_exit() - undo netlock_stat_init()
 */
void netlock_stat_exit(void)
{
	knobs_unregister(netlock_knobs, ARRAY_SIZE(netlock_knobs));
	counter_unregister(CG_NETLOCK);
	free_percpu(netlock_hist);
}
