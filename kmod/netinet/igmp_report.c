// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * igmp_report.c - the messages that tell routers which groups an interface belongs
 * to: reports of v3, and reports and leaves of v1 and v2.
 *
 * Called by: igmp.c, whose work knows what is due.
 * Send path: here -> ip_output.c, with a header and router alert of our own.
 *
 * Context: process, not in a section; one is entered for each message.
 * Source: RFC 9776 4.2 (reports), 5.1, 5.2 (what is in them); RFC 2236 2; RFC 1112
 * appendix I; RFC 2113 2.1 (router alert).
 */
#include "igmp_priv.h"
#include "ip_priv.h"
#include <linux/kernel.h>
#include <bsdnet/if_var.h>
#include <bsdnet/igmp.h>
#include <bsdnet/in.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_var.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>

#define IGMP_HLEN	(sizeof(struct ip) + 4)	/* with router alert */

#define IGMP_ALLROUTERS	htonl(0xe0000002)
#define IGMP_V3ROUTERS	htonl(0xe0000016)

/* Record types of v3, RFC 9776 4.2.13. */
#define IGMP_IS_IN	1
#define IGMP_IS_EX	2
#define IGMP_TO_IN	3
#define IGMP_TO_EX	4
#define IGMP_ALLOW	5
#define IGMP_BLOCK	6

struct igmp_record {
	u8		ir_type;
	u8		ir_auxlen;
	__be16		ir_nsrc;
	__be32		ir_group;
	__be32		ir_src[];
};

/* A report of v3 while it is filled. */
struct igmp_report {
	struct ifnet	*rp_ifp;
	struct netstack	*rp_ns;
	struct mbuf	*rp_m;
	unsigned int	 rp_n;		/* records in it */
	unsigned int	 rp_len;	/* bytes behind the IP header */
	unsigned int	 rp_room;	/* the most of them */
};

/* A message with @len bytes behind an IP header with router alert. */
static struct mbuf *igmp_packet(struct ifnet *ifp, __be32 dst, unsigned int len)
{
	struct bsd_in_ifaddr *ia = in_ifaddr_for(ifp, dst);
	struct mbuf *m = m_getcl(M_DONTWAIT, MCLBYTES);
	struct ip *ip;
	u8 *option;

	if (!m) {
		counter_inc(IGMPS_NOMEM);
		return NULL;
	}
	m->m_data += MAX_LINKHDR;
	m->m_len = IGMP_HLEN + len;
	m->m_pkthdr.len = m->m_len;
	m->m_pkthdr.ph_rtableid = ifp->if_rdomain;
	ip = mtod(m, struct ip *);
	memset(ip, 0, m->m_len);
	ip->ip_v = IPVERSION;
	ip->ip_hl = IGMP_HLEN >> 2;
	ip->ip_tos = IPTOS_PREC_INTERNETCONTROL;	/* RFC 9776 4 */
	ip->ip_ttl = 1;
	ip->ip_p = IPPROTO_IGMP;
	ip->ip_src = ia ? ia->ia_addr.sin_addr.s_addr : 0;
	ip->ip_dst = dst;
	option = (u8 *)(ip + 1);
	option[0] = BSD_IPOPT_RA;
	option[1] = 4;
	return m;
}

static void igmp_output(struct mbuf *m, struct ifnet *ifp, struct netstack *ns)
{
	struct ip_outarg arg = { .io_ifidx = ifp->if_index,
				 .io_flags = IPOUT_RAWHDR | IPOUT_NOLOOP };
	u8 *data = m->m_data + IGMP_HLEN;
	__sum16 sum = (__force __sum16)in_cksum_buf(data, m->m_pkthdr.len - IGMP_HLEN);

	memcpy(data + offsetof(struct igmp, igmp_cksum), &sum, sizeof(sum));
	counter_inc(IGMPS_SENT);
	bsd_ip_output(m, &arg, ns);
}

static void igmp_report_send(struct igmp_report *rp)
{
	struct mbuf *m = rp->rp_m;
	__be16 n = htons(rp->rp_n);

	if (!m)
		return;
	m->m_len = IGMP_HLEN + rp->rp_len;
	m->m_pkthdr.len = m->m_len;
	memcpy(m->m_data + IGMP_HLEN + 6, &n, sizeof(n));
	igmp_output(m, rp->rp_ifp, rp->rp_ns);
	rp->rp_m = NULL;
}

static bool igmp_report_start(struct igmp_report *rp)
{
	unsigned int room = min_t(unsigned int, READ_ONCE(rp->rp_ifp->if_mtu),
				  MCLBYTES - MAX_LINKHDR);

	/* RFC 791 3.2: every network takes 576 bytes, if in pieces. */
	rp->rp_room = max(room, 576U) - IGMP_HLEN;
	rp->rp_n = 0;
	rp->rp_len = sizeof(struct igmp);
	rp->rp_m = igmp_packet(rp->rp_ifp, IGMP_V3ROUTERS, rp->rp_room);
	if (!rp->rp_m)
		return false;
	rp->rp_m->m_data[IGMP_HLEN] = IGMP_V3_REPORT;
	return true;
}

/*
 * A record, in as many pieces and reports as its senders need; those of an EXCLUDE
 * filter that one report has no room for are heard. RFC 9776 4.2.16
 */
static void igmp_report_add(struct igmp_report *rp, u8 type, __be32 group, const __be32 *src,
			    unsigned int nsrc)
{
	struct igmp_record *ir;
	unsigned int n;

	do {
		if (rp->rp_m && rp->rp_len + struct_size(ir, ir_src, nsrc) > rp->rp_room)
			igmp_report_send(rp);
		if (!rp->rp_m && !igmp_report_start(rp))
			return;
		n = min_t(unsigned int, nsrc,
			  (rp->rp_room - rp->rp_len - sizeof(*ir)) / sizeof(*src));
		ir = (struct igmp_record *)(rp->rp_m->m_data + IGMP_HLEN + rp->rp_len);
		ir->ir_type = type;
		ir->ir_nsrc = htons(n);
		ir->ir_group = group;
		memcpy(ir->ir_src, src, n * sizeof(*src));
		rp->rp_len += struct_size(ir, ir_src, n);
		rp->rp_n++;
		src += n;
		nsrc -= n;
	} while (nsrc && type != IGMP_IS_EX && type != IGMP_TO_EX);
}

/* A group's whole filter. */
static void igmp_report_filter(struct igmp_report *rp, enum igmp_say say, __be32 group,
			       const struct in_sources *is)
{
	bool include = is && is->is_mode == MCAST_INCLUDE;
	u8 type;

	if (say == IGMP_ANSWER)
		type = include ? IGMP_IS_IN : IGMP_IS_EX;
	else
		type = include ? IGMP_TO_IN : IGMP_TO_EX;
	igmp_report_add(rp, type, group, is ? is->is_src : NULL, is ? is->is_n : 0);
}

/* Those of @about that the filter lets through, or those that it does not. */
static void igmp_report_some(struct igmp_report *rp, u8 type, __be32 group,
			     const struct in_sources *about, const struct in_sources *is,
			     bool wanted)
{
	struct in_sources *some = in_sources_alloc(MCAST_INCLUDE, about->is_n,
						   GFP_NOWAIT | __GFP_NOWARN);
	unsigned int i;

	if (!some) {
		counter_inc(IGMPS_NOMEM);
		return;
	}
	for (i = 0; i < about->is_n; i++)
		if (in_sources_wants(is, about->is_src[i]) == wanted)
			in_sources_add(some, about->is_n, about->is_src[i]);
	if (some->is_n)
		igmp_report_add(rp, type, group, some->is_src, some->is_n);
	kfree(some);
}

static void igmp_report_one(__be32 group, const struct in_sources *is, void *arg)
{
	if (group != htonl(INADDR_ALLHOSTS_GROUP))
		igmp_report_filter(arg, IGMP_ANSWER, group, is);
}

/* v1 and v2: one message a group, to the group itself; v1 knows no leave. */
static void igmp_send_old(struct ifnet *ifp, unsigned int version, bool leave, __be32 group,
			  struct netstack *ns)
{
	struct igmp *igmp;
	struct mbuf *m;

	if (leave && version == 1)
		return;
	m = igmp_packet(ifp, leave ? IGMP_ALLROUTERS : group, sizeof(*igmp));
	if (!m)
		return;
	igmp = (struct igmp *)(m->m_data + IGMP_HLEN);
	igmp->igmp_type = leave ? IGMP_V2_LEAVE : version == 1 ? IGMP_V1_REPORT : IGMP_V2_REPORT;
	igmp->igmp_group = group;
	igmp_output(m, ifp, ns);
}

static void igmp_send_v3(struct ifnet *ifp, __be32 group, enum igmp_say say,
			 const struct in_sources *about, struct netstack *ns)
{
	struct igmp_report rp = { .rp_ifp = ifp, .rp_ns = ns };
	const struct in_sources *is;

	if (!group) {
		in_multi_walk(ifp->if_index, igmp_report_one, &rp);
		igmp_report_send(&rp);
		return;
	}
	is = in_multi_sources(ifp->if_index, group);
	if (!about) {
		igmp_report_filter(&rp, say, group, is);
	} else if (say == IGMP_ANSWER) {
		igmp_report_some(&rp, IGMP_IS_IN, group, about, is, true);
	} else {
		igmp_report_some(&rp, IGMP_ALLOW, group, about, is, true);
		igmp_report_some(&rp, IGMP_BLOCK, group, about, is, false);
	}
	igmp_report_send(&rp);
}

/**
 * bsd_igmp_send() - say something of a group, as it is now
 * @ifidx:   interface; nothing is said if it is gone or down
 * @group:   group, 0: all of the interface
 * @say:     an answer to a query, or a change
 * @about:   senders that it is about, NULL: the whole filter
 * @version: of the protocol that routers understand
 *
 * Context: Process, not in a section.
 */
void bsd_igmp_send(unsigned int ifidx, __be32 group, enum igmp_say say,
		   const struct in_sources *about, unsigned int version)
{
	struct netstack ns;
	struct ifnet *ifp;
	bool member;

	net_enter(&ns, NETSEC_SYSCALL);
	ifp = if_lookup(ifidx);
	member = !group || in_multi_member(ifidx, group);
	if (ifp && (READ_ONCE(ifp->if_flags) & BSD_IFF_UP) && (member || say == IGMP_CHANGE)) {
		if (version < 3)
			igmp_send_old(ifp, version, !member, group, &ns);
		else
			igmp_send_v3(ifp, group, say, about, &ns);
	}
	net_leave(&ns);
}
