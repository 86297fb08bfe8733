# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What others measured on rungs of the locking ladder, as ratios to exclusive: one table.

A row of it belongs to a work of "bench ladder", and to the cases of scripts/perform that are
like it. Beside the ratio stand where it is from, and why ours may be below it or above.
"""
import re
from typing import NamedTuple

TCP = "OpenBSD's TCP, 4 processors, 10 Gbit/s, 2025"
UDP = "OpenBSD's UDP, 16 processors, 40 Gbit/s, 2022"
FORWARD = "OpenBSD's forwarding, 4 processors, 10 Gbit/s, 2022"

WIDE = 2    # quotient of quartiles from which on a ratio tells nothing
ONE_THREAD = "one softnet thread has nobody to run beside but the readers, whatever the rung"
TWO_CPUS = "two processors, which the readers need as well, cannot give what four gave"
LOCK_CHEAP = ("a mutex that nobody waits for is a few of the thousand emulated instructions of a "
              "segment, and by wall clock on a shared machine that is noise")
LOCK_TOO = "the PCB's mutex is taken beside the ladder, for each segment"
MACHINE = "the rung takes fewer locks than exclusive, so this is the machine's: run it again"
SLEEPS = ("who finds the ladder taken sleeps, and to be woken takes an emulated processor longer, "
          "beside what a packet costs, than a real one; so exclusive loses more here")


class Row(NamedTuple):
    work: str
    cases: str          # regular expression: names of cases of scripts/perform
    rung: str
    low: float
    high: float
    source: str
    below: str          # why ours may be lower
    above: str          # and higher


PUBLISHED = (
    Row("tcp-single", r"tcp4-receive-single", "locked", 0.94, 0.97, TCP, LOCK_TOO, LOCK_CHEAP),
    Row("tcp-single", r"tcp4-receive-single", "shared/packet", 0.75, 0.83, TCP,
        "reader and thread wait for one mutex in turns, and each wait is a sleep here",
        "exclusive has the same two tasks wait for the ladder as often as this rung has them wait "
        "for the PCB's mutex, and longer; what a lock of each segment costs more is small beside "
        "an emulated segment"),
    Row("tcp-single", r"tcp4-receive-single", "shared/thread", 1.05, 1.15, TCP,
        "the reader waits for a whole run, and then the thread for the reader", SLEEPS),
    Row("tcp-multi", r"tcp4-receive-(parallel|many)", "locked", 0.94, 0.97, TCP, LOCK_TOO,
        LOCK_CHEAP),
    Row("tcp-multi", r"tcp4-receive-(parallel|many)", "shared/packet", 1.9, 2.4, TCP, TWO_CPUS,
        SLEEPS),
    Row("tcp-multi", r"tcp4-receive-(parallel|many)", "shared/thread", 2.1, 3.4, TCP, TWO_CPUS,
        SLEEPS),
    Row("udp", r"udp4-receive-parallel-mtu", "unlocked-io", 1.00, 1.03, UDP, MACHINE,
        "the reader does not wait for the softnet batch any more, which on few processors is "
        "the longer part of its work"),
    Row("udp", r"udp4-receive-parallel-mtu", "udp", 2.36, 2.52, UDP,
        "readers come first here (softnet runs at nice 19), so their own work bounds what is "
        "read; the locks and waits beside it tell what the rung is worth with more processors",
        SLEEPS),
    Row("forward", r"tcp4-forward-(parallel|many)", "forward", 1.95, 2.03, FORWARD,
        "gen makes the frames in the same threads, and two processors of a shared machine gain "
        "less than twice: scripts/bench threads has beside it what a loop without locks gains",
        SLEEPS),
)


def published(name):
    """{rung: Row} for a work or a case."""
    return {row.rung: row for row in PUBLISHED
            if row.work == name or re.fullmatch(row.cases, name)}


def says(row, threads, ratio, low, high):
    """A sentence about our @ratio, whose quartiles are @low and @high, beside the published."""
    theirs = f"{row.low:.2f} to {row.high:.2f}"
    if low <= row.high and high >= row.low:
        if high > WIDE * low:
            return (f"{ratio:.2f} is no contradiction to {theirs} ({row.source}), but quartiles of "
                    f"{low:.2f} and {high:.2f} say that the machine was busy")
        return f"{ratio:.2f} agrees with {theirs} ({row.source})"
    where, why = ("below", row.below) if ratio < row.low else ("above", row.above)
    if where == "below" and threads == 1 and row.work != "tcp-single":
        why = ONE_THREAD
    return f"{ratio:.2f} is {where} {theirs} ({row.source}): {why}"
