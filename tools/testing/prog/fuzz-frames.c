// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * fuzz-frames INTERFACE OUR-ADDRESS ROUTED-ADDRESS COUNT SEED - feed mutated
 * frames to a gen(4) interface.
 *
 * Well-formed Ethernet, ARP, IPv4, ICMP, IGMP and UDP frames are made, to the
 * interface, to hosts behind it and to groups, then bits, fields and lengths
 * changed, pieces repeated or cut; checksums are mostly put right again, or nothing
 * would come past the first check. The same seed makes the same frames. Meanwhile a
 * few sockets listen and are read now and then; they join and leave groups, and one
 * of them routes multicasts to where ROUTED-ADDRESS is.
 */
#include "prog.h"
#include "groups.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bsdnet/ioctl.h>
#include <linux/errqueue.h>

#define MAXFRAME	2048
#define L3		14
#define PORT		4000	/* sockets: PORT, PORT + 1 connected, PORT + 2 raw */
#define MAXOPTIONS	40

static uint8_t mac[6];		/* of the interface */
static uint32_t ours, routed;	/* host order */
static bool old_routers;	/* queries are of IGMP 1 and 2 as well */

struct frame {
	uint8_t		f_data[MAXFRAME];
	unsigned int	f_len;
};

static uint32_t neighbour(void)
{
	return (ours & 0xffffff00) | (2 + rnd_below(200));
}

static uint32_t some_address(void)
{
	static const uint32_t special[] = { 0, 0xffffffff, 0x7f000001, 0xe0000001, 0xe00000fb,
					    0xf0000001, 0xa9fe0101, 0x00000001 };

	switch (rnd_below(9)) {
	case 0: return special[rnd_below(ARRAY_SIZE(special))];
	case 1: return rnd();
	case 2: return ours | 0xff;
	case 3: return ours & 0xffffff00;
	case 4:
	case 5: return routed;
	case 6: return some_group();
	default: return ours;
	}
}

static void ether(struct frame *f, unsigned int type)
{
	memcpy(f->f_data, mac, 6);
	if (rnd_one_in(8))
		memset(f->f_data, 0xff, 6);
	else if (rnd_one_in(16))
		memcpy(f->f_data, "\x01\x00\x5e\x00\x00\x01", 6);
	memcpy(f->f_data + 6, "\x02\x00\x00\x00\x00", 5);
	f->f_data[11] = rnd();
	put16(f->f_data + 12, type);
}

static void make_arp(struct frame *f)
{
	uint8_t *p = f->f_data + L3;

	ether(f, 0x0806);
	put16(p, 1);
	put16(p + 2, 0x0800);
	p[4] = 6;
	p[5] = 4;
	put16(p + 6, 1 + rnd_below(2));
	memcpy(p + 8, f->f_data + 6, 6);
	put32(p + 14, rnd_one_in(8) ? some_address() : neighbour());
	memcpy(p + 18, mac, 6);
	put32(p + 24, rnd_one_in(4) ? some_address() : ours);
	f->f_len = L3 + 28;
}

/* Of those that have a pointer: bytes in front of the first entry, and of each. */
static unsigned int option_entries(unsigned int kind, unsigned int flags, unsigned int *head)
{
	*head = kind == 0x44 ? 4 : 3;
	return kind == 0x44 && flags ? 8 : 4;
}

/* An option of any kind in at most @room bytes; returns its length. */
static unsigned int make_option(uint8_t *p, unsigned int room)
{
	/* Record route, source routes, timestamp, router alert; RFC 6814, RFC 7126. */
	static const uint8_t known[] = { 0x07, 0x83, 0x89, 0x44, 0x44, 0x94 };
	static const uint8_t others[] = { 10, 11, 12, 15, 25, 30, 82, 94, 130, 133, 134, 136, 142,
					  144, 145, 147, 149, 151, 152, 158, 205, 222 };
	static const uint8_t lies[] = { 0, 1, 2, 3, 4, 39, 40, 41, 127, 128, 255 };
	static const uint8_t stamps[] = { 0x00, 0x01, 0x03, 0xf0 };	/* their flags */
	unsigned int kind, flags, head, each, n, len, i;

	if (rnd_one_in(6)) {
		p[0] = 1;
		return 1;
	}
	kind = !rnd_one_in(4) ? known[rnd_below(ARRAY_SIZE(known))] :
	       rnd_one_in(8) ? rnd() & 0xff : others[rnd_below(ARRAY_SIZE(others))];
	flags = rnd_one_in(8) ? rnd() : stamps[rnd_below(ARRAY_SIZE(stamps))];
	each = option_entries(kind, flags & 15, &head);
	n = room < head ? 0 : rnd_below((room - head) / each + 1);
	len = kind == 0x94 || room < head ? 4 : head + n * each;
	if (len > room || room < 4)
		return 0;
	p[0] = kind;
	p[1] = rnd_one_in(6) ? lies[rnd_below(ARRAY_SIZE(lies))] :
	       rnd_one_in(8) ? len + 1 - rnd_below(3) : len;
	p[2] = kind == 0x94 ? 0 : head + 1 + each * rnd_below(n + 1);
	if (rnd_one_in(6))
		p[2] = rnd_one_in(2) ? rnd() : p[2] + 1 - rnd_below(3);
	p[3] = kind == 0x44 ? flags : 0;
	for (i = 0; kind != 0x94 && i < n; i++)
		put32(p + head + i * each, rnd_one_in(2) ? ours : rnd_one_in(2) ? routed : 0);
	return len;
}

/* Options that end on a word; returns their length. */
static unsigned int make_options(uint8_t *p)
{
	unsigned int len = 0;

	do
		len += make_option(p + len, MAXOPTIONS - len);
	while (len < MAXOPTIONS && !rnd_one_in(3));
	while (len % 4)
		p[len++] = 0;
	return len;
}

/* Header for @len bytes behind it; returns its length. */
static unsigned int make_ip(uint8_t *p, unsigned int proto, unsigned int len)
{
	unsigned int hlen = 20;

	memset(p, 0, 60);
	if (rnd_one_in(5))
		hlen += make_options(p + 20);
	p[0] = 0x40 | hlen / 4;
	p[1] = rnd_one_in(8) ? rnd() : 0;
	put16(p + 2, hlen + len);
	put16(p + 4, rnd_below(4));
	if (rnd_one_in(6))
		put16(p + 6, rnd_below(2) << 13 | rnd_below(16));
	else if (rnd_one_in(4))
		put16(p + 6, 0x4000);
	p[8] = rnd_one_in(8) ? rnd_below(3) : 64;
	p[9] = proto;
	put32(p + 12, rnd_one_in(8) ? some_address() : neighbour());
	put32(p + 16, some_address());
	return hlen;
}

/* Checksums of the transport header and of the IP header, as far as there are any. */
static void repair(struct frame *f, int transport)
{
	uint8_t *ip = f->f_data + L3;
	unsigned int hlen = (ip[0] & 15) * 4;
	unsigned int len = f->f_len - L3;
	uint8_t *l4 = ip + hlen;

	if (get16(f->f_data + 12) != 0x0800 || f->f_len < L3 + 20 || hlen < 20 || hlen > len)
		return;
	if (get16(ip + 2) < len)
		len = get16(ip + 2);
	if (transport && len >= hlen + 8) {
		len -= hlen;
		if (ip[9] == IPPROTO_UDP) {
			put16(l4 + 6, 0);
			put16(l4 + 6, fold(sum(l4, len) + sum(ip + 12, 8) + IPPROTO_UDP + len));
		} else if (ip[9] == IPPROTO_ICMP || ip[9] == IPPROTO_IGMP) {
			put16(l4 + 2, 0);
			put16(l4 + 2, fold(sum(l4, len)));
		}
	}
	put16(ip + 10, 0);
	put16(ip + 10, fold(sum(ip, hlen)));
}

static void make_udp(struct frame *f)
{
	unsigned int len = 8 + (rnd_one_in(8) ? rnd_below(1400) : rnd_below(40));
	uint8_t *p = f->f_data + L3;

	ether(f, 0x0800);
	p += make_ip(p, IPPROTO_UDP, len);
	memset(p, 0x55, len);
	put16(p, 5000 + rnd_below(4));
	put16(p + 2, PORT + rnd_below(4));
	put16(p + 4, len);
	f->f_len = p + len - f->f_data;
}

static void make_icmp(struct frame *f)
{
	static const uint8_t types[] = { 0, 3, 3, 3, 4, 5, 5, 8, 8, 8, 9, 10, 11, 12, 13, 14, 15,
					 17, 18, 30, 40 };
	unsigned int len = 8 + rnd_below(100);
	uint8_t *p = f->f_data + L3;
	uint8_t type = types[rnd_below(ARRAY_SIZE(types))];

	ether(f, 0x0800);
	p += make_ip(p, IPPROTO_ICMP, 200);
	memset(p, 0, 200);
	p[0] = type;
	p[1] = rnd_below(type == 3 ? 16 : 3);
	put32(p + 4, rnd_one_in(2) ? rnd() : neighbour());
	if (type == 3 || type == 4 || type == 5 || type == 11 || type == 12) {
		/* The packet it is about: one of ours, to a neighbour. */
		unsigned int hlen = make_ip(p + 8, IPPROTO_UDP, 8 + rnd_below(1400));

		put32(p + 8 + 12, ours);
		put32(p + 8 + 16, neighbour());
		put16(p + 8 + hlen, PORT + rnd_below(3));
		put16(p + 8 + hlen + 2, 5000);
		len = 8 + hlen + 8 + rnd_below(30);
	}
	put16(f->f_data + L3 + 2, p + len - (f->f_data + L3));
	f->f_len = p + len - f->f_data;
}

static void make_igmp(struct frame *f)
{
	static const uint8_t alert[] = { 0x94, 4, 0, 0 };
	uint8_t *ip = f->f_data + L3;
	unsigned int hlen, len;
	uint32_t dst;

	ether(f, 0x0800);
	hlen = make_ip(ip, IPPROTO_IGMP, 0);
	if (hlen == 20 && !rnd_one_in(8)) {
		memcpy(ip + hlen, alert, sizeof(alert));
		hlen += sizeof(alert);
		ip[0] = 0x40 | hlen / 4;
	}
	memset(ip + hlen, 0, IGMP_MAXLEN);
	len = igmp_message(ip + hlen, ours & 0xffffff00, old_routers, &dst);
	put16(ip + 2, hlen + len);
	if (!rnd_one_in(8))
		put32(ip + 16, dst);
	if (!rnd_one_in(16))
		ip[8] = 1;
	f->f_len = L3 + hlen + len;
}

static void make_other(struct frame *f)
{
	static const uint8_t protos[] = { 4, 6, 41, 47, 50, 51, 58, 89, 103, 112, 255 };
	static const uint16_t types[] = { 0x86dd, 0x8100, 0x88a8, 0x8847, 0x0026, 0x05dc, 0 };
	unsigned int len = rnd_below(200);
	uint8_t *p = f->f_data + L3;
	unsigned int i;

	if (rnd_one_in(2)) {
		ether(f, 0x0800);
		p += make_ip(p, protos[rnd_below(ARRAY_SIZE(protos))], len);
	} else {
		ether(f, types[rnd_below(ARRAY_SIZE(types))]);
	}
	for (i = 0; i < len; i++)
		p[i] = rnd();
	f->f_len = p + len - f->f_data;
}

/* What goes to a group has the group's link address, and is of a sender of it, mostly. */
static void group_link(struct frame *f)
{
	uint32_t dst = get32(f->f_data + L3 + 16);

	if (get16(f->f_data + 12) != 0x0800 || dst >> 28 != 0xe || rnd_one_in(8))
		return;
	if (!rnd_one_in(4))
		put32(f->f_data + L3 + 12, some_sender(ours & 0xffffff00));
	put16(f->f_data, 0x0100);
	put32(f->f_data + 2, 0x5e000000 | (dst & 0x7fffff));
}

static void mutate(struct frame *f)
{
	static const uint16_t edges[] = { 0, 1, 2, 7, 8, 19, 20, 21, 59, 60, 127, 128, 255, 256,
					  575, 576, 1499, 1500, 1501, 32767, 32768, 65515, 65534,
					  65535 };
	unsigned int at = rnd_below(f->f_len), n;

	switch (rnd_below(9)) {
	case 0:
	case 1:
		f->f_data[at] ^= 1 << rnd_below(8);
		break;
	case 2:
		f->f_data[at] = rnd();
		break;
	case 3:
		f->f_data[at] = edges[rnd_below(ARRAY_SIZE(edges))];
		break;
	case 4:
		if (at + 2 <= f->f_len)
			put16(f->f_data + at, edges[rnd_below(ARRAY_SIZE(edges))]);
		break;
	case 5:		/* of the network header, where it hurts more */
		n = L3 + rnd_below(28);
		if (n < f->f_len)
			f->f_data[n] = rnd();
		break;
	case 6:
		f->f_len = 1 + at;
		break;
	case 7:
		n = rnd_below(MAXFRAME - f->f_len);
		memset(f->f_data + f->f_len, rnd(), n);
		f->f_len += n;
		break;
	case 8:		/* a piece twice */
		n = rnd_below(f->f_len - at);
		if (f->f_len + n <= MAXFRAME) {
			memmove(f->f_data + at + n, f->f_data + at, f->f_len - at);
			f->f_len += n;
		}
		break;
	}
}

static void make(struct frame *f)
{
	static void (*const makers[])(struct frame *) = { make_arp, make_udp, make_udp, make_icmp,
							  make_icmp, make_igmp, make_other };
	unsigned int n;

	makers[rnd_below(ARRAY_SIZE(makers))](f);
	group_link(f);
	repair(f, 1);
	if (rnd_one_in(5))
		return;
	for (n = 1 + rnd_below(4); n; n--)
		mutate(f);
	if (!rnd_one_in(4))
		repair(f, !rnd_one_in(4));
}

/* ---- sockets that get some of it ---- */

static int socks[4];
static unsigned int ifindex;	/* of the interface */

static int listener(int type, int proto, unsigned int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_BSDINET, type | SOCK_NONBLOCK, proto);
	int one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		fail("socket");
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_RECVOPTS, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof(one));
	return fd;
}

/* The interface of the route to ROUTED-ADDRESS. */
static unsigned int routed_ifindex(void)
{
	struct bsd_rtmsg rtm = { .rtm_family = AF_INET, .rtm_plen = 32 };

	put32(rtm.rtm_dst, routed);
	if (ioctl(socks[0], BSIOCGETROUTE, &rtm))
		fail("route");
	return rtm.rtm_ifindex;
}

static void open_sockets(void)
{
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(5000) };

	socks[0] = listener(SOCK_DGRAM, 0, PORT);
	socks[1] = listener(SOCK_DGRAM, 0, PORT + 1);
	peer.sin_addr.s_addr = htonl((ours & 0xffffff00) | 7);
	if (connect(socks[1], (struct sockaddr *)&peer, sizeof(peer)))
		fail("connect");
	socks[2] = listener(SOCK_RAW, IPPROTO_ICMP, 0);
	socks[3] = multicast_router(ifindex, routed_ifindex());
}

/* @n memberships, and more of the router's entries: they are cheaper. */
static void change_groups(unsigned int n)
{
	uint32_t base = ours & 0xffffff00;
	unsigned int i;

	for (i = 0; i < n; i++)
		change_membership(socks[rnd_below(3)], ifindex, base);
	for (i = 0; i < 8 * n; i++)
		change_forwarding(socks[3], base);
}

static unsigned int read_sockets(void)
{
	char data[MAXFRAME], control[512];
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(socks); i++) {
		int flags = MSG_DONTWAIT;

		for (;;) {
			struct iovec iov = { data, sizeof(data) };
			struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1,
					     .msg_control = control,
					     .msg_controllen = sizeof(control) };

			if (recvmsg(socks[i], &mh, flags) >= 0)
				n++;
			else if (flags & MSG_ERRQUEUE)
				break;
			else if (errno == EAGAIN)
				flags |= MSG_ERRQUEUE;
		}
		/* And something to send, for errors to be about. */
		(void)!send(socks[i], data, 16, MSG_DONTWAIT);
	}
	return n;
}

static void inject(int fd, const char *ifname, unsigned long count)
{
	static char buf[65536];
	struct bsd_injectreq req;
	unsigned long done = 0, got = 0;

	snprintf(req.bi_name, sizeof(req.bi_name), "%s", ifname);
	req.bi_buf = (uintptr_t)buf;
	while (done < count) {
		unsigned long batch = 0;

		req.bi_len = 0;
		/* They silence version 3 for minutes, so it comes first. */
		old_routers = done > count / 2;
		while (done + batch < count && batch < 128) {
			struct frame f;
			uint16_t len;

			make(&f);
			len = f.f_len;
			if (req.bi_len + sizeof(len) + len > sizeof(buf))
				break;
			memcpy(buf + req.bi_len, &len, sizeof(len));
			memcpy(buf + req.bi_len + sizeof(len), f.f_data, len);
			req.bi_len += sizeof(len) + len;
			batch++;
		}
		if (ioctl(fd, BSIOCIFINJECT, &req))
			fail("BSIOCIFINJECT");
		if (req.bi_count != batch) {
			fprintf(stderr, "%u of %lu frames taken\n", req.bi_count, batch);
			exit(1);
		}
		done += batch;
		got += read_sockets();
		if (rnd_one_in(8))
			change_groups(1);
	}
	printf("%lu frames, %lu messages received\n", done, got);
}

int main(int argc, char **argv)
{
	struct bsd_ifreq ifr = { 0 };
	int fd = socket(AF_BSDINET, SOCK_DGRAM, 0);

	if (argc != 6) {
		fprintf(stderr,
			"usage: fuzz-frames INTERFACE OUR-ADDRESS ROUTED-ADDRESS COUNT SEED\n");
		return 1;
	}
	ours = ntohl(inet_addr(argv[2]));
	routed = ntohl(inet_addr(argv[3]));
	rnd_seed(strtoul(argv[5], NULL, 0));
	snprintf(ifr.bifr_name, sizeof(ifr.bifr_name), "%s", argv[1]);
	if (fd < 0 || ioctl(fd, BSIOCGIFLLADDR, &ifr))
		fail(argv[1]);
	memcpy(mac, ifr.bifru_lladdr, 6);
	ifindex = if_nametoindex(argv[1]);
	open_sockets();
	change_groups(8);
	inject(fd, argv[1], strtoul(argv[4], NULL, 0));
	return 0;
}
