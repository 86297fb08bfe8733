/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * top.h - between sampling (top.c) and showing (screen.c).
 */
#ifndef _TOP_H
#define _TOP_H

#include <stdbool.h>
#include <stdint.h>

#define TOP_NAMSIZ	32
#define TOP_NVALS	6

/* What is counted, by the kind of row. */
enum { TOP_SHARED, TOP_EXCLUSIVE, TOP_CONTENDED, TOP_WAITNS, TOP_LADDER, TOP_LADDERNS };
enum { TOP_TICKS, TOP_PACKETS, TOP_BATCHES, TOP_WAKEUPS, TOP_POLLS };
enum { TOP_IN, TOP_INBYTES, TOP_OUT, TOP_OUTBYTES, TOP_DROPS, TOP_ERRORS };
enum { TOP_QIN, TOP_QOUT, TOP_QDROPS };

/* What is as it is now. */
enum { TOP_MBUFS };
enum { TOP_CPU, TOP_WAITING };

struct top_row {
	char		tr_name[TOP_NAMSIZ];
	uint64_t	tr_val[TOP_NVALS];
	double		tr_rate[TOP_NVALS];	/* a second, since the sample before */
	int64_t		tr_now[2];
};

struct top_rows {
	struct top_row	*r_row;
	unsigned int	 r_n;
};

struct top_sample {
	double		ts_time;	/* monotonic, seconds */
	struct top_rows	ts_lock;	/* one row */
	struct top_rows	ts_threads;	/* named by their CPU */
	struct top_rows	ts_ifs;
	struct top_rows	ts_queues;	/* "vio0:1" */
};

void top_text(const struct top_sample *ts, bool screen);
void top_json(const struct top_sample *ts);

#endif /* _TOP_H */
