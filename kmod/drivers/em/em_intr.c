// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * em_intr.c - interrupts of em: a vector a pair of rings and one for the link (MSI-X), or
 * fewer, or one for everything (MSI, INTx).
 *
 * Receive path: device -> em_queue_intr() or em_intr() (hard interrupt: mask, schedule) ->
 * em_rx_poll(). With MSI-X a cause clears itself when its message goes out (EIAC); else
 * all of them are cleared by reading ICR, so all polls are scheduled.
 *
 * Source: "82574 GbE Controller Family Datasheet", 7.4 (interrupts), 10.2.4 (registers).
 */
#include "em_priv.h"
#include <uapi/bsdnet/ioctl.h>

#define EM_ITR_QUEUE_US	50	/* between two interrupts of a vector, at least */
#define EM_ITR_LINK_US	1000

/* A vector for each of several things, or one for everything. */
static bool em_intr_split(const struct em_softc *sc)
{
	return sc->sc_nvectors > 1;
}

/* The vector of a pair. */
static unsigned int em_intr_vector(const struct em_softc *sc, unsigned int queue)
{
	return sc->sc_nvectors == EM_MAXVECTORS ? queue : 0;
}

static void em_intr_schedule(struct em_softc *sc, struct em_queue *eq)
{
	em_write(sc, EM_IMC, eq->eq_rxcause | eq->eq_txcause);
	softnet_poll_schedule(&eq->eq_poll);
}

/* MSI-X: a pair of rings has something. */
static irqreturn_t em_queue_intr(int irq, void *arg)
{
	struct em_queue *eq = arg;

	em_intr_schedule(eq->eq_sc, eq);
	return IRQ_HANDLED;
}

/* MSI-X with few vectors: one of the pairs has. */
static irqreturn_t em_queues_intr(int irq, void *arg)
{
	struct em_softc *sc = arg;
	unsigned int i;

	for (i = 0; i < EM_MAXQUEUES; i++)
		em_intr_schedule(sc, &sc->sc_queues[i]);
	return IRQ_HANDLED;
}

/* Before the interface is attached nobody can be told; em_attach() looks then. */
static void em_intr_link(struct em_softc *sc)
{
	if (READ_ONCE(sc->sc_attached))
		schedule_work(&sc->sc_link_work);
}

/* MSI-X: the link changed, or something else happened that shares its bit. */
static irqreturn_t em_link_intr(int irq, void *arg)
{
	struct em_softc *sc = arg;

	em_write(sc, EM_ICR, EM_ICR_OTHER | EM_ICR_LSC);
	em_intr_link(sc);
	return IRQ_HANDLED;
}

/* MSI-X with one vector. */
static irqreturn_t em_only_intr(int irq, void *arg)
{
	em_link_intr(irq, arg);
	return em_queues_intr(irq, arg);
}

/* One interrupt for everything; a pin may be another device's too. */
static irqreturn_t em_intr(int irq, void *arg)
{
	struct em_softc *sc = arg;
	u32 cause = em_read(sc, EM_ICR);

	if (!(cause & EM_ICR_ASSERTED) || cause == EM_GONE)
		return IRQ_NONE;
	if (cause & EM_ICR_LSC)
		em_intr_link(sc);
	return em_queues_intr(irq, arg);
}

/* Handler and argument of vector @v. */
static irq_handler_t em_intr_handler(struct em_softc *sc, unsigned int v, void **arg)
{
	*arg = sc;
	if (!em_intr_split(sc))
		return if_intr_kind(sc->sc_pdev) == BSD_INTR_MSIX ? em_only_intr : em_intr;
	if (v == sc->sc_nvectors - 1)
		return em_link_intr;
	if (sc->sc_nvectors < EM_MAXVECTORS)
		return em_queues_intr;
	*arg = &sc->sc_queues[v];
	return em_queue_intr;
}

static void em_intr_name(struct em_softc *sc, unsigned int v)
{
	const char *device = pci_name(sc->sc_pdev);
	char *name = sc->sc_names[v];

	if (!em_intr_split(sc))
		strscpy(name, device, sizeof(sc->sc_names[v]));
	else if (v == sc->sc_nvectors - 1)
		snprintf(name, sizeof(sc->sc_names[v]), "%s-link", device);
	else if (sc->sc_nvectors < EM_MAXVECTORS)
		snprintf(name, sizeof(sc->sc_names[v]), "%s-queues", device);
	else
		snprintf(name, sizeof(sc->sc_names[v]), "%s-rxtx%u", device, v);
}

static void em_intr_release(struct em_softc *sc, unsigned int n)
{
	void *arg;

	while (n--) {
		em_intr_handler(sc, n, &arg);
		if_intr_release(sc->sc_pdev, n, arg);
	}
	if_intr_free(sc->sc_pdev);
}

/**
 * em_intr_alloc() - get vectors and handlers
 * @sc: device that was reset
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno, and then there are none.
 */
int em_intr_alloc(struct em_softc *sc)
{
	unsigned int i, v;
	void *arg;
	int n = if_intr_alloc(sc->sc_pdev, EM_MAXVECTORS);

	if (n < 0)
		return n;
	sc->sc_nvectors = n;
	for (i = 0; i < EM_MAXQUEUES; i++) {
		bool msix = if_intr_kind(sc->sc_pdev) == BSD_INTR_MSIX;

		sc->sc_queues[i].eq_rxcause = msix ? EM_ICR_RXQ(i) : EM_ICR_RXT0 | EM_ICR_RXDMT0;
		sc->sc_queues[i].eq_txcause = msix ? EM_ICR_TXQ(i) : EM_ICR_TXDW;
	}
	for (v = 0; v < sc->sc_nvectors; v++) {
		irq_handler_t handler = em_intr_handler(sc, v, &arg);
		int error;

		em_intr_name(sc, v);
		error = if_intr_request(sc->sc_pdev, v, handler, sc->sc_names[v], arg);
		if (error) {
			em_intr_release(sc, v);
			return error;
		}
	}
	return 0;
}

/**
 * em_intr_free() - undo em_intr_alloc(); no handler runs any more
 * @sc: device that was reset
 *
 * Context: Process, may sleep.
 */
void em_intr_free(struct em_softc *sc)
{
	em_intr_release(sc, sc->sc_nvectors);
}

/**
 * em_intr_setup() - tell the device of its vectors, and let that of the link come
 * @sc: device after a reset
 *
 * Context: Process, rtnl held.
 */
void em_intr_setup(struct em_softc *sc)
{
	unsigned int link = sc->sc_nvectors - 1;
	u32 ivar = EM_IVAR_OTHER(link);
	u32 clear = 0;
	unsigned int i;

	if (if_intr_kind(sc->sc_pdev) != BSD_INTR_MSIX) {
		em_write(sc, EM_ITR, EM_ITR_PERIOD(EM_ITR_QUEUE_US));
		em_write(sc, EM_IMS, EM_ICR_LSC);
		return;
	}
	for (i = 0; i < EM_MAXQUEUES; i++) {
		unsigned int v = em_intr_vector(sc, i);

		ivar |= EM_IVAR_RX(i, v) | EM_IVAR_TX(i, v);
		clear |= sc->sc_queues[i].eq_rxcause | sc->sc_queues[i].eq_txcause;
		em_write(sc, EM_EITR(v), EM_ITR_PERIOD(EM_ITR_QUEUE_US));
	}
	if (em_intr_split(sc))
		em_write(sc, EM_EITR(link), EM_ITR_PERIOD(EM_ITR_LINK_US));
	em_write(sc, EM_IVAR, ivar);
	em_write(sc, EM_EIAC, clear);
	em_write(sc, EM_IMS, EM_ICR_LSC | EM_ICR_OTHER);
}

/**
 * em_moved() - a queue has another home: its vector follows
 * @sp:  the queue's poll
 * @cpu: home
 *
 * A vector that both queues share goes along with the last one; a pin stays.
 *
 * Context: Process; does not sleep.
 */
void em_moved(struct softnet_poll *sp, unsigned int cpu)
{
	struct em_queue *eq = container_of(sp, struct em_queue, eq_poll);

	if_intr_move(eq->eq_sc->sc_pdev, em_intr_vector(eq->eq_sc, eq->eq_idx), cpu);
}

/**
 * em_vector() - one of the interrupts
 * @ifp: interface
 * @ii:  in: ifi_index; out: kind, queue and name
 *
 * Those of the queues in use, then that of the link if it has one.
 *
 * Context: Process, rtnl held.
 * Return:  false: no such interrupt.
 */
bool em_vector(struct ifnet *ifp, struct bsd_ifintr *ii)
{
	const struct em_softc *sc = ifp->if_softc;
	unsigned int v = sc->sc_nvectors - 1;

	if (ii->ifi_index > sc->sc_nqueues ||
	    (ii->ifi_index == sc->sc_nqueues && !em_intr_split(sc)))
		return false;
	ii->ifi_kind = if_intr_kind(sc->sc_pdev);
	ii->ifi_queue = BSD_INTR_NOQUEUE;
	if (ii->ifi_index < sc->sc_nqueues) {
		ii->ifi_queue = ii->ifi_index;
		v = em_intr_vector(sc, ii->ifi_queue);
	}
	memset(ii->ifi_vector, 0, sizeof(ii->ifi_vector));
	strscpy(ii->ifi_vector, sc->sc_names[v], sizeof(ii->ifi_vector));
	return true;
}

/**
 * em_poll() - the poll of a queue
 * @ifp:   interface
 * @queue: its number
 *
 * Context: Process, rtnl held.
 * Return:  poll, or NULL: no such queue is in use.
 */
struct softnet_poll *em_poll(struct ifnet *ifp, unsigned int queue)
{
	struct em_softc *sc = ifp->if_softc;

	return queue < sc->sc_nqueues ? &sc->sc_queues[queue].eq_poll : NULL;
}
