// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_group.c - named groups of interfaces ("vio", "egress").
 *
 * Every interface is in the group of its name without the unit. A group has no
 * object of its own: it exists while an interface says that it is a member.
 * Context: configuration; rtnl held, netlock exclusive for the list.
 */
#include <bsdnet/if_var.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

/* A group's name is not empty, fits, and does not end like a unit (then it is an interface). */
static bool ifg_name_ok(const char *name)
{
	size_t len = strnlen(name, BSD_IFNAMSIZ);

	return len && len < BSD_IFNAMSIZ && !isdigit(name[len - 1]);
}

static struct ifg_member *ifg_find(const struct ifnet *ifp, const char *name)
{
	struct ifg_member *ifgm;

	list_for_each_entry(ifgm, &ifp->if_groups, ifgm_next) {
		if (!strncmp(ifgm->ifgm_name, name, BSD_IFNAMSIZ))
			return ifgm;
	}
	return NULL;
}

/**
 * if_ingroup() - is an interface a member of a group
 * @ifp:  interface
 * @name: group
 *
 * Context: rtnl held, or netlock.
 * Return:  true if it is.
 */
bool if_ingroup(const struct ifnet *ifp, const char *name)
{
	return ifg_find(ifp, name);
}

BSDNET_EXPORT(if_ingroup);

/**
 * if_addgroup() - put an interface into a group
 * @ifp:  attached
 * @name: group, not ending in a digit
 *
 * Context: rtnl held, netlock not; takes it exclusive.
 * Return:  0, -EINVAL for a bad name, -EEXIST, -ENOMEM.
 */
int if_addgroup(struct ifnet *ifp, const char *name)
{
	struct ifg_member *ifgm;

	bsd_rtnl_assert();
	if (!ifg_name_ok(name))
		return -EINVAL;
	if (ifg_find(ifp, name))
		return -EEXIST;
	ifgm = kzalloc(sizeof(*ifgm), GFP_KERNEL);
	if (!ifgm)
		return -ENOMEM;
	strscpy(ifgm->ifgm_name, name, sizeof(ifgm->ifgm_name));
	net_lock();
	list_add_tail(&ifgm->ifgm_next, &ifp->if_groups);
	net_unlock();
	return 0;
}

BSDNET_EXPORT(if_addgroup);

/**
 * if_delgroup() - take an interface out of a group
 * @ifp:  attached
 * @name: group
 *
 * Context: rtnl held, netlock not; takes it exclusive.
 * Return:  0, -ENOENT if it is not a member.
 */
int if_delgroup(struct ifnet *ifp, const char *name)
{
	struct ifg_member *ifgm;

	bsd_rtnl_assert();
	ifgm = ifg_find(ifp, name);
	if (!ifgm)
		return -ENOENT;
	net_lock();
	list_del(&ifgm->ifgm_next);
	net_unlock();
	kfree(ifgm);
	return 0;
}

BSDNET_EXPORT(if_delgroup);

/**
 * if_addgroup_name() - put a new interface into the group of its name
 * @ifp: not yet linked; "vio0" goes into "vio"
 *
 * Context: rtnl held.
 * Return:  0 or -ENOMEM.
 */
int if_addgroup_name(struct ifnet *ifp)
{
	struct ifg_member *ifgm;
	size_t len;

	ifgm = kzalloc(sizeof(*ifgm), GFP_KERNEL);
	if (!ifgm)
		return -ENOMEM;
	strscpy(ifgm->ifgm_name, ifp->if_xname, sizeof(ifgm->ifgm_name));
	len = strlen(ifgm->ifgm_name);
	while (len > 1 && isdigit(ifgm->ifgm_name[len - 1]))
		ifgm->ifgm_name[--len] = '\0';
	list_add_tail(&ifgm->ifgm_next, &ifp->if_groups);
	return 0;
}

/**
 * if_delgroups() - free all memberships of an interface that nobody sees
 * @ifp: not linked, no reader left
 *
 * Context: Process.
 */
void if_delgroups(struct ifnet *ifp)
{
	struct ifg_member *ifgm;
	struct ifg_member *next;

	list_for_each_entry_safe(ifgm, next, &ifp->if_groups, ifgm_next) {
		list_del(&ifgm->ifgm_next);
		kfree(ifgm);
	}
}
