# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Data in the SYN. RFC 7413

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy, 10.77.0.1 peer (Linux)
"""
import errno
import itertools
import socket
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import sysfs
from tcp_wire import Wire, alive, listening, stats

PEER = "10.77.0.1"
TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE = 23, 30, 34
SYN_DATA = 32       # of tcpi_options
OPTIONS = 5         # of struct tcp_info
SYN_RECV = 3
MSS = ("MSS", 1460)
ASK = (34, "")

# The stack remembers hosts: each test has one that it has not met.
addresses = (f"10.77.0.{n}" for n in itertools.count(100))

SERVE = """
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.77.0.1", port))
s.setsockopt(socket.IPPROTO_TCP, 23, 5)
s.listen(5)
s.settimeout(30)
result = []
for _ in range(times):
    c, _ = s.accept()
    c.settimeout(30)
    data = c.recv(100000)
    result.append([data.decode(), c.getsockopt(6, socket.TCP_INFO, 8)[5] & 32])
    c.sendall(b"answer")
    c.close()
s.close()
"""
CALL = """
import socket
result = []
for i in range(times):
    s = socket.socket()     # with a time-out it would not wait for the handshake
    s.sendto(b"question", socket.MSG_FASTOPEN, ("10.77.0.2", port))
    s.settimeout(30)
    result.append([s.recv(100).decode(), s.getsockopt(6, socket.TCP_INFO, 8)[5] & 32])
    s.close()
"""


@pytest.fixture(autouse=True)
def both():
    sysfs("tcp/fastopen", 3)
    yield
    sysfs("tcp/fastopen", 1)


@pytest.fixture
def wire(peer, segments):
    return Wire(peer, next(addresses))


@pytest.fixture
def head():
    """A listener that takes two at a time."""
    with listening() as s:
        s.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 2)
        s.settimeout(5)
        yield s


def info(s, what=OPTIONS):
    return s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[what]


def good_cookie(wire, head):
    """Ask for one (3.1), and give the connection up."""
    syn = wire.half_open(head, opts=[MSS, ASK])
    assert len(syn["cookie"]) == 16
    wire.send("R")
    return syn["cookie"]


def again(wire):
    """The same address, another port."""
    return Wire(wire.peer, wire.address)


def test_cookie_is_given_to_who_asks(wire, head):
    """4.1.2: the same for an address, another for another."""
    before = stats("tcp", "fo_request")
    cookie = good_cookie(wire, head)
    assert stats("tcp", "fo_request") == before + 1
    assert good_cookie(again(wire), head) == cookie
    assert cookie not in ("", "0" * 16)


@pytest.mark.parametrize("knob,limit", [(1, 2), (3, 0)])
def test_cookie_is_not_given_unless_wanted(wire, head, knob, limit):
    sysfs("tcp/fastopen", knob)
    head.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, limit)
    assert wire.half_open(head, opts=[MSS, ASK])["cookie"] is None


def test_data_of_a_syn_is_delivered_at_once(wire, head):
    """4.2.2: accept() returns, the SYN|ACK acknowledges it, the answer goes with it."""
    cookie = good_cookie(wire, head)
    w = again(wire)
    before = stats("tcp", "fo_passive")
    w.dport = head.getsockname()[1]
    w.send("S", b"question", opts=[MSS, (34, cookie)])
    with head.accept()[0] as c:
        assert stats("tcp", "fo_passive") == before + 1
        assert c.recv(100) == b"question"
        assert info(c) & SYN_DATA and info(c, 0) == SYN_RECV
        syn = w.expect("SA", ack=9)
        w.irs = syn["seq"]
        c.send(b"answer")
        w.expect("PA", seq=1, data=b"answer")
        w.seq, w.ack = 9, 7
        w.send("A")
        w.push(b"more")
        assert c.recv(100) == b"more"
        assert info(c, 0) == 1
        c.send(b"end")
        w.expect("PA", data=b"end", seq=7)


def test_who_has_not_seen_the_syn_ack_says_nothing(wire, head):
    """RFC 9293 3.10.7.4: an acknowledgment of less than our SYN is no good one there."""
    cookie = good_cookie(wire, head)
    w = again(wire)
    w.dport = head.getsockname()[1]
    w.send("S", b"question", opts=[MSS, (34, cookie)])
    with head.accept()[0] as c:
        assert c.recv(100) == b"question"
        w.irs = w.expect("SA", ack=9)["seq"]
        w.send("PA", b"blind", seq=9, ack=-5)
        w.expect("A", ack=9)
        w.send("PA", b"seen!", seq=9, ack=1)
        assert c.recv(100) == b"seen!"


def test_listener_that_closes_resets_whom_it_has_not_accepted(wire):
    """Also who was believed at once, and has not acknowledged our SYN."""
    with listening() as s:
        s.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 2)
        cookie = good_cookie(wire, s)
        w = again(wire)
        w.dport = s.getsockname()[1]
        w.send("S", b"x" * 1000, opts=[MSS, (34, cookie)])
        w.irs = w.expect("SA", ack=1001)["seq"]
    w.expect("RA")


def test_bad_cookie_is_replaced(wire, head):
    """4.2.2: an ordinary SYN|ACK, which leaves the data, with a good one."""
    cookie = good_cookie(wire, head)
    w = again(wire)
    before = stats("tcp", "fo_badcookie")
    syn = w.half_open(head, data=b"question", opts=[MSS, (34, "ab" * 8)])
    assert stats("tcp", "fo_badcookie") == before + 1
    assert syn["ack"] == 1 and syn["cookie"] == cookie
    w.send("A")
    w.push(b"question")
    with head.accept()[0] as c:
        assert c.recv(100) == b"question" and not info(c) & SYN_DATA


@pytest.mark.parametrize("cookie", ["ab", "ab" * 5, "ab" * 18])
def test_cookie_of_bad_length_is_no_option(wire, head, cookie):
    """4.1.1."""
    assert wire.half_open(head, data=b"x", opts=[MSS, (34, cookie)])["cookie"] is None


def test_pending_connections_are_limited(wire, head):
    """5.1: with the third the listener is as without; an acknowledgment makes room."""
    cookie = good_cookie(wire, head)
    before = stats("tcp", "fo_limit")
    ws = [again(wire) for _ in range(4)]
    for w in ws[:2]:
        w.dport = head.getsockname()[1]
        w.send("S", b"x", opts=[MSS, (34, cookie)])
        w.irs = w.expect("SA", ack=2)["seq"]
    ws[2].half_open(head, data=b"x", opts=[MSS, (34, cookie)])
    assert stats("tcp", "fo_limit") == before + 1
    ws[0].send("A", seq=2, ack=1)
    head.accept()[0].close()
    ws[3].dport = head.getsockname()[1]
    ws[3].send("S", b"x", opts=[MSS, (34, cookie)])
    ws[3].expect("SA", ack=2)


def test_reset_does_not_make_room(wire, head):
    """5.1: or a replayed SYN and its victim's resets would go on for ever."""
    cookie = good_cookie(wire, head)
    for w in (again(wire), again(wire)):
        w.dport = head.getsockname()[1]
        w.send("S", b"x", opts=[MSS, (34, cookie)])
        w.irs = w.expect("SA", ack=2)["seq"]
        w.send("R", seq=2)
    again(wire).half_open(head, data=b"x", opts=[MSS, (34, cookie)])


def test_syn_ack_is_repeated_until_acknowledged(wire, head):
    cookie = good_cookie(wire, head)
    w = again(wire)
    w.dport = head.getsockname()[1]
    w.send("S", b"x", opts=[MSS, (34, cookie)])
    first = w.expect("SA", ack=2)
    second = w.expect("SA", ack=2, timeout=3)
    assert 0.8 < second["time"] - first["time"] < 1.8
    w.send("S", opts=[MSS])     # 4.2.1: the client's is repeated without data
    w.expect("SA", ack=2)
    w.irs = first["seq"]
    w.send("A", seq=2, ack=1)
    w.quiet(2.5)
    head.accept()[0].close()


def test_no_cookie_needed_where_the_listener_says_so(wire, head):
    """TCP_FASTOPEN_NO_COOKIE."""
    head.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1)
    wire.dport = head.getsockname()[1]
    wire.send("S", b"x", opts=[MSS])
    wire.expect("SA", ack=2)
    with head.accept()[0] as c:
        assert c.recv(10) == b"x"


def connecting(wire, **more):
    """A socket of which the first data goes with the SYN, if it knows a cookie."""
    s = bsd_socket(socket.SOCK_STREAM)
    s.bind(("10.77.0.2", 0))
    s.settimeout(5)
    wire.dport = s.getsockname()[1]
    for opt, value in more.items():
        s.setsockopt(socket.IPPROTO_TCP, globals()[opt], value)
    return s


def answered(wire, syn, ack, opts=(MSS,)):
    wire.irs = syn["seq"]
    wire.seq, wire.ack = 0, ack
    wire.send("SA", opts=opts)
    wire.seq = 1


def learnt(wire, cookie="0123456789abcdef", mss=1000):
    """Let the stack have a cookie of ours."""
    with connecting(wire) as s:
        s.setblocking(False)
        with pytest.raises(BlockingIOError) as e:
            s.sendto(b"first", socket.MSG_FASTOPEN, (wire.address, wire.port))
        assert e.value.errno == errno.EINPROGRESS
        syn = wire.expect("S", len=0)
        assert syn["cookie"] == ""
        answered(wire, syn, 1, [("MSS", mss), (34, cookie)])
        wire.expect("A", seq=1)
    wire.expect("FA")
    return cookie


@pytest.fixture
def known(wire):
    """A wire whose cookie the stack has."""
    learnt(wire)
    return again(wire)


def test_client_sends_data_with_its_cookie(known):
    """4.2.1."""
    before = stats("tcp", "fo_active")
    with connecting(known) as s:
        assert s.sendto(b"question", socket.MSG_FASTOPEN, (known.address, known.port)) == 8
        syn = known.expect("S", data=b"question")
        assert syn["cookie"] == "0123456789abcdef"
        answered(known, syn, 9)
        known.expect("A", seq=9)
        assert info(s) & SYN_DATA
        assert stats("tcp", "fo_active") == before + 1
        known.ack = 9
        alive(known, s)


def test_connect_waits_for_the_data(known):
    """TCP_FASTOPEN_CONNECT: connect() sends nothing, the first write does."""
    with connecting(known, TCP_FASTOPEN_CONNECT=1) as s:
        s.connect((known.address, known.port))
        known.quiet(0.5)
        s.send(b"question")
        answered(known, known.expect("S", data=b"question"), 9)
        known.expect("A", seq=9)


def test_both_call_while_data_is_awaited(known):
    """RFC 9293 3.5, figure 7: nothing is left to wait for."""
    with connecting(known, TCP_FASTOPEN_CONNECT=1) as s:
        s.connect((known.address, known.port))
        known.send("S", opts=[MSS])
        known.irs = known.expect("SA", ack=1)["seq"]
        known.seq = known.ack = 1
        known.send("A")
        s.send(b"question")
        known.expect("PA", seq=1, data=b"question")


def test_data_that_the_syn_ack_leaves_goes_again(known):
    """4.2.1."""
    before = stats("tcp", "fo_activefail")
    with connecting(known) as s:
        s.sendto(b"question", socket.MSG_FASTOPEN, (known.address, known.port))
        answered(known, known.expect("S", data=b"question"), 1)
        found = known.recv()
        if not found["len"]:
            found = known.recv()
        assert found["data"] == b"question" and found["seq"] == 1
        assert not info(s) & SYN_DATA
        assert stats("tcp", "fo_activefail") == before + 1


def test_syn_data_fits_the_mss(known):
    """4.2.1: what the server told with the cookie, less the options."""
    with connecting(known) as s:
        assert s.sendto(bytes(3000), socket.MSG_FASTOPEN, (known.address, known.port)) == 3000
        syn = known.expect("S")
        assert syn["len"] == 1000 - 20 - 12
        answered(known, syn, 1 + syn["len"], [("MSS", 1000)])
        found = known.recv()
        if not found["len"]:
            found = known.recv()
        assert found["seq"] == 1 + syn["len"]


def test_syn_is_repeated_without_data(known):
    """4.2.1, 4.1.3.1: and the next one has none, nor its option."""
    before = stats("tcp", "fo_lost")
    with connecting(known) as s:
        s.sendto(b"question", socket.MSG_FASTOPEN, (known.address, known.port))
        known.expect("S", data=b"question")
        syn = known.expect("S", data=b"", timeout=3)
        assert syn["cookie"] is None
        assert stats("tcp", "fo_lost") == before + 1
        answered(known, syn, 1)
        found = known.recv()
        if not found["len"]:
            found = known.recv()
        assert found["data"] == b"question"
    other = again(known)
    with connecting(other) as s:
        s.setblocking(False)
        with pytest.raises(BlockingIOError):
            s.sendto(b"question", socket.MSG_FASTOPEN, (other.address, other.port))
        assert other.expect("S", data=b"")["cookie"] is None


def test_client_needs_no_cookie_if_it_says_so(wire):
    """TCP_FASTOPEN_NO_COOKIE."""
    with connecting(wire, TCP_FASTOPEN_NO_COOKIE=1) as s:
        s.sendto(b"question", socket.MSG_FASTOPEN, (wire.address, wire.port))
        assert wire.expect("S", data=b"question")["cookie"] is None


@pytest.mark.parametrize("opt,value", [(TCP_FASTOPEN, -1), (TCP_FASTOPEN_CONNECT, 2),
                                       (TCP_FASTOPEN_NO_COOKIE, -1)])
def test_bad_values(opt, value):
    with bsd_socket(socket.SOCK_STREAM) as s, pytest.raises(OSError) as e:
        s.setsockopt(socket.IPPROTO_TCP, opt, value)
    assert e.value.errno == errno.EINVAL


def test_client_may_be_switched_off():
    sysfs("tcp/fastopen", 2)
    with bsd_socket(socket.SOCK_STREAM) as s:
        with pytest.raises(OSError) as e:
            s.sendto(b"x", socket.MSG_FASTOPEN, (PEER, 9))
        assert e.value.errno == errno.EOPNOTSUPP


def test_linux_calls(peer, head):
    peer.run("sysctl", "-qw", "net.ipv4.tcp_fastopen=3").check()
    peer.run("ip", "tcp_metrics", "flush", "all")
    head.settimeout(30)
    call = peer.start_python(CALL, port=head.getsockname()[1], times=2)
    for i in range(2):
        with head.accept()[0] as c:
            assert c.recv(100) == b"question"
            assert bool(info(c) & SYN_DATA) == bool(i)
            c.send(b"answer")
            assert c.recv(100) == b""
    assert call.result() == [["answer", 0], ["answer", SYN_DATA]]


def test_linux_is_called(peer):
    peer.run("sysctl", "-qw", "net.ipv4.tcp_fastopen=3").check()
    serve = peer.start_python(SERVE, port=7320, times=2)
    time.sleep(1)
    for i in range(2):
        with bsd_socket(socket.SOCK_STREAM, timeout=None) as s:
            s.sendto(b"question", socket.MSG_FASTOPEN, (PEER, 7320))
            assert s.recv(100) == b"answer"
            assert bool(info(s) & SYN_DATA) == bool(i)
    assert serve.result() == [["question", 0], ["question", SYN_DATA]]
