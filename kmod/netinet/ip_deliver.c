// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_deliver.c - a packet for this host, to its protocol.
 *
 * Receive path: ip_input.c -> here (-> ip_reass.c and back) -> udp_input.c,
 * ip_icmp.c, raw_ip.c and the protocols of modules.
 * Context: in a section; on the rungs of the ladder below "udp" packets wait in
 * ns_proto until the ladder mutex is held.
 * Source: RFC 791 3.2, RFC 1122 3.2.2.1 (protocol unreachable).
 */
#include "ip_priv.h"
#include <bsdnet/counters.h>
#include <bsdnet/icmp.h>
#include <bsdnet/protosw.h>
#include <bsdnet/trace.h>
#include <bsdnet/udp.h>

/**
 * bsd_ip_deliver() - to the protocol of a packet
 * @m:    packet for this host, header in front and contiguous; consumed
 * @hlen: bytes of IP header
 * @ns:   section
 *
 * Raw sockets get their copies first, whatever the protocol does. What neither
 * a protocol nor a raw socket wants is answered with protocol unreachable.
 * netstack_drain() comes here again with what was put on ns_proto.
 *
 * Context: In a section.
 */
void bsd_ip_deliver(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	const struct protosw *pr;
	unsigned int matched;
	struct ip *ip;

	ip = mtod(m, struct ip *);
	if (unlikely(ip_isfragment(ip))) {
		m = bsd_ip_reass(m);
		if (!m)
			return;
		ip = mtod(m, struct ip *);
		hlen = ip_hdrlen(ip);
	}
	if (unlikely(net_proto_queued(ns, NETSEC_PROTO))) {
		ml_enqueue(&ns->ns_proto, m);
		return;
	}
	counter_inc(IPS_DELIVERED);
	trace_bsdnet_deliver(m->m_pkthdr.ph_ifidx, m->m_pkthdr.len);
	matched = raw_deliver(m, hlen, ns);
	pr = in_proto_input(ip->ip_p);
	if (likely(pr)) {
		INDIRECT_CALL_2(pr->pr_input, bsd_udp_input, bsd_icmp_input, m, hlen, ns);
		return;
	}
	if (matched) {
		m_freem(m);	/* the copies are what was wanted */
		return;
	}
	m_drop(NULL, IPS_NOPROTO);
	bsd_icmp_error(m, BSD_ICMP_UNREACH, BSD_ICMP_UNREACH_PROTOCOL, 0, ns);
}
