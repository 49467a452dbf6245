"""Who answers a request of the onnx-server: the thread that read it, or one that runs together what waits together."""

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from wirescope_server.app import Invocations
from wirescope_server.archive import LoadedArchive
from wirescope_server.settings import Settings
from wirescope_server.work import MAX_BYTES_AT_ONCE, Workers
from wirescope_serving.encoder import TokenSequence
from wirescope_serving.endpoint import Job
from wirescope_serving.payload import Limits
from wirescope_serving.refusal import RequestRefused

LONG = "word " * MAX_BYTES_AT_ONCE


class Watched:
    """An endpoint that answers with what it was asked, and keeps by which thread and with how many others."""

    limits = Limits(1_000_000, 32, 100_000)

    def __init__(self, shares_runs: bool = True) -> None:
        self.shares_runs = shares_runs
        self.runs: list[tuple[str, int]] = []

    def read(self, request: Mapping[str, Any]) -> Job:
        if "text" not in request:
            raise RequestRefused("MissingField", "`text` is missing.")
        return Job([TokenSequence([1], [0])], request["text"])

    def run(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        self.runs.append((threading.current_thread().name, len(jobs)))
        if any(job.context == "fail" for job in jobs):
            raise ValueError("as a graph fails")
        return [{"text": job.context} for job in jobs]


class Server:
    def __init__(self, threads: int, shares_runs: bool = True) -> None:
        self.endpoint = Watched(shares_runs)
        archive = LoadedArchive(Path(), {"name": "watched", "version": "1.0.0"}, self.endpoint, RequestRefused)
        self.workers = Workers(archive, threads=threads, max_waiting=100)
        settings = Settings(Path(), threads, 100, 10)
        state = type("State", (), {"max_bytes": Watched.limits.max_payload_bytes, "workers": self.workers})()
        self._app = Invocations(None, state, settings)

    def post(self, *texts: str) -> list[httpx.Response]:
        """Sends them at the same instant."""

        async def send() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                requests = [client.post("/invocations", json={"text": text} if text else {}) for text in texts]
                return await asyncio.gather(*requests)

        return asyncio.run(send())


@pytest.fixture
def server():
    servers: list[Server] = []

    def start(threads: int, shares_runs: bool = True) -> Server:
        servers.append(Server(threads, shares_runs))
        return servers[-1]

    yield start
    for one in servers:
        one.workers.stop()


def test_a_lone_short_request_is_answered_by_the_thread_that_read_it(server):
    one = server(threads=1)
    assert one.post("rain")[0].json() == {"model": "watched", "version": "1.0.0", "text": "rain"}
    assert one.endpoint.runs == [(threading.main_thread().name, 1)]


def test_a_long_request_is_left_to_a_thread_of_its_own(server):
    one = server(threads=1)
    assert one.post(LONG)[0].json()["text"] == LONG
    assert one.endpoint.runs == [("model-0", 1)]


def test_requests_that_come_together_are_left_to_the_thread_that_runs_them_together(server):
    one = server(threads=1)
    texts = [f"number {at}" for at in range(8)]
    assert [answer.json()["text"] for answer in one.post(*texts)] == texts
    assert sum(count for _, count in one.endpoint.runs) == 8
    # Should the others have been answered already, the last one finds itself alone.
    assert {name for name, _ in one.endpoint.runs[:1]} == {"model-0"}


def test_requests_that_share_no_run_do_not_wait_for_each_others_answers(server):
    one = server(threads=1, shares_runs=False)
    texts = [f"number {at}" for at in range(8)]
    assert [answer.json()["text"] for answer in one.post(*texts)] == texts
    assert [count for _, count in one.endpoint.runs] == [1] * 8


def test_a_server_of_several_threads_leaves_even_a_short_request_to_them(server):
    one = server(threads=2)
    one.post("rain")
    assert one.endpoint.runs[0][0].startswith("model-")


def test_after_a_short_answer_the_next_request_is_looked_for_a_moment_and_no_longer(server, monkeypatch):
    one = server(threads=1)
    looks = []

    async def look(seconds: float) -> None:
        looks.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", look)
    started = time.monotonic()
    assert one.post("rain")[0].status_code == 200
    assert len(looks) > 1
    assert time.monotonic() - started < 1
    looks.clear()
    one.post(LONG)
    assert looks == []


def test_what_is_refused_or_fails_at_once_is_answered_by_name_and_the_next_one_as_ever(server):
    one = server(threads=1)
    refused, failed = one.post("")[0], one.post("fail")[0]
    assert (refused.status_code, refused.json()["error"]["name"]) == (400, "MissingField")
    assert (failed.status_code, failed.json()["error"]["name"]) == (500, "ModelFailed")
    assert one.post("rain")[0].status_code == 200
    assert one.workers.unfinished == 0
