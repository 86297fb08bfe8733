# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Interrupts, queues and rings of vio and em, while packets flow.

    10.77.0.2 vio0 (a vector for each ring) ---- tap0 10.77.0.1 peer (Linux)
    10.77.1.2 vio1 (one for all rings)      ---- tap1 10.77.1.1
    10.77.2.2 vio2 (INTx)                   ---- tap2 10.77.2.1
    10.77.3.2 em0  (a vector for each pair) ---- tap3 10.77.3.1
"""
import contextlib
import errno
import json
import os
import re
import socket
import threading
import time

import pytest
from bsd_socket import bound, bsd_socket
from bsdnet_test import bsdnet as run_bsdnet
from bsdnet_test import run, scale, sysfs
from traffic import flooded

NICS = ["vio0", "vio1", "vio2", "em0"]


def vectors(ifname=None):
    args = ["intrctl", "--json", "list"] + ([ifname] if ifname else [])
    return run_bsdnet(*args).check().json()


def of_queue(ifname, queue):
    return [v for v in vectors(ifname) if v.get("queue") == queue]


def device(ifname):
    return os.path.basename(os.path.realpath(f"/sys/class/net/{ifname}/device"))


def hardware(ifname="vio0"):
    return run_bsdnet("ifconfig", "--json", ifname).check().json()[0]["hardware"]


def pci_ids(ifname):
    """Vendor and device of the PCI device that an interface sits on: "1af4:1000"."""
    path = os.path.realpath(f"/sys/class/net/{ifname}/device")
    while not os.path.exists(path + "/subsystem_vendor"):
        path = os.path.dirname(path)
    ids = []
    for name in ("vendor", "device"):
        with open(f"{path}/{name}", encoding="ascii") as f:
            ids.append(f.read().strip()[2:])
    return ":".join(ids)


@contextlib.contextmanager
def knobs_written(name, value):
    """A knob is so meanwhile, then empty."""
    sysfs(name, value)
    try:
        yield
    finally:
        sysfs(name, "\n")


def attach_again(ifname, nic=0):
    """An interface goes to Linux and comes back."""
    name = device(ifname)
    run_bsdnet("detach", ifname).check()
    assert run_bsdnet("attach", name).check().out.strip() == ifname
    run_bsdnet("ifconfig", ifname, "inet", f"10.77.{nic}.2/24").check()


def move(ifname, queue, cpu):
    return run_bsdnet("intrctl", "affinity", "-q", f"{ifname}:{queue}", "-c", cpu)


def ping(nic=0, **more):
    run_bsdnet("ping", "-c", "3", f"10.77.{nic}.1", **more).check()


@pytest.fixture
def flood(peer):
    """The peer sends to four ports; sockets for all of them."""
    with flooded(peer) as socks:
        yield socks


@pytest.fixture
def flow(peer):
    """So little that queues run empty: one that never does is polled, not interrupted."""
    with flooded(peer, pause=0.1) as socks:
        yield socks


@pytest.fixture(autouse=True)
def as_before():
    yield
    run_bsdnet("ifconfig", "vio0", "queues", 2, "rxring", 256, "txring", 256).check()
    for queue in (0, 1):
        move("vio0", queue, queue).check()


def irq_of(name):
    with open("/proc/interrupts", encoding="ascii") as f:
        for line in f:
            if re.search(rf"\s{name}(,|\s*$)", line):
                return int(line.split(":")[0])
    raise AssertionError(name)


def test_each_ring_has_a_vector_at_its_queues_processor():
    name = device("vio0")
    found = vectors("vio0")
    assert [(v["interrupt"], v.get("queue"), v.get("cpu")) for v in found] == [
        (f"{name}-rx0", 0, 0), (f"{name}-tx0", 0, 0), (f"{name}-rx1", 1, 1),
        (f"{name}-tx1", 1, 1), (f"{name}-config", None, None), (f"{name}-ctrl", None, None)]
    for v in found:
        assert v["kind"] == "MSI-X" and v["irq"] == irq_of(v["interrupt"])
        assert set(v["counts"]) == {"0", "1"}
    for v in found[:4]:
        with open(f"/proc/irq/{v['irq']}/smp_affinity_list", encoding="ascii") as f:
            assert int(f.read()) == v["cpu"]


def test_shared_vector_comes_once_for_each_queue():
    name = device("vio1")
    found = vectors("vio1")
    assert [(v["interrupt"], v.get("queue")) for v in found] == [
        (f"{name}-virtqueues", 0), (f"{name}-virtqueues", 1), (f"{name}-config", None)]
    assert {v["kind"] for v in found} == {"MSI-X"}
    refused = run_bsdnet("intrctl", "affinity", "-i", f"{name}-virtqueues", "-c", "1")
    assert refused.rc == 1 and "several queues" in refused.err


def test_pin_serves_all_queues():
    name = device("vio2")
    assert [(v["interrupt"], v.get("queue"), v["kind"]) for v in vectors("vio2")] == [
        (name, 0, "INTx"), (name, 1, "INTx")]


@pytest.mark.parametrize("nic", [0, 1, 2, 3])
def test_packets_flow_with_every_kind(nic, peer):
    before = sum(sum(v["counts"].values()) for v in vectors(NICS[nic]))
    ping(nic)
    with bound(f"10.77.{nic}.2", 7000) as s:
        peer.python("import socket\n"
                    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                    "for i in range(100): s.sendto(b'%d' % i, (address, 7000))\n"
                    "result = 1", address=f"10.77.{nic}.2")
        assert [int(s.recv(100)) for _ in range(100)] == list(range(100))
    assert sum(sum(v["counts"].values()) for v in vectors(NICS[nic])) > before


def busiest(flow):
    """The queue of vio0 that most of the flow comes by."""
    before = [sum(counts("vio0", q)) for q in (0, 1)]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for s in flow:
            s.recv(1000)
        grown = [sum(counts("vio0", q)) - before[q] for q in (0, 1)]
        if max(grown) > 2:
            return grown.index(max(grown))
    raise AssertionError("no interrupts")


def counts(ifname, queue):
    """How often the receive interrupt of a queue came, by processor."""
    rx = of_queue(ifname, queue)[0]
    return [rx["counts"]["0"], rx["counts"]["1"]]


def interrupted(flow, queue, cpu):
    """Packets come by this queue, and so do interrupts to this processor."""
    before = counts("vio0", queue)[cpu]
    deadline = time.monotonic() + 60
    while counts("vio0", queue)[cpu] == before:
        assert time.monotonic() < deadline
        for s in flow:
            s.recv(1000)


def test_moved_queue_interrupts_the_other_processor_only(flow):
    queue = busiest(flow)
    for cpu in (1, 0):
        move("vio0", queue, cpu).check()
        assert {v["cpu"] for v in of_queue("vio0", queue)} == {cpu}
        # Linux moves a vector when it comes the next time.
        interrupted(flow, queue, cpu)
        before = counts("vio0", queue)[1 - cpu]
        interrupted(flow, queue, cpu)
        assert counts("vio0", queue)[1 - cpu] == before


def test_interrupt_is_moved_by_its_name():
    name = device("vio0")
    run_bsdnet("intrctl", "affinity", "-i", f"{name}-tx0", "-c", "1").check()
    assert {v["cpu"] for v in of_queue("vio0", 0)} == {1}
    ping()


@contextlib.contextmanager
def moving(ifname):
    """Both queues of an interface move to and fro; yields how often they have."""
    moves = []
    stop = threading.Event()

    def work():
        while not stop.is_set():
            n = len(moves)
            moves.append(move(ifname, n % 2, n // 2 % 2).rc)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield moves
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("nic", [0, 1, 2, 3])
def test_nothing_is_lost_by_moves(nic, peer):
    """Numbered datagrams, slow enough for the ring, arrive in order while queues move."""
    code = ("import socket, time\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "for i in range(n):\n"
            "    s.sendto(b'%d' % i, (address, 7001))\n"
            "    time.sleep(0.005)\n"
            "result = 1\n")
    n = scale(1500, 40000)
    with bound(f"10.77.{nic}.2", 7001, timeout=30) as s, moving(NICS[nic]) as moves:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sender = peer.start_python(code, n=n, address=f"10.77.{nic}.2")
        for i in range(n):
            assert int(s.recv(100)) == i
        sender.result()
        assert len(moves) > 2 and not any(moves)


def test_move_survives_down_and_up():
    move("vio0", 0, 1).check()
    run_bsdnet("ifconfig", "vio0", "down").check()
    move("vio0", 1, 0).check()
    run_bsdnet("ifconfig", "vio0", "up").check()
    assert [{v["cpu"] for v in of_queue("vio0", q)} for q in (0, 1)] == [{1}, {0}]
    ping()


def test_queue_comes_home_with_its_processor():
    move("vio0", 0, 1).check()
    try:
        cpu1("0")
        assert {v["cpu"] for v in of_queue("vio0", 0)} == {0}
        ping()
        assert move("vio0", 0, 1).rc == 1
    finally:
        cpu1("1")
    assert {v["cpu"] for v in of_queue("vio0", 0)} == {1}
    ping()


def cpu1(state):
    with open("/sys/devices/system/cpu/cpu1/online", "w", encoding="ascii") as f:
        f.write(state)


@pytest.mark.parametrize("args,error", [
    (["-q", "vio0:9", "-c", "0"], "vio0: no queue 9 in use"),
    (["-q", "vio0:0", "-c", "7"], "CPU 7: no softnet thread in use"),
    (["-q", "nic0:0", "-c", "0"], "nic0: no such interface"),
    (["-q", "lo0:0", "-c", "0"], "lo0: has no queues of its own"),
    (["-q", "vio0", "-c", "0"], "'vio0' is not INTERFACE:QUEUE"),
    (["-i", "nothing", "-c", "0"], "nothing: no such interrupt"),
    (["-q", "vio0:0", "-c", "x"], "-c")])
def test_wrong_affinity_is_refused(args, error):
    refused = run_bsdnet("intrctl", "affinity", *args)
    assert refused.rc == 1 and error in refused.err
    assert len(refused.err.splitlines()) == 1


def test_interrupt_of_no_queue_is_not_moved():
    refused = run_bsdnet("intrctl", "affinity", "-i", device("vio0") + "-config", "-c", "1")
    assert refused.rc == 1 and "serves no queue" in refused.err


def test_only_an_administrator_moves_queues():
    drop = ["setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all"]
    done = run(*drop, run_bsdnet("--version").argv[0], "intrctl", "affinity", "-q", "vio0:0",
               "-c", "1")
    assert done.rc == 1 and "not permitted" in done.err
    done = run(*drop, run_bsdnet("--version").argv[0], "ifconfig", "vio0", "queues", "1")
    assert done.rc == 1 and "not permitted" in done.err


def test_queues_and_rings_are_shown():
    assert hardware() == {"queues": 2, "maxqueues": 4, "rxring": 256, "maxrxring": 256,
                          "txring": 256, "maxtxring": 256}
    assert "queues: 2 of 4, rxring 256 of 256" in run_bsdnet("ifconfig", "vio0").check().out


def test_more_and_fewer_queues_under_flood(flood):
    for n in [4, 1, 3, 2] * scale(1, 50):
        run_bsdnet("ifconfig", "vio0", "queues", n).check()
        assert hardware()["queues"] == n
        queues = [v["queue"] for v in vectors("vio0") if "queue" in v]
        assert sorted(set(queues)) == list(range(n))
        for s in flood:
            s.recv(1000)
    ping()


def test_nothing_sent_is_lost_when_queues_change(peer):
    receive = ("import socket\n"
               "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
               "s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)\n"
               "s.bind(('10.77.0.1', 7002))\n"
               "s.settimeout(10)\n"
               "result = []\n"
               "while len(result) < n: result.append(int(s.recv(100)))\n")
    n = 1200
    ping()
    receiver = peer.start_python(receive, n=n)
    time.sleep(1)
    socks = [bsd_socket() for _ in range(4)]
    for i in range(n):
        socks[i % 4].sendto(b"%d" % i, ("10.77.0.1", 7002))
        if i % 100 == 99:
            run_bsdnet("ifconfig", "vio0", "queues", [4, 1, 2][i // 100 % 3]).check()
    assert sorted(receiver.result()) == list(range(n))


def test_queues_are_changed_while_down():
    run_bsdnet("ifconfig", "vio0", "down").check()
    run_bsdnet("ifconfig", "vio0", "queues", 4).check()
    run_bsdnet("ifconfig", "vio0", "up").check()
    assert {v["queue"] for v in vectors("vio0") if v.get("cpu") in (0, 1)} == {0, 1, 2, 3}
    ping()


def test_rings_get_another_length_under_flood(flood):
    for rx, tx in [(64, 128), (256, 64), (128, 256)] * scale(1, 20):
        run_bsdnet("ifconfig", "vio0", "rxring", rx, "txring", tx).check()
        now = hardware()
        assert (now["rxring"], now["txring"]) == (rx, tx)
        for s in flood:
            s.recv(1000)
        ping()


def test_pair_taken_into_use_later_has_the_same_rings():
    run_bsdnet("ifconfig", "vio0", "rxring", 64).check()
    run_bsdnet("ifconfig", "vio0", "queues", 4).check()
    assert hardware()["rxring"] == 64
    ping()


@pytest.mark.parametrize("words", [
    ["queues", "5"], ["rxring", "100"], ["rxring", "512"], ["txring", "32"]])
def test_numbers_that_cannot_be_are_refused(words):
    before = hardware()
    refused = run_bsdnet("ifconfig", "vio0", *words)
    assert refused.rc == 1 and "Invalid argument" in refused.err
    assert hardware() == before
    ping()


def test_interfaces_without_hardware_have_no_queues():
    assert "hardware" not in run_bsdnet("ifconfig", "--json", "lo0").check().json()[0]
    assert run_bsdnet("ifconfig", "lo0", "queues", "1").rc == 1
    assert run_bsdnet("intrctl", "list", "lo0").rc == 1
    assert {v["interface"] for v in vectors()} == set(NICS)


def test_ethtool_shows_and_changes_them():
    shown = run("ethtool", "-i", "vio0").check().out
    assert "driver: bsdnet_vio" in shown and f"bus-info: {device('vio0')}" in shown
    run("ethtool", "-L", "vio0", "combined", "4").check()
    assert hardware()["queues"] == 4
    run("ethtool", "-G", "vio0", "rx", "128").check()
    assert hardware()["rxring"] == 128
    rings = re.findall(r"^[RT]X:\s*(\d+)", run("ethtool", "-g", "vio0").check().out, re.M)
    assert rings == ["256", "256", "128", "256"]
    assert run("ethtool", "-L", "vio0", "combined", "5").rc != 0
    ping()


def test_quirk_leaves_the_pin_only():
    ids = pci_ids("vio0")
    try:
        sysfs("intr/quirks", f"{ids}=nomsix")
        assert {v["kind"] for v in vectors("vio0")} == {"MSI-X"}
        attach_again("vio0")
        assert {v["kind"] for v in vectors("vio0")} == {"INTx"}
        ping()
        # Linux's driver is not concerned, and the next one here is not either.
        sysfs("intr/quirks", "\n")
        attach_again("vio0")
    finally:
        sysfs("intr/quirks", "\n")
    assert {v["kind"] for v in vectors("vio0")} == {"MSI-X"}
    ping()


def test_quirk_is_for_its_subsystem():
    ids = pci_ids("vio0")
    with knobs_written("intr/quirks", f"{ids}/1234:5678=nomsix ffff:ffff=nomsi"):
        attach_again("vio0")
        assert {v["kind"] for v in vectors("vio0")} == {"MSI-X"}


@pytest.mark.parametrize("words", [
    "8086:10d3=nomsix", "8086:10d3=nomsi 1af4:1041=nomsix", "8086:10d3/15d9:060a=nomsix,nomsi"])
def test_quirks_are_shown_as_they_were_written(words):
    with knobs_written("intr/quirks", words):
        assert sysfs("intr/quirks") == words
    assert sysfs("intr/quirks") == ""


@pytest.mark.parametrize("words", [
    "8086:10d3", "8086=nomsix", "8086:10d3=", "8086:10d3=intx", "8086:10d3=nomsix,",
    "10d3:18086=nomsi", "8086:10d3/15d9=nomsi", "8086:10d3=nomsi x"])
def test_wrong_quirks_change_nothing(words):
    with knobs_written("intr/quirks", "8086:10d3=nomsix"):
        refused = run_bsdnet("sysctl", f"net.bsdnet.intr.quirks={words}")
        assert refused.rc == 1 and len(refused.err.splitlines()) == 1
        assert sysfs("intr/quirks") == "8086:10d3=nomsix"


def test_too_many_quirks_are_refused():
    with pytest.raises(OSError) as refused, knobs_written("intr/quirks", "1:1=nomsi " * 33):
        pass
    assert refused.value.errno == errno.E2BIG
    with knobs_written("intr/quirks", "1:1=nomsi " * 32):
        assert len(sysfs("intr/quirks").split()) == 32


def test_list_is_for_people_too():
    lines = run_bsdnet("intrctl", "list", "vio0").check().out.splitlines()
    assert lines[0].split() == ["interrupt", "irq", "kind", "queue", "CPU0", "CPU1"]
    words = lines[1].split()
    assert words[0] == device("vio0") + "-rx0" and words[2:4] == ["MSI-X", "vio0:0"]
    assert words[4].endswith("*") and not words[5].endswith("*")


def test_top_shows_rates_of_queues_threads_and_interfaces(flood):
    for s in flood:
        s.recv(1000)
    lines = run_bsdnet("top", "--json", "-d", "2", "-n", "2").check().out.splitlines()
    assert len(lines) == 2
    shown = json.loads(lines[1])
    queues = {q["queue"]: q for q in shown["queues"]}
    assert {"vio0:0", "vio0:1", "vio1:0", "vio1:1", "vio2:0", "vio2:1"} <= set(queues)
    by_queues = queues["vio0:0"]["ipackets"] + queues["vio0:1"]["ipackets"]
    vio0 = next(i for i in shown["interfaces"] if i["name"] == "vio0")
    assert by_queues > 1 and vio0["ipackets"] == pytest.approx(by_queues, rel=0.3)
    assert {t["cpu"] for t in shown["threads"]} == {"0", "1"}
    assert sum(t["packets"] for t in shown["threads"]) >= by_queues / 2
    assert shown["netlock"]["mode"] == "shared" and shown["netlock"]["shared"] > 0


def test_top_is_for_people_too():
    out = run_bsdnet("top", "-b", "-d", "1", "-n", "1").check().out
    assert "netlock: " in out and "\nsoftnet/1 " in out and "\nvio0:1 " in out
    assert "\033" not in out
    assert run_bsdnet("top", "-d", "0").rc == 1
