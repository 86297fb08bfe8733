// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sockbuf_stream.c - socket buffers of streams: one chain of mbufs, no records.
 *
 * Receive path: tcp_segment.c -> sb_append_stream() -> socket_stream.c. Send path:
 * tcp_usrreq.c -> sb_append_stream(); tcp_ack.c -> sb_drop(). Splicing moves bytes from
 * one to the other: sb_take_stream(), sb_append_taken().
 *
 * sb_ml.ml_head is the first mbuf of the chain, ml_tail the last one. A reader may
 * look at the bytes that sb_cc counted without the lock, as long as nobody but it
 * drops: appending changes the end only.
 *
 * Context: process. Leaf lock sb_lock.
 */
#include <bsdnet/sockbuf.h>
#include <bsdnet/kassert.h>
#include <bsdnet/mbuf_tag.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/trace.h>
#include <linux/minmax.h>
#include <linux/string.h>

/*
 * What is no longer than this is copied behind what is there, if that has room; when
 * half of the storage is used, whatever fits.
 */
#define SB_COMPRESS	512
/*
 * Storage may grow beyond sb_mbmax by what the peer was told it may send, which is
 * counted in bytes of data: refusing it would make a window a lie. So many times. Whatever
 * comes while there is less than sb_mbmax is taken: of a buffer that was made smaller
 * one packet of a large window may be more than all of that.
 */
#define SB_OVERHEAD	4
#define SB_PARTS	4	/* of storage: more are not accounted each by itself */

/* Storage of one mbuf. */
static u32 sb_onesize(const struct mbuf *m)
{
	return MSIZE + (m->m_flags & M_EXT ? m->m_ext.ext_size : 0);
}

/* @m is data of a stream from here on, no packet. */
static void sb_plain(struct mbuf *m)
{
	if (!(m->m_flags & M_PKTHDR))
		return;
	while (m->m_pkthdr.ph_tags)
		m_tag_delete(m, m->m_pkthdr.ph_tags);
	m->m_flags &= ~M_PKTHDR;
}

/* Copy the data of @m behind the last mbuf. False if it has no room. Buffer locked. */
static bool sb_compress(struct sockbuf *sb, const struct mbuf *m, u32 len)
{
	struct mbuf *tail = sb->sb_ml.ml_tail;

	if (!tail || m_trailingspace(tail) < len)
		return false;
	if (len > SB_COMPRESS && sb->sb_mbcnt < READ_ONCE(sb->sb_mbmax) / 2)
		return false;
	if (m_copydata(m, 0, len, tail->m_data + tail->m_len))
		return false;
	tail->m_len += len;
	return true;
}

/* Storage of a chain, and its last mbuf. */
static u32 sb_chainsize(struct mbuf *m, struct mbuf **tail)
{
	u32 size = 0;

	for (; m; m = m->m_next) {
		size += sb_onesize(m);
		*tail = m;
	}
	return size;
}

/* Put a chain of @len bytes behind what is there. Buffer locked. */
static void sb_link(struct sockbuf *sb, struct mbuf *m, struct mbuf *tail, u32 len, u32 size)
{
	if (sb->sb_ml.ml_tail)
		sb->sb_ml.ml_tail->m_next = m;
	else
		sb->sb_ml.ml_head = m;
	sb->sb_ml.ml_tail = tail;
	sb->sb_ml.ml_len = 1;
	WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt + size);
	WRITE_ONCE(sb->sb_cc, sb->sb_cc + len);
}

/**
 * sb_append_stream() - append bytes to a stream
 * @so: socket, alive by the caller's section or reference
 * @sb: one of its buffers
 * @m:  packet, whose data is appended; consumed if there was room
 *
 * The caller has seen to it that the bytes fit; here their storage is limited, which
 * may be many times as much. Few bytes are copied into storage that is there.
 *
 * Context: Process. Takes and releases sb_lock.
 * Return:  true; false if there is no room for the storage, or the user's share is
 *	    used up, and @m stays the caller's.
 */
bool sb_append_stream(struct bsd_socket *so, struct sockbuf *sb, struct mbuf *m)
{
	u32 len = m->m_pkthdr.len;
	struct mbuf *tail = NULL;
	bool full = so_user_full(so->so_user);
	u32 mbmax;
	u32 size;

	trace_bsdnet_sbappend(m->m_pkthdr.ph_ifidx, len);
	spin_lock(&sb->sb_lock);
	if (sb_compress(sb, m, len)) {
		WRITE_ONCE(sb->sb_cc, sb->sb_cc + len);
		spin_unlock(&sb->sb_lock);
		m_freem(m);
		return true;
	}
	size = sb_chainsize(m, &tail);
	mbmax = READ_ONCE(sb->sb_mbmax);
	if (unlikely(full || (sb->sb_mbcnt >= mbmax &&
			      sb->sb_mbcnt + size > SB_OVERHEAD * mbmax))) {
		WRITE_ONCE(sb->sb_drops, sb->sb_drops + 1);
		spin_unlock(&sb->sb_lock);
		counter_inc(full ? SOS_USERLIMIT : SOS_RCVFULL);
		return false;
	}
	sb_plain(m);
	sb_link(sb, m, tail, len, size);
	spin_unlock(&sb->sb_lock);
	so_user_charge(so->so_user, size);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(sb_append_stream);

/**
 * sb_append_taken() - append bytes that another stream held
 * @so:  socket, alive by the caller's section or reference
 * @sb:  one of its buffers
 * @m:   chain of sb_take_stream(); consumed
 * @len: bytes of it
 *
 * Whether there is room is the caller's question. No limit of storage refuses them:
 * nothing new is stored, and a share that is used up by what waits to be moved would
 * stay used up.
 *
 * Context: Process. Takes and releases sb_lock.
 */
void sb_append_taken(struct bsd_socket *so, struct sockbuf *sb, struct mbuf *m, u32 len)
{
	struct mbuf *tail = NULL;
	u32 size;

	spin_lock(&sb->sb_lock);
	if (len <= SB_COMPRESS && sb_compress(sb, m, len)) {
		WRITE_ONCE(sb->sb_cc, sb->sb_cc + len);
		spin_unlock(&sb->sb_lock);
		m_freem(m);
		return;
	}
	size = sb_chainsize(m, &tail);
	sb_link(sb, m, tail, len, size);
	spin_unlock(&sb->sb_lock);
	so_user_charge(so->so_user, size);
}
EXPORT_SYMBOL_IF_KUNIT(sb_append_taken);

/*
 * Unlink the mbufs that lie within the first *@len bytes, but behind the first one no
 * more storage than @max. *@len: what is left of the bytes; *@size: storage. Buffer locked.
 */
static struct mbuf *sb_unlink(struct sockbuf *sb, u32 *len, u32 max, u32 *size)
{
	struct mbuf *first = NULL;
	struct mbuf **last = &first;
	bool more = sb->sb_cc > *len;
	u32 want = *len;
	struct mbuf *m;

	while ((m = sb->sb_ml.ml_head) && m->m_len <= *len) {
		u32 one = sb_onesize(m);

		if (*len < want && *size + one > max)
			break;
		*len -= m->m_len;
		*size += one;
		sb->sb_ml.ml_head = m->m_next;
		m->m_next = NULL;
		*last = m;
		last = &m->m_next;
		if (!*len && more)
			break;
	}
	if (!sb->sb_ml.ml_head)
		ml_init(&sb->sb_ml);
	return first;
}

/* The first @len bytes are no longer there; the mark, if it was among them, neither. */
static void sb_mark_drop(struct sockbuf *sb, u32 len)
{
	if (likely(!sb->sb_urgent))
		return;
	if (len > sb->sb_mark)
		WRITE_ONCE(sb->sb_urgent, SBU_NONE);
	else
		WRITE_ONCE(sb->sb_mark, sb->sb_mark - len);
	WRITE_ONCE(sb->sb_urgpast, sb->sb_urgpast - min_t(u32, sb->sb_urgpast, len));
}

/**
 * sb_drop() - forget the first bytes of a stream
 * @so:  socket, alive by the caller's section or reference
 * @sb:  one of its buffers
 * @len: bytes, no more than are there
 *
 * Context: Process. Takes and releases sb_lock.
 */
void sb_drop(struct bsd_socket *so, struct sockbuf *sb, u32 len)
{
	struct mbuf *gone;
	u32 left = len;
	u32 size = 0;

	spin_lock(&sb->sb_lock);
	if (!KASSERT(len <= sb->sb_cc)) {
		len = sb->sb_cc;
		left = len;
	}
	gone = sb_unlink(sb, &left, U32_MAX, &size);
	if (left) {
		sb->sb_ml.ml_head->m_data += left;
		sb->sb_ml.ml_head->m_len -= left;
	}
	sb_mark_drop(sb, len);
	WRITE_ONCE(sb->sb_cc, sb->sb_cc - len);
	WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt - size);
	spin_unlock(&sb->sb_lock);
	if (size)
		so_user_charge(so->so_user, -(s64)size);
	if (gone)
		m_freem(gone);
}
EXPORT_SYMBOL_IF_KUNIT(sb_drop);

/*
 * The first @len bytes of @m, and the storage up to their end, in an mbuf of its own;
 * @m keeps the rest. A small part of the storage is accounted as all of it, for both:
 * it keeps all of it from being freed. Few bytes are copied. NULL without memory.
 */
static struct mbuf *sb_cut(struct mbuf *m, u32 len)
{
	struct mbuf *n = m_get(M_DONTWAIT);
	u32 end;

	if (!n)
		return NULL;
	if (len <= MLEN) {
		memcpy(n->m_data, m->m_data, len);
	} else {		/* it has external storage then */
		m_extref(n, m);
		end = m->m_data + len - m->m_ext.ext_buf;
		if (len >= m->m_ext.ext_store->ms_truesize / SB_PARTS) {
			n->m_ext.ext_size = end;
			m->m_ext.ext_buf += end;
			m->m_ext.ext_size -= end;
		}
	}
	n->m_len = len;
	m->m_data += len;
	m->m_len -= len;
	return n;
}

/* Free the mbufs of a chain that have no data. */
static struct mbuf *sb_strip(struct mbuf *m)
{
	struct mbuf *first = m;
	struct mbuf **mp = &first;

	while ((m = *mp)) {
		if (m->m_len)
			mp = &m->m_next;
		else
			*mp = m_free(m);
	}
	return first;
}

/**
 * sb_take_stream() - take the first bytes of a stream
 * @so:  socket, alive by the caller's section or reference
 * @sb:  one of its buffers
 * @len: in: bytes wanted, at least one; out: bytes taken
 * @max: bytes of storage to take; one mbuf is taken in any case
 *
 * No data is copied but a few bytes of an mbuf that the end lies in. A mark is forgotten
 * if it is among them.
 *
 * Context: Process. Takes and releases sb_lock.
 * Return:  chain, the caller's, for sb_append_taken() or sb_return_stream(); NULL if
 *	    there are no bytes, or no memory to cut an mbuf.
 */
struct mbuf *sb_take_stream(struct bsd_socket *so, struct sockbuf *sb, u32 *len, u32 max)
{
	struct mbuf *part = NULL;
	struct mbuf *first;
	struct mbuf *head;
	u32 before;
	u32 left;
	u32 size = 0;
	u32 whole;

	spin_lock(&sb->sb_lock);
	before = min(*len, sb->sb_cc);
	left = before;
	first = sb_unlink(sb, &left, max, &size);
	head = sb->sb_ml.ml_head;
	if (left && head->m_len > left) {
		whole = sb_onesize(head);
		part = sb_cut(head, left);
		if (part)
			left = 0;
		size += whole - sb_onesize(head);
	}
	*len = before - left;
	sb_mark_drop(sb, *len);
	WRITE_ONCE(sb->sb_cc, sb->sb_cc - *len);
	WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt - size);
	spin_unlock(&sb->sb_lock);
	so_user_charge(so->so_user, -(s64)size);
	if (!first)
		return part;
	if (part) {
		struct mbuf *tail = NULL;

		sb_chainsize(first, &tail);
		tail->m_next = part;
	}
	return sb_strip(first);
}
EXPORT_SYMBOL_IF_KUNIT(sb_take_stream);

/**
 * sb_return_stream() - put bytes back where they were taken
 * @so:  socket, alive by the caller's section or reference
 * @sb:  the buffer they were taken from, from which nothing was taken since
 * @m:   chain of sb_take_stream(), consumed
 * @len: bytes of it
 *
 * Context: Process. Takes and releases sb_lock.
 */
void sb_return_stream(struct bsd_socket *so, struct sockbuf *sb, struct mbuf *m, u32 len)
{
	struct mbuf_list rest;
	struct mbuf *tail = NULL;
	u32 size;

	size = sb_chainsize(m, &tail);
	spin_lock(&sb->sb_lock);
	rest = sb->sb_ml;
	ml_init(&sb->sb_ml);
	sb_link(sb, m, tail, len, size);
	if (rest.ml_head) {
		tail->m_next = rest.ml_head;
		sb->sb_ml.ml_tail = rest.ml_tail;
	}
	if (unlikely(sb->sb_urgent)) {
		WRITE_ONCE(sb->sb_mark, sb->sb_mark + len);
		/* No reader stood at a mark that a newer one has replaced meanwhile: it is data. */
		WRITE_ONCE(sb->sb_urgpast, 0);
	}
	spin_unlock(&sb->sb_lock);
	so_user_charge(so->so_user, size);
}
EXPORT_SYMBOL_IF_KUNIT(sb_return_stream);
