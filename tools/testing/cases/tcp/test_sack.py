# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Selective acknowledgments, segment by segment. RFC 2018, 2883, 6675, 6937, 8985

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy
"""
import socket
import time

import pytest
from bsd_socket import disconnect
from bsdnet_test import sysfs
from tcp_wire import (ADDRESS, MSS, SACKOK, TS, Wire, edges, listening, nth, options, sent_again,
                      shown, stats, timeouts, under_way)


@pytest.fixture
def conn(wire):
    """
    (wire, socket) of a connection that the wire has opened, with SACK. Its round trip
    is long beside what a test needs for a step, or timers would be faster.
    """
    with listening() as s, wire.call(s, opts=[("MSS", 1460), SACKOK], delay=0.5) as c:
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


def test_blocks_end_with_their_connection(wire):
    """A socket that connects again tells nothing of what it was before."""
    s, _ = wire.answer(opts=[("MSS", 1460), SACKOK])
    with s:
        wire.send("A", b"c", seq=3)
        assert blocks(wire, wire.expect("A", ack=1)) == [(3, 4)]
        disconnect(s)
        other = Wire(wire.peer)
        other.iss = wire.iss - 100000
        s.setblocking(False)
        s.connect_ex((ADDRESS, other.port))
        other.dport = s.getsockname()[1]
        other.irs = other.expect("S")["seq"]
        other.send("SA", ack=1, opts=[("MSS", 1460), SACKOK])
        assert blocks(other, other.expect("A", seq=1, ack=1)) == []


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


def test_duplicate_of_two_that_touch_is_told_whole(conn):
    wire, _ = conn
    for seq in (11, 21, 101, 201, 301, 401):    # the last four push out what is told of two
        wire.send("PA", bytes(10), seq=seq)
        wire.expect("A", ack=1)
    wire.send("PA", bytes(10), seq=16)
    found = blocks(wire, wire.expect("A", ack=1))
    assert found[:2] == [(16, 26), (11, 31)] and all(a < b for a, b in found)


def test_duplicate_above_a_gap_is_told_with_its_block(conn):
    """RFC 2883 4.2.2."""
    wire, _ = conn
    wire.send("A", b"cde", seq=3)
    wire.expect("A", ack=1)
    wire.send("A", b"de", seq=4)
    assert blocks(wire, wire.expect("A", ack=1)) == [(4, 6), (3, 6)]


# What we are told.

def test_holes_are_filled_and_nothing_else(conn):
    """RFC 6675 5."""
    wire, c = conn
    under_way(wire, c, 10)
    wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(3))))
    wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(4))))
    wire.send("A", ack=1, opts=edges(wire, (nth(5), nth(10)), (nth(1), nth(4))))
    again = sorted(wire.recv()["seq"] for _ in range(2))
    assert again == [nth(0), nth(4)]
    wire.send("A", ack=nth(10))
    wire.quiet(0.5)


def test_late_segment_is_no_loss(conn):
    """RFC 8985 6.2: a segment that comes a little later is waited for."""
    wire, c = conn
    under_way(wire, c, 1)
    time.sleep(0.8)
    wire.send("A", ack=nth(1))
    c.send(bytes(2 * MSS))
    assert [wire.recv()["seq"] for _ in range(2)] == [nth(1), nth(2)]
    time.sleep(0.8)
    wire.send("A", ack=nth(1), opts=edges(wire, (nth(2), nth(3))))
    wire.send("A", ack=nth(3))
    wire.quiet(0.3)
    assert not sent_again(c) and stats("tcp", "reordered")


def test_late_segment_is_lost_in_the_end(conn):
    """RFC 8985 6.3: the timer of what is late, before the retransmission timer."""
    wire, c = conn
    under_way(wire, c, 1)
    time.sleep(0.2)
    wire.send("A", ack=nth(1))
    c.send(bytes(2 * MSS))
    assert [wire.recv()["seq"] for _ in range(2)] == [nth(1), nth(2)]
    wire.send("A", ack=nth(1), opts=edges(wire, (nth(2), nth(3))))
    assert wire.recv()["seq"] == nth(1)
    assert not timeouts(c)


def test_lost_retransmission_is_sent_again(conn):
    """RFC 8985 3.1: what NewReno and RFC 6675 leave to the time-out."""
    wire, c = conn
    under_way(wire, c, 10)
    wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(8))))
    assert wire.recv()["seq"] == nth(0)
    c.send(bytes(4 * MSS))
    wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(10))))
    new = [wire.recv()["seq"] for _ in range(2)]
    assert new == [nth(10), nth(11)]
    wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(12))))
    while (found := wire.recv())["seq"] != nth(0):
        assert found["seq"] > nth(9), shown(found)
    assert not timeouts(c)


def test_window_is_reduced_in_proportion(conn):
    """RFC 6937: about seven segments leave for ten that arrive, no burst, no pause."""
    wire, c = conn
    c.send(bytes(60 * MSS))
    for i in range(10):
        assert wire.recv()["seq"] == nth(i)
    sent = []
    for i in range(2, 11):
        wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(i))))
        while found := wire.recv(0.1):
            sent.append((i, found["seq"]))
    assert [seq for _, seq in sent].count(nth(0)) == 1 and sent[-1][0] >= 9
    assert 6 <= len(sent) <= 10
    assert max(sum(1 for at, _ in sent if at == i) for i in range(2, 11)) <= 2


def test_last_segment_is_probed(conn):
    """RFC 8985 7: a lost tail is found by its probe, not by the time-out."""
    wire, c = conn
    before = stats("tcp", "sndtlp")
    c.send(bytes(4 * MSS))
    assert [wire.recv()["seq"] for _ in range(4)] == [nth(i) for i in range(4)]
    assert wire.recv()["seq"] == nth(3)
    assert not timeouts(c) and stats("tcp", "sndtlp") > before
    wire.send("A", ack=1, opts=edges(wire, (nth(3), nth(4))))
    assert [wire.recv()["seq"] for _ in range(2)] == [nth(0), nth(1)]
    wire.send("A", ack=nth(1), opts=edges(wire, (nth(3), nth(4))))
    assert wire.recv()["seq"] == nth(2)
    wire.send("A", ack=nth(4))
    wire.quiet(0.5)


def test_timeout_sends_what_was_not_told(conn):
    """RFC 6675 5.1: what is acknowledged selectively is not sent again."""
    wire, c = conn
    under_way(wire, c, 4)
    wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(2))))
    assert wire.recv()["seq"] == nth(0)         # late by the timer of RACK
    assert not timeouts(c)
    assert wire.recv()["seq"] == nth(0)         # by the time-out
    assert timeouts(c)
    wire.send("A", ack=nth(2))
    assert [wire.recv()["seq"] for _ in range(2)] == [nth(2), nth(3)]
    wire.send("A", ack=nth(4))
    wire.quiet(0.5)


def test_peer_that_reneges_gets_it_again(conn):
    """RFC 2018 8."""
    wire, c = conn
    under_way(wire, c, 3)
    wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(3))))
    assert wire.recv()["seq"] == nth(0)
    wire.send("A", ack=nth(1))          # and no word of the others any more
    assert wire.recv()["seq"] == nth(1)
    wire.send("A", ack=nth(3))
    wire.quiet(0.5)


@pytest.mark.parametrize("block", [
    (-0x7fffff00, 1 + MSS),     # begins so far before snd_una that it seems to be ahead
    (-5000, 1 + 2 * MSS),       # begins before, ends within
    (1 + MSS, 1 + 40 * MSS),    # ends beyond what was sent
    (1 + 2 * MSS, 1 + MSS),     # ends before it begins
    (1 + MSS, 1 + MSS),         # is empty
    (0x40000000, 0x40000500),   # was never sent
])
def test_block_that_cannot_be_is_ignored(conn, block):
    """The fault of the only hole that was deleted, and its relatives."""
    wire, c = conn
    under_way(wire, c, 3)
    before = stats("tcp", "fastrexmit")
    for _ in range(4):
        wire.send("A", ack=1, opts=edges(wire, block))
    assert stats("tcp", "fastrexmit") == before
    found = wire.recv()                 # the probe, or the time-out
    assert found["seq"] in (nth(0), nth(2))
    wire.send("A", ack=nth(3))
    c.send(b"alive")
    while (found := wire.recv())["seq"] < nth(3):
        pass
    assert found["data"] == b"alive"


def test_holes_are_limited(wire):
    """A peer that acknowledges every second byte gets no more than 3 KiB of us."""
    with listening() as s, wire.call(s, opts=[("MSS", 1460), SACKOK]) as c:
        under_way(wire, c, 10)
        before = stats("tcp", "sacklimit")
        for i in range(0, 480, 4):
            wire.send("A", ack=1, opts=edges(
                wire, *[(10 + 20 * (i + k), 15 + 20 * (i + k)) for k in range(4)]))
        assert stats("tcp", "sacklimit") > before
        wire.send("A", ack=nth(10))
        c.send(b"alive")
        while (found := wire.recv())["seq"] < nth(10):
            pass
        assert found["data"] == b"alive"


def test_duplicate_that_is_told_widens_patience(conn):
    """RFC 8985 6.2, step 4; RFC 2883."""
    wire, c = conn
    before = stats("tcp", "rcvdsack")
    under_way(wire, c, 5)
    wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(5))))
    while (found := wire.recv())["seq"] == nth(4):
        pass                            # the probe, if this took long
    assert found["seq"] == nth(0)
    wire.send("A", ack=nth(5))
    wire.send("A", ack=nth(5), opts=edges(wire, (nth(0), nth(1))))
    wire.quiet(0.3)
    assert stats("tcp", "rcvdsack") == before + 1


def test_fin_is_sent_again_with_the_data_before_it(conn):
    wire, c = conn
    c.send(bytes(2 * MSS))
    c.close()
    found = [wire.recv() for _ in range(2)]
    assert [f["seq"] for f in found] == [nth(0), nth(1)] or len(found) == 2
    last = found[-1]
    while "F" not in last["flags"]:
        last = wire.recv()
    again = wire.recv()
    while "F" not in again["flags"]:
        again = wire.recv()
    assert again["seq"] + again["len"] == nth(2)
    wire.send("A", ack=nth(2) + 1)
    wire.quiet(0.5)
