/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * socket_priv.h - what the files of socket/ share: the accounts of users, memory.
 */
#ifndef _BSDNET_SOCKET_PRIV_H
#define _BSDNET_SOCKET_PRIV_H

#include <linux/slab.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct so_user;

extern struct kmem_cache *so_cache;	/* struct bsd_socket */

extern unsigned int so_user_bytes;	/* knob socket/user_bytes: share of one user */

struct so_user *so_user_get(kuid_t uid);
struct so_user *so_user_hold(struct so_user *user);
void so_user_put(struct so_user *user);

#endif /* _BSDNET_SOCKET_PRIV_H */
