// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * mark.c - tell who watches the machine from outside where the measured part is.
 *
 * A mark is a nop that tools/plugin/locks.c knows. They are for programs with BENCH_MARKS in
 * the environment, of which only the part between the marks is of interest: when it is done,
 * its packets and the batches of each softnet thread are appended to the file of that name,
 * and the program ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "bench.h"

/* What the nop begins with; its number follows, and what tells it from others. */
#define NOP	".byte 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, "
#define MAGIC	", 0x00, 0x4b, 0x4d"

#define MAXCPUS	2	/* as the plugin */

static uint64_t batches[MAXCPUS];

/* Sections entered for packets so far, by the softnet thread of @cpu. */
static uint64_t read_batches(int cpu)
{
	char knob[32];

	snprintf(knob, sizeof(knob), "softnet/%d/batches", cpu);
	return read_knob(knob);
}

/* All is set up and has run once. */
void mark_begin(void)
{
	int cpu;

	if (!getenv("BENCH_MARKS"))
		return;
	for (cpu = 0; cpu < MAXCPUS; cpu++)
		batches[cpu] = read_batches(cpu);
	__asm__ volatile(NOP "0x01" MAGIC : : : "memory");
}

/* @packets later. */
void mark_end(uint64_t packets)
{
	const char *path = getenv("BENCH_MARKS");
	FILE *f;
	int cpu;

	if (!path)
		return;
	__asm__ volatile(NOP "0x02" MAGIC : : : "memory");
	f = fopen(path, "a");
	if (!f)
		die(path);
	fprintf(f, "%llu", (unsigned long long)packets);
	for (cpu = 0; cpu < MAXCPUS; cpu++)
		fprintf(f, " %llu", (unsigned long long)(read_batches(cpu) - batches[cpu]));
	if (fputs("\n", f) < 0 || fclose(f))
		die(path);
	exit(0);
}
