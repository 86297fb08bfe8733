// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * icmp_error.c - tell a sender that its packet could not go on.
 *
 * From ip_forward.c, ip_deliver.c, ip_options.c, ip_reass.c, udp_input.c -> here
 * -> ip_icmp.c (send).
 * Context: in a section. icmp_limit_lock is a leaf, held for some instructions.
 * Source: RFC 792, RFC 1122 3.2.2 (when not), RFC 1812 4.3.2 (length, TOS, source
 * address, rate limit), RFC 1191 4 (next-hop MTU).
 */
#include "ip_priv.h"
#include <bsdnet/counters.h>
#include <bsdnet/icmp.h>
#include <bsdnet/in_var.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/spinlock.h>

unsigned int bsd_icmp_errppslimit __read_mostly = 100;
EXPORT_SYMBOL_IF_KUNIT(bsd_icmp_errppslimit);

/* Token bucket of all errors. An error costs NSEC_PER_SEC; a second of them fits. */
static DEFINE_SPINLOCK(icmp_limit_lock);	/* leaf */
static u64 icmp_limit_credit;			/* [icmp_limit_lock] */
static u64 icmp_limit_last;			/* [icmp_limit_lock] ns */

/**
 * icmp_ratelimit() - may one more error be sent?
 * @now: monotonic time, ns
 *
 * What an error costs is random, one on average: who counts the errors that he
 * gets from a limit that all share could otherwise tell how many others got (and
 * with that which ports are open to somebody else's address).
 *
 * Context: Process. Takes and releases icmp_limit_lock.
 * Return:  true if it may be sent; it is accounted then.
 * Source:  RFC 1812 4.3.2.8.
 */
VISIBLE_IF_KUNIT bool icmp_ratelimit(u64 now)
{
	u64 limit = READ_ONCE(bsd_icmp_errppslimit);
	u64 elapsed;
	u64 cost;
	bool pass;

	if (!limit)
		return true;
	cost = (get_random_u32() % 3) * (u64)NSEC_PER_SEC;
	spin_lock(&icmp_limit_lock);
	elapsed = now > icmp_limit_last ? now - icmp_limit_last : 0;
	icmp_limit_last = now;
	icmp_limit_credit += min_t(u64, elapsed, NSEC_PER_SEC) * limit;
	icmp_limit_credit = min_t(u64, icmp_limit_credit, limit * NSEC_PER_SEC);
	pass = icmp_limit_credit >= NSEC_PER_SEC;
	if (pass)
		icmp_limit_credit -= min(cost, icmp_limit_credit);
	spin_unlock(&icmp_limit_lock);
	return pass;
}
EXPORT_SYMBOL_IF_KUNIT(icmp_ratelimit);

/**
 * icmp_may_answer() - is a packet one that errors are sent about?
 * @m: packet, IP header in front and contiguous
 *
 * Not about errors (or what we cannot tell from one), fragments behind the first,
 * broadcasts, multicasts, and sources that are nobody in particular.
 *
 * Context: Any.
 * Return:  true if an error may be sent.
 * Source:  RFC 1122 3.2.2, RFC 1812 4.3.2.7.
 */
VISIBLE_IF_KUNIT bool icmp_may_answer(const struct mbuf *m)
{
	const struct ip *ip = mtod(m, const struct ip *);
	u8 type;

	if (m->m_flags & (M_BCAST | M_MCAST | M_ICMPERR))
		return false;
	if (ip->ip_off & htons(IP_OFF_MASK))
		return false;
	if (ip_unusual(ip->ip_src) && !in_loopback(ip->ip_src))
		return false;
	if (ntohl(ip->ip_dst) >= 0xe0000000)
		return false;
	if (ip->ip_p != IPPROTO_ICMP)
		return true;
	if (m_copydata(m, ip_hdrlen(ip), sizeof(type), &type))
		return false;
	switch (type) {
	case BSD_ICMP_ECHOREPLY:
	case BSD_ICMP_ECHO:
	case BSD_ICMP_TSTAMP:
	case BSD_ICMP_TSTAMPREPLY:
	case BSD_ICMP_MASKREQ:
		return true;
	default:
		return false;
	}
}
EXPORT_SYMBOL_IF_KUNIT(icmp_may_answer);

/**
 * icmp_quote() - make an error message
 * @m:    packet it is about, IP header in front; stays the caller's
 * @type: BSD_ICMP_*
 * @code: of the type
 * @arg:  as for bsd_icmp_error()
 *
 * Context: Process.
 * Return:  room for an IP header, the error, and as much of @m as makes at most
 *	    576 bytes together; NULL without memory.
 * Source:  RFC 1812 4.3.2.3.
 */
VISIBLE_IF_KUNIT struct mbuf *icmp_quote(const struct mbuf *m, u8 type, u8 code, u32 arg)
{
	u32 len = min_t(u32, m->m_pkthdr.len, ICMP_QUOTE_MAX);
	struct icmp *icp;
	struct mbuf *n;

	n = m_getcl(M_DONTWAIT, MCLBYTES);
	if (!n)
		return NULL;
	n->m_data += MAX_LINKHDR;
	n->m_len = IP_HLEN + ICMP_MINLEN + len;
	n->m_pkthdr.len = n->m_len;
	icp = (struct icmp *)(n->m_data + IP_HLEN);
	icp->icmp_type = type;
	icp->icmp_code = code;
	icp->icmp_cksum = 0;
	icp->ih_void = 0;
	if (type == BSD_ICMP_REDIRECT)
		icp->ih_gwaddr = (__force __be32)arg;
	else if (type == BSD_ICMP_PARAMPROB)
		icp->ih_pptr = arg;
	else if (type == BSD_ICMP_UNREACH && code == BSD_ICMP_UNREACH_NEEDFRAG)
		icp->ih_pmtu.ipm_nextmtu = htons(min_t(u32, arg, IP_MAXPACKET));
	if (m_copydata(m, 0, len, n->m_data + IP_HLEN + ICMP_MINLEN)) {
		m_freem(n);
		return NULL;
	}
	icp->icmp_cksum = (__force __sum16)in_cksum_buf(icp, ICMP_MINLEN + len);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(icmp_quote);

/*
 * Who speaks: the address that the packet was for, if it is ours, else one of the
 * interface it came in on (RFC 1812 4.3.2.4); 0 leaves it to the route back.
 */
static __be32 icmp_error_source(const struct mbuf *m)
{
	const struct ip *ip = mtod(m, const struct ip *);
	const struct bsd_in_ifaddr *ia;
	struct ifnet *ifp;

	if (in_ours(ip->ip_dst, m->m_pkthdr.ph_rtableid))
		return ip->ip_dst;
	ifp = if_lookup(m->m_pkthdr.ph_ifidx);
	ia = ifp ? in_ifaddr_for(ifp, ip->ip_src) : NULL;
	return ia ? ia->ia_addr.sin_addr.s_addr : 0;
}

/**
 * bsd_icmp_error() - send an error about a packet
 * @m:    the packet, as it came: IP header in front and contiguous; consumed
 * @type: BSD_ICMP_UNREACH, _REDIRECT, _TIMXCEED or _PARAMPROB
 * @code: of the type
 * @arg:  next-hop MTU (needs fragmentation), offset of the wrong byte (parameter
 *	  problem), gateway in network order (redirect)
 * @ns:   section
 *
 * Whether an error may be sent at all is decided here, so callers just ask.
 *
 * Context: In a section, no spinlock held.
 * Source:  RFC 792, RFC 1122 3.2.2, RFC 1812 4.3.2.
 */
void bsd_icmp_error(struct mbuf *m, u8 type, u8 code, u32 arg, struct netstack *ns)
{
	struct mbuf *n;
	struct ip *ip;

	counter_inc(ICPS_ERROR);
	if (!icmp_may_answer(m)) {
		m_drop(m, ICPS_OLDICMP);
		return;
	}
	if (!icmp_ratelimit(ktime_get_ns())) {
		m_drop(m, ICPS_RATELIMIT);
		return;
	}
	n = icmp_quote(m, type, code, arg);
	if (!n) {
		m_drop(m, ICPS_NOMEM);
		return;
	}
	ip = mtod(n, struct ip *);
	ip->ip_hl = IP_HLEN >> 2;
	ip->ip_tos = IPTOS_PREC_INTERNETCONTROL;	/* RFC 1812 4.3.2.5 */
	ip->ip_src = icmp_error_source(m);
	ip->ip_dst = mtod(m, struct ip *)->ip_src;
	n->m_flags |= M_ICMPERR | (m->m_flags & M_FLOWID);
	n->m_pkthdr.ph_rtableid = m->m_pkthdr.ph_rtableid;
	n->m_pkthdr.ph_flowid = m->m_pkthdr.ph_flowid;
	n->m_pkthdr.ph_loopcnt = m->m_pkthdr.ph_loopcnt;
	m_freem(m);
	bsd_icmp_send(n, 0, ns);
}
