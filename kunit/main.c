// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * main.c - the list of test suites; KUnit runs them when the module is loaded.
 */
#include "suites.h"
#include <linux/module.h>

kunit_test_suites(
	&bsdnet_arp_suite,
	&bsdnet_art_suite,
	&bsdnet_icmp_error_suite,
	&bsdnet_if_addr_suite,
	&bsdnet_if_clone_suite,
	&bsdnet_if_group_suite,
	&bsdnet_ifq_fqcodel_suite,
	&bsdnet_ifq_suite,
	&bsdnet_in_cksum_suite,
	&bsdnet_in_pcb_suite,
	&bsdnet_in_sources_suite,
	&bsdnet_ip_fragment_suite,
	&bsdnet_ip_options_suite,
	&bsdnet_tcp_cc_cubic_suite,
	&bsdnet_tcp_cc_newreno_suite,
	&bsdnet_tcp_options_suite,
	&bsdnet_tcp_rtt_suite,
	&bsdnet_tcp_sent_suite,
	&bsdnet_tcp_sndbuf_suite,
	&bsdnet_tcp_syncookie_suite,
	&bsdnet_tcp_tso_suite,
	&bsdnet_tcp_undo_suite,
	&bsdnet_sockbuf_stream_suite,
	&bsdnet_socket_urgent_suite,
	&bsdnet_ip_reass_suite,
	&bsdnet_mbuf_alloc_suite,
	&bsdnet_mbuf_cluster_suite,
	&bsdnet_mbuf_copy_suite,
	&bsdnet_mbuf_lend_suite,
	&bsdnet_mbuf_page_suite,
	&bsdnet_mbuf_queue_suite,
	&bsdnet_mbuf_shape_suite,
	&bsdnet_mbuf_stat_suite,
	&bsdnet_mbuf_tag_suite,
	&bsdnet_netlock_suite,
	&bsdnet_sock_addr_suite,
	&bsdnet_sockbuf_suite,
	&bsdnet_softnet_work_suite
);

MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("bsdnet unit tests");
BSDNET_IMPORT;
BSDNET_IMPORT_KUNIT;
