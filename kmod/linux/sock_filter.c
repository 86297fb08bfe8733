// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_filter.c - programs that sockets have attached (SO_ATTACH_FILTER,
 * SO_ATTACH_BPF), run by Linux on an sk_buff made for the moment.
 *
 * Receive path: in_pcb_filter.c -> here -> Linux. The copy is the price of a filter;
 * sockets without one pay nothing.
 *
 * Context: section, the PCB's mutex held; no lock of Linux's socket.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/ip.h>
#include <bsdnet/mbuf.h>
#include <linux/filter.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>

#include "sock_priv.h"

/* A copy of a packet, as the program shall see it: data from @off of the IP header on. */
static struct sk_buff *filter_skb(const struct mbuf *m, const struct ip *ip, unsigned int off)
{
	unsigned int hdrs = m->m_data - (const u8 *)ip;
	unsigned int len = m->m_pkthdr.len;
	struct sk_buff *skb = alloc_skb(hdrs + len, GFP_NOWAIT | __GFP_NOWARN);

	if (!skb)
		return NULL;
	skb->protocol = htons(ETH_P_IP);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_put_data(skb, ip, hdrs);
	if (m_copydata(m, 0, len, skb_put(skb, len))) {
		kfree_skb(skb);
		return NULL;
	}
	skb_pull(skb, off);
	skb_reset_transport_header(skb);
	return skb;
}

/**
 * sosk_filter() - ask a socket's program about a packet
 * @so:  socket
 * @m:   packet; its headers stand right before the data, from @ip on
 * @ip:  its IP header
 * @off: bytes of it that the program does not see, as with Linux's sockets
 *
 * Context: Section, PCB locked. Does not sleep.
 * Return:  bytes of data that may stay; -EPERM: none, drop it; -ENOMEM.
 */
int sosk_filter(struct bsd_socket *so, const struct mbuf *m, const struct ip *ip,
		unsigned int off)
{
	int seen = m->m_data - (const u8 *)ip - off;	/* headers that count for the program */
	int keep = m->m_pkthdr.len;
	struct sk_buff *skb;
	struct sock *sk;

	rcu_read_lock();
	sk = rcu_dereference(so->so_sk);
	if (!sk || !rcu_access_pointer(sk->sk_filter))
		goto out;
	skb = filter_skb(m, ip, off);
	if (!skb) {
		keep = -ENOMEM;
		goto out;
	}
	keep = sk_filter(sk, skb) ? -EPERM : max((int)skb->len - seen, 0);
	kfree_skb(skb);
out:
	rcu_read_unlock();
	return keep;
}
