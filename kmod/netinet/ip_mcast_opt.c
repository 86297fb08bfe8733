// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ip_mcast_opt.c - options by which programs join and leave multicast groups, say
 * whom they want to hear there, and choose the interface for what they send.
 *
 * Called by: ip_ctlopt.c. Names, numbers and errors are Linux's (ip(7)): each
 * request is there for IPv4 (ip_mreq and kin, IP_*) and for any family (group_req and
 * kin, MCAST_*), and both become one struct mcast_req here.
 * Context: process, not in a section; user memory is copied first, then rtnl taken.
 * Source: RFC 1112 6.1, 7.1; RFC 3678 4, 5.
 */
#include <bsdnet/in_mcast.h>
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <bsdnet/if_var.h>
#include <bsdnet/in.h>
#include <bsdnet/in_pcb.h>
#include <bsdnet/in_var.h>
#include <bsdnet/netstack.h>
#include <bsdnet/route.h>

/* Size of the part before the list of senders. */
#define MSFILTER_HLEN	offsetof(struct ip_msfilter, imsf_slist)
#define GFILTER_HLEN	offsetof(struct group_filter, gf_slist)

/* What any of the options asks for. */
struct mcast_req {
	__be32		mr_group;
	__be32		mr_src;
	struct in_addr	mr_ifaddr;	/* of the interface, or 0 */
	int		mr_ifidx;	/* 0: by address or route */
	u32		mr_fmode;
	u32		mr_nsrc;
};

/* An option that names a group's sender: which filter it edits and how. */
static const struct mcast_source_opt {
	int		so_opt;
	unsigned int	so_mode;
	bool		so_add;
} mcast_source_opts[] = {
	{ IP_ADD_SOURCE_MEMBERSHIP,	MCAST_INCLUDE,	true },
	{ IP_DROP_SOURCE_MEMBERSHIP,	MCAST_INCLUDE,	false },
	{ IP_BLOCK_SOURCE,		MCAST_EXCLUDE,	true },
	{ IP_UNBLOCK_SOURCE,		MCAST_EXCLUDE,	false },
	{ MCAST_JOIN_SOURCE_GROUP,	MCAST_INCLUDE,	true },
	{ MCAST_LEAVE_SOURCE_GROUP,	MCAST_INCLUDE,	false },
	{ MCAST_BLOCK_SOURCE,		MCAST_EXCLUDE,	true },
	{ MCAST_UNBLOCK_SOURCE,		MCAST_EXCLUDE,	false },
};

static const struct mcast_source_opt *mcast_source_opt(int opt)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mcast_source_opts); i++)
		if (mcast_source_opts[i].so_opt == opt)
			return &mcast_source_opts[i];
	return NULL;
}

static bool mcast_is_membership(int opt)
{
	return opt == IP_ADD_MEMBERSHIP || opt == IP_DROP_MEMBERSHIP ||
	       opt == MCAST_JOIN_GROUP || opt == MCAST_LEAVE_GROUP;
}

/**
 * bsd_ip_mcast_is_opt() - is an option done here?
 * @opt: of level IPPROTO_IP
 */
bool bsd_ip_mcast_is_opt(int opt)
{
	return opt == IP_MULTICAST_IF || opt == IP_MSFILTER || opt == MCAST_MSFILTER ||
	       mcast_is_membership(opt) || mcast_source_opt(opt);
}

/* Is it one of those for any family? */
static bool mcast_is_generic(int opt)
{
	return opt >= MCAST_JOIN_GROUP && opt <= MCAST_MSFILTER;
}

/*
 * Their structures begin with the interface's number, and what is behind is aligned as
 * pointers are: so many bytes further in front in a 32-bit program.
 */
static size_t mcast_shift(int opt)
{
	static_assert(offsetof(struct group_req, gr_group) == 2 * sizeof(u32));
	static_assert(offsetof(struct group_source_req, gsr_group) == 2 * sizeof(u32));
	static_assert(offsetof(struct group_filter, gf_group) == 2 * sizeof(u32));
	return mcast_is_generic(opt) && in_compat_syscall() ? sizeof(u32) : 0;
}

/* One of them, or its head: @size bytes as 64-bit programs have it. */
static int mcast_copy_generic(void *to, int opt, sockptr_t val, size_t size)
{
	size_t at = offsetof(struct group_req, gr_group);

	return copy_from_sockptr(to, val, sizeof(u32)) ||
	       copy_from_sockptr_offset(to + at, val, at - mcast_shift(opt), size - at) ?
	       -EFAULT : 0;
}

/* Bytes in front of the list of senders. */
static size_t mcast_filter_head(int opt)
{
	return opt == IP_MSFILTER ? MSFILTER_HLEN : GFILTER_HLEN - mcast_shift(opt);
}

/* The interface that a program means: by index, by an address of ours, or by route; 0. */
static unsigned int mcast_ifidx(const struct inpcb *inp, const struct mcast_req *mr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = mr->mr_ifaddr };
	struct in_addr group = { mr->mr_group };
	struct bsd_rtentry *rt;
	struct ifaddr *ifa;

	if (mr->mr_ifidx)
		return mr->mr_ifidx > 0 && if_lookup(mr->mr_ifidx) ? mr->mr_ifidx : 0;
	if (mr->mr_ifaddr.s_addr) {
		ifa = ifa_ifwithaddr((const struct sockaddr *)&sin, inp->inp_rdomain);
		return ifa ? ifa->ifa_ifp->if_index : 0;
	}
	rt = rtable_match(inp->inp_rtableid, AF_INET, &group);
	return rt ? rt_ifidx(rt) : 0;
}

/* ip_mreq or ip_mreqn; for IP_MULTICAST_IF an address will do. */
static int mcast_copy_mreq(struct mcast_req *mr, int opt, sockptr_t val, unsigned int len)
{
	struct ip_mreqn mreq = { };

	if (len >= sizeof(struct ip_mreq)) {
		if (copy_from_sockptr(&mreq, val, min_t(size_t, len, sizeof(mreq))))
			return -EFAULT;
	} else if (opt != IP_MULTICAST_IF || len < sizeof(struct in_addr)) {
		return -EINVAL;
	} else if (copy_from_sockptr(&mreq.imr_address, val, sizeof(mreq.imr_address))) {
		return -EFAULT;
	}
	mr->mr_group = mreq.imr_multiaddr.s_addr;
	mr->mr_ifaddr = mreq.imr_address;
	mr->mr_ifidx = mreq.imr_ifindex;
	return 0;
}

/* An IPv4 address of a sockaddr_storage. */
static bool mcast_get_sin(const void *ss, __be32 *addr)
{
	const struct sockaddr_in *sin = ss;

	*addr = sin->sin_addr.s_addr;
	return sin->sin_family == AF_INET;
}

/* group_req */
static int mcast_copy_greq(struct mcast_req *mr, int opt, sockptr_t val, unsigned int len)
{
	struct group_req greq;

	if (len < sizeof(greq) - mcast_shift(opt))
		return -EINVAL;
	if (mcast_copy_generic(&greq, opt, val, sizeof(greq)))
		return -EFAULT;
	mr->mr_ifidx = greq.gr_interface;
	return mcast_get_sin(&greq.gr_group, &mr->mr_group) ? 0 : -EINVAL;
}

/* ip_mreq_source or group_source_req */
static int mcast_copy_source(struct mcast_req *mr, int opt, sockptr_t val, unsigned int len)
{
	struct ip_mreq_source mreq;
	struct group_source_req greq;

	if (!mcast_is_generic(opt)) {
		if (len != sizeof(mreq))
			return -EINVAL;
		if (copy_from_sockptr(&mreq, val, sizeof(mreq)))
			return -EFAULT;
		mr->mr_group = mreq.imr_multiaddr;
		mr->mr_ifaddr.s_addr = mreq.imr_interface;
		mr->mr_src = mreq.imr_sourceaddr;
		return 0;
	}
	if (len != sizeof(greq) - mcast_shift(opt))
		return -EINVAL;
	if (mcast_copy_generic(&greq, opt, val, sizeof(greq)))
		return -EFAULT;
	mr->mr_ifidx = greq.gsr_interface;
	if (!mcast_get_sin(&greq.gsr_group, &mr->mr_group) ||
	    !mcast_get_sin(&greq.gsr_source, &mr->mr_src))
		return -EADDRNOTAVAIL;
	return 0;
}

/* Head of an ip_msfilter or group_filter. */
static int mcast_copy_filter(struct mcast_req *mr, int opt, sockptr_t val, unsigned int len)
{
	struct ip_msfilter msf;
	struct group_filter gf;

	if (len < mcast_filter_head(opt))
		return -EINVAL;
	if (opt == IP_MSFILTER) {
		if (copy_from_sockptr(&msf, val, MSFILTER_HLEN))
			return -EFAULT;
		mr->mr_group = msf.imsf_multiaddr;
		mr->mr_ifaddr.s_addr = msf.imsf_interface;
		mr->mr_fmode = msf.imsf_fmode;
		mr->mr_nsrc = msf.imsf_numsrc;
		return 0;
	}
	if (mcast_copy_generic(&gf, opt, val, GFILTER_HLEN))
		return -EFAULT;
	mr->mr_ifidx = gf.gf_interface;
	mr->mr_fmode = gf.gf_fmode;
	mr->mr_nsrc = gf.gf_numsrc;
	return mcast_get_sin(&gf.gf_group, &mr->mr_group) ? 0 : -EADDRNOTAVAIL;
}

/* IP_MULTICAST_IF */
static int set_mcast_if(struct inpcb *inp, const struct mcast_req *mr)
{
	unsigned int ifidx = 0;
	struct netstack ns;

	net_enter(&ns, NETSEC_USRREQ);
	if (mr->mr_ifidx || mr->mr_ifaddr.s_addr) {
		ifidx = mcast_ifidx(inp, mr);
		if (!ifidx) {
			net_leave(&ns);
			return -EADDRNOTAVAIL;
		}
	}
	in_pcblock(inp, &ns);
	inp->inp_mcast_ifidx = ifidx;
	inp->inp_mcast_src = mr->mr_ifaddr;
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	return 0;
}

/*
 * The interface of a request; rtnl held, so it does not go meanwhile. NULL: none
 * there, though *@ifidx may be known.
 */
static struct ifnet *mcast_ifp(const struct inpcb *inp, const struct mcast_req *mr,
			       unsigned int *ifidx)
{
	struct ifnet *ifp = NULL;
	struct netstack ns;

	net_enter(&ns, NETSEC_USRREQ);
	*ifidx = mcast_ifidx(inp, mr);
	if (*ifidx)
		ifp = if_lookup(*ifidx);
	net_leave(&ns);
	if (ifp && ifp->if_rdomain != inp->inp_rdomain)
		return NULL;
	return ifp;
}

/* Join, leave, or edit a filter by one sender. */
static int set_membership(struct inpcb *inp, int opt, const struct mcast_req *mr)
{
	const struct mcast_source_opt *so = mcast_source_opt(opt);
	bool join = opt == IP_ADD_MEMBERSHIP || opt == MCAST_JOIN_GROUP;
	unsigned int ifidx;
	struct ifnet *ifp;
	int error;

	if (!in_multicast(mr->mr_group))
		return -EINVAL;
	bsd_rtnl_lock();
	ifp = mcast_ifp(inp, mr, &ifidx);
	if (!join && !so)
		error = in_mship_leave(inp, ifidx, mr->mr_group);
	else if (!ifp)
		error = -ENODEV;
	else if (so)
		error = in_mship_source(inp, ifp, mr->mr_group, mr->mr_src, so->so_mode,
					so->so_add);
	else
		error = in_mship_join(inp, ifp, mr->mr_group, NULL);
	bsd_rtnl_unlock();
	return error;
}

/* Sender number @i behind the head of a filter. */
static int mcast_copy_sender(int opt, sockptr_t val, unsigned int i, __be32 *src)
{
	struct __kernel_sockaddr_storage ss;
	size_t at;

	if (opt == IP_MSFILTER) {
		at = MSFILTER_HLEN + i * sizeof(*src);
		return copy_from_sockptr_offset(src, val, at, sizeof(*src)) ? -EFAULT : 0;
	}
	at = mcast_filter_head(opt) + i * sizeof(ss);
	if (copy_from_sockptr_offset(&ss, val, at, sizeof(ss)))
		return -EFAULT;
	return mcast_get_sin(&ss, src) ? 0 : -EADDRNOTAVAIL;
}

static struct in_sources *mcast_copy_senders(int opt, sockptr_t val, const struct mcast_req *mr)
{
	struct in_sources *is = in_sources_alloc(mr->mr_fmode, mr->mr_nsrc, GFP_KERNEL);
	unsigned int i;
	__be32 src;
	int error;

	if (!is)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < mr->mr_nsrc; i++) {
		error = mcast_copy_sender(opt, val, i, &src);
		if (error) {
			kfree(is);
			return ERR_PTR(error);
		}
		in_sources_add(is, mr->mr_nsrc, src);
	}
	return is;
}

/* IP_MSFILTER, MCAST_MSFILTER */
static int set_filter(struct inpcb *inp, int opt, const struct mcast_req *mr, sockptr_t val,
		      unsigned int len)
{
	size_t one = opt == IP_MSFILTER ? sizeof(__be32) : sizeof(struct __kernel_sockaddr_storage);
	size_t head = mcast_filter_head(opt);
	struct in_sources *is;
	unsigned int ifidx;
	int error;

	if (mr->mr_nsrc > in_mcast_maxsrc())
		return -ENOBUFS;
	if (len < head + mr->mr_nsrc * one || !in_multicast(mr->mr_group) ||
	    (mr->mr_fmode != MCAST_INCLUDE && mr->mr_fmode != MCAST_EXCLUDE))
		return -EINVAL;
	is = mcast_copy_senders(opt, val, mr);
	if (IS_ERR(is))
		return PTR_ERR(is);
	bsd_rtnl_lock();
	error = mcast_ifp(inp, mr, &ifidx) ? in_mship_filter(inp, ifidx, mr->mr_group, is) :
					     -ENODEV;
	bsd_rtnl_unlock();
	if (error)
		kfree(is);
	return error;
}

/**
 * bsd_ip_mcast_setopt() - set one of these options
 * @inp: PCB
 * @opt: for which bsd_ip_mcast_is_opt() is true
 * @val: the option's structure, in user or kernel memory
 * @len: bytes of it
 *
 * Context: Process, not in a section. May sleep; takes rtnl.
 * Return:  0; -EINVAL, -EFAULT; -EADDRNOTAVAIL, -ENODEV: no such interface;
 *	    or what in_mship_join(), in_mship_leave(), in_mship_source() and
 *	    in_mship_filter() say.
 */
int bsd_ip_mcast_setopt(struct inpcb *inp, int opt, sockptr_t val, unsigned int len)
{
	struct mcast_req mr = { };
	int error;

	if (mcast_source_opt(opt))
		error = mcast_copy_source(&mr, opt, val, len);
	else if (opt == IP_MSFILTER || opt == MCAST_MSFILTER)
		error = mcast_copy_filter(&mr, opt, val, len);
	else if (mcast_is_generic(opt))
		error = mcast_copy_greq(&mr, opt, val, len);
	else
		error = mcast_copy_mreq(&mr, opt, val, len);
	if (error)
		return error;
	if (opt == IP_MULTICAST_IF)
		return set_mcast_if(inp, &mr);
	if (opt == IP_MSFILTER || opt == MCAST_MSFILTER)
		return set_filter(inp, opt, &mr, val, len);
	return set_membership(inp, opt, &mr);
}

/* Whom a socket hears, a copy; NULL in @is is all. */
static int get_filter(struct inpcb *inp, const struct mcast_req *mr, struct in_sources **is)
{
	struct in_sources *found;
	unsigned int ifidx;
	int error = -ENODEV;

	if (!in_multicast(mr->mr_group))
		return -EINVAL;
	bsd_rtnl_lock();
	if (mcast_ifp(inp, mr, &ifidx))
		error = in_mship_getfilter(inp, ifidx, mr->mr_group, &found);
	if (!error) {
		*is = NULL;
		if (found)
			*is = kmemdup(found, struct_size(found, is_src, found->is_n), GFP_KERNEL);
		if (found && !*is)
			error = -ENOMEM;
	}
	bsd_rtnl_unlock();
	return error;
}

/* The first @n senders, behind the head of a filter. */
static int mcast_put_senders(const struct in_sources *is, int opt, unsigned int n, sockptr_t val)
{
	struct __kernel_sockaddr_storage ss = { };
	struct sockaddr_in *sin = (struct sockaddr_in *)&ss;
	unsigned int i;

	if (opt == IP_MSFILTER)
		return n && copy_to_sockptr_offset(val, MSFILTER_HLEN, is->is_src,
						   n * sizeof(is->is_src[0])) ? -EFAULT : 0;
	sin->sin_family = AF_INET;
	for (i = 0; i < n; i++) {
		sin->sin_addr.s_addr = is->is_src[i];
		if (copy_to_sockptr_offset(val, mcast_filter_head(opt) + i * sizeof(ss), &ss,
					   sizeof(ss)))
			return -EFAULT;
	}
	return 0;
}

/* The mode and the number of senders there are, and the size of what was given. */
static int mcast_put_head(const struct mcast_req *mr, int opt, int size, sockptr_t val,
			  sockptr_t len)
{
	size_t at = opt == IP_MSFILTER ? offsetof(struct ip_msfilter, imsf_fmode) :
					 offsetof(struct group_filter, gf_fmode) -
					 mcast_shift(opt);
	u32 head[2] = { mr->mr_fmode, mr->mr_nsrc };

	if (copy_to_sockptr_offset(val, at, head, sizeof(head)) ||
	    copy_to_sockptr(len, &size, sizeof(size)))
		return -EFAULT;
	return 0;
}

/**
 * bsd_ip_mcast_getopt() - whom a socket wants to hear
 * @inp: PCB
 * @opt: IP_MSFILTER, MCAST_MSFILTER
 * @val: its structure; names group and interface, and the senders there is room for
 * @len: int: its size; size of what was given after
 *
 * Context: Process, not in a section. May sleep; takes rtnl.
 * Return:  0; -EINVAL, -EFAULT, -ENODEV, -ENOMEM; -EADDRNOTAVAIL: not joined;
 *	    -ENOPROTOOPT: another option.
 * Source:  RFC 3678 4.2.2, 5.2.2.
 */
int bsd_ip_mcast_getopt(struct inpcb *inp, int opt, sockptr_t val, sockptr_t len)
{
	size_t one = opt == IP_MSFILTER ? sizeof(__be32) : sizeof(struct __kernel_sockaddr_storage);
	size_t head = mcast_filter_head(opt);
	struct mcast_req mr = { };
	struct in_sources *is;
	int error, room;
	unsigned int n;

	if (opt != IP_MSFILTER && opt != MCAST_MSFILTER)
		return -ENOPROTOOPT;
	if (copy_from_sockptr(&room, len, sizeof(room)))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	error = mcast_copy_filter(&mr, opt, val, room);
	if (error)
		return error;
	n = min_t(size_t, mr.mr_nsrc, (room - head) / one);
	error = get_filter(inp, &mr, &is);
	if (error)
		return error;
	mr.mr_fmode = is ? is->is_mode : MCAST_EXCLUDE;
	mr.mr_nsrc = is ? is->is_n : 0;
	n = min(n, mr.mr_nsrc);
	error = mcast_put_senders(is, opt, n, val);
	if (!error)
		error = mcast_put_head(&mr, opt, head + n * one, val, len);
	kfree(is);
	return error;
}
