/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * kassert.h - KASSERT: a broken invariant is told once and counted, and the
 * code after it must survive. Never a panic.
 */
#ifndef _BSDNET_KASSERT_H
#define _BSDNET_KASSERT_H

#include <linux/bug.h>

/* True if @cond holds; warns (once a place) if it does not. */
#define KASSERT(cond)		({ !WARN_ON_ONCE(!(cond)); })

#endif /* _BSDNET_KASSERT_H */
