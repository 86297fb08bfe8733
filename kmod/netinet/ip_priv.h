/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ip_priv.h - what the files of the IPv4 layer share: knobs, header checksum,
 * checks of addresses, the last step of output, the softnet threads' route cache.
 */
#ifndef _BSDNET_IP_PRIV_H
#define _BSDNET_IP_PRIV_H

#include <asm/checksum.h>
#include <linux/errno.h>
#include <linux/indirect_call_wrapper.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/route.h>

#define IP_HLEN			((unsigned int)sizeof(struct ip))
#define IP_OPTMAX		40	/* bytes of options: ip_hl has four bits */
#define IP_MAXHLEN		(IP_HLEN + IP_OPTMAX)
#define IPTOS_PREC_INTERNETCONTROL	0xc0

/* Knobs; [a] all. */
extern unsigned int bsd_ip_sendredirects;	/* ip/redirect */
extern unsigned int bsd_ip_maxfragpackets;	/* ip/maxfragpackets */
extern unsigned int bsd_ip_maxfrags;	/* ip/maxfrags */
extern unsigned int bsd_ip_maxfragbytes;	/* ip/maxfragbytes */

struct bsd_rtentry *bsd_ip_rtlookup(__be32 dst, unsigned int tableid, struct route *local,
				    struct netstack *ns);
struct route *bsd_ip_rtcache(__be32 dst, struct route *local, struct netstack *ns);
void bsd_ip_forward_group(struct mbuf *m, struct ifnet *oifp, struct netstack *ns);
struct mbuf *bsd_tcp_tso_check(struct mbuf *m);
u32 bsd_tcp_tso_len(const struct mbuf *m);
int bsd_tcp_tso_output(struct ifnet *ifp, struct mbuf *m, u32 mtu, struct bsd_rtentry *rt,
		       struct netstack *ns);
int bsd_ip_fragment_output(struct ifnet *ifp, struct mbuf *m, u32 mtu, struct bsd_rtentry *rt,
			   struct netstack *ns);

/* Sum over a header of ip_hl words: 0 if right; what to store, with ip_sum zero. */
static inline __sum16 ip_hdr_cksum(const struct ip *ip)
{
	return ip_fast_csum(ip, ip->ip_hl);
}

/* Header in front of @m, which somebody checked to be there. */
static inline unsigned int ip_hdrlen(const struct ip *ip)
{
	return ip->ip_hl << 2;
}

/* 169.254/16, which routers keep on its link. RFC 3927 2.7 */
static inline bool in_linklocal(__be32 addr)
{
	return (addr & htonl(0xffff0000)) == htonl(0xa9fe0000);
}

static inline bool ip_isfragment(const struct ip *ip)
{
	return ip->ip_off & htons(IP_OFF_MF | IP_OFF_MASK);
}

/* One compare tells unicast addresses of the Internet from all others. */
static inline bool ip_unusual(__be32 addr)
{
	unsigned int net = ntohl(addr) >> 24;

	return net - 1 >= 223 || net == 127;	/* 0, 127, 224..255 */
}

static inline u32 ip_mtu(const struct bsd_rtentry *rt, const struct ifnet *ifp)
{
	u32 mtu = rt ? READ_ONCE(rt->rt_mtu) : 0;

	return mtu && mtu < ifp->if_mtu ? mtu : ifp->if_mtu;
}

static inline bool ip_ifusable(const struct ifnet *ifp)
{
	return (READ_ONCE(ifp->if_flags) & (BSD_IFF_UP | BSD_IFF_RUNNING)) ==
	       (BSD_IFF_UP | BSD_IFF_RUNNING);
}

/*
 * Give a finished packet to the link layer of @ifp. The next hop is the gateway
 * or the destination.
 */
static inline int ip_ifoutput(struct ifnet *ifp, struct mbuf *m, struct bsd_rtentry *rt,
			      struct netstack *ns)
{
	u32 flags = rt ? READ_ONCE(rt->rt_flags) : 0;
	const struct sockaddr *dst;
	struct sockaddr_in sin;

	if (flags & BSD_RTF_GATEWAY) {
		dst = &rt->rt_nh->nh_gateway.sa;
	} else {
		sin.sin_family = AF_INET;
		sin.sin_port = 0;
		sin.sin_addr.s_addr = mtod(m, struct ip *)->ip_dst;
		dst = (const struct sockaddr *)&sin;
	}
	return INDIRECT_CALL_1(ifp->if_output, bsd_ether_output, ifp, m, dst, rt, ns);
}

/*
 * Give a packet whose header is complete to the link layer of @ifp, in pieces if it is
 * longer than @mtu, checksums filled in that the device does not.
 */
static inline int ip_send(struct ifnet *ifp, struct mbuf *m, u32 mtu, struct bsd_rtentry *rt,
			  struct netstack *ns)
{
	if (unlikely(m->m_pkthdr.len > mtu))
		return bsd_ip_fragment_output(ifp, m, mtu, rt, ns);
	if (unlikely(m->m_pkthdr.csum_flags & (M_IPV4_CSUM_OUT | M_PROTO_CSUM_OUT)) &&
	    !(ifp->if_capabilities & IFCAP_NOCSUM)) {
		m = in_proto_cksum_out(m, ifp->if_capabilities);
		if (unlikely(!m))
			return -ENOBUFS;
	}
	return ip_ifoutput(ifp, m, rt, ns);
}

/* Bytes of the longest packet that @m leaves as; its headers are contiguous. */
static inline u32 ip_sendlen(const struct mbuf *m)
{
	if (unlikely(m->m_pkthdr.csum_flags & M_TCP_TSO))
		return bsd_tcp_tso_len(m);
	return m->m_pkthdr.len;
}

/*
 * What a packet must leave behind when it is answered: its way in, its link
 * layer, what devices said about it. Data, length, table and flow stay.
 */
static inline void ip_turnaround(struct mbuf *m)
{
	u32 flow = m->m_pkthdr.ph_flowid;
	u16 flowvalid = m->m_flags & M_FLOWID;

	m_resethdr(m);
	m->m_pkthdr.ph_flowid = flow;
	m->m_flags |= flowvalid;
}

/* What one option, or all of them, came to. */
enum ip_optresult {
	IPOPT_FINE,
	IPOPT_CHANGED,		/* header was written to, its sum is due */
	IPOPT_BAD,		/* iow_bad says where */
	IPOPT_SRCROUTE,
};

/* One walk over the options of a header. On the stack of whoever walks. */
struct ip_optwalk {
	u8		*iow_hdr;	/* header, writable */
	unsigned int	 iow_hlen;	/* its bytes */
	unsigned int	 iow_bad;	/* offset of the byte that is wrong */
	__be32		 iow_addr;	/* our address to record */
	unsigned int	 iow_tableid;
};

#if IS_ENABLED(CONFIG_KUNIT)
enum ip_optresult ip_opt_walk(struct ip_optwalk *iow);
bool icmp_may_answer(const struct mbuf *m);
struct mbuf *icmp_quote(const struct mbuf *m, u8 type, u8 code, u32 arg);
bool icmp_ratelimit(u64 now);
#endif /* IS_ENABLED(CONFIG_KUNIT) */

#endif /* _BSDNET_IP_PRIV_H */
