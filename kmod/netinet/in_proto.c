// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_proto.c - the table of IPv4's transport protocols.
 *
 * Receive path: ip_deliver.c asks in_proto_input() by protocol number; socket(2)
 * asks in_proto_find() by type and number. Built-in rows are filled in here;
 * modules (gre, carp, wg ...) add theirs with in_proto_register().
 * Context: lookups in a section, without lock; changes in process context under
 * in_proto_mtx, outside sections.
 */
#include <bsdnet/protosw.h>
#include <bsdnet/in.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/net.h>

#define IN_PROTO_ROWS	64	/* rows: every protocol we know of, twice */

/*
 * Locks protecting the tables:
 *	S	net_srcu for readers; writer holds in_proto_mtx
 */
static DEFINE_MUTEX(in_proto_mtx);
static const struct protosw __rcu *in_proto_rows[IN_PROTO_ROWS];	/* [S] */
static const struct protosw __rcu *in_proto_inputs[BSD_IPPROTO_MAX];	/* [S] by number */

static const struct protosw *const in_proto_builtin[] = {
	&bsd_icmp_protosw,
	&bsd_igmp_protosw,
	&bsd_tcp_protosw,
	&bsd_udp_protosw,
	&raw_protosw,
};

#define in_proto_locked(p)	rcu_dereference_protected(p, lockdep_is_held(&in_proto_mtx))

/**
 * in_proto_input() - who takes packets of a protocol
 * @proto: IPPROTO_*
 *
 * Context: In a section.
 * Return:  The row, valid until the section ends, or NULL.
 */
const struct protosw *in_proto_input(u8 proto)
{
	return net_dereference(in_proto_inputs[proto]);
}

/**
 * in_proto_find() - protocol of a new socket
 * @type:  SOCK_*
 * @proto: IPPROTO_*, 0: the usual one of the type
 *
 * An exact row goes before one for any protocol (raw). The caller takes a
 * reference of pr_owner before its section ends.
 *
 * Context: In a section.
 * Return:  The row, or NULL if there is none that has sockets.
 */
const struct protosw *in_proto_find(int type, int proto)
{
	const struct protosw *any = NULL;
	const struct protosw *pr;
	unsigned int i;

	if (!type || proto < 0 || proto >= BSD_IPPROTO_MAX)
		return NULL;
	for (i = 0; i < IN_PROTO_ROWS; i++) {
		pr = net_dereference(in_proto_rows[i]);
		if (!pr || pr->pr_type != type || !pr->pr_usrreqs)
			continue;
		if (pr->pr_protocol == proto)
			return pr;
		if (!any && (!pr->pr_protocol || !proto))
			any = pr;
	}
	return any;
}

/* Does @pr take packets? Raw sockets get copies by raw_deliver() instead. */
static bool in_proto_takes(const struct protosw *pr)
{
	return pr->pr_input && pr->pr_type != SOCK_RAW;
}

/**
 * in_proto_register() - add a protocol
 * @pr: row; stays the caller's, constant until in_proto_unregister()
 *
 * Context: Process, may sleep; not in a section.
 * Return:  0; -EINVAL for a number out of range; -EEXIST if type and protocol,
 *	    or the packets of the protocol, have an owner; -ENOSPC if the table
 *	    is full.
 */
int in_proto_register(const struct protosw *pr)
{
	const struct protosw *old;
	int slot = -1;
	int error = 0;
	unsigned int i;

	if (pr->pr_protocol < 0 || pr->pr_protocol >= BSD_IPPROTO_MAX)
		return -EINVAL;
	mutex_lock(&in_proto_mtx);
	for (i = 0; i < IN_PROTO_ROWS; i++) {
		old = in_proto_locked(in_proto_rows[i]);
		if (!old) {
			if (slot < 0)
				slot = i;
		} else if (old->pr_type == pr->pr_type && old->pr_protocol == pr->pr_protocol) {
			error = -EEXIST;
		}
	}
	if (in_proto_takes(pr) && in_proto_locked(in_proto_inputs[pr->pr_protocol]))
		error = -EEXIST;
	if (!error && slot < 0)
		error = -ENOSPC;
	if (!error) {
		rcu_assign_pointer(in_proto_rows[slot], pr);
		if (in_proto_takes(pr))
			rcu_assign_pointer(in_proto_inputs[pr->pr_protocol], pr);
	}
	mutex_unlock(&in_proto_mtx);
	return error;
}
BSDNET_EXPORT(in_proto_register);

/**
 * in_proto_unregister() - take a protocol out
 * @pr: row that in_proto_register() took
 *
 * When it returns nobody runs its functions any more, except for sockets, which
 * hold the module.
 *
 * Context: Process, sleeps; not in a section.
 */
void in_proto_unregister(const struct protosw *pr)
{
	unsigned int i;

	mutex_lock(&in_proto_mtx);
	if (in_proto_locked(in_proto_inputs[pr->pr_protocol]) == pr)
		RCU_INIT_POINTER(in_proto_inputs[pr->pr_protocol], NULL);
	for (i = 0; i < IN_PROTO_ROWS; i++) {
		if (in_proto_locked(in_proto_rows[i]) == pr)
			RCU_INIT_POINTER(in_proto_rows[i], NULL);
	}
	mutex_unlock(&in_proto_mtx);
	net_synchronize();
}
BSDNET_EXPORT(in_proto_unregister);

/**
 * in_proto_init() - fill in the built-in protocols
 *
 * Context: Module load.
 * Return:  0 or -errno.
 */
int in_proto_init(void)
{
	unsigned int i;
	int error;

	for (i = 0; i < ARRAY_SIZE(in_proto_builtin); i++) {
		error = in_proto_register(in_proto_builtin[i]);
		if (error)
			goto err_unregister;
	}
	return 0;

err_unregister:
	while (i--)
		in_proto_unregister(in_proto_builtin[i]);
	return error;
}

/**
 * in_proto_exit() - take the built-in protocols out
 *
 * Context: Module unload, no packet and no socket left.
 */
void in_proto_exit(void)
{
	unsigned int i = ARRAY_SIZE(in_proto_builtin);

	while (i--)
		in_proto_unregister(in_proto_builtin[i]);
}
