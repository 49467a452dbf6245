"""Decides by a seed what each clip of the benchmark holds: shots, how they are joined, and what looks like a join."""

from dataclasses import dataclass
from itertools import count, islice

import numpy as np

from benchmark.transitions import GRADUAL
from benchmark.traps import CAMERA_TRAPS, PICTURE_TRAPS


@dataclass(frozen=True)
class Set:
    """Clips of one half of the footage, thrown by one seed."""

    half: str
    seed: int


SETS = {
    "tuning": Set("tuning", 20261),
    "reporting": Set("reporting", 20266),
    "reported before": Set("reporting", 20265),
}
"""A set whose mistakes were looked at gets a new seed before it is reported on again, and is shown beside it."""
JOINS_PER_CLIP = 12
RATES = (25, 25, 25, 30, 50)
"""Frames a second of one clip after another."""

JOINS = {
    "tuning": {
        "hard cut": 60,
        "jump cut": 48,
        "cut under a flash": 40,
        "dissolve": 36,
        "fade through black": 16,
        "fade through white": 12,
        "wipe": 18,
        "vertical wipe": 16,
        "diagonal wipe": 16,
        "barn doors": 12,
        "iris": 12,
        "clock wipe": 12,
        "slide": 26,
    },
    "reporting": {
        "hard cut": 120,
        "jump cut": 16,
        "cut under a flash": 10,
        "dissolve": 54,
        "fade through black": 24,
        "fade through white": 14,
        "wipe": 14,
        "vertical wipe": 10,
        "diagonal wipe": 10,
        "barn doors": 8,
        "iris": 8,
        "clock wipe": 8,
        "slide": 14,
    },
}
"""The tuning half has more of what is hard than an archive has, so that no setting hangs on a handful."""
TRAPS = {
    "tuning": {
        "flash": 24,
        "flash burst": 20,
        "strobing light": 16,
        "static graphic": 20,
        "picture in picture": 14,
        "letterbox change": 14,
        "split screen": 14,
        "whip pan": 40,
        "hand-held shake": 16,
        "crash zoom": 36,
    },
    "reporting": {
        "flash": 36,
        "flash burst": 26,
        "strobing light": 24,
        "static graphic": 22,
        "picture in picture": 22,
        "letterbox change": 22,
        "split screen": 18,
        "whip pan": 24,
        "hand-held shake": 18,
        "crash zoom": 18,
    },
}
PLAIN_FRAMES = (24, 46)
TRAP_FRAMES = (52, 64)
TAKE_TYPES = ("footage", "footage", "footage", "footage", "photo", "pattern")


@dataclass(frozen=True)
class Join:
    """`frames` is the length of a gradual one, 0 of a cut."""

    variety: str
    frames: int


@dataclass(frozen=True)
class PlannedShot:
    take_kind: str
    body_frames: int
    trap: str | None


@dataclass(frozen=True)
class PlannedClip:
    """One shot more than joins; `seed` is for what happens inside."""

    name: str
    frames_per_second: int
    seed: int
    shots: tuple[PlannedShot, ...]
    joins: tuple[Join, ...]


def plan(name: str) -> list[PlannedClip]:
    """Raises KeyError where no set has that name."""
    half = SETS[name].half
    rng = np.random.default_rng(SETS[name].seed)
    joins = _dealt(rng, JOINS[half])
    clips = -(-len(joins) // JOINS_PER_CLIP)
    shots = len(joins) + clips
    traps = _dealt(rng, TRAPS[half] | {"": shots - sum(TRAPS[half].values())})
    dealt_traps = iter(traps)
    planned = []
    for number, start in zip(count(), range(0, len(joins), JOINS_PER_CLIP), strict=False):
        own = joins[start : start + JOINS_PER_CLIP]
        planned.append(
            PlannedClip(
                f"{name.replace(' ', '-')}-{number:02d}",
                RATES[number % len(RATES)],
                int(rng.integers(1 << 40)),
                tuple(_shot(rng, trap or None) for trap in islice(dealt_traps, len(own) + 1)),
                tuple(_join(rng, variety) for variety in own),
            )
        )
    return planned


def _dealt(rng: np.random.Generator, numbers: dict[str, int]) -> list[str]:
    names = [name for name, number in numbers.items() for _ in range(number)]
    return [names[k] for k in rng.permutation(len(names))]


def _join(rng: np.random.Generator, variety: str) -> Join:
    if variety not in GRADUAL:
        return Join(variety, 0)
    _, shortest, longest = GRADUAL[variety]
    return Join(variety, int(rng.integers(shortest, longest + 1)))


def _shot(rng: np.random.Generator, trap: str | None) -> PlannedShot:
    shortest, longest = PLAIN_FRAMES if trap is None else TRAP_FRAMES
    # Only footage and photos are wide enough for a camera to be thrown about in.
    kinds = TAKE_TYPES if trap is None or trap in PICTURE_TRAPS else TAKE_TYPES[:-1]
    assert trap is None or trap in PICTURE_TRAPS or trap in CAMERA_TRAPS
    return PlannedShot(str(rng.choice(kinds)), int(rng.integers(shortest, longest + 1)), trap)
