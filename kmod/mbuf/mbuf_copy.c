// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mbuf_copy.c - copies of packets, and data in and out of them.
 *
 * m_copym() shares storage, for retransmission, multicast and taps;
 * m_dup_pkt() copies the bytes, for whoever writes them.
 *
 * Context: any but hard interrupt; a packet belongs to its owner, no locks.
 */
#include <bsdnet/mbuf.h>
#include <bsdnet/kassert.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "mbuf_priv.h"

/* One mbuf with the @len bytes at @off of @m, whose header it gets with @hdr. */
static struct mbuf *m_copy_one(struct mbuf *m, u32 off, u32 len, struct mbuf *hdr, int how)
{
	struct mbuf *n = m_get(how & ~M_ZERO_PAD);

	if (unlikely(!n))
		return NULL;
	if (hdr && unlikely(m_dup_pkthdr(n, hdr, how)))
		goto err_free;
	if (unlikely(!len))
		return n;
	if (m->m_flags & M_EXT) {
		m_extref(n, m);
		n->m_data += off;
		n->m_len = len;
		return n;
	}
	if (!KASSERT(len <= m_size(n)))
		goto err_free;
	memcpy(n->m_data, m->m_data + off, len);
	n->m_len = len;
	return n;

err_free:
	m_freem(n);
	return NULL;
}

/**
 * m_copym() - a copy of part of a packet that shares its storage
 * @m:   packet or chain; stays the caller's
 * @off: first byte
 * @len: bytes
 * @how: as m_get()
 *
 * Data in external storage is shared and read-only from now on for both
 * (m_writable()); inline data is copied. A copy from byte 0 of a packet is a
 * packet: it has the header with pkthdr.len = @len, and if it is not the whole
 * packet, without the state of its transport checksum.
 *
 * Context: As m_get().
 * Return:  Chain of @len bytes, the caller's; NULL without memory or if @m is
 *          shorter (counted).
 */
struct mbuf *m_copym(struct mbuf *m, u32 off, u32 len, int how)
{
	struct mbuf *hdr = !off && (m->m_flags & M_PKTHDR) ? m : NULL;
	struct mbuf *head = NULL;
	struct mbuf **np = &head;
	struct mbuf *src;
	u32 left = len;
	u32 k;

	/* A header is copied with its own mbuf, or data might not fit behind it. */
	src = hdr ? m : m_getptr(m, off, &off);
	if (unlikely(!src))
		goto err_short;
	do {
		k = min_t(u32, src->m_len - off, left);
		/* Empty mbufs are not worth a copy, but a header needs one. */
		if (k || (hdr && !head)) {
			*np = m_copy_one(src, off, k, head ? NULL : hdr, how);
			if (unlikely(!*np))
				goto err_free;
			np = &(*np)->m_next;
		}
		left -= k;
		off = 0;
		src = src->m_next;
	} while (left && src);
	if (unlikely(left))
		goto err_short;
	if (!head)
		return m_get(how);	/* no bytes of no packet */
	if (hdr) {
		if (len != m->m_pkthdr.len)
			head->m_pkthdr.csum_flags &= M_PART_CSUM;
		head->m_pkthdr.len = len;
	}
	return head;

err_short:
	counter_inc(MBS_BADARG);
err_free:
	m_freem(head);
	return NULL;
}

BSDNET_EXPORT(m_copym);

/**
 * m_dup_pkt() - a copy of a packet with data of its own
 * @m:        packet; stays the caller's
 * @headroom: bytes to keep free before the data; less than MCLBYTES
 * @how:      as m_get()
 *
 * Context: As m_get().
 * Return:  Packet, writable, in as few pieces as m_getuser() makes, the caller's;
 *          NULL without memory or if @m is no packet (counted).
 */
struct mbuf *m_dup_pkt(struct mbuf *m, u32 headroom, int how)
{
	struct mbuf *head;
	struct mbuf *n;
	u32 off = 0;

	if (unlikely(!(m->m_flags & M_PKTHDR))) {
		counter_inc(MBS_BADARG);
		return NULL;
	}
	head = m_getuser(m->m_pkthdr.len, headroom, how);
	if (unlikely(!head))
		return NULL;
	for (n = head; n; n = n->m_next) {
		if (unlikely(m_copydata(m, off, n->m_len, n->m_data)))
			goto err_free;
		off += n->m_len;
	}
	if (unlikely(m_dup_pkthdr(head, m, how)))
		goto err_free;
	return head;

err_free:
	m_freem(head);
	return NULL;
}

BSDNET_EXPORT(m_dup_pkt);

/**
 * m_copydata() - copy bytes out of a packet
 * @m:   packet or chain; stays the caller's
 * @off: first byte
 * @len: bytes
 * @buf: where to
 *
 * Context: Any.
 * Return:  0, or -EINVAL if @m is shorter (counted); then @buf is undefined.
 */
int m_copydata(const struct mbuf *m, u32 off, u32 len, void *buf)
{
	u8 *p = buf;
	u32 k;

	for (; m && off >= m->m_len; m = m->m_next)
		off -= m->m_len;
	for (; len && m; m = m->m_next) {
		k = min_t(u32, m->m_len - off, len);
		memcpy(p, m->m_data + off, k);
		p += k;
		len -= k;
		off = 0;
	}
	if (likely(!len && (m || !off)))
		return 0;
	counter_inc(MBS_BADARG);
	return -EINVAL;
}

BSDNET_EXPORT(m_copydata);

/* Append @len bytes of @buf, or zeroes if it is NULL, behind @m, the last mbuf. */
static u32 m_append(struct mbuf *m, u32 len, const void *buf, int how)
{
	u32 done = 0;
	u32 k;

	for (;;) {
		k = min_t(u32, m_trailingspace(m), len - done);
		if (buf)
			memcpy(m->m_data + m->m_len, buf + done, k);
		else
			memset(m->m_data + m->m_len, 0, k);
		m->m_len += k;
		done += k;
		if (done == len)
			return done;
		m->m_next = m_get(how & ~M_ZERO_PAD);
		if (!m->m_next)
			return done;
		m = m->m_next;
		if (len - done > MLEN &&
		    m_clget(m, how, min_t(u32, len - done, MAXMCLBYTES)))
			return done;
	}
}

/**
 * m_copyback() - write bytes into a packet, making it longer if need be
 * @m:   packet or chain; stays the caller's
 * @off: first byte; what lies between the end of @m and @off is zeroed
 * @len: bytes
 * @buf: where from
 * @how: as m_get()
 *
 * Storage that is shared or read-only is replaced by a copy before it is
 * written. @m stays the first mbuf. pkthdr.len follows.
 *
 * Context: As m_get().
 * Return:  0; -ENOBUFS without memory: then some of the bytes may have been written,
 *          and the packet is whole; -EINVAL for an impossible length (counted).
 */
int m_copyback(struct mbuf *m, u32 off, u32 len, const void *buf, int how)
{
	struct mbuf *head = m;
	const u8 *p = buf;
	u32 pad = 0;
	int error;
	u32 done;
	u32 k;

	if (unlikely(off > INT_MAX || len > INT_MAX - off)) {
		counter_inc(MBS_BADARG);
		return -EINVAL;
	}
	/* What is there is overwritten ... */
	for (;;) {
		if (len && off < m->m_len) {
			error = m_unshare(m, how);
			if (unlikely(error))
				return error;
			k = min_t(u32, m->m_len - off, len);
			memcpy(m->m_data + off, p, k);
			off += k;
			len -= k;
			p += k;
		}
		if (!len)
			return 0;
		if (!m->m_next)
			break;
		off -= m->m_len;
		m = m->m_next;
	}
	/* ... the rest appended, behind zeroes if it does not begin at the end. */
	if (off > m->m_len) {
		pad = off - m->m_len;
		done = m_append(m, pad, NULL, how);
		if (head->m_flags & M_PKTHDR)
			head->m_pkthdr.len += done;
		if (done < pad)
			return -ENOBUFS;
		while (m->m_next)
			m = m->m_next;
	}
	done = m_append(m, len, p, how);
	if (head->m_flags & M_PKTHDR)
		head->m_pkthdr.len += done;
	return done < len ? -ENOBUFS : 0;
}

BSDNET_EXPORT(m_copyback);

/**
 * m_apply() - call a function on bytes of a packet where they lie
 * @m:   packet or chain; stays the caller's
 * @off: first byte
 * @len: bytes
 * @fn:  called on each piece, in order; stops if it returns non-zero
 * @arg: passed to @fn
 *
 * Context: Any; as @fn.
 * Return:  What @fn returned last, 0 if it was not called, -EINVAL if @m is shorter
 *          (counted, @fn has seen what there is).
 */
int m_apply(const struct mbuf *m, u32 off, u32 len,
	    int (*fn)(void *arg, const u8 *data, u32 len), void *arg)
{
	int error;
	u32 k;

	for (; m && off >= m->m_len; m = m->m_next)
		off -= m->m_len;
	for (; len && m; m = m->m_next) {
		k = min_t(u32, m->m_len - off, len);
		if (k) {
			error = fn(arg, m->m_data + off, k);
			if (error)
				return error;
		}
		len -= k;
		off = 0;
	}
	if (likely(!len && (m || !off)))
		return 0;
	counter_inc(MBS_BADARG);
	return -EINVAL;
}

BSDNET_EXPORT(m_apply);
