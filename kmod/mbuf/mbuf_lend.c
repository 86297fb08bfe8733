// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_lend.c - packets whose data is on pages of somebody else, without a copy.
 *
 * Send path: sendfile(2), splice(2) -> sosk_lend() -> here -> protocol.
 *
 * What is lent stays the owner's, who may change it while it waits to be sent; the
 * stack may not. The m_store, which elsewhere lies behind the data, lies in an mbuf
 * of its own, with the list of pages: it comes from a magazine and is counted with
 * the others. The pages go back together, when the last of them is used no more.
 *
 * Context: any but hard interrupt.
 */
#include <bsdnet/mbuf.h>
#include <linux/bvec.h>
#include <linux/container_of.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "mbuf_priv.h"

/*
 * In an mbuf without storage; made by m_getlent(), freed with the last mbuf that
 * shows the data.
 *
 *	I	immutable after creation
 */
struct lent {
	struct m_store	 le_store;	/* first member */
	u32		 le_npages;	/* [I] */
	struct page	*le_pages[M_LENT_MAX];	/* [I] a reference of each held */
};

static_assert(sizeof(struct lent) <= MLEN);

static void lent_free(struct m_store *ms)
{
	struct lent *le = container_of(ms, struct lent, le_store);
	u32 i;

	this_cpu_sub(mbuf_cpus->mc_otherbytes, le->le_npages * PAGE_SIZE);
	mbuf_uncharge(le->le_npages * PAGE_SIZE);
	for (i = 0; i < le->le_npages; i++)
		put_page(le->le_pages[i]);
	m_free(container_of((void *)le, struct mbuf, m_dat));
}

static u8 *bvec_data(const struct bio_vec *bv)
{
	return (u8 *)page_address(bv->bv_page) + bv->bv_offset;
}

/*
 * Does @next follow @bv in memory, so that one mbuf can show both? Copies to the user
 * are checked not to leave a large folio.
 */
static bool bvec_adjoins(const struct bio_vec *bv, const struct bio_vec *next)
{
	struct folio *folio = page_folio(bv->bv_page);
	struct folio *other = page_folio(next->bv_page);

	return bvec_data(next) == bvec_data(bv) + bv->bv_len &&
		(folio == other || (!folio_test_large(folio) && !folio_test_large(other)));
}

/* The mbufs that show @bv, without storage yet. NULL: no memory. */
static struct mbuf *lent_chain(const struct bio_vec *bv, u32 n, int how)
{
	struct mbuf *head = m_gethdr(how);
	struct mbuf *m = head;
	u32 i;

	if (!head)
		return NULL;
	m->m_data = bvec_data(bv);
	for (i = 0; i < n; i++, bv++) {
		if (i && (!bvec_adjoins(bv - 1, bv) || m->m_len + bv->bv_len > MAXMCLBYTES)) {
			m->m_next = m_get(how);
			m = m->m_next;
			if (!m) {
				m_freem(head);
				return NULL;
			}
			m->m_data = bvec_data(bv);
		}
		m->m_len += bv->bv_len;
		head->m_pkthdr.len += bv->bv_len;
	}
	return head;
}

/* Give the mbufs of a chain their storage, which is @le's. */
static void lent_show(struct mbuf *head, struct lent *le)
{
	u32 refs = 0;
	struct mbuf *m;
	u32 share;

	for (m = head; m; m = m->m_next)
		refs++;
	/* Socket buffers count whole pages, however little of them is shown. */
	share = (MSIZE + le->le_npages * PAGE_SIZE) / refs;
	le->le_store.ms_truesize = share;
	le->le_store.ms_free = lent_free;
	le->le_store.ms_arg = NULL;
	refcount_set(&le->le_store.ms_refs, refs);
	for (m = head; m; m = m->m_next) {
		u8 *data = m->m_data;
		u32 len = m->m_len;

		m_extadd(m, data, max(len, share), &le->le_store);
		m->m_flags |= M_EXTRDONLY;
		m->m_len = len;
	}
}

/**
 * m_getlent() - packet whose data is on pages of somebody else
 * @bv:  the data: parts of single pages, always mapped, of memory with reference counts
 *	 (not of slabs); a reference of each is taken
 * @n:   how many, at most M_LENT_MAX
 * @how: as m_get()
 *
 * The packet cannot be written; m_unshare() gives an mbuf of it a copy.
 *
 * Context: Any but hard interrupt; as m_get().
 * Return:  Packet, the caller's; NULL without memory or at the limit (counted).
 */
struct mbuf *m_getlent(const struct bio_vec *bv, u32 n, int how)
{
	unsigned int reason = mbuf_charge(n * PAGE_SIZE, how);
	struct mbuf *holder;
	struct mbuf *head;
	struct lent *le;
	u32 i;

	if (reason) {
		counter_inc(reason);
		return NULL;
	}
	holder = m_get(how);
	if (!holder)
		goto err_charge;
	head = lent_chain(bv, n, how);
	if (!head)
		goto err_holder;
	le = (struct lent *)holder->m_dat;
	le->le_npages = n;
	for (i = 0; i < n; i++) {
		le->le_pages[i] = bv[i].bv_page;
		get_page(bv[i].bv_page);
	}
	lent_show(head, le);
	this_cpu_add(mbuf_cpus->mc_otherbytes, n * PAGE_SIZE);
	counter_add(MBS_LENT, n);
	return head;

err_holder:
	m_free(holder);
err_charge:
	mbuf_uncharge(n * PAGE_SIZE);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(m_getlent);
