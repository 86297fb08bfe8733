# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Random input from the wire and from an unprivileged user; seeds are fixed.

    fuzz-frames -> gen0 10.60.0.1 ---- forwarding ---- gen1 10.61.0.1
"""
import contextlib
import os
import re
import socket
import time

import pytest
from bsd_socket import bound
from bsdnet_test import REPO, counter, run, scale, sysfs
from traffic import Streams, Traffic

SEED = 20260901
NOBODY = 65534
FEW = 4000      # frames whose effect is looked at


@contextlib.contextmanager
def gens_of(bsdnet):
    """Two swallowing interfaces with routes behind one another."""
    for i in range(2):
        bsdnet("ifconfig", f"gen{i}", "create").check()
        bsdnet("ifconfig", f"gen{i}", "inet", f"10.6{i}.0.1/24").check()
    bsdnet("arp", "-s", "10.61.0.9", "02:00:00:00:01:09").check()
    forwarding = sysfs("ip/forwarding")
    sysfs("ip/forwarding", 1)
    yield
    sysfs("ip/forwarding", forwarding)
    for i in range(2):
        bsdnet("ifconfig", f"gen{i}", "destroy").check()


@pytest.fixture
def gens(bsdnet):
    with gens_of(bsdnet):
        yield


def counters(bsdnet):
    """Every counter by (group, name)."""
    groups = bsdnet("netstat", "-s", "--json").check().json()
    return {(g, n): v for g, rows in groups.items() for n, v in rows.items()}


def settled(limit=800):
    """Whether all mbufs but those that rings and magazines keep came back."""
    deadline = time.monotonic() + 60
    while counter("mbuf/inuse") > limit and time.monotonic() < deadline:
        time.sleep(0.5)
    return counter("mbuf/inuse") <= limit


def test_mutated_frames_harm_nobody(gens):
    frames = scale(10_000, 1_000_000)
    done = run(REPO + "/build/tools/fuzz-frames", "gen0", "10.60.0.1", "10.61.0.9", frames, SEED,
               timeout=scale(200, 6000)).check()
    words = done.out.split()
    assert int(words[0]) == frames
    # The mutations leave enough whole to come all the way.
    assert int(words[2]) > frames / 100
    with Traffic() as traffic:
        traffic.progress()
    # Reassembly, ARP queues and the rest give back what they hold.
    assert settled()


@pytest.fixture(scope="module")
def moved(bsdnet):
    """How far some frames moved the counters."""
    with gens_of(bsdnet):
        before = counters(bsdnet)
        run(REPO + "/build/tools/fuzz-frames", "gen0", "10.60.0.1", "10.61.0.9", FEW, SEED + 1,
            timeout=200).check()
        after = counters(bsdnet)
    return {name: value - before[name] for name, value in after.items()
            if isinstance(value, int)}


def test_frames_reach_every_layer(moved):
    """The corpus is worth something: the counters that it should move do."""
    wanted = [("arp", "requests_received"), ("arp", "bad"), ("arp", "conflicts"),
              ("ip", "forward"), ("ip", "badsum"), ("ip", "badhlen"), ("ip", "tooshort"),
              ("ip", "badvers"), ("ip", "badoptions"), ("ip", "srcroute"), ("ip", "fragments"),
              ("ip", "ttlexceeded"), ("ip", "badaddr"), ("udp", "badsum"), ("udp", "noport")]
    assert not [n for n in wanted if not moved[n]]


def test_frames_reach_groups_and_options(moved):
    """RFC 9776: messages of each kind; RFC 791 3.1: options, of multicasts too."""
    wanted = [("igmp", "reports"), ("igmp", "sent"), ("igmp", "tooshort"), ("igmp", "badsum"),
              ("igmp", "badttl"), ("igmp", "noalert"), ("igmp", "baddst"),
              ("igmp", "suppressed"), ("igmp", "unknown"), ("icmp", "error"), ("udp", "bcast"),
              ("mroute", "ipackets"), ("mroute", "forward"), ("mroute", "wrongif"),
              ("mroute", "queued"), ("mroute", "upcalls")]
    assert not [n for n in wanted if not moved[n]], {n: moved[n] for n in wanted}
    # Most of them are whole as far as what they are for.
    assert moved["igmp", "queries"] > FEW / 200
    assert moved["ip", "badoptions"] > FEW / 200 and moved["ip", "srcroute"] > FEW / 200


def test_random_calls_of_a_user_harm_nobody(peer):
    """And the flows of others go on meanwhile."""
    calls = scale(15_000, 1_000_000)
    with Traffic(pause=0.05) as traffic:
        done = run(REPO + "/build/tools/fuzz-calls", calls, SEED, timeout=scale(280, 6000)).check()
        traffic.progress()
    words = done.out.split()
    assert int(words[0]) == calls
    assert int(words[2]) > calls / 10
    assert peer.run("ping", "-c1", "-W5", "10.77.0.2").rc == 0
    assert settled()


def configuration(bsdnet):
    """All that a request could change, without what changes by itself."""
    routes = bsdnet("route", "-n", "--json", "show").check().json()
    return {"interfaces": bsdnet("ifconfig", "--json").check().json(),
            "interrupts": [{k: v for k, v in row.items() if k != "counts"}
                           for row in bsdnet("intrctl", "--json", "list").check().json()],
            "routes": [r for r in routes if "L" not in r["flags"]],
            "arp": [r for r in bsdnet("arp", "--json", "-an").check().json() if r["permanent"]],
            "groups": bsdnet("netstat", "-gn", "--json").check().json(),
            "knobs": bsdnet("sysctl", "--json", "net.inet.ip.forwarding", "net.inet.ip.ttl",
                            "net.bsdnet.netlock.mode").check().json()}


def test_random_requests_of_a_user_change_nothing(gens, peer, bsdnet):
    """Neither do they stop what goes on; what needs a right to be done is refused."""
    before = configuration(bsdnet)
    requests = scale(5_000, 700_000)
    with Streams() as streams:
        done = run(REPO + "/build/tools/fuzz-ioctls", "user", requests, SEED,
                   timeout=scale(280, 6000)).check()
        streams.progress()
    words = done.out.split()
    assert int(words[0]) == requests and int(words[2]) > requests / 10
    assert configuration(bsdnet) == before
    assert peer.run("ping", "-c1", "-W5", "10.77.0.2").rc == 0


def test_no_request_is_forgotten():
    with open(REPO + "/kmod/include/uapi/bsdnet/ioctl.h", encoding="ascii") as f:
        there = re.findall(r"#define (BSIOC\w+)\t", f.read())
    with open(REPO + "/tools/testing/prog/fuzz-ioctls.c", encoding="ascii") as f:
        tried = re.findall(r"^\t{ (BSIOC\w+),", f.read(), re.M)
    assert sorted(tried) == sorted(there)


def test_changed_routing_messages_harm_nobody(peer, bsdnet):
    """They come and go in tables of their own; the others, and traffic, stay."""
    before = bsdnet("route", "-n", "show").check().out
    messages = scale(4_000, 1_000_000)
    with Traffic(pause=0.05) as traffic:
        done = run(REPO + "/build/tools/fuzz-routes", messages, SEED, "10.77.0.1",
                   timeout=scale(280, 6000)).check()
        traffic.progress()
    assert int(done.out.split()[2]) > messages / 10
    for table in range(240, 244):
        bsdnet("route", "-T", table, "flush").check()
    assert prefixes(bsdnet("route", "-n", "show").check().out) == prefixes(before)
    assert peer.run("ping", "-c1", "-W5", "10.77.0.2").rc == 0


def prefixes(table):
    """Destinations that are no neighbours."""
    return [line.split()[0] for line in table.splitlines()[4:] if "L" not in line.split()[2]]


@contextlib.contextmanager
def hog():
    """A user whose sockets are filled as far as the stack lets it."""
    ready, go = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.close(go[1])
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            socks = [fill() for _ in range(48)] + [hold() for _ in range(900)]
            os.write(ready[1], b"x")
            os.read(go[0], 1)
            del socks
        os._exit(0)
    os.close(go[0])
    os.read(ready[0], 1)
    yield
    os.close(go[1])
    os.waitpid(pid, 0)
    for fd in ready:
        os.close(fd)


def fill():
    """A socket that has sent itself what its buffer holds, and twice as much."""
    s = bound()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_000_000)
    s.connect(s.getsockname())
    for _ in range(50):
        with contextlib.suppress(OSError):
            s.send(b"x" * 60_000)
    return s


def hold():
    """A socket that gathers as much as it may, and does not send it."""
    s = bound()
    with contextlib.suppress(OSError):
        s.sendto(b"x" * 65_000, socket.MSG_MORE, s.getsockname())
    return s


def test_a_user_cannot_take_the_memory_of_others(peer, bsdnet):
    before = counters(bsdnet)["socket", "userlimit"]
    with hog():
        assert counters(bsdnet)["socket", "userlimit"] > before
        with Traffic() as traffic:
            traffic.progress()
        assert peer.run("ping", "-c1", "-W5", "10.77.0.2").rc == 0
    assert settled()
