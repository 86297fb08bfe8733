# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Two routers in one machine, each a routing domain, as Linux hosts see them.

    peer 10.77.0.1 ---- vio0 10.77.0.2 | pair0 10.90.0.1      rdomain 0
                                             |
    far 10.77.1.1 ----- vio1 10.77.1.2 | pair1 10.90.0.2      rdomain 1
"""
import hashlib
import re
import socket
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import bsdnet as run_bsdnet
from bsdnet_test import sysfs
from tcp_wire import stats

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


SINK = """
import hashlib, socket, sys
s = socket.create_server(("10.77.1.1", 7070))
frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
frames.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
frames.bind(("tap1", 0))
frames.settimeout(0)
print("ready", flush=True)
c, _ = s.accept()
h, longest, segments = hashlib.sha256(), 0, 0
def look():
    global longest, segments
    while True:
        try:
            f, where = frames.recvfrom(70000)
        except BlockingIOError:
            return
        if where[2] != 4:
            longest, segments = max(longest, len(f)), segments + 1
while True:
    d = c.recv(65536)
    look()
    if not d:
        break
    h.update(d)
print(h.hexdigest(), longest, segments, flush=True)
"""

SOURCE = """
import hashlib, os, socket
s = socket.create_connection(("10.77.1.1", 7070), timeout=60)
data = os.urandom(size)
s.sendall(data)
s.close()
result = hashlib.sha256(data).hexdigest()
"""


def stream_through(peer, size=1000000):
    """A stream from the peer to the far host: (longest frame that arrived, frames)."""
    with peer.popen("ip", "netns", "exec", FAR, "python3", "-c", SINK) as sink:
        time.sleep(1)
        sent = peer.python(SOURCE, size=size)
        digest, longest, frames = sink.wait().check().out.split()[1:]
        assert digest == sent
        return int(longest), int(frames)


def test_merged_segments_are_cut_by_the_device(peer):
    """RFC 9293 3.7.1: what the far end may receive is what the sender was told."""
    merged, cut = stats("tcp", "hwtso"), stats("tcp", "swtso")
    longest, _ = stream_through(peer)
    assert stats("tcp", "hwtso") > merged
    assert stats("tcp", "swtso") == cut
    assert longest > 1514       # as one packet that the far host's device has merged


def test_our_own_packets_are_cut_behind_a_pair(peer):
    """Their checksums, IP's as well, were left to whoever sends them at last."""
    before, again = stats("tcp", "hwtso"), stats("tcp", "sndrexmit")
    data = bytes(i % 251 for i in range(1000000))
    with peer.popen("ip", "netns", "exec", FAR, "python3", "-c", SINK) as sink:
        time.sleep(1)
        with bsd_socket(socket.SOCK_STREAM) as s:
            s.settimeout(30)
            s.connect(("10.77.1.1", 7070))
            s.sendall(data)
        assert sink.wait().check().out.split()[1] == hashlib.sha256(data).hexdigest()
    assert stats("tcp", "hwtso") > before + 5
    assert stats("tcp", "sndrexmit") < again + 100


def test_merged_segments_are_cut_here(peer):
    """To the segments that were sent: none longer than they, no more than needed."""
    sysfs("tcp/tso", 1)
    before = stats("tcp", "swtso")
    try:
        longest, frames = stream_through(peer)
    finally:
        sysfs("tcp/tso", 2)
    assert longest == 1514
    assert stats("tcp", "swtso") - before > 300
    assert frames < 1000


def test_a_smaller_mtu_behind_is_told(peer, bsdnet):
    """RFC 1191: a packet that was merged is no longer than its segments."""
    for name in ("pair0", "pair1"):
        bsdnet("ifconfig", name, "mtu", "1200").check()
    try:
        stream_through(peer, 100000)
        assert "mtu 1200" in peer.run("ip", "route", "get", "10.77.1.1").out
    finally:
        peer.run("ip", "route", "flush", "cache")
        for name in ("pair0", "pair1"):
            bsdnet("ifconfig", name, "mtu", "1500").check()


def test_the_device_merges_only_if_it_may(peer, bsdnet):
    assert "LRO" in bsdnet("ifconfig", "vio0").check().out.split(">")[0]
    bsdnet("ifconfig", "vio0", "-tcplro").check()
    try:
        assert "LRO" not in bsdnet("ifconfig", "vio0").check().out
        before = stats("tcp", "hwtso")
        longest, frames = stream_through(peer)
        assert stats("tcp", "hwtso") == before
        assert longest == 1514 and frames >= 690
    finally:
        bsdnet("ifconfig", "vio0", "tcplro").check()
    assert bsdnet("ifconfig", "pair0", "tcplro").rc == 1
