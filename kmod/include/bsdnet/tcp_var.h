/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * tcp_var.h - struct tcpcb, TCP's half of a PCB, and what the tcp_*.c files share.
 *
 * A tcpcb is made with its PCB (socket(2), or the SYN cache for a connection that
 * came in) and freed with it. It ends in two steps. bsd_tcp_close() makes it CLOSED:
 * timers off, out of the hashes, the port is free. The PCB stays while a socket
 * knows it. A socket that is closed before leaves an orphan behind (TF_ORPHAN), which
 * the stack ends by its timers, or at unload.
 *
 * The send buffer holds everything from snd_una on; segments refer to its storage,
 * so that nothing is copied for a retransmission. What has come in order is in the
 * receive buffer at once; the rest waits on t_reass.
 *
 * Timers are moments (jiffies) in t_deadline; one Linux timer a connection runs at
 * the earliest of them, at or before it, and brings t_task to the flow's softnet
 * thread. Moving a moment away, as each acknowledgment does, is one store. A
 * reference to the PCB is held while the timer is armed or the task is pending.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after creation
 *	a	atomic or READ_ONCE/WRITE_ONCE
 *	p	inp_mtx of t_inpcb (or the mode of the ladder needs none)
 */
#ifndef _BSDNET_TCP_VAR_H
#define _BSDNET_TCP_VAR_H

#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/sockptr.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/ip.h>
#include <bsdnet/mbuf_queue.h>
#include <bsdnet/softnet.h>
#include <bsdnet/tcp.h>
#include <bsdnet/tcp_sent.h>
#include <bsdnet/tcp_seq.h>

struct bsd_socket;
struct knob;
struct netstack;
struct tcp_cc;
struct tcp_fastopen;
struct tcp_md5key;

/* tcp_cc_cubic.c's; bytes and ms. */
struct tcp_cubic {
	u32	cu_wmax;	/* [p] window at the last loss */
	u32	cu_prior;	/* [p] the same, before fast convergence */
	u32	cu_epoch;	/* [p] when congestion avoidance began, 0: not yet */
	u32	cu_k;		/* [p] from then until cu_wmax is reached */
	u32	cu_west;	/* [p] what Reno's window would be */
};

/* tcp_undo.c's: the windows before they were reduced. */
struct tcp_undo {
	u32	un_cwnd;	/* [p] bytes, 0: nothing that could be undone */
	u32	un_ssthresh;	/* [p] bytes */
	u32	un_again;	/* [p] end of what the time-out has sent again (t_frto) */
	u32	un_at;		/* [p] bsd_tcp_now() then */
	u32	un_start;	/* [p] snd_una then */
	u32	un_end;		/* [p] snd_max when something was sent again last */
	u32	un_bytes;	/* [p] sent again since, less what came twice (TF_SACK) */
	u16	un_pathmss;	/* [p] t_pathmss then */
	bool	un_echo;	/* [p] an echo can still tell */
	bool	un_timeout;	/* [p] by a time-out, else by a fast retransmit */
};

/* Was the last time-out needless? (t_frto) */
enum tcp_frto {
	FRTO_NONE,	/* it was not, or nobody asks */
	FRTO_AGAIN,	/* the oldest segment was sent again, and nothing else since */
	FRTO_NEW,	/* that is acknowledged, and new data is sent alone */
};

#define TCP_NBLOCKS	4	/* that fit into a header without a timestamp; 3 with one */

/* A block of a selective acknowledgment: the first byte, and the one behind the last. */
struct tcp_block {
	u32	tb_start;
	u32	tb_end;
};

/* tcp_rack.c's. Times are of tm_us. */
struct tcp_rack {
	u32	rk_time;	/* [p] when the last sent of what has arrived was */
	u32	rk_end;		/* [p] its end */
	u32	rk_rtt;		/* [p] its round trip, 0: nothing has arrived */
	u32	rk_minrtt;	/* [p] the smallest */
	u32	rk_minat;	/* [p] when that was measured */
	u32	rk_fack;	/* [p] highest byte that has arrived, plus one */
	u32	rk_round;	/* [p] snd_max when rk_mult grew, until it is acknowledged; 0 */
	u32	rk_probe;	/* [p] snd_max behind the probe (TF_PROBED) */
	u32	rk_flight;	/* [p] bytes under way then */
	u8	rk_mult;	/* [p] quarters of rk_minrtt that order may be off */
	u8	rk_persist;	/* [p] recoveries until rk_mult is one again */
	bool	rk_reordered;	/* [p] the path has changed the order of segments */
	bool	rk_probeagain;	/* [p] the probe was the last segment again */
};

/* tcp_recovery.c's, of the loss that is being mended (TF_RECOVERY); bytes. */
struct tcp_prr {
	u32	pp_delivered;	/* [p] arrived since */
	u32	pp_out;		/* [p] sent since */
	u32	pp_flight;	/* [p] under way when it began */
};

enum tcp_timer {
	TCPT_REXMT,		/* retransmit */
	TCPT_PERSIST,		/* probe a window of zero */
	TCPT_KEEP,		/* keep-alive */
	TCPT_2MSL,		/* end of TIME_WAIT, or of FIN_WAIT_2 of an orphan */
	TCPT_DELACK,
	TCPT_REORDER,		/* what is late may be lost (RACK) */
	TCPT_PROBE,		/* the last segments may be lost (TLP) */
	TCPT_MTU,		/* try larger segments again */
	TCPT_N
};

static_assert(TCPT_N <= 8);	/* bits of t_timers */

struct tcpcb {
	/* Read and written by each segment. */
	struct inpcb	*t_inpcb;	/* [I] */
	u8		 t_state;	/* [p; a for readers] TCPS_* */
	u8		 t_dupacks;	/* [p] in a row */
	u8		 t_rxtshift;	/* [p] retransmissions of the oldest segment */
	u8		 snd_scale;	/* [p] shift of windows that come in */
	u8		 rcv_scale;	/* [p] shift of windows that we send */
	u8		 t_timers;	/* [p] bits of t_deadline that are set */
	u16		 t_maxseg;	/* [p] bytes of data a segment, options deducted */
	u32		 t_flags;	/* [p] TF_* */
	u8		 t_frto;	/* [p] FRTO_* */
	struct tcp_md5key __rcu *t_md5keys;	/* [p; read in sections] longest prefix first */

	u32		 snd_una;	/* [p] oldest byte not acknowledged */
	u32		 snd_nxt;	/* [p] next to send */
	u32		 snd_max;	/* [p] highest sent, plus one */
	u32		 snd_wnd;	/* [p] the peer's window, bytes */
	u32		 snd_cwnd;	/* [p] congestion window, bytes */
	u32		 snd_ssthresh;	/* [p] */
	u32		 snd_wl1;	/* [p] sequence number of the last window update */
	u32		 snd_wl2;	/* [p] its acknowledgment number */
	u32		 t_ecnrecover;	/* [p] end of what was under way when marks were answered */
	u32		 snd_recover;	/* [p] end of a loss recovery (RFC 6582) */
	u32		 snd_maxwnd;	/* [p] largest window seen */
	u32		 snd_up;	/* [p] behind the last urgent byte (TF_URG) */
	u32		 iss;		/* [p] initial send sequence number */
	u32		 t_sndoff;	/* [p] bytes of the send buffer before t_sndm */
	struct mbuf	*t_sndm;	/* [p] mbuf of it that was looked at last, or NULL */

	u32		 rcv_nxt;	/* [p; a for readers] next expected */
	u32		 rcv_adv;	/* [p; a for readers] right edge of the window told */
	u32		 rcv_wnd;	/* [p] bytes we would take */
	u32		 rcv_fin;	/* [p] where the FIN is (TF_FINSEEN) */
	u32		 irs;		/* [p] initial receive sequence number */
	u32		 last_ack_sent;	/* [p] */

	u32		 ts_recent;	/* [p] timestamp to echo */
	u32		 ts_recent_at;	/* [p] bsd_tcp_now() when it came */
	u32		 ts_offset;	/* [p] of both ends, added to what we send */
	u32		 t_sentat;	/* [p] bsd_tcp_now() when data was sent last */
	u32		 t_rtttime;	/* [p] bsd_tcp_now() when t_rtseq was sent, 0: none */
	u32		 t_rtseq;	/* [p] segment being timed */
	u32		 t_srtt;	/* [p] smoothed round trip, 1/8 ms; 0: none yet */
	u32		 t_rttvar;	/* [p] 1/4 ms */
	u32		 t_rxtcur;	/* [p] retransmission time-out, ms */

	/* Timers. */
	unsigned long	 t_deadline[TCPT_N];	/* [p] jiffies */
	struct timer_list t_timer;	/* armed under p */
	struct softnet_task t_task;	/* brought by t_timer */

	/* Seldom. */
	struct mbuf_list t_reass;	/* [p] out of order, by sequence number */
	u32		 t_reassbytes;	/* [p] storage on it */
	struct tcp_block t_rcvsack[TCP_NBLOCKS];	/* [p] on it, the newest first */
	struct tcp_block t_dsack;	/* [p] came twice; empty: told, or nothing did */
	struct tcp_sent	 t_sent;	/* [p] what is under way, with TF_SACK */
	struct tcp_rack	 t_rack;	/* [p] */
	struct tcp_prr	 t_prr;		/* [p] */
	const struct tcp_cc *t_cc;	/* [p] congestion control */
	struct tcp_cubic t_cubic;	/* [p] */
	struct tcp_cubic t_cubicundo;	/* [p] what it was before t_undo's reduction */
	struct tcp_undo	 t_undo;	/* [p] */
	u32		 t_idlesince;	/* [p] bsd_tcp_now() of the last segment in */
	u32		 t_rxtsince;	/* [p] bsd_tcp_now() of the first time-out in a row */
	u32		 t_keepidle;	/* [a] ms, 0: knob */
	u32		 t_keepintvl;	/* [a] ms, 0: knob */
	u32		 t_usertimeout;	/* [a] ms, 0: none */
	u32		 t_deferaccept;	/* [a] ms that a listener waits for data, 0: not */
	s32		 t_linger2;	/* [a] ms in FIN_WAIT_2, 0: knob, negative: none */
	u8		 t_syncnt;	/* [a] SYNs sent again, 0: knob */
	u16		 t_usermss;	/* [a] TCP_MAXSEG, 0: none */
	u16		 t_peermss;	/* [p] what the peer said */
	u16		 t_pathmss;	/* [p] larger ones vanish (TCPT_MTU), 0: not that we know */
	u8		 t_keepcnt;	/* [a] 0: knob */
	u8		 t_nrcvsack;	/* [p] blocks of t_rcvsack */
	u8		 t_keepsent;	/* [p] keep-alive probes without an answer */
	u16		 t_softerror;	/* [p] why, if it times out */
	u32		 t_rexmits;	/* [p] segments sent again */
	u32		 t_readat;	/* [p] bsd_tcp_now() when t_readseq was noted */
	u32		 t_readseq;	/* [p] what the program had read up to then */
	u32		 t_challengeat;	/* [p] bsd_tcp_now() of the first challenge this second */
	u32		 t_challenges;	/* [p] challenges since */
	struct tcp_fastopen *t_fastopen;	/* [p; a of a listener] NULL: none */
};

/* t_flags */
#define TF_ACKNOW	0x0001	/* acknowledge at once */
#define TF_NODELAY	0x0002	/* TCP_NODELAY */
#define TF_CORK		0x0004	/* TCP_CORK */
#define TF_SENTFIN	0x0008
#define TF_WSCALE	0x0010	/* both sides scale windows */
#define TF_TSTMP	0x0020	/* both sides send timestamps */
#define TF_RECOVERY	0x0040	/* fast recovery until snd_recover */
#define TF_FORCE	0x0080	/* send a byte into a window of zero */
#define TF_ORPHAN	0x0100	/* its socket was closed */
#define TF_QUICKACK	0x0200	/* TCP_QUICKACK: no delayed acknowledgments */
#define TF_MORE		0x0400	/* MSG_MORE on the last send */
#define TF_OUTPUT	0x0800	/* segments of this run ask to send something */
#define TF_FINSEEN	0x1000	/* the peer's FIN came; it is at rcv_fin */
#define TF_SACK		0x2000	/* both sides take selective acknowledgments */
#define TF_PROBE	0x4000	/* send a segment whatever the congestion window says */
#define TF_PROBED	0x8000	/* that was sent, and not answered: up to rk_probe */
#define TF_ECN		0x10000	/* both sides know of marks; in SYN_SENT: we said so */
#define TF_ECE		0x20000	/* a mark has come: said until the peer answers */
#define TF_CWR		0x40000	/* to be said: our window is smaller */
#define TF_FASTOPEN	0x80000	/* TCP_FASTOPEN_CONNECT: the first data goes with the SYN */
#define TF_NOCOOKIE	0x100000	/* TCP_FASTOPEN_NO_COOKIE */
#define TF_DEFER	0x200000	/* in SYN_SENT: the SYN waits for that data */
#define TF_SYNDATA	0x400000	/* the data of a SYN was taken */
#define TF_SYNACK	0x800000	/* opened by a SYN; our SYN|ACK is not acknowledged */
#define TF_URG		0x1000000	/* urgent data is not acknowledged: up to snd_up */
#define TF_URGTELL	0x2000000	/* the peer does not know that yet */

/* What the options of a segment said. */
struct tcp_opts {
	u32	to_tsval;
	u32	to_tsecr;
	u16	to_mss;		/* 0: not said */
	u8	to_wscale;
	u8	to_flags;	/* TO_* */
	u8	to_nsack;	/* blocks at to_sack */
	u8	to_cookielen;	/* bytes at to_cookie, 0: asks for one (TO_FASTOPEN) */
	const u8 *to_sack;	/* in the header, not aligned */
	const u8 *to_cookie;	/* in the header, not aligned */
	const u8 *to_md5;	/* the same: digest of a signature, NULL: none */
};

#define TO_TSTMP	0x01
#define TO_WSCALE	0x02
#define TO_SACKOK	0x04
#define TO_FASTOPEN	0x08

/* Now, by both clocks: read once for what happens at once. */
struct tcp_time {
	u32	tm_ms;		/* as of bsd_tcp_now() */
	u32	tm_us;		/* of what is under way; 1.024 microseconds */
};

/* A segment as the input functions pass it: header in host order, data trimmed. */
struct tcp_seg {
	struct mbuf	*ts_m;		/* data from ts_off on; NULL: taken */
	u32		 ts_off;	/* bytes of IP and TCP header before data */
	u32		 ts_seq;
	u32		 ts_ack;
	u32		 ts_win;	/* not yet scaled */
	u32		 ts_up;		/* behind the last urgent byte (BSD_TH_URG) */
	u32		 ts_len;	/* bytes of data */
	u8		 ts_flags;	/* BSD_TH_* */
	u8		 ts_tos;	/* of the IP header */
	bool		 ts_cut;	/* what was beyond the window is not counted above */
	struct tcp_time	 ts_time;	/* when it was taken up */
	struct tcp_opts	 ts_opts;
};

/* Congestion control. Called with the PCB locked. */
struct tcp_cc {
	const char	*cc_name;
	void		(*cc_init)(struct tcpcb *tp);
	void		(*cc_acked)(struct tcpcb *tp, u32 acked);	/* outside recovery */
	u32		(*cc_ssthresh)(struct tcpcb *tp);	/* a segment was lost */
	void		(*cc_undo)(struct tcpcb *tp);	/* ... was not; may be NULL */
};

static inline struct tcpcb *intotcpcb(const struct inpcb *inp)
{
	return inp->inp_ppcb;
}

static inline struct bsd_socket *tcp_so(const struct tcpcb *tp)
{
	return tp->t_inpcb->inp_socket;
}

/*
 * Sequence number of what has no data: behind all that was sent, but not beyond the window,
 * or a peer that has shut it over a probe or a FIN would not look at it (RFC 9293 3.10.7.4).
 */
static inline u32 tcp_emptyseq(const struct tcpcb *tp)
{
	u32 edge = tp->snd_una + tp->snd_wnd;

	return (s32)(tp->snd_max - edge) > 0 ? edge : tp->snd_max;
}

/* Both ends of a connection, from its PCB. */
static inline void bsd_tcp_inconninfo(const struct inpcb *inp, struct in_conninfo *inc)
{
	inc->inc_faddr = inp->inp_faddr.v4.s_addr;
	inc->inc_laddr = inp->inp_laddr.v4.s_addr;
	inc->inc_fport = inp->inp_fport;
	inc->inc_lport = inp->inp_lport;
	inc->inc_rtableid = inp->inp_rtableid;
	inc->inc_ifidx = inp->inp_bound_ifidx;
}

/* The same from a packet that came in, headers in front and contiguous. */
static inline void bsd_tcp_conninfo(const struct mbuf *m, struct in_conninfo *inc)
{
	const struct ip *ip = mtod(m, const struct ip *);
	const struct bsd_tcphdr *th = (const void *)(m->m_data + (ip->ip_hl << 2));

	inc->inc_faddr = ip->ip_src;
	inc->inc_laddr = ip->ip_dst;
	inc->inc_fport = th->th_sport;
	inc->inc_lport = th->th_dport;
	inc->inc_rtableid = m->m_pkthdr.ph_rtableid;
	inc->inc_ifidx = m->m_pkthdr.ph_ifidx;
}

/* Milliseconds; the clock of timestamps and round trips. */
u32 bsd_tcp_now(void);
struct tcp_time bsd_tcp_time(void);

/* Data may come in; the peer has not closed yet. */
static inline bool tcp_havercvd_fin(const struct tcpcb *tp)
{
	return tp->t_state == TCPS_CLOSE_WAIT || tp->t_state == TCPS_LAST_ACK ||
	       tp->t_state == TCPS_CLOSING || tp->t_state == TCPS_TIME_WAIT;
}

/* Knobs, tcp_subr.c. Milliseconds where times. */
extern unsigned int bsd_tcp_recvspace;
extern unsigned int bsd_tcp_sendspace;
extern unsigned int bsd_tcp_recvbuf_max;
extern unsigned int bsd_tcp_sendbuf_max;
extern unsigned int bsd_tcp_keepidle;
extern unsigned int bsd_tcp_keepintvl;
extern unsigned int bsd_tcp_keepcnt;
extern unsigned int bsd_tcp_msl;
extern unsigned int bsd_tcp_delack;
extern unsigned int bsd_tcp_rexmit_max;
extern unsigned int bsd_tcp_synretries;
extern unsigned int bsd_tcp_blackhole;
extern unsigned int bsd_tcp_pmtud_blackhole;
extern unsigned int bsd_tcp_challenge_limit;
extern unsigned int bsd_tcp_syncache_limit;
extern unsigned int bsd_tcp_synack_retries;
extern unsigned int bsd_tcp_finwait2;
extern unsigned int bsd_tcp_sack;
extern unsigned int bsd_tcp_syncookies;
extern unsigned int bsd_tcp_ecn;
extern unsigned int bsd_tcp_tso;
extern unsigned int bsd_tcp_fastopen;
extern unsigned int bsd_tcp_orphans_max;
extern unsigned int bsd_tcp_timewait_max;

/* Bits of bsd_tcp_fastopen, as Linux's. */
#define TCP_FASTOPEN_CLIENT	1
#define TCP_FASTOPEN_SERVER	2

/* How long an orphan waits for the peer's FIN, ms; negative: not at all. */
static inline int tcp_linger2(const struct tcpcb *tp)
{
	int ms = READ_ONCE(tp->t_linger2);

	return ms ? ms : (int)READ_ONCE(bsd_tcp_finwait2);
}

/* Handshake done, at least one side open. */
static inline bool tcp_synchronized(const struct tcpcb *tp)
{
	return tp->t_state != TCPS_CLOSED && tp->t_state != TCPS_LISTEN &&
	       tp->t_state != TCPS_SYN_SENT;
}

static inline bool tcp_timer_active(const struct tcpcb *tp, enum tcp_timer t)
{
	return tp->t_timers & (1 << t);
}

#define TCP_TSO_DEVICE	2	/* of bsd_tcp_tso: by devices, where they can */

/* Bytes that are in the network, as far as we know (RFC 6675 4). */
static inline u32 tcp_pipe(const struct tcpcb *tp)
{
	return tp->snd_max - tp->snd_una - tp->t_sent.sn_sacked - tp->t_sent.sn_lost;
}

extern const struct tcp_cc bsd_tcp_cc_newreno;
extern const struct tcp_cc bsd_tcp_cc_cubic;

enum tcp_fastopen_verdict {
	FASTOPEN_NO,
	FASTOPEN_COOKIE,
	FASTOPEN_YES
};

/* tcp_fastopen.c */
unsigned int bsd_tcp_fastopen_make(const struct in_conninfo *inc, u8 *cp);
enum tcp_fastopen_verdict bsd_tcp_fastopen_syn(const struct tcpcb *head,
					       const struct in_conninfo *inc,
					       const struct tcp_seg *seg);
void bsd_tcp_fastopen_begin(struct tcpcb *tp, const struct tcpcb *head, struct tcp_seg *seg,
			    struct netstack *ns);
void bsd_tcp_fastopen_done(struct tcpcb *tp, bool reset);
void bsd_tcp_fastopen_acked(struct tcpcb *tp);
u32 bsd_tcp_fastopen_timer(struct tcpcb *tp, struct netstack *ns);
struct tcp_fastopen *bsd_tcp_fastopen_alloc(void);
int bsd_tcp_fastopen_limit(struct tcpcb *tp, struct tcp_fastopen *tf, u32 limit);
u32 bsd_tcp_fastopen_getlimit(const struct tcpcb *tp);
void bsd_tcp_fastopen_free(struct tcpcb *tp);
bool bsd_tcp_fastopen_ready(const struct tcpcb *tp);
unsigned int bsd_tcp_fastopen_request(const struct tcpcb *tp, u8 *cp, u32 *max);
void bsd_tcp_fastopen_lost(const struct tcpcb *tp);
void bsd_tcp_fastopen_answer(struct tcpcb *tp, const struct tcp_seg *seg);
void bsd_tcp_fastopen_init(void);

/* As programs are told it: what a SYN has opened is not ESTABLISHED for others. */
static inline u8 tcp_shown_state(const struct tcpcb *tp)
{
	u8 state = READ_ONCE(tp->t_state);

	return state == TCPS_ESTABLISHED && READ_ONCE(tp->t_flags) & TF_SYNACK ?
	       TCPS_SYN_RECEIVED : state;
}

/* tcp_md5.c */
bool bsd_tcp_md5_hold(struct tcp_md5key *mk);
void bsd_tcp_md5_put(struct tcp_md5key *mk);
struct tcp_md5key *bsd_tcp_md5_find(const struct tcpcb *tp, __be32 faddr);
bool bsd_tcp_md5_inherit(struct tcpcb *tp, const struct tcp_md5key *mk, __be32 faddr);
void bsd_tcp_md5_purge(struct tcpcb *tp);
int bsd_tcp_md5_setkey(struct inpcb *inp, int opt, sockptr_t val, unsigned int len);
void bsd_tcp_md5_build(u8 *cp);
void bsd_tcp_md5_sign(const struct tcp_md5key *mk, struct mbuf *m);
unsigned int bsd_tcp_md5_check(const struct tcp_md5key *mk, const struct mbuf *m,
			       const struct tcp_seg *seg);
void bsd_tcp_md5_exit(void);

/* Why a segment of a peer with key @mk may not count; 0: it may. In a section. */
static inline unsigned int tcp_md5_refuse(const struct tcp_md5key *mk, const struct mbuf *m,
					  const struct tcp_seg *seg)
{
	return likely(!mk && !seg->ts_opts.to_md5) ? 0 : bsd_tcp_md5_check(mk, m, seg);
}

/* The key for @faddr; NULL: none. In a section. */
static inline struct tcp_md5key *tcp_md5key(const struct tcpcb *tp, __be32 faddr)
{
	if (likely(!rcu_access_pointer(tp->t_md5keys)))
		return NULL;
	return bsd_tcp_md5_find(tp, faddr);
}

/*
 * The key that a connection signs with; NULL: it does not. What it sends must be whole
 * segments when it is signed: nobody may cut them later.
 */
static inline struct tcp_md5key *tcp_signed(const struct tcpcb *tp)
{
	return tcp_md5key(tp, tp->t_inpcb->inp_faddr.v4.s_addr);
}

/* Bytes of options that each segment of a connection has. PCB locked. */
static inline unsigned int tcp_fixed_optlen(const struct tcpcb *tp)
{
	return (tp->t_flags & TF_TSTMP ? TCP_TSTAMP_SPACE : 0) +
	       (tcp_signed(tp) ? TCP_MD5_SPACE : 0);
}

/* tcp_subr.c: PCB locked. */
struct tcpcb *bsd_tcp_newtcpcb(struct inpcb *inp, gfp_t gfp);
void bsd_tcp_freetcpcb(struct inpcb *inp);
void bsd_tcp_setstate(struct tcpcb *tp, u8 state);
u32 bsd_tcp_close(struct tcpcb *tp);
u32 bsd_tcp_drop(struct tcpcb *tp, int error, struct netstack *ns);
u32 bsd_tcp_established(struct tcpcb *tp);
void bsd_tcp_halfclosed(struct tcpcb *tp);
void bsd_tcp_timewait(struct tcpcb *tp);
bool bsd_tcp_orphan(struct tcpcb *tp);
ssize_t bsd_tcp_orphans_show(const struct knob *kn, char *buf);
ssize_t bsd_tcp_timewaits_show(const struct knob *kn, char *buf);
u16 bsd_tcp_mss(__be32 faddr, unsigned int rtableid);
void bsd_tcp_setmss(struct tcpcb *tp);
void bsd_tcp_mss_vanish(struct tcpcb *tp);
u32 bsd_tcp_iss(const struct in_conninfo *inc);
u32 bsd_tcp_tsoffset(const struct in_conninfo *inc);
u8 bsd_tcp_winshift(u32 space);
u8 bsd_tcp_rcvscale(u32 space);
int bsd_tcp_subr_init(void);
void bsd_tcp_subr_exit(void);

/* tcp_input.c */
u32 bsd_tcp_deliver(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns);
/* tcp_lro.c */
void bsd_tcp_lro(struct mbuf *m, struct mbuf_list *ml, u32 rcv_nxt);
/* tcp_listen.c: not locked; the segment's mbuf is consumed. */
void bsd_tcp_listen_input(struct inpcb *inp, struct tcp_seg *seg, struct netstack *ns);
u32 bsd_tcp_syn_sent(struct tcpcb *tp, struct tcp_seg *seg, struct netstack *ns);
/* tcp_segment.c: PCB locked, returns SOW_*. */
u32 bsd_tcp_segment(struct tcpcb *tp, struct tcp_seg *seg, struct netstack *ns);
/* tcp_ack.c */
bool bsd_tcp_ack(struct tcpcb *tp, struct tcp_seg *seg, struct netstack *ns, u32 *wake);
/* tcp_reass.c */
void bsd_tcp_reass_insert(struct tcpcb *tp, struct mbuf *m, u32 seq);
struct mbuf *bsd_tcp_reass_next(struct tcpcb *tp);
void bsd_tcp_reass_flush(struct tcpcb *tp);
/* tcp_options.c */
void bsd_tcp_parse_options(const u8 *cp, unsigned int len, bool syn, struct tcp_opts *to);
unsigned int bsd_tcp_build_syn(u8 *cp, u16 mss, int wscale, const u32 ts[2], bool sack,
			       bool sign);
void bsd_tcp_build_tstamp(u8 *cp, u32 val, u32 ecr);
void bsd_tcp_build_sack(u8 *cp, const struct tcp_block *blocks, unsigned int n);
struct tcp_block bsd_tcp_sack_block(const struct tcp_opts *to, unsigned int i);
/* tcp_sack.c */
void bsd_tcp_sack_note(struct tcpcb *tp, u32 start, u32 end);
void bsd_tcp_sack_duplicate(struct tcpcb *tp, u32 start, u32 end);
unsigned int bsd_tcp_optlen(const struct tcpcb *tp);
void bsd_tcp_build_options(struct tcpcb *tp, u8 *cp, unsigned int optlen, u32 now);
/* tcp_syncache.c */
int bsd_syncache_init(void);
void bsd_syncache_exit(void);
void bsd_syncache_add(struct inpcb *head, const struct in_conninfo *inc,
		      struct tcp_seg *seg, struct netstack *ns);
struct inpcb *bsd_syncache_expand(struct inpcb *head, const struct in_conninfo *inc,
				  struct tcp_seg *seg, struct netstack *ns);
void bsd_syncache_reset(const struct in_conninfo *inc, const struct tcp_seg *seg);
/* tcp_rack.c */
void bsd_tcp_rack_init(struct tcpcb *tp);
void bsd_tcp_rack_restart(struct tcpcb *tp, u32 start, u32 now);
void bsd_tcp_rack_update(struct tcpcb *tp, const struct tcp_delivery *td, u32 now);
void bsd_tcp_rack_duplicate(struct tcpcb *tp);
void bsd_tcp_rack_recovered(struct tcpcb *tp);
void bsd_tcp_rack_reordered(struct tcpcb *tp);
bool bsd_tcp_rack_detect(struct tcpcb *tp, u32 now);
void bsd_tcp_probe_arm(struct tcpcb *tp);
void bsd_tcp_probe(struct tcpcb *tp, struct netstack *ns);
bool bsd_tcp_probe_acked(struct tcpcb *tp, bool duplicate);
/* tcp_recovery.c */
void bsd_tcp_rewind(struct tcpcb *tp);
void bsd_tcp_recovery_ack(struct tcpcb *tp, const struct tcp_seg *seg, u32 acked, bool limited);
void bsd_tcp_recovery_late(struct tcpcb *tp, struct netstack *ns);
/* tcp_undo.c */
bool bsd_tcp_frto_timeout(struct tcpcb *tp);
void bsd_tcp_frto_begin(struct tcpcb *tp);
bool bsd_tcp_frto_ack(struct tcpcb *tp, const struct tcp_seg *seg, u32 acked, u32 fresh);
void bsd_tcp_undo_save(struct tcpcb *tp, bool timeout);
bool bsd_tcp_undo_ack(struct tcpcb *tp, const struct tcp_seg *seg);
void bsd_tcp_undo_duplicate(struct tcpcb *tp, struct tcp_block b);
void bsd_tcp_frto_output(struct tcpcb *tp, u32 cc);
/* tcp_ecn.c */
void bsd_tcp_ecn_reduced(struct tcpcb *tp);
void bsd_tcp_ecn_segment(struct tcpcb *tp, const struct tcp_seg *seg);
/* tcp_syncookie.c */
void bsd_syncookie_init(void);
u32 bsd_syncookie_make(const struct in_conninfo *inc, u32 irs, const struct tcp_opts *to,
		       bool sack);
bool bsd_syncookie_check(const struct in_conninfo *inc, u32 irs, u32 iss, struct tcp_opts *to);
/* tcp_output.c */
int bsd_tcp_output(struct tcpcb *tp, struct netstack *ns);
void bsd_tcp_synack(struct tcpcb *tp, struct netstack *ns);
u32 bsd_tcp_window(const struct tcpcb *tp);
/* tcp_autobuf.c */
void bsd_tcp_autobuf_start(struct tcpcb *tp, u32 now);
void bsd_tcp_autobuf_rcv(struct tcpcb *tp, u32 now);
void bsd_tcp_autobuf_snd(struct tcpcb *tp);
/* tcp_sndbuf.c */
struct mbuf *bsd_tcp_snd_at(struct tcpcb *tp, u32 off, u32 *poff);
void bsd_tcp_snd_drop(struct tcpcb *tp, u32 len);
void bsd_tcp_snd_flush(struct tcpcb *tp);
/* tcp_respond.c */
void bsd_tcp_reset(struct mbuf *m, const struct tcp_seg *seg, const struct tcp_md5key *mk,
		   struct netstack *ns);
void bsd_tcp_respond(struct tcpcb *tp, u32 seq, u8 flags, struct netstack *ns);
void bsd_tcp_challenge(struct tcpcb *tp, struct netstack *ns);
struct mbuf *bsd_tcp_header(const struct in_conninfo *inc, u32 seq, u32 ack, u8 flags,
			    unsigned int optlen);
int bsd_tcp_send(struct mbuf *m, struct inpcb *inp, u32 ifidx, struct netstack *ns);
/* tcp_tso.c, with what ip_priv.h declares */
int bsd_tcp_chop(struct mbuf *m, struct mbuf_list *ml);
/* tcp_timer.c */
void bsd_tcp_timer_init(struct tcpcb *tp);
void bsd_tcp_timer_arm(struct tcpcb *tp, enum tcp_timer t, u32 ms);
void bsd_tcp_timer_disarm(struct tcpcb *tp, enum tcp_timer t);
void bsd_tcp_timer_stop(struct tcpcb *tp);
void bsd_tcp_setpersist(struct tcpcb *tp);
/* tcp_rtt.c */
void bsd_tcp_rtt_sample(struct tcpcb *tp, u32 ms);
void bsd_tcp_rtt_reset(struct tcpcb *tp);
u32 bsd_tcp_rexmtval(const struct tcpcb *tp);
/* tcp_cc_newreno.c */
u32 bsd_tcp_initial_window(const struct tcpcb *tp);
/* tcp_cc.c */
const struct tcp_cc *bsd_tcp_cc_find(const char *name);
const struct tcp_cc *bsd_tcp_cc_default(void);
ssize_t bsd_tcp_cc_show(const struct knob *kn, char *buf);
int bsd_tcp_cc_store(const struct knob *kn, const char *buf);
/* tcp_cc_cubic.c, for its tests */
#if IS_ENABLED(CONFIG_KUNIT)
u32 cubic_window(const struct tcp_cubic *cu, u32 mss, u32 t);
void cubic_epoch(struct tcp_cubic *cu, u32 mss, u32 cwnd, u32 now);
#endif /* IS_ENABLED(CONFIG_KUNIT) */
/* tcp_ctlopt.c */
int bsd_tcp_setsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val,
		       unsigned int len);
int bsd_tcp_getsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val, sockptr_t len);
void bsd_tcp_pcbinfo(const struct inpcb *inp, struct bsd_pcbinfo *pi);

#endif /* _BSDNET_TCP_VAR_H */
