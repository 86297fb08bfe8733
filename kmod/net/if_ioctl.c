// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_ioctl.c - BSIOC* about interfaces, one row a request.
 *
 * Called by linux/sock_ioctl.c with the request in kernel memory. What reads is
 * done in a section; what changes is done under rtnl, which is taken here; what
 * makes and destroys takes it further down. User memory is touched without locks.
 * Context: process, no locks.
 */
#include <bsdnet/if_var.h>
#include <bsdnet/if_clone.h>
#include <bsdnet/ifq.h>
#include <bsdnet/in_mcast.h>
#include <bsdnet/in_var.h>
#include <uapi/bsdnet/ioctl.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define IFLIST_MAX	4096		/* names in one answer */
#define INJECT_MAX	65536		/* bytes of frames in one request */

/* How a request is done. */
enum if_ioc_how {
	IOC_SECTION,	/* ic_fn in a section */
	IOC_RTNL,	/* ic_fn with rtnl */
	IOC_OTHER,	/* ic_other with rtnl: the argument is no bsd_ifreq */
	IOC_DEVICE,	/* the device's ifo_ioctl, with rtnl */
	IOC_INET,	/* in_ioctl(), with rtnl */
	IOC_PLAIN,	/* ic_plain, no lock, no interface looked up */
};

struct if_ioc {
	unsigned int	ic_cmd;
	enum if_ioc_how	ic_how;
	bool		ic_admin;
	int		(*ic_fn)(struct ifnet *ifp, struct bsd_ifreq *ifr);
	int		(*ic_plain)(void *data);
	int		(*ic_other)(struct ifnet *ifp, void *data);
};

static int ioc_getflags(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	ifr->bifru_value = READ_ONCE(ifp->if_flags);
	return 0;
}

static int ioc_setflags(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	return if_setflags(ifp, ifr->bifru_value);
}

static int ioc_getxflags(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	ifr->bifru_value = READ_ONCE(ifp->if_xflags);
	return 0;
}

static int ioc_setxflags(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	return if_setxflags(ifp, ifr->bifru_value);
}

static int ioc_getmtu(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	ifr->bifru_value = ifp->if_mtu;
	return 0;
}

static int ioc_setmtu(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	return if_setmtu(ifp, ifr->bifru_value);
}

static int ioc_getllprio(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	ifr->bifru_value = READ_ONCE(ifp->if_llprio);
	return 0;
}

static int ioc_setllprio(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	if (ifr->bifru_value > BSD_IFQ_MAXPRIO)
		return -EINVAL;
	WRITE_ONCE(ifp->if_llprio, ifr->bifru_value);
	return 0;
}

static int ioc_getdata(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	if_getdata(ifp, &ifr->bifru_data);
	return 0;
}

static int ioc_getlladdr(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	if (ifp->if_type != BSD_IFT_ETHER)
		return -EADDRNOTAVAIL;
	memset(ifr->bifru_lladdr, 0, sizeof(ifr->bifru_lladdr));
	memcpy(ifr->bifru_lladdr, ifp->if_lladdr, ETH_ALEN);
	return 0;
}

static int ioc_setlladdr(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	return if_setlladdr(ifp, ifr->bifru_lladdr);
}

static int ioc_getdescr(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	memcpy(ifr->bifru_descr, ifp->if_description, BSD_IFDESCRSIZE);
	return 0;
}

static int ioc_setdescr(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	size_t len = strnlen(ifr->bifru_descr, BSD_IFDESCRSIZE);

	if (len == BSD_IFDESCRSIZE)
		return -ENAMETOOLONG;
	net_lock();
	memset(ifp->if_description, 0, BSD_IFDESCRSIZE);
	memcpy(ifp->if_description, ifr->bifru_descr, len);
	net_unlock();
	return 0;
}

static int ioc_getqdisc(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	const char *name = if_getqdisc(ifp);

	if (!name)
		return -EOPNOTSUPP;
	strscpy_pad(ifr->bifru_group, name, sizeof(ifr->bifru_group));
	return 0;
}

static int ioc_setqdisc(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	return if_setqdisc(ifp, ifr->bifru_group);
}

static int ioc_getqueues(struct ifnet *ifp, void *data)
{
	return if_getqueues(ifp, data);
}

static int ioc_setqueues(struct ifnet *ifp, void *data)
{
	return if_setqueues(ifp, data);
}

static int ioc_getintr(struct ifnet *ifp, void *data)
{
	return if_getintr(ifp, data);
}

static int ioc_setintr(struct ifnet *ifp, void *data)
{
	return if_setintr(ifp, data);
}

static int ioc_getqstats(struct ifnet *ifp, void *data)
{
	return if_getqstats(ifp, data);
}

static int ioc_getrdomain(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	ifr->bifru_value = ifp->if_rdomain;
	return 0;
}

static int ioc_addgroup(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	return if_addgroup(ifp, ifr->bifru_group);
}

static int ioc_delgroup(struct ifnet *ifp, struct bsd_ifreq *ifr)
{
	return if_delgroup(ifp, ifr->bifru_group);
}

/* The domain's loopback is made first, without rtnl; then the move. */
static int ioc_setrdomain(void *data)
{
	struct bsd_ifreq *ifr = data;
	struct ifnet *ifp;
	int error;

	ifp = if_get_byname(ifr->bifr_name);
	if (!ifp)
		return -ENXIO;
	if_put(ifp);
	error = loop_rdomain(ifr->bifru_value);
	if (error)
		return error;
	bsd_rtnl_lock();
	ifp = if_lookup_byname(ifr->bifr_name);
	error = ifp ? if_setrdomain(ifp, ifr->bifru_value) : -ENXIO;
	bsd_rtnl_unlock();
	return error;
}

static int ioc_create(void *data)
{
	struct bsd_ifreq *ifr = data;

	return if_clone_create(ifr->bifr_name);
}

static int ioc_destroy(void *data)
{
	struct bsd_ifreq *ifr = data;

	return if_clone_destroy(ifr->bifr_name);
}

/* Room for the names of an answer: at least one, so that NULL is no memory. */
static char (*iflist_alloc(struct bsd_iflist *ifl))[BSD_IFNAMSIZ]
{
	ifl->ifl_max = min_t(u32, ifl->ifl_max, IFLIST_MAX);
	ifl->ifl_count = 0;
	return kvcalloc(max_t(u32, ifl->ifl_max, 1), BSD_IFNAMSIZ, GFP_KERNEL);
}

/* Count a name, and keep it if there is room. */
static void iflist_add(struct bsd_iflist *ifl, char (*names)[BSD_IFNAMSIZ], const char *name)
{
	if (ifl->ifl_count < ifl->ifl_max)
		memcpy(names[ifl->ifl_count], name, BSD_IFNAMSIZ);
	ifl->ifl_count++;
}

static int iflist_copyout(struct bsd_iflist *ifl, char (*names)[BSD_IFNAMSIZ])
{
	size_t len = min(ifl->ifl_count, ifl->ifl_max) * BSD_IFNAMSIZ;

	NET_ASSERT_UNLOCKED();
	return len && copy_to_user(u64_to_user_ptr(ifl->ifl_buf), names, len) ? -EFAULT : 0;
}

/* Names of all interfaces, or of a group's members. */
static int ioc_list(void *data)
{
	struct bsd_iflist *ifl = data;
	char (*names)[BSD_IFNAMSIZ];
	struct netstack ns;
	struct ifnet *ifp;
	int error;

	names = iflist_alloc(ifl);
	if (!names)
		return -ENOMEM;
	net_enter(&ns, NETSEC_SYSCALL);
	list_for_each_entry_srcu(ifp, &ifnetlist, if_list, if_list_held()) {
		if (!ifl->ifl_group[0] || if_ingroup(ifp, ifl->ifl_group))
			iflist_add(ifl, names, ifp->if_xname);
	}
	net_leave(&ns);
	error = iflist_copyout(ifl, names);
	kvfree(names);
	return error;
}

/* Names of the groups that an interface is in. */
static int ioc_groups(void *data)
{
	struct bsd_iflist *ifl = data;
	char (*names)[BSD_IFNAMSIZ];
	struct ifg_member *ifgm;
	struct netstack ns;
	struct ifnet *ifp;
	int error = 0;

	names = iflist_alloc(ifl);
	if (!names)
		return -ENOMEM;
	net_enter(&ns, NETSEC_SYSCALL);
	ifp = if_lookup_byname(ifl->ifl_group);
	if (ifp) {
		list_for_each_entry(ifgm, &ifp->if_groups, ifgm_next)
			iflist_add(ifl, names, ifgm->ifgm_name);
	} else {
		error = -ENXIO;
	}
	net_leave(&ns);
	if (!error)
		error = iflist_copyout(ifl, names);
	kvfree(names);
	return error;
}

/* With rtnl held: hand a request to the interface's owner. */
static int if_device_ioctl(const char *name, unsigned int cmd, void *data)
{
	struct ifnet *ifp = if_lookup_byname(name);

	if (!ifp)
		return -ENXIO;
	if (!ifp->if_ops || !ifp->if_ops->ifo_ioctl)
		return -ENOTTY;
	return ifp->if_ops->ifo_ioctl(ifp, cmd, data);
}

/* Frames from user memory: the device gets the request with a kernel address in it. */
static int ioc_inject(void *data)
{
	struct bsd_injectreq *user = data;
	struct bsd_injectreq req = *user;
	void *buf;
	int error;

	user->bi_count = 0;
	if (!req.bi_len || req.bi_len > INJECT_MAX)
		return -EINVAL;
	NET_ASSERT_UNLOCKED();
	buf = vmemdup_user(u64_to_user_ptr(req.bi_buf), req.bi_len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	req.bi_buf = (uintptr_t)buf;
	req.bi_count = 0;
	bsd_rtnl_lock();
	error = if_device_ioctl(req.bi_name, BSIOCIFINJECT, &req);
	bsd_rtnl_unlock();
	kvfree(buf);
	user->bi_count = req.bi_count;
	return error;
}

static const struct if_ioc if_iocs[] = {
	{ BSIOCGIFLIST,		IOC_PLAIN,	false,	NULL,	ioc_list },
	{ BSIOCGIFFLAGS,	IOC_SECTION,	false,	ioc_getflags },
	{ BSIOCSIFFLAGS,	IOC_RTNL,	true,	ioc_setflags },
	{ BSIOCGIFMTU,		IOC_SECTION,	false,	ioc_getmtu },
	{ BSIOCSIFMTU,		IOC_RTNL,	true,	ioc_setmtu },
	{ BSIOCGIFDATA,		IOC_SECTION,	false,	ioc_getdata },
	{ BSIOCGIFLLADDR,	IOC_SECTION,	false,	ioc_getlladdr },
	{ BSIOCSIFLLADDR,	IOC_RTNL,	true,	ioc_setlladdr },
	{ BSIOCGIFDESCR,	IOC_SECTION,	false,	ioc_getdescr },
	{ BSIOCSIFDESCR,	IOC_RTNL,	true,	ioc_setdescr },
	{ BSIOCGIFRDOMAIN,	IOC_SECTION,	false,	ioc_getrdomain },
	{ BSIOCSIFRDOMAIN,	IOC_PLAIN,	true,	NULL,	ioc_setrdomain },
	{ BSIOCIFCREATE,	IOC_PLAIN,	true,	NULL,	ioc_create },
	{ BSIOCIFDESTROY,	IOC_PLAIN,	true,	NULL,	ioc_destroy },
	{ BSIOCAIFGROUP,	IOC_RTNL,	true,	ioc_addgroup },
	{ BSIOCDIFGROUP,	IOC_RTNL,	true,	ioc_delgroup },
	{ BSIOCGIFGROUPS,	IOC_PLAIN,	false,	NULL,	ioc_groups },
	{ BSIOCGIFADDRS,	IOC_INET,	false },
	{ BSIOCAIFADDR,		IOC_INET,	true },
	{ BSIOCDIFADDR,		IOC_INET,	true },
	{ BSIOCGIFPAIR,		IOC_DEVICE,	false },
	{ BSIOCSIFPAIR,		IOC_DEVICE,	true },
	{ BSIOCGIFXFLAGS,	IOC_SECTION,	false,	ioc_getxflags },
	{ BSIOCSIFXFLAGS,	IOC_RTNL,	true,	ioc_setxflags },
	{ BSIOCGIFLLPRIO,	IOC_SECTION,	false,	ioc_getllprio },
	{ BSIOCSIFLLPRIO,	IOC_RTNL,	true,	ioc_setllprio },
	{ BSIOCGIFQDISC,	IOC_RTNL,	false,	ioc_getqdisc },
	{ BSIOCSIFQDISC,	IOC_RTNL,	true,	ioc_setqdisc },
	{ BSIOCSIFGEN,		IOC_DEVICE,	true },
	{ BSIOCGIFGEN,		IOC_DEVICE,	false },
	{ BSIOCIFINJECT,	IOC_PLAIN,	true,	NULL,	ioc_inject },
	{ BSIOCGIFMULTI,	IOC_PLAIN,	false,	NULL,	in_multi_ioctl },
	{ BSIOCGIFQUEUES,	IOC_OTHER,	false,	NULL,	NULL,	ioc_getqueues },
	{ BSIOCSIFQUEUES,	IOC_OTHER,	true,	NULL,	NULL,	ioc_setqueues },
	{ BSIOCGIFINTR,		IOC_OTHER,	false,	NULL,	NULL,	ioc_getintr },
	{ BSIOCSIFINTR,		IOC_OTHER,	true,	NULL,	NULL,	ioc_setintr },
	{ BSIOCGIFQSTATS,	IOC_OTHER,	false,	NULL,	NULL,	ioc_getqstats },
};

static const struct if_ioc *if_ioc_find(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(if_iocs); i++) {
		if (if_iocs[i].ic_cmd == cmd)
			return &if_iocs[i];
	}
	return NULL;
}

static int if_ioc_section(const struct if_ioc *ic, struct bsd_ifreq *ifr)
{
	struct netstack ns;
	struct ifnet *ifp;
	int error = -ENXIO;

	net_enter(&ns, NETSEC_SYSCALL);
	ifp = if_lookup_byname(ifr->bifr_name);
	if (ifp)
		error = ic->ic_fn(ifp, ifr);
	net_leave(&ns);
	return error;
}

/* Address requests. Whoever gives an interface an address wants it up, as in BSD. */
static int if_ioc_inet(unsigned int cmd, struct bsd_ifaddreq *ifra, bool admin)
{
	struct ifnet *ifp = if_lookup_byname(ifra->ifra_name);
	int error;

	if (!ifp)
		return -ENXIO;
	error = in_ioctl(cmd, ifra, ifp, admin);
	if (!error && cmd == BSIOCAIFADDR)
		error = if_up(ifp);
	return error;
}

static int if_ioc_rtnl(const struct if_ioc *ic, void *data, bool admin)
{
	struct ifnet *ifp;

	switch (ic->ic_how) {
	case IOC_DEVICE:
		/* Every request begins with the interface's name. */
		return if_device_ioctl(data, ic->ic_cmd, data);
	case IOC_INET:
		return if_ioc_inet(ic->ic_cmd, data, admin);
	case IOC_OTHER:
		ifp = if_lookup_byname(data);
		return ifp ? ic->ic_other(ifp, data) : -ENXIO;
	default:
		ifp = if_lookup_byname(data);
		return ifp ? ic->ic_fn(ifp, data) : -ENXIO;
	}
}

/**
 * if_ioctl() - do a request about interfaces
 * @cmd:   BSIOC*
 * @data:  _IOC_SIZE(cmd) bytes of kernel memory, copied in and out by the caller
 * @admin: caller has CAP_NET_ADMIN
 *
 * Context: Process, no locks; sleeps. Takes rtnl, then netlock, as needed.
 * Return:  0; -ENOTTY if it is no such request; -EPERM without @admin; -ENXIO
 *	    if there is no such interface; or the request's error.
 */
int if_ioctl(unsigned int cmd, void *data, bool admin)
{
	const struct if_ioc *ic = if_ioc_find(cmd);
	int error;

	if (!ic)
		return -ENOTTY;
	if (ic->ic_admin && !admin)
		return -EPERM;
	switch (ic->ic_how) {
	case IOC_PLAIN:
		return ic->ic_plain(data);
	case IOC_SECTION:
		return if_ioc_section(ic, data);
	default:
		bsd_rtnl_lock();
		error = if_ioc_rtnl(ic, data, admin);
		bsd_rtnl_unlock();
		return error;
	}
}
