/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * netlock.h - the net lock, the locking ladder, and the LOCK ORDER of the stack.
 *
 * == Lock order, outermost first ==
 *
 *  0  device_lock, rtnl_lock, cpus_read_lock, lock_sock (Linux's)
 *	configuration and generic socket calls. Our data path never takes lock_sock.
 *  0s so_rcvio (one reader of a stream at a time, over user memory, too), and after it
 *	sp_mtx (one splice moves data, begins or ends; never over user memory): of
 *	sockets, outside netlock. Softnet threads try sp_mtx only.
 *  1  netlock (percpu_rw_semaphore)
 *	shared: packet paths and protocol parts of system calls; exclusive:
 *	configuration only, because it costs an RCU grace period (milliseconds).
 *	Protects the interface list, addresses, hooks, rule sets, the ladder's mode.
 *  1s net_srcu (SRCU, never blocks)
 *	every shared section is also a reader of net_srcu: routes, PCBs,
 *	addresses and interfaces found in it stay allocated until net_leave(),
 *	even over a sleeping lock. That is why nothing is reference counted a
 *	packet. Freed by net_call_free(). References only where an object must
 *	outlive the section (slow paths, armed timers, queued work).
 *  2  ladder mutex
 *	protects nothing of its own: serialises the slower rungs of the ladder.
 *  3  table mutexes (rtable, PCB table resize ...)
 *	writers; taken under netlock shared; readers use net_srcu. Adding or
 *	removing a route, PCB, ARP entry or state never needs netlock exclusive.
 *  4  PCB mutex (inp_mtx): one PCB. Never two at once. A softnet thread only
 *	tries it; if busy the run goes to the PCB's backlog.
 *  5  bucket and entry locks (spinlocks): PCB hash buckets, ARP entries,
 *	fragment queues. Leaf: packets queued on an entry are taken off under
 *	the lock and sent after it.
 *  6  socket buffer lock (spinlock, bottom halves on: never taken in softirq)
 *  7  ifq lock, ring lock (spinlock a queue)
 *
 * == Rules ==
 *
 * With netlock or a PCB mutex held nobody touches user memory, allocates with
 * direct reclaim, waits for a network event, takes netlock again, or changes
 * static keys, workqueues, caches, interrupts, kobjects or net_devices: a
 * waiting writer stops all new readers, so one sleeping reader would stop the
 * stack. Barriers (softnet_barrier, synchronize_*) never run under netlock.
 * Whoever unlocks a PCB runs its backlog first.
 */
#ifndef _BSDNET_NETLOCK_H
#define _BSDNET_NETLOCK_H

#include <linux/percpu-rwsem.h>
#include <linux/srcu.h>
#include <linux/types.h>

struct netstack;

/* The ladder: which design is in force. Sysfs netlock/mode, by these words. */
enum netlock_mode {
	NETLOCK_GIANT,		/* "giant" */
	NETLOCK_EXCLUSIVE,	/* "exclusive" */
	NETLOCK_UNLOCKED_IO,	/* "unlocked-io" */
	NETLOCK_LOCKED,		/* "locked" */
	NETLOCK_FORWARD,	/* "forward" */
	NETLOCK_UDP,		/* "udp" */
	NETLOCK_SHARED,		/* "shared", the default */
	NETLOCK_NMODES
};

/* What a section does; with the mode it decides about the ladder mutex. */
enum net_section {
	NETSEC_SOFTNET,		/* a softnet batch: link and IP layer */
	NETSEC_PROTO,		/* protocol input of raw, ICMP and UDP */
	NETSEC_USRREQ,		/* protocol part of a system call on UDP or raw */
	NETSEC_SOCKBUF,		/* moving data out of or into a socket buffer */
	NETSEC_TCPIN,		/* input and timers of TCP */
	NETSEC_TCPREQ,		/* protocol part of a system call on TCP */
	NETSEC_SYSCALL,		/* any other system call on a socket */
	NETSEC_N
};

extern struct percpu_rw_semaphore netlock;
extern struct srcu_struct net_srcu;

/* A reader of net_srcu, or a writer holding netlock exclusive? For lockdep. */
#define net_section_held()	srcu_read_lock_held(&net_srcu)
/* Follow an __rcu pointer inside a section, or under the writer's lock @c. */
#define net_dereference(p)	srcu_dereference_check(p, &net_srcu, lockdep_is_held(&netlock))
#define net_dereference_check(p, c)	srcu_dereference_check(p, &net_srcu, c)

#define NET_ASSERT_LOCKED()		lockdep_assert_held(&netlock)
#define NET_ASSERT_LOCKED_EXCLUSIVE()	lockdep_assert_held_write(&netlock)
#define NET_ASSERT_UNLOCKED()		lockdep_assert_not_held(&netlock)

void net_lock(void);
void net_unlock(void);
void net_enter(struct netstack *ns, enum net_section sec);
void net_leave(struct netstack *ns);
void net_proto_enter(struct netstack *ns, enum net_section sec);
void net_proto_leave(struct netstack *ns, enum net_section sec);
bool net_proto_queued(const struct netstack *ns, enum net_section sec);
bool net_pcb_locking(const struct netstack *ns);
bool net_sockbuf_section(void);
void net_call_free(struct rcu_head *head, void (*fn)(struct rcu_head *head));
void net_synchronize(void);
int netlock_set_mode(enum netlock_mode mode);
enum netlock_mode netlock_get_mode(void);

#endif /* _BSDNET_NETLOCK_H */
