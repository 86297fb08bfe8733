// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_cksum.c - the Internet checksum over mbufs, and checksums left pending.
 *
 * Output path: ip_output, forwarding and bridges -> in_proto_cksum_out() -> the
 * interface. Receive path: protocols verify with in4_cksum() what no device has.
 *
 * Bytes are summed by the architecture's csum_partial(), one piece of the chain
 * at a time. The sum does not depend on where a piece begins but on the parity
 * of the bytes before it: that of a piece behind an odd number of bytes has its
 * bytes swapped (RFC 1071 2.(B)), which on a 32-bit sum is a rotation by 8.
 *
 * Context: any but hard interrupt; packets belong to their owner, no locks.
 * Source: RFC 1071; pseudo headers of RFC 768, RFC 9293 3.1.
 */
#include <bsdnet/in.h>
#include <bsdnet/if_var.h>
#include <bsdnet/ip.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/udp.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <asm/checksum.h>

/* Where transport protocols have their checksum, bytes from their header. */
#define TCP_SUM_OFF	16
#define UDP_SUM_OFF	6
#define ICMP_SUM_OFF	2

/* Ones' complement sum of two sums. */
static u32 sum_add(u32 a, u32 b)
{
	a += b;
	return a + (a < b);
}

/* Add the 16-bit halves until 16 bits are left. */
static u16 sum_fold(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static u32 sum_buf(const void *buf, u32 len)
{
	return (__force u32)csum_partial(buf, len, 0);
}

/* Add the @len bytes at @off of @m to @sum. False if @m is shorter (counted). */
static bool sum_mbuf(const struct mbuf *m, u32 off, u32 len, u32 *sum)
{
	bool odd = false;
	u32 part;
	u32 k;

	for (; m && off >= m->m_len; m = m->m_next)
		off -= m->m_len;
	for (; len && m; m = m->m_next) {
		k = min_t(u32, m->m_len - off, len);
		part = sum_buf(m->m_data + off, k);
		*sum = sum_add(*sum, odd ? rol32(part, 8) : part);
		odd ^= k & 1;
		len -= k;
		off = 0;
	}
	if (likely(!len))
		return true;
	counter_inc(MBS_BADARG);
	return false;
}

static u32 sum_pseudo(u8 proto, __be32 src, __be32 dst, u32 len)
{
	u32 sum;

	sum = sum_add((__force u32)src, (__force u32)dst);
	sum = sum_add(sum, (__force u32)htonl(len));
	return sum_add(sum, (__force u32)htonl(proto));
}

/**
 * in_cksum() - checksum of bytes of a packet
 * @m:   packet or chain
 * @off: first byte
 * @len: bytes
 *
 * Context: Any.
 * Return:  Folded and complemented, in the order of the packet: stored as it is.
 *          Over data with its checksum, 0 if that is right. 0xffff if @m is
 *          shorter, which no verification takes for right (counted).
 * Source:  RFC 1071.
 */
u16 in_cksum(const struct mbuf *m, u32 off, u32 len)
{
	u32 sum = 0;

	if (unlikely(!sum_mbuf(m, off, len, &sum)))
		return 0xffff;
	return ~sum_fold(sum);
}

BSDNET_EXPORT(in_cksum);

/**
 * in_cksum_buf() - checksum of bytes in one piece
 * @buf: bytes
 * @len: how many
 *
 * Context: Any.
 * Return:  As in_cksum().
 */
u16 in_cksum_buf(const void *buf, u32 len)
{
	return ~sum_fold(sum_buf(buf, len));
}

BSDNET_EXPORT(in_cksum_buf);

/**
 * in4_cksum() - checksum of a transport packet with its IPv4 pseudo header
 * @m:     packet or chain
 * @proto: protocol number
 * @src:   source address
 * @dst:   destination address
 * @off:   first byte of the transport header
 * @len:   bytes of transport header and data
 *
 * Context: Any.
 * Return:  As in_cksum().
 * Source:  RFC 768; RFC 9293 3.1.
 */
u16 in4_cksum(const struct mbuf *m, u8 proto, __be32 src, __be32 dst, u32 off, u32 len)
{
	u32 sum = sum_pseudo(proto, src, dst, len);

	if (unlikely(!sum_mbuf(m, off, len, &sum)))
		return 0xffff;
	return ~sum_fold(sum);
}

BSDNET_EXPORT(in4_cksum);

/**
 * in4_pseudo() - sum of an IPv4 pseudo header
 * @proto: protocol number
 * @src:   source address
 * @dst:   destination address
 * @len:   bytes of transport header and data
 *
 * Context: Any.
 * Return:  Folded, not complemented: what a device that fills in checksums wants
 *          to find in the field.
 */
u16 in4_pseudo(u8 proto, __be32 src, __be32 dst, u32 len)
{
	return sum_fold(sum_pseudo(proto, src, dst, len));
}

BSDNET_EXPORT(in4_pseudo);

/* What of @flags (pending) a device with @caps fills in itself. */
static u16 cksum_offloaded(u16 flags, u32 caps)
{
	u16 done = 0;

	if (caps & IFCAP_CSUM_IPV4)
		done |= M_IPV4_CSUM_OUT;
	if (caps & IFCAP_CSUM_TCP4)
		done |= M_TCP_CSUM_OUT;
	if (caps & IFCAP_CSUM_UDP4)
		done |= M_UDP_CSUM_OUT;
	return flags & done;
}

/* The place of the pending transport checksum in its header. */
static u32 cksum_field(u16 flags)
{
	if (flags & M_TCP_CSUM_OUT)
		return TCP_SUM_OFF;
	if (flags & M_UDP_CSUM_OUT)
		return UDP_SUM_OFF;
	return ICMP_SUM_OFF;
}

/*
 * The transport checksum of @m, of @len bytes behind @hlen bytes of IP header,
 * all headers in one writable piece.
 */
static void cksum_proto(struct mbuf *m, u32 hlen, u32 len, u16 offloaded)
{
	struct ip *ip = mtod(m, struct ip *);
	u16 flags = m->m_pkthdr.csum_flags;
	__sum16 *field;
	u16 sum;

	field = (__sum16 *)(m->m_data + hlen + cksum_field(flags));
	if (offloaded) {
		*field = (__force __sum16)in4_pseudo(ip->ip_p, ip->ip_src, ip->ip_dst, len);
		return;
	}
	*field = 0;
	if (flags & (M_TCP_CSUM_OUT | M_UDP_CSUM_OUT))
		sum = in4_cksum(m, ip->ip_p, ip->ip_src, ip->ip_dst, hlen, len);
	else
		sum = in_cksum(m, hlen, len);
	if (flags & M_UDP_CSUM_OUT) {
		/* RFC 768: 0 means that there is none. */
		if (!sum)
			sum = 0xffff;
		counter_inc(UDPS_OUTSWCSUM);
	}
	*field = (__force __sum16)sum;
	m->m_pkthdr.csum_flags &= ~M_PROTO_CSUM_OUT;
}

/**
 * in_proto_cksum_out() - fill in the checksums that the device does not
 * @m:    IPv4 packet, complete, header in front; consumed
 * @caps: IFCAP_* of the device it goes out by; 0 before fragmenting it
 *
 * For a transport checksum that the device fills in, the field gets the sum of
 * the pseudo header, and the flag stays. ICMP is always done here. Nothing is
 * done for a device that needs no checksums (IFCAP_NOCSUM): the flags stay, and
 * tell the receiver that the data never left memory.
 *
 * Headers in shared storage are copied before they are written.
 *
 * Context: Any but hard interrupt; does not sleep.
 * Return:  Packet, or NULL if it is shorter than its headers say or without memory;
 *          then it was dropped (counted).
 */
struct mbuf *in_proto_cksum_out(struct mbuf *m, u32 caps)
{
	u16 flags = m->m_pkthdr.csum_flags & (M_IPV4_CSUM_OUT | M_PROTO_CSUM_OUT);
	u16 offloaded;
	struct ip *ip;
	u32 need;
	u32 hlen;
	u32 len;

	if (likely(!flags || (caps & IFCAP_NOCSUM)))
		return m;
	m = m_pullup(m, sizeof(*ip));
	if (unlikely(!m))
		return NULL;
	ip = mtod(m, struct ip *);
	hlen = ip->ip_hl << 2;
	len = ntohs(ip->ip_len);
	if ((flags & M_PROTO_CSUM_OUT) && unlikely(ip->ip_off & htons(IP_OFF_MASK))) {
		/* Not the fragment that has the field: it was summed, or never will be. */
		m->m_pkthdr.csum_flags &= ~M_PROTO_CSUM_OUT;
		flags &= ~M_PROTO_CSUM_OUT;
		counter_inc(MBS_BADARG);
	}
	need = hlen;
	if (flags & M_PROTO_CSUM_OUT)
		need += cksum_field(flags) + sizeof(__sum16);
	if (unlikely(hlen < sizeof(*ip) || len < need || len > m->m_pkthdr.len)) {
		m_drop(m, IPS_BADLEN);
		return NULL;
	}
	m = m_makewritable(m, need);
	if (unlikely(!m))
		return NULL;
	offloaded = cksum_offloaded(flags, caps);
	if (flags & M_PROTO_CSUM_OUT)
		cksum_proto(m, hlen, len - hlen, offloaded & M_PROTO_CSUM_OUT);
	if (flags & M_IPV4_CSUM_OUT) {
		ip = mtod(m, struct ip *);
		ip->ip_sum = 0;
		if (!(offloaded & M_IPV4_CSUM_OUT)) {
			ip->ip_sum = (__force __sum16)in_cksum_buf(ip, hlen);
			m->m_pkthdr.csum_flags &= ~M_IPV4_CSUM_OUT;
			counter_inc(IPS_OUTSWCSUM);
		}
	}
	return m;
}

BSDNET_EXPORT(in_proto_cksum_out);
