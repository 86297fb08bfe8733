# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What a router on the network is told of our groups. RFC 9776, RFC 2236, RFC 1112

    sockets, vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (scapy: the router)
"""
import socket
import struct
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import bsdnet as run_bsdnet
from bsdnet_test import wait_for
from igmp import (ADD_MEMBERSHIP, DROP_MEMBERSHIP, IS_EX, TO_EX, TO_IN, Heard, checksum, mreq, query,
                  send)

GROUP = "239.7.7.7"


@pytest.fixture(autouse=True)
def forget_old_routers():
    """What an older router taught is forgotten with the interface's addresses."""
    yield
    time.sleep(1.5)
    run_bsdnet("ifconfig", "vio0", "rdomain", "64").check()
    run_bsdnet("ifconfig", "vio0", "rdomain", "0").check()
    run_bsdnet("ifconfig", "vio0", "inet", "10.77.0.2/24").check()


def join(group=GROUP):
    s = bsd_socket()
    s.setsockopt(socket.IPPROTO_IP, ADD_MEMBERSHIP, mreq(group))
    return s


def test_join_and_leave_are_reported_and_repeated(peer):
    heard = Heard(peer, 8)
    s = join()
    time.sleep(2)
    s.setsockopt(socket.IPPROTO_IP, DROP_MEMBERSHIP, mreq(GROUP))
    found = [m for m in heard.messages() if m[2] and m[2][0][1] == GROUP]
    assert found == [("224.0.0.22", 0x22, [(TO_EX, GROUP)])] * 2 + \
        [("224.0.0.22", 0x22, [(TO_IN, GROUP)])] * 2


def test_general_query_is_answered_for_all_groups(peer):
    socks = [join(f"239.7.8.{i}") for i in range(20)]
    time.sleep(2)
    heard = Heard(peer)
    query(peer, 3)
    records = [r for m in heard.messages() for r in m[2]]
    assert sorted(r for r in records if r[1].startswith("239.7.8.")) == sorted(
        (IS_EX, f"239.7.8.{i}") for i in range(20))
    assert len(socks) == 20


def test_query_of_a_group_is_answered_for_it_alone(peer):
    socks = [join(), join("239.7.7.8")]
    time.sleep(2)
    heard = Heard(peer)
    query(peer, 3, GROUP)
    assert [m[2] for m in heard.messages()] == [[(IS_EX, GROUP)]]
    assert socks


def test_version_2_router_gets_version_2(peer):
    s = join()
    time.sleep(2)
    heard = Heard(peer, 10)
    query(peer, 2)
    time.sleep(3)
    s.close()
    found = [m for m in heard.messages() if m[2] == GROUP]
    assert ("239.7.7.7", 0x16, GROUP) in found
    assert ("224.0.0.2", 0x17, GROUP) in found


def test_answer_of_another_host_suffices_in_version_2(peer, bsdnet):
    s = join()
    time.sleep(2)
    before = bsdnet("netstat", "-s", "--json").check().json()["igmp"]["suppressed"]
    query(peer, 2, code=100)
    report = struct.pack("!BBH4s", 0x16, 0, 0, socket.inet_aton(GROUP))
    report = report[:2] + struct.pack("!H", checksum(report)) + report[4:]
    send(peer, report, GROUP)
    time.sleep(1)
    assert bsdnet("netstat", "-s", "--json").check().json()["igmp"]["suppressed"] > before
    s.close()


def test_bad_queries_are_counted_and_not_answered(peer, bsdnet):
    bad = {"badttl": {"ttl": 64}, "badsum": {"bad": True}, "noalert": {"alert": False},
           "baddst": {"dst": GROUP}}

    def counts():
        igmp = bsdnet("netstat", "-s", "--json").check().json()["igmp"]
        return [igmp[name] for name in bad]

    s = join()
    time.sleep(2)
    before = counts()
    heard = Heard(peer, 8)
    for i, more in enumerate(bad.values()):
        query(peer, 3, **more)
        before[i] += 1
        wait_for(lambda: counts() == before)
    assert heard.messages() == []
    s.close()
