// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * relay.c - what comes to a port goes on to another host, for scripts/perform:
 *
 *	relay [-cLu] [-n STREAMS] PORT HOST PORT
 *
 * STREAMS connections (1), one way, until all have ended; -u: datagrams, stream n from
 * PORT + n to PORT + n, until SIGINT.
 * The kernel moves the data: SO_SPLICE, in Linux's stack (-L) splice(2) through a pipe,
 * which there is for streams only. -c: this program does.
 */
#include <arpa/inet.h>
#include <bsdnet/sock.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE	(256 * 1024)

static int family = AF_BSDINET;
static bool copying, datagrams;
static struct sockaddr_in next;

/* What is moved by a thread, and where to. */
struct way {
	int		from;
	unsigned int	index;	/* of the stream */
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void on_signal(int number)
{
	(void)number;
	_exit(0);
}

static int bound(unsigned int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int one = 1, fd = socket(family, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		die("bind");
	return fd;
}

static void copy(int from, int to)
{
	char *buf = malloc(PIECE);
	ssize_t got, sent, done;

	if (!buf)
		die("buffer");
	while ((got = recv(from, buf, PIECE, 0)) > 0 || (datagrams && !got)) {
		if (datagrams) {
			send(to, buf, got, 0);
			continue;
		}
		for (done = 0; done < got; done += sent) {
			sent = send(to, buf + done, got - done, MSG_NOSIGNAL);
			if (sent < 0) {
				perror("send");
				free(buf);
				return;
			}
		}
	}
	free(buf);
}

static void splice_bsdnet(int from, int to)
{
	struct pollfd end = { .fd = from, .events = POLLIN };

	if (setsockopt(from, IPPROTO_IP, SO_SPLICE, &to, sizeof(to)))
		die("SO_SPLICE");
	/* Readable again when there is nothing more to come. */
	while (poll(&end, 1, -1) <= 0)
		;
}

static void splice_linux(int from, int to)
{
	ssize_t got, sent;
	int ends[2];

	if (pipe(ends))
		die("pipe");
	fcntl(ends[1], F_SETPIPE_SZ, PIECE);
	while ((got = splice(from, NULL, ends[1], NULL, PIECE, SPLICE_F_MOVE)) > 0) {
		for (; got > 0; got -= sent) {
			sent = splice(ends[0], NULL, to, NULL, got, SPLICE_F_MOVE);
			if (sent <= 0)
				die("splice");
		}
	}
	close(ends[0]);
	close(ends[1]);
}

static void *move(void *arg)
{
	int size = PIECE, to = socket(family, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
	struct sockaddr_in sin = next;
	struct way *way = arg;

	sin.sin_port = htons(ntohs(sin.sin_port) + (datagrams ? way->index : 0));
	if (to < 0 || connect(to, (struct sockaddr *)&sin, sizeof(sin)))
		die("connect");
	if (datagrams && setsockopt(to, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)))
		die("SO_SNDBUF");
	if (copying)
		copy(way->from, to);
	else if (family == AF_INET)
		splice_linux(way->from, to);
	else
		splice_bsdnet(way->from, to);
	close(to);
	close(way->from);
	free(way);
	return NULL;
}

static pthread_t start(int from, unsigned int index)
{
	struct way *way = malloc(sizeof(*way));
	pthread_t thread;

	if (!way)
		die("thread");
	*way = (struct way){ .from = from, .index = index };
	if (pthread_create(&thread, NULL, move, way))
		die("thread");
	return thread;
}

int main(int argc, char **argv)
{
	unsigned int i, streams = 1;
	pthread_t *threads;
	int c, fd, listener;

	while ((c = getopt(argc, argv, "cLn:u")) != -1) {
		if (c == 'c')
			copying = true;
		else if (c == 'L')
			family = AF_INET;
		else if (c == 'n')
			streams = atoi(optarg);
		else if (c == 'u')
			datagrams = true;
		else
			return 2;
	}
	next = (struct sockaddr_in){ .sin_family = AF_INET };
	if (argc - optind != 3 || !inet_aton(argv[optind + 1], &next.sin_addr))
		return 2;
	next.sin_port = htons(atoi(argv[optind + 2]));
	threads = calloc(streams, sizeof(*threads));
	if (!threads)
		die("threads");
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
	listener = datagrams ? -1 : bound(atoi(argv[optind]));
	if (!datagrams && listen(listener, streams))
		die("listen");
	for (i = 0; i < streams; i++) {
		fd = datagrams ? bound(atoi(argv[optind]) + i) : accept(listener, NULL, NULL);
		if (fd < 0)
			die("accept");
		threads[i] = start(fd, i);
	}
	for (i = 0; i < streams; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
