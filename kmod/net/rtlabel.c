// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rtlabel.c - names that administrators and routing daemons give to routes. A route
 * has the number of its label; how many routes have it is counted.
 *
 * Not in the packet path. Context: as each function says; rtlabel_lock is a leaf.
 */
#include <bsdnet/route.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/idr.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#define RTLABEL_BITS	6	/* of the hash of names */

/*
 * A label. Made with the first route that has it, freed with the last.
 *
 * Locks protecting struct members:
 *	I	immutable
 *	L	rtlabel_lock
 */
struct rtlabel {
	struct hlist_node	rl_hash;	/* [L] */
	unsigned int		rl_refs;	/* [L] routes */
	u16			rl_id;		/* [I] */
	char			rl_name[BSD_RTLABELLEN];	/* [I] */
};

static struct hlist_head rtlabels[1 << RTLABEL_BITS];	/* [rtlabel_lock] by name */
static DEFINE_IDR(rtlabel_ids);				/* [rtlabel_lock] */
static DEFINE_SPINLOCK(rtlabel_lock);

static struct hlist_head *rtlabel_bucket(const char *name)
{
	return &rtlabels[hash_32(full_name_hash(NULL, name, strlen(name)), RTLABEL_BITS)];
}

/* A label of this name, made if it is not there; NULL without memory or numbers. */
static struct rtlabel *rtlabel_find(const char *name)
{
	struct hlist_head *bucket = rtlabel_bucket(name);
	struct rtlabel *rl;
	int id;

	lockdep_assert_held(&rtlabel_lock);
	hlist_for_each_entry(rl, bucket, rl_hash)
		if (!strcmp(rl->rl_name, name))
			return rl;
	rl = kzalloc(sizeof(*rl), GFP_NOWAIT | __GFP_NOWARN);
	if (!rl)
		return NULL;
	id = idr_alloc(&rtlabel_ids, rl, 1, U16_MAX + 1, GFP_NOWAIT | __GFP_NOWARN);
	if (id < 0) {
		kfree(rl);
		return NULL;
	}
	rl->rl_id = id;
	strscpy(rl->rl_name, name, sizeof(rl->rl_name));
	hlist_add_head(&rl->rl_hash, bucket);
	return rl;
}

/**
 * rtlabel_get() - number of a label
 * @name: "": none
 *
 * Context: Process. Does not sleep.
 * Return:  number, with a reference for the caller; 0: none; -EINVAL: too long;
 *          -ENOMEM: no memory, or 65,535 labels.
 */
int rtlabel_get(const char *name)
{
	struct rtlabel *rl;
	int id = -ENOMEM;

	if (!*name)
		return 0;
	if (strnlen(name, BSD_RTLABELLEN) == BSD_RTLABELLEN)
		return -EINVAL;
	spin_lock(&rtlabel_lock);
	rl = rtlabel_find(name);
	if (rl) {
		rl->rl_refs++;
		id = rl->rl_id;
	}
	spin_unlock(&rtlabel_lock);
	return id;
}

/**
 * rtlabel_hold() - one more route with a label
 * @id: number, held by the caller's route, or 0
 *
 * Context: Process.
 * Return:  @id.
 */
u16 rtlabel_hold(u16 id)
{
	struct rtlabel *rl;

	if (!id)
		return 0;
	spin_lock(&rtlabel_lock);
	rl = idr_find(&rtlabel_ids, id);
	rl->rl_refs++;
	spin_unlock(&rtlabel_lock);
	return id;
}

/**
 * rtlabel_put() - one route less with a label
 * @id: number, or 0
 *
 * Context: Process.
 */
void rtlabel_put(u16 id)
{
	struct rtlabel *rl;

	if (!id)
		return;
	spin_lock(&rtlabel_lock);
	rl = idr_find(&rtlabel_ids, id);
	if (--rl->rl_refs) {
		rl = NULL;
	} else {
		idr_remove(&rtlabel_ids, id);
		hlist_del(&rl->rl_hash);
	}
	spin_unlock(&rtlabel_lock);
	kfree(rl);
}

/**
 * rtlabel_name() - name of a label
 * @id:  number, held by a route, or 0
 * @buf: BSD_RTLABELLEN bytes; all are written
 *
 * Context: Process; spinlocks may be held.
 * Return:  there is one.
 */
bool rtlabel_name(u16 id, char *buf)
{
	struct rtlabel *rl;

	memset(buf, 0, BSD_RTLABELLEN);
	if (!id)
		return false;
	spin_lock(&rtlabel_lock);
	rl = idr_find(&rtlabel_ids, id);
	if (rl)
		memcpy(buf, rl->rl_name, BSD_RTLABELLEN);
	spin_unlock(&rtlabel_lock);
	return rl;
}
