/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * compat_pagepool.h - where the kernel keeps page_pool's functions; 6.6 moved
 * them. For kmod/linux/ only.
 */
#ifndef _BSDNET_COMPAT_PAGEPOOL_H
#define _BSDNET_COMPAT_PAGEPOOL_H

#ifdef BSDNET_HAVE_PAGE_POOL_DIR
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif /* BSDNET_HAVE_PAGE_POOL_DIR */

#endif /* _BSDNET_COMPAT_PAGEPOOL_H */
