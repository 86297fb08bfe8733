// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_cc.c - the table of congestion controls, and which one new connections use.
 *
 * Called by: tcp_subr.c (a connection is made), tcp_ctlopt.c (TCP_CONGESTION). To add
 * one: a file, a line here.
 *
 * Context: see each function.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/sysfs.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/sysfs.h>

static const struct tcp_cc *const tcp_ccs[] = {
	&bsd_tcp_cc_cubic,
	&bsd_tcp_cc_newreno,
};

static const struct tcp_cc *tcp_cc_default = &bsd_tcp_cc_cubic;	/* knob tcp/congestion */

/**
 * bsd_tcp_cc_find() - a congestion control by its name
 * @name: as TCP_CONGESTION has it; a line end behind it does not count
 *
 * Context: Any.
 * Return:  it, or NULL.
 */
const struct tcp_cc *bsd_tcp_cc_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcp_ccs); i++)
		if (sysfs_streq(name, tcp_ccs[i]->cc_name))
			return tcp_ccs[i];
	return NULL;
}

/**
 * bsd_tcp_cc_default() - what a new connection uses
 *
 * Context: Any.
 */
const struct tcp_cc *bsd_tcp_cc_default(void)
{
	return READ_ONCE(tcp_cc_default);
}

/**
 * bsd_tcp_cc_show() - the knob tcp/congestion
 * @kn:  knob
 * @buf: a page
 *
 * Context: Process.
 * Return:  bytes written.
 */
ssize_t bsd_tcp_cc_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%s\n", bsd_tcp_cc_default()->cc_name);
}

/**
 * bsd_tcp_cc_store() - the same, set
 * @kn:  knob
 * @buf: name
 *
 * Context: Process.
 * Return:  0, -EINVAL if there is none of that name.
 */
int bsd_tcp_cc_store(const struct knob *kn, const char *buf)
{
	const struct tcp_cc *cc = bsd_tcp_cc_find(buf);

	if (!cc)
		return -EINVAL;
	WRITE_ONCE(tcp_cc_default, cc);
	return 0;
}
