# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Who waits for a stream is told. socket(7), poll(2), sendfile(2), fcntl(2)"""
import contextlib
import errno
import fcntl
import os
import select
import signal
import socket
import threading
import time

import pytest
from bsd_socket import bsd_socket, couple, disconnect
from bsdnet_test import wait_for
from tcp_wire import stats


def small(*sockets):
    for s in sockets:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)


def fill(s):
    """As much as the buffers of both ends take; bytes."""
    s.setblocking(False)
    sent, before = 0, -1
    while sent != before:
        before = sent
        with contextlib.suppress(BlockingIOError):
            while True:
                sent += s.send(bytes(65536))
        time.sleep(0.3)
    s.settimeout(10)
    return sent


@pytest.fixture
def sigio():
    """How often SIGIO came."""
    came = []
    signal.signal(signal.SIGIO, lambda *_: came.append(1))
    yield came
    signal.signal(signal.SIGIO, signal.SIG_IGN)     # by default it is the end


def tell(s):
    """SIGIO to this process for what happens to @s."""
    fcntl.fcntl(s, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(s, fcntl.F_SETFL, fcntl.fcntl(s, fcntl.F_GETFL) | os.O_ASYNC)


@pytest.fixture
def short_file(tmp_path):
    path = tmp_path / "short"
    path.write_bytes(b"to the end")
    with open(path, "rb") as f:
        yield f


def test_two_readers_share_what_came_at_once(pair):
    a, b = pair
    b.settimeout(None)
    got = []
    readers = [threading.Thread(target=lambda: got.append(b.recv(100))) for _ in range(2)]
    for reader in readers:
        reader.start()
    time.sleep(0.5)     # until both wait
    a.sendall(b"x" * 200)
    for reader in readers:
        reader.join(10)
    alive = [reader.is_alive() for reader in readers]
    a.sendall(b"x" * 200)       # whoever is left
    assert not any(alive) and [len(piece) for piece in got] == [100, 100]


def test_low_water_mark_above_the_buffer_is_reached(pair):
    """SO_RCVLOWAT: what the buffer takes is enough."""
    a, b = pair
    b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1 << 20)
    a.send(b"x")
    assert not select.select([b], [], [], 0.2)[0]
    fill(a)
    assert select.select([b], [], [], 10)[0]


def test_file_shorter_than_said_is_sent_at_once(pair, short_file):
    """sendfile(2) says MSG_MORE until it finds the end."""
    a, b = pair
    before = stats("tcp", "sndprobe")
    assert os.sendfile(a.fileno(), short_file.fileno(), 0, 100000) == 10
    assert b.recv(100) == b"to the end"
    assert stats("tcp", "sndprobe") == before


def test_file_shorter_than_said_is_a_datagram(short_file):
    a, b = couple()
    with a, b:
        assert os.sendfile(a.fileno(), short_file.fileno(), 0, 100000) == 10
        assert b.recv(100) == b"to the end"


def test_end_of_the_stream_brings_sigio(pair, sigio):
    a, b = pair
    tell(b)
    a.shutdown(socket.SHUT_WR)
    wait_for(lambda: sigio)


def test_room_brings_sigio(pair, sigio):
    a, b = pair
    a.setblocking(False)
    tell(a)
    with pytest.raises(BlockingIOError):
        while True:
            a.send(bytes(65536))
    sigio.clear()
    b.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            b.recv(1 << 20)
    wait_for(lambda: sigio)


def test_larger_buffer_wakes_a_writer(pair):
    a, b = pair
    small(a, b)
    fill(a)
    a.settimeout(None)
    writer = threading.Thread(target=a.send, args=(b"x",))
    writer.start()
    writer.join(0.5)
    assert writer.is_alive()
    a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    writer.join(10)
    assert not writer.is_alive()


def test_nothing_is_left_of_a_connection_that_was_dissolved(pair):
    a, _ = pair
    disconnect(a)
    with pytest.raises(OSError) as error:
        a.recv(1)
    assert error.value.errno == errno.ENOTCONN


def test_refused_fast_open_may_be_tried_again():
    """MSG_FASTOPEN without a cookie: each call is refused, as connect(2) would be."""
    with bsd_socket(socket.SOCK_STREAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        with bsd_socket(socket.SOCK_STREAM) as s:
            for _ in range(2):
                with pytest.raises(ConnectionRefusedError):
                    s.sendto(b"x", socket.MSG_FASTOPEN, nobody.getsockname())


def read(s, n):
    while n:
        n -= len(s.recv(n))


def test_both_windows_shut_and_open_again(pair):
    """RFC 9293 3.10.7.4: what comes next is looked at, though there is no room for it."""
    a, b = pair
    small(a, b)
    there, back = fill(a), fill(b)
    time.sleep(1)       # both have probed
    read(b, there)
    read(a, back)
    a.send(b"goes on")
    assert b.recv(100) == b"goes on"


def test_end_behind_a_shut_window_stops_nothing_the_other_way(pair):
    a, b = pair
    small(a, b)
    there = fill(a)
    a.shutdown(socket.SHUT_WR)
    time.sleep(1)
    writer = threading.Thread(target=b.sendall, args=(bytes(200000),))
    writer.start()
    read(a, 200000)
    writer.join(10)
    read(b, there)
    assert b.recv(1) == b""
