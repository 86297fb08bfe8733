// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * segments.c - TCP segments made inside the kernel by gen0, put into established sockets
 * and read.
 *
 * As in sock.c a chunk is made and put into buffers that have room for it, then read. So
 * no scheduling is measured. Each chunk must have come whole.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define REPS	5
#define CHUNKS	80	/* a repetition */
#define CHUNK	256	/* segments: as many mbufs as are used again and again */
#define DATA	(BENCH_FULL - 54)	/* bytes in each */

/* @flows of gen0's, as connections whose far ends are 10.9.0.1 and up. */
void stream_request(struct bsd_genreq *gr, unsigned int flows)
{
	gen_request(gr, "gen0");
	memcpy(gr->gr_src, "\x0a\x09\x00\x01", 4);
	memcpy(gr->gr_dst, "\x0a\x00\x00\x01", 4);
	gr->gr_proto = IPPROTO_TCP;
	gr->gr_flows = flows;
}

/*
 * Let @gr, by stream_request(), open a connection for each flow; @fds: their sockets,
 * which have room for @room bytes. Further runs of @gr send into them.
 */
void open_streams(int ctl, struct bsd_genreq *gr, int *fds, int room)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(gr->gr_dport) };
	int listener = socket(AF_BSDINET, SOCK_STREAM, 0);
	int one = 1;
	struct linger reset = { .l_onoff = 1 };
	struct bsd_genreq done;
	unsigned int i;

	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(listener, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(listener, (struct sockaddr *)&sin, sizeof(sin)) ||
	    listen(listener, gr->gr_flows))
		die("listener");
	gr->gr_flags |= BSD_GEN_STREAM;
	gr->gr_count = 2 * gr->gr_flows;	/* a SYN, and data, which answers the answer */
	gen_begin(ctl, gr);
	done = *gr;
	gen_finish(ctl, &done);
	for (i = 0; i < gr->gr_flows; i++) {
		fds[i] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		/* Far ends that answer no FIN: the next may have the same ports. */
		if (fds[i] < 0 || setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
			die("accept");
	}
	close(listener);
	gr->gr_flags |= BSD_GEN_MORE;
}

/* All that the sockets have; bytes. */
static unsigned int read_all(const int *fds, unsigned int n)
{
	static char buf[65536];
	unsigned int i, bytes = 0;
	ssize_t got;

	for (i = 0; i < n; i++) {
		while ((got = recv(fds[i], buf, sizeof(buf), 0)) > 0)
			bytes += got;
		if (!got || errno != EAGAIN)
			die("recv");
	}
	return bytes;
}

/* Prints nanoseconds a segment made and delivered, and nanoseconds a segment read. */
void bench_segments(unsigned int flows)
{
	int ctl = socket(AF_BSDINET, SOCK_DGRAM, 0);
	double made[REPS] = { 0 }, got[REPS] = { 0 };
	int *fds = calloc(flows, sizeof(*fds));
	struct bsd_genreq gr, done;
	unsigned int bytes;
	double start;
	int r, i;

	if (!fds)
		die("calloc");
	stream_request(&gr, flows);
	open_streams(ctl, &gr, fds, BENCH_RCVBUF);
	read_all(fds, flows);
	gr.gr_size = BENCH_FULL;
	gr.gr_count = CHUNK;
	for (r = 0; r < REPS; r++) {
		for (i = 0; i < CHUNKS; i++) {
			gen_begin(ctl, &gr);
			done = gr;
			made[r] += gen_finish(ctl, &done) / CHUNKS;
			start = now();
			bytes = read_all(fds, flows);
			got[r] += (now() - start) / CHUNK / CHUNKS;
			if (bytes != CHUNK * DATA) {
				fprintf(stderr, "%u bytes of %u\n", bytes, CHUNK * DATA);
				errno = EIO;
				die("read");
			}
		}
	}
	qsort(made + 1, REPS - 1, sizeof(*made), compare);
	qsort(got + 1, REPS - 1, sizeof(*got), compare);
	printf("%.0f %.0f\n", (made[REPS / 2] + made[REPS / 2 + 1]) / 2,
	       (got[REPS / 2] + got[REPS / 2 + 1]) / 2);
}
