"""The routes of SageMaker's container contract."""

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator

from fastapi import FastAPI, Response
from starlette.datastructures import State
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from wirescope_server.archive import load_archive
from wirescope_server.settings import Settings
from wirescope_server.work import Reply, ServerBusy, Workers

RETRY_AFTER_SECONDS = 1

LINGER_SECONDS = 0.0001
"""Until a caller that waited for a short answer has sent its next request. A core that is put to sleep meanwhile, on a
virtual machine above all, wakes late and with cold caches: a twentieth of a short query."""


def build_app(settings: Settings) -> FastAPI:
    """The application; the model is loaded when it starts. Raises ArchiveDoesNotLoad then."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Here and not in a thread, whose heap glibc keeps in small pages.
        archive = load_archive(settings.model_dir)
        app.state.max_bytes = archive.endpoint.limits.max_payload_bytes
        app.state.workers = Workers(archive, threads=settings.threads, max_waiting=settings.max_waiting)
        # What is loaded stays: to look through it for garbage holds all requests up, for 10 ms every few thousand.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            await asyncio.to_thread(app.state.workers.stop)

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/ping")
    async def ping() -> Response:
        is_healthy = app.state.workers.are_alive
        state = b'{"status": "Healthy"}' if is_healthy else b'{"status": "Unhealthy"}'
        return Response(state, 200 if is_healthy else 503, media_type="application/json")

    app.add_middleware(Invocations, state=app.state, settings=settings)
    return app


class Invocations:
    """Answers `POST /invocations` before FastAPI routes it: its routing takes as long as a short query's tokeniser."""

    def __init__(self, app: ASGIApp, state: State, settings: Settings) -> None:
        self._app = app
        self._state = state
        self._settings = settings
        self._requests_read = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/invocations" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive, self._state.max_bytes)
        except ClientDisconnect:
            return
        self._requests_read += 1
        if body is None:
            reply = Reply.of_error(
                413, "PayloadTooLarge", f"This model reads at most {self._state.max_bytes:,} bytes a request; split it."
            )
        else:
            reply = await self._answered(body)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(reply.body))]
        if reply.status in {429, 503}:
            headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
        if body is not None and self._state.workers.may_answer_at_once(body):
            await self._linger()

    async def _answered(self, body: bytes) -> Reply:
        workers: Workers = self._state.workers
        if workers.may_answer_at_once(body) and await self._is_alone() and workers.may_answer_at_once(body):
            return workers.answer_at_once(body)
        return await _answered_in_turn(workers, body, self._settings)

    async def _is_alone(self) -> bool:
        """Whether no other request has come with this one: those that come together run together."""
        read_until_now = self._requests_read
        await asyncio.sleep(0)
        return self._requests_read == read_until_now

    async def _linger(self) -> None:
        """Looks for the next request a moment longer before the thread sleeps."""
        read_until_now, until = self._requests_read, time.monotonic() + LINGER_SECONDS
        while self._requests_read == read_until_now and time.monotonic() < until:
            await asyncio.sleep(0)


async def _answered_in_turn(workers: Workers, body: bytes, settings: Settings) -> Reply:
    try:
        reply = asyncio.wrap_future(workers.submit(body))
    except ServerBusy:
        return Reply.of_error(
            429, "ServerBusy", f"{workers.unfinished} requests wait already; send this one again in a moment."
        )
    try:
        async with asyncio.timeout(settings.timeout_seconds):
            return await reply
    except TimeoutError:
        return Reply.of_error(
            503, "AnswerTimedOut", f"The model did not come to this request within {settings.timeout_seconds} s."
        )


async def _read(receive: Receive, max_bytes: int) -> bytes | None:
    """The body; None as soon as it grows over the limit. Raises ClientDisconnect."""
    chunks, size_bytes, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size_bytes += len(chunks[-1])
        if size_bytes > max_bytes:
            return None
        is_more = message.get("more_body", False)
    return b"".join(chunks)
