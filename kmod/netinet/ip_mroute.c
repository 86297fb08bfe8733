// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_mroute.c - packets to multicast groups, for others.
 *
 * Receive path: ip_input.c -> here -> if_output of each interface that the forwarding
 * cache names for the packet's origin and group. A packet that the cache has nothing
 * for waits, and the program that routes (ip_mroute_opt.c) is told of it on its
 * socket; by its answer the packet goes on.
 *
 * What waits is bounded: MRT_MAXPENDING pairs of origin and group, MRT_MAXPACKETS of
 * each, for MRT_PENDING_MS; MRT_MAXUPCALLS messages.
 *
 * Context: in a section; mr_lock, a leaf, for what waits.
 * Source: RFC 1112 (no ICMP errors about multicasts: 7.2), RFC 1812 5.2.1.3, 4.3.2.7;
 * the interface is that of mrouted, as Linux has it in <linux/mroute.h>.
 */
#include "ip_mroute_priv.h"
#include "ip_priv.h"
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/ip_mroute.h>
#include <bsdnet/netstack.h>
#include <bsdnet/softnet.h>

#define MRT_MAXPENDING	10
#define MRT_MAXPACKETS	4
#define MRT_PENDING_MS	10000
#define MRT_MAXUPCALLS	64	/* messages that wait for the socket */
#define MRT_ASSERT_MS	3000	/* between two messages of the wrong interface */

LIST_HEAD(mrouters);	/* [S] */

static const struct counter_desc mroute_counters[] = {
	[COUNTER_INDEX(MRTS_IPACKETS)] = { "ipackets", "packets that could be forwarded" },
	[COUNTER_INDEX(MRTS_FORWARD)] = { "forward", "copies forwarded" },
	[COUNTER_INDEX(MRTS_WRONGIF)] = { "wrongif", "packets that came in by another interface" },
	[COUNTER_INDEX(MRTS_NOCACHE)] = { "nocache", "packets that the cache had no entry for" },
	[COUNTER_INDEX(MRTS_UPCALLS)] = { "upcalls", "messages to routing programs" },
	[COUNTER_INDEX(MRTS_UPCALLLIMIT)] = { "upcalllimit",
		"messages not sent because too many wait" },
	[COUNTER_INDEX(MRTS_QUEUED)] = { "queued", "packets that waited for an entry" },
	[COUNTER_INDEX(MRTS_QUEUELIMIT)] = { "queuelimit",
		"packets dropped because enough of the same wait" },
	[COUNTER_INDEX(MRTS_PENDLIMIT)] = { "pendlimit",
		"packets dropped because too many entries are waited for" },
	[COUNTER_INDEX(MRTS_EXPIRED)] = { "expired", "packets dropped after waiting" },
	[COUNTER_INDEX(MRTS_TTL)] = { "ttl", "copies not sent because of their TTL" },
	[COUNTER_INDEX(MRTS_CANTFORWARD)] = { "cantforward",
		"packets of senders that must stay on their network" },
	[COUNTER_INDEX(MRTS_CANTFRAG)] = { "cantfrag",
		"copies too long for an interface that must not be cut" },
	[COUNTER_INDEX(MRTS_IFDOWN)] = { "ifdown", "copies for an interface that is down" },
	[COUNTER_INDEX(MRTS_NOMEM)] = { "nomem", "copies not made for want of memory" },
};

static_assert(ARRAY_SIZE(mroute_counters) == COUNTER_INDEX(MRTS_END));

const struct rhashtable_params mrt_mfc_params = {
	.head_offset = offsetof(struct mrt_mfc, mf_hash),
	.key_offset = offsetof(struct mrt_mfc, mf_key),
	.key_len = sizeof(struct mrt_key),
	.automatic_shrinking = true,
};

/**
 * mrt_find() - the multicast router of a routing domain
 * @rdomain: domain
 *
 * Context: Section, or rtnl held.
 * Return:  router or NULL.
 */
struct mrouter *mrt_find(unsigned int rdomain)
{
	struct mrouter *mr;

	list_for_each_entry_srcu(mr, &mrouters, mr_list, if_list_held())
		if (mr->mr_rdomain == rdomain)
			return mr;
	return NULL;
}

/**
 * mrt_mfc_find() - the entry of the forwarding cache for a packet
 * @mr:  router
 * @key: its origin and group
 *
 * Context: Section, or rtnl held; valid as long.
 * Return:  entry or NULL.
 */
struct mrt_mfc *mrt_mfc_find(struct mrouter *mr, const struct mrt_key *key)
{
	/* The table's own lookup is under RCU; entries are freed by net_call_free(). */
	return rhashtable_lookup_fast(&mr->mr_mfcs, key, mrt_mfc_params);
}

/**
 * mrt_vif() - an interface of a router, by the program's number
 * @mr: router
 * @n:  number, below MAXVIFS
 *
 * Context: Section, or rtnl held; valid as long.
 * Return:  interface or NULL.
 */
struct mrt_vif *mrt_vif(const struct mrouter *mr, unsigned int n)
{
	return rcu_dereference_check(mr->mr_vif[n], if_list_held());
}

/* Number of the vif of an interface, -1: it takes no part. */
static int mrt_vif_number(const struct mrouter *mr, unsigned int ifidx)
{
	unsigned int n;

	for (n = 0; n < MAXVIFS; n++) {
		const struct mrt_vif *mv = mrt_vif(mr, n);

		if (mv && mv->mv_ifidx == ifidx)
			return n;
	}
	return -1;
}

static void mrt_count(struct mrt_count __percpu *mc, const struct mbuf *m)
{
	this_cpu_inc(mc->mc_packets);
	this_cpu_add(mc->mc_bytes, m->m_pkthdr.len);
}

/* Tell the program: the head of a packet, made a struct igmpmsg. */
static void mrt_upcall(struct mrouter *mr, struct mbuf *packet, u8 type, unsigned int vif)
{
	struct igmpmsg *im;
	struct mbuf *m;

	static_assert(sizeof(*im) == sizeof(struct ip));
	m = m_gethdr(M_DONTWAIT);
	if (!m) {
		counter_inc(MRTS_NOMEM);
		return;
	}
	m->m_len = sizeof(*im);
	m->m_pkthdr.len = sizeof(*im);
	m->m_pkthdr.ph_ifidx = packet->m_pkthdr.ph_ifidx;
	m->m_pkthdr.ph_rtableid = mr->mr_rdomain;
	m->m_pkthdr.ph_cookie = m->m_data;
	memcpy(m->m_data, packet->m_data, sizeof(*im));
	im = mtod(m, struct igmpmsg *);
	im->im_msgtype = type;
	im->im_mbz = 0;
	im->im_vif = vif;
	im->im_vif_hi = 0;
	spin_lock(&mr->mr_lock);
	if (ml_len(&mr->mr_upcalls) < MRT_MAXUPCALLS) {
		ml_enqueue(&mr->mr_upcalls, m);
		m = NULL;
	}
	spin_unlock(&mr->mr_lock);
	if (m)
		m_drop(m, MRTS_UPCALLLIMIT);
	else
		queue_work(bsdnet_cfg, &mr->mr_tell);
}

/**
 * mrt_tell_fn() - messages to the program, onto its socket
 * @work: mr_tell of a router
 *
 * A work of its own, because on some rungs of the ladder whoever forwards may not
 * touch a PCB.
 *
 * Context: Process.
 */
void mrt_tell_fn(struct work_struct *work)
{
	struct mrouter *mr = container_of(work, struct mrouter, mr_tell);
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct netstack ns;
	struct inpcb *inp;

	spin_lock(&mr->mr_lock);
	ml_enlist(&ml, &mr->mr_upcalls);
	spin_unlock(&mr->mr_lock);
	net_enter(&ns, NETSEC_USRREQ);
	inp = READ_ONCE(mr->mr_inp);
	if (inp) {
		counter_add(MRTS_UPCALLS, ml_len(&ml));
		in_pcbinput(inp, &ml, &ns);
	}
	net_leave(&ns);
	ml_purge(&ml);
}

/* One copy, by one interface; consumed. */
static void mrt_send(struct mrt_vif *mv, struct mbuf *m, struct netstack *ns)
{
	struct ifnet *ifp = if_lookup(mv->mv_ifidx);

	if (!ifp || !ip_ifusable(ifp)) {
		m_drop(m, MRTS_IFDOWN);
		return;
	}
	if (m->m_pkthdr.len > ifp->if_mtu &&
	    (mtod(m, struct ip *)->ip_off & htons(IP_OFF_DF))) {
		m_drop(m, MRTS_CANTFRAG);
		return;
	}
	mrt_count(mv->mv_out, m);
	counter_inc(MRTS_FORWARD);
	bsd_ip_forward_group(m, ifp, ns);
}

/* Did it come in by the interface of its entry? If not, the program may want to know. */
static bool mrt_rightif(struct mrouter *mr, struct mrt_mfc *mf, struct mbuf *m, unsigned int vif)
{
	unsigned long last = READ_ONCE(mf->mf_assert);

	if (likely(mf->mf_parent == vif))
		return true;
	counter_inc(MRTS_WRONGIF);
	atomic_inc(&mf->mf_wrongif);
	/* Of interest where we would send: another router does (assert), or a shorter way. */
	if (!READ_ONCE(mr->mr_assert) || (mf->mf_ttls[vif] == 255 && !READ_ONCE(mr->mr_pim)) ||
	    time_before(jiffies, last + msecs_to_jiffies(MRT_ASSERT_MS)))
		return false;
	if (cmpxchg(&mf->mf_assert, last, jiffies) == last)
		mrt_upcall(mr, m, IGMPMSG_WRONGVIF, vif);
	return false;
}

/* Copies to wherever an entry says; the packet stays the caller's. */
static void mrt_forward(struct mrouter *mr, struct mrt_mfc *mf, struct mbuf *m, unsigned int vif,
			struct netstack *ns)
{
	u8 ttl = mtod(m, struct ip *)->ip_ttl;
	struct mrt_vif *mv = mrt_vif(mr, vif);
	struct mbuf *copy;
	unsigned int n;

	mrt_count(mf->mf_count, m);
	if (!mrt_rightif(mr, mf, m, vif))
		return;
	if (mv)
		mrt_count(mv->mv_in, m);
	for (n = 0; n < MAXVIFS; n++) {
		mv = mf->mf_ttls[n] < 255 ? mrt_vif(mr, n) : NULL;
		if (!mv)
			continue;
		if (ttl <= max_t(u8, mf->mf_ttls[n], 1)) {
			counter_inc(MRTS_TTL);
			continue;
		}
		copy = m_copym(m, 0, m->m_pkthdr.len, M_DONTWAIT);
		if (copy)
			copy = m_pullup(copy, ip_hdrlen(mtod(m, struct ip *)));
		if (copy)
			mrt_send(mv, copy, ns);
		else
			counter_inc(MRTS_NOMEM);
	}
}

/**
 * mrt_pending_free() - forget what waits for an entry
 * @mp: on no list any more
 */
void mrt_pending_free(struct mrt_pending *mp)
{
	ml_purge(&mp->mp_packets);
	kfree(mp);
}

static struct mrt_pending *mrt_pending_find(struct mrouter *mr, const struct mrt_key *key)
{
	struct mrt_pending *mp;

	list_for_each_entry(mp, &mr->mr_pending, mp_list)
		if (!memcmp(&mp->mp_key, key, sizeof(*key)))
			return mp;
	return NULL;
}

static struct mrt_pending *mrt_pending_create(struct mrouter *mr, const struct mrt_key *key)
{
	unsigned long wait = msecs_to_jiffies(MRT_PENDING_MS);
	struct mrt_pending *mp;

	if (mr->mr_npending >= MRT_MAXPENDING) {
		counter_inc(MRTS_PENDLIMIT);
		return NULL;
	}
	mp = kzalloc(sizeof(*mp), GFP_NOWAIT | __GFP_NOWARN);
	if (!mp) {
		counter_inc(MRTS_NOMEM);
		return NULL;
	}
	mp->mp_key = *key;
	mp->mp_expire = jiffies + wait;
	ml_init(&mp->mp_packets);
	list_add_tail(&mp->mp_list, &mr->mr_pending);
	if (!mr->mr_npending++)
		queue_delayed_work(bsdnet_cfg, &mr->mr_expire, wait + 1);
	return mp;
}

/* There is no entry: a copy waits for it. True: the program has to be told. */
static bool mrt_wait(struct mrouter *mr, const struct mrt_key *key, struct mbuf *m)
{
	struct mrt_pending *mp;
	struct mbuf *copy;
	bool tell = false;

	spin_lock(&mr->mr_lock);
	mp = mrt_pending_find(mr, key);
	if (!mp) {
		mp = mrt_pending_create(mr, key);
		tell = mp;
	}
	if (mp && ml_len(&mp->mp_packets) >= MRT_MAXPACKETS) {
		counter_inc(MRTS_QUEUELIMIT);
	} else if (mp) {
		copy = m_copym(m, 0, m->m_pkthdr.len, M_DONTWAIT);
		if (copy)
			copy = m_pullup(copy, ip_hdrlen(mtod(m, struct ip *)));
		counter_inc(copy ? MRTS_QUEUED : MRTS_NOMEM);
		if (copy)
			ml_enqueue(&mp->mp_packets, copy);
	}
	spin_unlock(&mr->mr_lock);
	return tell;
}

/**
 * mrt_resolved() - there is an entry now for what may have waited
 * @mr: router
 * @mf: entry
 *
 * Context: Process, rtnl held, not in a section.
 */
void mrt_resolved(struct mrouter *mr, struct mrt_mfc *mf)
{
	struct mrt_pending *mp;
	struct netstack ns;
	struct mbuf *m;
	int vif;

	spin_lock(&mr->mr_lock);
	mp = mrt_pending_find(mr, &mf->mf_key);
	if (mp) {
		list_del(&mp->mp_list);
		mr->mr_npending--;
	}
	spin_unlock(&mr->mr_lock);
	if (!mp)
		return;
	net_enter(&ns, NETSEC_SYSCALL);
	while ((m = ml_dequeue(&mp->mp_packets))) {
		vif = mrt_vif_number(mr, m->m_pkthdr.ph_ifidx);
		if (vif >= 0)
			mrt_forward(mr, mf, m, vif, &ns);
		m_freem(m);
	}
	net_leave(&ns);
	mrt_pending_free(mp);
}

/**
 * mrt_expire_fn() - what waited too long is dropped
 * @work: mr_expire of a router
 *
 * Context: Process.
 */
void mrt_expire_fn(struct work_struct *work)
{
	struct mrouter *mr = container_of(to_delayed_work(work), struct mrouter, mr_expire);
	struct mrt_pending *mp, *next;
	LIST_HEAD(expired);

	spin_lock(&mr->mr_lock);
	list_for_each_entry_safe(mp, next, &mr->mr_pending, mp_list) {
		if (time_before(jiffies, mp->mp_expire)) {
			queue_delayed_work(bsdnet_cfg, &mr->mr_expire,
					   mp->mp_expire - jiffies + 1);
			break;
		}
		list_move_tail(&mp->mp_list, &expired);
		mr->mr_npending--;
	}
	spin_unlock(&mr->mr_lock);
	list_for_each_entry_safe(mp, next, &expired, mp_list) {
		counter_add(MRTS_EXPIRED, ml_len(&mp->mp_packets));
		mrt_pending_free(mp);
	}
}

/* Groups that stay on their network: RFC 5771 4. */
static bool mrt_localgroup(__be32 group)
{
	return (group & htonl(0xffffff00)) == htonl(0xe0000000);
}

/* Senders whose packets stay there too. */
static bool mrt_localorigin(__be32 src)
{
	return !src || in_loopback(src) || in_linklocal(src);
}

/**
 * mrt_input() - a packet to a group came in: forward it if a program says so
 * @ifp: interface it came in on
 * @m:   packet, header checked; stays the caller's
 * @ns:  section
 *
 * Context: In a section.
 * Return:  what the packet itself is still good for.
 */
enum mrt_verdict mrt_input(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	const struct ip *ip = mtod(m, struct ip *);
	struct mrt_key key = { ip->ip_src, ip->ip_dst };
	struct mrouter *mr = mrt_find(ifp->if_rdomain);
	struct mrt_mfc *mf;
	int vif;

	/* Without its socket it has ended, though the work that frees it has yet to come. */
	vif = mr && READ_ONCE(mr->mr_inp) ? mrt_vif_number(mr, ifp->if_index) : -1;
	if (vif < 0)
		return MRT_NOTOURS;
	if (ip->ip_p == IPPROTO_IGMP)
		return MRT_DELIVER;
	if (mrt_localgroup(key.mk_group) || ip->ip_ttl <= 1)
		return MRT_NOTOURS;
	if (mrt_localorigin(key.mk_origin)) {
		counter_inc(MRTS_CANTFORWARD);
		return MRT_TAKEN;
	}
	counter_inc(MRTS_IPACKETS);
	mf = mrt_mfc_find(mr, &key);
	if (mf) {
		mrt_forward(mr, mf, m, vif, ns);
		return MRT_TAKEN;
	}
	counter_inc(MRTS_NOCACHE);
	if (mrt_wait(mr, &key, m))
		mrt_upcall(mr, m, IGMPMSG_NOCACHE, vif);
	return MRT_TAKEN;
}

/**
 * mrt_init() - counters
 *
 * Context: Process, at load.
 * Return:  0 or -errno.
 */
int mrt_init(void)
{
	return counter_register(CG_MROUTE, "mroute", mroute_counters,
				ARRAY_SIZE(mroute_counters));
}

/**
 * mrt_exit() - the other half; no socket is left, but a router's end may be under way
 *
 * Context: Process, at unload.
 */
void mrt_exit(void)
{
	flush_workqueue(bsdnet_cfg);
	counter_unregister(CG_MROUTE);
}
