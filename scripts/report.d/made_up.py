# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Runs, benchmarks and stacks as they might be, for the tests of the report."""
import json
import os
import random

import cases
from states import WITH_VALUE

BASE = {"bits/s": 4e8, "packets/s": 9e4, "answers/s": 3e3, "frames/s": 2e4}
RUNGS = {"giant": 0.7, "unlocked-io": 1.02, "locked": 0.95, "forward": 1.2, "udp": 1.3,
         "shared/packet": 1.1, "shared/thread": 1.3, "shared/backlog": 1.45}


def result(test, dice, state="PASS", value=None, text=""):
    """One, with a value that is random unless it is given."""
    case = test.case
    if value is None and state in WITH_VALUE:
        value = BASE[case.unit] * RUNGS.get(test.mode, 1) * dice.uniform(0.9, 1.1) * \
            (1 + sum(map(ord, case.name)) % 7 / 5 if test.stack == "bsdnet" else 1.6)
    counters = {"ip.total": [5, 40005], "tcp.pcblocks": [0, 9000], "netlock.ladder": [7, 1234],
                "netlock.wait_ns": [0, 50000]} if test.stack == "bsdnet" else \
        {"Ip.InReceives": [3, 44444]}
    if state == "XPASS":
        counters["udp.badsum"] = [1, 3]
    detail = {"throughput": {"latency_us": {"median": 410.0, "p99": 900.5, "max": 2200}},
              "loss": [{"rate": value * 1.25, "loss": 0.11}, {"rate": value * 2, "loss": 0.48}]} \
        if case.program == "rfc2544" and value else None
    return {"key": test.key, "case": case.name, "protocol": case.protocol, "family": case.family,
            "direction": case.direction, "load": case.load, "streams": case.streams,
            "size": case.size, "setup": test.setup, "mode": test.mode, "stack": test.stack,
            "repetition": test.repetition, "unit": case.unit, "value": value, "detail": detail,
            "programs": [], "counters": counters, "state": state, "text": text, "seconds": 6.5,
            "time": "2026-01-01T00:00:00Z"}


def run(number=1, tests=None, **facts):
    """A run's tree; @facts replace its members."""
    if tests is None:
        tests = cases.plan(cases.cases(), list(cases.SETUPS), list(cases.MODES), cases.STACKS, 3)
        tests += cases.plan(cases.cases(rows=cases.RATES), ["default"], [cases.DEFAULT_MODE],
                            cases.STACKS, 1)
    dice = random.Random(number)
    results = []
    for test in tests:
        reason = test.case.skipped(test.stack)
        results.append(result(test, dice, "SKIP", text=reason) if reason else
                       result(test, dice))
    return {"format": 1, "run": f"run-{number}", "started": f"2026-01-{number:02d}T10:00:00Z",
            "finished": f"2026-01-{number:02d}T12:00:00Z", "kernel": "debian-6.12",
            "release": "6.12.1", "reports": 0,
            "wanted": {"commit": f"{number:012x}", "kernel": "debian-6.12", "seconds": 1,
                       "tests": [test.key for test in tests]},
            "machine": {"host": "here", "cpu": "a processor", "cpus": 2, "host_release": "6.1",
                        "qemu": "QEMU 7.2", "vm": "2 processors"},
            "results": results, "summary": [], **facts}


def bench():
    """Files of scripts/bench by name."""
    rows = [{"name": "calls that return at once (floor)", "unit": "instructions", "bsdnet": 1272,
             "linux": 1455, "ratio": 0.87, "target": None, "verdict": None},
            {"name": "TCP over loopback, a kilobyte", "unit": "instructions", "bsdnet": 2542,
             "linux": 759, "ratio": 3.35, "target": 0.8, "verdict": "MISS"},
            {"name": "one of 16", "unit": "instructions", "bsdnet": 1764, "linux": None,
             "ratio": None, "target": None, "verdict": None},
            {"name": "call that looks a route up", "unit": None, "bsdnet": 1838, "linux": None,
             "ratio": None, "target": 2749.5, "verdict": "PASS"},
            {"name": "second thread, gen -> drop", "unit": "gain", "bsdnet": 1.24, "linux": None,
             "loop": 1.24, "ratio": 0.96, "target": 0.9, "verdict": "BUSY",
             "one_thread": 3981805, "two_threads": 5835925},
            {"name": "iperf3, lo", "unit": "MB/s", "bsdnet": 45.5, "linux": 48.4, "ratio": 1.2,
             "least": 0.73, "most": 1.83, "target": None, "verdict": None},
            {"name": "locks, gen -> forward", "unit": "locked operations", "bsdnet": 0.097,
             "linux": 2.005, "ratio": None, "target": None, "verdict": "PASS"},
            {"name": "locked, gen -> forward", "unit": "locked operations", "stack": "called",
             "function": "__srcu_read_lock", "caller": "net_enter", "number": 0.016}]
    ladder = [{"name": f"{series}, {work}, {threads}, {point}",
               "unit": "bytes a second", "bsdnet": 5e7 * ratio, "linux": None, "ratio": ratio,
               "quartiles": [0.9 * ratio, 1.2 * ratio], "target": None,
               "verdict": "PASS" if point == "shared/thread" else None, "netlocks": 0.04,
               "locks": 1.02, "waited_ns": 12.5, "waited": 2622.5, "backlogged": 0.0,
               "batch": 53.1, "published": [1.05, 1.15] if point == "shared/thread" else None,
               "says": "1.40 is above" if point == "shared/thread" else None}
              for threads in (1, 2)
              for series, work, point, ratio in (
                  ("ladder", "tcp-single", "exclusive", 1.0),
                  ("ladder", "tcp-single", "shared/thread", 1.4),
                  ("ladder", "udp", "shared", 1.1), ("netisr", "loopback", "direct/64", 2.8))]
    functions = [{"name": "functions, udp-pair", "unit": "instructions", "function": function,
                  "stack": stack, "instructions": 90.5, "percent": 12.3, "bsdnet": None,
                  "linux": None, "target": None, "verdict": None}
                 for stack, function in (("bsdnet", "bsd_udp_output"), ("bsdnet", "m_copym"),
                                         ("linux", "udp_sendmsg"), ("linux", None))]
    return {"debian-6.12-functions.json": {"revision": "abc", "rows": functions},
            "debian-6.12.json": {"revision": "abc", "kernel": "6.12.1", "rows": rows},
            "debian-6.12-ladder.json": {"revision": "def", "kernel": "6.12.1", "rows": ladder}}


def folded(stack):
    """Stacks of a program that forwards."""
    ours = stack == "bsdnet"
    below = "kthread;softnet_run" if ours else "ksoftirqd;net_rx_action"
    names = ("if_input_process", "bsd_ip_input", "bsd_ip_forward", "bsd_ether_output") if ours \
        else ("__netif_receive_skb_core", "ip_rcv", "ip_forward", "ip_finish_output2")
    lines = [f"{below};{';'.join(names[:n + 1])} {300 - 50 * n}" for n in range(len(names))]
    return "\n".join(["# made up", *lines, f"{below};{names[0]};memcpy 40", "idle 5"]) + "\n"


def put(path, content):
    """Write a file, of JSON unless it is text."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(content if isinstance(content, str) else json.dumps(content))


def everything(folder, runs=3):
    """Folders perform/ and bench/ with a bit of everything."""
    for number in range(1, runs + 1):
        put(f"{folder}/perform/run-{number}.json", run(number))
    for name, tree in bench().items():
        put(f"{folder}/bench/{name}", tree)
    for stack in cases.STACKS:
        put(f"{folder}/bench/udp4-forward-parallel-mtu.{stack}.folded", folded(stack))
        put(f"{folder}/bench/udp-pair-{stack}.folded", folded(stack))
