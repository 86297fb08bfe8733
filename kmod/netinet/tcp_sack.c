// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_sack.c - selective acknowledgments: what we tell the peer of data that came out
 * of order, or twice.
 *
 * Receive path: tcp_segment.c, tcp_reass.c -> here. Send path: tcp_output.c,
 * tcp_respond.c -> bsd_tcp_build_options() here, which writes all options of a segment
 * of a connection. What the peer tells us is tcp_recovery.c's.
 *
 * t_rcvsack has the last blocks that changed, the newest first; those that rcv_nxt has
 * passed are left out when they are written.
 *
 * Context: PCB locked.
 * Source: RFC 2018 3, 4 (which blocks), RFC 2883 4 (duplicates).
 */
#include <bsdnet/tcp_var.h>
#include <linux/minmax.h>

/* Bytes of the option for @n blocks, aligned by two NOPs. */
static unsigned int sack_space(unsigned int n)
{
	return n ? 4 + n * sizeof(struct tcp_block) : 0;
}

/**
 * bsd_tcp_sack_note() - data is kept that waits for what is before it
 * @tp:    connection
 * @start: its first byte
 * @end:   the one behind its last
 *
 * Context: PCB locked.
 * Source:  RFC 2018 4: the block of the segment that came last is the first.
 */
void bsd_tcp_sack_note(struct tcpcb *tp, u32 start, u32 end)
{
	struct tcp_block new = { start, end };
	struct tcp_block old[TCP_NBLOCKS];
	unsigned int n = tp->t_nrcvsack;
	unsigned int kept = 1;
	unsigned int i;

	memcpy(old, tp->t_rcvsack, sizeof(old));
	for (i = 0; i < n; i++) {
		if (seq_leq(old[i].tb_end, tp->rcv_nxt))
			continue;
		if (seq_lt(old[i].tb_end, new.tb_start) || seq_gt(old[i].tb_start, new.tb_end)) {
			if (kept < TCP_NBLOCKS)
				tp->t_rcvsack[kept++] = old[i];
			continue;
		}
		if (seq_lt(old[i].tb_start, new.tb_start))
			new.tb_start = old[i].tb_start;
		new.tb_end = seq_max(new.tb_end, old[i].tb_end);
	}
	tp->t_rcvsack[0] = new;
	tp->t_nrcvsack = kept;
}

/**
 * bsd_tcp_sack_duplicate() - data came that had come before
 * @tp:    connection
 * @start: its first byte
 * @end:   the one behind its last
 *
 * It is told once, with the next acknowledgment.
 *
 * Context: PCB locked.
 * Source:  RFC 2883 4.
 */
void bsd_tcp_sack_duplicate(struct tcpcb *tp, u32 start, u32 end)
{
	tp->t_dsack.tb_start = start;
	tp->t_dsack.tb_end = end;
}

/* Blocks to tell, no more than @max. */
static unsigned int sack_blocks(const struct tcpcb *tp, struct tcp_block *blocks, unsigned int max)
{
	unsigned int n = 0;
	unsigned int i;

	if (tp->t_dsack.tb_start != tp->t_dsack.tb_end)
		blocks[n++] = tp->t_dsack;
	for (i = 0; i < tp->t_nrcvsack && n < max; i++)
		if (seq_gt(tp->t_rcvsack[i].tb_start, tp->rcv_nxt))
			blocks[n++] = tp->t_rcvsack[i];
	return n;
}

/**
 * bsd_tcp_optlen() - space for the options of the next segment
 * @tp: synchronized connection
 *
 * Context: PCB locked.
 * Return:  bytes, a multiple of four.
 */
unsigned int bsd_tcp_optlen(const struct tcpcb *tp)
{
	unsigned int len = tcp_fixed_optlen(tp);
	struct tcp_block blocks[TCP_NBLOCKS];
	unsigned int max;

	if (likely(!tp->t_nrcvsack && tp->t_dsack.tb_start == tp->t_dsack.tb_end) ||
	    !(tp->t_flags & TF_SACK))
		return len;
	max = (TCP_MAXOPTLEN - len - 4) / sizeof(struct tcp_block);
	return max ? len + sack_space(sack_blocks(tp, blocks, max)) : len;
}

/**
 * bsd_tcp_build_options() - the options of a segment
 * @tp:     synchronized connection
 * @cp:     where they begin
 * @optlen: bsd_tcp_optlen()
 * @now:    bsd_tcp_now()
 *
 * A signature is the first of them; bsd_tcp_md5_sign() completes it.
 *
 * Context: PCB locked.
 */
void bsd_tcp_build_options(struct tcpcb *tp, u8 *cp, unsigned int optlen, u32 now)
{
	struct tcp_block blocks[TCP_NBLOCKS];
	unsigned int n;

	if (tcp_signed(tp)) {
		bsd_tcp_md5_build(cp);
		cp += TCP_MD5_SPACE;
		optlen -= TCP_MD5_SPACE;
	}
	if (tp->t_flags & TF_TSTMP) {
		bsd_tcp_build_tstamp(cp, now + tp->ts_offset, tp->ts_recent);
		cp += TCP_TSTAMP_SPACE;
		optlen -= TCP_TSTAMP_SPACE;
	}
	if (likely(!optlen))
		return;
	n = sack_blocks(tp, blocks, (optlen - 4) / sizeof(struct tcp_block));
	bsd_tcp_build_sack(cp, blocks, n);
	tp->t_dsack.tb_start = tp->t_dsack.tb_end;
	counter_inc(TS_SNDSACK);
}
