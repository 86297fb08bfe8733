/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * counters.h - free-running 64 bit per-CPU counters, one group a protocol.
 *
 * A counter's id is (group << 8 | index): the id alone finds the cell, so that
 * m_drop(m, IPS_BADSUM) can count, trace and name its reason. Each owner has
 * one enum (in its _var.h) and one table of names; the sentence in the table is
 * what "netstat -s" prints. Never reset.
 */
#ifndef _BSDNET_COUNTERS_H
#define _BSDNET_COUNTERS_H

#include <linux/percpu.h>
#include <linux/types.h>

enum counter_group {
	CG_MBUF,
	CG_SOFTNET,
	CG_NETLOCK,
	CG_IF,
	CG_ETHER,
	CG_ARP,
	CG_RTABLE,
	CG_IP,
	CG_ICMP,
	CG_IGMP,
	CG_MROUTE,
	CG_RAW,
	CG_UDP,
	CG_TCP,
	CG_SOCKET,
	CG_PCB,
	CG_SPLICE,
	CG_MAX
};

/* First id of a group: enum { IPS_TOTAL = COUNTER_FIRST(CG_IP), ... }. */
#define COUNTER_FIRST(group)	((group) << 8)
#define COUNTER_GROUP(id)	((id) >> 8)
#define COUNTER_INDEX(id)	((id) & 0xff)

/* One row of an owner's table; [COUNTER_INDEX(id)] = { "badsum", "..." }. */
struct counter_desc {
	const char	*cd_name;	/* [I] word, the JSON key */
	const char	*cd_text;	/* [I] what netstat -s prints behind the number */
};

extern u64 __percpu *counter_cells[CG_MAX];

/**
 * counter_inc() - count one event
 * @id: counter, of a registered group
 *
 * Context: Any.
 */
static inline void counter_inc(unsigned int id)
{
	this_cpu_inc(counter_cells[COUNTER_GROUP(id)][COUNTER_INDEX(id)]);
}

/**
 * counter_add() - count several events at once
 * @id: counter, of a registered group
 * @n:  how many
 *
 * Context: Any.
 */
static inline void counter_add(unsigned int id, u64 n)
{
	this_cpu_add(counter_cells[COUNTER_GROUP(id)][COUNTER_INDEX(id)], n);
}

int counter_register(enum counter_group group, const char *name,
		     const struct counter_desc *descs, unsigned int n);
void counter_unregister(enum counter_group group);
u64 counter_read(unsigned int id);
const char *counter_group_name(enum counter_group group);
unsigned int counter_group_size(enum counter_group group);
const struct counter_desc *counter_describe(unsigned int id);

#endif /* _BSDNET_COUNTERS_H */
