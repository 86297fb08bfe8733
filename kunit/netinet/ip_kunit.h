/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ip_kunit.h - IPv4 packets for the tests of kmod/netinet.
 */
#ifndef _BSDNET_IP_KUNIT_H
#define _BSDNET_IP_KUNIT_H

#include "../lib/kunit_lib.h"
#include "../../kmod/netinet/ip_priv.h"
#include <linux/string.h>

#define IP_KUNIT_IFIDX	0x7fff0001	/* no interface has it */

/*
 * A UDP packet from 192.0.2.1 to 192.0.2.2 (RFC 5737), @optlen bytes of options,
 * @len bytes of data from the sequence of bsdnet_kunit_packet() starting at @from,
 * in mbufs of @piece bytes. Its header is complete.
 */
static inline struct mbuf *ip_kunit_packet(struct kunit *test, const u8 *opts, u32 optlen,
					   u32 from, u32 len, u32 piece)
{
	struct mbuf *m = bsdnet_kunit_packet(test, from + len, piece);
	struct ip *ip;

	m_adj(m, from);
	m = m_prepend(m, IP_HLEN + optlen, M_DONTWAIT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	ip = mtod(m, struct ip *);
	memset(ip, 0, IP_HLEN);
	ip->ip_v = IPVERSION;
	ip->ip_hl = (IP_HLEN + optlen) >> 2;
	ip->ip_len = htons(m->m_pkthdr.len);
	ip->ip_id = htons(0x1234);
	ip->ip_ttl = 64;
	ip->ip_p = IPPROTO_UDP;
	ip->ip_src = htonl(0xc0000201);
	ip->ip_dst = htonl(0xc0000202);
	if (optlen)
		memcpy(ip + 1, opts, optlen);
	ip->ip_sum = ip_hdr_cksum(ip);
	m->m_pkthdr.ph_ifidx = IP_KUNIT_IFIDX;
	return m;
}

#endif /* _BSDNET_IP_KUNIT_H */
