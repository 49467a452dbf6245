"""The client of the model servers, against a server of this test's own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from local.models.model_server_client import ModelServerAway, ModelServerClient, Reply

CALLERS = 30
REQUESTS_EACH = 5

Answer = Callable[[str, bytes], Awaitable[bytes]]


class CountingServer:
    """HTTP/1.1 with kept connections: counts them, and answers each request with what `answer` makes of it."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
                sizes = [field.split(": ")[1] for field in fields if field.lower().startswith("content-length")]
                body = await reader.readexactly(int(sizes[0]) if sizes else 0)
                writer.write(await self._answer(line, body))
                await writer.drain()


@contextlib.asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[tuple[CountingServer, ModelServerClient]]:
    server = CountingServer(answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    client = ModelServerClient(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    try:
        yield server, client
    finally:
        await client.close()
        listening.close()


def response(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


async def echo(_line: str, body: bytes) -> bytes:
    await asyncio.sleep(0.005)
    return response(body)


async def never(_line: str, _body: bytes) -> bytes:
    await asyncio.sleep(60)
    return b""


async def not_found(line: str, _body: bytes) -> bytes:
    return response(line.encode(), "404 Not Found")


def test_a_burst_gets_its_own_answers_over_connections_that_are_kept():
    async def burst() -> int:
        async with served(echo) as (server, client):

            async def call(caller: int) -> None:
                for number in range(REQUESTS_EACH):
                    body = f"{caller}/{number}".encode()
                    assert (await client.request("POST", "/", body=body)).body == body

            await asyncio.gather(*(call(caller) for caller in range(CALLERS)))
            return server.connections

    assert asyncio.run(burst()) == CALLERS


def test_an_answer_is_the_servers_own_whatever_its_status():
    async def ask() -> Reply:
        async with served(not_found) as (_server, client):
            return await client.request("GET", "/models/entities", query={"batch_size": 1})

    reply = asyncio.run(ask())
    assert (reply.status, reply.is_success, reply.text) == (404, False, "GET /models/entities?batch_size=1 HTTP/1.1")


def test_a_server_that_says_nothing_in_time_is_away():
    async def ask() -> None:
        async with served(never) as (_server, client):
            await client.request("GET", "/ping", timeout_seconds=0.05)

    with pytest.raises(ModelServerAway):
        asyncio.run(ask())


def test_a_server_that_nothing_stands_for_is_away():
    async def ask() -> None:
        listening = await asyncio.start_server(CountingServer(echo).serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        listening.close()
        await listening.wait_closed()
        client = ModelServerClient(f"http://127.0.0.1:{port}")
        try:
            await client.request("GET", "/ping")
        finally:
            await client.close()

    with pytest.raises(ModelServerAway):
        asyncio.run(ask())
