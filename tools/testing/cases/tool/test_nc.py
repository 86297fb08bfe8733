# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""bsdnet nc with itself and with sockets, by lo0."""
import contextlib
import itertools
import os
import socket
import struct
import subprocess
import time

import pytest
from bsd_socket import bound, bsd_socket
from bsdnet_test import REPO, run
from bsdnet_test import bsdnet as run_bsdnet
from tcp_wire import listening

BSDNET = REPO + "/build/tools/bsdnet"
ports = (str(p) for p in itertools.count(25000, 10))


def nc(*args, **more):
    return run_bsdnet("nc", *args, **more)


def listens(port):
    return any(s["local"].endswith("." + port)
               for s in run_bsdnet("netstat", "-a", "--json").check().json())


@contextlib.contextmanager
def server(*args):
    """A listener, killed at the end if it has not ended."""
    port = next(a for a in reversed(args) if a.isdigit())
    job = subprocess.Popen([BSDNET, "nc", "-l", *args], stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 40
        while not listens(port):
            assert time.monotonic() < end and job.poll() is None
            time.sleep(0.1)
        yield job
    finally:
        if job.poll() is None:
            job.kill()
            job.communicate()


def ended(job, text=b""):
    """What it said, after @text and the end of its input."""
    out, err = job.communicate(text, timeout=40)
    assert (job.returncode, err) == (0, b"")
    return out


def test_both_ways_at_once_and_to_their_ends():
    port = next(ports)
    with server("127.0.0.1", port) as job:
        job.stdin.write(b"answer\n")
        job.stdin.close()
        job.stdin = None
        done = nc("-N", "127.0.0.1", port, input=b"question\n").check()
        assert done.out == "answer\n"
        assert ended(job) == b"question\n"


def test_large_file_is_whole(tmp_path):
    port, data = next(ports), os.urandom(1 << 20)
    (tmp_path / "file").write_bytes(data)
    with server(port) as job, open(tmp_path / "file", "rb") as f:
        client = subprocess.Popen([BSDNET, "nc", "-N", "127.0.0.1", port], stdin=f)
        assert job.communicate(timeout=40)[0] == data
        assert client.wait(40) == 0


def test_half_close_still_receives():
    """-N tells the end of the input; what comes then is still written."""
    with listening("127.0.0.1") as s:
        client = subprocess.Popen([BSDNET, "nc", "-N", "127.0.0.1", str(s.getsockname()[1])],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        c, _ = s.accept()
        with c:
            client.stdin.close()
            client.stdin = None
            assert c.recv(10) == b""
            c.sendall(b"still")
        assert client.communicate(timeout=40)[0] == b"still" and client.returncode == 0


def test_without_n_the_end_of_the_input_is_not_told():
    with listening("127.0.0.1") as s:
        client = subprocess.Popen([BSDNET, "nc", "127.0.0.1", str(s.getsockname()[1])],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        c, _ = s.accept()
        with c:
            c.settimeout(1)
            with pytest.raises(TimeoutError):
                c.recv(1)
            c.sendall(b"late")
        assert client.communicate(timeout=40)[0] == b"late" and client.returncode == 0


def test_listener_takes_one_connection():
    port = next(ports)
    with server("127.0.0.1", port) as job, bsd_socket(socket.SOCK_STREAM) as a:
        a.connect(("127.0.0.1", int(port)))
        a.sendall(b"one")
        assert job.stdout.read(3) == b"one"
        with bsd_socket(socket.SOCK_STREAM) as b, pytest.raises(ConnectionRefusedError):
            b.connect(("127.0.0.1", int(port)))
        a.shutdown(socket.SHUT_WR)
        assert ended(job) == b""


def test_listener_goes_on():
    port = next(ports)
    with server("-k", "127.0.0.1", port) as job:
        for text in (b"one", b"two"):
            nc("-N", "127.0.0.1", port, input=text).check()
            assert job.stdout.read(3) == text
        assert job.poll() is None


def test_refused_connection_is_an_error():
    done = nc("127.0.0.1", "9")
    assert done.rc == 1 and not done.out
    assert done.err == "nc: connect to 127.0.0.1 port 9 (tcp): Connection refused\n"


def test_reset_is_an_error():
    with listening("127.0.0.1") as s:
        client = subprocess.Popen([BSDNET, "nc", "127.0.0.1", str(s.getsockname()[1])],
                                  stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        client.stdin.write(b"x")
        client.stdin.flush()
        c, _ = s.accept()
        assert c.recv(1) == b"x"
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.close()
        assert client.wait(40) == 1
        assert client.communicate()[1] == b"nc: receive: Connection reset by peer\n"


def test_scan_of_ports():
    first = int(next(ports))
    with listening("127.0.0.1", first), listening("127.0.0.1", first + 2):
        done = nc("-nzv", "127.0.0.1", f"{first}-{first + 2}").check()
        lines = done.err.splitlines()
        said = "Connection to 127.0.0.1 (127.0.0.1) {} port [tcp/*] succeeded!"
        assert not done.out and len(lines) == 3
        assert (lines[0], lines[2]) == (said.format(first), said.format(first + 2))
        assert lines[1].endswith("Connection refused")
        assert nc("-z", "127.0.0.1", f"{first}-{first + 2}").check().err == ""
        done = nc("-z", "127.0.0.1", f"{first + 3}-{first + 4}")
        assert (done.rc, done.out, done.err) == (1, "", "")


def test_scan_of_udp_ports():
    with bound() as s:
        nc("-zu", "127.0.0.1", s.getsockname()[1]).check()
        assert s.recv(10) == b"X"
    assert nc("-zu", "127.0.0.1", "9").rc == 1


def test_datagrams_to_who_sent_the_first():
    port = next(ports)
    with server("-u", "-v", "-n", "-w", "1", "127.0.0.1", port) as job, bound() as a, bound() as b:
        a.sendto(b"ping", ("127.0.0.1", int(port)))
        assert job.stdout.read(4) == b"ping"
        job.stdin.write(b"pong")
        job.stdin.flush()
        assert a.recv(10) == b"pong"
        b.sendto(b"other", ("127.0.0.1", int(port)))
        a.sendto(b"again", ("127.0.0.1", int(port)))
        out, err = job.communicate(timeout=40)
        assert out == b"again" and job.returncode == 0
        assert err.decode().splitlines() == [
            f"Listening on 127.0.0.1 {port}",
            f"Connection received on 127.0.0.1 {a.getsockname()[1]}"]


def test_datagrams_from_anybody():
    port = next(ports)
    with server("-ku", "-W", "3", "127.0.0.1", port) as job, bound() as a, bound() as b:
        for s, text in ((a, b"one"), (b, b""), (a, b"three")):
            s.sendto(text, ("127.0.0.1", int(port)))
        assert ended(job) == b"onethree"


def test_answer_to_a_datagram_is_enough():
    with bound() as s:
        client = subprocess.Popen([BSDNET, "nc", "-u", "-W", "1", "127.0.0.1",
                                   str(s.getsockname()[1])],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        client.stdin.write(b"ping")
        client.stdin.flush()
        data, who = s.recvfrom(10)
        s.sendto(data[::-1], who)
        assert client.stdout.read() == b"gnip" and client.wait(40) == 0
        client.stdin.close()


def test_gives_up_after_a_time(bsdnet):
    bsdnet("route", "add", "192.0.2.0/24", "127.0.0.1", "-blackhole").check()
    try:
        done = nc("-w", "1", "192.0.2.1", "9")
        assert done.rc == 1 and done.err.endswith("Connection timed out\n")
    finally:
        bsdnet("route", "delete", "192.0.2.0/24").check()
    with listening("127.0.0.1") as s:
        nc("-d", "-w", "1", "127.0.0.1", s.getsockname()[1]).check()


def test_input_is_not_read():
    with listening("127.0.0.1") as s:
        client = subprocess.Popen([BSDNET, "nc", "-d", "127.0.0.1", str(s.getsockname()[1])],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        client.stdin.write(b"not this")
        client.stdin.flush()
        c, _ = s.accept()
        with c:
            c.sendall(b"this")
            c.shutdown(socket.SHUT_WR)
            assert client.stdout.read() == b"this" and client.wait(40) == 0
            assert c.recv(10) == b""
        client.stdin.close()


def test_local_end_options_and_names():
    with listening("127.0.0.1") as s, listening("127.0.0.1") as other:
        port = other.getsockname()[1]
        other.close()
        client = subprocess.Popen([BSDNET, "nc", "-s", "127.0.0.1", "-p", str(port), "-T", "af21",
                                   "-I", "30000", "-O", "40000", "-M", "33",
                                   "localhost", str(s.getsockname()[1])],
                                  stdin=subprocess.PIPE)
        c, name = s.accept()
        with c:
            assert name == ("127.0.0.1", port)
            [found] = [r for r in run_bsdnet("netstat", "--json").check().json()
                       if r["local"] == f"127.0.0.1.{port}"]
            assert (found["recv_limit"], found["send_limit"]) == (30000, 40000)
        client.stdin.close()
        assert client.wait(40) == 0


def test_least_time_to_live():
    port = next(ports)
    with server("-m", "20", "127.0.0.1", port) as job:
        assert nc("-z", "-w", "1", "-M", "19", "127.0.0.1", port).rc == 1
        nc("-N", "-M", "20", "127.0.0.1", port, input=b"near").check()
        assert ended(job) == b"near"


def test_routing_table(bsdnet):
    bsdnet("ifconfig", "pair41", "create", "rdomain", "4").check()
    try:
        bsdnet("ifconfig", "pair41", "inet", "192.0.2.41/24").check()
        port = next(ports)
        with server("-V", "4", "192.0.2.41", port) as job:
            assert nc("-z", "-w", "2", "192.0.2.41", port).rc == 1
            nc("-N", "-V", "4", "192.0.2.41", port, input=b"here").check()
            assert ended(job) == b"here"
    finally:
        bsdnet("ifconfig", "pair41", "destroy").check()


def test_output_that_nobody_reads_ends_it():
    port = next(ports)
    with server("127.0.0.1", port) as job, bsd_socket(socket.SOCK_STREAM) as a:
        a.connect(("127.0.0.1", int(port)))
        job.stdout.close()
        assert job.wait(40) == 0 and job.stderr.read() == b""
        assert a.recv(1) == b""


@pytest.mark.parametrize("args", [
    ["127.0.0.1"], ["-k", "127.0.0.1", "9"], ["-l", "-z", "9"], ["127.0.0.1", "10-9"],
    ["127.0.0.1", "nosuchservice"], ["-n", "localhost", "9"], ["-T", "fast", "127.0.0.1", "9"],
    ["-l", "192.0.2.99", "9"],
], ids=" ".join)
def test_refusal_is_one_line(args):
    done = nc(*args)
    assert done.rc == 1 and done.err.count("\n") == 1 and not done.out


def test_usage_knows_the_other_form():
    assert "nc -l " in run(BSDNET, "nc", "--help").check().out
