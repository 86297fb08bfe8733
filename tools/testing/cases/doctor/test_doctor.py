# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""doctor: each thing that is wrong is made so, and told. In this order, from a machine
without our modules to one that loads none any more.

    guest eth0, then vio0 10.77.0.2 ---- tap0
"""
import glob
import os
import platform

import pytest
from bsdnet_test import REPO, run

PCI = "0000:00:10.0"  # where scripts/vm puts the first NIC
RELEASE = platform.release()
FOLDER = "/lib/modules/" + RELEASE


@pytest.fixture(scope="module", autouse=True)
def modules_writable():
    """/lib/modules as it is, changes staying in memory; Linux's driver has the card."""
    os.makedirs("/run/modules/upper")
    os.makedirs("/run/modules/work")
    run("mount", "-t", "overlay", "-o", "lowerdir=/lib/modules,upperdir=/run/modules/upper,"
        "workdir=/run/modules/work", "overlay", "/lib/modules").check()
    run("modprobe", "virtio_net").check()


@pytest.fixture
def diagnose(bsdnet):
    """diagnose(check, args): status and text of its only finding; rc must fit."""
    def ask(check, *args):
        done = bsdnet("doctor", "--json", *args)
        findings = done.json()
        assert done.rc == any(f["status"] == "fail" for f in findings)
        found = [f for f in findings if f["check"] == check]
        assert len(found) == 1, found
        assert ("advice" in found[0]) == (found[0]["status"] != "ok")
        return found[0]["status"], found[0]["finding"]
    return ask


def linux_name():
    return os.listdir(glob.glob(f"/sys/bus/pci/devices/{PCI}/virtio*/net")[0])[0]


def test_supported_kernel_and_free_families(diagnose):
    assert diagnose("kernel") == ("ok", f"Linux {RELEASE} is supported")
    assert diagnose("families") == ("ok", "18, 19, 22 and 25 are free")


def test_module_that_is_nowhere(diagnose):
    assert diagnose("module") == ("fail", f"there is no bsdnet for Linux {RELEASE}")


def test_headers(diagnose):
    if os.path.islink(FOLDER + "/build"):
        os.unlink(FOLDER + "/build")
    assert diagnose("headers")[0] == "warn"
    os.makedirs(FOLDER + "/build")
    with open(FOLDER + "/build/Makefile", "w", encoding="ascii"):
        assert diagnose("headers")[0] == "ok"


def test_name_that_linux_has(diagnose):
    run("ip", "link", "add", "vio0", "type", "bridge").check()
    assert diagnose("names") == ("fail", "Linux has an interface called vio0")
    run("ip", "link", "del", "vio0").check()
    assert diagnose("names")[0] == "ok"


def test_module_that_is_installed(diagnose):
    os.makedirs(FOLDER + "/updates")
    for name in ("bsdnet", "bsdnet_vio"):
        run("cp", f"{REPO}/build/modules/{RELEASE}/{name}.ko", FOLDER + "/updates").check()
    # Of these two only: all of them take long under emulation.
    run("depmod", RELEASE, *glob.glob(FOLDER + "/updates/*.ko")).check()
    assert diagnose("module") == ("warn", "bsdnet is installed and not loaded")


def test_card_that_linux_uses(diagnose):
    name = linux_name()
    run("ip", "addr", "flush", "dev", name).check()
    assert diagnose("device", name)[0] == "ok"
    run("ip", "link", "add", "br0", "type", "bridge").check()
    run("ip", "link", "set", name, "master", "br0").check()
    assert "member of a bridge" in diagnose("device", PCI)[1]
    run("ip", "link", "del", "br0").check()
    run("ip", "addr", "add", "192.0.2.1/24", "dev", name).check()
    status, text = diagnose("device", name)
    assert status == "warn" and text.endswith("addresses in Linux, 192.0.2.1")
    run("ip", "link", "set", name, "up").check()
    run("ip", "route", "add", "default", "via", "192.0.2.254").check()
    status, text = diagnose("device", name)
    assert status == "warn" and text.endswith("has Linux's default route")


def test_device_that_is_not_there(diagnose):
    assert diagnose("device", "eth99") == ("fail", "eth99 is no network device with a driver here")


def test_loaded_and_attached(bsdnet, diagnose):
    run("modprobe", "bsdnet").check()
    assert diagnose("module") == ("ok", "bsdnet is loaded")
    assert diagnose("families") == ("ok", "18 is ours")
    assert diagnose("abi")[1].startswith("module and tool speak ")
    assert "bsdnet_vio is not loaded" in bsdnet("doctor").out
    run("modprobe", "bsdnet_vio").check()
    bsdnet("attach", PCI).check()
    assert diagnose("device", "vio0")[0] == "ok" and "as vio0" in diagnose("device", PCI)[1]
    done = bsdnet("doctor").check()
    assert {line.split()[0] for line in done.out.splitlines()} == {"ok"} and not done.err
    bsdnet("detach", "vio0").check()
    run("rmmod", "bsdnet_vio", "bsdnet").check()


def test_signatures_that_are_enforced(diagnose):
    assert diagnose("signing") == ("ok", "unsigned modules load")
    with open("/sys/module/module/parameters/sig_enforce", "w", encoding="ascii") as f:
        f.write("Y")
    assert diagnose("signing") == ("fail", "module.sig_enforce is set, and bsdnet is not signed")
    assert run("modprobe", "bsdnet").rc != 0


def test_modules_that_are_disabled(diagnose):
    run("sysctl", "kernel.modules_disabled=1").check()
    status, text = diagnose("module")
    assert status == "fail" and text.startswith("kernel.modules_disabled is set")
