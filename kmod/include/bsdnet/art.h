/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * art.h - Allotment Routing Table: longest-prefix match for any address family.
 *
 * Y. Hariguchi, "Allotment Routing Table: A Fast Free Multibit Trie Based
 * Routing Table", 2002. An allotted root, and below it tables of heap order in which
 * only what is used takes memory.
 *
 * art_match() runs in a net_srcu section and takes no lock; everything else
 * holds the table's mutex (art_root.ar_lock is the caller's, named for lockdep).
 * Freed tables and nodes go through net_call_free().
 *
 * The tree knows prefixes only. What a prefix means (a list of routes of
 * several priorities) is its user's.
 */
#ifndef _BSDNET_ART_H
#define _BSDNET_ART_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define ART_MAXLVL	32	/* levels of the deepest layout */

struct art_table;

/*
 * One prefix of the tree: a member of what it leads to, for rtable.c the first of
 * its routes, at an even address. The caller frees it after removal.
 */
struct art_node {
	u8			 an_addr[16];	/* [I] network order, host bits zero */
	u8			 an_plen;	/* [I] bits */
};

/* One tree: a (table, family). */
struct art_root {
	void __rcu		**ar_slot;	/* [R ar_lock] root: heap index k is ar_slot[k] */
	struct mutex		*ar_lock;	/* [I] writers */
	u8			 ar_alen;	/* [I] address bits, 32 or 128 */
	u8			 ar_bits;	/* [I] stride of the root */
	u64			 ar_nodes;	/* [ar_lock] prefixes */
	u64			 ar_bytes;	/* [ar_lock] memory of tables */
};

int art_cache_init(void);
void art_cache_exit(void);
int art_init(struct art_root *ar, unsigned int alen, struct mutex *lock);
void art_destroy(struct art_root *ar);
struct art_node *art_match(const struct art_root *ar, const void *addr);
struct art_node *art_lookup(const struct art_root *ar, const void *addr, unsigned int plen);
struct art_node *art_insert(struct art_root *ar, struct art_node *an);
void art_replace(struct art_root *ar, struct art_node *old, struct art_node *new);
int art_delete(struct art_root *ar, struct art_node *an);
int art_walk(const struct art_root *ar, const struct art_node *from,
	     int (*fn)(struct art_node *an, void *arg), void *arg);

#endif /* _BSDNET_ART_H */
