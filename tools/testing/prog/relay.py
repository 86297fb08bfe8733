#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""relay - a bad wire between the machine and a Linux host of its own.

    machine ---- tap0 [relay] near0 ---- far0 10.77.0.8, a namespace of its own

Runs at the peer, in its namespace. Frames to and from the far host are lost, sent
twice, delayed, delayed so that others overtake them, or changed by a bit, each with
a probability. The same seed makes the same decisions for the same frames. Writes the
process ID whose namespace is the far host's to a file when everything is there; ends
on SIGTERM, and prints what it has done as JSON.
"""
import argparse
import heapq
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time

SOL_PACKET, PACKET_VNET_HDR, PACKET_OUTGOING = 263, 15, 4
VNET_HDR = struct.Struct("<BBHHHH")
NEEDS_CSUM = 1
BROADCAST = b"\xff" * 6


def run(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


def far_host(address):
    """A namespace behind near0: the process that holds it."""
    holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
    own = os.readlink("/proc/self/ns/net")
    while os.readlink(f"/proc/{holder.pid}/ns/net") == own:
        time.sleep(0.01)
    inside = ["nsenter", "--net", "-t", str(holder.pid)]
    subprocess.run(["ip", "link", "del", "near0"], check=False, stderr=subprocess.DEVNULL)
    run("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0",
        "netns", str(holder.pid))
    run(*inside, "ip", "addr", "add", address, "dev", "far0")
    for feature in ("tx", "tso", "gso"):
        run(*inside, "ethtool", "-K", "far0", feature, "off")
    for name in ("lo", "far0"):
        run(*inside, "ip", "link", "set", name, "up")
    run("ip", "link", "set", "near0", "up")
    return holder


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind((name, 0))
    return s


def finished(frame):
    """The frame with the checksum that was left to the device, as bytes to change."""
    flags, _, _, _, start, offset = VNET_HDR.unpack_from(frame)
    data = bytearray(frame)
    if flags & NEEDS_CSUM:
        at = VNET_HDR.size + start
        part = bytes(data[at:]) + b"\0" * ((len(data) - at) % 2)
        total = sum(struct.unpack(f">{len(part) // 2}H", part))
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        struct.pack_into(">H", data, at + offset, ~total & 0xffff or 0xffff)
        data[:VNET_HDR.size] = bytes(VNET_HDR.size)
    return data


class Relay:
    def __init__(self, args, far_mac):
        self.args = args
        self.far_mac = far_mac
        self.random = random.Random(args.seed)
        self.tap, self.near = port("tap0"), port("near0")
        self.waiting = []       # (when, number, port, frame)
        self.done = dict.fromkeys(("frames", "lost", "twice", "late", "changed"), 0)

    def chance(self, what, probability):
        if self.random.random() >= probability:
            return False
        self.done[what] += 1
        return True

    def take(self, frame, to):
        """Decide the fate of a frame that goes out by the port."""
        args = self.args
        self.done["frames"] += 1
        if self.chance("lost", args.loss):
            return
        if self.chance("changed", args.corrupt):
            frame = finished(frame)
            frame[self.random.randrange(VNET_HDR.size + 14, len(frame))] ^= \
                1 << self.random.randrange(8)
        for _ in range(2 if self.chance("twice", args.duplicate) else 1):
            delay = args.delay
            if self.chance("late", args.reorder):
                delay += self.random.uniform(0, args.late)
            heapq.heappush(self.waiting, (time.monotonic() + delay / 1000,
                                          self.done["frames"], to, frame))

    def receive(self, s):
        try:
            frame, where = s.recvfrom(70000)
        except OSError:
            return
        if where[2] == PACKET_OUTGOING:
            return
        dst = frame[VNET_HDR.size:VNET_HDR.size + 6]
        if s is self.near:
            self.take(frame, self.tap)
        elif dst in (self.far_mac, BROADCAST):
            self.take(frame, self.near)

    def go_on(self):
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            _, _, to, frame = heapq.heappop(self.waiting)
            try:
                to.send(frame)
            except OSError:
                self.done["lost"] += 1
        wait = max(0, self.waiting[0][0] - now) if self.waiting else 1
        for s in select.select([self.tap, self.near], [], [], wait)[0]:
            self.receive(s)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for name in ("loss", "duplicate", "reorder", "corrupt"):
        parser.add_argument("--" + name, type=float, default=0, help="probability")
    parser.add_argument("--delay", type=float, default=0, help="ms, of every frame")
    parser.add_argument("--late", type=float, default=20, help="ms, of reordered ones at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--address", default="10.77.0.8/24")
    parser.add_argument("pidfile")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    holder = far_host(args.address)
    try:
        mac = subprocess.run(["nsenter", "--net", "-t", str(holder.pid), "ip", "-json", "link",
                              "show", "far0"], check=True, stdout=subprocess.PIPE).stdout
        relay = Relay(args, bytes.fromhex(json.loads(mac)[0]["address"].replace(":", "")))
        with open(args.pidfile + ".new", "w", encoding="ascii") as f:
            f.write(str(holder.pid))
        os.rename(args.pidfile + ".new", args.pidfile)
        try:
            while True:
                relay.go_on()
        finally:
            print(json.dumps(relay.done), flush=True)
    finally:
        holder.kill()


main()
