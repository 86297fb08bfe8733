// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * art.c - Allotment Routing Table: longest-prefix match of IPv4 and IPv6.
 *
 * Beside the way of a packet: rtable.c asks here for the prefix of an address.
 * Context: art_match() in a net_srcu section, without a lock; all others with
 * the table's mutex (ar_lock) held.
 *
 * A table of stride s is a complete binary tree as a heap: index 1 stands for
 * the whole range of the table, 2 and 3 for its halves, the 2^s indices from 2^s
 * on (the fringe) for single values of the s address bits. Inserting a prefix
 * writes it ("allots" it) into its index and all those below that hold nothing
 * more specific; so the fringe knows the answer for every address. A fringe
 * slot whose range has longer prefixes points (tagged) to a table one level
 * down, and what the slot itself would hold stands in that table's index 1.
 *
 * Index 1 is not allotted downwards: a lookup that ends in an empty slot goes
 * back up over the tables it came through and takes the first index 1 that is
 * set. So a route that covers everything is inserted with one store, however
 * many tables there are, and a lookup that finds something specific touches one
 * cache line a level.
 *
 * Layout. IPv4: strides 16, 4, 4, 4, 4; IPv6: 8, then thirty times 4. A table of
 * stride 4 is 256 bytes. With 1,000,000 generated prefixes (59 % of them /24, the
 * other lengths as in the global table, inside 60,000 blocks of /14 to /22), and
 * lookups of 4,000,000 random addresses inside them:
 *
 *	strides			empty	bytes a prefix	tables a lookup	ns a lookup
 *	16, 4, 4, 4, 4		1 MB	107		3.05		58
 *	8, 4, 4, 4, 4, 4, 4	4 KB	107		5.05		87
 *
 * (and 48 bytes of art_node). 8 bit strides below the root were rejected: a /24
 * alone in its /16 costs 4 KB. A route that covers half of all addresses is
 * written in 0.4 ms, a default route with one store.
 *
 * Source: Y. Hariguchi, "Allotment Routing Table", 2002; the tagging of slots
 * and the index 1 of subtables are from there.
 * Deviation: there a search remembers the index 1 of each table as it comes by,
 * which reads a second line a level; here only a search that needs it does.
 */
#include <bsdnet/art.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netlock.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#define ART_STRIDE	4	/* bits of every table below the root */
#define ART_FRINGE	BIT(ART_STRIDE)
#define ART_ROOT4	16	/* bits of the root, IPv4 */
#define ART_ROOT6	8	/* bits of the root, IPv6 */
#define ART_LEVELS4	(1 + (32 - ART_ROOT4) / ART_STRIDE)
#define ART_SUBTABLE	1UL	/* tag of a slot that points to a table */

/*
 * One level of the tree for one value of the address bits above it. Made by
 * art_insert(), freed by art_delete() when nothing is left in it; found through
 * the slot above. The letters are those of art.h.
 */
struct art_table {
	u32		 at_refs;	/* [ar_lock] prefixes and tables that stand in it */
	u32		 at_pad;
	void __rcu	*at_slot[];	/* [R ar_lock] heap index k is at_slot[k - 1] */
};

/* Where a prefix stands, and how to get there. */
struct art_pos {
	struct art_table	*ap_table[ART_MAXLVL];	/* from the root down */
	unsigned int		 ap_index[ART_MAXLVL];	/* fringe index taken in each */
	unsigned int		 ap_level;		/* of the last table */
	unsigned int		 ap_off;		/* address bits above that table */
	unsigned int		 ap_base;		/* heap index in that table */
};

static struct kmem_cache *art_cache;

/* Bytes of a table of stride @bits. */
static size_t art_table_size(unsigned int bits)
{
	return sizeof(struct art_table) + sizeof(void *) * ((2UL << bits) - 1);
}

static bool art_is_table(const void *e)
{
	return (unsigned long)e & ART_SUBTABLE;
}

static struct art_table *art_to_table(void *e)
{
	return (struct art_table *)((unsigned long)e & ~ART_SUBTABLE);
}

static void *art_from_table(struct art_table *at)
{
	return (void *)((unsigned long)at | ART_SUBTABLE);
}

static void *art_get(const struct art_table *at, unsigned int k)
{
	return rcu_dereference_raw(at->at_slot[k - 1]);
}

static void art_set(struct art_table *at, unsigned int k, void *e)
{
	rcu_assign_pointer(at->at_slot[k - 1], e);
}

/* The @bits bits of @addr behind the first @off, as a number. */
static unsigned int art_bits(const u8 *addr, unsigned int off, unsigned int bits)
{
	if (bits == ART_STRIDE)
		return (addr[off >> 3] >> (4 - (off & 4))) & (ART_FRINGE - 1);
	if (bits == 8)
		return addr[off >> 3];
	return addr[off >> 3] << 8 | addr[(off >> 3) + 1];
}

static struct art_table *art_table_alloc(struct art_root *ar)
{
	struct art_table *at;

	at = kmem_cache_zalloc(art_cache, GFP_NOWAIT | __GFP_NOWARN);
	if (at)
		ar->ar_bytes += art_table_size(ART_STRIDE);
	return at;
}

/*
 * The head for net_call_free() lies over the indices 2 and 3: an empty table's
 * readers look at its fringe and its index 1 only.
 */
static void art_table_reap(struct rcu_head *head)
{
	char *p = (char *)head;

	kmem_cache_free(art_cache, p - offsetof(struct art_table, at_slot[1]));
}

static void art_table_free(struct art_root *ar, struct art_table *at)
{
	static_assert(sizeof(struct rcu_head) <= 2 * sizeof(void *));

	ar->ar_bytes -= art_table_size(ART_STRIDE);
	net_call_free((struct rcu_head *)(void __force *)&at->at_slot[1], art_table_reap);
}

/**
 * art_cache_init() - make the cache of tables
 *
 * Context: Process, no locks.
 * Return:  0 or -ENOMEM.
 */
int art_cache_init(void)
{
	size_t size = art_table_size(ART_STRIDE);

	art_cache = kmem_cache_create("bsdnet_art", size, size, 0, NULL);
	return art_cache ? 0 : -ENOMEM;
}

/**
 * art_cache_exit() - free the cache
 *
 * Context: Process, no locks; every net_call_free() of a table has run.
 */
void art_cache_exit(void)
{
	kmem_cache_destroy(art_cache);
}

/**
 * art_init() - make an empty tree
 * @ar:   tree
 * @alen: address bits, 32 or 128
 * @lock: the writers' mutex
 *
 * Context: Process, no locks; sleeps.
 * Return:  0, -EINVAL for another @alen, -ENOMEM.
 */
int art_init(struct art_root *ar, unsigned int alen, struct mutex *lock)
{
	unsigned int root = alen == 32 ? ART_ROOT4 : ART_ROOT6;
	struct art_table *at;

	static_assert(1 + (128 - ART_ROOT6) / ART_STRIDE <= ART_MAXLVL);
	if (alen != 32 && alen != 128)
		return -EINVAL;
	memset(ar, 0, sizeof(*ar));
	at = kvzalloc(art_table_size(root), GFP_KERNEL);
	if (!at)
		return -ENOMEM;
	ar->ar_lock = lock;
	ar->ar_alen = alen;
	ar->ar_nlvl = 1 + (alen - root) / ART_STRIDE;
	memset(ar->ar_bits, ART_STRIDE, ar->ar_nlvl);
	ar->ar_bits[0] = root;
	ar->ar_bytes = art_table_size(root);
	RCU_INIT_POINTER(ar->ar_root, at);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(art_init);

/**
 * art_destroy() - free an empty tree
 * @ar: tree, without prefixes
 *
 * Context: Process; no reader is left.
 */
void art_destroy(struct art_root *ar)
{
	struct art_table *at = rcu_dereference_protected(ar->ar_root, true);

	if (!at)
		return;
	KASSERT(!ar->ar_nodes);
	RCU_INIT_POINTER(ar->ar_root, NULL);
	kvfree(at);
}
EXPORT_SYMBOL_IF_KUNIT(art_destroy);

/* Nothing specific was found: the longest of the prefixes that cover whole tables. */
static struct art_node *art_match_up(const struct art_table **path, unsigned int n)
{
	struct art_node *an;

	while (n--) {
		an = art_get(path[n], 1);
		if (an)
			return an;
	}
	return NULL;
}

static struct art_node *art_match4(const struct art_root *ar, const u8 *addr)
{
	const struct art_table *path[ART_LEVELS4];
	u32 a = (u32)addr[0] << 24 | addr[1] << 16 | addr[2] << 8 | addr[3];
	unsigned int shift = 32 - ART_ROOT4;
	unsigned int n = 0;
	void *e;

	path[n] = rcu_dereference_raw(ar->ar_root);
	e = art_get(path[n++], (1U << ART_ROOT4) + (a >> shift));
	while (art_is_table(e)) {
		shift -= ART_STRIDE;
		path[n] = art_to_table(e);
		e = art_get(path[n++], ART_FRINGE + ((a >> shift) & (ART_FRINGE - 1)));
	}
	if (likely(e))
		return e;
	return art_match_up(path, n);
}

static struct art_node *art_match6(const struct art_root *ar, const u8 *addr)
{
	const struct art_table *path[ART_MAXLVL];
	unsigned int off = ART_ROOT6;
	unsigned int n = 0;
	void *e;

	path[n] = rcu_dereference_raw(ar->ar_root);
	e = art_get(path[n++], (1U << ART_ROOT6) + addr[0]);
	while (art_is_table(e)) {
		path[n] = art_to_table(e);
		e = art_get(path[n++], ART_FRINGE + art_bits(addr, off, ART_STRIDE));
		off += ART_STRIDE;
	}
	if (likely(e))
		return e;
	return art_match_up(path, n);
}

/**
 * art_match() - longest prefix that an address is in
 * @ar:   tree
 * @addr: address, network order
 *
 * While prefixes that cover one another are changed at the same time, each of
 * them counts as there or not there on its own.
 *
 * Context: In a section (or ar_lock held). No locks.
 * Return:  node, allocated until the section ends, or NULL.
 */
struct art_node *art_match(const struct art_root *ar, const void *addr)
{
	RCU_LOCKDEP_WARN(!net_section_held() && !lockdep_is_held(ar->ar_lock) &&
			 !lockdep_is_held(&netlock), "longest match outside a section");
	return ar->ar_alen == 32 ? art_match4(ar, addr) : art_match6(ar, addr);
}
EXPORT_SYMBOL_IF_KUNIT(art_match);

/*
 * Go to the table where a prefix stands; @grow makes those that are missing. If it
 * fails, @ap says how far it came.
 */
static int art_locate(struct art_root *ar, const u8 *addr, unsigned int plen, bool grow,
		      struct art_pos *ap)
{
	struct art_table *at = rcu_dereference_protected(ar->ar_root,
							 lockdep_is_held(ar->ar_lock));
	unsigned int bits = ar->ar_bits[0];
	struct art_table *sub;
	unsigned int k;
	void *e;

	ap->ap_level = 0;
	ap->ap_off = 0;
	ap->ap_table[0] = at;
	while (plen > ap->ap_off + bits) {
		k = (1U << bits) + art_bits(addr, ap->ap_off, bits);
		ap->ap_index[ap->ap_level] = k;
		e = art_get(at, k);
		if (art_is_table(e)) {
			sub = art_to_table(e);
		} else {
			if (!grow)
				return -ESRCH;
			sub = art_table_alloc(ar);
			if (!sub)
				return -ENOMEM;
			art_set(sub, 1, e);
			art_set(at, k, art_from_table(sub));
			at->at_refs++;
		}
		at = sub;
		ap->ap_off += bits;
		ap->ap_table[++ap->ap_level] = at;
		bits = ar->ar_bits[ap->ap_level];
	}
	ap->ap_base = 1U << (plen - ap->ap_off);
	if (plen > ap->ap_off)
		ap->ap_base += art_bits(addr, ap->ap_off, bits) >> (bits - (plen - ap->ap_off));
	return 0;
}

/* What stands at heap index @k: of a fringe slot with a table, that table's index 1. */
static struct art_node *art_at(const struct art_table *at, unsigned int k)
{
	void *e = art_get(at, k);

	return art_is_table(e) ? art_get(art_to_table(e), 1) : e;
}

static void art_put(struct art_table *at, unsigned int k, struct art_node *an)
{
	void *e = art_get(at, k);

	if (art_is_table(e))
		art_set(art_to_table(e), 1, an);
	else
		art_set(at, k, an);
}

/* In @base and below it, write @new wherever @old stands; others are more specific. */
static void art_allot(struct art_table *at, unsigned int bits, unsigned int base,
		      struct art_node *old, struct art_node *new)
{
	unsigned int k = base;

	if (base == 1) {
		art_set(at, 1, new);
		return;
	}
	for (;;) {
		if (art_at(at, k) == old) {
			art_put(at, k, new);
			if (k < 1U << bits) {
				k <<= 1;
				continue;
			}
		}
		while (k != base && (k & 1))
			k >>= 1;
		if (k == base)
			return;
		k++;
	}
}

/* Free the tables at the end of @ap's way in which nothing stands. */
static void art_collapse(struct art_root *ar, struct art_pos *ap)
{
	unsigned int n = ap->ap_level;
	struct art_table *up;
	struct art_table *at;

	for (; n && !ap->ap_table[n]->at_refs; n--) {
		at = ap->ap_table[n];
		up = ap->ap_table[n - 1];
		art_set(up, ap->ap_index[n - 1], art_get(at, 1));
		up->at_refs--;
		art_table_free(ar, at);
	}
}

/**
 * art_lookup() - find exactly this prefix
 * @ar:   tree
 * @addr: address, network order; bits behind @plen do not matter
 * @plen: prefix length
 *
 * Context: ar_lock held.
 * Return:  node or NULL.
 */
struct art_node *art_lookup(const struct art_root *ar, const void *addr, unsigned int plen)
{
	struct art_node *an;
	struct art_pos ap;

	lockdep_assert_held(ar->ar_lock);
	if (plen > ar->ar_alen || art_locate((struct art_root *)ar, addr, plen, false, &ap))
		return NULL;
	an = art_at(ap.ap_table[ap.ap_level], ap.ap_base);
	return an && an->an_plen == plen ? an : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(art_lookup);

/**
 * art_insert() - put a prefix into the tree
 * @ar: tree
 * @an: an_addr and an_plen are filled in, host bits zero
 *
 * Context: ar_lock held. Does not sleep.
 * Return:  @an; another node if the prefix is there already; NULL without memory.
 */
struct art_node *art_insert(struct art_root *ar, struct art_node *an)
{
	struct art_table *at;
	struct art_node *old;
	struct art_pos ap;

	lockdep_assert_held(ar->ar_lock);
	if (!KASSERT(an->an_plen <= ar->ar_alen))
		return NULL;
	if (art_locate(ar, an->an_addr, an->an_plen, true, &ap)) {
		art_collapse(ar, &ap);
		return NULL;
	}
	at = ap.ap_table[ap.ap_level];
	old = art_at(at, ap.ap_base);
	if (old && old->an_plen == an->an_plen)
		return old;
	art_allot(at, ar->ar_bits[ap.ap_level], ap.ap_base, old, an);
	at->at_refs++;
	ar->ar_nodes++;
	return an;
}
EXPORT_SYMBOL_IF_KUNIT(art_insert);

/**
 * art_delete() - take a prefix out of the tree
 * @ar: tree
 * @an: node to take out; stays with the caller, who frees it by net_call_free()
 *
 * Context: ar_lock held. Does not sleep, does not allocate.
 * Return:  0, or -ESRCH if @an is not in the tree.
 */
int art_delete(struct art_root *ar, struct art_node *an)
{
	struct art_node *new = NULL;
	struct art_table *at;
	struct art_pos ap;

	lockdep_assert_held(ar->ar_lock);
	if (art_locate(ar, an->an_addr, an->an_plen, false, &ap))
		return -ESRCH;
	at = ap.ap_table[ap.ap_level];
	if (art_at(at, ap.ap_base) != an)
		return -ESRCH;
	/* Index 1 covers the table but is not allotted; all others are. */
	if (ap.ap_base >> 1 > 1)
		new = art_get(at, ap.ap_base >> 1);
	art_allot(at, ar->ar_bits[ap.ap_level], ap.ap_base, an, new);
	at->at_refs--;
	ar->ar_nodes--;
	art_collapse(ar, &ap);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(art_delete);

/* Step over everything below @ap_base; false: that was the last of the tree. */
static bool art_next(struct art_pos *ap, const struct art_root *ar)
{
	for (;;) {
		while (ap->ap_base > 1 && (ap->ap_base & 1))
			ap->ap_base >>= 1;
		if (ap->ap_base > 1) {
			ap->ap_base++;
			return true;
		}
		if (!ap->ap_level)
			return false;
		ap->ap_level--;
		ap->ap_off -= ar->ar_bits[ap->ap_level];
		ap->ap_base = ap->ap_index[ap->ap_level];
	}
}

/* Step to what comes behind @ap_base in order: below it, or behind all that. */
static bool art_step(struct art_pos *ap, const struct art_root *ar)
{
	unsigned int bits = ar->ar_bits[ap->ap_level];
	void *e;

	if (ap->ap_base < 1U << bits) {
		ap->ap_base <<= 1;
		return true;
	}
	e = art_get(ap->ap_table[ap->ap_level], ap->ap_base);
	if (!art_is_table(e))
		return art_next(ap, ar);
	ap->ap_index[ap->ap_level] = ap->ap_base;
	ap->ap_off += bits;
	ap->ap_table[++ap->ap_level] = art_to_table(e);
	ap->ap_base = 2;
	return true;
}

/**
 * art_walk() - call a function for every prefix, in order
 * @ar:    tree
 * @after: begin behind this prefix, which need not be there (any more); NULL: all
 * @fn:    must not change the tree; other than 0 ends the walk
 * @arg:   for @fn
 *
 * Order: by address, a prefix before those that it covers.
 *
 * Context: ar_lock held.
 * Return:  what @fn returned last, 0 at the end.
 */
int art_walk(const struct art_root *ar, const struct art_node *after,
	     int (*fn)(struct art_node *an, void *arg), void *arg)
{
	struct art_node *an;
	struct art_pos ap;
	bool more = true;
	int error;

	lockdep_assert_held(ar->ar_lock);
	if (!after) {
		art_locate((struct art_root *)ar, NULL, 0, false, &ap);
	} else if (!art_locate((struct art_root *)ar, after->an_addr, after->an_plen, false, &ap)) {
		more = art_step(&ap, ar);
	} else {
		/* It ends in a slot without a table: go on behind that slot. */
		ap.ap_base = ap.ap_index[ap.ap_level];
		more = art_next(&ap, ar);
	}
	for (; more; more = art_step(&ap, ar)) {
		an = art_at(ap.ap_table[ap.ap_level], ap.ap_base);
		if (!an || an->an_plen != ap.ap_off + ilog2(ap.ap_base))
			continue;
		error = fn(an, arg);
		if (error)
			return error;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(art_walk);
