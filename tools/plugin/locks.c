// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * locks.c - plugin of QEMU's emulation: which locked operations a guest's kernel executes
 * between two marks, and which cache lines more than one of its processors writes.
 *
 * A mark is a 10-byte nop, 66 2e 0f 1f 84 00 and a word of 0x4d4b0000 and its number, which
 * the measured program executes (tools/bench/mark.c): 1 begins, 2 ends and prints, one
 * thing a line, addresses hexadecimal:
 *
 *	op PC SITE TARGET N0 N1		locked operations there, by each processor
 *	store LINE PC SITE TARGET N0 N1	stores into a line of 64 bytes that both wrote often
 *	end
 *
 * Locked is what has a LOCK prefix, and XCHG with memory. SITE is the call by which a
 * processor left the modules' part of the address space and into which it has not yet
 * returned, TARGET what that called; both 0 if there is none. They tell what is done for a
 * module. That is kept a processor, not a task: where a call sleeps, it holds until that
 * processor next comes to a module or to user mode.
 *
 * Exact where the processors are emulated by one thread in turn (accel=tcg,thread=single),
 * which is also why nothing here has a lock.
 *
 * Arguments: out=FILE; least=N, how often each must have written a line to be told (16).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <qemu-plugin.h>

#define MAXCPUS		2
#define LINE_SHIFT	6
#define KERNEL		0x8000000000000000	/* and above */
#define MODULES		0xffffffffa0000000	/* of x86-64, the kernel itself is below */
#define MODULES_END	0xffffffffff000000
#define MAXINSN		15
#define HLT		0xf4

enum { MARK_BEGIN = 1, MARK_END = 2 };

/* A call instruction in a module. */
struct site {
	uint64_t	 st_pc;
	uint64_t	 st_target;	/* 0: it is in a register or in memory */
};

/* How often a thing was done by each processor. All 0 but h_line: that line's stores. */
struct hits {
	uint64_t	 h_line;	/* number of the line, 0: locked operation */
	uint64_t	 h_pc;
	struct site	 h_site;
	uint64_t	 h_n[MAXCPUS];
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static FILE *out;
static uint64_t least = 16;
static bool active;			/* between marks */
static struct site now_in[MAXCPUS];	/* which call out of a module each is in */
static struct hits *table;		/* open hash; h_line and h_pc 0: free */
static size_t slots = 1 << 16;		/* a power of two */
static size_t used;

static bool in_modules(uint64_t pc)
{
	return pc >= MODULES && pc < MODULES_END;
}

static void *must(void *p)
{
	if (!p) {
		perror("locks plugin");
		exit(1);
	}
	return p;
}

static struct hits *find(uint64_t line, uint64_t pc, const struct site *st)
{
	uint64_t hash = (line * 0x9e3779b97f4a7c15 ^ pc) * 0xff51afd7ed558ccd ^ st->st_pc;
	size_t i = (hash * 0xc4ceb9fe1a85ec53) >> 32;
	struct hits *h;

	for (;; i++) {
		h = &table[i & (slots - 1)];
		if ((!h->h_line && !h->h_pc) ||
		    (h->h_line == line && h->h_pc == pc && h->h_site.st_pc == st->st_pc))
			return h;
	}
}

static void grow(void)
{
	struct hits *old = table;
	size_t i, n = slots;

	slots *= 2;
	table = must(calloc(slots, sizeof(*table)));
	for (i = 0; i < n; i++)
		if (old[i].h_line || old[i].h_pc)
			*find(old[i].h_line, old[i].h_pc, &old[i].h_site) = old[i];
	free(old);
}

static void hit(unsigned int cpu, uint64_t line, uint64_t pc, const struct site *st)
{
	struct hits *h = find(line, pc, st);

	if (!h->h_line && !h->h_pc) {
		if (++used > slots / 2) {
			grow();
			h = find(line, pc, st);
		}
		h->h_line = line;
		h->h_pc = pc;
		h->h_site = *st;
	}
	h->h_n[cpu]++;
}

static void on_locked(unsigned int cpu, void *pc)
{
	if (active)
		hit(cpu, 0, (uintptr_t)pc, &now_in[cpu]);
}

static void on_store(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t addr, void *pc)
{
	static const struct site nowhere;

	/* Version 7.2 tells loads, too. */
	if (!active || addr < KERNEL || !qemu_plugin_mem_is_store(info))
		return;
	hit(cpu, addr >> LINE_SHIFT, 0, &nowhere);
	hit(cpu, addr >> LINE_SHIFT, (uintptr_t)pc, &now_in[cpu]);
}

/* In a module, in user mode, or idle: whatever was called has returned, or sleeps. */
static void on_return(unsigned int cpu, void *unused)
{
	(void)unused;
	now_in[cpu] = (struct site){ 0 };
}

static void on_call(unsigned int cpu, void *st)
{
	now_in[cpu] = *(struct site *)st;
}

static void print_hits(const struct hits *h)
{
	static const struct site nowhere;
	const struct hits *line;

	if (!h->h_pc)
		return;
	if (h->h_line) {
		line = find(h->h_line, 0, &nowhere);
		if (line->h_n[0] < least || line->h_n[1] < least)
			return;
		fprintf(out, "store %llx", (unsigned long long)h->h_line << LINE_SHIFT);
	} else {
		fputs("op", out);
	}
	fprintf(out, " %llx %llx %llx %llu %llu\n", (unsigned long long)h->h_pc,
		(unsigned long long)h->h_site.st_pc, (unsigned long long)h->h_site.st_target,
		(unsigned long long)h->h_n[0], (unsigned long long)h->h_n[1]);
}

static void on_mark(unsigned int cpu, void *number)
{
	size_t i;

	(void)cpu;
	switch ((uintptr_t)number) {
	case MARK_BEGIN:
		memset(table, 0, slots * sizeof(*table));
		memset(now_in, 0, sizeof(now_in));
		used = 0;
		active = true;
		break;
	case MARK_END:
		if (!active)
			break;
		active = false;
		for (i = 0; i < slots; i++)
			print_hits(&table[i]);
		fputs("end\n", out);
		fflush(out);
		break;
	}
}

static size_t get_bytes(struct qemu_plugin_insn *insn, uint8_t *b)
{
	size_t n = qemu_plugin_insn_size(insn);

	memset(b, 0, MAXINSN);
	if (n > MAXINSN)
		n = MAXINSN;
#if QEMU_PLUGIN_VERSION >= 3
	qemu_plugin_insn_data(insn, b, n);
#else
	memcpy(b, qemu_plugin_insn_data(insn), n);
#endif
	return n;
}

static bool is_prefix(uint8_t b)
{
	return b == 0xf0 || b == 0xf2 || b == 0xf3 || b == 0x66 || b == 0x67 ||
	       b == 0x26 || b == 0x2e || b == 0x36 || b == 0x3e || b == 0x64 || b == 0x65;
}

/* Offset of the opcode; whether a prefix before it is LOCK. */
static size_t skip_prefixes(const uint8_t *b, size_t n, bool *locked)
{
	size_t i = 0;

	for (*locked = false; i < n && is_prefix(b[i]); i++)
		*locked |= b[i] == 0xf0;
	if (i < n && (b[i] & 0xf0) == 0x40)
		i++;	/* REX */
	return i;
}

static void watch_kernel(struct qemu_plugin_insn *insn, uint64_t pc)
{
	uint8_t b[MAXINSN + 2] = { 0 };
	size_t n = get_bytes(insn, b), i;
	struct site *st;
	bool locked;
	int32_t far;

	i = skip_prefixes(b, n, &locked);
	if (locked || ((b[i] == 0x86 || b[i] == 0x87) && b[i + 1] >> 6 != 3))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_locked, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)pc);
	if (b[i] == HLT)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_return, QEMU_PLUGIN_CB_NO_REGS,
						       NULL);
	qemu_plugin_register_vcpu_mem_cb(insn, on_store, QEMU_PLUGIN_CB_NO_REGS,
					 QEMU_PLUGIN_MEM_W, (void *)(uintptr_t)pc);
	if (!in_modules(pc) || (b[i] != 0xe8 && (b[i] != 0xff || (b[i + 1] >> 3 & 7) != 2)))
		return;
	/* It is needed as long as the translation, of which nobody tells the end. */
	st = must(calloc(1, sizeof(*st)));
	st->st_pc = pc;
	if (b[i] == 0xe8) {
		memcpy(&far, b + i + 1, sizeof(far));
		st->st_target = pc + n + far;
		if (in_modules(st->st_target)) {
			free(st);
			return;
		}
	}
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_call, QEMU_PLUGIN_CB_NO_REGS, st);
}

static void watch_user(struct qemu_plugin_insn *insn)
{
	static const uint8_t mark[] = { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00 };
	uint8_t b[MAXINSN];

	if (get_bytes(insn, b) == 10 && !memcmp(b, mark, sizeof(mark)) &&
	    b[7] == 0 && b[8] == 0x4b && b[9] == 0x4d)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)b[6]);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t start = qemu_plugin_tb_vaddr(tb);
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;

	(void)id;
	if (start < KERNEL || in_modules(start))
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_return, QEMU_PLUGIN_CB_NO_REGS, NULL);
	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		if (start < KERNEL)
			watch_user(insn);
		else
			watch_kernel(insn, qemu_plugin_insn_vaddr(insn));
	}
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
					   int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strncmp(argv[i], "least=", 6))
			least = strtoul(argv[i] + 6, NULL, 10);
	}
	if (!out || strcmp(info->target_name, "x86_64") || !info->system_emulation ||
	    info->system.smp_vcpus > MAXCPUS) {
		fprintf(stderr, "locks plugin: wants out=FILE and x86_64, at most %d processors\n",
			MAXCPUS);
		return -1;
	}
	table = must(calloc(slots, sizeof(*table)));
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
