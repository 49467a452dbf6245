"""The TFLite file answers as the ONNX graph does, by LiteRT, fed by tf.data. Needs TensorFlow."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from wirescope_models import formats
from wirescope_models.footage import PARITY_FRAMES, clip_frames
from wirescope_models.packages import read_packages
from wirescope_models.weights import fetch_weights

tf = pytest.importorskip("tensorflow", reason="requirements-tensorflow.txt is not installed")

from wirescope_models.transnetv2_tflite import TfliteModel, window_dataset  # noqa: E402

LARGEST_DIFFERENCE = 1e-5


@pytest.fixture(scope="module")
def built(weights_dir: Path) -> bytes:
    (package,) = read_packages(["shots-transnetv2"])
    return formats.contents_in("tflite", package, fetch_weights(package.source, weights_dir))["model.tflite"]


@pytest.fixture(scope="module")
def windows(weights_dir: Path) -> "tf.data.Dataset":
    (package,) = read_packages(["shots-transnetv2"])
    return window_dataset(clip_frames(fetch_weights(package.source, weights_dir), PARITY_FRAMES))


@pytest.fixture(scope="module")
def expected(windows, unpacked) -> list[list[np.ndarray]]:
    session = onnxruntime.InferenceSession(str(unpacked("shots-transnetv2") / "model.onnx"))
    return [session.run(["single", "many"], {"frames": window[None]}) for window in windows.as_numpy_iterator()]


def test_every_window_of_real_footage_is_answered_as_the_onnx_graph_answers_it(built: bytes, windows, expected):
    model = TfliteModel(built)
    assert len(expected) >= 8
    for window, (single, many) in zip(windows.as_numpy_iterator(), expected, strict=True):
        answer = model.run(window)
        assert np.abs(answer["single"] - single[0]).max() < LARGEST_DIFFERENCE
        assert np.abs(answer["many"] - many[0]).max() < LARGEST_DIFFERENCE


def test_the_file_needs_no_operator_of_tensorflow_itself(built: bytes):
    """LiteRT has none of them, and would refuse the file when it is loaded."""
    assert b"Flex" not in built


def test_the_same_weights_give_the_same_bytes(built: bytes, weights_dir: Path):
    (package,) = read_packages(["shots-transnetv2"])
    again = formats.contents_in("tflite", package, fetch_weights(package.source, weights_dir))
    assert again["model.tflite"] == built
