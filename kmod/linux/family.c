// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * family.c - the socket families that Linux knows us by.
 *
 * socket(2) -> here -> socreate(). AF_BSDINET is a number that Linux names but has
 * no code for; Linux allows no new ones.
 *
 * Context: process, no lock held.
 */
#include <bsdnet/subsys.h>
#include <bsdnet/protosw.h>
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/net_namespace.h>
#include <uapi/bsdnet/sock.h>

#include "sock_priv.h"

struct proto bsdnet_prot = {
	.name		= "BSDNET",
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct bsd_sock),
	BSDNET_PROTO_IOCTL(sosk_proto_ioctl)
};

/*
 * socket(2). Errors are those of Linux's IPv4: -ESOCKTNOSUPPORT for a type that has
 * no protocol, -EPROTONOSUPPORT for a protocol that the type has not.
 */
static int family_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct bsd_socket *so;
	struct sock *sk;
	kuid_t uid;
	int error;

	sock->state = SS_UNCONNECTED;
	if (!net_eq(net, &init_net))
		return -EAFNOSUPPORT;
	if (protocol < 0 || protocol >= IPPROTO_MAX)
		return -EINVAL;
	if (sock->type == SOCK_RAW) {
		if (!protocol)
			return -EPROTONOSUPPORT;
		if (!kern && !capable(CAP_NET_RAW))
			return -EPERM;
	}
	uid = kern ? GLOBAL_ROOT_UID : SOCK_INODE(sock)->i_uid;
	error = socreate(sock->type, protocol, uid, &so);
	if (error)
		return error;
	sk = sk_alloc(net, AF_BSDINET, GFP_KERNEL, &bsdnet_prot, kern);
	if (!sk) {
		soclose(so);
		return -ENOMEM;
	}
	sock->ops = sock->type == SOCK_STREAM ? &bsdnet_stream_ops : &bsdnet_dgram_ops;
#ifdef SOCK_CUSTOM_SOCKOPT
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
#endif
	sock_init_data(sock, sk);
	sosk_attach(sk, so);
	return 0;
}

static const struct net_proto_family bsdinet_family = {
	.family	= AF_BSDINET,
	.create	= family_create,
	.owner	= THIS_MODULE,
};

/**
 * family_init() - open the door: from here on programs make sockets
 *
 * Context: Process, at load, last of all.
 * Return:  0 or -errno, and then left nothing behind.
 */
int family_init(void)
{
	int error;

	error = proto_register(&bsdnet_prot, 1);
	if (error)
		return error;
	error = sock_register(&bsdinet_family);
	if (error)
		goto err_proto;
	return 0;

err_proto:
	proto_unregister(&bsdnet_prot);
	return error;
}

/**
 * family_exit() - close it; open sockets hold the module, so there are none
 *
 * Waits for the struct socks that RCU is about to free (SOCK_RCU_FREE).
 *
 * Context: Process, at unload, first of all.
 */
void family_exit(void)
{
	sock_unregister(AF_BSDINET);
	rcu_barrier();
	proto_unregister(&bsdnet_prot);
}
