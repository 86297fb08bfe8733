# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""udpbench with a group: bsdnet-udpbench(8), -I

    10.77.0.2 vio0 ---- tap0 10.77.0.1 peer (Linux)
"""
import itertools
import json
import subprocess

import pytest
from bsdnet_test import REPO, bsdnet, wait_for

BSDNET = REPO + "/build/tools/bsdnet"
GROUP = "239.5.6.7"
COUNT = 50
ports = itertools.count(26000)


def members():
    return [g["group"] for g in bsdnet("netstat", "-g", "--json").check().json()["groups"]]


def test_receiver_is_a_member(peer):
    port = next(ports)
    with subprocess.Popen([BSDNET, "udpbench", "--json", "-c", str(COUNT), "-t", "60", "-p",
                           str(port), "-I", "10.77.0.2", "recv", GROUP],
                          stdout=subprocess.PIPE) as job:
        wait_for(lambda: GROUP in members(), 20)
        with peer.popen(BSDNET, "udpbench", "-L", "-c", 4 * COUNT, "-I", "10.77.0.1",
                        "-p", port, "send", GROUP):
            got = json.loads(job.communicate(timeout=60)[0])
    assert got["packets"] == COUNT
    wait_for(lambda: GROUP not in members(), 20)


def test_sender_uses_the_interface(peer):
    port = next(ports)
    job = peer.popen(BSDNET, "udpbench", "-L", "--json", "-c", COUNT, "-t", 60, "-p", port,
                     "-I", "10.77.0.1", "recv", GROUP)
    with job:
        listens = ["grep", "-qi", f":{port:04x} ", "/proc/net/udp"]
        wait_for(lambda: peer.run(*listens).rc == 0, 20)
        bsdnet("udpbench", "-c", COUNT, "-p", port, "-I", "10.77.0.2", "send", GROUP).check()
        assert job.wait().check().json()["packets"] == COUNT


@pytest.mark.parametrize("address, why", [("10.77.0.9", GROUP), ("x", "no address")])
def test_address_that_is_not_ours_is_refused(address, why):
    done = bsdnet("udpbench", "-I", address, "-t", "1", "recv", GROUP)
    assert done.rc == 1 and why in done.err
    assert len(done.err.splitlines()) == 1
