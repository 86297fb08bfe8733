# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Neighbour entries under attack: strangers without number, and a scan of a /16.
RFC 1122 2.3.2

    strangers gen0 10.60.0.1/16 ---- forwarding ---- gen1 10.61.0.1/16 nobody
    peer tap0 10.77.0.1 ------------ vio0 10.77.0.2, which always has traffic
"""
import ipaddress
import struct
import time

import gen
import pytest
from bsd_socket import bsd_socket
from bsdnet_test import counter, scale, sysfs, wait_for
from bsdnet_test import bsdnet as run_bsdnet

PEER = ("10.77.0.1", 9)
STRANGERS = scale(2000, 100000)
SCANNED = scale(5000, 65000 * 8)
LIMITS = scale({"entries": 512, "unresolved": 128}, {"entries": 4096, "unresolved": 512})
PIECE = LIMITS["entries"] // 2      # frames between two datagrams to the peer, at most
OVER = 8    # a limit may be exceeded by the threads that come at the same time
GEN0 = int(ipaddress.ip_address("10.60.0.1"))


@pytest.fixture(scope="module")
def s(peer):
    sysfs("ip/forwarding", 1)
    for name, value in LIMITS.items():
        sysfs("arp/max" + name, value)
    for line in ("ifconfig gen0 create", "ifconfig gen1 create", "ifconfig gen0 inet 10.60.0.1/16",
                 "ifconfig gen1 inet 10.61.0.1/16", "arp -d -a"):
        run_bsdnet(*line.split()).check()
    peer.run("ping", "-c", "1", "-W", "5", "10.77.0.2").check()
    with bsd_socket() as any_socket:
        yield any_socket
    sysfs("ip/forwarding", 0)
    sysfs("arp/maxentries", 4096)
    sysfs("arp/maxunresolved", 512)
    for name in ("gen0", "gen1"):
        run_bsdnet("ifconfig", name, "destroy").check()


@pytest.fixture(autouse=True)
def empty(s):
    yield
    run_bsdnet("arp", "-d", "-a").check()


def stats():
    return run_bsdnet("netstat", "-s", "-p", "arp", "--json").check().json()["arp"]


def gained(before):
    return {name: value - before[name] for name, value in stats().items()}


def arp(op, number):
    """A packet of stranger @number, about our address."""
    mac = b"\x02\x60" + struct.pack(">I", number)
    ip = struct.pack(">I", GEN0 + 1 + number % 65000)
    ours = struct.pack(">I", GEN0)
    return (b"\xff" * 6 + mac + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x800, 6, 4, op) +
            mac + ip + bytes(6) + ours)


def flood(s, op, name):
    """All strangers, and a datagram to the peer now and then. Seconds it took."""
    s.sendto(b"x", PEER)
    wait_for(lambda: neighbour(PEER[0]), 10)
    before = stats()
    start = time.monotonic()
    for first in range(0, STRANGERS, PIECE):
        end = min(first + PIECE, STRANGERS)
        gen.inject(s, "gen0", [arp(op, i) for i in range(first, end)])
        wait_for(lambda end=end: gained(before)[name] >= end, 10)
        assert counter("arp/entries") <= limit("entries") + OVER
        s.sendto(b"x", PEER)
    return time.monotonic() - start


def limit(name):
    return counter("arp/max" + name)


def neighbour(address):
    """Is it known?"""
    return any("lladdr" in e for e in run_bsdnet("arp", "-an", "--json").check().json()
               if e["address"] == address)


@pytest.mark.parametrize("op, name", [(1, "replies_sent"), (2, "replies_received")],
                         ids=["requests", "replies"])
def test_strangers_are_remembered_up_to_the_limit_and_the_busy_neighbour_stays(s, op, name):
    before = stats()
    inuse = counter("mbuf/inuse")
    seconds = flood(s, op, name)
    got = gained(before)
    print(f"{STRANGERS / seconds:.0f} packets/s, {got}")
    assert STRANGERS <= got[name] <= STRANGERS + 5 + seconds / 5     # the peer may ask, too
    assert got["evicted"] >= STRANGERS - limit("entries")
    assert got["requests_sent"] <= 1    # for the peer, at first
    assert neighbour(PEER[0])
    assert counter("arp/unresolved") <= OVER
    assert counter("mbuf/inuse") - inuse < 1000


def scan(s, count=SCANNED):
    """Datagrams for all of gen1's network; what it did to the table, and its seconds."""
    before = stats()
    start = time.monotonic()
    gen.start(s, "gen0", "10.60.9.9", "10.61.0.2", count, flows=min(count, 65000), ndst=65000)
    most = dict.fromkeys(("entries", "unresolved", "held"), 0)
    while gen.state(s, "gen0").running:
        s.sendto(b"x", PEER)
        most = {name: max(n, counter("arp/" + name)) for name, n in most.items()}
    return most, gained(before), time.monotonic() - start


def test_scan_is_bounded_and_evicts_nobody_who_answered(s):
    gen.inject(s, "gen0", [arp(1, i) for i in range(limit("entries") - 100)])
    wait_for(lambda: counter("arp/entries") >= limit("entries") - 100)
    known = counter("arp/entries") - counter("arp/unresolved")
    most, got, seconds = scan(s)
    print(f"{SCANNED / seconds:.0f} datagrams/s, {seconds:.1f} s, {most}, {got}")
    assert most["unresolved"] <= limit("unresolved") + OVER
    assert most["entries"] <= limit("entries") + OVER
    assert most["held"] <= limit("held") + limit("unresolved")
    # First requests, and as many repeated ones.
    assert got["requests_sent"] <= 2 * limit("unresolved") * (seconds + 2)
    assert got["unresolved"] >= SCANNED - 2 * limit("unresolved") * (seconds + 2)
    left = counter("arp/entries") - counter("arp/unresolved")
    assert left >= known - limit("unresolved") - OVER
    assert neighbour(PEER[0])


def test_neighbour_is_learnt_and_set_while_too_many_are_asked_for(s):
    scan(s, 1000)
    assert counter("arp/unresolved") >= limit("unresolved")
    gen.inject(s, "gen0", [arp(1, 7)])
    wait_for(lambda: neighbour("10.60.0.9"))
    run_bsdnet("arp", "-s", "10.61.0.9", "02:00:00:00:00:09").check()
    assert neighbour("10.61.0.9")


def test_second_after_a_scan_others_are_asked_for(s):
    scan(s, 1000)
    time.sleep(1.1)
    s.sendto(b"x", ("10.77.0.91", 9))
    assert any(e["address"] == "10.77.0.91"
               for e in run_bsdnet("arp", "-an", "--json").check().json())


SNIFF = """
got = sniff(iface="tap0", timeout=8, lfilter=lambda p: ARP in p and p[ARP].op == 1 and
            p[ARP].pdst == "10.77.0.1")
result = [p.dst for p in got]
"""


def test_used_neighbour_is_asked_again_in_time_and_an_idle_one_goes_in_silence(s, peer):
    sysfs("arp/timeout", 5)
    try:
        s.sendto(b"x", PEER)
        gen.inject(s, "gen0", [arp(1, 3)])
        wait_for(lambda: neighbour(PEER[0]) and neighbour("10.60.0.5"), 3)
        before = stats()
        sniffed = peer.start_python(SNIFF)
        while not sniffed.done():
            s.sendto(b"x", PEER)
            time.sleep(0.2)
        assert "ff:ff:ff:ff:ff:ff" not in sniffed.result()
        assert neighbour(PEER[0])
        assert gained(before)["requests_sent"] <= 2     # to the peer alone
        assert not neighbour("10.60.0.5")
    finally:
        sysfs("arp/timeout", 1200)
