/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * bsdnet.h - what the applets share: control socket, addresses, output, errors.
 */
#ifndef _BSDNET_TOOLS_H
#define _BSDNET_TOOLS_H

#include <json-c/json.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <bsdnet/ioctl.h>
#include <bsdnet/sock.h>
#include <bsdnet/version.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BN_SYSFS	"/sys/kernel/bsdnet"

/* One applet. */
struct applet {
	const char	*ap_name;
	int		(*ap_main)(int argc, char **argv);	/* exit status */
	const char	*ap_summary;
};

extern const char *bn_progname;		/* of the applet, in front of its errors */

int ifconfig_main(int argc, char **argv);
int intrctl_main(int argc, char **argv);
int route_main(int argc, char **argv);
int monitor_main(int argc, char **argv);
int nc_main(int argc, char **argv);
int netstart_main(int argc, char **argv);
int netstat_main(int argc, char **argv);
int arp_main(int argc, char **argv);
int ping_main(int argc, char **argv);
int attach_main(int argc, char **argv);
int detach_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int sysctl_main(int argc, char **argv);
int top_main(int argc, char **argv);
int run_main(int argc, char **argv);
int tcpbench_main(int argc, char **argv);
int tcpdrop_main(int argc, char **argv);
int udpbench_main(int argc, char **argv);

/* out.c: one clear line on stderr, exit status 1. */
void bn_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void bn_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Usage to stdout with status 0 (asked for) or one line to stderr with 1. */
void bn_usage(bool asked, const char *text) __attribute__((noreturn));
void *bn_alloc(size_t n, size_t size);
char *bn_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));	/* to be freed */
void bn_json_print(struct json_object *jo);	/* and frees it */
void bn_json_str(struct json_object *jo, const char *key, const char *val);
void bn_json_int(struct json_object *jo, const char *key, int64_t val);
void bn_json_double(struct json_object *jo, const char *key, double val);
void bn_json_bool(struct json_object *jo, const char *key, bool val);
/* Removes "--json" from argv; true if it was there. Answers "--help" with @usage. */
bool bn_options(int *argc, char **argv, const char *usage);
unsigned long bn_number(const char *what, const char *s, unsigned long min, unsigned long max);

/* ctl.c: control socket (opened once) and what every applet asks of the kernel. */
int bn_ctl(void);
int bn_ioctl(unsigned long cmd, void *arg);	/* 0 or -1 with errno */
char (*bn_iflist(const char *group, unsigned int *n))[BSD_IFNAMSIZ];
unsigned int bn_ifindex(const char *name);	/* 0: no such interface */
/* Routes of a table, flags as rtd_flags: one after the other, or an array to be freed. */
void bn_each_route(unsigned int tableid, unsigned int flags,
		   void (*fn)(const struct bsd_rtmsg *rtm, void *arg), void *arg);
struct bsd_rtmsg *bn_routes(unsigned int tableid, unsigned int flags, unsigned int *n);
struct bsd_counter *bn_counters(unsigned int group, char name[16], unsigned int *n);
struct bsd_pcbinfo *bn_pcbs(unsigned int proto, unsigned int *n);
const char *bn_tcp_state(unsigned int state);		/* of bsd_pcbinfo; "" is 0 */
int bn_parse_tcp_state(const char *s);			/* -1: there is none of that name */
int bn_sysfs_read(const char *path, char *buf, size_t size);	/* bytes or -1 */
int bn_sysfs_write(const char *path, const char *val);	/* 0 or -1 with errno */

/* sock.c: sockets that carry data, the clock, when to stop. */
extern volatile sig_atomic_t bn_stopped;
void bn_stop_after(unsigned int seconds);
double bn_now(void);
int bn_socket(int type, bool linux_stack, int rtable);

/* addr.c */
bool bn_parse_addr(const char *s, struct in_addr *addr);
bool bn_parse_prefix(const char *s, struct in_addr *addr, unsigned int *plen, bool *given);
bool bn_parse_mask(const char *s, unsigned int *plen);
bool bn_parse_lladdr(const char *s, uint8_t *lladdr);
bool bn_resolve(const char *host, struct in_addr *addr);
unsigned int bn_parse_port(const char *s, bool udp);	/* or a service; 0: neither */
const char *bn_addr(const void *addr);		/* static, four buffers in turn */
const char *bn_name(const void *addr, bool numeric);	/* the same, by name if there is one */
const char *bn_prefix(const void *addr, unsigned int plen);
const char *bn_lladdr(const uint8_t *lladdr);

#endif /* _BSDNET_TOOLS_H */
