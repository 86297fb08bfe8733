# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""A path on which long packets vanish, and nobody says so. RFC 4821, 1191

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy, which sees no more than so many bytes
"""
import socket
import time

import pytest
from bsdnet_test import sysfs
from tcp_wire import MSS, SACKOK, listening, stats


def mss(c):
    """tcpi_snd_mss."""
    info = c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 20)
    return int.from_bytes(info[16:20], "little")


def take(wire, until, most):
    """Acknowledge data up to @until of segments of @most bytes, or fewer; others vanish."""
    got = wire.ack
    end = time.monotonic() + 30
    while got < until:
        assert time.monotonic() < end, got
        found = wire.recv()
        if found and found["len"] <= most and found["seq"] <= got < found["seq"] + found["len"]:
            got = found["seq"] + found["len"]
            wire.send("A", ack=got)
    wire.ack = got


@pytest.mark.parametrize("opts", [[], [SACKOK]], ids=["plain", "sack"])
@pytest.mark.parametrize("most,reached", [(1360, 1360), (1000, 536)])
def test_segments_get_smaller(wire, opts, most, reached):
    before = stats("tcp", "mssreduced")
    with listening() as s, wire.call(s, opts=[("MSS", MSS)] + opts) as c:
        c.send(bytes(3 * MSS))
        take(wire, 1 + 3 * MSS, most)
        assert mss(c) == reached
    assert stats("tcp", "mssreduced") >= before + (1 if reached == 1360 else 2)


def test_larger_segments_are_tried_again(wire):
    """RFC 1191 6.3."""
    sysfs("tcp/pmtud_blackhole", 2)
    try:
        with listening() as s, wire.call(s) as c:
            c.send(bytes(2 * MSS))
            take(wire, 1 + 2 * MSS, 1360)
            assert mss(c) == 1360
            time.sleep(2.5)
            assert mss(c) == MSS
    finally:
        sysfs("tcp/pmtud_blackhole", 600)


@pytest.mark.parametrize("why", ["knob", "cut", "short"])
def test_segments_stay_as_they_are(wire, why):
    """Not wanted; routers may cut them (IP_MTU_DISCOVER); or they are not full."""
    sysfs("tcp/pmtud_blackhole", 0 if why == "knob" else 600)
    try:
        with listening() as s, wire.call(s) as c:
            if why == "cut":
                c.setsockopt(socket.IPPROTO_IP, 10, 0)
            c.send(bytes(MSS // 2 if why == "short" else MSS))
            for _ in range(4):
                assert wire.recv()["seq"] == 1
            assert mss(c) == MSS
    finally:
        sysfs("tcp/pmtud_blackhole", 600)
