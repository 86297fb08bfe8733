// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_counters.c - what an interface counts, per CPU, and why packets are dropped
 * between drivers and protocols.
 *
 * Written by if_input.c, if_output.c, ifq.c and drivers; summed up here for
 * ioctls and for the face's statistics.
 * Context: any.
 */
#include <bsdnet/if_var.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/percpu.h>
#include <linux/string.h>

static const struct counter_desc if_descs[] = {
	[COUNTER_INDEX(IFS_GONE)] = { "gone", "packets received for an interface that is gone" },
	[COUNTER_INDEX(IFS_DOWN)] = { "down", "packets received on an interface that is down" },
	[COUNTER_INDEX(IFS_IQDROP)] = { "iqdrop",
		"packets dropped because too many came in at once" },
	[COUNTER_INDEX(IFS_NOPROTO)] = { "noproto",
		"looped back packets of an unknown network protocol" },
	[COUNTER_INDEX(IFS_LOOPCNT)] = { "loopcnt",
		"packets that passed too many pseudo devices" },
	[COUNTER_INDEX(IFS_ODOWN)] = { "odown", "packets sent to an interface that is down" },
	[COUNTER_INDEX(IFS_OQDROP)] = { "oqdrop", "packets dropped from full transmit queues" },
	[COUNTER_INDEX(IFS_CODELDROP)] = { "codeldrop",
		"packets dropped because they waited too long in transmit queues" },
	[COUNTER_INDEX(IFS_CODELMARK)] = { "codelmark",
		"packets marked (ECN) because they waited too long in transmit queues" },
	[COUNTER_INDEX(IFS_OPURGE)] = { "opurge",
		"packets freed in queues when their interface went down" },
	[COUNTER_INDEX(IFS_NOPEER)] = { "nopeer",
		"packets sent to a pseudo device without a peer" },
	[COUNTER_INDEX(IFS_NOMEM)] = { "nomem", "packets dropped for want of memory" },
};

/**
 * if_counters_alloc() - give an interface its counters
 * @ifp: being attached
 *
 * Context: Process, may sleep.
 * Return:  0 or -ENOMEM.
 */
int if_counters_alloc(struct ifnet *ifp)
{
	ifp->if_counters = __alloc_percpu(IFC_N * sizeof(u64), SMP_CACHE_BYTES);
	return ifp->if_counters ? 0 : -ENOMEM;
}

BSDNET_EXPORT(if_counters_alloc);

/**
 * if_counters_free() - take an interface's counters away
 * @ifp: nobody counts any more
 *
 * Context: Process.
 */
void if_counters_free(struct ifnet *ifp)
{
	free_percpu(ifp->if_counters);
	ifp->if_counters = NULL;
}

BSDNET_EXPORT(if_counters_free);

/**
 * if_counters_read() - sum an interface's counters up
 * @ifp:  attached
 * @sums: out: IFC_N of them
 *
 * Context: Any.
 */
void if_counters_read(struct ifnet *ifp, u64 *sums)
{
	const u64 *cells;
	unsigned int cpu;
	unsigned int i;

	memset(sums, 0, IFC_N * sizeof(*sums));
	for_each_possible_cpu(cpu) {
		cells = per_cpu_ptr(ifp->if_counters, cpu);
		for (i = 0; i < IFC_N; i++)
			sums[i] += READ_ONCE(cells[i]);
	}
}

BSDNET_EXPORT(if_counters_read);

/**
 * if_getdata() - all that BSIOCGIFDATA tells
 * @ifp: attached
 * @ifi: out
 *
 * Context: rtnl held, or in a section.
 */
void if_getdata(struct ifnet *ifp, struct bsd_if_data *ifi)
{
	u64 sums[IFC_N];

	if_counters_read(ifp, sums);
	memset(ifi, 0, sizeof(*ifi));
	ifi->ifi_type = ifp->if_type;
	ifi->ifi_hdrlen = ifp->if_hdrlen;
	ifi->ifi_link_state = READ_ONCE(ifp->if_link_state);
	ifi->ifi_mtu = READ_ONCE(ifp->if_mtu);
	ifi->ifi_index = ifp->if_index;
	ifi->ifi_rdomain = ifp->if_rdomain;
	ifi->ifi_baudrate = READ_ONCE(ifp->if_baudrate);
	ifi->ifi_lastchange = READ_ONCE(ifp->if_lastchange);
	ifi->ifi_ipackets = sums[IFC_IPACKETS];
	ifi->ifi_ibytes = sums[IFC_IBYTES];
	ifi->ifi_ierrors = sums[IFC_IERRORS];
	ifi->ifi_iqdrops = sums[IFC_IQDROPS];
	ifi->ifi_noproto = sums[IFC_NOPROTO];
	ifi->ifi_imcasts = sums[IFC_IMCASTS];
	ifi->ifi_opackets = sums[IFC_OPACKETS];
	ifi->ifi_obytes = sums[IFC_OBYTES];
	ifi->ifi_oerrors = sums[IFC_OERRORS];
	ifi->ifi_oqdrops = sums[IFC_OQDROPS];
	ifi->ifi_omcasts = sums[IFC_OMCASTS];
	ifi->ifi_collisions = sums[IFC_COLLISIONS];
}

/**
 * if_counters_init() - register the reasons for drops
 *
 * Context: Process, no locks.
 * Return:  0 or -ENOMEM.
 */
int if_counters_init(void)
{
	static_assert(ARRAY_SIZE(if_descs) == COUNTER_INDEX(IFS_END));
	return counter_register(CG_IF, "if", if_descs, ARRAY_SIZE(if_descs));
}

/**
 * if_counters_exit() - undo if_counters_init()
 *
 * Context: Process, no locks.
 */
void if_counters_exit(void)
{
	counter_unregister(CG_IF);
}
