# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Every allocation fails once; then memory fails at random under traffic."""
import contextlib
import glob
import os
import time

import pytest
from bsdnet_test import FULL, REPO, counter, run, scale
from traffic import Traffic, flooding

DEBUG = "/sys/kernel/debug/"
KINDS = ("failslab", "fail_page_alloc")
PROGRAM = REPO + "/build/tools/fail-nth"
MODULES = f"{REPO}/build/modules/{os.uname().release}/"


def write(path, value):
    with open(path, "w", encoding="ascii") as f:
        f.write(str(value))


def setting(name, value, kinds=KINDS):
    for kind in kinds:
        if os.path.exists(f"{DEBUG}{kind}/{name}"):
            write(f"{DEBUG}{kind}/{name}", value)


@pytest.fixture
def injection():
    """Allocations that may sleep and single pages count too; nothing is printed."""
    if not os.path.exists(DEBUG + "failslab"):
        run("mount", "-t", "debugfs", "none", DEBUG).check()
    for name, value in (("ignore-gfp-wait", "N"), ("min-order", 0), ("verbose", 0),
                        ("times", -1), ("probability", 0), ("stacktrace-depth", 32)):
        setting(name, value)
    yield
    for name in ("probability", "require-start", "require-end", "reject-start", "reject-end"):
        setting(name, 0)
    setting("task-filter", "N")


def symbol(name):
    with open("/proc/kallsyms", encoding="ascii") as f:
        symbols = sorted((int(line.split()[0], 16), line.split()[2]) for line in f
                         if len(line.split()) == 3)
    at = [i for i, (_, n) in enumerate(symbols) if n == name][0]
    return symbols[at][0], next(a for a, _ in symbols[at:] if a > symbols[at][0])


def in_function(name):
    """Only what is allocated under a function of the kernel counts; not what that takes to
    show a cache in /sys/kernel/slab: where it fails Linux loses the cache's name (mm/slub.c,
    sysfs_slab_add), whoever makes the cache, and goes on without its directory."""
    for setting_name, value in zip(("require-start", "require-end"), symbol(name)):
        setting(setting_name, hex(value))
    for setting_name, value in zip(("reject-start", "reject-end"), symbol("sysfs_slab_add")):
        setting(setting_name, hex(value))


def in_our_text():
    """Only what is allocated under a function of ours counts."""
    with open("/proc/modules", encoding="ascii") as f:
        for line in f:
            name, size, *_, at = line.split()[:6]
            if name == "bsdnet":
                start = int(at, 16)
                setting("require-start", hex(start))
                setting("require-end", hex(start + int(size)))


@pytest.mark.parametrize("scenario,step,least", [
    ("sockets", 1, 20), ("streams", 1, 50), ("config", scale(50, 1), 15)])
def test_every_allocation_fails_once(injection, scenario, step, least):
    before = counter("mbuf/inuse")
    in_our_text()
    done = run(PROGRAM, scenario, step, timeout=scale(250, 6000)).check()
    # "config: 123 allocations of about 123 failed one by one"
    assert int(done.out.split()[1]) >= least
    with Traffic() as traffic:
        traffic.progress()
    assert counter("mbuf/inuse") < before + 200


def test_softnet_without_memory_drops_and_recovers(injection, peer):
    """The threads' own allocations fail at random, under load from the peer."""
    threads = [p for p in glob.glob("/proc/[0-9]*/comm") if read(p).startswith("softnet/")]
    assert threads
    for comm in threads:
        write(os.path.dirname(comm) + "/make-it-fail", 1)
    setting("task-filter", "Y")
    setting("probability", 20)
    try:
        with flooding(peer):
            time.sleep(scale(6, 60))
    finally:
        setting("probability", 0)
        for comm in threads:
            write(os.path.dirname(comm) + "/make-it-fail", 0)
    assert peer.run("ping", "-c2", "-W5", "10.77.0.2").rc == 0
    with Traffic() as traffic:
        traffic.progress()


def read(path):
    with contextlib.suppress(OSError), open(path, encoding="ascii") as f:
        return f.read()
    return ""


@pytest.mark.parametrize("name", ["bsdnet_gen", "bsdnet_pair"])
def test_every_allocation_of_a_module_fails_once(injection, name):
    run("rmmod", name).check()
    in_function("do_one_initcall")
    try:
        run(PROGRAM, "module", scale(3, 1), MODULES + name + ".ko", timeout=250).check()
    finally:
        run("insmod", MODULES + name + ".ko").check()


@pytest.mark.skipif(not FULL, reason="loads the core some hundred times: make check-full")
def test_every_allocation_of_the_core_fails_once(injection, bsdnet):
    others = ["bsdnet_vio", "bsdnet_em", "bsdnet_gen", "bsdnet_pair"]
    device = os.path.basename(os.path.realpath("/sys/class/net/vio0/device"))
    for name in others:
        run("rmmod", name).check()
    run("rmmod", "bsdnet").check()
    in_function("do_one_initcall")
    try:
        first = os.environ.get("BSDNET_FIRST", 1)
        done = run(PROGRAM, "module", f"1,{first}", MODULES + "bsdnet.ko", timeout=9000).check()
        assert int(done.out.split()[1]) >= 50
    finally:
        for name in ["bsdnet", *others]:
            run("insmod", MODULES + name + ".ko").check()
        bsdnet("attach", device).check()
        bsdnet("ifconfig", "vio0", "inet", "10.77.0.2/24").check()
