// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_cc_newreno.c - congestion control: slow start, congestion avoidance, and what
 * is left of the window after a loss. The recovery itself is tcp_ack.c's.
 *
 * Context: PCB locked.
 * Source: RFC 5681, RFC 6582, RFC 6928 (initial window), RFC 3465 (byte counting).
 */
#include <bsdnet/tcp_var.h>
#include <linux/minmax.h>

/**
 * bsd_tcp_initial_window() - how much a connection may send before it is answered
 * @tp: connection; t_maxseg is set
 *
 * Context: PCB locked.
 * Return:  bytes.
 * Source:  RFC 6928 2.
 */
u32 bsd_tcp_initial_window(const struct tcpcb *tp)
{
	u32 mss = tp->t_maxseg;

	return min_t(u32, 10 * mss, max_t(u32, 2 * mss, 14600));
}

static void newreno_init(struct tcpcb *tp)
{
	tp->snd_cwnd = bsd_tcp_initial_window(tp);
	tp->snd_ssthresh = U32_MAX / 2;
}

/*
 * RFC 5681 3.1, by bytes: who acknowledges a segment in many pieces gains nothing. In
 * slow start two segments an acknowledgment (RFC 3465 2.2).
 */
static void newreno_acked(struct tcpcb *tp, u32 acked)
{
	u32 mss = tp->t_maxseg;
	u32 inc;

	if (tp->snd_cwnd < tp->snd_ssthresh)
		inc = min_t(u32, acked, 2 * mss);
	else
		inc = max_t(u32, (u64)mss * min(acked, mss) / tp->snd_cwnd, 1);
	tp->snd_cwnd = min_t(u32, tp->snd_cwnd + inc, (u32)TCP_MAXWIN << TCP_MAX_WINSHIFT);
}

/* RFC 5681 equation 4. */
static u32 newreno_ssthresh(struct tcpcb *tp)
{
	return max_t(u32, (tp->snd_max - tp->snd_una) / 2, 2 * tp->t_maxseg);
}

const struct tcp_cc bsd_tcp_cc_newreno = {
	.cc_name	= "reno",
	.cc_init	= newreno_init,
	.cc_acked	= newreno_acked,
	.cc_ssthresh	= newreno_ssthresh,
};
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_cc_newreno);
