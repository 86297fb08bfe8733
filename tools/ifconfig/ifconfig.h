/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ifconfig.h - between the verbs (ifconfig.c) and the listing (show.c).
 */
#ifndef _IFCONFIG_H
#define _IFCONFIG_H

#include <stdbool.h>

/* List interfaces: all, of a group, or one by name. */
void ifconfig_show(const char *which, bool json);
void ifconfig_flags(unsigned int flags, char *buf, unsigned int size);

#endif /* _IFCONFIG_H */
