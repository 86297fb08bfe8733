// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_cluster.c - the pools mbufs and clusters come from, and storage attached
 * to mbufs.
 *
 * Every packet's way begins and ends here: m_get() and m_free() -> magazine of
 * the CPU -> here -> slab cache. Layers and fault injection: mbuf_priv.h.
 *
 * Context: any but hard interrupt; a lock may be held unless M_WAIT is asked
 * for. Slab caches are called with preemption as the caller has it, never
 * inside a magazine section.
 * Source: J. Bonwick and J. Adams, "Magazines and Vmem", USENIX 2001, 3
 * (magazines; one array with a depot of slabs is enough here, because what is
 * full is handed on by halves).
 */
#include <bsdnet/mbuf.h>
#include <bsdnet/kassert.h>
#include <bsdnet/mbuf_queue.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "mbuf_priv.h"

/* Size of a cluster with @room bytes of data; the m_store has a line of its own. */
#define CLUSTER_SIZE(room)	ALIGN((room) + sizeof(struct m_store), MBUF_ALIGN)

struct mbuf_pool mbuf_pools[POOL_N] __read_mostly = {
	[POOL_MBUF] = { .mp_size = MSIZE, .mp_room = 0, .mp_id = POOL_MBUF },
	[POOL_CL2K] = { .mp_size = CLUSTER_SIZE(MCLBYTES), .mp_room = MCLBYTES,
			.mp_id = POOL_CL2K },
	[POOL_CL4K] = { .mp_size = CLUSTER_SIZE(MCL4BYTES), .mp_room = MCL4BYTES,
			.mp_id = POOL_CL4K },
	[POOL_CL9K] = { .mp_size = CLUSTER_SIZE(MCL9BYTES), .mp_room = MCL9BYTES,
			.mp_id = POOL_CL9K },
};

struct mbuf_cpu __percpu *mbuf_cpus __read_mostly;

static const char *const pool_names[POOL_N] = {
	[POOL_MBUF] = "bsdnet_mbuf",
	[POOL_CL2K] = "bsdnet_mcl2k",
	[POOL_CL4K] = "bsdnet_mcl4k",
	[POOL_CL9K] = "bsdnet_mcl9k",
};

static struct m_store *cluster_store(const struct mbuf_pool *mp, void *obj)
{
	return (struct m_store *)((u8 *)obj + mp->mp_room);
}

/* What stays true of a cluster while it is in magazines. */
static void cluster_setup(struct mbuf_pool *mp, void *obj)
{
	struct m_store *ms = cluster_store(mp, obj);

	ms->ms_truesize = mp->mp_size;
	ms->ms_free = cluster_free;
	ms->ms_arg = mp;
}

/*
 * Get @n objects (at most MAG_BATCH) from the slab cache into @objs, or fewer
 * when memory is short. Returns how many; 0 is counted.
 */
static u32 depot_get(struct mbuf_pool *mp, void **objs, u32 n, int how)
{
	gfp_t gfp = mbuf_gfp(how);
	unsigned int reason;
	u32 i;

	/* The bulk functions of some kernels turn interrupts on. */
	if (irqs_disabled())
		n = 1;
	reason = mbuf_charge((s64)n * mp->mp_size, how);
	if (reason && n > 1) {
		n = 1;
		reason = mbuf_charge(mp->mp_size, how);
	}
	if (reason) {
		counter_inc(reason);
		return 0;
	}
	if (n > 1 && !kmem_cache_alloc_bulk(mp->mp_cache, gfp, n, objs)) {
		mbuf_uncharge((s64)(n - 1) * mp->mp_size);
		n = 1;
	}
	if (n == 1) {
		objs[0] = kmem_cache_alloc(mp->mp_cache, gfp);
		if (!objs[0]) {
			mbuf_uncharge(mp->mp_size);
			counter_inc(MBS_NOMEM);
			return 0;
		}
	}
	this_cpu_add(mbuf_cpus->mc_got[mp->mp_id], n);
	if (mp->mp_room) {
		for (i = 0; i < n; i++)
			cluster_setup(mp, objs[i]);
	}
	return n;
}

/* Give @n objects back to the slab cache. */
static void depot_put(struct mbuf_pool *mp, void **objs, u32 n)
{
	u32 i;

	if (n > 1 && !irqs_disabled()) {
		kmem_cache_free_bulk(mp->mp_cache, n, objs);
	} else {
		for (i = 0; i < n; i++)
			kmem_cache_free(mp->mp_cache, objs[i]);
	}
	this_cpu_sub(mbuf_cpus->mc_got[mp->mp_id], n);
	mbuf_uncharge((s64)n * mp->mp_size);
}

/* Move up to @n objects from the magazine of this CPU to @objs. */
static u32 mag_take(enum mbuf_pool_id id, void **objs, u32 n)
{
	struct mbuf_mag *mg;

	preempt_disable();
	mg = &this_cpu_ptr(mbuf_cpus)->mc_mag[id];
	if (n > mg->mg_n)
		n = mg->mg_n;
	mg->mg_n -= n;
	memcpy(objs, &mg->mg_obj[mg->mg_n], n * sizeof(*objs));
	preempt_enable();
	return n;
}

/* Move as many of the @n objects into the magazine of this CPU as it can hold. */
static u32 mag_give(enum mbuf_pool_id id, void **objs, u32 n)
{
	struct mbuf_mag *mg;

	preempt_disable();
	mg = &this_cpu_ptr(mbuf_cpus)->mc_mag[id];
	if (n > MAG_SIZE - mg->mg_n)
		n = MAG_SIZE - mg->mg_n;
	memcpy(&mg->mg_obj[mg->mg_n], objs, n * sizeof(*objs));
	mg->mg_n += n;
	preempt_enable();
	return n;
}

/* Make room in a full magazine: its bottom half, which is cold, goes. */
static void mag_flush(struct mbuf_pool *mp)
{
	void *objs[MAG_BATCH];
	struct mbuf_mag *mg;
	u32 n = 0;

	preempt_disable();
	mg = &this_cpu_ptr(mbuf_cpus)->mc_mag[mp->mp_id];
	if (mg->mg_n >= MAG_BATCH) {
		n = MAG_BATCH;
		memcpy(objs, mg->mg_obj, sizeof(objs));
		mg->mg_n -= n;
		memmove(mg->mg_obj, &mg->mg_obj[n], mg->mg_n * sizeof(*objs));
	}
	preempt_enable();
	if (n) {
		depot_put(mp, objs, n);
		counter_inc(MBS_FLUSHES);
	}
}

/*
 * Allocate when the magazine is empty or may not be used: first what softirq
 * left on this CPU, then a batch from the slab cache; at the limit what softirq
 * left anywhere.
 */
void *pool_get_slow(struct mbuf_pool *mp, int how)
{
	bool cached = mp->mp_id < POOL_NMAGS && mag_usable() &&
		      !(READ_ONCE(mbuf_slow) & BIT(MBUF_SLOW_NOCACHE));
	void *objs[MAG_BATCH];
	unsigned int reason;
	void *obj;
	u32 given;
	u32 n;

	if (!cached)
		return depot_get(mp, objs, 1, how) ? objs[0] : NULL;

	/* What a magazine has was charged long ago, so ask for sockets here. */
	reason = mbuf_charge(0, how);
	if (reason == MBS_SOCKLIMIT) {
		counter_inc(reason);
		return NULL;
	}
	obj = mag_pop(mp->mp_id);
	if (obj)
		return obj;
	if (reason)
		mbuf_reap_all();
	else
		mbuf_reap();
	obj = mag_pop(mp->mp_id);
	if (obj)
		return obj;

	n = depot_get(mp, objs, MAG_BATCH, how);
	if (!n)
		return NULL;
	if (n > 1) {
		given = mag_give(mp->mp_id, objs + 1, n - 1);
		/* The task may have moved to a CPU whose magazine is full. */
		if (given < n - 1)
			depot_put(mp, objs + 1 + given, n - 1 - given);
		counter_inc(MBS_REFILLS);
	}
	return objs[0];
}

/* Free when the magazine is full or may not be used. */
void pool_put_slow(struct mbuf_pool *mp, void *obj)
{
	if (mp->mp_id < POOL_NMAGS && in_task() &&
	    !(READ_ONCE(mbuf_slow) & BIT(MBUF_SLOW_NOCACHE))) {
		mag_flush(mp);
		if (mag_give(mp->mp_id, &obj, 1))
			return;
	}
	depot_put(mp, &obj, 1);
}

/* Get up to @n objects of a pool with a magazine. Returns how many. */
u32 pool_getbulk(struct mbuf_pool *mp, void **objs, u32 n, int how)
{
	u32 got = 0;
	u32 k;

	mbuf_assert_how(how);
	if (likely(!READ_ONCE(mbuf_slow) && mag_usable()))
		got = mag_take(mp->mp_id, objs, n);
	while (got < n) {
		/* One by one where each has to be seen (fault injection, limits). */
		if (READ_ONCE(mbuf_slow) || !mag_usable()) {
			objs[got] = pool_get_slow(mp, how);
			k = objs[got] ? 1 : 0;
		} else {
			k = depot_get(mp, objs + got, min_t(u32, n - got, MAG_BATCH), how);
		}
		if (!k)
			break;
		got += k;
	}
	return got;
}

/* Give @n objects of a pool with a magazine back. */
void pool_putbulk(struct mbuf_pool *mp, void **objs, u32 n)
{
	u32 given = 0;
	u32 k;

	if (likely(in_task() && !(READ_ONCE(mbuf_slow) & BIT(MBUF_SLOW_NOCACHE))))
		given = mag_give(mp->mp_id, objs, n);
	for (; given < n; given += k) {
		k = min_t(u32, n - given, MAG_BATCH);
		depot_put(mp, objs + given, k);
	}
}

/* ms_free of a cluster. */
void cluster_free(struct m_store *ms)
{
	struct mbuf_pool *mp = ms->ms_arg;
	void *obj = (u8 *)ms - mp->mp_room;

	if (likely(mp == &mbuf_pools[POOL_CL2K]))
		pool_put(&mbuf_pools[POOL_CL2K], POOL_CL2K, obj, in_task());
	else
		pool_put_slow(mp, obj);
}

/* Describe the cluster @obj in @ext, with one reference. */
void cluster_attach(struct mbuf_pool *mp, struct m_ext *ext, void *obj)
{
	struct m_store *ms = cluster_store(mp, obj);

	refcount_set(&ms->ms_refs, 1);
	ext->ext_buf = obj;
	ext->ext_store = ms;
	ext->ext_size = mp->mp_room;
	ext->ext_pad = 0;
}

/* Storage for @size bytes. Returns 0, -ENOBUFS (counted) or -EINVAL (counted). */
int mext_get(struct m_ext *ext, u32 size, int how)
{
	struct mbuf_pool *mp;
	void *obj;

	if (likely(size <= MCLBYTES)) {
		mp = &mbuf_pools[POOL_CL2K];
		obj = pool_get(&mbuf_pools[POOL_CL2K], POOL_CL2K, how);
	} else if (size <= MCL9BYTES) {
		mbuf_assert_how(how);
		mp = &mbuf_pools[size <= MCL4BYTES ? POOL_CL4K : POOL_CL9K];
		obj = pool_get_slow(mp, how);
	} else {
		if (size <= MAXMCLBYTES)
			return mpage_get(ext, size, size, how);
		counter_inc(MBS_BADARG);
		return -EINVAL;
	}
	if (unlikely(!obj))
		return -ENOBUFS;
	cluster_attach(mp, ext, obj);
	return 0;
}

/**
 * m_clget() - give an mbuf external storage
 * @m:    mbuf without storage and without data; stays the caller's
 * @how:  M_DONTWAIT or M_WAIT, with M_FOR_SOCK for a socket
 * @size: bytes of room wanted, at most MAXMCLBYTES
 *
 * Storage comes in 2, 4 and 9 KiB clusters and above that in pieces of page
 * blocks; m_size() tells the room. m_data points at its start.
 *
 * Context: Any but hard interrupt; with M_WAIT a task that may sleep, netlock
 *          not held.
 * Return:  0; -ENOBUFS without memory or at the limit; -EINVAL if @m has data or
 *          @size is too large. All counted.
 */
int m_clget(struct mbuf *m, int how, u32 size)
{
	int error;

	if (unlikely((m->m_flags & M_EXT) || m->m_len)) {
		counter_inc(MBS_BADARG);
		return -EINVAL;
	}
	error = mext_get(&m->m_ext, size, how);
	if (unlikely(error))
		return error;
	m->m_data = m->m_ext.ext_buf;
	m->m_flags |= M_EXT;
	return 0;
}

BSDNET_EXPORT(m_clget);

/**
 * m_extadd() - attach storage that the caller provides
 * @m:    mbuf without storage and without data; stays the caller's
 * @buf:  first byte that belongs to this packet
 * @size: bytes from @buf
 * @ms:   counter of the storage; the caller's reference passes to @m
 *
 * The last m_free() calls ms_free, in any context but hard interrupt. The
 * storage is writable while @m is its only user; set M_EXTRDONLY to forbid it.
 *
 * Context: Any.
 */
void m_extadd(struct mbuf *m, u8 *buf, u32 size, struct m_store *ms)
{
	if (!KASSERT(!(m->m_flags & M_EXT))) {
		counter_inc(MBS_BADARG);
		mstore_put(m->m_ext.ext_store);
	}
	m->m_ext.ext_buf = buf;
	m->m_ext.ext_store = ms;
	m->m_ext.ext_size = size;
	m->m_ext.ext_pad = 0;
	m->m_data = buf;
	m->m_len = 0;
	m->m_flags |= M_EXT;
}

BSDNET_EXPORT(m_extadd);

/**
 * m_extref() - share the storage of another mbuf
 * @to:   mbuf without storage and without data; stays the caller's
 * @from: mbuf with storage; stays the caller's
 *
 * @to shows the same bytes as @from. From now on neither may be written
 * (m_writable()) until one of them is freed.
 *
 * Context: Any.
 */
void m_extref(struct mbuf *to, const struct mbuf *from)
{
	if (!KASSERT((from->m_flags & M_EXT) && !(to->m_flags & M_EXT))) {
		counter_inc(MBS_BADARG);
		return;
	}
	refcount_inc(&from->m_ext.ext_store->ms_refs);
	to->m_ext = from->m_ext;
	to->m_data = from->m_data;
	to->m_len = from->m_len;
	to->m_flags |= from->m_flags & (M_EXT | M_EXTRDONLY);
}

BSDNET_EXPORT(m_extref);

/**
 * m_unshare() - make the data of one mbuf writable
 * @m:   mbuf; stays the caller's
 * @how: as m_get()
 *
 * If the storage is shared or read-only, the data moves to storage of its own,
 * with the same free room before it as far as there is any.
 *
 * Context: As m_get().
 * Return:  0, -ENOBUFS, or -EINVAL if the data is longer than any storage; then
 *          @m is as it was.
 */
int m_unshare(struct mbuf *m, int how)
{
	struct m_store *old;
	struct m_ext ext;
	int error;
	u32 lead;

	if (m_writable(m))
		return 0;
	lead = m->m_data - m->m_ext.ext_buf;
	if (lead > MAX_LINKHDR)
		lead = MAX_LINKHDR;
	if (m->m_len > MAXMCLBYTES - lead)
		lead = 0;
	error = mext_get(&ext, m->m_len + lead, how);
	if (error)
		return error;
	memcpy(ext.ext_buf + lead, m->m_data, m->m_len);
	old = m->m_ext.ext_store;
	m->m_ext = ext;
	m->m_data = ext.ext_buf + lead;
	m->m_flags &= ~M_EXTRDONLY;
	mstore_put(old);
	counter_inc(MBS_UNSHARED);
	return 0;
}

BSDNET_EXPORT(m_unshare);

/* Empty the magazines of a CPU that is dead, or of any when nobody allocates. */
void pools_drain(struct mbuf_cpu *mc)
{
	struct mbuf_mag *mg;
	int id;

	for (id = 0; id < POOL_NMAGS; id++) {
		mg = &mc->mc_mag[id];
		if (mg->mg_n)
			depot_put(&mbuf_pools[id], mg->mg_obj, mg->mg_n);
		mg->mg_n = 0;
	}
}

/* Make the slab caches. Returns 0 or -ENOMEM, and then left nothing behind. */
int pools_init(void)
{
	struct mbuf_pool *mp;
	u32 first;
	u32 len;

	for (mp = mbuf_pools; mp < mbuf_pools + POOL_N; mp++) {
		/* What user data is copied to and from (hardened usercopy). */
		first = mp->mp_room ? 0 : MHDRLEN;
		len = mp->mp_room ? mp->mp_room : MLEN;
		mp->mp_cache = kmem_cache_create_usercopy(pool_names[mp->mp_id], mp->mp_size,
							  MBUF_ALIGN, SLAB_HWCACHE_ALIGN,
							  first, len, NULL);
		if (!mp->mp_cache) {
			pools_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

/* Destroy the slab caches; those not made are NULL. */
void pools_exit(void)
{
	struct mbuf_pool *mp;

	for (mp = mbuf_pools + POOL_N; mp-- > mbuf_pools;) {
		kmem_cache_destroy(mp->mp_cache);
		mp->mp_cache = NULL;
	}
}
