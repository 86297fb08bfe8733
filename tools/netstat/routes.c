// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * routes.c - netstat -r and route show: a routing table.
 */
#include "bsdnet.h"
#include "netstat.h"

#include <stdio.h>

static const struct {
	unsigned int	flag;
	char		letter;
} letters[] = {
	{ BSD_RTF_UP, 'U' }, { BSD_RTF_GATEWAY, 'G' }, { BSD_RTF_HOST, 'H' },
	{ BSD_RTF_REJECT, 'R' }, { BSD_RTF_DYNAMIC, 'D' }, { BSD_RTF_MODIFIED, 'M' },
	{ BSD_RTF_CLONING, 'C' }, { BSD_RTF_CLONED, 'c' }, { BSD_RTF_LLINFO, 'L' },
	{ BSD_RTF_STATIC, 'S' }, { BSD_RTF_BLACKHOLE, 'B' }, { BSD_RTF_LOCAL, 'l' },
	{ BSD_RTF_BROADCAST, 'b' }, { BSD_RTF_CONNECTED, 'n' }, { BSD_RTF_MPATH, 'P' },
	{ BSD_RTF_ANNOUNCE, 'p' },
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

/* How the listing is made, and how many routes are in it. */
struct listing {
	bool		numeric;
	unsigned int	n;
};

static void show_json(const struct bsd_rtmsg *rtm, void *arg)
{
	struct json_object *jo = json_object_new_object();
	char flags[ARRAY_SIZE(letters) + 1];
	struct listing *l = arg;

	flag_letters(rtm->rtm_flags, flags);
	bn_json_str(jo, "destination", bn_prefix(rtm->rtm_dst, rtm->rtm_plen));
	bn_json_int(jo, "prefixlen", rtm->rtm_plen);
	bn_json_str(jo, "gateway", gateway(rtm, true));
	bn_json_str(jo, "flags", flags);
	bn_json_int(jo, "priority", rtm->rtm_priority);
	bn_json_int(jo, "mtu", rtm->rtm_mtu);
	bn_json_int(jo, "expire", rtm->rtm_expire);
	bn_json_int(jo, "weight", rtm->rtm_weight);
	if (rtm->rtm_label[0])
		bn_json_str(jo, "label", rtm->rtm_label);
	bn_json_str(jo, "interface", rtm->rtm_ifname);
	printf("%s\n  %s", l->n++ ? "," : "",
	       json_object_to_json_string_ext(jo, JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(jo);
}

static void show_text(const struct bsd_rtmsg *rtm, void *arg)
{
	char flags[ARRAY_SIZE(letters) + 1];
	const struct listing *l = arg;
	char mtu[12] = "-";

	flag_letters(rtm->rtm_flags, flags);
	if (rtm->rtm_mtu)
		snprintf(mtu, sizeof(mtu), "%u", rtm->rtm_mtu);
	printf("%-20s %-18s %-8s %6s %5u %s\n", bn_prefix(rtm->rtm_dst, rtm->rtm_plen),
	       gateway(rtm, l->numeric), flags, mtu, rtm->rtm_priority, rtm->rtm_ifname);
}

/* One line after the other: a table may have a million. */
void netstat_routes(unsigned int tableid, bool numeric, bool json)
{
	struct listing l = { .numeric = numeric };

	if (json) {
		putchar('[');
		bn_each_route(tableid, 0, show_json, &l);
		printf("%s]\n", l.n ? "\n" : "");
		return;
	}
	printf("Routing tables\n\nInternet:\n");
	printf("%-20s %-18s %-8s %6s %5s %s\n", "Destination", "Gateway", "Flags", "Mtu",
	       "Prio", "Iface");
	bn_each_route(tableid, 0, show_text, &l);
}
