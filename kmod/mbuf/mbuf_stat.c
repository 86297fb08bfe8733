// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_stat.c - the limit on packet memory, counters, knobs, and the end of
 * dropped packets.
 *
 * What is charged is what was taken from the kernel, the reserve in the
 * magazines included: so nothing is counted for a packet, only for a batch, in
 * a percpu_counter that is exact near the limits and cheap far from them.
 * Sockets (M_FOR_SOCK) are refused at three quarters, so that receive rings can
 * always be refilled.
 *
 * Context: charges and drops come from any context but hard interrupt.
 */
#include <bsdnet/mbuf.h>
#include <bsdnet/sysfs.h>
#include <bsdnet/trace.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/sysfs.h>
#include "mbuf_priv.h"

/*
 * Bytes a CPU counts for itself. A batch of full segments that one CPU gets and another
 * frees is some 150 KiB: it shall not write the sum that all flows share.
 */
#define CHARGE_BATCH	(512 * 1024)
#define LIMIT_DEFAULT	(512ULL * 1024 * 1024)	/* or a sixteenth of memory */
#define LIMIT_PER_CPU	(1024ULL * 1024)	/* the least limit: above what magazines hold */

static const struct counter_desc mbuf_descs[] = {
	[COUNTER_INDEX(MBS_NOMEM)] = { "nomem", "allocations failed for want of memory" },
	[COUNTER_INDEX(MBS_LIMIT)] = { "limit", "allocations refused at the memory limit" },
	[COUNTER_INDEX(MBS_SOCKLIMIT)] = { "socklimit",
		"allocations refused at the sockets' share of the limit" },
	[COUNTER_INDEX(MBS_BADARG)] = { "badarg", "calls with impossible arguments" },
	[COUNTER_INDEX(MBS_TOOSHORT)] = { "tooshort", "packets shorter than a header asked for" },
	[COUNTER_INDEX(MBS_PULLUPS)] = { "pullups", "headers copied to be in one piece" },
	[COUNTER_INDEX(MBS_UNSHARED)] = { "unshared", "shared buffers copied to be written" },
	[COUNTER_INDEX(MBS_DEFRAGS)] = { "defrags", "packets copied into one piece" },
	[COUNTER_INDEX(MBS_REFILLS)] = { "refills", "magazines filled" },
	[COUNTER_INDEX(MBS_FLUSHES)] = { "flushes", "magazines emptied" },
	[COUNTER_INDEX(MBS_REMOTE)] = { "remote", "packets freed in softirq, left to a thread" },
	[COUNTER_INDEX(MBS_PAGES)] = { "pages", "page blocks taken for large sends" },
	[COUNTER_INDEX(MBS_LENT)] = { "lent", "pages of others lent for sends (sendfile)" },
	[COUNTER_INDEX(MBS_QFULL)] = { "qfull", "packets dropped at a full queue" },
	[COUNTER_INDEX(MBS_BADFREE)] = { "badfree", "frees of what was free already" },
};

static_assert(ARRAY_SIZE(mbuf_descs) == COUNTER_INDEX(MBS_END));

/*
 * What every allocation reads does not share a line with what charges write.
 *
 * Locks protecting the variables of this file:
 *	a	atomic, READ_ONCE/WRITE_ONCE or by its own lock
 */
unsigned long mbuf_slow __read_mostly;		/* [a] MBUF_SLOW_* bits */
BSDNET_EXPORT(mbuf_slow);
static u64 mbuf_limit __read_mostly;		/* [a] bytes */
static u64 mbuf_socklimit __read_mostly;	/* [a] bytes, 3/4 of it */
/* [a] bytes taken from the kernel */
static struct percpu_counter mbuf_charged ____cacheline_aligned_in_smp;

/* Is more than @limit charged? */
static bool mbuf_over(u64 limit)
{
	return __percpu_counter_compare(&mbuf_charged, limit, CHARGE_BATCH) > 0;
}

/*
 * Charge @bytes, which may be 0 to ask only. Returns 0, or why not (MBS_LIMIT
 * or MBS_SOCKLIMIT; not counted yet), and then charged nothing.
 */
unsigned int mbuf_charge(s64 bytes, int how)
{
	unsigned int reason;

	if (bytes)
		percpu_counter_add_batch(&mbuf_charged, bytes, CHARGE_BATCH);
	if (likely(!mbuf_over(READ_ONCE(mbuf_socklimit)))) {
		if (unlikely(mbuf_sock_pressure()))
			clear_bit(MBUF_SLOW_SOCK, &mbuf_slow);
		return 0;
	}
	if (!mbuf_sock_pressure())
		set_bit(MBUF_SLOW_SOCK, &mbuf_slow);
	if (how & M_FOR_SOCK)
		reason = MBS_SOCKLIMIT;
	else if (mbuf_over(READ_ONCE(mbuf_limit)))
		reason = MBS_LIMIT;
	else
		return 0;
	if (bytes)
		percpu_counter_add_batch(&mbuf_charged, -bytes, CHARGE_BATCH);
	return reason;
}

/* Take a charge back. */
void mbuf_uncharge(s64 bytes)
{
	percpu_counter_add_batch(&mbuf_charged, -bytes, CHARGE_BATCH);
	if (unlikely(mbuf_sock_pressure()) && !mbuf_over(READ_ONCE(mbuf_socklimit)))
		clear_bit(MBUF_SLOW_SOCK, &mbuf_slow);
}

/**
 * m_drop_reason() - count why a packet is dropped, trace it, free it
 * @m:      packet, consumed; NULL counts only
 * @reason: counter id
 * @caller: who drops it
 *
 * Called through m_drop().
 *
 * Context: Any but hard interrupt.
 */
void m_drop_reason(struct mbuf *m, unsigned int reason, unsigned long caller)
{
	u32 ifidx = m && (m->m_flags & M_PKTHDR) ? m->m_pkthdr.ph_ifidx : 0;

	counter_inc(reason);
	trace_bsdnet_drop(reason, ifidx, caller);
	m_freem(m);
}

BSDNET_EXPORT(m_drop_reason);

/* Objects of a pool that are not in a magazine, over all CPUs. */
static s64 pool_inuse(enum mbuf_pool_id id)
{
	const struct mbuf_cpu *mc;
	s64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		mc = per_cpu_ptr(mbuf_cpus, cpu);
		sum += READ_ONCE(mc->mc_got[id]);
		if (id < POOL_NMAGS)
			sum -= READ_ONCE(mc->mc_mag[id].mg_n);
	}
	return sum;
}

/**
 * mbuf_inuse() - how many mbufs are allocated
 *
 * Those that softirq freed are reaped first. Exact when nothing else allocates
 * or frees at this moment.
 *
 * Context: Task.
 * Return:  Mbufs that somebody holds.
 */
u64 mbuf_inuse(void)
{
	mbuf_reap_all();
	return max_t(s64, pool_inuse(POOL_MBUF), 0);
}

BSDNET_EXPORT(mbuf_inuse);

/**
 * mbuf_bytes() - how much memory allocated mbufs and their storage have
 *
 * Storage that belongs to drivers is not counted. Exact as mbuf_inuse().
 *
 * Context: Task.
 * Return:  Bytes.
 */
u64 mbuf_bytes(void)
{
	s64 sum = 0;
	int cpu;
	int id;

	mbuf_reap_all();
	for (id = 0; id < POOL_N; id++)
		sum += pool_inuse(id) * mbuf_pools[id].mp_size;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(mbuf_cpus, cpu)->mc_otherbytes);
	return max_t(s64, sum, 0);
}

BSDNET_EXPORT(mbuf_bytes);

static u64 mbuf_limit_min(void)
{
	return LIMIT_PER_CPU * (1 + num_possible_cpus());
}

/**
 * mbuf_set_limit() - bound the memory of packets
 * @bytes: from 1 MiB and 1 MiB a CPU up to all memory there is
 *
 * A limit below what is in use refuses allocations until enough is freed.
 *
 * Context: Task.
 * Return:  0, or -EINVAL and nothing changed.
 */
int mbuf_set_limit(u64 bytes)
{
	if (bytes < mbuf_limit_min() || bytes > (u64)totalram_pages() << PAGE_SHIFT)
		return -EINVAL;
	WRITE_ONCE(mbuf_limit, bytes);
	WRITE_ONCE(mbuf_socklimit, bytes - bytes / 4);
	mbuf_charge(0, 0);	/* sets or clears the pressure bit */
	return 0;
}

BSDNET_EXPORT(mbuf_set_limit);

/**
 * mbuf_get_limit() - the bound on the memory of packets
 *
 * Context: Any.
 * Return:  Bytes.
 */
u64 mbuf_get_limit(void)
{
	return READ_ONCE(mbuf_limit);
}

BSDNET_EXPORT(mbuf_get_limit);

/**
 * mbuf_set_nocache() - switch the magazines off or on
 * @on: true: each allocation and free is one of the slab caches
 *
 * What magazines hold stays there while they are off.
 *
 * Context: Any.
 * Return:  How it was before.
 */
bool mbuf_set_nocache(bool on)
{
	if (on)
		return test_and_set_bit(MBUF_SLOW_NOCACHE, &mbuf_slow);
	return test_and_clear_bit(MBUF_SLOW_NOCACHE, &mbuf_slow);
}

BSDNET_EXPORT(mbuf_set_nocache);

static ssize_t mbuf_inuse_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%llu\n", mbuf_inuse());
}

static ssize_t mbuf_bytes_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%llu\n", mbuf_bytes());
}

static ssize_t mbuf_drops_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%llu\n", counter_read(MBS_NOMEM) + counter_read(MBS_LIMIT) +
			  counter_read(MBS_SOCKLIMIT));
}

static ssize_t mbuf_limit_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%llu\n", mbuf_get_limit());
}

static int mbuf_limit_store(const struct knob *kn, const char *buf)
{
	u64 bytes;

	if (kstrtou64(buf, 0, &bytes))
		return -EINVAL;
	return mbuf_set_limit(bytes);
}

static ssize_t mbuf_nocache_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%d\n", test_bit(MBUF_SLOW_NOCACHE, &mbuf_slow));
}

static int mbuf_nocache_store(const struct knob *kn, const char *buf)
{
	unsigned int on;

	if (kstrtouint(buf, 0, &on) || on > 1)
		return -EINVAL;
	mbuf_set_nocache(on);
	return 0;
}

static const struct knob mbuf_knobs[] = {
	KNOB_CALL("mbuf/inuse", mbuf_inuse_show, NULL),
	KNOB_CALL("mbuf/bytes", mbuf_bytes_show, NULL),
	KNOB_CALL("mbuf/drops", mbuf_drops_show, NULL),
	KNOB_CALL("mbuf/limit_bytes", mbuf_limit_show, mbuf_limit_store),
	KNOB_CALL("mbuf/nocache", mbuf_nocache_show, mbuf_nocache_store),
};

/* Limit, counters, knobs. Returns 0 or -errno, and then left nothing behind. */
int mbuf_stat_init(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;
	int error;

	mbuf_limit = clamp(bytes / 16, min(mbuf_limit_min(), LIMIT_DEFAULT), LIMIT_DEFAULT);
	mbuf_socklimit = mbuf_limit - mbuf_limit / 4;
	mbuf_slow = IS_ENABLED(CONFIG_KASAN) ? BIT(MBUF_SLOW_NOCACHE) : 0;
	error = percpu_counter_init(&mbuf_charged, 0, GFP_KERNEL);
	if (error)
		return error;
	error = counter_register(CG_MBUF, "mbuf", mbuf_descs, ARRAY_SIZE(mbuf_descs));
	if (error)
		goto err_charged;
	error = knobs_register(mbuf_knobs, ARRAY_SIZE(mbuf_knobs));
	if (error)
		goto err_counters;
	return 0;

err_counters:
	counter_unregister(CG_MBUF);
err_charged:
	percpu_counter_destroy(&mbuf_charged);
	return error;
}

/* The mirror image of mbuf_stat_init(). */
void mbuf_stat_exit(void)
{
	knobs_unregister(mbuf_knobs, ARRAY_SIZE(mbuf_knobs));
	counter_unregister(CG_MBUF);
	percpu_counter_destroy(&mbuf_charged);
}
