// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * in_pcb_port.c - local ports: who may have one, which one is chosen, and the
 * groups of sockets that share one by SO_REUSEPORT.
 *
 * Called by: in_pcb.c (bind, connect) and udp_output.c (first send).
 * Context: section, PCB mutex held; to look for a port and to take it is one
 * critical section of the port's bucket, so two binds cannot both succeed.
 *
 * Two sockets conflict if they have the same port in the same routing domain,
 * interfaces and addresses that are equal or where one is "any", unless
 *	- both have SO_REUSEADDR and the other does not listen: then the one bound
 *	  last gets the unicast datagrams (Linux's rule for UDP), all get broadcast
 *	  and multicast;
 *	- both have SO_REUSEPORT and belong to the same user: then they share;
 *	- both are streams that have it by connect, and their peers differ.
 *
 * Source: RFC 6056 3.3.1 (random) and 3.3.4 (double hash).
 */
#include <bsdnet/in_pcb.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/sysfs.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/rculist_nulls.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#define PORT_TABLE	256	/* counters of RFC 6056 3.3.4 */
#define GROUP_MIN	4	/* members a new group has room for */

unsigned int pcb_port_first = 32768;
EXPORT_SYMBOL_IF_KUNIT(pcb_port_first);
unsigned int pcb_port_last = 60999;
EXPORT_SYMBOL_IF_KUNIT(pcb_port_last);

/* RFC 6056 3.3.4 table[]: racy increments do no harm, ports are checked anyway. */
static u16 port_table[PORT_TABLE];

static bool has_option(const struct inpcb *inp, u32 option)
{
	return READ_ONCE(inp->inp_socket->so_options) & option;
}

/* Does @other stand in the way of @inp getting @laddr and @lport? */
static bool port_conflict(const struct inpcb *inp, const struct inpcb *other, __be32 laddr,
			  __be16 lport, enum inp_share share)
{
	__be32 other_laddr = READ_ONCE(other->inp_laddr.v4.s_addr);
	unsigned int other_ifidx = READ_ONCE(other->inp_bound_ifidx);
	unsigned int ifidx = READ_ONCE(inp->inp_bound_ifidx);

	if (other == inp || other->inp_lport != lport || other->inp_rdomain != inp->inp_rdomain)
		return false;
	if (ifidx && other_ifidx && ifidx != other_ifidx)
		return false;
	if (laddr && other_laddr && laddr != other_laddr)
		return false;
	if (share == INP_SHARE_NOBODY)
		return true;
	if (share == INP_SHARE_PEERS)
		return !(READ_ONCE(other->inp_flags) & INP_PORTSHARED);
	if (has_option(inp, BSD_SO_REUSEADDR) && has_option(other, BSD_SO_REUSEADDR) &&
	    !(READ_ONCE(other->inp_flags) & INP_LISTEN))
		return false;
	return !(has_option(inp, BSD_SO_REUSEPORT) && has_option(other, BSD_SO_REUSEPORT) &&
		 uid_eq(inp->inp_socket->so_uid, other->inp_socket->so_uid));
}

static bool head_conflict(const struct inpcb *inp, const struct inpcbhead *head, __be32 laddr,
			  __be16 lport, enum inp_share share)
{
	/* What has no peer is nobody whose peer is another. */
	enum inp_share alone = share == INP_SHARE_PEERS ? INP_SHARE_NOBODY : share;
	struct hlist_nulls_node *pos;
	struct inpcb *other;

	hlist_nulls_for_each_entry(other, pos, &head->inph_chain, inp_lhash)
		if (port_conflict(inp, other, laddr, lport, alone))
			return true;
	hlist_nulls_for_each_entry(other, pos, &head->inph_conn, inp_lhash)
		if (port_conflict(inp, other, laddr, lport, share))
			return true;
	return false;
}

/*
 * Does anybody? The bucket is locked: who shares the port has its peer in the other
 * hash before it is on the chain of those with one.
 */
static bool bucket_conflict(const struct inpcb *inp, const struct inpcbbucket *ib,
			    const struct in_conninfo *inc, enum inp_share share)
{
	__be32 laddr = inc->inc_laddr;
	__be16 lport = inc->inc_lport;

	/* First, so that a peer with all ports in use costs no walk for each. */
	if (share == INP_SHARE_PEERS && in_pcblookup_conn4(inp->inp_table, inc))
		return true;
	return head_conflict(inp, ib->ib_head, laddr, lport, share) ||
	       (unlikely(ib->ib_old) && head_conflict(inp, ib->ib_old, laddr, lport, share));
}

/* Somebody whose group @inp belongs to, in a locked bucket. */
static struct inpcb *group_find(const struct inpcb *inp, const struct inpcbhead *head)
{
	struct hlist_nulls_node *pos;
	struct inpcb *other;

	hlist_nulls_for_each_entry(other, pos, &head->inph_chain, inp_lhash)
		if (other != inp && other->inp_lport == inp->inp_lport &&
		    other->inp_rdomain == inp->inp_rdomain && !other->inp_faddr.v4.s_addr &&
		    other->inp_laddr.v4.s_addr == inp->inp_laddr.v4.s_addr &&
		    READ_ONCE(other->inp_bound_ifidx) == READ_ONCE(inp->inp_bound_ifidx) &&
		    has_option(other, BSD_SO_REUSEPORT) &&
		    uid_eq(other->inp_socket->so_uid, inp->inp_socket->so_uid))
			return other;
	return NULL;
}

static void group_free(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct inp_group, ig_rcu));
}

/* The group of @inp; its bucket is locked. */
static struct inp_group *group_of(const struct inpcb *inp)
{
	return rcu_dereference_protected(inp->inp_group, true);
}

/* A group with room for one more: @ig (NULL: none yet, @first is alone) or its successor. */
static struct inp_group *group_room(struct inp_group *ig, struct inpcb *first)
{
	struct inp_group *new;
	u32 max = GROUP_MIN;
	u32 i;

	if (ig && ig->ig_n < ig->ig_max)
		return ig;
	if (ig)
		max = 2 * ig->ig_max;
	new = kzalloc(struct_size(new, ig_members, max), GFP_ATOMIC | __GFP_NOWARN);
	if (!new)
		return NULL;
	new->ig_max = max;
	if (!ig) {
		new->ig_members[0] = first;
		new->ig_n = 1;
	} else {
		memcpy(new->ig_members, ig->ig_members, flex_array_size(ig, ig_members, ig->ig_n));
		new->ig_n = ig->ig_n;
	}
	for (i = 0; i < new->ig_n; i++)
		rcu_assign_pointer(new->ig_members[i]->inp_group, new);
	if (ig)
		net_call_free(&ig->ig_rcu, group_free);
	return new;
}

/**
 * in_pcb_group_join() - share the port with those that are bound alike
 * @inp: PCB with address and port, not yet on its chain
 * @ib:  its local bucket, locked
 *
 * Does nothing without SO_REUSEPORT.
 *
 * Context: Section, bucket lock held.
 * Return:  0 or -ENOMEM.
 */
int in_pcb_group_join(struct inpcb *inp, struct inpcbbucket *ib)
{
	struct inp_group *ig;
	struct inpcb *other;

	lockdep_assert_held(&ib->ib_head->inph_lock);
	if (!has_option(inp, BSD_SO_REUSEPORT))
		return 0;
	other = group_find(inp, ib->ib_head);
	if (!other && ib->ib_old)
		other = group_find(inp, ib->ib_old);
	if (!other)
		return 0;
	ig = group_room(group_of(other), other);
	if (!ig) {
		counter_inc(PCBS_NOMEM);
		return -ENOMEM;
	}
	WRITE_ONCE(ig->ig_members[ig->ig_n], inp);
	rcu_assign_pointer(inp->inp_group, ig);
	smp_store_release(&ig->ig_n, ig->ig_n + 1);	/* pairs with group_pick() */
	return 0;
}

/**
 * in_pcb_group_leave() - share the port no longer
 * @inp: PCB, in a group or not
 *
 * Context: Section, its bucket lock held.
 */
void in_pcb_group_leave(struct inpcb *inp)
{
	struct inp_group *ig = group_of(inp);
	u32 i;

	if (!ig)
		return;
	for (i = 0; i < ig->ig_n; i++)
		if (ig->ig_members[i] == inp)
			break;
	RCU_INIT_POINTER(inp->inp_group, NULL);
	if (!KASSERT(i < ig->ig_n))
		return;
	/* A reader with the old count finds the last member twice, or us: no harm. */
	WRITE_ONCE(ig->ig_members[i], ig->ig_members[ig->ig_n - 1]);
	WRITE_ONCE(ig->ig_n, ig->ig_n - 1);
	if (!ig->ig_n)
		net_call_free(&ig->ig_rcu, group_free);
}

/* Put @inp, with the address and port it shall have, on its chain. Bucket locked. */
static int claim_locked(struct inpcb *inp, struct inpcbbucket *ib, __be32 laddr, __be16 lport)
{
	__be32 before = inp->inp_laddr.v4.s_addr;
	int error;

	WRITE_ONCE(inp->inp_laddr.v4.s_addr, laddr);
	WRITE_ONCE(inp->inp_lport, lport);
	error = in_pcb_group_join(inp, ib);
	if (error) {
		WRITE_ONCE(inp->inp_laddr.v4.s_addr, before);
		WRITE_ONCE(inp->inp_lport, 0);
		return error;
	}
	hlist_nulls_add_head_rcu(&inp->inp_lhash, &ib->ib_head->inph_chain);
	return 0;
}

/**
 * in_pcb_claim() - take a local port if nobody stands in the way
 * @inp:   PCB without a port; inp_rdomain and inp_bound_ifidx are set
 * @inc:   local address, 0 any; local port, not 0; INP_SHARE_PEERS: the peer, and a
 *	   routing table
 * @share: with whom it may be shared
 *
 * Context: Section, inp_mtx held. Takes and releases a bucket lock.
 * Return:  0, and packets find it; -EADDRINUSE; -ENOMEM.
 */
int in_pcb_claim(struct inpcb *inp, const struct in_conninfo *inc, enum inp_share share)
{
	struct inpcbbucket ib;
	int error = -EADDRINUSE;

	in_pcb_lbucket_lock(inp->inp_table, inc->inc_lport, inp->inp_rdomain, &ib);
	if (!bucket_conflict(inp, &ib, inc, share))
		error = claim_locked(inp, &ib, inc->inc_laddr, inc->inc_lport);
	if (!error && share == INP_SHARE_PEERS)
		WRITE_ONCE(inp->inp_flags, inp->inp_flags | INP_PORTSHARED);
	in_pcb_bucket_unlock(&ib);
	return error;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcb_claim);

/**
 * in_pcb_listen() - a PCB with a port wants to take connections
 * @inp: PCB, bound, without a peer
 *
 * By SO_REUSEADDR several may have bound the port; one of them may listen, unless
 * they share it by SO_REUSEPORT.
 *
 * Context: Section, inp_mtx held. Takes and releases a bucket lock.
 * Return:  0, and INP_LISTEN is set; -EADDRINUSE.
 */
int in_pcb_listen(struct inpcb *inp)
{
	struct in_conninfo inc = { .inc_laddr = inp->inp_laddr.v4.s_addr,
				   .inc_lport = inp->inp_lport };
	struct inpcbbucket ib;
	int error = -EADDRINUSE;

	in_pcb_lbucket_lock(inp->inp_table, inp->inp_lport, inp->inp_rdomain, &ib);
	if (!bucket_conflict(inp, &ib, &inc, INP_SHARE_OPTIONS)) {
		WRITE_ONCE(inp->inp_flags, inp->inp_flags | INP_LISTEN);
		error = 0;
	}
	in_pcb_bucket_unlock(&ib);
	return error;
}

/**
 * in_pcb_claimproto() - make a raw PCB known under its protocol
 * @inp:   PCB of a raw socket, just made
 * @proto: IP protocol, 0 all
 *
 * The protocol stands in place of the port. Protocol 0 gets 256, because port 0
 * means "not bound".
 *
 * Context: Section, inp_mtx held. Takes and releases a bucket lock.
 * Return:  0 or -ENOMEM.
 */
int in_pcb_claimproto(struct inpcb *inp, u8 proto)
{
	__be16 lport = htons(proto ? proto : BIT(8));
	struct inpcbbucket ib;
	int error;

	in_pcb_lbucket_lock(inp->inp_table, lport, inp->inp_rdomain, &ib);
	error = claim_locked(inp, &ib, inp->inp_laddr.v4.s_addr, lport);
	in_pcb_bucket_unlock(&ib);
	return error;
}

/*
 * Where in a range of @num ports to begin. With a peer: RFC 6056 3.3.4, so that
 * ports to one peer are not used again soon and say nothing about those to
 * another. Without one that would be a plain sequence for all the world, which is
 * what DNS cache poisoning asks for; so random (3.3.1).
 */
static u32 port_start(const struct inpcb *inp, __be32 laddr, __be32 faddr, __be16 fport, u32 num)
{
	u64 hash;
	u16 *next;

	if (!faddr)
		return reciprocal_scale(get_random_u32(), num);
	hash = siphash_4u32((__force u32)laddr, (__force u32)faddr, (__force u32)fport,
			    inp->inp_rdomain, &inp->inp_table->inpt_portkey);
	next = &port_table[(hash >> 32) % PORT_TABLE];
	WRITE_ONCE(*next, READ_ONCE(*next) + 1);
	return ((u32)hash + READ_ONCE(*next)) % num;
}

/**
 * in_pcb_pickport() - take a local port that nobody uses
 * @inp:   PCB without a port; inp_rdomain and inp_bound_ifidx are set
 * @laddr: local address, 0 any
 * @faddr: peer, 0: not known
 * @fport: its port
 *
 * A stream that gets its port by connect shares it with those that did so for other
 * peers; so the number of ports limits what goes to one peer, and not all. Others
 * share it with nobody, even if SO_REUSEADDR or SO_REUSEPORT would allow it: two
 * programs that both asked for "any" port want two.
 *
 * Context: Section, inp_mtx held. Takes and releases bucket locks.
 * Return:  0, and packets find it; -EAGAIN if all are taken; -ENOMEM.
 *
 * Source: RFC 6056 3.3.1, 3.3.4.
 * Deviation: Linux lets such sockets share an ephemeral port by accident.
 */
int in_pcb_pickport(struct inpcb *inp, __be32 laddr, __be32 faddr, __be16 fport)
{
	struct in_conninfo inc = { .inc_faddr = faddr, .inc_laddr = laddr, .inc_fport = fport,
				   .inc_rtableid = inp->inp_rtableid };
	enum inp_share share = faddr && inp->inp_table->inpt_ops->io_stream ? INP_SHARE_PEERS :
									      INP_SHARE_NOBODY;
	u32 first = READ_ONCE(pcb_port_first);
	u32 last = READ_ONCE(pcb_port_last);
	u32 start;
	u32 num;
	u32 i;
	int error;

	if (last < first)
		last = first;	/* both knobs are just being changed */
	/* The socket's own ends count inside the administrator's (IP_LOCAL_PORT_RANGE). */
	if (inp->inp_portlow >= first && inp->inp_portlow <= last)
		first = inp->inp_portlow;
	if (inp->inp_porthigh >= first && inp->inp_porthigh <= last)
		last = inp->inp_porthigh;
	num = last - first + 1;
	start = port_start(inp, laddr, faddr, fport, num);
	for (i = 0; i < num; i++) {
		inc.inc_lport = htons(first + (start + i) % num);
		error = in_pcb_claim(inp, &inc, share);
		if (error != -EADDRINUSE)
			return error;
	}
	counter_inc(PCBS_PORTFAIL);
	return -EAGAIN;
}
EXPORT_SYMBOL_IF_KUNIT(in_pcb_pickport);

static DEFINE_MUTEX(port_knob_mtx);	/* both ends of the range */

static ssize_t port_first_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(pcb_port_first));
}

static ssize_t port_last_show(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(pcb_port_last));
}

static int port_first_store(const struct knob *kn, const char *buf)
{
	unsigned int port;
	int error;

	error = kstrtouint(buf, 0, &port);
	if (error)
		return error;
	mutex_lock(&port_knob_mtx);
	if (!port || port > pcb_port_last)
		error = -EINVAL;
	else
		WRITE_ONCE(pcb_port_first, port);
	mutex_unlock(&port_knob_mtx);
	return error;
}

static int port_last_store(const struct knob *kn, const char *buf)
{
	unsigned int port;
	int error;

	error = kstrtouint(buf, 0, &port);
	if (error)
		return error;
	mutex_lock(&port_knob_mtx);
	if (port > U16_MAX || port < pcb_port_first)
		error = -EINVAL;
	else
		WRITE_ONCE(pcb_port_last, port);
	mutex_unlock(&port_knob_mtx);
	return error;
}

static const struct knob pcb_knobs[] = {
	KNOB_CALL("pcb/port_first", port_first_show, port_first_store),
	KNOB_CALL("pcb/port_last", port_last_show, port_last_store),
	KNOB_COUNTER("pcb/locks", PCBS_LOCKS),
	KNOB_COUNTER("pcb/contended", PCBS_CONTENDED),
};

/**
 * in_pcb_port_init() - register the knobs of all PCBs
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
int in_pcb_port_init(void)
{
	return knobs_register(pcb_knobs, ARRAY_SIZE(pcb_knobs));
}

/**
 * in_pcb_port_exit() - take the knobs away
 *
 * Context: Process, may sleep.
 */
void in_pcb_port_exit(void)
{
	knobs_unregister(pcb_knobs, ARRAY_SIZE(pcb_knobs));
}
