"""Between which values every channel of TransNetV2's activations lies: what the 8-bit graph is scaled by.

Footage is the published package's own clip, beyond the frames on which parity is measured, as it is and as a newsroom
sends worse: flashes, strobing light, dissolves, fades to black and to white, noise. The ranges are written beside the
package's model.json, so that an archive is built from them without decoding a video.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from wirescope_models.failures import PackagingFailed
from wirescope_models.footage import clip_frames
from wirescope_models.packages import ModelPackage
from wirescope_models.torch_pickle import read_state_dict
from wirescope_models.transnetv2 import PUBLISHED_WINDOW
from wirescope_models.transnetv2_int8 import ChannelRanges, Ranges
from wirescope_models.transnetv2_onnx import build_observed_transnetv2

RANGES_FILE = "activation-ranges.json"
CALIBRATION_FRAMES = slice(1600, 5300)
WINDOW_STEP = 300
SEED = 20
SIGNIFICANT_DIGITS = 4


def write_ranges(package: ModelPackage, files: Mapping[str, Path]) -> Path:
    """Finds the ranges and writes them; the path. Raises PackagingFailed where the clip cannot be decoded."""
    checkpoint = next(path for path in files.values() if path.suffix == ".pth")
    clip = clip_frames(files, CALIBRATION_FRAMES)
    ranges = activation_ranges(read_state_dict(checkpoint), calibration_windows(clip))
    path = package.folder / RANGES_FILE
    lines = [f"{json.dumps(name)}: {json.dumps(each)}" for name, each in ranges.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    return path


def read_ranges(package: ModelPackage) -> Ranges:
    """Raises PackagingFailed where they were never found."""
    path = package.folder / RANGES_FILE
    if not path.exists():
        raise PackagingFailed(f"{package.name} lacks {RANGES_FILE}; `python -m wirescope_models calibrate` writes it.")
    return json.loads(path.read_text("utf-8"))


def calibration_windows(clip: np.ndarray) -> Iterator[np.ndarray]:
    """uint8 [100, 27, 48, 3] each, from `clip`, uint8 [frames, 27, 48, 3]."""
    random = np.random.default_rng(SEED)
    progress = np.linspace(0, 1, PUBLISHED_WINDOW)[:, None, None, None]
    for start in range(0, len(clip) - 2 * PUBLISHED_WINDOW, WINDOW_STEP):
        window = clip[start : start + PUBLISHED_WINDOW]
        later = clip[start + PUBLISHED_WINDOW : start + 2 * PUBLISHED_WINDOW]
        yield window
        flashing = window.copy()
        flashing[random.choice(PUBLISHED_WINDOW, 6, replace=False)] = 255
        yield flashing
        strobing = window.astype(float)
        strobing[::3] *= 0.1
        yield strobing.astype(np.uint8)
        yield (window * (1 - progress) + later * progress).astype(np.uint8)
        yield (window * progress).astype(np.uint8)
        yield (255 - (255 - window.astype(float)) * progress).astype(np.uint8)
        noisy = window + random.normal(0, 20, window.shape)
        yield noisy.clip(0, 255).astype(np.uint8)


def activation_ranges(weights: Mapping[str, np.ndarray], windows: Iterator[np.ndarray]) -> dict[str, ChannelRanges]:
    """The least and the largest value of every activation's channels over all windows, by `activation_name`."""
    import onnxruntime

    model, activations = build_observed_transnetv2(weights)
    limits = _with_limits(model, activations)
    session = onnxruntime.InferenceSession(limits.SerializeToString(), providers=["CPUExecutionProvider"])
    tensors = [tensor for each in activations.values() for tensor in each]
    names = [f"{end} {tensor}" for tensor in tensors for end in ("least", "largest")]
    least: dict[str, np.ndarray] = {}
    largest: dict[str, np.ndarray] = {}
    for window in windows:
        answers = dict(zip(names, session.run(names, {"frames": window[None]}), strict=True))
        for name, parts in activations.items():
            low = np.min([_by_channel(answers[f"least {tensor}"]).min(axis=0) for tensor in parts], axis=0)
            high = np.max([_by_channel(answers[f"largest {tensor}"]).max(axis=0) for tensor in parts], axis=0)
            least[name] = np.minimum(least.get(name, 0), low)
            largest[name] = np.maximum(largest.get(name, 0), high)
    return {name: {"least": _rounded(least[name]), "largest": _rounded(largest[name])} for name in sorted(activations)}


def _with_limits(model: onnx.ModelProto, activations: Mapping[str, list[str]]) -> onnx.ModelProto:
    """Answers with every activation's least and largest values over the frames, which lie last."""
    observed = onnx.ModelProto()
    observed.CopyFrom(model)
    observed.graph.initializer.append(numpy_helper.from_array(np.array([-1]), "frames axis"))
    for tensor in (tensor for tensors in activations.values() for tensor in tensors):
        for end, operator in (("least", "ReduceMin"), ("largest", "ReduceMax")):
            name = f"{end} {tensor}"
            observed.graph.node.append(helper.make_node(operator, [tensor, "frames axis"], [name], keepdims=0))
            observed.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    return observed


def _by_channel(values: np.ndarray) -> np.ndarray:
    """[..., channels] as [all others, channels]."""
    return values.reshape(-1, values.shape[-1])


def _rounded(values: np.ndarray) -> list[float]:
    """So that the file does not depend on the last bits of a processor's sums."""
    return [float(f"{value:.{SIGNIFICANT_DIGITS}g}") for value in values]
