// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_sources.c - sets of senders to a multicast group: what a socket asks for, what
 * an interface asks for on behalf of all of them, and what has changed.
 *
 * Called by: in_mcast.c (sockets), in_multi.c (interfaces), igmp.c (reports).
 * Context: any, but where memory is taken, which says how.
 * Source: RFC 9776 3.1, 3.2 (filters and their merging), 5.1 (differences).
 */
#include <bsdnet/in_mcast.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <bsdnet/compat.h>
#include <bsdnet/if_var.h>
#include <bsdnet/netstack.h>

const struct in_sources in_sources_none = { .is_mode = MCAST_INCLUDE };
EXPORT_SYMBOL_IF_KUNIT(in_sources_none);

/**
 * in_sources_alloc() - a set of nobody, for its maker to fill
 * @mode: MCAST_INCLUDE or MCAST_EXCLUDE
 * @room: senders that it can hold
 * @gfp:  how to wait
 *
 * Return: set, or NULL.
 */
struct in_sources *in_sources_alloc(unsigned int mode, unsigned int room, gfp_t gfp)
{
	struct in_sources *is = kzalloc(struct_size(is, is_src, room), gfp);

	if (is)
		is->is_mode = mode;
	return is;
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_alloc);

static void in_sources_free_rcu(struct rcu_head *head)
{
	kfree(container_of(head, struct in_sources, is_rcu));
}

/**
 * in_sources_free() - free a set that packets may look at still
 * @is: set, or NULL
 */
void in_sources_free(struct in_sources *is)
{
	if (is)
		net_call_free(&is->is_rcu, in_sources_free_rcu);
}

/* First place whose sender is not below @src. */
static unsigned int sources_place(const struct in_sources *is, __be32 src)
{
	unsigned int low = 0, high = is->is_n;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if ((__force u32)is->is_src[mid] < (__force u32)src)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/**
 * in_sources_has() - is a sender named by a set?
 * @is:  set
 * @src: sender
 */
bool in_sources_has(const struct in_sources *is, __be32 src)
{
	unsigned int n = sources_place(is, src);

	return n < is->is_n && is->is_src[n] == src;
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_has);

/**
 * in_sources_wants() - are a sender's packets wanted?
 * @is:  filter, NULL: all are
 * @src: sender
 */
bool in_sources_wants(const struct in_sources *is, __be32 src)
{
	return !is || in_sources_has(is, src) == (is->is_mode == MCAST_INCLUDE);
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_wants);

static unsigned int sources_mode(const struct in_sources *is)
{
	return is ? is->is_mode : MCAST_EXCLUDE;
}

static unsigned int sources_n(const struct in_sources *is)
{
	return is ? is->is_n : 0;
}

/**
 * in_sources_equal() - do two filters mean the same?
 * @a: filter, or NULL
 * @b: filter, or NULL
 */
bool in_sources_equal(const struct in_sources *a, const struct in_sources *b)
{
	unsigned int n = sources_n(a);

	return sources_mode(a) == sources_mode(b) && n == sources_n(b) &&
	       (!n || !memcmp(a->is_src, b->is_src, array_size(n, sizeof(a->is_src[0]))));
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_equal);

/**
 * in_sources_add() - name one sender more in a set that nobody else sees yet
 * @is:   set
 * @room: senders that it can hold
 * @src:  sender
 *
 * Return: false: no room.
 */
bool in_sources_add(struct in_sources *is, unsigned int room, __be32 src)
{
	unsigned int n = sources_place(is, src);

	if (n < is->is_n && is->is_src[n] == src)
		return true;
	if (is->is_n >= room)
		return false;
	memmove(&is->is_src[n + 1], &is->is_src[n],
		array_size(is->is_n - n, sizeof(is->is_src[0])));
	is->is_src[n] = src;
	is->is_n++;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_add);

/**
 * in_sources_edit() - a copy with one sender more or less
 * @old:  set, NULL: of nobody
 * @mode: of the copy
 * @src:  sender
 * @add:  with it, else without
 *
 * Context: Process, may sleep.
 * Return:  copy, or NULL.
 */
struct in_sources *in_sources_edit(const struct in_sources *old, unsigned int mode, __be32 src,
				   bool add)
{
	unsigned int i, room = sources_n(old) + 1;
	struct in_sources *is = in_sources_alloc(mode, room, GFP_KERNEL);

	for (i = 0; is && i < sources_n(old); i++)
		if (add || old->is_src[i] != src)
			is->is_src[is->is_n++] = old->is_src[i];
	if (is && add)
		in_sources_add(is, room, src);
	return is;
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_edit);

/* Into @is all of @a that @b does not name. */
static void sources_minus(struct in_sources *is, unsigned int room, const struct in_sources *a,
			  const struct in_sources *b)
{
	unsigned int i;

	for (i = 0; i < sources_n(a); i++)
		if (!b || !in_sources_has(b, a->is_src[i]))
			in_sources_add(is, room, a->is_src[i]);
}

/**
 * in_sources_diff() - senders that one of two sets names and the other does not
 * @a:   set, NULL: of nobody
 * @b:   set, NULL: of nobody
 * @gfp: how to wait
 *
 * Return: set, or NULL.
 */
struct in_sources *in_sources_diff(const struct in_sources *a, const struct in_sources *b,
				   gfp_t gfp)
{
	unsigned int room = sources_n(a) + sources_n(b);
	struct in_sources *is = in_sources_alloc(MCAST_INCLUDE, room, gfp);

	if (!is)
		return NULL;
	sources_minus(is, room, a, b);
	sources_minus(is, room, b, a);
	return is;
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_diff);

/**
 * in_sources_union() - senders that either of two sets names
 * @a:   set
 * @b:   set
 * @gfp: how to wait
 *
 * Return: set; NULL: no memory, or more than IN_SOURCES_MAX.
 */
struct in_sources *in_sources_union(const struct in_sources *a, const struct in_sources *b,
				    gfp_t gfp)
{
	unsigned int i, room = min(a->is_n + b->is_n, (unsigned int)IN_SOURCES_MAX);
	struct in_sources *is = in_sources_alloc(MCAST_INCLUDE, room, gfp);
	bool fits = true;

	if (!is)
		return NULL;
	for (i = 0; fits && i < a->is_n; i++)
		fits = in_sources_add(is, room, a->is_src[i]);
	for (i = 0; fits && i < b->is_n; i++)
		fits = in_sources_add(is, room, b->is_src[i]);
	if (!fits) {
		kfree(is);
		return NULL;
	}
	return is;
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_union);

static const struct in_sources *ship_sources(const struct in_mship *ship)
{
	return rcu_dereference_check(ship->im_sources, bsd_rtnl_held());
}

/* Does nobody of @ships want packets from @src? */
static bool sources_unwanted(const struct list_head *ships, __be32 src)
{
	const struct in_mship *ship;

	list_for_each_entry(ship, ships, im_list)
		if (in_sources_wants(ship_sources(ship), src))
			return false;
	return true;
}

/**
 * in_sources_merge() - the filter that lets in what any of some memberships wants
 * @ships: their list, not empty
 *
 * Context: Process, rtnl held; may sleep.
 * Return:  filter; NULL, all senders: a membership wants all, or there are more than
 *	    IN_SOURCES_MAX, or no memory: the sockets' own filters remain.
 * Source:  RFC 9776 3.2.
 */
struct in_sources *in_sources_merge(const struct list_head *ships)
{
	const struct in_sources *exclude = NULL, *one;
	const struct in_mship *ship;
	struct in_sources *is;
	unsigned int i, room = 0;

	list_for_each_entry(ship, ships, im_list) {
		one = ship_sources(ship);
		if (!sources_n(one) && sources_mode(one) == MCAST_EXCLUDE)
			return NULL;
		if (one->is_mode == MCAST_EXCLUDE)
			exclude = one;
		room += one->is_n;
	}
	room = min(exclude ? exclude->is_n : room, (unsigned int)IN_SOURCES_MAX);
	is = in_sources_alloc(exclude ? MCAST_EXCLUDE : MCAST_INCLUDE, room, GFP_KERNEL);
	if (!is)
		return NULL;
	if (exclude) {
		for (i = 0; i < exclude->is_n; i++)
			if (sources_unwanted(ships, exclude->is_src[i]))
				in_sources_add(is, room, exclude->is_src[i]);
		return is;
	}
	list_for_each_entry(ship, ships, im_list) {
		one = ship_sources(ship);
		for (i = 0; i < one->is_n; i++) {
			if (in_sources_add(is, room, one->is_src[i]))
				continue;
			kfree(is);
			return NULL;
		}
	}
	return is;
}
EXPORT_SYMBOL_IF_KUNIT(in_sources_merge);
