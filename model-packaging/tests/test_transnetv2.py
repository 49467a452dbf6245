"""TransNetV2 as it ships, against numbers of the published PyTorch model."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from synthetic_video import CUT_FRAMES, stripes

from wirescope_models.footage import PARITY_FRAMES, clip_frames
from wirescope_models.packages import read_packages
from wirescope_models.weights import fetch_weights

# PyTorch 2.15 with the package's own TransNetV2 class on `stripes()`.
TORCH_SINGLE = {0: 0.006143814, 25: 0.000895308, 29: 0.816296101, 30: 0.002873949, 63: 0.849714875, 74: 0.003284308}
TORCH_MANY = {0: 0.011919845, 25: 0.013113425, 29: 0.642622530, 30: 0.008478747, 63: 0.601162314, 74: 0.018213720}
# The same on tests/test.mp4 of the package, decoded with ffmpeg's bicubic scaler: frames over 0.5 among the first 500.
TORCH_VIDEO_CUTS = [1, 49, 60, 185, 198, 218, 235, 281, 300, 370, 455]


@pytest.fixture(scope="module")
def session(unpacked) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(unpacked("shots-transnetv2") / "model.onnx"))


PUBLISHED_WINDOWS = {"windowFrames": 100, "contextFrames": 25, "strideFrames": 50}
FACTS = read_packages(["shots-transnetv2"])[0].facts


def predict(session: onnxruntime.InferenceSession, frames: np.ndarray, windows: dict[str, int]) -> np.ndarray:
    """The `single` head over a whole video, whose first and last frame are repeated where a window reaches beyond."""
    window, context, stride = windows["windowFrames"], windows["contextFrames"], windows["strideFrames"]
    padded = np.concatenate([frames[:1].repeat(context, 0), frames, frames[-1:].repeat(window, 0)])
    kept = []
    for start in range(0, len(frames), stride):
        (single,) = session.run(["single"], {"frames": padded[None, start : start + window]})
        kept.append(single[0, context : context + stride])
    return np.concatenate(kept)[: len(frames)]


def test_both_heads_equal_pytorch(session: onnxruntime.InferenceSession):
    single, many = session.run(["single", "many"], {"frames": stripes()[None]})
    for found, expected in ((single[0], TORCH_SINGLE), (many[0], TORCH_MANY)):
        assert found[list(expected)] == pytest.approx(list(expected.values()), abs=2e-5)
        assert np.flatnonzero(found > 0.5).tolist() == [cut - 1 for cut in CUT_FRAMES]


def test_a_batch_gives_what_single_windows_give(session: onnxruntime.InferenceSession):
    windows = np.stack([stripes(), stripes()[::-1]])
    together = session.run(["single"], {"frames": windows})[0]
    alone = [session.run(["single"], {"frames": window[None]})[0][0] for window in windows]
    assert np.abs(together - np.stack(alone)).max() < 1e-5


@pytest.mark.parametrize("window_frames", [1, 2, 50, 101])
def test_a_window_may_have_any_number_of_frames(session: onnxruntime.InferenceSession, window_frames: int):
    outputs = session.run(["single", "many"], {"frames": stripes().repeat(2, 0)[None, :window_frames]})
    for head in outputs:
        assert head.shape == (1, window_frames)
        assert ((head > 0) & (head < 1)).all()


def test_a_frame_does_not_notice_where_a_long_window_ends(session: onnxruntime.InferenceSession):
    """Convolutions reach 48 frames, similarities 50 more at most: what lies further away changes nothing."""
    frames = np.concatenate([stripes(), stripes()[::-1], np.roll(stripes(), 17, axis=0), stripes()])
    reach = 98
    whole, shorter = (session.run(["single"], {"frames": frames[None, :end]})[0][0] for end in (400, 300))
    assert np.abs(whole[: 300 - reach] - shorter[: 300 - reach]).max() < 1e-5


def test_real_footage_is_cut_where_pytorch_cuts_it(session: onnxruntime.InferenceSession, weights_dir: Path):
    """On the published windows, and on the longer ones that ship, whose answers may move as far as is written down."""
    frames = clip_frames(fetch_weights(read_packages(["shots-transnetv2"])[0].source, weights_dir), PARITY_FRAMES)
    published, shipped = (predict(session, frames, windows) for windows in (PUBLISHED_WINDOWS, FACTS["limits"]))
    assert np.flatnonzero(published > 0.5).tolist() == TORCH_VIDEO_CUTS
    assert np.flatnonzero(shipped > 0.5).tolist() == TORCH_VIDEO_CUTS
    assert np.abs(shipped - published).max() <= FACTS["parity"]["maxSingleChange"]
