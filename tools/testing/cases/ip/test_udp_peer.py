# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""UDP with a Linux peer over vio: both ways, sizes, checksums, path MTU.

    socket ---- vio0 10.77.0.2 ---- tap0 10.77.0.1 peer (Linux, scapy)
"""
import errno
import socket

import pytest
from bsd_socket import IP_MTU_DISCOVER, IP_PMTUDISC_DO, bound, bsd_socket

ECHO = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.1", port))
s.settimeout(20)
for _ in range(count):
    data, who = s.recvfrom(65535)
    s.sendto(data, who)
s.close()
result = 1
"""


@pytest.mark.parametrize("size", [0, 1, 64, 1472, 1473, 20000, 65507])
def test_echo_of_size(peer, size):
    import os
    import time
    echo = peer.start_python(ECHO, port=7007, count=1)
    time.sleep(0.5)
    s = bsd_socket(timeout=2)
    data = os.urandom(size)
    for _ in range(5):
        s.sendto(data, ("10.77.0.1", 7007))
        try:
            assert s.recvfrom(65535) == (data, ("10.77.0.1", 7007))
            break
        except socket.timeout:
            continue
    else:
        raise AssertionError("no echo")
    assert echo.result() == 1


def test_every_header_field_of_a_datagram(peer):
    sniffed = peer.start_python("""
p = sniff(iface="tap0", timeout=15, count=1, lfilter=lambda p: UDP in p and p[UDP].dport == 7008)[0]
q = Ether(bytes(p))
del q[IP].chksum
del q[UDP].chksum
q = Ether(bytes(q))
result = dict(src=p.src, dst=p.dst, type=p.type, ihl=p[IP].ihl, tos=p[IP].tos, len=p[IP].len,
              frag=p[IP].frag, ttl=p[IP].ttl, sum=p[IP].chksum == q[IP].chksum,
              ulen=p[UDP].len, usum=p[UDP].chksum == q[UDP].chksum or p[UDP].chksum != 0,
              sport=p[UDP].sport, data=bytes(p[UDP].payload).decode())
""")
    import time
    time.sleep(1)
    s = bound("10.77.0.2", 7009)
    s.sendto(b"fields", ("10.77.0.1", 7008))
    got = sniffed.result()
    assert got == dict(src="52:54:00:77:00:00", dst=got["dst"], type=0x800, ihl=5, tos=0, len=34,
                       frag=0, ttl=64, sum=True, ulen=14, usum=True, sport=7009, data="fields")


def test_bad_udp_checksum_is_dropped_and_counted(peer, bsdnet):
    s = bound("10.77.0.2", 7010, timeout=1)

    def badsum():
        return bsdnet("netstat", "-s", "-p", "udp", "--json").check().json()["udp"]["badsum"]

    before = badsum()
    peer.python("""
sendp(Ether(dst="52:54:00:77:00:00") / IP(src="10.77.0.1", dst="10.77.0.2") /
      UDP(sport=1, dport=7010, chksum=0x1234) / b"bad", iface="tap0", verbose=0)
result = 1
""")
    with pytest.raises(socket.timeout):
        s.recv(10)
    assert badsum() == before + 1


def test_zero_checksum_is_taken(peer):
    s = bound("10.77.0.2", 7011)
    peer.python("""
sendp(Ether(dst="52:54:00:77:00:00") / IP(src="10.77.0.1", dst="10.77.0.2") /
      UDP(sport=1, dport=7011, chksum=0) / b"none", iface="tap0", verbose=0)
result = 1
""")
    assert s.recv(10) == b"none"


def test_df_socket_refuses_what_does_not_fit():
    s = bsd_socket()
    s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
    with pytest.raises(OSError) as e:
        s.sendto(bytes(3000), ("10.77.0.1", 9))
    assert e.value.errno == errno.EMSGSIZE


def test_icmp_needfrag_lowers_the_path_mtu(peer, bsdnet):
    s = bound("10.77.0.2", 7012)
    s.connect(("10.77.0.1", 7013))
    s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
    s.send(bytes(1000))
    peer.python("""
quoted = IP(src="10.77.0.2", dst="10.77.0.1", len=1028, flags="DF") / UDP(sport=7012, dport=7013, len=1008)
sendp(Ether(dst="52:54:00:77:00:00") / IP(src="10.77.0.1", dst="10.77.0.2") /
      ICMP(type=3, code=4, nexthopmtu=700) / quoted, iface="tap0", verbose=0)
result = 1
""")
    import time
    time.sleep(1)
    s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    with pytest.raises(OSError) as e:
        s.send(bytes(1000))
    assert e.value.errno == errno.EMSGSIZE
    bsdnet("route", "delete", "10.77.0.1")


def test_forged_needfrag_is_ignored(peer):
    peer.python("""
quoted = IP(src="10.77.0.2", dst="10.77.0.1", len=1028, flags="DF") / UDP(sport=4444, dport=5555, len=1008)
sendp(Ether(dst="52:54:00:77:00:00") / IP(src="10.77.0.1", dst="10.77.0.2") /
      ICMP(type=3, code=4, nexthopmtu=600) / quoted, iface="tap0", verbose=0)
result = 1
""")
    s = bsd_socket()
    s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
    assert s.sendto(bytes(1400), ("10.77.0.1", 9)) == 1400
