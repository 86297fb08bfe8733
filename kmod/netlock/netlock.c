// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * netlock.c - the net lock, sections, and the locking ladder.
 *
 * Every packet and every protocol part of a system call runs between
 * net_enter() and net_leave(). The order of locks and the reasons are the essay
 * in <bsdnet/netlock.h>.
 *
 * A section samples the ladder's mode once, after it holds netlock; the mode
 * changes under netlock exclusive, so all sections that run at one time agree.
 * A plain shared section reads no clock: only one that must wait, one under the
 * ladder mutex, or a softnet batch (once for many packets) does.
 */
#include <bsdnet/netlock.h>
#include "netlock_priv.h"
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <bsdnet/netstack.h>
#include <bsdnet/subsys.h>

DEFINE_PERCPU_RWSEM(netlock);
BSDNET_EXPORT(netlock);

struct srcu_struct net_srcu;
BSDNET_EXPORT(net_srcu);

static DEFINE_MUTEX(ladder);
static enum netlock_mode netlock_mode __read_mostly = NETLOCK_SHARED;	/* [N] */
static u64 netlock_exclusive_since;			/* [N] ns */

/* Which sections are serialised by the ladder mutex: the table of Documentation/locking.rst. */
static const bool ladder_sections[NETLOCK_NMODES][NETSEC_N] = {
	[NETLOCK_GIANT] = {
		[NETSEC_SOFTNET] = true, [NETSEC_PROTO] = true, [NETSEC_USRREQ] = true,
		[NETSEC_TCPIN] = true, [NETSEC_TCPREQ] = true,
		[NETSEC_SOCKBUF] = true, [NETSEC_SYSCALL] = true,
	},
	[NETLOCK_EXCLUSIVE] = {
		[NETSEC_SOFTNET] = true, [NETSEC_PROTO] = true, [NETSEC_USRREQ] = true,
		[NETSEC_TCPIN] = true, [NETSEC_TCPREQ] = true,
		[NETSEC_SOCKBUF] = true,
	},
	[NETLOCK_UNLOCKED_IO] = {
		[NETSEC_SOFTNET] = true, [NETSEC_PROTO] = true, [NETSEC_USRREQ] = true,
		[NETSEC_TCPIN] = true, [NETSEC_TCPREQ] = true,
	},
	[NETLOCK_LOCKED] = {
		[NETSEC_SOFTNET] = true, [NETSEC_PROTO] = true, [NETSEC_USRREQ] = true,
		[NETSEC_TCPIN] = true, [NETSEC_TCPREQ] = true,
	},
	[NETLOCK_FORWARD] = {
		[NETSEC_PROTO] = true, [NETSEC_USRREQ] = true,
		[NETSEC_TCPIN] = true, [NETSEC_TCPREQ] = true,
	},
	[NETLOCK_UDP] = {
		[NETSEC_TCPIN] = true, [NETSEC_TCPREQ] = true,
	},
};

/* In which modes a PCB is protected by its own mutex. */
static const bool pcb_locking[NETLOCK_NMODES] = {
	[NETLOCK_LOCKED] = true,
	[NETLOCK_UDP] = true,
	[NETLOCK_SHARED] = true,
};

/**
 * net_lock() - take netlock exclusive
 *
 * For configuration only: it waits for every section and costs an RCU grace
 * period.
 *
 * Context: Process, may sleep, no section and no PCB lock.
 */
void net_lock(void)
{
	u64 start = ktime_get_ns();

	percpu_down_write(&netlock);
	netlock_exclusive_since = ktime_get_ns();
	counter_inc(NLS_EXCLUSIVE);
	netlock_stat_wait(NLS_WAIT_NS, netlock_exclusive_since - start, true);
}

BSDNET_EXPORT(net_lock);

/**
 * net_unlock() - release netlock taken by net_lock()
 */
void net_unlock(void)
{
	u64 held = ktime_get_ns() - netlock_exclusive_since;

	percpu_up_write(&netlock);
	netlock_stat_hold(held, true);
}

BSDNET_EXPORT(net_unlock);

/* A writer is in or waits: sleep, and tell how long. */
static void netlock_wait_shared(void)
{
	u64 start = ktime_get_ns();

	counter_inc(NLS_CONTENDED);
	percpu_down_read(&netlock);
	netlock_stat_wait(NLS_WAIT_NS, ktime_get_ns() - start, false);
}

static void ladder_lock(struct netstack *ns)
{
	u64 start;

	counter_inc(NLS_LADDER);
	if (!mutex_trylock(&ladder)) {
		start = ktime_get_ns();
		counter_inc(NLS_LADDER_CONTENDED);
		mutex_lock(&ladder);
		netlock_stat_wait(NLS_LADDER_WAIT_NS, ktime_get_ns() - start, true);
	}
	ns->ns_ladder = true;
}

static void ladder_unlock(struct netstack *ns)
{
	ns->ns_ladder = false;
	mutex_unlock(&ladder);
}

/**
 * net_enter() - begin a section of the stack
 * @ns:  filled in; the caller's own until net_leave()
 * @sec: what the section does
 *
 * Takes netlock shared, enters net_srcu, and the ladder mutex where the mode
 * wants it.
 *
 * Context: Process, may sleep; not inside another section.
 */
void net_enter(struct netstack *ns, enum net_section sec)
{
	if (unlikely(!percpu_down_read_trylock(&netlock)))
		netlock_wait_shared();
	counter_inc(NLS_SHARED);
	ns->ns_srcu = srcu_read_lock(&net_srcu);
	__release(&net_srcu);	/* for sparse: held until net_leave() */
	ns->ns_softnet = NULL;
	ns->ns_mode = netlock_mode;
	ns->ns_section = sec;
	ns->ns_ladder = false;
	ns->ns_draining = false;
	ns->ns_nkicks = 0;
	ns->ns_nlocal = 0;
	ns->ns_start = 0;
	ml_init(&ns->ns_local);
	ml_init(&ns->ns_udp);
	ml_init(&ns->ns_tcp);
	ml_init(&ns->ns_proto);
	if (unlikely(ladder_sections[ns->ns_mode][sec]))
		ladder_lock(ns);
	if (sec == NETSEC_SOFTNET || ns->ns_ladder)
		ns->ns_start = ktime_get_ns();
}

BSDNET_EXPORT(net_enter);

/**
 * net_leave() - end a section
 * @ns: as net_enter() filled it
 *
 * Runs what was queued in @ns first: packets to ourselves, protocol queues, runs
 * of datagrams, doorbells.
 *
 * Context: As net_enter(); no PCB lock held.
 */
void net_leave(struct netstack *ns)
{
	u64 since = ns->ns_start;

	if (ns->ns_nkicks || !ml_empty(&ns->ns_local) || !ml_empty(&ns->ns_udp) ||
	    !ml_empty(&ns->ns_tcp) || !ml_empty(&ns->ns_proto))
		netstack_drain(ns);
	if (ns->ns_ladder)
		ladder_unlock(ns);
	__acquire(&net_srcu);	/* for sparse: since net_enter() */
	srcu_read_unlock(&net_srcu, ns->ns_srcu);
	percpu_up_read(&netlock);
	if (since)
		netlock_stat_hold(ktime_get_ns() - since, false);
}

BSDNET_EXPORT(net_leave);

/**
 * net_proto_queued() - must protocol input wait for the protocol queue?
 * @ns:  section
 * @sec: NETSEC_PROTO
 *
 * True in the rungs where IP runs in parallel and the protocols above do not.
 */
bool net_proto_queued(const struct netstack *ns, enum net_section sec)
{
	return !ns->ns_ladder && ladder_sections[ns->ns_mode][sec];
}

/**
 * net_proto_enter() - begin to run the protocol queue
 * @ns:  section that is not under the ladder mutex
 * @sec: NETSEC_PROTO
 */
void net_proto_enter(struct netstack *ns, enum net_section sec)
{
	if (ladder_sections[ns->ns_mode][sec])
		ladder_lock(ns);
}

/**
 * net_proto_leave() - end what net_proto_enter() began
 * @ns:  section
 * @sec: as given to net_proto_enter()
 */
void net_proto_leave(struct netstack *ns, enum net_section sec)
{
	if (ladder_sections[ns->ns_mode][sec])
		ladder_unlock(ns);
}

/**
 * net_pcb_locking() - are PCBs protected by their own mutexes in this mode?
 * @ns: section
 */
bool net_pcb_locking(const struct netstack *ns)
{
	return pcb_locking[ns->ns_mode];
}

BSDNET_EXPORT(net_pcb_locking);

/**
 * net_sockbuf_section() - must moving data out of a socket buffer be a section?
 *
 * Only a hint outside a section: the buffer's own lock keeps it right whatever
 * the mode becomes meanwhile.
 */
bool net_sockbuf_section(void)
{
	return ladder_sections[READ_ONCE(netlock_mode)][NETSEC_SOCKBUF];
}

/**
 * net_call_free() - free an object when no section can still see it
 * @head: in the object
 * @fn:   frees it; softirq context
 *
 * Context: Any.
 */
void net_call_free(struct rcu_head *head, void (*fn)(struct rcu_head *head))
{
	call_srcu(&net_srcu, head, fn);
}

BSDNET_EXPORT(net_call_free);

/**
 * net_synchronize() - wait until every section that runs now has ended
 *
 * Context: Process, may sleep, not inside a section.
 */
void net_synchronize(void)
{
	synchronize_srcu(&net_srcu);
}

BSDNET_EXPORT(net_synchronize);

/**
 * netlock_set_mode() - choose a rung of the ladder
 * @mode: new mode
 *
 * Context: Process, may sleep; netlock not held.
 * Return:  0, or -EINVAL if there is no such mode.
 */
int netlock_set_mode(enum netlock_mode mode)
{
	if (mode < 0 || mode >= NETLOCK_NMODES)
		return -EINVAL;
	net_lock();
	WRITE_ONCE(netlock_mode, mode);
	net_unlock();
	return 0;
}

/**
 * netlock_get_mode() - the rung in force
 */
enum netlock_mode netlock_get_mode(void)
{
	return READ_ONCE(netlock_mode);
}

/**
 * netlock_init() - set up locks and their counters
 *
 * Return: 0 or -errno.
 */
int netlock_init(void)
{
	int error;

	error = init_srcu_struct(&net_srcu);
	if (error)
		return error;
	error = netlock_stat_init();
	if (error)
		cleanup_srcu_struct(&net_srcu);
	return error;
}

/**
 * netlock_exit() - wait for objects being freed, then undo netlock_init()
 */
void netlock_exit(void)
{
	netlock_stat_exit();
	srcu_barrier(&net_srcu);
	cleanup_srcu_struct(&net_srcu);
}
