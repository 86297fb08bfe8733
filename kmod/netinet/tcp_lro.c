// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_lro.c - segments that follow each other become one before they are processed.
 *
 * Receive path: tcp_input.c (bsd_tcp_deliver()) -> here -> tcp_segment.c.
 *
 * Of a run of segments of one connection those that say nothing new but their data are
 * appended to the one before: one look at windows, timers and acknowledgments for all
 * of them. That happens behind the decision that they are for us; what is forwarded
 * keeps its segments. Devices may have merged before (pkthdr.ph_segs).
 *
 * Context: section, PCB locked.
 * Source: RFC 9293 3.8.6.3 (every second segment is acknowledged, merged or not).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/in.h>
#include <bsdnet/ip.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#define TCP_LRO_MIN	512	/* bytes; less is copied together in the receive buffer */

/* Headers of a packet that bsd_tcp_input() has checked. */
struct lro_seg {
	const struct ip		*ls_ip;
	const struct bsd_tcphdr	*ls_th;
	u32			 ls_hlen;	/* bytes of both */
	u32			 ls_len;	/* bytes of data */
};

static void lro_parse(const struct mbuf *m, struct lro_seg *ls)
{
	unsigned int iphlen;

	ls->ls_ip = mtod(m, const struct ip *);
	iphlen = ls->ls_ip->ip_hl << 2;
	ls->ls_th = (const void *)(m->m_data + iphlen);
	ls->ls_hlen = iphlen + (ls->ls_th->th_off >> 4 << 2);
	ls->ls_len = m->m_pkthdr.len - ls->ls_hlen;
}

/* Nothing but data and an acknowledgment, and enough of it? */
static bool lro_plain(const struct lro_seg *ls)
{
	return (ls->ls_th->th_flags & ~BSD_TH_PUSH) == BSD_TH_ACK && ls->ls_len >= TCP_LRO_MIN;
}

/* Does @ns follow @ls, which @done bytes have been appended to, and say the same? */
static bool lro_follows(const struct lro_seg *ls, const struct lro_seg *ns, u32 done)
{
	const struct bsd_tcphdr *th = ls->ls_th;

	return lro_plain(ns) && ns->ls_hlen == ls->ls_hlen &&
	       ntohl(ns->ls_th->th_seq) == ntohl(th->th_seq) + done &&
	       ns->ls_th->th_ack == th->th_ack && ns->ls_th->th_win == th->th_win &&
	       ns->ls_th->th_off == th->th_off && ns->ls_ip->ip_tos == ls->ls_ip->ip_tos &&
	       ns->ls_ip->ip_ttl == ls->ls_ip->ip_ttl &&
	       !memcmp(ns->ls_th + 1, th + 1, (th->th_off >> 4 << 2) - TCP_MINHDR);
}

/**
 * bsd_tcp_lro() - append to a segment what follows it
 * @m:	segment, headers in front and contiguous
 * @ml:	segments behind it, of the same connection; those that were appended are off
 * @rcv_nxt: nothing happens to a segment that begins elsewhere: out of order, or twice,
 *	each of them is kept or dropped by itself
 *
 * @m has the header of the first of them, which nobody asks for PSH, and their number
 * in pkthdr.ph_segs.
 *
 * Context: PCB locked.
 */
void bsd_tcp_lro(struct mbuf *m, struct mbuf_list *ml, u32 rcv_nxt)
{
	struct lro_seg first;
	struct lro_seg next;
	struct mbuf *tail = m;
	struct mbuf *n;
	u32 segs = 0;
	u32 len;

	lro_parse(m, &first);
	if (!lro_plain(&first) || ntohl(first.ls_th->th_seq) != rcv_nxt)
		return;
	len = first.ls_len;
	while ((n = ml->ml_head)) {
		lro_parse(n, &next);
		if (!lro_follows(&first, &next, len))
			break;
		ml_dequeue(ml);
		len += next.ls_len;
		segs += m_segs(n);
		m_adj(n, next.ls_hlen);
		while (tail->m_next)
			tail = tail->m_next;
		m_cat(tail, n);
	}
	if (!segs)
		return;
	m->m_pkthdr.len = first.ls_hlen + len;
	m->m_pkthdr.ph_segs = min_t(u32, m_segs(m) + segs, U16_MAX);
	counter_add(TS_RCVMERGED, segs);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_lro);
