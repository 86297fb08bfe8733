// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * raw_usrreq.c - what raw sockets are asked for, ICMP errors for them, and their
 * counters and knobs.
 *
 * Send path: socket_send.c -> raw_send() here -> raw_ip.c. Errors: ip_icmp.c ->
 * raw_ctlinput() -> sockets.
 *
 * Context: section of a system call (errors: of a softnet thread); the PCB mutex is
 * taken here. Who may have a raw socket (CAP_NET_RAW) is asked by linux/family.c.
 *
 * Source: raw(7), icmp(7) of Linux.
 */
#include <bsdnet/raw_ip.h>
#include <bsdnet/in.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_mroute.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/subsys.h>
#include <bsdnet/sysfs.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <uapi/linux/errqueue.h>

#include "raw_priv.h"

/* Linux's <linux/icmp.h> has it, together with struct names of ours. */
#define RAW_ICMP_FILTER		1
#define RAW_NERRORS		16	/* sockets told of an ICMP error at a time */

struct inpcbtable rawcbtable;

static unsigned int raw_recvspace = 212992;	/* Linux's net.core.rmem_default */
static unsigned int raw_sendspace = 212992;

static const struct counter_desc raw_counters[] = {
	[COUNTER_INDEX(RAWS_IPACKETS)] = { "ipackets", "packets copied for raw sockets" },
	[COUNTER_INDEX(RAWS_DELIVERED)] = { "delivered", "delivered to sockets" },
	[COUNTER_INDEX(RAWS_FULLSOCK)] = { "fullsock", "dropped due to full socket buffers" },
	[COUNTER_INDEX(RAWS_SHUTDOWN)] = { "shutdown",
		"dropped because the socket is shut down for reading" },
	[COUNTER_INDEX(RAWS_DEAD)] = { "dead", "dropped because the socket was just closed" },
	[COUNTER_INDEX(RAWS_FILTERED)] = { "filtered", "not delivered because of ICMP_FILTER" },
	[COUNTER_INDEX(RAWS_NOMEM)] = { "nomem", "dropped for want of memory" },
	[COUNTER_INDEX(RAWS_BACKLOGGED)] = { "backlogged",
		"left to a system call that had the socket locked" },
	[COUNTER_INDEX(RAWS_BACKLOGFULL)] = { "backlogfull",
		"dropped due to the full backlog of a locked socket" },
	[COUNTER_INDEX(RAWS_OPACKETS)] = { "opackets", "packets output" },
	[COUNTER_INDEX(RAWS_ODROPS)] = { "odrops", "packets refused by IP on output" },
	[COUNTER_INDEX(RAWS_BADHDR)] = { "badhdr", "packets with an impossible header refused" },
	[COUNTER_INDEX(RAWS_ERRIN)] = { "errin", "ICMP errors for our sockets" },
};

static_assert(ARRAY_SIZE(raw_counters) == COUNTER_INDEX(RAWS_END));

static const struct knob raw_knobs[] = {
	KNOB_UINT("raw/recvspace", &raw_recvspace, 2048, SB_MAX),
	KNOB_UINT("raw/sendspace", &raw_sendspace, 2048, SB_MAX),
};

static const struct inpcb_ops raw_pcb_ops = {
	.io_name = "raw",
	.io_deliver = raw_append,
	.io_backlogged = RAWS_BACKLOGGED,
	.io_backlogfull = RAWS_BACKLOGFULL,
	.io_locks = PCBS_LOCKS,
	.io_contended = PCBS_CONTENDED,
};

/* Without a bind a raw socket is open for everything at once. */
static int raw_attach(struct bsd_socket *so, int proto)
{
	struct netstack ns;
	struct inpcb *inp;
	int error;

	if (proto < 0 || proto > IPPROTO_RAW)
		return -EPROTONOSUPPORT;
	error = sb_reserve(&so->so_rcv, READ_ONCE(raw_recvspace));
	if (error)
		return error;
	error = sb_reserve(&so->so_snd, READ_ONCE(raw_sendspace));
	if (error)
		return error;
	error = in_pcballoc(so, &rawcbtable, AF_INET);
	if (error)
		return error;
	inp = so->so_pcb;
	inp->inp_proto = proto;
	net_enter(&ns, NETSEC_USRREQ);
	in_pcblock(inp, &ns);
	if (proto == IPPROTO_RAW)
		WRITE_ONCE(inp->inp_flags, inp->inp_flags | INP_HDRINCL);
	error = in_pcb_claimproto(inp, proto);
	if (error)
		in_pcbdetach(inp);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return error;
}

static void raw_detach(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;

	mrt_detach(inp);
	in_pcblock(inp, ns);
	in_pcbdetach(inp);
	in_pcbunlock(inp, ns);
}

static int raw_bind(struct bsd_socket *so, const struct sockaddr *name, bool privileged,
		    struct netstack *ns)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)name;
	struct inpcb *inp = so->so_pcb;
	u32 flags;
	int error;

	in_pcblock(inp, ns);
	error = in_pcb_checkaddr(inp, sin->sin_addr.s_addr, &flags);
	if (!error && inp->inp_faddr.v4.s_addr)
		error = -EINVAL;
	if (!error) {
		WRITE_ONCE(inp->inp_laddr.v4.s_addr, sin->sin_addr.s_addr);
		WRITE_ONCE(inp->inp_flags,
			   (inp->inp_flags & ~(INP_NOSRC | INP_FOREIGNADDR | INP_ADDRBOUND)) |
			   flags | (sin->sin_addr.s_addr ? INP_ADDRBOUND : 0));
	}
	in_pcbunlock(inp, ns);
	return error;
}

/* The PCB stays on its chain: raw sockets are not looked up by peer. */
static int raw_connect(struct bsd_socket *so, const struct sockaddr *name, struct netstack *ns)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)name;
	__be32 faddr = sin->sin_addr.s_addr;
	struct inpcb *inp = so->so_pcb;
	unsigned int ifidx;
	__be32 src;
	int error;

	if (!faddr)
		faddr = htonl(INADDR_LOOPBACK);
	in_pcblock(inp, ns);
	error = in_pcb_sendif(inp, NULL, faddr, &ifidx);
	if (!error)
		error = in_pcb_source(inp, faddr, ifidx, &src);
	if (!error) {
		if (!(inp->inp_flags & INP_ADDRBOUND))
			WRITE_ONCE(inp->inp_laddr.v4.s_addr, src);
		WRITE_ONCE(inp->inp_faddr.v4.s_addr, faddr);
	}
	in_pcbunlock(inp, ns);
	return error;
}

static int raw_disconnect(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;

	in_pcblock(inp, ns);
	WRITE_ONCE(inp->inp_faddr.v4.s_addr, 0);
	if (!(inp->inp_flags & INP_ADDRBOUND))
		WRITE_ONCE(inp->inp_laddr.v4.s_addr, 0);
	in_pcbunlock(inp, ns);
	return 0;
}

static int raw_sendcheck(struct bsd_socket *so, const struct sockaddr *name, size_t len)
{
	const struct inpcb *inp = so->so_pcb;

	if (len > IP_MAXPACKET)
		return -EMSGSIZE;
	return name || READ_ONCE(inp->inp_faddr.v4.s_addr) ? 0 : -EDESTADDRREQ;
}

static int raw_send(struct bsd_socket *so, struct mbuf *m, const struct sockaddr *name,
		    const struct msg_control *ctl, struct netstack *ns)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)name;
	struct ctl_error ce = { .ce_errno = EMSGSIZE };
	struct sockaddr_in dst = { .sin_family = AF_INET };
	struct inpcb *inp = so->so_pcb;
	int error;

	in_pcblock(inp, ns);
	error = raw_output(inp, m, sin, ctl, ns, &ce.ce_mtu);
	in_pcbunlock(inp, ns);
	if (unlikely(error == -EMSGSIZE) && READ_ONCE(inp->inp_flags) & INP_RECVERR) {
		dst.sin_addr = sin ? sin->sin_addr : inp->inp_faddr.v4;
		sorecverr_append(so, &ce, SO_EE_ORIGIN_LOCAL, &dst, NULL, 0);
	}
	return error;
}

/* The port is the protocol, as on Linux. */
static void raw_sockaddr(struct bsd_socket *so, struct sockaddr_in *sin)
{
	const struct inpcb *inp = so->so_pcb;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = htons(inp->inp_proto);
	sin->sin_addr.s_addr = READ_ONCE(inp->inp_laddr.v4.s_addr);
}

static void raw_soname(const struct mbuf *m, struct sockaddr_in *sin)
{
	const struct ip *ip = m->m_pkthdr.ph_cookie;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = ip->ip_src;
}

static void raw_control(struct bsd_socket *so, const struct mbuf *m, struct cmsg_sink *sink)
{
	bsd_ip_control(so->so_pcb, m, sink);
}

/* A filter that is given in part changes that part only, as on Linux. */
static int raw_set_filter(struct inpcb *inp, sockptr_t val, unsigned int len)
{
	u32 filter = READ_ONCE(inp->inp_icmpfilter);

	if (inp->inp_proto != IPPROTO_ICMP)
		return -EOPNOTSUPP;
	if (copy_from_sockptr(&filter, val, min_t(unsigned int, len, sizeof(filter))))
		return -EFAULT;
	WRITE_ONCE(inp->inp_icmpfilter, filter);
	return 0;
}

static int raw_setsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val,
			  unsigned int len)
{
	if (level == IPPROTO_IP && mrt_is_opt(opt))
		return mrt_setopt(so->so_pcb, opt, val, len);
	if (level != SOL_RAW)
		return bsd_ip_setsockopt(so, level, opt, val, len);
	if (opt != RAW_ICMP_FILTER)
		return -ENOPROTOOPT;
	return raw_set_filter(so->so_pcb, val, len);
}

static int raw_getsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val,
			  sockptr_t len)
{
	const struct inpcb *inp = so->so_pcb;
	u32 filter;

	if (level == IPPROTO_IP && mrt_is_opt(opt))
		return mrt_getopt(so->so_pcb, opt, val, len);
	if (level != SOL_RAW)
		return bsd_ip_getsockopt(so, level, opt, val, len);
	if (opt != RAW_ICMP_FILTER)
		return -ENOPROTOOPT;
	if (inp->inp_proto != IPPROTO_ICMP)
		return -EOPNOTSUPP;
	filter = READ_ONCE(inp->inp_icmpfilter);
	return bsd_ip_getopt_out(&filter, sizeof(filter), val, len);
}

static const struct pr_usrreqs raw_usrreqs = {
	.pru_attach = raw_attach,
	.pru_detach = raw_detach,
	.pru_bind = raw_bind,
	.pru_connect = raw_connect,
	.pru_disconnect = raw_disconnect,
	.pru_send = raw_send,
	.pru_sendcheck = raw_sendcheck,
	.pru_sockaddr = raw_sockaddr,
	.pru_peeraddr = in_pcb_peeraddr,
	.pru_soname = raw_soname,
	.pru_control = raw_control,
	.pru_setsockopt = raw_setsockopt,
	.pru_getsockopt = raw_getsockopt,
};

/* Tell one socket. True if it could have sent the packet. */
static void raw_error(struct inpcb *inp, const struct ctl_error *ce, const struct ip *ip,
		      unsigned int len)
{
	struct sockaddr_in dst = { .sin_family = AF_INET, .sin_addr.s_addr = ip->ip_dst };
	u32 flags = READ_ONCE(inp->inp_flags);
	unsigned int off = flags & INP_HDRINCL ? 0 : ip->ip_hl << 2;
	bool hard = ce->ce_hard;

	if (!ce->ce_errno || !in_pcb_alive(inp))
		return;
	if (!(flags & INP_RECVERR) && !READ_ONCE(inp->inp_faddr.v4.s_addr))
		return;
	if (ce->ce_errno == EMSGSIZE)
		hard = READ_ONCE(inp->inp_pmtudisc) != IP_PMTUDISC_DONT;
	if (flags & INP_RECVERR)
		sorecverr_append(inp->inp_socket, ce, SO_EE_ORIGIN_ICMP, &dst,
				 (const u8 *)ip + off, len - off);
	if (hard || flags & INP_RECVERR)
		soseterror(inp->inp_socket, ce->ce_errno);
}

/* An ICMP error quotes a packet: to the sockets of its protocol that could have sent it. */
static bool raw_ctlinput(const struct ctl_error *ce, const void *data, unsigned int len,
			 struct netstack *ns)
{
	struct inpcb *inps[RAW_NERRORS];
	const struct ip *ip = data;
	unsigned int total = 0;
	unsigned int i;
	unsigned int n;

	if (len < ip->ip_hl << 2)
		return false;
	do {
		n = in_pcblookup_all(&rawcbtable, ip->ip_dst, 0, ip->ip_src, htons(ip->ip_p),
				     ce->ce_rtableid, ce->ce_ifidx, inps, RAW_NERRORS, total);
		for (i = 0; i < n; i++)
			raw_error(inps[i], ce, ip, len);
		total += n;
	} while (n == RAW_NERRORS);
	if (total)
		counter_inc(RAWS_ERRIN);
	return total;
}

const struct protosw raw_protosw = {
	.pr_type = SOCK_RAW,
	.pr_protocol = 0,
	.pr_flags = PR_ATOMIC | PR_ADDR,
	.pr_ctlinput = raw_ctlinput,
	.pr_section = NETSEC_USRREQ,
	.pr_usrreqs = &raw_usrreqs,
	.pr_owner = THIS_MODULE,
};

/**
 * raw_init() - start raw sockets: table, counters, knobs
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
int raw_init(void)
{
	int error;

	error = in_pcbtable_init(&rawcbtable, &raw_pcb_ops);
	if (error)
		return error;
	error = counter_register(CG_RAW, "raw", raw_counters, ARRAY_SIZE(raw_counters));
	if (error)
		goto err_table;
	error = knobs_register(raw_knobs, ARRAY_SIZE(raw_knobs));
	if (error)
		goto err_counters;
	return 0;

err_counters:
	counter_unregister(CG_RAW);
err_table:
	in_pcbtable_exit(&rawcbtable);
	return error;
}

/**
 * raw_exit() - the other half of raw_init()
 *
 * Context: Process, may sleep; no socket is left.
 */
void raw_exit(void)
{
	knobs_unregister(raw_knobs, ARRAY_SIZE(raw_knobs));
	counter_unregister(CG_RAW);
	in_pcbtable_exit(&rawcbtable);
}
