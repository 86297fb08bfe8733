# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The router of README's first session, line by line as it stands there.

    vio0 10.0.0.2 ---- 10.0.0.1      domain 0
    vio1 10.0.1.2 ---- 10.0.1.1
    pair0 192.168.0.1
      |
    pair1 192.168.0.2                domain 1
"""
import re

import pytest
from bsdnet_test import REPO, run, sysfs
from bsdnet_test import bsdnet as run_bsdnet


def router_lines():
    """The commands of that part, without what is said of them."""
    with open(REPO + "/README", encoding="utf-8") as f:
        part = f.read().split("As a router with two ways out")[1]
    lines = part.split("In a program only")[0].splitlines()
    return [re.sub(r"\t.*", "", line[1:]) for line in lines if line.startswith("\tbsdnet ")]


@pytest.fixture(autouse=True)
def other_addresses():
    run_bsdnet("ifconfig", "vio0", "inet", "10.0.0.2/24").check()
    yield
    for line in ("route flush", "ifconfig pair0 destroy", "ifconfig pair1 destroy",
                 "ifconfig vio0 inet 10.0.0.2 delete", "ifconfig vio1 inet 10.0.1.2 delete"):
        run_bsdnet(*line.split()).check()
    sysfs("ip/forwarding", 0)


def test_router_of_the_first_session_works():
    lines = router_lines()
    assert len(lines) > 10
    for line in lines:
        # The harness has attached both.
        if " attach " not in line:
            run("/bin/sh", "-c", line.replace("bsdnet", REPO + "/build/tools/bsdnet", 1)).check()
    ways = [r for r in run_bsdnet("netstat", "-rn", "--json").check().json()
            if r["prefixlen"] == 0]
    assert [(r["gateway"], r["weight"]) for r in ways] == [("10.0.0.1", 2), ("10.0.1.1", 1)]
