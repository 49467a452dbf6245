"""Merging a low-rank adapter into its base."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from wirescope_models import adapter
from wirescope_models.failures import PackagingFailed

STUDENT = Path(__file__).resolve().parents[1] / "models" / "entities-minilm-student" / "adapter.safetensors"
LARGEST_COMMITTED_BYTES = 2 * 1024 * 1024


def a_base() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {"layer.weight": random.normal(size=(3, 4)).astype(np.float32), "layer.bias": np.zeros(3, np.float32)}


def an_adapter() -> dict[str, np.ndarray]:
    random = np.random.default_rng(2)
    return {
        "layer.weight.a": random.normal(size=(2, 4)).astype(np.float16),
        "layer.weight.b": random.normal(size=(3, 2)).astype(np.float16),
        "layer.bias.delta": np.array([1, 2, 3], np.float16),
        "classifier.weight": random.normal(size=(9, 3)).astype(np.float16),
        "classifier.bias": np.zeros(9, np.float16),
    }


def test_a_merged_matrix_computes_what_base_and_adapter_compute_apart():
    base, trained = a_base(), an_adapter()
    x = np.random.default_rng(3).normal(size=(5, 4)).astype(np.float32)
    low_rank = x @ trained["layer.weight.a"].T.astype(np.float32) @ trained["layer.weight.b"].T.astype(np.float32)

    merged = adapter.merge(base, trained)

    np.testing.assert_allclose(
        x @ merged["layer.weight"].T, x @ base["layer.weight"].T + low_rank, rtol=1e-5, atol=1e-5
    )
    np.testing.assert_array_equal(merged["layer.bias"], [1, 2, 3])


def test_everything_merged_is_float32_and_the_base_is_left_alone():
    base = a_base()
    before = {key: value.copy() for key, value in base.items()}

    merged = adapter.merge(base, an_adapter())

    assert {value.dtype for value in merged.values()} == {np.dtype(np.float32)}
    assert all(np.array_equal(base[key], before[key]) for key in before)


def test_an_adapter_that_starts_at_zero_changes_nothing():
    trained = an_adapter() | {
        "layer.weight.b": np.zeros((3, 2), np.float16),
        "layer.bias.delta": np.zeros(3, np.float16),
    }

    merged = adapter.merge(a_base(), trained)

    np.testing.assert_array_equal(merged["layer.weight"], a_base()["layer.weight"])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"layer.weight.a": np.zeros((2, 5), np.float16)}, "other weights"),
        ({"layer.weight.b": np.zeros((3, 4), np.float16)}, "cannot multiply"),
        ({"absent.delta": np.zeros(3, np.float16)}, "other weights"),
        ({"absent.weight.a": np.zeros((2, 4), np.float16)}, "neither a delta"),
        ({"layer.bias.scale": np.zeros(3, np.float16)}, "neither a delta"),
    ],
)
def test_an_adapter_for_another_base_is_refused(wrong, words):
    with pytest.raises(PackagingFailed, match=words):
        adapter.merge(a_base(), an_adapter() | wrong)


def test_an_adapter_without_a_classifier_is_refused():
    trained = an_adapter()
    del trained["classifier.bias"]
    with pytest.raises(PackagingFailed, match=r"lacks classifier\.bias"):
        adapter.merge(a_base(), trained)


def test_the_students_adapter_is_small_finite_and_classifies_nine_labels():
    trained = load_file(STUDENT)
    assert STUDENT.stat().st_size < LARGEST_COMMITTED_BYTES
    assert trained["classifier.weight"].shape == (9, 384)
    assert all(value.dtype == np.float16 and np.isfinite(value).all() for value in trained.values())
