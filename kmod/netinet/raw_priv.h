/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * raw_priv.h - shared by the raw_*.c files only.
 */
#ifndef _BSDNET_RAW_PRIV_H
#define _BSDNET_RAW_PRIV_H

#include <linux/types.h>

struct inpcb;
struct mbuf;
struct msg_control;
struct netstack;
struct sockaddr_in;

#define RAW_ANYPROTO	256	/* in place of protocol 0 in the hash, see in_pcb_claimproto() */

/* What goes into the header of one packet. */
struct raw_send {
	__be32	rs_src;
	__be32	rs_dst;
	u8	rs_ttl;
	u8	rs_tos;
};

int raw_output(struct inpcb *inp, struct mbuf *m, const struct sockaddr_in *sin,
	       const struct msg_control *ctl, struct netstack *ns, u32 *mtu);

#endif /* _BSDNET_RAW_PRIV_H */
