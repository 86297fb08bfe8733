# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Buffers that grow with what a path carries. socket(7), tcp(7) of Linux

    by lo0; and segment by segment, with a long round trip:
    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy
"""
import socket
import threading
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import knobs, sysfs
from tcp_wire import Wire, both_ends, listening, options

SMALL = 8192
RCVBUF, SNDBUF = socket.SO_RCVBUF, socket.SO_SNDBUF


@pytest.fixture(autouse=True)
def small():
    """Sockets begin with little room, so that a test need not carry much."""
    with knobs({"tcp/recvspace": SMALL, "tcp/sendspace": SMALL}):
        yield


def carry(a, b, size=4 << 20):
    """Bytes from @a to @b, read as they come."""
    thread = threading.Thread(target=lambda: a.sendall(bytes(size)))
    thread.start()
    got = 0
    while got < size:
        got += len(b.recv(1 << 20))
    thread.join()


def size(s, which):
    """Bytes of data; the program is told twice as much, as on Linux."""
    return s.getsockopt(socket.SOL_SOCKET, which) // 2


def window_after(wire, listener):
    """The largest window told while a program reads all that comes, round trip by round trip."""
    with wire.call(listener, delay=0.3) as c:
        c.settimeout(10)
        largest = 0
        for _ in range(4):
            for _ in range(4):
                wire.push(bytes(1400))
            got = 0
            while got < 5600:
                got += len(c.recv(10000))
            time.sleep(0.3)
            while found := wire.recv(0.05):
                largest = max(largest, found["win"])
        return largest


def test_window_grows_with_what_is_read(wire):
    with listening() as s:
        assert SMALL < window_after(wire, s) <= 65535


def test_window_that_the_program_has_set_does_not(wire):
    with listening() as s:
        s.setsockopt(socket.SOL_SOCKET, RCVBUF, SMALL)
        assert window_after(wire, s) == SMALL


def test_window_that_nobody_reads_does_not(wire):
    with listening() as s, wire.call(s, delay=0.3) as c:
        for _ in range(4):
            wire.push(bytes(1400))
            time.sleep(0.3)
        assert size(c, RCVBUF) == SMALL


def test_scale_fits_the_maximum(wire):
    """RFC 7323 2.3"""
    most = {1 << 21: 6, 8 << 20: 8}
    for value, scale in most.items():
        with knobs({"tcp/recvbuf_max": value}):
            other = Wire(wire.peer)
            s, syn = other.answer()
            s.close()
            assert options(syn)["WScale"] == scale
            with listening() as head:
                found = Wire(wire.peer).half_open(head, opts=[("MSS", 1460), ("WScale", 0)])
                assert options(found)["WScale"] == scale


def test_both_buffers_grow(listener):
    a, b = both_ends(listener)
    with a, b:
        carry(a, b)
        assert SMALL < size(a, SNDBUF) <= int(sysfs("tcp/sendbuf_max"))
        assert SMALL < size(b, RCVBUF) <= int(sysfs("tcp/recvbuf_max"))
        assert size(a, RCVBUF) == size(b, SNDBUF) == SMALL


def test_not_beyond_the_knobs(listener):
    with knobs({"tcp/recvbuf_max": 30000, "tcp/sendbuf_max": 20000}):
        a, b = both_ends(listener)
        with a, b:
            carry(a, b, 1 << 20)
            assert size(a, SNDBUF) == 20000 and size(b, RCVBUF) == 30000


def test_those_that_the_program_has_set_do_not(listener):
    a, b = both_ends(listener)
    with a, b:
        a.setsockopt(socket.SOL_SOCKET, SNDBUF, 10000)
        b.setsockopt(socket.SOL_SOCKET, RCVBUF, 12000)
        carry(a, b, 1 << 20)
        assert size(a, SNDBUF) == 10000 and size(b, RCVBUF) == 12000


def test_what_the_listener_has_set_does_not(listener):
    listener.setsockopt(socket.SOL_SOCKET, RCVBUF, 12000)
    a, b = both_ends(listener)
    with a, b:
        carry(a, b, 1 << 20)
        assert size(b, RCVBUF) == 12000


def test_other_options_leave_what_has_grown(listener):
    a, b = both_ends(listener)
    with a, b:
        carry(a, b)
        before = size(b, RCVBUF)
        b.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        carry(a, b, 1 << 16)
        assert size(b, RCVBUF) >= before > SMALL


def test_programs_may_still_set_them(listener):
    a, b = both_ends(listener)
    with a, b:
        carry(a, b)
        b.setsockopt(socket.SOL_SOCKET, RCVBUF, 10000)
        carry(a, b, 1 << 20)
        assert size(b, RCVBUF) == 10000
