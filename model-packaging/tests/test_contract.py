"""The contract of a text endpoint's container, held by each server that may stand behind one.

TorchServe and the onnx-server are started as their images start them, on the archive that ships. With
WIRESCOPE_EMBED_SERVER=http://host:port a server at that address, which serves embed-minilm, is held to it too.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest
from hub_archive import hub_archive
from model_server import ONNX_SERVER, TORCHSERVE, ModelServer, answers

ADDRESS = os.environ.get("WIRESCOPE_EMBED_SERVER")
KINDS = [TORCHSERVE, ONNX_SERVER]
SMALL_QUEUE = {"TS_JOB_QUEUE_SIZE": "4", "WIRESCOPE_SERVER_MAX_WAITING": "4", "WIRESCOPE_SERVER_THREADS": "1"}
RECOVERY_SECONDS = 60
ONE_AT_A_TIME_TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ModelServer]]:
    servers: list[ModelServer] = []

    def start_server(kind: str, unpacked: Path, **settings: str) -> ModelServer:
        servers.append(ModelServer(kind, unpacked, tmp_path_factory.mktemp("server") / "log", settings))
        return servers[-1]

    yield start_server
    for server in servers:
        server.stop()


@pytest.fixture(scope="module", params=KINDS if ADDRESS is None else [*KINDS, "address"])
def client(request: pytest.FixtureRequest, start, unpacked) -> Iterator[httpx.Client]:
    if request.param == "address":
        with httpx.Client(base_url=str(ADDRESS), timeout=120) as there:
            yield there
    else:
        yield start(request.param, unpacked("embed-minilm").parent, **SMALL_QUEUE).client


def embed(client: httpx.Client, *texts: str) -> dict:
    answer = client.post("/invocations", json={"texts": texts})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_ping_says_healthy(client: httpx.Client):
    answer = client.get("/ping")
    assert (answer.status_code, answer.json()) == (200, {"status": "Healthy"})


def test_an_answer_names_its_model_and_is_json(client: httpx.Client):
    answer = client.post("/invocations", json={"texts": ["harbour"]})
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["model"] == "embed-minilm"
    assert np.linalg.norm(answer.json()["vectors"][0]) == pytest.approx(1, abs=1e-5)


def test_similarities_are_those_of_the_published_model(client: httpx.Client):
    first, second = np.array(embed(client, "That is a happy person", "That is a very happy person")["vectors"])
    assert first @ second == pytest.approx(0.943, abs=5e-4)


def test_order_is_kept_and_a_batch_is_what_single_texts_are(client: httpx.Client):
    texts = ["a", "Kyiv " * 200, "the harbour at dawn", "😀", "", "b"]
    together = np.array(embed(client, *texts)["vectors"])
    alone = np.array([embed(client, text)["vectors"][0] for text in texts])
    assert np.abs(together - alone).max() < ONE_AT_A_TIME_TOLERANCE


def test_requests_at_once_get_their_own_answers(client: httpx.Client):
    texts = [f"desk {number}" for number in range(12)]
    alone = np.array(embed(client, *texts)["vectors"])

    def patiently(text: str) -> list[float]:
        while (answer := client.post("/invocations", json={"texts": [text]})).status_code in {429, 503}:
            time.sleep(0.05)
        return answer.json()["vectors"][0]

    with ThreadPoolExecutor(4) as callers:
        together = np.array(list(callers.map(patiently, texts)))
    assert np.abs(together - alone).max() < ONE_AT_A_TIME_TOLERANCE


def test_overload_is_turned_away_from_a_bound(client: httpx.Client):
    body = {"texts": ["the harbour at dawn " * 12] * 32}
    with ThreadPoolExecutor(24) as callers:
        found = list(callers.map(lambda _: client.post("/invocations", json=body), range(24)))
    statuses = {answer.status_code for answer in found}
    assert 200 in statuses and statuses <= {200, 429, 503} and len(statuses) > 1
    assert all(len(answer.json()["vectors"]) == 32 for answer in found if answer.status_code == 200)
    assert embed(client, "and after it, as ever")


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_is_killed_comes_back_and_nothing_is_left_behind(kind: str, unpacked, tmp_path: Path):
    server = ModelServer(kind, unpacked("embed-minilm").parent, tmp_path / "log")
    try:
        killed = server.worker()
        killed.kill()
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline and not recovered(server):
            time.sleep(0.2)
        assert recovered(server) and server.worker().pid != killed.pid
    finally:
        children = server.stop()
    assert children and not [child for child in children if child.is_running()]


def test_no_worker_outlives_an_onnx_server_that_is_killed(unpacked, tmp_path: Path):
    server = ModelServer(ONNX_SERVER, unpacked("embed-minilm").parent, tmp_path / "log")
    worker = server.worker()
    server.kill()
    assert worker in psutil.wait_procs([worker], timeout=10)[0]


def recovered(server: ModelServer) -> bool:
    try:
        return answers(server.client)
    except httpx.TransportError:
        return False


def test_torchserve_gathers_requests_to_a_batch_and_refuses_among_them(start, unpacked):
    delay_seconds, size = 1.5, 4
    settings = {"SAGEMAKER_TS_BATCH_SIZE": str(size), "SAGEMAKER_TS_MAX_BATCH_DELAY": str(int(1000 * delay_seconds))}
    client = start(TORCHSERVE, unpacked("embed-minilm").parent, **settings).client

    def seconds(*bodies: dict) -> tuple[float, list[httpx.Response]]:
        started = time.monotonic()
        with ThreadPoolExecutor(size) as callers:
            found = list(callers.map(lambda body: client.post("/invocations", json=body), bodies))
        return time.monotonic() - started, found

    seconds({"texts": ["warm"]})
    alone, _ = seconds({"texts": ["a"]})
    together, found = seconds({"texts": ["a"]}, {"texts": "not a list"}, {"texts": ["b", "c"]}, {"texts": ["d"]})
    assert together < delay_seconds <= alone
    assert [answer.status_code for answer in found] == [200, 400, 200, 200]
    assert [len(answer.json().get("vectors", [])) for answer in found] == [1, 0, 2, 1]
    assert found[1].json()["error"]["name"] == "MissingField"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("package", "body", "field"),
    [
        ("entities-distilbert", {"texts": ["the minister spoke in new york", "kyiv"]}, "entities"),
        ("rerank-ms-marco-minilm", {"query": "kyiv", "documents": ["new york", "lancashire"]}, "scores"),
    ],
)
def test_the_hub_models_archives_are_served(kind: str, package: str, body: dict, field: str, start, tmp_path: Path):
    served = hub_archive(package, tmp_path)
    answer = start(kind, served).client.post("/invocations", json=body)
    assert (answer.status_code, answer.json()["model"]) == (200, package)
    assert len(answer.json()[field]) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_reranker_that_can_tell_answers_for_each_word(kind: str, start, unpacked, tmp_path: Path):
    body = {"query": "storm kyiv", "documents": ["storm", "Kyiv at night"], "words": [{"start": 0, "end": 5}]}
    late = start(kind, unpacked("rerank-late-interaction").parent).client.post("/invocations", json=body).json()
    assert [len(row) for row in late["support"]] == [1, 1]
    assert late["support"][0][0] > late["support"][1][0]
    cross = start(kind, hub_archive("rerank-ms-marco-minilm", tmp_path)).client.post("/invocations", json=body)
    assert cross.status_code == 200 and "support" not in cross.json()
