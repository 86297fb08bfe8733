// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * softnet_flow.c - which thread a flow or a CPU's work belongs to.
 *
 * The flow table maps 256 buckets of the flow hash to the CPUs in use: the first
 * softnet/threads of those online. Hotplug and the knob only rebuild it. Readers
 * are in any context and take no lock.
 *
 * The hash is Toeplitz with a symmetric key (0x6d5a repeated: S. Woo, K. Park,
 * "Scalable TCP Session Monitoring with Symmetric Receive-side Scaling", 2012),
 * so that both directions of a connection have one home; drivers program the
 * same key.
 */
#include "softnet_priv.h"
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/byteorder.h>

/* Read by every packet: not beside softnet_pending. */
static u16 softnet_flows[SOFTNET_NFLOWS] __read_mostly;	/* [a] CPU of a bucket */
static u16 *softnet_used;	/* [softnet_mtx] CPUs in use, in order */

unsigned int softnet_nthreads;	/* [softnet_mtx] knob softnet/threads */
atomic_t softnet_pending[SOFTNET_NFLOWS];

const u8 softnet_rss_key[40] = {
	0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a,
	0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a,
	0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a,
	0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a,
};
BSDNET_EXPORT(softnet_rss_key);

/**
 * softnet_flow_init() - allocate the tables
 *
 * Return: 0 or -ENOMEM.
 */
int softnet_flow_init(void)
{
	softnet_nthreads = num_possible_cpus();
	softnet_used = kcalloc(nr_cpu_ids, sizeof(*softnet_used), GFP_KERNEL);
	return softnet_used ? 0 : -ENOMEM;
}

/**
 * softnet_flow_exit() - free the tables
 */
void softnet_flow_exit(void)
{
	kfree(softnet_used);
}

/**
 * softnet_flow_build() - make the tables anew
 *
 * Context: Process, softnet_mtx held.
 */
void softnet_flow_build(void)
{
	unsigned int i, n = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		if (n < softnet_nthreads && !READ_ONCE(per_cpu_ptr(softnets, cpu)->sn_parked))
			softnet_used[n++] = cpu;
	}
	if (!n)
		softnet_used[n++] = cpumask_first(cpu_online_mask);
	for (i = 0; i < SOFTNET_NFLOWS; i++)
		WRITE_ONCE(softnet_flows[i], softnet_used[i % n]);
	for_each_possible_cpu(cpu) {
		bool used = false;

		for (i = 0; i < n; i++)
			used |= softnet_used[i] == cpu;
		WRITE_ONCE(per_cpu_ptr(softnets, cpu)->sn_home,
			   used ? cpu : softnet_used[cpu % n]);
	}
	softnet_rehome_polls();
}

/**
 * softnet_home() - the CPU that does a CPU's work
 * @cpu: CPU, maybe not in use
 */
unsigned int softnet_home(unsigned int cpu)
{
	return READ_ONCE(per_cpu_ptr(softnets, cpu)->sn_home);
}

/**
 * softnet_flow_cpu() - home of a flow
 * @flow: flow hash
 *
 * Context: Any.
 */
unsigned int softnet_flow_cpu(u32 flow)
{
	return READ_ONCE(softnet_flows[flow % SOFTNET_NFLOWS]);
}

BSDNET_EXPORT(softnet_flow_cpu);

/**
 * softnet_flow_busy() - has a flow packets queued at its home?
 * @flow: flow hash
 *
 * Then a sender must not run packets of it itself: they would overtake.
 *
 * Context: Any.
 */
bool softnet_flow_busy(u32 flow)
{
	return atomic_read(&softnet_pending[flow % SOFTNET_NFLOWS]);
}

/**
 * softnet_set_threads() - use another number of threads
 * @n: threads
 *
 * Context: Process, may sleep; netlock not held.
 * Return:  0, or -EINVAL if there are fewer CPUs, or none is asked for.
 */
int softnet_set_threads(unsigned int n)
{
	int cpu;

	if (!n || n > num_possible_cpus())
		return -EINVAL;
	mutex_lock(&softnet_mtx);
	softnet_nthreads = n;
	softnet_flow_build();
	mutex_unlock(&softnet_mtx);
	/* What still waits on threads no longer used is done there. */
	for_each_online_cpu(cpu)
		softnet_wake(per_cpu_ptr(softnets, cpu));
	return 0;
}

/* 32 bits of input at bit offset @off of the key, onto @hash. */
static u32 toeplitz_word(u32 hash, u32 word)
{
	/*
	 * The key repeats every 16 bits, so the 32-bit window at any offset is
	 * 0x6d5a6d5a rotated by the offset modulo 16.
	 */
	u32 key = 0x6d5a6d5a;

	for (; word; word <<= 1, key = rol32(key, 1))
		if (word & 0x80000000)
			hash ^= key;
	return hash;
}

/**
 * softnet_toeplitz4() - hash of an IPv4 flow, the same in both directions
 * @src:   source address
 * @dst:   destination address
 * @sport: source port, 0 if there is none
 * @dport: destination port
 *
 * With this key the hash of the concatenation is that of the exclusive or of all
 * 16-bit halves, for every half starts at the same phase of the key.
 *
 * Context: Any.
 * Return:  what RSS hardware with softnet_rss_key computes.
 */
u32 softnet_toeplitz4(__be32 src, __be32 dst, __be16 sport, __be16 dport)
{
	u32 a = ntohl(src) ^ ntohl(dst);
	u32 half = (a >> 16) ^ (a & 0xffff) ^ ntohs(sport) ^ ntohs(dport);

	return toeplitz_word(0, half << 16);
}

BSDNET_EXPORT(softnet_toeplitz4);
