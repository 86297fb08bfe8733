// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_cc_cubic.c - congestion control by a cubic function of the time since the last
 * loss: fast back to where it was lost, slowly around there, then fast again.
 *
 * All in bytes and milliseconds. In the RFC's words, per segment and second:
 *	W_cubic(t) = C * (t - K)^3 + W_max, C = 0.4, beta = 0.7
 *
 * Context: PCB locked.
 * Source: RFC 9438; slow start as RFC 5681.
 */
#include <bsdnet/tcp_var.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#define CUBIC_BETA	70		/* percent of the window left after a loss (4.6) */
#define CUBIC_TMAX	30000		/* ms from K: further away the 64 bits would not do */
#define CUBIC_GROWTH	150		/* percent of the window that a target may be (4.2) */
#define CUBIC_ALPHA	53		/* percent: 3 * (1 - beta) / (1 + beta) (4.3) */

static void cubic_init(struct tcpcb *tp)
{
	bsd_tcp_cc_newreno.cc_init(tp);
	memset(&tp->t_cubic, 0, sizeof(tp->t_cubic));
	memset(&tp->t_cubicundo, 0, sizeof(tp->t_cubicundo));
}

/* Largest r with r^3 <= @v. */
static u32 cubic_root(u64 v)
{
	u64 r = 0;
	int bit;

	for (bit = 20; bit >= 0; bit--) {
		u64 next = r | BIT_ULL(bit);

		if (next * next * next <= v)
			r = next;
	}
	return r;
}

/**
 * cubic_window() - W_cubic of RFC 9438 4.2
 * @cu:  state, its epoch begun
 * @mss: bytes of a segment
 * @t:   ms since the epoch began
 *
 * Context: Any.
 * Return:  bytes, at least one segment.
 */
VISIBLE_IF_KUNIT u32 cubic_window(const struct tcp_cubic *cu, u32 mss, u32 t)
{
	s64 dt = clamp_t(s64, (s64)t - cu->cu_k, -CUBIC_TMAX, CUBIC_TMAX);
	s64 w;

	/* 0.4 * mss * dt^3 / 10^9; below 2^63 for 65535 * 4 * (3 * 10^4)^3. */
	w = div_s64(dt * dt * dt * 4 * mss, 10 * 1000 * 1000) / 1000;
	w += cu->cu_wmax;
	return clamp_t(s64, w, mss, (s64)TCP_MAXWIN << TCP_MAX_WINSHIFT);
}
EXPORT_SYMBOL_IF_KUNIT(cubic_window);

/**
 * cubic_epoch() - congestion avoidance begins
 * @cu:   state
 * @mss:  bytes of a segment
 * @cwnd: the window now
 * @now:  bsd_tcp_now()
 *
 * K is the time until the window is again what it was at the last loss; none if there
 * was no loss, or it is larger already (RFC 9438 4.2, 4.8).
 *
 * Context: Any.
 */
VISIBLE_IF_KUNIT void cubic_epoch(struct tcp_cubic *cu, u32 mss, u32 cwnd, u32 now)
{
	cu->cu_epoch = now | 1;
	cu->cu_west = cwnd;
	if (cu->cu_wmax <= cwnd) {
		cu->cu_wmax = cwnd;
		cu->cu_k = 0;
		return;
	}
	/* cbrt((W_max - cwnd) / mss / 0.4) seconds, the root of 10^9 being 1000. */
	cu->cu_k = cubic_root(div_u64((u64)(cu->cu_wmax - cwnd) * 2500000000ULL, mss));
}
EXPORT_SYMBOL_IF_KUNIT(cubic_epoch);

/* RFC 9438 4.2 to 4.5. */
static void cubic_acked(struct tcpcb *tp, u32 acked)
{
	struct tcp_cubic *cu = &tp->t_cubic;
	u32 now = bsd_tcp_now();
	u32 cwnd = tp->snd_cwnd;
	u32 mss = tp->t_maxseg;
	u32 target;
	u32 alpha;
	u32 t;

	if (cwnd < tp->snd_ssthresh) {
		bsd_tcp_cc_newreno.cc_acked(tp, acked);
		return;
	}
	if (!cu->cu_epoch)
		cubic_epoch(cu, mss, cwnd, now);
	t = now - cu->cu_epoch;
	acked = min(acked, cwnd);
	/* What Reno would have by now (4.3); it is as fast as Reno once it is back. */
	alpha = cu->cu_west >= cu->cu_prior ? 100 : CUBIC_ALPHA;
	cu->cu_west += max_t(u32, div_u64((u64)mss * acked * alpha / 100, cwnd), 1);
	if (cubic_window(cu, mss, t) < cu->cu_west) {
		tp->snd_cwnd = max(cwnd, cu->cu_west);
	} else {
		target = cubic_window(cu, mss, t + (tp->t_srtt >> 3));
		target = clamp_t(u32, target, cwnd, (u64)cwnd * CUBIC_GROWTH / 100);
		tp->snd_cwnd += div_u64((u64)(target - cwnd) * acked, cwnd);
	}
	tp->snd_cwnd = min_t(u32, tp->snd_cwnd, (u32)TCP_MAXWIN << TCP_MAX_WINSHIFT);
}

/* RFC 9438 4.6, 4.7 (fast convergence). */
static u32 cubic_ssthresh(struct tcpcb *tp)
{
	struct tcp_cubic *cu = &tp->t_cubic;
	u32 flight = tp->snd_max - tp->snd_una;
	u32 cwnd = tp->snd_cwnd;

	tp->t_cubicundo = *cu;
	cu->cu_epoch = 0;
	cu->cu_prior = cwnd;
	cu->cu_wmax = cwnd < cu->cu_wmax ? (u64)cwnd * (100 + CUBIC_BETA) / 200 : cwnd;
	return max_t(u32, (u64)flight * CUBIC_BETA / 100, 2 * tp->t_maxseg);
}

/* RFC 9438 4.9. */
static void cubic_undo(struct tcpcb *tp)
{
	tp->t_cubic = tp->t_cubicundo;
}

const struct tcp_cc bsd_tcp_cc_cubic = {
	.cc_name	= "cubic",
	.cc_init	= cubic_init,
	.cc_acked	= cubic_acked,
	.cc_ssthresh	= cubic_ssthresh,
	.cc_undo	= cubic_undo,
};
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_cc_cubic);
