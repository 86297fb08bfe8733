# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Published neighbours: we answer ARP requests for them. RFC 826, RFC 1027, RFC 5227

    peer tap0 10.77.0.1 ---- vio0 10.77.0.2 | vio1 10.77.1.2 ---- tap1 10.77.1.1 peer
    10.77.0.50 is published; 10.77.0.51, on vio1's side, too
"""
import contextlib

import pytest
from bsdnet_test import sysfs
from bsdnet_test import bsdnet as run_bsdnet

MAC0 = "52:54:00:77:00:00"
PUBLISHED = "02:00:00:00:00:50"
ASKER = "02:00:00:00:00:99"

ASK = """
a = srp1(Ether(dst="ff:ff:ff:ff:ff:ff", src=src) / ARP(op=1, hwsrc=src, psrc=psrc, pdst=pdst),
         iface=iface, timeout=timeout)
result = a and [a.dst, a.src, a[ARP].op, a[ARP].hwsrc, a[ARP].psrc, a[ARP].hwdst, a[ARP].pdst]
"""


@pytest.fixture(autouse=True)
def published():
    run_bsdnet("arp", "-s", "10.77.0.50", PUBLISHED, "pub").check()
    yield
    run_bsdnet("arp", "-d", "10.77.0.50")


def ask(peer, pdst="10.77.0.50", src=ASKER, psrc="10.77.0.99", iface="tap0", timeout=10):
    return peer.python(ASK, pdst=pdst, src=src, psrc=psrc, iface=iface, timeout=timeout)


def entry(address):
    return run_bsdnet("arp", "-n", address, "--json").check().json()[0]


def test_request_is_answered_with_the_address_given(peer):
    assert ask(peer) == [ASKER, MAC0, 2, PUBLISHED, "10.77.0.50", ASKER, "10.77.0.99"]


def test_entry_is_permanent_and_says_that_it_is_published():
    found = entry("10.77.0.50")
    assert found["lladdr"] == PUBLISHED and found["interface"] == "vio0"
    assert found["permanent"] and found["published"] and not found["expire"]
    line = run_bsdnet("arp", "-n", "10.77.0.50").check().out.splitlines()[1]
    assert line.split() == ["10.77.0.50", PUBLISHED, "vio0", "permanent", "p"]


def test_nobody_answers_on_another_network(peer):
    assert ask(peer, psrc="10.77.1.99", iface="tap1", timeout=1) is None


def test_owner_is_not_told_that_somebody_has_its_address(peer):
    # Its probe, RFC 5227 2.1.1, and its announcement, 2.3.
    assert ask(peer, src=PUBLISHED, psrc="0.0.0.0", timeout=1) is None
    assert ask(peer, src=PUBLISHED, psrc="10.77.0.50", timeout=1) is None


def test_asker_gets_no_entry(peer):
    ask(peer, psrc="10.77.0.98")
    assert run_bsdnet("arp", "-n", "10.77.0.98").rc == 1


@pytest.mark.parametrize("words", [[], ["temp"]], ids=["permanent", "temp"])
def test_entry_set_again_without_pub_is_published_no_more(peer, words):
    run_bsdnet("arp", "-s", "10.77.0.50", PUBLISHED, *words).check()
    assert not entry("10.77.0.50")["published"]
    assert ask(peer, timeout=1) is None


def test_requests_are_counted(peer):
    before = counters()
    ask(peer)
    assert counters()["requests_proxied"] == before["requests_proxied"] + 1
    assert counters()["replies_sent"] == before["replies_sent"] + 1


def counters():
    return run_bsdnet("netstat", "-s", "-p", "arp", "--json").check().json()["arp"]


@contextlib.contextmanager
def elsewhere(*words):
    """10.77.0.51 is published, and the route to it is another."""
    run_bsdnet("arp", "-s", "10.77.0.51", MAC0, *words, "pub").check()
    run_bsdnet("route", "add", "10.77.0.51/32", "10.77.1.1", "-priority", "2").check()
    try:
        yield
    finally:
        run_bsdnet("route", "delete", "10.77.0.51/32", "10.77.1.1", "-priority", "2").check()
        run_bsdnet("arp", "-d", "10.77.0.51").check()


def test_packet_for_a_host_behind_another_interface_gets_there(peer):
    sysfs("ip/forwarding", 1)
    with elsewhere():
        assert ask(peer, pdst="10.77.0.51")[3] == MAC0
        assert peer.python("""
import time
t = AsyncSniffer(iface="tap1", count=1, timeout=10,
                 lfilter=lambda p: IP in p and p[IP].dst == "10.77.0.51")
t.start()
time.sleep(0.5)
sendp(Ether(dst=mac) / IP(src="10.77.0.1", dst="10.77.0.51") / UDP(dport=9), iface="tap0",
      verbose=0)
t.join()
result = len(t.results)
""", mac=MAC0) == 1
    sysfs("ip/forwarding", 0)


def test_entry_behind_a_better_route_hears_of_its_host(peer):
    with elsewhere("temp"):
        assert ask(peer, pdst="10.77.0.2", psrc="10.77.0.51")[3] == MAC0
        found = entry("10.77.0.51")
        assert found["lladdr"] == ASKER and found["published"] and not found["permanent"]
