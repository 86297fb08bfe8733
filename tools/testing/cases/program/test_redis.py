# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""redis-server with redis-benchmark and redis-cli."""
import csv
import hashlib
import io
import os

from bsdnet_test import scale
from programs import on_lo, program
from servers import redis

REQUESTS = scale(1000, 20000)
TESTS = ["SET", "GET", "LPUSH"]


def cli(ends, *words, **more):
    return ends.client.run(program("redis-cli"), "-h", ends.address, *words, **more).check()


def test_redis_benchmark(ends):
    with redis(ends):
        out = ends.client.run(program("redis-benchmark"), "-h", ends.address, "-n", REQUESTS,
                              "-c", 20, "-t", ",".join(TESTS), "--csv").check().out
        rows = {row["test"]: float(row["rps"]) for row in csv.DictReader(io.StringIO(out))}
        assert sorted(rows) == sorted(TESTS) and all(rps > 0 for rps in rows.values())
        assert cli(ends, "llen", "mylist").out.strip() == str(REQUESTS)
    assert ends.sent() + ends.received() >= len(TESTS) * REQUESTS * 20


@on_lo
def test_redis_pipeline(ends):
    with redis(ends):
        ends.client.run(program("redis-benchmark"), "-h", ends.address, "-n", 4 * REQUESTS,
                        "-P", 32, "-c", 5, "-d", 500, "-t", "lpush", "-q").check()
        assert cli(ends, "llen", "mylist").out.strip() == str(4 * REQUESTS)
    assert ends.sent() + ends.received() >= 4 * REQUESTS * 500


@on_lo
def test_redis_keeps_a_large_value(ends):
    data = os.urandom(1 << 20).hex().encode()
    with redis(ends):
        assert cli(ends, "-x", "set", "key", input=data).out.strip() == "OK"
        got = cli(ends, "--raw", "get", "key").raw
    assert hashlib.sha256(got[:-1]).digest() == hashlib.sha256(data).digest()
    assert ends.sent() + ends.received() >= 2 * len(data)
