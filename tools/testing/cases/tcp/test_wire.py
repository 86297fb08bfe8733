# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""TCP segment by segment. RFC 9293, 1122, 2525, 5681, 5961, 6298, 6582, 7323

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy
"""
import errno
import select
import socket
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import bsdnet, counter, sysfs
from tcp_wire import ADDRESS, TS, Wire, alive, listening, options, stats


@pytest.fixture
def far(wire):
    """The same as conn, with a long round trip: time-outs are later than a test's steps."""
    with listening() as s, wire.call(s, delay=0.5) as c:
        c.settimeout(10)
        yield wire, c


def states(wire):
    """Of the connection, as netstat says it: one, or none."""
    return [s["state"] for s in bsdnet("netstat", "-an", "--json").check().json()
            if s["foreign"] == f"{ADDRESS}.{wire.port}"]


# Opening.

def test_syn_has_the_options(wire):
    """RFC 9293 3.7.1, RFC 7323 2.2, 3.2."""
    s, syn = wire.answer()
    with s:
        found = options(syn)
        assert found["MSS"] == 1460 and found["WScale"] == 6
        assert found["Timestamp"][1] == 0 and found["Timestamp"][0] != 0
        assert syn["df"] and syn["ttl"] == 64


def test_options_that_the_peer_lacks_are_not_sent(wire):
    with listening() as s, wire.call(s, opts=()) as c:
        assert set(options(wire.syn)) == {"MSS"}
        c.send(b"x")
        assert options(wire.expect("PA", data=b"x")) == {}


def test_timestamps_are_echoed(wire):
    """RFC 7323 3.2."""
    with listening() as s:
        wire.dport = s.getsockname()[1]
        with wire.call(s, opts=[("MSS", 1460), TS]) as c:
            assert options(wire.syn)["Timestamp"][1] == 100
            wire.push(b"x", opts=[("Timestamp", [107, 0])])
            assert c.recv(1) == b"x"
            c.send(b"y")
            assert options(wire.expect("PA"))["Timestamp"][1] == 107


def test_segments_fit_the_mss_of_the_peer(wire):
    with listening() as s, wire.call(s, opts=[("MSS", 600)]) as c:
        c.send(bytes(1500))
        assert [wire.recv()["len"] for _ in range(3)] == [600, 600, 300]


def test_syn_is_repeated_with_backoff(wire):
    """RFC 6298 5.5: one second, then two."""
    s = bsd_socket(socket.SOCK_STREAM)
    s.setblocking(False)
    s.connect_ex((ADDRESS, wire.port))
    times = [wire.recv()["time"] for _ in range(3)]
    s.close()
    assert 0.8 < times[1] - times[0] < 1.6 and 1.7 < times[2] - times[1] < 3


def test_syn_ack_is_repeated(wire):
    with listening() as s:
        wire.dport = s.getsockname()[1]
        wire.send("S")
        first, second = wire.recv(), wire.recv()
        assert first["flags"] == second["flags"] == "SA" and first["seq"] == second["seq"]
        assert 0.8 < second["time"] - first["time"] < 1.8


def test_syns_are_as_many_as_the_program_says(wire):
    """TCP_SYNCNT."""
    with bsd_socket(socket.SOCK_STREAM) as s:
        s.setblocking(False)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
        s.connect_ex((ADDRESS, wire.port))
        wire.expect("S")
        wire.expect("S")
        wire.quiet(3)
        assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ETIMEDOUT


def test_handshake_has_the_ttl_of_the_listener(wire):
    """IP_TTL and IP_MINTTL (RFC 5082): a SYN from afar is not answered."""
    with listening() as s:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
        assert wire.half_open(s)["ttl"] == 255
        s.setsockopt(socket.IPPROTO_IP, 21, 255)
        other = Wire(wire.peer)
        other.dport = wire.dport
        other.send("S")
        other.quiet(0.5)


def test_accept_waits_for_data(wire):
    """TCP_DEFER_ACCEPT: for so long, then without."""
    with listening() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 3)
        s.settimeout(0.5)
        wire.half_open(s)
        wire.send("A")
        with pytest.raises(TimeoutError):
            s.accept()
        wire.push(b"data")
        with s.accept()[0] as c:
            assert c.recv(10) == b"data"
        late = Wire(wire.peer)
        late.half_open(s)
        time.sleep(3.2)
        late.send("A")
        s.accept()[0].close()


def test_simultaneous_open(wire):
    """RFC 9293 3.5, figure 7."""
    s = bsd_socket(socket.SOCK_STREAM)
    s.setblocking(False)
    s.bind(("10.77.0.2", 0))
    wire.dport = s.getsockname()[1]
    s.connect_ex((ADDRESS, wire.port))
    wire.irs = wire.expect("S")["seq"]
    wire.send("S")
    wire.expect("SA", seq=0, ack=1)
    wire.seq = wire.ack = 1
    wire.send("A")
    s.settimeout(5)
    for _ in range(50):
        try:
            s.getpeername()
            break
        except OSError:
            time.sleep(0.05)
    s.send(b"open")
    wire.expect("PA", data=b"open", seq=1)
    s.close()


def test_bad_acknowledgement_of_a_syn_is_reset(wire):
    """RFC 9293 3.10.7.3."""
    s = bsd_socket(socket.SOCK_STREAM)
    s.setblocking(False)
    s.bind(("10.77.0.2", 0))
    wire.dport = s.getsockname()[1]
    s.connect_ex((ADDRESS, wire.port))
    wire.irs = wire.expect("S")["seq"]
    wire.send("SA", ack=5000)
    wire.expect("R", seq=5000)
    s.close()


def test_acknowledgement_of_no_syn_is_reset(wire):
    """RFC 9293 3.10.7.2."""
    with listening() as s:
        wire.dport = s.getsockname()[1]
        wire.send("A", ack=77)
        wire.expect("R", seq=77)


@pytest.mark.parametrize("flags,answer", [("S", "RA"), ("A", "R"), ("SA", "R"), ("R", None),
                                          ("F", "RA")])
def test_closed_port(wire, flags, answer):
    """RFC 9293 3.10.7.1."""
    wire.dport = 9
    wire.send(flags)
    if answer:
        wire.expect(answer)
    else:
        wire.quiet()


def test_bad_checksum_is_dropped(wire):
    before = counter("tcp/segments")
    wire.dport = 9
    wire.send("S", chksum=0x1234)
    wire.quiet()
    assert counter("tcp/segments") == before + 1


# Data.

def test_data_in_order_is_acknowledged_within_delack(conn):
    wire, c = conn
    wire.push(b"one")
    assert c.recv(10) == b"one"
    wire.expect("A", ack=4)


def test_second_segment_is_acknowledged_at_once(conn):
    wire, c = conn
    sysfs("tcp/delack", 500)
    try:
        wire.push(bytes(1460))
        wire.push(bytes(1460))
        begin = time.monotonic()
        wire.expect("A", ack=2921)
        assert time.monotonic() - begin < 0.4
    finally:
        sysfs("tcp/delack", 40)


def test_data_out_of_order_is_put_in_order(conn):
    wire, c = conn
    wire.send("PA", b"cd", seq=3)
    wire.expect("A", ack=1)
    wire.send("PA", b"f", seq=6)
    wire.expect("A", ack=1)
    wire.send("PA", b"ab", seq=1)
    wire.expect("A", ack=5)
    wire.send("PA", b"de", seq=4)
    wire.expect("A", ack=7)
    got = b""
    while len(got) < 6:
        got += c.recv(10)
    assert got == b"abcdef"


def test_missing_segment_is_taken_when_there_is_room_for_no_other(wire):
    with listening() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        with wire.call(s) as c:
            for i in range(1, 5):
                wire.send("A", bytes([i]) * 1460, seq=1 + 1460 * i)
                wire.expect("A", ack=1)
            wire.send("A", bytes(1460), seq=1)
            assert wire.recv()["ack"] > 1 + 2 * 1460
            assert c.recv(2920, socket.MSG_WAITALL) == bytes(1460) + b"\1" * 1460


def test_fin_out_of_order_waits_for_its_data(conn):
    wire, c = conn
    wire.send("FA", b"cd", seq=3)
    wire.expect("A", ack=1)
    wire.send("PA", b"ab", seq=1)
    wire.expect("A", ack=6)
    assert c.recv(10) == b"abcd" and c.recv(10) == b""


def test_duplicate_data_is_acknowledged_and_dropped(conn):
    wire, c = conn
    wire.push(b"abc")
    wire.expect("A", ack=4)
    wire.send("PA", b"abc", seq=1)
    wire.expect("A", ack=4)
    wire.send("PA", b"bcde", seq=2)
    wire.expect("A", ack=6)
    assert c.recv(10) == b"abcde"


def test_data_right_of_the_window_is_refused(conn):
    """RFC 9293 3.10.7.4."""
    wire, c = conn
    wire.send("PA", b"x", seq=2000000)
    wire.expect("A", ack=1)
    with pytest.raises(TimeoutError):
        c.settimeout(0.5)
        c.recv(1)


def test_acknowledgement_of_the_future_is_challenged(conn):
    """RFC 5961 5.2."""
    wire, c = conn
    wire.send("A", ack=500000)
    wire.expect("A", seq=1, ack=1)
    alive(wire, c)


# Loss.

def test_segment_is_repeated_with_backoff(conn):
    """RFC 6298 5."""
    wire, c = conn
    c.send(b"lost")
    found = [wire.expect("PA", data=b"lost", seq=1) for _ in range(3)]
    first, second = (found[i + 1]["time"] - found[i]["time"] for i in range(2))
    assert first > 0.15 and 1.5 < second / first < 3
    wire.send("A", ack=5)
    wire.quiet(2 * second)


def test_three_duplicates_retransmit_at_once(far):
    """RFC 5681 3.2; RFC 6582 3.2: a partial acknowledgement, too."""
    wire, c = far
    c.send(bytes(1460 * 8))
    for i in range(8):
        wire.expect("A" if i < 7 else "PA", seq=1 + 1460 * i)
    for _ in range(3):
        wire.send("A", ack=1)
    wire.expect("A", seq=1, len=1460)
    wire.send("A", ack=1 + 1460 * 3)
    wire.expect("A", seq=1 + 1460 * 3, len=1460)
    wire.send("A", ack=1 + 1460 * 8)
    wire.quiet(0.5)


def test_initial_window_is_ten_segments(conn):
    """RFC 6928 2."""
    wire, c = conn
    c.settimeout(1)
    c.send(bytes(1460 * 12))
    total = 0
    while (m := wire.recv(0.15)) and m["seq"] == total + 1:
        total += m["len"]
    assert total == 14600


def test_idle_connection_starts_again(far):
    """RFC 5681 4.1."""
    wire, c = far
    c.send(bytes(1460 * 20))
    got = 0
    while got < 1460 * 20:
        found = wire.recv()
        if found["seq"] == got + 1:
            got += found["len"]
        wire.send("A", ack=got + 1)
    cwnd = c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 84)[80]
    assert cwnd > 10
    time.sleep(2.5)
    c.send(b"x")
    wire.expect("PA", seq=got + 1)
    assert c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 84)[80] == 10


# Windows.

def test_window_of_the_peer_is_kept(wire):
    with listening() as s, wire.call(s, win=1000) as c:
        c.send(bytes(3000))
        assert wire.recv()["len"] == 1000
        wire.send("A", ack=1001, win=1000)
        assert wire.recv()["len"] == 1000


def test_shut_window_is_probed_until_it_opens(conn):
    """RFC 9293 3.8.6.1."""
    wire, c = conn
    wire.send("A", win=0)
    time.sleep(0.2)
    c.send(b"waits")
    probe = wire.expect("A", seq=1, len=1, timeout=5)
    assert probe["data"] == b"w"
    wire.send("A", ack=1, win=0)
    wire.expect("A", seq=1, len=1, timeout=5)
    wire.send("A", ack=1, win=1000)
    wire.expect("PA", seq=1, data=b"waits")


def test_window_shut_while_we_acknowledge_is_probed(conn):
    wire, c = conn
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    c.send(b"a")
    wire.expect("PA", data=b"a")
    c.send(b"b")        # waits for the acknowledgment
    wire.push(b"x", ack=2, win=0)
    wire.expect("A", seq=2, ack=2, len=0)
    assert wire.recv()["data"] == b"b"


@pytest.mark.parametrize("opts", [[("MSS", 1460)], [("MSS", 1460), ("SAckOK", "")]])
def test_data_is_repeated_into_a_window_that_shut_behind_it(wire, opts):
    """RFC 9293 3.8.6: and the connection lives as long as the peer answers."""
    with listening() as s, wire.call(s, opts=opts) as c:
        c.send(b"sent")
        wire.expect("PA", seq=1, data=b"sent")
        wire.send("A", ack=1, win=0)
        for _ in range(3):
            assert wire.recv()["data"] == b"sent"
            wire.send("A", ack=1, win=0)
        wire.send("A", ack=5)
        c.send(b"alive")
        while (found := wire.recv())["seq"] < 5:
            pass
        assert found["data"] == b"alive"


def test_own_window_shuts_and_opens_again(conn):
    wire, c = conn
    told = 65535
    sent = 0
    while told >= 1460:
        for _ in range(told // 1460):
            wire.push(bytes(1460))
            sent += 1460
        while (found := wire.recv())["ack"] < sent + 1:
            pass
        told = found["win"]
        assert sent < 600000
    got = 0
    while got < sent:
        got += len(c.recv(100000))
    while told < 20000:
        told = wire.expect("A", ack=sent + 1)["win"]


def test_nagle_holds_back_and_nodelay_does_not(conn):
    """RFC 9293 3.7.4."""
    wire, c = conn
    c.send(b"a")
    wire.expect("PA", data=b"a")
    c.send(b"b")
    c.send(b"c")
    wire.quiet(0.1)
    wire.send("A", ack=2)
    wire.expect("PA", data=b"bc")
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    c.send(b"d")
    wire.expect("PA", data=b"d")


def test_cork_waits_for_a_full_segment(conn):
    wire, c = conn
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    c.send(b"head")
    c.send(bytes(1460))
    wire.expect("A", len=1460)
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
    wire.send("A", ack=1461)
    wire.expect("PA", len=4)


def test_partial_send_is_not_corked(wire):
    """A call that could send a part only does not hold back the end of it."""
    with listening() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4000)
        with wire.call(s) as c:
            c.setblocking(False)
            before = stats("tcp", "persisttimeo")
            done = c.send(bytes(50000))
            assert 1460 < done < 50000
            got = 0
            while got < done:
                found = wire.recv()
                assert found["seq"] == got + 1, found
                got += found["len"]
                wire.send("A", ack=got + 1)
            assert stats("tcp", "persisttimeo") == before


def test_cork_gives_way_when_the_buffer_is_full(wire):
    with listening() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4000)
        with wire.call(s) as c:
            c.setblocking(False)
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            before = stats("tcp", "persisttimeo")
            done = c.send(bytes(50000))
            assert done % 1460
            assert sum(wire.recv()["len"] for _ in range(-(-done // 1460))) == done
            assert stats("tcp", "persisttimeo") == before


def test_probes_answered_are_no_loss(conn):
    """RFC 1122 4.2.2.17: a peer that answers may keep its window shut."""
    wire, c = conn
    wire.send("A", win=0)
    time.sleep(0.2)
    before = stats("tcp", "fastrexmit")
    c.send(b"waits")
    for _ in range(5):
        wire.expect("A", seq=1, data=b"w", timeout=20)
        wire.send("A", ack=1, win=0)
    assert stats("tcp", "fastrexmit") == before
    wire.send("A", ack=1, win=1000)
    wire.expect("PA", seq=1, data=b"waits")


def test_sequence_numbers_of_the_same_ends_go_on(wire):
    """RFC 6528 3: by the clock for the same ends, apart for others."""
    with listening() as s:
        seen = []
        for _ in range(3):
            wire.dport = s.getsockname()[1]
            wire.seq, wire.irs = 0, 0
            wire.send("S")
            seen.append(wire.expect("SA")["seq"])
            wire.send("R", seq=1)
            time.sleep(0.1)
        for first, then in zip(seen, seen[1:]):
            assert 0 < (then - first) & 0xffffffff < 1 << 22
        others = [Wire(wire.peer) for _ in range(3)]
        for other in others:
            other.dport = wire.dport
            other.send("S")
        assert any((other.expect("SA")["seq"] - seen[-1]) & 0xffffffff > 1 << 22
                   for other in others)


# Closing.

def test_active_close_and_time_wait(conn):
    """RFC 9293 3.6, figure 12."""
    wire, c = conn
    c.close()
    wire.expect("FA", seq=1, ack=1)
    wire.send("A", ack=2)
    wire.send("FA", ack=2)
    wire.expect("A", seq=2, ack=2)
    assert states(wire) == ["TIME_WAIT"]
    wire.send("FA", ack=2)
    wire.expect("A", seq=2, ack=2)


def test_time_wait_ends(conn):
    wire, c = conn
    sysfs("tcp/msl", 200)
    try:
        c.close()
        wire.expect("FA")
        wire.send("FA", ack=2)
        wire.expect("A", seq=2, ack=2)
        time.sleep(1.5)
    finally:
        sysfs("tcp/msl", 30000)
    assert not states(wire)


def test_orphan_waits_as_long_as_the_program_says(conn):
    """TCP_LINGER2."""
    wire, c = conn
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, 3)
    c.close()
    wire.expect("FA", seq=1)
    wire.send("A", ack=2)
    time.sleep(0.2)
    assert states(wire) == ["FIN_WAIT_2"]
    time.sleep(4)
    assert not states(wire)


def test_new_syn_ends_time_wait(wire):
    """RFC 6191; RFC 9293 3.6.1 (MAY-2)."""
    with listening() as s:
        c = wire.call(s)
        c.close()
        wire.expect("FA")
        wire.send("FA", ack=2)
        wire.expect("A", seq=2, ack=2)
        wire.iss += 100000
        wire.irs = 0
        wire.seq = 0
        wire.call(s).close()


def test_simultaneous_close(conn):
    """RFC 9293 3.6, figure 13."""
    wire, c = conn
    c.close()
    wire.expect("FA", seq=1)
    wire.send("FA", ack=1)
    wire.expect("A", seq=2, ack=2)
    wire.send("A", seq=2, ack=2)
    time.sleep(0.3)
    assert states(wire) == ["TIME_WAIT"]


def test_passive_close(conn):
    wire, c = conn
    wire.send("FA")
    wire.expect("A", ack=2)
    assert c.recv(1) == b""
    wire.seq = wire.ack = 2
    c.send(b"last")
    wire.expect("PA", data=b"last")
    c.close()
    wire.expect("FA", seq=5)
    wire.send("A", ack=6)
    time.sleep(0.3)
    assert not states(wire)


def test_data_after_close_is_reset(conn):
    """RFC 1122 4.2.2.13, RFC 2525 2.17."""
    wire, c = conn
    c.close()
    wire.expect("FA")
    wire.push(b"too late", ack=2)
    assert "R" in wire.recv()["flags"]


# Attacks, RFC 5961.

def test_reset_at_the_edge_is_believed(conn):
    wire, c = conn
    wire.send("R", seq=1)
    with pytest.raises(ConnectionResetError):
        c.recv(1)


def test_reset_in_the_window_is_challenged(conn):
    """RFC 5961 3.2."""
    wire, c = conn
    wire.send("R", seq=100)
    wire.expect("A", seq=1, ack=1)
    alive(wire, c)


def test_reset_outside_the_window_is_ignored(conn):
    wire, c = conn
    wire.send("R", seq=3000000)
    wire.quiet(0.5)
    alive(wire, c)


def test_syn_on_a_connection_is_challenged(conn):
    """RFC 5961 4.2."""
    wire, c = conn
    wire.send("S", seq=1)
    wire.expect("A", seq=1, ack=1)
    alive(wire, c)


def test_challenges_are_limited(conn):
    """RFC 5961 7."""
    wire, c = conn
    sysfs("tcp/challenge_limit", 3)
    try:
        for _ in range(10):
            wire.send("S", seq=1)
        n = 0
        while wire.recv(0.5):
            n += 1
        assert 1 <= n <= 6      # three a second, in two of them
    finally:
        sysfs("tcp/challenge_limit", 10)


def test_old_timestamp_is_refused(wire):
    """RFC 7323 5.3 (PAWS)."""
    with listening() as s, wire.call(s, opts=[("MSS", 1460), ("Timestamp", [1000, 0])]) as c:
        wire.push(b"x", opts=[("Timestamp", [2000, 0])])
        assert c.recv(1) == b"x"
        wire.expect("A", ack=2)
        wire.send("PA", b"old", opts=[("Timestamp", [1500, 0])])
        wire.expect("A", ack=2)
        c.settimeout(0.5)
        with pytest.raises(TimeoutError):
            c.recv(1)


# Silence.

def test_keepalive_probes_and_gives_up(conn):
    """RFC 1122 4.2.3.6."""
    wire, c = conn
    for opt, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1),
                       (socket.TCP_KEEPCNT, 2)):
        c.setsockopt(socket.IPPROTO_TCP, opt, value)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wire.expect("A", seq=0, len=0)
    wire.send("A")
    wire.expect("A", seq=0, len=0)
    wire.expect("A", seq=0, len=0)
    assert "R" in wire.recv()["flags"]
    with pytest.raises(OSError) as e:
        c.recv(1)
    assert e.value.errno == errno.ETIMEDOUT


def test_user_timeout_ends_a_connection(conn):
    wire, c = conn
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000)
    c.send(b"x")
    begin = time.monotonic()
    with pytest.raises(OSError) as e:
        c.recv(1)
    assert e.value.errno == errno.ETIMEDOUT and 0.8 < time.monotonic() - begin < 8


def test_peer_that_vanishes_is_noticed(wire):
    sysfs("tcp/rexmit_max", 2)
    try:
        with listening() as s, wire.call(s) as c:
            c.settimeout(10)
            c.send(b"x")
            with pytest.raises(OSError) as e:
                c.recv(1)
            assert e.value.errno == errno.ETIMEDOUT
    finally:
        sysfs("tcp/rexmit_max", 15)


# ICMP.

def test_fragmentation_needed_makes_segments_smaller(conn):
    """RFC 1191, RFC 5927 4.1."""
    wire, c = conn
    c.send(bytes(1460))
    big = wire.expect("PA", len=1460)
    wire.icmp(4, big["seq"], 1000)
    assert wire.expect("A", seq=1)["len"] == 960
    bsdnet("route", "delete", ADDRESS)


@pytest.mark.parametrize("seq", [500000, -1])
def test_icmp_that_quotes_no_segment_of_ours_is_ignored(conn, seq):
    """RFC 5927 4.1: a message that would have made segments smaller."""
    wire, c = conn
    wire.icmp(4, seq, 1000)
    wire.send("R", seq=100)     # answered behind the message
    wire.expect("A", seq=1, ack=1)
    c.send(bytes(1460))
    wire.expect("PA", seq=1, len=1460)
    bsdnet("route", "delete", ADDRESS)


def test_hard_error_refuses_a_connection(wire):
    """RFC 5461 4.1: while it opens, and not after."""
    with bsd_socket(socket.SOCK_STREAM) as s:
        s.setblocking(False)
        s.bind(("10.77.0.2", 0))
        wire.dport = s.getsockname()[1]
        s.connect_ex((ADDRESS, wire.port))
        wire.irs = wire.expect("S")["seq"]
        wire.icmp(3, 0)
        select.select([], [s], [], 5)
        assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED


def test_hard_error_leaves_an_open_connection(conn):
    """RFC 1122 4.2.3.9 as RFC 5461 reads it."""
    wire, c = conn
    c.send(b"x")
    wire.expect("PA", seq=1)
    wire.icmp(3, 1)
    wire.send("A", ack=2)
    c.send(b"alive")
    while (found := wire.recv())["seq"] == 1:
        pass                    # it may have come again
    assert found["data"] == b"alive"
