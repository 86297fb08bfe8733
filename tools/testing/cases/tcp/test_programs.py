# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Programs that know nothing of this stack, by bsdnet run."""
import subprocess

import pytest
from bsdnet_test import FULL, REPO, bsdnet, counter

SERVER = """
import http.server, socketserver
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        data = b"x" * 300000
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *args):
        pass
server = socketserver.TCPServer(("127.0.0.1", 0), Page)
print(server.server_address[1], flush=True)
server.serve_forever()
"""

CLIENT = """
import sys, urllib.request
print(len(urllib.request.urlopen("http://127.0.0.1:%s/" % sys.argv[1]).read()))
"""


@pytest.mark.skipif(not FULL, reason="a minute in the debug kernel: make check-full")
def test_web_server_and_client():
    before = counter("tcp/segments")
    with subprocess.Popen([REPO + "/build/tools/bsdnet", "run", "python3", "-c", SERVER],
                          stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip()
            done = bsdnet("run", "python3", "-c", CLIENT, port, timeout=180).check()
            assert done.out.strip() == "300000"
        finally:
            server.kill()
    assert counter("tcp/segments") > before + 10
