"""Winograd's minimal filtering: a 3-tap convolution over a row of pixels with fewer multiplications.

Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015 (arXiv:1509.09308); the matrices are those of
the Toom-Cook construction over the points 0, 1, -1, 2, -2, 1/2 and infinity, whose rounding stays near float32's own.
"""

from dataclasses import dataclass

import numpy as np

TAPS = 3
POINTS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
MAX_OUTPUTS = len(POINTS) - TAPS + 2


@dataclass(frozen=True)
class Filtering:
    """F(outputs, 3): `inverse @ ((kernel @ taps) * (data @ pixels))` are `outputs` results of outputs + 2 pixels.

    data [points, points], kernel [points, 3], inverse [outputs, points]; float64, points = outputs + 2.
    """

    outputs: int
    data: np.ndarray
    kernel: np.ndarray
    inverse: np.ndarray

    @property
    def points(self) -> int:
        return self.outputs + TAPS - 1


def filtering(outputs: int) -> Filtering:
    """The matrices for tiles of so many outputs. Raises ValueError beyond what float32 bears."""
    if not 1 < outputs <= MAX_OUTPUTS:
        raise ValueError(f"Tiles have 2 to {MAX_OUTPUTS} outputs, not {outputs}.")
    count = outputs + TAPS - 1
    points = POINTS[: count - 1]
    data, kernel, inverse = np.zeros((count, count)), np.zeros((count, TAPS)), np.zeros((outputs, count))
    for row, point in enumerate(points):
        others = [other for other in points if other != point]
        data[row, :-1] = np.poly(others)[::-1]
        kernel[row] = point ** np.arange(TAPS) / np.prod([point - other for other in others])
        inverse[:, row] = point ** np.arange(outputs)
    data[-1] = np.poly(points)[::-1]
    kernel[-1, -1] = inverse[-1, -1] = 1
    return Filtering(outputs, data, kernel, inverse)
