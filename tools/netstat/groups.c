// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * groups.c - netstat -g: multicast groups that interfaces belong to, and the cache by
 * which multicasts are forwarded.
 */
#include "bsdnet.h"
#include "netstat.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#define MAXSENDERS	512
#define PIECE		64	/* entries an ioctl */

static void show_json(const struct bsd_ifmulti *ifm, const uint8_t (*senders)[4],
		      struct json_object *ja)
{
	struct json_object *jo = json_object_new_object();
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < ifm->ifm_count; i++)
		json_object_array_add(list, json_object_new_string(bn_addr(senders[i])));
	bn_json_str(jo, "interface", ifm->ifm_name);
	bn_json_str(jo, "group", bn_addr(ifm->ifm_group));
	bn_json_int(jo, "members", ifm->ifm_members);
	bn_json_str(jo, "mode", ifm->ifm_include ? "include" : "exclude");
	json_object_object_add(jo, "senders", list);
	json_object_array_add(ja, jo);
}

static void show_text(const struct bsd_ifmulti *ifm, const uint8_t (*senders)[4], bool numeric)
{
	unsigned int i;

	printf("%-12s %-18s %7u ", ifm->ifm_name, bn_name(ifm->ifm_group, numeric),
	       ifm->ifm_members);
	if (!ifm->ifm_count)
		printf(" all");
	else if (!ifm->ifm_include)
		printf(" all but");
	for (i = 0; i < ifm->ifm_count; i++)
		printf(" %s", bn_name(senders[i], numeric));
	printf("\n");
}

static void show_groups(struct json_object *ja, bool numeric)
{
	uint8_t senders[MAXSENDERS][4];
	unsigned int i, n;
	char (*names)[BSD_IFNAMSIZ] = bn_iflist(NULL, &n);

	if (!ja)
		printf("%-12s %-18s %7s  %s\n", "Name", "Group", "Members", "Senders");
	for (i = 0; i < n; i++) {
		struct bsd_ifmulti ifm = { .ifm_max = MAXSENDERS, .ifm_buf = (uintptr_t)senders };

		strcpy(ifm.ifm_name, names[i]);
		for (; !bn_ioctl(BSIOCGIFMULTI, &ifm); ifm.ifm_index++) {
			if (ja)
				show_json(&ifm, senders, ja);
			else
				show_text(&ifm, senders, numeric);
		}
		if (errno != EADDRNOTAVAIL && errno != ENXIO)
			bn_die("groups of %s: %s", names[i], strerror(errno));
	}
	free(names);
}

/* Name of a vif's interface. */
static const char *vif_name(const struct bsd_mfcs *mis, unsigned int vif)
{
	static char name[IF_NAMESIZE];

	return vif < BSD_MAXVIFS && mis->mis_vif[vif] && if_indextoname(mis->mis_vif[vif], name) ?
	       name : "-";
}

static void show_entry_json(const struct bsd_mfcs *mis, const struct bsd_mfcinfo *mi,
			    struct json_object *ja)
{
	struct json_object *jo = json_object_new_object();
	struct json_object *out = json_object_new_object();
	unsigned int i;

	for (i = 0; i < BSD_MAXVIFS; i++)
		if (mi->mi_ttls[i] < 255 && mis->mis_vif[i])
			bn_json_int(out, vif_name(mis, i), mi->mi_ttls[i]);
	bn_json_str(jo, "origin", bn_addr(mi->mi_origin));
	bn_json_str(jo, "group", bn_addr(mi->mi_group));
	bn_json_int(jo, "packets", mi->mi_packets);
	bn_json_int(jo, "bytes", mi->mi_bytes);
	bn_json_int(jo, "wrongif", mi->mi_wrongif);
	bn_json_str(jo, "in", vif_name(mis, mi->mi_parent));
	json_object_object_add(jo, "out", out);
	json_object_array_add(ja, jo);
}

static void show_entry(const struct bsd_mfcs *mis, const struct bsd_mfcinfo *mi, bool numeric)
{
	unsigned int i;

	printf("%-18s %-18s %10llu %7u %-10s", bn_name(mi->mi_origin, numeric),
	       bn_name(mi->mi_group, numeric), (unsigned long long)mi->mi_packets,
	       mi->mi_wrongif, vif_name(mis, mi->mi_parent));
	for (i = 0; i < BSD_MAXVIFS; i++)
		if (mi->mi_ttls[i] < 255 && mis->mis_vif[i])
			printf(" %s:%u", vif_name(mis, i), mi->mi_ttls[i]);
	printf("\n");
}

static void show_cache(unsigned int rdomain, struct json_object *ja, bool numeric)
{
	struct bsd_mfcinfo mi[PIECE];
	struct bsd_mfcs mis = { .mis_rdomain = rdomain, .mis_max = PIECE,
				.mis_buf = (uintptr_t)mi };
	unsigned int i;

	for (;;) {
		if (bn_ioctl(BSIOCGMFCS, &mis))
			bn_die("forwarding cache: %s", strerror(errno));
		if (!mis.mis_count)
			break;
		if (!ja && !mis.mis_after)
			printf("\n%-18s %-18s %10s %7s %-10s %s\n", "Origin", "Group", "Packets",
			       "WrongIf", "In", "Out:TTL");
		for (i = 0; i < mis.mis_count; i++) {
			if (ja)
				show_entry_json(&mis, &mi[i], ja);
			else
				show_entry(&mis, &mi[i], numeric);
		}
		mis.mis_after = mi[mis.mis_count - 1].mi_id;
	}
}

/* Multicast groups of all interfaces, and the forwarding cache of a domain. */
void netstat_groups(unsigned int rdomain, bool numeric, bool json)
{
	struct json_object *groups = json ? json_object_new_array() : NULL;
	struct json_object *cache = json ? json_object_new_array() : NULL;
	struct json_object *jo;

	show_groups(groups, numeric);
	show_cache(rdomain, cache, numeric);
	if (!json)
		return;
	jo = json_object_new_object();
	json_object_object_add(jo, "groups", groups);
	json_object_object_add(jo, "cache", cache);
	bn_json_print(jo);
}
