// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sockbuf_stream.c - socket buffers of streams: one chain of mbufs, no records.
 *
 * Receive path: tcp_segment.c -> sb_append_stream() -> socket_stream.c. Send path:
 * tcp_usrreq.c -> sb_append_stream(); tcp_ack.c -> sb_drop().
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

/*
 * What is no longer than this is copied behind what is there, if that has room; when
 * half of the storage is used, whatever fits.
 */
#define SB_COMPRESS	512
/*
 * Storage may grow beyond sb_mbmax by what the peer was told it may send, which is
 * counted in bytes of data: refusing it would make a window a lie. So many times.
 */
#define SB_OVERHEAD	4

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
	struct mbuf *n;
	bool full = so_user_full(so->so_user);
	u32 size = 0;

	trace_bsdnet_sbappend(m->m_pkthdr.ph_ifidx, len);
	spin_lock(&sb->sb_lock);
	if (sb_compress(sb, m, len)) {
		WRITE_ONCE(sb->sb_cc, sb->sb_cc + len);
		spin_unlock(&sb->sb_lock);
		m_freem(m);
		return true;
	}
	for (n = m; n; n = n->m_next) {
		size += sb_onesize(n);
		tail = n;
	}
	if (unlikely(full || (sb->sb_mbcnt && sb->sb_mbcnt + size >
					      SB_OVERHEAD * READ_ONCE(sb->sb_mbmax)))) {
		WRITE_ONCE(sb->sb_drops, sb->sb_drops + 1);
		spin_unlock(&sb->sb_lock);
		counter_inc(full ? SOS_USERLIMIT : SOS_RCVFULL);
		return false;
	}
	sb_plain(m);
	if (sb->sb_ml.ml_tail)
		sb->sb_ml.ml_tail->m_next = m;
	else
		sb->sb_ml.ml_head = m;
	sb->sb_ml.ml_tail = tail;
	sb->sb_ml.ml_len = 1;
	WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt + size);
	WRITE_ONCE(sb->sb_cc, sb->sb_cc + len);
	spin_unlock(&sb->sb_lock);
	so_user_charge(so->so_user, size);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(sb_append_stream);

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
	struct mbuf *gone = NULL;
	struct mbuf **last = &gone;
	struct mbuf *m;
	u32 size = 0;

	spin_lock(&sb->sb_lock);
	if (!KASSERT(len <= sb->sb_cc))
		len = sb->sb_cc;
	WRITE_ONCE(sb->sb_cc, sb->sb_cc - len);
	while ((m = sb->sb_ml.ml_head)) {
		if (m->m_len > len) {
			m->m_data += len;
			m->m_len -= len;
			break;
		}
		len -= m->m_len;
		size += sb_onesize(m);
		sb->sb_ml.ml_head = m->m_next;
		m->m_next = NULL;
		*last = m;
		last = &m->m_next;
		if (!len && sb->sb_cc)
			break;
	}
	if (!sb->sb_ml.ml_head)
		ml_init(&sb->sb_ml);
	WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt - size);
	spin_unlock(&sb->sb_lock);
	if (size)
		so_user_charge(so->so_user, -(s64)size);
	if (gone)
		m_freem(gone);
}
EXPORT_SYMBOL_IF_KUNIT(sb_drop);
