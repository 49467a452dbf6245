"""Runs the shipped model over the clips: `python -m benchmark.infer ARCHIVE GRAPH CLIPS FOLDER SET`.

For each clip FOLDER/NAME.frames holds its small frames (3,888 bytes each, as the archive decodes them) and
FOLDER/NAME.f32 two rows of float32, `single` and `many`, one number a frame.
"""

import json
import subprocess
import sys
import tarfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime

from benchmark.footage import FFMPEG

WORKERS = 2
"""Processes of one thread each: two threads of one process would wait for each other on a machine that is not idle."""

_model: tuple[dict, onnxruntime.InferenceSession] | None = None


def infer(archive: Path, graph: str, clips: Path, folder: Path, chosen: str) -> None:
    truth = json.loads((clips / "truth.json").read_text())
    wanted = [clip for clip in truth["clips"] if clip["set"] == chosen]
    jobs = [(clip, clips, folder) for clip in wanted if not (folder / f"{clip['name']}.f32").exists()]
    started, done = time.monotonic(), 0
    with ProcessPoolExecutor(WORKERS, initializer=_load, initargs=(archive, graph)) as pool:
        for name, frames in pool.map(_infer_clip, jobs):
            done += frames
            print(f"{name}: {done / (time.monotonic() - started):.0f} frames/s", flush=True)


def _load(archive: Path, graph_name: str) -> None:
    global _model
    with tarfile.open(archive) as contents:
        facts = json.load(contents.extractfile("model.json"))
        graph = contents.extractfile(graph_name).read()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    _model = facts, onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _infer_clip(job: tuple[dict, Path, Path]) -> tuple[str, int]:
    assert _model is not None
    facts, session = _model
    clip, clips, folder = job
    frames = small_frames(clips / clip["file"], facts["preprocessing"]["scaler"])
    if len(frames) != clip["frameCount"]:
        raise SystemExit(f"{clip['name']} has {clip['frameCount']} frames, {len(frames)} were decoded")
    probabilities = predict(session, frames, facts["limits"])
    (folder / f"{clip['name']}.frames").write_bytes(frames.tobytes())
    unfinished = folder / f"{clip['name']}.unfinished"
    unfinished.write_bytes(probabilities.astype("<f4").tobytes())
    unfinished.rename(folder / f"{clip['name']}.f32")
    return clip["name"], len(frames)


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
    given_archive, given_graph = Path(sys.argv[1]), sys.argv[2]
    given_clips, given_folder = (Path(argument) for argument in sys.argv[3:5])
    given_folder.mkdir(parents=True, exist_ok=True)
    infer(given_archive, given_graph, given_clips, given_folder, sys.argv[5])
