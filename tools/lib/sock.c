// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock.c - what programs that move data share: sockets, the clock, when to stop.
 */
#include "bsdnet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t bn_stopped;

static void on_signal(int sig)
{
	(void)sig;
	bn_stopped = 1;
}

/* Set bn_stopped on SIGINT, on SIGTERM, and after @seconds, 0: never. */
void bn_stop_after(unsigned int seconds)
{
	static const int signals[] = { SIGALRM, SIGINT, SIGTERM };
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned int i;

	/* System calls that wait are to return. */
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, NULL);
	alarm(seconds);
}

/* Seconds, by a clock that nobody sets. */
double bn_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A socket of this stack, or of Linux's own, in a routing table; or the end. */
int bn_socket(int type, bool linux_stack, int rtable)
{
	int fd;

	if (!linux_stack)
		bn_ctl();
	fd = socket(linux_stack ? AF_INET : AF_BSDINET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		bn_die("socket: %s", strerror(errno));
	if (rtable && setsockopt(fd, IPPROTO_IP, SO_RTABLE, &rtable, sizeof(rtable)))
		bn_die("routing table %d: %s", rtable, strerror(errno));
	return fd;
}
