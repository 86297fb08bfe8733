# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""How a test can end, and which counters make a success doubtful."""
import re

# From the best to the worst.
STATES = {
    "PASS": "there is a value",
    "XFAIL": "there is none, as was expected: the case says why",
    "SKIP": "it makes no sense here: the case says why",
    "XPASS": "there is a value, but a counter of errors moved",
    "FAIL": "there is no value",
    "NOEXIT": "a program did not exit with status 0, or the machine ended",
    "NOTERM": "a program did not end in time and was stopped",
    "NORUN": "a program could not be started",
    "NOLOG": "the file for the output of the programs could not be made",
    "NOCLEAN": "what had to be so before the test could not be set up",
    "NOEXIST": "a program that the test needs is not there",
}
WITH_VALUE = ("PASS", "XPASS")
NOT_COUNTED = ("XFAIL", "SKIP")

# Counters that no load moves, however high, as long as all is well. Drops for want of
# room do not belong to them: a test that sends as fast as it can means to cause some.
ERRORS = re.compile(r"""
    ^(ip|udp|tcp|icmp|igmp|ether|arp)
        \.(bad|rcvbad|short|tooshort|toosmall|rcvshort|hdrops|toolong|nohdr)
    | ^tcp\.(rcvmd5bad|badtso|timeoutdrop|sndfail)$
    | ^mbuf\.(badarg|badfree|limit|socklimit)$ | \.\w*nomem$
    | ^\w+\.(InCsumErrors|InHdrErrors|InTruncatedPkts|MemErrors|TCPAbortOnMemory|TCPAbortFailed)$
    """, re.VERBOSE)


class Trouble(Exception):
    """Why a test has no value: its state, and a line of text."""

    def __init__(self, state, text):
        super().__init__(text)
        assert state in STATES
        self.state = state
        self.text = text


def moved(before, after):
    """{name: [before, after]} of the counters that differ."""
    return {name: [before.get(name, 0), value] for name, value in sorted(after.items())
            if value != before.get(name, 0)}


def judge(value, counters):
    """(state, text) of a test whose programs all ended well."""
    if not value:
        return "FAIL", "nothing was measured"
    errors = [name for name in counters if ERRORS.search(name)]
    if errors:
        return "XPASS", "moved: " + " ".join(errors)
    return "PASS", ""


def worst(states):
    order = list(STATES)
    return max(states, key=order.index)


def pass_rate(states):
    """Part of those that count which passed; None if none counts."""
    counted = [s for s in states if s not in NOT_COUNTED]
    return counted.count("PASS") / len(counted) if counted else None
