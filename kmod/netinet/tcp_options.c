// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_options.c - options of the TCP header, in and out.
 *
 * Receive path: tcp_input.c -> here. Send path: tcp_output.c, tcp_syncache.c -> here.
 * Context: any; no lock.
 * Source: RFC 9293 3.1, 3.2; RFC 7323 2, 3; RFC 2018 2, 3; RFC 2385 3.0;
 * RFC 7413 4.1.1.
 */
#include <bsdnet/tcp_var.h>
#include <linux/minmax.h>
#include <linux/string.h>

static u32 get_be32(const u8 *cp)
{
	__be32 v;

	memcpy(&v, cp, sizeof(v));
	return ntohl(v);
}

static void put_be32(u32 v, u8 *cp)
{
	__be32 be = htonl(v);

	memcpy(cp, &be, sizeof(be));
}

/* One option of @len bytes, kind and length included. */
static void parse_one(const u8 *cp, unsigned int len, bool syn, struct tcp_opts *to)
{
	switch (cp[0]) {
	case BSD_TCPOPT_MAXSEG:
		if (len == BSD_TCPOLEN_MAXSEG && syn)
			to->to_mss = cp[2] << 8 | cp[3];
		break;
	case BSD_TCPOPT_WINDOW:
		if (len == BSD_TCPOLEN_WINDOW && syn) {
			to->to_wscale = min_t(u8, cp[2], TCP_MAX_WINSHIFT);
			to->to_flags |= TO_WSCALE;
		}
		break;
	case BSD_TCPOPT_SACKOK:
		if (len == BSD_TCPOLEN_SACKOK && syn)
			to->to_flags |= TO_SACKOK;
		break;
	case BSD_TCPOPT_SACK:
		if (len > 2 && !((len - 2) % sizeof(struct tcp_block)) && !syn) {
			to->to_nsack = (len - 2) / sizeof(struct tcp_block);
			to->to_sack = cp + 2;
		}
		break;
	case BSD_TCPOPT_TIMESTAMP:
		if (len == BSD_TCPOLEN_TIMESTAMP) {
			to->to_tsval = get_be32(cp + 2);
			to->to_tsecr = get_be32(cp + 6);
			to->to_flags |= TO_TSTMP;
		}
		break;
	case BSD_TCPOPT_MD5:
		if (len == BSD_TCPOLEN_MD5)
			to->to_md5 = cp + 2;
		break;
	case BSD_TCPOPT_FASTOPEN:
		len -= 2;
		if (syn && (!len || (len >= TCP_FASTOPEN_MIN && len <= TCP_FASTOPEN_MAX &&
				     !(len & 1)))) {
			to->to_cookie = cp + 2;
			to->to_cookielen = len;
			to->to_flags |= TO_FASTOPEN;
		}
		break;
	}
}

/**
 * bsd_tcp_parse_options() - what the options of a segment say
 * @cp:  options, kernel memory
 * @len: bytes of them
 * @syn: the segment has SYN: options of the handshake count
 * @to:  out; zero what is not said
 *
 * Unknown options are passed over; at one whose length is impossible it ends.
 *
 * Context: Any.
 * Source:  RFC 9293 3.1 (MUST-4 to MUST-7), RFC 7323 2.3 (shift above 14 counts as 14).
 */
void bsd_tcp_parse_options(const u8 *cp, unsigned int len, bool syn, struct tcp_opts *to)
{
	unsigned int optlen;

	memset(to, 0, sizeof(*to));
	while (len) {
		if (cp[0] == BSD_TCPOPT_EOL)
			return;
		if (cp[0] == BSD_TCPOPT_NOP) {
			optlen = 1;
		} else {
			if (len < 2)
				return;
			optlen = cp[1];
			if (optlen < 2 || optlen > len)
				return;
			parse_one(cp, optlen, syn, to);
		}
		cp += optlen;
		len -= optlen;
	}
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_parse_options);

/**
 * bsd_tcp_sack_block() - a block that the peer acknowledges
 * @to: options of a segment that is still there
 * @i:  which, less than to_nsack
 *
 * Context: Any.
 * Return:  the block as it came, perhaps nonsense.
 */
struct tcp_block bsd_tcp_sack_block(const struct tcp_opts *to, unsigned int i)
{
	const u8 *cp = to->to_sack + i * sizeof(struct tcp_block);

	return (struct tcp_block){ get_be32(cp), get_be32(cp + 4) };
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_sack_block);

/**
 * bsd_tcp_build_sack() - a selective acknowledgment, aligned by two NOPs
 * @cp:     room for 4 bytes and 8 for each block
 * @blocks: blocks
 * @n:      how many, at least one
 *
 * Context: Any.
 * Source:  RFC 2018 3.
 */
void bsd_tcp_build_sack(u8 *cp, const struct tcp_block *blocks, unsigned int n)
{
	unsigned int i;

	*cp++ = BSD_TCPOPT_NOP;
	*cp++ = BSD_TCPOPT_NOP;
	*cp++ = BSD_TCPOPT_SACK;
	*cp++ = 2 + n * sizeof(struct tcp_block);
	for (i = 0; i < n; i++) {
		put_be32(blocks[i].tb_start, cp);
		put_be32(blocks[i].tb_end, cp + 4);
		cp += sizeof(struct tcp_block);
	}
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_build_sack);

/**
 * bsd_tcp_build_tstamp() - the timestamp option, aligned by two NOPs
 * @cp:  room for TCP_TSTAMP_SPACE bytes
 * @val: our clock
 * @ecr: what is echoed
 *
 * Context: Any.
 */
void bsd_tcp_build_tstamp(u8 *cp, u32 val, u32 ecr)
{
	cp[0] = BSD_TCPOPT_NOP;
	cp[1] = BSD_TCPOPT_NOP;
	cp[2] = BSD_TCPOPT_TIMESTAMP;
	cp[3] = BSD_TCPOLEN_TIMESTAMP;
	put_be32(val, cp + 4);
	put_be32(ecr, cp + 8);
}

/**
 * bsd_tcp_build_syn() - options of a SYN
 * @cp:     room for TCP_MAXOPTLEN bytes
 * @mss:    largest segment that we take
 * @wscale: shift of our windows, negative: the peer does not scale
 * @ts:     timestamp and its echo; NULL: the peer has none
 * @sack:   we take selective acknowledgments, as far as we know the peer, too
 * @sign:   with room for a signature, in front
 *
 * Context: Any.
 * Return:  bytes written, a multiple of four.
 */
unsigned int bsd_tcp_build_syn(u8 *cp, u16 mss, int wscale, const u32 ts[2], bool sack,
			       bool sign)
{
	u8 *start = cp;

	if (sign) {
		bsd_tcp_md5_build(cp);
		cp += TCP_MD5_SPACE;
	}
	*cp++ = BSD_TCPOPT_MAXSEG;
	*cp++ = BSD_TCPOLEN_MAXSEG;
	*cp++ = mss >> 8;
	*cp++ = mss & 0xff;
	if (wscale >= 0) {
		*cp++ = BSD_TCPOPT_NOP;
		*cp++ = BSD_TCPOPT_WINDOW;
		*cp++ = BSD_TCPOLEN_WINDOW;
		*cp++ = wscale;
	}
	if (ts) {
		bsd_tcp_build_tstamp(cp, ts[0], ts[1]);
		if (sack) {	/* in place of its NOPs */
			cp[0] = BSD_TCPOPT_SACKOK;
			cp[1] = BSD_TCPOLEN_SACKOK;
		}
		cp += TCP_TSTAMP_SPACE;
	} else if (sack) {
		*cp++ = BSD_TCPOPT_NOP;
		*cp++ = BSD_TCPOPT_NOP;
		*cp++ = BSD_TCPOPT_SACKOK;
		*cp++ = BSD_TCPOLEN_SACKOK;
	}
	return cp - start;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_tcp_build_syn);
