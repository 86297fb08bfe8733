/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * netlock_priv.h - counters and histograms of the net lock. Private to netlock/.
 */
#ifndef _NETLOCK_PRIV_H
#define _NETLOCK_PRIV_H

#include <bsdnet/counters.h>

enum netlock_counter {
	NLS_SHARED = COUNTER_FIRST(CG_NETLOCK),
	NLS_EXCLUSIVE,
	NLS_CONTENDED,
	NLS_WAIT_NS,
	NLS_HOLD_NS,
	NLS_LADDER,
	NLS_LADDER_CONTENDED,
	NLS_LADDER_WAIT_NS,
	NLS_END
};

int netlock_stat_init(void);
void netlock_stat_exit(void);
void netlock_stat_wait(unsigned int counter, u64 ns, bool exclusive);
void netlock_stat_hold(u64 ns, bool exclusive);
extern const char *const netlock_mode_names[];

#endif /* _NETLOCK_PRIV_H */
