"""The shipped archive in the local model server's own class: `python session.py ARCHIVE COMMAND ...`.

`frames FILE MODEL_JSON` times it over small frames and answers JSON. `serve FRAMES` reads windows of so many frames from standard
input, as many at once as there are cores, and writes `single` and `many` of each, float32, in order.
"""

import json
import os
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from local.models.tensorflow_serving import FRAME_BYTES, FRAME_SHAPE, TransNetModel

CORES = len(os.sched_getaffinity(0))


def main() -> None:
    archive, command, *given = sys.argv[1:]
    model = TransNetModel(Path(archive))
    with ThreadPoolExecutor(CORES) as pool:
        if command == "frames":
            limits = json.loads(Path(given[1]).read_text())["limits"]
            print(json.dumps(time_frames(model, pool, Path(given[0]), limits)))
        else:
            serve(model, pool, int(given[0]))


def time_frames(model: TransNetModel, pool: ThreadPoolExecutor, path: Path, limits: dict[str, int]) -> dict:
    frames = np.fromfile(path, np.uint8).reshape(-1, *FRAME_SHAPE)
    window, context, stride = limits["windowFrames"], limits["contextFrames"], limits["strideFrames"]
    model.run(frames[:window])
    started, before = time.perf_counter(), time.process_time()
    padded = np.concatenate([frames[:1].repeat(context, 0), frames, frames[-1:].repeat(window, 0)])
    windows = [padded[start : start + window] for start in range(0, len(frames), stride)]
    answers = list(pool.map(model.run, windows))
    single = np.concatenate([answer.single[context : context + stride] for answer in answers])[: len(frames)]
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "frames": len(single), "processorSeconds": time.process_time() - before}


def serve(model: TransNetModel, pool: ThreadPoolExecutor, window_frames: int) -> None:
    running: deque = deque()
    places = threading.Semaphore(CORES + 1)
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
