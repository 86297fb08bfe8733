// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_pair.c - pair(4): two Ethernet interfaces back to back, in one stack.
 *
 * "ifconfig pair0 patch pair1": what one sends the other receives, also from one
 * routing domain to another. Output turns the frame round and queues it on the
 * section (netstack_loop()), so no context switch and no checksum is needed.
 * Context: output in a section, netlock held shared; the rest under rtnl.
 */
#include <bsdnet/driver.h>
#include <uapi/bsdnet/ioctl.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/slab.h>
#include "pair_priv.h"

/*
 * One interface. Made by pair_create(), freed by pair_destroy(), found on
 * pair_list.
 *
 * Locks protecting struct members:
 *	I	immutable
 *	a	READ_ONCE/WRITE_ONCE; written under rtnl
 *	r	rtnl_lock
 */
struct pair_softc {
	struct ifnet		 sc_if;
	unsigned int		 sc_peer_index;	/* [a] if_index of the peer, 0 none */
	struct pair_softc	*sc_peer;	/* [r] the same */
	bool			 sc_up;		/* [r] between ifo_up and ifo_down */
	struct list_head	 sc_list;	/* [r] on pair_list */
};

static LIST_HEAD(pair_list);	/* [rtnl] */

/* A complete frame: it comes in on the peer, which may be gone: if_input.c knows. */
static int pair_enqueue(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	struct pair_softc *sc = ifp->if_softc;
	unsigned int peer = READ_ONCE(sc->sc_peer_index);

	if (unlikely(!peer)) {
		if_counter_inc(ifp, IFC_OERRORS);
		m_drop(m, IFS_NOPEER);
		return -ENETDOWN;
	}
	if (unlikely(!if_turnaround(m, peer)))
		return -ELOOP;
	netstack_loop(ns, m);
	return 0;
}

/* There is a link if both ends are up. */
static void pair_link(struct pair_softc *sc)
{
	struct pair_softc *peer = sc->sc_peer;
	u8 state = peer && sc->sc_up && peer->sc_up ? BSD_LINK_STATE_UP : BSD_LINK_STATE_DOWN;

	if_link_state_change(&sc->sc_if, state);
	if (peer)
		if_link_state_change(&peer->sc_if, state);
}

static int pair_up(struct ifnet *ifp)
{
	struct pair_softc *sc = ifp->if_softc;

	sc->sc_up = true;
	pair_link(sc);
	return 0;
}

static void pair_down(struct ifnet *ifp)
{
	struct pair_softc *sc = ifp->if_softc;

	sc->sc_up = false;
	pair_link(sc);
}

static int pair_lladdr(struct ifnet *ifp, const u8 *lladdr)
{
	return 0;
}

static void pair_unpatch(struct pair_softc *sc)
{
	struct pair_softc *peer = sc->sc_peer;

	if (!peer)
		return;
	WRITE_ONCE(sc->sc_peer_index, 0);
	WRITE_ONCE(peer->sc_peer_index, 0);
	sc->sc_peer = NULL;
	peer->sc_peer = NULL;
	pair_link(sc);
	pair_link(peer);
}

static struct pair_softc *pair_find(unsigned int index)
{
	struct pair_softc *sc;

	list_for_each_entry(sc, &pair_list, sc_list) {
		if (sc->sc_if.if_index == index)
			return sc;
	}
	return NULL;
}

/* Both ends leave their old peers. @index 0: and stay alone. */
static int pair_patch(struct pair_softc *sc, unsigned int index)
{
	struct pair_softc *peer = NULL;

	if (index) {
		peer = pair_find(index);
		if (!peer)
			return -ENODEV;
		if (peer == sc)
			return -EINVAL;
		if (peer == sc->sc_peer)
			return 0;
		pair_unpatch(peer);
	}
	pair_unpatch(sc);
	if (!peer)
		return 0;
	sc->sc_peer = peer;
	peer->sc_peer = sc;
	WRITE_ONCE(sc->sc_peer_index, peer->sc_if.if_index);
	WRITE_ONCE(peer->sc_peer_index, sc->sc_if.if_index);
	pair_link(sc);
	return 0;
}

static int pair_ioctl(struct ifnet *ifp, unsigned int cmd, void *data)
{
	struct pair_softc *sc = ifp->if_softc;
	struct bsd_ifreq *ifr = data;

	switch (cmd) {
	case BSIOCSIFPAIR:
		return pair_patch(sc, ifr->bifru_pair);
	case BSIOCGIFPAIR:
		ifr->bifru_pair = sc->sc_peer_index;
		return 0;
	default:
		return -ENOTTY;
	}
}

static const struct ifnet_ops pair_ops = {
	.ifo_up = pair_up,
	.ifo_down = pair_down,
	.ifo_lladdr = pair_lladdr,
	.ifo_ioctl = pair_ioctl,
};

static int pair_create(struct if_clone *ifc, unsigned int unit, struct ifnet **ifpp)
{
	struct pair_softc *sc;
	struct ifnet *ifp;
	int error;

	sc = kzalloc(sizeof(*sc), GFP_KERNEL);
	if (!sc)
		return -ENOMEM;
	ifp = &sc->sc_if;
	snprintf(ifp->if_xname, sizeof(ifp->if_xname), "%s%u", ifc->ifc_name, unit);
	ifp->if_softc = sc;
	ifp->if_ops = &pair_ops;
	ifp->if_hardmtu = 65536;
	ifp->if_capabilities = IFCAP_NOCSUM | IFCAP_TSO;
	ifp->if_enqueue = pair_enqueue;
	ifp->if_link_state = BSD_LINK_STATE_DOWN;
	bsd_ether_fakeaddr(ifp->if_lladdr);
	error = bsd_ether_ifattach(ifp);
	if (error) {
		kfree(sc);
		return error;
	}
	bsd_rtnl_lock();
	list_add_tail(&sc->sc_list, &pair_list);
	bsd_rtnl_unlock();
	*ifpp = ifp;
	return 0;
}

static int pair_destroy(struct ifnet *ifp)
{
	struct pair_softc *sc = ifp->if_softc;

	bsd_rtnl_lock();
	list_del(&sc->sc_list);
	pair_unpatch(sc);
	bsd_rtnl_unlock();
	bsd_ether_ifdetach(ifp);
	kfree(sc);
	return 0;
}

BSDNET_IF_CLONE(pair, pair_create, pair_destroy);

static int __init pair_init(void)
{
	int error = if_clone_attach(&pair_cloner);

	if (error)
		return error;
	error = vether_init();
	if (error)
		if_clone_detach(&pair_cloner);
	return error;
}

static void __exit pair_exit(void)
{
	vether_exit();
	if_clone_detach(&pair_cloner);
}

module_init(pair_init);
module_exit(pair_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("pair(4): two Ethernet interfaces back to back; vether(4): one without a wire");
BSDNET_IMPORT;
