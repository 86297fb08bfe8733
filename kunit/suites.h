/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * suites.h - every test suite, for main.c and for the file that defines it.
 */
#ifndef _BSDNET_KUNIT_SUITES_H
#define _BSDNET_KUNIT_SUITES_H

#include <kunit/test.h>

extern struct kunit_suite bsdnet_arp_suite;
extern struct kunit_suite bsdnet_art_suite;
extern struct kunit_suite bsdnet_icmp_error_suite;
extern struct kunit_suite bsdnet_if_addr_suite;
extern struct kunit_suite bsdnet_if_clone_suite;
extern struct kunit_suite bsdnet_if_group_suite;
extern struct kunit_suite bsdnet_ifq_fqcodel_suite;
extern struct kunit_suite bsdnet_ifq_suite;
extern struct kunit_suite bsdnet_in_cksum_suite;
extern struct kunit_suite bsdnet_in_pcb_suite;
extern struct kunit_suite bsdnet_in_sources_suite;
extern struct kunit_suite bsdnet_ip_fragment_suite;
extern struct kunit_suite bsdnet_ip_options_suite;
extern struct kunit_suite bsdnet_tcp_cc_cubic_suite;
extern struct kunit_suite bsdnet_tcp_cc_newreno_suite;
extern struct kunit_suite bsdnet_tcp_options_suite;
extern struct kunit_suite bsdnet_tcp_rtt_suite;
extern struct kunit_suite bsdnet_tcp_sent_suite;
extern struct kunit_suite bsdnet_tcp_sndbuf_suite;
extern struct kunit_suite bsdnet_tcp_syncookie_suite;
extern struct kunit_suite bsdnet_tcp_tso_suite;
extern struct kunit_suite bsdnet_tcp_undo_suite;
extern struct kunit_suite bsdnet_sockbuf_stream_suite;
extern struct kunit_suite bsdnet_socket_urgent_suite;
extern struct kunit_suite bsdnet_ip_reass_suite;
extern struct kunit_suite bsdnet_mbuf_alloc_suite;
extern struct kunit_suite bsdnet_mbuf_cluster_suite;
extern struct kunit_suite bsdnet_mbuf_copy_suite;
extern struct kunit_suite bsdnet_mbuf_lend_suite;
extern struct kunit_suite bsdnet_mbuf_page_suite;
extern struct kunit_suite bsdnet_mbuf_queue_suite;
extern struct kunit_suite bsdnet_mbuf_shape_suite;
extern struct kunit_suite bsdnet_mbuf_stat_suite;
extern struct kunit_suite bsdnet_mbuf_tag_suite;
extern struct kunit_suite bsdnet_netlock_suite;
extern struct kunit_suite bsdnet_sock_addr_suite;
extern struct kunit_suite bsdnet_sockbuf_suite;
extern struct kunit_suite bsdnet_softnet_work_suite;

#endif /* _BSDNET_KUNIT_SUITES_H */
