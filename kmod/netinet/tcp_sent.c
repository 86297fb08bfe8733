// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_sent.c - the ranges of what is under way: sent, acknowledged, lost, sent again.
 *
 * Send path: tcp_output.c -> here. Receive path: tcp_recovery.c -> here. Who decides
 * what is lost is tcp_rack.c.
 *
 * Context: PCB locked; does not sleep.
 * Source: RFC 6675 2 to 4 (scoreboard); RFC 8985 5.2 (time of each segment).
 */
#include <bsdnet/tcp_sent.h>
#include <bsdnet/compat.h>
#include <bsdnet/kassert.h>
#include <bsdnet/tcp_seq.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * bsd_tcp_sent_init() - nothing is under way
 * @sn:  ranges; never used, or empty by bsd_tcp_sent_free()
 * @seq: snd_una
 *
 * Context: PCB locked.
 */
void bsd_tcp_sent_init(struct tcp_sent *sn, u32 seq)
{
	sn->sn_range = sn->sn_inline;
	sn->sn_room = TCP_SENT_INLINE;
	sn->sn_n = 0;
	sn->sn_start = seq;
	sn->sn_sacked = 0;
	sn->sn_lost = 0;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_init);

/**
 * bsd_tcp_sent_free() - forget everything
 * @sn: ranges
 *
 * Context: PCB locked, or the connection is gone.
 */
void bsd_tcp_sent_free(struct tcp_sent *sn)
{
	if (sn->sn_range != sn->sn_inline)
		kfree(sn->sn_range);
	bsd_tcp_sent_init(sn, sn->sn_start);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_free);

/* Room for another range, if there may be @max. */
static bool sent_room(struct tcp_sent *sn, unsigned int max)
{
	unsigned int room = min_t(unsigned int, 4 * sn->sn_room, TCP_SENT_MAX);
	struct tcp_range *range;

	if (sn->sn_n >= max)
		return false;
	if (likely(sn->sn_n < sn->sn_room))
		return true;
	range = kmalloc_array(room, sizeof(*range), GFP_ATOMIC | __GFP_NOWARN);
	if (!range)
		return false;
	memcpy(range, sn->sn_range, sn->sn_n * sizeof(*range));
	if (sn->sn_range != sn->sn_inline)
		kfree(sn->sn_range);
	sn->sn_range = range;
	sn->sn_room = room;
	return true;
}

/* Take the ranges from @i to before @j away. */
static void sent_remove(struct tcp_sent *sn, unsigned int i, unsigned int j)
{
	memmove(&sn->sn_range[i], &sn->sn_range[j], (sn->sn_n - j) * sizeof(*sn->sn_range));
	sn->sn_n -= j - i;
}

/* The range that @seq is in; sn_n if it is behind all. */
static unsigned int sent_find(const struct tcp_sent *sn, u32 seq)
{
	unsigned int i;

	for (i = 0; i < sn->sn_n && seq_leq(sn->sn_range[i].tr_end, seq); i++)
		;
	return i;
}

/* Let a range begin at @seq, which is within. False: there may be no more. */
static bool sent_split(struct tcp_sent *sn, u32 seq, unsigned int max)
{
	unsigned int i = sent_find(sn, seq);

	if (i == sn->sn_n || tcp_sent_start(sn, i) == seq)
		return true;
	if (!sent_room(sn, max))
		return false;
	memmove(&sn->sn_range[i + 1], &sn->sn_range[i],
		(sn->sn_n - i) * sizeof(*sn->sn_range));
	sn->sn_n++;
	sn->sn_range[i].tr_end = seq;
	return true;
}

/* Make one of neighbours that were acknowledged, or are lost alike, around @i to @j. */
static void sent_merge(struct tcp_sent *sn, unsigned int i, unsigned int j)
{
	unsigned int to = i ? i - 1 : 0;
	unsigned int from;

	if (!sn->sn_n)
		return;
	for (from = to + 1; from < sn->sn_n && from <= j; from++) {
		struct tcp_range *last = &sn->sn_range[to];
		const struct tcp_range *tr = &sn->sn_range[from];

		if ((last->tr_flags | tr->tr_flags) & TR_SACKED ?
		    last->tr_flags & tr->tr_flags & TR_SACKED :
		    last->tr_flags == tr->tr_flags &&
		    (tr->tr_flags & TR_LOST || last->tr_time == tr->tr_time))
			last->tr_end = tr->tr_end;
		else
			sn->sn_range[++to] = *tr;
	}
	sent_remove(sn, to + 1, from);
}

/**
 * bsd_tcp_sent_new() - bytes behind all others were sent
 * @sn:  ranges
 * @end: sequence number behind the last of them
 * @now: tm_us
 *
 * Context: PCB locked.
 */
void bsd_tcp_sent_new(struct tcp_sent *sn, u32 end, u32 now)
{
	struct tcp_range *last = sn->sn_n ? &sn->sn_range[sn->sn_n - 1] : NULL;

	if (last && !last->tr_flags &&
	    (last->tr_time == now || !sent_room(sn, TCP_SENT_SPLIT))) {
		last->tr_time = now;	/* later than it was: found lost later */
		last->tr_end = end;
		return;
	}
	if (unlikely(!sent_room(sn, TCP_SENT_MAX))) {
		/* Without memory: as if it had been sent with what is before it. */
		if (last->tr_flags & TR_SACKED)
			sn->sn_sacked -= last->tr_end - tcp_sent_start(sn, sn->sn_n - 1);
		if (last->tr_flags & TR_LOST)
			sn->sn_lost -= last->tr_end - tcp_sent_start(sn, sn->sn_n - 1);
		last->tr_flags = TR_AGAIN;
		last->tr_time = now;
		last->tr_end = end;
		return;
	}
	sn->sn_range[sn->sn_n++] = (struct tcp_range){ .tr_end = end, .tr_time = now };
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_new);

/**
 * bsd_tcp_sent_again() - bytes that were under way were sent again
 * @sn:    ranges
 * @start: sequence number of the first
 * @end:   ... behind the last
 * @now:   tm_us
 *
 * Without room for a split all of a range counts as sent.
 *
 * Context: PCB locked.
 */
void bsd_tcp_sent_again(struct tcp_sent *sn, u32 start, u32 end, u32 now)
{
	unsigned int first;
	unsigned int i;

	sent_split(sn, start, TCP_SENT_MAX);
	sent_split(sn, end, TCP_SENT_MAX);
	first = sent_find(sn, start);
	for (i = first; i < sn->sn_n && seq_lt(tcp_sent_start(sn, i), end); i++) {
		struct tcp_range *tr = &sn->sn_range[i];

		if (tr->tr_flags & TR_SACKED)
			continue;
		if (tr->tr_flags & TR_LOST)
			sn->sn_lost -= tr->tr_end - tcp_sent_start(sn, i);
		tr->tr_flags = TR_AGAIN;
		tr->tr_time = now;
	}
	sent_merge(sn, first, i);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_again);

/* The range @i, or its first part up to @end, has arrived. */
static void sent_delivered(const struct tcp_sent *sn, unsigned int i, u32 end,
			   struct tcp_delivery *td)
{
	const struct tcp_range *tr = &sn->sn_range[i];

	if (!(tr->tr_flags & TR_AGAIN) && seq_lt(end, td->td_fack))
		td->td_reordered = true;
	if (!td->td_bytes || tcp_sent_after(tr->tr_time, end, td->td_time, td->td_end)) {
		td->td_time = tr->tr_time;
		td->td_end = end;
		td->td_flags = tr->tr_flags;
	}
	td->td_high = seq_max(td->td_bytes ? td->td_high : td->td_fack, end);
	td->td_bytes += end - tcp_sent_start(sn, i);
}

/**
 * bsd_tcp_sent_acked() - everything before a sequence number is acknowledged
 * @sn:  ranges
 * @ack: from sn_start to the end of the last range
 * @td:  out: added to
 *
 * Context: PCB locked.
 */
void bsd_tcp_sent_acked(struct tcp_sent *sn, u32 ack, struct tcp_delivery *td)
{
	unsigned int i;

	for (i = 0; i < sn->sn_n && seq_lt(tcp_sent_start(sn, i), ack); i++) {
		const struct tcp_range *tr = &sn->sn_range[i];
		u32 end = seq_gt(tr->tr_end, ack) ? ack : tr->tr_end;
		u32 len = end - tcp_sent_start(sn, i);

		if (tr->tr_flags & TR_SACKED)
			sn->sn_sacked -= len;
		else
			sent_delivered(sn, i, end, td);
		if (tr->tr_flags & TR_LOST)
			sn->sn_lost -= len;
		if (end != tr->tr_end)
			break;
	}
	sent_remove(sn, 0, i);
	sn->sn_start = ack;
	if (unlikely(!sn->sn_n && sn->sn_room > TCP_SENT_KEEP))
		bsd_tcp_sent_free(sn);	/* what a peer made of it */
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_acked);

/**
 * bsd_tcp_sent_sacked() - a block is acknowledged selectively
 * @sn:    ranges
 * @start: sequence number of its first byte
 * @end:   ... behind its last, within what is under way as @start is
 * @td:    out: added to
 *
 * Context: PCB locked.
 * Return:  false if there was no room to note it.
 */
bool bsd_tcp_sent_sacked(struct tcp_sent *sn, u32 start, u32 end, struct tcp_delivery *td)
{
	unsigned int first;
	unsigned int i;

	if (!sent_split(sn, start, TCP_SENT_SPLIT) || !sent_split(sn, end, TCP_SENT_SPLIT))
		return false;
	first = sent_find(sn, start);
	for (i = first; i < sn->sn_n && seq_lt(tcp_sent_start(sn, i), end); i++) {
		struct tcp_range *tr = &sn->sn_range[i];
		u32 len = tr->tr_end - tcp_sent_start(sn, i);

		if (tr->tr_flags & TR_SACKED)
			continue;
		sent_delivered(sn, i, tr->tr_end, td);
		if (tr->tr_flags & TR_LOST)
			sn->sn_lost -= len;
		tr->tr_flags = TR_SACKED;
		sn->sn_sacked += len;
	}
	sent_merge(sn, first, i);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_sacked);

/**
 * bsd_tcp_sent_lost() - a range has not arrived
 * @sn: ranges
 * @i:  which; neither TR_SACKED nor TR_LOST
 *
 * Context: PCB locked.
 */
void bsd_tcp_sent_lost(struct tcp_sent *sn, unsigned int i)
{
	sn->sn_range[i].tr_flags |= TR_LOST;
	sn->sn_lost += sn->sn_range[i].tr_end - tcp_sent_start(sn, i);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_lost);

/**
 * bsd_tcp_sent_lost_all() - nothing was heard: what is not acknowledged has not arrived
 * @sn: ranges
 *
 * If the oldest range was acknowledged selectively, the peer has thrown it away, and
 * what it said of others counts no more, either.
 *
 * Context: PCB locked.
 * Source:  RFC 6675 5.1; RFC 2018 8 (reneging).
 */
void bsd_tcp_sent_lost_all(struct tcp_sent *sn)
{
	bool reneged = sn->sn_n && sn->sn_range[0].tr_flags & TR_SACKED;
	unsigned int i;

	for (i = 0; i < sn->sn_n; i++) {
		struct tcp_range *tr = &sn->sn_range[i];

		if (tr->tr_flags & TR_SACKED && reneged) {
			tr->tr_flags = TR_AGAIN;
			sn->sn_sacked -= tr->tr_end - tcp_sent_start(sn, i);
		}
		if (!(tr->tr_flags & (TR_SACKED | TR_LOST)))
			bsd_tcp_sent_lost(sn, i);
	}
	if (sn->sn_n)
		sent_merge(sn, 0, sn->sn_n - 1);
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_lost_all);

/**
 * bsd_tcp_sent_found_all() - what was given up is under way after all
 * @sn: ranges
 *
 * Ranges that were given up together keep the time of the first of them.
 *
 * Context: PCB locked.
 */
void bsd_tcp_sent_found_all(struct tcp_sent *sn)
{
	unsigned int i;

	for (i = 0; i < sn->sn_n; i++)
		sn->sn_range[i].tr_flags &= ~TR_LOST;
	sn->sn_lost = 0;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_found_all);

/**
 * bsd_tcp_sent_mending() - is anything lost, or sent again and not yet acknowledged?
 * @sn: ranges
 *
 * Context: PCB locked.
 * Return:  true if so.
 */
bool bsd_tcp_sent_mending(const struct tcp_sent *sn)
{
	unsigned int i;

	for (i = 0; i < sn->sn_n; i++)
		if (sn->sn_range[i].tr_flags & (TR_LOST | TR_AGAIN))
			return true;
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_mending);

/**
 * bsd_tcp_sent_next_lost() - what to send again first
 * @sn:    ranges
 * @start: out: sequence number of the first byte
 * @end:   out: ... behind the last
 *
 * Context: PCB locked.
 * Return:  false if nothing is lost.
 */
bool bsd_tcp_sent_next_lost(const struct tcp_sent *sn, u32 *start, u32 *end)
{
	unsigned int i;

	if (likely(!sn->sn_lost))
		return false;
	for (i = 0; i < sn->sn_n; i++) {
		if (!(sn->sn_range[i].tr_flags & TR_LOST))
			continue;
		*start = tcp_sent_start(sn, i);
		*end = sn->sn_range[i].tr_end;
		return true;
	}
	(void)KASSERT(0);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sent_next_lost);
