# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Multicasts forwarded as a program says. RFC 1112, RFC 1812 5.2.1.3, RFC 5771 4

    topology: lib/mcast_net.py, pair41, pair42 and pair44 are vifs 0, 1 and 2
"""
import array
import errno
import fcntl
import socket
import struct
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import bsdnet as run_bsdnet
from mcast_net import GROUP, SENDER, far, forwarded, guest, member, near, networks, send

LOCAL = "224.0.0.66"
INIT, DONE, ADD_VIF, DEL_VIF, ADD_MFC, DEL_MFC, VERSION, ASSERT = range(200, 208)
VIFCNT, SGCNT = 0x89e0, 0x89e1
NOCACHE, WRONGVIF = 1, 2
USE_IFINDEX = 8


def count(name):
    shown = run_bsdnet("netstat", "-s", "-p", "mroute", "--json").check()
    return shown.json()["mroute"][name]


def dropped(name):
    return run_bsdnet("netstat", "-s", "-p", "ip", "--json").check().json()["ip"][name]


@pytest.fixture(autouse=True, scope="module")
def router_networks():
    with networks():
        yield


class Router:
    """A program that routes multicasts."""

    def __init__(self, vifs=("pair41", "pair42", "pair44")):
        self.sock = bsd_socket(socket.SOCK_RAW, socket.IPPROTO_IGMP)
        self.set(INIT, struct.pack("=i", 1))
        for n, name in enumerate(vifs):
            self.set(ADD_VIF, vif(n, name))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def set(self, opt, value):
        self.sock.setsockopt(socket.IPPROTO_IP, opt, value)

    def message(self):
        """(type, vif, origin, group) of the next message of the kernel."""
        while True:
            data = self.sock.recv(1000)
            if data[9] == 0:
                return (data[8], data[10], socket.inet_ntoa(data[12:16]),
                        socket.inet_ntoa(data[16:20]))

    def counts(self, request, size, data):
        buf = array.array("B", data + bytes(size - len(data)))
        fcntl.ioctl(self.sock, request, buf)
        return buf.tobytes()


def vif(n, name=None, address=None):
    where = socket.inet_aton(address) if address else struct.pack("=i", socket.if_nametoindex(name))
    return struct.pack("=HBBI4s4x", n, 0 if address else USE_IFINDEX, 1, 0, where)


def mfc(parent=0, group=GROUP, origin=SENDER, **ttls):
    """ttls: v1=4 is 4 for vif 1."""
    values = bytearray(32)
    for name, ttl in ttls.items():
        values[int(name[1:])] = ttl
    return struct.pack("=4s4sH32s18x", socket.inet_aton(origin), socket.inet_aton(group), parent,
                       bytes(values))


def test_program_is_told_and_what_waited_goes_on():
    with Router() as router, near() as a, far() as b:
        before = dropped("notforus")
        send(b"first")
        assert router.message() == (NOCACHE, 0, SENDER, GROUP)
        router.set(ADD_MFC, mfc(v1=1))
        send(b"second")
        assert forwarded(a, 2) == [(b"first", 7), (b"second", 7)]
        assert forwarded(b, 0) == []
        assert dropped("notforus") == before


def test_copies_go_where_the_ttl_is_above_the_threshold():
    with Router() as router, near() as a, far() as b:
        router.set(ADD_MFC, mfc(v1=1, v2=8))
        send(b"eight", ttl=8)
        send(b"nine", ttl=9)
        assert forwarded(a, 2) == [(b"eight", 7), (b"nine", 8)]
        assert forwarded(b, 1) == [(b"nine", 8)]


def test_last_hop_stays():
    with Router() as router, near() as a:
        router.set(ADD_MFC, mfc(v1=1))
        send(b"one", ttl=1)
        send(b"two", ttl=2)
        assert forwarded(a, 1) == [(b"two", 1)]


def test_group_of_the_link_is_not_forwarded():
    with Router() as router, member(62, "10.41.0.2", LOCAL) as a:
        router.set(ADD_MFC, mfc(group=LOCAL, v1=1))
        send(b"x", group=LOCAL)
        assert forwarded(a, 0) == []


def test_packet_by_another_interface_is_not_forwarded():
    with Router() as router, near() as a:
        router.set(ASSERT, struct.pack("=i", 1))
        router.set(ADD_MFC, mfc(parent=2, v0=1, v1=1))
        before = count("wrongif")
        send(b"x")
        send(b"y")
        assert router.message() == (WRONGVIF, 0, SENDER, GROUP)
        assert forwarded(a, 0) == []
        assert count("wrongif") == before + 2


def test_long_packet_goes_in_pieces_or_not_at_all():
    guest("ifconfig pair42 mtu 600", "ifconfig pair40 mtu 1500")
    with Router() as router, near() as a:
        router.set(ADD_MFC, mfc(v1=1))
        before = count("cantfrag")
        send(bytes(1200))
        send(b"d" * 1200, df=True)
        assert forwarded(a, 1) == [(bytes(1200), 7)]
        assert count("cantfrag") == before + 1
    guest("ifconfig pair42 mtu 1500")


def test_reports_of_hosts_reach_the_program():
    with Router() as router:
        with near():
            for _ in range(20):
                data = router.sock.recv(1000)
                if data[9] == 2 and data[24] == 0x22 and data[12:16] == socket.inet_aton(
                        "10.41.0.2"):
                    break
            else:
                pytest.fail("no report")


def test_counts(bsdnet):
    with Router() as router, near() as a:
        router.set(ADD_MFC, mfc(v1=1))
        for _ in range(3):
            send(bytes(100))
        assert len(forwarded(a, 3)) == 3
        key = socket.inet_aton(SENDER) + socket.inet_aton(GROUP)
        assert struct.unpack_from("=3Q", router.counts(SGCNT, 32, key), 8) == (3, 3 * 128, 0)
        assert struct.unpack_from("=4Q", router.counts(VIFCNT, 40, struct.pack("=H", 0)), 8)[:3:2] \
            == (3, 3 * 128)
        assert struct.unpack_from("=4Q", router.counts(VIFCNT, 40, struct.pack("=H", 1)), 8)[1::2] \
            == (3, 3 * 128)
        assert bsdnet("netstat", "-g", "--json").check().json()["cache"] == [{
            "origin": SENDER, "group": GROUP, "packets": 3, "bytes": 384, "wrongif": 0,
            "in": "pair41", "out": {"pair42": 1}}]
        shown = bsdnet("netstat", "-gn").check().out.splitlines()[-1].split()
        assert shown == [SENDER, GROUP, "3", "0", "pair41", "pair42:1"]
        router.set(DEL_MFC, mfc())
        assert bsdnet("netstat", "-g", "--json").check().json()["cache"] == []


def test_what_waits_is_bounded():
    with Router() as router:
        before = {name: count(name) for name in ("pendlimit", "queuelimit")}
        for i in range(20):
            send(b"x", group=f"239.4.5.{i}")
        for i in range(6):
            send(b"x", group="239.4.5.0")
        told = {router.message()[3] for _ in range(10)}
        assert told == {f"239.4.5.{i}" for i in range(10)}
        assert count("pendlimit") == before["pendlimit"] + 10
        assert count("queuelimit") == before["queuelimit"] + 3


def test_what_nobody_answers_expires():
    with Router() as router:
        before = count("expired")
        send(b"x")
        assert router.message()[0] == NOCACHE
        deadline = time.monotonic() + 20
        while count("expired") == before:
            assert time.monotonic() < deadline
            time.sleep(1)


def test_end_of_the_program_ends_it():
    with near() as a:
        for _ in range(3):
            with Router() as router:
                router.set(ADD_MFC, mfc(v1=1))
        send(b"x")
        assert forwarded(a, 0) == []
    with Router() as router, near() as a:
        router.set(ADD_MFC, mfc(v1=1))
        router.set(DONE, b"")
        send(b"x")
        assert forwarded(a, 0) == []
        router.set(INIT, struct.pack("=i", 1))


def test_interface_that_goes_takes_no_part():
    guest("ifconfig pair46 create")
    with Router(("pair41", "pair46")) as router:
        guest("ifconfig pair46 destroy")
        with pytest.raises(OSError) as e:
            router.counts(VIFCNT, 40, struct.pack("=H", 1))
        assert e.value.errno == errno.EADDRNOTAVAIL


def test_interface_hears_all_groups_as_long_as_it_takes_part(bsdnet):
    def allmulti():
        return "ALLMULTI" in bsdnet("ifconfig", "pair41").check().out
    with Router():
        assert allmulti()
    time.sleep(0.5)
    assert not allmulti()


@pytest.mark.parametrize("opt,value,error", [
    (INIT, b"abc", errno.EINVAL), (INIT, bytes(4), errno.EADDRINUSE),
    (ADD_VIF, ("vif", 0, "pair41"), errno.EADDRINUSE),
    (ADD_VIF, ("vif", 32, "pair41"), errno.ENFILE),
    (ADD_VIF, ("vif", 5, "pair40"), errno.EADDRNOTAVAIL),
    (ADD_VIF, ("vif", 5, None, "192.0.2.1"), errno.EADDRNOTAVAIL),
    (ADD_VIF, struct.pack("=HBBI4s4x", 5, 4, 1, 0, bytes(4)), errno.EINVAL),
    (DEL_VIF, ("vif", 9, "pair41"), errno.EADDRNOTAVAIL),
    (ADD_MFC, mfc(parent=32), errno.ENFILE), (ADD_MFC, mfc(group="10.1.1.1"), errno.EINVAL),
    (ADD_MFC, mfc()[:-1], errno.EINVAL), (DEL_MFC, mfc(), errno.ENOENT),
    (209, bytes(4), errno.ENOPROTOOPT)])
def test_bad_request_is_refused(opt, value, error):
    value = vif(*value[1:]) if isinstance(value, tuple) else value
    with Router() as router, pytest.raises(OSError) as e:
        router.set(opt, value)
    assert e.value.errno == error


def test_who_is_not_the_router_is_refused():
    with bsd_socket(socket.SOCK_RAW, socket.IPPROTO_IGMP) as s:
        with pytest.raises(OSError) as e:
            s.setsockopt(socket.IPPROTO_IP, ADD_MFC, mfc())
        assert e.value.errno == errno.EACCES
    with bsd_socket(socket.SOCK_RAW, socket.IPPROTO_ICMP) as s, pytest.raises(OSError) as e:
        s.setsockopt(socket.IPPROTO_IP, INIT, struct.pack("=i", 1))
    assert e.value.errno == errno.EOPNOTSUPP


def test_vif_by_address():
    with Router(()) as router, near() as a:
        router.set(ADD_VIF, vif(0, address="10.40.0.2"))
        router.set(ADD_VIF, vif(1, address="10.41.0.1"))
        assert router.sock.getsockopt(socket.IPPROTO_IP, VERSION) == 0x0305
        router.set(ADD_MFC, mfc(v1=1))
        send(b"x")
        assert forwarded(a, 1) == [(b"x", 7)]
