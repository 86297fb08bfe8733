// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * step.c - what netstart does, step by step: each is an applet of this program, run in
 * a child whose errors begin with the file and line they come from.
 */
#include "netstart.h"
#include "../ifconfig/ifconfig.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool ns_print;

/* A word as a shell reads it. */
static void print_word(const char *word)
{
	const char *c = word;

	while (isalnum((unsigned char)*c) || (*c && strchr("-_./:=,+@%", *c)))
		c++;
	if (c > word && !*c) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){ *word, '\0' }, stdout);
	putchar('\'');
}

static void print_applet(char **argv)
{
	fputs("bsdnet", stdout);
	for (; *argv; argv++) {
		putchar(' ');
		print_word(*argv);
	}
	putchar('\n');
}

/* Wait for a child; its exit status, or -1 if it did not end by itself. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bn_die("wait: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int count_words(char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

/* Run an applet's function, what it prints left out, errors named after @where. */
static bool run_applet(int (*applet)(int argc, char **argv), char **argv, const char *path,
		       unsigned int number)
{
	char where[PATH_MAX + 32];
	int fd, status;
	pid_t pid;

	if (number)
		snprintf(where, sizeof(where), "%s: %s:%u", bn_progname, path, number);
	else
		snprintf(where, sizeof(where), "%s: %s", bn_progname, path);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bn_die("fork: %s", strerror(errno));
	if (pid)
		return !wait_for(pid);
	bn_progname = where;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		bn_die("/dev/null: %s", strerror(errno));
	status = applet(count_words(argv), argv);
	exit(status);
}

/* This program's folder in front of PATH, so that commands find it as "bsdnet". */
static void set_path(void)
{
	const char *old = getenv("PATH") ?: "/usr/sbin:/usr/bin:/sbin:/bin";
	char self[PATH_MAX], *path;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return;
	self[n] = '\0';
	if (asprintf(&path, "%s:%s", dirname(self), old) < 0)
		bn_die("out of memory");
	setenv("PATH", path, 1);
	free(path);
}

static bool run_shell(const struct ns_if *ni, const struct ns_line *nl)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bn_die("fork: %s", strerror(errno));
	if (!pid) {
		set_path();
		execl("/bin/sh", "sh", "-c", nl->nl_command, NULL);
		bn_die("/bin/sh: %s", strerror(errno));
	}
	status = wait_for(pid);
	if (status > 0)
		bn_warn("%s:%u: the command's exit status is %d", ni->ni_path, nl->nl_number,
			status);
	else if (status)
		bn_warn("%s:%u: the command was killed", ni->ni_path, nl->nl_number);
	return !status;
}

static bool exists(const char *ifname)
{
	return bn_ifindex(ifname);
}

/* Whether @name is a component of the path of the device that @ifname sits on. */
static bool sits_on(const char *ifname, const char *name)
{
	char path[PATH_MAX], real[PATH_MAX], *part, *rest;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", ifname);
	if (!realpath(path, real))
		return false;
	for (part = strtok_r(real, "/", &rest); part; part = strtok_r(NULL, "/", &rest))
		if (!strcmp(part, name))
			return true;
	return false;
}

/*
 * The interface is there. A device named by its bus must be the one it sits on; Linux's
 * name of one that we have is gone, so only one that is there tells of a mistake.
 */
static bool attached_right(const struct ns_if *ni)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/net/%s", ni->ni_device);
	if (strncmp(ni->ni_device, "virtio", 6) && !strchr(ni->ni_device, ':') &&
	    access(path, F_OK))
		return true;
	if (sits_on(ni->ni_name, ni->ni_device))
		return true;
	bn_warn("%s:%u: %s is there already, and is another device than %s", ni->ni_path,
		ni->ni_device_line, ni->ni_name, ni->ni_device);
	return false;
}

/*
 * The name that a device of @name's kind would get: drivers give the lowest free number.
 */
static bool is_next(const char *name)
{
	size_t stem = strcspn(name, "0123456789");
	unsigned int unit = strtoul(name + stem, NULL, 10), i;
	char other[BSD_IFNAMSIZ * 2];

	for (i = 0; i < unit; i++) {
		snprintf(other, sizeof(other), "%.*s%u", (int)stem, name, i);
		if (!exists(other))
			return false;
	}
	return true;
}

/* Take the interface's NIC from Linux, if that is not done yet. */
bool ns_attach(struct ns_if *ni)
{
	char *argv[3] = { "attach", ni->ni_device, NULL };

	if (ns_print) {
		print_applet(argv);
		return true;
	}
	if (exists(ni->ni_name))
		return attached_right(ni);
	if (!is_next(ni->ni_name)) {
		bn_warn("%s:%u: %s would not become %s: a lower number is free", ni->ni_path,
			ni->ni_device_line, ni->ni_device, ni->ni_name);
		return false;
	}
	if (!run_applet(attach_main, argv, ni->ni_path, ni->ni_device_line))
		return false;
	if (exists(ni->ni_name))
		return true;
	bn_warn("%s:%u: %s did not become %s", ni->ni_path, ni->ni_device_line, ni->ni_device,
		ni->ni_name);
	return false;
}

/* Make a pseudo interface, if it is not there yet. */
bool ns_create(struct ns_if *ni)
{
	char *argv[4] = { "ifconfig", ni->ni_name, "create", NULL };

	if (ns_print) {
		print_applet(argv);
		return true;
	}
	return exists(ni->ni_name) || run_applet(ifconfig_main, argv, ni->ni_path, 0);
}

/* Whether ifconfig understands a line; nothing is changed. */
bool ns_line_check(struct ns_if *ni, const struct ns_line *nl)
{
	return !nl->nl_argv || run_applet(ifconfig_check, nl->nl_argv, ni->ni_path, nl->nl_number);
}

bool ns_line_run(struct ns_if *ni, const struct ns_line *nl)
{
	if (ns_print) {
		if (nl->nl_argv)
			print_applet(nl->nl_argv);
		else
			puts(nl->nl_command);
		return true;
	}
	if (!nl->nl_argv)
		return run_shell(ni, nl);
	return run_applet(ifconfig_main, nl->nl_argv, ni->ni_path, nl->nl_number);
}

/* The default route of table 0, or false. */
static bool default_route(struct in_addr *gateway)
{
	bool found = false;
	unsigned int i, n;
	struct bsd_rtmsg *all = bn_routes(0, 2, &n);

	for (i = 0; i < n && !found; i++) {
		found = !all[i].rtm_plen && all[i].rtm_flags & BSD_RTF_STATIC &&
			all[i].rtm_flags & BSD_RTF_GATEWAY;
		if (found)
			memcpy(gateway, all[i].rtm_gateway, sizeof(*gateway));
	}
	free(all);
	return found;
}

bool ns_gateway(const char *path, struct in_addr gateway)
{
	char *argv[6] = { "route", "-n", "add", "default", (char *)bn_addr(&gateway), NULL };
	struct in_addr old;

	if (ns_print) {
		print_applet(argv);
		return true;
	}
	if (default_route(&old)) {
		if (old.s_addr == gateway.s_addr)
			return true;
		argv[2] = "change";
	}
	return run_applet(route_main, argv, path, 0);
}
