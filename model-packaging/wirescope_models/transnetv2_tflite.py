"""TransNetV2 as a TFLite file, for a worker too small for a server. Needs TensorFlow.

One window of WINDOW_FRAMES frames at a time: input `frames` uint8 [100, 27, 48, 3], outputs `single` and `many`,
float32 [100]. That is the window the network was trained on, of whose frames the middle 50 count; a live feed sends the
same. The file has no operator outside TFLite's own set.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from wirescope_models import transnetv2
from wirescope_models.packages import ModelPackage
from wirescope_models.transnetv2_savedmodel import TransNetV2, read_weights, tf

WINDOW_FRAMES = transnetv2.PUBLISHED_WINDOW


def tflite_contents(package: ModelPackage, files: Mapping[str, Path]) -> dict[str, bytes]:
    """`model.tflite` and model.json."""
    network = TransNetV2(read_weights(files), WINDOW_FRAMES)
    spec = tf.TensorSpec([WINDOW_FRAMES, *network.window_spec.shape[1:]], tf.uint8, name="frames")
    answer = tf.function(network.window, input_signature=[spec]).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([answer], network)
    return {"model.json": (package.folder / "model.json").read_bytes(), "model.tflite": converter.convert()}


def window_dataset(frames: np.ndarray, stride: int = transnetv2.PUBLISHED_STRIDE) -> "tf.data.Dataset":
    """uint8 [frames, 27, 48, 3] as whole windows of WINDOW_FRAMES, one every `stride` frames."""
    each = tf.data.Dataset.from_tensor_slices(frames)
    windows = each.window(WINDOW_FRAMES, shift=stride, drop_remainder=True)
    return windows.flat_map(lambda window: window.batch(WINDOW_FRAMES)).prefetch(tf.data.AUTOTUNE)


class TfliteModel:
    """A loaded file in LiteRT, TFLite's interpreter as a package of its own."""

    def __init__(self, model: bytes, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=model, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._run = self._interpreter.get_signature_runner()

    def run(self, frames: np.ndarray) -> dict[str, np.ndarray]:
        """uint8 [100, 27, 48, 3] to float32 [100] for each head."""
        return self._run(frames=frames)
