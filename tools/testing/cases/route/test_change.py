# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""A table that changes all the time, under traffic that it directs.

    gen0 10.0.0.1 ---- forwarding ---- gen1 10.0.2.1 (10.0.2.2 and .3: routers)
"""
import time

import gen
import pytest
from bsdnet_test import REPO, run, scale, sysfs
from bsdnet_test import bsdnet as run_bsdnet
from rtsock import ADD, CHANGE, DELETE, RouteSocket, route

FRAMES = 20000
RATE = 1000  # changes a second, at most


@pytest.fixture(autouse=True)
def gens():
    sysfs("ip/forwarding", 1)
    for line in ("ifconfig gen0 create", "ifconfig gen1 create", "ifconfig gen0 inet 10.0.0.1/24",
                 "ifconfig gen1 inet 10.0.2.1/24", "arp -s 10.0.2.2 02:00:00:00:02:02",
                 "arp -s 10.0.2.3 02:00:00:00:02:03", "route add 10.0.1.0/24 10.0.2.2"):
        run_bsdnet(*line.split()).check()
    yield
    sysfs("ip/forwarding", 0)
    for line in ("route flush", "ifconfig gen0 destroy", "ifconfig gen1 destroy"):
        run_bsdnet(*line.split()).check()


def forwarded():
    return run_bsdnet("netstat", "-s", "--json").check().json()["ip"]["forward"]


def changes():
    """The prefix of the traffic by one router, a longer one by the other, and back."""
    return [route(CHANGE, "10.0.1.0/24", "10.0.2.3"), route(ADD, "10.0.1.0/25", "10.0.2.2"),
            route(CHANGE, "10.0.1.0/24", "10.0.2.2"), route(CHANGE, "10.0.1.0/25", "10.0.2.3"),
            route(DELETE, "10.0.1.0/25")]


def test_no_packet_is_lost_while_routes_change():
    before = forwarded()
    done = 0
    with RouteSocket(useloopback=0) as s:
        gen.start(s, "gen0", "10.0.0.2", "10.0.1.2", FRAMES)
        start = time.monotonic()
        while gen.state(s, "gen0").running:
            for data in changes():
                assert s.send(data) == len(data)
                done += 1
            time.sleep(max(0, start + done / RATE - time.monotonic()))
        assert gen.state(s, "gen1").received >= FRAMES
    assert forwarded() - before == FRAMES
    assert done > 100


def test_large_table_is_loaded_listed_and_flushed():
    for line in ("ifconfig gen2 create", "ifconfig gen2 inet 10.0.1.1/24"):
        run_bsdnet(*line.split()).check()
    count = scale(2000, 10000)
    done = run(REPO + "/build/tools/bench", "routes", count, "9", timeout=280).check()
    assert int(done.out.split()[0]) == count
    listed = run_bsdnet("netstat", "-rn", "-T", "9").check().out.splitlines()
    assert len(listed) == count + 1 + 4
    run_bsdnet("route", "-T", "9", "flush").check()
    assert len(run_bsdnet("netstat", "-rn", "-T", "9").check().out.splitlines()) == 4
    run_bsdnet("ifconfig", "gen2", "destroy").check()
