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
#define BENCH_FULL	1514	/* bytes of the largest frame that Ethernet has */

#ifndef SO_RCVBUFFORCE
#define SO_RCVBUFFORCE	33
#endif

/* bench.c */
void die(const char *what);
double now(void);
void pin(int cpu);
int compare(const void *a, const void *b);
uint64_t read_number(const char *path);
uint64_t read_knob(const char *name);
void set_knob(const char *name, const char *value);
void set_number(const char *name, int value);

/* mark.c */
void mark_begin(void);
void mark_end(uint64_t packets);

/* gen.c */
void gen_request(struct bsd_genreq *gr, const char *name);
void gen_begin(int fd, const struct bsd_genreq *gr);
double gen_finish(int fd, struct bsd_genreq *gr);
int gen_at_home(int fd, struct bsd_genreq gr, int cpu);
struct bsd_genreq gen_end(int fd, struct bsd_genreq gr);
void gen_to_socket(int fd, struct bsd_genreq *gr, int cpu);

/* sock.c */
int receiver(int family, uint16_t port);
unsigned int receive(int fd, int flags);
void bench_sock(const char *name, int pktgen);
void bench_pktgen(const char *dev, unsigned int frames);

/* flows.c */
int bench_run_flows(const char *what, unsigned int flows);

/* idle.c */
void bench_idle(unsigned int n, int family, char **caches);

/* routes.c */
void bench_routes(unsigned int n, unsigned int tableid);
void bench_prefixes(unsigned int n, const char *gateway);

/* stream.c */
double bench_stream(const char *what, int family);

/* segments.c */
void stream_request(struct bsd_genreq *gr, unsigned int flows);
void open_streams(int ctl, struct bsd_genreq *gr, int *fds, int room);
void bench_segments(unsigned int flows);

/* ladder.c */
void bench_ladder(void);
void bench_netisr(void);

/* threads.c */
void bench_threads(void);

#endif /* _BENCH_H */
