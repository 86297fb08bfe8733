// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sock_ioctl.c - ioctl(2) on our sockets: queue lengths, and BSIOC* of
 * <bsdnet/ioctl.h> for the tools.
 *
 * Arguments are copied to kernel memory first and back at the end; between, no
 * user memory is touched but the buffers that a request points to.
 *
 * Context: system call, no lock held.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/counters.h>
#include <bsdnet/if_var.h>
#include <bsdnet/ip_mroute.h>
#include <bsdnet/protosw.h>
#include <bsdnet/route.h>
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/sockios.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/bsdnet/ioctl.h>
#include <uapi/bsdnet/version.h>
#include <asm/ioctls.h>

#include "sock_priv.h"

#define BSIOC_MAXARG	256	/* bytes of the largest argument, rounded up */
#define BSIOC_MAXPCBS	256	/* PCBs a call */

/* Numbers of the groups of requests. */
#define BSIOC_IF_FIRST	2
#define BSIOC_IF_LAST	38
#define BSIOC_RT_FIRST	40
#define BSIOC_RT_LAST	49

static_assert(sizeof(struct bsd_ifreq) <= BSIOC_MAXARG);
static_assert(sizeof(struct bsd_ifaddreq) <= BSIOC_MAXARG);
static_assert(sizeof(struct bsd_mfcs) <= BSIOC_MAXARG);
static_assert(sizeof(struct bsd_rtdump) <= BSIOC_MAXARG);
static_assert(sizeof(struct bsd_tcpdrop) <= BSIOC_MAXARG);
static_assert(offsetofend(struct bsd_pcbinfo, pi_id) == BSD_PCBINFO_SIZE1);
static_assert(sizeof(struct bsd_pcbinfo) % sizeof(u64) == 0);

/* BSIOCGCOUNTERS: one group; one that nobody registered yet is empty and nameless. */
static int bsioc_counters(struct bsd_counters *bcs)
{
	struct bsd_counter __user *to = u64_to_user_ptr(bcs->bcs_buf);
	const struct counter_desc *desc;
	const char *name;
	unsigned int group;
	unsigned int i;
	unsigned int n;

	if (bcs->bcs_group >= CG_MAX)
		return -ENOENT;
	group = array_index_nospec(bcs->bcs_group, CG_MAX);
	name = counter_group_name(group);
	memset(bcs->bcs_name, 0, sizeof(bcs->bcs_name));
	if (name)
		strscpy(bcs->bcs_name, name, sizeof(bcs->bcs_name));
	n = name ? min(bcs->bcs_max, counter_group_size(group)) : 0;
	for (i = 0; i < n; i++) {
		unsigned int id = COUNTER_FIRST(group) + i;
		struct bsd_counter bc = {};

		desc = counter_describe(id);
		if (desc && desc->cd_name) {
			strscpy(bc.bc_name, desc->cd_name, sizeof(bc.bc_name));
			strscpy(bc.bc_text, desc->cd_text, sizeof(bc.bc_text));
		}
		bc.bc_value = counter_read(id);
		if (copy_to_user(to + i, &bc, sizeof(bc)))
			return -EFAULT;
	}
	bcs->bcs_count = n;
	return 0;
}

/* BSIOCGPCBS: a piece of one protocol's PCBs. */
static int bsioc_pcbs(struct bsd_pcbs *pis)
{
	u32 size = pis->pis_size ? min_t(u32, pis->pis_size, sizeof(struct bsd_pcbinfo)) :
				   BSD_PCBINFO_SIZE1;
	u32 max = min_t(u32, pis->pis_max, BSIOC_MAXPCBS);
	u8 __user *to = u64_to_user_ptr(pis->pis_buf);
	struct bsd_pcbinfo *buf;
	int n = 0;
	int i;

	if (size < BSD_PCBINFO_SIZE1)
		return -EINVAL;
	if (max) {
		buf = kvcalloc(max, sizeof(*buf), GFP_KERNEL);
		if (!buf)
			return -ENOMEM;
		n = in_pcb_dump(pis->pis_proto, pis->pis_after, buf, max);
		for (i = 0; i < n; i++) {
			if (copy_to_user(to + (size_t)i * size, &buf[i], size)) {
				n = -EFAULT;
				break;
			}
		}
		kvfree(buf);
		if (n < 0)
			return n;
	}
	pis->pis_count = n;
	pis->pis_size = size;
	return 0;
}

/* A request with its argument @data in kernel memory. */
static int bsioc_dispatch(unsigned int cmd, void *data)
{
	unsigned int nr = _IOC_NR(cmd);

	switch (cmd) {
	case BSIOCGABI:
		*(u32 *)data = BSDNET_ABI;
		return 0;
	case BSIOCGCOUNTERS:
		return bsioc_counters(data);
	case BSIOCGPCBS:
		return bsioc_pcbs(data);
	case BSIOCGMFCS:
		return mrt_dump(data);
	case BSIOCTCPDROP:
		if (!ns_capable(&init_user_ns, CAP_NET_ADMIN))
			return -EPERM;
		return bsd_tcp_dropconn(data);
	}
	if (nr >= BSIOC_IF_FIRST && nr <= BSIOC_IF_LAST)
		return if_ioctl(cmd, data, ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN));
	if (nr >= BSIOC_RT_FIRST && nr <= BSIOC_RT_LAST)
		return route_ioctl(cmd, data, ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN));
	return -ENOTTY;
}

/**
 * bsioc() - BSIOC*: copy in, do it, copy out
 * @cmd: request
 * @arg: user pointer
 *
 * The capability is asked for without an audit record, because most requests do not
 * need it.
 *
 * Context: Process, no lock held.
 * Return:  0 or -errno; -ENOTTY: no such request.
 */
int bsioc(unsigned int cmd, void __user *arg)
{
	u64 data[BSIOC_MAXARG / sizeof(u64)];
	unsigned int size = _IOC_SIZE(cmd);
	int error;

	if (size > sizeof(data))
		return -ENOTTY;
	memset(data, 0, size);
	if ((_IOC_DIR(cmd) & _IOC_WRITE) && copy_from_user(data, arg, size))
		return -EFAULT;
	error = bsioc_dispatch(cmd, data);
	if (error)
		return error;
	if ((_IOC_DIR(cmd) & _IOC_READ) && copy_to_user(arg, data, size))
		return -EFAULT;
	return 0;
}

/* Bytes of the next datagram, or of a stream; 0 if there is none. */
static int sosk_inq(struct bsd_socket *so)
{
	struct sockbuf *sb = &so->so_rcv;
	int len = 0;

	if (so->so_proto->pr_flags & PR_CONNREQUIRED)
		return so_beforemark(so);
	spin_lock(&sb->sb_lock);
	if (sb->sb_ml.ml_head)
		len = sb->sb_ml.ml_head->m_pkthdr.len;
	spin_unlock(&sb->sb_lock);
	return len;
}

/**
 * sosk_proto_ioctl() - queue lengths and the mark, also for io_uring
 * @sk:   socket
 * @cmd:  SIOCINQ, SIOCOUTQ or, of a stream, SIOCATMARK
 * @karg: out
 *
 * Context: Process, no lock held.
 * Return:  0, -ENOTTY for other commands: -ENOIOCTLCMD would send them on to Linux's
 *	    own interfaces.
 */
int sosk_proto_ioctl(struct sock *sk, int cmd, int *karg)
{
	struct bsd_socket *so = sosk_so(sk);

	sosk_sync(sk, so);
	switch (cmd) {
	case SIOCINQ:
		*karg = sosk_inq(so);
		return 0;
	case SIOCOUTQ:
		*karg = READ_ONCE(so->so_snd.sb_cc);
		return 0;
	case SIOCATMARK:
		if (!(so->so_proto->pr_flags & PR_CONNREQUIRED))
			return -ENOTTY;
		*karg = soatmark(so);
		return 0;
	default:
		return -ENOTTY;
	}
}

/**
 * sosk_ioctl() - ioctl(2)
 * @sock: socket
 * @cmd:  BSIOC*, SIOCINQ, SIOCOUTQ, SIOCATMARK; SIOCGETVIFCNT, SIOCGETSGCNT
 * @arg:  user pointer
 *
 * Context: Process, no lock held.
 * Return:  0 or -errno; -ENOTTY for commands that do not exist here.
 */
int sosk_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	int val;
	int error;

	if (mrt_is_ioctl(cmd))
		return mrt_ioctl(sosk_so(sock->sk), cmd, (void __user *)arg);
	if (_IOC_TYPE(cmd) == 'i')
		return bsioc(cmd, (void __user *)arg);
	error = sosk_proto_ioctl(sock->sk, cmd, &val);
	if (error)
		return error;
	return put_user(val, (int __user *)arg);
}
