// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_pcb_lookup.c - which socket is this packet for: the two hashes of a table.
 *
 * Receive path: udp_input.c, raw_ip.c, ICMP notifications -> here -> in_pcbinput().
 * Lookups run in a section and take no lock (in_pcblookup_all() one bucket's);
 * changes take the bucket's spinlock, growth the table's mutex.
 *
 * A lookup does not miss a PCB that connects: it is put into the connected hash
 * before it is taken off the local chain, and a lookup that found nothing looks
 * there once more. One that disconnects or changes its peer can be missed in the
 * middle of that call.
 */
#include <bsdnet/in_pcb.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/prefetch.h>
#include <linux/rculist_nulls.h>
#include <linux/slab.h>

/* Buckets at the start and at the end, which is reached by steps. */
#define PCBHASH_MIN	128
#define PCBHASH_LMAX	32768	/* of the local hash: there are no more than 65536 ports */
#define PCBHASH_MAX	524288	/* of the connected hash: a million PCBs, two a bucket */
#define PCBHASH_STEP	4	/* factor of growth */

/* Weights of what fits in the local hash; the larger one always wins. */
#define SCORE_PEER	8	/* connected, seen while it moves to the other hash */
#define SCORE_LADDR	4	/* bound to this address, not to any */
#define SCORE_IFIDX	2	/* bound to this interface */
#define SCORE_PORT	1

#define ANY_IFIDX	U32_MAX	/* pk_ifidx: what a PCB is bound to does not matter */

/* The question: a packet, seen from the receiver. */
struct pcbkey {
	__be32		pk_faddr;
	__be32		pk_laddr;
	__be16		pk_fport;
	__be16		pk_lport;
	u16		pk_rdomain;
	unsigned int	pk_ifidx;
};

/* What the end of chain @h must say. */
static unsigned long chain_end(const struct hlist_nulls_head *h)
{
	return (unsigned long)h >> 1;
}

static u32 conn_hash(const struct inpcbtable *table, const struct pcbkey *pk)
{
	return jhash_3words((__force u32)pk->pk_faddr, (__force u32)pk->pk_laddr,
			    (__force u32)pk->pk_fport << 16 | (__force u32)pk->pk_lport,
			    table->inpt_hashkey ^ pk->pk_rdomain);
}

/* Ports are chosen by us or by local programs: no secret is needed here. */
static u32 local_hash(__be16 lport, u16 rdomain)
{
	return ntohs(lport) + rdomain * 0x9e3779b1U;
}

static u16 key_rdomain(unsigned int rtableid)
{
	return rtableid ? rtable_rdomain(rtableid) : 0;
}

static struct inpcbhash *inpcbhash_alloc(u32 size)
{
	struct inpcbhash *h;
	u32 i;

	h = kvzalloc(struct_size(h, ih_heads, size), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!h)
		return NULL;
	h->ih_mask = size - 1;
	for (i = 0; i < size; i++) {
		struct inpcbhead *head = &h->ih_heads[i];

		INIT_HLIST_NULLS_HEAD(&head->inph_chain, chain_end(&head->inph_chain));
		INIT_HLIST_NULLS_HEAD(&head->inph_conn, chain_end(&head->inph_conn));
		spin_lock_init(&head->inph_lock);
	}
	return h;
}

static void inpcbhash_free(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct inpcbhash, ih_rcu));
}

/**
 * in_pcbhash_init() - give a table its two hashes
 * @table: table, nobody else knows it yet
 *
 * Context: Process, may sleep.
 * Return:  0 or -ENOMEM.
 */
int in_pcbhash_init(struct inpcbtable *table)
{
	struct inpcbhash *lhash;
	struct inpcbhash *hash;

	hash = inpcbhash_alloc(PCBHASH_MIN);
	lhash = inpcbhash_alloc(PCBHASH_MIN);
	if (!hash || !lhash) {
		kvfree(hash);
		kvfree(lhash);
		return -ENOMEM;
	}
	RCU_INIT_POINTER(table->inpt_hash, hash);
	RCU_INIT_POINTER(table->inpt_lhash, lhash);
	table->inpt_size = PCBHASH_MIN;
	return 0;
}

/**
 * in_pcbhash_exit() - free the hashes of a table
 * @table: table without PCBs, no reader is left
 *
 * Context: Process, may sleep.
 */
void in_pcbhash_exit(struct inpcbtable *table)
{
	kvfree(rcu_replace_pointer(table->inpt_hash, NULL, true));
	kvfree(rcu_replace_pointer(table->inpt_lhash, NULL, true));
}

/*
 * Bucket locks come alone or in pairs, which sparse cannot follow; so it is told
 * that nothing happened. lockdep sees them.
 */
static void head_lock(struct inpcbhead *head, int subclass)
{
	spin_lock_nested(&head->inph_lock, subclass);
	__release(&head->inph_lock);
}

static void head_unlock(struct inpcbhead *head)
{
	__acquire(&head->inph_lock);
	spin_unlock(&head->inph_lock);
}

/* Lock the bucket of @val in the array that is current, and the one it is filled from. */
static void bucket_lock(struct inpcbhash __rcu **hp, u32 val, struct inpcbbucket *ib)
{
	struct inpcbhash *old;
	struct inpcbhash *h;

	for (;;) {
		h = net_dereference(*hp);
		ib->ib_head = &h->ih_heads[val & h->ih_mask];
		head_lock(ib->ib_head, 0);
		if (likely(rcu_access_pointer(*hp) == h))
			break;
		head_unlock(ib->ib_head);
	}
	ib->ib_old = NULL;
	old = net_dereference(h->ih_old);
	if (unlikely(old)) {
		ib->ib_old = &old->ih_heads[val & old->ih_mask];
		head_lock(ib->ib_old, SINGLE_DEPTH_NESTING);
	}
}

/**
 * in_pcb_bucket_unlock() - the other half of in_pcb_lbucket_lock()
 * @ib: bucket
 *
 * Context: Section. Releases the bucket lock.
 */
void in_pcb_bucket_unlock(struct inpcbbucket *ib)
{
	if (unlikely(ib->ib_old))
		head_unlock(ib->ib_old);
	head_unlock(ib->ib_head);
}

/**
 * in_pcb_lbucket_lock() - lock the bucket of a local port
 * @table:   table
 * @lport:   local port
 * @rdomain: routing domain
 * @ib:      where to put what was locked
 *
 * Context: Section. Takes the bucket lock.
 */
void in_pcb_lbucket_lock(struct inpcbtable *table, __be16 lport, u16 rdomain,
			 struct inpcbbucket *ib)
{
	bucket_lock(&table->inpt_lhash, local_hash(lport, rdomain), ib);
}

/* Where @inp belongs by its present addresses. */
static u32 inp_conn_hash(const struct inpcb *inp)
{
	struct pcbkey pk = {
		.pk_faddr = inp->inp_faddr.v4.s_addr,
		.pk_laddr = inp->inp_laddr.v4.s_addr,
		.pk_fport = inp->inp_fport,
		.pk_lport = inp->inp_lport,
		.pk_rdomain = inp->inp_rdomain,
	};

	return conn_hash(inp->inp_table, &pk);
}

static u32 inp_local_hash(const struct inpcb *inp)
{
	return local_hash(inp->inp_lport, inp->inp_rdomain);
}

/* Move to @h what of the bucket @old belongs into bucket @head of it. Both locked. */
static void bucket_move(struct inpcbhash *h, struct inpcbhead *head, struct inpcbhead *old,
			bool local)
{
	struct hlist_nulls_node *pos;
	struct hlist_nulls_node *next;
	struct inpcb *inp;

	if (local) {
		for (pos = old->inph_chain.first; !is_a_nulls(pos); pos = next) {
			next = pos->next;
			inp = hlist_nulls_entry(pos, struct inpcb, inp_lhash);
			if (&h->ih_heads[inp_local_hash(inp) & h->ih_mask] != head)
				continue;
			hlist_nulls_del_rcu(pos);
			hlist_nulls_add_head_rcu(pos, &head->inph_chain);
		}
		for (pos = old->inph_conn.first; !is_a_nulls(pos); pos = next) {
			next = pos->next;
			inp = hlist_nulls_entry(pos, struct inpcb, inp_lhash);
			if (&h->ih_heads[inp_local_hash(inp) & h->ih_mask] != head)
				continue;
			hlist_nulls_del_rcu(pos);
			hlist_nulls_add_head_rcu(pos, &head->inph_conn);
		}
		return;
	}
	for (pos = old->inph_chain.first; !is_a_nulls(pos); pos = next) {
		next = pos->next;
		inp = hlist_nulls_entry(pos, struct inpcb, inp_hash);
		if (&h->ih_heads[inp_conn_hash(inp) & h->ih_mask] != head)
			continue;
		hlist_nulls_del_rcu(pos);
		hlist_nulls_add_head_rcu(pos, &head->inph_chain);
	}
}

/* Replace one of the arrays by a larger one. */
static void hash_grow(struct inpcbtable *table, struct inpcbhash __rcu **hp, bool local)
{
	struct inpcbhash *old;
	struct inpcbhash *h;
	u32 i;

	old = rcu_dereference_protected(*hp, lockdep_is_held(&table->inpt_mtx));
	h = inpcbhash_alloc((old->ih_mask + 1) * PCBHASH_STEP);
	if (!h)
		return;		/* longer chains, that is all */
	RCU_INIT_POINTER(h->ih_old, old);
	rcu_assign_pointer(*hp, h);
	smp_wmb();		/* pairs with smp_rmb() in hash_changed() */
	for (i = 0; i <= h->ih_mask; i++) {
		struct inpcbhead *from = &old->ih_heads[i & old->ih_mask];
		struct inpcbhead *head = &h->ih_heads[i];

		head_lock(head, 0);
		head_lock(from, SINGLE_DEPTH_NESTING);
		bucket_move(h, head, from, local);
		head_unlock(from);
		head_unlock(head);
		cond_resched();
	}
	RCU_INIT_POINTER(h->ih_old, NULL);
	net_call_free(&old->ih_rcu, inpcbhash_free);
	counter_inc(PCBS_RESIZED);
}

/**
 * in_pcbhash_grow() - enlarge the hashes of a table that has many PCBs
 * @table: table
 *
 * Context: Process, may sleep, not in a section: inpt_mtx, taken and released here,
 *	    is held while memory is allocated.
 */
void in_pcbhash_grow(struct inpcbtable *table)
{
	u32 size;

	if (likely(READ_ONCE(table->inpt_count) <= READ_ONCE(table->inpt_size)))
		return;
	mutex_lock(&table->inpt_mtx);
	size = table->inpt_size;
	if (READ_ONCE(table->inpt_count) > size) {
		if (size < PCBHASH_LMAX)
			hash_grow(table, &table->inpt_lhash, true);
		hash_grow(table, &table->inpt_hash, false);
		size *= PCBHASH_STEP;
		WRITE_ONCE(table->inpt_size, size < PCBHASH_MAX ? size : U32_MAX);
	}
	mutex_unlock(&table->inpt_mtx);
}

/* Has a PCB of this chain both ends of @inp? Bucket locked. */
static bool chain_has_twin(const struct inpcb *inp, const struct inpcbhead *head)
{
	struct hlist_nulls_node *pos;
	struct inpcb *other;

	hlist_nulls_for_each_entry(other, pos, &head->inph_chain, inp_hash)
		if (other->inp_faddr.v4.s_addr == inp->inp_faddr.v4.s_addr &&
		    other->inp_laddr.v4.s_addr == inp->inp_laddr.v4.s_addr &&
		    other->inp_fport == inp->inp_fport && other->inp_lport == inp->inp_lport &&
		    other->inp_rdomain == inp->inp_rdomain)
			return true;
	return false;
}

/* Put @inp on the connected hash. 0, or -EADDRNOTAVAIL: a stream's ends are taken. */
static int hash_conn(struct inpcb *inp)
{
	struct inpcbtable *table = inp->inp_table;
	struct inpcbbucket ib;
	int error = 0;

	bucket_lock(&table->inpt_hash, inp_conn_hash(inp), &ib);
	if (table->inpt_ops->io_stream &&
	    (chain_has_twin(inp, ib.ib_head) || (ib.ib_old && chain_has_twin(inp, ib.ib_old))))
		error = -EADDRNOTAVAIL;
	else
		hlist_nulls_add_head_rcu(&inp->inp_hash, &ib.ib_head->inph_chain);
	in_pcb_bucket_unlock(&ib);
	return error;
}

/**
 * in_pcbhash_accept() - a PCB is made with both ends, sharing its listener's port
 * @inp: PCB in no hash, its four addresses and ports just set
 *
 * Context: Section. Takes and releases bucket locks.
 * Return:  0, or -EADDRNOTAVAIL: a PCB has these ends.
 */
int in_pcbhash_accept(struct inpcb *inp)
{
	struct inpcbbucket ib;
	int error;

	error = hash_conn(inp);
	if (error)
		return error;
	in_pcb_lbucket_lock(inp->inp_table, inp->inp_lport, inp->inp_rdomain, &ib);
	hlist_nulls_add_head_rcu(&inp->inp_lhash, &ib.ib_head->inph_conn);
	in_pcb_bucket_unlock(&ib);
	return 0;
}

/**
 * in_pcbhash_connect() - a bound PCB has got a peer
 * @inp: PCB, its four addresses and ports just set
 *
 * Context: Section, inp_mtx held. Takes and releases bucket locks.
 * Return:  0, or -EADDRNOTAVAIL: a stream has these ends; @inp lost its peer.
 */
int in_pcbhash_connect(struct inpcb *inp)
{
	struct inpcbtable *table = inp->inp_table;
	struct inpcbbucket ib;
	int error;

	error = hash_conn(inp);
	if (error) {
		WRITE_ONCE(inp->inp_faddr.v4.s_addr, 0);
		WRITE_ONCE(inp->inp_fport, 0);
		return error;
	}
	in_pcb_lbucket_lock(table, inp->inp_lport, inp->inp_rdomain, &ib);
	in_pcb_group_leave(inp);
	hlist_nulls_del_rcu(&inp->inp_lhash);
	hlist_nulls_add_head_rcu(&inp->inp_lhash, &ib.ib_head->inph_conn);
	in_pcb_bucket_unlock(&ib);
	return 0;
}

/**
 * in_pcbhash_disconnect() - a PCB is about to lose its peer or get another one
 * @inp: PCB on the connected hash, its addresses as they were
 *
 * The caller changes the addresses and calls in_pcbhash_connect() or
 * in_pcbhash_rejoin(), or removes it.
 *
 * Context: Section, inp_mtx held. Takes and releases a bucket lock.
 */
void in_pcbhash_disconnect(struct inpcb *inp)
{
	struct inpcbbucket ib;

	if (hlist_nulls_unhashed(&inp->inp_hash))
		return;
	bucket_lock(&inp->inp_table->inpt_hash, inp_conn_hash(inp), &ib);
	hlist_nulls_del_init_rcu(&inp->inp_hash);
	in_pcb_bucket_unlock(&ib);
}

/**
 * in_pcbhash_rejoin() - put a PCB that has lost its peer back among those without
 * @inp: PCB, bound, its addresses as they shall be
 *
 * Context: Section, inp_mtx held. Takes and releases a bucket lock.
 * Return:  0, or -ENOMEM: it is there, but not in its SO_REUSEPORT group.
 */
int in_pcbhash_rejoin(struct inpcb *inp)
{
	struct inpcbbucket ib;
	int error;

	in_pcb_lbucket_lock(inp->inp_table, inp->inp_lport, inp->inp_rdomain, &ib);
	hlist_nulls_del_rcu(&inp->inp_lhash);
	error = in_pcb_group_join(inp, &ib);
	hlist_nulls_add_head_rcu(&inp->inp_lhash, &ib.ib_head->inph_chain);
	in_pcb_bucket_unlock(&ib);
	return error;
}

/**
 * in_pcbhash_remove() - take a PCB out of both hashes, its port is free
 * @inp: PCB, bound or not
 *
 * Context: Section, inp_mtx held. Takes and releases bucket locks.
 */
void in_pcbhash_remove(struct inpcb *inp)
{
	struct inpcbbucket ib;

	in_pcbhash_disconnect(inp);
	if (hlist_nulls_unhashed(&inp->inp_lhash))
		return;
	in_pcb_lbucket_lock(inp->inp_table, inp->inp_lport, inp->inp_rdomain, &ib);
	in_pcb_group_leave(inp);
	hlist_nulls_del_init_rcu(&inp->inp_lhash);
	WRITE_ONCE(inp->inp_lport, 0);
	WRITE_ONCE(inp->inp_flags, inp->inp_flags & ~INP_PORTSHARED);
	in_pcb_bucket_unlock(&ib);
}

/* Nothing was found in @h: has it been replaced meanwhile? */
static bool hash_changed(struct inpcbhash __rcu **hp, const struct inpcbhash *h)
{
	smp_rmb();		/* pairs with smp_wmb() in hash_grow() */
	return rcu_access_pointer(*hp) != h;
}

static bool ifidx_match(const struct inpcb *inp, unsigned int ifidx)
{
	unsigned int bound = READ_ONCE(inp->inp_bound_ifidx);

	return likely(!bound) || bound == ifidx || ifidx == ANY_IFIDX;
}

/* One chain of the connected hash. */
static struct inpcb *conn_find(const struct inpcbhash *h, u32 hash, const struct pcbkey *pk)
{
	const struct inpcbhead *head = &h->ih_heads[hash & h->ih_mask];
	struct hlist_nulls_node *pos;
	struct inpcb *inp;

again:
	hlist_nulls_for_each_entry_rcu(inp, pos, &head->inph_chain, inp_hash) {
		if (READ_ONCE(inp->inp_faddr.v4.s_addr) == pk->pk_faddr &&
		    READ_ONCE(inp->inp_laddr.v4.s_addr) == pk->pk_laddr &&
		    READ_ONCE(inp->inp_fport) == pk->pk_fport &&
		    READ_ONCE(inp->inp_lport) == pk->pk_lport &&
		    READ_ONCE(inp->inp_rdomain) == pk->pk_rdomain &&
		    ifidx_match(inp, pk->pk_ifidx))
			return inp;
	}
	if (unlikely(get_nulls_value(pos) != chain_end(&head->inph_chain)))
		goto again;
	return NULL;
}

static struct inpcb *lookup_conn(struct inpcbtable *table, u32 hash, const struct pcbkey *pk)
{
	struct inpcbhash *old;
	struct inpcbhash *h;
	struct inpcb *inp;

	do {
		h = net_dereference(table->inpt_hash);
		old = net_dereference(h->ih_old);
		if (unlikely(old)) {
			inp = conn_find(old, hash, pk);
			if (inp)
				return inp;
		}
		inp = conn_find(h, hash, pk);
		if (likely(inp))
			return inp;
	} while (unlikely(hash_changed(&table->inpt_hash, h)));
	return NULL;
}

/* How well does @inp of the local hash fit? 0: not at all. */
static unsigned int local_score(const struct inpcb *inp, const struct pcbkey *pk)
{
	__be32 faddr = READ_ONCE(inp->inp_faddr.v4.s_addr);
	__be32 laddr = READ_ONCE(inp->inp_laddr.v4.s_addr);
	unsigned int bound = READ_ONCE(inp->inp_bound_ifidx);
	unsigned int score = SCORE_PORT;

	if (READ_ONCE(inp->inp_lport) != pk->pk_lport ||
	    READ_ONCE(inp->inp_rdomain) != pk->pk_rdomain)
		return 0;
	if (laddr) {
		if (laddr != pk->pk_laddr)
			return 0;
		score += SCORE_LADDR;
	}
	if (bound) {
		if (bound != pk->pk_ifidx)
			return 0;
		score += SCORE_IFIDX;
	}
	if (unlikely(faddr)) {
		if (faddr != pk->pk_faddr || READ_ONCE(inp->inp_fport) != pk->pk_fport)
			return 0;
		score += SCORE_PEER;
	}
	return score;
}

/* One chain of the local hash: the first of those that fit best, if better than *@score. */
static struct inpcb *local_find(const struct inpcbhash *h, const struct pcbkey *pk,
				struct inpcb *best, unsigned int *score)
{
	const struct inpcbhead *head;
	struct hlist_nulls_node *pos;
	struct inpcb *inp;
	unsigned int s;

	head = &h->ih_heads[local_hash(pk->pk_lport, pk->pk_rdomain) & h->ih_mask];
again:
	hlist_nulls_for_each_entry_rcu(inp, pos, &head->inph_chain, inp_lhash) {
		s = local_score(inp, pk);
		if (s > *score) {
			*score = s;
			best = inp;
		}
	}
	if (unlikely(get_nulls_value(pos) != chain_end(&head->inph_chain)))
		goto again;
	return best;
}

static struct inpcb *lookup_local(struct inpcbtable *table, const struct pcbkey *pk,
				  unsigned int *score)
{
	struct inpcb *inp = NULL;
	struct inpcbhash *old;
	struct inpcbhash *h;

	*score = 0;
	do {
		h = net_dereference(table->inpt_lhash);
		old = net_dereference(h->ih_old);
		if (unlikely(old))
			inp = local_find(old, pk, inp, score);
		inp = local_find(h, pk, inp, score);
		if (likely(inp))
			return inp;
	} while (unlikely(hash_changed(&table->inpt_lhash, h)));
	return NULL;
}

/* The member of @inp's SO_REUSEPORT group that @flow belongs to. */
static struct inpcb *group_pick(struct inpcb *inp, const struct pcbkey *pk, unsigned int score,
				u32 flow)
{
	struct inp_group *ig = net_dereference(inp->inp_group);
	struct inpcb *member;
	u32 n;

	if (likely(!ig))
		return inp;
	n = smp_load_acquire(&ig->ig_n);	/* pairs with in_pcb_group_join() */
	if (!n)
		return inp;
	member = READ_ONCE(ig->ig_members[reciprocal_scale(flow, n)]);
	/* One that has just left, or was bound to an interface since, is no answer. */
	return local_score(member, pk) == score ? member : inp;
}

/**
 * in_pcblookup4() - the PCB that a packet is for
 * @table:    protocol's PCBs
 * @faddr:    sender's address
 * @fport:    sender's port
 * @laddr:    our address
 * @lport:    our port
 * @rtableid: routing table of the packet; its domain counts
 * @ifidx:    interface it came in on
 * @flow:     flow hash, 0: made from the addresses
 *
 * A connected PCB first; else the best of those bound to the port: address before
 * interface before neither. Among equals the one bound last (SO_REUSEADDR, as on
 * Linux), or the flow's member of a SO_REUSEPORT group.
 *
 * Context: Section. No lock is taken; the PCB may die before it is locked.
 * Return:  PCB or NULL.
 */
struct inpcb *in_pcblookup4(struct inpcbtable *table, __be32 faddr, __be16 fport, __be32 laddr,
			    __be16 lport, unsigned int rtableid, unsigned int ifidx, u32 flow)
{
	struct pcbkey pk = {
		.pk_faddr = faddr,
		.pk_laddr = laddr,
		.pk_fport = fport,
		.pk_lport = lport,
		.pk_rdomain = key_rdomain(rtableid),
		.pk_ifidx = ifidx,
	};
	u32 hash = conn_hash(table, &pk);
	unsigned int score;
	struct inpcb *inp;

	inp = lookup_conn(table, hash, &pk);
	if (inp)
		return inp;
	inp = lookup_local(table, &pk, &score);
	if (likely(inp))
		return group_pick(inp, &pk, score, flow ? flow : hash);
	/* It may have connected between the two. */
	smp_rmb();		/* it is hashed there before it is taken off here */
	return lookup_conn(table, hash, &pk);
}
EXPORT_SYMBOL_IF_KUNIT(in_pcblookup4);

/**
 * in_pcblookup_conn4() - the PCB that has both ends, whatever interface it is bound to
 * @table: protocol's PCBs
 * @inc:   both ends, and a routing table of their domain
 *
 * Context: Section. No lock is taken; the PCB may change or die before it is locked.
 * Return:  PCB with a peer, or NULL.
 */
struct inpcb *in_pcblookup_conn4(struct inpcbtable *table, const struct in_conninfo *inc)
{
	struct pcbkey pk = {
		.pk_faddr = inc->inc_faddr,
		.pk_laddr = inc->inc_laddr,
		.pk_fport = inc->inc_fport,
		.pk_lport = inc->inc_lport,
		.pk_rdomain = key_rdomain(inc->inc_rtableid),
		.pk_ifidx = ANY_IFIDX,
	};

	return lookup_conn(table, conn_hash(table, &pk), &pk);
}

/* Those of one chain that fit, behind the first *@skip. Bucket locked. */
static unsigned int chain_collect(struct hlist_nulls_head *chain, const struct pcbkey *pk,
				  struct inpcb **inps, unsigned int max, unsigned int *skip)
{
	struct hlist_nulls_node *pos;
	struct inpcb *inp;
	unsigned int n = 0;

	hlist_nulls_for_each_entry(inp, pos, chain, inp_lhash) {
		if (n == max)
			break;
		if (!local_score(inp, pk))
			continue;
		if (*skip) {
			(*skip)--;
			continue;
		}
		inps[n++] = inp;
	}
	return n;
}

/**
 * in_pcblookup_all() - all PCBs that want a packet: broadcast, multicast, raw
 * @table:    protocol's PCBs
 * @faddr:    sender's address
 * @fport:    sender's port, 0 for raw
 * @laddr:    destination address
 * @lport:    destination port; for raw in_pcb_claimproto()'s
 * @rtableid: routing table of the packet; its domain counts
 * @ifidx:    interface it came in on
 * @inps:     where to put them
 * @max:      room in @inps
 * @skip:     how many were returned before
 *
 * Context: Section. Takes and releases a bucket lock.
 * Return:  how many; if @max, there may be more.
 */
unsigned int in_pcblookup_all(struct inpcbtable *table, __be32 faddr, __be16 fport,
			      __be32 laddr, __be16 lport, unsigned int rtableid,
			      unsigned int ifidx, struct inpcb **inps, unsigned int max,
			      unsigned int skip)
{
	struct pcbkey pk = {
		.pk_faddr = faddr,
		.pk_laddr = laddr,
		.pk_fport = fport,
		.pk_lport = lport,
		.pk_rdomain = key_rdomain(rtableid),
		.pk_ifidx = ifidx,
	};
	struct inpcbhead *heads[2];
	struct inpcbbucket ib;
	unsigned int n = 0;
	unsigned int i;

	in_pcb_lbucket_lock(table, lport, pk.pk_rdomain, &ib);
	heads[0] = ib.ib_head;
	heads[1] = ib.ib_old;
	for (i = 0; i < ARRAY_SIZE(heads) && heads[i]; i++) {
		n += chain_collect(&heads[i]->inph_chain, &pk, inps + n, max - n, &skip);
		n += chain_collect(&heads[i]->inph_conn, &pk, inps + n, max - n, &skip);
	}
	in_pcb_bucket_unlock(&ib);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcblookup_all);
