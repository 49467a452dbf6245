"""The shipped archive in the local model server's own class: `python session.py ARCHIVE COMMAND ...`.

`frames FILE MODEL_JSON` times it over small frames and answers JSON. `probabilities FOLDER MODEL_JSON NAME...` writes
FOLDER/NAME.f32 from NAME.frames: `single`, then `many`, float32, one number a frame. `serve FRAMES` reads windows of so
many frames from standard input, as many at once as the server runs, and writes `single` and `many` of each, float32, in
order.
"""

import json
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from local.models.tensorflow_serving import (
    FRAME_BYTES,
    FRAME_SHAPE,
    WINDOWS_AT_ONCE,
    TransNetModel,
)


def main() -> None:
    archive, command, *given = sys.argv[1:]
    model = TransNetModel(Path(archive))
    with ThreadPoolExecutor(WINDOWS_AT_ONCE) as pool:
        if command == "frames":
            limits = json.loads(Path(given[1]).read_text())["limits"]
            print(json.dumps(time_frames(model, pool, small_frames(Path(given[0])), limits)))
        elif command == "probabilities":
            folder, facts, *names = given
            limits = json.loads(Path(facts).read_text())["limits"]
            for name in names:
                heads = judge(model, pool, small_frames(Path(folder) / f"{name}.frames"), limits)
                (Path(folder) / f"{name}.f32").write_bytes(heads.astype("<f4").tobytes())
        else:
            serve(model, pool, int(given[0]))


def small_frames(path: Path) -> np.ndarray:
    return np.fromfile(path, np.uint8).reshape(-1, *FRAME_SHAPE)


def judge(model: TransNetModel, pool: ThreadPoolExecutor, frames: np.ndarray, limits: dict[str, int]) -> np.ndarray:
    """float32 [2, n]: both heads, `single` first."""
    window, context, stride = limits["windowFrames"], limits["contextFrames"], limits["strideFrames"]
    padded = np.concatenate([frames[:1].repeat(context, 0), frames, frames[-1:].repeat(window, 0)])
    windows = [padded[start : start + window] for start in range(0, len(frames), stride)]
    answers = pool.map(model.run, windows)
    kept = [np.stack([answer.single, answer.many])[:, context : context + stride] for answer in answers]
    return np.concatenate(kept, axis=1)[:, : len(frames)]


def time_frames(model: TransNetModel, pool: ThreadPoolExecutor, frames: np.ndarray, limits: dict[str, int]) -> dict:
    model.run(frames[: limits["windowFrames"]])
    started, before = time.perf_counter(), time.process_time()
    count = judge(model, pool, frames, limits).shape[1]
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "frames": count, "processorSeconds": time.process_time() - before}


def serve(model: TransNetModel, pool: ThreadPoolExecutor, window_frames: int) -> None:
    running: deque = deque()
    places = threading.Semaphore(WINDOWS_AT_ONCE + 1)
    ended = threading.Event()

    def write() -> None:
        while not (ended.is_set() and not running):
            if not running:
                time.sleep(0.002)
                continue
            answer = running.popleft().result()
            places.release()
            sys.stdout.buffer.write(np.stack([answer.single, answer.many]).astype("<f4").tobytes())
            sys.stdout.buffer.flush()

    model.run(np.zeros((window_frames, *FRAME_SHAPE), np.uint8))
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    writer = threading.Thread(target=write)
    writer.start()
    while len(raw := sys.stdin.buffer.read(window_frames * FRAME_BYTES)) > 0:
        places.acquire()
        running.append(pool.submit(model.run, np.frombuffer(raw, np.uint8).reshape(-1, *FRAME_SHAPE)))
    ended.set()
    writer.join()


main()
