"""Writes the benchmark's clips and truth.json: `python -m benchmark.generate FOLDER`. The same bytes on every run."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmark.compose import compose
from benchmark.footage import FFMPEG, HEIGHT, WIDTH, EditedVideo, Take, load
from benchmark.plan import SETS, PlannedClip, plan

WORKERS = 2

_takes: list[Take] = []


def generate(folder: Path) -> None:
    clips = [entry for name in SETS for entry in _set(name, folder)]
    (folder / "truth.json").write_text(json.dumps({"clips": clips}, indent=1))


def _set(name: str, folder: Path) -> Iterator[dict]:
    takes, edited = load(SETS[name].half)
    for video in edited:
        named = replace(video, name=f"{video.name}-{name.replace(' ', '-')}")
        yield {"set": name, "kind": "edited", **_write_edited(named, folder)}
    _takes[:] = takes
    jobs = [(clip, folder) for clip in plan(name)]
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("fork")) as pool:
        for entry in pool.map(_write_planned, jobs):
            yield {"set": name, "kind": "composed", **entry}
            print(f"{entry['name']}: {entry['frameCount']} frames", flush=True)


def _write_planned(job: tuple[PlannedClip, Path]) -> dict:
    clip, folder = job
    frames, truth = compose(clip, _takes)
    return {"name": clip.name, "file": _encode(folder / f"{clip.name}.mp4", frames, clip.frames_per_second), **truth}


def _write_edited(video: EditedVideo, folder: Path) -> dict:
    transitions = [{"kind": "cut", "variety": "real cut", "firstFrame": cut, "lastFrame": cut} for cut in video.cuts]
    file = _encode(folder / f"{video.name}.mp4", video.frames, 25)
    return {
        "name": video.name,
        "file": file,
        "transitions": transitions,
        "traps": [],
        "frameCount": len(video.frames),
    }


def _encode(path: Path, frames: np.ndarray, frames_per_second: int) -> str:
    """H.264 as a newsroom exports it. One thread, so that the bytes do not depend on the machine's load."""
    command = [str(FFMPEG), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}"]
    command += ["-r", str(frames_per_second), "-i", "pipe:0", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]
    command += ["-threads", "1", "-pix_fmt", "yuv420p", "-fflags", "+bitexact", "-flags:v", "+bitexact", str(path)]
    subprocess.run(command, input=np.ascontiguousarray(frames).tobytes(), check=True)
    return path.name


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    generate(target)
