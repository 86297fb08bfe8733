/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * protosw.h - what a transport protocol gives to the layers on both sides:
 * input and ICMP notifications to IP, user requests to sockets.
 *
 * Rows live in an RCU table (in_proto.c) with their owning module; in_proto.c
 * fills in the built-in ones, others call in_proto_register().
 */
#ifndef _BSDNET_PROTOSW_H
#define _BSDNET_PROTOSW_H

#include <linux/sockptr.h>
#include <linux/types.h>
#include <bsdnet/netlock.h>

struct bsd_pcbinfo;
struct bsd_socket;
struct bsd_tcpdrop;
struct cmsg_sink;
struct mbuf;
struct module;
struct msg_control;
struct netstack;
struct sockaddr;
struct sockaddr_in;

/* Why a notification comes (ICMP error, interface down), for pr_ctlinput. */
struct ctl_error {
	int		 ce_errno;	/* positive errno for SO_ERROR */
	bool		 ce_hard;	/* reported even when not connected + RECVERR */
	u32		 ce_mtu;	/* EMSGSIZE: next-hop MTU */
	u8		 ce_type;	/* ICMP type and code as received */
	u8		 ce_code;
	__be32		 ce_offender;	/* who sent the ICMP */
	unsigned int	 ce_rtableid;
	unsigned int	 ce_ifidx;
};

/*
 * User requests. All run in a section (net_enter) unless said otherwise; those
 * that lock the PCB do it themselves. Addresses are checked for length and
 * family by linux/sock_addr.c and come with sin_family AF_INET.
 */
struct pr_usrreqs {
	/* Not in a section, may sleep: allocate the PCB. */
	int	(*pru_attach)(struct bsd_socket *so, int proto);
	/* In a section: unhash and free the PCB; @so is going. */
	void	(*pru_detach)(struct bsd_socket *so, struct netstack *ns);
	int	(*pru_bind)(struct bsd_socket *so, const struct sockaddr *name, bool privileged,
			    struct netstack *ns);
	int	(*pru_connect)(struct bsd_socket *so, const struct sockaddr *name,
			       struct netstack *ns);
	int	(*pru_disconnect)(struct bsd_socket *so, struct netstack *ns);
	int	(*pru_shutdown)(struct bsd_socket *so, int how, struct netstack *ns);
	/*
	 * Streams: take connections; bytes were read, so a window may open (-EBUSY: somebody
	 * has the PCB, and @wait is false).
	 */
	int	(*pru_listen)(struct bsd_socket *so, struct netstack *ns);
	int	(*pru_rcvd)(struct bsd_socket *so, bool wait, struct netstack *ns);
	/* Not in a section, may sleep: a connection was accepted. */
	void	(*pru_accepted)(struct bsd_socket *so);
	/* @m: user data with MAX_LINKHDR of room in front, consumed. @name NULL: connected. */
	int	(*pru_send)(struct bsd_socket *so, struct mbuf *m, const struct sockaddr *name,
			    const struct msg_control *ctl, struct netstack *ns);
	/* What waits for more goes (MSG_MORE), unless an option says so. NULL: nothing waits. */
	void	(*pru_push)(struct bsd_socket *so, struct netstack *ns);
	/*
	 * Send @len bytes that another socket received to the peer: a record of its
	 * buffer, or of a stream a chain without header, or with NULL the end of it; @urgent:
	 * the last byte of the chain is. Never waits. With -EBUSY (somebody has the PCB), and
	 * of a stream with all errors, @m stays the caller's. NULL: cannot be spliced.
	 */
	int	(*pru_splice)(struct bsd_socket *so, struct mbuf *m, u32 len, bool urgent,
			      struct netstack *ns);
	/* Hash of the connection, which says where its home is. */
	u32	(*pru_flow)(const struct bsd_socket *so);
	/* Is a send of @len bytes to @name (NULL: peer) allowed at all? Not in a section and
	 * without the PCB mutex, before user data is copied; 0 or -errno. pru_send() has
	 * the last word.
	 */
	int	(*pru_sendcheck)(struct bsd_socket *so, const struct sockaddr *name, size_t len);
	void	(*pru_sockaddr)(struct bsd_socket *so, struct sockaddr_in *sin);
	/* -ENOTCONN if there is no peer. */
	int	(*pru_peeraddr)(struct bsd_socket *so, struct sockaddr_in *sin);
	/* Not in a section: @m is a record of the receive buffer: its sender ... */
	void	(*pru_soname)(const struct mbuf *m, struct sockaddr_in *sin);
	/* ... and the control messages that the socket asked for. */
	void	(*pru_control)(struct bsd_socket *so, const struct mbuf *m, struct cmsg_sink *sink);
	/*
	 * Options below SOL_SOCKET. Not in a section: they copy, then enter one. Of level
	 * SOL_SOCKET only SO_BINDTOIFINDEX (name resolved, permission checked) and
	 * SO_RTABLE (table exists) come here, both as a kernel int.
	 */
	int	(*pru_setsockopt)(struct bsd_socket *so, int level, int opt, sockptr_t val,
				  unsigned int len);
	int	(*pru_getsockopt)(struct bsd_socket *so, int level, int opt, sockptr_t val,
				  sockptr_t len);
};

#define PR_ATOMIC	0x01	/* a send is one record */
#define PR_ADDR		0x02	/* records have senders */
#define PR_CONNREQUIRED	0x04	/* a stream: must connect before sending */

struct protosw {
	int		 pr_type;	/* [I] SOCK_*; 0: input only */
	int		 pr_protocol;	/* [I] IPPROTO_*, 0 with SOCK_RAW: any */
	u32		 pr_flags;	/* [I] PR_* */
	enum net_section pr_section;	/* [I] of its user requests */
	/* @m: IP header in front, @hlen bytes. Consumes. NULL: sockets only. */
	void		(*pr_input)(struct mbuf *m, unsigned int hlen, struct netstack *ns);
	/*
	 * An ICMP error quotes @ip (complete header and >= 8 bytes behind it, contiguous).
	 * Did a PCB of ours send the quoted packet?
	 */
	bool		(*pr_ctlinput)(const struct ctl_error *ce, const void *ip, unsigned int len,
				       struct netstack *ns);
	const struct pr_usrreqs *pr_usrreqs;	/* [I] NULL: no sockets */
	struct module	*pr_owner;	/* [I] */
};

/* What sendmsg's control messages said; zero: nothing. linux/sock_msg.c parses. */
struct msg_control {
	unsigned int	mc_ifidx;	/* IP_PKTINFO ipi_ifindex */
	__be32		mc_src;		/* IP_PKTINFO ipi_spec_dst */
	int		mc_ttl;		/* IP_TTL, 0 none */
	int		mc_tos;		/* IP_TOS, -1 none */
	int		mc_segment;	/* UDP_SEGMENT, -1 none */
	bool		mc_dontroute;	/* MSG_DONTROUTE */
	bool		mc_more;	/* MSG_MORE */
	bool		mc_urgent;	/* MSG_OOB: the last byte is urgent */
};

/* Where pru_control() puts control messages: linux/sock_msg.c's put_cmsg(). */
struct cmsg_sink {
	void	(*cs_put)(struct cmsg_sink *cs, int level, int type, int len, const void *data);
};

/* Built-in rows. raw_protosw: SOCK_RAW, protocol 0; its input is raw_deliver(). */
extern const struct protosw bsd_icmp_protosw;	/* ip_icmp.c */
extern const struct protosw bsd_igmp_protosw;	/* igmp.c */
extern const struct protosw raw_protosw;	/* raw_usrreq.c */
extern const struct protosw bsd_udp_protosw;	/* udp_usrreq.c */
extern const struct protosw bsd_tcp_protosw;	/* tcp_usrreq.c */

int in_proto_init(void);
void in_proto_exit(void);
int in_proto_register(const struct protosw *pr);
void in_proto_unregister(const struct protosw *pr);
const struct protosw *in_proto_find(int type, int proto);	/* for socket(2); section or RCU */
const struct protosw *in_proto_input(u8 proto);			/* for ip_deliver */

/*
 * in_pcb.c: up to @max PCBs of IPPROTO_TCP, IPPROTO_UDP or IPPROTO_RAW, those behind id @after.
 * Not in a section; @buf in kernel memory. Returns how many, or -errno.
 */
int in_pcb_dump(u32 proto, u64 after, struct bsd_pcbinfo *buf, u32 max);

/* tcp_usrreq.c: end a connection for an administrator. Not in a section. 0 or -errno. */
int bsd_tcp_dropconn(const struct bsd_tcpdrop *td);

#endif /* _BSDNET_PROTOSW_H */
