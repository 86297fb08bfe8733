/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ip_mroute.h - forwarding of multicasts, as a program (smcroute, mrouted) says.
 */
#ifndef _BSDNET_IP_MROUTE_H
#define _BSDNET_IP_MROUTE_H

#include <linux/list.h>
#include <linux/sockptr.h>
#include <linux/types.h>
#include <bsdnet/counters.h>

struct bsd_socket;
struct ifnet;
struct inpcb;
struct mbuf;
struct netstack;

enum mroute_counter {
	MRTS_IPACKETS = COUNTER_FIRST(CG_MROUTE),
	MRTS_FORWARD,
	MRTS_WRONGIF,
	MRTS_NOCACHE,
	MRTS_UPCALLS,
	MRTS_UPCALLLIMIT,
	MRTS_QUEUED,
	MRTS_QUEUELIMIT,
	MRTS_PENDLIMIT,
	MRTS_EXPIRED,
	MRTS_TTL,
	MRTS_CANTFORWARD,
	MRTS_CANTFRAG,
	MRTS_IFDOWN,
	MRTS_NOMEM,
	MRTS_END
};

/* What is left to do with a packet that mrt_input() has seen. */
enum mrt_verdict {
	MRT_NOTOURS,	/* no router here wants it */
	MRT_TAKEN,	/* copies went on, wait, or were counted as not sent */
	MRT_DELIVER,	/* it is for the routing program, member of the group or not */
};

extern struct list_head mrouters;

/* Is there a program that routes multicasts, in any domain? */
static inline bool mrt_active(void)
{
	return !list_empty(&mrouters);
}

/* ip_mroute.c */
enum mrt_verdict mrt_input(struct ifnet *ifp, struct mbuf *m, struct netstack *ns);
int mrt_init(void);
void mrt_exit(void);

/* ip_mroute_opt.c */
bool mrt_is_opt(int opt);
int mrt_setopt(struct inpcb *inp, int opt, sockptr_t val, unsigned int len);
int mrt_getopt(struct inpcb *inp, int opt, sockptr_t val, sockptr_t len);
bool mrt_is_ioctl(unsigned int cmd);
int mrt_ioctl(struct bsd_socket *so, unsigned int cmd, void __user *arg);
int mrt_dump(void *data);
void mrt_detach(struct inpcb *inp);
void mrt_ifdetach(struct ifnet *ifp);

#endif /* _BSDNET_IP_MROUTE_H */
