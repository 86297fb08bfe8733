/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * udp_priv.h - shared by the udp_*.c files only.
 */
#ifndef _BSDNET_UDP_PRIV_H
#define _BSDNET_UDP_PRIV_H

extern unsigned int bsd_udp_blackhole;	/* knob udp/blackhole, udp_input.c */

#endif /* _BSDNET_UDP_PRIV_H */
