// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sockbuf.c - socket buffers: append, take, flush, and who pays for them.
 *
 * Receive path: udp_input.c, raw_ip.c -> here -> socket_recv.c. The producer
 * appends a run of datagrams under one lock; the consumer takes one a call.
 *
 * Two limits stand before a record: the socket's own (bytes of data, bytes of
 * storage) and its user's share of all storage (socket/user_bytes), without
 * which one user with many sockets could fill the memory of everybody. The share
 * is counted per CPU and charged once an append, so that sockets of one user do
 * not meet on a shared line; the price is an error of SO_USER_BATCH a CPU.
 *
 * Context: process; softnet threads and system calls. Leaf lock sb_lock.
 */
#include <bsdnet/sockbuf.h>
#include <bsdnet/kassert.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/trace.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/minmax.h>
#include <linux/percpu_counter.h>
#include <linux/slab.h>

#include "socket_priv.h"

#define SO_USER_BATCH	(32 * 1024)	/* bytes a CPU may be off */
#define SO_USER_BITS	6		/* log2 of hash buckets */

/*
 * so_user: what the sockets of one user hold. Made with the first of them, freed
 * with the last; found by uid in so_users.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after creation
 *	a	atomic
 *	u	so_user_lock
 */
struct so_user {
	struct hlist_node	 su_hash;	/* [u] on so_users */
	kuid_t			 su_uid;	/* [I] */
	unsigned int		 su_refs;	/* [u] sockets */
	struct percpu_counter	 su_bytes;	/* [a] storage held, a batch a CPU off */
};

unsigned int so_user_bytes;	/* knob socket/user_bytes */

static DEFINE_HASHTABLE(so_users, SO_USER_BITS);
static DEFINE_SPINLOCK(so_user_lock);

static struct so_user *so_user_find(kuid_t uid)
{
	struct so_user *user;

	hash_for_each_possible(so_users, user, su_hash, __kuid_val(uid))
		if (uid_eq(user->su_uid, uid))
			return user;
	return NULL;
}

/**
 * so_user_get() - account of a user, made if it is the first socket
 * @uid: user
 *
 * Context: Process, may sleep. Takes and releases so_user_lock.
 * Return:  account with one reference, NULL for want of memory.
 */
struct so_user *so_user_get(kuid_t uid)
{
	struct so_user *user;
	struct so_user *new;

	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return NULL;
	if (percpu_counter_init(&new->su_bytes, 0, GFP_KERNEL)) {
		kfree(new);
		return NULL;
	}
	new->su_uid = uid;
	spin_lock_bh(&so_user_lock);
	user = so_user_find(uid);
	if (!user) {
		user = new;
		new = NULL;
		hash_add(so_users, &user->su_hash, __kuid_val(uid));
	}
	user->su_refs++;
	spin_unlock_bh(&so_user_lock);
	if (new) {
		percpu_counter_destroy(&new->su_bytes);
		kfree(new);
	}
	return user;
}

/**
 * so_user_hold() - another socket of an account that has one
 * @user: account, NULL: root's
 *
 * Context: Any but interrupts. Takes and releases so_user_lock.
 * Return:  @user.
 */
struct so_user *so_user_hold(struct so_user *user)
{
	if (user) {
		spin_lock_bh(&so_user_lock);
		user->su_refs++;
		spin_unlock_bh(&so_user_lock);
	}
	return user;
}

/**
 * so_user_put() - give a reference back, free the account with the last
 * @user: account, NULL does nothing
 *
 * Context: Any but interrupts. Takes and releases so_user_lock.
 */
void so_user_put(struct so_user *user)
{
	bool last;

	if (!user)
		return;
	spin_lock_bh(&so_user_lock);
	last = !--user->su_refs;
	if (last)
		hash_del(&user->su_hash);
	spin_unlock_bh(&so_user_lock);
	if (!last)
		return;
	(void)KASSERT(!percpu_counter_sum(&user->su_bytes));
	percpu_counter_destroy(&user->su_bytes);
	kfree(user);
}

/**
 * so_user_full() - is the share of a user used up
 * @user: account, NULL never is
 *
 * Context: Any.
 * Return:  true if nothing may be stored for it, to SO_USER_BATCH a CPU.
 */
bool so_user_full(struct so_user *user)
{
	return user && percpu_counter_read(&user->su_bytes) >= (s64)READ_ONCE(so_user_bytes);
}

/**
 * so_user_charge() - storage comes to or leaves a user
 * @user:  account, NULL does nothing
 * @bytes: how much more, negative: less
 *
 * Context: Any but interrupts.
 */
void so_user_charge(struct so_user *user, s64 bytes)
{
	if (user)
		percpu_counter_add_batch(&user->su_bytes, bytes, SO_USER_BATCH);
}

/**
 * sb_init() - start with an empty buffer
 * @sb:    buffer, nobody else knows it yet
 * @hiwat: limit in bytes of data, SB_MIN to SB_MAX
 *
 * Context: Any.
 */
void sb_init(struct sockbuf *sb, u32 hiwat)
{
	memset(sb, 0, sizeof(*sb));
	spin_lock_init(&sb->sb_lock);
	sb_reserve(sb, clamp_t(u32, hiwat, SB_MIN, SB_MAX));
}
EXPORT_SYMBOL_IF_KUNIT(sb_init);

/**
 * sb_reserve() - set the limits of a buffer
 * @sb:    buffer
 * @hiwat: limit in bytes of data; storage may take twice as much
 *
 * Records above a new, lower limit stay.
 *
 * Context: Any.
 * Return:  0, or -ENOBUFS if @hiwat is not within SB_MIN and SB_MAX.
 */
int sb_reserve(struct sockbuf *sb, u32 hiwat)
{
	if (hiwat < SB_MIN || hiwat > SB_MAX)
		return -ENOBUFS;
	WRITE_ONCE(sb->sb_hiwat, hiwat);
	WRITE_ONCE(sb->sb_mbmax, 2 * hiwat);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(sb_reserve);

/* The option that says that the program has set the limits of @sb. */
static u32 sb_fixed(const struct bsd_socket *so, const struct sockbuf *sb)
{
	return sb == &so->so_rcv ? BSD_SO_RCVBUF : BSD_SO_SNDBUF;
}

/**
 * sb_fix() - the program sets the limits of a buffer, which then stay so
 * @so:    socket
 * @sb:    one of its buffers
 * @hiwat: limit in bytes of data, SB_MIN to SB_MAX
 *
 * Context: Process. Takes and releases sb_lock.
 */
void sb_fix(struct bsd_socket *so, struct sockbuf *sb, u32 hiwat)
{
	spin_lock(&sb->sb_lock);
	WRITE_ONCE(so->so_options, so->so_options | sb_fixed(so, sb));
	sb_reserve(sb, hiwat);
	sosk_showbuf(so, sb);
	spin_unlock(&sb->sb_lock);
}

/**
 * sb_grow() - the protocol wants more room in a buffer
 * @so:    socket, alive by the caller's section or reference
 * @sb:    one of its buffers
 * @hiwat: limit in bytes of data, up to SB_MAX
 *
 * Nothing happens if the program has set its limits.
 *
 * Context: Process; the PCB mutex may be held. Takes and releases sb_lock.
 */
void sb_grow(struct bsd_socket *so, struct sockbuf *sb, u32 hiwat)
{
	spin_lock(&sb->sb_lock);
	if (hiwat > sb->sb_hiwat && !(READ_ONCE(so->so_options) & sb_fixed(so, sb))) {
		sb_reserve(sb, hiwat);
		sosk_showbuf(so, sb);
	}
	spin_unlock(&sb->sb_lock);
}
EXPORT_SYMBOL_IF_KUNIT(sb_grow);

/**
 * sb_mbsize() - bytes of storage that a packet is charged
 * @m: packet
 *
 * Counts the part of shared storage that belongs to the packet (ext_size), because
 * the whole (ms_truesize) lies at the end of the storage and costs a cache miss.
 *
 * Context: Any.
 * Return:  bytes.
 */
u32 sb_mbsize(const struct mbuf *m)
{
	u32 size = 0;

	do {
		size += MSIZE;
		if (m->m_flags & M_EXT)
			size += m->m_ext.ext_size;
		m = m->m_next;
	} while (m);
	return size;
}
EXPORT_SYMBOL_IF_KUNIT(sb_mbsize);

/* Has @sb with @cc bytes in @mbcnt of storage room for that much more? An empty one has. */
static bool sb_fits(const struct sockbuf *sb, u32 cc, u32 mbcnt, u32 len, u32 size)
{
	return (cc + len <= READ_ONCE(sb->sb_hiwat) && mbcnt + size <= READ_ONCE(sb->sb_mbmax)) ||
	       !mbcnt;
}

/* Move the records of @ml that fit, the first ones, behind those of @sb. Returns how many. */
static u32 sb_append_some(struct sockbuf *sb, struct mbuf_list *ml)
{
	u32 mbcnt = sb->sb_mbcnt;
	u32 cc = sb->sb_cc;
	struct mbuf *m;
	u32 n = 0;

	lockdep_assert_held(&sb->sb_lock);
	while ((m = ml->ml_head)) {
		u32 size = sb_mbsize(m);

		if (!sb_fits(sb, cc, mbcnt, m->m_pkthdr.len, size))
			break;
		cc += m->m_pkthdr.len;
		mbcnt += size;
		ml_enqueue(&sb->sb_ml, ml_dequeue(ml));
		n++;
	}
	WRITE_ONCE(sb->sb_cc, cc);
	WRITE_ONCE(sb->sb_mbcnt, mbcnt);
	return n;
}

/**
 * sb_append_records() - append a run of records to a receive buffer
 * @so: socket, alive by the caller's section or reference
 * @sb: its buffer
 * @ml: packets in order; those appended are taken, those refused stay
 *
 * The first record that does not fit ends it, so that order holds. An empty
 * buffer takes one record of any size, as Linux's does. The caller drops what
 * stays and, without locks, wakes (sorwakeup) if anything was appended.
 *
 * Context: Process. Takes and releases sb_lock.
 * Return:  number of records appended; refused ones are counted (SOS_USERLIMIT,
 *	    SOS_RCVFULL) unless the buffer is shut.
 */
u32 sb_append_records(struct bsd_socket *so, struct sockbuf *sb, struct mbuf_list *ml)
{
	struct so_user *user = so->so_user;
	bool full = so_user_full(user);
	const struct mbuf *m;
	u32 size = 0;
	u32 len = 0;
	u32 before;
	u32 n = 0;

	for (m = ml->ml_head; m; m = m->m_nextpkt) {
		size += sb_mbsize(m);
		len += m->m_pkthdr.len;
		trace_bsdnet_sbappend(m->m_pkthdr.ph_ifidx, m->m_pkthdr.len);
	}

	spin_lock(&sb->sb_lock);
	if (unlikely(sb->sb_shut)) {
		spin_unlock(&sb->sb_lock);
		return 0;
	}
	before = sb->sb_mbcnt;
	if (likely(!full && sb->sb_cc + len <= READ_ONCE(sb->sb_hiwat) &&
		   before + size <= READ_ONCE(sb->sb_mbmax))) {
		n = ml_len(ml);
		ml_enlist(&sb->sb_ml, ml);
		WRITE_ONCE(sb->sb_cc, sb->sb_cc + len);
		WRITE_ONCE(sb->sb_mbcnt, before + size);
	} else {
		if (!full)
			n = sb_append_some(sb, ml);
		WRITE_ONCE(sb->sb_drops, sb->sb_drops + ml_len(ml));
		size = sb->sb_mbcnt - before;
		counter_add(full ? SOS_USERLIMIT : SOS_RCVFULL, ml_len(ml));
	}
	spin_unlock(&sb->sb_lock);

	if (n)
		so_user_charge(user, size);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(sb_append_records);

/**
 * sb_take_record() - take the first record of a buffer
 * @so: socket
 * @sb: its buffer
 *
 * Context: Process. Takes and releases sb_lock.
 * Return:  the packet, owned by the caller; NULL if there is none.
 */
struct mbuf *sb_take_record(struct bsd_socket *so, struct sockbuf *sb)
{
	struct mbuf *m;
	u32 size;

	if (!READ_ONCE(sb->sb_mbcnt))
		return NULL;
	spin_lock(&sb->sb_lock);
	m = ml_dequeue(&sb->sb_ml);
	if (unlikely(!m)) {
		spin_unlock(&sb->sb_lock);
		return NULL;
	}
	size = sb_mbsize(m);
	WRITE_ONCE(sb->sb_cc, sb->sb_cc - m->m_pkthdr.len);
	WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt - size);
	spin_unlock(&sb->sb_lock);
	so_user_charge(so->so_user, -(s64)size);
	return m;
}
EXPORT_SYMBOL_IF_KUNIT(sb_take_record);

/**
 * sb_return_record() - put a record back where it was taken
 * @so: socket
 * @sb: the buffer it was taken from, from which nothing was taken since
 * @m:  the record of sb_take_record(), consumed
 *
 * Context: Process. Takes and releases sb_lock.
 */
void sb_return_record(struct bsd_socket *so, struct sockbuf *sb, struct mbuf *m)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	u32 size = sb_mbsize(m);

	ml_enqueue(&ml, m);
	spin_lock(&sb->sb_lock);
	ml_enlist(&ml, &sb->sb_ml);
	sb->sb_ml = ml;
	WRITE_ONCE(sb->sb_cc, sb->sb_cc + m->m_pkthdr.len);
	WRITE_ONCE(sb->sb_mbcnt, sb->sb_mbcnt + size);
	spin_unlock(&sb->sb_lock);
	so_user_charge(so->so_user, size);
}
EXPORT_SYMBOL_IF_KUNIT(sb_return_record);

/*
 * Copy of the record @m, with the network header in front of its data that
 * ph_cookie points at. The header is copied too, because in a copy of inline data
 * the old pointer would be one into somebody else's mbuf.
 */
static struct mbuf *sb_copy_record(struct mbuf *m)
{
	u8 *hdr = m->m_pkthdr.ph_cookie;
	struct mbuf *n;
	u32 hlen;

	if (!hdr || !KASSERT(hdr >= m_start(m) && hdr <= m->m_data))
		hdr = m->m_data;
	hlen = m->m_data - hdr;
	m->m_data -= hlen;
	m->m_len += hlen;
	m->m_pkthdr.len += hlen;
	n = m->m_pkthdr.len ? m_copym(m, 0, m->m_pkthdr.len, M_DONTWAIT) : m_gethdr(M_DONTWAIT);
	m->m_data += hlen;
	m->m_len -= hlen;
	m->m_pkthdr.len -= hlen;
	if (!n)
		return NULL;
	n->m_pkthdr.ph_timestamp = m->m_pkthdr.ph_timestamp;
	n->m_pkthdr.ph_mss = m->m_pkthdr.ph_mss;
	n->m_pkthdr.ph_segs = m->m_pkthdr.ph_segs;
	n->m_flags |= m->m_flags & M_TSVALID;
	n->m_pkthdr.ph_cookie = m->m_pkthdr.ph_cookie ? n->m_data : NULL;
	m_adj(n, hlen);
	return n;
}

/**
 * sb_peek_record() - a copy of the first record, which stays (MSG_PEEK)
 * @sb: buffer
 *
 * Storage is shared, not copied, where the record has external storage.
 *
 * Context: Process. Takes and releases sb_lock.
 * Return:  the copy, owned by the caller; NULL if there is no record;
 *	    ERR_PTR(-ENOBUFS).
 */
struct mbuf *sb_peek_record(struct sockbuf *sb)
{
	struct mbuf *n = NULL;
	struct mbuf *m;

	spin_lock(&sb->sb_lock);
	m = sb->sb_ml.ml_head;
	if (m) {
		n = sb_copy_record(m);
		if (!n)
			n = ERR_PTR(-ENOBUFS);
	}
	spin_unlock(&sb->sb_lock);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(sb_peek_record);

/**
 * sb_flush() - free all records of a buffer
 * @so: socket
 * @sb: its buffer
 *
 * Context: Process. Takes and releases sb_lock.
 */
void sb_flush(struct bsd_socket *so, struct sockbuf *sb)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	u32 size;

	spin_lock(&sb->sb_lock);
	ml_enlist(&ml, &sb->sb_ml);
	size = sb->sb_mbcnt;
	WRITE_ONCE(sb->sb_cc, 0);
	WRITE_ONCE(sb->sb_mbcnt, 0);
	WRITE_ONCE(sb->sb_urgent, SBU_NONE);
	WRITE_ONCE(sb->sb_urgpast, 0);
	spin_unlock(&sb->sb_lock);
	if (size)
		so_user_charge(so->so_user, -(s64)size);
	ml_purge(&ml);
}
EXPORT_SYMBOL_IF_KUNIT(sb_flush);
