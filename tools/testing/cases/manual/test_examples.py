# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Every example of every manual page runs.

    10.0.0.2, 10.0.1.2 vio0 ------------ tap0 10.0.0.1, .254, 10.0.1.1 peer (Linux, DNS)
    10.0.0.3 vio1 in rdomain 1, if a page speaks of table 1 ---- tap1
    a third card, which an example may take
"""
import glob
import os
import re

import pytest
from bsdnet_test import REPO, run, sysfs
from bsdnet_test import bsdnet as run_bsdnet

DNS = """
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.0.1", 53))
while True:
    data, who = s.recvfrom(65535)
    flags = struct.pack(">HHHHH", 0x8580, 1, 1, 0, 0)
    question = data[12:data.index(bytes(1), 12) + 5]
    answer = b"\\xc0\\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 53])
    s.sendto(data[:2] + flags + question + answer, who)
"""


def examples(page):
    """The scripts in the section EXAMPLES: literal blocks, and lines of .Dl."""
    with open(page, encoding="ascii") as f:
        text = re.search(r"^\.Sh EXAMPLES\n(.*?)(?=^\.Sh|\Z)", f.read(), re.M | re.S)
    found = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$|^\.Dl (.*?\n)", text[1] if text else "",
                       re.M | re.S)
    return [(block or line).replace("\\e", "\\") for block, line in found]


PAGES = {os.path.basename(page): examples(page)
         for page in sorted(glob.glob(REPO + "/tools/*.8") + glob.glob(REPO + "/tools/*/*.8") +
                            glob.glob(REPO + "/kmod/**/*.4", recursive=True))
         if examples(page)}
EM = "0000:00:12.0"
HOSTNAME = examples(REPO + "/tools/netstart/bsdnet-hostname.if.5")


@pytest.fixture(autouse=True, scope="module")
def neighbours(peer):
    for address in ("10.0.0.1/24", "10.0.0.254/24", "10.0.1.1/24"):
        peer.run("ip", "address", "add", address, "dev", "tap0").check()
    peer.run("ip", "route", "add", "10.0.0.3/32", "dev", "tap1").check()
    with peer.popen("python3", "-c", DNS):
        yield


def names():
    return {i["name"] for i in run_bsdnet("ifconfig", "--json").check().json()}


def attach(number):
    """A card, by its place on the bus, if it has been given back."""
    if f"vio{number}" not in names():
        run_bsdnet("attach", f"0000:00:{16 + number:02x}.0").check()


def give_em_back():
    if "em0" in names():
        run_bsdnet("detach", "em0").check()


@pytest.fixture(autouse=True)
def as_at_first(neighbours):
    give_em_back()
    for number in (0, 1):
        attach(number)
    for address in ("10.0.0.2/24", "10.0.1.2/24"):
        run_bsdnet("ifconfig", "vio0", "inet", address).check()
    yield
    sysfs("netlock/mode", "shared")
    attach(0)
    attach(1)
    run_bsdnet("ifconfig", "vio1", "rdomain", "0").check()
    give_em_back()
    for name in sorted(names() - {"vio0", "vio1", "lo0"}, reverse=True):
        run_bsdnet("ifconfig", name, "destroy").check()     # pair1, then its lo1
    run_bsdnet("route", "sourceaddr", "default")
    run_bsdnet("route", "flush").check()
    sysfs("ip/forwarding", 0)
    run_bsdnet("detach", "vio0").check()
    attach(0)


def device():
    return os.path.basename(os.path.realpath("/sys/class/net/vio0/device"))


def given_back():
    """vio0 goes to Linux: what it is called there."""
    name = device()
    run_bsdnet("detach", "vio0").check()
    return os.listdir(f"/sys/bus/virtio/devices/{name}/net")[0]


def prepared(script):
    """What the example takes for granted, and its names for those of this machine."""
    if "virtio0" in script:
        script = script.replace("virtio0", device())
    script = script.replace("0000:03:00.0", EM)
    if "virtio1" in script or "eth1" in script:
        name = device()
        script = script.replace("virtio1", name).replace("eth1", given_back())
    if "-T 1" in script:
        run_bsdnet("ifconfig", "vio1", "rdomain", "1").check()
        run_bsdnet("ifconfig", "vio1", "inet", "10.0.0.3/24").check()
    return re.sub(r"&$", "& sleep 1", script, flags=re.M)


@pytest.mark.parametrize("page,number", [(page, n) for page, scripts in PAGES.items()
                                         if page != "bsdnet-monitor.8"
                                         for n, script in enumerate(scripts)
                                         if not script.startswith("int fd")])
def test_example_runs(page, number, tmp_path):
    script = prepared(PAGES[page][number])
    if page == "bsdnet-netstart.8":
        script = script.replace("bsdnet netstart", f"bsdnet netstart -d {tmp_path}")
        (tmp_path / "hostname.vio0").write_text("up\n")
        (tmp_path / "hostname.vio0").chmod(0o600)
    done = run("bash", "-ec", f"PATH={REPO}/build/tools:$PATH\n{script}wait\n")
    assert done.rc == 0 and not done.err, f"{script}\n{done.out}{done.err}"


@pytest.mark.parametrize("script", PAGES["bsdnet-monitor.8"])
def test_monitor_goes_on(script):
    done = run("timeout", "3", "bash", "-ec", f"PATH={REPO}/build/tools:$PATH\nexec {script}")
    assert (done.rc, done.err) == (124, "")


def test_program_compiles_and_runs(tmp_path):
    source = tmp_path / "example.c"
    source.write_text("#include <arpa/inet.h>\n#include <sys/socket.h>\n#include <bsdnet/sock.h>\n"
                      "int main(void)\n{\n" + PAGES["bsdnet.4"][0] + "return fd < 0;\n}\n")
    run("gcc", "-Wall", "-Werror", "-I", REPO + "/kmod/include/uapi", "-o", tmp_path / "example",
        source).check()
    run(tmp_path / "example").check()


@pytest.mark.parametrize("name,number", [("hostname.vio0", 0), ("hostname.pair1", 1)])
def test_files_of_netstart_are_understood(name, number, tmp_path):
    text = HOSTNAME[number]
    (tmp_path / name).write_text(text.replace("0000:00:03.0", "0000:00:10.0"))
    (tmp_path / name).chmod(0o600)
    run_bsdnet("ifconfig", "pair0", "create").check()
    done = run_bsdnet("netstart", "-n", "-d", tmp_path)
    assert (done.rc, done.err) == (0, "")
    assert done.out.count("\n") >= text.count("\n")
