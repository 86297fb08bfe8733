// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_reass.c - put IPv4 fragments together again.
 *
 * Receive path: ip_deliver.c -> here -> ip_deliver.c (or dropped by timer, limit
 * or overlap).
 * Context: in a section; each bucket's lock is a leaf, and nothing is sent,
 * freed to the network or answered under it. The timer only wakes a softnet task.
 * Source: RFC 791 3.2, RFC 1122 3.3.2, RFC 3168 5.3 (ECN), RFC 5722 (overlaps
 * drop the datagram; written for IPv6, done here too), RFC 792 (time exceeded).
 *
 * A datagram being put together is a struct ipq, which lives in an mbuf, with
 * its fragments in order, each whole and as it came. Fragments are what anybody
 * can make us keep, so there are limits, each with its way out:
 *
 *	datagrams	ip/maxfragpackets	the oldest of some bucket goes
 *	fragments	ip/maxfrags		the same
 *	bytes of mbufs	ip/maxfragbytes		the same
 *	of one source	a quarter of maxfrags	its new fragments are dropped
 *	of one datagram	IPQ_MAXFRAGS		the datagram is dropped
 *	time		IPQ_SECONDS		time exceeded is told
 */
#include "ip_priv.h"
#include <bsdnet/counters.h>
#include <bsdnet/icmp.h>
#include <bsdnet/softnet.h>
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#define IPQ_BUCKETS	256	/* a power of two */
#define IPQ_SOURCES	1024	/* accounts of sources, a power of two; some share one */
#define IPQ_MAXFRAGS	128	/* of one datagram: 64 KiB in pieces of 512 bytes */
#define IPQ_SECONDS	30	/* RFC 1122 3.3.2 wants 60 to 120, all systems keep less */

unsigned int bsd_ip_maxfragpackets __read_mostly = 1024;
EXPORT_SYMBOL_IF_KUNIT(bsd_ip_maxfragpackets);
unsigned int bsd_ip_maxfrags __read_mostly = 4096;
EXPORT_SYMBOL_IF_KUNIT(bsd_ip_maxfrags);
unsigned int bsd_ip_maxfragbytes __read_mostly = 8 << 20;

/* What makes fragments belong together. */
struct ipq_key {
	__be32	ik_src;
	__be32	ik_dst;
	u32	ik_rdomain;
	__be16	ik_id;
	u8	ik_proto;
	u8	ik_pad;		/* 0 */
};

/*
 * Locks protecting struct members in this file:
 *	I	immutable after creation
 *	b	ipb_lock of the bucket
 */

/* A datagram of which fragments have come. In the data of ipq_m; one bucket's. */
struct ipq {
	struct list_head	 ipq_entry;	/* [b] of its bucket, oldest first */
	struct ipq_key		 ipq_key;	/* [I] */
	struct mbuf		*ipq_m;		/* [I] where this is */
	struct mbuf		*ipq_head;	/* [b] fragments by m_nextpkt, by offset */
	struct mbuf		*ipq_tail;	/* [b] */
	unsigned long		 ipq_expire;	/* [I] jiffies */
	u32			 ipq_hash;	/* [I] of the key */
	u32			 ipq_total;	/* [b] bytes of data, 0: last has not come */
	u32			 ipq_got;	/* [b] bytes that have come */
	u32			 ipq_bytes;	/* [b] of mbufs */
	u16			 ipq_nfrags;	/* [b] */
	u16			 ipq_source;	/* [I] account */
	u8			 ipq_ecn;	/* [b] bit n: codepoint n was seen */
};

static_assert(sizeof(struct ipq) <= MLEN);

struct ipq_bucket {
	spinlock_t		 ipb_lock;	/* leaf; process context only */
	struct list_head	 ipb_queues;	/* [b] of ipq, oldest first */
} ____cacheline_aligned_in_smp;

static struct ipq_bucket ipq_buckets[IPQ_BUCKETS];
static atomic_t ipq_sources[IPQ_SOURCES];	/* [a] fragments kept */
static atomic_t ipq_npackets;			/* [a] */
static atomic_t ipq_nfrags;			/* [a] */
static atomic_t ipq_nbytes;			/* [a] */
static siphash_key_t ipq_hashkey __read_mostly;	/* [I] */

static void ipq_timeout(struct timer_list *timer);
static void ipq_expire_task(void *arg);
static DEFINE_TIMER(ipq_timer, ipq_timeout);
static struct softnet_task ipq_task;

/* Offset in the datagram of a fragment's data, its length, its end; bytes. */
static u32 frag_off(const struct mbuf *m)
{
	return (ntohs(mtod(m, const struct ip *)->ip_off) & IP_OFF_MASK) << 3;
}

static u32 frag_len(const struct mbuf *m)
{
	const struct ip *ip = mtod(m, const struct ip *);

	return ntohs(ip->ip_len) - ip_hdrlen(ip);
}

static u32 frag_end(const struct mbuf *m)
{
	return frag_off(m) + frag_len(m);
}

static bool frag_more(const struct mbuf *m)
{
	return mtod(m, const struct ip *)->ip_off & htons(IP_OFF_MF);
}

/* Memory that a fragment keeps busy. */
static u32 frag_bytes(const struct mbuf *m)
{
	u32 bytes = 0;

	for (; m; m = m->m_next) {
		bytes += MSIZE;
		if (m->m_flags & M_EXT)
			bytes += m->m_ext.ext_store->ms_truesize;
	}
	return bytes;
}

/* Out of its bucket and of all accounts; what it has is the caller's now. */
static void ipq_unlink(struct ipq *q)
{
	list_del(&q->ipq_entry);
	atomic_dec(&ipq_npackets);
	atomic_sub(q->ipq_nfrags, &ipq_nfrags);
	atomic_sub(q->ipq_bytes, &ipq_nbytes);
	atomic_sub(q->ipq_nfrags, &ipq_sources[q->ipq_source]);
}

/* Free an unlinked datagram with all fragments, counted as @reason. */
static void ipq_free(struct ipq *q, unsigned int reason)
{
	struct mbuf *m;

	while ((m = q->ipq_head)) {
		q->ipq_head = m->m_nextpkt;
		m->m_nextpkt = NULL;
		m_drop(m, reason);
	}
	m_freem(q->ipq_m);
}

/*
 * Make room: the oldest datagram of some bucket goes. Where to look first is
 * random, so that nobody can choose whose it is.
 */
static void ipq_evict(void)
{
	unsigned int start = get_random_u32();
	struct ipq_bucket *b;
	struct ipq *q = NULL;
	unsigned int i;

	for (i = 0; i < IPQ_BUCKETS && !q; i++) {
		b = &ipq_buckets[(start + i) % IPQ_BUCKETS];
		if (list_empty(&b->ipb_queues))
			continue;
		spin_lock(&b->ipb_lock);
		q = list_first_entry_or_null(&b->ipb_queues, struct ipq, ipq_entry);
		if (q)
			ipq_unlink(q);
		spin_unlock(&b->ipb_lock);
	}
	if (q)
		ipq_free(q, IPS_FRAGLIMIT);
}

/* May one more fragment of @bytes, of account @source, be kept? Makes room. */
static bool ipq_admit(u32 bytes, unsigned int source)
{
	unsigned int maxfrags = READ_ONCE(bsd_ip_maxfrags);
	unsigned int maxpackets = READ_ONCE(bsd_ip_maxfragpackets);

	if (!maxfrags || !maxpackets || bytes > READ_ONCE(bsd_ip_maxfragbytes))
		return false;
	if (atomic_read(&ipq_sources[source]) >= max(maxfrags / 4, 1U))
		return false;
	if (atomic_read(&ipq_npackets) >= maxpackets || atomic_read(&ipq_nfrags) >= maxfrags ||
	    atomic_read(&ipq_nbytes) + bytes > READ_ONCE(bsd_ip_maxfragbytes))
		ipq_evict();
	return true;
}

static struct ipq *ipq_find(const struct ipq_bucket *b, const struct ipq_key *key, u32 hash)
{
	struct ipq *q;

	list_for_each_entry(q, &b->ipb_queues, ipq_entry) {
		if (q->ipq_hash == hash && q->ipq_key.ik_src == key->ik_src &&
		    q->ipq_key.ik_dst == key->ik_dst && q->ipq_key.ik_id == key->ik_id &&
		    q->ipq_key.ik_proto == key->ik_proto &&
		    q->ipq_key.ik_rdomain == key->ik_rdomain)
			return q;
	}
	return NULL;
}

/* A new datagram in @b, whose lock is held; NULL: no memory. */
static struct ipq *ipq_create(struct ipq_bucket *b, const struct ipq_key *key, u32 hash,
			      unsigned int source)
{
	struct mbuf *m;
	struct ipq *q;

	m = m_get(M_DONTWAIT);
	if (!m)
		return NULL;
	q = mtod(m, struct ipq *);
	memset(q, 0, sizeof(*q));
	m->m_len = sizeof(*q);
	q->ipq_m = m;
	q->ipq_key = *key;
	q->ipq_hash = hash;
	q->ipq_source = source;
	q->ipq_expire = jiffies + IPQ_SECONDS * HZ;
	list_add_tail(&q->ipq_entry, &b->ipb_queues);
	atomic_inc(&ipq_npackets);
	return q;
}

/*
 * Put @m among the fragments of @q. Returns 0 if it is there; -EEXIST if the
 * same had come already; -EINVAL if it contradicts the others, -ENOSPC if it is
 * one too many: then all must go.
 */
static int ipq_insert(struct ipq *q, struct mbuf *m, u32 bytes)
{
	u32 off = frag_off(m);
	u32 end = frag_end(m);
	struct mbuf *prev = NULL;
	struct mbuf *next;

	/* Mostly they come in order: behind the last one. */
	if (q->ipq_tail && frag_end(q->ipq_tail) <= off) {
		prev = q->ipq_tail;
		next = NULL;
	} else {
		for (next = q->ipq_head; next && frag_off(next) < off; next = next->m_nextpkt)
			prev = next;
	}
	if (next && frag_off(next) == off && frag_end(next) == end &&
	    frag_more(next) == frag_more(m))
		return -EEXIST;
	if ((prev && frag_end(prev) > off) || (next && frag_off(next) < end))
		return -EINVAL;
	if (!frag_more(m) && (next || q->ipq_total))
		return -EINVAL;
	if (q->ipq_total && end > q->ipq_total)
		return -EINVAL;
	if (q->ipq_nfrags >= IPQ_MAXFRAGS)
		return -ENOSPC;

	m->m_nextpkt = next;
	if (prev)
		prev->m_nextpkt = m;
	else
		q->ipq_head = m;
	if (!next)
		q->ipq_tail = m;
	if (!frag_more(m))
		q->ipq_total = end;
	q->ipq_got += end - off;
	q->ipq_nfrags++;
	q->ipq_bytes += bytes;
	q->ipq_ecn |= BIT(mtod(m, struct ip *)->ip_tos & IPTOS_ECN_MASK);
	atomic_inc(&ipq_nfrags);
	atomic_inc(&ipq_sources[q->ipq_source]);
	atomic_add(bytes, &ipq_nbytes);
	return 0;
}

/*
 * A datagram is ECN-capable or not: a mixture was made by somebody in between, and
 * a mark in it could neither be kept nor lost (RFC 3168 5.3).
 */
static bool ipq_ecn_fine(const struct ipq *q)
{
	return !(q->ipq_ecn & BIT(IPTOS_ECN_NOTECT)) || q->ipq_ecn == BIT(IPTOS_ECN_NOTECT);
}

/* All of @q, unlinked, is there: make one packet of it. Consumes @q. */
static struct mbuf *ipq_assemble(struct ipq *q)
{
	struct mbuf *m = q->ipq_head;
	struct mbuf *rest = m->m_nextpkt;
	struct mbuf *frag;
	unsigned int hlen;
	struct ip *ip;
	u16 flags = 0;

	q->ipq_head = rest;
	m->m_nextpkt = NULL;
	hlen = ip_hdrlen(mtod(m, struct ip *));
	if (!ipq_ecn_fine(q)) {
		m_drop(m, IPS_FRAGDROPPED);
		ipq_free(q, IPS_FRAGDROPPED);
		return NULL;
	}
	if (hlen + q->ipq_total > IP_MAXPACKET) {
		m_drop(m, IPS_TOOLONG);
		ipq_free(q, IPS_TOOLONG);
		return NULL;
	}
	m = m_makewritable(m, hlen);
	if (!m) {
		ipq_free(q, IPS_FRAGDROPPED);
		return NULL;
	}
	while ((frag = q->ipq_head)) {
		q->ipq_head = frag->m_nextpkt;
		frag->m_nextpkt = NULL;
		flags |= frag->m_flags & (M_BCAST | M_MCAST);
		m_adj(frag, ip_hdrlen(mtod(frag, struct ip *)));
		m_cat(m, frag);
	}
	m->m_pkthdr.len = hlen + q->ipq_total;
	m->m_pkthdr.csum_flags &= M_IPV4_CSUM_IN_OK;
	m->m_flags |= flags | M_FRAG;
	ip = mtod(m, struct ip *);
	ip->ip_len = htons(m->m_pkthdr.len);
	ip->ip_off = 0;
	if (q->ipq_ecn & BIT(IPTOS_ECN_CE))
		ip->ip_tos |= IPTOS_ECN_CE;
	ip->ip_sum = 0;
	ip->ip_sum = ip_hdr_cksum(ip);
	m_freem(q->ipq_m);
	counter_inc(IPS_REASSEMBLED);
	return m;
}

/* Is the fragment itself possible? Drops it and says false if not. */
static bool frag_check(struct mbuf *m)
{
	const struct ip *ip = mtod(m, const struct ip *);

	if (!frag_len(m) || (frag_more(m) && (frag_len(m) & 7))) {
		m_drop(m, IPS_FRAGDROPPED);
		return false;
	}
	if (frag_end(m) + ip_hdrlen(ip) > IP_MAXPACKET) {
		m_drop(m, IPS_TOOLONG);
		return false;
	}
	return true;
}

/**
 * bsd_ip_reass() - a fragment for this host came
 * @m: fragment, header in front and contiguous; consumed
 *
 * Context: In a section. Takes and releases a bucket's lock.
 * Return:  the whole datagram if this was what missed, with the header of its
 *	    first fragment (whose length may differ from @m's); else NULL.
 * Source:  RFC 791 3.2, RFC 5722 4.
 * Deviation: RFC 1122 3.3.2 wants fragments kept for at least 60 seconds; 30 are
 *	    enough for any network, and leave less to keep.
 */
struct mbuf *bsd_ip_reass(struct mbuf *m)
{
	const struct ip *ip = mtod(m, const struct ip *);
	struct ipq *doomed = NULL;
	struct ipq_key key = { };
	struct ipq_bucket *b;
	unsigned int reason;
	unsigned int source;
	struct ipq *q;
	u32 bytes;
	u64 hash;
	int error;

	counter_inc(IPS_FRAGMENTS);
	if (!frag_check(m))
		return NULL;
	key.ik_src = ip->ip_src;
	key.ik_dst = ip->ip_dst;
	key.ik_rdomain = rtable_rdomain(m->m_pkthdr.ph_rtableid);
	key.ik_id = ip->ip_id;
	key.ik_proto = ip->ip_p;
	hash = siphash(&key, sizeof(key), &ipq_hashkey);
	source = siphash_2u32((__force u32)key.ik_src, key.ik_rdomain, &ipq_hashkey) % IPQ_SOURCES;
	bytes = frag_bytes(m);
	if (!ipq_admit(bytes, source)) {
		m_drop(m, IPS_FRAGLIMIT);
		return NULL;
	}

	b = &ipq_buckets[hash % IPQ_BUCKETS];
	spin_lock(&b->ipb_lock);
	q = ipq_find(b, &key, hash >> 32);
	if (!q)
		q = ipq_create(b, &key, hash >> 32, source);
	if (!q) {
		spin_unlock(&b->ipb_lock);
		m_drop(m, IPS_FRAGLIMIT);
		return NULL;
	}
	error = ipq_insert(q, m, bytes);
	if (error ? error != -EEXIST : q->ipq_got == q->ipq_total) {
		ipq_unlink(q);
		doomed = q;
	}
	spin_unlock(&b->ipb_lock);

	if (error) {
		reason = error == -ENOSPC ? IPS_FRAGLIMIT : IPS_FRAGDROPPED;
		m_drop(m, reason);
		if (doomed)
			ipq_free(doomed, reason);
		return NULL;
	}
	if (doomed)
		return ipq_assemble(doomed);
	if (!timer_pending(&ipq_timer))
		mod_timer(&ipq_timer, jiffies + HZ);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_ip_reass);

/* Each second while there are fragments. Softirq: only wakes a thread. */
static void ipq_timeout(struct timer_list *timer)
{
	softnet_task_add(raw_smp_processor_id(), &ipq_task);
}

/* Take what is too old out of @b, or what came in on interface @ifidx, to @list. */
static void ipq_collect(struct ipq_bucket *b, unsigned int ifidx, struct list_head *list)
{
	struct ipq *next;
	struct ipq *q;

	if (list_empty(&b->ipb_queues))
		return;
	spin_lock(&b->ipb_lock);
	list_for_each_entry_safe(q, next, &b->ipb_queues, ipq_entry) {
		if (ifidx && q->ipq_head->m_pkthdr.ph_ifidx != ifidx)
			continue;
		if (!ifidx && time_before(jiffies, q->ipq_expire))
			break;		/* oldest first */
		ipq_unlink(q);
		list_add_tail(&q->ipq_entry, list);
	}
	spin_unlock(&b->ipb_lock);
}

/*
 * Too old: the sender is told, if what is quoted would be the first fragment
 * (RFC 792, time exceeded, code 1).
 */
static void ipq_expired(struct ipq *q, struct netstack *ns)
{
	struct mbuf *m = q->ipq_head;

	m_drop(NULL, IPS_FRAGTIMEOUT);
	if (!frag_off(m)) {
		q->ipq_head = m->m_nextpkt;
		m->m_nextpkt = NULL;
		bsd_icmp_error(m, BSD_ICMP_TIMXCEED, BSD_ICMP_TIMXCEED_REASS, 0, ns);
	}
	while ((m = q->ipq_head)) {
		q->ipq_head = m->m_nextpkt;
		m->m_nextpkt = NULL;
		m_freem(m);	/* counted as one datagram above */
	}
	m_freem(q->ipq_m);
}

/* On a softnet thread, no lock held. */
static void ipq_expire_task(void *arg)
{
	struct netstack ns;
	LIST_HEAD(list);
	struct ipq *next;
	unsigned int i;
	struct ipq *q;

	for (i = 0; i < IPQ_BUCKETS; i++)
		ipq_collect(&ipq_buckets[i], 0, &list);
	if (!list_empty(&list)) {
		net_enter(&ns, NETSEC_SOFTNET);
		list_for_each_entry_safe(q, next, &list, ipq_entry)
			ipq_expired(q, &ns);
		net_leave(&ns);
	}
	if (atomic_read(&ipq_npackets))
		mod_timer(&ipq_timer, jiffies + HZ);
}

/**
 * bsd_ip_reass_ifdetach() - forget fragments that came in on an interface
 * @ifp: interface that goes
 *
 * Context: Process; takes and releases the buckets' locks.
 */
void bsd_ip_reass_ifdetach(struct ifnet *ifp)
{
	LIST_HEAD(list);
	struct ipq *next;
	unsigned int i;
	struct ipq *q;

	for (i = 0; i < IPQ_BUCKETS; i++)
		ipq_collect(&ipq_buckets[i], ifp->if_index, &list);
	list_for_each_entry_safe(q, next, &list, ipq_entry)
		ipq_free(q, IPS_FRAGDROPPED);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_ip_reass_ifdetach);

/**
 * bsd_ip_reass_init() - make the buckets
 *
 * Context: Module load.
 * Return:  0.
 */
int bsd_ip_reass_init(void)
{
	unsigned int i;

	for (i = 0; i < IPQ_BUCKETS; i++) {
		spin_lock_init(&ipq_buckets[i].ipb_lock);
		INIT_LIST_HEAD(&ipq_buckets[i].ipb_queues);
	}
	get_random_bytes(&ipq_hashkey, sizeof(ipq_hashkey));
	softnet_task_init(&ipq_task, ipq_expire_task, NULL);
	return 0;
}

/**
 * bsd_ip_reass_exit() - stop the timer, free all fragments
 *
 * Context: Module unload, process, sleeps; no packet comes in any more.
 */
void bsd_ip_reass_exit(void)
{
	LIST_HEAD(list);
	struct ipq *next;
	unsigned int i;
	struct ipq *q;

	timer_shutdown_sync(&ipq_timer);
	softnet_task_del(&ipq_task);
	for (i = 0; i < IPQ_BUCKETS; i++)
		list_splice_tail_init(&ipq_buckets[i].ipb_queues, &list);
	list_for_each_entry_safe(q, next, &list, ipq_entry)
		ipq_free(q, IPS_FRAGDROPPED);
}
