/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ip.h - IPv4 on the wire. Source: RFC 791, RFC 2474, RFC 3168.
 */
#ifndef _BSDNET_IP_H
#define _BSDNET_IP_H

#include <linux/types.h>
#include <asm/byteorder.h>

struct ip {
#if defined(__LITTLE_ENDIAN_BITFIELD)
	u8	ip_hl:4, ip_v:4;	/* header length in words; version */
#else
	u8	ip_v:4, ip_hl:4;
#endif
	u8	ip_tos;
	__be16	ip_len;		/* header and data, bytes */
	__be16	ip_id;
	__be16	ip_off;		/* IP_OFF_* and offset in 8 bytes */
	u8	ip_ttl;
	u8	ip_p;
	__sum16	ip_sum;
	__be32	ip_src;
	__be32	ip_dst;
};

#define IPVERSION	4
#define IP_MAXPACKET	65535
#define IP_MINMTU	68	/* RFC 791 3.2 */
#define IP_OFF_RF	0x8000
#define IP_OFF_DF	0x4000
#define IP_OFF_MF	0x2000
#define IP_OFF_MASK	0x1fff

/* ip_tos: RFC 3168 5 */
#define IPTOS_ECN_MASK		0x03
#define IPTOS_ECN_NOTECT	0x00
#define IPTOS_ECN_ECT0		0x02
#define IPTOS_ECN_CE		0x03

#define BSD_IPOPT_EOL		0
#define BSD_IPOPT_NOP		1
#define BSD_IPOPT_RR		7
#define BSD_IPOPT_TS		68
#define BSD_IPOPT_SECURITY	130
#define BSD_IPOPT_LSRR		131
#define BSD_IPOPT_SSRR		137
#define BSD_IPOPT_RA		148

#endif /* _BSDNET_IP_H */
