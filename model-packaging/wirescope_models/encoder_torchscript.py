"""A text model as TorchScript, from the same numpy weights as the ONNX graph. Needs PyTorch.

The scripted module takes `input_ids` and `attention_mask`, int64 [B, S], and `token_type_ids` too where its head reads
pairs (`reads_pairs`). It gives the graph's outputs, in the graph's order.
"""

import io
from collections.abc import Mapping
from typing import Final

import numpy as np

from wirescope_models.failures import PackagingFailed
from wirescope_models.minilm_onnx import (
    LAYER_NORM_EPSILON,
    Head,
    PairScore,
    SentenceEmbedding,
    TokenClassification,
    layer_count,
)
from wirescope_models.onnx_graph import WeightsDoNotFit

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    raise PackagingFailed(
        "TorchScript needs PyTorch: install measure/models/requirements.txt into an environment of its own and run the "
        "command from there."
    ) from None

Weights = Mapping[str, np.ndarray]


def torchscript(weights: Weights, head: Head, heads: int) -> bytes:
    """The archive of a scripted encoder. Raises WeightsDoNotFit where weights are missing."""
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(encoder(weights, head, heads)), buffer)
    return buffer.getvalue()


def encoder(weights: Weights, head: Head, heads: int) -> nn.Module:
    """The module itself, in evaluation mode. Raises WeightsDoNotFit."""
    try:
        return _Encoder(weights, head, heads).eval()
    except KeyError as missing:
        raise WeightsDoNotFit(f"The weights lack {missing.args[0]}.") from missing


def _parameter(value: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.array(value, np.float32)), requires_grad=False)


class _Linear(nn.Module):
    def __init__(self, weights: Weights, key: str) -> None:
        super().__init__()
        self.weight, self.bias = _parameter(weights[f"{key}.weight"]), _parameter(weights[f"{key}.bias"])

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return functional.linear(value, self.weight, self.bias)


class _Norm(nn.Module):
    def __init__(self, weights: Weights, key: str) -> None:
        super().__init__()
        self.weight, self.bias = _parameter(weights[f"{key}.weight"]), _parameter(weights[f"{key}.bias"])
        self.epsilon = LAYER_NORM_EPSILON

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(value, self.weight.shape, self.weight, self.bias, self.epsilon)


class _Layer(nn.Module):
    def __init__(self, weights: Weights, key: str, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = _Linear(weights, f"{key}attention.self.query")
        self.key = _Linear(weights, f"{key}attention.self.key")
        self.value = _Linear(weights, f"{key}attention.self.value")
        self.mixed = _Linear(weights, f"{key}attention.output.dense")
        self.mixed_norm = _Norm(weights, f"{key}attention.output.LayerNorm")
        self.inner = _Linear(weights, f"{key}intermediate.dense")
        self.outer = _Linear(weights, f"{key}output.dense")
        self.outer_norm = _Norm(weights, f"{key}output.LayerNorm")

    def split(self, value: torch.Tensor) -> torch.Tensor:
        return value.view(value.shape[0], value.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        query, key, value = self.split(self.query(hidden)), self.split(self.key(hidden)), self.split(self.value(hidden))
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(hidden.shape)
        hidden = self.mixed_norm(self.mixed(mixed) + hidden)
        return self.outer_norm(self.outer(functional.gelu(self.inner(hidden))) + hidden)


class _TokenLogits(nn.Module):
    def __init__(self, head: TokenClassification) -> None:
        super().__init__()
        self.weight, self.bias = _parameter(head.weight), _parameter(head.bias)

    def forward(self, hidden: torch.Tensor, _mask: torch.Tensor) -> list[torch.Tensor]:
        return [functional.linear(hidden, self.weight, self.bias)]


class _SentenceVectors(nn.Module):
    with_token_vectors: Final[bool]

    def __init__(self, head: SentenceEmbedding) -> None:
        super().__init__()
        self.with_token_vectors = head.with_token_vectors

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        outputs = [functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=1)]
        if self.with_token_vectors:
            outputs.append(functional.normalize(hidden, dim=2))
        return outputs


class _PairScore(nn.Module):
    def __init__(self, weights: Weights, head: PairScore) -> None:
        super().__init__()
        self.pooler = _Linear(weights, "pooler.dense")
        self.weight, self.bias = _parameter(head.weight), _parameter(head.bias)

    def forward(self, hidden: torch.Tensor, _mask: torch.Tensor) -> list[torch.Tensor]:
        pooled = torch.tanh(self.pooler(hidden[:, 0]))
        return [functional.linear(pooled, self.weight, self.bias).squeeze(1)]


def _head(weights: Weights, head: Head) -> nn.Module:
    match head:
        case TokenClassification():
            return _TokenLogits(head)
        case SentenceEmbedding():
            return _SentenceVectors(head)
        case PairScore():
            return _PairScore(weights, head)


class _Encoder(nn.Module):
    def __init__(self, weights: Weights, head: Head, heads: int) -> None:
        super().__init__()
        self.reads_pairs = head.reads_pairs
        self.words = _parameter(weights["embeddings.word_embeddings.weight"])
        self.positions = _parameter(weights["embeddings.position_embeddings.weight"])
        key = "embeddings.token_type_embeddings.weight"
        # A DistilBERT has none.
        types = weights[key] if head.reads_pairs or key in weights else np.zeros((1, self.words.shape[1]))
        self.types = _parameter(types)
        self.norm = _Norm(weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(
            _Layer(weights, f"encoder.layer.{layer}.", heads) for layer in range(layer_count(weights))
        )
        self.head = _head(weights, head)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None
    ) -> list[torch.Tensor]:
        types = self.types[0] if token_type_ids is None else functional.embedding(token_type_ids, self.types)
        embedded = functional.embedding(input_ids, self.words) + self.positions[: input_ids.shape[1]] + types
        hidden = self.norm(embedded)
        mask = attention_mask.to(torch.bool).unsqueeze(1).unsqueeze(2)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return self.head(hidden, attention_mask)
