# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Tracepoints at the joints of a packet's way."""
import os

import pytest
from bsd_socket import bound
from bsdnet_test import run, sysfs

TRACING = "/sys/kernel/tracing/"


@pytest.fixture
def tracing():
    if not os.path.exists(TRACING + "trace"):
        run("mount", "-t", "tracefs", "none", TRACING).check()
    write("events/bsdnet/enable", "1")
    yield
    write("events/bsdnet/enable", "0")
    write("trace", "")


def write(name, value):
    with open(TRACING + name, "w", encoding="ascii") as f:
        f.write(value)


def test_a_datagram_fires_each_joint_of_its_way(tracing, peer):
    write("trace", "")
    s = bound("10.77.0.2", 9300)
    s.sendto(b"x" * 41, s.getsockname())  # itself, by lo0
    assert len(s.recv(100)) == 41
    sysfs("udp/blackhole", 1)
    s.sendto(b"x", ("127.0.0.1", 9301))  # nobody: dropped in silence
    sysfs("udp/blackhole", 0)
    assert peer.run("ping", "-c1", "-W5", "10.77.0.2").rc == 0
    write("events/bsdnet/enable", "0")
    with open(TRACING + "trace", encoding="ascii") as f:
        text = f.read()
    for event in ("sosend", "ip_output", "if_input", "ip_input", "deliver", "sbappend", "drop",
                  "ifq_enqueue", "ifq_start"):
        assert f"bsdnet_{event}:" in text, event
    assert "bsdnet_drop: udp.noport" in text
