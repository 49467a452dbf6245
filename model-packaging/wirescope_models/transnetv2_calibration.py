"""Between which values TransNetV2's activations lie: what the 8-bit graph is scaled by.

Footage is the published package's own clip, beyond the frames on which parity is measured, as it is and as a newsroom
sends worse: flashes, strobing light, dissolves, fades to black and to white, noise. The ranges are written beside the
package's model.json, so that an archive is built from them without decoding a video.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from wirescope_models.failures import PackagingFailed
from wirescope_models.footage import clip_frames
from wirescope_models.packages import ModelPackage
from wirescope_models.torch_pickle import read_state_dict
from wirescope_models.transnetv2 import PUBLISHED_WINDOW
from wirescope_models.transnetv2_int8 import Ranges
from wirescope_models.transnetv2_onnx import build_observed_transnetv2

RANGES_FILE = "activation-ranges.json"
CALIBRATION_FRAMES = slice(1600, 5300)
WINDOW_STEP = 300
SEED = 20
SIGNIFICANT_DIGITS = 6


def write_ranges(package: ModelPackage, files: Mapping[str, Path]) -> Path:
    """Finds the ranges and writes them; the path. Raises PackagingFailed where the clip cannot be decoded."""
    checkpoint = next(path for path in files.values() if path.suffix == ".pth")
    clip = clip_frames(files, CALIBRATION_FRAMES)
    ranges = activation_ranges(read_state_dict(checkpoint), calibration_windows(clip))
    path = package.folder / RANGES_FILE
    path.write_text(json.dumps(ranges, indent=2) + "\n", "utf-8")
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


def activation_ranges(weights: Mapping[str, np.ndarray], windows: Iterator[np.ndarray]) -> dict[str, list[float]]:
    """The least and the largest value of every activation over all windows, by `activation_name`."""
    import onnxruntime

    model, activations = build_observed_transnetv2(weights)
    limits = _with_limits(model, activations)
    session = onnxruntime.InferenceSession(limits.SerializeToString(), providers=["CPUExecutionProvider"])
    tensors = [tensor for each in activations.values() for tensor in each]
    names = [f"{end} {tensor}" for tensor in tensors for end in ("least", "largest")]
    found = {name: [0.0, 0.0] for name in activations}
    for window in windows:
        answers = dict(zip(names, session.run(names, {"frames": window[None]}), strict=True))
        for name, parts in activations.items():
            for tensor in parts:
                found[name][0] = min(found[name][0], float(answers[f"least {tensor}"]))
                found[name][1] = max(found[name][1], float(answers[f"largest {tensor}"]))
    return {name: [_rounded(value) for value in ends] for name, ends in sorted(found.items())}


def _with_limits(model: onnx.ModelProto, activations: Mapping[str, list[str]]) -> onnx.ModelProto:
    observed = onnx.ModelProto()
    observed.CopyFrom(model)
    for tensor in (tensor for tensors in activations.values() for tensor in tensors):
        for end, operator in (("least", "ReduceMin"), ("largest", "ReduceMax")):
            name = f"{end} {tensor}"
            observed.graph.node.append(helper.make_node(operator, [tensor], [name], keepdims=0))
            observed.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, []))
    return observed


def _rounded(value: float) -> float:
    """So that the file does not depend on the last bits of a processor's sums."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
