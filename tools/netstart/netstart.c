// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * netstart.c - start the interfaces that have a file hostname.IF, as OpenBSD's
 * netstart(8) does.
 *
 * All files are read and checked before the first change. Then NICs are attached and
 * pseudo interfaces made, so that each may name the others; then lines are carried out,
 * hardware first; then comes the default route. An interface whose file is wrong is
 * left alone, the others are started all the same.
 */
#include "netstart.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"netstart [-n] [-d FOLDER] [INTERFACE ...]\n"
	"\n"
	"Starts all interfaces that have a file hostname.INTERFACE in /etc/bsdnet, or those\n"
	"given, and sets the default route of mygate.\n"
	"  -d FOLDER   instead of /etc/bsdnet\n"
	"  -n          only print what would be done\n";

static struct ns_if *ifs;
static unsigned int nifs;

/* "vio0": letters, then a number, nothing else. */
static bool is_ifname(const char *s)
{
	size_t stem = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return stem && s[stem] && !s[stem + strspn(s + stem, "0123456789")] &&
	       strlen(s) < BSD_IFNAMSIZ;
}

static void add_interface(const char *dir, const char *name)
{
	struct ns_if *ni;

	ifs = realloc(ifs, (nifs + 1) * sizeof(*ifs));
	if (!ifs)
		bn_die("out of memory");
	ni = &ifs[nifs++];
	memset(ni, 0, sizeof(*ni));
	snprintf(ni->ni_name, sizeof(ni->ni_name), "%s", name);
	if (asprintf(&ni->ni_path, "%s/hostname.%s", dir, name) < 0)
		bn_die("out of memory");
}

/* Every file of the folder; names that are no interface's, editors' copies, are not. */
static void add_all(const char *dir)
{
	struct dirent *de;
	DIR *d = opendir(dir);

	if (!d)
		bn_die("%s: %s", dir, strerror(errno));
	while ((de = readdir(d)))
		if (!strncmp(de->d_name, "hostname.", 9) && is_ifname(de->d_name + 9))
			add_interface(dir, de->d_name + 9);
	closedir(d);
}

/* Hardware before pseudo interfaces, then by kind, then by number. */
static int compare(const void *va, const void *vb)
{
	const struct ns_if *a = va, *b = vb;

	if (!a->ni_device != !b->ni_device)
		return !a->ni_device - !b->ni_device;
	return strverscmp(a->ni_name, b->ni_name);
}

static void check(struct ns_if *ni)
{
	unsigned int i;

	ni->ni_bad = !ns_read(ni);
	for (i = 0; i < ni->ni_nlines && !ni->ni_bad; i++)
		ni->ni_bad = !ns_line_check(ni, &ni->ni_lines[i]);
}

static bool start_all(void)
{
	bool good = true;
	unsigned int i, n;

	for (i = 0; i < nifs; i++)
		if (!ifs[i].ni_bad)
			ifs[i].ni_bad = !(ifs[i].ni_device ? ns_attach : ns_create)(&ifs[i]);
	for (i = 0; i < nifs; i++) {
		/* What is refused here does not keep the other lines from being done. */
		for (n = 0; n < ifs[i].ni_nlines && !ifs[i].ni_bad; n++)
			good &= ns_line_run(&ifs[i], &ifs[i].ni_lines[n]);
		good &= !ifs[i].ni_bad;
	}
	return good;
}

int netstart_main(int argc, char **argv)
{
	const char *dir = NS_DIR;
	struct in_addr gateway;
	bool good = true;
	char *mygate;
	unsigned int i;
	int n = 1;

	bn_options(&argc, argv, usage);
	for (; n < argc && argv[n][0] == '-'; n++) {
		if (!strcmp(argv[n], "-n"))
			ns_print = true;
		else if (!strcmp(argv[n], "-d") && argv[n + 1])
			dir = argv[++n];
		else
			bn_usage(false, usage);
	}
	for (i = n; i < (unsigned int)argc; i++) {
		if (!is_ifname(argv[i]))
			bn_die("'%s' is not the name of an interface", argv[i]);
		add_interface(dir, argv[i]);
	}
	if (n == argc)
		add_all(dir);
	if (!ns_print)
		bn_ctl();	/* says so if the stack is not loaded */
	for (i = 0; i < nifs; i++)
		check(&ifs[i]);
	if (asprintf(&mygate, "%s/mygate", dir) < 0)
		bn_die("out of memory");
	good = ns_read_gateway(mygate, &gateway);
	if (nifs)
		qsort(ifs, nifs, sizeof(*ifs), compare);
	good &= start_all();
	if (gateway.s_addr)
		good &= ns_gateway(mygate, gateway);
	return good ? 0 : 1;
}
