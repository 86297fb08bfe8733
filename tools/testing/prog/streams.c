// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * streams listen|connect FAMILY ADDRESS PORT NUMBER BYTES - streams side by side, each
 * with BYTES in both directions at once, all of which are compared.
 *
 * What a stream carries is a function of its number, the direction and the place, so
 * that neither end needs the other's data. Ends with status 1 at the first byte that is
 * wrong, missing or too many, at an error, and when a stream stands still too long.
 */
#include "prog.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE		65536
#define MAXSTREAMS	64
#define PATIENCE	120	/* seconds */

struct flow {
	pthread_t	f_thread;
	int		f_fd;
	uint64_t	f_salt;		/* of the stream and the direction */
};

static struct flow flows[2 * MAXSTREAMS];
static uint64_t total;

/* @len bytes from @offset on, which is a multiple of PIECE. */
static void fill(uint64_t *words, uint64_t salt, uint64_t offset, size_t len)
{
	uint64_t at = offset / 8;
	size_t i;

	for (i = 0; i < (len + 7) / 8; i++) {
		uint64_t x = (at + i + 1) * 0x9e3779b97f4a7c15ULL ^ salt;

		words[i] = x ^ x >> 29;
	}
}

static size_t piece_at(uint64_t offset)
{
	return total - offset < PIECE ? total - offset : PIECE;
}

static void *sender(void *arg)
{
	static __thread uint64_t words[PIECE / 8];
	struct flow *f = arg;
	uint64_t offset;

	for (offset = 0; offset < total; offset += PIECE) {
		size_t len = piece_at(offset), sent = 0;

		fill(words, f->f_salt, offset, len);
		while (sent < len) {
			ssize_t n = send(f->f_fd, (char *)words + sent, len - sent, MSG_NOSIGNAL);

			if (n < 0)
				fail("send");
			sent += n;
		}
	}
	if (shutdown(f->f_fd, SHUT_WR))
		fail("shutdown");
	return NULL;
}

static void __attribute__((noreturn)) wrong(uint64_t offset, const char *what)
{
	fprintf(stderr, "%s at byte %llu or behind\n", what, (unsigned long long)offset);
	exit(1);
}

static void *receiver(void *arg)
{
	static __thread uint64_t words[PIECE / 8], got[PIECE / 8];
	struct flow *f = arg;
	uint64_t offset;

	for (offset = 0; offset < total; offset += PIECE) {
		size_t len = piece_at(offset), come = 0;

		/* Not MSG_WAITALL: patience is for each piece of it. */
		while (come < len) {
			ssize_t n = recv(f->f_fd, (char *)got + come, len - come, 0);

			if (n < 0)
				fail("recv");
			if (!n)
				wrong(offset + come, "the end");
			come += n;
		}
		fill(words, f->f_salt, offset, len);
		if (memcmp(words, got, len))
			wrong(offset, "other data");
	}
	if (recv(f->f_fd, got, 1, 0) != 0)
		wrong(total, "no end");
	return NULL;
}

static void run(unsigned int i, int fd, int side)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	uint32_t number;

	/* The streams may come in another order than they were called. */
	if (side) {
		number = htonl(i);
		if (send(fd, &number, sizeof(number), 0) != sizeof(number))
			fail("send");
	} else if (recv(fd, &number, sizeof(number), MSG_WAITALL) != sizeof(number)) {
		fail("recv");
	}
	number = ntohl(number);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		fail("setsockopt");
	flows[2 * i] = (struct flow){ .f_fd = fd, .f_salt = 2 * number + side };
	flows[2 * i + 1] = (struct flow){ .f_fd = fd, .f_salt = 2 * number + !side };
	if (pthread_create(&flows[2 * i].f_thread, NULL, sender, &flows[2 * i]) ||
	    pthread_create(&flows[2 * i + 1].f_thread, NULL, receiver, &flows[2 * i + 1]))
		fail("pthread_create");
}

/* A connection, as soon as somebody listens. */
static int call(int family, const struct sockaddr_in *sin)
{
	time_t end = time(NULL) + PATIENCE;

	for (;;) {
		int fd = socket(family, SOCK_STREAM, 0);

		if (fd < 0)
			fail("socket");
		if (!connect(fd, (const struct sockaddr *)sin, sizeof(*sin)))
			return fd;
		if (time(NULL) > end)
			fail("connect");
		close(fd);
		usleep(100000);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	unsigned int n, i;
	int family, listener = -1, one = 1;

	if (argc != 7 || atoi(argv[5]) < 1 || atoi(argv[5]) > MAXSTREAMS) {
		fprintf(stderr,
			"usage: streams listen|connect FAMILY ADDRESS PORT NUMBER BYTES\n");
		return 1;
	}
	family = atoi(argv[2]);
	sin.sin_addr.s_addr = inet_addr(argv[3]);
	sin.sin_port = htons(atoi(argv[4]));
	n = atoi(argv[5]);
	total = strtoull(argv[6], NULL, 0);
	if (!strcmp(argv[1], "listen")) {
		listener = socket(family, SOCK_STREAM, 0);
		if (listener < 0 ||
		    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
		    bind(listener, (struct sockaddr *)&sin, sizeof(sin)) || listen(listener, n))
			fail("listen");
	}
	for (i = 0; i < n; i++) {
		int fd = listener < 0 ? call(family, &sin) : accept(listener, NULL, NULL);

		if (fd < 0)
			fail("accept");
		run(i, fd, listener < 0);
	}
	for (i = 0; i < 2 * n; i++)
		pthread_join(flows[i].f_thread, NULL);
	printf("%u streams, %llu bytes each way\n", n, (unsigned long long)total);
	return 0;
}
