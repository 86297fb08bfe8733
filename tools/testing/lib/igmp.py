# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""IGMP on the peer's side of the wire: its queries, and what it hears of us. RFC 9776 4"""
import socket
import struct
import time

ADD_MEMBERSHIP, DROP_MEMBERSHIP = 35, 36
IS_IN, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK = range(1, 7)
SNIFF = """
got = sniff(iface="tap0", timeout=seconds, lfilter=lambda p: IP in p and p[IP].proto == 2 and
            p[IP].src == "10.77.0.2")
result = [bytes(p[IP]).hex() for p in got]
"""
QUERY = """
data = bytes.fromhex(message)
sendp(Ether(dst="01:00:5e:00:00:01") / IP(src="10.77.0.1", dst=dst, proto=2, ttl=ttl,
      options=[IPOption(b"\\x94\\x04\\x00\\x00")] if alert else []) / Raw(data), iface="tap0", verbose=0)
result = 1
"""


def storage(address):
    """A sockaddr_storage."""
    return struct.pack("=HH4s120x", socket.AF_INET, 0, socket.inet_aton(address))


def mreq(group):
    return socket.inet_aton(group) + socket.inet_aton("10.77.0.2")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def send(peer, data, dst, ttl=1, alert=True):
    """An IGMP message from the peer."""
    peer.python(QUERY, message=data.hex(), ttl=ttl, dst=dst, alert=alert)


def query(peer, version, group="0.0.0.0", code=10, ttl=1, bad=False, senders=(), alert=True,
          dst=None):
    data = struct.pack("!BBH4s", 0x11, 0 if version == 1 else code, 0, socket.inet_aton(group))
    if version == 3:
        data += struct.pack("!BBH", 2, 125, len(senders))
        data += b"".join(map(socket.inet_aton, senders))
    data = data[:2] + struct.pack("!H", checksum(data) ^ bad) + data[4:]
    if not dst:
        dst = "224.0.0.1" if group == "0.0.0.0" else group
    send(peer, data, dst, ttl, alert)


def records(body):
    """Of a report: (type, group, sender...)."""
    found, at = [], 8
    for _ in range(struct.unpack_from("!H", body, 6)[0]):
        kind, aux, n = struct.unpack_from("!BBH", body, at)
        assert aux == 0
        found.append((kind, *(socket.inet_ntoa(body[i:i + 4])
                              for i in range(at + 4, at + 8 + 4 * n, 4))))
        at += 8 + 4 * n
    assert at == len(body)
    return found


class Heard:
    """IGMP that we sent meanwhile, as (destination, type, records or group)."""

    def __init__(self, peer, seconds=6):
        self.pending = peer.start_python(SNIFF, seconds=seconds)
        self.peer = peer
        time.sleep(2)

    def messages(self):
        found = []
        for packet in map(bytes.fromhex, self.pending.result()):
            hlen = (packet[0] & 15) * 4
            body = packet[hlen:]
            assert (packet[8], packet[1], hlen) == (1, 0xc0, 24)
            assert packet[20:24] == b"\x94\x04\x00\x00"
            assert checksum(packet[:hlen]) == 0 and checksum(body) == 0
            dst = socket.inet_ntoa(packet[16:20])
            if body[0] == 0x22:
                found.append((dst, 0x22, records(body)))
            else:
                found.append((dst, body[0], socket.inet_ntoa(body[4:8])))
        return found
