/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * nc.h - who makes connections (nc.c) and what carries their data (relay.c).
 */
#ifndef _NC_H
#define _NC_H

#include <stdbool.h>
#include <netinet/in.h>

struct nc_options {
	bool		 listen, keep, udp, scan, verbose, numeric;
	bool		 shut;		/* -N: tell the peer when the input ends */
	bool		 noinput;	/* -d */
	unsigned int	 interval;	/* s between what is read */
	unsigned int	 timeout;	/* ms, 0: none */
	unsigned int	 limit;		/* -W: what comes in, times; 0: no limit */
	unsigned int	 port;		/* local, 0: any */
	struct in_addr	 source;	/* local, 0: any */
	int		 rcvbuf, sndbuf, tos, ttl, minttl;	/* 0, tos -1: the stack's own */
	int		 rtable;
};

extern struct nc_options nc;

bool nc_relay(int fd);

#endif /* _NC_H */
