// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_intr.c - interrupts of network devices on the PCI bus: the one place that asks the
 * bus for them.
 *
 * Not in the packet path. MSI-X comes first, as each queue can have a vector of its own
 * then; with fewer vectors queues share them. MSI is one vector, the pin (INTx) is one
 * that other devices may have too. What is known not to work with a device is not tried:
 * that is in the table here, and in the list that an administrator writes (knob
 * intr/quirks). Who has a device already keeps what it got; the list counts when a device
 * is attached the next time.
 *
 * Context: process, may sleep.
 */
#include <bsdnet/if_intr.h>
#include <bsdnet/sysfs.h>
#include <uapi/bsdnet/ioctl.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kstrtox.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#define INTR_MAXQUIRKS	32	/* of the administrator's */

/* driver_data: IF_INTR_* that are not to be tried. */
static const struct pci_device_id intr_known[] = {
	/*
	 * 82571 and 82572: byte enables 2 and 3 are not set when they write a message, so
	 * that it may go astray. Intel's erratum 63 of these parts; NetBSD's wm(4) and
	 * OpenBSD's em(4) do without MSI as well.
	 */
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x105e), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x105f), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x1060), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x107d), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x107e), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x107f), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10a4), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10a5), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10b9), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10bc), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10d5), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10d9), .driver_data = IF_INTR_NOMSI },
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10da), .driver_data = IF_INTR_NOMSI },
	{ }
};

static DEFINE_MUTEX(intr_mtx);
static struct pci_device_id *intr_added;	/* [intr_mtx] ends by an empty one; may be NULL */

/* IF_INTR_* of all rows that match, or 0. */
static unsigned int intr_match(const struct pci_device_id *ids, struct pci_dev *pdev)
{
	unsigned int avoid = 0;

	while ((ids = pci_match_id(ids, pdev)))
		avoid |= ids++->driver_data;
	return avoid;
}

static unsigned int intr_quirks(struct pci_dev *pdev)
{
	unsigned int avoid = intr_match(intr_known, pdev);

	mutex_lock(&intr_mtx);
	avoid |= intr_match(intr_added, pdev);
	mutex_unlock(&intr_mtx);
	return avoid;
}

/**
 * if_intr_alloc() - ask the bus for interrupts
 * @pdev: device, enabled
 * @want: vectors that would be best, one a queue pair and what is needed besides
 *
 * Context: Process, may sleep.
 * Return:  Vectors there are, 1 to @want, until if_intr_free(); if_intr_kind() tells of
 *	    which kind. Or -errno.
 */
int if_intr_alloc(struct pci_dev *pdev, unsigned int want)
{
	unsigned int avoid = intr_quirks(pdev);
	int n = -ENOSPC;

	if (!(avoid & IF_INTR_NOMSIX))
		n = pci_alloc_irq_vectors(pdev, 1, want, PCI_IRQ_MSIX);
	if (n < 0 && !(avoid & IF_INTR_NOMSI))
		n = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (n < 0)
		n = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_INTX);
	return n;
}

BSDNET_EXPORT(if_intr_alloc);

/**
 * if_intr_free() - give the interrupts of a device back
 * @pdev: device whose handlers are released
 *
 * Context: Process, may sleep.
 */
void if_intr_free(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}

BSDNET_EXPORT(if_intr_free);

/**
 * if_intr_kind() - of which kind the interrupts of a device are
 * @pdev: device
 *
 * Context: Process.
 * Return:  BSD_INTR_*.
 */
u32 if_intr_kind(const struct pci_dev *pdev)
{
	if (pdev->msix_enabled)
		return BSD_INTR_MSIX;
	return pdev->msi_enabled ? BSD_INTR_MSI : BSD_INTR_INTX;
}

BSDNET_EXPORT(if_intr_kind);

/**
 * if_intr_request() - have a vector handled
 * @pdev:    device
 * @vector:  from 0 below what if_intr_alloc() returned
 * @handler: of a pin it must say whether the device had something
 * @name:    in /proc/interrupts; stays until the release
 * @arg:     for the handler
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
int if_intr_request(struct pci_dev *pdev, unsigned int vector, irq_handler_t handler,
		    const char *name, void *arg)
{
	unsigned long flags = if_intr_kind(pdev) == BSD_INTR_INTX ? IRQF_SHARED : 0;

	return request_irq(pci_irq_vector(pdev, vector), handler, flags, name, arg);
}

BSDNET_EXPORT(if_intr_request);

/**
 * if_intr_release() - undo if_intr_request(); the handler does not run any more then
 * @pdev:   device
 * @vector: as requested
 * @arg:    as requested
 *
 * Context: Process, may sleep.
 */
void if_intr_release(struct pci_dev *pdev, unsigned int vector, void *arg)
{
	int irq = pci_irq_vector(pdev, vector);

	irq_update_affinity_hint(irq, NULL);
	free_irq(irq, arg);
}

BSDNET_EXPORT(if_intr_release);

/**
 * if_intr_move() - point a vector to a CPU
 * @pdev:   device
 * @vector: requested
 * @cpu:    where its handler shall run
 *
 * A pin stays where it is: it may be another device's too.
 *
 * Context: Process; does not sleep.
 */
void if_intr_move(struct pci_dev *pdev, unsigned int vector, unsigned int cpu)
{
	if (if_intr_kind(pdev) != BSD_INTR_INTX)
		irq_set_affinity_and_hint(pci_irq_vector(pdev, vector), cpumask_of(cpu));
}

BSDNET_EXPORT(if_intr_move);

/**
 * if_intr_hide() - hide from others what a device's quirks forbid
 * @dev: device on any bus
 *
 * For a driver whose vectors another part of the kernel asks for, as the virtio core
 * does, around that. It knows MSI-X and the pin, and the bus has one bit for both kinds of
 * messages, the same that the device's msi_bus in sysfs clears.
 *
 * Context: Process, may sleep; the device is not given to another driver meanwhile.
 * Return:  What if_intr_unhide() wants to know.
 */
bool if_intr_hide(struct device *dev)
{
	struct pci_dev *pdev;

	if (!dev_is_pci(dev))
		return false;
	pdev = to_pci_dev(dev);
	if (pdev->no_msi || !(intr_quirks(pdev) & IF_INTR_NOMSIX))
		return false;
	pdev->no_msi = 1;
	return true;
}

BSDNET_EXPORT(if_intr_hide);

/**
 * if_intr_unhide() - undo if_intr_hide()
 * @dev:    device
 * @hidden: what it returned
 *
 * Context: Process.
 */
void if_intr_unhide(struct device *dev, bool hidden)
{
	if (hidden)
		to_pci_dev(dev)->no_msi = 0;
}

BSDNET_EXPORT(if_intr_unhide);

/* "8086:10d3" */
static int intr_parse_ids(char *text, u32 *vendor, u32 *device)
{
	char *first = strsep(&text, ":");
	u16 v, d;

	if (!text || kstrtou16(first, 16, &v) || kstrtou16(text, 16, &d) || !v)
		return -EINVAL;
	*vendor = v;
	*device = d;
	return 0;
}

/* "8086:10d3=nomsix", "8086:10d3/15d9:060a=nomsix,nomsi" */
static int intr_parse(char *word, struct pci_device_id *id)
{
	char *sub = strsep(&word, "=");
	char *ids = strsep(&sub, "/");
	const char *what;

	id->subvendor = PCI_ANY_ID;
	id->subdevice = PCI_ANY_ID;
	if (!word || intr_parse_ids(ids, &id->vendor, &id->device) ||
	    (sub && intr_parse_ids(sub, &id->subvendor, &id->subdevice)))
		return -EINVAL;
	while ((what = strsep(&word, ","))) {
		if (!strcmp(what, "nomsix"))
			id->driver_data |= IF_INTR_NOMSIX;
		else if (!strcmp(what, "nomsi"))
			id->driver_data |= IF_INTR_NOMSI;
		else
			return -EINVAL;
	}
	return 0;
}

/* All of @text into @list, which has room for INTR_MAXQUIRKS and an empty one. */
static int intr_parse_list(char *text, struct pci_device_id *list)
{
	unsigned int n = 0;
	char *word;
	int error;

	while ((word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		if (n == INTR_MAXQUIRKS)
			return -E2BIG;
		error = intr_parse(word, &list[n++]);
		if (error)
			return error;
	}
	return 0;
}

static int intr_store_quirks(const struct knob *kn, const char *buf)
{
	struct pci_device_id *list = kcalloc(INTR_MAXQUIRKS + 1, sizeof(*list), GFP_KERNEL);
	char *text = kstrdup(buf, GFP_KERNEL);
	int error = -ENOMEM;

	if (list && text)
		error = intr_parse_list(text, list);
	if (!error) {
		mutex_lock(&intr_mtx);
		swap(intr_added, list);
		mutex_unlock(&intr_mtx);
	}
	kfree(text);
	kfree(list);
	return error;
}

static ssize_t intr_show_quirks(const struct knob *kn, char *buf)
{
	const struct pci_device_id *id;
	ssize_t n = 0;

	mutex_lock(&intr_mtx);
	for (id = intr_added; id && id->vendor; id++) {
		n += sysfs_emit_at(buf, n, "%s%04x:%04x", n ? " " : "", id->vendor, id->device);
		if (id->subvendor != PCI_ANY_ID)
			n += sysfs_emit_at(buf, n, "/%04x:%04x", id->subvendor, id->subdevice);
		n += sysfs_emit_at(buf, n, "=%s%s%s",
				   id->driver_data & IF_INTR_NOMSIX ? "nomsix" : "",
				   id->driver_data == (IF_INTR_NOMSIX | IF_INTR_NOMSI) ? "," : "",
				   id->driver_data & IF_INTR_NOMSI ? "nomsi" : "");
	}
	mutex_unlock(&intr_mtx);
	return n + sysfs_emit_at(buf, n, "\n");
}

static const struct knob intr_knobs[] = {
	KNOB_CALL("intr/quirks", intr_show_quirks, intr_store_quirks),
};

/**
 * if_intr_init() - make the knob
 *
 * Context: Process, no locks.
 * Return:  0 or -errno, and then nothing is left behind.
 */
int if_intr_init(void)
{
	return knobs_register(intr_knobs, ARRAY_SIZE(intr_knobs));
}

/**
 * if_intr_exit() - undo if_intr_init()
 *
 * Context: Process; no driver is left.
 */
void if_intr_exit(void)
{
	knobs_unregister(intr_knobs, ARRAY_SIZE(intr_knobs));
	kfree(intr_added);
}
