// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_shape.c - change where the bytes of a packet lie: prepend, pull up, trim,
 * split, join.
 *
 * Headers are read after m_pullup(), taken off by m_adj() and put on by
 * m_prepend(); none of them copies data while the headers lie in one piece with
 * room before them, which is how drivers and m_getuser() make packets.
 *
 * Context: any but hard interrupt; a packet belongs to its owner, no locks.
 * Storage that is shared or read-only is never written.
 */
#include <bsdnet/mbuf.h>
#include <bsdnet/mbuf_tag.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "mbuf_priv.h"

#define M_PROTO_IN_OK	(M_TCP_CSUM_IN_OK | M_UDP_CSUM_IN_OK | M_ICMP_CSUM_IN_OK)

static struct mbuf *m_last(struct mbuf *m)
{
	while (m->m_next)
		m = m->m_next;
	return m;
}

/* Bytes in the chain. */
static u32 m_length(const struct mbuf *m)
{
	u32 len = 0;

	for (; m; m = m->m_next)
		len += m->m_len;
	return len;
}

/* Bytes to keep free before @len bytes of data in @size bytes of room. */
static u32 m_lead(u32 size, u32 len)
{
	return ALIGN_DOWN(min_t(u32, size - len, MAX_LINKHDR), sizeof(u32));
}

/*
 * A new mbuf before @m, with its packet header if it has one, and room for
 * @len bytes. Returns NULL without memory; @m is as it was.
 */
static struct mbuf *m_newhead(struct mbuf *m, u32 len, int how)
{
	struct mbuf *n = m_get(how & ~M_ZERO_PAD);

	if (!n)
		return NULL;
	if (m->m_flags & M_PKTHDR)
		n->m_data = n->m_pktdat;
	if (len > (m->m_flags & M_PKTHDR ? MHLEN : MLEN) && m_clget(n, how, len)) {
		m_free(n);
		return NULL;
	}
	if (m->m_flags & M_PKTHDR)
		m_move_pkthdr(n, m);
	n->m_next = m;
	return n;
}

/* Move bytes from the mbufs behind @m to its end until it has @len; there is room. */
static void m_gather(struct mbuf *m, u32 len)
{
	struct mbuf *n;
	u32 k;

	while (m->m_len < len && (n = m->m_next)) {
		k = min_t(u32, n->m_len, len - m->m_len);
		memcpy(m->m_data + m->m_len, n->m_data, k);
		m->m_len += k;
		n->m_data += k;
		n->m_len -= k;
		if (!n->m_len)
			m->m_next = m_free(n);
	}
}

/**
 * m_prepend() - make room before the data of a packet
 * @m:   packet or chain, consumed
 * @len: bytes wanted, at most MCLBYTES
 * @how: as m_get()
 *
 * Uses the room before the data if it may be written; otherwise a new mbuf with
 * as much room as possible before the new bytes, for the next header. pkthdr.len
 * grows by @len.
 *
 * Context: As m_get().
 * Return:  Packet with @len undefined bytes in front, in one piece, writable; NULL
 *          without memory or for a bad length, and then @m was freed (counted).
 */
struct mbuf *m_prepend(struct mbuf *m, u32 len, int how)
{
	struct mbuf *n;

	if (likely(m_leadingspace(m) >= len)) {
		m->m_data -= len;
		m->m_len += len;
	} else {
		if (unlikely(len > MCLBYTES)) {
			m_drop(m, MBS_BADARG);
			return NULL;
		}
		n = m_newhead(m, len, how);
		if (unlikely(!n)) {
			m_freem(m);
			return NULL;
		}
		m = n;
		m->m_data += ALIGN_DOWN(m_size(m) - len, sizeof(long));
		m->m_len = len;
	}
	if (m->m_flags & M_PKTHDR)
		m->m_pkthdr.len += len;
	return m;
}

BSDNET_EXPORT(m_prepend);

/* A new mbuf in front with the first @len bytes of @m, which the packet has. */
static struct mbuf *m_pullnew(struct mbuf *m, u32 len)
{
	struct mbuf *n;

	if (unlikely(len > MAXMCLBYTES)) {
		m_drop(m, MBS_BADARG);
		return NULL;
	}
	n = m_newhead(m, len, M_DONTWAIT);
	if (unlikely(!n)) {
		m_freem(m);
		return NULL;
	}
	n->m_data += m_lead(m_size(n), len);
	m_gather(n, len);
	counter_inc(MBS_PULLUPS);
	return n;
}

/**
 * m_pullup() - get the first bytes of a packet into one piece
 * @m:   packet or chain, consumed
 * @len: bytes, at most MAXMCLBYTES
 *
 * Does nothing if they are. Otherwise they are copied into the room behind the
 * first mbuf's data, or into a new mbuf with MAX_LINKHDR bytes of room before
 * them where that fits. Pointers into the packet are stale after.
 *
 * Context: Any but hard interrupt; does not sleep.
 * Return:  Packet whose first mbuf has @len bytes or more; NULL if it is shorter
 *          or without memory, and then @m was freed (counted).
 */
struct mbuf *m_pullup(struct mbuf *m, u32 len)
{
	if (likely(m->m_len >= len))
		return m;
	if (unlikely(m_length(m) < len)) {
		m_drop(m, MBS_TOOSHORT);
		return NULL;
	}
	if (m_trailingspace(m) >= len - m->m_len) {
		m_gather(m, len);
		return m;
	}
	return m_pullnew(m, len);
}

BSDNET_EXPORT(m_pullup);

/**
 * m_makewritable() - get the first bytes of a packet into one piece of its own
 * @m:   packet or chain, consumed
 * @len: bytes, at most MAXMCLBYTES
 *
 * As m_pullup(), and they may be written: for whoever changes headers of packets
 * that others may share.
 *
 * Context: Any but hard interrupt; does not sleep.
 * Return:  As m_pullup().
 */
struct mbuf *m_makewritable(struct mbuf *m, u32 len)
{
	m = m_pullup(m, len);
	if (unlikely(!m) || likely(m_writable(m)))
		return m;
	return m_pullnew(m, len);
}

BSDNET_EXPORT(m_makewritable);

/* Trim @len bytes from the front. */
static void m_adj_front(struct mbuf *m, u32 len)
{
	struct mbuf *first = m;
	u32 left = len;
	u32 k;

	for (; m && left; m = m->m_next) {
		k = min_t(u32, m->m_len, left);
		m->m_data += k;
		m->m_len -= k;
		left -= k;
	}
	if (first->m_flags & M_PKTHDR)
		first->m_pkthdr.len -= min(len - left, first->m_pkthdr.len);
}

/* Trim @len bytes from the end; mbufs that become empty are freed, the first stays. */
static void m_adj_end(struct mbuf *m, u32 len)
{
	u32 total = m_length(m);
	u32 keep = total > len ? total - len : 0;
	u32 left = keep;

	if (m->m_flags & M_PKTHDR)
		m->m_pkthdr.len = keep;
	while (m->m_len < left) {
		left -= m->m_len;
		m = m->m_next;
	}
	m->m_len = left;
	m_freem(m->m_next);
	m->m_next = NULL;
}

/**
 * m_adj() - trim a packet
 * @m:   packet or chain; stays the caller's
 * @len: bytes off the front, or, negative, off the end
 *
 * No mbuf is freed at the front, so the first one may be left with no data. Of
 * a packet that is shorter nothing is left.
 *
 * Context: Any but hard interrupt.
 */
void m_adj(struct mbuf *m, int len)
{
	if (likely(len >= 0 && m->m_len >= len && (m->m_flags & M_PKTHDR))) {
		m->m_data += len;
		m->m_len -= len;
		m->m_pkthdr.len -= len;
	} else if (len >= 0) {
		m_adj_front(m, len);
	} else {
		m_adj_end(m, -(u32)len);
	}
}

BSDNET_EXPORT(m_adj);

/* Cut @m before @cut, one of its mbufs but not the first. Returns the rest or NULL. */
static struct mbuf *m_split_between(struct mbuf *m, struct mbuf *cut, int how)
{
	struct mbuf *prev;
	struct mbuf *n;

	if (!(m->m_flags & M_PKTHDR)) {
		n = cut;
	} else if ((cut->m_flags & M_EXT) || cut->m_data >= cut->m_pktdat) {
		n = cut;
		if (m_dup_pkthdr(n, m, how)) {
			n->m_flags &= ~M_PKTHDR;
			return NULL;
		}
	} else {
		/* Data is where the header belongs, so that gets its own mbuf. */
		n = m_gethdr(how & ~M_ZERO_PAD);
		if (!n)
			return NULL;
		if (m_dup_pkthdr(n, m, how)) {
			m_freem(n);
			return NULL;
		}
		n->m_next = cut;
	}
	for (prev = m; prev->m_next != cut;)
		prev = prev->m_next;
	prev->m_next = NULL;
	return n;
}

/* Cut @m at byte @off of its mbuf @cut. Returns the rest or NULL. */
static struct mbuf *m_split_within(struct mbuf *m, struct mbuf *cut, u32 off, int how)
{
	u32 len = cut->m_len - off;
	struct mbuf *tail;
	struct mbuf *n;

	n = m_get(how & ~M_ZERO_PAD);
	if (!n)
		return NULL;
	if ((m->m_flags & M_PKTHDR) && m_dup_pkthdr(n, m, how))
		goto err_free;
	tail = n;
	if (len && (cut->m_flags & M_EXT)) {
		m_extref(n, cut);
		n->m_data += off;
		n->m_len = len;
	} else {
		if (len > m_size(n)) {
			/* Too much to lie behind a header. */
			tail = m_get(how & ~M_ZERO_PAD);
			if (!tail)
				goto err_free;
			n->m_next = tail;
		}
		memcpy(tail->m_data, cut->m_data + off, len);
		tail->m_len = len;
	}
	tail->m_next = cut->m_next;
	cut->m_next = NULL;
	cut->m_len = off;
	return n;

err_free:
	m_freem(n);
	return NULL;
}

/**
 * m_split() - cut a packet in two
 * @m:   packet or chain; stays the caller's, and keeps the first @len bytes
 * @len: where to cut, at most the length of @m
 * @how: as m_get()
 *
 * No data is copied but inline data; an mbuf with storage that is cut is shared
 * by both. The rest gets a copy of the packet header if @m has one; checksum
 * state of the transport protocol holds for neither part and is cleared in both.
 *
 * Context: As m_get().
 * Return:  The rest, the caller's, which may be empty; NULL without memory or if
 *          @m is shorter, and then @m is as it was (counted).
 */
struct mbuf *m_split(struct mbuf *m, u32 len, int how)
{
	struct mbuf *cut;
	struct mbuf *n;
	u32 off;

	cut = m_getptr(m, len, &off);
	if (unlikely(!cut)) {
		counter_inc(MBS_BADARG);
		return NULL;
	}
	if (!off && cut != m)
		n = m_split_between(m, cut, how);
	else
		n = m_split_within(m, cut, off, how);
	if (n && (m->m_flags & M_PKTHDR)) {
		n->m_pkthdr.len = m->m_pkthdr.len - len;
		n->m_pkthdr.csum_flags = 0;
		m->m_pkthdr.len = len;
		m->m_pkthdr.csum_flags &= M_PART_CSUM;
	}
	return n;
}

BSDNET_EXPORT(m_split);

/**
 * m_cat() - append a chain to another
 * @m: packet or chain; stays the caller's
 * @n: packet or chain, consumed; NULL is fine
 *
 * Short data is copied into room behind the end of @m; the rest is linked. If @m
 * is a packet, pkthdr.len grows. The header of @n, if it is a packet, is lost;
 * the transport checksum of @m counts as verified only if both were.
 *
 * Context: Any but hard interrupt.
 */
void m_cat(struct mbuf *m, struct mbuf *n)
{
	struct mbuf *last = m_last(m);
	u32 len = m_length(n);

	if (unlikely(!n))
		return;
	if (n->m_flags & M_PKTHDR) {
		if (m->m_flags & M_PKTHDR)
			m->m_pkthdr.csum_flags &= n->m_pkthdr.csum_flags | ~M_PROTO_IN_OK;
		m_tag_delete_chain(n);
		n->m_flags &= ~M_PKTHDR;
	}
	n->m_nextpkt = NULL;
	if (m->m_flags & M_PKTHDR)
		m->m_pkthdr.len += len;
	while (n && n->m_len <= MLEN && m_trailingspace(last) >= n->m_len) {
		memcpy(last->m_data + last->m_len, n->m_data, n->m_len);
		last->m_len += n->m_len;
		n = m_free(n);
	}
	last->m_next = n;
}

BSDNET_EXPORT(m_cat);

/**
 * m_defrag() - get all of a packet into one mbuf
 * @m:   packet or chain, at most MAXMCLBYTES long; stays the caller's
 * @how: as m_get()
 *
 * The mbuf @m itself stays the first one, so pointers to it stay good; pointers
 * to its data do not. Room of MAX_LINKHDR bytes is kept before the data where
 * it fits.
 *
 * Context: As m_get().
 * Return:  0; -ENOBUFS without memory, -EMSGSIZE if @m is too long (counted), and
 *          then @m is as it was.
 */
int m_defrag(struct mbuf *m, int how)
{
	struct m_store *old = NULL;
	u8 inl[MLEN];
	struct m_ext ext;
	u32 room;
	u32 len;
	int error;

	if (!m->m_next)
		return 0;
	len = m_length(m);
	if (len > MAXMCLBYTES) {
		counter_inc(MBS_BADARG);
		return -EMSGSIZE;
	}
	room = m->m_flags & M_PKTHDR ? MHLEN : MLEN;
	if (len > room) {
		error = mext_get(&ext, min_t(u32, len + MAX_LINKHDR, MAXMCLBYTES), how);
		if (error)
			return error;
		m_copydata(m, 0, len, ext.ext_buf + m_lead(ext.ext_size, len));
	} else {
		m_copydata(m, 0, len, inl);
	}
	m_freem(m->m_next);
	m->m_next = NULL;
	if (m->m_flags & M_EXT)
		old = m->m_ext.ext_store;
	m->m_flags &= ~(M_EXT | M_EXTRDONLY);
	if (len > room) {
		m->m_ext = ext;
		m->m_flags |= M_EXT;
	}
	m->m_data = m_start(m) + m_lead(m_size(m), len);
	if (len <= room)
		memcpy(m->m_data, inl, len);
	m->m_len = len;
	if (old)
		mstore_put(old);
	counter_inc(MBS_DEFRAGS);
	return 0;
}

BSDNET_EXPORT(m_defrag);

/**
 * m_getptr() - find the mbuf that has a byte of a packet
 * @m:    packet or chain; stays the caller's
 * @off:  byte, from 0
 * @poff: where its place in the mbuf found is stored
 *
 * @off may be the length of the packet: then the end of the last mbuf is found.
 *
 * Context: Any.
 * Return:  Mbuf, or NULL if @m is shorter.
 */
struct mbuf *m_getptr(struct mbuf *m, u32 off, u32 *poff)
{
	while (m->m_len <= off) {
		if (!m->m_next) {
			if (m->m_len < off)
				return NULL;
			break;
		}
		off -= m->m_len;
		m = m->m_next;
	}
	*poff = off;
	return m;
}

BSDNET_EXPORT(m_getptr);

/**
 * m_span() - how much of a range lies in a few mbufs
 * @m:   packet or chain that has all of the range; stays the caller's
 * @off: first byte
 * @len: bytes
 * @max: mbufs at most
 *
 * Context: Any.
 * Return:  Bytes from @off on, at most @len.
 */
u32 m_span(struct mbuf *m, u32 off, u32 len, unsigned int max)
{
	u32 span = 0;

	for (m = m_getptr(m, off, &off); m && max-- && span < len; m = m->m_next) {
		span += m->m_len - off;
		off = 0;
	}
	return min(span, len);
}
EXPORT_SYMBOL_IF_KUNIT(m_span);
