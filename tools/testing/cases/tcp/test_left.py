# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What closed sockets leave behind is limited, and ports are shared as far as it goes."""
import contextlib
import errno
import socket

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import FULL, counter, knobs, wait_for
from bsdnet_test import bsdnet as run_bsdnet
from tcp_wire import both_ends, listening, stats

PORTS = range(61100, 61104)


@pytest.fixture(autouse=True)
def nothing_left():
    """What others have left is over, or it ends while we count."""
    run_bsdnet("tcpdrop", "-a")
    wait_for(lambda: counter("tcp/orphans") == counter("tcp/timewaits") == 0)


@pytest.fixture
def ports():
    """Few to choose from, that nobody has."""
    with knobs({"pcb/port_last": PORTS[-1], "pcb/port_first": PORTS[0], "tcp/msl": 10}):
        yield


@pytest.fixture
def sockets():
    """Call it for a socket that is closed at the end."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(bsd_socket(socket.SOCK_STREAM))


@pytest.fixture
def servers():
    with listening("127.0.0.1", 6001, 10) as s, listening("127.0.0.1", 6002, 10) as t:
        yield s, t


def test_ports_are_shared_by_connections_to_different_peers(ports, servers, sockets):
    used = []
    for server in servers:
        for _ in PORTS:
            s = sockets()
            s.connect(server.getsockname())
            accepted, name = server.accept()
            used.append(s.getsockname()[1])
            s.send(b"%d" % name[1])
            with accepted:
                assert accepted.recv(10) == b"%d" % used[-1]
    assert sorted(used) == sorted([*PORTS, *PORTS])


def test_one_peer_has_as_many_as_there_are(ports, servers, sockets):
    for _ in PORTS:
        sockets().connect(servers[0].getsockname())
    s = sockets()
    assert s.connect_ex(servers[0].getsockname()) == errno.EADDRNOTAVAIL
    s.connect(servers[1].getsockname())


def test_who_asks_for_any_port_gets_one_alone(ports, servers, sockets):
    for _ in PORTS[1:]:
        sockets().connect(servers[0].getsockname())
    alone = sockets()
    alone.bind(("127.0.0.1", 0))
    with pytest.raises(OSError) as refused:
        sockets().bind(("127.0.0.1", 0))
    assert refused.value.errno == errno.EADDRINUSE
    alone.connect(servers[0].getsockname())
    found = set()
    for _ in PORTS[1:]:
        s = sockets()
        s.connect(servers[1].getsockname())
        found.add(s.getsockname()[1])
    assert alone.getsockname()[1] not in found
    assert sockets().connect_ex(servers[1].getsockname()) == errno.EADDRNOTAVAIL


def test_orphans_are_counted_until_they_are_over(listener):
    """With data to send as orphans, then as those that only wait."""
    names = ("tcp/orphans", "tcp/timewaits")
    before = [counter(name) for name in names]

    def now(orphans, waits):
        wait_for(lambda: [counter(name) for name in names] ==
                 [before[0] + orphans, before[1] + waits])

    with knobs({"tcp/msl": 10, "tcp/recvbuf_max": 2048, "tcp/sendbuf_max": 2048}):
        a, b = both_ends(listener)
        with b:
            a.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    a.send(bytes(65536))
            a.close()
            now(1, 0)
            while b.recv(65536):
                pass
            now(0, 1)
        now(0, 0)


@pytest.mark.skipif(not FULL, reason="takes two minutes: check-full")
def test_peer_that_is_gone_keeps_no_orphan_long(wire):
    """What nobody acknowledges is sent nine times, not sixteen."""
    before = counter("tcp/orphans")
    with listening() as s:
        c = wire.call(s)
    c.close()
    assert counter("tcp/orphans") == before + 1
    wait_for(lambda: counter("tcp/orphans") == before, 170)


def test_one_orphan_too_many_is_reset(listener):
    before = stats("tcp", "orphandrops"), counter("tcp/orphans")
    a, b = both_ends(listener)
    with b, knobs({"tcp/orphans_max": 0}):
        a.sendall(b"all the same")
        a.close()
        assert b.recv(100) == b"all the same"
        with pytest.raises(ConnectionResetError):
            b.recv(100)
    assert stats("tcp", "orphandrops") == before[0] + 1
    assert counter("tcp/orphans") == before[1]


def test_program_that_waits_is_no_orphan(listener):
    """shutdown(2) leaves a socket that somebody has."""
    a, b = both_ends(listener)
    with a, b, knobs({"tcp/orphans_max": 0}):
        a.shutdown(socket.SHUT_WR)
        assert b.recv(1) == b""
        b.sendall(b"back")
        assert a.recv(4) == b"back"


def close_properly(listener):
    """The one that called waits, and is no orphan before."""
    a, b = both_ends(listener)
    with a, b:
        a.shutdown(socket.SHUT_WR)
        assert b.recv(1) == b""
        b.close()
        assert a.recv(1) == b""


def test_time_wait_is_counted(listener):
    before = counter("tcp/timewaits")
    with knobs({"tcp/msl": 500}):
        close_properly(listener)
        wait_for(lambda: counter("tcp/timewaits") == before + 1)
    wait_for(lambda: counter("tcp/timewaits") == before)


@pytest.fixture
def none_waits():
    """No connection may wait; what the limit ended while this is used, and who still waits."""
    before = stats("tcp", "twoverflow"), counter("tcp/timewaits")
    with knobs({"tcp/timewait_max": 0}):
        yield lambda: (stats("tcp", "twoverflow") - before[0], counter("tcp/timewaits") - before[1])


def test_one_time_wait_too_many_ends_at_once(listener, none_waits):
    close_properly(listener)
    wait_for(lambda: none_waits() == (1, 0))


def test_orphan_that_waits_for_its_peer_is_one_too_many(listener, none_waits):
    """In FIN_WAIT_2."""
    a, b = both_ends(listener)
    with b:
        a.close()
        wait_for(lambda: none_waits() == (1, 0))


def test_repeated_fin_does_not_lengthen_what_is_too_many(conn, none_waits):
    """RFC 9293 3.10.7.4: otherwise it starts the time-out again."""
    wire, c = conn
    c.shutdown(socket.SHUT_WR)
    wire.expect("FA")
    wire.send("FA", ack=2, count=100)
    wait_for(lambda: none_waits()[0] >= 1 and none_waits()[1] == 0)
