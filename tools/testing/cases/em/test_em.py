# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""em(4): QEMU's model of the 82574, against Linux.

    10.77.3.2 em0 ---- tap3 10.77.3.1 peer
"""
import contextlib
import hashlib
import os
import random
import socket

import pytest
from bsd_socket import bound, bsd_socket
from bsdnet_test import REPO, run, scale, sysfs, wait_for
from bsdnet_test import bsdnet as run_bsdnet
from igmp import ADD_MEMBERSHIP
from tcp_wire import stats
from traffic import flooding

OURS, THEIRS = "10.77.3.2", "10.77.3.1"
PCI = "0000:00:13.0"
DRIVER = "/sys/bus/pci/drivers/bsdnet_em/"

# Sends n bytes made from the seed, and says what came back.
STREAM = """
import hashlib, random, socket
with socket.create_connection((address, port), 60) as s:
    s.sendall(random.Random(seed).randbytes(n))
    s.shutdown(socket.SHUT_WR)
    back = hashlib.sha256()
    while piece := s.recv(65536):
        back.update(piece)
result = back.hexdigest()
"""


def ifconfig(*words):
    return run_bsdnet("ifconfig", "em0", *words)


def ping(*options):
    """At least one of them is answered."""
    run_bsdnet("ping", "-c", "4", "-i", "0.5", *options, THEIRS, timeout=60).check()


def vectors():
    return run_bsdnet("intrctl", "--json", "list", "em0").check().json()


def interrupts():
    """How often each interrupt came, by name."""
    return {v["interrupt"]: sum(v["counts"].values()) for v in vectors()}


def detach():
    """Linux's driver for it is not in every kernel."""
    with open(DRIVER + "unbind", "w", encoding="ascii") as f:
        f.write(PCI)
    assert not os.path.exists("/sys/class/net/em0")


def attach():
    assert run_bsdnet("attach", PCI).check().out.strip() == "em0"
    ifconfig("inet", f"{OURS}/24").check()


def datagrams(peer, size, n=10):
    """Numbered ones from the peer, and back again."""
    code = ("import socket\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "s.settimeout(30)\n"
            "result = 0\n"
            "for i in range(n):\n"
            "    data = bytes([i]) * size\n"
            "    s.sendto(data, (address, 7100))\n"
            "    result += s.recv(65536) == data[::-1]\n")
    with bound(OURS, 7100, timeout=30) as s:
        echo = peer.start_python(code, n=n, size=size, address=OURS)
        for i in range(n):
            data, source = s.recvfrom(65536)
            assert data == bytes([i]) * size
            s.sendto(data, source)
        assert echo.result() == n


def stream(peer, n, port=7200, seed=1):
    """Bytes from the peer, others back: all of them are compared."""
    there, back = random.Random(seed).randbytes(n), random.Random(seed + 1).randbytes(n)
    with bsd_socket(socket.SOCK_STREAM, timeout=60) as listener:
        listener.bind((OURS, port))
        listener.listen(5)
        other = peer.start_python(STREAM, address=OURS, port=port, seed=seed, n=n)
        s, _ = listener.accept()
    with s:
        s.settimeout(60)
        got = bytearray()
        while piece := s.recv(65536):
            got += piece
        assert got == there
        s.sendall(back)
        s.shutdown(socket.SHUT_WR)
        assert other.result() == hashlib.sha256(back).hexdigest()


@contextlib.contextmanager
def mtu(peer, size):
    peer.run("ip", "link", "set", "tap3", "mtu", size).check()
    ifconfig("mtu", size).check()
    try:
        yield
    finally:
        ifconfig("mtu", 1500).check()
        peer.run("ip", "link", "set", "tap3", "mtu", 1500).check()


@pytest.fixture
def flood(peer):
    """To ports that nobody has; as much as the debug kernel can take."""
    with flooding(peer, 0.02, OURS):
        yield


def test_address_speed_and_link():
    shown = run("ethtool", "em0").check().out
    assert "Speed: 1000Mb/s" in shown and "Link detected: yes" in shown
    assert "driver: bsdnet_em" in run("ethtool", "-i", "em0").check().out
    assert "lladdr 52:54:00:77:00:03" in ifconfig().check().out


@pytest.mark.parametrize("size", [0, 18, 1473, 20000])
def test_echoes_of_every_length(size):
    ping("-s", size)


@pytest.mark.parametrize("size", [1, 107, 30000])
def test_datagrams_both_ways(peer, size):
    datagrams(peer, size)


def test_stream_both_ways_cut_by_the_device(peer):
    before = stats("tcp", "hwtso")
    stream(peer, scale(1 << 18, 1 << 25))
    assert stats("tcp", "hwtso") > before


@pytest.mark.parametrize("avoid,kind,names", [
    ("nomsix", "MSI", [""]), ("nomsix,nomsi", "INTx", [""]),
    ("", "MSI-X", ["-rxtx0", "-rxtx1", "-link"])])
def test_traffic_by_every_kind_of_interrupt(peer, avoid, kind, names):
    try:
        sysfs("intr/quirks", f"8086:10d3={avoid}" if avoid else "\n")
        detach()
        attach()
    finally:
        sysfs("intr/quirks", "\n")
    assert {v["kind"] for v in vectors()} == {kind}
    assert set(interrupts()) == {PCI + name for name in names}
    before = sum(interrupts().values())
    datagrams(peer, 2000)
    stream(peer, 1 << 16)
    assert sum(interrupts().values()) > before


def test_both_queues_have_flows(peer):
    before = interrupts()
    for i in range(8):
        stream(peer, 1 << 12, port=7300 + i, seed=i)
    after = interrupts()
    for queue in ("-rxtx0", "-rxtx1"):
        assert after[PCI + queue] > before[PCI + queue]


def test_one_queue_has_all_flows(peer):
    ifconfig("queues", 1).check()
    try:
        assert [v.get("queue") for v in vectors()] == [0, None]
        for i in range(2):
            stream(peer, 1 << 12, port=7400 + i, seed=i)
    finally:
        ifconfig("queues", 2).check()
    datagrams(peer, 100)


def test_rings_of_other_lengths_under_flood(peer, flood):
    for rx, tx in [(64, 128), (512, 64), (256, 256)] * scale(1, 20):
        ifconfig("rxring", rx, "txring", tx).check()
        now = run_bsdnet("ifconfig", "--json", "em0").check().json()[0]["hardware"]
        assert (now["rxring"], now["txring"]) == (rx, tx)
        ping()
    stream(peer, 1 << 16)


@pytest.mark.parametrize("words", [
    ["queues", 3], ["rxring", 100], ["rxring", 8192], ["txring", 32], ["mtu", 9001]])
def test_numbers_that_cannot_be_are_refused(words):
    before = ifconfig().check().out
    assert ifconfig(*words).rc == 1
    assert ifconfig().check().out == before


def test_down_and_up_under_flood(flood):
    for _ in range(scale(3, 100)):
        ifconfig("down").check()
        ifconfig("up").check()
        ping()
    wait_for(lambda: "status: active" in ifconfig().out)


def test_goes_and_comes_under_flood(flood):
    for _ in range(scale(2, 100)):
        detach()
        attach()
        ping()


def test_module_goes_and_comes_under_flood(flood):
    run("rmmod", "bsdnet_em").check()
    run("insmod", f"{REPO}/build/modules/{os.uname().release}/bsdnet_em.ko").check()
    attach()
    # What came meanwhile waits at the peer, and answers behind it.
    ping("-c", "12")
    assert run("rmmod", "bsdnet").rc != 0


def test_device_of_nobody_is_not_taken():
    detach()
    with pytest.raises(OSError), open(DRIVER + "bind", "w", encoding="ascii") as f:
        f.write(PCI)
    assert run_bsdnet("detach", PCI).rc == 1
    attach()
    ping()


def test_jumbo_frames(peer):
    with mtu(peer, 9000):
        ping("-D", "-s", 8972)
        datagrams(peer, 8900)
        stream(peer, 1 << 17)


def received(peer, group, n=100):
    """How many frames come in while the peer sends so many to a group."""
    path = "/sys/class/net/em0/statistics/rx_packets"
    code = ("import socket, time\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))\n"
            "for i in range(n):\n"
            "    s.sendto(b'x', (group, 7500))\n"
            "    time.sleep(0.002)\n"
            "result = 1\n")
    before = read(path)
    peer.python(code, address=THEIRS, group=group, n=n)
    ping()
    return read(path) - before


def read(path):
    with open(path, encoding="ascii") as f:
        return int(f.read())


def test_groups_that_nobody_wants_do_not_come_in(peer):
    assert received(peer, "239.1.2.3") < 50
    with bsd_socket() as s:
        s.setsockopt(socket.IPPROTO_IP, ADD_MEMBERSHIP,
                     socket.inet_aton("239.1.2.3") + socket.inet_aton(OURS))
        assert received(peer, "239.1.2.3") >= 100
        assert received(peer, "239.1.2.4") < 50
        ifconfig("promisc").check()
        assert received(peer, "239.1.2.4") >= 100
        ifconfig("-promisc").check()
    assert received(peer, "239.1.2.3") < 50


def test_other_address(peer):
    ifconfig("lladdr", "52:54:00:77:99:99").check()
    try:
        peer.run("ip", "neigh", "flush", "dev", "tap3").check()
        ping()
        ifconfig("down").check()
        ifconfig("up").check()
        ping()
    finally:
        ifconfig("lladdr", "52:54:00:77:00:03").check()
        peer.run("ip", "neigh", "flush", "dev", "tap3").check()
    ping()
