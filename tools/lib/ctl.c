// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * ctl.c - the control socket and the lists that the kernel gives in pieces.
 */
#include "bsdnet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE	256	/* records asked for at a time */

/* The control socket: opened once, ABI checked. */
int bn_ctl(void)
{
	static int fd = -1;
	uint32_t abi;

	if (fd >= 0)
		return fd;
	fd = socket(AF_BSDINET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 && errno == EAFNOSUPPORT)
		bn_die("the stack is not loaded (insmod bsdnet.ko, or make load)");
	if (fd < 0)
		bn_die("control socket: %s", strerror(errno));
	if (ioctl(fd, BSIOCGABI, &abi))
		bn_die("control socket: %s", strerror(errno));
	if (abi != BSDNET_ABI)
		bn_die("the loaded module speaks ABI %u, this tool %u", abi, BSDNET_ABI);
	return fd;
}

int bn_ioctl(unsigned long cmd, void *arg)
{
	return ioctl(bn_ctl(), cmd, arg);
}

/* Names of all interfaces, or of a group's members; an array to be freed. */
char (*bn_iflist(const char *group, unsigned int *n))[BSD_IFNAMSIZ]
{
	struct bsd_iflist ifl = { .ifl_max = 64 };
	char (*names)[BSD_IFNAMSIZ] = NULL;

	snprintf(ifl.ifl_group, sizeof(ifl.ifl_group), "%s", group ? group : "");
	do {
		free(names);
		ifl.ifl_max *= 2;
		names = bn_alloc(ifl.ifl_max, BSD_IFNAMSIZ);
		ifl.ifl_buf = (uintptr_t)names;
		if (bn_ioctl(BSIOCGIFLIST, &ifl))
			bn_die("list of interfaces: %s", strerror(errno));
	} while (ifl.ifl_count > ifl.ifl_max);
	*n = ifl.ifl_count;
	return names;
}

unsigned int bn_ifindex(const char *name)
{
	struct bsd_ifreq ifr = {};

	if (strlen(name) >= sizeof(ifr.bifr_name))
		return 0;
	strcpy(ifr.bifr_name, name);
	if (bn_ioctl(BSIOCGIFDATA, &ifr))
		return 0;
	return ifr.bifru_data.ifi_index;
}

void bn_each_route(unsigned int tableid, unsigned int flags,
		   void (*fn)(const struct bsd_rtmsg *rtm, void *arg), void *arg)
{
	static struct bsd_rtmsg piece[PIECE];
	struct bsd_rtdump rtd = {
		.rtd_tableid = tableid,
		.rtd_family = AF_INET,
		.rtd_flags = flags,
		.rtd_max = PIECE,
		.rtd_buf = (uintptr_t)piece,
	};
	unsigned int i;

	do {
		if (bn_ioctl(BSIOCDUMPROUTE, &rtd))
			bn_die("routing table %u: %s", tableid, strerror(errno));
		for (i = 0; i < rtd.rtd_count; i++)
			fn(&piece[i], arg);
	} while (rtd.rtd_count);
}

/* What bn_routes() has so far. */
struct routes {
	struct bsd_rtmsg	*all;
	unsigned int		 n;
};

static void collect(const struct bsd_rtmsg *rtm, void *arg)
{
	struct routes *r = arg;

	if (r->n % PIECE == 0) {
		r->all = realloc(r->all, (r->n + PIECE) * sizeof(*r->all));
		if (!r->all)
			bn_die("out of memory");
	}
	r->all[r->n++] = *rtm;
}

struct bsd_rtmsg *bn_routes(unsigned int tableid, unsigned int flags, unsigned int *n)
{
	struct routes r = {};

	bn_each_route(tableid, flags, collect, &r);
	*n = r.n;
	return r.all;
}

/* One group of counters, NULL behind the last group; an array to be freed. */
struct bsd_counter *bn_counters(unsigned int group, char name[16], unsigned int *n)
{
	struct bsd_counters bcs = { .bcs_group = group, .bcs_max = PIECE };
	struct bsd_counter *all = bn_alloc(PIECE, sizeof(*all));

	bcs.bcs_buf = (uintptr_t)all;
	if (bn_ioctl(BSIOCGCOUNTERS, &bcs)) {
		if (errno != ENOENT)
			bn_die("counters: %s", strerror(errno));
		free(all);
		return NULL;
	}
	memcpy(name, bcs.bcs_name, sizeof(bcs.bcs_name));
	*n = bcs.bcs_count;
	return all;
}

/* PCBs of a protocol; an array to be freed. */
struct bsd_pcbinfo *bn_pcbs(unsigned int proto, unsigned int *n)
{
	struct bsd_pcbs pis = { .pis_proto = proto, .pis_max = PIECE,
				.pis_size = sizeof(struct bsd_pcbinfo) };
	struct bsd_pcbinfo *all = NULL;
	unsigned int have = 0;

	for (;;) {
		all = realloc(all, (have + PIECE) * sizeof(*all));
		if (!all)
			bn_die("out of memory");
		pis.pis_buf = (uintptr_t)(all + have);
		if (bn_ioctl(BSIOCGPCBS, &pis))
			bn_die("list of sockets: %s", strerror(errno));
		if (!pis.pis_count)
			break;
		if (pis.pis_size != sizeof(*all))
			bn_die("the loaded module knows less of sockets than this tool");
		have += pis.pis_count;
		pis.pis_after = all[have - 1].pi_id;
	}
	*n = have;
	return all;
}

/* Names of TCP's states, by number; 0: a protocol without states. */
static const char *const tcp_states[] = {
	"", "ESTABLISHED", "SYN_SENT", "SYN_RCVD", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT",
	"CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
};

const char *bn_tcp_state(unsigned int state)
{
	return state < ARRAY_SIZE(tcp_states) ? tcp_states[state] : "?";
}

int bn_parse_tcp_state(const char *s)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(tcp_states); i++)
		if (!strcasecmp(s, tcp_states[i]))
			return i;
	return -1;
}

/* A small file, trailing newline cut. */
int bn_sysfs_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return -1;
	while (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}

int bn_sysfs_write(const char *path, const char *val)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int error;

	if (fd < 0)
		return -1;
	n = write(fd, val, strlen(val));
	error = errno;
	close(fd);
	errno = error;
	return n < 0 ? -1 : 0;
}
