// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * em_phy.c - the PHY of em, in the same chip: it finds speed and duplex by itself, and
 * needs only to be awake, as another driver may have put it to sleep.
 *
 * Not in the packet path. The firmware talks to the PHY too: each access is between
 * em_phy_get() and em_phy_put().
 *
 * Context: process, may sleep.
 * Source: "82574 GbE Controller Family Datasheet", 10.2.2.7 (MDIC), 10.2.2.11 (EXTCNF_CTRL).
 */
#include "em_priv.h"
#include <linux/iopoll.h>

#define EM_PHY_POLL_US	50
#define EM_PHY_WAIT_US	(100 * 1000)

static bool em_phy_owned(struct em_softc *sc)
{
	em_write(sc, EM_EXTCNF, em_read(sc, EM_EXTCNF) | EM_EXTCNF_MDIO_SW);
	return em_read(sc, EM_EXTCNF) & EM_EXTCNF_MDIO_SW;
}

static int em_phy_get(struct em_softc *sc)
{
	bool owned;

	return read_poll_timeout(em_phy_owned, owned, owned, EM_PHY_POLL_US, EM_PHY_WAIT_US,
				 false, sc);
}

static void em_phy_put(struct em_softc *sc)
{
	em_write(sc, EM_EXTCNF, em_read(sc, EM_EXTCNF) & ~EM_EXTCNF_MDIO_SW);
}

/* One access, @cmd for the register MDIC. Returns the PHY's 16 bits, or -errno. */
static int em_phy_access(struct em_softc *sc, u32 cmd)
{
	u32 val;
	int error;

	em_write(sc, EM_MDIC, EM_MDIC_PHY | cmd);
	error = read_poll_timeout(em_read, val, val & EM_MDIC_READY, EM_PHY_POLL_US,
				  EM_PHY_WAIT_US, true, sc, EM_MDIC);
	if (!error && (val & EM_MDIC_ERROR))
		error = -EIO;
	return error ? error : val & EM_MDIC_DATA;
}

/**
 * em_phy_up() - wake the PHY, and have it negotiate if it does not
 * @sc: device after a reset
 *
 * Return: 0 or -errno.
 */
int em_phy_up(struct em_softc *sc)
{
	int val, error = em_phy_get(sc);

	if (error)
		return error;
	val = em_phy_access(sc, EM_MDIC_READ | EM_MDIC_REG(EM_BMCR));
	error = min(val, 0);
	if (val >= 0 && (val & (EM_BMCR_PDOWN | EM_BMCR_ANENABLE)) != EM_BMCR_ANENABLE)
		error = min(em_phy_access(sc, EM_MDIC_WRITE | EM_MDIC_REG(EM_BMCR) |
					      EM_BMCR_ANENABLE | EM_BMCR_ANRESTART), 0);
	em_phy_put(sc);
	return error;
}
