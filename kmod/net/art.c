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
 * on (the fringe) for single values of the s address bits.
 *
 * The root is allotted: inserting a prefix writes it into its index and all those
 * below that hold nothing more specific; so the fringe knows the answer for every
 * value, and a lookup begins with one load. Index 1, the default route, is not
 * allotted: a lookup that finds nothing takes it. A fringe slot whose range has
 * longer prefixes points (tagged) to a table one level down, and what the slot
 * itself would hold stands in that table's index 1.
 *
 * The tables below, of stride 4, are the same heap stored sparse: a map of the
 * indices where a prefix begins and of the values that have a subtable, and one
 * pointer for each bit set. A lookup masks the map with the five indices on an
 * address's way down the heap: the highest bit that is left is the longest match
 * here. Such a table never changes but for its pointers: an insertion makes another
 * and puts it in its place. A deletion that gets no memory for that leaves a NULL
 * pointer behind, which lookups step over.
 *
 * Bytes a prefix with 1,000,000 prefixes in the length distribution of the Internet
 * (59 % /24) all over the address space: 42; tables with all 31 slots took 107. A
 * level costs a lookup some 12 instructions more than one load would, and most of a
 * full table fits into a large cache.
 *
 * Source: Y. Hariguchi, "Allotment Routing Table", 2002; the sparse heap is as in W.
 * Eatherton, G. Varghese, Z. Dittia, "Tree Bitmap", 2004.
 */
#include <bsdnet/art.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netlock.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#define ART_STRIDE	4	/* bits of every table below the root */
#define ART_FRINGE	BIT(ART_STRIDE)
#define ART_ROOT4	16	/* bits of the root, IPv4 */
#define ART_ROOT6	8	/* bits of the root, IPv6 */
#define ART_SUBTABLE	1UL	/* tag of a root slot that points to a table */
#define ART_CHILD	32	/* bit of at_map: subtable of value 0 */
#define ART_SLOTS	47	/* most that a table can have: indices 1 to 31, 16 subtables */

/*
 * One level of the tree for one value of the address bits above it. Made by
 * art_insert(), replaced by every change, freed when nothing is left in it; found
 * through the slot above. The letters are those of art.h.
 */
struct art_table {
	u64		at_map;		/* [I] bit k: heap index k; bit 32 + v: subtable of v */
	struct rcu_head	at_rcu;
	void __rcu	*at_slot[];	/* [R ar_lock] one for each bit, in order */
};

/* Where a prefix stands, or would, and how to get there. */
struct art_pos {
	struct art_table	*ap_table[ART_MAXLVL];	/* from below the root (1) down */
	unsigned int		 ap_index[ART_MAXLVL];	/* fringe index taken, from the root */
	unsigned int		 ap_level;		/* of the last table; 0: the root */
	unsigned int		 ap_off;		/* address bits above that table */
	unsigned int		 ap_base;		/* heap index in that table */
};

/* Tables come in as many sizes as keep the waste small. */
static const struct art_size {
	unsigned int	 as_slots;
	const char	*as_name;
} art_sizes[] = {
	{ 1, "bsdnet_art_1" },
	{ 2, "bsdnet_art_2" },
	{ 3, "bsdnet_art_3" },
	{ 4, "bsdnet_art_4" },
	{ 6, "bsdnet_art_6" },
	{ 8, "bsdnet_art_8" },
	{ 12, "bsdnet_art_12" },
	{ 16, "bsdnet_art_16" },
	{ 24, "bsdnet_art_24" },
	{ ART_SLOTS, "bsdnet_art_47" },
};

static struct kmem_cache *art_caches[ARRAY_SIZE(art_sizes)];

/* The five heap indices on the way to each value of the fringe: bits 1 to 31. */
static const u32 art_path[ART_FRINGE] = {
	0x00010116, 0x00020116, 0x00040216, 0x00080216,
	0x00100426, 0x00200426, 0x00400826, 0x00800826,
	0x0100104a, 0x0200104a, 0x0400204a, 0x0800204a,
	0x1000408a, 0x2000408a, 0x4000808a, 0x8000808a,
};

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

/* The slot of a bit that is set, or the one it would get. */
static unsigned int art_rank(u64 map, unsigned int bit)
{
	return hweight64(map & (BIT_ULL(bit) - 1));
}

static void *art_get(const struct art_table *at, unsigned int bit)
{
	return at->at_map & BIT_ULL(bit) ?
	       rcu_dereference_raw(at->at_slot[art_rank(at->at_map, bit)]) : NULL;
}

static void art_set(struct art_table *at, unsigned int bit, void *e)
{
	rcu_assign_pointer(at->at_slot[art_rank(at->at_map, bit)], e);
}

/* The address bits from @off on that index a table there. */
static unsigned int art_nibble(const u8 *addr, unsigned int off)
{
	return (addr[off >> 3] >> (4 - (off & 4))) & (ART_FRINGE - 1);
}

static unsigned int art_root_value(const struct art_root *ar, const u8 *addr)
{
	return ar->ar_bits == ART_ROOT4 ? addr[0] << 8 | addr[1] : addr[0];
}

/* Which of the caches, by slots. */
static unsigned int art_size_class(unsigned int slots)
{
	unsigned int i = 0;

	while (art_sizes[i].as_slots < slots)
		i++;
	return i;
}

static size_t art_table_size(unsigned int class)
{
	return sizeof(struct art_table) + art_sizes[class].as_slots * sizeof(void *);
}

static struct art_table *art_table_alloc(struct art_root *ar, u64 map)
{
	unsigned int class = art_size_class(hweight64(map));
	struct art_table *at;

	at = kmem_cache_zalloc(art_caches[class], GFP_NOWAIT | __GFP_NOWARN);
	if (at) {
		at->at_map = map;
		ar->ar_bytes += art_table_size(class);
	}
	return at;
}

static void art_table_reap(struct rcu_head *head)
{
	struct art_table *at = container_of(head, struct art_table, at_rcu);

	kmem_cache_free(art_caches[art_size_class(hweight64(at->at_map))], at);
}

static void art_table_free(struct art_root *ar, struct art_table *at)
{
	ar->ar_bytes -= art_table_size(art_size_class(hweight64(at->at_map)));
	net_call_free(&at->at_rcu, art_table_reap);
}

/**
 * art_cache_init() - make the caches of tables
 *
 * Context: Process, no locks.
 * Return:  0 or -ENOMEM.
 */
int art_cache_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(art_sizes); i++) {
		art_caches[i] = kmem_cache_create(art_sizes[i].as_name, art_table_size(i),
						  sizeof(void *), 0, NULL);
		if (!art_caches[i])
			goto err_destroy;
	}
	return 0;

err_destroy:
	while (i--)
		kmem_cache_destroy(art_caches[i]);
	return -ENOMEM;
}

/**
 * art_cache_exit() - free the caches
 *
 * Context: Process, no locks; every net_call_free() of a table has run.
 */
void art_cache_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(art_sizes); i++)
		kmem_cache_destroy(art_caches[i]);
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
	size_t size;

	static_assert(1 + (128 - ART_ROOT6) / ART_STRIDE <= ART_MAXLVL);
	if (alen != 32 && alen != 128)
		return -EINVAL;
	memset(ar, 0, sizeof(*ar));
	ar->ar_bits = alen == 32 ? ART_ROOT4 : ART_ROOT6;
	size = sizeof(*ar->ar_slot) << (ar->ar_bits + 1);
	ar->ar_slot = kvzalloc(size, GFP_KERNEL);
	if (!ar->ar_slot)
		return -ENOMEM;
	ar->ar_lock = lock;
	ar->ar_alen = alen;
	ar->ar_bytes = size;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(art_init);

/* A table without prefixes, and those below it. */
static void art_table_destroy(struct art_root *ar, struct art_table *at)
{
	unsigned int v;

	for (v = 0; v < ART_FRINGE; v++) {
		struct art_table *below = art_get(at, ART_CHILD + v);

		if (below)
			art_table_destroy(ar, below);
	}
	art_table_free(ar, at);
}

/**
 * art_destroy() - free an empty tree
 * @ar: tree, without prefixes
 *
 * Context: Process; no reader is left.
 */
void art_destroy(struct art_root *ar)
{
	unsigned int k;

	KASSERT(!ar->ar_nodes);
	/* Tables that deletions without memory left behind. */
	for (k = 1U << ar->ar_bits; k < 2U << ar->ar_bits; k++) {
		void *e = rcu_dereference_raw(ar->ar_slot[k]);

		if (art_is_table(e))
			art_table_destroy(ar, art_to_table(e));
	}
	kvfree(ar->ar_slot);
	ar->ar_slot = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(art_destroy);

/* On a way with NULL slots: the last that is not. */
static noinline struct art_node *art_match_slow(const struct art_root *ar, const u8 *addr)
{
	unsigned int off = ar->ar_bits;
	void *e = rcu_dereference_raw(ar->ar_slot[(1U << off) + art_root_value(ar, addr)]);
	struct art_node *best = rcu_dereference_raw(ar->ar_slot[1]);
	struct art_table *at = art_is_table(e) ? art_to_table(e) : NULL;
	unsigned int v, k;

	if (!at)
		return e ? e : best;
	for (; at; at = art_get(at, ART_CHILD + v), off += ART_STRIDE) {
		v = art_nibble(addr, off);
		for (k = 1; k < 32; k++) {
			e = art_path[v] & BIT(k) ? art_get(at, k) : NULL;
			if (e)
				best = e;
		}
	}
	return best;
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
	unsigned int off = ar->ar_bits;
	const struct art_table *at, *best;
	struct art_node *an;
	unsigned int v;
	u32 hit = 0;
	void *e;

	RCU_LOCKDEP_WARN(!net_section_held() && !lockdep_is_held(ar->ar_lock) &&
			 !lockdep_is_held(&netlock), "longest match outside a section");
	e = rcu_dereference_raw(ar->ar_slot[(1U << off) + art_root_value(ar, addr)]);
	if (!art_is_table(e))
		return e ? e : rcu_dereference_raw(ar->ar_slot[1]);
	at = art_to_table(e);
	best = at;
	for (;;) {
		u64 map = at->at_map;
		u32 own;

		v = art_nibble(addr, off);
		own = (u32)map & art_path[v];
		if (own) {
			best = at;
			hit = own;
		}
		if (!(map & BIT_ULL(ART_CHILD + v)))
			break;
		at = rcu_dereference_raw(at->at_slot[art_rank(map, ART_CHILD + v)]);
		off += ART_STRIDE;
	}
	an = rcu_dereference_raw(best->at_slot[art_rank(best->at_map, fls(hit) - 1)]);
	if (likely(an))
		return an;
	/* Nothing but the empty index 1 of the first table: the default route. */
	return hit == BIT(1) ? rcu_dereference_raw(ar->ar_slot[1]) : art_match_slow(ar, addr);
}
EXPORT_SYMBOL_IF_KUNIT(art_match);

/*
 * Go as far towards the table of a prefix as there are tables. True: it is there;
 * else ap_index[ap_level] is the fringe index that has none.
 */
static bool art_locate(const struct art_root *ar, const u8 *addr, unsigned int plen,
		       struct art_pos *ap)
{
	unsigned int bits = ar->ar_bits;
	unsigned int v = art_root_value(ar, addr);
	struct art_table *at = NULL;
	void *e;

	ap->ap_level = 0;
	ap->ap_off = 0;
	while (plen > ap->ap_off + bits) {
		ap->ap_index[ap->ap_level] = (1U << bits) + v;
		if (at) {
			at = art_get(at, ART_CHILD + v);
		} else {
			e = rcu_dereference_raw(ar->ar_slot[(1U << bits) + v]);
			at = art_is_table(e) ? art_to_table(e) : NULL;
		}
		if (!at)
			return false;
		ap->ap_off += bits;
		ap->ap_table[++ap->ap_level] = at;
		bits = ART_STRIDE;
		v = ap->ap_off < ar->ar_alen ? art_nibble(addr, ap->ap_off) : 0;
	}
	ap->ap_base = (1U << (plen - ap->ap_off)) + (v >> (bits - (plen - ap->ap_off)));
	return true;
}

/* What stands at heap index @k of the root: of a slot with a table, its index 1. */
static struct art_node *art_root_at(const struct art_root *ar, unsigned int k)
{
	void *e = rcu_dereference_raw(ar->ar_slot[k]);

	return art_is_table(e) ? art_get(art_to_table(e), 1) : e;
}

static void art_root_put(struct art_root *ar, unsigned int k, struct art_node *an)
{
	void *e = rcu_dereference_raw(ar->ar_slot[k]);

	if (art_is_table(e))
		art_set(art_to_table(e), 1, an);
	else
		rcu_assign_pointer(ar->ar_slot[k], an);
}

/* In @base of the root and below it, write @new wherever @old stands. */
static void art_allot(struct art_root *ar, unsigned int base, struct art_node *old,
		      struct art_node *new)
{
	unsigned int k = base;

	if (base == 1) {
		rcu_assign_pointer(ar->ar_slot[1], new);
		return;
	}
	for (;;) {
		if (art_root_at(ar, k) == old) {
			art_root_put(ar, k, new);
			if (k < 1U << ar->ar_bits) {
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

static struct art_node *art_at(const struct art_root *ar, const struct art_pos *ap)
{
	return ap->ap_level ? art_get(ap->ap_table[ap->ap_level], ap->ap_base) :
			      art_root_at(ar, ap->ap_base);
}

/* Put @at, or nothing, where the table of level @n of a way stands. */
static void art_link(struct art_root *ar, const struct art_pos *ap, unsigned int n,
		     struct art_table *at)
{
	unsigned int k = ap->ap_index[n - 1];

	if (n == 1)
		rcu_assign_pointer(ar->ar_slot[k], art_from_table(at));
	else
		art_set(ap->ap_table[n - 1], ART_CHILD + k - ART_FRINGE, at);
}

/*
 * Replace the table of level @n by one that has also (@e) or not (NULL) a thing at
 * @bit; NULL slots of prefixes are left out. False without memory.
 */
static bool art_table_replace(struct art_root *ar, struct art_pos *ap, unsigned int n,
			      unsigned int bit, void *e)
{
	struct art_table *old = ap->ap_table[n];
	u64 map = n == 1 ? BIT_ULL(1) : 0;
	struct art_table *at;
	unsigned int k;

	for (k = 1; k < 64; k++)
		if (k != bit && art_get(old, k))
			map |= BIT_ULL(k);
	if (e)
		map |= BIT_ULL(bit);
	at = art_table_alloc(ar, map);
	if (!at)
		return false;
	for (k = 1; k < 64; k++)
		if (map & BIT_ULL(k))
			RCU_INIT_POINTER(at->at_slot[art_rank(map, k)],
					 k == bit ? e : art_get(old, k));
	art_link(ar, ap, n, at);
	ap->ap_table[n] = at;
	art_table_free(ar, old);
	return true;
}

/* A table with one thing in it; below the root also with what the slot above holds. */
static struct art_table *art_table_single(struct art_root *ar, unsigned int bit, void *e,
					  bool first, void *above)
{
	u64 map = BIT_ULL(bit) | (first ? BIT_ULL(1) : 0);
	struct art_table *at = art_table_alloc(ar, map);

	if (!at)
		return NULL;
	if (first)
		RCU_INIT_POINTER(at->at_slot[0], above);
	RCU_INIT_POINTER(at->at_slot[art_rank(map, bit)], e);
	return at;
}

/* The tables from below @ap's last one to that of @an, linked to each other only. */
static struct art_table *art_chain(struct art_root *ar, const struct art_pos *ap,
				   struct art_node *an)
{
	unsigned int top = ap->ap_level ? ap->ap_off + ART_STRIDE : ar->ar_bits;
	unsigned int off = top + (an->an_plen - 1 - top) / ART_STRIDE * ART_STRIDE;
	unsigned int bits = an->an_plen - off;
	struct art_table *at = NULL, *up;
	unsigned int bit;
	void *above;

	bit = (1U << bits) + (art_nibble(an->an_addr, off) >> (ART_STRIDE - bits));
	above = ap->ap_level ? NULL : rcu_dereference_raw(ar->ar_slot[ap->ap_index[0]]);
	for (;;) {
		up = art_table_single(ar, bit, at ? (void *)at : an,
				      off == ar->ar_bits, above);
		if (!up)
			break;
		at = up;
		if (off == top)
			return at;
		off -= ART_STRIDE;
		bit = ART_CHILD + art_nibble(an->an_addr, off);
	}
	if (at)
		art_table_destroy(ar, at);
	return NULL;
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
	if (plen > ar->ar_alen || !art_locate(ar, addr, plen, &ap))
		return NULL;
	an = art_at(ar, &ap);
	return an && an->an_plen == plen ? an : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(art_lookup);

/* Where @an's table is not there yet. */
static struct art_node *art_insert_chain(struct art_root *ar, struct art_pos *ap,
					 struct art_node *an)
{
	unsigned int k = ap->ap_index[ap->ap_level];
	struct art_table *at = art_chain(ar, ap, an);

	if (!at)
		return NULL;
	if (!ap->ap_level) {
		rcu_assign_pointer(ar->ar_slot[k], art_from_table(at));
		return an;
	}
	if (art_table_replace(ar, ap, ap->ap_level, ART_CHILD + k - ART_FRINGE, at))
		return an;
	art_table_destroy(ar, at);
	return NULL;
}

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
	struct art_node *old;
	struct art_pos ap;

	lockdep_assert_held(ar->ar_lock);
	if (!KASSERT(an->an_plen <= ar->ar_alen && !art_is_table(an)))
		return NULL;
	if (!art_locate(ar, an->an_addr, an->an_plen, &ap)) {
		if (!art_insert_chain(ar, &ap, an))
			return NULL;
		goto inserted;
	}
	old = art_at(ar, &ap);
	if (old && old->an_plen == an->an_plen)
		return old;
	if (!ap.ap_level)
		art_allot(ar, ap.ap_base, old, an);
	else if (ap.ap_table[ap.ap_level]->at_map & BIT_ULL(ap.ap_base))
		art_set(ap.ap_table[ap.ap_level], ap.ap_base, an);
	else if (!art_table_replace(ar, &ap, ap.ap_level, ap.ap_base, an))
		return NULL;
inserted:
	ar->ar_nodes++;
	return an;
}
EXPORT_SYMBOL_IF_KUNIT(art_insert);

/**
 * art_replace() - put a node in the place of another of the same prefix
 * @ar:  tree
 * @old: node of the tree
 * @new: same address and length
 *
 * Lookups find one or the other.
 *
 * Context: ar_lock held. Does not sleep, does not allocate.
 */
void art_replace(struct art_root *ar, struct art_node *old, struct art_node *new)
{
	struct art_pos ap;

	lockdep_assert_held(ar->ar_lock);
	if (!KASSERT(art_locate(ar, old->an_addr, old->an_plen, &ap) && art_at(ar, &ap) == old))
		return;
	if (ap.ap_level)
		art_set(ap.ap_table[ap.ap_level], ap.ap_base, new);
	else
		art_allot(ar, ap.ap_base, old, new);
}
EXPORT_SYMBOL_IF_KUNIT(art_replace);

/* Has a table anything besides what is at @bit? Index 1 is what stands above it. */
static bool art_table_keeps(const struct art_table *at, unsigned int bit)
{
	unsigned int k;

	for (k = 2; k < 64; k++)
		if (k != bit && art_get(at, k))
			return true;
	return false;
}

/* Take what is at @ap out, and the tables in which nothing is left. */
static void art_remove(struct art_root *ar, struct art_pos *ap)
{
	unsigned int bit = ap->ap_base;
	unsigned int n = ap->ap_level;
	unsigned int i;

	while (n && !art_table_keeps(ap->ap_table[n], bit))
		bit = ART_CHILD + ap->ap_index[--n] - ART_FRINGE;
	if (!n) {
		rcu_assign_pointer(ar->ar_slot[ap->ap_index[0]], art_get(ap->ap_table[1], 1));
	} else if (!art_table_replace(ar, ap, n, bit, NULL)) {
		art_set(ap->ap_table[ap->ap_level], ap->ap_base, NULL);
		return;
	}
	for (i = n + 1; i <= ap->ap_level; i++)
		art_table_free(ar, ap->ap_table[i]);
}

/**
 * art_delete() - take a prefix out of the tree
 * @ar: tree
 * @an: node to take out; stays with the caller, who frees it by net_call_free()
 *
 * Context: ar_lock held. Does not sleep; without memory more of it stays in use.
 * Return:  0, or -ESRCH if @an is not in the tree.
 */
int art_delete(struct art_root *ar, struct art_node *an)
{
	struct art_node *new = NULL;
	struct art_pos ap;

	lockdep_assert_held(ar->ar_lock);
	if (!art_locate(ar, an->an_addr, an->an_plen, &ap) || art_at(ar, &ap) != an)
		return -ESRCH;
	if (ap.ap_level) {
		art_remove(ar, &ap);
	} else {
		/* Index 1 covers the table but is not allotted; all others are. */
		if (ap.ap_base >> 1 > 1)
			new = rcu_dereference_raw(ar->ar_slot[ap.ap_base >> 1]);
		art_allot(ar, ap.ap_base, an, new);
	}
	ar->ar_nodes--;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(art_delete);

static unsigned int art_bits(const struct art_root *ar, unsigned int level)
{
	return level ? ART_STRIDE : ar->ar_bits;
}

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
		ap->ap_off -= art_bits(ar, ap->ap_level);
		ap->ap_base = ap->ap_index[ap->ap_level];
	}
}

/* The table below fringe index @ap_base, or NULL. */
static struct art_table *art_below(const struct art_root *ar, const struct art_pos *ap)
{
	void *e;

	if (ap->ap_level)
		return art_get(ap->ap_table[ap->ap_level], ART_CHILD + ap->ap_base - ART_FRINGE);
	e = rcu_dereference_raw(ar->ar_slot[ap->ap_base]);
	return art_is_table(e) ? art_to_table(e) : NULL;
}

/* Step to what comes behind @ap_base in order: below it, or behind all that. */
static bool art_step(struct art_pos *ap, const struct art_root *ar)
{
	unsigned int bits = art_bits(ar, ap->ap_level);
	struct art_table *at;

	if (ap->ap_base < 1U << bits) {
		ap->ap_base <<= 1;
		return true;
	}
	at = art_below(ar, ap);
	if (!at)
		return art_next(ap, ar);
	ap->ap_index[ap->ap_level] = ap->ap_base;
	ap->ap_off += bits;
	ap->ap_table[++ap->ap_level] = at;
	ap->ap_base = 2;
	return true;
}

/**
 * art_walk() - call a function for every prefix, in order
 * @ar:   tree
 * @from: begin at this prefix, or where it would stand; NULL: all
 * @fn:   must not change the tree; other than 0 ends the walk
 * @arg:  for @fn
 *
 * Order: by address, a prefix before those that it covers.
 *
 * Context: ar_lock held.
 * Return:  what @fn returned last, 0 at the end.
 */
int art_walk(const struct art_root *ar, const struct art_node *from,
	     int (*fn)(struct art_node *an, void *arg), void *arg)
{
	struct art_pos ap = { .ap_base = 1 };
	struct art_node *an;
	bool more = true;
	int error;

	lockdep_assert_held(ar->ar_lock);
	if (from && !art_locate(ar, from->an_addr, from->an_plen, &ap)) {
		/* It ends in a slot without a table: go on behind that slot. */
		ap.ap_base = ap.ap_index[ap.ap_level];
		more = art_next(&ap, ar);
	}
	for (; more; more = art_step(&ap, ar)) {
		an = art_at(ar, &ap);
		if (!an || an->an_plen != ap.ap_off + ilog2(ap.ap_base))
			continue;
		error = fn(an, arg);
		if (error)
			return error;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(art_walk);
