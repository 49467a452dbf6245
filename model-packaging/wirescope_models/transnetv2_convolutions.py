"""TransNetV2's convolutional stages as an ONNX graph that is fast on a CPU.

Features lie as [rows, columns, batch, channels, frames]: whatever mixes rows or columns is then a matrix product over
contiguous memory, and a temporal convolution finds its frames side by side. The spatial 3 x 3 convolutions, nine
tenths of the arithmetic, are Winograd products over tiles; a stage is worked through one row of tiles at a time, from
its input to its pooled output, so that no tensor of a whole stage with all its channels is ever held.
"""

from dataclasses import dataclass

import numpy as np

from wirescope_models import transnetv2
from wirescope_models.onnx_graph import GraphBuilder
from wirescope_models.transnetv2 import CHANNELS, FRAME_HEIGHT, FRAME_WIDTH, TemporalConvolution, activation_name
from wirescope_models.winograd import Filtering, filtering

LARGEST_VALUE = 255


@dataclass(frozen=True)
class Tiling:
    """Outputs of a tile, chosen by processor seconds a frame.

    Its rows are even, so that pooling never needs two rows of tiles.
    """

    rows: int
    columns: int


TILINGS = (Tiling(4, 6), Tiling(4, 6), Tiling(6, 6))
"""One a stage: pictures of 27 x 48, 13 x 24 and 6 x 12."""


@dataclass(frozen=True)
class Picture:
    """Features of one stage in strips of `strip_rows` rows from the top, [rows, columns, batch, channels, frames].

    `order` has the number of the column at each place: within a stage the first columns of all tiles come first, then
    the second ones, so that one product turns all tiles back into pixels.
    """

    strips: tuple[str, ...]
    rows: int
    order: np.ndarray
    strip_rows: int

    @property
    def columns(self) -> int:
        return len(self.order)


Activations = dict[str, list[str]]
"""The tensors that together hold an activation, by `activation_name`."""


class ConvolutionStages:
    """Adds the stages to `graph`; `frame_count` names a tensor of one number, the frames of a window."""

    def __init__(self, graph: GraphBuilder, frame_count: str) -> None:
        self._graph = graph
        self._frame_count = frame_count
        self.activations: Activations = {}

    def add(self, frames: str) -> tuple[str, list[str]]:
        """From `frames`, float32 [27, 48, batch, 3, frames] of 0 to 255, to the last stage's pooled features

        [3, 6, batch, 256, frames] and every stage's means over the picture [batch, channels, frames].
        """
        means = []
        picture = Picture((frames,), FRAME_HEIGHT, np.arange(FRAME_WIDTH), FRAME_HEIGHT)
        for stage in range(transnetv2.STAGES):
            tiling = TILINGS[stage]
            first = self._frame_block(picture, tiling) if stage == 0 else self._block(picture, stage, 0, tiling)
            second = self._block(first, stage, 1, tiling)
            self.activations[activation_name(stage, "features", 0)] = list(first.strips)
            self.activations[activation_name(stage, "features", 1)] = list(second.strips)
            picture = self._pooled(first, second, stage)
            self.activations[activation_name(stage, "pooled")] = list(picture.strips)
            means.append(self._graph.node("ReduceMean", [picture.strips[0], self._graph.ints(0, 1)], keepdims=0))
        return picture.strips[0], means

    def _frame_block(self, picture: Picture, tiling: Tiling) -> Picture:
        """The block that reads the frames: with 3 channels one convolution of 27 values is less work than two."""
        graph, rows = self._graph, picture.rows
        block = transnetv2.folded_block(graph.weights, 0, 0)
        order = _by_place_in_tile(picture.columns, tiling.columns)
        padded = graph.node("Pad", [picture.strips[0], graph.ints(1, 1, 0, 0, 0, 1, 1, 0, 0, 0)])
        kernels = block.spatial[:, :, 0].transpose(0, 2, 3, 1).reshape(len(block.spatial), -1) / LARGEST_VALUE
        per_branch = np.split(kernels.astype(np.float64), len(block.temporal))
        joined = [
            TemporalConvolution(
                temporal.dilation,
                np.einsum("ost,sc->oct", temporal.weight[..., 0, 0], spatial).astype(np.float32)[..., None, None],
                temporal.bias,
            )
            for temporal, spatial in zip(block.temporal, per_branch, strict=True)
        ]
        constants = self._temporal_constants(joined)
        shifted = [graph.node("Gather", [padded, graph.ints(*(order + right))], axis=1) for right in range(3)]
        strips = []
        for top in range(0, rows, tiling.rows):
            height = min(tiling.rows, rows - top)
            neighbours = [
                graph.node("Slice", [columns, graph.ints(top + down), graph.ints(top + down + height), graph.ints(0)])
                for down in range(3)
                for columns in shifted
            ]
            around = self._reshape(graph.node("Concat", neighbours, axis=3), -1, 9 * CHANNELS)
            branches = [self._over_time(around, *each) for each in constants]
            strips.append(self._joined(branches, joined, height, len(order)))
        return Picture(tuple(strips), rows, order, tiling.rows)

    def _block(self, picture: Picture, stage: int, number: int, tiling: Tiling) -> Picture:
        graph, rows, columns = self._graph, picture.rows, picture.columns
        block = transnetv2.folded_block(graph.weights, stage, number)
        vertical, horizontal = filtering(tiling.rows), filtering(tiling.columns)
        kernels = block.spatial[:, :, 0].astype(np.float64)
        outputs, channels = kernels.shape[:2]
        products = np.einsum("ya,xb,ocab->yxoc", vertical.kernel, horizontal.kernel, kernels)
        weights = graph.constant(products[:, :, None].astype(np.float32))
        to_points = graph.constant(_to_points(horizontal, picture.order))
        constants = self._temporal_constants(block.temporal)
        width = outputs // len(block.temporal)
        strips = []
        for top in range(0, rows, tiling.rows):
            height = min(tiling.rows, rows - top)
            above, below = max(0, top - 1), min(rows, top - 1 + vertical.points)
            seen = graph.constant(vertical.data[:, above - top + 1 : below - top + 1].astype(np.float32))
            pixels = graph.node("Reshape", [self._rows(picture, above, below), graph.ints(below - above, -1)])
            strip = graph.node("MatMul", [seen, pixels])
            strip = graph.node("Reshape", [strip, graph.ints(vertical.points, columns, -1)])
            strip = graph.node("MatMul", [to_points, strip])
            strip = self._reshape(strip, vertical.points, horizontal.points, -1, channels)
            strip = graph.node("MatMul", [weights, strip])
            strip = graph.node("Reshape", [strip, graph.ints(vertical.points * horizontal.points, -1)])
            # Rows and columns in one product: more arithmetic than one after the other, but far less to wait for.
            inverse = graph.constant(np.kron(vertical.inverse[:height], horizontal.inverse).astype(np.float32))
            spatial = self._reshape(graph.node("MatMul", [inverse, strip]), -1, outputs)
            branches = []
            for branch, each in enumerate(constants):
                own = [graph.ints(width * branch), graph.ints(width * (branch + 1)), graph.ints(1)]
                values = graph.node("Slice", [spatial, *own])
                self.activations.setdefault(activation_name(stage, "spatial", number, branch), []).append(values)
                branches.append(self._over_time(values, *each))
            strips.append(self._joined(branches, block.temporal, height, columns))
        return Picture(tuple(strips), rows, _by_place_in_tile(columns, tiling.columns), tiling.rows)

    def _temporal_constants(self, temporal: tuple[TemporalConvolution, ...] | list[TemporalConvolution]) -> list:
        graph = self._graph
        return [(graph.constant(each.weight[..., 0, 0]), graph.constant(each.bias), each.dilation) for each in temporal]

    def _over_time(self, values: str, weight: str, bias: str, dilation: int) -> str:
        """values [pixels, channels, frames]."""
        convolved = self._graph.node(
            "Conv", [values, weight, bias], kernel_shape=[3], dilations=[dilation], pads=[dilation, dilation]
        )
        return self._graph.node("Relu", [convolved])

    def _joined(
        self, branches: list[str], temporal: tuple[TemporalConvolution, ...] | list, height: int, columns: int
    ) -> str:
        channels = sum(len(each.bias) for each in temporal)
        return self._reshape(self._graph.node("Concat", branches, axis=1), height, columns, -1, channels)

    def _pooled(self, shortcut: Picture, features: Picture, stage: int) -> Picture:
        """Sum of both, averaged over 2 x 2 pixels; an odd last row is left out."""
        graph, rows, columns = self._graph, shortcut.rows // 2, shortcut.columns // 2
        averages = np.zeros((columns, shortcut.columns), np.float32)
        averages[shortcut.order // 2, np.arange(2 * columns)] = 1 / 4
        averaging = graph.constant(averages)
        pooled = []
        for index, (one, other) in enumerate(zip(shortcut.strips, features.strips, strict=True)):
            height = min(shortcut.strip_rows, shortcut.rows - index * shortcut.strip_rows)
            if height == 1:
                continue
            strip = graph.node("Add", [one, other])
            self.activations.setdefault(activation_name(stage, "sum"), []).append(strip)
            if height % 2 == 1:
                strip = graph.node("Slice", [strip, graph.ints(0), graph.ints(height - 1), graph.ints(0)])
            pairs = graph.node("Reshape", [strip, graph.ints(height // 2, 2, shortcut.columns, -1)])
            strip = graph.node("MatMul", [averaging, graph.node("ReduceSum", [pairs, graph.ints(1)], keepdims=0)])
            channels = len(transnetv2.DILATIONS) * transnetv2.stage_filters(stage)
            pooled.append(self._reshape(strip, height // 2, columns, -1, channels))
        whole = pooled[0] if len(pooled) == 1 else graph.node("Concat", pooled, axis=0)
        return Picture((whole,), rows, np.arange(columns), rows)

    def _rows(self, picture: Picture, first: int, end: int) -> str:
        graph, parts = self._graph, []
        for index, strip in enumerate(picture.strips):
            top = index * picture.strip_rows
            height = min(picture.strip_rows, picture.rows - top)
            begin, stop = max(first - top, 0), min(end - top, height)
            if begin >= stop:
                continue
            is_whole = (begin, stop) == (0, height)
            cut = [graph.ints(begin), graph.ints(stop), graph.ints(0)] if not is_whole else []
            parts.append(strip if is_whole else graph.node("Slice", [strip, *cut]))
        return parts[0] if len(parts) == 1 else graph.node("Concat", parts, axis=0)

    def _reshape(self, value: str, *sizes: int) -> str:
        """To these sizes and, last, the frames."""
        shape = self._graph.node("Concat", [self._graph.ints(*sizes), self._frame_count], axis=0)
        return self._graph.node("Reshape", [value, shape])


def _by_place_in_tile(columns: int, tile_columns: int) -> np.ndarray:
    """The columns' numbers: of all tiles the first, then of all the second."""
    return np.arange(columns).reshape(-1, tile_columns).T.reshape(-1)


def _to_points(horizontal: Filtering, order: np.ndarray) -> np.ndarray:
    """[points * tiles, columns]: columns in their order to the points of all tiles, the first of each first."""
    columns = len(order)
    tiles = columns // horizontal.outputs
    matrix = np.zeros((horizontal.points, tiles, columns), np.float32)
    for tile in range(tiles):
        for pixel in range(horizontal.points):
            column = tile * horizontal.outputs - 1 + pixel
            if 0 <= column < columns:
                matrix[:, tile, column] = horizontal.data[:, pixel]
    return matrix[..., order].reshape(-1, columns)
