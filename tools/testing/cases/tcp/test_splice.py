# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""SO_SPLICE of streams. setsockopt(2), sosplice(9) of OpenBSD

    left ---- lo0 ---- source => drain ---- lo0 ---- right
"""
# pylint: disable=redefined-outer-name
import contextlib
import errno
import hashlib
import os
import random
import select
import signal
import socket
import struct
import threading
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import counter, knobs, scale, sysfs, wait_for
from linux_peer import SINK, SOURCE, connected
from splicing import (SO_SPLICE, Path, ended, joined, path,  # noqa: F401
                      so_error, splice, spliced, unsplice)
from tcp_wire import listening

IN, OUT, RDHUP = select.POLLIN, select.POLLOUT, select.POLLRDHUP


def ready(s, wait=0):
    p = select.poll()
    p.register(s, IN | OUT | RDHUP)
    found = p.poll(wait)
    return found[0][1] if found else 0


@contextlib.contextmanager
def sending(s, data, end=True):
    """@data is sent meanwhile, all of it before this is left."""
    def send():
        s.sendall(data)
        if end:
            s.shutdown(socket.SHUT_WR)
    thread = threading.Thread(target=send)
    thread.start()
    yield
    thread.join()


def read_all(s):
    found = bytearray()
    while piece := s.recv(1 << 17):
        found += piece
    return bytes(found)


def read_exact(s, size):
    found = bytearray()
    while len(found) < size:
        piece = s.recv(size - len(found))
        assert piece
        found += piece
    return bytes(found)


def read_some(s, wait=0.5):
    """What comes until nothing does for a while."""
    found = bytearray()
    s.settimeout(wait)
    with contextlib.suppress(TimeoutError):
        while piece := s.recv(1 << 17):
            found += piece
    s.settimeout(10)
    return bytes(found)


def test_relay_is_exact_to_the_end(path):
    data = os.urandom(scale(2 << 20, 64 << 20))
    before = counter("splice/bytes")
    splice(path.source, path.drain)
    with sending(path.left, data), ended("eof"):
        assert hashlib.sha256(read_all(path.right)).digest() == hashlib.sha256(data).digest()
    assert spliced(path.source) == len(data) == counter("splice/bytes") - before
    assert path.source.recv(1) == b"" and so_error(path.source) == 0
    path.right.sendall(b"back")		# the other direction is not touched
    assert path.drain.recv(4) == b"back"


def test_both_directions_at_once(path):
    there, back = os.urandom(1 << 19), os.urandom(1 << 19)
    splice(path.source, path.drain)
    splice(path.drain, path.source)
    with sending(path.left, there), sending(path.right, back):
        found = []
        thread = threading.Thread(target=lambda: found.append(read_all(path.left)))
        thread.start()
        assert read_all(path.right) == there
        thread.join()
        assert found == [back]


def test_between_two_linux_peers(peer):
    sink = peer.start_python(SINK, port=7140)
    with listening(port=7141) as s, connected(7140) as drain:
        source = peer.start_python(SOURCE, port=7141, size=scale(1 << 19, 32 << 20))
        with s.accept()[0] as c:
            splice(c, drain)
            splice(drain, c)
            sent = source.result()
    assert sent == [sink.result(), "done"]


def test_what_waits_goes_too(path):
    path.left.sendall(b"before")
    wait_for(lambda: ready(path.source) & IN)
    splice(path.source, path.drain)
    path.left.sendall(b" and after")
    assert read_exact(path.right, 16) == b"before and after"


def test_no_limits_by_a_plain_descriptor(path):
    path.source.setsockopt(socket.SOL_SOCKET, SO_SPLICE, path.drain.fileno())
    path.left.sendall(b"x")
    assert path.right.recv(1) == b"x"


def test_level_ip_is_the_same(path):
    splice(path.source, path.drain, level=socket.IPPROTO_IP)
    path.left.sendall(b"x")
    assert path.right.recv(1) == b"x"


def test_source_is_quiet_for_readers_and_poll(path):
    splice(path.source, path.drain)
    path.left.sendall(b"not for you")
    assert read_exact(path.right, 11) == b"not for you"
    assert ready(path.source, 300) == OUT
    path.source.settimeout(0.3)
    with pytest.raises(TimeoutError):
        path.source.recv(1)


def test_reader_that_waits_goes_on_after(path):
    found = []
    splice(path.source, path.drain)
    thread = threading.Thread(target=lambda: found.append(path.source.recv(100)))
    thread.start()
    path.left.sendall(b"first")
    assert path.right.recv(100) == b"first"
    unsplice(path.source)
    path.left.sendall(b"rest")
    thread.join()
    assert found == [b"rest"]


@pytest.mark.parametrize("size,most", [(1000, 600), (1 << 20, 300001), (600, 600)])
def test_maximum_ends_it_exactly(path, size, most):
    data = os.urandom(size)
    with ended("max"):
        splice(path.source, path.drain, most=most)
        with sending(path.left, data):
            assert read_exact(path.right, most) == data[:most]
            wait_for(lambda: so_error(path.source) == errno.EFBIG)
            assert spliced(path.source) == most
            assert read_all(path.source) == data[most:]
    assert read_some(path.right, 0.2) == b""


def test_idle_ends_it_after_the_last_data(path):
    with ended("idle"):
        splice(path.source, path.drain, idle=2)
        for _ in range(3):
            time.sleep(0.8)
            start = time.monotonic()
            path.left.sendall(b"x")
            assert path.right.recv(1) == b"x"
        wait_for(lambda: so_error(path.source) == errno.ETIMEDOUT)
        assert time.monotonic() - start > 1.9
    path.left.sendall(b"mine")
    assert path.source.recv(10) == b"mine"


def test_nothing_is_lost_by_an_end_while_data_flows(path):
    data = os.urandom(1 << 20)
    splice(path.source, path.drain)
    found = bytearray()
    with sending(path.left, data):
        while len(found) < 300000:
            found += path.right.recv(50000)
        unsplice(path.source)
        rest = read_all(path.source)
        moved = spliced(path.source)
    path.drain.shutdown(socket.SHUT_WR)
    found += read_all(path.right)
    assert len(found) == moved and bytes(found) + rest == data


def test_again_after_an_end(path):
    for piece in (b"one", b"two", b"three"):
        splice(path.source, path.drain)
        path.left.sendall(piece)
        assert path.right.recv(10) == piece
        unsplice(path.source)
        assert spliced(path.source) == len(piece)
        path.left.sendall(b"here")
        assert path.source.recv(10) == b"here"


def test_close_of_an_idle_source(path):
    splice(path.source, path.drain)
    with ended("closed"):
        path.source.close()
    assert path.left.recv(1) == b""
    path.drain.sendall(b"alive")
    assert path.right.recv(10) == b"alive"


def test_close_of_a_source_that_is_held_back(path):
    path.left.setblocking(False)
    splice(path.source, path.drain)
    fill(path.left)
    path.source.close()
    path.left.settimeout(10)
    with pytest.raises(ConnectionResetError):
        path.left.recv(1)
    path.drain.close()
    assert len(read_all(path.right)) > 0


def test_close_of_an_idle_drain(path):
    splice(path.source, path.drain)
    with ended("closed"):
        path.drain.close()
    assert path.right.recv(1) == b""
    path.left.sendall(b"mine")
    assert path.source.recv(10) == b"mine" and so_error(path.source) == 0


def fill(s):
    """Send, without blocking, until nothing more has been taken for a while: bytes."""
    data = bytes(range(256)) * 256
    total = 0
    last = time.monotonic()
    while time.monotonic() - last < 0.7:
        try:
            done = s.send(data[total % 256:][:60000])
            total += done
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.05)
    return total


def test_close_of_a_drain_that_holds_back(path):
    path.left.setblocking(False)
    splice(path.source, path.drain)
    total = fill(path.left)
    path.drain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    path.drain.close()
    moved = spliced(path.source)
    path.left.settimeout(10)
    path.left.shutdown(socket.SHUT_WR)
    rest = read_all(path.source)
    assert len(rest) == total - moved
    assert rest == (bytes(range(256)) * (total // 256 + 1))[moved:total]


def test_drain_that_is_not_read_holds_the_source_back(path):
    path.left.setblocking(False)
    splice(path.source, path.drain)
    with knobs({"tcp/recvbuf_max": 2048, "tcp/sendbuf_max": 2048}):     # they do not grow
        total = fill(path.left)
    # two send and two receive buffers, and what each may exceed them by
    assert 200000 < total < 4 * 2 * int(sysfs("tcp/recvspace"))
    path.left.settimeout(10)
    path.left.shutdown(socket.SHUT_WR)
    data = read_all(path.right)
    assert data == (bytes(range(256)) * (total // 256 + 1))[:total]


def test_peer_of_the_drain_that_goes_is_an_error_of_the_source(path):
    splice(path.source, path.drain)
    path.right.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with ended("error"):
        path.right.close()
    assert so_error(path.source) in (errno.ECONNRESET, errno.EPIPE)
    path.left.sendall(b"mine")
    assert path.source.recv(10) == b"mine"


def test_peer_of_the_source_that_goes_is_an_error_of_the_source(path):
    splice(path.source, path.drain)
    path.left.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with ended("error"):
        path.left.close()
    assert so_error(path.source) == errno.ECONNRESET
    path.drain.sendall(b"alive")
    assert path.right.recv(10) == b"alive"


def test_shutdown_of_the_drain_is_an_error_of_the_source(path):
    splice(path.source, path.drain)
    with ended("error"):
        path.drain.shutdown(socket.SHUT_WR)
    assert so_error(path.source) == errno.EPIPE


def test_shutdown_of_the_source_is_its_end(path):
    splice(path.source, path.drain)
    with ended("eof"):
        path.source.shutdown(socket.SHUT_RD)
    assert path.right.recv(1) == b""


def test_drain_takes_writes_as_well(path):
    data = os.urandom(1 << 19).replace(b"\0", b"\1")
    splice(path.source, path.drain)
    found = bytearray()
    with sending(path.left, data, end=False), sending(path.drain, bytes(1 << 18), end=False):
        while len(found) < len(data) + (1 << 18):
            found += path.right.recv(1 << 16)
    assert found.replace(b"\0", b"") == data


def test_socket_that_is_its_own_drain_echoes():
    a, b = joined()
    with a, b:
        splice(b, b)
        data = os.urandom(1 << 19)
        with sending(a, data):
            assert read_all(a) == data


def test_chain(path):
    others = [joined() for _ in range(2)]
    source = path.source
    for into, out in others:
        splice(source, into)
        source = out
    splice(source, path.drain)
    data = os.urandom(1 << 18)
    with sending(path.left, data):
        assert read_all(path.right) == data
    for s in sum(others, ()):
        s.close()


def test_ring_goes_round_until_it_is_cut(path):
    path.source.sendall(b"round" * 1000)
    splice(path.left, path.drain)
    splice(path.right, path.source)
    wait_for(lambda: spliced(path.left) > 50000)
    unsplice(path.left)
    found = read_some(path.left)
    assert len(found) == 5000 and found in b"round" * 1001


def refusal(source, value, level=socket.SOL_SOCKET):
    with pytest.raises(OSError) as found:
        source.setsockopt(level, SO_SPLICE, value)
    return found.value.errno


def test_errors(path):
    fd = path.drain.fileno()
    with bsd_socket() as dgram, bsd_socket(socket.SOCK_STREAM) as fresh, \
         listening("127.0.0.1") as listener, socket.socket() as linux, \
         open("/dev/null", "rb") as null:
        assert refusal(path.source, 9999) == errno.EBADF
        assert refusal(path.source, null.fileno()) == errno.ENOTSOCK
        assert refusal(path.source, b"xx") == errno.EINVAL
        assert refusal(path.source, struct.pack("@iqqq", fd, -1, 0, 0)) == errno.EINVAL
        assert refusal(path.source, struct.pack("@iqqq", fd, 0, 0, 1000000)) == errno.EINVAL
        assert refusal(path.source, struct.pack("@iqqq", fd, 0, -1, 0)) == errno.EINVAL
        assert refusal(path.source, dgram.fileno()) == errno.EPROTONOSUPPORT
        assert refusal(path.source, linux.fileno()) == errno.EPROTONOSUPPORT
        assert refusal(path.source, fresh.fileno()) == errno.ENOTCONN
        assert refusal(fresh, fd) == errno.ENOTCONN
        assert refusal(path.source, listener.fileno()) == errno.EOPNOTSUPP
        assert refusal(listener, fd) == errno.EOPNOTSUPP
    splice(path.source, path.drain)
    assert refusal(path.source, path.source.fileno()) == errno.EBUSY
    assert refusal(path.right, fd) == errno.EBUSY
    unsplice(path.source)
    unsplice(path.source)		# no error
    splice(path.right, path.drain)


def test_small_turns_move_all(path):
    before = sysfs("splice/budget")
    sysfs("splice/budget", 777)
    try:
        splice(path.source, path.drain)
        data = os.urandom(100000)
        with sending(path.left, data):
            assert read_all(path.right) == data
    finally:
        sysfs("splice/budget", before)


def test_small_buffers(path):
    path.drain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
    path.source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    splice(path.source, path.drain)
    data = os.urandom(100000)
    with sending(path.left, data):
        assert read_all(path.right) == data


@pytest.mark.parametrize("mode", ["giant", "exclusive", "unlocked-io", "locked", "forward",
                                  "udp"])
def test_each_rung_of_the_ladder(path, mode):
    data = os.urandom(100000)
    sysfs("netlock/mode", mode)
    try:
        splice(path.source, path.drain)
        with sending(path.left, data):
            assert read_all(path.right) == data
    finally:
        sysfs("netlock/mode", "shared")


def test_process_that_is_killed(path):
    splice(path.source, path.drain)
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    path.source.close()
    path.drain.close()
    path.left.sendall(b"still")		# the child holds both ends
    assert path.right.recv(10) == b"still"
    with ended("closed"):
        for s in (path.left, path.right):
            s.settimeout(10)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    path.left.close()
    path.right.close()


def test_processor_that_goes_meanwhile(path):
    online = "/sys/devices/system/cpu/cpu1/online"
    data = os.urandom(1 << 20)
    splice(path.source, path.drain)
    with sending(path.left, data):
        found = bytearray()
        for value in "0101":
            with open(online, "w", encoding="ascii") as f:
                f.write(value)
            while len(found) < len(data) // 5 * (1 + "0101".index(value)):
                found += path.right.recv(1 << 16)
        found += read_all(path.right)
    assert bytes(found) == data


def stir(paths, stop, seed):
    """Splice, end and close at random."""
    dice = random.Random(seed)
    while not stop.is_set():
        i = dice.randrange(len(paths))
        p = paths[i]
        sockets = [p.left, p.source, p.drain, p.right]
        with contextlib.suppress(OSError, ValueError):
            what = dice.randrange(8)
            if what < 3:
                splice(dice.choice(sockets), dice.choice(sockets),
                       dice.choice((0, 0, 5000)), dice.choice((0, 0, 0.01)))
            elif what < 5:
                unsplice(dice.choice(sockets))
            elif what < 7:
                s = dice.choice(sockets)
                s.setblocking(False)
                s.send(bytes(dice.randrange(1, 30000)))
                s.recv(10000)
            elif dice.randrange(4) == 0:
                dice.choice(sockets).close()
                paths[i] = Path()
                p.close()


def test_stress_of_threads():
    paths = [Path() for _ in range(6)]
    stop = threading.Event()
    threads = [threading.Thread(target=stir, args=(paths, stop, seed)) for seed in range(4)]
    for t in threads:
        t.start()
    time.sleep(scale(4, 300))
    stop.set()
    for t in threads:
        t.join()
    for p in paths:
        p.close()
    with contextlib.closing(Path()) as p:
        splice(p.source, p.drain)
        p.left.sendall(b"alive")
        assert p.right.recv(10) == b"alive"
