"""TransNetV2 in TensorFlow's formats, from the same numpy weights as the ONNX graph. Needs TensorFlow.

The SavedModel is for TF Serving. A request is answered window after window, in a loop of the graph: its memory is that
of one window, however many a request holds. The compiled variant hands each window to XLA, which wants to know its
length, so it takes windows of `limits.windowFrames` alone.

Signatures: `serving_default` takes `frames` uint8 [B, T, 27, 48, 3]; `serving_bytes` takes `windows`, one string of
raw RGB bytes each, and decodes it in the graph, because JSON numbers cost three times the bytes of base64. A window
has any number of frames, all of one request the same; the strings' length says how many. Both answer `single` and
`many`, float32 [B, T].
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from wirescope_models import transnetv2
from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import ModelPackage
from wirescope_models.torch_pickle import read_state_dict
from wirescope_models.transnetv2 import CHANNELS, FRAME_BYTES, FRAME_HEIGHT, FRAME_WIDTH

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

try:
    import tensorflow as tf
except ImportError:
    raise PackagingFailed(
        "The SavedModel needs TensorFlow: install model-packaging/requirements-tensorflow.txt into an environment of "
        "its own and run the command from there."
    ) from None

MODEL_VERSION = "1"
VARYING_FILES = {"fingerprint.pb"}
"""Written with a random id, and read by nobody here."""


def savedmodel_contents(
    package: ModelPackage, files: Mapping[str, Path], *, compiled: bool = False
) -> dict[str, bytes]:
    """`<package>/1/saved_model.pb` with its variables, and model.json.

    SageMaker's TF Serving container calls a model after the folder that holds its numbered version.
    """
    network = TransNetV2(read_weights(files), package.facts["limits"]["windowFrames"] if compiled else None)
    with tempfile.TemporaryDirectory() as folder:
        save(network, Path(folder))
        saved = {
            f"{package.name}/{MODEL_VERSION}/{path.relative_to(folder)}": path.read_bytes()
            for path in Path(folder).rglob("*")
            if path.is_file() and path.name not in VARYING_FILES
        }
    return {"model.json": (package.folder / "model.json").read_bytes(), **saved}


def compiled_savedmodel_contents(package: ModelPackage, files: Mapping[str, Path]) -> dict[str, bytes]:
    return savedmodel_contents(package, files, compiled=True)


def save(network: "TransNetV2", folder: Path) -> None:
    signatures = {"serving_default": network.frames_signature, "serving_bytes": network.bytes_signature}
    tf.saved_model.save(network, str(folder), signatures=signatures)


def read_weights(files: Mapping[str, Path]) -> dict[str, np.ndarray]:
    return read_state_dict(next(path for path in files.values() if path.suffix == ".pth"))


class TransNetV2(tf.Module):
    """Convolutions as pairs of 2D ones: over each frame, then over time, which TensorFlow runs fastest on a CPU."""

    def __init__(self, weights: Mapping[str, np.ndarray], compiled_frames: int | None = None) -> None:
        """`compiled_frames` is the one length of window that a compiled network takes."""
        super().__init__()
        shape = [compiled_frames, FRAME_HEIGHT, FRAME_WIDTH, CHANNELS]
        self.window_spec = tf.TensorSpec(shape, tf.uint8, name="frames")
        self._run_window = tf.function(
            self.window, input_signature=[self.window_spec], jit_compile=compiled_frames is not None
        )
        self._variables: dict[str, tf.Variable] = {}
        for stage in range(transnetv2.STAGES):
            for block in range(transnetv2.BLOCKS_PER_STAGE):
                folded = transnetv2.folded_block(weights, stage, block)
                key = f"{stage}.{block}."
                self._keep(f"{key}spatial", folded.spatial[:, :, 0].transpose(2, 3, 1, 0))
                for temporal in folded.temporal:
                    self._keep(f"{key}{temporal.dilation}.weight", temporal.weight[..., 0].transpose(2, 3, 1, 0))
                    self._keep(f"{key}{temporal.dilation}.bias", temporal.bias)
        layers = ("frame_sim_layer.projection", "frame_sim_layer.fc", "color_hist_layer.fc")
        for layer in (*layers, "fc1", "cls_layer1", "cls_layer2"):
            self._keep(f"{layer}.weight", weights[f"{layer}.weight"].T)
            self._keep(f"{layer}.bias", weights[f"{layer}.bias"])

    @tf.function(
        input_signature=[tf.TensorSpec([None, None, FRAME_HEIGHT, FRAME_WIDTH, CHANNELS], tf.uint8, name="frames")]
    )
    def frames_signature(self, frames: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._probabilities(frames)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="windows")])
    def bytes_signature(self, windows: tf.Tensor) -> dict[str, tf.Tensor]:
        lengths = tf.strings.length(windows, unit="BYTE")
        checks = [
            tf.debugging.assert_equal(lengths, lengths[:1], message="All windows of a request must be equally long"),
            tf.debugging.assert_equal(
                lengths % FRAME_BYTES, 0, message=f"A window must hold whole frames of {FRAME_BYTES} bytes"
            ),
            tf.debugging.assert_positive(lengths, message="A window must hold at least one frame"),
        ]
        with tf.control_dependencies([check for check in checks if check is not None]):
            flat = tf.io.decode_raw(windows, tf.uint8)
        window_frames = lengths[0] // FRAME_BYTES
        return self._probabilities(tf.reshape(flat, [-1, window_frames, FRAME_HEIGHT, FRAME_WIDTH, CHANNELS]))

    def _probabilities(self, windows: tf.Tensor) -> dict[str, tf.Tensor]:
        """uint8 [B, T, 27, 48, 3] to float32 [B, T] for each head, one window at a time."""
        heads = {name: tf.TensorSpec([self.window_spec.shape[0]], tf.float32) for name in ("single", "many")}
        return tf.map_fn(
            lambda frames: self._run_window(tf.ensure_shape(frames, self.window_spec.shape)),
            windows,
            fn_output_signature=heads,
            parallel_iterations=1,
        )

    def window(self, frames: tf.Tensor) -> dict[str, tf.Tensor]:
        """uint8 [T, 27, 48, 3] to float32 [T] for each head."""
        frames = frames[None]
        window_frames = tf.shape(frames)[1]
        features = tf.cast(tf.reshape(frames, [-1, FRAME_HEIGHT, FRAME_WIDTH, CHANNELS]), tf.float32) / 255.0
        height, width = FRAME_HEIGHT, FRAME_WIDTH
        stage_means = []
        for stage in range(transnetv2.STAGES):
            shortcut = features = tf.nn.relu(self._block(features, stage, 0, window_frames))
            features = tf.nn.relu(self._block(features, stage, 1, window_frames)) + shortcut
            features = tf.nn.avg_pool2d(features, 2, 2, "VALID")
            height, width = height // 2, width // 2
            channels = 4 * transnetv2.stage_filters(stage)
            stage_means.append(tf.reshape(tf.reduce_mean(features, [1, 2]), [-1, window_frames, channels]))
        per_frame = tf.reshape(features, [-1, window_frames, height * width * channels])
        projected = self._linear(tf.concat(stage_means, 2), "frame_sim_layer.projection")
        frame_similarity = self._similarities(projected, "frame_sim_layer.fc")
        color_similarity = self._similarities(_color_histograms(frames), "color_hist_layer.fc")
        hidden = tf.nn.relu(self._linear(tf.concat([color_similarity, frame_similarity, per_frame], 2), "fc1"))
        return {
            "single": tf.sigmoid(self._linear(hidden, "cls_layer1"))[0, :, 0],
            "many": tf.sigmoid(self._linear(hidden, "cls_layer2"))[0, :, 0],
        }

    def _block(self, features: tf.Tensor, stage: int, block: int, window_frames: tf.Tensor) -> tf.Tensor:
        """Frames lie in the batch for the spatial convolution, then pixels in the width for the temporal ones."""
        key, filters = f"{stage}.{block}.", transnetv2.stage_filters(stage)
        _, height, width, _ = features.shape
        spatial = tf.nn.conv2d(features, self._variables[f"{key}spatial"], 1, "SAME")
        over_time = tf.reshape(spatial, [-1, window_frames, height * width, 8 * filters])
        branches = [
            tf.nn.conv2d(own, self._variables[f"{key}{dilation}.weight"], 1, "SAME", dilations=[dilation, 1])
            + self._variables[f"{key}{dilation}.bias"]
            for dilation, own in zip(transnetv2.DILATIONS, tf.split(over_time, 4, axis=3), strict=True)
        ]
        return tf.reshape(tf.concat(branches, 3), [-1, height, width, 4 * filters])

    def _similarities(self, vectors: tf.Tensor, layer: str) -> tf.Tensor:
        norms = tf.maximum(tf.norm(vectors, axis=2, keepdims=True), transnetv2.NORM_FLOOR)
        unit = vectors / norms
        reach = transnetv2.LOOKUP_FRAMES // 2
        cosines = tf.matmul(unit, unit, transpose_b=True) * _seen_together(tf.shape(vectors)[1])
        padded = tf.pad(cosines, [[0, 0], [0, 0], [reach, reach]])
        batch, window_frames = tf.unstack(tf.shape(vectors)[:2])
        columns = tf.range(window_frames)[:, None] + tf.range(transnetv2.LOOKUP_FRAMES)
        columns = tf.broadcast_to(columns, [batch, window_frames, transnetv2.LOOKUP_FRAMES])
        looked_up = tf.gather(padded, columns, batch_dims=2)
        return tf.nn.relu(self._linear(looked_up, layer))

    def _linear(self, values: tf.Tensor, layer: str) -> tf.Tensor:
        return tf.matmul(values, self._variables[f"{layer}.weight"]) + self._variables[f"{layer}.bias"]

    def _keep(self, name: str, value: np.ndarray) -> None:
        self._variables[name] = tf.Variable(np.asarray(value, np.float32), trainable=False, name=name)


def _seen_together(window_frames: tf.Tensor) -> tf.Tensor:
    """As in the ONNX graph: which frames the published code would show the network in one window of 100."""
    stride, trained = transnetv2.PUBLISHED_STRIDE, transnetv2.PUBLISHED_WINDOW
    frames = tf.range(window_frames)
    last = (tf.maximum(window_frames - trained, 0) + stride - 1) // stride
    first = tf.minimum(tf.maximum(frames - transnetv2.PUBLISHED_CONTEXT, 0) // stride, last)[:, None] * stride
    return tf.cast((frames >= first) & (frames < first + trained), tf.float32)


def _color_histograms(frames: tf.Tensor) -> tf.Tensor:
    pixels = FRAME_HEIGHT * FRAME_WIDTH
    top_bits = tf.bitwise.right_shift(tf.cast(frames, tf.int32), 5)
    bins = tf.reshape(top_bits[..., 0] * 64 + top_bits[..., 1] * 8 + top_bits[..., 2], [-1, pixels])
    frame_count = tf.shape(bins)[0]
    segments = tf.reshape(bins + tf.range(frame_count)[:, None] * transnetv2.HISTOGRAM_BINS, [-1])
    ones = tf.ones_like(segments, tf.float32)
    counts = tf.math.unsorted_segment_sum(ones, segments, frame_count * transnetv2.HISTOGRAM_BINS)
    return tf.reshape(counts, [-1, tf.shape(frames)[1], transnetv2.HISTOGRAM_BINS])
