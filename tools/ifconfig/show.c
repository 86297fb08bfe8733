// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * show.c - list interfaces in OpenBSD's form or as JSON.
 */
#include "bsdnet.h"
#include "ifconfig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	unsigned int	 flag;
	const char	*name;
} flag_names[] = {
	{ BSD_IFF_UP, "UP" }, { BSD_IFF_BROADCAST, "BROADCAST" }, { BSD_IFF_DEBUG, "DEBUG" },
	{ BSD_IFF_LOOPBACK, "LOOPBACK" }, { BSD_IFF_POINTOPOINT, "POINTOPOINT" },
	{ BSD_IFF_STATICARP, "STATICARP" }, { BSD_IFF_RUNNING, "RUNNING" },
	{ BSD_IFF_NOARP, "NOARP" }, { BSD_IFF_PROMISC, "PROMISC" },
	{ BSD_IFF_ALLMULTI, "ALLMULTI" }, { BSD_IFF_SIMPLEX, "SIMPLEX" },
	{ BSD_IFF_LINK0, "LINK0" }, { BSD_IFF_LINK1, "LINK1" }, { BSD_IFF_LINK2, "LINK2" },
	{ BSD_IFF_MULTICAST, "MULTICAST" },
};

/* "UP,BROADCAST,...", and of @xflags what can be switched */
void ifconfig_flags(unsigned int flags, unsigned int xflags, char *buf, unsigned int size)
{
	unsigned int i, n = 0;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag && n < size)
			n += snprintf(buf + n, size - n, "%s%s", n ? "," : "", flag_names[i].name);
	if (xflags & BSD_IFXF_LRO && n < size)
		snprintf(buf + n, size - n, "%sLRO", n ? "," : "");
}

/* What one interface is; filled by several ioctls. */
struct ifinfo {
	char			 name[BSD_IFNAMSIZ];
	unsigned int		 flags;
	unsigned int		 xflags;
	unsigned int		 llprio;
	struct bsd_if_data	 data;
	uint8_t			 lladdr[8];
	char			 descr[BSD_IFDESCRSIZE];
	char			 peer[BSD_IFNAMSIZ];
	char			 qdisc[BSD_IFNAMSIZ];	/* of its transmit queues, "": none */
	struct bsd_ifqueues	 queues;	/* of hardware; 0 queues: none */
	char			(*groups)[BSD_IFNAMSIZ];
	unsigned int		 ngroups;
	struct bsd_ifaddreq	*addrs;
	unsigned int		 naddrs;
};

/* One value of an interface; false if it has none or is gone. */
static bool get(struct bsd_ifreq *ifr, const char *name, unsigned long cmd)
{
	memset(ifr, 0, sizeof(*ifr));
	snprintf(ifr->bifr_name, sizeof(ifr->bifr_name), "%s", name);
	return !bn_ioctl(cmd, ifr);
}

static void get_addrs(struct ifinfo *ii)
{
	struct bsd_ifaddreq ra;

	for (;;) {
		memset(&ra, 0, sizeof(ra));
		strcpy(ra.ifra_name, ii->name);
		ra.ifra_family = AF_INET;
		ra.ifra_index = ii->naddrs;
		if (bn_ioctl(BSIOCGIFADDRS, &ra))
			return;
		ii->addrs = realloc(ii->addrs, (ii->naddrs + 1) * sizeof(ra));
		if (!ii->addrs)
			bn_die("out of memory");
		ii->addrs[ii->naddrs++] = ra;
	}
}

static void get_peer(struct ifinfo *ii)
{
	struct bsd_ifreq ifr, peer;
	unsigned int i, n;
	char (*names)[BSD_IFNAMSIZ];

	if (!get(&ifr, ii->name, BSIOCGIFPAIR) || !ifr.bifru_pair)
		return;
	names = bn_iflist(NULL, &n);
	for (i = 0; i < n; i++)
		if (get(&peer, names[i], BSIOCGIFDATA) &&
		    peer.bifru_data.ifi_index == ifr.bifru_pair)
			strcpy(ii->peer, names[i]);
	free(names);
}

/* False: the interface is gone. */
static bool get_all(struct ifinfo *ii, const char *name)
{
	struct bsd_iflist ifl = { .ifl_max = 32 };
	struct bsd_ifreq ifr;

	memset(ii, 0, sizeof(*ii));
	snprintf(ii->name, sizeof(ii->name), "%s", name);
	if (!get(&ifr, name, BSIOCGIFFLAGS))
		return false;
	ii->flags = ifr.bifru_value;
	if (get(&ifr, name, BSIOCGIFXFLAGS))
		ii->xflags = ifr.bifru_value;
	ii->llprio = get(&ifr, name, BSIOCGIFLLPRIO) ? ifr.bifru_value : BSD_IFQ_DEFPRIO;
	if (!get(&ifr, name, BSIOCGIFDATA))
		return false;
	ii->data = ifr.bifru_data;
	if (get(&ifr, name, BSIOCGIFLLADDR))
		memcpy(ii->lladdr, ifr.bifru_lladdr, sizeof(ii->lladdr));
	if (get(&ifr, name, BSIOCGIFDESCR))
		memcpy(ii->descr, ifr.bifru_descr, sizeof(ii->descr));
	ii->descr[sizeof(ii->descr) - 1] = '\0';
	get_peer(ii);
	if (get(&ifr, name, BSIOCGIFQDISC))
		memcpy(ii->qdisc, ifr.bifru_group, sizeof(ii->qdisc));
	strcpy(ii->queues.ifqs_name, ii->name);
	if (bn_ioctl(BSIOCGIFQUEUES, &ii->queues))
		ii->queues.ifqs_queues = 0;
	snprintf(ifl.ifl_group, sizeof(ifl.ifl_group), "%s", name);
	ii->groups = bn_alloc(ifl.ifl_max, BSD_IFNAMSIZ);
	ifl.ifl_buf = (uintptr_t)ii->groups;
	if (!bn_ioctl(BSIOCGIFGROUPS, &ifl))
		ii->ngroups = ifl.ifl_count < ifl.ifl_max ? ifl.ifl_count : ifl.ifl_max;
	get_addrs(ii);
	return true;
}

static const char *link_text(unsigned int state)
{
	switch (state) {
	case BSD_LINK_STATE_UP:
		return "active";
	case BSD_LINK_STATE_DOWN:
		return "no carrier";
	default:
		return "unknown";
	}
}

static void print_text(const struct ifinfo *ii)
{
	char flags[160];
	unsigned int i;

	ifconfig_flags(ii->flags, ii->xflags, flags, sizeof(flags));
	printf("%s: flags=%x<%s>", ii->name, ii->flags, flags);
	if (ii->data.ifi_rdomain)
		printf(" rdomain %u", ii->data.ifi_rdomain);
	printf(" mtu %u\n", ii->data.ifi_mtu);
	if (ii->data.ifi_type == BSD_IFT_ETHER)
		printf("\tlladdr %s\n", bn_lladdr(ii->lladdr));
	if (ii->descr[0])
		printf("\tdescription: %s\n", ii->descr);
	printf("\tindex %u", ii->data.ifi_index);
	if (ii->llprio != BSD_IFQ_DEFPRIO)
		printf(" llprio %u", ii->llprio);
	putchar('\n');
	if (ii->peer[0])
		printf("\tpatch: %s\n", ii->peer);
	if (ii->qdisc[0])
		printf("\tqdisc: %s\n", ii->qdisc);
	if (ii->queues.ifqs_queues)
		printf("\tqueues: %u of %u, rxring %u of %u, txring %u of %u\n",
		       ii->queues.ifqs_queues, ii->queues.ifqs_maxqueues, ii->queues.ifqs_rxring,
		       ii->queues.ifqs_maxrxring, ii->queues.ifqs_txring,
		       ii->queues.ifqs_maxtxring);
	if (ii->ngroups) {
		printf("\tgroups:");
		for (i = 0; i < ii->ngroups; i++)
			printf(" %s", ii->groups[i]);
		putchar('\n');
	}
	if (ii->data.ifi_type == BSD_IFT_ETHER)
		printf("\tstatus: %s\n", link_text(ii->data.ifi_link_state));
	for (i = 0; i < ii->naddrs; i++) {
		const struct bsd_ifaddreq *ra = &ii->addrs[i];
		unsigned int plen = ra->ifra_plen;

		printf("\tinet %s", bn_addr(ra->ifra_addr));
		if (ra->ifra_hasdst && ii->flags & BSD_IFF_POINTOPOINT)
			printf(" --> %s", bn_addr(ra->ifra_dst));
		printf(" netmask 0x%08x", plen ? ~0U << (32 - plen) : 0);
		if (ra->ifra_hasdst && ii->flags & BSD_IFF_BROADCAST)
			printf(" broadcast %s", bn_addr(ra->ifra_dst));
		printf("%s\n", ra->ifra_flags & 1 ? " duplicated" : "");
	}
}

static struct json_object *queues_json(const struct bsd_ifqueues *q)
{
	struct json_object *jo = json_object_new_object();

	bn_json_int(jo, "queues", q->ifqs_queues);
	bn_json_int(jo, "maxqueues", q->ifqs_maxqueues);
	bn_json_int(jo, "rxring", q->ifqs_rxring);
	bn_json_int(jo, "maxrxring", q->ifqs_maxrxring);
	bn_json_int(jo, "txring", q->ifqs_txring);
	bn_json_int(jo, "maxtxring", q->ifqs_maxtxring);
	return jo;
}

static struct json_object *make_json(const struct ifinfo *ii)
{
	struct json_object *jo = json_object_new_object();
	struct json_object *ja = json_object_new_array();
	char flags[160];
	unsigned int i;

	ifconfig_flags(ii->flags, ii->xflags, flags, sizeof(flags));
	bn_json_str(jo, "name", ii->name);
	bn_json_int(jo, "index", ii->data.ifi_index);
	bn_json_str(jo, "flags", flags);
	bn_json_int(jo, "mtu", ii->data.ifi_mtu);
	bn_json_int(jo, "rdomain", ii->data.ifi_rdomain);
	bn_json_str(jo, "status", link_text(ii->data.ifi_link_state));
	if (ii->data.ifi_type == BSD_IFT_ETHER)
		bn_json_str(jo, "lladdr", bn_lladdr(ii->lladdr));
	if (ii->llprio != BSD_IFQ_DEFPRIO)
		bn_json_int(jo, "llprio", ii->llprio);
	bn_json_str(jo, "description", ii->descr);
	if (ii->peer[0])
		bn_json_str(jo, "patch", ii->peer);
	if (ii->qdisc[0])
		bn_json_str(jo, "qdisc", ii->qdisc);
	if (ii->queues.ifqs_queues)
		json_object_object_add(jo, "hardware", queues_json(&ii->queues));
	for (i = 0; i < ii->ngroups; i++)
		json_object_array_add(ja, json_object_new_string(ii->groups[i]));
	json_object_object_add(jo, "groups", ja);
	ja = json_object_new_array();
	for (i = 0; i < ii->naddrs; i++) {
		const struct bsd_ifaddreq *ra = &ii->addrs[i];
		struct json_object *addr = json_object_new_object();

		bn_json_str(addr, "family", "inet");
		bn_json_str(addr, "address", bn_addr(ra->ifra_addr));
		bn_json_int(addr, "prefixlen", ra->ifra_plen);
		if (ra->ifra_hasdst)
			bn_json_str(addr, ii->flags & BSD_IFF_POINTOPOINT ? "peer" : "broadcast",
				    bn_addr(ra->ifra_dst));
		bn_json_bool(addr, "duplicated", ra->ifra_flags & 1);
		json_object_array_add(ja, addr);
	}
	json_object_object_add(jo, "addresses", ja);
	return jo;
}

void ifconfig_show(const char *which, bool json)
{
	struct json_object *ja = json ? json_object_new_array() : NULL;
	char (*names)[BSD_IFNAMSIZ] = NULL;
	char one[1][BSD_IFNAMSIZ];
	unsigned int i, n = 0;
	struct ifinfo ii;

	if (which && bn_ifindex(which)) {
		snprintf(one[0], sizeof(one[0]), "%s", which);
		n = 1;
	} else {
		names = bn_iflist(which, &n);
		if (which && !n)
			bn_die("%s: no such interface", which);
	}
	for (i = 0; i < n; i++) {
		if (!get_all(&ii, names ? names[i] : one[0]))
			continue;
		if (json)
			json_object_array_add(ja, make_json(&ii));
		else
			print_text(&ii);
		free(ii.groups);
		free(ii.addrs);
	}
	free(names);
	if (json)
		bn_json_print(ja);
}
