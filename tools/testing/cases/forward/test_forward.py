# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Forwarding between two NICs, as the hosts on both sides see it. RFC 1812

    peer tap0 10.77.0.1 ---- vio0 10.77.0.2 | vio1 10.77.1.2 ---- tap1 10.77.1.1 peer
"""
import pytest
from bsdnet_test import sysfs

MAC0 = "52:54:00:77:00:00"

SEND = """
import time
t = AsyncSniffer(iface=out, lfilter=lambda p: IP in p and eval(want), timeout=wait)
t.start()
time.sleep(0.5)
sendp([Ether(dst=mac) / p for p in eval(packets)], iface="tap0", verbose=0)
t.join()
result = [[p.dst, p[IP].src, p[IP].dst, p[IP].ttl, p[IP].chksum == IP(bytes(IP(bytes(p[IP]).ljust(20)))).chksum,
           bytes(p[IP].payload).hex(), p[IP].id, p[IP].tos] for p in t.results]
"""


@pytest.fixture(autouse=True, scope="module")
def forwarding(peer):
    sysfs("ip/forwarding", 1)
    peer.run("ping", "-c", "1", "-W", "5", "-I", "tap1", "10.77.1.2")
    yield
    sysfs("ip/forwarding", 0)


def send(peer, packets, want, out="tap1", wait=3):
    return peer.python(SEND, packets=packets, want=want, out=out, wait=wait, mac=MAC0)


def icmp_back(peer, packets, wait=3):
    return peer.python("""
import time
t = AsyncSniffer(iface="tap0", filter="icmp and src host 10.77.0.2", timeout=wait)
t.start()
time.sleep(0.5)
sendp([Ether(dst=mac) / p for p in eval(packets)], iface="tap0", verbose=0)
t.join()
result = [[p[ICMP].type, p[ICMP].code, p[ICMP].nexthopmtu if p[ICMP].code == 4 else p[ICMP].gw if p[ICMP].type == 5 else 0]
          for p in t.results]
""", packets=packets, wait=wait, mac=MAC0)


def test_packet_goes_through_with_ttl_less_one(peer):
    got = send(peer, '[IP(src="10.77.0.9", dst="10.77.1.1", ttl=9, tos=0x48, id=321)/UDP(dport=7)/b"abc"]',
               'p[IP].src == "10.77.0.9"')
    assert len(got) == 1
    assert got[0][1:4] == ["10.77.0.9", "10.77.1.1", 8]
    assert got[0][6:] == [321, 0x48]
    assert bytes.fromhex(got[0][5])[8:] == b"abc"


def test_every_field_but_ttl_and_checksum_stays(peer):
    changed = peer.python("""
import time
sent = IP(src="10.77.0.9", dst="10.77.1.1", ttl=33, tos=0x2d, id=4711, flags="DF",
          options=[IPOption_NOP()] * 4) / UDP(sport=1234, dport=7) / b"payload"
sent = IP(bytes(sent))
t = AsyncSniffer(iface="tap1", lfilter=lambda p: IP in p and p[IP].src == "10.77.0.9", timeout=3)
t.start()
time.sleep(0.5)
sendp(Ether(dst=mac) / sent, iface="tap0", verbose=0)
t.join()
assert len(t.results) == 1
frame = t.results[0]
got = frame[IP]
fresh = got.copy()
del fresh.chksum
result = {name: [str(sent.getfieldval(name)), str(got.getfieldval(name))]
          for name in sent.fields if str(sent.getfieldval(name)) != str(got.getfieldval(name))}
result["valid"] = IP(bytes(fresh)).chksum == got.chksum
result["payload"] = bytes(got.payload)[:15] == bytes(sent.payload)
result["ether"] = [frame.src, frame.dst, frame.type]
result["tap1"] = get_if_hwaddr("tap1")
""", mac=MAC0)
    assert changed.pop("ttl") == ["33", "32"]
    changed.pop("chksum")
    assert changed.pop("valid") and changed.pop("payload")
    assert changed.pop("ether") == ["52:54:00:77:00:01", changed.pop("tap1"), 0x0800]
    assert not changed


def test_ttl_that_ends_here_is_told(peer):
    back = icmp_back(peer, '[IP(src="10.77.0.1", dst="10.77.1.1", ttl=1)/UDP(dport=7)]')
    assert [11, 0, 0] in back


def test_traceroute_names_the_router(peer):
    back = icmp_back(peer, '[IP(src="10.77.0.1", dst="10.77.1.1", ttl=1)/UDP(dport=33434)]')
    assert back[0][0] == 11


def test_next_hop_that_does_not_answer_is_told(peer):
    packet = '[IP(src="10.77.0.1", dst="10.77.1.66")/UDP(dport=7)]'
    assert [3, 1, 0] in icmp_back(peer, packet, wait=12)
    # Now it is known: the next sender is told at once.
    assert [3, 1, 0] in icmp_back(peer, packet, wait=3)


def test_df_that_does_not_fit_tells_the_mtu(peer, bsdnet):
    bsdnet("ifconfig", "vio1", "mtu", "1000").check()
    try:
        back = icmp_back(peer, '[IP(src="10.77.0.1", dst="10.77.1.1", flags="DF")/UDP(dport=7)/bytes(1200)]')
        assert [3, 4, 1000] in back
    finally:
        bsdnet("ifconfig", "vio1", "mtu", "1500").check()


def test_large_packet_is_cut_for_the_smaller_mtu(peer, bsdnet):
    bsdnet("ifconfig", "vio1", "mtu", "1000").check()
    try:
        got = peer.python("""
import time
t = AsyncSniffer(iface="tap1", lfilter=lambda p: IP in p and p[IP].src == "10.77.0.8", timeout=3)
t.start()
time.sleep(0.5)
sendp(Ether(dst=mac) / IP(src="10.77.0.8", dst="10.77.1.1", id=55) / UDP(dport=7, chksum=0) / bytes(1300),
      iface="tap0", verbose=0)
t.join()
result = [[len(p[IP]), p[IP].frag, int(p[IP].flags), p[IP].id] for p in t.results]
""", mac=MAC0)
        assert [f[3] for f in got] == [55, 55]
        assert all(f[0] <= 1000 for f in got)
        assert got[0][1] == 0 and got[0][2] & 1
        assert got[1][1] * 8 == got[0][0] - 20 and not got[1][2] & 1
        assert sum(f[0] - 20 for f in got) == 1308
    finally:
        bsdnet("ifconfig", "vio1", "mtu", "1500").check()


def test_no_route_is_net_unreachable(peer):
    assert [3, 0, 0] in [b[:2] + [0] for b in
                         icmp_back(peer, '[IP(src="10.77.0.1", dst="198.51.100.1")/UDP(dport=7)]')]


def test_reject_route_is_told_and_blackhole_is_not(peer, bsdnet):
    bsdnet("route", "add", "198.51.100.0/25", "127.0.0.1", "-reject").check()
    bsdnet("route", "add", "198.51.100.128/25", "127.0.0.1", "-blackhole").check()
    try:
        back = icmp_back(peer, '[IP(src="10.77.0.1", dst="198.51.100.1")/UDP(dport=7)]')
        assert [b[0] for b in back] == [3]
        assert icmp_back(peer, '[IP(src="10.77.0.1", dst="198.51.100.200")/UDP(dport=7)]') == []
    finally:
        bsdnet("route", "delete", "198.51.100.0/25").check()
        bsdnet("route", "delete", "198.51.100.128/25").check()


def test_way_back_out_is_redirected(peer, bsdnet):
    bsdnet("route", "add", "203.0.113.0/24", "10.77.0.1").check()
    try:
        back = icmp_back(peer, '[IP(src="10.77.0.1", dst="203.0.113.5")/UDP(dport=7)]')
        assert any(b[0] == 5 and b[2] == "10.77.0.1" for b in back)
    finally:
        bsdnet("route", "delete", "203.0.113.0/24").check()


@pytest.mark.parametrize("packet", [
    'IP(src="10.77.0.1", dst="127.0.0.1")/UDP(dport=7)',
    'IP(src="127.0.0.1", dst="10.77.1.1")/UDP(dport=7)',
    'IP(src="10.77.0.1", dst="255.255.255.255")/UDP(dport=7)',
    'IP(src="0.0.0.0", dst="10.77.1.1")/UDP(dport=7)',
    'IP(src="10.77.0.1", dst="10.77.1.255")/UDP(dport=7)',
    'IP(src="169.254.1.1", dst="10.77.1.1")/UDP(dport=7)',
    'IP(src="10.77.0.1", dst="169.254.1.1")/UDP(dport=7)',
])
def test_never_forwarded(peer, packet):
    assert send(peer, f"[{packet}]", 'UDP in p and p[UDP].dport == 7', wait=2) == []


def test_without_the_knob_nothing_is_forwarded(peer):
    sysfs("ip/forwarding", 0)
    try:
        assert send(peer, '[IP(src="10.77.0.9", dst="10.77.1.1")/UDP(dport=7)]',
                    'p[IP].src == "10.77.0.9"', wait=2) == []
    finally:
        sysfs("ip/forwarding", 1)
