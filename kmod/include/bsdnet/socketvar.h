/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * socketvar.h - struct bsd_socket: a socket of this stack.
 *
 * It exists without struct sock: the Linux side (linux/sock_ops.c) attaches one
 * in socket(2) and detaches it in release(2); kernel users call socreate() and set
 * an upcall. socreate() returns one reference, which soclose() gives back; the PCB
 * holds one until it is freed; freed through net_call_free() after the last
 * sorele(). The protocol's module is held from socreate() to soclose().
 *
 * Locks protecting struct members in this file:
 *	I	immutable after creation
 *	a	atomic or READ_ONCE/WRITE_ONCE
 *	p	PCB mutex of so_pcb (or the socket is not yet, no longer visible)
 *	k	lock_sock of so_sk (kernel users: one caller at a time)
 *	R	RCU
 *	l	so_rcv.sb_lock of the listener
 *	r	so_rcv.sb_lock
 *	s	so_snd.sb_lock
 */
#ifndef _BSDNET_SOCKETVAR_H
#define _BSDNET_SOCKETVAR_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>
#include <bsdnet/counters.h>
#include <bsdnet/protosw.h>
#include <bsdnet/sockbuf.h>

struct ip;
struct so_splice;
struct so_user;
struct sock;
struct sockaddr_in;

struct bsd_socket {
	/* Read by every call, written rarely. */
	const struct protosw	*so_proto;	/* [I] its module is held until soclose() */
	void			*so_pcb;	/* [p] set once by attach, cleared by detach */
	struct sock __rcu	*so_sk;		/* [R] Linux side, NULL: none */
	u32			 so_options;	/* [k; a for readers] BSD_SO_* bits */
	u32			 so_state;	/* [so_rcv.sb_lock; a for readers] SS_* */
	int			 so_error;	/* [a] pending errno, positive; see soseterror() */
	u16			 so_rtableid;	/* [a] SO_RTABLE */
	u8			 so_type;	/* [I] SOCK_* */
	u8			 so_protocol;	/* [I] as given or defaulted */
	struct so_user		*so_user;	/* [I] account of so_uid, held; NULL: root's */
	/* Kernel user: called instead of waking; any process context, no lock held. */
	void			(*so_upcall)(struct bsd_socket *so, void *arg);	/* [a] */
	void			*so_upcallarg;	/* [a] set before so_upcall (smp_store_release) */

	/* Splicing, socket_splice.c: what is received goes there; what comes from there is sent. */
	struct so_splice __rcu	*so_splice;	/* [R r] NULL: not the source of one */
	struct so_splice __rcu	*so_spliceback;	/* [R s] NULL: not the drain of one */
	u64			 so_spliced;	/* [a] bytes that the last splice has moved */
	struct mbuf_list	 so_errq;	/* [so_rcv.sb_lock] IP_RECVERR records */
	struct list_head	 so_queue;	/* [l] listener: connections; else: on that list */

	/* Written by producer and consumer. */
	struct sockbuf		 so_rcv ____cacheline_aligned_in_smp;
	struct mutex		 so_rcvio;	/* streams: one reader copies at a time */
	refcount_t		 so_refs;	/* [a] */
	kuid_t			 so_uid;	/* [I] who made it */
	struct rcu_head		 so_rcu;
	u32			 so_qlimit;	/* [l; a for readers] connections that may wait */
	int			 so_linger;	/* [k] SO_LINGER seconds, negative: off */

	struct sockbuf		 so_snd ____cacheline_aligned_in_smp;
};

/* so_options; mirror of Linux's sk_flags that the protocols look at. */
#define BSD_SO_REUSEADDR	0x0001
#define BSD_SO_REUSEPORT	0x0002
#define BSD_SO_BROADCAST	0x0004
#define BSD_SO_DONTROUTE	0x0008
#define BSD_SO_TIMESTAMP	0x0010	/* timestamps wanted on receive */
#define BSD_SO_NO_CHECK		0x0020	/* send UDP without checksum */
#define BSD_SO_CONTROL		0x0040	/* an option below SOL_SOCKET was set: ask pru_control() */
#define BSD_SO_RXQ_OVFL		0x0080	/* sb_drops wanted on receive */
#define BSD_SO_KEEPALIVE	0x0200	/* probe connections that say nothing */
#define BSD_SO_FILTER		0x0100	/* a program was attached: ask sosk_filter() */
#define BSD_SO_OOBINLINE	0x0400	/* urgent data is data like other */
#define BSD_SO_RCVBUF		0x0800	/* the program has set it: it does not grow */
#define BSD_SO_SNDBUF		0x1000	/* the same */
#define BSD_SO_RECVCTL		(BSD_SO_TIMESTAMP | BSD_SO_CONTROL | BSD_SO_RXQ_OVFL)

/* so_state */
#define SS_ISCONNECTED		0x0001
#define SS_CANTSENDMORE		0x0002
#define SS_CANTRCVMORE		0x0004
#define SS_DETACHED		0x0008	/* released by its last user */
#define SS_ISCONNECTING		0x0010	/* a handshake is under way */
#define SS_ACCEPTCONN		0x0020	/* listens */
#define SS_SYNDATA		0x0040	/* the handshake begins with the first data sent */
#define SS_RCVDFIN		0x0080	/* the peer has ended its direction */

/*
 * so_errhdr: what a record of so_errq starts with; behind it comes the quoted data
 * of the datagram that failed. Made by sorecverr_append().
 */
struct so_errhdr {
	u32		 eh_errno;	/* positive */
	u32		 eh_info;	/* EMSGSIZE: MTU */
	u8		 eh_origin;	/* SO_EE_ORIGIN_* of <linux/errqueue.h> */
	u8		 eh_type;	/* ICMP type and code */
	u8		 eh_code;
	u8		 eh_pad;
	__be32		 eh_offender;	/* who sent the ICMP */
	__be32		 eh_dst;	/* where the datagram went */
	__be16		 eh_dport;
	u16		 eh_pad2;
};

#define SO_ERRQ_MAX	64	/* records of so_errq */
#define SO_ERRQ_DATA	1472	/* bytes of quoted data kept */

enum socket_counter {
	SOS_CREATED = COUNTER_FIRST(CG_SOCKET),
	SOS_CLOSED,
	SOS_LIMIT,		/* sends refused: memory share of sockets or user used up */
	SOS_RCVFULL,		/* records refused by a full receive buffer */
	SOS_USERLIMIT,		/* records refused: the user's share used up */
	SOS_WAKEUPS,		/* wakeups given to readers */
	SOS_ACCEPTED,		/* connections taken from a listener */
	SOS_ERRFULL,		/* IP_RECVERR records refused: queue full or no memory */
	SOS_END
};

extern unsigned int socket_somaxconn;	/* knob socket/somaxconn: longest queue of a listener */
extern unsigned int socket_maxbuf;	/* knob socket/maxbuf: largest SO_RCVBUF, SO_SNDBUF */

/* Whom sowakeup() wakes. */
#define SOW_READ		0x0001	/* data came: one reader, those who poll */
#define SOW_WRITE		0x0002	/* room for data: writers */
#define SOW_ALL			0x0004	/* the state changed: everybody */

/* Does a handshake keep data from being sent now? */
static inline bool so_unconnected(u32 state)
{
	return (state & (SS_ISCONNECTING | SS_SYNDATA)) == SS_ISCONNECTING;
}

/* socket.c */
int socket_init(void);
void socket_exit(void);
int socreate(int type, int proto, kuid_t uid, struct bsd_socket **sop);
void soref(struct bsd_socket *so);
void sorele(struct bsd_socket *so);
void soclose(struct bsd_socket *so);
int sobind(struct bsd_socket *so, const struct sockaddr *name, bool privileged);
int soconnect(struct bsd_socket *so, const struct sockaddr *name);
int sodisconnect(struct bsd_socket *so);
int soshutdown(struct bsd_socket *so, int how);
/* @error positive. soseterror() wakes, no PCB mutex held; sosaveerror() leaves it to you. */
void sosaveerror(struct bsd_socket *so, int error);
void soseterror(struct bsd_socket *so, int error);
int sopeekerror(struct bsd_socket *so);
void so_setstate(struct bsd_socket *so, u32 set, u32 clear);
void socantrcvmore(struct bsd_socket *so);

/* socket_send.c: @m is the whole datagram, consumed. */
int sosendcheck(struct bsd_socket *so, const struct sockaddr *name, size_t len);
void sopush(struct bsd_socket *so);
int sosend(struct bsd_socket *so, struct mbuf *m, const struct sockaddr *name,
	   const struct msg_control *ctl);
/* socket_recv.c: next record, owned by the caller (a reference with MSG_PEEK). */
int soreceive(struct bsd_socket *so, struct mbuf **mp, int flags);
/* From the stack: an error about a datagram to @dst, of which @data is known. */
int sorecverr_append(struct bsd_socket *so, const struct ctl_error *ce, u8 origin,
		     const struct sockaddr_in *dst, const void *data, u32 len);
struct mbuf *sorecverr_take(struct bsd_socket *so);
/* socket_accept.c: listeners and the connections that wait on them. */
int solisten(struct bsd_socket *so, int backlog);
int soaccept(struct bsd_socket *head, int flags, struct bsd_socket **sop);
bool soqueue_full(const struct bsd_socket *head);
struct bsd_socket *sonewconn(struct bsd_socket *head);
bool soqueue(struct bsd_socket *so, struct bsd_socket *head);
void soqueue_purge(struct bsd_socket *head);
void sodiscard(struct bsd_socket *so);
/* socket_stream.c: by TCP, with the PCB locked; those that say so return SOW_*. */
void solistening(struct bsd_socket *so);
void soisconnecting(struct bsd_socket *so);
u32 soisconnected(struct bsd_socket *so);
u32 soisdisconnected(struct bsd_socket *so);
/* ... and for users. */
int sosendroom(struct bsd_socket *so, int flags, long *timeo, u32 *room);
int soreceive_stream(struct bsd_socket *so, int flags, long *timeo, bool waited,
		     struct sb_span *span);
void sorcvd(struct bsd_socket *so, u32 len);
/* socket_urgent.c: by TCP, with the PCB locked ... */
bool sourgent(struct bsd_socket *so, u32 ahead);
int sourgent_find(struct bsd_socket *so, const struct mbuf *m);
void sourgent_come(struct bsd_socket *so, u8 byte);
/* ... and for users. */
void sb_span(struct bsd_socket *so, struct sb_span *span);
u32 so_instream_slow(const struct bsd_socket *so);
u32 so_beforemark(struct bsd_socket *so);
bool soatmark(struct bsd_socket *so);
int sourgent_atmark(struct bsd_socket *so);
int soreceive_urgent(struct bsd_socket *so, int flags, u8 *byte);
/* socket_splice.c */
int sosplice_init(void);
void sosplice_exit(void);
int sosplice(struct bsd_socket *so, struct bsd_socket *drain, u64 max, unsigned long idle,
	     bool nowait);
int sounsplice(struct bsd_socket *so);
void sosplice_detach(struct bsd_socket *so);
void sosplice_kick(struct so_splice __rcu **spp);
/* linux/sock_filter.c */
int sosk_filter(struct bsd_socket *so, const struct mbuf *m, const struct ip *ip,
		unsigned int off);
int sotakeerror_slow(struct bsd_socket *so);

/* linux/sock_wait.c: what struct sock adds. They do nothing if there is none. */
void sosk_rwakeup(struct bsd_socket *so);
void sosk_wwakeup(struct bsd_socket *so);
void sosk_wakeall(struct bsd_socket *so);
void sosk_errwakeup(struct bsd_socket *so);
bool sosk_seterror(struct bsd_socket *so, int error);
int sosk_takeerror(struct bsd_socket *so, int error);
int sosk_peekerror(struct bsd_socket *so, int error);
void sosk_sigurg(struct bsd_socket *so);
void sosk_showbuf(struct bsd_socket *so, const struct sockbuf *sb);
int sosk_interrupted(struct bsd_socket *so, int flags, long *timeo);
int sosk_wait(struct bsd_socket *so, long *timeo);
int sosk_wait_write(struct bsd_socket *so, long *timeo);
bool soreadable(const struct bsd_socket *so);
bool sowritable(const struct bsd_socket *so);

/* Is @so the source of a splice, so that what it receives is not for readers? */
static inline bool so_isspliced(const struct bsd_socket *so)
{
	return unlikely(rcu_access_pointer(so->so_splice));
}

/* Bytes of a stream that are for readers: all but an urgent one that they are at. */
static inline u32 so_instream(const struct bsd_socket *so)
{
	if (likely(!READ_ONCE(so->so_rcv.sb_urgent)))
		return READ_ONCE(so->so_rcv.sb_cc);
	return so_instream_slow(so);
}

/**
 * sowakeup() - tell whoever waits what a protocol did under the PCB mutex
 * @so:   socket, alive by the caller's section or reference
 * @what: SOW_*, 0: nothing
 *
 * Context: Process, no lock held.
 */
static inline void sowakeup(struct bsd_socket *so, u32 what)
{
	if (likely(!what))
		return;
	if (likely(what == SOW_READ))
		sorwakeup(so);
	else
		sowakeup_slow(so, what);
}

/**
 * sotakeerror() - take the pending error of a socket
 * @so: socket
 *
 * Context: Process, no lock held.
 * Return:  0, or -errno once.
 */
static inline int sotakeerror(struct bsd_socket *so)
{
	if (likely(!READ_ONCE(so->so_error)))
		return 0;
	return sotakeerror_slow(so);
}

#endif /* _BSDNET_SOCKETVAR_H */
