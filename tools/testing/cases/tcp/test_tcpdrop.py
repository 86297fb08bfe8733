# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""bsdnet tcpdrop: an administrator ends connections. RFC 9293 3.10.5

    socket ---- lo0 ---- socket
    socket ---- vio0 10.77.0.2 ---- 10.77.0.9 peer (its segments are the test's)
"""
import errno
import socket
import threading

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import REPO, run
from bsdnet_test import bsdnet as run_bsdnet
from tcp_wire import ADDRESS, Wire, listening

SO_BINDTODEVICE = 25


def ends(s):
    """Of a socket, as arguments."""
    return [str(x) for x in s.getsockname() + s.getpeername()]


def drop(*args):
    return run_bsdnet("tcpdrop", *args)


def fails(s, error):
    with pytest.raises(OSError) as e:
        s.recv(1)
    assert e.value.errno == error


def alive(a, b):
    a.sendall(b"alive")
    assert b.recv(10) == b"alive"


def test_program_and_peer_are_told(pair):
    a, b = pair
    of_a = ends(a)
    assert drop(*of_a).check().out == " ".join(of_a) + ": dropped\n"
    fails(a, errno.ECONNABORTED)
    fails(b, errno.ECONNRESET)
    with pytest.raises(BrokenPipeError):
        a.send(b"x")


def test_reset_is_on_the_wire(peer):
    wire = Wire(peer)
    with listening() as s, wire.call(s) as c:
        c.settimeout(10)
        wire.push(b"abc")
        assert c.recv(3) == b"abc"
        drop("10.77.0.2", wire.dport, ADDRESS, wire.port).check()
        found = wire.recv()
        while found and found["flags"] == "A":      # of the data, perhaps delayed
            found = wire.recv()
        assert found and found["flags"] == "RA"
        assert (found["seq"], found["ack"]) == (1, 4)
        fails(c, errno.ECONNABORTED)


@pytest.mark.parametrize("by", [":", "."])
def test_ends_as_netstat_writes_them(pair, by):
    a, _ = pair
    laddr, lport, faddr, fport = ends(a)
    drop(laddr + by + lport, faddr + by + fport).check()
    fails(a, errno.ECONNABORTED)


def test_waiting_program_wakes_up(pair):
    a, _ = pair
    found = []

    def wait():
        try:
            a.recv(1)
        except OSError as e:
            found.append(e.errno)
    a.settimeout(60)
    thread = threading.Thread(target=wait)
    thread.start()
    drop(*ends(a)).check()
    thread.join(10)
    assert found == [errno.ECONNABORTED]


def test_connection_being_made():
    with bsd_socket(socket.SOCK_STREAM) as s:
        s.setblocking(False)
        s.bind(("10.77.0.2", 0))
        assert s.connect_ex(("10.77.0.77", 9)) == errno.EINPROGRESS
        drop("10.77.0.2", s.getsockname()[1], "10.77.0.77", 9).check()
        assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNABORTED


def test_connection_that_waits_to_be_accepted(listener):
    with bsd_socket(socket.SOCK_STREAM) as a:
        a.connect(listener.getsockname())
        drop(*[str(x) for x in a.getpeername() + a.getsockname()]).check()
        fails(a, errno.ECONNRESET)
        with listener.accept()[0] as b:
            fails(b, errno.ECONNABORTED)
    with bsd_socket(socket.SOCK_STREAM) as a:
        a.connect(listener.getsockname())
        listener.accept()[0].close()


def test_port_of_a_dropped_connection_is_free(pair):
    a, _ = pair
    port = a.getsockname()[1]
    drop(*ends(a)).check()
    with listening("127.0.0.1", port) as s:
        assert s.getsockname()[1] == port


def test_connection_bound_to_an_interface(listener):
    with bsd_socket(socket.SOCK_STREAM) as a:
        a.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"lo0")
        a.connect(listener.getsockname())
        drop(*ends(a)).check()
        fails(a, errno.ECONNABORTED)


def test_what_does_not_exist_is_an_error(pair):
    a, b = pair
    laddr, lport, faddr, fport = ends(a)
    for wrong in ((laddr, lport, faddr, "1"), (faddr, lport, "127.0.0.2", fport),
                  ("-V", "7", laddr, lport, faddr, fport)):
        done = drop(*wrong)
        assert done.rc == 1 and not done.out
        assert done.err.endswith(": no such connection\n") and done.err.count("\n") == 1
    alive(a, b)


def test_listener_cannot_be_dropped(listener):
    address, port = listener.getsockname()
    assert drop(address, port, "127.0.0.1", "9").rc == 1
    drop("-s", "LISTEN").check()
    with bsd_socket(socket.SOCK_STREAM) as a:
        a.connect(listener.getsockname())
        listener.accept()[0].close()


def test_another_domain_has_other_connections(bsdnet):
    bsdnet("ifconfig", "pair30", "create", "rdomain", "3").check()
    try:
        bsdnet("ifconfig", "pair30", "inet", "192.0.2.30/24").check()
        with bsd_socket(socket.SOCK_STREAM, rtable=3) as s:
            s.bind(("192.0.2.30", 0))
            s.listen(1)
            with bsd_socket(socket.SOCK_STREAM, rtable=3) as a:
                a.connect(s.getsockname())
                assert drop(*ends(a)).rc == 1
                drop("-V", "3", *ends(a)).check()
                fails(a, errno.ECONNABORTED)
    finally:
        bsdnet("ifconfig", "pair30", "destroy").check()


def test_chosen_by_state_and_algorithm(pair, listener):
    a, b = pair
    with bsd_socket(socket.SOCK_STREAM) as c:
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
        c.connect(listener.getsockname())
        d, _ = listener.accept()
        with d:
            found = drop("-l", "-C", "reno").check().out.splitlines()
            assert f"bsdnet tcpdrop {' '.join(ends(c))}" in found
            assert f"bsdnet tcpdrop {' '.join(ends(a))}" not in found
            alive(c, d)
            drop("-C", "reno", "-s", "established").check()
            fails(c, errno.ECONNABORTED)
            alive(a, b)
    b.close()
    drop("-s", "close_wait").check()
    with pytest.raises(ConnectionAbortedError):
        while a.recv(10):
            pass


def test_all(pair, listener):
    a, b = pair
    of_a, of_b = " ".join(ends(a)), " ".join(ends(b))
    out = drop("-a").check().out.splitlines()
    assert f"{of_a}: dropped" in out or f"{of_b}: dropped" in out
    for s in (a, b):
        with pytest.raises(OSError) as e:
            s.recv(1)
        assert e.value.errno in (errno.ECONNABORTED, errno.ECONNRESET)
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):        # it is still one
        listener.accept()


def test_takes_a_privilege(pair):
    a, b = pair
    done = run("setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all",
               REPO + "/build/tools/bsdnet", "tcpdrop", *ends(a))
    assert done.rc == 1 and done.err.endswith("Operation not permitted\n")
    alive(a, b)


@pytest.mark.parametrize("args", [
    ["127.0.0.1", "1", "127.0.0.1"], ["-l", "127.0.0.1:1", "127.0.0.1:2"],
    ["-a", "127.0.0.1:1", "127.0.0.1:2"], ["-s", "open"], ["127.0.0.1:0", "127.0.0.1:1"],
], ids=" ".join)
def test_refusal_is_one_line(args):
    done = drop(*args)
    assert done.rc == 1 and done.err.count("\n") == 1 and not done.out
