/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * kunit_lib.h - what all test suites share.
 */
#ifndef _BSDNET_KUNIT_LIB_H
#define _BSDNET_KUNIT_LIB_H

#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/types.h>

struct mbuf;

/*
 * Leak check: .init and .exit of a suite, or called by a suite's own.
 * bsdnet_kunit_leakcheck() expects as many mbufs and bytes of storage as there
 * were at the start.
 */
int bsdnet_kunit_leakcheck_init(struct kunit *test);
void bsdnet_kunit_leakcheck(struct kunit *test);

/* A packet of @len bytes 0, 1, 2 ... (modulo 251), cut into mbufs of @piece bytes. */
struct mbuf *bsdnet_kunit_packet(struct kunit *test, u32 len, u32 piece);

/* Expect @len bytes of that sequence, from byte @from of it, at @off of @m. */
void bsdnet_kunit_expect_bytes(struct kunit *test, const struct mbuf *m, u32 off, u32 len,
			       u32 from);

/* Expect a sane packet of @len bytes: chain and header agree. */
void bsdnet_kunit_expect_packet(struct kunit *test, const struct mbuf *m, u32 len);

/* Let the @nth allocation from here on fail (1: the next); 0 ends it. False: not built in. */
static inline bool bsdnet_kunit_fail_nth(unsigned int nth)
{
#ifdef CONFIG_FAULT_INJECTION
	current->fail_nth = nth;
	return true;
#else
	return false;
#endif
}

/* Has the failure that was asked for happened? */
static inline bool bsdnet_kunit_failed(void)
{
#ifdef CONFIG_FAULT_INJECTION
	return !current->fail_nth;
#else
	return false;
#endif
}

#endif /* _BSDNET_KUNIT_LIB_H */
