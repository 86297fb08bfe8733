/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * pair_priv.h - what the files of the module bsdnet_pair share.
 */
#ifndef _BSDNET_PAIR_PRIV_H
#define _BSDNET_PAIR_PRIV_H

/* if_vether.c */
int vether_init(void);
void vether_exit(void);

#endif /* _BSDNET_PAIR_PRIV_H */
