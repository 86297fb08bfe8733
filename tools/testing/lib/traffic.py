# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Packets that flow while something is changed."""
import contextlib
import socket
import threading
import time

from bsd_socket import bound, bsd_socket

# What flooding() runs at the peer.
FLOOD = """
import socket, sys, time
socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
while True:
    for i, s in enumerate(socks):
        try:
            s.sendto(b"flood" * 20, (sys.argv[2], 9000 + i))
        except OSError:
            pass
    time.sleep(float(sys.argv[1]))
"""


def flooding(peer, pause=0.002, address="10.77.0.2"):
    """A context in which the peer sends to @address, ports 9000 to 9003.

    @pause: seconds between two datagrams to a port.
    """
    return peer.popen("python3", "-c", FLOOD, pause, address)


@contextlib.contextmanager
def flooded(peer, n=4, pause=0.002):
    """The same with a socket at each of the first @n ports; yields them."""
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(bound("10.77.0.2", 9000 + i, timeout=30)) for i in range(n)]
        with flooding(peer, pause):
            yield socks


class Traffic:
    """A flow over lo0 in each of @n threads; .progress() waits until all move.

    @pause: seconds between two packets of a flow, to leave the processors to others.
    """

    def __init__(self, n=2, pause=0):
        self.pause = pause
        self.counts = [0] * n
        self.stop = False
        self.threads = [threading.Thread(target=self.flow, args=(i,)) for i in range(n)]

    def flow(self, i):
        a, b = bound(timeout=1), bound(timeout=1)
        a.connect(b.getsockname())
        while not self.stop:
            with contextlib.suppress(OSError):
                a.send(b"x" * 100)
                b.recv(200)
                self.counts[i] += 1
            time.sleep(self.pause)

    def progress(self, packets=20):
        goal = [c + packets for c in self.counts]
        deadline = time.monotonic() + 60
        while any(c < g for c, g in zip(self.counts, goal)):
            assert time.monotonic() < deadline, f"stuck: {self.counts} before {goal}"
            time.sleep(0.01)

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        for t in self.threads:
            t.join()


class Streams(Traffic):
    """The same with streams: each byte comes, in order, or progress() says why not."""

    PIECE = bytes(range(256)) * 12

    def __init__(self, n=1, pause=0):
        super().__init__(n, pause)
        self.wrong = []

    def flow(self, i):
        with bsd_socket(socket.SOCK_STREAM, timeout=60) as listener, \
                bsd_socket(socket.SOCK_STREAM, timeout=60) as a:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            a.connect(listener.getsockname())
            b, _ = listener.accept()
            with b:
                b.settimeout(60)
                while not self.stop and not self.wrong:
                    self.exchange(i, a, b)

    def exchange(self, i, a, b):
        try:
            a.sendall(self.PIECE)
            got = b""
            while len(got) < len(self.PIECE):
                piece = b.recv(len(self.PIECE) - len(got))
                if not piece:
                    raise EOFError
                got += piece
            if got != self.PIECE:
                self.wrong.append("other bytes than were sent")
        except (OSError, EOFError) as e:
            self.wrong.append(repr(e))
        self.counts[i] += 1
        time.sleep(self.pause)

    def progress(self, packets=3):
        super().progress(packets)
        assert not self.wrong, self.wrong
