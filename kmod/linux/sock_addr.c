// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_addr.c - addresses as programs give them to addresses as the stack takes them.
 *
 * sin_family may be AF_INET or AF_BSDINET; AF_UNSPEC where Linux's IPv4 takes it.
 * The stack sees AF_INET only, with sin_zero cleared.
 *
 * Context: any; the address is in kernel memory already.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <uapi/bsdnet/sock.h>

#include "sock_priv.h"

static int sosk_addr(const void *name, int len, bool unspec, struct sockaddr_in *sin)
{
	const struct sockaddr_in *from = name;

	if (unlikely(len < (int)sizeof(*from)))
		return -EINVAL;
	if (unlikely(from->sin_family != AF_INET && from->sin_family != AF_BSDINET &&
		     !(unspec && from->sin_family == AF_UNSPEC)))
		return -EAFNOSUPPORT;
	sin->sin_family = AF_INET;
	sin->sin_port = from->sin_port;
	sin->sin_addr = from->sin_addr;
	memset(sin->__pad, 0, sizeof(sin->__pad));
	return 0;
}

/**
 * sosk_addr_bind() - address of bind(2)
 * @name: as given, kernel memory
 * @len:  its length
 * @sin:  out
 *
 * AF_UNSPEC means AF_INET if the address is 0.0.0.0, as in Linux.
 *
 * Context: Any.
 * Return:  0, -EINVAL if too short, -EAFNOSUPPORT.
 */
int sosk_addr_bind(const void *name, int len, struct sockaddr_in *sin)
{
	int error;

	error = sosk_addr(name, len, true, sin);
	if (error)
		return error;
	if (((const struct sockaddr_in *)name)->sin_family == AF_UNSPEC && sin->sin_addr.s_addr)
		return -EAFNOSUPPORT;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(sosk_addr_bind);

/**
 * sosk_addr_connect() - address of connect(2); AF_UNSPEC was dealt with
 * @name: as given, kernel memory
 * @len:  its length
 * @sin:  out
 *
 * Context: Any.
 * Return:  0, -EINVAL if too short, -EAFNOSUPPORT.
 */
int sosk_addr_connect(const void *name, int len, struct sockaddr_in *sin)
{
	return sosk_addr(name, len, false, sin);
}
EXPORT_SYMBOL_IF_KUNIT(sosk_addr_connect);

/**
 * sosk_addr_send() - address of sendto(2) and sendmsg(2)
 * @name: as given, kernel memory
 * @len:  its length
 * @sin:  out
 *
 * Context: Any.
 * Return:  0, -EINVAL if too short, -EAFNOSUPPORT.
 */
int sosk_addr_send(const void *name, int len, struct sockaddr_in *sin)
{
	return sosk_addr(name, len, true, sin);
}
EXPORT_SYMBOL_IF_KUNIT(sosk_addr_send);
