// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ifq_fqcodel.c - FQ-CoDel: flows share the wire by bytes, and none waits long.
 *
 * Transmit path: inside ifq.c. Frames are put into one of FQC_FLOWS lists by their
 * flow hash. Flows take turns of codel_quantum bytes; one that had nothing waiting
 * goes before those that have (RFC 8290 4.2). Each flow's waiting time is held down
 * by CoDel (RFC 8289 4): if frames have waited longer than codel_target for a whole
 * codel_interval, one is dropped from the head, or marked if its ends know ECN, and
 * again ever sooner until the waiting is short. A queue that is full drops from the
 * head of its longest flow.
 *
 * Context: ifq_lock held.
 * Source: RFC 8289 3.2, 4, 5 (CoDel); RFC 8290 4, 5.2 (flows); RFC 3168 5 (ECN).
 */
#include <bsdnet/ifq.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/ip.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#define FQC_FLOWS	1024
#define FQC_SHED	64	/* frames a full queue drops at once, at most */
#define FQC_STALE	16	/* intervals after which the rate of drops is not taken up again */

unsigned int codel_target = 5000;	/* [a] knob, microseconds */
unsigned int codel_interval = 100000;	/* [a] knob, microseconds */
unsigned int codel_quantum = 1514;	/* [a] knob, bytes */

/* What the clock says in a unit test; 0: the clock is asked. */
VISIBLE_IF_KUNIT u64 fqc_testtime;
EXPORT_SYMBOL_IF_KUNIT(fqc_testtime);

static u64 fqc_now(void)
{
	return unlikely(fqc_testtime) ? fqc_testtime : ktime_get_ns();
}

/* One flow, or several whose hashes meet. Locks: as struct ifqueue (q). */
struct fqc_flow {
	struct mbuf_list	 ff_ml;		/* [q] */
	struct list_head	 ff_list;	/* [q] on fc_new or fc_old; empty: nothing waits */
	u32			 ff_bytes;	/* [q] in ff_ml */
	s32			 ff_deficit;	/* [q] bytes it may still send in this turn */
	/* CoDel, RFC 8289 5.2. */
	u64			 ff_first_above;	/* [q] when it will have waited too long */
	u64			 ff_drop_next;	/* [q] time of the next drop */
	u32			 ff_count;	/* [q] drops since dropping began */
	u32			 ff_lastcount;	/* [q] ff_count when it last began */
	bool			 ff_dropping;	/* [q] */
};

/* State of one queue. Locks: as struct ifqueue (q). */
struct fqcodel {
	struct list_head	 fc_new;	/* [q] flows that had nothing waiting */
	struct list_head	 fc_old;	/* [q] */
	u32			 fc_salt;	/* of the hash: nobody can choose to meet a flow */
	struct fqc_flow		 fc_flows[FQC_FLOWS];	/* [q] */
};

static struct fqc_flow *fqc_classify(struct fqcodel *fc, const struct mbuf *m)
{
	u32 id = m->m_flags & M_FLOWID ? m->m_pkthdr.ph_flowid : 0;

	return &fc->fc_flows[hash_32(id ^ fc->fc_salt, ilog2(FQC_FLOWS))];
}

static struct mbuf *fqc_pop(struct fqc_flow *ff)
{
	struct mbuf *m = ml_dequeue(&ff->ff_ml);

	if (m)
		ff->ff_bytes -= m->m_pkthdr.len;
	return m;
}

/* Make room: half of the longest flow, from its head, but not all at once. */
static void fqc_shed(struct fqcodel *fc, struct mbuf_list *drops)
{
	struct fqc_flow *fattest = fc->fc_flows;
	unsigned int i;
	u32 left;

	for (i = 1; i < FQC_FLOWS; i++)
		if (fc->fc_flows[i].ff_bytes > fattest->ff_bytes)
			fattest = &fc->fc_flows[i];
	left = fattest->ff_bytes / 2;
	for (i = 0; i < FQC_SHED && fattest->ff_bytes > left; i++)
		ml_enqueue(drops, fqc_pop(fattest));
}

static bool fqc_enq(struct ifqueue *ifq, struct mbuf *m, struct mbuf_list *drops)
{
	struct fqcodel *fc = ifq->ifq_state;
	struct fqc_flow *ff = fqc_classify(fc, m);

	/* When it came is what CoDel goes by; nobody else looks at it any more. */
	m->m_pkthdr.ph_timestamp = fqc_now();
	m->m_flags &= ~M_TSVALID;
	ml_enqueue(&ff->ff_ml, m);
	ff->ff_bytes += m->m_pkthdr.len;
	if (list_empty(&ff->ff_list)) {
		list_add_tail(&ff->ff_list, &fc->fc_new);
		ff->ff_deficit = READ_ONCE(codel_quantum);
	}
	if (unlikely(ifq->ifq_len >= READ_ONCE(ifq->ifq_maxlen)))
		fqc_shed(fc, drops);
	return true;
}

/* Tell both ends of congestion instead of dropping, if they know ECN: RFC 3168 5. */
static bool fqc_mark(const struct ifqueue *ifq, struct mbuf *m)
{
	struct ether_header *eh = mtod(m, struct ether_header *);
	struct ip *ip = (struct ip *)(eh + 1);
	u32 sum;
	u8 tos;

	if (ifq->ifq_ifp->if_type != BSD_IFT_ETHER || m->m_len < sizeof(*eh) + sizeof(*ip) ||
	    eh->ether_type != htons(ETH_P_IP) || !(ip->ip_tos & IPTOS_ECN_MASK) || !m_writable(m))
		return false;
	tos = ip->ip_tos | IPTOS_ECN_CE;
	/* RFC 1624 (3); a device that computes the sum takes no notice of it. */
	sum = (u16)~(__force u16)ip->ip_sum + (u16)~(__force u16)htons(ip->ip_tos) +
	      (__force u16)htons(tos);
	ip->ip_tos = tos;
	sum = (sum & 0xffff) + (sum >> 16);
	ip->ip_sum = (__force __sum16)~(u16)(sum + (sum >> 16));
	counter_inc(IFS_CODELMARK);
	return true;
}

/* RFC 8289 5.3: the n-th drop comes interval / sqrt(n) after the one before. */
static u64 codel_control_law(u64 t, u32 count)
{
	u64 interval = (u64)READ_ONCE(codel_interval) * NSEC_PER_USEC;

	return t + div_u64(interval << 8, int_sqrt64((u64)count << 16));
}

/* Take the head; has its flow waited too long for a whole interval? RFC 8289 5.6. */
static struct mbuf *codel_take(const struct ifqueue *ifq, struct fqc_flow *ff, u64 now, bool *late)
{
	struct mbuf *m = fqc_pop(ff);

	*late = false;
	if (!m) {
		ff->ff_first_above = 0;
		return NULL;
	}
	if (now - m->m_pkthdr.ph_timestamp < (u64)READ_ONCE(codel_target) * NSEC_PER_USEC ||
	    ff->ff_bytes <= ifq->ifq_ifp->if_mtu) {
		ff->ff_first_above = 0;
	} else if (!ff->ff_first_above) {
		ff->ff_first_above = now + (u64)READ_ONCE(codel_interval) * NSEC_PER_USEC;
	} else {
		*late = now >= ff->ff_first_above;
	}
	return m;
}

/* Drop @m, or mark it and give it back. */
static struct mbuf *codel_drop(const struct ifqueue *ifq, struct mbuf *m, struct mbuf_list *drops)
{
	if (fqc_mark(ifq, m))
		return m;
	ml_enqueue(drops, m);
	return NULL;
}

/* Dropping began before: all that is due. RFC 8289 5.5. */
static struct mbuf *codel_drop_more(const struct ifqueue *ifq, struct fqc_flow *ff, struct mbuf *m,
				    bool late, u64 now, struct mbuf_list *drops)
{
	if (!late)
		ff->ff_dropping = false;
	while (ff->ff_dropping && now >= ff->ff_drop_next) {
		ff->ff_count++;
		ff->ff_drop_next = codel_control_law(ff->ff_drop_next, ff->ff_count);
		if (codel_drop(ifq, m, drops))
			return m;
		m = codel_take(ifq, ff, now, &late);
		if (!late)
			ff->ff_dropping = false;
	}
	return m;
}

/* Next frame of a flow, after those that go because it waited too long; NULL: none. */
static struct mbuf *codel_deq(const struct ifqueue *ifq, struct fqc_flow *ff, u64 now,
			      struct mbuf_list *drops)
{
	u64 stale = (u64)READ_ONCE(codel_interval) * NSEC_PER_USEC * FQC_STALE;
	struct mbuf *m, *marked;
	bool late;
	u32 delta;

	m = codel_take(ifq, ff, now, &late);
	if (!m) {
		ff->ff_dropping = false;
		return NULL;
	}
	if (ff->ff_dropping)
		return codel_drop_more(ifq, ff, m, late, now, drops);
	if (!late)
		return m;
	marked = codel_drop(ifq, m, drops);
	m = marked ? marked : codel_take(ifq, ff, now, &late);
	ff->ff_dropping = true;
	/* Not long ago it took so many drops: do not begin with one again. */
	delta = ff->ff_count - ff->ff_lastcount;
	ff->ff_count = delta > 1 && now - ff->ff_drop_next < stale ? delta : 1;
	ff->ff_drop_next = codel_control_law(now, ff->ff_count);
	ff->ff_lastcount = ff->ff_count;
	return m;
}

static struct mbuf *fqc_deq(struct ifqueue *ifq, struct mbuf_list *drops)
{
	struct fqcodel *fc = ifq->ifq_state;
	u64 now = fqc_now();

	for (;;) {
		struct list_head *list = list_empty(&fc->fc_new) ? &fc->fc_old : &fc->fc_new;
		struct fqc_flow *ff = list_first_entry_or_null(list, struct fqc_flow, ff_list);
		struct mbuf *m;

		if (!ff)
			return NULL;
		if (ff->ff_deficit <= 0) {
			ff->ff_deficit += READ_ONCE(codel_quantum);
			list_move_tail(&ff->ff_list, &fc->fc_old);
			continue;
		}
		m = codel_deq(ifq, ff, now, drops);
		if (m) {
			ff->ff_deficit -= m->m_pkthdr.len;
			return m;
		}
		/* A flow that comes back at once must not stay ahead of the others. */
		if (list == &fc->fc_new && !list_empty(&fc->fc_old))
			list_move_tail(&ff->ff_list, &fc->fc_old);
		else
			list_del_init(&ff->ff_list);
	}
}

static void fqc_purge(struct ifqueue *ifq, struct mbuf_list *ml)
{
	struct fqcodel *fc = ifq->ifq_state;
	unsigned int i;

	for (i = 0; i < FQC_FLOWS; i++) {
		struct fqc_flow *ff = &fc->fc_flows[i];

		ml_enlist(ml, &ff->ff_ml);
		list_del_init(&ff->ff_list);
		ff->ff_bytes = 0;
		ff->ff_dropping = false;
	}
}

static void *fqc_alloc(void)
{
	struct fqcodel *fc = kvzalloc(sizeof(*fc), GFP_KERNEL);
	unsigned int i;

	if (!fc)
		return NULL;
	INIT_LIST_HEAD(&fc->fc_new);
	INIT_LIST_HEAD(&fc->fc_old);
	fc->fc_salt = get_random_u32();
	for (i = 0; i < FQC_FLOWS; i++) {
		ml_init(&fc->fc_flows[i].ff_ml);
		INIT_LIST_HEAD(&fc->fc_flows[i].ff_list);
	}
	return fc;
}

static void fqc_free(void *state)
{
	kvfree(state);
}

const struct ifq_discipline ifq_fqcodel = {
	.ifqd_name = "fq_codel",
	.ifqd_enq = fqc_enq,
	.ifqd_deq = fqc_deq,
	.ifqd_purge = fqc_purge,
	.ifqd_alloc = fqc_alloc,
	.ifqd_free = fqc_free,
};
