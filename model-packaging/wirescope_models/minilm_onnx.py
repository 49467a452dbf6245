"""An ONNX graph of a BERT encoder (MiniLM, DistilBERT) built from a dict of numpy weights, with one head.

The weights carry Hugging Face's BERT names without the `bert.` prefix
(`embeddings.word_embeddings.weight`, `encoder.layer.0.attention.self.query.weight`, ...), float32.
`bert_names` renames a DistilBERT's. Depth and widths are read from the shapes; only the number of
attention heads cannot be, so the caller gives it.

Graph inputs, both int64 [B, S]: `input_ids`, `attention_mask` (1 for a token, 0 for padding), and
`token_type_ids` too where the head says that it reads pairs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

from wirescope_models.onnx_graph import GraphBuilder, WeightsDoNotFit

LAYER_NORM_EPSILON = 1e-12

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class SentenceEmbedding:
    """Mean over the tokens, L2-normalised. Output `embedding` float32 [B, H].

    With `with_token_vectors`, also `token_vectors` float32 [B, S, H], each L2-normalised.
    """

    with_token_vectors: bool = False
    reads_pairs = False


@dataclass(frozen=True)
class TokenClassification:
    """A linear layer over every token. Output `logits` float32 [B, S, L].

    `weight` is [L, H] and `bias` [L], as torch.nn.Linear keeps them.
    """

    weight: np.ndarray
    bias: np.ndarray
    reads_pairs = False


@dataclass(frozen=True)
class PairScore:
    """BERT's pooler and a linear layer over the first token, for a cross-encoder. Output `score` float32 [B].

    Expects `pooler.dense.*` among the weights; `weight` is [1, H] and `bias` [1].
    """

    weight: np.ndarray
    bias: np.ndarray
    reads_pairs = True


Head = SentenceEmbedding | TokenClassification | PairScore


def build_encoder(weights: Weights, head: Head, *, heads: int, name: str = "encoder") -> onnx.ModelProto:
    """Returns a checked ONNX model of the encoder with `head` on top.

    Raises WeightsDoNotFit when a weight is missing or `heads` does not divide the width.
    """
    graph = GraphBuilder(weights)
    width = graph.weight("embeddings.word_embeddings.weight").shape[1]
    if width % heads:
        raise WeightsDoNotFit(f"A width of {width} cannot be divided into {heads} attention heads.")
    hidden = _embeddings(graph, head)
    token_mask = graph.node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    attention_bias = graph.node(
        "Mul",
        [
            graph.node("Sub", [graph.scalar(1), graph.node("Unsqueeze", [token_mask, graph.ints(1, 2)])]),
            graph.scalar(-1e9),
        ],
    )
    for layer in range(layer_count(weights)):
        hidden = _layer(graph, f"encoder.layer.{layer}.", hidden, attention_bias, heads=heads, width=width)
    outputs = _head(graph, head, hidden, token_mask, width=width)
    inputs = ["input_ids", "attention_mask", *(["token_type_ids"] if head.reads_pairs else [])]
    return graph.model(
        name,
        inputs=[helper.make_tensor_value_info(i, TensorProto.INT64, ["batch", "tokens"]) for i in inputs],
        outputs=outputs,
    )


def layer_count(weights: Weights) -> int:
    """How many transformer layers the weights hold."""
    numbers = [int(found[1]) for key in weights if (found := re.match(r"encoder\.layer\.(\d+)\.", key))]
    if not numbers:
        raise WeightsDoNotFit("The weights hold no encoder layer.")
    return max(numbers) + 1


_DISTILBERT_PARTS = {
    "attention.q_lin": "attention.self.query",
    "attention.k_lin": "attention.self.key",
    "attention.v_lin": "attention.self.value",
    "attention.out_lin": "attention.output.dense",
    "sa_layer_norm": "attention.output.LayerNorm",
    "ffn.lin1": "intermediate.dense",
    "ffn.lin2": "output.dense",
    "output_layer_norm": "output.LayerNorm",
}


def bert_names(weights: Weights) -> dict[str, np.ndarray]:
    """The same weights under BERT's names: a `bert.` prefix removed, a DistilBERT's parts renamed."""
    renamed: dict[str, np.ndarray] = {}
    for key, value in weights.items():
        key = re.sub(r"^(bert|distilbert)\.", "", key)
        if found := re.fullmatch(r"transformer\.layer\.(\d+)\.(.+)\.(weight|bias)", key):
            key = f"encoder.layer.{found[1]}.{_DISTILBERT_PARTS[found[2]]}.{found[3]}"
        renamed[key] = value
    return renamed


def _layer_norm(graph: GraphBuilder, value: str, key: str) -> str:
    scale, shift = graph.constant(graph.weight(f"{key}.weight")), graph.constant(graph.weight(f"{key}.bias"))
    return graph.node("LayerNormalization", [value, scale, shift], axis=-1, epsilon=LAYER_NORM_EPSILON)


def _embeddings(graph: GraphBuilder, head: Head) -> str:
    length = graph.node("Slice", [graph.node("Shape", ["input_ids"]), graph.ints(1), graph.ints(2)])
    positions = graph.constant(graph.weight("embeddings.position_embeddings.weight"))
    hidden = graph.node(
        "Add",
        [
            graph.node("Gather", [graph.constant(graph.weight("embeddings.word_embeddings.weight")), "input_ids"]),
            graph.node("Slice", [positions, graph.ints(0), length, graph.ints(0)]),
        ],
    )
    token_type_key = "embeddings.token_type_embeddings.weight"
    token_types = graph.weight(token_type_key) if token_type_key in graph.weights else None
    if head.reads_pairs:
        if token_types is None:
            raise WeightsDoNotFit("A head over pairs needs embeddings.token_type_embeddings.weight.")
        hidden = graph.node("Add", [hidden, graph.node("Gather", [graph.constant(token_types), "token_type_ids"])])
    elif token_types is not None:
        hidden = graph.node("Add", [hidden, graph.constant(token_types[0])])
    return _layer_norm(graph, hidden, "embeddings.LayerNorm")


def _layer(graph: GraphBuilder, key: str, hidden: str, attention_bias: str, *, heads: int, width: int) -> str:
    def split(part: str, permutation: list[int]) -> str:
        value = graph.linear(hidden, f"{key}attention.self.{part}")
        shape = graph.ints(0, 0, heads, width // heads)
        return graph.node("Transpose", [graph.node("Reshape", [value, shape])], perm=permutation)

    query, keys, values = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1]), split("value", [0, 2, 1, 3])
    scores = graph.node("MatMul", [query, keys])
    scores = graph.node("Mul", [scores, graph.scalar(1 / np.sqrt(width // heads))])
    attention = graph.node("Softmax", [graph.node("Add", [scores, attention_bias])], axis=-1)
    mixed = graph.node("Transpose", [graph.node("MatMul", [attention, values])], perm=[0, 2, 1, 3])
    mixed = graph.linear(graph.node("Reshape", [mixed, graph.ints(0, 0, width)]), f"{key}attention.output.dense")
    hidden = _layer_norm(graph, graph.node("Add", [mixed, hidden]), f"{key}attention.output.LayerNorm")
    inner = graph.node("Gelu", [graph.linear(hidden, f"{key}intermediate.dense")])
    return _layer_norm(
        graph, graph.node("Add", [graph.linear(inner, f"{key}output.dense"), hidden]), f"{key}output.LayerNorm"
    )


def _head(graph: GraphBuilder, head: Head, hidden: str, token_mask: str, *, width: int) -> list[onnx.ValueInfoProto]:
    def declare(output: str, shape: list[str | int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)

    match head:
        case TokenClassification(weight, bias):
            graph.node("Identity", [graph.linear_with(hidden, weight, bias)], output="logits")
            return [declare("logits", ["batch", "tokens", len(bias)])]
        case PairScore(weight, bias):
            first = graph.node("Gather", [hidden, graph.constant(np.array(0, np.int64))], axis=1)
            pooled = graph.node("Tanh", [graph.linear(first, "pooler.dense")])
            score = graph.linear_with(pooled, weight, bias)
            graph.node("Squeeze", [score, graph.ints(1)], output="score")
            return [declare("score", ["batch"])]
        case SentenceEmbedding(with_token_vectors):
            mask = graph.node("Unsqueeze", [token_mask, graph.ints(2)])
            summed = graph.node("ReduceSum", [graph.node("Mul", [hidden, mask]), graph.ints(1)], keepdims=0)
            mean = graph.node("Div", [summed, graph.node("ReduceSum", [mask, graph.ints(1)], keepdims=0)])
            graph.node("Div", [mean, graph.node("ReduceL2", [mean, graph.ints(1)], keepdims=1)], output="embedding")
            declared = [declare("embedding", ["batch", width])]
            if with_token_vectors:
                norms = graph.node("ReduceL2", [hidden, graph.ints(2)], keepdims=1)
                graph.node("Div", [hidden, norms], output="token_vectors")
                declared.append(declare("token_vectors", ["batch", "tokens", width]))
            return declared
