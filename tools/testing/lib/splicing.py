# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""SO_SPLICE of <bsdnet/sock.h>, and two connections to try it between."""
import contextlib
import socket
import struct

import pytest
from bsdnet_test import bsdnet, wait_for
from tcp_wire import both_ends, listening

SO_SPLICE = 0x1023


def splice(source, drain, most=0, idle=0.0, level=socket.SOL_SOCKET):
    """What @source receives is sent by @drain; @most bytes, at most @idle seconds without."""
    value = struct.pack("@iqqq", drain.fileno(), most, int(idle), int(idle % 1 * 1e6))
    source.setsockopt(level, SO_SPLICE, value)


def unsplice(source):
    source.setsockopt(socket.SOL_SOCKET, SO_SPLICE, struct.pack("i", -1))


def spliced(source):
    """Bytes that the last splice has moved."""
    return struct.unpack("q", source.getsockopt(socket.IPPROTO_IP, SO_SPLICE, 8))[0]


def so_error(s):
    return s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def splice_stats():
    return bsdnet("netstat", "-s", "-p", "splice", "--json").check().json()["splice"]


@contextlib.contextmanager
def ended(reason):
    """One splice ends for this reason meanwhile."""
    before = splice_stats()[reason]
    yield
    wait_for(lambda: splice_stats()[reason] == before + 1)


def joined(**more):
    """Two streams connected to each other."""
    with listening("127.0.0.1") as s:
        return both_ends(s, **more)


class Path:
    """left -- source, drain -- right: two connections, nothing spliced yet."""

    def __init__(self):
        self.left, self.source = joined()
        self.drain, self.right = joined()

    def close(self):
        for s in (self.left, self.source, self.drain, self.right):
            s.close()


@pytest.fixture
def path():
    p = Path()
    yield p
    p.close()
