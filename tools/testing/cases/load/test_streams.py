# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Sixteen streams side by side, every byte compared, while all around them is changed.

    streams 127.0.0.1
    streams ---- vio0 10.77.0.2 ---- tap0 relay ---- 10.77.0.8, .88, 10.88.0.8 streams, Linux
"""
import contextlib
import itertools
import subprocess
import threading
import time

import pytest
from bsdnet_test import AF_BSDINET, DEBUG_KERNEL, REPO, run, scale, sysfs
from impaired import ADDRESS, far_host

STREAMS = 16
SIZE = (scale(1, 32) if DEBUG_KERNEL else scale(4, 512)) << 20    # each way
LIMIT = scale(150, 6000)
MODES = ["giant", "exclusive", "unlocked-io", "locked", "forward", "udp", "shared"]
INPUT_LOCKS = ["packet", "thread", "backlog"]
GATEWAYS = [ADDRESS, "10.77.0.88"]
BEHIND = "10.88.0.8"    # the same host, by either
NET = "10.88.0.0/24"
ONLINE = "/sys/devices/system/cpu/cpu1/online"


def streams(what, family, address):
    return (REPO + "/build/tools/streams", what, str(family), address, "7300", str(STREAMS),
            str(SIZE))


@pytest.fixture
def as_before():
    yield
    sysfs("netlock/mode", "shared")
    sysfs("tcp/input_lock", "backlog")
    write(ONLINE, "1")


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


@contextlib.contextmanager
def disturbed(step):
    """step(0), step(1) ... again and again meanwhile; yields how often, in a list."""
    over = threading.Event()
    done, wrong = [0], []

    def disturb():
        try:
            for i in itertools.count():
                step(i)
                done[0] += 1
                if over.wait(0.05):
                    return
        except (OSError, AssertionError) as e:
            wrong.append(e)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()
        assert not wrong, wrong


def over_loopback():
    with subprocess.Popen(streams("listen", AF_BSDINET, "127.0.0.1"),
                          stdout=subprocess.DEVNULL) as server:
        try:
            run(*streams("connect", AF_BSDINET, "127.0.0.1"), timeout=LIMIT).check()
            assert server.wait(60) == 0
        finally:
            server.kill()


def test_locking_is_switched(as_before):
    def step(i):
        sysfs("netlock/mode", MODES[i % len(MODES)])
        sysfs("tcp/input_lock", INPUT_LOCKS[i // len(MODES) % len(INPUT_LOCKS)])

    with disturbed(step) as done:
        over_loopback()
    assert done[0] >= len(MODES)


def test_cpu_goes_and_comes_back(as_before):
    with disturbed(lambda i: write(ONLINE, str(i % 2))) as done:
        over_loopback()
    assert done[0] >= 2


def change_path(i, peer, bsdnet):
    """The link is lost at either end, the neighbour is forgotten, the route is another, or away."""
    kind = i % 5
    if kind == 0:
        bsdnet("ifconfig", "vio0", "down").check()
        time.sleep(0.2)
        bsdnet("ifconfig", "vio0", "up").check()
    elif kind == 1:
        peer.run("ip", "link", "set", "tap0", "down").check()
        time.sleep(0.2)
        peer.run("ip", "link", "set", "tap0", "up").check()
    elif kind == 2:
        for gateway in GATEWAYS:
            bsdnet("arp", "-d", gateway)
    elif kind == 3:
        bsdnet("route", "change", NET, GATEWAYS[i // 5 % 2 - 1]).check()
    else:
        bsdnet("route", "delete", NET).check()
        time.sleep(0.2)
        bsdnet("route", "add", NET, GATEWAYS[0]).check()
    time.sleep(2)


@pytest.fixture
def route(bsdnet):
    bsdnet("route", "add", NET, GATEWAYS[0]).check()
    yield
    bsdnet("route", "delete", NET).check()


def test_path_loses_and_changes(peer, bsdnet, as_before, route):
    with far_host(peer, "--loss", "0.05") as far:
        for address in (GATEWAYS[1] + "/24", BEHIND + "/32"):
            peer.run(*far.inside, "ip", "addr", "add", address, "dev", "far0").check()
        bsdnet("arp", "-d", ADDRESS)
        with far.popen(*streams("listen", 2, BEHIND)) as job:
            with disturbed(lambda i: change_path(i, peer, bsdnet)) as done:
                run(*streams("connect", AF_BSDINET, BEHIND), timeout=LIMIT).check()
            job.wait(60).check()
    assert done[0] >= scale(1, 5) and far.done["lost"]
