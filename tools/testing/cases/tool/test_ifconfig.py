# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The tools: what they show, what they refuse, and that nothing is half done.

    pair0 ---- pair1 in rdomain 1
"""
import errno
import fcntl
import re
import socket
import struct

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import run, sysfs

BSIOCSIFLLPRIO = 1 << 30 | 144 << 16 | ord("i") << 8 | 38


@pytest.fixture(autouse=True)
def pair(bsdnet):
    for name in ("pair0", "pair1"):
        bsdnet("ifconfig", name, "create").check()
    yield
    for name in ("pair0", "pair1"):
        bsdnet("ifconfig", name, "destroy").check()


def show(bsdnet, name):
    return bsdnet("ifconfig", name, "--json").check().json()[0]


def test_address_with_prefix_and_with_netmask(bsdnet):
    bsdnet("ifconfig", "pair0", "inet", "192.0.2.1/24").check()
    bsdnet("ifconfig", "pair0", "inet", "198.51.100.1", "netmask", "255.255.255.128",
           "alias").check()
    addrs = {a["address"]: a for a in show(bsdnet, "pair0")["addresses"]}
    assert addrs["192.0.2.1"]["prefixlen"] == 24
    assert addrs["192.0.2.1"]["broadcast"] == "192.0.2.255"
    assert addrs["198.51.100.1"]["broadcast"] == "198.51.100.127"


def test_same_address_again_is_no_error_another_mask_is(bsdnet):
    for _ in range(2):
        bsdnet("ifconfig", "pair0", "inet", "192.0.2.1/24").check()
    before = show(bsdnet, "pair0")
    done = bsdnet("ifconfig", "pair0", "inet", "192.0.2.1/25")
    assert done.rc == 1 and "exists" in done.err
    assert show(bsdnet, "pair0") == before and len(before["addresses"]) == 1


def test_vether_has_a_link_without_a_wire(bsdnet):
    bsdnet("ifconfig", "vether0", "create").check()
    try:
        bsdnet("ifconfig", "vether0", "inet", "198.51.100.1/24").check()
        assert show(bsdnet, "vether0")["status"] == "active"
        bsdnet("ping", "-c", "1", "198.51.100.1").check()
        assert bsdnet("ping", "-c", "1", "-w", "2", "198.51.100.9").rc == 1
        with open("/sys/class/net/vether0/statistics/tx_packets", encoding="ascii") as f:
            assert int(f.read()) > 0
        with open("/sys/class/net/vether0/statistics/rx_packets", encoding="ascii") as f:
            assert int(f.read()) == 0
    finally:
        bsdnet("ifconfig", "vether0", "destroy").check()


def test_31_bit_prefix_has_no_broadcast(bsdnet):
    bsdnet("ifconfig", "pair0", "inet", "192.0.2.0/31").check()
    assert "broadcast" not in show(bsdnet, "pair0")["addresses"][0]


def test_deleted_address_takes_its_routes_along(bsdnet):
    bsdnet("ifconfig", "pair0", "inet", "192.0.2.1/24").check()
    bsdnet("ifconfig", "pair0", "inet", "192.0.2.1", "delete").check()
    out = bsdnet("netstat", "-rn", "--json").check().json()
    assert not [r for r in out if r["destination"].startswith("192.0.2")]


@pytest.mark.parametrize("args", [
    ["mtu", "67"], ["mtu", "x"], ["mtu"], ["rdomain", "256"], ["lladdr", "01:00:5e:00:00:01"],
    ["lladdr", "zz"], ["inet", "300.1.1.1/24"], ["inet", "224.0.0.1/24"], ["inet", "192.0.2.1/33"],
    ["nonsense"], ["group", ""], ["patch", "pair7"], ["192.0.2.1", "netmask", "255.0.255.0"],
    ["up", "nonsense"],
], ids=" ".join)
def test_wrong_input_is_one_line_and_changes_nothing(bsdnet, args):
    before = show(bsdnet, "pair0")
    done = bsdnet("ifconfig", "pair0", *args)
    assert done.rc == 1 and done.err.count("\n") == 1 and not done.out
    assert show(bsdnet, "pair0") == before


@pytest.mark.parametrize("args", [
    ["route", "add", "192.0.2.0/24", "203.0.113.1"], ["route", "add", "x", "127.0.0.1"],
    ["route", "delete", "192.0.2.0/24"], ["route", "get", "192.0.2.1"], ["route", "frob"],
    ["ifconfig", "nosuch0"], ["ifconfig", "frob0", "create"], ["attach", "nosuch"],
    ["detach", "lo0"], ["arp", "-s", "127.0.0.1", "02:00:00:00:00:01"],
    ["sysctl", "net.inet.ip.nosuch"], ["sysctl", "net.inet.ip.ttl=0"],
    ["sysctl", "net.inet.ip.ttl=256"], ["netstat", "-p", "nosuch"], ["nosuchapplet"],
], ids=" ".join)
def test_refusal_is_one_line(bsdnet, args):
    done = bsdnet(*args)
    assert done.rc == 1 and done.err.count("\n") == 1 and not done.out


@pytest.mark.parametrize("applet", ["ifconfig", "route", "netstat", "arp", "ping", "attach",
                                    "detach", "sysctl", "run", "udpbench", "netstart", "doctor",
                                    "tcpdrop", "tcpbench", "nc"])
def test_help(bsdnet, applet):
    assert bsdnet(applet, "--help").check().out.startswith("usage: " + applet)


def test_sysctl_maps_bsd_names(bsdnet):
    bsdnet("sysctl", "net.inet.ip.ttl=77").check()
    assert sysfs("ip/ttl") == "77"
    assert bsdnet("sysctl", "-n", "net.inet.ip.ttl").check().out == "77\n"
    sysfs("ip/ttl", 64)


def test_link_of_iproute2_sees_up_mtu_and_index(bsdnet):
    bsdnet("ifconfig", "pair0", "mtu", "1400", "up").check()
    out = run("ip", "-o", "link", "show", "pair0").check().out
    assert "mtu 1400" in out and "UP" in out
    assert out.startswith(str(show(bsdnet, "pair0")["index"]) + ":")
    run("ip", "link", "set", "pair0", "down").check()
    assert "UP" not in show(bsdnet, "pair0")["flags"].split(",")


def test_linux_gives_the_face_no_address():
    assert run("ip", "addr", "add", "192.0.2.9/24", "dev", "pair0").rc != 0


def test_ping_through_a_pair_into_another_domain(bsdnet):
    bsdnet("ifconfig", "pair1", "rdomain", "1").check()
    bsdnet("ifconfig", "pair0", "patch", "pair1").check()
    bsdnet("ifconfig", "pair0", "inet", "192.0.2.1/24").check()
    bsdnet("ifconfig", "pair1", "inet", "192.0.2.2/24").check()
    assert "2 packets received" in bsdnet("ping", "-n", "-c", "2", "-i", "0.2",
                                          "192.0.2.2").check().out
    assert "2 packets received" in bsdnet("ping", "-n", "-V", "1", "-c", "2", "-i", "0.2",
                                          "192.0.2.1").check().out


def test_create_without_a_number_tells_the_name_and_goes_on(bsdnet):
    name = bsdnet("ifconfig", "pair", "create", "description", "--help").check().out.strip()
    try:
        assert name.startswith("pair") and name[4:].isdigit()
        assert "--help" in bsdnet("ifconfig", name).check().out
    finally:
        bsdnet("ifconfig", name, "destroy").check()


def test_mtu_of_a_route_changes_without_a_gateway(bsdnet):
    bsdnet("route", "add", "198.51.100.0/24", "127.0.0.1").check()
    try:
        bsdnet("route", "change", "198.51.100.0/24", "-mtu", "900").check()
        assert bsdnet("route", "get", "198.51.100.1", "--json").check().json()["mtu"] == 900
    finally:
        bsdnet("route", "delete", "198.51.100.0/24").check()


def test_priority_of_the_link_layer_is_shown_if_it_is_not_the_default(bsdnet):
    def shown():
        found = re.search(r"llprio (\d)", bsdnet("ifconfig", "pair0").check().out)
        assert show(bsdnet, "pair0").get("llprio") == (int(found[1]) if found else None)
        return found and found[1]
    assert not shown()
    for priority in "0", "7":
        bsdnet("ifconfig", "pair0", "llprio", priority).check()
        assert shown() == priority
    for wrong in "8", "-1", "high":
        done = bsdnet("ifconfig", "pair0", "llprio", wrong)
        assert done.rc == 1 and done.err.count("\n") == 1
    with bsd_socket() as s, pytest.raises(OSError) as e:
        fcntl.ioctl(s, BSIOCSIFLLPRIO, struct.pack("=16sI124x", b"pair0", 8))
    assert e.value.errno == errno.EINVAL and shown() == "7"
    bsdnet("ifconfig", "pair0", "llprio", "3").check()
    assert not shown()


def test_json_is_json_and_nothing_else(bsdnet):
    old = bsdnet("sysctl", "-n", "net.inet.ip.ttl").check().out.strip()
    told = bsdnet("sysctl", "net.inet.ip.ttl=77", "--json").check().json()
    bsdnet("sysctl", f"net.inet.ip.ttl={old}").check()
    assert told == {"net.inet.ip.ttl": "77"}
    assert "inuse" in bsdnet("netstat", "-m", "--json").check().json()["mbuf"]


def test_connected_raw_socket_is_listed(bsdnet):
    s = bsd_socket(socket.SOCK_RAW, socket.IPPROTO_ICMP)
    s.connect(("127.0.0.9", 0))
    assert "127.0.0.9" in bsdnet("netstat", "-n").check().out


def test_run_in_another_table(bsdnet):
    bsdnet("ifconfig", "pair1", "rdomain", "5").check()
    bsdnet("ifconfig", "pair1", "inet", "10.9.5.1/24").check()
    bsdnet("ping", "-V", "5", "-c1", "10.9.5.1").check()
    assert bsdnet("ping", "-c1", "-w2", "10.9.5.1").rc != 0
    sends = "import socket; socket.socket(type=2).sendto(b'x', ('10.9.5.1', 9))"
    bsdnet("run", "-T", "5", "/usr/bin/python3", "-c", sends).check()
    assert bsdnet("run", "/usr/bin/python3", "-c", sends).rc != 0
