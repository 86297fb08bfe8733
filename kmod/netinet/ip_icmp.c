// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_icmp.c - ICMP messages that come in, and the answers to them.
 *
 * Receive path: ip_deliver.c -> here -> ip_output.c (replies), pr_ctlinput of the
 * protocol that sent what an error quotes, route.c (path MTU, redirects).
 * Raw sockets got their copies in ip_deliver.c.
 * Context: in a section; no lock.
 * Source: RFC 792, RFC 1122 3.2.2, RFC 1191 (path MTU), RFC 5927 (attacks by
 * ICMP), RFC 6633 (source quench is dead).
 */
#include <bsdnet/icmp.h>
#include "ip_priv.h"
#include <bsdnet/in_var.h>
#include <bsdnet/protosw.h>
#include <bsdnet/sysfs.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/timekeeping.h>

/*
 * Smallest path MTU that is believed. Every link of the Internet carries more; a
 * forged message must not make us send everything in crumbs (RFC 5927 7).
 */
#define ICMP_PMTU_MIN	552

static unsigned int icmp_bmcastecho __read_mostly;
static unsigned int icmp_tstamprepl __read_mostly = 1;
static unsigned int icmp_rediraccept __read_mostly;

static const struct counter_desc icmp_counter_descs[] = {
	[COUNTER_INDEX(ICPS_TOTAL)] = { "total", "messages received" },
	[COUNTER_INDEX(ICPS_TOOSHORT)] = { "tooshort", "messages < minimum length" },
	[COUNTER_INDEX(ICPS_BADSUM)] = { "badsum", "bad checksums" },
	[COUNTER_INDEX(ICPS_BADLEN)] = { "badlen", "messages with bad length" },
	[COUNTER_INDEX(ICPS_BADTYPE)] = { "badtype", "messages of a type nobody handles" },
	[COUNTER_INDEX(ICPS_BMCAST)] = { "bmcast", "broadcast or multicast requests ignored" },
	[COUNTER_INDEX(ICPS_ECHO)] = { "echo", "echo requests answered" },
	[COUNTER_INDEX(ICPS_TSTAMP)] = { "tstamp", "timestamp requests answered" },
	[COUNTER_INDEX(ICPS_ERRIN)] = { "errin", "errors passed to sockets" },
	[COUNTER_INDEX(ICPS_ERRNOPCB)] = { "errnopcb", "errors about packets that no socket sent" },
	[COUNTER_INDEX(ICPS_PMTU)] = { "pmtu", "path MTUs lowered" },
	[COUNTER_INDEX(ICPS_PMTUBAD)] = { "pmtubad", "path MTUs not believed" },
	[COUNTER_INDEX(ICPS_REDIRECT)] = { "redirect", "redirects taken" },
	[COUNTER_INDEX(ICPS_BADREDIRECT)] = { "badredirect", "redirects refused" },
	[COUNTER_INDEX(ICPS_ERROR)] = { "error", "calls to icmp_error" },
	[COUNTER_INDEX(ICPS_OLDICMP)] = {
		"oldicmp", "errors not generated: about icmp error, fragment or broadcast"
	},
	[COUNTER_INDEX(ICPS_RATELIMIT)] = {
		"ratelimit", "errors not generated because of rate limitation"
	},
	[COUNTER_INDEX(ICPS_NOMEM)] = { "nomem", "messages not generated for lack of memory" },
	[COUNTER_INDEX(ICPS_OUT)] = { "out", "messages sent" },
};

static_assert(ARRAY_SIZE(icmp_counter_descs) == COUNTER_INDEX(ICPS_END));

static const struct knob icmp_knobs[] = {
	KNOB_UINT("icmp/bmcastecho", &icmp_bmcastecho, 0, 1),
	KNOB_UINT("icmp/tstamprepl", &icmp_tstamprepl, 0, 1),
	KNOB_UINT("icmp/rediraccept", &icmp_rediraccept, 0, 1),
	KNOB_UINT("icmp/errppslimit", &bsd_icmp_errppslimit, 0, 1000000),
};

/* What a destination unreachable of each code means to a socket. */
static const struct {
	int	errno;
	bool	hard;
} icmp_unreach_errors[] = {
	{ ENETUNREACH, false },		/* net */
	{ EHOSTUNREACH, false },	/* host */
	{ ENOPROTOOPT, true },		/* protocol */
	{ ECONNREFUSED, true },		/* port */
	{ EMSGSIZE, false },		/* needs fragmentation */
	{ EOPNOTSUPP, false },		/* source route failed */
	{ ENETUNREACH, true },		/* net unknown */
	{ EHOSTDOWN, true },		/* host unknown */
	{ ENONET, true },		/* isolated */
	{ ENETUNREACH, true },		/* net prohibited */
	{ EHOSTUNREACH, true },		/* host prohibited */
	{ ENETUNREACH, false },		/* net, for this TOS */
	{ EHOSTUNREACH, false },	/* host, for this TOS */
	{ EHOSTUNREACH, true },		/* administratively filtered */
	{ EHOSTUNREACH, true },		/* host precedence */
	{ EHOSTUNREACH, true },		/* precedence cutoff */
};

/* RFC 1191 7.1: what to try when a router did not say which MTU it has. */
static const u16 icmp_plateaus[] = {
	32000, 17914, 8166, 4352, 2002, 1492, 1006, ICMP_PMTU_MIN,
};

/**
 * bsd_icmp_send() - send a message
 * @m:	      IP header in front with addresses, TOS and header length (options are
 *	      sent as they are); ICMP checksum done; consumed
 * @outflags: IPOUT_*
 * @ns:	      section
 *
 * Context: In a section.
 */
void bsd_icmp_send(struct mbuf *m, u8 outflags, struct netstack *ns)
{
	struct ip *ip = mtod(m, struct ip *);
	struct ip_outarg arg = { };
	struct route ro = { };

	ip->ip_ttl = READ_ONCE(bsd_ip_defttl);
	ip->ip_p = IPPROTO_ICMP;
	if (ip_hdrlen(ip) > IP_HLEN) {
		ip->ip_v = IPVERSION;
		ip->ip_id = 0;
		ip->ip_off = 0;
		outflags |= IPOUT_RAWHDR;
	}
	arg.io_ro = bsd_ip_rtcache(ip->ip_dst, &ro, ns);
	arg.io_flags = outflags;
	counter_inc(ICPS_OUT);
	bsd_ip_output(m, &arg, ns);	/* counts what goes wrong */
}

/*
 * Send @m back where it came from. Its ICMP part is done already, but for
 * the checksum if that is zero. The header may have options, which stay
 * (RFC 1122 3.2.2.6).
 */
static void icmp_reflect(struct mbuf *m, struct netstack *ns)
{
	struct ip *ip = mtod(m, struct ip *);
	const struct bsd_in_ifaddr *ia;
	struct ifnet *ifp;
	__be32 src = ip->ip_dst;

	if (m->m_flags & (M_BCAST | M_MCAST)) {
		ifp = if_lookup(m->m_pkthdr.ph_ifidx);
		ia = ifp ? in_ifaddr_for(ifp, ip->ip_src) : NULL;
		src = ia ? ia->ia_addr.sin_addr.s_addr : 0;
	}
	ip->ip_dst = ip->ip_src;
	ip->ip_src = src;
	ip_turnaround(m);
	bsd_icmp_send(m, 0, ns);
}

/*
 * May a request be answered? Those to everybody only if @bmcast says so, and none
 * from nobody. Makes the first @len bytes writable. Consumes @m if not.
 */
static struct mbuf *icmp_request(struct mbuf *m, unsigned int len, bool bmcast)
{
	if (((m->m_flags & (M_BCAST | M_MCAST)) && !bmcast) || !mtod(m, struct ip *)->ip_src) {
		m_drop(m, ICPS_BMCAST);
		return NULL;
	}
	m = m_makewritable(m, len);
	if (!m)
		m_drop(NULL, ICPS_NOMEM);
	return m;
}

/* Echo request: the same packet goes back, with another type (RFC 1122 3.2.2.6). */
static void icmp_echo(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	struct icmp *icp;
	u32 sum;

	m = icmp_request(m, hlen + ICMP_MINLEN, READ_ONCE(icmp_bmcastecho));
	if (!m)
		return;
	icp = (struct icmp *)(m->m_data + hlen);
	icp->icmp_type = BSD_ICMP_ECHOREPLY;
	/* The sum follows the type by RFC 1624: what was damaged stays so. */
	sum = (__force u16)icp->icmp_cksum + (__force u16)htons(BSD_ICMP_ECHO << 8);
	icp->icmp_cksum = (__force __sum16)(sum + (sum >= 0xffff));
	counter_inc(ICPS_ECHO);
	icmp_reflect(m, ns);
}

/* Timestamp request: reply with the time of day in milliseconds, UT. */
static void icmp_tstamp(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	struct timespec64 now;
	struct icmp_ts *its;
	struct icmp *icp;

	if (!READ_ONCE(icmp_tstamprepl)) {
		m_drop(m, ICPS_BADTYPE);
		return;
	}
	if (m->m_pkthdr.len < hlen + ICMP_TSLEN) {
		m_drop(m, ICPS_BADLEN);
		return;
	}
	m = icmp_request(m, hlen + ICMP_TSLEN, false);
	if (!m)
		return;
	icp = (struct icmp *)(m->m_data + hlen);
	its = (struct icmp_ts *)(icp + 1);
	ktime_get_real_ts64(&now);
	its->its_rtime = htonl((u32)(now.tv_sec % 86400) * 1000 + now.tv_nsec / NSEC_PER_MSEC);
	its->its_ttime = its->its_rtime;
	icp->icmp_type = BSD_ICMP_TSTAMPREPLY;
	icp->icmp_cksum = 0;
	icp->icmp_cksum = (__force __sum16)in_cksum(m, hlen, m->m_pkthdr.len - hlen);
	counter_inc(ICPS_TSTAMP);
	icmp_reflect(m, ns);
}

/*
 * The packet that an error at @hlen of @m quotes: its header and eight bytes
 * contiguous. Returns the packet (perhaps another mbuf), or NULL: dropped.
 */
static struct mbuf *icmp_quoted(struct mbuf *m, unsigned int hlen)
{
	unsigned int off = hlen + ICMP_MINLEN;
	unsigned int need;
	const struct ip *ip;

	if (m->m_pkthdr.len < off + IP_HLEN + 8)
		goto badlen;
	if (m->m_len < off + IP_HLEN + 8) {
		m = m_pullup(m, off + IP_HLEN + 8);
		if (!m)
			goto nomem;
	}
	ip = (const struct ip *)(m->m_data + off);
	if (ip->ip_v != IPVERSION || ip_hdrlen(ip) < IP_HLEN)
		goto badlen;
	need = off + ip_hdrlen(ip) + 8;
	if (m->m_pkthdr.len < need)
		goto badlen;
	if (m->m_len < need) {
		m = m_pullup(m, need);
		if (!m)
			goto nomem;
	}
	return m;

nomem:
	m_drop(NULL, ICPS_NOMEM);
	return NULL;
badlen:
	m_drop(m, ICPS_BADLEN);
	return NULL;
}

/*
 * Next-hop MTU that a "needs fragmentation" about @quoted says or means; 0 if it
 * can't be: it must be less than what did not fit.
 */
static u32 icmp_nextmtu(const struct icmp *icp, const struct ip *quoted)
{
	u32 mtu = ntohs(icp->ih_pmtu.ipm_nextmtu);
	u32 len = ntohs(quoted->ip_len);
	unsigned int i;

	for (i = 0; !mtu && i < ARRAY_SIZE(icmp_plateaus); i++) {
		if (icmp_plateaus[i] < len)
			mtu = icmp_plateaus[i];
	}
	if (mtu < IP_MINMTU || mtu >= len)
		return 0;
	return max_t(u32, mtu, ICMP_PMTU_MIN);
}

/* What an error means, for sockets. False: nothing. */
static bool icmp_ctl_error(struct ctl_error *ce, const struct icmp *icp, const struct ip *quoted)
{
	switch (icp->icmp_type) {
	case BSD_ICMP_UNREACH:
		if (icp->icmp_code >= ARRAY_SIZE(icmp_unreach_errors)) {
			counter_inc(ICPS_BADTYPE);
			return false;
		}
		ce->ce_errno = icmp_unreach_errors[icp->icmp_code].errno;
		ce->ce_hard = icmp_unreach_errors[icp->icmp_code].hard;
		if (icp->icmp_code != BSD_ICMP_UNREACH_NEEDFRAG)
			return true;
		ce->ce_mtu = icmp_nextmtu(icp, quoted);
		if (!ce->ce_mtu)
			counter_inc(ICPS_PMTUBAD);
		return ce->ce_mtu;
	case BSD_ICMP_PARAMPROB:
		ce->ce_errno = EPROTO;
		ce->ce_hard = true;
		return true;
	default:
		ce->ce_errno = EHOSTUNREACH;	/* time exceeded */
		return true;
	}
}

/* An error about @ip, @len bytes: whose packet was that? True: a socket's here. */
static bool icmp_ctlinput(const struct ctl_error *ce, const struct ip *ip, unsigned int len,
			  struct netstack *ns)
{
	const struct protosw *pr = in_proto_input(ip->ip_p);
	bool sent = false;

	if (pr && pr->pr_ctlinput)
		sent = pr->pr_ctlinput(ce, ip, len, ns);
	if (raw_protosw.pr_ctlinput)
		sent |= raw_protosw.pr_ctlinput(ce, ip, len, ns);
	return sent;
}

/*
 * An error. It is believed if it quotes a packet with an address of ours as
 * source that, as far as the protocol can tell, one of its sockets sent
 * (RFC 5927 4.1): anybody can write such a message.
 */
static void icmp_error_input(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	struct ctl_error ce = { };
	const struct icmp *icp;
	const struct ip *ip;

	m = icmp_quoted(m, hlen);
	if (!m)
		return;
	icp = (const struct icmp *)(m->m_data + hlen);
	ip = (const struct ip *)(icp + 1);
	if (!in_ours(ip->ip_src, m->m_pkthdr.ph_rtableid)) {
		m_drop(m, ICPS_ERRNOPCB);
		return;
	}
	ce.ce_type = icp->icmp_type;
	ce.ce_code = icp->icmp_code;
	ce.ce_offender = mtod(m, struct ip *)->ip_src;
	ce.ce_rtableid = m->m_pkthdr.ph_rtableid;
	ce.ce_ifidx = m->m_pkthdr.ph_ifidx;
	if (!icmp_ctl_error(&ce, icp, ip)) {
		m_freem(m);	/* counted there */
		return;
	}
	if (!icmp_ctlinput(&ce, ip, m->m_len - hlen - ICMP_MINLEN, ns)) {
		m_drop(m, ICPS_ERRNOPCB);
		return;
	}
	counter_inc(ICPS_ERRIN);
	if (ce.ce_mtu && !rt_pmtu(ce.ce_rtableid, ip->ip_dst, ce.ce_mtu))
		counter_inc(ICPS_PMTU);
	m_freem(m);
}

/* A router knows a shorter way (RFC 1122 3.2.2.2). A router does not listen. */
static void icmp_redirect(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	const struct icmp *icp;
	const struct ip *ip;

	if (!READ_ONCE(icmp_rediraccept) || READ_ONCE(bsd_ip_forwarding)) {
		m_drop(m, ICPS_BADREDIRECT);
		return;
	}
	m = icmp_quoted(m, hlen);
	if (!m)
		return;
	icp = (const struct icmp *)(m->m_data + hlen);
	ip = (const struct ip *)(icp + 1);
	if (icp->icmp_code > 3 || ip_unusual(icp->ih_gwaddr) ||
	    !in_ours(ip->ip_src, m->m_pkthdr.ph_rtableid) ||
	    rt_redirect(m->m_pkthdr.ph_rtableid, ip->ip_dst, icp->ih_gwaddr,
			mtod(m, struct ip *)->ip_src, m->m_pkthdr.ph_ifidx)) {
		m_drop(m, ICPS_BADREDIRECT);
		return;
	}
	counter_inc(ICPS_REDIRECT);
	m_freem(m);
}

/**
 * bsd_icmp_input() - an ICMP message came
 * @m:    packet, IP header in front and contiguous; consumed
 * @hlen: bytes of IP header
 * @ns:   section
 *
 * Context: In a section.
 * Source:  RFC 792, RFC 1122 3.2.2.
 */
void bsd_icmp_input(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	unsigned int len = m->m_pkthdr.len - hlen;

	counter_inc(ICPS_TOTAL);
	if (len < ICMP_MINLEN) {
		m_drop(m, ICPS_TOOSHORT);
		return;
	}
	if (m->m_len < hlen + ICMP_MINLEN) {
		m = m_pullup(m, hlen + ICMP_MINLEN);
		if (!m) {
			m_drop(NULL, ICPS_NOMEM);
			return;
		}
	}
	if (!(m->m_pkthdr.csum_flags & (M_ICMP_CSUM_IN_OK | M_ICMP_CSUM_OUT)) &&
	    in_cksum(m, hlen, len)) {
		m_drop(m, ICPS_BADSUM);
		return;
	}
	switch (((const struct icmp *)(m->m_data + hlen))->icmp_type) {
	case BSD_ICMP_ECHO:
		icmp_echo(m, hlen, ns);
		break;
	case BSD_ICMP_TSTAMP:
		icmp_tstamp(m, hlen, ns);
		break;
	case BSD_ICMP_UNREACH:
	case BSD_ICMP_TIMXCEED:
	case BSD_ICMP_PARAMPROB:
		icmp_error_input(m, hlen, ns);
		break;
	case BSD_ICMP_REDIRECT:
		icmp_redirect(m, hlen, ns);
		break;
	case BSD_ICMP_ECHOREPLY:
	case BSD_ICMP_TSTAMPREPLY:
		m_freem(m);	/* raw sockets have their copies */
		break;
	default:
		m_drop(m, ICPS_BADTYPE);
		break;
	}
}

const struct protosw bsd_icmp_protosw = {
	.pr_protocol = IPPROTO_ICMP,
	.pr_input = bsd_icmp_input,
	.pr_owner = THIS_MODULE,
};

/**
 * bsd_icmp_init() - start ICMP
 *
 * Context: Module load.
 * Return:  0 or -errno.
 */
int bsd_icmp_init(void)
{
	int error;

	error = counter_register(CG_ICMP, "icmp", icmp_counter_descs,
				 ARRAY_SIZE(icmp_counter_descs));
	if (error)
		return error;
	error = knobs_register(icmp_knobs, ARRAY_SIZE(icmp_knobs));
	if (error)
		counter_unregister(CG_ICMP);
	return error;
}

/**
 * bsd_icmp_exit() - stop ICMP
 *
 * Context: Module unload.
 */
void bsd_icmp_exit(void)
{
	knobs_unregister(icmp_knobs, ARRAY_SIZE(icmp_knobs));
	counter_unregister(CG_ICMP);
}
