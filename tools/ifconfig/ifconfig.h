/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * ifconfig.h - between the verbs (ifconfig.c), the listing (show.c) and netstart.
 */
#ifndef _IFCONFIG_H
#define _IFCONFIG_H

#include <stdbool.h>

/* As ifconfig_main() with parameters, but only looks at them; ends as that does. */
int ifconfig_check(int argc, char **argv);
/* List interfaces: all, of a group, or one by name. */
void ifconfig_show(const char *which, bool json);
void ifconfig_flags(unsigned int flags, unsigned int xflags, char *buf, unsigned int size);

#endif /* _IFCONFIG_H */
