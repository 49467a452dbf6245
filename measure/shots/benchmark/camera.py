"""Points a camera at a take: crops, moves, mirrors and grades it, so that one take gives many shots."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFilter

from benchmark.footage import HEIGHT, WIDTH, Take


@dataclass(frozen=True)
class Pose:
    """What part of the take's picture is seen: centre as shares of its sides, width as a share; blur in pixels."""

    x: float = 0.5
    y: float = 0.5
    width: float = 1.0
    blur: float = 0.0


@dataclass(frozen=True)
class Shooting:
    """A take with its start, its grading and the path of the camera from pose to pose, one a frame."""

    take: Take
    start: int
    is_mirrored: bool
    gain: float
    offset: float
    poses: tuple[Pose, ...]

    def __len__(self) -> int:
        return len(self.poses)


def shoot(rng: np.random.Generator, take: Take, frames: int) -> Shooting:
    """A quiet shot of so many frames: a photo is panned and zoomed slowly, footage is cropped and stays so."""
    width = float(rng.uniform(0.45, 0.8) if take.kind == "photo" else rng.uniform(0.7, 1.0))
    start = _pose_within(rng, width)
    drift = 0.0015 if take.kind == "photo" else 0.0
    dx, dy, dw = (rng.uniform(-1, 1) * drift for _ in range(3))
    poses = tuple(
        clamp(replace(start, x=start.x + dx * k, y=start.y + dy * k, width=start.width * (1 + dw * k)))
        for k in range(frames)
    )
    return Shooting(
        take,
        int(rng.integers(0, len(take.frames))),
        bool(rng.random() < 0.5),
        float(rng.uniform(0.8, 1.15)),
        float(rng.uniform(-12, 12)),
        poses,
    )


def again(shooting: Shooting, poses: tuple[Pose, ...], skipped: int = 0) -> Shooting:
    """The same set-up a little later and from other poses: another take of the same scene."""
    return replace(shooting, poses=poses, start=shooting.start + len(shooting) + skipped)


def clamp(pose: Pose) -> Pose:
    width = float(np.clip(pose.width, 0.2, 1.0))
    x, y = (float(np.clip(value, width / 2, 1 - width / 2)) for value in (pose.x, pose.y))
    return replace(pose, x=x, y=y, width=width)


def render(shooting: Shooting) -> np.ndarray:
    """uint8 [n, 180, 320, 3]. Footage that is too short runs back and forth: no jump in it."""
    frames = np.empty((len(shooting), HEIGHT, WIDTH, 3), np.uint8)
    for k, pose in enumerate(shooting.poses):
        frames[k] = _look_at(_frame_of(shooting, k), pose)
    if shooting.is_mirrored:
        frames = frames[:, :, ::-1]
    graded = (frames.astype(np.float32) - 128) * shooting.gain + 128 + shooting.offset
    return np.clip(graded, 0, 255).astype(np.uint8)


def _frame_of(shooting: Shooting, k: int) -> np.ndarray:
    count = len(shooting.take.frames)
    if count == 1:
        return shooting.take.frames[0]
    at = (shooting.start + k) % (2 * count - 2)
    return shooting.take.frames[at if at < count else 2 * count - 2 - at]


def _look_at(picture: np.ndarray, pose: Pose) -> np.ndarray:
    height, width = picture.shape[:2]
    half_width, half_height = pose.width * width / 2, pose.width * height / 2
    centre_x, centre_y = pose.x * width, pose.y * height
    box = (centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height)
    if box == (0, 0, WIDTH, HEIGHT) and picture.shape[:2] == (HEIGHT, WIDTH):
        seen = Image.fromarray(picture)
    else:
        box = (max(0.0, box[0]), max(0.0, box[1]), min(width, box[2]), min(height, box[3]))
        seen = Image.fromarray(picture).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=box)
    if pose.blur >= 1:
        seen = seen.filter(ImageFilter.BoxBlur((pose.blur, pose.blur / 8)))
    return np.asarray(seen)


def _pose_within(rng: np.random.Generator, width: float) -> Pose:
    x, y = rng.uniform(width / 2, 1 - width / 2, 2)
    return Pose(float(x), float(y), width)
