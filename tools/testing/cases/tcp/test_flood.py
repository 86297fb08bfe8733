# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""SYNs without end: the SYN cache is limited, and cookies do without it. RFC 4987

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy
"""
import socket
import time

import pytest
from bsdnet_test import scale, sysfs
from tcp_wire import SYN_FLOOD, TS, Wire, listening, options, stats


@pytest.fixture
def cookies():
    sysfs("tcp/syncookies", 2)
    yield
    sysfs("tcp/syncookies", 1)


def test_cookie_opens_a_connection(wire, cookies):
    before = stats("tcp", "sc_cookieack"), stats("tcp", "sc_added")
    with listening() as s, wire.call(s) as c:
        wire.push(b"to")
        assert c.recv(10) == b"to"
        wire.expect("A", ack=3)
        c.send(bytes(1460))
        wire.expect("PA", len=1460)
    assert (stats("tcp", "sc_cookieack"), stats("tcp", "sc_added")) == (before[0] + 1, before[1])


def test_cookie_remembers_options(wire, cookies):
    opts = [("MSS", 1400), ("WScale", 7), ("SAckOK", ""), TS]
    with listening() as s:
        syn = wire.half_open(s, opts=opts)
        assert "SAckOK" in options(syn) and options(syn)["Timestamp"][1] == 100
        wire.send("A", opts=[("Timestamp", [101, 0])], win=100)
        with s.accept()[0] as c:
            info = c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
            assert info[5] & 7 == 7 and info[6] & 15 == 7
            c.send(bytes(1400))
            assert wire.recv()["len"] == 1388
            wire.send("A", b"x", seq=3, opts=[("Timestamp", [102, 0])])
            while "SAck" not in options(found := wire.recv()):
                pass
            assert options(found)["Timestamp"][1] in (101, 102)


@pytest.mark.parametrize("change", [1, 1 << 8, 1 << 31])
def test_number_that_is_no_cookie_is_reset(wire, cookies, change):
    with listening() as s:
        wire.half_open(s)
        wire.send("A", seq=1, ack=1 + change)
        assert wire.recv()["flags"] == "R"
        s.settimeout(0.3)
        with pytest.raises(TimeoutError):
            s.accept()


def test_full_cache_answers_with_cookies(wire):
    """Who is kept stays, who comes is served all the same."""
    first = Wire(wire.peer)
    sysfs("tcp/syncache_limit", 1)
    try:
        with listening() as s:
            first.half_open(s)
            before = stats("tcp", "sc_cookie"), stats("tcp", "sc_evicted")
            with wire.call(s):
                assert stats("tcp", "sc_cookie") == before[0] + 1
            first.send("A", seq=1, ack=1)
            s.settimeout(5)
            s.accept()[0].close()
            assert stats("tcp", "sc_evicted") == before[1]
    finally:
        sysfs("tcp/syncache_limit", 10255)


def test_oldest_gives_way_without_cookies(peer):
    sysfs("tcp/syncookies", 0)
    sysfs("tcp/syncache_limit", 100)
    try:
        with listening() as s:
            before = stats("tcp", "sc_evicted"), stats("tcp", "sc_cookie")
            peer.python(SYN_FLOOD, dport=s.getsockname()[1], n=2000, rate=0)
            time.sleep(1)
            assert stats("tcp", "sc_evicted") > before[0] and stats("tcp", "sc_cookie") == before[1]
    finally:
        sysfs("tcp/syncache_limit", 10255)
        sysfs("tcp/syncookies", 1)


def exchange(wire, c, data):
    """Data for the socket, again if a full queue on the way took it."""
    c.settimeout(0.5)
    for _ in range(20):
        wire.send("PA", data)
        try:
            assert c.recv(1000) == data
            break
        except TimeoutError:
            pass
    else:
        raise AssertionError("ten seconds, and nothing arrived")
    wire.seq += len(data)


def test_flood_leaves_a_connection_alone(wire, peer):
    """An open connection goes on, a new one opens, and memory is bounded."""
    with listening(backlog=100) as s, wire.call(s) as c:
        flood = peer.start_python(SYN_FLOOD, dport=wire.dport, n=scale(5000, 100000), rate=0)
        for i in range(20):
            exchange(wire, c, bytes([i]) * 100)
            time.sleep(0.02)
        assert flood.result()
        time.sleep(1)       # until what queues is gone
        other = Wire(peer)
        with other.call(s) as d:
            other.push(b"in the flood")
            assert d.recv(100) == b"in the flood"
        assert stats("tcp", "sc_added") + stats("tcp", "sc_cookie") > 1000
