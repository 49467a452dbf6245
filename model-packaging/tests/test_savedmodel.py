"""The SavedModel that TF Serving takes in AWS equals the ONNX graph that serves locally. Needs TensorFlow."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from build_apart import built_apart
from synthetic_video import stripes

from wirescope_models import archive, formats
from wirescope_models.packages import read_packages
from wirescope_models.weights import fetch_weights

tf = pytest.importorskip("tensorflow", reason="requirements-tensorflow.txt is not installed")


WINDOW_FRAMES = read_packages(["shots-transnetv2"])[0].facts["limits"]["windowFrames"]


@pytest.fixture(scope="module")
def loaded(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory):
    """The SavedModel in a format, loaded from what its archive holds."""
    models: dict[str, object] = {}

    def load(format: str):
        if format not in models:
            (package,) = read_packages(["shots-transnetv2"])
            folder = tmp_path_factory.mktemp(format)
            contents = formats.contents_in(format, package, fetch_weights(package.source, weights_dir))
            for name, content in contents.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            assert json.loads((folder / "model.json").read_text())["name"] == "shots-transnetv2"
            models[format] = tf.saved_model.load(str(folder / package.name / "1"))
        return models[format]

    return load


@pytest.fixture(scope="module")
def signatures(loaded):
    return loaded("tensorflow").signatures


def test_a_request_is_answered_window_after_window_in_a_loop_of_the_graph(signatures):
    """A request of 40 windows as one batch would need 40 windows' memory at once."""
    graph = signatures["serving_bytes"].graph.as_graph_def()
    operators = {node.op for function in graph.library.function for node in function.node_def}
    operators |= {node.op for node in graph.node}
    assert operators & {"While", "StatelessWhile"}
    windows = np.stack([np.roll(stripes(), turn, axis=0) for turn in range(3)])
    together = signatures["serving_default"](frames=tf.constant(windows))["single"].numpy()
    alone = [signatures["serving_default"](frames=tf.constant(window[None]))["single"].numpy()[0] for window in windows]
    assert np.abs(together - np.stack(alone)).max() < 1e-6


def test_the_compiled_variant_equals_the_onnx_graph_on_windows_of_its_one_length(loaded, unpacked):
    frames = np.concatenate([stripes(), stripes()[::-1], np.roll(stripes(), 17, axis=0)])
    window = frames[:WINDOW_FRAMES]
    session = onnxruntime.InferenceSession(str(unpacked("shots-transnetv2") / "model.onnx"))
    expected = session.run(["single", "many"], {"frames": window[None]})
    compiled = loaded("tensorflow-xla").signatures["serving_bytes"]
    answer = compiled(windows=tf.constant([window.tobytes()]))
    assert np.abs(answer["single"].numpy() - expected[0]).max() < 1e-5
    assert np.abs(answer["many"].numpy() - expected[1]).max() < 1e-5
    with pytest.raises(tf.errors.InvalidArgumentError):
        compiled(windows=tf.constant([window[:100].tobytes()]))


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


@pytest.mark.parametrize("format", ["tensorflow", "tensorflow-xla"])
def test_equal_weights_give_equal_bytes_in_another_process_whatever_this_one_built_before(
    loaded, format: str, weights_dir: Path, tmp_path: Path
):
    loaded("tensorflow")
    (package,) = read_packages(["shots-transnetv2"])
    contents = formats.contents_in(format, package, fetch_weights(package.source, weights_dir))
    archive.write_archive(tmp_path / "here" / "model.tar.gz", contents)
    here = sha256((tmp_path / "here" / "model.tar.gz").read_bytes()).hexdigest()
    assert sha256(built_apart(package.name, format, tmp_path / "apart", weights_dir)).hexdigest() == here


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
