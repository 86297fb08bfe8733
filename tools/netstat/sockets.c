// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sockets.c - netstat -a: sockets, what waits in them, and what TCP knows of its
 * connections.
 */
#include "bsdnet.h"
#include "netstat.h"

#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>

#define STATE_LISTEN	10	/* its number in bsd_pcbinfo, as Linux's */

static const struct {
	const char	*name;
	unsigned int	proto;
} protocols[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "raw", IPPROTO_RAW } };

static const struct {
	const char	*name;
	unsigned int	flag;
} options[] = {
	{ "timestamps", TCPI_OPT_TIMESTAMPS }, { "sack", TCPI_OPT_SACK },
	{ "wscale", TCPI_OPT_WSCALE }, { "ecn", TCPI_OPT_ECN },
};

static bool has_peer(const struct bsd_pcbinfo *p)
{
	static const uint8_t any[sizeof(p->pi_faddr)];

	return memcmp(p->pi_faddr, any, sizeof(any));
}

/* "10.0.0.1.53", "*.53", "*.*" */
static const char *endpoint(const uint8_t *addr, uint16_t port, char *buf, size_t size)
{
	static const struct in_addr any;
	char number[8] = "*";

	if (port)
		snprintf(number, sizeof(number), "%u", ntohs(port));
	snprintf(buf, size, "%s.%s", memcmp(addr, &any, sizeof(any)) ? bn_addr(addr) : "*",
		 number);
	return buf;
}

/* What there is only of TCP. */
static void tcp_json(const struct bsd_pcbinfo *p, struct json_object *jo)
{
	unsigned int i;

	if (p->pi_state == STATE_LISTEN) {
		bn_json_int(jo, "queue", p->pi_qlen);
		bn_json_int(jo, "backlog", p->pi_qlimit);
	}
	if (!p->pi_mss)
		return;
	bn_json_str(jo, "congestion", p->pi_cc);
	bn_json_int(jo, "cwnd", p->pi_cwnd);
	bn_json_int(jo, "ssthresh", p->pi_ssthresh);
	bn_json_int(jo, "rtt_us", p->pi_rtt);
	bn_json_int(jo, "rttvar_us", p->pi_rttvar);
	bn_json_int(jo, "minrtt_us", p->pi_minrtt);
	bn_json_int(jo, "rto_us", p->pi_rto);
	bn_json_int(jo, "retransmits", p->pi_rexmits);
	bn_json_int(jo, "backoff", p->pi_backoff);
	bn_json_int(jo, "mss", p->pi_mss);
	bn_json_int(jo, "snd_wnd", p->pi_snd_wnd);
	bn_json_int(jo, "rcv_wnd", p->pi_rcv_wnd);
	bn_json_int(jo, "unacked", p->pi_unacked);
	bn_json_int(jo, "snd_wscale", p->pi_snd_wscale);
	bn_json_int(jo, "rcv_wscale", p->pi_rcv_wscale);
	for (i = 0; i < ARRAY_SIZE(options); i++)
		bn_json_bool(jo, options[i].name, p->pi_options & options[i].flag);
}

/* The same as a line of its own. */
static void tcp_text(const struct bsd_pcbinfo *p)
{
	unsigned int i;

	if (!p->pi_mss)
		return;
	printf("\t%s mss:%u cwnd:%u ssthresh:%u rtt:%.3f/%.3f minrtt:%.3f rto:%u", p->pi_cc,
	       p->pi_mss, p->pi_cwnd, p->pi_ssthresh, p->pi_rtt / 1e3, p->pi_rttvar / 1e3,
	       p->pi_minrtt / 1e3, p->pi_rto / 1000);
	printf(" rexmit:%u backoff:%u", p->pi_rexmits, p->pi_backoff);
	printf(" unacked:%u sndwnd:%u rcvwnd:%u", p->pi_unacked, p->pi_snd_wnd, p->pi_rcv_wnd);
	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (p->pi_options & options[i].flag)
			printf(" %s", options[i].name);
	if (p->pi_options & TCPI_OPT_WSCALE)
		printf(":%u,%u", p->pi_snd_wscale, p->pi_rcv_wscale);
	putchar('\n');
}

static void show_one(const struct bsd_pcbinfo *p, const char *name,
		     const struct netstat_choice *nc, struct json_object *ja)
{
	bool listens = p->pi_state == STATE_LISTEN;
	char local[32], foreign[32];
	struct json_object *jo;

	endpoint(p->pi_laddr, p->pi_lport, local, sizeof(local));
	endpoint(p->pi_faddr, p->pi_fport, foreign, sizeof(foreign));
	if (!ja) {
		printf("%-6s %7u %7u  %-22s %-22s %6u %5u  %s\n", name,
		       listens ? p->pi_qlen : p->pi_rcv_cc, listens ? p->pi_qlimit : p->pi_snd_cc,
		       local, foreign, p->pi_rtableid, p->pi_uid, bn_tcp_state(p->pi_state));
		if (nc->verbose)
			tcp_text(p);
		return;
	}
	jo = json_object_new_object();
	bn_json_str(jo, "protocol", name);
	bn_json_str(jo, "local", local);
	bn_json_str(jo, "foreign", foreign);
	if (p->pi_state)
		bn_json_str(jo, "state", bn_tcp_state(p->pi_state));
	bn_json_int(jo, "recv_q", p->pi_rcv_cc);
	bn_json_int(jo, "send_q", p->pi_snd_cc);
	bn_json_int(jo, "recv_limit", p->pi_rcv_hiwat);
	bn_json_int(jo, "send_limit", p->pi_snd_hiwat);
	bn_json_int(jo, "recv_drops", p->pi_rcv_drops);
	bn_json_int(jo, "rtable", p->pi_rtableid);
	bn_json_int(jo, "uid", p->pi_uid);
	tcp_json(p, jo);
	json_object_array_add(ja, jo);
}

static bool chosen(const struct bsd_pcbinfo *p, const struct netstat_choice *nc)
{
	if (nc->rtable >= 0 && p->pi_rtableid != (unsigned int)nc->rtable)
		return false;
	if (nc->listening)
		return p->pi_state == STATE_LISTEN;
	return nc->all || has_peer(p);
}

/* Is @proto a protocol with sockets? */
bool netstat_has_sockets(const char *proto)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (!strcmp(protocols[i].name, proto))
			return true;
	return false;
}

void netstat_sockets(const struct netstat_choice *nc, bool json)
{
	struct json_object *ja = json ? json_object_new_array() : NULL;
	struct bsd_pcbinfo *pi;
	unsigned int i, k, n;

	if (!json)
		printf("Active Internet connections%s\n%-6s %7s %7s  %-22s %-22s %6s %5s  %s\n",
		       nc->listening ? " (only servers)" : nc->all ? " (including servers)" : "",
		       "Proto", "Recv-Q", "Send-Q", "Local Address", "Foreign Address", "Rtable",
		       "Uid", "State");
	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (nc->proto && strcmp(protocols[i].name, nc->proto))
			continue;
		pi = bn_pcbs(protocols[i].proto, &n);
		for (k = 0; k < n; k++)
			if (chosen(&pi[k], nc))
				show_one(&pi[k], protocols[i].name, nc, ja);
		free(pi);
	}
	if (json)
		bn_json_print(ja);
}
