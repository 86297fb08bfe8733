# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Runs tests, one after the other, whatever happens to one of them."""
import itertools
import os
import time

from places import Gone
from rfc2544 import rfc2544
from states import WITH_VALUE, Trouble, judge, moved
from traffic import Bench, ping, programs_of, tcpbench, tcprelay, udpbench, udprelay

PROGRAMS = {"tcpbench": tcpbench, "udpbench": udpbench, "tcprelay": tcprelay,
            "udprelay": udprelay, "ping": ping, "rfc2544": rfc2544}
FIRST_PORT, LAST_PORT, PORTS = 20000, 31000, 20


class Runner:
    """@yard: a ground.Yard; @logs: the folder for what programs say."""

    def __init__(self, yard, logs, seconds, programs=None):
        self.yard, self.logs, self.seconds = yard, logs, seconds
        self.programs = programs or PROGRAMS
        self.ports = itertools.cycle(range(FIRST_PORT, LAST_PORT, PORTS))

    def run(self, test):
        """The result of a test, as it goes into the run's file."""
        begin = time.monotonic()
        case = test.case
        result = {"key": test.key, "case": case.name, "protocol": case.protocol,
                  "family": case.family, "direction": case.direction, "load": case.load,
                  "streams": case.streams, "size": case.size, "setup": test.setup,
                  "mode": test.mode, "stack": test.stack, "repetition": test.repetition,
                  "unit": case.unit, "value": None, "detail": None, "programs": [], "counters": {}}
        try:
            with self._log(test) as log:
                state, text = self._run(test, result, log)
        except Trouble as e:
            state, text = e.state, e.text
        reason = case.expected(test.stack)
        if reason and state not in (*WITH_VALUE, "SKIP"):
            state, text = "XFAIL", f"{reason} ({state}: {text})"
        result.update(state=state, text=text, seconds=round(time.monotonic() - begin, 2))
        return result

    def _log(self, test):
        path = os.path.join(self.logs, test.key.replace("/", ".") + ".log")
        try:
            os.makedirs(self.logs, exist_ok=True)
            return open(path, "w", encoding="utf-8")
        except OSError as e:
            raise Trouble("NOLOG", str(e)) from None

    def _run(self, test, result, log):
        if reason := test.case.skipped(test.stack):
            raise Trouble("SKIP", reason)
        try:
            ground, before = self._prepare(test)
            bench = Bench(test, ground, self.seconds, next(self.ports))
            trouble = self._measure(bench, result)
            bench.clear()
            for e in bench.ended:
                log.write(f"{e.where}: {' '.join(e.argv)}\nstatus {e.rc}\n{e.out}{e.err}\n")
            result["detail"] = bench.detail
            result["programs"] = programs_of(bench.ended)
            result["counters"] = moved(before, ground.counters())
        except Gone as e:
            self.yard.end()
            raise Trouble(e.state, str(e)) from None
        if trouble:
            raise trouble
        return judge(result["value"], result["counters"])

    def _measure(self, bench, result):
        """The trouble that there was, or None."""
        try:
            result["value"] = round(self.programs[bench.case.program](bench), 3)
        except Trouble as e:
            return e
        return None

    def _prepare(self, test):
        try:
            self.yard.prepare(test.setup, test.mode)
            ground = self.yard.grounds[test.stack]
            return ground, ground.counters()
        except Trouble as e:
            # Nothing is known of its state: the next test has a new one.
            self.yard.end()
            raise Trouble("NOCLEAN", e.text) from None
