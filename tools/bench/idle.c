// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * idle.c - what memory a connection takes that is open and says nothing.
 *
 * Both ends are this task's, over loopback; what less memory is free, divided by the
 * number of ends. The file, its name and the socket's inode, which every socket of
 * Linux has, are told apart: their number is known, and their size from the kernel.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

/* Bytes that are free, as far as nothing can be freed any more. */
static double memory_free(void)
{
	static const char text[] = "3\n";
	FILE *f = fopen("/proc/sys/vm/drop_caches", "w");
	unsigned long kib = 0;
	char line[256];

	if (!f || fputs(text, f) < 0 || fclose(f))
		die("drop_caches");
	sleep(3);
	f = fopen("/proc/meminfo", "r");
	if (!f)
		die("meminfo");
	while (!kib && fgets(line, sizeof(line), f))
		(void)!sscanf(line, "MemFree: %lu", &kib);
	fclose(f);
	return kib * 1024.0;
}

/* Bytes of an object of one of the kernel's caches, its share of the slab included. */
static double object_size(const char *cache)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	unsigned int perslab, pages;
	char line[512], name[64];
	double size = 0;

	if (!f)
		die("slabinfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %*u %*u %*u %u %u", name, &perslab, &pages) == 3 &&
		    !strcmp(name, cache))
			size = (double)pages * sysconf(_SC_PAGESIZE) / perslab;
	fclose(f);
	if (!size)
		die(cache);
	return size;
}

static void open_pair(int listener, int family, const struct sockaddr_in *to)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		die("connect");
	if (accept(listener, NULL, NULL) < 0)
		die("accept");
}

/**
 * bench_idle() - memory of idle connections
 * @n:      connections
 * @family: AF_BSDINET or AF_INET
 * @caches: the kernel's caches of what every socket has an object of, NULL behind them
 *
 * Prints bytes an end: with all, and without those.
 */
void bench_idle(unsigned int n, int family, char **caches)
{
	struct rlimit files = { 2 * n + 100, 2 * n + 100 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int listener = socket(family, SOCK_STREAM, 0);
	socklen_t len = sizeof(to);
	double around = 0;
	double before;
	double bytes;
	unsigned int i;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit");
	if (listener < 0 || bind(listener, (struct sockaddr *)&to, len) || listen(listener, 8) ||
	    getsockname(listener, (struct sockaddr *)&to, &len))
		die("listener");
	/* Tables that grow, and caches that were empty. */
	for (i = 0; i < 100; i++)
		open_pair(listener, family, &to);
	before = memory_free();
	for (i = 100; i < n; i++)
		open_pair(listener, family, &to);
	bytes = (before - memory_free()) / (2.0 * (n - 100));
	for (; *caches; caches++)
		around += object_size(*caches);
	printf("%.0f %.0f\n", bytes, bytes - around);
}
