// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_alloc.c - get and free mbufs; packet headers; init and exit.
 *
 * Every path begins with m_gethdr() or ml_getbulk() and ends with m_freem() or
 * ml_purge(). An mbuf comes from the magazine of the CPU and goes there again
 * (mbuf_priv.h); of its 256 bytes only the 32 of the mbuf and the 88 of the
 * packet header are written.
 *
 * A free in softirq (faces, taps, the adapter) may not touch magazines: the
 * packet is put on a lock-free list of the CPU as it is, and taken apart by
 * mbuf_reap(), which softnet calls every turn and an allocation calls that finds
 * its magazine empty. When that list is long, softirq frees to the slab caches
 * itself, so that what waits there has a bound.
 *
 * Context: any but hard interrupt; with M_WAIT a task that may sleep.
 */
#include <bsdnet/mbuf.h>
#include <bsdnet/kassert.h>
#include <bsdnet/mbuf_queue.h>
#include <bsdnet/mbuf_tag.h>
#include <bsdnet/subsys.h>
#include <linux/cpuhotplug.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "mbuf_priv.h"

/* Flags that a copy of a packet shares with the original. */
#define M_COPYFLAGS	(M_BCAST | M_MCAST | M_LOOP | M_VLANTAG | M_TSVALID | M_FRAG | \
			 M_FLOWID | M_ICMPERR)

#define PURGE_BATCH	32	/* objects gathered before they are given back */

static int mbuf_cpuhp = -EINVAL;	/* state for CPUs that die, < 0: none */

/* A fresh mbuf without packet header; constants are stored in one piece. */
static __always_inline void m_setup(struct mbuf *m, int how)
{
	m->m_next = NULL;
	m->m_nextpkt = NULL;
	m->m_data = m->m_dat;
	m->m_len = 0;
	m->m_flags = 0;
	m->m_spare = 0;
	m->m_poison = MBUF_LIVE;
	if (unlikely(how & (M_FOR_SOCK | M_ZERO_PAD))) {
		if (how & M_FOR_SOCK)
			m->m_flags |= M_SOCK;
		if (how & M_ZERO_PAD)
			memset(m->m_dat, 0, MLEN);
	}
}

/**
 * m_get() - allocate an mbuf without packet header
 * @how: M_DONTWAIT or M_WAIT; M_FOR_SOCK for a socket; M_ZERO_PAD for zeroed data
 *
 * Context: Any but hard interrupt. With M_WAIT a task that may sleep, netlock
 *          not held (asserted).
 * Return:  Empty mbuf with MLEN bytes of room, the caller's; NULL without memory or
 *          at the limit (counted).
 */
struct mbuf *m_get(int how)
{
	struct mbuf *m = pool_get(&mbuf_pools[POOL_MBUF], POOL_MBUF, how);

	if (unlikely(!m))
		return NULL;
	m_setup(m, how);
	return m;
}

BSDNET_EXPORT(m_get);

/**
 * m_gethdr() - allocate an mbuf with packet header: an empty packet
 * @how: as m_get()
 *
 * Context: As m_get().
 * Return:  Packet of no bytes with MHLEN bytes of room, the caller's; NULL without
 *          memory or at the limit (counted).
 */
struct mbuf *m_gethdr(int how)
{
	struct mbuf *m = pool_get(&mbuf_pools[POOL_MBUF], POOL_MBUF, how);

	if (unlikely(!m))
		return NULL;
	m_setuphdr(m, how);
	return m;
}

BSDNET_EXPORT(m_gethdr);

/**
 * m_getcl() - allocate an empty packet with storage
 * @how:  as m_get(), M_ZERO_PAD has no effect
 * @size: bytes of room wanted, at most MAXMCLBYTES
 *
 * Context: As m_get().
 * Return:  Packet of no bytes with at least @size bytes of room in one piece, the
 *          caller's; NULL without memory, at the limit or if @size is too large
 *          (counted).
 */
struct mbuf *m_getcl(int how, u32 size)
{
	struct mbuf *m = m_gethdr(how & ~M_ZERO_PAD);

	if (unlikely(!m))
		return NULL;
	if (unlikely(m_clget(m, how, size))) {
		m_freem(m);
		return NULL;
	}
	return m;
}

BSDNET_EXPORT(m_getcl);

/* Leave a packet freed in softirq to a thread. False: too many wait already. */
static bool m_free_remote(struct mbuf *m)
{
	struct mbuf_cpu *mc = raw_cpu_ptr(mbuf_cpus);

	if (atomic_inc_return(&mc->mc_nremote) > REMOTE_MAX) {
		atomic_dec(&mc->mc_nremote);
		return false;
	}
	m->m_poison = MBUF_REMOTE;
	llist_add(&m->m_llnode, &mc->mc_remote);
	counter_inc(MBS_REMOTE);
	return true;
}

/* Has @m been freed before? Then it is no longer the caller's, and left alone. */
static __always_inline bool m_dead(const struct mbuf *m)
{
	if (likely(m->m_poison == MBUF_LIVE))
		return false;
	counter_inc(MBS_BADFREE);
	return !KASSERT(m->m_poison == MBUF_LIVE);
}

/* Free one mbuf; returns the next of the chain. @task: this is not softirq. */
static __always_inline struct mbuf *m_free_one(struct mbuf *m, bool task)
{
	struct mbuf *next = m->m_next;

	if (m_dead(m))
		return NULL;
	m->m_poison = MBUF_DEAD;
	if (m->m_flags & M_EXT)
		mstore_put(m->m_ext.ext_store);
	if (likely(m->m_flags & M_PKTHDR) && unlikely(m->m_pkthdr.ph_tags))
		m_tag_delete_chain(m);
	pool_put(&mbuf_pools[POOL_MBUF], POOL_MBUF, m, task);
	return next;
}

/* m_freem() in softirq. */
static noinline void m_freem_softirq(struct mbuf *m)
{
	if (m_dead(m) || m_free_remote(m))
		return;
	do {
		m = m_free_one(m, false);
	} while (m);
}

/**
 * m_free() - free one mbuf
 * @m: mbuf, consumed; its storage goes when nobody else shares it
 *
 * Context: Any but hard interrupt.
 * Return:  The next mbuf of the chain, the caller's, or NULL.
 */
struct mbuf *m_free(struct mbuf *m)
{
	struct mbuf *next;

	if (likely(in_task()))
		return m_free_one(m, true);
	next = m->m_next;
	m->m_next = NULL;
	m_freem_softirq(m);
	return next;
}

BSDNET_EXPORT(m_free);

/**
 * m_freem() - free a packet or any chain of mbufs
 * @m: chain, consumed; NULL is fine
 *
 * Context: Any but hard interrupt.
 */
void m_freem(struct mbuf *m)
{
	if (unlikely(!m))
		return;
	if (unlikely(!in_task())) {
		m_freem_softirq(m);
		return;
	}
	do {
		m = m_free_one(m, true);
	} while (unlikely(m));
}

BSDNET_EXPORT(m_freem);

/* Objects on their way back to the magazines. */
struct mbuf_batch {
	u32	 mb_nmbufs;
	u32	 mb_nclusters;
	void	*mb_mbufs[PURGE_BATCH];
	void	*mb_clusters[PURGE_BATCH];
};

static void batch_flush(struct mbuf_batch *mb)
{
	if (mb->mb_nmbufs)
		pool_putbulk(&mbuf_pools[POOL_MBUF], mb->mb_mbufs, mb->mb_nmbufs);
	if (mb->mb_nclusters)
		pool_putbulk(&mbuf_pools[POOL_CL2K], mb->mb_clusters, mb->mb_nclusters);
	mb->mb_nmbufs = 0;
	mb->mb_nclusters = 0;
}

/* As m_free_one(), but gather what has a magazine in @mb. */
static struct mbuf *batch_add(struct mbuf_batch *mb, struct mbuf *m)
{
	struct mbuf *next = m->m_next;
	struct m_store *ms;

	if (m_dead(m))
		return NULL;
	m->m_poison = MBUF_DEAD;
	if (m->m_flags & M_EXT) {
		ms = m->m_ext.ext_store;
		if (ms->ms_arg != &mbuf_pools[POOL_CL2K])
			mstore_put(ms);
		else if (mstore_last(ms))
			mb->mb_clusters[mb->mb_nclusters++] = (u8 *)ms - MCLBYTES;
	}
	if ((m->m_flags & M_PKTHDR) && unlikely(m->m_pkthdr.ph_tags))
		m_tag_delete_chain(m);
	mb->mb_mbufs[mb->mb_nmbufs++] = m;
	if (mb->mb_nmbufs == PURGE_BATCH)
		batch_flush(mb);
	return next;
}

/* Free all packets of @ml, which is left empty. In a task. */
void mbuf_free_bulk(struct mbuf_list *ml)
{
	struct mbuf_batch mb;
	struct mbuf *m;

	mb.mb_nmbufs = 0;
	mb.mb_nclusters = 0;
	while ((m = ml_dequeue(ml))) {
		do {
			m = batch_add(&mb, m);
		} while (m);
	}
	batch_flush(&mb);
}

/* Free what softirq left on the list of @mc. In a task, of any CPU. */
static void mbuf_reap_cpu(struct mbuf_cpu *mc)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct llist_node *node;
	struct mbuf *next;
	struct mbuf *m;

	node = llist_del_all(&mc->mc_remote);
	if (!node)
		return;
	llist_for_each_entry_safe(m, next, node, m_llnode) {
		m->m_poison = MBUF_LIVE;
		ml_enqueue(&ml, m);
	}
	atomic_sub(ml_len(&ml), &mc->mc_nremote);
	mbuf_free_bulk(&ml);
}

/**
 * mbuf_reap() - free what softirq left on this CPU's list
 *
 * Cheap when there is nothing. Softnet threads call it once a turn.
 *
 * Context: Task; may be called with locks held.
 */
void mbuf_reap(void)
{
	struct mbuf_cpu *mc = raw_cpu_ptr(mbuf_cpus);

	if (unlikely(!llist_empty(&mc->mc_remote)))
		mbuf_reap_cpu(mc);
}

BSDNET_EXPORT(mbuf_reap);

/* The same for all CPUs: at the limit, and before counting. In a task. */
void mbuf_reap_all(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		mbuf_reap_cpu(per_cpu_ptr(mbuf_cpus, cpu));
}

/**
 * m_inithdr() - make an mbuf an empty packet
 * @m: mbuf without storage, of which nothing is worth keeping; stays the caller's
 *
 * Context: Any.
 */
void m_inithdr(struct mbuf *m)
{
	if (!KASSERT(!(m->m_flags & M_EXT))) {
		counter_inc(MBS_BADARG);
		mstore_put(m->m_ext.ext_store);
	}
	m_setuphdr(m, m->m_flags & M_SOCK ? M_FOR_SOCK : 0);
}

BSDNET_EXPORT(m_inithdr);

/*
 * Make room for a packet header in @to. Inline data stays where it is if the
 * header leaves it alone. Returns false if data is in the way.
 */
static bool m_hdrspace(struct mbuf *to)
{
	if (to->m_flags & (M_PKTHDR | M_EXT))
		return true;
	if (!to->m_len) {
		to->m_data = to->m_pktdat;
		return true;
	}
	return to->m_data >= to->m_pktdat;
}

/**
 * m_dup_pkthdr() - give an mbuf a copy of a packet's header
 * @to:   mbuf, fresh or with its data where no header goes; stays the caller's
 * @from: packet; stays the caller's
 * @how:  as m_get()
 *
 * Tags are copied too. pkthdr.len is @from's: the caller sets it if it differs.
 *
 * Context: Any but hard interrupt.
 * Return:  0; -ENOMEM without memory for a tag; -EINVAL if data is in the way or
 *          @from is no packet (counted).
 */
int m_dup_pkthdr(struct mbuf *to, struct mbuf *from, int how)
{
	struct m_tag *tags;

	if (unlikely(!(from->m_flags & M_PKTHDR) || !m_hdrspace(to))) {
		counter_inc(MBS_BADARG);
		return -EINVAL;
	}
	tags = to->m_flags & M_PKTHDR ? to->m_pkthdr.ph_tags : NULL;
	to->m_flags = (to->m_flags & ~M_COPYFLAGS) | (from->m_flags & M_COPYFLAGS) | M_PKTHDR;
	to->m_pkthdr = from->m_pkthdr;
	to->m_pkthdr.ph_tags = tags;
	if (likely(!tags && !from->m_pkthdr.ph_tags))
		return 0;
	return m_tag_copy_chain(to, from);
}

BSDNET_EXPORT(m_dup_pkthdr);

/**
 * m_move_pkthdr() - move a packet's header to another mbuf
 * @to:   mbuf, fresh or with its data where no header goes; stays the caller's
 * @from: packet, an mbuf without header after; stays the caller's
 *
 * Queue link and tags move too.
 *
 * Context: Any but hard interrupt.
 */
void m_move_pkthdr(struct mbuf *to, struct mbuf *from)
{
	if (!KASSERT((from->m_flags & M_PKTHDR) && m_hdrspace(to))) {
		counter_inc(MBS_BADARG);
		return;
	}
	if ((to->m_flags & M_PKTHDR) && to->m_pkthdr.ph_tags)
		m_tag_delete_chain(to);
	to->m_flags = (to->m_flags & ~M_COPYFLAGS) | (from->m_flags & M_COPYFLAGS) | M_PKTHDR;
	to->m_pkthdr = from->m_pkthdr;
	to->m_nextpkt = from->m_nextpkt;
	from->m_nextpkt = NULL;
	from->m_flags &= ~(M_COPYFLAGS | M_PKTHDR);
}

BSDNET_EXPORT(m_move_pkthdr);

/**
 * m_resethdr() - forget all that is known of a packet but its bytes
 * @m: packet; stays the caller's
 *
 * For packets that come out of a tunnel or go into another interface: tags,
 * checksum and pf state, hints and flags go; length, loop count and routing
 * table stay.
 *
 * Context: Any but hard interrupt.
 */
void m_resethdr(struct mbuf *m)
{
	u16 rtableid;
	u8 loopcnt;
	u32 len;

	if (!KASSERT(m->m_flags & M_PKTHDR)) {
		counter_inc(MBS_BADARG);
		return;
	}
	rtableid = m->m_pkthdr.ph_rtableid;
	loopcnt = m->m_pkthdr.ph_loopcnt;
	len = m->m_pkthdr.len;
	m_tag_delete_chain(m);
	pkthdr_init(&m->m_pkthdr);
	m->m_pkthdr.ph_rtableid = rtableid;
	m->m_pkthdr.ph_loopcnt = loopcnt;
	m->m_pkthdr.len = len;
	m->m_flags &= ~M_COPYFLAGS;
}

BSDNET_EXPORT(m_resethdr);

/* Everything a CPU has put by goes back. The CPU is dead, or nobody allocates. */
static void mbuf_drain_cpu(int cpu)
{
	struct mbuf_cpu *mc = per_cpu_ptr(mbuf_cpus, cpu);

	mbuf_reap_cpu(mc);
	pools_drain(mc);
	mpage_drain(mc);
}

static int mbuf_cpu_dead(unsigned int cpu)
{
	mbuf_drain_cpu(cpu);
	return 0;
}

/**
 * mbuf_init() - make caches and magazines
 *
 * Context: Process, without locks. After sysfs_init().
 * Return:  0 or -errno, and then left nothing behind.
 */
int mbuf_init(void)
{
	int error;
	int cpu;

	mbuf_cpus = alloc_percpu(struct mbuf_cpu);
	if (!mbuf_cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		init_llist_head(&per_cpu_ptr(mbuf_cpus, cpu)->mc_remote);
	error = pools_init();
	if (error)
		goto err_percpu;
	error = mbuf_stat_init();
	if (error)
		goto err_pools;
	error = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "bsdnet/mbuf:dead", NULL,
					  mbuf_cpu_dead);
	if (error < 0)
		goto err_stat;
	mbuf_cpuhp = error;
	return 0;

err_stat:
	mbuf_stat_exit();
err_pools:
	pools_exit();
err_percpu:
	free_percpu(mbuf_cpus);
	mbuf_cpus = NULL;
	return error;
}

/**
 * mbuf_exit() - drain magazines, destroy caches
 *
 * All packets have been freed; whatever is still out is a leak and is told.
 *
 * Context: Process, without locks; nobody allocates or frees any more.
 */
void mbuf_exit(void)
{
	u64 leaked;
	int cpu;

	cpuhp_remove_state_nocalls(mbuf_cpuhp);
	/*
	 * Reaping on this CPU fills its magazine, so all lists come first. Nothing
	 * shall be put into a magazine after it was drained.
	 */
	mbuf_set_nocache(true);
	leaked = mbuf_inuse();
	if (!KASSERT(!leaked))
		pr_warn("bsdnet: %llu mbufs leaked\n", leaked);
	for_each_possible_cpu(cpu)
		mbuf_drain_cpu(cpu);
	mbuf_stat_exit();
	pools_exit();
	free_percpu(mbuf_cpus);
	mbuf_cpus = NULL;
}
