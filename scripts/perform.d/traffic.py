# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What the cases run. The same programs use either stack."""
import json
import os

from ground import BSDNET, MTU
from places import PATIENCE, check, must_exist
from states import Trouble

# Until somebody has the port. Of bsdnet the last column but one, of Linux in hexadecimal.
LISTENS = {
    "bsdnet": f"until {BSDNET} netstat -an -p %(protocol)s | grep -q '[.]%(port)d '; do "
              "sleep 0.1; done",
    "linux": "until grep -q ':%(port)04X ' /proc/net/%(protocol)s; do sleep 0.05; done",
}


class Bench:
    """One run of a test: starts programs, and keeps how each ended."""

    def __init__(self, test, ground, seconds, port):
        self.test, self.case, self.ground = test, test.case, ground
        self.seconds, self.port = seconds, port
        self.ended = []
        self.jobs = []

    def stack_of(self, place):
        return self.ground.stack if place is self.ground.machine else "linux"

    def option(self, place):
        return self.ground.option if place is self.ground.machine else ["-L"]

    def start(self, place, *argv):
        must_exist(argv[0])
        job = place.start(argv)
        self.jobs.append(job)
        return job

    def run(self, place, *argv, more=0):
        """The output of a program that ends by itself."""
        job = self.start(place, *argv)
        return self._over(job, job.wait(self.seconds + more + PATIENCE))

    def stop(self, job):
        """The output of a program that goes on until it is told to end."""
        return self._over(job, job.stop())

    def _over(self, job, ended):
        self.jobs.remove(job)
        self.ended.append(ended)
        return check(ended).out

    def ready(self, place, protocol, port):
        """Wait until a port is somebody's."""
        script = LISTENS[self.stack_of(place)] % {"protocol": protocol, "port": port}
        ended = place.run(["sh", "-c", script], 20)
        if ended.rc != 0:
            raise Trouble("FAIL", f"{place.where}: nobody has {protocol} port {port}")

    def clear(self):
        """End what still runs after trouble."""
        while self.jobs:
            self.ended.append(self.jobs.pop().stop(9))

    def ends(self):
        """Where the sender is, the receiver's place and the address it is reached by."""
        g = self.ground
        return {"receive": (g.left, g.machine, g.machine_address),
                "send": (g.machine, g.left, g.left_address),
                "forward": (g.left, g.right, g.right_address),
                "local": (g.machine, g.machine, "127.0.0.1")}[self.case.direction]

    def length(self):
        """Bytes of data in a datagram: headers of IP and UDP take 28."""
        mtu = MTU[self.test.setup]
        return {"": 0, "empty": 36, "mtu": mtu - 28, "fragment": mtu - 27}[self.case.size]


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        raise Trouble("FAIL", f"no result in: {text[:200]!r}") from None


def tcpbench(bench):
    """Bits a second that the receiver got."""
    sender, receiver, address = bench.ends()
    server = bench.start(receiver, BSDNET, "tcpbench", *bench.option(receiver), "-s", "--json",
                         "-p", bench.port)
    bench.ready(receiver, "tcp", bench.port)
    bench.run(sender, BSDNET, "tcpbench", *bench.option(sender), "--json", "-r", 0, "-n",
              bench.case.streams, "-t", bench.seconds, "-p", bench.port, address)
    return parsed(bench.stop(server))["bps"]


def udpbench(bench):
    """Datagrams a second that the receiver got."""
    sender, receiver, address = bench.ends()
    streams = bench.case.streams
    server = bench.start(receiver, BSDNET, "udpbench", *bench.option(receiver), "--json", "-N",
                         streams, "-t", 1000, "-p", bench.port, "recv", address)
    bench.ready(receiver, "udp", bench.port + streams - 1)
    bench.run(sender, BSDNET, "udpbench", *bench.option(sender), "--json", "-N", streams, "-t",
              bench.seconds, "-l", bench.length(), "-p", bench.port, "send", address)
    return parsed(bench.stop(server))["pps"]


PROGRAMS = {"tcpbench": tcpbench, "udpbench": udpbench}


def programs_of(ended):
    """How the programs ended, for the result: the JSON of each but for single streams."""
    found = []
    for e in ended:
        try:
            said = json.loads(e.out)
            said.pop("per_stream", None)
        except (ValueError, AttributeError):
            said = None
        found.append({"where": e.where, "argv": [os.path.basename(e.argv[0]), *e.argv[1:]],
                      "status": e.rc, "json": said})
    return found
