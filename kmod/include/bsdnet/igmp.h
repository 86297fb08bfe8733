/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * igmp.h - membership reports.
 */
#ifndef _BSDNET_IGMP_H
#define _BSDNET_IGMP_H

#include <linux/types.h>
#include <bsdnet/counters.h>

struct in_sources;

enum igmp_counter {
	IGMPS_QUERIES = COUNTER_FIRST(CG_IGMP),
	IGMPS_REPORTS,
	IGMPS_SENT,
	IGMPS_TOOSHORT,
	IGMPS_BADSUM,
	IGMPS_BADTTL,
	IGMPS_NOALERT,
	IGMPS_BADDST,
	IGMPS_SUPPRESSED,
	IGMPS_LIMIT,
	IGMPS_NOMEM,
	IGMPS_UNKNOWN,
	IGMPS_END
};

/* igmp.c */
void bsd_igmp_change(unsigned int ifidx, __be32 group, const struct in_sources *from,
		     const struct in_sources *to);
void bsd_igmp_ifdetach(unsigned int ifidx);
int bsd_igmp_init(void);
void bsd_igmp_exit(void);

#endif /* _BSDNET_IGMP_H */
