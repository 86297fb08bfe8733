// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * em_main.c - driver for Intel's 82574 gigabit Ethernet (QEMU's e1000e): probe, up and
 * down, link.
 *
 * Two pairs of rings, each polled by a softnet thread and with a vector of its own where
 * the bus has enough. Receive: em_rx.c; transmit: em_tx.c; MAC: em_mac.c; PHY: em_phy.c;
 * rings at run time: em_queue.c; interrupts: em_intr.c.
 *
 * The driver never takes a device by itself: probe refuses what an administrator has not
 * put on its list (net/if_allow.c).
 *
 * Source: Intel, "82574 GbE Controller Family Datasheet".
 */
#include "em_priv.h"
#include <linux/cpumask.h>
#include <linux/idr.h>
#include <linux/slab.h>

static DEFINE_IDA(em_units);

/* Reset, and set up all but rings and interrupts. */
static int em_setup(struct em_softc *sc)
{
	int error = em_mac_reset(sc);

	if (error)
		return error;
	em_mac_init(sc);
	return em_phy_up(sc);
}

static int em_up(struct ifnet *ifp)
{
	struct em_softc *sc = ifp->if_softc;
	int error = em_setup(sc);

	if (error)
		return error;
	em_mac_setaddress(ifp, ifp->if_lladdr);
	em_queues_start(sc);
	sc->sc_up = true;
	schedule_work(&sc->sc_link_work);
	return 0;
}

static void em_down(struct ifnet *ifp)
{
	struct em_softc *sc = ifp->if_softc;
	unsigned int i;

	sc->sc_up = false;
	em_queues_quiet(sc);
	for (i = 0; i < EM_MAXQUEUES; i++) {
		ifq_barrier(ifp->if_ifqs[i]);
		ifq_purge(ifp->if_ifqs[i]);
	}
	em_queues_reset(sc);
}

static const struct ifnet_ops em_ifops = {
	.ifo_up = em_up,
	.ifo_down = em_down,
	.ifo_lladdr = em_mac_setaddress,
	.ifo_rxfilter = em_mac_filter,
	.ifo_getqueues = em_getqueues,
	.ifo_setqueues = em_setqueues,
	.ifo_vector = em_vector,
	.ifo_poll = em_poll,
};

/* Work: the link came, went or changed its speed. */
static void em_link_work(struct work_struct *work)
{
	struct em_softc *sc = container_of(work, struct em_softc, sc_link_work);
	u64 bps = 0;
	bool link = em_mac_link(sc, &bps);

	WRITE_ONCE(sc->sc_if.if_baudrate, bps);
	if_link_state_change(&sc->sc_if, link ? BSD_LINK_STATE_UP : BSD_LINK_STATE_DOWN);
}

static void em_free_queues(struct em_softc *sc)
{
	unsigned int i;

	for (i = 0; i < EM_MAXQUEUES; i++) {
		em_rx_free(&sc->sc_queues[i]);
		em_tx_free(&sc->sc_queues[i]);
	}
}

static int em_alloc_queues(struct em_softc *sc)
{
	unsigned int i;
	int error = 0;

	sc->sc_nqueues = min_t(unsigned int, EM_MAXQUEUES, num_online_cpus());
	for (i = 0; i < EM_MAXQUEUES; i++) {
		struct em_queue *eq = &sc->sc_queues[i];

		eq->eq_sc = sc;
		eq->eq_idx = i;
		softnet_poll_init(&eq->eq_poll, em_rx_poll, em_rx_rearm, em_moved);
		spin_lock_init(&eq->eq_tx.tx_lock);
		em_rx_init(eq);
	}
	for (i = 0; i < EM_MAXQUEUES && !error; i++) {
		error = em_rx_alloc(&sc->sc_queues[i], EM_RING);
		if (!error)
			error = em_tx_alloc(&sc->sc_queues[i], EM_RING);
	}
	if (error)
		em_free_queues(sc);
	return error;
}

static int em_attach_ifnet(struct em_softc *sc)
{
	struct ifnet *ifp = &sc->sc_if;
	unsigned int i;
	int error;

	snprintf(ifp->if_xname, sizeof(ifp->if_xname), "em%d", sc->sc_unit);
	ifp->if_softc = sc;
	ifp->if_dev = &sc->sc_pdev->dev;
	ifp->if_owner = THIS_MODULE;
	ifp->if_ops = &em_ifops;
	ifp->if_flags = BSD_IFF_BROADCAST | BSD_IFF_SIMPLEX | BSD_IFF_MULTICAST;
	/* IP's own sum costs less than to tell the device of it. */
	ifp->if_capabilities = IFCAP_CSUM_TCP4 | IFCAP_CSUM_UDP4 | IFCAP_TSO;
	ifp->if_hardmtu = EM_HARDMTU;
	ifp->if_mtu = ETH_DATA_LEN;
	error = em_mac_address(sc, ifp->if_lladdr);
	if (error) {
		dev_err(ifp->if_dev, "no valid address in the NVM\n");
		return error;
	}
	error = if_alloc_queues(ifp, EM_MAXQUEUES, em_start);
	if (error)
		return error;
	for (i = 0; i < EM_MAXQUEUES; i++)
		ifp->if_ifqs[i]->ifq_softc = &sc->sc_queues[i];
	ifp->if_nifqs = sc->sc_nqueues;
	error = bsd_ether_ifattach(ifp);
	if (error)
		if_free_queues(ifp);
	return error;
}

/* Registers, and memory that the device may use. */
static int em_map(struct em_softc *sc)
{
	struct pci_dev *pdev = sc->sc_pdev;
	int error;

	error = pci_enable_device_mem(pdev);
	if (error)
		return error;
	error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (error)
		goto err_disable;
	error = pci_request_mem_regions(pdev, KBUILD_MODNAME);
	if (error)
		goto err_disable;
	error = -ENOMEM;
	if (pci_resource_len(pdev, EM_BAR) >= EM_REGSIZE)
		sc->sc_regs = ioremap(pci_resource_start(pdev, EM_BAR), EM_REGSIZE);
	if (!sc->sc_regs)
		goto err_regions;
	/* Link states that the part does not stand; FreeBSD's em(4) leaves them out too. */
	pci_disable_link_state(pdev, PCIE_LINK_STATE_L0S | PCIE_LINK_STATE_L1);
	pci_set_master(pdev);
	return 0;

err_regions:
	pci_release_mem_regions(pdev);
err_disable:
	pci_disable_device(pdev);
	return error;
}

static void em_unmap(struct em_softc *sc)
{
	iounmap(sc->sc_regs);
	pci_release_mem_regions(sc->sc_pdev);
	pci_disable_device(sc->sc_pdev);
}

/* All that needs the device's registers, in order. */
static int em_attach(struct em_softc *sc)
{
	int error;

	error = em_alloc_queues(sc);
	if (error)
		return error;
	error = em_setup(sc);
	if (error)
		goto err_queues;
	error = em_intr_alloc(sc);
	if (error)
		goto err_queues;
	em_mac_loaded(sc, true);
	error = em_attach_ifnet(sc);
	if (error)
		goto err_intr;
	WRITE_ONCE(sc->sc_attached, true);
	schedule_work(&sc->sc_link_work);
	return 0;

err_intr:
	em_mac_loaded(sc, false);
	em_intr_free(sc);
err_queues:
	em_free_queues(sc);
	return error;
}

static int em_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct em_softc *sc;
	int error;

	if (!if_allowed(&pdev->dev))
		return -ENODEV;
	sc = kzalloc(sizeof(*sc), GFP_KERNEL);
	if (!sc)
		return -ENOMEM;
	sc->sc_pdev = pdev;
	pci_set_drvdata(pdev, sc);
	INIT_WORK(&sc->sc_link_work, em_link_work);
	sc->sc_unit = ida_alloc(&em_units, GFP_KERNEL);
	error = sc->sc_unit;
	if (error < 0)
		goto err_free;
	error = em_map(sc);
	if (error)
		goto err_unit;
	error = em_attach(sc);
	if (error)
		goto err_map;
	return 0;

err_map:
	em_unmap(sc);
err_unit:
	ida_free(&em_units, sc->sc_unit);
err_free:
	kfree(sc);
	return error;
}

static void em_remove(struct pci_dev *pdev)
{
	struct em_softc *sc = pci_get_drvdata(pdev);

	if_disallow(&pdev->dev);
	bsd_ether_ifdetach(&sc->sc_if);
	/* No ifnet any more: a change of the link finds nothing to tell. */
	em_mac_reset(sc);
	em_intr_free(sc);
	cancel_work_sync(&sc->sc_link_work);
	em_mac_loaded(sc, false);
	em_free_queues(sc);
	em_unmap(sc);
	if_free_queues(&sc->sc_if);
	ida_free(&em_units, sc->sc_unit);
	kfree(sc);
}

/* No MODULE_DEVICE_TABLE: the ids are e1000e's too, autoload would race with it. */
static const struct pci_device_id em_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10d3) },
	{ }
};

static struct pci_driver em_driver = {
	.name = KBUILD_MODNAME,
	.groups = if_allow_groups,
	.id_table = em_ids,
	.probe = em_probe,
	.remove = em_remove,
};

static int __init em_init(void)
{
	return pci_register_driver(&em_driver);
}

static void __exit em_exit(void)
{
	pci_unregister_driver(&em_driver);
	if_disallow_all(&em_driver.driver);
}

module_init(em_init);
module_exit(em_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("bsdnet driver for Intel's 82574 gigabit Ethernet");
BSDNET_IMPORT;
