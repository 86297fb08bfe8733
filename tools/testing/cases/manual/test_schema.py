# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""What --json prints is what tools/schema/ says, in a machine with some of everything.

    10.77.0.2 vio0 ---------------- tap0 10.77.0.1 peer, which validates
    10.9.0.1 pair0 ---- pair1 10.9.1.1

A schema refuses what it does not know, and what it knows must have been seen.
"""
import contextlib
import glob
import json
import os
import socket
import struct
import subprocess
import time

import pytest
from bsd_socket import bound, bsd_socket
from bsdnet_test import REPO, wait_for
from bsdnet_test import bsdnet as run_bsdnet
from igmp import ADD_MEMBERSHIP

BSDNET = REPO + "/build/tools/bsdnet"
VALIDATE = """
import jsonschema
jsonschema.Draft202012Validator.check_schema(schema)
checker = jsonschema.Draft202012Validator(schema)
result = [f"{e.json_path}: {e.message}" for value in values for e in checker.iter_errors(value)]
"""
ADD_SOURCE, MRT_INIT, MRT_ADD_VIF, MRT_ADD_MFC = 39, 200, 202, 204
USE_IFINDEX = 8
GROUP = "239.9.9.9"
PORT = 25000

# What this machine cannot show.
UNSEEN = {
    "ifconfig": {"peer"},                   # no interface is a point-to-point link
    "monitor": {"author", "dns", "static", "search"},   # of proposals by programs
    "tcpbench": {"error"},
}


def schema(name):
    with open(f"{REPO}/tools/schema/{name}.json", encoding="ascii") as f:
        return json.load(f)


def properties(node):
    """The names of members, in the whole of a schema."""
    if isinstance(node, list):
        return set().union(*map(properties, node))
    if not isinstance(node, dict):
        return set()
    found = set(node.get("properties", ()))
    for key, value in node.items():
        found |= set().union(*map(properties, value.values())) if key == "properties" else \
            properties(value)
    return found


def members(value):
    """The names of members, in the whole of a value."""
    if isinstance(value, list):
        return set().union(*map(members, value))
    if isinstance(value, dict):
        return set(value) | members(list(value.values()))
    return set()


def conforms(peer, name, *values):
    values = list(values)
    wanted = schema(name)
    assert not peer.python(VALIDATE, schema=wanted, values=values)
    assert properties(wanted) - members(values) == UNSEEN.get(name, set())


def shown(*args):
    return run_bsdnet(*args).check().json()


def guest(*lines):
    for line in lines:
        run_bsdnet(*line.split()).check()


@pytest.fixture(autouse=True, scope="module")
def machine():
    if "vio0" not in {i["name"] for i in shown("ifconfig", "--json")}:
        guest("attach 0000:00:10.0")
    guest("ifconfig vio0 inet 10.77.0.2/24", "ifconfig pair0 create", "ifconfig pair1 create",
          "ifconfig pair0 patch pair1", "ifconfig pair0 inet 10.9.0.1/24",
          "ifconfig pair1 inet 10.9.1.1/24", "ifconfig pair0 description words",
          "ifconfig pair0 group here", "ifconfig pair0 llprio 5",
          "route add 10.9.2.0/24 10.9.0.2 -label LABEL -mtu 1400",
          "route add 10.9.3.0/24 10.9.0.3 -reject", "arp -s 10.9.0.2 02:00:00:00:00:02",
          "ping -c 1 10.77.0.1")
    run_bsdnet("ping", "-c", "1", "-w", "1", "10.9.0.9")      # nobody is there
    yield
    guest("route delete 10.9.2.0/24", "route delete 10.9.3.0/24", "ifconfig pair1 destroy",
          "ifconfig pair0 destroy")


@contextlib.contextmanager
def sockets():
    """Of each protocol; a listener, and a connection."""
    with bsd_socket(socket.SOCK_STREAM) as listener, bsd_socket(socket.SOCK_STREAM) as a, \
            bound(), bsd_socket(socket.SOCK_RAW, socket.IPPROTO_ICMP):
        listener.bind(("127.0.0.1", 0))
        listener.listen(3)
        a.connect(listener.getsockname())
        b, _ = listener.accept()
        with b:
            yield


def multicast_router():
    s = bsd_socket(socket.SOCK_RAW, socket.IPPROTO_IGMP)
    s.setsockopt(socket.IPPROTO_IP, MRT_INIT, 1)
    for n, name in enumerate(("vio0", "pair0")):
        s.setsockopt(socket.IPPROTO_IP, MRT_ADD_VIF,
                     struct.pack("=HBBIi4x", n, USE_IFINDEX, 1, 0, socket.if_nametoindex(name)))
    s.setsockopt(socket.IPPROTO_IP, MRT_ADD_MFC,
                 struct.pack("=4s4sH32s18x", socket.inet_aton("10.77.0.1"),
                             socket.inet_aton(GROUP), 0, bytes([0, 4]) + bytes(30)))
    return s


def test_every_schema_is_tried():
    with open(__file__, encoding="ascii") as f:
        text = f.read()
    for path in glob.glob(REPO + "/tools/schema/*.json"):
        assert f'conforms(peer, "{os.path.basename(path)[:-5]}"' in text


def test_arp(peer):
    conforms(peer, "arp", shown("arp", "--json", "-an"))


def test_doctor(peer):
    conforms(peer, "doctor", run_bsdnet("doctor", "--json").json())


def test_ifconfig(peer):
    conforms(peer, "ifconfig", shown("ifconfig", "--json"))


def test_intrctl(peer):
    conforms(peer, "intrctl", shown("intrctl", "--json", "list"))


def test_monitor(peer):
    with subprocess.Popen([BSDNET, "monitor", "--json"], stdout=subprocess.PIPE) as job:
        wait_for(lambda: os.path.exists(f"/proc/{job.pid}/fd/3"))
        time.sleep(0.5)
        guest("route add 10.9.4.0/24 10.9.0.2 -label MORE", "route get 10.9.4.1",
              "route delete 10.9.4.0/24", "ifconfig gen7 create",
              "ifconfig gen7 inet 10.9.7.1/24", "ifconfig gen7 destroy")
        time.sleep(0.5)
        job.terminate()
        lines = job.stdout.read().splitlines()
    conforms(peer, "monitor", *map(json.loads, lines))


def test_netstat_counters(peer):
    conforms(peer, "netstat-counters", shown("netstat", "--json", "-s"),
             shown("netstat", "--json", "-m"), shown("netstat", "--json", "-s", "-p", "igmp"))


def test_netstat_groups(peer):
    with multicast_router(), bsd_socket() as s, bsd_socket() as other:
        s.setsockopt(socket.IPPROTO_IP, ADD_SOURCE, socket.inet_aton(GROUP) +
                     socket.inet_aton("10.77.0.2") + socket.inet_aton("10.77.0.1"))
        other.setsockopt(socket.IPPROTO_IP, ADD_MEMBERSHIP,
                         socket.inet_aton("239.9.9.8") + socket.inet_aton("10.77.0.2"))
        conforms(peer, "netstat-groups", shown("netstat", "--json", "-g"))


def test_netstat_interfaces(peer):
    conforms(peer, "netstat-interfaces", shown("netstat", "--json", "-i"))


def test_netstat_sockets(peer):
    with sockets():
        conforms(peer, "netstat-sockets", shown("netstat", "--json", "-a"),
                 shown("netstat", "--json", "-l"), shown("netstat", "--json", "-p", "raw"))


def test_ping(peer):
    conforms(peer, "ping", shown("ping", "--json", "-c", "2", "-i", "0.1", "10.77.0.1"),
             shown("ping", "--json", "-R", "-c", "1", "10.77.0.1"),
             run_bsdnet("ping", "--json", "-c", "1", "-w", "1", "10.9.0.9").json())


def test_route_get(peer):
    conforms(peer, "route-get", shown("route", "--json", "get", "10.9.2.1"),
             shown("route", "--json", "get", "10.77.0.1"))


def test_routes(peer):
    conforms(peer, "routes", shown("route", "--json", "-n", "show"),
             shown("netstat", "--json", "-rn"))


def test_sysctl(peer):
    conforms(peer, "sysctl", shown("sysctl", "--json", "-a"),
             shown("sysctl", "--json", "net.inet.ip.ttl=64"))


def test_tcpbench(peer):
    names = [line.split()[0] for line in run_bsdnet("tcpbench", "-l").check().out.splitlines()]
    with subprocess.Popen([BSDNET, "tcpbench", "--json", "-s", "-p", str(PORT)],
                          stdout=subprocess.PIPE) as job:
        wait_for(lambda: any(s["local"].endswith(f".{PORT}")
                             for s in shown("netstat", "--json", "-l")))
        sent = shown("tcpbench", "--json", "-t", "1", "-p", PORT, "-k", ",".join(names),
                     "127.0.0.1")
        job.terminate()
        conforms(peer, "tcpbench", sent, json.loads(job.stdout.read()))


def test_top(peer):
    with bound() as s:
        s.sendto(b"x", s.getsockname())
        lines = run_bsdnet("top", "--json", "-n", "2", "-d", "1").check().out.splitlines()
    conforms(peer, "top", *map(json.loads, lines))


def test_udpbench(peer):
    conforms(peer, "udpbench", shown("udpbench", "--json", "-c", "10", "send", "127.0.0.1"),
             shown("udpbench", "--json", "-L", "-c", "10", "send", "127.0.0.1"))


def test_unknown_members_are_refused(peer):
    value = shown("arp", "--json", "-an")
    value[0]["colour"] = "red"
    assert peer.python(VALIDATE, schema=schema("arp"), values=[value])
