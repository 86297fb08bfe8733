// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * rate.c - a trial of RFC 2544, for scripts/perform:
 *
 *	rate RATE LENGTH SECONDS NAMESPACE ADDRESS NAMESPACE ADDRESS PORT
 *
 * Datagrams with LENGTH bytes of data between two hosts that are network namespaces,
 * RATE a second in both directions together.
 * Prints what was sent and received, and the time that it took from one program to the
 * other, in microseconds, as JSON.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH	32
#define PAUSE	100000	/* ns between looks at the clock */
#define LINGER	500	/* ms that nothing came after the last was sent */
#define MAXDATA	2048

struct end {
	struct sockaddr_in	 sin;
	int			 fd;
};

/* One direction. */
struct flow {
	struct end	*from, *to;
	pthread_t	 sender, receiver;
	uint64_t	 sent, received;
	uint32_t	*latency;	/* ns, of what was received */
	size_t		 room;
	double		 took;
	atomic_bool	 over;		/* sent and took will not change */
};

static double rate, seconds;	/* of one direction */
static unsigned int length;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* A socket belongs for good to the namespace it was made in. */
static void open_end(struct end *end, const char *space, const char *address, int port)
{
	int size = 8 << 20, fd;
	char path[128];

	end->sin.sin_family = AF_INET;
	end->sin.sin_port = htons(port);
	if (!inet_aton(address, &end->sin.sin_addr))
		die(address);
	snprintf(path, sizeof(path), "/run/netns/%s", space);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
	end->fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (end->fd < 0 || bind(end->fd, (struct sockaddr *)&end->sin, sizeof(end->sin)))
		die("socket");
	setsockopt(end->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
}

static void *send_flow(void *arg)
{
	static const struct timespec pause = { .tv_nsec = PAUSE };
	uint64_t start = now(), time, due;
	struct flow *flow = arg;
	char data[MAXDATA] = "";

	do {
		time = now();
		due = (time - start) * rate / 1e9;
		if (due > flow->sent + BATCH)
			due = flow->sent + BATCH;
		for (; flow->sent < due; flow->sent++) {
			time = now();
			memcpy(data, &time, sizeof(time));
			/* What cannot be sent is lost. */
			send(flow->from->fd, data, length, MSG_DONTWAIT);
		}
		nanosleep(&pause, NULL);
	} while (time - start < seconds * 1e9);
	flow->took = (now() - start) / 1e9;
	flow->over = true;
	return NULL;
}

static void *receive_flow(void *arg)
{
	struct flow *flow = arg;
	struct pollfd in = { .fd = flow->to->fd, .events = POLLIN };
	char data[MAXDATA];
	uint64_t then;

	while (poll(&in, 1, flow->over ? LINGER : 100) > 0 || !flow->over) {
		while (recv(flow->to->fd, data, sizeof(data), MSG_DONTWAIT) == (ssize_t)length) {
			memcpy(&then, data, sizeof(then));
			if (flow->received < flow->room)
				flow->latency[flow->received] = now() - then;
			flow->received++;
		}
		if (flow->over && flow->received >= flow->sent)
			break;
	}
	return NULL;
}

static void start(struct flow *flow, struct end *from, struct end *to)
{
	flow->from = from;
	flow->to = to;
	flow->room = rate * seconds * 2 + 1000;
	flow->latency = calloc(flow->room, sizeof(*flow->latency));
	if (!flow->latency || connect(from->fd, (struct sockaddr *)&to->sin, sizeof(to->sin)))
		die("flow");
}

static void run(struct flow *flow)
{
	if (pthread_create(&flow->receiver, NULL, receive_flow, flow) ||
	    pthread_create(&flow->sender, NULL, send_flow, flow))
		die("thread");
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void report(struct flow *flows)
{
	uint64_t sent = 0, received = 0, known = 0;
	double took = 0, sum = 0;
	uint32_t *all = NULL;
	unsigned int i;
	size_t j;

	for (i = 0; i < 2; i++) {
		struct flow *flow = &flows[i];
		size_t have = flow->received < flow->room ? flow->received : flow->room;

		sent += flow->sent;
		received += flow->received;
		took = flow->took > took ? flow->took : took;
		all = realloc(all, (known + have + 1) * sizeof(*all));
		if (!all)
			die("report");
		memcpy(all + known, flow->latency, have * sizeof(*all));
		known += have;
	}
	qsort(all, known, sizeof(*all), compare);
	for (j = 0; j < known; j++)
		sum += all[j];
	printf("{\"sent\": %llu, \"received\": %llu, \"seconds\": %.3f, \"rate\": %.1f",
	       (unsigned long long)sent, (unsigned long long)received, took, sent / took);
	if (known) {
		printf(", \"latency_us\": {\"mean\": %.1f, \"median\": %.1f, ",
		       sum / known / 1e3, all[known / 2] / 1e3);
		printf("\"p99\": %.1f, \"max\": %.1f}", all[known * 99 / 100] / 1e3,
		       all[known - 1] / 1e3);
	}
	printf("}\n");
	free(all);
}

int main(int argc, char **argv)
{
	struct flow flows[2] = { 0 };
	struct end a, b;
	unsigned int i;

	if (argc != 9)
		return 2;
	rate = atof(argv[1]) / 2;
	length = atoi(argv[2]);
	seconds = atof(argv[3]);
	if (rate <= 0 || seconds <= 0 || length < sizeof(uint64_t) || length > MAXDATA)
		return 2;
	open_end(&a, argv[4], argv[5], atoi(argv[8]));
	open_end(&b, argv[6], argv[7], atoi(argv[8]));
	start(&flows[0], &a, &b);
	start(&flows[1], &b, &a);
	for (i = 0; i < 2; i++)
		run(&flows[i]);
	for (i = 0; i < 2; i++) {
		pthread_join(flows[i].sender, NULL);
		pthread_join(flows[i].receiver, NULL);
	}
	report(flows);
	return 0;
}
