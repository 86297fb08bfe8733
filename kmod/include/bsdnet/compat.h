/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * compat.h - every difference between the supported kernels, force-included.
 *
 * The code is written for the newest supported kernel; this file gives older
 * ones the new spelling. Prefer "#ifdef name" over a version test: the LTS
 * kernels carry backports. LINUX_VERSION_CODE appears nowhere else.
 */
#ifndef _BSDNET_COMPAT_H
#define _BSDNET_COMPAT_H

#include <linux/socket.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "bsdnet needs Linux 6.1 or newer; tested up to 7.3"
#endif

#include <linux/export.h>
#include <linux/timer.h>

/* 6.13 made symbol namespaces strings. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define BSDNET_EXPORT(sym)	EXPORT_SYMBOL_NS_GPL(sym, "BSDNET")
#define BSDNET_IMPORT		MODULE_IMPORT_NS("BSDNET")
#define BSDNET_IMPORT_KUNIT	MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#else
#define BSDNET_EXPORT(sym)	EXPORT_SYMBOL_NS_GPL(sym, BSDNET)
#define BSDNET_IMPORT		MODULE_IMPORT_NS(BSDNET)
#define BSDNET_IMPORT_KUNIT	MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0) */

#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname)	\
	from_timer(var, callback_timer, timer_fieldname)
#endif /* timer_container_of */

/* Compiler-checked lock legends came with 7.0; before, they are comments. */
#ifndef __guarded_by
#define __guarded_by(...)
#endif /* __guarded_by */

/* 6.11: virtio_find_vqs() takes one array of structs; see compat_virtio.h. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define BSDNET_HAVE_VIRTQUEUE_INFO
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0) */

/* 6.8 calls the pin by its name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define PCI_IRQ_INTX	PCI_IRQ_LEGACY
#endif /* LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0) */

/* 6.6 moved page_pool's functions; see compat_pagepool.h. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define BSDNET_HAVE_PAGE_POOL_DIR
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0) */

/* 6.2 brought <kunit/visibility.h>. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#include <kunit/visibility.h>
#else
#define VISIBLE_IF_KUNIT static
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0) */

/* 6.19 gave proto_ops' bind and connect a sockaddr of no size of its own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define bsdnet_ksockaddr	sockaddr_unsized
#else
#define bsdnet_ksockaddr	sockaddr
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0) */

/* Before 6.5 struct proto's ioctl took a user pointer; only io_uring needs the new one. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define BSDNET_PROTO_IOCTL(fn)	.ioctl = (fn),
#else
#define BSDNET_PROTO_IOCTL(fn)
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0) */

/* 6.5: splice(2) tells a socket that no more comes, after MSG_MORE. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define BSDNET_SPLICE_EOF(fn)	.splice_eof = (fn),
#else
#define BSDNET_SPLICE_EOF(fn)
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0) */

/* 6.5: splice(2) says so when it gives pages; before, it copies for who has no sendpage. */
#ifndef MSG_SPLICE_PAGES
#define MSG_SPLICE_PAGES		0
#endif /* MSG_SPLICE_PAGES */

/* 6.3 */
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE		51
#endif /* IP_LOCAL_PORT_RANGE */

/* 6.10 gave proto_ops' accept a struct for what it is told and tells. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define BSDNET_ACCEPT_ARGS	struct proto_accept_arg *arg
#define BSDNET_ACCEPT_FLAGS	(arg->flags)
#define BSDNET_ACCEPT_KERN	(arg->kern)
#else
#define BSDNET_ACCEPT_ARGS	int flags, bool kern
#define BSDNET_ACCEPT_FLAGS	(flags)
#define BSDNET_ACCEPT_KERN	(kern)
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0) */

/* Keep IPv6 autoconfiguration off a net_device: 6.2; before, face.c vetoes addresses. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define BSDNET_IFF_NO_ADDRCONF	IFF_NO_ADDRCONF
#else
#define BSDNET_IFF_NO_ADDRCONF	0
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0) */

/* A net_device that stays in its network namespace: a bit since 6.12, before a feature. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define bsd_netdev_pin(dev)	((dev)->netns_immutable = true)
#else
#define bsd_netdev_pin(dev)	((dev)->features |= NETIF_F_NETNS_LOCAL)
#endif /* LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) */

#endif /* _BSDNET_COMPAT_H */
