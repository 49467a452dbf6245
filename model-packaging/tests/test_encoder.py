"""How rows share a run, and how long texts are read."""

import numpy as np
import pytest

from wirescope_serving.encoder import buckets
from wirescope_serving.entities import Word, merge_words, token_windows


@pytest.mark.parametrize("seed", range(20))
def test_buckets_hold_every_row_once_within_the_budget(seed: int):
    lengths = np.random.default_rng(seed).integers(1, 256, 60).tolist()
    groups = buckets(lengths, 2048)
    assert sorted(row for group in groups for row in group) == list(range(60))
    for group in groups:
        assert len(group) * max(lengths[row] for row in group) <= 2048


def test_a_short_text_does_not_share_a_run_with_a_long_one():
    assert buckets([200, 3, 202, 4]) == [[1, 3], [0, 2]]


def test_a_row_over_the_budget_runs_alone():
    assert buckets([5000, 5], 2048) == [[1], [0]]


@pytest.mark.parametrize("count", [0, 1, 30, 254, 255, 300, 1000, 5000])
def test_windows_keep_every_token_once_and_with_context(count: int):
    windows = token_windows(count, 254, 32)
    assert [token for window in windows for token in window.kept] == list(range(count))
    for window in windows:
        assert window.end - window.start <= 254
        assert window.start == 0 or window.kept.start - window.start >= 32
        assert window.end == count or window.end - window.kept.stop >= 32


def word(start: int, label: str, *, begins: bool = False, score: float = 0.5) -> Word:
    return Word(start, start + 1, label, score, begins)


def test_neighbouring_words_of_one_type_are_one_entity_until_a_new_one_begins():
    words = [word(0, "PER", begins=True, score=1.0), word(2, "PER"), word(4, "PER", begins=True), word(6, "O")]
    found = merge_words([*words, word(8, "PER"), word(10, "LOC")])
    spans = [(each.start, each.end, each.label) for each in found]
    assert spans == [(0, 3, "PER"), (4, 5, "PER"), (8, 9, "PER"), (10, 11, "LOC")]
    assert found[0].score == 0.75
