// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * run.c - run an unmodified program with its IPv4 sockets on this stack.
 *
 * The work is done by libbsdnet-run.so (preload.c), which stands beside this
 * program or, installed, in the library folder.
 */
#include "bsdnet.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY	"libbsdnet-run.so"

static const char usage[] =
	"run [-T RTABLE] PROGRAM [ARGUMENTS]\n"
	"\n"
	"IPv4 sockets of PROGRAM and its children become sockets of this stack: streams,\n"
	"datagrams and raw ones. Exit status: PROGRAM's; 126 or 127 if it could not be started.\n";

static const char *find_library(void)
{
	static char path[PATH_MAX + sizeof(LIBRARY) + 16];
	static const char *const folders[] = { "", "/../lib/bsdnet", "/../lib" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	unsigned int i;
	char *dir;

	if (n < 0)
		bn_die("/proc/self/exe: %s", strerror(errno));
	self[n] = '\0';
	dir = dirname(self);
	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s%s/" LIBRARY, dir, folders[i]);
		if (!access(path, R_OK))
			return path;
	}
	bn_die("%s is not beside the program", LIBRARY);
}

int run_main(int argc, char **argv)
{
	const char *old = getenv("LD_PRELOAD");
	char value[PATH_MAX * 2];

	argv++;
	argc--;
	if (argc && !strcmp(argv[0], "--help"))
		bn_usage(true, usage);
	if (argc > 1 && !strcmp(argv[0], "-T")) {
		bn_number("-T", argv[1], 0, 255);
		setenv("BSDNET_RTABLE", argv[1], 1);
		argv += 2;
		argc -= 2;
	}
	if (!argc || argv[0][0] == '-')
		bn_usage(false, usage);
	bn_ctl();	/* says so if the stack is not loaded */
	snprintf(value, sizeof(value), "%s%s%s", find_library(), old ? ":" : "", old ? old : "");
	setenv("LD_PRELOAD", value, 1);
	execvp(argv[0], argv);
	bn_warn("%s: %s", argv[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
