/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * netstart.h - what a hostname.IF file asks for, between its reader (hostname.c) and
 * those who check and carry it out (netstart.c, step.c).
 */
#ifndef _BSDNET_NETSTART_H
#define _BSDNET_NETSTART_H

#include "../lib/bsdnet.h"

#define NS_DIR		"/etc/bsdnet"
#define NS_MAXWORDS	64

/* One line: arguments of "bsdnet ifconfig", or a command for the shell. */
struct ns_line {
	unsigned int	  nl_number;	/* in its file, from 1 */
	char		**nl_argv;	/* "ifconfig", interface, words, NULL; or NULL: */
	char		 *nl_command;	/* for /bin/sh */
};

/* One interface with a file. Lives until the program ends. */
struct ns_if {
	char		 ni_name[BSD_IFNAMSIZ];
	char		*ni_path;
	char		*ni_device;	/* NIC to attach, NULL: none */
	unsigned int	 ni_device_line;
	struct ns_line	*ni_lines;
	unsigned int	 ni_nlines;
	bool		 ni_bad;	/* its file is wrong, or it could not be made */
};

/* hostname.c */
bool ns_trusted(FILE *f, const char *path);
bool ns_read(struct ns_if *ni);		/* false: told what is wrong */
bool ns_read_gateway(const char *path, struct in_addr *gateway);

/* step.c: carry out, or with @ns_print only print. false: failed, and told. */
extern bool ns_print;
bool ns_attach(struct ns_if *ni);
bool ns_create(struct ns_if *ni);
bool ns_line_run(struct ns_if *ni, const struct ns_line *nl);
bool ns_line_check(struct ns_if *ni, const struct ns_line *nl);
bool ns_gateway(const char *path, struct in_addr gateway);

#endif /* _BSDNET_NETSTART_H */
