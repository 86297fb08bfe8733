// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * relay.c - nc's data: standard input to the network, the network to standard output,
 * in one loop that waits for both.
 *
 * Either way ends by itself: the input's end is told to the peer with -N, the peer's
 * end closes the way to standard output.
 */
#include "bsdnet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nc.h"

#define BUFSIZE	16384

/* One direction: what was read and is not written yet. */
struct way {
	int		 from, to;	/* -1: it is over */
	size_t		 len;
	char		 buf[BUFSIZE];
};

/* Places in the loop's array. */
enum { STDIN, NETOUT, NETIN, STDOUT, NFDS };

static bool fails(const char *what)
{
	bn_warn("%s: %s", what, strerror(errno));
	return false;
}

/* Room in @w is filled. False: an error that ends all. */
static bool fill(struct way *w, bool net, unsigned int *received)
{
	ssize_t n = net ? recv(w->from, w->buf + w->len, BUFSIZE - w->len, MSG_DONTWAIT) :
			  read(w->from, w->buf + w->len, BUFSIZE - w->len);

	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return true;
		return fails(net ? "receive" : "standard input");
	}
	/* A datagram may be empty; a stream has ended. */
	if (!n && !(net && nc.udp))
		w->from = -1;
	w->len += n;
	if (net && nc.limit && ++*received >= nc.limit)
		w->from = -1;
	return true;
}

/* What @w holds goes on, as much as is taken without waiting. False: as above. */
static bool drain(struct way *w, bool net)
{
	ssize_t n;

	/* A pipe that is ready takes at least PIPE_BUF. */
	if (net)
		n = send(w->to, w->buf, w->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(w->to, w->buf, w->len < PIPE_BUF ? w->len : PIPE_BUF);
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return true;
		if (net || errno != EPIPE)
			return fails(net ? "send" : "standard output");
		w->to = -1;		/* nobody wants it any more */
		return true;
	}
	w->len -= n;
	memmove(w->buf, w->buf + n, w->len);
	return true;
}

/* A way whose source has ended, and that is empty, ends. */
static void finish(struct way *out, struct way *in)
{
	if (out->from < 0 && !nc.noinput && !out->len && out->to >= 0) {
		if (nc.shut)
			shutdown(out->to, SHUT_WR);
		out->to = -1;
	}
	if (in->from < 0 && !in->len)
		in->to = -1;
}

static bool over(const struct way *out, const struct way *in)
{
	if (in->to >= 0)
		return false;
	/* A server is there for its peer, whatever may still be typed; so is -W. */
	return out->to < 0 || (!out->len && (nc.listen || nc.limit || nc.noinput));
}

static void prepare(struct pollfd *pfd, const struct way *out, const struct way *in)
{
	/* Datagrams keep their ends: the next is read when the last has gone on. */
	size_t room = nc.udp ? 0 : BUFSIZE - 1;

	pfd[STDIN] = (struct pollfd){ out->len <= room ? out->from : -1, POLLIN, 0 };
	pfd[NETOUT] = (struct pollfd){ out->to, out->len ? POLLOUT : 0, 0 };
	pfd[NETIN] = (struct pollfd){ in->len <= room ? in->from : -1, POLLIN, 0 };
	pfd[STDOUT] = (struct pollfd){ in->to, in->len ? POLLOUT : 0, 0 };
}

/* Carry data until both ways are over, or for -w nothing comes. False: by an error. */
bool nc_relay(int fd)
{
	static struct way out, in;
	struct pollfd pfd[NFDS];
	unsigned int received = 0;
	int n;

	out.from = nc.noinput ? -1 : STDIN_FILENO;
	out.to = fd;
	in.from = fd;
	in.to = STDOUT_FILENO;
	out.len = 0;
	in.len = 0;
	for (;;) {
		finish(&out, &in);
		if (over(&out, &in))
			return true;
		if (nc.interval)
			sleep(nc.interval);
		prepare(pfd, &out, &in);
		n = poll(pfd, NFDS, nc.timeout ? (int)nc.timeout : -1);
		if (n < 0 && errno != EINTR)
			return fails("poll");
		if (n == 0)
			return true;
		if (n < 0)
			continue;
		if (pfd[STDIN].revents && !fill(&out, false, NULL))
			return false;
		if (pfd[NETIN].revents && !fill(&in, true, &received))
			return false;
		if (pfd[STDOUT].revents & POLLOUT && !drain(&in, false))
			return false;
		if (pfd[STDOUT].revents & (POLLERR | POLLNVAL))
			in.to = -1;
		if (pfd[NETOUT].revents & POLLOUT && !drain(&out, true))
			return false;
		/* The peer takes nothing any more; what it has sent can still be read. */
		if (pfd[NETOUT].revents & (POLLHUP | POLLERR))
			out.to = -1;
	}
}
