// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * arp_test.c - kmod/netinet/arp.c: the place of its packets in a transmit queue.
 *
 * The interface is not attached: output needs only its queue and counters.
 */
#include "../lib/kunit_lib.h"
#include "../suites.h"
#include "../../kmod/netinet/arp_priv.h"
#include <bsdnet/driver.h>
#include <linux/in.h>

#define TEST_ADDR	0xc0000201

struct testarp {
	struct ifnet		 ta_if;
	struct mbuf_list	 ta_sent;
};

static void testarp_start(struct ifqueue *ifq)
{
	struct testarp *ta = container_of(ifq->ifq_ifp, struct testarp, ta_if);
	struct mbuf *m;

	while ((m = ifq_dequeue(ifq)))
		ml_enqueue(&ta->ta_sent, m);
}

static int arp_test_init(struct kunit *test)
{
	struct testarp *ta = kunit_kzalloc(test, sizeof(*ta), GFP_KERNEL);
	int error = bsdnet_kunit_leakcheck_init(test);

	if (!ta || error)
		return -ENOMEM;
	test->priv = ta;
	ta->ta_if.if_flags = BSD_IFF_UP | BSD_IFF_RUNNING;
	ta->ta_if.if_output = bsd_ether_output;
	if (if_counters_alloc(&ta->ta_if))
		return -ENOMEM;
	if (if_alloc_queues(&ta->ta_if, 1, testarp_start)) {
		if_counters_free(&ta->ta_if);
		return -ENOMEM;
	}
	ifq_open(ta->ta_if.if_ifqs[0]);
	return 0;
}

static void arp_test_exit(struct kunit *test)
{
	struct testarp *ta = test->priv;

	if (!ta || !ta->ta_if.if_counters)
		return;
	ml_purge(&ta->ta_sent);
	if_free_queues(&ta->ta_if);
	if_counters_free(&ta->ta_if);
	bsdnet_kunit_leakcheck(test);
}

struct llprio_param {
	const char	*name;
	u8		 llprio;
	unsigned int	 place;
};

static const struct llprio_param llprio_params[] = {
	{ "worst", 0, 2 },
	{ "worse than packets", BSD_IFQ_DEFPRIO - 1, 2 },
	{ "as packets", BSD_IFQ_DEFPRIO, 1 },
	{ "better than packets", BSD_IFQ_DEFPRIO + 1, 0 },
	{ "best", BSD_IFQ_MAXPRIO, 0 },
};

static void llprio_desc(const struct llprio_param *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(llprio, llprio_params, llprio_desc);

/* A request comes between two packets; the driver gets all three when the section ends. */
static void bsd_arp_request__priority(struct kunit *test)
{
	const struct llprio_param *p = test->param_value;
	struct testarp *ta = test->priv;
	struct ifqueue *ifq = ta->ta_if.if_ifqs[0];
	struct mbuf *packets[2];
	struct netstack ns;
	struct mbuf *m;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(packets); i++)
		packets[i] = bsdnet_kunit_packet(test, 100, 100);
	ta->ta_if.if_llprio = p->llprio;
	net_enter(&ns, NETSEC_SYSCALL);
	ifq_enqueue(ifq, packets[0]);
	bsd_arp_request(&ta->ta_if, htonl(TEST_ADDR), htonl(TEST_ADDR + 1), bsd_ether_broadcast,
			&ns);
	ifq_enqueue(ifq, packets[1]);
	net_leave(&ns);
	KUNIT_ASSERT_EQ(test, ml_len(&ta->ta_sent), 3);
	for (i = 0; i < 3; i++) {
		m = ml_dequeue(&ta->ta_sent);
		KUNIT_EXPECT_EQ(test, m != packets[0] && m != packets[1], i == p->place);
		m_freem(m);
	}
}

static struct kunit_case arp_test_cases[] = {
	KUNIT_CASE_PARAM(bsd_arp_request__priority, llprio_gen_params),
	{}
};

struct kunit_suite bsdnet_arp_suite = {
	.name = "bsdnet_arp",
	.init = arp_test_init,
	.exit = arp_test_exit,
	.test_cases = arp_test_cases,
};
