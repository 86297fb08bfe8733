# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Record route and timestamp, at a host and through a router. RFC 791 3.1, RFC 1122 3.2.1.8
and 3.2.2.6, RFC 1812 5.2.4.1, 5.3.13.5 and 5.3.13.6

    peer tap0 10.77.0.1 ---- vio0 10.77.0.2 | vio1 10.77.1.2 ---- tap1 10.77.1.1 peer
"""
import time

import pytest
from bsdnet_test import sysfs

MAC0 = "52:54:00:77:00:00"
TARGET, FIRST, SECOND, OTHER = "10.77.0.2", "10.77.1.2", "10.77.1.1", "198.51.100.7"

# The packet in bytes: scapy has its own idea of options, above all of malformed ones.
ASK = """
import struct, time
options, payload = bytes.fromhex(opts), bytes(eval(payload))
h = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), 7, 0,
                64, proto, 0) + bytes([10, 77, 0, 1]) + bytes(map(int, dst.split("."))) + options
t = AsyncSniffer(iface=["tap0", "tap1"], timeout=10, count=1, lfilter=lambda p: IP in p and (
                 p[IP].ttl == 63 and p[IP].dst == "10.77.1.1" or
                 p[IP].proto == 1 and p[IP].src == "10.77.0.2"))
t.start()
time.sleep(0.2)
sendp(Ether(dst=mac, type=0x800) / Raw(h[:10] + struct.pack(">H", checksum(h)) + h[12:] + payload),
      iface="tap0", verbose=0)
t.join()
raw = bytes(t.results[0][IP])
hlen = (raw[0] & 15) * 4
result = {"options": raw[20:hlen].hex(), "proto": raw[9], "type": raw[hlen],
          "pointer": raw[hlen + 4],
          "sum": sum(struct.unpack(">%dH" % (hlen // 2), raw[:hlen])) % 65535}
"""


def ip(text):
    return bytes(int(part) for part in text.split("."))


def rr(*slots, pointer=4):
    body = b"".join(slots)
    return bytes([7, 3 + len(body), pointer]) + body


def ts(flag, *slots, pointer=5, overflow=0):
    body = b"".join(slots)
    return bytes([68, 4 + len(body), pointer, overflow << 4 | flag]) + body


def pad(options):
    return options + bytes(-len(options) % 4)


def ask(peer, options, dst=TARGET):
    """What came back, or came through; the sum of its header is right."""
    proto, payload = (1, 'ICMP() / b"data"') if dst == TARGET else (17, "UDP(dport=9, chksum=0)")
    got = peer.python(ASK, opts=pad(options).hex(), mac=MAC0, dst=dst, proto=proto,
                      payload=payload)
    assert got["sum"] == 0
    return got


def answer(peer, options):
    """The options of the echo reply."""
    got = ask(peer, options)
    assert got["type"] == 0
    return bytes.fromhex(got["options"])


def through(peer, options):
    """The options as they left on the other side."""
    got = ask(peer, options, SECOND)
    assert got["proto"] == 17
    return bytes.fromhex(got["options"])


def now():
    return int(time.time() % 86400 * 1000)


def is_now(stamp):
    """The guest's clock is the test's."""
    return (now() - int.from_bytes(stamp, "big")) % 86400000 < 60000


EMPTY = bytes(4)


def test_echo_reply_turns_the_recorded_route_back(peer):
    back = answer(peer, rr(ip(OTHER), EMPTY, EMPTY, pointer=8))
    assert back == pad(rr(ip(OTHER), ip(TARGET), EMPTY, pointer=12))


def test_full_route_comes_back_as_it_was(peer):
    sent = rr(ip(OTHER), ip(SECOND), pointer=12)
    assert answer(peer, sent) == pad(sent)


def test_timestamp_is_put_into_the_reply(peer):
    back = answer(peer, ts(0, EMPTY, EMPTY))
    assert back[:4] == bytes([68, 12, 9, 0]) and back[8:] == EMPTY
    assert is_now(back[4:8])


def test_timestamp_with_address(peer):
    back = answer(peer, ts(1, EMPTY, EMPTY))
    assert back[:8] == bytes([68, 12, 13, 1]) + ip(TARGET) and is_now(back[8:])


@pytest.mark.parametrize("asked", [TARGET, FIRST])
def test_prespecified_timestamp_for_any_address_of_ours(peer, asked):
    back = answer(peer, ts(3, ip(asked), EMPTY))
    assert back[:8] == bytes([68, 12, 13, 3]) + ip(asked) and is_now(back[8:])


def test_prespecified_timestamp_of_another_stays_empty(peer):
    sent = ts(3, ip(OTHER), EMPTY)
    assert answer(peer, sent) == sent


def test_timestamp_without_room_is_counted(peer):
    sent = ts(0, b"\1\2\3\4", pointer=9, overflow=14)
    assert answer(peer, sent) == ts(0, b"\1\2\3\4", pointer=9, overflow=15)


@pytest.mark.parametrize("options, where", [
    (ts(0, EMPTY, pointer=9, overflow=15), 23), (ts(2, EMPTY), 23), (ts(1, EMPTY), 22),
    (ts(0, EMPTY, pointer=4), 22), (rr(EMPTY, pointer=3), 22),
    (rr(EMPTY, b"\0", pointer=8), 22), (bytes([7, 2, 1, 1]), 21), (bytes([1, 7, 44, 4]), 22),
], ids=["overflow overflows", "flag 2", "half a slot", "pointer too small", "route's, too",
        "half an address", "no pointer", "longer than the header"])
def test_malformed_option_is_a_parameter_problem_and_says_where(peer, options, where):
    got = ask(peer, options)
    assert (got["type"], got["pointer"]) == (12, where)


@pytest.fixture
def router(peer):
    sysfs("ip/forwarding", 1)
    peer.run("ping", "-c", "1", "-W", "5", "-I", "tap1", "10.77.1.2")
    yield
    sysfs("ip/forwarding", 0)


def test_router_records_the_address_that_the_packet_leaves_by(peer, router):
    assert through(peer, rr(EMPTY, EMPTY)) == pad(rr(ip(FIRST), EMPTY, pointer=8))


def test_router_stamps_with_the_same_address(peer, router):
    back = through(peer, ts(1, EMPTY, EMPTY))
    assert back[:8] == bytes([68, 12, 13, 1]) + ip(FIRST) and is_now(back[8:])


def test_router_stamps_where_any_address_of_its_own_is_asked_for(peer, router):
    back = through(peer, ts(3, ip(TARGET), EMPTY, ip(OTHER), EMPTY))
    assert back[2] == 13 and is_now(back[8:12]) and back[12:] == ip(OTHER) + EMPTY


def test_router_tells_of_a_malformed_option(peer, router):
    got = ask(peer, rr(EMPTY, b"\0", pointer=3), SECOND)
    assert (got["proto"], got["type"], got["pointer"]) == (1, 12, 22)


def test_ping_prints_the_route_once(bsdnet):
    lines = bsdnet("ping", "-n", "-R", "-c", "2", "-i", "0.2", "10.77.0.1").check().out.splitlines()
    answers = [i for i, line in enumerate(lines) if "icmp_seq=" in line]
    assert len(answers) == 2
    route = [line.split("\t") for line in lines[answers[0] + 1:answers[1]]]
    assert route[0][0] == "RR:" and not any(line[0] for line in route[1:])
    # Linux puts its address in twice, once for each way.
    assert route[0][1] == "10.77.0.1" and route[-1][1] == TARGET
    assert lines[answers[1]].endswith("\t(same route)")


def test_ping_tells_the_route_in_json(bsdnet):
    done = bsdnet("ping", "--json", "-R", "-c", "1", "-s", "1432", "10.77.0.1").check().json()
    assert done["received"] == 1
    assert done["route"][0] == "10.77.0.1" and done["route"][-1] == TARGET


def test_ping_of_a_group_has_the_ttl_of_groups(peer, bsdnet):
    group = "239.7.7.7"
    wanted = {"1": [], "2": ["-R"], "3": ["-t", "5"], "4": ["-t", "5", "-R"]}
    bsdnet("route", "add", group + "/32", "10.77.0.1").check()
    try:
        sniffed = peer.start_python("""
got = sniff(iface="tap0", timeout=10, count=4, lfilter=lambda p: IP in p and p[IP].dst == group)
result = [[len(p[ICMP].payload), p[IP].ttl] for p in got]
""", group=group)
        time.sleep(0.5)
        for size, options in wanted.items():
            bsdnet("ping", "-s", size, *options, "-q", "-c", "1", "-w", "0.1", group)
        assert sniffed.result() == [[1, 1], [2, 1], [3, 5], [4, 5]]
    finally:
        bsdnet("route", "delete", group + "/32").check()
