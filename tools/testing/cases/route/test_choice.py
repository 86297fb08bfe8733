# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Which of several routes, and which source address: multipath, priorities, labels,
route sourceaddr.

    rdomain 0                          rdomains 1 and 2
    pair20 10.90.0.1 ----------------- pair21 10.90.0.2
    pair22 10.91.0.1 ----------------- pair23 10.91.0.2
    vio0 10.77.0.2 ---- 10.77.0.1 peer
"""
import contextlib

import pytest
import rtsock
from bsd_socket import bsd_socket
from bsdnet_test import bsdnet as run_bsdnet
from bsdnet_test import sysfs
from rtsock import ADD, GATEWAY, LABEL, MPATH

NET = "10.200.0.0/16"
WAYS = {"pair20": "10.90.0.2", "pair22": "10.91.0.2"}


def guest(*lines):
    for line in lines:
        run_bsdnet(*line.split()).check()


@pytest.fixture(autouse=True, scope="module")
def two_ways():
    guest("ifconfig pair20 create", "ifconfig pair21 create", "ifconfig pair22 create",
          "ifconfig pair23 create", "ifconfig pair21 rdomain 1", "ifconfig pair23 rdomain 2",
          "ifconfig pair20 patch pair21", "ifconfig pair22 patch pair23",
          "ifconfig pair20 inet 10.90.0.1/24", "ifconfig pair21 inet 10.90.0.2/24",
          "ifconfig pair22 inet 10.91.0.1/24", "ifconfig pair23 inet 10.91.0.2/24")
    yield
    guest(*(f"ifconfig pair{n} destroy" for n in (20, 21, 22, 23)))


@pytest.fixture(autouse=True)
def clean(two_ways):
    yield
    run_bsdnet("route", "flush").check()
    run_bsdnet("route", "sourceaddr", "default").check()


@pytest.fixture
def multipath():
    guest(f"route add {NET} 10.90.0.2 -mpath", f"route add {NET} 10.91.0.2 -mpath")


def sent(name):
    with open(f"/sys/class/net/{name}/statistics/tx_packets", encoding="ascii") as f:
        return int(f.read())


@contextlib.contextmanager
def counted():
    """Packets that each way sent meanwhile, but for a few of ARP."""
    before = {name: sent(name) for name in WAYS}
    ways = {}
    yield ways
    for name in WAYS:
        ways[name] = sent(name) - before[name]


def about(packets):
    return range(packets, packets + 12)


def send_flows(flows, datagrams=1, to="10.200.0.1"):
    for _ in range(flows):
        with bsd_socket() as s:
            s.connect((to, 9))
            for _ in range(datagrams):
                with contextlib.suppress(OSError):
                    s.send(b"x")


def warm_up():
    """Both neighbours are known, so that each datagram is one frame."""
    for gateway in WAYS.values():
        guest(f"ping -c 1 {gateway}")


def test_flows_are_shared_between_the_ways(multipath):
    warm_up()
    with counted() as ways:
        send_flows(200)
    assert sum(ways.values()) in about(200)
    assert min(ways.values()) > 50


def test_a_flow_keeps_its_way(multipath):
    warm_up()
    for _ in range(5):
        with counted() as ways:
            send_flows(1, 20)
        assert min(ways.values()) < 5 and max(ways.values()) in about(20)


def test_shares_are_as_the_weights():
    guest(f"route add {NET} 10.90.0.2 -mpath -weight 7", f"route add {NET} 10.91.0.2 -mpath")
    warm_up()
    with counted() as ways:
        send_flows(400)
    assert 20 < ways["pair22"] < 90
    assert sum(ways.values()) in about(400)


def test_way_without_link_is_left_out_and_comes_back(multipath):
    warm_up()
    guest("ifconfig pair22 down")
    with counted() as ways:
        send_flows(50)
    assert ways["pair20"] in about(50) and not ways["pair22"]
    guest("ifconfig pair22 up")
    warm_up()
    with counted() as ways:
        send_flows(100)
    assert min(ways.values()) > 15


def test_knob_turns_it_off(multipath):
    warm_up()
    sysfs("ip/multipath", 0)
    try:
        with counted() as ways:
            send_flows(50)
    finally:
        sysfs("ip/multipath", 1)
    assert min(ways.values()) < 5 and max(ways.values()) in about(50)


def test_unconnected_datagrams_are_shared_too(multipath):
    warm_up()
    with counted() as ways, bsd_socket() as s:
        for i in range(1, 101):
            s.sendto(b"x", (f"10.200.1.{i}", 9))
    assert sum(ways.values()) in about(100) and min(ways.values()) > 15


def test_forwarded_flows_are_shared(multipath, peer):
    sysfs("ip/forwarding", 1)
    peer.run("ip", "route", "add", NET, "via", "10.77.0.2").check()
    try:
        warm_up()
        peer.run("ping", "-c1", "-W5", "10.77.0.2").check()
        with counted() as ways:
            peer.python("""
import socket, time
for port in range(20000, 20200):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.77.0.1", port))
    s.sendto(b"x", ("10.200.0.1", 9))
    s.close()
    time.sleep(0.01)
time.sleep(1)
result = 1
""")
    finally:
        sysfs("ip/forwarding", 0)
        peer.run("ip", "route", "del", NET, "via", "10.77.0.2").check()
    assert sum(ways.values()) >= 190
    assert min(ways.values()) > 50


def test_ways_of_one_prefix_must_all_be_multipath():
    guest(f"route add {NET} 10.90.0.2")
    done = run_bsdnet("route", "add", NET, "10.91.0.2", "-mpath")
    assert done.rc == 1 and "there already" in done.err


def test_one_way_is_deleted_by_its_gateway(multipath, bsdnet):
    guest(f"route delete {NET} 10.90.0.2")
    assert "10.91.0.2" in bsdnet("route", "-n", "get", "10.200.0.1").check().out
    assert bsdnet("route", "delete", NET, "10.90.0.2").rc == 1


def test_one_way_is_changed_by_its_gateway(multipath, bsdnet):
    guest(f"route change {NET} 10.91.0.2 -mpath -weight 9")
    ways = [r for r in bsdnet("netstat", "-r", "--json").check().json()
            if r["destination"] == NET]
    assert sorted((r["gateway"], r["weight"]) for r in ways) == [
        ("10.90.0.2", 1), ("10.91.0.2", 9)]


def test_worse_priority_takes_over_when_the_link_goes(bsdnet):
    guest(f"route add {NET} 10.90.0.2", f"route add {NET} 10.91.0.2 -priority 20")
    assert "10.90.0.2" in bsdnet("route", "-n", "get", "10.200.0.1").check().out
    guest("ifconfig pair20 down")
    assert "10.91.0.2" in bsdnet("route", "-n", "get", "10.200.0.1").check().out
    guest("ifconfig pair20 up")
    assert "10.90.0.2" in bsdnet("route", "-n", "get", "10.200.0.1").check().out


def test_label_is_kept_shown_and_told(bsdnet):
    with rtsock.RouteSocket() as s:
        guest(f"route add {NET} 10.90.0.2 -label upstream")
        assert s.wait(ADD).addr[LABEL] == "upstream"
    assert "label: upstream" in bsdnet("route", "-n", "get", "10.200.0.1").check().out
    guest(f"route change {NET} 10.91.0.2")
    got = bsdnet("route", "get", "10.200.0.1", "--json").check().json()
    assert (got["label"], got["gateway"]) == ("upstream", "10.91.0.2")
    guest(f"route change {NET} 10.91.0.2 -label other")
    assert rtsock.request(rtsock.GET, NET).addr[LABEL] == "other"


def test_label_by_routing_socket():
    label = rtsock.sockaddr_label("by-daemon")
    with rtsock.RouteSocket() as s:
        s.send(rtsock.message(ADD, {rtsock.DST: "10.200.0.0", GATEWAY: "10.90.0.2",
                                    rtsock.NETMASK: "255.255.0.0", LABEL: label},
                              flags=MPATH, weight=3))
        got = s.wait(ADD)
    assert (got.addr[LABEL], got.weight, got.flags & MPATH) == ("by-daemon", 3, MPATH)
    with rtsock.RouteSocket() as s, pytest.raises(OSError):
        s.send(rtsock.message(ADD, {rtsock.DST: "10.201.0.0", GATEWAY: "10.90.0.2",
                                    LABEL: b"\x12\0" + b"x" * 16}))


def source(to):
    with bsd_socket() as s:
        s.connect((to, 9))
        return s.getsockname()[0]


def test_source_address_of_what_leaves_by_a_gateway(bsdnet):
    guest(f"route add {NET} 10.90.0.2")
    assert source("10.200.0.1") == "10.90.0.1"
    guest("route sourceaddr 10.77.0.2")
    assert source("10.200.0.1") == "10.77.0.2"
    assert source("10.90.0.2") == "10.90.0.1"
    assert "IPv4: 10.77.0.2" in bsdnet("route", "sourceaddr").check().out
    guest("route sourceaddr -ifp pair22")
    assert source("10.200.0.1") == "10.91.0.1"
    guest("ifconfig pair22 down")
    assert source("10.200.0.1") == "10.90.0.1"
    guest("ifconfig pair22 up", "route sourceaddr default")
    assert source("10.200.0.1") == "10.90.0.1"


@pytest.mark.parametrize("args", [["192.0.2.1"], ["-ifp", "no0"], ["10.77.0.2", "x"], ["-ifp"],
                                  ["10.91.0.2"]])
def test_bad_source_address_is_one_line(bsdnet, args):
    done = bsdnet("route", "sourceaddr", *args)
    assert done.rc == 1 and done.err.count("\n") == 1
    assert "default" in bsdnet("route", "sourceaddr").check().out


def test_no_route_into_another_domain(bsdnet):
    done = bsdnet("route", "-T", "1", "add", NET, "-ifp", "vio0")
    assert done.rc == 1
    assert bsdnet("route", "-T", "1", "-n", "get", "10.200.0.1").rc == 1


@pytest.mark.parametrize("args", [["-weight", "0"], ["-weight", "256"], ["-label", "x" * 32]])
def test_bad_modifier_is_one_line(bsdnet, args):
    done = bsdnet("route", "add", NET, "10.90.0.2", *args)
    assert done.rc == 1 and done.err.count("\n") == 1
    assert bsdnet("route", "-n", "get", "10.200.0.1").rc == 1
