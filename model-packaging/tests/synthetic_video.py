"""Frames that every machine makes alike: three scenes of moving stripes, cuts before frames 30 and 64."""

import numpy as np

CUT_FRAMES = (30, 64)
FRAME_COUNT = 100


def stripes() -> np.ndarray:
    """uint8 [100, 27, 48, 3], RGB. Integer arithmetic only."""
    rows, columns = np.mgrid[0:27, 0:48]
    scene_starts = (0, *CUT_FRAMES)
    frames = []
    for frame in range(FRAME_COUNT):
        scene = sum(frame >= start for start in scene_starts) - 1
        phase = rows * (3 + 4 * scene) + columns * (5 - 2 * scene) + frame * 2
        channels = [(phase * (channel + 1) + 60 * scene * (channel + 2)) % 256 for channel in range(3)]
        frames.append(np.stack(channels, axis=-1))
    return np.stack(frames).astype(np.uint8)
