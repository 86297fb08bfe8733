// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_mcast.c - IPv4 multicast groups that sockets have joined, and whom they want to
 * hear there.
 *
 * Receive path: udp_input.c and raw_ip.c ask in_mship_wants() for each socket. Joins,
 * leaves and filters are configuration: ip_mcast_opt.c -> here -> in_multi.c, under
 * rtnl, because a NIC's filter changes.
 *
 * What a socket has joined is an array, replaced by every join and leave, so that
 * packets look at it without the PCB's lock. A closed socket's groups are left by a
 * work.
 *
 * Context: as each function says.
 * Source: RFC 1112 6.1, 7.1 (joining); RFC 9776 3.1 (filters of sockets); RFC 3678
 * 4.1 and Linux's ip(7) (errors, limits, IP_MULTICAST_ALL).
 */
#include <bsdnet/in_mcast.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/llist.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/netstack.h>
#include <bsdnet/softnet.h>
#include <bsdnet/sysfs.h>

/* What a socket has joined. */
struct in_mships {
	struct llist_node	 ims_node;	/* on in_mships_left */
	struct rcu_head		 ims_rcu;
	unsigned int		 ims_n;		/* [I] */
	struct in_mship		*ims_ship[];	/* [I] */
};

static unsigned int in_mcast_max = 20;	/* [a] knob; Linux's igmp_max_memberships */
static unsigned int in_mcast_maxmsf = 10;	/* [a] knob; Linux's igmp_max_msf */

static LLIST_HEAD(in_mships_left);	/* of closed sockets */

/* What a socket has; writers hold rtnl, or nobody else has the socket any more. */
static struct in_mships *in_mships_of(const struct inpcb *inp)
{
	return rcu_dereference_check(inp->inp_mships,
				     net_section_held() || bsd_rtnl_held());
}

static struct in_sources *in_mship_sources(const struct in_mship *ship)
{
	return rcu_dereference_check(ship->im_sources,
				     net_section_held() || bsd_rtnl_held());
}

static void in_mships_free(struct rcu_head *head)
{
	kfree(container_of(head, struct in_mships, ims_rcu));
}

static void in_mship_free(struct rcu_head *head)
{
	kfree(container_of(head, struct in_mship, im_rcu));
}

static struct in_mship *in_mship_find(const struct in_mships *ims, __be32 group,
				      unsigned int ifidx)
{
	unsigned int i;

	for (i = 0; ims && i < ims->ims_n; i++)
		if (ims->ims_ship[i]->im_group == group && ims->ims_ship[i]->im_ifidx == ifidx)
			return ims->ims_ship[i];
	return NULL;
}

/* All of @old but @without, with room for @more. */
static struct in_mships *in_mships_copy(const struct in_mships *old,
					const struct in_mship *without, unsigned int more)
{
	unsigned int i, n = old ? old->ims_n : 0;
	struct in_mships *ims = kzalloc(struct_size(ims, ims_ship, n + more), GFP_KERNEL);

	for (i = 0; ims && i < n; i++)
		if (old->ims_ship[i] != without)
			ims->ims_ship[ims->ims_n++] = old->ims_ship[i];
	return ims;
}

static void in_mships_set(struct inpcb *inp, struct in_mships *ims)
{
	struct in_mships *old = in_mships_of(inp);

	rcu_assign_pointer(inp->inp_mships, ims);
	if (old)
		net_call_free(&old->ims_rcu, in_mships_free);
}

/* A membership that is in no array any more. rtnl held. */
static void in_mship_end(struct in_mship *ship)
{
	in_multi_leave(ship);
	in_sources_free(in_mship_sources(ship));
	net_call_free(&ship->im_rcu, in_mship_free);
}

/**
 * in_mship_wants() - does a socket want a packet to a group?
 * @inp:   its PCB
 * @group: group
 * @src:   the packet's sender
 * @ifidx: interface it came in on
 *
 * Context: Section; no lock.
 * Return:  it has joined the group there and its filter lets the sender through, or
 *	    it has not, and takes what others have joined for (IP_MULTICAST_ALL).
 */
bool in_mship_wants(const struct inpcb *inp, __be32 group, __be32 src, unsigned int ifidx)
{
	const struct in_mship *ship = in_mship_find(in_mships_of(inp), group, ifidx);

	if (ship)
		return in_sources_wants(in_mship_sources(ship), src);
	return !(READ_ONCE(inp->inp_flags) & INP_NOMCASTALL);
}

/**
 * in_mship_join() - a socket joins a group
 * @inp:   PCB; the caller has its socket's file
 * @ifp:   interface
 * @group: group
 * @is:    whom it wants to hear, NULL: all; ownership passes, unless this fails
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 * Return:  0; -EADDRINUSE: it has; -ENOBUFS: knob igmp/max_memberships; -ENOMEM.
 */
int in_mship_join(struct inpcb *inp, struct ifnet *ifp, __be32 group, struct in_sources *is)
{
	struct in_mships *old = in_mships_of(inp), *ims;
	struct in_mship *ship = in_mship_find(old, group, ifp->if_index);
	int error = -ENOMEM;

	bsd_rtnl_assert();
	if (ship && !list_empty(&ship->im_list))
		return -EADDRINUSE;
	if (ship) {
		/* Joined before the interface changed its domain: that was another network. */
		error = in_mship_leave(inp, ifp->if_index, group);
		return error ? error : in_mship_join(inp, ifp, group, is);
	}
	if ((old ? old->ims_n : 0) >= READ_ONCE(in_mcast_max))
		return -ENOBUFS;
	ims = in_mships_copy(old, NULL, 1);
	ship = kzalloc(sizeof(*ship), GFP_KERNEL);
	if (!ims || !ship)
		goto fail;
	INIT_LIST_HEAD(&ship->im_list);
	ship->im_group = group;
	ship->im_ifidx = ifp->if_index;
	RCU_INIT_POINTER(ship->im_sources, is);
	error = in_multi_join(ifp, ship);
	if (error)
		goto fail;
	ims->ims_ship[ims->ims_n++] = ship;
	in_mships_set(inp, ims);
	return 0;

fail:
	kfree(ship);
	kfree(ims);
	return error;
}

/**
 * in_mship_leave() - a socket leaves a group
 * @inp:   PCB; the caller has its socket's file
 * @ifidx: interface, 0: any
 * @group: group
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 * Return:  0; -EADDRNOTAVAIL: it has not joined; -ENOMEM.
 */
int in_mship_leave(struct inpcb *inp, unsigned int ifidx, __be32 group)
{
	struct in_mships *old = in_mships_of(inp), *ims = NULL;
	struct in_mship *ship;
	unsigned int i;

	bsd_rtnl_assert();
	for (i = 0; !ifidx && old && i < old->ims_n; i++)
		if (old->ims_ship[i]->im_group == group)
			ifidx = old->ims_ship[i]->im_ifidx;
	ship = in_mship_find(old, group, ifidx);
	if (!ship)
		return -EADDRNOTAVAIL;
	if (old->ims_n > 1) {
		ims = in_mships_copy(old, ship, 0);
		if (!ims)
			return -ENOMEM;
	}
	in_mships_set(inp, ims);
	in_mship_end(ship);
	return 0;
}

/**
 * in_mcast_maxsrc() - senders that one filter of a socket may name
 *
 * Return: knob igmp/max_msf.
 */
unsigned int in_mcast_maxsrc(void)
{
	return READ_ONCE(in_mcast_maxmsf);
}

/* The first sender that a socket wants to hear joins the group for it. */
static int in_mship_joinsource(struct inpcb *inp, struct ifnet *ifp, __be32 group, __be32 src)
{
	struct in_sources *is;
	int error;

	if (!in_mcast_maxsrc())
		return -ENOBUFS;
	is = in_sources_edit(NULL, MCAST_INCLUDE, src, true);
	if (!is)
		return -ENOMEM;
	error = in_mship_join(inp, ifp, group, is);
	if (error)
		kfree(is);
	return error;
}

/**
 * in_mship_source() - change a socket's filter by one sender
 * @inp:   PCB; the caller has its socket's file
 * @ifp:   interface
 * @group: group
 * @src:   sender
 * @mode:  of the filter: MCAST_INCLUDE, whom to hear; MCAST_EXCLUDE, whom not
 * @add:   name it there, else take it out
 *
 * The first that is to be heard joins the group, and with the last it is left.
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 * Return:  0; -EINVAL: not joined, or the filter is of the other mode;
 *	    -EADDRNOTAVAIL: it is there, or is not, already; -ENOBUFS: knob
 *	    igmp/max_msf; or what in_mship_join() says.
 * Source:  RFC 3678 4.1.2, 4.1.3.
 */
int in_mship_source(struct inpcb *inp, struct ifnet *ifp, __be32 group, __be32 src,
		    unsigned int mode, bool add)
{
	struct in_mship *ship = in_mship_find(in_mships_of(inp), group, ifp->if_index);
	struct in_sources *old, *is = NULL;

	bsd_rtnl_assert();
	if (!ship && (mode != MCAST_INCLUDE || !add))
		return -EINVAL;
	if (!ship)
		return in_mship_joinsource(inp, ifp, group, src);
	old = in_mship_sources(ship);
	if (old && old->is_mode != mode)
		return -EINVAL;
	if (add == (old && in_sources_has(old, src)))
		return -EADDRNOTAVAIL;
	if (add && (old ? old->is_n : 0) >= in_mcast_maxsrc())
		return -ENOBUFS;
	if (!add && old->is_n == 1) {
		if (mode == MCAST_INCLUDE)
			return in_mship_leave(inp, ifp->if_index, group);
	} else {
		is = in_sources_edit(old, mode, src, add);
		if (!is)
			return -ENOMEM;
	}
	in_multi_change(ship, is);
	return 0;
}

/**
 * in_mship_filter() - replace a socket's filter
 * @inp:   PCB; the caller has its socket's file
 * @ifidx: interface
 * @group: group that it has joined
 * @is:    filter; ownership passes, unless this fails. MCAST_INCLUDE of nobody
 *	   leaves the group
 *
 * Context: Process, rtnl held, netlock not; may sleep.
 * Return:  0; -EINVAL: not joined; -ENOMEM.
 * Source:  RFC 3678 4.2.1.
 */
int in_mship_filter(struct inpcb *inp, unsigned int ifidx, __be32 group, struct in_sources *is)
{
	struct in_mship *ship = in_mship_find(in_mships_of(inp), group, ifidx);
	int error;

	bsd_rtnl_assert();
	if (!ship)
		return -EINVAL;
	if (is->is_mode == MCAST_INCLUDE && !is->is_n) {
		error = in_mship_leave(inp, ifidx, group);
		if (!error)
			kfree(is);
		return error;
	}
	if (!is->is_n) {
		kfree(is);
		is = NULL;
	}
	in_multi_change(ship, is);
	return 0;
}

/**
 * in_mship_getfilter() - a socket's filter
 * @inp:   PCB; the caller has its socket's file
 * @ifidx: interface
 * @group: group
 * @is:    out: filter, NULL: all; valid while rtnl is held
 *
 * Context: Process, rtnl held.
 * Return:  0; -EADDRNOTAVAIL: not joined.
 */
int in_mship_getfilter(struct inpcb *inp, unsigned int ifidx, __be32 group,
		       struct in_sources **is)
{
	const struct in_mship *ship = in_mship_find(in_mships_of(inp), group, ifidx);

	bsd_rtnl_assert();
	if (!ship)
		return -EADDRNOTAVAIL;
	*is = in_mship_sources(ship);
	return 0;
}

static void in_mships_work_fn(struct work_struct *work)
{
	struct llist_node *left = llist_del_all(&in_mships_left);
	struct in_mships *ims, *next;
	unsigned int i;

	bsd_rtnl_lock();
	llist_for_each_entry_safe(ims, next, left, ims_node) {
		for (i = 0; i < ims->ims_n; i++)
			in_mship_end(ims->ims_ship[i]);
		net_call_free(&ims->ims_rcu, in_mships_free);
	}
	bsd_rtnl_unlock();
}

static DECLARE_WORK(in_mships_work, in_mships_work_fn);

/**
 * in_mships_detach() - a socket closes: its groups are left a little later
 * @inp: PCB, dead
 *
 * Context: Section.
 */
void in_mships_detach(struct inpcb *inp)
{
	struct in_mships *ims = in_mships_of(inp);

	if (!ims)
		return;
	RCU_INIT_POINTER(inp->inp_mships, NULL);
	llist_add(&ims->ims_node, &in_mships_left);
	queue_work(bsdnet_cfg, &in_mships_work);
}

static const struct knob in_mcast_knobs[] = {
	KNOB_UINT("igmp/max_memberships", &in_mcast_max, 0, 10000),
	KNOB_UINT("igmp/max_msf", &in_mcast_maxmsf, 0, IN_SOURCES_MAX),
};

/**
 * in_mcast_init() - register the knobs
 *
 * Context: Process, at load.
 * Return:  0 or -errno.
 */
int in_mcast_init(void)
{
	return knobs_register(in_mcast_knobs, ARRAY_SIZE(in_mcast_knobs));
}

/**
 * in_mcast_exit() - the last socket is closed: leave what is left
 *
 * Context: Process, at unload; interfaces may still be there.
 */
void in_mcast_exit(void)
{
	flush_work(&in_mships_work);
	knobs_unregister(in_mcast_knobs, ARRAY_SIZE(in_mcast_knobs));
}
