# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Several pieces of data at once: UDP_SEGMENT, UDP_GRO, UDP_CORK, MSG_MORE. udp(7)

    sockets, lo0; vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux)
"""
import errno
import socket
import struct
import time

import pytest
from bsd_socket import bound, bsd_socket, couple, received
from bsdnet_test import bsdnet as run_bsdnet

SOL_UDP, UDP_CORK, UDP_SEGMENT, UDP_GRO = 17, 1, 103, 104
SO_NO_CHECK = 11
RECEIVE = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.1", 7071))
s.settimeout(seconds)
result = []
try:
    while True:
        result.append(s.recv(9000).decode())
except TimeoutError:
    pass
s.close()
"""


def count(name):
    return run_bsdnet("netstat", "-s", "-p", "udp", "--json").check().json()["udp"][name]


def letters(n):
    return bytes(97 + i // 10 % 26 for i in range(n))


def records(s, total, flags=0):
    """[(data, size of datagrams in it or None)] until @total bytes have come."""
    found = []
    while sum(len(data) for data, _ in found) < total:
        data, control, _, _ = s.recvmsg(65536, 100, flags)
        sizes = [struct.unpack("=i", value)[0] for level, kind, value in control
                 if (level, kind) == (SOL_UDP, UDP_GRO)]
        found.append((data, sizes[0] if sizes else None))
    return found


def segment_control(size):
    return [(SOL_UDP, UDP_SEGMENT, struct.pack("=H", size))]


@pytest.mark.parametrize("length,sizes", [
    (3000, [1000] * 3), (2500, [1000, 1000, 500]), (1000, [1000]), (10, [10]), (0, [0])])
def test_option_cuts_what_is_sent(length, sizes):
    a, b = couple()
    a.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
    assert a.getsockopt(SOL_UDP, UDP_SEGMENT) == 1000
    assert a.send(letters(length)) == length
    found = received(b, len(sizes))
    assert [len(d) for d in found] == sizes and b"".join(found) == letters(length)


def test_control_message_comes_before_the_option():
    a, b = couple()
    a.setsockopt(SOL_UDP, UDP_SEGMENT, 100)
    a.sendmsg([letters(600)], segment_control(300))
    a.sendmsg([letters(500)], segment_control(0))
    assert [len(d) for d in received(b, 3)] == [300, 300, 500]


def test_peer_gets_every_datagram(peer):
    peer.run("ping", "-c1", "-W5", "10.77.0.2").check()  # now the two know each other
    pending = peer.start_python(RECEIVE, seconds=3)
    time.sleep(1)
    with bsd_socket() as s:
        s.setsockopt(SOL_UDP, UDP_SEGMENT, 1400)
        s.sendto(letters(1400 * 20 + 7), ("10.77.0.1", 7071))
    found = pending.result()
    assert [len(d) for d in found] == [1400] * 20 + [7]
    assert "".join(found).encode() == letters(1400 * 20 + 7)


@pytest.mark.parametrize("length,size,error", [
    (129, 1, errno.EINVAL), (2000, 1473, errno.EMSGSIZE), (1473, 1473, errno.EMSGSIZE)])
def test_impossible_cut_is_refused(length, size, error):
    with bsd_socket() as s, pytest.raises(OSError) as e:
        s.sendmsg([bytes(length)], segment_control(size), 0, ("10.77.0.1", 9))
    assert e.value.errno == error


def test_no_cut_without_checksums():
    with bsd_socket() as s:
        s.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
        with pytest.raises(OSError) as e:
            s.sendmsg([bytes(20)], segment_control(10), 0, ("127.0.0.1", 9))
    assert e.value.errno == errno.EINVAL


@pytest.mark.parametrize("opt,value,error", [
    (UDP_SEGMENT, -1, errno.EINVAL), (UDP_SEGMENT, 65536, errno.EINVAL),
    (UDP_GRO, b"ab", errno.EINVAL), (100, 1, errno.ENOPROTOOPT)])
def test_bad_option_is_refused(opt, value, error):
    with bsd_socket() as s, pytest.raises(OSError) as e:
        s.setsockopt(SOL_UDP, opt, value)
    assert e.value.errno == error


@pytest.mark.parametrize("control", [(SOL_UDP, UDP_GRO, b"\0\0"), (SOL_UDP, UDP_SEGMENT, b"\0")])
def test_bad_control_message_is_refused(control):
    with bsd_socket() as s, pytest.raises(OSError) as e:
        s.sendmsg([b"x"], [control], 0, ("127.0.0.1", 9))
    assert e.value.errno == errno.EINVAL


def test_datagrams_of_a_run_come_as_one():
    a, b = couple()
    b.setsockopt(SOL_UDP, UDP_GRO, 1)
    before = count("merged")
    found = []
    for _ in range(20):
        a.sendmsg([letters(1050)], segment_control(100))
        found += records(b, 1050)
    assert b"".join(data for data, _ in found) == letters(1050) * 20
    assert count("merged") > before
    for data, size in found:
        assert size == (100 if len(data) > 100 else None)


def test_peeking_tells_the_same():
    a, b = couple()
    b.setsockopt(SOL_UDP, UDP_GRO, 1)
    for _ in range(50):
        a.sendmsg([letters(400)], segment_control(100))
        peeked = records(b, 1, socket.MSG_PEEK)
        got = records(b, 400)
        assert got[:1] == peeked
        if peeked[0][1]:
            return
    pytest.fail("never were two merged")


def test_datagrams_of_others_stay_apart():
    b = bound()
    b.setsockopt(SOL_UDP, UDP_GRO, 1)
    socks = [bsd_socket() for _ in range(2)]
    for i in range(20):
        socks[i % 2].sendto(b"ab"[i % 2:i % 2 + 1] * 50, b.getsockname())
    for data, _ in records(b, 1000):
        assert len(set(data)) == 1


def test_without_the_option_each_comes_alone():
    a, b = couple()
    a.sendmsg([letters(1000)], segment_control(100))
    assert [len(d) for d in received(b, 10)] == [100] * 10


def test_pieces_go_as_one_datagram():
    a, b = couple()
    a.send(b"one ", socket.MSG_MORE)
    a.send(b"two ", socket.MSG_MORE)
    assert received(b, 0) == []
    a.send(b"three")
    a.send(b"four")
    assert received(b, 2) == [b"one two three", b"four"]


def test_cork_holds_what_is_sent():
    a, b = couple()
    a.setsockopt(SOL_UDP, UDP_CORK, 1)
    assert a.getsockopt(SOL_UDP, UDP_CORK) == 1
    for i in range(50):
        a.send(bytes([65 + i % 26]) * 100)
    assert received(b, 0) == []
    a.setsockopt(SOL_UDP, UDP_CORK, 0)
    assert received(b, 1) == [b"".join(bytes([65 + i % 26]) * 100 for i in range(50))]


def test_destination_is_that_of_the_first_piece():
    with bound() as b, bound() as other, bsd_socket() as s:
        s.sendto(b"a", socket.MSG_MORE, b.getsockname())
        s.sendto(b"b", socket.MSG_MORE, other.getsockname())
        s.send(b"c")
        assert received(b, 1) == [b"abc"] and received(other, 0) == []


def test_pieces_that_are_too_long_together_are_lost():
    a, b = couple()
    a.send(bytes(60000), socket.MSG_MORE)
    with pytest.raises(OSError) as e:
        a.send(bytes(6000))
    assert e.value.errno == errno.EMSGSIZE
    a.send(b"next")
    assert received(b, 1) == [b"next"]


def test_closing_forgets_what_is_held():
    a, b = couple()
    a.send(bytes(9000), socket.MSG_MORE)
    a.close()
    assert received(b, 0) == []


def test_held_data_is_cut():
    a, b = couple()
    a.sendmsg([letters(150)], segment_control(100), socket.MSG_MORE)
    a.send(letters(100))
    assert [len(d) for d in received(b, 3)] == [100, 100, 50]
