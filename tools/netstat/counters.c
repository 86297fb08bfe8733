// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * counters.c - netstat -s and -m: counters of protocols, threads, locks, memory.
 */
#include "bsdnet.h"
#include "netstat.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* The single-value files of /sys/kernel/bsdnet/@dir as members of @jo, or printed. */
static void sysfs_values(const char *dir, struct json_object *jo)
{
	char path[512], val[4096];
	struct dirent **list;
	int i, n;

	snprintf(path, sizeof(path), BN_SYSFS "/%s", dir);
	n = scandir(path, &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), BN_SYSFS "/%s/%s", dir, list[i]->d_name);
		if (list[i]->d_type == DT_REG && bn_sysfs_read(path, val, sizeof(val)) >= 0 &&
		    !strchr(val, '\n')) {
			if (jo)
				bn_json_str(jo, list[i]->d_name, val);
			else
				printf("\t%s: %s\n", list[i]->d_name, val);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

/* One softnet thread a line: packets, batches, wakeups, polls. */
static void softnet_threads(struct json_object *jo)
{
	char path[64];
	unsigned int cpu;

	/* Numbers may have gaps: processors that are not there. */
	for (cpu = 0; cpu < 4096; cpu++) {
		struct json_object *thread = NULL;
		DIR *dir;

		snprintf(path, sizeof(path), BN_SYSFS "/softnet/%u", cpu);
		dir = opendir(path);
		if (!dir)
			continue;
		closedir(dir);
		snprintf(path, sizeof(path), "softnet/%u", cpu);
		if (jo)
			thread = json_object_new_object();
		else
			printf("softnet/%u:\n", cpu);
		sysfs_values(path, thread);
		snprintf(path, sizeof(path), "%u", cpu);
		if (jo)
			json_object_object_add(jo, path, thread);
	}
}

/* Groups whose numbers are partly in sysfs. */
static void extra(const char *group, struct json_object *jo)
{
	struct json_object *threads;

	if (!strcmp(group, "netlock") || !strcmp(group, "mbuf")) {
		sysfs_values(group, jo);
	} else if (!strcmp(group, "softnet")) {
		threads = jo ? json_object_new_object() : NULL;
		softnet_threads(threads);
		if (jo)
			json_object_object_add(jo, "threads", threads);
	}
}

void netstat_counters(const char *proto, bool json)
{
	struct json_object *all = json ? json_object_new_object() : NULL;
	struct bsd_counter *bc;
	bool found = false;
	unsigned int g, i, n;
	char name[16];

	for (g = 0; (bc = bn_counters(g, name, &n)); g++) {
		struct json_object *jo = NULL;

		if (proto && strcmp(proto, name)) {
			free(bc);
			continue;
		}
		found = true;
		if (json)
			jo = json_object_new_object();
		else
			printf("%s:\n", name);
		for (i = 0; i < n; i++) {
			if (json)
				bn_json_int(jo, bc[i].bc_name, bc[i].bc_value);
			else
				printf("\t%llu %s\n", (unsigned long long)bc[i].bc_value,
				       bc[i].bc_text);
		}
		extra(name, jo);
		if (json)
			json_object_object_add(all, name, jo);
		free(bc);
	}
	if (!found)
		bn_die("%s: no such protocol; netstat -s lists all", proto ? proto : "-");
	if (json)
		bn_json_print(all);
}

void netstat_memory(bool json)
{
	netstat_counters("mbuf", json);
}
