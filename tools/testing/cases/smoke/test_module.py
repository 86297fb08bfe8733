# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The modules are loaded and carry packets, with every kernel.

    socket 10.77.0.2 ---- vio0 ---- tap0 10.77.0.1 peer
"""
import os

import pytest
from bsd_socket import bound, couple
from bsdnet_test import run, sysfs


def test_core_module_is_loaded():
    assert os.path.isdir("/sys/module/bsdnet")


def test_core_module_taints_nothing_but_out_of_tree_and_unsigned():
    with open("/sys/module/bsdnet/taint", encoding="ascii") as f:
        assert set(f.read().strip()) <= set("OE")


def test_loopback_carries_a_datagram():
    a, b = couple()
    a.send(b"smoke")
    assert b.recv(10) == b"smoke"


def test_ping_both_ways(peer, bsdnet):
    bsdnet("ping", "-c2", "10.77.0.1").check()
    assert peer.run("ping", "-c2", "-W5", "10.77.0.2").rc == 0


def test_datagrams_both_ways_by_the_nic(peer):
    s = bound("10.77.0.2", 9400, timeout=20)
    going = peer.start_python("""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(20)
s.sendto(b"there" * 200, ("10.77.0.2", 9400))
result = s.recv(2000).decode()
""")
    data, source = s.recvfrom(2000)
    assert data == b"there" * 200
    s.sendto(data, source)
    assert going.result() == "there" * 200


@pytest.mark.parametrize("mode", ["giant", "udp", "shared"])
def test_ladder_modes(mode):
    sysfs("netlock/mode", mode)
    try:
        a, b = couple()
        a.send(b"x")
        assert b.recv(10) == b"x"
    finally:
        sysfs("netlock/mode", "shared")


def test_nic_goes_back_and_comes_again(bsdnet):
    device = os.path.basename(os.path.realpath("/sys/class/net/vio0/device"))
    bsdnet("detach", "vio0").check()
    assert not os.path.exists("/sys/class/net/vio0")
    assert bsdnet("attach", device).check().out.strip() == "vio0"
    bsdnet("ifconfig", "vio0", "inet", "10.77.0.2/24").check()
    bsdnet("ping", "-c1", "10.77.0.1").check()


def test_unprivileged_may_only_use_it(bsdnet):
    nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    path = bsdnet("--help").argv[0]
    assert run(*nobody, path, "netstat", "-i").rc == 0
    assert run(*nobody, path, "ifconfig", "vio0", "down").rc == 1
