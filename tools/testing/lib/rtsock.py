# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Messages of routing sockets, as <bsdnet/rtsock.h> lays them out."""
import ipaddress
import os
import socket
import struct

from bsdnet_test import AF_BSDROUTE

ADD, DELETE, CHANGE, GET = 1, 2, 3, 4
REDIRECT, MISS, RESOLVE = 6, 7, 0xb
NEWADDR, DELADDR, IFINFO, IFANNOUNCE = 0xc, 0xd, 0xe, 0xf
DESYNC, INVALIDATE, PROPOSAL = 0x10, 0x11, 0x13

DST, GATEWAY, NETMASK, IFP, IFA, AUTHOR, BRD = 1, 2, 4, 0x10, 0x20, 0x40, 0x80
LABEL, DNS = 0x400, 0x1000
RTV_MTU = 1

UP, F_GATEWAY, HOST, REJECT, DYNAMIC, DONE, LLINFO = 1, 2, 4, 8, 0x10, 0x40, 0x400
STATIC, BLACKHOLE, MPATH, LOCAL = 0x800, 0x1000, 0x40000, 0x200000

MSGFILTER, TABLEFILTER, PRIOFILTER, FLAGFILTER, USELOOPBACK = range(1, 6)

HEADER = struct.Struct("=HBBHBB7Ii4I")
FIELDS = ("msglen", "version", "type", "hdrlen", "priority", "weight", "index", "table",
          "addrs", "flags", "fmask", "pid", "seq", "errno", "inits", "mtu", "expire", "pad")


def sockaddr_in(addr):
    return struct.pack("=BBH4s8x", 16, socket.AF_INET, 0, ipaddress.ip_address(addr).packed)


def sockaddr_dl(name="", index=0):
    data = name.encode()
    return struct.pack("=BBBBBBHI28s", 40, 18, 0, len(data), 0, 0, 0, index, data)


def sockaddr_label(name):
    return struct.pack("=BB32s", 34, 0, name.encode())


def message(kind, sockaddrs=None, **fields):
    """A message; @sockaddrs by bit: text for an IPv4 address, or bytes as they are."""
    body = b""
    bits = 0
    for bit in sorted(sockaddrs or {}):
        sa = sockaddrs[bit]
        body += sa if isinstance(sa, bytes) else sockaddr_in(sa)
        body += bytes(-len(body) % 8)
        bits |= bit
    values = dict.fromkeys(FIELDS, 0)
    values.update(version=1, type=kind, hdrlen=HEADER.size, addrs=bits,
                  msglen=HEADER.size + len(body))
    values.update(fields)
    return HEADER.pack(*(values[f] for f in FIELDS)) + body


def route(kind, prefix, gateway=None, **fields):
    """A request about one route: route(ADD, "10.1.0.0/16", "10.0.0.1", seq=3)."""
    net = ipaddress.ip_network(prefix)
    addrs = {DST: str(net.network_address), NETMASK: str(net.netmask)}
    if gateway:
        addrs[GATEWAY] = gateway
    return message(kind, addrs, **fields)


class Message:
    """One that came: .type, .flags ..., and .addr[DST] as text."""

    def __init__(self, data):
        for name, value in zip(FIELDS, HEADER.unpack_from(data)):
            setattr(self, name, value)
        assert self.msglen == len(data)
        self.data = data
        self.addr = {}
        off = self.hdrlen
        for bit in (1 << i for i in range(32)):
            if not self.addrs & bit:
                continue
            length, family = data[off], data[off + 1]
            if bit == LABEL:
                self.addr[bit] = data[off + 2:off + length].rstrip(b"\0").decode()
            elif family == socket.AF_INET:
                self.addr[bit] = socket.inet_ntoa(data[off + 4:off + 8])
            else:
                nlen, alen = data[off + 3], data[off + 4]
                self.addr[bit] = (data[off + 12:off + 12 + nlen].decode(),
                                  data[off + 12 + nlen:off + 12 + nlen + alen])
            off += length + -length % 8 or 8
        assert off == len(data)

    @property
    def prefix(self):
        return self.addr[DST], self.addr.get(NETMASK, "255.255.255.255")


def messages(data):
    """All in a row."""
    found = []
    while data:
        length = HEADER.unpack_from(data)[0]
        found.append(Message(data[:length]))
        data = data[length:]
    return found


class RouteSocket(socket.socket):
    """A routing socket with a timeout."""

    def __init__(self, proto=0, **options):
        super().__init__(AF_BSDROUTE, socket.SOCK_RAW, proto)
        self.settimeout(10)
        for name, value in options.items():
            self.option(globals()[name.upper()], value)

    def option(self, name, value=None):
        if value is None:
            return self.getsockopt(AF_BSDROUTE, name) & 0xffffffff
        return self.setsockopt(AF_BSDROUTE, name, struct.pack("=I", value))

    def message(self):
        return Message(self.recv(4096))

    def wait(self, kind, **want):
        """The next message of this type that is as wanted."""
        while True:
            m = self.message()
            if m.type == kind and all(getattr(m, k) == v for k, v in want.items()):
                return m

    def quiet(self):
        """Nothing is waiting; what was is returned otherwise."""
        self.setblocking(False)
        try:
            return not self.recv(4096)
        except BlockingIOError:
            return True
        finally:
            self.settimeout(10)


def request(kind, prefix, gateway=None, **fields):
    """Send one request and return its answer; a refused one raises OSError."""
    with RouteSocket() as s:
        s.send(route(kind, prefix, gateway, seq=os.getpid() & 0xffff, **fields))
        return s.wait(kind, pid=os.getpid())
