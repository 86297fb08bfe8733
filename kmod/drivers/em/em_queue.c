// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * em_queue.c - rings of em while it runs: start and stop, how many get flows, how long
 * they are.
 *
 * Not in the packet path. Both pairs are always ready and polled; how many are in use is a
 * matter of who gives them frames: the device by its table (RSS), senders by
 * if_usequeues(). So nothing is lost when that changes. A ring of another length is a new
 * ring, for which the device is reset: what it has received and nobody has fetched is lost.
 *
 * Context: process, rtnl held, netlock not; sleeps.
 */
#include "em_priv.h"
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <uapi/bsdnet/ioctl.h>

#define EM_DRAIN_WAIT	(HZ / 5)	/* for a device that does not send, as its link is down */

/**
 * em_queues_start() - make both pairs known to the device, and poll them
 * @sc: device that was reset and set up
 *
 * The first poll of a pair unmasks its interrupts.
 */
void em_queues_start(struct em_softc *sc)
{
	unsigned int i;

	for (i = 0; i < EM_MAXQUEUES; i++) {
		em_rx_setup(&sc->sc_queues[i]);
		em_tx_setup(&sc->sc_queues[i]);
	}
	em_intr_setup(sc);
	em_mac_start(sc);
	for (i = 0; i < EM_MAXQUEUES; i++) {
		struct em_queue *eq = &sc->sc_queues[i];

		em_rx_fill(eq);
		softnet_poll_spread(&eq->eq_poll, dev_to_node(&sc->sc_pdev->dev));
		softnet_poll_schedule(&eq->eq_poll);
	}
}

/**
 * em_queues_quiet() - neither polls nor timers from here on
 * @sc: device
 */
void em_queues_quiet(struct em_softc *sc)
{
	unsigned int i;

	for (i = 0; i < EM_MAXQUEUES; i++) {
		struct em_queue *eq = &sc->sc_queues[i];

		em_write(sc, EM_IMC, eq->eq_rxcause | eq->eq_txcause);
		softnet_poll_del(&eq->eq_poll);
		timer_delete_sync(&eq->eq_rx.rx_timer);
	}
}

/**
 * em_queues_reset() - reset the device, and forget what is on its rings
 * @sc: device that is quiet, its transmit queues held or stopped
 *
 * Return: 0, or what em_mac_reset() said; the rings are empty in any case.
 */
int em_queues_reset(struct em_softc *sc)
{
	int error = em_mac_reset(sc);
	unsigned int i;

	for (i = 0; i < EM_MAXQUEUES; i++) {
		em_rx_discard(&sc->sc_queues[i]);
		em_tx_discard(&sc->sc_queues[i]);
	}
	return error;
}

/* Senders wait, and what they gave is sent, if the device does so in time. */
static void em_queues_drain(struct em_softc *sc)
{
	unsigned long end = jiffies + EM_DRAIN_WAIT;
	unsigned int i;

	for (i = 0; i < EM_MAXQUEUES; i++)
		ifq_hold(sc->sc_if.if_ifqs[i]);
	for (i = 0; i < EM_MAXQUEUES; i++)
		while (!em_tx_idle(&sc->sc_queues[i]) && time_before(jiffies, end))
			usleep_range(100, 1000);
}

/* Rings of other lengths for one pair, empty and at rest. */
static int em_queue_resize(struct em_queue *eq, u32 rx, u32 tx)
{
	int error = 0;

	if (rx != eq->eq_rx.rx_n)
		error = em_rx_alloc(eq, rx);
	if (!error && tx != eq->eq_tx.tx_n)
		error = em_tx_alloc(eq, tx);
	return error;
}

/* For both pairs, or for none. */
static int em_setrings(struct em_softc *sc, u32 rx, u32 tx)
{
	u32 oldrx = sc->sc_queues[0].eq_rx.rx_n;
	u32 oldtx = sc->sc_queues[0].eq_tx.tx_n;
	unsigned int i;
	int error = 0;

	if (sc->sc_up) {
		em_queues_quiet(sc);
		em_queues_drain(sc);
		error = em_queues_reset(sc);
	}
	for (i = 0; i < EM_MAXQUEUES && !error; i++)
		error = em_queue_resize(&sc->sc_queues[i], rx, tx);
	while (error && i--)
		if (em_queue_resize(&sc->sc_queues[i], oldrx, oldtx))
			dev_err(&sc->sc_pdev->dev, "queue %u is left with another ring\n", i);
	if (sc->sc_up) {
		em_mac_init(sc);
		em_mac_setaddress(&sc->sc_if, sc->sc_if.if_lladdr);
		em_queues_start(sc);
		schedule_work(&sc->sc_link_work);	/* the reset may have forgotten a change */
		for (i = 0; i < EM_MAXQUEUES; i++)
			ifq_restart(sc->sc_if.if_ifqs[i]);
	}
	return error;
}

/**
 * em_getqueues() - pairs and descriptors
 * @ifp: interface
 * @q:   out
 */
void em_getqueues(struct ifnet *ifp, struct bsd_ifqueues *q)
{
	const struct em_softc *sc = ifp->if_softc;

	q->ifqs_queues = sc->sc_nqueues;
	q->ifqs_maxqueues = EM_MAXQUEUES;
	q->ifqs_rxring = sc->sc_queues[0].eq_rx.rx_n;
	q->ifqs_maxrxring = EM_MAXRING;
	q->ifqs_txring = sc->sc_queues[0].eq_tx.tx_n;
	q->ifqs_maxtxring = EM_MAXRING;
}

/**
 * em_setqueues() - other pairs, or rings of other lengths
 * @ifp: interface
 * @q:   what there shall be, within the maxima
 *
 * Return: 0; -EINVAL: not a length of a ring; -ENOMEM; -EIO or -ENODEV: the device does not
 *	   come back, and has the rings that it had.
 */
int em_setqueues(struct ifnet *ifp, const struct bsd_ifqueues *q)
{
	struct em_softc *sc = ifp->if_softc;
	struct bsd_ifqueues now;
	int error = 0;

	em_getqueues(ifp, &now);
	if (q->ifqs_rxring != now.ifqs_rxring || q->ifqs_txring != now.ifqs_txring) {
		if (q->ifqs_rxring < EM_MINRING || !is_power_of_2(q->ifqs_rxring) ||
		    q->ifqs_txring < EM_MINRING || !is_power_of_2(q->ifqs_txring))
			return -EINVAL;
		error = em_setrings(sc, q->ifqs_rxring, q->ifqs_txring);
	}
	if (!error && q->ifqs_queues != now.ifqs_queues) {
		sc->sc_nqueues = q->ifqs_queues;
		em_mac_spread(sc, sc->sc_nqueues);
		if_usequeues(ifp, sc->sc_nqueues);
	}
	return error;
}
