// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * igmp.c - what routers have to be told of the groups this host belongs to, and when:
 * IGMPv3, and v1 and v2 where a router speaks no more.
 *
 * Receive path: ip_deliver.c -> igmp_input(). in_multi.c tells of changes. Both make
 * events, at most IGMP_MAXEVENTS; a work takes what is due to igmp_report.c. An answer
 * to a query waits a random time, so that the hosts of a network do not all speak at
 * once.
 *
 * Context: section for input; process for the work. igmp_lock is a leaf.
 * Source: RFC 9776 (v3) 4.1, 5, 7.2, 9.1; RFC 2236 (v2) 2, 3, 4; RFC 1112 appendix I
 * (v1).
 */
#include "igmp_priv.h"
#include "ip_priv.h"
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/timerqueue.h>
#include <linux/workqueue.h>
#include <bsdnet/igmp.h>
#include <bsdnet/in.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_var.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>
#include <bsdnet/protosw.h>
#include <bsdnet/softnet.h>

#define IGMP_MAXEVENTS		4096
#define IGMP_ROBUSTNESS		2	/* RFC 9776 8.1 */
#define IGMP_CHANGE_MS		1000	/* between state change reports: 8.11 */
#define IGMP_V2_MS		10000	/* unsolicited reports of v1 and v2: RFC 2236 8.10 */
#define IGMP_COMPAT_MS		(IGMP_ROBUSTNESS * 125000 + 10000)	/* RFC 9776 8.12 */
#define IGMP_V3_QUERYLEN	12	/* without senders */

/*
 * Something to be said. One for each (interface, group, what).
 *
 * Locks protecting struct members in this file: all igmp_lock.
 */
struct igmp_event {
	struct hlist_node	 ie_hash;
	struct timerqueue_node	 ie_due;	/* ktime, ns */
	struct in_sources	*ie_about;	/* senders, NULL: the whole filter */
	__be32			 ie_group;	/* 0: all groups of the interface */
	unsigned int		 ie_ifidx;
	enum igmp_say		 ie_say;
	unsigned int		 ie_left;	/* how often still */
};

/* An interface on whose network an older router was heard. */
struct igmp_compat {
	struct list_head	ic_list;
	unsigned int		ic_ifidx;
	ktime_t			ic_v1_until;
	ktime_t			ic_v2_until;
};

static DEFINE_HASHTABLE(igmp_events, 8);	/* [igmp_lock] */
static struct timerqueue_head igmp_queue;	/* [igmp_lock] the same, by time */
static LIST_HEAD(igmp_compats);		/* [igmp_lock] */
static unsigned int igmp_nevents;	/* [igmp_lock] */
static DEFINE_SPINLOCK(igmp_lock);

static void igmp_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(igmp_work, igmp_work_fn);

static const struct counter_desc igmp_counters[] = {
	[COUNTER_INDEX(IGMPS_QUERIES)] = { "queries", "queries received" },
	[COUNTER_INDEX(IGMPS_REPORTS)] = { "reports", "reports of others received" },
	[COUNTER_INDEX(IGMPS_SENT)] = { "sent", "reports and leaves sent" },
	[COUNTER_INDEX(IGMPS_TOOSHORT)] = { "tooshort", "messages that are too short" },
	[COUNTER_INDEX(IGMPS_BADSUM)] = { "badsum", "messages with bad checksum" },
	[COUNTER_INDEX(IGMPS_BADTTL)] = { "badttl", "messages that came from afar" },
	[COUNTER_INDEX(IGMPS_NOALERT)] = { "noalert", "queries without router alert" },
	[COUNTER_INDEX(IGMPS_BADDST)] = { "baddst", "general queries not to all hosts" },
	[COUNTER_INDEX(IGMPS_SUPPRESSED)] = { "suppressed",
		"answers not sent because another host did" },
	[COUNTER_INDEX(IGMPS_LIMIT)] = { "limit", "reports not sent: too many wait" },
	[COUNTER_INDEX(IGMPS_NOMEM)] = { "nomem", "reports not sent for want of memory" },
	[COUNTER_INDEX(IGMPS_UNKNOWN)] = { "unknown", "messages of unknown type" },
};

static u32 igmp_random(u32 below)
{
	return reciprocal_scale(get_random_u32(), below);
}

/* The version that routers of an interface's network understand. */
static unsigned int igmp_version(unsigned int ifidx)
{
	ktime_t now = ktime_get();
	struct igmp_compat *ic;

	lockdep_assert_held(&igmp_lock);
	list_for_each_entry(ic, &igmp_compats, ic_list)
		if (ic->ic_ifidx == ifidx)
			return now < ic->ic_v1_until ? 1 : now < ic->ic_v2_until ? 2 : 3;
	return 3;
}

static u32 igmp_key(unsigned int ifidx, __be32 group)
{
	return (__force u32)group ^ hash_32(ifidx, 32);
}

static struct igmp_event *igmp_find(unsigned int ifidx, __be32 group, enum igmp_say say)
{
	struct igmp_event *ie;

	hash_for_each_possible(igmp_events, ie, ie_hash, igmp_key(ifidx, group))
		if (ie->ie_ifidx == ifidx && ie->ie_group == group && ie->ie_say == say)
			return ie;
	return NULL;
}

/* Take an event out; the caller frees it. */
static void igmp_remove(struct igmp_event *ie)
{
	hash_del(&ie->ie_hash);
	timerqueue_del(&igmp_queue, &ie->ie_due);
	igmp_nevents--;
}

static void igmp_forget(struct igmp_event *ie)
{
	igmp_remove(ie);
	kfree(ie->ie_about);
	kfree(ie);
}

/* When an event is due, in @delay ms; a work that waits for a later one wakes. */
static void igmp_set_due(struct igmp_event *ie, u32 delay)
{
	ie->ie_due.expires = ktime_add_ms(ktime_get(), delay);
	if (timerqueue_add(&igmp_queue, &ie->ie_due))
		mod_delayed_work(bsdnet_cfg, &igmp_work, msecs_to_jiffies(delay));
}

static struct igmp_event *igmp_create(unsigned int ifidx, __be32 group, enum igmp_say say)
{
	struct igmp_event *ie;

	if (igmp_nevents >= IGMP_MAXEVENTS) {
		counter_inc(IGMPS_LIMIT);
		return NULL;
	}
	ie = kzalloc(sizeof(*ie), GFP_NOWAIT | __GFP_NOWARN);
	if (!ie) {
		counter_inc(IGMPS_NOMEM);
		return NULL;
	}
	ie->ie_ifidx = ifidx;
	ie->ie_group = group;
	ie->ie_say = say;
	timerqueue_init(&ie->ie_due);
	hash_add(igmp_events, &ie->ie_hash, igmp_key(ifidx, group));
	igmp_nevents++;
	return ie;
}

/*
 * Say something, @times over, first in @delay ms. What waits already is said together
 * with it, and an answer that is due before stays so. @about passes to here; what two
 * events are about that cannot be put together is the whole filter, which is never
 * wrong.
 */
static void igmp_schedule(unsigned int ifidx, __be32 group, enum igmp_say say,
			  struct in_sources *about, unsigned int times, u32 delay)
{
	struct igmp_event *ie = igmp_find(ifidx, group, say);
	struct in_sources *both = NULL;

	lockdep_assert_held(&igmp_lock);
	if (!ie) {
		ie = igmp_create(ifidx, group, say);
		if (!ie) {
			kfree(about);
			return;
		}
		ie->ie_about = about;
		ie->ie_left = times;
		igmp_set_due(ie, delay);
		return;
	}
	if (ie->ie_about && about)
		both = in_sources_union(ie->ie_about, about, GFP_NOWAIT | __GFP_NOWARN);
	kfree(ie->ie_about);
	kfree(about);
	ie->ie_about = both;
	ie->ie_left = times;
	if (say == IGMP_ANSWER && ie->ie_due.expires <= ktime_add_ms(ktime_get(), delay))
		return;
	timerqueue_del(&igmp_queue, &ie->ie_due);
	igmp_set_due(ie, delay);
}

/**
 * bsd_igmp_change() - an interface wants to hear other senders of a group
 * @ifidx: interface
 * @group: group
 * @from:  its filter so far, NULL: all; in_sources_none: no member
 * @to:    its filter now
 *
 * Context: Process, may sleep.
 * Source:  RFC 9776 5.1.
 */
void bsd_igmp_change(unsigned int ifidx, __be32 group, const struct in_sources *from,
		     const struct in_sources *to)
{
	bool was_in = from && from->is_mode == MCAST_INCLUDE;
	bool is_in = to && to->is_mode == MCAST_INCLUDE;
	struct in_sources *about = NULL;

	if (group == htonl(INADDR_ALLHOSTS_GROUP))
		return;		/* RFC 9776 6: never reported */
	if (was_in == is_in)
		about = in_sources_diff(from, to, GFP_KERNEL);
	spin_lock(&igmp_lock);
	igmp_schedule(ifidx, group, IGMP_CHANGE, about, IGMP_ROBUSTNESS, 0);
	spin_unlock(&igmp_lock);
}

/* Nothing of what waits to be said on an interface is said. */
static void igmp_forget_all(unsigned int ifidx)
{
	struct hlist_node *next;
	struct igmp_event *ie;
	int i;

	hash_for_each_safe(igmp_events, i, next, ie, ie_hash)
		if (ie->ie_ifidx == ifidx)
			igmp_forget(ie);
}

/**
 * bsd_igmp_ifdetach() - nothing more is said on an interface
 * @ifidx: interface
 *
 * Context: Process.
 */
void bsd_igmp_ifdetach(unsigned int ifidx)
{
	struct igmp_compat *ic, *next;

	spin_lock(&igmp_lock);
	igmp_forget_all(ifidx);
	list_for_each_entry_safe(ic, next, &igmp_compats, ic_list) {
		if (ic->ic_ifidx != ifidx)
			continue;
		list_del(&ic->ic_list);
		kfree(ic);
	}
	spin_unlock(&igmp_lock);
}

/*
 * Take the next event if it is due, with what it is about; one that is to be said
 * again waits again. Else *@wait is ms until the next is, 0: there is none.
 */
static bool igmp_due(struct igmp_event *copy, unsigned int *version, u32 *wait)
{
	struct timerqueue_node *node;
	ktime_t now = ktime_get();
	struct igmp_event *ie;

	spin_lock(&igmp_lock);
	node = timerqueue_getnext(&igmp_queue);
	*wait = node && node->expires > now ? ktime_ms_delta(node->expires, now) + 1 : 0;
	if (!node || node->expires > now) {
		spin_unlock(&igmp_lock);
		return false;
	}
	ie = container_of(node, struct igmp_event, ie_due);
	*version = igmp_version(ie->ie_ifidx);
	*copy = *ie;
	if (!--ie->ie_left) {
		igmp_remove(ie);
		kfree(ie);
	} else {
		if (ie->ie_about)
			copy->ie_about = kmemdup(ie->ie_about,
						 struct_size(ie->ie_about, is_src,
							     ie->ie_about->is_n),
						 GFP_NOWAIT | __GFP_NOWARN);
		timerqueue_del(&igmp_queue, node);
		igmp_set_due(ie, 1 + igmp_random(*version < 3 ? IGMP_V2_MS : IGMP_CHANGE_MS));
	}
	spin_unlock(&igmp_lock);
	return true;
}

static void igmp_work_fn(struct work_struct *work)
{
	struct igmp_event ie;
	unsigned int version;
	u32 wait;

	while (igmp_due(&ie, &version, &wait)) {
		bsd_igmp_send(ie.ie_ifidx, ie.ie_group, ie.ie_say, ie.ie_about, version);
		kfree(ie.ie_about);
	}
	if (wait)
		queue_delayed_work(bsdnet_cfg, &igmp_work, msecs_to_jiffies(wait));
}

/*
 * A router that speaks an older version: so do we, for a while, and what waits in a
 * newer one is dropped. RFC 9776 7.2.1
 */
static void igmp_older(unsigned int ifidx, unsigned int version)
{
	ktime_t until = ktime_add_ms(ktime_get(), IGMP_COMPAT_MS);
	struct igmp_compat *ic, *found = NULL;

	if (igmp_version(ifidx) > version)
		igmp_forget_all(ifidx);
	list_for_each_entry(ic, &igmp_compats, ic_list)
		if (ic->ic_ifidx == ifidx)
			found = ic;
	if (!found) {
		found = kzalloc(sizeof(*found), GFP_NOWAIT | __GFP_NOWARN);
		if (!found) {
			counter_inc(IGMPS_NOMEM);
			return;
		}
		found->ic_ifidx = ifidx;
		list_add(&found->ic_list, &igmp_compats);
	}
	if (version == 1)
		found->ic_v1_until = until;
	else
		found->ic_v2_until = until;
}

/* Longest time to the answer, ms; RFC 9776 4.1.1. */
static u32 igmp_maxresp(u8 code, unsigned int version)
{
	if (version == 1)
		return IGMP_V2_MS;
	if (version == 2 || code < 128)
		return max(code, (u8)1) * 100;
	return (((code & 0x0f) | 0x10) << (((code >> 4) & 0x07) + 3)) * 100;
}

struct igmp_answer {
	unsigned int	ia_ifidx;
	u32		ia_maxresp;
};

static void igmp_answer_one(__be32 group, const struct in_sources *is, void *arg)
{
	const struct igmp_answer *ia = arg;

	if (group != htonl(INADDR_ALLHOSTS_GROUP))
		igmp_schedule(ia->ia_ifidx, group, IGMP_ANSWER, NULL, 1,
			      igmp_random(ia->ia_maxresp));
}

/* Answer for one group, about @asked or (NULL) its whole filter. */
static void igmp_answer_group(const struct igmp_answer *ia, __be32 group,
			      struct in_sources *asked)
{
	const struct igmp_event *ie = igmp_find(ia->ia_ifidx, group, IGMP_ANSWER);

	/* An answer about the whole filter that waits is one to this as well. */
	if (!in_multi_member(ia->ia_ifidx, group) || group == htonl(INADDR_ALLHOSTS_GROUP) ||
	    (ie && !ie->ie_about && asked))
		kfree(asked);
	else
		igmp_schedule(ia->ia_ifidx, group, IGMP_ANSWER, asked, 1,
			      igmp_random(ia->ia_maxresp));
}

/* Senders that a query asks about; NULL: none, or too many, or no memory. */
static struct in_sources *igmp_asked(const struct mbuf *m, unsigned int off, unsigned int n)
{
	struct in_sources *is;
	unsigned int i;
	__be32 src;

	if (!n || n > IN_SOURCES_MAX)
		return NULL;
	is = in_sources_alloc(MCAST_INCLUDE, n, GFP_NOWAIT | __GFP_NOWARN);
	for (i = 0; is && i < n; i++) {
		m_copydata(m, off + i * sizeof(src), sizeof(src), &src);
		in_sources_add(is, n, src);
	}
	return is;
}

static void igmp_query(const struct mbuf *m, unsigned int off, const struct igmp *igmp,
		       unsigned int version, unsigned int nsrc)
{
	struct igmp_answer ia = { .ia_ifidx = m->m_pkthdr.ph_ifidx };
	struct in_sources *asked = NULL;

	counter_inc(IGMPS_QUERIES);
	ia.ia_maxresp = igmp_maxresp(igmp->igmp_code, version);
	if (igmp->igmp_group)
		asked = igmp_asked(m, off + IGMP_V3_QUERYLEN, nsrc);
	spin_lock(&igmp_lock);
	if (version < 3)
		igmp_older(ia.ia_ifidx, version);
	if (igmp->igmp_group)
		igmp_answer_group(&ia, igmp->igmp_group, asked);
	else if (igmp_version(ia.ia_ifidx) == 3)
		igmp_schedule(ia.ia_ifidx, 0, IGMP_ANSWER, NULL, 1, igmp_random(ia.ia_maxresp));
	else
		in_multi_walk(ia.ia_ifidx, igmp_answer_one, &ia);
	spin_unlock(&igmp_lock);
}

/* Has a header router alert? RFC 2113 2.1 */
static bool igmp_alert(const struct ip *ip)
{
	const u8 *option = (const u8 *)(ip + 1), *end = (const u8 *)ip + ip->ip_hl * 4;

	while (option < end && *option != BSD_IPOPT_EOL) {
		if (*option == BSD_IPOPT_RA)
			return true;
		if (*option == BSD_IPOPT_NOP)
			option++;
		else if (option + 1 < end && option[1] >= 2)
			option += option[1];
		else
			return false;
	}
	return false;
}

/* Which version's query is it, and do we believe it? RFC 9776 7.1, 9.1 */
static void igmp_input_query(struct mbuf *m, unsigned int off, const struct igmp *igmp,
			     unsigned int len)
{
	const struct ip *ip = mtod(m, struct ip *);
	unsigned int version = igmp->igmp_code ? 2 : 1;
	__be16 nsrc = 0;

	if (len >= IGMP_V3_QUERYLEN) {
		version = 3;
		m_copydata(m, off + IGMP_V3_QUERYLEN - sizeof(nsrc), sizeof(nsrc), &nsrc);
	}
	if ((len > sizeof(*igmp) && len < IGMP_V3_QUERYLEN) ||
	    (version == 3 && len < IGMP_V3_QUERYLEN + ntohs(nsrc) * sizeof(__be32)))
		counter_inc(IGMPS_TOOSHORT);
	else if (version > 1 && !igmp_alert(ip))
		counter_inc(IGMPS_NOALERT);
	else if (!igmp->igmp_group && in_multicast(ip->ip_dst) &&
		 ip->ip_dst != htonl(INADDR_ALLHOSTS_GROUP))
		counter_inc(IGMPS_BADDST);
	else
		igmp_query(m, off, igmp, version, ntohs(nsrc));
}

/* Another host has answered for a group: in v1 and v2 we need not. RFC 2236 3. */
static void igmp_heard(unsigned int ifidx, __be32 group)
{
	struct igmp_event *ie;

	counter_inc(IGMPS_REPORTS);
	spin_lock(&igmp_lock);
	ie = igmp_find(ifidx, group, IGMP_ANSWER);
	if (ie && igmp_version(ifidx) < 3) {
		counter_inc(IGMPS_SUPPRESSED);
		igmp_forget(ie);
	}
	spin_unlock(&igmp_lock);
}

static void igmp_input(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	unsigned int len = m->m_pkthdr.len - hlen;
	struct igmp igmp;

	if (len < sizeof(igmp) || m_copydata(m, hlen, sizeof(igmp), &igmp)) {
		m_drop(m, IGMPS_TOOSHORT);
		return;
	}
	if (in_cksum(m, hlen, len)) {
		m_drop(m, IGMPS_BADSUM);
		return;
	}
	if (mtod(m, struct ip *)->ip_ttl != 1) {
		m_drop(m, IGMPS_BADTTL);
		return;
	}
	switch (igmp.igmp_type) {
	case IGMP_QUERY:
		igmp_input_query(m, hlen, &igmp, len);
		break;
	case IGMP_V1_REPORT:
	case IGMP_V2_REPORT:
		igmp_heard(m->m_pkthdr.ph_ifidx, igmp.igmp_group);
		break;
	case IGMP_V2_LEAVE:
	case IGMP_V3_REPORT:
		counter_inc(IGMPS_REPORTS);
		break;
	default:
		counter_inc(IGMPS_UNKNOWN);
		break;
	}
	m_freem(m);
}

const struct protosw bsd_igmp_protosw = {
	.pr_protocol = IPPROTO_IGMP,
	.pr_input = igmp_input,
	.pr_owner = THIS_MODULE,
};

/**
 * bsd_igmp_init() - counters
 *
 * Context: Process, at load.
 * Return:  0 or -errno.
 */
int bsd_igmp_init(void)
{
	timerqueue_init_head(&igmp_queue);
	return counter_register(CG_IGMP, "igmp", igmp_counters, ARRAY_SIZE(igmp_counters));
}

/**
 * bsd_igmp_exit() - send nothing more
 *
 * Context: Process, at unload; no interface is left.
 */
void bsd_igmp_exit(void)
{
	struct igmp_compat *ic, *nextic;
	struct hlist_node *next;
	struct igmp_event *ie;
	int i;

	cancel_delayed_work_sync(&igmp_work);
	hash_for_each_safe(igmp_events, i, next, ie, ie_hash)
		igmp_forget(ie);
	list_for_each_entry_safe(ic, nextic, &igmp_compats, ic_list)
		kfree(ic);
	INIT_LIST_HEAD(&igmp_compats);
	counter_unregister(CG_IGMP);
}
