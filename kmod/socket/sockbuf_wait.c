// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sockbuf_wait.c - tell the user of a socket that something happened.
 *
 * Receive path: udp_input.c, raw_ip.c append a batch, unlock -> here -> the
 * kernel user's upcall, or linux/sock_wait.c (sleepers, poll, SIGIO).
 * Context: process, no lock held: an upcall may send.
 */
#include <bsdnet/sockbuf.h>
#include <bsdnet/socketvar.h>

/* Its readers hear of nothing as long as @so is spliced: the splice does. */
static bool sosplice_read(struct bsd_socket *so)
{
	if (!so_isspliced(so))
		return false;
	sosplice_kick(&so->so_splice);
	return true;
}

/* Splices to and from @so look what became of it. */
static void sosplice_look(struct bsd_socket *so)
{
	if (so_isspliced(so))
		sosplice_kick(&so->so_splice);
	if (unlikely(rcu_access_pointer(so->so_spliceback)))
		sosplice_kick(&so->so_spliceback);
}

/* Call the kernel user of @so, if it has one. */
static bool soupcall(struct bsd_socket *so)
{
	void (*upcall)(struct bsd_socket *so, void *arg);

	/* Pairs with the kernel user's smp_store_release(): so_upcallarg was set before. */
	upcall = smp_load_acquire(&so->so_upcall);
	if (likely(!upcall))
		return false;
	upcall(so, READ_ONCE(so->so_upcallarg));
	return true;
}

/**
 * sorwakeup() - records were appended to the receive buffer
 * @so: socket, alive by the caller's section or reference
 *
 * Once a batch, not once a record: soreceive() wakes the next reader if it leaves
 * records behind.
 *
 * Context: Process, no lock held.
 */
void sorwakeup(struct bsd_socket *so)
{
	if (!sosplice_read(so) && !soupcall(so))
		sosk_rwakeup(so);
}

/**
 * sowwakeup() - there is room in the send buffer again, or no more use for it
 * @so: socket, alive by the caller's section or reference
 *
 * Context: Process, no lock held.
 */
void sowwakeup(struct bsd_socket *so)
{
	sosplice_look(so);
	if (!soupcall(so))
		sosk_wwakeup(so);
}

/**
 * sowakeup_slow() - tell whoever waits what a protocol did, for sowakeup() only
 * @so:   socket, alive by the caller's section or reference
 * @what: SOW_*
 *
 * Context: Process, no lock held.
 */
void sowakeup_slow(struct bsd_socket *so, u32 what)
{
	sosplice_look(so);
	if (soupcall(so))
		return;
	if (what & SOW_ALL) {
		sosk_wakeall(so);
		return;
	}
	if (what & SOW_READ && !so_isspliced(so))
		sosk_rwakeup(so);
	if (what & SOW_WRITE)
		sosk_wwakeup(so);
}

/**
 * sosaveerror() - an error that the next call on the socket returns, told later
 * @so:    socket, alive by the caller's section or reference
 * @error: positive errno
 *
 * With a struct sock attached its sk_err is the truth, because Linux answers
 * SO_ERROR from it and clears it; so_error then says only that sk_err is worth a
 * look. It is therefore set last. The caller wakes.
 *
 * Context: Process; the PCB mutex may be held.
 */
void sosaveerror(struct bsd_socket *so, int error)
{
	bool attached = sosk_seterror(so, error);

	/* Pairs with xchg() in sotakeerror_slow(): who sees it sees sk_err. */
	smp_store_release(&so->so_error, error);
	if (unlikely(!attached)) {
		/* Pairs with accept(2): it sees so_error, or this sees its struct sock. */
		smp_mb();
		sosk_seterror(so, error);
	}
}

/**
 * soseterror() - an error that the next call on the socket returns
 * @so:    socket, alive by the caller's section or reference
 * @error: positive errno
 *
 * Context: Process, no lock held.
 */
void soseterror(struct bsd_socket *so, int error)
{
	sosaveerror(so, error);
	sosplice_look(so);
	if (!soupcall(so))
		sosk_errwakeup(so);
}

/**
 * sotakeerror_slow() - take the pending error, if nobody else did
 * @so: socket
 *
 * Context: Process.
 * Return:  0 or -errno.
 */
int sotakeerror_slow(struct bsd_socket *so)
{
	return sosk_takeerror(so, xchg(&so->so_error, 0));
}

/**
 * sopeekerror() - the pending error of a socket, which stays
 * @so: socket, alive by the caller's section or reference
 *
 * Context: Process.
 * Return:  0 or a positive errno.
 */
int sopeekerror(struct bsd_socket *so)
{
	int error = READ_ONCE(so->so_error);

	return error ? sosk_peekerror(so, error) : 0;
}

/**
 * so_setstate() - what became of a socket
 * @so:    socket, alive by the caller's section or reference
 * @set:   SS_* bits to set
 * @clear: SS_* bits to clear
 *
 * The receive buffer is shut as long as SS_CANTRCVMORE is set. The caller wakes.
 *
 * Context: Process; a PCB mutex may be held. Takes and releases sb_lock.
 */
void so_setstate(struct bsd_socket *so, u32 set, u32 clear)
{
	struct sockbuf *sb = &so->so_rcv;
	u32 state;

	spin_lock(&sb->sb_lock);
	state = (so->so_state | set) & ~clear;
	WRITE_ONCE(so->so_state, state);
	WRITE_ONCE(sb->sb_shut, state & SS_CANTRCVMORE);
	spin_unlock(&sb->sb_lock);
}

/**
 * socantrcvmore() - nothing is received from here on
 * @so: socket, alive by the caller's section or reference
 *
 * What waits in the buffer can still be read. Wakes all readers: each has to see it.
 *
 * Context: Process, no lock held. Takes and releases sb_lock.
 */
void socantrcvmore(struct bsd_socket *so)
{
	so_setstate(so, SS_CANTRCVMORE, 0);
	sowakeup(so, SOW_ALL);
}
