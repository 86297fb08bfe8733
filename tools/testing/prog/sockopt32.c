// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sockopt32 FD set|get LEVEL OPTION HEX - an option of socket FD by the system call
 * that 32-bit programs make, with the value in their layout.
 *
 * Prints the value after "get", in hexadecimal; an error as its number and status 1.
 * Killed by a signal if this kernel runs no 32-bit programs.
 */
#include "prog.h"
#include <sys/mman.h>

#define SETSOCKOPT32	366
#define GETSOCKOPT32	365
#define ROOM		4096

/* What a 32-bit program can point to. */
struct low {
	uint32_t	len;
	uint8_t		value[ROOM - sizeof(uint32_t)];
};

static int call32(unsigned int nr, unsigned int fd, unsigned int level, unsigned int name,
		  uint32_t value, uint32_t len)
{
	long ret = nr;

	asm volatile("int $0x80" : "+a"(ret) : "b"((long)fd), "c"((long)level), "d"((long)name),
		     "S"((long)value), "D"((long)len) : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

int main(int argc, char **argv)
{
	unsigned int fd, level, name, i;
	struct low *low;
	int error;

	if (argc != 6 || strlen(argv[5]) / 2 > sizeof(low->value)) {
		fprintf(stderr, "usage: sockopt32 FD set|get LEVEL OPTION HEX\n");
		return 1;
	}
	low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		fail("mmap");
	fd = atoi(argv[1]);
	level = atoi(argv[3]);
	name = atoi(argv[4]);
	for (low->len = 0; sscanf(argv[5] + 2 * low->len, "%2hhx", &low->value[low->len]) == 1;)
		low->len++;
	if (!strcmp(argv[2], "set"))
		error = call32(SETSOCKOPT32, fd, level, name, (uintptr_t)low->value, low->len);
	else
		error = call32(GETSOCKOPT32, fd, level, name, (uintptr_t)low->value,
			       (uintptr_t)&low->len);
	if (error) {
		printf("%d\n", -error);
		return 1;
	}
	for (i = 0; argv[2][0] == 'g' && i < low->len; i++)
		printf("%02x", low->value[i]);
	putchar('\n');
	return 0;
}
