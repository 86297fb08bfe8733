# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Sockets of this stack as Python's socket objects.

Python refuses addresses for families it does not know, so the descriptor is
made by libc and handed over as an AF_INET one: addresses are the same.
"""
import ctypes
import os
import socket

from bsdnet_test import AF_BSDINET

_libc = ctypes.CDLL(None, use_errno=True)

SO_RTABLE = 0x1021
IP_PKTINFO = 8
IP_TTL = 2
IP_TOS = 1
IP_RECVERR = 11
IP_RECVTTL = 12
IP_RECVTOS = 13
IP_MTU_DISCOVER = 10
IP_MTU = 14
IP_PMTUDISC_DONT = 0
IP_PMTUDISC_DO = 2
SO_TIMESTAMPNS = 35


def bsd_socket(kind=socket.SOCK_DGRAM, proto=0, timeout=10, rtable=0):
    """A socket of AF_BSDINET; raises OSError as socket.socket() does."""
    fd = _libc.socket(AF_BSDINET, kind | socket.SOCK_CLOEXEC, proto)
    if fd < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    s = socket.socket(socket.AF_INET, kind, proto, fileno=fd)
    s.settimeout(timeout)
    if rtable:
        s.setsockopt(socket.SOL_SOCKET, SO_RTABLE, rtable)
    return s


def disconnect(s):
    """connect(2) to AF_UNSPEC, which Python has no word for."""
    if _libc.connect(s.fileno(), bytes(16), 16):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def bound(address="127.0.0.1", port=0, **more):
    """A datagram socket bound to @address."""
    s = bsd_socket(**more)
    s.bind((address, port))
    return s


def couple(address="127.0.0.1"):
    """Two datagram sockets connected to each other."""
    a, b = bound(address), bound(address)
    a.connect(b.getsockname())
    b.connect(a.getsockname())
    return a, b


def received(s, least, wait=0.5):
    """@least datagrams, which may take their time, and those that come too many."""
    found = []
    try:
        while True:
            s.settimeout(10 if len(found) < least else wait)
            found.append(s.recv(65536))
    except TimeoutError:
        return found
