/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * rtsock.h - routing sockets: the messages that the stack sends to them, and the
 * requests that come from them.
 *
 * net/rtsock*.c build and carry out messages and know no sockets; linux/rtsock_ops.c
 * has the sockets and their queues.
 */
#ifndef _BSDNET_RTSOCK_H
#define _BSDNET_RTSOCK_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <uapi/bsdnet/rtsock.h>

struct bsd_rtentry;
struct ifaddr;
struct ifnet;

#define RTSOCK_MSGMAX	256	/* bytes of a message that we build */
#define RTSOCK_WRITEMAX	65536	/* bytes of one write */

/* Who asked for a change: its message comes back with these. */
struct rt_request {
	const void	*rq_sock;	/* linux/rtsock_ops.c */
	u32		 rq_pid;
	u32		 rq_seq;
	bool		 rq_admin;	/* may configure the network */
};

/* A message while it is built; rtsock_begin() to rtsock_send(). */
struct rtsock_buf {
	union {
		struct bsd_rt_msghdr	rb_hdr;
		struct bsd_if_msghdr	rb_if;
		u8			rb_data[RTSOCK_MSGMAX];
	};
	unsigned int	rb_len;
};

/* A finished message, and what the filters of a socket look at. */
struct rtsock_msg {
	const struct bsd_rt_msghdr	*rm_hdr;	/* rtm_msglen bytes */
	const struct rt_request		*rm_request;	/* NULL: nobody asked */
	u8				 rm_family;	/* 0: any */
	bool				 rm_route;	/* about a route: its priority counts */
	bool				 rm_answer;	/* for rm_request's socket alone */
};

extern u32 rtsock_types;	/* bits of the types that some socket wants */

/**
 * rtsock_wanted() - does anybody listen to such messages?
 * @type: BSD_RTM_*
 *
 * Context: Any.
 */
static inline bool rtsock_wanted(u8 type)
{
	return unlikely(READ_ONCE(rtsock_types) & BIT(type));
}

/* rtsock_msg.c */
void rtsock_begin(struct rtsock_buf *rb, u8 type, unsigned int hdrlen);
void rtsock_put_in(struct rtsock_buf *rb, u32 bit, const void *addr);
void rtsock_put_link(struct rtsock_buf *rb, u32 bit, unsigned int ifidx, const u8 *lladdr);
void rtsock_put_route(struct rtsock_buf *rb, u8 type, struct bsd_rtentry *rt);
void rtsock_send(struct rtsock_buf *rb, u8 family, bool route, const struct rt_request *rq);
void rtsock_route(u8 type, struct bsd_rtentry *rt, const struct rt_request *rq);
void rtsock_miss(__be32 dst, unsigned int tableid);
void rtsock_redirect(struct bsd_rtentry *rt, __be32 from);

/* rtsock.c */
ssize_t rtsock_write(void *buf, size_t len, struct rt_request *rq);

/* rtsock_link.c */
void rtsock_ifinfo(struct ifnet *ifp);
void rtsock_ifannounce(struct ifnet *ifp, u32 what);
void rtsock_ifaddr(u8 type, struct ifaddr *ifa);
void rtsock_put_ifinfo(struct rtsock_buf *rb, struct ifnet *ifp);
void rtsock_put_ifaddr(struct rtsock_buf *rb, u8 type, struct ifaddr *ifa);

/* rtsock_dump.c */
int rtsock_query(struct bsd_rtquery *rtq);

/* linux/rtsock_ops.c */
void rtsock_deliver(const struct rtsock_msg *rm);
int rtsock_init(void);
void rtsock_exit(void);

#endif /* _BSDNET_RTSOCK_H */
