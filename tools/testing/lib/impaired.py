# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""A Linux host behind a bad wire: tools/testing/prog/relay.py at the peer."""
import contextlib
import json
import os
import time

from bsdnet_test import sysfs

ADDRESS = "10.77.0.8"
RELAY = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../prog/relay.py")


class Far:
    """The far host, as long as its relay runs."""

    def __init__(self, peer, pid):
        self.peer = peer
        self.inside = ["nsenter", "--net", "-t", pid]
        self.done = None

    def popen(self, *argv):
        return self.peer.popen(*self.inside, *argv)


@contextlib.contextmanager
def far_host(peer, *options):
    """A Far behind a relay with these options; .done: its figures, after."""
    pidfile = f"/tmp/bsdnet-relay.{os.getpid()}.{time.monotonic_ns()}"
    job = peer.popen(RELAY, *options, pidfile)
    sysfs("tcp/tso", 1)     # what is lost are segments
    try:
        for _ in range(200):
            found = peer.run("cat", pidfile)
            if not found.rc:
                break
            time.sleep(0.05)
        far = Far(peer, found.check().out.strip())
        yield far
    finally:
        sysfs("tcp/tso", 2)
        result = job.stop()
        peer.run("rm", "-f", pidfile)
    far.done = json.loads(result.check().out)
