# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Stream sockets with each other, by lo0. RFC 9293 3.9.1; socket(7), tcp(7), epoll(7)"""
import errno
import fcntl
import hashlib
import os
import select
import signal
import socket
import struct
import termios
import threading
import time

import pytest
from bsd_socket import bsd_socket, disconnect
from bsdnet_test import counter, sysfs, wait_for
from tcp_wire import listening

IN, OUT, HUP, RDHUP = select.EPOLLIN, select.EPOLLOUT, select.EPOLLHUP, select.EPOLLRDHUP


def stream(**more):
    return bsd_socket(socket.SOCK_STREAM, **more)


def ready(s):
    p = select.poll()
    p.register(s, IN | OUT | RDHUP | select.EPOLLPRI)
    found = p.poll(0)
    return found[0][1] if found else 0


def test_names_of_both_ends(listener):
    with stream() as a:
        a.connect(listener.getsockname())
        b, name = listener.accept()
        assert name == a.getsockname() == b.getpeername()
        assert b.getsockname() == a.getpeername() == listener.getsockname()
        b.close()


def test_bytes_go_both_ways(pair):
    a, b = pair
    a.sendall(b"there")
    b.sendall(b"back")
    assert b.recv(100) == b"there" and a.recv(100) == b"back"


def test_large_transfer_is_whole(pair):
    a, b = pair
    data = os.urandom(1 << 20)

    def send():
        for _ in range(4):
            a.sendall(data)
        a.shutdown(socket.SHUT_WR)
    thread = threading.Thread(target=send)
    thread.start()
    got = hashlib.sha256()
    while piece := b.recv(100000):
        got.update(piece)
    thread.join()
    assert got.digest() == hashlib.sha256(data * 4).digest()


def test_stream_has_no_records(pair):
    a, b = pair
    for piece in (b"a", b"bc", b"def"):
        a.sendall(piece)
    assert b.recv(6, socket.MSG_WAITALL) == b"abcdef"
    a.sendall(b"xyz")
    assert b.recv(1) == b"x" and b.recv(10) == b"yz"


def test_peek_leaves_and_trunc_discards(pair):
    a, b = pair
    a.sendall(b"0123456789")
    assert b.recv(4, socket.MSG_PEEK) == b"0123"
    assert b.recv(4, socket.MSG_PEEK) == b"0123"
    assert b.recv_into(bytearray(6), 6, socket.MSG_TRUNC) == 6
    assert b.recv(10) == b"6789"


def test_half_close_still_receives(pair):
    a, b = pair
    a.shutdown(socket.SHUT_WR)
    assert b.recv(10) == b""
    b.sendall(b"more")
    assert a.recv(10) == b"more"
    with pytest.raises(BrokenPipeError):
        a.send(b"x")


def test_closed_port_refuses(listener):
    address = listener.getsockname()
    listener.close()
    with stream() as s, pytest.raises(ConnectionRefusedError):
        s.connect(address)


def test_refused_socket_may_try_again(listener):
    with listening("127.0.0.1") as gone:
        closed = gone.getsockname()
    with stream() as s:
        with pytest.raises(ConnectionRefusedError):
            s.connect(closed)
        s.connect(listener.getsockname())
        listener.accept()[0].close()


def test_connect_without_blocking(listener):
    with stream() as s:
        s.setblocking(False)
        assert s.connect_ex(listener.getsockname()) in (0, errno.EINPROGRESS)
        p = select.poll()
        p.register(s, OUT)
        assert p.poll(5000) == [(s.fileno(), OUT)]
        assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        assert s.connect_ex(listener.getsockname()) in (0, errno.EISCONN)
        assert s.connect_ex(listener.getsockname()) == errno.EISCONN
        listener.accept()[0].close()


def test_readiness_as_linux_says_it(pair, listener):
    a, b = pair
    assert ready(listener) == 0 and ready(stream()) == OUT | HUP
    assert ready(a) == OUT
    b.sendall(b"x")
    assert ready(a) == IN | OUT
    assert fcntl.ioctl(a, termios.FIONREAD, b"0000") == struct.pack("i", 1)
    a.recv(1)
    b.shutdown(socket.SHUT_WR)
    assert ready(a) == IN | OUT | RDHUP
    a.shutdown(socket.SHUT_WR)
    assert ready(a) == IN | OUT | RDHUP | HUP
    with stream() as c:
        c.connect(listener.getsockname())
        assert ready(listener) == IN
        listener.accept()[0].close()


def test_full_buffers_stop_the_writer(pair):
    a, b = pair
    a.setblocking(False)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 256 * 1024)     # it does not grow
    total = 0
    with pytest.raises(BlockingIOError):
        while True:
            total += a.send(bytes(100000))
    assert total <= 2 * (256 * 1024 + 100000)
    assert not ready(a) & OUT
    got = 0
    while got < total:
        got += len(b.recv(100000))
    p = select.poll()
    p.register(a, OUT)
    assert p.poll(5000)


def test_unread_data_resets(pair):
    a, b = pair
    a.sendall(b"unread")
    select.select([b], [], [], 5)
    b.close()
    with pytest.raises(ConnectionResetError):
        a.recv(10)


def test_linger_zero_resets(pair):
    a, b = pair
    b.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    b.close()
    with pytest.raises(ConnectionResetError):
        a.recv(10)


def test_write_to_nobody_is_a_broken_pipe(pair):
    a, b = pair
    b.close()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        for _ in range(100):
            a.sendall(b"x")


def test_backlog_limits_those_who_wait():
    with listening("127.0.0.1", backlog=1) as s:
        waiting = []
        for n in range(4):
            c = stream()
            c.setblocking(False)
            c.connect_ex(s.getsockname())
            room = n < 2                # as Linux's: one more than the backlog
            _, done, _ = select.select([], [c], [], 5 if room else 0.3)
            assert bool(done) == room
            waiting.append(c)
        accepted = [s.accept()[0] for _ in range(4)]
        for c in accepted + waiting:
            c.close()


def test_listener_that_was_connected_before(listener, pair):
    """What is left of a connection is no connection that waits."""
    a, b = pair
    b.sendall(b"unread")
    select.select([a], [], [], 5)
    disconnect(a)
    a.listen(1)
    a.settimeout(0.3)
    with pytest.raises(TimeoutError):
        a.accept()
    assert ready(a) == 0
    with stream() as c:
        c.connect(a.getsockname())
        a.settimeout(5)
        a.accept()[0].close()


def test_reset_connection_may_listen(listener, pair):
    a, b = pair
    b.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    b.close()
    wait_for(lambda: ready(a) & HUP)
    disconnect(a)
    a.listen(1)
    a.settimeout(0.3)
    with pytest.raises(TimeoutError):
        a.accept()


def test_next_connection_begins_empty(listener, pair):
    a, b = pair
    b.sendall(b"of the first")
    select.select([a], [], [], 5)
    disconnect(a)
    a.connect(listener.getsockname())
    with listener.accept()[0] as c:
        c.sendall(b"of the second")
        assert a.recv(100) == b"of the second"


def test_shutdown_ends_a_connect():
    """To an address that nobody has: the SYNs are not answered."""
    with stream() as s:
        error = []

        def connect():
            try:
                s.connect(("10.77.0.250", 9))
            except OSError as e:
                error.append(e.errno)
        s.settimeout(None)
        t = threading.Thread(target=connect)
        t.start()
        time.sleep(0.5)
        s.shutdown(socket.SHUT_WR)
        t.join(5)
        assert error == [errno.ECONNABORTED]


def test_blocking_connect_goes_on_after_a_signal():
    with stream() as s:
        s.settimeout(None)
        old = signal.signal(signal.SIGALRM, lambda *_: None)
        signal.siginterrupt(signal.SIGALRM, False)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        closer = threading.Timer(1.5, lambda: s.shutdown(socket.SHUT_RDWR))
        closer.start()
        try:
            with pytest.raises(OSError) as e:
                s.connect(("10.77.0.250", 9))
        finally:
            signal.signal(signal.SIGALRM, old)
            closer.join()
        assert e.value.errno == errno.ECONNABORTED


def test_shutdown_of_a_listener_wakes_who_waits(listener):
    with stream() as c:
        c.connect(listener.getsockname())
        listener.shutdown(socket.SHUT_RD)
        assert ready(listener) == IN | RDHUP | HUP
        with pytest.raises(OSError) as e:
            listener.accept()
        assert e.value.errno == errno.EINVAL
        with pytest.raises(ConnectionResetError):
            c.recv(1)
    listener.listen(5)
    with stream() as c:
        c.connect(listener.getsockname())
        listener.accept()[0].close()


def test_nobody_to_accept(listener):
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()
    with stream() as s, pytest.raises(OSError) as e:
        s.accept()
    assert e.value.errno == errno.EINVAL


def test_listener_closed_resets_those_who_wait(listener):
    with stream() as a:
        a.connect(listener.getsockname())
        listener.close()
        with pytest.raises(ConnectionResetError):
            a.recv(1)


def test_connection_that_was_reset_is_accepted(listener):
    """With its peer's address, as on Linux; what happened is for the first receive."""
    with stream() as a:
        a.connect(listener.getsockname())
        address = a.getsockname()
        a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.3)
    b, where = listener.accept()
    with b:
        assert where == address
        with pytest.raises(ConnectionResetError):
            b.recv(1)
        with pytest.raises(OSError) as e:
            b.getpeername()
        assert e.value.errno == errno.ENOTCONN


def test_second_listener_is_refused(listener):
    address = listener.getsockname()
    with stream() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError) as e:
            s.bind(address)
            s.listen(1)
        assert e.value.errno == errno.EADDRINUSE


def test_port_of_connections_is_free_for_the_next_listener(listener):
    address = listener.getsockname()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with stream() as a:
        a.connect(address)
        b, _ = listener.accept()
        listener.close()
        b.close()       # first to close: waits for twice the MSL
        with stream() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(address)
            s.listen(1)


def test_listeners_share_a_port():
    with stream() as first, stream() as second:
        for s in (first, second):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            s.bind(("127.0.0.1", first.getsockname()[1] if s is second else 0))
            s.listen(50)
        taken = [0, 0]
        clients = [stream() for _ in range(40)]
        for c in clients:
            c.connect(first.getsockname())
        for _ in clients:
            for s in select.select([first, second], [], [], 5)[0][:1]:
                s.accept()[0].close()
                taken[s is second] += 1
        for c in clients:
            c.close()
        assert sum(taken) == 40 and min(taken) > 3


def test_options_are_read_back(pair):
    a, _ = pair
    for opt, value in ((socket.TCP_NODELAY, 1), (socket.TCP_KEEPIDLE, 100), (socket.TCP_CORK, 1),
                       (socket.TCP_KEEPINTVL, 7), (socket.TCP_KEEPCNT, 3),
                       (socket.TCP_USER_TIMEOUT, 5000), (socket.TCP_SYNCNT, 3),
                       (socket.TCP_LINGER2, 9), (socket.TCP_DEFER_ACCEPT, 20)):
        a.setsockopt(socket.IPPROTO_TCP, opt, value)
        assert a.getsockopt(socket.IPPROTO_TCP, opt) == value
    for name in (b"reno", b"cubic"):
        a.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name)
        assert a.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0") == name
    with pytest.raises(FileNotFoundError):
        a.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"nonesuch")
    info = a.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    assert info[0] == 1
    with pytest.raises(OSError) as e:
        a.setsockopt(socket.IPPROTO_TCP, 999, 1)
    assert e.value.errno == errno.ENOPROTOOPT


@pytest.mark.parametrize("name", ["reno", "cubic"])
def test_congestion_control_of_new_connections(name):
    assert sysfs("tcp/congestion") == "cubic"
    sysfs("tcp/congestion", name)
    try:
        with listening("127.0.0.1") as s, stream() as a:
            a.connect(s.getsockname())
            found = a.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
            assert found.rstrip(b"\0").decode() == name
            b, _ = s.accept()
            with b:
                a.sendall(bytes(300000))
                assert len(b.recv(300000, socket.MSG_WAITALL)) == 300000
    finally:
        sysfs("tcp/congestion", "cubic")
    with pytest.raises(OSError):
        sysfs("tcp/congestion", "vegas")


def test_netstat_shows_the_states(pair, listener, bsdnet):
    def states():
        port = f".{listener.getsockname()[1]}"
        return sorted(s["state"] for s in bsdnet("netstat", "-an", "--json").check().json()
                      if s["protocol"] == "tcp" and (s["local"].endswith(port) or
                                                     s["foreign"].endswith(port)))
    assert states() == ["ESTABLISHED", "ESTABLISHED", "LISTEN"]


def test_send_needs_a_peer():
    with stream() as s:
        with pytest.raises(BrokenPipeError):
            s.send(b"x")
        with pytest.raises(OSError) as e:
            s.recv(1)
        assert e.value.errno == errno.ENOTCONN
        with pytest.raises(OSError) as e:
            s.getpeername()
        assert e.value.errno == errno.ENOTCONN


@pytest.mark.parametrize("how", ["packet", "thread", "backlog"])
def test_every_input_lock_carries_a_stream(how, pair):
    assert sysfs("tcp/input_lock") == "backlog"
    a, b = pair
    sysfs("tcp/input_lock", how)
    try:
        before = counter("tcp/pcb_locks")
        for _ in range(50):
            a.sendall(bytes(5000))
            assert len(b.recv(5000, socket.MSG_WAITALL)) == 5000
        assert counter("tcp/pcb_locks") > before + 50
    finally:
        sysfs("tcp/input_lock", "backlog")
    with pytest.raises(OSError) as e:
        sysfs("tcp/input_lock", "none")
    assert e.value.errno == errno.EINVAL


@pytest.mark.parametrize("mode", ["giant", "exclusive", "unlocked-io", "locked", "forward", "udp",
                                  "shared"])
def test_every_mode_carries_a_stream(mode, listener):
    sysfs("netlock/mode", mode)
    try:
        with stream() as a:
            a.connect(listener.getsockname())
            b, _ = listener.accept()
            with b:
                for _ in range(20):
                    a.sendall(bytes(5000))
                    assert len(b.recv(5000, socket.MSG_WAITALL)) == 5000
    finally:
        sysfs("netlock/mode", "shared")
