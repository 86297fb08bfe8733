// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * uring WHAT - streams of this stack by io_uring(7): one ring, both ends of a
 * connection over loopback, no thread that could wait in the place of the ring.
 *
 * WHAT is a name of the table at the end. Ends with 0 if all was as it should be.
 */
#include "prog.h"
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bsdnet/sock.h>

#define ENTRIES	8
#define STREAM	(4u << 20)	/* bytes that stream() sends */
#define PIECE	50000

/* What was asked for: an index of done[] and results[]. */
enum ask { ACCEPT, CONNECT, SEND, RECV, POLL, CANCEL, SHUTDOWN, ASKS };

static int ring;
static unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static int done[ASKS], results[ASKS];

static void *map(size_t len, off_t what)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static void open_ring(void)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	ring = syscall(SYS_io_uring_setup, ENTRIES, &p);
	if (ring < 0)
		fail("io_uring_setup");
	sq = map(p.sq_off.array + p.sq_entries * sizeof(*sq_array), IORING_OFF_SQ_RING);
	cq = map(p.cq_off.cqes + p.cq_entries * sizeof(*cqes), IORING_OFF_CQ_RING);
	sqes = map(p.sq_entries * sizeof(*sqes), IORING_OFF_SQES);
	sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	sq_mask = (unsigned int *)(sq + p.sq_off.ring_mask);
	sq_array = (unsigned int *)(sq + p.sq_off.array);
	cq_head = (unsigned int *)(cq + p.cq_off.head);
	cq_tail = (unsigned int *)(cq + p.cq_off.tail);
	cq_mask = (unsigned int *)(cq + p.cq_off.ring_mask);
	cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

/* Ask the ring for @op, as @what; it may take its time. */
static void ask(enum ask what, int op, int fd, const void *addr, unsigned int len, uint64_t off,
		unsigned int flags)
{
	unsigned int i = *sq_tail & *sq_mask;

	memset(&sqes[i], 0, sizeof(sqes[i]));
	sqes[i].opcode = op;
	sqes[i].fd = fd;
	sqes[i].addr = (uintptr_t)addr;
	sqes[i].len = len;
	sqes[i].off = off;
	sqes[i].msg_flags = flags;
	sqes[i].user_data = what;
	done[what] = 0;
	sq_array[i] = i;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) != 1)
		fail("io_uring_enter");
}

/* Take note of what has ended. */
static void collect(void)
{
	while (*cq_head != __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE)) {
		struct io_uring_cqe *cqe = &cqes[*cq_head & *cq_mask];

		done[cqe->user_data] = 1;
		results[cqe->user_data] = cqe->res;
		__atomic_store_n(cq_head, *cq_head + 1, __ATOMIC_RELEASE);
	}
}

static int result(enum ask what)
{
	for (collect(); !done[what]; collect())
		if (syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
			fail("io_uring_enter");
	return results[what];
}

static void expect(const char *what, long found, long wanted)
{
	if (found == wanted)
		return;
	fprintf(stderr, "%s: %ld, not %ld\n", what, found, wanted);
	exit(1);
}

static void pending(const char *what, enum ask which)
{
	collect();
	expect(what, done[which], 0);
}

static int stream_socket(struct sockaddr_in *sin)
{
	socklen_t len = sizeof(*sin);
	int fd = socket(AF_BSDINET, SOCK_STREAM, 0);

	*sin = (struct sockaddr_in){ .sin_family = AF_INET };
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)sin, sizeof(*sin)) ||
	    getsockname(fd, (struct sockaddr *)sin, &len))
		fail("bind");
	sin->sin_family = AF_INET;
	return fd;
}

/* Both ends of a connection. The accept waits before there is one. */
static void connect_pair(int fd[2])
{
	struct sockaddr_in sin, own;
	int head = stream_socket(&sin);

	if (listen(head, 1))
		fail("listen");
	fd[0] = stream_socket(&own);
	ask(ACCEPT, IORING_OP_ACCEPT, head, NULL, 0, 0, 0);
	pending("accept", ACCEPT);
	ask(CONNECT, IORING_OP_CONNECT, fd[0], &sin, 0, sizeof(sin), 0);
	expect("connect", result(CONNECT), 0);
	fd[1] = result(ACCEPT);
	if (fd[1] < 0)
		expect("accept", fd[1], 0);
}

static void message(int fd[2])
{
	char data[16] = "";

	ask(RECV, IORING_OP_RECV, fd[1], data, sizeof(data), 0, 0);
	pending("recv", RECV);
	ask(SEND, IORING_OP_SEND, fd[0], "message", 7, 0, 0);
	expect("send", result(SEND), 7);
	expect("recv", result(RECV), 7);
	expect("data", memcmp(data, "message", 7), 0);
}

/* More than the buffers hold: sends wait for room, receives for data. */
static void stream(int fd[2])
{
	static unsigned char out[STREAM], in[PIECE];
	unsigned int sent = 0, got = 0;
	int n, i;

	for (i = 0; i < (int)STREAM; i++)
		out[i] = rnd();
	ask(SEND, IORING_OP_SEND, fd[0], out, STREAM, 0, MSG_WAITALL);
	while (got < STREAM) {
		ask(RECV, IORING_OP_RECV, fd[1], in, PIECE, 0, 0);
		n = result(RECV);
		if (n <= 0)
			expect("recv", n, PIECE);
		expect("data", memcmp(in, out + got, n), 0);
		got += n;
	}
	sent = result(SEND);
	expect("sent", sent, STREAM);
	expect("received", got, STREAM);
}

static void end(int fd[2])
{
	char data[16] = "";

	ask(RECV, IORING_OP_RECV, fd[1], data, sizeof(data), 0, 0);
	pending("recv", RECV);
	ask(SHUTDOWN, IORING_OP_SHUTDOWN, fd[0], NULL, SHUT_WR, 0, 0);
	expect("shutdown", result(SHUTDOWN), 0);
	expect("recv", result(RECV), 0);
}

static void cancel(int fd[2])
{
	char data[16] = "";

	ask(RECV, IORING_OP_RECV, fd[1], data, sizeof(data), 0, 0);
	pending("recv", RECV);
	ask(CANCEL, IORING_OP_ASYNC_CANCEL, -1, (void *)(uintptr_t)RECV, 0, 0, 0);
	expect("cancel", result(CANCEL), 0);
	expect("recv", result(RECV), -ECANCELED);
	message(fd);
}

static void poll_in(int fd[2])
{
	ask(POLL, IORING_OP_POLL_ADD, fd[1], NULL, 0, 0, POLLIN);
	pending("poll", POLL);
	ask(SEND, IORING_OP_SEND, fd[0], "x", 1, 0, 0);
	expect("poll", result(POLL) & POLLIN, POLLIN);
}

static void refused(int fd[2])
{
	struct sockaddr_in sin, own;
	int closed = stream_socket(&sin);
	int s = stream_socket(&own);

	(void)fd;
	close(closed);
	ask(CONNECT, IORING_OP_CONNECT, s, &sin, 0, sizeof(sin), 0);
	expect("connect", result(CONNECT), -ECONNREFUSED);
}

static const struct {
	const char	*name;
	void		(*run)(int fd[2]);
} table[] = {
	{ "message", message }, { "stream", stream }, { "end", end }, { "cancel", cancel },
	{ "poll", poll_in }, { "refused", refused },
};

int main(int argc, char **argv)
{
	unsigned int i;
	int fd[2];

	alarm(60);
	for (i = 0; argc == 2 && i < ARRAY_SIZE(table); i++) {
		if (strcmp(argv[1], table[i].name))
			continue;
		open_ring();
		connect_pair(fd);
		table[i].run(fd);
		return 0;
	}
	fprintf(stderr, "usage: uring message|stream|end|cancel|poll|refused\n");
	return 1;
}
