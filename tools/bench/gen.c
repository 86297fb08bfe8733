// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * gen.c - runs of gen(4): frames of 60 bytes from 10.0.0.2 to 10.0.1.2.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

/* A run of one flow that is to be forwarded; the caller changes what differs. */
void gen_request(struct bsd_genreq *gr, const char *name)
{
	memset(gr, 0, sizeof(*gr));
	snprintf(gr->gr_name, sizeof(gr->gr_name), "%s", name);
	gr->gr_flags = BSD_GEN_START | BSD_GEN_CSUMOK;
	gr->gr_size = 60;
	gr->gr_flows = 1;
	memcpy(gr->gr_src, "\x0a\x00\x00\x02", 4);
	memcpy(gr->gr_dst, "\x0a\x00\x01\x02", 4);
	gr->gr_sport = 1000;
	gr->gr_dport = BENCH_PORT;
	gr->gr_proto = 17;
}

void gen_begin(int fd, const struct bsd_genreq *gr)
{
	if (ioctl(fd, BSIOCSIFGEN, gr))
		die("gen");
}

/* Wait for a run with gr_count; returns nanoseconds a frame. */
double gen_finish(int fd, struct bsd_genreq *gr)
{
	do {
		usleep(20000);
		if (ioctl(fd, BSIOCGIFGEN, gr))
			die("gen");
	} while (gr->gr_running);
	if (gr->gr_sent != gr->gr_count || !gr->gr_ns) {
		fprintf(stderr, "%s: %llu of %llu frames\n", gr->gr_name, gr->gr_sent,
			gr->gr_count);
		die("gen");
	}
	return (double)gr->gr_ns / gr->gr_sent;
}

/* Is the softnet thread of @cpu the home of @gr's flow? Nobody gets its frames. */
int gen_at_home(int fd, struct bsd_genreq gr, int cpu)
{
	char knob[32];
	uint64_t before;

	snprintf(knob, sizeof(knob), "softnet/%d/packets", cpu);
	gr.gr_flags |= BSD_GEN_DROP;
	gr.gr_count = 64;
	before = read_knob(knob);
	gen_begin(fd, &gr);
	gen_finish(fd, &gr);
	return read_knob(knob) - before >= gr.gr_count;
}

/* End a run; returns what it had done. */
struct bsd_genreq gen_end(int fd, struct bsd_genreq gr)
{
	gr.gr_flags = BSD_GEN_STOP;
	if (ioctl(fd, BSIOCSIFGEN, &gr) || ioctl(fd, BSIOCGIFGEN, &gr))
		die("gen");
	return gr;
}

/*
 * @gr: one flow of gen@cpu to the socket with port BENCH_PORT + @cpu whose home is the
 * thread of @cpu, found by trying.
 */
void gen_to_socket(int fd, struct bsd_genreq *gr, int cpu)
{
	char name[8];
	int port;

	snprintf(name, sizeof(name), "gen%d", cpu);
	gen_request(gr, name);
	memcpy(gr->gr_src, cpu ? "\x0a\x00\x01\x02" : "\x0a\x00\x00\x02", 4);
	memcpy(gr->gr_dst, cpu ? "\x0a\x00\x01\x01" : "\x0a\x00\x00\x01", 4);
	gr->gr_dport += cpu;
	for (port = 1000; port < 1100; port++) {
		gr->gr_sport = port;
		if (gen_at_home(fd, *gr, cpu))
			return;
	}
	die("no flow for a thread");
}
