// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * fuzz-segments INTERFACE ADDRESS MAC TARGET PORT COUNT SEED - TCP segments that
 * nobody should send, to whoever listens at TARGET and sends back what it gets.
 *
 * Runs at the other end of the wire, at an ADDRESS that is nobody's there; TARGET has
 * a permanent ARP entry for it, and the Ethernet address MAC. Two kinds of connections:
 *
 * - guarded ones are opened properly. What is sent into them is made so that RFC 9293,
 *   5961 and 7323 have it dropped, or taken without harm: data in the window has the
 *   bytes that belong there, what must be dropped has others. Between the mutations
 *   data goes to and fro; each byte that comes back is compared, and a reset, a FIN or
 *   an acknowledgment of what was never sent ends the run.
 * - strangers send whatever comes to mind: to the listener, to what is half open, to
 *   connections that may die of it.
 *
 * The seed repeats the choices; what they are applied to depends on what was answered.
 */
#include "prog.h"
#include "segment.h"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NGUARDED	8
#define NSTRANGERS	24
#define FIRSTPORT	20000	/* guarded: from here on; strangers: behind them, to 60000 */
#define BATCH		64	/* mutations until the target must have seen them */
#define AHEAD		16384	/* bytes of data under way, both directions together */
#define FINALLY		20000	/* bytes to and fro when all is over */
#define PATIENCE	120	/* seconds without any progress */
#define MSS		SEGMENT_MAXDATA
#define SPACE		65536	/* window that guarded connections tell */
#define SHIFT		4	/* ... by so much, where they scale it */

/*
 * Offsets count bytes of data; sequence numbers of ours are c_iss + 1 + offset. What the
 * target has taken in order ends between c_una and c_high.
 */
struct conn {
	unsigned int	c_port;
	uint32_t	c_iss, c_irs;
	uint32_t	c_una;		/* offset: acknowledged */
	uint32_t	c_next;		/* offset: next to send properly */
	uint32_t	c_high;		/* offset: behind all that was sent of the data */
	uint32_t	c_edge;		/* offset: end of the widest window told */
	uint32_t	c_back;		/* offset: come back in order */
	uint32_t	c_tsecr;	/* the target's clock */
	unsigned int	c_shift;	/* of its windows */
	bool		c_ts, c_sack, c_scale;
	bool		c_open;
	bool		c_finsent, c_fin;
	unsigned int	c_idle;		/* batches without news */
	unsigned int	c_left;		/* stranger: segments until it is another */
	unsigned int	c_lastlen;
	uint8_t		c_last[74];	/* what was sent last, for the report */
};

static struct conn guarded[NGUARDED], strangers[NSTRANGERS];
static uint8_t our_mac[6], target_mac[6];
static uint32_t ours, target;		/* host order */
static unsigned int target_port;
static int wire;
static uint16_t pinged, ponged;
static unsigned long done, resets, synacks, bytes;

static uint32_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return 1000000 + ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The byte at an offset of a connection's data, either direction. */
static uint8_t pattern(const struct conn *c, uint32_t offset)
{
	uint32_t h = (offset ^ c->c_port << 16) * 2654435761U;

	return h >> 24 ^ h >> 11;
}

static void __attribute__((noreturn)) broken(const struct conn *c, const char *what)
{
	unsigned int i;

	fprintf(stderr, "port %u, after %lu segments: %s\n", c->c_port, done, what);
	fprintf(stderr, "offsets: una %u next %u high %u edge %u back %u; iss %u irs %u\n",
		c->c_una, c->c_next, c->c_high, c->c_edge, c->c_back, c->c_iss, c->c_irs);
	fprintf(stderr, "last of it:");
	for (i = 0; i < c->c_lastlen; i++)
		fprintf(stderr, " %02x", c->c_last[i]);
	fprintf(stderr, "\n");
	exit(1);
}

/* ---- out ---- */

static void transmit(struct segment *sg)
{
	while (send(wire, sg->sg_frame, sg->sg_framelen, 0) < 0)
		if (errno != ENOBUFS && errno != EAGAIN)
			fail("send");
}

static void finish(struct segment *sg)
{
	segment_build(sg, our_mac, target_mac, ours, target);
}

static void emit(struct conn *c, struct segment *sg)
{
	finish(sg);
	transmit(sg);
	c->c_lastlen = sg->sg_framelen < sizeof(c->c_last) ? sg->sg_framelen : sizeof(c->c_last);
	memcpy(c->c_last, sg->sg_frame, c->c_lastlen);
}

static uint32_t seq_of(const struct conn *c, uint32_t offset)
{
	return c->c_iss + 1 + offset;
}

static uint32_t ack_of(const struct conn *c, uint32_t offset)
{
	return c->c_irs + 1 + offset;
}

static void start(const struct conn *c, struct segment *sg, uint32_t seq, uint32_t ack,
		  unsigned int flags)
{
	segment_start(sg, c->c_port, target_port, seq, ack, flags);
	sg->sg_win = c->c_scale ? SPACE >> SHIFT : SPACE - 1;
}

/* A segment of the connection as it should be, data from @offset on. */
static void proper(struct conn *c, uint32_t offset, unsigned int len, unsigned int flags)
{
	struct segment sg;
	unsigned int i;

	start(c, &sg, seq_of(c, offset), ack_of(c, c->c_back) + c->c_fin, flags | TH_ACK);
	if (c->c_ts)
		segment_tstamp(&sg, clock_ms(), c->c_tsecr);
	for (i = 0; i < len; i++)
		sg.sg_data[i] = pattern(c, offset + i);
	sg.sg_len = len;
	if ((int32_t)(offset + len - c->c_high) > 0)
		c->c_high = offset + len;
	emit(c, &sg);
}

/* What a host does whose port is closed. */
static void refuse(unsigned int port, uint32_t seq)
{
	struct segment sg;

	segment_start(&sg, port, target_port, seq, 0, TH_RST);
	finish(&sg);
	transmit(&sg);
}

static void syn(struct conn *c)
{
	static const uint8_t mss[] = { MSS >> 8, MSS & 0xff }, shift = SHIFT;
	struct segment sg;

	start(c, &sg, c->c_iss, 0, TH_SYN);
	sg.sg_win = SPACE - 1;
	segment_option(&sg, TCPOPT_MAXSEG, 4, mss, 4);
	if (c->c_sack)
		segment_option(&sg, TCPOPT_SACK_PERMITTED, 2, mss, 2);
	if (c->c_scale)
		segment_option(&sg, TCPOPT_WINDOW, 3, &shift, 3);
	if (c->c_ts)
		segment_tstamp(&sg, clock_ms(), 0);
	emit(c, &sg);
}

/* ---- in ---- */

static void take_data(struct conn *c, uint32_t offset, const uint8_t *p, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		if ((int32_t)(offset + i - c->c_high) >= 0)
			broken(c, "more came back than was sent");
		if (p[i] != pattern(c, offset + i))
			broken(c, "other bytes came back than were sent");
	}
	bytes += len;
	if ((int32_t)(offset - c->c_back) <= 0 && (int32_t)(offset + len - c->c_back) > 0) {
		c->c_back = offset + len;
		c->c_idle = 0;
	}
}

static void take_synack(struct conn *c, const struct segment *sg)
{
	const uint8_t *shift = segment_find(sg, TCPOPT_WINDOW);

	c->c_irs = sg->sg_seq;
	c->c_shift = shift && c->c_scale ? shift[2] : 0;
	c->c_edge = sg->sg_win;
	if (!segment_find(sg, TCPOPT_TIMESTAMP))
		c->c_ts = false;
	c->c_open = true;
	synacks++;
}

static void take_ack(struct conn *c, const struct segment *sg)
{
	uint32_t ack = sg->sg_ack - c->c_iss - 1;
	uint32_t edge = ack + (sg->sg_win << c->c_shift);

	if ((int32_t)(ack - c->c_high - c->c_finsent) > 0)
		broken(c, "acknowledged what was never sent");
	if ((int32_t)(ack - c->c_una) > 0) {
		c->c_una = ack;
		c->c_idle = 0;
	}
	if ((int32_t)(c->c_una - c->c_next) > 0)
		c->c_next = c->c_una;
	if ((int32_t)(edge - c->c_edge) > 0)
		c->c_edge = edge;
}

static void guarded_input(struct conn *c, const struct segment *sg)
{
	const uint8_t *ts = segment_find(sg, TCPOPT_TIMESTAMP);

	if (sg->sg_flags & TH_RST)
		broken(c, "reset");
	if (ts)
		c->c_tsecr = get32(ts + 2);
	if (sg->sg_flags & TH_SYN) {
		if (!c->c_open)
			take_synack(c, sg);
		proper(c, c->c_next, 0, 0);
		return;
	}
	take_ack(c, sg);
	take_data(c, sg->sg_seq - c->c_irs - 1, sg->sg_in, sg->sg_len);
	if (sg->sg_flags & TH_FIN) {
		if (!c->c_finsent)
			broken(c, "FIN");
		if (sg->sg_seq + sg->sg_len == ack_of(c, c->c_back))
			c->c_fin = true;
	}
}

static void stranger_input(struct conn *c, const struct segment *sg)
{
	if (sg->sg_flags & TH_RST) {
		resets++;
		if (rnd_one_in(4))
			c->c_left = 0;
		return;
	}
	if (sg->sg_flags & TH_SYN) {
		c->c_irs = sg->sg_seq;
		c->c_open = true;
		synacks++;
	}
	c->c_una = sg->sg_ack - c->c_iss - 1;
	c->c_back = sg->sg_seq + sg->sg_len + !!(sg->sg_flags & TH_SYN) - c->c_irs - 1;
}

static void input(const struct segment *sg)
{
	unsigned int i;

	for (i = 0; i < NGUARDED; i++)
		if (guarded[i].c_port == sg->sg_dport) {
			guarded_input(&guarded[i], sg);
			return;
		}
	for (i = 0; i < NSTRANGERS; i++)
		if (strangers[i].c_port == sg->sg_dport) {
			stranger_input(&strangers[i], sg);
			return;
		}
	if (!(sg->sg_flags & TH_RST))
		refuse(sg->sg_dport, sg->sg_ack);
}

/* Everything that has come; waits for the first no longer than @ms. */
static void receive(int ms)
{
	static uint8_t frame[70000];
	struct pollfd pfd = { .fd = wire, .events = POLLIN };
	struct segment sg;
	ssize_t len;

	if (poll(&pfd, 1, ms) <= 0)
		return;
	while ((len = recv(wire, frame, sizeof(frame), MSG_DONTWAIT)) > 0) {
		if (len < 42 || get16(frame + 12) != ETHERTYPE_IP || get32(frame + 30) != ours)
			continue;
		if (frame[23] == IPPROTO_ICMP && frame[34] == 0)
			ponged = get16(frame + 40);
		else if (segment_parse(&sg, frame, len))
			input(&sg);
	}
}

/* Until the target has seen what was sent. */
static void settle(void)
{
	uint8_t frame[60];
	unsigned int tries;

	pinged++;
	frame_echo(frame, our_mac, target_mac, ours, target, pinged);
	for (tries = 0; tries < 20; tries++) {
		uint32_t from = clock_ms();

		if (send(wire, frame, sizeof(frame), 0) < 0 && errno != ENOBUFS)
			fail("send");
		while (ponged != pinged && clock_ms() - from < 1000)
			receive(100);
		if (ponged == pinged)
			return;
	}
	fprintf(stderr, "the target has gone, after %lu segments\n", done);
	exit(1);
}

/* ---- mutations that a guarded connection survives ---- */

static uint32_t around(uint32_t base, uint32_t width)
{
	switch (rnd_below(8)) {
	case 0: return base;
	case 1: return base + 1;
	case 2: return base - 1;
	case 3: return base + width;
	case 4: return base - width;
	case 5: return base + 0x80000000U + rnd_below(5) - 2;
	case 6: return base + rnd_below(width + 1);
	default: return rnd();
	}
}

/* All before what was taken: nothing of it counts. */
static void stale(struct conn *c, struct segment *sg)
{
	unsigned int len = rnd_below(MSS);

	start(c, sg, seq_of(c, c->c_una) - 1 - len - rnd_below(70000), rnd(), rnd());
	segment_garbage(sg, len);
	segment_random_options(sg, true);
}

/* All behind the window, or half the number space away. */
static void beyond(struct conn *c, struct segment *sg)
{
	uint32_t seq = seq_of(c, c->c_edge) + (1 << 20) + rnd_below(1 << 30);

	if (rnd_one_in(3))
		seq = seq_of(c, c->c_una) + 0x80000000U + rnd_below(5) - 2;
	start(c, sg, seq, rnd(), rnd());
	segment_garbage(sg, rnd_below(MSS));
	segment_random_options(sg, true);
}

/* A reset anywhere but where it would count. */
static void reset(struct conn *c, struct segment *sg)
{
	uint32_t offset = rnd_one_in(2) ? around(c->c_una, c->c_edge - c->c_una) :
					  c->c_high + 1 + rnd_below(3);

	if (offset - c->c_una <= c->c_high - c->c_una)
		offset = rnd_one_in(2) ? c->c_una - 1 : c->c_high + 1;
	start(c, sg, seq_of(c, offset), rnd_one_in(2) ? ack_of(c, c->c_back) : rnd(),
	      TH_RST | (rnd() & ~TH_SYN));
	segment_garbage(sg, rnd_one_in(2) ? rnd_below(100) : 0);
	segment_random_options(sg, true);
}

/* A SYN, which no connection believes. */
static void handshake(struct conn *c, struct segment *sg)
{
	start(c, sg, seq_of(c, around(c->c_una, c->c_edge - c->c_una)),
	      rnd_one_in(2) ? ack_of(c, c->c_back) : rnd(), TH_SYN | (rnd() & ~TH_RST));
	segment_garbage(sg, rnd_one_in(2) ? rnd_below(MSS) : 0);
	segment_random_options(sg, true);
}

/* In the window, without an acknowledgment. */
static void silent(struct conn *c, struct segment *sg)
{
	start(c, sg, seq_of(c, c->c_una) + rnd_below(3000), rnd(),
	      rnd() & ~(TH_ACK | TH_RST | TH_SYN));
	segment_garbage(sg, rnd_below(MSS));
	segment_random_options(sg, true);
}

static void sane_options(const struct conn *c, struct segment *sg)
{
	if (c->c_ts)
		segment_tstamp(sg, clock_ms() - (rnd_one_in(4) ? rnd_below(5000) : 0),
			       c->c_tsecr - (rnd_one_in(4) ? rnd_below(500) : 0));
	if (rnd_one_in(3))
		segment_sack(sg, ack_of(c, c->c_back), 2 * SPACE);
	if (rnd_one_in(3))
		segment_random_options(sg, false);
}

/* In the window; acknowledges what was not sent, or what nobody remembers. */
static void impossible(struct conn *c, struct segment *sg)
{
	uint32_t ack = rnd_one_in(2) ? ack_of(c, c->c_high) + 2 + rnd_below(1 << 30) :
				       ack_of(c, c->c_back) - (1 << 30) - rnd_below(1 << 29);

	start(c, sg, seq_of(c, c->c_una) + rnd_below(3000), ack,
	      TH_ACK | (rnd() & ~(TH_RST | TH_SYN)));
	sg->sg_win = rnd();
	segment_garbage(sg, rnd_below(MSS));
	sane_options(c, sg);
}

/* In the window, from long ago by its timestamp. RFC 7323 5. */
static void ancient(struct conn *c, struct segment *sg)
{
	if (!c->c_ts) {
		stale(c, sg);
		return;
	}
	start(c, sg, seq_of(c, c->c_una) + rnd_below(3000), ack_of(c, c->c_back),
	      TH_ACK | (rnd() & ~(TH_RST | TH_SYN)));
	sg->sg_win = rnd();
	segment_tstamp(sg, clock_ms() - (1 << 28) - rnd_below(1 << 30), rnd());
	segment_garbage(sg, rnd_below(MSS));
}

/* What would count, if only its sum, its lengths or a bit were right. */
static void damaged(struct conn *c, struct segment *sg)
{
	start(c, sg, seq_of(c, c->c_una), ack_of(c, c->c_back), rnd());
	segment_garbage(sg, rnd_below(MSS));
	segment_random_options(sg, true);
	sg->sg_lie = LIE_SUM + rnd_below(LIE_N - LIE_SUM);
}

/* Data that belongs where it is, by whatever pieces. */
static void pieces(struct conn *c, struct segment *sg)
{
	uint32_t from = c->c_una - rnd_below(3000);
	uint32_t room = c->c_high - c->c_una < AHEAD ? 3000 : 0;
	unsigned int len = rnd_one_in(4) ? rnd_below(10) : rnd_below(MSS - 100);
	unsigned int i;

	if (!rnd_one_in(3))
		from = c->c_una + rnd_below(c->c_high - c->c_una + room + 1);
	start(c, sg, seq_of(c, from), ack_of(c, c->c_back) - (rnd_one_in(3) ? rnd_below(3000) : 0),
	      TH_ACK | (rnd() & (TH_PUSH | TH_URG | TH_ECE | TH_CWR)));
	sg->sg_urg = rnd();
	/* A window told with a later number than any proper segment's would stay. */
	if (rnd_one_in(4) && (int32_t)(from - c->c_next) <= 0)
		sg->sg_win = rnd_one_in(2) ? 0 : rnd();
	sane_options(c, sg);
	segment_garbage(sg, len);
	for (i = 0; i < sg->sg_len; i++)
		if ((int32_t)(from + i - c->c_una) >= 0)
			sg->sg_data[i] = pattern(c, from + i);
	if ((int32_t)(from + sg->sg_len - c->c_high) > 0)
		c->c_high = from + sg->sg_len;
}

/* Acknowledgments without data: duplicates, windows, blocks. */
static void empty(struct conn *c, struct segment *sg)
{
	start(c, sg, seq_of(c, c->c_next) - (rnd_one_in(4) ? rnd_below(3) : 0),
	      ack_of(c, c->c_back) - (rnd_one_in(4) ? rnd_below(100000) : 0),
	      TH_ACK | (rnd() & (TH_PUSH | TH_URG | TH_ECE | TH_CWR)));
	sg->sg_urg = rnd();
	if (rnd_one_in(3))
		sg->sg_win = rnd_one_in(2) ? 0 : rnd();
	sane_options(c, sg);
}

static void attack(struct conn *c)
{
	static void (*const kinds[])(struct conn *, struct segment *) = {
		stale, beyond, reset, handshake, silent, impossible, ancient, damaged, damaged,
		pieces, pieces, pieces, empty, empty };
	struct segment sg;

	kinds[rnd_below(ARRAY_SIZE(kinds))](c, &sg);
	emit(c, &sg);
}

/* ---- strangers ---- */

static void stranger_new(struct conn *c)
{
	static unsigned int port = FIRSTPORT + NGUARDED;
	static const uint32_t edges[] = { 0, 0xffffffff, 0x7fffffff, 0x80000000, 0xfffff000 };

	memset(c, 0, sizeof(*c));
	c->c_port = port++;
	if (port >= 60000)
		port = FIRSTPORT + NGUARDED;
	c->c_iss = rnd_one_in(2) ? rnd() : edges[rnd_below(ARRAY_SIZE(edges))];
	c->c_left = 5 + rnd_below(100);
}

static void stranger(struct conn *c)
{
	struct segment sg;
	unsigned int i;

	if (!c->c_left--)
		stranger_new(c);
	if (!c->c_open || rnd_one_in(30)) {
		start(c, &sg, rnd_one_in(20) ? rnd() : c->c_iss, rnd_one_in(2) ? 0 : rnd(),
		      rnd_one_in(4) ? rnd() : TH_SYN | (rnd() & (TH_ECE | TH_CWR)));
	} else {
		static const uint8_t flags[] = { TH_ACK, TH_ACK, TH_ACK | TH_PUSH, TH_RST,
						 TH_RST | TH_ACK, TH_FIN | TH_ACK, TH_SYN,
						 TH_SYN | TH_ACK };

		start(c, &sg, rnd_one_in(2) ? seq_of(c, c->c_una) :
					      around(seq_of(c, c->c_una), SPACE),
		      rnd_one_in(2) ? ack_of(c, c->c_back) : around(ack_of(c, c->c_back), SPACE),
		      rnd_one_in(4) ? rnd() : flags[rnd_below(ARRAY_SIZE(flags))]);
	}
	sg.sg_urg = rnd();
	if (rnd_one_in(3))
		sg.sg_win = rnd_one_in(3) ? 0 : rnd();
	if (rnd_one_in(3))
		segment_sack(&sg, ack_of(c, c->c_back), SPACE);
	segment_random_options(&sg, true);
	if (rnd_one_in(2)) {
		segment_garbage(&sg, rnd_below(MSS));
		for (i = 0; i < sg.sg_len; i++)
			sg.sg_data[i] = i;
	}
	if (rnd_one_in(12))
		sg.sg_lie = rnd_below(LIE_N);
	emit(c, &sg);
}

/* ---- the run ---- */

/* Go on properly: new data or what seems lost, and an acknowledgment. */
static void go_on(struct conn *c, uint32_t until)
{
	uint32_t len = 1 + rnd_below(MSS - 100);
	uint32_t window;

	if (++c->c_idle % 16 == 0)
		c->c_next = c->c_una;
	if (c->c_idle > 16 && rnd_one_in(2))
		len = 1;	/* as if the window were probed */
	window = c->c_edge - c->c_next;
	if ((int32_t)window < (int32_t)len)
		len = c->c_idle > 16 ? 1 : 0;
	if (c->c_next - c->c_back > AHEAD || c->c_next - c->c_una > AHEAD)
		len = 0;
	if ((int32_t)(until - c->c_next) < (int32_t)len)
		len = (int32_t)(until - c->c_next) > 0 ? until - c->c_next : 0;
	proper(c, c->c_next, len, len ? TH_PUSH : 0);
	c->c_next += len;
}

static void connect_all(void)
{
	static const uint32_t edges[] = { 0xfffff000, 0x7ffff000, 0xffffffff, 0 };
	unsigned int i, tries;

	for (i = 0; i < NGUARDED; i++) {
		struct conn *c = &guarded[i];

		c->c_port = FIRSTPORT + i;
		c->c_iss = edges[i % 4];
		c->c_ts = i & 1;
		c->c_sack = !(i & 2);
		c->c_scale = i & 4;
		for (tries = 0; !c->c_open && tries < 20; tries++) {
			syn(c);
			receive(1000);
		}
		if (!c->c_open)
			broken(c, "no answer");
	}
	for (i = 0; i < NSTRANGERS; i++)
		stranger_new(&strangers[i]);
}

static void mutate(unsigned long count)
{
	uint32_t news = clock_ms();
	unsigned int i;

	while (done < count) {
		unsigned long before = bytes;

		for (i = 0; i < BATCH && done < count; i++, done++) {
			if (rnd_below(3))
				attack(&guarded[rnd_below(NGUARDED)]);
			else
				stranger(&strangers[rnd_below(NSTRANGERS)]);
		}
		settle();
		for (i = 0; i < NGUARDED; i++)
			go_on(&guarded[i], guarded[i].c_next + MSS);
		receive(0);
		if (bytes != before)
			news = clock_ms();
		else if (clock_ms() - news > PATIENCE * 1000)
			broken(&guarded[0], "nothing comes back any more, nowhere");
	}
}

/* A connection after all this: carries data and ends as any. */
static void complete(struct conn *c)
{
	uint32_t until = c->c_high + FINALLY, from = clock_ms();
	uint32_t back = c->c_back;

	c->c_idle = 0;
	while (!c->c_fin) {
		settle();
		if (c->c_back != until) {
			go_on(c, until);
		} else {
			c->c_finsent = true;
			proper(c, until, 0, TH_FIN);
		}
		receive(2);
		if (c->c_back != back)
			from = clock_ms();
		back = c->c_back;
		if (clock_ms() - from > PATIENCE * 1000)
			broken(c, "what was sent does not come back");
	}
	c->c_una = until + 1;
	proper(c, until + 1, 0, 0);
}

static void open_wire(const char *ifname)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP),
				   .sll_ifindex = if_nametoindex(ifname) };
	struct sockaddr_ll me;
	socklen_t len = sizeof(me);
	int size = 8 << 20, one = 1;

	wire = socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE_IP));
	if (wire < 0 || bind(wire, (struct sockaddr *)&sll, sizeof(sll)) ||
	    getsockname(wire, (struct sockaddr *)&me, &len))
		fail(ifname);
	setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(wire, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	memcpy(our_mac, me.sll_addr, 6);
}

int main(int argc, char **argv)
{
	unsigned int m[6], i;

	if (argc != 8 || sscanf(argv[3], "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4,
				m + 5) != 6) {
		fprintf(stderr,
			"usage: fuzz-segments INTERFACE ADDRESS MAC TARGET PORT COUNT SEED\n");
		return 1;
	}
	ours = ntohl(inet_addr(argv[2]));
	target = ntohl(inet_addr(argv[4]));
	target_port = atoi(argv[5]);
	for (i = 0; i < 6; i++)
		target_mac[i] = m[i];
	rnd_seed(strtoul(argv[7], NULL, 0));
	open_wire(argv[1]);
	connect_all();
	mutate(strtoul(argv[6], NULL, 0));
	for (i = 0; i < NGUARDED; i++)
		complete(&guarded[i]);
	for (i = 0; i < NSTRANGERS; i++)
		if (strangers[i].c_open)
			refuse(strangers[i].c_port, seq_of(&strangers[i], strangers[i].c_una));
	printf("{\"segments\": %lu, \"bytes\": %lu, \"synacks\": %lu, \"resets\": %lu}\n", done,
	       bytes, synacks, resets);
	return 0;
}
