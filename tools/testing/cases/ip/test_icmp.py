# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""ICMP and IPv4 input as a peer sees them. RFC 791, 792, 1122, 1812

    vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux, scapy)
"""
import pytest

MAC = "52:54:00:77:00:00"
HEAD = f'E = Ether(dst="{MAC}")\nI = IP(src="10.77.0.1", dst="10.77.0.2")\n'
SEND = HEAD + """
a = srp1(E / eval(packet), iface="tap0", timeout=timeout, filter="icmp and src host 10.77.0.2")
result = a and [a[ICMP].type, a[ICMP].code, a[IP].src, a[IP].dst, a[IP].ttl, len(a[IP]),
                bytes(a[ICMP].payload).hex(), int(IP(bytes(a[IP])).chksum is not None)]
"""


def ask(peer, packet, timeout=10):
    return peer.python(SEND, packet=packet, timeout=timeout)


def test_guest_pings_the_peer(bsdnet):
    out = bsdnet("ping", "-n", "-c", "3", "-i", "0.2", "10.77.0.1").check().out
    assert "3 packets received" in out


def test_peer_pings_the_guest(peer):
    peer.run("ping", "-c", "3", "-i", "0.2", "-W", "5", "10.77.0.2").check()


@pytest.mark.parametrize("size", [0, 56, 1472, 1473, 8000, 60000])
def test_peer_pings_with_size(peer, size):
    peer.run("ping", "-c", "2", "-i", "0.2", "-W", "5", "-s", str(size), "10.77.0.2").check()


@pytest.mark.parametrize("size", [1473, 8000, 60000])
def test_guest_pings_with_size(bsdnet, size):
    assert "2 packets received" in bsdnet("ping", "-n", "-c", "2", "-i", "0.2", "-s", size,
                                          "10.77.0.1").check().out


def test_echo_reply_carries_id_sequence_and_data(peer):
    a = ask(peer, 'I / ICMP(id=77, seq=5) / b"payload"')
    assert a[:4] == [0, 0, "10.77.0.2", "10.77.0.1"]
    assert bytes.fromhex(a[6]) == b"payload"


def test_broadcast_echo_is_ignored(peer):
    assert ask(peer, 'IP(src="10.77.0.1", dst="10.77.0.255") / ICMP()', timeout=2) is None


def test_timestamp_is_answered(peer):
    # RFC 792: originate comes back, receive and transmit are ms since midnight UT.
    a = ask(peer, "I / ICMP(type=13, id=1, seq=2, ts_ori=0x1234)")
    assert a[0] == 14


def test_closed_udp_port_is_unreachable_and_quotes(peer):
    a = ask(peer, 'I / UDP(sport=5, dport=9) / (b"q" * 100)')
    assert a[:2] == [3, 3]
    quoted = bytes.fromhex(a[6])
    assert quoted[9] == 17 and quoted[12:20] == bytes([10, 77, 0, 1, 10, 77, 0, 2])
    assert len(quoted) >= 28


def test_unknown_protocol_is_unreachable(peer):
    assert ask(peer, 'IP(src="10.77.0.1", dst="10.77.0.2", proto=200) / b"x"')[:2] == [3, 2]


@pytest.mark.parametrize("packet", [
    'IP(src="10.77.0.1", dst="10.77.0.2", chksum=0x1234) / ICMP()',
    'IP(src="10.77.0.1", dst="10.77.0.2", version=5) / ICMP()',
    'IP(src="10.77.0.1", dst="10.77.0.2", ihl=4) / ICMP()',
    'IP(src="10.77.0.1", dst="10.77.0.2", len=2000) / ICMP()',
    'IP(src="10.77.0.1", dst="10.77.0.2", len=19) / ICMP()',
    'IP(src="127.0.0.1", dst="10.77.0.2") / ICMP()',
    'IP(src="10.77.0.1", dst="127.0.0.1") / ICMP()',
    'IP(src="224.0.0.5", dst="10.77.0.2") / ICMP()',
    'IP(src="255.255.255.255", dst="10.77.0.2") / ICMP()',
    'IP(src="10.77.0.1", dst="240.0.0.1") / ICMP()',
    'I / ICMP(chksum=0x1111)',
    'I / ICMP(type=3, code=1) / b"short"',
    'IP(src="10.77.0.1", dst="10.77.0.2", options=[IPOption_LSRR(routers=["10.77.0.9"])]) / ICMP()',
], ids=lambda p: p[:60])
def test_bad_packet_gets_no_echo_reply(peer, packet):
    a = ask(peer, packet, timeout=1)
    assert a is None or a[0] != 0


def test_error_is_never_answered_by_an_error(peer):
    assert ask(peer, 'I / ICMP(type=3, code=3) / IP(src="10.77.0.2", dst="10.77.0.1", proto=200)'
                     ' / b"12345678"', timeout=1) is None


def test_errors_are_rate_limited(peer, bsdnet):
    before = bsdnet("netstat", "-s", "-p", "icmp", "--json").check().json()["icmp"]
    peer.python(HEAD + """
sendp([E / I / UDP(sport=5, dport=9)] * 600, iface="tap0", verbose=0)
result = 1
""")
    after = bsdnet("netstat", "-s", "-p", "icmp", "--json").check().json()["icmp"]
    assert sum(v for k, v in after.items() if "rate" in k) > \
        sum(v for k, v in before.items() if "rate" in k)


def test_fragments_in_any_order_are_put_together(peer):
    a = peer.python(HEAD + """
f = fragment(I / ICMP(id=3) / (bytes(range(256)) * 12), fragsize=512)
f.reverse()
ans = AsyncSniffer(iface="tap0", timeout=5, lfilter=lambda p: IP in p and
                   p[IP].src == "10.77.0.2" and p[IP].proto == 1 and
                   (p[IP].frag or (ICMP in p and p[ICMP].type == 0)))
ans.start()
import time
time.sleep(0.5)
sendp([E / p for p in f], iface="tap0", verbose=0)
ans.join()
result = sum(len(p[IP].payload) for p in ans.results)
""")
    assert a == 8 + 256 * 12


def test_overlapping_fragments_are_dropped(peer):
    a = peer.python(HEAD + """
data = bytes(ICMP(id=4) / (b"A" * 1000))
frags = [IP(src="10.77.0.1", dst="10.77.0.2", id=99, proto=1, flags=1, frag=0) / data[:512],
         IP(src="10.77.0.1", dst="10.77.0.2", id=99, proto=1, flags=1, frag=32) / data[256:768],
         IP(src="10.77.0.1", dst="10.77.0.2", id=99, proto=1, flags=0, frag=96) / data[768:]]
ans = AsyncSniffer(iface="tap0", filter="icmp and src host 10.77.0.2", timeout=3)
ans.start()
import time
time.sleep(0.5)
sendp([E / p for p in frags], iface="tap0", verbose=0)
ans.join()
result = len(ans.results)
""")
    assert a == 0


def test_source_quench_changes_nothing(peer):
    # RFC 6633: silently ignored.
    import socket
    from bsd_socket import bound
    s = bound("10.77.0.2", 7020)
    s.connect(("10.77.0.1", 7021))
    peer.python(HEAD + """
quoted = IP(src="10.77.0.2", dst="10.77.0.1") / UDP(sport=7020, dport=7021)
sendp(E / I / ICMP(type=4, code=0) / quoted, iface="tap0", verbose=0)
result = 1
""")
    assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert s.send(b"x") == 1


def test_frame_with_a_length_field_is_no_ip(peer, bsdnet):
    # RFC 1042 encapsulation is not spoken.
    def unknown():
        return bsdnet("netstat", "-s", "-p", "ether", "--json").check().json()["ether"]["unknown"]

    before = unknown()
    peer.python("""
sendp(Ether(dst="52:54:00:77:00:00", type=46) / (b"\\xaa\\xaa\\x03\\0\\0\\0\\x08\\0" + bytes(IP(src="10.77.0.1",
      dst="10.77.0.2") / ICMP())), iface="tap0", verbose=0)
result = 1
""")
    import time
    deadline = time.monotonic() + 10
    while unknown() == before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert unknown() == before + 1
