"""Reading TF Serving's predict requests."""

import base64
import json
import os
import tarfile
import tracemalloc
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from local.models import freed_memory, processor
from local.models.tensorflow_serving import PredictRefused, TransNetModel, parse_predict_request

WINDOW_FRAMES = 2
WINDOW_BYTES = WINDOW_FRAMES * 27 * 48 * 3


def window(seed: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, WINDOW_BYTES, np.uint8).tobytes()


def encoded(raw: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(raw).decode()}


def parse(request: object):
    return parse_predict_request(json.dumps(request).encode())


def test_bytes_and_numbers_mean_the_same_frames_in_order():
    raw = [window(1), window(2)]
    numbers = [np.frombuffer(each, np.uint8).reshape(WINDOW_FRAMES, 27, 48, 3).tolist() for each in raw]
    by_bytes = parse({"signature_name": "serving_bytes", "inputs": {"windows": [encoded(each) for each in raw]}})
    assert np.array_equal(by_bytes.frames.reshape(2, -1), np.stack([np.frombuffer(each, np.uint8) for each in raw]))
    for request in ({"inputs": numbers}, {"inputs": {"frames": numbers}}, {"instances": numbers}):
        assert np.array_equal(parse(request).frames, by_bytes.frames)


def test_the_bytes_say_how_many_frames_a_window_has():
    for frames in (1, 7, 100):
        windows = [encoded(bytes(frames * 3888))] * 2
        parsed = parse({"signature_name": "serving_bytes", "inputs": {"windows": windows}})
        assert parsed.frames.shape == (2, frames, 27, 48, 3)


def test_row_form_takes_named_and_bare_values():
    for row in (encoded(window(1)), {"windows": encoded(window(1))}):
        assert parse({"signature_name": "serving_bytes", "instances": [row]}).is_row_format


@pytest.mark.parametrize(
    ("request_body", "said"),
    [
        ([], "is not object"),
        ({}, "Missing 'inputs' or 'instances' key"),
        ({"inputs": [], "instances": []}, "both"),
        ({"inputs": [1], "signature_name": "classify"}, '"classify" not found in signature def'),
        ({"inputs": {"images": []}}, "Missing named input: frames"),
        ({"instances": []}, "at least one"),
        ({"inputs": [[1], [1, 2]]}, "unexpected size"),
        ({"inputs": [[1, 2]]}, "has shape"),
        ({"signature_name": "serving_bytes", "inputs": {"windows": ["abc"]}}, "must be an object"),
        ({"signature_name": "serving_bytes", "inputs": {"windows": [{"b64": "%%"}]}}, "base64"),
        ({"signature_name": "serving_bytes", "inputs": {"windows": [encoded(b"short")]}}, "whole frames of 3888 bytes"),
        ({"signature_name": "serving_bytes", "inputs": {"windows": [encoded(b"")]}}, "at least one frame"),
        (
            {"signature_name": "serving_bytes", "inputs": {"windows": [encoded(bytes(3888)), encoded(bytes(7776))]}},
            "equally long",
        ),
    ],
)
def test_a_malformed_request_is_refused_with_a_reason(request_body: object, said: str):
    with pytest.raises(PredictRefused, match=said):
        parse(request_body)


@pytest.mark.parametrize("value", [256, -1, 0.5, "a", None])
def test_a_number_that_is_no_byte_is_refused(value: object):
    frames = np.zeros((1, WINDOW_FRAMES, 27, 48, 3), int).tolist()
    frames[0][0][0][0][0] = value
    with pytest.raises(PredictRefused):
        parse({"inputs": frames})


def test_text_that_is_not_json_is_refused():
    for body in (b"", b"{", b"[" * 100_000, b"\xff"):
        with pytest.raises(PredictRefused, match="JSON Parse error"):
            parse_predict_request(body)


def test_a_chunks_request_takes_no_more_than_three_times_its_size_to_read():
    windows = [encoded(bytes(250 * 3888))] * 23
    body = json.dumps({"signature_name": "serving_bytes", "inputs": {"windows": windows}}).encode()
    tracemalloc.start()
    try:
        parsed = parse_predict_request(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert parsed.frames.shape == (23, 250, 27, 48, 3)
    assert peak < 3 * len(body)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_the_processor_decides_which_graph_is_served(bucket: Path, monkeypatch: pytest.MonkeyPatch):
    frames = np.random.default_rng(3).integers(0, 256, (60, 27, 48, 3), np.uint8)
    answers = []
    for has_vnni, graph in ((True, "model.int8.onnx"), (False, "model.onnx")):
        monkeypatch.setattr(processor, "has_vnni", lambda found=has_vnni: found)
        archive = bucket / "shots-transnetv2.tar.gz"
        with tarfile.open(archive) as contents:
            own = onnxruntime.InferenceSession(contents.extractfile(graph).read())
        answers.append(TransNetModel(archive).run(frames).single)
        assert np.allclose(answers[-1], own.run(["single"], {"frames": frames[None]})[0][0], atol=1e-5)
    assert not np.array_equal(*answers)


def test_what_windows_took_is_given_back_on_release(bucket: Path):
    model = TransNetModel(bucket / "shots-transnetv2.tar.gz")
    model.release()
    freed_memory.give_back()  # what other tests freed would be taken again, unseen
    before = resident_bytes()
    window = np.zeros((400, 27, 48, 3), np.uint8)
    answers = [model.run(window).single for _ in range(2)]
    held = resident_bytes() - before
    model.release()
    freed_memory.give_back()
    kept = resident_bytes() - before
    assert held > 50 * 2**20
    assert kept < held / 4
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(model.run(window).single, answers[0])
