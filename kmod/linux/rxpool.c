// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rxpool.c - receive buffers for drivers, on the kernel's page_pool.
 *
 * Receive path: driver fills its ring from here -> device -> driver harvests ->
 * m_extadd() -> ... -> last m_free() brings the page back.
 * Context: rxpool_get() by the one thread that owns the ring; the rest any
 * context but hard interrupt.
 *
 * No DMA mapping is asked of the page_pool: virtio's core maps (or needs no
 * mapping); a driver of real hardware maps each buffer itself.
 */
#include <bsdnet/rxpool.h>
#include <bsdnet/compat_pagepool.h>
#include <linux/slab.h>
#include <linux/string.h>

/* One a ring. Made and destroyed by the driver; pages know the kernel's pool. */
struct rxpool {
	struct page_pool	*rp_pool;	/* [I] freed when all pages are back */
};

/* m_store's ms_free: the last reference is gone. */
static void rxpool_free(struct m_store *ms)
{
	page_pool_put_full_page(ms->ms_arg, virt_to_page(ms), false);
}

/**
 * rxpool_create() - make a pool of receive pages
 * @size: pages kept for reuse, about the ring's length
 *
 * Context: Process, may sleep.
 * Return:  the pool, or an ERR_PTR().
 */
struct rxpool *rxpool_create(unsigned int size)
{
	struct page_pool_params params = {
		.pool_size = size,
		.nid = NUMA_NO_NODE,
	};
	struct rxpool *rp;
	int error;

	rp = kzalloc(sizeof(*rp), GFP_KERNEL);
	if (!rp)
		return ERR_PTR(-ENOMEM);
	rp->rp_pool = page_pool_create(&params);
	if (IS_ERR(rp->rp_pool)) {
		error = PTR_ERR(rp->rp_pool);
		kfree(rp);
		return ERR_PTR(error);
	}
	return rp;
}

BSDNET_EXPORT(rxpool_create);

/**
 * rxpool_destroy() - the ring is gone
 * @rp: pool
 *
 * Pages still in packets come back later; the kernel frees the page_pool then.
 *
 * Context: Process, may sleep.
 */
void rxpool_destroy(struct rxpool *rp)
{
	page_pool_destroy(rp->rp_pool);
	kfree(rp);
}

BSDNET_EXPORT(rxpool_destroy);

/**
 * rxpool_get() - take a buffer
 * @rp: pool
 *
 * Context: The one thread that fills the ring. Does not sleep.
 * Return:  store of a buffer of RXPOOL_BUFSIZE bytes with one reference, which
 *          m_extadd() hands to a packet; NULL without memory.
 */
struct m_store *rxpool_get(struct rxpool *rp)
{
	struct m_store *ms;
	struct page *page;

	page = page_pool_alloc_pages(rp->rp_pool, GFP_NOWAIT | __GFP_NOWARN);
	if (!page)
		return NULL;
	ms = page_address(page) + RXPOOL_BUFSIZE;
	refcount_set(&ms->ms_refs, 1);
	ms->ms_truesize = PAGE_SIZE;
	ms->ms_free = rxpool_free;
	ms->ms_arg = rp->rp_pool;
	return ms;
}

BSDNET_EXPORT(rxpool_get);

/**
 * rxpool_mbuf() - what a device wrote into a buffer, as an mbuf
 * @ms:    buffer; consumed
 * @off:   where it begins
 * @len:   bytes
 * @first: of a packet, hence with packet header
 *
 * What is short enough is copied, so that the buffer is free at once.
 *
 * Context: Any but hard interrupt.
 * Return:  mbuf, or NULL without memory.
 */
struct mbuf *rxpool_mbuf(struct m_store *ms, u32 off, u32 len, bool first)
{
	struct mbuf *m = first ? m_gethdr(M_DONTWAIT) : m_get(M_DONTWAIT);

	if (unlikely(!m)) {
		rxpool_put(ms);
		return NULL;
	}
	if (first && len <= MHLEN - RXPOOL_OFFSET) {
		m->m_data += RXPOOL_OFFSET;
		memcpy(m->m_data, rxpool_buf(ms) + off, len);
		rxpool_put(ms);
	} else {
		m_extadd(m, rxpool_buf(ms), RXPOOL_BUFSIZE, ms);
		m->m_data = rxpool_buf(ms) + off;
	}
	m->m_len = len;
	return m;
}

BSDNET_EXPORT(rxpool_mbuf);
