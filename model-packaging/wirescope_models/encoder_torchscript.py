"""A text model as TorchScript, from the same numpy weights as the ONNX graph. Needs PyTorch.

The scripted module takes `input_ids` and `attention_mask`, int64 [B, S], and gives what the graph's first output holds.
"""

import io
from collections.abc import Mapping

import numpy as np

from wirescope_models.failures import PackagingFailed
from wirescope_models.minilm_onnx import LAYER_NORM_EPSILON, Head, SentenceEmbedding, TokenClassification, layer_count

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
    """The archive of a scripted encoder. Raises PackagingFailed for a head over pairs."""
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(encoder(weights, head, heads)), buffer)
    return buffer.getvalue()


def encoder(weights: Weights, head: Head, heads: int) -> nn.Module:
    """The module itself, in evaluation mode."""
    if head.reads_pairs:
        raise PackagingFailed("A head over pairs is not built as TorchScript.")
    return _Encoder(weights, head, heads).eval()


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


class _Encoder(nn.Module):
    def __init__(self, weights: Weights, head: Head, heads: int) -> None:
        super().__init__()
        self.words = _parameter(weights["embeddings.word_embeddings.weight"])
        positions = weights["embeddings.position_embeddings.weight"]
        types = weights.get("embeddings.token_type_embeddings.weight")
        self.positions = _parameter(positions if types is None else positions + types[0])
        self.norm = _Norm(weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(
            _Layer(weights, f"encoder.layer.{layer}.", heads) for layer in range(layer_count(weights))
        )
        self.is_embedding = isinstance(head, SentenceEmbedding)
        labelled = isinstance(head, TokenClassification)
        width = positions.shape[1]
        self.class_weight = _parameter(head.weight if labelled else np.zeros((1, width)))
        self.class_bias = _parameter(head.bias if labelled else np.zeros(1))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        embedded = functional.embedding(input_ids, self.words) + self.positions[: input_ids.shape[1]]
        hidden = self.norm(embedded)
        mask = attention_mask.to(torch.bool).unsqueeze(1).unsqueeze(2)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        if not self.is_embedding:
            return functional.linear(hidden, self.class_weight, self.class_bias)
        weight = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=1)
