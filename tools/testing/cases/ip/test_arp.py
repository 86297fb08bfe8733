# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""ARP as a peer sees it, field by field. RFC 826, RFC 5227

    vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux, scapy)
"""
import errno
import socket
import time

import pytest
from bsd_socket import IP_RECVERR, bsd_socket
from bsdnet_test import wait_for

MAC = "52:54:00:77:00:00"

ASK = """
a = srp1(Ether(dst="ff:ff:ff:ff:ff:ff", src=src) /
         ARP(op=1, hwsrc=src, psrc=psrc, hwdst=hwdst, pdst=pdst), iface="tap0", timeout=timeout)
result = a and [a.dst, a[ARP].op, a[ARP].hwsrc, a[ARP].psrc, a[ARP].hwdst, a[ARP].pdst]
"""
STRANGER = "02:00:00:00:00:99"


def ask(peer, pdst, src=STRANGER, psrc="10.77.0.99", hwdst="00:00:00:00:00:00", timeout=10):
    return peer.python(ASK, src=src, psrc=psrc, pdst=pdst, hwdst=hwdst, timeout=timeout)


def test_request_for_our_address_is_answered_in_every_field(peer):
    assert ask(peer, "10.77.0.2") == [STRANGER, 2, MAC, "10.77.0.2", STRANGER, "10.77.0.99"]


def test_probe_is_answered(peer):
    # RFC 5227 2.1.1: sender address zero; the answer defends ours.
    assert ask(peer, "10.77.0.2", psrc="0.0.0.0")[1:4] == [2, MAC, "10.77.0.2"]


def test_request_for_another_address_is_not_answered(peer):
    assert ask(peer, "10.77.0.77", timeout=2) is None


def test_request_fills_the_table_and_reply_refreshes(peer, bsdnet):
    ask(peer, "10.77.0.2", psrc="10.77.0.98")
    bsdnet("arp", "-d", "10.77.0.98")
    ask(peer, "10.77.0.2", psrc="10.77.0.98")
    table = {e["address"]: e for e in bsdnet("arp", "-an", "--json").check().json()}
    assert table["10.77.0.98"]["lladdr"] == STRANGER


def test_broadcast_sender_is_never_learnt(peer, bsdnet):
    peer.python("""
sendp(Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc="ff:ff:ff:ff:ff:ff",
      psrc="10.77.0.97", pdst="10.77.0.2"), iface="tap0", verbose=0)
result = 1
""")
    time.sleep(0.5)
    table = {e["address"] for e in bsdnet("arp", "-an", "--json").check().json()
             if "lladdr" in e}
    assert "10.77.0.97" not in table


def test_unresolved_neighbour_is_asked_again_then_given_up(peer):
    sniffed = peer.start_python("""
got = sniff(iface="tap0", timeout=8, lfilter=lambda p: ARP in p and p[ARP].pdst == "10.77.0.96")
result = [[p.dst, p[ARP].op, p[ARP].psrc, p[ARP].hwdst] for p in got]
""")
    time.sleep(1)
    bsd_socket().sendto(b"x", ("10.77.0.96", 9))
    asked = sniffed.result()
    assert len(asked) >= 3
    assert asked[0] == ["ff:ff:ff:ff:ff:ff", 1, "10.77.0.2", "00:00:00:00:00:00"]


def test_packet_waits_for_the_answer(peer):
    sniffed = peer.start_python("""
t = AsyncSniffer(iface="tap0", lfilter=lambda p: UDP in p and p[IP].dst == "10.77.0.95")
t.start()
import time
got = sniff(iface="tap0", timeout=15, count=1,
            lfilter=lambda p: ARP in p and p[ARP].op == 1 and p[ARP].pdst == "10.77.0.95")
sendp(Ether(dst=got[0].src) / ARP(op=2, hwsrc="02:00:00:00:00:95", psrc="10.77.0.95",
      hwdst=got[0].src, pdst="10.77.0.2"), iface="tap0", verbose=0)
time.sleep(2)
result = [[p.dst, bytes(p[UDP].payload)[:5].decode()] for p in t.stop()]
""")
    time.sleep(1)
    s = bsd_socket()
    s.sendto(b"first", ("10.77.0.95", 9))
    s.sendto(b"secon", ("10.77.0.95", 9))
    assert sniffed.result() == [["02:00:00:00:00:95", "first"], ["02:00:00:00:00:95", "secon"]]


def test_permanent_entry_is_not_changed_by_the_wire(peer, bsdnet):
    bsdnet("arp", "-s", "10.77.0.94", "02:00:00:00:00:94").check()
    ask(peer, "10.77.0.2", psrc="10.77.0.94")
    out = bsdnet("arp", "-n", "10.77.0.94", "--json").check().json()[0]
    assert out["lladdr"] == "02:00:00:00:00:94" and out["permanent"]
    bsdnet("arp", "-d", "10.77.0.94").check()
    assert bsdnet("arp", "-n", "10.77.0.94").rc == 1


def test_socket_is_told_that_its_neighbour_does_not_answer():
    with bsd_socket(timeout=30) as s:
        s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)  # unreachable hosts are no lasting error
        s.connect(("10.77.0.93", 9))
        s.send(b"nobody there")
        with pytest.raises(OSError) as e:
            s.recv(100)
        assert e.value.errno == errno.EHOSTUNREACH
        # Now it is known: no need to wait.
        with pytest.raises(OSError) as e:
            s.send(b"still nobody")
        assert e.value.errno == errno.EHOSTDOWN


def test_neighbour_that_does_not_answer_is_shown_as_refused(bsdnet):
    with bsd_socket() as s:
        s.sendto(b"nobody there", ("10.77.0.92", 9))
    found = bsdnet("arp", "-n", "10.77.0.92", "--json").check().json()[0]
    assert not found["refused"]
    wait_for(lambda: bsdnet("arp", "-n", "10.77.0.92", "--json").json()[0]["refused"], 10)
    line = bsdnet("arp", "-n", "10.77.0.92").check().out.splitlines()[1].split()
    assert line[1] == "(incomplete)" and line[-1] == "R"


def test_another_mac_address_is_announced(peer, bsdnet):
    new = "52:54:00:77:00:66"
    sniffed = peer.start_python("""
got = sniff(iface="tap0", timeout=6, count=2, lfilter=lambda p: ARP in p and p[ARP].hwsrc == new)
result = [[p.src, p.dst, p[ARP].op, p[ARP].psrc, p[ARP].pdst] for p in got]
""", new=new)
    time.sleep(1)
    try:
        bsdnet("ifconfig", "vio0", "lladdr", new).check()
        announcement = [new, "ff:ff:ff:ff:ff:ff", 1, "10.77.0.2", "10.77.0.2"]
        assert sniffed.result() == [announcement] * 2
        assert peer.run("ping", "-c", "1", "-W", "5", "10.77.0.2").rc == 0
    finally:
        bsdnet("ifconfig", "vio0", "lladdr", MAC).check()
