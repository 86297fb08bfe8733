// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * hostname.c - read hostname.IF, in the syntax of OpenBSD's hostname.if(5), and mygate.
 *
 * A line becomes the words of one "bsdnet ifconfig", or a command for the shell. What
 * the words mean is ifconfig's business; here only the positional netmask and broadcast
 * of family lines are named as ifconfig wants them.
 */
#include "netstart.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What files from OpenBSD may ask for and this stack does not have. */
static const struct {
	const char	*word;
	const char	*why;
} refused[] = {
	{ "dhcp", "there is no DHCP client; give an address" },
	{ "autoconf", "there is no DHCP client; give an address" },
	{ "inet6", "there is no IPv6" },
	{ "rtsol", "there is no IPv6" },
	{ "dest", "give both addresses in one line: inet ADDRESS MASK PEER" },
};

/*
 * Files hold commands that root will run: as root, only one of root's that nobody else
 * may write is read.
 */
bool ns_trusted(FILE *f, const char *path)
{
	struct stat st;

	if (fstat(fileno(f), &st)) {
		bn_warn("%s: %s", path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		bn_warn("%s: not a file", path);
		return false;
	}
	if (!geteuid() && (st.st_uid || st.st_mode & 0022)) {
		bn_warn("%s: must belong to root, and nobody else may write it", path);
		return false;
	}
	return true;
}

/*
 * The next word, unquoted in place: '...' and "..." hold blanks together, a backslash
 * takes the next character as it is, # begins a comment. *@sp moves on. NULL at the
 * end; *@open if a quotation has none.
 */
static char *next_word(char **sp, bool *open)
{
	char *in = *sp, *out, *word, quote = '\0';

	while (isblank((unsigned char)*in))
		in++;
	if (!*in || *in == '#')
		return NULL;
	for (word = out = in; *in && (quote || !isblank((unsigned char)*in)); in++) {
		if (*in == '\\' && in[1] && quote != '\'')
			*out++ = *++in;
		else if (quote && *in == quote)
			quote = '\0';
		else if (!quote && (*in == '"' || *in == '\''))
			quote = *in;
		else
			*out++ = *in;
	}
	*open = quote;
	*sp = *in ? in + 1 : in;
	*out = '\0';
	return word;
}

/*
 * "inet [alias] ADDRESS [MASK [BROADCAST]] ...": name mask and broadcast. @argv has room
 * for two words more. NONE is no broadcast address, as in OpenBSD.
 */
static unsigned int name_positions(char **argv, unsigned int argc)
{
	unsigned int at = 1;
	struct in_addr addr;

	at += at < argc && !strcmp(argv[at], "alias");
	if (at >= argc)
		return argc;
	if (!strchr(argv[at++], '/') && at < argc &&
	    (bn_parse_addr(argv[at], &addr) || !strncmp(argv[at], "0x", 2))) {
		memmove(argv + at + 1, argv + at, (argc++ - at) * sizeof(*argv));
		argv[at] = "netmask";
		at += 2;
	}
	if (at < argc && !strcmp(argv[at], "NONE")) {
		memmove(argv + at, argv + at + 1, (--argc - at) * sizeof(*argv));
	} else if (at < argc && bn_parse_addr(argv[at], &addr)) {
		memmove(argv + at + 1, argv + at, (argc++ - at) * sizeof(*argv));
		argv[at] = "broadcast";
	}
	return argc;
}

/* @text with each $if and \$if as the interface's name. */
static char *with_name(const char *text, const char *name)
{
	char *out = bn_alloc(strlen(text) + 1, strlen(name) + 1), *to = out;

	while (*text) {
		unsigned int skip = text[0] == '\\' && text[1] == '$';

		if (!strncmp(text + skip, "$if", 3) && text[skip + 3] != '_' &&
		    !isalnum((unsigned char)text[skip + 3])) {
			to = stpcpy(to, name);
			text += skip + 3;
		} else {
			*to++ = *text++;
		}
	}
	return out;
}

static struct ns_line *add_line(struct ns_if *ni, unsigned int number)
{
	struct ns_line *nl;

	ni->ni_lines = realloc(ni->ni_lines, (ni->ni_nlines + 1) * sizeof(*nl));
	if (!ni->ni_lines)
		bn_die("out of memory");
	nl = &ni->ni_lines[ni->ni_nlines++];
	*nl = (struct ns_line){ .nl_number = number };
	return nl;
}

/* "attach DEVICE". Returns what is wrong with it, NULL if nothing is. */
static const char *parse_attach(struct ns_if *ni, unsigned int number, char **words,
				unsigned int n)
{
	if (n != 2)
		return "attach: needs a device, and nothing else";
	if (ni->ni_device)
		return "attach: there is one already";
	ni->ni_device = words[1];
	ni->ni_device_line = number;
	return NULL;
}

/* One line, which is kept. Returns what is wrong with it, NULL if nothing is. */
static const char *parse_line(struct ns_if *ni, unsigned int number, char *text)
{
	char **argv = bn_alloc(NS_MAXWORDS + 6, sizeof(*argv)), **words = argv + 2;
	unsigned int i, n = 0;
	bool open = false;
	char *word;

	while (isblank((unsigned char)*text))
		text++;
	if (*text == '!') {
		add_line(ni, number)->nl_command = with_name(text + 1, ni->ni_name);
		return NULL;
	}
	while ((word = next_word(&text, &open))) {
		if (n == NS_MAXWORDS)
			return "too many words";
		words[n++] = with_name(word, ni->ni_name);
	}
	if (open)
		return "a quotation has no end";
	if (!n)
		return NULL;
	if (!strcmp(words[0], "attach"))
		return parse_attach(ni, number, words, n);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		if (!strcmp(words[0], refused[i].word) ||
		    (n > 1 && !strcmp(words[0], "inet") && !strcmp(words[1], refused[i].word)))
			return refused[i].why;
	if (!strcmp(words[0], "inet"))
		n = name_positions(words, n);
	argv[0] = "ifconfig";
	argv[1] = with_name("$if", ni->ni_name);
	words[n] = NULL;
	add_line(ni, number)->nl_argv = argv;
	return NULL;
}

/* Read the interface's file; the first wrong line is told and ends it. */
bool ns_read(struct ns_if *ni)
{
	const char *wrong = NULL;
	unsigned int number = 0;
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *f;

	f = fopen(ni->ni_path, "re");
	if (!f) {
		bn_warn("%s: %s", ni->ni_path, strerror(errno));
		return false;
	}
	if (!ns_trusted(f, ni->ni_path)) {
		fclose(f);
		return false;
	}
	while (!wrong && (len = getline(&text, &size, f)) >= 0) {
		number++;
		if (strlen(text) != (size_t)len) {
			wrong = "not text";
			break;
		}
		text[strcspn(text, "\r\n")] = '\0';
		wrong = parse_line(ni, number, text);
	}
	if (wrong)
		bn_warn("%s:%u: %s", ni->ni_path, number, wrong);
	else if (ferror(f))
		bn_warn("%s: %s", ni->ni_path, strerror(errno));
	wrong = ferror(f) ? "" : wrong;
	free(text);
	fclose(f);
	return !wrong;
}

/* mygate: one address on a line of its own. 0.0.0.0: no file, or a wrong one. */
bool ns_read_gateway(const char *path, struct in_addr *gateway)
{
	bool good = true, open = false;
	unsigned int number = 0;
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	gateway->s_addr = 0;
	f = fopen(path, "re");
	if (!f && errno == ENOENT)
		return true;
	if (!f) {
		bn_warn("%s: %s", path, strerror(errno));
		return false;
	}
	good = ns_trusted(f, path);
	while (good && getline(&text, &size, f) >= 0) {
		char *rest = text, *word, *more;

		number++;
		text[strcspn(text, "\r\n")] = '\0';
		word = next_word(&rest, &open);
		if (!word)
			continue;
		more = next_word(&rest, &open);
		good = !gateway->s_addr && !more && bn_parse_addr(word, gateway) &&
		       gateway->s_addr;
		if (!good)
			bn_warn("%s:%u: %s", path, number,
				more || !gateway->s_addr ? "must be one IPv4 address" :
							   "there is a gateway already");
	}
	if (!good)
		gateway->s_addr = 0;
	free(text);
	fclose(f);
	return good;
}
