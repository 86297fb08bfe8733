// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * em_mac.c - the MAC of em: reset, link, address filters, spreading by RSS.
 *
 * Not in the packet path. A reset is what stops the device for good: afterwards it does
 * not touch memory any more. Each time the interface goes up the MAC is reset and set up
 * from nothing, so no state of an earlier driver is relied on.
 *
 * A device that was pulled out reads as all ones: nothing here waits for it.
 *
 * Context: process, may sleep; rtnl held once the ifnet is attached.
 * Source: "82574 GbE Controller Family Datasheet", 4.6 (initialization), 7.1.2 (filters),
 * 7.1.8 (RSS), 10.2 (registers).
 */
#include "em_priv.h"
#include <linux/delay.h>
#include <linux/iopoll.h>
#include <linux/string.h>

#define EM_POLL_US	10	/* between two looks at a register */
#define EM_WAIT_US	(100 * 1000)	/* for a bit to change */

/* The first @n bytes of @p as registers have them, the first one lowest. */
static u32 em_mac_bytes(const u8 *p, unsigned int n)
{
	u32 val = 0;

	while (n--)
		val = val << 8 | p[n];
	return val;
}

/* Until @bits of @reg are @want; -ETIMEDOUT. All ones end it too. */
static int em_mac_wait(struct em_softc *sc, u32 reg, u32 bits, u32 want)
{
	u32 val;

	return read_poll_timeout(em_read, val, (val & bits) == want || val == EM_GONE,
				 EM_POLL_US, EM_WAIT_US, false, sc, reg);
}

/**
 * em_mac_reset() - stop everything and forget it
 * @sc: device
 *
 * No interrupt and no access to memory comes from the device after this. Its address is
 * that of the NVM again.
 *
 * Return: 0; -ENODEV: it is gone; -EIO: it does not come back.
 */
int em_mac_reset(struct em_softc *sc)
{
	struct device *dev = &sc->sc_pdev->dev;
	u32 ctrl = em_read(sc, EM_CTRL);

	if (ctrl == EM_GONE)
		return -ENODEV;
	em_write(sc, EM_IMC, EM_GONE);
	em_write(sc, EM_RCTL, 0);
	em_write(sc, EM_TCTL, EM_TCTL_PSP);
	em_write(sc, EM_CTRL, ctrl | EM_CTRL_NOMASTER);
	if (em_mac_wait(sc, EM_STATUS, EM_STATUS_MASTER, 0))
		dev_warn(dev, "transactions go on, reset all the same\n");
	em_write(sc, EM_CTRL, ctrl | EM_CTRL_RST);
	/* No register may be touched for a microsecond. */
	usleep_range(1000, 2000);
	if (em_mac_wait(sc, EM_EECD, EM_EECD_AUTO_RD, EM_EECD_AUTO_RD)) {
		dev_err(dev, "no answer after a reset\n");
		return -EIO;
	}
	em_write(sc, EM_IMC, EM_GONE);
	em_write(sc, EM_ICR, EM_GONE);
	return 0;
}

static void em_mac_update(struct em_softc *sc, u32 reg, u32 clear, u32 set)
{
	em_write(sc, reg, (em_read(sc, reg) & ~clear) | set);
}

/**
 * em_mac_init() - set the MAC up but for rings and interrupts
 * @sc: device after a reset
 *
 * Flow control stays off. The link comes up if there is a partner.
 */
void em_mac_init(struct em_softc *sc)
{
	unsigned int i;

	em_mac_update(sc, EM_CTRL_EXT, EM_CTRL_EXT_HWCLR,
		      EM_CTRL_EXT_HWSET | EM_CTRL_EXT_PBA_CLR);
	em_mac_update(sc, EM_GCR, 0, EM_GCR_HWSET);
	em_mac_update(sc, EM_GCR2, 0, EM_GCR2_HWSET);
	em_write(sc, EM_FCAL, 0);
	em_write(sc, EM_FCAH, 0);
	em_write(sc, EM_FCT, 0);
	em_write(sc, EM_FCTTV, 0);
	em_write(sc, EM_TIPG, EM_TIPG_COPPER);
	em_write(sc, EM_RFCTL, EM_RFCTL_PLAIN | EM_RFCTL_EXTEN);
	em_write(sc, EM_RXCSUM, EM_RXCSUM_IPOFL | EM_RXCSUM_TUOFL | EM_RXCSUM_PCSD);
	for (i = 0; i < EM_NRSSRK; i++)
		em_write(sc, EM_RSSRK(i), em_mac_bytes(&softnet_rss_key[4 * i], 4));
	em_mac_spread(sc, sc->sc_nqueues);
	em_write(sc, EM_MRQC, EM_MRQC_RSS);
	for (i = 0; i < EM_NMTA; i++)
		em_write(sc, EM_MTA(i), 0);
	em_mac_update(sc, EM_CTRL, EM_CTRL_HWBIT | EM_CTRL_ILOS | EM_CTRL_FRCSPD |
		      EM_CTRL_FRCDPX | EM_CTRL_RFCE | EM_CTRL_TFCE | EM_CTRL_VME, EM_CTRL_SLU);
}

/**
 * em_mac_start() - receive and send
 * @sc: device with rings
 */
void em_mac_start(struct em_softc *sc)
{
	em_write(sc, EM_TCTL, EM_TCTL_EN | EM_TCTL_PSP | EM_TCTL_CT | EM_TCTL_COLD |
		 EM_TCTL_RTLC | EM_TCTL_MULR);
	em_write(sc, EM_RCTL, EM_RCTL_EN | EM_RCTL_LPE | EM_RCTL_BAM | EM_RCTL_SECRC);
	em_mac_filter(&sc->sc_if);
}

/**
 * em_mac_spread() - give flows to the first queues
 * @sc: device
 * @n:  queues, 1 to EM_MAXQUEUES
 *
 * Source: 7.1.8.2.
 */
void em_mac_spread(struct em_softc *sc, unsigned int n)
{
	unsigned int i, entry;

	for (i = 0; i < EM_NRETA; i++) {
		u32 val = 0;

		for (entry = 0; entry < 4; entry++)
			val |= EM_RETA_QUEUE(entry % n) << 8 * entry;
		em_write(sc, EM_RETA(i), val);
	}
}

/**
 * em_mac_address() - the address that the NVM says
 * @sc:     device after a reset
 * @lladdr: out
 *
 * Return: 0; -EADDRNOTAVAIL: it says none, or one that is no unicast address.
 */
int em_mac_address(struct em_softc *sc, u8 *lladdr)
{
	u32 high = em_read(sc, EM_RAH);
	u64 all = (u64)high << 32 | em_read(sc, EM_RAL);
	unsigned int i;

	for (i = 0; i < ETH_ALEN; i++)
		lladdr[i] = all >> 8 * i;
	if (!(high & EM_RAH_AV) || lladdr[0] & 1 || !memchr_inv(lladdr, 0, ETH_ALEN))
		return -EADDRNOTAVAIL;
	return 0;
}

/**
 * em_mac_setaddress() - receive what is sent to an address
 * @ifp:    interface
 * @lladdr: address
 *
 * Return: 0.
 */
int em_mac_setaddress(struct ifnet *ifp, const u8 *lladdr)
{
	struct em_softc *sc = ifp->if_softc;

	em_write(sc, EM_RAL, em_mac_bytes(lladdr, 4));
	em_write(sc, EM_RAH, em_mac_bytes(lladdr + 4, 2) | EM_RAH_AV);
	return 0;
}

/**
 * em_mac_filter() - receive what if_flags and if_multi say
 * @ifp: interface
 *
 * Groups are found by a hash of twelve bits, the upper ones of the address's last two
 * bytes, so some come that nobody wants: IP drops them.
 *
 * Source: 10.2.5.12.
 */
void em_mac_filter(struct ifnet *ifp)
{
	struct em_softc *sc = ifp->if_softc;
	const struct if_maddr *ifm;
	u32 mta[EM_NMTA] = { };
	struct netstack ns;
	u32 mode = 0;
	unsigned int i;

	net_enter(&ns, NETSEC_SYSCALL);
	list_for_each_entry(ifm, &ifp->if_multi, ifm_list) {
		unsigned int hash = em_mac_bytes(&ifm->ifm_lladdr[4], 2) >> 4;

		mta[hash / 32] |= BIT(hash % 32);
	}
	net_leave(&ns);
	for (i = 0; i < EM_NMTA; i++)
		em_write(sc, EM_MTA(i), mta[i]);
	if (ifp->if_flags & BSD_IFF_PROMISC)
		mode = EM_RCTL_UPE | EM_RCTL_MPE;
	else if (ifp->if_flags & BSD_IFF_ALLMULTI)
		mode = EM_RCTL_MPE;
	em_mac_update(sc, EM_RCTL, EM_RCTL_UPE | EM_RCTL_MPE, mode);
}

/**
 * em_mac_loaded() - tell the device's firmware whether it has a driver
 * @sc:     device
 * @loaded: it has
 */
void em_mac_loaded(struct em_softc *sc, bool loaded)
{
	em_mac_update(sc, EM_CTRL_EXT, EM_CTRL_EXT_DRV_LOAD, loaded ? EM_CTRL_EXT_DRV_LOAD : 0);
}

/**
 * em_mac_link() - is there a link, and how fast is it?
 * @sc:  device
 * @bps: out: bits a second
 *
 * Context: Process.
 */
bool em_mac_link(const struct em_softc *sc, u64 *bps)
{
	static const u64 speeds[] = { 10000000, 100000000, 1000000000, 1000000000 };
	u32 status = em_read(sc, EM_STATUS);

	if (status == EM_GONE || !(status & EM_STATUS_LU))
		return false;
	*bps = speeds[EM_STATUS_SPEED(status)];
	return true;
}
