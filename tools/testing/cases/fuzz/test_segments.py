# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""TCP segments that nobody should send, from the wire; the seed is fixed.

    echo 10.77.0.2 vio0 ---- tap0 10.77.0.9 fuzz-segments
"""
import contextlib
import selectors
import socket
import threading

import pytest
from bsdnet_test import REPO, scale
from tcp_wire import ADDRESS, listening

SEED = 20261122
MAC = "52:54:00:77:00:00"
PENDING = 32768     # bytes that wait to go back before no more are read


class Echo(threading.Thread):
    """A server that sends back what it gets, to all at once; until .stop()."""

    def __init__(self):
        super().__init__()
        self.listener = listening(backlog=128)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.wake, self.woken = socket.socketpair()
        self.selector = selectors.EpollSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.woken, selectors.EVENT_READ)

    def accept(self):
        # ConnectionAbortedError: it was reset before.
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                c, _ = self.listener.accept()
                c.setblocking(False)
                self.selector.register(c, selectors.EVENT_READ, bytearray())

    def close(self, c):
        self.selector.unregister(c)
        c.close()

    def serve(self, c, pending):
        """One turn: False when the connection is over."""
        with contextlib.suppress(BlockingIOError):
            if len(pending) < PENDING:
                piece = c.recv(16384)
                if not piece:
                    return False
                pending += piece
        with contextlib.suppress(BlockingIOError):
            while pending:
                del pending[:c.send(pending)]
        self.selector.modify(c, (selectors.EVENT_READ if len(pending) < PENDING else 0) |
                             (selectors.EVENT_WRITE if pending else 0), pending)
        return True

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.woken:
                    return
                if key.fileobj is self.listener:
                    self.accept()
                    continue
                try:
                    alive = self.serve(key.fileobj, key.data)
                except OSError:
                    alive = False
                if not alive:
                    self.close(key.fileobj)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.wake.close()
        self.join()
        for key in list(self.selector.get_map().values()):
            self.close(key.fileobj)
        self.selector.close()


@pytest.fixture
def neighbour(peer, bsdnet):
    """Whom fuzz-segments pretends to be."""
    mac = peer.run("cat", "/sys/class/net/tap0/address").check().out.strip()
    bsdnet("arp", "-s", ADDRESS, mac).check()
    yield
    bsdnet("arp", "-d", ADDRESS).check()


def counts(bsdnet):
    return bsdnet("netstat", "-s", "-p", "tcp", "--json").check().json()["tcp"]


def test_connections_survive_any_segment(peer, neighbour, bsdnet):
    """What comes back is what was sent, and nothing ended that should not have."""
    names = ("rcvtotal", "rcvbadsum", "rcvbadoff", "rcvbadrst", "rcvbadsyn", "rcvbadack",
             "rcvpaws", "rcvoutside", "rcvdup", "rcvpartdup", "rcvooo", "accepts")
    before = counts(bsdnet)
    segments = scale(10_000, 1_000_000)
    with Echo() as echo:
        done = peer.run(REPO + "/build/tools/fuzz-segments", "tap0", ADDRESS, MAC, "10.77.0.2",
                        echo.port, segments, SEED, timeout=scale(200, 6000)).check().json()
    after = counts(bsdnet)
    moved = {name: after[name] - before[name] for name in names}
    assert done["segments"] == segments and done["bytes"] > 8 * 20000
    # Nearly all came as far as TCP, and to each of its checks.
    assert moved["rcvtotal"] > segments * 0.8
    assert not [name for name, n in moved.items() if n < segments / 1000], moved
