# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""iperf3: one connection, several, backwards, both ways at once."""
import pytest
from bsdnet_test import scale
from programs import on_lo, program

SECONDS = scale(1, 10)


def check_iperf3(ends, *options):
    iperf3 = program("iperf3")
    with ends.serving(iperf3, "-s", "-1", "-p", "5201", "-B", ends.address, port=5201) as server:
        told = ends.client.run(iperf3, "-c", ends.address, "-p", "5201", "-t", SECONDS, "-J",
                               *options).check().json()
        server.wait().check()
    assert "error" not in told
    end = told["end"]
    received = 0
    for way in ["", "_bidir_reverse"] if "--bidir" in options else [""]:
        assert end["sum_sent" + way]["bytes"] > 100000
        # What is on its way when time is over counts as sent only.
        assert end["sum_received" + way]["bytes"] > end["sum_sent" + way]["bytes"] / 4
        received += end["sum_received" + way]["bytes"]
    assert all(stream["sender"]["bytes"] for stream in end["streams"])
    assert ends.sent() + ends.received() >= received


@pytest.mark.parametrize("options", [[], ["-R"]], ids=["forward", "reverse"])
def test_iperf3_one_connection(ends, options):
    check_iperf3(ends, *options)


@on_lo
@pytest.mark.parametrize("options", [["-P", "4"], ["--bidir"]], ids=["parallel", "both"])
def test_iperf3_several_connections(ends, options):
    check_iperf3(ends, *options)
