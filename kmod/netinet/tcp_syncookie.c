// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_syncookie.c - a half-open connection that the peer keeps for us: what a SYN said
 * is in the sequence number of our answer, which comes back with the next segment.
 *
 * Receive path: tcp_syncache.c -> here, when the cache is full.
 *
 * A cookie, from the top: 24 bits of a keyed hash of both ends, the peer's sequence
 * number, the time and the other eight bits; those, hidden by the hash: selective
 * acknowledgments, an index of window scales, one of segment sizes, the parity of the
 * time. It is good for one to two epochs. Timestamps need no bit: a peer that sends
 * them says so again.
 *
 * Context: any; no lock, nothing is written.
 * Source: RFC 4987 3.6, appendix A.
 */
#include <bsdnet/tcp_var.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/siphash.h>

#define COOKIE_EPOCH	(32 * HZ)

#define CB_PARITY	0x01	/* of the epoch */
#define CB_MSS		0x0e
#define CB_MSS_SHIFT	1
#define CB_SCALE	0x70
#define CB_SCALE_SHIFT	4
#define CB_SACK		0x80

/* The largest that is not more than the peer's counts. */
static const u16 cookie_mss[] = { TCP_MINMSS, 536, 1200, 1360, 1400, 1440, 1460, 8960 };
/* The first: the peer does not scale windows. */
static const s8 cookie_scale[] = { -1, 0, 2, 4, 6, 7, 8, 10 };

static siphash_key_t cookie_key;

struct cookie_input {
	__be32	ci_faddr;
	__be32	ci_laddr;
	__be16	ci_fport;
	__be16	ci_lport;
	u32	ci_irs;
	u32	ci_epoch;
	u16	ci_rdomain;
	u16	ci_bits;
} __aligned(SIPHASH_ALIGNMENT);

static u32 cookie_hash(const struct in_conninfo *inc, u32 irs, u32 epoch, u8 bits)
{
	struct cookie_input ci = {
		.ci_faddr = inc->inc_faddr,
		.ci_laddr = inc->inc_laddr,
		.ci_fport = inc->inc_fport,
		.ci_lport = inc->inc_lport,
		.ci_irs = irs,
		.ci_epoch = epoch,
		.ci_rdomain = rtable_rdomain(inc->inc_rtableid),
		.ci_bits = bits,
	};

	return siphash(&ci, sizeof(ci), &cookie_key);
}

/* What hides the bits must not depend on them. */
static u8 cookie_mask(const struct in_conninfo *inc, u32 irs)
{
	return cookie_hash(inc, irs, 0, 0) >> 24;
}

/**
 * bsd_syncookie_make() - a sequence number that remembers a SYN
 * @inc: both ends
 * @irs: the peer's initial sequence number
 * @to:  what else it said
 * @sack: selective acknowledgments are used
 *
 * Context: Any.
 * Return:  initial sequence number for the answer.
 */
u32 bsd_syncookie_make(const struct in_conninfo *inc, u32 irs, const struct tcp_opts *to,
		       bool sack)
{
	u32 epoch = jiffies / COOKIE_EPOCH;
	unsigned int mss = ARRAY_SIZE(cookie_mss) - 1;
	unsigned int scale = 0;
	u8 bits = epoch & CB_PARITY;

	while (mss && cookie_mss[mss] > (to->to_mss ? to->to_mss : TCP_DEFMSS))
		mss--;
	if (to->to_flags & TO_WSCALE)
		for (scale = ARRAY_SIZE(cookie_scale) - 1; cookie_scale[scale] > to->to_wscale;)
			scale--;
	bits |= mss << CB_MSS_SHIFT | scale << CB_SCALE_SHIFT;
	if (sack)
		bits |= CB_SACK;
	return cookie_hash(inc, irs, epoch, bits) << 8 | (bits ^ cookie_mask(inc, irs));
}
EXPORT_SYMBOL_IF_KUNIT(bsd_syncookie_make);

/**
 * bsd_syncookie_check() - what a sequence number remembers
 * @inc: both ends
 * @irs: the peer's initial sequence number
 * @iss: ours, as the peer acknowledges it
 * @to:  out: what the SYN said: size, window scale, selective acknowledgments
 *
 * Context: Any.
 * Return:  false if it is no cookie of ours, or an old one.
 */
bool bsd_syncookie_check(const struct in_conninfo *inc, u32 irs, u32 iss, struct tcp_opts *to)
{
	u8 bits = iss ^ cookie_mask(inc, irs);
	u32 epoch = jiffies / COOKIE_EPOCH;
	s8 scale = cookie_scale[(bits & CB_SCALE) >> CB_SCALE_SHIFT];

	if ((epoch ^ bits) & CB_PARITY)
		epoch--;
	if ((cookie_hash(inc, irs, epoch, bits) ^ iss >> 8) << 8)
		return false;
	memset(to, 0, sizeof(*to));
	to->to_mss = cookie_mss[(bits & CB_MSS) >> CB_MSS_SHIFT];
	if (scale >= 0) {
		to->to_wscale = scale;
		to->to_flags |= TO_WSCALE;
	}
	if (bits & CB_SACK)
		to->to_flags |= TO_SACKOK;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(bsd_syncookie_check);

/**
 * bsd_syncookie_init() - a key of its own each time
 *
 * Context: Process, at load.
 */
void bsd_syncookie_init(void)
{
	get_random_bytes(&cookie_key, sizeof(cookie_key));
}
