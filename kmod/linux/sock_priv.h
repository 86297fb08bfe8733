/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * sock_priv.h - what the files of linux/ that make a Linux socket share.
 *
 * Functions on struct sock and struct socket are called sosk_*.
 */
#ifndef _BSDNET_SOCK_PRIV_H
#define _BSDNET_SOCK_PRIV_H

#include <bsdnet/socketvar.h>
#include <linux/net.h>
#include <net/sock.h>
#include <uapi/linux/in.h>

/*
 * bsd_sock: Linux's side of a socket, one each. Made by socket(2), its bs_so
 * detached by release(2), freed by Linux an RCU grace period later.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after creation
 *	k	lock_sock
 */
struct bsd_sock {
	struct sock		 bs_sk;		/* first: Linux allocates and casts */
	struct bsd_socket	*bs_so;		/* [I] valid while the file is open */
	int			 bs_ifidx;	/* [k] SO_BINDTODEVICE as the PCB knows it */
};

static inline struct bsd_sock *sosk_bs(struct sock *sk)
{
	return container_of(sk, struct bsd_sock, bs_sk);
}

static inline struct bsd_socket *sosk_so(struct sock *sk)
{
	return sosk_bs(sk)->bs_so;
}

extern const struct proto_ops bsdnet_dgram_ops;
extern const struct proto_ops bsdnet_stream_ops;
extern struct proto bsdnet_prot;

/* sock_ops.c: calls that all sockets have alike */
int sosk_release(struct socket *sock);
int sosk_bind(struct socket *sock, struct bsdnet_ksockaddr *name, int len);
int sosk_getname(struct socket *sock, struct sockaddr *name, int peer);
int sosk_shutdown(struct socket *sock, int how);
int sosk_gettstamp(struct socket *sock, void __user *stamp, bool timeval, bool time32);
void sosk_attach(struct sock *sk, struct bsd_socket *so);

/* sock_msg.c */
struct mbuf *sosk_copyin(struct msghdr *msg, size_t len, u32 headroom);
struct mbuf *sosk_lend(struct msghdr *msg, size_t len);
int sosk_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int sosk_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);

/* sock_wait.c */
void sosk_splice_eof(struct socket *sock);
__poll_t sosk_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait);

/* sock_addr.c */
int sosk_addr_bind(const void *name, int len, struct sockaddr_in *sin);
int sosk_addr_connect(const void *name, int len, struct sockaddr_in *sin);
int sosk_addr_send(const void *name, int len, struct sockaddr_in *sin);

/* sock_opt.c */
int sosk_setsockopt(struct socket *sock, int level, int opt, sockptr_t val, unsigned int len);
int sosk_getsockopt(struct socket *sock, int level, int opt, char __user *val, int __user *len);
void sosk_mirror(struct sock *sk, struct bsd_socket *so);

/* sock_ioctl.c */
int sosk_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
int sosk_proto_ioctl(struct sock *sk, int cmd, int *karg);
int bsioc(unsigned int cmd, void __user *arg);

/*
 * Where Linux takes SOL_SOCKET options without asking us (6.1), their effect is
 * looked up before each call that depends on it.
 */
static inline void sosk_sync(struct sock *sk, struct bsd_socket *so)
{
#ifndef SOCK_CUSTOM_SOCKOPT
	sosk_mirror(sk, so);
#endif
}

#endif /* _BSDNET_SOCK_PRIV_H */
