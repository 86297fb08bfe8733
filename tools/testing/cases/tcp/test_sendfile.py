# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""sendfile(2) and splice(2) to a stream: pages of files are sent as they are."""
import hashlib
import os
import socket
import threading

import pytest
from bsd_socket import couple
from bsdnet_test import bsdnet, counter, wait_for
from linux_peer import SINK, connected

# 6.5 gives pages to sockets; before, it copies for who does not ask for them.
LENDS = tuple(int(n) for n in os.uname().release.split(".")[:2]) >= (6, 5)
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def file(tmp_path):
    """A file of 300,000 random bytes, and the bytes."""
    data = os.urandom(300000)
    path = tmp_path / "file"
    path.write_bytes(data)
    with open(path, "r+b", buffering=0) as f:
        yield f, data


def send_file(s, f, start, end):
    s.settimeout(None)
    while start < end:
        start += os.sendfile(s.fileno(), f.fileno(), start, end - start)


class Reader(threading.Thread):
    """Reads a socket to its end."""

    def __init__(self, s):
        super().__init__()
        self.s = s
        self.got = b""
        self.start()

    def run(self):
        self.got = b"".join(iter(lambda: self.s.recv(65536), b""))

    def all(self):
        self.join(30)
        return self.got


def same(got, want):
    """Equal? Without pages of differences, which would take minutes to find."""
    return got == want


def lent():
    return bsdnet("netstat", "-m", "--json").check().json()["mbuf"]["lent"]


@pytest.mark.parametrize("start,end", [(0, 300000), (1, 299999), (PAGE - 1, 5 * PAGE + 1),
                                       (777, 1400)])
def test_any_part_of_a_file(pair, file, start, end):
    a, b = pair
    f, data = file
    before = lent()
    reader = Reader(b)
    send_file(a, f, start, end)
    a.shutdown(socket.SHUT_WR)
    assert same(reader.all(), data[start:end])
    pages = (end - 1) // PAGE - start // PAGE + 1
    assert not LENDS or lent() - before >= pages - 1


def test_peer_gets_a_file(peer, file):
    f, data = file
    sink = peer.start_python(SINK, port=7104)
    before = lent()
    with connected(7104) as s:
        send_file(s, f, 3, len(data))
        s.shutdown(socket.SHUT_WR)
        assert s.recv(100) == b"done"
    assert sink.result() == hashlib.sha256(data[3:]).hexdigest()
    assert not LENDS or lent() > before


def test_splice_of_pieces_large_and_small(pair):
    """What brings little of a page is copied, so that it does not keep the page."""
    a, b = pair
    reader = Reader(b)
    r, w = os.pipe()
    sent = []
    before = lent()
    for size in (1, 100, 1, PAGE, 17, 3 * PAGE + 5, 511):
        os.write(w, data := os.urandom(size))
        sent.append(data)
        while size:
            size -= os.splice(r, a.fileno(), size)
    os.close(r)
    os.close(w)
    a.shutdown(socket.SHUT_WR)
    assert same(reader.all(), b"".join(sent))
    assert not LENDS or 4 <= lent() - before <= 5


def test_file_may_change_and_go_while_it_waits(pair, file):
    """Nobody reads yet. What is cut off was sent; what is overwritten may be seen."""
    a, b = pair
    f, data = file
    used = counter("mbuf/bytes")
    send_file(a, f, 0, 100000)
    assert counter("mbuf/bytes") - used >= 100000
    os.pwrite(f.fileno(), bytes(10), 50000)
    os.truncate(f.fileno(), 15 * PAGE)
    os.unlink(f.name)
    a.shutdown(socket.SHUT_WR)
    got = Reader(b).all()
    assert got[50000:50010] in (bytes(10), data[50000:50010])
    assert same(got[:50000] + got[50010:], data[:50000] + data[50010:100000])
    wait_for(lambda: counter("mbuf/bytes") - used < 65536, 10)


def test_pages_come_back_when_the_reader_goes(pair, file):
    a, b = pair
    f, data = file
    used = counter("mbuf/bytes")
    send_file(a, f, 0, 200000)
    b.close()
    a.close()
    wait_for(lambda: counter("mbuf/bytes") - used < 65536, 10)


def test_datagram_of_a_file(file):
    f, data = file
    a, b = couple()
    with a, b:
        assert os.sendfile(a.fileno(), f.fileno(), 5, 3000) == 3000
        assert b.recv(65536) == data[5:3005]
