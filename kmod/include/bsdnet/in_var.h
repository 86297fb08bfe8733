/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * in_var.h - IPv4 addresses of interfaces.
 *
 * Locks: as if_var.h (N netlock, write exclusive; S net_srcu; I immutable).
 */
#ifndef _BSDNET_IN_VAR_H
#define _BSDNET_IN_VAR_H

#include <linux/workqueue.h>
#include <uapi/linux/in.h>
#include <bsdnet/if_var.h>

/* An IPv4 address. Found through if_addrlist, freed by ifa_put(). */
struct bsd_in_ifaddr {
	struct ifaddr		 ia_ifa;	/* first: cast from ifaddr */
	struct sockaddr_in	 ia_addr;	/* [I] */
	struct sockaddr_in	 ia_dstaddr;	/* [I] peer, or broadcast */
	struct sockaddr_in	 ia_netmask;	/* [I] */
	u8			 ia_plen;	/* [I] bits */
	bool			 ia_duplicate;	/* [a] RFC 5227: somebody else has it */
	u64			 ia_defended;	/* [a] ktime seconds of the last defence */
};

static inline struct bsd_in_ifaddr *ifatoia(struct ifaddr *ifa)
{
	return (struct bsd_in_ifaddr *)ifa;
}

/* BSIOCAIFADDR, BSIOCDIFADDR and friends; rtnl held, netlock not. */
int in_ioctl(unsigned int cmd, void *data, struct ifnet *ifp, bool admin);
int in_ifaddr_add(struct ifnet *ifp, struct in_addr addr, unsigned int plen,
		  struct in_addr dstaddr, bool has_dstaddr);
int in_ifaddr_del(struct ifnet *ifp, struct in_addr addr);
void in_ifdetach(struct ifnet *ifp);
/* Address of @ifp that best talks to @dst; NULL if it has none. Section. */
struct bsd_in_ifaddr *in_ifaddr_for(struct ifnet *ifp, __be32 dst);
/* Is @dst a broadcast address on @ifp (any of its prefixes, or all ones)? */
bool in_broadcast(__be32 dst, const struct ifnet *ifp);
bool in_ours(__be32 dst, unsigned int tableid);

#endif /* _BSDNET_IN_VAR_H */
