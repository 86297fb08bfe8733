# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Many connections at once, both ends ours, over lo0."""
import resource
import socket
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import DEBUG_KERNEL, counter, scale, sysfs
from tcp_wire import listening, stats

CONNECTIONS = scale(200 if DEBUG_KERNEL else 1000, 10000)


@pytest.fixture
def room():
    """Descriptors and ports for all of them; TIME_WAIT is short."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    knobs = {name: sysfs(name) for name in ("tcp/msl",)}
    resource.setrlimit(resource.RLIMIT_NOFILE, (60000, max(60000, before[1])))
    sysfs("tcp/msl", 1000)
    yield
    for name, value in knobs.items():
        sysfs(name, value)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def connections():
    """PCBs that are there."""
    return stats("pcb", "alloc") - stats("pcb", "free")


def opened(n):
    """Both ends of @n connections."""
    pairs = []
    with listening("127.0.0.1", backlog=16) as s:
        for _ in range(n):
            a = bsd_socket(socket.SOCK_STREAM)
            a.connect(s.getsockname())
            pairs.append((a, s.accept()[0]))
    return pairs


def piece(i, side):
    return b"%d from side %d" % (i, side) * 10


def test_each_carries_its_own_data(room):
    before, pcbs = counter("mbuf/inuse"), connections()
    pairs = opened(CONNECTIONS)
    assert connections() >= 2 * CONNECTIONS     # those of before may have ended
    for i, pair in enumerate(pairs):
        for side in 0, 1:
            pair[side].sendall(piece(i, side))
    assert counter("mbuf/inuse") > 2 * CONNECTIONS
    for i, pair in enumerate(pairs):
        for side in 0, 1:
            assert pair[1 - side].recv(1000) == piece(i, side)
    for a, b in pairs:
        a.close()
        assert b.recv(1) == b""
        b.close()
    deadline = time.monotonic() + 60
    while counter("mbuf/inuse") > before + 100 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert counter("mbuf/inuse") <= before + 100
    while connections() > pcbs and time.monotonic() < deadline:
        time.sleep(0.5)
    assert connections() <= pcbs
