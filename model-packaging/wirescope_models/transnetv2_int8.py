"""TransNetV2's convolutional stages in 8 bits, for processors that multiply 8-bit numbers exactly (VNNI).

Features lie as [batch * frames, rows, columns, channels], unsigned 8 bits. In that layout a spatial convolution reads
pictures and a temporal one the same bytes as [batch, frames, pixels, channels], so that nothing is moved in between.
ONNX Runtime's QLinearConv over channels that lie last multiplies unsigned activations with signed weights and adds in
32 bits; one scale an output channel, one range an activation. Both branches of a shortcut, their sum and its pooling
stay in 8 bits. The similarity heads and the last layers work in float32 (transnetv2_onnx.py).

Without VNNI the same operators add two products in 16 bits, which saturates (Intel's VPMADDUBSW): answers would depend
on the processor. There the float32 graph is served.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wirescope_models import transnetv2
from wirescope_models.onnx_graph import GraphBuilder
from wirescope_models.transnetv2 import CHANNELS, FRAME_HEIGHT, FRAME_WIDTH, TemporalConvolution, activation_name

CONTRIBUTED = "com.microsoft"
LARGEST_VALUE = 255
LARGEST_WEIGHT = 127

Ranges = Mapping[str, Sequence[float]]
"""The least and the largest value that each activation was seen to take, by `activation_name`."""


class RangeMissing(ValueError):
    """The calibration has no range for an activation of this graph."""


@dataclass(frozen=True)
class Quantized:
    """A tensor of unsigned 8-bit numbers: value = scale * (number - zero)."""

    tensor: str
    scale: float
    zero: int = 0


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
        value = Quantized(pictures, 1 / LARGEST_VALUE)
        means, pooled = [], ""
        for stage in range(transnetv2.STAGES):
            first = self._frame_block(value) if stage == 0 else self._block(value, stage, 0, rows, columns)
            second = self._block(first, stage, 1, rows, columns)
            value = self._pooled(self._sum(first, second, stage), stage)
            rows, columns = rows // 2, columns // 2
            pooled = graph.node("DequantizeLinear", [value.tensor, *self._scale(value)])
            channels = len(transnetv2.DILATIONS) * transnetv2.stage_filters(stage)
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
        surroundings = Quantized(graph.node("Concat", [*around, spare], axis=3), pictures.scale)
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
            scale, zero = self._range(activation_name(stage, "spatial", block, branch))
            tensor = self._convolution(pictures, kernels, None, (scale, zero), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
            branches.append(Quantized(tensor, scale, zero))
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
        scale, zero = self._range(activation_name(stage, "features", block))
        outputs = []
        for branch, convolution in zip(branches, temporal, strict=True):
            channels, dilation = convolution.weight.shape[1], convolution.dilation
            over_time = self._reshape(branch.tensor, rows * columns, channels)
            outputs.append(
                self._convolution(
                    Quantized(over_time, branch.scale, branch.zero),
                    convolution.weight[..., 0],
                    convolution.bias,
                    (scale, zero),
                    kernel_shape=[3, 1],
                    dilations=[dilation, 1],
                    pads=[dilation, 0, dilation, 0],
                )
            )
        channels = sum(len(convolution.bias) for convolution in temporal)
        joined = self._graph.node("Concat", outputs, axis=3)
        pictures = self._graph.node("Reshape", [joined, self._graph.ints(-1, rows, columns, channels)])
        return Quantized(pictures, scale, zero)

    def _convolution(
        self,
        value: Quantized,
        weight: np.ndarray,
        bias: np.ndarray | None,
        output: tuple[float, int],
        **attributes: object,
    ) -> str:
        """`weight` [outputs, inputs, ...] as signed numbers with one scale an output."""
        graph = self._graph
        largest = np.abs(weight).reshape(len(weight), -1).max(axis=1)
        scales = (np.where(largest == 0, 1, largest) / LARGEST_WEIGHT).astype(np.float32)
        numbers = np.rint(weight / scales.reshape(-1, *[1] * (weight.ndim - 1))).astype(np.int8)
        scale, zero = output
        inputs = [
            *(value.tensor, *self._scale(value)),
            *(graph.constant(numbers), graph.constant(scales), graph.constant(np.zeros(len(numbers), np.int8))),
            *(graph.scalar(scale), graph.constant(np.array(zero, np.uint8))),
        ]
        if bias is not None:
            inputs.append(graph.constant(np.rint(bias / (np.float32(value.scale) * scales)).astype(np.int32)))
        return graph.node("QLinearConv", inputs, domain=CONTRIBUTED, channels_last=1, **attributes)

    def _sum(self, one: Quantized, other: Quantized, stage: int) -> Quantized:
        scale, zero = self._range(activation_name(stage, "sum"))
        sum_of_both = Quantized("", scale, zero)
        inputs = [one.tensor, *self._scale(one), other.tensor, *self._scale(other), *self._scale(sum_of_both)]
        return Quantized(self._graph.node("QLinearAdd", inputs, domain=CONTRIBUTED), scale, zero)

    def _pooled(self, value: Quantized, stage: int) -> Quantized:
        """Averages of 2 x 2 pixels; an odd last row is left out."""
        scale, zero = self._range(activation_name(stage, "pooled"))
        inputs = [value.tensor, *self._scale(value), *self._scale(Quantized("", scale, zero))]
        attributes = {"channels_last": 1, "kernel_shape": [2, 2], "strides": [2, 2]}
        pooled = self._graph.node("QLinearAveragePool", inputs, domain=CONTRIBUTED, **attributes)
        return Quantized(pooled, scale, zero)

    def _range(self, name: str) -> tuple[float, int]:
        """Scale and zero of an activation whose range holds 0."""
        if name not in self._ranges:
            raise RangeMissing(f"The calibration has no range for {name}.")
        least, largest = self._ranges[name]
        least, largest = min(least, 0.0), max(largest, 0.0)
        scale = np.float32((largest - least) / LARGEST_VALUE)
        return float(scale), int(np.rint(-least / scale))

    def _scale(self, value: Quantized) -> list[str]:
        return [self._graph.scalar(value.scale), self._graph.constant(np.array(value.zero, np.uint8))]

    def _reshape(self, value: str, *sizes: int) -> str:
        """To batch, frames and these sizes."""
        shape = self._graph.node("Concat", [self._leading, self._graph.ints(*sizes)], axis=0)
        return self._graph.node("Reshape", [value, shape])
