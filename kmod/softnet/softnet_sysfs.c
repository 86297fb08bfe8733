// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * softnet_sysfs.c - knobs and counters of the threads, under softnet/ and
 * softnet/<cpu>/.
 */
#include "softnet_priv.h"
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <bsdnet/sysfs.h>

static const char *const dispatch_names[DISPATCH_N] = {
	[DISPATCH_DIRECT] = "direct",
	[DISPATCH_HYBRID] = "hybrid",
	[DISPATCH_DEFERRED] = "deferred",
};

static ssize_t show_dispatch(const struct knob *kn, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%s\n", dispatch_names[READ_ONCE(softnet_dispatch)]);
}

static int store_dispatch(const struct knob *kn, const char *buf)
{
	int mode = sysfs_match_string(dispatch_names, buf);

	if (mode < 0)
		return mode;
	WRITE_ONCE(softnet_dispatch, mode);
	return 0;
}

static ssize_t show_threads(const struct knob *kn, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%u\n", READ_ONCE(softnet_nthreads));
}

static int store_threads(const struct knob *kn, const char *buf)
{
	unsigned int n;

	if (kstrtouint(buf, 0, &n))
		return -EINVAL;
	return softnet_set_threads(n);
}

static ssize_t show_nice(const struct knob *kn, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%d\n", READ_ONCE(softnet_nice));
}

static int store_nice(const struct knob *kn, const char *buf)
{
	int nice;

	if (kstrtoint(buf, 0, &nice) || nice < MIN_NICE || nice > MAX_NICE)
		return -EINVAL;
	WRITE_ONCE(softnet_nice, nice);
	softnet_setnice();
	return 0;
}

static const struct knob softnet_knobs[] = {
	KNOB_UINT("softnet/budget", &softnet_budget, 1, SOFTNET_MAXBUDGET),
	KNOB_CALL("softnet/dispatch", show_dispatch, store_dispatch),
	KNOB_CALL("softnet/threads", show_threads, store_threads),
	KNOB_CALL("softnet/nice", show_nice, store_nice),
};

/* The counters of one thread; kn_id is its CPU. */
static struct softnet *knob_thread(const struct knob *kn)
{
	return per_cpu_ptr(softnets, kn->kn_id);
}

static ssize_t show_packets(const struct knob *kn, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%llu\n", READ_ONCE(knob_thread(kn)->sn_total));
}

static ssize_t show_batches(const struct knob *kn, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%llu\n", READ_ONCE(knob_thread(kn)->sn_batches));
}

static ssize_t show_wakeups(const struct knob *kn, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%llu\n", READ_ONCE(knob_thread(kn)->sn_wakeups));
}

static ssize_t show_polls(const struct knob *kn, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%llu\n", READ_ONCE(knob_thread(kn)->sn_npolls));
}

/* "shortest-length batches" a line. */
static ssize_t show_hist(const struct knob *kn, char *buf)
{
	const struct softnet *sn = knob_thread(kn);
	ssize_t n = 0;
	int i;

	for (i = 0; i < SOFTNET_NBATCHES; i++)
		n += scnprintf(buf + n, PAGE_SIZE - n, "%u %llu\n", 1U << i,
			       READ_ONCE(sn->sn_hist[i]));
	return n;
}

/* Rows of every thread's folder, "%u" being its CPU. */
static const struct knob thread_knobs[] = {
	KNOB_CALL("softnet/%u/packets", show_packets, NULL),
	KNOB_CALL("softnet/%u/batches", show_batches, NULL),
	KNOB_CALL("softnet/%u/wakeups", show_wakeups, NULL),
	KNOB_CALL("softnet/%u/polls", show_polls, NULL),
	KNOB_CALL("softnet/%u/batch_hist", show_hist, NULL),
};

static struct knob *cpu_knobs;		/* thread_knobs for each possible CPU */
static unsigned int cpu_nknobs;

static void free_cpu_knobs(void)
{
	unsigned int i;

	for (i = 0; i < cpu_nknobs; i++)
		kfree(cpu_knobs[i].kn_path);
	kfree(cpu_knobs);
	cpu_knobs = NULL;
	cpu_nknobs = 0;
}

static int make_cpu_knobs(void)
{
	unsigned int i;
	int cpu;

	cpu_knobs = kcalloc(num_possible_cpus() * ARRAY_SIZE(thread_knobs), sizeof(*cpu_knobs),
			    GFP_KERNEL);
	if (!cpu_knobs)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		for (i = 0; i < ARRAY_SIZE(thread_knobs); i++) {
			struct knob *kn = &cpu_knobs[cpu_nknobs];
			const char *leaf = strrchr(thread_knobs[i].kn_path, '/');

			*kn = thread_knobs[i];
			kn->kn_id = cpu;
			kn->kn_path = kasprintf(GFP_KERNEL, "softnet/%u%s", cpu, leaf);
			if (!kn->kn_path) {
				free_cpu_knobs();
				return -ENOMEM;
			}
			cpu_nknobs++;
		}
	}
	return 0;
}

/**
 * softnet_sysfs_init() - make the files
 *
 * Return: 0 or -errno.
 */
int softnet_sysfs_init(void)
{
	int error;

	error = make_cpu_knobs();
	if (error)
		return error;
	error = knobs_register(cpu_knobs, cpu_nknobs);
	if (error)
		goto err_knobs;
	error = knobs_register(softnet_knobs, ARRAY_SIZE(softnet_knobs));
	if (error)
		goto err_files;
	return 0;

err_files:
	knobs_unregister(cpu_knobs, cpu_nknobs);
err_knobs:
	free_cpu_knobs();
	return error;
}

/**
 * softnet_sysfs_exit() - remove the files
 */
void softnet_sysfs_exit(void)
{
	knobs_unregister(softnet_knobs, ARRAY_SIZE(softnet_knobs));
	knobs_unregister(cpu_knobs, cpu_nknobs);
	free_cpu_knobs();
}
