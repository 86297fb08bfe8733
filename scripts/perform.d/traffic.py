# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What the cases run. The same programs use either stack."""
import json
import os
import re

from ground import BSDNET, MTU, TOOLS
from places import PATIENCE, check, must_exist
from states import Trouble

# Until somebody has the port. Of bsdnet the last column but one, of Linux in hexadecimal.
LISTENS = {
    "bsdnet": f"until {BSDNET} netstat -an -p %(protocol)s | grep -q '[.]%(port)d '; do "
              "sleep 0.1; done",
    "linux": "until grep -q ':%(port)04X ' /proc/net/%(protocol)s; do sleep 0.05; done",
}
# Until nobody is connected to the port any more, and all has been read.
LEAVES = {
    "bsdnet": f"while {BSDNET} netstat -an -p tcp | grep -qE '[.]%(port)d .*(ESTAB|CLOSE_W)'; do "
              "sleep 0.1; done",
    "linux": "while grep -qE ':%(port)04X [0-9A-F:]+ 0[18] ' /proc/net/tcp; do sleep 0.05; done",
}
GROUP = "239.77.0.1"
FLOOD = 1000    # pings for each second that a test is to last


class Bench:
    """One run of a test: starts programs, and keeps how each ended."""

    def __init__(self, test, ground, seconds, port):
        self.test, self.case, self.ground = test, test.case, ground
        self.seconds, self.port = seconds, port
        self.ended = []
        self.jobs = []
        self.detail = None      # what was found beside the value

    def stack_of(self, place):
        return self.ground.stack if place is self.ground.machine else "linux"

    def option(self, place):
        return self.ground.option if place is self.ground.machine else ["-L"]

    def start(self, place, *argv):
        must_exist(argv[0])
        job = place.start(argv)
        self.jobs.append(job)
        return job

    def run(self, place, *argv):
        """The output of a program that ends by itself."""
        return self.wait(self.start(place, *argv))

    def wait(self, job):
        """The same of one that was started."""
        return self._over(job, job.wait(self.seconds + PATIENCE))

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

    def stop_server(self, place, job, port):
        """The result of a server, once it has read all that was sent to it."""
        place.run(["sh", "-c", LEAVES[self.stack_of(place)] % {"port": port}], 20)
        return parsed(self.stop(job))

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
                "splice": (g.left, g.right, g.machine_address),
                "copy": (g.left, g.right, g.machine_address),
                "local": (g.machine, g.machine, "127.0.0.1")}[self.case.direction]

    def group(self, place):
        """Options of udpbench for the interface of a group at a place."""
        if self.case.protocol != "mcast":
            return []
        return ["-I", self.ground.machine_address if place is self.ground.machine else
                self.ground.left_address]

    def length(self):
        """Bytes of data in a datagram: headers of IP and UDP take 28."""
        mtu = MTU[self.test.setup]
        return {"": 0, "empty": 36, "mtu": mtu - 28, "fragment": mtu - 27}[self.case.size]


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        raise Trouble("FAIL", f"no result in: {text[:200]!r}") from None


def tcp_server(bench, place, port):
    server = bench.start(place, BSDNET, "tcpbench", *bench.option(place), "-s", "--json",
                         "-p", port)
    bench.ready(place, "tcp", port)
    return server


def tcp_client(bench, place, address):
    bench.run(place, BSDNET, "tcpbench", *bench.option(place), "--json", "-r", 0, "-n",
              bench.case.streams, "-t", bench.seconds, "-p", bench.port, address)


def tcpbench(bench):
    """Bits a second that the receiver got."""
    sender, receiver, address = bench.ends()
    server = tcp_server(bench, receiver, bench.port)
    tcp_client(bench, sender, address)
    return bench.stop_server(receiver, server, bench.port)["bps"]


def udp_server(bench, place, port, *address):
    streams = bench.case.streams
    server = bench.start(place, BSDNET, "udpbench", *bench.option(place), "--json", "-N", streams,
                         "-t", 1000, "-p", port, *bench.group(place), "recv", *address)
    bench.ready(place, "udp", port + streams - 1)
    return server


def udp_client(bench, place, address):
    bench.run(place, BSDNET, "udpbench", *bench.option(place), "--json", "-N", bench.case.streams,
              "-t", bench.seconds, "-l", bench.length(), "-p", bench.port, *bench.group(place),
              "send", address)


def udpbench(bench):
    """Datagrams a second that the receiver got."""
    sender, receiver, address = bench.ends()
    address = GROUP if bench.case.protocol == "mcast" else address
    server = udp_server(bench, receiver, bench.port, address)
    udp_client(bench, sender, address)
    return parsed(bench.stop(server))["pps"]


def relay(bench, *options):
    """A relay in the machine, from bench.port to the right, a port for each stream on."""
    ground = bench.ground
    if bench.case.direction == "copy":
        options = ("-c", *options)
    return bench.start(ground.machine, TOOLS + "relay", *ground.option, *options, bench.port,
                       ground.right_address, bench.port + bench.case.streams)


def tcprelay(bench):
    """Bits a second through a relay in the machine."""
    sender, receiver, address = bench.ends()
    streams = bench.case.streams
    server = tcp_server(bench, receiver, bench.port + streams)
    between = relay(bench, "-n", streams)
    bench.ready(bench.ground.machine, "tcp", bench.port)
    tcp_client(bench, sender, address)
    bench.wait(between)
    return bench.stop_server(receiver, server, bench.port + streams)["bps"]


def udprelay(bench):
    """Datagrams a second through a relay in the machine."""
    sender, receiver, address = bench.ends()
    streams = bench.case.streams
    server = udp_server(bench, receiver, bench.port + streams)
    between = relay(bench, "-u", "-n", streams)
    bench.ready(bench.ground.machine, "udp", bench.port + streams - 1)
    udp_client(bench, sender, address)
    pps = parsed(bench.stop(server))["pps"]
    bench.stop(between)
    return pps


def ping(bench):
    """Answers a second to a flood; none may be lost."""
    sender, _, address = bench.ends()
    ours = sender is bench.ground.machine and bench.ground.stack == "bsdnet"
    must_exist("ping")
    said = bench.run(sender, *([BSDNET, "run"] if ours else []), "ping", "-nqf", "-c",
                     FLOOD * bench.seconds, "-s", bench.length(), address)
    found = re.search(r"(\d+) packets transmitted, (\d+) received.* time (\d+)ms", said)
    if not found:
        raise Trouble("FAIL", f"no result in: {said[:200]!r}")
    sent, received, ms = map(int, found.groups())
    if sent != received:
        raise Trouble("FAIL", f"{sent - received} of {sent} answers were lost")
    return 1000 * received / max(ms, 1)


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
