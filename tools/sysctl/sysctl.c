// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sysctl.c - knobs by the names that BSD users know.
 *
 * net.inet.ip.forwarding is the file ip/forwarding below /sys/kernel/bsdnet; a
 * few BSD names differ from ours and stand in a table.
 */
#include "bsdnet.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
	"sysctl [--json] [-n] [-a | NAME[=VALUE] ...]\n"
	"\n"
	"NAME: net.inet.ip.forwarding, net.inet.udp.recvspace, net.bsdnet.softnet.threads ...\n";

/* BSD's name where it is not simply net.inet.SUBSYSTEM.KNOB. */
static const struct {
	const char	*name;
	const char	*path;
} aliases[] = {
	{ "net.isr.dispatch",		"softnet/dispatch" },
	{ "net.isr.maxthreads",		"softnet/threads" },
	{ "net.inet.ip.arptimeout",	"arp/timeout" },
	{ "net.inet.ip.portfirst",	"pcb/port_first" },
	{ "net.inet.ip.portlast",	"pcb/port_last" },
	{ "net.inet.ip.portrange.first", "pcb/port_first" },
	{ "net.inet.ip.portrange.last",	"pcb/port_last" },
	{ "net.inet.ip.maxqueue",	"ip/maxfragpackets" },
	{ "net.inet.icmp.icmplim",	"icmp/errppslimit" },
	{ "kern.ipc.maxsockbuf",	"socket/maxbuf" },
	{ "kern.ipc.somaxconn",		"socket/somaxconn" },
	{ "kern.somaxconn",		"socket/somaxconn" },
};

/* File of a name; false if it has none. */
static bool name_to_path(const char *name, char *path, size_t size)
{
	const char *rest = name;
	unsigned int i;
	char *dot;

	for (i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (strcmp(name, aliases[i].name))
			continue;
		snprintf(path, size, BN_SYSFS "/%s", aliases[i].path);
		return !access(path, F_OK);
	}
	if (!strncmp(name, "net.inet.", 9))
		rest += 9;
	else if (!strncmp(name, "net.bsdnet.", 11))
		rest += 11;
	else
		return false;
	if (strchr(rest, '/') || strstr(rest, ".."))
		return false;
	snprintf(path, size, BN_SYSFS "/%s", rest);
	for (dot = path + strlen(BN_SYSFS) + 1; (dot = strchr(dot, '.')); )
		*dot = '/';
	return !access(path, F_OK);
}

static void show(const char *name, const char *path, bool bare, struct json_object *jo)
{
	char val[4096];

	if (bn_sysfs_read(path, val, sizeof(val)) < 0)
		bn_die("%s: %s", name, strerror(errno));
	if (jo)
		bn_json_str(jo, name, val);
	else if (bare)
		printf("%s\n", val);
	else
		printf("%s=%s\n", name, val);
}

/* Every file below @path, named net.bsdnet.x.y or net.inet.x.y. */
static void show_all(const char *path, const char *name, bool bare, struct json_object *jo)
{
	struct dirent **list;
	int i, n = scandir(path, &list, NULL, alphasort);

	if (n < 0)
		bn_die("the stack is not loaded (insmod bsdnet.ko, or make load)");
	for (i = 0; i < n; i++) {
		char subpath[PATH_MAX + NAME_MAX + 2], subname[512];
		struct stat st;

		snprintf(subpath, sizeof(subpath), "%s/%s", path, list[i]->d_name);
		snprintf(subname, sizeof(subname), "%s.%s", name, list[i]->d_name);
		if (list[i]->d_name[0] == '.' || stat(subpath, &st))
			st.st_mode = 0;
		free(list[i]);
		if (S_ISDIR(st.st_mode))
			show_all(subpath, subname, bare, jo);
		else if (S_ISREG(st.st_mode))
			show(subname, subpath, bare, jo);
	}
	free(list);
}

static void set(char *name, const char *val, bool bare, struct json_object *jo)
{
	char path[PATH_MAX], old[4096];

	if (!name_to_path(name, path, sizeof(path)))
		bn_die("%s: no such knob", name);
	if (bn_sysfs_read(path, old, sizeof(old)) < 0)
		bn_die("%s: %s", name, strerror(errno));
	if (bn_sysfs_write(path, val))
		bn_die("%s: %s", name, errno == EINVAL ? "invalid value" :
		       errno == EACCES ? "read-only, or permission denied" : strerror(errno));
	if (jo)
		show(name, path, bare, jo);
	else if (!bare)
		printf("%s: %s -> %s\n", name, old, val);
}

int sysctl_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	struct json_object *jo = json ? json_object_new_object() : NULL;
	bool all = false, bare = false;
	char path[PATH_MAX];
	char *equals;
	int c;

	while ((c = getopt(argc, argv, "an")) != -1) {
		if (c == 'a')
			all = true;
		else if (c == 'n')
			bare = true;
		else
			bn_usage(false, usage);
	}
	if (all || optind == argc)
		show_all(BN_SYSFS, "net.bsdnet", bare, jo);
	for (; optind < argc; optind++) {
		equals = strchr(argv[optind], '=');
		if (equals) {
			*equals = '\0';
			set(argv[optind], equals + 1, bare, jo);
			continue;
		}
		if (!name_to_path(argv[optind], path, sizeof(path)))
			bn_die("%s: no such knob", argv[optind]);
		show(argv[optind], path, bare, jo);
	}
	if (json)
		bn_json_print(jo);
	return 0;
}
