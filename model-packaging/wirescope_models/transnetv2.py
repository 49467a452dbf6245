"""What both builds of TransNetV2 share: sizes and the folded weights.

Architecture: Soucek and Lokoc, TransNet V2, 2020, as in the authors' repository (soCzech/TransNetV2): three stages of
two blocks; a block is four spatial-then-temporal convolutions with dilations 1, 2, 4, 8, whose outputs are
concatenated and batch-normalised. Beside the convolutions two similarity branches look 50 frames back and ahead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

FRAME_HEIGHT, FRAME_WIDTH, CHANNELS = 27, 48, 3
FRAME_BYTES = FRAME_HEIGHT * FRAME_WIDTH * CHANNELS
STAGES, BLOCKS_PER_STAGE = 3, 2
FIRST_STAGE_FILTERS = 16
DILATIONS = (1, 2, 4, 8)
BATCH_NORM_EPSILON = 1e-3
LOOKUP_FRAMES = 101
PUBLISHED_WINDOW, PUBLISHED_CONTEXT, PUBLISHED_STRIDE = 100, 25, 50
"""Frames of the windows that the network was trained on, and how the published code lays them."""
HISTOGRAM_BINS = 512
"""Colours in 3 bits a channel."""
NORM_FLOOR = 1e-12
"""torch.nn.functional.normalize's eps."""


@dataclass(frozen=True)
class TemporalConvolution:
    """3 x 1 x 1 with dilation; batch normalisation is folded in. weight [F, 2F, 3, 1, 1], bias [F]."""

    dilation: int
    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Block:
    """`spatial` holds the four spatial convolutions as one, [4 * 2F, C, 1, 3, 3]."""

    spatial: np.ndarray
    temporal: tuple[TemporalConvolution, ...]


def stage_filters(stage: int) -> int:
    return FIRST_STAGE_FILTERS * 2**stage


def folded_block(weights: Mapping[str, np.ndarray], stage: int, block: int) -> Block:
    """One block's convolutions with its batch normalisation (inference form) folded into the temporal ones."""
    key = f"SDDCNN.{stage}.DDCNN.{block}."
    filters = stage_filters(stage)
    gain = weights[f"{key}bn.weight"] / np.sqrt(weights[f"{key}bn.running_var"] + BATCH_NORM_EPSILON)
    shift = weights[f"{key}bn.bias"] - weights[f"{key}bn.running_mean"] * gain
    temporal = []
    for index, dilation in enumerate(DILATIONS):
        own = slice(filters * index, filters * (index + 1))
        weight = weights[f"{key}Conv3D_{dilation}.layers.1.weight"] * gain[own, None, None, None, None]
        temporal.append(TemporalConvolution(dilation, weight.astype(np.float32), shift[own].astype(np.float32)))
    spatial = [weights[f"{key}Conv3D_{dilation}.layers.0.weight"] for dilation in DILATIONS]
    return Block(np.concatenate(spatial), tuple(temporal))


def activation_name(stage: int, kind: str, block: int | None = None, branch: int | None = None) -> str:
    """`kind`: `spatial` (of one block and branch), `features` (of one block), `sum` or `pooled`."""
    parts = [f"stage {stage + 1}"]
    if block is not None:
        parts.append(f"block {block + 1}")
    parts.append(kind)
    if branch is not None:
        parts.append(f"branch {branch + 1}")
    return ", ".join(parts)
