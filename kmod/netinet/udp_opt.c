// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * udp_opt.c - what sockets may have UDP do with several pieces of data at once:
 * gather what they send (UDP_CORK, MSG_MORE), cut it (UDP_SEGMENT), and give them
 * several datagrams of a sender in one (UDP_GRO).
 *
 * Send path: udp_usrreq.c -> bsd_udp_send_data() here -> udp_output.c. Receive path:
 * udp_input.c -> bsd_udp_merge() here -> receive buffer.
 *
 * A datagram that is gathered is kept in inp_ppcb until it is complete, with the
 * destination and control messages of its first piece.
 *
 * Context: section, PCB mutex held; options: process, not in a section.
 * Source: udp(7) of Linux (names, numbers, limits); RFC 768.
 */
#include <bsdnet/udp.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <uapi/linux/udp.h>
#include <bsdnet/in.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>
#include <bsdnet/protosw.h>
#include <bsdnet/socketvar.h>

#include "udp_priv.h"

#define UDP_MAXSEGMENTS	128	/* datagrams that one send may be cut into */
#define UDP_MAXMERGED	64	/* datagrams that one receive may give */

/* A datagram that is being gathered. */
struct udp_cork {
	struct mbuf		*uc_m;
	struct sockaddr_in	 uc_sin;	/* destination, if uc_named */
	bool			 uc_named;
	u32			 uc_size;	/* what the socket's user is charged */
	struct msg_control	 uc_ctl;
};

/* May data of this size be cut? 0 or -errno. */
static int udp_segment_check(struct inpcb *inp, u32 len, u32 segment,
			     const struct sockaddr_in *sin, const struct msg_control *ctl)
{
	__be32 dst = sin ? sin->sin_addr.s_addr : inp->inp_faddr.v4.s_addr;
	unsigned int ifidx;
	u32 mtu;

	if (DIV_ROUND_UP(len, segment) > UDP_MAXSEGMENTS ||
	    (READ_ONCE(inp->inp_socket->so_options) & BSD_SO_NO_CHECK))
		return -EINVAL;
	if (!dst)
		dst = htonl(INADDR_LOOPBACK);
	if (in_pcb_sendif(inp, ctl, dst, &ifidx))
		return -EINVAL;
	mtu = in_pcb_mtu(inp, dst, ifidx);
	if (mtu && min(len, segment) + sizeof(struct ip) + sizeof(struct bsd_udphdr) > mtu)
		return -EMSGSIZE;
	return 0;
}

/*
 * One datagram for each @segment bytes, the last may be shorter. The data is not
 * copied: they share its storage, and each has its headers in an mbuf of its own. The
 * first that is refused ends it.
 */
static int udp_send_segments(struct inpcb *inp, struct mbuf *m, u32 segment,
			     const struct sockaddr_in *sin, const struct msg_control *ctl,
			     struct netstack *ns, u32 *mtu)
{
	struct mbuf *rest;
	int error;

	error = udp_segment_check(inp, m->m_pkthdr.len, segment, sin, ctl);
	if (!error && m->m_pkthdr.len > segment)
		counter_inc(UDPS_SEGMENTED);
	while (!error && m->m_pkthdr.len > segment) {
		rest = m_split(m, segment, M_DONTWAIT);
		if (!rest) {
			counter_inc(UDPS_NOMEM);
			error = -ENOBUFS;
			break;
		}
		error = bsd_udp_output(inp, m, sin, ctl, ns, mtu);
		m = rest;
	}
	if (!error)
		return bsd_udp_output(inp, m, sin, ctl, ns, mtu);
	m_freem(m);
	return error;
}

/* In one datagram, or cut. */
static int udp_send_whole(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
			  const struct msg_control *ctl, struct netstack *ns, u32 *mtu)
{
	u32 segment = ctl->mc_segment >= 0 ? (u32)ctl->mc_segment : READ_ONCE(inp->inp_segment);

	if (likely(!segment))
		return bsd_udp_output(inp, m, sin, ctl, ns, mtu);
	*mtu = 0;
	return udp_send_segments(inp, m, segment, sin, ctl, ns, mtu);
}

/* Send what is gathered. */
static int udp_uncork(struct inpcb *inp, struct netstack *ns, u32 *mtu)
{
	struct udp_cork *uc = inp->inp_ppcb;
	int error;

	WRITE_ONCE(inp->inp_ppcb, NULL);
	so_user_charge(inp->inp_socket->so_user, -(s64)uc->uc_size);
	error = udp_send_whole(inp, uc->uc_m, uc->uc_named ? &uc->uc_sin : NULL, &uc->uc_ctl, ns,
			       mtu);
	kfree(uc);
	return error;
}

/**
 * bsd_udp_push() - send what is gathered, unless UDP_CORK says to wait
 * @so: socket
 * @ns: section
 *
 * Context: Section. Takes and releases the PCB mutex.
 */
void bsd_udp_push(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	u32 mtu;

	in_pcblock(inp, ns);
	if (inp->inp_ppcb && !(inp->inp_flags & INP_CORK))
		udp_uncork(inp, ns, &mtu);	/* errors are counted; Linux tells none */
	in_pcbunlock(inp, ns);
}

/**
 * bsd_udp_cork_free() - forget what is gathered
 * @inp: PCB, locked or unreachable
 */
void bsd_udp_cork_free(struct inpcb *inp)
{
	struct udp_cork *uc = inp->inp_ppcb;

	if (!uc)
		return;
	WRITE_ONCE(inp->inp_ppcb, NULL);
	so_user_charge(inp->inp_socket->so_user, -(s64)uc->uc_size);
	m_freem(uc->uc_m);
	kfree(uc);
}

/* Nothing is gathered yet: @m begins it. */
static int udp_gather_first(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
			    const struct msg_control *ctl)
{
	struct udp_cork *uc = kzalloc(sizeof(*uc), GFP_NOWAIT | __GFP_NOWARN);

	if (!uc) {
		counter_inc(UDPS_NOMEM);
		return -ENOBUFS;
	}
	uc->uc_m = m;
	uc->uc_ctl = *ctl;
	uc->uc_named = sin;
	if (sin)
		uc->uc_sin = *sin;
	WRITE_ONCE(inp->inp_ppcb, uc);
	return 0;
}

/*
 * Put a piece to what is gathered; @m is consumed. What cannot become longer is lost
 * as a whole, as on Linux. The user is charged what the pieces took, though short
 * ones are copied together, so that many sockets hold no more than a share.
 */
static int udp_gather(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
		      const struct msg_control *ctl)
{
	struct so_user *user = inp->inp_socket->so_user;
	struct udp_cork *uc = inp->inp_ppcb;
	u32 size = sb_mbsize(m);
	int error = 0;

	if (so_user_full(user)) {
		counter_inc(SOS_USERLIMIT);
		error = -ENOBUFS;
	} else if (!uc) {
		error = udp_gather_first(inp, m, sin, ctl);
	} else if (uc->uc_m->m_pkthdr.len + m->m_pkthdr.len > UDP_MAXDATA) {
		error = -EMSGSIZE;
	} else {
		m_cat(uc->uc_m, m);
	}
	if (error) {
		bsd_udp_cork_free(inp);
		m_freem(m);
		return error;
	}
	uc = inp->inp_ppcb;
	uc->uc_size += size;
	so_user_charge(user, size);
	return 0;
}

/**
 * bsd_udp_send_data() - a program sends
 * @inp: PCB, locked
 * @m:   data with room for headers in front; consumed
 * @sin: destination, NULL: the peer, or that of the piece before
 * @ctl: control messages, not NULL
 * @ns:  section
 * @mtu: with -EMSGSIZE: what would have fitted, 0 if not known
 *
 * Context: Section, inp_mtx held (or the mode needs none).
 * Return:  0 or what bsd_udp_output() says; -EMSGSIZE: the pieces are too long
 *	    together, or a segment for the path; -EINVAL: too many segments, or
 *	    without checksum.
 */
int bsd_udp_send_data(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
		      const struct msg_control *ctl, struct netstack *ns, u32 *mtu)
{
	bool more = ctl->mc_more || (inp->inp_flags & INP_CORK);
	int error;

	if (likely(!more && !inp->inp_ppcb))
		return udp_send_whole(inp, m, sin, ctl, ns, mtu);
	*mtu = 0;
	if (unlikely(!in_pcb_alive(inp))) {
		m_freem(m);
		return -EPIPE;
	}
	error = udp_gather(inp, m, sin, ctl);
	if (error || more)
		return error;
	return udp_uncork(inp, ns, mtu);
}

static const struct bsd_udphdr *udp_header(const struct ip *ip)
{
	return (const void *)((const u8 *)ip + (ip->ip_hl << 2));
}

/* Can the program be given @m behind @head, as if the two were one? */
static bool udp_mergeable(const struct mbuf *head, const struct mbuf *m)
{
	const struct ip *a = head->m_pkthdr.ph_cookie, *b = m->m_pkthdr.ph_cookie;
	u32 mss = head->m_pkthdr.ph_segs ? head->m_pkthdr.ph_mss : head->m_pkthdr.len;
	u32 segs = max_t(u32, head->m_pkthdr.ph_segs, 1);

	return segs < UDP_MAXMERGED && m->m_pkthdr.len && m->m_pkthdr.len <= mss &&
	       head->m_pkthdr.len == segs * mss &&
	       head->m_pkthdr.len + m->m_pkthdr.len <= UDP_MAXDATA &&
	       a->ip_src == b->ip_src && a->ip_dst == b->ip_dst && a->ip_tos == b->ip_tos &&
	       a->ip_ttl == b->ip_ttl && udp_header(a)->uh_sport == udp_header(b)->uh_sport &&
	       head->m_pkthdr.ph_ifidx == m->m_pkthdr.ph_ifidx;
}

/**
 * bsd_udp_merge() - make one record of datagrams of one sender that follow each other
 * @ml: data of datagrams, ph_cookie at their IP headers
 *
 * All have the length of the first, but the last may be shorter. ph_mss is that
 * length and ph_segs their number where there are more than one.
 *
 * Context: Any.
 */
void bsd_udp_merge(struct mbuf_list *ml)
{
	struct mbuf *m, *head = NULL;
	struct mbuf_list all = *ml;

	ml_init(ml);
	while ((m = ml_dequeue(&all))) {
		if (head && udp_mergeable(head, m)) {
			if (!head->m_pkthdr.ph_segs) {
				head->m_pkthdr.ph_segs = 1;
				head->m_pkthdr.ph_mss = head->m_pkthdr.len;
			}
			head->m_pkthdr.ph_segs++;
			m_cat(head, m);
			counter_inc(UDPS_MERGED);
			continue;
		}
		m->m_pkthdr.ph_segs = 0;
		ml_enqueue(ml, m);
		head = m;
	}
}

/**
 * bsd_udp_merge_control() - tell a program how a record is to be cut
 * @m:    record
 * @sink: where control messages go
 *
 * Context: Process, not in a section.
 */
void bsd_udp_merge_control(const struct mbuf *m, struct cmsg_sink *sink)
{
	int mss = m->m_pkthdr.ph_mss;

	if (m->m_pkthdr.ph_segs)
		sink->cs_put(sink, SOL_UDP, UDP_GRO, sizeof(mss), &mss);
}

/* PCB locked, in a section. */
static int udp_set_locked(struct inpcb *inp, int opt, int v, struct netstack *ns)
{
	u32 flag = opt == UDP_CORK ? INP_CORK : INP_GRO;
	u32 mtu;

	if (opt == UDP_SEGMENT) {
		WRITE_ONCE(inp->inp_segment, v);
		return 0;
	}
	WRITE_ONCE(inp->inp_flags, v ? inp->inp_flags | flag : inp->inp_flags & ~flag);
	if (opt == UDP_CORK && !v && inp->inp_ppcb)
		udp_uncork(inp, ns, &mtu);	/* errors are counted; Linux tells none */
	return 0;
}

/**
 * bsd_udp_setsockopt() - set an option of a UDP socket
 * @so:    socket
 * @level: SOL_UDP, or what bsd_ip_setsockopt() knows
 * @opt:   option
 * @val:   value, in user or kernel memory
 * @len:   bytes of it
 *
 * Context: Process, not in a section. May sleep. Takes and releases inp_mtx.
 * Return:  0; -ENOPROTOOPT, -EINVAL, -EFAULT; or what bsd_ip_setsockopt() says.
 */
int bsd_udp_setsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val, unsigned int len)
{
	struct inpcb *inp = so->so_pcb;
	struct netstack ns;
	int error, v;

	if (level != SOL_UDP)
		return bsd_ip_setsockopt(so, level, opt, val, len);
	if (opt != UDP_CORK && opt != UDP_SEGMENT && opt != UDP_GRO)
		return -ENOPROTOOPT;
	if (len < sizeof(v))
		return -EINVAL;
	if (copy_from_sockptr(&v, val, sizeof(v)))
		return -EFAULT;
	if (opt == UDP_SEGMENT && (v < 0 || v > U16_MAX))
		return -EINVAL;
	net_enter(&ns, NETSEC_USRREQ);
	in_pcblock(inp, &ns);
	error = udp_set_locked(inp, opt, v, &ns);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return error;
}

/**
 * bsd_udp_getsockopt() - get an option of a UDP socket
 * @so:    socket
 * @level: SOL_UDP, or what bsd_ip_getsockopt() knows
 * @opt:   option
 * @val:   where to put the value
 * @len:   int: room there; bytes put there after
 *
 * Context: Process, not in a section. May sleep.
 * Return:  0; -ENOPROTOOPT, -EFAULT, -EINVAL; or what bsd_ip_getsockopt() says.
 */
int bsd_udp_getsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val, sockptr_t len)
{
	const struct inpcb *inp = so->so_pcb;
	int v;

	if (level != SOL_UDP)
		return bsd_ip_getsockopt(so, level, opt, val, len);
	switch (opt) {
	case UDP_CORK:
		v = !!(READ_ONCE(inp->inp_flags) & INP_CORK);
		break;
	case UDP_SEGMENT:
		v = READ_ONCE(inp->inp_segment);
		break;
	case UDP_GRO:
		v = !!(READ_ONCE(inp->inp_flags) & INP_GRO);
		break;
	default:
		return -ENOPROTOOPT;
	}
	return bsd_ip_getopt_out(&v, sizeof(v), val, len);
}
