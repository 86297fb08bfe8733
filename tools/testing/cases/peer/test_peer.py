# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The harness itself: commands and packets at the other end.

    guest eth0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux at both ends)
"""
import socket

from bsdnet_test import guest_address, host_address, run


def test_run_returns_status_and_both_streams(peer):
    done = peer.run("sh", "-c", "cat; echo bad >&2; exit 3", input=b"\x00\xff")
    assert (done.rc, done.raw, done.err) == (3, b"\x00\xff", "bad\n")


def test_run_ends_what_takes_too_long(peer):
    assert peer.run("sleep", "100", timeout=0.2).rc == 124


def test_popen_stops_its_job(peer):
    with peer.popen("sleep", "100") as job:
        assert job.result is None
    assert job.result.rc == -15


def test_peer_has_the_address_of_the_contract(peer):
    out = peer.run("ip", "-br", "addr", "show", "tap0").check().out
    assert "10.77.0.1/24" in out and "fd77::1/64" in out


def test_guest_reaches_the_peer():
    run("ping", "-c", "1", "-W", "5", host_address()).check()
    run("ping", "-c", "1", "-W", "5", host_address(family=6)).check()


def test_peer_sends_a_packet_of_its_own(peer):
    answer = peer.python("""
p = srp1(Ether(dst=mac) / IP(dst=dst) / ICMP(id=7) / b"hello", iface="tap0", timeout=10)
result = p[ICMP].id if p else None
""", dst=guest_address(), mac="52:54:00:77:00:00")
    assert answer == 7


def test_python_goes_on_while_the_guest_works(peer):
    sniffed = peer.start_python("""
result = len(sniff(iface="tap0", timeout=20, count=1,
                   lfilter=lambda p: UDP in p and p[UDP].dport == 9999))
""")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while not sniffed.done():
            sender.sendto(b"x", (host_address(), 9999))
    assert sniffed.result() == 1
