# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Whom sockets want to hear in a group, and what routers are told of it.

RFC 3678 (options), RFC 9776 (filters, reports), ip(7) (errors).

    sockets, vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (scapy: senders and router)
"""
import ctypes
import errno
import socket
import struct
import time

import pytest
from bsd_socket import bsd_socket, received
from bsdnet_test import sysfs
from igmp import (ADD_MEMBERSHIP, ALLOW, BLOCK, DROP_MEMBERSHIP, IS_EX, IS_IN, TO_EX, TO_IN, Heard,
                  mreq, query, storage)

GROUP = "239.3.3.3"
UNBLOCK_SOURCE, BLOCK_SOURCE, ADD_SOURCE, DROP_SOURCE, MSFILTER = 37, 38, 39, 40, 41
JOIN_GROUP, M_BLOCK, M_UNBLOCK, LEAVE_GROUP, JOIN_SOURCE, LEAVE_SOURCE, M_FILTER = range(42, 49)
EXCLUDE, INCLUDE = 0, 1
libc = ctypes.CDLL(None, use_errno=True)
A, B, C = "10.77.0.11", "10.77.0.12", "10.77.0.13"
SEND = """
for i, src in enumerate(senders):
    sendp(Ether(dst="01:00:5e:03:03:03") / IP(src=src, dst=group) / UDP(sport=9, dport=5000) /
          Raw(src.encode()), iface="tap0", verbose=0)
result = 1
"""


def member(opt=None, *values):
    s = bsd_socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", 5000))
    for value in values:
        s.setsockopt(socket.IPPROTO_IP, opt, value)
    return s


def source(src, group=GROUP):
    return socket.inet_aton(group) + socket.inet_aton("10.77.0.2") + socket.inet_aton(src)


def request(*addresses):
    """group_req, group_source_req"""
    return struct.pack("=I4x", socket.if_nametoindex("vio0")) + b"".join(map(storage, addresses))


def msfilter(mode, *senders):
    return mreq(GROUP) + struct.pack("=II", mode, len(senders)) + \
        b"".join(map(socket.inet_aton, senders))


def group_filter(mode, *senders):
    return request(GROUP) + struct.pack("=II", mode, len(senders)) + \
        b"".join(map(storage, senders))


def get(s, opt, value):
    """getsockopt() of an option whose value asks a question."""
    buf, size = ctypes.create_string_buffer(value, len(value)), ctypes.c_int(len(value))
    if libc.getsockopt(s.fileno(), socket.IPPROTO_IP, opt, buf, ctypes.byref(size)):
        raise OSError(ctypes.get_errno(), "getsockopt")
    return buf.raw[:size.value]


def get_filter(s, room=10):
    found = get(s, MSFILTER, mreq(GROUP) + struct.pack("=II", 0, room) + bytes(4 * room))
    mode, n = struct.unpack_from("=II", found, 8)
    return mode, n, [socket.inet_ntoa(found[i:i + 4]) for i in range(16, len(found), 4)]


def heard_from(peer, s):
    """Which of the senders the socket hears."""
    peer.python(SEND, senders=[A, B, C], group=GROUP)
    return [data.decode() for data in received(s, 0, 2)]


@pytest.mark.parametrize("opt,values,expected", [
    (ADD_SOURCE, [source(A), source(C)], [A, C]),
    (JOIN_SOURCE, [("request", A)], [A]),
    (ADD_MEMBERSHIP, [mreq(GROUP)], [A, B, C]),
    (JOIN_GROUP, [("request",)], [A, B, C])])
def test_joined_senders_are_heard(peer, opt, values, expected):
    values = [request(GROUP, *v[1:]) if isinstance(v, tuple) else v for v in values]
    with member(opt, *values) as s:
        assert heard_from(peer, s) == expected


@pytest.mark.parametrize("block,unblock,value", [
    (BLOCK_SOURCE, UNBLOCK_SOURCE, source), (M_BLOCK, M_UNBLOCK, lambda a: request(GROUP, a))])
def test_blocked_sender_is_not_heard(peer, block, unblock, value):
    with member(ADD_MEMBERSHIP, mreq(GROUP)) as s:
        s.setsockopt(socket.IPPROTO_IP, block, value(B))
        assert heard_from(peer, s) == [A, C]
        s.setsockopt(socket.IPPROTO_IP, unblock, value(B))
        assert heard_from(peer, s) == [A, B, C]


def test_each_socket_has_its_own_senders(peer):
    socks = [member(ADD_SOURCE, source(A)), member(ADD_SOURCE, source(B)),
             member(ADD_MEMBERSHIP, mreq(GROUP))]
    peer.python(SEND, senders=[A, B, C], group=GROUP)
    found = []
    for s in socks:
        s.settimeout(1)
        found.append([])
        try:
            while True:
                found[-1].append(s.recv(100).decode())
        except TimeoutError:
            s.close()
    assert found == [[A], [B], [A, B, C]]


def test_last_sender_leaves_the_group(bsdnet):
    with member(ADD_SOURCE, source(A)) as s:
        s.setsockopt(socket.IPPROTO_IP, DROP_SOURCE, source(A))
        with pytest.raises(OSError) as e:
            s.setsockopt(socket.IPPROTO_IP, DROP_MEMBERSHIP, mreq(GROUP))
        assert e.value.errno == errno.EADDRNOTAVAIL
    assert GROUP not in bsdnet("netstat", "-gn").check().out


@pytest.mark.parametrize("opt,make", [(MSFILTER, msfilter), (M_FILTER, group_filter)])
def test_filter_is_replaced_and_read_back(peer, opt, make):
    with member(ADD_MEMBERSHIP, mreq(GROUP)) as s:
        s.setsockopt(socket.IPPROTO_IP, opt, make(EXCLUDE, C, A, A))
        assert heard_from(peer, s) == [B]
        assert get_filter(s) == (EXCLUDE, 2, [A, C])
        assert get_filter(s, 1) == (EXCLUDE, 2, [A])
        s.setsockopt(socket.IPPROTO_IP, opt, make(INCLUDE, B, C))
        assert heard_from(peer, s) == [B, C]
        found = get(s, M_FILTER, group_filter(0, *[A] * 4))
        assert len(found) == 144 + 128 * 2
        assert struct.unpack_from("=II", found, 136) == (INCLUDE, 2)
        assert [found[148 + i * 128:152 + i * 128] for i in range(2)] == [
            socket.inet_aton(B), socket.inet_aton(C)]
        s.setsockopt(socket.IPPROTO_IP, opt, make(INCLUDE))
        with pytest.raises(OSError) as e:
            get_filter(s)
        assert e.value.errno == errno.EADDRNOTAVAIL


JOINED, SELECTED = (ADD_MEMBERSHIP, mreq(GROUP)), (ADD_SOURCE, source(A))


@pytest.mark.parametrize("before,opt,value,error", [
    (None, BLOCK_SOURCE, source(A), errno.EINVAL),
    (None, DROP_SOURCE, source(A), errno.EINVAL),
    (None, ADD_SOURCE, source(A, "10.1.1.1"), errno.EINVAL),
    (None, ADD_SOURCE, source(A)[:8], errno.EINVAL),
    (None, MSFILTER, msfilter(INCLUDE, A), errno.EINVAL),
    (SELECTED, ADD_SOURCE, source(A), errno.EADDRNOTAVAIL),
    (SELECTED, DROP_SOURCE, source(B), errno.EADDRNOTAVAIL),
    (SELECTED, BLOCK_SOURCE, source(B), errno.EINVAL),
    (SELECTED, ADD_MEMBERSHIP, mreq(GROUP), errno.EADDRINUSE),
    (JOINED, UNBLOCK_SOURCE, source(A), errno.EADDRNOTAVAIL),
    (JOINED, MSFILTER, msfilter(2, A), errno.EINVAL),
    (JOINED, MSFILTER, msfilter(EXCLUDE, A)[:-1], errno.EINVAL),
    (JOINED, MSFILTER, msfilter(EXCLUDE, A)[:12], errno.EINVAL),
    (JOINED, MSFILTER, msfilter(EXCLUDE, *[A] * 11), errno.ENOBUFS),
    (JOINED, M_BLOCK, bytes(264), errno.EADDRNOTAVAIL),
    (JOINED, JOIN_GROUP, bytes(136), errno.EINVAL)])
def test_bad_request_is_refused(before, opt, value, error):
    with member(*(before or [None])) as s:
        with pytest.raises(OSError) as e:
            s.setsockopt(socket.IPPROTO_IP, opt, value)
        assert e.value.errno == error


def test_no_more_senders_than_the_knob_says():
    with member() as s, pytest.raises(OSError) as e:
        for i in range(30):
            s.setsockopt(socket.IPPROTO_IP, ADD_SOURCE, source(f"10.0.0.{i}"))
    assert e.value.errno == errno.ENOBUFS and i == int(sysfs("igmp/max_msf"))


def test_netstat_shows_what_all_sockets_want(bsdnet):
    def shown():
        found = bsdnet("netstat", "-g", "--json").check().json()["groups"]
        return [(g["members"], g["mode"], g["senders"]) for g in found
                if (g["interface"], g["group"]) == ("vio0", GROUP)]
    with member(ADD_SOURCE, source(A)), member(ADD_SOURCE, source(B)):
        assert shown() == [(2, "include", [A, B])]
        assert f"vio0         {GROUP}                2  {A} {B}" in bsdnet(
            "netstat", "-gn").check().out
        with member(ADD_MEMBERSHIP, mreq(GROUP)) as s:
            s.setsockopt(socket.IPPROTO_IP, BLOCK_SOURCE, source(A))
            s.setsockopt(socket.IPPROTO_IP, BLOCK_SOURCE, source(C))
            assert shown() == [(3, "exclude", [C])]
    time.sleep(0.5)
    assert shown() == []


def records(heard):
    return [r for m in heard.messages() if m[1] == 0x22 for r in m[2] if r[1] == GROUP]


def test_changes_of_senders_are_reported(peer):
    time.sleep(1.5)     # what the test before has left is reported twice
    heard = Heard(peer, 14)
    s = member(ADD_SOURCE, source(A))
    time.sleep(1.5)
    s.setsockopt(socket.IPPROTO_IP, ADD_SOURCE, source(B))
    time.sleep(1.5)
    s.setsockopt(socket.IPPROTO_IP, DROP_SOURCE, source(A))
    time.sleep(1.5)
    s.setsockopt(socket.IPPROTO_IP, MSFILTER, msfilter(EXCLUDE, C))
    time.sleep(1.5)
    s.setsockopt(socket.IPPROTO_IP, UNBLOCK_SOURCE, source(C))
    time.sleep(1.5)
    s.close()
    assert records(heard) == [r for r in [
        (ALLOW, GROUP, A), (ALLOW, GROUP, B), (BLOCK, GROUP, A), (TO_EX, GROUP, C),
        (ALLOW, GROUP, C), (TO_IN, GROUP)] for _ in range(2)]


def test_query_of_senders_is_answered_for_those_wanted(peer):
    with member(ADD_SOURCE, source(A), source(B)):
        time.sleep(2)
        heard = Heard(peer)
        query(peer, 3, GROUP, senders=[B, C])
        assert records(heard) == [(IS_IN, GROUP, B)]


def test_query_of_a_group_is_answered_with_its_senders(peer):
    with member(ADD_MEMBERSHIP, mreq(GROUP)) as s:
        s.setsockopt(socket.IPPROTO_IP, BLOCK_SOURCE, source(A))
        time.sleep(2)
        heard = Heard(peer)
        query(peer, 3, GROUP)
        assert records(heard) == [(IS_EX, GROUP, A)]


def test_query_of_unwanted_senders_is_not_answered(peer):
    with member(ADD_SOURCE, source(A)):
        time.sleep(2)
        heard = Heard(peer)
        query(peer, 3, GROUP, senders=[B, C])
        assert records(heard) == []
