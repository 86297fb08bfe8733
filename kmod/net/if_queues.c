// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * if_queues.c - queues, rings and interrupts of an interface's hardware, changed while
 * packets go through.
 *
 * Asked by if_ioctl.c and linux/face_ethtool.c; a driver does the work (ifo_getqueues
 * and following of struct ifnet_ops). Which CPU a queue's work is done on is a matter
 * of softnet_work.c, which tells the driver to point the vector there.
 * Context: process, rtnl held, netlock not; sleeps.
 */
#include <bsdnet/if_var.h>
#include <bsdnet/ifq.h>
#include <bsdnet/kassert.h>
#include <bsdnet/netlock.h>
#include <bsdnet/softnet.h>
#include <uapi/bsdnet/ioctl.h>
#include <linux/errno.h>

/**
 * if_getqueues() - how many queues and descriptors hardware has and uses
 * @ifp: attached
 * @q:   out; but the name
 *
 * Context: rtnl held.
 * Return:  0; -EOPNOTSUPP: no hardware with queues.
 */
int if_getqueues(struct ifnet *ifp, struct bsd_ifqueues *q)
{
	bsd_rtnl_assert();
	if (!ifp->if_ops || !ifp->if_ops->ifo_getqueues)
		return -EOPNOTSUPP;
	ifp->if_ops->ifo_getqueues(ifp, q);
	return 0;
}

/* @want, or where that is 0 what there is. */
static u32 if_wanted(u32 want, u32 now)
{
	return want ? want : now;
}

/**
 * if_setqueues() - use another number of queues, or of descriptors
 * @ifp:  attached, up or down
 * @want: numbers; 0 leaves one as it is
 *
 * Flows that a queue had go on by others. What a ring of another size had received and
 * nobody had fetched may be lost.
 *
 * Context: rtnl held, netlock not; sleeps.
 * Return:  0; -EOPNOTSUPP: the hardware cannot; -EINVAL: more than there are, or not a
 *	    length that rings can have; or the driver's error.
 */
int if_setqueues(struct ifnet *ifp, const struct bsd_ifqueues *want)
{
	struct bsd_ifqueues now = { };
	struct bsd_ifqueues next;
	int error = if_getqueues(ifp, &now);

	if (error)
		return error;
	NET_ASSERT_UNLOCKED();
	next = now;
	next.ifqs_queues = if_wanted(want->ifqs_queues, now.ifqs_queues);
	next.ifqs_rxring = if_wanted(want->ifqs_rxring, now.ifqs_rxring);
	next.ifqs_txring = if_wanted(want->ifqs_txring, now.ifqs_txring);
	if (next.ifqs_queues > now.ifqs_maxqueues || next.ifqs_rxring > now.ifqs_maxrxring ||
	    next.ifqs_txring > now.ifqs_maxtxring)
		return -EINVAL;
	if (next.ifqs_queues == now.ifqs_queues && next.ifqs_rxring == now.ifqs_rxring &&
	    next.ifqs_txring == now.ifqs_txring)
		return 0;
	return ifp->if_ops->ifo_setqueues(ifp, &next);
}

/**
 * if_usequeues() - senders use the first so many transmit queues
 * @ifp: interface, attached or not yet
 * @n:   queues, 1 to if_maxifqs
 *
 * Returns when no sender uses any other. For drivers.
 *
 * Context: rtnl held, netlock not; sleeps.
 */
void if_usequeues(struct ifnet *ifp, unsigned int n)
{
	if (!KASSERT(n && n <= ifp->if_maxifqs))
		return;
	net_lock();
	WRITE_ONCE(ifp->if_nifqs, n);
	net_unlock();
	net_synchronize();
}

BSDNET_EXPORT(if_usequeues);

/**
 * if_getintr() - one of the interrupts of an interface
 * @ifp: attached
 * @ii:  in: ifi_index; out: the rest
 *
 * Context: rtnl held.
 * Return:  0; -EOPNOTSUPP: no hardware with queues; -EADDRNOTAVAIL: no such interrupt.
 */
int if_getintr(struct ifnet *ifp, struct bsd_ifintr *ii)
{
	struct softnet_poll *sp;

	bsd_rtnl_assert();
	if (!ifp->if_ops || !ifp->if_ops->ifo_vector)
		return -EOPNOTSUPP;
	if (!ifp->if_ops->ifo_vector(ifp, ii))
		return -EADDRNOTAVAIL;
	sp = ifp->if_ops->ifo_poll(ifp, ii->ifi_queue);
	ii->ifi_cpu = sp ? READ_ONCE(sp->sp_cpu) : SOFTNET_NOCPU;
	return 0;
}

/**
 * if_setintr() - have a queue's work done on another CPU
 * @ifp: attached, up or down
 * @ii:  ifi_queue and ifi_cpu
 *
 * Its interrupts go along, if they are its own.
 *
 * Context: rtnl held, netlock not; sleeps.
 * Return:  0; -EOPNOTSUPP: no hardware with queues; -EADDRNOTAVAIL: no such queue in use;
 *	    -EINVAL: no softnet thread is in use on that CPU.
 */
int if_setintr(struct ifnet *ifp, const struct bsd_ifintr *ii)
{
	struct softnet_poll *sp;

	bsd_rtnl_assert();
	if (!ifp->if_ops || !ifp->if_ops->ifo_poll)
		return -EOPNOTSUPP;
	sp = ifp->if_ops->ifo_poll(ifp, ii->ifi_queue);
	return sp ? softnet_poll_move(sp, ii->ifi_cpu) : -EADDRNOTAVAIL;
}

/**
 * if_getqstats() - what one of the queues has done
 * @ifp: attached
 * @qt:  in: ifqt_queue; out: the rest
 *
 * Context: rtnl held.
 * Return:  0; -EADDRNOTAVAIL: no such queue is in use.
 */
int if_getqstats(struct ifnet *ifp, struct bsd_ifqstats *qt)
{
	const struct softnet_poll *sp = NULL;
	struct ifqueue *ifq;

	bsd_rtnl_assert();
	if (qt->ifqt_queue >= ifp->if_nifqs)
		return -EADDRNOTAVAIL;
	if (ifp->if_ops && ifp->if_ops->ifo_poll)
		sp = ifp->if_ops->ifo_poll(ifp, qt->ifqt_queue);
	qt->ifqt_cpu = sp ? READ_ONCE(sp->sp_cpu) : SOFTNET_NOCPU;
	qt->ifqt_ipackets = sp ? READ_ONCE(sp->sp_taken) : 0;
	ifq = ifp->if_ifqs[qt->ifqt_queue];
	spin_lock(&ifq->ifq_lock);
	qt->ifqt_opackets = ifq->ifq_packets;
	qt->ifqt_obytes = ifq->ifq_bytes;
	qt->ifqt_oqdrops = ifq->ifq_qdrops;
	qt->ifqt_oerrors = READ_ONCE(ifq->ifq_errors);
	qt->ifqt_olen = ifq->ifq_len;
	spin_unlock(&ifq->ifq_lock);
	return 0;
}
