# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Urgent data. RFC 9293 3.8.5, RFC 6093; recv(2), tcp(7) and fcntl(2) of Linux

    by lo0, beside the same calls by Linux's own lo; and segment by segment:
    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy
"""
import contextlib
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import termios

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import counter, wait_for
from splicing import Path, splice, spliced
from tcp_wire import alive, listening, stats

IN, PRI = select.POLLIN, select.POLLPRI
OOB, PEEK = socket.MSG_OOB, socket.MSG_PEEK
SIOCATMARK, SIOCSPGRP = 0x8905, 0x8902


def stream(kind):
    if kind == "bsdnet":
        return bsd_socket(socket.SOCK_STREAM)
    s = socket.socket()
    s.settimeout(10)
    return s


@pytest.fixture(params=["linux", "bsdnet"])
def kind(request):
    """Linux says how it ought to be; this stack has to be so."""
    return request.param


@pytest.fixture
def server(kind):
    with stream(kind) as s:
        s.bind(("127.0.0.1", 0))
        s.listen(5)
        yield s


@pytest.fixture
def pair(kind, server):
    with stream(kind) as a:
        a.connect(server.getsockname())
        b, _ = server.accept()
        b.settimeout(10)
        with b:
            yield a, b


def integer(s, request):
    return struct.unpack("i", fcntl.ioctl(s, request, b"0000"))[0]


def atmark(s):
    return integer(s, SIOCATMARK) == 1


def send(s, *pieces):
    """Each urgent to its last byte if it ends so; then wait until all has arrived."""
    for piece in pieces:
        assert s.send(piece, OOB if piece.endswith(b"!") else 0) == len(piece)
    wait_for(lambda: integer(s, termios.TIOCOUTQ) == 0)


def ready(s, seconds=0):
    p = select.poll()
    p.register(s, IN | PRI)
    found = p.poll(seconds * 1000)
    return found[0][1] if found else 0


@contextlib.contextmanager
def unwaiting(s):
    """Python would wait for data before it asks for the urgent byte."""
    before = s.gettimeout()
    s.setblocking(False)
    try:
        yield
    finally:
        s.settimeout(before)


def urgent(s, flags=0):
    with unwaiting(s):
        return s.recv(1, OOB | flags)


def refused(error, s, flags=OOB):
    with unwaiting(s), pytest.raises(OSError) as e:
        s.recv(10, flags)
    assert e.value.errno == error


def say(wire, **segment):
    """Send a segment to which there is no answer, and wait until the stack has it."""
    before = counter("tcp/segments")
    wire.send("AU" if "urgptr" in segment else "A", **segment)
    wait_for(lambda: counter("tcp/segments") > before)


def inline(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


# As on Linux.

def test_urgent_byte_is_apart(pair):
    a, b = pair
    send(a, b"12", b"3!", b"after")
    assert b.recv(10) == b"123" and atmark(b)
    assert urgent(b) == b"!" and atmark(b)
    assert b.recv(10) == b"after" and not atmark(b)


def test_last_byte_that_was_urgent_resets_nothing(pair):
    """It is not data that the program has left unread."""
    a, b = pair
    send(a, b"question", b"!")
    a.shutdown(socket.SHUT_WR)
    assert b.recv(10) == b"question" and b.recv(10) == b""
    b.send(b"answer")
    b.close()
    assert a.recv(10) == b"answer" and a.recv(10) == b""


def test_read_stops_at_the_mark(pair):
    a, b = pair
    send(a, b"123!", b"after")
    assert not atmark(b)
    assert b.recv(10, PEEK) == b"123"
    assert b.recv(10, socket.MSG_WAITALL) == b"123" and atmark(b)
    assert b.recv(10, PEEK) == b"after" and atmark(b)
    assert b.recv(10) == b"after"


def test_urgent_byte_is_read_once(pair):
    a, b = pair
    refused(errno.EINVAL, b)
    send(a, b"!")
    assert urgent(b, PEEK) == urgent(b, PEEK) == b"!"
    with unwaiting(b):
        assert b.recvmsg(1, 0, OOB)[::2] == (b"!", OOB)
    refused(errno.EINVAL, b)
    send(a, b"?!")
    with unwaiting(b):
        assert b.recvmsg(0, 0, OOB | PEEK)[::2] == (b"", OOB | socket.MSG_TRUNC)
    assert urgent(b) == b"!"


def test_urgent_byte_is_gone_when_the_stream_was_read_beyond(pair):
    a, b = pair
    send(a, b"!", b"after")
    assert b.recv(10) == b"after"
    refused(errno.EINVAL, b)
    assert not ready(b)


def test_who_has_no_urgent_byte(kind, server):
    refused(errno.ENOTCONN, server)
    with stream(kind) as s:
        refused(errno.EINVAL, s)


def test_in_line(pair):
    """SO_OOBINLINE: data like other, but reads stop before it."""
    a, b = pair
    inline(b)
    send(a, b"12!", b"34")
    refused(errno.EINVAL, b)
    assert ready(b) == IN | PRI and not atmark(b)
    assert b.recv(10) == b"12" and atmark(b) and ready(b) == IN | PRI
    assert b.recv(10) == b"!34" and not atmark(b) and not ready(b)


def test_in_line_from_the_listener(kind, server):
    inline(server)
    with stream(kind) as a:
        a.connect(server.getsockname())
        a.send(b"!", OOB)
        with server.accept()[0] as b:
            assert b.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE) == 1
            assert b.recv(10) == b"!"


def test_poll_tells_of_it(pair):
    a, b = pair
    send(a, b"!")
    assert ready(b) == PRI
    send(a, b"after")
    assert ready(b) == IN | PRI
    urgent(b)
    assert ready(b) == IN


def test_who_waits_for_nothing_else_is_woken(pair):
    a, b = pair
    with select.epoll() as e:
        e.register(b, PRI | select.EPOLLET)
        assert e.poll(0) == []
        pid = os.fork()
        if not pid:
            os._exit(0 if e.poll(10) == [(b.fileno(), PRI)] else 1)
        send(a, b"not this", b"this!")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("how", ["F_SETOWN", "SIOCSPGRP"])
def test_owner_gets_a_signal(pair, how):
    a, b = pair
    got = []
    before = signal.signal(signal.SIGURG, lambda number, _: got.append(number))
    try:
        send(a, b"nobody's!")
        if how == "F_SETOWN":
            fcntl.fcntl(b, fcntl.F_SETOWN, os.getpid())
        else:
            fcntl.ioctl(b, SIOCSPGRP, struct.pack("i", os.getpid()))
        send(a, b"data")
        assert got == []
        for n in 1, 2:
            send(a, b"now!")
            wait_for(lambda: len(got) == n)
    finally:
        signal.signal(signal.SIGURG, before)


def test_reader_handles_the_signal_first(pair):
    """A read that waits at the mark does not go past it before SIGURG is handled."""
    a, b = pair
    got = []

    def handler(number, _):
        got.append(urgent(b))
        raise InterruptedError
    before = signal.signal(signal.SIGURG, handler)
    fcntl.fcntl(b, fcntl.F_SETOWN, os.getpid())
    b.settimeout(None)
    pid = os.fork()
    if not pid:
        select.select([], [], [], 0.5)
        a.send(b"!", OOB)
        a.send(b"after")
        os._exit(0)
    try:
        with pytest.raises(InterruptedError):
            b.recv(10)
    finally:
        os.waitpid(pid, 0)
        signal.signal(signal.SIGURG, before)
    assert got == [b"!"] and b.recv(10) == b"after"


def test_queue_ends_at_the_mark(pair):
    """FIONREAD."""
    a, b = pair
    send(a, b"ab!", b"def")
    assert integer(b, termios.FIONREAD) == 2
    b.recv(2)
    assert integer(b, termios.FIONREAD) == 0
    assert b.recv(10) == b"def"
    inline(b)
    send(a, b"ab!", b"def")
    assert integer(b, termios.FIONREAD) == 6


def test_newer_takes_the_place_of_older(pair):
    """What was urgent before is data again."""
    a, b = pair
    send(a, b"a", b"B!", b"c", b"D!", b"e")
    assert urgent(b) == b"!"
    assert b.recv(10) == b"aB!cD" and atmark(b)
    assert b.recv(10) == b"e"


def test_newer_at_the_mark_passes_over_the_older(pair):
    a, b = pair
    send(a, b"!")
    send(a, b"!")
    send(a, b"!", b"after")
    assert b.recv(10) == b"after"


def test_no_room_for_urgent_data(pair):
    a, _ = pair
    a.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            a.send(bytes(65536))
    with pytest.raises(BlockingIOError):
        while True:
            a.send(b"!", OOB)


def test_reset_takes_it_along(pair):
    a, b = pair
    send(a, b"!")
    a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    a.close()
    wait_for(lambda: ready(b) & select.POLLERR)
    refused(errno.ENOTCONN, b)


def test_end_does_not(pair):
    a, b = pair
    send(a, b"!")
    a.close()
    wait_for(lambda: ready(b) & IN)
    assert urgent(b) == b"!" and b.recv(10) == b""


def test_pipe_takes_what_is_before_the_mark(pair):
    """splice(2)"""
    a, b = pair
    send(a, b"123!", b"after")
    r, w = os.pipe()
    try:
        assert os.splice(b.fileno(), w, 100) == 3 and os.read(r, 100) == b"123"
        assert atmark(b) and b.recv(10) == b"after"
    finally:
        os.close(r)
        os.close(w)


# Of this stack alone.

def test_read_that_finds_nothing_else_leaves_it(listener):
    """Linux would drop it here."""
    with bsd_socket(socket.SOCK_STREAM) as a:
        a.connect(listener.getsockname())
        with listener.accept()[0] as b:
            send(a, b"!")
            refused(errno.EAGAIN, b, socket.MSG_DONTWAIT)
            refused(errno.EAGAIN, b, socket.MSG_DONTWAIT | PEEK)
            assert urgent(b) == b"!"


@pytest.fixture
def path():
    p = Path()
    for s in (p.left, p.source, p.drain, p.right):
        s.settimeout(10)
    yield p
    p.close()


def test_splice_in_line_passes_it_on(path):
    """SO_SPLICE: urgent for the peer of the drain, too."""
    inline(path.source)
    splice(path.source, path.drain)
    send(path.left, b"123!", b"after")
    wait_for(lambda: spliced(path.source) == 9)
    wait_for(lambda: ready(path.right) == IN | PRI)
    assert path.right.recv(10) == b"123" and urgent(path.right) == b"!"
    assert path.right.recv(10) == b"after"


def test_splice_leaves_it_out_as_reads_do(path):
    splice(path.source, path.drain)
    send(path.left, b"123!", b"after")
    wait_for(lambda: spliced(path.source) == 8)
    wait_for(lambda: path.right.recv(10, PEEK) == b"123after")
    refused(errno.EINVAL, path.right)


# On the wire.

def test_pointer_is_behind_the_last_byte(conn):
    """RFC 6093 2.1; each segment before it says so (RFC 9293 3.10.2)."""
    wire, c = conn
    c.send(bytes(4000) + b"!", OOB)
    for flags, left in ("AU", 4001), ("AU", 2541), ("PAU", 1081):
        assert wire.expect(flags)["urp"] == left
    wire.ack = 4002
    wire.send("A")
    c.send(b"data")
    assert wire.expect("PA", data=b"data")["urp"] == 0


def test_pointer_that_is_too_far_points_beyond_what_was_sent(conn):
    """It is told when TCP has all of it: here behind the first ten segments."""
    wire, c = conn
    c.send(bytes(100000) + b"!", OOB)
    assert [wire.expect("A")["urp"] for _ in range(10)] == [0] * 10
    assert wire.expect("AU", seq=14601, len=0)["urp"] == 65535
    wire.ack = 14601
    wire.send("A")
    assert [wire.expect("AU", len=1460)["urp"] for _ in range(3)] == [65535] * 3


def test_urgent_data_does_not_wait(conn):
    """Not for Nagle's acknowledgment, nor TCP_CORK."""
    wire, c = conn
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    c.send(b"a")
    wire.quiet(0.1)
    c.send(b"!", OOB)
    assert wire.expect("PAU", data=b"a!")["urp"] == 2


def test_shut_window_does_not_keep_the_pointer_back(conn):
    """RFC 9293 3.8.5: who reads may have to be told, to make room."""
    wire, c = conn
    say(wire, win=0)
    c.send(b"!", OOB)
    assert wire.expect("AU", seq=1, len=0)["urp"] == 1
    wire.send("A", win=1000)
    assert wire.expect("PAU", data=b"!")["urp"] == 1


def test_told_of_but_not_here(conn):
    wire, c = conn
    say(wire, urgptr=5)
    refused(errno.EAGAIN, c)
    assert not ready(c)
    wire.push(b"abcde+")
    assert ready(c, 10) == IN | PRI
    assert c.recv(10) == b"abcd" and urgent(c) == b"e" and c.recv(10) == b"+"


def test_told_of_and_never_sent(conn):
    wire, c = conn
    wire.send("FAU", b"ab", urgptr=9)
    assert c.recv(10) == b"ab" and c.recv(10) == b""
    assert urgent(c) == b""


def test_out_of_order(conn):
    wire, c = conn
    wire.send("PAU", b"cd", seq=3, urgptr=1)
    wire.expect("A", ack=1)
    refused(errno.EAGAIN, c)
    wire.push(b"ab")
    wire.expect("A", ack=5)
    assert c.recv(10) == b"ab" and urgent(c) == b"c" and c.recv(10) == b"d"


def test_shut_window_does_not_keep_it_out(wire):
    """RFC 9293 3.10.7.4, MUST-66."""
    with listening() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        with wire.call(s) as c:
            wire.push(bytes(1000))
            wire.push(bytes(1048))
            while wire.expect("A")["win"]:
                pass
            wire.send("PAU", b"!", urgptr=1)
            wire.expect("A", ack=2049)
            refused(errno.EAGAIN, c)
            assert c.recv(4096) == bytes(2048)
            wire.expect("A", ack=2049)
            wire.push(b"!")
            wire.expect("A", ack=2050)
            assert urgent(c) == b"!"


def test_old_pointers_say_nothing(conn):
    wire, c = conn
    before = stats("tcp", "rcvurg")
    wire.push(b"abc")
    wire.expect("A", ack=4)
    for urgptr in 1, 3, 0:
        wire.send("PAU", b"abc", seq=1, urgptr=urgptr)
        wire.expect("A", ack=4)
    wire.send("AU", urgptr=0)
    wire.push(b"d")
    wire.expect("A", ack=5)
    refused(errno.EINVAL, c)
    assert c.recv(10) == b"abcd" and stats("tcp", "rcvurg") == before


def test_pointer_in_each_segment_is_told_once(conn):
    wire, c = conn
    before = stats("tcp", "rcvurg")
    for left in range(20, 0, -1):
        wire.send("PAU", b".", urgptr=left)
        wire.seq += 1
    wait_for(lambda: ready(c) & PRI)
    assert stats("tcp", "rcvurg") == before + 1
    assert c.recv(100) == b"." * 19


def test_numbers_go_round_before_the_byte(wire):
    wire.iss = 0xfffffffc
    with listening() as s, wire.call(s) as c:
        wire.send("AU", urgptr=65535)
        wire.push(b"1234")
        wire.expect("A", ack=5)
        assert c.recv(10) == b"1234"
        refused(errno.EAGAIN, c)
        alive(wire, c)


def test_urgent_byte_after_urgent_byte_is_no_harm(conn):
    """More of them than are passed over: the rest is data."""
    wire, c = conn
    for n in range(300):
        wire.send("PAU", b"%d" % (n % 10), urgptr=1)
        wire.seq += 1
    wire.push(b"end")
    want = b"".join(b"%d" % (n % 10) for n in range(255, 299))
    assert c.recv(1000) == want and atmark(c)
    assert urgent(c) == b"9" and c.recv(10) == b"end"
