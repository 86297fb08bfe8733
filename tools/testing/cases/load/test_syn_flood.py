# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What SYNs without end take from a connection that is open. RFC 4987

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.1 Linux, and a flood from nobody
"""
import socket
import threading
import time

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import DEBUG_KERNEL, FULL, counter
from tcp_wire import SYN_FLOOD, listening, stats

SYNS = 100000
RATE = 2000     # a second

SINK = """
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.77.0.1", 7400))
s.listen(1)
c, _ = s.accept()
while c.recv(1 << 20):
    pass
"""


class Sender(threading.Thread):
    """Sends as fast as it can, counting."""

    def __init__(self, s):
        super().__init__()
        self.s = s
        self.sent = 0
        self.over = False

    def run(self):
        piece = bytes(65536)
        while not self.over:
            self.sent += self.s.send(piece)

    def rate(self, seconds):
        before, start = self.sent, time.monotonic()
        time.sleep(seconds)
        return (self.sent - before) / (time.monotonic() - start)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.join()


def connected():
    end = time.monotonic() + 20
    while True:
        s = bsd_socket(socket.SOCK_STREAM, timeout=60)
        try:
            s.connect(("10.77.0.1", 7400))
            return s
        except OSError:
            s.close()
            assert time.monotonic() < end
            time.sleep(0.2)


@pytest.mark.skipif(not FULL or DEBUG_KERNEL, reason="a figure: make check-full")
def test_flood_takes_little_from_a_connection(peer):
    seconds = SYNS / RATE
    with peer.popen("/usr/bin/python3", "-c", SINK), connected() as s, \
            listening(backlog=100) as victim, Sender(s) as sender:
        sender.rate(3)
        quiet = sender.rate(seconds / 4)
        before = stats("tcp", "sc_added") + stats("tcp", "sc_cookie"), counter("mbuf/bytes")
        flood = peer.start_python(SYN_FLOOD, dport=victim.getsockname()[1], n=SYNS, rate=RATE)
        time.sleep(1)
        flooded = sender.rate(seconds - 3)
        assert flood.result() < seconds * 1.2
        after = stats("tcp", "sc_added") + stats("tcp", "sc_cookie"), counter("mbuf/bytes")
        quiet = (quiet + sender.rate(seconds / 4)) / 2
    print(f"{quiet / 1e6:.1f} MB/s without, {flooded / 1e6:.1f} MB/s in the flood")
    assert after[0] - before[0] > SYNS * 0.9
    assert after[1] < before[1] + (16 << 20)
    assert flooded > 0.9 * quiet
