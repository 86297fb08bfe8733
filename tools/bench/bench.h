/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * bench.h - what the measured programs share.
 */
#ifndef _BENCH_H
#define _BENCH_H

#include <stdint.h>
#include <bsdnet/ioctl.h>
#include <bsdnet/sock.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define BENCH_PORT	9	/* where datagrams go: discard */
#define BENCH_RCVBUF	(4 << 20)

/* bench.c */
void die(const char *what);
double now(void);
int compare(const void *a, const void *b);

/* gen.c */
void gen_request(struct bsd_genreq *gr, const char *name);
void gen_begin(int fd, const struct bsd_genreq *gr);
double gen_finish(int fd, struct bsd_genreq *gr);

/* sock.c */
int receiver(int family, uint16_t port);
unsigned int receive(int fd, int flags);
void bench_sock(const char *name, int pktgen);

/* idle.c */
void bench_idle(unsigned int n, int family, char **caches);

/* routes.c */
void bench_routes(unsigned int n, unsigned int tableid);
void bench_prefixes(unsigned int n, const char *gateway);

/* stream.c */
double bench_stream(const char *what, int family);

/* threads.c */
void bench_threads(void);

#endif /* _BENCH_H */
