// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_clone.c - interfaces made and destroyed by name ("pair0").
 *
 * A cloner is registered by its module; asking for an unknown one loads
 * "bsdnet-if-<name>". The mutex here is held while an interface is made or
 * destroyed, so that the same name is never at both; it is outside rtnl, which
 * the functions of a cloner take themselves.
 * Context: process, without rtnl and netlock.
 */
#include <bsdnet/if_clone.h>
#include <bsdnet/if_var.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/mutex.h>
#include <linux/string.h>

static DEFINE_MUTEX(if_clone_mtx);	/* outside rtnl */
static LIST_HEAD(if_cloners);		/* [if_clone_mtx] */

/**
 * if_clone_parse() - split an interface's name into cloner and unit
 * @name:  up to BSD_IFNAMSIZ bytes: lower-case letters, then maybe a number
 *	   without leading zeroes, at most IF_UNIT_MAX
 * @base:  out: the letters, BSD_IFNAMSIZ bytes
 * @unitp: out: the number, or -1: none given
 *
 * Context: Any.
 * Return:  0 or -EINVAL.
 */
int if_clone_parse(const char *name, char *base, int *unitp)
{
	size_t len = strnlen(name, BSD_IFNAMSIZ);
	size_t n = 0;
	int unit = 0;

	if (len == BSD_IFNAMSIZ)
		return -EINVAL;
	while (n < len && islower(name[n])) {
		base[n] = name[n];
		n++;
	}
	base[n] = '\0';
	if (!n)
		return -EINVAL;
	*unitp = -1;
	if (n == len)
		return 0;
	if (name[n] == '0' && n + 1 != len)
		return -EINVAL;
	for (; n < len; n++) {
		if (!isdigit(name[n]))
			return -EINVAL;
		unit = unit * 10 + (name[n] - '0');
		if (unit > IF_UNIT_MAX)
			return -EINVAL;
	}
	*unitp = unit;
	return 0;
}

BSDNET_EXPORT(if_clone_parse);

static struct if_clone *if_clone_find(const char *base)
{
	struct if_clone *ifc;

	lockdep_assert_held(&if_clone_mtx);
	list_for_each_entry(ifc, &if_cloners, ifc_list) {
		if (!strcmp(ifc->ifc_name, base))
			return ifc;
	}
	return NULL;
}

/* Is the name free? Only cloners make such names, so the mutex keeps it so. */
static bool if_clone_free_name(const char *name)
{
	struct ifnet *ifp = if_get_byname(name);

	if_put(ifp);
	return !ifp;
}

/* Lowest unit whose name is free, or -ENOSPC. */
static int if_clone_unit(const char *base, char *name)
{
	int unit;

	for (unit = 0; unit <= IF_UNIT_MAX; unit++) {
		if (snprintf(name, BSD_IFNAMSIZ, "%s%d", base, unit) >= BSD_IFNAMSIZ)
			return -ENOSPC;
		if (if_clone_free_name(name))
			return unit;
	}
	return -ENOSPC;
}

/* Mutex held: make @base's unit @unit and take hold of the module for it. */
static int if_clone_make(struct if_clone *ifc, unsigned int unit)
{
	struct ifnet *ifp;
	int error;

	if (!try_module_get(ifc->ifc_owner))
		return -ENXIO;
	error = ifc->ifc_create(ifc, unit, &ifp);
	if (error) {
		module_put(ifc->ifc_owner);
		return error;
	}
	bsd_rtnl_lock();
	ifp->if_cloner = ifc;
	ifp->if_owner = ifc->ifc_owner;
	WRITE_ONCE(ifp->if_xflags, ifp->if_xflags | BSD_IFXF_CLONED);
	bsd_rtnl_unlock();
	return 0;
}

/* Mutex held. The interface's death also lets go of its module. */
static int if_clone_unmake(struct ifnet *ifp)
{
	struct module *owner = ifp->if_owner;
	int error;

	error = ifp->if_cloner->ifc_destroy(ifp);
	if (!error)
		module_put(owner);
	return error;
}

/**
 * if_clone_create() - make an interface by name
 * @name: in: "pair0", or "pair" for the lowest free unit; out: its name;
 *	  BSD_IFNAMSIZ bytes
 *
 * Loads the module that has the cloner if need be.
 *
 * Context: Process, without rtnl and netlock; sleeps.
 * Return:  0; -EINVAL for a name that cannot be; -ENXIO if no such cloner;
 *	    -EEXIST; or the cloner's error.
 */
int if_clone_create(char *name)
{
	char base[BSD_IFNAMSIZ];
	struct if_clone *ifc;
	int error;
	int unit;

	error = if_clone_parse(name, base, &unit);
	if (error)
		return error;
	mutex_lock(&if_clone_mtx);
	ifc = if_clone_find(base);
	if (!ifc) {
		/* The module's init takes the mutex. */
		mutex_unlock(&if_clone_mtx);
		request_module("bsdnet-if-%s", base);
		mutex_lock(&if_clone_mtx);
		ifc = if_clone_find(base);
	}
	error = -ENXIO;
	if (!ifc)
		goto out;
	if (unit < 0) {
		unit = if_clone_unit(base, name);
		error = unit;
		if (unit < 0)
			goto out;
	} else if (!if_clone_free_name(name)) {
		error = -EEXIST;
		goto out;
	}
	error = if_clone_make(ifc, unit);
out:
	mutex_unlock(&if_clone_mtx);
	return error;
}

BSDNET_EXPORT(if_clone_create);

/* Mutex held: an interface that a cloner made. It stays: only we destroy those. */
static struct ifnet *if_clone_made(const char *name)
{
	struct ifnet *ifp;

	bsd_rtnl_lock();
	ifp = if_lookup_byname(name);
	if (ifp && !ifp->if_cloner)
		ifp = ERR_PTR(-EPERM);
	bsd_rtnl_unlock();
	return ifp ? ifp : ERR_PTR(-ENXIO);
}

/**
 * if_clone_destroy() - destroy an interface by name
 * @name: "pair0"
 *
 * Context: Process, without rtnl and netlock; sleeps.
 * Return:  0; -ENXIO if there is none; -EPERM if no cloner made it (hardware,
 *	    lo0); or the cloner's error.
 */
int if_clone_destroy(const char *name)
{
	struct ifnet *ifp;
	int error;

	mutex_lock(&if_clone_mtx);
	ifp = if_clone_made(name);
	error = IS_ERR(ifp) ? PTR_ERR(ifp) : if_clone_unmake(ifp);
	mutex_unlock(&if_clone_mtx);
	return error;
}

BSDNET_EXPORT(if_clone_destroy);

/**
 * if_clone_attach() - register a cloner
 * @ifc: static object of BSDNET_IF_CLONE()
 *
 * Context: Process, without rtnl and netlock.
 * Return:  0 or -EEXIST.
 */
int if_clone_attach(struct if_clone *ifc)
{
	int error = -EEXIST;

	mutex_lock(&if_clone_mtx);
	if (!if_clone_find(ifc->ifc_name)) {
		list_add_tail(&ifc->ifc_list, &if_cloners);
		error = 0;
	}
	mutex_unlock(&if_clone_mtx);
	return error;
}

BSDNET_EXPORT(if_clone_attach);

/* Mutex held: any interface of @ifc, or NULL. */
static struct ifnet *if_clone_any(const struct if_clone *ifc)
{
	struct ifnet *found = NULL;
	struct ifnet *ifp;

	bsd_rtnl_lock();
	list_for_each_entry(ifp, &ifnetlist, if_list) {
		if (ifp->if_cloner == ifc) {
			found = ifp;
			break;
		}
	}
	bsd_rtnl_unlock();
	return found;
}

/**
 * if_clone_detach() - take a cloner back
 * @ifc: registered; its remaining interfaces (there are none if they hold its
 *	 module) are destroyed
 *
 * Context: Process, without rtnl and netlock; sleeps.
 */
void if_clone_detach(struct if_clone *ifc)
{
	struct ifnet *ifp;

	mutex_lock(&if_clone_mtx);
	list_del(&ifc->ifc_list);
	while ((ifp = if_clone_any(ifc))) {
		if (if_clone_unmake(ifp)) {
			pr_err("bsdnet: %s: is in use and stays\n", ifp->if_xname);
			break;
		}
	}
	mutex_unlock(&if_clone_mtx);
}

BSDNET_EXPORT(if_clone_detach);
