# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What the report is made of: runs of scripts/perform, rows of scripts/bench, folded stacks.

A file that is none of these is named, and passed over.
"""
import dataclasses
import glob
import json
import math
import os
import re
import statistics
import sys

import store
from cases import STACKS
from states import STATES, WITH_VALUE

SECTIONS = ("cost", "functions", "locks", "threads", "ladder", "routes", "idle", "programs")
FOLDED = ".folded"


def say(text):
    print("report: " + text, file=sys.stderr)


def wanted(node, **types):
    """The same @node, an object that has at least such members."""
    if not isinstance(node, dict):
        raise ValueError("no object")
    for name, kind in types.items():
        if not isinstance(node.get(name), kind):
            raise ValueError(f"no {name}")
    return node


def number(node, name):
    """A member that is a figure, or None."""
    value = node.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or
                              not math.isfinite(value) or value < 0):
        raise ValueError(f"{name} is no figure")
    return value


def pair(node, name):
    """A member that is two figures, or None."""
    value = node.get(name)
    if value is not None and (not isinstance(value, list) or len(value) != 2):
        raise ValueError(f"{name} is no pair")
    for figure in value or ():
        number({name: figure}, name)
    return value


@dataclasses.dataclass(frozen=True)
class Row:
    """All that a run found out about a case, set-up, mode and stack."""
    run: "Run"
    case: str
    setup: str
    mode: str
    stack: str
    unit: str
    state: str
    median: float
    low: float
    high: float
    results: list

    @property
    def values(self):
        """{repetition: value}"""
        return {r["repetition"]: r["value"] for r in self.results if r["state"] in WITH_VALUE
                and r["value"]}

    def ratios(self, other):
        """(of the medians, lowest, highest) to another row; of those of the same repetition."""
        if other is None or not self.median or not other.median:
            return None
        theirs = other.values
        pairs = [value / theirs[n] for n, value in self.values.items() if n in theirs]
        ratio = self.median / other.median
        return ratio, min([ratio, *pairs]), max([ratio, *pairs])

    def moved(self):
        """{counter: how far it moved in a test}, the median of the tests in which it did."""
        found = {}
        for r in self.results:
            for name, (before, after) in r["counters"].items():
                found.setdefault(name, []).append(after - before)
        return {name: statistics.median(steps) for name, steps in found.items()}

    def reasons(self):
        return list(dict.fromkeys(r["text"] for r in self.results if r["text"]))


class Run:
    """A file of scripts/perform. ValueError: it is none."""

    def __init__(self, tree):
        wanted(tree, run=str, started=str, kernel=str, results=list, wanted=dict, machine=dict)
        self.name, self.started, self.kernel = tree["run"], tree["started"], tree["kernel"]
        self.finished, self.release = tree.get("finished"), tree.get("release")
        self.reports = tree.get("reports", 0)
        self.machine = tree["machine"]
        self.commit = wanted(tree["wanted"], commit=str, tests=list)["commit"]
        self.tests = len(tree["wanted"]["tests"])
        self.seconds = number(tree["wanted"], "seconds")
        self.results = [self._result(r) for r in tree["results"]]
        found = {}
        for r in self.results:
            found.setdefault(self._key(r), []).append(r)
        self.rows = {}
        for row in store.summary(self.results):
            values = {name: row[name] for name in ("unit", "state", "median", "low", "high")}
            key = self._key(row)
            self.rows[key] = Row(self, *key, **values, results=found[key])

    @staticmethod
    def _key(node):
        return tuple(node[name] for name in ("case", "setup", "mode", "stack"))

    @staticmethod
    def _result(node):
        """The same, if all is there that is used of it."""
        wanted(node, case=str, setup=str, mode=str, stack=str, unit=str, state=str, text=str,
               repetition=int, counters=dict)
        if node["state"] not in STATES or node["stack"] not in STACKS:
            raise ValueError(f"state {node['state']} of {node['stack']}")
        if number(node, "value") is None and node["state"] in WITH_VALUE:
            raise ValueError(f"{node['state']} without a value")
        for pair in node["counters"].values():
            if not isinstance(pair, list) or [type(n) for n in pair] != [int, int] or \
               max(map(abs, pair)) >= 1 << 64:
                raise ValueError("a counter that is no pair of numbers")
        if node.get("detail") is not None:
            Run._detail(node["detail"])
        return node

    @staticmethod
    def _detail(node):
        wanted(node, throughput=dict, loss=list)
        latency = wanted(node["throughput"], latency_us=dict)["latency_us"]
        for name in ("median", "p99", "max"):
            number(wanted(latency, **{name: (int, float)}), name)
        for point in node["loss"]:
            for name in ("rate", "loss"):
                number(wanted(point, **{name: (int, float)}), name)


def files(folder, ending):
    return sorted(glob.glob(os.path.join(glob.escape(folder), "*" + ending)))


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def load(paths, make):
    """What @make makes of each file; those of which nothing can be made are named."""
    found = []
    for path in paths:
        try:
            found.append(make(path))
        except (OSError, ValueError, OverflowError, RecursionError) as e:
            say(f"{path}: passed over: {e}")
    return found


def runs(folder):
    """The runs of a folder, the oldest first."""
    def make(path):
        # Not store.read(): a file may hold anything.
        tree = wanted(read(path))
        if tree.get("format") != store.FORMAT:
            raise ValueError("not a run")
        return Run(tree)
    return sorted(load(files(folder, ".json"), make), key=lambda run: (run.started, run.name))


def section(row):
    """The part of scripts/bench that a row is of."""
    for start, name in (("functions, ", "functions"), ("ladder, ", "ladder"),
                        ("netisr, ", "ladder"),
                        ("second thread, ", "threads"), ("idle TCP connection", "idle"),
                        ("locks, ", "locks"), ("locked, ", "details"), ("shared, ", "details")):
        if row["name"].startswith(start):
            return name
    if "least" in row:
        return "programs"
    return "cost" if row.get("unit") == "instructions" else "routes"


def kernel_of(path):
    """debian-6.12-cost.json is of debian-6.12."""
    name = os.path.basename(path).removesuffix(".json")
    base, _, last = name.rpartition("-")
    return base if last in SECTIONS else name


def bench_file(path):
    """(when, kernel, rows) of a file of scripts/bench."""
    tree = wanted(read(path), rows=list)
    rows = []
    for node in tree["rows"]:
        for name in ("bsdnet", "linux", "ratio", "target", "netlocks", "locks", "waited",
                     "waited_ns", "backlogged", "batch", "least", "most", "loop", "one_thread",
                     "two_threads", "instructions", "percent"):
            number(wanted(node, name=str), name)
        for name in ("quartiles", "published"):
            pair(node, name)
        rows.append({**node, "revision": str(tree.get("revision") or "unknown")})
    return os.stat(path).st_mtime, kernel_of(path), rows


def bench(folder):
    """{kernel: {section: rows}}; of rows of one name only those of the newest file."""
    found = {}
    for _, kernel, rows in sorted(load(files(folder, ".json"), bench_file),
                                  key=lambda file: file[0], reverse=True):
        sections = found.setdefault(kernel, {})
        newer = {row["name"] for of_one in sections.values() for row in of_one}
        for row in rows:
            if row["name"] not in newer:
                sections.setdefault(section(row), []).append(row)
    return {kernel: {name: sections[name] for name in SECTIONS if name in sections}
            for kernel, sections in found.items()}


def folded_file(path):
    """(case, stack or None, [(names, samples)]) of a file of folded stacks.

    Lines are "outermost;...;innermost SAMPLES", as perf's scripts fold them; the file is called
    CASE-STACK.folded, CASE.STACK.folded, or anything.folded.
    """
    name = os.path.basename(path).removesuffix(FOLDED)
    found = re.fullmatch(f"(.+)[.-]({'|'.join(STACKS)})", name, re.DOTALL)
    case, stack = found.groups() if found else (name, None)
    stacks = []
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            names, _, samples = line.rstrip("\n").rpartition(" ")
            if not line.strip() or line.startswith("#"):
                continue
            if not names or not samples.isascii() or not samples.isdigit():
                raise ValueError(f"line {n} is no stack")
            stacks.append((names.split(";"), int(samples)))
    if not sum(samples for _, samples in stacks):
        raise ValueError("no samples")
    return case, stack, stacks


def flames(folder):
    """{case: {stack: stacks}} of all files of folded stacks."""
    found = {}
    for case, stack, stacks in load(files(folder, FOLDED), folded_file):
        found.setdefault(case, {})[stack] = stacks
    return found
