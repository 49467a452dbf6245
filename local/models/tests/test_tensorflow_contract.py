"""TF Serving's REST contract, held by the local server and, with WIRESCOPE_TENSORFLOW_SERVING=http://host:8501, by a real
TF Serving at that address that serves the SavedModel of shots-transnetv2.

https://www.tensorflow.org/tfx/serving/api_rest
"""

import base64
import os
from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from local.models.tests.running_server import RunningServer

ADDRESS = os.environ.get("WIRESCOPE_TENSORFLOW_SERVING")
MODEL = "/v1/models/shots-transnetv2"
FRAME_BYTES = 27 * 48 * 3
PROBABILITY_TOLERANCE = 1e-5


@pytest.fixture(params=["local"] if ADDRESS is None else ["local", "address"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    if request.param == "address":
        with httpx.Client(base_url=str(ADDRESS), timeout=120) as there:
            yield there
    else:
        server: RunningServer = request.getfixturevalue("server")
        yield server.client


def window(seed: int, frames: int = 100) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (frames, 27, 48, 3), np.uint8)


def encoded(frames: np.ndarray) -> dict[str, str]:
    return {"b64": base64.b64encode(frames.tobytes()).decode()}


def predict(client: httpx.Client, request: object) -> httpx.Response:
    return client.post(f"{MODEL}:predict", json=request)


def test_bytes_in_columns_are_answered_in_columns(client: httpx.Client):
    request = {"signature_name": "serving_bytes", "inputs": {"windows": [encoded(window(1)), encoded(window(2))]}}
    outputs = predict(client, request).json()["outputs"]
    assert {name: np.shape(values) for name, values in outputs.items()} == {"single": (2, 100), "many": (2, 100)}
    probabilities = np.array([outputs["single"], outputs["many"]])
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_rows_are_answered_in_rows_with_the_same_numbers(client: httpx.Client):
    columns = {"signature_name": "serving_bytes", "inputs": {"windows": [encoded(window(1))]}}
    rows = {"signature_name": "serving_bytes", "instances": [{"windows": encoded(window(1))}]}
    (prediction,) = predict(client, rows).json()["predictions"]
    expected = predict(client, columns).json()["outputs"]["single"][0]
    assert prediction["single"] == pytest.approx(expected, abs=PROBABILITY_TOLERANCE)


def test_the_default_signature_takes_the_numbers_themselves(client: httpx.Client):
    frames = window(3, frames=4)
    numbers = predict(client, {"inputs": [frames.tolist()]}).json()["outputs"]["many"]
    raw = {"signature_name": "serving_bytes", "inputs": {"windows": [encoded(frames)]}}
    assert numbers[0] == pytest.approx(predict(client, raw).json()["outputs"]["many"][0], abs=PROBABILITY_TOLERANCE)


def test_status_names_the_version_that_is_available(client: httpx.Client):
    (version,) = client.get(MODEL).json()["model_version_status"]
    assert (version["version"], version["state"], version["status"]["error_code"]) == ("1", "AVAILABLE", "OK")


def test_metadata_names_signatures_inputs_and_outputs(client: httpx.Client):
    metadata = client.get(f"{MODEL}/metadata").json()
    signatures = metadata["metadata"]["signature_def"]["signature_def"]
    assert metadata["model_spec"]["name"] == "shots-transnetv2"
    assert {"serving_default", "serving_bytes"} <= set(signatures)
    assert signatures["serving_bytes"]["inputs"]["windows"]["dtype"] == "DT_STRING"
    assert signatures["serving_default"]["inputs"]["frames"]["dtype"] == "DT_UINT8"
    for name in ("serving_default", "serving_bytes"):
        assert set(signatures[name]["outputs"]) == {"single", "many"}
        assert signatures[name]["method_name"] == "tensorflow/serving/predict"


@pytest.mark.parametrize(
    "request_body",
    [
        {},
        {"inputs": {"images": []}},
        {"signature_name": "classify", "inputs": [[1]]},
        {"signature_name": "serving_bytes", "inputs": {"windows": [{"b64": base64.b64encode(b"short").decode()}]}},
        {"signature_name": "serving_bytes", "inputs": {"windows": [{"b64": "%%"}]}},
        {
            "signature_name": "serving_bytes",
            "inputs": {"windows": [encoded(window(1, frames=1)), encoded(window(1, frames=2))]},
        },
    ],
)
def test_a_request_that_cannot_be_read_is_a_400_with_an_error(client: httpx.Client, request_body: object):
    answer = predict(client, request_body)
    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str) and answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"inputs":' * 100_000,
        b'{"inputs": [NaN]}',
        b'{"inputs": ' + b"9" * 5000 + b"}",
        b'{"inputs": [[[[[' + b"1" * 400 + b"]]]]]}",
        b'{"inputs": [' + b"[" * 500 + b"]" * 500 + b"]}",
        b'{"inputs": "windows"}',
        b'{"inputs": {"frames": {"b64": "AAAA"}}}',
        b'{"signature_name": ["serving_bytes"], "inputs": [1]}',
        b'{"signature_name": {"a": 1}, "inputs": [1]}',
        b'{"signature_name": "\\ud800", "inputs": [1]}',
        b'{"signature_name": "serving_bytes", "inputs": {"windows": [{"b64": "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"}]}}',
        b'{"signature_name": "serving_bytes", "inputs": {"windows": [{"b64": 7}]}}',
        b'{"signature_name": "serving_bytes", "instances": [null]}',
        b'{"signature_name": "serving_bytes", "instances": [[[[]]]]}',
        b'{"inputs": [' + b"0," * 2_000_000 + b"0]}",
    ],
    ids=lambda body: ascii(body[:40]),
)
def test_a_hostile_request_is_a_400_with_an_error_and_the_next_one_is_answered(client: httpx.Client, body: bytes):
    answer = client.post(f"{MODEL}:predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str) and answer.json()["error"]
    assert client.get(MODEL).status_code == 200
    usual = {"signature_name": "serving_bytes", "inputs": {"windows": [encoded(window(1, frames=1))]}}
    assert predict(client, usual).status_code == 200


def test_as_many_windows_as_a_real_time_request_may_hold_are_answered(client: httpx.Client):
    windows = [encoded(window(1, frames=1))] * 1000
    answer = predict(client, {"signature_name": "serving_bytes", "inputs": {"windows": windows}})
    assert answer.status_code == 200
    assert np.shape(answer.json()["outputs"]["single"]) == (1000, 1)


def test_a_model_that_is_not_there_is_a_404_with_an_error(client: httpx.Client):
    answer = client.get("/v1/models/unheard-of")
    assert (answer.status_code, list(answer.json())) == (404, ["error"])


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"{", 424, "ModelError"),
        (b'{"signature_name": ["serving_bytes"], "inputs": [1]}', 424, "ModelError"),
        (b"x" * (6 * 1024 * 1024 + 1), 413, "ValidationError"),
    ],
    ids=["malformed", "unhashable", "oversized"],
)
def test_behind_an_endpoint_what_is_refused_has_a_name(server: RunningServer, body: bytes, status: int, name: str):
    answer = server.client.post("/endpoints/shots/invocations", content=body)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (status, name)
    assert status != 424 or answer.json()["OriginalStatusCode"] == 400
