"""The routes of SageMaker's container contract."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request, Response

from wirescope_server.archive import load_archive
from wirescope_server.settings import Settings
from wirescope_server.work import Reply, ServerBusy, Workers

RETRY_AFTER_SECONDS = 1


def build_app(settings: Settings) -> FastAPI:
    """The application; the model is loaded when it starts. Raises ArchiveDoesNotLoad then."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        archive = await asyncio.to_thread(load_archive, settings.model_dir)
        app.state.max_bytes = archive.endpoint.limits.max_payload_bytes
        app.state.workers = Workers(archive, threads=settings.threads, max_waiting=settings.max_waiting)
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

    @app.post("/invocations")
    async def invocations(request: Request) -> Response:
        body = await _read(request, app.state.max_bytes)
        if body is None:
            reply = Reply.of_error(
                413, "PayloadTooLarge", f"This model reads at most {app.state.max_bytes:,} bytes a request; split it."
            )
        else:
            reply = await _answered(app.state.workers, body, settings)
        headers = {"retry-after": str(RETRY_AFTER_SECONDS)} if reply.status in {429, 503} else None
        return Response(reply.body, reply.status, headers, media_type="application/json")

    return app


async def _answered(workers: Workers, body: bytes, settings: Settings) -> Reply:
    try:
        reply = asyncio.wrap_future(workers.submit(body))
    except ServerBusy:
        return Reply.of_error(
            429, "ServerBusy", f"{workers.unfinished} requests wait already; send this one again in a moment."
        )
    try:
        return await asyncio.wait_for(reply, settings.timeout_seconds)
    except TimeoutError:
        return Reply.of_error(
            503, "AnswerTimedOut", f"The model did not come to this request within {settings.timeout_seconds} s."
        )


async def _read(request: Request, max_bytes: int) -> bytes | None:
    """The body; None as soon as it grows over the limit."""
    chunks, size_bytes = [], 0
    async for chunk in request.stream():
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
