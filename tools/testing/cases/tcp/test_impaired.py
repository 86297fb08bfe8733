# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Streams over a wire that loses, doubles, reorders, delays and changes frames.

    socket ---- vio0 10.77.0.2 ---- tap0 relay ---- 10.77.0.8 Linux
"""
import hashlib
import json
import random
import socket
import threading
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import bsdnet, scale, sysfs
from impaired import ADDRESS, far_host
from tcp_wire import stats

SIZE = scale(256 << 10, 16 << 20)

# Send and receive at once; the digests of both.
FAR = """
import hashlib, json, random, socket, sys, threading
size, seed = int(sys.argv[1]), int(sys.argv[2])
s = socket.socket()
s.bind(("10.77.0.8", 7200))
s.listen(1)
s.settimeout(120)
c, _ = s.accept()
c.settimeout(120)
data = random.Random(seed).randbytes(size)
def send():
    c.sendall(data)
    c.shutdown(socket.SHUT_WR)
t = threading.Thread(target=send)
t.start()
h = hashlib.sha256()
while piece := c.recv(100000):
    h.update(piece)
t.join()
print(json.dumps([hashlib.sha256(data).hexdigest(), h.hexdigest()]))
"""

WIRES = {
    "loss": ("--loss", "0.05"),
    "duplication": ("--duplicate", "0.2"),
    "reordering": ("--reorder", "0.2", "--late", "15"),
    "delay": ("--delay", "40"),
    "corruption": ("--corrupt", "0.05"),
    "everything": ("--loss", "0.02", "--duplicate", "0.02", "--reorder", "0.05",
                   "--corrupt", "0.01", "--delay", "10"),
}


def connected():
    end = time.monotonic() + 30
    while True:
        s = bsd_socket(socket.SOCK_STREAM, timeout=120)
        try:
            s.connect((ADDRESS, 7200))
            return s
        except OSError:
            s.close()
            assert time.monotonic() < end
            time.sleep(0.3)


def exchange(far):
    """Send and receive SIZE bytes at once, and compare."""
    with far.popen("/usr/bin/python3", "-c", FAR, str(SIZE), "9") as job:
        data = random.Random(8).randbytes(SIZE)
        got = hashlib.sha256()
        with connected() as s:
            sender = threading.Thread(target=lambda: (s.sendall(data),
                                                      s.shutdown(socket.SHUT_WR)))
            sender.start()
            while piece := s.recv(100000):
                got.update(piece)
            sender.join()
        theirs, ours = json.loads(job.wait(120).check().out)
    assert ours == hashlib.sha256(data).hexdigest()
    assert got.hexdigest() == theirs


@pytest.mark.parametrize("sack", [1, 0])
@pytest.mark.parametrize("wire", WIRES)
def test_streams_are_whole(peer, wire, sack):
    sysfs("tcp/sack", sack)
    try:
        before = {name: stats("tcp", name) for name in ("sndrexmit", "rcvbadsum", "rcvdup")}
        with far_host(peer, *WIRES[wire]) as far:
            bsdnet("arp", "-d", ADDRESS)
            exchange(far)
        done = {name: stats("tcp", name) - value for name, value in before.items()}
    finally:
        sysfs("tcp/sack", 1)
    if wire in ("loss", "everything"):
        assert far.done["lost"] and done["sndrexmit"], (far.done, done)
    if wire == "corruption":
        assert far.done["changed"] and done["rcvbadsum"] and done["sndrexmit"], (far.done, done)
    if wire == "duplication":
        assert far.done["twice"] and done["rcvdup"], (far.done, done)
    if wire == "reordering":
        assert far.done["late"], far.done
