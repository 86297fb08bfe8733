// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * out.c - errors, usage, numbers and JSON of every applet.
 */
#include "bsdnet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *bn_progname = "bsdnet";

/* Print "applet: message" and end with status 1. */
void bn_die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", bn_progname);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* Print "applet: message" and go on. */
void bn_warn(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", bn_progname);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* Asked for: the whole text, status 0. Otherwise where to find it, status 1. */
void bn_usage(bool asked, const char *text)
{
	if (!asked) {
		const char *end = strchr(text, '\n');

		fprintf(stderr, "usage: %.*s\n", end ? (int)(end - text) : (int)strlen(text), text);
		exit(1);
	}
	printf("usage: %s", text);
	exit(0);
}

/* Zeroed memory or the end of the program. */
void *bn_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		bn_die("out of memory");
	return p;
}

/* A text, or the end of the program. */
char *bn_format(const char *fmt, ...)
{
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		bn_die("out of memory");
	return text;
}

/* Print and free a JSON value. */
void bn_json_print(struct json_object *jo)
{
	puts(json_object_to_json_string_ext(jo, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(jo);
}

void bn_json_str(struct json_object *jo, const char *key, const char *val)
{
	json_object_object_add(jo, key, json_object_new_string(val));
}

void bn_json_int(struct json_object *jo, const char *key, int64_t val)
{
	json_object_object_add(jo, key, json_object_new_int64(val));
}

void bn_json_double(struct json_object *jo, const char *key, double val)
{
	json_object_object_add(jo, key, json_object_new_double(val));
}

void bn_json_bool(struct json_object *jo, const char *key, bool val)
{
	json_object_object_add(jo, key, json_object_new_boolean(val));
}

/*
 * Take "--json" out of the arguments; answer "--help". Both count in front of the
 * first word that is no option, and as the last argument: between words they may be
 * somebody's value.
 */
bool bn_options(int *argc, char **argv, const char *usage)
{
	bool json = false, front = true;
	int i, out = 1;

	for (i = 1; i < *argc; i++) {
		front &= argv[i][0] == '-' && strcmp(argv[i], "--");
		if ((front || *argc == 2) && !strcmp(argv[i], "--help"))
			bn_usage(true, usage);
		if ((front || i == *argc - 1) && !strcmp(argv[i], "--json"))
			json = true;
		else
			argv[out++] = argv[i];
	}
	argv[out] = NULL;
	*argc = out;
	return json;
}

/* A decimal number in [min, max], or the end of the program. */
unsigned long bn_number(const char *what, const char *s, unsigned long min, unsigned long max)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (!*s || *end || *s == '-' || errno || v < min || v > max)
		bn_die("%s: '%s' is not a number from %lu to %lu", what, s, min, max);
	return v;
}
