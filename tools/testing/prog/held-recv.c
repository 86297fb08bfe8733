// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * held-recv ADDRESS PORT - a receiver whose recvmsg() stops in the middle of the
 * copy, in a page that userfaultfd(2) withholds.
 *
 * Says "ready", then "held" when a datagram's copy has stopped; a line on stdin
 * lets it go on, and it says what came. Until then whatever lock the kernel holds
 * over the copy is held.
 */
#include "prog.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bsdnet/sock.h>

#define PAGE	4096

static char *page;
static int sock;

static int withhold(void)
{
	struct uffdio_register reg = { .range = { 0, PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)page;
	if (fd < 0 || page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		fail("userfaultfd");
	return fd;
}

static void *receive(void *arg)
{
	ssize_t n = recv(sock, page, PAGE, 0);

	(void)arg;
	if (n < 0)
		fail("recv");
	printf("received %zd %.*s\n", n, (int)n, page);
	fflush(stdout);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct uffdio_copy copy = { .len = PAGE };
	static char zeroes[PAGE];
	struct uffd_msg msg;
	pthread_t thread;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: held-recv ADDRESS PORT\n");
		return 1;
	}
	sin.sin_addr.s_addr = inet_addr(argv[1]);
	sin.sin_port = htons(atoi(argv[2]));
	sock = socket(AF_BSDINET, SOCK_DGRAM, 0);
	if (sock < 0 || bind(sock, (struct sockaddr *)&sin, sizeof(sin)))
		fail("bind");
	fd = withhold();
	if (pthread_create(&thread, NULL, receive, NULL))
		fail("pthread_create");
	puts("ready");
	fflush(stdout);
	if (read(fd, &msg, sizeof(msg)) != sizeof(msg) || msg.event != UFFD_EVENT_PAGEFAULT)
		fail("page fault");
	puts("held");
	fflush(stdout);
	getchar();
	copy.dst = (uintptr_t)page;
	copy.src = (uintptr_t)zeroes;
	if (ioctl(fd, UFFDIO_COPY, &copy))
		fail("UFFDIO_COPY");
	pthread_join(thread, NULL);
	return 0;
}
