# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Redirects from our gateway: taken only if the knob says so. RFC 1122 3.2.2.2

    vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux, scapy)
"""
import time

import pytest
from bsdnet_test import sysfs

REDIRECT = """
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


def test_redirect_is_refused_by_default(peer, bsdnet):
    peer.python(REDIRECT, src="10.77.0.1")
    time.sleep(1)
    assert gateway(bsdnet) == "10.77.0.1"


def test_redirect_of_the_gateway_is_taken_by_knob(peer, bsdnet):
    sysfs("icmp/rediraccept", 1)
    peer.python(REDIRECT, src="10.77.0.1")
    deadline = time.monotonic() + 10
    while gateway(bsdnet) != "10.77.0.200" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert gateway(bsdnet) == "10.77.0.200"


def test_redirect_of_a_stranger_is_refused(peer, bsdnet):
    sysfs("icmp/rediraccept", 1)
    peer.python(REDIRECT, src="10.77.0.50")
    time.sleep(1)
    assert gateway(bsdnet) == "10.77.0.1"
