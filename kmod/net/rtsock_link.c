// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rtsock_link.c - messages to routing sockets about interfaces and their addresses.
 *
 * Not in the packet path: if.c, if_link.c and if_addr.c call here after a change.
 * Context: process, rtnl or netlock held; nothing here sleeps.
 */
#include <bsdnet/rtsock.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in_var.h>

/**
 * rtsock_put_ifinfo() - a message about an interface
 * @rb:  room
 * @ifp: attached
 *
 * Context: rtnl held, or section.
 */
void rtsock_put_ifinfo(struct rtsock_buf *rb, struct ifnet *ifp)
{
	static_assert(sizeof(struct bsd_if_msghdr) + sizeof(struct bsd_sockaddr_dl) <=
		      RTSOCK_MSGMAX);
	rtsock_begin(rb, BSD_RTM_IFINFO, sizeof(rb->rb_if));
	rb->rb_hdr.rtm_index = ifp->if_index;
	rb->rb_hdr.rtm_tableid = ifp->if_rdomain;
	rb->rb_hdr.rtm_flags = READ_ONCE(ifp->if_flags);
	if_getdata(ifp, &rb->rb_if.ifm_data);
	rtsock_put_link(rb, BSD_RTA_IFP, ifp->if_index, ifp->if_lladdr);
}

/**
 * rtsock_put_ifaddr() - a message about an address of an interface
 * @rb:   room
 * @type: BSD_RTM_NEWADDR or BSD_RTM_DELADDR
 * @ifa:  IPv4 address
 *
 * Context: netlock exclusive, or section.
 */
void rtsock_put_ifaddr(struct rtsock_buf *rb, u8 type, struct ifaddr *ifa)
{
	struct bsd_in_ifaddr *ia = ifatoia(ifa);
	struct ifnet *ifp = ifa->ifa_ifp;

	rtsock_begin(rb, type, sizeof(rb->rb_hdr));
	rb->rb_hdr.rtm_index = ifp->if_index;
	rb->rb_hdr.rtm_tableid = ifp->if_rdomain;
	rtsock_put_in(rb, BSD_RTA_NETMASK, &((struct sockaddr_in *)ifa->ifa_netmask)->sin_addr);
	rtsock_put_link(rb, BSD_RTA_IFP, ifp->if_index, NULL);
	rtsock_put_in(rb, BSD_RTA_IFA, &ia->ia_addr.sin_addr);
	if (ifa->ifa_dstaddr)
		rtsock_put_in(rb, BSD_RTA_BRD,
			      &((struct sockaddr_in *)ifa->ifa_dstaddr)->sin_addr);
}

/**
 * rtsock_ifinfo() - tell that flags, link, MTU or address of an interface changed
 * @ifp: attached
 *
 * Context: rtnl held.
 */
void rtsock_ifinfo(struct ifnet *ifp)
{
	struct rtsock_buf rb;

	if (!rtsock_wanted(BSD_RTM_IFINFO))
		return;
	rtsock_put_ifinfo(&rb, ifp);
	rtsock_send(&rb, 0, false, NULL);
}

/**
 * rtsock_ifannounce() - tell that an interface came or goes
 * @ifp:  attached
 * @what: BSD_IFAN_*
 *
 * Context: rtnl held.
 */
void rtsock_ifannounce(struct ifnet *ifp, u32 what)
{
	struct rtsock_buf rb;

	if (!rtsock_wanted(BSD_RTM_IFANNOUNCE))
		return;
	rtsock_begin(&rb, BSD_RTM_IFANNOUNCE, sizeof(rb.rb_hdr));
	rb.rb_hdr.rtm_index = ifp->if_index;
	rb.rb_hdr.rtm_tableid = ifp->if_rdomain;
	rb.rb_hdr.rtm_flags = what;
	rtsock_put_link(&rb, BSD_RTA_IFP, ifp->if_index, NULL);
	rtsock_send(&rb, 0, false, NULL);
}

/**
 * rtsock_ifaddr() - tell that an interface got or lost an address
 * @type: BSD_RTM_NEWADDR or BSD_RTM_DELADDR
 * @ifa:  address
 *
 * Context: netlock exclusive.
 */
void rtsock_ifaddr(u8 type, struct ifaddr *ifa)
{
	struct rtsock_buf rb;

	if (!rtsock_wanted(type) || ifa->ifa_addr->sa_family != AF_INET)
		return;
	rtsock_put_ifaddr(&rb, type, ifa);
	rtsock_send(&rb, AF_INET, false, NULL);
}
