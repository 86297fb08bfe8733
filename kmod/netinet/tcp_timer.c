// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_timer.c - what happens when nothing does: retransmission, window probes,
 * keep-alive, the end of TIME_WAIT, delayed acknowledgments.
 *
 * A Linux timer (softirq) brings t_task to the softnet thread of the flow, which
 * runs whatever is due under the PCB mutex -> tcp_output.c, tcp_subr.c.
 *
 * A thread that finds the PCB busy tries again a tick later: it never waits for a
 * system call.
 *
 * Source: RFC 6298 5; RFC 9293 3.8.1 to 3.8.6; RFC 1122 4.2.2.17, 4.2.3.5, 4.2.3.6.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#define TCP_MAXPROBES	15	/* window probes to a peer that says nothing at all */
#define TCP_ORPHANTRIES	8	/* ... for an orphan, and retransmissions of its segments */
#define TCP_PERSIST_MAX	60000	/* ms between window probes */

static void tcp_timer_fire(struct timer_list *t)
{
	struct tcpcb *tp = timer_container_of(tp, t, t_timer);
	struct inpcb *inp = tp->t_inpcb;

	/* The task takes over the timer's reference, unless it has one already. */
	if (!softnet_task_add(softnet_flow_cpu(READ_ONCE(inp->inp_flowid)), &tp->t_task))
		in_pcb_rele(inp);
}

/* Run the Linux timer at @when, or earlier if it does so anyway. */
static void tcp_timer_start(struct tcpcb *tp, unsigned long when)
{
	if (timer_pending(&tp->t_timer) && time_before_eq(tp->t_timer.expires, when))
		return;
	in_pcb_ref(tp->t_inpcb);
	if (mod_timer(&tp->t_timer, when))
		in_pcb_rele(tp->t_inpcb);	/* it had one */
}

/**
 * bsd_tcp_timer_arm() - something is to happen if nothing does
 * @tp: connection
 * @t:  what
 * @ms: when, from now
 *
 * Context: PCB locked.
 */
void bsd_tcp_timer_arm(struct tcpcb *tp, enum tcp_timer t, u32 ms)
{
	unsigned long when = jiffies + msecs_to_jiffies(ms);

	tp->t_deadline[t] = when;
	tp->t_timers |= 1 << t;
	tcp_timer_start(tp, when);
}

/**
 * bsd_tcp_timer_disarm() - it happened, or need not
 * @tp: connection
 * @t:  what
 *
 * Context: PCB locked.
 */
void bsd_tcp_timer_disarm(struct tcpcb *tp, enum tcp_timer t)
{
	tp->t_timers &= ~(1 << t);
}

/**
 * bsd_tcp_timer_stop() - the connection ends: all off
 * @tp: connection
 *
 * A task that is under way finds nothing to do.
 *
 * Context: PCB locked.
 */
void bsd_tcp_timer_stop(struct tcpcb *tp)
{
	tp->t_timers = 0;
	if (timer_delete(&tp->t_timer))
		in_pcb_rele(tp->t_inpcb);
}

/**
 * bsd_tcp_setpersist() - probe the window of the peer, which is shut
 * @tp: connection with data to send
 *
 * Context: PCB locked.
 * Source:  RFC 9293 3.8.6.1.
 */
void bsd_tcp_setpersist(struct tcpcb *tp)
{
	bsd_tcp_timer_arm(tp, TCPT_PERSIST, min_t(u32, bsd_tcp_rexmtval(tp), TCP_PERSIST_MAX));
	if (tp->t_rxtshift < TCP_MAXPROBES)
		tp->t_rxtshift++;
}

/* The user's patience, or the number of attempts, is at its end. */
static bool tcp_rexmt_over(const struct tcpcb *tp)
{
	u32 limit = READ_ONCE(tp->t_usertimeout);
	unsigned int max;

	if (limit)
		return bsd_tcp_now() - tp->t_rxtsince >= limit;
	/* It answers, and has shut its window meanwhile: RFC 1122 4.2.2.17. */
	if (!tp->snd_wnd && tcp_synchronized(tp) && !(tp->t_flags & TF_ORPHAN) &&
	    bsd_tcp_now() - tp->t_idlesince < 2 * TCP_PERSIST_MAX)
		return false;
	if (tp->t_state == TCPS_SYN_SENT)
		max = tp->t_syncnt ? READ_ONCE(tp->t_syncnt) : READ_ONCE(bsd_tcp_synretries);
	else
		max = READ_ONCE(bsd_tcp_rexmit_max);
	if (tp->t_flags & TF_ORPHAN)	/* others may need its place (tcp/orphans_max) */
		max = min_t(unsigned int, max, TCP_ORPHANTRIES);
	return tp->t_rxtshift > max;
}

/* RFC 6298 5.4 to 5.7; RFC 5681 3.1 (loss window of one segment); RFC 5682 2.1, step 1. */
static u32 tcp_timer_rexmt(struct tcpcb *tp, struct netstack *ns)
{
	u32 cwnd = tp->snd_cwnd;
	bool frto = false;

	if (unlikely(tp->t_flags & TF_SYNACK))
		return bsd_tcp_fastopen_timer(tp, ns);
	if (tp->snd_una == tp->snd_max && tp->t_state != TCPS_SYN_SENT &&
	    tp->t_state != TCPS_SYN_RECEIVED) {
		/* Something without data could not be sent for want of memory. */
		tp->t_flags |= TF_ACKNOW;
		bsd_tcp_output(tp, ns);
		return 0;
	}
	if (!tp->t_rxtshift)
		tp->t_rxtsince = bsd_tcp_now() - tp->t_rxtcur;
	if (tp->t_rxtshift < U8_MAX)
		tp->t_rxtshift++;
	if (tcp_rexmt_over(tp)) {
		counter_inc(TS_TIMEOUTDROP);
		return bsd_tcp_drop(tp, tp->t_softerror ? tp->t_softerror : ETIMEDOUT, ns);
	}
	counter_inc(TS_REXMTTIMEO);
	if (tp->t_state != TCPS_SYN_SENT && tp->t_state != TCPS_SYN_RECEIVED) {
		frto = bsd_tcp_frto_timeout(tp);
		bsd_tcp_mss_vanish(tp);
		if (tp->t_rxtshift == 1) {
			tp->snd_ssthresh = tp->t_cc->cc_ssthresh(tp);
			/* What was acknowledged selectively let more go than that. */
			if (tp->t_flags & TF_SACK)
				tp->snd_ssthresh = min(tp->snd_ssthresh,
						       max_t(u32, cwnd, 2 * tp->t_maxseg));
		}
		tp->snd_cwnd = tp->t_maxseg;
		bsd_tcp_ecn_reduced(tp);
	}
	tp->snd_recover = tp->snd_max;
	tp->t_flags &= ~TF_RECOVERY;
	tp->t_dupacks = 0;
	tp->t_rtttime = 0;	/* Karn */
	tp->t_flags &= ~TF_PROBED;
	bsd_tcp_timer_disarm(tp, TCPT_REORDER);
	bsd_tcp_timer_disarm(tp, TCPT_PROBE);
	bsd_tcp_rewind(tp);
	if (frto)
		bsd_tcp_frto_begin(tp);
	tp->t_flags |= TF_ACKNOW;	/* force a segment */
	bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
	bsd_tcp_output(tp, ns);
	return 0;
}

/*
 * RFC 1122 4.2.2.17: as long as the peer answers, it may keep its window shut, unless
 * nobody is left here whom that concerns.
 */
static u32 tcp_timer_persist(struct tcpcb *tp, struct netstack *ns)
{
	u32 silent = bsd_tcp_now() - tp->t_idlesince;
	u32 limit = READ_ONCE(tp->t_usertimeout);

	if (!READ_ONCE(tcp_so(tp)->so_snd.sb_cc)) {
		tp->t_rxtshift = 0;	/* the probe took all there was */
		return 0;
	}
	counter_inc(TS_PERSISTTIMEO);
	if ((tp->t_rxtshift >= TCP_MAXPROBES && silent > 2 * TCP_PERSIST_MAX) ||
	    (limit && silent >= limit) ||
	    (tp->t_flags & TF_ORPHAN && tp->t_rxtshift >= TCP_ORPHANTRIES)) {
		counter_inc(TS_PERSISTDROP);
		return bsd_tcp_drop(tp, ETIMEDOUT, ns);
	}
	bsd_tcp_setpersist(tp);
	tp->t_flags |= TF_FORCE;
	bsd_tcp_output(tp, ns);
	tp->t_flags &= ~TF_FORCE;
	return 0;
}

/* RFC 1122 4.2.3.6: ask for an acknowledgment with a byte that is old. */
static u32 tcp_timer_keep(struct tcpcb *tp, struct netstack *ns)
{
	u32 idle = tp->t_keepidle ? tp->t_keepidle : READ_ONCE(bsd_tcp_keepidle);
	u32 intvl = tp->t_keepintvl ? tp->t_keepintvl : READ_ONCE(bsd_tcp_keepintvl);
	u32 count = tp->t_keepcnt ? tp->t_keepcnt : READ_ONCE(bsd_tcp_keepcnt);
	u32 silent = bsd_tcp_now() - tp->t_idlesince;

	if (tp->t_state == TCPS_TIME_WAIT)
		return 0;
	if (!(READ_ONCE(tcp_so(tp)->so_options) & BSD_SO_KEEPALIVE) || silent < idle) {
		/* Not wanted, or not yet: ask again. */
		tp->t_keepsent = 0;
		bsd_tcp_timer_arm(tp, TCPT_KEEP, silent < idle ? idle - silent : idle);
		return 0;
	}
	counter_inc(TS_KEEPTIMEO);
	if (tp->t_keepsent >= count) {
		counter_inc(TS_KEEPDROPS);
		return bsd_tcp_drop(tp, ETIMEDOUT, ns);
	}
	tp->t_keepsent++;
	counter_inc(TS_KEEPPROBE);
	bsd_tcp_respond(tp, tp->snd_una - 1, BSD_TH_ACK, ns);
	bsd_tcp_timer_arm(tp, TCPT_KEEP, intvl);
	return 0;
}

static u32 tcp_timer_2msl(struct tcpcb *tp, struct netstack *ns)
{
	return bsd_tcp_close(tp);
}

static u32 tcp_timer_delack(struct tcpcb *tp, struct netstack *ns)
{
	counter_inc(TS_DELACK);
	tp->t_flags |= TF_ACKNOW;
	bsd_tcp_output(tp, ns);
	return 0;
}

static u32 tcp_timer_reorder(struct tcpcb *tp, struct netstack *ns)
{
	bsd_tcp_recovery_late(tp, ns);
	return 0;
}

static u32 tcp_timer_probe(struct tcpcb *tp, struct netstack *ns)
{
	bsd_tcp_probe(tp, ns);
	return 0;
}

/* Full segments have vanished (bsd_tcp_mss_vanish()): perhaps they do no longer. */
static u32 tcp_timer_mtu(struct tcpcb *tp, struct netstack *ns)
{
	tp->t_pathmss = 0;
	bsd_tcp_setmss(tp);
	return 0;
}

static u32 (*const tcp_timers[TCPT_N])(struct tcpcb *tp, struct netstack *ns) = {
	[TCPT_REXMT]	= tcp_timer_rexmt,
	[TCPT_PERSIST]	= tcp_timer_persist,
	[TCPT_KEEP]	= tcp_timer_keep,
	[TCPT_2MSL]	= tcp_timer_2msl,
	[TCPT_DELACK]	= tcp_timer_delack,
	[TCPT_REORDER]	= tcp_timer_reorder,
	[TCPT_PROBE]	= tcp_timer_probe,
	[TCPT_MTU]	= tcp_timer_mtu,
};

/* Whatever is due; then set the Linux timer for what is left. PCB locked. */
static u32 tcp_timers_run(struct tcpcb *tp, struct netstack *ns)
{
	unsigned long next = 0;
	bool any = false;
	u32 wake = 0;
	unsigned int t;

	for (t = 0; t < TCPT_N; t++) {
		if (!tcp_timer_active(tp, t) || time_before(jiffies, tp->t_deadline[t]))
			continue;
		bsd_tcp_timer_disarm(tp, t);
		wake |= tcp_timers[t](tp, ns);
	}
	for (t = 0; t < TCPT_N; t++) {
		if (!tcp_timer_active(tp, t))
			continue;
		if (!any || time_before(tp->t_deadline[t], next))
			next = tp->t_deadline[t];
		any = true;
	}
	if (any)
		tcp_timer_start(tp, next);
	return wake;
}

static void tcp_timer_task(void *arg)
{
	struct tcpcb *tp = arg;
	struct inpcb *inp = tp->t_inpcb;
	struct netstack ns;
	u32 wake;

	net_enter(&ns, NETSEC_TCPIN);
	if (likely(in_pcbtrylock(inp, &ns))) {
		wake = tcp_timers_run(tp, &ns);
		in_pcbunlock(inp, &ns);
		sowakeup(inp->inp_socket, wake);
		in_pcb_rele(inp);
	} else if (mod_timer(&tp->t_timer, jiffies + 1)) {
		in_pcb_rele(inp);	/* it was armed, with a reference of its own */
	}
	net_leave(&ns);
}

/**
 * bsd_tcp_timer_init() - a new connection has no timers
 * @tp: connection; t_inpcb is set
 *
 * Context: Any.
 */
void bsd_tcp_timer_init(struct tcpcb *tp)
{
	timer_setup(&tp->t_timer, tcp_timer_fire, 0);
	softnet_task_init(&tp->t_task, tcp_timer_task, tp);
}
