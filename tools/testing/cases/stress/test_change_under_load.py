# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Everything that can change is changed while packets flow.

    sockets 127.0.0.1, 10.77.0.2 ---- vio0 ---- tap0 10.77.0.1 peer floods
"""
import os
import time

import pytest
from bsd_socket import bound, bsd_socket
from bsdnet_test import counter, run, scale, sysfs
from traffic import Streams, Traffic, flooded

MODES = ["giant", "exclusive", "unlocked-io", "locked", "forward", "udp", "shared"]


@pytest.fixture
def flood(peer):
    """The peer sends to four ports, of which two have sockets."""
    with flooded(peer, 2) as socks:
        yield socks


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_carries_traffic(mode):
    sysfs("netlock/mode", mode)
    try:
        ladder = counter("netlock/ladder")
        with Traffic() as traffic:
            traffic.progress(50)
        serialised = mode not in ("udp", "shared")
        assert (counter("netlock/ladder") > ladder) == serialised
    finally:
        sysfs("netlock/mode", "shared")


def test_modes_dispatch_and_threads_are_switched_under_traffic(flood):
    with Traffic() as traffic, Streams() as streams:
        for i in range(scale(7, 200)):
            sysfs("netlock/mode", MODES[i % len(MODES)])
            sysfs("softnet/dispatch", ["direct", "deferred", "hybrid"][i % 3])
            sysfs("softnet/threads", 1 + i % 2)
            sysfs("tcp/input_lock", ["packet", "thread", "backlog"][i // 2 % 3])
            traffic.progress()
            streams.progress()
            flood[0].recv(1000)
    sysfs("netlock/mode", "shared")
    sysfs("tcp/input_lock", "backlog")
    sysfs("softnet/dispatch", "hybrid")
    sysfs("softnet/threads", 2)


def test_cpu_goes_and_comes_back_under_traffic(flood):
    online = "/sys/devices/system/cpu/cpu1/online"
    with Traffic() as traffic, Streams() as streams:
        for _ in range(scale(4, 50)):
            for state in "01":
                write(online, state)
                traffic.progress()
                streams.progress()
                flood[1].recv(1000)


def test_interface_goes_up_and_down_under_flood(flood, bsdnet):
    for _ in range(scale(3, 100)):
        bsdnet("ifconfig", "vio0", "down").check()
        bsdnet("ifconfig", "vio0", "up").check()
        flood[0].recv(1000)


def test_discipline_is_changed_under_flood(flood, bsdnet):
    with bsd_socket() as out:
        for _ in range(scale(3, 100)):
            for name in ("fq_codel", "priq"):
                bsdnet("ifconfig", "vio0", "qdisc", name).check()
                assert f"qdisc: {name}" in bsdnet("ifconfig", "vio0").check().out
                for _ in range(50):
                    out.sendto(b"x" * 500, ("10.77.0.1", 9))
            flood[0].recv(1000)
    assert bsdnet("ifconfig", "vio0", "qdisc", "red").rc == 1


def test_nic_is_detached_and_attached_under_flood(flood, bsdnet):
    for _ in range(scale(3, 60)):
        device = os.path.basename(os.path.realpath("/sys/class/net/vio0/device"))
        bsdnet("detach", "vio0").check()
        assert bsdnet("attach", device).check().out.strip() == "vio0"
        bsdnet("ifconfig", "vio0", "inet", "10.77.0.2/24").check()
        with Traffic() as traffic:
            traffic.progress()
        # A socket that is new has nothing that came before.
        fresh = bound("10.77.0.2", 9002, timeout=30)
        fresh.recv(1000)
        fresh.close()


def test_nic_is_unplugged_and_plugged_under_flood(flood, bsdnet):
    pci = "0000:00:10.0"
    for _ in range(scale(2, 40)):
        with Traffic(pause=0.01) as traffic:
            write(f"/sys/bus/pci/devices/{pci}/remove", "1")
            assert not os.path.exists("/sys/class/net/vio0")
            traffic.progress()
            write("/sys/bus/pci/rescan", "1")
            assert bsdnet("attach", pci).check().out.strip() == "vio0"
            bsdnet("ifconfig", "vio0", "inet", "10.77.0.2/24").check()
            traffic.progress()
        fresh = bound("10.77.0.2", 9003, timeout=30)
        fresh.recv(1000)
        fresh.close()


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def test_addresses_and_routes_change_under_traffic(flood, bsdnet):
    with Traffic(pause=0.01) as traffic:
        for i in range(scale(4, 200)):
            bsdnet("ifconfig", "vio0", "inet", "10.88.0.1/24", "alias").check()
            bsdnet("route", "add", "198.51.100.0/24", "10.77.0.1").check()
            bsd_socket().sendto(b"x", ("198.51.100.1", 9))
            bsdnet("route", "delete", "198.51.100.0/24").check()
            bsdnet("ifconfig", "vio0", "inet", "10.88.0.1", "delete").check()
            traffic.progress()
            flood[i % 2].recv(1000)


def test_open_socket_keeps_the_module():
    s = bsd_socket()
    assert run("rmmod", "bsdnet").rc != 0
    s.close()


@pytest.mark.parametrize("name,bad", [
    ("netlock/mode", "fast"), ("softnet/threads", "0"), ("softnet/threads", "99999"),
    ("softnet/budget", "0"), ("softnet/dispatch", "x"), ("softnet/nice", "20"),
    ("ip/ttl", "256"), ("ip/forwarding", "x"), ("arp/timeout", "0"), ("udp/recvspace", "-1")])
def test_invalid_write_is_einval_and_changes_nothing(name, bad):
    before = sysfs(name)
    with pytest.raises(OSError) as e:
        sysfs(name, bad)
    assert e.value.errno == 22
    assert sysfs(name) == before


def test_no_mbuf_is_left_behind():
    deadline = time.monotonic() + 30
    while counter("mbuf/inuse") > 600 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert counter("mbuf/inuse") <= 600
