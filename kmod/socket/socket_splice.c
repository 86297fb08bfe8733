// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * socket_splice.c - splicing: what one socket receives is sent by another, and no
 * program is between.
 *
 * Receive and send path in one: sockbuf_wait.c, when the source has data or the drain
 * room -> sosplice_kick() -> on the softnet thread that is home of the drain's flow
 * splice_turn() -> mbufs are taken from the receive buffer of the source ->
 * pru_splice() of the protocol puts them into the send buffer of the drain.
 *
 * Each step holds one lock of a buffer or a PCB, never two: what was taken is in
 * nobody's buffer, and goes back where it was if the drain cannot have it. So rings and
 * a socket that is its own drain are nothing special. A turn ends when the knob
 * splice/budget is used up; then others have theirs. A PCB that is busy is tried again
 * in the next turn, and after a while by the timer.
 *
 * Life: made by sosplice(); the two sockets point to it until splice_end(), under
 * sp_mtx, which whoever moves data holds, too: after it nothing moves any more. The
 * turns, the timer and who is about to end it have references. It holds both sockets,
 * whose soclose() ends it first, so that their PCBs exist as long as data moves.
 *
 * Context: softnet thread; system calls to begin and to end.
 * Source: setsockopt(2) and sosplice(9) of OpenBSD for what programs see.
 */
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/softnet.h>
#include <bsdnet/sysfs.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/timer.h>

#define SPLICE_RECORDS	64	/* datagrams of a turn */
#define SPLICE_TRIES	16	/* turns that find a PCB busy, before the timer is asked */
/* Passes of a datagram. lo, which counts as well, would drop the next in silence. */
#define SPLICE_LOOPS	(M_LOOP_MAX - 1)

/* Bits of sp_flags. */
enum {
	SPLICE_KICKED,	/* a turn will come that sees all there is to see now */
	SPLICE_AGAIN,	/* whoever holds sp_mtx looks again */
};

/* What a step comes to. */
enum splice_next {
	SPLICE_WAIT,	/* for a kick */
	SPLICE_MORE,	/* there may be more to do */
	SPLICE_BUSY,	/* somebody holds a PCB, or there is no memory: soon again */
	SPLICE_END,	/* as splice_over() said */
};

/*
 * so_splice: data goes from one socket to another. Made by sosplice(), found by
 * so_splice of the source and so_spliceback of the drain, freed with the last reference
 * an RCU grace period later.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after creation
 *	a	atomic
 *	m	sp_mtx
 */
struct so_splice {
	struct softnet_task	 sp_task;	/* [a] a turn */
	unsigned long		 sp_flags;	/* [a] SPLICE_* bits */
	refcount_t		 sp_refs;	/* [a] the sockets' one, turn, timer, callers */
	u32			 sp_flow;	/* [I] of the drain */
	struct bsd_socket	*sp_source;	/* [I] held */
	struct bsd_socket	*sp_drain;	/* [I] held; may be the same */
	u64			 sp_max;	/* [I] bytes to move, 0: no limit */
	unsigned long		 sp_idle;	/* [I] ticks without data that end it, 0: none */

	struct mutex		 sp_mtx;	/* around netlock; never over user memory */
	unsigned long		 sp_last;	/* [m] jiffies, when data was moved */
	unsigned int		 sp_tries;	/* [m] turns in a row that found a PCB busy */
	unsigned int		 sp_why;	/* [m] counter: why it ends */
	int			 sp_error;	/* [m] positive errno for the source, or 0 */
	bool			 sp_unread;	/* [m] source is not told yet what was taken */
	bool			 sp_ended;	/* [m] */
	struct timer_list	 sp_timer;	/* [m] idle, or a busy PCB; has a reference */
	struct rcu_head		 sp_rcu;
};

enum splice_counter {
	SPLS_SPLICES = COUNTER_FIRST(CG_SPLICE),
	SPLS_TURNS,
	SPLS_BYTES,
	SPLS_RECORDS,
	SPLS_BUSY,		/* steps put off: PCB locked by somebody else */
	SPLS_NOMEM,		/* steps put off: no memory to cut an mbuf */
	/* Why they end. */
	SPLS_EOF,
	SPLS_MAX,
	SPLS_IDLE,
	SPLS_ERROR,
	SPLS_ASKED,
	SPLS_CLOSED,
	/* Why datagrams are dropped. */
	SPLS_TOOBIG,
	SPLS_NOBUFS,
	SPLS_LOOP,
	SPLS_END_OF_COUNTERS
};

static const struct counter_desc splice_counters[] = {
	[COUNTER_INDEX(SPLS_SPLICES)] = { "splices", "splices begun" },
	[COUNTER_INDEX(SPLS_TURNS)] = { "turns", "times a thread looked after a splice" },
	[COUNTER_INDEX(SPLS_BYTES)] = { "bytes", "bytes moved" },
	[COUNTER_INDEX(SPLS_RECORDS)] = { "records", "datagrams moved" },
	[COUNTER_INDEX(SPLS_BUSY)] = { "busy", "steps put off, socket in use by others" },
	[COUNTER_INDEX(SPLS_NOMEM)] = { "nomem", "steps put off for want of memory" },
	[COUNTER_INDEX(SPLS_EOF)] = { "eof", "splices ended, nothing more will come" },
	[COUNTER_INDEX(SPLS_MAX)] = { "max", "splices ended at their maximum" },
	[COUNTER_INDEX(SPLS_IDLE)] = { "idle", "splices ended without data for too long" },
	[COUNTER_INDEX(SPLS_ERROR)] = { "error", "splices ended by an error" },
	[COUNTER_INDEX(SPLS_ASKED)] = { "asked", "splices ended by a program" },
	[COUNTER_INDEX(SPLS_CLOSED)] = { "closed", "splices ended, a socket was closed" },
	[COUNTER_INDEX(SPLS_TOOBIG)] = { "toobig", "datagrams too large for the drain" },
	[COUNTER_INDEX(SPLS_NOBUFS)] = { "nobufs", "datagrams that the drain had no room for" },
	[COUNTER_INDEX(SPLS_LOOP)] = { "loop", "datagrams that went round too many times" },
};

static_assert(ARRAY_SIZE(splice_counters) == COUNTER_INDEX(SPLS_END_OF_COUNTERS));

static unsigned int splice_budget = 256 * 1024;	/* knob splice/budget: bytes of a turn */

static const struct knob splice_knobs[] = {
	KNOB_UINT("splice/budget", &splice_budget, 1, SB_MAX),
	KNOB_COUNTER("splice/splices", SPLS_SPLICES),
	KNOB_COUNTER("splice/bytes", SPLS_BYTES),
};

static void splice_put(struct so_splice *sp)
{
	if (!refcount_dec_and_test(&sp->sp_refs))
		return;
	sorele(sp->sp_source);
	sorele(sp->sp_drain);
	mutex_destroy(&sp->sp_mtx);
	kfree_rcu(sp, sp_rcu);
}

/* The splice that a socket points to, with a reference; or NULL. */
static struct so_splice *splice_get(struct so_splice __rcu **spp)
{
	struct so_splice *sp;

	rcu_read_lock();
	sp = rcu_dereference(*spp);
	if (sp && !refcount_inc_not_zero(&sp->sp_refs))
		sp = NULL;
	rcu_read_unlock();
	return sp;
}

/* A turn, unless one will come anyway. RCU or a reference keeps @sp. */
static void splice_kick(struct so_splice *sp)
{
	if (test_and_set_bit(SPLICE_KICKED, &sp->sp_flags) ||
	    !refcount_inc_not_zero(&sp->sp_refs))
		return;
	softnet_task_add(softnet_flow_cpu(sp->sp_flow), &sp->sp_task);
}

/**
 * sosplice_kick() - something happened to an end of a splice
 * @spp: so_splice of the source or so_spliceback of the drain; NULL: not spliced
 *
 * Context: Any but hard interrupt.
 */
void sosplice_kick(struct so_splice __rcu **spp)
{
	struct so_splice *sp;

	rcu_read_lock();
	sp = rcu_dereference(*spp);
	if (sp)
		splice_kick(sp);
	rcu_read_unlock();
}

static void splice_timer_fire(struct timer_list *t)
{
	struct so_splice *sp = timer_container_of(sp, t, sp_timer);

	splice_kick(sp);
	splice_put(sp);
}

static void splice_timer_arm(struct so_splice *sp, unsigned long when)
{
	lockdep_assert_held(&sp->sp_mtx);
	refcount_inc(&sp->sp_refs);
	if (mod_timer(&sp->sp_timer, when))
		splice_put(sp);		/* it was armed, with a reference of its own */
}

/*
 * Nothing moves any more. The error is there before readers are let in again, so that
 * none misses it.
 */
static void splice_end(struct so_splice *sp, unsigned int why, int error)
{
	struct bsd_socket *drain = sp->sp_drain;
	struct bsd_socket *so = sp->sp_source;

	lockdep_assert_held(&sp->sp_mtx);
	sp->sp_ended = true;
	counter_inc(why);
	if (error)
		sosaveerror(so, error);
	spin_lock(&so->so_rcv.sb_lock);
	RCU_INIT_POINTER(so->so_splice, NULL);
	spin_unlock(&so->so_rcv.sb_lock);
	spin_lock(&drain->so_snd.sb_lock);
	RCU_INIT_POINTER(drain->so_spliceback, NULL);
	spin_unlock(&drain->so_snd.sb_lock);
	if (timer_delete(&sp->sp_timer))
		splice_put(sp);
	if (error)
		sosk_errwakeup(so);
	sowakeup(so, SOW_ALL);
	splice_put(sp);		/* the sockets' */
}

/* What a turn has taken and could not tell the source, whose window may be shut by it. */
static void splice_tell(struct so_splice *sp)
{
	const struct protosw *pr = sp->sp_source->so_proto;
	struct netstack ns;

	lockdep_assert_held(&sp->sp_mtx);
	if (!sp->sp_unread)
		return;
	net_enter(&ns, pr->pr_section);
	pr->pr_usrreqs->pru_rcvd(sp->sp_source, true, &ns);
	net_leave(&ns);
	sp->sp_unread = false;
}

/* End the splice that a socket points to; when it returns, nothing moves. */
static void splice_stop(struct so_splice __rcu **spp, unsigned int why)
{
	struct so_splice *sp;

	if (!rcu_access_pointer(*spp))
		return;
	sp = splice_get(spp);
	if (!sp)
		return;
	mutex_lock(&sp->sp_mtx);
	if (!sp->sp_ended) {
		splice_tell(sp);
		splice_end(sp, why, 0);
	}
	mutex_unlock(&sp->sp_mtx);
	splice_put(sp);
}

static enum splice_next splice_over(struct so_splice *sp, unsigned int why, int error)
{
	sp->sp_why = why;
	sp->sp_error = error;
	return SPLICE_END;
}

/* Is there an end to it? How the drain's own splice ended is not its error as a drain. */
static enum splice_next splice_look(struct so_splice *sp)
{
	struct bsd_socket *drain = sp->sp_drain;
	struct bsd_socket *so = sp->sp_source;
	u32 state = READ_ONCE(drain->so_state);
	int error;

	if (sopeekerror(so))
		return splice_over(sp, SPLS_ERROR, 0);
	error = sopeekerror(drain);
	if (error && error != ETIMEDOUT && error != EFBIG && error != ELOOP)
		return splice_over(sp, SPLS_ERROR, error);
	if (state & SS_CANTSENDMORE)
		return splice_over(sp, SPLS_ERROR, EPIPE);
	if (!(state & (SS_ISCONNECTED | SS_ISCONNECTING)))
		return splice_over(sp, SPLS_ERROR, ENOTCONN);
	if (sp->sp_max && so->so_spliced >= sp->sp_max)
		return splice_over(sp, SPLS_MAX, EFBIG);
	return state & SS_ISCONNECTED ? SPLICE_MORE : SPLICE_WAIT;
}

static void splice_moved(struct so_splice *sp, u32 len)
{
	struct bsd_socket *so = sp->sp_source;

	WRITE_ONCE(so->so_spliced, so->so_spliced + len);
	counter_add(SPLS_BYTES, len);
	sp->sp_last = jiffies;
	sp->sp_tries = 0;
}

/* All that the source will ever receive has gone. */
static enum splice_next splice_eof(struct so_splice *sp, struct netstack *ns)
{
	struct bsd_socket *drain = sp->sp_drain;
	const struct pr_usrreqs *pru = drain->so_proto->pr_usrreqs;

	if (pru->pru_splice(drain, NULL, 0, false, ns) == -EBUSY)
		return SPLICE_BUSY;
	so_setstate(drain, SS_CANTSENDMORE, 0);
	sowakeup(drain, SOW_ALL);
	return splice_over(sp, SPLS_EOF, 0);
}

/*
 * The urgent byte, which is the next, goes alone: it is sent as one, so that it is urgent for
 * the peer of the drain, too. The one in the source stays until the drain has it.
 */
static enum splice_next splice_urgent(struct so_splice *sp, u32 past, u32 *left,
				      struct netstack *ns)
{
	const struct pr_usrreqs *pru = sp->sp_drain->so_proto->pr_usrreqs;
	struct bsd_socket *so = sp->sp_source;
	int byte = sourgent_atmark(so);
	struct mbuf *m;
	int error;

	if (byte < 0)
		return SPLICE_BUSY;	/* TCP is about to say what it is, or it is data now */
	m = m_get(M_DONTWAIT);
	if (!m) {
		counter_inc(SPLS_NOMEM);
		return SPLICE_BUSY;
	}
	m->m_data[0] = byte;
	m->m_len = 1;
	error = pru->pru_splice(sp->sp_drain, m, 1, true, ns);
	if (error) {
		m_free(m);
		return error == -EBUSY ? SPLICE_BUSY : splice_over(sp, SPLS_ERROR, -error);
	}
	sb_drop(so, &so->so_rcv, past + 1);
	splice_moved(sp, 1);
	sp->sp_unread = true;
	*left -= 1;
	return SPLICE_MORE;
}

/*
 * What the source has, the drain has room for, and @left of the turn allows. As a reader, it
 * passes over an urgent byte that is not in line.
 */
static enum splice_next splice_bytes(struct so_splice *sp, u32 *left, struct netstack *ns)
{
	const struct pr_usrreqs *pru = sp->sp_drain->so_proto->pr_usrreqs;
	struct sockbuf *snd = &sp->sp_drain->so_snd;
	struct bsd_socket *so = sp->sp_source;
	struct sockbuf *rcv = &so->so_rcv;
	u32 room = sb_space(snd);
	struct sb_span span;
	struct mbuf *m;
	bool eof;
	int error;
	u32 len;

	/* Nothing comes behind the end, so what is there after it was seen is all. */
	eof = READ_ONCE(so->so_state) & SS_CANTRCVMORE;
	sb_span(so, &span);
	len = span.ss_len;
	if (!len)
		return eof ? splice_eof(sp, ns) : SPLICE_WAIT;
	if (sp->sp_max)
		len = min_t(u64, len, sp->sp_max - so->so_spliced);
	if (room < len && !sb_writable(snd))
		return SPLICE_WAIT;	/* what is acknowledged makes room worth a turn */
	len = min3(len, room, *left);
	if (unlikely(span.ss_atmark && READ_ONCE(so->so_options) & BSD_SO_OOBINLINE))
		return splice_urgent(sp, span.ss_skip, left, ns);
	if (unlikely(span.ss_skip))
		sb_drop(so, rcv, span.ss_skip);
	m = sb_take_stream(so, rcv, &len, READ_ONCE(snd->sb_mbmax));
	if (!m) {
		counter_inc(SPLS_NOMEM);
		return SPLICE_BUSY;
	}
	error = pru->pru_splice(sp->sp_drain, m, len, false, ns);
	if (error) {
		sb_return_stream(so, rcv, m, len);
		return error == -EBUSY ? SPLICE_BUSY : splice_over(sp, SPLS_ERROR, -error);
	}
	splice_moved(sp, len);
	sp->sp_unread = true;
	*left -= len;
	return SPLICE_MORE;
}

static enum splice_next splice_stream(struct so_splice *sp, struct netstack *ns)
{
	const struct pr_usrreqs *pru = sp->sp_source->so_proto->pr_usrreqs;
	u32 left = READ_ONCE(splice_budget);
	enum splice_next next;

	for (;;) {
		if (sp->sp_unread && pru->pru_rcvd(sp->sp_source, false, ns))
			return SPLICE_BUSY;
		sp->sp_unread = false;
		next = splice_look(sp);
		if (next != SPLICE_MORE || !left)
			return next;
		next = splice_bytes(sp, &left, ns);
		if (next != SPLICE_MORE)
			return next;
	}
}

/* Send the datagram @m, which was taken from the source; consumed. */
static enum splice_next splice_send(struct so_splice *sp, struct mbuf *m, struct netstack *ns)
{
	const struct pr_usrreqs *pru = sp->sp_drain->so_proto->pr_usrreqs;
	u32 len = m->m_pkthdr.len;
	int error;

	if (m->m_pkthdr.ph_loopcnt >= SPLICE_LOOPS) {
		m_drop(m, SPLS_LOOP);
		return splice_over(sp, SPLS_ERROR, ELOOP);
	}
	if (len > READ_ONCE(sp->sp_drain->so_snd.sb_hiwat)) {
		m_drop(m, SPLS_TOOBIG);
		return SPLICE_MORE;
	}
	error = pru->pru_splice(sp->sp_drain, m, len, false, ns);
	switch (error) {
	case 0:
		counter_inc(SPLS_RECORDS);
		splice_moved(sp, len);
		return SPLICE_MORE;
	case -EBUSY:
		sb_return_record(sp->sp_source, &sp->sp_source->so_rcv, m);
		return SPLICE_BUSY;
	case -EMSGSIZE:
		m_drop(NULL, SPLS_TOOBIG);
		return SPLICE_MORE;
	case -ENOBUFS:
		m_drop(NULL, SPLS_NOBUFS);
		return SPLICE_MORE;
	default:
		return splice_over(sp, SPLS_ERROR, -error);
	}
}

/* The next datagram. One that does not fit into the maximum as a whole stays. */
static enum splice_next splice_record(struct so_splice *sp, struct netstack *ns)
{
	struct bsd_socket *so = sp->sp_source;
	struct sockbuf *rcv = &so->so_rcv;
	struct mbuf *m;
	bool eof;
	u32 len;

	spin_lock(&rcv->sb_lock);
	m = rcv->sb_ml.ml_head;
	len = m ? m->m_pkthdr.len : 0;
	eof = so->so_state & SS_CANTRCVMORE;
	spin_unlock(&rcv->sb_lock);
	if (!m)
		return eof ? splice_over(sp, SPLS_EOF, 0) : SPLICE_WAIT;
	if (sp->sp_max && so->so_spliced + len > sp->sp_max)
		return splice_over(sp, SPLS_MAX, EFBIG);
	m = sb_take_record(so, rcv);
	return m ? splice_send(sp, m, ns) : SPLICE_MORE;
}

static enum splice_next splice_records(struct so_splice *sp, struct netstack *ns)
{
	enum splice_next next;
	unsigned int n;

	for (n = 0; n < SPLICE_RECORDS; n++) {
		next = splice_look(sp);
		if (next == SPLICE_MORE)
			next = splice_record(sp, ns);
		if (next != SPLICE_MORE)
			return next;
	}
	return SPLICE_MORE;
}

/* Nothing to do now: how long may that last? */
static void splice_rest(struct so_splice *sp)
{
	unsigned long end = sp->sp_last + sp->sp_idle;

	sp->sp_tries = 0;
	if (!sp->sp_idle)
		return;
	if (time_after_eq(jiffies, end))
		splice_end(sp, SPLS_IDLE, ETIMEDOUT);
	else if (!timer_pending(&sp->sp_timer))
		splice_timer_arm(sp, end);
}

/* Move what can be moved, as far as the budget goes. */
static void splice_turn(struct so_splice *sp)
{
	const struct protosw *pr = sp->sp_source->so_proto;
	enum splice_next next;
	struct netstack ns;

	lockdep_assert_held(&sp->sp_mtx);
	counter_inc(SPLS_TURNS);
	net_enter(&ns, pr->pr_section);
	if (pr->pr_flags & PR_CONNREQUIRED)
		next = splice_stream(sp, &ns);
	else
		next = splice_records(sp, &ns);
	net_leave(&ns);
	switch (next) {
	case SPLICE_WAIT:
		splice_rest(sp);
		break;
	case SPLICE_MORE:
		splice_kick(sp);
		break;
	case SPLICE_BUSY:
		counter_inc(SPLS_BUSY);
		if (++sp->sp_tries % SPLICE_TRIES)
			splice_kick(sp);
		else
			splice_timer_arm(sp, jiffies + 1);
		break;
	case SPLICE_END:
		splice_end(sp, sp->sp_why, sp->sp_error);
		break;
	}
}

/*
 * Two threads may get here at a time, when the home of the flow has just changed; who
 * finds sp_mtx taken leaves a word to who has it.
 */
static void splice_task(void *arg)
{
	struct so_splice *sp = arg;

	clear_bit(SPLICE_KICKED, &sp->sp_flags);
	set_bit(SPLICE_AGAIN, &sp->sp_flags);
	/* What is to be seen is looked at after KICKED is clear; AGAIN is set before we try. */
	smp_mb__after_atomic();
	while (test_bit(SPLICE_AGAIN, &sp->sp_flags) && mutex_trylock(&sp->sp_mtx)) {
		clear_bit(SPLICE_AGAIN, &sp->sp_flags);
		smp_mb__after_atomic();	/* who sets it from here on is heeded below */
		if (!sp->sp_ended)
			splice_turn(sp);
		mutex_unlock(&sp->sp_mtx);
		smp_mb();	/* unlocked, then looked whether somebody came meanwhile */
	}
	splice_put(sp);
}

static struct so_splice *splice_alloc(struct bsd_socket *so, struct bsd_socket *drain)
{
	struct so_splice *sp;

	sp = kzalloc(sizeof(*sp), GFP_KERNEL_ACCOUNT);
	if (!sp)
		return NULL;
	softnet_task_init(&sp->sp_task, splice_task, sp);
	timer_setup(&sp->sp_timer, splice_timer_fire, 0);
	mutex_init(&sp->sp_mtx);
	refcount_set(&sp->sp_refs, 2);	/* the sockets' one, and the caller's */
	soref(so);
	soref(drain);
	sp->sp_source = so;
	sp->sp_drain = drain;
	sp->sp_flow = drain->so_proto->pr_usrreqs->pru_flow(drain);
	sp->sp_last = jiffies;
	return sp;
}

/* Make both sockets point to @sp. 0, -EBUSY: one of them has another splice. */
static int splice_link(struct so_splice *sp)
{
	struct bsd_socket *drain = sp->sp_drain;
	struct bsd_socket *so = sp->sp_source;
	bool busy;

	spin_lock(&so->so_rcv.sb_lock);
	busy = rcu_access_pointer(so->so_splice);
	spin_unlock(&so->so_rcv.sb_lock);
	if (busy)
		return -EBUSY;
	spin_lock(&drain->so_snd.sb_lock);
	busy = rcu_access_pointer(drain->so_spliceback);
	if (!busy)
		rcu_assign_pointer(drain->so_spliceback, sp);
	spin_unlock(&drain->so_snd.sb_lock);
	if (busy)
		return -EBUSY;
	WRITE_ONCE(so->so_spliced, 0);
	spin_lock(&so->so_rcv.sb_lock);
	rcu_assign_pointer(so->so_splice, sp);
	spin_unlock(&so->so_rcv.sb_lock);
	return 0;
}

/* May @so be an end of a splice? 0 or -errno. */
static int splice_check(const struct bsd_socket *so, bool connected)
{
	u32 state = READ_ONCE(so->so_state);

	if (state & SS_ACCEPTCONN)
		return -EOPNOTSUPP;
	if (connected && !(state & (SS_ISCONNECTED | SS_ISCONNECTING)))
		return -ENOTCONN;
	return 0;
}

/**
 * sosplice() - send by one socket what another receives, from now on
 * @so:     source: also what waits in its buffer goes
 * @drain:  drain, connected or connecting; may be @so
 * @max:    bytes after which it ends (EFBIG), 0: no limit; of datagrams, whole ones
 * @idle:   ticks without data after which it ends (ETIMEDOUT), 0: no limit
 * @nowait: do not wait for a reader of @so that copies
 *
 * At the end, or by an error of either socket, it is over by itself; errors become the
 * source's pending one. Until then readers of @so wait, and poll(2) tells them nothing.
 *
 * Context: Process, no lock held, may sleep; both sockets stay open meanwhile. Takes and
 *	    releases so_rcvio of @so.
 * Return:  0; -EPROTONOSUPPORT: not two of TCP or two of UDP; -EOPNOTSUPP: a listener;
 *	    -ENOTCONN; -EBUSY: one is a source, or the other a drain, already; -EAGAIN,
 *	    -ERESTARTSYS, -ENOMEM.
 */
int sosplice(struct bsd_socket *so, struct bsd_socket *drain, u64 max, unsigned long idle,
	     bool nowait)
{
	const struct protosw *pr = so->so_proto;
	struct so_splice *sp;
	int error;

	if (!pr->pr_usrreqs->pru_splice || drain->so_proto != pr)
		return -EPROTONOSUPPORT;
	error = splice_check(so, pr->pr_flags & PR_CONNREQUIRED);
	if (!error)
		error = splice_check(drain, true);
	if (error)
		return error;
	sp = splice_alloc(so, drain);
	if (!sp)
		return -ENOMEM;
	sp->sp_max = max;
	sp->sp_idle = idle;
	/* Readers look at bytes of a stream without a lock of the buffer. */
	if (nowait ? !mutex_trylock(&so->so_rcvio) : mutex_lock_interruptible(&so->so_rcvio)) {
		error = nowait ? -EAGAIN : -ERESTARTSYS;
	} else {
		mutex_lock(&sp->sp_mtx);
		/* It may have lost its connection, and listen, while we waited. */
		error = splice_check(so, pr->pr_flags & PR_CONNREQUIRED);
		if (!error)
			error = splice_link(sp);
		sp->sp_ended = error;
		mutex_unlock(&sp->sp_mtx);
		mutex_unlock(&so->so_rcvio);
	}
	if (error) {
		splice_put(sp);		/* the sockets do not know it */
	} else {
		counter_inc(SPLS_SPLICES);
		splice_kick(sp);
	}
	splice_put(sp);
	return error;
}

/**
 * sounsplice() - a program takes the source back; what has not been sent can be read
 * @so: source; nothing happens if it is none
 *
 * Context: Process, no lock held, may sleep.
 * Return:  0; -EPROTONOSUPPORT: such a socket cannot be spliced.
 */
int sounsplice(struct bsd_socket *so)
{
	if (!so->so_proto->pr_usrreqs->pru_splice)
		return -EPROTONOSUPPORT;
	splice_stop(&so->so_splice, SPLS_ASKED);
	return 0;
}

/**
 * sosplice_detach() - a socket loses its connection: no splice knows it any more
 * @so: socket
 *
 * When it returns, no splice uses its PCB.
 *
 * Context: Process, no lock held but so_rcvio, may sleep.
 */
void sosplice_detach(struct bsd_socket *so)
{
	splice_stop(&so->so_splice, SPLS_CLOSED);
	splice_stop(&so->so_spliceback, SPLS_CLOSED);
}

/**
 * sosplice_init() - counters and knobs of splicing
 *
 * Context: Process, at load.
 * Return:  0 or -errno, and then left nothing behind.
 */
int sosplice_init(void)
{
	int error;

	error = counter_register(CG_SPLICE, "splice", splice_counters,
				 ARRAY_SIZE(splice_counters));
	if (error)
		return error;
	error = knobs_register(splice_knobs, ARRAY_SIZE(splice_knobs));
	if (error)
		counter_unregister(CG_SPLICE);
	return error;
}

/**
 * sosplice_exit() - the reverse, when no socket is left
 *
 * Waits for timers that had just fired, and for turns that find their splice ended.
 *
 * Context: Process, at unload or failed load, may sleep.
 */
void sosplice_exit(void)
{
	synchronize_rcu();
	softnet_barrier();
	knobs_unregister(splice_knobs, ARRAY_SIZE(splice_knobs));
	counter_unregister(CG_SPLICE);
}
