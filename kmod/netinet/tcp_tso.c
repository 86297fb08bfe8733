// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_tso.c - packets of several segments, and cutting them.
 *
 * Send path: ip_output.c, ip_forward.c -> here -> if_output of the interface.
 *
 * A packet with M_TCP_TSO stands for as many segments as its data needs of
 * pkthdr.ph_mss bytes. tcp_output.c makes such packets, devices that merge what they
 * receive do, and interfaces between two ends in this host hand them over whole. On its
 * way out an interface with IFCAP_TSO takes the packet as it is; for all others it is
 * cut here. What was merged when it came in is cut to what it was before, whatever the
 * MTU: the path behind may take no more. With an urgent pointer, whose distance is another
 * from each segment, it is never left to a device.
 *
 * Context: in a section; no lock.
 * Source: RFC 9293 3.1 (the fields that differ); RFC 3168 6.1.2 (CWR is said once).
 */
#include "ip_priv.h"
#include <bsdnet/in.h>
#include <bsdnet/tcp_var.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>

/* What any network carries (RFC 791 3.2); less would make one packet thousands. */
#define TCP_TSO_MINMSS	(IP_MINMTU - IP_HLEN - TCP_MINHDR)

/**
 * bsd_tcp_tso_check() - a packet that came in merged goes on: are its headers right?
 * @m: packet with M_TCP_TSO, its IP header checked and in front; consumed if NULL is
 *     returned
 *
 * Context: Any but hard interrupt.
 * Return:  packet with both headers contiguous and something to cut; NULL: dropped,
 *	    counted.
 */
struct mbuf *bsd_tcp_tso_check(struct mbuf *m)
{
	const struct ip *ip = mtod(m, const struct ip *);
	unsigned int hlen = ip_hdrlen(ip);
	unsigned int thlen;

	if (ip->ip_p != IPPROTO_TCP || ip_isfragment(ip) ||
	    m->m_pkthdr.ph_mss < TCP_TSO_MINMSS || m->m_pkthdr.len < hlen + TCP_MINHDR)
		goto bad;
	m = m_pullup(m, hlen + TCP_MINHDR);
	if (!m)
		goto nomem;
	thlen = ((const struct bsd_tcphdr *)(m->m_data + hlen))->th_off >> 4 << 2;
	if (thlen < TCP_MINHDR || m->m_pkthdr.len <= hlen + thlen)
		goto bad;
	m = m_pullup(m, hlen + thlen);
	if (m)
		return m;
nomem:
	counter_inc(TS_NOMEM);
	return NULL;
bad:
	m_drop(m, TS_BADTSO);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_tso_check);

/**
 * bsd_tcp_tso_len() - the longest packet that comes out when @m is cut
 * @m: packet with M_TCP_TSO, both headers contiguous
 *
 * Context: Any.
 * Return:  bytes, IP header included.
 */
u32 bsd_tcp_tso_len(const struct mbuf *m)
{
	unsigned int hlen = ip_hdrlen(mtod(m, const struct ip *));
	const struct bsd_tcphdr *th = (const void *)(m->m_data + hlen);

	return min_t(u32, m->m_pkthdr.len, hlen + (th->th_off >> 4 << 2) + m->m_pkthdr.ph_mss);
}

/* Headers of @m in front of @len bytes at @off of the chain @data; NULL: no memory. */
static struct mbuf *tso_piece(struct mbuf *m, u32 hlen, struct mbuf *data, u32 off, u32 len)
{
	struct mbuf *n = m_gethdr(M_DONTWAIT);

	if (unlikely(!n))
		return NULL;
	if (unlikely(m_dup_pkthdr(n, m, M_DONTWAIT)))
		goto err_free;
	n->m_data += ALIGN_DOWN(MHLEN - hlen, 4);
	memcpy(n->m_data, m->m_data, hlen);
	n->m_len = hlen;
	n->m_next = m_copym(data, off, len, M_DONTWAIT);
	if (unlikely(!n->m_next))
		goto err_free;
	n->m_pkthdr.len = hlen + len;
	n->m_pkthdr.ph_mss = 0;
	n->m_pkthdr.ph_segs = 0;
	n->m_pkthdr.csum_flags &= ~(M_TCP_TSO | M_IPV4_CSUM_OUT);
	n->m_pkthdr.csum_flags |= M_TCP_CSUM_OUT;
	return n;

err_free:
	m_freem(n);
	return NULL;
}

/* What differs in the headers of a piece: data from @done on; @last: to the end. */
static void tso_headers(struct mbuf *n, u32 hlen, u32 done, u16 number, bool last)
{
	struct ip *ip = mtod(n, struct ip *);
	struct bsd_tcphdr *th = (struct bsd_tcphdr *)(n->m_data + hlen);

	ip->ip_len = htons(n->m_pkthdr.len);
	ip->ip_id = htons(ntohs(ip->ip_id) + number);
	ip->ip_sum = 0;
	ip->ip_sum = ip_hdr_cksum(ip);
	th->th_seq = htonl(ntohl(th->th_seq) + done);
	if (!last)
		th->th_flags &= ~(BSD_TH_FIN | BSD_TH_PUSH);
	if (done)
		th->th_flags &= ~BSD_TH_CWR;
	if (unlikely(th->th_flags & BSD_TH_URG)) {
		if (ntohs(th->th_urp) > done)
			th->th_urp = htons(ntohs(th->th_urp) - done);
		else
			th->th_flags &= ~BSD_TH_URG;
	}
	th->th_sum = (__force __sum16)in4_pseudo(IPPROTO_TCP, ip->ip_src, ip->ip_dst,
						 n->m_pkthdr.len - hlen);
}

/**
 * bsd_tcp_chop() - cut a packet into its segments
 * @m:	packet with M_TCP_TSO and data, both headers contiguous; consumed
 * @ml: empty; where the segments go, in order, their checksums pending
 *
 * Data is shared, not copied.
 *
 * Context: Any but hard interrupt.
 * Return:  0; -ENOBUFS, and then @ml is empty and the packet counted as dropped.
 */
int bsd_tcp_chop(struct mbuf *m, struct mbuf_list *ml)
{
	unsigned int iphlen = ip_hdrlen(mtod(m, const struct ip *));
	const struct bsd_tcphdr *th = (const void *)(m->m_data + iphlen);
	u32 hlen = iphlen + (th->th_off >> 4 << 2);
	u32 total = m->m_pkthdr.len - hlen;
	u32 mss = m->m_pkthdr.ph_mss;
	struct mbuf *data = m;
	struct mbuf *n;
	u16 number = 0;
	u32 off = hlen;
	u32 done;
	u32 len;

	for (done = 0; done < total; done += len) {
		len = min(mss, total - done);
		data = m_getptr(data, off, &off);
		n = data ? tso_piece(m, hlen, data, off, len) : NULL;
		if (unlikely(!n))
			goto err_purge;
		tso_headers(n, iphlen, done, number++, done + len == total);
		ml_enqueue(ml, n);
		off += len;
	}
	counter_add(TS_SWTSO, number);
	m_freem(m);
	return 0;

err_purge:
	ml_purge(ml);
	m_drop(m, TS_SNDNOMEM);
	return -ENOBUFS;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_chop);

/* Is there an urgent pointer in @m, both headers contiguous? */
static bool tso_isurgent(const struct mbuf *m)
{
	unsigned int hlen = ip_hdrlen(mtod(m, const struct ip *));
	const struct bsd_tcphdr *th = (const void *)(m->m_data + hlen);

	return th->th_flags & BSD_TH_URG;
}

/* The device cuts it; of the checksums only those of the segments are pending. */
static int tso_device(struct ifnet *ifp, struct mbuf *m, struct bsd_rtentry *rt,
		      struct netstack *ns)
{
	counter_inc(TS_HWTSO);
	m->m_pkthdr.csum_flags |= M_TCP_CSUM_OUT;
	m = in_proto_cksum_out(m, ifp->if_capabilities | IFCAP_CSUM_TCP4);
	if (unlikely(!m))
		return -ENOBUFS;
	return ip_ifoutput(ifp, m, rt, ns);
}

/**
 * bsd_tcp_tso_output() - send a packet of several segments
 * @ifp: interface
 * @m:	 packet with M_TCP_TSO, both headers contiguous, the IP header complete; consumed
 * @mtu: bytes a segment may have; if that is too few, DF is not set
 * @rt:	 route, or NULL
 * @ns:	 section
 *
 * A segment that the interface refuses ends it.
 *
 * Context: In a section.
 * Return:  0 or -errno, counted.
 */
int bsd_tcp_tso_output(struct ifnet *ifp, struct mbuf *m, u32 mtu, struct bsd_rtentry *rt,
		       struct netstack *ns)
{
	u32 caps = ifp->if_capabilities;
	struct mbuf_list ml = MBUF_LIST_INIT;
	int error;

	if (caps & IFCAP_TSO && bsd_tcp_tso_len(m) <= mtu) {
		if (caps & IFCAP_NOCSUM)
			return ip_ifoutput(ifp, m, rt, ns);
		if (READ_ONCE(bsd_tcp_tso) == TCP_TSO_DEVICE && !tso_isurgent(m))
			return tso_device(ifp, m, rt, ns);
	}
	error = bsd_tcp_chop(m, &ml);
	while (!error && (m = ml_dequeue(&ml)))
		error = ip_send(ifp, m, mtu, rt, ns);
	if (!ml_empty(&ml)) {
		counter_add(IPS_ODROPPED, ml_len(&ml));
		ml_purge(&ml);
	}
	return error;
}
