// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_rack.c - which of the segments under way are lost: those sent before one that
 * has arrived, when they are later than order in the network explains (RACK); and the
 * probe that provokes an acknowledgment when the last ones are (TLP).
 *
 * Receive path: tcp_recovery.c -> here -> tcp_sent.c. Send path: tcp_output.c -> here,
 * which arms the probe. tcp_timer.c runs both timers.
 *
 * Context: PCB locked. Times are of tm_us (struct tcp_time).
 * Source: RFC 8985 6 (RACK), 7 (TLP).
 * Deviation: three segments acknowledged out of order (6.2, step 4) are counted in
 * bytes, as RFC 6675 4 does.
 */
#include <bsdnet/tcp_var.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#define RACK_MINRTT_LIFE	(300U * 1000 * 1000)	/* that a smallest round trip counts */
#define RACK_MULT_MAX		20	/* quarters of it that order may be off */
#define RACK_PERSIST		16	/* recoveries without a duplicate until it is one */
#define TLP_DELACK		200	/* ms that the peer may hold back a lone segment's */
#define TLP_SLACK		(2 * MSEC_PER_SEC / HZ)	/* ms that a timer may be early */

/**
 * bsd_tcp_rack_init() - nothing is known of the path
 * @tp: connection whose handshake is done
 *
 * Context: PCB locked.
 */
void bsd_tcp_rack_init(struct tcpcb *tp)
{
	bsd_tcp_sent_init(&tp->t_sent, tp->snd_una);
	memset(&tp->t_rack, 0, sizeof(tp->t_rack));
	tp->t_rack.rk_fack = tp->snd_una;
	tp->t_rack.rk_mult = 1;
}

/**
 * bsd_tcp_rack_restart() - something is sent after a pause, perhaps a long one
 * @tp:    connection
 * @start: its first byte
 * @now:   tm_us
 *
 * What was sent before counts no more: the clock may have gone half around.
 *
 * Context: PCB locked.
 */
void bsd_tcp_rack_restart(struct tcpcb *tp, u32 start, u32 now)
{
	tp->t_rack.rk_time = now;
	tp->t_rack.rk_end = start;
}

/**
 * bsd_tcp_rack_reordered() - something has arrived after what was sent later
 * @tp: connection
 *
 * Context: PCB locked.
 */
void bsd_tcp_rack_reordered(struct tcpcb *tp)
{
	if (tp->t_rack.rk_reordered)
		return;
	tp->t_rack.rk_reordered = true;
	counter_inc(TS_REORDERED);
}

/**
 * bsd_tcp_rack_update() - something has arrived
 * @tp:  connection
 * @td:  what
 * @now: tm_us
 *
 * The echo of a segment that was sent twice and comes too soon is of the first.
 *
 * Context: PCB locked.
 * Source:  RFC 8985 6.2, steps 1 to 3.
 */
void bsd_tcp_rack_update(struct tcpcb *tp, const struct tcp_delivery *td, u32 now)
{
	struct tcp_rack *rk = &tp->t_rack;
	u32 rtt = max_t(u32, now - td->td_time, 1);

	rk->rk_fack = seq_max(rk->rk_fack, td->td_high);
	if (rk->rk_round && seq_geq(tp->snd_una, rk->rk_round))
		rk->rk_round = 0;
	if (td->td_reordered)
		bsd_tcp_rack_reordered(tp);
	if (td->td_flags & TR_AGAIN && rtt < rk->rk_minrtt)
		return;
	if (!(td->td_flags & TR_AGAIN) &&
	    (!rk->rk_rtt || rtt <= rk->rk_minrtt || now - rk->rk_minat > RACK_MINRTT_LIFE)) {
		rk->rk_minrtt = rtt;
		rk->rk_minat = now;
	}
	if (!rk->rk_rtt || tcp_sent_after(td->td_time, td->td_end, rk->rk_time, rk->rk_end)) {
		rk->rk_time = td->td_time;
		rk->rk_end = td->td_end;
	}
	rk->rk_rtt = rtt;
}

/**
 * bsd_tcp_rack_duplicate() - the peer got something twice: it was not lost
 * @tp: connection
 *
 * Order in the network may be off by more than we thought; once a round trip.
 *
 * Context: PCB locked.
 * Source:  RFC 8985 6.2, step 4.
 */
void bsd_tcp_rack_duplicate(struct tcpcb *tp)
{
	struct tcp_rack *rk = &tp->t_rack;

	counter_inc(TS_RCVDSACK);
	if (rk->rk_round)
		return;
	rk->rk_round = tp->snd_max;
	rk->rk_mult = min(rk->rk_mult + 1, RACK_MULT_MAX);
	rk->rk_persist = RACK_PERSIST;
}

/**
 * bsd_tcp_rack_recovered() - a loss was mended
 * @tp: connection
 *
 * Context: PCB locked.
 */
void bsd_tcp_rack_recovered(struct tcpcb *tp)
{
	struct tcp_rack *rk = &tp->t_rack;

	if (rk->rk_persist && !--rk->rk_persist)
		rk->rk_mult = 1;
}

/* How much later than what was sent after it a segment may be. */
static u32 rack_window(const struct tcpcb *tp)
{
	const struct tcp_rack *rk = &tp->t_rack;
	u32 srtt = (tp->t_srtt >> 3) * USEC_PER_MSEC;

	if (!rk->rk_reordered &&
	    (tp->t_flags & TF_RECOVERY || tp->t_sent.sn_sacked > 2 * tp->t_maxseg))
		return 0;
	return min(rk->rk_minrtt / 4 * rk->rk_mult, srtt);
}

/**
 * bsd_tcp_rack_detect() - what is lost by now
 * @tp:  connection
 * @now: tm_us
 *
 * Arms the timer that looks again when more may be.
 *
 * Context: PCB locked.
 * Return:  true if something was found lost.
 * Source:  RFC 8985 6.2, step 5.
 */
bool bsd_tcp_rack_detect(struct tcpcb *tp, u32 now)
{
	const struct tcp_rack *rk = &tp->t_rack;
	struct tcp_sent *sn = &tp->t_sent;
	u32 patience = rk->rk_rtt + rack_window(tp);
	bool found = false;
	s32 wait = 0;
	unsigned int i;

	bsd_tcp_timer_disarm(tp, TCPT_REORDER);
	if (!rk->rk_rtt)
		return false;
	for (i = 0; i < sn->sn_n; i++) {
		const struct tcp_range *tr = &sn->sn_range[i];
		s32 left = tr->tr_time + patience - now;

		if (tr->tr_flags & (TR_SACKED | TR_LOST) ||
		    !tcp_sent_after(rk->rk_time, rk->rk_end, tr->tr_time, tr->tr_end))
			continue;
		if (left <= 0) {
			bsd_tcp_sent_lost(sn, i);
			found = true;
		} else {
			wait = max(wait, left);
		}
	}
	if (wait)
		bsd_tcp_timer_arm(tp, TCPT_REORDER, wait / USEC_PER_MSEC + 1);
	return found;
}

/**
 * bsd_tcp_probe_arm() - if nothing is heard of what was sent last, probe
 * @tp: connection
 *
 * Not while a loss is mended, and not where the time-out comes as soon.
 *
 * Context: PCB locked.
 * Source:  RFC 8985 7.2.
 */
void bsd_tcp_probe_arm(struct tcpcb *tp)
{
	u32 flight = tp->snd_max - tp->snd_una;
	u32 ms = (tp->t_srtt >> 2) + (flight <= tp->t_maxseg ? TLP_DELACK : TLP_SLACK);

	if (!(tp->t_flags & TF_SACK) || !flight || tp->t_flags & (TF_RECOVERY | TF_PROBED) ||
	    !tp->t_srtt || tp->t_rxtshift || tp->t_sent.sn_sacked || tp->t_sent.sn_lost ||
	    seq_lt(tp->snd_una, tp->snd_recover) || tcp_timer_active(tp, TCPT_PERSIST) ||
	    ms >= tp->t_rxtcur)
		bsd_tcp_timer_disarm(tp, TCPT_PROBE);
	else
		bsd_tcp_timer_arm(tp, TCPT_PROBE, ms);
}

/**
 * bsd_tcp_probe() - send the probe: new data, or the last segment again
 * @tp: connection
 * @ns: section
 *
 * Context: Section, PCB locked.
 * Source:  RFC 8985 7.3.
 */
void bsd_tcp_probe(struct tcpcb *tp, struct netstack *ns)
{
	u32 rexmits = tp->t_rexmits;
	u32 before = tp->snd_max;

	if (tp->snd_una == tp->snd_max)
		return;
	counter_inc(TS_SNDTLP);
	tp->t_flags |= TF_PROBE;
	bsd_tcp_output(tp, ns);
	tp->t_flags &= ~TF_PROBE;
	if (tp->snd_max != before || tp->t_rexmits != rexmits) {
		tp->t_flags |= TF_PROBED;
		tp->t_rack.rk_probe = tp->snd_max;
		tp->t_rack.rk_probeagain = tp->snd_max == before;
		tp->t_rack.rk_flight = tp->snd_max - tp->snd_una;
	}
	bsd_tcp_timer_disarm(tp, TCPT_PROBE);
	bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
}

/**
 * bsd_tcp_probe_acked() - does an acknowledgment answer the probe?
 * @tp:        connection; snd_una is up to date
 * @duplicate: the acknowledgment says that something came twice
 *
 * Context: PCB locked.
 * Return:  true if the probe has mended a loss that nobody has noticed.
 * Source:  RFC 8985 7.4.
 */
bool bsd_tcp_probe_acked(struct tcpcb *tp, bool duplicate)
{
	const struct tcp_rack *rk = &tp->t_rack;

	if (likely(!(tp->t_flags & TF_PROBED)) || seq_lt(tp->snd_una, rk->rk_probe))
		return false;
	if (!rk->rk_probeagain || duplicate) {
		tp->t_flags &= ~TF_PROBED;
		return false;
	}
	if (tp->snd_una == rk->rk_probe)
		return false;	/* the duplicate may still be told */
	tp->t_flags &= ~TF_PROBED;
	return true;
}
