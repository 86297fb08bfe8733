# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The cases of the matrix: one table.

A name is PROTOCOL FAMILY - DIRECTION - LOAD [- SIZE]. The machine that is measured has
a Linux host on its left and one on its right:

    receive  left -> machine            forward  left -> machine -> right
    send     machine -> left            copy     the same with connections that end in
    local    within the machine                  the machine; a program moves the data
                                        splice   the same; the kernel moves it
"""
import dataclasses
import fnmatch

STREAMS = {"single": 1, "parallel": 10, "many": 100, "both": 2}

# Set-ups of the network cards, and the directions in which each can change anything.
SETUPS = {
    "default": None,
    "jumbo": ("receive", "send", "forward", "splice", "copy"),
    "nolro": ("receive", "forward", "splice", "copy"),
    "notso": ("send", "forward", "splice", "copy"),
}
STACKS = ("bsdnet", "linux")
# What netlock/mode and tcp/input_lock are set to.
MODES = {
    "giant": ("giant", "thread"),
    "exclusive": ("exclusive", "thread"),
    "unlocked-io": ("unlocked-io", "thread"),
    "locked": ("locked", "thread"),
    "forward": ("forward", "thread"),
    "udp": ("udp", "thread"),
    "shared/packet": ("shared", "packet"),
    "shared/thread": ("shared", "thread"),
    "shared/backlog": ("shared", "backlog"),
}
OF_TCP_ONLY = ("shared/packet", "shared/thread")
DEFAULT_MODE = "shared/backlog"
NO_MODE = "none"        # of a stack whose locks are not ours to choose

# protocol, family, directions, loads, sizes, program, unit, set-ups, whether the locks are tried
TABLE = (
    ("tcp", 4, "receive send forward", "single parallel many", "", "tcpbench", "bits/s",
     "default jumbo nolro notso", True),
    ("tcp", 4, "local", "single parallel many", "", "tcpbench", "bits/s", "default", True),
    ("udp", 4, "receive send forward", "single parallel", "empty mtu fragment", "udpbench",
     "packets/s", "default", True),
    ("udp", 4, "receive send forward", "parallel", "mtu", "udpbench", "packets/s", "jumbo", False),
    ("udp", 4, "local", "single parallel", "empty mtu", "udpbench", "packets/s", "default", True),
    ("icmp", 4, "receive send forward", "single", "empty mtu fragment", "ping", "answers/s",
     "default", True),
    ("mcast", 4, "receive send", "parallel", "mtu", "udpbench", "packets/s", "default", True),
    ("tcp", 4, "splice copy", "single parallel", "", "tcprelay", "bits/s",
     "default jumbo nolro notso", True),
    ("udp", 4, "splice copy", "parallel", "empty mtu", "udprelay", "packets/s", "default", True),
)
QUICK_MODES = (DEFAULT_MODE, "exclusive")
# RFC 2544: frames of so many bytes, both ways.
RATES = (
    ("frames", 4, "forward", "both", "74 128 192 256 384 512 768 1024 1280 1408 1518", "rfc2544",
     "frames/s", "default", True),
)
QUICK_RATES = ("*-74", "*-128", "*-256", "*-512", "*-1024", "*-1280", "*-1518")
# One of each kind, to see that all of it works.
SELF_TEST = ("tcp4-receive-single", "tcp4-forward-parallel", "tcp4-local-many",
             "udp4-send-single-fragment", "icmp4-send-single-empty", "mcast4-receive-parallel-mtu",
             "tcp4-splice-single", "tcp4-copy-single", "udp4-splice-parallel-empty",
             "udp4-copy-parallel-mtu", "frames4-forward-both-512")
# What a stack has not (pattern, stack, reason), and what is known not to work.
SKIPPED = (
    ("udp4-splice-*", "linux", "splice(2) takes no datagrams, and there is no SO_SPLICE"),
)
EXPECTED = ()
QUICK = ("tcp4-*-single", "tcp4-*-parallel", "udp4-*-single-empty", "udp4-receive-parallel-mtu",
         "udp4-*-single-fragment", "icmp4-*-empty", "mcast4-*", "udp4-copy-*", "udp4-splice-*")


@dataclasses.dataclass(frozen=True)
class Case:
    """A line of the matrix."""
    protocol: str
    family: int
    direction: str
    load: str
    size: str
    program: str
    unit: str
    setups: tuple
    locks: bool

    @property
    def name(self):
        words = [f"{self.protocol}{self.family}", self.direction, self.load, self.size]
        return "-".join(word for word in words if word)

    @property
    def streams(self):
        return STREAMS[self.load]

    def skipped(self, stack):
        """Why it makes no sense on a stack, or None."""
        return self._reason(SKIPPED, stack)

    def expected(self, stack):
        """Why it fails there, or None."""
        return self._reason(EXPECTED, stack)

    def _reason(self, table, stack):
        for pattern, of, reason in table:
            if of == stack and fnmatch.fnmatchcase(self.name, pattern):
                return reason
        return None

    def allows(self, setup):
        """Does the set-up change anything here?"""
        return setup in self.setups and (SETUPS[setup] is None or self.direction in SETUPS[setup])


@dataclasses.dataclass(frozen=True)
class Test:
    """A case as it is run once."""
    case: Case
    setup: str
    mode: str
    stack: str
    repetition: int

    @property
    def key(self):
        return "/".join((self.case.name, self.setup, self.mode, self.stack, str(self.repetition)))


def cases(patterns=("*",), rows=TABLE):
    """The cases of the table whose names match a pattern, in the order of the table, each once."""
    found = {}
    for protocol, family, directions, loads, sizes, program, unit, setups, locks in rows:
        for direction in directions.split():
            for load in loads.split():
                for size in sizes.split() or [""]:
                    case = Case(protocol, family, direction, load, size, program, unit,
                                tuple(setups.split()), locks)
                    if any(fnmatch.fnmatchcase(case.name, pattern) for pattern in patterns):
                        other = found.get(case.name)
                        found[case.name] = case if other is None else dataclasses.replace(
                            other, setups=other.setups + case.setups)
    return list(found.values())


def modes_of(case, stack, setup, modes):
    """The rungs of the ladder that a case is run on."""
    if stack != "bsdnet":
        return [NO_MODE]
    return [m for m in modes if m == DEFAULT_MODE or case.locks and setup == "default" and
            (case.protocol == "tcp" or m not in OF_TCP_ONLY)]


def plan(chosen, setups, modes, stacks, repeat):
    """The tests in the order that they are run in: stacks and repetitions take turns."""
    tests = []
    for repetition in range(1, repeat + 1):
        for setup in setups:
            for case in chosen:
                if not case.allows(setup):
                    continue
                for stack in stacks:
                    tests += [Test(case, setup, mode, stack, repetition)
                              for mode in modes_of(case, stack, setup, modes)]
    return tests


def self_test():
    """A test of each kind of case, of each set-up, and of a few rungs."""
    tests = plan(cases(SELF_TEST, TABLE + RATES), ["default"], [DEFAULT_MODE], STACKS, 1)
    tests += plan(cases(SELF_TEST[1:2]), list(SETUPS), [DEFAULT_MODE], STACKS, 1)
    tests += plan(cases(SELF_TEST[:1]), ["default"], ["giant", "shared/packet"], ["bsdnet"], 1)
    return list({test.key: test for test in tests}.values())
