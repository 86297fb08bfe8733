// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_gen.c - gen(4): makes and swallows frames, for benchmarks and fuzzing.
 *
 * It stands where a NIC with ideal receive-side scaling would: each flow's
 * frames are made by the flow's home softnet thread, in its poll (gen_poll()),
 * and go up as received ones. What is sent to it is counted and freed. Frames of
 * any content can be put in by BSIOCIFINJECT. Flows that are connections are
 * gen_stream.c's.
 *
 * A frame costs one copy of 64 bytes from its flow's template, and zeroes for the
 * rest, into an mbuf of a bulk allocation. With BSD_GEN_DROP it is freed where
 * the protocols would get it: that run is the baseline to subtract.
 * Context: polls in softnet threads; ioctls under rtnl.
 * Source: RFC 791 3.1, RFC 768, RFC 9293 3.1, RFC 792 (headers); RFC 1071 (sum).
 */
#include "gen_priv.h"
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/in.h>

#define GEN_MINSIZE	60
#define GEN_MAXSIZE	9014
#define GEN_MAXFLOWS	65536
#define GEN_MAXCOUNT	BIT_ULL(47)	/* times GEN_MAXFLOWS fits 64 bits */

/* Transport header behind the IP header at @ip; the payload is zeroes. */
static void gen_l4(const struct bsd_genreq *gr, u8 *ip, u16 sport, u16 dport)
{
	unsigned int len = gr->gr_size - GEN_L4;
	u8 *l4 = ip + GEN_IPLEN;
	u16 sum;

	switch (gr->gr_proto) {
	case IPPROTO_UDP:
		gen_put16(l4, sport);
		gen_put16(l4 + 2, dport);
		gen_put16(l4 + 4, len);
		sum = gen_fold(gen_sum(ip + 12, 8) + IPPROTO_UDP + len + gen_sum(l4, 8));
		gen_put16(l4 + 6, sum ? sum : 0xffff);
		break;
	case IPPROTO_TCP:
		gen_put16(l4, sport);
		gen_put16(l4 + 2, dport);
		l4[12] = 5 << 4;	/* words of header */
		l4[13] = 0x02;		/* SYN */
		gen_put16(l4 + 14, 65535);
		gen_put16(l4 + 16, gen_fold(gen_sum(ip + 12, 8) + IPPROTO_TCP + len +
					    gen_sum(l4, 20)));
		break;
	case IPPROTO_ICMP:
		l4[0] = 8;		/* echo request */
		gen_put16(l4 + 4, sport);
		gen_put16(l4 + 2, gen_fold(gen_sum(l4, 8)));
		break;
	}
}

/* Template of flow number @i. */
static void gen_template(struct gen_softc *sc, const struct bsd_genreq *gr, struct gen_flow *gf,
			 u32 i)
{
	u32 dst = gen_get32(gr->gr_dst) + i % gr->gr_ndst;
	u16 dport = gr->gr_dport + i % gr->gr_ndport;
	u32 src = gen_get32(gr->gr_src) + i;
	u16 sport = gr->gr_sport + i;
	bool ports = gr->gr_proto == IPPROTO_UDP || gr->gr_proto == IPPROTO_TCP;
	u8 *ip = gf->gf_hdr + ETH_HLEN;

	memset(gf->gf_hdr, 0, sizeof(gf->gf_hdr));
	memcpy(gf->gf_hdr, gr->gr_dmac, ETH_ALEN);
	memcpy(gf->gf_hdr + ETH_ALEN, sc->sc_if.if_lladdr, ETH_ALEN);
	gf->gf_hdr[2 * ETH_ALEN - 1] ^= 1;	/* somebody near by */
	gen_put16(gf->gf_hdr + 2 * ETH_ALEN, ETH_P_IP);

	ip[0] = 0x45;
	gen_put16(ip + 2, gr->gr_size - ETH_HLEN);
	ip[6] = 0x40;			/* DF: no identification needed, RFC 6864 4.1 */
	ip[8] = 64;
	ip[9] = gr->gr_proto;
	gen_put32(ip + 12, src);
	gen_put32(ip + 16, dst);
	gen_put16(ip + 10, gen_fold(gen_sum(ip, GEN_IPLEN)));
	gen_l4(gr, ip, sport, dport);
	if (gr->gr_flags & BSD_GEN_STREAM)
		gen_stream_template(gf->gf_hdr);
	gf->gf_conn = sc->sc_streams ? &sc->sc_streams->gs_conns[i] : NULL;
	gf->gf_flowid = softnet_toeplitz4(htonl(src), htonl(dst), ports ? htons(sport) : 0,
					  ports ? htons(dport) : 0);
}

/* Frames of all flows in turn. */
static unsigned int gen_frames(struct gen_thread *gt, struct mbuf_list *ml, unsigned int want)
{
	struct mbuf_list made = MBUF_LIST_INIT;
	u16 csum = gt->gt_sc->sc_csum;
	u32 size = gt->gt_sc->sc_size;
	struct gen_flow *gf;
	struct mbuf *m;
	u32 got;

	got = ml_getbulk(&made, want, max_t(u32, size, GEN_HDRLEN) + GEN_ALIGN, M_DONTWAIT);
	for (m = made.ml_head; m; m = m->m_nextpkt) {
		gf = &gt->gt_flows[gt->gt_next];
		if (++gt->gt_next == gt->gt_nflows)
			gt->gt_next = 0;
		gen_fill(gt, gf, m, size, csum);
	}
	ml_enlist(ml, &made);
	if (unlikely(got < want))
		WRITE_ONCE(gt->gt_nomem, gt->gt_nomem + want - got);
	return got;
}

static unsigned int gen_poll(struct softnet_poll *sp, struct mbuf_list *ml, unsigned int budget)
{
	struct gen_thread *gt = container_of(sp, struct gen_thread, gt_poll);
	unsigned int got;
	u32 want;

	if (unlikely(READ_ONCE(gt->gt_sc->sc_stop)))
		return 0;
	if (unlikely(!gt->gt_start))
		WRITE_ONCE(gt->gt_start, ktime_get_ns());
	want = min_t(u64, budget, gt->gt_left);
	got = gt->gt_sc->sc_streams ? gen_stream_poll(gt, ml, want) : gen_frames(gt, ml, want);
	gt->gt_left -= got;
	WRITE_ONCE(gt->gt_sent, gt->gt_sent + got);
	return got;
}

/* All made and, as the thread comes here after a batch, processed: note the time. */
static bool gen_rearm(struct softnet_poll *sp)
{
	struct gen_thread *gt = container_of(sp, struct gen_thread, gt_poll);

	if (gt->gt_left && !READ_ONCE(gt->gt_sc->sc_stop))
		return !gt->gt_sc->sc_streams || gen_stream_ready(gt);
	if (!gt->gt_end)
		WRITE_ONCE(gt->gt_end, ktime_get_ns());
	return false;
}

static bool gen_done(const struct gen_thread *gt)
{
	return !gt->gt_flows || READ_ONCE(gt->gt_end);
}

/* Add the threads' results up in sc_req. */
static void gen_results(struct gen_softc *sc)
{
	struct bsd_genreq *gr = &sc->sc_req;
	struct gen_thread *gt;
	u64 sums[IFC_N];
	u64 start = U64_MAX;
	unsigned int cpu;
	u64 end = 0;
	u64 t;

	if_counters_read(&sc->sc_if, sums);
	gr->gr_received = sums[IFC_OPACKETS] - sc->sc_swallowed;
	if (!sc->sc_threads)
		return;
	gr->gr_sent = 0;
	gr->gr_nomem = 0;
	gr->gr_threads = 0;
	gr->gr_running = 0;
	for_each_possible_cpu(cpu) {
		gt = &sc->sc_threads[cpu];
		if (!gt->gt_flows)
			continue;
		gr->gr_threads++;
		gr->gr_running |= !gen_done(gt);
		gr->gr_sent += READ_ONCE(gt->gt_sent);
		gr->gr_nomem += READ_ONCE(gt->gt_nomem);
		t = READ_ONCE(gt->gt_start);
		if (!t)
			continue;
		start = min(start, t);
		t = READ_ONCE(gt->gt_end);
		end = max(end, t ? t : ktime_get_ns());
	}
	gr->gr_ns = end > start ? end - start : 0;
}

static void gen_free_threads(struct gen_softc *sc)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		kvfree(sc->sc_threads[cpu].gt_flows);
	kvfree(sc->sc_threads);
	sc->sc_threads = NULL;
}

/* End a run, if there is one; its results stay in sc_req. */
static void gen_stop(struct gen_softc *sc)
{
	unsigned int cpu;

	if (!sc->sc_threads)
		return;
	WRITE_ONCE(sc->sc_stop, true);
	for_each_possible_cpu(cpu) {
		if (sc->sc_threads[cpu].gt_flows)
			softnet_poll_del(&sc->sc_threads[cpu].gt_poll);
	}
	gen_stream_stop(sc);
	gen_results(sc);
	sc->sc_req.gr_running = 0;
	gen_free_threads(sc);
	WRITE_ONCE(sc->sc_drop, false);
}

/* Before something new is begun: let go of a run that is through. */
static int gen_clear(struct gen_softc *sc)
{
	gen_results(sc);
	if (sc->sc_threads && sc->sc_req.gr_running)
		return -EBUSY;
	gen_stop(sc);
	return 0;
}

/* Give each flow to its home thread. On error the caller frees. */
static int gen_make_flows(struct gen_softc *sc, const struct bsd_genreq *gr)
{
	struct gen_thread *gt;
	struct gen_flow gf;
	unsigned int cpu;
	u32 i;

	for (i = 0; i < gr->gr_flows; i++) {
		gen_template(sc, gr, &gf, i);
		sc->sc_threads[softnet_flow_cpu(gf.gf_flowid)].gt_nflows++;
	}
	for_each_possible_cpu(cpu) {
		gt = &sc->sc_threads[cpu];
		gt->gt_sc = sc;
		softnet_poll_init(&gt->gt_poll, gen_poll, gen_rearm, NULL);
		if (!gt->gt_nflows)
			continue;
		gt->gt_flows = kvcalloc(gt->gt_nflows, sizeof(*gt->gt_flows), GFP_KERNEL);
		if (!gt->gt_flows)
			return -ENOMEM;
	}
	for (i = 0; i < gr->gr_flows; i++) {
		gen_template(sc, gr, &gf, i);
		gt = &sc->sc_threads[softnet_flow_cpu(gf.gf_flowid)];
		/* Homes may move between the passes: what does not fit is not made. */
		if (gt->gt_next == gt->gt_nflows)
			continue;
		gt->gt_flows[gt->gt_next++] = gf;
		if (gf.gf_conn)
			WRITE_ONCE(gf.gf_conn->gc_thread, gt);
	}
	return 0;
}

/* A thread's part of the frames is as its part of the flows. */
static void gen_share(struct gen_softc *sc, const struct bsd_genreq *gr)
{
	struct gen_thread *gt;
	unsigned int cpu;
	u64 before = 0;
	u64 after;

	for_each_possible_cpu(cpu) {
		gt = &sc->sc_threads[cpu];
		after = before + gt->gt_nflows;
		gt->gt_left = U64_MAX;
		if (gr->gr_count)
			gt->gt_left = div_u64(gr->gr_count * after, gr->gr_flows) -
				      div_u64(gr->gr_count * before, gr->gr_flows);
		before = after;
		/* Flows that were made; none if all homes have moved. */
		gt->gt_nflows = gt->gt_next;
		gt->gt_next = 0;
		if (!gt->gt_nflows) {
			kvfree(gt->gt_flows);
			gt->gt_flows = NULL;
		}
	}
}

static int gen_check(struct gen_softc *sc, struct bsd_genreq *gr)
{
	static const u8 none[ETH_ALEN];

	if (gr->gr_size < GEN_MINSIZE || gr->gr_size > GEN_MAXSIZE ||
	    !gr->gr_flows || gr->gr_flows > GEN_MAXFLOWS || gr->gr_count > GEN_MAXCOUNT)
		return -EINVAL;
	if (!(sc->sc_if.if_flags & BSD_IFF_UP))
		return -ENETDOWN;
	if (!gr->gr_ndst)
		gr->gr_ndst = 1;
	if (!gr->gr_ndport)
		gr->gr_ndport = 1;
	if (!memcmp(gr->gr_dmac, none, ETH_ALEN))
		memcpy(gr->gr_dmac, sc->sc_if.if_lladdr, ETH_ALEN);
	return gen_stream_check(sc, gr);
}

static int gen_start(struct gen_softc *sc, struct bsd_genreq *gr)
{
	u64 sums[IFC_N];
	unsigned int cpu;
	int error;

	error = gen_check(sc, gr);
	if (error)
		return error;
	error = gen_clear(sc);
	if (error)
		return error;
	error = gen_stream_start(sc, gr);
	if (error)
		return error;
	sc->sc_threads = kvcalloc(nr_cpu_ids, sizeof(*sc->sc_threads), GFP_KERNEL);
	if (!sc->sc_threads)
		return -ENOMEM;
	error = gen_make_flows(sc, gr);
	if (error) {
		gen_free_threads(sc);
		return error;
	}
	gen_share(sc, gr);
	if_counters_read(&sc->sc_if, sums);
	sc->sc_swallowed = sums[IFC_OPACKETS];
	sc->sc_req = *gr;
	sc->sc_size = gr->gr_size;
	sc->sc_csum = gr->gr_flags & BSD_GEN_CSUMOK ? M_IPV4_CSUM_IN_OK | M_UDP_CSUM_IN_OK |
		      M_TCP_CSUM_IN_OK | M_ICMP_CSUM_IN_OK : 0;
	WRITE_ONCE(sc->sc_drop, gr->gr_flags & BSD_GEN_DROP);
	WRITE_ONCE(sc->sc_stop, false);
	for_each_possible_cpu(cpu) {
		if (!sc->sc_threads[cpu].gt_flows)
			continue;
		softnet_poll_add(&sc->sc_threads[cpu].gt_poll, cpu);
		softnet_poll_schedule(&sc->sc_threads[cpu].gt_poll);
	}
	return 0;
}

/* Frames from user space, on one thread, so in order; waits until they are through. */
static int gen_inject(struct gen_softc *sc, struct bsd_injectreq *bi)
{
	const u8 *p = (const u8 *)(uintptr_t)bi->bi_buf;
	const u8 *end = p + bi->bi_len;
	struct mbuf *m;
	u16 len;
	int error;

	if (!(sc->sc_if.if_flags & BSD_IFF_UP))
		return -ENETDOWN;
	error = gen_clear(sc);
	if (error)
		return error;
	while (p < end) {
		error = -EINVAL;
		if (end - p < (long)sizeof(len))
			break;
		memcpy(&len, p, sizeof(len));
		p += sizeof(len);
		if (!len || len > GEN_MAXSIZE || len > end - p)
			break;
		error = -ENOBUFS;
		m = m_getcl(M_WAIT, len + GEN_ALIGN);
		if (!m)
			break;
		m->m_data += GEN_ALIGN;
		memcpy(m->m_data, p, len);
		m->m_len = len;
		m->m_pkthdr.len = len;
		m->m_pkthdr.ph_ifidx = sc->sc_if.if_index;
		softnet_enqueue(0, m);
		p += len;
		bi->bi_count++;
		error = 0;
	}
	softnet_barrier();
	return error;
}

/* A frame that was made or injected. */
static void gen_input(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	struct gen_softc *sc = ifp->if_softc;

	if (READ_ONCE(sc->sc_drop))
		m_freem(m);
	else
		bsd_ether_input(ifp, m, ns);
}

/* A frame sent to us: counted by if_enqueue(). */
static int gen_enqueue(struct ifnet *ifp, struct mbuf *m, struct netstack *ns)
{
	struct gen_softc *sc = ifp->if_softc;

	if (READ_ONCE(sc->sc_streams))
		gen_stream_heard(sc, m);
	m_freem(m);
	return 0;
}

static void gen_down(struct ifnet *ifp)
{
	gen_stop(ifp->if_softc);
}

static int gen_lladdr(struct ifnet *ifp, const u8 *lladdr)
{
	return 0;
}

static int gen_ioctl(struct ifnet *ifp, unsigned int cmd, void *data)
{
	struct gen_softc *sc = ifp->if_softc;
	struct bsd_genreq *gr = data;

	switch (cmd) {
	case BSIOCSIFGEN:
		switch (gr->gr_flags & (BSD_GEN_START | BSD_GEN_STOP)) {
		case BSD_GEN_START:
			return gen_start(sc, gr);
		case BSD_GEN_STOP:
			gen_stop(sc);
			return 0;
		default:
			return -EINVAL;
		}
	case BSIOCGIFGEN:
		gen_results(sc);
		*gr = sc->sc_req;
		memcpy(gr->gr_name, ifp->if_xname, sizeof(gr->gr_name));
		return 0;
	case BSIOCIFINJECT:
		return gen_inject(sc, data);
	default:
		return -ENOTTY;
	}
}

static const struct ifnet_ops gen_ops = {
	.ifo_down = gen_down,
	.ifo_lladdr = gen_lladdr,
	.ifo_ioctl = gen_ioctl,
};

static int gen_create(struct if_clone *ifc, unsigned int unit, struct ifnet **ifpp)
{
	struct gen_softc *sc;
	struct ifnet *ifp;
	int error;

	sc = kzalloc(sizeof(*sc), GFP_KERNEL);
	if (!sc)
		return -ENOMEM;
	ifp = &sc->sc_if;
	snprintf(ifp->if_xname, sizeof(ifp->if_xname), "%s%u", ifc->ifc_name, unit);
	ifp->if_softc = sc;
	ifp->if_ops = &gen_ops;
	ifp->if_hardmtu = GEN_MAXSIZE - ETH_HLEN;
	ifp->if_capabilities = IFCAP_NOCSUM;
	ifp->if_input = gen_input;
	ifp->if_enqueue = gen_enqueue;
	ifp->if_link_state = BSD_LINK_STATE_UP;
	bsd_ether_fakeaddr(ifp->if_lladdr);
	error = bsd_ether_ifattach(ifp);
	if (error) {
		kfree(sc);
		return error;
	}
	*ifpp = ifp;
	return 0;
}

/* if_detach() takes it down, which ends a run. */
static int gen_destroy(struct ifnet *ifp)
{
	bsd_ether_ifdetach(ifp);
	gen_stream_free(ifp->if_softc);
	kfree(ifp->if_softc);
	return 0;
}

BSDNET_IF_CLONE(gen, gen_create, gen_destroy);

static int __init gen_init(void)
{
	return if_clone_attach(&gen_cloner);
}

static void __exit gen_exit(void)
{
	if_clone_detach(&gen_cloner);
}

module_init(gen_init);
module_exit(gen_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("gen(4): makes and swallows frames");
BSDNET_IMPORT;
