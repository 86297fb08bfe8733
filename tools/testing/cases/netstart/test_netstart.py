# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""netstart: what files hostname.IF and mygate do, and what wrong ones do not.

    guest vio0 10.77.0.2 ---- tap0 10.77.0.1 peer
    pair0 ---- pair1 in rdomain 1
"""
import os

import pytest
from bsdnet_test import guest_address, host_address, run

PCI = "0000:00:10.0"  # where scripts/vm puts the first NIC


@pytest.fixture(autouse=True)
def pairs_gone(bsdnet):
    yield
    for name in ("pair0", "pair1"):
        bsdnet("ifconfig", name, "destroy")


@pytest.fixture
def netstart(bsdnet, tmp_path):
    """netstart(args, {file: lines}): write the files, run it on them."""
    def start(*args, **files):
        for name, text in files.items():
            name = name if name == "mygate" else "hostname." + name
            (tmp_path / name).write_text(text)
            os.chmod(tmp_path / name, 0o640)
        return bsdnet("netstart", "-d", tmp_path, *args)
    return start


def show(bsdnet, name):
    return bsdnet("ifconfig", name, "--json").check().json()[0]


def addresses(bsdnet, name):
    return [(a["address"], a["prefixlen"], a.get("broadcast"))
            for a in show(bsdnet, name)["addresses"]]


def test_each_line_of_a_file_is_done(bsdnet, netstart):
    done = netstart(pair0="""# a comment
        group wires   # another

        description "one end, 'the first'"
        mtu 1400
        inet 192.0.2.1 255.255.255.0 192.0.2.127
        inet alias 198.51.100.1 0xffffff80 NONE
        inet 203.0.113.1/30 link0
        !echo \\$if $if "$iffy" \\$$
        """)
    done.check()
    assert done.out.split()[:2] == ["pair0", "pair0"] and done.err == ""
    it = show(bsdnet, "pair0")
    assert it["description"] == "one end, 'the first'" and it["mtu"] == 1400
    assert "wires" in it["groups"]
    assert {"UP", "LINK0"} <= set(it["flags"].split(","))
    assert addresses(bsdnet, "pair0") == [
        ("192.0.2.1", 24, "192.0.2.127"), ("198.51.100.1", 25, "198.51.100.127"),
        ("203.0.113.1", 30, "203.0.113.3")]


def test_files_may_name_each_other_in_any_order(bsdnet, netstart):
    netstart(pair0="patch pair1\ninet 192.0.2.1/24\n",
             pair1="rdomain 1\npatch pair0\ninet 192.0.2.2/24\n").check()
    bsdnet("ping", "-n", "-c", "1", "192.0.2.2").check()


def test_again_changes_nothing(bsdnet, netstart):
    files = {"pair0": "group wires\npatch pair1\ninet 192.0.2.1/24\n",
             "pair1": "rdomain 1\npatch pair0\ninet 192.0.2.2/24\n"}
    netstart(**files).check()
    before = show(bsdnet, "pair0"), show(bsdnet, "pair1")
    netstart(**files).check()
    assert before == (show(bsdnet, "pair0"), show(bsdnet, "pair1"))


def test_first_wrong_line_is_told_and_its_interface_left_alone(bsdnet, netstart, tmp_path):
    wrong = ["mtu x", "inet 300.0.0.1/24", "inet", "inet 192.0.2.1 255.0.255.0", "nonsense",
             "dhcp", "inet6 2001:db8::1/64", "inet autoconf", 'description "no end', "attach",
             "group", "inet alias", "w " * 70, "attach a\nattach b", "\0"]
    files = {f"pair{10 + i}": "inet 192.0.2.1/24\n!echo ran\n" + line + "\nmtu y\n"
             for i, line in enumerate(wrong)}
    done = netstart(pair1="mtu 1300\n", **files)
    told = sorted(done.err.splitlines())
    assert done.rc == 1 and done.out == "" and len(told) == len(wrong)
    for i, line in enumerate(told):
        at = 4 if "\nattach" in wrong[i] else 3
        assert line.startswith(f"netstart: {tmp_path}/hostname.pair{10 + i}:{at}: ")
    assert bsdnet("ifconfig", "pair", "--json").check().json()[1:] == []
    assert show(bsdnet, "pair1")["mtu"] == 1300


def test_what_the_stack_refuses_does_not_stop_the_other_lines(bsdnet, netstart):
    done = netstart(pair0="inet 224.0.0.1/24\n!exit 3\ninet 192.0.2.1/24\n")
    assert done.rc == 1 and done.err.count("\n") == 2
    assert "hostname.pair0:1: " in done.err and "hostname.pair0:2: " in done.err
    assert addresses(bsdnet, "pair0") == [("192.0.2.1", 24, "192.0.2.255")]


def test_n_prints_commands_that_do_the_same(bsdnet, netstart):
    done = netstart("-n", pair0="""description "it's two words"
        inet 192.0.2.1 255.255.255.0
        !true \\$if
        """).check()
    assert bsdnet("ifconfig", "pair0").rc == 1
    run("/bin/sh", "-ec", 'PATH=$BSDNET_REPO/build/tools:$PATH\n' + done.out).check()
    assert "true pair0\n" in done.out
    assert show(bsdnet, "pair0")["description"] == "it's two words"
    assert addresses(bsdnet, "pair0") == [("192.0.2.1", 24, "192.0.2.255")]


def test_only_the_named_interface_is_started(bsdnet, netstart):
    netstart("pair1", pair0="up\n", pair1="up\n").check()
    assert bsdnet("ifconfig", "pair0").rc == 1
    assert "UP" in show(bsdnet, "pair1")["flags"]


@pytest.mark.parametrize("mode, owner", [(0o660, 0), (0o646, 0), (0o600, 1)])
def test_file_that_others_can_write_is_not_read(bsdnet, netstart, tmp_path, mode, owner):
    netstart("-n", pair0="up\n").check()
    os.chown(tmp_path / "hostname.pair0", owner, 0)
    os.chmod(tmp_path / "hostname.pair0", mode)
    done = netstart()
    assert done.rc == 1 and "must belong to root" in done.err
    assert bsdnet("ifconfig", "pair0").rc == 1


@pytest.mark.parametrize("args", [["pair7"], ["../pair0"], ["-x", "pair0"], ["-d", "/nosuch"]],
                         ids=" ".join)
def test_refusal_is_one_line(netstart, args):
    done = netstart(*args, pair0="up\n")
    assert done.rc == 1 and done.err.count("\n") == 1 and done.out == ""


def test_mygate_sets_and_changes_the_default_route(bsdnet, netstart):
    def gateway():
        return bsdnet("route", "get", "203.0.113.9", "--json").check().json()["gateway"]
    netstart(pair0="patch pair1\ninet 192.0.2.1/24\n", pair1="up\n",
             mygate="# ours\n192.0.2.254\n").check()
    assert gateway() == "192.0.2.254"
    netstart(mygate="192.0.2.253").check()
    assert gateway() == "192.0.2.253"
    bsdnet("route", "delete", "default").check()


@pytest.mark.parametrize("text", ["192.0.2.256\n", "\n192.0.2.1 192.0.2.2\n", "0.0.0.0\n",
                                  "192.0.2.1\n192.0.2.2\n"])
def test_wrong_mygate_is_told_and_not_used(netstart, text):
    done = netstart("-n", pair0="up\n", mygate=text)
    assert done.rc == 1 and done.err.count("\n") == 1 and "/mygate:" in done.err
    assert done.out == "bsdnet ifconfig pair0 create\nbsdnet ifconfig pair0 up\n"


def test_card_is_attached_once_and_reached(bsdnet, netstart, peer):
    bsdnet("detach", "vio0").check()
    files = {"vio0": f"inet {guest_address()}/24\nattach {PCI}\n"}
    for _ in range(2):
        netstart(**files).check()
    assert addresses(bsdnet, "vio0") == [(guest_address(), 24, "10.77.0.255")]
    peer.run("ping", "-c", "1", guest_address()).check()
    bsdnet("ping", "-n", "-c", "1", host_address()).check()


def test_another_card_of_that_name_is_noticed(bsdnet, netstart):
    before = show(bsdnet, "vio0")
    done = netstart(vio0="attach 0000:00:11.0\nmtu 1400\n")
    assert done.rc == 1 and "hostname.vio0:1: vio0 is there already" in done.err
    assert show(bsdnet, "vio0") == before


def test_card_that_would_get_another_name_stays_with_linux(bsdnet, netstart):
    bsdnet("detach", "vio0").check()
    done = netstart(vio1=f"attach {PCI}\n")
    assert done.rc == 1 and "would not become vio1" in done.err
    assert bsdnet("ifconfig", "vio0").rc == 1
    netstart("vio0", vio0=f"attach {PCI}\ninet {guest_address()}/24\n").check()
