// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_vether.c - vether(4): an Ethernet interface without a wire.
 *
 * It carries addresses that are there whatever becomes of the network cards: what is
 * sent by it is swallowed, and nothing comes in. Packets to its own addresses don't
 * come here, they go by lo.
 * Context: output in a section, netlock held shared; the rest under rtnl.
 */
#include <bsdnet/driver.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "pair_priv.h"

static int vether_enqueue(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	m_freem(m);
	return 0;
}

static int vether_lladdr(struct ifnet *ifp, const u8 *lladdr)
{
	return 0;
}

static const struct ifnet_ops vether_ops = {
	.ifo_lladdr = vether_lladdr,
};

static int vether_create(struct if_clone *ifc, unsigned int unit, struct ifnet **ifpp)
{
	struct ifnet *ifp = kzalloc(sizeof(*ifp), GFP_KERNEL);
	int error;

	if (!ifp)
		return -ENOMEM;
	snprintf(ifp->if_xname, sizeof(ifp->if_xname), "%s%u", ifc->ifc_name, unit);
	ifp->if_ops = &vether_ops;
	ifp->if_hardmtu = 65536;
	ifp->if_capabilities = IFCAP_NOCSUM;
	ifp->if_enqueue = vether_enqueue;
	ifp->if_link_state = BSD_LINK_STATE_UP;
	bsd_ether_fakeaddr(ifp->if_lladdr);
	error = bsd_ether_ifattach(ifp);
	if (error) {
		kfree(ifp);
		return error;
	}
	*ifpp = ifp;
	return 0;
}

static int vether_destroy(struct ifnet *ifp)
{
	bsd_ether_ifdetach(ifp);
	kfree(ifp);
	return 0;
}

BSDNET_IF_CLONE(vether, vether_create, vether_destroy);

/**
 * vether_init() - register the cloner
 *
 * Context: Process, at load.
 * Return:  0 or -EEXIST.
 */
int vether_init(void)
{
	return if_clone_attach(&vether_cloner);
}

/**
 * vether_exit() - take it back
 *
 * Context: Process, at unload.
 */
void vether_exit(void)
{
	if_clone_detach(&vether_cloner);
}
