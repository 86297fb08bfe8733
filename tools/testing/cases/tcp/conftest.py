# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What the tests of TCP share."""
import pytest
from bsdnet_test import sysfs
from tcp_wire import Wire


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
