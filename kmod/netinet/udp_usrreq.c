// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * udp_usrreq.c - what sockets ask of UDP, ICMP errors for them, and the protocol's
 * knobs and counters.
 *
 * Send path: socket_send.c -> udp_send() here -> udp_opt.c -> udp_output.c. Errors: ip_icmp.c
 * -> udp_ctlinput() -> sockets.
 *
 * Context: section of a system call (errors: of a softnet thread); the PCB mutex is
 * taken here or in in_pcb.c.
 *
 * Source: RFC 768; RFC 1122 4.1.3.3 (errors to the application); udp(7), ip(7) of
 * Linux for error numbers and options.
 */
#include <bsdnet/udp.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/ip.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/sysfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <uapi/linux/errqueue.h>

#include "udp_priv.h"

struct inpcbtable udbtable;

static unsigned int udp_recvspace = 212992;	/* Linux's net.core.rmem_default */
static unsigned int udp_sendspace = 212992;

static const struct counter_desc udp_counters[] = {
	[COUNTER_INDEX(UDPS_IPACKETS)] = { "ipackets", "datagrams received" },
	[COUNTER_INDEX(UDPS_HDROPS)] = { "hdrops", "with incomplete header" },
	[COUNTER_INDEX(UDPS_BADLEN)] = { "badlen", "with bad data length field" },
	[COUNTER_INDEX(UDPS_BADSUM)] = { "badsum", "with bad checksum" },
	[COUNTER_INDEX(UDPS_NOSUM)] = { "nosum", "with no checksum" },
	[COUNTER_INDEX(UDPS_NOPORT)] = { "noport", "dropped due to no socket" },
	[COUNTER_INDEX(UDPS_NOPORTBCAST)] = { "noportbcast",
		"broadcast or multicast datagrams dropped due to no socket" },
	[COUNTER_INDEX(UDPS_NOTPEER)] = { "notpeer",
		"dropped because the socket had just connected to another peer" },
	[COUNTER_INDEX(UDPS_DEAD)] = { "dead", "dropped because the socket was just closed" },
	[COUNTER_INDEX(UDPS_FULLSOCK)] = { "fullsock", "dropped due to full socket buffers" },
	[COUNTER_INDEX(UDPS_NOMEM)] = { "nomem", "dropped for want of memory" },
	[COUNTER_INDEX(UDPS_BACKLOGGED)] = { "backlogged",
		"left to a system call that had the socket locked" },
	[COUNTER_INDEX(UDPS_BACKLOGFULL)] = { "backlogfull",
		"dropped due to the full backlog of a locked socket" },
	[COUNTER_INDEX(UDPS_RUNS)] = { "runs", "runs of datagrams of one socket" },
	[COUNTER_INDEX(UDPS_DELIVERED)] = { "delivered", "delivered to sockets" },
	[COUNTER_INDEX(UDPS_BCAST)] = { "bcast", "copies of broadcast or multicast datagrams" },
	[COUNTER_INDEX(UDPS_SHUTDOWN)] = { "shutdown",
		"dropped because the socket is shut down for reading" },
	[COUNTER_INDEX(UDPS_INSWCSUM)] = { "inswcsum",
		"datagrams software-checksummed on input" },
	[COUNTER_INDEX(UDPS_OPACKETS)] = { "opackets", "datagrams output" },
	[COUNTER_INDEX(UDPS_ODROPS)] = { "odrops", "datagrams refused by IP on output" },
	[COUNTER_INDEX(UDPS_ERRIN)] = { "errin", "ICMP errors for our sockets" },
	[COUNTER_INDEX(UDPS_SEGMENTED)] = { "segmented", "sends cut into datagrams" },
	[COUNTER_INDEX(UDPS_MERGED)] = { "merged",
		"datagrams given to programs together with the one before" },
	[COUNTER_INDEX(UDPS_OUTSWCSUM)] = { "outswcsum",
		"datagrams software-checksummed on output" },
};

static_assert(ARRAY_SIZE(udp_counters) == COUNTER_INDEX(UDPS_END));

static const struct knob udp_knobs[] = {
	KNOB_UINT("udp/recvspace", &udp_recvspace, 2048, SB_MAX),
	KNOB_UINT("udp/sendspace", &udp_sendspace, 2048, SB_MAX),
	KNOB_UINT("udp/blackhole", &bsd_udp_blackhole, 0, 1),
};

static const struct inpcb_ops udp_pcb_ops = {
	.io_name = "udp",
	.io_deliver = bsd_udp_deliver,
	.io_backlogged = UDPS_BACKLOGGED,
	.io_backlogfull = UDPS_BACKLOGFULL,
	.io_locks = PCBS_LOCKS,
	.io_contended = PCBS_CONTENDED,
};

static int udp_attach(struct bsd_socket *so, int proto)
{
	int error;

	error = sb_reserve(&so->so_rcv, READ_ONCE(udp_recvspace));
	if (error)
		return error;
	error = sb_reserve(&so->so_snd, READ_ONCE(udp_sendspace));
	if (error)
		return error;
	return in_pcballoc(so, &udbtable, AF_INET);
}

static void udp_detach(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;

	in_pcblock(inp, ns);
	bsd_udp_cork_free(inp);
	in_pcbdetach(inp);
	in_pcbunlock(inp, ns);
}

static int udp_bind(struct bsd_socket *so, const struct sockaddr *name, bool privileged,
		    struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	int error;

	in_pcblock(inp, ns);
	error = in_pcbbind(inp, (const struct sockaddr_in *)name, privileged);
	in_pcbunlock(inp, ns);
	return error;
}

static int udp_connect(struct bsd_socket *so, const struct sockaddr *name, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	int error;

	in_pcblock(inp, ns);
	error = in_pcbconnect(inp, (const struct sockaddr_in *)name);
	in_pcbunlock(inp, ns);
	return error;
}

static int udp_disconnect(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;

	in_pcblock(inp, ns);
	in_pcbdisconnect(inp);
	in_pcbunlock(inp, ns);
	return 0;
}

/* What can be told without locks and routes; bsd_udp_output() checks again. */
static int udp_sendcheck(struct bsd_socket *so, const struct sockaddr *name, size_t len)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)name;
	const struct inpcb *inp = so->so_pcb;

	if (unlikely(len > UDP_MAXDATA))
		return -EMSGSIZE;
	if (sin)
		return likely(sin->sin_port) ? 0 : -EINVAL;
	return likely(READ_ONCE(inp->inp_faddr.v4.s_addr) || READ_ONCE(inp->inp_ppcb)) ?
	       0 : -EDESTADDRREQ;
}

/* Too long for the path: tell a socket that asked how long it may be. */
static void udp_local_error(struct inpcb *inp, const struct sockaddr_in *sin, u32 mtu)
{
	struct ctl_error ce = { .ce_errno = EMSGSIZE, .ce_mtu = mtu };
	struct sockaddr_in dst = { .sin_family = AF_INET };

	if (sin) {
		dst.sin_addr = sin->sin_addr;
		dst.sin_port = sin->sin_port;
	} else {
		dst.sin_addr = inp->inp_faddr.v4;
		dst.sin_port = inp->inp_fport;
	}
	sorecverr_append(inp->inp_socket, &ce, SO_EE_ORIGIN_LOCAL, &dst, NULL, 0);
}

static int udp_send(struct bsd_socket *so, struct mbuf *m, const struct sockaddr *name,
		    const struct msg_control *ctl, struct netstack *ns)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)name;
	struct inpcb *inp = so->so_pcb;
	int error;
	u32 mtu;

	in_pcblock(inp, ns);
	error = bsd_udp_send_data(inp, m, sin, ctl, ns, &mtu);
	in_pcbunlock(inp, ns);
	if (unlikely(error == -EMSGSIZE) && READ_ONCE(inp->inp_flags) & INP_RECVERR)
		udp_local_error(inp, sin, mtu);
	return error;
}

/*
 * A record of another socket, to the peer. What UDP_GRO put together is cut as it came.
 * A pass is counted, so that two sockets that splice to each other end.
 */
static int udp_splice(struct bsd_socket *so, struct mbuf *m, u32 len, bool urgent,
		      struct netstack *ns)
{
	struct msg_control ctl = { .mc_tos = -1, .mc_segment = -1 };
	struct inpcb *inp = so->so_pcb;
	int error;
	u32 mtu;

	if (!in_pcbtrylock(inp, ns))
		return -EBUSY;
	if (m->m_pkthdr.ph_segs > 1)
		ctl.mc_segment = m->m_pkthdr.ph_mss;
	m_resethdr(m);
	m->m_pkthdr.ph_loopcnt++;
	error = bsd_udp_send_data(inp, m, NULL, &ctl, ns, &mtu);
	in_pcbunlock(inp, ns);
	return error;
}

static void udp_soname(const struct mbuf *m, struct sockaddr_in *sin)
{
	const struct ip *ip = m->m_pkthdr.ph_cookie;
	const struct bsd_udphdr *uh = (const void *)((const u8 *)ip + (ip->ip_hl << 2));

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = uh->uh_sport;
	sin->sin_addr.s_addr = ip->ip_src;
}

static void udp_control(struct bsd_socket *so, const struct mbuf *m, struct cmsg_sink *sink)
{
	bsd_ip_control(so->so_pcb, m, sink);
	bsd_udp_merge_control(m, sink);
}

static const struct pr_usrreqs udp_usrreqs = {
	.pru_attach = udp_attach,
	.pru_detach = udp_detach,
	.pru_bind = udp_bind,
	.pru_connect = udp_connect,
	.pru_disconnect = udp_disconnect,
	.pru_send = udp_send,
	.pru_push = bsd_udp_push,
	.pru_splice = udp_splice,
	.pru_flow = in_pcb_flow,
	.pru_sendcheck = udp_sendcheck,
	.pru_sockaddr = in_pcb_sockaddr,
	.pru_peeraddr = in_pcb_peeraddr,
	.pru_soname = udp_soname,
	.pru_control = udp_control,
	.pru_setsockopt = bsd_udp_setsockopt,
	.pru_getsockopt = bsd_udp_getsockopt,
};

/*
 * An ICMP error quotes a datagram: to the socket that could have sent it. A
 * connected one learns of hard errors, one with IP_RECVERR of all (ip(7)).
 */
static bool udp_ctlinput(const struct ctl_error *ce, const void *data, unsigned int len,
			 struct netstack *ns)
{
	struct sockaddr_in dst = { .sin_family = AF_INET };
	const struct bsd_udphdr *uh;
	const struct ip *ip = data;
	struct bsd_socket *so;
	struct inpcb *inp;
	bool hard = ce->ce_hard;
	unsigned int off;
	u32 flags;

	off = (ip->ip_hl << 2) + sizeof(*uh);
	if (len < off)
		return false;
	uh = data + off - sizeof(*uh);
	inp = in_pcblookup4(&udbtable, ip->ip_dst, uh->uh_dport, ip->ip_src, uh->uh_sport,
			    ce->ce_rtableid, ce->ce_ifidx, 0);
	if (!inp || !in_pcb_alive(inp))
		return false;
	counter_inc(UDPS_ERRIN);
	so = inp->inp_socket;
	if (ce->ce_errno == EMSGSIZE) {
		if (READ_ONCE(inp->inp_pmtudisc) == IP_PMTUDISC_DONT)
			return true;	/* the next one will be cut */
		hard = true;
	}
	flags = READ_ONCE(inp->inp_flags);
	if (!ce->ce_errno ||
	    (!(flags & INP_RECVERR) && (!hard || !READ_ONCE(inp->inp_faddr.v4.s_addr))))
		return true;
	if (flags & INP_RECVERR) {
		dst.sin_addr.s_addr = ip->ip_dst;
		dst.sin_port = uh->uh_dport;
		sorecverr_append(so, ce, SO_EE_ORIGIN_ICMP, &dst, data + off, len - off);
	}
	soseterror(so, ce->ce_errno);
	return true;
}

const struct protosw bsd_udp_protosw = {
	.pr_type = SOCK_DGRAM,
	.pr_protocol = IPPROTO_UDP,
	.pr_flags = PR_ATOMIC | PR_ADDR,
	.pr_input = bsd_udp_input,
	.pr_ctlinput = udp_ctlinput,
	.pr_section = NETSEC_USRREQ,
	.pr_usrreqs = &udp_usrreqs,
	.pr_owner = THIS_MODULE,
};

/**
 * bsd_udp_init() - start UDP: table, counters, knobs
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
int bsd_udp_init(void)
{
	int error;

	error = in_pcbtable_init(&udbtable, &udp_pcb_ops);
	if (error)
		return error;
	error = counter_register(CG_UDP, "udp", udp_counters, ARRAY_SIZE(udp_counters));
	if (error)
		goto err_table;
	error = knobs_register(udp_knobs, ARRAY_SIZE(udp_knobs));
	if (error)
		goto err_counters;
	return 0;

err_counters:
	counter_unregister(CG_UDP);
err_table:
	in_pcbtable_exit(&udbtable);
	return error;
}

/**
 * bsd_udp_exit() - the other half of bsd_udp_init()
 *
 * Context: Process, may sleep; no socket is left.
 */
void bsd_udp_exit(void)
{
	knobs_unregister(udp_knobs, ARRAY_SIZE(udp_knobs));
	counter_unregister(CG_UDP);
	in_pcbtable_exit(&udbtable);
}
