"""Makes a planned clip's frames, and says exactly what they hold."""

from dataclasses import replace

import numpy as np

from benchmark.camera import Pose, Shooting, again, clamp, render, shoot
from benchmark.footage import Take
from benchmark.plan import Join, PlannedClip, PlannedShot
from benchmark.transitions import GRADUAL
from benchmark.traps import CAMERA_TRAPS, PICTURE_TRAPS, flash


def compose(clip: PlannedClip, takes: list[Take]) -> tuple[np.ndarray, dict]:
    """The frames, uint8 [n, 180, 320, 3], and the truth.

    Transitions: a cut's firstFrame and lastFrame are both the first frame of the new shot, those of a gradual one its
    first and last mixed frames. Traps: the frames that they touch.
    """
    rng = np.random.default_rng(clip.seed)
    joins = [Join("start", 0), *clip.joins, Join("end", 0)]
    pieces: list[np.ndarray] = []
    transitions, traps = [], []
    position = 0
    outgoing: np.ndarray | None = None
    shooting: Shooting | None = None
    for shot, before, after in zip(clip.shots, joins[:-1], joins[1:], strict=True):
        frames_wanted = before.frames + shot.body_frames + after.frames
        shooting = _shooting(rng, shot, before, frames_wanted, takes, shooting)
        frames, span = _with_trap(rng, shot, shooting, before.frames, takes)
        if before.variety in GRADUAL and outgoing is not None:
            transitions.append(_entry("gradual", before.variety, position, position + before.frames - 1))
            pieces.append(GRADUAL[before.variety][0](outgoing, frames[: before.frames], rng))
            position += before.frames
        elif outgoing is not None:
            transitions.append(_entry("cut", before.variety, position, position))
            if before.variety == "cut under a flash":
                _flash_the_cut(rng, pieces[-1], frames)
        if span is not None:
            traps.append(_entry("trap", shot.trap or "", position + span[0], position + span[1]))
        body = frames[before.frames : before.frames + shot.body_frames]
        pieces.append(body)
        position += len(body)
        outgoing = frames[before.frames + shot.body_frames :]
    truth = {"transitions": transitions, "traps": traps, "frameCount": position}
    return np.concatenate(pieces), truth


def _entry(kind: str, variety: str, first: int, last: int) -> dict:
    return {"kind": kind, "variety": variety, "firstFrame": int(first), "lastFrame": int(last)}


def _shooting(
    rng: np.random.Generator,
    shot: PlannedShot,
    before: Join,
    frames: int,
    takes: list[Take],
    previous: Shooting | None,
) -> Shooting:
    if before.variety == "jump cut" and previous is not None:
        # The same set-up, some seconds later, and the camera a little nearer and to the side.
        pose = previous.poses[-1]
        near = clamp(replace(pose, x=pose.x + _aside(rng), y=pose.y + _aside(rng) / 2, width=pose.width * 0.85, blur=0))
        return again(previous, (near,) * frames, skipped=int(rng.integers(30, 200)))
    own = [take for take in takes if take.kind == shot.take_kind and (previous is None or take is not previous.take)]
    return shoot(rng, own[int(rng.integers(len(own)))], frames)


def _aside(rng: np.random.Generator) -> float:
    return float(rng.uniform(0.06, 0.12) * rng.choice([-1, 1]))


def _with_trap(
    rng: np.random.Generator, shot: PlannedShot, shooting: Shooting, lead: int, takes: list[Take]
) -> tuple[np.ndarray, tuple[int, int] | None]:
    """The shot's frames with its trap in the body, and where in the body that is."""
    body = slice(lead, lead + shot.body_frames)
    if shot.trap in CAMERA_TRAPS:
        moved, span = CAMERA_TRAPS[shot.trap](rng, replace(shooting, poses=shooting.poses[body]))
        return render(replace(shooting, poses=_around(moved.poses, lead, len(shooting)))), span
    frames = render(shooting)
    if shot.trap is None:
        return frames, None
    others = [take for take in takes if take.kind == "footage" and take is not shooting.take]
    other = render(shoot(rng, others[int(rng.integers(len(others)))], len(frames)))
    span = PICTURE_TRAPS[shot.trap](rng, frames[body], other[body])
    if shot.trap == "split screen":
        rest = len(frames) - body.stop
        if rest > 0:
            width = _split_width(frames[body.stop - 1], other[body.stop - 1])
            frames[body.stop :, :, -width:] = other[body.stop :, :, _middle(frames.shape[2], width)]
    return frames, span


def _split_width(frame: np.ndarray, other: np.ndarray) -> int:
    """How wide the second picture of a split screen has become."""
    for width in range(frame.shape[1] // 2 + 1, 0, -1):
        if np.array_equal(frame[:, -width:], other[:, _middle(frame.shape[1], width)]):
            return width
    raise AssertionError("the split screen does not show the other picture")


def _middle(total: int, width: int) -> slice:
    return slice((total - width) // 2, (total - width) // 2 + width)


def _around(poses: tuple[Pose, ...], lead: int, total: int) -> tuple[Pose, ...]:
    return (poses[0],) * lead + poses + (poses[-1],) * (total - lead - len(poses))


def _flash_the_cut(rng: np.random.Generator, before: np.ndarray, frames: np.ndarray) -> None:
    """Lights the last frame of the old shot or the first of the new one, or both."""
    padding = 14
    for side, at in ((before, len(before) - 1), (frames, 0)):
        if rng.random() < 0.7:
            lit = np.repeat(side[at][None], 2 * padding + 4, axis=0)
            first, _ = flash(rng, lit, lit)
            side[at] = lit[first]
