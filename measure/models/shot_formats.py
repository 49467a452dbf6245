"""One format of the shots model, on one thread: `shot_formats.py FORMAT FOLDER MODEL_JSON FRAMES ANSWERS`.

FOLDER is an unpacked archive of that format, FRAMES a file of small frames (3,888 bytes each). Writes float32 [2, frames]
(`single`, `many`) to ANSWERS and prints `{"seconds", "frames", "peakMegabytes"}`: of the windows alone, after a first one.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

FRAME_SHAPE = (27, 48, 3)
HEADS = ("single", "many")

Window = Callable[[np.ndarray], list[np.ndarray]]


def main() -> None:
    name, folder, model_json, frames_file, answers = sys.argv[1], *map(Path, sys.argv[2:])
    facts = json.loads(model_json.read_text("utf-8"))
    run, window, stride = LOADERS[name](folder, facts)
    frames = np.fromfile(frames_file, np.uint8).reshape(-1, *FRAME_SHAPE)
    context = (window - stride) // 2
    padded = np.concatenate([frames[:1].repeat(context, 0), frames, frames[-1:].repeat(window, 0)])
    run(padded[:window])
    started = time.perf_counter()
    kept = [run(padded[at : at + window]) for at in range(0, len(frames), stride)]
    seconds = time.perf_counter() - started
    heads = [np.concatenate([answer[head][context : context + stride] for answer in kept]) for head in (0, 1)]
    np.stack([head[: len(frames)] for head in heads]).astype("<f4").tofile(answers)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"seconds": seconds, "frames": len(frames), "peakMegabytes": peak}))


def _grid(facts: dict) -> tuple[int, int]:
    return facts["limits"]["windowFrames"], facts["limits"]["strideFrames"]


def onnx(folder: Path, facts: dict) -> tuple[Window, int, int]:
    return _onnx(folder / "model.onnx", facts)


def onnx_int8(folder: Path, facts: dict) -> tuple[Window, int, int]:
    return _onnx(folder / "model.int8.onnx", facts)


def _onnx(graph: Path, facts: dict) -> tuple[Window, int, int]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    return lambda frames: [head[0] for head in session.run(list(HEADS), {"frames": frames[None]})], *_grid(facts)


def tensorflow(folder: Path, facts: dict) -> tuple[Window, int, int]:
    """As TF Serving calls it: a window's bytes in a string tensor, decoded in the graph."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    loaded = tf.saved_model.load(str(folder / facts["name"] / "1"))
    signature = loaded.signatures["serving_bytes"]

    def run(frames: np.ndarray, kept: object = loaded) -> list[np.ndarray]:
        answer = signature(windows=tf.constant([frames.tobytes()]))
        return [answer[head].numpy()[0] for head in HEADS]

    return run, *_grid(facts)


def tflite(folder: Path, facts: dict) -> tuple[Window, int, int]:
    """Windows of the one length that the file takes, of which the middle half counts."""
    from wirescope_models.transnetv2_tflite import WINDOW_FRAMES, TfliteModel

    model = TfliteModel((folder / "model.tflite").read_bytes())

    def run(frames: np.ndarray) -> list[np.ndarray]:
        answer = model.run(frames)
        # The interpreter writes the next answer into the same memory.
        return [answer[head].copy() for head in HEADS]

    return run, WINDOW_FRAMES, WINDOW_FRAMES // 2


LOADERS = {"onnx": onnx, "onnx-int8": onnx_int8, "tensorflow": tensorflow, "tensorflow-xla": tensorflow, "tflite": tflite}

if __name__ == "__main__":
    main()
