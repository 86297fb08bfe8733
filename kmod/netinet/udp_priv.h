/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * udp_priv.h - shared by the udp_*.c files only.
 */
#ifndef _BSDNET_UDP_PRIV_H
#define _BSDNET_UDP_PRIV_H

#include <linux/sockptr.h>
#include <linux/types.h>

struct bsd_socket;
struct cmsg_sink;
struct inpcb;
struct mbuf;
struct mbuf_list;
struct msg_control;
struct netstack;
struct sockaddr_in;

extern unsigned int bsd_udp_blackhole;	/* knob udp/blackhole, udp_input.c */

/* udp_opt.c */
int bsd_udp_send_data(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
		      const struct msg_control *ctl, struct netstack *ns, u32 *mtu);
void bsd_udp_cork_free(struct inpcb *inp);
void bsd_udp_push(struct bsd_socket *so, struct netstack *ns);
void bsd_udp_merge(struct mbuf_list *ml);
void bsd_udp_merge_control(const struct mbuf *m, struct cmsg_sink *sink);
int bsd_udp_setsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val, unsigned int len);
int bsd_udp_getsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val, sockptr_t len);

#endif /* _BSDNET_UDP_PRIV_H */
