# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""UDP sockets with themselves over lo0: Linux's semantics, call by call.

    socket 127.0.0.1 ---- lo0 ---- socket 127.0.0.1        RFC 768, udp(7)
"""
import errno
import os
import select
import socket
import threading
import time

import pytest
from bsd_socket import bound, bsd_socket, couple


def refused(code, call, *args):
    with pytest.raises(OSError) as e:
        call(*args)
    assert e.value.errno == code


@pytest.mark.parametrize("size", [0, 1, 64, 1472, 9000, 40000, 65507])
def test_datagram_comes_back_whole(size):
    a, b = couple()
    data = os.urandom(size)
    assert a.send(data) == size
    assert b.recv(65535) == data


def test_order_is_kept():
    a, b = couple()
    for i in range(200):
        a.send(b"%d" % i)
    assert [int(b.recv(10)) for _ in range(200)] == list(range(200))


def test_sender_is_told_as_af_inet():
    a, b = bound(), bound()
    a.sendto(b"x", b.getsockname())
    assert b.recvfrom(10) == (b"x", a.getsockname())


def test_unconnected_send_binds_a_port():
    a, b = bsd_socket(), bound()
    a.sendto(b"x", b.getsockname())
    assert a.getsockname()[1] != 0
    assert b.recvfrom(1)[1][1] == a.getsockname()[1]


def test_ephemeral_ports_are_in_range_and_differ():
    socks = [bound() for _ in range(50)]
    ports = {s.getsockname()[1] for s in socks}
    assert len(ports) == 50
    assert all(32768 <= p <= 60999 for p in ports)


def test_too_long_datagram_is_emsgsize():
    a, _ = couple()
    refused(errno.EMSGSIZE, a.send, bytes(65508))


def test_send_without_destination_is_edestaddrreq():
    refused(errno.EDESTADDRREQ, bsd_socket().send, b"x")


def test_peer_of_unconnected_is_enotconn():
    refused(errno.ENOTCONN, bsd_socket().getpeername)


def test_connect_sets_both_names():
    a, b = couple()
    assert a.getpeername() == b.getsockname()


def test_connected_socket_hears_only_its_peer():
    a, b = couple()
    c = bound()
    c.sendto(b"stranger", a.getsockname())
    b.send(b"friend")
    assert a.recv(100) == b"friend"
    a.setblocking(False)
    refused(errno.EAGAIN, a.recv, 1)


def test_closed_port_gives_econnrefused_once():
    a = bound()
    b = bound()
    a.connect(b.getsockname())
    b.close()
    a.send(b"x")
    deadline = time.monotonic() + 10
    error = 0
    while not error and time.monotonic() < deadline:
        error = a.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    assert error == errno.ECONNREFUSED
    assert a.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def test_bind_to_foreign_address_is_eaddrnotavail():
    refused(errno.EADDRNOTAVAIL, bound, "192.0.2.1")


def test_bind_twice_is_einval():
    refused(errno.EINVAL, bound().bind, ("127.0.0.1", 0))


def test_port_in_use_is_eaddrinuse():
    a = bound()
    refused(errno.EADDRINUSE, bound, "127.0.0.1", a.getsockname()[1])
    refused(errno.EADDRINUSE, bound, "0.0.0.0", a.getsockname()[1])


def test_same_port_on_another_address():
    a = bound()
    b = bound("10.77.0.2", a.getsockname()[1])
    assert a.getsockname()[1] == b.getsockname()[1]


def test_specific_address_beats_any():
    a = bsd_socket()
    a.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    a.bind(("0.0.0.0", 5353))
    b = bsd_socket()
    b.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    b.bind(("127.0.0.1", 5353))
    bound().sendto(b"x", ("127.0.0.1", 5353))
    assert b.recv(1) == b"x"


def test_reuseport_group_shares_the_flows():
    group = []
    for _ in range(4):
        s = bsd_socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind(("127.0.0.1", 5354))
        s.setblocking(False)
        group.append(s)
    for _ in range(64):
        bound().sendto(b"x", ("127.0.0.1", 5354))
    counts = []
    for s in group:
        n = 0
        while select.select([s], [], [], 0)[0]:
            s.recv(1)
            n += 1
        counts.append(n)
    assert sum(counts) == 64
    assert min(counts) >= 4, counts


def test_reuseport_keeps_a_flow_on_one_socket():
    group = []
    for _ in range(4):
        s = bsd_socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind(("127.0.0.1", 5355))
        group.append(s)
    a = bound()
    for _ in range(16):
        a.sendto(b"x", ("127.0.0.1", 5355))
    assert len(select.select(group, [], [], 0)[0]) == 1


def test_peek_leaves_the_datagram():
    a, b = couple()
    a.send(b"look")
    assert b.recv(4, socket.MSG_PEEK) == b"look"
    assert b.recv(4) == b"look"


def test_short_buffer_truncates_and_says_so():
    a, b = couple()
    a.send(b"abcdef")
    data, _, flags, _ = b.recvmsg(3)
    assert data == b"abc" and flags & socket.MSG_TRUNC
    a.send(b"abcdef")
    assert b.recv_into(bytearray(3), 3, socket.MSG_TRUNC) == 6


def test_nonblocking_receive_is_eagain():
    s = bound()
    s.setblocking(False)
    refused(errno.EAGAIN, s.recv, 1)
    s.setblocking(True)
    refused(errno.EAGAIN, s.recv, 1, socket.MSG_DONTWAIT)


def test_receive_timeout_ends_the_wait():
    s = bound(timeout=None)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, b"\0" * 8 + (200000).to_bytes(8, "little"))
    start = time.monotonic()
    refused(errno.EAGAIN, s.recv, 1)
    assert 0.1 < time.monotonic() - start < 10


def test_sleeping_reader_is_woken():
    a, b = couple()
    got = []
    reader = threading.Thread(target=lambda: got.append(b.recv(10)))
    reader.start()
    time.sleep(0.3)
    a.send(b"wake")
    reader.join(10)
    assert got == [b"wake"]


def test_shutdown_wakes_a_reader_with_nothing():
    a, b = couple()
    got = []
    reader = threading.Thread(target=lambda: got.append(b.recv(10)))
    reader.start()
    time.sleep(0.3)
    b.shutdown(socket.SHUT_RD)
    reader.join(10)
    assert got == [b""]
    a.close()


def test_send_after_shutdown_is_epipe():
    a, _ = couple()
    a.shutdown(socket.SHUT_WR)
    refused(errno.EPIPE, a.send, b"x", socket.MSG_NOSIGNAL)


def test_poll_tells_readable_and_writable():
    a, b = couple()
    p = select.poll()
    p.register(b, select.POLLIN | select.POLLOUT)
    assert p.poll(0) == [(b.fileno(), select.POLLOUT)]
    a.send(b"x")
    assert p.poll(10000) == [(b.fileno(), select.POLLIN | select.POLLOUT)]


def test_epoll_level_and_edge():
    a, b = couple()
    level, edge = select.epoll(), select.epoll()
    level.register(b, select.EPOLLIN)
    edge.register(b, select.EPOLLIN | select.EPOLLET)
    a.send(b"1")
    assert level.poll(10) and level.poll(0)
    assert edge.poll(10) and not edge.poll(0)
    a.send(b"2")
    assert edge.poll(10)
    b.recv(1)
    b.recv(1)
    assert not level.poll(0)


def test_receive_buffer_full_drops_and_counts(bsdnet):
    a, b = couple()
    b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    before = bsdnet("netstat", "-s", "-p", "udp", "--json").check().json()["udp"]
    for _ in range(200):
        a.send(bytes(1000))
    after = bsdnet("netstat", "-s", "-p", "udp", "--json").check().json()["udp"]
    b.setblocking(False)
    n = 0
    while True:
        try:
            b.recv(2000)
            n += 1
        except BlockingIOError:
            break
    assert 1 <= n < 200
    key = [k for k in after if "full" in k][0]
    assert after[key] - before[key] == 200 - n


def test_broadcast_needs_permission():
    s = bound("10.77.0.2")
    refused(errno.EACCES, s.sendto, b"x", ("10.77.0.255", 9))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    assert s.sendto(b"x", ("10.77.0.255", 9)) == 1


def test_unknown_family_type_and_option_are_refused():
    refused(errno.EPROTONOSUPPORT, bsd_socket, socket.SOCK_DGRAM, socket.IPPROTO_TCP)
    refused(errno.ESOCKTNOSUPPORT, bsd_socket, socket.SOCK_SEQPACKET)
    refused(errno.ENOPROTOOPT, bsd_socket().setsockopt, socket.IPPROTO_IP, 250, 1)


def test_second_ioctl_tells_the_bytes_waiting():
    import fcntl
    import struct
    a, b = couple()
    a.send(b"12345")
    a.send(b"123")
    got = struct.unpack("i", fcntl.ioctl(b, 0x541B, struct.pack("i", 0)))[0]
    assert got == 5
