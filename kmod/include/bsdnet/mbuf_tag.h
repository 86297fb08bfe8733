/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * mbuf_tag.h - small notes that travel with a packet (tunnels passed, options
 * asked for), for what is too rare to have a place in the packet header.
 *
 * A tag belongs to the packet it hangs on, and so to the packet's owner: no
 * locks. It dies with the packet, moves with m_move_pkthdr() and is copied by
 * m_dup_pkthdr().
 */
#ifndef _BSDNET_MBUF_TAG_H
#define _BSDNET_MBUF_TAG_H

#include <linux/types.h>

struct mbuf;

#define M_TAG_MAXLEN	256	/* bytes of data in one tag */

/* What a tag says; the number is its owner's for ever. */
enum m_tag_id {
	M_TAG_TUNNEL = 1,	/* u32: ifindex of a tunnel it was in (loop check) */
	M_TAG_IPSEC_IN,		/* an SA it came through */
	M_TAG_IPSEC_OUT,	/* an SA that was applied to it */
	M_TAG_SRCROUTE,		/* IPv4 source route it came with */
	M_TAG_PF_DIVERT,	/* where pf sends it */
	M_TAG_CARP,		/* balancing decision */
	M_TAG_TEST = 0xfff0,	/* tests */
};

/* Made by m_tag_get(), freed by m_tag_delete() or with its packet. */
struct m_tag {
	struct m_tag	*mt_next;	/* next of the packet */
	u16		 mt_id;		/* enum m_tag_id */
	u16		 mt_len;	/* bytes of mt_data */
	u32		 mt_pad;
	u8		 mt_data[];	/* 8-byte aligned */
};

struct m_tag *m_tag_get(u16 id, u32 len);
void m_tag_free(struct m_tag *t);
void m_tag_prepend(struct mbuf *m, struct m_tag *t);
struct m_tag *m_tag_find(const struct mbuf *m, u16 id, const struct m_tag *after);
void m_tag_delete(struct mbuf *m, struct m_tag *t);
void m_tag_delete_chain(struct mbuf *m);
int m_tag_copy_chain(struct mbuf *to, const struct mbuf *from);

#endif /* _BSDNET_MBUF_TAG_H */
