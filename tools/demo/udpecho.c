// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * udpecho.c - an ordinary UDP client: sends a line, prints what comes back.
 *
 * Only the family in socket() tells that it runs on bsdnet.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <bsdnet/sock.h>

int main(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct timeval timeout = { .tv_sec = 5 };
	char buf[1500];
	ssize_t n;
	int fd;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &sin.sin_addr) != 1) {
		fprintf(stderr, "usage: udpecho ADDRESS PORT TEXT\n");
		return 1;
	}
	sin.sin_port = htons(atoi(argv[2]));
	fd = socket(AF_BSDINET, SOCK_DGRAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) ||
	    sendto(fd, argv[3], strlen(argv[3]), 0, (struct sockaddr *)&sin, sizeof(sin)) < 0) {
		perror("udpecho");
		return 1;
	}
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0) {
		perror("udpecho: no answer");
		return 1;
	}
	printf("%.*s\n", (int)n, buf);
	return (size_t)n != strlen(argv[3]) || memcmp(buf, argv[3], n);
}
