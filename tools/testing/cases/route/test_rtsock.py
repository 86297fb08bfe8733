# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Routing sockets: what they are told, what they may ask for, and how it is refused.

    routing socket ---- tables 0 and 1, vio0 10.77.0.2, pair20
"""
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import socket
import struct
import subprocess
import time

import pytest
import rtsock
from bsdnet_test import REPO, counter, run
from rtsock import (ADD, BLACKHOLE, CHANGE, DELADDR, DELETE, DESYNC, DONE, DST, F_GATEWAY, GATEWAY,
                    GET, IFANNOUNCE, IFINFO, IFP, LLINFO, LOCAL, MISS, NETMASK,
                    NEWADDR, PROPOSAL, REJECT, RESOLVE, STATIC, UP, RouteSocket,
                    message, route)

PEER = "10.77.0.1"
NET = "10.200.0.0/16"


@pytest.fixture(autouse=True)
def clean(bsdnet):
    yield
    for table in (0, 9):
        run(REPO + "/build/tools/bsdnet", "route", "-T", table, "flush")


def calm(**options):
    """A socket that is not told of neighbours, which come and go by themselves."""
    return RouteSocket(flagfilter=LLINFO, **options)


def refused(data, error):
    with RouteSocket() as s:
        with pytest.raises(OSError) as e:
            s.send(data)
        assert e.value.errno == error
        return s.message()


def test_added_route_is_told_to_all_and_used(bsdnet):
    with RouteSocket() as listener, RouteSocket() as s:
        s.send(route(ADD, "10.200.0.0/16", PEER, seq=77, flags=STATIC, mtu=1400))
        for got in (listener.wait(ADD), s.wait(ADD)):
            assert got.prefix == ("10.200.0.0", "255.255.0.0")
            assert got.addr[GATEWAY] == PEER
            assert got.addr[IFP][0] == "vio0"
            assert (got.pid, got.seq, got.errno, got.mtu) == (os.getpid(), 77, 0, 1400)
            assert got.flags & (UP | F_GATEWAY | DONE | STATIC) == UP | F_GATEWAY | DONE | STATIC
    assert PEER in bsdnet("route", "-n", "get", "10.200.3.4").check().out


def test_get_answers_its_asker_alone():
    with calm() as listener, RouteSocket() as s:
        s.send(message(GET, {DST: "10.77.0.2"}, seq=5))
        got = s.wait(GET)
        assert got.flags & LOCAL and got.seq == 5 and got.addr[IFP][0] == "vio0"
        assert listener.quiet()


def test_get_with_mask_finds_that_prefix_only():
    rtsock.request(ADD, "10.200.0.0/16", PEER)
    assert rtsock.request(GET, "10.200.0.0/16").prefix == ("10.200.0.0", "255.255.0.0")
    refused(route(GET, "10.200.1.0/24"), errno.ESRCH)


def test_change_and_delete():
    rtsock.request(ADD, "10.200.0.0/16", PEER, flags=STATIC)
    got = rtsock.request(CHANGE, "10.200.0.0/16", inits=rtsock.RTV_MTU, mtu=900)
    assert (got.mtu, got.addr[GATEWAY]) == (900, PEER)
    assert got.flags & STATIC
    got = rtsock.request(CHANGE, "10.200.0.0/16", flags=REJECT, fmask=REJECT | STATIC)
    assert got.flags & (REJECT | STATIC) == REJECT and got.mtu == 900
    rtsock.request(DELETE, "10.200.0.0/16")
    refused(route(DELETE, "10.200.0.0/16"), errno.ESRCH)


def test_neighbours_are_not_changed_as_routes(bsdnet):
    bsdnet("ping", "-c", "1", PEER).check()
    refused(message(CHANGE, {DST: PEER}, inits=rtsock.RTV_MTU, mtu=1000), errno.ESRCH)
    refused(message(CHANGE, {DST: PEER}, inits=rtsock.RTV_MTU, mtu=1000, priority=4), errno.ESRCH)
    bsdnet("ping", "-c", "1", PEER).check()


def test_new_table_comes_with_its_first_route(bsdnet):
    rtsock.request(ADD, "10.200.0.0/16", PEER, table=9)
    assert PEER in bsdnet("route", "-n", "-T", "9", "get", "10.200.0.1").check().out
    assert bsdnet("route", "-n", "get", "10.200.0.1").rc != 0


HOST = "10.200.0.1"
LONG = struct.pack("=BB", 255, socket.AF_INET) + bytes(22)
IPV6 = struct.pack("=BB14x", 16, socket.AF_INET6)


BAD = {
    "no message": (b"x" * 24, errno.EINVAL),
    "longer than written": (route(ADD, NET, PEER, msglen=2000), errno.EINVAL),
    "header too short": (route(ADD, NET, PEER, hdrlen=8), errno.EINVAL),
    "header too long": (route(ADD, NET, PEER, hdrlen=800), errno.EINVAL),
    "addresses missing": (route(ADD, NET, PEER, addrs=0xff), errno.EINVAL),
    "unknown address": (route(ADD, NET, PEER, addrs=DST | GATEWAY | 0x8000), errno.EINVAL),
    "version": (route(ADD, NET, PEER, version=9), errno.EPROTONOSUPPORT),
    "type": (route(99, NET, PEER), errno.EOPNOTSUPP),
    "type of the stack's": (route(IFINFO, NET, PEER), errno.EOPNOTSUPP),
    "table too large": (route(ADD, NET, PEER, table=256), errno.EINVAL),
    "no such table": (route(DELETE, NET, PEER, table=255), errno.ENXIO),
    "mtu": (route(ADD, NET, PEER, mtu=70000), errno.EINVAL),
    "metric": (route(ADD, NET, PEER, inits=0x80), errno.EINVAL),
    "no such interface": (route(ADD, NET, PEER, index=9999), errno.ENXIO),
    "gateway not reachable": (route(ADD, NET, "192.0.2.1"), errno.ENETUNREACH),
    "no gateway": (route(ADD, NET), errno.ENETUNREACH),
    "no destination": (message(ADD, {GATEWAY: PEER}), errno.EINVAL),
    "address too long": (message(ADD, {DST: LONG, GATEWAY: PEER}), errno.EINVAL),
    "family": (message(ADD, {DST: IPV6, GATEWAY: PEER}), errno.EAFNOSUPPORT),
    "mask with holes": (message(ADD, {DST: HOST, NETMASK: "255.0.255.0", GATEWAY: PEER}),
                        errno.EINVAL),
    "no such name": (message(ADD, {DST: HOST, IFP: rtsock.sockaddr_dl("no0")}), errno.ENXIO),
    "not our address": (message(ADD, {DST: HOST, GATEWAY: PEER, rtsock.IFA: "192.0.2.9"}),
                        errno.EADDRNOTAVAIL),
}


@pytest.mark.parametrize("data,error", BAD.values(), ids=BAD)
def test_bad_message_is_refused(data, error):
    with RouteSocket() as s, pytest.raises(OSError) as e:
        s.send(data)
    assert e.value.errno == error
    with RouteSocket() as s:
        s.send(message(GET, {DST: PEER}))
        assert s.wait(GET).addr[IFP][0] == "vio0"


def test_refused_request_comes_back_with_its_errno():
    rtsock.request(ADD, "10.200.0.0/16", PEER)
    got = refused(route(ADD, "10.200.0.0/16", PEER, seq=9), errno.EEXIST)
    assert (got.type, got.errno, got.seq, got.pid) == (ADD, errno.EEXIST, 9, os.getpid())
    assert not got.flags & DONE


def test_write_of_many_stops_at_the_first_bad_one():
    good = [route(ADD, f"10.200.{i}.0/24", PEER, seq=i) for i in range(5)]
    bad = route(ADD, "10.200.9.0/24", "192.0.2.1")
    with RouteSocket() as s:
        done = s.send(b"".join(good[:3]) + bad + b"".join(good[3:]))
        assert done == sum(len(m) for m in good[:3])
        with pytest.raises(OSError) as e:
            s.send(bad)
        assert e.value.errno == errno.ENETUNREACH
        assert s.send(b"".join(good[3:])) == len(good[3]) + len(good[4])
        assert [s.wait(ADD, errno=0).seq for _ in range(5)] == [0, 1, 2, 3, 4]


@contextlib.contextmanager
def nobody():
    pid = os.fork()
    if pid:
        yield None
        assert os.waitpid(pid, 0)[1] == 0
        return
    try:
        os.setgroups([])
        os.setresuid(65534, 65534, 65534)
        yield True
        os._exit(0)
    except BaseException:  # noqa: B902
        os._exit(1)


def test_user_may_look_but_not_change():
    with nobody() as child:
        if child:
            with RouteSocket() as s:
                s.send(message(GET, {DST: PEER}))
                assert s.wait(GET).addr[IFP][0] == "vio0"
                for kind in (ADD, DELETE, CHANGE, PROPOSAL):
                    with pytest.raises(PermissionError):
                        s.send(route(kind, "10.200.0.0/16", PEER))


def test_user_gets_no_more_than_so_many_sockets():
    before = counter_of("socklimit")
    with nobody() as child:
        if child:
            socks = []
            with pytest.raises(OSError) as e:
                for _ in range(400):
                    socks.append(RouteSocket())
            assert e.value.errno == errno.ENOBUFS and len(socks) > 100
    assert counter_of("socklimit") > before


def counter_of(name):
    groups = run(REPO + "/build/tools/bsdnet", "netstat", "--json", "-s").check().json()
    return groups["route"][name]


def test_own_requests_come_back_or_not():
    with calm(useloopback=0) as s, calm() as listener:
        s.send(route(ADD, "10.200.0.0/16", PEER))
        assert listener.wait(ADD)
        assert s.quiet()
        assert s.option(rtsock.USELOOPBACK) == 0


def test_filters_by_message_table_priority_and_flags():
    wanted = calm(msgfilter=1 << DELETE)
    table = calm(tablefilter=9)
    prio = calm(priofilter=7)
    flags = RouteSocket(flagfilter=BLACKHOLE | LLINFO)
    v6 = RouteSocket(proto=socket.AF_INET6)
    rtsock.request(ADD, "10.200.0.0/16", PEER, priority=20)
    rtsock.request(ADD, "10.200.0.0/16", PEER, table=9, priority=5)
    rtsock.request(ADD, "10.201.0.0/16", flags=BLACKHOLE)
    rtsock.request(DELETE, "10.200.0.0/16", priority=20)
    assert [wanted.message().type, wanted.quiet()] == [DELETE, True]
    assert [table.message().table, table.quiet()] == [9, True]
    assert [prio.message().priority, prio.quiet()] == [5, True]
    assert [flags.message().addr[DST] for _ in range(3)] == ["10.200.0.0"] * 3
    assert flags.quiet() and v6.quiet()
    for s in (wanted, table, prio, flags, v6):
        s.close()


@pytest.mark.parametrize("name,value", [
    (rtsock.TABLEFILTER, 300), (rtsock.PRIOFILTER, 256), (rtsock.USELOOPBACK, 2)])
def test_bad_filter_is_einval(name, value):
    with RouteSocket() as s, pytest.raises(OSError) as e:
        s.option(name, value)
    assert e.value.errno == errno.EINVAL


def test_only_raw_sockets_of_known_families():
    for kind, proto, error in ((socket.SOCK_DGRAM, 0, errno.ESOCKTNOSUPPORT),
                               (socket.SOCK_RAW, 77, errno.EPROTONOSUPPORT)):
        with pytest.raises(OSError) as e:
            socket.socket(22, kind, proto)
        assert e.value.errno == error


def test_full_socket_is_told_that_it_lost_something():
    before = counter_of("sockfull")
    with RouteSocket(useloopback=0) as s, calm() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        for i in range(100):
            s.send(route(ADD, f"10.200.{i}.0/24", PEER))
        kinds = []
        while not kinds or kinds[-1] != DESYNC:
            kinds.append(slow.message().type)
        assert set(kinds[:-1]) == {ADD} and len(kinds) < 100
        assert counter_of("sockfull") == before + 1
        s.send(route(DELETE, "10.200.1.0/24"))
        assert slow.wait(DELETE).addr[DST] == "10.200.1.0"


def test_interfaces_and_addresses_are_told(bsdnet):
    with RouteSocket() as s:
        bsdnet("ifconfig", "pair20", "create").check()
        assert s.wait(IFANNOUNCE, flags=0).addr[IFP][0] == "pair20"
        bsdnet("ifconfig", "pair20", "inet", "10.201.1.1/24").check()
        got = s.wait(NEWADDR)
        assert (got.addr[rtsock.IFA], got.addr[NETMASK]) == ("10.201.1.1", "255.255.255.0")
        assert s.wait(IFINFO).flags & UP
        bsdnet("ifconfig", "pair20", "inet", "10.201.1.1", "delete").check()
        assert s.wait(DELADDR).addr[rtsock.IFA] == "10.201.1.1"
        bsdnet("ifconfig", "pair20", "destroy").check()
        assert s.wait(IFANNOUNCE, flags=1).addr[IFP][0] == "pair20"


def test_neighbours_are_told(bsdnet, peer):
    bsdnet("arp", "-d", PEER)
    with RouteSocket() as s:
        bsdnet("ping", "-c", "1", PEER).check()
        assert s.wait(ADD).addr[DST] == PEER
        got = s.wait(RESOLVE)
        assert got.addr[DST] == PEER and len(got.addr[GATEWAY][1]) == 6
        bsdnet("arp", "-d", PEER).check()
        assert s.wait(DELETE).flags & LLINFO


def test_miss_is_told(bsdnet):
    with RouteSocket(msgfilter=1 << MISS) as s:
        assert bsdnet("ping", "-c", "1", "-w", "1", "203.0.113.7").rc != 0
        assert s.message().addr[DST] == "203.0.113.7"


def test_proposal_is_passed_on():
    data = message(PROPOSAL, {rtsock.DNS: b"\x10\x02" + b"nameservers!!!"}, priority=60, seq=3)
    with calm(msgfilter=1 << PROPOSAL) as listener, calm(useloopback=0) as s:
        assert s.send(data) == len(data)
        got = listener.recv(4096)
        assert got[rtsock.HEADER.size:] == data[rtsock.HEADER.size:]
        assert s.quiet()


def test_shutdown_ends_messages_but_not_requests():
    with RouteSocket() as s:
        s.shutdown(socket.SHUT_RD)
        s.send(route(ADD, "10.200.0.0/16", PEER))
        assert s.recv(100) == b""
    assert rtsock.request(GET, "10.200.0.0/16").addr[GATEWAY] == PEER


def test_message_is_cut_to_the_buffer():
    with RouteSocket(msgfilter=1 << GET) as s:
        s.send(message(GET, {DST: PEER}))
        assert len(s.recv(20)) == 20
        assert s.quiet()


BSIOCRTQUERY = 3 << 30 | 56 << 16 | ord("i") << 8 | 47


def query(what, table=0, flags=0, size=1024):
    """All pieces of a dump."""
    found, pieces = [], 0
    req = bytearray(struct.pack("=IIIBBHI16sII", what, table, flags, socket.AF_INET, 0, 0, 0, b"",
                                size, 0)) + bytes(12)
    buf = bytearray(size)
    address = ctypes.addressof(ctypes.c_char.from_buffer(buf))
    with RouteSocket() as s:
        while True:
            req[48:56] = struct.pack("=Q", address)
            fcntl.ioctl(s, BSIOCRTQUERY, req)
            length = struct.unpack_from("=I", req, 40)[0]
            if not length:
                return found, pieces
            found += rtsock.messages(bytes(buf[:length]))
            pieces += 1


def test_dump_of_a_table_in_pieces():
    with RouteSocket(useloopback=0) as s:
        s.send(b"".join(route(ADD, f"10.200.{i}.0/24", PEER) for i in range(60)))
        found, pieces = query(1)
    got = [m.prefix[0] for m in found if m.prefix[0].startswith("10.200.")]
    assert got == [f"10.200.{i}.0" for i in range(60)]
    assert pieces > 5
    assert len({(m.prefix, m.priority) for m in found}) == len(found)


def test_dump_of_neighbours(bsdnet):
    bsdnet("ping", "-c", "1", PEER).check()
    found, _ = query(2, flags=LLINFO)
    assert PEER in [m.addr[DST] for m in found]
    assert all(m.flags & LLINFO for m in found)


def test_dump_of_interfaces():
    found, _ = query(3)
    names = [m.addr[IFP][0] for m in found if m.type == IFINFO]
    assert "lo0" in names and "vio0" in names and len(set(names)) == len(names)
    at = [(m.addr[IFP][0], m.addr[rtsock.IFA]) for m in found if m.type == NEWADDR]
    assert ("vio0", "10.77.0.2") in at and ("lo0", "127.0.0.1") in at


@pytest.mark.parametrize("what,size,error", [(0, 1024, errno.EINVAL), (4, 1024, errno.EINVAL),
                                             (1, 100, errno.EINVAL)])
def test_bad_query_is_refused(what, size, error):
    with pytest.raises(OSError) as e:
        query(what, size=size)
    assert e.value.errno == error


def test_monitor_prints_and_filters(bsdnet):
    bsdnet("ping", "-c", "1", PEER).check()     # or the gateway's own entry is added, too
    with subprocess.Popen([REPO + "/build/tools/bsdnet", "monitor", "-c", "2", "add", "delete"],
                          stdout=subprocess.PIPE, text=True) as monitor:
        wait_for_sockets()
        bsdnet("route", "add", "10.200.0.0/16", PEER).check()
        bsdnet("route", "change", "10.200.0.0/16", PEER, "-mtu", "1000").check()
        bsdnet("route", "delete", "10.200.0.0/16").check()
        out = monitor.communicate(timeout=30)[0]
    assert "RTM_ADD: Add Route: len" in out and "RTM_DELETE" in out and "CHANGE" not in out
    assert f" 10.200.0.0 {PEER} 255.255.0.0 vio0 10.77.0.2" in out
    assert "<UP,GATEWAY,STATIC>" in out


def wait_for_sockets():
    """Until the monitor has set its filter: a message of another type would end it."""
    time.sleep(1)


def test_monitor_json(bsdnet):
    bsdnet("ping", "-c", "1", PEER).check()
    with subprocess.Popen([REPO + "/build/tools/bsdnet", "monitor", "--json", "-c", "1", "add"],
                          stdout=subprocess.PIPE, text=True) as monitor:
        wait_for_sockets()
        bsdnet("route", "add", "10.200.0.0/16", PEER).check()
        got = json.loads(monitor.communicate(timeout=30)[0])
    assert (got["type"], got["dst"], got["gateway"]) == ("add", "10.200.0.0", PEER)


def test_route_exec_runs_in_a_table(bsdnet):
    rtsock.request(ADD, "10.200.0.0/16", PEER, table=9)
    code = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
            "s.connect(('10.200.0.1', 9)); print(s.getsockname()[0])")
    out = bsdnet("route", "-T", "9", "exec", "/usr/bin/python3", "-c", code).check().out
    assert out.strip() == "10.77.0.2"
    assert bsdnet("route", "exec", "/usr/bin/python3", "-c", code).rc != 0


def test_no_message_is_left_and_memory_comes_back():
    before = counter("mbuf/inuse")
    for _ in range(50):
        with RouteSocket() as s:
            s.send(message(GET, {DST: PEER}))
    assert counter("mbuf/inuse") <= before + 10
