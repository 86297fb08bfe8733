# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Connections that come in, before their handshake is done: RFC 9293 3.10.7.4, RFC 5961 4.2."""
import socket

import pytest
from bsdnet_test import bsdnet
from tcp_wire import listening, stats

ANOTHER = 5000      # sequence number of a SYN, relative
FAR = "10.99.0.9"


def answer(wire):
    """The next segment but SYN|ACKs that come again on a slow machine."""
    while (found := wire.recv()) and found["flags"] == "SA" and found["seq"] == 0:
        pass
    assert found
    return found["flags"], found["seq"], found["ack"]


def test_syn_with_another_number_does_not_disturb(wire):
    """It may be anybody's, who knows both ends: RFC 5961 4.2."""
    before = stats("tcp", "sndchallenge")
    with listening() as s:
        wire.half_open(s)
        wire.send("S", seq=ANOTHER)
        assert answer(wire) == ("A", 1, 1)
        wire.send("A")
        with s.accept()[0] as c:
            wire.push(b"hello")
            assert c.recv(10) == b"hello"
    assert stats("tcp", "sndchallenge") == before + 1


def test_peer_that_began_anew_resets_and_is_answered(wire):
    with listening() as s:
        wire.half_open(s)
        wire.send("S", seq=ANOTHER)
        assert answer(wire) == ("A", 1, 1)
        wire.send("R", seq=1)
        wire.send("S", seq=ANOTHER)
        flags, _, ack = answer(wire)
        assert (flags, ack) == ("SA", ANOTHER + 1)


def test_closed_listener_asks_nobody_again(wire):
    before = stats("tcp", "sc_orphaned")
    with listening() as s:
        wire.half_open(s)
    wire.quiet(3)       # the first repetition would come after one second, the second after three
    assert stats("tcp", "sc_orphaned") > before
    wire.send("A")
    assert answer(wire)[0] == "R"


@pytest.fixture
def two_ways():
    """To FAR's network leads gen0; vio0 would, too."""
    for line in ("ifconfig gen0 create", "ifconfig gen0 inet 10.60.0.1/24",
                 "arp -s 10.60.0.9 02:00:00:00:00:09", "route add 10.99.0.0/16 10.60.0.9",
                 "route add 10.99.0.0/16 10.77.0.1 -priority 20"):
        bsdnet(*line.split()).check()
    yield
    bsdnet("route", "delete", "10.99.0.0/16").check()
    bsdnet("route", "delete", "10.99.0.0/16").check()
    bsdnet("ifconfig", "gen0", "destroy").check()


def test_answer_leaves_by_the_interface_that_the_listener_is_bound_to(wire, two_ways):
    wire.address = FAR
    with listening() as s:
        wire.dport = s.getsockname()[1]
        wire.send("S")
        wire.quiet(2)
    with listening() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"vio0")
        wire.iss += 100000
        wire.half_open(s)
        wire.send("A")
        with s.accept()[0] as c:
            c.send(b"hello")
            assert wire.recv()["data"] == b"hello"


def test_no_wait_for_the_peers_end_reads_as_such():
    """TCP_LINGER2, as Linux has it."""
    with listening("127.0.0.1") as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, -7)
        assert s.getsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2) == -1
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, 500)
        assert s.getsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2) == 120


def test_guess_of_the_window_does_not_poison_timestamps(wire):
    """RFC 5961 5.2 before RFC 7323 4.3: what has a wrong acknowledgment changes nothing."""
    with listening() as s, wire.call(s, opts=[("MSS", 1460), ("Timestamp", [100, 0])]) as c:
        c.settimeout(10)
        wire.send("PA", b"guessed", ack=5000, opts=[("Timestamp", [1 << 30, 0])])
        assert answer(wire) == ("A", 1, 1)
        wire.push(b"genuine", opts=[("Timestamp", [101, 0])])
        assert c.recv(100) == b"genuine"
