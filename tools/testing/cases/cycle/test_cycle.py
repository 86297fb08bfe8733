# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Load and unload, with and without traffic, and after any configuration.

    socket 10.77.0.2 ---- vio0 ---- tap0 10.77.0.1 peer floods, loaded or not
"""
import glob
import os
import socket

from bsd_socket import bound, bsd_socket
from bsdnet_test import REPO, run, scale
from traffic import Traffic, flooding

SEED = 20261123
MODULES = f"{REPO}/build/modules/{os.uname().release}/"
OTHERS = ["bsdnet_gen", "bsdnet_pair", "bsdnet_em", "bsdnet_vio"]


def load():
    for name in ["bsdnet", *OTHERS]:
        run("insmod", MODULES + name + ".ko").check()


def unload():
    for name in [*reversed(OTHERS), "bsdnet"]:
        run("rmmod", name).check()
    assert not glob.glob("/sys/module/bsdnet*")


def test_load_and_unload():
    for _ in range(scale(3, 100)):
        load()
        unload()


def leave_connections():
    """Some that wait for twice the MSL: the stack's alone when the modules go."""
    with bsd_socket(socket.SOCK_STREAM) as server:
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        for _ in range(3):
            with bsd_socket(socket.SOCK_STREAM) as a:
                a.connect(server.getsockname())
                server.accept()[0].close()


def test_load_and_unload_under_traffic(peer, bsdnet):
    with flooding(peer):
        cycles_with_traffic(bsdnet)


def attach(bsdnet):
    nic = glob.glob("/sys/bus/pci/devices/0000:00:10.0/virtio*")[0]
    bsdnet("attach", os.path.basename(nic)).check()
    bsdnet("ifconfig", "vio0", "inet", "10.77.0.2/24").check()


def cycles_with_traffic(bsdnet):
    for _ in range(scale(3, 100)):
        load()
        attach(bsdnet)
        sock = bound("10.77.0.2", 9000, timeout=60)
        with Traffic() as traffic:
            traffic.progress()
            sock.recv(1000)
            # In use: refused, and nothing is harmed.
            assert run("rmmod", "bsdnet").rc != 0
        sock.close()
        leave_connections()
        unload()


def destroy_clones(bsdnet):
    for row in bsdnet("ifconfig", "--json").check().json():
        if row["name"].startswith(("gen", "pair")):
            bsdnet("ifconfig", row["name"], "destroy").check()


def test_any_request_of_the_super_user_can_be_undone(bsdnet):
    """Interfaces change, come and go in every way that there is a request for."""
    requests = scale(1_500, 300_000)
    load()
    attach(bsdnet)
    done = run(REPO + "/build/tools/fuzz-ioctls", "root", requests, SEED,
               timeout=scale(280, 5000)).check()
    words = done.out.split()
    assert int(words[0]) == requests and int(words[2]) > requests / 10
    destroy_clones(bsdnet)
    unload()


def test_nothing_of_the_stack_is_left():
    assert not os.path.exists("/sys/kernel/bsdnet")
    with open("/proc/net/protocols", encoding="ascii") as f:
        assert "bsdnet" not in f.read()
