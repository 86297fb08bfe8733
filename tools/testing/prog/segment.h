/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * segment.h - TCP segments in Ethernet frames, right ones and wrong ones, for
 * fuzz-segments.c. Numbers are in host order.
 */
#ifndef _BSDNET_SEGMENT_H
#define _BSDNET_SEGMENT_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include "bytes.h"

#define TH_ECE		0x40
#define TH_CWR		0x80
#define SEGMENT_MAXOPT	40
#define SEGMENT_MAXDATA	1400

/* What is wrong with a segment. One of LIE_SUM and up is for nobody to take. */
enum lie {
	LIE_NONE,
	LIE_SUM,		/* the checksum */
	LIE_OFFSET,		/* the header's length: too small, or beyond the end */
	LIE_SHORT,		/* ends inside the header, says the IP header */
	LIE_CUT,		/* ends before the IP header says so */
	LIE_BIT,		/* one bit */
	LIE_N
};

struct segment {
	unsigned int	sg_sport, sg_dport;
	uint32_t	sg_seq, sg_ack;
	unsigned int	sg_flags, sg_win, sg_urg;
	enum lie	sg_lie;
	unsigned int	sg_optlen, sg_len;
	uint8_t		sg_opt[SEGMENT_MAXOPT];
	const uint8_t	*sg_in;				/* data of one that came */
	uint8_t		sg_data[SEGMENT_MAXDATA];	/* of one to send */
	unsigned int	sg_framelen;
	uint8_t		sg_frame[54 + SEGMENT_MAXOPT + SEGMENT_MAXDATA];
};

static void segment_start(struct segment *sg, unsigned int sport, unsigned int dport,
			  uint32_t seq, uint32_t ack, unsigned int flags)
{
	sg->sg_sport = sport;
	sg->sg_dport = dport;
	sg->sg_seq = seq;
	sg->sg_ack = ack;
	sg->sg_flags = flags & 0xff;
	sg->sg_win = 65535;
	sg->sg_urg = 0;
	sg->sg_lie = LIE_NONE;
	sg->sg_optlen = 0;
	sg->sg_len = 0;
}

/* Add an option if there is room, @len bytes that say @told; kind and length in front. */
static void segment_option(struct segment *sg, unsigned int kind, unsigned int told,
			   const uint8_t *value, unsigned int len)
{
	uint8_t *p = sg->sg_opt + sg->sg_optlen;

	if (sg->sg_optlen + len > SEGMENT_MAXOPT)
		return;
	p[0] = kind;
	p[1] = told;
	memcpy(p + 2, value, len - 2);
	sg->sg_optlen += len;
}

static void segment_tstamp(struct segment *sg, uint32_t val, uint32_t ecr)
{
	uint8_t value[8];

	put32(value, val);
	put32(value + 4, ecr);
	segment_option(sg, TCPOPT_TIMESTAMP, 10, value, 10);
}

/* Blocks near @base: below, around and above it, empty, overlapping, wrong way round. */
static void segment_sack(struct segment *sg, uint32_t base, uint32_t width)
{
	unsigned int n = 1 + rnd_below(4), len = 2 + 8 * n, i;
	uint8_t value[32];

	for (i = 0; i < n; i++) {
		uint32_t left = base + rnd_below(2 * width) - width;
		uint32_t right = left + rnd_below(width);

		if (rnd_one_in(4))
			left = rnd_one_in(2) ? base : base + 0x80000000U;
		if (rnd_one_in(6))
			right = rnd_one_in(2) ? left : left - 1 - rnd_below(width);
		put32(value + 8 * i, left);
		put32(value + 8 * i + 4, rnd_one_in(16) ? rnd() : right);
	}
	segment_option(sg, TCPOPT_SACK, rnd_one_in(8) ? rnd_below(256) : len, value, len);
}

/* Options of any kind, mostly of the right length. @tstamp: one may be a timestamp. */
static void segment_random_options(struct segment *sg, bool tstamp)
{
	static const uint8_t lengths[] = { [0] = 2, [1] = 2, [2] = 4, [3] = 3, [4] = 2, [5] = 10,
					   [8] = 10, [19] = 18, [28] = 4, [34] = 10 };
	uint8_t value[16];
	unsigned int i;

	while (!rnd_one_in(3)) {
		unsigned int kind = rnd_one_in(8) ? rnd_below(256) : rnd_below(9);
		unsigned int len = kind < sizeof(lengths) ? lengths[kind] : 0;

		if (kind == TCPOPT_TIMESTAMP && !tstamp)
			continue;
		if (!len)
			len = 2 + rnd_below(10);
		for (i = 0; i < sizeof(value); i++)
			value[i] = rnd_one_in(3) ? 0 : rnd();
		segment_option(sg, kind, rnd_one_in(6) ? rnd_below(256) : len, value, len);
	}
}

/* Data that belongs to nothing. */
static void segment_garbage(struct segment *sg, unsigned int len)
{
	memset(sg->sg_data, rnd(), len);
	sg->sg_len = len;
}

static unsigned int frame_ip(uint8_t *frame, const uint8_t *from, const uint8_t *to, uint32_t src,
			     uint32_t dst, unsigned int proto, unsigned int len)
{
	uint8_t *ip = frame + 14;

	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	put16(frame + 12, 0x0800);
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, 20 + len);
	ip[8] = 64;
	ip[9] = proto;
	put32(ip + 12, src);
	put32(ip + 16, dst);
	put16(ip + 10, fold(sum(ip, 20)));
	return 34 + len;
}

/* An echo request of 60 bytes. */
static void frame_echo(uint8_t *frame, const uint8_t *from, const uint8_t *to, uint32_t src,
		       uint32_t dst, unsigned int seq)
{
	uint8_t *icmp = frame + 34;

	frame_ip(frame, from, to, src, dst, IPPROTO_ICMP, 26);
	memset(icmp, 0, 26);
	icmp[0] = 8;
	put16(icmp + 6, seq);
	put16(icmp + 2, fold(sum(icmp, 26)));
}

static void segment_lie(struct segment *sg)
{
	unsigned int tcplen = 20 + sg->sg_optlen + sg->sg_len;
	uint8_t *ip = sg->sg_frame + 14, *th = ip + 20;

	switch (sg->sg_lie) {
	case LIE_SUM:
		th[16 + rnd_below(2)] ^= 1 << rnd_below(8);
		break;
	case LIE_OFFSET:
		th[12] = rnd_below(5) << 4;
		if (tcplen < 60 && rnd_one_in(2))
			th[12] = 15 << 4;
		put16(th + 16, 0);
		put16(th + 16, fold(sum(th, tcplen) + sum(th - 8, 8) + IPPROTO_TCP + tcplen));
		break;
	case LIE_SHORT:
		put16(ip + 2, 20 + rnd_below(20));
		put16(ip + 10, 0);
		put16(ip + 10, fold(sum(ip, 20)));
		break;
	case LIE_CUT:
		sg->sg_framelen = 14 + rnd_below(20 + tcplen);
		break;
	case LIE_BIT:
		ip[rnd_below(20 + tcplen)] ^= 1 << rnd_below(8);
		break;
	default:
		break;
	}
}

/* The frame of a segment. */
static void segment_build(struct segment *sg, const uint8_t *from, const uint8_t *to,
			  uint32_t src, uint32_t dst)
{
	uint8_t *th = sg->sg_frame + 34;
	unsigned int tcplen;

	while (sg->sg_optlen % 4)
		sg->sg_opt[sg->sg_optlen++] = TCPOPT_NOP;
	tcplen = 20 + sg->sg_optlen + sg->sg_len;
	sg->sg_framelen = frame_ip(sg->sg_frame, from, to, src, dst, IPPROTO_TCP, tcplen);
	put16(th, sg->sg_sport);
	put16(th + 2, sg->sg_dport);
	put32(th + 4, sg->sg_seq);
	put32(th + 8, sg->sg_ack);
	th[12] = (20 + sg->sg_optlen) / 4 << 4;
	th[13] = sg->sg_flags;
	put16(th + 14, sg->sg_win);
	put16(th + 16, 0);
	put16(th + 18, sg->sg_urg);
	memcpy(th + 20, sg->sg_opt, sg->sg_optlen);
	memcpy(th + 20 + sg->sg_optlen, sg->sg_data, sg->sg_len);
	put16(th + 16, fold(sum(th, tcplen) + sum(th - 8, 8) + IPPROTO_TCP + tcplen));
	segment_lie(sg);
}

/* What a frame says; its data is not copied. False: it is no segment. */
static bool segment_parse(struct segment *sg, const uint8_t *frame, unsigned int framelen)
{
	const uint8_t *ip = frame + 14, *th = ip + 20;
	unsigned int iplen = get16(ip + 2), thlen;

	if (framelen < 54 || ip[9] != IPPROTO_TCP || iplen > framelen - 14)
		return false;
	thlen = th[12] >> 4 << 2;
	if (thlen < 20 || iplen < 20 + thlen)
		return false;
	segment_start(sg, get16(th), get16(th + 2), get32(th + 4), get32(th + 8), th[13]);
	sg->sg_win = get16(th + 14);
	sg->sg_optlen = thlen - 20;
	memcpy(sg->sg_opt, th + 20, sg->sg_optlen);
	sg->sg_in = th + thlen;
	sg->sg_len = iplen - 20 - thlen;
	return true;
}

/* The option of a segment that came, NULL: it has none. */
static const uint8_t *segment_find(const struct segment *sg, unsigned int kind)
{
	unsigned int at = 0;

	while (at + 1 < sg->sg_optlen && sg->sg_opt[at] != TCPOPT_EOL) {
		if (sg->sg_opt[at] == kind)
			return sg->sg_opt + at;
		at += sg->sg_opt[at] == TCPOPT_NOP || sg->sg_opt[at + 1] < 2 ?
			1 : sg->sg_opt[at + 1];
	}
	return NULL;
}

#endif /* _BSDNET_SEGMENT_H */
