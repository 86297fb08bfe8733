/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * mbuf_priv.h - what the files of this folder share: pools of mbufs and
 * clusters, their per-CPU magazines, the charge against the limit.
 *
 * == Layers ==
 *
 *	m_get, m_free, ml_getbulk ...	packets
 *	pool_get, pool_put		a magazine of the CPU, preemption disabled
 *	depot_get, depot_put		slab caches, MAG_BATCH at a time; limit and
 *					counters are touched only here
 *
 * A magazine is one array a CPU: taken from and given to at its top, where the
 * lines are warm; when full its bottom half goes back to the slab cache. Only
 * tasks touch it (never softirq or hardirq), so preempt_disable() is all the
 * locking it needs. Who allocates in softirq goes to the slab cache; who frees
 * there leaves the packet on mc_remote, a lock-free list of the CPU, which
 * mbuf_reap() empties.
 *
 * == Fault injection ==
 *
 * Every object comes from kmem_cache_alloc*(), kmalloc() or alloc_pages(), where
 * Linux's fault injection (failslab, fail_page_alloc) decides. A magazine would
 * hide most of these decisions, so a task that asked for failures (fail_nth in
 * /proc/self/fail-nth, or make-it-fail) gets no magazine: each of its
 * allocations is one allocation of the kernel and can be made to fail by its
 * number. Compiled out without CONFIG_FAULT_INJECTION.
 *
 * The knob mbuf/nocache switches magazines off for all; it is on by default
 * under KASAN, which then sees a use of a freed mbuf or cluster at once.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after mbuf_init()
 *	a	atomic or per-CPU operation
 *	c	its CPU, in a task, preemption disabled (or a dead CPU's undertaker)
 */
#ifndef _BSDNET_MBUF_PRIV_H
#define _BSDNET_MBUF_PRIV_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netlock.h>
#include <uapi/bsdnet/if.h>

#define MAG_SIZE	64	/* objects in a magazine */
#define MAG_BATCH	32	/* moved between magazine and slab cache at a time */
#define REMOTE_MAX	1024	/* packets left on mc_remote before softirq frees itself */

#define MBUF_ALIGN	64	/* of mbufs and storage, bytes */
#define MCL4BYTES	4096
#define MCL9BYTES	9216

/* m_poison */
#define MBUF_LIVE	0xa5	/* allocated */
#define MBUF_REMOTE	0x5a	/* freed in softirq, on mc_remote */
#define MBUF_DEAD	0x00	/* in a magazine or the slab cache */

/* What of csum_flags still holds of the first part of a packet that is cut. */
#define M_PART_CSUM	(M_IPV4_CSUM_OUT | M_IPV4_CSUM_IN_OK)

/* Those with a magazine come first. */
enum mbuf_pool_id {
	POOL_MBUF,
	POOL_CL2K,
	POOL_NMAGS,
	POOL_CL4K = POOL_NMAGS,
	POOL_CL9K,
	POOL_N
};

/*
 * One kind of object; static, filled by mbuf_init(). A cluster is mp_room bytes
 * of data and, behind them, its m_store.
 */
struct mbuf_pool {
	struct kmem_cache	*mp_cache;	/* [I] */
	u32			 mp_size;	/* [I] bytes an object costs */
	u32			 mp_room;	/* [I] data bytes of a cluster, 0 for mbufs */
	enum mbuf_pool_id	 mp_id;		/* [I] index in mbuf_pools[] */
};

struct mbuf_mag {
	u32	 mg_n;			/* [c] objects here */
	void	*mg_obj[MAG_SIZE];	/* [c] */
};

struct mbuf_list;
struct mpage;

/* Where a CPU cuts storage for large sends from. */
struct mpage_cut {
	struct mpage	*mu_page;	/* [c] or NULL */
	u32		 mu_off;	/* [c] bytes cut off so far */
	u32		 mu_pieces;	/* [c] pieces cut off so far */
};

#define MPAGE_KEEP	8	/* free blocks of pages that a CPU keeps */

/* Per CPU. */
struct mbuf_cpu {
	struct mbuf_mag		mc_mag[POOL_NMAGS];	/* [c] */
	struct mpage_cut	mc_cut;			/* [c] */
	struct mpage		*mc_keep[MPAGE_KEEP];	/* [c] free blocks */
	u32			mc_nkeep;		/* [c] */
	/* Seldom written. Sums over all CPUs mean something, single values do not. */
	s64			mc_got[POOL_N];		/* [a] objects got less given back */
	s64			mc_otherbytes;		/* [a] of page pieces, and lent */
	struct llist_head	mc_remote;		/* [a] packets freed in softirq */
	atomic_t		mc_nremote;		/* [a] about how many */
};

extern struct mbuf_pool mbuf_pools[POOL_N];
extern struct mbuf_cpu __percpu *mbuf_cpus;

/* mbuf_cluster.c: pools and storage */
int pools_init(void);
void pools_exit(void);
void pools_drain(struct mbuf_cpu *mc);
void *pool_get_slow(struct mbuf_pool *mp, int how);
void pool_put_slow(struct mbuf_pool *mp, void *obj);
u32 pool_getbulk(struct mbuf_pool *mp, void **objs, u32 n, int how);
void pool_putbulk(struct mbuf_pool *mp, void **objs, u32 n);
void cluster_free(struct m_store *ms);
int mext_get(struct m_ext *ext, u32 size, int how);
void cluster_attach(struct mbuf_pool *mp, struct m_ext *ext, void *obj);

/* mbuf_page.c */
int mpage_get(struct m_ext *ext, u32 want, u32 least, int how);
void mpage_drain(struct mbuf_cpu *mc);

/* mbuf_alloc.c */
void mbuf_reap_all(void);
void mbuf_free_bulk(struct mbuf_list *ml);

/* mbuf_stat.c */
int mbuf_stat_init(void);
void mbuf_stat_exit(void);
unsigned int mbuf_charge(s64 bytes, int how);
void mbuf_uncharge(s64 bytes);

/* Does this task want to see each allocation fail by its number? */
static inline bool mbuf_fault_injected(void)
{
#ifdef CONFIG_FAULT_INJECTION
	return current->fail_nth || current->make_it_fail;
#else
	return false;
#endif
}

/* May this context use the magazines of its CPU? */
static __always_inline bool mag_usable(void)
{
	return likely(in_task()) && !mbuf_fault_injected();
}

static inline gfp_t mbuf_gfp(int how)
{
	return how & M_WAIT ? GFP_KERNEL | __GFP_NOWARN : GFP_NOWAIT | __GFP_NOWARN;
}

/* One object from the magazine of this CPU, or NULL. mag_usable() is true. */
static __always_inline void *mag_pop(enum mbuf_pool_id id)
{
	struct mbuf_mag *mg;
	void *obj = NULL;

	preempt_disable();
	mg = &this_cpu_ptr(mbuf_cpus)->mc_mag[id];
	if (likely(mg->mg_n))
		obj = mg->mg_obj[--mg->mg_n];
	preempt_enable();
	return obj;
}

/* What M_WAIT promises: a task that may sleep and does not hold netlock. */
static __always_inline void mbuf_assert_how(int how)
{
	if (how & M_WAIT) {
		NET_ASSERT_UNLOCKED();
		if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
			might_sleep();
	}
}

/* One object, or NULL (counted). @mp is a constant and has a magazine. */
static __always_inline void *pool_get(struct mbuf_pool *mp, enum mbuf_pool_id id, int how)
{
	struct mbuf_mag *mg;
	void *obj;

	mbuf_assert_how(how);
	if (likely(!READ_ONCE(mbuf_slow) && mag_usable())) {
		preempt_disable();
		mg = &this_cpu_ptr(mbuf_cpus)->mc_mag[id];
		if (likely(mg->mg_n)) {
			obj = mg->mg_obj[--mg->mg_n];
			preempt_enable();
			return obj;
		}
		preempt_enable();
	}
	return pool_get_slow(mp, how);
}

/* Give one object back; @task says that this is not softirq. */
static __always_inline void pool_put(struct mbuf_pool *mp, enum mbuf_pool_id id, void *obj,
				     bool task)
{
	struct mbuf_mag *mg;

	if (likely(task && !(READ_ONCE(mbuf_slow) & BIT(MBUF_SLOW_NOCACHE)))) {
		preempt_disable();
		mg = &this_cpu_ptr(mbuf_cpus)->mc_mag[id];
		if (likely(mg->mg_n < MAG_SIZE)) {
			mg->mg_obj[mg->mg_n++] = obj;
			preempt_enable();
			return;
		}
		preempt_enable();
	}
	pool_put_slow(mp, obj);
}

/* Was that the last reference of @ms? No atomic write when nobody shares it. */
static __always_inline bool mstore_last(struct m_store *ms)
{
	if (likely(refcount_read(&ms->ms_refs) == 1)) {
		/* What others did before they let go comes before what we do. */
		smp_acquire__after_ctrl_dep();
		return true;
	}
	return refcount_dec_and_test(&ms->ms_refs);
}

/* Drop one reference. Any context but hard interrupt. */
static __always_inline void mstore_put(struct m_store *ms)
{
	if (!mstore_last(ms))
		return;
	if (likely(ms->ms_free == cluster_free))
		cluster_free(ms);	/* spares the indirect call */
	else
		ms->ms_free(ms);
}

/* An empty packet header. Written out: to start "rep stos" costs more than this. */
static __always_inline void pkthdr_init(struct pkthdr *ph)
{
	u64 *p = (u64 *)ph;

	BUILD_BUG_ON(sizeof(*ph) != 11 * sizeof(u64));
	p[0] = 0;
	p[1] = 0;
	p[2] = 0;
	p[3] = 0;
	p[4] = 0;
	p[5] = 0;
	p[6] = 0;
	p[7] = 0;
	p[8] = 0;
	p[9] = 0;
	p[10] = 0;
	ph->ph_prio = BSD_IFQ_DEFPRIO;
}

/* A fresh mbuf with an empty packet header; constants are stored in one piece. */
static __always_inline void m_setuphdr(struct mbuf *m, int how)
{
	m->m_next = NULL;
	m->m_nextpkt = NULL;
	m->m_data = m->m_pktdat;
	m->m_len = 0;
	m->m_flags = M_PKTHDR;
	m->m_spare = 0;
	m->m_poison = MBUF_LIVE;
	pkthdr_init(&m->m_pkthdr);
	if (unlikely(how & (M_FOR_SOCK | M_ZERO_PAD))) {
		if (how & M_FOR_SOCK)
			m->m_flags |= M_SOCK;
		if (how & M_ZERO_PAD)
			memset(m->m_pktdat, 0, MHLEN);
	}
}

#endif /* _BSDNET_MBUF_PRIV_H */
