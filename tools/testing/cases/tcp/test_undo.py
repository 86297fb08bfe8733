# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What was sent again needlessly, segment by segment. RFC 5682, 3522, 3708

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy
"""
import socket
import struct

import pytest
from tcp_wire import (MSS, SACKOK, TS, edges, listening, nth, options, shown, stats, timeouts,
                      under_way)


@pytest.fixture(params=["plain", "sack"])
def conn(request, wire):
    """(wire, socket), without and with SACK; a round trip long enough for a test's steps."""
    opts = [("MSS", MSS)] + ([SACKOK] if request.param == "sack" else [])
    wire.sack = request.param == "sack"
    with listening() as s, wire.call(s, opts=opts, delay=0.5) as c:
        c.settimeout(10)
        yield wire, c


def windows(c):
    """(ssthresh, cwnd) in segments."""
    info = c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 84)
    return struct.unpack_from("=II", info, 76)


def first_again(wire, n):
    """The first of @n segments, behind as many probes as there may be."""
    while (found := wire.recv())["seq"] != nth(0):
        assert found["seq"] == nth(n - 1), shown(found)


def timed_out(wire, c):
    """Ten segments are under way, and the first of them comes again: the windows before."""
    under_way(wire, c, 10)
    before = windows(c)
    first_again(wire, 10)
    assert timeouts(c) and windows(c)[1] == 1
    return before


def numbers(wire, n):
    """Where the next @n segments begin, after which there is nothing."""
    found = [wire.recv()["seq"] for _ in range(n)]
    wire.quiet(0.2)
    return found


def test_late_acknowledgments_undo_a_timeout(conn):
    """RFC 5682 2.1, 3.1; nothing else is sent again, and the windows are as before."""
    wire, c = conn
    spurious = stats("tcp", "spurioustimeo")
    before = timed_out(wire, c)
    c.send(bytes(20 * MSS))
    wire.send("A", ack=nth(1))
    assert numbers(wire, 2) == [nth(10), nth(11)]
    wire.send("A", ack=nth(2))
    wire.quiet(0.2)                 # ten segments are under way
    assert windows(c) == before
    wire.send("A", ack=nth(4))
    assert wire.recv()["seq"] == nth(12)
    assert stats("tcp", "spurioustimeo") == spurious + 1


def test_repeated_timeout_is_undone(wire):
    with listening() as s, wire.call(s, delay=0.4) as c:
        spurious = stats("tcp", "spurioustimeo")
        before = timed_out(wire, c)
        assert wire.recv()["seq"] == nth(0) and timeouts(c) == 2
        c.send(bytes(2 * MSS))
        wire.send("A", ack=nth(1))
        assert numbers(wire, 2)[0] == nth(10)
        wire.send("A", ack=nth(2))
        wire.send("R", seq=100)         # answered behind the acknowledgment
        wire.expect("A", len=0)
        assert windows(c) == before
        assert c.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) == MSS
        assert stats("tcp", "spurioustimeo") == spurious + 1


def test_loss_is_mended_after_new_data(conn):
    """RFC 5682 2.1, 3.1, step 3a: the new data has arrived, the old has not."""
    wire, c = conn
    spurious = stats("tcp", "spurioustimeo")
    before = timed_out(wire, c)
    c.send(bytes(2 * MSS))
    wire.send("A", ack=nth(1))
    assert numbers(wire, 2) == [nth(10), nth(11)]
    wire.send("A", ack=nth(1), opts=edges(wire, (nth(10), nth(12))) if wire.sack else ())
    assert numbers(wire, 3) == [nth(1), nth(2), nth(3)]
    assert stats("tcp", "spurioustimeo") == spurious and windows(c)[0] < before[0]


def test_loss_without_new_data_is_mended_as_ever(conn):
    """RFC 5682 2.1, step 2b: nothing that could be asked with."""
    wire, c = conn
    timed_out(wire, c)
    wire.send("A", ack=nth(1))
    assert numbers(wire, 2) == [nth(1), nth(2)]


def test_small_segment_asks_as_well(conn):
    """RFC 5682 2.1, step 2b: Nagle's rule does not hold it back."""
    wire, c = conn
    timed_out(wire, c)
    c.send(b"tail")
    wire.send("A", ack=nth(1))
    assert wire.expect("PA", seq=nth(10))["data"] == b"tail"
    wire.send("A", ack=nth(10))
    wire.quiet(0.2)


def test_window_without_room_for_new_data(conn):
    """What was announced before is used up when the acknowledgment says so."""
    wire, c = conn
    timed_out(wire, c)
    c.send(bytes(2 * MSS))
    wire.send("A", ack=nth(1), win=9 * MSS)
    assert numbers(wire, 2) == [nth(1), nth(2)]


@pytest.mark.parametrize("more", [[], [SACKOK]], ids=["plain", "sack"])
def test_echo_undoes_a_fast_retransmit(wire, more):
    """RFC 3522 3.2: what fills the gap was sent before it was sent again."""
    with listening() as s, wire.call(s, opts=[("MSS", MSS), TS] + more, delay=0.5) as c:
        spurious = stats("tcp", "spuriousrexmit")
        c.send(bytes(8 * (MSS - 12)))
        sent = [wire.recv() for _ in range(8)]
        before = windows(c)
        echo = ("Timestamp", [101, options(sent[0])["Timestamp"][0]])
        for i in range(2, 5):
            blocks = edges(wire, (sent[1]["seq"], sent[i]["seq"])) if more else []
            wire.send("A", ack=1, opts=[echo] + blocks)
        assert wire.recv()["seq"] == 1 and windows(c)[0] < before[0]
        wire.send("A", ack=sent[4]["seq"], opts=[echo])
        wire.send("R", seq=100)         # answered behind them
        wire.expect("A", len=0)
        after = windows(c)
        assert stats("tcp", "spuriousrexmit") == spurious + 1
        assert after[0] == before[0] and after[1] >= before[1]


def test_duplicate_that_is_told_undoes_a_fast_retransmit(wire):
    """RFC 3708 2."""
    with listening() as s, wire.call(s, opts=[("MSS", MSS), SACKOK], delay=0.5) as c:
        spurious = stats("tcp", "spuriousrexmit")
        under_way(wire, c, 8)
        before = windows(c)
        wire.send("A", ack=1, opts=edges(wire, (nth(1), nth(4))))
        first_again(wire, 8)
        wire.send("A", ack=nth(4))
        wire.send("A", ack=nth(4), opts=edges(wire, (nth(0), nth(1))))
        wire.send("R", seq=100)         # answered behind them
        wire.expect("A", len=0)
        after = windows(c)
        assert stats("tcp", "spuriousrexmit") == spurious + 1
        assert after[0] == before[0] and after[1] >= before[1]
