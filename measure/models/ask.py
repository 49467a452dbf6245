"""Times a model server: `ask.py PORT CLIENTS BODIES`.

BODIES is a file with a JSON list of request bodies, sent to `/invocations`. Prints the milliseconds of each, from sending
it to the last byte of its answer, as JSON. Each client is a thread with a connection of its own that sends its next
request when it has its answer.

Blocking sockets, since what the asking side takes to itself is a part of every figure: where a core that waits is put to
sleep, Node's event loop needs 0.05 ms more than they do to notice an answer, a thirtieth of a short query.
"""

import itertools
import json
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HEAD_END = b"\r\n\r\n"
TIMEOUT_SECONDS = 60


class UnusableAnswer(Exception):
    """The server refused, named no length of its answer, or went away."""


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def milliseconds(self, body: bytes) -> float:
        """Raises UnusableAnswer."""
        request = (
            b"POST /invocations HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(body), body)
        )
        started = time.perf_counter()
        self._socket.sendall(request)
        status = self._read_answer()
        taken = 1000 * (time.perf_counter() - started)
        if status != 200:
            raise UnusableAnswer(f"The server answered {status} in the middle of a measure.")
        return taken

    def close(self) -> None:
        self._socket.close()

    def _read_answer(self) -> int:
        arrived = self._receive()
        while HEAD_END not in arrived:
            arrived += self._receive()
        head, _, body = arrived.partition(HEAD_END)
        left = _content_length(head) - len(body)
        while left > 0:
            left -= len(self._receive())
        return int(head[9:12])

    def _receive(self) -> bytes:
        arrived = self._socket.recv(1 << 16)
        if not arrived:
            raise UnusableAnswer("The server closed the connection.")
        return arrived


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise UnusableAnswer("The server named no length of its answer.")


def ask(port: int, bodies: Iterator[tuple[int, bytes]]) -> dict[int, float]:
    """One client's times by the requests' numbers, until none is left. Raises UnusableAnswer."""
    client = Client(port)
    try:
        return {number: client.milliseconds(body) for number, body in bodies}
    finally:
        client.close()


def main() -> None:
    port, clients, bodies_file = sys.argv[1:]
    bodies = [body.encode() for body in json.loads(Path(bodies_file).read_text("utf-8"))]
    waiting = iter(list(enumerate(bodies)))
    with ThreadPoolExecutor(int(clients)) as pool:
        parts = list(pool.map(lambda _: ask(int(port), waiting), range(int(clients))))
    taken = dict(itertools.chain.from_iterable(part.items() for part in parts))
    print(json.dumps([taken[number] for number in range(len(bodies))]))


if __name__ == "__main__":
    main()
