# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Streams with the peer, which is Linux: programs for peer.start_python()."""
import socket
import time

from bsd_socket import bsd_socket

SINK = """
import socket, hashlib
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.77.0.1", port))
s.listen(1)
s.settimeout(60)
c, _ = s.accept()
c.settimeout(60)
h = hashlib.sha256()
while True:
    d = c.recv(100000)
    if not d:
        break
    h.update(d)
c.sendall(b"done")
c.close()
s.close()
result = h.hexdigest()
"""

SOURCE = """
import socket, hashlib, os
s = socket.socket()
s.settimeout(60)
s.connect(("10.77.0.2", port))
data = os.urandom(size)
s.sendall(data)
s.shutdown(socket.SHUT_WR)
answer = s.recv(100)
s.close()
result = [hashlib.sha256(data).hexdigest(), answer.decode()]
"""


def connected(port):
    for _ in range(50):
        s = bsd_socket(socket.SOCK_STREAM, timeout=60)
        try:
            s.connect(("10.77.0.1", port))
            return s
        except ConnectionRefusedError:
            s.close()
            time.sleep(0.2)
    raise AssertionError("nobody listens")
