# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What the tests of TCP share."""
import pytest
from bsdnet_test import sysfs
from tcp_wire import Wire, both_ends, listening


@pytest.fixture
def segments():
    """Segments leave one by one, as a network has them."""
    sysfs("tcp/tso", 1)
    try:
        yield
    finally:
        sysfs("tcp/tso", 2)


@pytest.fixture
def wire(peer, segments):
    """A peer of the test's own."""
    return Wire(peer)


@pytest.fixture
def conn(wire):
    """(wire, socket) of a connection that the wire has opened; no options but MSS."""
    with listening() as s, wire.call(s) as c:
        c.settimeout(10)
        yield wire, c


@pytest.fixture
def listener():
    with listening("127.0.0.1") as s:
        yield s


@pytest.fixture
def pair(listener):
    """Two sockets connected to each other."""
    a, b = both_ends(listener)
    with a, b:
        yield a, b
