# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Several segments as one packet: made, cut here or by the device, merged.

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.9 scapy, 10.77.0.1 peer (Linux)
"""
import socket
import time

from bsdnet_test import bsdnet, sysfs
from tcp_wire import Wire, listening, stats


def test_packets_are_cut_to_segments(wire):
    """Numbers go on, PSH is the last one's; the tail behind whole segments is its own."""
    packets, cut = stats("tcp", "sndtso"), stats("tcp", "swtso")
    data = bytes(i % 251 for i in range(7500))
    with listening() as s, wire.call(s, opts=[("MSS", 1000)]) as c:
        c.send(data)
        got = [wire.recv() for _ in range(8)]
    assert [g["len"] for g in got] == [1000] * 7 + [500]
    assert [g["seq"] for g in got] == [1 + 1000 * i for i in range(8)]
    assert {g["flags"] for g in got[:7]} == {"A"} and got[7]["flags"] == "PA"
    assert b"".join(g["data"] for g in got) == data
    assert stats("tcp", "sndtso") == packets + 1
    assert stats("tcp", "swtso") == cut + 7


def test_device_cuts_packets(peer):
    """What goes on the ring is one frame; VIRTIO 1.2, 5.1.6.2.1."""
    before = stats("tcp", "hwtso")
    wire = Wire(peer)
    with listening() as s, wire.call(s, opts=[("MSS", 1000)]) as c:
        c.send(bytes(8000))
        assert wire.recv()["len"] == 8000
    assert stats("tcp", "hwtso") == before + 1


def test_segments_one_by_one(peer):
    sysfs("tcp/tso", 0)
    try:
        wire = Wire(peer)
        before = stats("tcp", "sndtso")
        with listening() as s, wire.call(s, opts=[("MSS", 1000)]) as c:
            c.send(bytes(3000))
            assert [wire.recv()["len"] for _ in range(3)] == [1000] * 3
        assert stats("tcp", "sndtso") == before
    finally:
        sysfs("tcp/tso", 2)


def closed_behind_a_window(wire, s):
    """A connection closed while the window is shut, which then opens for all it has."""
    c = wire.call(s, opts=[("MSS", 1000)], win=0, delay=0.5)
    c.send(bytes(3000))
    c.close()
    wire.send("A", win=65535)


def test_fin_is_the_last_segments(wire):
    with listening() as s:
        closed_behind_a_window(wire, s)
        got = [wire.recv() for _ in range(3)]
    assert [(g["flags"], g["seq"], g["len"]) for g in got] == [
        ("A", 1, 1000), ("A", 1001, 1000), ("FPA", 2001, 1000)]


def test_fin_goes_with_a_packet_of_several(peer):
    wire = Wire(peer)
    with listening() as s:
        closed_behind_a_window(wire, s)
        assert wire.expect("FPA", seq=1)["len"] == 3000
    wire.send("A", ack=3002)
    wire.send("FA", ack=3002)
    wire.expect("A", seq=3002, ack=2)


def test_lost_packet_is_sent_again_in_segments(wire):
    """RFC 6298 5.4: one segment, however long the packet was."""
    with listening() as s, wire.call(s, opts=[("MSS", 1000)]) as c:
        c.send(bytes(5000))
        assert [wire.recv()["seq"] for _ in range(5)] == [1, 1001, 2001, 3001, 4001]
        again = wire.expect("A", seq=1, timeout=10)
        assert again["len"] == 1000
        wire.quiet(0.15)
        wire.send("A", ack=5001)


def test_packet_lost_by_the_device_is_sent_again(peer):
    """The same where the packet left whole: not more than a segment comes again."""
    wire = Wire(peer)
    before = stats("tcp", "sndrexmit")
    with listening() as s, wire.call(s, opts=[("MSS", 1000)]) as c:
        c.send(bytes(5000))
        assert wire.recv()["len"] == 5000
        assert wire.expect("A", seq=1, timeout=10)["len"] == 1000
        wire.send("A", ack=5001)
        assert stats("tcp", "sndrexmit") >= before + 1


def oerrors():
    return next(i["oerrors"] for i in bsdnet("netstat", "-i", "--json").check().json()
                if i["name"] == "vio0")


def test_packet_of_many_small_writes(peer):
    """
    A ring has room for so many pieces of a frame: a packet of more would be dropped, as
    often as it is sent again.
    """
    wire = Wire(peer)
    before = oerrors()
    data, got, longest = b"", b"", 0
    with listening() as s, wire.call(s, opts=[("MSS", 1400)], delay=0.7) as c:
        c.settimeout(10)
        for i in range(200):
            part = bytes([i]) * (600 + i)
            data += part
            c.send(part)
        while len(got) < len(data):
            found = wire.recv(10)
            assert found, len(got)
            if found["seq"] == 1 + len(got):
                got += found["data"]
            longest = max(longest, found["len"])
            wire.send("A", ack=1 + len(got))
    assert got == data
    assert longest > 1400
    assert oerrors() == before


def test_segments_are_merged_before_input(wire):
    """And acknowledged at once, being more than one (RFC 9293 3.8.6.3)."""
    before = stats("tcp", "rcvmerged")
    with listening() as s, wire.call(s) as c:
        for _ in range(40):
            wire.peer.python("""
t = [Ether(dst="52:54:00:77:00:00") / IP(src=address, dst="10.77.0.2") /
     TCP(sport=port, dport=dport, flags="A", seq=seq + 1000 * i, ack=ack, window=65535) /
     (b"abcd" * 250) for i in range(8)]
raw = [bytes(p) for p in t]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("tap0", 0))
for r in raw:
    s.send(r)
s.close()
result = 1
""", port=wire.port, dport=wire.dport, address="10.77.0.9", seq=wire.iss + wire.seq,
                             ack=wire.irs + wire.ack)
            wire.seq += 8000
            got = b""
            while len(got) < 8000:
                got += c.recv(8000)
            assert got == b"abcd" * 2000
            if stats("tcp", "rcvmerged") > before:
                break
        assert stats("tcp", "rcvmerged") > before
        while (answer := wire.recv())["ack"] != wire.seq:
            assert answer["flags"] == "A"


def test_device_merges_what_it_receives(peer):
    """Data of a Linux peer comes whole, several segments at a time. VIRTIO 1.2, 5.1.6.4.1."""
    before, segments = stats("tcp", "rcvlro"), stats("tcp", "rcvtotal")
    with listening() as s:
        job = peer.start_python("""
import socket
c = socket.create_connection(("10.77.0.2", port), timeout=60)
c.sendall(b"0123456789" * 200000)
c.close()
result = 1
""", port=s.getsockname()[1])
        with s.accept()[0] as c:
            c.settimeout(60)
            got, end = 0, time.monotonic() + 60
            while time.monotonic() < end:
                data = c.recv(65536)
                if not data:
                    break
                assert data == (b"0123456789" * 6600)[got % 10:][:len(data)]
                got += len(data)
        job.result()
    assert got == 2000000
    assert stats("tcp", "rcvlro") > before + 10
    assert stats("tcp", "rcvtotal") > segments + 2000000 // 1460
