// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * arp.c - show and change the neighbour table; arguments as OpenBSD's arp(8).
 */
#include "bsdnet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARP_PERMANENT	1
#define ARP_PUBLISH	2
#define MAXWORDS	5	/* in a line: HOST MAC temp permanent pub */

static const char usage[] =
	"arp [--json] [-n] [-V RTABLE] -a | HOST\n"
	"       arp [-V RTABLE] -d HOST | -d -a\n"
	"       arp [-V RTABLE] -s HOST MAC [temp | permanent] [pub]\n"
	"       arp [-V RTABLE] -f FILE\n";

/* An entry to be made, and the line of a file that wants it. */
struct entry {
	struct bsd_arpreq	en_req;
	unsigned int		en_line;
};

static void show(const char *host, unsigned int tableid, bool numeric, bool json)
{
	struct json_object *ja = json ? json_object_new_array() : NULL;
	unsigned int i, n, shown = 0;
	struct bsd_rtmsg *all = bn_routes(tableid, 1, &n);
	struct in_addr want = {};

	if (host && !bn_resolve(host, &want))
		bn_die("%s: no such host", host);
	if (!json)
		printf("%-24s %-18s %-8s %8s %s\n", "Host", "Ethernet Address", "Netif", "Expire",
		       "Flags");
	for (i = 0; i < n; i++) {
		const struct bsd_rtmsg *rtm = &all[i];
		const char *mac = rtm->rtm_llen ? bn_lladdr(rtm->rtm_lladdr) : "(incomplete)";
		bool permanent = rtm->rtm_flags & BSD_RTF_STATIC;
		bool published = rtm->rtm_flags & BSD_RTF_ANNOUNCE;
		char expire[16] = "permanent";
		struct json_object *jo;

		if (host && memcmp(rtm->rtm_dst, &want, sizeof(want)))
			continue;
		shown++;
		if (json) {
			jo = json_object_new_object();
			bn_json_str(jo, "address", bn_addr(rtm->rtm_dst));
			if (rtm->rtm_llen)
				bn_json_str(jo, "lladdr", mac);
			bn_json_str(jo, "interface", rtm->rtm_ifname);
			bn_json_bool(jo, "permanent", permanent);
			bn_json_bool(jo, "published", published);
			bn_json_bool(jo, "refused", rtm->rtm_flags & BSD_RTF_REJECT);
			bn_json_int(jo, "expire", rtm->rtm_expire);
			json_object_array_add(ja, jo);
			continue;
		}
		if (!permanent)
			snprintf(expire, sizeof(expire), "%us", rtm->rtm_expire);
		printf("%-24s %-18s %-8s %8s %s%s\n", bn_name(rtm->rtm_dst, numeric), mac,
		       rtm->rtm_ifname, expire, rtm->rtm_flags & BSD_RTF_REJECT ? "R" : "",
		       published ? "p" : "");
	}
	free(all);
	if (json)
		bn_json_print(ja);
	if (host && !shown)
		bn_die("%s: no entry", host);
}

static void delete_one(struct in_addr addr, unsigned int tableid)
{
	struct bsd_arpreq ar = { .arpr_tableid = tableid };

	memcpy(ar.arpr_addr, &addr, sizeof(addr));
	if (bn_ioctl(BSIOCDELARP, &ar))
		bn_die("%s: %s", bn_addr(&addr),
		       errno == ESRCH || errno == ENOENT ? "no entry" : strerror(errno));
}

static void delete_all(unsigned int tableid)
{
	unsigned int i, n;
	struct bsd_rtmsg *all = bn_routes(tableid, 1, &n);

	for (i = 0; i < n; i++) {
		struct bsd_arpreq ar = { .arpr_tableid = tableid };

		memcpy(ar.arpr_addr, all[i].rtm_dst, sizeof(ar.arpr_addr));
		if (bn_ioctl(BSIOCDELARP, &ar) && errno != ESRCH && errno != ENOENT)
			bn_die("%s: %s", bn_addr(all[i].rtm_dst), strerror(errno));
	}
	free(all);
}

/*
 * HOST MAC [temp | permanent] [pub]: what entry is that? NULL: @ar has it, else what is
 * wrong, to be freed.
 */
static char *parse_entry(char **argv, struct bsd_arpreq *ar)
{
	bool temp = false, permanent = false;
	struct in_addr addr;
	char *wrong = NULL;

	if (!argv[1])
		wrong = bn_format("%s: no MAC address", argv[0]);
	else if (!bn_resolve(argv[0], &addr))
		wrong = bn_format("%s: no such host", argv[0]);
	else if (!bn_parse_lladdr(argv[1], ar->arpr_lladdr))
		wrong = bn_format("'%s' is not a MAC address", argv[1]);
	else if (ar->arpr_lladdr[0] & 1)
		wrong = bn_format("'%s' is the MAC address of a group", argv[1]);
	if (wrong)
		return wrong;
	memcpy(ar->arpr_addr, &addr, sizeof(addr));
	for (argv += 2; *argv; argv++) {
		if (!strcmp(*argv, "temp"))
			temp = true;
		else if (!strcmp(*argv, "permanent"))
			permanent = true;
		else if (!strcmp(*argv, "pub"))
			ar->arpr_flags |= ARP_PUBLISH;
		else
			return bn_format("'%s': unknown word", *argv);
	}
	if (temp && permanent)
		return bn_format("either temp or permanent");
	if (!temp)
		ar->arpr_flags |= ARP_PERMANENT;
	return NULL;
}

/* Why the kernel did not make an entry. */
static const char *refusal(void)
{
	return errno == ENETUNREACH ? "not on a connected network" : strerror(errno);
}

static void set(char **argv, unsigned int tableid)
{
	struct bsd_arpreq ar = { .arpr_tableid = tableid };
	char *wrong;

	if (!argv[0] || !argv[1])
		bn_usage(false, usage);
	wrong = parse_entry(argv, &ar);
	if (wrong)
		bn_die("%s", wrong);
	if (bn_ioctl(BSIOCSETARP, &ar))
		bn_die("%s: %s", bn_addr(ar.arpr_addr), refusal());
}

/* A line of a file: an entry, none, or what is wrong with it, to be freed. */
static char *parse_line(char *text, size_t len, struct bsd_arpreq *ar, bool *none)
{
	char *words[MAXWORDS + 1];
	unsigned int n = 0;
	char *word;

	if (strlen(text) != len)
		return bn_format("not text");
	text[strcspn(text, "#")] = '\0';
	for (word = strtok(text, " \t\r\n"); word; word = strtok(NULL, " \t\r\n")) {
		if (n == MAXWORDS)
			return bn_format("'%s': too many words", word);
		words[n++] = word;
	}
	words[n] = NULL;
	*none = !n;
	return n ? parse_entry(words, ar) : NULL;
}

/* The entries of a file. Every line that is wrong is told; then there are none. */
static struct entry *read_entries(const char *path, unsigned int tableid, unsigned int *np)
{
	unsigned int line = 0, n = 0, room = 0, errors = 0;
	struct entry *all = NULL;
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		bn_die("%s: %s", path, strerror(errno));
	while ((len = getline(&text, &size, f)) >= 0) {
		bool none = false;
		char *wrong;

		if (n == room) {
			room = room ? 2 * room : 64;
			all = reallocarray(all, room, sizeof(*all));
			if (!all)
				bn_die("out of memory");
		}
		all[n] = (struct entry){ .en_req.arpr_tableid = tableid, .en_line = ++line };
		wrong = parse_line(text, len, &all[n].en_req, &none);
		if (wrong) {
			bn_warn("%s:%u: %s", path, line, wrong);
			free(wrong);
			errors++;
		}
		n += !none;
	}
	if (ferror(f))
		bn_die("%s: %s", path, strerror(errno));
	if (errors)
		bn_die("%s: nothing was changed", path);
	free(text);
	fclose(f);
	*np = n;
	return all;
}

/* Make all entries of a file. What the kernel refuses is told, the others are made. */
static int set_file(const char *path, unsigned int tableid)
{
	unsigned int i, n, refused = 0;
	struct entry *all = read_entries(path, tableid, &n);

	for (i = 0; i < n; i++) {
		if (!bn_ioctl(BSIOCSETARP, &all[i].en_req))
			continue;
		bn_warn("%s:%u: %s: %s", path, all[i].en_line, bn_addr(all[i].en_req.arpr_addr),
			refusal());
		refused++;
	}
	if (refused)
		bn_warn("%s: %u of %u entries were made", path, n - refused, n);
	free(all);
	return refused ? 1 : 0;
}

int arp_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	bool all = false, del = false, add = false, numeric = false;
	const char *file = NULL;
	unsigned int tableid = 0;
	struct in_addr addr;
	int c;

	while ((c = getopt(argc, argv, "+adf:nsV:")) != -1) {
		switch (c) {
		case 'a':
			all = true;
			break;
		case 'd':
			del = true;
			break;
		case 'f':
			file = optarg;
			break;
		case 's':
			add = true;
			break;
		case 'n':
			numeric = true;
			break;
		case 'V':
			tableid = bn_number("-V", optarg, 0, 255);
			break;
		default:
			bn_usage(false, usage);
		}
	}
	argv += optind;
	if (file) {
		if (all || del || add || argv[0])
			bn_usage(false, usage);
		return set_file(file, tableid);
	}
	if (add) {
		set(argv, tableid);
	} else if (del && all) {
		delete_all(tableid);
	} else if (del) {
		if (!argv[0])
			bn_usage(false, usage);
		if (!bn_resolve(argv[0], &addr))
			bn_die("%s: no such host", argv[0]);
		delete_one(addr, tableid);
	} else if (all || argv[0]) {
		show(argv[0], tableid, numeric, json);
	} else {
		bn_usage(false, usage);
	}
	return 0;
}
