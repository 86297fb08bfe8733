// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * netstack.c - what a section does at its end: packets to ourselves, protocol
 * queue, runs of datagrams and segments, doorbells.
 *
 * lo and pair call netstack_loop() from their output, deep inside a protocol
 * with a PCB locked; the packet waits here until net_leave(), when nothing is
 * locked any more, and is then processed by the same task: no context switch,
 * no recursion, bounded by NETSTACK_LOCAL_MAX.
 */
#include "softnet_priv.h"
#include <linux/module.h>
#include <bsdnet/if_var.h>
#include <bsdnet/ifq.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/tcp.h>
#include <bsdnet/udp.h>

unsigned int softnet_dispatch __read_mostly = DISPATCH_HYBRID;	/* knob softnet/dispatch */

/* The hash that finds a packet's home; a sender without one uses its CPU. */
static u32 netstack_flow(const struct mbuf *m)
{
	return m->m_flags & M_FLOWID ? m->m_pkthdr.ph_flowid : raw_smp_processor_id();
}

/**
 * netstack_loop() - a packet for ourselves
 * @ns: section
 * @m:  packet as @ph_ifidx would have received it, consumed
 *
 * Processed by this task when the section ends, or by its flow's home thread:
 * as softnet/dispatch says, and when this section has had its share.
 *
 * Context: Section; PCB locks may be held.
 */
void netstack_loop(struct netstack *ns, struct mbuf *m)
{
	unsigned int dispatch = READ_ONCE(softnet_dispatch);
	u32 flow = netstack_flow(m);

	if (dispatch == DISPATCH_DEFERRED || ns->ns_nlocal >= NETSTACK_LOCAL_MAX ||
	    (dispatch == DISPATCH_HYBRID && softnet_flow_busy(flow))) {
		softnet_enqueue(flow, m);
		return;
	}
	ns->ns_nlocal++;
	counter_inc(SNS_LOCAL);
	ml_enqueue(&ns->ns_local, m);
}

BSDNET_EXPORT(netstack_loop);

/**
 * netstack_kick() - start a transmit queue when the section ends
 * @ns:  section
 * @ifq: queue that has frames
 */
void netstack_kick(struct netstack *ns, struct ifqueue *ifq)
{
	unsigned int i;

	for (i = 0; i < ns->ns_nkicks; i++)
		if (ns->ns_kicks[i] == ifq)
			return;
	if (ns->ns_nkicks == NETSTACK_NKICKS) {
		ifq_start(ifq);
		return;
	}
	ns->ns_kicks[ns->ns_nkicks++] = ifq;
}

BSDNET_EXPORT(netstack_kick);

/* Deliver what waited for protocols that this rung runs one at a time. */
static void netstack_run_proto(struct netstack *ns)
{
	struct mbuf *m;

	net_proto_enter(ns, NETSEC_PROTO);
	while ((m = ml_dequeue(&ns->ns_proto)))
		bsd_ip_deliver(m, mtod(m, struct ip *)->ip_hl << 2, ns);
	if (!ml_empty(&ns->ns_udp))
		bsd_udp_input_flush(ns);
	if (!ml_empty(&ns->ns_tcp))
		bsd_tcp_input_flush(ns);
	net_proto_leave(ns, NETSEC_PROTO);
}

/**
 * netstack_drain() - do what is queued in a section
 * @ns: section
 *
 * Context: Section, no PCB lock held.
 */
void netstack_drain(struct netstack *ns)
{
	unsigned int i;

	ns->ns_draining = true;
	do {
		if (!ml_empty(&ns->ns_proto))
			netstack_run_proto(ns);
		if (!ml_empty(&ns->ns_udp))
			bsd_udp_input_flush(ns);
		if (!ml_empty(&ns->ns_tcp))
			bsd_tcp_input_flush(ns);
		if (!ml_empty(&ns->ns_local)) {
			struct mbuf_list ml = MBUF_LIST_INIT;

			ml_enlist(&ml, &ns->ns_local);
			if_input_process(ns, &ml);
		}
	} while (!ml_empty(&ns->ns_local) || !ml_empty(&ns->ns_udp) ||
		 !ml_empty(&ns->ns_tcp) || !ml_empty(&ns->ns_proto));
	for (i = 0; i < ns->ns_nkicks; i++)
		ifq_start(ns->ns_kicks[i]);
	ns->ns_nkicks = 0;
	ns->ns_draining = false;
}
