/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * in_pcb_run.h - runs: what of a batch is for one PCB, given to it under one lock.
 *
 * Receive path: udp_input.c, tcp_input.c, at the end of a batch -> here -> in_pcbinput().
 * A few runs are open at a time, so that flows that alternate on the wire do not cut
 * each other's. Where there are more flows than that, what is left of the batch is put in
 * order of flows first. Within a flow order holds, because a PCB has at most one open run.
 *
 * Inline: each datagram and each segment passes here.
 *
 * Context: section, no PCB locked; runs are on the stack of who gathers them.
 */
#ifndef _BSDNET_IN_PCB_RUN_H
#define _BSDNET_IN_PCB_RUN_H

#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/prefetch.h>
#include <linux/string.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/ip.h>
#include <bsdnet/netstack.h>

#define INP_NRUNS	4	/* runs open at a time; more cost a scan a packet */
#define INP_SORTBITS	5	/* of the hash by which flows are put in order */
#define INP_SORTMIN	8	/* packets that are worth it */

/* A run: packets of one PCB, and what the last one was asked for by. */
struct inp_run {
	struct inpcb		*ir_inp;	/* NULL: free */
	struct mbuf_list	 ir_ml;
	__be32			 ir_src;
	__be32			 ir_dst;
	__be32			 ir_ports;	/* both, as on the wire */
	u32			 ir_ifidx;
	u16			 ir_rtableid;
};

struct inp_runs {
	struct inp_run		 rs_run[INP_NRUNS];
	unsigned int		 rs_cur;	/* that of the last packet */
	struct mbuf_list	*rs_ml;		/* what is left of the batch */
	bool			 rs_sorted;	/* ... has been put in order */
	unsigned int		 rs_counter;	/* counts runs */
};

static inline void inp_runs_init(struct inp_runs *rs, struct mbuf_list *ml, unsigned int counter)
{
	unsigned int i;

	for (i = 0; i < INP_NRUNS; i++)
		rs->rs_run[i].ir_inp = NULL;
	rs->rs_cur = 0;
	rs->rs_ml = ml;
	rs->rs_sorted = false;
	rs->rs_counter = counter;
}

static inline void inp_run_close(struct inp_runs *rs, struct inp_run *ir, struct netstack *ns)
{
	if (!ir->ir_inp)
		return;
	counter_inc(rs->rs_counter);
	in_pcbinput(ir->ir_inp, &ir->ir_ml, ns);
	ir->ir_inp = NULL;
}

/* Give all open runs to their PCBs. */
static inline void inp_runs_close(struct inp_runs *rs, struct netstack *ns)
{
	unsigned int i;

	for (i = 0; i < INP_NRUNS; i++)
		inp_run_close(rs, &rs->rs_run[i], ns);
}

/* Both ports behind the IP header, as one word. */
static inline __be32 inp_run_ports(const void *ports)
{
	__be32 both;

	memcpy(&both, ports, sizeof(both));
	return both;
}

/* The run of the last packet, if @m is of the same flow; else NULL. */
static inline struct inp_run *inp_run_same(struct inp_runs *rs, const struct mbuf *m,
					   const struct ip *ip, __be32 ports)
{
	struct inp_run *ir = &rs->rs_run[rs->rs_cur];

	if (likely(ir->ir_inp && ir->ir_src == ip->ip_src && ir->ir_ports == ports &&
		   ir->ir_dst == ip->ip_dst && ir->ir_ifidx == m->m_pkthdr.ph_ifidx &&
		   ir->ir_rtableid == m->m_pkthdr.ph_rtableid))
		return ir;
	return NULL;
}

/*
 * Put packets of a flow behind each other: runs are cut for others. Not inline: its stack
 * is free again when the packets are processed.
 */
static noinline_for_stack void inp_runs_sort(struct mbuf_list *ml)
{
	struct mbuf_list flows[BIT(INP_SORTBITS)];
	const struct ip *ip;
	struct mbuf *m;
	unsigned int i;
	u32 key;

	for (i = 0; i < ARRAY_SIZE(flows); i++)
		ml_init(&flows[i]);
	while ((m = ml_dequeue(ml))) {
		ip = mtod(m, const struct ip *);
		key = (__force u32)(inp_run_ports(m->m_data + (ip->ip_hl << 2)) ^ ip->ip_src);
		ml_enqueue(&flows[hash_32(key, INP_SORTBITS)], m);
	}
	for (i = 0; i < ARRAY_SIZE(flows); i++)
		ml_enlist(ml, &flows[i]);
}

/* The open run of @inp, whose next packet is @m, or a new one in place of another. */
static inline struct inp_run *inp_run_open(struct inp_runs *rs, struct inpcb *inp,
					   const struct mbuf *m, const struct ip *ip,
					   __be32 ports, struct netstack *ns)
{
	struct inp_run *ir;
	unsigned int i;

	for (i = 0; i < INP_NRUNS && rs->rs_run[i].ir_inp != inp; i++)
		;
	if (i == INP_NRUNS) {
		i = (rs->rs_cur + 1) % INP_NRUNS;
		if (rs->rs_run[i].ir_inp && !rs->rs_sorted) {
			rs->rs_sorted = true;
			if (ml_len(rs->rs_ml) >= INP_SORTMIN)
				inp_runs_sort(rs->rs_ml);
		}
		inp_run_close(rs, &rs->rs_run[i], ns);
		ml_init(&rs->rs_run[i].ir_ml);
		rs->rs_run[i].ir_inp = inp;
	}
	rs->rs_cur = i;
	ir = &rs->rs_run[i];
	ir->ir_src = ip->ip_src;
	ir->ir_dst = ip->ip_dst;
	ir->ir_ports = ports;
	ir->ir_ifidx = m->m_pkthdr.ph_ifidx;
	ir->ir_rtableid = m->m_pkthdr.ph_rtableid;
	return ir;
}

/* The PCB of @table that @m, with ports at @th, is for; NULL: none. */
static inline struct inpcb *inp_run_lookup(struct inpcbtable *table, const struct mbuf *m,
					   const struct ip *ip, const void *th)
{
	const __be16 *ports = th;

	return in_pcblookup4(table, ip->ip_src, ports[0], ip->ip_dst, ports[1],
			     m->m_pkthdr.ph_rtableid, m->m_pkthdr.ph_ifidx,
			     m->m_flags & M_FLOWID ? m->m_pkthdr.ph_flowid : 0);
}

/*
 * The batch ends: @one puts each packet of @ml on the run of its PCB, in section @sec.
 * Takes the ladder mutex where the mode wants it.
 */
static __always_inline void
inp_runs_flush(struct mbuf_list *ml, enum net_section sec, unsigned int counter,
	       void (*one)(struct inp_runs *rs, struct mbuf *m, struct netstack *ns),
	       struct netstack *ns)
{
	bool enter = !ns->ns_ladder;	/* the protocol queue runs with it already */
	struct inp_runs rs;
	struct mbuf *m;

	if (ml_empty(ml))
		return;
	inp_runs_init(&rs, ml, counter);
	if (enter)
		net_proto_enter(ns, sec);
	while ((m = ml_dequeue(ml))) {
		if (ml->ml_head)
			prefetch(ml->ml_head->m_data);
		one(&rs, m, ns);
	}
	inp_runs_close(&rs, ns);
	if (enter)
		net_proto_leave(ns, sec);
}

#endif /* _BSDNET_IN_PCB_RUN_H */
