// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * raw_ip.c - raw IPv4 sockets: packets to and from the network.
 *
 * Receive path: ip_deliver.c -> raw_deliver() -> in_pcbinput() -> raw_append() ->
 * sockbuf.c. Send path: raw_usrreq.c -> raw_output() -> ip_output.c.
 *
 * A raw socket gets a copy of each whole packet, header included, that has its
 * protocol and fits its addresses; what the stack itself does with the packet does
 * not change. PCBs are found in the local hash by protocol (in_pcb_claimproto()).
 *
 * Context: section; no lock held on input, PCB mutex held on output.
 *
 * Source: raw(7) of Linux; RFC 1122 3.4 (requests of the layer above IP).
 */
#include <bsdnet/raw_ip.h>
#include <bsdnet/icmp.h>
#include <bsdnet/in.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/kernel.h>

#include "raw_priv.h"

#define RAW_NMATCH	32	/* receivers of a packet looked up at a time */

/**
 * raw_append() - append packets to the socket of a raw PCB
 * @inp: PCB, locked; perhaps dead
 * @ml:  whole packets; consumed
 * @ns:  section
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 * Return:  whom the caller wakes when it has unlocked.
 */
u32 raw_append(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns)
{
	struct bsd_socket *so = inp->inp_socket;
	unsigned int reason = RAWS_FULLSOCK;
	struct mbuf *m;
	u32 n = 0;

	if (unlikely(!in_pcb_alive(inp))) {
		reason = RAWS_DEAD;
	} else if (unlikely(READ_ONCE(so->so_state) & SS_CANTRCVMORE)) {
		reason = RAWS_SHUTDOWN;
	} else {
		if (unlikely(in_pcb_filters(inp)))
			in_pcb_filter(inp, ml, false);
		n = sb_append_records(so, &so->so_rcv, ml);
		counter_add(RAWS_DELIVERED, n);
	}
	while (unlikely((m = ml_dequeue(ml))))
		m_drop(m, reason);
	return n ? SOW_READ : 0;
}

/* Does the socket not want this type of ICMP message (ICMP_FILTER)? */
static bool raw_filtered(const struct inpcb *inp, const struct mbuf *m, unsigned int hlen)
{
	u32 filter = READ_ONCE(inp->inp_icmpfilter);
	u8 type;

	if (likely(!filter) || inp->inp_proto != IPPROTO_ICMP)
		return false;
	if (m_copydata(m, hlen, sizeof(type), &type))
		return true;	/* too short to have a type */
	return type < 32 && filter & BIT(type);
}

/* A copy of the packet @m for @inp. */
static void raw_input_copy(struct mbuf *m, struct inpcb *inp, unsigned int hlen,
			   struct netstack *ns)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct mbuf *n;

	n = m_copym(m, 0, m->m_pkthdr.len, M_DONTWAIT);
	if (n)
		n = m_pullup(n, hlen);
	if (!n) {
		counter_inc(RAWS_NOMEM);
		return;
	}
	counter_inc(RAWS_IPACKETS);
	n->m_pkthdr.ph_cookie = n->m_data;
	ml_enqueue(&ml, n);
	in_pcbinput(inp, &ml, ns);
}

/* Copies to the sockets that are bound to @proto (as in_pcb_claimproto() has it). */
static unsigned int raw_deliver_proto(struct mbuf *m, unsigned int hlen, unsigned int proto,
				      struct netstack *ns)
{
	const struct ip *ip = mtod(m, const struct ip *);
	struct inpcb *inps[RAW_NMATCH];
	unsigned int matched = 0;
	unsigned int total = 0;
	unsigned int i;
	unsigned int n;

	do {
		n = in_pcblookup_all(&rawcbtable, ip->ip_src, 0, ip->ip_dst, htons(proto),
				     m->m_pkthdr.ph_rtableid, m->m_pkthdr.ph_ifidx, inps,
				     RAW_NMATCH, total);
		for (i = 0; i < n; i++) {
			if (in_multicast(ip->ip_dst) &&
			    !in_mship_wants(inps[i], ip->ip_dst, ip->ip_src,
					    m->m_pkthdr.ph_ifidx))
				continue;
			if (raw_filtered(inps[i], m, hlen)) {
				counter_inc(RAWS_FILTERED);
				continue;
			}
			raw_input_copy(m, inps[i], hlen, ns);
			matched++;
		}
		total += n;
	} while (n == RAW_NMATCH);
	return matched;
}

/**
 * raw_deliver() - copy a packet to the raw sockets that want it
 * @m:    packet for this host, IP header in front; stays the caller's
 * @hlen: bytes of IP header
 * @ns:   section
 *
 * Context: Section, no PCB locked. Cheap if there is no raw socket.
 * Return:  how many sockets wanted it.
 */
unsigned int raw_deliver(struct mbuf *m, unsigned int hlen, struct netstack *ns)
{
	unsigned int n;

	if (likely(!READ_ONCE(rawcbtable.inpt_count)))
		return 0;
	n = raw_deliver_proto(m, hlen, mtod(m, const struct ip *)->ip_p, ns);
	return n + raw_deliver_proto(m, hlen, RAW_ANYPROTO, ns);
}

/*
 * The program has made the header. Length and checksum are always ours, id and
 * source if they are 0 (raw(7)). NULL: refused, consumed.
 */
static struct mbuf *raw_ownhdr(const struct inpcb *inp, struct mbuf *m, int *error)
{
	u32 len = m->m_pkthdr.len;
	unsigned int hlen;
	struct ip *ip;
	u8 first;

	*error = -EINVAL;
	if (len < sizeof(*ip) || m_copydata(m, 0, sizeof(first), &first))
		goto bad;
	hlen = (first & 0x0f) << 2;
	if (first >> 4 != IPVERSION || hlen < sizeof(*ip) || hlen > len)
		goto bad;
	if (unlikely(m->m_len < hlen || !m_writable(m))) {
		m = m_makewritable(m, hlen);
		if (!m) {
			counter_inc(RAWS_NOMEM);
			*error = -ENOBUFS;
			return NULL;
		}
	}
	ip = mtod(m, struct ip *);
	ip->ip_len = htons(len);
	if (!ip->ip_src && !(inp->inp_flags & INP_NOSRC))
		ip->ip_src = inp->inp_laddr.v4.s_addr;
	*error = 0;
	return m;

bad:
	m_drop(m, RAWS_BADHDR);
	return NULL;
}

/* Put our header in front. NULL: no memory, consumed. */
static struct mbuf *raw_addhdr(const struct inpcb *inp, struct mbuf *m,
			       const struct raw_send *rs)
{
	struct ip *ip;

	m = m_prepend(m, sizeof(*ip), M_DONTWAIT);
	if (!m) {
		counter_inc(RAWS_NOMEM);
		return NULL;
	}
	ip = mtod(m, struct ip *);
	ip->ip_tos = rs->rs_tos;
	ip->ip_ttl = rs->rs_ttl;
	ip->ip_p = inp->inp_proto;
	ip->ip_src = rs->rs_src;
	ip->ip_dst = rs->rs_dst;
	return m;
}

/* Everything about the way out but the header. */
static int raw_prepare(struct inpcb *inp, u32 len, const struct sockaddr_in *sin,
		       const struct msg_control *ctl, struct raw_send *rs,
		       struct ip_outarg *arg)
{
	u32 options = READ_ONCE(inp->inp_socket->so_options);
	bool own = inp->inp_flags & INP_HDRINCL;

	if (len > IP_MAXPACKET - (own ? 0 : sizeof(struct ip)))
		return -EMSGSIZE;
	if (!in_pcb_alive(inp))
		return -EPIPE;
	rs->rs_dst = sin ? sin->sin_addr.s_addr : inp->inp_faddr.v4.s_addr;
	if (!sin && !rs->rs_dst)
		return -EDESTADDRREQ;
	if (!rs->rs_dst)
		rs->rs_dst = htonl(INADDR_LOOPBACK);
	if (in_pcb_sendif(inp, ctl, rs->rs_dst, &arg->io_ifidx))
		return -EINVAL;
	rs->rs_src = inp->inp_flags & INP_NOSRC ? 0 : inp->inp_laddr.v4.s_addr;
	rs->rs_ttl = READ_ONCE(inp->inp_ttl);
	if (!rs->rs_ttl)
		rs->rs_ttl = READ_ONCE(bsd_ip_defttl);
	rs->rs_tos = READ_ONCE(inp->inp_tos);
	if (in_multicast(rs->rs_dst)) {
		rs->rs_ttl = READ_ONCE(inp->inp_mcast_ttl);
		if (inp->inp_flags & INP_NOMCASTLOOP)
			arg->io_flags |= IPOUT_NOLOOP;
		if (!rs->rs_src)
			rs->rs_src = inp->inp_mcast_src.s_addr;
	}
	if (ctl) {
		if (ctl->mc_src)
			rs->rs_src = ctl->mc_src;
		if (ctl->mc_ttl)
			rs->rs_ttl = ctl->mc_ttl;
		if (ctl->mc_tos >= 0)
			rs->rs_tos = ctl->mc_tos;
		if (ctl->mc_dontroute)
			arg->io_flags |= IPOUT_DONTROUTE;
	}
	if (!own && rs->rs_src && !in_ours(rs->rs_src, inp->inp_rtableid) &&
	    !(inp->inp_flags & INP_FOREIGN))
		return -EINVAL;
	if (options & BSD_SO_BROADCAST)
		arg->io_flags |= IPOUT_BROADCAST;
	if (options & BSD_SO_DONTROUTE)
		arg->io_flags |= IPOUT_DONTROUTE;
	return 0;
}

/* IP_MTU_DISCOVER; see udp_output.c. @len with header. A program's own header is never cut. */
static int raw_set_df(struct inpcb *inp, u32 len, const struct raw_send *rs,
		      struct ip_outarg *arg)
{
	u8 mode = READ_ONCE(inp->inp_pmtudisc);
	u32 mtu;

	if (mode == IP_PMTUDISC_DO || mode == IP_PMTUDISC_PROBE) {
		arg->io_flags |= IPOUT_DF;
		return 0;
	}
	if (mode == IP_PMTUDISC_DONT || mode == IP_PMTUDISC_OMIT)
		return 0;
	mtu = in_pcb_mtu(inp, rs->rs_dst, arg->io_ifidx);
	if (mode == IP_PMTUDISC_WANT) {
		if (len <= mtu)
			arg->io_flags |= IPOUT_DF;
	} else if (mtu && len > mtu) {
		arg->io_mtu = mtu;
		return -EMSGSIZE;
	}
	return 0;
}

/* Options of the way out that depend on who made the header. */
static int raw_header(struct inpcb *inp, struct mbuf **mp, const struct raw_send *rs,
		      struct ip_outarg *arg)
{
	u32 len = (*mp)->m_pkthdr.len;
	int error;
	u32 mtu;

	if (inp->inp_flags & INP_HDRINCL) {
		mtu = in_pcb_mtu(inp, rs->rs_dst, arg->io_ifidx);
		if (mtu && len > mtu) {
			arg->io_mtu = mtu;
			m_freem(*mp);
			return -EMSGSIZE;
		}
		arg->io_flags |= IPOUT_RAWHDR;
		*mp = raw_ownhdr(inp, *mp, &error);
		return error;
	}
	error = raw_set_df(inp, len + sizeof(struct ip), rs, arg);
	if (error) {
		m_freem(*mp);
		return error;
	}
	*mp = raw_addhdr(inp, *mp, rs);
	return *mp ? 0 : -ENOBUFS;
}

/**
 * raw_output() - send one packet
 * @inp: PCB, locked
 * @m:   data with room in front, or with IP_HDRINCL the whole packet; consumed
 * @sin: destination, NULL: the peer
 * @ctl: control messages, NULL: none
 * @ns:  section
 * @mtu: with -EMSGSIZE: what would have fitted, 0 if not known
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 * Return:  0; -EMSGSIZE, -EDESTADDRREQ, -EINVAL, -ENOBUFS and what
 *	    bsd_ip_output() says.
 * Deviation: with IP_HDRINCL the packet goes where its header says, as on the BSDs;
 *	    Linux routes by @sin even if the two differ.
 */
int raw_output(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
	       const struct msg_control *ctl, struct netstack *ns, u32 *mtu)
{
	struct ip_outarg arg = { .io_ro = &inp->inp_route, .io_inp = inp };
	struct raw_send rs;
	int error;

	error = raw_prepare(inp, m->m_pkthdr.len, sin, ctl, &rs, &arg);
	if (error) {
		m_freem(m);
		goto out;
	}
	error = raw_header(inp, &m, &rs, &arg);
	if (error)
		goto out;
	m->m_pkthdr.ph_rtableid = inp->inp_rtableid;
	counter_inc(RAWS_OPACKETS);
	error = bsd_ip_output(m, &arg, ns);
	if (error)
		counter_inc(RAWS_ODROPS);
out:
	*mtu = arg.io_mtu;
	return error;
}
