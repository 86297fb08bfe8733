# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""A reader that stands still in the middle of a copy, and one that hardly runs."""
import contextlib
import os
import subprocess

from bsd_socket import bound, bsd_socket
from bsdnet_test import REPO, run, scale
from traffic import Traffic

CGROUP = "/sys/fs/cgroup"
PORT = 7100


@contextlib.contextmanager
def held(port=PORT):
    """A recvmsg() stopped in its copy to user memory; ends with what it received."""
    with subprocess.Popen([REPO + "/build/tools/held-recv", "127.0.0.1", str(port)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        assert p.stdout.readline() == "ready\n"
        s = bsd_socket()
        s.sendto(b"first", ("127.0.0.1", port))
        assert p.stdout.readline() == "held\n"
        yield s
        p.stdin.write("go\n")
        p.stdin.flush()
        assert p.stdout.readline() == "received 5 first\n"
        assert p.wait() == 0


@contextlib.contextmanager
def slow_reader(sock):
    """A process at nice 19 with 5 % of a processor that reads @sock."""
    if not os.path.exists(CGROUP + "/cgroup.controllers"):
        run("mount", "-t", "cgroup2", "none", CGROUP).check()
    with open(CGROUP + "/cgroup.subtree_control", "w", encoding="ascii") as f:
        f.write("+cpu")
    os.makedirs(CGROUP + "/slow", exist_ok=True)
    with open(CGROUP + "/slow/cpu.max", "w", encoding="ascii") as f:
        f.write("5000 100000")
    pid = os.fork()
    if pid == 0:
        try:
            with open(CGROUP + "/slow/cgroup.procs", "w", encoding="ascii") as f:
                f.write("0")
            os.nice(19)
            sock.settimeout(None)
            while sock.recv(100) != b"end":
                pass
        finally:
            os._exit(0)
    yield
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.rmdir(CGROUP + "/slow")


def configure(bsdnet, i):
    """A round of what an administrator changes."""
    bsdnet("ifconfig", "vio0", "inet", f"10.88.{i % 200}.1/24", "alias").check()
    bsdnet("route", "add", "198.51.100.0/24", "10.77.0.1").check()
    bsdnet("route", "change", "198.51.100.0/24", "10.77.0.9").check()
    bsdnet("route", "delete", "198.51.100.0/24").check()
    bsdnet("ifconfig", "vio0", "inet", f"10.88.{i % 200}.1", "delete").check()


def test_configuration_goes_on_while_readers_stand_still(bsdnet, peer):
    slow = bound("127.0.0.1", PORT + 1)
    with held() as s, slow_reader(slow), Traffic(4, pause=0.01) as traffic:
        for i in range(scale(3, 200)):
            configure(bsdnet, i)
            # To the one that is held and to the slow one, too.
            for _ in range(50):
                with contextlib.suppress(OSError):
                    s.sendto(b"x" * 50, ("127.0.0.1", PORT))
                    s.sendto(b"x" * 50, ("127.0.0.1", PORT + 1))
            traffic.progress()
        assert peer.run("ping", "-c1", "-W5", "10.77.0.2").rc == 0


def test_socket_can_be_closed_while_a_reader_is_held():
    with held(PORT + 2) as s:
        s.close()
        other = bound("127.0.0.1", PORT + 3)
        other.sendto(b"x", other.getsockname())
        assert other.recv(10) == b"x"
