import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from benchmark.compose import compose
from benchmark.footage import (
    HALVES,
    HEIGHT,
    WIDTH,
    EditedVideo,
    Take,
    read_catalogue,
    takes_between,
)
from benchmark.plan import JOINS, SETS, TRAPS, Join, PlannedClip, PlannedShot, plan
from benchmark.transitions import GRADUAL
from benchmark.traps import CAMERA_TRAPS, PICTURE_TRAPS


def pictures(seed: int, count: int) -> np.ndarray:
    """A still picture of coloured blocks; each seed another one."""
    blocks = np.random.default_rng(seed).integers(40, 215, (9, 16, 3), np.uint8)
    return np.repeat(np.kron(blocks, np.ones((20, 20, 1), np.uint8))[None], count, axis=0)


TAKES = [Take(f"take-{seed}", "footage", pictures(seed, 30)) for seed in range(4)]


def clip_of(joins: list[Join], trap: str | None = None, seed: int = 1) -> PlannedClip:
    shots = [PlannedShot("footage", 60 if trap else 30, trap) for _ in range(len(joins) + 1)]
    return PlannedClip("clip", 25, seed, tuple(shots), tuple(joins))


def steps(frames: np.ndarray) -> np.ndarray:
    """How much each frame differs from the one before; 0 for the first."""
    return np.abs(np.diff(frames.astype(np.int16), axis=0, prepend=frames[:1])).mean((1, 2, 3))


def test_the_picture_jumps_at_the_cuts_and_nowhere_else():
    frames, truth = compose(clip_of([Join("hard cut", 0)] * 3), TAKES)
    jumps = np.flatnonzero(steps(frames) > 3)
    assert list(jumps) == [entry["firstFrame"] for entry in truth["transitions"]]
    assert truth["frameCount"] == len(frames)


@pytest.mark.parametrize("variety", sorted(GRADUAL))
def test_a_gradual_transition_changes_the_picture_from_its_first_to_its_last_frame_only(variety: str):
    frames, truth = compose(clip_of([Join(variety, 20)]), TAKES)
    (entry,) = truth["transitions"]
    first, last = entry["firstFrame"], entry["lastFrame"]
    assert last - first + 1 == 20
    change = steps(frames)
    assert change[:first].max() == 0 and change[last + 2 :].max() == 0
    assert change[first] > 0 and change[last + 1] > 0


@pytest.mark.parametrize("trap", sorted(CAMERA_TRAPS | PICTURE_TRAPS))
def test_a_trap_touches_the_frames_that_the_truth_names(trap: str):
    frames, truth = compose(clip_of([Join("hard cut", 0)], trap), TAKES)
    for entry in truth["traps"]:
        assert entry["variety"] == trap
    first, last = truth["traps"][0]["firstFrame"], truth["traps"][0]["lastFrame"]
    change = steps(frames)[: truth["transitions"][0]["firstFrame"]]
    assert change[:first].max() < 1.5 and change[last + 2 :].max(initial=0) < 1.5
    assert change[first : last + 2].max() > 2


def test_the_same_plan_gives_the_same_frames_and_another_seed_others():
    clip = clip_of([Join("dissolve", 12), Join("jump cut", 0)], "flash burst")
    frames, _ = compose(clip, TAKES)
    assert np.array_equal(frames, compose(clip, TAKES)[0])
    other, _ = compose(replace(clip, seed=2), TAKES)
    assert other.shape != frames.shape or not np.array_equal(other, frames)


@pytest.mark.parametrize("name", SETS)
def test_the_plan_holds_as_many_of_each_as_it_says(name: str):
    clips, half = plan(name), SETS[name].half
    joins = [join.variety for clip in clips for join in clip.joins]
    traps = [shot.trap for clip in clips for shot in clip.shots if shot.trap]
    assert {variety: joins.count(variety) for variety in JOINS[half]} == JOINS[half]
    assert {trap: traps.count(trap) for trap in TRAPS[half]} == TRAPS[half]
    assert plan(name) == clips


def test_no_seed_is_used_twice_and_nothing_is_tuned_on_what_is_reported():
    assert len({each.seed for each in SETS.values()}) == len(SETS)
    assert {name for name, each in SETS.items() if each.half == "tuning"} == {"tuning"}


@pytest.mark.parametrize("way", ["backwards", "fast", "dim"])
def test_edited_footage_shown_in_another_way_jumps_where_its_cuts_are(way: str):
    frames = np.concatenate([pictures(1, 7), pictures(2, 10), pictures(3, 4)])
    shown = getattr(EditedVideo("film", frames, (7, 17)), way)()
    assert list(np.flatnonzero(steps(shown.frames) > 3)) == list(shown.cuts)
    assert shown.frames.shape[1:] == (HEIGHT, WIDTH, 3)


def test_no_frame_of_footage_and_no_photo_is_in_both_halves():
    catalogue = read_catalogue()
    for video in catalogue["videos"]:
        ranges = sorted(video["ranges"].values())
        for (_, last), (first, _) in pairwise(ranges):
            assert last < first
    photos = [set(catalogue["photos"][half]) for half in HALVES]
    assert not photos[0] & photos[1]
    assert json.dumps(catalogue)


def test_takes_leave_out_a_frame_on_either_side_of_a_cut():
    assert takes_between(0, 99, [39]) == [(0, 38), (41, 99)]
    assert takes_between(10, 99, [5, 49]) == [(10, 48), (51, 99)]


def test_frames_are_of_the_size_that_everything_is_made_in():
    frames, _ = compose(clip_of([Join("slide", 9)]), TAKES)
    assert frames.shape[1:] == (HEIGHT, WIDTH, 3)
