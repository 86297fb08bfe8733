// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_input.c - packets come in: from a driver's ring, from another thread, or
 * from ourselves.
 *
 * Receive path: softnet thread (or net_leave()) -> here -> input hooks ->
 * if_ethersubr.c, or for packets to ourselves straight to ip_input.c.
 * Context: in a section, netlock held shared; one task a list.
 */
#include <bsdnet/if_var.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/trace.h>
#include <linux/prefetch.h>
#include <linux/rculist.h>

/* Packets of one interface in a row: counted once, at the end of the run. */
struct input_run {
	struct ifnet	*ir_ifp;	/* NULL: to be dropped, for ir_reason */
	unsigned int	 ir_index;
	unsigned int	 ir_reason;
	u64		 ir_packets;
	u64		 ir_bytes;
};

static void input_run_end(struct input_run *ir)
{
	if (!ir->ir_packets)
		return;
	if_counter_add(ir->ir_ifp, IFC_IPACKETS, ir->ir_packets);
	if_counter_add(ir->ir_ifp, IFC_IBYTES, ir->ir_bytes);
	ir->ir_packets = 0;
	ir->ir_bytes = 0;
}

static void input_run_begin(struct input_run *ir, unsigned int index)
{
	input_run_end(ir);
	ir->ir_index = index;
	ir->ir_ifp = if_lookup(index);
	if (unlikely(!ir->ir_ifp)) {
		ir->ir_reason = IFS_GONE;
	} else if (unlikely(!(READ_ONCE(ir->ir_ifp->if_flags) & BSD_IFF_UP))) {
		ir->ir_ifp = NULL;
		ir->ir_reason = IFS_DOWN;
	}
}

/* Run the hooks, lowest order first. NULL: one of them took the packet. */
static struct mbuf *if_hooks(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	struct ifhook *ih;

	list_for_each_entry_srcu(ih, &ifp->if_inhooks, ih_list, if_list_held()) {
		m = ih->ih_input(ih->ih_cookie, ifp, m, ns);
		if (!m)
			break;
	}
	return m;
}

/* One packet of an interface that is up. */
static void if_input_one(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	m->m_pkthdr.ph_rtableid = ifp->if_rdomain;
	if (unlikely(m->m_flags & M_LOOP)) {
		if_input_network(ifp, m, ns);
		return;
	}
	if (unlikely(!list_empty(&ifp->if_inhooks))) {
		m = if_hooks(ifp, m, ns);
		if (!m)
			return;
	}
	/* Nearly all are Ethernet: spare the indirect call, dear with retpolines. */
	if (likely(ifp->if_input == bsd_ether_input))
		bsd_ether_input(ifp, m, ns);
	else
		ifp->if_input(ifp, m, ns);
}

/**
 * if_input_network() - give a packet without link-layer header to its protocol
 * @ifp: interface that it comes in on
 * @m:   packet, network header in front; consumed
 * @ns:  section
 *
 * Context: In a section, netlock held shared.
 */
void if_input_network(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	if (unlikely(!m->m_len)) {
		m = m_pullup(m, 1);
		if (!m) {
			m_drop(NULL, IFS_NOMEM);
			return;
		}
	}
	switch (*mtod(m, u8 *) >> 4) {
	case 4:
		bsd_ip_input(ifp, m, ns);
		return;
	default:
		if_counter_inc(ifp, IFC_NOPROTO);
		m_drop(m, IFS_NOPROTO);
		return;
	}
}

/**
 * if_input_process() - take in a list of packets
 * @ns: section
 * @ml: packets, ph_ifidx says on which interface each came in: at the link-layer
 *	header, or with M_LOOP at the network header; empty after
 *
 * What lies behind the knob if/input_limit in the list is dropped: it would be
 * stale when its turn comes, and netlock would be held for too long.
 *
 * Context: In a section, netlock held shared.
 */
void if_input_process(struct netstack *ns, struct mbuf_list *ml)
{
	struct input_run ir = { .ir_reason = IFS_GONE };
	u32 left = READ_ONCE(if_input_limit);
	struct mbuf *next;
	struct mbuf *m;

	while ((m = ml_dequeue(ml))) {
		next = ml->ml_head;
		if (next) {
			prefetch(next->m_data);
			prefetch(next->m_nextpkt);
		}
		if (unlikely(m->m_pkthdr.ph_ifidx != ir.ir_index))
			input_run_begin(&ir, m->m_pkthdr.ph_ifidx);
		if (unlikely(!ir.ir_ifp)) {
			m_drop(m, ir.ir_reason);
			continue;
		}
		if (unlikely(!left)) {
			if_counter_inc(ir.ir_ifp, IFC_IQDROPS);
			m_drop(m, IFS_IQDROP);
			continue;
		}
		left--;
		ir.ir_packets += m_segs(m);
		ir.ir_bytes += m->m_pkthdr.len;
		trace_bsdnet_if_input(ir.ir_index, m->m_pkthdr.len);
		if_input_one(ir.ir_ifp, m, ns);
	}
	input_run_end(&ir);
}

/**
 * if_vinput() - a pseudo device says that a packet came in on @ifp
 * @ifp: interface, found in this section
 * @m:   packet at its link-layer header; consumed
 * @ns:  section
 *
 * Runs at once, nested in the caller: for devices that only take something off
 * a packet (vlan, bridge). Those that turn packets around use netstack_loop().
 *
 * Context: In a section, netlock held shared.
 */
void if_vinput(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	if (unlikely(!(READ_ONCE(ifp->if_flags) & BSD_IFF_UP))) {
		m_drop(m, IFS_DOWN);
		return;
	}
	if (unlikely(m->m_pkthdr.ph_loopcnt++ >= M_LOOP_MAX)) {
		m_drop(m, IFS_LOOPCNT);
		return;
	}
	m->m_pkthdr.ph_ifidx = ifp->if_index;
	if_counter_inc(ifp, IFC_IPACKETS);
	if_counter_add(ifp, IFC_IBYTES, m->m_pkthdr.len);
	if_input_one(ifp, m, ns);
}

BSDNET_EXPORT(if_vinput);

/**
 * if_turnaround() - make a packet on its way out one that comes in
 * @m:     packet; consumed only if false is returned
 * @index: interface that it comes in on
 *
 * What the sender knew of the packet is forgotten, but for its flow, priority
 * and count of passes. Checksums that are pending need not be verified here:
 * they say M_*_IN_OK as well, and stay pending for a device that the packet may
 * yet leave by.
 *
 * Context: Any but hard interrupt.
 * Return:  true, or false if it went round more than M_LOOP_MAX times (dropped).
 */
bool if_turnaround(struct mbuf *m, unsigned int index)
{
	u16 csum = m->m_pkthdr.csum_flags;
	u8 loopcnt = m->m_pkthdr.ph_loopcnt;
	u32 flowid = m->m_pkthdr.ph_flowid;
	u16 flow = m->m_flags & M_FLOWID;
	u16 segs = m->m_pkthdr.ph_segs;
	u8 prio = m->m_pkthdr.ph_prio;
	u16 mss = m->m_pkthdr.ph_mss;

	if (unlikely(loopcnt >= M_LOOP_MAX)) {
		m_drop(m, IFS_LOOPCNT);
		return false;
	}
	m_resethdr(m);
	m->m_flags |= flow;
	m->m_pkthdr.ph_ifidx = index;
	m->m_pkthdr.ph_flowid = flowid;
	m->m_pkthdr.ph_prio = prio;
	m->m_pkthdr.ph_loopcnt = loopcnt + 1;
	m->m_pkthdr.ph_mss = mss;
	m->m_pkthdr.ph_segs = segs;
	/* M_x_CSUM_IN_OK is M_x_CSUM_OUT four bits further. */
	m->m_pkthdr.csum_flags = csum |
				 (csum & (M_IPV4_CSUM_OUT | M_PROTO_CSUM_OUT)) << 4;
	return true;
}

BSDNET_EXPORT(if_turnaround);

/**
 * if_input_local() - a packet to ourselves
 * @ifp: interface that it comes in on: lo, or the one that sent a broadcast
 * @m:   packet, network header in front; consumed
 * @ns:  section; the packet is handled when it ends, or by its flow's thread
 *
 * Checksums that are pending are never computed: nothing was on a wire.
 *
 * Context: In a section, netlock held shared.
 */
void if_input_local(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	u16 keep = m->m_flags & (M_BCAST | M_MCAST | M_OURS);

	if (!if_turnaround(m, ifp->if_index))
		return;
	m->m_flags |= M_LOOP | keep;
	m->m_pkthdr.csum_flags &= ~(M_IPV4_CSUM_OUT | M_PROTO_CSUM_OUT);
	netstack_loop(ns, m);
}
