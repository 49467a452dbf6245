"""InvokeEndpointAsync: the queue, both messages, what is kept over a restart. The model is a double that counts."""

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.models import asynchronous_store
from local.models.asynchronous import AsynchronousInferences
from local.models.backends import Answer
from local.models.deployments import Deployment, EndpointDescription, StoredEndpoint
from local.models.errors import EndpointNotFound, InvalidEndpoint, ModelFailed, PayloadTooLarge
from local.models.tests.object_store import object_store

CONFIG = {
    "OutputConfig": {
        "S3OutputPath": "s3://derived/inference/shots/output/",
        "S3FailurePath": "s3://derived/inference/shots/failure/",
        "NotificationConfig": {"SuccessTopic": "arn:success", "ErrorTopic": "arn:error"},
    }
}
HEADERS = {"x-amzn-sagemaker-inputlocation": "s3://derived/work/windows.json", "x-amzn-sagemaker-inference-id": "chunk.1"}


class Store:
    """S3, SNS and CloudWatch as lists."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {"s3://derived/work/windows.json": b"[1, 2]"}
        self.messages: list[tuple[str, Mapping[str, Any]]] = []
        self.metrics: list[str] = []

    def get(self, location: str) -> bytes:
        return self.objects[location]

    def put(self, location: str, content: bytes, content_type: str) -> None:
        self.objects[location] = content

    def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        self.messages.append((topic, message))

    def measure(self, endpoint: str, metrics: Mapping[str, tuple[float, str]]) -> None:
        self.metrics.extend(metrics)


class Model:
    """Answers with the request's length; refuses on demand."""

    def __init__(self, failure: ModelFailed | None = None) -> None:
        self.failure = failure
        self.most_at_once = self.at_once = 0

    async def invoke_large(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        if self.failure:
            raise self.failure
        return Answer(json.dumps({"bytes": len(body)}).encode(), "application/json")


class Deployments:
    def __init__(self, model: Model, config: Mapping[str, Any] | None = CONFIG) -> None:
        description = EndpointDescription("shots", "serving", "tensorflow", "s3://a/b", {}, config)
        self._deployment = Deployment(StoredEndpoint(description, "etag", "sha", 1), model)  # type: ignore[arg-type]
        self._deployment.is_loaded = True

    def get(self, name: str) -> Deployment:
        if name != "shots":
            raise EndpointNotFound(name)
        return self._deployment


def serve(folder: Path, model: Model, store: Store, config: Mapping[str, Any] | None = CONFIG) -> AsynchronousInferences:
    return AsynchronousInferences(Deployments(model, config), store, folder)  # type: ignore[arg-type]


async def settled(store: Store, count: int) -> None:
    deadline = time.monotonic() + 5
    while len(store.messages) < count and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)


def test_an_answer_lies_where_it_was_promised_and_is_told_of(tmp_path: Path):
    async def run() -> None:
        store = Store()
        inferences = serve(tmp_path, Model(), store)
        request = inferences.submit("shots", HEADERS)
        await settled(store, 1)
        await inferences.stop()
        assert store.objects[request.output_location] == b'{"bytes": 6}'
        assert request.output_location.startswith("s3://derived/inference/shots/output/")
        assert request.output_location.endswith(".out")
        topic, message = store.messages[0]
        assert topic == "arn:success"
        assert message["invocationStatus"] == "Completed"
        assert message["inferenceId"] == "chunk.1"
        assert message["responseParameters"]["outputLocation"] == request.output_location
        assert message["requestParameters"]["inputLocation"] == HEADERS["x-amzn-sagemaker-inputlocation"]
        assert {"awsRegion", "eventTime", "receivedTime", "eventVersion", "eventSource", "eventName"} <= set(message)
        assert "InvocationsProcessed" in store.metrics
        assert list(tmp_path.glob("asynchronous/*.json")) == []

    asyncio.run(run())


def test_a_refusal_of_the_model_lies_at_the_failure_location_and_is_told_of(tmp_path: Path):
    async def run() -> None:
        store = Store()
        inferences = serve(tmp_path, Model(ModelFailed(400, '{"error": "bad window"}')), store)
        request = inferences.submit("shots", HEADERS)
        await settled(store, 1)
        await inferences.stop()
        assert store.objects[request.failure_location] == b'{"error": "bad window"}'
        topic, message = store.messages[0]
        assert (topic, message["invocationStatus"]) == ("arn:error", "Failed")
        assert "client error (400)" in message["failureReason"]
        assert message["responseParameters"] == {"failureLocation": request.failure_location}

    asyncio.run(run())


def test_one_request_at_a_time_unless_the_configuration_says_more(tmp_path: Path):
    async def most_at_once(config: Mapping[str, Any], folder: Path) -> int:
        store, model = Store(), Model()
        inferences = serve(folder, model, store, config)
        for _ in range(6):
            inferences.submit("shots", HEADERS)
        await settled(store, 6)
        await inferences.stop()
        assert len(store.messages) == 6
        return model.most_at_once

    assert asyncio.run(most_at_once(CONFIG, tmp_path / "one")) == 1
    wide = {**CONFIG, "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 3}}
    assert asyncio.run(most_at_once(wide, tmp_path / "three")) == 3


def test_what_waited_at_a_stop_is_answered_after_the_next_start(tmp_path: Path):
    async def run() -> None:
        before, after = Store(), Store()
        stopped = serve(tmp_path, Model(), before)
        request = stopped.submit("shots", HEADERS)
        await stopped.stop()
        assert before.messages == []
        again = serve(tmp_path, Model(), after)
        again.restore()
        await settled(after, 1)
        await again.stop()
        assert after.messages[0][1]["responseParameters"]["outputLocation"] == request.output_location

    asyncio.run(run())


def test_a_request_that_waited_too_long_expires(tmp_path: Path):
    async def run() -> None:
        store = Store()
        first = serve(tmp_path, Model(), store)
        first.submit("shots", {**HEADERS, "x-amzn-sagemaker-requestttlseconds": "60"})
        await first.stop()
        (kept,) = tmp_path.glob("asynchronous/*.json")
        kept.write_text(json.dumps({**json.loads(kept.read_text()), "received": time.time() - 61}))
        again = serve(tmp_path, Model(), store)
        again.restore()
        await settled(store, 1)
        await again.stop()
        assert store.messages[0][1]["invocationStatus"] == "Failed"
        assert "ExpiredRequests" in store.metrics

    asyncio.run(run())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x-amzn-sagemaker-inputlocation": "http://elsewhere"}, "InputLocation"),
        ({"x-amzn-sagemaker-inference-id": "x" * 65}, "InferenceId"),
        ({"x-amzn-sagemaker-requestttlseconds": "5"}, "number of seconds"),
        ({"x-amzn-sagemaker-invocationtimeoutseconds": "3601"}, "number of seconds"),
    ],
)
def test_a_request_that_sagemaker_would_not_take_is_refused(tmp_path: Path, change: dict[str, str], said: str):
    with pytest.raises(InvalidEndpoint, match=said):
        serve(tmp_path, Model(), Store()).submit("shots", {**HEADERS, **change})


def test_an_endpoint_without_the_configuration_takes_none(tmp_path: Path):
    with pytest.raises(InvalidEndpoint, match="not configured"):
        serve(tmp_path, Model(), Store(), None).submit("shots", HEADERS)


def test_a_request_larger_than_memory_is_meant_for_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asynchronous_store, "MAX_INPUT_BYTES", 1000)
    (tmp_path / "derived").mkdir()
    (tmp_path / "derived" / "small.json").write_bytes(b"1" * 1000)
    (tmp_path / "derived" / "large.json").write_bytes(b"1" * 1001)
    with object_store(tmp_path) as url:
        store = asynchronous_store.AsynchronousStore(url)
        assert len(store.get("s3://derived/small.json")) == 1000
        with pytest.raises(PayloadTooLarge, match="more than 1000 bytes"):
            store.get("s3://derived/large.json")
