/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * bytes.h - what the fuzzers of frames share: numbers in network order, checksums.
 */
#ifndef _BSDNET_BYTES_H
#define _BSDNET_BYTES_H

#include <stdint.h>

static inline void put16(uint8_t *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static inline unsigned int get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline uint32_t sum(const uint8_t *p, unsigned int len)
{
	uint32_t s = 0;

	for (; len > 1; len -= 2, p += 2)
		s += get16(p);
	return len ? s + (p[0] << 8) : s;
}

static inline unsigned int fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s & 0xffff;
}

#endif /* _BSDNET_BYTES_H */
