// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_undo.c - what was sent again needlessly: nothing was lost, only late. That is
 * recognised, and the connection goes on as if it had not been.
 *
 * After a time-out by what arrives next (F-RTO): tcp_timer.c asks here when it sends
 * the oldest segment again, and tcp_output.c sends new data alone as long as it is not
 * decided (FRTO_NEW). After that and after a fast retransmit by the timestamp that is
 * echoed (Eifel), or because the peer got all of it twice. Receive path: tcp_ack.c,
 * tcp_recovery.c -> here.
 *
 * Context: section, PCB locked.
 * Source: RFC 5682 2.1, with selective acknowledgments 3.1; RFC 3522 3.2; RFC 3708 2.
 * Deviation: what was reduced is as before after it, as on Linux; RFC 5682 leaves the
 * answer to others. It is asked again when the same segment is sent a second time.
 */
#include <bsdnet/tcp_var.h>
#include <linux/minmax.h>

#define FRTO_WINDOW	2	/* segments of new data that ask the question */
#define FRTO_LOST	3	/* segments of the window if the answer is no */

/**
 * bsd_tcp_undo_save() - something is sent again, and the windows are about to be reduced
 * @tp:      synchronized connection
 * @timeout: by a time-out
 *
 * Context: PCB locked.
 */
void bsd_tcp_undo_save(struct tcpcb *tp, bool timeout)
{
	tp->t_undo = (struct tcp_undo){
		.un_cwnd = tp->snd_cwnd,
		.un_ssthresh = tp->snd_ssthresh,
		.un_at = bsd_tcp_now(),
		.un_start = tp->snd_una,
		.un_end = tp->snd_max,
		.un_pathmss = tp->t_pathmss,
		.un_echo = tp->t_flags & TF_TSTMP,
		.un_timeout = timeout,
	};
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_undo_save);

/**
 * bsd_tcp_frto_timeout() - a segment is to be sent again: might that be needless?
 * @tp: synchronized connection; t_rxtshift counts this time-out, no window is reduced yet
 *
 * Not if a loss was being mended: then it is not known what an acknowledgment is of.
 *
 * Context: PCB locked.
 * Return:  true if it is worth to ask; bsd_tcp_frto_begin() is next.
 * Source:  RFC 5682 2.1, step 1.
 */
bool bsd_tcp_frto_timeout(struct tcpcb *tp)
{
	if (tp->t_rxtshift > 1)
		return tp->t_frto == FRTO_AGAIN;
	tp->t_undo.un_cwnd = 0;
	if (tp->t_flags & TF_RECOVERY || seq_gt(tp->snd_recover, tp->snd_una))
		return false;
	bsd_tcp_undo_save(tp, true);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_frto_timeout);

/**
 * bsd_tcp_frto_begin() - the oldest segment is sent again now, alone
 * @tp: connection; snd_recover is the end of what was sent before
 *
 * Context: PCB locked.
 */
void bsd_tcp_frto_begin(struct tcpcb *tp)
{
	tp->t_frto = FRTO_AGAIN;
	tp->t_undo.un_again = tp->snd_una +
			      min_t(u32, tp->t_maxseg, tp->snd_max - tp->snd_una);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_frto_begin);

/* The loss was real: @segs segments may be under way, and what is lost goes first. */
static void frto_lost(struct tcpcb *tp, u32 segs)
{
	tp->t_frto = FRTO_NONE;
	tp->snd_cwnd = segs * tp->t_maxseg;
	if (!(tp->t_flags & TF_SACK))
		tp->snd_nxt = tp->snd_una;
	tp->t_flags |= TF_OUTPUT;
}

/* The windows as they were before, unless congestion was told of meanwhile, or @cwnd. */
static void undo_windows(struct tcpcb *tp, u32 cwnd)
{
	struct tcp_undo *un = &tp->t_undo;

	if (!un->un_cwnd) {
		tp->snd_cwnd = min(tp->snd_cwnd, tp->snd_ssthresh);
		return;
	}
	if (tp->t_cc->cc_undo && cwnd < un->un_cwnd)
		tp->t_cc->cc_undo(tp);	/* else it has got there again by itself */
	tp->snd_cwnd = max(cwnd, un->un_cwnd);
	tp->snd_ssthresh = max(tp->snd_ssthresh, un->un_ssthresh);
	un->un_cwnd = 0;
	/* The next mark is not of what was taken for congestion. */
	tp->t_flags &= ~TF_CWR;
	tp->t_ecnrecover = tp->snd_una - 1;
}

/* Nothing was lost: all is under way that was, and what is lost of it will be found. */
static void undo(struct tcpcb *tp)
{
	bool decided = !tp->t_frto && !(tp->t_flags & TF_RECOVERY);

	counter_inc(tp->t_undo.un_timeout ? TS_SPURIOUSTIMEO : TS_SPURIOUSREXMIT);
	undo_windows(tp, decided ? tp->snd_cwnd : 0);
	tp->t_frto = FRTO_NONE;
	tp->t_flags &= ~TF_RECOVERY;
	tp->snd_recover = tp->snd_una;
	if (tp->t_flags & TF_SACK) {
		bsd_tcp_sent_found_all(&tp->t_sent);
		if (!tp->t_undo.un_timeout)
			bsd_tcp_rack_reordered(tp);
	} else {
		tp->snd_nxt = tp->snd_max;
	}
	if (tp->t_pathmss && tp->t_pathmss != tp->t_undo.un_pathmss) {
		tp->t_pathmss = tp->t_undo.un_pathmss;	/* larger segments did not vanish */
		bsd_tcp_setmss(tp);
	}
	tp->t_flags |= TF_OUTPUT;
}

/*
 * RFC 3522 3.2: the first that is acknowledged of what was sent again echoes what was
 * sent before that. To be asked once, as long as un_echo.
 */
static bool undo_echo(const struct tcpcb *tp, const struct tcp_seg *seg)
{
	const struct tcp_undo *un = &tp->t_undo;

	return un->un_echo && un->un_cwnd && seg->ts_opts.to_flags & TO_TSTMP &&
	       seg->ts_opts.to_tsecr &&
	       seq_lt(seg->ts_opts.to_tsecr - tp->ts_offset, un->un_at);
}

/**
 * bsd_tcp_undo_ack() - more is acknowledged while a loss is mended: was there one?
 * @tp:  connection with TF_RECOVERY; snd_una and what is under way are up to date
 * @seg: segment that acknowledges
 *
 * Of several segments that were sent again all must have come without that.
 *
 * Context: PCB locked.
 * Return:  true if there was none: the connection is no longer in recovery.
 * Source:  RFC 3522 3.2.
 */
bool bsd_tcp_undo_ack(struct tcpcb *tp, const struct tcp_seg *seg)
{
	if (!undo_echo(tp, seg)) {
		tp->t_undo.un_echo = false;
		return false;
	}
	if (tp->t_flags & TF_SACK && bsd_tcp_sent_mending(&tp->t_sent))
		return false;
	undo(tp);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_undo_ack);

/**
 * bsd_tcp_undo_duplicate() - the peer got something twice
 * @tp: connection with TF_SACK
 * @b:  what, as it came
 *
 * Context: PCB locked.
 * Source:  RFC 3708 2; RFC 2883 5.
 */
void bsd_tcp_undo_duplicate(struct tcpcb *tp, struct tcp_block b)
{
	struct tcp_undo *un = &tp->t_undo;
	u32 len = b.tb_end - b.tb_start;

	if (!un->un_cwnd || !len || len > un->un_bytes || seq_lt(b.tb_start, un->un_start) ||
	    seq_gt(b.tb_end, un->un_end) || seq_gt(tp->snd_una, un->un_end))
		return;
	un->un_bytes -= len;
	if (!un->un_bytes && !tp->t_sent.sn_lost)
		undo(tp);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_undo_duplicate);

/**
 * bsd_tcp_frto_ack() - an acknowledgment after a time-out
 * @tp:    connection with t_frto; snd_una and what is under way are up to date
 * @seg:   segment that acknowledges
 * @acked: bytes that snd_una went on
 * @fresh: bytes that have arrived, as far as we know, since the last one
 *
 * What arrives next was not sent again, so that it was on its way before the time-out;
 * but new data that arrives before it says that it was lost. Without selective
 * acknowledgments, a duplicate says so.
 *
 * Context: PCB locked.
 * Return:  true if the windows are seen to, false: as after any time-out.
 * Source:  RFC 5682 2.1 and 3.1, steps 2 and 3.
 */
bool bsd_tcp_frto_ack(struct tcpcb *tp, const struct tcp_seg *seg, u32 acked, u32 fresh)
{
	bool sack = tp->t_flags & TF_SACK;

	if (tp->t_frto == FRTO_AGAIN) {
		if (!acked) {
			if (!sack)
				tp->t_frto = FRTO_NONE;
			return false;
		}
		if (undo_echo(tp, seg)) {
			undo(tp);
			return true;
		}
		if (seq_lt(tp->snd_una, tp->t_undo.un_again) ||
		    seq_geq(tp->snd_una, tp->snd_recover)) {
			tp->t_frto = FRTO_NONE;
			return false;
		}
		tp->t_frto = FRTO_NEW;
		if (!sack)
			tp->snd_nxt = tp->snd_max;
		tp->snd_cwnd = (sack ? tcp_pipe(tp) : tp->snd_max - tp->snd_una) +
			       FRTO_WINDOW * tp->t_maxseg;
		return true;
	}
	if (sack && !fresh)
		return true;	/* neither */
	if (sack ? seq_gt(tp->t_rack.rk_fack, tp->snd_recover) : !fresh)
		frto_lost(tp, FRTO_LOST);
	else
		undo(tp);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_frto_ack);

/**
 * bsd_tcp_frto_output() - new data is to be sent, to see what becomes of it
 * @tp: connection with FRTO_NEW
 * @cc: bytes in its send buffer
 *
 * Without any, or without a window for it, it is as after any time-out.
 *
 * Context: PCB locked.
 * Source:  RFC 5682 2.1, step 2b.
 */
void bsd_tcp_frto_output(struct tcpcb *tp, u32 cc)
{
	u32 end = min(cc, tp->snd_wnd);
	u32 off = tp->snd_max - tp->snd_una;

	if (tp->snd_max == tp->snd_recover &&
	    (end <= off || (end != cc && end - off < tp->t_maxseg)))
		frto_lost(tp, FRTO_WINDOW);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_frto_output);
