# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""A TCP peer whose every segment is a test's: Wire(peer).

It lives at 10.77.0.9, an address that the peer's own kernel does not know and so
does not answer for. Segments are sent and received in the peer's namespace by
scapy; sequence numbers are kept relative to both initial ones. With .key segments are
signed (RFC 2385), and .recv() says of those of the stack whether they are: "signed" is
true, false, or None without a signature; and "cookie", in hex, what option 34 holds
(RFC 7413), which is sent as (34, hex).
"""
import errno
import itertools
import socket
import time

from bsd_socket import bsd_socket
from bsdnet_test import bsdnet

ADDRESS = "10.77.0.9"
ports = itertools.count(20000)
TS = ("Timestamp", [100, 0])
SACKOK = ("SAckOK", "")
MSS = 1460

OPEN = """
import hashlib as _hashlib, socket as _socket, time as _time
def wire_digest(ip, key):
    tcp = ip[(ip[0] & 15) * 4:]
    return _hashlib.md5(ip[12:20] + b"\\0\\6" + len(tcp).to_bytes(2, "big") + tcp[:16] +
                        b"\\0\\0" + tcp[18:20] + tcp[(tcp[12] >> 4) * 4:] + key).digest()
def wire_option(ip, kind):
    tcp = ip[(ip[0] & 15) * 4:]
    opts = tcp[20:(tcp[12] >> 4) * 4]
    while opts and opts[0] != kind:
        opts = opts[1 if opts[0] < 2 else opts[1]:]
    return opts[2:opts[1]] if opts else None
def wire_signed(ip, key):
    found = wire_option(ip, 19)
    return None if found is None else found == wire_digest(ip, key)
def wire_cookie(ip):
    found = wire_option(ip, 34)
    return None if found is None else found.hex()
def wire_open(port):
    s = _socket.socket(_socket.AF_PACKET, _socket.SOCK_RAW, _socket.htons(0x0800))
    s.bind(("tap0", 0x0800))
    wires[port] = s
def wire_recv(port, timeout, key, address):
    s = wires[port]
    end = _time.time() + timeout
    while True:
        left = end - _time.time()
        if left <= 0:
            return None
        s.settimeout(left)
        try:
            raw, where = s.recvfrom(70000)
        except OSError:
            return None
        p = Ether(raw)
        if where[2] == 4 or TCP not in p or p[IP].dst != address or p[TCP].dport != port:
            continue
        t = p[TCP]
        ip = bytes(p[IP])[:p[IP].len]
        data = ip[p[IP].ihl * 4 + t.dataofs * 4:]
        return dict(flags=str(t.flags), seq=t.seq, ack=t.ack, win=t.window, data=data.hex(),
                    urp=t.urgptr,
                    len=len(data), ttl=p[IP].ttl, tos=p[IP].tos, df="DF" in str(p[IP].flags),
                    signed=wire_signed(ip, bytes.fromhex(key)), cookie=wire_cookie(ip),
                    opts=[[n, list(v) if isinstance(v, tuple) else str(v) if n == "SAckOK"
                           else v] for n, v in t.options
                          if n == "SAckOK" or not isinstance(v, bytes)], time=_time.time())
if "wires" not in globals():
    wires = {}
wire_open(port)
result = 1
"""

SEND = """
t = TCP(sport=port, dport=dport, flags=flags, seq=seq & 0xffffffff, ack=ack & 0xffffffff,
        window=win, options=[(n, tuple(v) if isinstance(v, list) else
                              bytes.fromhex(v) if n == 34 else v) for n, v in opts])
for name, value in fields.items():
    setattr(t, name, value)
def packet():
    return IP(src=address, dst="10.77.0.2", tos=tos) / t / bytes.fromhex(data)
if key:
    plain = t.options
    t.options = plain + [(19, bytes(16))]
    t.options = plain + [(19, wire_digest(bytes(packet()), bytes.fromhex(key)))]
frame = bytes(Ether(dst="52:54:00:77:00:00") / packet())
for _ in range(count):
    wires[port].send(frame)
result = 1
"""

ICMP_ERROR = """
inner = IP(src="10.77.0.2", dst=address, len=1500) / TCP(sport=dport, dport=port,
                                                         seq=seq & 0xffffffff)
sendp(Ether(dst="52:54:00:77:00:00") / IP(src="10.77.0.1", dst="10.77.0.2") /
      ICMP(type=3, code=why, nexthopmtu=mtu) / bytes(inner)[:28], iface="tap0")
result = 1
"""

# n SYNs from addresses that nobody has, rate a second (0: as fast as it goes), by way of a
# socket that does not ask; the seconds that took.
SYN_FLOOD = """
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("tap0", 0))
frames = [bytes(Ether(dst="52:54:00:77:00:00") / IP(src="198.18.0.%d" % i, dst="10.77.0.2") /
                TCP(sport=1024, dport=dport, flags="S", seq=60000, options=[("MSS", 1460)]))
          for i in range(1, 21)]
begin = time.monotonic()
for i in range(n):
    f, k = frames[i % 20], i // 20      # the port grows, the number shrinks: one checksum
    s.send(f[:34] + (1024 + k).to_bytes(2, "big") + f[36:40] + (60000 - k).to_bytes(2, "big") +
           f[42:])
    if rate and i % 50 == 0:
        time.sleep(max(0, begin + i / rate - time.monotonic()))
s.close()
result = time.monotonic() - begin
"""


class Wire:
    """One end of a connection. .send() and .expect() speak in relative numbers."""

    def __init__(self, peer, address=ADDRESS):
        self.peer = peer
        self.address = address      # a host of its own for what the stack knows of hosts
        self.port = next(ports)
        self.dport = 0
        self.iss, self.irs = 1000000, 0
        self.seq = self.ack = 0     # of our next segment, relative
        self.key = b""
        mac = peer.run("cat", "/sys/class/net/tap0/address").check().out.strip()
        bsdnet("arp", "-s", address, mac).check()
        peer.python(OPEN, port=self.port)

    def send(self, flags="A", data=b"", seq=None, ack=None, win=65535, opts=(), tos=0, key=None,
             count=1, **fields):
        """A segment, @count times; seq and ack as they are due unless given, relative; key b"":
        not signed.
        """
        key = self.key if key is None else key
        seq = self.seq if seq is None else seq
        ack = self.ack if ack is None else ack
        self.peer.python(SEND, port=self.port, dport=self.dport, flags=flags, address=self.address,
                         seq=self.iss + seq, ack=self.irs + ack if "A" in flags else 0,
                         win=win, data=data.hex(), opts=list(opts), tos=tos, key=key.hex(),
                         count=count, fields=fields)

    def push(self, data, **more):
        """Data that counts."""
        self.send("PA", data, **more)
        self.seq += len(data)

    def icmp(self, code, seq, mtu=0):
        """Destination unreachable about a segment of the stack that began at seq."""
        self.peer.python(ICMP_ERROR, port=self.port, dport=self.dport, address=self.address,
                         seq=self.irs + seq, why=code, mtu=mtu)

    def recv(self, timeout=5):
        """The next segment as a dict with relative numbers, or None."""
        found = self.peer.python("result = wire_recv(port, timeout, key, address)", port=self.port,
                                 timeout=timeout, address=self.address, key=self.key.hex())
        if found:
            found["data"] = bytes.fromhex(found["data"])
            found["seq"] = (found["seq"] - self.irs) & 0xffffffff
            found["ack"] = (found["ack"] - self.iss) & 0xffffffff
        return found

    def expect(self, flags, timeout=5, **fields):
        """The next segment, which must be so."""
        found = self.recv(timeout)
        assert found, f"no segment, {flags} expected"
        assert found["flags"] == flags, shown(found)
        for name, value in fields.items():
            assert found[name] == value, (name, shown(found))
        return found

    def quiet(self, timeout=1):
        found = self.recv(timeout)
        assert not found, shown(found)

    def half_open(self, listener, flags="S", answer="SA", **more):
        """Send a SYN to @listener: its answer, not acknowledged yet; also .syn."""
        self.dport = listener.getsockname()[1]
        self.send(flags, **more)
        self.syn = self.expect(answer, ack=1)
        self.irs = (self.syn["seq"] + self.irs) & 0xffffffff
        self.seq = self.ack = 1
        return self.syn

    def call(self, listener, opts=(("MSS", 1460),), win=65535, delay=0):
        """Open a connection to @listener; its socket. @delay: seconds of a round trip."""
        self.half_open(listener, opts=opts, win=win)
        time.sleep(delay)
        self.send("A", win=win)
        return listener.accept()[0]

    def answer(self, opts=(("MSS", 1460),), win=65535):
        """Be called by a socket: (socket, its SYN)."""
        s = bsd_socket(socket.SOCK_STREAM)
        s.setblocking(False)
        s.bind(("10.77.0.2", 0))
        self.dport = s.getsockname()[1]
        assert s.connect_ex((self.address, self.port)) == errno.EINPROGRESS
        syn = self.recv()
        assert syn and syn["flags"] == "S", syn
        self.irs = syn["seq"]
        self.ack = 1
        self.send("SA", opts=opts, win=win)
        self.seq = 1
        self.expect("A", seq=1, ack=1)
        s.settimeout(10)
        return s, syn


def shown(segment):
    """A segment as a report shows it: its data shortened."""
    return {**segment, "data": segment["data"][:20]}


def options(segment):
    return {name: value for name, value in segment["opts"]}


def stats(protocol, name):
    return bsdnet("netstat", "-s", "-p", protocol, "--json").check().json()[protocol][name]


def alive(wire, c):
    """The connection carries data as if nothing had been."""
    c.send(b"alive")
    wire.expect("PA", data=b"alive")


def edges(wire, *found):
    """The option for these blocks of ours, each a pair of relative numbers."""
    return [("SAck", [(wire.irs + edge) & 0xffffffff for block in found for edge in block])]


def nth(n):
    """The relative number that the nth full segment begins with."""
    return 1 + MSS * n


def timeouts(c):
    """Time-outs since the last acknowledgment of something new: tcpi_backoff."""
    return c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[4]


def sent_again(c):
    """Segments: tcpi_total_retrans."""
    info = c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return int.from_bytes(info[100:104], "little")


def under_way(wire, c, n):
    """Send @n full segments, all of which leave at once."""
    c.send(bytes(range(n)) * MSS)
    for i in range(n):
        while (found := wire.recv())["flags"] == "SA":
            pass                # it was slow, and came twice
        assert found["seq"] == nth(i) and found["len"] == MSS, shown(found)


def both_ends(listener, **more):
    """Two streams connected to each other: (who called @listener, what it accepted)."""
    a = bsd_socket(socket.SOCK_STREAM, **more)
    a.connect(listener.getsockname())
    b, _ = listener.accept()
    b.settimeout(10)
    return a, b


def listening(address="10.77.0.2", port=0, backlog=5):
    s = bsd_socket(socket.SOCK_STREAM)
    s.bind((address, port))
    s.listen(backlog)
    return s
