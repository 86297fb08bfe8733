// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * fail-nth SCENARIO STEP[,FIRST] [MODULE] - run a scenario again and again, one
 * allocation failing in each run (Linux's fault injection): the first, or number FIRST,
 * then always STEP further on, until a run has fewer.
 *
 * Each run may fail in any orderly way. What it left is undone before the next,
 * with nothing failing; that must succeed, or the failure left something behind.
 * sockets: their whole life. streams: that of connections. config: interfaces,
 * addresses, routes, ARP. module: MODULE, a file, loads and unloads; only allocations
 * under its init count, by the filter that the caller has set.
 */
#include "prog.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bsdnet/if.h>
#include <bsdnet/ioctl.h>
#include <bsdnet/sock.h>

#define NEVER		1000000000	/* allocations: more than a run has */
#define PROGRESS	100		/* runs a line */

struct scenario {
	const char	*s_name;
	void		(*s_run)(void);		/* with failures */
	void		(*s_undo)(void);	/* without; ends the program on trouble */
};

static int nthfd;
static int ctl;
static int fds[3] = { -1, -1, -1 };
static const char *module_file;
static char module_name[64];

static void set_nth(unsigned int n)
{
	char buf[16];
	int len = snprintf(buf, sizeof(buf), "%u", n);

	if (pwrite(nthfd, buf, len, 0) != len)
		fail("fail-nth");
}

/* How many allocations short of the n-th the run was; 0: it failed one. */
static unsigned int get_nth(void)
{
	char buf[16] = "";

	if (pread(nthfd, buf, sizeof(buf) - 1, 0) <= 0)
		fail("fail-nth");
	return atoi(buf);
}

/* ---- sockets ---- */

static struct sockaddr_in loopback(unsigned int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void send_and_receive(int from, int to, size_t len)
{
	struct sockaddr_in sin = loopback(7001);
	static char data[9000], control[512];
	struct iovec iov = { data, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_name = &sin,
			     .msg_namelen = sizeof(sin) };

	if (sendmsg(from, &mh, MSG_DONTWAIT) < 0)
		return;
	mh.msg_control = control;
	mh.msg_controllen = sizeof(control);
	(void)!recvmsg(to, &mh, MSG_DONTWAIT | MSG_PEEK);
	(void)!recvmsg(to, &mh, MSG_DONTWAIT);
}

static void sockets_run(void)
{
	static const int options[] = { IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVOPTS,
				       IP_RECVERR };
	struct sockaddr_in a = loopback(7000), b = loopback(7001), c = loopback(7002);
	int one = 1, i;

	fds[0] = socket(AF_BSDINET, SOCK_DGRAM, 0);
	fds[1] = socket(AF_BSDINET, SOCK_DGRAM, 0);
	fds[2] = socket(AF_BSDINET, SOCK_RAW, IPPROTO_ICMP);
	setsockopt(fds[1], SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	setsockopt(fds[1], SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
	for (i = 0; i < (int)ARRAY_SIZE(options); i++)
		setsockopt(fds[1], IPPROTO_IP, options[i], &one, sizeof(one));
	setsockopt(fds[0], IPPROTO_IP, IP_OPTIONS, "\x94\x04\x00\x00", 4);
	setsockopt(fds[0], IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	bind(fds[0], (struct sockaddr *)&a, sizeof(a));
	bind(fds[1], (struct sockaddr *)&b, sizeof(b));
	send_and_receive(fds[0], fds[1], 10);
	send_and_receive(fds[0], fds[1], 1400);
	send_and_receive(fds[0], fds[1], 9000);
	send_and_receive(fds[2], fds[2], 64);
	/* Nobody there: the error comes back. */
	if (!connect(fds[0], (struct sockaddr *)&c, sizeof(c))) {
		char buf[256];
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buf,
				     .msg_controllen = sizeof(buf) };

		(void)!send(fds[0], "x", 1, MSG_DONTWAIT);
		(void)!recvmsg(fds[0], &mh, MSG_ERRQUEUE | MSG_DONTWAIT);
		(void)!recv(fds[0], buf, sizeof(buf), MSG_DONTWAIT);
	}
}

static void close_all(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static void sockets_undo(void)
{
	struct sockaddr_in b = loopback(7001);
	char byte[4];
	int i;

	close_all();
	/* The port is free again, and works. */
	i = socket(AF_BSDINET, SOCK_DGRAM, 0);
	if (i < 0 || bind(i, (struct sockaddr *)&b, sizeof(b)) ||
	    sendto(i, "x", 1, 0, (struct sockaddr *)&b, sizeof(b)) != 1 ||
	    recv(i, byte, sizeof(byte), 0) != 1)
		fail("socket after a failure");
	close(i);
}

/* ---- streams ---- */

static int stream(int flags)
{
	return socket(AF_BSDINET, SOCK_STREAM | flags, 0);
}

static int listener(int flags)
{
	struct sockaddr_in at = loopback(7010);
	int one = 1, fd = stream(flags);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 4)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* By lo both ends run in this task: what fails here fails there, too. */
static void streams_run(void)
{
	static char data[100000];
	struct sockaddr_in to = loopback(7010);

	fds[0] = listener(SOCK_NONBLOCK);
	fds[1] = stream(SOCK_NONBLOCK);
	(void)!connect(fds[1], (struct sockaddr *)&to, sizeof(to));
	fds[2] = accept4(fds[0], NULL, NULL, SOCK_NONBLOCK);
	(void)!send(fds[1], data, 10, MSG_NOSIGNAL);
	(void)!send(fds[1], data, sizeof(data), MSG_NOSIGNAL);
	(void)!recv(fds[2], data, sizeof(data), MSG_PEEK);
	(void)!recv(fds[2], data, sizeof(data), 0);
	(void)!send(fds[2], data, 1000, MSG_NOSIGNAL);
	shutdown(fds[1], SHUT_WR);
	(void)!recv(fds[1], data, sizeof(data), 0);
}

static void streams_undo(void)
{
	struct sockaddr_in to = loopback(7010);
	char byte;

	close_all();
	/* The port is free again, and takes connections. */
	fds[0] = listener(0);
	fds[1] = stream(0);
	if (fds[0] < 0 || fds[1] < 0 || connect(fds[1], (struct sockaddr *)&to, sizeof(to)))
		fail("connection after a failure");
	fds[2] = accept(fds[0], NULL, NULL);
	if (fds[2] < 0 || send(fds[1], "x", 1, 0) != 1 || recv(fds[2], &byte, 1, 0) != 1)
		fail("stream after a failure");
	close_all();
}

/* ---- configuration ---- */

static int config_if(const char *name, unsigned long cmd, unsigned int value)
{
	struct bsd_ifreq ifr = { .bifru_value = value };

	snprintf(ifr.bifr_name, sizeof(ifr.bifr_name), "%s", name);
	return ioctl(ctl, cmd, &ifr);
}

static void config_address(const char *name, unsigned long cmd, const char *addr)
{
	struct bsd_ifaddreq req = { .ifra_family = AF_INET, .ifra_plen = 24 };
	uint32_t a = inet_addr(addr);

	snprintf(req.ifra_name, sizeof(req.ifra_name), "%s", name);
	memcpy(req.ifra_addr, &a, sizeof(a));
	ioctl(ctl, cmd, &req);
}

static void config_route(unsigned long cmd, const char *dst, unsigned int plen, const char *gate)
{
	struct bsd_rtmsg rtm = { .rtm_family = AF_INET, .rtm_plen = plen,
				 .rtm_flags = BSD_RTF_GATEWAY | BSD_RTF_STATIC };
	uint32_t a = inet_addr(dst), g = inet_addr(gate);

	memcpy(rtm.rtm_dst, &a, sizeof(a));
	memcpy(rtm.rtm_gateway, &g, sizeof(g));
	ioctl(ctl, cmd, &rtm);
}

static void config_send(const char *dst)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(9),
				   .sin_addr.s_addr = inet_addr(dst) };
	int fd = socket(AF_BSDINET, SOCK_DGRAM, 0);

	if (fd < 0)
		return;
	(void)!sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&sin, sizeof(sin));
	close(fd);
}

static void config_dump(void)
{
	static struct bsd_rtmsg routes[64];
	static char names[64][BSD_IFNAMSIZ];
	struct bsd_rtdump rtd = { .rtd_family = AF_INET, .rtd_max = 64,
				  .rtd_buf = (uintptr_t)routes };
	struct bsd_iflist ifl = { .ifl_max = 64, .ifl_buf = (uintptr_t)names };

	ioctl(ctl, BSIOCDUMPROUTE, &rtd);
	ioctl(ctl, BSIOCGIFLIST, &ifl);
}

static void config_run(void)
{
	struct bsd_arpreq arp = { .arpr_lladdr = { 2, 0, 0, 0, 0, 9 }, .arpr_flags = 1 };
	struct bsd_ifreq group = { .bifr_name = "pair70", .bifru_group = "lab" };
	uint32_t a = inet_addr("10.70.0.9");

	config_if("pair70", BSIOCIFCREATE, 0);
	config_if("pair71", BSIOCIFCREATE, 0);
	config_if("gen70", BSIOCIFCREATE, 0);
	config_if("pair71", BSIOCSIFRDOMAIN, 7);
	ioctl(ctl, BSIOCAIFGROUP, &group);
	{
		struct bsd_ifreq ifr = { .bifr_name = "pair71" };

		if (!ioctl(ctl, BSIOCGIFDATA, &ifr))
			config_if("pair70", BSIOCSIFPAIR, ifr.bifru_data.ifi_index);
	}
	config_address("pair70", BSIOCAIFADDR, "10.70.0.1");
	config_address("pair71", BSIOCAIFADDR, "10.70.0.2");
	config_if("pair70", BSIOCSIFFLAGS, BSD_IFF_UP);
	config_if("pair71", BSIOCSIFFLAGS, BSD_IFF_UP);
	config_if("pair70", BSIOCSIFMTU, 1400);
	config_route(BSIOCADDROUTE, "10.71.0.0", 16, "10.70.0.2");
	config_route(BSIOCADDROUTE, "10.71.3.0", 24, "10.70.0.3");
	config_route(BSIOCCHGROUTE, "10.71.0.0", 16, "10.70.0.4");
	memcpy(arp.arpr_addr, &a, sizeof(a));
	ioctl(ctl, BSIOCSETARP, &arp);
	config_send("10.70.0.2");
	config_send("10.70.0.9");
	config_send("10.71.3.1");
	config_dump();
	config_route(BSIOCDELROUTE, "10.71.3.0", 24, "10.70.0.3");
	config_address("pair70", BSIOCDIFADDR, "10.70.0.1");
}

static void config_undo(void)
{
	static const char *const names[] = { "pair70", "pair71", "gen70" };
	struct bsd_rtmsg rtm = { .rtm_family = AF_INET };
	uint32_t a = inet_addr("10.71.3.1");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (config_if(names[i], BSIOCIFDESTROY, 0) && errno != ENXIO)
			fail("destroy after a failure");
	}
	memcpy(rtm.rtm_dst, &a, sizeof(a));
	if (!ioctl(ctl, BSIOCGETROUTE, &rtm) && rtm.rtm_plen >= 16) {
		fprintf(stderr, "a route outlives its interface\n");
		exit(1);
	}
}

/* ---- module ---- */

static void module_run(void)
{
	int fd = open(module_file, O_RDONLY | O_CLOEXEC);

	(void)!syscall(SYS_finit_module, fd, "", 0);
	close(fd);
}

static void module_undo(void)
{
	if (syscall(SYS_delete_module, module_name, 0) && errno != ENOENT)
		fail(module_name);
}

static void module_set(const char *file)
{
	const char *base = strrchr(file, '/');

	module_file = file;
	snprintf(module_name, sizeof(module_name), "%s", base ? base + 1 : file);
	*strchrnul(module_name, '.') = '\0';
}

static const struct scenario scenarios[] = {
	{ "sockets", sockets_run, sockets_undo },
	{ "streams", streams_run, streams_undo },
	{ "config", config_run, config_undo },
	{ "module", module_run, module_undo },
};

/*
 * A first time without failures, for what stays allocated from then on. Returns how
 * many allocations it took.
 */
static unsigned int count(const struct scenario *s)
{
	unsigned int left;

	set_nth(NEVER);
	s->s_run();
	left = get_nth();
	set_nth(0);
	s->s_undo();
	return NEVER - left;
}

/* @arg: "STEP", or "STEP,FIRST" to go on where a run was ended. */
static void loop(const struct scenario *s, const char *arg)
{
	const char *comma = strchr(arg, ',');
	unsigned int total = count(s);
	unsigned int step = atoi(arg);
	unsigned int runs = 0;
	unsigned int n;

	for (n = comma ? atoi(comma + 1) : 1;; n += step, runs++) {
		unsigned int left;

		if (runs % PROGRESS == 0)
			fprintf(stderr, "%s: at %u of about %u\n", s->s_name, n, total);
		set_nth(n);
		s->s_run();
		left = get_nth();
		set_nth(0);
		s->s_undo();
		if (left)
			break;
	}
	/* Twice and thrice in one run is not tried; each alone is. */
	printf("%s: %u allocations of about %u failed one by one\n", s->s_name, runs, n - 1);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 3) {
		fprintf(stderr,
			"usage: fail-nth sockets|streams|config|module STEP[,FIRST] [MODULE]\n");
		return 1;
	}
	if (argc == 4)
		module_set(argv[3]);
	nthfd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nthfd < 0)
		fail("fail-nth");
	ctl = socket(AF_BSDINET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ctl < 0 && argc < 4)
		fail("socket");
	for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
		if (strcmp(argv[1], scenarios[i].s_name))
			continue;
		loop(&scenarios[i], argv[2]);
		return 0;
	}
	fprintf(stderr, "fail-nth: no scenario %s\n", argv[1]);
	return 1;
}
