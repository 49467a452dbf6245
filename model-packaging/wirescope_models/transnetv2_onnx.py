"""TransNetV2 as an ONNX graph, from numpy weights.

Input `frames` uint8 [B, T, 27, 48, 3] (RGB), any T. Outputs `single` and `many`, float32 [B, T]: the probability of
a transition at each frame. The first and last 25 frames of a window lack context; the caller overlaps windows by 50.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper

from wirescope_models import transnetv2
from wirescope_models.onnx_graph import GraphBuilder
from wirescope_models.transnetv2 import CHANNELS, FRAME_HEIGHT, FRAME_WIDTH
from wirescope_models.transnetv2_convolutions import Activations, ConvolutionStages
from wirescope_models.transnetv2_int8 import CONTRIBUTED, Int8Stages, Ranges


def build_transnetv2(weights: Mapping[str, np.ndarray]) -> onnx.ModelProto:
    """In float32, for any processor. Returns the checked model. Raises WeightsDoNotFit when a weight is missing."""
    return build_observed_transnetv2(weights)[0]


def build_observed_transnetv2(weights: Mapping[str, np.ndarray]) -> tuple[onnx.ModelProto, Activations]:
    """The same, and which of its tensors hold the activations that the 8-bit graph needs ranges of."""
    graph = GraphBuilder(weights)
    values = graph.node("Cast", [graph.node("Transpose", ["frames"], perm=[2, 3, 0, 4, 1])], to=TensorProto.FLOAT)
    frame_count = graph.node("Shape", ["frames"], start=1, end=2)
    stages = ConvolutionStages(graph, frame_count)
    features, stage_means = stages.add(values)
    per_frame = graph.node("Transpose", [features], perm=[2, 4, 0, 1, 3])
    per_frame = graph.node("Reshape", [per_frame, graph.ints(0, 0, -1)])
    joined_means = graph.node("Transpose", [graph.node("Concat", stage_means, axis=1)], perm=[0, 2, 1])
    _add_heads(graph, frame_count, per_frame, joined_means)
    return _model(graph), stages.activations


def build_int8_transnetv2(weights: Mapping[str, np.ndarray], ranges: Ranges) -> onnx.ModelProto:
    """With convolutions in 8 bits, for processors that have VNNI. Raises WeightsDoNotFit, and RangeMissing."""
    graph = GraphBuilder(weights)
    leading = graph.node("Shape", ["frames"], start=0, end=2)
    per_frame, stage_means = Int8Stages(graph, leading, ranges).add("frames")
    frame_count = graph.node("Shape", ["frames"], start=1, end=2)
    _add_heads(graph, frame_count, per_frame, graph.node("Concat", stage_means, axis=2))
    return _model(graph, CONTRIBUTED)


def _add_heads(graph: GraphBuilder, frame_count: str, per_frame: str, joined_means: str) -> None:
    """From the last stage's features and all stages' means, each [batch, frames, values], to `single` and `many`."""
    projected = graph.linear(joined_means, "frame_sim_layer.projection")
    seen = _seen_together(graph, frame_count)
    frame_similarity = _similarities(graph, projected, seen, "frame_sim_layer.fc")
    color_similarity = _similarities(graph, _color_histograms(graph), seen, "color_hist_layer.fc")
    joined = graph.node("Concat", [color_similarity, frame_similarity, per_frame], axis=2)
    hidden = graph.node("Relu", [graph.linear(joined, "fc1")])
    for output, layer in (("single", "cls_layer1"), ("many", "cls_layer2")):
        logits = graph.node("Squeeze", [graph.linear(hidden, layer), graph.ints(2)])
        graph.node("Sigmoid", [logits], output=output)


def _model(graph: GraphBuilder, *domains: str) -> onnx.ModelProto:
    frames_shape = ["batch", "window_frames", FRAME_HEIGHT, FRAME_WIDTH, CHANNELS]
    return graph.model(
        "transnetv2",
        inputs=[helper.make_tensor_value_info("frames", TensorProto.UINT8, frames_shape)],
        outputs=[
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "window_frames"])
            for name in ("single", "many")
        ],
        domains=domains,
    )


def _seen_together(graph: GraphBuilder, frame_count: str) -> str:
    """[T, T], 1 where the network as it was trained compares a row's frame with a column's, else 0.

    It learned on windows of 100 frames, beyond which similarities are 0. Of a longer window every 50 frames after the
    first 25 are compared within the 100 frames that the published code would show them in.
    """
    count = graph.node("Squeeze", [frame_count])
    zero, one = (graph.constant(np.array(value, np.int64)) for value in (0, 1))
    frames = graph.node("Range", [zero, count, one])
    stride, context, trained = (
        graph.ints(value)
        for value in (transnetv2.PUBLISHED_STRIDE, transnetv2.PUBLISHED_CONTEXT, transnetv2.PUBLISHED_WINDOW)
    )
    beyond = graph.node("Max", [graph.node("Sub", [frame_count, trained]), graph.ints(0)])
    rounding = graph.ints(transnetv2.PUBLISHED_STRIDE - 1)
    last = graph.node("Div", [graph.node("Add", [beyond, rounding]), stride])
    after = graph.node("Max", [graph.node("Sub", [frames, context]), graph.ints(0)])
    first = graph.node("Mul", [graph.node("Min", [graph.node("Div", [after, stride]), last]), stride])
    first = graph.node("Unsqueeze", [first, graph.ints(1)])
    is_seen = graph.node(
        "And",
        [
            graph.node("GreaterOrEqual", [frames, first]),
            graph.node("Less", [frames, graph.node("Add", [first, trained])]),
        ],
    )
    return graph.node("Cast", [is_seen], to=TensorProto.FLOAT)


def _similarities(graph: GraphBuilder, vectors: str, seen: str, layer: str) -> str:
    """Cosine of every frame's vector with those of the 50 frames before and after it, through a linear layer."""
    norms = graph.node("ReduceL2", [vectors, graph.ints(2)], keepdims=1)
    unit = graph.node("Div", [vectors, graph.node("Max", [norms, graph.scalar(transnetv2.NORM_FLOOR)])])
    cosines = graph.node("MatMul", [unit, graph.node("Transpose", [unit], perm=[0, 2, 1])])
    cosines = graph.node("Mul", [cosines, seen])
    reach = transnetv2.LOOKUP_FRAMES // 2
    # Row t of the answer is columns t to t + 100 of row t. One row more, laid end to end and cut into rows that are one
    # longer: every row then begins one column further on than the last.
    padded = graph.node("Pad", [cosines, graph.ints(0, 0, reach, 0, 1, reach)])
    flat = graph.node("Reshape", [padded, graph.ints(0, -1)])
    flat = graph.node("Slice", [flat, graph.ints(0), graph.ints(-2 * reach), graph.ints(1)])
    batch_and_frames = graph.node("Shape", [vectors], start=0, end=2)
    skewed_shape = graph.node("Concat", [batch_and_frames, graph.ints(-1)], axis=0)
    skewed = graph.node("Reshape", [flat, skewed_shape])
    looked_up = graph.node(
        "Slice", [skewed, graph.ints(0), graph.ints(transnetv2.LOOKUP_FRAMES), graph.ints(2), graph.ints(1)]
    )
    return graph.node("Relu", [graph.linear(looked_up, layer)])


def _color_histograms(graph: GraphBuilder) -> str:
    """How many pixels of each frame have each of 512 colours (the top 3 bits of a channel), float [B, T, 512]."""
    top_bits = graph.node(
        "Div", [graph.node("Cast", ["frames"], to=TensorProto.INT32), graph.constant(np.array(32, np.int32))]
    )
    places = graph.node("Mul", [top_bits, graph.constant(np.array([64, 8, 1], np.int32))])
    bins = graph.node("ReduceSum", [places, graph.ints(4)], keepdims=0)
    bins = graph.node("Reshape", [bins, graph.ints(0, 0, FRAME_HEIGHT * FRAME_WIDTH)])
    bins = graph.node("Cast", [bins], to=TensorProto.INT64)
    ones = graph.node("Expand", [graph.scalar(1), graph.node("Shape", [bins])])
    batch_and_frames = graph.node("Shape", ["frames"], start=0, end=2)
    shape = graph.node("Concat", [batch_and_frames, graph.ints(transnetv2.HISTOGRAM_BINS)], axis=0)
    empty = graph.node("Expand", [graph.scalar(0), shape])
    return graph.node("ScatterElements", [empty, bins, ones], axis=2, reduction="add")
