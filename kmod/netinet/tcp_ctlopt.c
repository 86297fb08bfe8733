// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_ctlopt.c - options of level IPPROTO_TCP; those of IPPROTO_IP are ip_ctlopt.c's.
 *
 * Called by: pr_usrreqs of TCP sockets. Options are kept in the tcpcb.
 * Context: not in a section: user memory is copied first, then a section is entered
 * and the PCB locked.
 *
 * Names, numbers and values are Linux's (tcp(7)). What is not done says -ENOPROTOOPT.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <uapi/bsdnet/stats.h>
#include <uapi/linux/tcp.h>

#define TCP_CC_NAME	16	/* bytes of a name of TCP_CONGESTION */
#define TCP_MAXLINGER2	120	/* s: as Linux's */
#define TCP_MAXDEFER	3600	/* s */

/* Seconds of a keep-alive option as milliseconds; 0 or -EINVAL. */
static int set_seconds(u32 *to, int v)
{
	if (v < 1 || v > 32767)
		return -EINVAL;
	WRITE_ONCE(*to, v * MSEC_PER_SEC);
	return 0;
}

/* The idle time has changed: from when on does it count? PCB locked. */
static void set_keep(struct tcpcb *tp)
{
	if (tcp_timer_active(tp, TCPT_KEEP))
		bsd_tcp_timer_arm(tp, TCPT_KEEP, tp->t_keepidle);
}

static void set_flag(struct tcpcb *tp, u32 flag, int v)
{
	WRITE_ONCE(tp->t_flags, v ? tp->t_flags | flag : tp->t_flags & ~flag);
}

/* Set one option whose value is an int. PCB locked, in a section. */
static int set_locked(struct tcpcb *tp, int opt, int v, struct netstack *ns)
{
	bool fresh = tp->t_state == TCPS_CLOSED;
	int error;

	switch (opt) {
	case TCP_FASTOPEN_CONNECT:
		if (v < 0 || v > 1 || !fresh)
			return -EINVAL;
		if (!(READ_ONCE(bsd_tcp_fastopen) & TCP_FASTOPEN_CLIENT))
			return -EOPNOTSUPP;
		set_flag(tp, TF_FASTOPEN, v);
		return 0;
	case TCP_FASTOPEN_NO_COOKIE:
		if (v < 0 || v > 1 || !(fresh || tp->t_state == TCPS_LISTEN))
			return -EINVAL;
		set_flag(tp, TF_NOCOOKIE, v);
		return 0;
	case TCP_NODELAY:
		set_flag(tp, TF_NODELAY, v);
		bsd_tcp_output(tp, ns);
		return 0;
	case TCP_CORK:
		set_flag(tp, TF_CORK, v);
		if (!v)
			bsd_tcp_output(tp, ns);
		return 0;
	case TCP_QUICKACK:
		set_flag(tp, TF_QUICKACK, v);
		return 0;
	case TCP_MAXSEG:
		if (v && (v < TCP_MINMSS || v > 32767))
			return -EINVAL;
		WRITE_ONCE(tp->t_usermss, v);
		if (tcp_synchronized(tp))
			bsd_tcp_setmss(tp);
		return 0;
	case TCP_KEEPIDLE:
		error = set_seconds(&tp->t_keepidle, v);
		if (!error)
			set_keep(tp);
		return error;
	case TCP_KEEPINTVL:
		return set_seconds(&tp->t_keepintvl, v);
	case TCP_KEEPCNT:
		if (v < 1 || v > 127)
			return -EINVAL;
		WRITE_ONCE(tp->t_keepcnt, v);
		return 0;
	case TCP_USER_TIMEOUT:
		if (v < 0)
			return -EINVAL;
		WRITE_ONCE(tp->t_usertimeout, v);
		return 0;
	case TCP_SYNCNT:
		if (v < 1 || v > 127)
			return -EINVAL;
		WRITE_ONCE(tp->t_syncnt, v);
		return 0;
	case TCP_LINGER2:
		v = min(v, TCP_MAXLINGER2);
		WRITE_ONCE(tp->t_linger2, v < 0 ? -1 : v * (int)MSEC_PER_SEC);
		return 0;
	case TCP_DEFER_ACCEPT:
		WRITE_ONCE(tp->t_deferaccept, clamp_t(int, v, 0, TCP_MAXDEFER) * MSEC_PER_SEC);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/* TCP_CONGESTION: a name. What was learnt of the path is forgotten, but the window. */
static int set_congestion(struct inpcb *inp, sockptr_t val, unsigned int len)
{
	char name[TCP_CC_NAME] = "";
	const struct tcp_cc *cc;
	struct netstack ns;
	struct tcpcb *tp;
	u32 ssthresh;
	u32 cwnd;

	if (len < 1)
		return -EINVAL;
	if (copy_from_sockptr(name, val, min_t(unsigned int, len, sizeof(name) - 1)))
		return -EFAULT;
	cc = bsd_tcp_cc_find(name);
	if (!cc)
		return -ENOENT;
	net_enter(&ns, NETSEC_TCPREQ);
	in_pcblock(inp, &ns);
	tp = intotcpcb(inp);
	if (cc != tp->t_cc) {
		WRITE_ONCE(tp->t_cc, cc);
		if (tcp_synchronized(tp)) {
			ssthresh = tp->snd_ssthresh;
			cwnd = tp->snd_cwnd;
			cc->cc_init(tp);
			tp->snd_cwnd = cwnd;
			tp->snd_ssthresh = ssthresh;
		}
	}
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return 0;
}

/**
 * bsd_tcp_setsockopt() - set an option of a TCP socket
 * @so:    socket
 * @level: IPPROTO_TCP, or what bsd_ip_setsockopt() takes
 * @opt:   option
 * @val:   value, in user or kernel memory
 * @len:   bytes of it
 *
 * Context: Process, not in a section. Takes and releases inp_mtx.
 * Return:  0; -ENOPROTOOPT, -EINVAL, -EFAULT, -ENOENT; more for TCP_MD5SIG.
 */
int bsd_tcp_setsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val,
		       unsigned int len)
{
	struct inpcb *inp = so->so_pcb;
	struct tcp_fastopen *tf = NULL;
	struct netstack ns;
	int error;
	int v;

	if (level != IPPROTO_TCP)
		return bsd_ip_setsockopt(so, level, opt, val, len);
	NET_ASSERT_UNLOCKED();
	if (opt == TCP_CONGESTION)
		return set_congestion(inp, val, len);
	if (opt == TCP_MD5SIG || opt == TCP_MD5SIG_EXT)
		return bsd_tcp_md5_setkey(inp, opt, val, len);
	if (len < sizeof(v))
		return -EINVAL;
	if (copy_from_sockptr(&v, val, sizeof(v)))
		return -EFAULT;
	if (opt == TCP_FASTOPEN) {
		if (v < 0)
			return -EINVAL;
		tf = bsd_tcp_fastopen_alloc();
		if (!tf)
			return -ENOMEM;
	}
	net_enter(&ns, NETSEC_TCPREQ);
	in_pcblock(inp, &ns);
	error = tf ? bsd_tcp_fastopen_limit(intotcpcb(inp), tf, v) :
		     set_locked(intotcpcb(inp), opt, v, &ns);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return error;
}

/* What both sides agreed on, as TCPI_OPT_*. */
static u8 info_options(const struct tcpcb *tp)
{
	u32 flags = READ_ONCE(tp->t_flags);

	return (flags & TF_TSTMP ? TCPI_OPT_TIMESTAMPS : 0) |
	       (flags & TF_WSCALE ? TCPI_OPT_WSCALE : 0) | (flags & TF_SACK ? TCPI_OPT_SACK : 0) |
	       (flags & TF_ECN ? TCPI_OPT_ECN : 0) |
	       (flags & TF_SYNDATA ? TCPI_OPT_SYN_DATA : 0);
}

/* TCP_INFO, in Linux's layout; times in microseconds. PCB locked. */
static void get_info(const struct tcpcb *tp, struct tcp_info *ti)
{
	const struct bsd_socket *so = tcp_so(tp);
	u32 mss = max_t(u32, tp->t_maxseg, 1);

	memset(ti, 0, sizeof(*ti));
	ti->tcpi_state = tcp_shown_state(tp);
	ti->tcpi_ca_state = tp->t_flags & TF_RECOVERY ? 3 : tp->t_rxtshift ? 4 : 0;
	ti->tcpi_retransmits = tp->t_rxtshift;
	ti->tcpi_backoff = tp->t_rxtshift;
	ti->tcpi_options = info_options(tp);
	ti->tcpi_snd_wscale = tp->snd_scale;
	ti->tcpi_rcv_wscale = tp->rcv_scale;
	ti->tcpi_rto = tp->t_rxtcur * USEC_PER_MSEC;
	ti->tcpi_ato = READ_ONCE(bsd_tcp_delack) * USEC_PER_MSEC;
	ti->tcpi_snd_mss = tp->t_maxseg;
	ti->tcpi_rcv_mss = tp->t_maxseg;
	ti->tcpi_unacked = DIV_ROUND_UP(tp->snd_max - tp->snd_una, mss);
	ti->tcpi_sacked = DIV_ROUND_UP(tp->t_sent.sn_sacked, mss);
	ti->tcpi_lost = DIV_ROUND_UP(tp->t_sent.sn_lost, mss);
	ti->tcpi_min_rtt = tp->t_rack.rk_minrtt;
	ti->tcpi_last_data_recv = bsd_tcp_now() - tp->t_idlesince;
	ti->tcpi_last_ack_recv = ti->tcpi_last_data_recv;
	ti->tcpi_pmtu = tp->t_maxseg + sizeof(struct ip) + TCP_MINHDR;
	ti->tcpi_rtt = (tp->t_srtt >> 3) * USEC_PER_MSEC;
	ti->tcpi_rttvar = (tp->t_rttvar >> 2) * USEC_PER_MSEC;
	ti->tcpi_snd_ssthresh = tp->snd_ssthresh / mss;
	ti->tcpi_snd_cwnd = tp->snd_cwnd / mss;
	ti->tcpi_advmss = tp->t_maxseg;
	ti->tcpi_rcv_space = READ_ONCE(so->so_rcv.sb_hiwat);
	ti->tcpi_total_retrans = tp->t_rexmits;
	ti->tcpi_notsent_bytes = READ_ONCE(so->so_snd.sb_cc) -
				 min(READ_ONCE(so->so_snd.sb_cc), tp->snd_nxt - tp->snd_una);
	ti->tcpi_snd_wnd = tp->snd_wnd;
}

/**
 * bsd_tcp_pcbinfo() - state and figures of a connection, or the queue of a listener
 * @inp: PCB of TCP; its lock is not needed
 * @pi:  record to complete
 *
 * For a list of all connections: none of them is disturbed, so that two figures of one
 * may be of different moments.
 *
 * Context: Section.
 */
void bsd_tcp_pcbinfo(const struct inpcb *inp, struct bsd_pcbinfo *pi)
{
	const struct bsd_socket *so = inp->inp_socket;
	const struct tcpcb *tp = smp_load_acquire(&inp->inp_ppcb);	/* it may be new */

	if (!tp) {
		pi->pi_state = TCPS_CLOSED;
		return;
	}
	pi->pi_state = tcp_shown_state(tp);
	if (pi->pi_state == TCPS_LISTEN) {
		pi->pi_qlen = READ_ONCE(so->so_rcv.sb_mbcnt);
		pi->pi_qlimit = READ_ONCE(so->so_qlimit) - 1;
	}
	if (pi->pi_state == TCPS_LISTEN || pi->pi_state == TCPS_CLOSED)
		return;
	pi->pi_cwnd = READ_ONCE(tp->snd_cwnd);
	pi->pi_ssthresh = READ_ONCE(tp->snd_ssthresh);
	pi->pi_rtt = READ_ONCE(tp->t_srtt) * USEC_PER_MSEC >> 3;
	pi->pi_rttvar = READ_ONCE(tp->t_rttvar) * USEC_PER_MSEC >> 2;
	pi->pi_minrtt = READ_ONCE(tp->t_rack.rk_minrtt);
	pi->pi_rto = READ_ONCE(tp->t_rxtcur) * USEC_PER_MSEC;
	pi->pi_rexmits = READ_ONCE(tp->t_rexmits);
	pi->pi_backoff = READ_ONCE(tp->t_rxtshift);
	pi->pi_mss = READ_ONCE(tp->t_maxseg);
	pi->pi_snd_wnd = READ_ONCE(tp->snd_wnd);
	pi->pi_rcv_wnd = max_t(s32, READ_ONCE(tp->rcv_adv) - READ_ONCE(tp->rcv_nxt), 0);
	pi->pi_unacked = max_t(s32, READ_ONCE(tp->snd_max) - READ_ONCE(tp->snd_una), 0);
	pi->pi_options = info_options(tp);
	pi->pi_snd_wscale = READ_ONCE(tp->snd_scale);
	pi->pi_rcv_wscale = READ_ONCE(tp->rcv_scale);
	strscpy(pi->pi_cc, READ_ONCE(tp->t_cc)->cc_name, sizeof(pi->pi_cc));
}

#define NO_OPTION	INT_MIN

/* The value of an option that is an int; NO_OPTION: there is none such. PCB locked. */
static int get_locked(const struct tcpcb *tp, int opt)
{
	u32 idle = tp->t_keepidle ? tp->t_keepidle : READ_ONCE(bsd_tcp_keepidle);
	u32 intvl = tp->t_keepintvl ? tp->t_keepintvl : READ_ONCE(bsd_tcp_keepintvl);

	switch (opt) {
	case TCP_FASTOPEN:
		return bsd_tcp_fastopen_getlimit(tp);
	case TCP_FASTOPEN_CONNECT:
		return !!(tp->t_flags & TF_FASTOPEN);
	case TCP_FASTOPEN_NO_COOKIE:
		return !!(tp->t_flags & TF_NOCOOKIE);
	case TCP_NODELAY:
		return !!(tp->t_flags & TF_NODELAY);
	case TCP_CORK:
		return !!(tp->t_flags & TF_CORK);
	case TCP_QUICKACK:
		return !!(tp->t_flags & TF_QUICKACK);
	case TCP_MAXSEG:
		return tcp_synchronized(tp) || !tp->t_usermss ? tp->t_maxseg : tp->t_usermss;
	case TCP_KEEPIDLE:
		return idle / MSEC_PER_SEC;
	case TCP_KEEPINTVL:
		return intvl / MSEC_PER_SEC;
	case TCP_KEEPCNT:
		return tp->t_keepcnt ? tp->t_keepcnt : READ_ONCE(bsd_tcp_keepcnt);
	case TCP_USER_TIMEOUT:
		return tp->t_usertimeout;
	case TCP_SYNCNT:
		return tp->t_syncnt ? tp->t_syncnt : READ_ONCE(bsd_tcp_synretries);
	case TCP_LINGER2:
		return tcp_linger2(tp) < 0 ? -1 : tcp_linger2(tp) / (int)MSEC_PER_SEC;
	case TCP_DEFER_ACCEPT:
		return tp->t_deferaccept / MSEC_PER_SEC;
	default:
		return NO_OPTION;
	}
}

/**
 * bsd_tcp_getsockopt() - read an option of a TCP socket
 * @so:    socket
 * @level: IPPROTO_TCP, or what bsd_ip_getsockopt() takes
 * @opt:   option
 * @val:   room for the value
 * @len:   in: bytes of room; out: bytes given
 *
 * Context: Process, not in a section. Takes and releases inp_mtx.
 * Return:  0; -ENOPROTOOPT, -EINVAL, -EFAULT.
 */
int bsd_tcp_getsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val, sockptr_t len)
{
	struct inpcb *inp = so->so_pcb;
	char name[TCP_CC_NAME] = "";
	struct tcp_info ti;
	struct netstack ns;
	int v;

	if (level != IPPROTO_TCP)
		return bsd_ip_getsockopt(so, level, opt, val, len);
	NET_ASSERT_UNLOCKED();
	net_enter(&ns, NETSEC_TCPREQ);
	in_pcblock(inp, &ns);
	get_info(intotcpcb(inp), &ti);
	v = get_locked(intotcpcb(inp), opt);
	strscpy(name, intotcpcb(inp)->t_cc->cc_name, sizeof(name));
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	if (opt == TCP_INFO)
		return bsd_ip_getopt_out(&ti, sizeof(ti), val, len);
	if (opt == TCP_CONGESTION)
		return bsd_ip_getopt_out(name, sizeof(name), val, len);
	return v == NO_OPTION ? -ENOPROTOOPT : bsd_ip_getopt_out(&v, sizeof(v), val, len);
}
