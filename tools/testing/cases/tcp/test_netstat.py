# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""bsdnet netstat: sockets of TCP, what waits in them, and what is known of their ways.

    socket ---- lo0 ---- socket
    socket ---- vio0 10.77.0.2 ---- 10.77.0.9 peer (its segments are the test's)
"""
import ctypes
import errno
import fcntl
import socket
import struct

import pytest
from bsd_socket import bound, bsd_socket
from bsdnet_test import bsdnet as run_bsdnet
from tcp_wire import ADDRESS, TS, Wire, listening

BSIOCGPCBS = 0xC020693D
SIZE1 = 88      # of a record's first version


def netstat(*args):
    return run_bsdnet("netstat", *args, "--json").check().json()


def name(address):
    return ".".join(str(x) for x in address)


def of(s, *args):
    """The record of a socket with a peer."""
    local, foreign = name(s.getsockname()), name(s.getpeername())
    [found] = [r for r in netstat("-p", "tcp", *args)
               if (r["local"], r["foreign"]) == (local, foreign)]
    return found


def test_connection_with_its_figures(pair):
    a, b = pair
    a.sendall(b"x" * 3000)
    assert b.recv(10000, socket.MSG_WAITALL | socket.MSG_PEEK)
    found = of(a)
    assert found["state"] == "ESTABLISHED" and found["congestion"] == "cubic"
    assert found["mss"] == a.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    assert found["cwnd"] >= found["mss"] and found["ssthresh"] and found["rto_us"] >= 200000
    assert found["snd_wnd"] and found["rcv_wnd"] and found["rtt_us"] < 5000000
    assert found["timestamps"] and found["sack"] and found["wscale"]
    assert found["retransmits"] == found["backoff"] == 0
    assert of(b)["recv_q"] == 3000 and of(b)["snd_wscale"] == found["rcv_wscale"]


def test_what_the_peer_did_not_agree_to(peer):
    wire = Wire(peer)
    with listening() as s, wire.call(s, opts=[("MSS", 1000), TS]) as c:
        found = of(c)
        assert found["mss"] == 988 and found["timestamps"]
        assert not found["sack"] and not found["wscale"] and not found["ecn"]
        assert found["foreign"] == f"{ADDRESS}.{wire.port}"


def test_bytes_that_are_not_acknowledged(peer):
    wire = Wire(peer)
    with listening() as s, wire.call(s) as c:
        c.sendall(b"abcde")
        wire.expect("PA", data=b"abcde")
        wire.expect("PA", data=b"abcde")
        found = of(c)
        assert (found["send_q"], found["unacked"]) == (5, 5)
        assert found["retransmits"] >= 1
        wire.ack = 6
        wire.push(b"x")
        assert c.recv(1) == b"x"
        found = of(c)
        assert (found["send_q"], found["unacked"], found["backoff"]) == (0, 0, 0)
        assert found["snd_wnd"] == 65535


def test_queue_of_a_listener(listener):
    local = name(listener.getsockname())
    with bsd_socket(socket.SOCK_STREAM) as a, bsd_socket(socket.SOCK_STREAM) as b:
        a.connect(listener.getsockname())
        b.connect(listener.getsockname())
        [found] = [r for r in netstat("-l") if r["local"] == local]
        assert (found["state"], found["queue"], found["backlog"]) == ("LISTEN", 2, 5)
        assert "mss" not in found
        [line] = [line.split() for line in run_bsdnet("netstat", "-ln").check().out.splitlines()
                  if local in line]
        assert line[:3] == ["tcp", "2", "5"] and line[-1] == "LISTEN"
        listener.accept()[0].close()
        listener.accept()[0].close()
    [found] = [r for r in netstat("-l") if r["local"] == local]
    assert found["queue"] == 0


def test_which_are_listed(pair, listener):
    a, _ = pair
    local = name(listener.getsockname())
    with bound() as u:
        u.connect(("127.0.0.1", 9))

        def listed(*args):
            found = netstat(*args)
            return ({r["protocol"] for r in found},
                    any(r["local"] == local and r["foreign"] == "*.*" for r in found),
                    any(r["local"] == name(a.getsockname()) for r in found))
        assert listed("-a")[0] >= {"tcp", "udp"} and listed("-a")[1:] == (True, True)
        assert listed()[0] >= {"tcp", "udp"} and listed()[1:] == (False, True)
        assert listed("-l") == ({"tcp"}, True, False)
        assert listed("-n", "-a", "-p", "tcp") == ({"tcp"}, True, True)
        assert listed("-p", "udp") == ({"udp"}, False, False)
        assert listed("-a", "-p", "tcp", "-T", "9") == (set(), False, False)
        assert listed("-a", "-p", "tcp", "-T", "0") == ({"tcp"}, True, True)


def test_line_of_each_connection(pair):
    a, _ = pair
    lines = run_bsdnet("netstat", "-v", "-p", "tcp").check().out.splitlines()
    [at] = [i for i, line in enumerate(lines)
            if line.split()[3:5] == [name(a.getsockname()), name(a.getpeername())]]
    assert lines[at].split()[5:] == ["0", "0", "ESTABLISHED"]
    assert lines[at + 1].startswith("\tcubic mss:") and " cwnd:" in lines[at + 1]
    assert " sack" in lines[at + 1]
    assert "cwnd" not in run_bsdnet("netstat", "-p", "tcp").check().out


def test_counters_of_a_protocol_are_asked_for():
    assert "segments" not in run_bsdnet("netstat", "-p", "tcp").check().out
    assert list(netstat("-s", "-p", "tcp")) == ["tcp"]
    assert list(netstat("-p", "ip")) == ["ip"]


def pcbs(size):
    """(records of TCP, bytes of one) to a program that knows @size bytes of it."""
    buf = ctypes.create_string_buffer(256 * 512)
    arg = bytearray(struct.pack("IIIIQQ", socket.IPPROTO_TCP, 256, 0, size, 0,
                                ctypes.addressof(buf)))
    with bsd_socket() as s:
        fcntl.ioctl(s, BSIOCGPCBS, arg)
    _, _, count, given, _, _ = struct.unpack("IIIIQQ", arg)
    return [buf.raw[i * given:][:given] for i in range(count)], given


def test_programs_that_know_less_are_given_less(pair):
    a, _ = pair
    whole, size = pcbs(4096)
    assert SIZE1 < size < 4096
    old, given = pcbs(0)
    assert given == SIZE1 and [r[:SIZE1] for r in whole] == old
    assert struct.pack("!H", a.getsockname()[1]) in {r[4:6] for r in old}
    assert pcbs(SIZE1 + 4)[1] == SIZE1 + 4
    with pytest.raises(OSError) as e:
        pcbs(SIZE1 - 1)
    assert e.value.errno == errno.EINVAL
