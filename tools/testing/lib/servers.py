# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Servers of Debian, as they are, at one of programs.Ends."""
import contextlib
import os
import re

from programs import program, wait_until

# Each worker has a listener of its own for 8080, that of 8081 is theirs together.
NGINX = """
worker_processes 2;
user root;
env LD_PRELOAD;
error_log {folder}/error.log info;
pid {folder}/pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen {address}:8080 reuseport deferred so_keepalive=on; root {folder}; }}
    server {{
        listen {address}:8081;
        location / {{ proxy_pass http://{address}:8080/; }}
    }}
}}
"""


@contextlib.contextmanager
def nginx(ends, size):
    """nginx with the file data at 8080, and a proxy for it at 8081; yields the data."""
    binary = program("nginx")
    folder = ends.server.folder
    data = os.urandom(size)
    ends.write(ends.server, "data", data)
    ends.write(ends.server, "index.html", b"hello\n")
    config = ends.write(ends.server, "conf",
                        NGINX.format(folder=folder, address=ends.address).encode())
    ends.server.run(binary, "-p", folder, "-c", config, "-e", folder + "/error.log").check()
    try:
        wait_until(lambda: ends.server.listens(8081))
        yield data
        log = ends.server.plain("cat", folder + "/error.log").check().out
        assert not re.search(r"\[(error|crit|alert|emerg)\]", log), log
    finally:
        ends.server.plain("kill", nginx_pid(ends))
        wait_until(lambda: not ends.server.listens(8081))


def nginx_pid(ends):
    return ends.server.plain("cat", ends.server.folder + "/pid").out.strip()


@contextlib.contextmanager
def redis(ends):
    """A server at port 6379. Debian's check-rdb is the server under another name."""
    folder = ends.server.folder
    binary = program("redis-check-rdb")
    name = folder + "/redis-server"
    ends.server.plain("ln", "-sf", binary, name).check()
    with ends.serving(name, "--port", 6379, "--bind", ends.address, "--protected-mode", "no",
                      "--save", "", "--dir", folder, port=6379) as job:
        yield job
