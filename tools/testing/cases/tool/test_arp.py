# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""arp -s and -f: entries by hand and from a file.

    pair10 192.0.2.1/24 (its other end does not matter)
"""
import pytest
from bsdnet_test import bsdnet as run_bsdnet

FILE = """# comment
192.0.2.10 02:00:00:00:00:10
\t192.0.2.11   02:00:00:00:00:11 temp   # more

192.0.2.12 02:00:00:00:00:12 pub
192.0.2.13 02:00:00:00:00:13 permanent pub"""


@pytest.fixture(autouse=True)
def network():
    for line in ("ifconfig pair10 create", "ifconfig pair11 create",
                 "ifconfig pair10 patch pair11", "ifconfig pair10 inet 192.0.2.1/24",
                 "ifconfig pair11 up"):
        run_bsdnet(*line.split()).check()
    yield
    for name in ("pair10", "pair11"):
        run_bsdnet("ifconfig", name, "destroy").check()


def table():
    """What there is, by the last byte of the address: MAC's last byte, and flags."""
    return {int(e["address"].split(".")[3]): (int(e["lladdr"][-2:]), e["permanent"],
                                              e["published"])
            for e in run_bsdnet("arp", "-an", "--json").check().json()
            if e["interface"] == "pair10"}


def read(tmp_path, text):
    path = tmp_path / "ethers"
    path.write_text(text)
    done = run_bsdnet("arp", "-f", path)
    assert not done.out
    return done, [line.replace(str(path), "FILE") for line in done.err.splitlines()]


def test_every_line_of_a_file_makes_its_entry(tmp_path):
    done, errors = read(tmp_path, FILE)
    assert not done.rc and not errors
    assert table() == {10: (10, True, False), 11: (11, False, False), 12: (12, True, True),
                       13: (13, True, True)}


def test_thousand_lines(tmp_path):
    run_bsdnet("ifconfig", "pair10", "inet", "198.18.0.1/16").check()
    done, errors = read(tmp_path, "".join(
        f"198.18.{i >> 8}.{i & 255} 02:00:00:00:{i >> 8:02x}:{i & 255:02x}\n"
        for i in range(2, 1002)))
    assert not done.rc and not errors
    made = {e["address"]: e["lladdr"] for e in run_bsdnet("arp", "-an", "--json").check().json()}
    assert made["198.18.3.233"] == "02:00:00:00:03:e9"
    assert sum(a.startswith("198.18.") for a in made) == 1000


def test_wrong_lines_are_all_told_and_nothing_is_changed(tmp_path):
    done, errors = read(tmp_path, "192.0.2.10 02:00:00:00:00:10\n"
                                  "192.0.2.11\n"
                                  "192.0.2.12 02:00:00:00:00\n"
                                  "192.0.2.13 03:00:00:00:00:13\n"
                                  "192.0.2.14 02:00:00:00:00:14 publish\n"
                                  "192.0.2.15 02:00:00:00:00:15 temp permanent\n"
                                  "192.0.2.16 02:00:00:00:00:16 temp pub pub pub\n"
                                  "192.0.2.256 02:00:00:00:00:17\n")
    assert done.rc == 1
    assert errors == ["arp: FILE:2: 192.0.2.11: no MAC address",
                      "arp: FILE:3: '02:00:00:00:00' is not a MAC address",
                      "arp: FILE:4: '03:00:00:00:00:13' is the MAC address of a group",
                      "arp: FILE:5: 'publish': unknown word",
                      "arp: FILE:6: either temp or permanent",
                      "arp: FILE:7: 'pub': too many words",
                      "arp: FILE:8: 192.0.2.256: no such host",
                      "arp: FILE: nothing was changed"]
    assert not table()


def test_what_the_kernel_refuses_is_told_and_the_rest_is_made(tmp_path):
    done, errors = read(tmp_path, "192.0.2.10 02:00:00:00:00:10\n"
                                  "203.0.113.1 02:00:00:00:00:11\n"
                                  "192.0.2.12 02:00:00:00:00:12\n")
    assert done.rc == 1
    assert errors == ["arp: FILE:2: 203.0.113.1: not on a connected network",
                      "arp: FILE: 2 of 3 entries were made"]
    assert sorted(table()) == [10, 12]


@pytest.mark.parametrize("args", [
    ["-f", "/nonexistent"], ["-f", "/"], ["-f", "/dev/null", "192.0.2.1"],
    ["-f", "/dev/null", "-a"], ["-s", "192.0.2.9"], ["-s", "192.0.2.9", "01:00:00:00:00:01"],
    ["-s", "192.0.2.9", "02:00:00:00:00:09", "temp", "permanent"],
    ["-s", "192.0.2.9", "02:00:00:00:00:09", "nonsense"],
], ids=" ".join)
def test_wrong_request_is_one_line(args):
    done = run_bsdnet("arp", *args)
    assert done.rc == 1 and done.err.count("\n") == 1 and not done.out
    assert not table()
