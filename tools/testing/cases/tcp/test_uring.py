# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Streams by io_uring(7), over loopback: what waits there holds no thread."""
import pytest
from bsdnet_test import REPO, run


@pytest.mark.parametrize("what", ["message", "stream", "end", "cancel", "poll", "refused"])
def test_uring(what):
    run(REPO + "/build/tools/uring", what).check()
