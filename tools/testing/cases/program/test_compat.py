# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Options whose structures 32-bit programs lay out otherwise. RFC 3678 5

    a socket, vio0; the program sockopt32 makes the calls of a 32-bit one
"""
import errno
import os
import socket
import struct
import subprocess

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import REPO
from bsdnet_test import bsdnet as run_bsdnet
from igmp import storage

GROUP, A, B = "239.3.3.3", "10.77.0.11", "10.77.0.12"
JOIN_GROUP, BLOCK, UNBLOCK, LEAVE_GROUP, JOIN_SOURCE, LEAVE_SOURCE, FILTER = range(42, 49)
EXCLUDE, INCLUDE = 0, 1


def request(*addresses):
    """group_req, group_source_req: nothing between the interface and the address."""
    return struct.pack("=I", socket.if_nametoindex("vio0")) + b"".join(map(storage, addresses))


def group_filter(mode, *senders):
    return request(GROUP) + struct.pack("=II", mode, len(senders)) + \
        b"".join(map(storage, senders))


def call(s, what, opt, value):
    """The value asked for; OSError."""
    done = subprocess.run([REPO + "/build/tools/sockopt32", str(s.fileno()), what,
                           str(socket.IPPROTO_IP), str(opt), value.hex()],
                          pass_fds=[s.fileno()], capture_output=True, check=False)
    if done.returncode < 0:
        pytest.skip("this kernel runs no 32-bit programs")
    if done.returncode:
        raise OSError(int(done.stdout), os.strerror(int(done.stdout)))
    return bytes.fromhex(done.stdout.decode())


def wanted():
    """(mode, senders) that the interface wants in the group; None: it is no member."""
    for e in run_bsdnet("netstat", "-g", "--json").check().json()["groups"]:
        if (e["interface"], e["group"]) == ("vio0", GROUP):
            return e["mode"], sorted(e["senders"])
    return None


@pytest.fixture
def s():
    with bsd_socket() as sock:
        yield sock


def test_group_is_joined_and_left(s):
    call(s, "set", JOIN_GROUP, request(GROUP))
    assert wanted() == ("exclude", [])
    call(s, "set", LEAVE_GROUP, request(GROUP))
    assert wanted() is None


def test_senders_are_joined_blocked_and_left(s):
    call(s, "set", JOIN_SOURCE, request(GROUP, A))
    call(s, "set", JOIN_SOURCE, request(GROUP, B))
    assert wanted() == ("include", [A, B])
    call(s, "set", LEAVE_SOURCE, request(GROUP, A))
    call(s, "set", LEAVE_SOURCE, request(GROUP, B))
    assert wanted() is None
    call(s, "set", JOIN_GROUP, request(GROUP))
    call(s, "set", BLOCK, request(GROUP, A))
    call(s, "set", BLOCK, request(GROUP, B))
    call(s, "set", UNBLOCK, request(GROUP, B))
    assert wanted() == ("exclude", [A])


def test_filter_is_replaced_and_read_back(s):
    call(s, "set", JOIN_GROUP, request(GROUP))
    call(s, "set", FILTER, group_filter(INCLUDE, A, B))
    assert wanted() == ("include", [A, B])
    found = call(s, "get", FILTER, group_filter(EXCLUDE, *["0.0.0.0"] * 3))
    assert found == group_filter(INCLUDE, A, B)
    assert call(s, "get", FILTER, group_filter(EXCLUDE, "0.0.0.0"))[:-128] == \
        group_filter(INCLUDE, A, B)[:-256]


@pytest.mark.parametrize("opt,value", [
    (JOIN_GROUP, (GROUP,)), (JOIN_SOURCE, (GROUP, A)), (FILTER, (GROUP,))])
def test_value_cut_short_is_refused(s, opt, value):
    data = group_filter(INCLUDE, A) if opt == FILTER else request(*value)
    with pytest.raises(OSError) as e:
        call(s, "set", opt, data[:-1])
    assert e.value.errno == errno.EINVAL
