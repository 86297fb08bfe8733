# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Options and ancillary data of UDP sockets, with Linux's names. ip(7), udp(7)

    socket 127.0.0.1 ---- lo0 ---- socket 127.0.0.1
"""
import errno
import socket
import struct

import pytest
from bsd_socket import (IP_MTU_DISCOVER, IP_PKTINFO, IP_PMTUDISC_DO, IP_RECVERR, IP_RECVTOS,
                        IP_RECVTTL, IP_TOS, IP_TTL, SO_RTABLE, SO_TIMESTAMPNS, bound,
                        bsd_socket, couple)

SO_BUSY_POLL, SO_PREFER_BUSY_POLL = 46, 69


def cmsgs(s):
    return {(level, kind): data for level, kind, data in s.recvmsg(2000, 500)[1]}


@pytest.mark.parametrize("level,name,value", [
    (socket.IPPROTO_IP, IP_TTL, 17), (socket.IPPROTO_IP, IP_TOS, 0x20),
    (socket.IPPROTO_IP, IP_RECVTTL, 1), (socket.IPPROTO_IP, IP_RECVTOS, 1),
    (socket.IPPROTO_IP, IP_PKTINFO, 1), (socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO),
    (socket.IPPROTO_IP, IP_RECVERR, 1), (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
    (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1), (socket.SOL_SOCKET, socket.SO_BROADCAST, 1)])
def test_option_is_read_back(level, name, value):
    s = bsd_socket()
    s.setsockopt(level, name, value)
    assert s.getsockopt(level, name) == value


@pytest.mark.parametrize("name,value", [(IP_TTL, 256), (IP_TTL, -2), (IP_MTU_DISCOVER, 99)])
def test_bad_value_is_einval(name, value):
    with pytest.raises(OSError) as e:
        bsd_socket().setsockopt(socket.IPPROTO_IP, name, value)
    assert e.value.errno == errno.EINVAL


@pytest.mark.parametrize("name", [socket.SO_MARK, SO_BUSY_POLL, SO_PREFER_BUSY_POLL])
def test_option_without_effect_is_refused(name):
    with pytest.raises(OSError) as e:
        bsd_socket().setsockopt(socket.SOL_SOCKET, name, 50)
    assert e.value.errno == errno.ENOPROTOOPT


def test_there_are_no_ip_options():
    """sshd(8) asks, and rightly fears them."""
    s = bsd_socket(socket.SOCK_STREAM)
    assert s.getsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, 200) == b""
    s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"")
    with pytest.raises(OSError) as e:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, bytes([1, 1, 1, 0]))
    assert e.value.errno == errno.ENOPROTOOPT


def test_ttl_and_tos_travel_and_are_told():
    a, b = couple()
    b.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    b.setsockopt(socket.IPPROTO_IP, IP_RECVTOS, 1)
    a.setsockopt(socket.IPPROTO_IP, IP_TTL, 33)
    a.setsockopt(socket.IPPROTO_IP, IP_TOS, 0x28)
    a.send(b"x")
    got = cmsgs(b)
    assert struct.unpack("i", got[socket.IPPROTO_IP, IP_TTL])[0] == 33
    assert got[socket.IPPROTO_IP, IP_TOS][0] == 0x28


def test_ttl_and_tos_for_one_datagram():
    a, b = couple()
    b.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    b.setsockopt(socket.IPPROTO_IP, IP_RECVTOS, 1)
    a.sendmsg([b"x"], [(socket.IPPROTO_IP, IP_TTL, struct.pack("i", 5)),
                       (socket.IPPROTO_IP, IP_TOS, struct.pack("i", 0x40))])
    got = cmsgs(b)
    assert struct.unpack("i", got[socket.IPPROTO_IP, IP_TTL])[0] == 5
    assert got[socket.IPPROTO_IP, IP_TOS][0] == 0x40


def test_pktinfo_tells_interface_and_destination():
    a, b = bound(), bound("0.0.0.0")
    b.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    a.sendto(b"x", ("127.0.0.1", b.getsockname()[1]))
    index, _, dst = struct.unpack("i4s4s", cmsgs(b)[socket.IPPROTO_IP, IP_PKTINFO])
    assert socket.if_indextoname(index) == "lo0"
    assert dst == socket.inet_aton("127.0.0.1")


def test_pktinfo_chooses_the_source():
    a, b = bsd_socket(), bound("0.0.0.0")
    info = struct.pack("i4s4s", 0, socket.inet_aton("10.77.0.2"), bytes(4))
    a.sendmsg([b"x"], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0,
              ("127.0.0.1", b.getsockname()[1]))
    assert b.recvfrom(1)[1][0] == "10.77.0.2"


def test_timestamp_is_near_now():
    import time
    a, b = couple()
    b.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    a.send(b"x")
    sec, _ = struct.unpack("qq", cmsgs(b)[socket.SOL_SOCKET, SO_TIMESTAMPNS])
    assert abs(sec - time.time()) < 60


def test_buffer_sizes_are_set_and_limited():
    s = bsd_socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 50000)
    assert s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= 50000
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
    assert s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) < 1 << 30


def test_send_buffer_limits_a_datagram():
    a, b = couple()
    a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4000)
    assert a.send(b"x" * 4000) == 4000
    assert len(b.recv(9000)) == 4000
    with pytest.raises(OSError) as e:
        a.send(b"x" * 8001)
    assert e.value.errno == errno.EMSGSIZE


def test_domain_type_and_protocol_are_told():
    s = bsd_socket()
    assert s.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == 18
    assert s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_DGRAM
    assert s.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) == socket.IPPROTO_UDP


def test_rtable_must_exist():
    s = bsd_socket()
    s.setsockopt(socket.SOL_SOCKET, SO_RTABLE, 0)
    with pytest.raises(OSError):
        s.setsockopt(socket.SOL_SOCKET, SO_RTABLE, 200)


def test_recverr_queues_the_icmp_error():
    a, b = bound(), bound()
    to = b.getsockname()
    b.close()
    a.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    a.connect(to)
    a.send(b"payload")
    import select
    p = select.poll()
    p.register(a, 0)
    assert p.poll(10000) == [(a.fileno(), select.POLLERR)]
    data, anc, flags, _ = a.recvmsg(2000, 500, socket.MSG_ERRQUEUE)
    assert flags & socket.MSG_ERRQUEUE
    level, kind, err = anc[0]
    assert (level, kind) == (socket.IPPROTO_IP, IP_RECVERR)
    number, origin, icmp_type, code = struct.unpack("IBBB", err[:7])
    assert (number, origin, icmp_type, code) == (errno.ECONNREFUSED, 2, 3, 3)
    assert data == b"payload"


def test_raw_socket_needs_a_capability():
    import os
    pid = os.fork()
    if not pid:
        os.setuid(65534)
        try:
            bsd_socket(socket.SOCK_RAW, socket.IPPROTO_ICMP)
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == errno.EPERM


def test_low_port_needs_a_capability():
    import os
    pid = os.fork()
    if not pid:
        os.setuid(65534)
        try:
            bound("127.0.0.1", 53)
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == errno.EACCES
