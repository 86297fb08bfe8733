// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_mroute_opt.c - how a program routes multicasts: MRT_* options and ioctls of a raw
 * socket of protocol IGMP, one for each routing domain.
 *
 * Called by: raw_usrreq.c (options), linux/sock_ioctl.c, in.c (interfaces that go).
 * Fills the tables that ip_mroute.c forwards by.
 *
 * Context: process; rtnl for changes. Numbers, structures and errors are Linux's
 * (<linux/mroute.h>), so that smcroute and mrouted need no change.
 *
 * A router ends with MRT_DONE or its socket: no packet is forwarded from then on. It
 * leaves the list at once or, as a socket closes in a section, by a work, which also
 * frees it when no section knows it.
 */
#include "ip_mroute_priv.h"
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/in_var.h>
#include <bsdnet/ip_mroute.h>
#include <bsdnet/ip_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/socketvar.h>
#include <bsdnet/softnet.h>
#include <uapi/bsdnet/stats.h>

#define MRT_VERSION_NUMBER	0x0305
#define MRT_MAXDUMP		256

static struct mrt_count mrt_sum(struct mrt_count __percpu *mc)
{
	struct mrt_count sum = { };
	int cpu;

	for_each_possible_cpu(cpu) {
		sum.mc_packets += READ_ONCE(per_cpu_ptr(mc, cpu)->mc_packets);
		sum.mc_bytes += READ_ONCE(per_cpu_ptr(mc, cpu)->mc_bytes);
	}
	return sum;
}

static void mrt_vif_free(struct rcu_head *head)
{
	struct mrt_vif *mv = container_of(head, struct mrt_vif, mv_rcu);

	free_percpu(mv->mv_in);
	free_percpu(mv->mv_out);
	kfree(mv);
}

static void mrt_mfc_free(struct rcu_head *head)
{
	struct mrt_mfc *mf = container_of(head, struct mrt_mfc, mf_rcu);

	free_percpu(mf->mf_count);
	kfree(mf);
}

/* Take an interface out. rtnl held. */
static void mrt_vif_del(struct mrouter *mr, unsigned int n)
{
	struct mrt_vif *mv = mrt_vif(mr, n);
	struct ifnet *ifp = if_get(mv->mv_ifidx);

	RCU_INIT_POINTER(mr->mr_vif[n], NULL);
	if (ifp && mv->mv_allmulti)
		if_setflags(ifp, ifp->if_flags & ~BSD_IFF_ALLMULTI);
	if (ifp)
		if_put(ifp);
	net_call_free(&mv->mv_rcu, mrt_vif_free);
}

/* Packets find it no more. rtnl held. */
static void mrt_stop(struct mrouter *mr)
{
	unsigned int n;

	if (mr->mr_stopped)
		return;
	mr->mr_stopped = true;
	list_del_rcu(&mr->mr_list);
	for (n = 0; n < MAXVIFS; n++)
		if (mrt_vif(mr, n))
			mrt_vif_del(mr, n);
}

static void mrt_mfc_destroy(void *ptr, void *arg)
{
	struct mrt_mfc *mf = ptr;

	mrt_mfc_free(&mf->mf_rcu);
}

static void mrt_done_fn(struct work_struct *work)
{
	struct mrouter *mr = container_of(work, struct mrouter, mr_done);
	struct mrt_pending *mp, *next;

	bsd_rtnl_lock();
	mrt_stop(mr);
	bsd_rtnl_unlock();
	net_synchronize();
	cancel_delayed_work_sync(&mr->mr_expire);
	cancel_work_sync(&mr->mr_tell);
	ml_purge(&mr->mr_upcalls);
	list_for_each_entry_safe(mp, next, &mr->mr_pending, mp_list)
		mrt_pending_free(mp);
	rhashtable_free_and_destroy(&mr->mr_mfcs, mrt_mfc_destroy, NULL);
	kfree(mr);
}

/**
 * mrt_detach() - a socket closes, and the router it was ends
 * @inp: its PCB
 *
 * Context: Section.
 */
void mrt_detach(struct inpcb *inp)
{
	struct mrouter *mr;

	list_for_each_entry_srcu(mr, &mrouters, mr_list, net_section_held()) {
		if (READ_ONCE(mr->mr_inp) != inp)
			continue;
		WRITE_ONCE(mr->mr_inp, NULL);
		queue_work(bsdnet_cfg, &mr->mr_done);
		return;
	}
}

/**
 * mrt_ifdetach() - an interface goes, or changes its domain
 * @ifp: interface
 *
 * Context: Process, rtnl held, netlock not.
 */
void mrt_ifdetach(struct ifnet *ifp)
{
	struct mrouter *mr = mrt_find(ifp->if_rdomain);
	unsigned int n;

	for (n = 0; mr && n < MAXVIFS; n++)
		if (mrt_vif(mr, n) && mrt_vif(mr, n)->mv_ifidx == ifp->if_index)
			mrt_vif_del(mr, n);
}

/* MRT_INIT. rtnl held. */
static int mrt_start(struct inpcb *inp)
{
	struct mrouter *mr = mrt_find(inp->inp_rdomain);
	int error;

	if (mr && READ_ONCE(mr->mr_inp))
		return -EADDRINUSE;
	if (mr)
		mrt_stop(mr);		/* its socket is closed; the work frees it */
	mr = kzalloc(sizeof(*mr), GFP_KERNEL);
	if (!mr)
		return -ENOMEM;
	error = rhashtable_init(&mr->mr_mfcs, &mrt_mfc_params);
	if (error) {
		kfree(mr);
		return error;
	}
	mr->mr_inp = inp;
	mr->mr_rdomain = inp->inp_rdomain;
	INIT_LIST_HEAD(&mr->mr_mfclist);
	INIT_LIST_HEAD(&mr->mr_pending);
	spin_lock_init(&mr->mr_lock);
	ml_init(&mr->mr_upcalls);
	INIT_WORK(&mr->mr_tell, mrt_tell_fn);
	INIT_DELAYED_WORK(&mr->mr_expire, mrt_expire_fn);
	INIT_WORK(&mr->mr_done, mrt_done_fn);
	list_add_tail_rcu(&mr->mr_list, &mrouters);
	return 0;
}

/* MRT_DONE. rtnl held. */
static void mrt_finish(struct mrouter *mr)
{
	WRITE_ONCE(mr->mr_inp, NULL);
	mrt_stop(mr);
	queue_work(bsdnet_cfg, &mr->mr_done);
}

/* The interface that a vifctl names; rtnl held. */
static struct ifnet *mrt_vif_ifp(const struct mrouter *mr, const struct vifctl *vc)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = vc->vifc_lcl_addr };
	struct ifnet *ifp = NULL;
	struct ifaddr *ifa;
	struct netstack ns;

	net_enter(&ns, NETSEC_SYSCALL);
	if (vc->vifc_flags & VIFF_USE_IFINDEX) {
		ifp = vc->vifc_lcl_ifindex > 0 ? if_lookup(vc->vifc_lcl_ifindex) : NULL;
	} else {
		ifa = ifa_ifwithaddr((const struct sockaddr *)&sin, mr->mr_rdomain);
		if (ifa)
			ifp = ifa->ifa_ifp;
	}
	net_leave(&ns);
	return ifp && ifp->if_rdomain == mr->mr_rdomain ? ifp : NULL;
}

/* MRT_ADD_VIF. rtnl held. */
static int mrt_vif_add(struct mrouter *mr, const struct vifctl *vc)
{
	unsigned int n = vc->vifc_vifi;
	struct mrt_vif *mv;
	struct ifnet *ifp;

	if (n >= MAXVIFS)
		return -ENFILE;
	n = array_index_nospec(n, MAXVIFS);
	if (mrt_vif(mr, n))
		return -EADDRINUSE;
	if (vc->vifc_flags & ~VIFF_USE_IFINDEX)
		return -EINVAL;		/* neither tunnels nor PIM registers */
	ifp = mrt_vif_ifp(mr, vc);
	if (!ifp)
		return -EADDRNOTAVAIL;
	if (!(ifp->if_flags & BSD_IFF_MULTICAST))
		return -EOPNOTSUPP;
	mv = kzalloc(sizeof(*mv), GFP_KERNEL);
	if (!mv)
		return -ENOMEM;
	mv->mv_in = alloc_percpu(struct mrt_count);
	mv->mv_out = alloc_percpu(struct mrt_count);
	if (!mv->mv_in || !mv->mv_out) {
		mrt_vif_free(&mv->mv_rcu);
		return -ENOMEM;
	}
	mv->mv_ifidx = ifp->if_index;
	mv->mv_allmulti = !(ifp->if_flags & BSD_IFF_ALLMULTI);
	if (mv->mv_allmulti)
		if_setflags(ifp, ifp->if_flags | BSD_IFF_ALLMULTI);
	rcu_assign_pointer(mr->mr_vif[n], mv);
	return 0;
}

/* MRT_ADD_MFC: a new entry, or another in place of one. rtnl held. */
static int mrt_mfc_add(struct mrouter *mr, const struct mfcctl *mc)
{
	struct mrt_mfc *mf, *old;
	unsigned int n;
	int error;

	if (mc->mfcc_parent >= MAXVIFS)
		return -ENFILE;
	if (!in_multicast(mc->mfcc_mcastgrp.s_addr))
		return -EINVAL;
	mf = kzalloc(sizeof(*mf), GFP_KERNEL);
	if (!mf)
		return -ENOMEM;
	mf->mf_count = alloc_percpu(struct mrt_count);
	if (!mf->mf_count) {
		kfree(mf);
		return -ENOMEM;
	}
	mf->mf_key = (struct mrt_key){ mc->mfcc_origin.s_addr, mc->mfcc_mcastgrp.s_addr };
	mf->mf_parent = mc->mfcc_parent;
	mf->mf_assert = jiffies - HZ * 60;
	for (n = 0; n < MAXVIFS; n++)
		mf->mf_ttls[n] = mc->mfcc_ttls[n] ? mc->mfcc_ttls[n] : 255;
	mf->mf_id = ++mr->mr_nextid;
	old = mrt_mfc_find(mr, &mf->mf_key);
	error = old ? rhashtable_replace_fast(&mr->mr_mfcs, &old->mf_hash, &mf->mf_hash,
					      mrt_mfc_params) :
		      rhashtable_insert_fast(&mr->mr_mfcs, &mf->mf_hash, mrt_mfc_params);
	if (error) {
		mrt_mfc_free(&mf->mf_rcu);
		return error;
	}
	list_add_tail(&mf->mf_list, &mr->mr_mfclist);
	if (old) {
		list_del(&old->mf_list);
		net_call_free(&old->mf_rcu, mrt_mfc_free);
	}
	mrt_resolved(mr, mf);
	return 0;
}

/* MRT_DEL_MFC. rtnl held. */
static int mrt_mfc_del(struct mrouter *mr, const struct mfcctl *mc)
{
	const struct mrt_key key = { mc->mfcc_origin.s_addr, mc->mfcc_mcastgrp.s_addr };
	struct mrt_mfc *mf = mrt_mfc_find(mr, &key);

	if (!mf)
		return -ENOENT;
	rhashtable_remove_fast(&mr->mr_mfcs, &mf->mf_hash, mrt_mfc_params);
	list_del(&mf->mf_list);
	net_call_free(&mf->mf_rcu, mrt_mfc_free);
	return 0;
}

/**
 * mrt_is_opt() - is an option done here?
 * @opt: of level IPPROTO_IP
 */
bool mrt_is_opt(int opt)
{
	return opt >= MRT_BASE && opt <= MRT_MAX;
}

/* What an option's value is. */
union mrt_arg {
	struct vifctl	vif;
	struct mfcctl	mfc;
	int		val;
};

/* Bytes of it; 0: there is no such option here. */
static unsigned int mrt_argsize(int opt)
{
	switch (opt) {
	case MRT_INIT:
	case MRT_ASSERT:
	case MRT_PIM:
		return sizeof(int);
	case MRT_ADD_VIF:
	case MRT_DEL_VIF:
		return sizeof(struct vifctl);
	case MRT_ADD_MFC:
	case MRT_DEL_MFC:
		return sizeof(struct mfcctl);
	default:
		return 0;
	}
}

/* An option of the router that @mr is. rtnl held. */
static int mrt_change(struct mrouter *mr, int opt, const union mrt_arg *arg)
{
	unsigned int n;

	switch (opt) {
	case MRT_ADD_VIF:
		return mrt_vif_add(mr, &arg->vif);
	case MRT_DEL_VIF:
		n = arg->vif.vifc_vifi;
		if (n >= MAXVIFS || !mrt_vif(mr, array_index_nospec(n, MAXVIFS)))
			return -EADDRNOTAVAIL;
		mrt_vif_del(mr, n);
		return 0;
	case MRT_ADD_MFC:
		return mrt_mfc_add(mr, &arg->mfc);
	case MRT_DEL_MFC:
		return mrt_mfc_del(mr, &arg->mfc);
	case MRT_PIM:
		WRITE_ONCE(mr->mr_pim, arg->val);
		fallthrough;
	default:	/* MRT_ASSERT */
		WRITE_ONCE(mr->mr_assert, arg->val);
		return 0;
	}
}

/**
 * mrt_setopt() - MRT_*
 * @inp: PCB of a raw socket
 * @opt: for which mrt_is_opt() is true
 * @val: int, struct vifctl or struct mfcctl
 * @len: bytes of it
 *
 * Context: Process, not in a section. May sleep; takes rtnl.
 * Return:  0; -EOPNOTSUPP: not of protocol IGMP, or the interface has no groups; -EPERM;
 *	    -EADDRINUSE: the domain has a router, or the vif is in use; -EACCES: not the
 *	    domain's router; -ENFILE, -EADDRNOTAVAIL: no such vif, interface or address;
 *	    -ENOENT: no such entry; -ENOPROTOOPT, -EINVAL, -EFAULT, -ENOMEM.
 */
int mrt_setopt(struct inpcb *inp, int opt, sockptr_t val, unsigned int len)
{
	unsigned int size = mrt_argsize(opt);
	struct mrouter *mr;
	union mrt_arg arg;
	int error = 0;

	if (inp->inp_proto != IPPROTO_IGMP)
		return -EOPNOTSUPP;
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (!size && opt != MRT_DONE)
		return -ENOPROTOOPT;
	if (size && len != size)
		return -EINVAL;
	if (copy_from_sockptr(&arg, val, size))
		return -EFAULT;
	bsd_rtnl_lock();
	mr = mrt_find(inp->inp_rdomain);
	if (opt == MRT_INIT)
		error = mrt_start(inp);
	else if (!mr || mr->mr_inp != inp)
		error = -EACCES;
	else if (opt == MRT_DONE)
		mrt_finish(mr);
	else
		error = mrt_change(mr, opt, &arg);
	bsd_rtnl_unlock();
	return error;
}

/**
 * mrt_getopt() - MRT_VERSION, MRT_ASSERT, MRT_PIM
 * @inp: PCB of a raw socket
 * @opt: for which mrt_is_opt() is true
 * @val: int
 * @len: int: room there; bytes put there after
 *
 * Context: Process, not in a section. May sleep.
 * Return:  0; -EOPNOTSUPP, -ENOPROTOOPT, -EFAULT, -EINVAL; -ENOENT: no router.
 */
int mrt_getopt(struct inpcb *inp, int opt, sockptr_t val, sockptr_t len)
{
	int v = MRT_VERSION_NUMBER;
	struct mrouter *mr;
	struct netstack ns;

	if (inp->inp_proto != IPPROTO_IGMP)
		return -EOPNOTSUPP;
	if (opt != MRT_VERSION && opt != MRT_ASSERT && opt != MRT_PIM)
		return -ENOPROTOOPT;
	net_enter(&ns, NETSEC_SYSCALL);
	mr = mrt_find(inp->inp_rdomain);
	if (mr && opt == MRT_ASSERT)
		v = READ_ONCE(mr->mr_assert);
	else if (mr && opt == MRT_PIM)
		v = READ_ONCE(mr->mr_pim);
	net_leave(&ns);
	if (!mr)
		return -ENOENT;
	return bsd_ip_getopt_out(&v, sizeof(v), val, len);
}

/**
 * mrt_is_ioctl() - is a request done here?
 * @cmd: request
 */
bool mrt_is_ioctl(unsigned int cmd)
{
	return cmd == SIOCGETVIFCNT || cmd == SIOCGETSGCNT;
}

/* SIOCGETVIFCNT; in a section. */
static int mrt_get_vif(const struct mrouter *mr, struct sioc_vif_req *vr)
{
	const struct mrt_vif *mv;
	struct mrt_count in, out;

	if (vr->vifi >= MAXVIFS)
		return -EINVAL;
	mv = mrt_vif(mr, array_index_nospec(vr->vifi, MAXVIFS));
	if (!mv)
		return -EADDRNOTAVAIL;
	in = mrt_sum(mv->mv_in);
	out = mrt_sum(mv->mv_out);
	vr->icount = in.mc_packets;
	vr->ibytes = in.mc_bytes;
	vr->ocount = out.mc_packets;
	vr->obytes = out.mc_bytes;
	return 0;
}

/* SIOCGETSGCNT; in a section. */
static int mrt_get_sg(struct mrouter *mr, struct sioc_sg_req *sr)
{
	const struct mrt_key key = { sr->src.s_addr, sr->grp.s_addr };
	const struct mrt_mfc *mf = mrt_mfc_find(mr, &key);
	struct mrt_count count;

	if (!mf)
		return -EADDRNOTAVAIL;
	count = mrt_sum(mf->mf_count);
	sr->pktcnt = count.mc_packets;
	sr->bytecnt = count.mc_bytes;
	sr->wrong_if = atomic_read(&mf->mf_wrongif);
	return 0;
}

/**
 * mrt_ioctl() - SIOCGETVIFCNT, SIOCGETSGCNT: counts of an interface, of an entry
 * @so:  socket
 * @cmd: for which mrt_is_ioctl() is true
 * @arg: struct sioc_vif_req or sioc_sg_req
 *
 * Context: Process, not in a section.
 * Return:  0; -ENOTTY: not a raw socket, or a 32-bit program; -ENOENT: no router;
 *	    -EADDRNOTAVAIL, -EINVAL: no such vif or entry; -EFAULT.
 */
int mrt_ioctl(struct bsd_socket *so, unsigned int cmd, void __user *arg)
{
	union {
		struct sioc_vif_req	vif;
		struct sioc_sg_req	sg;
	} req;
	size_t size = cmd == SIOCGETVIFCNT ? sizeof(req.vif) : sizeof(req.sg);
	const struct inpcb *inp = so->so_pcb;
	struct mrouter *mr;
	struct netstack ns;
	int error = -ENOENT;

	if (!inp || inp->inp_table != &rawcbtable || in_compat_syscall())
		return -ENOTTY;
	if (copy_from_user(&req, arg, size))
		return -EFAULT;
	net_enter(&ns, NETSEC_SYSCALL);
	mr = mrt_find(inp->inp_rdomain);
	if (mr && cmd == SIOCGETVIFCNT)
		error = mrt_get_vif(mr, &req.vif);
	else if (mr)
		error = mrt_get_sg(mr, &req.sg);
	net_leave(&ns);
	if (!error && copy_to_user(arg, &req, size))
		error = -EFAULT;
	return error;
}

static void mrt_mfc_info(const struct mrt_mfc *mf, struct bsd_mfcinfo *mi)
{
	struct mrt_count count = mrt_sum(mf->mf_count);

	static_assert(sizeof(mi->mi_ttls) == sizeof(mf->mf_ttls));
	memcpy(mi->mi_origin, &mf->mf_key.mk_origin, sizeof(mi->mi_origin));
	memcpy(mi->mi_group, &mf->mf_key.mk_group, sizeof(mi->mi_group));
	memcpy(mi->mi_ttls, mf->mf_ttls, sizeof(mi->mi_ttls));
	mi->mi_parent = mf->mf_parent;
	mi->mi_wrongif = atomic_read(&mf->mf_wrongif);
	mi->mi_packets = count.mc_packets;
	mi->mi_bytes = count.mc_bytes;
	mi->mi_id = mf->mf_id;
}

/* A piece of the cache, and the vifs. rtnl held. */
static u32 mrt_describe(struct bsd_mfcs *mis, struct bsd_mfcinfo *buf, u32 max)
{
	const struct mrouter *mr = mrt_find(mis->mis_rdomain);
	const struct mrt_mfc *mf;
	unsigned int i;
	u32 n = 0;

	if (!mr)
		return 0;
	for (i = 0; i < MAXVIFS; i++)
		mis->mis_vif[i] = mrt_vif(mr, i) ? mrt_vif(mr, i)->mv_ifidx : 0;
	list_for_each_entry(mf, &mr->mr_mfclist, mf_list) {
		if (n == max)
			break;
		if (mf->mf_id > mis->mis_after)
			mrt_mfc_info(mf, &buf[n++]);
	}
	return n;
}

/**
 * mrt_dump() - BSIOCGMFCS: a piece of a domain's forwarding cache
 * @data: struct bsd_mfcs
 *
 * Context: Process, no locks; sleeps. Takes rtnl.
 * Return:  0, -ENOMEM, -EFAULT.
 */
int mrt_dump(void *data)
{
	struct bsd_mfcs *mis = data;
	u32 max = min_t(u32, mis->mis_max, MRT_MAXDUMP);
	struct bsd_mfcinfo *buf = kvcalloc(MRT_MAXDUMP, sizeof(*buf), GFP_KERNEL);
	int error = 0;

	static_assert(BSD_MAXVIFS == MAXVIFS);
	if (!buf)
		return -ENOMEM;
	memset(mis->mis_vif, 0, sizeof(mis->mis_vif));
	bsd_rtnl_lock();
	mis->mis_count = mrt_describe(mis, buf, max);
	bsd_rtnl_unlock();
	if (mis->mis_count && copy_to_user(u64_to_user_ptr(mis->mis_buf), buf,
					   mis->mis_count * sizeof(*buf)))
		error = -EFAULT;
	kvfree(buf);
	return error;
}
