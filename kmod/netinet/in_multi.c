// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_multi.c - IPv4 multicast groups that interfaces belong to, and whose packets to
 * them the sockets want, all taken together.
 *
 * Receive path: ip_input.c asks in_multi_member() for packets to a group. A socket's
 * membership (in_mcast.c) is on its group's list here; with each change the sources
 * of the group are merged again, and igmp.c is told of the difference.
 *
 * Context: rtnl for changes; section for questions.
 * Source: RFC 1112 7.1, 7.2; RFC 9776 3.2.
 */
#include <bsdnet/in_mcast.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/igmp.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_var.h>
#include <bsdnet/netstack.h>
#include <uapi/bsdnet/ioctl.h>

#define IN_MULTI_BITS	8

/*
 * Made with the first socket that joins, freed with the last or with the interface.
 *
 * Locks protecting struct members in this file:
 *	I	immutable
 *	S	net_srcu for readers; writer holds rtnl
 *	r	rtnl_lock
 */
struct in_multi {
	struct hlist_node	 inm_hash;	/* [S] */
	struct in_sources __rcu	*inm_sources;	/* [S] what the members want */
	struct list_head	 inm_ships;	/* [r] memberships of sockets */
	__be32			 inm_group;	/* [I] */
	unsigned int		 inm_ifidx;	/* [I] */
	struct rcu_head		 inm_rcu;
};

static struct hlist_head in_multis[1 << IN_MULTI_BITS];	/* [S] */

static struct hlist_head *in_multi_bucket(unsigned int ifidx, __be32 group)
{
	return &in_multis[hash_32((__force u32)group ^ hash_32(ifidx, 32), IN_MULTI_BITS)];
}

static struct in_multi *in_multi_find(unsigned int ifidx, __be32 group)
{
	struct in_multi *inm;

	hlist_for_each_entry_srcu(inm, in_multi_bucket(ifidx, group), inm_hash,
				  net_section_held() || bsd_rtnl_held())
		if (inm->inm_group == group && inm->inm_ifidx == ifidx)
			return inm;
	return NULL;
}

static struct in_sources *in_multi_wanted(const struct in_multi *inm)
{
	return rcu_dereference_check(inm->inm_sources, net_section_held() || bsd_rtnl_held());
}

/**
 * in_multi_member() - does an interface belong to a group?
 * @ifidx: interface
 * @group: group
 *
 * Context: Section.
 */
bool in_multi_member(unsigned int ifidx, __be32 group)
{
	return in_multi_find(ifidx, group);
}

/**
 * in_multi_sources() - the senders to a group that an interface wants to hear
 * @ifidx: interface
 * @group: group
 *
 * Context: Section, for as long as the result is used.
 * Return:  filter; NULL: all; in_sources_none: no member.
 */
const struct in_sources *in_multi_sources(unsigned int ifidx, __be32 group)
{
	const struct in_multi *inm = in_multi_find(ifidx, group);

	return inm ? in_multi_wanted(inm) : &in_sources_none;
}

/**
 * in_multi_walk() - all groups that an interface belongs to
 * @ifidx: interface
 * @fn:    called for each, with its filter
 * @arg:   for @fn
 *
 * Context: Section.
 */
void in_multi_walk(unsigned int ifidx,
		   void (*fn)(__be32 group, const struct in_sources *is, void *arg), void *arg)
{
	struct in_multi *inm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(in_multis); i++)
		hlist_for_each_entry_srcu(inm, &in_multis[i], inm_hash, net_section_held())
			if (inm->inm_ifidx == ifidx)
				fn(inm->inm_group, in_multi_wanted(inm), arg);
}

static void in_multi_free(struct rcu_head *head)
{
	kfree(container_of(head, struct in_multi, inm_rcu));
}

/* Merge again what the members want, @inm having one at least, and tell routers. */
static void in_multi_update(struct in_multi *inm)
{
	struct in_sources *old = in_multi_wanted(inm);
	struct in_sources *is = in_sources_merge(&inm->inm_ships);

	if (in_sources_equal(old, is)) {
		kfree(is);
		return;
	}
	rcu_assign_pointer(inm->inm_sources, is);
	bsd_igmp_change(inm->inm_ifidx, inm->inm_group, old, is);
	in_sources_free(old);
}

static struct in_multi *in_multi_create(struct ifnet *ifp, __be32 group)
{
	struct in_multi *inm = kzalloc(sizeof(*inm), GFP_KERNEL);
	u8 lladdr[ETH_ALEN];
	int error;

	if (!inm)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&inm->inm_ships);
	inm->inm_group = group;
	inm->inm_ifidx = ifp->if_index;
	bsd_ether_map_multicast(lladdr, (struct in_addr){ group });
	error = if_addmulti(ifp, lladdr);
	if (error) {
		kfree(inm);
		return ERR_PTR(error);
	}
	return inm;
}

/**
 * in_multi_join() - a socket's membership begins
 * @ifp:  interface
 * @ship: membership, on no list
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 * Return:  0, -ENOMEM.
 */
int in_multi_join(struct ifnet *ifp, struct in_mship *ship)
{
	struct in_multi *inm = in_multi_find(ifp->if_index, ship->im_group);
	struct in_sources *is;

	bsd_rtnl_assert();
	if (inm) {
		list_add_tail(&ship->im_list, &inm->inm_ships);
		in_multi_update(inm);
		return 0;
	}
	inm = in_multi_create(ifp, ship->im_group);
	if (IS_ERR(inm))
		return PTR_ERR(inm);
	list_add_tail(&ship->im_list, &inm->inm_ships);
	is = in_sources_merge(&inm->inm_ships);
	RCU_INIT_POINTER(inm->inm_sources, is);
	hlist_add_head_rcu(&inm->inm_hash, in_multi_bucket(ifp->if_index, ship->im_group));
	bsd_igmp_change(ifp->if_index, ship->im_group, &in_sources_none, is);
	return 0;
}

/* The last member has left, or the interface goes. rtnl held. */
static void in_multi_remove(struct in_multi *inm)
{
	struct ifnet *ifp = if_get(inm->inm_ifidx);
	u8 lladdr[ETH_ALEN];

	hlist_del_rcu(&inm->inm_hash);
	bsd_igmp_change(inm->inm_ifidx, inm->inm_group, in_multi_wanted(inm), &in_sources_none);
	if (ifp) {
		bsd_ether_map_multicast(lladdr, (struct in_addr){ inm->inm_group });
		if_delmulti(ifp, lladdr);
		if_put(ifp);
	}
	in_sources_free(in_multi_wanted(inm));
	net_call_free(&inm->inm_rcu, in_multi_free);
}

/**
 * in_multi_leave() - a socket's membership ends
 * @ship: membership; its interface may have gone before
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 */
void in_multi_leave(struct in_mship *ship)
{
	struct in_multi *inm = in_multi_find(ship->im_ifidx, ship->im_group);

	bsd_rtnl_assert();
	if (list_empty(&ship->im_list))
		return;
	list_del_init(&ship->im_list);
	if (!list_empty(&inm->inm_ships)) {
		in_multi_update(inm);
		return;
	}
	in_multi_remove(inm);
}

/**
 * in_multi_change() - a socket wants to hear others
 * @ship: membership
 * @is:   its filter from now on, NULL: all; ownership passes
 *
 * Context: Process, rtnl held; may sleep.
 */
void in_multi_change(struct in_mship *ship, struct in_sources *is)
{
	struct in_sources *old = rcu_dereference_check(ship->im_sources, bsd_rtnl_held());

	bsd_rtnl_assert();
	rcu_assign_pointer(ship->im_sources, is);
	if (!list_empty(&ship->im_list))
		in_multi_update(in_multi_find(ship->im_ifidx, ship->im_group));
	in_sources_free(old);
}

/**
 * in_multi_ifdetach() - an interface goes, or changes its domain: it leaves all groups
 * @ifp: interface
 *
 * Sockets keep their memberships, of an interface that is not there, until they
 * leave or close.
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 */
void in_multi_ifdetach(struct ifnet *ifp)
{
	struct in_mship *ship, *nextship;
	struct hlist_node *next;
	struct in_multi *inm;
	unsigned int i;

	bsd_rtnl_assert();
	for (i = 0; i < ARRAY_SIZE(in_multis); i++)
		hlist_for_each_entry_safe(inm, next, &in_multis[i], inm_hash) {
			if (inm->inm_ifidx != ifp->if_index)
				continue;
			list_for_each_entry_safe(ship, nextship, &inm->inm_ships, im_list)
				list_del_init(&ship->im_list);
			in_multi_remove(inm);
		}
	bsd_igmp_ifdetach(ifp->if_index);
}

/* Group number @index of an interface. rtnl held. */
static struct in_multi *in_multi_nth(unsigned int ifidx, unsigned int index)
{
	struct in_multi *inm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(in_multis); i++)
		hlist_for_each_entry(inm, &in_multis[i], inm_hash)
			if (inm->inm_ifidx == ifidx && !index--)
				return inm;
	return NULL;
}

/* Fill in an answer, and put the first senders in @src. rtnl held. */
static int in_multi_describe(struct bsd_ifmulti *ifm, __be32 *src, unsigned int room)
{
	const struct ifnet *ifp = if_lookup_byname(ifm->ifm_name);
	const struct in_sources *is;
	struct in_multi *inm;

	if (!ifp)
		return -ENXIO;
	inm = in_multi_nth(ifp->if_index, ifm->ifm_index);
	if (!inm)
		return -EADDRNOTAVAIL;
	is = in_multi_wanted(inm);
	memcpy(ifm->ifm_group, &inm->inm_group, sizeof(ifm->ifm_group));
	ifm->ifm_members = list_count_nodes(&inm->inm_ships);
	ifm->ifm_include = is && is->is_mode == MCAST_INCLUDE;
	ifm->ifm_count = is ? is->is_n : 0;
	if (is)
		memcpy(src, is->is_src, min(room, is->is_n) * sizeof(*src));
	return 0;
}

/**
 * in_multi_ioctl() - BSIOCGIFMULTI: a group of an interface
 * @data: struct bsd_ifmulti
 *
 * Context: Process, no locks; sleeps. Takes rtnl.
 * Return:  0; -ENXIO: no such interface; -EADDRNOTAVAIL: no more groups; -ENOMEM,
 *	    -EFAULT.
 */
int in_multi_ioctl(void *data)
{
	struct bsd_ifmulti *ifm = data;
	unsigned int room = min_t(u32, ifm->ifm_max, IN_SOURCES_MAX);
	__be32 *src = kcalloc(IN_SOURCES_MAX, sizeof(*src), GFP_KERNEL);
	int error;

	if (!src)
		return -ENOMEM;
	bsd_rtnl_lock();
	error = in_multi_describe(ifm, src, room);
	bsd_rtnl_unlock();
	room = min(room, ifm->ifm_count);
	if (!error && room &&
	    copy_to_user(u64_to_user_ptr(ifm->ifm_buf), src, room * sizeof(*src)))
		error = -EFAULT;
	kfree(src);
	return error;
}
