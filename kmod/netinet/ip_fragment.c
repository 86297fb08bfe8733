// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_fragment.c - cut a datagram that is too long for a link.
 *
 * Send path: ip_output.c, ip_forward.c -> here -> if_output of the interface.
 * Context: in a section (bsd_ip_fragment() alone: any process context); no lock.
 * Source: RFC 791 3.2.
 *
 * No data is copied: the pieces behind the first are a new header in front of a
 * reference to their part of the original's storage. All pieces are made before
 * the first is sent, so that a datagram that can't arrive whole costs the network
 * nothing.
 */
#include "ip_priv.h"
#include <bsdnet/counters.h>
#include <linux/string.h>

/* A datagram being cut. On the stack. */
struct ip_cut {
	struct mbuf	*ic_m;		/* all of it */
	u32		 ic_hlen;	/* its header, bytes */
	u32		 ic_end;	/* ic_hlen + data, bytes */
	u16		 ic_off;	/* its own offset (8 bytes) and MF, host order */
	u8		 ic_hdr[IP_MAXHLEN];	/* header of the pieces behind the first */
	u32		 ic_hdrlen;	/* its bytes */
};

/* Header of the pieces behind the first: options by their copied flag. */
static void ip_cut_header(struct ip_cut *ic)
{
	const struct ip *ip = mtod(ic->ic_m, const struct ip *);
	struct ip *hdr = (struct ip *)ic->ic_hdr;

	memcpy(hdr, ip, IP_HLEN);
	ic->ic_hdrlen = IP_HLEN;
	if (ic->ic_hlen > IP_HLEN)
		ic->ic_hdrlen += bsd_ip_optcopy((const u8 *)(ip + 1), ic->ic_hlen - IP_HLEN,
						ic->ic_hdr + IP_HLEN);
	hdr->ip_hl = ic->ic_hdrlen >> 2;
}

/* Say in a piece's header which part it is, and sum it. */
static void ip_cut_finish(struct mbuf *m, u32 len, u16 off)
{
	struct ip *ip = mtod(m, struct ip *);

	ip->ip_len = htons(len);
	ip->ip_off = htons(off);
	ip->ip_sum = 0;
	ip->ip_sum = ip_hdr_cksum(ip);
	m->m_pkthdr.len = len;
	m->m_pkthdr.csum_flags = 0;
	m->m_flags |= M_FRAG;
}

/* The piece of @len data bytes that starts at @at of the datagram; NULL: no memory. */
static struct mbuf *ip_cut_piece(const struct ip_cut *ic, u32 at, u32 len)
{
	struct mbuf *m;
	u16 off;

	m = m_gethdr(M_DONTWAIT);
	if (!m)
		return NULL;
	if (m_dup_pkthdr(m, ic->ic_m, M_DONTWAIT))
		goto err_free;
	m->m_data += MAX_LINKHDR;
	memcpy(m->m_data, ic->ic_hdr, ic->ic_hdrlen);
	m->m_len = ic->ic_hdrlen;
	m->m_next = m_copym(ic->ic_m, at, len, M_DONTWAIT);
	if (!m->m_next)
		goto err_free;
	off = ic->ic_off + ((at - ic->ic_hlen) >> 3);
	if (at + len < ic->ic_end)
		off |= IP_OFF_MF;
	ip_cut_finish(m, ic->ic_hdrlen + len, off);
	return m;

err_free:
	m_freem(m);
	return NULL;
}

/**
 * bsd_ip_fragment() - cut a datagram into pieces that fit
 * @m:   packet, its header in front, contiguous, writable and complete; consumed
 * @ml:  empty; where the pieces go, in order
 * @mtu: bytes a piece may have, header included
 *
 * Checksums that are pending are computed first, because no device can fill them
 * in behind. A fragment can be cut again.
 *
 * Context: Process.
 * Return:  0; -EMSGSIZE if DF is set or @mtu has no room for data; -ENOBUFS. In
 *	    case of error @ml is empty and the reason counted.
 * Source:  RFC 791 3.2, "an example fragmentation procedure".
 */
int bsd_ip_fragment(struct mbuf *m, struct mbuf_list *ml, u32 mtu)
{
	struct ip_cut ic;
	struct mbuf *piece;
	u32 first;
	u32 most;
	u32 len;
	u32 at;

	m = in_proto_cksum_out(m, 0);
	if (!m)
		return -ENOBUFS;
	ic.ic_m = m;
	ic.ic_hlen = ip_hdrlen(mtod(m, struct ip *));
	ic.ic_end = m->m_pkthdr.len;
	ic.ic_off = ntohs(mtod(m, struct ip *)->ip_off);
	if ((ic.ic_off & IP_OFF_DF) || mtu < ic.ic_hlen + 8) {
		m_drop(m, IPS_CANTFRAG);
		return -EMSGSIZE;
	}
	ip_cut_header(&ic);
	first = (mtu - ic.ic_hlen) & ~7U;
	most = (mtu - ic.ic_hdrlen) & ~7U;

	ml_enqueue(ml, m);
	for (at = ic.ic_hlen + first; at < ic.ic_end; at += len) {
		len = min(most, ic.ic_end - at);
		piece = ip_cut_piece(&ic, at, len);
		if (!piece)
			goto err_purge;
		ml_enqueue(ml, piece);
	}
	if (ic.ic_end > ic.ic_hlen + first) {
		m_adj(m, -(int)(ic.ic_end - ic.ic_hlen - first));
		ip_cut_finish(m, ic.ic_hlen + first, ic.ic_off | IP_OFF_MF);
	}
	counter_inc(IPS_FRAGMENTED);
	counter_add(IPS_OFRAGMENTS, ml_len(ml));
	return 0;

err_purge:
	m_drop(NULL, IPS_ODROPPED);
	ml_purge(ml);
	return -ENOBUFS;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_ip_fragment);

/**
 * bsd_ip_fragment_output() - cut a datagram and send the pieces
 * @ifp: interface
 * @m:   packet, as for bsd_ip_fragment(); consumed
 * @mtu: bytes a piece may have
 * @rt:  route, or NULL
 * @ns:  section
 *
 * A piece that the interface refuses ends it: the rest would be of no use.
 *
 * Context: In a section.
 * Return:  0 or -errno of bsd_ip_fragment() or of the interface.
 */
int bsd_ip_fragment_output(struct ifnet *ifp, struct mbuf *m, u32 mtu, struct bsd_rtentry *rt,
			   struct netstack *ns)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	int error;

	error = bsd_ip_fragment(m, &ml, mtu);
	if (error)
		return error;
	while ((m = ml_dequeue(&ml))) {
		error = ip_ifoutput(ifp, m, rt, ns);
		if (error) {
			if (!ml_empty(&ml))
				m_drop(NULL, IPS_ODROPPED);
			ml_purge(&ml);
			return error;
		}
	}
	return 0;
}
