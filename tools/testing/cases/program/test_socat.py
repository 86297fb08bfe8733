# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""socat: both ways at once, and an end of one direction alone."""
import hashlib
import os

from programs import on_lo, program

SIZE = (2 << 20) + 3


def talked(ends, command, data):
    """What the client got, having sent @data to @command at the server and closed its half."""
    socat = program("socat")
    with ends.serving(socat, "-t", 60, f"TCP-LISTEN:7000,bind={ends.address},reuseaddr",
                      "EXEC:" + command, port=7000) as server:
        done = ends.client.run(socat, "-t", 60, "-", f"TCP:{ends.address}:7000", input=data)
        server.wait().check()
    return done.check().raw


def test_socat_answers_after_a_half_close(ends):
    data = os.urandom(SIZE)
    assert talked(ends, "sha256sum", data).split()[0].decode() == hashlib.sha256(data).hexdigest()
    assert ends.sent() + ends.received() >= SIZE


@on_lo
def test_socat_echoes_both_ways(ends):
    data = os.urandom(SIZE)
    assert hashlib.sha256(talked(ends, "cat", data)).digest() == hashlib.sha256(data).digest()
    assert ends.sent() + ends.received() >= 2 * SIZE
