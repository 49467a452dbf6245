"""The material of the benchmark: shot-free takes of real footage, photos and generated patterns, 320 x 180 RGB."""

import json
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parents[3]
FFMPEG = ROOT / ".wirescope" / "tools" / "ffmpeg" / "ffmpeg"
WIDTH, HEIGHT = 320, 180
SYNTHETIC_FRAMES = 120
SHORTEST_TAKE = 18
HALVES = ("tuning", "reporting")
"""No picture is in both."""


@dataclass(frozen=True)
class Take:
    """One uncut stretch. `frames` is uint8 [n, 180, 320, 3]; a photo has one frame, as large as `frames` says."""

    name: str
    kind: str
    frames: np.ndarray


@dataclass(frozen=True)
class EditedVideo:
    """Footage as it was edited. `cuts` are the first frames of its shots but the first, counted from its own start."""

    name: str
    frames: np.ndarray
    cuts: tuple[int, ...]

    def backwards(self) -> "EditedVideo":
        cuts = tuple(len(self.frames) - cut for cut in reversed(self.cuts))
        return EditedVideo(f"{self.name}-backwards", self.frames[::-1], cuts)

    def fast(self) -> "EditedVideo":
        """Every other frame: twice as much happens from one to the next."""
        return EditedVideo(f"{self.name}-fast", self.frames[::2], tuple(-(-cut // 2) for cut in self.cuts))

    def dim(self) -> "EditedVideo":
        """The middle of the picture, enlarged and underexposed."""
        middle = self.frames[:, HEIGHT // 4 : -HEIGHT // 4, WIDTH // 4 : -WIDTH // 4] // 2
        return EditedVideo(f"{self.name}-dim", middle.repeat(2, axis=1).repeat(2, axis=2), self.cuts)


def read_catalogue() -> dict:
    return json.loads((Path(__file__).parent / "footage.json").read_text())


def decode(*input_options: str, frames: int | None = None) -> np.ndarray:
    """Every frame of an input of ffmpeg, cropped to 16:9: uint8 [n, 180, 320, 3]."""
    fill = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase:flags=bicubic,crop={WIDTH}:{HEIGHT},setsar=1"
    limit = [] if frames is None else ["-frames:v", str(frames)]
    command = [str(FFMPEG), "-v", "error", "-nostdin", *input_options, "-vf", fill, "-fps_mode", "passthrough", *limit]
    finished = subprocess.run(
        [*command, "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"], capture_output=True, check=False
    )
    if finished.returncode != 0 or not finished.stdout:
        raise SystemExit(f"{input_options[-1]} could not be decoded: {finished.stderr.decode()[-300:]}")
    return np.frombuffer(finished.stdout, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)


def takes_between(first: int, last: int, cuts_after: list[int]) -> list[tuple[int, int]]:
    """The stretches without a cut between two frames, both inside; one frame is left out on either side of a cut."""
    edges = [first - 1, *(cut for cut in cuts_after if first <= cut < last), last]
    stretches = [(before + 1 + (before >= first), after - (after < last)) for before, after in pairwise(edges)]
    return [(start, end) for start, end in stretches if end - start + 1 >= SHORTEST_TAKE]


def load(half: str) -> tuple[list[Take], list[EditedVideo]]:
    """The takes and the edited videos of one half."""
    catalogue = read_catalogue()
    takes: list[Take] = []
    edited: list[EditedVideo] = []
    for video in catalogue["videos"]:
        if half not in video["ranges"]:
            continue
        first, last = video["ranges"][half]
        frames = decode("-i", str(ROOT / video["file"]))
        stretches = takes_between(first, last, video["cutsAfter"])
        takes += [Take(f"{video['name']}-{start}", "footage", frames[start : end + 1]) for start, end in stretches]
        if video["isEdited"]:
            cuts = tuple(cut + 1 - first for cut in video["cutsAfter"] if first <= cut < last)
            own = EditedVideo(video["name"], frames[first : last + 1], cuts)
            # Edited footage is scarce: what is tuned on is shown in other ways too, what is reported on as it is.
            edited += [own, own.backwards(), own.fast(), own.dim()] if half == "tuning" else [own]
    takes += [Take(Path(file).stem, "photo", _photo(ROOT / file)) for file in catalogue["photos"][half]]
    for graph in catalogue["synthetic"][half]:
        name = graph.split("=")[0]
        takes.append(Take(name, "pattern", decode("-f", "lavfi", "-i", graph, frames=SYNTHETIC_FRAMES)))
    return takes, edited


def _photo(path: Path) -> np.ndarray:
    """Twice the size of a frame, so that a camera can move over it."""
    picture = Image.open(path).convert("RGB")
    return np.asarray(ImageOps.fit(picture, (2 * WIDTH, 2 * HEIGHT), Image.Resampling.BICUBIC))[None]
