/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * netstat.h - the listings of netstat, one function each.
 */
#ifndef _NETSTAT_H
#define _NETSTAT_H

#include <stdbool.h>

/* Which sockets, and how. */
struct netstat_choice {
	bool		 all;		/* those without a peer, too */
	bool		 listening;	/* only listeners */
	bool		 verbose;
	const char	*proto;		/* NULL: all */
	int		 rtable;	/* -1: all */
};

void netstat_groups(unsigned int rdomain, bool numeric, bool json);
void netstat_routes(unsigned int tableid, bool numeric, bool json);
void netstat_counters(const char *proto, bool json);
void netstat_memory(bool json);
void netstat_sockets(const struct netstat_choice *nc, bool json);
bool netstat_has_sockets(const char *proto);

#endif /* _NETSTAT_H */
