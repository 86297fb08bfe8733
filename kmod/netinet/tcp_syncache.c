// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_syncache.c - connections that come in, until their handshake is done.
 *
 * Receive path: tcp_listen.c -> here: a SYN becomes an entry and a SYN|ACK goes out;
 * the acknowledgment makes a socket and its PCB of the entry, on the queue of the
 * listener. Until then a connection costs a hundred bytes, and no lock but its bucket's.
 *
 * A bucket has a limit, and the table (tcp/syncache_limit). A SYN beyond it is answered
 * with a cookie (tcp_syncookie.c) and not kept; without cookies (tcp/syncookies) the
 * oldest entry of the bucket gives way. The hash is keyed, so nobody can choose whom.
 * SYN|ACKs are repeated by a task that looks at all buckets four times a second
 * while there are entries.
 *
 * A SYN with a good fast open cookie makes socket and PCB at once (tcp_fastopen.c).
 *
 * Context: section; bucket locks are leaf locks. No PCB lock is held on entry.
 * Source: RFC 9293 3.10.7.2; RFC 4987 3.3 (cache).
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#define SYNCACHE_BUCKETS	512
#define SYNCACHE_BUCKET_MAX	64	/* entries */
#define SYNCACHE_TICK		(HZ / 4)
#define SYNCACHE_RTO		1000	/* ms until the first repetition */
#define SYNCACHE_BATCH		16	/* repetitions sent without a lock at a time */
#define SYNCACHE_COOKIES	(64 * HZ)	/* how long after the last one they may come */

/* sc_flags */
#define SC_WSCALE	0x01	/* both sides scale windows */
#define SC_TSTMP	0x02	/* both sides send timestamps */
#define SC_SACK		0x04	/* both sides take selective acknowledgments */
#define SC_ECN		0x08	/* both sides know of marks */
#define SC_ACKED	0x10	/* the peer has answered, and waits for us */
#define SC_COOKIE	0x20	/* a fast open cookie goes with the answer */
#define SC_OPEN		0x40	/* the SYN opens the connection */

/*
 * One half-open connection. Made by a SYN; freed by the acknowledgment, a reset, its
 * last repetition, or a newer one that needs the place.
 */
struct syncache {
	struct list_head	sc_entry;	/* [b] of its bucket, newest first */
	struct in_conninfo	sc_inc;		/* [I] */
	u32			sc_irs;		/* [b] */
	u32			sc_iss;		/* [b] */
	u32			sc_tsrecent;	/* [b] timestamp to echo */
	u32			sc_tsoffset;	/* [b] of ours */
	u32			sc_sent;	/* [b] bsd_tcp_now() of the first SYN|ACK */
	u32			sc_rcvwin;	/* [b] bytes of window that we tell */
	u32			sc_defer;	/* [b] ms that its data is waited for */
	u32			sc_ifidx;	/* [I] that the listener is bound to, 0: none */
	unsigned long		sc_deadline;	/* [b] jiffies, of the next SYN|ACK */
	u16			sc_mss;		/* [b] that we tell */
	u16			sc_peermss;	/* [b] */
	u8			sc_flags;	/* [b] SC_* */
	u8			sc_ttl;		/* [b] of the listener, 0: knob */
	u8			sc_tos;		/* [b] of the listener */
	u8			sc_sndscale;	/* [b] the peer's shift */
	u8			sc_rcvscale;	/* [b] ours */
	u8			sc_shift;	/* [b] repetitions so far */
	bool			sc_busy;	/* [b] its socket is being made */
	struct tcp_md5key	*sc_md5;	/* [b] key of the peer; a reference, if kept */
};

struct syncache_bucket {
	spinlock_t		sb_lock;	/* guards the entries: letter b */
	u32			sb_count;	/* [b] */
	struct list_head	sb_entries;	/* [b] */
};

static struct syncache_bucket *syncache;
static struct kmem_cache *syncache_cache;
static siphash_key_t syncache_key;
static atomic_t syncache_count;
static struct timer_list syncache_timer;
static struct softnet_task syncache_task;
static unsigned long syncache_cookied;	/* jiffies of the last cookie */
static bool syncache_cookies;		/* there was one */

static struct syncache_bucket *sc_bucket(const struct in_conninfo *inc)
{
	u64 hash = siphash_4u32((__force u32)inc->inc_faddr, (__force u32)inc->inc_laddr,
				(__force u32)inc->inc_fport << 16 | (__force u32)inc->inc_lport,
				rtable_rdomain(inc->inc_rtableid), &syncache_key);

	return &syncache[hash % SYNCACHE_BUCKETS];
}

static bool sc_match(const struct syncache *sc, const struct in_conninfo *inc)
{
	return sc->sc_inc.inc_faddr == inc->inc_faddr && sc->sc_inc.inc_laddr == inc->inc_laddr &&
	       sc->sc_inc.inc_fport == inc->inc_fport && sc->sc_inc.inc_lport == inc->inc_lport &&
	       rtable_rdomain(sc->sc_inc.inc_rtableid) == rtable_rdomain(inc->inc_rtableid);
}

static struct syncache *sc_find(const struct syncache_bucket *sb, const struct in_conninfo *inc)
{
	struct syncache *sc;

	list_for_each_entry(sc, &sb->sb_entries, sc_entry)
		if (sc_match(sc, inc))
			return sc;
	return NULL;
}

/* Take an entry out; the caller frees it. Bucket locked. */
static void sc_unlink(struct syncache_bucket *sb, struct syncache *sc)
{
	list_del(&sc->sc_entry);
	sb->sb_count--;
	atomic_dec(&syncache_count);
}

/* An entry that is in no bucket goes. */
static void sc_free(struct syncache *sc)
{
	bsd_tcp_md5_put(sc->sc_md5);
	kmem_cache_free(syncache_cache, sc);
}

/* Send the SYN|ACK of @sc, a copy or an entry of nobody else. */
static void sc_respond(const struct syncache *sc, struct netstack *ns)
{
	u32 ts[2] = { bsd_tcp_now() + sc->sc_tsoffset, sc->sc_tsrecent };
	u8 opts[TCP_MAXOPTLEN];
	struct bsd_tcphdr *th;
	unsigned int optlen;
	struct mbuf *m;

	optlen = bsd_tcp_build_syn(opts, sc->sc_mss,
				   sc->sc_flags & SC_WSCALE ? sc->sc_rcvscale : -1,
				   sc->sc_flags & SC_TSTMP ? ts : NULL, sc->sc_flags & SC_SACK,
				   sc->sc_md5);
	if (sc->sc_flags & SC_COOKIE)
		optlen += bsd_tcp_fastopen_make(&sc->sc_inc, opts + optlen);
	m = bsd_tcp_header(&sc->sc_inc, sc->sc_iss, sc->sc_irs + 1,
			   BSD_TH_SYN | BSD_TH_ACK | (sc->sc_flags & SC_ECN ? BSD_TH_ECE : 0),
			   optlen);
	if (!m)
		return;
	mtod(m, struct ip *)->ip_ttl = sc->sc_ttl;
	mtod(m, struct ip *)->ip_tos = sc->sc_tos;
	th = (struct bsd_tcphdr *)(m->m_data + sizeof(struct ip));
	memcpy(th + 1, opts, optlen);
	th->th_win = htons(min_t(u32, sc->sc_rcvwin, TCP_MAXWIN));
	if (unlikely(sc->sc_md5))
		bsd_tcp_md5_sign(sc->sc_md5, m);
	bsd_tcp_send(m, NULL, sc->sc_ifidx, ns);
}

/*
 * A SYN with another number than that of @sc, a copy: did its peer mean it? One that has
 * begun anew answers with a reset that we believe, and asks again.
 */
static void sc_challenge(const struct syncache *sc, struct netstack *ns)
{
	unsigned int optlen = sc->sc_md5 ? TCP_MD5_SPACE : 0;
	struct mbuf *m;

	m = bsd_tcp_header(&sc->sc_inc, sc->sc_iss + 1, sc->sc_irs + 1, BSD_TH_ACK, optlen);
	if (!m)
		return;
	if (unlikely(sc->sc_md5)) {
		bsd_tcp_md5_build(m->m_data + sizeof(struct ip) + TCP_MINHDR);
		bsd_tcp_md5_sign(sc->sc_md5, m);
	}
	counter_inc(TS_SNDCHALLENGE);
	bsd_tcp_send(m, NULL, sc->sc_ifidx, ns);
}

/* What a SYN to @head says. */
static void sc_fill(struct syncache *sc, struct inpcb *head, const struct in_conninfo *inc,
		    const struct tcp_seg *seg)
{
	const struct tcp_opts *to = &seg->ts_opts;
	u16 usermss = READ_ONCE(intotcpcb(head)->t_usermss);

	sc->sc_inc = *inc;
	sc->sc_irs = seg->ts_seq;
	sc->sc_iss = bsd_tcp_iss(inc);
	sc->sc_tsrecent = to->to_tsval;
	sc->sc_tsoffset = bsd_tcp_tsoffset(inc);
	sc->sc_sent = bsd_tcp_now();
	sc->sc_rcvwin = READ_ONCE(head->inp_socket->so_rcv.sb_hiwat);
	sc->sc_defer = READ_ONCE(intotcpcb(head)->t_deferaccept);
	sc->sc_ifidx = READ_ONCE(head->inp_bound_ifidx);
	sc->sc_ttl = READ_ONCE(head->inp_ttl);
	sc->sc_tos = READ_ONCE(head->inp_tos) & ~IPTOS_ECN_MASK;
	sc->sc_deadline = jiffies + msecs_to_jiffies(SYNCACHE_RTO);
	sc->sc_mss = bsd_tcp_mss(inc->inc_faddr, inc->inc_rtableid);
	if (usermss)
		sc->sc_mss = min(sc->sc_mss, usermss);
	sc->sc_peermss = to->to_mss;
	sc->sc_flags = 0;
	sc->sc_sndscale = 0;
	sc->sc_rcvscale = 0;
	sc->sc_shift = 0;
	sc->sc_busy = false;
	sc->sc_md5 = tcp_md5key(intotcpcb(head), inc->inc_faddr);
	if (to->to_flags & TO_WSCALE) {
		sc->sc_flags |= SC_WSCALE;
		sc->sc_sndscale = to->to_wscale;
		sc->sc_rcvscale = bsd_tcp_rcvscale(sc->sc_rcvwin);
	}
	if (to->to_flags & TO_SACKOK && READ_ONCE(bsd_tcp_sack))
		sc->sc_flags |= SC_SACK;
	/* Beside a signature and a timestamp there is no room for selective ones. */
	if (to->to_flags & TO_TSTMP && !(sc->sc_md5 && sc->sc_flags & SC_SACK))
		sc->sc_flags |= SC_TSTMP;
	if (seg->ts_flags & BSD_TH_ECE && seg->ts_flags & BSD_TH_CWR && READ_ONCE(bsd_tcp_ecn))
		sc->sc_flags |= SC_ECN;
}

/* Who gives way in a full bucket; NULL: nobody can. Bucket locked. */
static struct syncache *sc_oldest(const struct syncache_bucket *sb)
{
	struct syncache *sc;

	list_for_each_entry_reverse(sc, &sb->sb_entries, sc_entry)
		if (!sc->sc_busy)
			return sc;
	return NULL;
}

/* Is there no room for another entry? Bucket locked. */
static bool sc_full(const struct syncache_bucket *sb)
{
	return sb->sb_count >= SYNCACHE_BUCKET_MAX ||
	       atomic_read(&syncache_count) >= (int)READ_ONCE(bsd_tcp_syncache_limit);
}

/* Put a new entry into its bucket; NULL, or the one that gave way. Bucket locked. */
static struct syncache *sc_insert(struct syncache_bucket *sb, struct syncache *sc)
{
	struct syncache *old = sc_full(sb) ? sc_oldest(sb) : NULL;

	if (old) {
		sc_unlink(sb, old);
		counter_inc(TS_SC_EVICTED);
	}
	counter_inc(TS_SC_ADDED);
	list_add(&sc->sc_entry, &sb->sb_entries);
	sb->sb_count++;
	atomic_inc(&syncache_count);
	return old;
}

/* Answer a SYN without keeping it. */
static void sc_cookie(struct syncache *sc, const struct tcp_seg *seg, struct netstack *ns)
{
	counter_inc(TS_SC_COOKIE);
	WRITE_ONCE(syncache_cookied, jiffies);
	WRITE_ONCE(syncache_cookies, true);
	sc->sc_flags &= ~SC_ECN;	/* a cookie has no room for it */
	sc->sc_iss = bsd_syncookie_make(&sc->sc_inc, sc->sc_irs, &seg->ts_opts,
					sc->sc_flags & SC_SACK);
	sc_respond(sc, ns);
}

/* An acknowledgment of nothing that we keep: is it of a cookie? Then @sc is filled. */
static bool sc_uncookie(struct syncache *sc, struct inpcb *head, const struct in_conninfo *inc,
			const struct tcp_seg *seg)
{
	struct tcp_seg syn = { .ts_seq = seg->ts_seq - 1 };

	if (!READ_ONCE(syncache_cookies) ||
	    time_after(jiffies, READ_ONCE(syncache_cookied) + SYNCACHE_COOKIES) ||
	    !bsd_syncookie_check(inc, syn.ts_seq, seg->ts_ack - 1, &syn.ts_opts))
		return false;
	syn.ts_opts.to_flags |= seg->ts_opts.to_flags & TO_TSTMP;
	syn.ts_opts.to_tsval = seg->ts_opts.to_tsval;
	sc_fill(sc, head, inc, &syn);
	sc->sc_iss = seg->ts_ack - 1;
	sc->sc_shift = 1;	/* nobody knows when it was sent */
	return true;
}

/* The connection of @sc is open. PCB locked, in no hash yet. */
static void sc_establish(struct tcpcb *tp, const struct tcpcb *head, const struct syncache *sc,
			 const struct tcp_seg *seg)
{
	tp->iss = sc->sc_iss;
	tp->irs = sc->sc_irs;
	tp->snd_una = sc->sc_iss + 1;
	tp->snd_nxt = tp->snd_una;
	tp->snd_max = tp->snd_una;
	tp->snd_recover = tp->snd_una;
	tp->t_ecnrecover = tp->snd_una;
	tp->rcv_nxt = sc->sc_irs + 1;
	tp->rcv_wnd = sc->sc_rcvwin;
	tp->rcv_adv = tp->rcv_nxt + min_t(u32, sc->sc_rcvwin, TCP_MAXWIN);
	tp->last_ack_sent = tp->rcv_nxt;
	tp->snd_wl1 = sc->sc_irs;
	tp->snd_wl2 = tp->snd_una;
	tp->snd_scale = sc->sc_sndscale;
	tp->rcv_scale = sc->sc_rcvscale;
	tp->snd_wnd = seg->ts_win << tp->snd_scale;
	tp->snd_maxwnd = tp->snd_wnd;
	tp->t_peermss = sc->sc_peermss;
	tp->t_flags = READ_ONCE(head->t_flags) & (TF_NODELAY | TF_QUICKACK);
	if (sc->sc_flags & SC_WSCALE)
		tp->t_flags |= TF_WSCALE;
	if (sc->sc_flags & SC_ECN)
		tp->t_flags |= TF_ECN;
	if (sc->sc_flags & SC_SACK)
		tp->t_flags |= TF_SACK;
	if (sc->sc_flags & SC_TSTMP) {
		tp->t_flags |= TF_TSTMP;
		tp->ts_recent = sc->sc_tsrecent;
		tp->ts_recent_at = bsd_tcp_now();
		tp->ts_offset = sc->sc_tsoffset;
	}
	tp->t_keepidle = READ_ONCE(head->t_keepidle);
	tp->t_keepintvl = READ_ONCE(head->t_keepintvl);
	tp->t_keepcnt = READ_ONCE(head->t_keepcnt);
	tp->t_usertimeout = READ_ONCE(head->t_usertimeout);
	tp->t_usermss = READ_ONCE(head->t_usermss);
	tp->t_linger2 = READ_ONCE(head->t_linger2);
	tp->t_cc = READ_ONCE(head->t_cc);
	if (!sc->sc_shift && !(sc->sc_flags & SC_ACKED))
		bsd_tcp_rtt_sample(tp, bsd_tcp_now() - sc->sc_sent);
	bsd_tcp_established(tp);	/* nobody sleeps on it yet */
}

/* A socket on the listener's queue, with its PCB; NULL: no memory, or no place. */
static struct inpcb *sc_socket(struct inpcb *head, const struct syncache *sc,
			       struct tcp_seg *seg, struct netstack *ns)
{
	struct bsd_socket *so = sonewconn(head->inp_socket);
	struct inpcb *inp;
	int error = -ENOMEM;

	if (!so) {
		counter_inc(TS_LISTENNOMEM);
		return NULL;
	}
	inp = in_pcbaccept(so, head, &sc->sc_inc);
	if (!inp) {
		counter_inc(TS_LISTENNOMEM);
		goto err_socket;
	}
	in_pcblock(inp, ns);
	if (bsd_tcp_newtcpcb(inp, GFP_ATOMIC | __GFP_NOWARN) &&
	    bsd_tcp_md5_inherit(intotcpcb(inp), sc->sc_md5, sc->sc_inc.inc_faddr))
		error = in_pcbhash_accept(inp);
	if (!error) {
		sc_establish(intotcpcb(inp), intotcpcb(head), sc, seg);
		if (sc->sc_flags & SC_OPEN)
			bsd_tcp_fastopen_begin(intotcpcb(inp), intotcpcb(head), seg, ns);
		if (soqueue(so, head->inp_socket)) {
			in_pcbunlock(inp, ns);
			return inp;
		}
		counter_inc(TS_LISTENFULL);
		bsd_tcp_orphan(intotcpcb(inp));
		bsd_tcp_drop(intotcpcb(inp), 0, ns);
	} else {
		counter_inc(TS_LISTENNOMEM);
		in_pcbdetach(inp);
	}
	in_pcbunlock(inp, ns);
err_socket:
	sodiscard(so);
	return NULL;
}

/* The handshake is done. Returns as sc_socket(), and wakes the listener. */
static struct inpcb *sc_open(struct inpcb *head, const struct syncache *sc,
			     struct tcp_seg *seg, enum tcp_counter how,
			     struct netstack *ns)
{
	struct inpcb *inp = sc_socket(head, sc, seg, ns);

	if (inp) {
		counter_inc(how);
		counter_inc(TS_ACCEPTS);
		sorwakeup(head->inp_socket);
	}
	return inp;
}

/* RFC 7413 4.2.2: the SYN itself may open the connection. True: it did. */
static bool sc_fastopen(struct inpcb *head, struct syncache *sc, struct tcp_seg *seg,
			struct netstack *ns)
{
	struct syncache_bucket *sb = sc_bucket(&sc->sc_inc);
	bool known;

	if (sc->sc_md5)
		return false;	/* no room for both options */
	switch (bsd_tcp_fastopen_syn(intotcpcb(head), &sc->sc_inc, seg)) {
	case FASTOPEN_NO:
		return false;
	case FASTOPEN_COOKIE:
		sc->sc_flags |= SC_COOKIE;
		return false;
	case FASTOPEN_YES:
		break;
	}
	spin_lock(&sb->sb_lock);
	known = sc_find(sb, &sc->sc_inc);
	spin_unlock(&sb->sb_lock);
	if (known)
		return false;	/* it was answered as ever before */
	sc->sc_flags |= SC_OPEN;
	sc->sc_shift = 1;	/* nothing was sent whose round trip could be taken */
	if (sc_open(head, sc, seg, TS_FO_PASSIVE, ns))
		return true;
	sc->sc_flags &= ~SC_OPEN;
	sc->sc_shift = 0;
	return false;
}

/**
 * bsd_syncache_add() - a SYN for a listener
 * @head: its PCB, not locked
 * @inc:  both ends
 * @seg:  the SYN; ts_m is NULL after if its data was taken
 * @ns:   section
 *
 * A SYN that comes again is answered again; one with another number, as it may be anybody's,
 * by the question what the peer thinks. One that there is no room or no memory to
 * keep is answered with a cookie. One with a good fast open cookie opens the connection.
 *
 * Context: Section. Takes and releases a bucket lock, and a new PCB's mutex.
 * Source:  RFC 9293 3.10.7.2; RFC 4987 3.6; RFC 5961 4.2.
 */
void bsd_syncache_add(struct inpcb *head, const struct in_conninfo *inc,
		      struct tcp_seg *seg, struct netstack *ns)
{
	unsigned int cookies = READ_ONCE(bsd_tcp_syncookies);
	struct syncache_bucket *sb = sc_bucket(inc);
	struct syncache *old = NULL;
	struct tcp_md5key *key;
	struct syncache *new;
	struct syncache *sc;
	struct syncache copy;
	bool again = false;

	if (soqueue_full(head->inp_socket)) {
		counter_inc(TS_LISTENFULL);
		return;
	}
	sc_fill(&copy, head, inc, seg);
	if (unlikely(sc_fastopen(head, &copy, seg, ns)))
		return;
	key = copy.sc_md5;
	if (unlikely(!bsd_tcp_md5_hold(key)))
		return;		/* it has just gone: the SYN comes again */
	new = cookies < 2 ? kmem_cache_alloc(syncache_cache, GFP_ATOMIC | __GFP_NOWARN) : NULL;
	if (!new && cookies < 2)
		counter_inc(TS_SC_NOMEM);
	if (new) {
		*new = copy;
		bsd_tcp_md5_hold(new->sc_md5);
	}
	spin_lock(&sb->sb_lock);
	sc = sc_find(sb, inc);
	if (sc) {
		counter_inc(TS_SC_DUPSYN);
		again = sc->sc_irs == copy.sc_irs;
		if (again) {
			sc->sc_tsrecent = copy.sc_tsrecent;
			if (!(copy.sc_flags & SC_ECN))	/* RFC 3168 6.1.1.1 */
				sc->sc_flags &= ~SC_ECN;
		}
		copy = *sc;
		old = new;
	} else if (new && !(cookies && sc_full(sb))) {
		old = sc_insert(sb, new);
	} else {
		old = new;
		new = NULL;
	}
	spin_unlock(&sb->sb_lock);
	if (old)
		sc_free(old);
	if (sc && !again)
		sc_challenge(&copy, ns);
	else if (sc || new)
		sc_respond(&copy, ns);
	else if (cookies)
		sc_cookie(&copy, seg, ns);
	if ((sc || new) && !timer_pending(&syncache_timer))
		mod_timer(&syncache_timer, jiffies + SYNCACHE_TICK);
	bsd_tcp_md5_put(key);
}

/**
 * bsd_syncache_expand() - an acknowledgment for a listener
 * @head: its PCB, not locked
 * @inc:  both ends
 * @seg:  the segment, not used up
 * @ns:   section
 *
 * Context: Section. Takes and releases a bucket lock and the new PCB's mutex.
 * Return:  PCB of the connection, ESTABLISHED, to which the segment is for; NULL if
 *	    the segment is to be dropped (counted); ERR_PTR if it is to be refused.
 * Source:  RFC 9293 3.10.7.4, SYN-RECEIVED.
 */
struct inpcb *bsd_syncache_expand(struct inpcb *head, const struct in_conninfo *inc,
				  struct tcp_seg *seg, struct netstack *ns)
{
	struct syncache_bucket *sb = sc_bucket(inc);
	struct inpcb *inp = ERR_PTR(-EINVAL);
	struct syncache cookie;
	struct syncache *sc;

	spin_lock(&sb->sb_lock);
	sc = sc_find(sb, inc);
	/* A SYN may have come again, and found room, after one that was answered by a cookie. */
	if ((!sc || (!sc->sc_busy && seg->ts_ack != sc->sc_iss + 1)) &&
	    sc_uncookie(&cookie, head, inc, seg)) {
		if (soqueue_full(head->inp_socket)) {
			counter_inc(TS_LISTENFULL);
			inp = NULL;
			goto out_unlock;
		}
		if (sc)
			sc_unlink(sb, sc);
		spin_unlock(&sb->sb_lock);
		if (sc)
			sc_free(sc);
		return sc_open(head, &cookie, seg, TS_SC_COOKIEACK, ns);
	}
	if (!sc || seg->ts_ack != sc->sc_iss + 1) {
		counter_inc(TS_SC_BADACK);
		goto out_unlock;
	}
	inp = NULL;
	if (sc->sc_busy)
		goto out_unlock;	/* another processor does it; the peer repeats this */
	if (seq_lt(seg->ts_seq, sc->sc_irs + 1) ||
	    seq_gt(seg->ts_seq, sc->sc_irs + 1 + min_t(u32, sc->sc_rcvwin, TCP_MAXWIN))) {
		counter_inc(TS_RCVOUTSIDE);
		goto out_unlock;
	}
	if (sc->sc_flags & SC_TSTMP && seg->ts_opts.to_flags & TO_TSTMP &&
	    seq_lt(seg->ts_opts.to_tsval, sc->sc_tsrecent)) {
		counter_inc(TS_RCVPAWS);
		goto out_unlock;
	}
	if (soqueue_full(head->inp_socket))
		goto out_full;		/* the entry stays: the peer comes again */
	if (!seg->ts_len && !(seg->ts_flags & BSD_TH_FIN) &&
	    bsd_tcp_now() - sc->sc_sent < sc->sc_defer) {
		counter_inc(TS_SC_DEFERRED);
		sc->sc_flags |= SC_ACKED;
		goto out_unlock;	/* TCP_DEFER_ACCEPT: data, or time */
	}
	/*
	 * The entry goes when its PCB can be found: a segment that comes in by another
	 * queue meanwhile must find one of the two.
	 */
	sc->sc_busy = true;
	spin_unlock(&sb->sb_lock);
	inp = sc_open(head, sc, seg, TS_SC_COMPLETED, ns);
	spin_lock(&sb->sb_lock);
	if (unlikely(!inp) && in_pcb_alive(head)) {
		sc->sc_busy = false;	/* without memory: the peer comes again, or we ask */
		goto out_unlock;
	}
	sc_unlink(sb, sc);
	spin_unlock(&sb->sb_lock);
	sc_free(sc);
	return inp;

out_full:
	counter_inc(TS_LISTENFULL);
	sc->sc_flags |= SC_ACKED;
	inp = NULL;
out_unlock:
	spin_unlock(&sb->sb_lock);
	return inp;
}

/**
 * bsd_syncache_reset() - the peer gave up
 * @inc: both ends
 * @seg: its reset
 *
 * Context: Section. Takes and releases a bucket lock.
 * Source:  RFC 5961 3.2.
 */
void bsd_syncache_reset(const struct in_conninfo *inc, const struct tcp_seg *seg)
{
	struct syncache_bucket *sb = sc_bucket(inc);
	struct syncache *sc;

	spin_lock(&sb->sb_lock);
	sc = sc_find(sb, inc);
	if (sc && !sc->sc_busy && seg->ts_seq == sc->sc_irs + 1) {
		sc_unlink(sb, sc);
		counter_inc(TS_SC_RESET);
	} else {
		sc = NULL;
		counter_inc(TS_RCVBADRST);
	}
	spin_unlock(&sb->sb_lock);
	if (sc)
		sc_free(sc);
}

/* Copies of up to SYNCACHE_BATCH entries of a bucket whose time has come. */
static unsigned int sc_due(struct syncache_bucket *sb, struct syncache *copies)
{
	unsigned int max = READ_ONCE(bsd_tcp_synack_retries);
	struct syncache *next;
	struct syncache *sc;
	unsigned int n = 0;
	u32 age;

	spin_lock(&sb->sb_lock);
	list_for_each_entry_safe(sc, next, &sb->sb_entries, sc_entry) {
		if (sc->sc_busy || time_before(jiffies, sc->sc_deadline))
			continue;
		if (n == SYNCACHE_BATCH)
			break;
		age = bsd_tcp_now() - sc->sc_sent;
		if (sc->sc_flags & SC_ACKED && age < sc->sc_defer) {
			/* It is there; asked again at the end of the deferral. */
			sc->sc_deadline = jiffies + msecs_to_jiffies(sc->sc_defer - age);
			sc->sc_shift = 0;
			continue;
		}
		if (sc->sc_shift >= max) {
			sc_unlink(sb, sc);
			counter_inc(TS_SC_TIMEDOUT);
			sc_free(sc);
			continue;
		}
		sc->sc_shift++;
		sc->sc_deadline = jiffies + msecs_to_jiffies(SYNCACHE_RTO << sc->sc_shift);
		copies[n++] = *sc;
	}
	spin_unlock(&sb->sb_lock);
	return n;
}

/* Again the answer of @copy, or, if its listener has gone, its entry goes. */
static void sc_repeat(struct syncache_bucket *sb, const struct syncache *copy,
		      struct netstack *ns)
{
	const struct in_conninfo *inc = &copy->sc_inc;
	struct syncache *sc;
	struct inpcb *head;

	head = in_pcblookup4(&tcbtable, inc->inc_faddr, inc->inc_fport, inc->inc_laddr,
			     inc->inc_lport, inc->inc_rtableid, inc->inc_ifidx, 0);
	if (likely(head && READ_ONCE(head->inp_flags) & INP_LISTEN)) {
		counter_inc(TS_SC_REXMIT);
		sc_respond(copy, ns);
		return;
	}
	spin_lock(&sb->sb_lock);
	sc = sc_find(sb, inc);
	if (sc && !sc->sc_busy && sc->sc_irs == copy->sc_irs) {
		sc_unlink(sb, sc);
		counter_inc(TS_SC_ORPHANED);
	} else {
		sc = NULL;
	}
	spin_unlock(&sb->sb_lock);
	if (sc)
		sc_free(sc);
}

/* Repeat SYN|ACKs. On a softnet thread. */
static void syncache_work(void *arg)
{
	struct syncache *copies;
	struct netstack ns;
	unsigned int i;
	unsigned int j;
	unsigned int n;

	copies = kmalloc_array(SYNCACHE_BATCH, sizeof(*copies), GFP_ATOMIC | __GFP_NOWARN);
	if (!copies)
		goto out_again;
	net_enter(&ns, NETSEC_TCPIN);
	for (i = 0; i < SYNCACHE_BUCKETS; i++) {
		if (!READ_ONCE(syncache[i].sb_count))
			continue;
		do {
			n = sc_due(&syncache[i], copies);
			for (j = 0; j < n; j++)
				sc_repeat(&syncache[i], &copies[j], &ns);
		} while (n == SYNCACHE_BATCH);
	}
	net_leave(&ns);
	kfree(copies);
out_again:
	if (atomic_read(&syncache_count))
		mod_timer(&syncache_timer, jiffies + SYNCACHE_TICK);
}

static void syncache_fire(struct timer_list *t)
{
	softnet_task_add(0, &syncache_task);
}

/**
 * bsd_syncache_init() - an empty cache
 *
 * Context: Process, at load.
 * Return:  0 or -ENOMEM.
 */
int bsd_syncache_init(void)
{
	unsigned int i;

	get_random_bytes(&syncache_key, sizeof(syncache_key));
	bsd_syncookie_init();
	syncache_cache = kmem_cache_create("bsdnet_syncache", sizeof(struct syncache), 0,
					   SLAB_ACCOUNT, NULL);
	if (!syncache_cache)
		return -ENOMEM;
	syncache = kcalloc(SYNCACHE_BUCKETS, sizeof(*syncache), GFP_KERNEL);
	if (!syncache) {
		kmem_cache_destroy(syncache_cache);
		return -ENOMEM;
	}
	for (i = 0; i < SYNCACHE_BUCKETS; i++) {
		spin_lock_init(&syncache[i].sb_lock);
		INIT_LIST_HEAD(&syncache[i].sb_entries);
	}
	timer_setup(&syncache_timer, syncache_fire, 0);
	softnet_task_init(&syncache_task, syncache_work, NULL);
	return 0;
}

/**
 * bsd_syncache_exit() - the reverse; no listener is left
 *
 * Context: Process, may sleep.
 */
void bsd_syncache_exit(void)
{
	struct syncache *next;
	struct syncache *sc;
	unsigned int i;

	/* The task may arm the timer, and the timer brings the task: twice is enough. */
	for (i = 0; i < SYNCACHE_BUCKETS; i++) {
		spin_lock(&syncache[i].sb_lock);
		list_for_each_entry_safe(sc, next, &syncache[i].sb_entries, sc_entry) {
			sc_unlink(&syncache[i], sc);
			sc_free(sc);
		}
		spin_unlock(&syncache[i].sb_lock);
	}
	(void)KASSERT(!atomic_read(&syncache_count));
	timer_delete_sync(&syncache_timer);
	softnet_barrier();
	timer_delete_sync(&syncache_timer);
	softnet_barrier();
	kfree(syncache);
	kmem_cache_destroy(syncache_cache);
}
