/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * in.h - IPv4 addresses and the Internet checksum.
 */
#ifndef _BSDNET_IN_H
#define _BSDNET_IN_H

#include <linux/types.h>
#include <uapi/linux/in.h>
#include <asm/byteorder.h>

struct mbuf;

#define BSD_IPPROTO_MAX	256

static inline bool in_multicast(__be32 a)
{
	return (a & htonl(0xf0000000)) == htonl(0xe0000000);
}

static inline bool in_loopback(__be32 a)
{
	return (a & htonl(0xff000000)) == htonl(0x7f000000);
}

/* 0/8 (RFC 1122 3.2.1.3), 240/4 without broadcast (RFC 1112 4). */
static inline bool in_zeronet(__be32 a)
{
	return !(a & htonl(0xff000000));
}

static inline bool in_experimental(__be32 a)
{
	return (a & htonl(0xf0000000)) == htonl(0xf0000000) && a != htonl(0xffffffff);
}

static inline __be32 in_plen2mask(unsigned int plen)
{
	return plen ? htonl(~0U << (32 - plen)) : 0;
}

/* in_cksum.c, RFC 1071: folded, complemented, ready to store. */
u16 in_cksum(const struct mbuf *m, u32 off, u32 len);
u16 in_cksum_buf(const void *buf, u32 len);
u16 in4_cksum(const struct mbuf *m, u8 proto, __be32 src, __be32 dst, u32 off, u32 len);
/* Pseudo header only, folded and not complemented: what offload wants in the field. */
u16 in4_pseudo(u8 proto, __be32 src, __be32 dst, u32 len);
/* Fill in what is pending (M_*_CSUM_OUT) that @caps (IFCAP_*) cannot. @m starts with
 * the IP header. Returns the packet or NULL (dropped, counted).
 */
struct mbuf *in_proto_cksum_out(struct mbuf *m, u32 caps);

#endif /* _BSDNET_IN_H */
