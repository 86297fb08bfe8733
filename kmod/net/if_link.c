// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_link.c - link state of an interface, and the hooks on its input.
 *
 * A driver tells of a link change from wherever it learns of it; the state is
 * written at once, so that the packet paths see it, and the consequences (routes,
 * face) follow on the workqueue bsdnet_cfg, because they need rtnl and netlock.
 * Context: as each function says.
 */
#include <bsdnet/if_var.h>
#include <bsdnet/arp.h>
#include <bsdnet/in_var.h>
#include <bsdnet/route.h>
#include <bsdnet/rtsock.h>
#include <bsdnet/softnet.h>
#include <linux/rculist.h>
#include <linux/timekeeping.h>

static void if_link_work(struct work_struct *work)
{
	struct ifnet *ifp = container_of(work, struct ifnet, if_linkwork);

	bsd_rtnl_lock();
	if (!(ifp->if_xflags & BSD_IFXF_DYING)) {
		WRITE_ONCE(ifp->if_lastchange, ktime_get_real_seconds());
		rt_if_track(ifp);
		face_update(ifp);
		rtsock_ifinfo(ifp);
	}
	bsd_rtnl_unlock();
}

/**
 * if_link_init() - prepare an interface for if_link_state_change()
 * @ifp: being attached
 *
 * Context: Process.
 */
void if_link_init(struct ifnet *ifp)
{
	INIT_WORK(&ifp->if_linkwork, if_link_work);
}

/**
 * if_link_state_change() - a device says that its link came or went
 * @ifp:   attached
 * @state: BSD_LINK_STATE_*
 *
 * Context: Any. May still be called, to no effect, until the owner frees @ifp.
 */
void if_link_state_change(struct ifnet *ifp, u8 state)
{
	int idx;

	if (READ_ONCE(ifp->if_link_state) == state)
		return;
	WRITE_ONCE(ifp->if_link_state, state);
	/* if_detach() sets the flag, waits for readers, and cancels the work. */
	idx = srcu_read_lock(&net_srcu);
	if (!(READ_ONCE(ifp->if_xflags) & BSD_IFXF_DYING))
		queue_work(bsdnet_cfg, &ifp->if_linkwork);
	srcu_read_unlock(&net_srcu, idx);
}

BSDNET_EXPORT(if_link_state_change);

/**
 * if_hook_add() - see packets before the protocols do
 * @ifp: attached
 * @ih:  filled in; stays with the caller, who takes it out by if_hook_del()
 *
 * Context: rtnl held, netlock not; takes it exclusive.
 */
void if_hook_add(struct ifnet *ifp, struct ifhook *ih)
{
	struct list_head *before = &ifp->if_inhooks;
	struct ifhook *other;

	bsd_rtnl_assert();
	net_lock();
	list_for_each_entry(other, &ifp->if_inhooks, ih_list) {
		if (other->ih_order > ih->ih_order) {
			before = &other->ih_list;
			break;
		}
	}
	list_add_tail_rcu(&ih->ih_list, before);
	net_unlock();
}

BSDNET_EXPORT(if_hook_add);

/**
 * if_hook_del() - take a hook out
 * @ifp: attached
 * @ih:  added before; nobody runs it when this returns
 *
 * Context: rtnl held, netlock not; sleeps for a grace period.
 */
void if_hook_del(struct ifnet *ifp, struct ifhook *ih)
{
	bsd_rtnl_assert();
	net_lock();
	list_del_rcu(&ih->ih_list);
	net_unlock();
	net_synchronize();
}

BSDNET_EXPORT(if_hook_del);

/**
 * if_announce() - tell the neighbours where our addresses are
 * @ifp: interface whose place in the network changed: another link-layer address, or a
 *	 virtual machine that moved
 *
 * Context: Process, netlock not held.
 */
void if_announce(struct ifnet *ifp)
{
	struct netstack ns;
	struct ifaddr *ifa;

	net_enter(&ns, NETSEC_SYSCALL);
	list_for_each_entry_srcu(ifa, &ifp->if_addrlist, ifa_list, net_section_held())
		if (ifa->ifa_addr->sa_family == AF_INET)
			bsd_arp_announce(ifp, ifatoia(ifa), &ns);
	net_leave(&ns);
}

BSDNET_EXPORT(if_announce);
