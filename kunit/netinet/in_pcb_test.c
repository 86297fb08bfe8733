// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_pcb_test.c - tests of kmod/netinet/in_pcb.c, in_pcb_port.c, in_pcb_lookup.c:
 * who may bind what, which PCB a packet finds, ports, groups, the backlog.
 *
 * A table of its own and sockets made by hand, without a protocol; addresses are
 * of RFC 5737 and bound by IP_FREEBIND, so no interface is needed. What connects
 * does so over lo0.
 */
#include <kunit/test.h>
#include "../suites.h"
#include <bsdnet/in_pcb.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>

#define ADDR1	0xc0000201	/* 192.0.2.1 */
#define ADDR2	0xc0000202
#define PEER	0xc6336401	/* 198.51.100.1 */
#define NSOCKS	8

struct pcb_test {
	struct inpcbtable	 table;
	struct bsd_socket	*so[NSOCKS];
	u32			 delivered;
};

static struct pcb_test *current_test;

/* Counts what arrives. */
static u32 test_deliver(struct inpcb *inp, struct mbuf_list *ml, struct netstack *ns)
{
	current_test->delivered += ml_len(ml);
	ml_purge(ml);
	return 0;
}

static const struct inpcb_ops test_ops = {
	.io_name = "test",
	.io_deliver = test_deliver,
	.io_backlogged = PCBS_BUSY,
	.io_backlogfull = PCBS_NOMEM,
	.io_locks = PCBS_LOCKS,
	.io_contended = PCBS_CONTENDED,
};

static struct inpcb *test_pcb(struct pcb_test *t, unsigned int i)
{
	return t->so[i]->so_pcb;
}

/* Every call has a section of its own: init, test and exit may run in different threads. */
static void test_detach(struct inpcb *inp)
{
	struct netstack ns;

	net_enter(&ns, NETSEC_USRREQ);
	in_pcblock(inp, &ns);
	in_pcbdetach(inp);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
}

static int in_pcb_test_init(struct kunit *test)
{
	struct pcb_test *t;
	unsigned int i;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_EQ(test, in_pcbtable_init(&t->table, &test_ops), 0);
	for (i = 0; i < NSOCKS; i++) {
		t->so[i] = kunit_kzalloc(test, sizeof(*t->so[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, t->so[i]);
		refcount_set(&t->so[i]->so_refs, 1);
		sb_init(&t->so[i]->so_rcv, 65536);
		sb_init(&t->so[i]->so_snd, 65536);
		KUNIT_ASSERT_EQ(test, in_pcballoc(t->so[i], &t->table, AF_INET), 0);
		test_pcb(t, i)->inp_flags |= INP_FREEBIND;
	}
	current_test = t;
	test->priv = t;
	return 0;
}

static void in_pcb_test_exit(struct kunit *test)
{
	struct pcb_test *t = test->priv;
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < NSOCKS; i++)
		if (t->so[i]->so_pcb)
			test_detach(t->so[i]->so_pcb);
	in_pcbtable_exit(&t->table);
	for (i = 0; i < NSOCKS; i++)	/* every PCB gave its reference back */
		KUNIT_EXPECT_EQ(test, refcount_read(&t->so[i]->so_refs), 1U);
}

static int test_bind_pcb(struct inpcb *inp, u32 addr, u16 port, bool privileged)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(addr),
		.sin_port = htons(port),
	};

	struct netstack ns;
	int error;

	net_enter(&ns, NETSEC_USRREQ);
	in_pcblock(inp, &ns);
	error = in_pcbbind(inp, &sin, privileged);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return error;
}

static int test_bind(struct pcb_test *t, unsigned int i, u32 addr, u16 port)
{
	return test_bind_pcb(test_pcb(t, i), addr, port, false);
}

/* The PCB is only compared with, so it may be used outside the section. */
static struct inpcb *test_lookup_from(struct pcb_test *t, u32 faddr, u16 fport, u32 laddr,
				      u16 lport, unsigned int ifidx, u32 flow)
{
	struct netstack ns;
	struct inpcb *inp;

	net_enter(&ns, NETSEC_USRREQ);
	inp = in_pcblookup4(&t->table, htonl(faddr), htons(fport), htonl(laddr), htons(lport),
			    0, ifidx, flow);
	net_leave(&ns);
	return inp;
}

static struct inpcb *test_lookup(struct pcb_test *t, u32 laddr, u16 lport, unsigned int ifidx,
				 u32 flow)
{
	return test_lookup_from(t, PEER, 1, laddr, lport, ifidx, flow);
}

static int test_connect(struct inpcb *inp, u32 faddr, u16 fport)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(faddr),
		.sin_port = htons(fport),
	};
	struct netstack ns;
	int error;

	net_enter(&ns, NETSEC_USRREQ);
	in_pcblock(inp, &ns);
	error = in_pcbconnect(inp, &sin);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return error;
}

static void test_disconnect(struct inpcb *inp)
{
	struct netstack ns;

	net_enter(&ns, NETSEC_USRREQ);
	in_pcblock(inp, &ns);
	in_pcbdisconnect(inp);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
}

static void in_pcbbind__twice(struct kunit *test)
{
	struct pcb_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, test_bind(t, 0, 0, 5000), 0);
	KUNIT_EXPECT_EQ(test, test_bind(t, 0, 0, 5001), -EINVAL);
}

static void in_pcbbind__privileged_port(struct kunit *test)
{
	struct pcb_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, test_bind(t, 0, 0, 1023), -EACCES);
	KUNIT_EXPECT_EQ(test, test_bind_pcb(test_pcb(t, 0), 0, 1023, true), 0);
}

static void in_pcbbind__not_our_address(struct kunit *test)
{
	struct pcb_test *t = test->priv;

	test_pcb(t, 0)->inp_flags &= ~INP_FREEBIND;
	KUNIT_EXPECT_EQ(test, test_bind(t, 0, ADDR1, 5000), -EADDRNOTAVAIL);
	KUNIT_EXPECT_EQ(test, test_bind(t, 0, 0xe0000001, 5000), 0);
	KUNIT_EXPECT_TRUE(test, test_pcb(t, 0)->inp_flags & INP_NOSRC);
}

struct conflict_param {
	const char	*name;
	u32		 addr[2];
	u32		 options[2];	/* BSD_SO_* */
	unsigned int	 ifidx[2];
	unsigned int	 uid[2];
	int		 error;		/* of the second bind */
};

#define RA	BSD_SO_REUSEADDR
#define RP	BSD_SO_REUSEPORT

/* socket(7) of Linux, SO_REUSEADDR and SO_REUSEPORT. */
static const struct conflict_param conflict_params[] = {
	{ "same address", { ADDR1, ADDR1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, -EADDRINUSE },
	{ "other address", { ADDR1, ADDR2 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, 0 },
	{ "any after one", { ADDR1, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, -EADDRINUSE },
	{ "one after any", { 0, ADDR1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, -EADDRINUSE },
	{ "both reuseaddr", { ADDR1, ADDR1 }, { RA, RA }, { 0, 0 }, { 0, 0 }, 0 },
	{ "first reuseaddr", { ADDR1, ADDR1 }, { RA, 0 }, { 0, 0 }, { 0, 0 }, -EADDRINUSE },
	{ "second reuseaddr", { ADDR1, ADDR1 }, { 0, RA }, { 0, 0 }, { 0, 0 }, -EADDRINUSE },
	{ "both reuseport", { 0, 0 }, { RP, RP }, { 0, 0 }, { 7, 7 }, 0 },
	{ "reuseport of others", { 0, 0 }, { RP, RP }, { 0, 0 }, { 7, 8 }, -EADDRINUSE },
	{ "reuseport and reuseaddr", { 0, 0 }, { RP, RA }, { 0, 0 }, { 7, 7 }, -EADDRINUSE },
	{ "other interface", { 0, 0 }, { 0, 0 }, { 1, 2 }, { 0, 0 }, 0 },
	{ "one interface", { 0, 0 }, { 0, 0 }, { 1, 0 }, { 0, 0 }, -EADDRINUSE },
};

static void conflict_desc(const struct conflict_param *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(conflict, conflict_params, conflict_desc);

static void in_pcb_claim__conflicts(struct kunit *test)
{
	const struct conflict_param *p = test->param_value;
	struct pcb_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		t->so[i]->so_options = p->options[i];
		t->so[i]->so_uid = KUIDT_INIT(p->uid[i]);
		test_pcb(t, i)->inp_bound_ifidx = p->ifidx[i];
	}
	KUNIT_EXPECT_EQ(test, test_bind(t, 0, p->addr[0], 5000), 0);
	KUNIT_EXPECT_EQ(test, test_bind(t, 1, p->addr[1], 5000), p->error);
}

static void in_pcb_claim__port_is_free_again(struct kunit *test)
{
	struct pcb_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, test_bind(t, 0, 0, 5000), 0);
	test_detach(test_pcb(t, 0));
	KUNIT_EXPECT_EQ(test, test_bind(t, 1, 0, 5000), 0);
	KUNIT_EXPECT_PTR_EQ(test, test_lookup(t, ADDR1, 5000, 1, 0), test_pcb(t, 1));
}

static void in_pcblookup4__scores(struct kunit *test)
{
	struct pcb_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < 4; i++)
		t->so[i]->so_options = BSD_SO_REUSEADDR;
	test_pcb(t, 1)->inp_bound_ifidx = 7;
	test_pcb(t, 3)->inp_bound_ifidx = 7;
	KUNIT_ASSERT_EQ(test, test_bind(t, 3, ADDR1, 5000), 0);
	KUNIT_ASSERT_EQ(test, test_bind(t, 2, ADDR1, 5000), 0);
	KUNIT_ASSERT_EQ(test, test_bind(t, 1, 0, 5000), 0);
	KUNIT_ASSERT_EQ(test, test_bind(t, 0, 0, 5000), 0);

	KUNIT_EXPECT_PTR_EQ(test, test_lookup(t, ADDR2, 5000, 1, 0), test_pcb(t, 0));
	KUNIT_EXPECT_PTR_EQ(test, test_lookup(t, ADDR2, 5000, 7, 0), test_pcb(t, 1));
	KUNIT_EXPECT_PTR_EQ(test, test_lookup(t, ADDR1, 5000, 1, 0), test_pcb(t, 2));
	KUNIT_EXPECT_PTR_EQ(test, test_lookup(t, ADDR1, 5000, 7, 0), test_pcb(t, 3));
	KUNIT_EXPECT_NULL(test, test_lookup(t, ADDR1, 5001, 7, 0));
}

static void in_pcblookup4__last_bound_of_equals(struct kunit *test)
{
	struct pcb_test *t = test->priv;

	t->so[0]->so_options = BSD_SO_REUSEADDR;
	t->so[1]->so_options = BSD_SO_REUSEADDR;
	KUNIT_ASSERT_EQ(test, test_bind(t, 0, 0, 5000), 0);
	KUNIT_ASSERT_EQ(test, test_bind(t, 1, 0, 5000), 0);
	KUNIT_EXPECT_PTR_EQ(test, test_lookup(t, ADDR1, 5000, 1, 0), test_pcb(t, 1));
}

static void in_pcblookup_all__pieces(struct kunit *test)
{
	struct pcb_test *t = test->priv;
	struct inpcb *seen[NSOCKS + 3];
	unsigned int total = 0;
	struct netstack ns;
	unsigned int i;
	unsigned int n;

	for (i = 0; i < NSOCKS; i++) {
		t->so[i]->so_options = BSD_SO_REUSEADDR;
		KUNIT_ASSERT_EQ(test, test_bind(t, i, 0, 5000), 0);
	}
	net_enter(&ns, NETSEC_USRREQ);
	do {
		n = in_pcblookup_all(&t->table, htonl(PEER), htons(1), htonl(0xe0000001),
				     htons(5000), 0, 1, seen + total, 3, total);
		total += n;
	} while (n == 3 && total <= NSOCKS);
	net_leave(&ns);
	KUNIT_EXPECT_EQ(test, total, (unsigned int)NSOCKS);
	for (i = 1; i < total; i++)
		KUNIT_EXPECT_PTR_NE(test, seen[i], seen[i - 1]);
}

/* Flow hashes spread evenly reach every member, each about as often. */
static void in_pcblookup4__group_balances(struct kunit *test)
{
	struct pcb_test *t = test->priv;
	unsigned int hits[NSOCKS] = { };
	struct inpcb *inp;
	unsigned int i;
	unsigned int j;

	for (i = 0; i < NSOCKS; i++) {
		t->so[i]->so_options = BSD_SO_REUSEPORT;
		KUNIT_ASSERT_EQ(test, test_bind(t, i, 0, 5000), 0);
	}
	for (i = 1; i <= 1000 * NSOCKS; i++) {
		inp = test_lookup(t, ADDR1, 5000, 1, i * 0x9e3779b1U);
		for (j = 0; j < NSOCKS; j++)
			hits[j] += inp == test_pcb(t, j);
	}
	for (j = 0; j < NSOCKS; j++) {
		KUNIT_EXPECT_GT(test, hits[j], 900U);
		KUNIT_EXPECT_LT(test, hits[j], 1100U);
	}
}

static void in_pcblookup4__group_member_leaves(struct kunit *test)
{
	struct pcb_test *t = test->priv;
	struct inpcb *gone;
	unsigned int i;

	for (i = 0; i < NSOCKS; i++) {
		t->so[i]->so_options = BSD_SO_REUSEPORT;
		KUNIT_ASSERT_EQ(test, test_bind(t, i, 0, 5000), 0);
	}
	gone = test_pcb(t, 3);
	test_detach(gone);
	for (i = 1; i < 1000; i++)
		KUNIT_EXPECT_PTR_NE(test, test_lookup(t, ADDR1, 5000, 1, i * 0x9e3779b1U),
				    gone);
}

static void in_pcb_pickport__range_and_exhaustion(struct kunit *test)
{
	unsigned int first = pcb_port_first;
	unsigned int last = pcb_port_last;
	struct pcb_test *t = test->priv;
	unsigned long seen = 0;
	unsigned int i;

	pcb_port_first = 40000;
	pcb_port_last = 40000 + NSOCKS - 2;
	for (i = 0; i < NSOCKS - 1; i++) {
		/* No option makes "any" port a shared one. */
		t->so[i]->so_options = BSD_SO_REUSEADDR | BSD_SO_REUSEPORT;
		KUNIT_EXPECT_EQ(test, test_bind(t, i, 0, 0), 0);
		seen |= BIT(ntohs(test_pcb(t, i)->inp_lport) - 40000);
	}
	KUNIT_EXPECT_EQ(test, seen, BIT(NSOCKS - 1) - 1);
	KUNIT_EXPECT_EQ(test, test_bind(t, i, 0, 0), -EADDRINUSE);
	pcb_port_first = first;
	pcb_port_last = last;
}

static void in_pcbconnect__moves_and_comes_back(struct kunit *test)
{
	struct pcb_test *t = test->priv;
	struct inpcb *inp = test_pcb(t, 0);

	KUNIT_ASSERT_EQ(test, test_bind(t, 0, 0, 5000), 0);
	KUNIT_ASSERT_EQ(test, test_connect(inp, INADDR_LOOPBACK, 9), 0);
	KUNIT_EXPECT_EQ(test, inp->inp_laddr.v4.s_addr, htonl(INADDR_LOOPBACK));
	KUNIT_EXPECT_PTR_EQ(test, test_lookup_from(t, INADDR_LOOPBACK, 9, INADDR_LOOPBACK,
						   5000, 1, 0), inp);
	KUNIT_EXPECT_NULL(test, test_lookup(t, INADDR_LOOPBACK, 5000, 1, 0));
	KUNIT_EXPECT_EQ(test, test_bind(t, 1, INADDR_LOOPBACK, 5000), -EADDRINUSE);
	test_disconnect(inp);
	KUNIT_EXPECT_EQ(test, inp->inp_laddr.v4.s_addr, 0);
	KUNIT_EXPECT_PTR_EQ(test, test_lookup(t, ADDR1, 5000, 1, 0), inp);
}

static void in_pcbconnect__chosen_port_goes_again(struct kunit *test)
{
	struct pcb_test *t = test->priv;
	struct inpcb *inp = test_pcb(t, 0);

	KUNIT_ASSERT_EQ(test, test_connect(inp, INADDR_LOOPBACK, 9), 0);
	KUNIT_EXPECT_GE(test, ntohs(inp->inp_lport), pcb_port_first);
	KUNIT_EXPECT_LE(test, ntohs(inp->inp_lport), pcb_port_last);
	test_disconnect(inp);
	KUNIT_EXPECT_EQ(test, inp->inp_lport, 0);
}

/* Three packets for a PCB that is locked. Returns how many are on its backlog then. */
static u32 test_input_locked(struct kunit *test, struct inpcb *inp)
{
	struct mbuf_list ml = MBUF_LIST_INIT;
	struct netstack ns;
	struct mbuf *m;
	unsigned int i;
	u32 waiting;
	bool locks;

	for (i = 0; i < 3; i++) {
		m = m_gethdr(M_DONTWAIT);
		KUNIT_ASSERT_NOT_NULL(test, m);
		ml_enqueue(&ml, m);
	}
	net_enter(&ns, NETSEC_USRREQ);
	locks = net_pcb_locking(&ns);
	in_pcblock(inp, &ns);
	in_pcbinput(inp, &ml, &ns);
	waiting = ml_len(&inp->inp_backlog);
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	if (!locks)
		kunit_skip(test, "this mode of the ladder has no PCB mutex");
	return waiting;
}

static void in_pcbinput__busy_goes_to_backlog(struct kunit *test)
{
	struct pcb_test *t = test->priv;
	struct inpcb *inp = test_pcb(t, 0);

	KUNIT_EXPECT_EQ(test, test_input_locked(test, inp), 3U);
	KUNIT_EXPECT_EQ(test, t->delivered, 3U);
	KUNIT_EXPECT_EQ(test, inp->inp_bl_bytes, 0U);
	KUNIT_EXPECT_TRUE(test, ml_empty(&inp->inp_backlog));
}

static void in_pcbinput__backlog_has_a_limit(struct kunit *test)
{
	struct pcb_test *t = test->priv;

	t->so[0]->so_rcv.sb_mbmax = 2 * MSIZE;
	KUNIT_EXPECT_EQ(test, test_input_locked(test, test_pcb(t, 0)), 2U);
	KUNIT_EXPECT_EQ(test, t->delivered, 2U);
}

/* Enough PCBs to make the hashes grow; every one must still be found. */
static void in_pcbhash_grow__nobody_is_lost(struct kunit *test)
{
	const unsigned int n = 200;	/* over the 128 buckets of the start */
	struct pcb_test *t = test->priv;
	struct bsd_socket *so;
	unsigned int i;

	so = kunit_kcalloc(test, n, sizeof(*so), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, so);
	KUNIT_ASSERT_EQ(test, test_bind(t, 0, 0, 4999), 0);
	for (i = 0; i < n; i++) {
		refcount_set(&so[i].so_refs, 1);
		KUNIT_ASSERT_EQ(test, in_pcballoc(&so[i], &t->table, AF_INET), 0);
		KUNIT_EXPECT_EQ(test, test_bind_pcb(so[i].so_pcb, 0, 5000 + i, false), 0);
	}
	KUNIT_EXPECT_PTR_EQ(test, test_lookup(t, ADDR1, 4999, 1, 0), test_pcb(t, 0));
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_PTR_EQ(test, (void *)test_lookup(t, ADDR1, 5000 + i, 1, 0),
				    so[i].so_pcb);
	for (i = 0; i < n; i++)
		test_detach(so[i].so_pcb);
	net_synchronize();
	srcu_barrier(&net_srcu);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, refcount_read(&so[i].so_refs), 1U);
}

static struct kunit_case in_pcb_cases[] = {
	KUNIT_CASE(in_pcbbind__twice),
	KUNIT_CASE(in_pcbbind__privileged_port),
	KUNIT_CASE(in_pcbbind__not_our_address),
	KUNIT_CASE(in_pcbconnect__moves_and_comes_back),
	KUNIT_CASE(in_pcbconnect__chosen_port_goes_again),
	KUNIT_CASE(in_pcbinput__busy_goes_to_backlog),
	KUNIT_CASE(in_pcbinput__backlog_has_a_limit),
	KUNIT_CASE(in_pcbhash_grow__nobody_is_lost),
	KUNIT_CASE(in_pcblookup4__scores),
	KUNIT_CASE(in_pcblookup4__last_bound_of_equals),
	KUNIT_CASE(in_pcblookup4__group_balances),
	KUNIT_CASE(in_pcblookup4__group_member_leaves),
	KUNIT_CASE(in_pcblookup_all__pieces),
	KUNIT_CASE_PARAM(in_pcb_claim__conflicts, conflict_gen_params),
	KUNIT_CASE(in_pcb_claim__port_is_free_again),
	KUNIT_CASE(in_pcb_pickport__range_and_exhaustion),
	{ }
};

struct kunit_suite bsdnet_in_pcb_suite = {
	.name = "bsdnet_in_pcb",
	.init = in_pcb_test_init,
	.exit = in_pcb_test_exit,
	.test_cases = in_pcb_cases,
};
