"""What looks like a transition and is none. Each changes a stretch of a shot and says which frames it touched."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from benchmark.camera import Pose, Shooting, clamp
from benchmark.footage import HEIGHT, WIDTH

Span = tuple[int, int]
CameraTrap = Callable[[np.random.Generator, Shooting], tuple[Shooting, Span]]
PictureTrap = Callable[[np.random.Generator, np.ndarray, np.ndarray], Span]
"""Takes the shot's frames, which it changes, and frames of another shot as long."""

CALM_FRAMES = 14
"""Before and after a trap the shot is as it would be."""


def _light(frame: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A flash lights what is near more than what is far, and the middle more than the edges."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    centre_x, centre_y = rng.uniform(0.2, 0.8) * WIDTH, rng.uniform(0.2, 0.8) * HEIGHT
    falloff = np.exp(-(((x - centre_x) / WIDTH) ** 2 + ((y - centre_y) / HEIGHT) ** 2) * rng.uniform(0.3, 2))
    gain = 1 + 2.2 * strength * falloff
    lit = frame * gain[:, :, None] + 110 * strength * falloff[:, :, None]
    return np.clip(lit, 0, 255).astype(np.uint8)


def _flash_at(rng: np.random.Generator, frames: np.ndarray, at: int) -> int:
    """One flash of a camera: full at once, gone after one to three frames. Returns its last frame."""
    strength = rng.uniform(0.5, 1.2)
    length = int(rng.integers(1, 4))
    seed = int(rng.integers(1 << 30))
    for k in range(length):
        frames[at + k] = _light(frames[at + k], np.random.default_rng(seed), strength * 0.55**k)
    return at + length - 1


def flash(rng: np.random.Generator, frames: np.ndarray, _other: np.ndarray) -> Span:
    at = int(rng.integers(CALM_FRAMES, len(frames) - CALM_FRAMES - 3))
    return at, _flash_at(rng, frames, at)


def flash_burst(rng: np.random.Generator, frames: np.ndarray, _other: np.ndarray) -> Span:
    """Many cameras, as at a press conference: flashes 2 to 7 frames apart."""
    first = at = CALM_FRAMES + int(rng.integers(0, 4))
    last = first
    while at < len(frames) - CALM_FRAMES - 3:
        last = max(last, _flash_at(rng, frames, at))
        at += int(rng.integers(2, 8))
    return first, last


def strobe(rng: np.random.Generator, frames: np.ndarray, _other: np.ndarray) -> Span:
    """A stage light that goes on and off every two to four frames."""
    period = int(rng.integers(2, 5))
    dark, light = rng.uniform(0.15, 0.5), rng.uniform(1.2, 1.7)
    first, last = CALM_FRAMES, len(frames) - CALM_FRAMES - 1
    for k in range(first, last + 1):
        gain = dark if ((k - first) // period) % 2 == 0 else light
        frames[k] = np.clip(frames[k] * gain, 0, 255).astype(np.uint8)
    return first, last


def graphic(rng: np.random.Generator, frames: np.ndarray, _other: np.ndarray) -> Span:
    """A lower third or a full panel beside the picture that is there at once, and gone at once."""
    first, last = CALM_FRAMES, len(frames) - CALM_FRAMES - 1
    is_panel = rng.random() < 0.4
    box = (0, 0, WIDTH // 3, HEIGHT) if is_panel else (0, int(HEIGHT * 0.7), WIDTH, HEIGHT)
    colour, ink = tuple(int(v) for v in rng.integers(0, 256, 3)), tuple(int(v) for v in rng.integers(0, 256, 3))
    for k in range(first, last + 1):
        picture = Image.fromarray(frames[k])
        draw = ImageDraw.Draw(picture)
        draw.rectangle(box, fill=colour)
        for row in range(3):
            draw.text((box[0] + 12, box[1] + 8 + 14 * row), "Harbour authority to decide"[row * 7 :], fill=ink)
        frames[k] = np.asarray(picture)
    return first, last


def picture_in_picture(rng: np.random.Generator, frames: np.ndarray, other: np.ndarray) -> Span:
    """Another picture appears in a corner, and leaves."""
    share = rng.uniform(0.25, 0.42)
    width, height = int(WIDTH * share), int(HEIGHT * share)
    left = 10 if rng.random() < 0.5 else WIDTH - width - 10
    top = 8 if rng.random() < 0.5 else HEIGHT - height - 8
    first, last = CALM_FRAMES, len(frames) - CALM_FRAMES - 1
    for k in range(first, last + 1):
        inset = Image.fromarray(other[k]).resize((width, height), Image.Resampling.BILINEAR)
        frames[k, top : top + height, left : left + width] = np.asarray(inset)
    return first, last


def letterbox(rng: np.random.Generator, frames: np.ndarray, _other: np.ndarray) -> Span:
    """Bars above and below, or left and right, come at once and go at once."""
    first, last = CALM_FRAMES, len(frames) - CALM_FRAMES - 1
    if rng.random() < 0.5:
        bar = int(HEIGHT * rng.uniform(0.08, 0.14))
        frames[first : last + 1, :bar] = 0
        frames[first : last + 1, -bar:] = 0
    else:
        bar = int(WIDTH * rng.uniform(0.08, 0.125))
        frames[first : last + 1, :, :bar] = 0
        frames[first : last + 1, :, -bar:] = 0
    return first, last


def split_screen(rng: np.random.Generator, frames: np.ndarray, other: np.ndarray) -> Span:
    """A second picture moves in over the right part within half a second, and stays until the shot ends."""
    share = rng.uniform(0.35, 0.5)
    final = int(WIDTH * share)
    first, moving = CALM_FRAMES, 12
    for k in range(first, len(frames)):
        width = max(1, int(final * min(1, (k - first + 1) / moving)))
        frames[k, :, WIDTH - width :] = other[k, :, (WIDTH - width) // 2 : (WIDTH - width) // 2 + width]
    return first, first + moving - 1


def whip_pan(rng: np.random.Generator, shooting: Shooting) -> tuple[Shooting, Span]:
    """The camera is torn from one side of the scene to the other within 6 to 12 frames."""
    count, length = len(shooting), int(rng.integers(6, 13))
    first = (count - length) // 2
    width = 0.42
    left, right = Pose(width / 2, 0.5, width), Pose(1 - width / 2, 0.5, width)
    start, end = (left, right) if rng.random() < 0.5 else (right, left)
    poses = []
    for k in range(count):
        share = float(np.clip((k - first + 0.5) / length, 0, 1))
        eased = share * share * (3 - 2 * share)
        speed = 6 * share * (1 - share) / length * abs(end.x - start.x) * WIDTH / width
        poses.append(replace(start, x=start.x + (end.x - start.x) * eased, blur=min(40.0, speed / 2)))
    return replace(shooting, poses=tuple(clamp(pose) for pose in poses)), (first, first + length - 1)


def shake(rng: np.random.Generator, shooting: Shooting) -> tuple[Shooting, Span]:
    """A hand-held camera while its bearer runs."""
    first, last = CALM_FRAMES, len(shooting) - CALM_FRAMES - 1
    poses = []
    sway = rng.normal(0, 0.035, (len(shooting), 2))
    for k in range(len(shooting)):
        pose = Pose(0.5, 0.5, 0.75)
        if first <= k <= last:
            dx, dy = sway[k] * 0.6 + sway[k - 1] * 0.4
            pose = replace(pose, x=0.5 + float(dx), y=0.5 + float(dy), blur=float(min(6, abs(dx) * 60)))
        poses.append(clamp(pose))
    return replace(shooting, poses=tuple(poses)), (first, last)


def crash_zoom(rng: np.random.Generator, shooting: Shooting) -> tuple[Shooting, Span]:
    """In or out by two and a half within 8 to 16 frames."""
    count, length = len(shooting), int(rng.integers(8, 17))
    first = (count - length) // 2
    start, end = (1.0, 0.4) if rng.random() < 0.5 else (0.4, 1.0)
    x, y = rng.uniform(0.35, 0.65, 2)
    poses = []
    for k in range(count):
        share = float(np.clip((k - first + 0.5) / length, 0, 1))
        poses.append(clamp(Pose(float(x), float(y), start * (end / start) ** share)))
    return replace(shooting, poses=tuple(poses)), (first, first + length - 1)


CAMERA_TRAPS: dict[str, CameraTrap] = {"whip pan": whip_pan, "hand-held shake": shake, "crash zoom": crash_zoom}
PICTURE_TRAPS: dict[str, PictureTrap] = {
    "flash": flash,
    "flash burst": flash_burst,
    "strobing light": strobe,
    "static graphic": graphic,
    "picture in picture": picture_in_picture,
    "letterbox change": letterbox,
    "split screen": split_screen,
}
