"""Winograd's matrices against the convolution itself."""

import numpy as np
import pytest

from wirescope_models.winograd import MAX_OUTPUTS, filtering


@pytest.mark.parametrize("outputs", range(2, MAX_OUTPUTS + 1))
def test_a_tile_equals_the_plain_convolution(outputs: int):
    tile = filtering(outputs)
    random = np.random.default_rng(outputs)
    pixels, taps = random.normal(size=tile.points), random.normal(size=3)
    found = tile.inverse @ ((tile.kernel @ taps) * (tile.data @ pixels))
    assert found == pytest.approx(np.correlate(pixels, taps, "valid"), abs=1e-9)


@pytest.mark.parametrize("outputs", range(2, MAX_OUTPUTS + 1))
def test_rounding_stays_near_that_of_float32(outputs: int):
    tile = filtering(outputs)
    data, kernel, inverse = (matrix.astype(np.float32) for matrix in (tile.data, tile.kernel, tile.inverse))
    random = np.random.default_rng(outputs)
    for _ in range(200):
        pixels, taps = (random.normal(size=size).astype(np.float32) for size in (tile.points, 3))
        exact = np.correlate(pixels.astype(np.float64), taps.astype(np.float64), "valid")
        assert np.abs(inverse @ ((kernel @ taps) * (data @ pixels)) - exact).max() < 1e-4


@pytest.mark.parametrize("outputs", [1, MAX_OUTPUTS + 1])
def test_tiles_that_float32_does_not_bear_are_refused(outputs: int):
    with pytest.raises(ValueError, match="outputs"):
        filtering(outputs)
