// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * socket_send.c - a datagram from a user of a socket to its protocol.
 *
 * Send path: linux/sock_msg.c (copies user data into mbufs, no lock held) -> here
 * (one section) -> udp_output.c, raw_ip.c.
 * Context: process, no lock held.
 */
#include <bsdnet/socketvar.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netstack.h>
#include <bsdnet/trace.h>

/**
 * sosendcheck() - may this socket send now?
 * @so:  socket
 * @name: destination, NULL: the peer
 * @len: bytes of data
 *
 * Asked before user data is copied. Takes a pending error, as Linux does.
 *
 * Context: Process, no lock held.
 * Return:  0; the pending error; -EPIPE after shutdown; -EMSGSIZE if @len exceeds
 *	    SO_SNDBUF; what pru_sendcheck() says.
 */
int sosendcheck(struct bsd_socket *so, const struct sockaddr *name, size_t len)
{
	const struct pr_usrreqs *pru = so->so_proto->pr_usrreqs;
	int error;

	error = sotakeerror(so);
	if (unlikely(error))
		return error;
	if (unlikely(READ_ONCE(so->so_state) & SS_CANTSENDMORE))
		return -EPIPE;
	/* One datagram is all that a send buffer ever holds. */
	if (unlikely(len > READ_ONCE(so->so_snd.sb_hiwat)))
		return -EMSGSIZE;
	return pru->pru_sendcheck ? pru->pru_sendcheck(so, name, len) : 0;
}

/**
 * sosend() - send one datagram
 * @so:  socket for which sosendcheck() said yes
 * @m:   user data with MAX_LINKHDR and protocol headers of room in front; consumed
 * @name: destination, NULL: the peer
 * @ctl: control messages, not NULL
 *
 * Context: Process, no lock held; enters a section.
 * Return:  0 or -errno.
 */
int sosend(struct bsd_socket *so, struct mbuf *m, const struct sockaddr *name,
	   const struct msg_control *ctl)
{
	struct netstack ns;
	int error;

	trace_bsdnet_sosend(0, m->m_pkthdr.len);
	net_enter(&ns, so->so_proto->pr_section);
	error = so->so_proto->pr_usrreqs->pru_send(so, m, name, ctl, &ns);
	net_leave(&ns);
	return error;
}

/**
 * sopush() - what was to wait for more (MSG_MORE) goes
 * @so: socket
 *
 * Context: Process, no lock held; enters a section.
 */
void sopush(struct bsd_socket *so)
{
	const struct protosw *pr = so->so_proto;
	struct netstack ns;

	if (!pr->pr_usrreqs->pru_push)
		return;
	net_enter(&ns, pr->pr_section);
	pr->pr_usrreqs->pru_push(so, &ns);
	net_leave(&ns);
}
