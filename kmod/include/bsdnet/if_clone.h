/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * if_clone.h - devices made by name: "ifconfig pair0 create".
 *
 * One static object a device: BSDNET_IF_CLONE(pair, pair_create, pair_destroy);
 * ifconfig asks for "bsdnet-if-pair", which loads the module by its alias. Each
 * live interface holds its module.
 */
#ifndef _BSDNET_IF_CLONE_H
#define _BSDNET_IF_CLONE_H

#include <linux/list.h>
#include <linux/module.h>

struct ifnet;

/* Registered for the module's life; ifc_list under the cloner mutex of if_clone.c. */
struct if_clone {
	struct list_head	 ifc_list;
	const char		*ifc_name;	/* [I] "pair" */
	/* Cloner mutex held, rtnl not. Makes and attaches unit @unit, 0 or -errno. */
	int			(*ifc_create)(struct if_clone *ifc, unsigned int unit,
					      struct ifnet **ifpp);	/* [I] */
	/* Cloner mutex held, rtnl not. Detaches and frees; -errno: it stays. */
	int			(*ifc_destroy)(struct ifnet *ifp);	/* [I] */
	struct module		*ifc_owner;	/* [I] NULL: part of bsdnet.ko, dies with it */
};

#define BSDNET_IF_CLONE(name, create, destroy)			\
	MODULE_ALIAS("bsdnet-if-" #name);			\
	static struct if_clone name##_cloner = {		\
		.ifc_name = #name,				\
		.ifc_create = (create),				\
		.ifc_destroy = (destroy),			\
		.ifc_owner = THIS_MODULE,			\
	}

int if_clone_attach(struct if_clone *ifc);
void if_clone_detach(struct if_clone *ifc);
int if_clone_create(char *name);
int if_clone_destroy(const char *name);
int if_clone_parse(const char *name, char *base, int *unitp);

#endif /* _BSDNET_IF_CLONE_H */
