"""The published package's own clip as the small frames that the network reads."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from wirescope_models.cli import STATE_DIR
from wirescope_models.failures import PackagingFailed
from wirescope_models.transnetv2 import CHANNELS, FRAME_HEIGHT, FRAME_WIDTH

FFMPEG = STATE_DIR / "tools" / "ffmpeg" / "ffmpeg"
DECODE_SECONDS = 300
PARITY_FRAMES = slice(0, 500)


def clip_frames(files: Mapping[str, Path], part: slice) -> np.ndarray:
    """uint8 [frames, 27, 48, 3] of the source's test clip. Raises PackagingFailed where it cannot be decoded."""
    video = next(path for path in files.values() if path.suffix == ".mp4")
    decode = [str(FFMPEG), "-v", "error", "-i", str(video), "-frames:v", str(part.stop), "-sws_flags", "bicubic"]
    decode += ["-s", f"{FRAME_WIDTH}x{FRAME_HEIGHT}", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"]
    try:
        raw = subprocess.run(decode, stdout=subprocess.PIPE, check=True, timeout=DECODE_SECONDS).stdout
    except (OSError, subprocess.SubprocessError) as cause:
        raise PackagingFailed("The test clip could not be decoded; `npm run setup` brings ffmpeg.") from cause
    return np.frombuffer(raw, np.uint8).reshape(-1, FRAME_HEIGHT, FRAME_WIDTH, CHANNELS)[part]
