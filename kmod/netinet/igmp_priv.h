/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * igmp_priv.h - between igmp.c, which knows what has to be said and when, and
 * igmp_report.c, which says it.
 */
#ifndef _BSDNET_IGMP_PRIV_H
#define _BSDNET_IGMP_PRIV_H

#include <linux/types.h>

struct in_sources;

/* Messages. RFC 9776 4 */
#define IGMP_QUERY		0x11
#define IGMP_V1_REPORT		0x12
#define IGMP_V2_REPORT		0x16
#define IGMP_V2_LEAVE		0x17
#define IGMP_V3_REPORT		0x22

/* Queries and reports of v1 and v2; those of v3 go on. */
struct igmp {
	u8		igmp_type;
	u8		igmp_code;	/* of a query: longest time to the answer */
	__sum16		igmp_cksum;
	__be32		igmp_group;	/* 0: all */
};

/* What is said of a group. */
enum igmp_say {
	IGMP_ANSWER,	/* to a query */
	IGMP_CHANGE,	/* of our own accord */
	IGMP_NSAY
};

/* igmp_report.c */
void bsd_igmp_send(unsigned int ifidx, __be32 group, enum igmp_say say,
		   const struct in_sources *about, unsigned int version);

#endif /* _BSDNET_IGMP_PRIV_H */
