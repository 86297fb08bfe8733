# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Where the two ends of a connection are: programs.Ends."""
import pytest
from programs import WHERE, Ends


@pytest.fixture(params=WHERE)
def ends(request, peer):
    """A server and a client: on lo, a server of Linux, a client of Linux."""
    pair = Ends(request.param, peer)
    yield pair
    pair.close()
