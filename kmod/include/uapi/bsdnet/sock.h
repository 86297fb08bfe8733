/* SPDX-License-Identifier: ((GPL-2.0+ WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * bsdnet/sock.h - address families and BSD's own socket options.
 *
 * Options that Linux has keep Linux's names and numbers (SO_*, IP_*). BSD's own
 * follow here, in numbers that Linux does not use.
 */
#ifndef _UAPI_BSDNET_SOCK_H
#define _UAPI_BSDNET_SOCK_H

#define AF_BSDINET		18
#define AF_BSDINET6		19
#define AF_BSDROUTE		22
#define AF_BSDKEY		25

/*
 * level SOL_SOCKET, to set; level IPPROTO_IP, to set and get. Linux answers every
 * SOL_SOCKET getsockopt(2) itself, and kernel 6.1 every setsockopt(2) too.
 */
#define SO_RTABLE		0x1021	/* int: routing table of the socket */

/* level IPPROTO_IP */
#define IP_RECVDSTADDR		0x1007	/* int; cmsg of the same number: struct in_addr */

#endif /* _UAPI_BSDNET_SOCK_H */
