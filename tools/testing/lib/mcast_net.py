# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Three networks around a router of multicasts, who sends there and who listens.

    rdomain 61            rdomain 0, the router             rdomain 62
    pair40 10.40.0.1 ---- pair41 10.40.0.2, vif 0
                          pair42 10.41.0.1, vif 1 --------- pair43 10.41.0.2
                          pair44 10.42.0.1, vif 2 --------- pair45 10.42.0.2
                                                            rdomain 63
"""
import contextlib
import socket
import struct

from bsd_socket import (IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_PMTUDISC_DONT, IP_RECVTTL, IP_TTL,
                        bsd_socket)
from bsdnet_test import bsdnet
from igmp import ADD_MEMBERSHIP

GROUP, SENDER = "239.4.4.4", "10.40.0.1"
MULTICAST_IF, MULTICAST_TTL = 32, 33


def guest(*lines):
    """Run commands of ours."""
    for line in lines:
        bsdnet(*line.split()).check()


@contextlib.contextmanager
def networks():
    """They are there meanwhile."""
    for n in range(40, 46):
        guest(f"ifconfig pair{n} create")
    guest("ifconfig pair40 rdomain 61", "ifconfig pair43 rdomain 62", "ifconfig pair45 rdomain 63",
          "ifconfig pair40 patch pair41", "ifconfig pair42 patch pair43",
          "ifconfig pair44 patch pair45",
          "ifconfig pair40 inet 10.40.0.1/24", "ifconfig pair41 inet 10.40.0.2/24",
          "ifconfig pair42 inet 10.41.0.1/24", "ifconfig pair43 inet 10.41.0.2/24",
          "ifconfig pair44 inet 10.42.0.1/24", "ifconfig pair45 inet 10.42.0.2/24")
    try:
        yield
    finally:
        for n in range(40, 46):
            guest(f"ifconfig pair{n} destroy")


def member(rtable, address, *groups):
    """A socket that listens to groups on a network, and to the TTL."""
    s = bsd_socket(rtable=rtable)
    s.bind(("", 5000))
    s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    for group in groups or (GROUP,):
        s.setsockopt(socket.IPPROTO_IP, ADD_MEMBERSHIP,
                     socket.inet_aton(group) + socket.inet_aton(address))
    return s


def near(*groups):
    return member(62, "10.41.0.2", *groups)


def far(*groups):
    return member(63, "10.42.0.2", *groups)


def send(data, group=GROUP, ttl=8, rtable=61, address=SENDER, df=False):
    with bsd_socket(rtable=rtable) as s:
        s.setsockopt(socket.IPPROTO_IP, MULTICAST_IF, socket.inet_aton(address))
        s.setsockopt(socket.IPPROTO_IP, MULTICAST_TTL, ttl)
        s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER,
                     IP_PMTUDISC_DO if df else IP_PMTUDISC_DONT)
        s.sendto(data, (group, 5000))


def forwarded(s, least):
    """[(data, TTL)]: @least datagrams, and those that come too many."""
    found = []
    try:
        while True:
            s.settimeout(10 if len(found) < least else 0.5 if found else 2)
            data, control, _, _ = s.recvmsg(9000, 200)
            ttls = [struct.unpack("=i", value)[0] for level, kind, value in control
                    if (level, kind) == (socket.IPPROTO_IP, IP_TTL)]
            found.append((data, *ttls))
    except TimeoutError:
        return found
