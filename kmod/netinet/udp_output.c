// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * udp_output.c - UDP datagrams from sockets to IP.
 *
 * Send path: socket_send.c -> udp_usrreq.c -> here -> ip_output.c. The PCB's mutex
 * is held over all of it; user data is in @m already, with room for headers in
 * front. A PCB without a peer is not changed by a send: the destination is passed
 * down, only the route cache remembers it.
 *
 * Context: section of a system call, PCB mutex held.
 *
 * Source: RFC 768; RFC 1122 4.1.3; RFC 8085.
 */
#include <bsdnet/udp.h>
#include <bsdnet/in.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/jhash.h>
#include <linux/kernel.h>

#define UDP_IPHDRS	(sizeof(struct ip) + sizeof(struct bsd_udphdr))

/* What goes into the headers of one datagram. */
struct udp_send {
	__be32	us_src;
	__be32	us_dst;
	__be16	us_dport;
	u8	us_ttl;
	u8	us_tos;
};

/* Where to: @sin, or the peer. */
static int udp_set_dst(const struct inpcb *inp, const struct sockaddr_in *sin,
		       struct udp_send *us)
{
	if (sin) {
		us->us_dst = sin->sin_addr.s_addr;
		us->us_dport = sin->sin_port;
	} else {
		us->us_dst = inp->inp_faddr.v4.s_addr;
		us->us_dport = inp->inp_fport;
		if (unlikely(!us->us_dst))
			return -EDESTADDRREQ;
	}
	if (unlikely(!us->us_dport))
		return -EINVAL;
	if (unlikely(!us->us_dst))
		us->us_dst = htonl(INADDR_LOOPBACK);	/* this host, as on Linux */
	return 0;
}

/*
 * Where from, and by which interface. A control message comes first (RFC 1122
 * 4.1.3.5), then what the socket is bound to, then what the route says.
 */
static int udp_set_src(struct inpcb *inp, const struct msg_control *ctl, struct udp_send *us,
		       struct ip_outarg *arg)
{
	__be32 src = 0;

	if (unlikely(in_pcb_sendif(inp, ctl, us->us_dst, &arg->io_ifidx)))
		return -EINVAL;
	if (unlikely(ctl && ctl->mc_src)) {
		src = ctl->mc_src;
		if (!in_ours(src, inp->inp_rtableid) && !(inp->inp_flags & INP_TRANSPARENT))
			return -EINVAL;
	}
	if (unlikely(in_multicast(us->us_dst))) {
		us->us_ttl = inp->inp_mcast_ttl;
		if (inp->inp_flags & INP_NOMCASTLOOP)
			arg->io_flags |= IPOUT_NOLOOP;
		if (!src)
			src = inp->inp_mcast_src.s_addr;
	}
	if (likely(!src && !(inp->inp_flags & INP_NOSRC))) {
		src = inp->inp_laddr.v4.s_addr;
		/* IP_FREEBIND is for whoever waits for an address, not for who takes one. */
		if (unlikely(inp->inp_flags & INP_FOREIGNADDR) &&
		    !(inp->inp_flags & INP_TRANSPARENT) && !in_ours(src, inp->inp_rtableid))
			return -EINVAL;
	}
	us->us_src = src;
	if (src)
		return 0;
	return in_pcb_source(inp, us->us_dst, arg->io_ifidx, &us->us_src);
}

/*
 * Fragments or not: IP_MTU_DISCOVER. DO and PROBE never, INTERFACE not here; WANT,
 * the default, lets the datagram be cut here if it must, but not on the way.
 */
static int udp_set_df(struct inpcb *inp, u32 len, const struct udp_send *us,
		      struct ip_outarg *arg)
{
	switch (READ_ONCE(inp->inp_pmtudisc)) {
	case IP_PMTUDISC_WANT:
		/* What fits everywhere needs no look at the route. */
		if (len <= IP_MINMTU || len <= in_pcb_mtu(inp, us->us_dst, arg->io_ifidx))
			arg->io_flags |= IPOUT_DF;
		return 0;
	case IP_PMTUDISC_DO:
	case IP_PMTUDISC_PROBE:
		arg->io_flags |= IPOUT_DF;
		return 0;
	case IP_PMTUDISC_INTERFACE:
		arg->io_mtu = in_pcb_mtu(inp, us->us_dst, arg->io_ifidx);
		if (arg->io_mtu && len > arg->io_mtu)
			return -EMSGSIZE;
		arg->io_mtu = 0;
		return 0;
	default:
		return 0;
	}
}

/* Which transmit queue, and which thread if it comes back by lo. */
static void udp_set_flow(const struct inpcb *inp, struct mbuf *m, bool peer,
			 const struct udp_send *us)
{
	if (peer)
		m->m_pkthdr.ph_flowid = inp->inp_flowid;
	else
		m->m_pkthdr.ph_flowid = jhash_3words((__force u32)us->us_dst,
						     (__force u32)us->us_src,
						     (__force u32)us->us_dport << 16 |
						     (__force u32)inp->inp_lport, 0);
	m->m_flags |= M_FLOWID;
}

/* Write both headers; IP does the rest of its own. The checksum is left to the device. */
static void udp_fill(struct inpcb *inp, struct mbuf *m, u32 len, const struct udp_send *us)
{
	struct ip *ip = mtod(m, struct ip *);
	struct bsd_udphdr *uh = (struct bsd_udphdr *)(ip + 1);
	u32 ulen = len - sizeof(*ip);

	ip->ip_tos = us->us_tos;
	ip->ip_ttl = us->us_ttl;
	ip->ip_p = IPPROTO_UDP;
	ip->ip_src = us->us_src;
	ip->ip_dst = us->us_dst;

	uh->uh_sport = inp->inp_lport;
	uh->uh_dport = us->us_dport;
	uh->uh_ulen = htons(ulen);
	if (unlikely(READ_ONCE(inp->inp_socket->so_options) & BSD_SO_NO_CHECK)) {
		uh->uh_sum = 0;
	} else {
		uh->uh_sum = (__force __sum16)in4_pseudo(IPPROTO_UDP, us->us_src, us->us_dst,
							 ulen);
		m->m_pkthdr.csum_flags |= M_UDP_CSUM_OUT;
	}
}

/* All that can be wrong before a header is written. */
static int udp_prepare(struct inpcb *inp, u32 len, const struct sockaddr_in *sin,
		       const struct msg_control *ctl, struct udp_send *us,
		       struct ip_outarg *arg)
{
	u32 options = READ_ONCE(inp->inp_socket->so_options);
	int error;

	if (unlikely(len > UDP_MAXDATA))
		return -EMSGSIZE;
	if (unlikely(!in_pcb_alive(inp)))
		return -EPIPE;
	error = udp_set_dst(inp, sin, us);
	if (unlikely(error))
		return error;
	if (unlikely(!inp->inp_lport)) {
		error = in_pcb_autobind(inp);
		if (error)
			return error;
	}
	us->us_ttl = READ_ONCE(inp->inp_ttl);
	if (likely(!us->us_ttl))
		us->us_ttl = READ_ONCE(bsd_ip_defttl);
	us->us_tos = READ_ONCE(inp->inp_tos);
	error = udp_set_src(inp, ctl, us, arg);
	if (unlikely(error))
		return error;
	if (unlikely(options & (BSD_SO_BROADCAST | BSD_SO_DONTROUTE))) {
		if (options & BSD_SO_BROADCAST)
			arg->io_flags |= IPOUT_BROADCAST;
		if (options & BSD_SO_DONTROUTE)
			arg->io_flags |= IPOUT_DONTROUTE;
	}
	if (ctl) {
		if (unlikely(ctl->mc_ttl))
			us->us_ttl = ctl->mc_ttl;
		if (unlikely(ctl->mc_tos >= 0))
			us->us_tos = ctl->mc_tos;
		if (unlikely(ctl->mc_dontroute))
			arg->io_flags |= IPOUT_DONTROUTE;
	}
	return udp_set_df(inp, len + UDP_IPHDRS, us, arg);
}

/**
 * bsd_udp_output() - send one datagram
 * @inp: PCB, locked; gets a port if it has none
 * @m:   data with MAX_LINKHDR of room in front; consumed
 * @sin: destination, NULL: the peer
 * @ctl: control messages, NULL: none
 * @ns:  section
 * @mtu: with -EMSGSIZE: what would have fitted, 0 if not known
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 * Return:  0; -EMSGSIZE, -EDESTADDRREQ, -EINVAL, -EAGAIN (no port), -EACCES
 *	    (broadcast without SO_BROADCAST), -ENETUNREACH, -EHOSTUNREACH, -ENODEV,
 *	    -ENOBUFS and what bsd_ip_output() says.
 */
int bsd_udp_output(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
		   const struct msg_control *ctl, struct netstack *ns, u32 *mtu)
{
	struct ip_outarg arg = { .io_ro = &inp->inp_route, .io_inp = inp };
	struct udp_send us;
	u32 len = m->m_pkthdr.len;
	int error;

	error = udp_prepare(inp, len, sin, ctl, &us, &arg);
	if (unlikely(error)) {
		*mtu = arg.io_mtu;
		m_freem(m);
		return error;
	}
	m = m_prepend(m, UDP_IPHDRS, M_DONTWAIT);
	if (unlikely(!m)) {
		counter_inc(UDPS_NOMEM);
		*mtu = 0;
		return -ENOBUFS;
	}
	udp_fill(inp, m, len + UDP_IPHDRS, &us);
	m->m_pkthdr.ph_rtableid = inp->inp_rtableid;
	udp_set_flow(inp, m, !sin, &us);
	counter_inc(UDPS_OPACKETS);
	error = bsd_ip_output(m, &arg, ns);
	if (unlikely(error))
		counter_inc(UDPS_ODROPS);
	*mtu = arg.io_mtu;
	return error;
}
