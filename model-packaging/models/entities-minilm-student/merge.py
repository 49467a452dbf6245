"""What the builder asks of a package with an adapter: base weights in, encoder and classifier out."""

from collections.abc import Mapping

import numpy as np

from wirescope_models import adapter


def merge(
    base: Mapping[str, np.ndarray], trained: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """The encoder's weights, the classifier's weight [labels, width] and bias [labels]."""
    weights = adapter.merge(base, trained)
    classifier = tuple(weights.pop(name) for name in adapter.CLASSIFIER)
    return weights, *classifier
