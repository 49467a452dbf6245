"""TransNetV2 with its convolutions in 8 bits, against the float32 graph of the same archive."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from local.models.processor import has_vnni
from synthetic_video import CUT_FRAMES, stripes

from wirescope_models.footage import PARITY_FRAMES, clip_frames
from wirescope_models.packages import read_packages
from wirescope_models.torch_pickle import read_state_dict
from wirescope_models.transnetv2 import PUBLISHED_WINDOW, activation_name
from wirescope_models.transnetv2_calibration import (
    CALIBRATION_FRAMES,
    activation_ranges,
    calibration_windows,
    read_ranges,
)
from wirescope_models.transnetv2_int8 import RangeMissing, rounded_weights
from wirescope_models.transnetv2_onnx import build_int8_transnetv2
from wirescope_models.weights import fetch_weights

PACKAGE = read_packages(["shots-transnetv2"])[0]
needs_vnni = pytest.mark.skipif(not has_vnni(), reason="8-bit products saturate without VNNI: float32 is served")


@pytest.fixture(scope="module")
def sessions(unpacked) -> dict[str, onnxruntime.InferenceSession]:
    folder = unpacked("shots-transnetv2")
    return {name: onnxruntime.InferenceSession(str(folder / name)) for name in ("model.onnx", "model.int8.onnx")}


@pytest.fixture(scope="module")
def files(weights_dir: Path) -> dict[str, Path]:
    return fetch_weights(PACKAGE.source, weights_dir)


@pytest.fixture(scope="module")
def weights(files: dict[str, Path]) -> dict[str, np.ndarray]:
    return read_state_dict(next(path for path in files.values() if path.suffix == ".pth"))


def run(session: onnxruntime.InferenceSession, windows: np.ndarray) -> np.ndarray:
    """float32 [2, batch, frames]: `single`, then `many`."""
    return np.stack(session.run(["single", "many"], {"frames": windows}))


@needs_vnni
def test_real_footage_is_cut_where_float32_cuts_it(sessions: dict, files: dict[str, Path]):
    frames = clip_frames(files, PARITY_FRAMES)
    windows = np.stack([frames[:250], frames[-250:]])
    exact, found = (run(sessions[name], windows) for name in ("model.onnx", "model.int8.onnx"))
    assert ((found > 0.5) == (exact > 0.5)).all()
    assert np.abs(found - exact).max() <= PACKAGE.facts["parity"]["maxInt8Change"]


@needs_vnni
def test_a_hard_cut_peaks_on_its_frame(sessions: dict):
    for head in run(sessions["model.int8.onnx"], stripes()[None])[:, 0]:
        assert np.flatnonzero(head > 0.5).tolist() == [cut - 1 for cut in CUT_FRAMES]


@needs_vnni
@pytest.mark.parametrize("colour", [0, 128, 255])
def test_pictures_of_one_colour_are_judged_as_float32_judges_them(sessions: dict, colour: int):
    still = np.full((1, PUBLISHED_WINDOW, 27, 48, 3), colour, np.uint8)
    exact, found = (run(sessions[name], still) for name in ("model.onnx", "model.int8.onnx"))
    assert np.abs(found - exact).max() <= PACKAGE.facts["parity"]["maxInt8Change"]


def test_a_batch_gives_exactly_what_single_windows_give(sessions: dict):
    windows = np.stack([stripes(), stripes()[::-1]])
    together = run(sessions["model.int8.onnx"], windows)
    alone = [run(sessions["model.int8.onnx"], window[None])[:, 0] for window in windows]
    assert np.array_equal(together, np.stack(alone, axis=1))


@needs_vnni
@pytest.mark.parametrize("window_frames", [1, 2, 50, 101])
def test_a_window_may_have_any_number_of_frames(sessions: dict, window_frames: int):
    heads = run(sessions["model.int8.onnx"], stripes().repeat(2, 0)[None, :window_frames])
    assert heads.shape == (2, 1, window_frames)
    assert ((heads > 0) & (heads < 1)).all()


def test_calibration_gives_a_range_of_every_activation_and_nothing_else(weights: dict[str, np.ndarray]):
    found, shipped = activation_ranges(weights, iter([stripes()])), read_ranges(PACKAGE)
    assert set(found) == set(shipped)
    for name, channels in found.items():
        least, largest = np.array(channels["least"]), np.array(channels["largest"])
        assert (least <= 0).all() and (largest >= 0).all()
        assert len(least) == len(largest) == len(shipped[name]["least"]) == len(shipped[name]["largest"])


def test_the_ranges_that_ship_hold_what_the_clip_makes_of_the_network(weights: dict, files: dict[str, Path]):
    clip = clip_frames(files, slice(0, CALIBRATION_FRAMES.start + 300))[CALIBRATION_FRAMES.start :]
    shipped = read_ranges(PACKAGE)
    for name, channels in activation_ranges(weights, calibration_windows(clip)).items():
        least, largest = (np.array(shipped[name][end]) for end in ("least", "largest"))
        tolerance = 1e-3 * (largest - least)
        assert (least - tolerance <= channels["least"]).all(), name
        assert (channels["largest"] <= largest + tolerance).all(), name


def test_rounded_weights_are_near_and_the_sum_over_their_taps_is_nearer():
    weight = np.random.default_rng(4).normal(size=(16, 8, 3, 3))
    scales, numbers = rounded_weights(weight)
    steps = weight / scales[:, None, None, None]
    assert numbers.dtype == np.int8
    assert np.abs(numbers - steps).max() <= 1
    assert np.abs((numbers - steps).sum(axis=(2, 3))).max() <= 0.5 + 1e-6
    assert np.abs((np.rint(steps) - steps).sum(axis=(2, 3))).max() > 0.5


def test_a_kernel_of_zeros_stays_one():
    scales, numbers = rounded_weights(np.zeros((2, 3, 3, 1)))
    assert (numbers == 0).all() and (scales > 0).all()


def test_a_missing_range_is_named(weights: dict[str, np.ndarray]):
    missing = activation_name(1, "spatial", 0, 2)
    ranges = {name: ends for name, ends in read_ranges(PACKAGE).items() if name != missing}
    with pytest.raises(RangeMissing, match="stage 2, block 1, spatial, branch 3"):
        build_int8_transnetv2(weights, ranges)
