# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Signed segments. RFC 2385

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy, 10.77.0.1 peer (Linux)
"""
import errno
import socket
import struct

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import sysfs
from tcp_wire import ADDRESS, Wire, alive, listening, options, stats

KEY = b"a secret of both"
OTHER = b"another one"
PEER = "10.77.0.1"
TCP_MD5SIG, TCP_MD5SIG_EXT = 14, 32
PREFIX, IFINDEX = 1, 2

SET_KEY = """
import socket, struct
def set_key(s):
    s.setsockopt(socket.IPPROTO_TCP, 14,
                 struct.pack("=H2x4s120xBBHi80s", socket.AF_INET, socket.inet_aton("10.77.0.2"),
                             0, 0, len(key), 0, key.encode()))
"""
SERVE = SET_KEY + """
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.77.0.1", port))
set_key(s)
s.listen(1)
s.settimeout(30)
c, _ = s.accept()
s.close()
c.settimeout(30)
n = 0
while piece := c.recv(100000):
    n += len(piece)
c.sendall(bytes(n))
c.close()
result = n
"""
CALL = SET_KEY + """
s = socket.socket()
s.settimeout(timeout)
set_key(s)
try:
    s.connect(("10.77.0.2", port))
    s.sendall(bytes(100000))
    s.shutdown(socket.SHUT_WR)
    result = 0
    while piece := s.recv(100000):
        result += len(piece)
except OSError as e:
    result = str(e)
s.close()
"""


def signature(key, address=ADDRESS, flags=0, plen=0, length=None, family=socket.AF_INET):
    return struct.pack("=HH4s120xBBHi80s", family, 0, socket.inet_aton(address), flags, plen,
                       len(key) if length is None else length, 0, key)


def set_key(s, key, address=ADDRESS, opt=TCP_MD5SIG, **more):
    s.setsockopt(socket.IPPROTO_TCP, opt, signature(key, address, **more))


@pytest.fixture
def wire(peer, segments):
    w = Wire(peer)
    w.key = KEY
    return w


@pytest.fixture
def head():
    """A listener that has a key for the wire."""
    with listening() as s:
        set_key(s, KEY)
        yield s


@pytest.fixture
def conn(wire, head):
    with wire.call(head) as c:
        c.settimeout(10)
        yield c


def refused(wire, counter, **more):
    """This segment is dropped, counted so, and not answered."""
    before = stats("tcp", counter)
    wire.send(**more)
    wire.quiet(0.3)
    assert stats("tcp", counter) == before + 1


def test_connection_comes_in_signed(wire, head):
    with wire.call(head) as c:
        assert wire.syn["signed"]
        c.send(b"data")
        found = wire.expect("PA", data=b"data", signed=True)
        assert found["len"] == 4
        wire.push(b"more")
        assert c.recv(10) == b"more"
        wire.expect("A", signed=True)


def test_connection_goes_out_signed(wire):
    with bsd_socket(socket.SOCK_STREAM) as s:
        s.setblocking(False)
        set_key(s, KEY)
        s.bind(("10.77.0.2", 0))
        wire.dport = s.getsockname()[1]
        assert s.connect_ex((ADDRESS, wire.port)) == errno.EINPROGRESS
        syn = wire.expect("S", signed=True)
        assert set(options(syn)) == {"NOP", "MSS", "WScale", "SAckOK"}
        wire.irs = syn["seq"]
        wire.ack = 1
        wire.send("SA", key=b"")
        wire.quiet(0.3)
        wire.send("SA", opts=[("MSS", 1460), ("SAckOK", "")])
        wire.seq = 1
        wire.expect("A", signed=True)
        s.send(bytes(2000))
        assert wire.expect("A", signed=True)["len"] == 1460 - 20
        assert wire.expect("PA", signed=True)["len"] == 2000 - 1440


@pytest.mark.parametrize("key,counter", [(b"", "rcvmd5missing"), (OTHER, "rcvmd5bad")])
def test_syn_that_is_not_signed_well_is_dropped(wire, head, key, counter):
    wire.dport = head.getsockname()[1]
    refused(wire, counter, flags="S", key=key)


@pytest.mark.parametrize("key,counter", [(b"", "rcvmd5missing"), (OTHER, "rcvmd5bad")])
def test_segment_that_is_not_signed_well_is_dropped(wire, conn, key, counter):
    before = stats("tcp", counter)
    wire.send("PA", b"x", key=key)
    for flags in ("R", "S", "FA"):
        wire.send(flags, key=key)
    wire.quiet(0.3)
    assert stats("tcp", counter) == before + 4
    alive(wire, conn)


@pytest.mark.parametrize("key,counter", [(b"", "rcvmd5missing"), (OTHER, "rcvmd5bad")])
def test_handshake_ends_signed_only(wire, head, key, counter):
    head.settimeout(0.3)
    wire.half_open(head)
    before = stats("tcp", counter)
    wire.send("A", key=key)
    wire.send("R", key=key)
    with pytest.raises(TimeoutError):
        head.accept()
    assert stats("tcp", counter) == before + 2
    wire.send("A")
    head.accept()[0].close()


def test_signature_that_nobody_asked_for_is_dropped(wire):
    with listening() as s:
        wire.dport = s.getsockname()[1]
        refused(wire, "rcvmd5unwanted", flags="S")
        wire.half_open(s, key=b"")
        wire.send("A", key=b"")
        with s.accept()[0] as c:
            refused(wire, "rcvmd5unwanted", flags="PA", data=b"x")
            wire.key = b""
            alive(wire, c)


def test_closed_port_does_not_answer_what_is_signed(wire):
    wire.dport = 9
    refused(wire, "rcvmd5unwanted", flags="S")


def test_data_that_was_changed_is_dropped(wire, conn):
    """RFC 2385 2.0: header, data and both addresses are signed."""
    wire.send("PA", b"good")
    assert conn.recv(10) == b"good"
    wire.expect("A")
    wire.seq += 4
    before = stats("tcp", "rcvmd5bad")
    wire.peer.python("""
t = TCP(sport=port, dport=dport, flags="PA", seq=seq, ack=ack, window=65535)
t.options = [(19, bytes(16))]
def packet(data):
    return IP(src=address, dst="10.77.0.2") / t / data
t.options = [(19, wire_digest(bytes(packet(b"good")), key.encode()))]
sendp(Ether(dst="52:54:00:77:00:00") / packet(b"evil"), iface="tap0")
result = 1
""", port=wire.port, dport=wire.dport, address=ADDRESS, seq=wire.iss + wire.seq,
                     ack=wire.irs + wire.ack, key=KEY.decode())
    wire.quiet(0.3)
    assert stats("tcp", "rcvmd5bad") == before + 1


def test_other_peers_are_not_signed_for(peer, head):
    set_key(head, b"", ADDRESS)
    set_key(head, KEY, "10.77.0.8")
    plain = Wire(peer)
    with plain.call(head) as c:
        assert plain.syn["signed"] is None
        alive(plain, c)


def test_longest_prefix_wins(wire, head):
    set_key(head, b"", ADDRESS)
    set_key(head, OTHER, "10.77.0.0", TCP_MD5SIG_EXT, flags=PREFIX, plen=24)
    set_key(head, KEY, "10.77.0.8", TCP_MD5SIG_EXT, flags=PREFIX, plen=31)
    set_key(head, b"everybody", "0.0.0.0", TCP_MD5SIG_EXT, flags=PREFIX, plen=0)
    with wire.call(head) as c:
        assert wire.syn["signed"]
        alive(wire, c)


def test_key_is_replaced_and_removed(wire, head):
    set_key(head, OTHER)
    wire.dport = head.getsockname()[1]
    refused(wire, "rcvmd5bad", flags="S")
    set_key(head, b"")
    with pytest.raises(OSError) as e:
        set_key(head, b"")
    assert e.value.errno == errno.ENOENT
    wire.key = b""
    with wire.call(head) as c:
        alive(wire, c)


def test_connection_keeps_the_key_of_its_syn(wire, head):
    with wire.call(head) as c:
        set_key(head, b"")
        alive(wire, c)
    wire.expect("FA", signed=True)


@pytest.mark.parametrize("value,error", [
    (signature(KEY, length=81), errno.EINVAL),
    (signature(KEY, family=socket.AF_INET6), errno.EINVAL),
    (signature(KEY)[:-1], errno.EINVAL),
    (signature(KEY, flags=PREFIX, plen=33), errno.EINVAL),
    (signature(KEY, flags=IFINDEX), errno.EINVAL),
], ids=["length", "family", "short", "prefix", "interface"])
def test_bad_key_is_refused(value, error):
    with bsd_socket(socket.SOCK_STREAM) as s, pytest.raises(OSError) as e:
        s.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG_EXT, value)
    assert e.value.errno == error


def test_keys_are_not_too_many():
    with bsd_socket(socket.SOCK_STREAM) as s:
        for i in range(256):
            set_key(s, KEY, f"10.0.0.{i}")
        set_key(s, OTHER, "10.0.0.7")
        with pytest.raises(OSError) as e:
            set_key(s, KEY)
        assert e.value.errno == errno.ENOBUFS


@pytest.mark.parametrize("opt", [TCP_MD5SIG, TCP_MD5SIG_EXT])
def test_key_is_never_shown(head, opt):
    with pytest.raises(OSError) as e:
        head.getsockopt(socket.IPPROTO_TCP, opt, 216)
    assert e.value.errno == errno.ENOPROTOOPT


def test_cookies_are_signed(wire, head):
    sysfs("tcp/syncookies", 2)
    try:
        with wire.call(head, opts=[("MSS", 1000), ("SAckOK", ""), ("Timestamp", [9, 0])]) as c:
            assert wire.syn["signed"] and "Timestamp" not in options(wire.syn)
            c.send(bytes(3000))
            assert wire.expect("A", signed=True)["len"] == 536 - 20     # a cookie's next smaller
    finally:
        sysfs("tcp/syncookies", 1)


def test_blocks_fit_beside_a_signature(wire, head):
    """Two of RFC 2018's, in place of four; no timestamps."""
    c = wire.call(head, opts=[("MSS", 1460), ("SAckOK", ""), ("Timestamp", [9, 0])])
    with c:
        assert "Timestamp" not in options(wire.syn) and "SAckOK" in options(wire.syn)
        for n in (1, 3, 5, 7):
            wire.send("PA", b"x" * 100, seq=1 + 100 * n)
            found = wire.expect("A", signed=True)
        assert options(found)["SAck"] == [wire.iss + 701, wire.iss + 801, wire.iss + 501,
                                          wire.iss + 601]


def test_timestamps_without_blocks(wire, head):
    """40 bytes hold both: 12 and 20."""
    with wire.call(head, opts=[("MSS", 1460), ("Timestamp", [9, 0])]) as c:
        c.send(bytes(2000))
        assert wire.expect("A", signed=True)["len"] == 1460 - 12 - 20


def test_syn_ack_is_repeated_signed(wire, head):
    wire.half_open(head)
    wire.expect("SA", timeout=3, signed=True)


def test_answers_are_signed(wire, conn, head):
    """Challenges, resets of connections and of a listener."""
    wire.send("S")
    wire.expect("A", signed=True)
    wire.send("PA", b"unread")
    wire.expect("A", signed=True)
    conn.close()
    wire.expect("RA", signed=True)
    other = Wire(wire.peer)
    other.key = KEY
    other.dport = head.getsockname()[1]
    other.send("A", ack=77)
    other.expect("R", seq=77, signed=True)


def test_time_wait_is_signed(wire, conn):
    conn.close()
    wire.expect("FA", signed=True)
    wire.ack += 1
    wire.send("FA")
    wire.expect("A", signed=True)
    wire.send("FA")
    wire.expect("A", signed=True)
    refused(wire, "rcvmd5missing", flags="FA", key=b"")
    refused(wire, "rcvmd5missing", flags="S", seq=100000, key=b"")


@pytest.mark.parametrize("ours", [KEY, OTHER])
def test_linux_calls(peer, ours):
    with listening() as s:
        set_key(s, ours, PEER)
        s.settimeout(30 if ours == KEY else 2)
        call = peer.start_python(CALL, port=s.getsockname()[1], key=KEY.decode(),
                                 timeout=30 if ours == KEY else 1)
        if ours != KEY:
            assert call.result() == "timed out"
            return
        c, _ = s.accept()
        with c:
            n = 0
            while piece := c.recv(100000):
                n += len(piece)
            assert n == 100000
            c.sendall(bytes(n))
        assert call.result() == 100000


def test_linux_is_called(peer):
    serve = peer.start_python(SERVE, port=7310, key=KEY.decode())
    for _ in range(50):
        s = bsd_socket(socket.SOCK_STREAM, timeout=30)
        set_key(s, KEY, PEER)
        try:
            s.connect((PEER, 7310))
            break
        except ConnectionRefusedError:
            s.close()
    with s:
        s.sendall(bytes(100000))
        s.shutdown(socket.SHUT_WR)
        n = 0
        while piece := s.recv(100000):
            n += len(piece)
        assert n == 100000
    assert serve.result() == 100000
