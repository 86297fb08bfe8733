/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * netstat.h - the listings of netstat, one function each.
 */
#ifndef _NETSTAT_H
#define _NETSTAT_H

#include <stdbool.h>

void netstat_groups(unsigned int rdomain, bool numeric, bool json);
void netstat_routes(unsigned int tableid, bool numeric, bool json);
void netstat_counters(const char *proto, bool json);
void netstat_memory(bool json);

#endif /* _NETSTAT_H */
