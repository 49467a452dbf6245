"""TransNetV2's convolutional stages in 8 bits, for processors that multiply 8-bit numbers exactly (VNNI).

Features lie as [batch * frames, rows, columns, channels], unsigned 8 bits. In that layout a spatial convolution reads
pictures and a temporal one the same bytes as [batch, frames, pixels, channels], so that nothing is moved in between.
ONNX Runtime's QLinearConv over channels that lie last multiplies unsigned activations with signed weights and adds in
32 bits; one scale an output channel, one scale an activation. The first stage's shortcut, its sum and pooling stay in
8 bits; the later ones, whose pictures are small, are added and pooled in float32, as the similarity heads and the last
layers work (transnetv2_onnx.py).

Two things keep the rounding small at no cost in arithmetic. An activation's channels are brought nearer to one range
by units of their own, which the weights before and behind it absorb: a ReLU and a sum commute with them (cross-layer
equalization: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019; the square
root as in Xiao et al., SmoothQuant, 2023). And weights are rounded so that the sum over a kernel's taps is kept: what
neighbouring pixels and frames have in common, which is most of a video, is then multiplied by nearly the right number.

Without VNNI the same operators add two products in 16 bits, which saturates (Intel's VPMADDUBSW): answers would depend
on the processor. There the float32 graph is served.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from wirescope_models import transnetv2
from wirescope_models.onnx_graph import GraphBuilder
from wirescope_models.transnetv2 import CHANNELS, FRAME_HEIGHT, FRAME_WIDTH, TemporalConvolution, activation_name

CONTRIBUTED = "com.microsoft"
LARGEST_VALUE = 255
LARGEST_WEIGHT = 127

POOLED_IN_8_BITS = (0,)
"""Stages; in float32 the first one's pictures would take 80 MB a tensor."""


class ChannelRanges(TypedDict):
    """The least and the largest value of each channel."""

    least: Sequence[float]
    largest: Sequence[float]


Ranges = Mapping[str, ChannelRanges]
"""What values each activation was seen to take, by `activation_name`."""


class RangeMissing(ValueError):
    """The calibration has no range for an activation of this graph."""


@dataclass(frozen=True)
class Encoding:
    """How 8-bit numbers with channels last stand for values: value = units[channel] * scale * (number - zero)."""

    units: np.ndarray
    scale: float
    zero: int = 0


@dataclass(frozen=True)
class Quantized:
    tensor: str
    encoding: Encoding


class Int8Stages:
    """Adds the stages to `graph`; `leading` names the tensor [batch, frames]."""

    def __init__(self, graph: GraphBuilder, leading: str, ranges: Ranges) -> None:
        self._graph = graph
        self._leading = leading
        self._ranges = ranges

    def add(self, frames: str) -> tuple[str, list[str]]:
        """From `frames`, uint8 [batch, frames, 27, 48, 3], to the last stage's pooled features, float32

        [batch, frames, 3 * 6 * 256], and every stage's means over the picture [batch, frames, channels].
        """
        graph = self._graph
        rows, columns = FRAME_HEIGHT, FRAME_WIDTH
        pictures = graph.node("Reshape", [frames, graph.ints(-1, rows, columns, CHANNELS)])
        value = Quantized(pictures, Encoding(np.ones(CHANNELS), 1 / LARGEST_VALUE))
        means, pooled = [], ""
        for stage in range(transnetv2.STAGES):
            first = self._frame_block(value) if stage == 0 else self._block(value, stage, 0, rows, columns)
            second = self._block(first, stage, 1, rows, columns)
            if stage in POOLED_IN_8_BITS:
                value = self._pooled(self._sum(first, second, stage), stage)
                pooled = self._in_units(value)
            else:
                pooled = self._pooled_in_float32(first, second, rows, columns)
                encoding = self._feature_encoding(activation_name(stage, "pooled"), stage)
                value = Quantized(graph.node("QuantizeLinear", [pooled, *self._scale(encoding)]), encoding)
            # Behind the pooling, where they are fewest; a dequantization by channel would be slower.
            pooled = graph.node("Mul", [pooled, graph.constant(value.encoding.units.astype(np.float32))])
            rows, columns = rows // 2, columns // 2
            channels = len(value.encoding.units)
            mean = graph.node("ReduceMean", [pooled, graph.ints(1, 2)], keepdims=0)
            means.append(self._reshape(mean, channels))
        return self._reshape(pooled, rows * columns * channels), means

    def _frame_block(self, pictures: Quantized) -> Quantized:
        """The block that reads the frames: a pixel's 3 x 3 surroundings become its channels, which a temporal

        convolution reads. One channel more, whose weights are 0, makes them a multiple of 4, as products of 8-bit
        numbers want them.
        """
        graph = self._graph
        block = transnetv2.folded_block(graph.weights, 0, 0)
        black = graph.constant(np.array(0, np.uint8))
        padded = graph.node("Pad", [pictures.tensor, graph.ints(0, 1, 1, 0, 0, 1, 1, 0), black])
        around = []
        for down in range(3):
            for right in range(3):
                corners = graph.ints(down, right), graph.ints(down + FRAME_HEIGHT, right + FRAME_WIDTH)
                around.append(graph.node("Slice", [padded, *corners, graph.ints(1, 2)]))
        spare = graph.node("Slice", [around[0], graph.ints(0), graph.ints(1), graph.ints(3)])
        encoding = replace(pictures.encoding, units=np.ones(3 * 3 * CHANNELS + 1))
        surroundings = Quantized(graph.node("Concat", [*around, spare], axis=3), encoding)
        kernels = block.spatial[:, :, 0].transpose(0, 2, 3, 1).reshape(len(block.spatial), -1).astype(np.float64)
        joined = []
        for temporal, spatial in zip(block.temporal, np.split(kernels, len(block.temporal)), strict=True):
            weight = np.einsum("ost,sc->oct", temporal.weight[..., 0, 0], spatial)
            weight = np.concatenate([weight, np.zeros_like(weight[:, :1])], axis=1).astype(np.float32)
            joined.append(TemporalConvolution(temporal.dilation, weight[..., None, None], temporal.bias))
        return self._over_time([surroundings] * len(joined), joined, (0, 0), FRAME_HEIGHT, FRAME_WIDTH)

    def _block(self, pictures: Quantized, stage: int, block: int, rows: int, columns: int) -> Quantized:
        folded = transnetv2.folded_block(self._graph.weights, stage, block)
        branches = []
        for branch, kernels in enumerate(np.split(folded.spatial[:, :, 0], len(folded.temporal))):
            name = activation_name(stage, "spatial", block, branch)
            encoding = self._encoding(name, self._units(name))
            branches.append(
                self._convolution(pictures, kernels, None, encoding, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
            )
        return self._over_time(branches, folded.temporal, (stage, block), rows, columns)

    def _over_time(
        self,
        branches: Sequence[Quantized],
        temporal: Sequence[TemporalConvolution],
        place: tuple[int, int],
        rows: int,
        columns: int,
    ) -> Quantized:
        """Every branch's temporal convolution and, by its range beginning at 0, its ReLU, side by side."""
        stage, block = place
        encoding = self._feature_encoding(activation_name(stage, "features", block), stage)
        outputs = []
        for branch, convolution, units in zip(branches, temporal, np.split(encoding.units, len(temporal)), strict=True):
            channels, dilation = convolution.weight.shape[1], convolution.dilation
            output = self._convolution(
                Quantized(self._reshape(branch.tensor, rows * columns, channels), branch.encoding),
                convolution.weight[..., 0],
                convolution.bias,
                replace(encoding, units=units),
                kernel_shape=[3, 1],
                dilations=[dilation, 1],
                pads=[dilation, 0, dilation, 0],
            )
            outputs.append(output.tensor)
        joined = self._graph.node("Concat", outputs, axis=3)
        pictures = self._graph.node("Reshape", [joined, self._graph.ints(-1, rows, columns, len(encoding.units))])
        return Quantized(pictures, encoding)

    def _convolution(
        self,
        value: Quantized,
        weight: np.ndarray,
        bias: np.ndarray | None,
        output: Encoding,
        **attributes: object,
    ) -> Quantized:
        """`weight` [outputs, inputs, ...] as signed numbers with one scale an output."""
        graph, further = self._graph, (1,) * (weight.ndim - 2)
        weight = weight * value.encoding.units.reshape(1, -1, *further) / output.units.reshape(-1, 1, *further)
        scales, numbers = rounded_weights(weight)
        inputs = [
            *(value.tensor, *self._scale(value.encoding)),
            *(graph.constant(numbers), graph.constant(scales), graph.constant(np.zeros(len(numbers), np.int8))),
            *self._scale(output),
        ]
        if bias is not None:
            steps = np.float32(value.encoding.scale) * scales * output.units
            inputs.append(graph.constant(np.rint(bias / steps).astype(np.int32)))
        tensor = graph.node("QLinearConv", inputs, domain=CONTRIBUTED, channels_last=1, **attributes)
        return Quantized(tensor, output)

    def _sum(self, one: Quantized, other: Quantized, stage: int) -> Quantized:
        encoding = self._feature_encoding(activation_name(stage, "sum"), stage)
        inputs = [one.tensor, *self._scale(one.encoding), other.tensor, *self._scale(other.encoding)]
        tensor = self._graph.node("QLinearAdd", [*inputs, *self._scale(encoding)], domain=CONTRIBUTED)
        return Quantized(tensor, encoding)

    def _pooled(self, value: Quantized, stage: int) -> Quantized:
        """Averages of 2 x 2 pixels; an odd last row is left out."""
        encoding = self._feature_encoding(activation_name(stage, "pooled"), stage)
        inputs = [value.tensor, *self._scale(value.encoding), *self._scale(encoding)]
        attributes = {"channels_last": 1, "kernel_shape": [2, 2], "strides": [2, 2]}
        return Quantized(self._graph.node("QLinearAveragePool", inputs, domain=CONTRIBUTED, **attributes), encoding)

    def _pooled_in_float32(self, one: Quantized, other: Quantized, rows: int, columns: int) -> str:
        """The same of the sum of both, in units."""
        graph = self._graph
        total = graph.node("Add", [self._in_units(one), self._in_units(other)])
        if rows % 2 == 1:
            total = graph.node("Slice", [total, graph.ints(0), graph.ints(rows - 1), graph.ints(1)])
        sizes = graph.ints(-1, rows // 2, 2, columns // 2, 2, len(one.encoding.units))
        return graph.node("ReduceMean", [graph.node("Reshape", [total, sizes]), graph.ints(2, 4)], keepdims=0)

    def _in_units(self, value: Quantized) -> str:
        """In float32, each channel in its unit."""
        return self._graph.node("DequantizeLinear", [value.tensor, *self._scale(value.encoding)])

    def _feature_encoding(self, name: str, stage: int) -> Encoding:
        """What a shortcut adds has the units of the sum."""
        return self._encoding(name, self._units(activation_name(stage, "sum")))

    def _units(self, name: str) -> np.ndarray:
        least, largest = self._range(name)
        reach = np.maximum(-least, largest)
        return np.sqrt(np.where(reach == 0, 1, reach))

    def _encoding(self, name: str, units: np.ndarray) -> Encoding:
        """Of an activation whose range holds 0."""
        least, largest = (ends / units for ends in self._range(name))
        lowest, highest = min(least.min(), 0.0), max(largest.max(), 0.0)
        scale = np.float32((highest - lowest) / LARGEST_VALUE)
        return Encoding(units, float(scale), int(np.rint(-lowest / scale)))

    def _range(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Every channel's least and largest value."""
        if name not in self._ranges:
            raise RangeMissing(f"The calibration has no range for {name}.")
        ranges = self._ranges[name]
        return np.array(ranges["least"]), np.array(ranges["largest"])

    def _scale(self, encoding: Encoding) -> list[str]:
        return [self._graph.scalar(encoding.scale), self._graph.constant(np.array(encoding.zero, np.uint8))]

    def _reshape(self, value: str, *sizes: int) -> str:
        """To batch, frames and these sizes."""
        shape = self._graph.node("Concat", [self._leading, self._graph.ints(*sizes)], axis=0)
        return self._graph.node("Reshape", [value, shape])


def rounded_weights(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales, float32 [outputs], and numbers, int8, of `weight` [outputs, inputs, taps...].

    Of every kernel some taps go to their second nearest number, so that the sum of its taps is off by half a step at
    most: those first that lie nearest between two.
    """
    largest = np.abs(weight).reshape(len(weight), -1).max(axis=1)
    scales = (np.where(largest == 0, 1, largest) / LARGEST_WEIGHT).astype(np.float32)
    steps = (weight / scales.reshape(-1, *[1] * (weight.ndim - 1))).reshape(*weight.shape[:2], -1)
    nearest = np.rint(steps)
    missing = steps - nearest
    lacking = np.rint(missing.sum(axis=2, keepdims=True))
    rank = np.argsort(np.argsort(-missing, axis=2, kind="stable"), axis=2, kind="stable")
    numbers = nearest + (rank < lacking) - (rank >= steps.shape[2] + lacking)
    return scales, numbers.clip(-LARGEST_WEIGHT, LARGEST_WEIGHT).reshape(weight.shape).astype(np.int8)
