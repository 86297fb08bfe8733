/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * vio_priv.h - softc of the virtio network driver. Private to drivers/vio/.
 *
 * Source: OASIS "Virtual I/O Device (VIRTIO) Version 1.2", section 5.1; numbers
 * in the comments are its sections.
 *
 * Locks protecting struct members in this file:
 *	I	immutable after probe
 *	r	rtnl_lock: up, down, filters, MAC address
 *	o	owned by the softnet thread that polls the queue (by rtnl while down)
 *	t	vq_txlock
 *	c	sc_ctrl_mtx
 */
#ifndef _VIO_PRIV_H
#define _VIO_PRIV_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/workqueue.h>
#include <uapi/linux/virtio_net.h>
#include <bsdnet/compat_virtio.h>
#include <bsdnet/driver.h>
#include <bsdnet/rxpool.h>

#define VIO_MAXQUEUES	64	/* queue pairs used at most */
#define VIO_CTRLNAME	"ctrl"	/* of the control queue's interrupt */
#define VIO_TXSEGS	19	/* descriptors of one frame, header included */
#define VIO_HARDMTU	9198	/* without VIRTIO_NET_F_MTU */
#define VIO_RX_SIZE	(RXPOOL_BUFSIZE - RXPOOL_OFFSET)
/* What one buffer takes: less the device's header, Ethernet's and a VLAN's. */
#define VIO_ONEBUFMTU	(VIO_RX_SIZE - (u32)sizeof(struct virtio_net_hdr_v1_hash) - ETH_HLEN - 4)

/* Where the checksum field lies in the header of an offloaded protocol. */
#define VIO_CSUM_TCP	16
#define VIO_CSUM_UDP	6
#define VIO_TCPOFF	12	/* of a TCP header: its length, in words */
#define VIO_IPPROTO	9	/* of an IP header */
#define VIO_TCPHDRS	(ETH_HLEN + 20 + 20)	/* bytes of headers at least */

struct vio_ctrl_buf;
struct vio_softc;

/* A pair of rings. Made by probe, freed by remove; polled by one softnet thread. */
struct vio_queue {
	struct softnet_poll	 vq_poll;	/* first: found from the poll */
	struct vio_softc	*vq_sc;		/* [I] */
	struct virtqueue	*vq_rx;		/* [I] */
	struct virtqueue	*vq_tx;		/* [I] */
	struct rxpool		*vq_pool;	/* [o] */
	unsigned int		 vq_idx;	/* [I] */
	char			 vq_rxname[16];	/* [I] "rx0": the device's core keeps it */
	char			 vq_txname[16];	/* [I] */
	bool			 vq_starved;	/* [o] ring has room, memory had none */
	struct timer_list	 vq_refill_timer;	/* [o] tries again */

	spinlock_t		 vq_txlock ____cacheline_aligned_in_smp; /* tx ring */
	struct scatterlist	 vq_sg[VIO_TXSEGS];	/* [t] */
};

/* The device. Made by probe, freed by remove. */
struct vio_softc {
	struct ifnet		 sc_if;
	struct virtio_device	*sc_vdev;	/* [I] */
	struct vio_queue	*sc_queues;	/* [I] sc_maxqueues of them */
	unsigned int		 sc_ndevice;	/* [I] pairs that the device has */
	unsigned int		 sc_maxqueues;	/* [I] pairs that can be used */
	unsigned int		 sc_nqueues;	/* [r] pairs in use, the first ones */
	unsigned int		 sc_hdrlen;	/* [I] bytes before each frame (5.1.6.1) */
	int			 sc_unit;	/* [I] */
	bool			 sc_mergeable;	/* [I] VIRTIO_NET_F_MRG_RXBUF */
	bool			 sc_hashes;	/* [I] VIRTIO_NET_F_HASH_REPORT */
	bool			 sc_merges;	/* [I] VIRTIO_NET_F_GUEST_TSO4 */
	bool			 sc_up;		/* [r] polls are running */
	struct work_struct	 sc_config_work;	/* configuration changed */

	struct virtqueue	*sc_ctrl;	/* [I] NULL: no control queue */
	struct mutex		 sc_ctrl_mtx;	/* one command at a time */
	struct completion	 sc_ctrl_done;	/* [c] */
	struct vio_ctrl_buf	*sc_ctrl_buf;	/* [c] */
};

/* vio_rx.c */
int vio_rx_init(struct vio_queue *vq);
void vio_rx_exit(struct vio_queue *vq);
unsigned int vio_rx_poll(struct softnet_poll *sp, struct mbuf_list *ml, unsigned int budget);
bool vio_rx_rearm(struct softnet_poll *sp);
void vio_rx_fill(struct vio_queue *vq);
void vio_rx_discard(struct vio_queue *vq);
void vio_rx_intr(struct virtqueue *vq);
int vio_rx_resize(struct vio_queue *vq, u32 n);

/* vio_tx.c */
void vio_start(struct ifqueue *ifq);
void vio_txeof(struct vio_queue *vq);
bool vio_tx_rearm(struct vio_queue *vq);
void vio_tx_discard(struct vio_queue *vq);
void vio_tx_intr(struct virtqueue *vq);
bool vio_tx_idle(struct vio_queue *vq);
int vio_tx_resize(struct vio_queue *vq, u32 n);

/* vio_queue.c: process context, rtnl held */
void vio_queue_start(struct vio_queue *vq);
void vio_queue_stop(struct vio_queue *vq);
int vio_tell_queues(struct vio_softc *sc, unsigned int n);
void vio_getqueues(struct ifnet *ifp, struct bsd_ifqueues *q);
int vio_setqueues(struct ifnet *ifp, const struct bsd_ifqueues *q);

/* vio_intr.c */
void vio_moved(struct softnet_poll *sp, unsigned int cpu);
bool vio_vector(struct ifnet *ifp, struct bsd_ifintr *ii);
struct softnet_poll *vio_poll(struct ifnet *ifp, unsigned int queue);

/* vio_ctrl.c: process context, may sleep, no netlock; 0 or -errno. */
int vio_ctrl_init(struct vio_softc *sc);
void vio_ctrl_exit(struct vio_softc *sc);
void vio_ctrl_intr(struct virtqueue *vq);
int vio_ctrl_pairs(struct vio_softc *sc, unsigned int n);
int vio_ctrl_rss(struct vio_softc *sc, unsigned int n);
int vio_ctrl_rxmode(struct vio_softc *sc, bool promisc, bool allmulti);
int vio_ctrl_macs(struct vio_softc *sc);
int vio_ctrl_lladdr(struct vio_softc *sc, const u8 *lladdr);
int vio_ctrl_announced(struct vio_softc *sc);
int vio_ctrl_merge(struct vio_softc *sc, bool on);

/* The pair that ring @vq of the transport belongs to (5.1.2: rx0 tx0 rx1 tx1 ...). */
static inline struct vio_queue *vio_vqtopair(struct virtqueue *vq)
{
	struct vio_softc *sc = vq->vdev->priv;

	return &sc->sc_queues[vq->index / 2];
}

#endif /* _VIO_PRIV_H */
