# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Redirects from our gateway: taken only if the knob says so. RFC 1122 3.2.2.2

    vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux, scapy)
"""
import socket
import time

import pytest
from bsdnet_test import bsdnet as run_bsdnet
from bsdnet_test import sysfs, wait_for
from rtsock import (AUTHOR, DONE, DST, DYNAMIC, F_GATEWAY, GATEWAY, HOST, REDIRECT, UP,
                    RouteSocket)

SEND = """
quoted = IP(src="10.77.0.2", dst="203.0.113.9") / UDP(sport=1, dport=9)
sendp(Ether(dst="52:54:00:77:00:00") / IP(src=src, dst="10.77.0.2") /
      ICMP(type=5, code=1, gw="10.77.0.200") / quoted, iface="tap0", verbose=0)
result = 1
"""


@pytest.fixture(autouse=True)
def default_route(bsdnet):
    bsdnet("route", "add", "203.0.113.0/24", "10.77.0.1").check()
    yield
    sysfs("icmp/rediraccept", 0)
    bsdnet("route", "delete", "203.0.113.9")
    bsdnet("route", "delete", "203.0.113.0/24").check()


def gateway(bsdnet):
    return bsdnet("route", "get", "203.0.113.9", "--json").check().json()["gateway"]


def listener():
    return RouteSocket(msgfilter=1 << REDIRECT)


def refused():
    shown = run_bsdnet("netstat", "-s", "-p", "icmp", "--json").check()
    return shown.json()["icmp"]["badredirect"]


def send_to_be_refused(peer, src):
    before = refused()
    peer.python(SEND, src=src)
    wait_for(lambda: refused() == before + 1, 10)


def test_redirect_is_refused_by_default(peer, bsdnet):
    peer.python(SEND, src="10.77.0.1")
    time.sleep(1)
    assert gateway(bsdnet) == "10.77.0.1"


def test_redirect_of_the_gateway_is_taken_by_knob(peer, bsdnet):
    sysfs("icmp/rediraccept", 1)
    peer.python(SEND, src="10.77.0.1")
    deadline = time.monotonic() + 10
    while gateway(bsdnet) != "10.77.0.200" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert gateway(bsdnet) == "10.77.0.200"


def test_redirect_of_a_stranger_is_refused(peer, bsdnet):
    sysfs("icmp/rediraccept", 1)
    peer.python(SEND, src="10.77.0.50")
    time.sleep(1)
    assert gateway(bsdnet) == "10.77.0.1"


def test_routing_socket_hears_of_a_redirect_once(peer):
    sysfs("icmp/rediraccept", 1)
    with listener() as s:
        peer.python(SEND, src="10.77.0.1")
        got = s.message()
        # Its sender is the gateway no more.
        send_to_be_refused(peer, "10.77.0.1")
        assert s.quiet()
    assert got.addr == {DST: "203.0.113.9", GATEWAY: "10.77.0.200", AUTHOR: "10.77.0.1"}
    assert got.flags == UP | F_GATEWAY | HOST | DYNAMIC | DONE
    assert (got.type, got.errno, got.table) == (REDIRECT, 0, 0)
    assert got.index == socket.if_nametoindex("vio0")


@pytest.mark.parametrize("accept,src", [(0, "10.77.0.1"), (1, "10.77.0.50")],
                         ids=["knob", "stranger"])
def test_routing_socket_hears_nothing_of_a_refused_redirect(peer, accept, src):
    sysfs("icmp/rediraccept", accept)
    with listener() as s:
        send_to_be_refused(peer, src)
        assert s.quiet()
