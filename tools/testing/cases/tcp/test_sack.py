# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Selective acknowledgments, segment by segment. RFC 2018, 2883, 6675, 6937, 8985

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy
"""
import pytest
from bsdnet_test import sysfs
from tcp_wire import TS, Wire, listening, options

SACKOK = ("SAckOK", "")


@pytest.fixture
def wire(peer):
    return Wire(peer)


@pytest.fixture
def conn(wire):
    """(wire, socket) of a connection that the wire has opened, with SACK."""
    with listening() as s, wire.call(s, opts=[("MSS", 1460), SACKOK]) as c:
        c.settimeout(10)
        yield wire, c


def blocks(wire, segment):
    """What the segment acknowledges selectively, relative to the wire's own numbers."""
    found = options(segment).get("SAck", [])
    edges = [(edge - wire.iss) & 0xffffffff for edge in found]
    return list(zip(edges[::2], edges[1::2]))


# What we tell.

def test_both_must_say_so(wire):
    with listening() as s, wire.call(s) as c:
        assert "SAckOK" not in options(wire.syn)
        wire.send("PA", b"cd", seq=3)
        assert "SAck" not in options(wire.expect("A", ack=1))
        assert c


def test_knob_turns_it_off(wire):
    sysfs("tcp/sack", 0)
    try:
        with listening() as s, wire.call(s, opts=[("MSS", 1460), SACKOK]):
            assert "SAckOK" not in options(wire.syn)
    finally:
        sysfs("tcp/sack", 1)


def test_we_offer_it(wire):
    s, syn = wire.answer(opts=[("MSS", 1460), SACKOK])
    with s:
        assert "SAckOK" in options(syn)
        wire.send("PA", b"cd", seq=3)
        assert blocks(wire, wire.expect("A", ack=1)) == [(3, 5)]


def test_newest_block_is_first(conn):
    """RFC 2018 4."""
    wire, c = conn
    wire.send("A", b"c", seq=3)
    assert blocks(wire, wire.expect("A", ack=1)) == [(3, 4)]
    wire.send("A", b"g", seq=7)
    assert blocks(wire, wire.expect("A", ack=1)) == [(7, 8), (3, 4)]
    wire.send("A", b"e", seq=5)
    assert blocks(wire, wire.expect("A", ack=1)) == [(5, 6), (7, 8), (3, 4)]
    wire.send("A", b"d", seq=4)
    assert blocks(wire, wire.expect("A", ack=1)) == [(3, 6), (7, 8)]
    wire.send("A", b"ab", seq=1)
    assert blocks(wire, wire.expect("A", ack=6)) == [(7, 8)]
    wire.send("A", b"f", seq=6)
    assert blocks(wire, wire.expect("A", ack=8)) == []
    assert c.recv(10) == b"abcdefg"


def test_four_blocks_at_most(conn):
    wire, _ = conn
    for i in range(6):
        wire.send("A", b"x", seq=3 + 2 * i)
        last = wire.expect("A", ack=1)
    assert blocks(wire, last) == [(13, 14), (11, 12), (9, 10), (7, 8)]


def test_three_blocks_beside_a_timestamp(wire):
    with listening() as s, wire.call(s, opts=[("MSS", 1460), SACKOK, TS]) as c:
        for i in range(5):
            wire.send("A", b"x", seq=3 + 2 * i, opts=[TS])
            last = wire.expect("A", ack=1)
        assert blocks(wire, last) == [(11, 12), (9, 10), (7, 8)]
        assert "Timestamp" in options(last) and c


def test_data_leaves_room_for_blocks(conn):
    wire, c = conn
    wire.send("A", b"x", seq=3)
    wire.expect("A", ack=1)
    c.send(bytes(3000))
    sizes = [wire.recv()["len"] for _ in range(2)]
    assert sizes == [1448, 1448]


@pytest.mark.parametrize("seq,data,block", [
    (1, b"ab", (1, 3)),             # all of it acknowledged
    (2, b"bc", (2, 3)),             # a part
])
def test_duplicate_is_told_once(conn, seq, data, block):
    """RFC 2883 4.1, 4.2."""
    wire, _ = conn
    wire.push(b"ab")
    assert blocks(wire, wire.expect("A", ack=3)) == []
    wire.send("A", data, seq=seq)
    found = wire.expect("A")
    assert blocks(wire, found) == [block]
    wire.send("A", b"x", seq=9)
    assert blocks(wire, wire.expect("A")) == [(9, 10)]


def test_duplicate_above_a_gap_is_told_with_its_block(conn):
    """RFC 2883 4.2.2."""
    wire, _ = conn
    wire.send("A", b"cde", seq=3)
    wire.expect("A", ack=1)
    wire.send("A", b"de", seq=4)
    assert blocks(wire, wire.expect("A", ack=1)) == [(4, 6), (3, 6)]
