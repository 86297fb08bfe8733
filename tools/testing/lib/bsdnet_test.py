# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What system tests share. They run inside the virtual machine.

    from bsdnet_test import AF_BSDINET, peer_address, sysfs

Fixtures (from conftest.py): peer, bsdnet.
"""
import base64
import glob
import contextlib
import json
import os
import signal
import subprocess
import time

REPO = os.environ.get("BSDNET_REPO", os.path.abspath(os.path.dirname(__file__) + "/../../.."))
FULL = bool(os.environ.get("BSDNET_FULL"))
DEBUG_KERNEL = os.environ.get("BSDNET_VM", "").startswith("debug-")

AF_BSDINET = 18
AF_BSDINET6 = 19
AF_BSDROUTE = 22
AF_BSDKEY = 25

SYSFS = "/sys/kernel/bsdnet/"


def scale(short, full):
    """A loop's length: short in "make check", full in "make check-full"."""
    return full if FULL else short


def host_address(nic=0, family=4):
    """The peer's address behind a NIC."""
    return f"10.77.{nic}.1" if family == 4 else f"fd77:{nic}::1"


def guest_address(nic=0, family=4):
    """Our own address on a NIC."""
    return f"10.77.{nic}.2" if family == 4 else f"fd77:{nic}::2"


class Result:
    """How a program ended: rc, and out and err as text (raw: bytes)."""

    def __init__(self, argv, rc, out, err):
        self.argv = argv
        self.rc = rc
        self.raw = out
        self.out = out.decode(errors="replace")
        self.err = err.decode(errors="replace")

    def check(self):
        """The same result, if the program succeeded."""
        assert self.rc == 0, f"{self.argv}: status {self.rc}\n{self.out}{self.err}"
        return self

    def json(self):
        return json.loads(self.out)


def run(*argv, input=b"", timeout=60):
    """Run a program in the guest."""
    argv = [str(a) for a in argv]
    done = subprocess.run(argv, input=input, capture_output=True, timeout=timeout, check=False)
    return Result(argv, done.returncode, done.stdout, done.stderr)


def bsdnet(*args, **more):
    """Run the project's command: bsdnet("arp", "-a").check().out"""
    return run(REPO + "/build/tools/bsdnet", *args, **more)


def sysfs(name, value=None):
    """Read a knob ("ip/ttl"), or write it; a refused write raises OSError."""
    if value is None:
        with open(SYSFS + name, encoding="ascii") as f:
            return f.read().strip()
    with open(SYSFS + name, "w", encoding="ascii") as f:
        f.write(str(value))
    return None


@contextlib.contextmanager
def knobs(values):
    """Knobs are so meanwhile: knobs({"tcp/msl": 10}). Undone in the other order."""
    before = {name: sysfs(name) for name in values}
    try:
        for name, value in values.items():
            sysfs(name, value)
        yield
    finally:
        for name, value in reversed(before.items()):
            sysfs(name, value)


def counter(name):
    return int(sysfs(name))


def wait_for(condition, seconds=5):
    """Until it is true; the test fails if that takes longer."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


class Job:
    """Something that goes on at the peer. Usable with "with": stopped at the end."""

    def __init__(self, peer, argv, number):
        self.peer = peer
        self.argv = argv
        self.number = number
        self.result = None

    def wait(self, timeout=60):
        """Its result, once it has ended by itself."""
        return self._end({"timeout": timeout})

    def stop(self, signum=signal.SIGTERM):
        """Its result, after a signal."""
        return self._end({"signal": int(signum)})

    def _end(self, request):
        if self.result is None:
            request.update(op="stop", job=self.number)
            self.result = self.peer.to_result(self.argv, self.peer.call(request))
        return self.result

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Pending:
    """Python code running at the peer."""

    def __init__(self, peer, number):
        self.peer = peer
        self.number = number

    def result(self):
        """What the code left in "result", when it has ended."""
        return self.peer.reply(self.number).get("result")

    def done(self):
        """Whether result() would not wait."""
        self.peer.run("true")
        return self.number in self.peer.replies


class Peer:
    """The other end of the NICs, a namespace of the host."""

    def __init__(self):
        self.port = self._open()
        self.number = 0
        self.replies = {}

    @staticmethod
    def _open():
        for name in glob.glob("/sys/class/virtio-ports/*/name"):
            with open(name, encoding="ascii") as f:
                if f.read().strip() == "bsdnet.agent":
                    return open("/dev/" + name.split("/")[-2], "r+b", buffering=0)
        raise RuntimeError("no agent: scripts/vm was started without --agent")

    def send(self, request):
        self.number += 1
        request["id"] = self.number
        data = json.dumps(request).encode() + b"\n"
        while data:
            data = data[self.port.write(data):]
        return self.number

    def reply(self, number):
        """The answer to a request, keeping those to others."""
        line = b""
        while number not in self.replies:
            piece = self.port.read(65536)
            if not piece:
                raise RuntimeError("the peer's agent has gone")
            *lines, line = (line + piece).split(b"\n")
            for whole in lines:
                answer = json.loads(whole)
                self.replies[answer["id"]] = answer
        answer = self.replies.pop(number)
        assert "error" not in answer, answer["error"]
        return answer

    def call(self, request):
        return self.reply(self.send(request))

    @staticmethod
    def to_result(argv, answer):
        return Result(argv, answer["rc"], base64.b64decode(answer["out"]),
                      base64.b64decode(answer["err"]))

    def run(self, *argv, input=b"", timeout=60):
        """Run a program at the peer and wait for it."""
        argv = [str(a) for a in argv]
        return self.to_result(argv, self.call({
            "op": "run", "argv": argv, "timeout": timeout,
            "input": base64.b64encode(input).decode()}))

    def popen(self, *argv):
        """Start a program at the peer: a Job."""
        argv = [str(a) for a in argv]
        return Job(self, argv, self.call({"op": "popen", "argv": argv})["job"])

    def python(self, code, **variables):
        """Run Python with scapy at the peer; what it leaves in "result"."""
        return self.start_python(code, **variables).result()

    def start_python(self, code, **variables):
        """The same without waiting: .result() does. For sniffing meanwhile."""
        return Pending(self, self.send({"op": "python", "code": code, "vars": variables}))


class KernelLog:
    """What the kernel says from now on."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self):
        """New lines since the last call."""
        found = []
        while True:
            try:
                record = os.read(self.fd, 8192)
            except BlockingIOError:
                return found
            except BrokenPipeError:
                continue  # overwritten before we came: go on with the next
            found.append(record.decode(errors="replace").split(";", 1)[-1].split("\n")[0])

    def reports(self):
        """New lines, if there is a report among them."""
        lines = self.lines()
        if not lines:
            return []
        text = "".join(line + "\n" for line in lines).encode()
        qemu = REPO + "/scripts/qemu/"
        done = run(qemu + "klog-reports", qemu + "klog-patterns", "-", input=text)
        return [] if done.rc == 1 else lines
