// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * routes.c - netstat -r and route show: a routing table.
 */
#include "bsdnet.h"
#include "netstat.h"

#include <stdlib.h>

static const struct {
	unsigned int	flag;
	char		letter;
} letters[] = {
	{ BSD_RTF_UP, 'U' }, { BSD_RTF_GATEWAY, 'G' }, { BSD_RTF_HOST, 'H' },
	{ BSD_RTF_REJECT, 'R' }, { BSD_RTF_DYNAMIC, 'D' }, { BSD_RTF_MODIFIED, 'M' },
	{ BSD_RTF_CLONING, 'C' }, { BSD_RTF_CLONED, 'c' }, { BSD_RTF_LLINFO, 'L' },
	{ BSD_RTF_STATIC, 'S' }, { BSD_RTF_BLACKHOLE, 'B' }, { BSD_RTF_LOCAL, 'l' },
	{ BSD_RTF_BROADCAST, 'b' }, { BSD_RTF_CONNECTED, 'n' }, { BSD_RTF_MPATH, 'P' },
};

static void flag_letters(unsigned int flags, char *buf)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(letters); i++)
		if (flags & letters[i].flag)
			*buf++ = letters[i].letter;
	*buf = '\0';
}

/* What stands in the gateway column. */
static const char *gateway(const struct bsd_rtmsg *rtm, bool numeric)
{
	if (rtm->rtm_flags & BSD_RTF_GATEWAY)
		return bn_name(rtm->rtm_gateway, numeric);
	if (rtm->rtm_flags & BSD_RTF_LLINFO)
		return rtm->rtm_llen ? bn_lladdr(rtm->rtm_lladdr) : "(incomplete)";
	return bn_addr(rtm->rtm_ifaddr);
}

void netstat_routes(unsigned int tableid, bool numeric, bool json)
{
	struct json_object *ja = json ? json_object_new_array() : NULL;
	unsigned int i, n;
	struct bsd_rtmsg *all = bn_routes(tableid, 0, &n);
	char flags[ARRAY_SIZE(letters) + 1];

	if (!json) {
		printf("Routing tables\n\nInternet:\n");
		printf("%-20s %-18s %-8s %6s %5s %s\n", "Destination", "Gateway", "Flags", "Mtu",
		       "Prio", "Iface");
	}
	for (i = 0; i < n; i++) {
		const struct bsd_rtmsg *rtm = &all[i];
		char mtu[12] = "-";

		flag_letters(rtm->rtm_flags, flags);
		if (json) {
			struct json_object *jo = json_object_new_object();

			bn_json_str(jo, "destination", bn_prefix(rtm->rtm_dst, rtm->rtm_plen));
			bn_json_int(jo, "prefixlen", rtm->rtm_plen);
			bn_json_str(jo, "gateway", gateway(rtm, true));
			bn_json_str(jo, "flags", flags);
			bn_json_int(jo, "priority", rtm->rtm_priority);
			bn_json_int(jo, "mtu", rtm->rtm_mtu);
			bn_json_int(jo, "expire", rtm->rtm_expire);
			bn_json_str(jo, "interface", rtm->rtm_ifname);
			json_object_array_add(ja, jo);
			continue;
		}
		if (rtm->rtm_mtu)
			snprintf(mtu, sizeof(mtu), "%u", rtm->rtm_mtu);
		printf("%-20s %-18s %-8s %6s %5u %s\n", bn_prefix(rtm->rtm_dst, rtm->rtm_plen),
		       gateway(rtm, numeric), flags, mtu, rtm->rtm_priority, rtm->rtm_ifname);
	}
	free(all);
	if (json)
		bn_json_print(ja);
}
