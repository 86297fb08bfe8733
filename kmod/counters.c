// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * counters.c - the per-CPU cells behind counter_inc(), and their names.
 *
 * Not in the packet path: here groups are made, summed and listed. A group's
 * cells exist from counter_register() to counter_unregister(), which its owner
 * calls from init and exit; the owner counts only between the two.
 */
#include <bsdnet/counters.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>

/* What is known of one group. Written by its owner's init and exit only. */
struct counter_table {
	const char			*ct_name;	/* [I] NULL: not registered */
	const struct counter_desc	*ct_descs;	/* [I] */
	unsigned int			 ct_n;		/* [I] */
};

static struct counter_table counter_tables[CG_MAX];

u64 __percpu *counter_cells[CG_MAX];
BSDNET_EXPORT(counter_cells);

/**
 * counter_register() - make the cells of a group
 * @group: group, not registered
 * @name:  "ip"
 * @descs: a row a counter, in the order of the ids
 * @n:     rows
 *
 * Context: Process, may sleep.
 * Return:  0 or -ENOMEM.
 */
int counter_register(enum counter_group group, const char *name,
		     const struct counter_desc *descs, unsigned int n)
{
	counter_cells[group] = __alloc_percpu(n * sizeof(u64), sizeof(u64));
	if (!counter_cells[group])
		return -ENOMEM;
	counter_tables[group] = (struct counter_table){ name, descs, n };
	return 0;
}

BSDNET_EXPORT(counter_register);

/**
 * counter_unregister() - free the cells of a group
 * @group: group that nobody counts in any more
 *
 * Context: Process.
 */
void counter_unregister(enum counter_group group)
{
	counter_tables[group] = (struct counter_table){};
	free_percpu(counter_cells[group]);
	counter_cells[group] = NULL;
}

BSDNET_EXPORT(counter_unregister);

/**
 * counter_read() - sum a counter over all CPUs
 * @id: counter of a registered group
 *
 * Return: events since the module was loaded.
 */
u64 counter_read(unsigned int id)
{
	const u64 __percpu *cells = counter_cells[COUNTER_GROUP(id)];
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(cells, cpu)[COUNTER_INDEX(id)]);
	return sum;
}

BSDNET_EXPORT(counter_read);

/**
 * counter_group_name() - name of a group
 * @group: group
 *
 * Return: name, NULL if it is not registered.
 */
const char *counter_group_name(enum counter_group group)
{
	return group < CG_MAX ? counter_tables[group].ct_name : NULL;
}

/**
 * counter_group_size() - number of counters of a group
 * @group: group
 *
 * Return: counters, 0 if it is not registered.
 */
unsigned int counter_group_size(enum counter_group group)
{
	return group < CG_MAX ? counter_tables[group].ct_n : 0;
}

/**
 * counter_describe() - words of a counter
 * @id: any number
 *
 * Return: its row, NULL if there is no such counter.
 */
const struct counter_desc *counter_describe(unsigned int id)
{
	unsigned int group = COUNTER_GROUP(id);

	if (group >= CG_MAX || COUNTER_INDEX(id) >= counter_tables[group].ct_n)
		return NULL;
	return &counter_tables[group].ct_descs[COUNTER_INDEX(id)];
}
