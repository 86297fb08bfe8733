// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_ctlopt.c - options of level IPPROTO_IP, and the control messages they ask for.
 *
 * Called by: pr_usrreqs of UDP and raw sockets. Options are kept in the PCB.
 * Context: not in a section: user memory is copied first, then a section is
 * entered and the PCB locked.
 *
 * Names, numbers and values are Linux's (ip(7)), so that programs need no change;
 * IP_RECVDSTADDR is BSD's. What is not done says -ENOPROTOOPT.
 *
 * Source: RFC 1122 3.4, 4.1.4 (what a program must be able to set and see), RFC 5082
 * (IP_MINTTL).
 */
#include <bsdnet/in_pcb.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/protosw.h>
#include <bsdnet/socketvar.h>
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/socket.h>
#include <uapi/bsdnet/sock.h>

/* Options that are one bit of inp_flags. */
static u32 opt_flag(int opt)
{
	switch (opt) {
	case IP_PKTINFO:
		return INP_PKTINFO;
	case IP_RECVTTL:
		return INP_RECVTTL;
	case IP_RECVTOS:
		return INP_RECVTOS;
	case IP_RECVERR:
		return INP_RECVERR;
	case IP_FREEBIND:
		return INP_FREEBIND;
	case IP_TRANSPARENT:
		return INP_TRANSPARENT;
	case IP_RECVDSTADDR:
		return INP_RECVDSTADDR;
	default:
		return 0;
	}
}

/* An int, or a char as BSD had it; nothing is 0. */
static int opt_int(sockptr_t val, unsigned int len, int *v)
{
	unsigned char c;

	*v = 0;
	if (len >= sizeof(*v))
		return copy_from_sockptr(v, val, sizeof(*v)) ? -EFAULT : 0;
	if (len) {
		if (copy_from_sockptr(&c, val, sizeof(c)))
			return -EFAULT;
		*v = c;
	}
	return 0;
}

static int opt_range(int v, int min, int max)
{
	return v < min || v > max ? -EINVAL : 0;
}

/* The table of a PCB that is bound is part of its name, and so stays. */
static int set_rtable(struct inpcb *inp, int v)
{
	if (v < 0 || v > RT_TABLEID_MAX || !rtable_exists(v))
		return -EINVAL;
	if (v == inp->inp_rtableid)
		return 0;
	if (inp->inp_faddr.v4.s_addr || inp->inp_laddr.v4.s_addr)
		return -EBUSY;
	if (inp->inp_table != &rawcbtable) {
		if (inp->inp_lport)
			return -EBUSY;
		WRITE_ONCE(inp->inp_rtableid, v);
		WRITE_ONCE(inp->inp_rdomain, rtable_rdomain(v));
		return 0;
	}
	in_pcbhash_remove(inp);
	WRITE_ONCE(inp->inp_rtableid, v);
	WRITE_ONCE(inp->inp_rdomain, rtable_rdomain(v));
	return in_pcb_claimproto(inp, inp->inp_proto);
}

/* Interface of what the socket sends by no other choice of its own; 0: by route. */
static int set_unicast_if(struct inpcb *inp, unsigned int ifidx)
{
	if (ifidx && !if_lookup(ifidx))
		return -EADDRNOTAVAIL;
	/* Linux: what is bound to an interface cannot name another. */
	if (ifidx && inp->inp_bound_ifidx && ifidx != inp->inp_bound_ifidx)
		return -EINVAL;
	inp->inp_unicast_ifidx = ifidx;
	return 0;
}

/* Ports to choose from, either end 0: the knob's. */
static int set_port_range(struct inpcb *inp, u16 low, u16 high)
{
	if (low && high && low > high)
		return -EINVAL;
	inp->inp_portlow = low;
	inp->inp_porthigh = high;
	return 0;
}

/* Set one option whose value is an int. PCB locked, in a section. */
static int set_locked(struct inpcb *inp, int opt, int v)
{
	u32 flag = opt_flag(opt);
	int error;

	if (flag) {
		WRITE_ONCE(inp->inp_flags, v ? inp->inp_flags | flag : inp->inp_flags & ~flag);
		return 0;
	}
	switch (opt) {
	case IP_MULTICAST_ALL:
	case IP_MULTICAST_LOOP:
		flag = opt == IP_MULTICAST_ALL ? INP_NOMCASTALL : INP_NOMCASTLOOP;
		if (opt == IP_MULTICAST_ALL && v != 0 && v != 1)
			return -EINVAL;
		WRITE_ONCE(inp->inp_flags, v ? inp->inp_flags & ~flag : inp->inp_flags | flag);
		return 0;
	case IP_TOS:
		WRITE_ONCE(inp->inp_tos, v);	/* low byte, as on Linux */
		return 0;
	case IP_TTL:
		error = v == -1 ? 0 : opt_range(v, 1, 255);
		if (!error)
			WRITE_ONCE(inp->inp_ttl, v == -1 ? 0 : v);
		return error;
	case IP_MULTICAST_TTL:
		error = opt_range(v, -1, 255);
		if (!error)
			WRITE_ONCE(inp->inp_mcast_ttl, v == -1 ? 1 : v);
		return error;
	case IP_MTU_DISCOVER:
		error = opt_range(v, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT);
		if (!error)
			WRITE_ONCE(inp->inp_pmtudisc, v);
		return error;
	case IP_HDRINCL:
		if (inp->inp_table != &rawcbtable)
			return -ENOPROTOOPT;
		WRITE_ONCE(inp->inp_flags, v ? inp->inp_flags | INP_HDRINCL :
					       inp->inp_flags & ~INP_HDRINCL);
		return 0;
	case IP_MINTTL:
		error = opt_range(v, 0, 255);
		if (!error)
			WRITE_ONCE(inp->inp_minttl, v);
		return error;
	case IP_UNICAST_IF:
		return set_unicast_if(inp, ntohl((__force __be32)v));
	case IP_LOCAL_PORT_RANGE:
		return set_port_range(inp, v & 0xffff, (u32)v >> 16);
	case SO_RTABLE:
		return set_rtable(inp, v);
	default:
		return -ENOPROTOOPT;
	}
}

/**
 * bsd_ip_setsockopt() - set an option of a UDP or raw socket
 * @so:    socket
 * @level: IPPROTO_IP; SOL_SOCKET for SO_BINDTOIFINDEX and SO_RTABLE only, which
 *	   sockets have checked
 * @opt:   option
 * @val:   value, in user or kernel memory
 * @len:   bytes of it
 *
 * Context: Process, not in a section. May sleep. Takes and releases inp_mtx.
 * Return:  0; -ENOPROTOOPT, -EINVAL, -EFAULT; -EBUSY for the table of a socket that
 *	    is bound; -EADDRNOTAVAIL for an interface that is not there; -EPERM.
 */
int bsd_ip_setsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val,
		      unsigned int len)
{
	struct inpcb *inp = so->so_pcb;
	struct netstack ns;
	int error;
	int v;

	NET_ASSERT_UNLOCKED();
	if (level == IPPROTO_IP && opt == IP_OPTIONS)
		return len ? -ENOPROTOOPT : 0;	/* there are none to take away */
	if (level == IPPROTO_IP && bsd_ip_mcast_is_opt(opt))
		return bsd_ip_mcast_setopt(inp, opt, val, len);
	if (level != IPPROTO_IP &&
	    (level != SOL_SOCKET || (opt != SO_BINDTOIFINDEX && opt != SO_RTABLE)))
		return -ENOPROTOOPT;
	error = opt_int(val, len, &v);
	if (error)
		return error;
	if (level == IPPROTO_IP && opt == IP_TRANSPARENT && v && !capable(CAP_NET_ADMIN) &&
	    !capable(CAP_NET_RAW))
		return -EPERM;
	if (level == IPPROTO_IP && (opt == IP_UNICAST_IF || opt == IP_LOCAL_PORT_RANGE) &&
	    len != sizeof(v))
		return -EINVAL;
	net_enter(&ns, NETSEC_USRREQ);
	in_pcblock(inp, &ns);
	if (level == SOL_SOCKET && opt == SO_BINDTOIFINDEX)
		WRITE_ONCE(inp->inp_bound_ifidx, v);
	else
		error = set_locked(inp, opt, v);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return error;
}

/* IP_MTU: of the path to the peer. */
static int get_mtu(struct inpcb *inp, int *v)
{
	struct netstack ns;
	__be32 faddr;

	net_enter(&ns, NETSEC_USRREQ);
	in_pcblock(inp, &ns);
	faddr = inp->inp_faddr.v4.s_addr;
	*v = faddr ? in_pcb_mtu(inp, faddr, inp->inp_bound_ifidx) : 0;
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return *v ? 0 : -ENOTCONN;
}

static int get_int(struct inpcb *inp, int opt, int *v)
{
	u32 flag = opt_flag(opt);

	if (flag) {
		*v = !!(READ_ONCE(inp->inp_flags) & flag);
		return 0;
	}
	switch (opt) {
	case IP_MULTICAST_ALL:
		*v = !(READ_ONCE(inp->inp_flags) & INP_NOMCASTALL);
		return 0;
	case IP_MULTICAST_LOOP:
		*v = !(READ_ONCE(inp->inp_flags) & INP_NOMCASTLOOP);
		return 0;
	case IP_TOS:
		*v = READ_ONCE(inp->inp_tos);
		return 0;
	case IP_TTL:
		*v = READ_ONCE(inp->inp_ttl);
		if (!*v)
			*v = READ_ONCE(bsd_ip_defttl);
		return 0;
	case IP_MULTICAST_TTL:
		*v = READ_ONCE(inp->inp_mcast_ttl);
		return 0;
	case IP_MTU_DISCOVER:
		*v = READ_ONCE(inp->inp_pmtudisc);
		return 0;
	case IP_MTU:
		return get_mtu(inp, v);
	case IP_HDRINCL:
		if (inp->inp_table != &rawcbtable)
			return -ENOPROTOOPT;
		*v = !!(READ_ONCE(inp->inp_flags) & INP_HDRINCL);
		return 0;
	case IP_MINTTL:
		*v = READ_ONCE(inp->inp_minttl);
		return 0;
	case IP_UNICAST_IF:
		*v = (__force int)htonl(READ_ONCE(inp->inp_unicast_ifidx));
		return 0;
	case IP_LOCAL_PORT_RANGE:
		*v = (u32)READ_ONCE(inp->inp_porthigh) << 16 | READ_ONCE(inp->inp_portlow);
		return 0;
	case SO_RTABLE:
		*v = READ_ONCE(inp->inp_rtableid);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/**
 * bsd_ip_getopt_out() - give the value of an option to the program
 * @value: value in kernel memory
 * @size:  bytes of it
 * @val:   where to put as much of it as there is room
 * @len:   int: room; bytes put there after
 *
 * Context: Process, not in a section. May sleep.
 * Return:  0, -EFAULT, -EINVAL for negative room.
 */
int bsd_ip_getopt_out(const void *value, int size, sockptr_t val, sockptr_t len)
{
	int room;

	if (copy_from_sockptr(&room, len, sizeof(room)))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	room = min(room, size);
	if (copy_to_sockptr(len, &room, sizeof(room)) || copy_to_sockptr(val, value, room))
		return -EFAULT;
	return 0;
}

/**
 * bsd_ip_getsockopt() - get an option of a UDP or raw socket
 * @so:    socket
 * @level: IPPROTO_IP
 * @opt:   option
 * @val:   where to put the value
 * @len:   int: room there; bytes put there after
 *
 * As on Linux, who has room for less than an int gets a byte, if it fits.
 *
 * Context: Process, not in a section. May sleep.
 * Return:  0; -ENOPROTOOPT, -EFAULT, -EINVAL; -ENOTCONN for IP_MTU without a peer.
 */
int bsd_ip_getsockopt(struct bsd_socket *so, int level, int opt, sockptr_t val, sockptr_t len)
{
	struct inpcb *inp = so->so_pcb;
	unsigned char c;
	int error;
	int room;
	int v;

	NET_ASSERT_UNLOCKED();
	if (level != IPPROTO_IP)
		return -ENOPROTOOPT;
	if (opt == IP_OPTIONS)		/* never any: nothing, not an error */
		return bsd_ip_getopt_out("", 0, val, len);
	if (opt == IP_MULTICAST_IF)
		return bsd_ip_getopt_out(&inp->inp_mcast_src, sizeof(inp->inp_mcast_src), val,
					 len);
	if (bsd_ip_mcast_is_opt(opt))
		return bsd_ip_mcast_getopt(inp, opt, val, len);
	error = get_int(inp, opt, &v);
	if (error)
		return error;
	if (copy_from_sockptr(&room, len, sizeof(room)))
		return -EFAULT;
	if (room > 0 && room < (int)sizeof(v) && v >= 0 && v <= 255) {
		c = v;
		return bsd_ip_getopt_out(&c, sizeof(c), val, len);
	}
	return bsd_ip_getopt_out(&v, sizeof(v), val, len);
}

/* Which of our addresses would answer a packet that went to all: one of its interface. */
static __be32 control_specdst(const struct mbuf *m, const struct ip *ip)
{
	struct bsd_in_ifaddr *ia = NULL;
	struct netstack ns;
	struct ifnet *ifp;
	__be32 addr;

	net_enter(&ns, NETSEC_SOCKBUF);
	ifp = if_lookup(m->m_pkthdr.ph_ifidx);
	if (ifp)
		ia = in_ifaddr_for(ifp, ip->ip_src);
	addr = ia ? ia->ia_addr.sin_addr.s_addr : 0;
	net_leave(&ns);
	return addr;
}

/**
 * bsd_ip_control() - tell a program what it asked to know of a packet
 * @inp:  PCB of the socket
 * @m:    record of its receive buffer
 * @sink: where control messages go
 *
 * Context: Process, not in a section. May sleep.
 */
void bsd_ip_control(const struct inpcb *inp, const struct mbuf *m, struct cmsg_sink *sink)
{
	const struct ip *ip = m->m_pkthdr.ph_cookie;
	u32 flags = READ_ONCE(inp->inp_flags);
	struct in_pktinfo info;
	int v;

	if (likely(!(flags & INP_CONTROL)))
		return;
	if (flags & INP_PKTINFO) {
		info.ipi_ifindex = m->m_pkthdr.ph_ifidx;
		info.ipi_addr.s_addr = ip->ip_dst;
		info.ipi_spec_dst.s_addr = ip->ip_dst;
		if (m->m_flags & (M_BCAST | M_MCAST))
			info.ipi_spec_dst.s_addr = control_specdst(m, ip);
		sink->cs_put(sink, IPPROTO_IP, IP_PKTINFO, sizeof(info), &info);
	}
	if (flags & INP_RECVTTL) {
		v = ip->ip_ttl;
		sink->cs_put(sink, IPPROTO_IP, IP_TTL, sizeof(v), &v);
	}
	if (flags & INP_RECVTOS)
		sink->cs_put(sink, IPPROTO_IP, IP_TOS, sizeof(ip->ip_tos), &ip->ip_tos);
	if (flags & INP_RECVDSTADDR)
		sink->cs_put(sink, IPPROTO_IP, IP_RECVDSTADDR, sizeof(ip->ip_dst), &ip->ip_dst);
}
