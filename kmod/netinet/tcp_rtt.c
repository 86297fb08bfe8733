// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_rtt.c - how long to wait for an acknowledgment.
 *
 * Receive path: tcp_segment.c gives samples, by timestamp or by the one segment that
 * is timed -> here; tcp_timer.c and tcp_output.c ask.
 *
 * Context: PCB locked.
 * Source: RFC 6298.
 * Deviation: the time-out is at least 200 ms, as on Linux, where RFC 6298 2.4 wants
 * a second; no clock here is as coarse as those it was written for.
 */
#include <bsdnet/tcp_var.h>
#include <linux/minmax.h>

#define TCP_RTO_INIT	1000	/* ms (RFC 6298 2.1) */
#define TCP_RTO_MIN	200
#define TCP_RTO_MAX	120000

/**
 * bsd_tcp_rtt_reset() - nothing is known of the path
 * @tp: connection
 *
 * Context: PCB locked.
 */
void bsd_tcp_rtt_reset(struct tcpcb *tp)
{
	tp->t_srtt = 0;
	tp->t_rttvar = 0;
	tp->t_rxtcur = TCP_RTO_INIT;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_rtt_reset);

/**
 * bsd_tcp_rtt_sample() - a round trip was measured
 * @tp: connection
 * @ms: how long it took
 *
 * The caller knows that the segment was sent once only, or timed by timestamp
 * (Karn's algorithm).
 *
 * Context: PCB locked.
 * Source:  RFC 6298 2.2, 2.3.
 */
void bsd_tcp_rtt_sample(struct tcpcb *tp, u32 ms)
{
	s32 delta;

	ms = clamp_t(s32, ms, 1, TCP_RTO_MAX);	/* two readings may be off by one */
	if (!tp->t_srtt) {
		tp->t_srtt = ms << 3;
		tp->t_rttvar = ms << 1;
	} else {
		delta = (s32)ms - (s32)(tp->t_srtt >> 3);
		tp->t_srtt = max_t(s32, (s32)tp->t_srtt + delta, 1);
		delta = (delta < 0 ? -delta : delta) - (s32)(tp->t_rttvar >> 2);
		tp->t_rttvar = max_t(s32, (s32)tp->t_rttvar + delta, 1);
	}
	tp->t_rxtcur = clamp_t(u32, (tp->t_srtt >> 3) + tp->t_rttvar, TCP_RTO_MIN, TCP_RTO_MAX);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_rtt_sample);

/**
 * bsd_tcp_rexmtval() - the time-out now, after t_rxtshift retransmissions
 * @tp: connection
 *
 * Context: PCB locked.
 * Return:  milliseconds.
 * Source:  RFC 6298 5.5.
 */
u32 bsd_tcp_rexmtval(const struct tcpcb *tp)
{
	return min_t(u64, (u64)tp->t_rxtcur << min_t(u8, tp->t_rxtshift, 16), TCP_RTO_MAX);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_rexmtval);
