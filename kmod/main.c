// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * main.c - the module: one ordered table of subsystems, unwound in reverse.
 *
 * Order: memory and counters, locks and threads, tables, interfaces, protocols,
 * and last the socket families, so that nothing from outside comes in before
 * all stands; on unload the families go first, and nothing is left when the
 * threads stop.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <bsdnet/arp.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/icmp.h>
#include <bsdnet/igmp.h>
#include <bsdnet/if_intr.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip_mroute.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/protosw.h>
#include <bsdnet/route.h>
#include <bsdnet/rtsock.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/subsys.h>
#include <bsdnet/tcp.h>
#include <bsdnet/udp.h>
#include <bsdnet/version.h>

struct subsystem {
	const char	*ss_name;	/* [I] for the error message */
	int		(*ss_init)(void);	/* [I] 0 or -errno, and then left nothing behind */
	void		(*ss_exit)(void);	/* [I] */
};

static const struct subsystem subsystems[] = {
	{ "sysfs",	sysfs_init,	sysfs_exit },
	{ "netlock",	netlock_init,	netlock_exit },
	{ "mbuf",	mbuf_init,	mbuf_exit },
	{ "softnet",	softnet_init,	softnet_exit },
	{ "rtable",	rtable_init,	rtable_exit },
	{ "socket",	socket_init,	socket_exit },
	{ "in_proto",	in_proto_init,	in_proto_exit },
	{ "if",		if_init,	if_exit },
	{ "intr",	if_intr_init,	if_intr_exit },
	{ "ether",	bsd_ether_init,	bsd_ether_exit },
	{ "arp",	bsd_arp_init,	bsd_arp_exit },
	{ "ip",		bsd_ip_init,	bsd_ip_exit },
	{ "icmp",	bsd_icmp_init,	bsd_icmp_exit },
	{ "igmp",	bsd_igmp_init,	bsd_igmp_exit },
	{ "in_mcast",	in_mcast_init,	in_mcast_exit },
	{ "mroute",	mrt_init,	mrt_exit },
	{ "in_pcb",	in_pcb_init,	in_pcb_exit },
	{ "raw",	raw_init,	raw_exit },
	{ "udp",	bsd_udp_init,	bsd_udp_exit },
	{ "tcp",	bsd_tcp_init,	bsd_tcp_exit },
	{ "loop",	loop_init,	loop_exit },
	{ "rtsock",	rtsock_init,	rtsock_exit },
	{ "family",	family_init,	family_exit },
};

static void subsystems_exit(unsigned int n)
{
	while (n--)
		subsystems[n].ss_exit();
}

static int __init bsdnet_init(void)
{
	unsigned int i;
	int error;

	for (i = 0; i < ARRAY_SIZE(subsystems); i++) {
		error = subsystems[i].ss_init();
		if (error) {
			pr_err("bsdnet: %s: cannot start (error %d)\n",
			       subsystems[i].ss_name, error);
			subsystems_exit(i);
			return error;
		}
	}
	return 0;
}

static void __exit bsdnet_exit(void)
{
	subsystems_exit(ARRAY_SIZE(subsystems));
}

module_init(bsdnet_init);
module_exit(bsdnet_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("BSD network stack");
MODULE_VERSION(BSDNET_VERSION);
BSDNET_IMPORT;
