# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Two routers in one machine, each a routing domain, as Linux hosts see them.

    peer 10.77.0.1 ---- vio0 10.77.0.2 | pair0 10.90.0.1      rdomain 0
                                             |
    far 10.77.1.1 ----- vio1 10.77.1.2 | pair1 10.90.0.2      rdomain 1
"""
import re

import pytest
from bsdnet_test import bsdnet as run_bsdnet
from bsdnet_test import sysfs

FAR = "bsdnet-far"


def guest(*lines):
    for line in lines:
        run_bsdnet(*line.split()).check()


def at_peer(peer, *lines):
    for line in lines:
        peer.run("sh", "-c", line).check()


@pytest.fixture(autouse=True, scope="module")
def two_routers(peer):
    sysfs("ip/forwarding", 1)
    guest("ifconfig pair0 create", "ifconfig pair1 create",
          "ifconfig pair1 rdomain 1", "ifconfig vio1 rdomain 1",
          "ifconfig pair0 patch pair1",
          "ifconfig pair0 inet 10.90.0.1/24", "ifconfig pair1 inet 10.90.0.2/24",
          "ifconfig vio1 inet 10.77.1.2/24",
          "route add 10.77.1.0/24 10.90.0.2", "route -T 1 add 10.77.0.0/24 10.90.0.1")
    at_peer(peer, f"ip netns add {FAR}", f"ip link set tap1 netns {FAR}",
            f"ip -n {FAR} addr add 10.77.1.1/24 dev tap1", f"ip -n {FAR} link set tap1 up",
            f"ip -n {FAR} route add default via 10.77.1.2",
            "ip route add 10.77.1.0/24 via 10.77.0.2")
    yield
    at_peer(peer, f"ip -n {FAR} link set tap1 netns $$", "ip addr add 10.77.1.1/24 dev tap1",
            "ip link set tap1 up", f"ip netns del {FAR}",
            "ip route del 10.77.1.0/24 via 10.77.0.2; true")
    guest("ifconfig pair0 destroy", "ifconfig pair1 destroy", "ifconfig vio1 rdomain 0",
          "ifconfig vio1 inet 10.77.1.2/24")
    sysfs("ip/forwarding", 0)


def test_ping_passes_both_with_ttl_less_two(peer):
    out = peer.run("ping", "-c2", "-W5", "10.77.1.1").check().out
    assert "ttl=62" in out


def test_traceroute_names_both(peer):
    out = peer.run("/bin/busybox", "traceroute", "-n", "-q1", "-w5", "10.77.1.1").check().out
    hops = re.findall(r"^ *\d+  (\S+)", out, re.M)
    assert hops == ["10.77.0.2", "10.90.0.2", "10.77.1.1"]


def test_peer_learns_the_path_mtu(peer, bsdnet):
    for name in ("pair0", "pair1"):
        bsdnet("ifconfig", name, "mtu", "1200").check()
    try:
        told = peer.run("ping", "-c2", "-W5", "-M", "do", "-s", "1400", "10.77.1.1")
        assert "mtu = 1200" in told.out + told.err or "mtu=1200" in told.out + told.err
        assert "mtu 1200" in peer.run("ip", "route", "get", "10.77.1.1").out
        # Without DF it is cut on the way, and put together by the far host.
        peer.run("ping", "-c1", "-W5", "-M", "dont", "-s", "3000", "10.77.1.1").check()
    finally:
        peer.run("ip", "route", "flush", "cache")
        for name in ("pair0", "pair1"):
            bsdnet("ifconfig", name, "mtu", "1500").check()


def test_peer_takes_a_redirect(peer, bsdnet):
    bsdnet("route", "add", "203.0.113.0/24", "10.77.0.9").check()
    at_peer(peer, "ip route add 203.0.113.0/24 via 10.77.0.2",
            "ip neigh replace 10.77.0.9 lladdr 02:00:00:00:00:09 dev tap0",
            "sysctl -qw net.ipv4.conf.all.accept_redirects=1 net.ipv4.conf.tap0.accept_redirects=1")
    try:
        for _ in range(4):
            peer.run("ping", "-c1", "-W1", "203.0.113.5")
            got = peer.run("ip", "route", "get", "203.0.113.5").out
            if "10.77.0.9" in got:
                break
        assert "via 10.77.0.9" in got
    finally:
        at_peer(peer, "ip route del 203.0.113.0/24", "ip neigh del 10.77.0.9 dev tap0")
        bsdnet("route", "delete", "203.0.113.0/24").check()


def test_domains_do_not_leak(peer, bsdnet):
    bsdnet("route", "-T", "1", "delete", "10.77.0.0/24").check()
    try:
        # It gets there, and nothing finds the way back.
        assert peer.run("ping", "-c1", "-W2", "10.77.1.1").rc != 0
    finally:
        bsdnet("route", "-T", "1", "add", "10.77.0.0/24", "10.90.0.1").check()
    peer.run("ping", "-c1", "-W5", "10.77.1.1").check()
