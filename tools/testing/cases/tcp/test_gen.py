# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Streams that gen(4) opens and sends into, and what a batch of many flows takes.

    sockets 10.60.0.1 ---- gen0: far ends 10.9.0.1 and up, behind 10.60.0.9
"""
import contextlib
import errno
import itertools
import socket

import gen
import pytest
from bsd_socket import bound, bsd_socket
from bsdnet_test import bsdnet as run_bsdnet
from bsdnet_test import counter, knobs, wait_for
from tcp_wire import listening, stats

DATA = 1460
PORT = 7200
STREAM = gen.START | gen.CSUMOK | gen.STREAM
SRC, DST = "10.9.0.1", "10.60.0.1"
IP_MINTTL = 21
ports = itertools.count(1000, 100)


@pytest.fixture(scope="module", autouse=True)
def network():
    for line in ("ifconfig gen0 create", "ifconfig gen0 inet 10.60.0.1/24",
                 "arp -s 10.60.0.9 02:00:00:00:00:09", "route add 10.9.0.0/16 10.60.0.9"):
        run_bsdnet(*line.split()).check()
    yield
    run_bsdnet("ifconfig", "gen0", "destroy").check()


@pytest.fixture
def ctl():
    """Any socket, for requests; what runs is stopped at the end."""
    with bsd_socket() as s:
        yield s
        request(s, flags=gen.STOP)


def request(s, src=SRC, dst=DST, count=0, **fields):
    gen.start(s, "gen0", src, dst, count, **fields)


def run(s, count, **fields):
    """A run from its start to its end."""
    request(s, count=count, **fields)
    gen.finish(s, "gen0")


class Streams:
    """@n sockets whose far ends gen0 is, from @sport on."""

    def __init__(self, ctl, n, sport, rcvbuf=0):
        self.ctl = ctl
        self.fields = {"flows": n, "sport": sport, "dport": PORT, "proto": 6, "size": 54 + DATA}
        with listening(DST, PORT, n) as listener:
            if rcvbuf:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
            run(ctl, 2 * n, flags=STREAM, **self.fields)
            self.socks = [listener.accept()[0] for _ in range(n)]
        for s in self.socks:
            s.setblocking(False)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sent = n

    def send(self, count):
        run(self.ctl, count, flags=STREAM | gen.MORE, **self.fields)
        self.sent += count

    def read(self):
        """All there is; bytes of each socket."""
        return [len(drain(s)) for s in self.socks]


def drain(s):
    data = b""
    with contextlib.suppress(BlockingIOError):
        while piece := s.recv(65536):
            assert not piece.strip(b"\0")
            data += piece
    return data


@pytest.fixture
def streams(ctl):
    """A function like Streams, whose sockets are closed at the end."""
    made = []

    def make(n, **more):
        made.append(Streams(ctl, n, next(ports), **more))
        return made[-1]

    yield make
    for s in [s for one in made for s in one.socks]:
        s.close()


def test_each_stream_has_its_part(streams):
    several = streams(8)
    assert several.read() == [DATA] * 8
    several.send(8 * 20)
    assert several.read() == [20 * DATA] * 8


def test_no_more_is_sent_than_the_window_takes(streams, ctl):
    one = streams(1, rcvbuf=8192)
    outside = stats("tcp", "rcvoutside")
    request(ctl, count=100, flags=STREAM | gen.MORE, **one.fields)
    wait_for(lambda: gen.state(ctl, "gen0").sent >= 3)
    assert gen.state(ctl, "gen0").running and gen.state(ctl, "gen0").sent < 20
    got = 0

    def all_read():
        nonlocal got
        got += one.read()[0]
        return got == 101 * DATA

    wait_for(all_read, 20)
    wait_for(lambda: not gen.state(ctl, "gen0").running)
    assert stats("tcp", "rcvoutside") == outside


def test_what_was_lost_is_sent_again(streams):
    one = streams(1)
    s = one.socks[0]
    s.setsockopt(socket.IPPROTO_IP, IP_MINTTL, 65)      # gen's frames have 64
    one.send(10)
    s.setsockopt(socket.IPPROTO_IP, IP_MINTTL, 0)
    assert one.read() == [DATA]
    for _ in range(4):
        one.send(1)
    one.send(30)
    assert one.read()[0] >= 30 * DATA


def test_reset_ends_a_stream(streams, ctl):
    several = streams(2)
    several.socks.pop(0).close()
    request(ctl, count=100, flags=STREAM | gen.MORE, **several.fields)
    wait_for(lambda: several.read() != [0])


@pytest.mark.parametrize("fields", [
    {"flags": STREAM, "proto": 17}, {"flags": STREAM | gen.DROP, "proto": 6},
    {"flags": gen.START | gen.MORE, "proto": 6}, {"flags": STREAM | gen.MORE, "proto": 6}],
    ids=["udp", "drop", "no-streams", "none-there"])
def test_senseless_request_is_refused(ctl, fields):
    run(ctl, 1)
    with pytest.raises(OSError) as refused:
        request(ctl, count=1, **fields)
    assert refused.value.errno == errno.EINVAL


def test_other_streams_than_before_are_refused(streams, ctl):
    two = streams(2)
    for other in ({"flows": 1}, {"sport": two.fields["sport"] + 1}, {"dport": PORT + 1}):
        with pytest.raises(OSError) as refused:
            request(ctl, count=1, **{"flags": STREAM | gen.MORE, **two.fields, **other})
        assert refused.value.errno == errno.EINVAL
    two.send(2)
    assert two.read() == [2 * DATA] * 2


def test_interface_goes_while_streams_wait(ctl, streams):
    one = streams(1, rcvbuf=8192)
    request(ctl, count=100, flags=STREAM | gen.MORE, **one.fields)
    run_bsdnet("ifconfig", "gen0", "down").check()
    assert not gen.state(ctl, "gen0").running
    run_bsdnet("ifconfig", "gen0", "up").check()


@pytest.mark.parametrize("lock", ["thread", "backlog"])
def test_segments_of_a_batch_take_one_lock_a_stream(streams, lock):
    """However many streams alternate on the wire; lock "packet" takes one for each."""
    with knobs({"tcp/input_lock": lock}):
        several = streams(16)
        before = counter("tcp/pcb_locks"), counter("tcp/segments")
        several.send(16 * 64)
        locks, segments = counter("tcp/pcb_locks") - before[0], counter("tcp/segments") - before[1]
        assert segments == 16 * 64
        assert locks < segments * 0.6


def test_datagrams_of_a_batch_take_one_lock_a_socket(ctl):
    socks = [bound(DST, PORT + i) for i in range(16)]
    run(ctl, 16, flows=16, ndport=16, dport=PORT)
    before = counter("pcb/locks")
    run(ctl, 16 * 64, flows=16, ndport=16, dport=PORT)
    assert counter("pcb/locks") - before < 16 * 64 * 0.6
    for s in socks:
        s.setblocking(False)
        got = 0
        with contextlib.suppress(BlockingIOError):
            while s.recv(100):
                got += 1
        assert got == 65
        s.close()
