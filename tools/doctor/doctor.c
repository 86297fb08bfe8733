// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * doctor.c - what stands in the way of a first session, a line a check: the list of
 * checks and how findings are printed. Nothing is changed.
 */
#include "doctor.h"

#include <string.h>
#include <unistd.h>

static const char usage[] =
	"doctor [--json] [DEVICE]\n"
	"\n"
	"Looks at the kernel, the modules and the network devices that could be attached, or\n"
	"only at DEVICE of these, and tells what is wrong and what to do about it. Exit\n"
	"status 1 if anything fails.\n";

static const char *const status_words[] = {
	[DR_OK] = "ok", [DR_WARN] = "warn", [DR_FAIL] = "fail",
};

static struct json_object *findings;	/* array, if JSON is wanted */
static const char *running;		/* name of the check */
static bool failed;

const char *dr_text(const char *fmt, ...)
{
	static char bufs[4][512];
	static unsigned int next;
	char *buf = bufs[next++ % ARRAY_SIZE(bufs)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(bufs[0]), fmt, ap);
	va_end(ap);
	return buf;
}

void dr_tell(enum dr_status status, const char *what, const char *todo, ...)
{
	struct json_object *jo;
	char advice[512] = "";
	va_list ap;

	failed |= status == DR_FAIL;
	if (todo) {
		va_start(ap, todo);
		vsnprintf(advice, sizeof(advice), todo, ap);
		va_end(ap);
	}
	if (!findings) {
		printf("%-4s  %-8s  %s%s%s\n", status_words[status], running, what,
		       todo ? ": " : "", advice);
		return;
	}
	jo = json_object_new_object();
	bn_json_str(jo, "status", status_words[status]);
	bn_json_str(jo, "check", running);
	bn_json_str(jo, "finding", what);
	if (todo)
		bn_json_str(jo, "advice", advice);
	json_object_array_add(findings, jo);
}

bool dr_loaded(const char *module)
{
	char path[128];

	/* Of what is built into the kernel only the folder is there. */
	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	return !access(path, F_OK);
}

/* In the order in which a session would fail. */
static const struct {
	const char	*name;
	void		(*check)(void);
} checks[] = {
	{ "kernel",	dr_kernel },
	{ "headers",	dr_headers },
	{ "module",	dr_module },
	{ "signing",	dr_signing },
	{ "families",	dr_families },
	{ "abi",	dr_abi },
	{ "names",	dr_names },
};

int doctor_main(int argc, char **argv)
{
	unsigned int i;

	if (bn_options(&argc, argv, usage))
		findings = json_object_new_array();
	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		bn_usage(false, usage);
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		running = checks[i].name;
		checks[i].check();
	}
	running = "device";
	dr_nics(argv[1]);
	if (findings)
		bn_json_print(findings);
	return failed ? 1 : 0;
}
