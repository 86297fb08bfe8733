# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""SO_SPLICE of datagram sockets. setsockopt(2), sosplice(9) of OpenBSD

    left ---- lo0 ---- source => drain ---- lo0 ---- right
"""
# pylint: disable=redefined-outer-name
import errno
import select
import socket
import struct
import time
import types

import pytest
from bsd_socket import bound, bsd_socket, couple, received
from bsdnet_test import wait_for
from splicing import SO_SPLICE, ended, so_error, splice, splice_stats, spliced, unsplice

UDP_SEGMENT, UDP_GRO = 103, 104


@pytest.fixture
def ends():
    """left -- source, drain -- right; the source has no peer."""
    source = bound()
    left = bound()
    left.connect(source.getsockname())
    drain, right = couple()
    with left, source, drain, right:
        yield types.SimpleNamespace(left=left, source=source, drain=drain, right=right)


def test_boundaries_are_kept(ends):
    sizes = [0, 1, 100, 1472, 1473, 9000, 0, 65507, 2]
    ends.drain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100000)
    splice(ends.source, ends.drain)
    for i, size in enumerate(sizes):
        ends.left.send(bytes([i]) * size)
    assert received(ends.right, len(sizes)) == [bytes([i]) * n for i, n in enumerate(sizes)]
    assert spliced(ends.source) == sum(sizes)


def test_sender_is_the_drain(ends):
    splice(ends.source, ends.drain)
    ends.left.send(b"x")
    assert ends.right.recvfrom(10) == (b"x", ends.drain.getsockname())


def test_both_directions(ends):
    ends.source.connect(ends.left.getsockname())
    splice(ends.source, ends.drain)
    splice(ends.drain, ends.source)
    for i in range(50):
        ends.left.send(b"%d" % i)
        assert ends.right.recv(10) == b"%d" % i
        ends.right.send(b"back %d" % i)
        assert ends.left.recv(10) == b"back %d" % i


def test_what_waits_goes_too_and_many(ends):
    for i in range(100):
        ends.left.send(b"%d" % i)
    splice(ends.source, ends.drain)
    assert received(ends.right, 100) == [b"%d" % i for i in range(100)]


def test_merged_datagrams_are_cut_again(ends):
    ends.source.setsockopt(socket.SOL_UDP, UDP_GRO, 1)
    splice(ends.source, ends.drain)
    ends.left.sendmsg([b"a" * 500 + b"b" * 500 + b"c" * 123],
                      [(socket.SOL_UDP, UDP_SEGMENT, struct.pack("H", 500))])
    assert received(ends.right, 3) == [b"a" * 500, b"b" * 500, b"c" * 123]


def test_source_is_quiet(ends):
    splice(ends.source, ends.drain)
    ends.left.send(b"x")
    assert ends.right.recv(1) == b"x"
    p = select.poll()
    p.register(ends.source, select.POLLIN)
    assert p.poll(200) == []
    ends.source.settimeout(0.2)
    with pytest.raises(TimeoutError):
        ends.source.recv(1)


def test_too_large_is_dropped_and_counted(ends):
    ends.drain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 3000)
    before = splice_stats()["toobig"]
    splice(ends.source, ends.drain)
    for size in (100, 5000, 200):
        ends.left.send(bytes(size))
    assert [len(d) for d in received(ends.right, 2)] == [100, 200]
    assert splice_stats()["toobig"] == before + 1 and so_error(ends.source) == 0


def test_maximum_is_of_whole_datagrams(ends):
    with ended("max"):
        splice(ends.source, ends.drain, most=250)
        for size in (100, 100, 100):
            ends.left.send(bytes(size))
        wait_for(lambda: so_error(ends.source) == errno.EFBIG)
    assert len(received(ends.right, 2)) == 2 and spliced(ends.source) == 200
    # What did not go can be read, with its sender.
    assert ends.source.recvfrom(1000) == (bytes(100), ends.left.getsockname())


def test_maximum_that_is_met(ends):
    splice(ends.source, ends.drain, most=200)
    ends.left.send(bytes(100))
    ends.left.send(bytes(100))
    wait_for(lambda: so_error(ends.source) == errno.EFBIG)
    assert spliced(ends.source) == 200


def test_idle(ends):
    with ended("idle"):
        start = time.monotonic()
        splice(ends.source, ends.drain, idle=0.3)
        wait_for(lambda: so_error(ends.source) == errno.ETIMEDOUT)
        assert time.monotonic() - start > 0.29


def test_end_gives_the_source_back(ends):
    splice(ends.source, ends.drain)
    unsplice(ends.source)
    ends.left.send(b"mine")
    assert ends.source.recvfrom(10) == (b"mine", ends.left.getsockname())


def test_nobody_behind_the_drain_is_an_error_of_the_source(ends):
    splice(ends.source, ends.drain)
    ends.right.close()
    with ended("error"):
        ends.left.send(b"x")
    assert so_error(ends.source) == errno.ECONNREFUSED


@pytest.mark.parametrize("end", ["source", "drain"])
def test_close(ends, end):
    splice(ends.source, ends.drain)
    with ended("closed"):
        getattr(ends, end).close()
    if end == "drain":
        ends.left.send(b"mine")
        assert ends.source.recv(10) == b"mine"


def test_datagram_that_goes_round_ends_it():
    a, b = couple()
    with a, b:
        before = splice_stats()["loop"]
        splice(a, a)
        splice(b, b)
        with ended("error"):
            a.send(b"round")
        assert splice_stats()["loop"] == before + 1
        assert errno.ELOOP in (so_error(a), so_error(b))


def test_errors(ends):
    with bsd_socket() as fresh, pytest.raises(OSError) as found:
        ends.source.setsockopt(socket.SOL_SOCKET, SO_SPLICE, fresh.fileno())
    assert found.value.errno == errno.ENOTCONN
    with bsd_socket(socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw, \
         pytest.raises(OSError) as found:
        raw.setsockopt(socket.SOL_SOCKET, SO_SPLICE, ends.drain.fileno())
    assert found.value.errno == errno.EPROTONOSUPPORT
