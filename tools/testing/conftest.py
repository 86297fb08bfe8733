# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Fixtures, and the record that scripts/check reads.

Results go out as each test ends, a line of JSON in the file BSDNET_EVENTS: the
machine may die in the next one.
"""
import json
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import bsdnet_test  # noqa: E402  # pylint: disable=wrong-import-position

EVENTS = os.environ.get("BSDNET_EVENTS")
RECORD = open(EVENTS, "a", encoding="utf-8", buffering=1) if EVENTS else None
KLOG = bsdnet_test.KernelLog()


def event(**fields):
    if RECORD:
        RECORD.write(json.dumps(fields) + "\n")


@pytest.fixture(scope="session")
def peer():
    """The other end of the NICs: peer.run, peer.popen, peer.python."""
    return bsdnet_test.Peer()


@pytest.fixture(scope="session")
def bsdnet():
    """The project's command: bsdnet("arp", "-a")."""
    return bsdnet_test.bsdnet


@pytest.fixture(autouse=True)
def klog_clean():
    """No test may make the kernel complain."""
    KLOG.lines()
    yield
    reports = KLOG.reports()
    assert not reports, "kernel report:\n" + "\n".join(reports)


def pytest_collection_modifyitems(items):
    for item in items:
        event(collected=item.nodeid)


def pytest_collectreport(report):
    if report.failed:
        event(collected=report.nodeid)
        event(id=report.nodeid, outcome="failed", seconds=0, text=str(report.longrepr))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    event(started=item.nodeid)
    item.stash_text = []
    yield
    failed = [r for r in item.stash_text if r.failed]
    skipped = [r for r in item.stash_text if r.skipped]
    outcome = "failed" if failed else "skipped" if skipped else "passed"
    event(id=item.nodeid, outcome=outcome,
          seconds=round(sum(r.duration for r in item.stash_text), 3),
          text="\n".join(r.longreprtext for r in failed + skipped))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    result = yield
    item.stash_text.append(result.get_result())
