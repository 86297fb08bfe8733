# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Where programs run: namespaces of this machine, and the virtual machine."""
import base64
import collections
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import threading

from states import Trouble

PATIENCE = 60       # seconds that the machine may take to start a program or to end one

Ended = collections.namedtuple("Ended", "where argv rc out err")


class Gone(Exception):
    """The virtual machine has ended, or might as well have."""

    def __init__(self, state="NOEXIT", text="the machine ended"):
        super().__init__(text)
        self.state = state


def check(ended):
    """The same, if the program ran and ended well."""
    said = (ended.err or ended.out).strip()[-300:]
    what = f"{ended.where}: {' '.join(ended.argv)}"
    if ended.rc is None:
        raise Trouble("NOTERM", what)
    if ended.rc in (126, 127):
        raise Trouble("NORUN", f"{what}: {said}")
    if ended.rc:
        raise Trouble("NOEXIT", f"{what}: status {ended.rc}: {said}")
    return ended


def must_exist(program):
    if not (os.access(program, os.X_OK) if "/" in program else shutil.which(program)):
        raise Trouble("NOEXIST", program)


class HostJob:
    """A program that runs on this machine."""

    def __init__(self, where, prefix, argv):
        self.where, self.argv = where, argv
        try:
            self.process = subprocess.Popen([*prefix, *argv], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                            start_new_session=True)
        except OSError as e:
            raise Trouble("NORUN", f"{where}: {' '.join(argv)}: {e}") from None

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def wait(self, timeout):
        """How it ended; it is killed after so many seconds."""
        late = False
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            late = True
            self._signal(signal.SIGKILL)
            out, err = self.process.communicate()
        return Ended(self.where, self.argv, None if late else self.process.returncode,
                     out.decode(errors="replace"), err.decode(errors="replace"))

    def stop(self, number=signal.SIGINT):
        self._signal(number)
        return self.wait(PATIENCE)


class Host:
    """A network namespace of this machine, by name; None: the one we are in."""

    def __init__(self, where, namespace=None, nice=0):
        self.where, self.namespace = where, namespace
        self.prefix = ["nice", "-n", str(nice)] if nice else []
        if namespace:
            self.prefix += ["nsenter", "--net=/run/netns/" + namespace]

    def start(self, argv):
        return HostJob(self.where, self.prefix, [str(a) for a in argv])

    def run(self, argv, timeout=PATIENCE):
        return self.start(argv).wait(timeout)


class GuestJob:
    """A program that runs in the virtual machine."""

    def __init__(self, guest, argv):
        self.guest, self.argv = guest, argv
        self.number = guest.call({"op": "popen", "argv": argv}, PATIENCE)["job"]

    def _end(self, timeout, more):
        request = {"op": "stop", "job": self.number, "timeout": timeout, **more}
        return self.guest.ended(self.argv, self.guest.call(request, timeout + PATIENCE))

    def wait(self, timeout):
        return self._end(timeout, {})

    def stop(self, number=signal.SIGINT):
        return self._end(PATIENCE, {"signal": int(number)})


class Guest:
    """A machine at the other end of a process's standard input and output.

    The process runs scripts/qemu/peer-agent, in a virtual machine or not.
    """

    def __init__(self, argv, where="machine", **more):
        self.where = where
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        **more)
        self.numbers = itertools.count(1)
        self.lock = threading.Condition()
        self.replies = {}
        self.gone = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            reply = json.loads(line)
            with self.lock:
                self.replies[reply["id"]] = reply
                self.lock.notify_all()
        with self.lock:
            self.gone = True
            self.lock.notify_all()

    def call(self, request, timeout):
        """The reply to a request of peer-agent's."""
        number = next(self.numbers)
        try:
            self.process.stdin.write(json.dumps({**request, "id": number}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            raise Gone() from None
        with self.lock:
            answered = self.lock.wait_for(lambda: number in self.replies or self.gone, timeout)
            if number in self.replies:
                reply = self.replies.pop(number)
            elif answered:
                raise Gone()
            else:
                raise Gone("NOTERM", f"{self.where}: no answer to {request['op']}")
        if "error" in reply:
            raise Trouble("NORUN", f"{self.where}: {reply['error'].strip().splitlines()[-1]}")
        return reply

    def ended(self, argv, reply):
        rc = None if reply["rc"] in (124, -signal.SIGKILL) else reply["rc"]
        out, err = (base64.b64decode(reply[k]).decode(errors="replace") for k in ("out", "err"))
        return Ended(self.where, argv, rc, out, err)

    def start(self, argv):
        return GuestJob(self, [str(a) for a in argv])

    def run(self, argv, timeout=PATIENCE):
        argv = [str(a) for a in argv]
        return self.ended(argv, self.call({"op": "run", "argv": argv, "timeout": timeout},
                                          timeout + PATIENCE))

    def end(self):
        """Let it go, and wait until it has; returns the status of the process."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        for harder in (self.process.terminate, self.process.kill):
            try:
                return self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                harder()
        return self.process.wait()
