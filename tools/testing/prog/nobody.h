/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * nobody.h - for the fuzzers that are an unprivileged user.
 */
#ifndef _BSDNET_NOBODY_H
#define _BSDNET_NOBODY_H

#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bsdnet/sock.h>

#define NOBODY		65534

/* Give up what the super-user may do, and see that it is gone. */
static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		fail("become nobody");
	if (socket(AF_BSDINET, SOCK_RAW, IPPROTO_ICMP) >= 0) {
		fprintf(stderr, "a raw socket without privilege\n");
		exit(1);
	}
}

#endif /* _BSDNET_NOBODY_H */
