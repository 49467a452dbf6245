"""Threads that answer requests from one bounded queue, those that wait together in one run."""

import logging
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from wirescope_server.archive import LoadedArchive

if TYPE_CHECKING:
    from wirescope_serving.endpoint import Job

log = logging.getLogger(__name__)

MAX_TOKENS_TOGETHER = 512
"""Tokens of the requests that one thread runs together: what waits behind them waits no longer for that."""

MAX_BYTES_AT_ONCE = 512
"""Of a body that is answered where it was read: some hundred tokens, for which nobody else waits long."""


class ServerBusy(Exception):
    """As many requests wait as may."""


@dataclass(frozen=True)
class Reply:
    """An HTTP status and a JSON body."""

    status: int
    body: bytes

    @classmethod
    def of_error(cls, status: int, name: str, message: str) -> "Reply":
        return cls(status, orjson.dumps({"error": {"name": name, "message": message}}))


@dataclass(frozen=True)
class _Waiting:
    body: bytes
    reply: "Future[Reply]" = field(default_factory=Future)


class Workers:
    """`submit` never blocks: a request is taken, or refused because the queue is full."""

    def __init__(self, archive: LoadedArchive, *, threads: int, max_waiting: int) -> None:
        self._archive = archive
        self._identity = {"model": archive.facts["name"], "version": archive.facts["version"]}
        self._places = threads + max_waiting
        # Where runs are not shared, those that are read first would wait for those behind them, for nothing.
        self._tokens_together = MAX_TOKENS_TOGETHER if getattr(archive.endpoint, "shares_runs", True) else 1
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._unfinished = 0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, name=f"model-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def are_alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    @property
    def unfinished(self) -> int:
        """Requests that wait or are being answered."""
        return self._unfinished

    def submit(self, body: bytes) -> "Future[Reply]":
        """A request's reply to come; cancelling it takes the request back. Raises ServerBusy."""
        with self._lock:
            if self._unfinished >= self._places:
                raise ServerBusy
            self._unfinished += 1
        waiting = _Waiting(body)
        self._queue.put(waiting)
        return waiting.reply

    def may_answer_at_once(self, body: bytes) -> bool:
        """Whether a request may be answered by the thread that read it.

        A query's answer takes less than a millisecond, a third of which a second thread costs: it has to be woken, and
        the caches of its core are cold. With several threads the reading one would keep the others from their work.
        """
        return len(self._threads) == 1 and self._unfinished == 0 and len(body) <= MAX_BYTES_AT_ONCE

    def answer_at_once(self, body: bytes) -> Reply:
        """A request's reply, made by the calling thread."""
        with self._lock:
            self._unfinished += 1
        waiting = _Waiting(body)
        job = self._read(waiting)
        if job is not None:
            self._answer([(waiting, job)])
        return waiting.reply.result()

    def stop(self) -> None:
        """Ends the threads once they have answered what they were given."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _settle(self, waiting: _Waiting, reply: Reply) -> None:
        self._leave()
        waiting.reply.set_result(reply)

    def _leave(self) -> None:
        """Frees a request's place: only here, so that requests taken back still count while the queue holds them."""
        with self._lock:
            self._unfinished -= 1

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            read, is_last = self._gather(first)
            self._answer(read)
            if is_last:
                return

    def _gather(self, first: _Waiting) -> tuple[list[tuple[_Waiting, "Job"]], bool]:
        """The requests to run together, and whether the end was told meanwhile. Refused ones are answered here."""
        read: list[tuple[_Waiting, Job]] = []
        tokens, current = 0, first
        while True:
            job = self._read(current)
            if job is not None:
                read.append((current, job))
                tokens += job.tokens
            if tokens >= self._tokens_together:
                return read, False
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                return read, False
            if following is None:
                return read, True
            current = following

    def _read(self, waiting: _Waiting) -> "Job | None":
        if not waiting.reply.set_running_or_notify_cancel():
            self._leave()
            return None
        try:
            return self._archive.endpoint.read(self._archive.read_object(waiting.body))
        except self._archive.refusal as refusal:
            self._settle(waiting, Reply(400, orjson.dumps(refusal.body())))
        except Exception:
            log.exception("A request could not be read.")
            self._settle(waiting, _failed())
        return None

    def _answer(self, read: Sequence[tuple[_Waiting, "Job"]]) -> None:
        if not read:
            return
        try:
            answers = self._archive.endpoint.run([job for _, job in read])
        except Exception:
            log.exception("The model failed.")
            answers = None
        for index, (waiting, _) in enumerate(read):
            self._settle(waiting, _failed() if answers is None else self._reply(answers[index]))

    def _reply(self, answer: dict[str, Any]) -> Reply:
        return Reply(200, orjson.dumps({**self._identity, **answer}))


def _failed() -> Reply:
    return Reply.of_error(500, "ModelFailed", "The model failed on this request; the server's log says how.")
