"""The endpoint server's routes."""

import asyncio
import contextlib
import gc
import json
import logging
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.models import sagemaker
from local.models.asynchronous import AsynchronousInferences
from local.models.backends import Backends
from local.models.deployments import MAX_PAYLOAD_BYTES, Deployment, Deployments, EndpointDescription
from local.models.errors import EndpointError, EndpointNotFound, InvalidEndpoint, PayloadTooLarge
from local.models.torchserve import TorchServe

log = logging.getLogger(__name__)


def build_app(
    deployments: Deployments, backends: Backends, torchserve: TorchServe, inferences: AsynchronousInferences
) -> Starlette:
    """The ASGI application; TorchServe, where an endpoint asks for it, lives as long as it does."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async def restore() -> None:
            await deployments.restore()
            inferences.restore()

        restoring = asyncio.create_task(restore())
        # What was imported stays: to look through it for garbage holds all requests up, for 50 ms every few thousand.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            restoring.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await restoring
            await inferences.stop()
            await torchserve.stop()

    async def health(_request: Request) -> Response:
        states = {each.stored.description.name: await each.state() for each in deployments.all()}
        is_ready = all(state["status"] == "ready" for state in states.values())
        return JSONResponse({"ready": is_ready, "endpoints": states})

    async def list_endpoints(_request: Request) -> Response:
        return JSONResponse({"endpoints": [await _described(each) for each in deployments.all()]})

    async def put_endpoint(request: Request) -> Response:
        body = await _read(request)
        try:
            parsed = json.loads(body)
        except (ValueError, RecursionError):
            raise InvalidEndpoint("The body is not valid JSON.") from None
        description = EndpointDescription.parse(request.path_params["name"], parsed)
        return JSONResponse(await _described(await deployments.put(description)))

    async def delete_endpoint(request: Request) -> Response:
        try:
            await deployments.delete(request.path_params["name"])
        except EndpointNotFound as failure:
            return JSONResponse({"message": failure.message}, 404)
        return Response(status_code=204)

    async def invoke(request: Request) -> Response:
        try:
            deployment = deployments.get(request.path_params["name"])
            answer = await deployment.invoke(await _read(request), request.headers)
        except EndpointError as failure:
            return sagemaker.refused(failure)
        return sagemaker.answered(answer, deployment.stored.description.variant)

    async def invoke_asynchronously(request: Request) -> Response:
        try:
            return sagemaker.accepted(inferences.submit(request.path_params["name"], request.headers))
        except EndpointError as failure:
            return sagemaker.refused(failure)

    async def tensorflow_model(request: Request) -> Response:
        """TF Serving's `/v1/models/<model>[/versions/<n>][/metadata | :predict]`."""
        name, _, verb = request.path_params["path"].partition(":")
        name, *rest = name.removesuffix("/metadata").split("/")
        model = backends.tensorflow_models.get(name)
        if model is None or rest not in ([], ["versions", "1"]):
            wanted = f"Specific({name}, {rest[-1]})" if rest else f"Latest({name})"
            return JSONResponse({"error": f"Servable not found for request: {wanted}"}, 404)
        if request.method == "POST" and verb == "predict":
            status, body = await backends.predict(model, await _read(request))
            return Response(body, status, media_type="application/json")
        if request.method == "GET" and not verb:
            is_metadata = request.path_params["path"].endswith("/metadata")
            return JSONResponse(model.metadata() if is_metadata else model.status())
        return JSONResponse({"error": f"Malformed request: {request.method} {request.url.path}"}, 400)

    async def endpoint_error(_request: Request, failure: Exception) -> Response:
        assert isinstance(failure, EndpointError)
        return JSONResponse({"message": failure.message}, failure.status)

    return Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            Route("/endpoints", list_endpoints, methods=["GET"]),
            Route("/endpoints/{name}", put_endpoint, methods=["PUT"]),
            Route("/endpoints/{name}", delete_endpoint, methods=["DELETE"]),
            Route("/endpoints/{name}/invocations", invoke, methods=["POST"]),
            Route("/endpoints/{name}/async-invocations", invoke_asynchronously, methods=["POST"]),
            Route("/v1/models/{path:path}", tensorflow_model, methods=["GET", "POST"]),
        ],
        exception_handlers={EndpointError: endpoint_error},
        lifespan=lifespan,
    )


async def _read(request: Request) -> bytes:
    """The body, refused as soon as it grows over the limit. Raises PayloadTooLarge."""
    chunks, size_bytes = [], 0
    async for chunk in request.stream():
        size_bytes += len(chunk)
        if size_bytes > MAX_PAYLOAD_BYTES:
            raise PayloadTooLarge(f"HTTP content length exceeded {MAX_PAYLOAD_BYTES} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


async def _described(deployment: Deployment) -> dict[str, object]:
    stored = deployment.stored
    return {
        "endpointName": stored.description.name,
        "variantName": stored.description.variant,
        "image": stored.description.image,
        "modelDataUrl": stored.description.model_data_url,
        "archive": {"sha256": stored.sha256, "sizeBytes": stored.size_bytes},
        **await deployment.state(),
    }
