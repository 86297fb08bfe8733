/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * driver.h - all that drivers/ and pseudo/ need; they include nothing else of ours.
 */
#ifndef _BSDNET_DRIVER_H
#define _BSDNET_DRIVER_H

#include <linux/module.h>
#include <bsdnet/counters.h>
#include <bsdnet/ethernet.h>
#include <bsdnet/if_allow.h>
#include <bsdnet/if_clone.h>
#include <bsdnet/if_intr.h>
#include <bsdnet/if_var.h>
#include <bsdnet/ifq.h>
#include <bsdnet/in.h>
#include <bsdnet/ip.h>
#include <bsdnet/kassert.h>
#include <bsdnet/mbuf_queue.h>
#include <bsdnet/netlock.h>
#include <bsdnet/netstack.h>
#include <bsdnet/softnet.h>
#include <bsdnet/tcp.h>
#include <bsdnet/tcp_seq.h>

#endif /* _BSDNET_DRIVER_H */
