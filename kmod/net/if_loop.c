// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_loop.c - lo(4): packets to ourselves.
 *
 * Path: ip_output.c -> loop_output() -> netstack_loop() -> if_input.c ->
 * ip_input.c. No header, no queue, no checksum, no segmentation.
 *
 * lo0 is there from the start, up with 127.0.0.1/8. lo<N> is the loopback of
 * rdomain N: made when an interface moves there, or by name.
 * Deviation: in OpenBSD lo<N> may also live in another rdomain than N.
 * Context: output in a section, netlock held shared; the rest is configuration.
 */
#include <bsdnet/if_var.h>
#include <bsdnet/if_clone.h>
#include <bsdnet/in_var.h>
#include <bsdnet/route.h>
#include <bsdnet/subsys.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#define LOOP_MTU	65536

/* The loopback of each domain. [S] readers: a section; writer: rtnl, netlock exclusive */
static struct ifnet __rcu *loop_ifs[RT_TABLEID_MAX + 1];
static struct ifnet *lo0ifp;	/* set by loop_init() */

/**
 * if_loop() - the loopback interface of a routing domain
 * @rdomain: domain
 *
 * Context: In a section.
 * Return:  lo<rdomain>, valid until the section ends, or NULL.
 */
struct ifnet *if_loop(unsigned int rdomain)
{
	if (unlikely(rdomain > RT_TABLEID_MAX))
		return NULL;
	return net_dereference_check(loop_ifs[rdomain], if_list_held());
}

static void loop_set(unsigned int rdomain, struct ifnet *ifp)
{
	net_lock();
	rcu_assign_pointer(loop_ifs[rdomain], ifp);
	net_unlock();
}

/* Nobody finds it any more; then it dies. */
static void loop_detach(struct ifnet *ifp)
{
	loop_set(ifp->if_rdomain, NULL);
	if_detach(ifp);
	kfree(ifp);
}

/* Complete packet (there is no header) to ourselves. */
static int loop_enqueue(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	if_input_local(ifp, m, ns);
	return 0;
}

static int loop_output(struct ifnet *ifp, struct mbuf *m, const struct sockaddr *dst,
		       struct bsd_rtentry *rt, struct netstack *ns)
{
	return if_enqueue(ifp, m, ns);
}

static int loop_attach(unsigned int unit, struct ifnet **ifpp)
{
	struct ifnet *ifp;
	int error;

	ifp = kzalloc(sizeof(*ifp), GFP_KERNEL);
	if (!ifp)
		return -ENOMEM;
	snprintf(ifp->if_xname, sizeof(ifp->if_xname), "lo%u", unit);
	ifp->if_type = BSD_IFT_LOOP;
	ifp->if_mtu = LOOP_MTU;
	ifp->if_hardmtu = LOOP_MTU;
	ifp->if_flags = BSD_IFF_LOOPBACK | BSD_IFF_MULTICAST;
	ifp->if_capabilities = IFCAP_NOCSUM | IFCAP_TSO;
	ifp->if_rdomain = unit;
	ifp->if_input = if_input_network;
	ifp->if_output = loop_output;
	ifp->if_enqueue = loop_enqueue;
	ifp->if_link_state = BSD_LINK_STATE_UP;
	error = if_attach(ifp);
	if (error) {
		kfree(ifp);
		return error;
	}
	loop_set(unit, ifp);
	bsd_rtnl_lock();
	error = if_up(ifp);
	bsd_rtnl_unlock();
	if (error) {
		loop_detach(ifp);
		return error;
	}
	*ifpp = ifp;
	return 0;
}

static int loop_clone_create(struct if_clone *ifc, unsigned int unit, struct ifnet **ifpp)
{
	int error;

	if (unit > RT_TABLEID_MAX)
		return -EINVAL;
	if (!rtable_exists(unit)) {
		error = rtable_add(unit, unit);
		if (error)
			return error;
	}
	if (rtable_rdomain(unit) != unit)
		return -EINVAL;
	return loop_attach(unit, ifpp);
}

/* The loopback of a domain in use stays. */
static int loop_clone_destroy(struct ifnet *ifp)
{
	struct ifnet *other;
	int error = 0;

	bsd_rtnl_lock();
	list_for_each_entry(other, &ifnetlist, if_list) {
		if (other != ifp && other->if_rdomain == ifp->if_rdomain)
			error = -EBUSY;
	}
	bsd_rtnl_unlock();
	if (error)
		return error;
	loop_detach(ifp);
	return 0;
}

BSDNET_IF_CLONE(lo, loop_clone_create, loop_clone_destroy);

/**
 * loop_rdomain() - see that a routing domain has its loopback
 * @rdomain: 0 to RT_TABLEID_MAX; the table is made if it is not there
 *
 * Context: Process, without rtnl and netlock.
 * Return:  0, -EINVAL if @rdomain is out of range or an other domain's table,
 *	    or the error of if_attach().
 */
int loop_rdomain(unsigned int rdomain)
{
	char name[BSD_IFNAMSIZ];
	int error;

	if (rdomain > RT_TABLEID_MAX)
		return -EINVAL;
	snprintf(name, sizeof(name), "lo%u", rdomain);
	error = if_clone_create(name);
	return error == -EEXIST ? 0 : error;
}

/**
 * loop_init() - make lo0, up with 127.0.0.1/8, and the cloner "lo"
 *
 * Context: Process, no locks.
 * Return:  0 or -errno, and then nothing is left behind.
 */
int loop_init(void)
{
	struct in_addr none = { 0 };
	struct in_addr addr = { htonl(INADDR_LOOPBACK) };
	int error;

	error = loop_attach(0, &lo0ifp);
	if (error)
		return error;
	bsd_rtnl_lock();
	error = in_ifaddr_add(lo0ifp, addr, 8, none, false);
	bsd_rtnl_unlock();
	if (error)
		goto err_detach;
	/* Part of bsdnet.ko: its interfaces must not hold it, they die with it. */
	lo_cloner.ifc_owner = NULL;
	error = if_clone_attach(&lo_cloner);
	if (error)
		goto err_detach;
	return 0;

err_detach:
	loop_detach(lo0ifp);
	return error;
}

/**
 * loop_exit() - undo loop_init(); destroys the other lo interfaces, too
 *
 * Context: Process, no locks.
 */
void loop_exit(void)
{
	if_clone_detach(&lo_cloner);
	loop_detach(lo0ifp);
}
