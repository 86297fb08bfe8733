# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""smcrouted, a program that forwards multicasts by the routes of a file and of its
operator, as it is: it knows nothing of this stack. RFC 1112

    topology: lib/mcast_net.py
"""
import re
import signal

import pytest
from bsdnet_test import bsdnet as run_bsdnet
from bsdnet_test import run
from mcast_net import GROUP, SENDER, far, forwarded, near, networks, send
from programs import Here, program, wait_until

BOTH, OTHER, NOBODY = "239.4.4.5", "239.4.4.6", "239.4.4.7"
CONF = f"""phyint pair41 enable
phyint pair42 enable ttl-threshold 3
phyint pair44 enable
mgroup from pair41 group {GROUP}
mroute from pair41 group {GROUP} to pair42
mroute from pair41 source {SENDER} group {BOTH} to pair42 pair44
"""


@pytest.fixture(autouse=True, scope="module")
def router_networks():
    with networks():
        yield


class Smcrouted:
    """The daemon, and what its operator tells it."""

    def __init__(self, folder):
        self.files = ["-u", f"{folder}/sock"]
        conf = folder / "conf"
        conf.write_text(CONF)
        self.job = Here("10.40.0.2").popen(program("smcrouted"), "-n", "-N", "-f", conf, "-P",
                                           f"{folder}/pid", *self.files)
        # It writes that when it is ready.
        wait_until((folder / "pid").exists, lambda: self.job.stop().err)

    def tell(self, *words):
        return run(program("smcroutectl"), *self.files, *words).check().out

    def stop(self):
        return self.job.stop(signal.SIGTERM)


@pytest.fixture
def daemon(tmp_path):
    smcrouted = Smcrouted(tmp_path)
    yield smcrouted
    smcrouted.stop()


def cache():
    return {(e["origin"], e["group"]): e
            for e in run_bsdnet("netstat", "-g", "--json").check().json()["cache"]}


def test_routes_of_the_file_forward(daemon):
    with near(GROUP, BOTH) as a, far(GROUP, BOTH) as b:
        send(b"any sender", GROUP)
        send(b"this sender", BOTH)
        send(b"no route", NOBODY)
        assert sorted(forwarded(a, 2)) == [(b"any sender", 7), (b"this sender", 7)]
        assert forwarded(b, 1) == [(b"this sender", 7)]
    assert cache()[SENDER, BOTH]["out"] == {"pair42": 3, "pair44": 1}


def test_threshold_of_the_file_counts(daemon):
    with near(BOTH) as a, far(BOTH) as b:
        send(b"three", BOTH, ttl=3)
        send(b"four", BOTH, ttl=4)
        assert forwarded(a, 1) == [(b"four", 3)]
        assert forwarded(b, 2) == [(b"three", 2), (b"four", 3)]


def test_route_is_added_and_removed(daemon):
    with far(OTHER) as b:
        daemon.tell("add", "pair41", SENDER, OTHER, "pair44")
        send(b"meanwhile", OTHER)
        assert forwarded(b, 1) == [(b"meanwhile", 7)]
        daemon.tell("remove", "pair41", SENDER, OTHER, "pair44")
        send(b"after", OTHER)
        assert forwarded(b, 0) == []


def test_route_of_any_sender_is_removed(daemon):
    with near() as a:
        send(b"one")
        assert forwarded(a, 1) == [(b"one", 7)]
        daemon.tell("remove", "pair41", "0.0.0.0", GROUP, "pair42")
        send(b"two")
        assert forwarded(a, 0) == []


def shown(daemon, *what):
    """Rows of tables: origin, group and the other columns."""
    return {(m[1], m[2], *m[3].split()) for m in
            re.finditer(r"^\((\S+), (\S+)\)(.*)", daemon.tell("show", *what), re.MULTILINE)}


def test_what_is_shown(daemon):
    with near() as a:
        send(bytes(100))
        assert len(forwarded(a, 1)) == 1
    assert shown(daemon, "groups") == {("*", GROUP, "pair41")}
    assert {("*", GROUP, "pair41", "pair42"), (SENDER, GROUP, "pair41", "pair42"),
            (SENDER, BOTH, "pair41", "pair42", "pair44")} == shown(daemon, "routes")
    assert (SENDER, GROUP, "pair41", "1", "128", "pair42") in shown(daemon, "routes", "-d")
    vifs = [line.split()[1:3] for line in daemon.tell("show", "interfaces").splitlines()]
    assert ["pair41", "0"] in vifs and ["pair42", "1"] in vifs and ["pair40", "N/A"] in vifs


def test_end_of_the_daemon_is_the_end_of_its_routes(tmp_path):
    smcrouted = Smcrouted(tmp_path)
    assert run_bsdnet("netstat", "-g", "--json").check().json()["cache"]
    smcrouted.stop()
    with far(BOTH) as b:
        send(b"x", BOTH)
        assert forwarded(b, 0) == []
