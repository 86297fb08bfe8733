/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * groups.h - multicast groups for fuzz-frames.c: IGMP messages, right ones and wrong
 * ones, sockets whose memberships and filters change, and a multicast router. Numbers
 * are in host order.
 */
#ifndef _BSDNET_GROUPS_H
#define _BSDNET_GROUPS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bsdnet/sock.h>
#include <linux/mroute.h>
#include "bytes.h"

#define ALL_HOSTS	0xe0000001	/* 224.0.0.1 */
#define ALL_V3_ROUTERS	0xe0000016	/* 224.0.0.22 */
#define FIRST_GROUP	0xef010100	/* 239.1.1.0 */
#define NGROUPS		6
#define IGMP_MAXLEN	1400

/* A group that somebody is in, mostly. */
static uint32_t some_group(void)
{
	return FIRST_GROUP + rnd_below(NGROUPS);
}

/* A sender that filters and the router know, or near one. */
static uint32_t some_sender(uint32_t base)
{
	return base + 2 + rnd_below(16);
}

/* How many things there are said to be where @n are. */
static unsigned int told(unsigned int n)
{
	static const uint16_t lies[] = { 0, 1, 255, 256, 359, 360, 361, 16383, 16384, 32767,
					 65535 };

	if (!rnd_one_in(5))
		return n;
	return rnd_one_in(3) ? n + 1 : rnd_one_in(2) ? n - 1 : lies[rnd_below(ARRAY_SIZE(lies))];
}

/* @n senders near @base at @p; returns their length. */
static unsigned int igmp_senders(uint8_t *p, unsigned int n, uint32_t base)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		put32(p + 4 * i, rnd_one_in(8) ? rnd() : some_sender(base));
	return 4 * n;
}

/* A query of version 3: RFC 9776 4.1 */
static unsigned int igmp_query(uint8_t *p, uint32_t base)
{
	unsigned int n = rnd_one_in(3) ? 0 : rnd_one_in(8) ? rnd_below(340) : rnd_below(8);

	p[8] = rnd();		/* S, robustness */
	p[9] = rnd();		/* the querier's interval */
	put16(p + 10, told(n));
	return 12 + igmp_senders(p + 12, n, base);
}

/* A report of version 3: RFC 9776 4.2 */
static unsigned int igmp_report(uint8_t *p, uint32_t base)
{
	unsigned int nrecords = rnd_below(6), len = 8, i;

	put16(p + 6, told(nrecords));
	for (i = 0; i < nrecords; i++) {
		unsigned int n = rnd_below(12), aux = rnd_one_in(4) ? rnd_below(4) : 0;
		uint8_t *rec = p + len;

		rec[0] = rnd_one_in(8) ? rnd() : 1 + rnd_below(6);
		rec[1] = told(aux);
		put16(rec + 2, told(n));
		put32(rec + 4, some_group());
		len += 8 + igmp_senders(rec + 8, n, base) + 4 * aux;
	}
	return len;
}

/*
 * A message at @p, IGMP_MAXLEN zeroes, without its checksum; senders are near @base.
 * *@dst is whom it goes to. @old: a query may be of version 1 or 2. Returns its length.
 */
static unsigned int igmp_message(uint8_t *p, uint32_t base, bool old, uint32_t *dst)
{
	static const uint8_t types[] = { 0x11, 0x11, 0x11, 0x11, 0x12, 0x16, 0x16, 0x17, 0x22,
					 0x22, 0x13 };
	uint32_t group = rnd_one_in(3) ? 0 : some_group();

	p[0] = rnd_one_in(16) ? rnd() : types[rnd_below(ARRAY_SIZE(types))];
	*dst = group ? group : rnd_one_in(4) ? some_group() : ALL_HOSTS;
	if (p[0] == 0x22) {
		*dst = ALL_V3_ROUTERS;
		return igmp_report(p, base);
	}
	put32(p + 4, group);
	if (p[0] != 0x11)
		return 8;
	/* Short times to the answer, or there were none. */
	p[1] = rnd_one_in(8) ? rnd() : 1 + rnd_below(3);
	if (!old || rnd_one_in(2))
		return igmp_query(p, base);
	if (rnd_one_in(2))
		p[1] = 0;
	return 8;
}

/* Give a socket's membership another filter, make it or end it. */
static void change_membership(int fd, unsigned int ifindex, uint32_t base)
{
	struct group_filter *gf;
	char room[GROUP_FILTER_SIZE(8)] __attribute__((aligned(8))) = { 0 };
	struct ip_mreqn mreq = { .imr_multiaddr.s_addr = htonl(some_group()),
				 .imr_ifindex = ifindex };
	struct sockaddr_in *sin;
	unsigned int i;

	setsockopt(fd, IPPROTO_IP, rnd_one_in(3) ? IP_DROP_MEMBERSHIP : IP_ADD_MEMBERSHIP, &mreq,
		   sizeof(mreq));
	gf = (struct group_filter *)room;
	gf->gf_interface = ifindex;
	gf->gf_fmode = rnd_one_in(2) ? MCAST_INCLUDE : MCAST_EXCLUDE;
	gf->gf_numsrc = rnd_below(9);
	sin = (struct sockaddr_in *)&gf->gf_group;
	*sin = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = mreq.imr_multiaddr };
	for (i = 0; i < gf->gf_numsrc; i++) {
		sin = (struct sockaddr_in *)&gf->gf_slist[i];
		sin->sin_family = AF_INET;
		sin->sin_addr.s_addr = htonl(some_sender(base));
	}
	setsockopt(fd, IPPROTO_IP, MCAST_MSFILTER, gf, GROUP_FILTER_SIZE(gf->gf_numsrc));
}

/* A socket that routes multicasts between two interfaces. */
static int multicast_router(unsigned int from, unsigned int to)
{
	int fd = socket(AF_BSDINET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_IGMP), one = 1;
	struct vifctl vif[2] = {
		{ .vifc_vifi = 0, .vifc_flags = VIFF_USE_IFINDEX, .vifc_lcl_ifindex = from },
		{ .vifc_vifi = 1, .vifc_flags = VIFF_USE_IFINDEX, .vifc_lcl_ifindex = to },
	};

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, MRT_INIT, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &vif[0], sizeof(vif[0])) ||
	    setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &vif[1], sizeof(vif[1])))
		fail("multicast router");
	return fd;
}

/* The router learns, or forgets, where packets of an origin near @base go. */
static void change_forwarding(int fd, uint32_t base)
{
	struct mfcctl mfc = { .mfcc_origin.s_addr = htonl(some_sender(base)),
			      .mfcc_mcastgrp.s_addr = htonl(some_group()) };

	mfc.mfcc_parent = rnd_one_in(4);
	mfc.mfcc_ttls[!mfc.mfcc_parent] = 1 + rnd_below(3);
	setsockopt(fd, IPPROTO_IP, rnd_one_in(3) ? MRT_DEL_MFC : MRT_ADD_MFC, &mfc, sizeof(mfc));
}

#endif /* _BSDNET_GROUPS_H */
