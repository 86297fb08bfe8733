# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Programs that know nothing of this stack, one at each end of a connection.

    Ends("lo", peer)     both ends on bsdnet, 127.0.0.1
    Ends("out", peer)    client on bsdnet, vio0 ---- tap0 10.77.0.1, server on Linux
    Ends("in", peer)     server on bsdnet, vio0 10.77.0.2 ---- tap0, client on Linux

Either end is a Here or a There, which do the same things.
"""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from bsdnet_test import (DEBUG_KERNEL, REPO, Result, bsdnet, guest_address, host_address, run,
                         scale)

# scripts/setup unpacks servers there, because installed they would start.
UNPACKED = os.environ.get("BSDNET_CACHE", "") + "/programs/usr/sbin"
TIMEOUT = 300 if DEBUG_KERNEL else 60
PYTHON = "/usr/bin/python3"
WHERE = ["lo", "out", "in"]

# For tests whose variants over a wire are left to make check-full.
on_lo = pytest.mark.parametrize("ends", scale(WHERE[:1], WHERE), indirect=True)


def program(name):
    """Where a program is; the test is skipped if this machine has none."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:" + UNPACKED)
    if not path:
        pytest.skip(f"no {name} here: scripts/setup base")
    return path


def wait_until(true, why=lambda: "it did not happen"):
    """Wait until true() is; if it never is the test fails, and why() says why."""
    deadline = time.monotonic() + TIMEOUT
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.2)


class LocalJob:
    """Something that goes on in the guest: what bsdnet_test.Job is at the peer."""

    def __init__(self, argv):
        self.argv = argv
        self.result = None
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, start_new_session=True)

    def wait(self, timeout=TIMEOUT):
        """Its result, once it has ended by itself."""
        if self.result is None:
            try:
                out, err = self.process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                out, err = self.process.communicate()
            self.result = Result(self.argv, self.process.returncode, out, err)
        return self.result

    def stop(self, signum=signal.SIGTERM):
        """Its result, after a signal."""
        if self.result is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signum)
        return self.wait(10)


class Here:
    """The guest: programs run on bsdnet."""

    def __init__(self, address):
        self.address = address
        self.folder = tempfile.mkdtemp()

    def run(self, *argv, input=b"", timeout=TIMEOUT):
        return bsdnet("run", *argv, input=input, timeout=timeout)

    def plain(self, *argv, input=b"", timeout=TIMEOUT):
        """Run a program as it is."""
        return run(*argv, input=input, timeout=timeout)

    def popen(self, *argv):
        return LocalJob([REPO + "/build/tools/bsdnet", "run", *(str(a) for a in argv)])

    def listens(self, port):
        lines = bsdnet("netstat", "-an").check().out.splitlines()
        return any(f".{port} " in line and line.endswith("LISTEN") for line in lines)


class OnLinux(Here):
    """The guest again: programs run on Linux's own stack, for comparison."""

    def run(self, *argv, input=b"", timeout=TIMEOUT):
        return self.plain(*argv, input=input, timeout=timeout)

    def popen(self, *argv):
        return LocalJob([str(a) for a in argv])

    def listens(self, port):
        return bool(self.plain("ss", "-Hltn", f"sport = :{port}").check().out)


class There:
    """The peer: programs run on Linux's own stack."""

    def __init__(self, peer, nic=0):
        self.peer = peer
        self.address = host_address(nic)
        self.folder = self.plain("mktemp", "-d").check().out.strip()

    def run(self, *argv, input=b"", timeout=TIMEOUT):
        return self.peer.run(*argv, input=input, timeout=timeout)

    plain = run

    def popen(self, *argv):
        return self.peer.popen(*argv)

    def listens(self, port):
        return bool(self.plain("ss", "-Hltn", f"sport = :{port}").check().out)


class Pair:
    """A server and a client, each a Here or a There."""

    def __init__(self, server, client):
        self.server = server
        self.client = client
        self.address = server.address

    def close(self):
        for end in {self.server, self.client}:
            end.plain("rm", "-rf", end.folder).check()

    def write(self, end, name, data):
        """A file at one end; its path."""
        path = f"{end.folder}/{name}"
        end.plain("sh", "-c", 'cat >"$0"', path, input=data).check()
        return path

    @contextlib.contextmanager
    def serving(self, *argv, port, signum=signal.SIGTERM):
        """The server runs and listens at @port; stopped in the end."""
        job = self.server.popen(*argv)
        try:
            wait_until(lambda: self.server.listens(port), lambda: job.stop().err)
            yield job
        finally:
            job.stop(signum)


class Ends(Pair):
    """A server and a client, and what has gone through bsdnet since they were made."""

    def __init__(self, where, peer):
        if where == "lo":
            here = Here("127.0.0.1")
            super().__init__(here, here)
        elif where == "out":
            super().__init__(There(peer), Here(guest_address()))
        else:
            super().__init__(Here(guest_address()), There(peer))
        self.before = self.count()

    @staticmethod
    def count():
        counters = bsdnet("netstat", "-s", "-p", "tcp", "--json").check().json()["tcp"]
        return counters["sndbyte"], counters["rcvbyte"]

    def sent(self):
        """Bytes that TCP has sent since the beginning, those again included."""
        return self.count()[0] - self.before[0]

    def received(self):
        """Bytes that TCP has received in order since the beginning."""
        return self.count()[1] - self.before[1]
