"""Malformed, oversized and hostile requests over HTTP: every text endpoint in every server refuses them by name,
answers what is only unusual, and is as well afterwards as before.

With WIRESCOPE_<ENDPOINT>_SERVER=http://host:port (EMBED, ENTITIES, RERANK) a server at that address is held to it too.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hub_archive import hub_archive
from model_server import ONNX_SERVER, TORCHSERVE, ModelServer

ADDRESS = "address"
PACKAGES = {
    "embed-minilm": "embed",
    "entities-minilm-student": "entities",
    "rerank-late-interaction": "rerank",
    "rerank-ms-marco-minilm": "rerank",
}
LOCAL = [(kind, package) for package in PACKAGES for kind in (TORCHSERVE, ONNX_SERVER)]
REMOTE = [
    (ADDRESS, endpoint)
    for endpoint in ("embed", "entities", "rerank")
    if f"WIRESCOPE_{endpoint.upper()}_SERVER" in os.environ
]
PATIENCE_SECONDS = 30
"""SageMaker waits for 60 s; tests share their machine."""
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
ODD_TEXTS = [
    "",
    " " * 99_000,
    "\u0000\u0001\u001b[31m",
    "[CLS] [SEP] [MASK] [PAD] [UNK] ##a",
    "e\u0301" * 49_500,
    "a" * 99_000,
    "\u202eabc\u202c \u200b\u2060\ufeff \ue000 \U0010fffe",
    "👨‍👩‍👧‍👦🏳️‍🌈" * 1000,
    "한국어 ภาษาไทย العربية 日本語 " * 200,
    "'; DROP TABLE assets; -- <script>alert(1)</script> {{7*7}} ../../etc/passwd",
]


@dataclass(frozen=True)
class Asked:
    """An endpoint and whoever answers for it."""

    endpoint: str
    client: httpx.Client
    results: str
    """The field of an answer that holds a result for each text or document."""

    def post(self, body: bytes, content_type: str = "application/json") -> httpx.Response:
        return self.client.post("/invocations", content=body, headers={"content-type": content_type})

    def body(self, texts: list[Any]) -> dict[str, Any]:
        """A request about so many texts, or documents."""
        return {"query": "harbour", "documents": texts} if self.endpoint == "rerank" else {"texts": texts}

    def answers(self, texts: list[str]) -> list[Any]:
        answer = self.post(json.dumps(self.body(texts)).encode())
        assert answer.status_code == 200, answer.text
        return answer.json()[self.results]


RESULTS = {"embed": "vectors", "entities": "entities", "rerank": "scores"}


@pytest.fixture(scope="module", params=[*LOCAL, *REMOTE], ids="-".join)
def asked(request: pytest.FixtureRequest, unpacked: Callable[[str], Path], tmp_path_factory) -> Iterator[Asked]:
    kind, name = request.param
    endpoint = PACKAGES.get(name, name)
    if kind == ADDRESS:
        with httpx.Client(base_url=os.environ[f"WIRESCOPE_{endpoint.upper()}_SERVER"], timeout=120) as there:
            yield Asked(endpoint, there, RESULTS[endpoint])
        return
    folder = tmp_path_factory.mktemp("served")
    archive = hub_archive(name, folder) if name == "rerank-ms-marco-minilm" else unpacked(name).parent
    server = ModelServer(kind, archive, folder / "log", {"WIRESCOPE_SERVER_THREADS": "1"})
    try:
        yield Asked(endpoint, server.client, RESULTS[endpoint])
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def still_well(asked: Asked) -> Iterator[None]:
    """Whatever was sent, it was dealt with in time, and the next request is answered."""
    started = time.monotonic()
    yield
    assert len(asked.answers(["still here"])) == 1
    assert time.monotonic() - started < PATIENCE_SECONDS


def assert_refused(answer: httpx.Response, name: str) -> None:
    assert (answer.status_code, answer.json()["error"]["name"]) == (400, name)
    assert answer.json()["error"]["message"].endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"texts":' * 100_000,
        b'{"texts": ["a"], "query": "a", "documents": ["a"], "n": ' + b"9" * 5000 + b"}",
        b'["texts"]',
        b"null",
        b'"texts"',
        b"NaN",
        b'{"texts": ["a"], "query": "a", "documents": ["a"]}{}',
        b'{"texts": ["\xff"], "query": "\xff", "documents": ["\xff"]}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_object_is_refused(asked: Asked, body: bytes):
    assert_refused(asked.post(body), "MalformedJson")


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (None, "MissingField"),
        ("one", "MissingField"),
        ([], "MissingField"),
        ({"0": "a"}, "MissingField"),
        (7, "MissingField"),
        ([None], "MissingField"),
        ([7], "InvalidText"),
        ([True], "InvalidText"),
        ([["a"]], "InvalidText"),
        ([{"text": "a"}], "InvalidText"),
        (["a", "b", 1e308], "InvalidText"),
        (["\ud800"], "InvalidText"),
        (["a\udfff"], "InvalidText"),
        (["a"] * 101, "TooManyTexts"),
        (["a"] * 1_000_000, "TooManyTexts"),
        (["a" * 100_001], "TextTooLong"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_texts_that_are_none_are_refused(asked: Asked, texts: object, name: str):
    assert_refused(asked.post(json.dumps(asked.body(texts)).encode()), name)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (None, "MissingField"),
        (7, "InvalidText"),
        (["a"], "InvalidText"),
        ("\udc00", "InvalidText"),
        ("a" * 100_001, "TextTooLong"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_query_that_is_none_is_refused(asked: Asked, query: object, name: str):
    if asked.endpoint != "rerank":
        pytest.skip("only a reranker reads a query")
    assert_refused(asked.post(json.dumps({"query": query, "documents": ["a"]}).encode()), name)


def test_a_request_without_its_fields_is_refused(asked: Asked):
    for body in ({}, {"text": "a"}, {"query": "a"}, {"documents": ["a"]}):
        assert_refused(asked.post(json.dumps(body).encode()), "MissingField")


@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: ascii(text[:12]))
def test_an_odd_text_is_answered_as_among_others(asked: Asked, text: str):
    (alone,) = asked.answers([text])
    together = asked.answers(["a", text, "b"])
    assert len(together) == 3
    if asked.endpoint == "entities":
        for entity in alone:
            assert text[entity["start"] : entity["end"]] == entity["text"]
    else:
        assert together[1] == pytest.approx(alone, abs=1e-5)


@pytest.mark.parametrize("text", ["a,", "kyiv ", "un, ", "日", "한 ", "한", "\u0301", "🏳️‍🌈", "\u0000"], ids=ascii)
@pytest.mark.parametrize("count", [1, 60])
def test_as_much_text_as_a_request_may_hold_is_answered_or_refused_in_time(asked: Asked, text: str, count: int):
    """What takes a model minutes must not be begun."""
    encoded_bytes = len(json.dumps(text, ensure_ascii=False).encode()) - 2
    times = min(100_000 // len(text), (MAX_PAYLOAD_BYTES - 1000) // (count * encoded_bytes))
    body = json.dumps(asked.body([text * times] * count), ensure_ascii=False).encode()
    assert len(body) <= MAX_PAYLOAD_BYTES
    answer = asked.post(body)
    if answer.status_code == 200:
        assert len(answer.json()[asked.results]) == count
    else:
        assert_refused(answer, "TooMuchText")


@pytest.mark.parametrize("size_bytes", [MAX_PAYLOAD_BYTES + 1, 7 * 1024 * 1024, 64 * 1024 * 1024])
def test_an_oversized_request_is_refused(asked: Asked, size_bytes: int):
    def chunks() -> Iterator[bytes]:
        for _ in range(size_bytes // 65536 + 1):
            yield b"x" * 65536

    for content in (b"x" * size_bytes, chunks()):
        try:
            answer = asked.client.post("/invocations", content=content)
        except httpx.WriteError:
            continue  # it hung up before all had been sent
        assert answer.status_code in {400, 413}
        # TorchServe's own 413 has no body: its web server ends the request before there is anybody to name a reason.
        assert not answer.content or answer.json()["error"]["name"] == "PayloadTooLarge"
        assert answer.content or answer.status_code == 413


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/json; charset=utf-16",
        "image/png",
        "nonsense",
    ],
)
def test_another_content_type_is_answered_or_refused(asked: Asked, content_type: str):
    answer = asked.post(json.dumps(asked.body(["harbour"])).encode(), content_type)
    assert answer.status_code == 200 or 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    if answer.status_code != 200:
        assert answer.json()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(asked: Asked, method: str):
    assert 400 <= asked.client.request(method, "/invocations").status_code < 500


def test_words_that_are_no_spans_are_refused_by_a_reranker_that_reads_them(asked: Asked):
    if asked.endpoint != "rerank":
        pytest.skip("only a reranker is asked about words")
    request = {"query": "rain", "documents": ["rain"]}
    reads_words = "support" in asked.post(json.dumps({**request, "words": [{"start": 0, "end": 4}]}).encode()).json()
    for words, name in [
        ("all", "InvalidSpan"),
        ([3], "InvalidSpan"),
        ([{"start": -1, "end": 2}], "InvalidSpan"),
        ([{"start": 0, "end": 1e300}], "InvalidSpan"),
        ([{"start": 0, "end": 99}], "InvalidSpan"),
        ([{"start": 0, "end": 1}] * 101, "TooManySpans"),
    ]:
        answer = asked.post(json.dumps({**request, "words": words}).encode())
        if reads_words:
            assert_refused(answer, name)
        else:
            assert answer.status_code == 200
