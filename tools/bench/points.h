/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * points.h - one work done with the stack set in several ways, in turns.
 */
#ifndef _POINTS_H
#define _POINTS_H

#include <stdbool.h>

#define POINT_SETTINGS	3
#define POINTS_CPUS	2	/* that a work takes: softnet threads at most, and readers */

/* A way to set the stack. */
struct point {
	const char *pt_name;
	struct setting {
		const char *se_knob, *se_value;
	} pt_settings[POINT_SETTINGS];
};

/* What is done until it is told to end, in the order of the members. */
struct work {
	const char	*wk_name, *wk_unit;
	bool		wk_local;		/* packets need no softnet thread */
	void		(*wk_open)(void);	/* once for all points */
	void		(*wk_begin)(void);	/* a window */
	double		(*wk_done)(void);	/* units so far */
	void		(*wk_end)(void);
	void		(*wk_close)(void);
};

extern const struct work work_tcp_single, work_tcp_multi, work_udp, work_forward, work_loopback;

void bench_points(const struct work *wk, int threads, const struct point *points, unsigned int n);

#endif /* _POINTS_H */
