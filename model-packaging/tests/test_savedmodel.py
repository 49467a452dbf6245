"""The SavedModel that TF Serving takes in AWS equals the ONNX graph that serves locally. Needs TensorFlow."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from synthetic_video import stripes

from wirescope_models.packages import read_packages
from wirescope_models.weights import fetch_weights

tf = pytest.importorskip("tensorflow", reason="requirements-tensorflow.txt is not installed")


@pytest.fixture(scope="module")
def signatures(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory):
    from wirescope_models.transnetv2_savedmodel import savedmodel_contents

    (package,) = read_packages(["shots-transnetv2"])
    folder = tmp_path_factory.mktemp("savedmodel")
    for name, content in savedmodel_contents(package, fetch_weights(package.source, weights_dir)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    assert json.loads((folder / "model.json").read_text())["name"] == "shots-transnetv2"
    loaded = tf.saved_model.load(str(folder / package.name / "1"))
    return loaded.signatures


@pytest.mark.parametrize("window_frames", [1, 100, 250])
@pytest.mark.parametrize("signature", ["serving_default", "serving_bytes"])
def test_both_signatures_equal_the_onnx_graph(signatures, unpacked, signature: str, window_frames: int):
    frames = np.concatenate([stripes(), stripes()[::-1], np.roll(stripes(), 17, axis=0)])
    windows = np.stack([frames[:window_frames], frames[-window_frames:]])
    session = onnxruntime.InferenceSession(str(unpacked("shots-transnetv2") / "model.onnx"))
    expected = session.run(["single", "many"], {"frames": windows})
    if signature == "serving_bytes":
        answer = signatures[signature](windows=tf.constant([window.tobytes() for window in windows]))
    else:
        answer = signatures[signature](frames=tf.constant(windows))
    assert np.abs(answer["single"].numpy() - expected[0]).max() < 1e-5
    assert np.abs(answer["many"].numpy() - expected[1]).max() < 1e-5


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        ([b"short"], "whole frames of 3888 bytes"),
        ([b""], "at least one frame"),
        ([bytes(3888), bytes(7776)], "equally long"),
    ],
)
def test_windows_of_the_wrong_length_are_refused(signatures, windows: list[bytes], said: str):
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        signatures["serving_bytes"](windows=tf.constant(windows))
