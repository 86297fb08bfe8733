# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What a socket lets in and where it sends from: filter programs, IP_MINTTL,
IP_LOCAL_PORT_RANGE, IP_UNICAST_IF, IP_TRANSPARENT.

    socket 127.0.0.1 ---- lo0 ---- socket 127.0.0.1
"""
import ctypes
import errno
import os
import socket
import struct

import pytest
from bsd_socket import IP_PKTINFO, IP_TTL, bound, bsd_socket, couple
from bsdnet_test import REPO, run

IP_FREEBIND, IP_TRANSPARENT, IP_MINTTL, IP_UNICAST_IF, IP_LOCAL_PORT_RANGE = 15, 19, 21, 50, 51
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
LD_B, LD_H, JEQ, RET = 0x30, 0x28, 0x15, 0x06


def attach(s, *program):
    """A classic BPF program: rows of code, jump if true, jump if false, k."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *row) for row in program))
    s.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                 struct.pack("@HP", len(program), ctypes.addressof(code)))


def ports_of(low, high):
    return struct.pack("=HH", low, high)


def counters():
    return run(REPO + "/build/tools/bsdnet", "netstat", "-s", "--json").check().json()["pcb"]


def received(s):
    """All that is there."""
    found = []
    s.settimeout(0.5)
    try:
        while True:
            found.append(s.recv(100))
    except TimeoutError:
        return found


def test_program_chooses_datagrams():
    a, b = couple()
    before = counters()["filter"]
    # The UDP header comes first, as with Linux's sockets.
    attach(b, (LD_B, 0, 0, 8), (JEQ, 0, 1, ord("y")), (RET, 0, 0, 0xffff), (RET, 0, 0, 0))
    for data in (b"yes", b"no", b"y", b"never"):
        a.send(data)
    assert received(b) == [b"yes", b"y"]
    assert counters()["filter"] == before + 2


def test_program_sees_the_ports_and_cuts():
    a, b = couple()
    port = b.getsockname()[1]
    attach(b, (LD_H, 0, 0, 2), (JEQ, 0, 1, port), (RET, 0, 0, 8 + 3), (RET, 0, 0, 0))
    a.send(b"abcdefgh")
    a.send(b"")
    assert received(b) == [b"abc", b""]


def test_program_is_detached():
    a, b = couple()
    attach(b, (RET, 0, 0, 0))
    a.send(b"one")
    b.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
    a.send(b"two")
    assert received(b) == [b"two"]


def test_raw_socket_has_a_program_that_sees_the_header():
    raw = bsd_socket(socket.SOCK_RAW, socket.IPPROTO_UDP)
    a, b = couple()
    attach(raw, (LD_B, 0, 0, 0), (JEQ, 0, 3, 0x45), (LD_B, 0, 0, 28), (JEQ, 0, 1, ord("y")),
           (RET, 0, 0, 0xffff), (RET, 0, 0, 0))
    a.send(b"no")
    a.send(b"yes")
    assert [data[28:] for data in received(raw)] == [b"yes"]
    assert received(b) == [b"no", b"yes"]


def test_bad_program_is_refused():
    with pytest.raises(OSError) as e:
        attach(bsd_socket(), (0xffff, 0, 0, 0))
    assert e.value.errno == errno.EINVAL


def test_minttl_drops_what_comes_from_afar():
    a, b = couple()
    before = counters()["minttl"]
    b.setsockopt(socket.IPPROTO_IP, IP_MINTTL, 200)
    assert b.getsockopt(socket.IPPROTO_IP, IP_MINTTL) == 200
    for ttl in (199, 200, 64, 255):
        a.setsockopt(socket.IPPROTO_IP, IP_TTL, ttl)
        a.send(b"%d" % ttl)
    assert received(b) == [b"200", b"255"]
    assert counters()["minttl"] == before + 2


@pytest.mark.parametrize("name,value", [(IP_MINTTL, 256), (IP_MINTTL, -1),
                                        (IP_LOCAL_PORT_RANGE, 100 << 16 | 200)])
def test_bad_value_is_einval(name, value):
    with pytest.raises(OSError) as e:
        bsd_socket().setsockopt(socket.IPPROTO_IP, name, value)
    assert e.value.errno == errno.EINVAL


def test_port_is_chosen_from_the_range_of_the_socket():
    socks = [bsd_socket() for _ in range(5)]
    ports = []
    for s in socks[:4]:
        s.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, ports_of(40000, 40003))
        s.bind(("127.0.0.1", 0))
        ports.append(s.getsockname()[1])
    assert sorted(ports) == [40000, 40001, 40002, 40003]
    socks[4].setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, ports_of(40000, 40003))
    with pytest.raises(OSError) as e:
        socks[4].bind(("127.0.0.1", 0))
    assert e.value.errno == errno.EADDRINUSE
    got = socks[4].getsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE)
    assert got & 0xffffffff == 40003 << 16 | 40000


@pytest.mark.parametrize("low,high", [(1, 100), (1, 0), (0, 100), (61000, 65535)])
def test_range_outside_of_the_administrators_does_not_count(low, high):
    """Or a user would get ports that need a capability."""
    for _ in range(5):
        s = bsd_socket()
        s.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, ports_of(low, high))
        s.bind(("127.0.0.1", 0))
        assert 32768 <= s.getsockname()[1] <= 60999


def test_freebind_is_no_way_to_send_from_foreign_addresses():
    s = bsd_socket()
    s.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    s.bind(("192.0.2.77", 0))
    for value in (1, 0):
        s.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, value)
        with pytest.raises(OSError) as e:
            s.sendto(b"x", ("127.0.0.1", 9))
        assert e.value.errno == errno.EINVAL
    s.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
    s.sendto(b"x", ("127.0.0.1", 9))


def test_control_message_goes_before_the_unicast_interface(bsdnet):
    bsdnet("ifconfig", "pair40", "create").check()
    other = socket.if_nametoindex("pair40")
    lo = socket.if_nametoindex("lo0")
    info = struct.pack("=I8x", lo)
    for kind, proto in ((socket.SOCK_DGRAM, 0), (socket.SOCK_RAW, 253)):
        s = bsd_socket(kind, proto)
        s.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, struct.pack("!I", other))
        s.sendmsg([b"x"], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, ("127.0.0.1", 9))
    bsdnet("ifconfig", "pair40", "destroy").check()


def test_unicast_interface_is_used_and_read_back():
    lo = socket.if_nametoindex("lo0")
    s = bound()
    s.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, struct.pack("!I", lo))
    assert struct.pack("=I", s.getsockopt(socket.IPPROTO_IP, IP_UNICAST_IF)
                       & 0xffffffff) == struct.pack("!I", lo)
    s.sendto(b"x", s.getsockname())
    assert s.recv(10) == b"x"
    with pytest.raises(OSError):
        s.sendto(b"x", ("10.77.0.1", 9))
    with pytest.raises(OSError) as e:
        s.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, struct.pack("!I", 99999))
    assert e.value.errno == errno.EADDRNOTAVAIL


def test_transparent_binds_foreign_addresses():
    s = bsd_socket()
    with pytest.raises(OSError):
        s.bind(("192.0.2.77", 0))
    s.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
    s.bind(("192.0.2.77", 0))
    assert s.getsockname()[0] == "192.0.2.77"


def test_transparent_is_not_for_users():
    pid = os.fork()
    if not pid:
        try:
            os.setgroups([])
            os.setresuid(65534, 65534, 65534)
            bsd_socket().setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
        except PermissionError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
