// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_subr.c - the life of a connection: made, established, closed, dropped; what
 * sizes it uses.
 *
 * Called by: tcp_usrreq.c, tcp_syncache.c, tcp_listen.c, tcp_segment.c, tcp_timer.c.
 * Context: PCB locked unless said otherwise.
 * Source: RFC 9293 3.3, 3.7; RFC 6528 (initial sequence numbers); RFC 7323.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/if_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/sysfs.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#define TCP_IPHDRS	(sizeof(struct ip) + TCP_MINHDR)
#define TCP_LEFT_SHIFT	18	/* one may be left behind for each 256 KiB of memory */
#define TCP_LEFT_MIN	4096U
#define TCP_LEFT_MAX	262144U
#define TCP_SHORTER		1400	/* bytes of a packet, with most tunnels around it */
#define TCP_REXMT_SHORTER	2	/* time-outs of a segment until packets are that */
#define TCP_REXMT_SHORTEST	4	/* ... are of TCP_DEFMSS */
#define TCP_REXMT_ANY		6	/* ... are as they were */

/* Connections that no program knows any more: many may be left by few programs. */
unsigned int bsd_tcp_orphans_max;	/* knob tcp/orphans_max */
unsigned int bsd_tcp_timewait_max;	/* knob tcp/timewait_max */
static struct percpu_counter tcp_orphans;	/* TF_ORPHAN, with something to send */
static struct percpu_counter tcp_timewaits;	/* in TIME_WAIT; orphans in FIN_WAIT_2 */

static struct kmem_cache *tcpcb_cache;
static siphash_key_t iss_key;

/**
 * bsd_tcp_now() - the clock of timestamps and round trips
 *
 * Context: Any.
 * Return:  milliseconds, wrapping.
 */
u32 bsd_tcp_now(void)
{
	return (u32)ktime_to_ms(ktime_get());
}

/**
 * bsd_tcp_time() - both clocks of TCP
 *
 * Context: Any.
 * Return:  milliseconds as bsd_tcp_now(), and units of 1.024 microseconds.
 */
struct tcp_time bsd_tcp_time(void)
{
	u64 ns = ktime_get_ns();

	return (struct tcp_time){ .tm_ms = div_u64(ns, NSEC_PER_MSEC), .tm_us = ns >> 10 };
}

/**
 * bsd_tcp_newtcpcb() - TCP's half of a PCB
 * @inp: PCB without one
 * @gfp: how to allocate
 *
 * Context: Any, as @gfp says; nobody else knows the PCB yet.
 * Return:  CLOSED connection, which the PCB frees; NULL without memory.
 */
struct tcpcb *bsd_tcp_newtcpcb(struct inpcb *inp, gfp_t gfp)
{
	struct tcpcb *tp;

	tp = kmem_cache_zalloc(tcpcb_cache, gfp);
	if (!tp)
		return NULL;
	tp->t_inpcb = inp;
	tp->t_state = TCPS_CLOSED;
	tp->t_maxseg = TCP_DEFMSS;
	tp->t_cc = bsd_tcp_cc_default();
	ml_init(&tp->t_reass);
	bsd_tcp_rtt_reset(tp);
	bsd_tcp_sent_init(&tp->t_sent, 0);
	bsd_tcp_timer_init(tp);
	smp_store_release(&inp->inp_ppcb, tp);	/* pairs with bsd_tcp_pcbinfo() */
	return tp;
}

/**
 * bsd_tcp_freetcpcb() - the PCB goes
 * @inp: PCB that nobody can see any more
 *
 * Context: Any but hard interrupt.
 */
void bsd_tcp_freetcpcb(struct inpcb *inp)
{
	struct tcpcb *tp = intotcpcb(inp);

	if (!tp)
		return;
	(void)KASSERT(ml_empty(&tp->t_reass) && !timer_pending(&tp->t_timer));
	bsd_tcp_md5_purge(tp);
	bsd_tcp_fastopen_free(tp);
	kmem_cache_free(tcpcb_cache, tp);
}

/**
 * bsd_tcp_winshift() - how far to shift windows for a buffer
 * @space: bytes it may grow to
 *
 * Context: Any.
 * Return:  0 to TCP_MAX_WINSHIFT.
 * Source:  RFC 7323 2.3.
 */
u8 bsd_tcp_winshift(u32 space)
{
	u8 shift = 0;

	while (shift < TCP_MAX_WINSHIFT && ((u32)TCP_MAXWIN << shift) < space)
		shift++;
	return shift;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_winshift);

/**
 * bsd_tcp_rcvscale() - how far to shift the windows that a connection tells
 * @space: bytes of its receive buffer now
 *
 * Far enough for all that the program may ask for later, or that it may grow to.
 *
 * Context: Any.
 * Return:  0 to TCP_MAX_WINSHIFT.
 */
u8 bsd_tcp_rcvscale(u32 space)
{
	return bsd_tcp_winshift(max3(space, READ_ONCE(socket_maxbuf),
				     READ_ONCE(bsd_tcp_recvbuf_max)));
}

/* What is the same for both ends as long as we are loaded, and nobody else knows. */
static u64 tcp_hash(const struct in_conninfo *inc)
{
	return siphash_4u32((__force u32)inc->inc_faddr, (__force u32)inc->inc_laddr,
			    (__force u32)inc->inc_fport << 16 | (__force u32)inc->inc_lport,
			    rtable_rdomain(inc->inc_rtableid), &iss_key);
}

/**
 * bsd_tcp_iss() - where the sequence numbers of a connection begin
 * @inc: both ends
 *
 * Context: Any.
 * Source:  RFC 6528 3: a clock of 4 us plus a keyed hash of both ends.
 */
u32 bsd_tcp_iss(const struct in_conninfo *inc)
{
	return (u32)tcp_hash(inc) + (u32)(ktime_get_ns() >> 12);
}

/**
 * bsd_tcp_tsoffset() - what to add to the clock in timestamps
 * @inc: both ends
 *
 * The same for the same ends, so that a connection that follows another from the same
 * port has later timestamps (RFC 6191).
 *
 * Context: Any.
 * Source:  RFC 7323 5.4.
 */
u32 bsd_tcp_tsoffset(const struct in_conninfo *inc)
{
	return tcp_hash(inc) >> 32;
}

/**
 * bsd_tcp_mss() - largest segment to tell a peer
 * @faddr:    peer
 * @rtableid: routing table
 *
 * Context: Section.
 * Return:  bytes of data without options, from the interface or path MTU.
 * Source:  RFC 9293 3.7.1, RFC 6691.
 */
u16 bsd_tcp_mss(__be32 faddr, unsigned int rtableid)
{
	struct bsd_rtentry *rt = rtable_match(rtableid, AF_INET, &faddr);
	struct ifnet *ifp;
	u32 mtu;

	if (!rt)
		return TCP_DEFMSS;
	if (READ_ONCE(rt->rt_flags) & BSD_RTF_LOCAL)
		return IP_MAXPACKET - TCP_IPHDRS;
	mtu = READ_ONCE(rt->rt_mtu);
	ifp = if_lookup(rt_ifidx(rt));
	if (ifp && (!mtu || mtu > ifp->if_mtu))
		mtu = ifp->if_mtu;
	mtu = clamp_t(u32, mtu, TCP_MINMSS + TCP_IPHDRS, IP_MAXPACKET);
	return mtu - TCP_IPHDRS;
}

/**
 * bsd_tcp_setmss() - how much data a segment of a connection may have
 * @tp: connection; t_peermss, t_usermss, TF_TSTMP and its key are set
 *
 * Context: Section, PCB locked.
 */
void bsd_tcp_setmss(struct tcpcb *tp)
{
	struct inpcb *inp = tp->t_inpcb;
	u32 mss = bsd_tcp_mss(inp->inp_faddr.v4.s_addr, inp->inp_rtableid);

	mss = min_t(u32, mss, tp->t_peermss ? tp->t_peermss : TCP_DEFMSS);
	if (tp->t_usermss)
		mss = min_t(u32, mss, tp->t_usermss);
	if (tp->t_pathmss)
		mss = min_t(u32, mss, tp->t_pathmss);
	mss = max_t(u32, mss, TCP_MINMSS);
	tp->t_maxseg = mss - tcp_fixed_optlen(tp);
}

/**
 * bsd_tcp_mss_vanish() - full segments may vanish on the way, and nobody says so
 * @tp: connection whose oldest segment has timed out t_rxtshift times in a row
 *
 * After two time-outs segments fit packets of 1400 bytes, after four of 576, which
 * every host takes; when that is in vain, too, it was not their size, or not that alone:
 * all over again. Larger ones are tried after the time of the knob
 * tcp/pmtud_blackhole. Where routers may cut packets, none is too long.
 *
 * Context: Section, PCB locked.
 * Source:  RFC 4821 (full-stop time-outs), RFC 1191 6.3 (larger ones again).
 */
void bsd_tcp_mss_vanish(struct tcpcb *tp)
{
	u32 retry = READ_ONCE(bsd_tcp_pmtud_blackhole);
	u16 before = tp->t_maxseg;

	if (!retry || tp->snd_max - tp->snd_una < before ||
	    READ_ONCE(tp->t_inpcb->inp_pmtudisc) == IP_PMTUDISC_DONT)
		return;
	switch (tp->t_rxtshift % TCP_REXMT_ANY) {	/* the path may have been away, too */
	case TCP_REXMT_SHORTER:
		if (!tp->t_pathmss)
			tp->t_pathmss = TCP_SHORTER - TCP_IPHDRS;
		break;
	case TCP_REXMT_SHORTEST:
		tp->t_pathmss = TCP_DEFMSS;
		break;
	case 0:
		tp->t_pathmss = 0;
		break;
	default:
		return;
	}
	bsd_tcp_setmss(tp);
	if (tp->t_maxseg < before) {
		counter_inc(TS_MSSREDUCED);
		bsd_tcp_timer_arm(tp, TCPT_MTU, retry * MSEC_PER_SEC);
	} else if (!tcp_timer_active(tp, TCPT_MTU)) {
		tp->t_pathmss = 0;	/* they are as small already */
	}
}

/**
 * bsd_tcp_setstate() - a connection changes its state
 * @tp:    connection
 * @state: TCPS_*
 *
 * Context: PCB locked.
 */
void bsd_tcp_setstate(struct tcpcb *tp, u8 state)
{
	WRITE_ONCE(tp->t_state, state);
}

/**
 * bsd_tcp_established() - the handshake is done
 * @tp: connection; sequence numbers, options and windows are set
 *
 * Context: Section, PCB locked.
 * Return:  whom to wake, SOW_*.
 */
u32 bsd_tcp_established(struct tcpcb *tp)
{
	counter_inc(TS_CONNECTS);
	bsd_tcp_setstate(tp, TCPS_ESTABLISHED);
	tp->t_rxtshift = 0;
	tp->t_idlesince = bsd_tcp_now();
	bsd_tcp_autobuf_start(tp, tp->t_idlesince);
	bsd_tcp_setmss(tp);
	bsd_tcp_rack_init(tp);
	tp->t_frto = FRTO_NONE;
	tp->t_undo.un_cwnd = 0;
	tp->t_cc->cc_init(tp);
	bsd_tcp_timer_arm(tp, TCPT_KEEP, tp->t_keepidle ? tp->t_keepidle :
							  READ_ONCE(bsd_tcp_keepidle));
	return soisconnected(tcp_so(tp));
}

/* Count @tp, or no longer, where it counts now. */
static void tcp_count(const struct tcpcb *tp, s64 n)
{
	bool orphan = tp->t_flags & TF_ORPHAN;

	if (tp->t_state == TCPS_TIME_WAIT || (orphan && tp->t_state == TCPS_FIN_WAIT_2))
		percpu_counter_add(&tcp_timewaits, n);
	else if (orphan)
		percpu_counter_add(&tcp_orphans, n);
}

/* How long a connection waits for @ms that was counted: not at all beyond the limit. */
static u32 tcp_patience(u32 ms)
{
	if (likely(percpu_counter_compare(&tcp_timewaits, READ_ONCE(bsd_tcp_timewait_max)) <= 0))
		return ms;
	counter_inc(TS_TWOVERFLOW);
	return 0;
}

/**
 * bsd_tcp_orphan() - the socket of a connection is closed
 * @tp: connection
 *
 * Context: PCB locked.
 * Return:  false: there are more than tcp/orphans_max.
 */
bool bsd_tcp_orphan(struct tcpcb *tp)
{
	tcp_count(tp, -1);
	tp->t_flags |= TF_ORPHAN;
	tcp_count(tp, 1);
	return percpu_counter_compare(&tcp_orphans, READ_ONCE(bsd_tcp_orphans_max)) <= 0;
}

/**
 * bsd_tcp_orphans_show() - knob tcp/orphans
 * @kn:  knob
 * @buf: out
 *
 * Context: Process.
 * Return:  bytes.
 */
ssize_t bsd_tcp_orphans_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%lld\n", percpu_counter_sum_positive(&tcp_orphans));
}

/**
 * bsd_tcp_timewaits_show() - knob tcp/timewaits
 * @kn:  knob
 * @buf: out
 *
 * Context: Process.
 * Return:  bytes.
 */
ssize_t bsd_tcp_timewaits_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%lld\n", percpu_counter_sum_positive(&tcp_timewaits));
}

/**
 * bsd_tcp_close() - a connection is over
 * @tp: connection in any state
 *
 * Its port is free. The PCB goes with its socket, or, if that has gone before, now;
 * it stays allocated until the section ends.
 *
 * Context: Section, PCB locked.
 * Return:  whom to wake, SOW_*.
 */
u32 bsd_tcp_close(struct tcpcb *tp)
{
	struct inpcb *inp = tp->t_inpcb;
	struct bsd_socket *so = inp->inp_socket;
	u8 state = tp->t_state;

	if (state == TCPS_CLOSED && !(tp->t_flags & TF_ORPHAN))
		return 0;
	counter_inc(TS_CLOSED);
	if (tp->t_flags & TF_SYNACK)
		bsd_tcp_fastopen_done(tp, false);
	bsd_tcp_timer_stop(tp);
	tcp_count(tp, -1);
	bsd_tcp_setstate(tp, TCPS_CLOSED);
	bsd_tcp_reass_flush(tp);
	tp->t_nrcvsack = 0;
	tp->t_dsack = (struct tcp_block){ };
	bsd_tcp_sent_free(&tp->t_sent);
	bsd_tcp_snd_flush(tp);
	if (tp->t_flags & TF_ORPHAN) {
		in_pcbdetach(inp);
		return 0;
	}
	/* A connection that was refused may be tried again from the same port. */
	if (state == TCPS_SYN_SENT)
		in_pcbdisconnect(inp);
	else
		in_pcbhash_remove(inp);
	return soisdisconnected(so);
}

/**
 * bsd_tcp_drop() - end a connection by an error
 * @tp:    connection
 * @error: positive errno for the program; 0: it asked for it
 * @ns:    section
 *
 * Context: Section, PCB locked.
 * Return:  whom to wake, SOW_*.
 * Source:  RFC 9293 3.10.5 (ABORT).
 */
u32 bsd_tcp_drop(struct tcpcb *tp, int error, struct netstack *ns)
{
	struct bsd_socket *so = tcp_so(tp);

	if (tcp_synchronized(tp)) {
		counter_inc(TS_DROPS);
		if (tp->t_state != TCPS_TIME_WAIT)
			bsd_tcp_respond(tp, tcp_emptyseq(tp), BSD_TH_RST | BSD_TH_ACK, ns);
	} else {
		counter_inc(TS_CONNDROPS);
	}
	if (error && !(tp->t_flags & TF_ORPHAN))
		sosaveerror(so, error);
	return bsd_tcp_close(tp);
}

/**
 * bsd_tcp_halfclosed() - our FIN is acknowledged, the peer's is not there
 * @tp: connection; in FIN_WAIT_2 already when its socket is closed then
 *
 * An orphan waits no longer than TCP_LINGER2 or tcp/finwait2, and counts as those in
 * TIME_WAIT: all it takes is memory.
 *
 * Context: PCB locked.
 */
void bsd_tcp_halfclosed(struct tcpcb *tp)
{
	tcp_count(tp, -1);
	bsd_tcp_setstate(tp, TCPS_FIN_WAIT_2);
	tcp_count(tp, 1);
	if (tp->t_flags & TF_ORPHAN)
		bsd_tcp_timer_arm(tp, TCPT_2MSL, tcp_patience(max(tcp_linger2(tp), 0)));
}

/**
 * bsd_tcp_timewait() - both sides have closed: wait until nothing old can come
 * @tp: connection; in TIME_WAIT already when the peer repeats its FIN
 *
 * Beyond tcp/timewait_max it ends with the next tick of the clock: memory goes before
 * the protection of a later connection with the same ends, as on Linux.
 *
 * Context: PCB locked.
 * Source:  RFC 9293 3.6.1; the knob tcp/msl.
 */
void bsd_tcp_timewait(struct tcpcb *tp)
{
	if (tp->t_state != TCPS_TIME_WAIT) {
		counter_inc(TS_TIMEWAIT);
		tcp_count(tp, -1);
		bsd_tcp_setstate(tp, TCPS_TIME_WAIT);
		tcp_count(tp, 1);
	}
	tp->t_timers = 0;
	bsd_tcp_timer_arm(tp, TCPT_2MSL, tcp_patience(2 * READ_ONCE(bsd_tcp_msl)));
}

/**
 * bsd_tcp_subr_init() - where connections come from
 *
 * Context: Process, at load.
 * Return:  0 or -ENOMEM.
 */
int bsd_tcp_subr_init(void)
{
	u64 left = (u64)totalram_pages() << PAGE_SHIFT >> TCP_LEFT_SHIFT;

	get_random_bytes(&iss_key, sizeof(iss_key));
	bsd_tcp_fastopen_init();
	bsd_tcp_orphans_max = clamp_t(u64, left, TCP_LEFT_MIN, TCP_LEFT_MAX);
	bsd_tcp_timewait_max = bsd_tcp_orphans_max;
	tcpcb_cache = kmem_cache_create("bsdnet_tcpcb", sizeof(struct tcpcb), 0,
					SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT, NULL);
	if (!tcpcb_cache)
		return -ENOMEM;
	if (percpu_counter_init(&tcp_orphans, 0, GFP_KERNEL))
		goto err_orphans;
	if (percpu_counter_init(&tcp_timewaits, 0, GFP_KERNEL))
		goto err_timewaits;
	return 0;

err_timewaits:
	percpu_counter_destroy(&tcp_orphans);
err_orphans:
	kmem_cache_destroy(tcpcb_cache);
	return -ENOMEM;
}

/**
 * bsd_tcp_subr_exit() - the reverse, when no connection is left
 *
 * Context: Process, may sleep.
 */
void bsd_tcp_subr_exit(void)
{
	bsd_tcp_md5_exit();
	(void)KASSERT(!percpu_counter_sum(&tcp_orphans) && !percpu_counter_sum(&tcp_timewaits));
	percpu_counter_destroy(&tcp_timewaits);
	percpu_counter_destroy(&tcp_orphans);
	kmem_cache_destroy(tcpcb_cache);
}
