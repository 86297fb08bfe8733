// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * fuzz-routes COUNT SEED GATEWAY - requests to a routing socket with bytes changed,
 * as the super-user, and dumps while they go on.
 *
 * Only tables from 240 on are touched: what a change of bytes would do to the others
 * is undone before the message is sent. The same seed makes the same messages.
 * Prints "COUNT messages, N carried out".
 */
#include "prog.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bsdnet/ioctl.h>
#include <bsdnet/sock.h>

#define FIRST_TABLE	240
#define NTABLES		4

/* A message with room for more addresses than are of use. */
struct message {
	struct bsd_rt_msghdr	rtm;
	uint8_t			body[512];
};

static struct in_addr gateway;
static unsigned int body_len;

static void put(struct message *msg, unsigned int bit, const void *sa, unsigned int len)
{
	memcpy(msg->body + body_len, sa, len);
	body_len += bsd_rt_roundup(len);
	msg->rtm.rtm_addrs |= bit;
}

static void put_in(struct message *msg, unsigned int bit, uint32_t addr)
{
	struct bsd_sockaddr_in sin = { .sin_len = sizeof(sin), .sin_family = AF_INET };

	addr = htonl(addr);
	memcpy(sin.sin_addr, &addr, sizeof(addr));
	put(msg, bit, &sin, sizeof(sin));
}

/* A good request, about one of few prefixes, so that they meet. */
static void make(struct message *msg)
{
	static const uint8_t types[] = { BSD_RTM_ADD, BSD_RTM_ADD, BSD_RTM_ADD, BSD_RTM_DELETE,
					 BSD_RTM_CHANGE, BSD_RTM_GET, BSD_RTM_PROPOSAL };
	static const unsigned int flags[] = { 0, BSD_RTF_STATIC, BSD_RTF_REJECT,
					      BSD_RTF_BLACKHOLE, BSD_RTF_MPATH };
	struct bsd_sockaddr_rtlabel sr = { .sr_len = sizeof(sr) };
	struct bsd_sockaddr_dl sdl = { .sdl_len = sizeof(sdl), .sdl_family = BSD_AF_LINK,
				       .sdl_nlen = 3, .sdl_data = "lo0" };
	unsigned int plen = 8 + rnd_below(25);

	memset(msg, 0, sizeof(*msg));
	body_len = 0;
	msg->rtm.rtm_version = BSD_RTM_VERSION;
	msg->rtm.rtm_type = types[rnd_below(ARRAY_SIZE(types))];
	msg->rtm.rtm_hdrlen = sizeof(msg->rtm);
	msg->rtm.rtm_flags = flags[rnd_below(ARRAY_SIZE(flags))];
	msg->rtm.rtm_fmask = rnd_one_in(2) ? ~0U : 0;
	msg->rtm.rtm_priority = rnd_one_in(3) ? rnd_below(64) : 0;
	msg->rtm.rtm_weight = rnd_below(4);
	put_in(msg, BSD_RTA_DST, (10 << 24 | rnd_below(1 << 14) << 10) & ~0U << (32 - plen));
	if (!rnd_one_in(4))
		put_in(msg, BSD_RTA_GATEWAY, ntohl(gateway.s_addr) + rnd_below(3));
	if (!rnd_one_in(8))
		put_in(msg, BSD_RTA_NETMASK, ~0U << (32 - plen));
	if (rnd_one_in(8))
		put(msg, BSD_RTA_IFP, &sdl, sizeof(sdl));
	if (rnd_one_in(4)) {
		snprintf(sr.sr_label, sizeof(sr.sr_label), "label%u", rnd_below(30));
		put(msg, BSD_RTA_LABEL, &sr, sizeof(sr));
	}
	msg->rtm.rtm_msglen = sizeof(msg->rtm) + body_len;
}

/* Change a few bytes, anywhere. */
static void mutate(struct message *msg)
{
	uint8_t *byte = (uint8_t *)msg;
	unsigned int n = 1 + rnd_below(4);

	while (n--)
		byte[rnd_below(sizeof(msg->rtm) + body_len)] =
			rnd_one_in(3) ? rnd() : rnd_one_in(2) ? 0xff : 1U << rnd_below(8);
}

static void dump(int fd)
{
	static char buf[8192];
	struct bsd_rtquery rtq = { .rtq_what = 1 + rnd_below(3), .rtq_family = AF_INET,
				   .rtq_tableid = FIRST_TABLE + rnd_below(NTABLES),
				   .rtq_flags = rnd(), .rtq_max = sizeof(buf),
				   .rtq_buf = (uintptr_t)buf };
	unsigned int pieces = 50;

	if (rnd_one_in(3)) {
		rtq.rtq_index = rnd();
		rtq.rtq_seq = rnd();
		rtq.rtq_plen = rnd_below(40);
		rtq.rtq_dst[0] = rnd();
	}
	while (pieces-- && !ioctl(fd, BSIOCRTQUERY, &rtq) && rtq.rtq_len)
		;
}

/* The tables are there: a message to one that is not would make it, for good. */
static void make_tables(int fd)
{
	struct message msg;
	unsigned int i;

	for (i = 0; i < NTABLES; i++) {
		do
			make(&msg);
		while (msg.rtm.rtm_type != BSD_RTM_ADD);
		msg.rtm.rtm_tableid = FIRST_TABLE + i;
		(void)!write(fd, &msg, msg.rtm.rtm_msglen);
	}
}

int main(int argc, char **argv)
{
	int fd = socket(AF_BSDROUTE, SOCK_RAW | SOCK_NONBLOCK, 0);
	unsigned long count, i, worked = 0;
	static char buf[4096];
	struct message msg;

	if (argc != 4 || !inet_aton(argv[3], &gateway)) {
		fprintf(stderr, "usage: fuzz-routes COUNT SEED GATEWAY\n");
		return 1;
	}
	if (fd < 0)
		fail("routing socket");
	count = strtoul(argv[1], NULL, 0);
	rnd_seed(strtoul(argv[2], NULL, 0));
	make_tables(fd);
	for (i = 0; i < count; i++) {
		unsigned int len;

		make(&msg);
		len = msg.rtm.rtm_msglen;
		if (!rnd_one_in(3))
			mutate(&msg);
		msg.rtm.rtm_tableid = FIRST_TABLE + rnd_below(NTABLES);
		if (rnd_one_in(16))
			len = rnd_below(sizeof(msg) + 1);
		worked += write(fd, &msg, len) > 0;
		if (!rnd_one_in(4))
			(void)!read(fd, buf, rnd_one_in(8) ? rnd_below(100) : sizeof(buf));
		if (rnd_one_in(200))
			dump(fd);
	}
	printf("%lu messages, %lu carried out\n", count, worked);
	return 0;
}
