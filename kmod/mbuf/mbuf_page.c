// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_page.c - storage for large sends: pieces cut from blocks of pages.
 *
 * Send path: sendmsg -> m_getuser() here -> copy from the user -> protocol.
 *
 * A block is 32 KiB of adjacent pages. Each CPU has one that pieces are cut
 * from, front to back; a piece is data and, behind it, its own m_store, so that
 * it is writable while one mbuf uses it, whatever its neighbours do. The block
 * is freed when its last piece is and the CPU has moved on.
 *
 *	block	| data | m_store | data      | m_store | ...free... | mpage |
 *
 * To count a piece costs no atomic operation when it is cut: the block starts
 * with MPAGE_BIAS references, and when the CPU lets go of it those that were
 * not handed out are taken back at once.
 *
 * A CPU keeps some blocks that have become free: a stream that is read as fast as it is
 * written then asks the kernel for no pages, which would come zeroed (init_on_alloc)
 * for bytes that are overwritten anyway: a sixth of all instructions of such a stream.
 *
 * Context: any but hard interrupt; cutting from the CPU's block only in a task
 * with preemption disabled, others get a block of their own.
 */
#include <bsdnet/mbuf.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "mbuf_priv.h"

#define MPAGE_BYTES	(32 * 1024)
#define MPAGE_ORDER	get_order(MPAGE_BYTES)
#define MPAGE_LINE	MBUF_ALIGN		/* bytes m_store and mpage take */
#define MPAGE_BIAS	0x100000		/* more than the pieces of a block */
#define MPAGE_LEAST	8192			/* pieces of a longer packet are not smaller */
#define GETUSER_MAX	(16 * 1024 * 1024)	/* m_getuser() of more is a mistake */

static_assert(sizeof(struct m_store) <= MPAGE_LINE);
static_assert(MPAGE_BYTES - 2 * MPAGE_LINE == MAXMCLBYTES);

/*
 * A block, described in its last line. Made by mpage_alloc(), found through
 * ms_arg of its pieces, freed by whoever drops the last reference.
 *
 *	a	atomic
 *	I	immutable after creation
 */
struct mpage {
	atomic_t	 mp_refs;	/* [a] pieces in use, and the rest of the bias */
	u32		 mp_bytes;	/* [I] size of the block */
	u8		*mp_buf;	/* [I] start of the block */
};

static_assert(sizeof(struct mpage) <= MPAGE_LINE);

/* A block that this CPU has kept, or NULL. */
static struct mpage *mpage_kept(void)
{
	struct mpage *pg = NULL;
	struct mbuf_cpu *mc;

	if (!mag_usable())
		return NULL;
	preempt_disable();
	mc = this_cpu_ptr(mbuf_cpus);
	if (mc->mc_nkeep)
		pg = mc->mc_keep[--mc->mc_nkeep];
	preempt_enable();
	return pg;
}

/* Keep a block that is free, not charged any more. False: the caller frees it. */
static bool mpage_keep(struct mpage *pg)
{
	struct mbuf_cpu *mc;
	bool kept;

	if (pg->mp_bytes != MPAGE_BYTES || READ_ONCE(mbuf_slow) || !mag_usable())
		return false;
	preempt_disable();
	mc = this_cpu_ptr(mbuf_cpus);
	kept = mc->mc_nkeep < MPAGE_KEEP;
	if (kept)
		mc->mc_keep[mc->mc_nkeep++] = pg;
	preempt_enable();
	return kept;
}

/* A block for at least @room bytes of pieces (m_stores included), @refs references. */
static struct mpage *mpage_alloc(u32 room, int refs, int how)
{
	unsigned int order = get_order(room + MPAGE_LINE);
	u32 bytes = PAGE_SIZE << order;
	unsigned int reason;
	struct mpage *pg;
	struct page *p;

	reason = mbuf_charge(bytes, how);
	if (reason) {
		counter_inc(reason);
		return NULL;
	}
	pg = bytes == MPAGE_BYTES ? mpage_kept() : NULL;
	if (pg) {
		atomic_set(&pg->mp_refs, refs);
		return pg;
	}
	/* Clusters do as well, so no hard work for adjacent pages. */
	p = alloc_pages(mbuf_gfp(how) | __GFP_COMP | __GFP_NORETRY, order);
	if (!p) {
		mbuf_uncharge(bytes);
		counter_inc(MBS_NOMEM);
		return NULL;
	}
	counter_inc(MBS_PAGES);
	pg = page_address(p) + bytes - MPAGE_LINE;
	atomic_set(&pg->mp_refs, refs);
	pg->mp_bytes = bytes;
	pg->mp_buf = page_address(p);
	return pg;
}

/* Drop @n references. */
static void mpage_put(struct mpage *pg, int n)
{
	u32 bytes = pg->mp_bytes;
	u8 *buf = pg->mp_buf;

	if (!atomic_sub_and_test(n, &pg->mp_refs))
		return;
	mbuf_uncharge(bytes);
	if (!mpage_keep(pg))
		__free_pages(virt_to_page(buf), get_order(bytes));
}

/* Let go of the block that pieces were cut from. */
static void mpage_retire(struct mpage_cut *mu)
{
	if (mu->mu_page)
		mpage_put(mu->mu_page, MPAGE_BIAS - mu->mu_pieces);
	mu->mu_page = NULL;
}

/* ms_free of a piece. */
static void mpage_free(struct m_store *ms)
{
	struct mpage *pg = ms->ms_arg;

	this_cpu_sub(mbuf_cpus->mc_otherbytes, ms->ms_truesize);
	mpage_put(pg, 1);
}

/* Bytes of data the next piece can have. */
static u32 mpage_room(const struct mpage_cut *mu)
{
	u32 left;

	if (!mu->mu_page)
		return 0;
	left = mu->mu_page->mp_bytes - MPAGE_LINE - mu->mu_off;
	return left > MPAGE_LINE ? left - MPAGE_LINE : 0;
}

/* Cut @want bytes, or at least @least if there are not so many. Returns success. */
static bool mpage_cut(struct mpage_cut *mu, struct m_ext *ext, u32 want, u32 least)
{
	u32 room = mpage_room(mu);
	u32 size;

	if (room < least)
		return false;
	size = min_t(u32, ALIGN(want, MPAGE_LINE), room);
	ext->ext_buf = mu->mu_page->mp_buf + mu->mu_off;
	ext->ext_store = (struct m_store *)(ext->ext_buf + size);
	ext->ext_store->ms_arg = mu->mu_page;
	ext->ext_size = size;
	ext->ext_pad = 0;
	mu->mu_off += size + MPAGE_LINE;
	mu->mu_pieces++;
	return true;
}

/* Put the new block @mu where this CPU cuts from, if more is left of it than of the old one. */
static void mpage_install(struct mpage_cut *mu)
{
	struct mpage_cut *mine;

	preempt_disable();
	mine = &this_cpu_ptr(mbuf_cpus)->mc_cut;
	if (mpage_room(mine) < mpage_room(mu))
		swap(*mine, *mu);
	preempt_enable();
	mpage_retire(mu);
}

/*
 * Storage of @want bytes, or fewer but at least @least. Returns 0 or -ENOBUFS
 * (counted). @want is at most MAXMCLBYTES.
 */
int mpage_get(struct m_ext *ext, u32 want, u32 least, int how)
{
	bool cached = mag_usable() && !(READ_ONCE(mbuf_slow) & BIT(MBUF_SLOW_NOCACHE));
	struct mpage_cut cut = {};
	bool done = false;

	mbuf_assert_how(how);
	if (cached && mbuf_charge(0, how) != MBS_SOCKLIMIT) {
		preempt_disable();
		done = mpage_cut(&this_cpu_ptr(mbuf_cpus)->mc_cut, ext, want, least);
		preempt_enable();
	}
	if (!done) {
		if (cached)
			cut.mu_page = mpage_alloc(MPAGE_BYTES - MPAGE_LINE, MPAGE_BIAS, how);
		else
			cut.mu_page = mpage_alloc(ALIGN(want, MPAGE_LINE) + MPAGE_LINE,
						  MPAGE_BIAS, how);
		if (!cut.mu_page)
			return -ENOBUFS;
		mpage_cut(&cut, ext, want, least);
		if (cached)
			mpage_install(&cut);
		else
			mpage_retire(&cut);
	}
	refcount_set(&ext->ext_store->ms_refs, 1);
	ext->ext_store->ms_truesize = ext->ext_size + MPAGE_LINE;
	ext->ext_store->ms_free = mpage_free;
	this_cpu_add(mbuf_cpus->mc_otherbytes, ext->ext_store->ms_truesize);
	return 0;
}

/* Let go of the blocks of a CPU that is dead, or of any when nobody allocates. */
void mpage_drain(struct mbuf_cpu *mc)
{
	mpage_retire(&mc->mc_cut);
	while (mc->mc_nkeep)
		__free_pages(virt_to_page(mc->mc_keep[--mc->mc_nkeep]->mp_buf), MPAGE_ORDER);
}

/*
 * Room for @want bytes in @m, which is empty: inline, a cluster, or as much as
 * a piece of pages can hold.
 */
static int m_getroom(struct mbuf *m, u32 want, int how)
{
	struct m_ext ext;

	if (want <= m_size(m))
		return 0;
	if (want <= MCLBYTES)
		return m_clget(m, how, MCLBYTES);
	if (mpage_get(&ext, min_t(u32, want, MAXMCLBYTES), min_t(u32, want, MPAGE_LEAST), how))
		return m_clget(m, how, MCLBYTES);
	m->m_ext = ext;
	m->m_data = ext.ext_buf;
	m->m_flags |= M_EXT;
	return 0;
}

/**
 * m_getuser() - a packet to copy data into
 * @len:      bytes of data, at most 16 MiB
 * @headroom: bytes to keep free before the data, for headers; less than MCLBYTES
 * @how:      as m_get(); from a system call M_WAIT | M_FOR_SOCK, no lock held
 *
 * What is short lies inside the mbuf, up to MCLBYTES in a cluster, and what is
 * longer in pieces of up to 32 KiB. m_len and pkthdr.len are set: the caller
 * writes m_len bytes at m_data of each mbuf of the chain.
 *
 * Context: As m_get().
 * Return:  Packet of @len bytes, whose content is undefined, the caller's; NULL
 *          without memory, at the limit, or for a bad length (counted).
 */
struct mbuf *m_getuser(u32 len, u32 headroom, int how)
{
	struct mbuf *head;
	struct mbuf *m;
	u32 left = len;

	if (unlikely(len > GETUSER_MAX || headroom >= MCLBYTES)) {
		counter_inc(MBS_BADARG);
		return NULL;
	}
	head = m_gethdr(how);
	if (unlikely(!head))
		return NULL;
	if (unlikely(m_getroom(head, left + headroom, how)))
		goto err_free;
	head->m_data += headroom;
	head->m_len = min_t(u32, left, m_size(head) - headroom);
	head->m_pkthdr.len = len;
	left -= head->m_len;
	for (m = head; unlikely(left); m = m->m_next) {
		m->m_next = m_get(how);
		if (!m->m_next || m_getroom(m->m_next, left, how))
			goto err_free;
		m->m_next->m_len = min_t(u32, left, m_size(m->m_next));
		left -= m->m_next->m_len;
	}
	return head;

err_free:
	m_freem(head);
	return NULL;
}

BSDNET_EXPORT(m_getuser);
