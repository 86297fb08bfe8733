/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * if_var.h - interfaces (struct ifnet), their addresses, groups and hooks.
 *
 * Life of an ifnet. A driver or cloner fills it and calls if_attach(); that
 * makes the Linux net_device "face" (whose ifindex becomes if_index), then,
 * under netlock exclusive, puts it into the table. if_detach() goes the other
 * way (deaths: Documentation/locking.rst): driver's intake stopped; unlinked and
 * marked IFXF_DYING under exclusive; net_synchronize(), softnet_barrier(),
 * references waited for; face unregistered; then the owner frees it.
 *
 * Found by if_lookup(index) inside a section (no reference needed), or by
 * if_get(index)/if_put() where it must outlive one.
 *
 * Who holds rtnl. Attaching and detaching (if_attach(), bsd_ether_ifattach(),
 * if_detach(), bsd_ether_ifdetach(), if_clone_create(), if_clone_destroy()) is
 * called WITHOUT rtnl: they take it themselves, and drop it again while they
 * wait for readers, so that a slow death does not stop Linux's own interfaces.
 * All other changes (if_up() ... if_setrdomain(), if_addmulti(), groups, hooks,
 * in_ioctl()) are called WITH rtnl and without netlock. Code outside
 * kmod/linux/ takes it by bsd_rtnl_lock(). Lists of interfaces change only with
 * both rtnl and netlock exclusive held, so either of them (or a section) is
 * enough to walk them. Order: cloner mutex, rtnl, netlock.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after if_attach()
 *	a	atomic or READ_ONCE/WRITE_ONCE
 *	N	netlock; write needs it exclusive
 *	S	net_srcu for readers; writer holds netlock exclusive
 *	r	rtnl_lock
 *	d	left to the driver
 */
#ifndef _BSDNET_IF_VAR_H
#define _BSDNET_IF_VAR_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/socket.h>
#include <linux/workqueue.h>
#include <uapi/linux/if_ether.h>
#include <bsdnet/counters.h>
#include <bsdnet/mbuf_queue.h>
#include <bsdnet/netstack.h>
#include <uapi/bsdnet/if.h>

struct bsd_if_data;
struct bsd_ifintr;
struct bsd_ifqstats;
struct bsd_ifqueues;
struct device;
struct bsd_rtentry;
struct if_clone;
struct ifnet;
struct ifqueue;
struct ifqueue_ops;
struct module;
struct net_device;
struct sockaddr;
struct softnet_poll;

/* Per-CPU counters of one interface; names in if_counters.c. */
enum if_counter {
	IFC_IPACKETS, IFC_IBYTES, IFC_IERRORS, IFC_IQDROPS, IFC_NOPROTO, IFC_IMCASTS,
	IFC_OPACKETS, IFC_OBYTES, IFC_OERRORS, IFC_OQDROPS, IFC_OMCASTS, IFC_COLLISIONS,
	IFC_N
};

/* Why a packet was dropped between a driver and a protocol; table in if_counters.c. */
enum if_drop {
	IFS_GONE = COUNTER_FIRST(CG_IF),	/* received for an interface that is gone */
	IFS_DOWN,		/* received on an interface that is down */
	IFS_IQDROP,		/* behind knob if/input_limit in one list */
	IFS_NOPROTO,		/* looped back, of no network protocol we have */
	IFS_LOOPCNT,		/* passed M_LOOP_MAX pseudo devices */
	IFS_ODOWN,		/* sent to an interface that is down */
	IFS_OQDROP,		/* transmit queue full */
	IFS_CODELDROP,		/* waited too long in one */
	IFS_CODELMARK,		/* the same, marked by ECN instead */
	IFS_OPURGE,		/* waited in a queue when its interface went down */
	IFS_NOPEER,		/* sent to a pseudo device without a peer */
	IFS_NOMEM,		/* no mbuf */
	IFS_END
};

/*
 * ifaddr: an address of an interface. Created and unlinked by the address
 * family's code (in.c) under netlock exclusive; readers use net_srcu; the last
 * ifa_put() frees it through net_call_free().
 */
struct ifaddr {
	struct list_head	 ifa_list;	/* [S] on if_addrlist */
	struct ifnet		*ifa_ifp;	/* [I] */
	struct sockaddr		*ifa_addr;	/* [I] inside the family's struct */
	struct sockaddr		*ifa_dstaddr;	/* [N] peer or broadcast; NULL none */
	struct sockaddr		*ifa_netmask;	/* [I] */
	u32			 ifa_flags;	/* [N] IFA_* of the family */
	refcount_t		 ifa_refcnt;	/* [a] list, routes */
	struct rcu_head		 ifa_rcu;
	void			(*ifa_free)(struct ifaddr *ifa);	/* [I] */
};

/*
 * ifhook: ordered input hook (bridge, vlan, carp, aggr; pair uses none). Called
 * before the protocol demultiplexing, lowest ih_order first. Returns NULL when
 * it consumed the packet.
 */
struct ifhook {
	struct list_head	 ih_list;	/* [S] on if_inhooks */
	int			 ih_order;	/* [I] IFHOOK_* */
	struct mbuf		*(*ih_input)(void *cookie, struct ifnet *ifp, struct mbuf *m,
					     struct netstack *ns);	/* [I] */
	void			*ih_cookie;	/* [I] */
	struct module		*ih_owner;	/* [I] */
};

enum {
	IFHOOK_AGGR = 10,
	IFHOOK_CARP = 20,
	IFHOOK_BRIDGE = 30,
	IFHOOK_VLAN = 40,
};

/* What an interface's owner provides. Immutable. */
struct ifnet_ops {
	/* rtnl held, netlock not: allocate, request interrupts, start. */
	int	(*ifo_up)(struct ifnet *ifp);
	/* rtnl held, netlock not: stop intake and rings; returns when nothing runs. */
	void	(*ifo_down)(struct ifnet *ifp);
	/* rtnl held, netlock not: check and apply. NULL: any MTU up to if_hardmtu. */
	int	(*ifo_mtu)(struct ifnet *ifp, unsigned int mtu);
	/* rtnl held: program the MAC address. NULL: cannot be changed. */
	int	(*ifo_lladdr)(struct ifnet *ifp, const u8 *lladdr);
	/* rtnl held: merge received segments, or not. NULL: the device never does. */
	int	(*ifo_lro)(struct ifnet *ifp, bool on);
	/* rtnl held: promiscuous, allmulti or the multicast list changed. NULL: nothing to do. */
	void	(*ifo_rxfilter)(struct ifnet *ifp);
	/* rtnl held: device's own ioctl (BSIOCSIFPAIR ...), @data in kernel memory;
	 * privileges are checked. -ENOTTY: not one of its own.
	 */
	int	(*ifo_ioctl)(struct ifnet *ifp, unsigned int cmd, void *data);

	/* What hardware with queues has; NULL elsewhere. All with rtnl held. */
	void	(*ifo_getqueues)(struct ifnet *ifp, struct bsd_ifqueues *q);
	/* Make it as @q says, which is complete and within the maxima, or leave it. */
	int	(*ifo_setqueues)(struct ifnet *ifp, const struct bsd_ifqueues *q);
	/* Fill in interrupt ifi_index, all but the CPU; false: there is none. */
	bool	(*ifo_vector)(struct ifnet *ifp, struct bsd_ifintr *ii);
	/* Poll of a queue in use, or NULL. */
	struct softnet_poll *(*ifo_poll)(struct ifnet *ifp, unsigned int queue);
};

/* if_group membership. */
struct ifg_member {
	struct list_head	 ifgm_next;	/* [N] on if_groups */
	char			 ifgm_name[BSD_IFNAMSIZ];	/* [I] */
};

struct ifnet {
	/* Read by every packet. */
	unsigned int		 if_index;	/* [I] the face's ifindex */
	unsigned int		 if_mtu;	/* [N] bytes, network layer */
	unsigned int		 if_flags;	/* [a] BSD_IFF_*; changed under rtnl */
	unsigned int		 if_xflags;	/* [a] BSD_IFXF_* */
	u16			 if_rdomain;	/* [N] */
	u8			 if_type;	/* [I] BSD_IFT_* */
	u8			 if_hdrlen;	/* [I] link-layer header bytes */
	u32			 if_capabilities;	/* [I] IFCAP_* of the hardware */
	/* Link layer input: @m starts at the link-layer header. Consumes. */
	void			(*if_input)(struct ifnet *ifp, struct mbuf *m,
					    struct netstack *ns);	/* [I] */
	/* Link layer output to next hop @dst by @rt; consumes; -errno. */
	int			(*if_output)(struct ifnet *ifp, struct mbuf *m,
					     const struct sockaddr *dst, struct bsd_rtentry *rt,
					     struct netstack *ns);	/* [I] */
	/* Complete frame to a transmit queue; NULL: ifq by flow. Consumes. */
	int			(*if_enqueue)(struct ifnet *ifp, struct mbuf *m,
					      struct netstack *ns);	/* [I] */
	struct ifqueue		**if_ifqs;	/* [I] transmit queues */
	unsigned int		 if_nifqs;	/* [N] queues in use, <= if_maxifqs */
	unsigned int		 if_maxifqs;	/* [I] queues there are */
	u64 __percpu		*if_counters;	/* [I] IFC_N a CPU */
	void			*if_softc;	/* [I] owner's */
	struct hlist_node	 if_hash;	/* [S] by if_index, for if_lookup() */
	struct list_head	 if_addrlist;	/* [S] of ifaddr */
	struct list_head	 if_inhooks;	/* [S] of ifhook, by order */
	u8			 if_lladdr[ETH_ALEN];	/* [N] */
	u8			 if_link_state;	/* [a] BSD_LINK_STATE_* */
	u8			 if_llprio;	/* [a] ph_prio of what ARP sends */

	/* Configuration. */
	char			 if_xname[BSD_IFNAMSIZ];	/* [I] "vio0" */
	char			 if_description[BSD_IFDESCRSIZE];	/* [N] */
	const struct ifnet_ops	*if_ops;	/* [I] */
	unsigned int		 if_hardmtu;	/* [I] largest MTU */
	unsigned int		 if_promisc;	/* [r] requests for promiscuous mode */
	u64			 if_baudrate;	/* [a] bits a second, 0 unknown */
	u64			 if_lastchange;	/* [a] CLOCK_REALTIME seconds */
	struct list_head	 if_groups;	/* [N] of ifg_member */
	struct list_head	 if_multi;	/* [N] multicast MACs wanted, if_addr.c */
	struct list_head	 if_list;	/* [S] on ifnetlist */
	refcount_t		 if_refs;	/* [a] if_get(); 1 is the table's */
	struct net_device	*if_face;	/* [I] linux/face.c */
	struct device		*if_dev;	/* [I] hardware's, NULL: a pseudo device */
	struct work_struct	 if_linkwork;	/* if_link.c: tells others of a link change */
	struct if_clone		*if_cloner;	/* [r] NULL: hardware or lo0 */
	struct module		*if_owner;	/* [r] held while the interface lives, if cloned */
};

/* if_capabilities */
#define IFCAP_CSUM_IPV4		0x0001
#define IFCAP_CSUM_TCP4		0x0002
#define IFCAP_CSUM_UDP4		0x0004
#define IFCAP_CSUM_TCP6		0x0008
#define IFCAP_CSUM_UDP6		0x0010
#define IFCAP_NOCSUM		0x0020	/* lo, pair: never needs a checksum filled in */
#define IFCAP_VLAN_MTU		0x0040
#define IFCAP_TSO		0x0080

extern struct list_head ifnetlist;	/* [S r] of ifnet by if_list */

#define IF_UNIT_MAX	32767	/* "pair32767" */

/* Multicast MAC on if_multi. */
struct if_maddr {
	struct list_head	 ifm_list;	/* [N] */
	u8			 ifm_lladdr[ETH_ALEN];	/* [I] */
	unsigned int		 ifm_refs;	/* [N] */
};

/* if.c: attach, detach (both without rtnl), find; the rest with rtnl. */
int if_attach(struct ifnet *ifp);
void if_detach(struct ifnet *ifp);
struct ifnet *if_lookup(unsigned int index);
struct ifnet *if_get(unsigned int index);
struct ifnet *if_get_byname(const char *name);
struct ifnet *if_lookup_byname(const char *name);
void if_put(struct ifnet *ifp);
int if_up(struct ifnet *ifp);
void if_down(struct ifnet *ifp);
int if_setflags(struct ifnet *ifp, unsigned int flags);
int if_setmtu(struct ifnet *ifp, unsigned int mtu);
int if_setlladdr(struct ifnet *ifp, const u8 *lladdr);
int if_setxflags(struct ifnet *ifp, unsigned int xflags);
int if_setrdomain(struct ifnet *ifp, unsigned int rdomain);

/* if_addr.c */
void ifa_add(struct ifnet *ifp, struct ifaddr *ifa);
void ifa_del(struct ifnet *ifp, struct ifaddr *ifa);
struct ifaddr *ifa_ifwithaddr(const struct sockaddr *sa, unsigned int rdomain);
struct ifaddr *ifa_ifwithdstaddr(const struct sockaddr *sa, unsigned int rdomain);
struct ifaddr *ifaof_ifpforaddr(const struct sockaddr *sa, struct ifnet *ifp);
void ifa_put(struct ifaddr *ifa);
int if_addmulti(struct ifnet *ifp, const u8 *lladdr);
void if_delmulti(struct ifnet *ifp, const u8 *lladdr);

/* if_group.c, if_link.c, if_counters.c */
int if_addgroup(struct ifnet *ifp, const char *name);
int if_delgroup(struct ifnet *ifp, const char *name);
void if_link_state_change(struct ifnet *ifp, u8 state);
void if_announce(struct ifnet *ifp);
int if_counters_alloc(struct ifnet *ifp);
void if_counters_free(struct ifnet *ifp);
void if_counters_read(struct ifnet *ifp, u64 *sums);
void if_getdata(struct ifnet *ifp, struct bsd_if_data *ifi);
int if_counters_init(void);
void if_counters_exit(void);
bool if_ingroup(const struct ifnet *ifp, const char *name);
int if_addgroup_name(struct ifnet *ifp);
void if_delgroups(struct ifnet *ifp);
void if_link_init(struct ifnet *ifp);

/* if_queues.c: queues and interrupts of hardware; rtnl held. */
int if_getqueues(struct ifnet *ifp, struct bsd_ifqueues *q);
int if_setqueues(struct ifnet *ifp, const struct bsd_ifqueues *want);
int if_getintr(struct ifnet *ifp, struct bsd_ifintr *ii);
int if_setintr(struct ifnet *ifp, const struct bsd_ifintr *ii);
int if_getqstats(struct ifnet *ifp, struct bsd_ifqstats *qt);
void if_usequeues(struct ifnet *ifp, unsigned int n);

/* Hooks: under rtnl; taken out by if_hook_del(), which waits for readers. */
void if_hook_add(struct ifnet *ifp, struct ifhook *ih);
void if_hook_del(struct ifnet *ifp, struct ifhook *ih);

/* if_input.c: a batch from a driver, or from ns_local. Netlock shared. */
void if_input_process(struct netstack *ns, struct mbuf_list *ml);
/* A packet that a pseudo device says came in on @ifp, from a section. */
void if_vinput(struct ifnet *ifp, struct mbuf *m, struct netstack *ns);
/* A packet to ourselves, network header in front: comes in on @ifp by netstack_loop(). */
void if_input_local(struct ifnet *ifp, struct mbuf *m, struct netstack *ns);
/* By the version of its network header; what lo has for if_input. */
void if_input_network(struct ifnet *ifp, struct mbuf *m, struct netstack *ns);
/* Make @m, on its way out, one that comes in on interface @index. */
bool if_turnaround(struct mbuf *m, unsigned int index);
extern unsigned int if_input_limit;	/* knob if/input_limit */
extern unsigned int ifq_defmaxlen;	/* knob if/ifq_maxlen */

/* if_output.c */
int if_enqueue(struct ifnet *ifp, struct mbuf *m, struct netstack *ns);

/* if_ioctl.c: BSIOC* on any of our sockets; @data in kernel memory. */
int if_ioctl(unsigned int cmd, void *data, bool admin);

/* if_loop.c: the loopback interface of @rdomain, or NULL. Section. */
struct ifnet *if_loop(unsigned int rdomain);
/* Make lo<rdomain>, hence the rdomain, if it is not there. Without rtnl. */
int loop_rdomain(unsigned int rdomain);

/* linux/face.c: the net_device by which Linux's tools see an interface. */
int face_init(void);
void face_exit(void);
int face_attach(struct ifnet *ifp);	/* rtnl held; sets if_index */
void face_detach(struct ifnet *ifp);	/* without rtnl */
void face_update(struct ifnet *ifp);	/* rtnl held: up/down, MTU, MAC, carrier follow */
void bsd_rtnl_lock(void);
void bsd_rtnl_unlock(void);
bool bsd_rtnl_held(void);	/* for lockdep: true where nobody can tell */
void bsd_rtnl_assert(void);

/* May lists of interfaces be walked: in a section, or under either writers' lock? */
#define if_list_held()	(net_section_held() || lockdep_is_held(&netlock) || bsd_rtnl_held())

/* Count one of an interface's events. */
static inline void if_counter_inc(struct ifnet *ifp, enum if_counter c)
{
	this_cpu_inc(ifp->if_counters[c]);
}

static inline void if_counter_add(struct ifnet *ifp, enum if_counter c, u64 n)
{
	this_cpu_add(ifp->if_counters[c], n);
}

/* Up, running and with link (unknown counts as link). */
static inline bool if_link_ok(const struct ifnet *ifp)
{
	return (READ_ONCE(ifp->if_flags) & (BSD_IFF_UP | BSD_IFF_RUNNING)) ==
	       (BSD_IFF_UP | BSD_IFF_RUNNING) &&
	       READ_ONCE(ifp->if_link_state) != BSD_LINK_STATE_DOWN;
}

#endif /* _BSDNET_IF_VAR_H */
