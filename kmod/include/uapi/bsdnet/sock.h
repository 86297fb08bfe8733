/* SPDX-License-Identifier: ((GPL-2.0+ WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * bsdnet/sock.h - address families and BSD's own socket options.
 *
 * Options that Linux has keep Linux's names and numbers (SO_*, IP_*). BSD's own
 * follow here, in numbers that Linux does not use.
 */
#ifndef _UAPI_BSDNET_SOCK_H
#define _UAPI_BSDNET_SOCK_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/time_types.h>
#define _BSD_TIMEVAL		__kernel_old_timeval
#else
#include <sys/time.h>
#define _BSD_TIMEVAL		timeval
#endif /* __KERNEL__ */

#define AF_BSDINET		18
#define AF_BSDINET6		19
#define AF_BSDROUTE		22
#define AF_BSDKEY		25

/*
 * level SOL_SOCKET, to set; level IPPROTO_IP, to set and get. Linux answers every
 * SOL_SOCKET getsockopt(2) itself, and kernel 6.1 every setsockopt(2) too.
 */
#define SO_RTABLE		0x1021	/* int: routing table of the socket */
/*
 * To set: an int, the socket that shall get what this one receives, -1: none any more;
 * or a struct splice. To get: __s64, bytes that the last one has moved.
 */
#define SO_SPLICE		0x1023

struct splice {
	int			sp_fd;	/* socket, or -1 */
	__s64			sp_max;	/* bytes, 0: any number */
	struct _BSD_TIMEVAL	sp_idle;	/* longest time without data, 0: any */
};

/* level IPPROTO_IP */
#define IP_RECVDSTADDR		0x1007	/* int; cmsg of the same number: struct in_addr */

#endif /* _UAPI_BSDNET_SOCK_H */
