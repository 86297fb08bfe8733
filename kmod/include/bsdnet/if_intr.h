/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * if_intr.h - interrupts of network devices on the PCI bus: what is asked for, what is
 * not to be tried, and where it goes. For drivers; see net/if_intr.c.
 *
 * == if_intr_alloc() ==	MSI-X, MSI or the pin, whatever the device and its quirks allow
 * == if_intr_request() ==	a handler for one of the vectors
 * == if_intr_move() ==		point a vector to a CPU
 * == if_intr_hide() ==		where another part of the kernel asks for the vectors
 */
#ifndef _BSDNET_IF_INTR_H
#define _BSDNET_IF_INTR_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct device;
struct pci_dev;

/* What is not to be tried for a device. */
#define IF_INTR_NOMSIX	0x1
#define IF_INTR_NOMSI	0x2

int if_intr_alloc(struct pci_dev *pdev, unsigned int want);
void if_intr_free(struct pci_dev *pdev);
int if_intr_request(struct pci_dev *pdev, unsigned int vector, irq_handler_t handler,
		    const char *name, void *arg);
void if_intr_release(struct pci_dev *pdev, unsigned int vector, void *arg);
void if_intr_move(struct pci_dev *pdev, unsigned int vector, unsigned int cpu);
u32 if_intr_kind(const struct pci_dev *pdev);
bool if_intr_hide(struct device *dev);
void if_intr_unhide(struct device *dev, bool hidden);

int if_intr_init(void);
void if_intr_exit(void);

#endif /* _BSDNET_IF_INTR_H */
