"""The endpoint server with a real TorchServe, loaded from the archives that ship."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from local.models.deployments import MAX_WAITING_REQUESTS
from local.models.tests.running_server import RunningServer

MEMORY_LIMIT_BYTES = 1.2e9


def test_an_endpoint_answers_with_the_published_models_similarity(server: RunningServer):
    answer = server.invoke("embed", {"texts": ["That is a happy person", "That is a very happy person"]})
    assert answer.headers["x-amzn-invoked-production-variant"] == "AllTraffic"
    first, second = np.array(answer.json()["vectors"])
    assert first @ second == pytest.approx(0.943, abs=5e-4)


def test_a_put_says_what_was_fetched_and_repeating_it_changes_nothing(server: RunningServer, bucket: Path):
    workers = {child.pid for child in server.children()}
    answer = server.put("embed", "embed-minilm", "pytorch-inference:2.6").json()
    assert answer["archive"]["sizeBytes"] == (bucket / "embed-minilm.tar.gz").stat().st_size
    assert answer["status"] == "ready"
    assert {child.pid for child in server.children()} == workers


def test_torchserve_itself_answers_ping(server: RunningServer):
    assert httpx.get(f"http://127.0.0.1:{server.torchserve_port}/ping").json() == {"status": "Healthy"}


def test_only_loopback_is_listened_on(server: RunningServer):
    addresses = {
        connection.laddr.ip
        for process in (psutil.Process(server.java().ppid()), server.java())
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {address.removeprefix("::ffff:") for address in addresses} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("endpoint", "body", "said"),
    [
        ("embed", b"{", "MalformedJson"),
        ("embed", json.dumps({"texts": ["a"] * 65}).encode(), "TooManyTexts"),
        ("rerank", b'{"query": "a"}', "MissingField"),
        ("shots", b'{"inputs": {"windows": []}}', "Missing named input: frames"),
    ],
)
def test_a_refusal_is_a_model_error_with_the_models_own_words(server: RunningServer, endpoint: str, body: bytes, said: str):
    answer = server.client.post(f"/endpoints/{endpoint}/invocations", content=body)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (424, "ModelError")
    assert answer.json()["OriginalStatusCode"] == 400
    assert said in answer.json()["OriginalMessage"]


def test_a_payload_over_six_mebibytes_never_reaches_the_model(server: RunningServer):
    answer = server.client.post("/endpoints/embed/invocations", content=b"x" * (6 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (413, "ValidationError")


def test_an_endpoint_that_is_not_there_is_a_validation_error(server: RunningServer):
    answer = server.invoke("captions", {})
    assert (answer.status_code, answer.json()["Message"]) == (400, "Endpoint captions not found.")
    assert server.client.delete("/endpoints/captions").status_code == 404


@pytest.mark.parametrize(
    ("package", "image", "status", "said"),
    [
        ("nothing", "pytorch-inference:2.6", 422, "does not exist"),
        ("embed-minilm", "huggingface-tgi:1", 400, "have a local counterpart"),
        ("embed-minilm", "tensorflow-inference:2.20", 422, "holds no model.json"),
        ("shots-transnetv2", "pytorch-inference:2.6", 502, "TorchServe could not load"),
        ("shots-transnetv2", "wirescope-onnx-server:1.0.0", 502, "onnx-server could not load"),
    ],
)
def test_what_cannot_be_loaded_is_refused_and_leaves_nothing(
    server: RunningServer, package: str, image: str, status: int, said: str
):
    answer = server.put("trial", package, image)
    assert answer.status_code == status
    assert said in answer.json()["message"]
    assert "trial" not in server.client.get("/health").json()["endpoints"]


def test_an_update_that_does_not_load_leaves_the_old_model_serving(server: RunningServer):
    assert server.put("rerank", "shots-transnetv2", "pytorch-inference:2.6").status_code == 502
    answer = server.invoke("rerank", {"query": "a", "documents": ["b", "c"]})
    assert len(answer.json()["scores"]) == 2


def test_an_endpoint_moves_to_the_onnx_server_and_back_by_its_image_alone(server: RunningServer):
    request = {"texts": ["harbour at dawn", "kyiv"]}
    by_torchserve = server.invoke("embed", request).json()
    try:
        assert server.put("embed", "embed-minilm", "wirescope-onnx-server:1.0.0").json()["status"] == "ready"
        assert np.array(server.invoke("embed", request).json()["vectors"]) == pytest.approx(
            np.array(by_torchserve["vectors"]), abs=1e-6
        )
        refusal = server.invoke("embed", {"texts": []})
        assert (refusal.status_code, refusal.json()["OriginalStatusCode"]) == (424, 400)
        (worker,) = [child for child in server.children() if "spawn_main" in " ".join(child.cmdline())]
        worker.kill()
        assert answers_again(server, 30)
    finally:
        assert server.put("embed", "embed-minilm", "pytorch-inference:2.6").status_code == 200
    assert not [child for child in server.children() if "wirescope_server" in " ".join(child.cmdline())]
    assert server.invoke("embed", request).json() == by_torchserve


def test_more_requests_than_the_queue_holds_are_turned_away_at_once(server: RunningServer):
    body = {"documents": ["the harbour at dawn " * 12] * 8, "query": "harbour"}
    with ThreadPoolExecutor(MAX_WAITING_REQUESTS + 8) as callers:
        answers = list(callers.map(lambda _: server.invoke("rerank", body), range(MAX_WAITING_REQUESTS + 8)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}
    turned_away = next(answer for answer in answers if answer.status_code == 503)
    assert turned_away.headers["x-amzn-errortype"] == "ServiceUnavailable"


def test_a_windows_answer_is_the_same_alone_and_among_others(server: RunningServer):
    random = np.random.default_rng(7)
    raw = [random.integers(0, 256, 25 * 3888, np.uint8).tobytes() for _ in range(5)]
    windows = [{"b64": base64.b64encode(each).decode()} for each in raw]

    def single(*asked: dict[str, str]) -> list[list[float]]:
        request = {"signature_name": "serving_bytes", "inputs": {"windows": asked}}
        return server.invoke("shots", request).json()["outputs"]["single"]

    assert single(*windows) == [single(window)[0] for window in windows]


def test_the_whole_house_stays_small(server: RunningServer):
    server.invoke("embed", {"texts": ["word " * 250] * 64})
    assert server.memory_bytes() < MEMORY_LIMIT_BYTES


def answers_again(server: RunningServer, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.invoke("embed", {"texts": ["a"]}).status_code == 200:
            return True
        time.sleep(0.2)
    return False


def test_a_worker_that_dies_comes_back(server: RunningServer):
    for child in server.children():
        if "model_service_worker.py" in " ".join(child.cmdline()):
            child.kill()
    assert server.invoke("embed", {"texts": ["a"]}).status_code in {200, 424, 503}
    assert answers_again(server, 30)


def test_torchserve_that_dies_is_started_again_with_its_models(server: RunningServer):
    server.java().kill()
    assert answers_again(server, 60)
    server.wait_until_ready()


def test_a_restart_serves_the_same_endpoints_and_leaves_no_process_behind(server: RunningServer):
    before = server.client.get("/endpoints").json()
    children = server.stop()
    assert len(children["java"]) == 1 and len(children) == 2
    assert not [child for each in children.values() for child in each if child.is_running()]
    server.start()
    deadline = time.monotonic() + 60
    while server.client.get("/endpoints").json() != before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert server.client.get("/endpoints").json() == before
    assert answers_again(server, 10)


def test_a_deleted_endpoint_is_gone_after_a_restart_too(server: RunningServer):
    assert server.client.delete("/endpoints/rerank").status_code == 204
    assert server.invoke("rerank", {"query": "a", "documents": ["b"]}).status_code == 400
    server.stop()
    server.start()
    assert set(server.client.get("/health").json()["endpoints"]) == {"shots", "embed"}
