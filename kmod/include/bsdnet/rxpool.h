/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * rxpool.h - pages for receive rings, on the kernel's page_pool.
 *
 * A driver makes one pool a ring, takes buffers with rxpool_get() from the one
 * thread that fills the ring, and gives a filled buffer to a packet with
 * m_extadd(); the last m_free() brings the page back from any context. A buffer
 * is a page whose last bytes are its m_store, so it costs no allocation.
 */
#ifndef _BSDNET_RXPOOL_H
#define _BSDNET_RXPOOL_H

#include <linux/align.h>
#include <linux/cache.h>
#include <linux/mm.h>
#include <bsdnet/mbuf.h>

struct rxpool;

/* Bytes of a buffer that a device may fill. */
#define RXPOOL_BUFSIZE	((u32)(PAGE_SIZE - ALIGN(sizeof(struct m_store), SMP_CACHE_BYTES)))

#define RXPOOL_OFFSET	2	/* where frames begin, so that the IP header is aligned to 4 */

struct rxpool *rxpool_create(unsigned int size);
void rxpool_destroy(struct rxpool *rp);
struct m_store *rxpool_get(struct rxpool *rp);
struct mbuf *rxpool_mbuf(struct m_store *ms, u32 off, u32 len, bool first);

/* First byte of the buffer of @ms. */
static inline u8 *rxpool_buf(struct m_store *ms)
{
	return (u8 *)ms - RXPOOL_BUFSIZE;
}

/* Give back a buffer that no packet got. */
static inline void rxpool_put(struct m_store *ms)
{
	ms->ms_free(ms);
}

#endif /* _BSDNET_RXPOOL_H */
