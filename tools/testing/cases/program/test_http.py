# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""curl, wget and wrk with a server in Python or nginx."""
import contextlib
import hashlib
import os
import re

import pytest
from bsdnet_test import scale
from programs import PYTHON, on_lo, program, wait_until
from servers import nginx, nginx_pid

SIZE = scale(3 << 20, 64 << 20) + 17

SERVER = """
import hashlib, http.server, socketserver, sys
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, data):
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        with open(sys.argv[3], "rb") as f:
            self.answer(f.read())
    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(hashlib.sha256(data).hexdigest().encode())
    def log_message(self, *args):
        pass
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
Server((sys.argv[1], int(sys.argv[2])), Page).serve_forever()
"""

@contextlib.contextmanager
def web_server(ends):
    """The data that a server in Python gives to everybody, at port 8000."""
    data = os.urandom(SIZE)
    path = ends.write(ends.server, "data", data)
    with ends.serving(PYTHON, "-c", SERVER, ends.address, 8000, path, port=8000):
        yield data


def fetched(ends, port):
    """The digest of /data as curl gets it."""
    path = ends.client.folder + "/got"
    ends.client.run("curl", "-sSf", "-o", path, f"http://{ends.address}:{port}/data").check()
    return ends.client.plain("sha256sum", path).check().out.split()[0]


def test_curl_gets_a_file(ends):
    with web_server(ends) as data:
        assert fetched(ends, 8000) == hashlib.sha256(data).hexdigest()
    assert ends.sent() + ends.received() >= SIZE


@on_lo
def test_curl_posts_a_file(ends):
    data = os.urandom(SIZE)
    path = ends.write(ends.client, "form", data)
    with web_server(ends):
        done = ends.client.run("curl", "-sSf", "--data-binary", "@" + path,
                               f"http://{ends.address}:8000/").check()
    assert done.out == hashlib.sha256(data).hexdigest()
    assert ends.sent() + ends.received() >= SIZE


@on_lo
def test_wget_gets_a_file(ends):
    path = ends.client.folder + "/got"
    with web_server(ends) as data:
        ends.client.run(program("wget"), "-q", "-t", "1", "-O", path,
                        f"http://{ends.address}:8000/data").check()
        got = ends.client.plain("sha256sum", path).check().out.split()[0]
        assert got == hashlib.sha256(data).hexdigest()
    assert ends.sent() + ends.received() >= SIZE


def test_nginx_serves_a_file_and_a_proxy(ends):
    with nginx(ends, SIZE) as data:
        digest = hashlib.sha256(data).hexdigest()
        assert fetched(ends, 8080) == digest
        assert fetched(ends, 8081) == digest
    assert ends.sent() + ends.received() >= 2 * SIZE


@on_lo
@pytest.mark.parametrize("port", [8080, 8081], ids=["file", "proxy"])
def test_nginx_under_wrk(ends, port):
    wrk = program("wrk")
    with nginx(ends, SIZE):
        out = ends.client.run(wrk, "-t2", "-c32", f"-d{scale(2, 20)}s",
                              f"http://{ends.address}:{port}/").check().out
    requests = int(re.search(r"(\d+) requests in", out)[1])
    assert requests > 50, out
    assert "Socket errors" not in out and "Non-2xx" not in out, out
    assert ends.sent() + ends.received() >= 200 * requests


@on_lo
def test_nginx_is_replaced_while_it_serves(ends):
    """A new master inherits the listeners, then the old one ends."""
    with nginx(ends, SIZE) as data:
        digest = hashlib.sha256(data).hexdigest()
        old = nginx_pid(ends)
        ends.server.plain("kill", "-USR2", old).check()
        wait_until(lambda: nginx_pid(ends) not in ("", old))
        assert fetched(ends, 8081) == digest
        ends.server.plain("kill", "-QUIT", old).check()
        wait_until(lambda: ends.server.plain("kill", "-0", old).rc)
        assert fetched(ends, 8080) == digest
        assert fetched(ends, 8081) == digest
    assert ends.sent() + ends.received() >= 3 * SIZE
