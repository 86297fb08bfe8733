// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_output.c - a complete frame goes to one of its interface's queues.
 *
 * Transmit path: if_ethersubr.c -> here -> ifq.c -> driver, when the batch ends.
 * Context: in a section, netlock held shared; no lock needed.
 */
#include <bsdnet/if_var.h>
#include <bsdnet/ifq.h>
#include <linux/errno.h>
#include <linux/smp.h>

/*
 * All packets of a flow by one queue, so that they stay in order; those that
 * belong to none by the queue of this CPU.
 */
static struct ifqueue *if_pick_ifq(struct ifnet *ifp, const struct mbuf *m)
{
	unsigned int n = READ_ONCE(ifp->if_nifqs);
	u32 id;

	if (n == 1)
		return ifp->if_ifqs[0];
	id = m->m_flags & M_FLOWID ? m->m_pkthdr.ph_flowid : raw_smp_processor_id();
	/* Mostly a power of two: spare the division. */
	return ifp->if_ifqs[likely(!(n & (n - 1))) ? id & (n - 1) : id % n];
}

/**
 * if_enqueue() - send a complete frame
 * @ifp: interface, found in this section
 * @m:   frame, link-layer header in front; checksums pending that the device
 *	 fills in; consumed
 * @ns:  section; the device is started when it ends
 *
 * Context: In a section, netlock held shared.
 * Return:  0; -ENETDOWN if the interface is down; -ENOBUFS if the queue is full;
 *	    or the pseudo device's error. All are counted.
 */
int if_enqueue(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	bool mcast = m->m_flags & (M_BCAST | M_MCAST);
	u32 len = m->m_pkthdr.len;
	u32 segs = m_segs(m);
	struct ifqueue *ifq;
	int error;

	if (unlikely((READ_ONCE(ifp->if_flags) & (BSD_IFF_UP | BSD_IFF_RUNNING)) !=
		     (BSD_IFF_UP | BSD_IFF_RUNNING))) {
		if_counter_inc(ifp, IFC_OERRORS);
		m_drop(m, IFS_ODOWN);
		return -ENETDOWN;
	}
	if (ifp->if_enqueue) {
		error = ifp->if_enqueue(ifp, m, ns);
		if (unlikely(error))
			return error;
	} else {
		ifq = if_pick_ifq(ifp, m);
		error = ifq_enqueue(ifq, m);
		netstack_kick(ns, ifq);
		if (unlikely(error))
			return error;
	}
	if_counter_add(ifp, IFC_OPACKETS, segs);
	if_counter_add(ifp, IFC_OBYTES, len);
	if (unlikely(mcast))
		if_counter_inc(ifp, IFC_OMCASTS);
	return 0;
}

BSDNET_EXPORT(if_enqueue);
