// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * routes.c - a routing table as large as the Internet's: how long it takes to load
 * through a routing socket, what a prefix needs of memory, what a lookup costs.
 *
 * The prefixes are made up, always the same: as many of each length, in a thousand,
 * as the Internet's table has (CIDR Report, 2024), all over 1/8 to 223/8.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define LOOKUPS		4000
#define WRITE_MAX	65536	/* bytes of one write */

/* In a thousand prefixes. */
static const struct {
	unsigned int	plen;
	unsigned int	share;
} lengths[] = {
	{ 24, 590 }, { 22, 110 }, { 23, 100 }, { 21, 52 }, { 20, 46 }, { 19, 27 }, { 18, 15 },
	{ 16, 15 }, { 17, 9 }, { 15, 8 }, { 14, 8 }, { 13, 7 }, { 12, 6 }, { 11, 4 }, { 10, 3 },
};

/* A request to add a route by a gateway. */
struct request {
	struct bsd_rt_msghdr	rtm;
	struct bsd_sockaddr_in	dst;
	struct bsd_sockaddr_in	gateway;
	struct bsd_sockaddr_in	mask;
};

static uint64_t seed = 1;

/* Numbers that look random: D. Knuth's MMIX generator. */
static uint32_t next_random(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return seed >> 32;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t make_prefix(void)
{
	unsigned int r = next_random() % 1000, i = 0;
	uint32_t addr;

	while (r >= lengths[i].share)
		r -= lengths[i++].share;
	addr = ((1 + next_random() % 223) << 24 | (next_random() & 0xffffff)) &
	       ~0U << (32 - lengths[i].plen);
	return (uint64_t)addr << 8 | lengths[i].plen;
}

/* Different prefixes (address << 8 | length) in an order that says nothing. */
static uint64_t *make_prefixes(unsigned int n)
{
	unsigned int have = 0, i, k;
	uint64_t *all = malloc((n + n / 2 + 16) * sizeof(*all)), t;

	if (!all)
		die("prefixes");
	while (have < n) {
		for (i = have; i < n + n / 8 + 8; i++)
			all[i] = make_prefix();
		qsort(all, i, sizeof(*all), by_number);
		for (have = 1, k = 1; k < i; k++)
			if (all[k] != all[have - 1])
				all[have++] = all[k];
	}
	for (i = have - 1; i; i--) {
		k = next_random() % (i + 1);
		t = all[i];
		all[i] = all[k];
		all[k] = t;
	}
	return all;
}

static void set_in(struct bsd_sockaddr_in *sin, uint32_t addr)
{
	addr = htonl(addr);
	sin->sin_len = sizeof(*sin);
	sin->sin_family = AF_INET;
	memcpy(sin->sin_addr, &addr, sizeof(addr));
}

static void set_request(struct request *rq, uint64_t prefix, unsigned int tableid)
{
	memset(rq, 0, sizeof(*rq));
	rq->rtm.rtm_msglen = sizeof(*rq);
	rq->rtm.rtm_version = BSD_RTM_VERSION;
	rq->rtm.rtm_type = BSD_RTM_ADD;
	rq->rtm.rtm_hdrlen = sizeof(rq->rtm);
	rq->rtm.rtm_tableid = tableid;
	rq->rtm.rtm_addrs = BSD_RTA_DST | BSD_RTA_GATEWAY | BSD_RTA_NETMASK;
	set_in(&rq->dst, prefix >> 8);
	/* By some fifty routers. */
	set_in(&rq->gateway, 0x0a000102 + prefix % 50);
	set_in(&rq->mask, ~0U << (32 - (prefix & 0xff)));
}

static void load(const uint64_t *all, unsigned int n, unsigned int tableid)
{
	static struct request requests[WRITE_MAX / sizeof(struct request)];
	int fd = socket(AF_BSDROUTE, SOCK_RAW, 0);
	unsigned int i, k;

	if (fd < 0 || shutdown(fd, SHUT_RD))
		die("routing socket");
	for (i = 0; i < n; i += k) {
		for (k = 0; k < ARRAY_SIZE(requests) && i + k < n; k++)
			set_request(&requests[k], all[i + k], tableid);
		if (write(fd, requests, k * sizeof(requests[0])) !=
		    (ssize_t)(k * sizeof(requests[0])))
			die("load");
	}
	close(fd);
}

/* Bytes that the kernel has left. */
static double memory_free(void)
{
	FILE *f = fopen("/proc/sys/vm/drop_caches", "w");
	unsigned long kb = 0;
	char line[128];

	if (f) {
		fputs("3\n", f);
		fclose(f);
	}
	sleep(1);	/* what is freed after a grace period */
	f = fopen("/proc/meminfo", "r");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "MemFree: %lu", &kb) != 1)
		;
	if (f)
		fclose(f);
	return kb * 1024.0;
}

/* Nanoseconds to be told of the route to an address that a prefix of the table has. */
static double lookups(int fd, const uint64_t *all, unsigned int n, unsigned int tableid)
{
	struct bsd_rtmsg rtm;
	double reps[5], start;
	unsigned int r, i;

	for (r = 0; r < 5; r++) {
		start = now();
		for (i = 0; i < LOOKUPS; i++) {
			uint32_t addr = htonl((all[next_random() % n] >> 8) + 1);

			rtm = (struct bsd_rtmsg){ .rtm_family = AF_INET, .rtm_tableid = tableid };
			memcpy(rtm.rtm_dst, &addr, sizeof(addr));
			if (ioctl(fd, BSIOCGETROUTE, &rtm))
				die("lookup");
		}
		reps[r] = (now() - start) / LOOKUPS;
	}
	qsort(reps, 5, sizeof(reps[0]), compare);
	return reps[2];
}

/* The same prefixes as "ip -batch" reads them. */
void bench_prefixes(unsigned int n, const char *gateway)
{
	uint64_t *all = make_prefixes(n);
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct in_addr addr = { htonl(all[i] >> 8) };

		printf("route add %s/%u via %s\n", inet_ntoa(addr), (unsigned int)(all[i] & 0xff),
		       gateway);
	}
}

/*
 * "N LOADING BYTES LOOKUP": @n prefixes into @tableid: nanoseconds a prefix, bytes of
 * memory a prefix, nanoseconds a lookup by a system call.
 */
void bench_routes(unsigned int n, unsigned int tableid)
{
	int fd = socket(AF_BSDINET, SOCK_DGRAM, 0);
	uint64_t *all = make_prefixes(n);
	double before, start, loading;

	if (fd < 0)
		die("socket");
	/* The table itself: 1/8. */
	load((const uint64_t []){ 1ULL << 32 | 8 }, 1, tableid);
	before = memory_free();
	start = now();
	load(all, n, tableid);
	loading = (now() - start) / n;
	printf("%u %.0f %.1f ", n, loading, (before - memory_free()) / n);
	printf("%.0f\n", lookups(fd, all, n, tableid));
}
