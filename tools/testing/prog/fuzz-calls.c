// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * fuzz-calls COUNT SEED - random system calls on sockets of this stack, as an
 * unprivileged user.
 *
 * Calls, descriptors, levels, options, lengths, addresses, control messages and
 * pointers are drawn so that most are nearly right. Nothing may block for good:
 * descriptors do not block, and a timer interrupts what does. The same seed makes
 * the same calls.
 */
#include "prog.h"
#include "nobody.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <bsdnet/ioctl.h>

#define NFDS	48
#define SPACE	16384

static int fds[NFDS];
static char *space;		/* SPACE bytes, then a page that is not there */
static unsigned long worked;

static int *slot(void)
{
	return &fds[rnd_below(NFDS)];
}

static int fd(void)
{
	return *slot();
}

/* A pointer with at least @len bytes behind it, mostly. */
static char *pointer(size_t len)
{
	switch (rnd_below(24)) {
	case 0: return NULL;
	case 1: return space + SPACE - rnd_below(len + 1);
	case 2: return (char *)(uintptr_t)0xffffffff80000000ULL;
	default: return space + rnd_below(SPACE - (len < SPACE ? len : SPACE) + 1);
	}
}

static size_t length(void)
{
	static const size_t edges[] = { 0, 1, 3, 4, 7, 8, 15, 16, 17, 28, 64, 1472, 1473, 4096,
					9000 };

	return rnd_one_in(16) ? rnd() : rnd_one_in(32) ? (size_t)-1 : edges[rnd_below(15)];
}

static int value(void)
{
	static const int edges[] = { 0, 1, -1, 2, 255, 256, 4096, 65535, 65536, 1 << 20, 0x7fffffff,
				     -0x7fffffff - 1 };

	return rnd_one_in(4) ? (int)rnd() : edges[rnd_below(12)];
}

static int flags(void)
{
	return MSG_DONTWAIT | (rnd_one_in(3) ? (int)rnd() & 0x7fffffff : 0);
}

/* An address into @sin; returns its length as given to the call. */
static socklen_t address(struct sockaddr_in *sin)
{
	static const uint32_t addrs[] = { 0x7f000001, 0x7f000001, 0x7f000001, 0, 0xffffffff,
					  0xe0000001, 0x0a4d0001, 0x7f0000ff };

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = rnd_one_in(16) ? rnd_below(64) : rnd_one_in(4) ? AF_BSDINET : AF_INET;
	sin->sin_port = htons(rnd_one_in(16) ? rnd_below(65536) : 20000 + rnd_below(16));
	sin->sin_addr.s_addr = htonl(addrs[rnd_below(8)]);
	return rnd_one_in(16) ? rnd_below(200) : sizeof(*sin);
}

static long call_socket(void)
{
	static const int types[] = { SOCK_DGRAM, SOCK_DGRAM, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM,
				     SOCK_SEQPACKET };
	int *s = slot();

	if (*s >= 0)
		close(*s);
	*s = socket(rnd_one_in(32) ? (int)rnd_below(64) : AF_BSDINET,
		    types[rnd_below(6)] | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    rnd_one_in(4) ? (int)rnd_below(300) : 0);
	return *s;
}

static long call_close(void)
{
	int *s = slot();
	int ret = close(*s);

	*s = -1;
	return ret;
}

static long call_bind(void)
{
	struct sockaddr_in sin;
	socklen_t len = address(&sin);

	return bind(fd(), (struct sockaddr *)&sin, len);
}

static long call_connect(void)
{
	struct sockaddr_in sin;
	socklen_t len = address(&sin);

	return connect(fd(), (struct sockaddr *)&sin, len);
}

static long call_names(void)
{
	socklen_t len = rnd_below(200);
	struct sockaddr *sa = (struct sockaddr *)pointer(200);

	return rnd_one_in(2) ? getsockname(fd(), sa, &len) : getpeername(fd(), sa, &len);
}

static long call_sendto(void)
{
	struct sockaddr_in sin;
	socklen_t len = address(&sin);
	size_t size = length();
	int named = !rnd_one_in(3);

	return sendto(fd(), pointer(size), size, flags(), named ? (struct sockaddr *)&sin : NULL,
		      named ? len : 0);
}

static long call_recvfrom(void)
{
	size_t size = length();
	socklen_t len = rnd_below(64);

	return recvfrom(fd(), pointer(size), size, flags(), (struct sockaddr *)pointer(64), &len);
}

/* Control messages of random kinds, some well formed. */
static size_t control(char *buf)
{
	static const int types[] = { 1, 2, 4, 6, 7, 8, 11, 12, 13, 20, 22, 24, 37, 42, 103 };
	size_t off = 0;

	while (off < 256 && !rnd_one_in(3)) {
		struct cmsghdr *cm = (struct cmsghdr *)(buf + off);
		size_t len = rnd_one_in(8) ? rnd_below(100) : rnd_one_in(2) ? 4 : 12;

		memset(cm, rnd_one_in(4) ? rnd() : 0, CMSG_SPACE(100));
		cm->cmsg_len = rnd_one_in(16) ? rnd() : CMSG_LEN(len);
		cm->cmsg_level = rnd_one_in(8) ? (int)rnd_below(256) :
				 rnd_one_in(4) ? SOL_SOCKET : IPPROTO_IP;
		cm->cmsg_type = rnd_one_in(8) ? (int)rnd_below(256) : types[rnd_below(15)];
		*(int *)CMSG_DATA(cm) = value();
		off += CMSG_SPACE(len);
	}
	return rnd_one_in(8) ? rnd_below(512) : off;
}

static void message(struct msghdr *mh, struct iovec *iov, struct sockaddr_in *sin, char *ctl)
{
	unsigned int i;

	memset(mh, 0, sizeof(*mh));
	if (!rnd_one_in(3)) {
		mh->msg_name = sin;
		mh->msg_namelen = address(sin);
	}
	mh->msg_iov = iov;
	mh->msg_iovlen = rnd_one_in(32) ? rnd() : rnd_below(5);
	for (i = 0; i < 4; i++) {
		iov[i].iov_len = length();
		iov[i].iov_base = pointer(iov[i].iov_len);
	}
	if (rnd_one_in(2)) {
		mh->msg_control = ctl;
		mh->msg_controllen = control(ctl);
	}
	mh->msg_flags = rnd();
}

static long call_messages(void)
{
	static char ctl[4][1024] __attribute__((aligned(8)));
	struct timespec soon = { 0, 1000000 };
	struct sockaddr_in sin[4];
	struct mmsghdr mmh[4];
	struct iovec iov[4][4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		message(&mmh[i].msg_hdr, iov[i], &sin[i], ctl[i]);
	switch (rnd_below(4)) {
	case 0: return sendmsg(fd(), &mmh[0].msg_hdr, flags());
	case 1: return recvmsg(fd(), &mmh[0].msg_hdr, flags());
	case 2: return sendmmsg(fd(), mmh, rnd_below(5), flags());
	default: return recvmmsg(fd(), mmh, rnd_below(5), flags(), &soon);
	}
}

static void option_name(int *level, int *name)
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_UDP, IPPROTO_ICMP, 255,
				      IPPROTO_TCP };

	*level = rnd_one_in(16) ? (int)rnd_below(400) : levels[rnd_below(6)];
	*name = rnd_one_in(64) ? (int)rnd() :
		rnd_one_in(8) ? 0x1000 + (int)rnd_below(64) : (int)rnd_below(80);
}

static long call_setsockopt(void)
{
	socklen_t len = rnd_one_in(2) ? sizeof(int) : length();
	char *p = pointer(len < 4096 ? len : 64);
	int level, name;

	option_name(&level, &name);
	if (p >= space && p <= space + SPACE - 64)
		*(int *)p = value();
	return setsockopt(fd(), level, name, p, len);
}

static long call_getsockopt(void)
{
	socklen_t len = rnd_one_in(16) ? rnd() : rnd_below(256);
	int level, name;

	option_name(&level, &name);
	return getsockopt(fd(), level, name, pointer(256), rnd_one_in(64) ? NULL : &len);
}

static long call_ioctl(void)
{
	static const unsigned int theirs[] = { FIONREAD, FIONBIO, FIOASYNC, 0x8912, 0x8927, 0x8913,
					       0x8907, 0x8906, 0x5411, 0x890b };
	char *p = pointer(SPACE / 2);
	unsigned int cmd = rnd_one_in(4) ? theirs[rnd_below(10)] :
			   _IOC(rnd_below(4), 'i', rnd_below(70),
				rnd_one_in(4) ? rnd_below(400) : 16 + 8 * rnd_below(40));

	if (p >= space && p <= space + SPACE / 2) {
		unsigned int i;

		memset(p, 0, 512);
		strcpy(p, rnd_one_in(2) ? "lo0" : "vio0");
		for (i = 0; i < 6; i++)
			*(uint64_t *)(p + 8 * rnd_below(24)) = rnd_one_in(2) ? rnd_below(300) :
				rnd_one_in(2) ? (uintptr_t)pointer(4096) : rnd();
	}
	/* One of our own, with its right size. */
	if (rnd_one_in(3)) {
		static const unsigned int ours[] = {
			BSIOCGABI, BSIOCGIFLIST, BSIOCGIFFLAGS, BSIOCSIFFLAGS, BSIOCGIFDATA,
			BSIOCSIFMTU, BSIOCIFCREATE, BSIOCIFDESTROY, BSIOCGIFGROUPS, BSIOCGIFADDRS,
			BSIOCAIFADDR, BSIOCDIFADDR, BSIOCSIFGEN, BSIOCIFINJECT, BSIOCADDROUTE,
			BSIOCDELROUTE, BSIOCGETROUTE, BSIOCDUMPROUTE, BSIOCSETARP, BSIOCGCOUNTERS,
			BSIOCGPCBS, BSIOCGIFMULTI,
			BSIOCGMFCS, BSIOCTCPDROP };

		cmd = ours[rnd_below(ARRAY_SIZE(ours))];
	}
	return ioctl(fd(), cmd, p);
}

static long call_wait(void)
{
	struct pollfd pfd[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		pfd[i] = (struct pollfd){ fd(), rnd(), 0 };
	return poll(pfd, 4, 0);
}

static long call_epoll(void)
{
	static int ep = -1;
	struct epoll_event ev = { .events = rnd() };

	if (ep < 0)
		ep = epoll_create1(0);
	if (rnd_one_in(3))
		return epoll_wait(ep, &ev, 1, 0);
	return epoll_ctl(ep, 1 + rnd_below(3), fd(), &ev);
}

static long call_odd(void)
{
	socklen_t len = 16;
	int *s = slot();
	int other;

	switch (rnd_below(9)) {
	case 0: return listen(fd(), value());
	case 1:
		other = accept(fd(), (struct sockaddr *)pointer(16), &len);
		if (other >= 0)
			close(other);
		return other;
	case 2: return shutdown(fd(), rnd_below(4));
	case 3:
		other = dup(fd());
		if (*s >= 0)
			close(*s);
		*s = other;
		return other;
	case 4: return read(fd(), pointer(4096), rnd_below(4096));
	case 5: return write(fd(), pointer(4096), rnd_below(4096));
	case 6: return sendfile(fd(), fd(), NULL, 100);
	case 7:
		other = fcntl(fd(), F_GETFL);
		return fcntl(fd(), F_SETFL, (other & ~O_ASYNC) | O_NONBLOCK);
	default:
		if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd(), 0) != MAP_FAILED)
			worked++;
		return -1;
	}
}

static void on_alarm(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	static long (*const calls[])(void) = {
		call_socket, call_socket, call_close, call_bind, call_connect, call_names,
		call_sendto, call_sendto, call_sendto, call_recvfrom, call_recvfrom, call_messages,
		call_messages, call_messages, call_setsockopt, call_setsockopt, call_getsockopt,
		call_ioctl, call_wait, call_epoll, call_odd };
	struct itimerval every = { { 1, 0 }, { 1, 0 } };
	struct sigaction sa = { .sa_handler = on_alarm };
	unsigned long i, count;

	if (argc != 3) {
		fprintf(stderr, "usage: fuzz-calls COUNT SEED\n");
		return 1;
	}
	count = strtoul(argv[1], NULL, 0);
	rnd_seed(strtoul(argv[2], NULL, 0));
	become_nobody();
	space = mmap(NULL, SPACE + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (space == MAP_FAILED || munmap(space + SPACE, 4096))
		fail("mmap");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	memset(fds, -1, sizeof(fds));
	for (i = 0; i < count; i++)
		worked += calls[rnd_below(ARRAY_SIZE(calls))]() >= 0;
	printf("%lu calls, %lu succeeded\n", count, worked);
	return 0;
}
