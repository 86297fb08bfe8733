# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""TCP with a Linux peer over vio, both ways. RFC 9293

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux)
"""
import hashlib
import os
import socket
import threading

import pytest
from bsd_socket import bsd_socket
from bsdnet_test import scale
from linux_peer import SINK, SOURCE, connected
from tcp_wire import listening


@pytest.mark.parametrize("size", [0, 1, 1448, 1449, 100000, scale(2 << 20, 64 << 20)])
def test_peer_gets_what_we_send(peer, size):
    sink = peer.start_python(SINK, port=7100)
    data = os.urandom(size)
    with connected(7100) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        assert s.recv(100) == b"done"
        assert s.recv(100) == b""
    assert sink.result() == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("size", [0, 1, 1448, 1449, 100000, scale(2 << 20, 64 << 20)])
def test_we_get_what_the_peer_sends(peer, size):
    with listening() as s:
        source = peer.start_python(SOURCE, port=s.getsockname()[1], size=size)
        s.settimeout(30)
        c, name = s.accept()
        assert name[0] == "10.77.0.1"
        c.settimeout(60)
        got = hashlib.sha256()
        with c:
            while piece := c.recv(100000):
                got.update(piece)
            c.sendall(b"thanks")
        assert source.result() == [got.hexdigest(), "thanks"]


def test_reset_by_the_peer(peer):
    sink = peer.start_python("""
import socket, struct
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.77.0.1", 7101)); s.listen(1); s.settimeout(30)
c, _ = s.accept()
c.recv(1)
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
c.close(); s.close()
result = 1
""")
    with connected(7101) as s:
        s.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            s.recv(1)
    sink.result()


def test_closed_port_of_the_peer_refuses(peer):
    with bsd_socket(socket.SOCK_STREAM) as s, pytest.raises(ConnectionRefusedError):
        s.connect(("10.77.0.1", 9))


def test_streams_in_parallel_are_whole(peer):
    size = scale(300000, 8 << 20)
    with listening() as s:
        s.settimeout(60)
        sources = [peer.start_python(SOURCE, port=s.getsockname()[1], size=size)
                   for _ in range(8)]
        found = []

        def take(c):
            got = hashlib.sha256()
            c.settimeout(60)
            with c:
                while piece := c.recv(100000):
                    got.update(piece)
                c.sendall(b"thanks")
            found.append(got.hexdigest())
        threads = []
        for _ in sources:
            threads.append(threading.Thread(target=take, args=(s.accept()[0],)))
            threads[-1].start()
        for t in threads:
            t.join()
        assert sorted(found) == sorted(source.result()[0] for source in sources)

