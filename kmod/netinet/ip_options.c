// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_options.c - IPv4 options of packets that are received or forwarded.
 *
 * Receive path: ip_input.c (ours), ip_forward.c -> here -> back. Send path:
 * ip_fragment.c asks which options go into every fragment.
 * Context: in a section; no lock.
 * Source: RFC 791 3.1, RFC 1122 3.2.1.8, RFC 1812 4.2.2.1 and 5.2.4, RFC 7126
 * (source routes are refused: dropped without an answer, counted).
 *
 * Record route and timestamp are filled in; options that we do not know, router
 * alert and security among them, pass unchanged (RFC 1812 5.2.4.1). What breaks
 * the rules of its own format is answered with parameter problem, the pointer
 * at the byte that is wrong.
 */
#include "ip_priv.h"
#include <bsdnet/counters.h>
#include <bsdnet/icmp.h>
#include <bsdnet/in_var.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#define IPOPT_COPIED	0x80	/* type: goes into every fragment */

#define IPOPT_OLEN	1	/* offset of the length */
#define IPOPT_OPTR	2	/* of record route's and timestamp's pointer */
#define IPOPT_OFLG	3	/* of timestamp's overflow count and flags */
#define IPOPT_MINPTR	4	/* smallest pointer of record route */
#define IPOPT_TS_MINPTR	5	/* of timestamp */

#define IPOPT_TS_TSONLY		0
#define IPOPT_TS_TSANDADDR	1
#define IPOPT_TS_PRESPEC	3

/* Milliseconds since midnight UT (RFC 791 3.1, timestamp). */
static u32 iptime(void)
{
	struct timespec64 ts;

	ktime_get_real_ts64(&ts);
	return (u32)(ts.tv_sec % 86400) * 1000 + ts.tv_nsec / NSEC_PER_MSEC;
}

/* Record route at offset @off, @len bytes: our address into the next free slot. */
static enum ip_optresult ip_opt_rr(struct ip_optwalk *iow, unsigned int off, unsigned int len)
{
	u8 *opt = iow->iow_hdr + off;
	unsigned int ptr;

	if (len <= IPOPT_OPTR) {
		iow->iow_bad = off + IPOPT_OLEN;
		return IPOPT_BAD;
	}
	ptr = opt[IPOPT_OPTR];
	if (ptr < IPOPT_MINPTR) {
		iow->iow_bad = off + IPOPT_OPTR;
		return IPOPT_BAD;
	}
	if (ptr > len)		/* full */
		return IPOPT_FINE;
	if (ptr - 1 + sizeof(__be32) > len) {	/* room, but not enough: in error */
		iow->iow_bad = off + IPOPT_OPTR;
		return IPOPT_BAD;
	}
	memcpy(opt + ptr - 1, &iow->iow_addr, sizeof(__be32));
	opt[IPOPT_OPTR] = ptr + sizeof(__be32);
	return IPOPT_CHANGED;
}

/* No room for a timestamp: count us among those that had none. */
static enum ip_optresult ip_opt_ts_overflow(struct ip_optwalk *iow, unsigned int off)
{
	u8 *opt = iow->iow_hdr + off;

	if (opt[IPOPT_OFLG] >> 4 == 15) {
		iow->iow_bad = off + IPOPT_OFLG;
		return IPOPT_BAD;
	}
	opt[IPOPT_OFLG] += 0x10;
	return IPOPT_CHANGED;
}

/* Timestamp at offset @off, @len bytes. */
static enum ip_optresult ip_opt_ts(struct ip_optwalk *iow, unsigned int off, unsigned int len)
{
	u8 *opt = iow->iow_hdr + off;
	unsigned int need = sizeof(__be32);
	unsigned int flags;
	unsigned int ptr;
	__be32 stamp;
	__be32 addr;

	if (len <= IPOPT_OFLG || len > IP_OPTMAX) {
		iow->iow_bad = off + IPOPT_OLEN;
		return IPOPT_BAD;
	}
	ptr = opt[IPOPT_OPTR];
	flags = opt[IPOPT_OFLG] & 0x0f;
	if (ptr < IPOPT_TS_MINPTR) {
		iow->iow_bad = off + IPOPT_OPTR;
		return IPOPT_BAD;
	}
	if (flags != IPOPT_TS_TSONLY && flags != IPOPT_TS_TSANDADDR && flags != IPOPT_TS_PRESPEC) {
		iow->iow_bad = off + IPOPT_OFLG;
		return IPOPT_BAD;
	}
	if (ptr > len)
		return ip_opt_ts_overflow(iow, off);
	if (flags != IPOPT_TS_TSONLY)
		need += sizeof(__be32);
	if (ptr - 1 + need > len) {
		iow->iow_bad = off + IPOPT_OPTR;
		return IPOPT_BAD;
	}
	if (flags == IPOPT_TS_TSANDADDR) {
		memcpy(opt + ptr - 1, &iow->iow_addr, sizeof(__be32));
	} else if (flags == IPOPT_TS_PRESPEC) {
		memcpy(&addr, opt + ptr - 1, sizeof(addr));
		if (!in_ours(addr, iow->iow_tableid))
			return IPOPT_FINE;	/* the next stamp is another's */
	}
	stamp = htonl(iptime());
	memcpy(opt + ptr - 1 + need - sizeof(stamp), &stamp, sizeof(stamp));
	opt[IPOPT_OPTR] = ptr + need;
	return IPOPT_CHANGED;
}

/* All options of a header, in order. */
VISIBLE_IF_KUNIT enum ip_optresult ip_opt_walk(struct ip_optwalk *iow)
{
	enum ip_optresult all = IPOPT_FINE;
	enum ip_optresult one;
	unsigned int off = IP_HLEN;
	unsigned int len;
	u8 type;

	for (; off < iow->iow_hlen; off += len) {
		type = iow->iow_hdr[off];
		if (type == BSD_IPOPT_EOL)
			break;
		if (type == BSD_IPOPT_NOP) {
			len = 1;
			continue;
		}
		iow->iow_bad = off + IPOPT_OLEN;
		if (off + IPOPT_OLEN >= iow->iow_hlen) {
			iow->iow_bad = off;
			return IPOPT_BAD;
		}
		len = iow->iow_hdr[off + IPOPT_OLEN];
		if (len <= IPOPT_OLEN || off + len > iow->iow_hlen)
			return IPOPT_BAD;

		one = IPOPT_FINE;
		if (type == BSD_IPOPT_RR)
			one = ip_opt_rr(iow, off, len);
		else if (type == BSD_IPOPT_TS)
			one = ip_opt_ts(iow, off, len);
		else if (type == BSD_IPOPT_LSRR || type == BSD_IPOPT_SSRR)
			one = IPOPT_SRCROUTE;
		if (one > IPOPT_CHANGED)
			return one;
		if (one == IPOPT_CHANGED)
			all = IPOPT_CHANGED;
	}
	return all;
}
EXPORT_SYMBOL_IF_KUNIT(ip_opt_walk);

/**
 * bsd_ip_dooptions() - process the options of a packet
 * @mp:   packet with a header longer than 20 bytes, contiguous; may be replaced
 * @ifp:  if @ours the interface it came in on, else the one it will leave by
 * @ours: it is for this host
 * @ns:   section
 *
 * Records are made with the address that the packet was sent to, if that is ours,
 * else with one of @ifp.
 *
 * Context: In a section.
 * Return:  true: *@mp goes on, its header is writable and its sum is right;
 *	    false: it was consumed, answered or dropped (*@mp is NULL).
 * Source:  RFC 791 3.1, RFC 1812 5.2.4.
 */
bool bsd_ip_dooptions(struct mbuf **mp, struct ifnet *ifp, bool ours, struct netstack *ns)
{
	const struct bsd_in_ifaddr *ia;
	struct ip_optwalk iow = { };
	struct mbuf *m = *mp;
	struct ip *ip;

	*mp = NULL;
	m = m_makewritable(m, ip_hdrlen(mtod(m, struct ip *)));
	if (!m) {
		m_drop(NULL, IPS_ODROPPED);
		return false;
	}
	ip = mtod(m, struct ip *);
	iow.iow_hdr = (u8 *)ip;
	iow.iow_hlen = ip_hdrlen(ip);
	iow.iow_tableid = m->m_pkthdr.ph_rtableid;
	if (ours && !(m->m_flags & (M_BCAST | M_MCAST))) {
		iow.iow_addr = ip->ip_dst;
	} else {
		ia = in_ifaddr_for(ifp, ip->ip_dst);
		if (ia)
			iow.iow_addr = ia->ia_addr.sin_addr.s_addr;
	}

	switch (ip_opt_walk(&iow)) {
	case IPOPT_FINE:
		break;
	case IPOPT_CHANGED:
		if (!(m->m_pkthdr.csum_flags & M_IPV4_CSUM_OUT)) {
			ip->ip_sum = 0;
			ip->ip_sum = ip_hdr_cksum(ip);
		}
		break;
	case IPOPT_SRCROUTE:
		m_drop(m, IPS_SRCROUTE);
		return false;
	case IPOPT_BAD:
		m_drop(NULL, IPS_BADOPTIONS);
		bsd_icmp_error(m, BSD_ICMP_PARAMPROB, 0, iow.iow_bad, ns);
		return false;
	}
	*mp = m;
	return true;
}

/**
 * bsd_ip_stripoptions() - take the options out of a header
 * @m: packet, header contiguous and writable, as bsd_ip_dooptions() leaves it
 *
 * Context: Any.
 */
void bsd_ip_stripoptions(struct mbuf *m)
{
	struct ip *ip = mtod(m, struct ip *);
	unsigned int optlen = ip_hdrlen(ip) - IP_HLEN;

	ip->ip_hl = IP_HLEN >> 2;
	ip->ip_len = htons(ntohs(ip->ip_len) - optlen);
	memmove(m->m_data + optlen, ip, IP_HLEN);
	m_adj(m, optlen);
	ip = mtod(m, struct ip *);
	ip->ip_sum = 0;
	ip->ip_sum = ip_hdr_cksum(ip);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_ip_stripoptions);

/**
 * bsd_ip_optcopy() - options for the fragments behind the first
 * @from: options of the datagram, well-formed or not
 * @len:  their bytes
 * @to:   room for @len bytes
 *
 * Context: Any.
 * Return:  bytes at @to: those options whose type says so, padded with end of
 *	    options to a multiple of four.
 * Source:  RFC 791 3.1 (copied flag).
 */
unsigned int bsd_ip_optcopy(const u8 *from, unsigned int len, u8 *to)
{
	unsigned int out = 0;
	unsigned int off;
	unsigned int optlen;

	for (off = 0; off < len; off += optlen) {
		if (from[off] == BSD_IPOPT_EOL)
			break;
		if (from[off] == BSD_IPOPT_NOP) {
			optlen = 1;	/* padding is made afresh */
			continue;
		}
		if (off + IPOPT_OLEN >= len)
			break;
		optlen = from[off + IPOPT_OLEN];
		if (optlen <= IPOPT_OLEN || off + optlen > len)
			break;
		if (from[off] & IPOPT_COPIED) {
			memcpy(to + out, from + off, optlen);
			out += optlen;
		}
	}
	while (out & 3)
		to[out++] = BSD_IPOPT_EOL;
	return out;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_ip_optcopy);
