/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * tcpbench.h - what moves the data (tcpbench.c) and what tells of it (report.c).
 */
#ifndef _TCPBENCH_H
#define _TCPBENCH_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* One stream, of one thread. Freed by main after the thread has ended. */
struct stream {
	struct stream	*next;
	pthread_t	 thread;
	unsigned int	 id;		/* from 1 */
	int		 fd;
	int		 error;		/* why it ended early */
	bool		 done;		/* atomic */
	uint64_t	 bytes;		/* atomic */
	double		 start, end;
	uint64_t	 counted;	/* bytes up to this report */
	uint64_t	 reported;	/* bytes up to the last one */
	double		 seen;		/* when that was */
};

struct tcpbench_options {
	bool		 json, linux_stack, server;
	unsigned int	 buf;
	int		 space;		/* 0: the stack's own */
	unsigned int	 streams;
	unsigned int	 port;
	unsigned int	 interval;	/* ms, 0: no reports */
	unsigned int	 seconds;	/* 0: no end */
	int		 rtable;
	struct in_addr	 host, source;
};

extern struct tcpbench_options tb;

void tcpbench_list_variables(void);
void tcpbench_parse_variables(const char *list);
void tcpbench_interval(struct stream *first);
void tcpbench_account(struct stream *st);
void tcpbench_summary(void);
bool tcpbench_failed(void);

#endif /* _TCPBENCH_H */
