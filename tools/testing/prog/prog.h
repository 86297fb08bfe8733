/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * prog.h - what the test programs share: random numbers that a seed repeats, ends.
 */
#ifndef _BSDNET_PROG_H
#define _BSDNET_PROG_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static uint64_t rnd_state = 1;

static inline void rnd_seed(uint64_t seed)
{
	rnd_state = seed * 2862933555777941757ULL + 3037000493ULL;
}

/* xorshift64* (S. Vigna, "An experimental exploration of Marsaglia's xorshift generators"). */
static inline uint32_t rnd(void)
{
	rnd_state ^= rnd_state >> 12;
	rnd_state ^= rnd_state << 25;
	rnd_state ^= rnd_state >> 27;
	return (rnd_state * 2685821657736338717ULL) >> 32;
}

/* 0 ... n - 1 */
static inline uint32_t rnd_below(uint32_t n)
{
	return (uint64_t)rnd() * n >> 32;
}

static inline int rnd_one_in(uint32_t n)
{
	return rnd_below(n) == 0;
}

static inline void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

#endif /* _BSDNET_PROG_H */
