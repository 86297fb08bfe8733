# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Groups that sockets join, and who gets what is sent there. RFC 1112, ip(7)

    sockets, vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux)
"""
import errno
import socket
import struct
import time

import pytest
from bsd_socket import bsd_socket, received
from bsdnet_test import sysfs

GROUP, OTHER = "239.1.2.3", "239.1.2.4"
IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_MULTICAST_ALL = 32, 33, 34, 49
IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP = 35, 36
SEND = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.77.0.1"))
s.sendto(data.encode(), (group, 5000))
result = 1
"""


def mreq(group, address="10.77.0.2"):
    return socket.inet_aton(group) + socket.inet_aton(address)


def mreqn(group, ifidx):
    return socket.inet_aton(group) + bytes(4) + struct.pack("=i", ifidx)


def listener(*groups, reuse=True):
    s = bsd_socket()
    if reuse:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", 5000))
    for group in groups:
        s.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, mreq(group))
    return s


def send_from_peer(peer, group, data):
    peer.python(SEND, group=group, data=data)


def test_member_gets_what_is_sent_to_its_group(peer):
    s = listener(GROUP)
    send_from_peer(peer, GROUP, "one")
    send_from_peer(peer, OTHER, "two")
    assert received(s, 1, 2) == [b"one"]


def test_every_member_gets_it(peer):
    socks = [listener(GROUP) for _ in range(5)]
    send_from_peer(peer, GROUP, "all")
    assert [received(s, 1, 1) for s in socks] == [[b"all"]] * 5


def test_left_group_is_silent(peer):
    s = listener(GROUP)
    s.setsockopt(socket.IPPROTO_IP, IP_DROP_MEMBERSHIP, mreq(GROUP))
    send_from_peer(peer, GROUP, "x")
    assert received(s, 0, 2) == []


def test_last_close_leaves_the_group(peer):
    listener(GROUP).close()
    s = listener()
    time.sleep(0.5)
    send_from_peer(peer, GROUP, "x")
    assert received(s, 0, 2) == []


def test_socket_without_membership_hears_what_others_joined(peer):
    with listener(GROUP) as member:
        s, own = listener(), listener()
        own.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        send_from_peer(peer, GROUP, "x")
        assert received(member, 1, 1) == received(s, 1, 1) == [b"x"]
        assert received(own, 0, 1) == []


def test_join_by_index_of_the_interface(peer):
    s = listener()
    vio0 = socket.if_nametoindex("vio0")
    s.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, mreqn(GROUP, vio0))
    send_from_peer(peer, GROUP, "x")
    assert received(s, 1, 2) == [b"x"]


def test_own_packets_come_back_or_not():
    s, sender = listener(GROUP), bsd_socket()
    sender.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_IF, socket.inet_aton("10.77.0.2"))
    sender.sendto(b"back", (GROUP, 5000))
    sender.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_LOOP, 0)
    assert sender.getsockopt(socket.IPPROTO_IP, IP_MULTICAST_LOOP) == 0
    sender.sendto(b"not", (GROUP, 5000))
    assert received(s, 1, 2) == [b"back"]


@pytest.mark.parametrize("opt,value,error", [
    (IP_ADD_MEMBERSHIP, mreq("10.1.2.3"), errno.EINVAL),
    (IP_ADD_MEMBERSHIP, b"abc", errno.EINVAL),
    (IP_ADD_MEMBERSHIP, mreqn(GROUP, 9999), errno.ENODEV),
    (IP_ADD_MEMBERSHIP, mreq(GROUP, "192.0.2.1"), errno.ENODEV),
    (IP_DROP_MEMBERSHIP, mreq(GROUP), errno.EADDRNOTAVAIL)])
def test_bad_request_is_refused(opt, value, error):
    with pytest.raises(OSError) as e:
        bsd_socket().setsockopt(socket.IPPROTO_IP, opt, value)
    assert e.value.errno == error


def test_joined_twice_is_an_error():
    s = listener(GROUP)
    with pytest.raises(OSError) as e:
        s.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, mreq(GROUP))
    assert e.value.errno == errno.EADDRINUSE


def test_no_more_groups_than_the_knob_says():
    s = bsd_socket()
    with pytest.raises(OSError) as e:
        for i in range(30):
            s.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, mreq(f"239.2.2.{i}"))
    assert e.value.errno == errno.ENOBUFS and i == int(sysfs("igmp/max_memberships"))


def test_no_group_at_all_where_the_knob_says_so():
    before = sysfs("igmp/max_memberships")
    sysfs("igmp/max_memberships", 0)
    try:
        s = bsd_socket()
        with pytest.raises(OSError) as e:
            s.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, mreq(GROUP))
        assert e.value.errno == errno.ENOBUFS
    finally:
        sysfs("igmp/max_memberships", before)
    s.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, mreq(GROUP))


def test_interface_may_go_while_joined(bsdnet, peer):
    bsdnet("ifconfig", "pair30", "create").check()
    bsdnet("ifconfig", "pair30", "inet", "10.99.0.1/24").check()
    s = listener()
    s.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, mreq(GROUP, "10.99.0.1"))
    bsdnet("ifconfig", "pair30", "destroy").check()
    s.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, mreq(GROUP))
    send_from_peer(peer, GROUP, "x")
    assert received(s, 1, 2) == [b"x"]
    s.close()
