"""InvokeEndpointAsync: requests wait in a queue, answers go to S3, and SNS says that they are there.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html. What waits is kept on disk, so that a restart
goes on with it.
"""

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.models.asynchronous_store import AsynchronousStore
from local.models.deployments import Deployment, Deployments
from local.models.errors import EndpointError, EndpointNotFound, InvalidEndpoint, ModelFailed, ServiceUnavailable

log = logging.getLogger(__name__)

MAX_WAITING_REQUESTS = 1000
"""Of one endpoint; SageMaker has no such limit, but a queue on a laptop should not grow for ever."""

DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS = 21_600, 21_600
DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS = 900, 3_600
MAX_INFERENCE_ID_CHARACTERS = 64
LOADING_WAIT_SECONDS = 1


@dataclass(frozen=True)
class AsynchronousRequest:
    """One request as it waits. Times are seconds since 1970."""

    name: str
    endpoint: str
    inference_id: str
    input_location: str
    output_location: str
    failure_location: str
    content_type: str
    accept: str | None
    custom_attributes: str | None
    received: float
    ttl_seconds: int
    timeout_seconds: int


class AsynchronousInferences:
    """The queues of all asynchronous endpoints; each is worked on by as many workers as its configuration allows."""

    def __init__(self, deployments: Deployments, store: AsynchronousStore, state_dir: Path) -> None:
        self._deployments = deployments
        self._store = store
        self._folder = state_dir / "asynchronous"
        self._queues: dict[str, asyncio.Queue[AsynchronousRequest]] = {}
        self._waiting: dict[str, dict[str, AsynchronousRequest]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    def restore(self) -> None:
        """Queues again what an earlier run left, oldest first."""
        kept = []
        for path in self._folder.glob("*.json"):
            try:
                kept.append(AsynchronousRequest(**json.loads(path.read_text("utf-8"))))
            except (OSError, ValueError, TypeError) as failure:
                log.warning("%s is not used: %s", path, failure)
        for request in sorted(kept, key=lambda request: request.received):
            self._enqueue(request)

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        for worker in list(self._workers):
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    def submit(self, endpoint: str, headers: Mapping[str, str]) -> AsynchronousRequest:
        """Takes a request in. Raises EndpointNotFound, InvalidEndpoint, ServiceUnavailable."""
        deployment = self._deployments.get(endpoint)
        config = deployment.stored.description.asynchronous
        if config is None:
            raise InvalidEndpoint(f"Endpoint {endpoint} is not configured for asynchronous inference.")
        if len(self._waiting.get(endpoint, {})) >= MAX_WAITING_REQUESTS:
            raise ServiceUnavailable(f"Endpoint {endpoint} already has {MAX_WAITING_REQUESTS} requests waiting; try again later.")
        output = config["OutputConfig"]
        name = str(uuid.uuid4())
        failure_path = output.get("S3FailurePath") or output["S3OutputPath"]
        inference_id = headers.get("x-amzn-sagemaker-inference-id") or str(uuid.uuid4())
        if len(inference_id) > MAX_INFERENCE_ID_CHARACTERS:
            raise InvalidEndpoint(f"InferenceId may have at most {MAX_INFERENCE_ID_CHARACTERS} characters.")
        input_location = headers.get("x-amzn-sagemaker-inputlocation", "")
        if not input_location.startswith("s3://"):
            raise InvalidEndpoint("InputLocation must look like s3://bucket/key.")
        request = AsynchronousRequest(
            name=name,
            endpoint=endpoint,
            inference_id=inference_id,
            input_location=input_location,
            output_location=f"{output['S3OutputPath'].rstrip('/')}/{name}.out",
            failure_location=f"{failure_path.rstrip('/')}/{name}-error.out",
            content_type=headers.get("x-amzn-sagemaker-content-type") or "application/json",
            accept=headers.get("x-amzn-sagemaker-accept"),
            custom_attributes=headers.get("x-amzn-sagemaker-custom-attributes"),
            received=time.time(),
            ttl_seconds=_seconds(headers, "x-amzn-sagemaker-requestttlseconds", 60, DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS),
            timeout_seconds=_seconds(
                headers, "x-amzn-sagemaker-invocationtimeoutseconds", 1, DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS
            ),
        )
        self._keep(request)
        self._enqueue(request)
        return request

    def _enqueue(self, request: AsynchronousRequest) -> None:
        if request.endpoint not in self._queues:
            self._queues[request.endpoint] = asyncio.Queue()
            self._waiting[request.endpoint] = {}
            for _ in range(self._workers_of(request.endpoint)):
                worker = asyncio.create_task(self._work(request.endpoint))
                self._workers.add(worker)
                worker.add_done_callback(self._workers.discard)
        self._waiting[request.endpoint][request.name] = request
        self._queues[request.endpoint].put_nowait(request)

    def _workers_of(self, endpoint: str) -> int:
        try:
            config = self._deployments.get(endpoint).stored.description.asynchronous or {}
        except EndpointNotFound:
            return 1
        return int((config.get("ClientConfig") or {}).get("MaxConcurrentInvocationsPerInstance") or 1)

    async def _work(self, endpoint: str) -> None:
        queue = self._queues[endpoint]
        while True:
            request = await queue.get()
            try:
                await self._answer(request)
            except asyncio.CancelledError:
                raise
            except Exception:
                # The request stays on disk and comes again at the next start; the queue goes on.
                log.exception("the asynchronous request %s could not be ended", request.inference_id)
            finally:
                self._waiting[endpoint].pop(request.name, None)

    async def _answer(self, request: AsynchronousRequest) -> None:
        await self._measure_backlog(request.endpoint)
        started = time.time()
        metrics: dict[str, tuple[float, str]]
        try:
            if started - request.received > request.ttl_seconds:
                raise RequestExpired(f"The request waited for more than {request.ttl_seconds} s.")
            content_type = await self._infer(request)
            await self._notify(request, started, {"invocationStatus": "Completed"}, content_type)
            metrics = {"InvocationsProcessed": (1, "Count"), "InvocationFailures": (0, "Count")}
        except EndpointError as failure:
            said = failure.original_message if isinstance(failure, ModelFailed) else failure.message
            await asyncio.to_thread(self._store.put, request.failure_location, said.encode(), "application/json")
            await self._notify(request, started, {"invocationStatus": "Failed", "failureReason": failure.message}, None)
            is_expired = isinstance(failure, RequestExpired)
            metrics = {"ExpiredRequests": (1, "Count")} if is_expired else {"InvocationFailures": (1, "Count")}
        self._path(request.name).unlink(missing_ok=True)
        metrics["TotalProcessingTime"] = ((time.time() - request.received) * 1000, "Milliseconds")
        await asyncio.to_thread(self._store.measure, request.endpoint, metrics)

    async def _infer(self, request: AsynchronousRequest) -> str:
        """Returns the answer's content type once it lies in S3. Raises EndpointError."""
        deployment = await self._loaded(request)
        body = await asyncio.to_thread(self._store.get, request.input_location)
        headers = {"content-type": request.content_type}
        try:
            answer = await asyncio.wait_for(deployment.backend.invoke_large(body, headers), request.timeout_seconds)
        except TimeoutError:
            raise ServiceUnavailable(f"The model did not answer within {request.timeout_seconds} s.") from None
        await asyncio.to_thread(self._store.put, request.output_location, answer.body, answer.content_type)
        return answer.content_type

    async def _loaded(self, request: AsynchronousRequest) -> Deployment:
        """Waits for a model that is being loaded, as requests wait for an instance. Raises EndpointError."""
        while True:
            deployment = self._deployments.get(request.endpoint)
            if deployment.is_loaded:
                return deployment
            if deployment.failure is not None or time.time() - request.received > request.ttl_seconds:
                raise ServiceUnavailable(deployment.failure or "The model did not load in time.")
            await asyncio.sleep(LOADING_WAIT_SECONDS)

    async def _notify(
        self, request: AsynchronousRequest, received: float, outcome: dict[str, str], content_type: str | None
    ) -> None:
        config = self._deployments.get(request.endpoint).stored.description.asynchronous or {}
        topics = (config.get("OutputConfig") or {}).get("NotificationConfig") or {}
        is_completed = outcome["invocationStatus"] == "Completed"
        topic = topics.get("SuccessTopic" if is_completed else "ErrorTopic")
        if topic:
            await asyncio.to_thread(self._store.publish, topic, message_of(request, received, outcome, content_type))

    async def _measure_backlog(self, endpoint: str) -> None:
        waiting = self._waiting[endpoint].values()
        oldest = max((time.time() - request.received for request in waiting), default=0)
        metrics = {
            "ApproximateBacklogSize": (float(len(waiting)), "Count"),
            "ApproximateBacklogSizePerInstance": (float(len(waiting)), "Count"),
            "ApproximateAgeOfOldestRequest": (oldest, "Seconds"),
        }
        await asyncio.to_thread(self._store.measure, endpoint, metrics)

    def _keep(self, request: AsynchronousRequest) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f".{request.name}.unfinished"
        unfinished.write_text(json.dumps(asdict(request)), "utf-8")
        unfinished.replace(self._path(request.name))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


class RequestExpired(EndpointError):
    """It waited for longer than its caller would."""

    status = 400
    name = "ValidationError"


def message_of(
    request: AsynchronousRequest, received: float, outcome: Mapping[str, str], content_type: str | None
) -> dict[str, Any]:
    """What SageMaker publishes when an inference has ended.

    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
    """
    asked = {
        "accept": request.accept,
        "contentType": request.content_type,
        "customAttributes": request.custom_attributes,
        "endpointName": request.endpoint,
        "inputLocation": request.input_location,
    }
    is_completed = outcome["invocationStatus"] == "Completed"
    answered = (
        {"contentType": content_type, "outputLocation": request.output_location}
        if is_completed
        else {"failureLocation": request.failure_location}
    )
    return {
        "awsRegion": "us-east-1",
        "eventTime": _instant(time.time()),
        "receivedTime": _instant(received),
        **outcome,
        "requestParameters": {name: value for name, value in asked.items() if value is not None},
        "responseParameters": answered,
        "inferenceId": request.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(headers: Mapping[str, str], name: str, least: int, default: int, most: int) -> int:
    text = headers.get(name)
    if text is None:
        return default
    if not text.isdigit() or not least <= int(text) <= most:
        raise InvalidEndpoint(f"{name} must be a number of seconds from {least} to {most}, not {text!r}.")
    return int(text)
