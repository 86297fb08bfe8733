// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * stream.c - what streams over loopback cost, both ends in one task:
 *
 *	bulk	a kilobyte of many, written in pieces of 64 KiB and read
 *	file	the same, but sent by sendfile(2) of a file in memory
 *	rr	a byte there and a byte back
 *	crr	a connection made, accepted and closed by both ends
 *	copy	a kilobyte from one connection to another: written, read, written, read
 *	splice	the same, but between the connections moved by SO_SPLICE
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define BULK_PIECE	65536
#define BULK_PIECES	200	/* a repetition */
#define RR_TIMES	5000
#define CRR_TIMES	500

static int listener;
static struct sockaddr_in address;

/* Two connected sockets. */
static void join(int family, int *a, int *b)
{
	*a = socket(family, SOCK_STREAM, 0);
	if (*a < 0 || connect(*a, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	*b = accept(listener, NULL, NULL);
	if (*b < 0)
		die("accept");
}

static void listen_at(int family)
{
	socklen_t len = sizeof(address);

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(family, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) ||
	    listen(listener, 8) || getsockname(listener, (struct sockaddr *)&address, &len))
		die("listener");
}

static void take(int from, size_t len)
{
	static char buf[BULK_PIECE];
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = recv(from, buf, len - done, 0);
		if (n <= 0)
			die("recv");
		done += n;
	}
}

static void move(int from, int to, size_t len)
{
	static char buf[BULK_PIECE];

	if (send(from, buf, len, 0) != (ssize_t)len)
		die("send");
	take(to, len);
}

/* A piece of a file goes from @from to @to. */
static void move_file(int file, int from, int to)
{
	off_t at = 0;

	if (sendfile(from, file, &at, BULK_PIECE) != BULK_PIECE)
		die("sendfile");
	take(to, BULK_PIECE);
}

static double bulk(int family, int from_file)
{
	static const char piece[BULK_PIECE] = "data";
	int file = memfd_create("piece", 0);
	double start;
	int a, b, i;

	if (file < 0 || write(file, piece, BULK_PIECE) != BULK_PIECE)
		die("memfd");
	join(family, &a, &b);
	move_file(file, a, b);
	start = now();
	for (i = 0; i < BULK_PIECES; i++) {
		if (from_file)
			move_file(file, a, b);
		else
			move(a, b, BULK_PIECE);
	}
	start = (now() - start) / BULK_PIECES / (BULK_PIECE / 1024);
	close(a);
	close(b);
	close(file);
	return start;
}

/* left -- source, drain -- right */
static double relay(int family, int spliced)
{
	int left, source, drain, right, i;
	double start;

	join(family, &left, &source);
	join(family, &drain, &right);
	if (spliced && setsockopt(source, IPPROTO_IP, SO_SPLICE, &drain, sizeof(drain)))
		die("SO_SPLICE");
	start = now();
	for (i = 0; i < BULK_PIECES; i++) {
		if (spliced) {
			move(left, right, BULK_PIECE);
		} else {
			move(left, source, BULK_PIECE);
			move(drain, right, BULK_PIECE);
		}
	}
	start = (now() - start) / BULK_PIECES / (BULK_PIECE / 1024);
	close(left);
	close(source);
	close(drain);
	close(right);
	return start;
}

static double request_response(int family)
{
	static int times;
	double start;
	int a, b, i, one = 1;

	join(family, &a, &b);
	setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(b, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	move(a, b, 1);
	if (times++ == 1)
		mark_begin();
	start = now();
	for (i = 0; i < RR_TIMES; i++) {
		move(a, b, 1);
		move(b, a, 1);
	}
	start = (now() - start) / RR_TIMES;
	if (times == 2)
		mark_end(2 * RR_TIMES);
	close(a);
	close(b);
	return start;
}

static double connect_close(int family)
{
	double start = now();
	int a, b, i;

	for (i = 0; i < CRR_TIMES; i++) {
		join(family, &a, &b);
		close(a);
		close(b);
	}
	return (now() - start) / CRR_TIMES;
}

/* One repetition of @what; family @family. */
double bench_stream(const char *what, int family)
{
	if (!listener)
		listen_at(family);
	if (!strcmp(what, "bulk") || !strcmp(what, "file"))
		return bulk(family, *what == 'f');
	if (!strcmp(what, "rr"))
		return request_response(family);
	if (!strcmp(what, "copy") || !strcmp(what, "splice"))
		return relay(family, *what == 's');
	return connect_close(family);
}
