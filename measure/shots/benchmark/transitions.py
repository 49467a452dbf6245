"""Gradual transitions, frame by frame. Each takes the outgoing and the incoming frames of its whole length.

Both are uint8 [n, 180, 320, 3]; every frame of the answer shows something of both, or of a colour between them.
"""

from collections.abc import Callable

import numpy as np

from benchmark.footage import HEIGHT, WIDTH

Transition = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def _progress(count: int) -> np.ndarray:
    """Strictly between 0 and 1: the pure pictures lie outside of the transition."""
    return (np.arange(count, dtype=np.float32) + 1) / (count + 1)


def dissolve(out: np.ndarray, into: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
    share = _progress(len(out))[:, None, None, None]
    return (out * (1 - share) + into * share).astype(np.uint8)


def _fade_through(colour: int) -> Transition:
    def fade(out: np.ndarray, into: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        count = len(out)
        hold = int(rng.integers(0, max(1, count // 4)))
        down = (count - hold) // 2
        share = np.concatenate([_progress(down)[::-1], np.zeros(hold), _progress(count - hold - down)])
        share = share.astype(np.float32)[:, None, None, None]
        pictures = np.concatenate([out[:down], into[down:]])
        return (pictures * share + colour * (1 - share)).astype(np.uint8)

    return fade


def _mask(shape: Callable[[np.ndarray, np.ndarray], np.ndarray], softness: float = 0.02) -> Transition:
    """Shows the incoming picture where `shape` (0 to 1 over the picture) lies below the progress."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    order = shape(x / (WIDTH - 1), y / (HEIGHT - 1))[None, :, :, None]

    def wipe(out: np.ndarray, into: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        own = 1 - order if rng.random() < 0.5 else order
        progress = _progress(len(out))[:, None, None, None] * (1 + softness) - softness / 2
        share = np.clip((progress - own) / softness + 0.5, 0, 1)
        return (out * (1 - share) + into * share).astype(np.uint8)

    return wipe


def slide(out: np.ndarray, into: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    is_leftwards = rng.random() < 0.5
    pictures = np.empty_like(out)
    for k, share in enumerate(_progress(len(out))):
        shift = int(np.clip(round(share * WIDTH), 1, WIDTH - 1))
        first, second = (out, into) if is_leftwards else (into, out)
        joined = np.concatenate([first[k], second[k]], axis=1)
        begin = shift if is_leftwards else WIDTH - shift
        pictures[k] = joined[:, begin : begin + WIDTH]
    return pictures


GRADUAL: dict[str, tuple[Transition, int, int]] = {
    # name: how, shortest and longest in frames
    "dissolve": (dissolve, 5, 50),
    "fade through black": (_fade_through(0), 10, 50),
    "fade through white": (_fade_through(255), 8, 30),
    "wipe": (_mask(lambda x, y: x + 0 * y), 8, 40),
    "vertical wipe": (_mask(lambda x, y: y + 0 * x), 8, 40),
    "diagonal wipe": (_mask(lambda x, y: (x + y) / 2), 8, 40),
    "barn doors": (_mask(lambda x, y: abs(x - 0.5) * 2 + 0 * y), 8, 40),
    "iris": (_mask(lambda x, y: np.hypot((x - 0.5) * 1.6, y - 0.5) / np.hypot(0.8, 0.5)), 8, 40),
    "clock wipe": (_mask(lambda x, y: (np.arctan2(x - 0.5, y - 0.5) + np.pi) / (2 * np.pi)), 10, 40),
    "slide": (slide, 8, 30),
}
