// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_fastopen.c - data in the SYN, for peers that have shown before where they are.
 *
 * A server gives a peer that asks a cookie, a keyed hash of both addresses; with it the
 * SYN of a later connection is believed at once. Receive path: tcp_syncache.c asks
 * bsd_tcp_fastopen_syn() -> bsd_tcp_fastopen_begin(): the connection is handed to the
 * program with the data of the SYN, ESTABLISHED but for TF_SYNACK: our SYN|ACK, which
 * tcp_timer.c repeats, is not acknowledged. How many connections of a listener may be
 * so is its program's choice (TCP_FASTOPEN); beyond that SYNs are answered as ever.
 * Those that a reset ends keep their place for a while: a SYN that is replayed, with
 * resets from whose address it bears, would else make connections without a limit.
 *
 * A client remembers cookies in a small table, by both addresses; a newer destination
 * takes the place of an older one. If it has one, connect() sends nothing (TF_DEFER), and
 * the first data goes with the SYN. Should such a SYN be lost, it goes again without
 * data, and the destination is left alone for a while, longer each time.
 *
 * Context: see each function. The table has a lock of its own, a leaf.
 * Source: RFC 7413.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <crypto/algapi.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#define FO_EPOCH	(6ULL * 3600 * HZ)	/* a cookie is good for one to two of them */
#define FO_RESETS	(60 * HZ)	/* how long a reset keeps its place */
#define FO_DESTS	512		/* destinations remembered */
#define FO_SILENCE	(60 * MSEC_PER_SEC)	/* after a loss; twice that after two */
#define FO_MAXLOSSES	6

/* Connections of a listener whose handshake is not done. Held by it and by them. */
struct tcp_fastopen {
	refcount_t	fo_refs;
	spinlock_t	fo_lock;	/* letter f; a leaf */
	u32		fo_limit;	/* [a] of fo_pending */
	u32		fo_pending;	/* [f] those, and fo_resets */
	u32		fo_resets;	/* [f] ended by a reset */
	unsigned long	fo_resetat;	/* [f] jiffies of the last */
};

/* What a client knows of a destination. */
struct fo_dest {
	__be32	fd_faddr;	/* [d] 0: nothing is here */
	__be32	fd_laddr;	/* [d] */
	u16	fd_rdomain;	/* [d] */
	u16	fd_mss;		/* [d] that it told */
	u32	fd_lostat;	/* [d] bsd_tcp_now() of the last SYN that was lost */
	u8	fd_losses;	/* [d] in a row */
	u8	fd_len;		/* [d] bytes of cookie, 0: none */
	u8	fd_cookie[TCP_FASTOPEN_MAX];	/* [d] */
};

static siphash_key_t fo_key __read_mostly;	/* [I] */
static struct fo_dest fo_dests[FO_DESTS];
static DEFINE_SPINLOCK(fo_dests_lock);	/* letter d */

static u64 fo_hash(const struct in_conninfo *inc, u32 epoch)
{
	return siphash_4u32((__force u32)inc->inc_faddr, (__force u32)inc->inc_laddr, epoch,
			    rtable_rdomain(inc->inc_rtableid), &fo_key);
}

/**
 * bsd_tcp_fastopen_make() - a cookie for a peer, as an option of our SYN|ACK
 * @inc: both ends
 * @cp:  room for TCP_FASTOPEN_SPACE bytes
 *
 * Context: Any.
 * Return:  bytes written.
 * Source:  RFC 7413 4.1.2.
 */
unsigned int bsd_tcp_fastopen_make(const struct in_conninfo *inc, u8 *cp)
{
	u64 cookie = fo_hash(inc, div64_u64(get_jiffies_64(), FO_EPOCH));

	cp[0] = BSD_TCPOPT_NOP;
	cp[1] = BSD_TCPOPT_NOP;
	cp[2] = BSD_TCPOPT_FASTOPEN;
	cp[3] = 2 + sizeof(cookie);
	memcpy(cp + 4, &cookie, sizeof(cookie));
	return TCP_FASTOPEN_SPACE;
}

/* Is it a cookie of ours, of this epoch or the one before? */
static bool fo_valid(const struct in_conninfo *inc, const struct tcp_opts *to)
{
	u32 epoch = div64_u64(get_jiffies_64(), FO_EPOCH);
	u64 now = fo_hash(inc, epoch);
	u64 before = fo_hash(inc, epoch - 1);

	return to->to_cookielen == sizeof(now) &&
	       (!crypto_memneq(to->to_cookie, &now, sizeof(now)) ||
		!crypto_memneq(to->to_cookie, &before, sizeof(before)));
}

/* Has a listener room for one more that is not acknowledged? */
static bool fo_room(struct tcp_fastopen *tf)
{
	bool room;

	spin_lock(&tf->fo_lock);
	if (tf->fo_resets && time_after(jiffies, tf->fo_resetat + FO_RESETS)) {
		tf->fo_pending -= tf->fo_resets;
		tf->fo_resets = 0;
	}
	room = tf->fo_pending < min(READ_ONCE(tf->fo_limit), READ_ONCE(socket_somaxconn));
	spin_unlock(&tf->fo_lock);
	return room;
}

/**
 * bsd_tcp_fastopen_syn() - what to do with a SYN
 * @head: listener, not locked
 * @inc:  both ends
 * @seg:  the SYN
 *
 * Context: Section.
 * Return:  FASTOPEN_YES to open the connection now, FASTOPEN_COOKIE to answer with a
 *	    cookie, FASTOPEN_NO to answer as ever.
 * Source:  RFC 7413 4.2.2.
 */
enum tcp_fastopen_verdict bsd_tcp_fastopen_syn(const struct tcpcb *head,
					       const struct in_conninfo *inc,
					       const struct tcp_seg *seg)
{
	/* Pairs with bsd_tcp_fastopen_limit(). */
	struct tcp_fastopen *tf = smp_load_acquire(&head->t_fastopen);
	const struct tcp_opts *to = &seg->ts_opts;

	if (likely(!tf) || !READ_ONCE(tf->fo_limit) ||
	    !(READ_ONCE(bsd_tcp_fastopen) & TCP_FASTOPEN_SERVER))
		return FASTOPEN_NO;
	if (!(READ_ONCE(head->t_flags) & TF_NOCOOKIE && seg->ts_len)) {
		if (!(to->to_flags & TO_FASTOPEN))
			return FASTOPEN_NO;
		if (!to->to_cookielen) {
			counter_inc(TS_FO_REQUEST);
			return FASTOPEN_COOKIE;
		}
		if (!fo_valid(inc, to)) {
			counter_inc(TS_FO_BADCOOKIE);
			return FASTOPEN_COOKIE;
		}
	}
	if (READ_ONCE(head->t_deferaccept) && !seg->ts_len)
		return FASTOPEN_NO;
	if (fo_room(tf))
		return FASTOPEN_YES;
	counter_inc(TS_FO_LIMIT);
	return FASTOPEN_NO;
}

/* The data of a SYN. */
static void fo_data(struct tcpcb *tp, struct tcp_seg *seg)
{
	struct bsd_socket *so = tcp_so(tp);
	struct mbuf *m = seg->ts_m;
	u32 len = seg->ts_len;

	if (!len || len > tp->rcv_wnd)
		return;		/* not acknowledged: it comes again */
	seg->ts_m = NULL;
	m_adj(m, seg->ts_off);
	if (!sb_append_stream(so, &so->so_rcv, m)) {
		m_drop(m, TS_RCVFULL);
		return;
	}
	WRITE_ONCE(tp->rcv_nxt, tp->rcv_nxt + len);
	tp->rcv_wnd -= len;
	tp->t_flags |= TF_SYNDATA;
	counter_inc(TS_RCVPACK);
	counter_add(TS_RCVBYTE, len);
}

/**
 * bsd_tcp_fastopen_begin() - a connection that a SYN has opened
 * @tp:   connection, set up as by an acknowledgment of our SYN|ACK
 * @head: its listener, not locked
 * @seg:  the SYN; ts_m is NULL after if its data was taken
 * @ns:   section
 *
 * Context: Section, PCB locked.
 * Source:  RFC 7413 4.2.2.
 */
void bsd_tcp_fastopen_begin(struct tcpcb *tp, const struct tcpcb *head, struct tcp_seg *seg,
			    struct netstack *ns)
{
	struct tcp_fastopen *tf = READ_ONCE(head->t_fastopen);

	refcount_inc(&tf->fo_refs);
	spin_lock(&tf->fo_lock);
	tf->fo_pending++;
	spin_unlock(&tf->fo_lock);
	tp->t_fastopen = tf;
	tp->t_flags |= TF_SYNACK;
	tp->snd_wnd = seg->ts_win;	/* never scaled in a SYN (RFC 7323 2.2) */
	tp->snd_maxwnd = tp->snd_wnd;
	fo_data(tp, seg);
	tp->rcv_adv = tp->rcv_nxt + min_t(u32, tp->rcv_wnd, TCP_MAXWIN);
	bsd_tcp_synack(tp, ns);
	bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
}

/* Let go of what counts those like @tp. */
static void fo_rele(struct tcpcb *tp)
{
	struct tcp_fastopen *tf = tp->t_fastopen;

	tp->t_fastopen = NULL;
	if (tf && refcount_dec_and_test(&tf->fo_refs))
		kfree(tf);
}

/**
 * bsd_tcp_fastopen_done() - a connection is no longer one whose SYN|ACK waits
 * @tp:    connection with TF_SYNACK
 * @reset: the peer has reset it
 *
 * Context: PCB locked.
 * Source:  RFC 7413 5.1 (resets).
 */
void bsd_tcp_fastopen_done(struct tcpcb *tp, bool reset)
{
	struct tcp_fastopen *tf = tp->t_fastopen;

	tp->t_flags &= ~TF_SYNACK;
	spin_lock(&tf->fo_lock);
	if (reset) {
		tf->fo_resets++;
		tf->fo_resetat = jiffies;
	} else {
		tf->fo_pending--;
	}
	spin_unlock(&tf->fo_lock);
	fo_rele(tp);
}

/**
 * bsd_tcp_fastopen_acked() - our SYN|ACK is acknowledged
 * @tp: connection with TF_SYNACK
 *
 * Context: PCB locked.
 */
void bsd_tcp_fastopen_acked(struct tcpcb *tp)
{
	bsd_tcp_fastopen_done(tp, false);
	tp->t_flags |= TF_OUTPUT;	/* what waits may need another timer */
	tp->t_rxtshift = 0;
	if (tp->snd_una == tp->snd_max)
		bsd_tcp_timer_disarm(tp, TCPT_REXMT);
	else
		bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
}

/**
 * bsd_tcp_fastopen_timer() - our SYN|ACK was not acknowledged in time
 * @tp: connection with TF_SYNACK
 * @ns: section
 *
 * It goes again without data.
 *
 * Context: Section, PCB locked.
 * Return:  whom to wake, SOW_*.
 */
u32 bsd_tcp_fastopen_timer(struct tcpcb *tp, struct netstack *ns)
{
	if (tp->t_rxtshift >= READ_ONCE(bsd_tcp_synack_retries)) {
		counter_inc(TS_TIMEOUTDROP);
		return bsd_tcp_drop(tp, ETIMEDOUT, ns);
	}
	tp->t_rxtshift++;
	counter_inc(TS_SC_REXMIT);
	bsd_tcp_synack(tp, ns);
	bsd_tcp_timer_arm(tp, TCPT_REXMT, bsd_tcp_rexmtval(tp));
	return 0;
}

/**
 * bsd_tcp_fastopen_alloc() - what counts the connections of a listener
 *
 * Context: Process, may sleep.
 * Return:  for bsd_tcp_fastopen_limit(), NULL without memory.
 */
struct tcp_fastopen *bsd_tcp_fastopen_alloc(void)
{
	struct tcp_fastopen *tf = kzalloc(sizeof(*tf), GFP_KERNEL_ACCOUNT);

	if (!tf)
		return NULL;
	refcount_set(&tf->fo_refs, 1);
	spin_lock_init(&tf->fo_lock);
	return tf;
}

/**
 * bsd_tcp_fastopen_limit() - TCP_FASTOPEN: how many may be pending
 * @tp:    socket that is CLOSED or listens
 * @tf:    from bsd_tcp_fastopen_alloc(); consumed
 * @limit: 0: none
 *
 * Context: PCB locked.
 * Return:  0, -EINVAL in another state.
 */
int bsd_tcp_fastopen_limit(struct tcpcb *tp, struct tcp_fastopen *tf, u32 limit)
{
	if (tp->t_state != TCPS_CLOSED && tp->t_state != TCPS_LISTEN) {
		kfree(tf);
		return -EINVAL;
	}
	if (tp->t_fastopen)
		kfree(tf);
	else
		smp_store_release(&tp->t_fastopen, tf);	/* for SYNs that come */
	WRITE_ONCE(tp->t_fastopen->fo_limit, limit);
	return 0;
}

/**
 * bsd_tcp_fastopen_getlimit() - the other half
 * @tp: socket
 *
 * Context: PCB locked.
 * Return:  limit, 0: none.
 */
u32 bsd_tcp_fastopen_getlimit(const struct tcpcb *tp)
{
	return tp->t_fastopen && !(tp->t_flags & TF_SYNACK) ? tp->t_fastopen->fo_limit : 0;
}

/**
 * bsd_tcp_fastopen_free() - the PCB goes
 * @tp: connection or listener that nobody can see any more
 *
 * Context: Any but hard interrupt.
 */
void bsd_tcp_fastopen_free(struct tcpcb *tp)
{
	fo_rele(tp);
}

static struct fo_dest *fo_dest(const struct in_conninfo *inc)
{
	return &fo_dests[fo_hash(inc, 0) % FO_DESTS];
}

static bool fo_dest_match(const struct fo_dest *fd, const struct in_conninfo *inc)
{
	return fd->fd_faddr == inc->inc_faddr && fd->fd_laddr == inc->inc_laddr &&
	       fd->fd_rdomain == rtable_rdomain(inc->inc_rtableid);
}

/* What is known of the destination of @tp; false: nothing, or it is left alone now. */
static bool fo_dest_get(const struct tcpcb *tp, struct fo_dest *copy)
{
	struct in_conninfo inc;
	bool found;
	u32 quiet;

	bsd_tcp_inconninfo(tp->t_inpcb, &inc);
	spin_lock(&fo_dests_lock);
	*copy = *fo_dest(&inc);
	spin_unlock(&fo_dests_lock);
	found = fo_dest_match(copy, &inc);
	if (!found)
		*copy = (struct fo_dest){ };
	quiet = copy->fd_losses ? FO_SILENCE << (copy->fd_losses - 1) : 0;
	return !quiet || bsd_tcp_now() - copy->fd_lostat >= quiet;
}

/* Write what was learnt of the destination of @tp. */
static void fo_dest_set(const struct tcpcb *tp, struct fo_dest *new)
{
	struct in_conninfo inc;
	struct fo_dest *fd;

	bsd_tcp_inconninfo(tp->t_inpcb, &inc);
	new->fd_faddr = inc.inc_faddr;
	new->fd_laddr = inc.inc_laddr;
	new->fd_rdomain = rtable_rdomain(inc.inc_rtableid);
	fd = fo_dest(&inc);
	spin_lock(&fo_dests_lock);
	if (fd->fd_faddr && !fo_dest_match(fd, &inc))
		counter_inc(TS_FO_EVICTED);
	*fd = *new;
	spin_unlock(&fo_dests_lock);
}

/**
 * bsd_tcp_fastopen_ready() - may the SYN of a connection have data?
 * @tp: connection that its program wants to open so; both ends are known
 *
 * Context: Section, PCB locked.
 * Return:  true if its program asked for that, there is a cookie or none is needed, and
 *	    no such SYN was lost lately.
 */
bool bsd_tcp_fastopen_ready(const struct tcpcb *tp)
{
	struct fo_dest fd;

	if (!(tp->t_flags & TF_FASTOPEN) || tcp_signed(tp) || !fo_dest_get(tp, &fd))
		return false;
	return fd.fd_len || tp->t_flags & TF_NOCOOKIE;
}

/**
 * bsd_tcp_fastopen_request() - the option of our first SYN
 * @tp:  connection that its program wants to open so
 * @cp:  room for TCP_MAXOPTLEN - TCP_SYN_SPACE bytes
 * @max: in: our segment size; out: bytes of data that may go, the option not deducted
 *
 * Context: Section, PCB locked.
 * Return:  bytes written, a multiple of four.
 * Source:  RFC 7413 4.1.1, 4.2.1.
 */
unsigned int bsd_tcp_fastopen_request(const struct tcpcb *tp, u8 *cp, u32 *max)
{
	unsigned int len = 0;
	struct fo_dest fd;

	if (!fo_dest_get(tp, &fd)) {
		*max = 0;
		return 0;
	}
	*max = min_t(u32, *max, fd.fd_mss ? fd.fd_mss : TCP_DEFMSS);
	if (tp->t_flags & TF_NOCOOKIE)
		return 0;
	if (!fd.fd_len)
		*max = 0;
	cp[len++] = BSD_TCPOPT_FASTOPEN;
	cp[len++] = 2 + fd.fd_len;
	memcpy(cp + len, fd.fd_cookie, fd.fd_len);
	len += fd.fd_len;
	while (len % 4)
		cp[len++] = BSD_TCPOPT_NOP;
	return len;
}

/**
 * bsd_tcp_fastopen_lost() - a SYN with data was not answered
 * @tp: connection
 *
 * Context: Section, PCB locked.
 * Source:  RFC 7413 4.1.3.1 (negative responses).
 */
void bsd_tcp_fastopen_lost(const struct tcpcb *tp)
{
	struct fo_dest fd;

	counter_inc(TS_FO_LOST);
	fo_dest_get(tp, &fd);
	fd.fd_losses = min(fd.fd_losses + 1, FO_MAXLOSSES);
	fd.fd_lostat = bsd_tcp_now();
	fo_dest_set(tp, &fd);
}

/**
 * bsd_tcp_fastopen_answer() - our SYN is answered
 * @tp:  connection in SYN_SENT
 * @seg: SYN|ACK
 *
 * Data that it does not acknowledge goes again, as if it had never been sent.
 *
 * Context: Section, PCB locked.
 * Source:  RFC 7413 4.1.3, 4.2.1.
 */
void bsd_tcp_fastopen_answer(struct tcpcb *tp, const struct tcp_seg *seg)
{
	const struct tcp_opts *to = &seg->ts_opts;
	u32 acked = seg->ts_ack - tp->iss - 1;
	bool sent = tp->snd_max != tp->iss + 1;
	struct fo_dest fd;

	if (acked) {
		bsd_tcp_snd_drop(tp, acked);
		tp->t_flags |= TF_SYNDATA;
		counter_inc(TS_FO_ACTIVE);
	} else if (sent) {
		counter_inc(TS_FO_ACTIVEFAIL);
	}
	tp->snd_max = seg->ts_ack;
	tp->snd_nxt = seg->ts_ack;
	if (!(tp->t_flags & TF_FASTOPEN) || !(acked || to->to_cookielen))
		return;
	fo_dest_get(tp, &fd);
	if (acked)
		fd.fd_losses = 0;
	fd.fd_mss = to->to_mss;
	if (to->to_cookielen) {
		fd.fd_len = to->to_cookielen;
		memcpy(fd.fd_cookie, to->to_cookie, fd.fd_len);
	}
	fo_dest_set(tp, &fd);
}

/**
 * bsd_tcp_fastopen_init() - a key of its own each time
 *
 * Context: Process, at load.
 */
void bsd_tcp_fastopen_init(void)
{
	get_random_bytes(&fo_key, sizeof(fo_key));
}
