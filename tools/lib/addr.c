// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * addr.c - IPv4 and Ethernet addresses, from and to text.
 */
#include "bsdnet.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/* A buffer that stays valid over the next three calls. */
static char *next_buf(void)
{
	static char bufs[4][NI_MAXHOST];
	static unsigned int next;

	return bufs[next++ % ARRAY_SIZE(bufs)];
}

bool bn_parse_addr(const char *s, struct in_addr *addr)
{
	return inet_pton(AF_INET, s, addr) == 1;
}

/* "10.0.0.0/8", "10.0.0.1" (32, not given) or "default" (0). */
bool bn_parse_prefix(const char *s, struct in_addr *addr, unsigned int *plen, bool *given)
{
	char buf[INET_ADDRSTRLEN + 4];
	char *slash, *end;

	*given = true;
	if (!strcmp(s, "default")) {
		addr->s_addr = 0;
		*plen = 0;
		return true;
	}
	if (strlen(s) >= sizeof(buf))
		return false;
	strcpy(buf, s);
	slash = strchr(buf, '/');
	*plen = 32;
	*given = slash;
	if (slash) {
		*slash++ = '\0';
		*plen = strtoul(slash, &end, 10);
		if (!*slash || *end || *slash == '-' || *plen > 32)
			return false;
	}
	return bn_parse_addr(buf, addr);
}

/* "255.255.255.0" or "0xffffff00", contiguous. */
bool bn_parse_mask(const char *s, unsigned int *plen)
{
	struct in_addr mask;
	uint32_t bits;
	char *end;

	if (!strncmp(s, "0x", 2)) {
		bits = strtoul(s, &end, 16);
		if (*end || end == s + 2)
			return false;
	} else {
		if (!bn_parse_addr(s, &mask))
			return false;
		bits = ntohl(mask.s_addr);
	}
	*plen = bits ? __builtin_popcount(bits) : 0;
	return bits == (*plen ? ~0U << (32 - *plen) : 0);
}

bool bn_parse_lladdr(const char *s, uint8_t *lladdr)
{
	unsigned int b[6];
	char rest;
	int i;

	if (sscanf(s, "%2x:%2x:%2x:%2x:%2x:%2x%c", b, b + 1, b + 2, b + 3, b + 4, b + 5,
		   &rest) != 6)
		return false;
	for (i = 0; i < 6; i++)
		lladdr[i] = b[i];
	return true;
}

/* An address, or a name by the resolver. */
bool bn_resolve(const char *host, struct in_addr *addr)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *ai;

	if (bn_parse_addr(host, addr))
		return true;
	if (getaddrinfo(host, NULL, &hints, &ai))
		return false;
	*addr = ((struct sockaddr_in *)ai->ai_addr)->sin_addr;
	freeaddrinfo(ai);
	return true;
}

/* A port's number, or the name of its service. Host order. */
unsigned int bn_parse_port(const char *s, bool udp)
{
	const struct servent *se;
	unsigned long port;
	char *end;

	port = strtoul(s, &end, 10);
	if (*s >= '0' && *s <= '9' && !*end)
		return port <= 65535 ? port : 0;
	se = getservbyname(s, udp ? "udp" : "tcp");
	return se ? ntohs(se->s_port) : 0;
}

const char *bn_addr(const void *addr)
{
	return inet_ntop(AF_INET, addr, next_buf(), INET_ADDRSTRLEN);
}

const char *bn_name(const void *addr, bool numeric)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	char *buf = next_buf();

	memcpy(&sin.sin_addr, addr, sizeof(sin.sin_addr));
	if (numeric || getnameinfo((struct sockaddr *)&sin, sizeof(sin), buf, NI_MAXHOST, NULL, 0,
				   NI_NAMEREQD))
		return bn_addr(addr);
	return buf;
}

const char *bn_prefix(const void *addr, unsigned int plen)
{
	char *buf = next_buf();

	if (!plen)
		return "default";
	if (plen == 32)
		return bn_addr(addr);
	snprintf(buf, NI_MAXHOST, "%s/%u", bn_addr(addr), plen);
	return buf;
}

const char *bn_lladdr(const uint8_t *a)
{
	char *buf = next_buf();

	snprintf(buf, NI_MAXHOST, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4],
		 a[5]);
	return buf;
}
