/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * sysfs.h - knobs and read-only values under /sys/kernel/bsdnet.
 *
 * Each owner has one table of rows, one row a file; linux/sysfs.c makes files
 * of them. Rows are written with the KNOB_* macros (check-abi.sh reads them):
 *
 *	static const struct knob ip_knobs[] = {
 *		KNOB_UINT("ip/ttl", &bsd_ip_defttl, 1, 255),
 *		KNOB_CALL("netlock/mode", netlock_mode_show, netlock_mode_store),
 *	};
 *
 * A store never waits for netlock while its kobject can be deleted under it:
 * the folders live as long as the module, and are removed before anything else.
 */
#ifndef _BSDNET_SYSFS_H
#define _BSDNET_SYSFS_H

#include <linux/types.h>

struct knob {
	const char	*kn_path;	/* [I] "subsystem/name" */
	unsigned int	*kn_uint;	/* [I] value, or NULL: by the functions */
	unsigned int	 kn_min;	/* [I] */
	unsigned int	 kn_max;	/* [I] */
	/* Print into @buf (a page), newline included; returns bytes or -errno. */
	ssize_t		(*kn_show)(const struct knob *kn, char *buf);	/* [I] */
	/* Take a line; NULL: read-only. Returns 0 or -errno, and then changed nothing. */
	int		(*kn_store)(const struct knob *kn, const char *buf);	/* [I] */
	unsigned int	 kn_id;		/* [I] counter id of KNOB_COUNTER */
};

#define KNOB_UINT(path, var, min, max)	\
	{ .kn_path = (path), .kn_uint = (var), .kn_min = (min), .kn_max = (max) }
#define KNOB_CALL(path, show, store)	\
	{ .kn_path = (path), .kn_show = (show), .kn_store = (store) }
#define KNOB_COUNTER(path, id)	\
	{ .kn_path = (path), .kn_show = knob_show_counter, .kn_id = (id) }

ssize_t knob_show_counter(const struct knob *kn, char *buf);
int knobs_register(const struct knob *knobs, unsigned int n);
void knobs_unregister(const struct knob *knobs, unsigned int n);

#endif /* _BSDNET_SYSFS_H */
