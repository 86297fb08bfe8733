// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_pcb_filter.c - packets that a socket does not want: too few hops left
 * (IP_MINTTL), or refused by its filter program (SO_ATTACH_FILTER).
 *
 * Receive path: udp_input.c and raw_usrreq.c, before they append to the socket's
 * buffer, come here only if the socket has one of the two.
 *
 * Context: section, inp_mtx held (or the mode needs none).
 * Source: RFC 5082 (the TTL as proof that the sender is near).
 */
#include <bsdnet/in_pcb.h>
#include <bsdnet/ip.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/socketvar.h>

/* Why @m may not stay, 0 if it may; cut as the program says. */
static unsigned int filter_reason(struct inpcb *inp, struct mbuf *m, bool udp)
{
	const struct ip *ip = m->m_pkthdr.ph_cookie;
	unsigned int hlen = ip->ip_hl << 2;
	int keep;

	if (ip->ip_ttl < READ_ONCE(inp->inp_minttl))
		return PCBS_MINTTL;
	if (!(READ_ONCE(inp->inp_socket->so_options) & BSD_SO_FILTER))
		return 0;
	keep = sosk_filter(inp->inp_socket, m, ip, udp ? hlen : 0);
	if (keep < 0)
		return keep == -ENOMEM ? PCBS_FILTERNOMEM : PCBS_FILTER;
	if (keep < m->m_pkthdr.len)
		m_adj(m, keep - (int)m->m_pkthdr.len);
	return 0;
}

/**
 * in_pcb_filter() - drop what a socket does not want
 * @inp: PCB, locked, for which in_pcb_filters() is true
 * @ml:  records, ph_cookie at their IP headers; what is refused is taken out
 * @udp: data begins behind the UDP header, which the program sees too; else at the
 *	 IP header
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 */
void in_pcb_filter(struct inpcb *inp, struct mbuf_list *ml, bool udp)
{
	struct mbuf_list all = *ml;
	unsigned int reason;
	struct mbuf *m;

	ml_init(ml);
	while ((m = ml_dequeue(&all))) {
		reason = filter_reason(inp, m, udp);
		if (reason)
			m_drop(m, reason);
		else
			ml_enqueue(ml, m);
	}
}
