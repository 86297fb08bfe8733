/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * subsys.h - init and exit of what has no header of its own to say it in; the
 * table in main.c calls them in order. Init and exit run in process context
 * without locks.
 */
#ifndef _BSDNET_SUBSYS_H
#define _BSDNET_SUBSYS_H

int sysfs_init(void);		/* linux/sysfs.c: /sys/kernel/bsdnet */
void sysfs_exit(void);
int netlock_init(void);		/* netlock/netlock.c */
void netlock_exit(void);
int mbuf_init(void);		/* mbuf/mbuf_alloc.c */
void mbuf_exit(void);
int softnet_init(void);		/* softnet/softnet.c */
void softnet_exit(void);
int if_init(void);		/* net/if.c */
void if_exit(void);
int loop_init(void);		/* net/if_loop.c: lo0, up, 127.0.0.1/8 */
void loop_exit(void);
int raw_init(void);		/* netinet/raw_usrreq.c */
void raw_exit(void);
int family_init(void);		/* linux/family.c: sock_register(), last to start */
void family_exit(void);

#endif /* _BSDNET_SUBSYS_H */
