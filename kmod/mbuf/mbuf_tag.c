// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_tag.c - small notes that travel with a packet.
 *
 * Not in the way of ordinary packets: they have no tag, and pay one test when
 * they are freed.
 *
 * Context: any but hard interrupt; tags belong to the owner of the packet.
 */
#include <bsdnet/mbuf_tag.h>
#include <bsdnet/kassert.h>
#include <bsdnet/mbuf.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * m_tag_get() - make a tag
 * @id:  what it says (enum m_tag_id)
 * @len: bytes of data, at most M_TAG_MAXLEN
 *
 * Context: Any but hard interrupt; does not sleep.
 * Return:  Tag with undefined data, the caller's until m_tag_prepend(); NULL without
 *          memory or if @len is too large (counted).
 */
struct m_tag *m_tag_get(u16 id, u32 len)
{
	struct m_tag *t;

	if (len > M_TAG_MAXLEN) {
		counter_inc(MBS_BADARG);
		return NULL;
	}
	t = kmalloc(sizeof(*t) + len, GFP_NOWAIT | __GFP_NOWARN);
	if (!t) {
		counter_inc(MBS_NOMEM);
		return NULL;
	}
	t->mt_next = NULL;
	t->mt_id = id;
	t->mt_len = len;
	t->mt_pad = 0;
	return t;
}

BSDNET_EXPORT(m_tag_get);

/**
 * m_tag_free() - free a tag that hangs on no packet
 * @t: tag or NULL
 *
 * Context: Any but hard interrupt.
 */
void m_tag_free(struct m_tag *t)
{
	kfree(t);
}

BSDNET_EXPORT(m_tag_free);

/**
 * m_tag_prepend() - hang a tag on a packet, before its others
 * @m: packet; stays the caller's
 * @t: tag, consumed
 *
 * Context: Any but hard interrupt.
 */
void m_tag_prepend(struct mbuf *m, struct m_tag *t)
{
	if (!KASSERT(m->m_flags & M_PKTHDR)) {
		counter_inc(MBS_BADARG);
		m_tag_free(t);
		return;
	}
	t->mt_next = m->m_pkthdr.ph_tags;
	m->m_pkthdr.ph_tags = t;
}

BSDNET_EXPORT(m_tag_prepend);

/**
 * m_tag_find() - look for a tag
 * @m:     packet
 * @id:    what it says
 * @after: tag of @m to start behind, or NULL for its first
 *
 * Context: Any.
 * Return:  Tag, which still belongs to @m, or NULL.
 */
struct m_tag *m_tag_find(const struct mbuf *m, u16 id, const struct m_tag *after)
{
	struct m_tag *t;

	if (!(m->m_flags & M_PKTHDR))
		return NULL;
	for (t = after ? after->mt_next : m->m_pkthdr.ph_tags; t; t = t->mt_next) {
		if (t->mt_id == id)
			return t;
	}
	return NULL;
}

BSDNET_EXPORT(m_tag_find);

/**
 * m_tag_delete() - take a tag off a packet and free it
 * @m: packet; stays the caller's
 * @t: tag of @m
 *
 * Context: Any but hard interrupt.
 */
void m_tag_delete(struct mbuf *m, struct m_tag *t)
{
	struct m_tag **tp;

	if (!KASSERT(m->m_flags & M_PKTHDR))
		return;
	for (tp = &m->m_pkthdr.ph_tags; *tp; tp = &(*tp)->mt_next) {
		if (*tp == t) {
			*tp = t->mt_next;
			m_tag_free(t);
			return;
		}
	}
	/* Not a tag of @m: whoever owns it frees it. */
	counter_inc(MBS_BADARG);
}

BSDNET_EXPORT(m_tag_delete);

/**
 * m_tag_delete_chain() - free all tags of a packet
 * @m: packet; stays the caller's
 *
 * Context: Any but hard interrupt.
 */
void m_tag_delete_chain(struct mbuf *m)
{
	struct m_tag *t;

	while ((t = m->m_pkthdr.ph_tags)) {
		m->m_pkthdr.ph_tags = t->mt_next;
		m_tag_free(t);
	}
}

BSDNET_EXPORT(m_tag_delete_chain);

/**
 * m_tag_copy_chain() - give a packet copies of another's tags
 * @to:   packet, whose own tags are freed; stays the caller's
 * @from: packet; stays the caller's
 *
 * Context: Any but hard interrupt; does not sleep.
 * Return:  0, or -ENOMEM (counted), and then @to has no tags.
 */
int m_tag_copy_chain(struct mbuf *to, const struct mbuf *from)
{
	const struct m_tag *t;
	struct m_tag **tp;

	m_tag_delete_chain(to);
	tp = &to->m_pkthdr.ph_tags;
	for (t = from->m_pkthdr.ph_tags; t; t = t->mt_next) {
		*tp = m_tag_get(t->mt_id, t->mt_len);
		if (!*tp) {
			m_tag_delete_chain(to);
			return -ENOMEM;
		}
		memcpy((*tp)->mt_data, t->mt_data, t->mt_len);
		tp = &(*tp)->mt_next;
	}
	return 0;
}

BSDNET_EXPORT(m_tag_copy_chain);
