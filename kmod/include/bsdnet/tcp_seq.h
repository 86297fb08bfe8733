/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * tcp_seq.h - arithmetic of sequence numbers, modulo 2^32 (RFC 9293 3.4).
 *
 * Comparisons hold for numbers less than 2^31 apart.
 */
#ifndef _BSDNET_TCP_SEQ_H
#define _BSDNET_TCP_SEQ_H

#include <linux/types.h>

static inline bool seq_lt(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool seq_leq(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

static inline bool seq_gt(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

static inline bool seq_geq(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

static inline u32 seq_max(u32 a, u32 b)
{
	return seq_gt(a, b) ? a : b;
}

#endif /* _BSDNET_TCP_SEQ_H */
