# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""bsdnet tcpbench with itself, by lo0."""
import itertools
import json
import re
import signal
import subprocess
import time

import pytest
from bsdnet_test import REPO, wait_for
from bsdnet_test import bsdnet as run_bsdnet

BSDNET = REPO + "/build/tools/bsdnet"
ports = itertools.count(24000)
PATIENCE = 40


def connections(port):
    return [s for s in run_bsdnet("netstat", "-a", "-p", "tcp", "--json").check().json()
            if s["local"].endswith("." + port) or s["foreign"].endswith("." + port)]


class Server:
    """A server that goes on until stop(), which returns what it said."""

    def __init__(self, *args):
        self.port = str(next(ports))
        self.job = subprocess.Popen([BSDNET, "tcpbench", *args, "-s", "-p", self.port],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def stop(self):
        self.job.send_signal(signal.SIGINT)
        out, err = self.job.communicate(timeout=40)
        assert (self.job.returncode, err) == (0, "")
        return out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.job.poll() is None:
            self.job.kill()
            self.job.communicate()


def test_what_is_sent_is_received():
    with Server("--json", "-r", "200") as server:
        wait_for(lambda: connections(server.port), PATIENCE)
        sent = run_bsdnet("tcpbench", "--json", "-n", "2", "-t", "1", "-p", server.port,
                          "-k", "snd_mss,total_retrans", "127.0.0.1").check().json()
        wait_for(lambda: {s["state"] for s in connections(server.port)} <= {"LISTEN", "TIME_WAIT"},
                 PATIENCE)
        got = json.loads(server.stop())
    assert (sent["direction"], sent["stack"], sent["streams"]) == ("send", "bsdnet", 2)
    assert (got["direction"], got["stack"], got["streams"]) == ("recv", "bsdnet", 2)
    assert sent["bytes"] == got["bytes"] > 0 and sent["errors"] == got["errors"] == 0
    assert sum(s["bytes"] for s in sent["per_stream"]) == sent["bytes"]
    assert {s["stream"] for s in sent["per_stream"]} == {1, 2}
    assert all(s["snd_mss"] > 500 and s["total_retrans"] >= 0 for s in sent["per_stream"])
    assert sent["bps"] == pytest.approx(sent["bytes"] * 8 / sent["seconds"])
    assert sent["seconds"] > 0.9 and sent["peak_bps"] >= sent["bps"]


def test_line_of_each_stream_and_of_all():
    with Server("-r", "0") as server:
        wait_for(lambda: connections(server.port), PATIENCE)
        out = run_bsdnet("tcpbench", "-n", "2", "-t", "2", "-r", "900", "-p", server.port,
                         "-k", "snd_cwnd,rtt", "127.0.0.1").check().out
        summary = server.stop()
    lines = out.splitlines()
    assert lines[0].split() == ["conn", "elapsed_ms", "bytes", "mbps", "bwidth", "snd_cwnd", "rtt"]
    for number, line in enumerate(lines[1:3], 1):
        assert re.fullmatch(rf" +{number} +\d+ +\d+ +[\d.]+ +[\d.]+% +\d+ +\d+", line), line
    both = sum(int(line.split()[2]) for line in lines[1:3])
    assert re.fullmatch(rf"Conn: +2 bytes: +{both} Mbps: +[\d.]+ Peak Mbps: +[\d.]+", lines[3])
    assert lines[-1].startswith("send: 2 streams, ")
    assert summary.startswith("receive: 2 streams, ") and summary.count("\n") == 1


def test_socket_buffer_and_table(bsdnet):
    bsdnet("ifconfig", "pair40", "create", "rdomain", "4").check()
    try:
        bsdnet("ifconfig", "pair40", "inet", "192.0.2.40/24").check()
        with Server("-V", "4", "-S", "50000", "-r", "0") as server:
            wait_for(lambda: connections(server.port), PATIENCE)
            with subprocess.Popen([BSDNET, "tcpbench", "-V", "4", "-S", "60000", "-t", "60", "-r",
                                   "0", "-b", "192.0.2.40", "-p", server.port, "192.0.2.40"],
                                  stdout=subprocess.PIPE) as client:
                wait_for(lambda: len(connections(server.port)) == 3, PATIENCE)
                found = [s for s in connections(server.port) if s["state"] == "ESTABLISHED"]
                client.send_signal(signal.SIGINT)
                client.communicate(timeout=40)
                assert client.returncode == 0
            server.stop()
        assert {s["rtable"] for s in found} == {4}
        limits = {s["foreign"].endswith("." + server.port): s for s in found}
        assert limits[False]["recv_limit"] == 50000 and limits[True]["send_limit"] == 60000
    finally:
        bsdnet("ifconfig", "pair40", "destroy").check()


def test_over_linux_for_comparison():
    with Server("-L", "--json") as server:
        time.sleep(1)
        sent = run_bsdnet("tcpbench", "--json", "-L", "-t", "1", "-p", server.port, "-k",
                          "snd_cwnd,min_rtt", "127.0.0.1").check().json()
        assert not connections(server.port)
        server.stop()
    assert sent["stack"] == "linux" and sent["bytes"]
    assert sent["per_stream"][0]["snd_cwnd"]


def test_server_that_goes_away_is_an_error():
    with Server("-r", "0") as server:
        wait_for(lambda: connections(server.port), PATIENCE)
        with subprocess.Popen([BSDNET, "tcpbench", "-t", "60", "-r", "0", "-p", server.port,
                               "127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as client:
            wait_for(lambda: len(connections(server.port)) == 3, PATIENCE)
            server.job.kill()
            out, err = client.communicate(timeout=40)
    assert client.returncode == 1 and out.startswith("send: 1 streams, ")
    assert re.fullmatch(r"tcpbench: stream 1: (Connection reset by peer|Broken pipe)\n", err)


def test_variables_are_listed():
    names = [line.split()[0] for line in run_bsdnet("tcpbench", "-l").check().out.splitlines()]
    assert {"snd_cwnd", "rtt", "total_retrans"} <= set(names)


@pytest.mark.parametrize("args", [
    [], ["-p", "1", "127.0.0.1"], ["-k", "frob", "127.0.0.1"], ["-p", "65536", "127.0.0.1"],
    ["-s", "192.0.2.99"], ["-V", "99", "127.0.0.1"],
], ids=" ".join)
def test_refusal_is_one_line(args):
    done = run_bsdnet("tcpbench", *args)
    assert done.rc == 1 and done.err.count("\n") == 1 and not done.out
