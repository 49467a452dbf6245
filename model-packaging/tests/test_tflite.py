"""TFLite files answer as the ONNX graph does, in TensorFlow's interpreter and in LiteRT's. Needs TensorFlow."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from wirescope_models import formats
from wirescope_models.footage import PARITY_FRAMES, clip_frames
from wirescope_models.packages import read_packages
from wirescope_models.weights import fetch_weights

tf = pytest.importorskip("tensorflow", reason="requirements-tensorflow.txt is not installed")

from ai_edge_litert.interpreter import Interpreter as LiteRt  # noqa: E402

from wirescope_models.transnetv2_tflite import TfliteModel, window_dataset  # noqa: E402

CONTEXT_FRAMES = 25
LARGEST_DIFFERENCE = 1e-4
RUNTIMES = {"litert": LiteRt, "tensorflow": tf.lite.Interpreter}


@pytest.fixture(scope="module")
def built(weights_dir: Path) -> Callable[[str], bytes]:
    files: dict[str, bytes] = {}

    def build(format: str) -> bytes:
        if format not in files:
            (package,) = read_packages(["shots-transnetv2"])
            files[format] = formats.contents_in(format, package, fetch_weights(package.source, weights_dir))[
                "model.tflite"
            ]
        return files[format]

    return build


@pytest.fixture(scope="module")
def windows(weights_dir: Path) -> "tf.data.Dataset":
    (package,) = read_packages(["shots-transnetv2"])
    return window_dataset(clip_frames(fetch_weights(package.source, weights_dir), PARITY_FRAMES))


@pytest.fixture(scope="module")
def expected(windows, unpacked) -> list[list[np.ndarray]]:
    session = onnxruntime.InferenceSession(str(unpacked("shots-transnetv2") / "model.onnx"))
    return [session.run(["single", "many"], {"frames": window[None]}) for window in windows.as_numpy_iterator()]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_window_of_real_footage_is_answered_as_the_onnx_graph_answers_it(built, windows, expected, runtime: str):
    model = TfliteModel(built("tflite"), RUNTIMES[runtime])
    assert len(expected) >= 8
    for window, (single, many) in zip(windows.as_numpy_iterator(), expected, strict=True):
        answer = model.run(window)
        assert np.abs(answer["single"] - single[0]).max() < LARGEST_DIFFERENCE
        assert np.abs(answer["many"] - many[0]).max() < LARGEST_DIFFERENCE


def test_the_file_needs_no_operator_of_tensorflow_itself(built):
    """LiteRT has none of them, and would refuse the file when it is loaded."""
    assert b"Flex" not in built("tflite")


def test_eight_bits_cut_where_fp32_cuts(built, windows, expected):
    model = TfliteModel(built("tflite-int8"), LiteRt)
    counted = slice(CONTEXT_FRAMES, -CONTEXT_FRAMES)
    for window, (single, _) in zip(windows.as_numpy_iterator(), expected, strict=True):
        found = model.run(window)["single"]
        assert np.flatnonzero(found[counted] > 0.5).tolist() == np.flatnonzero(single[0][counted] > 0.5).tolist()


def test_eight_bits_take_less_than_a_third_of_the_bytes(built):
    assert 3 * len(built("tflite-int8")) < len(built("tflite"))
