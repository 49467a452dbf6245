"""Runs the shipped model over the clips: `python -m benchmark.infer ARCHIVE CLIPS FOLDER`.

For each clip FOLDER/NAME.frames holds its small frames (3,888 bytes each, as the archive decodes them) and
FOLDER/NAME.f32 two rows of float32, `single` and `many`, one number a frame.
"""

import json
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import onnxruntime

from benchmark.footage import FFMPEG

THREADS = 2


def infer(archive: Path, clips: Path, folder: Path) -> None:
    with tarfile.open(archive) as contents:
        facts = json.load(contents.extractfile("model.json"))
        graph = contents.extractfile("model.onnx").read()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    truth = json.loads((clips / "truth.json").read_text())
    started, done = time.monotonic(), 0
    for clip in truth["clips"]:
        answers = folder / f"{clip['name']}.f32"
        if answers.exists():
            continue
        frames = small_frames(clips / clip["file"], facts["preprocessing"]["scaler"])
        if len(frames) != clip["frameCount"]:
            raise SystemExit(f"{clip['name']} has {clip['frameCount']} frames, {len(frames)} were decoded")
        probabilities = predict(session, frames, facts["limits"])
        (folder / f"{clip['name']}.frames").write_bytes(frames.tobytes())
        unfinished = answers.with_suffix(".unfinished")
        unfinished.write_bytes(probabilities.astype("<f4").tobytes())
        unfinished.rename(answers)
        done += len(frames)
        print(f"{clip['name']}: {done / (time.monotonic() - started):.0f} frames/s", flush=True)


def small_frames(path: Path, scaler: str) -> np.ndarray:
    command = [str(FFMPEG), "-v", "error", "-nostdin", "-i", str(path)]
    command += [
        "-vf",
        f"scale=48:27:flags={scaler},format=rgb24",
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "pipe:1",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, 27, 48, 3)


def predict(session: onnxruntime.InferenceSession, frames: np.ndarray, limits: dict) -> np.ndarray:
    """float32 [2, n]: both heads on the grid of windows that the package's limits give."""
    window, context, stride = limits["windowFrames"], limits["contextFrames"], limits["strideFrames"]
    name = session.get_inputs()[0].name
    count = len(frames)
    padding = window + stride
    padded = np.concatenate([np.repeat(frames[:1], context, 0), frames, np.repeat(frames[-1:], padding, 0)])
    kept = []
    for start in range(0, count, stride):
        heads = session.run(["single", "many"], {name: padded[None, start : start + window]})
        kept.append(np.stack([head[0, context : context + stride] for head in heads]))
    return np.concatenate(kept, axis=1)[:, :count]


if __name__ == "__main__":
    archive, clips, folder = (Path(argument) for argument in sys.argv[1:4])
    folder.mkdir(parents=True, exist_ok=True)
    infer(archive, clips, folder)
