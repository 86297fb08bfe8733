// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_usrreq.c - what sockets ask of TCP, ICMP errors for its connections, the
 * protocol's knobs and counters.
 *
 * Send path: linux/sock_stream.c -> socket_send.c -> tcp_send() here -> send buffer ->
 * tcp_output.c. Errors: ip_icmp.c -> tcp_ctlinput().
 *
 * Context: section of a system call (errors: of a softnet thread); the PCB mutex is
 * taken here.
 *
 * Source: RFC 9293 3.9.1 (user calls), 3.9.2.2 (ICMP), 3.10; RFC 5927 (ICMP attacks);
 * tcp(7) of Linux for error numbers.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/in.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/sysfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <uapi/bsdnet/ioctl.h>

#include "tcp_counters.h"

struct inpcbtable tcbtable;

unsigned int bsd_tcp_recvspace = 256 * 1024;
unsigned int bsd_tcp_sendspace = 256 * 1024;
unsigned int bsd_tcp_keepidle = 7200 * 1000;
unsigned int bsd_tcp_keepintvl = 75 * 1000;
unsigned int bsd_tcp_keepcnt = 9;
unsigned int bsd_tcp_msl = 30 * 1000;
unsigned int bsd_tcp_delack = 40;
unsigned int bsd_tcp_rexmit_max = 15;
unsigned int bsd_tcp_synretries = 6;
unsigned int bsd_tcp_synack_retries = 5;
unsigned int bsd_tcp_finwait2 = 60 * 1000;
unsigned int bsd_tcp_sack = 1;
unsigned int bsd_tcp_syncookies = 1;
unsigned int bsd_tcp_ecn = 2;
unsigned int bsd_tcp_tso = 2;
unsigned int bsd_tcp_fastopen = TCP_FASTOPEN_CLIENT;
unsigned int bsd_tcp_blackhole;
unsigned int bsd_tcp_pmtud_blackhole = 600;
unsigned int bsd_tcp_challenge_limit = 10;
unsigned int bsd_tcp_syncache_limit = 10255;

static unsigned int tcp_input_lock = INP_LOCK_BACKLOG;	/* knob tcp/input_lock */

static const char *const input_lock_names[INP_LOCK_N] = {
	[INP_LOCK_BACKLOG] = "backlog",
	[INP_LOCK_THREAD] = "thread",
	[INP_LOCK_PACKET] = "packet",
};

static ssize_t input_lock_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%s\n", input_lock_names[READ_ONCE(tcp_input_lock)]);
}

static int input_lock_store(const struct knob *kn, const char *buf)
{
	int how = sysfs_match_string(input_lock_names, buf);

	if (how < 0)
		return how;
	WRITE_ONCE(tcp_input_lock, how);
	return 0;
}

static const struct knob tcp_knobs[] = {
	KNOB_UINT("tcp/recvspace", &bsd_tcp_recvspace, 2048, SB_MAX),
	KNOB_UINT("tcp/sendspace", &bsd_tcp_sendspace, 2048, SB_MAX),
	KNOB_UINT("tcp/recvbuf_max", &bsd_tcp_recvbuf_max, 2048, SB_MAX),
	KNOB_UINT("tcp/sendbuf_max", &bsd_tcp_sendbuf_max, 2048, SB_MAX),
	KNOB_UINT("tcp/keepidle", &bsd_tcp_keepidle, 1000, INT_MAX),
	KNOB_UINT("tcp/keepintvl", &bsd_tcp_keepintvl, 1000, INT_MAX),
	KNOB_UINT("tcp/keepcnt", &bsd_tcp_keepcnt, 1, 127),
	KNOB_UINT("tcp/msl", &bsd_tcp_msl, 10, 120 * 1000),
	KNOB_UINT("tcp/delack", &bsd_tcp_delack, 1, 500),
	KNOB_UINT("tcp/rexmit_max", &bsd_tcp_rexmit_max, 1, 60),
	KNOB_UINT("tcp/synretries", &bsd_tcp_synretries, 1, 60),
	KNOB_UINT("tcp/synack_retries", &bsd_tcp_synack_retries, 0, 10),
	KNOB_UINT("tcp/finwait2", &bsd_tcp_finwait2, 1000, 600 * 1000),
	KNOB_UINT("tcp/sack", &bsd_tcp_sack, 0, 1),
	KNOB_UINT("tcp/ecn", &bsd_tcp_ecn, 0, 2),
	KNOB_UINT("tcp/tso", &bsd_tcp_tso, 0, 2),
	KNOB_UINT("tcp/fastopen", &bsd_tcp_fastopen, 0, 3),
	KNOB_UINT("tcp/syncookies", &bsd_tcp_syncookies, 0, 2),
	KNOB_UINT("tcp/blackhole", &bsd_tcp_blackhole, 0, 1),
	KNOB_UINT("tcp/pmtud_blackhole", &bsd_tcp_pmtud_blackhole, 0, 24 * 3600),
	KNOB_UINT("tcp/challenge_limit", &bsd_tcp_challenge_limit, 0, 100000),
	KNOB_UINT("tcp/syncache_limit", &bsd_tcp_syncache_limit, 1, 1000000),
	KNOB_UINT("tcp/orphans_max", &bsd_tcp_orphans_max, 0, INT_MAX),
	KNOB_UINT("tcp/timewait_max", &bsd_tcp_timewait_max, 0, INT_MAX),
	KNOB_CALL("tcp/orphans", bsd_tcp_orphans_show, NULL),
	KNOB_CALL("tcp/timewaits", bsd_tcp_timewaits_show, NULL),
	KNOB_CALL("tcp/congestion", bsd_tcp_cc_show, bsd_tcp_cc_store),
	KNOB_CALL("tcp/input_lock", input_lock_show, input_lock_store),
	KNOB_COUNTER("tcp/pcb_locks", TS_PCBLOCKS),
	KNOB_COUNTER("tcp/pcb_contended", TS_PCBCONTENDED),
	KNOB_COUNTER("tcp/segments", TS_RCVTOTAL),
	KNOB_COUNTER("tcp/backlogged", TS_BACKLOGGED),
};

static const struct inpcb_ops tcp_pcb_ops = {
	.io_name = "tcp",
	.io_deliver = bsd_tcp_deliver,
	.io_backlogged = TS_BACKLOGGED,
	.io_backlogfull = TS_BACKLOGFULL,
	.io_locks = TS_PCBLOCKS,
	.io_contended = TS_PCBCONTENDED,
	.io_input_lock = &tcp_input_lock,
	.io_free = bsd_tcp_freetcpcb,
	.io_info = bsd_tcp_pcbinfo,
	.io_stream = true,
};

/* Unlock after a request, and wake whom it concerns. */
static void tcp_unlock(struct inpcb *inp, struct netstack *ns, u32 wake)
{
	struct bsd_socket *so = inp->inp_socket;

	in_pcbunlock(inp, ns);
	sowakeup(so, wake);
}

static int tcp_attach(struct bsd_socket *so, int proto)
{
	struct netstack ns;
	struct inpcb *inp;
	int error;

	error = sb_reserve(&so->so_rcv, READ_ONCE(bsd_tcp_recvspace));
	if (!error)
		error = sb_reserve(&so->so_snd, READ_ONCE(bsd_tcp_sendspace));
	if (!error)
		error = in_pcballoc(so, &tcbtable, AF_INET);
	if (error)
		return error;
	inp = so->so_pcb;
	if (bsd_tcp_newtcpcb(inp, GFP_KERNEL_ACCOUNT))
		return 0;
	net_enter(&ns, NETSEC_TCPREQ);
	in_pcblock(inp, &ns);
	in_pcbdetach(inp);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return -ENOMEM;
}

/* We send no more: a FIN behind what is in the buffer. RFC 9293 3.10.4. */
static u32 tcp_usrclosed(struct tcpcb *tp, struct netstack *ns)
{
	switch (tp->t_state) {
	case TCPS_LISTEN:
	case TCPS_SYN_SENT:
	case TCPS_CLOSED:
		return bsd_tcp_close(tp);
	case TCPS_SYN_RECEIVED:
		/* Both have called, and here nobody wants it any more. */
		return bsd_tcp_drop(tp, 0, ns);
	case TCPS_ESTABLISHED:
		bsd_tcp_setstate(tp, TCPS_FIN_WAIT_1);
		break;
	case TCPS_CLOSE_WAIT:
		bsd_tcp_setstate(tp, TCPS_LAST_ACK);
		break;
	case TCPS_FIN_WAIT_2:
		if (tp->t_flags & TF_ORPHAN)
			bsd_tcp_halfclosed(tp);
		return 0;
	default:
		return 0;
	}
	tp->t_flags &= ~(TF_CORK | TF_MORE);
	bsd_tcp_output(tp, ns);
	return 0;
}

/*
 * The program is gone. What it has sent still goes out, unless it said otherwise
 * (SO_LINGER 0), has left data unread (RFC 2525 2.17), or tcp/orphans_max is reached.
 */
static void tcp_detach(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);
	bool abort, many, left;

	in_pcblock(inp, ns);
	abort = READ_ONCE(so->so_linger) == 0 ||
		(!(READ_ONCE(so->so_state) & SS_ACCEPTCONN) && so_instream(so));
	many = !bsd_tcp_orphan(tp);
	if (tp->t_state == TCPS_FIN_WAIT_2)
		many = false;	/* it has sent all */
	left = tcp_synchronized(tp) && tp->t_state != TCPS_TIME_WAIT;
	if (left && many && !abort)
		counter_inc(TS_ORPHANDROPS);
	if (left && (many || abort))
		bsd_tcp_drop(tp, 0, ns);
	else
		tcp_usrclosed(tp, ns);
	in_pcbunlock(inp, ns);
}

static int tcp_bind(struct bsd_socket *so, const struct sockaddr *name, bool privileged,
		    struct netstack *ns)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)name;
	struct inpcb *inp = so->so_pcb;
	int error;

	if (in_multicast(sin->sin_addr.s_addr))
		return -EADDRNOTAVAIL;
	in_pcblock(inp, ns);
	error = in_pcbbind(inp, sin, privileged);
	in_pcbunlock(inp, ns);
	return error;
}

static int tcp_listen(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);
	int error = 0;

	in_pcblock(inp, ns);
	if (tp->t_state != TCPS_LISTEN) {
		if (tp->t_state != TCPS_CLOSED)
			error = -EINVAL;
		if (!error && !inp->inp_lport)
			error = in_pcb_autobind(inp);
		if (error == -EAGAIN)
			error = -EADDRINUSE;
		if (!error)
			error = in_pcb_listen(inp);
		if (!error)
			bsd_tcp_setstate(tp, TCPS_LISTEN);
	}
	if (!error)
		solistening(so);	/* again, after shutdown(2) */
	in_pcbunlock(inp, ns);
	return error;
}

/* Its PCB was made where memory could not be waited for. */
static void tcp_accepted(struct bsd_socket *so)
{
	in_pcbhash_grow(&tcbtable);
}

/* RFC 9293 3.10.1, active. */
static int tcp_connect(struct bsd_socket *so, const struct sockaddr *name, struct netstack *ns)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)name;
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);
	struct in_conninfo inc;
	u32 wake = 0;
	int error;

	if (!sin->sin_port)
		return -EADDRNOTAVAIL;
	if (in_multicast(sin->sin_addr.s_addr) || sin->sin_addr.s_addr == htonl(INADDR_BROADCAST))
		return -ENETUNREACH;
	in_pcblock(inp, ns);
	error = tp->t_state == TCPS_LISTEN ? -EISCONN :
		tp->t_state != TCPS_CLOSED ? -EALREADY : 0;
	if (!error)
		error = in_pcbconnect(inp, sin);
	if (error)
		goto out_unlock;
	bsd_tcp_inconninfo(inp, &inc);
	tp->iss = bsd_tcp_iss(&inc);
	tp->ts_offset = bsd_tcp_tsoffset(&inc);
	tp->snd_una = tp->iss;
	tp->snd_nxt = tp->iss;
	tp->snd_max = tp->iss;
	tp->snd_recover = tp->iss;
	tp->t_ecnrecover = tp->iss;
	tp->snd_wnd = 0;
	tp->snd_maxwnd = 0;
	tp->rcv_nxt = 0;
	tp->rcv_adv = 0;
	tp->rcv_wnd = READ_ONCE(so->so_rcv.sb_hiwat);
	tp->rcv_scale = bsd_tcp_rcvscale(tp->rcv_wnd);
	tp->snd_scale = 0;
	tp->t_rxtshift = 0;
	tp->t_softerror = 0;
	tp->t_rtttime = 0;
	tp->t_pathmss = 0;
	tp->t_flags &= TF_NODELAY | TF_CORK | TF_QUICKACK | TF_FASTOPEN | TF_NOCOOKIE;
	bsd_tcp_rtt_reset(tp);
	counter_inc(TS_CONNATTEMPT);
	soisconnecting(so);
	bsd_tcp_setstate(tp, TCPS_SYN_SENT);
	if (bsd_tcp_fastopen_ready(tp)) {
		tp->t_flags |= TF_DEFER;
		so_setstate(so, SS_SYNDATA, 0);
	}
	error = bsd_tcp_output(tp, ns);
	if (error) {
		wake = bsd_tcp_close(tp);
		counter_inc(TS_CONNDROPS);
	}
out_unlock:
	tcp_unlock(inp, ns, wake);
	return error;
}

/* connect(2) to AF_UNSPEC: RFC 9293 3.10.5, ABORT. */
static int tcp_disconnect(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);
	u32 wake = 0;

	in_pcblock(inp, ns);
	if (tp->t_state != TCPS_LISTEN) {
		if (tp->t_state != TCPS_CLOSED)
			wake = bsd_tcp_drop(tp, 0, ns);
		in_pcbdisconnect(inp);
	}
	tcp_unlock(inp, ns, wake);
	return 0;
}

static int tcp_shutdown(struct bsd_socket *so, int how, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);
	u32 wake = 0;

	in_pcblock(inp, ns);
	if (tp->t_state == TCPS_SYN_SENT)
		wake = bsd_tcp_close(tp);	/* who waits for it hears of that */
	else if (how != SHUT_RD && tcp_synchronized(tp))
		wake = tcp_usrclosed(tp, ns);
	tcp_unlock(inp, ns, wake);
	return 0;
}

/* All that is in the send buffer, up to its last byte, is urgent (RFC 9293 3.10.2). */
static void tcp_mark_urgent(struct tcpcb *tp)
{
	tp->snd_up = tp->snd_una + READ_ONCE(tcp_so(tp)->so_snd.sb_cc);
	if (tp->t_state == TCPS_SYN_SENT)
		tp->snd_up++;		/* behind the SYN */
	tp->t_flags |= TF_URG | TF_URGTELL;
}

/* RFC 9293 3.10.2. */
static int tcp_send(struct bsd_socket *so, struct mbuf *m, const struct sockaddr *name,
		    const struct msg_control *ctl, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);
	u32 cc = m->m_pkthdr.len;

	in_pcblock(inp, ns);
	if (unlikely(tp->t_state != TCPS_ESTABLISHED && tp->t_state != TCPS_CLOSE_WAIT &&
		     tp->t_state != TCPS_SYN_SENT)) {
		in_pcbunlock(inp, ns);
		m_freem(m);
		return -EPIPE;
	}
	if (unlikely(!sb_append_stream(so, &so->so_snd, m))) {
		in_pcbunlock(inp, ns);
		m_freem(m);
		return -ENOBUFS;
	}
	counter_add(TS_USRBYTE, cc);
	if (unlikely(tp->t_flags & TF_DEFER)) {
		tp->t_flags &= ~TF_DEFER;
		so_setstate(so, 0, SS_SYNDATA);
	}
	if (ctl->mc_more)
		tp->t_flags |= TF_MORE;
	else
		tp->t_flags &= ~TF_MORE;
	if (unlikely(ctl->mc_urgent))
		tcp_mark_urgent(tp);
	bsd_tcp_output(tp, ns);
	in_pcbunlock(inp, ns);
	return 0;
}

static void tcp_push(struct bsd_socket *so, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);

	in_pcblock(inp, ns);
	if (tp->t_flags & TF_MORE) {
		tp->t_flags &= ~TF_MORE;
		bsd_tcp_output(tp, ns);
	}
	in_pcbunlock(inp, ns);
}

/* What another connection received, or with @m NULL the end of it. Never waits. */
static int tcp_splice(struct bsd_socket *so, struct mbuf *m, u32 len, bool urgent,
		      struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);
	u32 wake = 0;
	int error = 0;

	if (!in_pcbtrylock(inp, ns))
		return -EBUSY;
	if (tp->t_state != TCPS_ESTABLISHED && tp->t_state != TCPS_CLOSE_WAIT) {
		error = -EPIPE;
	} else if (!m) {
		wake = tcp_usrclosed(tp, ns);
	} else {
		sb_append_taken(so, &so->so_snd, m, len);
		counter_add(TS_USRBYTE, len);
		tp->t_flags &= ~TF_MORE;
		if (unlikely(urgent))
			tcp_mark_urgent(tp);
		bsd_tcp_output(tp, ns);
	}
	tcp_unlock(inp, ns, wake);
	return error;
}

/* The program has read: is there a window to tell? Mostly not: then no lock. */
static int tcp_rcvd(struct bsd_socket *so, bool wait, struct netstack *ns)
{
	struct inpcb *inp = so->so_pcb;
	struct tcpcb *tp = intotcpcb(inp);
	u32 told = READ_ONCE(tp->rcv_adv) - READ_ONCE(tp->rcv_nxt);
	u32 hiwat = READ_ONCE(so->so_rcv.sb_hiwat);

	if (told > hiwat / 2 && told > 4U * READ_ONCE(tp->t_maxseg))
		return 0;
	if (wait)
		in_pcblock(inp, ns);
	else if (!in_pcbtrylock(inp, ns))
		return -EBUSY;
	if (tcp_synchronized(tp))
		bsd_tcp_output(tp, ns);
	in_pcbunlock(inp, ns);
	return 0;
}

static int tcp_peeraddr(struct bsd_socket *so, struct sockaddr_in *sin)
{
	if (!(READ_ONCE(so->so_state) & SS_ISCONNECTED))
		return -ENOTCONN;
	return in_pcb_peeraddr(so, sin);
}

static const struct pr_usrreqs tcp_usrreqs = {
	.pru_attach = tcp_attach,
	.pru_detach = tcp_detach,
	.pru_bind = tcp_bind,
	.pru_connect = tcp_connect,
	.pru_disconnect = tcp_disconnect,
	.pru_shutdown = tcp_shutdown,
	.pru_listen = tcp_listen,
	.pru_rcvd = tcp_rcvd,
	.pru_accepted = tcp_accepted,
	.pru_send = tcp_send,
	.pru_push = tcp_push,
	.pru_splice = tcp_splice,
	.pru_flow = in_pcb_flow,
	.pru_sockaddr = in_pcb_sockaddr,
	.pru_peeraddr = tcp_peeraddr,
	.pru_setsockopt = bsd_tcp_setsockopt,
	.pru_getsockopt = bsd_tcp_getsockopt,
};

/* An error about a segment of ours that is under way (RFC 5927 4.1). PCB locked. */
static u32 tcp_notify(struct tcpcb *tp, const struct ctl_error *ce, struct netstack *ns)
{
	if (ce->ce_errno == EMSGSIZE) {
		/* The route has the new MTU when the section ends; RFC 1191 6.4. */
		u32 mss = ce->ce_mtu > 40 + TCP_MINMSS ? ce->ce_mtu - 40 : TCP_MINMSS;

		mss -= tcp_fixed_optlen(tp);
		if (tcp_synchronized(tp) && mss < tp->t_maxseg) {
			tp->t_maxseg = mss;
			bsd_tcp_rewind(tp);
			bsd_tcp_output(tp, ns);
		}
		return 0;
	}
	/* RFC 1122 4.2.3.9; RFC 5461 for connections that are not open yet. */
	if (tp->t_state == TCPS_SYN_SENT && ce->ce_hard)
		return bsd_tcp_drop(tp, ce->ce_errno, ns);
	tp->t_softerror = ce->ce_errno;
	return 0;
}

static bool tcp_ctlinput(const struct ctl_error *ce, const void *data, unsigned int len,
			 struct netstack *ns)
{
	const struct bsd_tcphdr *th;
	const struct ip *ip = data;
	struct inpcb *inp;
	struct tcpcb *tp;
	unsigned int hlen = ip->ip_hl << 2;
	bool ours = false;
	u32 wake = 0;
	u32 seq;

	/* Both ports and the sequence number are what an error must quote. */
	if (len < hlen + 8)
		return false;
	th = data + hlen;
	seq = ntohl(th->th_seq);
	inp = in_pcblookup4(&tcbtable, ip->ip_dst, th->th_dport, ip->ip_src, th->th_sport,
			    ce->ce_rtableid, ce->ce_ifidx, 0);
	if (!inp || READ_ONCE(inp->inp_flags) & INP_LISTEN || !in_pcbtrylock(inp, ns))
		return false;
	tp = intotcpcb(inp);
	if (in_pcb_alive(inp) && tp->t_state != TCPS_CLOSED && seq_geq(seq, tp->snd_una) &&
	    seq_lt(seq, tp->snd_max)) {
		counter_inc(TS_ERRIN);
		ours = true;
		wake = tcp_notify(tp, ce, ns);
	}
	tcp_unlock(inp, ns, wake);
	return ours;
}

const struct protosw bsd_tcp_protosw = {
	.pr_type = SOCK_STREAM,
	.pr_protocol = IPPROTO_TCP,
	.pr_flags = PR_CONNREQUIRED,
	.pr_section = NETSEC_TCPREQ,
	.pr_input = bsd_tcp_input,
	.pr_ctlinput = tcp_ctlinput,
	.pr_usrreqs = &tcp_usrreqs,
	.pr_owner = THIS_MODULE,
};

/**
 * bsd_tcp_dropconn() - end a connection for an administrator: BSIOCTCPDROP
 * @td: both its ends
 *
 * The peer gets a reset, the program ECONNABORTED. A listener has no peer and cannot be
 * meant; what is half open is in the SYN cache and not a connection yet.
 *
 * Context: Process, not in a section: has its own. Takes and releases inp_mtx.
 * Return:  0; -ESRCH: there is none, or not any more; -EAFNOSUPPORT.
 * Source:  RFC 9293 3.10.5 (ABORT).
 */
int bsd_tcp_dropconn(const struct bsd_tcpdrop *td)
{
	struct in_conninfo inc = {
		.inc_lport = (__force __be16)td->td_lport,
		.inc_fport = (__force __be16)td->td_fport,
		.inc_rtableid = td->td_rtableid,
	};
	struct in_conninfo now;
	struct netstack ns;
	struct inpcb *inp;
	int error = -ESRCH;
	u32 wake = 0;

	if (td->td_family != AF_INET)
		return -EAFNOSUPPORT;
	memcpy(&inc.inc_laddr, td->td_laddr, sizeof(inc.inc_laddr));
	memcpy(&inc.inc_faddr, td->td_faddr, sizeof(inc.inc_faddr));
	net_enter(&ns, NETSEC_TCPREQ);
	if (!rtable_exists(td->td_rtableid))
		goto out_leave;
	inp = in_pcblookup_conn4(&tcbtable, &inc);
	if (!inp)
		goto out_leave;
	in_pcblock(inp, &ns);
	/* It may have ended, and have got another peer, before it was locked. */
	bsd_tcp_inconninfo(inp, &now);
	if (in_pcb_alive(inp) && now.inc_faddr == inc.inc_faddr &&
	    now.inc_laddr == inc.inc_laddr && now.inc_fport == inc.inc_fport &&
	    now.inc_lport == inc.inc_lport) {
		wake = bsd_tcp_drop(intotcpcb(inp), ECONNABORTED, &ns);
		error = 0;
	}
	tcp_unlock(inp, &ns, wake);
out_leave:
	net_leave(&ns);
	return error;
}

/**
 * bsd_tcp_init() - start TCP: table, cache of half-open connections, counters, knobs
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
int bsd_tcp_init(void)
{
	int error;

	error = bsd_tcp_subr_init();
	if (error)
		return error;
	error = in_pcbtable_init(&tcbtable, &tcp_pcb_ops);
	if (error)
		goto err_subr;
	error = bsd_syncache_init();
	if (error)
		goto err_table;
	error = counter_register(CG_TCP, "tcp", tcp_counters, ARRAY_SIZE(tcp_counters));
	if (error)
		goto err_syncache;
	error = knobs_register(tcp_knobs, ARRAY_SIZE(tcp_knobs));
	if (error)
		goto err_counters;
	return 0;

err_counters:
	counter_unregister(CG_TCP);
err_syncache:
	bsd_syncache_exit();
err_table:
	in_pcbtable_exit(&tcbtable);
err_subr:
	bsd_tcp_subr_exit();
	return error;
}

/* Connections whose programs are gone: no socket is left, so all of them. */
static void tcp_kill_orphans(void)
{
	unsigned long id = 0;
	struct netstack ns;
	struct inpcb *inp;

	net_enter(&ns, NETSEC_TCPREQ);
	while ((inp = xa_find_after(&tcbtable.inpt_pcbs, &id, ULONG_MAX, XA_PRESENT))) {
		in_pcblock(inp, &ns);
		if (in_pcb_alive(inp))
			bsd_tcp_drop(intotcpcb(inp), 0, &ns);
		in_pcbunlock(inp, &ns);
	}
	net_leave(&ns);
}

/**
 * bsd_tcp_exit() - the other half of bsd_tcp_init()
 *
 * Orphans are reset. Then waits for timers that had just fired.
 *
 * Context: Process, may sleep; no socket is left.
 */
void bsd_tcp_exit(void)
{
	knobs_unregister(tcp_knobs, ARRAY_SIZE(tcp_knobs));
	tcp_kill_orphans();
	bsd_syncache_exit();
	synchronize_rcu();
	softnet_barrier();
	in_pcbtable_exit(&tcbtable);
	counter_unregister(CG_TCP);
	bsd_tcp_subr_exit();
}
