// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_id.c - identification of IPv4 datagrams.
 *
 * Send path: ip_output.c, raw_ip.c -> here.
 * Context: in a section; preemption off for some ten instructions, no lock.
 * Source: RFC 791 3.2, RFC 6864 4.2 (unique for source, destination, protocol
 * while a datagram may live), RFC 7739 5.3 (double hash, tells nothing of what is
 * sent to others).
 *
 * An id is F(src, dst, proto) + counter[G(src, dst, proto)], F and G from one
 * keyed hash. Who sees the ids sent to him sees differences of one counter; to
 * make them say little of other flows on the same counter it skips a random
 * number of ids with each block taken.
 *
 * Each CPU takes ids from the shared counter in blocks for the destinations it
 * talks to, so that a packet costs one compare and one add and no line is
 * written by two CPUs for each of them. Blocks start at two ids and double while
 * they are used up; an entry pushed out by another destination wastes what is
 * left of its block.
 */
#include <bsdnet/ip_var.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#define IP_ID_COUNTERS	2048	/* shared counters, a power of two */
#define IP_ID_CPUBITS	8	/* destinations a CPU has blocks for: 256 */
#define IP_ID_BLOCK_MIN	2
#define IP_ID_BLOCK_MAX	32
#define IP_ID_SKIP_MASK	7	/* ids skipped with a block: 0..7 */

/* Block of one destination on one CPU; owned by whoever has preemption off there. */
struct ip_id_block {
	__be32	iib_src;
	__be32	iib_dst;
	u16	iib_next;	/* next id */
	u8	iib_left;	/* ids left */
	u8	iib_size;	/* size of this block */
	u8	iib_proto;
};

struct ip_id_cpu {
	struct ip_id_block	iic_blocks[1 << IP_ID_CPUBITS];
};

static struct ip_id_cpu __percpu *ip_id_cpus;	/* [I] */
static atomic_t *ip_id_counters;		/* [I] IP_ID_COUNTERS of them */
static siphash_key_t ip_id_key __read_mostly;	/* [I] */

/* Take a fresh block for the key that is in @iib. */
static noinline void ip_id_refill(struct ip_id_block *iib)
{
	unsigned int size = iib->iib_size;
	unsigned int skip;
	u64 hash;
	u32 end;

	hash = siphash_3u32((__force u32)iib->iib_src, (__force u32)iib->iib_dst,
			    iib->iib_proto, &ip_id_key);
	skip = get_random_u32() & IP_ID_SKIP_MASK;
	end = atomic_add_return(size + skip, &ip_id_counters[hash % IP_ID_COUNTERS]);
	iib->iib_next = end - size + (hash >> 48);
	iib->iib_left = size;
}

/**
 * bsd_ip_id() - identification for a datagram
 * @src:   source address
 * @dst:   destination address
 * @proto: IPPROTO_*
 *
 * Not repeated for the same arguments within some 50000 datagrams, whichever
 * CPUs send them.
 *
 * Context: Process or softirq; turns preemption off.
 * Return:  the id, network order.
 * Source:  RFC 6864 4.2, RFC 7739 5.3.
 */
__be16 bsd_ip_id(__be32 src, __be32 dst, u8 proto)
{
	struct ip_id_block *iib;
	u16 id;

	iib = get_cpu_ptr(ip_id_cpus)->iic_blocks +
	      hash_32((__force u32)src ^ (__force u32)dst ^ proto, IP_ID_CPUBITS);
	if (unlikely(iib->iib_dst != dst || iib->iib_src != src || iib->iib_proto != proto)) {
		iib->iib_src = src;
		iib->iib_dst = dst;
		iib->iib_proto = proto;
		iib->iib_size = IP_ID_BLOCK_MIN;
		ip_id_refill(iib);
	} else if (unlikely(!iib->iib_left)) {
		iib->iib_size = clamp(iib->iib_size * 2, IP_ID_BLOCK_MIN, IP_ID_BLOCK_MAX);
		ip_id_refill(iib);
	}
	iib->iib_left--;
	id = iib->iib_next++;
	put_cpu_ptr(ip_id_cpus);
	return htons(id);
}

/**
 * bsd_ip_id_init() - make counters and key
 *
 * Context: Module load.
 * Return:  0 or -ENOMEM.
 */
int bsd_ip_id_init(void)
{
	unsigned int i;

	ip_id_counters = kcalloc(IP_ID_COUNTERS, sizeof(*ip_id_counters), GFP_KERNEL);
	if (!ip_id_counters)
		return -ENOMEM;
	ip_id_cpus = alloc_percpu(struct ip_id_cpu);
	if (!ip_id_cpus) {
		kfree(ip_id_counters);
		return -ENOMEM;
	}
	for (i = 0; i < IP_ID_COUNTERS; i++)
		atomic_set(&ip_id_counters[i], get_random_u32());
	get_random_bytes(&ip_id_key, sizeof(ip_id_key));
	return 0;
}

/**
 * bsd_ip_id_exit() - free them
 *
 * Context: Module unload, nothing is sent any more.
 */
void bsd_ip_id_exit(void)
{
	free_percpu(ip_id_cpus);
	kfree(ip_id_counters);
}
