# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The machine that is measured, and the hosts to its left and right.

    NAME               virtual machine                    NAME-right
    tap0 10.77.0.1 --- 10.77.0.2  bsdnet  10.77.1.2 --- tap1 10.77.1.1
    tap2 10.77.2.1 --- 10.77.2.2  Linux   10.77.3.2 --- tap3 10.77.3.1

NAME is the namespace that scripts/vm makes, NAME-right one of ours. Both stacks have the
same kind of card, in the same boot.
"""
import json
import os
import subprocess
import time

from cases import MODES, NO_MODE
from places import Gone, Guest, Host, check
from states import Trouble

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOLS = REPO + "/build/tools/"
BSDNET = TOOLS + "bsdnet"
KNOBS = "/sys/kernel/bsdnet/"
KERNEL_REPORT = 126     # status of scripts/vm
MTU = {"default": 1500, "jumbo": 9000, "nolro": 1500, "notso": 1500}
NICS = {"bsdnet": (0, 1), "linux": (2, 3)}
# Behind the machine, so that programs of the left do not take its processors away.
NICE = 10

# Linux's interface of each card, once bsdnet has let go of it.
DETACH = """
set -e
{bsdnet} detach vio2
{bsdnet} detach vio3
for i in 2 3; do
    until dev=$(grep -l 52:54:00:77:00:0$i /sys/class/net/*/address); do sleep 0.1; done
    dev=${{dev%/address}}
    ip link set "${{dev##*/}}" down name perf$i
    ip addr replace 10.77.$i.2/24 dev perf$i
    ip link set perf$i up
    echo 0 >/proc/sys/net/ipv4/conf/perf$i/rp_filter
done
echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
echo 1 >/proc/sys/net/ipv4/ip_forward
{bsdnet} sysctl -n net.inet.ip.forwarding=1
"""


class Ground:
    """Where the programs of a stack's tests run, and their addresses."""

    def __init__(self, stack, left, machine, right):
        near, far = NICS[stack]
        self.stack = stack
        self.left, self.machine, self.right = left, machine, right
        self.left_address = f"10.77.{near}.1"
        self.machine_address = f"10.77.{near}.2"
        self.right_address = f"10.77.{far}.1"
        # What makes our tools use the stack.
        self.option = ["-L"] if stack == "linux" else []

    def counters(self):
        """{name: number} of everything that the stack counts."""
        if self.stack == "linux":
            out = check(self.machine.run(["cat", "/proc/net/snmp", "/proc/net/netstat"])).out
            return linux_counters(out)
        return bsdnet_counters(check(self.machine.run([BSDNET, "netstat", "-s", "--json"])).out)


def linux_counters(text):
    """Pairs of lines, names and numbers."""
    found = {}
    lines = text.splitlines()
    for names, numbers in zip(lines[::2], lines[1::2]):
        group, _, names = names.partition(":")
        numbers = numbers.partition(":")[2].split()
        found.update({f"{group}.{name}": int(n) for name, n in zip(names.split(), numbers)})
    return found


def bsdnet_counters(text):
    """Groups of numbers and of strings of digits, and groups in them."""
    found = {}

    def take(prefix, node):
        for name, value in node.items():
            if isinstance(value, dict):
                take(prefix + name + ".", value)
            elif str(value).isdigit():
                found[prefix + name] = int(value)
    take("", json.loads(text))
    return found


class Yard:
    """All of it: boots, puts up, changes the set-up, ends."""

    def __init__(self, kernel, net, log):
        self.kernel, self.net, self.log = kernel, net, log
        self.guest = None
        self.grounds = {}
        self.setup = self.mode = None
        self.release = None
        self.reports = 0        # machines in whose log the kernel reported trouble

    def boot(self):
        """Start the machine, unless it runs."""
        if self.guest:
            return
        log = self.log + time.strftime("-%Y%m%d-%H%M%S")
        vm = [REPO + "/scripts/vm", "--kernel", self.kernel, "--net", self.net, "--timeout",
              "1000000", "--log", log + ".kernel.log"]
        for _ in range(4):
            vm += ["--nic", "vio,queues=2"]
        with open(log + ".vm.log", "wb") as errors:
            self.guest = Guest([*vm, "--", "/usr/bin/python3", "-S", "-E",
                                REPO + "/scripts/qemu/peer-agent", "-"], stderr=errors)
        left, right = (Host(where, name, NICE) for where, name in
                       (("left", self.net), ("right", self.net + "-right")))
        self.grounds = {stack: Ground(stack, left, self.guest, right) for stack in NICS}
        try:
            # The first answer comes when it has booted, its modules built before.
            self.release = check(self.guest.run(["uname", "-r"], 1800)).out.strip()
            self._hosts()
            check(self.guest.run(["sh", "-c", DETACH.format(bsdnet=BSDNET)]))
        except (Trouble, Gone) as e:
            self.end()
            raise Trouble("NOCLEAN", f"no machine ({e}); see {log}.vm.log") from None
        self.setup = self.mode = None

    def _hosts(self):
        """The host to the right, and the ways through the machine."""
        right = self.net + "-right"
        subprocess.run(["ip", "netns", "del", right], check=False, stderr=subprocess.DEVNULL)
        lines = [f"netns add {right}", f"-n {right} link set lo up"]
        for near, far in NICS.values():
            lines += [f"-n {self.net} link set tap{far} netns {right}",
                      f"-n {right} addr add 10.77.{far}.1/24 dev tap{far}",
                      f"-n {right} link set tap{far} up txqueuelen 1000",
                      f"-n {self.net} route add 10.77.{far}.0/24 via 10.77.{near}.2",
                      f"-n {right} route add 10.77.{near}.0/24 via 10.77.{far}.2"]
        for line in lines:
            check(Host("host").run(["ip", *line.split()]))

    def prepare(self, setup, mode):
        """The set-up and the locks that a test wants."""
        self.boot()
        if setup != self.setup:
            self.setup = None
            self._set_up(setup)
            self.setup = setup
        if mode not in (self.mode, NO_MODE):
            self.mode = None
            netlock, input_lock = MODES[mode]
            self._guest(f"echo {netlock} >{KNOBS}netlock/mode",
                        f"echo {input_lock} >{KNOBS}tcp/input_lock")
            self.mode = mode

    def _guest(self, *lines):
        check(self.guest.run(["sh", "-ec", "\n".join(lines)]))

    def _set_up(self, setup):
        lro = "-" if setup == "nolro" else ""
        offload = "off" if setup == "nolro" else "on"
        segment = "off" if setup == "notso" else "on"
        lines = [f"{BSDNET} sysctl -n net.inet.tcp.tso={0 if setup == 'notso' else 2} >/dev/null"]
        for nic in NICS["bsdnet"]:
            lines += [f"{BSDNET} ifconfig vio{nic} mtu {MTU[setup]}",
                      f"{BSDNET} ifconfig vio{nic} {lro}tcplro"]
        for nic in NICS["linux"]:
            lines += [f"ip link set perf{nic} mtu {MTU[setup]}",
                      f"ethtool -K perf{nic} gro {offload} rx-gro-hw {offload} "
                      f"tso {segment} gso {segment}"]
        self._guest(*lines)
        for near, far in NICS.values():
            for namespace, nic in ((self.net, near), (self.net + "-right", far)):
                check(Host("host").run(["ip", "-n", namespace, "link", "set", f"tap{nic}",
                                        "mtu", str(MTU[setup])]))

    def end(self):
        """Nothing is left running."""
        if self.guest:
            self.reports += self.guest.end() == KERNEL_REPORT
            self.guest = None
            subprocess.run(["ip", "netns", "del", self.net + "-right"], check=False,
                           stderr=subprocess.DEVNULL)


