# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Congestion that routers mark. RFC 3168 6.1

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy
"""
import errno
import socket

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import sysfs
from tcp_wire import ADDRESS, listening, stats

ECT0, CE = 2, 3
CWND = 80       # of struct tcp_info


def called(wire, s, flags="SEC", answer="SAE"):
    """A connection that the wire opens with these flags: (its socket, the SYN|ACK)."""
    syn = wire.half_open(s, flags, answer)
    wire.send("A")
    return s.accept()[0], syn


def cwnd(c):
    return c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, CWND + 4)[CWND]


@pytest.mark.parametrize("knob,flags,answer", [
    (2, "SEC", "SAE"), (2, "S", "SA"), (2, "SE", "SA"), (0, "SEC", "SA"),
])
def test_both_must_say_so(wire, knob, flags, answer):
    sysfs("tcp/ecn", knob)
    try:
        with listening() as s:
            c, syn = called(wire, s, flags, answer)
            with c:
                assert syn["tos"] & 3 == 0
                c.send(b"x")
                assert wire.recv()["tos"] & 3 == (ECT0 if answer == "SAE" else 0)
    finally:
        sysfs("tcp/ecn", 2)


@pytest.mark.parametrize("answer,used", [("SAE", True), ("SA", False), ("SAEC", False)])
def test_we_ask_when_told_to(wire, answer, used):
    sysfs("tcp/ecn", 1)
    try:
        with bsd_socket(socket.SOCK_STREAM) as s:
            s.setblocking(False)
            s.bind(("10.77.0.2", 0))
            wire.dport = s.getsockname()[1]
            assert s.connect_ex((ADDRESS, wire.port)) == errno.EINPROGRESS
            wire.irs = wire.expect("SEC", tos=0)["seq"]
            wire.ack = 1
            wire.send(answer)
            wire.seq = 1
            wire.expect("A", ack=1)
            s.send(b"x")
            assert wire.recv()["tos"] & 3 == (ECT0 if used else 0)
    finally:
        sysfs("tcp/ecn", 2)


def test_second_syn_does_not_ask(wire):
    """RFC 3168 6.1.1.1: a firewall may have dropped the first."""
    sysfs("tcp/ecn", 1)
    try:
        with bsd_socket(socket.SOCK_STREAM) as s:
            s.setblocking(False)
            s.connect_ex((ADDRESS, wire.port))
            wire.expect("SEC")
            wire.expect("S")
    finally:
        sysfs("tcp/ecn", 2)


def test_mark_is_echoed_until_answered(wire):
    """RFC 3168 6.1.3."""
    with listening() as s:
        c, _ = called(wire, s)
        with c:
            wire.push(b"a", tos=ECT0)
            wire.expect("A", ack=2)
            wire.push(b"b", tos=CE)
            wire.expect("AE", ack=3)
            wire.push(b"c", tos=ECT0)
            wire.expect("AE", ack=4)
            wire.send("PAC", b"d", tos=ECT0)
            wire.seq += 1
            wire.expect("A", ack=5)


def test_echo_reduces_the_window_once(wire):
    """RFC 3168 6.1.2; not for a mark of those that were under way then."""
    with listening() as s:
        c, _ = called(wire, s)
        with c:
            before = stats("tcp", "ecnreduced")
            wide = cwnd(c)
            c.send(bytes(536 * 8))
            assert wire.recv()["tos"] & 3 == ECT0
            # All are on their way; they are looked at once they need not be sent again.
            wire.send("AE", ack=1 + 536 * 2)
            wire.send("AE", ack=1 + 536 * 4)
            wire.send("AE", ack=1 + 536 * 7)
            wire.send("AE", ack=1 + 536 * 8)
            for _ in range(7):
                assert wire.recv()["tos"] & 3 == ECT0
            c.send(b"then")
            found = wire.recv()
            assert found["data"] == b"then" and found["flags"] == "PAC"
            assert stats("tcp", "ecnreduced") == before + 1
            assert cwnd(c) < wide
            wire.send("A", ack=1 + 536 * 8 + 4)
            c.send(b"more")
            assert wire.recv()["flags"] == "PA"


def test_what_is_sent_again_is_not_capable(wire):
    """RFC 3168 6.1.5; the window that a loss made smaller is told."""
    with listening() as s:
        c, _ = called(wire, s)
        with c:
            c.send(b"lost")
            assert wire.recv()["tos"] & 3 == ECT0
            assert wire.expect("PA", data=b"lost")["tos"] & 3 == 0
            wire.send("A", ack=5)
            c.send(b"then")
            while (found := wire.recv())["data"] != b"then":
                pass
            assert found["flags"] == "PAC" and found["tos"] & 3 == ECT0
