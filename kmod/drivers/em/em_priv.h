/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * em_priv.h - softc of the driver for Intel's 82574. Private to drivers/em/.
 *
 * Numbers in the comments are sections of Intel's "82574 GbE Controller Family Datasheet".
 *
 * Locks protecting struct members in this file:
 *	I	immutable after probe
 *	r	rtnl_lock: up, down, filters, MAC address, rings
 *	o	owned by the softnet thread that polls the queue (by rtnl while down)
 *	t	tx_lock (rtnl while neither polled nor started)
 */
#ifndef _EM_PRIV_H
#define _EM_PRIV_H

#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/workqueue.h>
#include <bsdnet/driver.h>
#include <bsdnet/rxpool.h>
#include "em_reg.h"

#define EM_MAXQUEUES	2
#define EM_MAXVECTORS	(EM_MAXQUEUES + 1)	/* a pair each, and the link */
#define EM_RING		256	/* descriptors of a ring at first */
#define EM_MINRING	64
#define EM_MAXRING	4096
#define EM_HARDMTU	9000
#define EM_MAXFRAME	(EM_HARDMTU + ETH_HLEN + 4)	/* with a VLAN's header */
/* Descriptors of one frame: its pieces, cuts at EM_TXD_MAXLEN, context. */
#define EM_TXSEGS	(17 + 65536 / EM_TXD_MAXLEN + 1)

struct em_softc;

/* A buffer on the receive ring. */
struct em_rxbuf {
	struct m_store	*rb_ms;
	dma_addr_t	 rb_dma;
};

/* A piece on the transmit ring. */
struct em_txbuf {
	struct mbuf	*tb_m;		/* the frame, at its last piece */
	dma_addr_t	 tb_dma;
	u32		 tb_len;	/* bytes mapped, 0: none */
	u32		 tb_last;	/* at a frame's first piece: index of its last */
};

struct em_rxring {
	struct em_rxdesc	*rx_desc;	/* [o] coherent */
	dma_addr_t		 rx_dma;	/* [r] */
	struct em_rxbuf		*rx_bufs;	/* [o] */
	struct rxpool		*rx_pool;	/* [o] */
	u32			 rx_n;		/* [r] descriptors, a power of two */
	u32			 rx_next;	/* [o] the device writes this one next */
	u32			 rx_fill;	/* [o] first without a buffer */
	struct mbuf		*rx_head;	/* [o] frame whose end is not here yet */
	struct mbuf		*rx_tail;	/* [o] its last mbuf */
	bool			 rx_skip;	/* [o] what is left of the frame is dropped */
	bool			 rx_starved;	/* [o] ring has room, memory had none */
	struct timer_list	 rx_timer;	/* [o] tries again */
};

struct em_txring {
	spinlock_t		 tx_lock ____cacheline_aligned_in_smp;
	struct em_txdesc	*tx_desc;	/* [t] coherent */
	dma_addr_t		 tx_dma;	/* [r] */
	struct em_txbuf		*tx_bufs;	/* [t] */
	u32			 tx_n;		/* [r] descriptors, a power of two */
	u32			 tx_next;	/* [t] first free one */
	u32			 tx_reap;	/* [t] first that may be done */
};

/* A pair of rings. Made by probe, freed by remove; polled by one softnet thread. */
struct em_queue {
	struct softnet_poll	 eq_poll;	/* first: found from the poll */
	struct em_softc		*eq_sc;		/* [I] */
	unsigned int		 eq_idx;	/* [I] */
	u32			 eq_rxcause;	/* [I] bits of ICR and IMS */
	u32			 eq_txcause;	/* [I] */
	struct em_rxring	 eq_rx;
	struct em_txring	 eq_tx;
};

/* The device. Made by probe, freed by remove. */
struct em_softc {
	struct ifnet		 sc_if;
	struct pci_dev		*sc_pdev;	/* [I] */
	u8 __iomem		*sc_regs;	/* [I] */
	unsigned int		 sc_nvectors;	/* [I] */
	unsigned int		 sc_nqueues;	/* [r] pairs that get flows, the first ones */
	int			 sc_unit;	/* [I] */
	bool			 sc_up;		/* [r] polls are running */
	bool			 sc_attached;	/* [a] sc_if can be told of the link */
	struct work_struct	 sc_link_work;	/* the link may have changed */
	char			 sc_names[EM_MAXVECTORS][32];	/* [I] of vectors */
	struct em_queue		 sc_queues[EM_MAXQUEUES];
};

static inline u32 em_read(const struct em_softc *sc, u32 reg)
{
	return readl(sc->sc_regs + reg);
}

/* What the caller wrote to memory before, the device sees before this. */
static inline void em_write(const struct em_softc *sc, u32 reg, u32 val)
{
	writel(val, sc->sc_regs + reg);
}

/* em_mac.c: process context, may sleep; rtnl held once the ifnet is attached. */
int em_mac_reset(struct em_softc *sc);
void em_mac_init(struct em_softc *sc);
void em_mac_start(struct em_softc *sc);
int em_mac_address(struct em_softc *sc, u8 *lladdr);
int em_mac_setaddress(struct ifnet *ifp, const u8 *lladdr);
void em_mac_filter(struct ifnet *ifp);
void em_mac_spread(struct em_softc *sc, unsigned int n);
void em_mac_loaded(struct em_softc *sc, bool loaded);
bool em_mac_link(const struct em_softc *sc, u64 *bps);

/* em_phy.c */
int em_phy_up(struct em_softc *sc);

/* em_rx.c */
int em_rx_alloc(struct em_queue *eq, u32 n);
void em_rx_free(struct em_queue *eq);
void em_rx_init(struct em_queue *eq);
void em_rx_setup(struct em_queue *eq);
void em_rx_fill(struct em_queue *eq);
void em_rx_discard(struct em_queue *eq);
unsigned int em_rx_poll(struct softnet_poll *sp, struct mbuf_list *ml, unsigned int budget);
bool em_rx_rearm(struct softnet_poll *sp);

/* em_tx.c */
int em_tx_alloc(struct em_queue *eq, u32 n);
void em_tx_free(struct em_queue *eq);
void em_tx_setup(struct em_queue *eq);
void em_tx_discard(struct em_queue *eq);
void em_start(struct ifqueue *ifq);
void em_txeof(struct em_queue *eq);
bool em_tx_rearm(struct em_queue *eq);
bool em_tx_idle(struct em_queue *eq);

/* em_queue.c: process context, rtnl held */
void em_queues_start(struct em_softc *sc);
void em_queues_quiet(struct em_softc *sc);
int em_queues_reset(struct em_softc *sc);
void em_getqueues(struct ifnet *ifp, struct bsd_ifqueues *q);
int em_setqueues(struct ifnet *ifp, const struct bsd_ifqueues *q);

/* em_intr.c */
int em_intr_alloc(struct em_softc *sc);
void em_intr_free(struct em_softc *sc);
void em_intr_setup(struct em_softc *sc);
void em_moved(struct softnet_poll *sp, unsigned int cpu);
bool em_vector(struct ifnet *ifp, struct bsd_ifintr *ii);
struct softnet_poll *em_poll(struct ifnet *ifp, unsigned int queue);

#endif /* _EM_PRIV_H */
