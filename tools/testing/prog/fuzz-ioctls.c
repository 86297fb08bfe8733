// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * fuzz-ioctls user|root COUNT SEED - every ioctl request of this stack, with right,
 * nearly right and hostile arguments.
 *
 * Names may have no end, lengths and counts lie, pointers go to pages that are not
 * there, are the kernel's, end too soon or cannot be written. Now and then the number
 * of the request itself is changed.
 *
 * user: nothing may be changed; what needs the right to do so is refused, or it is an
 * error. root: two processes do what they like with whatever interfaces there are,
 * while a third makes and destroys some. Each draws its own numbers from the seed.
 * Prints "COUNT requests, N carried out".
 */
#include "prog.h"
#include "nobody.h"
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bsdnet/ioctl.h>
#include <linux/mroute.h>
#include <linux/sockios.h>

#define PAGE		4096
#define SPACE		(32 * PAGE)
#define NWORKERS	2

static char *space;		/* SPACE bytes, a page that can only be read, one not there */
static bool root;
static unsigned int seen_ifindex;	/* of an interface, as the last answer said */

/* ---- pieces of arguments ---- */

/* A pointer with @len bytes behind it, mostly. */
static char *pointer(size_t len)
{
	if (len > SPACE)
		len = SPACE;
	switch (rnd_below(24)) {
	case 0:
		return NULL;
	case 1:
		return (char *)(uintptr_t)0xffffffff80000000ULL;
	case 2:
		return (char *)(uintptr_t)0x7ffffffff000ULL;
	case 3:		/* can be read, and too soon not even that */
		return space + SPACE + PAGE - rnd_below(len < PAGE ? len + 1 : PAGE);
	case 4:		/* begins where it can be written */
		return space + SPACE - rnd_below(len + 1);
	default:
		return space + rnd_below(SPACE - len + 1);
	}
}

static uint64_t buffer(size_t len)
{
	return (uintptr_t)pointer(len);
}

static uint32_t number(void)
{
	static const uint32_t edges[] = { 0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 255, 256, 257,
					  4095, 4096, 4097, 65535, 65536, 0x7fffffff, 0x80000000,
					  0xfffffffe, 0xffffffff };

	return rnd_one_in(8) ? rnd() : edges[rnd_below(ARRAY_SIZE(edges))];
}

/* How much room there is said to be, of records of @size bytes; few are wrong. */
static uint32_t room(uint32_t *max, uint32_t size)
{
	*max = rnd_one_in(6) ? number() : rnd_below(40);
	return *max * size;
}

/* BSD_IFNAMSIZ bytes: an interface that there may be. */
static void name(char *to)
{
	static const char *const bases[] = { "pair", "pair", "gen", "gen", "lo", "vio" };
	unsigned int kind = rnd_below(ARRAY_SIZE(bases));

	memset(to, 0, BSD_IFNAMSIZ);
	snprintf(to, BSD_IFNAMSIZ, "%s%u", bases[kind], kind < 4 ? rnd_below(4) : rnd_below(6) / 5);
	if (rnd_one_in(32))		/* mostly without an end */
		memset(to, rnd_one_in(2) ? 'a' + rnd_below(26) : rnd(), BSD_IFNAMSIZ);
	else if (rnd_one_in(32))
		to[rnd_below(BSD_IFNAMSIZ)] = rnd();
}

static void word(char *to, size_t size)
{
	size_t i, len = rnd_one_in(8) ? size : rnd_below(size);

	memset(to, 0, size);
	for (i = 0; i < len; i++)
		to[i] = rnd_one_in(16) ? (char)rnd() : (char)('a' + rnd_below(3));
}

static void address(uint8_t *to)
{
	static const uint32_t some[] = { 0, 0xffffffff, 0x7f000001, 0xe0000001, 0x0a4d0001,
					 0x0a4d0002, 0x0a4d00ff, 0xf0000001 };
	uint32_t addr = htonl(rnd_one_in(3) ? some[rnd_below(ARRAY_SIZE(some))] :
			      0x0a320000 + (rnd_below(4) << 8) + rnd_below(6));

	memcpy(to, &addr, sizeof(addr));
}

static unsigned int family(void)
{
	return rnd_one_in(16) ? rnd() & 0xff : AF_INET;
}

/* Domains are never unmade, so few are asked for beyond the first. */
static uint32_t table(void)
{
	return rnd_one_in(256) ? number() : rnd_below(4);
}

static unsigned int ifindex(void)
{
	return rnd_one_in(4) ? number() : rnd_one_in(2) ? seen_ifindex : rnd_below(40);
}

static unsigned int plen(void)
{
	return rnd_one_in(16) ? rnd() & 0xff : rnd_one_in(2) ? 24 : rnd_below(33);
}

/* ---- arguments, each behind zeroes of its size ---- */

static void fill_name(void *arg)
{
	name(arg);
}

static void fill_value(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	name(ifr->bifr_name);
	ifr->bifru_value = number();
}

/* Up, mostly, or little of what follows does anything. */
static void fill_flags(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	fill_value(arg);
	if (!rnd_one_in(8))
		ifr->bifru_value |= BSD_IFF_UP;
}

static void fill_mtu(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	fill_value(arg);
	if (!rnd_one_in(4))
		ifr->bifru_value = 68 + rnd_below(9000);
}

static void fill_llprio(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	fill_value(arg);
	if (!rnd_one_in(4))
		ifr->bifru_value = rnd_below(BSD_IFQ_MAXPRIO + 2);
}

static void fill_rdomain(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	name(ifr->bifr_name);
	ifr->bifru_value = table();
}

static void fill_lladdr(void *arg)
{
	struct bsd_ifreq *ifr = arg;
	unsigned int i;

	name(ifr->bifr_name);
	for (i = 0; i < sizeof(ifr->bifru_lladdr); i++)
		ifr->bifru_lladdr[i] = rnd_one_in(3) ? 0 : rnd() & (i ? 0xff : 0xfe);
}

static void fill_descr(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	name(ifr->bifr_name);
	word(ifr->bifru_descr, sizeof(ifr->bifru_descr));
}

static void fill_group(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	name(ifr->bifr_name);
	word(ifr->bifru_group, sizeof(ifr->bifru_group));
	if (!rnd_one_in(3))
		strcpy(ifr->bifru_group, rnd_one_in(2) ? "all" : "aa");
}

static void fill_qdisc(void *arg)
{
	static const char *const qdiscs[] = { "priq", "fqcodel", "fq_codel", "fifo" };
	struct bsd_ifreq *ifr = arg;

	fill_group(arg);
	if (!rnd_one_in(4))
		strcpy(ifr->bifru_group, qdiscs[rnd_below(ARRAY_SIZE(qdiscs))]);
}

static void fill_pair(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	name(ifr->bifr_name);
	ifr->bifru_pair = ifindex();
}

/* A name that no cloner has makes the kernel start modprobe, which takes long. */
static void fill_create(void *arg)
{
	struct bsd_ifreq *ifr = arg;

	name(ifr->bifr_name);
	if (!rnd_one_in(64) && strncmp(ifr->bifr_name, "pair", 4))
		snprintf(ifr->bifr_name, BSD_IFNAMSIZ, rnd_one_in(2) ? "gen" : "gen%u",
			 rnd_below(4));
}

static void fill_iflist(void *arg)
{
	struct bsd_iflist *ifl = arg;

	if (rnd_one_in(2))
		name(ifl->ifl_group);
	else if (rnd_one_in(2))
		word(ifl->ifl_group, sizeof(ifl->ifl_group));
	ifl->ifl_buf = buffer(room(&ifl->ifl_max, BSD_IFNAMSIZ));
}

static void fill_ifaddr(void *arg)
{
	struct bsd_ifaddreq *ifra = arg;

	name(ifra->ifra_name);
	ifra->ifra_family = family();
	ifra->ifra_plen = plen();
	ifra->ifra_hasdst = rnd_one_in(4) ? rnd() : 0;
	ifra->ifra_index = rnd_one_in(4) ? number() : rnd_below(4);
	address(ifra->ifra_addr);
	address(ifra->ifra_dst);
}

static void fill_multi(void *arg)
{
	struct bsd_ifmulti *ifm = arg;

	name(ifm->ifm_name);
	ifm->ifm_index = rnd_one_in(4) ? number() : rnd_below(4);
	ifm->ifm_buf = buffer(room(&ifm->ifm_max, 4));
}

static void fill_queues(void *arg)
{
	struct bsd_ifqueues *ifqs = arg;

	name(ifqs->ifqs_name);
	ifqs->ifqs_queues = rnd_one_in(4) ? number() : rnd_below(4);
	ifqs->ifqs_rxring = rnd_one_in(4) ? number() : 0;
	ifqs->ifqs_txring = rnd_one_in(4) ? number() : 0;
}

static void fill_intr(void *arg)
{
	struct bsd_ifintr *ifi = arg;

	name(ifi->ifi_name);
	ifi->ifi_index = rnd_one_in(4) ? number() : rnd_below(6);
	ifi->ifi_queue = rnd_one_in(4) ? number() : rnd_below(3);
	ifi->ifi_cpu = rnd_one_in(4) ? number() : rnd_below(3);
}

static void fill_qstats(void *arg)
{
	struct bsd_ifqstats *ifqt = arg;

	name(ifqt->ifqt_name);
	ifqt->ifqt_queue = rnd_one_in(2) ? number() : rnd_below(3);
}

static void fill_gen(void *arg)
{
	static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_IGMP, 0 };
	struct bsd_genreq *gr = arg;

	name(gr->gr_name);
	gr->gr_flags = rnd_one_in(8) ? number() : rnd_one_in(3) ? BSD_GEN_STOP :
		       BSD_GEN_START | (rnd_one_in(4) ? BSD_GEN_DROP : 0);
	gr->gr_size = rnd_one_in(8) ? number() : 60 + rnd_below(200);
	gr->gr_flows = rnd_one_in(8) ? number() : 1 + rnd_below(10);
	gr->gr_ndst = rnd_one_in(8) ? number() : 0;
	/* One without end is stopped, or its interface destroyed, some time. */
	gr->gr_count = rnd_one_in(32) ? (uint64_t)number() << rnd_below(32) : 1 + rnd_below(200);
	address(gr->gr_src);
	address(gr->gr_dst);
	gr->gr_dport = rnd();
	gr->gr_ndport = rnd_one_in(4) ? rnd() : 0;
	gr->gr_proto = protos[rnd_below(ARRAY_SIZE(protos))];
	if (rnd_one_in(3))
		gr->gr_flags |= BSD_GEN_STREAM | (rnd_one_in(2) ? BSD_GEN_MORE : 0);
}

static void fill_inject(void *arg)
{
	struct bsd_injectreq *bi = arg;
	uint16_t len;
	char *frame;

	name(bi->bi_name);
	bi->bi_len = rnd_one_in(8) ? number() : rnd_below(600);
	bi->bi_buf = buffer(bi->bi_len);
	frame = (char *)(uintptr_t)bi->bi_buf;
	if (frame < space || frame > space + SPACE - sizeof(len))
		return;
	len = rnd_one_in(4) ? rnd() : rnd_below(100);
	memcpy(frame, &len, sizeof(len));
}

static void fill_route(void *arg)
{
	struct bsd_rtmsg *rtm = arg;

	rtm->rtm_family = family();
	rtm->rtm_plen = plen();
	rtm->rtm_priority = rnd_one_in(4) ? rnd() : 0;
	rtm->rtm_flags = rnd_one_in(2) ? BSD_RTF_GATEWAY : rnd_one_in(2) ? rnd() :
			 BSD_RTF_REJECT | BSD_RTF_MPATH;
	rtm->rtm_tableid = table();
	rtm->rtm_ifindex = rnd_one_in(3) ? ifindex() : 0;
	rtm->rtm_mtu = rnd_one_in(8) ? number() : 0;
	address(rtm->rtm_dst);
	address(rtm->rtm_gateway);
	if (rnd_one_in(8))
		word(rtm->rtm_label, sizeof(rtm->rtm_label));
	rtm->rtm_weight = rnd_one_in(4) ? rnd() : 0;
}

static void fill_rtdump(void *arg)
{
	struct bsd_rtdump *rtd = arg;

	rtd->rtd_tableid = table();
	rtd->rtd_family = family();
	rtd->rtd_flags = rnd_one_in(2) ? rnd() : 0;
	if (rnd_one_in(2)) {
		rtd->rtd_more = rnd_one_in(4) ? rnd() : 1;
		rtd->rtd_plen = plen();
		rtd->rtd_index = rnd();
		address(rtd->rtd_dst);
	}
	rtd->rtd_buf = buffer(room(&rtd->rtd_max, sizeof(struct bsd_rtmsg)));
}

static void fill_rtquery(void *arg)
{
	struct bsd_rtquery *rtq = arg;

	rtq->rtq_what = rnd_one_in(8) ? number() : 1 + rnd_below(3);
	rtq->rtq_tableid = table();
	rtq->rtq_flags = rnd();
	rtq->rtq_family = family();
	if (rnd_one_in(2)) {
		rtq->rtq_plen = plen();
		rtq->rtq_seq = number();
		rtq->rtq_index = rnd_one_in(2) ? number() : 1;
		address(rtq->rtq_dst);
	}
	rtq->rtq_max = rnd_one_in(8) ? number() : 1024 + rnd_below(20000);
	rtq->rtq_buf = buffer(rtq->rtq_max);
}

static void fill_rtsource(void *arg)
{
	struct bsd_rtsource *rts = arg;

	rts->rts_tableid = table();
	rts->rts_family = family();
	address(rts->rts_addr);
}

static void fill_arp(void *arg)
{
	struct bsd_arpreq *arpr = arg;
	unsigned int i;

	address(arpr->arpr_addr);
	for (i = 0; i < sizeof(arpr->arpr_lladdr); i++)
		arpr->arpr_lladdr[i] = rnd() & (rnd_one_in(8) ? 0xff : 0xfe);
	arpr->arpr_flags = rnd_one_in(8) ? rnd() : rnd_below(4);
	arpr->arpr_tableid = table();
	arpr->arpr_ifindex = rnd_one_in(2) ? ifindex() : 0;
}

static void fill_counters(void *arg)
{
	struct bsd_counters *bcs = arg;

	bcs->bcs_group = rnd_one_in(4) ? number() : rnd_below(30);
	bcs->bcs_buf = buffer(room(&bcs->bcs_max, sizeof(struct bsd_counter)));
}

static void fill_pcbs(void *arg)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, 255 };
	struct bsd_pcbs *pis = arg;

	pis->pis_proto = rnd_one_in(8) ? number() : protos[rnd_below(ARRAY_SIZE(protos))];
	pis->pis_size = rnd_one_in(3) ? number() : rnd_one_in(2) ? 0 : sizeof(struct bsd_pcbinfo);
	pis->pis_after = rnd_one_in(2) ? 0 : number();
	pis->pis_buf = buffer(room(&pis->pis_max, sizeof(struct bsd_pcbinfo)));
}

static void fill_mfcs(void *arg)
{
	struct bsd_mfcs *mis = arg;

	mis->mis_rdomain = table();
	mis->mis_after = rnd_one_in(2) ? 0 : number();
	mis->mis_buf = buffer(room(&mis->mis_max, sizeof(struct bsd_mfcinfo)));
}

static void fill_tcpdrop(void *arg)
{
	struct bsd_tcpdrop *td = arg;

	td->td_family = family();
	td->td_rtableid = table();
	td->td_lport = rnd();
	td->td_fport = rnd();
	address(td->td_laddr);
	address(td->td_faddr);
}

static void fill_vif(void *arg)
{
	*(uint32_t *)arg = number();
}

static void fill_nothing(void *arg)
{
	(void)arg;
}

/* ---- requests ---- */

static const struct request {
	unsigned int	rq_cmd;
	bool		rq_admin;	/* changes something */
	void		(*rq_fill)(void *arg);
} requests[] = {
	{ BSIOCGABI,		false,	fill_nothing },
	{ BSIOCGIFLIST,		false,	fill_iflist },
	{ BSIOCGIFFLAGS,	false,	fill_name },
	{ BSIOCSIFFLAGS,	true,	fill_flags },
	{ BSIOCGIFMTU,		false,	fill_name },
	{ BSIOCSIFMTU,		true,	fill_mtu },
	{ BSIOCGIFDATA,		false,	fill_name },
	{ BSIOCGIFLLADDR,	false,	fill_name },
	{ BSIOCSIFLLADDR,	true,	fill_lladdr },
	{ BSIOCGIFDESCR,	false,	fill_name },
	{ BSIOCSIFDESCR,	true,	fill_descr },
	{ BSIOCGIFRDOMAIN,	false,	fill_name },
	{ BSIOCSIFRDOMAIN,	true,	fill_rdomain },
	{ BSIOCIFCREATE,	true,	fill_create },
	{ BSIOCIFDESTROY,	true,	fill_name },
	{ BSIOCAIFGROUP,	true,	fill_group },
	{ BSIOCDIFGROUP,	true,	fill_group },
	{ BSIOCGIFGROUPS,	false,	fill_iflist },
	{ BSIOCGIFADDRS,	false,	fill_ifaddr },
	{ BSIOCAIFADDR,		true,	fill_ifaddr },
	{ BSIOCDIFADDR,		true,	fill_ifaddr },
	{ BSIOCGIFPAIR,		false,	fill_name },
	{ BSIOCSIFPAIR,		true,	fill_pair },
	{ BSIOCGIFXFLAGS,	false,	fill_name },
	{ BSIOCSIFGEN,		true,	fill_gen },
	{ BSIOCGIFGEN,		false,	fill_gen },
	{ BSIOCIFINJECT,	true,	fill_inject },
	{ BSIOCGIFQDISC,	false,	fill_name },
	{ BSIOCSIFQDISC,	true,	fill_qdisc },
	{ BSIOCGIFMULTI,	false,	fill_multi },
	{ BSIOCGIFQUEUES,	false,	fill_queues },
	{ BSIOCSIFQUEUES,	true,	fill_queues },
	{ BSIOCGIFINTR,		false,	fill_intr },
	{ BSIOCSIFINTR,		true,	fill_intr },
	{ BSIOCGIFQSTATS,	false,	fill_qstats },
	{ BSIOCSIFXFLAGS,	true,	fill_value },
	{ BSIOCGIFLLPRIO,	false,	fill_name },
	{ BSIOCSIFLLPRIO,	true,	fill_llprio },
	{ BSIOCADDROUTE,	true,	fill_route },
	{ BSIOCDELROUTE,	true,	fill_route },
	{ BSIOCCHGROUTE,	true,	fill_route },
	{ BSIOCGETROUTE,	false,	fill_route },
	{ BSIOCDUMPROUTE,	false,	fill_rtdump },
	{ BSIOCSETARP,		true,	fill_arp },
	{ BSIOCDELARP,		true,	fill_arp },
	{ BSIOCRTQUERY,		false,	fill_rtquery },
	{ BSIOCSRTSOURCE,	true,	fill_rtsource },
	{ BSIOCGRTSOURCE,	false,	fill_rtsource },
	{ BSIOCGCOUNTERS,	false,	fill_counters },
	{ BSIOCGPCBS,		false,	fill_pcbs },
	{ BSIOCGMFCS,		false,	fill_mfcs },
	{ BSIOCTCPDROP,		true,	fill_tcpdrop },
	{ SIOCINQ,		false,	fill_nothing },
	{ SIOCOUTQ,		false,	fill_nothing },
	{ SIOCGETVIFCNT,	false,	fill_vif },
	{ SIOCGETSGCNT,		false,	fill_nothing },
};

/*
 * What costs a rebuilt device, or a grace period of all readers, is left out most
 * times: the rest would come to nothing.
 */
static bool slow(unsigned int cmd)
{
	return cmd == BSIOCIFCREATE || cmd == BSIOCIFDESTROY || cmd == BSIOCSIFRDOMAIN ||
	       cmd == BSIOCSIFQUEUES || cmd == BSIOCSIFINTR || cmd == BSIOCSIFFLAGS ||
	       cmd == BSIOCSIFGEN;
}

static const struct request *draw(void)
{
	const struct request *rq;

	do
		rq = &requests[rnd_below(ARRAY_SIZE(requests))];
	while (root && slow(rq->rq_cmd) && !rnd_one_in(8));
	return rq;
}

/* Other bits of a number of ours: direction, size, request. */
static unsigned int changed(unsigned int cmd)
{
	if (_IOC_TYPE(cmd) != 'i')
		return cmd;
	if (rnd_one_in(3))
		return _IOC(_IOC_DIR(cmd), 'i', _IOC_NR(cmd), rnd_below(300));
	return rnd_one_in(2) ? _IOC(rnd_below(4), 'i', _IOC_NR(cmd), _IOC_SIZE(cmd)) :
			       _IOC(_IOC_DIR(cmd), 'i', rnd_below(256), _IOC_SIZE(cmd));
}

/* One request; returns whether it was carried out. */
static bool request(int fd)
{
	const struct request *rq = draw();
	unsigned int size = _IOC_TYPE(rq->rq_cmd) == 'i' ? _IOC_SIZE(rq->rq_cmd) : 64;
	unsigned int cmd = rq->rq_cmd;
	char arg[512] = { 0 };
	char *p;

	rq->rq_fill(arg);
	if (rnd_one_in(16))
		arg[rnd_below(size)] = rnd();
	if (rnd_one_in(32))
		cmd = changed(cmd);
	p = pointer(size);
	if (p >= space && p < space + SPACE)
		memcpy(p, arg, space + SPACE - p < size ? (size_t)(space + SPACE - p) : size);
	if (ioctl(fd, cmd, p) < 0)
		return false;
	if (!root && cmd == rq->rq_cmd && rq->rq_admin) {
		fprintf(stderr, "request %u of anybody was carried out\n", _IOC_NR(cmd));
		exit(1);
	}
	if (cmd == BSIOCGIFDATA)
		seen_ifindex = ((struct bsd_ifreq *)p)->bifru_data.ifi_index;
	return true;
}

/* ---- processes ---- */

/* A connection to itself, for there to be one; @fds: its ends and the listener. */
static void connection(int *fds)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t len = sizeof(sin);

	fds[0] = socket(AF_BSDINET, SOCK_STREAM, 0);
	fds[1] = socket(AF_BSDINET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fds[0] < 0 || fds[1] < 0 || bind(fds[0], (struct sockaddr *)&sin, sizeof(sin)) ||
	    listen(fds[0], 1) || getsockname(fds[0], (struct sockaddr *)&sin, &len))
		fail("listen");
	/* Over lo0 it is there at once, if nobody took that away. */
	(void)!connect(fds[1], (struct sockaddr *)&sin, sizeof(sin));
	(void)!write(fds[1], "1234", 4);
}

static unsigned long work(unsigned long count)
{
	int fds[5], one = 1;
	unsigned long n = 0;

	connection(fds);
	fds[2] = socket(AF_BSDINET, SOCK_DGRAM, 0);
	fds[3] = socket(AF_BSDROUTE, SOCK_RAW, 0);
	fds[4] = root ? socket(AF_BSDINET, SOCK_RAW, IPPROTO_IGMP) :
			socket(AF_BSDINET, SOCK_DGRAM, 0);
	if (fds[2] < 0 || fds[3] < 0 || fds[4] < 0)
		fail("socket");
	if (root)	/* one of the processes is the router */
		setsockopt(fds[4], IPPROTO_IP, MRT_INIT, &one, sizeof(one));
	while (count--)
		n += request(fds[rnd_below(ARRAY_SIZE(fds))]);
	return n;
}

/* Interfaces come and go, until killed. */
static void __attribute__((noreturn)) churn(void)
{
	int fd = socket(AF_BSDINET, SOCK_DGRAM, 0);

	for (;;) {
		struct bsd_ifreq ifr = { 0 };

		snprintf(ifr.bifr_name, BSD_IFNAMSIZ, "%s%u", rnd_one_in(2) ? "pair" : "gen",
			 rnd_below(4));
		ioctl(fd, rnd_one_in(2) ? BSIOCIFCREATE : BSIOCIFDESTROY, &ifr);
		usleep(10000);
	}
}

static pid_t start(unsigned int i, uint64_t seed, unsigned long count, int out)
{
	pid_t pid = fork();
	unsigned long n;

	if (pid < 0)
		fail("fork");
	if (pid)
		return pid;
	rnd_seed(seed + i);
	if (i == NWORKERS)
		churn();
	n = work(count);
	_exit(write(out, &n, sizeof(n)) != sizeof(n));
}

/* Returns how many requests were carried out. */
static unsigned long all(unsigned long count, uint64_t seed)
{
	unsigned long sum = 0, n;
	pid_t pids[NWORKERS + 1];
	unsigned int i;
	int fds[2];

	if (pipe(fds))
		fail("pipe");
	for (i = 0; i <= NWORKERS; i++)
		pids[i] = start(i, seed, count / NWORKERS, fds[1]);
	close(fds[1]);
	for (i = 0; i < NWORKERS; i++) {
		int status;

		if (waitpid(pids[i], &status, 0) != pids[i] || status ||
		    read(fds[0], &n, sizeof(n)) != sizeof(n)) {
			fprintf(stderr, "a process ended with status %#x\n", status);
			exit(1);
		}
		sum += n;
	}
	kill(pids[NWORKERS], SIGKILL);
	waitpid(pids[NWORKERS], NULL, 0);
	return sum;
}

int main(int argc, char **argv)
{
	unsigned long count, n;
	uint64_t seed;

	if (argc != 4 || (strcmp(argv[1], "user") && strcmp(argv[1], "root"))) {
		fprintf(stderr, "usage: fuzz-ioctls user|root COUNT SEED\n");
		return 1;
	}
	root = !strcmp(argv[1], "root");
	count = strtoul(argv[2], NULL, 0);
	seed = strtoul(argv[3], NULL, 0);
	space = mmap(NULL, SPACE + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (space == MAP_FAILED || mprotect(space + SPACE, PAGE, PROT_READ) ||
	    munmap(space + SPACE + PAGE, PAGE))
		fail("mmap");
	signal(SIGPIPE, SIG_IGN);
	if (root) {
		n = all(count, seed);
	} else {
		become_nobody();
		rnd_seed(seed);
		n = work(count);
	}
	printf("%lu requests, %lu carried out\n", count, n);
	return 0;
}
