# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""gen(4), the maker of frames: runs of its own, and frames of any content that come in."""
import collections
import ctypes
import fcntl
import ipaddress
import struct

from bsdnet_test import wait_for

GENREQ = struct.Struct("=16sIIIIQ4s4sHHHBB8sQQQQII")
FIELDS = ("name", "flags", "size", "flows", "ndst", "count", "src", "dst", "sport", "dport",
          "ndport", "proto", "pad", "dmac", "sent", "received", "nomem", "ns", "threads",
          "running")
BSIOCSIFGEN = 1 << 30 | GENREQ.size << 16 | ord("i") << 8 | 25
BSIOCGIFGEN = 3 << 30 | GENREQ.size << 16 | ord("i") << 8 | 26
START, STOP, DROP, CSUMOK, STREAM, MORE = 1, 2, 4, 8, 16, 32

INJECTREQ = struct.Struct("=16sIIQ")
BSIOCIFINJECT = 3 << 30 | INJECTREQ.size << 16 | ord("i") << 8 | 27
MAXINJECT = 65536
MAXFRAMES = 128     # at a time: more may not fit into a softnet thread's queue

Run = collections.namedtuple("Run", FIELDS)


def pack(name, **fields):
    values = dict.fromkeys(FIELDS, 0)
    values.update(name=name.encode(), src=b"", dst=b"", dmac=b"")
    values.update(fields)
    return GENREQ.pack(*(values[f] for f in FIELDS))


def start(s, name, src, dst, count, **more):
    """@count datagrams come in on @name, from @src to @dst; @s is any socket."""
    fields = {"flags": START | CSUMOK, "size": 60, "flows": 8, "sport": 1000, "dport": 9,
              "proto": 17}
    fields.update(more)
    fcntl.ioctl(s, BSIOCSIFGEN, pack(name, src=ipaddress.ip_address(src).packed,
                                     dst=ipaddress.ip_address(dst).packed, count=count,
                                     **fields))


def state(s, name):
    """How the last run goes, as struct bsd_genreq."""
    data = bytearray(pack(name))
    fcntl.ioctl(s, BSIOCGIFGEN, data)
    return Run(*GENREQ.unpack(data))


def finish(s, name, seconds=60):
    """Wait for the end of a run."""
    wait_for(lambda: not state(s, name).running, seconds)


def inject(s, name, frames):
    """@frames come in on @name, one after the other. Some may still wait when it returns."""
    room = ctypes.create_string_buffer(MAXINJECT)
    batch, size = [], 0
    for frame in frames + [None]:
        if frame is None or len(batch) == MAXFRAMES or size + 2 + len(frame) > MAXINJECT:
            data = b"".join(struct.pack("=H", len(f)) + f for f in batch)
            ctypes.memmove(room, data, len(data))
            request = bytearray(INJECTREQ.pack(name.encode(), len(data), 0,
                                               ctypes.addressof(room)))
            fcntl.ioctl(s, BSIOCIFINJECT, request)
            assert INJECTREQ.unpack(request)[2] == len(batch)
            batch, size = [], 0
        if frame is not None:
            batch.append(frame)
            size += 2 + len(frame)
