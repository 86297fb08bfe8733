# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Python's asyncio: a server and many clients in one thread each."""
from bsdnet_test import scale
from programs import PYTHON

CLIENTS = 50
SIZE = scale(100000, 4 << 20)

SERVER = """
import asyncio, sys
async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
    writer.close()
async def main():
    server = await asyncio.start_server(echo, sys.argv[1], int(sys.argv[2]))
    await server.serve_forever()
asyncio.run(main())
"""

CLIENT = """
import asyncio, os, sys
async def talk(address, port, size):
    reader, writer = await asyncio.open_connection(address, port)
    data = os.urandom(size)
    async def send():
        writer.write(data)
        await writer.drain()
        writer.write_eof()
    got, _ = await asyncio.gather(reader.read(), send())
    writer.close()
    await writer.wait_closed()
    return got == data
async def main():
    address, port, clients, size = sys.argv[1], *map(int, sys.argv[2:])
    print(sum(await asyncio.gather(*(talk(address, port, size) for _ in range(clients)))))
asyncio.run(main())
"""


def test_asyncio_echoes(ends):
    with ends.serving(PYTHON, "-c", SERVER, ends.address, 8500, port=8500):
        done = ends.client.run(PYTHON, "-c", CLIENT, ends.address, 8500, CLIENTS, SIZE).check()
    assert done.out.strip() == str(CLIENTS)
    assert ends.sent() + ends.received() >= 2 * CLIENTS * SIZE
