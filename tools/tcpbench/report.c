// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * report.c - what tcpbench tells: lines of each interval, and of all at the end.
 */
#include "bsdnet.h"

#include <linux/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tcpbench.h"

/* Figures of a connection, from TCP_INFO. */
static const struct variable {
	const char	*name;
	size_t		 offset;	/* of a __u32 */
	const char	*text;
} variables[] = {
#define VARIABLE(name, text) { #name, offsetof(struct tcp_info, tcpi_##name), text }
	VARIABLE(snd_cwnd, "congestion window, segments"),
	VARIABLE(snd_ssthresh, "slow start threshold, segments"),
	VARIABLE(snd_wnd, "the peer's window, bytes"),
	VARIABLE(snd_mss, "bytes of data a segment sent"),
	VARIABLE(rcv_mss, "bytes of data a segment received"),
	VARIABLE(rcv_space, "room for what comes in, bytes"),
	VARIABLE(rtt, "smoothed round trip, microseconds"),
	VARIABLE(rttvar, "its variation, microseconds"),
	VARIABLE(min_rtt, "the smallest, microseconds"),
	VARIABLE(rto, "retransmission time-out, microseconds"),
	VARIABLE(total_retrans, "segments sent again"),
	VARIABLE(unacked, "segments under way"),
	VARIABLE(sacked, "of those: acknowledged selectively"),
	VARIABLE(lost, "of those: lost, as far as is known"),
	VARIABLE(notsent_bytes, "bytes that wait to be sent"),
	VARIABLE(pmtu, "bytes a packet"),
#undef VARIABLE
};

static const struct variable *wanted[ARRAY_SIZE(variables)];
static unsigned int nwanted;

/* Of all streams. Times are bn_now()'s, 0: not yet. */
static struct {
	uint64_t		 bytes;		/* of those that are over */
	uint64_t		 taken;		/* of these, since the last report */
	double			 start, end;	/* first start, last end */
	double			 begin;		/* first start since nothing went on */
	double			 last;		/* last report since then */
	double			 peak;		/* bits a second, of an interval */
	unsigned int		 streams, failed;
	unsigned int		 reports;
	struct json_object	*list;
} sum;

void tcpbench_list_variables(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(variables); i++)
		printf("%-14s %s\n", variables[i].name, variables[i].text);
}

static const struct variable *find_variable(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(variables); i++)
		if (!strcmp(name, variables[i].name))
			return &variables[i];
	bn_die("-k: %s: no such variable; tcpbench -l lists them", name);
}

/* "a,b,c" */
void tcpbench_parse_variables(const char *list)
{
	char *copy = strdup(list), *rest = copy, *name;

	if (!copy)
		bn_die("out of memory");
	for (nwanted = 0; (name = strsep(&rest, ",")); nwanted++) {
		if (nwanted == ARRAY_SIZE(wanted))
			bn_die("-k: too many variables");
		wanted[nwanted] = find_variable(name);
	}
	free(copy);
}

static uint32_t value(const struct tcp_info *ti, const struct variable *v)
{
	uint32_t val;

	memcpy(&val, (const char *)ti + v->offset, sizeof(val));
	return val;
}

/* Zeroes of what the kernel does not say. */
static void ask(const struct stream *st, struct tcp_info *ti)
{
	socklen_t len = sizeof(*ti);

	memset(ti, 0, sizeof(*ti));
	getsockopt(st->fd, IPPROTO_TCP, TCP_INFO, ti, &len);
}

static void header(void)
{
	unsigned int i;

	printf("%7s %12s %14s %12s %8s", "conn", "elapsed_ms", "bytes", "mbps", "bwidth");
	for (i = 0; i < nwanted; i++)
		printf(" %13s", wanted[i]->name);
	putchar('\n');
}

static void began(const struct stream *st)
{
	if (!sum.begin || st->start < sum.begin)
		sum.begin = st->start;
}

/* A stream's line: what it moved since its last report, and its part of @all. */
static void show_stream(struct stream *st, double now, uint64_t all)
{
	uint64_t bytes = st->counted - st->reported;
	struct tcp_info ti;
	unsigned int i;

	if (!tb.json) {
		printf("%7u %12.0f %14llu %12.3f %7.2f%%", st->id, (now - st->start) * 1e3,
		       (unsigned long long)bytes, bytes * 8 / 1e6 / (now - st->seen),
		       all ? 100.0 * bytes / all : 0);
		ask(st, &ti);
		for (i = 0; i < nwanted; i++)
			printf(" %13u", value(&ti, wanted[i]));
		putchar('\n');
	}
	st->reported = st->counted;
	st->seen = now;
}

/* What each stream, and all together, moved since the last report. */
void tcpbench_interval(struct stream *first)
{
	uint64_t bytes = sum.taken;
	double now = bn_now(), since, bps;
	struct stream *st;
	unsigned int n = 0;

	for (st = first; st; st = st->next) {
		began(st);
		/* Once, so that lines and their sum agree. */
		st->counted = __atomic_load_n(&st->bytes, __ATOMIC_RELAXED);
		bytes += st->counted - st->reported;
		n++;
	}
	if (!n && !bytes) {
		sum.begin = 0;		/* an idle server */
		sum.last = 0;
		return;
	}
	since = now - (sum.last ? sum.last : sum.begin);
	bps = since > 0 ? bytes * 8 / since : 0;
	if (bps > sum.peak)
		sum.peak = bps;
	if (!tb.json && !(sum.reports++ % 20))
		header();
	for (st = first; st; st = st->next)
		show_stream(st, now, bytes);
	if (!tb.json) {
		printf("Conn: %3u bytes: %14llu Mbps: %12.3f Peak Mbps: %12.3f\n", n,
		       (unsigned long long)bytes, bps / 1e6, sum.peak / 1e6);
		fflush(stdout);
	}
	sum.last = now;
	sum.taken = 0;
}

/* A stream is over. */
void tcpbench_account(struct stream *st)
{
	double secs = st->end - st->start;
	struct json_object *jo;
	struct tcp_info ti;
	unsigned int i;

	began(st);
	sum.bytes += st->bytes;
	sum.taken += st->bytes - st->reported;
	sum.streams++;
	sum.failed += !!st->error;
	if (!sum.start || st->start < sum.start)
		sum.start = st->start;
	if (st->end > sum.end)
		sum.end = st->end;
	if (!tb.json)
		return;
	if (!sum.list)
		sum.list = json_object_new_array();
	ask(st, &ti);
	jo = json_object_new_object();
	bn_json_int(jo, "stream", st->id);
	bn_json_int(jo, "bytes", st->bytes);
	bn_json_double(jo, "seconds", secs);
	bn_json_double(jo, "bps", secs > 0 ? st->bytes * 8 / secs : 0);
	if (st->error)
		bn_json_str(jo, "error", strerror(st->error));
	for (i = 0; i < nwanted; i++)
		bn_json_int(jo, wanted[i]->name, value(&ti, wanted[i]));
	json_object_array_add(sum.list, jo);
}

void tcpbench_summary(void)
{
	double secs = sum.end - sum.start;
	double bps = secs > 0 ? sum.bytes * 8 / secs : 0;
	struct json_object *jo;

	if (bps > sum.peak)
		sum.peak = bps;
	if (!tb.json) {
		printf("%s: %u streams, %llu bytes, %.3f seconds, %.3f Mbit/s, peak %.3f Mbit/s\n",
		       tb.server ? "receive" : "send", sum.streams, (unsigned long long)sum.bytes,
		       secs, bps / 1e6, sum.peak / 1e6);
		return;
	}
	jo = json_object_new_object();
	bn_json_str(jo, "direction", tb.server ? "recv" : "send");
	bn_json_str(jo, "stack", tb.linux_stack ? "linux" : "bsdnet");
	bn_json_int(jo, "streams", sum.streams);
	bn_json_int(jo, "errors", sum.failed);
	bn_json_int(jo, "bytes", sum.bytes);
	bn_json_double(jo, "seconds", secs);
	bn_json_double(jo, "bps", bps);
	bn_json_double(jo, "peak_bps", sum.peak);
	json_object_object_add(jo, "per_stream", sum.list ? sum.list : json_object_new_array());
	bn_json_print(jo);
}

/* Did a stream end by an error? */
bool tcpbench_failed(void)
{
	return sum.failed;
}
