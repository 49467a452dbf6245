"""Merges a low-rank adapter into its base's weights, with numpy alone.

An adapter holds, beside the base's key K:

* `K.a` [rank, in] and `K.b` [out, rank] for a matrix K [out, in], which becomes K + b·a,
* `K.delta` for a vector K, which becomes K + delta,
* `classifier.weight` [labels, width] and `classifier.bias` [labels], which the base does not have.

Source of the method: Hu and others, "LoRA: Low-Rank Adaptation of Large Language Models", 2021, with the
scale already inside `b`.
"""

from collections.abc import Mapping

import numpy as np

from wirescope_models.failures import PackagingFailed

Weights = Mapping[str, np.ndarray]

CLASSIFIER = ("classifier.weight", "classifier.bias")


def merge(base: Weights, adapter: Weights) -> dict[str, np.ndarray]:
    """The base's weights with the adapter added, and the adapter's classifier, all float32.

    The adapter may be float16; sums are float32. Neither argument is changed. Raises PackagingFailed where
    the adapter was made for another base: a key that the base lacks, or a shape that does not fit.
    """
    merged = {key: value.astype(np.float32) if value.dtype == np.float16 else value for key, value in base.items()}
    for name in CLASSIFIER:
        if name not in adapter:
            raise PackagingFailed(f"The adapter lacks {name}.")
        merged[name] = adapter[name].astype(np.float32)
    for name in adapter:
        key, _, part = name.rpartition(".")
        if name in CLASSIFIER:
            continue
        if part == "delta":
            change = adapter[name].astype(np.float32)
        elif part == "a" and f"{key}.b" in adapter:
            change = _product(key, adapter[f"{key}.b"], adapter[name])
        elif part == "b" and f"{key}.a" in adapter:
            continue  # added with its `a`
        else:
            raise PackagingFailed(f"The adapter's {name} is neither a delta nor one of a pair.")
        if key not in base or base[key].shape != change.shape:
            raise PackagingFailed(f"The adapter was made for other weights: its {name} does not fit {key}.")
        merged[key] = merged[key] + change
    return merged


def _product(key: str, b: np.ndarray, a: np.ndarray) -> np.ndarray:
    if b.ndim != 2 or a.ndim != 2 or b.shape[1] != a.shape[0]:
        raise PackagingFailed(
            f"The adapter's pair for {key} has shapes {b.shape} and {a.shape}, which cannot multiply."
        )
    return b.astype(np.float32) @ a.astype(np.float32)
